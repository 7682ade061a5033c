#include "projection/board.h"

#include "app/board_row.h"
#include "app/change.h"

#define SUBSCRIPTION STR("eco_board")

/* Whether a later event of the same ECO is in the batch: then one row serves both. */
static bool
is_superseded(const struct store_events *events, size_t i)
{
	for (size_t j = i + 1; j < events->count; j++) {
		if (uuid_equal(events->at[i].stream, events->at[j].stream))
			return true;
	}
	return false;
}

/*
 * A row for every ECO of the batch, folded from its whole stream.  The stream may
 * already be ahead of the batch; the version in the row lets the newer one win.
 */
static struct err *
make_rows(struct store_session *session, struct arena *arena, const struct store_events *events,
    struct store_board_row **ret, size_t *ret_count)
{
	struct store_board_row *rows = arena_array(arena, struct store_board_row, events->count);
	size_t count = 0;

	if (rows == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for the board");
	for (size_t i = 0; i < events->count; i++) {
		struct change_loaded *loaded;

		if (is_superseded(events, i))
			continue;
		TRY(change_load(session, arena, events->at[i].stream, &loaded));
		if (loaded == NULL)
			return ERR(arena, ERR_CORRUPT, "the log names an ECO that does not exist");
		rows[count] = board_row_of(&loaded->callout);
		rows[count++].position = events->at[i].position;
	}
	*ret = rows;
	*ret_count = count;
	return NULL;
}

static struct err *
advance(struct store_session *session, struct arena *arena, size_t limit, int64_t *ret_position,
    size_t *ret_count)
{
	struct store_events events;
	struct store_board_row *rows = NULL;
	size_t row_count = 0;
	int64_t from;

	TRY(store_checkpoint(session, arena, SUBSCRIPTION, &from));
	TRY(store_read_log(session, arena, from, limit, &events));
	*ret_position = from;
	*ret_count = events.count;
	if (events.count == 0)
		return NULL;
	*ret_position = events.at[events.count - 1].position;
	TRY(make_rows(session, arena, &events, &rows, &row_count));
	TRY(store_put_board(session, arena, rows, row_count));
	return store_checkpoint_move(session, arena, SUBSCRIPTION, from, *ret_position);
}

struct err *
board_advance(struct store_session *session, struct arena *arena, size_t limit,
    int64_t *ret_position, size_t *ret_count)
{
	struct err *err;

	TRY(store_begin(session, arena, UUID_NIL));
	err = advance(session, arena, limit, ret_position, ret_count);
	if (err == NULL)
		return store_commit(session, arena);
	store_rollback(session);
	return err;
}
