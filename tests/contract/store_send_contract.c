#include "contract/store_contract.h"

#include <pthread.h>
#include <stdio.h>

#include "store/store_directory.h"
#include "store/store_send.h"
#include "support/record_world.h"
#include "support/store_world.h"

#define CLAIMS_MAX 40
#define TAKERS     8
#define TAKES      10

static void
write_effect(struct world *world, const char *key, enum effect_type type, int64_t due_s)
{
	struct store_effect effect = { .key = str_from_z(key),
		.type = type,
		.eco = id_of(key),
		.number = 3,
		.due = at_s(due_s) };
	struct store_append *append = world_append(world, id_of(key), 0, 1);
	struct store_append_result result;

	append->effects = &effect;
	append->effect_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
}

static size_t
claim(struct world *world, enum effect_lane lane, int64_t now_s, struct store_claim *claims)
{
	size_t count = 0;

	OK(store_claim_effects(
	    world->worker, world->arena, lane, at_s(now_s), CLAIMS_MAX, claims, &count));
	return count;
}

/* ---- urgency ---- */

static void
what_is_more_urgent_is_claimed_first_and_then_what_waited_longer(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];

	write_effect(world, "taken", EFFECT_TELL_TAKEN, 1);
	write_effect(world, "alert", EFFECT_ALERT_NOC, 2);
	write_effect(world, "call", EFFECT_PLACE_CALL, 9);
	write_effect(world, "text", EFFECT_SEND_PAGE, 8);
	assert_int_equal(claim(world, LANE_PAGING, 10, claims), 4);
	ASSERT_STR(claims[0].effect.key, "text");
	ASSERT_STR(claims[1].effect.key, "call");
	ASSERT_STR(claims[2].effect.key, "alert");
	ASSERT_STR(claims[3].effect.key, "taken");
}

/* The database knows the urgencies by a function of its own. */
static void
every_kind_of_effect_has_the_urgency_that_the_table_says(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];

	for (int type = 0; type < EFFECT_COUNT; type++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "%02d", type);
		write_effect(world, key, (enum effect_type)type, type);
	}
	for (enum effect_lane lane = 0; lane < LANE_COUNT; lane++) {
		size_t count = claim(world, lane, EFFECT_COUNT, claims);

		assert_true(count > 0);
		for (size_t i = 1; i < count; i++) {
			int before = effect_urgency(claims[i - 1].effect.type);
			int after = effect_urgency(claims[i].effect.type);

			assert_true(before <= after);
			if (before == after)
				assert_true(claims[i - 1].effect.due.us < claims[i].effect.due.us);
		}
	}
}

/* ---- slots ---- */

static bool
take(struct world *world, const char *key, int64_t units, int64_t now_s, struct instant *ret_at)
{
	struct store_throttle throttle = {
		.key = str_from_z(key), .step = SECONDS(1), .units = units
	};
	bool taken = false;

	OK(store_take_slot(world->worker, world->arena, &throttle, at_s(now_s), &taken, ret_at));
	return taken;
}

static void
a_slot_is_taken_once_and_who_finds_none_is_told_when_to_look(void **state)
{
	struct world *world = *state;
	struct instant at;

	assert_true(take(world, "calls:a", 1, 10, &at));
	assert_int_equal(at.us, at_s(10).us);
	assert_false(take(world, "calls:a", 1, 10, &at));
	assert_int_equal(at.us, at_s(11).us);
	/* The next one who finds none looks a step later, so that not all come at once. */
	assert_false(take(world, "calls:a", 1, 10, &at));
	assert_int_equal(at.us, at_s(12).us);
	assert_true(take(world, "calls:b", 1, 10, &at));
	assert_true(take(world, "calls:a", 1, 11, &at));
	assert_false(take(world, "calls:a", 1, 11, &at));
	assert_int_equal(at.us, at_s(12).us);
}

static void
what_is_longer_holds_its_slot_for_longer(void **state)
{
	struct world *world = *state;
	struct instant at;

	assert_true(take(world, "texts:a", 3, 10, &at));
	assert_false(take(world, "texts:a", 1, 12, &at));
	assert_int_equal(at.us, at_s(13).us);
	assert_true(take(world, "texts:a", 1, 13, &at));
}

