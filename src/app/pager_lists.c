#include "app/pager_lists.h"

#include "app/people.h"

#define FIELD_BYTES_MAX 48

/* One command under way. */
struct work {
	const struct app_context *context;
	enum app_operation operation;
	const struct app_pager_list_input *input;
	struct pager_list_record given; /* with the zone filled in */
	struct substitution substitution;
	struct pager_list_room room;
	struct record_decision decision;
};

/* Whether ${id} is one of the OSP's people on call; ${field} names them in the refusal. */
static struct err *
check_person(const struct work *work, struct uuid id, const char *field, bool *ret_fits,
    struct refusal *ret_refusal)
{
	const struct app_context *context = work->context;
	struct record person;
	bool found;

	TRY(record_load(context->session, context->arena, RECORD_PERSON, id, &found, &person));
	*ret_fits = found && !person.person.retired;
	if (!found)
		(void)refuse(ret_refusal, REFUSAL_PERSON_UNKNOWN, field,
		    "%s: there is no such person on call", field);
	else if (!*ret_fits)
		(void)refuse(ret_refusal, REFUSAL_PERSON_RETIRED, field,
		    "%s is not on call any more", field);
	return NULL;
}

/* Everybody on the list. */
static struct err *
check_people(const struct work *work, bool *ret_fits, struct refusal *ret_refusal)
{
	char field[FIELD_BYTES_MAX];

	*ret_fits = true;
	for (size_t i = 0; *ret_fits && i < work->given.entry_count; i++) {
		struct buf name = buf_over(field, sizeof(field) - 1);

		buf_printf(&name, "people[%zu]", i);
		field[name.len] = '\0';
		TRY(check_person(
		    work, work->given.entries[i].person, field, ret_fits, ret_refusal));
	}
	return NULL;
}

/* Create or change: the rules first, which bound how many people are looked for. */
static struct err *
decide_list(
    struct work *work, const struct record *before, bool *ret_decided, struct refusal *ret_refusal)
{
	*ret_decided =
	    work->operation == OPERATION_create_pager_list
		? pager_list_decide_create(before, &work->given, &work->decision, ret_refusal)
		: pager_list_decide_change(before, &work->given, &work->decision, ret_refusal);
	return *ret_decided ? check_people(work, ret_decided, ret_refusal) : NULL;
}

static struct err *
decide_substitute(
    struct work *work, const struct record *before, bool *ret_decided, struct refusal *ret_refusal)
{
	*ret_decided = pager_list_decide_substitute(before, &work->substitution, work->context->now,
	    &work->room, &work->decision, ret_refusal);
	if (!*ret_decided)
		return NULL;
	return check_person(
	    work, work->substitution.substitute, "substituteId", ret_decided, ret_refusal);
}

/* The region that leads to list ${id}, if there is one, in words. */
static struct err *
find_region(const struct app_context *context, struct uuid id, struct str *ret)
{
	struct store_record_query query = {
		.kind = RECORD_REGION, .parent = id, .limit = STORE_ROWS_MAX
	};
	struct record_list regions;

	do {
		TRY(record_list(context->session, context->arena, &query, &regions));
		for (size_t i = 0; i < regions.count; i++) {
			const struct record *at = &regions.at[i];

			query.after = at->id;
			if (!at->region.retired && uuid_equal(at->region.list, id)) {
				*ret = arena_printf(
				    context->arena, "the region %.*s", STR_ARG(at->region.name));
				return NULL;
			}
		}
	} while (regions.count == STORE_ROWS_MAX);
	return NULL;
}

