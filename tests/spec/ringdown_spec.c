#include "support/spec.h"

#define RINGING  SECONDS(35) /* 25 s of ringing, 10 s for the provider's word */
#define EVERYONE 2

static struct eco_event
event(enum eco_event_type type)
{
	return (struct eco_event){ .type = type };
}

/* Attempt 1 is on the line, as far as ${phase}. */
static void
given_first_attempt_in(enum ringdown_phase phase)
{
	given_a_callout(EVERYONE);
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	if (phase >= RINGDOWN_PICKED_UP)
		when_reported(1, RINGDOWN_ANSWERED);
	if (phase >= RINGDOWN_TALKING)
		when_reported(1, RINGDOWN_HUMAN);
	if (phase >= RINGDOWN_ASKED_ETA)
		when_chosen(1, RINGDOWN_ACCEPT, 0);
	assert_int_equal(ringdown_phase(&world.callout.ringdown, 1), phase);
}

/* Attempt 1 was given up without an answer, attempt 2 rings under CA2. */
static void
given_second_attempt_rings(void)
{
	given_first_attempt_in(RINGDOWN_CALLING);
	when_reported(1, RINGDOWN_RANG_OUT);
	when_reported_as(2, RINGDOWN_PLACED, STR("CA2"));
}

static void
given_exhausted(void)
{
	given_a_callout(1);
	when_dispatched();
	when_reported(1, RINGDOWN_BUSY);
	when_reported(2, RINGDOWN_BUSY);
	assert_int_equal(world.callout.ringdown.state, DISPATCH_WAITING_RETRY);
}

static void
dispatch_freezes_the_plan_and_rings_the_first_person(void **state)
{
	const struct eco_event *rung;

	(void)state;
	given_a_callout(EVERYONE);
	assert_true(ringdown_wants_first_round(&world.callout.ringdown));
	when_dispatched();
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGER_DISPATCHED)->pager_dispatched.plan->count, 2);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(rung->page_attempted.attempt, 1);
	assert_int_equal(rung->page_attempted.loop, 1);
	assert_int_equal(rung->page_attempted.contact, 1);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(1)));
	then_effect(EFFECT_PLACE_CALL, 1);
	then_timer(TIMER_ATTEMPT, RINGING);
	assert_false(ringdown_wants_first_round(&world.callout.ringdown));
}

static void
nobody_is_dispatched_before_there_is_an_eco_or_after_it_is_over(void **state)
{
	(void)state;
	given_nothing();
	assert_false(ringdown_wants_first_round(&world.callout.ringdown));
	given_a_callout(1);
	given((struct eco_event){ .type = ECO_EVENT_CANCELLED });
	assert_false(ringdown_wants_first_round(&world.callout.ringdown));
}

static void
who_cannot_be_rung_is_kept_in_the_plan_and_passed_over(void **state)
{
	const struct eco_event *rung;

	(void)state;
	given_a_callout(4);
	world.plan.people[0].skip = ROSTER_SKIP_OFF_SHIFT;
	world.plan.people[2].skip = ROSTER_SKIP_OPTED_OUT;
	when_dispatched();
	assert_int_equal(world.callout.ringdown.plan.count, 4);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(rung->page_attempted.contact, 1);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(2)));
	when_reported(1, RINGDOWN_BUSY);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(rung->page_attempted.contact, 2);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(4)));
}

static void
a_plan_in_which_nobody_can_be_rung_is_exhausted_at_once(void **state)
{
	(void)state;
	given_a_callout(1);
	world.plan.people[0].skip = ROSTER_SKIP_NO_VERIFIED_PHONE;
	when_dispatched();
	assert_int_equal(then_happened(ECO_EVENT_PAGER_EXHAUSTED)->pager_exhausted.attempts, 0);
	then_effect(EFFECT_ALERT_NOC, 1);
	then_happened(ECO_EVENT_PAGER_RETRY_SCHEDULED);
	then_timer(TIMER_PAGER_RETRY, MINUTES(20));
}

