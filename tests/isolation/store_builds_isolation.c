#include <pthread.h>
#include <stdatomic.h>

#include "support/pg_database.h"
#include "support/store_party.h"

/*
 * Two builds of the board on real concurrent sessions: when one takes over, and what
 * readers see while it does.
 */

#define BOARD      STR("eco_board")
#define BOARD_ROWS 50
#define SWITCHES   100
#define LOOKS_MAX  5000

/* Fill ${build} with rows of this version. */
static void
fill_build(struct world *world, struct store_session *session, int64_t build, int64_t version)
{
	static const struct geo_point somewhere = { 1, 1 };
	struct store_board_row rows[BOARD_ROWS];

	for (size_t i = 0; i < BOARD_ROWS; i++) {
		struct str name = arena_printf(world->arena, "eco %zu", i);

		rows[i] = (struct store_board_row){ .eco = uuid_from_name(name),
			.version = version,
			.position = 1,
			.noc = world->noc_id,
			.osp = world->osp_id,
			.job_number = name,
			.location = { GEO_POINT, &somewhere, 1 } };
	}
	OK(store_put_board(session, world->arena, build, rows, BOARD_ROWS));
}

/* Have all slots of build ${build} stand at ${position}. */
static void
stand_at(const char *build, int position)
{
	char sql[160];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf, "UPDATE strike.slot SET position = %d WHERE subscription = 'eco_board.%s'",
	    position, build);
	buf_char(&buf, '\0');
	party_run(sql);
}

static void
a_build_takes_over_only_when_no_slot_of_it_is_behind(void **state)
{
	struct world *world = *state;
	int64_t build, live;

	stand_at("1", 5);
	OK(store_begin_build(world->worker, world->arena, BOARD, &build));
	assert_int_equal(build, 2);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 2));
	stand_at("2", 9);
	party_run(
	    "UPDATE strike.slot SET position = 4 WHERE subscription = 'eco_board.2' AND number = "
	    "3");
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 2));
	OK(store_live_build(world->noc, world->arena, BOARD, &live));
	assert_int_equal(live, 1);

	stand_at("2", 5);
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	OK(store_live_build(world->noc, world->arena, BOARD, &live));
	assert_int_equal(live, 2);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.subscription WHERE (name, mode, gate)"
			 " IN (('eco_board.1', 'standby', 0), ('eco_board.2', 'live', 5))"),
	    2);
}

/* Come back when somebody waits for somebody else. */
static void
await_lock(void)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		if (party_number(
			"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
			" AND datname = current_database()") > 0)
			return;
	}
	fail_msg("nobody waited for a lock");
}

/* A step of the live build that is not committed yet is waited for, and then counts. */
static void *
switch_to_2(void *argument)
{
	struct party *party = argument;

	return store_switch_build(party->session, party->arena, BOARD, 2);
}

static void
the_live_build_does_not_slip_ahead_while_another_takes_over(void **state)
{
	struct world *world = *state;
	struct party follower = party_join(world), other = party_join(world);
	struct store_move move;
	pthread_t thread;
	void *err;

	OK(store_hold_slots(
	    follower.session, follower.arena, STR("eco_board.1"), false, &follower.slots));
	move = party_move(&follower, 0, 1);
	OK(store_begin(follower.session, follower.arena, UUID_NIL));
	OK(store_move_slots(follower.session, follower.arena, STR("eco_board.1"), &move, 1, false));
	assert_int_equal(pthread_create(&thread, NULL, switch_to_2, &other), 0);
	await_lock();
	OK(store_commit(follower.session, follower.arena));
	assert_int_equal(pthread_join(thread, &err), 0);
	FAULTS(ERR_CONFLICT, err);
	party_leave(&follower);
	party_leave(&other);
}

struct reader {
	struct store_session *session;
	struct arena *arena;
	atomic_bool *stop;
	atomic_llong mixed;
	atomic_bool seen[3]; /* by version */
};

/* Whether everything that was read is of one version, and all of it is there. */
static bool
is_whole(struct reader *reader, const struct store_board_rows *rows)
{
	if (rows->count != BOARD_ROWS)
		return false;
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->at[i].version != rows->at[0].version)
			return false;
	}
	atomic_store(&reader->seen[rows->at[0].version], true);
	return true;
}

static void *
read_on(void *argument)
{
	struct reader *reader = argument;
	struct store_board_filter all = { 0 };

	while (!atomic_load(reader->stop)) {
		struct arena_mark mark_of_arena = arena_mark(reader->arena);
		struct store_board_rows rows;
		int64_t count;

		if (store_list_board(reader->session, reader->arena, &all, STORE_ROWS_MAX, &rows) !=
			NULL ||
		    store_count_board(reader->session, reader->arena, &all, &count) != NULL ||
		    !is_whole(reader, &rows) || count != BOARD_ROWS)
			atomic_fetch_add(&reader->mixed, 1);
		arena_release(reader->arena, mark_of_arena);
	}
	return NULL;
}

static void
a_reader_sees_one_build_or_the_other_and_nothing_in_between(void **state)
{
	struct world *world = *state;
	struct party party = party_join(world);
	atomic_bool stop = false;
	struct reader reader = { .arena = party.arena, .stop = &stop };
	pthread_t thread;

	fill_build(world, world->worker, 1, 1);
	fill_build(world, world->worker, 2, 2);
	reader.session = world_session(party.store, party.arena, STORE_API, world->noc_id);
	assert_int_equal(pthread_create(&thread, NULL, read_on, &reader), 0);
	for (int i = 0;
	     i < SWITCHES || !atomic_load(&reader.seen[1]) || !atomic_load(&reader.seen[2]); i++)
		OK(store_switch_build(world->worker, world->arena, BOARD, i % 2 == 0 ? 2 : 1));
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&reader.mixed), 0);
	store_session_close(reader.session);
	party_leave(&party);
}

