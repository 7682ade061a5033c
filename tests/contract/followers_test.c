#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/follower_world.h"

/*
 * Whoever follows the log: what is done, how often, in which order, whatever goes
 * wrong.  Run against both stores, as two programs.
 */

#define NEXT_TRY SECONDS(1)

struct kind {
	const char *subscription;
	const struct projection *projection;
};

/* What holds for one who applies batches holds for one who reacts to one after another. */
static const struct kind kinds[] = { { "marks.1", &marking }, { "reactor.1", NULL } };

static void
assert_marks(
    struct follower_world *world, const char *subscription, struct uuid stream, const char *all)
{
	assert_string_equal(marks_of(world, subscription, stream), all);
}

/* ---- poison ---- */

static void
parks_only_its_stream(struct follower_world *world, const struct kind *kind)
{
	struct uuid bad = id_of("bad"), good = id_of("good"), other = id_of("other");
	struct follower *follower;
	struct store_parked_list parked;

	poison(bad, 2);
	world_appended(world->world, bad, 0, 3);
	world_appended(world->world, good, 0, 3);
	world_appended(world->world, other, 0, 2);
	follower = start_follower(
	    world, world->world->store, world->feed, kind->subscription, kind->projection, 2);
	sequence_and_tell(world, world->feed, follower);
	wait_for_parked(world, kind->subscription, 1);
	world_appended(world->world, good, 3, 1);
	world_appended(world->world, bad, 3, 1);
	sequence_and_tell(world, world->feed, follower);
	if (kind->projection == NULL)
		sequence_and_tell(world, world->feed, follower);
	while (strcmp(marks_of(world, kind->subscription, good), "1 2 3 4") != 0)
		sequence_and_tell(world, world->feed, follower);
	wait_for_head(world, kind->subscription);
	assert_marks(world, kind->subscription, bad, "1");
	assert_marks(world, kind->subscription, other, "1 2");

	OK(store_list_parked(
	    world->world->worker, world->world->arena, STR(""), STORE_ROWS_MAX, &parked));
	assert_int_equal(parked.count, 1);
	ASSERT_UUID(parked.at[0].stream, bad);
	assert_int_equal(parked.at[0].version, 2);
	assert_int_equal(parked.at[0].position, 2);
	ASSERT_STR(parked.at[0].problem, "the test calls version 2 poison");
	follower_stop(follower);
}

static void
an_event_that_cannot_be_dealt_with_parks_its_stream_and_the_others_go_on(void **state)
{
	parks_only_its_stream(*state, &kinds[0]);
}

static void
an_event_that_cannot_be_reacted_to_parks_its_stream_and_the_others_go_on(void **state)
{
	parks_only_its_stream(*state, &kinds[1]);
}

/* The clock is moved on until nothing is parked any more. */
static void
goes_on_after_the_repair(struct follower_world *world, const struct kind *kind)
{
	struct uuid bad = id_of("bad"), good = id_of("good");
	struct follower *follower = start_follower(
	    world, world->world->store, world->feed, kind->subscription, kind->projection, 1);

	poison(bad, 2);
	world_appended(world->world, bad, 0, 3);
	world_appended(world->world, good, 0, 1);
	sequence_and_tell(world, world->feed, follower);
	wait_for_parked(world, kind->subscription, 1);
	for (int i = 0; i < 4; i++)
		world_appended(world->world, bad, 3 + 60 * i, 60);
	while (strcmp(marks_of(world, kind->subscription, good), "1") != 0)
		sequence_and_tell(world, world->feed, follower);
	sequence_and_tell(world, world->feed, follower);
	wait_for_head(world, kind->subscription);
	assert_marks(world, kind->subscription, bad, "1");

	/* Another version is poison now: what comes before it is dealt with, and stays so. */
	poison(bad, 150);
	clock_advance(world->clock, NEXT_TRY);
	while (strstr(marks_of(world, kind->subscription, bad), "149") == NULL)
		sequence_and_tell(world, world->feed, follower);
	poison(bad, 0);
	for (int i = 0; i < 5; i++)
		clock_advance(world->clock, SECONDS(2));
	wait_for_parked(world, kind->subscription, 0);
	world_appended(world->world, bad, 243, 1);
	while (strstr(marks_of(world, kind->subscription, bad), "244") == NULL)
		sequence_and_tell(world, world->feed, follower);
	follower_stop(follower);
}

static void
assert_one_after_another(const char *marks, int64_t last)
{
	struct str rest = str_from_z(marks);

	for (int64_t i = 1; i <= last; i++) {
		int64_t version = 0;

		assert_true(str_parse_i64(str_cut(&rest, ' '), &version));
		assert_int_equal(version, i);
	}
	assert_true(str_empty(rest));
}

