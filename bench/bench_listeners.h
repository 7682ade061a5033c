#ifndef BENCH_LISTENERS_H
#define BENCH_LISTENERS_H

#include "base/err.h"

/*
 * listeners: many clients of graphql-transport-ws, each with a connection and one
 * subscription, on one thread.
 */
struct listeners;

struct listeners_plan {
	uint16_t port; /* of 127.0.0.1 */
	size_t count;
	struct str headers;   /* of the upgrade: lines, each ended by CR LF */
	struct str subscribe; /* the payload of subscribe: JSON */
	/* One event, the payload of next and what is around it, has come to ${listener}. */
	void (*heard)(void *context, size_t listener, int64_t at_us, struct str message);
	void *context;
};

/** Have this process, and those that it starts, open as many files as ${count} listeners are. */
NODISCARD struct err *listeners_allow(struct arena *arena, size_t count);

/**
 * Connect all of them, one after another, and have each acknowledged and subscribed.  Close
 * them in any case.
 */
NODISCARD struct err *listeners_open(
    struct arena *arena, const struct listeners_plan *plan, struct listeners **ret);

/**
 * Hear what comes until ${until} says that it is over, which is asked 1000 times a second.
 * A connection that ends, and a message that is no event, are faults.
 */
NODISCARD struct err *listeners_hear(
    struct listeners *listeners, bool (*until)(void *context), void *context);

/** ${listeners} may be NULL. */
void listeners_close(struct listeners *listeners);

#endif
