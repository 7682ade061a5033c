#include "contract/store_contract.h"
#include "support/store_world.h"

#define CLAIMS_MAX 20

/* One ECO's timer set, or an effect written, by an append of one event. */
static void
set_timer(
    struct world *world, struct uuid eco, int64_t version, enum timer_kind kind, int64_t due_s)
{
	struct timer_change change = { .kind = kind, .set = true, .due = at_s(due_s) };
	struct store_append *append = world_append(world, eco, version, 1);
	struct store_append_result result;

	append->timers = &change;
	append->timer_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
}

static void
write_effect(struct world *world, const char *key, enum effect_type type, int64_t due_s)
{
	struct store_effect effect = { .key = str_from_z(key),
		.type = type,
		.eco = id_of(key),
		.number = 3,
		.provider_id = STR("CA123"),
		.due = at_s(due_s) };
	struct store_append *append = world_append(world, id_of(key), 0, 1);
	struct store_append_result result;

	append->effects = &effect;
	append->effect_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
}

static size_t
claim_timers(
    struct world *world, struct store_session *session, int64_t now_s, struct store_timer *timers)
{
	size_t count = 0;

	OK(store_claim_timers(session, world->arena, at_s(now_s), CLAIMS_MAX, timers, &count));
	return count;
}

static size_t
claim_effects(struct world *world, struct store_session *session, enum effect_lane lane,
    int64_t now_s, struct store_claim *claims)
{
	size_t count = 0;

	OK(store_claim_effects(
	    session, world->arena, lane, at_s(now_s), CLAIMS_MAX, claims, &count));
	return count;
}

/* ---- timers ---- */

static void
timers_are_claimed_when_due_earliest_first_and_once(void **state)
{
	struct world *world = *state;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_POLL, 20);
	set_timer(world, id_of("b"), 0, TIMER_GRACE, 10);
	set_timer(world, id_of("c"), 0, TIMER_ATTEMPT, 30);
	assert_int_equal(claim_timers(world, world->worker, 9, timers), 0);
	assert_int_equal(claim_timers(world, world->worker, 20, timers), 2);
	ASSERT_UUID(timers[0].eco, id_of("b"));
	assert_int_equal(timers[0].kind, TIMER_GRACE);
	assert_int_equal(timers[0].due.us, at_s(10).us);
	ASSERT_UUID(timers[1].eco, id_of("a"));
	assert_int_equal(claim_timers(world, world->worker, 20, timers), 0);
}

static void
a_claimed_timer_is_settled_by_the_append_that_it_led_to(void **state)
{
	struct world *world = *state;
	struct store_append *append = world_append(world, id_of("a"), 1, 1);
	struct store_append_result result;
	struct store_timer timers[CLAIMS_MAX];
	struct store_backlog backlog;

	set_timer(world, id_of("a"), 0, TIMER_GRACE, 10);
	assert_int_equal(claim_timers(world, world->worker, 10, timers), 1);
	append->settles_timer = true;
	append->settled_kind = TIMER_GRACE;
	append->settled_due = at_s(10);
	OK(store_append(world->worker, world->arena, append, &result));
	OK(store_backlog(world->worker, world->arena, at_s(100), &backlog));
	assert_int_equal(backlog.timers_due, 0);
	assert_int_equal(backlog.claimed, 0);
}

static void
a_timer_that_was_moved_meanwhile_is_not_settled(void **state)
{
	struct world *world = *state;
	struct store_append *append = world_append(world, id_of("a"), 2, 1);
	struct store_append_result result;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_GRACE, 10);
	assert_int_equal(claim_timers(world, world->worker, 10, timers), 1);
	set_timer(world, id_of("a"), 1, TIMER_GRACE, 50);
	append->settles_timer = true;
	append->settled_kind = TIMER_GRACE;
	append->settled_due = at_s(10);
	OK(store_append(world->worker, world->arena, append, &result));
	assert_int_equal(claim_timers(world, world->worker, 49, timers), 0);
	assert_int_equal(claim_timers(world, world->worker, 50, timers), 1);
}

