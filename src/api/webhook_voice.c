#include "api/voice.h"
#include "api/webhook.h"
#include "app/pager.h"

/*
 * The four call-backs of a voice page.  Each says something to the ring-down and,
 * but for the last, answers with what the person hears next.
 */

/* What Twilio calls a state of the call, and what that is to us. */
struct status_row {
	struct str status;
	enum ringdown_news news;
};

static const struct status_row statuses[] = {
	{ STR("queued"), RINGDOWN_PLACED },
	{ STR("initiated"), RINGDOWN_PLACED },
	{ STR("ringing"), RINGDOWN_PLACED },
	{ STR("in-progress"), RINGDOWN_ANSWERED },
	{ STR("completed"), RINGDOWN_ENDED },
	{ STR("busy"), RINGDOWN_BUSY },
	{ STR("no-answer"), RINGDOWN_RANG_OUT },
	{ STR("canceled"), RINGDOWN_ENDED },
	{ STR("failed"), RINGDOWN_CALL_FAILED },
};

static struct voice_urls
urls(const struct api_request *request, const struct webhook *webhook)
{
	return (struct voice_urls){
		.choice = webhook_url(request, webhook, "choice"),
		.eta = webhook_url(request, webhook, "eta"),
	};
}

static struct err *
respond_twiml(struct api_request *request, const struct buf *buf)
{
	if (buf->overflowed)
		return ERR(request->arena, ERR_LIMIT, "the spoken text is too long");
	request->response->status = 200;
	request->response->content_type = STR("text/xml; charset=utf-8");
	request->response->body = buf_view(buf);
	return NULL;
}

static struct err *
report(
    struct api_request *request, struct webhook *webhook, enum ringdown_news news, struct str what)
{
	struct str code = form_find(&webhook->form, STR("SipResponseCode"));

	return pager_report(&webhook->work,
	    &(struct pager_news){
		.eco = webhook->eco,
		.key = webhook_key(request, webhook, what),
	    },
	    &(struct ringdown_report){
		.attempt = webhook->attempt,
		.news = news,
		.provider_id = webhook->call,
		.detail = str_empty(code) ? STR("")
					  : arena_printf(request->arena, "SIP %.*s", STR_ARG(code)),
	    });
}

static bool
is_machine(struct str answered_by)
{
	return str_starts_with(answered_by, STR("machine")) || str_equal(answered_by, STR("fax"));
}

/* Read the job to the person, for the ${try}-th time of asking. */
static struct err *
read_job(struct api_request *request, const struct webhook *webhook, int64_t try)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_urls next = urls(request, webhook);

	voice_read_job(&buf, &webhook->loaded->callout, &next, try);
	return respond_twiml(request, &buf);
}

/* Somebody or something picked up, and Twilio knows which. */
struct err *
api_voice_answer(struct api_request *request)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct webhook webhook;
	bool genuine, machine;

	TRY(webhook_open(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	machine = is_machine(form_find(&webhook.form, STR("AnsweredBy")));
	TRY(report(
	    request, &webhook, machine ? RINGDOWN_MACHINE : RINGDOWN_HUMAN, STR("picked-up")));
	if (!machine && !ringdown_is_taken(&webhook.loaded->callout.ringdown))
		return read_job(request, &webhook, 1);
	if (machine)
		voice_hang_up(&buf);
	else
		voice_farewell(&buf, STR("This callout does not need you any more. Thank you."));
	return respond_twiml(request, &buf);
}

/* What the person hears after a choice was taken. */
static void
say_reply(struct buf *buf, enum ringdown_reply reply, const struct voice_urls *next)
{
	switch (reply) {
	case RINGDOWN_NOTED:
		voice_farewell(buf, STR("Thank you. Somebody else will be called."));
		return;
	case RINGDOWN_ASK_ETA:
		voice_ask_eta(buf, next, 1);
		return;
	case RINGDOWN_CONFIRMED:
		voice_farewell(buf, STR("Thank you. The job is yours."));
		return;
	case RINGDOWN_TOO_LATE:
		voice_farewell(buf, STR("Thank you, but this callout does not need you any more."));
		return;
	case RINGDOWN_UNKNOWN:
		voice_hang_up(buf);
		return;
	}
	UNREACHABLE("ringdown reply");
}

/* Take the choice; the same call-back is taken once, and answered the same. */
static struct err *
take(struct api_request *request, struct webhook *webhook, enum ringdown_choice choice,
    int64_t value, enum ringdown_reply *ret)
{
	struct str digits = form_find(&webhook->form, STR("Digits"));
	struct str what = arena_printf(
	    request->arena, "%.*s:%.*s", STR_ARG(request->http->query), STR_ARG(digits));

	return pager_choose(&webhook->work,
	    &(struct pager_news){ .eco = webhook->eco, .key = webhook_key(request, webhook, what) },
	    webhook->attempt, choice, value, ret);
}

static struct err *
choose(struct api_request *request, struct webhook *webhook, enum ringdown_choice choice,
    int64_t value)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_urls next = urls(request, webhook);
	enum ringdown_reply reply;

	TRY(take(request, webhook, choice, value, &reply));
	say_reply(&buf, reply, &next);
	return respond_twiml(request, &buf);
}

