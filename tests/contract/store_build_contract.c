#include "contract/store_contract.h"
#include "support/store_world.h"

#define BOARD STR("eco_board")

/* As many as the migrations give the board; a subscription that is there stays as it is. */
#define SLOTS 4

static const struct geo_point points[] = { { -97.74, 30.27 }, { -97.70, 30.30 },
	{ -97.65, 30.31 } };

static const char *const builds[] = { "", "eco_board.1", "eco_board.2" };

/* A row that has something in every column. */
static struct store_board_row
row_of(const struct world *world, const char *name)
{
	return (struct store_board_row){ .eco = id_of(name),
		.version = 3,
		.position = 7,
		.noc = world->noc_id,
		.osp = world->osp_id,
		.job_number = str_from_z(name),
		.job_type = JOB_TYPE_MFR,
		.description = STR("48-count cut by a backhoe"),
		.location = { .type = GEO_LINE, .points = points, .count = 2 },
		.status = ECO_STATUS_IN_PROGRESS,
		.dispatch = DISPATCH_ACCEPTED,
		.integration = INTEGRATION_OK,
		.eta_minutes = 45,
		.has_accepted = true,
		.accepted_at = at_s(60),
		.has_grace = true,
		.grace_until = at_s(600),
		.created_at = at_s(1),
		.updated_at = at_s(2),
		.task_count = 3,
		.tasks_completed = 1 };
}

static void
put(struct world *world, int64_t build, const char *name)
{
	struct store_board_row row = row_of(world, name);

	OK(store_put_board(world->worker, world->arena, build, &row, 1));
}

static void
subscribe(struct world *world)
{
	OK(store_subscribe(world->worker, world->arena, STR("eco_board.1"), SLOTS, STORE_LIVE));
	OK(store_subscribe(world->worker, world->arena, STR("eco_board.2"), SLOTS, STORE_OFF));
}

static struct store_slots
hold(struct world *world, int64_t build)
{
	struct store_slots slots;

	OK(store_hold_slots(world->worker, world->arena, str_from_z(builds[build]), true, &slots));
	return slots;
}

/* Bring slot ${slot} of ${build} to ${position}. */
static void
move_slot(struct world *world, int64_t build, size_t slot, int64_t position)
{
	struct store_slots slots = hold(world, build);
	struct store_move move = { (int64_t)slot, 0, 0, position };

	assert_true(slot < slots.count);
	move.epoch = slots.at[slot].epoch;
	move.from = slots.at[slot].position;
	OK(store_move_slots(
	    world->worker, world->arena, str_from_z(builds[build]), &move, 1, false));
}

static void
move_all(struct world *world, int64_t build, int64_t position)
{
	for (size_t i = 0; i < SLOTS; i++)
		move_slot(world, build, i, position);
}

static int64_t
begin(struct world *world)
{
	int64_t build = 0;

	OK(store_begin_build(world->worker, world->arena, BOARD, &build));
	return build;
}

static int64_t
live(struct world *world, struct store_session *session)
{
	int64_t build = 0;

	OK(store_live_build(session, world->arena, BOARD, &build));
	return build;
}

static int64_t
count(struct world *world, struct store_session *session)
{
	struct store_board_filter filter = { 0 };
	int64_t number = -1;

	OK(store_count_board(session, world->arena, &filter, &number));
	return number;
}

/* Whether ${session} sees ${name} on the board, whichever way it asks. */
static bool
sees(struct world *world, struct store_session *session, const char *name)
{
	struct store_board_filter filter = { 0 };
	struct store_board_rows rows;
	struct store_board_row row;
	bool found, by_number, listed = false;

	OK(store_find_board(session, world->arena, id_of(name), &found, &row));
	OK(store_find_board_by_number(session, world->arena, str_from_z(name), &by_number, &row));
	OK(store_list_board(session, world->arena, &filter, 100, &rows));
	assert_int_equal(rows.count, count(world, session));
	for (size_t i = 0; i < rows.count; i++)
		listed = listed || uuid_equal(rows.at[i].eco, id_of(name));
	assert_int_equal(found, by_number);
	assert_int_equal(found, listed);
	return found;
}

