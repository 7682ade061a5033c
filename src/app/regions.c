#include "app/regions.h"

#include "app/region_write.h"
#include "domain/directory/shape.h"

/* A command on one region, as it is planned. */
struct drawing {
	const struct app_context *context;
	const struct app_draw_region *input;
};

/* The region ${id} of the actor's organisation, in use and at the version asked for. */
static struct err *
load_region(const struct app_context *context, struct uuid id, const struct app_command *command,
    struct record *ret, bool *ret_go, struct refusal *ret_refusal)
{
	TRY(record_load(context->session, context->arena, RECORD_REGION, id, ret_go, ret));
	*ret_go = *ret_go && uuid_equal(ret->region.osp, context->actor->organisation.id);
	if (!*ret_go)
		(void)refuse(
		    ret_refusal, REFUSAL_REGION_UNKNOWN, "region", "there is no such region");
	else if (ret->region.retired)
		*ret_go = refuse(ret_refusal, REFUSAL_REGION_RETIRED, "region",
		    "this region is retired; draw a new one");
	else if (command->has_version && command->version != ret->version)
		*ret_go = refuse(ret_refusal, REFUSAL_VERSION_STALE, "version",
		    "it stands at version %lld, not at %lld; look at it again",
		    (long long)ret->version, (long long)command->version);
	return NULL;
}

static void
apply(const struct app_draw_region *input, struct region *region)
{
	if (input->has_name)
		region->name = str_trim(input->name);
	if (input->has_area)
		region->area = input->area;
	if (input->has_list)
		region->list = input->list;
	if (input->has_priority)
		region->priority = input->priority;
}

static void
put_step(struct region_draft *draft, enum directory_event_type event, const struct record *after,
    enum region_fate fate)
{
	draft->steps[draft->step_count++] = (struct record_step){ event, *after };
	draft->made[draft->made_count++] = (struct region_made){
		.id = after->id,
		.version = after->version + 1,
		.fate = fate,
		.name = after->region.name,
	};
}

/* What a region may be, the rules that need the store included. */
static struct err *
check(const struct drawing *drawing, const struct region_draft *draft, const struct record *after,
    bool *ret_go, struct refusal *ret_refusal)
{
	*ret_go = region_check(&after->region, after->id, &draft->known, ret_refusal);
	if (*ret_go && drawing->input->has_list)
		TRY(region_check_list(drawing->context, after->region.list, ret_go, ret_refusal));
	if (*ret_go && drawing->input->has_area)
		TRY(region_check_surface(
		    drawing->context, &after->region.area, "area", ret_go, ret_refusal));
	return NULL;
}

static struct err *
plan_create(void *planning, struct region_draft *draft, bool *ret_go, struct refusal *ret_refusal)
{
	const struct drawing *drawing = planning;
	const struct app_context *context = drawing->context;
	struct record after = { .kind = RECORD_REGION, .id = context->make_id(context->now) };

	after.region.osp = context->actor->organisation.id;
	apply(drawing->input, &after.region);
	*ret_go = region_check_count(&draft->known, 1, ret_refusal);
	if (*ret_go)
		TRY(check(drawing, draft, &after, ret_go, ret_refusal));
	if (*ret_go)
		put_step(draft, DIRECTORY_EVENT_REGION_CREATED, &after, REGION_CREATED);
	return NULL;
}

/* Whether ${a} and ${b} are the same region, drawn alike. */
static bool
is_same(struct arena *arena, const struct record *a, const struct record *b)
{
	struct region_brief before = region_brief_of(arena, a), after = region_brief_of(arena, b);

	return str_equal(before.name, after.name) && before.priority == after.priority &&
	       uuid_equal(before.list, after.list) && sha256_equal(before.area, after.area);
}

static struct err *
plan_change(void *planning, struct region_draft *draft, bool *ret_go, struct refusal *ret_refusal)
{
	const struct drawing *drawing = planning;
	const struct app_draw_region *input = drawing->input;
	struct record before, after;

	TRY(load_region(
	    drawing->context, input->region, &input->command, &before, ret_go, ret_refusal));
	if (!*ret_go)
		return NULL;
	after = before;
	after.reason = STR("");
	apply(input, &after.region);
	TRY(check(drawing, draft, &after, ret_go, ret_refusal));
	if (!*ret_go)
		return NULL;
	if (!is_same(drawing->context->arena, &before, &after)) {
		put_step(draft, DIRECTORY_EVENT_REGION_CHANGED, &after, REGION_CHANGED);
		return NULL;
	}
	draft->made[draft->made_count++] =
	    (struct region_made){ before.id, before.version, REGION_UNCHANGED, before.region.name };
	return NULL;
}

/* The only region of ${result}. */
static void
answer_with(const struct region_result *result, struct app_region_answer *ret)
{
	*ret = (struct app_region_answer){
		.refused = result->refused,
		.repeated = result->repeated,
		.refusal = result->refusal,
		.overlaps = result->overlaps,
	};
	if (result->refused || result->made_count != 1)
		return;
	ret->id = result->made[0].id;
	ret->version = result->made[0].version;
}

static struct err *
draw(const struct app_context *context, enum app_operation operation, region_plan_f plan,
    const struct app_draw_region *input, struct app_region_answer *ret)
{
	struct drawing drawing = { context, input };
	struct region_result result;

	TRY(region_command_run(
	    &(struct region_command){
		.context = context,
		.operation = operation,
		.command = input->command,
		.body = input->body,
		.plan = plan,
		.planning = &drawing,
	    },
	    &result));
	answer_with(&result, ret);
	return NULL;
}

struct err *
app_create_region(const struct app_context *context, const struct app_draw_region *input,
    struct app_region_answer *ret)
{
	CHECK(input->has_name && input->has_area && input->has_list && input->has_priority);
	return draw(context, OPERATION_create_region, plan_create, input, ret);
}

struct err *
app_change_region(const struct app_context *context, const struct app_draw_region *input,
    struct app_region_answer *ret)
{
	return draw(context, OPERATION_change_region, plan_change, input, ret);
}

/* ---- retire ---- */

struct retiring {
	const struct app_context *context;
	const struct app_retire_region *input;
};

static struct err *
plan_retire(void *planning, struct region_draft *draft, bool *ret_go, struct refusal *ret_refusal)
{
	const struct retiring *retiring = planning;
	const struct app_retire_region *input = retiring->input;
	struct record record;

	*ret_go = str_empty(str_trim(input->reason)) ||
		  shape_check_line(input->reason, SHAPE_REASON_CHARS_MAX, REFUSAL_REASON_TOO_LONG,
		      "reason", ret_refusal);
	if (!*ret_go)
		return NULL;
	TRY(load_region(
	    retiring->context, input->region, &input->command, &record, ret_go, ret_refusal));
	if (!*ret_go)
		return NULL;
	record.region.retired = true;
	record.reason = str_trim(input->reason);
	put_step(draft, DIRECTORY_EVENT_REGION_RETIRED, &record, REGION_CHANGED);
	return NULL;
}

struct err *
app_retire_region(const struct app_context *context, const struct app_retire_region *input,
    struct app_region_answer *ret)
{
	struct retiring retiring = { context, input };
	struct region_result result;

	TRY(region_command_run(
	    &(struct region_command){
		.context = context,
		.operation = OPERATION_retire_region,
		.command = input->command,
		.body = input->body,
		.plan = plan_retire,
		.planning = &retiring,
	    },
	    &result));
	answer_with(&result, ret);
	return NULL;
}
