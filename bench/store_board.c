#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store_bench.h"
#include "store_clients.h"

/*
 * The board of one organisation among many: what row-level security costs the query that
 * a NOC looks at all day.  The same statement is asked over connections of our own in two
 * ways: as the API's role, under the policies; and as a role that passes by them, which is
 * what a program without row-level security would do.  And the port's own call, with all
 * that it does beside: say for whom, ask, decode.
 */

#define CLIENTS     8
#define REPEATS_MAX 9
#define PAGE        26   /* what the API asks for: a page of 25 and whether there is more */
#define SMALL_ECOS  "12" /* of an organisation that nobody hears of */

/* 20 NOCs with 20 OSPs between them have 40,000 ECOs; one more NOC has a few, all old. */
static const char fill_sql[] =
    "INSERT INTO strike.eco_board (build, eco_id, version, position, noc_id, osp_id, job_number,"
    " job_type, description, location, status, dispatch, integration, eta_minutes, created_at,"
    " updated_at, task_count, tasks_completed)"
    " SELECT p.live, gen_random_uuid(), 3, i,"
    " md5('noc' || CASE WHEN i <= " SMALL_ECOS " THEN 99 ELSE i % 20 END)::uuid,"
    " md5('osp' || (i / 20) % 20)::uuid, 'BN-MFR-' || lpad(i::text, 7, '0'), 'MFR',"
    " 'loss of light on the ring between two hubs, reported by the alarm system',"
    " ST_SetSRID(ST_Point(-98 + (i % 1000) / 500.0, 29 + (i / 1000) / 20.0), 4326),"
    " (ARRAY['OPEN', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'])[1 + i % 4], 'ACCEPTED', 'OK', 45,"
    " '2026-01-01T00:00:00Z'::timestamptz + i * interval '1 minute',"
    " '2026-01-01T00:00:00Z'::timestamptz + i * interval '1 minute', 2, 1"
    " FROM generate_series(1, 40000) AS i, strike.projection p WHERE p.name = 'eco_board'";

#define SIDE(condition)                                                                      \
	"(SELECT * FROM strike.eco_board"                                                    \
	" WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')" \
	" AND " condition " ORDER BY created_at DESC, eco_id DESC LIMIT 26)"

/* As list_own_board in src/store/pg/queries.sql, without its filters. */
static const char page_sql[] =
    "SELECT eco_id, version, position, noc_id, osp_id, job_number, job_type, description,"
    " ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,"
    " grace_until, created_at, updated_at, task_count, tasks_completed FROM (" SIDE(
	"noc_id = (SELECT strike.organisation()) AND NOT former") " UNION ALL " SIDE("osp_id = "
										     "(SELECT "
										     "strike."
										     "organisation("
										     ")) AND "
										     "noc_id <> "
										     "osp_id") ") "
											       "AS "
											       "own"
											       " OR"
											       "DER"
											       " BY"
											       " cr"
											       "eat"
											       "ed_"
											       "at "
											       "DES"
											       "C, "
											       "eco"
											       "_id"
											       " DE"
											       "SC "
											       "LIM"
											       "IT "
											       "26";

struct looking {
	struct store *store;
	const char *conninfo;
	struct uuid organisation;
	int64_t rows; /* that the page must have */
};

struct looker {
	const struct looking *with;
	struct store_session *session;
	PGconn *conn;
};

static struct err *
wrong_page(struct arena *arena, int64_t rows)
{
	return ERR(arena, ERR_CORRUPT, "a page of the board has %lld rows", (long long)rows);
}

/* ---- through the port ---- */

static struct err *
open_api(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	struct looker *looker = arena_new(arena, struct looker);

	(void)index;
	CHECK(looker != NULL);
	looker->with = job->with;
	*ret = looker;
	TRY(store_session_open(looker->with->store, arena, STORE_API, &looker->session));
	store_act_for(looker->session, looker->with->organisation);
	return NULL;
}

static struct err *
look_api(void *client, struct arena *arena, size_t *ret_done)
{
	struct looker *looker = client;
	struct store_board_filter all = { .status_count = 0 };
	struct store_board_rows rows;

	TRY(store_list_board(looker->session, arena, &all, PAGE, &rows));
	*ret_done = 1;
	if ((int64_t)rows.count == looker->with->rows)
		return NULL;
	return wrong_page(arena, (int64_t)rows.count);
}

static void
close_api(void *client)
{
	store_session_close(((struct looker *)client)->session);
}

/* ---- the statement alone ---- */

