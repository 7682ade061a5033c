#include "app/people.h"

#include "app/contact_code.h"
#include "base/hex.h"
#include "base/hmac.h"

/* One command under way. */
struct work {
	const struct app_context *context;
	enum app_operation operation;
	const struct app_person_input *input;
	struct person_room room;
	struct record_decision decision;
};

bool
app_permits_roster(
    const struct app_context *context, enum app_operation operation, struct refusal *ret_refusal)
{
	if (!app_permits(context, operation, ret_refusal))
		return false;
	if (context->actor->organisation.is_osp)
		return true;
	return refuse(ret_refusal, REFUSAL_OSP_ONLY, "",
	    "%.*s is for an OSP; this organisation is none",
	    STR_ARG(app_operations[operation].field));
}

bool
app_check_zone(const struct app_context *context, struct str name, bool may_be_empty,
    struct refusal *ret_refusal)
{
	if (str_empty(name) ? may_be_empty : context->zones->find(name))
		return true;
	return refuse(ret_refusal, REFUSAL_TIME_ZONE_INVALID, "timeZone",
	    "timeZone is no zone of the IANA database: give one such as America/Chicago");
}

static struct contact_code_of
code_of(const struct work *work, const struct record *person)
{
	return (struct contact_code_of){
		.vault = work->context->vault,
		.session = work->context->session,
		.arena = work->context->arena,
		.person = person->id,
		.osp = person->person.osp,
	};
}

/* What is sent waits in the outbox, in the same transaction. */
static struct err *
decide_send(struct work *work, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	struct arena *arena = work->context->arena;
	struct contact_code_of of = code_of(work, before);
	struct str contact = uuid_text(arena, work->input->contact);
	struct str nonce = contact_code_nonce(&of);

	*ret_decided = person_decide_send_code(before, work->input->contact, nonce,
	    work->context->now, &work->room, &work->decision, ret_refusal);
	if (!*ret_decided)
		return NULL;
	ret->effects[ret->effect_count++] = (struct store_effect){
		.key = arena_printf(arena, "send-code:%.*s:%.*s", STR_ARG(contact), STR_ARG(nonce)),
		.type = EFFECT_SEND_CODE,
		.eco = before->id,
		.provider_id = contact,
		.due = work->context->now,
	};
	return NULL;
}

static struct err *
decide_verify(
    struct work *work, const struct record *before, bool *ret_decided, struct refusal *ret_refusal)
{
	struct contact_code_of of = code_of(work, before);
	const struct contact *contact = person_find_contact(&before->person, work->input->contact);
	struct str code = STR("");
	bool fits;

	if (contact != NULL)
		TRY(contact_code_derive(&of, contact, &code));
	fits = !str_empty(code) && hmac_equal(code, work->input->code);
	*ret_decided = person_decide_verify(before, work->input->contact, fits, work->context->now,
	    &work->room, &work->decision, ret_refusal);
	return NULL;
}

static struct err *
decide_pin(
    struct work *work, const struct record *before, bool *ret_decided, struct refusal *ret_refusal)
{
	struct contact_code_of of = code_of(work, before);
	struct str hash = STR("");

	*ret_decided = false;
	if (!str_empty(work->input->pin)) {
		if (!person_check_pin(work->input->pin, ret_refusal))
			return NULL;
		TRY(contact_pin_hash(&of, work->input->pin, &hash));
	}
	*ret_decided = person_decide_pin(before, hash, &work->decision, ret_refusal);
	return NULL;
}

static bool
decide_add_contact(struct work *work, const struct record *before, struct refusal *ret_refusal)
{
	const struct app_context *context = work->context;

	return person_decide_add_contact(before,
	    &(struct contact){
		.id = context->make_id(context->now),
		.kind = work->input->kind,
		.number = work->input->number,
	    },
	    &work->room, &work->decision, ret_refusal);
}

/* What needs no look at anything but the person. */
static bool
decide_plainly(struct work *work, const struct record *before, struct refusal *ret_refusal)
{
	const struct app_person_input *input = work->input;
	struct record_decision *ret = &work->decision;

	if (work->operation == OPERATION_create_person)
		return person_decide_create(before, work->context->actor->organisation.id,
		    &input->change, ret, ret_refusal);
	if (work->operation == OPERATION_change_person)
		return person_decide_change(before, &input->change, ret, ret_refusal);
	if (work->operation == OPERATION_retire_person)
		return person_decide_retire(before, input->reason, ret, ret_refusal);
	if (work->operation == OPERATION_add_contact)
		return decide_add_contact(work, before, ret_refusal);
	if (work->operation == OPERATION_remove_contact)
		return person_decide_remove_contact(
		    before, input->contact, &work->room, ret, ret_refusal);
	if (work->operation == OPERATION_order_contacts)
		return person_decide_order_contacts(
		    before, input->order, input->order_count, &work->room, ret, ret_refusal);
	if (work->operation == OPERATION_rest_person)
		return person_decide_rest(
		    before, input->until, input->reason, work->context->now, ret, ret_refusal);
	CHECK(work->operation == OPERATION_opt_out_person ||
	      work->operation == OPERATION_opt_in_person);
	return person_decide_opt(
	    before, work->operation == OPERATION_opt_out_person, input->reason, ret, ret_refusal);
}

