#include "contract/store_contract.h"
#include "support/store_world.h"

/* A name that no migration knows: its subscriptions are the tests' own. */
#define NAME STR("followers")

/* A server notices the end of a connection a moment after it. */
#define ROUNDS_MAX 1000

/* Another process on the same store. */
struct process {
	struct store *store;
	struct store_session *session;
	struct store_slots slots;
};

static struct process
start_process(struct world *world)
{
	struct process process = { .store = world_store_join(world->store, world->arena) };

	process.session = world_session(process.store, world->arena, STORE_WORKER, UUID_NIL);
	return process;
}

static void
end_process(struct process *process)
{
	store_session_close(process->session);
	store_close(process->store);
}

static void
subscribe(struct world *world, struct str name, int64_t slots)
{
	OK(store_subscribe(world->worker, world->arena, name, slots, STORE_LIVE));
}

static struct store_slots
hold(struct world *world, struct store_session *session, struct str name)
{
	struct store_slots slots;

	OK(store_hold_slots(session, world->arena, name, false, &slots));
	return slots;
}

static struct store_subscription
look(struct world *world, struct str name)
{
	struct store_subscriptions list;

	OK(store_list_subscriptions(world->worker, world->arena, &list));
	for (size_t i = 0; i < list.count; i++) {
		if (str_equal(list.at[i].name, name))
			return list.at[i];
	}
	fail_msg("no subscription %.*s", STR_ARG(name));
	return (struct store_subscription){ .mode = STORE_OFF };
}

static struct store_move
move_of(const struct store_slots *slots, size_t index, int64_t to)
{
	return (struct store_move){ slots->at[index].number, slots->at[index].epoch,
		slots->at[index].position, to };
}

static struct store_parked
parked_at(const char *stream, int64_t position)
{
	return (struct store_parked){ .subscription = NAME,
		.stream = id_of(stream),
		.position = position,
		.version = 2,
		.tries = 1,
		.next_try = at_s(60),
		.problem = STR("cannot be read") };
}

static struct store_parked_list
list_parked(struct world *world, struct str name, size_t limit)
{
	struct store_parked_list list = { 0 };

	OK(store_list_parked(world->worker, world->arena, name, limit, &list));
	return list;
}

/* ---- slots ---- */

