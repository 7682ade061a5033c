#include <stdio.h>
#include <stdlib.h>

#include "bench_peer.h"
#include "bench_process.h"
#include "graphql_server.h"
#include "runtime/clock.h"
#include "runtime/random.h"

/*
 * The API beside servers in Node, each on the same database with as many connections: who asks
 * is found by a token's hash and their memberships, row-level security holds, and the answers
 * are compared before anything is measured.
 *
 * Our server plays the role api alone: nobody carries out what createEco begins, as nobody does
 * for the peers.  Its ECO is more than theirs: terms of the agreement frozen into the event,
 * the pager list worked out for the place and moment.
 */

#define CONNECTIONS       32
#define DATABASE_SESSIONS 8 /* the default of workers */
#define WARM_UP_MS        2000
#define TARGET            5 /* times a Node server; architecture, section 6 */

/* 20 NOCs have 40,000 ECOs; the contractors of the one that asks share them. */
static const char fill_sql[] =
    "WITH org AS (SELECT (SELECT id FROM strike.organisation WHERE handle = 'lone-star-noc') AS "
    "noc,"
    " (SELECT array_agg(DISTINCT a.osp_id) FROM strike.agreement a JOIN strike.organisation o"
    " ON o.id = a.noc_id WHERE o.handle = 'lone-star-noc') AS osps)"
    " INSERT INTO strike.eco_board (build, eco_id, version, position, noc_id, osp_id, job_number,"
    " job_type, description, location, status, dispatch, integration, eta_minutes, created_at,"
    " updated_at, task_count, tasks_completed)"
    " SELECT p.live, gen_random_uuid(), 3, i,"
    " CASE WHEN i % 20 = 0 THEN org.noc ELSE md5('noc' || i % 20)::uuid END,"
    " org.osps[1 + (i / 20) % array_length(org.osps, 1)], 'BN-MFR-' || lpad(i::text, 7, '0'),"
    " 'MFR', 'loss of light on the ring between two hubs, reported by the alarm system',"
    " ST_SetSRID(ST_Point(-98 + (i % 1000) / 500.0, 29 + (i / 1000) / 20.0), 4326),"
    " (ARRAY['OPEN', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'])[1 + (i / 20) % 4], 'ACCEPTED', 'OK',"
    " 45, '2026-01-01T00:00:00Z'::timestamptz + i * interval '1 minute',"
    " '2026-01-01T00:00:00Z'::timestamptz + i * interval '1 minute', 2, 1"
    " FROM generate_series(1, 40000) AS i, strike.projection p, org WHERE p.name = 'eco_board'";

/* The peers; the first server is ours. */
static const struct graphql_server peers[] = {
	{ .name = "graphql-yoga 5.24.1, 1 process",
	    .arguments = { "graphql_server.mjs", "yoga", "1" } },
	{ .name = "mercurius 16.10.1 with jit, 1 process",
	    .arguments = { "graphql_server.mjs", "mercurius", "1" } },
	{ .name = "mercurius 16.10.1 with jit, 2 processes",
	    .arguments = { "graphql_server.mjs", "mercurius", "2" } },
};

#define SERVERS (1 + COUNT_OF(peers))

/* What is asked. */
struct question {
	const char *said;
	struct str document; /* as a JSON string */
	struct str expects;
	bool creates;
	double target; /* for the rate, times the fastest peer; 0: none */
};

enum figure { RATE, P50, P99, CPU, DATABASE_CPU, RESIDENT, FIGURE_COUNT };

static const struct {
	const char *said, *unit;
} figures[FIGURE_COUNT] = {
	{ "requests", "1/s" },
	{ "p50", "ms" },
	{ "p99", "ms" },
	{ "CPU of the server for one", "us" },
	{ "CPU of PostgreSQL for one", "us" },
	{ "resident memory of the server", "MB" },
};

struct comparison {
	struct graphql_bench *bench;
	struct world world;
	struct graphql_server servers[SERVERS];
	size_t count; /* of those that run */
	pid_t postmaster;
	struct str headers;
	double found[SERVERS][FIGURE_COUNT][GRAPHQL_REPEATS_MAX];
};

/* ---- questions ---- */

