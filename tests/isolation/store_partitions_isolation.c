#include <pthread.h>

#include "store/pg/store_pg.h"
#include "store/store_archive.h"
#include "store/store_proof.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/* Partitions: their edges, making them, and what becomes of the oldest. */

static int64_t
make(struct world *world)
{
	int64_t made;

	OK(store_make_partitions(world->worker, world->arena, &made));
	return made;
}

/* Append ${count} events to ${stream} one by one, from version ${version} on. */
static void
append_slowly(struct world *world, const char *stream, int64_t version, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		(void)make(world);
		world_appended(world, id_of(stream), version + i, 1);
		(void)world_sequence(world);
	}
}

/* The whole of ${stream}, as the NOC sees it, has versions and positions without a gap. */
static void
check_stream(struct world *world, const char *stream, size_t count, int64_t first_position)
{
	struct store_events events;

	OK(store_read_stream(world->noc, world->arena, id_of(stream), 0, STORE_ROWS_MAX, &events));
	assert_int_equal(events.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(events.at[i].version, i + 1);
		assert_int_equal(events.at[i].position, first_position + (int64_t)i);
	}
}

/* The log has positions 1..${count}, and so has the audit, with every event there. */
static void
check_log(struct world *world, size_t count)
{
	struct store_events events;
	struct store_audit_rows rows;

	OK(store_read_log(world->worker, world->arena, 0, STORE_ROWS_MAX, &events));
	OK(store_audit_log(world->worker, world->arena, 0, STORE_ROWS_MAX, &rows));
	assert_int_equal(events.count, count);
	assert_int_equal(rows.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(events.at[i].position, i + 1);
		assert_true(rows.at[i].found);
		assert_int_equal(
		    rows.at[i].earlier_position, rows.at[i].event.version == 1 ? 0 : (int64_t)i);
	}
}

/* Every follower has come to the head. */
static void
let_followers_pass(PGconn *conn)
{
	pg_database_run(
	    conn, "UPDATE strike.slot SET position = (SELECT last_position FROM strike.log_head)");
}

static void
a_stream_and_the_log_go_on_over_the_edges_of_partitions(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_events events;

	pg_database_partition(conn, 10);
	append_slowly(world, "eco", 0, 35);
	assert_int_equal(
	    pg_database_number(conn, "SELECT count(DISTINCT tableoid) FROM strike.event"), 4);
	assert_int_equal(
	    pg_database_number(conn, "SELECT count(DISTINCT tableoid) FROM strike.log"), 4);
	check_stream(world, "eco", 35, 1);
	check_log(world, 35);
	OK(store_read_stream(world->noc, world->arena, id_of("eco"), 8, 5, &events));
	assert_int_equal(events.count, 5);
	assert_int_equal(events.at[0].version, 9);
	OK(store_read_log(world->worker, world->arena, 8, 5, &events));
	assert_int_equal(events.count, 5);
	assert_int_equal(events.at[4].position, 13);
	PQfinish(conn);
}

static void
one_append_may_lie_on_both_sides_of_an_edge(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	pg_database_partition(conn, 10);
	world_appended(world, id_of("eco"), 0, 25);
	assert_int_equal(world_sequence(world), 25);
	check_stream(world, "eco", 25, 1);
	check_log(world, 25);
	PQfinish(conn);
}

static void
an_event_that_waited_long_for_its_position_is_read_in_its_place(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	OK(store_begin(world->osp, world->arena, world->osp_id));
	OK(store_append(
	    world->osp, world->arena, world_append(world, id_of("late"), 0, 1), &result));
	for (int64_t i = 0; i < 3; i++)
		world_appended(world, id_of("eco"), i * 100, 100);
	(void)world_sequence(world);
	OK(store_commit(world->osp, world->arena));
	assert_int_equal(world_sequence(world), 301);
	for (size_t limit = 1; limit <= 301; limit += 60) {
		struct store_events events;

		OK(store_read_log(
		    world->worker, world->arena, 301 - (int64_t)limit, limit, &events));
		assert_int_equal(events.count, limit);
		ASSERT_UUID(events.at[limit - 1].stream, id_of("late"));
		assert_int_equal(events.at[limit - 1].position, 301);
	}
}

/* ---- making them ---- */

static void
an_append_that_is_not_over_holds_up_nobody_who_makes_partitions(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append_result result;

	pg_database_partition(conn, 10);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_append(
	    world->noc, world->arena, world_append(world, id_of("eco"), 0, 15), &result));
	assert_int_equal(make(world), 1);
	world_appended(world, id_of("another"), 0, 10);
	OK(store_commit(world->noc, world->arena));
	assert_int_equal(world_sequence(world), 25);
	PQfinish(conn);
}

struct maker {
	struct store_session *session;
	struct arena *arena;
	int64_t made;
	struct err *err;
};

static void *
make_once(void *argument)
{
	struct maker *maker = argument;

	maker->err = store_make_partitions(maker->session, maker->arena, &maker->made);
	return NULL;
}