static void
a_stream_belongs_to_one_slot_for_ever(void **state)
{
	static const struct {
		struct uuid stream;
		int64_t slots, slot;
	} known[] = {
		{ { { 0 } }, 16, 0 },
		/* The first half does not count. */
		{ { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, 16, 0 },
		{ { { [15] = 0xff } }, 16, 15 },
		{ { { [15] = 0xff } }, 10, 5 },
		/* 2^63 and 2^64 - 1 are numbers above zero. */
		{ { { [8] = 0x80 } }, 10, 8 },
		{ { { [8] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, 10, 5 },
		{ { { 0x01, 0x98, 0xc5, 0xb2, 0x7d, 0x5e, 0x7c, 0x3a, 0x9a, 0x41, 0x5f, 0x0e, 0x8a,
		      0x7b, 0x1c, 0x2d } },
		    64, 45 },
		{ { { 0x01, 0x98, 0xc5, 0xb2, 0x7d, 0x5e, 0x7c, 0x3a, 0x9a, 0x41, 0x5f, 0x0e, 0x8a,
		      0x7b, 0x1c, 0x2d } },
		    1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		assert_int_equal(store_slot_of(known[i].stream, known[i].slots), known[i].slot);
}

static void
a_subscription_stays_as_it_was_made(void **state)
{
	struct world *world = *state;
	struct store_subscriptions list;
	struct store_slots slots;
	struct store_move move;
	size_t count = 0;

	subscribe(world, NAME, 4);
	slots = hold(world, world->worker, NAME);
	assert_int_equal(slots.of, 4);
	assert_int_equal(slots.mode, STORE_LIVE);
	assert_int_equal(slots.gate, 0);
	assert_int_equal(slots.count, 4);
	for (size_t i = 0; i < slots.count; i++) {
		assert_int_equal(slots.at[i].number, i);
		assert_int_equal(slots.at[i].position, 0);
	}
	move = move_of(&slots, 3, 9);
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));

	OK(store_subscribe(world->worker, world->arena, NAME, 8, STORE_OFF));
	slots = hold(world, world->worker, NAME);
	assert_int_equal(slots.of, 4);
	assert_int_equal(slots.mode, STORE_LIVE);
	assert_int_equal(slots.at[3].position, 9);
	OK(store_list_subscriptions(world->worker, world->arena, &list));
	for (size_t i = 0; i < list.count; i++)
		count += str_equal(list.at[i].name, NAME);
	assert_int_equal(count, 1);
}

static void
a_process_alone_holds_every_slot_and_goes_on_holding_it(void **state)
{
	struct world *world = *state;
	struct store_slots first, second;

	subscribe(world, NAME, 6);
	first = hold(world, world->worker, NAME);
	second = hold(world, world->worker, NAME);
	assert_int_equal(first.count, 6);
	assert_int_equal(second.count, 6);
	for (size_t i = 0; i < first.count; i++)
		assert_int_equal(second.at[i].epoch, first.at[i].epoch);
	assert_int_equal(look(world, NAME).held, 6);
}

/* Let all ask for slots in turns until every slot is held and nobody has more than ${most}. */
static void
share(struct world *world, struct process *processes, size_t count, int64_t of, size_t most)
{
	bool settled = false;

	for (int round = 0; round < ROUNDS_MAX && !settled; round++) {
		size_t held = 0, greatest = 0;

		for (size_t i = 0; i < count; i++) {
			processes[i].slots = hold(world, processes[i].session, NAME);
			held += processes[i].slots.count;
			if (processes[i].slots.count > greatest)
				greatest = processes[i].slots.count;
		}
		settled = held == (size_t)of && greatest <= most;
	}
	assert_true(settled);
}

/* No slot is held by two of ${processes}. */
static void
expect_one_holder_each(const struct process *processes, size_t count)
{
	bool held[STORE_SLOTS_MAX] = { false };

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < processes[i].slots.count; j++) {
			int64_t number = processes[i].slots.at[j].number;

			assert_false(held[number]);
			held[number] = true;
		}
	}
}

static void
several_processes_share_the_slots_fairly_and_inherit_those_of_who_is_gone(void **state)
{
	struct world *world = *state;
	struct process processes[3];

	subscribe(world, NAME, 8);
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		processes[i] = start_process(world);
	share(world, processes, 1, 8, 8);
	share(world, processes, 2, 8, 4);
	expect_one_holder_each(processes, 2);
	share(world, processes, 3, 8, 3);
	expect_one_holder_each(processes, 3);
	assert_int_equal(look(world, NAME).held, 8);

	end_process(&processes[2]);
	share(world, processes, 2, 8, 4);
	expect_one_holder_each(processes, 2);
	end_process(&processes[1]);
	share(world, processes, 1, 8, 8);
	end_process(&processes[0]);
	for (int round = 0; round < ROUNDS_MAX && look(world, NAME).held > 0; round++)
		continue;
	assert_int_equal(look(world, NAME).held, 0);
}

static void
who_stops_leaves_its_slots_to_the_others_at_once(void **state)
{
	struct world *world = *state;
	struct process processes[2] = { start_process(world), start_process(world) };

	subscribe(world, NAME, 4);
	share(world, processes, 2, 4, 2);
	OK(store_let_go_slots(processes[0].session, world->arena, NAME));
	assert_int_equal(look(world, NAME).held, 2);
	assert_int_equal(hold(world, processes[1].session, NAME).count, 4);
	end_process(&processes[0]);
	end_process(&processes[1]);
}

static void
who_was_away_too_long_moves_nothing_any_more(void **state)
{
	struct world *world = *state;
	struct process processes[2] = { start_process(world), start_process(world) };
	struct store_slots before, after;
	struct store_move move;

	subscribe(world, NAME, 1);
	before = hold(world, processes[0].session, NAME);
	OK(store_let_go_slots(processes[0].session, world->arena, NAME));
	move = move_of(&before, 0, 5);
	FAULTS(ERR_CONFLICT,
	    store_move_slots(processes[0].session, world->arena, NAME, &move, 1, false));
	after = hold(world, processes[1].session, NAME);
	assert_true(after.at[0].epoch > before.at[0].epoch);
	FAULTS(ERR_CONFLICT,
	    store_move_slots(processes[0].session, world->arena, NAME, &move, 1, false));

	/* Not even whoever holds it now moves it in the old epoch. */
	FAULTS(ERR_CONFLICT,
	    store_move_slots(processes[1].session, world->arena, NAME, &move, 1, false));
	assert_int_equal(look(world, NAME).slowest, 0);
	move = move_of(&after, 0, 5);
	OK(store_move_slots(processes[1].session, world->arena, NAME, &move, 1, false));
	assert_int_equal(look(world, NAME).slowest, 5);
	end_process(&processes[0]);
	end_process(&processes[1]);
}

static void
a_slot_moves_only_from_where_it_stands(void **state)
{
	struct world *world = *state;
	struct store_slots slots;
	struct store_move move;

	subscribe(world, NAME, 2);
	slots = hold(world, world->worker, NAME);
	move = move_of(&slots, 1, 5);
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	FAULTS(ERR_CONFLICT, store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	move.from = 5;
	move.to = 9;
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, true));

	slots = hold(world, world->worker, NAME);
	assert_int_equal(slots.at[0].position, 0);
	assert_int_equal(slots.at[1].position, 9);
	move = (struct store_move){ 2, slots.at[1].epoch, 0, 1 };
	FAULTS(ERR_CONFLICT, store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, STR("nobody"), &move, 1, false));
}