static void
who_waits_behind_many_looks_again_soon_enough(void **state)
{
	struct world *world = *state;
	struct instant at;

	assert_true(take(world, "calls:a", 1, 0, &at));
	for (int i = 0; i < 30; i++)
		assert_false(take(world, "calls:a", 1, 0, &at));
	assert_int_equal(at.us, at_s(8).us);
}

struct taker {
	struct store *store;
	pthread_t thread;
	int taken;
};

static void *
take_many(void *argument)
{
	struct taker *taker = argument;
	struct arena *arena = arena_create(1 << 20);
	struct store_session *session = world_session(taker->store, arena, STORE_WORKER, UUID_NIL);
	struct store_throttle throttle = { .key = STR("calls:a"), .step = SECONDS(1), .units = 1 };

	for (int i = 0; i < TAKES; i++) {
		struct instant at;
		bool taken = false;

		if (store_take_slot(session, arena, &throttle, at_s(i), &taken, &at) == NULL)
			taker->taken += taken;
	}
	store_session_close(session);
	arena_destroy(arena);
	return NULL;
}

/* Each goes through the same seconds in its own pace: of each second one has the slot. */
static void
however_many_ask_each_slot_is_taken_by_one(void **state)
{
	struct world *world = *state;
	struct taker takers[TAKERS] = { 0 };
	int taken = 0;

	for (int i = 0; i < TAKERS; i++) {
		takers[i].store = world->store;
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_many, &takers[i]), 0);
	}
	for (int i = 0; i < TAKERS; i++) {
		assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
		taken += takers[i].taken;
	}
	assert_true(taken >= 1);
	assert_true(taken <= TAKES);
}

static void
to_wait_for_a_slot_is_no_try_and_costs_no_place(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];
	struct instant due;
	bool any;

	write_effect(world, "first", EFFECT_PLACE_CALL, 1);
	assert_int_equal(claim(world, LANE_PAGING, 5, claims), 1);
	OK(store_begin_effect(world->worker, world->arena, STR("first"), at_s(5)));
	OK(store_wait_effect(world->worker, world->arena, STR("first"), at_s(20)));
	FAULTS(
	    ERR_CONFLICT, store_wait_effect(world->worker, world->arena, STR("first"), at_s(20)));
	write_effect(world, "second", EFFECT_PLACE_CALL, 10);
	OK(store_next_effect(world->worker, world->arena, LANE_PAGING, &any, &due));
	assert_int_equal(due.us, at_s(10).us);
	assert_int_equal(claim(world, LANE_PAGING, 20, claims), 2);
	ASSERT_STR(claims[0].effect.key, "first");
	assert_int_equal(claims[0].effect.due.us, at_s(1).us);
	assert_int_equal(claims[0].tries, 1);
	assert_true(claims[0].begun);
	ASSERT_STR(claims[1].effect.key, "second");
}

/* ---- dead letters ---- */

static void
a_dead_letter_is_settled_and_stays_in_sight(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];
	struct store_letters letters;
	struct store_backlog backlog;
	int64_t dead;

	write_effect(world, "lost", EFFECT_HANG_UP, 1);
	write_effect(world, "waiting", EFFECT_TELL_TAKEN, 50);
	FAULTS(ERR_CONFLICT, store_set_aside_effect(world->worker, world->arena, STR("lost"),
				 at_s(9), STR("no answer")));
	assert_int_equal(claim(world, LANE_PAGING, 5, claims), 1);
	OK(store_set_aside_effect(
	    world->worker, world->arena, STR("lost"), at_s(9), STR("no answer")));
	assert_int_equal(claim(world, LANE_PAGING, 20, claims), 0);
	OK(store_list_letters(world->worker, world->arena, true, 10, &letters));
	assert_int_equal(letters.count, 1);
	ASSERT_STR(letters.at[0].claim.effect.key, "lost");
	ASSERT_STR(letters.at[0].problem, "no answer");
	assert_true(letters.at[0].dead);
	assert_int_equal(letters.at[0].dead_at.us, at_s(9).us);
	ASSERT_UUID(letters.at[0].noc, world->noc_id);
	OK(store_list_letters(world->worker, world->arena, false, 10, &letters));
	assert_int_equal(letters.count, 1);
	ASSERT_STR(letters.at[0].claim.effect.key, "waiting");
	OK(store_count_dead(world->worker, world->arena, &dead));
	assert_int_equal(dead, 1);
	OK(store_backlog(world->worker, world->arena, at_s(20), &backlog));
	assert_int_equal(backlog.effects_due, 0);
}

