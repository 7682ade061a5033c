#include "api/graphql_wanted.h"
#include "app/agreements.h"
#include "app/board_row.h"
#include "app/change.h"
#include "app/people.h"
#include "app/regions.h"
#include "app/tokens.h"

/*
 * Whatever has an id, by its id.  Ids are unique over all kinds.  Each kind is readable here by
 * the rule of the query that shows it; what is not one's own, or not one's to read, is null as
 * what does not exist.
 */

#define NODES_MAX 100

/* Events of an ECO that are read at once: few have more. */
#define EVENTS_EACH (STORE_BATCH_MAX / NODES_MAX)

/* Ids that are looked for, in the order that was asked for, and what was found. */
struct search {
	struct graphql_call *call;
	struct app_context app; /* whose refusals are not noted: nothing is refused here */
	struct uuid ids[NODES_MAX];
	struct graphql_value values[NODES_MAX];
	size_t count;
};

static bool
may(const struct search *search, enum app_operation operation)
{
	struct refusal refusal;

	return app_permits(&search->app, operation, &refusal);
}

static bool
may_see_roster(const struct search *search, enum app_operation operation)
{
	struct refusal refusal;

	return app_permits_roster(&search->app, operation, &refusal);
}

static bool
is_own(const struct search *search, struct uuid organisation)
{
	return uuid_equal(search->app.actor->organisation.id, organisation);
}

/* ${value} is what every place has that asks for ${id}. */
static void
found(struct search *search, struct uuid id, struct graphql_value value)
{
	for (size_t i = 0; i < search->count; i++) {
		if (uuid_equal(search->ids[i], id))
			search->values[i] = value;
	}
}

/* ---- records of the directory ---- */

static struct err *
find_region(struct search *search, const struct record *record)
{
	struct region_brief *brief = arena_new(search->call->arena, struct region_brief);

	if (brief == NULL)
		return ERR(search->call->arena, ERR_LIMIT, "no memory left to find a region");
	*brief = app_region_brief(search->call->arena, record);
	found(search, record->id, graphql_object(STR("Region"), brief));
	return NULL;
}

/* The name of the type that shows ${record} to the asker; empty: none does. */
static struct str
type_of(const struct search *search, const struct record *record)
{
	switch (record->kind) {
	case RECORD_MEMBERSHIP:
		return is_own(search, record->membership.organisation) &&
			       may(search, OPERATION_members)
			   ? STR("Member")
			   : STR("");
	case RECORD_AGREEMENT:
		return app_is_party(&search->app, &record->agreement) &&
			       may(search, OPERATION_agreement)
			   ? STR("Agreement")
			   : STR("");
	case RECORD_TOKEN:
		return may(search, OPERATION_tokens) &&
			       app_may_see_token(&search->app, &record->token)
			   ? STR("Token")
			   : STR("");
	case RECORD_PERSON:
		return is_own(search, record->person.osp) &&
			       may_see_roster(search, OPERATION_people)
			   ? STR("Person")
			   : STR("");
	case RECORD_PAGER_LIST:
		return is_own(search, record->pager_list.osp) &&
			       may_see_roster(search, OPERATION_pager_lists)
			   ? STR("PagerList")
			   : STR("");
	case RECORD_REGION:
		return is_own(search, record->region.osp) &&
			       search->app.actor->organisation.is_osp &&
			       may(search, OPERATION_regions)
			   ? STR("Region")
			   : STR("");
	case RECORD_ORGANISATION: /* by another way: as its partners see it */
	case RECORD_USER:
	case RECORD_NOC_TERMS:
	case RECORD_OSP_TERMS:
	case RECORD_AUDIT:
	case RECORD_KIND_COUNT:
		return STR("");
	}
	UNREACHABLE("kind of a record");
}

static struct err *
find_records(struct search *search)
{
	struct arena *arena = search->call->arena;
	struct store_records rows;

	TRY(store_find_records(
	    search->app.session, arena, NULL, search->ids, search->count, &rows));
	for (size_t i = 0; i < rows.count; i++) {
		struct record *record = arena_new(arena, struct record);
		struct str type;

		if (record == NULL)
			return ERR(arena, ERR_LIMIT, "no memory left to find records");
		TRY(record_read(arena, &rows.at[i], record));
		type = type_of(search, record);
		if (str_empty(type))
			continue;
		if (record->kind == RECORD_REGION)
			TRY(find_region(search, record));
		else
			found(search, record->id, graphql_object(type, record));
	}
	return NULL;
}

/*
 * One's own organisation, and for who may see partners those as well.  The platform's operator
 * lists organisations by a query of which they learn, and by no other.
 */
static struct err *
find_organisations(struct search *search)
{
	bool all = may(search, OPERATION_partners) && search->app.platform == NULL;
	struct store_organisations rows;

	TRY(store_find_organisations(
	    search->app.session, search->call->arena, search->ids, search->count, &rows));
	for (size_t i = 0; i < rows.count; i++) {
		if (all || is_own(search, rows.at[i].id))
			found(search, rows.at[i].id,
			    graphql_object(STR("Organisation"), &rows.at[i]));
	}
	return NULL;
}

