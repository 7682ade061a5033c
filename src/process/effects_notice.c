#include "app/event_vault.h"
#include "domain/ringdown/page_code.h"
#include "process/effects_send.h"
#include "proto/gsm7.h"
#include "proto/page_text.h"

/*
 * effects_notice: what people are told beside being paged: where are you, others are rung
 * now, somebody else has it, nobody accepted.  All of it is dropped when it is not true any
 * more, and is no page: nobody waits for it.
 */

#define ALERT_TRIES_MAX 10

/* How long each is worth delivering. */
#define ALERT_VALIDITY_S   3600
#define ARRIVAL_VALIDITY_S 300
#define NOTICE_VALIDITY_S  1800

/* ---- words ---- */

static struct page_text
about(const struct effect_job *job)
{
	const struct eco *eco = &job->callout->eco;
	char code[PAGE_CODE_LEN + 1];

	page_code(job->callout->id, code);
	return (struct page_text){
		.drill = eco->exercise,
		.job_number = eco->job_number,
		.what = eco->description,
		.where = arena_printf(job->work.arena, "%.5f,%.5f",
		    eco->location.points[0].latitude, eco->location.points[0].longitude),
		.code = arena_copy(job->work.arena, str_from_z(code)),
	};
}

typedef void (*words_f)(struct buf *buf, const struct page_text *about);