static void *
begin_again(void *argument)
{
	struct party *party = argument;
	int64_t build;

	return store_begin_build(party->session, party->arena, BOARD, &build);
}

static void
beginning_a_build_again_takes_it_from_whoever_fills_it(void **state)
{
	struct world *world = *state;
	struct party party = party_join(world), other = party_join(world);
	struct store_move move;
	pthread_t thread;
	void *err;
	int64_t build;

	OK(store_begin_build(world->worker, world->arena, BOARD, &build));
	OK(store_hold_slots(party.session, party.arena, STR("eco_board.2"), true, &party.slots));
	assert_int_equal(party.slots.count, 4);
	move = party_move(&party, 0, 1);
	fill_build(world, world->worker, 1, 1);
	fill_build(world, world->worker, 2, 1);
	OK(store_begin(party.session, party.arena, UUID_NIL));
	fill_build(world, party.session, 2, 2);
	assert_int_equal(pthread_create(&thread, NULL, begin_again, &other), 0);
	await_lock();
	FAULTS(ERR_CONFLICT,
	    store_move_slots(party.session, party.arena, STR("eco_board.2"), &move, 1, false));
	assert_int_equal(pthread_join(thread, &err), 0);
	OK(err);
	assert_int_equal(party_number("SELECT count(*) FROM strike.eco_board WHERE build = 2"), 0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.eco_board WHERE build = 1"), BOARD_ROWS);
	party_leave(&party);
	party_leave(&other);
}

static void
a_checksum_does_not_depend_on_how_a_session_prints(void **state)
{
	struct world *world = *state;
	struct party party;
	struct sha256 one, two;
	int64_t rows;

	fill_build(world, world->worker, 1, 1);
	fill_build(world, world->worker, 2, 1);
	party_run(
	    "UPDATE strike.eco_board SET accepted_at = '2026-01-05 02:14:07.123456Z',"
	    " location = ST_SetSRID(ST_Point(0.1 + 0.2, 1e-300), 4326) WHERE job_number = 'eco 7'");
	OK(store_board_checksum(world->worker, world->arena, 1, &rows, &one));
	assert_int_equal(rows, BOARD_ROWS);
	party_run(
	    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''',"
	    " current_database()); EXECUTE format('ALTER DATABASE %I SET datestyle = ''German''',"
	    " current_database()); EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -9',"
	    " current_database()); EXECUTE format('ALTER DATABASE %I SET bytea_output = "
	    "''escape''',"
	    " current_database()); END $$");
	party = party_join(world);
	party_run(
	    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END "
	    "$$");
	OK(store_board_checksum(party.session, party.arena, 2, &rows, &two));
	assert_true(sha256_equal(one, two));
	party_run("UPDATE strike.eco_board SET accepted_at = accepted_at + interval '1 us'"
		  " WHERE build = 2 AND job_number = 'eco 7'");
	OK(store_board_checksum(party.session, party.arena, 2, &rows, &two));
	assert_false(sha256_equal(one, two));
	party_leave(&party);
}

/* ---- what is visible, what is behind ---- */

static bool
is_visible(struct world *world, struct store_session *session, int64_t version)
{
	bool visible;

	OK(store_is_visible(session, world->arena, BOARD, id_of("eco"), version, &visible));
	return visible;
}

static void
a_version_is_visible_when_its_slot_has_passed_it_and_it_does_not_wait(void **state)
{
	struct world *world = *state;
	struct store_parked parked = { STR("eco_board.1"), id_of("eco"), 2, 2, 1, at_s(0),
		STR("too odd") };

	world_appended(world, id_of("eco"), 0, 2);
	stand_at("1", 2);
	assert_false(is_visible(world, world->noc, 1));
	assert_int_equal(world_sequence(world), 2);
	assert_true(is_visible(world, world->noc, 2));
	assert_true(is_visible(world, world->osp, 1));
	assert_false(is_visible(world, world->noc, 3));
	assert_false(is_visible(world, world->stranger, 1));
	stand_at("1", 1);
	assert_true(is_visible(world, world->worker, 1));
	assert_false(is_visible(world, world->worker, 2));
	stand_at("1", 2);
	OK(store_park(world->worker, world->arena, &parked));
	assert_true(is_visible(world, world->noc, 1));
	assert_false(is_visible(world, world->noc, 2));
}

static void
the_backlog_looks_at_the_slowest_slot_that_is_followed(void **state)
{
	struct world *world = *state;
	struct store_backlog backlog;

	world_appended(world, id_of("eco"), 0, 9);
	world_sequence(world);
	party_run("UPDATE strike.slot SET position = 9 WHERE subscription IN ('policies', "
		  "'eco_board.1')");
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.behind, 0);
	party_run(
	    "UPDATE strike.slot SET position = 2 WHERE subscription = 'policies' AND number = 15");
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.behind, 7);
	party_run("UPDATE strike.subscription SET mode = 'standby' WHERE name = 'eco_board.2'");
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.behind, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_build_takes_over_only_when_no_slot_of_it_is_behind),
		WORLD_TEST(the_live_build_does_not_slip_ahead_while_another_takes_over),
		WORLD_TEST(a_reader_sees_one_build_or_the_other_and_nothing_in_between),
		WORLD_TEST(beginning_a_build_again_takes_it_from_whoever_fills_it),
		WORLD_TEST(a_checksum_does_not_depend_on_how_a_session_prints),
		WORLD_TEST(a_version_is_visible_when_its_slot_has_passed_it_and_it_does_not_wait),
		WORLD_TEST(the_backlog_looks_at_the_slowest_slot_that_is_followed),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store builds", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
