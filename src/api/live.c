#include "api/live_internal.h"

#include <stdlib.h>

#include "runtime/futex.h"

void
live_lock(pthread_mutex_t *lock)
{
	CHECK(pthread_mutex_lock(lock) == 0);
}

void
live_unlock(pthread_mutex_t *lock)
{
	CHECK(pthread_mutex_unlock(lock) == 0);
}

struct err *
live_reader_session(struct live *live, struct api_worker *worker, struct arena *arena,
    struct uuid organisation, struct store_session **ret)
{
	if (worker->reader == NULL)
		TRY(store_session_open(
		    live->config.api->config.store, arena, STORE_API, &worker->reader));
	store_act_for(worker->reader, organisation);
	*ret = worker->reader;
	return NULL;
}

void
live_log_fault(struct live *live, const char *what, const struct err *err)
{
	struct log_line line = log_line(live->config.api->config.log, LOG_ERROR, "live");

	log_text(&line, "what", str_from_z(what));
	log_fault(&line, err);
	log_emit(&line);
}

/* ---- jobs ---- */

bool
live_do(struct live *live, struct live_job *job)
{
	bool taken;

	live_lock(&live->queue_lock);
	taken = live->working > 0;
	if (taken) {
		job->next = NULL;
		if (live->last == NULL)
			live->first = job;
		else
			live->last->next = job;
		live->last = job;
		CHECK(pthread_cond_signal(&live->queue_cond) == 0);
	}
	live_unlock(&live->queue_lock);
	return taken;
}

/* The next job, waited for; NULL when there will be none. */
static struct live_job *
take_job(struct live *live)
{
	struct live_job *job;

	live_lock(&live->queue_lock);
	while (live->first == NULL && !live->stopping)
		CHECK(pthread_cond_wait(&live->queue_cond, &live->queue_lock) == 0);
	job = live->first;
	if (job != NULL) {
		live->first = job->next;
		if (live->first == NULL)
			live->last = NULL;
	} else {
		live->working--;
	}
	live_unlock(&live->queue_lock);
	return job;
}

static void *
work(void *context)
{
	struct live *live = context;
	struct api_worker worker = { .api = live->config.api };
	struct arena *arena = arena_create(LIVE_ARENA_BYTES);
	struct live_job *job;

	while ((job = take_job(live)) != NULL) {
		arena_reset(arena);
		job->run(job, &worker, arena);
	}
	store_session_close(worker.reader);
	store_session_close(worker.worker);
	arena_destroy(arena);
	return NULL;
}

/* ---- beginning and end ---- */

static struct err *
start_threads(struct live *live, struct arena *arena)
{
	live->threads = calloc(live->config.threads, sizeof(*live->threads));
	CHECK(live->threads != NULL);
	for (size_t i = 0; i < live->config.threads; i++) {
		live_lock(&live->queue_lock);
		live->working++;
		live_unlock(&live->queue_lock);
		if (pthread_create(&live->threads[i], NULL, work, live) != 0)
			return ERR(arena, ERR_LIMIT, "no thread for subscriptions");
		live->thread_count++;
	}
	if (pthread_create(&live->reader, NULL, live_read, live) != 0)
		return ERR(arena, ERR_LIMIT, "no thread for subscriptions");
	live->has_reader = true;
	return NULL;
}

struct err *
live_start(struct arena *arena, const struct live_config *config, struct live **ret)
{
	struct live *live = calloc(1, sizeof(*live));
	struct err *err;

	CHECK(live != NULL);
	CHECK(config->threads >= 1);
	live->config = *config;
	live->recheck.run = live_recheck_all;
	live->read_position = LIVE_NOT_READING;
	CHECK(pthread_mutex_init(&live->lock, NULL) == 0);
	CHECK(pthread_mutex_init(&live->queue_lock, NULL) == 0);
	CHECK(pthread_cond_init(&live->queue_cond, NULL) == 0);
	err = start_threads(live, arena);
	if (err != NULL) {
		live_stop(live);
		live_free(live);
		return err;
	}
	*ret = live;
	return NULL;
}

void
live_stop(struct live *live)
{
	if (live == NULL)
		return;
	live_lock(&live->lock);
	live->closed = true;
	live_unlock(&live->lock);
	live_end_all(live, NULL, LIVE_STOPPED);
	atomic_store(&live->reader_stops, true);
	futex_bump(&live->wanted);
	futex_bump(live->config.api->projected);
	if (live->has_reader)
		CHECK(pthread_join(live->reader, NULL) == 0);
	live->has_reader = false;
	live_lock(&live->queue_lock);
	live->stopping = true;
	CHECK(pthread_cond_broadcast(&live->queue_cond) == 0);
	live_unlock(&live->queue_lock);
	for (size_t i = 0; i < live->thread_count; i++)
		CHECK(pthread_join(live->threads[i], NULL) == 0);
	live->thread_count = 0;
}

void
live_free(struct live *live)
{
	if (live == NULL)
		return;
	CHECK(live->thread_count == 0 && !live->has_reader);
	CHECK(live->listener_count == 0 && live->channel_count == 0);
	(void)pthread_cond_destroy(&live->queue_cond);
	(void)pthread_mutex_destroy(&live->queue_lock);
	(void)pthread_mutex_destroy(&live->lock);
	free(live->threads);
	free(live);
}
