#include "domain/ringdown/page_code.h"
#include "integration/telephony_adapter.h"
#include "process/effects_send.h"
#include "store/store_send.h"
#include "support/store_world.h"

/*
 * What every call and text goes through before it leaves (process/effects_send.h), one step at a
 * time: a store, a provider that says what it has, and moments that the test chooses.
 */

#define KEY  "place-call:1"
#define FROM "+15125550100"
#define TO   "+15125550101"

/* What the provider has, when it is asked. */
static struct telephony provider;
static struct telephony_record has[4];
static size_t has_count;

static struct err *
find(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	(void)port;
	(void)arena;
	assert_true(str_equal(search->to, STR(TO)));
	assert_true(str_equal(search->key, STR(KEY)));
	*ret = (struct telephony_records){ has, has_count };
	return NULL;
}

static const struct telephony_ops ops = { .find_calls = find, .find_texts = find };

/* An effect in hand. */
struct hand {
	struct world *world;
	struct process_config config;
	struct worker worker;
	struct vault vault;
	struct callout callout;
	struct store_claim claim;
	struct effect_job job;
};

static void
write_effect(struct world *world)
{
	struct store_effect effect = {
		.key = STR(KEY),
		.type = EFFECT_PLACE_CALL,
		.eco = id_of("eco"),
		.number = 3,
		.due = at_s(10),
	};
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;

	append->effects = &effect;
	append->effect_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
}

static void
claim(struct hand *hand, int64_t now_s)
{
	size_t count;

	OK(store_claim_effects(hand->world->worker, hand->world->arena, LANE_PAGING, at_s(now_s), 1,
	    &hand->claim, &count));
	assert_int_equal(count, 1);
	hand->job.work.now = at_s(now_s);
	hand->job.begun = hand->claim.begun;
}

/* The effect, claimed when it is due, of a process that begins one call and segment a second. */
static struct hand *
take(struct world *world)
{
	struct hand *hand = arena_new(world->arena, struct hand);

	assert_non_null(hand);
	provider.ops = &ops;
	has_count = 0;
	*hand = (struct hand){
		.world = world,
		.config = { .telephony = &provider,
		    .call_rate_per_s = 1,
		    .text_segments_per_s = 1 },
	};
	hand->worker = (struct worker){
		.config = &hand->config, .session = world->worker, .arena = world->arena
	};
	hand->job = (struct effect_job){
		.worker = &hand->worker,
		.work = { .session = world->worker, .arena = world->arena, .vault = &hand->vault },
		.claim = &hand->claim,
		.callout = &hand->callout,
		.agreement = { .twilio_from = STR(FROM) },
	};
	write_effect(world);
	claim(hand, 10);
	return hand;
}

/* Begin at ${begun_s}, with no word of what came of it, and look again at ${now_s}. */
static void
begin_and_lose(struct hand *hand, int64_t begun_s, int64_t now_s)
{
	struct store_session *session = hand->world->worker;

	OK(store_begin_effect(session, hand->world->arena, STR(KEY), at_s(begun_s)));
	OK(store_put_back_effect(
	    session, hand->world->arena, STR(KEY), at_s(now_s), true, STR("no answer")));
	claim(hand, now_s);
}

static enum send_earlier
look(struct hand *hand, bool is_call, const char *expected_id)
{
	struct send_search search = { .is_call = is_call, .to = STR(TO), .body = STR("KFX") };
	enum send_earlier earlier = SEND_NEW;
	struct str id;

	OK(send_find_earlier(&hand->job, &search, &earlier, &id));
	if (expected_id != NULL)
		ASSERT_STR(id, expected_id);
	return earlier;
}

/* ---- slots ---- */

static enum send_slot
slot(struct hand *hand, int64_t segments, int64_t latest_s)
{
	struct telephony_tenant tenant = send_tenant(&hand->job);
	struct instant latest = { latest_s == 0 ? 0 : at_s(latest_s).us };
	enum send_slot ret = SEND_NOW;

	OK(send_take_slot(&hand->job, &tenant, segments, latest, &ret));
	return ret;
}

static void
calls_leave_one_a_second_and_who_waits_made_no_try(void **state)
{
	struct hand *hand = take(*state);

	assert_int_equal(slot(hand, 0, 0), SEND_NOW);
	assert_int_equal(slot(hand, 0, 0), SEND_PUT_BACK);
	assert_string_equal(hand->job.outcome, "waits");
	claim(hand, 11);
	assert_int_equal(hand->claim.tries, 1);
	assert_int_equal(slot(hand, 0, 0), SEND_NOW);
}

static void
a_text_holds_the_number_for_as_many_seconds_as_it_has_segments(void **state)
{
	struct hand *hand = take(*state);

	assert_int_equal(slot(hand, 3, 0), SEND_NOW);
	/* Calls have slots of their own. */
	assert_int_equal(slot(hand, 0, 0), SEND_NOW);
	assert_int_equal(slot(hand, 1, 0), SEND_PUT_BACK);
	claim(hand, 13);
	assert_int_equal(slot(hand, 1, 0), SEND_NOW);
}

static void
without_a_rate_nobody_waits(void **state)
{
	struct hand *hand = take(*state);

	hand->config.call_rate_per_s = 0;
	for (int i = 0; i < 5; i++)
		assert_int_equal(slot(hand, 0, 0), SEND_NOW);
}

