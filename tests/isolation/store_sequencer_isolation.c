#include <pthread.h>

#include "support/pg_database.h"
#include "support/store_world.h"

/*
 * The order of the log under schedules that break simpler schemes: ordering by a
 * sequence loses events, ordering by transaction id inverts streams, and waiting
 * for the oldest transaction lets any open one stop everybody.
 */

#define APPENDERS     4
#define APPENDS_EACH  250
#define HOT_STREAMS   200
#define HISTORY_BYTES (32u << 20)

static struct store_events
read_log(struct world *world)
{
	struct store_events events = { 0 };

	OK(store_read_log(world->worker, world->arena, 0, STORE_ROWS_MAX, &events));
	return events;
}

/* Append ${count} events in the transaction that ${session} has open. */
static void
append_in(struct world *world, struct store_session *session, const char *stream, int64_t expected,
    size_t count)
{
	struct store_append_result result;

	OK(store_append(
	    session, world->arena, world_append(world, id_of(stream), expected, count), &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

/* Begin, and write something, so that the transaction has its id from here on. */
static void
begin_early(struct world *world, struct store_session *session)
{
	int64_t number;

	OK(store_begin(session, world->arena, world->noc_id));
	OK(store_take_job_number(
	    session, world->arena, world->noc_id, world->osp_id, JOB_TYPE_MFR, &number));
}

/* The promises of the log, checked over everything that is stored. */
static void
check_log(PGconn *conn, long long events)
{
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.event"), events);
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.log"), events);
	assert_int_equal(
	    pg_database_number(conn, "SELECT COALESCE(max(position), 0) FROM strike.log"), events);
	assert_int_equal(
	    pg_database_number(conn, "SELECT last_position FROM strike.log_head"), events);
	/* Inversions: an event before the one that precedes it in its stream. */
	assert_int_equal(
	    pg_database_number(conn,
		"SELECT count(*) FROM (SELECT version - lag(version, 1, 0::bigint) OVER"
		" (PARTITION BY stream_id ORDER BY position) AS step"
		" FROM strike.log JOIN strike.event USING (seq)) AS s WHERE step <> 1"),
	    0);
}

static void
a_slow_transaction_that_began_before_a_faster_one_is_not_lost(void **state)
{
	struct world *world = *state;
	struct store_events log;

	OK(store_begin(world->noc, world->arena, world->noc_id));
	append_in(world, world->noc, "slow", 0, 1);
	append_in(world, world->osp, "fast", 0, 1);
	/* The faster one does not wait for it either. */
	assert_int_equal(world_sequence(world), 1);
	ASSERT_UUID(read_log(world).at[0].stream, id_of("fast"));
	OK(store_commit(world->noc, world->arena));
	assert_int_equal(world_sequence(world), 2);
	log = read_log(world);
	assert_int_equal(log.count, 2);
	ASSERT_UUID(log.at[1].stream, id_of("slow"));
}

static void
a_transaction_older_than_the_stream_does_not_get_before_it(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	begin_early(world, world->noc);
	append_in(world, world->osp, "eco", 0, 1);
	append_in(world, world->noc, "eco", 1, 1);
	OK(store_commit(world->noc, world->arena));

	/* This is the schedule that ordering by transaction id gets wrong. */
	assert_int_equal(pg_database_number(conn,
			     "SELECT (b.xid < a.xid)::integer FROM strike.event a, strike.event b"
			     " WHERE a.version = 1 AND b.version = 2"),
	    1);
	assert_int_equal(world_sequence(world), 2);
	check_log(conn, 2);
	PQfinish(conn);
}

static void
an_old_transaction_comes_after_what_was_sequenced_while_it_was_open(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	begin_early(world, world->noc);
	for (int64_t version = 0; version < 3; version++) {
		append_in(world, world->osp, "eco", version, 1);
		assert_int_equal(world_sequence(world), version + 1);
	}
	append_in(world, world->noc, "eco", 3, 2);
	assert_int_equal(world_sequence(world), 3);
	OK(store_commit(world->noc, world->arena));
	assert_int_equal(world_sequence(world), 5);
	check_log(conn, 5);
	PQfinish(conn);
}

static void
a_write_transaction_that_somebody_left_open_holds_nobody_up(void **state)
{
	struct world *world = *state;
	PGconn *foreign = pg_database_connect(), *conn = pg_database_connect();

	pg_database_run(
	    foreign, "BEGIN; INSERT INTO strike.projection (name, live) VALUES ('foreign', 1)");
	for (int64_t version = 0; version < 20; version++) {
		append_in(world, world->noc, "eco", version, 1);
		assert_int_equal(world_sequence(world), version + 1);
	}
	pg_database_run(foreign, "ROLLBACK");
	append_in(world, world->noc, "eco", 20, 1);
	assert_int_equal(world_sequence(world), 21);
	check_log(conn, 21);
	PQfinish(foreign);
	PQfinish(conn);
}

static void
what_was_written_behind_a_savepoint_is_sequenced_with_its_transaction(void **state)
{
	struct world *world = *state;
	PGconn *raw = pg_database_connect();
	const char *insert =
	    "INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,"
	    " schema_version, occurred_at, actor_kind, actor_name, actor_user, actor_organisation,"
	    " correlation, causation, payload, hash) SELECT nextval('strike.event_seq'),"
	    " gen_random_uuid(), 1, gen_random_uuid(), o, o, 'NoteAdded', 1, now(), 'process', 'x',"
	    " o, o, o, o, '', decode(repeat('00', 32), 'hex') FROM gen_random_uuid() AS o";

	pg_database_run(raw, "BEGIN; SAVEPOINT kept");
	pg_database_run(raw, insert);
	pg_database_run(raw, "RELEASE kept; SAVEPOINT undone");
	pg_database_run(raw, insert);
	pg_database_run(raw, "ROLLBACK TO undone");
	append_in(world, world->noc, "eco", 0, 1);
	assert_int_equal(world_sequence(world), 1);
	pg_database_run(raw, "SAVEPOINT last");
	pg_database_run(raw, insert);
	pg_database_run(raw, "COMMIT");
	assert_int_equal(world_sequence(world), 3);
	check_log(raw, 3);
	PQfinish(raw);
}

static void
a_tick_too_large_for_one_transaction_is_worked_off_in_several(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	int64_t head;
	size_t count;
	bool leads;

	for (int64_t i = 0; i < 6; i++)
		append_in(world, world->noc, "eco", i * 1000, 1000);
	OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_int_equal(count, 5000);
	/* What is appended in between belongs to the next tick. */
	append_in(world, world->noc, "eco", 6000, 1);
	OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_int_equal(count, 1000);
	assert_int_equal(world_sequence(world), 6001);
	check_log(conn, 6001);
	PQfinish(conn);
}

static void
a_leader_that_was_replaced_gives_no_more_positions(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();
	int64_t head;
	size_t count;
	bool leads;

	append_in(world, world->noc, "eco", 0, 1);
	assert_int_equal(world_sequence(world), 1);
	/* A successor has moved the epoch; the old leader wakes up late. */
	pg_database_run(conn, "UPDATE strike.log_head SET epoch = epoch + 1");
	append_in(world, world->noc, "eco", 1, 1);
	OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_false(leads);
	assert_int_equal(count, 0);
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.log"), 1);
	PQfinish(conn);
}

/* Its connection lives and it holds its lock, but it has not been heard of. */
static void
a_leader_that_hangs_is_replaced_and_changes_nothing_when_it_wakes(void **state)
{
	struct world *world = *state;
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *successor =
	    world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	PGconn *conn = pg_database_connect();
	int64_t head;
	size_t count;
	bool leads;

	append_in(world, world->noc, "eco", 0, 1);
	assert_int_equal(world_sequence(world), 1);
	append_in(world, world->noc, "eco", 1, 1);
	OK(store_sequence(successor, world->arena, &head, &leads, &count));
	assert_false(leads);

	pg_database_run(conn, "UPDATE strike.log_head SET renewed = now() - interval '11 seconds'");
	OK(store_sequence(successor, world->arena, &head, &leads, &count));
	assert_true(leads);
	assert_int_equal(count, 1);
	append_in(world, world->noc, "eco", 2, 1);
	OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_false(leads);
	assert_int_equal(count, 0);
	OK(store_sequence(successor, world->arena, &head, &leads, &count));
	assert_int_equal(count, 1);
	assert_int_equal(head, 3);
	store_session_close(successor);
	store_close(other);
	PQfinish(conn);
}

static void
a_leader_with_nothing_to_do_says_so_before_its_lease_lapses(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect();

	append_in(world, world->noc, "eco", 0, 1);
	assert_int_equal(world_sequence(world), 1);
	pg_database_run(conn, "UPDATE strike.log_head SET renewed = now() - interval '9 seconds'");
	assert_int_equal(world_sequence(world), 1);
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.log_head WHERE "
						  "renewed > now() - interval '5 seconds'"),
	    1);
	PQfinish(conn);
}

/* ---- under load ---- */

struct party {
	struct world *world;
	struct store *store;
	struct arena *arena;
	struct store_session *session;
	unsigned seed;
	long long acknowledged;
	long long faults;
	const bool *stop;
};

/* One event of ${stream}, unlike every other of the run. */
static struct store_event
party_event(const struct party *party, int attempt)
{
	struct str name = arena_printf(party->arena, "event %u/%d", party->seed, attempt);

	return (struct store_event){ .id = uuid_from_name(name),
		.type = STR("NoteAdded"),
		.schema_version = 1,
		.occurred_at = at_s(attempt),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("load") },
		.payload = STR("{}") };
}

