#include "api/graphql_regions.h"
#include "base/base64.h"
#include "codec/area.h"
#include "codec/geojson.h"

static const struct app_context *
app(const struct graphql_call *call)
{
	return &graphql_asker(call)->app;
}

/* Whether the asker may make the query at all: its role, and its organisation's kind. */
static bool
may_ask(struct graphql_call *call, enum app_operation operation)
{
	bool go;

	graphql_permits(call, operation, &go);
	if (go && !app(call)->actor->organisation.is_osp) {
		graphql_fail(call, STR("NOT_PERMITTED"), STR("only an OSP has regions"));
		return false;
	}
	return go;
}

/* ---- commands ---- */

static struct err *
answer_region(
    struct graphql_call *call, const struct app_region_answer *answer, struct graphql_value *ret)
{
	struct graphql_region_drawn *drawn = arena_new(call->arena, struct graphql_region_drawn);
	bool found;

	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	if (drawn == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to answer");
	TRY(app_find_region(app(call), answer->id, &found, &drawn->region));
	if (!found)
		return ERR(
		    call->arena, ERR_CORRUPT, "a region that was just changed cannot be read");
	drawn->overlaps = answer->overlaps;
	*ret = graphql_object(STR("RegionCommandSuccess"), drawn);
	return NULL;
}

/* What is given of a region.  False after a refusal of its area. */
static bool
read_region(struct graphql_call *call, const struct json *given, struct app_draw_region *ret,
    struct refusal *ret_refusal)
{
	const struct json *priority = json_find(given, STR("priority"));

	ret->has_name = graphql_given(given, STR("name"));
	ret->name = json_text_or(given, STR("name"), STR(""));
	ret->has_list = graphql_given(given, STR("pagerListId"));
	ret->list = graphql_id(given, STR("pagerListId"));
	ret->has_priority = priority != NULL && priority->type == JSON_INT;
	ret->priority = ret->has_priority ? priority->integer : 0;
	ret->has_area = graphql_given(given, STR("area"));
	return !ret->has_area || area_read(call->arena, json_find(given, STR("area")), "area",
				     &ret->area, ret_refusal);
}

typedef struct err *(*draw_f)(
    const struct app_context *, const struct app_draw_region *, struct app_region_answer *);

static struct err *
draw(struct graphql_call *call, enum app_operation operation, draw_f use_case,
    struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_draw_region input = {
		.command = graphql_command(given),
		.region = graphql_id(given, STR("regionId")),
	};
	struct app_region_answer *answer = arena_new(call->arena, struct app_region_answer);
	struct refusal refusal;

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to draw a region");
	if (!app_permits(app(call), operation, &refusal) ||
	    !read_region(call, given, &input, &refusal))
		return graphql_refused(call, &refusal, ret);
	/* A null where a default would have stood. */
	input.has_priority = input.has_priority || operation == OPERATION_create_region;
	input.body = record_body_hash(call->arena, operation, given);
	TRY(use_case(app(call), &input, answer));
	return answer_region(call, answer, ret);
}

static struct err *
mutation_create_region(struct graphql_call *call, struct graphql_value *ret)
{
	return draw(call, OPERATION_create_region, app_create_region, ret);
}

static struct err *
mutation_change_region(struct graphql_call *call, struct graphql_value *ret)
{
	return draw(call, OPERATION_change_region, app_change_region, ret);
}

static struct err *
mutation_retire_region(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_region_answer *answer = arena_new(call->arena, struct app_region_answer);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to retire a region");
	TRY(app_retire_region(app(call),
	    &(struct app_retire_region){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_retire_region, given),
		.region = graphql_id(given, STR("regionId")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	    },
	    answer));
	return answer_region(call, answer, ret);
}

/* What the key of an import stands for: all of it, the file by its digest. */
static struct sha256
import_body(struct arena *arena, const struct app_import_regions *input)
{
	struct buf buf = buf_in(arena, 1024 + input->layer.len * 6 + input->name_field.len * 6);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, app_operations[OPERATION_import_regions].field);
	json_write_text(&writer, eco_word_name(&region_format_words, input->format));
	json_write_digest(&writer, sha256_of(input->data));
	json_write_text(&writer, input->layer);
	json_write_text(&writer, input->name_field);
	json_write_text(&writer, uuid_text(arena, input->list));
	json_write_int(&writer, input->priority);
	json_write_bool(&writer, input->dry_run);
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

/* The file itself: a GeoPackage comes as base64.  False after a refusal. */
static bool
read_file(struct graphql_call *call, struct app_import_regions *input, struct refusal *ret_refusal)
{
	struct buf bytes;

	if (input->format == REGION_GEOJSON)
		return true;
	bytes = buf_in(call->arena, input->data.len / 4 * 3 + 3);
	if (!base64_decode(&bytes, input->data))
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "data is not base64 (RFC 4648, section 4)");
	if (bytes.overflowed)
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "data does not fit into the memory of a request");
	input->data = buf_view(&bytes);
	return true;
}

