#include "support/spec.h"

/* People who come by themselves: they call back, they write, their dispatcher speaks for them. */

static const struct ringdown *
ringdown(void)
{
	return &world.callout.ringdown;
}

/* The first of two rings under CA1. */
static void
given_ringing(void)
{
	given_a_callout(2);
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
}

static void
given_exhausted(void)
{
	given_a_callout(1);
	when_dispatched();
	when_reported(1, RINGDOWN_BUSY);
	when_reported(2, RINGDOWN_BUSY);
	assert_int_equal(ringdown()->state, DISPATCH_WAITING_RETRY);
}

static void
who_calls_back_and_presses_1_is_asked_for_minutes_and_has_the_job(void **state)
{
	const struct eco_event *came;

	(void)state;
	given_ringing();
	assert_true(ringdown_offers(ringdown(), spec_person(2)));
	when_visited(2, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_ASK_ETA);
	came = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(came->page_attempted.channel, PAGE_CHANNEL_CALL_BACK);
	assert_int_equal(came->page_attempted.attempt, 2);
	assert_int_equal(came->page_attempted.contact, 2);
	assert_true(uuid_is_nil(came->page_attempted.via));
	then_happened(ECO_EVENT_PAGE_ETA_ASKED);
	then_no_effect();
	assert_null(ringdown_contact(ringdown(), 2));
	/* Nobody else wins meanwhile. */
	assert_false(ringdown_offers(ringdown(), spec_person(1)));
	when_visited(2, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ETA, 35);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.attempt, 2);
	then_effect(EFFECT_HANG_UP, 1);
}

static void
who_calls_back_and_hangs_up_when_asked_for_minutes_has_accepted(void **state)
{
	(void)state;
	given_ringing();
	when_visited(2, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	when_reported(2, RINGDOWN_ENDED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 0);
}

static void
who_writes_answers_the_text_that_they_were_sent(void **state)
{
	(void)state;
	given_a_callout(1);
	world.plan.people[0].contacts[0].channel = PAGE_CHANNEL_TEXT;
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("SM1"));
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_ETA, 45);
	then_replied(RINGDOWN_CONFIRMED);
	then_not(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.attempt, 1);
}

static void
a_reply_after_nobody_waited_for_it_any_more_may_still_win(void **state)
{
	(void)state;
	given_a_callout(2);
	world.plan.people[0].contacts[0].channel = PAGE_CHANNEL_TEXT;
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("SM1"));
	after(RINGDOWN_REPLY_WAIT);
	when_timer(TIMER_ATTEMPT);
	when_reported_as(2, RINGDOWN_PLACED, STR("CA2"));
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.attempt, 1);
	then_effect(EFFECT_HANG_UP, 2);
}

static void
a_dispatcher_accepts_for_a_crew_at_once(void **state)
{
	(void)state;
	given_ringing();
	when_visited(2, PAGE_CHANNEL_DESK, RINGDOWN_ETA, 25);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.channel, PAGE_CHANNEL_DESK);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 25);
	then_effect(EFFECT_HANG_UP, 1);
	then_timer_cleared(TIMER_ATTEMPT);
}

static void
who_is_left_out_of_the_plan_may_still_come_by_themselves(void **state)
{
	(void)state;
	given_a_callout(3);
	world.plan.people[0].skip = ROSTER_SKIP_RESTING;
	when_dispatched();
	when_visited(1, PAGE_CHANNEL_DESK, RINGDOWN_ETA, 10);
	then_replied(RINGDOWN_CONFIRMED);
	/* After the two who can be rung. */
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.contact, 3);
}

static void
strangers_and_those_who_come_before_anybody_was_rung_are_unknown(void **state)
{
	(void)state;
	given_a_callout(2);
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_UNKNOWN);
	assert_false(ringdown_offers(ringdown(), spec_person(1)));
	given_ringing();
	when_visited(9, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_UNKNOWN);
	then_nothing();
	assert_false(ringdown_offers(ringdown(), spec_person(9)));
}

static void
who_comes_too_late_is_told_so_and_it_is_recorded_once(void **state)
{
	(void)state;
	given_ringing();
	when_chosen(1, RINGDOWN_ETA, 45);
	when_visited(2, PAGE_CHANNEL_REPLY, RINGDOWN_ETA, 10);
	then_replied(RINGDOWN_TOO_LATE);
	then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED_TOO_LATE)->page_too_late.attempt, 2);
	when_visited(2, PAGE_CHANNEL_REPLY, RINGDOWN_ETA, 10);
	then_replied(RINGDOWN_TOO_LATE);
	then_nothing();
}

static void
who_has_the_job_may_say_so_again_by_any_way(void **state)
{
	(void)state;
	given_ringing();
	when_chosen(1, RINGDOWN_ETA, 45);
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_ETA, 45);
	then_replied(RINGDOWN_CONFIRMED);
	then_nothing();
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_CONFIRMED);
	then_nothing();
}

