#include "integration/render/render.h"

#include <stdlib.h>

#include "integration/fieldwork_adapter.h"
#include "integration/render/render_answer.h"
#include "integration/render/render_request.h"
#include "proto/url.h"
#include "runtime/clock.h"
#include "runtime/random.h"

#define URL_BYTES_MAX 2048
#define PAGE_SIZE     STR("50")

/* Pages of one reading: one task a page at the least, and as many empty ones. */
#define PAGES_MAX (2 * RENDERSYNC_TASKS_MAX)

struct render {
	struct fieldwork port; /* first: the port is the adapter */
	struct render_config config;
	struct render_tokens *tokens;
};

/* All tasks of a subsector, as Render shows them. */
struct items {
	const struct json *at[RENDERSYNC_TASKS_MAX];
	size_t count;
	struct str cursors[PAGES_MAX]; /* of the pages that were read */
	size_t cursor_count;
};

static struct render_visit
visit_of(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    struct fieldwork_trouble *trouble)
{
	struct render *render = (struct render *)port;

	return (struct render_visit){
		.config = &render->config,
		.tokens = render->tokens,
		.arena = arena,
		.tenant = tenant,
		.trouble = trouble,
	};
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
was_read(const struct items *items, struct str cursor)
{
	for (size_t i = 0; i < items->cursor_count; i++) {
		if (str_equal(items->cursors[i], cursor))
			return true;
	}
	return false;
}

/* Read the page at ${cursor} (empty: the first) and find out which is next. */
static bool
read_page(struct render_visit *visit, struct str subsector, struct items *items, struct str *cursor)
{
	struct render_answer answer;
	struct render_page page;
	struct str reason;
	struct buf url;

	if (!begin_tasks_url(visit, subsector, &url))
		return false;
	url_append_query(&url, STR("limit"), PAGE_SIZE);
	if (!str_empty(*cursor))
		url_append_query(&url, STR("cursor"), *cursor);
	if (!render_request_send(visit, "GET", &url, (struct str){ NULL, 0 }, &answer))
		return false;
	if (!render_answer_page(answer.body, &page, &reason))
		return malformed(visit, reason);
	if (page.count > RENDERSYNC_TASKS_MAX - items->count)
		return render_trouble(visit, SYNC_FAULT_TOO_MANY_TASKS,
		    arena_printf(visit->arena, "more than %d tasks", RENDERSYNC_TASKS_MAX));
	for (size_t i = 0; i < page.count; i++)
		items->at[items->count++] = &page.items[i];
	*cursor = page.next_cursor;
	return true;
}

/* Read every page, or nothing: a part is never taken for the whole. */
static bool
read_items(struct render_visit *visit, struct str subsector, struct items **ret)
{
	struct items *items = arena_new(visit->arena, struct items);
	struct str cursor = { NULL, 0 };

	if (items == NULL)
		return render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("no memory to read the tasks"));
	do {
		if (!read_page(visit, subsector, items, &cursor))
			return false;
		if (!str_empty(cursor) && was_read(items, cursor))
			return malformed(visit, STR("the pages of the tasks go round in a circle"));
		if (items->cursor_count == PAGES_MAX)
			return malformed(visit, STR("the tasks have too many pages"));
		items->cursors[items->cursor_count++] = cursor;
	} while (!str_empty(cursor));
	*ret = items;
	return true;
}

/* Add ${task}; one that an earlier page had already replaces what was there. */
static bool
add_task(struct rendersync_task task, struct rendersync_task *tasks, size_t capacity, size_t *count)
{
	size_t at = 0;

	while (at < *count && !str_equal(tasks[at].id, task.id))
		at++;
	if (at == capacity)
		return false;
	tasks[at] = task;
	if (at == *count)
		(*count)++;
	return true;
}

static bool
read_tasks(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    struct str subsector, struct rendersync_task *ret, size_t capacity, size_t *ret_count,
    struct fieldwork_trouble *ret_trouble)
{
	struct render_visit visit = visit_of(port, arena, tenant, ret_trouble);
	struct items *items;
	size_t count = 0;

	if (!render_visit_begin(&visit) || !read_items(&visit, subsector, &items))
		return false;
	for (size_t i = 0; i < items->count; i++) {
		struct rendersync_task task;
		struct str reason;

		if (!render_answer_task(arena, items->at[i], &task, &reason))
			return malformed(
			    &visit, arena_printf(arena, "task %zu: %.*s", i + 1, STR_ARG(reason)));
		if (!add_task(task, ret, capacity, &count))
			return render_trouble(&visit, SYNC_FAULT_TOO_MANY_TASKS,
			    arena_printf(arena, "more than %zu tasks", capacity));
	}
	*ret_count = count;
	return true;
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

/* The id of the one among ${items} that carries ${reference}; empty when none does. */
static bool
find_ours(
    struct render_visit *visit, const struct json *item, struct str reference, struct str *ret_id)
{
	struct str reason;

	if (!str_empty(*ret_id) || !render_answer_is_ours(item, reference))
		return true;
	return render_answer_id(item, ret_id, &reason) || malformed(visit, reason);
}

static bool
find_subsector(struct render_visit *visit, const struct fieldwork_order *order, struct str *ret_id)
{
	struct buf url = begin_url(visit);
	struct render_answer answer;
	struct render_page page;
	struct str reason;

	url_append_query(&url, STR("project"), visit->tenant->project);
	url_append_query(&url, STR("external_reference"), order->reference);
	if (!render_request_send(visit, "GET", &url, (struct str){ NULL, 0 }, &answer))
		return false;
	if (!render_answer_page(answer.body, &page, &reason))
		return malformed(visit, reason);
	*ret_id = (struct str){ NULL, 0 };
	for (size_t i = 0; i < page.count; i++) {
		if (!find_ours(visit, &page.items[i], order->reference, ret_id))
			return false;
	}
	return true;
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
	struct items *items;

	if (!read_items(visit, subsector, &items))
		return false;
	*ret_id = (struct str){ NULL, 0 };
	for (size_t i = 0; i < items->count; i++) {
		if (!find_ours(visit, items->at[i], order->reference, ret_id))
			return false;
	}
	return true;
}

static bool
ensure_task(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    const struct fieldwork_order *order, struct str *ret_subsector, struct str *ret_task,
    struct fieldwork_trouble *ret_trouble)
{
	struct render_visit visit = visit_of(port, arena, tenant, ret_trouble);
	struct buf url, body;

	if (!render_visit_begin(&visit) || !ensure_subsector(&visit, order, ret_subsector) ||
	    !find_task(&visit, order, *ret_subsector, ret_task))
		return false;
	if (!str_empty(*ret_task))
		return true;
	if (!begin_tasks_url(&visit, *ret_subsector, &url))
		return false;
	body = write_order(&visit, order, STR("type"), STR("INVESTIGATION"));
	return create(&visit, &url, &body, ret_task);
}

static void
destroy(struct fieldwork *port)
{
	struct render *render = (struct render *)port;

	render_tokens_destroy(render->tokens);
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
	return &render->port;
}