static void
the_append_that_settles_a_timer_can_set_it_anew(void **state)
{
	struct world *world = *state;
	struct timer_change again = { .kind = TIMER_POLL, .set = true, .due = at_s(40) };
	struct store_append *append = world_append(world, id_of("a"), 1, 0);
	struct store_append_result result;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_POLL, 10);
	assert_int_equal(claim_timers(world, world->worker, 10, timers), 1);
	append->settles_timer = true;
	append->settled_kind = TIMER_POLL;
	append->settled_due = at_s(10);
	append->timers = &again;
	append->timer_count = 1;
	OK(store_append(world->worker, world->arena, append, &result));
	assert_int_equal(claim_timers(world, world->worker, 39, timers), 0);
	assert_int_equal(claim_timers(world, world->worker, 40, timers), 1);
}

static void
a_timer_is_forgotten_when_the_domain_says_so(void **state)
{
	struct world *world = *state;
	struct timer_change forget = { .kind = TIMER_POLL };
	struct store_append *append = world_append(world, id_of("a"), 1, 1);
	struct store_append_result result;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_POLL, 10);
	append->timers = &forget;
	append->timer_count = 1;
	OK(store_append(world->osp, world->arena, append, &result));
	assert_int_equal(claim_timers(world, world->worker, 100, timers), 0);
}

static void
a_timer_put_back_is_due_again_when_it_was_said(void **state)
{
	struct world *world = *state;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_POLL, 10);
	assert_int_equal(claim_timers(world, world->worker, 10, timers), 1);
	OK(store_put_back_timer(world->worker, world->arena, &timers[0], at_s(15)));
	assert_int_equal(claim_timers(world, world->worker, 14, timers), 0);
	assert_int_equal(claim_timers(world, world->worker, 15, timers), 1);
}

static void
settling_a_timer_that_another_process_holds_is_a_conflict(void **state)
{
	struct world *world = *state;
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *session = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	struct store_append *append = world_append(world, id_of("a"), 1, 1);
	struct store_append_result result;
	struct store_timer timers[CLAIMS_MAX];

	set_timer(world, id_of("a"), 0, TIMER_POLL, 10);
	assert_int_equal(claim_timers(world, session, 10, timers), 1);
	append->settles_timer = true;
	append->settled_kind = TIMER_POLL;
	append->settled_due = at_s(10);
	FAULTS(ERR_CONFLICT, store_append(world->worker, world->arena, append, &result));
	OK(store_append(session, world->arena, append, &result));
	store_session_close(session);
	store_close(other);
}

/* ---- the outbox ---- */

static void
effects_are_claimed_lane_by_lane_when_due_and_once(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];

	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 20);
	write_effect(world, "hang-up:1", EFFECT_HANG_UP, 10);
	write_effect(world, "render-task:1", EFFECT_RENDER_TASK, 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 9, claims), 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 20, claims), 2);
	ASSERT_STR(claims[0].effect.key, "hang-up:1");
	assert_int_equal(claims[0].effect.type, EFFECT_HANG_UP);
	ASSERT_UUID(claims[0].effect.eco, id_of("hang-up:1"));
	assert_int_equal(claims[0].effect.number, 3);
	ASSERT_STR(claims[0].effect.provider_id, "CA123");
	assert_int_equal(claims[0].effect.due.us, at_s(10).us);
	assert_int_equal(claims[0].tries, 1);
	assert_false(claims[0].begun);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 20, claims), 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_FIELD, 20, claims), 1);
}

static void
an_effect_that_was_begun_says_so_to_whoever_claims_it_next(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];

	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 0, claims), 1);
	OK(store_begin_effect(world->worker, world->arena, STR("place-call:1"), at_s(1)));
	OK(store_put_back_effect(
	    world->worker, world->arena, STR("place-call:1"), at_s(5), true, STR("no answer")));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 4, claims), 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 5, claims), 1);
	assert_int_equal(claims[0].tries, 2);
	assert_true(claims[0].begun);
	assert_int_equal(claims[0].begun_at.us, at_s(1).us);

	/* Known not to have reached the provider: nothing to look for. */
	OK(store_put_back_effect(
	    world->worker, world->arena, STR("place-call:1"), at_s(6), false, STR("refused")));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 6, claims), 1);
	assert_false(claims[0].begun);
}