static void
after_the_repair_what_waited_is_dealt_with_in_order_and_once(void **state)
{
	goes_on_after_the_repair(*state, &kinds[0]);
	assert_one_after_another(marks_of(*state, kinds[0].subscription, id_of("bad")), 244);
}

static void
after_the_repair_what_waited_is_reacted_to_in_order_and_once(void **state)
{
	goes_on_after_the_repair(*state, &kinds[1]);
	assert_one_after_another(marks_of(*state, kinds[1].subscription, id_of("bad")), 244);
}

static void
what_has_been_tried_in_vain_too_often_is_tried_again_only_when_somebody_asks(void **state)
{
	struct follower_world *world = *state;
	struct uuid bad = id_of("bad");
	struct store_parked_list parked;
	struct follower *follower =
	    start_follower(world, world->world->store, world->feed, "marks.1", &marking, 1);
	int64_t tries = 0, asked;

	poison(bad, 1);
	world_appended(world->world, bad, 0, 1);
	sequence_and_tell(world, world->feed, follower);
	wait_for_parked(world, "marks.1", 1);
	while (tries < STORE_PARKED_TRIES_MAX) {
		clock_advance(world->clock, SECONDS(1));
		OK(store_list_parked(
		    world->world->worker, world->world->arena, STR("marks.1"), 1, &parked));
		tries = parked.at[0].tries;
	}
	poison(bad, 0);
	clock_advance(world->clock, HOURS(24));
	for (int i = 0; i < 50; i++)
		wait_a_little();
	wait_for_parked(world, "marks.1", 1);
	OK(store_retry_parked(world->world->worker, world->world->arena, STR("marks.1"), UUID_NIL,
	    clock_now(world->clock), &asked));
	assert_int_equal(asked, 1);
	wait_for_parked(world, "marks.1", 0);
	assert_marks(world, "marks.1", bad, "1");
	follower_stop(follower);
}

static void
an_event_that_somebody_changed_parks_its_stream_and_the_others_go_on(void **state)
{
	struct follower_world *world = *state;
	struct uuid bad = id_of("bad"), good = id_of("good");
	struct follower *follower;

	world_appended(world->world, good, 0, 2);
	world_appended(world->world, bad, 0, 3);
	world_appended(world->world, good, 2, 2);
	world_store_spoil(world->world->store, bad, 2);
	follower = start_follower(world, world->world->store, world->feed, "marks.1", &marking, 2);
	sequence_and_tell(world, world->feed, follower);
	wait_for_head(world, "marks.1");
	assert_marks(world, "marks.1", good, "1 2 3 4");
	assert_marks(world, "marks.1", bad, "1");
	wait_for_parked(world, "marks.1", 1);
	follower_stop(follower);
}

/* ---- several processes ---- */

#define STREAMS 24

static struct uuid
stream_number(int number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "stream %d", number);
	return id_of(name);
}

static void
append_to_all(struct follower_world *world, int64_t expected, size_t count)
{
	for (int i = 0; i < STREAMS; i++)
		world_appended(world->world, stream_number(i), expected, count);
}

static void
two_processes_share_the_work_and_everything_is_done_once(void **state)
{
	struct follower_world *world = *state;
	struct store *second = world_store_join(world->world->store, world->world->arena);
	struct feed *feed = feed_create();
	struct follower *one, *other;

	append_to_all(world, 0, 3);
	one = start_follower(world, world->world->store, world->feed, "marks.1", &marking, 2);
	sequence_and_tell(world, world->feed, one);
	other = start_follower(world, second, feed, "marks.1", &marking, 1);
	for (int64_t version = 3; version < 9; version += 2) {
		append_to_all(world, version, 2);
		sequence_and_tell(world, feed, other);
		feed_tell(world->feed, feed_head(feed));
		follower_wake(one);
	}
	/* The first lets go of its surplus when it next holds its slots. */
	wait_for_head(world, "marks.1");
	follower_stop(one);
	append_to_all(world, 9, 1);
	sequence_and_tell(world, feed, other);
	wait_for_head(world, "marks.1");
	for (int i = 0; i < STREAMS; i++)
		assert_marks(world, "marks.1", stream_number(i), "1 2 3 4 5 6 7 8 9 10");
	follower_stop(other);
	feed_destroy(feed);
	store_close(second);
}

