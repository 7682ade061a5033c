#ifndef APP_AS_OF_H
#define APP_AS_OF_H

#include "app/app.h"
#include "app/change.h"

/*
 * as_of: how an ECO, and the board, once stood.
 *
 * A moment is an instant or a position of the log.  An ECO as of a moment is the
 * fold of the longest prefix of its events that are all within it:
 *
 *   as of an instant    events that happened (occurred_at) at or before it.  One
 *                       that happened later ends the prefix, also when a later
 *                       one, written by a clock that ran behind, did not
 *   as of a position    events with that position or a lower one; an event that
 *                       has no position yet is behind every position
 *
 * So both are states that the ECO really was in.  As of a position the answer never
 * changes.  As of an instant it changes when an event of before that is written
 * afterwards: one that was on its way, or history that is imported.  Who asks
 * always sees with today's eyes (row-level security, and keys of people that were
 * destroyed since).
 *
 * The board as of a moment is made from the ECOs that are on the board today,
 * each folded up to the moment.  Nothing ever leaves the board, and when and where
 * an ECO was created never changes; the rest of what may be asked for is a matter of
 * the moment.
 */

/* So many ECOs are folded for one request at most; the page then ends early. */
#define AS_OF_LOOKS_MAX 1000

enum as_of_kind { AS_OF_NOW, AS_OF_INSTANT, AS_OF_POSITION };

struct as_of {
	enum as_of_kind kind;
	struct instant instant;
	int64_t position;
};

/** Whether ${event} is within ${moment}; of a stream's events, the first that is not ends the
 * prefix. */
bool as_of_includes(const struct as_of *moment, const struct store_event *event);

/** change_load() as of ${moment}: NULL as well when the ECO did not exist then. */
NODISCARD struct err *as_of_load(const struct app_context *context, const struct as_of *moment,
    struct uuid eco, struct change_loaded **ret);

/* What is asked of the board as it once stood. */
struct as_of_query {
	struct as_of moment; /* not AS_OF_NOW */
	struct store_board_filter filter;
	size_t first;     /* at most so many rows, at least 1 */
	size_t looks_max; /* fold at most so many ECOs, at least 1 */
};

/* A page of it. */
struct as_of_page {
	struct store_board_rows rows;
	bool more;          /* there may be further rows behind the end ... */
	bool has_end;       /* ... which is the place of the last ECO that was looked at, */
	struct instant end; /* ... or of the last row of a full page */
	struct uuid end_eco;
	size_t looks; /* how many ECOs were folded */
};

/**
 * The board as it once stood: rows that match ${query->filter}, newest first as
 * store_list_board() has them.  After ${query->looks_max} ECOs the page ends, with
 * ${ret->more}, perhaps without any row.
 */
NODISCARD struct err *as_of_board(
    const struct app_context *context, const struct as_of_query *query, struct as_of_page *ret);

#endif
