#include "support/spec.h"

/* An acceptance is not an arrival: who is not seen is asked, and then others are rung. */

static const struct ringdown *
ringdown(void)
{
	return &world.callout.ringdown;
}

static struct eco_event
event(enum eco_event_type type)
{
	return (struct eco_event){ .type = type };
}

static void
given_noticed(struct eco_event happened)
{
	given(happened);
	when_noticed(happened);
}

/* The first of three has accepted, to be there in 45 minutes. */
static void
given_accepted(void)
{
	given_a_callout(3);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 45);
	then_timer(TIMER_ARRIVAL, MINUTES(60));
}

static void
given_asked(void)
{
	given_accepted();
	after(MINUTES(60));
	when_timer(TIMER_ARRIVAL);
}

static void
given_resumed(void)
{
	given_asked();
	after(RINGDOWN_ARRIVAL_ANSWER);
	when_timer(TIMER_ARRIVAL);
	when_reported_as(2, RINGDOWN_PLACED, STR("CA2"));
	assert_int_equal(ringdown()->state, DISPATCH_RINGING);
}

static void
who_is_not_seen_by_eta_and_grace_is_asked_once(void **state)
{
	(void)state;
	given_asked();
	assert_int_equal(then_happened(ECO_EVENT_ARRIVAL_ASKED)->arrival_asked.attempt, 1);
	then_effect(EFFECT_ASK_ARRIVAL, 1);
	then_timer(TIMER_ARRIVAL, RINGDOWN_ARRIVAL_ANSWER);
	assert_true(ringdown_wants_arrival_asked(ringdown(), 1));
	assert_false(ringdown_wants_arrival_asked(ringdown(), 2));
}

static void
without_an_eta_the_agreements_patience_counts(void **state)
{
	(void)state;
	given_a_callout(1);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 0);
	then_timer(TIMER_ARRIVAL, MINUTES(75));
}

static void
an_agreement_without_a_grace_has_nobody_asked(void **state)
{
	struct eco_event created = event(ECO_EVENT_CREATED);

	(void)state;
	created.created.terms = spec_terms;
	created.created.terms.arrival_grace_s = 0;
	given_a_callout(1);
	given(created);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 5);
	then_timer_untouched(TIMER_ARRIVAL);
	after(MINUTES(600));
	when_timer(TIMER_ARRIVAL);
	then_nothing();
	/* Nor does an exercise. */
	created.created.terms = spec_terms;
	created.created.exercise = true;
	given_a_callout(1);
	given(created);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 5);
	then_timer_untouched(TIMER_ARRIVAL);
}

static void
a_timer_that_comes_early_is_set_again(void **state)
{
	(void)state;
	given_accepted();
	after(MINUTES(20));
	when_timer(TIMER_ARRIVAL);
	then_events(0);
	then_timer(TIMER_ARRIVAL, MINUTES(40));
}

static void
no_answer_has_the_next_people_rung_and_the_first_told(void **state)
{
	(void)state;
	given_asked();
	after(RINGDOWN_ARRIVAL_ANSWER);
	when_timer(TIMER_ARRIVAL);
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGER_RESUMED)->pager_resumed.reason, PAGER_RESUME_NOT_SEEN);
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person, spec_person(2)));
	then_effect(EFFECT_PLACE_CALL, 2);
	then_effect(EFFECT_TELL_RESUMED, 1);
	then_timer_cleared(TIMER_ARRIVAL);
	assert_int_equal(ringdown_notice(ringdown(), 1), RINGDOWN_NOTICE_RESUMED);
}

static void
everybody_else_is_rung_at_least_once_more_and_who_was_not_seen_is_left_out(void **state)
{
	static const unsigned char people[] = { 3, 2, 3 };

	(void)state;
	given_resumed();
	for (size_t i = 0; i < COUNT_OF(people); i++) {
		when_reported((int64_t)i + 2, RINGDOWN_BUSY);
		assert_true(
		    uuid_equal(then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person,
			spec_person(people[i])));
	}
	when_reported(5, RINGDOWN_BUSY);
	then_happened(ECO_EVENT_PAGER_EXHAUSTED);
	then_effect(EFFECT_ALERT_NOC, 1);
	assert_int_equal(ringdown()->accepted_attempt, 1);
}

static void
when_the_last_loop_was_over_there_is_a_whole_one_more(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	for (int64_t attempt = 1; attempt <= 3; attempt++)
		when_reported(attempt, RINGDOWN_BUSY);
	when_chosen(4, RINGDOWN_ETA, 10);
	after(MINUTES(25));
	when_timer(TIMER_ARRIVAL);
	after(RINGDOWN_ARRIVAL_ANSWER);
	when_timer(TIMER_ARRIVAL);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.loop, 3);
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person, spec_person(1)));
}

