#include "support/spec.h"

/* Whose turn it is: steps, several numbers, texts, declines, loops and their end. */

#define RINGING SECONDS(35)

static const struct roster_contact voice_1 = { { { 0xa1 } }, PAGE_CHANNEL_VOICE,
	{ "+15125550101", 12 } };
static const struct roster_contact voice_2 = { { { 0xa2 } }, PAGE_CHANNEL_VOICE,
	{ "+15125550102", 12 } };
static const struct roster_contact a_text = { { { 0xa3 } }, PAGE_CHANNEL_TEXT,
	{ "+15125550101", 12 } };

static const struct ringdown *
ringdown(void)
{
	return &world.callout.ringdown;
}

/* ${count} people of one step. */
static void
given_a_blast(size_t count)
{
	given_a_callout(count);
	for (size_t i = 0; i < count; i++)
		world.plan.people[i].step = 1;
	when_dispatched();
}

/* One person with two telephones, who takes texts too. */
static void
give_everything(struct roster_person *person)
{
	person->contacts[0] = voice_1;
	person->contacts[1] = a_text;
	person->contacts[2] = voice_2;
	person->contact_count = 3;
	person->texts_too = true;
}

static enum page_miss
miss(void)
{
	return then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason;
}

static void
the_people_of_one_step_are_rung_at_once(void **state)
{
	(void)state;
	given_a_blast(3);
	then_events(4);
	for (int64_t attempt = 1; attempt <= 3; attempt++) {
		then_effect(EFFECT_PLACE_CALL, attempt);
		assert_true(ringdown_wants_call(ringdown(), attempt));
	}
	then_timer(TIMER_ATTEMPT, RINGING);
}

static void
a_step_is_over_when_all_of_its_turns_are(void **state)
{
	(void)state;
	given_a_blast(2);
	when_reported(1, RINGDOWN_BUSY);
	then_no_effect();
	when_reported(2, RINGDOWN_BUSY);
	then_effect(EFFECT_PLACE_CALL, 3);
	then_effect(EFFECT_PLACE_CALL, 4);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.loop, 2);
}

static void
the_first_of_a_step_to_accept_has_the_job_and_the_other_phones_fall_silent(void **state)
{
	(void)state;
	given_a_blast(3);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	when_reported_as(2, RINGDOWN_HUMAN, STR("CA2"));
	when_reported_as(3, RINGDOWN_HUMAN, STR("CA3"));
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_ASK_ETA);
	/* In the same moment, but second. */
	when_chosen(3, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_TOO_LATE);
	then_happened(ECO_EVENT_PAGE_ACCEPTED_TOO_LATE);
	when_chosen(2, RINGDOWN_ETA, 20);
	then_replied(RINGDOWN_CONFIRMED);
	then_effect(EFFECT_HANG_UP, 1);
	assert_int_equal(world.then.effect_count, 1);
	assert_int_equal(ringdown_next_open(ringdown(), 0), 0);
}

static void
while_somebody_is_asked_for_minutes_nobody_else_is_rung(void **state)
{
	(void)state;
	given_a_callout(3);
	world.plan.people[0].step = world.plan.people[1].step = 1;
	when_dispatched();
	when_reported(1, RINGDOWN_HUMAN);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	assert_false(ringdown_wants_call(ringdown(), 2));
	when_reported(2, RINGDOWN_BUSY);
	then_no_effect();
	after(RINGDOWN_ETA_MAX);
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 0);
}

static void
a_missed_call_goes_to_the_next_number_of_the_same_person(void **state)
{
	const struct eco_event *rung;

	(void)state;
	given_a_callout(2);
	give_everything(&world.plan.people[0]);
	world.plan.people[0].texts_too = false;
	when_dispatched();
	assert_true(uuid_equal(ringdown_contact(ringdown(), 1)->id, voice_1.id));
	when_reported(1, RINGDOWN_BUSY);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(1)));
	assert_true(uuid_equal(rung->page_attempted.via, voice_2.id));
	when_reported(2, RINGDOWN_BUSY);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(2)));
}