static void
each_way_of_not_being_reached_has_its_reason_and_the_next_rings_at_once(void **state)
{
	static const struct {
		enum ringdown_news news;
		enum page_miss reason;
	} ways[] = {
		{ RINGDOWN_REFUSED, PAGE_MISS_CALL_REFUSED },
		{ RINGDOWN_MACHINE, PAGE_MISS_VOICEMAIL },
		{ RINGDOWN_BUSY, PAGE_MISS_BUSY },
		{ RINGDOWN_RANG_OUT, PAGE_MISS_NO_ANSWER },
		{ RINGDOWN_CALL_FAILED, PAGE_MISS_CALL_FAILED },
		{ RINGDOWN_ENDED, PAGE_MISS_HUNG_UP },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		for (int phase = RINGDOWN_CALLING; phase <= RINGDOWN_TALKING; phase++) {
			given_first_attempt_in((enum ringdown_phase)phase);
			after(SECONDS(1));
			when_reported(1, ways[i].news);
			assert_int_equal(
			    then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
			    ways[i].reason);
			then_effect(EFFECT_PLACE_CALL, 2);
			then_timer(TIMER_ATTEMPT, RINGING);
		}
	}
}

static void
who_hears_the_job_and_makes_no_choice_is_not_reached(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	when_chosen(1, RINGDOWN_INVALID, 0);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
	    PAGE_MISS_INVALID_INPUT);
	given_first_attempt_in(RINGDOWN_TALKING);
	when_chosen(1, RINGDOWN_SILENT, 0);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
	    PAGE_MISS_NO_CHOICE);
	then_effect(EFFECT_PLACE_CALL, 2);
}

static void
a_decline_keeps_its_reason_and_the_next_rings_at_once(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	when_chosen(1, RINGDOWN_DECLINE, 3);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_DECLINED)->page_declined.reason, 3);
	then_effect(EFFECT_PLACE_CALL, 2);
	then_replied(RINGDOWN_NOTED);
}

static void
each_step_of_a_call_gives_it_more_time(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_CALLING);
	after(SECONDS(1));
	when_reported(1, RINGDOWN_ANSWERED);
	then_happened(ECO_EVENT_PAGE_ANSWERED);
	then_timer(TIMER_ATTEMPT, RINGDOWN_VERDICT_MAX);
	when_reported(1, RINGDOWN_HUMAN);
	then_happened(ECO_EVENT_PAGE_DELIVERED);
	then_timer(TIMER_ATTEMPT, RINGDOWN_TALK_MAX);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_happened(ECO_EVENT_PAGE_ETA_ASKED);
	then_timer(TIMER_ATTEMPT, RINGDOWN_ETA_MAX);
	then_replied(RINGDOWN_ASK_ETA);
}

static void
repeated_and_reordered_reports_change_nothing(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_nothing();
	when_reported(1, RINGDOWN_ANSWERED);
	then_nothing();
	when_reported(1, RINGDOWN_HUMAN);
	then_nothing();
	given_second_attempt_rings();
	for (int news = RINGDOWN_REFUSED; news <= RINGDOWN_ENDED; news++) {
		when_reported_as(1, (enum ringdown_news)news, STR("CA1"));
		then_nothing();
	}
	when_reported(7, RINGDOWN_BUSY);
	then_nothing();
}

static void
a_person_may_pick_up_before_the_provider_has_told_us_of_the_call(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	when_reported_as(1, RINGDOWN_HUMAN, STR("CA1"));
	assert_true(
	    str_equal(then_happened(ECO_EVENT_PAGE_PLACED)->page_placed.provider_id, STR("CA1")));
	then_happened(ECO_EVENT_PAGE_DELIVERED);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_nothing();
}

