#include <pthread.h>

#include "base/merkle.h"
#include "store/store_proof.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/* Ticks: what they cover, that they are right, and that rivals cannot fork them. */

#define RIVALS       2
#define RIVAL_ROUNDS 150
#define EVENTS_MAX   10000

/* The events of the log that ${tick} covers. */
static struct store_events
events_of(struct world *world, const struct store_tick *tick)
{
	struct store_events events = { 0 };
	size_t count = (size_t)(tick->last_position - tick->first_position + 1);

	OK(store_read_log(world->worker, world->arena, tick->first_position - 1, count, &events));
	assert_int_equal(events.count, count);
	return events;
}

static struct sha256
root_of(struct world *world, const struct store_tick *tick)
{
	static struct sha256 digests[EVENTS_MAX], scratch[EVENTS_MAX];
	struct store_events events = events_of(world, tick);

	for (size_t i = 0; i < events.count; i++)
		digests[i] = events.at[i].hash;
	return merkle_root(digests, events.count, scratch);
}

/* Ticks 1..n cover positions 1..head, each root and each hash is what it must be; returns n. */
static size_t
check_ticks(struct world *world, int64_t head)
{
	struct sha256 previous = { { 0 } };
	struct store_ticks ticks;
	int64_t covered = 0;

	OK(store_read_ticks(world->worker, world->arena, 0, STORE_ROWS_MAX, &ticks));
	for (size_t i = 0; i < ticks.count; i++) {
		const struct store_tick *tick = &ticks.at[i];
		struct arena_mark mark = arena_mark(world->arena);

		assert_int_equal(tick->number, i + 1);
		assert_int_equal(tick->first_position, covered + 1);
		assert_true(tick->last_position >= tick->first_position);
		covered = tick->last_position;
		assert_true(sha256_equal(tick->root, root_of(world, tick)));
		assert_true(sha256_equal(tick->hash, store_tick_hash(tick, previous)));
		previous = tick->hash;
		arena_release(world->arena, mark);
	}
	assert_int_equal(covered, head);
	return ticks.count;
}

static void
ticks_cover_every_position_once_and_their_roots_are_right(void **state)
{
	struct world *world = *state;
	int64_t version = 0, head = 0;
	struct store_tick tick;
	size_t ticks;
	bool found;

	/* Trees of every shape up to a height of five. */
	for (size_t count = 1; count <= 33; count++) {
		world_appended(world, id_of("eco"), version, count);
		version += (int64_t)count;
		head = world_sequence(world);
	}
	ticks = check_ticks(world, head);
	assert_int_equal(ticks, 33);
	OK(store_find_tick(world->worker, world->arena, 3, &found, &tick));
	assert_true(found);
	assert_int_equal(tick.number, 2);
	OK(store_find_tick(world->worker, world->arena, head + 1, &found, &tick));
	assert_false(found);
}

static void
a_tick_that_was_worked_off_in_several_is_several_that_follow_each_other(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	for (int64_t i = 0; i < 6; i++)
		OK(store_append(world->noc, world->arena,
		    world_append(world, id_of("eco"), i * 1000, 1000), &result));
	assert_int_equal(world_sequence(world), 6000);
	assert_int_equal(check_ticks(world, 6000), 2);
}

static void
a_look_that_finds_nothing_makes_no_tick(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	world_appended(world, id_of("eco"), 0, 1);
	world_sequence(world);
	/* Transactions without events move the snapshot, and nothing else. */
	pg_database_run(conn, "INSERT INTO strike.projection (name, live) VALUES ('x', 1)");
	world_sequence(world);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	world_sequence(world);
	store_rollback(world->noc);
	assert_int_equal(check_ticks(world, 1), 1);
	PQfinish(conn);
}

