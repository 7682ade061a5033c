#ifndef PROCESS_POOL_H
#define PROCESS_POOL_H

#include <pthread.h>

#include "process/process_internal.h"

/*
 * pool: the workers that wait for the same kind of work.  For process/ only.
 *
 * News wakes one of them, not all: a worker that looks costs the database two
 * queries, and on a busy night there is news a thousand times a second.  Whoever
 * finds work wakes the next before doing it, so as many work as there is to do.
 *
 * Nothing is overlooked.  News that comes while somebody has been woken and has
 * not looked yet is seen by that look; news that comes after a worker has begun to
 * look is counted, and the worker looks again instead of resting.
 */
struct pool {
	pthread_mutex_t lock;
	struct worker *workers; /* an array of ${count}, in the process */
	size_t count;
	uint64_t news; /* how often there has been some */
	bool waking;   /* somebody has been woken and has not looked yet */
};

void pool_init(struct pool *pool);
void pool_fini(struct pool *pool);

/** There may be something to do: wake one who rests.  Any thread may tell. */
void pool_tell(struct pool *pool);

/** The same, at ${due}: nobody is woken when somebody wakes by then anyway. */
void pool_tell_due(struct pool *pool, struct instant due);

/** A worker begins to look; returns what pool_rest() wants to know. */
uint64_t pool_look(struct pool *pool);

/**
 * ${worker} has found nothing since pool_look() returned ${seen}: rest until
 * ${until} by the clock, or until somebody tells; not at all when there has been
 * news meanwhile.
 */
void pool_rest(struct worker *worker, uint64_t seen, struct instant until);

#endif
