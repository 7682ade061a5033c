#include "app/region_write.h"
#include "codec/area.h"
#include "geopackage/geopackage.h"

static const struct eco_word region_format_table[] = {
	[REGION_GEOJSON] = { STR("GEOJSON"), STR("a GeoJSON FeatureCollection") },
	[REGION_GEOPACKAGE] = { STR("GEOPACKAGE"), STR("a GeoPackage") },
};
const struct eco_words region_format_words = { region_format_table, COUNT_OF(region_format_table) };

/* An import, as it is planned; what was planned before a conflict is planned again. */
struct importing {
	const struct app_context *context;
	const struct app_import_regions *input;
	struct region_features features;
	struct app_region_problem *problems;
	size_t problem_count, problems_in_all;
};

/* ---- the file ---- */

static struct err *
read_geojson(struct importing *importing, bool *ret_go, struct refusal *ret_refusal)
{
	const struct app_import_regions *input = importing->input;
	struct arena *arena = importing->context->arena;
	const struct json *file;
	struct str reason;

	*ret_go = json_parse(arena, input->data, &file, &reason);
	if (!*ret_go && arena_exhausted(arena))
		return ERR(arena, ERR_LIMIT, "no memory left to read a file of regions");
	if (!*ret_go)
		(void)refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "data is no JSON: %.*s", STR_ARG(reason));
	else
		*ret_go = area_read_features(
		    arena, file, input->name_field, &importing->features, ret_refusal);
	return NULL;
}

static struct err *
read_file(struct importing *importing, bool *ret_go, struct refusal *ret_refusal)
{
	const struct app_import_regions *input = importing->input;

	*ret_go =
	    !str_empty(input->name_field) && input->name_field.len <= AREA_NAME_FIELD_BYTES_MAX;
	if (!*ret_go) {
		(void)refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "nameField",
		    "nameField has 1 to %d bytes", AREA_NAME_FIELD_BYTES_MAX);
		return NULL;
	}
	switch (input->format) {
	case REGION_GEOJSON:
		return read_geojson(importing, ret_go, ret_refusal);
	case REGION_GEOPACKAGE:
		return geopackage_read(importing->context->arena, input->data,
		    &(struct geopackage_choice){ input->layer, input->name_field }, ret_go,
		    &importing->features, ret_refusal);
	}
	UNREACHABLE("region format");
}

/* ---- the plan ---- */

static void
add_problem(struct importing *importing, size_t index, const struct refusal *refusal)
{
	importing->problems_in_all++;
	if (importing->problem_count == REGION_PROBLEMS_MAX)
		return;
	importing->problems[importing->problem_count++] = (struct app_region_problem){
		.index = index,
		.name = importing->features.at[index].name,
		.refusal = *refusal,
	};
}

/* The record as feature ${index} makes it. */
static struct err *
make_after(const struct importing *importing, size_t index, const struct region_plan *plan,
    struct record *ret)
{
	const struct app_context *context = importing->context;
	const struct region_feature *feature = &importing->features.at[index];
	bool found;

	*ret = (struct record){ .kind = RECORD_REGION };
	if (plan->before == NULL) {
		ret->id = context->make_id(context->now);
		ret->region = (struct region){
			.osp = context->actor->organisation.id,
			.name = feature->name,
			.list = importing->input->list,
			.priority = importing->input->priority,
		};
	} else {
		TRY(record_load(context->session, context->arena, RECORD_REGION, plan->before->id,
		    &found, ret));
		if (!found || ret->version != plan->before->version)
			return ERR(context->arena, ERR_CONFLICT, "a region changed meanwhile");
		ret->reason = STR("");
	}
	ret->region.area = feature->area;
	return NULL;
}

static struct sha256
digest_of(struct arena *arena, const struct region_feature *feature)
{
	const struct record record = { .kind = RECORD_REGION, .region = { .area = feature->area } };

	return region_brief_of(arena, &record).area;
}

/* Whether the feature may be a region beside the others, and what becomes of it. */
static struct err *
judge_feature(struct importing *importing, const struct region_draft *draft, size_t index,
    struct region_plan *ret, bool *ret_go)
{
	const struct app_context *context = importing->context;
	const struct region_feature *feature = &importing->features.at[index];
	struct sha256 area = { { 0 } };
	struct refusal refusal;

	if (!feature->refused)
		area = digest_of(context->arena, feature);
	*ret_go =
	    region_plan_feature(&importing->features, index, area, &draft->known, ret, &refusal);
	if (*ret_go && ret->fate != REGION_UNCHANGED)
		TRY(region_check_surface(context, &feature->area, "geometry", ret_go, &refusal));
	if (!*ret_go)
		add_problem(importing, index, &refusal);
	return NULL;
}