static void
an_effect_is_settled_once_and_its_key_is_never_carried_out_again(void **state)
{
	struct world *world = *state;
	struct store_effect again = { .key = STR("place-call:1"),
		.type = EFFECT_PLACE_CALL,
		.eco = id_of("place-call:1"),
		.due = at_s(0) };
	struct store_append *append = world_append(world, id_of("place-call:1"), 1, 1);
	struct store_append_result result;
	struct store_claim claims[CLAIMS_MAX];

	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 0);
	append->settles_effect = STR("place-call:1");
	append->bind_provider_id = STR("CA77");
	append->bind_number = 4;
	FAULTS(ERR_CONFLICT, store_append(world->worker, world->arena, append, &result));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 0, claims), 1);
	OK(store_append(world->worker, world->arena, append, &result));
	append = world_append(world, id_of("place-call:1"), 2, 1);
	append->settles_effect = STR("place-call:1");
	FAULTS(ERR_CONFLICT, store_append(world->worker, world->arena, append, &result));

	append->settles_effect = STR("");
	append->effects = &again;
	append->effect_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 100, claims), 0);
}

static void
an_effect_that_is_not_wanted_any_more_is_dropped(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];

	write_effect(world, "hang-up:1", EFFECT_HANG_UP, 0);
	FAULTS(ERR_CONFLICT, store_drop_effect(world->worker, world->arena, STR("hang-up:1")));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 0, claims), 1);
	OK(store_drop_effect(world->worker, world->arena, STR("hang-up:1")));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 100, claims), 0);
}

static void
what_a_process_held_is_free_as_soon_as_it_is_gone(void **state)
{
	struct world *world = *state;
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *session = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	struct store_claim claims[CLAIMS_MAX];
	struct store_timer timers[CLAIMS_MAX];
	size_t effects = 0, due = 0;

	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 0);
	set_timer(world, id_of("a"), 0, TIMER_POLL, 0);
	assert_int_equal(claim_effects(world, session, LANE_PAGING, 0, claims), 1);
	assert_int_equal(claim_timers(world, session, 0, timers), 1);
	OK(store_begin_effect(session, world->arena, STR("place-call:1"), at_s(1)));
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 100, claims), 0);
	assert_int_equal(claim_timers(world, world->worker, 100, timers), 0);

	store_session_close(session);
	store_close(other);
	/* A server notices a connection's end a moment after it. */
	for (int i = 0; i < 1000 && (effects == 0 || due == 0); i++) {
		effects += claim_effects(world, world->worker, LANE_PAGING, 100, claims);
		due += claim_timers(world, world->worker, 100, timers);
	}
	assert_int_equal(effects, 1);
	assert_int_equal(due, 1);
	assert_int_equal(claims[0].tries, 2);
	assert_true(claims[0].begun);
}

static void
what_is_due_next_is_known(void **state)
{
	struct world *world = *state;
	struct store_timer timers[CLAIMS_MAX];
	struct instant due;
	bool any;

	OK(store_next_due(world->worker, world->arena, &any, &due));
	assert_false(any);
	set_timer(world, id_of("a"), 0, TIMER_POLL, 30);
	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 40);
	OK(store_next_due(world->worker, world->arena, &any, &due));
	assert_true(any);
	assert_int_equal(due.us, at_s(30).us);
	/* Work that is being done is not waited for. */
	assert_int_equal(claim_timers(world, world->worker, 30, timers), 1);
	OK(store_next_due(world->worker, world->arena, &any, &due));
	assert_int_equal(due.us, at_s(40).us);
}

static void
what_one_kind_of_work_waits_for_does_not_wake_another(void **state)
{
	struct world *world = *state;
	struct store_timer timers[CLAIMS_MAX];
	struct instant due;
	bool any;

	OK(store_next_timer(world->worker, world->arena, &any, &due));
	assert_false(any);
	set_timer(world, id_of("a"), 0, TIMER_POLL, 30);
	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 10);
	write_effect(world, "render-task:1", EFFECT_RENDER_TASK, 20);
	OK(store_next_timer(world->worker, world->arena, &any, &due));
	assert_true(any);
	assert_int_equal(due.us, at_s(30).us);
	OK(store_next_effect(world->worker, world->arena, LANE_PAGING, &any, &due));
	assert_true(any);
	assert_int_equal(due.us, at_s(10).us);
	OK(store_next_effect(world->worker, world->arena, LANE_FIELD, &any, &due));
	assert_true(any);
	assert_int_equal(due.us, at_s(20).us);
	/* Work that is being done is not waited for. */
	assert_int_equal(claim_timers(world, world->worker, 30, timers), 1);
	OK(store_next_timer(world->worker, world->arena, &any, &due));
	assert_false(any);
}