static void
a_dead_letter_is_replayed_or_buried_once(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];
	bool found;

	write_effect(world, "lost", EFFECT_HANG_UP, 1);
	OK(store_replay_effect(world->worker, world->arena, STR("lost"), at_s(30), &found));
	assert_false(found);
	assert_int_equal(claim(world, LANE_PAGING, 5, claims), 1);
	OK(store_set_aside_effect(world->worker, world->arena, STR("lost"), at_s(9), STR("x")));
	OK(store_replay_effect(world->worker, world->arena, STR("lost"), at_s(30), &found));
	assert_true(found);
	OK(store_replay_effect(world->worker, world->arena, STR("lost"), at_s(30), &found));
	assert_false(found);
	assert_int_equal(claim(world, LANE_PAGING, 29, claims), 0);
	assert_int_equal(claim(world, LANE_PAGING, 30, claims), 1);
	assert_int_equal(claims[0].tries, 1);

	OK(store_set_aside_effect(world->worker, world->arena, STR("lost"), at_s(40), STR("x")));
	OK(store_bury_effect(world->worker, world->arena, STR("lost"), &found));
	assert_true(found);
	OK(store_bury_effect(world->worker, world->arena, STR("lost"), &found));
	assert_false(found);
	assert_int_equal(claim(world, LANE_PAGING, 99, claims), 0);
}

/* ---- pages ---- */

static void
pages_to_a_number_are_found_newest_first(void **state)
{
	struct world *world = *state;
	struct sha256 ours = sha256_of(STR("+15125550101")), other = sha256_of(STR("+1"));
	struct store_page pages[3];
	size_t count;

	for (int64_t i = 1; i <= 3; i++)
		OK(store_note_page(world->worker, world->arena, ours,
		    &(struct store_page){ id_of("eco"), i, id_of("person"), at_s(i * 10) }));
	OK(store_note_page(world->worker, world->arena, ours,
	    &(struct store_page){ id_of("eco"), 1, id_of("person"), at_s(99) }));
	OK(store_note_page(world->worker, world->arena, other,
	    &(struct store_page){ id_of("eco"), 7, id_of("person"), at_s(50) }));
	OK(store_find_pages(world->worker, world->arena, ours, at_s(25), 3, pages, &count));
	assert_int_equal(count, 2);
	assert_int_equal(pages[0].attempt, 1);
	assert_int_equal(pages[0].at.us, at_s(99).us);
	assert_int_equal(pages[1].attempt, 3);
	ASSERT_UUID(pages[1].eco, id_of("eco"));
	ASSERT_UUID(pages[1].person, id_of("person"));
	OK(store_find_pages(world->worker, world->arena, ours, at_s(0), 1, pages, &count));
	assert_int_equal(count, 1);
	assert_int_equal(pages[0].attempt, 1);
}

/* Somebody of ${osp} with the two numbers. */
static void
put_person(struct world *world, struct store_session *session, const char *name, struct uuid osp,
    const char *first, const char *second)
{
	struct contact contacts[2] = {
		{ .id = id_of("one"), .kind = CONTACT_VOICE, .number = str_from_z(first) },
		{ .id = id_of("two"), .kind = CONTACT_SMS, .number = str_from_z(second) },
	};
	struct record person = person_of(world, name);

	person.person.osp = osp;
	person.person.contacts = contacts;
	person.person.contact_count = 2;
	put(world, session, &person, 1);
}

static void
everybody_with_a_number_is_found_by_it(void **state)
{
	struct world *world = *state;
	struct store_contact_owner found[5];
	size_t count;

	put_person(world, world->osp, "a", world->osp_id, "+15125550101", "+15125550102");
	put_person(world, world->stranger, "b", world->stranger_id, "+15125550109", "+15125550101");
	put_person(world, world->osp, "c", world->osp_id, "+1512555010", "+15125550103");
	OK(store_find_contacts(world->worker, world->arena, STR("+15125550101"), 5, found, &count));
	assert_int_equal(count, 2);
	assert_true(memcmp(&found[0].person, &found[1].person, sizeof(struct uuid)) < 0);
	for (size_t i = 0; i < count; i++)
		ASSERT_UUID(found[i].osp,
		    uuid_equal(found[i].person, id_of("a")) ? world->osp_id : world->stranger_id);
	OK(store_find_contacts(world->worker, world->arena, STR("+15125550101"), 1, found, &count));
	assert_int_equal(count, 1);
	OK(store_find_contacts(world->worker, world->arena, STR("+15125550199"), 5, found, &count));
	assert_int_equal(count, 0);
}