static int64_t
version_of(struct party *party, struct uuid stream)
{
	struct store_events events = { 0 };
	int64_t version = 0;

	do {
		if (store_read_stream(party->session, party->arena, stream, version, STORE_ROWS_MAX,
			&events) != NULL)
			return version;
		version += (int64_t)events.count;
	} while (events.count == STORE_ROWS_MAX);
	return version;
}

/* A transaction that writes early, appends, and at times takes it all back. */
static void
append_once(struct party *party, int attempt)
{
	struct world *world = party->world;
	unsigned pick = (party->seed * 7919u + (unsigned)attempt * 104729u) % HOT_STREAMS;
	struct str name = arena_printf(party->arena, "hot %u", pick);
	struct store_event event = party_event(party, attempt);
	struct store_append append = { .stream = uuid_from_name(name),
		.noc = world->noc_id,
		.osp = world->osp_id,
		.events = &event,
		.event_count = 1 };
	struct store_append_result result;
	struct err *err;

	if (store_begin(party->session, party->arena, world->noc_id) != NULL) {
		party->faults++;
		return;
	}
	if (attempt % 3 == 0)
		err = store_record_rejection(party->session, party->arena, at_s(attempt),
		    STR("/webhook"), STR("192.0.2.1"), STR("written early"));
	else
		err = NULL;
	append.expected_version = version_of(party, append.stream);
	if (err == NULL)
		err = store_append(party->session, party->arena, &append, &result);
	if (err == NULL && attempt % 10 == 9) {
		store_rollback(party->session);
		return;
	}
	if (err == NULL)
		err = store_commit(party->session, party->arena);
	if (err == NULL)
		party->acknowledged++;
	else if (err->kind != ERR_CONFLICT)
		party->faults++;
	store_rollback(party->session);
}