static void
silence_of_the_provider_is_ended_by_the_timer_alone(void **state)
{
	static const struct {
		enum ringdown_phase phase;
		struct duration patience;
		enum page_miss reason;
	} phases[] = {
		{ RINGDOWN_CALLING, RINGING, PAGE_MISS_NO_WORD },
		{ RINGDOWN_PICKED_UP, RINGDOWN_VERDICT_MAX, PAGE_MISS_NO_WORD },
		{ RINGDOWN_TALKING, RINGDOWN_TALK_MAX, PAGE_MISS_NO_CHOICE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(phases); i++) {
		given_first_attempt_in(phases[i].phase);
		after(phases[i].patience);
		when_timer(TIMER_ATTEMPT);
		assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
		    phases[i].reason);
		assert_true(str_equal(then_effect(EFFECT_HANG_UP, 1)->provider_id, STR("CA1")));
		then_effect(EFFECT_PLACE_CALL, 2);
	}
}

static void
a_call_that_was_never_placed_is_the_providers_fault(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	after(RINGING);
	when_timer(TIMER_ATTEMPT);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached.reason,
	    PAGE_MISS_PROVIDER_UNAVAILABLE);
	assert_int_equal(world.then.effect_count, 1);
	then_effect(EFFECT_PLACE_CALL, 2);
}

static void
a_timer_that_comes_early_is_set_again_and_nothing_else(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_CALLING);
	after(SECONDS(34));
	when_timer(TIMER_ATTEMPT);
	then_events(0);
	then_no_effect();
	then_timer(TIMER_ATTEMPT, SECONDS(1));
}

static void
a_timer_that_was_overtaken_means_nothing(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ETA, 45);
	after(HOURS(1));
	when_timer(TIMER_ATTEMPT);
	then_nothing();
}

static void
an_acceptance_with_minutes_ends_the_ringing(void **state)
{
	const struct eco_event *accepted;

	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ETA, 45);
	accepted = then_happened(ECO_EVENT_PAGE_ACCEPTED);
	assert_int_equal(accepted->page_accepted.eta_minutes, 45);
	assert_true(uuid_equal(accepted->page_accepted.person, spec_person(1)));
	then_timer_cleared(TIMER_ATTEMPT);
	then_no_effect();
	then_replied(RINGDOWN_CONFIRMED);
	assert_int_equal(world.callout.ringdown.state, DISPATCH_ACCEPTED);
	assert_int_equal(world.callout.eco.status, ECO_STATUS_OPEN);
}

static void
whatever_ends_the_eta_question_the_acceptance_counts_without_minutes(void **state)
{
	static const enum ringdown_news endings[] = { RINGDOWN_ENDED, RINGDOWN_CALL_FAILED,
		RINGDOWN_BUSY, RINGDOWN_RANG_OUT, RINGDOWN_REFUSED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		given_first_attempt_in(RINGDOWN_ASKED_ETA);
		when_reported(1, endings[i]);
		then_not(ECO_EVENT_PAGE_NOT_REACHED);
		assert_int_equal(
		    then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 0);
	}
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	after(RINGDOWN_ETA_MAX);
	when_timer(TIMER_ATTEMPT);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
}

static void
silence_at_the_eta_question_does_not_take_the_job_away_again(void **state)
{
	static const enum ringdown_choice nothings[] = { RINGDOWN_SILENT, RINGDOWN_INVALID };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(nothings); i++) {
		given_first_attempt_in(RINGDOWN_ASKED_ETA);
		when_chosen(1, nothings[i], 0);
		then_not(ECO_EVENT_PAGE_NOT_REACHED);
		then_happened(ECO_EVENT_PAGE_ACCEPTED);
		then_no_effect();
		then_replied(RINGDOWN_CONFIRMED);
	}
}

static void
a_late_verdict_of_voicemail_does_not_undo_a_choice(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_reported(1, RINGDOWN_MACHINE);
	then_nothing();
	when_chosen(1, RINGDOWN_ETA, 30);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
}

