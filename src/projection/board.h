#ifndef PROJECTION_BOARD_H
#define PROJECTION_BOARD_H

#include "store/store.h"

/*
 * board: the read model eco_board, one row for each ECO as it stands.
 *
 * Derived from the log alone, under the checkpoint "eco_board", which moves in
 * the transaction of the rows: exactly once.  It can be dropped and rebuilt.
 */

/**
 * Bring the board from its checkpoint up to at most ${limit} events further.
 * ${ret_position} is where it then stands, ${ret_count} how many events were
 * taken; 0: it is at the head.  ERR_CONFLICT when another process does this work.
 */
NODISCARD struct err *board_advance(struct store_session *session, struct arena *arena,
    size_t limit, int64_t *ret_position, size_t *ret_count);

#endif