static void
of_several_slots_all_move_or_none(void **state)
{
	struct world *world = *state;
	struct store_slots slots;
	struct store_move moves[3];

	subscribe(world, NAME, 3);
	slots = hold(world, world->worker, NAME);
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		moves[i] = move_of(&slots, i, 4);
	moves[2].from = 1;
	FAULTS(ERR_CONFLICT,
	    store_move_slots(world->worker, world->arena, NAME, moves, COUNT_OF(moves), false));
	slots = hold(world, world->worker, NAME);
	for (size_t i = 0; i < slots.count; i++)
		assert_int_equal(slots.at[i].position, 0);
	moves[2].from = 0;
	OK(store_move_slots(world->worker, world->arena, NAME, moves, COUNT_OF(moves), false));
	assert_int_equal(look(world, NAME).slowest, 4);
}

static void
a_move_is_undone_with_its_transaction(void **state)
{
	struct world *world = *state;
	struct store_slots slots;
	struct store_move move;

	subscribe(world, NAME, 1);
	slots = hold(world, world->worker, NAME);
	move = move_of(&slots, 0, 5);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	store_rollback(world->worker);
	assert_int_equal(look(world, NAME).slowest, 0);

	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	OK(store_commit(world->worker, world->arena));
	assert_int_equal(look(world, NAME).slowest, 5);
}

/* ---- moves of an append ---- */

static struct store_append *
append_with_move(struct world *world, const char *stream, struct store_move move)
{
	struct store_append *append = world_append(world, id_of(stream), 0, 1);

	append->follower = NAME;
	append->move = move;
	return append;
}

static size_t
count_events(struct world *world, const char *stream)
{
	struct store_events events = { 0 };

	OK(store_read_stream(world->worker, world->arena, id_of(stream), 0, 100, &events));
	return events.count;
}

