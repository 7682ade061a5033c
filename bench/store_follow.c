#include <poll.h>
#include <stdio.h>

#include "app/change.h"
#include "bench_peer.h"
#include "codec/event_codec.h"
#include "process/feed.h"
#include "process/follower.h"
#include "proof/audit.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "store_bench.h"
#include "store_clients.h"
#include "store_log.h"

#define CALLOUTS          12800 /* 204,800 events */
#define REPEATS_MAX       9
#define READ_ARENA        (96u << 20)
#define TARGET_PROJECTION 100000
#define TARGET_REPLAY     200000
#define PEER_EVENTS       "10000"

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static void
finish(PGconn **conn)
{
	PQfinish(*conn);
}

static void
add(struct store_bench *bench, struct str metric, double ours, double peer, const char *peer_name,
    double target)
{
	printf("  %.*s: %.0f/s\n", STR_ARG(metric), ours);
	(void)fflush(stdout);
	report_add(bench->report,
	    &(struct report_row){ .metric = metric,
		.unit = STR("1/s"),
		.ours = ours,
		.peer = peer,
		.peer_name = str_from_z(peer_name),
		.target = target,
		.at_least = true,
		.conditions = arena_printf(bench->arena,
		    "%d callouts of %d events, 512 of them open at once; median of %d; %.*s",
		    CALLOUTS, LOG_EVENTS_OF_CALLOUT, bench->repeats, STR_ARG(bench->conditions)) });
}

/* ---- reading the log ---- */

/* What is done with an event that was read. */
typedef bool (*use_f)(struct arena *arena, const struct store_event *event);

static bool
leave_it(struct arena *arena, const struct store_event *event)
{
	(void)arena;
	(void)event;
	return true;
}

static bool
decode_it(struct arena *arena, const struct store_event *event)
{
	static _Thread_local struct codec_events decoded;
	struct arena_mark mark = arena_mark(arena);
	struct str reason;
	bool good = codec_decode_events(arena, event->type, event->schema_version,
	    event->occurred_at, event->payload, &decoded, &reason);

	arena_release(arena, mark);
	return good;
}

static struct err *
read_all(struct store_session *session, struct arena *arena, use_f use, int64_t *ret_events)
{
	int64_t at = 0;

	for (;;) {
		struct store_events events;

		arena_reset(arena);
		TRY(store_read_log(session, arena, at, STORE_BATCH_MAX, &events));
		if (events.count == 0)
			break;
		for (size_t i = 0; i < events.count; i++)
			if (!use(arena, &events.at[i]))
				return ERR(arena, ERR_CORRUPT, "an event cannot be decoded");
		at = events.at[events.count - 1].position;
	}
	*ret_events = at;
	return NULL;
}

static struct err *
time_reading(struct store_bench *bench, use_f use, double *ret)
{
	struct arena *arena = arena_create(READ_ARENA);
	struct store_session *session;
	double figures[REPEATS_MAX];
	struct err *err = NULL;

	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &session));
	for (int i = 0; i < bench->repeats && err == NULL; i++) {
		int64_t begun_us = clock_monotonic_us(), events = 0;

		err = read_all(session, arena, use, &events);
		figures[i] = (double)events * 1e6 / (double)(clock_monotonic_us() - begun_us);
	}
	if (err != NULL)
		err = ERR(bench->arena, err->kind, "%.*s", STR_ARG(err->message));
	store_session_close(session);
	arena_destroy(arena);
	TRY(err);
	*ret = bench_median(figures, (size_t)bench->repeats);
	return NULL;
}

/* The same bytes, out of the same table, by the fastest way that PostgreSQL has. */
static struct err *
time_copy(struct store_bench *bench, double *ret)
{
	CLEANUP(finish) PGconn *conn = PQconnectdb(bench->database.conninfo.ptr);
	double figures[REPEATS_MAX];

	for (int i = 0; i < bench->repeats; i++) {
		CLEANUP(clear) PGresult *begun = NULL;
		int64_t begun_us = clock_monotonic_us(), rows = 0;
		char *row;

		begun = PQexec(conn,
		    "COPY (SELECT * FROM strike.event ORDER BY seq) TO STDOUT (FORMAT binary)");
		if (PQresultStatus(begun) != PGRES_COPY_OUT)
			return ERR(bench->arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(conn));
		for (; PQgetCopyData(conn, &row, 0) > 0; rows++)
			PQfreemem(row);
		PQclear(PQgetResult(conn));
		PQclear(PQgetResult(conn));
		figures[i] = (double)rows * 1e6 / (double)(clock_monotonic_us() - begun_us);
	}
	*ret = bench_median(figures, (size_t)bench->repeats);
	return NULL;
}

