#include "api/webhook_talk.h"
#include "app/pager.h"
#include "app/people.h"

/*
 * The call-backs of a talk.  Each says something to the ring-down and, but for the state
 * of the call, answers with what the person hears next.
 */

/* So many wrong PINs, then one in so long, for one person: their calls come from anywhere. */
#define PIN_TRIES    20
#define PIN_EVERY_US INT64_C(600000000)

struct state_row {
	struct str status;
	int64_t sip;
	enum ringdown_news news;
	struct str detail;
};

static const struct state_row states[] = {
#define CALL_STATE(status, sip, news, detail) { STR(status), sip, RINGDOWN_##news, STR(detail) },
#include "api/webhook_calls.def"
#undef CALL_STATE
};

struct verdict_row {
	struct str answered_by;
	enum ringdown_news news;
};

static const struct verdict_row verdicts[] = {
#define VERDICT(answered_by, news) { STR(answered_by), RINGDOWN_##news },
#include "api/webhook_verdicts.def"
#undef VERDICT
};

static struct err *
report(struct api_request *request, struct webhook *webhook, enum ringdown_news news,
    struct str what, struct str detail)
{
	return pager_report(&webhook->work,
	    &(struct pager_news){
		.eco = webhook->eco,
		.key = webhook_key(request, webhook, what),
	    },
	    &(struct ringdown_report){
		.attempt = webhook->attempt,
		.news = news,
		.provider_id = webhook->id,
		.detail = detail,
	    });
}

static bool
is_machine(struct str answered_by)
{
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		if (str_equal(verdicts[i].answered_by, answered_by))
			return verdicts[i].news == RINGDOWN_MACHINE;
	}
	return false;
}

/* Open a call-back about the call of an attempt of ours: a visitor's has no such. */
static struct err *
open_attempt(struct api_request *request, bool *ret_genuine, struct webhook *ret)
{
	TRY(webhook_open(request, WEBHOOK_CALL, ret_genuine, ret));
	if (!*ret_genuine || ret->attempt > 0)
		return NULL;
	*ret_genuine = false;
	request->outcome = "rejected";
	api_respond_error(
	    request, 400, "BAD_REQUEST", STR("the call-back does not say which call"));
	return NULL;
}

/*
 * Somebody or something picked up, and the provider knows which.  Voicemail learns
 * nothing of the job.
 */
struct err *
api_voice_answer(struct api_request *request)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct webhook webhook;
	bool genuine, machine;

	TRY(open_attempt(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	machine = is_machine(form_find(&webhook.form, STR("AnsweredBy")));
	TRY(report(request, &webhook, machine ? RINGDOWN_MACHINE : RINGDOWN_HUMAN, STR("picked-up"),
	    STR("")));
	if (!machine)
		return webhook_begin_talk(request, &webhook);
	voice_hang_up(&buf);
	return webhook_respond(request, &buf);
}

/*
 * A document of ours was lost on its way, or could not be made: the provider asks here
 * for another one, and the talk goes on where the ring-down knows it to be.
 */
struct err *
api_voice_fallback(struct api_request *request)
{
	struct webhook webhook;
	bool genuine;

	TRY(webhook_open(request, WEBHOOK_CALL, &genuine, &webhook));
	return genuine ? webhook_begin_talk(request, &webhook) : NULL;
}

/* Whether the PIN is still to be given in this call. */
static bool
wants_pin(const struct webhook *webhook)
{
	const struct roster_person *person = webhook_person(webhook);

	return person != NULL && person->asks_pin && !webhook->known;
}

/* Whether somebody may try ${person}'s PIN now; too many calls with wrong ones end that. */
static bool
may_try_pin(struct api_request *request, struct uuid person)
{
	struct rate_limit *limits = request->api->limits;
	struct rate_rule rule = { .every_us = PIN_EVERY_US, .burst = PIN_TRIES };
	uint64_t key = rate_limit_key(limits, STR("PIN of a person"),
	    (struct str){ (const char *)person.bytes, sizeof(person.bytes) });
	int64_t wait_us;

	return rate_limit_take(limits, key, rule, 1, clock_monotonic_us(), &wait_us);
}

/* Three PINs that are not theirs, or three silences, end the call. */
static struct err *
pin_failed(struct api_request *request, struct webhook *webhook, bool silent)
{
	enum ringdown_reply reply;

	if (webhook->try < VOICE_TRIES_MAX)
		return webhook_ask(request, webhook, VOICE_PIN, webhook->try + 1);
	/* A visitor's wrong PINs are nobody's attempt. */
	if (webhook->attempt > 0)
		TRY(webhook_take(
		    request, webhook, silent ? RINGDOWN_SILENT : RINGDOWN_WRONG_PIN, 0, &reply));
	return webhook_farewell(request, webhook, STR("Goodbye."));
}

/* The person has given a PIN.  Its digits go no further than the comparison. */
struct err *
api_voice_pin(struct api_request *request)
{
	const struct roster_person *person;
	struct webhook webhook;
	struct str digits;
	bool genuine, fits = false;

	TRY(webhook_open(request, WEBHOOK_CALL, &genuine, &webhook));
	if (!genuine)
		return NULL;
	person = webhook_person(&webhook);
	digits = form_find(&webhook.form, STR("Digits"));
	if (person == NULL)
		return webhook_begin_talk(request, &webhook);
	if (!str_empty(digits) && may_try_pin(request, person->id))
		TRY(app_check_pin(
		    &webhook.work, webhook.loaded->callout.eco.osp, person->id, digits, &fits));
	if (!fits)
		return pin_failed(request, &webhook, str_empty(digits));
	webhook.known = true;
	return webhook_begin_talk(request, &webhook);
}

static struct err *
read_job(struct api_request *request, struct webhook *webhook, enum voice_again again, int64_t try)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_talk talk = webhook_talk(request, webhook);

	voice_read_job(&buf, &webhook->loaded->callout, &talk, again, try);
	return webhook_respond(request, &buf);
}

