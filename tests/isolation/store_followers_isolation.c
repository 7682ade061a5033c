#include <pthread.h>
#include <stdatomic.h>

#include "support/pg_database.h"
#include "support/store_party.h"

/*
 * Followers of the log on real concurrent sessions: who holds which slot, and
 * what a late holder may still do.
 */

#define POLICIES      STR("policies")
#define SLOTS         16
#define HAMMERS       4
#define HAMMER_ROUNDS 150

static size_t
hold(struct party *party)
{
	OK(store_hold_slots(party->session, party->arena, POLICIES, false, &party->slots));
	assert_int_equal(party->slots.mode, STORE_LIVE);
	assert_int_equal(party->slots.of, SLOTS);
	return party->slots.count;
}

/* End the connection by which the process that holds slot 0 lives. */
static void
kill_holder_of_slot_0(void)
{
	assert_int_equal(
	    party_number(
		"SELECT pg_terminate_backend(l.pid, 10000)::integer FROM pg_locks l,"
		" strike.slot s WHERE s.subscription = 'policies' AND s.number = 0"
		" AND l.locktype = 'advisory' AND l.classid = 5722001 AND l.objid = s.owner"
		" AND l.granted AND l.database ="
		" (SELECT oid FROM pg_database WHERE datname = current_database())"),
	    1);
}

/* The process that holds slot 0 has not been heard of for longer than a lease. */
static void
silence_holder_of_slot_0(void)
{
	party_run(
	    "UPDATE strike.follower f SET seen = seen - interval '1 hour' FROM strike.slot s"
	    " WHERE s.subscription = 'policies' AND s.number = 0 AND f.instance = s.owner;"
	    "UPDATE strike.slot SET lease = lease - interval '1 hour' WHERE subscription ="
	    " 'policies' AND owner = (SELECT owner FROM strike.slot WHERE subscription = 'policies'"
	    " AND number = 0)");
}

/* ---- sharing ---- */

static void
two_processes_share_the_slots_fairly(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);

	assert_int_equal(hold(&a), 16);
	assert_int_equal(hold(&b), 0);
	assert_int_equal(hold(&a), 8);
	assert_int_equal(hold(&b), 8);
	assert_int_equal(hold(&a), 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(a.slots.at[i].number, i);
		assert_int_equal(b.slots.at[i].number, 8 + i);
	}
	/* Its own were kept all the while, the others were taken a second time. */
	assert_int_equal(a.slots.at[0].epoch, 1);
	assert_int_equal(b.slots.at[0].epoch, 2);
	party_leave(&a);
	party_leave(&b);
}

static void
a_third_process_has_its_share_within_two_rounds(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world), c;

	hold(&a);
	hold(&b);
	hold(&a);
	hold(&b);
	c = party_join(world);
	hold(&c);
	hold(&a);
	hold(&b);
	assert_int_equal(hold(&c), 4);
	assert_int_equal(hold(&a), 6);
	assert_int_equal(hold(&b), 6);
	party_leave(&a);
	party_leave(&b);
	party_leave(&c);
}

static void
who_stops_in_good_order_leaves_all_to_the_others(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);

	hold(&a);
	hold(&b);
	OK(store_let_go_slots(a.session, a.arena, POLICIES));
	assert_int_equal(hold(&b), 16);
	party_leave(&a);
	party_leave(&b);
}

static void
a_process_that_dies_frees_its_slots_at_once(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);
	struct store_move late;

	hold(&a);
	late = party_move(&a, 0, 1);
	kill_holder_of_slot_0();
	assert_int_equal(hold(&b), 16);
	assert_int_equal(b.slots.at[0].epoch, 2);
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, &late, 1, false));
	/* It was only its connection that died: it comes back as one of two. */
	assert_int_equal(hold(&a), 0);
	assert_int_equal(hold(&b), 8);
	assert_int_equal(hold(&a), 8);
	party_leave(&a);
	party_leave(&b);
}

