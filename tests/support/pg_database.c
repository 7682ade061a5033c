#include "support/pg_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/pg/store_pg.h"
#include "support/store_world.h"

static char name[64];
static char conninfo[2048];

/* Write "key='value'" with what libpq wants escaped. */
static void
write_option(struct buf *buf, const char *key, const char *value)
{
	buf_printf(buf, "%s='", key);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buf_char(buf, '\\');
		buf_char(buf, *value);
	}
	buf_str(buf, STR("' "));
}

/* The connection string ${url}, with another database. */
static bool
name_database(const char *url, const char *database)
{
	struct buf buf = buf_over(conninfo, sizeof(conninfo));
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	if (options == NULL)
		return false;
	for (const PQconninfoOption *at = options; at->keyword != NULL; at++) {
		if (at->val != NULL && strcmp(at->keyword, "dbname") != 0)
			write_option(&buf, at->keyword, at->val);
	}
	write_option(&buf, "dbname", database);
	buf_char(&buf, '\0');
	PQconninfoFree(options);
	return !buf.overflowed;
}

/* Run ${format} with the database's name in the cluster's own database. */
static bool
administer(const char *format)
{
	PGconn *conn = PQconnectdb(getenv("STRIKE_TEST_DATABASE_URL"));
	char sql[256];
	struct buf buf = buf_over(sql, sizeof(sql));
	PGresult *result;
	bool good;

	buf_str(&buf, str_from_z(format));
	buf_str(&buf, str_from_z(name));
	buf_str(&buf, STR(" "));
	buf_str(&buf,
	    strncmp(format, "CREATE", 6) == 0 ? STR("TEMPLATE template0") : STR("WITH (FORCE)"));
	buf_char(&buf, '\0');
	result = PQexec(conn, sql);
	good = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!good)
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);
	return good;
}

static bool
migrate(void)
{
	struct arena *arena = arena_create(8u << 20);
	size_t applied;
	struct err *err = store_pg_migrate(arena, conninfo, NULL, NULL, &applied);

	if (err != NULL) {
		char memory[1024];
		struct buf text = buf_over(memory, sizeof(memory));

		err_format(err, &text);
		fprintf(stderr, "could not migrate the test database: %.*s\n",
		    STR_ARG(buf_view(&text)));
	}
	arena_destroy(arena);
	return err == NULL;
}

int
pg_database_create(void)
{
	const char *url = getenv("STRIKE_TEST_DATABASE_URL");
	struct buf buf = buf_over(name, sizeof(name));
	uint64_t random;

	if (url == NULL || url[0] == '\0') {
		fprintf(stderr, "STRIKE_TEST_DATABASE_URL is not set: skipping the tests that need "
				"PostgreSQL (tools/test-postgres starts one)\n");
		return 77;
	}
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return 1;
	buf_printf(&buf, "strike_test_%016llx", (unsigned long long)random);
	buf_char(&buf, '\0');
	if (!name_database(url, name) || !administer("CREATE DATABASE "))
		return 1;
	if (migrate())
		return 0;
	pg_database_drop();
	return 1;
}

void
pg_database_drop(void)
{
	(void)administer("DROP DATABASE IF EXISTS ");
}

const char *
pg_database_conninfo(void)
{
	return conninfo;
}

PGconn *
pg_database_connect(void)
{
	PGconn *conn = PQconnectdb(conninfo);

	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	pg_database_run(conn, "SET client_min_messages = warning");
	return conn;
}

PGconn *
pg_database_connect_api(struct uuid organisation)
{
	PGconn *conn = pg_database_connect();
	char sql[128], id[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(id, sizeof(id)), buf = buf_over(sql, sizeof(sql));

	uuid_format(organisation, &text);
	buf_char(&text, '\0');
	pg_database_run(conn, "SET ROLE strike_api");
	buf_printf(&buf, "SELECT set_config('strike.organisation', '%s', false)", id);
	buf_char(&buf, '\0');
	if (!uuid_is_nil(organisation))
		pg_database_run(conn, sql);
	return conn;
}

void
pg_database_run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
}

long long
pg_database_number(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	int64_t number = 0;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) < 1 ||
	    !str_parse_i64(str_from_z(PQgetvalue(result, 0, 0)), &number))
		fail_msg("%s: no number: %s", sql, PQerrorMessage(conn));
	PQclear(result);
	return (long long)number;
}

void
pg_database_partition(PGconn *conn, long long rows)
{
	char sql[128];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf, "UPDATE strike.partitioning SET rows = %lld", rows);
	buf_char(&buf, '\0');
	pg_database_run(conn, sql);
	pg_database_run(conn, "DO $$ DECLARE v_name text; BEGIN"
			      " FOR v_name IN SELECT name FROM strike.partition LOOP"
			      "  EXECUTE format('DROP TABLE strike.%I', v_name); END LOOP;"
			      " ALTER SEQUENCE strike.event_seq RESTART;"
			      " PERFORM strike.make_partitions();"
			      " END $$");
}

/* Partitions as the migrations leave them, if a test has made others. */
static void
reset_partitions(PGconn *conn)
{
	if (pg_database_number(
		conn, "SELECT count(*) FROM strike.partitioning WHERE rows <> 50000000") > 0)
		pg_database_partition(conn, 50000000);
}

void
pg_database_reset(void)
{
	PGconn *conn = pg_database_connect();

	/* Triggers that refuse to change history do not fire for a replica. */
	pg_database_run(conn,
	    "SET session_replication_role = replica;"
	    "TRUNCATE strike.stream, strike.stream_former, strike.event, strike.event_archive, "
	    "strike.log, strike.tick,"
	    " strike.tick_signature, strike.command, strike.timer, "
	    "strike.outbox, strike.provider_id, strike.webhook_rejection,"
	    " strike.eco_board, strike.job_sequence, strike.organisation, strike.app_user,"
	    " strike.membership, strike.region, strike.agreement, strike.follower, strike.parked,"
	    " strike.person_key, strike.erasure, strike.record, strike.user_identity,"
	    " strike.noc_terms, strike.osp_terms, strike.list_people, strike.token,"
	    " strike.token_use, strike.web_session, strike.throttle, strike.page, strike.answered;"
	    "DELETE FROM strike.slot WHERE subscription NOT IN"
	    " ('policies', 'eco_board.1', 'eco_board.2');"
	    "DELETE FROM strike.subscription WHERE name NOT IN"
	    " ('policies', 'eco_board.1', 'eco_board.2');"
	    "UPDATE strike.subscription SET gate = 0,"
	    " mode = CASE name WHEN 'eco_board.2' THEN 'off' ELSE 'live' END;"
	    "UPDATE strike.slot SET position = 0, owner = NULL, epoch = 0, lease = NULL;"
	    "DELETE FROM strike.projection WHERE name <> 'eco_board';"
	    "UPDATE strike.projection SET live = 1;"
	    "UPDATE strike.log_head SET epoch = 0, last_position = 0, target = NULL,"
	    " target_seq = 0, snap = pg_current_snapshot(), tick = 0, tick_hash = DEFAULT, renewed "
	    "= DEFAULT");
	reset_partitions(conn);
	PQfinish(conn);
}