static void *
append_all(void *argument)
{
	struct party *party = argument;

	for (int i = 0; i < APPENDS_EACH; i++) {
		struct arena_mark mark = arena_mark(party->arena);

		append_once(party, i);
		arena_release(party->arena, mark);
	}
	return NULL;
}

/* Sequence until told to stop; how often positions were given. */
static void *
sequence_all(void *argument)
{
	struct party *party = argument;

	while (!__atomic_load_n(party->stop, __ATOMIC_ACQUIRE)) {
		struct arena_mark mark = arena_mark(party->arena);
		int64_t head;
		size_t count;
		bool leads;

		if (store_sequence(party->session, party->arena, &head, &leads, &count) == NULL)
			party->acknowledged += (long long)count;
		else
			party->faults++;
		arena_release(party->arena, mark);
	}
	return NULL;
}

static void
join_party(struct party *party, struct world *world, unsigned seed, const bool *stop)
{
	*party = (struct party){ .world = world, .seed = seed, .stop = stop };
	party->arena = arena_create(HISTORY_BYTES);
	party->store = world_store_join(world->store, party->arena);
	party->session = world_session(party->store, party->arena, STORE_WORKER, UUID_NIL);
}

static void
leave_party(struct party *party)
{
	store_session_close(party->session);
	store_close(party->store);
	arena_destroy(party->arena);
}

