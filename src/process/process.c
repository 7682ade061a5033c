#include <stdlib.h>

#include "process/policies.h"
#include "process/pool.h"
#include "process/process_internal.h"
#include "process/watchdog.h"
#include "runtime/random.h"
#include "runtime/zone.h"

#define WORKERS_MAX   64
#define FOLLOWERS_MAX 16
#define BACKOFF_S_MAX 30
#define NEVER_US      INT64_C(253402300799000000) /* the end of the year 9999 */

enum pool_kind {
	POOL_SEQUENCER,
	POOL_HOUSEKEEPER,
	POOL_NOTARY,
	POOL_WATCHDOG,
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
	struct feed *feed;
	struct follower *followers[FOLLOWERS_MAX];
	size_t follower_count;
	struct watchdog watchdog;
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

int64_t
process_head(const struct process *process)
{
	return feed_head(process->feed);
}

void
process_sequenced(struct process *process, bool leads, int64_t head)
{
	bool led = atomic_exchange(&process->leads, leads);

	if (leads && !led)
		pool_tell(&process->pools[POOL_HOUSEKEEPER]);
	if (!feed_tell(process->feed, head))
		return;
	for (size_t i = 0; i < process->follower_count; i++)
		follower_wake(process->followers[i]);
}

void
process_wake_all(struct process *process)
{
	pool_tell(&process->pools[POOL_SEQUENCER]);
	pool_tell(&process->pools[POOL_TIMERS]);
	pool_tell(&process->pools[POOL_PAGING]);
	pool_tell(&process->pools[POOL_FIELD]);
	for (size_t i = 0; i < process->follower_count; i++)
		follower_wake(process->followers[i]);
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
		.vault = worker->config->vault,
		.zones = &zone_database,
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
		pool_tell(&process->pools[POOL_SEQUENCER]);
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

	TRY(add_pool(process, arena, POOL_SEQUENCER, 1,
	    &(struct worker){
		.name = "sequencer", .round = sequencer_round, .look = PROCESS_SEQUENCE_MAX }));
	TRY(add_pool(process, arena, POOL_HOUSEKEEPER, 1,
	    &(struct worker){ .name = "housekeeper",
		.round = housekeeper_round,
		.look = PROCESS_KEEP_HOUSE_MAX }));
	if (config->seal_key != NULL)
		TRY(add_pool(process, arena, POOL_NOTARY, 1,
		    &(struct worker){ .name = "notary",
			.round = notary_round,
			.works_last = true,
			.look = PROCESS_SIGN_MAX }));
	if (config->watchdog_s > 0)
		TRY(add_pool(process, arena, POOL_WATCHDOG, 1,
		    &(struct worker){ .name = "watchdog",
			.round = watchdog_round,
			.watchdog = &process->watchdog,
			.look = SECONDS(config->watchdog_s) }));
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

/* ---- who follows the log ---- */

static struct err *
add_follower(struct process *process, struct arena *arena, struct follower_config config)
{
	const struct process_config *from = &process->config;

	CHECK(process->follower_count < FOLLOWERS_MAX);
	config.store = from->store;
	config.clock = from->clock;
	config.log = from->log;
	config.feed = process->feed;
	config.threads = config.threads > 0 ? config.threads : 1;
	TRY(follower_start(arena, &config, &process->followers[process->follower_count]));
	process->follower_count++;
	return NULL;
}

/* Both builds: the one that is live, and the other while it is on standby. */
static struct err *
add_projection(struct process *process, struct store_session *session, struct arena *arena,
    const struct projection *projection)
{
	for (int64_t build = 1; build <= 2; build++) {
		struct str name = projection_subscription(arena, projection, build);

		TRY(store_subscribe(
		    session, arena, name, projection->slots, build == 1 ? STORE_LIVE : STORE_OFF));
		TRY(add_follower(process, arena,
		    (struct follower_config){
			.subscription = name,
			.threads = process->config.board_threads,
			.projection = projection,
			.build = build,
			.projected = process->config.projected,
			.projected_context = process->config.projected_context,
		    }));
	}
	return NULL;
}

/* The sessions of the workers, which do not work yet, serve to begin with. */
static struct err *
add_followers(struct process *process, struct arena *arena)
{
	struct store_session *session = process->workers[0].session;
	struct projection_list projections = projection_all();

	TRY(store_subscribe(session, arena, POLICIES_SUBSCRIPTION, POLICIES_SLOTS, STORE_LIVE));
	TRY(add_follower(process, arena,
	    (struct follower_config){
		.subscription = POLICIES_SUBSCRIPTION,
		.threads = process->config.policy_threads,
		.react = policies_react,
		.react_context = (void *)(uintptr_t)process->config.vault,
	    }));
	for (size_t i = 0; i < projections.count; i++)
		TRY(add_projection(process, session, arena, projections.at[i]));
	return NULL;
}

struct err *
process_start(struct arena *arena, const struct process_config *config, struct process **ret)
{
	struct process *process = calloc(1, sizeof(*process));
	struct err *err;

	CHECK(process != NULL);
	process->config = *config;
	process->feed = feed_create();
	for (size_t i = 0; i < POOL_COUNT; i++)
		pool_init(&process->pools[i]);
	err = add_all(process, arena);
	if (err == NULL)
		err = add_followers(process, arena);
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

/* What is best done when nobody else does anything any more. */
static void
work_last(struct worker *worker)
{
	struct instant until;
	bool again = false;
	struct err *err;

	if (!worker->works_last || !worker->started)
		return;
	arena_reset(worker->arena);
	err = worker->round(worker, &again, &until);
	if (err != NULL)
		log_failed_round(worker, err);
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
	for (size_t i = 0; i < process->follower_count; i++)
		follower_stop(process->followers[i]);
	for (size_t i = 0; i < process->worker_count; i++)
		work_last(&process->workers[i]);
	feed_destroy(process->feed);
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