static void
minutes_that_come_after_the_acceptance_are_noted(void **state)
{
	(void)state;
	given_ringing();
	when_reported(1, RINGDOWN_HUMAN);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	after(RINGDOWN_ETA_MAX);
	when_timer(TIMER_ATTEMPT);
	when_chosen(1, RINGDOWN_ETA, 30);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_ETA_CHANGED)->eta_changed.eta_minutes, 30);
	then_timer(TIMER_ARRIVAL, MINUTES(45));
}

static void
after_the_list_is_exhausted_a_call_back_takes_the_job_at_once(void **state)
{
	(void)state;
	given_exhausted();
	assert_true(ringdown_offers(ringdown(), spec_person(1)));
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_CONFIRMED);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
	then_timer_cleared(TIMER_PAGER_RETRY);
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ETA, 30);
	then_replied(RINGDOWN_CONFIRMED);
	then_happened(ECO_EVENT_ETA_CHANGED);
}

static void
a_visitor_who_declines_is_not_rung(void **state)
{
	(void)state;
	given_ringing();
	when_visited(2, PAGE_CHANNEL_DESK, RINGDOWN_DECLINE, 1);
	then_replied(RINGDOWN_NOTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_DECLINED)->page_declined.attempt, 2);
	when_visited(2, PAGE_CHANNEL_DESK, RINGDOWN_DECLINE, 1);
	then_nothing();
	when_reported(1, RINGDOWN_BUSY);
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person, spec_person(1)));
}

static void
a_visitor_whose_telephone_rings_and_who_declines_is_let_go(void **state)
{
	(void)state;
	given_ringing();
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_DECLINE, 0);
	then_effect(EFFECT_HANG_UP, 1);
	then_effect(EFFECT_PLACE_CALL, 3);
}

static void
who_has_the_job_and_gives_it_back_has_others_rung_at_once(void **state)
{
	(void)state;
	given_ringing();
	when_chosen(1, RINGDOWN_ETA, 45);
	/* A late key of the same call is no change of mind. */
	when_chosen(1, RINGDOWN_DECLINE, 3);
	then_nothing();
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_DECLINE, 3);
	then_replied(RINGDOWN_NOTED);
	then_happened(ECO_EVENT_PAGE_DECLINED);
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGER_RESUMED)->pager_resumed.reason, PAGER_RESUME_GIVEN_BACK);
	then_effect(EFFECT_PLACE_CALL, 2);
	assert_int_equal(world.then.effect_count, 1);
	then_timer_cleared(TIMER_ARRIVAL);
}

static void
three_wrong_pins_of_a_visitor_are_on_record(void **state)
{
	(void)state;
	given_ringing();
	when_visited(2, PAGE_CHANNEL_CALL_BACK, RINGDOWN_WRONG_PIN, 0);
	then_replied(RINGDOWN_NOTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
	    PAGE_MISS_WRONG_PIN);
	/* It changes nothing for whose turn it is. */
	then_no_effect();
	when_visited(2, PAGE_CHANNEL_CALL_BACK, RINGDOWN_SILENT, 0);
	then_nothing();
}

static void
who_is_asked_for_minutes_may_write_them(void **state)
{
	(void)state;
	given_ringing();
	when_reported(1, RINGDOWN_HUMAN);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_ETA, 15);
	then_replied(RINGDOWN_CONFIRMED);
	/* They are not cut off while they listen. */
	then_no_effect();
	when_chosen(1, RINGDOWN_ETA, 15);
	then_replied(RINGDOWN_CONFIRMED);
	then_nothing();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_calls_back_and_presses_1_is_asked_for_minutes_and_has_the_job),
		cmocka_unit_test(who_calls_back_and_hangs_up_when_asked_for_minutes_has_accepted),
		cmocka_unit_test(who_writes_answers_the_text_that_they_were_sent),
		cmocka_unit_test(a_reply_after_nobody_waited_for_it_any_more_may_still_win),
		cmocka_unit_test(a_dispatcher_accepts_for_a_crew_at_once),
		cmocka_unit_test(who_is_left_out_of_the_plan_may_still_come_by_themselves),
		cmocka_unit_test(strangers_and_those_who_come_before_anybody_was_rung_are_unknown),
		cmocka_unit_test(who_comes_too_late_is_told_so_and_it_is_recorded_once),
		cmocka_unit_test(who_has_the_job_may_say_so_again_by_any_way),
		cmocka_unit_test(minutes_that_come_after_the_acceptance_are_noted),
		cmocka_unit_test(after_the_list_is_exhausted_a_call_back_takes_the_job_at_once),
		cmocka_unit_test(a_visitor_who_declines_is_not_rung),
		cmocka_unit_test(a_visitor_whose_telephone_rings_and_who_declines_is_let_go),
		cmocka_unit_test(who_has_the_job_and_gives_it_back_has_others_rung_at_once),
		cmocka_unit_test(three_wrong_pins_of_a_visitor_are_on_record),
		cmocka_unit_test(who_is_asked_for_minutes_may_write_them),
	};

	return cmocka_run_group_tests_name("ringdown visits", tests, NULL, NULL);
}