static void
minutes_beyond_a_day_are_taken_as_none(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ETA, RINGDOWN_ETA_MINUTES_MAX);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 1440);
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ETA, RINGDOWN_ETA_MINUTES_MAX + 1);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 0);
}

static void
an_eta_that_arrives_before_the_acceptance_says_both(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	when_chosen(1, RINGDOWN_ETA, 20);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.eta_minutes, 20);
	then_replied(RINGDOWN_CONFIRMED);
}

static void
who_accepts_twice_is_confirmed_and_nothing_is_recorded_twice(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_nothing();
	then_replied(RINGDOWN_ASK_ETA);
	when_chosen(1, RINGDOWN_ETA, 45);
	when_chosen(1, RINGDOWN_ETA, 45);
	then_nothing();
	then_replied(RINGDOWN_CONFIRMED);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_nothing();
	then_replied(RINGDOWN_CONFIRMED);
}

static void
a_late_acceptance_of_a_given_up_attempt_wins_and_the_other_call_is_ended(void **state)
{
	(void)state;
	given_second_attempt_rings();
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.attempt, 1);
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ACCEPTED)->page_accepted.person, spec_person(1)));
	assert_true(str_equal(then_effect(EFFECT_HANG_UP, 2)->provider_id, STR("CA2")));
	then_timer_cleared(TIMER_ATTEMPT);
	then_replied(RINGDOWN_CONFIRMED);
}

static void
the_second_to_accept_is_told_so_and_it_is_recorded(void **state)
{
	(void)state;
	given_second_attempt_rings();
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_not(ECO_EVENT_PAGE_ACCEPTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_ACCEPTED_TOO_LATE)->page_too_late.attempt, 2);
	then_replied(RINGDOWN_TOO_LATE);
	assert_int_equal(world.callout.ringdown.accepted_attempt, 1);
}

static void
who_is_asked_for_minutes_has_the_job_before_a_late_acceptance(void **state)
{
	(void)state;
	given_second_attempt_rings();
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_happened(ECO_EVENT_PAGE_ACCEPTED_TOO_LATE);
	then_replied(RINGDOWN_TOO_LATE);
	when_chosen(2, RINGDOWN_ETA, 15);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
}

static void
an_acceptance_after_the_list_was_exhausted_still_wins(void **state)
{
	(void)state;
	given_exhausted();
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
	then_timer_cleared(TIMER_PAGER_RETRY);
	assert_false(ringdown_wants_next_round(&world.callout.ringdown));
	assert_false(ringdown_wants_alert(&world.callout.ringdown, 1));
}

static void
an_acceptance_after_the_cancellation_is_too_late(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	given(event(ECO_EVENT_CANCELLED));
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_not(ECO_EVENT_PAGE_ACCEPTED);
	then_happened(ECO_EVENT_PAGE_ACCEPTED_TOO_LATE);
	then_replied(RINGDOWN_TOO_LATE);
}

static void
a_choice_of_an_attempt_that_never_was_is_unknown(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_TALKING);
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_nothing();
	then_replied(RINGDOWN_UNKNOWN);
	when_chosen(0, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_UNKNOWN);
	when_chosen(-1, RINGDOWN_DECLINE, 0);
	then_replied(RINGDOWN_UNKNOWN);
}

static void
a_late_decline_is_on_record_and_its_person_is_not_rung_again(void **state)
{
	(void)state;
	given_second_attempt_rings();
	when_chosen(1, RINGDOWN_DECLINE, 0);
	then_replied(RINGDOWN_NOTED);
	then_happened(ECO_EVENT_PAGE_DECLINED);
	then_no_effect();
	when_reported(2, RINGDOWN_BUSY);
	assert_true(uuid_equal(
	    then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.person, spec_person(2)));
}

