#include "api/graphql_wanted.h"
#include "app/pager_lists.h"
#include "app/people.h"

#define DAYS 7

/* The entries of a list that are rung at once: what a PagerStep is. */
struct list_step {
	int64_t number; /* from 1 */
	const struct list_entry *at;
	size_t count;
};

/* By the bits of struct shift. */
static const struct str day_names[DAYS] = {
	{ "MONDAY", 6 },
	{ "TUESDAY", 7 },
	{ "WEDNESDAY", 9 },
	{ "THURSDAY", 8 },
	{ "FRIDAY", 6 },
	{ "SATURDAY", 8 },
	{ "SUNDAY", 6 },
};

/* ---- commands ---- */

static const struct json *
items_of(const struct json *given, struct str name, size_t *ret_count)
{
	const struct json *list = json_find(given, name);
	bool any = list != NULL && list->type == JSON_LIST;

	*ret_count = any ? list->list.count : 0;
	return any ? list->list.items : NULL;
}

static int64_t
read_days(const struct json *given)
{
	int64_t days = 0;
	size_t count;
	const struct json *items = items_of(given, STR("days"), &count);

	for (size_t i = 0; i < count; i++) {
		for (int day = 0; day < DAYS; day++) {
			if (str_equal(items[i].text, day_names[day]))
				days |= INT64_C(1) << day;
		}
	}
	return days;
}

/* A time that the scalar's check has seen. */
static int64_t
read_time(const struct json *given, struct str name)
{
	int64_t minute = 0;

	(void)!graphql_local_time(json_text_or(given, name, STR("")), &minute);
	return minute;
}

static struct err *
read_shifts(struct graphql_call *call, const struct json *given, struct pager_list_record *ret)
{
	size_t count;
	const struct json *items = items_of(given, STR("shifts"), &count);
	struct shift *shifts = arena_array(call->arena, struct shift, count + 1);

	if (shifts == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read shifts");
	for (size_t i = 0; i < count; i++)
		shifts[i] = (struct shift){
			.person = graphql_id(&items[i], STR("personId")),
			.days = read_days(&items[i]),
			.from_min = read_time(&items[i], STR("from")),
			.until_min = read_time(&items[i], STR("until")),
			.valid_from = graphql_moment(&items[i], STR("validFrom")),
			.valid_until = graphql_moment(&items[i], STR("validUntil")),
		};
	ret->shifts = shifts;
	ret->shift_count = count;
	return NULL;
}

/* The step of the one at ${index}; -1, which is none, when there are not as many as people. */
static int64_t
read_step(const struct json *given, size_t index, size_t people)
{
	size_t count;
	const struct json *items = items_of(given, STR("steps"), &count);

	if (items == NULL)
		return 0;
	return count == people ? items[index].integer : -1;
}

/* What is no id names nobody. */
static struct err *
read_people(struct graphql_call *call, const struct json *given, struct pager_list_record *ret)
{
	size_t count;
	const struct json *items = items_of(given, STR("people"), &count);
	struct list_entry *entries = arena_array(call->arena, struct list_entry, count + 1);

	if (entries == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read a list");
	for (size_t i = 0; i < count; i++) {
		if (items[i].type != JSON_TEXT || !uuid_parse(items[i].text, &entries[i].person))
			entries[i].person = UUID_NIL;
		entries[i].step = read_step(given, i, count);
	}
	ret->entries = entries;
	ret->entry_count = count;
	return NULL;
}

static struct err *
read_input(
    struct graphql_call *call, enum app_operation operation, struct app_pager_list_input *ret)
{
	const struct json *given = graphql_input(call);

	*ret = (struct app_pager_list_input){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.list = graphql_id(given, STR("listId")),
		.given = {
			.name = json_text_or(given, STR("name"), STR("")),
			.time_zone = json_text_or(given, STR("timeZone"), STR("")),
		},
		.substitution = {
			.absent = graphql_id(given, STR("absentId")),
			.substitute = graphql_id(given, STR("substituteId")),
			.from = graphql_moment(given, STR("from")),
			.until = graphql_moment(given, STR("until")),
			.reason = json_text_or(given, STR("reason"), STR("")),
		},
		.ended = graphql_id(given, STR("substitutionId")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
	TRY(read_people(call, given, &ret->given));
	return read_shifts(call, given, &ret->given);
}

static struct err *
mutate(struct graphql_call *call, enum app_operation operation, struct graphql_value *ret)
{
	struct app_pager_list_input input;
	struct app_record_answer answer;
	struct graphql_value list = graphql_null();

	TRY(read_input(call, operation, &input));
	TRY(app_change_pager_list(&graphql_asker(call)->app, operation, &input, &answer));
	if (answer.refused)
		return graphql_refused(call, &answer.refusal, ret);
	TRY(graphql_find_record(call, RECORD_PAGER_LIST, answer.id, STR("PagerList"), &list));
	if (list.type == GRAPHQL_NULL)
		return ERR(call->arena, ERR_CORRUPT, "a list just changed cannot be read");
	*ret = graphql_object(STR("PagerListCommandSuccess"), list.object.data);
	return NULL;
}

/* A resolver for each command. */
static struct err *
create_pager_list(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_create_pager_list, ret);
}

static struct err *
change_pager_list(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_change_pager_list, ret);
}

static struct err *
retire_pager_list(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_retire_pager_list, ret);
}

static struct err *
add_substitution(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_add_substitution, ret);
}