static void
every_loop_goes_through_all_numbers(void **state)
{
	static const unsigned char numbers[] = { 0xa2, 0xa1, 0xa2 };

	(void)state;
	given_a_callout(1);
	give_everything(&world.plan.people[0]);
	world.plan.people[0].texts_too = false;
	when_dispatched();
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		when_reported((int64_t)i + 1, RINGDOWN_BUSY);
		assert_int_equal(
		    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.via.bytes[0],
		    numbers[i]);
		assert_int_equal(
		    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.loop, i == 0 ? 1 : 2);
	}
	when_reported(4, RINGDOWN_BUSY);
	then_happened(ECO_EVENT_PAGER_EXHAUSTED);
}

static void
a_text_goes_out_with_the_first_call_and_one_reply_is_enough(void **state)
{
	(void)state;
	given_a_callout(1);
	give_everything(&world.plan.people[0]);
	when_dispatched();
	then_effect(EFFECT_PLACE_CALL, 1);
	then_effect(EFFECT_SEND_PAGE, 2);
	assert_true(ringdown_wants_text(ringdown(), 2));
	assert_int_equal(ringdown_channel(ringdown(), 2), PAGE_CHANNEL_TEXT);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	when_reported_as(2, RINGDOWN_PLACED, STR("SM1"));
	when_reported(2, RINGDOWN_TEXT_DELIVERED);
	then_happened(ECO_EVENT_PAGE_TEXT_DELIVERED);
	when_reported(2, RINGDOWN_TEXT_DELIVERED);
	then_nothing();
	when_chosen(2, RINGDOWN_ETA, 45);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 45);
	then_effect(EFFECT_HANG_UP, 1);
}

static void
who_has_a_text_to_answer_is_not_sent_another(void **state)
{
	(void)state;
	given_a_callout(1);
	give_everything(&world.plan.people[0]);
	when_dispatched();
	when_reported_as(2, RINGDOWN_PLACED, STR("SM1"));
	when_reported(1, RINGDOWN_BUSY);
	when_reported(3, RINGDOWN_BUSY);
	/* The second loop. */
	then_effect(EFFECT_PLACE_CALL, 4);
	assert_int_equal(world.then.effect_count, 1);
	when_reported(4, RINGDOWN_BUSY);
	when_reported(5, RINGDOWN_BUSY);
	assert_int_equal(miss(), PAGE_MISS_BUSY);
	then_happened(ECO_EVENT_PAGER_EXHAUSTED);
	assert_int_equal(ringdown_phase(ringdown(), 2), RINGDOWN_WAS_MISSED);
	/* And still they may win. */
	when_chosen(2, RINGDOWN_ETA, 30);
	then_replied(RINGDOWN_CONFIRMED);
	then_timer_cleared(TIMER_PAGER_RETRY);
}

static void
who_has_only_texts_is_waited_for(void **state)
{
	(void)state;
	given_a_callout(2);
	world.plan.people[0].contacts[0] = a_text;
	when_dispatched();
	then_effect(EFFECT_SEND_PAGE, 1);
	then_timer(TIMER_ATTEMPT, RINGDOWN_REPLY_WAIT);
	when_reported_as(1, RINGDOWN_PLACED, STR("SM1"));
	after(RINGDOWN_REPLY_WAIT);
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(miss(), PAGE_MISS_NO_REPLY);
	then_effect(EFFECT_PLACE_CALL, 2);
}