/* "2": the next person is rung at once; this one is asked why. */
static struct err *
decline(struct api_request *request, struct webhook *webhook)
{
	enum ringdown_reply reply;

	TRY(webhook_take(request, webhook, RINGDOWN_DECLINE, 0, &reply));
	return webhook_ask(request, webhook, VOICE_REASON, 1);
}

/*
 * Nothing that means something was pressed: ask again, three times in all.  Of a visitor
 * who then goes away nothing is to be kept.
 */
static struct err *
ask_again(struct api_request *request, struct webhook *webhook, struct str digits)
{
	if (webhook->try < VOICE_TRIES_MAX)
		return read_job(request, webhook, VOICE_WRONG, webhook->try + 1);
	if (webhook->attempt == 0)
		return webhook_farewell(request, webhook, STR("Goodbye."));
	return webhook_choose(
	    request, webhook, str_empty(digits) ? RINGDOWN_SILENT : RINGDOWN_INVALID, 0);
}

static bool
asks_for_help(struct str digits)
{
	return str_equal(digits, STR("0")) || str_equal(digits, STR("*"));
}

/* Who called us and has several callouts wants another one. */
static struct err *
go_to_another(struct api_request *request, struct webhook *webhook, bool by_number)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct webhook next = *webhook;

	if (by_number)
		return webhook_ask(request, webhook, VOICE_NUMBER, 1);
	next.place++;
	voice_go_to(&buf, webhook_url(request, &next, "in"));
	return webhook_respond(request, &buf);
}

/* What was pressed after the job was read out. */
static struct err *
choose_job(struct api_request *request, struct webhook *webhook, struct str digits)
{
	int64_t digit = webhook_one_digit(digits);

	if (digit >= 8 && webhook->place > 0)
		return go_to_another(request, webhook, digit == 8);
	switch (digit) {
	case 1:
		return webhook_choose(request, webhook, RINGDOWN_ACCEPT, 0);
	case 2:
		return decline(request, webhook);
	case 3:
		/* To hear it again is no mistake: the count of those begins anew. */
		return read_job(request, webhook, VOICE_REPEAT, 1);
	default:
		return asks_for_help(digits) ? read_job(request, webhook, VOICE_HELP, 1)
					     : ask_again(request, webhook, digits);
	}
}

/* The person pressed a key, or was silent. */
struct err *
api_voice_choice(struct api_request *request)
{
	struct webhook webhook;
	struct str digits;
	bool genuine;

	TRY(webhook_open(request, WEBHOOK_CALL, &genuine, &webhook));
	if (!genuine)
		return NULL;
	if (wants_pin(&webhook))
		return webhook_ask(request, &webhook, VOICE_PIN, 1);
	digits = form_find(&webhook.form, STR("Digits"));
	if (voice_menu_find(form_find(&webhook.query, STR("menu"))) == VOICE_REASON)
		return webhook_choose(
		    request, &webhook, RINGDOWN_DECLINE, webhook_one_digit(digits));
	return choose_job(request, &webhook, digits);
}

/* The minutes that were typed; false when they are none. */
static bool
read_minutes(const struct webhook *webhook, int64_t *ret)
{
	return str_parse_i64(form_find(&webhook->form, STR("Digits")), ret) && *ret >= 1 &&
	       *ret <= RINGDOWN_ETA_MINUTES_MAX;
}

/*
 * The person has accepted and gives minutes to arrival; who gives none has accepted all
 * the same.
 */
