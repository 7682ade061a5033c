#include "integration/render/render.h"

#include <stdlib.h>

#include "integration/fieldwork_adapter.h"
#include "integration/render/render_answer.h"
#include "integration/render/render_list.h"
#include "integration/render/render_request.h"
#include "proto/url.h"
#include "runtime/clock.h"
#include "runtime/random.h"

#define URL_BYTES_MAX 2048
#define PAGE_SIZE     STR("50")

struct render {
	struct fieldwork port; /* first: the port is the adapter */
	struct render_config config;
	struct render_tokens *tokens;
	struct render_gate *gate;
};

/* One use of the port. */
struct use {
	struct render_visit visit;
	struct render_gate_pass pass;
	int64_t began_us; /* in real time */
};

static struct instant
now_of(const struct render *render)
{
	if (render->config.clock == NULL)
		return (struct instant){ clock_monotonic_us() };
	return clock_now(render->config.clock);
}

/* Begin a visit to the tenant's account, if it may begin now. */
static bool
begin(struct render *render, struct arena *arena, const struct fieldwork_tenant *tenant,
    bool urgent, struct fieldwork_trouble *trouble, struct use *ret)
{
	*ret = (struct use){
		.visit = { .config = &render->config,
		    .tokens = render->tokens,
		    .arena = arena,
		    .tenant = tenant,
		    .trouble = trouble },
		.began_us = clock_monotonic_us(),
	};
	return render_visit_begin(&ret->visit) &&
	       render_gate_enter(render->gate, arena, render_visit_account(&ret->visit), urgent,
		   now_of(render), &ret->pass, trouble);
}

/* The visit is over; it ${worked}, or there was trouble.  Returns ${worked}. */
static bool
end(struct render *render, const struct use *use, bool worked)
{
	bool of_account = !worked && use->visit.of_account;

	render_gate_leave(render->gate, &use->pass,
	    &(struct render_gate_result){
		.now = now_of(render),
		.took = { clock_monotonic_us() - use->began_us },
		.requests = use->visit.requests,
		.trouble = of_account ? use->visit.trouble : NULL,
	    });
	return worked;
}

static bool
malformed(struct render_visit *visit, struct str reason)
{
	return render_trouble(visit, SYNC_FAULT_MALFORMED, reason);
}

static struct buf
begin_url(struct render_visit *visit)
{
	struct buf url = buf_in(visit->arena, URL_BYTES_MAX);

	url_begin(&url, visit->base);
	buf_str(&url, STR("/v1/subsectors"));
	return url;
}

/* /v1/subsectors/${subsector}/tasks */
static bool
begin_tasks_url(struct render_visit *visit, struct str subsector, struct buf *ret)
{
	*ret = begin_url(visit);
	if (!url_append_segment(ret, subsector))
		return malformed(visit, STR("the id of the subsector is not usable"));
	buf_str(ret, STR("/tasks"));
	return true;
}

/* -- reading -- */

static bool
begin_list_url(struct render_visit *visit, struct str subsector, struct buf *ret)
{
	if (!begin_tasks_url(visit, subsector, ret))
		return false;
	url_append_query(ret, STR("limit"), PAGE_SIZE);
	return true;
}

static bool
take_tasks(struct render_visit *visit, const struct render_list *list, struct rendersync_task *ret,
    size_t capacity)
{
	struct str reason;

	if (list->count > capacity)
		return render_trouble(visit, SYNC_FAULT_TOO_MANY_TASKS,
		    arena_printf(visit->arena, "more than %zu tasks", capacity));
	for (size_t i = 0; i < list->count; i++) {
		if (!render_answer_task(visit->arena, list->at[i], &ret[i], &reason))
			return malformed(visit,
			    arena_printf(visit->arena, "task %zu: %.*s", i + 1, STR_ARG(reason)));
	}
	return true;
}

static bool
read_tasks_of(struct render_visit *visit, struct str subsector, struct rendersync_task *ret,
    size_t capacity, size_t *ret_count)
{
	const struct render_list *list;
	struct buf url;

	if (!begin_list_url(visit, subsector, &url))
		return false;
	list = render_list_read_settled(visit, &url);
	if (list == NULL || !take_tasks(visit, list, ret, capacity))
		return false;
	*ret_count = list->count;
	return true;
}

static bool
read_tasks(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    struct str subsector, struct rendersync_task *ret, size_t capacity, size_t *ret_count,
    struct fieldwork_trouble *ret_trouble)
{
	struct render *render = (struct render *)port;
	struct use use;

	if (!begin(render, arena, tenant, false, ret_trouble, &use))
		return false;
	return end(render, &use, read_tasks_of(&use.visit, subsector, ret, capacity, ret_count));
}

/* -- creating -- */