static void
a_process_that_hangs_loses_its_slots_with_its_lease(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);

	hold(&a);
	hold(&b);
	assert_int_equal(b.slots.count, 0);
	silence_holder_of_slot_0();
	assert_int_equal(hold(&b), 16);
	assert_int_equal(hold(&a), 0);
	party_leave(&a);
	party_leave(&b);
}

static void
what_is_off_or_being_rebuilt_is_let_go(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);

	hold(&a);
	party_run("UPDATE strike.subscription SET mode = 'rebuild' WHERE name = 'policies'");
	OK(store_hold_slots(b.session, b.arena, POLICIES, true, &b.slots));
	OK(store_hold_slots(a.session, a.arena, POLICIES, false, &a.slots));
	assert_int_equal(a.slots.mode, STORE_REBUILD);
	assert_int_equal(a.slots.count, 0);
	OK(store_hold_slots(b.session, b.arena, POLICIES, true, &b.slots));
	assert_int_equal(b.slots.count, 16);
	party_run("UPDATE strike.subscription SET mode = 'off' WHERE name = 'policies'");
	OK(store_hold_slots(b.session, b.arena, POLICIES, true, &b.slots));
	assert_int_equal(b.slots.mode, STORE_OFF);
	assert_int_equal(b.slots.count, 0);
	party_leave(&a);
	party_leave(&b);
}

/* ---- moving ---- */

static void
a_late_holder_moves_nothing_and_loses_what_it_wrote(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;
	struct store_events events;
	struct store_move late;

	hold(&a);
	late = party_move(&a, 0, 5);
	OK(store_begin(a.session, a.arena, UUID_NIL));
	OK(store_append(a.session, a.arena, append, &result));
	silence_holder_of_slot_0();
	hold(&b);
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, &late, 1, false));

	/* An append that names the move is undone all the same. */
	append->follower = POLICIES;
	append->move = late;
	FAULTS(ERR_CONFLICT, store_append(a.session, a.arena, append, &result));
	OK(store_read_stream(world->worker, world->arena, id_of("eco"), 0, 10, &events));
	assert_int_equal(events.count, 0);
	assert_int_equal(party_number("SELECT max(position) FROM strike.slot"), 0);

	append->move = party_move(&b, 0, 5);
	OK(store_append(b.session, b.arena, append, &result));
	hold(&b);
	assert_int_equal(b.slots.at[0].position, 5);
	party_leave(&a);
	party_leave(&b);
}

static void
a_slot_that_was_let_go_is_not_moved_even_if_nobody_took_it(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world);
	struct store_move late;

	hold(&a);
	late = party_move(&a, 3, 1);
	OK(store_let_go_slots(a.session, a.arena, POLICIES));
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, &late, 1, false));
	party_leave(&a);
}

static void
of_several_moves_all_are_made_or_none(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world);
	struct store_move moves[3];

	hold(&a);
	for (size_t i = 0; i < 3; i++)
		moves[i] = party_move(&a, 2 - i, 7);
	moves[1].from = 1;
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, moves, 3, false));
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, moves, 3, true));
	assert_int_equal(party_number("SELECT max(position) FROM strike.slot"), 0);
	moves[1].from = 0;
	OK(store_move_slots(a.session, a.arena, POLICIES, moves, 3, true));
	assert_int_equal(party_number("SELECT sum(position)::integer FROM strike.slot"), 21);
	party_leave(&a);
}

/* ---- under load ---- */

struct hammer {
	struct party party;
	unsigned seed;
	atomic_uint *holders;  /* by slot: who believes that it holds it, from 1 */
	long long moved;       /* steps that were acknowledged */
	long long twice, lost; /* slots that another held as well; faults other than conflicts */
	const atomic_bool *stop;
};

static void
unmark(struct hammer *hammer)
{
	for (size_t i = 0; i < hammer->party.slots.count; i++)
		atomic_store(&hammer->holders[hammer->party.slots.at[i].number], 0);
	hammer->party.slots.count = 0;
}

