#include <stdlib.h>

#include "process/pool.h"
#include "process/process_internal.h"
#include "runtime/random.h"

#define WORKERS_MAX   64
#define BACKOFF_S_MAX 30
#define NEVER_US      INT64_C(253402300799000000) /* the end of the year 9999 */

enum pool_kind {
	POOL_LOG_READER,
	POOL_BOARD_KEEPER,
	POOL_TIMERS,
	POOL_PAGING,
	POOL_FIELD,
	POOL_COUNT
};

struct process {
	struct process_config config;
	struct pool pools[POOL_COUNT];
	struct worker workers[WORKERS_MAX];
	size_t worker_count;
	atomic_bool stopping, leads;
};

bool
process_is_stopping(const struct process *process)
{
	return atomic_load(&process->stopping);
}

bool
process_leads(const struct process *process)
{
	return atomic_load(&process->leads);
}

void
process_lead(struct process *process, bool leads, bool sequenced)
{
	bool led = atomic_exchange(&process->leads, leads);

	if (leads && (sequenced || !led))
		pool_tell(&process->pools[POOL_BOARD_KEEPER]);
}

struct instant
process_never(void)
{
	return (struct instant){ NEVER_US };
}

struct instant
process_backoff(struct instant now, int64_t tries)
{
	int64_t seconds = 1;

	while (tries-- > 1 && seconds < BACKOFF_S_MAX)
		seconds *= 2;
	return instant_plus(now, SECONDS(seconds < BACKOFF_S_MAX ? seconds : BACKOFF_S_MAX));
}

struct app_work
worker_work(const struct worker *worker, struct str actor)
{
	const struct clock *clock = worker->config->clock;

	return (struct app_work){
		.session = worker->session,
		.arena = worker->arena,
		.now = clock_now(clock),
		/* A clock that stands still is a test's: there nothing is left to chance. */
		.chance = clock_speed(clock) > 0 ? random_unit() : 0.5,
		.make_id = random_uuid,
		.actor_kind = STORE_ACTOR_PROCESS,
		.actor = actor,
	};
}

static void
log_failed_round(const struct worker *worker, const struct err *err)
{
	struct log_line line = log_line(worker->config->log, LOG_ERROR, worker->name);

	log_text(&line, "outcome", STR("fault"));
	log_fault(&line, err);
	log_emit(&line);
}

bool
worker_waits_out(struct worker *worker, const struct err *err)
{
	if ((err->kind != ERR_UNAVAILABLE && err->kind != ERR_UNCERTAIN) ||
	    process_is_stopping(worker->process))
		return false;
	log_failed_round(worker, err);
	alarm_wait(worker->alarm, process_never(), PROCESS_REST);
	return true;
}

static void *
work(void *argument)
{
	struct worker *worker = argument;

	while (!process_is_stopping(worker->process)) {
		struct instant until = process_never();
		uint64_t seen = pool_look(worker->pool);
		bool again = false;
		struct err *err;

		arena_reset(worker->arena);
		err = worker->round(worker, &again, &until);
		if (err != NULL) {
			log_failed_round(worker, err);
			alarm_wait(worker->alarm, process_never(), PROCESS_REST);
		} else if (!again) {
			pool_rest(worker, seen, until);
		}
	}
	return NULL;
}

/* The store has something new: one of each pool that it concerns looks. */
static void
spread(void *context, const struct store_news *news)
{
	struct process *process = context;

	if (news->events)
		pool_tell(&process->pools[POOL_LOG_READER]);
	if (news->timers)
		pool_tell_due(&process->pools[POOL_TIMERS], news->timer_due);
	if (news->effects[LANE_PAGING])
		pool_tell(&process->pools[POOL_PAGING]);
	if (news->effects[LANE_FIELD])
		pool_tell(&process->pools[POOL_FIELD]);
}

static struct err *
add_pool(struct process *process, struct arena *arena, enum pool_kind kind, unsigned count,
    const struct worker *like)
{
	struct pool *pool = &process->pools[kind];

	pool->workers = &process->workers[process->worker_count];
	for (unsigned i = 0; i < count; i++) {
		struct worker *worker = &process->workers[process->worker_count];

		CHECK(process->worker_count < WORKERS_MAX);
		*worker = *like;
		worker->config = &process->config;
		worker->process = process;
		worker->pool = pool;
		worker->arena = arena_create(PROCESS_ARENA_BYTES);
		worker->alarm = alarm_create(process->config.clock);
		process->worker_count++;
		pool->count++;
		TRY(store_session_open(
		    process->config.store, arena, STORE_WORKER, &worker->session));
	}
	return NULL;
}

static struct err *
add_all(struct process *process, struct arena *arena)
{
	const struct process_config *config = &process->config;

	TRY(add_pool(process, arena, POOL_LOG_READER, 1,
	    &(struct worker){
		.name = "log-reader", .round = log_reader_round, .look = PROCESS_SEQUENCE_MAX }));
	TRY(add_pool(process, arena, POOL_BOARD_KEEPER, 1,
	    &(struct worker){
		.name = "board", .round = board_keeper_round, .look = PROCESS_LOOK_MAX }));
	TRY(add_pool(process, arena, POOL_TIMERS, config->timer_threads,
	    &(struct worker){ .name = "timers", .round = timers_round, .look = PROCESS_LOOK_MAX }));
	TRY(add_pool(process, arena, POOL_PAGING, config->paging_threads,
	    &(struct worker){ .name = "paging",
		.round = effects_round,
		.lane = LANE_PAGING,
		.look = PROCESS_LOOK_MAX }));
	return add_pool(process, arena, POOL_FIELD, config->field_threads,
	    &(struct worker){ .name = "field",
		.round = effects_round,
		.lane = LANE_FIELD,
		.look = PROCESS_LOOK_MAX });
}

static struct err *
start_threads(struct process *process, struct arena *arena)
{
	for (size_t i = 0; i < process->worker_count; i++) {
		struct worker *worker = &process->workers[i];

		if (pthread_create(&worker->thread, NULL, work, worker) != 0)
			return ERR(arena, ERR_UNAVAILABLE, "could not start the thread \"%s\"",
			    worker->name);
		worker->started = true;
	}
	return NULL;
}

struct err *
process_start(struct arena *arena, const struct process_config *config, struct process **ret)
{
	struct process *process = calloc(1, sizeof(*process));
	struct err *err;

	CHECK(process != NULL);
	process->config = *config;
	for (size_t i = 0; i < POOL_COUNT; i++)
		pool_init(&process->pools[i]);
	err = add_all(process, arena);
	if (err == NULL) {
		store_on_append(config->store, spread, process);
		err = start_threads(process, arena);
	}
	if (err != NULL) {
		process_stop(process);
		return err;
	}
	*ret = process;
	return NULL;
}

void
process_stop(struct process *process)
{
	if (process == NULL)
		return;
	atomic_store(&process->stopping, true);
	for (size_t i = 0; i < process->worker_count; i++)
		alarm_ring(process->workers[i].alarm);
	for (size_t i = 0; i < process->worker_count; i++) {
		if (process->workers[i].started)
			pthread_join(process->workers[i].thread, NULL);
	}
	store_on_append(process->config.store, NULL, NULL);
	for (size_t i = 0; i < process->worker_count; i++) {
		store_session_close(process->workers[i].session);
		alarm_destroy(process->workers[i].alarm);
		arena_destroy(process->workers[i].arena);
	}
	for (size_t i = 0; i < POOL_COUNT; i++)
		pool_fini(&process->pools[i]);
	free(process);
}
