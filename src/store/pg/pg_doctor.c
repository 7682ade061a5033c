#include "store/pg/pg_internal.h"
#include "store/pg/store_pg_doctor.h"

/* Further apart than this, moments in events and in the log of the server do not compare. */
#define SKEW_MAX SECONDS(1)

/* Whose eyes a question is asked with. */
enum eyes {
	AS_WHO_LOGS_IN, /* a superuser sees everybody's transactions */
	AS_WORKER,      /* sees every row */
};

struct check {
	struct str about, section;
	enum eyes eyes;
	bool takes_connections; /* its one parameter */
};

static const struct check checks[] = {
	{ STR("server"), STR("doctor_version"), AS_WHO_LOGS_IN, false },
	{ STR("PostGIS"), STR("doctor_postgis"), AS_WHO_LOGS_IN, false },
	{ STR("primary"), STR("doctor_primary"), AS_WHO_LOGS_IN, false },
	{ STR("durability"), STR("doctor_durability"), AS_WHO_LOGS_IN, false },
	{ STR("data checksums"), STR("doctor_data_checksums"), AS_WHO_LOGS_IN, false },
	{ STR("idle transactions"), STR("doctor_idle_timeout"), AS_WHO_LOGS_IN, false },
	{ STR("connections"), STR("doctor_connections"), AS_WHO_LOGS_IN, true },
	{ STR("long transactions"), STR("doctor_transactions"), AS_WHO_LOGS_IN, false },
	{ STR("roles"), STR("doctor_roles"), AS_WHO_LOGS_IN, false },
	{ STR("event sequence"), STR("doctor_sequence"), AS_WHO_LOGS_IN, false },
	{ STR("row-level security"), STR("doctor_row_security"), AS_WHO_LOGS_IN, false },
	{ STR("append-only"), STR("doctor_append_only"), AS_WHO_LOGS_IN, false },
	{ STR("partitions"), STR("doctor_partitions"), AS_WORKER, false },
	{ STR("sequencer"), STR("doctor_sequencer"), AS_WORKER, false },
	{ STR("followers"), STR("doctor_followers"), AS_WORKER, false },
	{ STR("signatures"), STR("doctor_signatures"), AS_WORKER, false },
};

struct examination {
	PGconn *conn;
	struct arena *arena;
	const struct store_pg_question *question;
	struct store_pg_finding *findings;
	size_t count;
};

static void
note(struct examination *at, struct str about, enum store_pg_health health, struct str said,
    struct str advice)
{
	CHECK(at->count < STORE_PG_FINDINGS_MAX);
	at->findings[at->count++] = (struct store_pg_finding){ about, health, said, advice };
}

/* Something that could not even be asked is not ok. */
static void
note_fault(struct examination *at, struct str about, const struct err *err)
{
	char text[1024];
	struct buf buf = buf_over(text, sizeof(text));
	struct str said = err->detail;

	err_format(err, &buf);
	if (str_empty(said))
		said = arena_copy(at->arena, buf_view(&buf));
	note(at, about, STORE_PG_FAILED, said, err->hint);
}

static struct err *
ask(struct examination *at, struct str section, const struct pg_params *params, PGresult **ret)
{
	const char *text = arena_copy_z(at->arena, pg_query_text(section));
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	if (text == NULL)
		return store_out_of_memory(at->arena);
	result = PQexecParams(at->conn, text, params->count, NULL, params->values, params->lengths,
	    params->formats, 1);
	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
		return pg_fault(at->conn, result, false, at->arena);
	*ret = result;
	result = NULL;
	return NULL;
}

static enum store_pg_health
health_of(struct str word)
{
	if (str_equal(word, STR("ok")))
		return STORE_PG_OK;
	return str_equal(word, STR("warning")) ? STORE_PG_WARNING : STORE_PG_FAILED;
}

static struct err *
make_check(struct examination *at, const struct check *check)
{
	struct pg_params params = { .arena = at->arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct str health, said, advice;
	struct pg_row row;

	if (check->takes_connections)
		pg_put_int(&params, at->question->connections);
	TRY(ask(at, check->section, &params, &result));
	row = pg_row(result, 0, at->arena);
	health = pg_get_text(&row);
	said = pg_get_text(&row);
	advice = pg_get_text(&row);
	TRY(pg_row_check(&row, check->about));
	note(at, check->about, health_of(health), said,
	    health_of(health) == STORE_PG_OK ? STR("") : advice);
	return NULL;
}

/* A connection that is gone is a fault; anything else that fails is a finding. */
static struct err *
make_checks(struct examination *at, enum eyes eyes)
{
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		struct err *err;

		if (checks[i].eyes != eyes)
			continue;
		err = make_check(at, &checks[i]);
		if (err != NULL && PQstatus(at->conn) != CONNECTION_OK)
			return err;
		if (err != NULL)
			note_fault(at, checks[i].about, err);
	}
	return NULL;
}

/* ---- what needs more than a query ---- */