static void
a_text_that_cannot_be_sent_or_delivered_has_its_own_reason(void **state)
{
	static const struct {
		enum ringdown_news news;
		enum page_miss reason;
	} ways[] = {
		{ RINGDOWN_TEXT_FAILED, PAGE_MISS_UNDELIVERED },
		{ RINGDOWN_REFUSED, PAGE_MISS_CALL_REFUSED },
		{ RINGDOWN_STALE, PAGE_MISS_STALE },
		{ RINGDOWN_CALL_FAILED, PAGE_MISS_UNDELIVERED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		given_a_callout(2);
		world.plan.people[0].contacts[0] = a_text;
		when_dispatched();
		when_reported(1, ways[i].news);
		assert_int_equal(miss(), ways[i].reason);
		then_effect(EFFECT_PLACE_CALL, 2);
	}
	given_a_callout(2);
	world.plan.people[0].contacts[0] = a_text;
	when_dispatched();
	after(RINGDOWN_REPLY_WAIT);
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(miss(), PAGE_MISS_PROVIDER_UNAVAILABLE);
}

static void
what_is_said_of_calls_means_nothing_for_a_text_and_the_reverse(void **state)
{
	(void)state;
	given_a_callout(1);
	give_everything(&world.plan.people[0]);
	when_dispatched();
	for (int news = RINGDOWN_ANSWERED; news <= RINGDOWN_ENDED; news++) {
		if (news == RINGDOWN_CALL_FAILED)
			continue;
		when_reported(2, (enum ringdown_news)news);
		then_nothing();
	}
	when_reported(1, RINGDOWN_TEXT_FAILED);
	then_nothing();
	when_reported(1, RINGDOWN_TEXT_DELIVERED);
	then_nothing();
}

static void
a_text_that_was_taken_in_vain_is_not_hung_up(void **state)
{
	(void)state;
	given_a_callout(1);
	give_everything(&world.plan.people[0]);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 5);
	when_reported_as(2, RINGDOWN_PLACED, STR("SM1"));
	then_happened(ECO_EVENT_PAGE_PLACED);
	then_no_effect();
}

static void
a_call_dropped_rather_than_placed_late_rings_the_next(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	when_reported(1, RINGDOWN_STALE);
	assert_int_equal(miss(), PAGE_MISS_STALE);
	then_effect(EFFECT_PLACE_CALL, 2);
}

static void
three_wrong_pins_are_not_reached(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	when_reported(1, RINGDOWN_HUMAN);
	when_chosen(1, RINGDOWN_WRONG_PIN, 0);
	assert_int_equal(miss(), PAGE_MISS_WRONG_PIN);
	then_effect(EFFECT_PLACE_CALL, 2);
}

static void
a_decline_ends_the_whole_turn_and_is_good_for_all_loops(void **state)
{
	const struct eco_event *rung;

	(void)state;
	given_a_callout(2);
	give_everything(&world.plan.people[0]);
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	/* By text, while the telephone rings. */
	when_chosen(2, RINGDOWN_DECLINE, 2);
	then_effect(EFFECT_HANG_UP, 1);
	then_effect(EFFECT_PLACE_CALL, 3);
	assert_int_equal(ringdown_phase(ringdown(), 1), RINGDOWN_WAS_DECLINED);
	assert_int_equal(ringdown_phase(ringdown(), 2), RINGDOWN_WAS_DECLINED);
	when_reported(3, RINGDOWN_BUSY);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(rung->page_attempted.loop, 2);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(2)));
}

static void
when_everybody_has_declined_the_list_is_exhausted_at_once(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	when_chosen(1, RINGDOWN_DECLINE, 1);
	when_chosen(2, RINGDOWN_DECLINE, 1);
	assert_int_equal(then_happened(ECO_EVENT_PAGER_EXHAUSTED)->pager_exhausted.loops, 1);
	then_effect(EFFECT_ALERT_NOC, 1);
	/* The next round asks everybody again. */
	after(MINUTES(20));
	when_dispatched();
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person, spec_person(1)));
}

