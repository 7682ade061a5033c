#include <stdlib.h>

#include "base/merkle.h"
#include "store/mem/mem_internal.h"

/* The root over the hashes of the events from index ${first} to before ${end}. */
static struct sha256
root_of(const struct mem_world *world, size_t first, size_t end)
{
	size_t count = end - first;
	struct sha256 *hashes = malloc(2 * count * sizeof(hashes[0])), root;

	CHECK(hashes != NULL);
	for (size_t i = 0; i < count; i++)
		hashes[i] = ((const struct store_event *)mem_row(&world->events, first + i))->hash;
	root = merkle_root(hashes, count, hashes + count);
	free(hashes);
	return root;
}

void
mem_make_tick(struct mem_world *world, int64_t before)
{
	const struct store_event *newest = mem_row(&world->events, (size_t)world->head - 1);
	struct store_tick *tick = mem_add(world, &world->ticks);
	struct sha256 previous = { { 0 } };
	size_t count = world->ticks.count;

	if (count > 1)
		previous = ((const struct store_tick *)mem_row(&world->ticks, count - 2))->hash;
	*tick = (struct store_tick){ .number = (int64_t)count,
		.first_position = before + 1,
		.last_position = world->head,
		.at = newest->recorded_at,
		.root = root_of(world, (size_t)before, (size_t)world->head) };
	tick->hash = store_tick_hash(tick, previous);
}

struct err *
mem_read_ticks(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_ticks *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_tick *ticks = arena_array(arena, struct store_tick, limit);
	size_t count = 0;

	if (ticks == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = after < 0 ? 0 : (size_t)after; i < world->ticks.count && count < limit; i++)
		ticks[count++] = *(const struct store_tick *)mem_row(&world->ticks, i);
	*ret = (struct store_ticks){ ticks, count };
	return mem_leave(session, NULL);
}

struct err *
mem_find_tick(struct store_session *session, struct arena *arena, int64_t position, bool *ret_found,
    struct store_tick *ret)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_found = false;
	for (size_t i = 0; i < world->ticks.count && !*ret_found; i++) {
		const struct store_tick *tick = mem_row(&world->ticks, i);

		if (position < tick->first_position || position > tick->last_position)
			continue;
		*ret_found = true;
		*ret = *tick;
	}
	return mem_leave(session, NULL);
}

struct err *
mem_put_signature(
    struct store_session *session, struct arena *arena, const struct store_signature *signature)
{
	struct mem_world *world = mem_enter(session);
	bool is_there = false;

	(void)arena;
	for (size_t i = 0; i < world->signatures.count && !is_there; i++) {
		const struct store_signature *at = mem_row(&world->signatures, i);

		is_there =
		    at->tick == signature->tick && sha256_equal(at->key_id, signature->key_id);
	}
	if (!is_there)
		*(struct store_signature *)mem_add(world, &world->signatures) = *signature;
	return mem_leave(session, NULL);
}

/* By tick, then by key. */
static int
compare_signatures(const void *left, const void *right)
{
	const struct store_signature *a = left, *b = right;

	if (a->tick != b->tick)
		return a->tick < b->tick ? -1 : 1;
	return memcmp(a->key_id.bytes, b->key_id.bytes, sizeof(a->key_id.bytes));
}

struct err *
mem_read_signatures(struct store_session *session, struct arena *arena, int64_t from, size_t limit,
    struct store_signatures *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_signature *list =
	    arena_array(arena, struct store_signature, world->signatures.count + 1);
	size_t count = 0;

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->signatures.count; i++) {
		const struct store_signature *at = mem_row(&world->signatures, i);

		if (at->tick >= from)
			list[count++] = *at;
	}
	qsort(list, count, sizeof(list[0]), compare_signatures);
	*ret = (struct store_signatures){ list, count < limit ? count : limit };
	return mem_leave(session, NULL);
}

/* ---- the audit ---- */

/* The position of the event before ${event} in its stream; 0: none. */
static int64_t
earlier_position(const struct mem_world *world, const struct store_event *event)
{
	size_t index = event->version == 1
			   ? SIZE_MAX
			   : mem_find_event(world, event->stream, event->version - 1);

	return index == SIZE_MAX ? 0 : mem_position(world, index);
}

/*
 * Here an event's place in its table is its number and, once it is sequenced, its
 * position: none can be missing.
 */
struct err *
mem_audit_log(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_audit_rows *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_audit_row *rows = arena_array(arena, struct store_audit_row, limit);
	size_t count = 0;

	if (rows == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (int64_t i = after < 0 ? 0 : after; i < world->head && count < limit; i++) {
		struct store_audit_row *row = &rows[count++];

		row->event = mem_copy_event(world, (size_t)i, arena);
		row->position = row->event.position;
		row->seq = row->event.position;
		row->found = true;
		row->earlier_position = earlier_position(world, &row->event);
	}
	*ret = (struct store_audit_rows){ rows, count };
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

/* The version of the last event of ${stream} as the events say; 0: none. */
static int64_t
last_version(const struct mem_world *world, struct uuid stream)
{
	int64_t version = 0;

	for (size_t i = 0; i < world->events.count; i++) {
		const struct store_event *event = mem_row(&world->events, i);

		if (uuid_equal(event->stream, stream) && event->version > version)
			version = event->version;
	}
	return version;
}

struct err *
mem_audit_counts(struct store_session *session, struct arena *arena, struct store_audit_counts *ret)
{
	struct mem_world *world = mem_enter(session);
	size_t ticks = world->ticks.count;

	(void)arena;
	*ret = (struct store_audit_counts){ .head = world->head,
		.last_position = world->head,
		.last_tick = (int64_t)ticks,
		.events = (int64_t)world->events.count,
		.positions = world->head };
	if (ticks > 0)
		ret->last_tick_position =
		    ((const struct store_tick *)mem_row(&world->ticks, ticks - 1))->last_position;
	for (size_t i = 0; i < world->streams.count && !ret->has_bad_stream; i++) {
		const struct mem_stream *stream = mem_row(&world->streams, i);

		ret->has_bad_stream = stream->version != last_version(world, stream->id);
		if (ret->has_bad_stream)
			ret->bad_stream = stream->id;
	}
	return mem_leave(session, NULL);
}
