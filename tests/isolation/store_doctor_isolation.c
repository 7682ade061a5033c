#include <time.h>

#include "store/pg/store_pg_doctor.h"
#include "support/pg_database.h"
#include "support/store_world.h"

#include "support/unit.h"

/* Each precondition of the store is broken on purpose, named, and put right again. */

static int64_t off_us;

static struct instant
system_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct instant){ now.tv_sec * 1000000 + now.tv_nsec / 1000 + off_us };
}

struct examined {
	struct store_pg_finding findings[STORE_PG_FINDINGS_MAX];
	size_t count;
};

static struct examined
examine_for(struct world *world, int64_t connections)
{
	struct store_pg_question question = { .connections = connections, .now = system_now };
	struct examined examined;

	OK(store_pg_examine(
	    world->arena, pg_database_conninfo(), &question, examined.findings, &examined.count));
	return examined;
}

static const struct store_pg_finding *
find(const struct examined *examined, const char *about)
{
	for (size_t i = 0; i < examined->count; i++) {
		if (str_equal(examined->findings[i].about, str_from_z(about)))
			return &examined->findings[i];
	}
	fail_msg("nothing is said about %s", about);
	return NULL;
}

/* What is said about ${about} must be ${health} and hold ${part}. */
static void
assert_says(struct world *world, const char *about, enum store_pg_health health, const char *part)
{
	struct examined examined = examine_for(world, 10);
	const struct store_pg_finding *finding = find(&examined, about);

	if (finding->health != health || str_find(finding->said, str_from_z(part)) == SIZE_MAX)
		fail_msg("%s: expected \"%s\", got %d: %.*s", about, part, finding->health,
		    STR_ARG(finding->said));
	if (health != STORE_PG_OK && str_empty(finding->advice))
		fail_msg("%s: nothing is said about what to do", about);
}

/* Broken by ${sql}, it says ${part}; put right by ${undo}, it is as before. */
static void
assert_notices(struct world *world, const char *about, const char *sql, const char *undo,
    enum store_pg_health health, const char *part)
{
	PGconn *conn = pg_database_connect();

	assert_says(world, about, STORE_PG_OK, "");
	pg_database_run(conn, sql);
	assert_says(world, about, health, part);
	pg_database_run(conn, undo);
	assert_says(world, about, STORE_PG_OK, "");
	PQfinish(conn);
}

/* Durability and checksums are the cluster's, and the tests' has them off to be quick. */
static void
a_migrated_database_is_as_the_store_needs_it(void **state)
{
	static const char *const about[] = { "server", "PostGIS", "primary", "connections",
		"long transactions", "roles", "event sequence", "row-level security", "append-only",
		"migrations", "clocks", "partitions", "sequencer", "followers", "signatures",
		"statements" };

	for (size_t i = 0; i < COUNT_OF(about); i++)
		assert_says(*state, about[i], STORE_PG_OK, "");
}

static void
a_sequence_that_caches_numbers_is_named(void **state)
{
	assert_notices(*state, "event sequence", "ALTER SEQUENCE strike.event_seq CACHE 20",
	    "ALTER SEQUENCE strike.event_seq CACHE 1", STORE_PG_FAILED, "caches 20");
}

static void
a_table_of_tenants_outside_of_row_level_security_is_named(void **state)
{
	assert_notices(*state, "row-level security",
	    "ALTER TABLE strike.outbox NO FORCE ROW LEVEL SECURITY",
	    "ALTER TABLE strike.outbox FORCE ROW LEVEL SECURITY", STORE_PG_FAILED, "outbox");
	assert_notices(*state, "row-level security", "CREATE TABLE strike.forgotten (noc_id uuid)",
	    "DROP TABLE strike.forgotten", STORE_PG_FAILED, "forgotten");
	assert_notices(*state, "row-level security",
	    "CREATE TABLE strike.forgotten (anything text)", "DROP TABLE strike.forgotten",
	    STORE_PG_FAILED, "forgotten");
	assert_notices(*state, "row-level security", "GRANT SELECT ON strike.slot TO strike_api",
	    "REVOKE SELECT ON strike.slot FROM strike_api", STORE_PG_FAILED,
	    "to be read by strike_api: slot");
	assert_notices(*state, "row-level security",
	    "GRANT EXECUTE ON FUNCTION strike.newest_seq() TO PUBLIC",
	    "REVOKE EXECUTE ON FUNCTION strike.newest_seq() FROM PUBLIC", STORE_PG_FAILED,
	    "to be called by everybody: newest_seq");
	assert_notices(*state, "row-level security",
	    "ALTER VIEW strike.history SET (security_invoker = false)",
	    "ALTER VIEW strike.history SET (security_invoker = true)", STORE_PG_FAILED, "history");
}