static struct sha256
checksum(struct world *world, int64_t build, int64_t expected_rows)
{
	struct sha256 digest;
	int64_t rows;

	OK(store_board_checksum(world->worker, world->arena, build, &rows, &digest));
	assert_int_equal(rows, expected_rows);
	return digest;
}

static struct store_subscription
look(struct world *world, int64_t build)
{
	struct store_subscriptions list;

	OK(store_list_subscriptions(world->worker, world->arena, &list));
	for (size_t i = 0; i < list.count; i++) {
		if (str_equal(list.at[i].name, str_from_z(builds[build])))
			return list.at[i];
	}
	fail_msg("no subscription of build %lld", (long long)build);
	return (struct store_subscription){ .mode = STORE_OFF };
}

/* ---- builds ---- */

static void
the_first_build_is_live_until_another_is_switched_to(void **state)
{
	struct world *world = *state;

	assert_int_equal(live(world, world->worker), 1);
	assert_int_equal(live(world, world->noc), 1);
	assert_int_equal(live(world, world->stranger), 1);
	subscribe(world);
	assert_int_equal(begin(world), 2);
	assert_int_equal(live(world, world->noc), 1);
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_int_equal(live(world, world->worker), 2);
	assert_int_equal(live(world, world->noc), 2);
}

static void
readers_see_the_live_build_and_never_the_other(void **state)
{
	struct world *world = *state;
	struct store_session *readers[] = { world->noc, world->osp, world->worker };

	subscribe(world);
	put(world, 1, "old");
	begin(world);
	put(world, 2, "new");
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		assert_true(sees(world, readers[i], "old"));
		assert_false(sees(world, readers[i], "new"));
	}
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		assert_false(sees(world, readers[i], "old"));
		assert_true(sees(world, readers[i], "new"));
	}
	assert_false(sees(world, world->stranger, "new"));
	OK(store_switch_build(world->worker, world->arena, BOARD, 1));
	assert_true(sees(world, world->noc, "old"));
	assert_false(sees(world, world->noc, "new"));
}

static void
a_row_in_both_builds_is_seen_once_and_as_the_live_one_has_it(void **state)
{
	struct world *world = *state;
	struct store_board_row row = row_of(world, "eco"), got;
	bool found;

	subscribe(world);
	begin(world);
	put(world, 1, "eco");
	row.version = 9;
	row.status = ECO_STATUS_CLOSED;
	OK(store_put_board(world->worker, world->arena, 2, &row, 1));
	assert_int_equal(count(world, world->noc), 1);
	OK(store_find_board(world->noc, world->arena, row.eco, &found, &got));
	assert_int_equal(got.version, 3);
	assert_int_equal(got.status, ECO_STATUS_IN_PROGRESS);
	/* The newer version in one build does not stand in the way of the other. */
	row.version = 4;
	OK(store_put_board(world->worker, world->arena, 1, &row, 1));
	OK(store_find_board(world->noc, world->arena, row.eco, &found, &got));
	assert_int_equal(got.version, 4);
}

static void
a_build_begins_empty_at_the_beginning_of_the_log(void **state)
{
	struct world *world = *state;
	struct store_slots slots;

	subscribe(world);
	put(world, 1, "eco");
	move_all(world, 1, 8);
	assert_int_equal(begin(world), 2);
	assert_int_equal(look(world, 2).mode, STORE_REBUILD);
	assert_int_equal(look(world, 2).slots, SLOTS);
	assert_int_equal(look(world, 2).slowest, 0);
	(void)checksum(world, 2, 0);
	slots = hold(world, 2);
	assert_int_equal(slots.mode, STORE_REBUILD);
	assert_int_equal(slots.count, SLOTS);

	/* The one that is served goes on meanwhile. */
	assert_int_equal(look(world, 1).mode, STORE_LIVE);
	assert_int_equal(look(world, 1).slowest, 8);
	(void)checksum(world, 1, 1);
}

