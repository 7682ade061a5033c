#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "base/err.h"
#include "bench_samples.h"

/*
 * clients: many callers doing the same thing at once for a while, each as fast as
 * it is answered (closed loop), each on a thread with a connection of its own.
 */

struct client_job;

/* A kind of caller. */
struct client_kind {
	const char *name;
	/* Client ${index} of ${job}, connected. */
	struct err *(*open)(
	    const struct client_job *job, size_t index, struct arena *arena, void **ret);
	/* One call.  ${ret_done}: how many things were done; 0: it has to be tried again. */
	struct err *(*step)(void *client, struct arena *arena, size_t *ret_done);
	void (*close)(void *client); /* may be NULL */
};

struct client_job {
	const struct client_kind *kind;
	size_t clients;
	int64_t run_ms;
	const void *with; /* what the kind wants to know */
};

struct client_figures {
	double per_second;     /* things done */
	double p50_ms, p99_ms; /* of a call that did something */
	double again_percent;  /* calls that had to be tried again */
};

/** Run ${job}; the first fault of a client ends it. */
NODISCARD struct err *clients_run(
    struct arena *arena, const struct client_job *job, struct client_figures *ret);

#endif
