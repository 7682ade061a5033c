#include "process/effects_send.h"
#include "proto/gsm7.h"

/*
 * effects_paging: the call and the text of one attempt, and ending a call.
 *
 * The attempt's deadline runs from when it was decided.  What would begin too late for a
 * person to pick up, or to read and reply, is reported as stale instead of sent: the next
 * person is then rung at once.
 */

/* So much of an attempt must be left for a call, and for a text, to begin at all. */
#define CALL_LEFT_MIN SECONDS(10)
#define TEXT_LEFT_MIN SECONDS(30)

/* Of what is left, so much is kept for the provider's word on how the call went. */
#define CALL_WORD_S 3

/* Carriers take no shorter time than that seriously. */
#define VALIDITY_S_MIN 10

static struct instant
latest(const struct effect_job *job, struct duration least)
{
	struct instant deadline =
	    ringdown_deadline(&job->callout->ringdown, job->claim->effect.number);

	return (struct instant){ deadline.us == 0 ? 0 : deadline.us - least.us };
}

/* Whole seconds until the attempt's deadline. */
static int64_t
seconds_left(const struct effect_job *job)
{
	struct instant deadline =
	    ringdown_deadline(&job->callout->ringdown, job->claim->effect.number);

	return instant_since(deadline, job->work.now).us / SECONDS(1).us;
}

/* How long to ring: as agreed, or for what is left. */
static int64_t
ring_seconds(const struct effect_job *job)
{
	int64_t agreed = job->callout->eco.terms.ring_s, left = seconds_left(job) - CALL_WORD_S;

	return left < agreed ? left : agreed;
}

static struct err *
stale(struct effect_job *job, const char *what)
{
	job->outcome = "stale";
	return send_report(job, RINGDOWN_STALE, STR(""),
	    arena_printf(job->work.arena, "%s would have come too late", what));
}

/* What the provider made of the request. */
static struct err *
placed(struct effect_job *job, const struct telephony_receipt *receipt)
{
	if (!receipt->accepted)
		return send_report(job, RINGDOWN_REFUSED, STR(""), send_refusal(job, receipt));
	return send_report(job, RINGDOWN_PLACED, receipt->provider_id, STR(""));
}

/* ---- a call ---- */

static struct err *
place(struct effect_job *job, struct uuid person, struct str number)
{
	struct telephony_receipt receipt = { .accepted = false };
	struct err *err;

	TRY(send_note(job, person, number));
	TRY(effect_begin(job));
	err = telephony_place_call(job->worker->config->telephony, job->work.arena,
	    &(struct telephony_call){
		.tenant = send_tenant(job),
		.key = job->claim->effect.key,
		.to = number,
		.ring_s = ring_seconds(job),
		.answer_url = send_hook(job, "voice/answer"),
		.fallback_url = send_hook(job, "voice/fallback"),
		.status_url = send_hook(job, "voice/status"),
	    },
	    &receipt);
	TRY(send_answered(job, err, &receipt));
	return placed(job, &receipt);
}

/* The call is wanted, and nothing came of an earlier try. */
static struct err *
place_in_time(struct effect_job *job, struct uuid person, struct str number)
{
	struct telephony_tenant tenant = send_tenant(job);
	enum send_slot slot;

	TRY(send_take_slot(job, &tenant, 0, latest(job, CALL_LEFT_MIN), &slot));
	switch (slot) {
	case SEND_NOW:
		return place(job, person, number);
	case SEND_PUT_BACK:
		return NULL;
	case SEND_TOO_LATE:
		return stale(job, "the call");
	}
	UNREACHABLE("slot");
}

