#include "process/pool.h"

static void
lock(struct pool *pool)
{
	CHECK(pthread_mutex_lock(&pool->lock) == 0);
}

static void
unlock(struct pool *pool)
{
	CHECK(pthread_mutex_unlock(&pool->lock) == 0);
}

void
pool_init(struct pool *pool)
{
	*pool = (struct pool){ .news = 0 };
	CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
}

void
pool_fini(struct pool *pool)
{
	(void)pthread_mutex_destroy(&pool->lock);
}

/* Wake the first who rests, if anybody does. */
static void
wake_one(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (!pool->workers[i].resting)
			continue;
		pool->workers[i].resting = false;
		pool->waking = true;
		alarm_ring(pool->workers[i].alarm);
		return;
	}
}

void
pool_tell(struct pool *pool)
{
	lock(pool);
	pool->news++;
	if (!pool->waking)
		wake_one(pool);
	unlock(pool);
}

/* Whether somebody who rests will look by ${due}. */
static bool
is_expected(const struct pool *pool, struct instant due)
{
	for (size_t i = 0; i < pool->count; i++) {
		const struct worker *worker = &pool->workers[i];

		if (worker->resting && worker->rests_until.us <= due.us)
			return true;
	}
	return false;
}

void
pool_tell_due(struct pool *pool, struct instant due)
{
	bool expected;

	lock(pool);
	expected = is_expected(pool, due);
	unlock(pool);
	if (!expected)
		pool_tell(pool);
}

uint64_t
pool_look(struct pool *pool)
{
	uint64_t news;

	lock(pool);
	pool->waking = false;
	news = pool->news;
	unlock(pool);
	return news;
}

void
pool_rest(struct worker *worker, uint64_t seen, struct instant until)
{
	struct pool *pool = worker->pool;
	bool rests;

	lock(pool);
	rests = pool->news == seen;
	worker->resting = rests;
	worker->rests_until = until;
	unlock(pool);
	if (!rests)
		return;
	alarm_wait(worker->alarm, until, worker->look);
	lock(pool);
	worker->resting = false;
	unlock(pool);
}
