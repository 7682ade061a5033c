#include <stdio.h>

#include "base/seal.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_bench.h"
#include "store_clients.h"

#define CLIENTS     8
#define REPEATS_MAX 9
#define TIMES       200000
#define READS       10 /* events of the stream that is read */

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static struct err *
ask_number(struct store_bench *bench, const char *sql, double *ret)
{
	CLEANUP(clear) PGresult *result = NULL;

	TRY(database_ask(&bench->database, bench->arena, sql, &result));
	if (!str_parse_double(str_from_z(PQgetvalue(result, 0, 0)), ret))
		return ERR(bench->arena, ERR_CORRUPT, "no number: %s", sql);
	return NULL;
}

static void
add(struct store_bench *bench, const char *metric, const char *unit, double ours, double peer,
    const char *peer_name)
{
	report_add(bench->report, &(struct report_row){ .metric = str_from_z(metric),
				      .unit = str_from_z(unit),
				      .ours = ours,
				      .peer = peer,
				      .peer_name = str_from_z(peer_name),
				      .conditions = bench->conditions });
}

/* ---- reading one's own stream, with and without row-level security ---- */

struct reader {
	struct store_session *session;
	struct uuid stream;
};

static struct uuid read_stream;

static struct err *
open_reader(const struct client_job *job, enum store_role role, struct arena *arena, void **ret)
{
	struct reader *reader = arena_new(arena, struct reader);

	CHECK(reader != NULL);
	reader->stream = read_stream;
	*ret = reader;
	TRY(store_session_open(
	    ((const struct append_with *)job->with)->store, arena, role, &reader->session));
	store_act_for(reader->session, append_noc());
	return NULL;
}

static struct err *
open_api_reader(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	(void)index;
	return open_reader(job, STORE_API, arena, ret);
}

static struct err *
open_worker_reader(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	(void)index;
	return open_reader(job, STORE_WORKER, arena, ret);
}

static struct err *
read_once(void *client, struct arena *arena, size_t *ret_done)
{
	struct reader *reader = client;
	struct store_events events;

	TRY(store_read_stream(reader->session, arena, reader->stream, 0, STORE_ROWS_MAX, &events));
	*ret_done = events.count == READS ? 1 : 0;
	return NULL;
}

static void
close_reader(void *client)
{
	store_session_close(((struct reader *)client)->session);
}

static const struct client_kind api_reader = { "read, RLS", open_api_reader, read_once,
	close_reader };
static const struct client_kind worker_reader = { "read, no RLS", open_worker_reader, read_once,
	close_reader };

static struct err *
make_stream(struct store_bench *bench)
{
	struct store_event events[READS];
	struct store_session *session;
	struct store_append_result result;
	struct err *err;

	for (size_t i = 0; i < READS; i++)
		events[i] = (struct store_event){ .id = random_uuid(clock_system_now()),
			.type = STR("PageNotReached"),
			.schema_version = 1,
			.occurred_at = clock_system_now(),
			.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("ringdown") },
			.payload = append_payload() };
	read_stream = random_uuid(clock_system_now());
	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &session));
	err = store_append(session, bench->arena,
	    &(struct store_append){ .stream = read_stream,
		.noc = append_noc(),
		.osp = append_osp(),
		.events = events,
		.event_count = READS },
	    &result);
	store_session_close(session);
	return err;
}

/* What ${with_it} loses against ${without_it}, in percent of the latter. */
static struct err *
add_loss(struct store_bench *bench, const char *metric, const struct client_kind *with_it,
    const struct client_kind *without_it)
{
	struct append_with with = { bench->database.conninfo.ptr, bench->store, 1, false, 0 };
	double ours[REPEATS_MAX], theirs[REPEATS_MAX], a, b;

	for (int i = 0; i < bench->repeats; i++) {
		struct client_figures figures;

		TRY(clients_run(bench->arena,
		    &(struct client_job){ with_it, CLIENTS, bench->run_ms, &with }, &figures));
		ours[i] = figures.per_second;
		TRY(clients_run(bench->arena,
		    &(struct client_job){ without_it, CLIENTS, bench->run_ms, &with }, &figures));
		theirs[i] = figures.per_second;
	}
	a = bench_median(ours, (size_t)bench->repeats);
	b = bench_median(theirs, (size_t)bench->repeats);
	add(bench, metric, "1/s", a, b, "the same as a worker, which passes by the policies");
	printf("  %s: %.1f %% lost\n", metric, (1 - a / b) * 100);
	return NULL;
}