static void
keep_news(void *context, const struct store_news *news)
{
	*(struct store_news *)context = *news;
}

static void
the_bell_says_what_there_is_to_do(void **state)
{
	struct world *world = *state;
	struct store_news news = { .events = false };

	store_on_append(world->store, keep_news, &news);
	set_timer(world, id_of("a"), 0, TIMER_POLL, 30);
	assert_true(news.timers);
	assert_int_equal(news.timer_due.us, at_s(30).us);
	assert_false(news.effects[LANE_PAGING]);
	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 10);
	assert_true(news.effects[LANE_PAGING]);
	assert_false(news.effects[LANE_FIELD]);
	store_on_append(world->store, NULL, NULL);
}

static void
the_backlog_tells_due_waiting_and_claimed_work_apart(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];
	struct store_backlog backlog;

	write_effect(world, "place-call:1", EFFECT_PLACE_CALL, 10);
	write_effect(world, "place-call:2", EFFECT_PLACE_CALL, 20);
	set_timer(world, id_of("a"), 0, TIMER_POLL, 5);
	OK(store_backlog(world->worker, world->arena, at_s(10), &backlog));
	assert_int_equal(backlog.effects_due, 1);
	assert_int_equal(backlog.effects_waiting, 1);
	assert_int_equal(backlog.timers_due, 1);
	assert_int_equal(backlog.claimed, 0);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 10, claims), 1);
	OK(store_backlog(world->worker, world->arena, at_s(10), &backlog));
	assert_int_equal(backlog.effects_due, 1);
	assert_int_equal(backlog.claimed, 1);
}

static void
what_is_late_is_found_whether_or_not_it_is_claimed(void **state)
{
	struct world *world = *state;
	struct store_claim claims[CLAIMS_MAX];
	struct store_timer timers[CLAIMS_MAX];
	struct store_lateness late;

	OK(store_lateness(world->worker, world->arena, at_s(100), &late));
	assert_false(late.has_timer);
	assert_false(late.has_effect);
	assert_false(late.unsequenced);
	assert_int_equal(late.head, 0);

	set_timer(world, id_of("a"), 0, TIMER_ATTEMPT, 10);
	set_timer(world, id_of("a"), 1, TIMER_PAGER_RETRY, 11);
	set_timer(world, id_of("b"), 0, TIMER_POLL, 20);
	set_timer(world, id_of("c"), 0, TIMER_ATTEMPT, 30);
	write_effect(world, "call", EFFECT_PLACE_CALL, 15);
	write_effect(world, "poll", EFFECT_RENDER_POLL, 5);
	assert_int_equal(claim_timers(world, world->worker, 12, timers), 2);
	assert_int_equal(claim_effects(world, world->worker, LANE_PAGING, 16, claims), 1);

	OK(store_lateness(world->worker, world->arena, at_s(9), &late));
	assert_int_equal(late.timers + late.ringdowns + late.effects, 0);
	assert_true(late.has_timer);
	assert_int_equal(late.oldest_timer.us, at_s(10).us);
	assert_true(late.unsequenced);
	OK(store_lateness(world->worker, world->arena, at_s(20), &late));
	assert_int_equal(late.timers, 3);
	assert_int_equal(late.ringdowns, 1);
	assert_int_equal(late.effects, 1);
	assert_true(late.has_effect);
	assert_int_equal(late.oldest_effect.us, at_s(15).us);

	world_sequence(world);
	OK(store_lateness(world->worker, world->arena, at_s(20), &late));
	assert_false(late.unsequenced);
	assert_int_equal(late.head, 6);
}

static void
a_follower_that_lags_is_seen(void **state)
{
	struct world *world = *state;
	struct store_lateness late;

	OK(store_subscribe(world->worker, world->arena, STR("slow"), 2, STORE_LIVE));
	world_appended(world, id_of("a"), 0, 3);
	world_sequence(world);
	OK(store_lateness(world->worker, world->arena, at_s(0), &late));
	assert_int_equal(late.head, 3);
	assert_int_equal(late.followed, 0);
}

