#include "api/live_internal.h"

#include <stdlib.h>

#include "api/graphql_door.h"
#include "api/graphql_live.h"
#include "app/board_row.h"
#include "app/change.h"
#include "runtime/random.h"

/*
 * Responses: what there is for a channel between two positions, read with the eyes of its
 * organisation.
 *
 * What is shown at a position is what was so at that position, whenever it is made: an ECO is
 * folded up to it.  So it does not matter when a listener comes by.
 */

/* What the resolvers of one pass are given. */
struct making {
	struct graphql_asker asker; /* first: it is their context */
	struct api_request request;
	struct http_request http;
	struct http_response response;
	bool away; /* the store could not be asked */
	struct live_pass *pass;
};

static struct str
on_fault(void *context, struct arena *arena, const struct err *err, struct str path)
{
	struct making *making = context;

	if (err->kind == ERR_UNAVAILABLE || err->kind == ERR_UNCERTAIN || err->kind == ERR_CONFLICT)
		making->away = true;
	return graphql_door_fault(context, arena, err, path);
}

static struct err *
begin(struct making *making, struct live_pass *pass)
{
	const struct gate_principal *principal = &pass->channel->principal;
	struct live *live = pass->channel->live;
	struct api *api = live->config.api;
	struct store_session *session;

	TRY(live_reader_session(
	    live, pass->worker, pass->arena, principal->membership.organisation.id, &session));
	*making = (struct making){ .pass = pass };
	making->request = (struct api_request){
		.api = api,
		.worker = pass->worker,
		.arena = pass->arena,
		.http = &making->http,
		.response = &making->response,
		.now = clock_now(api->config.clock),
		.outcome = "ok",
		.user = principal->person.user,
		.organisation = principal->membership.organisation.id,
		.via = principal->person.via,
	};
	making->request.id = random_uuid(making->request.now);
	return graphql_door_asker(&making->request, principal, NULL, &making->asker);
}

/* The response that shows ${value}, told at ${position}. */
static struct err *
publish(struct making *making, const struct graphql_value *value, int64_t position)
{
	struct live_pass *pass = making->pass;
	struct arena_mark mark = arena_mark(pass->arena);
	struct buf response = buf_in(pass->arena, LIVE_RESPONSE_BYTES_MAX);
	struct graphql_limits limits = graphql_door_limits(pass->channel->live->config.api);
	struct graphql_request request = {
		.context = making,
		.on_fault = on_fault,
		.is_late = graphql_door_is_late,
	};

	if (response.limit < GRAPHQL_RESPONSE_BYTES_MIN)
		return ERR(pass->arena, ERR_LIMIT, "no memory left for a response");
	making->asker.late_at_us =
	    clock_monotonic_us() + making->request.api->config.settings->graphql_time_ms * 1000;
	graphql_publish(
	    pass->arena, pass->channel->subscription, &request, value, &limits, &response);
	if (making->away)
		return ERR(pass->arena, ERR_UNAVAILABLE, "the store was away");
	pass->made[pass->count++] =
	    (struct live_made){ position, hub_text_create(buf_view(&response)) };
	pass->bytes += response.len;
	arena_release(pass->arena, mark);
	return NULL;
}

static bool
is_page_full(const struct live_pass *pass)
{
	return pass->count == LIVE_PAGE || pass->bytes >= LIVE_PAGE_BYTES;
}

/* ---- one ECO as it stood ---- */

/* How far an ECO is folded, and which of its events lay on the way. */
struct span {
	int64_t from, upto;
	int64_t first, last; /* the first and the last position behind ${from}; 0: none */
};

static bool
note_event(const void *context, const struct store_event *event)
{
	struct span *span = *(struct span *const *)context;

	if (event->position == 0 || event->position > span->upto)
		return false;
	if (event->position > span->from) {
		if (span->first == 0)
			span->first = event->position;
		span->last = event->position;
	}
	return true;
}

/* ${eco} as it stood at ${span->upto}; false when the asker was no side of it then. */
static struct err *
load(struct making *making, struct uuid eco, struct span *span, bool *ret_found,
    struct graphql_eco *ret)
{
	struct arena *arena = making->pass->arena;
	struct uuid organisation = making->request.organisation;
	struct change_loaded *loaded;

	span->first = span->last = 0;
	TRY(change_load_until(making->asker.app.session, arena, eco, note_event, &span, &loaded));
	*ret_found = loaded != NULL;
	if (loaded == NULL)
		return NULL;
	*ret = (struct graphql_eco){ .row = board_row_of(&loaded->callout), .past = true };
	ret->row.position = span->last;
	*ret_found =
	    uuid_equal(ret->row.noc, organisation) || uuid_equal(ret->row.osp, organisation);
	return NULL;
}