/* ---- loading one ECO ---- */

#define LOADS 300

/* A long night: a callout, and then one note after another. */
static struct err *
make_stream(struct store_bench *bench, struct store_session *session, struct uuid id, size_t count)
{
	struct store_event *events = arena_array(bench->arena, struct store_event, count);
	struct store_append_result result;

	CHECK(events != NULL);
	TRY(log_template(
	    bench, events, count < LOG_EVENTS_OF_CALLOUT ? count : LOG_EVENTS_OF_CALLOUT));
	for (size_t i = LOG_EVENTS_OF_CALLOUT; i < count; i++) {
		events[i] = events[0];
		events[i].type = STR("NoteAdded");
		events[i].payload =
		    STR("{\"note\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"side\":\"OSP\","
			"\"visibility\":\"SHARED\",\"text\":\"Splice tray three is done, the "
			"next one is under water.\"}");
	}
	return store_append(session, bench->arena,
	    &(struct store_append){ .stream = id,
		.noc = append_noc(),
		.osp = append_osp(),
		.events = events,
		.event_count = count },
	    &result);
}

/* How long reading, decoding and folding take, beside reading the one row of a snapshot. */
static struct err *
add_load(struct store_bench *bench, struct store_session *session, size_t count)
{
	struct arena *arena = arena_create(READ_ARENA);
	struct samples loads = samples_in(bench->arena, LOADS),
		       rows = samples_in(bench->arena, LOADS);
	struct uuid id = uuid_from_name(arena_printf(bench->arena, "load %zu", count));
	struct err *err = make_stream(bench, session, id, count);

	for (int i = 0; i < LOADS && err == NULL; i++) {
		int64_t begun_us = clock_monotonic_us();
		struct change_loaded *loaded;
		struct store_events one;

		arena_reset(arena);
		err = change_load(session, arena, id, &loaded);
		samples_add(&loads, clock_monotonic_us() - begun_us);
		begun_us = clock_monotonic_us();
		if (err == NULL)
			err = store_read_stream(session, arena, id, (int64_t)count - 1, 1, &one);
		samples_add(&rows, clock_monotonic_us() - begun_us);
	}
	if (err == NULL)
		report_add(bench->report,
		    &(struct report_row){
			.metric = arena_printf(bench->arena,
			    "loading an ECO of %zu events (read, check, decode, fold), p50", count),
			.unit = STR("ms"),
			.ours = samples_percentile_ms(&loads, 50),
			.peer = samples_percentile_ms(&rows, 50),
			.peer_name = STR("limit: reading one row, which a snapshot would be"),
			.conditions = bench->conditions });
	else
		err = ERR(bench->arena, err->kind, "%.*s", STR_ARG(err->message));
	arena_destroy(arena);
	return err;
}

static struct err *
add_loads(struct store_bench *bench)
{
	static const size_t counts[] = { 10, 100, 1000 };
	struct store_session *session;
	struct err *err = NULL;

	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &session));
	for (size_t i = 0; i < COUNT_OF(counts) && err == NULL; i++)
		err = add_load(bench, session, counts[i]);
	store_session_close(session);
	return err;
}

/* ---- projecting ---- */

struct projecting {
	struct store_bench *bench;
	struct store_session *session;
	struct clock *clock;
	struct log *log;
	struct feed *feed;
	int64_t build, head;
};

static struct err *
wait_for_head(struct projecting *projecting)
{
	struct arena *arena = arena_create(1u << 20);
	struct str name =
	    projection_subscription(arena, projection_find(STR("eco_board")), projecting->build);
	struct arena_mark mark = arena_mark(arena);
	struct err *err = NULL;
	bool there = false;

	while (!there && err == NULL) {
		struct store_subscriptions list;

		arena_release(arena, mark);
		err = store_list_subscriptions(projecting->session, arena, &list);
		for (size_t i = 0; err == NULL && i < list.count; i++)
			there |= str_equal(list.at[i].name, name) &&
				 list.at[i].slowest >= projecting->head;
		if (!there)
			(void)poll(NULL, 0, 5);
	}
	if (err != NULL)
		err = ERR(projecting->bench->arena, err->kind, "%.*s", STR_ARG(err->message));
	arena_destroy(arena);
	return err;
}

