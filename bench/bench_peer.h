#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench_world.h"

/*
 * peer: graphile-worker, a job queue on PostgreSQL with LISTEN and NOTIFY, on the
 * same cluster: from adding a job to the start of its handler.  It is installed
 * from npm into the results folder on the first run.
 */
struct peer_figures {
	double p50_ms, p99_ms, max_ms;
};

/** Install it; a fault says why it cannot be measured. */
NODISCARD struct err *peer_install(struct arena *arena, const char *results);

/** Measure it at ${rate} jobs a second, ${count} jobs, from the schedule. */
NODISCARD struct err *peer_measure(
    struct arena *arena, const char *results, double rate, size_t count, struct peer_figures *ret);

#endif