/* Migration ${index}: whether what was applied is this program's. */
static bool
is_ours(PGresult *applied, size_t index, struct arena *arena, struct str *ret_name)
{
	struct pg_row row = pg_row(applied, (int)index, arena);
	int64_t number = pg_get_int(&row);
	struct str checksum;
	struct sha256 ours;

	*ret_name = pg_get_text(&row);
	checksum = pg_get_text(&row);
	if (row.wrong || index >= pg_migration_files_count || number != (int64_t)index + 1)
		return false;
	ours = sha256_of(pg_migration_files[index].text);
	return str_equal(*ret_name, pg_migration_files[index].name) &&
	       str_equal(checksum, (struct str){ (const char *)ours.bytes, sizeof(ours.bytes) });
}

static struct err *
check_migrations(struct examination *at)
{
	static const struct str about = STR("migrations");
	CLEANUP(pg_result_clear) PGresult *applied = NULL;
	struct str name;
	size_t count;

	TRY(pg_script(at->conn, at->arena, STR("doctor_has_migrations"), &applied));
	if (!str_equal(str_from_z(PQgetvalue(applied, 0, 0)), STR("t"))) {
		note(at, about, STORE_PG_FAILED, STR("nothing was migrated"),
		    STR("Run \"strike migrate\"."));
		return NULL;
	}
	PQclear(applied);
	applied =
	    PQexecParams(at->conn, arena_copy_z(at->arena, pg_query_text(STR("migration_list"))), 0,
		NULL, NULL, NULL, NULL, 1);
	if (PQresultStatus(applied) != PGRES_TUPLES_OK)
		return pg_fault(at->conn, applied, false, at->arena);
	count = (size_t)PQntuples(applied);
	for (size_t i = 0; i < count; i++) {
		if (is_ours(applied, i, at->arena, &name))
			continue;
		note(at, about, STORE_PG_FAILED,
		    arena_printf(
			at->arena, "%.*s was applied, and is not this program's", STR_ARG(name)),
		    STR("Use the program that migrated the database, or a newer one."));
		return NULL;
	}
	if (count < pg_migration_files_count)
		note(at, about, STORE_PG_FAILED,
		    arena_printf(
			at->arena, "%zu of %zu were applied", count, pg_migration_files_count),
		    STR("Run \"strike migrate\"."));
	else
		note(at, about, STORE_PG_OK, arena_printf(at->arena, "all %zu, unchanged", count),
		    STR(""));
	return NULL;
}

/* The database's moment lies between two of ours, so half of what is between is our doubt. */
static struct err *
check_clock(struct examination *at)
{
	struct pg_params none = { .arena = at->arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct instant before = at->question->now(), after, theirs;
	struct duration skew, doubt;
	struct pg_row row;

	TRY(ask(at, STR("doctor_clock"), &none, &result));
	after = at->question->now();
	row = pg_row(result, 0, at->arena);
	theirs = pg_get_instant(&row);
	TRY(pg_row_check(&row, STR("the clock")));
	doubt.us = instant_since(after, before).us / 2;
	skew = instant_since(theirs, instant_plus(before, doubt));
	if (skew.us < 0)
		skew.us = -skew.us;
	note(at, STR("clocks"), skew.us - doubt.us < SKEW_MAX.us ? STORE_PG_OK : STORE_PG_FAILED,
	    arena_printf(at->arena, "this machine and the database are %lld ms apart",
		(long long)skew.us / 1000),
	    skew.us - doubt.us < SKEW_MAX.us ? STR("") : STR("Have both keep time by NTP."));
	return NULL;
}

/* Every statement of the program is prepared when a session opens. */
static void
check_statements(struct examination *at, const char *conninfo)
{
	static const struct str about = STR("statements");
	static const enum store_role roles[] = { STORE_API, STORE_WORKER };
	struct store *store = NULL;
	struct err *err = store_pg_open(at->arena, conninfo, &store);

	for (size_t i = 0; i < COUNT_OF(roles) && err == NULL; i++) {
		struct store_session *session = NULL;

		err = store_session_open(store, at->arena, roles[i], &session);
		store_session_close(session);
	}
	if (err != NULL)
		note_fault(at, about, err);
	else
		note(at, about, STORE_PG_OK,
		    arena_printf(
			at->arena, "all %d can be prepared, by both roles", PG_STATEMENT_COUNT),
		    STR(""));
	store_close(store);
}

static struct err *
examine(struct examination *at, const char *conninfo)
{
	struct err *err;

	TRY(make_checks(at, AS_WHO_LOGS_IN));
	err = check_migrations(at);
	if (err != NULL)
		note_fault(at, STR("migrations"), err);
	TRY(check_clock(at));
	err = pg_script(at->conn, at->arena, STR("session_worker"), NULL);
	if (err != NULL)
		note_fault(at, STR("sessions"), err);
	else
		TRY(make_checks(at, AS_WORKER));
	check_statements(at, conninfo);
	return NULL;
}

struct err *
store_pg_examine(struct arena *arena, const char *conninfo,
    const struct store_pg_question *question, struct store_pg_finding *ret, size_t *ret_count)
{
	CLEANUP(pg_conn_close) PGconn *conn = NULL;
	struct examination at = { .arena = arena, .question = question, .findings = ret };

	CHECK(conninfo != NULL);
	*ret_count = 0;
	TRY(pg_connect(arena, conninfo, &conn));
	at.conn = conn;
	TRY(examine(&at, conninfo));
	*ret_count = at.count;
	return NULL;
}