static void
the_list_is_gone_through_in_order_as_often_as_agreed(void **state)
{
	static const int64_t contacts[] = { 1, 2, 3, 1, 2, 3 };

	(void)state;
	given_a_callout(3);
	when_dispatched();
	for (int64_t attempt = 1; attempt <= 6; attempt++) {
		const struct eco_page_attempted *rung =
		    &then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted;

		assert_int_equal(rung->attempt, attempt);
		assert_int_equal(rung->contact, contacts[attempt - 1]);
		assert_int_equal(rung->loop, attempt <= 3 ? 1 : 2);
		when_reported(attempt, RINGDOWN_RANG_OUT);
	}
	then_not(ECO_EVENT_PAGE_ATTEMPTED);
	then_happened(ECO_EVENT_PAGER_EXHAUSTED);
}

static void
exhaustion_is_loud_and_then_does_what_the_agreement_says(void **state)
{
	const struct eco_event *exhausted;

	(void)state;
	given_a_callout(1);
	when_dispatched();
	when_reported(1, RINGDOWN_BUSY);
	when_reported(2, RINGDOWN_BUSY);
	exhausted = then_happened(ECO_EVENT_PAGER_EXHAUSTED);
	assert_int_equal(exhausted->pager_exhausted.round, 1);
	assert_int_equal(exhausted->pager_exhausted.loops, 2);
	assert_int_equal(exhausted->pager_exhausted.attempts, 2);
	then_effect(EFFECT_ALERT_NOC, 1);
	then_timer_cleared(TIMER_ATTEMPT);
	assert_int_equal(
	    then_happened(ECO_EVENT_PAGER_RETRY_SCHEDULED)->pager_retry_scheduled.round, 2);
	then_timer(TIMER_PAGER_RETRY, MINUTES(20));
	assert_true(ringdown_wants_alert(&world.callout.ringdown, 1));
}

static void
the_next_round_takes_a_new_plan_and_goes_on_counting(void **state)
{
	const struct eco_event *rung;

	(void)state;
	given_exhausted();
	assert_true(ringdown_wants_next_round(&world.callout.ringdown));
	after(MINUTES(20));
	world.plan = spec_plan(2);
	world.plan.people[0].id = spec_person(9);
	when_dispatched();
	assert_int_equal(then_happened(ECO_EVENT_PAGER_DISPATCHED)->pager_dispatched.round, 2);
	rung = then_happened(ECO_EVENT_PAGE_ATTEMPTED);
	assert_int_equal(rung->page_attempted.attempt, 3);
	assert_true(uuid_equal(rung->page_attempted.person, spec_person(9)));
	for (int64_t attempt = 3; attempt <= 6; attempt++)
		when_reported(attempt, RINGDOWN_BUSY);
	assert_int_equal(then_happened(ECO_EVENT_PAGER_EXHAUSTED)->pager_exhausted.attempts, 4);
	then_effect(EFFECT_ALERT_NOC, 2);
	then_not(ECO_EVENT_PAGER_RETRY_SCHEDULED);
	assert_int_equal(world.callout.ringdown.state, DISPATCH_EXHAUSTED);
	assert_false(ringdown_wants_next_round(&world.callout.ringdown));
}

static void
the_noc_is_alerted_once_for_each_round(void **state)
{
	const struct ringdown_alert sent = {
		.round = 1, .sent = true, .phone = STR("+15125550199"), .provider_id = STR("SM1")
	};
	const struct ringdown_alert failed = { .round = 1, .detail = STR("no duty number") };

	(void)state;
	given_exhausted();
	when_alerted(&sent);
	then_happened(ECO_EVENT_NOC_ALERTED);
	when_alerted(&sent);
	then_nothing();
	assert_false(ringdown_wants_alert(&world.callout.ringdown, 1));
	given_exhausted();
	when_alerted(&failed);
	then_happened(ECO_EVENT_NOC_ALERT_FAILED);
	when_dispatched();
	when_alerted(&sent);
	then_nothing();
}

