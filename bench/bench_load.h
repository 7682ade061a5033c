#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench_world.h"

/*
 * load: ECOs created by a schedule that the server cannot slow down (open loop).
 *
 * Arrival n is due at n / rate seconds.  When all connections are busy then, it
 * is sent late, and the time it waited counts: what is measured from the schedule
 * is what a caller would have felt (no coordinated omission).
 */
struct load_plan {
	double rate; /* ECOs a second */
	size_t count;
	size_t connections;
};

struct load_eco {
	int64_t scheduled_us, sent_us, answered_us; /* clock_monotonic_us() */
	int64_t paged_us; /* when the provider had its first request about it; 0: never */
	char id[37];      /* empty: it was not created */
};

/** Create ECOs as ${plan} says; ${ret} has room for plan->count. */
NODISCARD struct err *load_run(
    struct world *world, const struct load_plan *plan, struct load_eco *ret);

/** Look in the mock world's journal for the first call of each ECO; waits up to 30 s for the last.
 */
NODISCARD struct err *load_find_pages(struct world *world, struct load_eco *ecos, size_t count);

#endif
