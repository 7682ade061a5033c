#ifndef PROCESS_FOLLOWER_INTERNAL_H
#define PROCESS_FOLLOWER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "process/follower.h"

/*
 * What the files of the follower share.  For follower*.c only.
 *
 *   follower.c          threads, and holding slots
 *   follower_deal.c     batches of events
 *   follower_parked.c   what could not be dealt with
 */

/*
 * Memory is touched only as far as it is used: most batches are small.  Who reacts to
 * one event after another needs less; what does not fit is read in smaller pieces.
 */
#define FOLLOWER_ARENA_BYTES (64u << 20)
#define REACTOR_ARENA_BYTES  (16u << 20)

/* A parked stream of one's own slots. */
struct parked_stream {
	struct uuid stream;
	int64_t position, version, tries;
	struct instant next_try;
};

/* A slot in a thread's care. */
struct own_slot {
	int64_t number, epoch;
	int64_t stored;    /* where it stands in the store ... */
	int64_t told_us;   /* ... which was told so at this moment of real time */
	int64_t position;  /* ... and how far its events have been dealt with */
	int64_t silent_to; /* what was done up to here was done while the build was not live; 0:
			      nothing */
};

struct follower_thread {
	struct follower *follower;
	unsigned index;
	pthread_t thread;
	bool started;
	struct store_session *session;
	struct arena *read;  /* the events in hand */
	struct arena *arena; /* what is done with them; emptied for each transaction */
	struct alarm *alarm;
	void *memory; /* the projection's */

	uint64_t adopted; /* the holding that the slots are of */
	int64_t of;       /* slots of the subscription */
	int64_t gate;
	struct own_slot slots[STORE_SLOTS_MAX];
	size_t slot_count;

	bool parked_known;
	int64_t parked_read_us;
	struct parked_stream parked[STORE_ROWS_MAX];
	size_t parked_count;

	bool is_live; /* the build was, when the last transaction was committed */
	size_t batch;
	bool unstored;     /* a slot stands further on than the store knows */
	int64_t stored_us; /* when it was last told without another reason, by real time */
	int faults;        /* in a row */
};

struct follower {
	struct follower_config config;
	struct follower_thread *threads;
	atomic_bool stopping;

	pthread_mutex_t lock; /* around what follows */
	struct store_slots held;
	int64_t held_us;     /* when they were asked for, by real time */
	uint64_t holding;    /* counts how often they were held */
	bool is_holding;     /* one of the threads is at it */
	int64_t hold_due_us; /* by real time */
};

/** What ${thread} does its work with. */
struct follower_turn follower_turn(const struct follower_thread *thread);

/** Whether the thread has been told to stop, or its slots are to be held again. */
bool follower_is_pressed(const struct follower_thread *thread);

/** Hold the slots again if it is time, and take on those that are ${thread}'s. */
NODISCARD struct err *follower_hold(struct follower_thread *thread);

/** What ${thread} knows of its slots may be wrong: ask the store before going on. */
void follower_forget(struct follower_thread *thread);

/** Whether ${err} is the event's fault, and no trouble of the store's. */
bool follower_is_poison(const struct err *err);

/** ${slot} stands at ${position} in the store, too. */
void follower_stored(struct own_slot *slot, int64_t position);

/** The slot of ${stream} if ${thread} takes care of it, or NULL. */
struct own_slot *follower_slot_of(struct follower_thread *thread, struct uuid stream);

/* ---- follower_deal.c ---- */

/** Deal with the next batch.  ${ret_any} is false when the log ends here. */
NODISCARD struct err *follower_deal(struct follower_thread *thread, bool *ret_any);

/** Store where the slots stand, if they do not yet. */
NODISCARD struct err *follower_store(struct follower_thread *thread, bool lazy);

/* What else a transaction does: how the parking of a stream goes on. */
struct follower_progress {
	const struct store_parked *park; /* parked like this, or NULL */
	struct uuid unpark;              /* not parked any more, or Nil */
};

/**
 * One transaction: apply ${events} (of a projection; they may be none), have every
 * slot stand at ${to} if it is not further yet, and ${progress} if it is not NULL.  It
 * is undone when a slot is not held any more.
 */
NODISCARD struct err *follower_commit(struct follower_thread *thread,
    const struct projection_events *events, int64_t to, const struct follower_progress *progress);

/**
 * Tell who wants to know of ${events}, which have just been committed, if the build was
 * live then.
 */
void follower_announce(struct follower_thread *thread, const struct projection_events *events);

/** The build is live: tell of what was done in silence behind its gate. */
NODISCARD struct err *follower_announce_missed(struct follower_thread *thread);

/* ---- follower_parked.c ---- */

/** The parked stream ${stream}, or NULL. */
struct parked_stream *follower_find_parked(struct follower_thread *thread, struct uuid stream);

/** Park the stream of ${event} because of ${problem}, and bring its slot behind the event. */
NODISCARD struct err *follower_park(
    struct follower_thread *thread, const struct store_event *event, struct str problem);

/** Know the parked streams anew, when it is time. */
NODISCARD struct err *follower_read_parked(struct follower_thread *thread);

/** Try those again whose time has come. */
NODISCARD struct err *follower_retry(struct follower_thread *thread);

/** When the next of them is to be tried. */
struct instant follower_next_try(const struct follower_thread *thread);

#endif