static void
the_last_exhaustion_looks_for_another_contractor(void **state)
{
	struct callout before;

	(void)state;
	given_a_callout(1);
	when_dispatched();
	when_reported(1, RINGDOWN_BUSY);
	when_reported(2, RINGDOWN_BUSY);
	assert_int_equal(world.then.effect_count, 1);
	assert_false(ringdown_wants_failover(ringdown(), 1));
	after(MINUTES(20));
	when_dispatched();
	when_reported(3, RINGDOWN_BUSY);
	when_reported(4, RINGDOWN_BUSY);
	then_effect(EFFECT_ALERT_NOC, 2);
	then_effect(EFFECT_ENGAGE_FAILOVER, 2);
	assert_true(ringdown_wants_failover(ringdown(), 2));
	assert_false(ringdown_wants_failover(ringdown(), 1));
	/* Unless somebody is there meanwhile. */
	before = world.callout;
	given((struct eco_event){ .type = ECO_EVENT_CREW_ON_SITE });
	assert_false(ringdown_wants_failover(ringdown(), 2));
	world.callout = before;
	when_failover_failed(FAILOVER_FAULT_NONE_LEFT);
	assert_int_equal(then_happened(ECO_EVENT_FAILOVER_FAILED)->failover_failed.fault,
	    FAILOVER_FAULT_NONE_LEFT);
	assert_false(ringdown_wants_failover(ringdown(), 2));
	when_failover_failed(FAILOVER_FAULT_NONE_LEFT);
	then_nothing();
}

static void
an_exercise_is_rung_as_any_other_and_engages_nobody_else(void **state)
{
	struct eco_event created = { .type = ECO_EVENT_CREATED };

	(void)state;
	given_a_callout(1);
	created.created.terms = spec_terms;
	created.created.terms.retries = 0;
	created.created.exercise = true;
	given(created);
	when_dispatched();
	then_effect(EFFECT_PLACE_CALL, 1);
	when_reported(1, RINGDOWN_BUSY);
	when_reported(2, RINGDOWN_BUSY);
	then_effect(EFFECT_ALERT_NOC, 1);
	assert_int_equal(world.then.effect_count, 1);
	assert_false(ringdown_wants_failover(ringdown(), 1));
}

static void
an_attempt_says_when_it_was_to_begin(void **state)
{
	struct instant created;

	(void)state;
	given_a_callout(2);
	created = world.now;
	after(SECONDS(4));
	when_dispatched();
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.planned.us, created.us);
	after((struct duration){ RINGING.us + 3000000 });
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.planned.us,
	    world.now.us - 3000000);
}

static void
the_one_timer_is_the_earliest_of_all_deadlines(void **state)
{
	(void)state;
	given_a_blast(2);
	after(SECONDS(5));
	when_reported(2, RINGDOWN_HUMAN);
	then_timer_untouched(TIMER_ATTEMPT);
	after(SECONDS(30));
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.attempt, 1);
	then_timer(TIMER_ATTEMPT, SECONDS(90));
	then_no_effect();
}

static void
a_cancellation_ends_every_call_in_flight(void **state)
{
	(void)state;
	given_a_blast(3);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	when_reported_as(3, RINGDOWN_HUMAN, STR("CA3"));
	given((struct eco_event){ .type = ECO_EVENT_CANCELLED });
	when_noticed((struct eco_event){ .type = ECO_EVENT_CANCELLED });
	then_happened(ECO_EVENT_PAGER_STOPPED);
	then_effect(EFFECT_HANG_UP, 1);
	then_effect(EFFECT_HANG_UP, 3);
	assert_int_equal(world.then.effect_count, 2);
	then_timer_cleared(TIMER_ATTEMPT);
}

static void
who_was_rung_before_the_pause_is_known_in_the_next_round(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	for (int64_t attempt = 1; attempt <= 4; attempt++)
		when_reported(attempt, RINGDOWN_BUSY);
	after(MINUTES(20));
	/* The second has gone home, and the first is the second now. */
	world.plan.people[1].id = spec_person(1);
	world.plan.people[0].id = spec_person(9);
	when_dispatched();
	assert_int_equal(ringdown_attempt_of(ringdown(), spec_person(1)), 0);
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_UNKNOWN);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.contact, 2);
}

