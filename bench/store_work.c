#include <stdio.h>

#include "bench_clients.h"
#include "bench_peer.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_bench.h"
#include "store_clients.h"

#define ADDERS  8
#define WORKERS 4
#define CLAIM   10

/*
 * An effect is added by the append that wants it, and carried out in three steps,
 * each durable: claimed, "about to begin", settled by the append of what came of
 * it.  A timer is claimed and settled.  A job of graphile-worker is added, and
 * carried out in two: taken, done.
 */
struct work_with {
	struct store *store;
	bool timers;
};

struct worker {
	const struct work_with *with;
	struct store_session *session;
	struct uuid stream;
};

static struct err *
open_worker(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	struct worker *worker = arena_new(arena, struct worker);

	(void)index;
	CHECK(worker != NULL);
	worker->with = job->with;
	*ret = worker;
	return store_session_open(worker->with->store, arena, STORE_WORKER, &worker->session);
}

static void
close_worker(void *client)
{
	store_session_close(((struct worker *)client)->session);
}

static struct err *
add_work(void *client, struct arena *arena, size_t *ret_done)
{
	struct worker *worker = client;
	struct uuid stream = random_uuid(clock_system_now());
	struct store_event event = { .id = random_uuid(clock_system_now()),
		.type = STR("PageAttempted"),
		.schema_version = 1,
		.occurred_at = clock_system_now(),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("ringdown") },
		.payload = append_payload() };
	struct store_effect effect = { .key = arena_printf(arena, "place-call:%.*s:1",
					   STR_ARG(uuid_text(arena, stream))),
		.type = EFFECT_PLACE_CALL,
		.eco = stream,
		.number = 1,
		.due = clock_system_now() };
	struct timer_change timer = { .kind = TIMER_ATTEMPT, .set = true, .due = effect.due };
	struct store_append_result result;

	*ret_done = 1;
	return store_append(worker->session, arena,
	    &(struct store_append){ .stream = stream,
		.noc = append_noc(),
		.osp = append_osp(),
		.events = &event,
		.event_count = 1,
		.effects = &effect,
		.effect_count = worker->with->timers ? 0 : 1,
		.timers = &timer,
		.timer_count = worker->with->timers ? 1 : 0 },
	    &result);
}

static struct err *
settle(struct worker *worker, struct arena *arena, struct store_append *append, struct uuid stream)
{
	struct store_event event = { .id = random_uuid(clock_system_now()),
		.type = STR("PagePlaced"),
		.schema_version = 1,
		.occurred_at = clock_system_now(),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("ringdown") },
		.payload = append_payload() };
	struct store_append_result result;

	append->stream = stream;
	append->expected_version = 1;
	append->noc = append_noc();
	append->osp = append_osp();
	append->events = &event;
	append->event_count = 1;
	return store_append(worker->session, arena, append, &result);
}

static struct err *
do_effects(void *client, struct arena *arena, size_t *ret_done)
{
	struct worker *worker = client;
	struct store_claim claims[CLAIM];
	size_t count;

	TRY(store_claim_effects(
	    worker->session, arena, LANE_PAGING, clock_system_now(), CLAIM, claims, &count));
	for (size_t i = 0; i < count; i++) {
		TRY(store_begin_effect(
		    worker->session, arena, claims[i].effect.key, clock_system_now()));
		TRY(settle(worker, arena,
		    &(struct store_append){ .settles_effect = claims[i].effect.key },
		    claims[i].effect.eco));
	}
	*ret_done = count;
	return NULL;
}

static struct err *
do_timers(void *client, struct arena *arena, size_t *ret_done)
{
	struct worker *worker = client;
	struct store_timer timers[CLAIM];
	size_t count;

	TRY(store_claim_timers(worker->session, arena, clock_system_now(), CLAIM, timers, &count));
	for (size_t i = 0; i < count; i++)
		TRY(settle(worker, arena,
		    &(struct store_append){ .settles_timer = true,
			.settled_kind = timers[i].kind,
			.settled_due = timers[i].due },
		    timers[i].eco));
	*ret_done = count;
	return NULL;
}

static const struct client_kind adder = { "add", open_worker, add_work, close_worker };
static const struct client_kind effects = { "effects", open_worker, do_effects, close_worker };
static const struct client_kind timers = { "timers", open_worker, do_timers, close_worker };

static void
add_row(struct store_bench *bench, const char *metric, double ours, double peer)
{
	report_add(bench->report,
	    &(struct report_row){ .metric = str_from_z(metric),
		.unit = STR("1/s"),
		.ours = ours,
		.peer = peer,
		.peer_name = STR("graphile-worker 0.17.3, jobs"),
		.conditions = arena_printf(bench->arena, "%d adding, then %d working; %.*s", ADDERS,
		    WORKERS, STR_ARG(bench->conditions)) });
}

/* Fill up for a while, then work for less: there is always something left to do. */
static struct err *
measure(struct store_bench *bench, bool for_timers, struct client_figures *ret_added,
    struct client_figures *ret_done)
{
	struct work_with with = { bench->store, for_timers };

	TRY(clients_run(bench->arena,
	    &(struct client_job){ &adder, ADDERS, 2 * bench->run_ms, &with }, ret_added));
	return clients_run(bench->arena,
	    &(struct client_job){ for_timers ? &timers : &effects, WORKERS, bench->run_ms, &with },
	    ret_done);
}

static struct err *
measure_peer(struct store_bench *bench, double *ret_added, double *ret_done)
{
	const char *arguments[] = { "3000", arena_printf(bench->arena, "%d", ADDERS).ptr };
	struct database database;
	const struct json *said;
	struct err *err;

	TRY(database_create(bench->arena, "strike_bench_peer", &database));
	err = peer_run(bench->arena, bench->results, &database, "graphile_jobs.mjs", arguments,
	    COUNT_OF(arguments), &said);
	database_drop(&database);
	TRY(err);
	*ret_added = peer_figure(said, STR("added"));
	*ret_done = peer_figure(said, STR("done"));
	return NULL;
}

struct err *
bench_work(struct store_bench *bench)
{
	struct client_figures effect_added, effect_done, timer_added, timer_done;
	double added = 0, done = 0;

	TRY(measure(bench, false, &effect_added, &effect_done));
	TRY(measure(bench, true, &timer_added, &timer_done));
	if (bench->peers)
		TRY(measure_peer(bench, &added, &done));
	add_row(bench, "effects added, each with its event", effect_added.per_second, added);
	add_row(
	    bench, "effects carried out (claimed, begun, settled)", effect_done.per_second, done);
	add_row(bench, "timers set, each with its event", timer_added.per_second, added);
	add_row(bench, "timers fired (claimed, settled)", timer_done.per_second, done);
	return NULL;
}