static struct err *
end_substitution(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_end_substitution, ret);
}

static struct err *
success_list(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("PagerList"), call->parent);
	return NULL;
}

/* ---- Query.pagerLists ---- */

static struct err *
query_pager_lists(struct graphql_call *call, struct graphql_value *ret)
{
	return graphql_roster_page(
	    call, OPERATION_pager_lists, RECORD_PAGER_LIST, STR("PagerListEdge"), ret);
}

/* ---- PagerList ---- */

static const struct pager_list_record *
list_of(const struct graphql_call *call)
{
	return &graphql_record(call)->pager_list;
}

static struct err *
list_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(list_of(call)->name);
	return NULL;
}

static struct err *
list_time_zone(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(list_of(call)->time_zone);
	return NULL;
}

static struct err *
list_retired(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(list_of(call)->retired);
	return NULL;
}

/* The people of all lists of ${batch}, each once. */
static struct err *
find_people(struct graphql_batch *batch, struct graphql_wanted *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += ((const struct record *)batch->parents[i])->pager_list.entry_count;
	TRY(graphql_wanted_begin(batch, count, ret));
	for (size_t i = 0; i < batch->count; i++) {
		const struct pager_list_record *list =
		    &((const struct record *)batch->parents[i])->pager_list;

		for (size_t k = 0; k < list->entry_count; k++)
			graphql_wanted_add(ret, list->entries[k].person);
	}
	return graphql_wanted_records(ret, RECORD_PERSON, STR("Person"));
}

static struct err *
list_people(struct graphql_batch *batch)
{
	struct graphql_wanted people;

	TRY(find_people(batch, &people));
	for (size_t i = 0; i < batch->count; i++) {
		const struct pager_list_record *list =
		    &((const struct record *)batch->parents[i])->pager_list;
		struct graphql_value *items =
		    arena_array(batch->call.arena, struct graphql_value, list->entry_count + 1);
		size_t count = 0;

		if (items == NULL)
			return ERR(batch->call.arena, ERR_LIMIT, "no memory left to list people");
		for (size_t k = 0; k < list->entry_count; k++) {
			items[count] = graphql_wanted_value(&people, list->entries[k].person);
			count += items[count].type != GRAPHQL_NULL;
		}
		batch->values[i] = graphql_list(items, count);
	}
	return NULL;
}

/* Everybody by themselves, or as the list says. */
static struct err *
list_steps(struct graphql_call *call, struct graphql_value *ret)
{
	const struct pager_list_record *list = list_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, list->entry_count + 1);
	struct list_step *steps = arena_array(call->arena, struct list_step, list->entry_count + 1);
	size_t count = 0;

	if (items == NULL || steps == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list steps");
	for (size_t i = 0; i < list->entry_count; i++) {
		const struct list_entry *entry = &list->entries[i];

		if (i == 0 || entry->step == 0 || entry->step != list->entries[i - 1].step) {
			steps[count] =
			    (struct list_step){ .number = (int64_t)count + 1, .at = entry };
			items[count] = graphql_object(STR("PagerStep"), &steps[count]);
			count++;
		}
		steps[count - 1].count++;
	}
	*ret = graphql_list(items, count);
	return NULL;
}

static struct err *
step_number(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(((const struct list_step *)call->parent)->number);
	return NULL;
}

static struct err *
step_person_ids(struct graphql_call *call, struct graphql_value *ret)
{
	const struct list_step *step = call->parent;
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, step->count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list people");
	for (size_t i = 0; i < step->count; i++)
		items[i] = graphql_id_value(call, step->at[i].person);
	*ret = graphql_list(items, step->count);
	return NULL;
}

static struct err *
list_shifts(struct graphql_call *call, struct graphql_value *ret)
{
	const struct pager_list_record *list = list_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, list->shift_count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list shifts");
	for (size_t i = 0; i < list->shift_count; i++)
		items[i] = graphql_object(STR("Shift"), &list->shifts[i]);
	*ret = graphql_list(items, list->shift_count);
	return NULL;
}