static void
a_stop_hangs_up_and_forgets_the_timers(void **state)
{
	static const struct {
		enum eco_event_type ended;
		enum pager_stop reason;
	} ends[] = {
		{ ECO_EVENT_CANCELLED, PAGER_STOP_ECO_CANCELLED },
		{ ECO_EVENT_CLOSED, PAGER_STOP_ECO_CLOSED },
		{ ECO_EVENT_STATUS_COMPLETED, PAGER_STOP_WORK_COMPLETED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		for (int phase = RINGDOWN_CALLING; phase <= RINGDOWN_ASKED_ETA; phase++) {
			given_first_attempt_in((enum ringdown_phase)phase);
			given(event(ends[i].ended));
			assert_false(ringdown_wants_call(&world.callout.ringdown, 1));
			when_noticed(event(ends[i].ended));
			assert_int_equal(
			    then_happened(ECO_EVENT_PAGER_STOPPED)->pager_stopped.reason,
			    ends[i].reason);
			then_effect(EFFECT_HANG_UP, 1);
			then_timer_cleared(TIMER_ATTEMPT);
			when_noticed(event(ends[i].ended));
			then_nothing();
		}
	}
}

static void
a_pause_between_rounds_is_stopped_as_well(void **state)
{
	(void)state;
	given_exhausted();
	given(event(ECO_EVENT_CANCELLED));
	when_noticed(event(ECO_EVENT_CANCELLED));
	then_happened(ECO_EVENT_PAGER_STOPPED);
	then_timer_cleared(TIMER_PAGER_RETRY);
	then_no_effect();
	assert_false(ringdown_wants_next_round(&world.callout.ringdown));
}

static void
who_has_accepted_is_not_stopped_when_the_work_is_complete(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_ASKED_ETA);
	when_chosen(1, RINGDOWN_ETA, 45);
	given(event(ECO_EVENT_STATUS_COMPLETED));
	when_noticed(event(ECO_EVENT_STATUS_COMPLETED));
	then_events(0);
	then_timer_untouched(TIMER_ATTEMPT);
	then_timer_cleared(TIMER_ARRIVAL);
}

static void
a_completion_that_was_taken_back_meanwhile_stops_nobody(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_CALLING);
	given(event(ECO_EVENT_STATUS_COMPLETED));
	given(event(ECO_EVENT_REACTIVATED));
	when_noticed(event(ECO_EVENT_STATUS_COMPLETED));
	then_events(0);
	then_no_effect();
	when_reported(1, RINGDOWN_BUSY);
	then_effect(EFFECT_PLACE_CALL, 2);
}

/* The walk found it: the timer fired while the ECO was complete, and was spent. */
static void
a_timer_that_fired_between_completion_and_reopening_is_not_lost(void **state)
{
	(void)state;
	given_first_attempt_in(RINGDOWN_CALLING);
	given(event(ECO_EVENT_STATUS_COMPLETED));
	after(RINGING);
	when_timer(TIMER_ATTEMPT);
	then_nothing();
	given(event(ECO_EVENT_REACTIVATED));
	when_noticed(event(ECO_EVENT_STATUS_COMPLETED));
	then_timer(TIMER_ATTEMPT, SECONDS(0));
	given_exhausted();
	given(event(ECO_EVENT_STATUS_COMPLETED));
	given(event(ECO_EVENT_REACTIVATED));
	when_noticed(event(ECO_EVENT_STATUS_COMPLETED));
	then_timer(TIMER_PAGER_RETRY, MINUTES(20));
}

static void
a_call_that_is_placed_after_it_was_overtaken_is_ended(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	after(RINGING);
	when_timer(TIMER_ATTEMPT);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	assert_true(
	    str_equal(then_happened(ECO_EVENT_PAGE_PLACED)->page_placed.provider_id, STR("CA1")));
	assert_true(str_equal(then_effect(EFFECT_HANG_UP, 1)->provider_id, STR("CA1")));
	assert_int_equal(ringdown_phase(&world.callout.ringdown, 1), RINGDOWN_WAS_MISSED);
}