static void
what_a_restore_left_without_a_position_is_in_the_next_tick(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	struct store *restored;
	struct store_session *session;
	int64_t head = 0;
	size_t count;
	bool leads;

	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	world_appended(world, id_of("eco"), 3, 2);
	store_session_close(world->worker);
	pg_database_run(conn,
	    "SET session_replication_role = replica;"
	    "UPDATE strike.event SET xid = '900000000';"
	    "UPDATE strike.log_head SET snap = '900000001:900000001:', cluster = 1");
	restored = world_store_join(world->store, world->arena);
	session = world_session(restored, world->arena, STORE_WORKER, UUID_NIL);
	for (int i = 0; i < 1000 && head < 5; i++)
		OK(store_sequence(session, world->arena, &head, &leads, &count));
	store_session_close(session);
	store_close(restored);
	world->worker = world_session(world->store, world->arena, STORE_WORKER, UUID_NIL);
	check_ticks(world, 5);
	PQfinish(conn);
}

static void
nobody_changes_a_tick(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	const char *tries[] = { "UPDATE strike.tick SET at = now()", "DELETE FROM strike.tick",
		"TRUNCATE strike.tick", "DELETE FROM strike.tick_signature" };

	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	for (size_t i = 0; i < COUNT_OF(tries); i++) {
		PGresult *result = PQexec(conn, tries[i]);

		assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
		PQclear(result);
	}
	assert_int_equal(check_ticks(world, 3), 1);
	PQfinish(conn);
}

/* ---- rivals ---- */

struct rival {
	struct world *world;
	struct arena *arena;
	struct store *store;
	struct store_session *session;
	bool stop;
	long long faults;
};

static void *
sequence_until_told(void *argument)
{
	struct rival *rival = argument;

	while (!__atomic_load_n(&rival->stop, __ATOMIC_ACQUIRE)) {
		struct arena_mark mark = arena_mark(rival->arena);
		int64_t head;
		size_t count;
		bool leads;

		if (store_sequence(rival->session, rival->arena, &head, &leads, &count) != NULL)
			rival->faults++;
		arena_release(rival->arena, mark);
	}
	return NULL;
}

static void
rivals_for_the_lead_make_one_chain_of_ticks(void **state)
{
	struct world *world = *state;
	struct rival rivals[RIVALS];
	pthread_t threads[RIVALS];
	PGconn *conn = pg_database_connect();
	int64_t head;

	for (size_t i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){ .world = world, .arena = arena_create(8u << 20) };
		rivals[i].store = world_store_join(world->store, rivals[i].arena);
		rivals[i].session =
		    world_session(rivals[i].store, rivals[i].arena, STORE_WORKER, UUID_NIL);
		assert_int_equal(
		    pthread_create(&threads[i], NULL, sequence_until_told, &rivals[i]), 0);
	}
	for (int64_t i = 0; i < RIVAL_ROUNDS; i++) {
		world_appended(world, id_of("eco"), i * 2, 2);
		if (i % 30 == 29)
			pg_database_run(conn,
			    "SELECT pg_terminate_backend(pid) FROM pg_locks"
			    " WHERE locktype = 'advisory' AND classid = 5722002 AND granted"
			    " AND database = (SELECT oid FROM pg_database"
			    " WHERE datname = current_database())");
	}
	for (size_t i = 0; i < RIVALS; i++) {
		__atomic_store_n(&rivals[i].stop, true, __ATOMIC_RELEASE);
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		store_session_close(rivals[i].session);
		store_close(rivals[i].store);
		arena_destroy(rivals[i].arena);
	}
	head = 0;
	for (int i = 0; i < 1000 && head < RIVAL_ROUNDS * 2; i++)
		head = world_sequence(world);
	check_ticks(world, RIVAL_ROUNDS * 2);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(ticks_cover_every_position_once_and_their_roots_are_right),
		WORLD_TEST(a_tick_that_was_worked_off_in_several_is_several_that_follow_each_other),
		WORLD_TEST(a_look_that_finds_nothing_makes_no_tick),
		WORLD_TEST(what_a_restore_left_without_a_position_is_in_the_next_tick),
		WORLD_TEST(nobody_changes_a_tick),
		WORLD_TEST(rivals_for_the_lead_make_one_chain_of_ticks),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store ticks", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