static void
nobody_else_to_ring_is_exhausted_at_once_and_nobody_is_told_otherwise(void **state)
{
	(void)state;
	given_a_callout(1);
	when_dispatched();
	when_chosen(1, RINGDOWN_ETA, 10);
	after(MINUTES(25));
	when_timer(TIMER_ARRIVAL);
	after(RINGDOWN_ARRIVAL_ANSWER);
	when_timer(TIMER_ARRIVAL);
	then_happened(ECO_EVENT_PAGER_EXHAUSTED);
	then_effect(EFFECT_ALERT_NOC, 1);
	assert_int_equal(world.then.effect_count, 1);
	then_timer(TIMER_PAGER_RETRY, MINUTES(20));
}

static void
an_answer_with_a_new_eta_keeps_the_job(void **state)
{
	(void)state;
	given_asked();
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_NEW_ETA, 20);
	then_replied(RINGDOWN_ETA_NOTED);
	assert_int_equal(then_happened(ECO_EVENT_ETA_CHANGED)->eta_changed.eta_minutes, 20);
	then_timer(TIMER_ARRIVAL, MINUTES(35));
	assert_false(ringdown_wants_arrival_asked(ringdown(), 1));
	/* And is asked again when that has passed too. */
	after(MINUTES(35));
	when_timer(TIMER_ARRIVAL);
	then_happened(ECO_EVENT_ARRIVAL_ASKED);
}

static void
only_who_has_the_job_is_believed(void **state)
{
	(void)state;
	given_asked();
	when_visited(2, PAGE_CHANNEL_REPLY, RINGDOWN_ON_SITE, 0);
	then_replied(RINGDOWN_NOTED);
	then_nothing();
	when_visited(2, PAGE_CHANNEL_REPLY, RINGDOWN_NEW_ETA, 20);
	then_replied(RINGDOWN_TOO_LATE);
}

static void
who_is_on_site_is_welcome_and_nobody_is_asked(void **state)
{
	(void)state;
	given_accepted();
	after(MINUTES(30));
	when_visited(1, PAGE_CHANNEL_CALL_BACK, RINGDOWN_ON_SITE, 0);
	then_replied(RINGDOWN_WELCOME);
	then_happened(ECO_EVENT_CREW_ON_SITE);
	then_timer_cleared(TIMER_ARRIVAL);
	when_chosen(1, RINGDOWN_ON_SITE, 0);
	then_replied(RINGDOWN_WELCOME);
	then_nothing();
}

static void
what_is_seen_of_the_crew_ends_the_waiting(void **state)
{
	static const enum eco_event_type seen[] = { ECO_EVENT_CREW_ON_SITE,
		ECO_EVENT_WORK_STARTED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(seen); i++) {
		given_accepted();
		given_noticed(event(seen[i]));
		then_events(0);
		then_timer_cleared(TIMER_ARRIVAL);
		after(MINUTES(60));
		when_timer(TIMER_ARRIVAL);
		then_nothing();
	}
}

static void
to_be_on_the_way_moves_the_arrival_by_its_eta(void **state)
{
	struct eco_event en_route = event(ECO_EVENT_CREW_EN_ROUTE);

	(void)state;
	given_accepted();
	after(MINUTES(10));
	given_noticed(en_route);
	then_timer(TIMER_ARRIVAL, MINUTES(50));
	en_route.crew_en_route.eta_minutes = 20;
	given_noticed(en_route);
	then_timer(TIMER_ARRIVAL, MINUTES(35));
	/* Without an ETA it is at least an answer. */
	given_asked();
	given_noticed(event(ECO_EVENT_CREW_EN_ROUTE));
	then_timer(TIMER_ARRIVAL, MINUTES(75));
}

static void
a_crew_that_is_seen_after_all_stops_the_others(void **state)
{
	static const enum eco_event_type seen[] = { ECO_EVENT_CREW_ON_SITE,
		ECO_EVENT_WORK_STARTED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(seen); i++) {
		given_resumed();
		given_noticed(event(seen[i]));
		assert_int_equal(then_happened(ECO_EVENT_PAGER_STOPPED)->pager_stopped.reason,
		    PAGER_STOP_ON_SITE);
		then_effect(EFFECT_HANG_UP, 2);
		then_timer_cleared(TIMER_ATTEMPT);
	}
	given_resumed();
	when_chosen(1, RINGDOWN_ON_SITE, 0);
	then_replied(RINGDOWN_WELCOME);
	then_happened(ECO_EVENT_CREW_ON_SITE);
	then_happened(ECO_EVENT_PAGER_STOPPED);
	then_effect(EFFECT_HANG_UP, 2);
}