static void
beginning_again_empties_again_and_fences_whoever_was_at_it(void **state)
{
	struct world *world = *state;
	struct store_parked parked = { .subscription = STR("eco_board.2"),
		.stream = id_of("eco"),
		.position = 3,
		.version = 1,
		.problem = STR("cannot be read") };
	struct store_slots slots;
	struct store_move move;

	subscribe(world);
	begin(world);
	put(world, 2, "eco");
	move_all(world, 2, 5);
	OK(store_park(world->worker, world->arena, &parked));
	slots = hold(world, 2);
	assert_int_equal(begin(world), 2);
	(void)checksum(world, 2, 0);
	assert_int_equal(look(world, 2).slowest, 0);
	assert_int_equal(look(world, 2).parked, 0);
	assert_int_equal(look(world, 2).held, 0);

	/* Neither from where it stood nor from where it stands now. */
	move = (struct store_move){ 0, slots.at[0].epoch, 5, 6 };
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, STR("eco_board.2"), &move, 1, false));
	move.from = 0;
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, STR("eco_board.2"), &move, 1, false));
	(void)hold(world, 2);
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, STR("eco_board.2"), &move, 1, false));
}

static void
a_build_that_is_behind_is_not_switched_to(void **state)
{
	struct world *world = *state;

	subscribe(world);
	put(world, 1, "old");
	move_all(world, 1, 8);
	begin(world);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 2));
	/* Ahead in one slot does not make up for behind in another. */
	for (size_t i = 1; i < SLOTS; i++)
		move_slot(world, 2, i, 9);
	move_slot(world, 2, 0, 7);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_int_equal(live(world, world->worker), 1);
	assert_int_equal(look(world, 1).mode, STORE_LIVE);
	assert_int_equal(look(world, 2).mode, STORE_REBUILD);
	assert_true(sees(world, world->noc, "old"));
	move_slot(world, 2, 0, 8);
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_int_equal(live(world, world->worker), 2);
}

static void
the_build_before_stands_by_and_can_be_switched_back_to(void **state)
{
	struct world *world = *state;

	subscribe(world);
	move_all(world, 1, 8);
	begin(world);
	move_all(world, 2, 8);
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_int_equal(look(world, 1).mode, STORE_STANDBY);
	assert_int_equal(look(world, 2).mode, STORE_LIVE);
	/* What the one before has done already has no side effects again. */
	assert_int_equal(hold(world, 2).gate, 8);
	assert_int_equal(hold(world, 1).gate, 0);

	/* To switch to what is live already is nothing. */
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_int_equal(look(world, 1).mode, STORE_STANDBY);
	assert_int_equal(look(world, 2).mode, STORE_LIVE);
	assert_int_equal(hold(world, 2).gate, 8);

	/* It is followed as before; until it has caught up there is no way back. */
	move_all(world, 2, 11);
	move_slot(world, 2, 1, 13);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 1));
	move_all(world, 1, 11);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 1));
	move_slot(world, 1, 1, 13);
	OK(store_switch_build(world->worker, world->arena, BOARD, 1));
	assert_int_equal(live(world, world->worker), 1);
	assert_int_equal(look(world, 1).mode, STORE_LIVE);
	assert_int_equal(look(world, 2).mode, STORE_STANDBY);
	/* What any of its slots has not come to is behind the gate. */
	assert_int_equal(hold(world, 1).gate, 11);
}

static void
a_switch_is_undone_with_its_transaction(void **state)
{
	struct world *world = *state;

	subscribe(world);
	begin(world);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	store_rollback(world->worker);
	assert_int_equal(live(world, world->worker), 1);
	assert_int_equal(look(world, 1).mode, STORE_LIVE);
	assert_int_equal(look(world, 2).mode, STORE_REBUILD);
}

static void
a_build_that_is_ended_is_empty_and_nobody_follows_it(void **state)
{
	struct world *world = *state;

	subscribe(world);
	put(world, 1, "old");
	move_all(world, 1, 8);
	begin(world);
	put(world, 2, "new");
	move_all(world, 2, 8);
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	OK(store_end_build(world->worker, world->arena, BOARD));
	assert_int_equal(look(world, 1).mode, STORE_OFF);
	(void)checksum(world, 1, 0);
	assert_int_equal(hold(world, 1).count, 0);
	FAULTS(ERR_CONFLICT, store_switch_build(world->worker, world->arena, BOARD, 1));

	/* The live one is as it was, and the other can be begun again. */
	assert_true(sees(world, world->noc, "new"));
	assert_int_equal(look(world, 2).mode, STORE_LIVE);
	assert_int_equal(begin(world), 1);
	assert_int_equal(look(world, 1).mode, STORE_REBUILD);
}

