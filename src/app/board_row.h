#ifndef APP_BOARD_ROW_H
#define APP_BOARD_ROW_H

#include "domain/callout/callout.h"
#include "store/store.h"

/**
 * ${callout} as the board shows it: the one translation from an ECO's events to
 * its row, for the projection and for whoever must see the newest write.
 */
struct store_board_row board_row_of(const struct callout *callout);

#endif