static void
a_partition_whose_history_can_be_changed_is_named(void **state)
{
	assert_notices(*state, "append-only",
	    "ALTER TABLE strike.event_1 DISABLE TRIGGER is_append_only",
	    "ALTER TABLE strike.event_1 ENABLE TRIGGER is_append_only", STORE_PG_FAILED, "event_1");
	assert_notices(*state, "append-only", "DROP TRIGGER is_append_only ON strike.tick",
	    "CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.tick"
	    " FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change()",
	    STORE_PG_FAILED, "tick");
	/* One that lets TRUNCATE pass is not enough. */
	assert_notices(*state, "append-only",
	    "DROP TRIGGER is_append_only ON strike.log;"
	    "CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE ON strike.log"
	    " FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change()",
	    "DROP TRIGGER is_append_only ON strike.log;"
	    "CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.log"
	    " FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change()",
	    STORE_PG_FAILED, "log");
}

static void
a_migration_that_was_changed_or_is_missing_or_unknown_is_named(void **state)
{
	assert_notices(*state, "migrations",
	    "UPDATE strike.migration SET checksum = set_byte(checksum, 0, get_byte(checksum, 0) # "
	    "1)"
	    " WHERE number = 3",
	    "UPDATE strike.migration SET checksum = set_byte(checksum, 0, get_byte(checksum, 0) # "
	    "1)"
	    " WHERE number = 3",
	    STORE_PG_FAILED, "0003_work.sql was applied, and is not this program's");
	assert_notices(*state, "migrations",
	    "INSERT INTO strike.migration (number, name, checksum)"
	    " SELECT max(number) + 1, 'of_tomorrow', '' FROM strike.migration",
	    "DELETE FROM strike.migration WHERE name = 'of_tomorrow'", STORE_PG_FAILED,
	    "of_tomorrow was applied");
	assert_notices(*state, "migrations",
	    "CREATE TABLE taken AS SELECT * FROM strike.migration ORDER BY number DESC LIMIT 1;"
	    "DELETE FROM strike.migration WHERE number = (SELECT number FROM taken)",
	    "INSERT INTO strike.migration SELECT * FROM taken; DROP TABLE taken", STORE_PG_FAILED,
	    "were applied");
}

static void
a_store_without_a_partition_ahead_is_named(void **state)
{
	assert_notices(*state, "partitions",
	    "SELECT setval('strike.event_seq', (SELECT max(to_number) - 1 FROM strike.partition"
	    " WHERE parent = 'event'))",
	    "SELECT setval('strike.event_seq', 1, false)", STORE_PG_FAILED, "0 of events");
}

static void
a_statement_that_cannot_be_prepared_is_noticed(void **state)
{
	assert_notices(*state, "statements",
	    "ALTER TABLE strike.outbox RENAME COLUMN problem TO trouble",
	    "ALTER TABLE strike.outbox RENAME COLUMN trouble TO problem", STORE_PG_FAILED,
	    "problem");
}

static void
events_that_nobody_gives_a_position_are_noticed(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	world_appended(world, id_of("one"), 0, 2);
	assert_says(world, "sequencer", STORE_PG_WARNING, "no process leads, and 2 events wait");
	(void)world_sequence(world);
	assert_says(world, "sequencer", STORE_PG_OK, "a process gives events their positions");
	/* Now there is something to sign. */
	assert_says(world, "signatures", STORE_PG_WARNING, "no tick has been signed");
	pg_database_run(conn, "INSERT INTO strike.tick_signature (tick, key_id, at, signature)"
			      " VALUES (1, sha256(''), now(), sha512(''))");
	assert_says(world, "signatures", STORE_PG_OK, "the newest signed tick is 1, of 1");
	PQfinish(conn);
}