static void
a_reason_that_follows_a_decline_is_recorded_once_and_rings_nobody_again(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	when_chosen(1, RINGDOWN_DECLINE, 0);
	then_replied(RINGDOWN_NOTED);
	then_happened(ECO_EVENT_PAGE_DECLINED);
	then_effect(EFFECT_PLACE_CALL, 2);
	when_chosen(1, RINGDOWN_DECLINE, 3);
	then_replied(RINGDOWN_NOTED);
	assert_int_equal(then_happened(ECO_EVENT_PAGE_DECLINED)->page_declined.reason, 3);
	then_no_effect();
	when_chosen(2, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_ASK_ETA);
	when_chosen(2, RINGDOWN_ETA, 30);
	then_replied(RINGDOWN_CONFIRMED);
	when_chosen(1, RINGDOWN_DECLINE, 4);
	then_replied(RINGDOWN_NOTED);
	then_nothing();
}

static void
an_overtaken_call_that_is_told_of_again_is_recorded_and_ended_once(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	after(RINGING);
	when_timer(TIMER_ATTEMPT);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_effect(EFFECT_HANG_UP, 1);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_nothing();
}

static void
a_second_call_for_the_same_attempt_is_ended_and_changes_nothing(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	when_reported_as(1, RINGDOWN_PLACED, STR("CA2"));
	assert_true(str_equal(then_effect(EFFECT_HANG_UP, 1)->provider_id, STR("CA2")));
	then_not(ECO_EVENT_PAGE_NOT_REACHED);
	assert_int_equal(ringdown_phase(&world.callout.ringdown, 1), RINGDOWN_CALLING);
	when_reported_as(1, RINGDOWN_BUSY, STR("CA2"));
	then_nothing();
}

static void
a_call_that_is_placed_after_the_cancellation_is_ended(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	given(event(ECO_EVENT_CANCELLED));
	when_noticed(event(ECO_EVENT_CANCELLED));
	then_no_effect();
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_effect(EFFECT_HANG_UP, 1);
}

static void
the_call_of_who_has_accepted_is_not_ended_when_its_id_arrives_late(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	after(RINGING);
	when_timer(TIMER_ATTEMPT);
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_happened(ECO_EVENT_PAGE_ACCEPTED);
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	then_happened(ECO_EVENT_PAGE_PLACED);
	then_no_effect();
}

static void
a_report_without_an_id_ends_no_call(void **state)
{
	(void)state;
	given_second_attempt_rings();
	when_reported(1, RINGDOWN_PLACED);
	then_nothing();
}