static void
the_board_and_its_slots_move_together_or_not_at_all(void **state)
{
	struct world *world = *state;
	struct store_slots slots;
	struct store_move move;

	subscribe(world);
	slots = hold(world, 1);
	move = (struct store_move){ 0, slots.at[0].epoch, 3, 4 };
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	put(world, 1, "eco");
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, STR("eco_board.1"), &move, 1, false));
	assert_false(sees(world, world->worker, "eco"));

	move.from = 0;
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	put(world, 1, "eco");
	OK(store_move_slots(world->worker, world->arena, STR("eco_board.1"), &move, 1, false));
	OK(store_commit(world->worker, world->arena));
	assert_true(sees(world, world->worker, "eco"));
	assert_int_equal(hold(world, 1).at[0].position, 4);
}

/* ---- checksums ---- */

static void
builds_that_say_the_same_have_the_same_checksum(void **state)
{
	struct world *world = *state;
	struct sha256 empty = checksum(world, 1, 0);

	subscribe(world);
	begin(world);
	assert_true(sha256_equal(checksum(world, 2, 0), empty));
	put(world, 1, "a");
	put(world, 1, "b");
	assert_false(sha256_equal(checksum(world, 1, 2), empty));
	/* In whatever order it was written. */
	put(world, 2, "b");
	assert_false(sha256_equal(checksum(world, 1, 2), checksum(world, 2, 1)));
	put(world, 2, "a");
	assert_true(sha256_equal(checksum(world, 1, 2), checksum(world, 2, 2)));
	/* Writing a row again changes nothing. */
	put(world, 2, "b");
	assert_true(sha256_equal(checksum(world, 1, 2), checksum(world, 2, 2)));
}

#define VARIANTS 27

/* One row, and what it would be if one thing in it were different. */
static void
make_variants(const struct world *world, struct store_board_row *rows)
{
	for (size_t i = 0; i < VARIANTS; i++)
		rows[i] = row_of(world, "eco");
	rows[1].eco = id_of("another");
	rows[2].version++;
	rows[3].position++;
	rows[4].noc = id_of("another");
	rows[5].osp = id_of("another");
	rows[6].job_number = STR("another");
	rows[7].job_type = JOB_TYPE_CMR;
	rows[8].description = STR("48-count cut by a backhoE");
	rows[9].location.count = 3;
	rows[10].location.points = &points[1];
	rows[11].location = (struct geo_location){ GEO_POINT, points, 1 };
	rows[12].status = ECO_STATUS_COMPLETED;
	rows[13].dispatch = DISPATCH_RINGING;
	rows[14].integration = INTEGRATION_PENDING;
	rows[15].eta_minutes++;
	rows[16].accepted_at.us++;
	rows[17].grace_until.us++;
	/* No moment is not the moment zero. */
	rows[18].has_accepted = false;
	rows[19].accepted_at.us = 0;
	rows[20].has_grace = false;
	rows[21].grace_until.us = 0;
	rows[22].created_at.us++;
	rows[23].updated_at.us++;
	rows[24].task_count++;
	rows[25].tasks_completed++;
	/* What goes from one text to the next is another row as well. */
	rows[26].job_number = STR("eco4");
	rows[26].description = STR("8-count cut by a backhoe");
}

static void
builds_that_differ_in_any_one_column_have_different_checksums(void **state)
{
	struct world *world = *state;
	struct store_board_row rows[VARIANTS];
	struct sha256 digests[VARIANTS];

	subscribe(world);
	make_variants(world, rows);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		begin(world);
		OK(store_put_board(world->worker, world->arena, 2, &rows[i], 1));
		digests[i] = checksum(world, 2, 1);
		for (size_t j = 0; j < i; j++) {
			if (sha256_equal(digests[i], digests[j]))
				fail_msg("rows %zu and %zu have the same checksum", j, i);
		}
	}
	put(world, 1, "eco");
	assert_true(sha256_equal(checksum(world, 1, 1), digests[0]));
}

/* ---- read your own writes ---- */