static void
write_body(const void *context, size_t index, struct buf *buf)
{
	const struct question *question = context;
	char memory[256];
	struct arena scratch;

	buf_printf(buf, "{\"query\":%.*s", STR_ARG(question->document));
	if (question->creates) {
		arena_init(&scratch, memory, sizeof(memory));
		buf_printf(buf,
		    ",\"variables\":{\"input\":{\"idempotencyKey\":\"%.*s\",\"location\":{\"type\":"
		    "\"Point\",\"coordinates\":[-97.7%03zu,30.3%03zu]},\"jobType\":\"MFR\","
		    "\"description\":\"Loss of light %zu\",\"osp\":\"hill-country-osp\"}}",
		    STR_ARG(uuid_text(&scratch, random_uuid(clock_system_now()))), index % 1000,
		    index * 7 % 1000, index);
	}
	buf_char(buf, '}');
}

static struct err *
read_question(struct graphql_bench *bench, const char *file, struct question *question)
{
	struct str text;

	TRY(graphql_bench_read(bench, file, &text));
	question->document = graphql_bench_quote(bench, text);
	return NULL;
}

static struct http_load
load_of(const struct comparison *comparison, const struct question *question,
    const struct graphql_server *server, int64_t run_ms)
{
	return (struct http_load){ .port = server->port,
		.connections = CONNECTIONS,
		.run_ms = run_ms,
		.headers = comparison->headers,
		.write_body = write_body,
		.context = question,
		.expects = question->expects };
}

/* ---- that all do the same ---- */

/* An answer without chunks' lengths, and without what each may say beside the data. */
static struct str
data_of(struct str answer)
{
	size_t begin = str_find(answer, STR("{\"data\":"));
	size_t end = str_find(answer, STR("\"hasNextPage\":true"));

	if (begin == SIZE_MAX || end == SIZE_MAX)
		return answer;
	return (struct str){ answer.ptr + begin, end - begin };
}

static struct err *
check_same(struct comparison *comparison, const struct question *question)
{
	struct arena *arena = comparison->bench->arena;
	struct str ours, theirs;
	struct http_load load = load_of(comparison, question, &comparison->servers[0], 0);

	TRY(http_ask(arena, &load, 0, &ours));
	for (size_t i = 1; i < comparison->count; i++) {
		load = load_of(comparison, question, &comparison->servers[i], 0);
		TRY(http_ask(arena, &load, 0, &theirs));
		if (!question->creates && !str_equal(data_of(ours), data_of(theirs)))
			return err_explain(
			    ERR(arena, ERR_CORRUPT, "%s answers otherwise than we do",
				comparison->servers[i].name),
			    arena_printf(arena, "ours:   %.*s\ntheirs: %.*s",
				STR_ARG(data_of(ours)), STR_ARG(data_of(theirs))),
			    STR(""));
	}
	return NULL;
}

/* ---- measuring ---- */

static struct err *
measure(struct comparison *comparison, const struct question *question, size_t at, int repeat)
{
	const struct graphql_server *server = &comparison->servers[at];
	struct arena *arena = comparison->bench->arena;
	int64_t run_ms = comparison->bench->run_ms;
	struct http_load load = load_of(comparison, question, server,
	    repeat == 0 || run_ms < WARM_UP_MS ? WARM_UP_MS : run_ms / 4);
	struct http_figures got;
	double cpu_s, database_cpu_s;

	TRY(http_load_run(arena, &load, &got));
	load.run_ms = run_ms;
	cpu_s = process_cpu_s(server->pid);
	database_cpu_s = process_cpu_s(comparison->postmaster);
	TRY(http_load_run(arena, &load, &got));
	cpu_s = process_cpu_s(server->pid) - cpu_s;
	database_cpu_s = process_cpu_s(comparison->postmaster) - database_cpu_s;
	comparison->found[at][RATE][repeat] = got.per_second;
	comparison->found[at][P50][repeat] = got.p50_ms;
	comparison->found[at][P99][repeat] = got.p99_ms;
	comparison->found[at][CPU][repeat] = cpu_s * 1e6 / (double)got.answered;
	comparison->found[at][DATABASE_CPU][repeat] = database_cpu_s * 1e6 / (double)got.answered;
	comparison->found[at][RESIDENT][repeat] = process_resident_bytes(server->pid) / 1e6;
	printf("%s, %s: %.0f/s\n", question->said, server->name, got.per_second);
	(void)fflush(stdout);
	return NULL;
}

