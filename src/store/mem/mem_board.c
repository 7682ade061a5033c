#include <stdlib.h>

#include "store/mem/mem_internal.h"

static struct mem_board_row *
find_row(const struct mem_world *world, int64_t build, struct uuid eco, struct uuid osp)
{
	for (size_t i = 0; i < world->board.count; i++) {
		struct mem_board_row *at = mem_row(&world->board, i);

		if (at->live && at->build == build && uuid_equal(at->row.eco, eco) &&
		    uuid_equal(at->row.osp, osp))
			return at;
	}
	return NULL;
}

/* A row that was emptied, to be written again; or NULL. */
static struct mem_board_row *
find_empty(const struct mem_world *world)
{
	for (size_t i = 0; i < world->board.count; i++) {
		struct mem_board_row *at = mem_row(&world->board, i);

		if (!at->live)
			return at;
	}
	return NULL;
}

static void
put_row(struct mem_world *world, int64_t build, const struct store_board_row *from)
{
	struct mem_board_row *at = find_row(world, build, from->eco, from->osp);
	struct store_board_row *row;

	if (at != NULL && at->row.version > from->version)
		return;
	if (at == NULL)
		at = find_empty(world);
	if (at == NULL)
		at = mem_add(world, &world->board);
	else
		mem_change(world, &world->board, at);
	at->build = build;
	at->live = true;
	row = &at->row;
	*row = *from;
	row->job_number = mem_keep(world, from->job_number);
	row->description = mem_keep(world, from->description);
	row->location.points = mem_keep_bytes(
	    world, from->location.points, from->location.count * sizeof(from->location.points[0]));
}

struct err *
mem_put_board(struct store_session *session, struct arena *arena, int64_t build,
    const struct store_board_row *rows, size_t count)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	for (size_t i = 0; i < count; i++)
		put_row(world, build, &rows[i]);
	return mem_leave(session, NULL);
}

void
mem_empty_board(struct mem_world *world, int64_t build)
{
	for (size_t i = 0; i < world->board.count; i++) {
		struct mem_board_row *at = mem_row(&world->board, i);

		if (!at->live || at->build != build)
			continue;
		mem_change(world, &world->board, at);
		at->live = false;
	}
}

/* A former row is its OSP's alone. */
static bool
is_for(const struct store_session *session, const struct store_board_row *row)
{
	return !row->former || (session->role == STORE_API && !uuid_equal(row->noc, row->osp) &&
				   uuid_equal(row->osp, session->organisation));
}

/* Row ${index} when it stands in the build that readers see and is ${session}'s to see; or NULL. */
static const struct store_board_row *
visible_row(const struct store_session *session, const struct mem_world *world, size_t index)
{
	const struct mem_board_row *at = mem_row(&world->board, index);

	return at->live && at->build == mem_live_of(world, STR("eco_board")) &&
		       store_may_see(session, at->row.noc, at->row.osp) && is_for(session, &at->row)
		   ? &at->row
		   : NULL;
}

static void
copy_location(const struct geo_location *from, struct arena *arena, struct geo_location *ret)
{
	struct geo_point *points = arena_array(arena, struct geo_point, from->count);

	*ret = *from;
	ret->points = points;
	if (points != NULL)
		memcpy(points, from->points, from->count * sizeof(points[0]));
}

/* Of ${row} what always is read, and what is not among ${without}. */
static void
copy_row(const struct store_board_row *row, unsigned without, struct arena *arena,
    struct store_board_row *ret)
{
	struct store_board_row copy = *row;

	copy.without = without;
	if ((without & STORE_BOARD_JOB) != 0)
		copy.job_type = (enum job_type)0;
	copy.job_number =
	    (without & STORE_BOARD_JOB) != 0 ? STR("") : arena_copy(arena, row->job_number);
	copy.description = (without & STORE_BOARD_DESCRIPTION) != 0
			       ? STR("")
			       : arena_copy(arena, row->description);
	if ((without & STORE_BOARD_LOCATION) != 0)
		copy.location = (struct geo_location){ .count = 0 };
	else
		copy_location(&row->location, arena, &copy.location);
	if ((without & STORE_BOARD_STATE) != 0) {
		copy.status = (enum eco_status)0;
		copy.dispatch = (enum dispatch_state)0;
		copy.integration = (enum integration_state)0;
	}
	if ((without & STORE_BOARD_PROGRESS) != 0) {
		copy.eta_minutes = 0;
		copy.has_accepted = copy.has_grace = false;
		copy.accepted_at = copy.grace_until = copy.updated_at = (struct instant){ 0 };
	}
	if ((without & STORE_BOARD_TASKS) != 0)
		copy.task_count = copy.tasks_completed = 0;
	*ret = copy;
}

