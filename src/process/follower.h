#ifndef PROCESS_FOLLOWER_H
#define PROCESS_FOLLOWER_H

#include "process/feed.h"
#include "projection/projection.h"
#include "runtime/clock.h"
#include "runtime/log.h"

/*
 * follower: threads that follow the log for one subscription (store/store_feed.h).
 *
 * The threads of all processes share the subscription's slots: a process holds
 * some, and of these each of its threads takes care of those whose number modulo
 * the number of threads is its own.  What is done for an event and the step of its
 * slot are one transaction, so it is done exactly once, whoever dies when.
 *
 * There are two kinds.  A projection applies a batch set-wise in one transaction.
 * A reactor deals with one event after another, each in a transaction of its own,
 * the append that follows from it.  Either way a batch of which nothing concerns the
 * slots writes nothing; the slots step on together a moment later, without a flush,
 * once nothing more is coming.
 *
 * When the store is away or somebody else holds the slot, it is tried again.
 * Anything else is the event's fault: its stream is parked with the problem, and
 * the others go on.  Parked streams are tried again now and then, in order.
 */
struct follower;

/* What events are dealt with. */
struct follower_turn {
	struct store_session *session;
	struct arena *arena;
	struct clock *clock;
	struct log *log;
	struct str subscription;
};

/*
 * React to ${event}.  What is appended because of it carries ${move} of the turn's
 * subscription; ${ret_moved} says whether it did.  Delivered again it must change
 * nothing.
 */
typedef struct err *(*follower_react_f)(void *context, const struct follower_turn *turn,
    const struct store_event *event, const struct store_move *move, bool *ret_moved);

/* Told what was projected, once for each position, after it was committed. */
typedef void (*follower_projected_f)(
    void *context, struct str projection, const struct projection_events *events);

struct follower_config {
	struct store *store;
	struct clock *clock;
	struct log *log;
	struct feed *feed;
	struct str subscription; /* exists; see store_subscribe() */
	unsigned threads;
	size_t batch;  /* events at once, to begin with; 0: FOLLOWER_BATCH_MIN */
	bool rebuilds; /* follow in mode REBUILD, too */

	const struct projection *projection; /* this one's ${build}; or NULL: ${react} */
	int64_t build;
	follower_react_f react;
	void *react_context;

	follower_projected_f projected; /* NULL: nobody wants to know */
	void *projected_context;
};

/* A batch doubles while a full one is dealt with quickly, and halves when it takes long. */
#define FOLLOWER_BATCH_MIN 100
#define FOLLOWER_BATCH_MAX STORE_BATCH_MAX

/** Start the threads.  What ${config} names must outlive the follower. */
NODISCARD struct err *follower_start(
    struct arena *arena, const struct follower_config *config, struct follower **ret);

/** The log has moved on, or something else may be to do.  Any thread may say so. */
void follower_wake(struct follower *follower);

/** Let what is being done come to its end, stop, and let go of the slots.  May be NULL. */
void follower_stop(struct follower *follower);

#endif
