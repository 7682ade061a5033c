#include <stdlib.h>

#include "mock/world.h"

#define PAGE_ENTRIES         500
#define PAGE_BYTES_MAX       (4u << 20)
#define COUNTS_BYTES_MAX     (4u << 20)
#define SCENARIO_ARENA_BYTES (2u << 20)

static void
answer_text(struct http_response *ret, int status, struct str text)
{
	http_respond_text(ret, status, text);
}

static bool
parse_query(const struct http_request *request, struct arena *arena, struct form *ret)
{
	*ret = (struct form){ 0 };
	return form_parse(arena, request->query, ret);
}

/* GET /control/journal?after=N: what happened after entry N, entries counted from 1. */
static void
serve_journal(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct buf buf = buf_in(arena, PAGE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct form query;
	int64_t after = 0;
	size_t at;

	if (!parse_query(request, arena, &query) ||
	    (form_has(&query, STR("after")) &&
		(!str_parse_i64(form_find(&query, STR("after")), &after) || after < 0))) {
		answer_text(ret, 400, STR("after must be a number from 0.\n"));
		return;
	}
	json_begin_map(&writer);
	json_name(&writer, STR("entries"));
	json_begin_list(&writer);
	for (at = (size_t)after; at < world->journal_count && at < (size_t)after + PAGE_ENTRIES;
	     at++) {
		if (buf.len + journal_bytes_max(&world->journal[at]) > PAGE_BYTES_MAX - 1024)
			break;
		journal_write(&writer, arena, &world->journal[at], at + 1);
	}
	json_end_list(&writer);
	json_member_int(&writer, STR("last"), (int64_t)world->journal_count);
	json_member_int(&writer, STR("lost"), (int64_t)world->journal_lost);
	json_end_map(&writer);
	mock_answer_json(ret, 200, &buf);
}

/* How many steps are due at the present moment. */
static int64_t
count_due(const struct world *world)
{
	struct instant now = world_now(world);
	int64_t due = 0;

	for (size_t i = 0; i < world->step_count; i++)
		if (world->steps[i].due.us <= now.us &&
		    *world->steps[i].ticket == world->steps[i].valid)
			due++;
	return due;
}

/* GET /control/quiet: whether all that is due is done, and when more will be. */
static void
serve_quiet(struct world *world, struct arena *arena, struct http_response *ret)
{
	struct buf buf = buf_in(arena, 512);
	struct json_writer writer = json_writer(&buf);
	int64_t pending = count_due(world) + (int64_t)world->queued;
	struct instant due;

	json_begin_map(&writer);
	json_member_bool(&writer, STR("quiet"), pending == 0 && world->in_flight == 0);
	json_member_int(&writer, STR("pending"), pending);
	json_member_int(&writer, STR("inFlight"), (int64_t)world->in_flight);
	json_name(&writer, STR("nextDue"));
	if (world_next_due(world, &due))
		json_write_text(&writer, instant_text(arena, due));
	else
		json_write_null(&writer);
	json_end_map(&writer);
	mock_answer_json(ret, 200, &buf);
}

/* By number, then by URL. */
static int
compare_calls(const void *a, const void *b)
{
	const struct call *const *left = a, *const *right = b;
	int order = str_compare((*left)->to, (*right)->to);

	return order != 0 ? order : str_compare((*left)->url, (*right)->url);
}

/* GET /control/counts: how many calls there were for each number and URL, which is one attempt. */
static void
serve_counts(struct world *world, struct arena *arena, struct http_response *ret)
{
	struct buf buf = buf_in(arena, COUNTS_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct call **sorted = arena_array(arena, struct call *, world->call_count + 1);
	size_t from = 0;

	if (sorted == NULL) {
		answer_text(ret, 500, STR("There are too many calls to count.\n"));
		return;
	}
	memcpy(sorted, world->calls, world->call_count * sizeof(struct call *));
	qsort(sorted, world->call_count, sizeof(struct call *), compare_calls);
	json_begin_map(&writer);
	json_name(&writer, STR("calls"));
	json_begin_list(&writer);
	for (size_t i = 1; i <= world->call_count; i++) {
		if (i < world->call_count && compare_calls(&sorted[from], &sorted[i]) == 0)
			continue;
		json_begin_map(&writer);
		json_member_text(&writer, STR("to"), sorted[from]->to);
		json_member_text(&writer, STR("url"), sorted[from]->url);
		json_member_int(&writer, STR("count"), (int64_t)(i - from));
		json_end_map(&writer);
		from = i;
	}
	json_end_list(&writer);
	json_end_map(&writer);
	if (buf.overflowed)
		answer_text(ret, 500, STR("There are too many calls to count.\n"));
	else
		mock_answer_json(ret, 200, &buf);
}

/* GET /control/state: what the world holds, in numbers, and the calls that are not over. */
static void
serve_state(struct world *world, struct arena *arena, struct http_response *ret)
{
	struct buf buf = buf_in(arena, PAGE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	int64_t shown = 0;

	json_begin_map(&writer);
	json_member_text(&writer, STR("scenario"), world->scenario->name);
	json_member_text(&writer, STR("now"), instant_text(arena, world_now(world)));
	json_member_int(&writer, STR("calls"), (int64_t)world->call_count);
	json_member_int(&writer, STR("texts"), (int64_t)world->text_count);
	json_member_int(&writer, STR("subsectors"), (int64_t)world->subsector_count);
	json_member_int(&writer, STR("steps"), (int64_t)world->step_count);
	json_member_int(&writer, STR("memoryBytes"), (int64_t)world->arena->used);
	json_name(&writer, STR("callsUnderWay"));
	json_begin_list(&writer);
	for (size_t i = 0; i < world->call_count && shown < PAGE_ENTRIES; i++) {
		const struct call *call = world->calls[i];

		if (mock_call_is_over(call->status))
			continue;
		shown++;
		json_begin_map(&writer);
		json_member_text(&writer, STR("sid"), str_from_z(call->sid));
		json_member_text(&writer, STR("to"), call->to);
		json_member_text(&writer, STR("status"), mock_call_status_name(call->status));
		json_end_map(&writer);
	}
	json_end_list(&writer);
	json_end_map(&writer);
	mock_answer_json(ret, 200, &buf);
}

/* POST /control/scenario: the body is a scenario's text; the world begins again with it. */
static void
serve_scenario(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct arena *memory = arena_create(SCENARIO_ARENA_BYTES);
	struct scenario *scenario = arena_new(memory, struct scenario);
	struct err *fault = scenario_parse(memory, request->body, scenario);

	if (fault != NULL) {
		answer_text(ret, 400, arena_printf(arena, "%.*s\n", STR_ARG(fault->message)));
		arena_destroy(memory);
		return;
	}
	world_reset(world, scenario, memory);
	answer_text(ret, 200, arena_printf(arena, "%.*s\n", STR_ARG(scenario->name)));
}

/* POST /control/prepare: what comes now is before the night; everything works. */
static void
serve_prepare(struct world *world, struct http_response *ret)
{
	world->preparing = true;
	answer_text(ret, 200, STR("The night has not begun.\n"));
}

/* POST /control/begin: the night begins; {"journal":N}: how many entries there were before. */
static void
serve_begin(struct world *world, struct arena *arena, struct http_response *ret)
{
	struct buf buf = buf_in(arena, 128);
	struct json_writer writer = json_writer(&buf);
	bool prepared = world->preparing;

	world->preparing = false;
	world->begun = true;
	world->begun_at = world_now(world);
	/* What was settled before is not part of the night. */
	world->calls_before = prepared ? world->call_count : 0;
	world->texts_before = prepared ? world->text_count : 0;
	world->render_weather = (struct weather){ .asked = false };
	world->twilio_weather = (struct weather){ .asked = false };
	mock_inbound_plan(world);
	json_begin_map(&writer);
	json_member_int(&writer, STR("journal"), prepared ? (int64_t)world->journal_count : 0);
	json_end_map(&writer);
	mock_answer_json(ret, 200, &buf);
}

/* POST /control/inbound, N: what the scenario has somebody do by themselves, now. */
static void
serve_inbound(struct world *world, const struct form *form, struct http_response *ret)
{
	int64_t number;

	if (!str_parse_i64(form_find(form, STR("N")), &number) || number < 0 ||
	    (size_t)number >= world->scenario->inbound_count) {
		answer_text(ret, 400, STR("N must be the number of one, from 0.\n"));
		return;
	}
	mock_inbound_do(world, &world->scenario->inbounds[number]);
	answer_text(ret, 200, STR("Done.\n"));
}

/* POST /control/text, From, Body [, To]: somebody writes. */
static void
serve_text(struct world *world, const struct form *form, struct http_response *ret)
{
	if (str_empty(form_find(form, STR("From")))) {
		answer_text(ret, 400, STR("From must be a number.\n"));
		return;
	}
	mock_inbound_text(world, form_find(form, STR("From")), form_find(form, STR("To")),
	    form_find(form, STR("Body")));
	answer_text(ret, 200, STR("Sent.\n"));
}

/* POST /control/call, From [, To] [, Presses ...]: somebody calls. */
static void
serve_call(struct world *world, const struct form *form, struct http_response *ret)
{
	struct scenario_phone person = { .pickup = SCENARIO_ANSWERS, .thinks = SECONDS(1) };

	if (str_empty(form_find(form, STR("From")))) {
		answer_text(ret, 400, STR("From must be a number.\n"));
		return;
	}
	for (size_t i = 0; i < form->count && person.press_count < SCENARIO_PRESSES_MAX; i++)
		if (str_equal(form->at[i].name, STR("Presses")))
			person.presses[person.press_count++] = world_keep(world, form->at[i].value);
	mock_inbound_call(world, form_find(form, STR("From")), form_find(form, STR("To")), &person);
	answer_text(ret, 200, STR("It rings.\n"));
}

/* POST /control/task, Id, Status: the crew changes a task. */
static void
serve_task(struct world *world, const struct form *form, struct http_response *ret)
{
	if (mock_render_set_status(
		world, form_find(form, STR("Id")), form_find(form, STR("Status"))))
		answer_text(ret, 200, STR("Changed.\n"));
	else
		answer_text(ret, 404, STR("There is no such task.\n"));
}

/* What is done by hand, as a form. */
static void
serve_by_hand(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	static const struct {
		struct str path;
		void (*serve)(struct world *, const struct form *, struct http_response *);
	} hands[] = {
		{ STR("/control/inbound"), serve_inbound },
		{ STR("/control/text"), serve_text },
		{ STR("/control/call"), serve_call },
		{ STR("/control/task"), serve_task },
	};
	struct form form;

	for (size_t i = 0; i < COUNT_OF(hands); i++) {
		if (!str_equal(request->path, hands[i].path))
			continue;
		if (world_full(world))
			answer_text(ret, 503, STR("The mock world is full.\n"));
		else if (form_parse(arena, request->body, &form))
			hands[i].serve(world, &form, ret);
		else
			answer_text(ret, 400, STR("The form cannot be read.\n"));
		return;
	}
	answer_text(ret, 404, STR("There is no such control.\n"));
}

void
mock_control_serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	bool post = request->method == HTTP_POST;
	struct str path = request->path;

	if (!post && str_equal(path, STR("/control/journal")))
		serve_journal(world, request, arena, ret);
	else if (!post && str_equal(path, STR("/control/quiet")))
		serve_quiet(world, arena, ret);
	else if (!post && str_equal(path, STR("/control/counts")))
		serve_counts(world, arena, ret);
	else if (!post && str_equal(path, STR("/control/state")))
		serve_state(world, arena, ret);
	else if (post && str_equal(path, STR("/control/scenario")))
		serve_scenario(world, request, arena, ret);
	else if (post && str_equal(path, STR("/control/reset"))) {
		world_reset(world, world->scenario, world->scenario_arena);
		answer_text(ret, 200, STR("The world begins again.\n"));
	} else if (post && str_equal(path, STR("/control/prepare")))
		serve_prepare(world, ret);
	else if (post && str_equal(path, STR("/control/begin")))
		serve_begin(world, arena, ret);
	else if (post)
		serve_by_hand(world, request, arena, ret);
	else
		answer_text(ret, 404, STR("There is no such control.\n"));
}
