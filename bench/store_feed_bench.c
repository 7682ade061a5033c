#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_peer.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_bench.h"
#include "store_clients.h"

#define APPENDERS     8
#define IDLE_RATE     20
#define LOADED_RATE   500
#define SECONDS_EACH  4
#define EVENTS_MAX    (LOADED_RATE * SECONDS_EACH + 100)
#define SEQUENCE_MAX  MILLISECONDS(20)
#define READ_MAX      500
#define THREAD_ARENA  (16u << 20)
#define TARGET_P50_MS 15
#define TARGET_P99_MS 50

/*
 * The way of an event from its append's answer to a follower: rung or looking every
 * 20 ms, the sequencer gives it a position; the follower reads the log from where it
 * was.  Both on threads with sessions of their own, as in process/.
 */
struct feed {
	struct store_bench *bench;
	struct clock *clock;
	struct alarm *sequencer;
	double rate;
	bool rings; /* the appender is in the sequencer's process */
	_Atomic int64_t acknowledged_us[EVENTS_MAX], seen_us[EVENTS_MAX];
	_Atomic size_t next;
	size_t count;
	int64_t begun_us;
	int64_t head; /* of the log, before */
	atomic_bool over, failed;
};

static void
ring(void *context, const struct store_news *news)
{
	struct feed *feed = context;

	if (news->events && feed->rings)
		alarm_ring(feed->sequencer);
}

static struct err *
append_numbered(
    struct feed *feed, struct store_session *session, struct arena *arena, size_t number)
{
	struct store_event event = { .id = random_uuid(clock_system_now()),
		.type = STR("PageNotReached"),
		.schema_version = 1,
		.occurred_at = { (int64_t)number },
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("feed") },
		.payload = append_payload() };
	struct store_append_result result;

	TRY(store_append(session, arena,
	    &(struct store_append){ .stream = random_uuid(clock_system_now()),
		.noc = append_noc(),
		.osp = append_osp(),
		.events = &event,
		.event_count = 1 },
	    &result));
	atomic_store(&feed->acknowledged_us[number], clock_monotonic_us());
	return NULL;
}

static struct err *
append_on_schedule(struct feed *feed, struct store_session *session, struct arena *arena)
{
	for (;;) {
		size_t number = atomic_fetch_add(&feed->next, 1);
		int64_t due_us = feed->begun_us + (int64_t)((double)number * 1e6 / feed->rate);
		int64_t wait_us = due_us - clock_monotonic_us();

		if (number >= feed->count)
			return NULL;
		if (wait_us > 0)
			(void)poll(NULL, 0, (int)(wait_us / 1000));
		arena_reset(arena);
		TRY(append_numbered(feed, session, arena, number));
	}
}

static struct err *
sequence(struct feed *feed, struct store_session *session, struct arena *arena)
{
	while (!atomic_load(&feed->over)) {
		int64_t head;
		size_t count;
		bool leads;

		arena_reset(arena);
		TRY(store_sequence(session, arena, &head, &leads, &count));
		if (count == 0)
			alarm_wait(feed->sequencer, (struct instant){ INT64_MAX }, SEQUENCE_MAX);
	}
	return NULL;
}

/* Looks as soon as there is something: what the sequencer rings in process/. */
static struct err *
follow(struct feed *feed, struct store_session *session, struct arena *arena)
{
	int64_t at = feed->head;

	while (!atomic_load(&feed->over)) {
		struct store_events events;

		arena_reset(arena);
		TRY(store_read_log(session, arena, at, READ_MAX, &events));
		for (size_t i = 0; i < events.count; i++) {
			at = events.at[i].position;
			if (str_equal(events.at[i].actor.name, STR("feed")))
				atomic_store(&feed->seen_us[events.at[i].occurred_at.us],
				    clock_monotonic_us());
		}
		if (events.count == 0)
			(void)poll(NULL, 0, 1);
	}
	return NULL;
}

struct part {
	struct feed *feed;
	struct err *(*run)(struct feed *, struct store_session *, struct arena *);
	enum store_role role;
	pthread_t thread;
};

static void *
run_part(void *argument)
{
	struct part *part = argument;
	struct arena *arena = arena_create(THREAD_ARENA), *own = arena_create(1u << 20);
	struct store_session *session = NULL;
	struct err *err = store_session_open(part->feed->bench->store, own, part->role, &session);

	if (err == NULL) {
		store_act_for(session, append_noc());
		err = part->run(part->feed, session, arena);
	}
	if (err != NULL) {
		fprintf(stderr, "feed: %.*s\n", STR_ARG(err->message));
		atomic_store(&part->feed->failed, true);
	}
	store_session_close(session);
	arena_destroy(arena);
	arena_destroy(own);
	return NULL;
}

/* When everything has been seen, or a long time after it should have been. */
static void
wait_for_all(struct feed *feed)
{
	for (int i = 0; i < 5000 && !atomic_load(&feed->failed); i++) {
		size_t seen = 0;

		for (size_t n = 0; n < feed->count; n++)
			seen += atomic_load(&feed->seen_us[n]) != 0;
		if (seen == feed->count)
			return;
		(void)poll(NULL, 0, 2);
	}
}

/* What other parts have left is not ours to wait for. */
static struct err *
begin_at_head(struct feed *feed)
{
	struct arena *arena = feed->bench->arena;
	struct store_session *session;
	struct err *err;
	size_t count = 0;
	bool leads;

	TRY(store_session_open(feed->bench->store, arena, STORE_WORKER, &session));
	do
		err = store_sequence(session, arena, &feed->head, &leads, &count);
	while (err == NULL && count > 0);
	store_session_close(session);
	return err;
}