struct err *
effect_place_call(struct effect_job *job)
{
	int64_t attempt = job->claim->effect.number;
	const struct roster_person *person;
	const struct ringdown *ringdown;
	struct send_number number;
	enum send_earlier earlier;
	struct str id;

	TRY(send_settle(job));
	ringdown = &job->callout->ringdown;
	person = ringdown_person(ringdown, attempt);
	/* Overtaken by time, or placed already: drop it rather than ring late or twice. */
	if (!ringdown_wants_call(ringdown, attempt) || person == NULL)
		return effect_drop(job, "not wanted");
	TRY(send_open_number(job, person, ringdown_contact(ringdown, attempt), &number));
	/* There is nobody to ring any more, and no use in waiting: the next person is rung. */
	if (!number.is_open)
		return send_report(job, RINGDOWN_CALL_FAILED, STR(""), str_from_z(number.problem));
	TRY(send_find_earlier(
	    job, &(struct send_search){ .is_call = true, .to = number.number }, &earlier, &id));
	switch (earlier) {
	case SEND_NEW:
		return place_in_time(job, person->id, number.number);
	case SEND_FOUND:
		return send_report(job, RINGDOWN_PLACED, id, STR(""));
	case SEND_UNSURE:
		return effect_wait(job, instant_plus(job->work.now, SEND_LOOK_AGAIN));
	}
	UNREACHABLE("what became of an earlier try");
}

struct err *
effect_hang_up(struct effect_job *job)
{
	struct telephony_tenant who = send_tenant(job);

	TRY(telephony_hang_up(
	    job->worker->config->telephony, job->work.arena, &who, job->claim->effect.provider_id));
	return store_drop_effect(job->work.session, job->work.arena, job->claim->effect.key);
}

/* ---- a text ---- */

/* The text of an attempt on its way. */
struct page {
	struct uuid person;
	struct str number, body;
};

static struct err *
send_page(struct effect_job *job, const struct page *page)
{
	int64_t left = seconds_left(job);
	struct telephony_receipt receipt = { .accepted = false };
	struct err *err;

	TRY(send_note(job, page->person, page->number));
	TRY(effect_begin(job));
	err = telephony_send_text(job->worker->config->telephony, job->work.arena,
	    &(struct telephony_text){
		.tenant = send_tenant(job),
		.key = job->claim->effect.key,
		.to = page->number,
		.body = page->body,
		.validity_s = left > VALIDITY_S_MIN ? left : VALIDITY_S_MIN,
		.status_url = send_hook(job, "text/status"),
	    },
	    &receipt);
	TRY(send_answered(job, err, &receipt));
	return placed(job, &receipt);
}

static struct err *
send_page_in_time(struct effect_job *job, const struct page *page)
{
	struct telephony_tenant tenant = send_tenant(job);
	int64_t segments = (int64_t)gsm7_size_of(page->body).segments;
	enum send_slot slot;

	TRY(send_take_slot(job, &tenant, segments, latest(job, TEXT_LEFT_MIN), &slot));
	switch (slot) {
	case SEND_NOW:
		return send_page(job, page);
	case SEND_PUT_BACK:
		return NULL;
	case SEND_TOO_LATE:
		return stale(job, "the text");
	}
	UNREACHABLE("slot");
}

struct err *
effect_send_page(struct effect_job *job)
{
	int64_t attempt = job->claim->effect.number;
	const struct roster_person *person;
	const struct ringdown *ringdown;
	struct send_number number;
	enum send_earlier earlier;
	struct page page;
	struct str id;

	TRY(send_settle(job));
	ringdown = &job->callout->ringdown;
	person = ringdown_person(ringdown, attempt);
	if (!ringdown_wants_text(ringdown, attempt) || person == NULL)
		return effect_drop(job, "not wanted");
	TRY(send_open_number(job, person, ringdown_contact(ringdown, attempt), &number));
	if (!number.is_open)
		return send_report(job, RINGDOWN_TEXT_FAILED, STR(""), str_from_z(number.problem));
	page = (struct page){ person->id, number.number, effect_offer_text(job) };
	TRY(send_find_earlier(
	    job, &(struct send_search){ .to = page.number, .body = page.body }, &earlier, &id));
	switch (earlier) {
	case SEND_NEW:
		return send_page_in_time(job, &page);
	case SEND_FOUND:
		return send_report(job, RINGDOWN_PLACED, id, STR(""));
	case SEND_UNSURE:
		return effect_wait(job, instant_plus(job->work.now, SEND_LOOK_AGAIN));
	}
	UNREACHABLE("what became of an earlier try");
}