static void
several_who_make_partitions_at_once_make_them_once(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct maker makers[4];
	pthread_t threads[4];
	int64_t made = 0;

	pg_database_partition(conn, 10);
	world_appended(world, id_of("eco"), 0, 25);
	(void)world_sequence(world);
	for (size_t i = 0; i < 4; i++) {
		makers[i] = (struct maker){ .arena = arena_create(1u << 20) };
		makers[i].session =
		    world_session(world->store, makers[i].arena, STORE_WORKER, UUID_NIL);
		assert_int_equal(pthread_create(&threads[i], NULL, make_once, &makers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		OK(makers[i].err);
		made += makers[i].made;
		store_session_close(makers[i].session);
		arena_destroy(makers[i].arena);
	}
	assert_int_equal(made, 4); /* two of events and two of the log */
	assert_int_equal(make(world), 0);
	PQfinish(conn);
}

static void
without_a_partition_nothing_is_appended_and_nobody_starts(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append_result result;
	struct store *store;
	struct err *err;

	pg_database_partition(conn, 10);
	world_appended(world, id_of("eco"), 0, 30);
	err = store_append(
	    world->noc, world->arena, world_append(world, id_of("eco"), 30, 1), &result);
	FAULTS(ERR_UNAVAILABLE, err);
	assert_int_not_equal(str_find(err->hint, STR("strike.make_partitions()")), SIZE_MAX);
	err = store_pg_open(world->arena, pg_database_conninfo(), &store);
	FAULTS(ERR_UNAVAILABLE, err);
	assert_int_not_equal(str_find(err->hint, STR("strike.make_partitions()")), SIZE_MAX);
	assert_true(make(world) > 0);
	world_appended(world, id_of("eco"), 30, 1);
	PQfinish(conn);
}

static void
nobody_changes_history_in_a_partition_either(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	const char *tries[] = { "UPDATE strike.event SET type = 'x'",
		"UPDATE strike.event_1 SET type = 'x'", "DELETE FROM strike.event_1",
		"TRUNCATE strike.event_1", "TRUNCATE strike.event", "DELETE FROM strike.event_11",
		"DELETE FROM strike.log_1", "TRUNCATE strike.log_11", "DELETE FROM strike.log",
		"SET ROLE strike_worker; SELECT FROM strike.event_1",
		"SET ROLE strike_api; SELECT FROM strike.event_1" };

	pg_database_partition(conn, 10);
	world_appended(world, id_of("eco"), 0, 15);
	(void)world_sequence(world);
	for (size_t i = 0; i < COUNT_OF(tries); i++) {
		PGresult *result = PQexec(conn, tries[i]);

		assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
		PQclear(result);
		pg_database_run(conn, "RESET ROLE");
	}
	check_log(world, 15);
	PQfinish(conn);
}

/* ---- the archive ---- */

static void
archived_events_are_read_like_all_others(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_partition partition;
	struct store_partitions list;
	struct store_audit_counts counts;

	pg_database_partition(conn, 10);
	append_slowly(world, "eco", 0, 25);
	let_followers_pass(conn);
	OK(store_archive_oldest(world->worker, world->arena, &partition));
	ASSERT_STR(partition.name, "event_1");
	assert_true(partition.archived);
	assert_int_equal(partition.from_seq, 1);
	assert_int_equal(partition.to_seq, 11);
	OK(store_list_partitions(world->worker, world->arena, &list));
	assert_true(list.at[0].archived);
	assert_false(list.at[1].archived);
	check_stream(world, "eco", 25, 1);
	check_log(world, 25);
	OK(store_audit_counts(world->worker, world->arena, &counts));
	assert_int_equal(counts.events, 25);
	assert_int_equal(counts.positions, 25);
	assert_int_equal(counts.unplaced, 0);
	assert_false(counts.has_bad_stream);
	/* It goes on behind them; and they are nobody else's now either. */
	append_slowly(world, "eco", 25, 5);
	check_stream(world, "eco", 30, 1);
	OK(store_read_stream(
	    world->stranger, world->arena, id_of("eco"), 0, 10, &(struct store_events){ 0 }));
	assert_int_equal(pg_database_number(conn,
			     "SET ROLE strike_api; SELECT count(*) FROM strike.event_archive"),
	    0);
	PQfinish(conn);
}

static void
what_is_still_to_be_done_keeps_a_partition_out_of_the_archive(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct timer_change change = { .kind = TIMER_POLL, .set = true, .due = at_s(0) };
	struct store_append *append = world_append(world, id_of("waiting"), 0, 1);
	struct store_append_result result;
	struct store_partition partition;
	struct err *err;

	pg_database_partition(conn, 10);
	append->timers = &change;
	append->timer_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
	append_slowly(world, "eco", 0, 5);
	FAULTS(ERR_CONFLICT, store_archive_oldest(world->worker, world->arena, &partition));
	append_slowly(world, "eco", 5, 10);
	err = store_archive_oldest(world->worker, world->arena, &partition);
	FAULTS(ERR_CONFLICT, err);
	assert_int_not_equal(str_find(err->message, STR("follower")), SIZE_MAX);
	let_followers_pass(conn);
	err = store_archive_oldest(world->worker, world->arena, &partition);
	FAULTS(ERR_CONFLICT, err);
	assert_int_not_equal(str_find(err->message, STR("timer")), SIZE_MAX);
	pg_database_run(conn, "DELETE FROM strike.timer");
	OK(store_archive_oldest(world->worker, world->arena, &partition));
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_stream_and_the_log_go_on_over_the_edges_of_partitions),
		WORLD_TEST(one_append_may_lie_on_both_sides_of_an_edge),
		WORLD_TEST(an_event_that_waited_long_for_its_position_is_read_in_its_place),
		WORLD_TEST(an_append_that_is_not_over_holds_up_nobody_who_makes_partitions),
		WORLD_TEST(several_who_make_partitions_at_once_make_them_once),
		WORLD_TEST(without_a_partition_nothing_is_appended_and_nobody_starts),
		WORLD_TEST(nobody_changes_history_in_a_partition_either),
		WORLD_TEST(archived_events_are_read_like_all_others),
		WORLD_TEST(what_is_still_to_be_done_keeps_a_partition_out_of_the_archive),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store partitions", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
