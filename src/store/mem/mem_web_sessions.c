#include <stdlib.h>

#include "store/mem/mem_internal.h"

#define LIST_MAX 100

static struct err *
leave_with(struct store_session *session, struct arena *arena)
{
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

static bool
goes_on(const struct mem_web_session *at, struct instant now, int64_t idle_s)
{
	return at->live && now.us < at->row.ends_at.us &&
	       now.us < at->row.seen_at.us + idle_s * 1000000;
}

static struct store_web_session
copy_row(const struct store_web_session *row, struct arena *arena)
{
	struct store_web_session copy = *row;

	copy.issuer = arena_copy(arena, row->issuer);
	copy.subject = arena_copy(arena, row->subject);
	copy.via = arena_copy(arena, row->via);
	copy.address = arena_copy(arena, row->address);
	copy.agent = arena_copy(arena, row->agent);
	return copy;
}

struct err *
mem_add_web_session(
    struct store_session *session, struct arena *arena, const struct store_web_session *session_row)
{
	struct mem_world *world = mem_enter(session);
	struct mem_web_session *added = mem_add(world, &world->web_sessions);

	added->live = true;
	added->row = *session_row;
	added->row.issuer = mem_keep(world, session_row->issuer);
	added->row.subject = mem_keep(world, session_row->subject);
	added->row.via = mem_keep(world, session_row->via);
	added->row.address = mem_keep(world, session_row->address);
	added->row.agent = mem_keep(world, session_row->agent);
	return leave_with(session, arena);
}

struct err *
mem_find_web_session(struct store_session *session, struct arena *arena, struct sha256 hash,
    struct instant now, int64_t idle_s, bool *ret_found, struct store_web_session *ret)
{
	const struct mem_world *world = mem_enter(session);

	*ret_found = false;
	for (size_t i = 0; i < world->web_sessions.count && !*ret_found; i++) {
		const struct mem_web_session *at = mem_row(&world->web_sessions, i);

		*ret_found = sha256_equal(at->row.hash, hash) && goes_on(at, now, idle_s);
		if (*ret_found)
			*ret = copy_row(&at->row, arena);
	}
	return leave_with(session, arena);
}

struct err *
mem_touch_web_session(
    struct store_session *session, struct arena *arena, struct uuid id, struct instant now)
{
	struct mem_world *world = mem_enter(session);

	for (size_t i = 0; i < world->web_sessions.count; i++) {
		struct mem_web_session *at = mem_row(&world->web_sessions, i);

		if (!at->live || !uuid_equal(at->row.id, id) || at->row.seen_at.us >= now.us)
			continue;
		mem_change(world, &world->web_sessions, at);
		at->row.seen_at = now;
	}
	return leave_with(session, arena);
}

struct err *
mem_end_web_sessions(struct store_session *session, struct arena *arena, struct uuid user,
    struct uuid id, int64_t *ret_count)
{
	struct mem_world *world = mem_enter(session);

	*ret_count = mem_end_sessions_of(world, user, id);
	return leave_with(session, arena);
}

int64_t
mem_end_sessions_of(struct mem_world *world, struct uuid user, struct uuid id)
{
	int64_t count = 0;

	for (size_t i = 0; i < world->web_sessions.count; i++) {
		struct mem_web_session *at = mem_row(&world->web_sessions, i);

		if (!at->live || !uuid_equal(at->row.user, user) ||
		    (!uuid_is_nil(id) && !uuid_equal(at->row.id, id)))
			continue;
		mem_change(world, &world->web_sessions, at);
		at->live = false;
		count++;
	}
	return count;
}

static int
newest_first(const void *left, const void *right)
{
	const struct store_web_session *a = left, *b = right;

	if (a->created_at.us != b->created_at.us)
		return a->created_at.us > b->created_at.us ? -1 : 1;
	return memcmp(b->id.bytes, a->id.bytes, sizeof(a->id.bytes));
}

struct err *
mem_list_web_sessions(struct store_session *session, struct arena *arena, struct uuid user,
    struct instant now, int64_t idle_s, struct store_web_sessions *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_web_session *list =
	    arena_array(arena, struct store_web_session, world->web_sessions.count + 1);
	size_t count = 0;

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->web_sessions.count; i++) {
		const struct mem_web_session *at = mem_row(&world->web_sessions, i);

		if (uuid_equal(at->row.user, user) && goes_on(at, now, idle_s))
			list[count++] = copy_row(&at->row, arena);
	}
	qsort(list, count, sizeof(list[0]), newest_first);
	*ret = (struct store_web_sessions){ list, count < LIST_MAX ? count : LIST_MAX };
	return leave_with(session, arena);
}

struct err *
mem_sweep_web_sessions(struct store_session *session, struct arena *arena, struct instant now,
    int64_t idle_s, int64_t *ret_count)
{
	struct mem_world *world = mem_enter(session);

	*ret_count = 0;
	for (size_t i = 0; i < world->web_sessions.count; i++) {
		struct mem_web_session *at = mem_row(&world->web_sessions, i);

		if (!at->live || goes_on(at, now, idle_s))
			continue;
		mem_change(world, &world->web_sessions, at);
		at->live = false;
		++*ret_count;
	}
	return leave_with(session, arena);
}
