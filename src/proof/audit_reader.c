#include <stdlib.h>

#include "proof/audit_internal.h"

#define BATCH_ARENA (64u << 20) /* 10,000 usual events take about 10 MB */
#define HASH_ARENA  (64u << 20) /* for the bytes of one event */

enum state { IDLE, WANTED, THERE, STOPPING };

struct reader {
	struct store_session *session;
	struct arena *arena, *hash_arena;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* around what follows; what stands in the arena is the thread's
				 while WANTED, and its caller's otherwise */
	pthread_cond_t changed;
	enum state state;
	int64_t after, to;
	struct audit_batch batch;
	struct err *err;
};

/* Check each event's hash.  ERR_LIMIT when an event is larger than any can be. */
static struct err *
check_hashes(struct reader *reader, bool *sound)
{
	const struct store_audit_rows *rows = &reader->batch.rows;

	for (size_t i = 0; i < rows->count; i++) {
		const struct store_event *event = &rows->at[i].event;

		sound[i] = rows->at[i].found &&
			   sha256_equal(store_event_hash(event, reader->hash_arena), event->hash);
		if (arena_exhausted(reader->hash_arena))
			return ERR(reader->arena, ERR_LIMIT,
			    "the event at position %lld is too large",
			    (long long)rows->at[i].position);
	}
	reader->batch.sound = sound;
	return NULL;
}

static struct err *
read_rows(struct reader *reader, int64_t after, size_t limit)
{
	bool *sound;

	TRY(store_audit_log(reader->session, reader->arena, after, limit, &reader->batch.rows));
	sound = arena_array(reader->arena, bool, reader->batch.rows.count + 1);
	if (sound == NULL)
		return ERR(reader->arena, ERR_LIMIT, "no memory left for a batch");
	reader->batch.complete = reader->batch.rows.count < limit;
	return check_hashes(reader, sound);
}

/* With large events a batch may not fit: then fewer at a time. */
static struct err *
read_some(struct reader *reader, int64_t after, int64_t to)
{
	size_t limit = to - after < STORE_BATCH_MAX ? (size_t)(to - after) : STORE_BATCH_MAX;
	struct err *err;

	for (;;) {
		arena_reset(reader->arena);
		err = read_rows(reader, after, limit);
		if (err == NULL || err->kind != ERR_LIMIT || limit == 1)
			return err;
		limit = limit / 8 > 0 ? limit / 8 : 1;
	}
}

static void *
work(void *argument)
{
	struct reader *reader = argument;

	pthread_mutex_lock(&reader->lock);
	while (reader->state != STOPPING) {
		int64_t after = reader->after, to = reader->to;
		struct err *err;

		if (reader->state != WANTED) {
			pthread_cond_wait(&reader->changed, &reader->lock);
			continue;
		}
		pthread_mutex_unlock(&reader->lock);
		err = read_some(reader, after, to);
		pthread_mutex_lock(&reader->lock);
		reader->err = err;
		if (reader->state == WANTED)
			reader->state = THERE;
		pthread_cond_broadcast(&reader->changed);
	}
	pthread_mutex_unlock(&reader->lock);
	return NULL;
}

struct err *
reader_start(struct store *store, struct arena *arena, struct reader **ret)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	struct err *err;

	CHECK(reader != NULL);
	reader->arena = arena_create(BATCH_ARENA);
	reader->hash_arena = arena_create(HASH_ARENA);
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->changed, NULL);
	err = store_session_open(store, arena, STORE_WORKER, &reader->session);
	if (err == NULL && pthread_create(&reader->thread, NULL, work, reader) != 0)
		err = ERR(arena, ERR_UNAVAILABLE, "could not start a thread to read with");
	if (err != NULL) {
		reader_stop(reader);
		return err;
	}
	reader->started = true;
	*ret = reader;
	return NULL;
}

void
reader_stop(struct reader *reader)
{
	if (reader == NULL)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->state = STOPPING;
	pthread_cond_broadcast(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
	if (reader->started)
		pthread_join(reader->thread, NULL);
	store_session_close(reader->session);
	pthread_cond_destroy(&reader->changed);
	pthread_mutex_destroy(&reader->lock);
	arena_destroy(reader->arena);
	arena_destroy(reader->hash_arena);
	free(reader);
}

void
reader_want(struct reader *reader, int64_t after, int64_t to)
{
	CHECK(after < to);
	pthread_mutex_lock(&reader->lock);
	CHECK(reader->state == IDLE || reader->state == THERE);
	reader->after = after;
	reader->to = to;
	reader->state = WANTED;
	pthread_cond_broadcast(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
}

struct err *
reader_get(struct reader *reader, struct audit_batch *ret)
{
	struct err *err;

	pthread_mutex_lock(&reader->lock);
	while (reader->state == WANTED)
		pthread_cond_wait(&reader->changed, &reader->lock);
	CHECK(reader->state == THERE);
	err = reader->err;
	*ret = reader->batch;
	pthread_mutex_unlock(&reader->lock);
	return err;
}