static void
what_is_done_for_an_event_and_the_move_are_one_append(void **state)
{
	struct world *world = *state;
	struct store_append_result result;
	struct store_slots slots;

	subscribe(world, NAME, 2);
	slots = hold(world, world->worker, NAME);
	OK(store_append(world->worker, world->arena,
	    append_with_move(world, "eco", move_of(&slots, 1, 7)), &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(count_events(world, "eco"), 1);
	slots = hold(world, world->worker, NAME);
	assert_int_equal(slots.at[0].position, 0);
	assert_int_equal(slots.at[1].position, 7);
}

static void
an_append_whose_move_is_fenced_writes_nothing(void **state)
{
	struct world *world = *state;
	struct process other = start_process(world);
	struct store_append_result result;
	struct store_append *append;
	struct store_slots slots;
	struct store_move move;

	subscribe(world, NAME, 1);
	slots = hold(world, other.session, NAME);
	move = move_of(&slots, 0, 7);
	/* Held by another process, */
	FAULTS(ERR_CONFLICT, store_append(world->worker, world->arena,
				 append_with_move(world, "eco", move), &result));
	/* in another epoch, */
	move.epoch--;
	append = append_with_move(world, "eco", move);
	append->command_key = id_of("key");
	FAULTS(ERR_CONFLICT, store_append(other.session, world->arena, append, &result));
	/* or somewhere else. */
	move = move_of(&slots, 0, 7);
	move.from = 3;
	OK(store_begin(other.session, world->arena, UUID_NIL));
	OK(store_append(
	    other.session, world->arena, world_append(world, id_of("before"), 0, 1), &result));
	FAULTS(ERR_CONFLICT, store_append(other.session, world->arena,
				 append_with_move(world, "eco", move), &result));

	assert_int_equal(count_events(world, "eco"), 0);
	assert_int_equal(count_events(world, "before"), 0);
	assert_int_equal(look(world, NAME).slowest, 0);
	/* The key is free, and the session as well. */
	append->move = move_of(&slots, 0, 7);
	OK(store_append(other.session, world->arena, append, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	end_process(&other);
}

static void
a_repeated_append_does_not_move_its_slot(void **state)
{
	struct world *world = *state;
	struct store_append_result result;
	struct store_append *append;
	struct store_slots slots;

	subscribe(world, NAME, 1);
	slots = hold(world, world->worker, NAME);
	append = append_with_move(world, "eco", move_of(&slots, 0, 7));
	append->command_key = id_of("key");
	OK(store_append(world->worker, world->arena, append, &result));
	append->move.from = 7;
	append->move.to = 9;
	OK(store_append(world->worker, world->arena, append, &result));
	assert_int_equal(result.outcome, STORE_REPEATED);
	assert_int_equal(look(world, NAME).slowest, 7);
}

/* ---- what could not be dealt with ---- */

static void
a_parked_stream_is_written_down_once_with_how_it_goes_on(void **state)
{
	struct world *world = *state;
	struct store_parked parked = parked_at("eco", 12);
	struct store_parked_list list;

	subscribe(world, NAME, 2);
	OK(store_park(world->worker, world->arena, &parked));
	parked.tries = 3;
	parked.next_try = at_s(120);
	parked.problem = STR("still cannot be read");
	OK(store_park(world->worker, world->arena, &parked));

	list = list_parked(world, NAME, 10);
	assert_int_equal(list.count, 1);
	ASSERT_STR(list.at[0].subscription, "followers");
	ASSERT_UUID(list.at[0].stream, id_of("eco"));
	assert_int_equal(list.at[0].position, 12);
	assert_int_equal(list.at[0].version, 2);
	assert_int_equal(list.at[0].tries, 3);
	assert_int_equal(list.at[0].next_try.us, at_s(120).us);
	ASSERT_STR(list.at[0].problem, "still cannot be read");
}

static void
parked_streams_are_listed_by_subscription_and_position(void **state)
{
	struct world *world = *state;
	struct store_parked late = parked_at("late", 30), early = parked_at("early", 10),
			    other = parked_at("late", 20);
	struct store_parked_list list;

	other.subscription = STR("another.1");
	subscribe(world, NAME, 2);
	subscribe(world, other.subscription, 2);
	OK(store_park(world->worker, world->arena, &late));
	OK(store_park(world->worker, world->arena, &early));
	OK(store_park(world->worker, world->arena, &other));

	list = list_parked(world, STR(""), 10);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.at[0].position, 20);
	assert_int_equal(list.at[1].position, 10);
	assert_int_equal(list.at[2].position, 30);
	assert_int_equal(list_parked(world, NAME, 10).count, 2);
	assert_int_equal(list_parked(world, NAME, 1).count, 1);
	assert_int_equal(list_parked(world, NAME, 1).at[0].position, 10);
	assert_int_equal(list_parked(world, STR("nobody"), 10).count, 0);
}

static void
a_stream_that_was_dealt_with_is_parked_no_more(void **state)
{
	struct world *world = *state;
	struct store_parked one = parked_at("one", 1), two = parked_at("two", 2);
	struct store_backlog backlog;

	subscribe(world, NAME, 2);
	OK(store_park(world->worker, world->arena, &one));
	OK(store_park(world->worker, world->arena, &two));
	assert_int_equal(look(world, NAME).parked, 2);
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.parked, 2);

	OK(store_unpark(world->worker, world->arena, NAME, one.stream));
	assert_int_equal(list_parked(world, NAME, 10).count, 1);
	ASSERT_UUID(list_parked(world, NAME, 10).at[0].stream, two.stream);
	assert_int_equal(look(world, NAME).parked, 1);
	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	assert_int_equal(backlog.parked, 1);

	/* It may be parked again, and unparking what is not parked is nothing. */
	OK(store_park(world->worker, world->arena, &one));
	assert_int_equal(look(world, NAME).parked, 2);
	OK(store_unpark(world->worker, world->arena, NAME, id_of("three")));
	assert_int_equal(look(world, NAME).parked, 2);
}

static void
a_stream_is_parked_in_the_transaction_of_the_move(void **state)
{
	struct world *world = *state;
	struct store_parked parked = parked_at("eco", 5);
	struct store_slots slots;
	struct store_move move;

	subscribe(world, NAME, 1);
	slots = hold(world, world->worker, NAME);
	move = move_of(&slots, 0, 5);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_park(world->worker, world->arena, &parked));
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	store_rollback(world->worker);
	assert_int_equal(list_parked(world, NAME, 10).count, 0);

	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_park(world->worker, world->arena, &parked));
	OK(store_move_slots(world->worker, world->arena, NAME, &move, 1, false));
	OK(store_commit(world->worker, world->arena));
	assert_int_equal(list_parked(world, NAME, 10).count, 1);
	assert_int_equal(look(world, NAME).slowest, 5);
}