static void
an_attempt_is_still_to_be_rung_only_until_it_is_placed_or_overtaken(void **state)
{
	(void)state;
	given_a_callout(EVERYONE);
	when_dispatched();
	assert_true(ringdown_wants_call(&world.callout.ringdown, 1));
	assert_false(ringdown_wants_call(&world.callout.ringdown, 2));
	when_reported_as(1, RINGDOWN_PLACED, STR("CA1"));
	assert_false(ringdown_wants_call(&world.callout.ringdown, 1));
	when_reported(1, RINGDOWN_BUSY);
	assert_false(ringdown_wants_call(&world.callout.ringdown, 1));
	assert_true(ringdown_wants_call(&world.callout.ringdown, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dispatch_freezes_the_plan_and_rings_the_first_person),
		cmocka_unit_test(nobody_is_dispatched_before_there_is_an_eco_or_after_it_is_over),
		cmocka_unit_test(who_cannot_be_rung_is_kept_in_the_plan_and_passed_over),
		cmocka_unit_test(a_plan_in_which_nobody_can_be_rung_is_exhausted_at_once),
		cmocka_unit_test(
		    each_way_of_not_being_reached_has_its_reason_and_the_next_rings_at_once),
		cmocka_unit_test(who_hears_the_job_and_makes_no_choice_is_not_reached),
		cmocka_unit_test(a_decline_keeps_its_reason_and_the_next_rings_at_once),
		cmocka_unit_test(each_step_of_a_call_gives_it_more_time),
		cmocka_unit_test(repeated_and_reordered_reports_change_nothing),
		cmocka_unit_test(a_person_may_pick_up_before_the_provider_has_told_us_of_the_call),
		cmocka_unit_test(silence_of_the_provider_is_ended_by_the_timer_alone),
		cmocka_unit_test(a_call_that_was_never_placed_is_the_providers_fault),
		cmocka_unit_test(a_timer_that_comes_early_is_set_again_and_nothing_else),
		cmocka_unit_test(a_timer_that_was_overtaken_means_nothing),
		cmocka_unit_test(an_acceptance_with_minutes_ends_the_ringing),
		cmocka_unit_test(
		    whatever_ends_the_eta_question_the_acceptance_counts_without_minutes),
		cmocka_unit_test(silence_at_the_eta_question_does_not_take_the_job_away_again),
		cmocka_unit_test(a_late_verdict_of_voicemail_does_not_undo_a_choice),
		cmocka_unit_test(minutes_beyond_a_day_are_taken_as_none),
		cmocka_unit_test(an_eta_that_arrives_before_the_acceptance_says_both),
		cmocka_unit_test(who_accepts_twice_is_confirmed_and_nothing_is_recorded_twice),
		cmocka_unit_test(
		    a_late_acceptance_of_a_given_up_attempt_wins_and_the_other_call_is_ended),
		cmocka_unit_test(the_second_to_accept_is_told_so_and_it_is_recorded),
		cmocka_unit_test(who_is_asked_for_minutes_has_the_job_before_a_late_acceptance),
		cmocka_unit_test(an_acceptance_after_the_list_was_exhausted_still_wins),
		cmocka_unit_test(an_acceptance_after_the_cancellation_is_too_late),
		cmocka_unit_test(a_choice_of_an_attempt_that_never_was_is_unknown),
		cmocka_unit_test(a_late_decline_is_on_record_and_its_person_is_not_rung_again),
		cmocka_unit_test(the_list_is_gone_through_in_order_as_often_as_agreed),
		cmocka_unit_test(exhaustion_is_loud_and_then_does_what_the_agreement_says),
		cmocka_unit_test(the_next_round_takes_a_new_plan_and_goes_on_counting),
		cmocka_unit_test(the_noc_is_alerted_once_for_each_round),
		cmocka_unit_test(a_stop_hangs_up_and_forgets_the_timers),
		cmocka_unit_test(a_pause_between_rounds_is_stopped_as_well),
		cmocka_unit_test(who_has_accepted_is_not_stopped_when_the_work_is_complete),
		cmocka_unit_test(a_completion_that_was_taken_back_meanwhile_stops_nobody),
		cmocka_unit_test(a_timer_that_fired_between_completion_and_reopening_is_not_lost),
		cmocka_unit_test(a_call_that_is_placed_after_it_was_overtaken_is_ended),
		cmocka_unit_test(
		    a_reason_that_follows_a_decline_is_recorded_once_and_rings_nobody_again),
		cmocka_unit_test(
		    an_overtaken_call_that_is_told_of_again_is_recorded_and_ended_once),
		cmocka_unit_test(a_second_call_for_the_same_attempt_is_ended_and_changes_nothing),
		cmocka_unit_test(a_call_that_is_placed_after_the_cancellation_is_ended),
		cmocka_unit_test(
		    the_call_of_who_has_accepted_is_not_ended_when_its_id_arrives_late),
		cmocka_unit_test(a_report_without_an_id_ends_no_call),
		cmocka_unit_test(
		    an_attempt_is_still_to_be_rung_only_until_it_is_placed_or_overtaken),
	};

	return cmocka_run_group_tests_name("ringdown", tests, NULL, NULL);
}
