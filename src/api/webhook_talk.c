#include "api/webhook_talk.h"

#include "app/pager.h"

struct voice_talk
webhook_talk(const struct api_request *request, const struct webhook *webhook)
{
	return (struct voice_talk){
		.choice = webhook_url(request, webhook, "choice"),
		.eta = webhook_url(request, webhook, "eta"),
		.pin = webhook_url(request, webhook, "pin"),
		.arrival = webhook_url(request, webhook, "arrival"),
		.in = webhook_url(request, webhook, "in"),
		.exercise = webhook->loaded->callout.eco.exercise,
		.several = webhook->place > 0,
	};
}

int64_t
webhook_one_digit(struct str digits)
{
	int64_t value;

	return digits.len == 1 && str_parse_i64(digits, &value) && value > 0 ? value : 0;
}

struct err *
webhook_ask(struct api_request *request, struct webhook *webhook, enum voice_menu menu, int64_t try)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_talk talk = webhook_talk(request, webhook);

	voice_ask(&buf, &talk, menu, try);
	return webhook_respond(request, &buf);
}

struct err *
webhook_farewell(struct api_request *request, struct webhook *webhook, struct str text)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	struct voice_talk talk = webhook_talk(request, webhook);

	voice_farewell(&buf, &talk, text);
	return webhook_respond(request, &buf);
}

/* What the person hears after a choice was taken. */
static struct err *
say_reply(struct api_request *request, struct webhook *webhook, enum ringdown_reply reply)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);

	switch (reply) {
	case RINGDOWN_NOTED:
		return webhook_farewell(
		    request, webhook, STR("Thank you. Somebody else will be called."));
	case RINGDOWN_ASK_ETA:
		return webhook_ask(request, webhook, VOICE_ETA, 1);
	case RINGDOWN_CONFIRMED:
		return webhook_farewell(request, webhook, STR("Thank you. The job is yours."));
	case RINGDOWN_TOO_LATE:
		return webhook_farewell(request, webhook,
		    STR("Thank you, but this callout does not need you any more."));
	case RINGDOWN_WELCOME:
		return webhook_farewell(
		    request, webhook, STR("Thank you. It is noted that you are on site."));
	case RINGDOWN_ETA_NOTED:
		return webhook_farewell(request, webhook, STR("Thank you. Your time is noted."));
	case RINGDOWN_UNKNOWN:
		voice_hang_up(&buf);
		return webhook_respond(request, &buf);
	}
	UNREACHABLE("ringdown reply");
}

struct err *
webhook_take(struct api_request *request, struct webhook *webhook, enum ringdown_choice choice,
    int64_t value, enum ringdown_reply *ret)
{
	struct str digits = form_find(&webhook->form, STR("Digits"));
	struct str what = choice == RINGDOWN_WRONG_PIN
			      ? STR("wrong-pin")
			      : arena_printf(request->arena, "%.*s:%.*s",
				    STR_ARG(request->http->query), STR_ARG(digits));
	struct pager_news news = { .eco = webhook->eco,
		.key = webhook_key(request, webhook, what) };

	if (webhook->attempt > 0)
		return pager_choose(&webhook->work, &news, webhook->attempt, choice, value, ret);
	return pager_visit(&webhook->work, &news,
	    &(struct ringdown_visit){ .person = webhook->person,
		.channel = PAGE_CHANNEL_CALL_BACK,
		.choice = choice,
		.value = value },
	    ret);
}

struct err *
webhook_choose(struct api_request *request, struct webhook *webhook, enum ringdown_choice choice,
    int64_t value)
{
	enum ringdown_reply reply;

	TRY(webhook_take(request, webhook, choice, value, &reply));
	return say_reply(request, webhook, reply);
}

/* Whether the person on the line has the job. */
static bool
has_job(const struct webhook *webhook)
{
	const struct ringdown *r = &webhook->loaded->callout.ringdown;
	const struct roster_person *person = webhook_person(webhook);

	return r->state == DISPATCH_ACCEPTED && person != NULL && !r->over &&
	       uuid_equal(r->accepted_person, person->id);
}

/* Whether the person on the line has chosen to accept and was asked for minutes. */
static bool
is_asked_for_minutes(const struct webhook *webhook)
{
	const struct ringdown *r = &webhook->loaded->callout.ringdown;
	int64_t attempt =
	    webhook->attempt > 0 ? webhook->attempt : ringdown_attempt_of(r, webhook->person);

	return attempt > 0 && ringdown_phase(r, attempt) == RINGDOWN_ASKED_ETA;
}

struct err *
webhook_begin_talk(struct api_request *request, struct webhook *webhook)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);
	const struct callout *callout = &webhook->loaded->callout;
	const struct roster_person *person = webhook_person(webhook);
	struct voice_talk talk = webhook_talk(request, webhook);

	if (ringdown_is_taken(&callout->ringdown) && !has_job(webhook))
		return webhook_farewell(
		    request, webhook, STR("This callout does not need you any more. Thank you."));
	if (person != NULL && person->asks_pin && !webhook->known)
		return webhook_ask(request, webhook, VOICE_PIN, 1);
	if (has_job(webhook))
		return webhook_ask(request, webhook, VOICE_ARRIVAL, 1);
	if (is_asked_for_minutes(webhook))
		return webhook_ask(request, webhook, VOICE_ETA, 1);
	voice_read_job(&buf, callout, &talk, VOICE_FIRST, 1);
	return webhook_respond(request, &buf);
}
