#ifndef PROJECTION_BOARD_H
#define PROJECTION_BOARD_H

#include "projection/projection.h"

/*
 * board: the read model eco_board, one row for each ECO.
 *
 * A row says what its ECO was after the last event applied, never more: it is
 * folded event by event (app/change.h, app/board_row.h), from what was kept of the
 * ECO, or from its stream up to the event before.  Of one batch each ECO is written
 * once.
 */
extern const struct projection board_projection;

#endif