/* Hand out ${row} when there is one. */
static struct err *
show_row(struct store_session *session, struct arena *arena, const struct store_board_row *row,
    bool *ret_found, struct store_board_row *ret)
{
	*ret_found = row != NULL;
	if (*ret_found)
		copy_row(row, 0, arena, ret);
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

/* The row of ${eco} that is ${session}'s to see, or NULL. */
static const struct store_board_row *
find_visible(const struct store_session *session, const struct mem_world *world, struct uuid eco)
{
	for (size_t i = 0; i < world->board.count; i++) {
		const struct store_board_row *row = visible_row(session, world, i);

		if (row != NULL && uuid_equal(row->eco, eco))
			return row;
	}
	return NULL;
}

struct err *
mem_find_board(struct store_session *session, struct arena *arena, struct uuid eco, bool *ret_found,
    struct store_board_row *ret)
{
	const struct mem_world *world = mem_enter(session);

	return show_row(session, arena, find_visible(session, world, eco), ret_found, ret);
}

/* Newest first; of one moment, the greater id first. */
static int
compare_rows(const void *left, const void *right)
{
	const struct store_board_row *a = left, *b = right;

	if (a->created_at.us != b->created_at.us)
		return a->created_at.us < b->created_at.us ? 1 : -1;
	return memcmp(b->eco.bytes, a->eco.bytes, sizeof(a->eco.bytes));
}

/* The row of the newest ECO that has, or had under a former contractor, the job number. */
static const struct store_board_row *
find_number(const struct store_session *session, const struct mem_world *world, struct str number)
{
	const struct store_board_row *newest = NULL;

	for (size_t i = 0; i < world->board.count; i++) {
		const struct mem_board_row *at = mem_row(&world->board, i);

		if (at->live && at->build == mem_live_of(world, STR("eco_board")) &&
		    store_may_see(session, at->row.noc, at->row.osp) &&
		    str_equal_nocase(at->row.job_number, number) &&
		    (newest == NULL || compare_rows(&at->row, newest) < 0))
			newest = &at->row;
	}
	return newest;
}

struct err *
mem_find_board_by_number(struct store_session *session, struct arena *arena, struct str number,
    bool *ret_found, struct store_board_row *ret)
{
	const struct mem_world *world = mem_enter(session);
	const struct store_board_row *with_number = find_number(session, world, number);

	return show_row(session, arena,
	    with_number == NULL ? NULL : find_visible(session, world, with_number->eco), ret_found,
	    ret);
}

static bool
matches(const struct store_board_filter *filter, const struct store_board_row *row)
{
	return row != NULL && store_board_matches(filter, row);
}

static bool
is_before(const struct store_board_filter *filter, const struct store_board_row *row)
{
	struct store_board_row mark = { .created_at = filter->before, .eco = filter->before_eco };

	return !filter->has_before || compare_rows(&mark, row) < 0;
}

static struct err *
list_rows(struct store_session *session, const struct mem_world *world, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret)
{
	struct store_board_row *rows =
	    arena_array(arena, struct store_board_row, world->board.count + 1);
	size_t count = 0;

	if (rows == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->board.count; i++) {
		const struct store_board_row *row = visible_row(session, world, i);

		if (matches(filter, row) && is_before(filter, row))
			rows[count++] = *row;
	}
	qsort(rows, count, sizeof(rows[0]), compare_rows);
	if (count > limit)
		count = limit;
	for (size_t i = 0; i < count; i++) {
		struct store_board_row row = rows[i];

		copy_row(&row, filter->without, arena, &rows[i]);
	}
	*ret = (struct store_board_rows){ rows, count };
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_list_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, list_rows(session, world, arena, filter, limit, ret));
}

struct err *
mem_count_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, int64_t *ret)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret = 0;
	for (size_t i = 0; i < world->board.count; i++)
		*ret += matches(filter, visible_row(session, world, i));
	return mem_leave(session, NULL);
}

struct err *
mem_board_position(struct store_session *session, struct arena *arena, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);
	struct str name =
	    mem_live_of(world, STR("eco_board")) == 1 ? STR("eco_board.1") : STR("eco_board.2");
	const struct mem_subscription *subscription = mem_find_subscription(world, name);
	int64_t position = subscription == NULL ? 0 : mem_slowest(subscription);

	(void)arena;
	for (size_t i = 0; i < world->parked.count; i++) {
		const struct mem_parked *row = mem_row(&world->parked, i);
		const struct mem_stream *stream = mem_find_stream(world, row->parked.stream);

		if (row->live && str_equal(row->parked.subscription, name) && stream != NULL &&
		    store_may_see(session, stream->noc, stream->osp) &&
		    row->parked.position <= position)
			position = row->parked.position - 1;
	}
	*ret = position;
	return mem_leave(session, NULL);
}
