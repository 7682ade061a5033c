#include "contract/store_contract.h"
#include "support/store_world.h"

/* An ECO that went from one OSP to another: the stranger of the world takes over. */

#define STREAM id_of("eco")

static struct store_append *
to_stranger(struct world *world, int64_t expected)
{
	struct store_append *append = world_append(world, STREAM, expected, 1);

	append->osp = world->stranger_id;
	return append;
}

static void
handed_over(struct world *world, struct store_session *session)
{
	struct store_append_result result;

	world_appended(world, STREAM, 0, 2);
	OK(store_append(session, world->arena, to_stranger(world, 2), &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(result.version, 3);
}

/* The versions that ${session} sees: bit n - 1 is version n. */
static unsigned
versions_seen(struct world *world, struct store_session *session)
{
	struct store_events events;
	unsigned seen = 0;

	OK(store_read_stream(session, world->arena, STREAM, 0, 100, &events));
	for (size_t i = 0; i < events.count; i++)
		seen |= 1u << (events.at[i].version - 1);
	return seen;
}

static void
expect_next_from_stranger(struct world *world)
{
	struct store_append_result result;

	OK(store_append(world->stranger, world->arena, to_stranger(world, 3), &result));
	assert_int_equal(result.version, 4);
}

static void
changes_are_listed_up_to_the_end_of_a_relieved_osps_time(void **state)
{
	struct world *world = *state;
	struct store_changed_list list;

	handed_over(world, world->noc);
	expect_next_from_stranger(world);
	world_sequence(world);
	OK(store_list_changed(world->osp, world->arena, 0, 100, &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].position, 2);
	OK(store_list_changed(world->osp, world->arena, 2, 100, &list));
	assert_int_equal(list.count, 0);
	OK(store_list_changed(world->stranger, world->arena, 0, 100, &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].position, 4);
}

static void
the_noc_hands_a_stream_over_by_appending_with_another_osp(void **state)
{
	struct world *world = *state;

	handed_over(world, world->noc);
	expect_next_from_stranger(world);
}

static void
a_worker_hands_a_stream_over_by_appending_with_another_osp(void **state)
{
	struct world *world = *state;

	handed_over(world, world->worker);
	expect_next_from_stranger(world);
}

static void
who_has_it_now_sees_all_and_who_had_it_what_was_until_then(void **state)
{
	struct world *world = *state;
	struct store_session *fourth =
	    world_session(world->store, world->arena, STORE_API, id_of("a fourth"));
	struct store_append_result result;

	handed_over(world, world->noc);
	OK(store_append(world->stranger, world->arena, to_stranger(world, 3), &result));
	assert_int_equal(versions_seen(world, world->noc), 0xf);
	assert_int_equal(versions_seen(world, world->worker), 0xf);
	assert_int_equal(versions_seen(world, world->stranger), 0xf);
	assert_int_equal(versions_seen(world, world->osp), 0x3);
	assert_int_equal(versions_seen(world, fourth), 0);
	store_session_close(fourth);
}

static void
it_can_go_on_to_a_third_and_come_back(void **state)
{
	struct world *world = *state;
	struct store_append_result result;
	struct store_session *third =
	    world_session(world->store, world->arena, STORE_API, id_of("a third"));
	struct store_append *next;

	handed_over(world, world->noc);
	next = world_append(world, STREAM, 3, 1);
	next->osp = id_of("a third");
	OK(store_append(world->noc, world->arena, next, &result));
	assert_int_equal(versions_seen(world, world->osp), 0x3);
	assert_int_equal(versions_seen(world, world->stranger), 0x7);
	assert_int_equal(versions_seen(world, third), 0xf);
	world_appended(world, STREAM, 4, 1);
	assert_int_equal(versions_seen(world, world->osp), 0x1f);
	assert_int_equal(versions_seen(world, world->stranger), 0x7);
	assert_int_equal(versions_seen(world, third), 0xf);
	store_session_close(third);
}

static void
no_osp_hands_over_or_takes_what_is_not_its_own(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	world_appended(world, STREAM, 0, 2);
	FAULTS(
	    ERR_CONFLICT, store_append(world->osp, world->arena, to_stranger(world, 2), &result));
	FAULTS(ERR_CONFLICT,
	    store_append(world->stranger, world->arena, to_stranger(world, 2), &result));
	assert_int_equal(versions_seen(world, world->stranger), 0);
	assert_int_equal(versions_seen(world, world->osp), 0x3);
}

static void
who_had_it_may_not_write_to_it_any_more(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	handed_over(world, world->noc);
	FAULTS(ERR_CONFLICT,
	    store_append(world->osp, world->arena, world_append(world, STREAM, 3, 1), &result));
	FAULTS(
	    ERR_CONFLICT, store_append(world->osp, world->arena, to_stranger(world, 3), &result));
	assert_int_equal(versions_seen(world, world->noc), 0x7);
}

static void
a_hand_over_is_undone_with_its_transaction(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	world_appended(world, STREAM, 0, 2);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_append(world->noc, world->arena, to_stranger(world, 2), &result));
	store_rollback(world->noc);
	assert_int_equal(versions_seen(world, world->stranger), 0);
	world_appended(world, STREAM, 2, 1);
	assert_int_equal(versions_seen(world, world->osp), 0x7);
}

int
store_handover_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(changes_are_listed_up_to_the_end_of_a_relieved_osps_time),
		WORLD_TEST(the_noc_hands_a_stream_over_by_appending_with_another_osp),
		WORLD_TEST(a_worker_hands_a_stream_over_by_appending_with_another_osp),
		WORLD_TEST(who_has_it_now_sees_all_and_who_had_it_what_was_until_then),
		WORLD_TEST(it_can_go_on_to_a_third_and_come_back),
		WORLD_TEST(no_osp_hands_over_or_takes_what_is_not_its_own),
		WORLD_TEST(who_had_it_may_not_write_to_it_any_more),
		WORLD_TEST(a_hand_over_is_undone_with_its_transaction),
	};

	return cmocka_run_group_tests_name("store hand-over", tests, NULL, NULL);
}
