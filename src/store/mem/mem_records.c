#include <stdlib.h>

#include "store/mem/mem_internal.h"

struct mem_record *
mem_record_at(const struct mem_world *world, enum record_kind kind, size_t index)
{
	struct mem_record *row = mem_row(&world->records, index);

	return row->live && row->row.kind == kind ? row : NULL;
}

struct mem_record *
mem_find_record_row(const struct mem_world *world, enum record_kind kind, struct uuid id)
{
	for (size_t i = 0; i < world->records.count; i++) {
		struct mem_record *row = mem_record_at(world, kind, i);

		if (row != NULL && uuid_equal(row->row.id, id))
			return row;
	}
	return NULL;
}

struct store_record
mem_copy_record(const struct store_record *row, struct arena *arena)
{
	struct store_record copy = *row;

	copy.body = arena_copy(arena, row->body);
	return copy;
}

/* ---- writing ---- */

/* The row of ${id}, forgotten or not, or a new one; about to be changed. */
static struct mem_record *
change_row(struct mem_world *world, struct uuid id)
{
	for (size_t i = 0; i < world->records.count; i++) {
		struct mem_record *row = mem_row(&world->records, i);

		if (!uuid_equal(row->row.id, id))
			continue;
		mem_change(world, &world->records, row);
		return row;
	}
	return mem_add(world, &world->records);
}

static bool
is_older(const struct mem_world *world, const struct store_record *row)
{
	const struct mem_record *there = mem_find_record_row(world, row->kind, row->id);

	return there != NULL && there->row.version >= row->version;
}

static struct err *
put_record(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_record *row, const struct record *record, bool *ret_taken)
{
	struct mem_record *to;

	*ret_taken = false;
	if (!store_may_see(session, row->noc, row->osp))
		return ERR(arena, ERR_CONFLICT, "record %.*s is not the organisation's to write",
		    STR_ARG(uuid_text(arena, row->id)));
	if (is_older(world, row))
		return NULL;
	*ret_taken = mem_is_taken(session, world, record);
	if (*ret_taken)
		return NULL;
	to = change_row(world, row->id);
	to->row = *row;
	to->row.body = mem_keep(world, row->body);
	to->record = mem_keep_record(world, record);
	to->live = true;
	if (mem_speaks_of_erased(world, to))
		mem_scrub_record(world, arena, to);
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_put_record(struct store_session *session, struct arena *arena, const struct store_record *row,
    const struct record *record, bool *ret_taken)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, put_record(session, world, arena, row, record, ret_taken));
}

struct err *
mem_forget_records(struct store_session *session, struct arena *arena)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	for (size_t i = 0; i < world->records.count; i++) {
		struct mem_record *row = mem_row(&world->records, i);

		mem_change(world, &world->records, row);
		row->live = false;
	}
	return mem_leave(session, NULL);
}

/* ---- reading ---- */

/* Whoever runs the installation lists the organisations. */
static bool
may_see(const struct store_session *session, const struct mem_record *row)
{
	return (row->row.kind == RECORD_ORGANISATION &&
		   uuid_equal(session->organisation, record_platform())) ||
	       store_may_see(session, row->row.noc, row->row.osp);
}

struct err *
mem_find_record(struct store_session *session, struct arena *arena, enum record_kind kind,
    struct uuid id, bool *ret_found, struct store_record *ret)
{
	const struct mem_record *row = mem_find_record_row(mem_enter(session), kind, id);

	*ret_found = row != NULL && may_see(session, row);
	if (*ret_found)
		*ret = mem_copy_record(&row->row, arena);
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

static int
compare_ids(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

static int
oldest_first(const void *left, const void *right)
{
	const struct store_record *const *a = left, *const *b = right;

	return compare_ids((*a)->id, (*b)->id);
}

static int
newest_first(const void *left, const void *right)
{
	return oldest_first(right, left);
}

static bool
is_wanted(const struct store_record_query *query, const struct store_record *row)
{
	int after = compare_ids(row->id, query->after);

	if (!uuid_is_nil(query->parent) && !uuid_equal(row->parent, query->parent))
		return false;
	return uuid_is_nil(query->after) || (query->newest_first ? after < 0 : after > 0);
}

static struct err *
list_records(struct store_session *session, const struct mem_world *world, struct arena *arena,
    const struct store_record_query *query, struct store_records *ret)
{
	const struct store_record **rows =
	    arena_array(arena, const struct store_record *, world->records.count + 1);
	struct store_record *list = arena_array(arena, struct store_record, query->limit);
	size_t count = 0;

	if (rows == NULL || list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, query->kind, i);

		if (row != NULL && may_see(session, row) && is_wanted(query, &row->row))
			rows[count++] = &row->row;
	}
	qsort(rows, count, sizeof(rows[0]), query->newest_first ? newest_first : oldest_first);
	if (count > query->limit)
		count = query->limit;
	for (size_t i = 0; i < count; i++)
		list[i] = mem_copy_record(rows[i], arena);
	*ret = (struct store_records){ list, count };
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_list_records(struct store_session *session, struct arena *arena,
    const struct store_record_query *query, struct store_records *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, list_records(session, world, arena, query, ret));
}
