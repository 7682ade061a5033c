#include "support/unit.h"

#include <stdlib.h>

#include "base/merkle.h"
#include "history/history_load.h"
#include "history/history_run.h"
#include "history/history_worker.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"
#include "store/store_proof.h"
#include "support/pg_database.h"

/*
 * Twenty processes work on one store while they and the database are being killed;
 * then every promise is looked up in what they did and saw (history_check.c).
 *
 *   STRIKE_TEST_SEED        the same choices again; the seed is printed
 *   STRIKE_TEST_HISTORY_S   how long they work
 *   STRIKE_TEST_HISTORY_KEEP   leave the folder with the histories and the database
 */

#define HISTORY_S  10
#define TEST_BYTES (64u << 20)
#define TESTS_MAX  64

static struct run run;
static struct history history;

static int64_t
from_environment(const char *name, int64_t otherwise)
{
	int64_t ret;

	return str_parse_i64(str_from_z(getenv(name)), &ret) ? ret : otherwise;
}

static int
play(void **state)
{
	uint64_t seed;
	PGconn *conn;

	(void)state;
	random_bytes(&seed, sizeof(seed));
	seed = (uint64_t)from_environment("STRIKE_TEST_SEED", (int64_t)(seed >> 33));
	print_message("STRIKE_TEST_SEED=%llu\n", (unsigned long long)seed);
	run_begin(&run, seed);
	run_play(&run, from_environment("STRIKE_TEST_HISTORY_S", HISTORY_S));
	run_settle(&run);
	conn = run_connect(&run);
	history_load(&history, conn, run.histories, HISTORY_FOLLOWER, false);
	PQfinish(conn);
	history.deadlocks += run_count_log(&run, "deadlock detected");
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	history_fini(&history);
	run_end(&run);
	return 0;
}

static void
a_promise(void **state)
{
	const struct history_check *check = *state;
	char text[512];
	struct buf problem = buf_over(text, sizeof(text));

	if (!check->holds(&history, &problem))
		fail_msg("%d: %.*s", check->number, STR_ARG(buf_view(&problem)));
}

/* ---- that it was no idle run ---- */

static void
a_lot_has_happened_and_much_of_it_went_wrong(void **state)
{
	size_t fates[4] = { 0 }, leaders = 0, repeated = 0, several = 0, early = 0;

	(void)state;
	for (size_t i = 0; i < history.ops_count; i++) {
		fates[history.ops[i].fate]++;
		repeated += history.ops[i].answer[0] != '\0';
		several += history.ops[i].try_count > 1;
	}
	for (size_t i = 0; i < history.given_count; i++)
		leaders +=
		    i == 0 || strcmp(history.given[i].process, history.given[i - 1].process) != 0;
	for (size_t i = 1; i < history.events_count; i++)
		early += history.events[i].xid < history.events[i - 1].xid;
	print_message("%zu events of %zu appends: %zu acknowledged, %zu of them as a repetition, "
		      "%zu rolled back, %zu unknown, %zu to several streams, %zu conflicts;\n"
		      "%zu out of the order of their transactions; %zu leaders; %zu effects, %lld "
		      "parkings; %zu reads; %lld looks at %lld boards; %lld by a stranger; %lld "
		      "partitions archived;\n"
		      "%d killed, %d paused, %d dead in all, %d leaders cut off, %d times some "
		      "presumed dead, the "
		      "database killed %d times\n",
	    history.events_count, history.ops_count, fates[OP_DONE], repeated, fates[OP_UNDONE],
	    fates[OP_OPEN], several, history.losses_count, early, leaders, history.effects_count,
	    (long long)history.parkings, history.seen_count, (long long)history.views,
	    (long long)history.switches, (long long)history.strangers, (long long)history.archived,
	    run.killed, run.paused, run.died, run.leaders_broken, run.presumed_dead,
	    run.database_killed);
	assert_true(fates[OP_DONE] > 100 && fates[OP_UNDONE] > 0 && several > 0);
	assert_true(repeated > 0 && history.losses_count > 0 && early > 0);
	assert_true(leaders > 1 && history.parkings > 0 && history.switches > 0);
	assert_true(history.views > 0 && history.strangers > 0 && history.seen_count > 0);
	assert_true(run.killed > 0 && run.database_killed == 2 && history.last_job > 0);
}

static void
all_of_it_came_through_while_another_database_had_a_write_transaction_open(void **state)
{
	(void)state;
	assert_int_equal(PQtransactionStatus(run.foreign), PQTRANS_INTRANS);
	pg_database_run(run.foreign, "INSERT INTO foreigner VALUES (1)");
	assert_int_equal(history.placed, history.events_count);
}