static void
open_ring_downs_are_counted_once_each(void **state)
{
	struct world *world = *state;
	struct store_backlog left;

	set_timer(world, id_of("a"), 0, TIMER_ATTEMPT, 10);
	set_timer(world, id_of("a"), 1, TIMER_PAGER_RETRY, 11);
	set_timer(world, id_of("b"), 0, TIMER_PAGER_RETRY, 20);
	set_timer(world, id_of("c"), 0, TIMER_POLL, 30);
	OK(store_backlog(world->worker, world->arena, at_s(0), &left));
	assert_int_equal(left.ringdowns, 2);
}

static void
a_providers_id_leads_back_to_its_attempt(void **state)
{
	struct world *world = *state;
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;
	struct uuid eco;
	int64_t number;
	bool found;

	append->bind_provider_id = STR("CA42");
	append->bind_number = 5;
	OK(store_append(world->worker, world->arena, append, &result));
	OK(store_find_provider_id(world->worker, world->arena, STR("CA42"), &found, &eco, &number));
	assert_true(found);
	ASSERT_UUID(eco, id_of("eco"));
	assert_int_equal(number, 5);
	OK(store_find_provider_id(world->worker, world->arena, STR("CA43"), &found, &eco, &number));
	assert_false(found);
}

static void
refused_webhooks_are_kept_newest_first(void **state)
{
	struct world *world = *state;
	struct store_rejection rejections[2];
	size_t count;

	OK(store_record_rejection(world->noc, world->arena, at_s(1), STR("/webhooks/twilio/voice"),
	    STR("192.0.2.1"), STR("signature does not fit")));
	OK(store_record_rejection(world->worker, world->arena, at_s(2),
	    STR("/webhooks/twilio/status"), STR("192.0.2.2"), STR("no signature")));
	OK(store_list_rejections(world->worker, world->arena, 1, rejections, &count));
	assert_int_equal(count, 1);
	ASSERT_STR(rejections[0].reason, "no signature");
	OK(store_list_rejections(world->worker, world->arena, 2, rejections, &count));
	assert_int_equal(count, 2);
	assert_int_equal(rejections[1].at.us, at_s(1).us);
	ASSERT_STR(rejections[1].route, "/webhooks/twilio/voice");
	ASSERT_STR(rejections[1].peer, "192.0.2.1");
}

int
store_work_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(timers_are_claimed_when_due_earliest_first_and_once),
		WORLD_TEST(a_claimed_timer_is_settled_by_the_append_that_it_led_to),
		WORLD_TEST(a_timer_that_was_moved_meanwhile_is_not_settled),
		WORLD_TEST(the_append_that_settles_a_timer_can_set_it_anew),
		WORLD_TEST(a_timer_is_forgotten_when_the_domain_says_so),
		WORLD_TEST(a_timer_put_back_is_due_again_when_it_was_said),
		WORLD_TEST(settling_a_timer_that_another_process_holds_is_a_conflict),
		WORLD_TEST(effects_are_claimed_lane_by_lane_when_due_and_once),
		WORLD_TEST(an_effect_that_was_begun_says_so_to_whoever_claims_it_next),
		WORLD_TEST(an_effect_is_settled_once_and_its_key_is_never_carried_out_again),
		WORLD_TEST(an_effect_that_is_not_wanted_any_more_is_dropped),
		WORLD_TEST(what_a_process_held_is_free_as_soon_as_it_is_gone),
		WORLD_TEST(what_is_due_next_is_known),
		WORLD_TEST(what_one_kind_of_work_waits_for_does_not_wake_another),
		WORLD_TEST(the_bell_says_what_there_is_to_do),
		WORLD_TEST(the_backlog_tells_due_waiting_and_claimed_work_apart),
		WORLD_TEST(what_is_late_is_found_whether_or_not_it_is_claimed),
		WORLD_TEST(a_follower_that_lags_is_seen),
		WORLD_TEST(open_ring_downs_are_counted_once_each),
		WORLD_TEST(a_providers_id_leads_back_to_its_attempt),
		WORLD_TEST(refused_webhooks_are_kept_newest_first),
	};

	return cmocka_run_group_tests_name("store work", tests, NULL, NULL);
}