static struct err *
make_eco(struct making *making)
{
	struct live_pass *pass = making->pass;
	struct span span = { .from = pass->from, .upto = pass->upto };
	struct graphql_change change = { .matches = true };
	struct graphql_value value = graphql_object(STR("EcoChange"), &change);
	bool found;

	pass->reached = pass->upto;
	TRY(load(making, pass->channel->topic, &span, &found, &change.eco));
	if (!found || span.last == 0)
		return NULL;
	change.position = span.last;
	return publish(making, &value, span.last);
}

/* ---- boards ---- */

/* The changes after where the pass begins, up to where it ends. */
static struct err *
find_changes(struct making *making, struct store_changed_list *ret)
{
	struct live_pass *pass = making->pass;
	int64_t span_max = pass->channel->filters ? LIVE_FILTERED_SPAN : STORE_BATCH_MAX;
	struct store_changed *list;
	size_t count = 0;

	if (pass->recent == NULL) {
		if (pass->upto > pass->from + span_max)
			pass->upto = pass->from + span_max;
		return store_list_changed(
		    making->asker.app.session, pass->arena, pass->from, pass->upto, ret);
	}
	list = arena_array(pass->arena, struct store_changed, pass->recent_count + 1);
	if (list == NULL)
		return ERR(pass->arena, ERR_LIMIT, "no memory left to list what has changed");
	for (size_t i = 0; i < pass->recent_count; i++) {
		const struct store_changed *change = &pass->recent[i];
		size_t k = 0;

		if (change->position <= pass->from)
			continue;
		while (k < count && !uuid_equal(list[k].eco, change->eco))
			k++;
		list[k] = *change;
		if (k == count)
			count++;
	}
	*ret = (struct store_changed_list){ list, count };
	return NULL;
}

static bool
matches(const struct live_channel *channel, const struct graphql_eco *eco)
{
	return !channel->filters || store_board_matches(&channel->filter, &eco->row);
}

/*
 * At which position ${changed} is told; 0: not at all.  What matches is told as of its last
 * event.  What has left the board is told as of its first: who is cut off in between and
 * comes back is compared with how it stood where they were cut off, and must not have
 * missed it.
 */
static struct err *
place(struct making *making, const struct store_changed *changed, int64_t *ret)
{
	struct live_pass *pass = making->pass;
	struct arena_mark mark = arena_mark(pass->arena);
	struct span span = { .from = pass->from, .upto = pass->upto };
	struct span before = { .upto = pass->from };
	struct graphql_eco eco;
	bool found, had;

	*ret = 0;
	TRY(load(making, changed->eco, &span, &found, &eco));
	if (found && span.last > 0 && matches(pass->channel, &eco)) {
		*ret = span.last;
	} else if (found && span.last > 0) {
		TRY(load(making, changed->eco, &before, &had, &eco));
		if (had && matches(pass->channel, &eco))
			*ret = span.first;
	}
	arena_release(pass->arena, mark);
	return NULL;
}

static int
compare_positions(const void *left, const void *right)
{
	const struct store_changed *a = left, *b = right;

	return a->position < b->position ? -1 : a->position > b->position;
}

static struct err *
publish_board(struct making *making, const struct store_changed *changed)
{
	struct live_pass *pass = making->pass;
	struct span span = { .from = pass->from, .upto = pass->upto };
	struct graphql_change change = { .position = changed->position };
	struct graphql_value value = graphql_object(STR("BoardChange"), &change);
	bool found;

	TRY(load(making, changed->eco, &span, &found, &change.eco));
	if (!found || span.last == 0)
		return NULL;
	change.matches = matches(pass->channel, &change.eco);
	return publish(making, &value, changed->position);
}

static struct err *
make_board(struct making *making)
{
	struct live_pass *pass = making->pass;
	struct store_changed_list changes;
	struct store_changed *told;
	size_t count = 0;

	TRY(find_changes(making, &changes));
	told = arena_array(pass->arena, struct store_changed, changes.count + 1);
	if (told == NULL)
		return ERR(pass->arena, ERR_LIMIT, "no memory left to list what has changed");
	for (size_t i = 0; i < changes.count; i++) {
		told[count] = changes.at[i];
		if (pass->channel->filters)
			TRY(place(making, &changes.at[i], &told[count].position));
		if (told[count].position > 0)
			count++;
	}
	qsort(told, count, sizeof(told[0]), compare_positions);
	pass->reached = pass->upto;
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(pass->arena);

		if (is_page_full(pass)) {
			pass->reached = told[i - 1].position;
			return NULL;
		}
		TRY(publish_board(making, &told[i]));
		arena_release(pass->arena, mark);
	}
	return NULL;
}