/* Check ${tick}, which follows on ${last}, over the events that it covers. */
static void
check_tick(struct store_session *session, struct arena *arena, const struct store_tick *tick,
    const struct store_tick *last)
{
	struct sha256 hash = store_tick_hash(tick, last->hash);
	struct merkle_tree tree = { .count = 0 };
	struct store_events events;

	assert_int_equal(tick->number, last->number + 1);
	assert_int_equal(tick->first_position, last->last_position + 1);
	assert_true(tick->last_position >= tick->first_position);
	assert_memory_equal(hash.bytes, tick->hash.bytes, sizeof(hash.bytes));
	assert_no_fault(store_read_log(session, arena, tick->first_position - 1,
	    (size_t)(tick->last_position - tick->first_position + 1), &events));
	for (size_t i = 0; i < events.count; i++)
		merkle_add(&tree, events.at[i].hash);
	assert_int_equal(events.at[events.count - 1].position, tick->last_position);
	hash = merkle_top(&tree);
	assert_memory_equal(hash.bytes, tick->root.bytes, sizeof(hash.bytes));
}

static void
the_ticks_cover_the_log_and_each_stands_for_all_before_it(void **state)
{
	struct arena *arena = arena_create(TEST_BYTES);
	struct store_tick last = { .number = 0 };
	struct store_audit_counts counts;
	struct store_session *session;
	struct store_ticks ticks;
	struct store *store;

	(void)state;
	assert_no_fault(store_pg_open(arena, run.conninfo, &store));
	assert_no_fault(store_session_open(store, arena, STORE_WORKER, &session));
	do {
		struct arena_mark mark = arena_mark(arena);

		assert_no_fault(store_read_ticks(session, arena, last.number, 100, &ticks));
		for (size_t i = 0; i < ticks.count; i++) {
			check_tick(session, arena, &ticks.at[i], &last);
			last = ticks.at[i];
		}
		arena_release(arena, mark);
	} while (ticks.count > 0);
	assert_int_equal(last.last_position, history.head);
	assert_no_fault(store_audit_counts(session, arena, &counts));
	assert_int_equal(counts.head, history.head);
	assert_int_equal(counts.last_tick, last.number);
	assert_int_equal(counts.events, history.events_count);
	assert_int_equal(counts.unplaced, 0);
	assert_false(counts.has_bad_stream);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
}

/* ---- that the wrong ones were found out ---- */

/* What check ${number} says about the effects of ${follower}, which it must not pass. */
static void
is_found_out(const char *follower, int number, const char *part)
{
	char text[512] = "";
	struct buf problem = buf_over(text, sizeof(text) - 1);
	struct history theirs;
	PGconn *conn = run_connect(&run);

	history_load(&theirs, conn, run.histories, follower, false);
	PQfinish(conn);
	/* They know no positions: what they did counts for the event. */
	for (size_t i = 0; i < theirs.effects_count; i++) {
		const struct history_event *event = history_find_id(&theirs, theirs.effects[i].id);

		assert_non_null(event);
		theirs.effects[i].position = event->position;
	}
	assert_false(history_holds(&theirs, number, &problem));
	text[problem.len] = '\0';
	history_fini(&theirs);
	assert_contains(text, part);
}

static void
reading_on_from_the_largest_number_loses_events(void **state)
{
	(void)state;
	is_found_out("by_seq", 14, "was never dealt with");
}

static void
reading_below_the_oldest_transaction_comes_to_a_stop(void **state)
{
	(void)state;
	is_found_out("by_xid", 14, "was never dealt with");
}

static void
the_order_of_transaction_ids_turns_streams_round(void **state)
{
	struct history theirs;
	char text[512];
	struct buf problem = buf_over(text, sizeof(text));
	PGconn *conn = run_connect(&run);
	PGresult *result = PQexec(conn,
	    "SELECT seq, row_number() OVER (ORDER BY xid, seq) FROM strike.history ORDER BY seq");

	(void)state;
	history_load(&theirs, conn, run.histories, HISTORY_FOLLOWER, false);
	assert_int_equal(PQntuples(result), theirs.events_count);
	for (int i = 0; i < PQntuples(result); i++)
		assert_true(str_parse_i64(
		    str_from_z(PQgetvalue(result, i, 1)), &theirs.events[i].position));
	history_index(&theirs);
	assert_false(history_holds(&theirs, 5, &problem));
	PQclear(result);
	PQfinish(conn);
	history_fini(&theirs);
}

static void
ticks_by_number_alone_leave_events_out(void **state)
{
	PGconn *conn = run_connect(&run);

	(void)state;
	assert_true(
	    pg_database_number(conn, "SELECT count(*) FROM strike.history e WHERE NOT EXISTS"
				     " (SELECT FROM history_test.seq_log l"
				     " WHERE l.seq = e.seq)") > 0);
	PQfinish(conn);
}

static void
a_mark_that_moves_in_a_transaction_of_its_own_repeats_events(void **state)
{
	(void)state;
	is_found_out("loose", 14, "was dealt with twice");
}

static void
a_follower_that_holds_what_it_was_not_given_repeats_events(void **state)
{
	(void)state;
	is_found_out("deaf", 14, "was dealt with twice");
	is_found_out("deaf", 15, "both held slot");
}

