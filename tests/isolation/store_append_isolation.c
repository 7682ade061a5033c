#include <pthread.h>

#include "store/store_feed.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/* Appends to several streams, and those that a follower makes. */

static long long
count_events(PGconn *conn)
{
	return pg_database_number(conn, "SELECT count(*) FROM strike.event");
}

/* One event for ${stream}, and with it one for ${other}. */
static struct store_append *
append_both(struct world *world, const char *stream, int64_t expected, const char *other,
    int64_t other_expected)
{
	struct store_append *append = world_append(world, id_of(stream), expected, 1);
	struct store_append *second = world_append(world, id_of(other), other_expected, 1);
	struct store_also *also = arena_array(world->arena, struct store_also, 1);

	assert_non_null(also);
	*also = (struct store_also){ .stream = second->stream,
		.expected_version = second->expected_version,
		.noc = second->noc,
		.osp = second->osp,
		.events = second->events,
		.event_count = second->event_count };
	append->also = also;
	append->also_count = 1;
	return append;
}

static void
of_several_streams_all_are_written_or_none(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append_result result;

	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, append_both(world, "a", 0, "b", 1), &result));
	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, append_both(world, "b", 1, "a", 0), &result));
	assert_int_equal(count_events(conn), 0);
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.stream"), 0);
	OK(store_append(world->noc, world->arena, append_both(world, "a", 0, "b", 0), &result));
	OK(store_append(world->noc, world->arena, append_both(world, "b", 1, "a", 1), &result));
	assert_int_equal(result.version, 2);
	assert_int_equal(world_sequence(world), 4);
	assert_int_equal(pg_database_number(conn,
			     "SELECT count(*) FROM strike.stream s WHERE s.version = 2 AND EXISTS"
			     " (SELECT FROM strike.event e WHERE e.stream_id = s.id"
			     " AND e.seq = s.last_seq AND e.version = 2) AND EXISTS"
			     " (SELECT FROM strike.event e WHERE e.stream_id = s.id"
			     " AND e.seq = s.first_seq AND e.version = 1)"),
	    2);
	PQfinish(conn);
}

static void
a_stream_of_somebody_else_among_several_refuses_all(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_append *append = append_both(world, "a", 0, "b", 0);
	struct store_also theirs = append->also[0];
	struct store_append_result result;

	theirs.noc = theirs.osp = world->stranger_id;
	append->also = &theirs;
	FAULTS(ERR_CONFLICT, store_append(world->noc, world->arena, append, &result));
	assert_int_equal(count_events(conn), 0);
	PQfinish(conn);
}

/* ---- two at once ---- */

struct party {
	struct world own; /* the world's ids, with an arena and a session of its own */
	struct store_append *append;
	struct err *err;
};

/* Appends to ${stream}, then "middle", then ${other}; all stand at version 1. */
static void
join_party(struct party *party, struct world *world, const char *stream, const char *other)
{
	struct store_also *also;

	*party = (struct party){ .own = *world };
	party->own.arena = arena_create(4u << 20);
	party->own.noc = world_session(world->store, party->own.arena, STORE_API, world->noc_id);
	also = arena_array(party->own.arena, struct store_also, 2);
	assert_non_null(also);
	also[0] = append_both(&party->own, stream, 1, "middle", 1)->also[0];
	also[1] = append_both(&party->own, stream, 1, other, 1)->also[0];
	party->append = world_append(&party->own, id_of(stream), 1, 1);
	party->append->also = also;
	party->append->also_count = 2;
}

static void *
append_once(void *argument)
{
	struct party *party = argument;
	struct store_append_result result;

	party->err = store_append(party->own.noc, party->own.arena, party->append, &result);
	return NULL;
}

/* Until ${count} sessions wait for somebody's row. */
static void
wait_for_waiters(PGconn *conn, long long count)
{
	while (pg_database_number(conn,
		   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
		   " AND datname = current_database()") < count)
		pg_database_run(conn, "SELECT pg_sleep(0.01)");
}

/*
 * Each takes its first stream and waits for the one in the middle; let go, each would
 * want what the other has, if each kept to the order that it was given.
 */
static void
two_who_write_to_the_same_streams_in_opposite_orders_never_block_each_other(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect(), *holder = pg_database_connect();
	struct party parties[2];
	pthread_t threads[2];
	int written = 0;

	world_appended(world, id_of("middle"), 0, 1);
	pg_database_run(holder, "BEGIN; SELECT FROM strike.stream FOR UPDATE");
	world_appended(world, id_of("one"), 0, 1);
	world_appended(world, id_of("two"), 0, 1);
	join_party(&parties[0], world, "one", "two");
	join_party(&parties[1], world, "two", "one");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_once, &parties[i]), 0);
	wait_for_waiters(conn, 2);
	pg_database_run(holder, "COMMIT");
	for (size_t i = 0; i < 2; i++) {
		struct err *err;

		assert_int_equal(pthread_join(threads[i], NULL), 0);
		err = parties[i].err;
		written += err == NULL;
		if (err != NULL) {
			assert_int_equal(err->kind, ERR_CONFLICT);
			assert_int_equal(str_find(err->message, STR("deadlock")), SIZE_MAX);
		}
		store_session_close(parties[i].own.noc);
		arena_destroy(parties[i].own.arena);
	}
	assert_int_equal(written, 1);
	assert_int_equal(count_events(conn), 6);
	PQfinish(holder);
	PQfinish(conn);
}

/* ---- a follower's append ---- */

static struct store_slot
held_slot(struct world *world)
{
	struct store_slots slots;

	OK(store_subscribe(world->worker, world->arena, STR("test"), 1, STORE_LIVE));
	OK(store_hold_slots(world->worker, world->arena, STR("test"), false, &slots));
	assert_int_equal(slots.count, 1);
	return slots.at[0];
}

static void
an_append_for_a_slot_that_somebody_took_since_changes_nothing(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_slot slot = held_slot(world);
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;
	const char *position = "SELECT position FROM strike.slot WHERE subscription = 'test'";

	append->follower = STR("test");
	append->move = (struct store_move){ slot.number, slot.epoch, 0, 5 };
	pg_database_run(
	    conn, "UPDATE strike.slot SET epoch = epoch + 1 WHERE subscription = 'test'");
	FAULTS(ERR_CONFLICT, store_append(world->worker, world->arena, append, &result));
	assert_int_equal(count_events(conn), 0);
	assert_int_equal(pg_database_number(conn, position), 0);

	append->move.epoch++;
	OK(store_append(world->worker, world->arena, append, &result));
	assert_int_equal(count_events(conn), 1);
	assert_int_equal(pg_database_number(conn, position), 5);
	PQfinish(conn);
}

static void
an_append_for_a_slot_of_another_process_changes_nothing(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store_slot slot = held_slot(world);
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *session = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;

	append->follower = STR("test");
	append->move = (struct store_move){ slot.number, slot.epoch, 0, 5 };
	FAULTS(ERR_CONFLICT, store_append(session, world->arena, append, &result));
	assert_int_equal(count_events(conn), 0);
	store_session_close(session);
	store_close(other);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(of_several_streams_all_are_written_or_none),
		WORLD_TEST(a_stream_of_somebody_else_among_several_refuses_all),
		WORLD_TEST(
		    two_who_write_to_the_same_streams_in_opposite_orders_never_block_each_other),
		WORLD_TEST(an_append_for_a_slot_that_somebody_took_since_changes_nothing),
		WORLD_TEST(an_append_for_a_slot_of_another_process_changes_nothing),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store append", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