/* "2": the next person is rung at once; this one is asked why. */
static struct err *
decline(struct api_request *request, struct webhook *webhook)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_urls next = urls(request, webhook);
	enum ringdown_reply reply;

	TRY(take(request, webhook, RINGDOWN_DECLINE, 0, &reply));
	voice_ask_reason(&buf, &next);
	return respond_twiml(request, &buf);
}

/* Nothing that means something was pressed: ask again, three times in all. */
static struct err *
ask_again(struct api_request *request, struct webhook *webhook, struct str digits)
{
	if (webhook->try < VOICE_TRIES_MAX)
		return read_job(request, webhook, webhook->try + 1);
	return choose(request, webhook, str_empty(digits) ? RINGDOWN_SILENT : RINGDOWN_INVALID, 0);
}

/* The digit of the menu, 1 to 9; 0 for none or anything else. */
static int64_t
one_digit(struct str digits)
{
	int64_t value;

	return digits.len == 1 && str_parse_i64(digits, &value) && value > 0 ? value : 0;
}

/* The person pressed a key, or was silent. */
struct err *
api_voice_choice(struct api_request *request)
{
	struct webhook webhook;
	struct str digits;
	bool genuine;

	TRY(webhook_open(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	digits = form_find(&webhook.form, STR("Digits"));
	if (str_equal(form_find(&webhook.query, STR("menu")), STR("reason")))
		return choose(request, &webhook, RINGDOWN_DECLINE, one_digit(digits));
	switch (one_digit(digits)) {
	case 1:
		return choose(request, &webhook, RINGDOWN_ACCEPT, 0);
	case 2:
		return decline(request, &webhook);
	case 3:
		/* To hear it again is no mistake: the count of those begins anew. */
		return read_job(request, &webhook, 1);
	default:
		return ask_again(request, &webhook, digits);
	}
}

/* The person has accepted and gives minutes to arrival; who gives none has accepted all the same.
 */
struct err *
api_voice_eta(struct api_request *request)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct webhook webhook;
	struct voice_urls next;
	int64_t minutes = 0;
	bool genuine, usable;

	TRY(webhook_open(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	usable = str_parse_i64(form_find(&webhook.form, STR("Digits")), &minutes) && minutes >= 1 &&
		 minutes <= RINGDOWN_ETA_MINUTES_MAX;
	if (!usable && webhook.try < VOICE_TRIES_MAX) {
		next = urls(request, &webhook);
		voice_ask_eta(&buf, &next, webhook.try + 1);
		return respond_twiml(request, &buf);
	}
	return choose(request, &webhook, RINGDOWN_ETA, usable ? minutes : 0);
}

static const struct status_row *
find_status(struct str status)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		if (str_equal(statuses[i].status, status))
			return &statuses[i];
	}
	return NULL;
}

/* The call has changed its state. */
struct err *
api_voice_status(struct api_request *request)
{
	const struct status_row *row;
	struct webhook webhook;
	struct str status;
	bool genuine;

	TRY(webhook_open(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	status = form_find(&webhook.form, STR("CallStatus"));
	row = find_status(status);
	if (row == NULL) {
		request->outcome = "rejected";
		api_respond_error(request, 400, "BAD_REQUEST", STR("this CallStatus is not known"));
		return NULL;
	}
	TRY(report(request, &webhook, row->news, status));
	request->response->status = 204;
	return NULL;
}
