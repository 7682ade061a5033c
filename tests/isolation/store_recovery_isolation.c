#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/* Broken connections, strange databases, restored clusters. */

/* Break every connection to the database but ${conn}. */
static void
break_connections(PGconn *conn)
{
	pg_database_run(conn, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
			      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static void
a_session_whose_connection_broke_connects_again(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_events events;

	world_appended(world, id_of("eco"), 0, 1);
	break_connections(conn);
	world_appended(world, id_of("eco"), 1, 1);
	OK(store_read_stream(world->osp, world->arena, id_of("eco"), 0, 10, &events));
	assert_int_equal(events.count, 2);
	assert_int_equal(world_sequence(world), 2);
	PQfinish(conn);
}

static void
a_transaction_whose_connection_broke_is_over_and_has_done_nothing(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append_result result;
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append *more = world_append(world, id_of("another"), 0, 1);

	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_append(world->noc, world->arena, append, &result));
	break_connections(conn);
	FAULTS(ERR_UNAVAILABLE, store_append(world->noc, world->arena, more, &result));
	world_appended(world, id_of("eco"), 0, 1);
	PQfinish(conn);
}

static void
a_commit_that_nobody_confirmed_is_uncertain_and_repeats_under_its_key(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;

	append->command_scope = world->noc_id;
	append->command_key = id_of("key");
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_append(world->noc, world->arena, append, &result));
	break_connections(conn);
	FAULTS(ERR_UNCERTAIN, store_commit(world->noc, world->arena));
	OK(store_append(world->noc, world->arena, append, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	OK(store_append(world->noc, world->arena, append, &result));
	assert_int_equal(result.outcome, STORE_REPEATED);
	PQfinish(conn);
}

static void
claims_outlive_a_broken_connection_of_the_process_that_holds_them(void **state)
{
	struct world *world = *state;
	struct timer_change change = { .kind = TIMER_POLL, .set = true, .due = at_s(0) };
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append *later = world_append(world, id_of("eco"), 1, 1);
	PGconn *conn = pg_database_connect();
	struct store_append_result result;
	struct store_timer timers[2];
	size_t count;

	append->timers = &change;
	append->timer_count = 1;
	OK(store_append(world->worker, world->arena, append, &result));
	OK(store_claim_timers(world->worker, world->arena, at_s(0), 2, timers, &count));
	assert_int_equal(count, 1);
	break_connections(conn);
	/* The next claim takes the number again, and finds that the work is its own. */
	OK(store_claim_timers(world->worker, world->arena, at_s(0), 2, timers, &count));
	assert_int_equal(count, 0);
	later->settles_timer = true;
	later->settled_kind = TIMER_POLL;
	later->settled_due = at_s(0);
	OK(store_append(world->worker, world->arena, later, &result));
	PQfinish(conn);
}

static void
a_database_restored_into_a_new_cluster_goes_on_without_loss(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store *restored;
	struct store_session *session;
	int64_t head;
	size_t count;
	bool leads;

	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	world_appended(world, id_of("eco"), 3, 2);
	/* As a restore leaves it: transaction ids that this cluster has not come to yet. */
	store_session_close(world->worker);
	world->worker = NULL;
	pg_database_run(conn,
	    "SET session_replication_role = replica;"
	    "UPDATE strike.event SET xid = '900000000';"
	    "UPDATE strike.log_head SET snap = '900000001:900000001:', cluster = 1");
	restored = world_store_join(world->store, world->arena);
	session = world_session(restored, world->arena, STORE_WORKER, UUID_NIL);
	world_appended(world, id_of("eco"), 5, 1);
	head = 0;
	for (int i = 0; i < 1000 && head < 6; i++)
		OK(store_sequence(session, world->arena, &head, &leads, &count));
	assert_int_equal(head, 6);
	world_appended(world, id_of("eco"), 6, 1);
	OK(store_sequence(session, world->arena, &head, &leads, &count));
	assert_int_equal(head, 7);
	assert_int_equal(pg_database_number(conn, "SELECT count(DISTINCT seq) FROM strike.log"), 7);
	store_session_close(session);
	store_close(restored);
	world->worker = world_session(world->store, world->arena, STORE_WORKER, UUID_NIL);
	PQfinish(conn);
}

static void
only_the_last_ten_thousand_rejections_are_kept(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_rejection newest;
	size_t count;

	pg_database_run(conn,
	    "INSERT INTO strike.webhook_rejection SELECT n % 10000, n, now(), 'r', 'p', 'old'"
	    " FROM generate_series(1, 10000) AS n;"
	    "SELECT setval('strike.webhook_rejection_number', 10000)");
	OK(store_record_rejection(
	    world->worker, world->arena, at_s(0), STR("r"), STR("p"), STR("new")));
	assert_int_equal(
	    pg_database_number(conn, "SELECT count(*) FROM strike.webhook_rejection"), 10000);
	OK(store_list_rejections(world->worker, world->arena, 1, &newest, &count));
	ASSERT_STR(newest.reason, "new");
	assert_int_equal(pg_database_number(conn,
			     "SELECT count(*) FROM strike.webhook_rejection WHERE number = 1"),
	    0);
	PQfinish(conn);
}

static void
a_sequence_that_caches_numbers_is_found_at_start(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store *store;
	struct err *err;

	pg_database_run(conn, "ALTER SEQUENCE strike.event_seq CACHE 32");
	err = store_pg_open(world->arena, pg_database_conninfo(), &store);
	pg_database_run(conn, "ALTER SEQUENCE strike.event_seq CACHE 1");
	FAULTS(ERR_CORRUPT, err);
	assert_int_not_equal(str_find(err->message, STR("strike.event_seq")), SIZE_MAX);
	PQfinish(conn);
}

static void
a_database_that_is_not_migrated_or_not_there_is_unavailable_with_a_hint(void **state)
{
	struct world *world = *state;
	struct str elsewhere =
	    arena_printf(world->arena, "%s dbname='template1'", pg_database_conninfo());
	struct str nowhere =
	    arena_printf(world->arena, "%s host='/nowhere/at/all'", pg_database_conninfo());
	struct store *store;
	struct err *err;

	err = store_pg_open(world->arena, arena_copy_z(world->arena, elsewhere), &store);
	FAULTS(ERR_UNAVAILABLE, err);
	assert_int_not_equal(str_find(err->hint, STR("strike migrate")), SIZE_MAX);
	err = store_pg_open(world->arena, arena_copy_z(world->arena, nowhere), &store);
	FAULTS(ERR_UNAVAILABLE, err);
	ASSERT_STR(err->message, "could not reach the database");
	assert_false(str_empty(err->hint));
}

static void
migrations_are_applied_once_and_a_changed_one_is_found(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	size_t applied;
	struct err *err;

	OK(store_pg_migrate(world->arena, pg_database_conninfo(), NULL, NULL, &applied));
	assert_int_equal(applied, 0);

	pg_database_run(
	    conn, "UPDATE strike.migration SET checksum = sha256(checksum) WHERE number = 2");
	err = store_pg_migrate(world->arena, pg_database_conninfo(), NULL, NULL, &applied);
	FAULTS(ERR_CORRUPT, err);
	assert_int_not_equal(str_find(err->message, STR("0002_event_store.sql")), SIZE_MAX);

	pg_database_run(conn, "DELETE FROM strike.migration WHERE number = 2");
	FAULTS(ERR_CORRUPT,
	    store_pg_migrate(world->arena, pg_database_conninfo(), NULL, NULL, &applied));
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_session_whose_connection_broke_connects_again),
		WORLD_TEST(a_transaction_whose_connection_broke_is_over_and_has_done_nothing),
		WORLD_TEST(a_commit_that_nobody_confirmed_is_uncertain_and_repeats_under_its_key),
		WORLD_TEST(claims_outlive_a_broken_connection_of_the_process_that_holds_them),
		WORLD_TEST(a_database_restored_into_a_new_cluster_goes_on_without_loss),
		WORLD_TEST(only_the_last_ten_thousand_rejections_are_kept),
		WORLD_TEST(a_sequence_that_caches_numbers_is_found_at_start),
		WORLD_TEST(a_database_that_is_not_migrated_or_not_there_is_unavailable_with_a_hint),
		/* It spoils the database's record of migrations, so it comes last. */
		WORLD_TEST(migrations_are_applied_once_and_a_changed_one_is_found),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store recovery", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