static struct str
words(const struct effect_job *job, words_f write)
{
	struct buf buf = buf_in(job->work.arena, PAGE_TEXT_BYTES_MAX);
	struct page_text what = about(job);

	write(&buf, &what);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

struct str
effect_offer_text(const struct effect_job *job)
{
	return words(job, page_text_offer);
}

/* ---- texts that nobody waits for ---- */

struct notice {
	struct telephony_tenant tenant;
	struct str to, body;
	int64_t validity_s;
};

/* Where the provider tells what became of it; nothing follows from that but a line of log. */
static struct str
status_url(const struct effect_job *job)
{
	const struct store_effect *effect = &job->claim->effect;

	return arena_printf(job->work.arena,
	    "%.*s/webhooks/twilio/text/status?eco=%.*s&notice=%.*s&number=%lld",
	    STR_ARG(job->worker->config->public_url),
	    STR_ARG(uuid_text(job->work.arena, effect->eco)), STR_ARG(effect_name(effect->type)),
	    (long long)effect->number);
}

/* Send it, when there is a slot; ${ret_sent} is false when the effect was put back. */
static struct err *
send_notice(struct effect_job *job, const struct notice *notice, bool *ret_sent,
    struct telephony_receipt *ret)
{
	enum send_slot slot;
	struct err *err;

	TRY(send_take_slot(job, &notice->tenant, (int64_t)gsm7_size_of(notice->body).segments,
	    (struct instant){ 0 }, &slot));
	*ret_sent = slot == SEND_NOW;
	if (!*ret_sent)
		return NULL;
	TRY(effect_begin(job));
	*ret = (struct telephony_receipt){ .accepted = false };
	err = telephony_send_text(job->worker->config->telephony, job->work.arena,
	    &(struct telephony_text){
		.tenant = notice->tenant,
		.key = job->claim->effect.key,
		.to = notice->to,
		.body = notice->body,
		.validity_s = notice->validity_s,
		.status_url = status_url(job),
	    },
	    ret);
	return send_answered(job, err, ret);
}

/* Settle a notice of which nothing is recorded but a line of log. */
static struct err *
told(struct effect_job *job, const char *outcome)
{
	job->outcome = outcome;
	return store_drop_effect(job->work.session, job->work.arena, job->claim->effect.key);
}

/* Text ${body} to ${number}, unless an earlier try did. */
static struct err *
tell(struct effect_job *job, struct str number, struct str body, int64_t validity_s)
{
	const struct notice notice = { send_tenant(job), number, body, validity_s };
	struct telephony_receipt receipt;
	enum send_earlier earlier;
	struct str id;
	bool sent;

	TRY(send_find_earlier(
	    job, &(struct send_search){ .to = number, .body = body }, &earlier, &id));
	if (earlier == SEND_FOUND)
		return told(job, "found");
	if (earlier == SEND_UNSURE)
		return effect_wait(job, instant_plus(job->work.now, SEND_LOOK_AGAIN));
	TRY(send_notice(job, &notice, &sent, &receipt));
	if (!sent)
		return NULL;
	return told(job, receipt.accepted ? "sent" : "refused");
}

/* ---- people who have accepted ---- */

/* The first contact of ${person} on ${channel}, or NULL. */
static const struct roster_contact *
contact_on(const struct roster_person *person, enum page_channel channel)
{
	for (size_t i = 0; person != NULL && i < person->contact_count; i++) {
		if (person->contacts[i].channel == channel)
			return &person->contacts[i];
	}
	return NULL;
}

/* Ask by a call, of who has no number for texts. */
static struct err *
ask_by_call(struct effect_job *job, struct str number)
{
	struct telephony_tenant tenant = send_tenant(job);
	struct telephony_receipt receipt = { .accepted = false };
	enum send_earlier earlier;
	enum send_slot slot;
	struct err *err;
	struct str id;

	TRY(send_find_earlier(
	    job, &(struct send_search){ .is_call = true, .to = number }, &earlier, &id));
	if (earlier == SEND_FOUND)
		return told(job, "found");
	if (earlier == SEND_UNSURE)
		return effect_wait(job, instant_plus(job->work.now, SEND_LOOK_AGAIN));
	TRY(send_take_slot(job, &tenant, 0, (struct instant){ 0 }, &slot));
	if (slot != SEND_NOW)
		return NULL;
	TRY(effect_begin(job));
	err = telephony_place_call(job->worker->config->telephony, job->work.arena,
	    &(struct telephony_call){
		.tenant = tenant,
		.key = job->claim->effect.key,
		.to = number,
		.ring_s = job->callout->eco.terms.ring_s,
		.answer_url = send_hook(job, "voice/arrival"),
	    },
	    &receipt);
	TRY(send_answered(job, err, &receipt));
	return told(job, receipt.accepted ? "called" : "refused");
}

struct err *
effect_ask_arrival(struct effect_job *job)
{
	int64_t attempt = job->claim->effect.number;
	const struct roster_person *person;
	const struct roster_contact *contact;
	struct send_number number;

	TRY(send_settle(job));
	person = ringdown_person(&job->callout->ringdown, attempt);
	if (!ringdown_wants_arrival_asked(&job->callout->ringdown, attempt) || person == NULL)
		return effect_drop(job, "not wanted");
	contact = contact_on(person, PAGE_CHANNEL_TEXT);
	if (contact == NULL)
		contact = contact_on(person, PAGE_CHANNEL_VOICE);
	TRY(send_open_number(job, person, contact, &number));
	if (!number.is_open)
		return effect_drop(job, number.problem);
	TRY(send_note(job, person->id, number.number));
	if (contact->channel == PAGE_CHANNEL_VOICE)
		return ask_by_call(job, number.number);
	return tell(job, number.number, words(job, page_text_ask_arrival), ARRIVAL_VALIDITY_S);
}

/* Tell who had accepted ${notice}, in the words of ${write}. */
static struct err *
tell_accepted(struct effect_job *job, enum ringdown_notice notice, words_f write)
{
	int64_t attempt = job->claim->effect.number;
	const struct roster_person *person;
	struct send_number number;

	TRY(send_settle(job));
	person = ringdown_person(&job->callout->ringdown, attempt);
	if (ringdown_notice(&job->callout->ringdown, attempt) != notice || person == NULL)
		return effect_drop(job, "not wanted");
	TRY(send_open_number(job, person, contact_on(person, PAGE_CHANNEL_TEXT), &number));
	if (!number.is_open)
		return effect_drop(job, number.problem);
	TRY(send_note(job, person->id, number.number));
	return tell(job, number.number, words(job, write), NOTICE_VALIDITY_S);
}

struct err *
effect_tell_resumed(struct effect_job *job)
{
	return tell_accepted(job, RINGDOWN_NOTICE_RESUMED, page_text_resumed);
}

struct err *
effect_tell_taken(struct effect_job *job)
{
	return tell_accepted(job, RINGDOWN_NOTICE_TAKEN, page_text_taken);
}

/* ---- the NOC ---- */

static struct err *
alerted(struct effect_job *job, bool sent, struct str provider_id, struct str detail)
{
	const struct store_effect *effect = &job->claim->effect;

	return pager_alerted(&job->work,
	    &(struct pager_news){ .eco = effect->eco, .settles_effect = effect->key },
	    &(struct ringdown_alert){ .round = effect->number,
		.sent = sent,
		.phone = job->callout->eco.noc_duty_phone,
		.provider_id = provider_id,
		.detail = detail });
}

/* What the duty number reads: which job, what happened, what follows. */
static struct str
alert_text(const struct effect_job *job)
{
	const struct callout *callout = job->callout;
	const struct ringdown *ringdown = &callout->ringdown;
	struct buf buf = buf_in(job->work.arena, PAGE_TEXT_BYTES_MAX);
	struct page_text_alert alert = {
		.about = about(job),
		.people = (int64_t)ringdown_contacts(ringdown),
		.loops = ringdown->loop,
		.another = ringdown_wants_failover(ringdown, job->claim->effect.number),
		.has_late_accepted = ringdown->accepted_attempt != 0,
	};

	if (ringdown->state == DISPATCH_WAITING_RETRY)
		alert.again_after_s = callout->eco.terms.retry_after_s;
	page_text_alert(&buf, &alert);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

static struct err *
send_alert(struct effect_job *job, struct str body)
{
	const struct notice notice = { send_tenant(job), job->duty_phone, body, ALERT_VALIDITY_S };
	struct telephony_receipt receipt;
	bool sent;

	TRY(send_notice(job, &notice, &sent, &receipt));
	if (!sent)
		return NULL;
	return alerted(job, receipt.accepted, receipt.provider_id,
	    receipt.accepted ? STR("") : send_refusal(job, &receipt));
}

struct err *
effect_alert_noc(struct effect_job *job)
{
	enum send_earlier earlier;
	struct str id, body;

	TRY(send_settle(job));
	if (!ringdown_wants_alert(&job->callout->ringdown, job->claim->effect.number))
		return effect_drop(job, "not wanted");
	TRY(event_open_duty_phone(
	    job->work.vault, job->work.session, job->work.arena, job->callout, &job->duty_phone));
	if (str_empty(job->duty_phone))
		return alerted(job, false, STR(""), STR("the NOC has no duty number"));
	body = alert_text(job);
	TRY(send_find_earlier(
	    job, &(struct send_search){ .to = job->duty_phone, .body = body }, &earlier, &id));
	if (earlier == SEND_FOUND)
		return alerted(job, true, id, STR(""));
	if (earlier == SEND_UNSURE)
		return effect_wait(job, instant_plus(job->work.now, SEND_LOOK_AGAIN));
	if (job->claim->tries > ALERT_TRIES_MAX)
		return alerted(job, false, STR(""), STR("the provider could not be reached"));
	return send_alert(job, body);
}