static void
mark(struct hammer *hammer)
{
	for (size_t i = 0; i < hammer->party.slots.count; i++) {
		unsigned nobody = 0;

		if (!atomic_compare_exchange_strong(
			&hammer->holders[hammer->party.slots.at[i].number], &nobody, hammer->seed))
			hammer->twice++;
	}
}

/* Move every slot that is held by one step. */
static void
step(struct hammer *hammer)
{
	struct party *party = &hammer->party;

	for (size_t i = 0; i < party->slots.count; i++) {
		struct store_move move = party_move(party, i, 1);
		struct err *err =
		    store_move_slots(party->session, party->arena, POLICIES, &move, 1, i % 2 == 0);

		if (err == NULL) {
			party->slots.at[i].position++;
			hammer->moved++;
		} else if (err->kind != ERR_CONFLICT) {
			hammer->lost++;
		}
	}
}

/* Hold, move, at times let go and come back. */
static void *
hammer_on(void *argument)
{
	struct hammer *hammer = argument;
	struct party *party = &hammer->party;

	for (unsigned i = 0; i < HAMMER_ROUNDS; i++) {
		struct arena_mark mark_of_arena = arena_mark(party->arena);

		unmark(hammer);
		if (i % 13 == hammer->seed)
			hammer->lost +=
			    store_let_go_slots(party->session, party->arena, POLICIES) != NULL;
		else if (store_hold_slots(
			     party->session, party->arena, POLICIES, false, &party->slots) != NULL)
			hammer->lost++;
		mark(hammer);
		step(hammer);
		arena_release(party->arena, mark_of_arena);
	}
	unmark(hammer);
	return NULL;
}

/* Run ${hammers}; their sums in the first of them. */
static void
hammer_all(struct world *world, struct hammer hammers[HAMMERS], atomic_uint holders[SLOTS],
    void (*meanwhile)(void))
{
	pthread_t threads[HAMMERS];

	for (unsigned i = 0; i < HAMMERS; i++) {
		hammers[i] = (struct hammer){ .seed = i + 1, .holders = holders };
		hammers[i].party = party_join(world);
	}
	for (size_t i = 0; i < HAMMERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer_on, &hammers[i]), 0);
	if (meanwhile != NULL)
		meanwhile();
	for (size_t i = 0; i < HAMMERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		party_leave(&hammers[i].party);
		if (i == 0)
			continue;
		hammers[0].moved += hammers[i].moved;
		hammers[0].twice += hammers[i].twice;
		hammers[0].lost += hammers[i].lost;
	}
}

static void
no_slot_is_ever_held_by_two(void **state)
{
	struct hammer hammers[HAMMERS];
	atomic_uint holders[SLOTS] = { 0 };

	hammer_all(*state, hammers, holders, NULL);
	assert_int_equal(hammers[0].twice, 0);
	assert_int_equal(hammers[0].lost, 0);
	assert_true(hammers[0].moved > HAMMER_ROUNDS);
	assert_int_equal(
	    party_number("SELECT sum(position)::bigint FROM strike.slot"), hammers[0].moved);
}

/* Let processes hang and die, so that others take what they still believe to hold. */
static void
break_holders(void)
{
	PGconn *conn = pg_database_connect();

	for (int i = 0; i < 40; i++) {
		pg_database_run(conn,
		    /* In the order in which everybody takes the rows. */
		    "WITH picked AS (SELECT number FROM strike.slot WHERE subscription = 'policies'"
		    " AND number % 3 = (random() * 2)::integer ORDER BY number FOR UPDATE)"
		    " UPDATE strike.slot s SET lease = lease - interval '1 hour' FROM picked"
		    " WHERE s.subscription = 'policies' AND s.number = picked.number");
		pg_database_run(conn,
		    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
		    " AND classid = 5722001 AND granted AND random() < 0.1 AND database ="
		    " (SELECT oid FROM pg_database WHERE datname = current_database())");
	}
	PQfinish(conn);
}

