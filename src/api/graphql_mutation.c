#include "api/graphql_record.h"
#include "codec/geojson.h"

struct err *
graphql_eco_answer(struct graphql_call *call, const struct app_answer *answer, struct str success,
    struct graphql_value *ret)
{
	const struct as_of now = { .kind = AS_OF_NOW };
	const struct graphql_eco *eco;

	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	TRY(graphql_load_eco(call, answer->eco, &now, &eco));
	if (eco == NULL)
		return ERR(call->arena, ERR_CORRUPT, "an ECO that was just changed cannot be read");
	*ret = graphql_object(success, eco);
	return NULL;
}

static struct err *
mutation_create_eco(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_create_eco create = {
		.command = graphql_command(given),
		.description = json_text_or(given, STR("description"), STR("")),
		.osp = json_text_or(given, STR("osp"), STR("")),
		.exercise = json_bool_or(given, STR("exercise"), false),
	};
	struct app_answer *answer = arena_new(call->arena, struct app_answer);
	struct refusal refusal;

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to create an ECO");
	CHECK(job_type_find(json_text_or(given, STR("jobType"), STR("")), &create.job_type));
	if (!app_permits(&graphql_asker(call)->app, OPERATION_create_eco, &refusal) ||
	    !geojson_read(
		call->arena, json_find(given, STR("location")), &create.location, &refusal))
		return graphql_refused(call, &refusal, ret);
	TRY(app_create_eco(&graphql_asker(call)->app, &create, answer));
	return graphql_eco_answer(call, answer, STR("CreateEcoSuccess"), ret);
}

static struct err *
mutation_add_note(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_add_note note = {
		.command = graphql_command(given),
		.eco = graphql_id(given, STR("ecoId")),
		.text = json_text_or(given, STR("text"), STR("")),
	};
	struct app_answer *answer = arena_new(call->arena, struct app_answer);
	unsigned visibility = NOTE_SHARED;

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to write a note");
	(void)!eco_word_find(&note_visibility_words,
	    json_text_or(given, STR("visibility"), STR("SHARED")), &visibility);
	note.visibility = (enum note_visibility)visibility;
	TRY(app_add_note(&graphql_asker(call)->app, &note, answer));
	return graphql_eco_answer(call, answer, STR("EcoCommandSuccess"), ret);
}

typedef struct err *(*end_eco_f)(
    const struct app_context *, const struct app_end_eco *, struct app_answer *);

static struct err *
end_eco(struct graphql_call *call, end_eco_f use_case, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_end_eco end = {
		.command = graphql_command(given),
		.eco = graphql_id(given, STR("ecoId")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
	struct app_answer *answer = arena_new(call->arena, struct app_answer);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to change an ECO");
	TRY(use_case(&graphql_asker(call)->app, &end, answer));
	return graphql_eco_answer(call, answer, STR("EcoCommandSuccess"), ret);
}

static struct err *
mutation_close_eco(struct graphql_call *call, struct graphql_value *ret)
{
	return end_eco(call, app_close_eco, ret);
}

static struct err *
mutation_reopen_eco(struct graphql_call *call, struct graphql_value *ret)
{
	return end_eco(call, app_reopen_eco, ret);
}

static struct err *
mutation_cancel_eco(struct graphql_call *call, struct graphql_value *ret)
{
	return end_eco(call, app_cancel_eco, ret);
}

static struct err *
mutation_engage_osp(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_engage_osp engage = {
		.command = graphql_command(given),
		.eco = graphql_id(given, STR("ecoId")),
		.osp = json_text_or(given, STR("osp"), STR("")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
	struct app_answer *answer = arena_new(call->arena, struct app_answer);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to engage an OSP");
	TRY(app_engage_osp(&graphql_asker(call)->app, &engage, answer));
	return graphql_eco_answer(call, answer, STR("EcoCommandSuccess"), ret);
}

/* Both success types carry the ECO. */
static struct err *
success_eco(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), call->parent);
	return NULL;
}

const struct graphql_binding graphql_mutation_bindings[] = {
	{ STR("Mutation.createEco"), mutation_create_eco },
	{ STR("Mutation.addNote"), mutation_add_note },
	{ STR("Mutation.closeEco"), mutation_close_eco },
	{ STR("Mutation.reopenEco"), mutation_reopen_eco },
	{ STR("Mutation.cancelEco"), mutation_cancel_eco },
	{ STR("Mutation.engageOsp"), mutation_engage_osp },
	{ STR("CreateEcoSuccess.eco"), success_eco },
	{ STR("EcoCommandSuccess.eco"), success_eco },
};
const size_t graphql_mutation_binding_count = COUNT_OF(graphql_mutation_bindings);