/* ---- ECOs ---- */

/* Fold ${events}, those of one stream from its beginning, into an Eco. */
static struct err *
fold(struct search *search, const struct store_event *events, size_t count, struct callout *scratch)
{
	struct graphql_eco *eco = arena_new(search->call->arena, struct graphql_eco);

	if (eco == NULL)
		return ERR(search->call->arena, ERR_LIMIT, "no memory left to find ECOs");
	*scratch = (struct callout){ .id = events[0].stream };
	for (size_t i = 0; i < count; i++)
		TRY(change_fold(search->call->arena, &events[i], scratch));
	eco->row = board_row_of(scratch);
	eco->row.position = events[count - 1].position;
	if (is_own(search, eco->row.noc) || is_own(search, eco->row.osp))
		found(search, eco->row.eco, graphql_object(STR("Eco"), eco));
	return NULL;
}

/* One with many events is read by itself. */
static struct err *
find_long_eco(struct search *search, struct uuid id)
{
	const struct as_of now = { .kind = AS_OF_NOW };
	const struct graphql_eco *eco;

	TRY(graphql_load_eco(search->call, id, &now, &eco));
	if (eco != NULL)
		found(search, id, graphql_object(STR("Eco"), eco));
	return NULL;
}

/* Whether ${id} was asked for before place ${index}. */
static bool
is_repeated(const struct search *search, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (uuid_equal(search->ids[i], search->ids[index]))
			return true;
	}
	return false;
}

static struct err *
read_streams(struct search *search, struct store_events *ret)
{
	struct store_stretch stretches[NODES_MAX];
	struct store_streams_query query = { .stretches = stretches, .each = EVENTS_EACH };

	for (size_t i = 0; i < search->count; i++) {
		if (search->values[i].type == GRAPHQL_NULL && !is_repeated(search, i))
			stretches[query.count++] =
			    (struct store_stretch){ search->ids[i], 0, INT64_MAX };
	}
	return store_read_streams(search->app.session, search->call->arena, &query, ret);
}

static bool
is_eco(const struct store_event *event)
{
	enum directory_event_type record;

	return !directory_event_find(event->type, &record);
}

static struct err *
find_ecos(struct search *search)
{
	struct callout *scratch = arena_new(search->call->arena, struct callout);
	struct store_events events;
	size_t count;

	if (scratch == NULL)
		return ERR(search->call->arena, ERR_LIMIT, "no memory left to find ECOs");
	TRY(read_streams(search, &events));
	for (size_t i = 0; i < events.count; i += count) {
		const struct store_event *first = &events.at[i];

		for (count = 1; i + count < events.count &&
				uuid_equal(events.at[i + count].stream, first->stream);)
			count++;
		if (!is_eco(first))
			continue;
		if (count < EVENTS_EACH)
			TRY(fold(search, first, count, scratch));
		else
			TRY(find_long_eco(search, first->stream));
	}
	return NULL;
}

/* ---- the queries ---- */

static struct err *
begin(struct graphql_call *call, struct search **ret)
{
	struct search *search = arena_new(call->arena, struct search);

	if (search == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to find anything");
	search->call = call;
	search->app = graphql_asker(call)->app;
	search->app.refused = NULL;
	*ret = search;
	return NULL;
}

/* What is no id names nothing. */
static void
add(struct search *search, const struct json *id)
{
	if (!uuid_parse(id->text, &search->ids[search->count]))
		search->ids[search->count] = UUID_NIL;
	search->count++;
}

static struct err *
find_all(struct search *search)
{
	TRY(find_organisations(search));
	TRY(find_records(search));
	return may(search, OPERATION_eco) ? find_ecos(search) : NULL;
}

static struct err *
query_node(struct graphql_call *call, struct graphql_value *ret)
{
	struct search *search;
	bool go;

	graphql_permits(call, OPERATION_node, &go);
	if (!go)
		return NULL;
	TRY(begin(call, &search));
	add(search, graphql_argument(call, STR("id")));
	TRY(find_all(search));
	*ret = search->values[0];
	return NULL;
}

static struct err *
query_nodes(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *ids = graphql_argument(call, STR("ids"));
	struct search *search;
	bool go;

	graphql_permits(call, OPERATION_nodes, &go);
	if (!go)
		return NULL;
	if (ids->list.count > NODES_MAX) {
		graphql_fail(
		    call, STR("BAD_USER_INPUT"), STR("ids are at most 100 for one request"));
		return NULL;
	}
	TRY(begin(call, &search));
	for (size_t i = 0; i < ids->list.count; i++)
		add(search, &ids->list.items[i]);
	if (search->count > 0)
		TRY(find_all(search));
	*ret = graphql_list(search->values, search->count);
	return NULL;
}

const struct graphql_binding graphql_node_bindings[] = {
	{ STR("Query.node"), query_node },
	{ STR("Query.nodes"), query_nodes },
};
const size_t graphql_node_binding_count = COUNT_OF(graphql_node_bindings);
