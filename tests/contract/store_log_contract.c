#include <pthread.h>

#include "contract/store_contract.h"
#include "domain/directory/record.h"
#include "support/store_world.h"

static struct store_events
read_log(struct world *world, int64_t after, size_t limit)
{
	struct store_events events = { 0 };

	OK(store_read_log(world->worker, world->arena, after, limit, &events));
	return events;
}

static void
events_get_positions_from_one_without_a_gap_in_the_order_of_their_streams(void **state)
{
	struct world *world = *state;
	struct uuid a = id_of("a"), b = id_of("b");
	int64_t last_a = 0, last_b = 0;
	struct store_events log;

	world_appended(world, a, 0, 2);
	world_appended(world, b, 0, 1);
	assert_int_equal(world_sequence(world), 3);
	world_appended(world, a, 2, 1);
	world_appended(world, b, 1, 2);
	assert_int_equal(read_log(world, 0, 100).count, 3);
	assert_int_equal(world_sequence(world), 6);

	log = read_log(world, 0, 100);
	assert_int_equal(log.count, 6);
	for (size_t i = 0; i < log.count; i++) {
		int64_t *last = uuid_equal(log.at[i].stream, a) ? &last_a : &last_b;

		assert_int_equal(log.at[i].position, i + 1);
		assert_int_equal(log.at[i].version, *last + 1);
		*last = log.at[i].version;
	}
}

static void
the_log_is_read_in_parts_and_the_same_by_everybody(void **state)
{
	struct world *world = *state;
	struct store_session *other =
	    world_session(world->store, world->arena, STORE_WORKER, UUID_NIL);
	struct store_events all, part, theirs;

	for (int i = 0; i < 10; i++)
		world_appended(world, id_of(i % 2 == 0 ? "even" : "odd"), i / 2, 1);
	world_sequence(world);
	all = read_log(world, 0, STORE_BATCH_MAX);
	part = read_log(world, 4, 3);
	assert_int_equal(all.count, 10);
	assert_int_equal(part.count, 3);
	assert_int_equal(part.at[0].position, 5);
	OK(store_read_log(other, world->arena, 0, 100, &theirs));
	assert_int_equal(theirs.count, 10);
	for (size_t i = 0; i < all.count; i++)
		ASSERT_UUID(theirs.at[i].id, all.at[i].id);
	store_session_close(other);
}

static void
a_stream_shows_the_positions_of_its_events(void **state)
{
	struct world *world = *state;
	struct store_events events;

	world_appended(world, id_of("first"), 0, 2);
	world_appended(world, id_of("eco"), 0, 1);
	world_sequence(world);
	world_appended(world, id_of("eco"), 1, 1);
	OK(store_read_stream(world->osp, world->arena, id_of("eco"), 0, 10, &events));
	assert_int_equal(events.at[0].position, 3);
	assert_int_equal(events.at[1].position, 0);
}

static void
what_was_rolled_back_leaves_no_hole_in_the_log(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	world_appended(world, id_of("a"), 0, 1);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_append(world->noc, world->arena, world_append(world, id_of("b"), 0, 3), &result));
	store_rollback(world->noc);
	world_appended(world, id_of("c"), 0, 1);
	assert_int_equal(world_sequence(world), 2);
	assert_int_equal(read_log(world, 0, 10).at[1].position, 2);
}

static void
one_process_leads_until_it_is_gone(void **state)
{
	struct world *world = *state;
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *session = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	size_t count;
	int64_t head;
	bool leads;

	world_appended(world, id_of("a"), 0, 1);
	OK(store_sequence(session, world->arena, &head, &leads, &count));
	assert_true(leads);
	assert_int_equal(count, 1);

	world_appended(world, id_of("a"), 1, 1);
	OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_false(leads);
	assert_int_equal(head, 1);
	assert_int_equal(count, 0);

	store_session_close(session);
	store_close(other);
	/* A server notices a connection's end a moment after it. */
	for (int i = 0; i < 1000 && !leads; i++)
		OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_true(leads);
	assert_int_equal(head, 2);
}

static void
the_backlog_counts_events_without_a_position(void **state)
{
	struct world *world = *state;
	struct store_backlog backlog;

	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.unsequenced, 0);
	world_appended(world, id_of("a"), 0, 3);
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.unsequenced, 3);
	world_sequence(world);
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.unsequenced, 0);
}

/* The last position of a change to ${eco} between the two; 0: none that ${session} sees. */
static int64_t
changed_at(struct world *world, struct store_session *session, int64_t after, int64_t upto,
    struct uuid eco)
{
	struct store_changed_list list;
	int64_t position = 0;

	OK(store_list_changed(session, world->arena, after, upto, &list));
	for (size_t i = 0; i < list.count; i++) {
		if (!uuid_equal(list.at[i].eco, eco))
			continue;
		assert_int_equal(position, 0);
		position = list.at[i].position;
	}
	return position;
}

static void
the_end_of_the_log_is_its_last_position(void **state)
{
	struct world *world = *state;
	int64_t head;

	OK(store_log_head(world->worker, world->arena, &head));
	assert_int_equal(head, 0);
	world_appended(world, id_of("a"), 0, 3);
	OK(store_log_head(world->worker, world->arena, &head));
	assert_int_equal(head, 0);
	world_sequence(world);
	OK(store_log_head(world->worker, world->arena, &head));
	assert_int_equal(head, 3);
}

static void
what_has_changed_between_two_positions_is_listed_for_who_may_see_it(void **state)
{
	struct world *world = *state;
	struct uuid a = id_of("a"), b = id_of("b"), record = id_of("record");
	struct store_append *append = world_append(world, record, 0, 1);
	struct store_append_result result;
	struct store_event event = append->events[0];

	event.type = directory_event_name(DIRECTORY_EVENT_REGION_CREATED);
	append->events = &event;
	world_appended(world, a, 0, 2);
	world_appended(world, b, 0, 1);
	world_sequence(world);
	world_appended(world, a, 2, 1);
	OK(store_append(world->noc, world->arena, append, &result));
	world_sequence(world);

	assert_int_equal(changed_at(world, world->osp, 0, 100, a), 4);
	assert_int_equal(changed_at(world, world->osp, 0, 100, b), 3);
	assert_int_equal(changed_at(world, world->osp, 0, 100, record), 0);
	assert_int_equal(changed_at(world, world->osp, 0, 3, a), 2);
	assert_int_equal(changed_at(world, world->noc, 3, 100, b), 0);
	assert_int_equal(changed_at(world, world->noc, 3, 4, a), 4);
	assert_int_equal(changed_at(world, world->noc, 4, 4, a), 0);
	assert_int_equal(changed_at(world, world->stranger, 0, 100, a), 0);
	assert_int_equal(changed_at(world, world->worker, 0, 100, b), 3);
}

int
store_log_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(
		    events_get_positions_from_one_without_a_gap_in_the_order_of_their_streams),
		WORLD_TEST(the_log_is_read_in_parts_and_the_same_by_everybody),
		WORLD_TEST(a_stream_shows_the_positions_of_its_events),
		WORLD_TEST(what_was_rolled_back_leaves_no_hole_in_the_log),
		WORLD_TEST(one_process_leads_until_it_is_gone),
		WORLD_TEST(the_backlog_counts_events_without_a_position),
		WORLD_TEST(the_end_of_the_log_is_its_last_position),
		WORLD_TEST(what_has_changed_between_two_positions_is_listed_for_who_may_see_it),
	};

	return cmocka_run_group_tests_name("store log", tests, NULL, NULL);
}