static void
parked_streams_are_noticed(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	pg_database_run(conn,
	    "SET session_replication_role = replica;"
	    "INSERT INTO strike.parked (subscription, stream_id, position, version,"
	    " tries, next_try, problem) VALUES ('policies', gen_random_uuid(), 1, 1,"
	    " 1, now(), 'it hurts')");
	assert_says(world, "followers", STORE_PG_WARNING, "1 streams are parked");
	PQfinish(conn);
}

static void
more_threads_than_connections_are_noticed(void **state)
{
	struct world *world = *state;
	struct examined examined = examine_for(world, 100000);
	const struct store_pg_finding *finding = find(&examined, "connections");

	assert_int_equal(finding->health, STORE_PG_FAILED);
	assert_contains(finding->said.ptr, "takes 100000 connections");
}

static void
a_clock_that_is_a_second_off_is_noticed(void **state)
{
	off_us = 5 * 1000000;
	assert_says(*state, "clocks", STORE_PG_FAILED, "ms apart");
	off_us = -5 * 1000000;
	assert_says(*state, "clocks", STORE_PG_FAILED, "ms apart");
	off_us = 0;
	assert_says(*state, "clocks", STORE_PG_OK, "ms apart");
}

/* Settings of the database itself, which count for connections made from then on. */
static void
set_default(PGconn *conn, const char *setting)
{
	char sql[256];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf,
	    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I %s', current_database()); END $$",
	    setting);
	buf_char(&buf, '\0');
	pg_database_run(conn, sql);
}

static void
commits_that_are_not_flushed_are_noticed(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct examined examined;
	const struct store_pg_finding *finding;

	set_default(conn, "SET synchronous_commit = off");
	assert_says(world, "durability", STORE_PG_FAILED, "synchronous_commit");
	set_default(conn, "SET synchronous_commit = on");
	examined = examine_for(world, 10);
	finding = find(&examined, "durability");
	if (finding->health != STORE_PG_OK)
		assert_int_equal(str_find(finding->said, STR("synchronous_commit")), SIZE_MAX);
	set_default(conn, "RESET synchronous_commit");
	PQfinish(conn);
}

static void
transactions_that_may_idle_for_ever_are_noticed(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	set_default(conn, "SET idle_in_transaction_session_timeout = 0");
	assert_says(world, "idle transactions", STORE_PG_WARNING, "idle for ever");
	set_default(conn, "SET idle_in_transaction_session_timeout = ''10min''");
	assert_says(world, "idle transactions", STORE_PG_OK, "10min");
	set_default(conn, "RESET idle_in_transaction_session_timeout");
	PQfinish(conn);
}

static void
a_database_that_is_not_there_cannot_be_asked(void **state)
{
	struct world *world = *state;
	struct store_pg_question question = { .connections = 1, .now = system_now };
	struct examined examined;

	FAULTS(ERR_UNAVAILABLE, store_pg_examine(world->arena, "host=/nonexistent", &question,
				    examined.findings, &examined.count));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_migrated_database_is_as_the_store_needs_it),
		WORLD_TEST(a_sequence_that_caches_numbers_is_named),
		WORLD_TEST(a_table_of_tenants_outside_of_row_level_security_is_named),
		WORLD_TEST(a_partition_whose_history_can_be_changed_is_named),
		WORLD_TEST(a_migration_that_was_changed_or_is_missing_or_unknown_is_named),
		WORLD_TEST(a_store_without_a_partition_ahead_is_named),
		WORLD_TEST(a_statement_that_cannot_be_prepared_is_noticed),
		WORLD_TEST(events_that_nobody_gives_a_position_are_noticed),
		WORLD_TEST(parked_streams_are_noticed),
		WORLD_TEST(more_threads_than_connections_are_noticed),
		WORLD_TEST(a_clock_that_is_a_second_off_is_noticed),
		WORLD_TEST(commits_that_are_not_flushed_are_noticed),
		WORLD_TEST(transactions_that_may_idle_for_ever_are_noticed),
		WORLD_TEST(a_database_that_is_not_there_cannot_be_asked),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_store_forget();
	return failed;
}