struct err *
api_voice_eta(struct api_request *request)
{
	struct webhook webhook;
	int64_t minutes = 0;
	bool genuine, usable, none;

	TRY(webhook_open(request, WEBHOOK_CALL, &genuine, &webhook));
	if (!genuine)
		return NULL;
	if (wants_pin(&webhook))
		return webhook_ask(request, &webhook, VOICE_PIN, 1);
	none = str_empty(form_find(&webhook.form, STR("Digits")));
	usable = read_minutes(&webhook, &minutes);
	if (!usable && !none && webhook.try < VOICE_TRIES_MAX)
		return webhook_ask(request, &webhook, VOICE_ETA, webhook.try + 1);
	return webhook_choose(request, &webhook, RINGDOWN_ETA, usable ? minutes : 0);
}

/* Who has accepted and cannot come says so as themselves, not as the person of an old attempt. */
static struct err *
give_back(struct api_request *request, struct webhook *webhook)
{
	const struct roster_person *person = webhook_person(webhook);

	if (person == NULL)
		return webhook_farewell(request, webhook, STR("Goodbye."));
	webhook->person = person->id;
	webhook->attempt = 0;
	return webhook_choose(request, webhook, RINGDOWN_DECLINE, 0);
}

/* What was pressed by somebody who was asked where they are. */
static struct err *
choose_arrival(struct api_request *request, struct webhook *webhook, struct str digits)
{
	int64_t digit = webhook_one_digit(digits);

	if (digit >= 8 && webhook->place > 0)
		return go_to_another(request, webhook, digit == 8);
	if (digit == 1)
		return webhook_choose(request, webhook, RINGDOWN_ON_SITE, 0);
	if (digit == 2)
		return webhook_ask(request, webhook, VOICE_NEW_ETA, 1);
	if (digit == 3)
		return give_back(request, webhook);
	if (webhook->try < VOICE_TRIES_MAX)
		return webhook_ask(request, webhook, VOICE_ARRIVAL, webhook->try + 1);
	return webhook_farewell(request, webhook, STR("Goodbye."));
}

/*
 * Somebody who has accepted and was not seen is on the line: the first time the provider
 * asks what to say, then with what was pressed.
 */
struct err *
api_voice_arrival(struct api_request *request)
{
	struct webhook webhook;
	int64_t minutes;
	bool genuine;

	TRY(webhook_open(request, WEBHOOK_CALL, &genuine, &webhook));
	if (!genuine)
		return NULL;
	if (is_machine(form_find(&webhook.form, STR("AnsweredBy"))))
		return webhook_farewell(request, &webhook, STR("Goodbye."));
	if (wants_pin(&webhook) || !form_has(&webhook.query, STR("menu")))
		return webhook_begin_talk(request, &webhook);
	if (voice_menu_find(form_find(&webhook.query, STR("menu"))) != VOICE_NEW_ETA)
		return choose_arrival(request, &webhook, form_find(&webhook.form, STR("Digits")));
	if (read_minutes(&webhook, &minutes))
		return webhook_choose(request, &webhook, RINGDOWN_NEW_ETA, minutes);
	if (webhook.try < VOICE_TRIES_MAX)
		return webhook_ask(request, &webhook, VOICE_NEW_ETA, webhook.try + 1);
	return webhook_farewell(request, &webhook, STR("Goodbye."));
}

/* The row of ${status}; the one with the SIP code ${sip} before the one without. */
static const struct state_row *
find_state(struct str status, int64_t sip)
{
	const struct state_row *plain = NULL;

	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (!str_equal(states[i].status, status))
			continue;
		if (states[i].sip == sip)
			return &states[i];
		if (states[i].sip == 0)
			plain = &states[i];
	}
	return plain;
}

/* The call has changed its state. */
struct err *
api_voice_status(struct api_request *request)
{
	const struct state_row *row;
	struct webhook webhook;
	struct str status, code;
	int64_t sip = 0;
	bool genuine, coded;

	TRY(open_attempt(request, &genuine, &webhook));
	if (!genuine)
		return NULL;
	status = form_find(&webhook.form, STR("CallStatus"));
	code = form_find(&webhook.form, STR("SipResponseCode"));
	coded = str_parse_i64(code, &sip) && sip >= 100 && sip <= 699;
	row = find_state(status, coded ? sip : 0);
	if (row == NULL) {
		request->outcome = "rejected";
		api_respond_error(request, 400, "BAD_REQUEST", STR("this CallStatus is not known"));
		return NULL;
	}
	TRY(report(request, &webhook, row->news, status,
	    str_empty(row->detail) && coded
		? arena_printf(request->arena, "SIP %lld", (long long)sip)
		: row->detail));
	request->response->status = 204;
	return NULL;
}