/* The board's other build, made from the beginning by ${threads} threads. */
static struct err *
project(struct projecting *projecting, unsigned threads, double *ret)
{
	struct arena *arena = projecting->bench->arena;
	const struct projection *board = projection_find(STR("eco_board"));
	struct follower *follower = NULL;
	int64_t begun_us;
	struct err *err;

	TRY(store_begin_build(projecting->session, arena, board->name, &projecting->build));
	begun_us = clock_monotonic_us();
	TRY(follower_start(arena,
	    &(struct follower_config){ .store = projecting->bench->store,
		.clock = projecting->clock,
		.log = projecting->log,
		.feed = projecting->feed,
		.subscription = projection_subscription(arena, board, projecting->build),
		.threads = threads,
		.batch = STORE_BATCH_MAX,
		.rebuilds = true,
		.projection = board,
		.build = projecting->build },
	    &follower));
	err = wait_for_head(projecting);
	*ret = (double)projecting->head * 1e6 / (double)(clock_monotonic_us() - begun_us);
	follower_stop(follower);
	return err;
}

static struct err *
add_projection(struct projecting *projecting, unsigned threads, double peer)
{
	double figures[REPEATS_MAX];

	for (int i = 0; i < projecting->bench->repeats; i++)
		TRY(project(projecting, threads, &figures[i]));
	add(projecting->bench,
	    arena_printf(projecting->bench->arena,
		"projecting the board exactly once, %u thread%s (of 4 slots), events", threads,
		threads == 1 ? "" : "s"),
	    bench_median(figures, (size_t)projecting->bench->repeats), peer,
	    "Emmett 0.42.0: a handler that only counts, its defaults",
	    threads == 2 ? TARGET_PROJECTION : 0);
	return NULL;
}

static struct err *
ask_emmett(struct store_bench *bench, double *ret)
{
	const char *arguments[] = { "consume", PEER_EVENTS };
	struct database database;
	const struct json *said;
	struct err *err;

	if (!bench->peers)
		return NULL;
	TRY(database_create(bench->arena, "strike_bench_peer", &database));
	err = peer_run(bench->arena, bench->results, &database, "emmett.mjs", arguments,
	    COUNT_OF(arguments), &said);
	database_drop(&database);
	TRY(err);
	*ret = peer_figure(said, STR("perSecond"));
	return NULL;
}

static struct err *
add_projections(struct store_bench *bench, int64_t head)
{
	struct projecting projecting = { .bench = bench,
		.clock = clock_create_real(),
		.log = log_create(2, LOG_LOGFMT, LOG_WARNING),
		.feed = feed_create(),
		.head = head };
	double peer = 0;
	struct err *err;

	(void)feed_tell(projecting.feed, head);
	TRY(ask_emmett(bench, &peer));
	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &projecting.session));
	err = add_projection(&projecting, 1, peer);
	if (err == NULL)
		err = add_projection(&projecting, 2, peer);
	if (err == NULL)
		err = add_projection(&projecting, 4, peer);
	store_session_close(projecting.session);
	feed_destroy(projecting.feed);
	log_destroy(projecting.log);
	clock_destroy(projecting.clock);
	return err;
}

/* ---- verifying ---- */

static struct err *
add_verification(struct store_bench *bench, double limit)
{
	struct audit_result *result = arena_new(bench->arena, struct audit_result);
	double figures[REPEATS_MAX];

	CHECK(result != NULL);
	for (int i = 0; i < bench->repeats; i++) {
		int64_t begun_us = clock_monotonic_us();

		TRY(audit_run(bench->arena,
		    &(struct audit_wanted){ .store = bench->store, .readers = 2 }, result));
		if (result->found > 0)
			return ERR(bench->arena, ERR_CORRUPT, "the bench's own store is not sound");
		figures[i] =
		    (double)result->events * 1e6 / (double)(clock_monotonic_us() - begun_us);
	}
	add(bench, STR("verifying: every hash, root and chain, events"),
	    bench_median(figures, (size_t)bench->repeats), limit,
	    "limit: COPY of the events, binary", 0);
	return NULL;
}

struct err *
bench_follow(struct store_bench *bench)
{
	double limit = 0, plain = 0, decoded = 0;
	int64_t head;

	TRY(log_fill(bench, CALLOUTS, &head));
	TRY(bench_sql(bench, "VACUUM ANALYZE strike.event, strike.log"));
	TRY(time_copy(bench, &limit));
	TRY(time_reading(bench, leave_it, &plain));
	add(bench, STR("replay: the log in order, every hash checked, events"), plain, limit,
	    "limit: COPY of the events, binary", TARGET_REPLAY);
	TRY(time_reading(bench, decode_it, &decoded));
	add(bench, STR("replay: ... and decoded, one thread, events"), decoded, limit,
	    "limit: COPY of the events, binary", 0);
	TRY(add_projections(bench, head));
	TRY(add_verification(bench, limit));
	return add_loads(bench);
}