/* ---- what is done in this process ---- */

static double
hash_ns(struct store_bench *bench)
{
	struct store_event event = { .id = random_uuid(clock_system_now()),
		.type = STR("PageNotReached"),
		.actor = { .name = STR("ringdown") },
		.payload = append_payload() };
	int64_t begun_us = clock_monotonic_us();

	for (int i = 0; i < TIMES; i++) {
		event.version = i;
		event.hash = store_event_hash(&event, bench->arena);
	}
	return (double)(clock_monotonic_us() - begun_us) * 1000 / TIMES;
}

static double
seal_ns(struct store_bench *bench)
{
	struct seal_key key = { { 7 } };
	uint8_t nonce[12];
	int64_t begun_us = clock_monotonic_us();

	for (int i = 0; i < TIMES / 10; i++) {
		struct arena_mark mark = arena_mark(bench->arena);

		random_bytes(nonce, sizeof(nonce));
		(void)seal_close(
		    bench->arena, &key, STR("person:phone"), nonce, STR("+15125550101"));
		arena_release(bench->arena, mark);
	}
	return (double)(clock_monotonic_us() - begun_us) * 1000 / (TIMES / 10.0);
}

/* ---- what stays ---- */

static const char stored_sql[] =
    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname = 'strike' AND c.relkind = 'r'"
    " AND (c.relname LIKE 'event%' OR c.relname LIKE 'log%' OR c.relname IN ('stream', 'tick'))";

static struct err *
sequence_all(struct store_bench *bench)
{
	struct store_session *session;
	struct err *err;
	int64_t head;
	size_t count = 0;
	bool leads;

	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &session));
	do
		err = store_sequence(session, bench->arena, &head, &leads, &count);
	while (err == NULL && count > 0);
	store_session_close(session);
	return err;
}

/* One client for a while, its events given positions; then how much there is more. */
static struct err *
add_sizes(struct store_bench *bench)
{
	struct append_with with = { bench->database.conninfo.ptr, bench->store, 1, false, 0 };
	struct client_figures figures;
	double bytes[2], wal[2], events[2];

	TRY(sequence_all(bench));
	TRY(bench_sql(bench, "CHECKPOINT"));
	for (int i = 0; i < 2; i++) {
		TRY(ask_number(bench, stored_sql, &bytes[i]));
		TRY(ask_number(
		    bench, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn", &wal[i]));
		TRY(ask_number(bench, "SELECT count(*) FROM strike.event", &events[i]));
		if (i == 1)
			break;
		TRY(clients_run(bench->arena,
		    &(struct client_job){ &append_ours_api, CLIENTS, 3 * bench->run_ms, &with },
		    &figures));
		TRY(sequence_all(bench));
	}
	add(bench, "bytes on disk of an event, indexes, log and stream row included", "B",
	    (bytes[1] - bytes[0]) / (events[1] - events[0]), (double)append_payload().len,
	    "its payload");
	add(bench, "WAL of an event, appended alone under a key, full pages included", "B",
	    (wal[1] - wal[0]) / (events[1] - events[0]), (double)append_payload().len,
	    "its payload");
	return NULL;
}

struct err *
bench_costs(struct store_bench *bench)
{
	double append_us;
	struct append_with with = { bench->database.conninfo.ptr, bench->store, 1, false, 0 };
	struct client_figures figures;

	TRY(make_stream(bench));
	TRY(add_loss(bench, "append under row-level security, 8 clients", &append_ours_api,
	    &append_ours_worker));
	TRY(add_loss(bench, "reading a stream of 10 under row-level security, 8 clients",
	    &api_reader, &worker_reader));
	TRY(clients_run(bench->arena,
	    &(struct client_job){ &append_ours_api, CLIENTS, bench->run_ms, &with }, &figures));
	/* Of the two cores' time that an append takes when they are busy. */
	append_us = 2 * 1e6 / figures.per_second;
	add(bench, "hashing an event", "us", hash_ns(bench) / 1000, append_us,
	    "CPU of an append, both sides (2 cores, 8 clients)");
	add(bench, "sealing a phone number", "us", seal_ns(bench) / 1000, append_us,
	    "CPU of an append, both sides (2 cores, 8 clients)");
	return add_sizes(bench);
}