static struct err *
run_feed(struct feed *feed, struct samples *ret)
{
	struct part parts[APPENDERS + 2];

	TRY(begin_at_head(feed));
	store_on_append(feed->bench->store, ring, feed);
	feed->begun_us = clock_monotonic_us() + 500000;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		parts[i] = (struct part){ .feed = feed,
			.run = i == 0   ? sequence
			       : i == 1 ? follow
					: append_on_schedule,
			.role = i < 2 ? STORE_WORKER : STORE_API };
		CHECK(pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) == 0);
	}
	for (size_t i = 2; i < COUNT_OF(parts); i++)
		CHECK(pthread_join(parts[i].thread, NULL) == 0);
	wait_for_all(feed);
	atomic_store(&feed->over, true);
	alarm_ring(feed->sequencer);
	CHECK(pthread_join(parts[0].thread, NULL) == 0);
	CHECK(pthread_join(parts[1].thread, NULL) == 0);
	store_on_append(feed->bench->store, NULL, NULL);
	for (size_t n = 0; n < feed->count && !atomic_load(&feed->failed); n++) {
		int64_t us = feed->seen_us[n] - feed->acknowledged_us[n];

		if (feed->seen_us[n] == 0)
			return ERR(feed->bench->arena, ERR_CORRUPT, "event %zu never came", n);
		samples_add(ret, us > 0 ? us : 0);
	}
	return NULL;
}

struct setting {
	const char *name;
	double rate;
	bool rings, foreign;
};

/* A write transaction that somebody has left open in another database of the cluster. */
static PGconn *
open_foreign(void)
{
	PGconn *conn = PQconnectdb(getenv("STRIKE_TEST_DATABASE_URL"));

	PQclear(PQexec(conn, "BEGIN; SELECT pg_current_xact_id()"));
	CHECK(PQtransactionStatus(conn) == PQTRANS_INTRANS);
	return conn;
}

static struct err *
measure_ours(struct store_bench *bench, const struct setting *of, struct samples *ret)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	PGconn *foreign = of->foreign ? open_foreign() : NULL;
	struct err *err;

	CHECK(feed != NULL);
	feed->bench = bench;
	feed->clock = clock_create_real();
	feed->sequencer = alarm_create(feed->clock);
	feed->rate = of->rate;
	feed->rings = of->rings;
	feed->count = (size_t)(of->rate * SECONDS_EACH);
	*ret = samples_in(bench->arena, feed->count);
	err = run_feed(feed, ret);
	alarm_destroy(feed->sequencer);
	clock_destroy(feed->clock);
	free(feed);
	PQfinish(foreign);
	return err;
}

/* Emmett in the same situation; ${ret_missing} events had not come 1.5 s after the last append. */
static struct err *
measure_emmett(struct store_bench *bench, const struct setting *of, double *ret_p50,
    double *ret_p99, double *ret_missing)
{
	const char *arguments[] = { "feed", arena_printf(bench->arena, "%g", of->rate).ptr,
		arena_printf(bench->arena, "%d", SECONDS_EACH).ptr };
	struct database database;
	PGconn *foreign = of->foreign ? open_foreign() : NULL;
	const struct json *said;
	struct err *err;

	TRY(database_create(bench->arena, "strike_bench_peer", &database));
	err = peer_run(bench->arena, bench->results, &database, "emmett.mjs", arguments,
	    COUNT_OF(arguments), &said);
	PQfinish(foreign);
	database_drop(&database);
	TRY(err);
	*ret_p50 = peer_figure(said, STR("p50"));
	*ret_p99 = peer_figure(said, STR("p99"));
	*ret_missing = peer_figure(said, STR("missing"));
	return NULL;
}

static struct err *
add_setting(struct store_bench *bench, const struct setting *of, bool beside_emmett)
{
	struct samples samples;
	double p50 = 0, p99 = 0, missing = 0;
	struct report_row row = { .unit = STR("ms"),
		.conditions = arena_printf(bench->arena, "%g events a second for %d s; %.*s",
		    of->rate, SECONDS_EACH, STR_ARG(bench->conditions)) };

	printf("  %s\n", of->name);
	TRY(measure_ours(bench, of, &samples));
	if (beside_emmett && bench->peers)
		TRY(measure_emmett(bench, of, &p50, &p99, &missing));
	row.peer_name = str_from_z("Emmett 0.42.0, its defaults");
	if (missing > 0)
		row.peer_name = arena_printf(bench->arena,
		    "Emmett 0.42.0: %g of %g events had not come 1.5 s after the last", missing,
		    of->rate * SECONDS_EACH);
	row.metric = arena_printf(bench->arena, "feed latency, %s, p50", of->name);
	row.ours = samples_percentile_ms(&samples, 50);
	row.peer = p50;
	row.target = of->rate > IDLE_RATE ? 0 : TARGET_P50_MS;
	report_add(bench->report, &row);
	row.metric = arena_printf(bench->arena, "feed latency, %s, p99", of->name);
	row.ours = samples_percentile_ms(&samples, 99);
	row.peer = p99;
	row.target = of->rate > IDLE_RATE ? 0 : TARGET_P99_MS;
	report_add(bench->report, &row);
	return NULL;
}

struct err *
bench_feed(struct store_bench *bench)
{
	static const struct setting settings[] = {
		{ "idle (20/s)", IDLE_RATE, true, false },
		{ "idle, appended by another process", IDLE_RATE, false, false },
		{ "loaded (500/s)", LOADED_RATE, true, false },
		{ "idle, a foreign write transaction open", IDLE_RATE, true, true },
		{ "loaded, a foreign write transaction open", LOADED_RATE, true, true },
	};

	for (size_t i = 0; i < COUNT_OF(settings); i++)
		TRY(add_setting(bench, &settings[i], settings[i].rings));
	return NULL;
}