static void
a_task_that_began_before_anybody_accepted_stops_nobody(void **state)
{
	(void)state;
	given_a_callout(2);
	when_dispatched();
	given_noticed(event(ECO_EVENT_WORK_STARTED));
	then_nothing();
	given_noticed(event(ECO_EVENT_CREW_ON_SITE));
	then_happened(ECO_EVENT_PAGER_STOPPED);
}

static void
whoever_accepts_next_has_the_job_and_the_first_is_told(void **state)
{
	(void)state;
	given_resumed();
	when_chosen(2, RINGDOWN_ETA, 15);
	then_replied(RINGDOWN_CONFIRMED);
	then_effect(EFFECT_TELL_TAKEN, 1);
	assert_int_equal(ringdown_notice(ringdown(), 1), RINGDOWN_NOTICE_TAKEN);
	assert_int_equal(ringdown_notice(ringdown(), 2), RINGDOWN_NO_NOTICE);
	then_timer(TIMER_ARRIVAL, MINUTES(30));
	when_visited(1, PAGE_CHANNEL_REPLY, RINGDOWN_NEW_ETA, 5);
	then_replied(RINGDOWN_TOO_LATE);
}

static void
the_first_may_take_the_job_again_while_others_are_rung(void **state)
{
	(void)state;
	given_resumed();
	assert_true(ringdown_offers(ringdown(), spec_person(1)));
	when_chosen(1, RINGDOWN_NEW_ETA, 10);
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.attempt, 1);
	then_effect(EFFECT_HANG_UP, 2);
	assert_int_equal(world.then.effect_count, 1);
	assert_int_equal(ringdown_notice(ringdown(), 1), RINGDOWN_NO_NOTICE);
}

static void
an_eco_that_is_over_waits_for_nobody(void **state)
{
	static const enum eco_event_type ends[] = { ECO_EVENT_CANCELLED, ECO_EVENT_CLOSED,
		ECO_EVENT_STATUS_COMPLETED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		given_asked();
		given_noticed(event(ends[i]));
		then_timer_cleared(TIMER_ARRIVAL);
		assert_false(ringdown_wants_arrival_asked(ringdown(), 1));
		after(RINGDOWN_ARRIVAL_ANSWER);
		when_timer(TIMER_ARRIVAL);
		then_nothing();
		when_chosen(1, RINGDOWN_NEW_ETA, 10);
		then_nothing();
	}
}

static void
the_next_contractor_is_followed_anew(void **state)
{
	struct eco_event engaged = event(ECO_EVENT_OSP_ENGAGED);

	(void)state;
	given_asked();
	engaged.osp_engaged.terms = spec_terms;
	given(engaged);
	assert_int_equal(ringdown()->accepted_attempt, 0);
	when_dispatched();
	when_chosen(2, RINGDOWN_ETA, 10);
	then_timer(TIMER_ARRIVAL, MINUTES(25));
	then_no_effect();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_not_seen_by_eta_and_grace_is_asked_once),
		cmocka_unit_test(without_an_eta_the_agreements_patience_counts),
		cmocka_unit_test(an_agreement_without_a_grace_has_nobody_asked),
		cmocka_unit_test(a_timer_that_comes_early_is_set_again),
		cmocka_unit_test(no_answer_has_the_next_people_rung_and_the_first_told),
		cmocka_unit_test(
		    everybody_else_is_rung_at_least_once_more_and_who_was_not_seen_is_left_out),
		cmocka_unit_test(when_the_last_loop_was_over_there_is_a_whole_one_more),
		cmocka_unit_test(
		    nobody_else_to_ring_is_exhausted_at_once_and_nobody_is_told_otherwise),
		cmocka_unit_test(an_answer_with_a_new_eta_keeps_the_job),
		cmocka_unit_test(only_who_has_the_job_is_believed),
		cmocka_unit_test(who_is_on_site_is_welcome_and_nobody_is_asked),
		cmocka_unit_test(what_is_seen_of_the_crew_ends_the_waiting),
		cmocka_unit_test(to_be_on_the_way_moves_the_arrival_by_its_eta),
		cmocka_unit_test(a_crew_that_is_seen_after_all_stops_the_others),
		cmocka_unit_test(a_task_that_began_before_anybody_accepted_stops_nobody),
		cmocka_unit_test(whoever_accepts_next_has_the_job_and_the_first_is_told),
		cmocka_unit_test(the_first_may_take_the_job_again_while_others_are_rung),
		cmocka_unit_test(an_eco_that_is_over_waits_for_nobody),
		cmocka_unit_test(the_next_contractor_is_followed_anew),
	};

	return cmocka_run_group_tests_name("ringdown arrival", tests, NULL, NULL);
}
