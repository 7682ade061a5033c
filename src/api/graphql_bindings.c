#include "api/graphql_eco.h"

#define BINDINGS_MAX 1024

/* UUID: 36 characters. */
static bool
accept_uuid(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	struct uuid id;

	(void)arena;
	*ret_reason = STR("expected a UUID of 36 characters");
	return value->type == JSON_TEXT && uuid_parse(value->text, &id);
}

/* DateTime: RFC 3339 with a zone. */
static bool
accept_date_time(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	struct instant when;

	(void)arena;
	*ret_reason = STR("expected an RFC 3339 date-time with a zone");
	return value->type == JSON_TEXT && instant_parse(value->text, &when);
}

/* Position: digits, or a number that JSON's readers keep. */
static bool
accept_position(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	int64_t position;

	(void)arena;
	*ret_reason = STR("expected a position of the log: digits, as a string or a number");
	if (value->type == JSON_INT)
		return value->integer >= 0;
	return value->type == JSON_TEXT && str_parse_i64(value->text, &position) && position >= 0;
}

/* Cursor: what a page gave; whose it is, is seen when it is used. */
static bool
accept_cursor(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	(void)arena;
	*ret_reason = STR("expected a cursor as a page gave it: at most 200 characters");
	return value->type == JSON_TEXT && value->text.len <= 200;
}

/* JobNumber: as printed or as heard; whether there is such a number is the query's to say. */
static bool
accept_job_number(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	(void)arena;
	*ret_reason = STR("expected a job number such as HC-MFR-00042-0, as printed or as heard: "
			  "at most 200 characters");
	return value->type == JSON_TEXT && value->text.len <= 200;
}

/* GeoJSON: what is in it is the command's to judge, with the member and the rule. */
static bool
accept_geojson(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	(void)arena;
	*ret_reason = STR("expected a GeoJSON geometry, an object with type and coordinates");
	return value->type == JSON_MAP;
}

/* LocalTime: hours and minutes of a clock. */
static bool
accept_local_time(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	int64_t minute;

	(void)arena;
	*ret_reason = STR("expected a time of the clock between 00:00 and 23:59, such as 06:30");
	return value->type == JSON_TEXT && graphql_local_time(value->text, &minute);
}

static const struct graphql_scalar scalars[] = {
	{ STR("UUID"), accept_uuid },
	{ STR("DateTime"), accept_date_time },
	{ STR("Position"), accept_position },
	{ STR("LocalTime"), accept_local_time },
	{ STR("Cursor"), accept_cursor },
	{ STR("JobNumber"), accept_job_number },
	{ STR("GeoJSON"), accept_geojson },
	{ STR("GeoJSONArea"), accept_geojson },
};

struct binding_list {
	struct graphql_binding at[BINDINGS_MAX];
	size_t count;
};

static void
join(struct binding_list *list, const struct graphql_binding *bindings, size_t count)
{
	CHECK(list->count + count <= BINDINGS_MAX);
	memcpy(&list->at[list->count], bindings, count * sizeof(*bindings));
	list->count += count;
}

struct loader_list {
	const struct graphql_batch_binding *at;
	const size_t *count;
};

static struct err *
bind_loaders(struct arena *arena, struct graphql_schema *schema)
{
	const struct loader_list lists[] = {
		{ graphql_eco_loaders, &graphql_eco_loader_count },
		{ graphql_timeline_loaders, &graphql_timeline_loader_count },
		{ graphql_terms_loaders, &graphql_terms_loader_count },
		{ graphql_token_loaders, &graphql_token_loader_count },
		{ graphql_audit_loaders, &graphql_audit_loader_count },
		{ graphql_list_loaders, &graphql_list_loader_count },
		{ graphql_region_loaders, &graphql_region_loader_count },
	};

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		TRY(graphql_schema_bind_batches(arena, schema, lists[i].at, *lists[i].count));
	return NULL;
}

struct err *
api_bind_schema(struct arena *arena, struct str sdl, struct graphql_schema **ret)
{
	struct binding_list list = { .count = 0 };

	join(&list, graphql_query_bindings, graphql_query_binding_count);
	join(&list, graphql_node_bindings, graphql_node_binding_count);
	join(&list, graphql_board_bindings, graphql_board_binding_count);
	join(&list, graphql_eco_bindings, graphql_eco_binding_count);
	join(&list, graphql_timeline_bindings, graphql_timeline_binding_count);
	join(&list, graphql_mutation_bindings, graphql_mutation_binding_count);
	join(&list, graphql_crew_bindings, graphql_crew_binding_count);
	join(&list, graphql_record_bindings, graphql_record_binding_count);
	join(&list, graphql_directory_bindings, graphql_directory_binding_count);
	join(&list, graphql_member_bindings, graphql_member_binding_count);
	join(&list, graphql_agreement_bindings, graphql_agreement_binding_count);
	join(&list, graphql_terms_bindings, graphql_terms_binding_count);
	join(&list, graphql_token_bindings, graphql_token_binding_count);
	join(&list, graphql_audit_bindings, graphql_audit_binding_count);
	join(&list, graphql_session_bindings, graphql_session_binding_count);
	join(&list, graphql_people_bindings, graphql_people_binding_count);
	join(&list, graphql_list_bindings, graphql_list_binding_count);
	join(&list, graphql_plan_bindings, graphql_plan_binding_count);
	join(&list, graphql_region_bindings, graphql_region_binding_count);
	join(&list, graphql_region_object_bindings, graphql_region_object_binding_count);
	join(&list, graphql_live_bindings, graphql_live_binding_count);
	join(&list, graphql_pager_bindings, graphql_pager_binding_count);
	TRY(graphql_schema_parse(arena, sdl, ret));
	TRY(bind_loaders(arena, *ret));
	return graphql_schema_bind(arena, *ret, list.at, list.count, scalars, COUNT_OF(scalars));
}
