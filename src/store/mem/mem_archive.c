#include "store/mem/mem_internal.h"

/* Numbers of the only partition, which therefore is never full. */
#define ROWS INT64_MAX

struct err *
mem_list_partitions(
    struct store_session *session, struct arena *arena, struct store_partitions *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_partition *partition = arena_new(arena, struct store_partition);

	if (partition == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	*partition = (struct store_partition){ .name = STR("event"),
		.from_seq = 1,
		.to_seq = ROWS,
		.bytes = (int64_t)(world->events.count * world->events.row_bytes) };
	*ret = (struct store_partitions){
		.at = partition, .count = 1, .last_seq = (int64_t)world->events.count, .rows = ROWS
	};
	return mem_leave(session, NULL);
}

struct err *
mem_make_partitions(struct store_session *session, struct arena *arena, int64_t *ret)
{
	(void)session;
	(void)arena;
	*ret = 0;
	return NULL;
}

struct err *
mem_archive_oldest(struct store_session *session, struct arena *arena, struct store_partition *ret)
{
	(void)session;
	(void)ret;
	return ERR(arena, ERR_CONFLICT, "the oldest partition of events is not full");
}

/* ---- export and import ---- */

static struct err *
export_events(const struct mem_world *world, struct arena *arena, struct uuid organisation,
    int64_t after, size_t limit, struct store_events *ret)
{
	struct store_event *events = arena_array(arena, struct store_event, limit);
	size_t count = 0;

	if (events == NULL)
		return store_out_of_memory(arena);
	for (int64_t i = after < 0 ? 0 : after; i < world->head && count < limit; i++) {
		const struct store_event *event = mem_row(&world->events, (size_t)i);

		if (uuid_equal(event->noc, organisation) || uuid_equal(event->osp, organisation))
			TRY(mem_prove_event(world, (size_t)i, arena, &events[count++]));
	}
	*ret = (struct store_events){ events, count };
	return NULL;
}

struct err *
mem_export_events(struct store_session *session, struct arena *arena, struct uuid organisation,
    int64_t after, size_t limit, struct store_events *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, export_events(world, arena, organisation, after, limit, ret));
}

static struct err *
refuse_event(struct arena *arena, const struct store_event *event, const char *why)
{
	struct str stream = uuid_text(arena, event->stream);

	return ERR(arena, ERR_CONFLICT, "version %lld of stream %.*s cannot be imported: %s",
	    (long long)event->version, STR_ARG(stream), why);
}

/* ${event} as it was elsewhere, at the end of its stream. */
static void
keep_event(struct mem_world *world, struct mem_stream *stream, const struct store_event *event)
{
	struct store_event *row;

	if (stream == NULL) {
		stream = mem_add(world, &world->streams);
		stream->id = event->stream;
		stream->noc = event->noc;
	} else {
		mem_change(world, &world->streams, stream);
	}
	stream->osp = event->osp;
	stream->version = event->version;

	row = mem_add(world, &world->events);
	*row = *event;
	row->position = 0;
	row->imported = true;
	row->type = mem_keep(world, event->type);
	row->actor.name = mem_keep(world, event->actor.name);
	row->payload = mem_keep(world, event->payload);
}

/* Whether ${event} may follow in ${stream}: between the same two, or its NOC engages another. */
static bool
may_follow(const struct mem_stream *stream, const struct store_event *event)
{
	return uuid_equal(stream->noc, event->noc) &&
	       (uuid_equal(stream->osp, event->osp) ||
		   str_equal(event->type, eco_event_name(ECO_EVENT_OSP_ENGAGED)));
}

static struct err *
import_event(
    struct mem_world *world, struct arena *arena, const struct store_event *event, size_t *ret)
{
	struct mem_stream *stream = mem_find_stream(world, event->stream);
	int64_t version = stream == NULL ? 0 : stream->version;
	size_t index = mem_find_event(world, event->stream, event->version);

	TRY(store_verify_event(event, arena));
	if (index != SIZE_MAX) {
		const struct store_event *there = mem_row(&world->events, index);

		if (sha256_equal(there->hash, event->hash))
			return NULL;
		return refuse_event(arena, event, "another event is there");
	}
	if (event->version != version + 1)
		return refuse_event(arena, event, "the one before it is missing");
	if (stream != NULL && !may_follow(stream, event))
		return refuse_event(arena, event, "the stream belongs to others");
	keep_event(world, stream, event);
	++*ret;
	return NULL;
}

static struct err *
import_events(struct mem_world *world, struct arena *arena, const struct store_event *events,
    size_t count, size_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < count; i++)
		TRY(import_event(world, arena, &events[i], ret));
	return NULL;
}

struct err *
mem_import_events(struct store_session *session, struct arena *arena,
    const struct store_event *events, size_t count, size_t *ret)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, import_events(world, arena, events, count, ret));
}

struct err *
mem_raise_job_number(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t number)
{
	struct mem_number *row = mem_change_number(mem_enter(session), noc, osp, type);

	(void)arena;
	if (row->last < number)
		row->last = number;
	return mem_leave(session, NULL);
}