static struct err *
open_as(const struct client_job *job, const char *role, struct arena *arena, void **ret)
{
	struct looker *looker = arena_new(arena, struct looker);
	PGresult *result;
	bool ready;

	CHECK(looker != NULL);
	looker->with = job->with;
	*ret = looker;
	looker->conn = PQconnectdb(looker->with->conninfo);
	if (PQstatus(looker->conn) != CONNECTION_OK)
		return ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(looker->conn));
	PQclear(PQexec(
	    looker->conn, arena_printf(arena, "SET strike.organisation = '%.*s'; SET ROLE %s",
			      STR_ARG(uuid_text(arena, looker->with->organisation)), role)
			      .ptr));
	result = PQprepare(looker->conn, "look", page_sql, 0, NULL);
	ready = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	return ready ? NULL : ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(looker->conn));
}

static struct err *
open_under(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	(void)index;
	return open_as(job, "strike_api", arena, ret);
}

static struct err *
open_without(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	(void)index;
	return open_as(job, "strike_worker", arena, ret);
}

static struct err *
look_plain(void *client, struct arena *arena, size_t *ret_done)
{
	struct looker *looker = client;
	PGresult *result = PQexecPrepared(looker->conn, "look", 0, NULL, NULL, NULL, 1);
	int64_t rows = PQntuples(result);

	PQclear(result);
	*ret_done = 1;
	return rows == looker->with->rows ? NULL : wrong_page(arena, rows);
}

static void
close_plain(void *client)
{
	PQfinish(((struct looker *)client)->conn);
}

static const struct client_kind through_port = { "board, port", open_api, look_api, close_api };
static const struct client_kind under_rls = { "board, RLS", open_under, look_plain, close_plain };
static const struct client_kind without_rls = { "board, no RLS", open_without, look_plain,
	close_plain };

/* ---- the two, in turns ---- */

static struct err *
compare(struct store_bench *bench, const char *metric, const struct looking *with,
    const struct client_kind *kind, const struct client_kind *peer, const char *peer_name)
{
	double ours[REPEATS_MAX], theirs[REPEATS_MAX], a, b;

	for (int i = 0; i < bench->repeats; i++) {
		struct client_figures figures;

		TRY(clients_run(bench->arena,
		    &(struct client_job){ kind, CLIENTS, bench->run_ms, with }, &figures));
		ours[i] = figures.per_second;
		TRY(clients_run(bench->arena,
		    &(struct client_job){ peer, CLIENTS, bench->run_ms, with }, &figures));
		theirs[i] = figures.per_second;
	}
	a = bench_median(ours, (size_t)bench->repeats);
	b = bench_median(theirs, (size_t)bench->repeats);
	report_add(bench->report, &(struct report_row){ .metric = str_from_z(metric),
				      .unit = STR("1/s"),
				      .ours = a,
				      .peer = b,
				      .peer_name = str_from_z(peer_name),
				      .conditions = bench->conditions });
	printf("  %s: %.1f %% lost\n", metric, (1 - a / b) * 100);
	return NULL;
}

/* The id that fill_sql gives an organisation. */
static struct err *
find_id(struct store_bench *bench, const char *name, struct uuid *ret)
{
	struct str sql = arena_printf(bench->arena, "SELECT md5('%s')::uuid", name);
	PGresult *result;
	bool found;

	TRY(database_ask(&bench->database, bench->arena, sql.ptr, &result));
	found = uuid_parse(str_from_z(PQgetvalue(result, 0, 0)), ret);
	PQclear(result);
	return found ? NULL : ERR(bench->arena, ERR_CORRUPT, "no id for %s", name);
}

struct err *
bench_board(struct store_bench *bench)
{
	struct looking ordinary = { .store = bench->store, .rows = PAGE };
	struct looking small = { .store = bench->store, .rows = atoll(SMALL_ECOS) };

	ordinary.conninfo = small.conninfo = bench->database.conninfo.ptr;
	TRY(bench_sql(bench, fill_sql));
	TRY(bench_sql(bench, "ANALYZE strike.eco_board"));
	TRY(find_id(bench, "noc7", &ordinary.organisation));
	TRY(find_id(bench, "noc99", &small.organisation));
	TRY(compare(bench, "a page of a NOC's board under row-level security, 20 NOCs, 40,000 ECOs",
	    &ordinary, &under_rls, &without_rls, "the same statement, passing by the policies"));
	TRY(compare(bench, "the same page through the port", &ordinary, &through_port, &under_rls,
	    "the statement alone"));
	return compare(bench, "the page of a NOC with 12 old ECOs among 40,000", &small, &under_rls,
	    &without_rls, "the same statement, passing by the policies");
}