static void
add_rows(struct comparison *comparison, const struct question *question, enum figure figure,
    size_t fastest)
{
	struct graphql_bench *bench = comparison->bench;
	size_t repeats = (size_t)bench->repeats;
	double median[SERVERS];

	for (size_t i = 0; i < comparison->count; i++)
		median[i] = bench_median(comparison->found[i][figure], repeats);
	/* Without peers our own figure stands alone. */
	for (size_t i = comparison->count > 1 ? 1 : 0; i < comparison->count; i++)
		report_add(bench->report,
		    &(struct report_row){
			.metric = arena_printf(bench->arena, "API: %s, %d connections, %s",
			    question->said, CONNECTIONS, figures[figure].said),
			.unit = str_from_z(figures[figure].unit),
			.ours = median[0],
			.peer = i == 0 ? 0 : median[i],
			.peer_name = i == 0 ? STR("") : str_from_z(comparison->servers[i].name),
			.target = figure == RATE && i == fastest && i > 0 ? question->target : 0,
			.at_least = true,
			.of_ratio = true,
			.conditions = arena_printf(bench->arena,
			    "%.*s, %d sessions of each server; servers, PostgreSQL and the client "
			    "on this machine",
			    STR_ARG(comparison->world.database.server), DATABASE_SESSIONS) });
}

static struct err *
compare(struct comparison *comparison, const struct question *question)
{
	size_t repeats = (size_t)comparison->bench->repeats, fastest = 0;

	TRY(check_same(comparison, question));
	for (int repeat = 0; repeat < comparison->bench->repeats; repeat++)
		for (size_t i = 0; i < comparison->count; i++)
			TRY(measure(comparison, question, i, repeat));
	for (size_t i = 1; i < comparison->count; i++)
		if (fastest == 0 || bench_median(comparison->found[i][RATE], repeats) >
					bench_median(comparison->found[fastest][RATE], repeats))
			fastest = i;
	for (enum figure figure = 0; figure < FIGURE_COUNT; figure++)
		add_rows(comparison, question, figure, fastest);
	return NULL;
}

/* ---- the whole ---- */

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static struct err *
fill(struct comparison *comparison)
{
	static const char *const statements[] = { fill_sql, "ANALYZE" };

	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		CLEANUP(clear) PGresult *result = NULL;

		TRY(database_ask(
		    &comparison->world.database, comparison->bench->arena, statements[i], &result));
	}
	return NULL;
}

static struct err *
start_servers(struct comparison *comparison)
{
	struct graphql_bench *bench = comparison->bench;

	TRY(graphql_server_ours(bench, &comparison->world, &comparison->servers[0]));
	comparison->count = 1;
	for (size_t i = 0; i < COUNT_OF(peers) && bench->peers; i++) {
		comparison->servers[i + 1] = peers[i];
		comparison->count++;
		TRY(graphql_server_start(
		    bench, &comparison->world, &comparison->servers[i + 1], DATABASE_SESSIONS));
	}
	return NULL;
}

static struct err *
run(struct comparison *comparison)
{
	struct graphql_bench *bench = comparison->bench;
	struct question board = { .said = "the board, 25 ECOs with their organisations",
		.expects = STR("\"hasNextPage\":true"),
		.target = TARGET };
	struct question create = {
		.said = "createEco", .expects = STR("\"CreateEcoSuccess\""), .creates = true
	};

	TRY(read_question(bench, "board.graphql", &board));
	TRY(read_question(bench, "create.graphql", &create));
	TRY(fill(comparison));
	TRY(graphql_server_token(bench, &comparison->headers));
	comparison->postmaster =
	    process_postmaster(bench->arena, comparison->world.database.folder);
	TRY(start_servers(comparison));
	TRY(compare(comparison, &board));
	return compare(comparison, &create);
}

struct err *
bench_api(struct graphql_bench *bench)
{
	struct comparison *comparison = arena_new(bench->arena, struct comparison);
	struct err *err;

	CHECK(comparison != NULL);
	comparison->bench = bench;
	(void)setenv("STRIKE_ROLES", "api", 1);
	(void)setenv("STRIKE_LIMIT_TOKEN_PER_MIN", "0", 1);
	err = world_begin(&comparison->world, bench->arena, "paging.scn", "graphql-api");
	if (err == NULL)
		err = run(comparison);
	for (size_t i = 0; i < SERVERS; i++)
		graphql_server_stop(&comparison->servers[i]);
	world_end(&comparison->world);
	(void)unsetenv("STRIKE_ROLES");
	return err;
}