static void
write_geometry(struct json_writer *writer, const struct geo_location *location)
{
	bool line = location->type == GEO_LINE;

	json_begin_map(writer);
	json_member_text(writer, STR("type"), line ? STR("LineString") : STR("Point"));
	json_name(writer, STR("coordinates"));
	if (line)
		json_begin_list(writer);
	for (size_t i = 0; i < location->count; i++) {
		json_begin_list(writer);
		json_write_double(writer, location->points[i].longitude);
		json_write_double(writer, location->points[i].latitude);
		json_end_list(writer);
	}
	if (line)
		json_end_list(writer);
	json_end_map(writer);
}

/* The members that a new subsector and a new task share, after ${first}: ${value}. */
static struct buf
write_order(struct render_visit *visit, const struct fieldwork_order *order, struct str first,
    struct str value)
{
	size_t texts = value.len + order->name.len + order->reference.len + order->description.len;
	struct buf buf = buf_in(visit->arena, 1024 + 6 * texts + 64 * order->location->count);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_text(&writer, first, value);
	json_member_text(&writer, STR("name"), order->name);
	json_member_text(&writer, STR("external_reference"), order->reference);
	json_member_text(&writer, STR("description"), order->description);
	json_name(&writer, STR("geometry"));
	write_geometry(&writer, order->location);
	json_end_map(&writer);
	return buf;
}

/*
 * POST ${body}; ${ret_id} is the id of what was made, or of what was there
 * already (409), which an earlier try of ours made.
 */
static bool
create(
    struct render_visit *visit, const struct buf *url, const struct buf *body, struct str *ret_id)
{
	struct render_answer answer;
	const struct json *item;
	struct str reason;

	if (body->overflowed)
		return render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("no memory to write the order"));
	if (!render_request_send(visit, "POST", url, buf_view(body), &answer))
		return false;
	item = answer.status == 409 ? json_find(answer.body, STR("error")) : answer.body;
	return render_answer_id(item, ret_id, &reason) || malformed(visit, reason);
}

/* The id of the first in the list at ${url} that carries ${reference}; empty when none does. */
static bool
find_ours(
    struct render_visit *visit, const struct buf *url, struct str reference, struct str *ret_id)
{
	const struct render_list *list = render_list_read(visit, url);
	struct str reason;

	*ret_id = (struct str){ NULL, 0 };
	if (list == NULL)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (render_answer_is_ours(list->at[i], reference))
			return render_answer_id(list->at[i], ret_id, &reason) ||
			       malformed(visit, reason);
	}
	return true;
}

static bool
find_subsector(struct render_visit *visit, const struct fieldwork_order *order, struct str *ret_id)
{
	struct buf url = begin_url(visit);

	url_append_query(&url, STR("project"), visit->tenant->project);
	url_append_query(&url, STR("external_reference"), order->reference);
	return find_ours(visit, &url, order->reference, ret_id);
}

static bool
ensure_subsector(
    struct render_visit *visit, const struct fieldwork_order *order, struct str *ret_id)
{
	struct buf url, body;

	if (!find_subsector(visit, order, ret_id))
		return false;
	if (!str_empty(*ret_id))
		return true;
	url = begin_url(visit);
	body = write_order(visit, order, STR("project"), visit->tenant->project);
	return create(visit, &url, &body, ret_id);
}

static bool
find_task(struct render_visit *visit, const struct fieldwork_order *order, struct str subsector,
    struct str *ret_id)
{
	struct buf url;

	return begin_list_url(visit, subsector, &url) &&
	       find_ours(visit, &url, order->reference, ret_id);
}

static bool
ensure_task_of(struct render_visit *visit, const struct fieldwork_order *order,
    struct str *ret_subsector, struct str *ret_task)
{
	struct buf url, body;

	if (!ensure_subsector(visit, order, ret_subsector) ||
	    !find_task(visit, order, *ret_subsector, ret_task))
		return false;
	if (!str_empty(*ret_task))
		return true;
	if (!begin_tasks_url(visit, *ret_subsector, &url))
		return false;
	body = write_order(visit, order, STR("type"), STR("INVESTIGATION"));
	return create(visit, &url, &body, ret_task);
}

static bool
ensure_task(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    const struct fieldwork_order *order, struct str *ret_subsector, struct str *ret_task,
    struct fieldwork_trouble *ret_trouble)
{
	struct render *render = (struct render *)port;
	struct use use;

	if (!begin(render, arena, tenant, true, ret_trouble, &use))
		return false;
	return end(render, &use, ensure_task_of(&use.visit, order, ret_subsector, ret_task));
}

static void
destroy(struct fieldwork *port)
{
	struct render *render = (struct render *)port;

	render_tokens_destroy(render->tokens);
	render_gate_destroy(render->gate);
	free(render);
}

struct fieldwork *
render_create(const struct render_config *config)
{
	static const struct fieldwork_ops ops = {
		.ensure_task = ensure_task,
		.read_tasks = read_tasks,
		.destroy = destroy,
	};
	struct render *render = calloc(1, sizeof(*render));

	CHECK(render != NULL);
	CHECK(config->timeout.us > 0);
	render->port.ops = &ops;
	render->config = *config;
	render->tokens = render_tokens_create(clock_monotonic_us, random_unit);
	render->gate = render_gate_create(&config->rules);
	return &render->port;
}