static void
whoever_hangs_or_dies_every_step_is_made_once(void **state)
{
	struct hammer hammers[HAMMERS];
	atomic_uint holders[SLOTS] = { 0 };

	hammer_all(*state, hammers, holders, break_holders);
	assert_true(hammers[0].moved > HAMMER_ROUNDS);
	assert_int_equal(
	    party_number("SELECT sum(position)::bigint FROM strike.slot"), hammers[0].moved);
}

/* ---- parked ---- */

static void
a_parked_stream_outlives_the_process_that_parked_it(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);
	struct store_parked parked = { POLICIES, id_of("eco"), 3, 2, 1, at_s(60), STR("too odd") };
	struct store_move move;
	struct store_parked_list list;
	int64_t again;

	hold(&a);
	move = party_move(&a, 0, 3);
	OK(store_begin(a.session, a.arena, UUID_NIL));
	OK(store_park(a.session, a.arena, &parked));
	OK(store_move_slots(a.session, a.arena, POLICIES, &move, 1, false));
	OK(store_commit(a.session, a.arena));
	kill_holder_of_slot_0();
	assert_int_equal(hold(&b), 16);
	assert_int_equal(b.slots.at[0].position, 3);

	OK(store_list_parked(b.session, b.arena, STR(""), 10, &list));
	assert_int_equal(list.count, 1);
	ASSERT_STR(list.at[0].subscription, "policies");
	ASSERT_UUID(list.at[0].stream, id_of("eco"));
	assert_int_equal(list.at[0].position, 3);
	assert_int_equal(list.at[0].version, 2);
	assert_int_equal(list.at[0].tries, 1);
	assert_int_equal(list.at[0].next_try.us, at_s(60).us);
	ASSERT_STR(list.at[0].problem, "too odd");
	OK(store_retry_parked(b.session, b.arena, POLICIES, UUID_NIL, at_s(5), &again));
	assert_int_equal(again, 1);
	OK(store_list_parked(b.session, b.arena, POLICIES, 10, &list));
	assert_int_equal(list.at[0].tries, 0);
	assert_int_equal(list.at[0].next_try.us, at_s(5).us);
	OK(store_unpark(b.session, b.arena, POLICIES, id_of("eco")));
	OK(store_list_parked(b.session, b.arena, POLICIES, 10, &list));
	assert_int_equal(list.count, 0);
	party_leave(&a);
	party_leave(&b);
}

static void
a_late_holder_parks_nothing(void **state)
{
	struct world *world = *state;
	struct party a = party_join(world), b = party_join(world);
	struct store_parked parked = { POLICIES, id_of("eco"), 3, 2, 1, at_s(60), STR("too odd") };
	struct store_move late;

	hold(&a);
	late = party_move(&a, 0, 3);
	silence_holder_of_slot_0();
	hold(&b);
	OK(store_begin(a.session, a.arena, UUID_NIL));
	OK(store_park(a.session, a.arena, &parked));
	FAULTS(ERR_CONFLICT, store_move_slots(a.session, a.arena, POLICIES, &late, 1, false));
	assert_int_equal(party_number("SELECT count(*) FROM strike.parked"), 0);
	party_leave(&a);
	party_leave(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(two_processes_share_the_slots_fairly),
		WORLD_TEST(a_third_process_has_its_share_within_two_rounds),
		WORLD_TEST(who_stops_in_good_order_leaves_all_to_the_others),
		WORLD_TEST(a_process_that_dies_frees_its_slots_at_once),
		WORLD_TEST(a_process_that_hangs_loses_its_slots_with_its_lease),
		WORLD_TEST(what_is_off_or_being_rebuilt_is_let_go),
		WORLD_TEST(a_late_holder_moves_nothing_and_loses_what_it_wrote),
		WORLD_TEST(a_slot_that_was_let_go_is_not_moved_even_if_nobody_took_it),
		WORLD_TEST(of_several_moves_all_are_made_or_none),
		WORLD_TEST(no_slot_is_ever_held_by_two),
		WORLD_TEST(whoever_hangs_or_dies_every_step_is_made_once),
		WORLD_TEST(a_parked_stream_outlives_the_process_that_parked_it),
		WORLD_TEST(a_late_holder_parks_nothing),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store followers", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