static bool
is_visible(struct world *world, struct store_session *session, const char *stream, int64_t version)
{
	bool visible = true;

	OK(store_is_visible(session, world->arena, BOARD, id_of(stream), version, &visible));
	return visible;
}

static void
a_write_is_visible_when_its_slot_has_passed_it(void **state)
{
	struct world *world = *state;
	size_t slot = (size_t)store_slot_of(id_of("eco"), SLOTS);

	subscribe(world);
	assert_false(is_visible(world, world->noc, "eco", 1));
	world_appended(world, id_of("eco"), 0, 2);
	assert_false(is_visible(world, world->noc, "eco", 1));
	world_sequence(world);
	assert_false(is_visible(world, world->noc, "eco", 1));
	/* Another slot's doings say nothing about it. */
	move_slot(world, 1, (slot + 1) % SLOTS, 2);
	assert_false(is_visible(world, world->noc, "eco", 1));
	move_slot(world, 1, slot, 1);
	assert_true(is_visible(world, world->noc, "eco", 1));
	assert_true(is_visible(world, world->osp, "eco", 1));
	assert_true(is_visible(world, world->worker, "eco", 1));
	assert_false(is_visible(world, world->noc, "eco", 2));
	move_slot(world, 1, slot, 2);
	assert_true(is_visible(world, world->noc, "eco", 2));
	assert_false(is_visible(world, world->noc, "eco", 3));
	assert_false(is_visible(world, world->stranger, "eco", 1));
}

static void
a_write_is_not_visible_while_its_stream_is_parked_before_it(void **state)
{
	struct world *world = *state;
	struct store_parked parked = { .subscription = STR("eco_board.1"),
		.stream = id_of("eco"),
		.position = 2,
		.version = 2,
		.problem = STR("cannot be read") };

	subscribe(world);
	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	OK(store_park(world->worker, world->arena, &parked));
	move_all(world, 1, 3);
	assert_true(is_visible(world, world->noc, "eco", 1));
	assert_false(is_visible(world, world->noc, "eco", 2));
	assert_false(is_visible(world, world->noc, "eco", 3));
	OK(store_unpark(world->worker, world->arena, STR("eco_board.1"), id_of("eco")));
	assert_true(is_visible(world, world->noc, "eco", 3));
}

static void
visible_is_what_the_live_build_has(void **state)
{
	struct world *world = *state;

	subscribe(world);
	world_appended(world, id_of("eco"), 0, 2);
	world_sequence(world);
	move_all(world, 1, 1);
	begin(world);
	move_all(world, 2, 2);
	assert_true(is_visible(world, world->noc, "eco", 1));
	assert_false(is_visible(world, world->noc, "eco", 2));
	OK(store_switch_build(world->worker, world->arena, BOARD, 2));
	assert_true(is_visible(world, world->noc, "eco", 2));
}

int
store_build_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_first_build_is_live_until_another_is_switched_to),
		WORLD_TEST(readers_see_the_live_build_and_never_the_other),
		WORLD_TEST(a_row_in_both_builds_is_seen_once_and_as_the_live_one_has_it),
		WORLD_TEST(a_build_begins_empty_at_the_beginning_of_the_log),
		WORLD_TEST(beginning_again_empties_again_and_fences_whoever_was_at_it),
		WORLD_TEST(a_build_that_is_behind_is_not_switched_to),
		WORLD_TEST(the_build_before_stands_by_and_can_be_switched_back_to),
		WORLD_TEST(a_switch_is_undone_with_its_transaction),
		WORLD_TEST(a_build_that_is_ended_is_empty_and_nobody_follows_it),
		WORLD_TEST(the_board_and_its_slots_move_together_or_not_at_all),
		WORLD_TEST(builds_that_say_the_same_have_the_same_checksum),
		WORLD_TEST(builds_that_differ_in_any_one_column_have_different_checksums),
		WORLD_TEST(a_write_is_visible_when_its_slot_has_passed_it),
		WORLD_TEST(a_write_is_not_visible_while_its_stream_is_parked_before_it),
		WORLD_TEST(visible_is_what_the_live_build_has),
	};

	return cmocka_run_group_tests_name("store builds", tests, NULL, NULL);
}