static void
parked_streams_are_tried_again_when_somebody_asks_for_it(void **state)
{
	struct world *world = *state;
	struct store_parked one = parked_at("one", 1), two = parked_at("two", 2);
	struct store_parked_list list;
	int64_t retried;

	subscribe(world, NAME, 1);
	one.tries = two.tries = STORE_PARKED_TRIES_MAX;
	OK(store_park(world->worker, world->arena, &one));
	OK(store_park(world->worker, world->arena, &two));
	OK(store_retry_parked(world->worker, world->arena, NAME, one.stream, at_s(7), &retried));
	assert_int_equal(retried, 1);
	list = list_parked(world, NAME, 10);
	assert_int_equal(list.at[0].tries, 0);
	assert_int_equal(list.at[0].next_try.us, at_s(7).us);
	assert_int_equal(list.at[1].tries, STORE_PARKED_TRIES_MAX);
	assert_int_equal(list.at[1].next_try.us, at_s(60).us);

	OK(store_retry_parked(world->worker, world->arena, NAME, UUID_NIL, at_s(8), &retried));
	assert_int_equal(retried, 2);
	list = list_parked(world, NAME, 10);
	assert_int_equal(list.at[1].tries, 0);
	assert_int_equal(list.at[1].next_try.us, at_s(8).us);
	OK(store_retry_parked(
	    world->worker, world->arena, NAME, id_of("three"), at_s(9), &retried));
	assert_int_equal(retried, 0);
	OK(store_retry_parked(
	    world->worker, world->arena, STR("nobody"), UUID_NIL, at_s(9), &retried));
	assert_int_equal(retried, 0);
}

/* ---- what there is ---- */

static void
subscriptions_are_listed_by_name_with_how_far_they_are(void **state)
{
	struct world *world = *state;
	struct store_subscription standby, followed;
	struct store_subscriptions list;
	struct store_slots slots;
	struct store_move moves[2];

	subscribe(world, NAME, 2);
	OK(store_subscribe(world->worker, world->arena, STR("another.1"), 4, STORE_STANDBY));
	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	slots = hold(world, world->worker, NAME);
	moves[0] = move_of(&slots, 0, 3);
	moves[1] = move_of(&slots, 1, 2);
	OK(store_move_slots(world->worker, world->arena, NAME, moves, 2, false));

	OK(store_list_subscriptions(world->worker, world->arena, &list));
	assert_int_equal(list.head, 3);
	for (size_t i = 1; i < list.count; i++)
		assert_true(str_compare(list.at[i - 1].name, list.at[i].name) < 0);
	standby = look(world, STR("another.1"));
	assert_int_equal(standby.mode, STORE_STANDBY);
	assert_int_equal(standby.slots, 4);
	assert_int_equal(standby.held, 0);
	assert_int_equal(standby.slowest, 0);
	followed = look(world, NAME);
	assert_int_equal(followed.mode, STORE_LIVE);
	assert_int_equal(followed.slots, 2);
	assert_int_equal(followed.held, 2);
	assert_int_equal(followed.slowest, 2);
}

/* Bring every slot that is followed, but those of NAME, to ${position}. */
static void
pass_by_others(struct world *world, int64_t position)
{
	struct store_subscriptions list;

	OK(store_list_subscriptions(world->worker, world->arena, &list));
	for (size_t i = 0; i < list.count; i++) {
		bool followed = list.at[i].mode == STORE_LIVE || list.at[i].mode == STORE_STANDBY;
		struct store_move moves[STORE_SLOTS_MAX];
		struct store_slots slots;

		if (!followed || str_equal(list.at[i].name, NAME))
			continue;
		slots = hold(world, world->worker, list.at[i].name);
		for (size_t j = 0; j < slots.count; j++)
			moves[j] = move_of(&slots, j, position);
		OK(store_move_slots(
		    world->worker, world->arena, list.at[i].name, moves, slots.count, false));
	}
}