static struct err *
list_substitutions(struct graphql_call *call, struct graphql_value *ret)
{
	const struct pager_list_record *list = list_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, list->substitution_count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list substitutions");
	for (size_t i = 0; i < list->substitution_count; i++)
		items[i] = graphql_object(STR("Substitution"), &list->substitutions[i]);
	*ret = graphql_list(items, list->substitution_count);
	return NULL;
}

/* ---- Shift ---- */

static const struct shift *
shift_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
shift_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, shift_of(call)->id));
	return NULL;
}

static struct err *
shift_person_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, shift_of(call)->person));
	return NULL;
}

static struct err *
shift_days(struct graphql_call *call, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, DAYS);
	size_t count = 0;

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list days");
	for (int day = 0; day < DAYS; day++) {
		if ((shift_of(call)->days >> day & 1) != 0)
			items[count++] = graphql_text(day_names[day]);
	}
	*ret = graphql_list(items, count);
	return NULL;
}

static struct graphql_value
time_value(struct graphql_call *call, int64_t minute)
{
	return graphql_text(arena_printf(
	    call->arena, "%02lld:%02lld", (long long)(minute / 60), (long long)(minute % 60)));
}

static struct err *
shift_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = time_value(call, shift_of(call)->from_min);
	return NULL;
}

static struct err *
shift_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = time_value(call, shift_of(call)->until_min);
	return NULL;
}

static struct err *
shift_valid_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, shift_of(call)->valid_from);
	return NULL;
}

static struct err *
shift_valid_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, shift_of(call)->valid_until);
	return NULL;
}

/* ---- Substitution ---- */

static const struct substitution *
substitution_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
substitution_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, substitution_of(call)->id));
	return NULL;
}

static struct err *
substitution_absent_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, substitution_of(call)->absent));
	return NULL;
}

static struct err *
substitution_substitute_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, substitution_of(call)->substitute));
	return NULL;
}

static struct err *
substitution_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(instant_text(call->arena, substitution_of(call)->from));
	return NULL;
}

static struct err *
substitution_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(instant_text(call->arena, substitution_of(call)->until));
	return NULL;
}

static struct err *
substitution_reason(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(substitution_of(call)->reason);
	return NULL;
}

const struct graphql_binding graphql_list_bindings[] = {
	{ STR("Query.pagerLists"), query_pager_lists },
	{ STR("Mutation.createPagerList"), create_pager_list },
	{ STR("Mutation.changePagerList"), change_pager_list },
	{ STR("Mutation.retirePagerList"), retire_pager_list },
	{ STR("Mutation.addSubstitution"), add_substitution },
	{ STR("Mutation.endSubstitution"), end_substitution },
	{ STR("PagerListCommandSuccess.list"), success_list },
	{ STR("PagerListConnection.edges"), graphql_page_edges },
	{ STR("PagerListConnection.pageInfo"), graphql_page_page_info },
	{ STR("PagerListEdge.cursor"), graphql_edge_cursor },
	{ STR("PagerListEdge.node"), graphql_edge_node },
	{ STR("PagerList.id"), graphql_record_id },
	{ STR("PagerList.version"), graphql_record_version },
	{ STR("PagerList.name"), list_name },
	{ STR("PagerList.timeZone"), list_time_zone },
	{ STR("PagerList.steps"), list_steps },
	{ STR("PagerStep.number"), step_number },
	{ STR("PagerStep.personIds"), step_person_ids },
	{ STR("PagerList.shifts"), list_shifts },
	{ STR("PagerList.substitutions"), list_substitutions },
	{ STR("PagerList.retired"), list_retired },
	{ STR("Shift.id"), shift_id },
	{ STR("Shift.personId"), shift_person_id },
	{ STR("Shift.days"), shift_days },
	{ STR("Shift.from"), shift_from },
	{ STR("Shift.until"), shift_until },
	{ STR("Shift.validFrom"), shift_valid_from },
	{ STR("Shift.validUntil"), shift_valid_until },
	{ STR("Substitution.id"), substitution_id },
	{ STR("Substitution.absentId"), substitution_absent_id },
	{ STR("Substitution.substituteId"), substitution_substitute_id },
	{ STR("Substitution.from"), substitution_from },
	{ STR("Substitution.until"), substitution_until },
	{ STR("Substitution.reason"), substitution_reason },
};
const size_t graphql_list_binding_count = COUNT_OF(graphql_list_bindings);

const struct graphql_batch_binding graphql_list_loaders[] = {
	{ STR("PagerList.people"), list_people },
};
const size_t graphql_list_loader_count = COUNT_OF(graphql_list_loaders);
