#ifndef PAGING_MEASURE_H
#define PAGING_MEASURE_H

#include "bench_load.h"
#include "bench_samples.h"

/*
 * paging_measure: one rate of ECOs a second on a world of its own.
 *
 * The way of a page, and the commits that must be durable on it, one after another:
 *
 *   createEco appends ECOCreated                                commit 1
 *   the sequencer gives it a position                           commit 2
 *   the policy appends PagerDispatched, PageAttempted, effect   commit 3
 *   a paging worker claims the effect                           commit 4
 *   ... and writes down that it is about to begin               commit 5
 *   the provider is asked for the call
 */
#define PAGING_COMMITS 5

/* Where the time of a page goes, in the order of the way; see paging_stage_name(). */
enum paging_stage {
	STAGE_CREATE,   /* request sent, until ECOCreated is written (not yet durable) */
	STAGE_DISPATCH, /* ... until PagerDispatched is written: commits 1 and 2 are in it */
	STAGE_CLAIM,    /* ... until a paging worker has the effect: commits 3 and 4 */
	STAGE_REQUEST,  /* ... until the provider has the request: commit 5 */
	STAGE_COUNT,
};

struct paging_measure {
	double rate;
	size_t count, connections;
	struct samples page;           /* from sending createEco to the provider's first request */
	struct samples page_scheduled; /* the same from the moment the schedule wanted it sent */
	struct samples round_trip;     /* of createEco */
	struct samples stages[STAGE_COUNT];
	struct samples disk_page, disk_commit; /* PAGING_COMMITS durable writes, and one */
	struct str server;                     /* what the database says it is */
};

/** What happens in ${stage}. */
struct str paging_stage_name(enum paging_stage stage);

/** Measure ${count} ECOs at ${rate}; everything in ${ret} lives in ${arena}. */
NODISCARD struct err *paging_measure(
    struct arena *arena, double rate, size_t count, struct paging_measure *ret);

#endif