static int64_t
behind(struct world *world)
{
	struct store_backlog backlog;

	OK(store_backlog(world->worker, world->arena, at_s(0), &backlog));
	return backlog.behind;
}

static void
the_backlog_is_that_of_the_slowest_slot_which_is_followed(void **state)
{
	struct world *world = *state;
	struct store_slots slots;
	struct store_move moves[2];

	assert_int_equal(behind(world), 0);
	subscribe(world, NAME, 2);
	subscribe(world, STR("another.3"), 3);
	OK(store_subscribe(world->worker, world->arena, STR("another.2"), 1, STORE_REBUILD));
	OK(store_subscribe(world->worker, world->arena, STR("other.2"), 1, STORE_OFF));
	world_appended(world, id_of("eco"), 0, 5);
	world_sequence(world);
	assert_int_equal(behind(world), 5);
	slots = hold(world, world->worker, NAME);
	moves[0] = move_of(&slots, 0, 4);
	moves[1] = move_of(&slots, 1, 3);
	pass_by_others(world, 5);
	OK(store_move_slots(world->worker, world->arena, NAME, moves, 2, false));
	assert_int_equal(behind(world), 2);
	/* Who stands by must keep up as well. */
	OK(store_subscribe(world->worker, world->arena, STR("another.1"), 1, STORE_STANDBY));
	assert_int_equal(behind(world), 5);
}

static void
only_who_rebuilds_follows_a_rebuild_and_nobody_what_is_off(void **state)
{
	struct world *world = *state;
	struct store_slots slots;

	OK(store_subscribe(world->worker, world->arena, STR("another.2"), 4, STORE_REBUILD));
	OK(store_subscribe(world->worker, world->arena, STR("other.2"), 4, STORE_OFF));
	OK(store_subscribe(world->worker, world->arena, STR("other.1"), 4, STORE_STANDBY));
	slots = hold(world, world->worker, STR("another.2"));
	assert_int_equal(slots.mode, STORE_REBUILD);
	assert_int_equal(slots.count, 0);
	OK(store_hold_slots(world->worker, world->arena, STR("another.2"), true, &slots));
	assert_int_equal(slots.count, 4);
	OK(store_hold_slots(world->worker, world->arena, STR("other.2"), true, &slots));
	assert_int_equal(slots.mode, STORE_OFF);
	assert_int_equal(slots.count, 0);
	assert_int_equal(hold(world, world->worker, STR("other.1")).count, 4);

	/* Whoever does not rebuild any more lets go. */
	assert_int_equal(hold(world, world->worker, STR("another.2")).count, 0);
	assert_int_equal(look(world, STR("another.2")).held, 0);
}

int
store_feed_contract(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_belongs_to_one_slot_for_ever),
		WORLD_TEST(a_subscription_stays_as_it_was_made),
		WORLD_TEST(a_process_alone_holds_every_slot_and_goes_on_holding_it),
		WORLD_TEST(
		    several_processes_share_the_slots_fairly_and_inherit_those_of_who_is_gone),
		WORLD_TEST(who_stops_leaves_its_slots_to_the_others_at_once),
		WORLD_TEST(who_was_away_too_long_moves_nothing_any_more),
		WORLD_TEST(a_slot_moves_only_from_where_it_stands),
		WORLD_TEST(of_several_slots_all_move_or_none),
		WORLD_TEST(a_move_is_undone_with_its_transaction),
		WORLD_TEST(what_is_done_for_an_event_and_the_move_are_one_append),
		WORLD_TEST(an_append_whose_move_is_fenced_writes_nothing),
		WORLD_TEST(a_repeated_append_does_not_move_its_slot),
		WORLD_TEST(a_parked_stream_is_written_down_once_with_how_it_goes_on),
		WORLD_TEST(parked_streams_are_listed_by_subscription_and_position),
		WORLD_TEST(a_stream_that_was_dealt_with_is_parked_no_more),
		WORLD_TEST(a_stream_is_parked_in_the_transaction_of_the_move),
		WORLD_TEST(parked_streams_are_tried_again_when_somebody_asks_for_it),
		WORLD_TEST(subscriptions_are_listed_by_name_with_how_far_they_are),
		WORLD_TEST(the_backlog_is_that_of_the_slowest_slot_which_is_followed),
		WORLD_TEST(only_who_rebuilds_follows_a_rebuild_and_nobody_what_is_off),
	};

	return cmocka_run_group_tests_name("store feed", tests, NULL, NULL);
}