static struct err *
decide(void *decision, const struct record *before, struct record_outcome *ret, bool *ret_decided,
    struct refusal *ret_refusal)
{
	struct work *work = decision;

	if (work->operation == OPERATION_send_contact_code)
		TRY(decide_send(work, before, ret, ret_decided, ret_refusal));
	else if (work->operation == OPERATION_verify_contact)
		TRY(decide_verify(work, before, ret_decided, ret_refusal));
	else if (work->operation == OPERATION_set_person_pin)
		TRY(decide_pin(work, before, ret_decided, ret_refusal));
	else
		*ret_decided = decide_plainly(work, before, ret_refusal);
	if (*ret_decided && work->decision.changes)
		ret->steps[ret->step_count++] = (struct record_step){ .event = work->decision.event,
			.after = work->decision.after };
	return NULL;
}

/* A code that did not verify is refused, whatever was written about it. */
static struct err *
judge_code(const struct work *work, struct app_record_answer *ret)
{
	const struct app_context *context = work->context;
	const struct contact *contact = NULL;
	struct record person;
	bool found;

	TRY(record_load(context->session, context->arena, RECORD_PERSON, ret->id, &found, &person));
	if (found)
		contact = person_find_contact(&person.person, work->input->contact);
	if (contact == NULL || contact->verified_at.us == RECORD_NO_MOMENT.us)
		ret->refused = !refuse(&ret->refusal, REFUSAL_CODE_WRONG, "code",
		    "this is not the code that was sent last, or its time or tries are over: look "
		    "at the newest message, or have another code sent");
	return NULL;
}

/*
 * What the key stands for is kept as a hash, from which a PIN could be found by trying
 * all of them; so it is bound to the person's own key as well.
 */
static struct err *
hide_pin(
    const struct app_context *context, const struct app_person_input *input, struct sha256 *ret)
{
	struct contact_code_of of = {
		.vault = context->vault,
		.session = context->session,
		.arena = context->arena,
		.person = input->person,
		.osp = context->actor->organisation.id,
	};
	struct str hidden;

	TRY(contact_pin_hash(&of, hex_digest(context->arena, *ret), &hidden));
	*ret = sha256_of(hidden);
	return NULL;
}

struct err *
app_change_person(const struct app_context *context, enum app_operation operation,
    const struct app_person_input *input, struct app_record_answer *ret)
{
	bool creates = operation == OPERATION_create_person;
	struct work *work = arena_new(context->arena, struct work);
	struct sha256 body = input->body;

	*ret = (struct app_record_answer){ .refused = true };
	if (work == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to change a person");
	*work = (struct work){ .context = context, .operation = operation, .input = input };
	if (!app_permits_roster(context, operation, &ret->refusal))
		return NULL;
	if ((creates || operation == OPERATION_change_person) &&
	    !app_check_zone(context, input->change.time_zone, true, &ret->refusal))
		return NULL;
	if (operation == OPERATION_set_person_pin)
		TRY(hide_pin(context, input, &body));
	TRY(record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = operation,
		.command = input->command,
		.body = body,
		.kind = RECORD_PERSON,
		.id = creates ? context->make_id(context->now) : input->person,
		.creates = creates,
		.unknown = REFUSAL_PERSON_UNKNOWN,
		.field = "personId",
		.decide = decide,
		.decision = work,
	    },
	    ret));
	if (operation == OPERATION_verify_contact && !ret->refused)
		return judge_code(work, ret);
	return NULL;
}

struct err *
app_check_pin(
    const struct app_work *work, struct uuid osp, struct uuid person, struct str pin, bool *ret)
{
	struct contact_code_of of = {
		.vault = work->vault,
		.session = work->session,
		.arena = work->arena,
		.person = person,
		.osp = osp,
	};
	struct record *record = arena_new(work->arena, struct record);
	bool found;

	*ret = false;
	if (record == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to check a PIN");
	TRY(record_load(work->session, work->arena, RECORD_PERSON, person, &found, record));
	if (!found || !uuid_equal(record->person.osp, osp))
		return NULL;
	return contact_pin_matches(&of, &record->person, pin, ret);
}