static void
read_import(const struct json *given, struct app_import_regions *ret)
{
	unsigned format;

	CHECK(eco_word_find(
	    &region_format_words, json_text_or(given, STR("format"), STR("")), &format));
	*ret = (struct app_import_regions){
		.command = graphql_command(given),
		.format = (enum region_format)format,
		.data = json_text_or(given, STR("data"), STR("")),
		.layer = json_text_or(given, STR("layer"), STR("")),
		.name_field = json_text_or(given, STR("nameField"), STR("name")),
		.list = graphql_id(given, STR("pagerListId")),
		.priority = json_int_or(given, STR("priority"), 0),
		.dry_run = json_bool_or(given, STR("dryRun"), false),
	};
}

static struct err *
mutation_import_regions(struct graphql_call *call, struct graphql_value *ret)
{
	struct app_import_answer *answer = arena_new(call->arena, struct app_import_answer);
	struct app_import_regions input;
	struct refusal refusal;

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to import regions");
	read_import(graphql_input(call), &input);
	if (!app_permits(app(call), OPERATION_import_regions, &refusal) ||
	    !read_file(call, &input, &refusal))
		return graphql_refused(call, &refusal, ret);
	input.body = import_body(call->arena, &input);
	TRY(app_import_regions(app(call), &input, answer));
	if (answer->refused && answer->problem_count == 0)
		return graphql_refused(call, &answer->refusal, ret);
	*ret = graphql_object(
	    answer->refused ? STR("ImportRegionsProblems") : STR("ImportRegionsSuccess"), answer);
	return NULL;
}

/* ---- queries ---- */

/* A side of the box; false when it is out of range. */
static bool
read_side(const struct json *box, struct str name, double limit, double *ret)
{
	return json_number(json_find(box, name), ret) && *ret >= -limit && *ret <= limit;
}

static bool
read_box(struct graphql_call *call, struct app_region_query *ret)
{
	const struct json *box = graphql_argument(call, STR("boundingBox"));

	if (box == NULL || box->type != JSON_MAP)
		return true;
	ret->has_box = true;
	if (read_side(box, STR("west"), 180, &ret->box.west) &&
	    read_side(box, STR("east"), 180, &ret->box.east) &&
	    read_side(box, STR("south"), 90, &ret->box.south) &&
	    read_side(box, STR("north"), 90, &ret->box.north) && ret->box.south <= ret->box.north)
		return true;
	graphql_fail(call, STR("BAD_USER_INPUT"),
	    STR("boundingBox: west and east must be within 180, south and north within 90, south "
		"not above north"));
	return false;
}

static struct err *
answer_page(
    struct graphql_call *call, const struct app_region_page *found, struct graphql_value *ret)
{
	struct graphql_page *page = arena_new(call->arena, struct graphql_page);
	struct graphql_edge *edges =
	    arena_array(call->arena, struct graphql_edge, found->count + 1);