static struct err *
plan_feature(struct importing *importing, struct region_draft *draft, size_t index, bool *ret_go)
{
	struct region_made *made = &draft->made[draft->made_count];
	struct region_plan plan;
	struct record after;

	TRY(judge_feature(importing, draft, index, &plan, ret_go));
	if (!*ret_go)
		return NULL;
	draft->made_count++;
	*made =
	    (struct region_made){ .fate = plan.fate, .name = importing->features.at[index].name };
	if (plan.fate == REGION_UNCHANGED) {
		made->id = plan.before->id;
		made->version = plan.before->version;
		return NULL;
	}
	TRY(make_after(importing, index, &plan, &after));
	made->id = after.id;
	made->version = after.version + 1;
	draft->steps[draft->step_count++] = (struct record_step){
		plan.fate == REGION_CREATED ? DIRECTORY_EVENT_REGION_CREATED
					    : DIRECTORY_EVENT_REGION_CHANGED,
		after,
	};
	return NULL;
}

static size_t
count_created(const struct region_draft *draft)
{
	size_t created = 0;

	for (size_t i = 0; i < draft->made_count; i++)
		created += draft->made[i].fate == REGION_CREATED;
	return created;
}

static struct err *
plan_import(void *planning, struct region_draft *draft, bool *ret_go, struct refusal *ret_refusal)
{
	struct importing *importing = planning;
	const struct region frame = { .name = STR("any"), .priority = importing->input->priority };
	const struct region_briefs nobody = { NULL, 0 };

	importing->problem_count = importing->problems_in_all = 0;
	*ret_go = region_check(&frame, UUID_NIL, &nobody, ret_refusal);
	if (*ret_go)
		TRY(region_check_list(
		    importing->context, importing->input->list, ret_go, ret_refusal));
	if (!*ret_go)
		return NULL;
	for (size_t i = 0; i < importing->features.count; i++)
		TRY(plan_feature(importing, draft, i, ret_go));
	*ret_go = importing->problems_in_all == 0;
	if (!*ret_go)
		(void)refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "%zu of %zu features cannot be taken, so none is", importing->problems_in_all,
		    importing->features.count);
	else
		*ret_go = region_check_count(&draft->known, count_created(draft), ret_refusal);
	return NULL;
}

/* ---- the answer ---- */

static struct err *
answer_with(const struct importing *importing, const struct region_result *result,
    struct app_import_answer *ret)
{
	struct arena *arena = importing->context->arena;
	struct app_region_import *features =
	    arena_array(arena, struct app_region_import, result->made_count + 1);

	if (features == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to answer");
	for (size_t i = 0; i < result->made_count; i++) {
		const struct region_made *made = &result->made[i];
		bool tried = importing->input->dry_run && made->fate == REGION_CREATED;

		features[i] = (struct app_region_import){
			.name = made->name,
			.fate = made->fate,
			.region = tried ? UUID_NIL : made->id,
			.version = tried ? 0 : made->version,
		};
	}
	*ret = (struct app_import_answer){
		.refused = result->refused,
		.repeated = result->repeated,
		.dry_run = importing->input->dry_run,
		.refusal = result->refusal,
		.problems = importing->problems,
		.problem_count = result->refused ? importing->problem_count : 0,
		.problems_in_all = result->refused ? importing->problems_in_all : 0,
		.features = features,
		.feature_count = result->refused ? 0 : result->made_count,
		.overlaps = result->overlaps,
	};
	return NULL;
}

struct err *
app_import_regions(const struct app_context *context, const struct app_import_regions *input,
    struct app_import_answer *ret)
{
	struct importing importing = { .context = context, .input = input };
	struct region_result result;
	bool go;

	*ret = (struct app_import_answer){ .refused = true, .dry_run = input->dry_run };
	/* Who may not import need not have a file read. */
	if (!app_permits(context, OPERATION_import_regions, &ret->refusal))
		return NULL;
	importing.problems =
	    arena_array(context->arena, struct app_region_problem, REGION_PROBLEMS_MAX);
	if (importing.problems == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to import regions");
	TRY(read_file(&importing, &go, &ret->refusal));
	if (!go)
		return NULL;
	TRY(region_command_run(
	    &(struct region_command){
		.context = context,
		.operation = OPERATION_import_regions,
		.command = input->command,
		.body = input->body,
		.dry_run = input->dry_run,
		.plan = plan_import,
		.planning = &importing,
	    },
	    &result));
	return answer_with(&importing, &result, ret);
}
