#ifndef HISTORY_WORKER_H
#define HISTORY_WORKER_H

#include <libpq-fe.h>

#include "history/history.h"
#include "store/store.h"

/*
 * history_worker: one process of a history, which may be killed at any moment.
 *
 * By its letter:
 *
 *   a  appends             s  gives positions       f  follows, exactly once
 *   r  reads the log       v  looks at the board    k  builds and switches the board
 *   p  makes partitions, and archives the oldest
 *   z  is a stranger
 *
 * and, wrong on purpose:
 *
 *   g  appends, and repeats what is uncertain under a fresh key
 *   q  reads by number     x  reads by transaction id    t  gives positions by number
 *   l  follows, and moves its mark in a transaction of its own
 *   d  follows, whoever else does
 */

#define HISTORY_FOLLOWER "history"
#define HISTORY_SLOTS    8
#define HISTORY_HOT      6
#define HISTORY_STREAMS  300

struct worker {
	char letter;
	int index, life;
	char name[16]; /* "a3.1" */
	uint64_t random;
	int file; /* its history */
	const char *conninfo;
	struct arena *arena;
	struct store *store;
	struct store_session *session;
	PGconn *conn; /* of those who go behind the port's back */
	int64_t ops;
};

/** Be the worker that ${argv} names; the program's exit code. */
int history_worker_main(int argc, char **argv);

/* What the workers of each letter do until they are told to stop. */
void history_append(struct worker *worker);
void history_follow(struct worker *worker);
void history_sequence(struct worker *worker);
void history_read(struct worker *worker);
void history_view(struct worker *worker);
void history_build(struct worker *worker);
void history_partition(struct worker *worker);
void history_be_strange(struct worker *worker);
void history_be_wrong(struct worker *worker);

/* ---- for all of them ---- */

/** Whether it was told to stop. */
bool worker_stops(void);
/** A number below ${below}, from the seed. */
uint64_t worker_random(struct worker *worker, uint64_t below);
/** Die on the spot, once in ${in} times. */
void worker_may_die(struct worker *worker, uint64_t in);
/** Add a line to the history. */
void worker_line(struct worker *worker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Write down ${err} as a fault of ${op}. */
void worker_fault(struct worker *worker, const char *op, const struct err *err);
/** Sleep less than ${us}. */
void worker_rest(struct worker *worker, uint64_t us);
/** Run ${sql} on the session's own connection; false when it fails. */
bool worker_raw(struct worker *worker, const char *sql);
/** The first value of what ${sql} returns there, as a number; ${otherwise} when there is none. */
int64_t worker_number(struct worker *worker, const char *sql, int64_t otherwise);

struct uuid history_noc(void);
struct uuid history_osp(void);
/** Stream ${index}: the first HISTORY_HOT of HISTORY_STREAMS are hot. */
struct uuid history_stream_id(uint64_t index);
/** Row ${index} of the board, below HISTORY_BOARD_ROWS. */
void history_board_row(uint64_t index, struct store_board_row *ret);

#endif