static void
answers_are_counted_until_something_is_done_or_an_hour_has_passed(void **state)
{
	struct world *world = *state;
	struct sha256 number = sha256_of(STR("+15125550101"));
	int64_t count;

	for (int64_t i = 1; i <= 3; i++) {
		OK(store_count_answer(world->worker, world->arena, number, at_s(i), false, &count));
		assert_int_equal(count, i);
	}
	OK(store_count_answer(world->worker, world->arena, number, at_s(4), true, &count));
	assert_int_equal(count, 0);
	OK(store_count_answer(world->worker, world->arena, number, at_s(5), false, &count));
	assert_int_equal(count, 1);
	OK(store_count_answer(world->worker, world->arena, number, at_s(3604), false, &count));
	assert_int_equal(count, 2);
	OK(store_count_answer(world->worker, world->arena, number, at_s(7204), false, &count));
	assert_int_equal(count, 1);
}

/* ---- pruning ---- */

static void
settled_work_of_what_is_no_open_eco_can_go_and_the_rest_stays(void **state)
{
	struct world *world = *state;
	struct store_append *append;
	struct store_append_result result;
	struct store_claim claims[CLAIMS_MAX];
	struct store_letters letters;
	struct uuid eco;
	int64_t count, number;
	bool found;

	write_effect(world, "done", EFFECT_PLACE_CALL, 1);
	write_effect(world, "dead", EFFECT_HANG_UP, 2);
	write_effect(world, "open", EFFECT_HANG_UP, 90);
	assert_int_equal(claim(world, LANE_PAGING, 5, claims), 2);
	append = world_append(world, id_of("done"), 1, 1);
	append->settles_effect = STR("done");
	append->bind_provider_id = STR("CA1");
	append->bind_number = 3;
	OK(store_append(world->worker, world->arena, append, &result));
	OK(store_set_aside_effect(world->worker, world->arena, STR("dead"), at_s(9), STR("x")));
	OK(store_prune_work(world->worker, world->arena, 3600, 100, &count));
	assert_int_equal(count, 0);
	OK(store_prune_work(world->worker, world->arena, 0, 100, &count));
	assert_int_equal(count, 1);
	OK(store_find_provider_id(world->worker, world->arena, STR("CA1"), &found, &eco, &number));
	assert_false(found);
	OK(store_list_letters(world->worker, world->arena, true, 10, &letters));
	assert_int_equal(letters.count, 1);
	assert_int_equal(claim(world, LANE_PAGING, 90, claims), 1);
}

int
store_send_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_is_more_urgent_is_claimed_first_and_then_what_waited_longer),
		WORLD_TEST(every_kind_of_effect_has_the_urgency_that_the_table_says),
		WORLD_TEST(a_slot_is_taken_once_and_who_finds_none_is_told_when_to_look),
		WORLD_TEST(what_is_longer_holds_its_slot_for_longer),
		WORLD_TEST(who_waits_behind_many_looks_again_soon_enough),
		WORLD_TEST(however_many_ask_each_slot_is_taken_by_one),
		WORLD_TEST(to_wait_for_a_slot_is_no_try_and_costs_no_place),
		WORLD_TEST(a_dead_letter_is_settled_and_stays_in_sight),
		WORLD_TEST(a_dead_letter_is_replayed_or_buried_once),
		WORLD_TEST(pages_to_a_number_are_found_newest_first),
		WORLD_TEST(everybody_with_a_number_is_found_by_it),
		WORLD_TEST(answers_are_counted_until_something_is_done_or_an_hour_has_passed),
		WORLD_TEST(settled_work_of_what_is_no_open_eco_can_go_and_the_rest_stays),
	};

	return cmocka_run_group_tests_name("store send", tests, NULL, NULL);
}
