#include <stdlib.h>

#include "store/mem/mem_internal.h"

/* What is parked of ${stream} for ${name}, about to be changed; or NULL. */
static struct mem_parked *
change_parked(struct mem_world *world, struct str name, struct uuid stream)
{
	for (size_t i = 0; i < world->parked.count; i++) {
		struct mem_parked *row = mem_row(&world->parked, i);

		if (!row->live || !uuid_equal(row->parked.stream, stream) ||
		    !str_equal(row->parked.subscription, name))
			continue;
		mem_change(world, &world->parked, row);
		return row;
	}
	return NULL;
}

struct err *
mem_park(struct store_session *session, struct arena *arena, const struct store_parked *parked)
{
	struct mem_world *world = mem_enter(session);
	struct mem_parked *row = change_parked(world, parked->subscription, parked->stream);

	(void)arena;
	if (row == NULL)
		row = mem_add(world, &world->parked);
	row->live = true;
	row->parked = *parked;
	row->parked.subscription = mem_keep(world, parked->subscription);
	row->parked.problem = mem_keep(world, parked->problem);
	return mem_leave(session, NULL);
}

struct err *
mem_unpark(struct store_session *session, struct arena *arena, struct str name, struct uuid stream)
{
	struct mem_parked *row = change_parked(mem_enter(session), name, stream);

	(void)arena;
	if (row != NULL)
		row->live = false;
	return mem_leave(session, NULL);
}

void
mem_forget_parked(struct mem_world *world, struct str name)
{
	for (size_t i = 0; i < world->parked.count; i++) {
		struct mem_parked *row = mem_row(&world->parked, i);

		if (!row->live || !str_equal(row->parked.subscription, name))
			continue;
		mem_change(world, &world->parked, row);
		row->live = false;
	}
}

bool
mem_is_parked(const struct mem_world *world, struct str name, struct uuid stream, int64_t version)
{
	for (size_t i = 0; i < world->parked.count; i++) {
		const struct mem_parked *row = mem_row(&world->parked, i);

		if (row->live && uuid_equal(row->parked.stream, stream) &&
		    str_equal(row->parked.subscription, name))
			return row->parked.version <= version;
	}
	return false;
}

/* By subscription, then by position. */
static int
compare_parked(const void *left, const void *right)
{
	const struct store_parked *a = left, *b = right;
	int names = str_compare(a->subscription, b->subscription);

	if (names != 0 || a->position == b->position)
		return names;
	return a->position < b->position ? -1 : 1;
}

static struct err *
list_parked(const struct mem_world *world, struct arena *arena, struct str name, size_t limit,
    struct store_parked_list *ret)
{
	struct store_parked *list =
	    arena_array(arena, struct store_parked, world->parked.count + 1);
	size_t count = 0;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->parked.count; i++) {
		const struct mem_parked *row = mem_row(&world->parked, i);

		if (row->live && (str_empty(name) || str_equal(row->parked.subscription, name)))
			list[count++] = row->parked;
	}
	qsort(list, count, sizeof(list[0]), compare_parked);
	if (count > limit)
		count = limit;
	for (size_t i = 0; i < count; i++) {
		list[i].subscription = arena_copy(arena, list[i].subscription);
		list[i].problem = arena_copy(arena, list[i].problem);
	}
	*ret = (struct store_parked_list){ list, count };
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_list_parked(struct store_session *session, struct arena *arena, struct str name, size_t limit,
    struct store_parked_list *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, list_parked(world, arena, name, limit, ret));
}

struct err *
mem_retry_parked(struct store_session *session, struct arena *arena, struct str name,
    struct uuid stream, struct instant now, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret = 0;
	for (size_t i = 0; i < world->parked.count; i++) {
		struct mem_parked *row = mem_row(&world->parked, i);

		if (!row->live || !str_equal(row->parked.subscription, name) ||
		    (!uuid_is_nil(stream) && !uuid_equal(row->parked.stream, stream)))
			continue;
		mem_change(world, &world->parked, row);
		row->parked.tries = 0;
		row->parked.next_try = now;
		++*ret;
	}
	return mem_leave(session, NULL);
}
