#include "app/contact_code.h"
#include "app/record_change.h"
#include "process/effects_send.h"
#include "proto/gsm7.h"

/*
 * A code that is to be told back: as a text, or read out in a call.
 *
 * It is about a person, not about an ECO: what the effect calls the ECO is the person's
 * record, and its provider's id the contact.  Sent twice, after a crash in between, it is
 * the same code: nobody has to look whether it was sent.
 */

#define CALL_TRIES  6 /* of which each may have rung: a text that comes twice wakes nobody */
#define CODE_RING_S 30

/* Write down how it went; the record says when a code was sent, not what became of it. */
static struct err *
settle(struct effect_job *job, const char *outcome, struct str detail)
{
	struct log_line line = log_line(job->worker->config->log, LOG_INFO, "contact-code");

	log_text(&line, "outcome", str_from_z(outcome));
	log_uuid(&line, "person", job->claim->effect.eco);
	log_text(&line, "contact", job->claim->effect.provider_id);
	if (!str_empty(detail))
		log_text(&line, "detail", detail);
	log_emit(&line);
	return store_drop_effect(job->work.session, job->work.arena, job->claim->effect.key);
}

/* The contact, when its code is still the one that the effect is for. */
static struct err *
find_wanted(struct effect_job *job, struct record *person, const struct contact **ret)
{
	const struct store_effect *effect = &job->claim->effect;
	const struct contact *contact = NULL;
	struct uuid id;
	bool found;

	*ret = NULL;
	TRY(record_load(
	    job->work.session, job->work.arena, RECORD_PERSON, effect->eco, &found, person));
	if (found && uuid_parse(effect->provider_id, &id))
		contact = person_find_contact(&person->person, id);
	if (contact == NULL || !person_code_is_out(contact, job->work.now) ||
	    str_find(effect->key, contact->code_nonce) == SIZE_MAX || str_empty(contact->number))
		return NULL;
	*ret = contact;
	return NULL;
}

/* "1, 2, 3, 4, 5, 6." */
static struct str
spoken(struct arena *arena, struct str code)
{
	struct buf digits = buf_in(arena, (size_t)CODE_DIGITS * 3 + 1);

	for (size_t i = 0; i < code.len; i++)
		buf_printf(&digits, "%s%c", i == 0 ? "" : ", ", code.ptr[i]);
	return buf_view(&digits);
}

/* What is read, or heard. */
static struct str
words(const struct effect_job *job, const struct contact *contact, struct str code)
{
	struct arena *arena = job->work.arena;
	struct str digits;

	if (contact->kind == CONTACT_SMS)
		return arena_printf(arena,
		    "Osprey Strike: %.*s is the code for putting this number on call.",
		    STR_ARG(code));
	digits = spoken(arena, code);
	return arena_printf(arena,
	    "This is Osprey Strike, with a code for whoever put this number on call. The "
	    "code is: %.*s. Again: %.*s. Once more: %.*s.",
	    STR_ARG(digits), STR_ARG(digits), STR_ARG(digits));
}

static struct telephony_tenant
tenant(const struct effect_job *job)
{
	return (struct telephony_tenant){ .from = job->worker->config->code_from };
}

static struct err *
send(struct effect_job *job, const struct contact *contact, struct str said,
    struct telephony_receipt *ret)
{
	struct duration left = instant_since(contact->code_expires, job->work.now);
	struct telephony *telephony = job->worker->config->telephony;
	struct str key = job->claim->effect.key;

	if (contact->kind == CONTACT_VOICE)
		return telephony_place_call(telephony, job->work.arena,
		    &(struct telephony_call){
			.tenant = tenant(job),
			.key = key,
			.to = contact->number,
			.ring_s = CODE_RING_S,
			.say = said,
		    },
		    ret);
	return telephony_send_text(telephony, job->work.arena,
	    &(struct telephony_text){
		.tenant = tenant(job),
		.key = key,
		.to = contact->number,
		.body = said,
		.validity_s = left.us / SECONDS(1).us + 1,
	    },
	    ret);
}

/* Send ${code} as soon as there is a slot. */
static struct err *
send_in_turn(struct effect_job *job, const struct contact *contact, struct str code)
{
	struct telephony_tenant from = tenant(job);
	struct str said = words(job, contact, code);
	int64_t segments =
	    contact->kind == CONTACT_VOICE ? 0 : (int64_t)gsm7_size_of(said).segments;
	struct telephony_receipt receipt = { .accepted = false };
	enum send_slot slot;
	struct err *err;

	TRY(send_take_slot(job, &from, segments, (struct instant){ 0 }, &slot));
	if (slot != SEND_NOW)
		return NULL;
	TRY(effect_begin(job));
	err = send(job, contact, said, &receipt);
	/* What did not reach the provider is tried for as long as the code is good. */
	TRY(send_answered(job, err, &receipt));
	return settle(job, receipt.accepted ? "sent" : "refused",
	    receipt.accepted ? receipt.provider_id : receipt.detail);
}

struct err *
effect_send_code(struct effect_job *job)
{
	const struct contact *contact;
	struct record person;
	struct str code;

	TRY(find_wanted(job, &person, &contact));
	if (contact == NULL)
		return settle(job, "not wanted", STR(""));
	if (str_empty(job->worker->config->code_from))
		return settle(job, "not sent", STR("the setting twilio_from names no number"));
	if (contact->kind == CONTACT_VOICE && job->claim->begun && job->claim->tries > CALL_TRIES)
		return settle(job, "given up", STR(""));
	TRY(contact_code_derive(
	    &(struct contact_code_of){
		.vault = job->work.vault,
		.session = job->work.session,
		.arena = job->work.arena,
		.person = person.id,
		.osp = person.person.osp,
	    },
	    contact, &code));
	if (str_empty(code))
		return settle(job, "not wanted", STR("the person was erased"));
	return send_in_turn(job, contact, code);
}