static void
a_repetition_under_a_fresh_key_writes_twice(void **state)
{
	char text[512] = "";
	struct buf problem = buf_over(text, sizeof(text) - 1);
	struct history theirs;
	PGconn *conn = run_connect(&run);

	(void)state;
	history_load(&theirs, conn, run.histories, HISTORY_FOLLOWER, true);
	PQfinish(conn);
	assert_false(history_holds(&theirs, 11, &problem));
	text[problem.len] = '\0';
	history_fini(&theirs);
	assert_contains(text, "wanted");
}

/* ---- what is done to the database itself, last ---- */

static void
an_append_that_asks_nobody_is_found_out(void **state)
{
	char text[512] = "";
	struct buf problem = buf_over(text, sizeof(text) - 1);
	struct history theirs;
	PGconn *conn = run_connect(&run);

	(void)state;
	pg_database_run(conn,
	    "BEGIN; INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id,"
	    " type, schema_version, occurred_at, actor_kind, actor_name, actor_user,"
	    " actor_organisation, correlation, causation, payload, hash)"
	    " SELECT nextval('strike.event_seq'), stream_id, max(version) + 1, gen_random_uuid(),"
	    " min(noc_id::text)::uuid, min(osp_id::text)::uuid, 'NoteAdded', 1, now(), 'process', "
	    "'x',"
	    " gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
	    " '{\"op\":\"blind\"}', decode(repeat('00', 32), 'hex')"
	    " FROM strike.event GROUP BY stream_id LIMIT 1");
	history_load(&theirs, conn, run.histories, HISTORY_FOLLOWER, false);
	pg_database_run(conn, "ROLLBACK");
	PQfinish(conn);
	assert_false(history_holds(&theirs, 2, &problem));
	assert_false(history_holds(&theirs, 3, &problem));
	history_fini(&theirs);
}

static void
a_dump_restored_into_another_cluster_goes_on_without_loss(void **state)
{
	(void)state;
	history_restore(&run);
}

static void
a_byte_that_was_flipped_is_reported_when_the_log_is_read(void **state)
{
	struct arena *arena = arena_create(TEST_BYTES);
	PGconn *conn = run_connect(&run);
	struct store_session *session;
	struct store *store;
	struct store_events events;

	(void)state;
	assert_no_fault(store_pg_open(arena, run.conninfo, &store));
	assert_no_fault(store_session_open(store, arena, STORE_WORKER, &session));
	assert_no_fault(store_read_log(session, arena, 40, 5, &events));
	pg_database_run(conn,
	    "SET session_replication_role = replica;"
	    "UPDATE strike.event SET payload = set_byte(payload, 3, get_byte(payload, 3) # 1)"
	    " WHERE seq = (SELECT seq FROM strike.log WHERE position = 43);"
	    "UPDATE strike.event_archive SET payload = set_byte(payload, 3,"
	    " get_byte(payload, 3) # 1)"
	    " WHERE seq = (SELECT seq FROM strike.log WHERE position = 43)");
	assert_fault(store_read_log(session, arena, 40, 5, &events), ERR_CORRUPT, "");
	assert_no_fault(store_read_log(session, arena, 43, 5, &events));
	store_session_close(session);
	store_close(store);
	PQfinish(conn);
	arena_destroy(arena);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(a_lot_has_happened_and_much_of_it_went_wrong),
		cmocka_unit_test(
		    all_of_it_came_through_while_another_database_had_a_write_transaction_open),
		cmocka_unit_test(the_ticks_cover_the_log_and_each_stands_for_all_before_it),
		cmocka_unit_test(reading_on_from_the_largest_number_loses_events),
		cmocka_unit_test(reading_below_the_oldest_transaction_comes_to_a_stop),
		cmocka_unit_test(the_order_of_transaction_ids_turns_streams_round),
		cmocka_unit_test(ticks_by_number_alone_leave_events_out),
		cmocka_unit_test(a_mark_that_moves_in_a_transaction_of_its_own_repeats_events),
		cmocka_unit_test(a_follower_that_holds_what_it_was_not_given_repeats_events),
		cmocka_unit_test(a_repetition_under_a_fresh_key_writes_twice),
		cmocka_unit_test(an_append_that_asks_nobody_is_found_out),
		cmocka_unit_test(a_dump_restored_into_another_cluster_goes_on_without_loss),
		cmocka_unit_test(a_byte_that_was_flipped_is_reported_when_the_log_is_read),
	};
	struct CMUnitTest tests[TESTS_MAX] = { { 0 } };
	size_t count = 0;

	if (argc > 1 && strcmp(argv[1], "--worker") == 0)
		return history_worker_main(argc, argv);
	for (; count < history_check_count; count++)
		tests[count] = (struct CMUnitTest){ .name = history_checks[count].sentence,
			.test_func = a_promise,
			.initial_state = (void *)(uintptr_t)&history_checks[count] };
	memcpy(tests + count, others, sizeof(others));
	count += COUNT_OF(others);
	return _cmocka_run_group_tests("histories", tests, count, play, clean) == 0 ? 0 : 1;
}
