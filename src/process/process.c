#include <stdlib.h>

#include "process/process_internal.h"
#include "runtime/random.h"

#define WORKERS_MAX   64
#define BACKOFF_S_MAX 30
#define NEVER_US      INT64_C(253402300799000000) /* the end of the year 9999 */

struct process {
	struct process_config config;
	struct worker workers[WORKERS_MAX];
	size_t worker_count;
	atomic_bool stopping;
};

bool
process_is_stopping(const struct process *process)
{
	return atomic_load(&process->stopping);
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

static void *
work(void *argument)
{
	struct worker *worker = argument;

	while (!process_is_stopping(worker->process)) {
		struct instant until = process_never();
		bool again = false;
		struct err *err;

		arena_reset(worker->arena);
		err = worker->round(worker, &again, &until);
		if (err != NULL) {
			log_failed_round(worker, err);
			alarm_wait(worker->alarm, process_never(), PROCESS_REST);
		} else if (!again) {
			alarm_wait(worker->alarm, until, worker->look);
		}
	}
	return NULL;
}

/* The store has something new: everybody looks. */
static void
ring_all(void *context)
{
	struct process *process = context;

	for (size_t i = 0; i < process->worker_count; i++)
		alarm_ring(process->workers[i].alarm);
}

static struct err *
add_workers(struct process *process, struct arena *arena, unsigned count, const struct worker *like)
{
	for (unsigned i = 0; i < count; i++) {
		struct worker *worker = &process->workers[process->worker_count];

		CHECK(process->worker_count < WORKERS_MAX);
		*worker = *like;
		worker->config = &process->config;
		worker->process = process;
		worker->arena = arena_create(PROCESS_ARENA_BYTES);
		worker->alarm = alarm_create(process->config.clock);
		process->worker_count++;
		TRY(store_session_open(
		    process->config.store, arena, STORE_WORKER, &worker->session));
	}
	return NULL;
}

static struct err *
add_all(struct process *process, struct arena *arena)
{
	const struct process_config *config = &process->config;

	TRY(add_workers(process, arena, 1,
	    &(struct worker){
		.name = "log-reader", .round = log_reader_round, .look = PROCESS_SEQUENCE_MAX }));
	TRY(add_workers(process, arena, config->timer_threads,
	    &(struct worker){ .name = "timers", .round = timers_round, .look = PROCESS_LOOK_MAX }));
	TRY(add_workers(process, arena, config->paging_threads,
	    &(struct worker){ .name = "paging",
		.round = effects_round,
		.lane = LANE_PAGING,
		.look = PROCESS_LOOK_MAX }));
	return add_workers(process, arena, config->field_threads,
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
	err = add_all(process, arena);
	if (err == NULL) {
		store_on_append(config->store, ring_all, process);
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
	ring_all(process);
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
	free(process);
}