	if (page == NULL || edges == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list regions");
	for (size_t i = 0; i < found->count; i++)
		edges[i] = (struct graphql_edge){ found->at[i].id,
			graphql_object(STR("Region"), &found->at[i]) };
	*page = (struct graphql_page){
		.edge_type = STR("RegionEdge"),
		.edges = edges,
		.count = found->count,
		.info = graphql_page_info_of(call, edges, found->count, found->more),
	};
	*ret = graphql_object(STR("RegionConnection"), page);
	return NULL;
}

static struct err *
query_regions(struct graphql_call *call, struct graphql_value *ret)
{
	struct record_page_query page = { .kind = RECORD_REGION };
	struct app_region_query query = { .limit = 0 };
	struct app_region_page found;
	bool go;

	if (!may_ask(call, OPERATION_regions))
		return NULL;
	graphql_page_arguments(call, &page, &go);
	if (!go || !read_box(call, &query))
		return NULL;
	query.after = page.after;
	query.limit = page.limit;
	TRY(app_list_regions(app(call), &query, &found));
	return answer_page(call, &found, ret);
}

static struct err *
query_region_overlaps(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *first = graphql_argument(call, STR("first"));
	const struct json *region = graphql_argument(call, STR("region"));
	struct app_region_overlaps *overlaps = arena_new(call->arena, struct app_region_overlaps);
	int64_t count = first == NULL || first->type != JSON_INT ? 50 : first->integer;
	struct uuid id = UUID_NIL;

	if (overlaps == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to compare regions");
	if (!may_ask(call, OPERATION_region_overlaps))
		return NULL;
	if (count < 1 || count > REGION_OVERLAPS_MAX) {
		graphql_fail(call, STR("BAD_USER_INPUT"), STR("first must be between 1 and 100"));
		return NULL;
	}
	/* What is no id names nothing, and shares nothing with anybody. */
	if (region == NULL || region->type != JSON_TEXT || uuid_parse(region->text, &id))
		TRY(app_list_region_overlaps(app(call), id, (size_t)count, overlaps));
	*ret = graphql_object(STR("RegionOverlaps"), overlaps);
	return NULL;
}

static struct err *
query_region_at(struct graphql_call *call, struct graphql_value *ret)
{
	struct app_region_at *at = arena_new(call->arena, struct app_region_at);
	struct geo_location location;
	struct refusal refusal;

	if (at == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to find a region");
	if (!may_ask(call, OPERATION_region_at))
		return NULL;
	if (!geojson_read(
		call->arena, graphql_argument(call, STR("location")), &location, &refusal)) {
		graphql_fail(call, refusal_code_name(refusal.code),
		    arena_copy(call->arena, refusal_message(&refusal)));
		return NULL;
	}
	TRY(app_region_at(app(call), &location, graphql_id(call->arguments, STR("agreement")), at));
	*ret = graphql_object(STR("RegionAt"), at);
	return NULL;
}

const struct graphql_binding graphql_region_bindings[] = {
	{ STR("Mutation.createRegion"), mutation_create_region },
	{ STR("Mutation.changeRegion"), mutation_change_region },
	{ STR("Mutation.retireRegion"), mutation_retire_region },
	{ STR("Mutation.importRegions"), mutation_import_regions },
	{ STR("Query.regions"), query_regions },
	{ STR("Query.regionOverlaps"), query_region_overlaps },
	{ STR("Query.regionAt"), query_region_at },
	{ STR("RegionConnection.edges"), graphql_page_edges },
	{ STR("RegionConnection.pageInfo"), graphql_page_page_info },
	{ STR("RegionEdge.cursor"), graphql_edge_cursor },
	{ STR("RegionEdge.node"), graphql_edge_node },
};
const size_t graphql_region_binding_count = COUNT_OF(graphql_region_bindings);