/* What leads to list ${id}, in words; empty when nothing does. */
static struct err *
find_user(const struct app_context *context, struct uuid id, struct str *ret)
{
	struct store_record_query query = { .kind = RECORD_OSP_TERMS, .limit = STORE_ROWS_MAX };
	struct record_list terms;

	*ret = STR("");
	TRY(find_region(context, id, ret));
	while (str_empty(*ret)) {
		TRY(record_list(context->session, context->arena, &query, &terms));
		for (size_t i = 0; i < terms.count; i++) {
			query.after = terms.at[i].id;
			if (uuid_equal(terms.at[i].osp_terms.default_list, id))
				*ret = STR("an agreement, as its default list");
		}
		if (terms.count < STORE_ROWS_MAX)
			break;
	}
	return NULL;
}

static struct err *
decide_retire(
    struct work *work, const struct record *before, bool *ret_decided, struct refusal *ret_refusal)
{
	struct str user;

	TRY(find_user(work->context, before->id, &user));
	*ret_decided = pager_list_decide_retire(
	    before, user, work->input->reason, &work->decision, ret_refusal);
	return NULL;
}

static struct err *
decide(void *decision, const struct record *before, struct record_outcome *ret, bool *ret_decided,
    struct refusal *ret_refusal)
{
	struct work *work = decision;

	if (work->operation == OPERATION_add_substitution)
		TRY(decide_substitute(work, before, ret_decided, ret_refusal));
	else if (work->operation == OPERATION_end_substitution)
		*ret_decided = pager_list_decide_end_substitution(before, work->input->ended,
		    work->context->now, &work->room, &work->decision, ret_refusal);
	else if (work->operation == OPERATION_retire_pager_list)
		TRY(decide_retire(work, before, ret_decided, ret_refusal));
	else
		TRY(decide_list(work, before, ret_decided, ret_refusal));
	if (*ret_decided && work->decision.changes)
		ret->steps[ret->step_count++] = (struct record_step){ .event = work->decision.event,
			.after = work->decision.after };
	return NULL;
}

/* A list that names no zone is read by its organisation's clock. */
static struct err *
fill_in_zone(struct work *work)
{
	const struct app_context *context = work->context;
	struct record organisation;
	bool found;

	if (!str_empty(work->given.time_zone))
		return NULL;
	TRY(record_load(context->session, context->arena, RECORD_ORGANISATION,
	    context->actor->organisation.id, &found, &organisation));
	if (found)
		work->given.time_zone = organisation.organisation.time_zone;
	if (str_empty(work->given.time_zone))
		work->given.time_zone = STR("UTC");
	return NULL;
}

/* Shifts and substitutions have ids, which a client has no use in choosing. */
static struct err *
fill_in_ids(struct work *work)
{
	const struct app_context *context = work->context;
	struct shift *shifts =
	    arena_array(context->arena, struct shift, work->given.shift_count + 1);

	if (shifts == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to change a pager list");
	for (size_t i = 0; i < work->given.shift_count; i++) {
		shifts[i] = work->given.shifts[i];
		shifts[i].id = context->make_id(context->now);
	}
	work->given.shifts = shifts;
	work->given.osp = context->actor->organisation.id;
	work->substitution.id = context->make_id(context->now);
	return NULL;
}

struct err *
app_change_pager_list(const struct app_context *context, enum app_operation operation,
    const struct app_pager_list_input *input, struct app_record_answer *ret)
{
	bool creates = operation == OPERATION_create_pager_list;
	struct work *work = arena_new(context->arena, struct work);

	*ret = (struct app_record_answer){ .refused = true };
	if (work == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to change a pager list");
	*work = (struct work){ .context = context,
		.operation = operation,
		.input = input,
		.given = input->given,
		.substitution = input->substitution };
	if (!app_permits_roster(context, operation, &ret->refusal) ||
	    !app_check_zone(context, input->given.time_zone, true, &ret->refusal))
		return NULL;
	TRY(fill_in_zone(work));
	TRY(fill_in_ids(work));
	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = operation,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_PAGER_LIST,
		.id = creates ? context->make_id(context->now) : input->list,
		.creates = creates,
		.unknown = REFUSAL_PAGER_LIST_UNKNOWN,
		.field = "listId",
		.decide = decide,
		.decision = work,
	    },
	    ret);
}
