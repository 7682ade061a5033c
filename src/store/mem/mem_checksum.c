#include <stdlib.h>

#include "store/mem/mem_internal.h"

/* Numbers, ids and lengths of a row come to less than this; texts are counted apart. */
#define ROW_FIXED_BYTES_MAX 512

static void
put_number(struct buf *buf, int64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_char(buf, (char)(((uint64_t)value >> shift) & 0xff));
}

static void
put_bytes(struct buf *buf, const void *bytes, size_t length)
{
	put_number(buf, (int64_t)length);
	buf_str(buf, (struct str){ bytes, length });
}

static void
put_location(struct buf *buf, const struct geo_location *location)
{
	put_number(buf, (int64_t)location->type);
	put_bytes(buf, location->points, location->count * sizeof(location->points[0]));
}

/* Every column, numbers in eight bytes and all else behind its length. */
static void
put_columns(struct buf *buf, const struct store_board_row *row)
{
	put_bytes(buf, row->eco.bytes, sizeof(row->eco.bytes));
	put_number(buf, row->version);
	put_number(buf, row->position);
	put_bytes(buf, row->noc.bytes, sizeof(row->noc.bytes));
	put_bytes(buf, row->osp.bytes, sizeof(row->osp.bytes));
	put_bytes(buf, row->job_number.ptr, row->job_number.len);
	put_number(buf, (int64_t)row->job_type);
	put_bytes(buf, row->description.ptr, row->description.len);
	put_location(buf, &row->location);
	put_number(buf, (int64_t)row->status);
	put_number(buf, (int64_t)row->dispatch);
	put_number(buf, (int64_t)row->integration);
	put_number(buf, row->eta_minutes);
	put_number(buf, row->has_accepted);
	put_number(buf, row->has_accepted ? row->accepted_at.us : 0);
	put_number(buf, row->has_grace);
	put_number(buf, row->has_grace ? row->grace_until.us : 0);
	put_number(buf, row->created_at.us);
	put_number(buf, row->updated_at.us);
	put_number(buf, row->task_count);
	put_number(buf, row->tasks_completed);
	put_number(buf, row->former);
}

/* The digest of ${row}, in front of which stands that of the rows before it. */
static struct sha256
add_row(struct sha256 before, const struct store_board_row *row)
{
	size_t limit = ROW_FIXED_BYTES_MAX + row->job_number.len + row->description.len +
		       row->location.count * sizeof(row->location.points[0]);
	char *memory = malloc(limit);
	struct buf buf;
	struct sha256 digest;

	CHECK(memory != NULL);
	buf = buf_over(memory, limit);
	put_bytes(&buf, before.bytes, sizeof(before.bytes));
	put_columns(&buf, row);
	CHECK(!buf.overflowed);
	digest = sha256_of(buf_view(&buf));
	free(memory);
	return digest;
}

static int
compare_ids(const void *left, const void *right)
{
	const struct store_board_row *const *a = left, *const *b = right;

	int order = memcmp((*a)->eco.bytes, (*b)->eco.bytes, sizeof((*a)->eco.bytes));

	return order != 0 ? order
			  : memcmp((*a)->osp.bytes, (*b)->osp.bytes, sizeof((*a)->osp.bytes));
}

/* SHA-256 from row to row; a build that holds nothing has the digest of nothing. */
static struct err *
checksum(const struct mem_world *world, struct arena *arena, int64_t build, int64_t *ret_rows,
    struct sha256 *ret)
{
	const struct store_board_row **rows =
	    arena_array(arena, const struct store_board_row *, world->board.count + 1);
	size_t count = 0;

	if (rows == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->board.count; i++) {
		const struct mem_board_row *at = mem_row(&world->board, i);

		if (at->live && at->build == build)
			rows[count++] = &at->row;
	}
	qsort(rows, count, sizeof(rows[0]), compare_ids);
	*ret = sha256_of(STR(""));
	for (size_t i = 0; i < count; i++)
		*ret = add_row(*ret, rows[i]);
	*ret_rows = (int64_t)count;
	return NULL;
}

struct err *
mem_board_checksum(struct store_session *session, struct arena *arena, int64_t build,
    int64_t *ret_rows, struct sha256 *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, checksum(world, arena, build, ret_rows, ret));
}
