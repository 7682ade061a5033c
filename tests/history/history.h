#ifndef HISTORY_H
#define HISTORY_H

#include "base/uuid.h"

/*
 * history: what many processes did and saw of one store, and what must be true of it.
 *
 * Every process writes a file of its own, a line before it tries something and a
 * line when it knows what became of it, so a process that is killed leaves its
 * intention behind.  Afterwards the files and the tables are read into a struct
 * history, and each promise of the store is a function over that (history_check.c).
 * So a promise can be tried on histories that were doctored on purpose, too.
 *
 *   intend OP EVENTS AFTER    it will append so many events; it has read the log to AFTER
 *   try OP STREAM EXPECTED INDEX   one line for each stream of an attempt
 *   lost OP                   the last attempt met a conflict
 *   done OP ANSWER            it is acknowledged
 *   undone OP                 it was rolled back on purpose
 *   gaveup OP                 conflicts to the end
 *   fault OP WORDS
 *   body OP accepted|refused  its key with another body
 *   saw POSITION EVENT        a reader of the log
 *   gave HEAD COUNT           a sequencer
 *   parked STREAM VERSION poison|sound   a follower could not deal with an event
 *   archived PARTITION
 *   board ROWS                a viewer of the board
 *   switched BUILD
 *   stranger COUNT            so many things were tried, and seen to be hidden
 *   leak WORDS                ... and were not
 *
 * An OP is called "a3.1.57": process a3, its second life, the 57th.
 */

#define HISTORY_NAME_MAX    40
#define HISTORY_STREAMS_MAX 4
#define HISTORY_BOARD_ROWS  40

enum fate {
	OP_OPEN,   /* nobody knows: killed, or the answer was lost */
	OP_DONE,   /* acknowledged */
	OP_UNDONE, /* rolled back on purpose */
	OP_GAVE_UP,
};

/* A stream of an attempt. */
struct history_try {
	struct uuid stream;
	int64_t expected;
};

struct history_op {
	char name[HISTORY_NAME_MAX];
	enum fate fate;
	int64_t wants; /* events */
	int64_t after; /* it began when it had read the log up to here */
	struct history_try tries[HISTORY_STREAMS_MAX]; /* the last attempt */
	size_t try_count;
	char answer[HISTORY_NAME_MAX];
	bool other_body_accepted;
	int64_t found; /* of its events; history_index() counts them */
};

/* An attempt that met a conflict. */
struct history_loss {
	char op[HISTORY_NAME_MAX];
	struct history_try tries[HISTORY_STREAMS_MAX];
	size_t try_count;
};

/* An event as the tables have it. */
struct history_event {
	int64_t position; /* 0: none */
	int64_t seq, xid;
	struct uuid id, stream;
	int64_t version;
	char op[HISTORY_NAME_MAX];
	int64_t ordinal; /* in its op */
	int64_t job;     /* the job number that it took; 0: none */
	bool poison;
};

struct history_stream {
	struct uuid id;
	int64_t version;
};

/* What a reader of the log saw next. */
struct history_seen {
	char reader[HISTORY_NAME_MAX];
	int64_t position;
	struct uuid id;
};

struct history_given {
	char process[HISTORY_NAME_MAX];
	int64_t head, count;
};

/* What a follower did for an event. */
struct history_effect {
	int64_t number; /* in the order in which they were done */
	struct uuid id, stream;
	int64_t version, position, slot, epoch;
	char process[HISTORY_NAME_MAX];
};

/* A row of a follower's projection. */
struct history_row {
	struct uuid stream;
	int64_t version, events;
	char digest[33];
};

#define HISTORY_LIST(type, name) \
	type *name;              \
	size_t name##_count, name##_room

struct history {
	HISTORY_LIST(struct history_op, ops);
	HISTORY_LIST(struct history_loss, losses);
	HISTORY_LIST(struct history_event, events); /* by seq */
	HISTORY_LIST(struct history_stream, streams);
	HISTORY_LIST(struct history_seen, seen);
	HISTORY_LIST(struct history_given, given);
	HISTORY_LIST(struct history_effect, effects); /* by number */
	HISTORY_LIST(struct history_row, rows);       /* of the projection, by stream */
	HISTORY_LIST(struct history_row, rebuilt);    /* ... made anew from position 0 */
	int64_t head;                                 /* what log_head says */
	int64_t last_job;                             /* what job_sequence says */
	int64_t deadlocks;                            /* in the database's log and in faults */
	int64_t parkings, bad_parkings;               /* streams parked; without poison in them */
	int64_t views, bad_views, switches;           /* of the board */
	int64_t strangers, leaks;
	int64_t archived; /* partitions */

	/* made by history_index() */
	const struct history_event **by_position, **by_stream, **by_id;
	size_t placed; /* events with a position */
};

/* Room for one more in a list of a history. */
#define HISTORY_ADD(history, name)                                                                 \
	(history_grow((void **)&(history)->name, &(history)->name##_room, (history)->name##_count, \
	     sizeof(*(history)->name)),                                                            \
	    &(history)->name[(history)->name##_count++])
void history_grow(void **list, size_t *room, size_t count, size_t size);

void history_fini(struct history *history);

/** Sort, and connect events with their ops.  To be called again after any change. */
void history_index(struct history *history);

struct history_op *history_find_op(const struct history *history, const char *name);
const struct history_event *history_find_event(
    const struct history *history, struct uuid stream, int64_t version);
const struct history_event *history_find_id(const struct history *history, struct uuid id);

/* A promise of the store, by its number in the design note's list of invariants. */
struct history_check {
	int number;
	const char *sentence;
	bool (*holds)(const struct history *history, struct buf *problem);
};

extern const struct history_check history_checks[];
extern const size_t history_check_count;

/** Whether promise ${number} holds; ${problem} says why not. */
bool history_holds(const struct history *history, int number, struct buf *problem);

#endif