static void
where_a_process_has_died_another_goes_on_from_where_it_stood(void **state)
{
	struct follower_world *world = *state;
	struct arena *arena = world->world->arena;
	struct store *second = world_store_join(world->world->store, arena);
	struct store_session *session = world_session(second, arena, STORE_WORKER, UUID_NIL);
	struct follower *follower;
	struct store_slots held;
	struct store_move move;

	/* It holds all slots, has dealt with everything up to 10 for one of them, and dies. */
	append_to_all(world, 0, 1);
	OK(store_subscribe(session, arena, STR("marks.1"), 4, STORE_LIVE));
	OK(store_hold_slots(session, arena, STR("marks.1"), false, &held));
	assert_int_equal(held.count, 4);
	move = (struct store_move){ held.at[1].number, held.at[1].epoch, 0, 10 };
	world_sequence(world->world);
	OK(store_move_slots(session, arena, STR("marks.1"), &move, 1, false));
	follower = start_follower(world, world->world->store, world->feed, "marks.1", &marking, 1);
	sequence_and_tell(world, world->feed, follower);
	store_session_close(session);
	store_close(second);
	wait_for_head(world, "marks.1");
	for (int i = 0; i < STREAMS; i++) {
		bool done = store_slot_of(stream_number(i), 4) == held.at[1].number && i < 10;

		assert_marks(world, "marks.1", stream_number(i), done ? "" : "1");
	}
	follower_stop(follower);
}

/* What happens in the middle of a reaction: the process is taken for dead by another. */
static struct follower_world *fenced_world;
static struct store *fencing;
static atomic_int fenced;

static void
take_slots_away(void)
{
	struct arena *arena = arena_create(1u << 20);
	struct store_session *own, *theirs;
	struct store_slots held;

	if (atomic_fetch_add(&fenced, 1) == 0) {
		OK(store_session_open(fenced_world->world->store, arena, STORE_WORKER, &own));
		OK(store_session_open(fencing, arena, STORE_WORKER, &theirs));
		OK(store_let_go_slots(own, arena, STR("reactor.1")));
		OK(store_hold_slots(theirs, arena, STR("reactor.1"), false, &held));
		assert_int_equal(held.count, 4);
		OK(store_let_go_slots(theirs, arena, STR("reactor.1")));
		store_session_close(own);
		store_session_close(theirs);
	}
	arena_destroy(arena);
}

static void
what_a_process_does_after_its_slots_were_taken_away_is_undone(void **state)
{
	struct follower_world *world = *state;
	struct arena *arena = world->world->arena;
	struct uuid stream = id_of("a stream");
	struct follower *follower;

	fenced_world = world;
	fencing = world_store_join(world->world->store, arena);
	atomic_store(&fenced, 0);
	world_appended(world->world, stream, 0, 2);
	OK(store_subscribe(world->world->worker, arena, STR("reactor.1"), 4, STORE_LIVE));
	OK(follower_start(arena,
	    &(struct follower_config){
		.store = world->world->store,
		.clock = world->clock,
		.log = world->log,
		.feed = world->feed,
		.subscription = STR("reactor.1"),
		.threads = 1,
		.react = mark_by_appending,
		.react_context = (void *)(uintptr_t)take_slots_away,
	    },
	    &follower));
	sequence_and_tell(world, world->feed, follower);
	while (strcmp(marks_of(world, "reactor.1", stream), "1 2") != 0)
		wait_a_little();
	/* The first time it was in vain, though nothing failed but the step of the slot. */
	assert_int_equal(atomic_load(&fenced), 3);
	follower_stop(follower);
	store_close(fencing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLLOWER_TEST(
		    an_event_that_cannot_be_dealt_with_parks_its_stream_and_the_others_go_on),
		FOLLOWER_TEST(
		    an_event_that_cannot_be_reacted_to_parks_its_stream_and_the_others_go_on),
		FOLLOWER_TEST(after_the_repair_what_waited_is_dealt_with_in_order_and_once),
		FOLLOWER_TEST(after_the_repair_what_waited_is_reacted_to_in_order_and_once),
		FOLLOWER_TEST(
		    what_has_been_tried_in_vain_too_often_is_tried_again_only_when_somebody_asks),
		FOLLOWER_TEST(an_event_that_somebody_changed_parks_its_stream_and_the_others_go_on),
		FOLLOWER_TEST(two_processes_share_the_work_and_everything_is_done_once),
		FOLLOWER_TEST(where_a_process_has_died_another_goes_on_from_where_it_stood),
		FOLLOWER_TEST(what_a_process_does_after_its_slots_were_taken_away_is_undone),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	if (getenv("STRIKE_TEST_ONLY") != NULL)
		cmocka_set_test_filter(getenv("STRIKE_TEST_ONLY"));
	failed = cmocka_run_group_tests_name("followers", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
