#ifndef PROJECTION_PROJECTION_H
#define PROJECTION_PROJECTION_H

#include "store/store_feed.h"

/*
 * projection: the read models, and how each is made from the log.
 *
 * A projection is a function of the log alone: after position p it says what all
 * events up to p say, and nothing of what comes later, whoever has made it, in
 * batches of whatever size.  That is why a rebuilt one equals the one that it
 * replaces.  It has two builds (store/store_feed.h); each is followed under its
 * own subscription, in slots.
 *
 * What applies events has a memory of its own, one for each thread.  It may learn
 * only from what was committed.
 */

/* Events in the order of their positions; of one stream all that come in between are there. */
struct projection_events {
	const struct store_event *const *at;
	size_t count;
};

/* Where events are applied: inside the session's transaction. */
struct projection_turn {
	struct store_session *session;
	struct arena *arena;
	int64_t build;
	void *memory;
};

struct projection {
	struct str name;
	int64_t slots;
	void *(*create_memory)(void); /* NULL: it needs none */
	void (*destroy_memory)(void *memory);
	/*
	 * Bring the build up to ${events}, at most STORE_BATCH_MAX.  ERR_CORRUPT and
	 * ERR_LIMIT say that one of them cannot be dealt with, or not so many at once.
	 */
	struct err *(*apply)(
	    const struct projection_turn *turn, const struct projection_events *events);
	/* The transaction in which events were applied is over. */
	void (*settle)(void *memory, bool committed);
};

struct projection_list {
	const struct projection *const *at;
	size_t count;
};

/** All projections that there are. */
struct projection_list projection_all(void);

/** The projection called ${name}; NULL when there is none. */
const struct projection *projection_find(struct str name);

/** The subscription of ${build} of ${projection}: "eco_board.1". */
struct str projection_subscription(
    struct arena *arena, const struct projection *projection, int64_t build);

#endif