static void
the_largest_blast_is_remembered_whole(void **state)
{
	(void)state;
	given_a_callout(ROSTER_PEOPLE_MAX);
	for (size_t i = 0; i < ROSTER_PEOPLE_MAX; i++) {
		world.plan.people[i].step = 1;
		give_everything(&world.plan.people[i]);
	}
	when_dispatched();
	assert_int_equal(world.then.effect_count, 2 * ROSTER_PEOPLE_MAX);
	/* One person listens, while everybody else goes through all numbers again and again. */
	when_reported(1, RINGDOWN_HUMAN);
	for (int64_t attempt = 3; attempt <= world.callout.ringdown.attempt; attempt++) {
		if (ringdown_channel(ringdown(), attempt) == PAGE_CHANNEL_VOICE)
			when_reported(attempt, RINGDOWN_BUSY);
	}
	/* And somebody calls in who cannot show who they are. */
	while (world.callout.ringdown.attempt < 2 * RINGDOWN_ATTEMPTS_KEPT)
		when_visited(7, PAGE_CHANNEL_CALL_BACK, RINGDOWN_WRONG_PIN, 0);
	assert_int_equal(ringdown_phase(ringdown(), 3), RINGDOWN_NO_CALL);
	assert_int_equal(ringdown_phase(ringdown(), 1), RINGDOWN_TALKING);
	when_chosen(1, RINGDOWN_ETA, 5);
	then_replied(RINGDOWN_CONFIRMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_people_of_one_step_are_rung_at_once),
		cmocka_unit_test(a_step_is_over_when_all_of_its_turns_are),
		cmocka_unit_test(
		    the_first_of_a_step_to_accept_has_the_job_and_the_other_phones_fall_silent),
		cmocka_unit_test(while_somebody_is_asked_for_minutes_nobody_else_is_rung),
		cmocka_unit_test(a_missed_call_goes_to_the_next_number_of_the_same_person),
		cmocka_unit_test(every_loop_goes_through_all_numbers),
		cmocka_unit_test(a_text_goes_out_with_the_first_call_and_one_reply_is_enough),
		cmocka_unit_test(who_has_a_text_to_answer_is_not_sent_another),
		cmocka_unit_test(who_has_only_texts_is_waited_for),
		cmocka_unit_test(a_text_that_cannot_be_sent_or_delivered_has_its_own_reason),
		cmocka_unit_test(what_is_said_of_calls_means_nothing_for_a_text_and_the_reverse),
		cmocka_unit_test(a_text_that_was_taken_in_vain_is_not_hung_up),
		cmocka_unit_test(a_call_dropped_rather_than_placed_late_rings_the_next),
		cmocka_unit_test(three_wrong_pins_are_not_reached),
		cmocka_unit_test(a_decline_ends_the_whole_turn_and_is_good_for_all_loops),
		cmocka_unit_test(when_everybody_has_declined_the_list_is_exhausted_at_once),
		cmocka_unit_test(the_last_exhaustion_looks_for_another_contractor),
		cmocka_unit_test(an_exercise_is_rung_as_any_other_and_engages_nobody_else),
		cmocka_unit_test(an_attempt_says_when_it_was_to_begin),
		cmocka_unit_test(the_one_timer_is_the_earliest_of_all_deadlines),
		cmocka_unit_test(a_cancellation_ends_every_call_in_flight),
		cmocka_unit_test(who_was_rung_before_the_pause_is_known_in_the_next_round),
		cmocka_unit_test(the_largest_blast_is_remembered_whole),
	};

	return cmocka_run_group_tests_name("ringdown turns", tests, NULL, NULL);
}
