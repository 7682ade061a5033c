#include "app/eco_change.h"
#include "app/meanwhile.h"
#include "base/json.h"

/*
 * The commands on an ECO that exists.  They differ in what they ask the domain;
 * the way there and back is one.
 */

/* On which side of ${eco} the actor's organisation stands; its role decides when on both. */
static enum side
side_of(const struct app_context *context, const struct eco *eco)
{
	struct uuid organisation = context->actor->organisation.id;
	bool both = uuid_equal(eco->noc, eco->osp);
	bool field_role = str_equal(context->actor->role, STR("dispatcher")) ||
			  str_equal(context->actor->role, STR("technician"));

	if (uuid_equal(eco->noc, organisation) && !(both && field_role))
		return SIDE_NOC;
	return SIDE_OSP;
}

/* Row-level security has hidden the ECOs of others already; this stands on top of it. */
static bool
is_party(const struct app_context *context, const struct eco *eco)
{
	struct uuid organisation = context->actor->organisation.id;

	return uuid_equal(eco->noc, organisation) || uuid_equal(eco->osp, organisation);
}

static bool
decide(void *context, const struct callout *callout, struct outcome *ret)
{
	struct eco_change *change = context;
	const struct app_context *asker = change->context;
	enum side side = side_of(asker, &callout->eco);

	if (!is_party(asker, &callout->eco))
		return refuse(
		    &change->refusal, REFUSAL_ECO_UNKNOWN, "ecoId", "there is no such ECO");
	if (side == SIDE_OSP && callout->eco.relieved)
		return refuse(&change->refusal, REFUSAL_RELIEVED, "ecoId",
		    "your organisation was relieved of this ECO");
	if (change->noc_only && side != SIDE_NOC)
		return refuse(&change->refusal, REFUSAL_NOT_PERMITTED, "",
		    "only the NOC of an ECO may do this");
	if (change->osp_only && side != SIDE_OSP)
		return refuse(&change->refusal, REFUSAL_NOT_PERMITTED, "",
		    "only the OSP of an ECO may do this");
	if (change->is_crew)
		return callout_decide(callout, &change->crew, ret, &change->refusal);
	if (change->command.type == ECO_ADD_NOTE)
		change->command.add_note.side = side;
	return eco_decide(&callout->eco, callout->version, &change->command, ret, &change->refusal);
}

static struct str
make_answer(void *context, struct arena *arena, int64_t version)
{
	const struct eco_change *change = context;

	return command_answer(arena, change->eco, version);
}

/* What the key stands for: the operation, the ECO, the version it was decided on, the texts. */
static struct sha256
body_hash(const struct eco_change *change, enum app_operation operation,
    const struct app_command *command, struct str choice, struct str text)
{
	struct arena *arena = change->context->arena;
	struct buf buf = buf_in(arena, 64 + text.len * 6 + 256);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, app_operations[operation].field);
	json_write_text(&writer, uuid_text(arena, change->eco));
	json_write_int(&writer, command->has_version ? command->version : -1);
	json_write_text(&writer, choice);
	json_write_text(&writer, text);
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

static struct err *
answer(const struct change *change, struct eco_change *decided, struct app_answer *ret)
{
	struct change_result result;

	TRY(change_run(change, &result));
	switch (result.outcome) {
	case CHANGE_NO_ECO:
		ret->refused =
		    !refuse(&ret->refusal, REFUSAL_ECO_UNKNOWN, "ecoId", "there is no such ECO");
		return NULL;
	case CHANGE_REFUSED:
		ret->refused = true;
		ret->refusal = decided->refusal;
		if (ret->refusal.code == REFUSAL_VERSION_STALE)
			return meanwhile_append(decided->context, decided->eco,
			    decided->command.version, &ret->refusal);
		return NULL;
	case CHANGE_MADE:
	case CHANGE_REPEATED:
	case CHANGE_KEY_REUSED:
		return command_read_answer(change->arena,
		    &(struct store_append_result){
			.outcome =
			    result.outcome == CHANGE_KEY_REUSED ? STORE_KEY_REUSED : STORE_APPENDED,
			.answer = result.answer,
		    },
		    ret);
	}
	UNREACHABLE("change outcome");
}

struct err *
eco_change_run(enum app_operation operation, const struct app_command *command, struct sha256 body,
    struct eco_change *decided, struct app_answer *ret)
{
	const struct app_context *context = decided->context;
	struct change change;
	bool answered;

	*ret = (struct app_answer){ .refused = true };
	if (!app_permits(context, operation, &ret->refusal))
		return NULL;
	TRY(command_find(context, command, body, &answered, ret));
	if (answered)
		return NULL;

	decided->command.has_version = decided->crew.has_version = command->has_version;
	decided->command.version = decided->crew.version = command->version;
	change = command_change(context, command, body);
	change.eco = decided->eco;
	change.decide = decide;
	change.context = decided;
	change.make_answer = make_answer;
	return answer(&change, decided, ret);
}

struct err *
app_add_note(
    const struct app_context *context, const struct app_add_note *input, struct app_answer *ret)
{
	struct eco_change change = { .context = context, .eco = input->eco };

	change.command.type = ECO_ADD_NOTE;
	change.command.add_note = (struct eco_add_note){
		.note = context->make_id(context->now),
		.visibility = input->visibility,
		.text = input->text,
	};
	return eco_change_run(OPERATION_add_note, &input->command,
	    body_hash(&change, OPERATION_add_note, &input->command,
		eco_word_name(&note_visibility_words, input->visibility), input->text),
	    &change, ret);
}

/* Close, reopen and cancel are the NOC's. */
static struct err *
end_eco(const struct app_context *context, enum app_operation operation, enum eco_command_type type,
    const struct app_end_eco *input, struct app_answer *ret)
{
	struct eco_change change = { .context = context, .eco = input->eco, .noc_only = true };

	change.command.type = type;
	if (type == ECO_REOPEN)
		change.command.reopen.reason = input->reason;
	if (type == ECO_CANCEL)
		change.command.cancel.reason = input->reason;
	return eco_change_run(operation, &input->command,
	    body_hash(&change, operation, &input->command, STR(""), input->reason), &change, ret);
}

struct err *
app_close_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret)
{
	return end_eco(context, OPERATION_close_eco, ECO_CLOSE, input, ret);
}

struct err *
app_reopen_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret)
{
	return end_eco(context, OPERATION_reopen_eco, ECO_REOPEN, input, ret);
}

struct err *
app_cancel_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret)
{
	return end_eco(context, OPERATION_cancel_eco, ECO_CANCEL, input, ret);
}