/* Break the connections of whoever holds the sequencer's lock. */
static void
kill_leader(PGconn *conn)
{
	pg_database_run(conn,
	    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
	    " AND classid = 5722002 AND granted"
	    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
}

static void
under_load_two_rivals_lose_repeat_and_invert_nothing(void **state)
{
	struct world *world = *state;
	struct party appenders[APPENDERS], rivals[2];
	pthread_t append_threads[APPENDERS], rival_threads[2];
	PGconn *foreign = pg_database_connect(), *conn = pg_database_connect();
	long long acknowledged = 0;
	bool stop = false;

	pg_database_run(
	    foreign, "BEGIN; INSERT INTO strike.projection (name, live) VALUES ('foreign', 1)");
	for (unsigned i = 0; i < 2; i++)
		join_party(&rivals[i], world, 100 + i, &stop);
	for (unsigned i = 0; i < APPENDERS; i++)
		join_party(&appenders[i], world, i, &stop);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&rival_threads[i], NULL, sequence_all, &rivals[i]), 0);
	for (size_t i = 0; i < APPENDERS; i++)
		assert_int_equal(
		    pthread_create(&append_threads[i], NULL, append_all, &appenders[i]), 0);
	for (size_t i = 0; i < APPENDERS; i++) {
		kill_leader(conn);
		assert_int_equal(pthread_join(append_threads[i], NULL), 0);
		acknowledged += appenders[i].acknowledged;
		assert_int_equal(appenders[i].faults, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(rival_threads[i], NULL), 0);
	for (unsigned i = 0; i < APPENDERS; i++)
		leave_party(&appenders[i]);
	for (unsigned i = 0; i < 2; i++)
		leave_party(&rivals[i]);

	world_sequence(world);
	assert_true(acknowledged > APPENDERS * APPENDS_EACH / 2);
	check_log(conn, acknowledged);
	PQfinish(foreign);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_slow_transaction_that_began_before_a_faster_one_is_not_lost),
		WORLD_TEST(a_transaction_older_than_the_stream_does_not_get_before_it),
		WORLD_TEST(an_old_transaction_comes_after_what_was_sequenced_while_it_was_open),
		WORLD_TEST(a_write_transaction_that_somebody_left_open_holds_nobody_up),
		WORLD_TEST(what_was_written_behind_a_savepoint_is_sequenced_with_its_transaction),
		WORLD_TEST(a_tick_too_large_for_one_transaction_is_worked_off_in_several),
		WORLD_TEST(a_leader_that_was_replaced_gives_no_more_positions),
		WORLD_TEST(a_leader_that_hangs_is_replaced_and_changes_nothing_when_it_wakes),
		WORLD_TEST(a_leader_with_nothing_to_do_says_so_before_its_lease_lapses),
		WORLD_TEST(under_load_two_rivals_lose_repeat_and_invert_nothing),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store sequencer", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