/* ---- timelines ---- */

/* The version of the last event of the ECO up to ${position}; 0: there is none. */
static struct err *
find_version(struct making *making, int64_t position, int64_t *ret)
{
	struct live_pass *pass = making->pass;
	struct live_channel *channel = pass->channel;
	struct store_events page;
	bool more;

	*ret = channel->known_position <= position ? channel->known_version : 0;
	more = channel->known_position != position;
	while (more) {
		struct arena_mark mark = arena_mark(pass->arena);

		TRY(store_read_stream(making->asker.app.session, pass->arena, channel->topic, *ret,
		    STORE_ROWS_MAX, &page));
		more = page.count == STORE_ROWS_MAX;
		for (size_t i = 0; i < page.count && more; i++)
			more = page.at[i].position > 0 && page.at[i].position <= position;
		for (size_t i = 0; i < page.count; i++) {
			if (page.at[i].position > 0 && page.at[i].position <= position)
				*ret = page.at[i].version;
		}
		arena_release(pass->arena, mark);
	}
	return NULL;
}

/* The next entries of the timeline behind ${version}: a list, or null. */
static struct err *
read_timeline(struct making *making, int64_t version, struct graphql_value *ret)
{
	struct live_pass *pass = making->pass;
	struct json_member members[] = {
		{ STR("after"), { .type = JSON_INT, .integer = version } },
		{ STR("first"), { .type = JSON_INT, .integer = LIVE_PAGE } },
	};
	struct json arguments = { .type = JSON_MAP, .map = { members, COUNT_OF(members) } };
	struct graphql_call call = {
		.arena = pass->arena, .context = making, .arguments = &arguments
	};
	struct graphql_timeline_end end = {
		.moment = { .kind = AS_OF_POSITION, .position = pass->upto },
		.version = INT64_MAX,
	};

	*ret = graphql_list(NULL, 0);
	TRY(graphql_timeline(&call, pass->channel->topic, &end, ret));
	if (ret->type != GRAPHQL_LIST)
		*ret = graphql_list(NULL, 0);
	return NULL;
}

static struct err *
make_timeline(struct making *making)
{
	struct live_pass *pass = making->pass;
	struct live_channel *channel = pass->channel;
	struct graphql_value list;
	int64_t version;

	TRY(find_version(making, pass->from, &version));
	TRY(read_timeline(making, version, &list));
	pass->reached = pass->upto;
	for (size_t i = 0; i < list.list.count && !is_page_full(pass); i++) {
		/* What stands behind an entry begins with its event (graphql_stored.h). */
		const struct store_event *stored = list.list.items[i].object.data;

		TRY(publish(making, &list.list.items[i], stored->position));
		version = stored->version;
	}
	if (is_page_full(pass))
		pass->reached = pass->made[pass->count - 1].position;
	channel->known_position = pass->reached;
	channel->known_version = version;
	return NULL;
}

static struct err *
make_pager(struct making *making)
{
	struct live_pass *pass = making->pass;
	struct graphql_pager_query query = {
		.eco = pass->channel->topic,
		.after_position = pass->from,
		.upto_position = pass->upto,
		.limit = LIVE_PAGE,
	};
	struct graphql_pager_entries found;

	TRY(graphql_pager_read(&making->asker, pass->arena, &query, &found));
	pass->reached = pass->upto;
	for (size_t i = 0; i < found.count && !is_page_full(pass); i++) {
		struct graphql_value value = graphql_object(STR("PagerEntry"), found.at[i]);

		TRY(publish(making, &value, found.at[i]->stored.position));
	}
	if (is_page_full(pass))
		pass->reached = pass->made[pass->count - 1].position;
	return NULL;
}

struct err *
live_make(struct live_pass *pass)
{
	struct making making;

	TRY(begin(&making, pass));
	switch (pass->channel->kind) {
	case LIVE_ECO:
		return make_eco(&making);
	case LIVE_BOARD:
		return make_board(&making);
	case LIVE_TIMELINE:
		return make_timeline(&making);
	case LIVE_PAGER:
		return make_pager(&making);
	}
	UNREACHABLE("kind of a channel");
}