static void
what_would_come_too_late_does_not_wait(void **state)
{
	struct hand *hand = take(*state);

	assert_int_equal(slot(hand, 0, 9), SEND_TOO_LATE);
	assert_int_equal(slot(hand, 5, 0), SEND_NOW);
	assert_int_equal(slot(hand, 0, 10), SEND_NOW);
	assert_int_equal(slot(hand, 0, 10), SEND_TOO_LATE);
}

/* ---- an earlier try ---- */

static void
what_was_not_begun_is_not_looked_for(void **state)
{
	struct hand *hand = take(*state);

	has[0] = (struct telephony_record){ .provider_id = STR("CA1"), .is_certain = true };
	has_count = 1;
	assert_int_equal(look(hand, true, ""), SEND_NEW);
}

static void
nothing_is_sent_again_while_a_request_may_still_be_on_its_way(void **state)
{
	struct hand *hand = take(*state);

	begin_and_lose(hand, 10, 15);
	assert_int_equal(look(hand, true, ""), SEND_UNSURE);
	OK(effect_wait(&hand->job, at_s(22)));
	claim(hand, 22);
	assert_true(hand->claim.begun);
	assert_int_equal(look(hand, true, ""), SEND_NEW);
}

static void
a_call_that_nobody_else_can_have_made_is_ours(void **state)
{
	struct hand *hand = take(*state);

	begin_and_lose(hand, 10, 15);
	has[0] = (struct telephony_record){ .provider_id = STR("CA1") };
	has_count = 1;
	assert_int_equal(look(hand, true, "CA1"), SEND_FOUND);
}

static void
a_call_that_another_ring_down_may_have_made_is_nobodys(void **state)
{
	struct hand *hand = take(*state);

	begin_and_lose(hand, 10, 15);
	has[0] = (struct telephony_record){ .provider_id = STR("CA1") };
	has_count = 1;
	OK(store_note_page(hand->world->worker, hand->world->arena,
	    vault_fingerprint(&hand->vault, STR(TO)),
	    &(struct store_page){ id_of("other"), 1, id_of("person"), at_s(12) }));
	assert_int_equal(look(hand, true, NULL), SEND_UNSURE);
	/* What was made under our key is ours all the same. */
	has[0].is_certain = true;
	assert_int_equal(look(hand, true, "CA1"), SEND_FOUND);
}

static void
a_call_that_is_bound_to_another_attempt_is_not_ours(void **state)
{
	struct hand *hand = take(*state);
	struct store_append *append = world_append(hand->world, id_of("other"), 0, 1);
	struct store_append_result result;

	append->bind_provider_id = STR("CA1");
	append->bind_number = 1;
	OK(store_append(hand->world->worker, hand->world->arena, append, &result));
	begin_and_lose(hand, 10, 30);
	has[0] = (struct telephony_record){ .provider_id = STR("CA1") };
	has_count = 1;
	assert_int_equal(look(hand, true, ""), SEND_NEW);
}

static void
a_text_is_known_by_its_words(void **state)
{
	struct hand *hand = take(*state);

	begin_and_lose(hand, 10, 30);
	has[0] = (struct telephony_record){ .provider_id = STR("SM1"), .body = STR("BCD") };
	has[1] = (struct telephony_record){ .provider_id = STR("SM2"), .body = STR("KFX") };
	has_count = 1;
	assert_int_equal(look(hand, false, ""), SEND_NEW);
	has_count = 2;
	assert_int_equal(look(hand, false, "SM2"), SEND_FOUND);
}

/* ---- codes ---- */

static void
a_code_is_three_letters_that_are_no_word_and_the_same_for_an_eco(void **state)
{
	char first[PAGE_CODE_LEN + 1], again[PAGE_CODE_LEN + 1], other[PAGE_CODE_LEN + 1];

	(void)state;
	page_code(id_of("eco"), first);
	page_code(id_of("eco"), again);
	page_code(id_of("another eco"), other);
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
	assert_true(page_code_is(str_from_z(first)));
	assert_true(page_code_is(STR("kfx")));
	assert_false(page_code_is(STR("KAX")));
	assert_false(page_code_is(STR("KF")));
	assert_false(page_code_is(STR("KFXX")));
	assert_false(page_code_is(STR("K1X")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(calls_leave_one_a_second_and_who_waits_made_no_try),
		WORLD_TEST(a_text_holds_the_number_for_as_many_seconds_as_it_has_segments),
		WORLD_TEST(without_a_rate_nobody_waits),
		WORLD_TEST(what_would_come_too_late_does_not_wait),
		WORLD_TEST(what_was_not_begun_is_not_looked_for),
		WORLD_TEST(nothing_is_sent_again_while_a_request_may_still_be_on_its_way),
		WORLD_TEST(a_call_that_nobody_else_can_have_made_is_ours),
		WORLD_TEST(a_call_that_another_ring_down_may_have_made_is_nobodys),
		WORLD_TEST(a_call_that_is_bound_to_another_attempt_is_not_ours),
		WORLD_TEST(a_text_is_known_by_its_words),
		WORLD_TEST(a_code_is_three_letters_that_are_no_word_and_the_same_for_an_eco),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
