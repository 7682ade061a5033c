#include "support/spec.h"

/* A chance of one half spreads nothing: polls come exactly at their interval. */
#define ACTIVE   SECONDS(30)
#define WATCHING SECONDS(300)
#define GRACE    HOURS(24)

static struct rendersync_task
task(const char *id, enum task_status status, unsigned char fingerprint)
{
	return (struct rendersync_task){
		.id = str_from_z(id),
		.name = STR("Investigate"),
		.raw_status = STR("Rolling"),
		.status = status,
		.fingerprint = spec_fingerprint(fingerprint),
	};
}

static void
when_shown(const char *id, enum task_status status, unsigned char fingerprint)
{
	struct rendersync_task shown = task(id, status, fingerprint);

	when_polled(&shown, 1);
}

static void
given_tasked(void)
{
	given_a_callout(1);
	when_tasked();
}

/* One task, T-1, not yet begun. */
static void
given_known_task(void)
{
	given_tasked();
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
}

/* T-1 is completed, and so is the ECO. */
static void
given_completed(void)
{
	given_known_task();
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	assert_int_equal(world.callout.rendersync.status, ECO_STATUS_COMPLETED);
}

static enum eco_status
status(void)
{
	assert_int_equal(world.callout.rendersync.status, world.callout.eco.status);
	return world.callout.eco.status;
}

static void
a_new_eco_is_tasked_in_the_field_system(void **state)
{
	(void)state;
	given_a_callout(1);
	when_noticed((struct eco_event){ .type = ECO_EVENT_CREATED });
	then_effect(EFFECT_RENDER_TASK, 1);
	then_events(0);
	when_tasked();
	then_happened(ECO_EVENT_RENDER_SUBSECTOR_CREATED);
	assert_true(str_equal(then_happened(ECO_EVENT_RENDER_TASKED)->tasked.task, STR("T-1")));
	then_timer_cleared(TIMER_TASKING);
	then_timer(TIMER_POLL, ACTIVE);
	assert_false(rendersync_wants_task(&world.callout.rendersync));
	when_tasked();
	then_nothing();
}

static void
failed_tasking_is_tried_again_after_longer_and_longer_pauses(void **state)
{
	static const int64_t pauses_s[] = { 10, 20, 40, 80, 160, 300, 300, 300 };

	(void)state;
	given_a_callout(1);
	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		when_tasking_failed(SYNC_FAULT_UNREACHABLE, 0);
		assert_int_equal(
		    then_happened(ECO_EVENT_RENDER_TASKING_FAILED)->tasking_failed.attempt, i + 1);
		then_timer(TIMER_TASKING, SECONDS(pauses_s[i]));
		when_timer(TIMER_TASKING);
		then_effect(EFFECT_RENDER_TASK, (int64_t)i + 2);
	}
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_RETRYING);
}

static void
the_field_systems_own_pause_is_kept_when_it_is_longer(void **state)
{
	(void)state;
	given_a_callout(1);
	when_tasking_failed(SYNC_FAULT_RATE_LIMITED, 90);
	then_timer(TIMER_TASKING, SECONDS(90));
	when_tasking_failed(SYNC_FAULT_RATE_LIMITED, 5);
	then_timer(TIMER_TASKING, SECONDS(20));
	given_known_task();
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, 400);
	then_timer(TIMER_POLL, SECONDS(400));
}

static void
an_absurd_pause_is_waited_for_an_hour_at_most(void **state)
{
	(void)state;
	given_a_callout(1);
	when_tasking_failed(SYNC_FAULT_RATE_LIMITED, INT64_MAX);
	then_timer(TIMER_TASKING, HOURS(1));
	given_known_task();
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, INT64_MAX);
	then_timer(TIMER_POLL, HOURS(1));
}

static void
polls_are_spread_by_a_tenth_on_either_side_and_never_before_the_pause(void **state)
{
	(void)state;
	given_known_task();
	world.chance = 0;
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, SECONDS(27));
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, 60);
	then_timer(TIMER_POLL, SECONDS(60));
	world.chance = 0.999999;
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	assert_true(world.then.timers[0].due.us > world.now.us + SECONDS(32).us);
	assert_true(world.then.timers[0].due.us < world.now.us + SECONDS(33).us);
}

static void
the_first_look_records_each_task_with_its_fingerprint(void **state)
{
	const struct eco_task_observed *seen;

	(void)state;
	given_tasked();
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	seen = &then_happened(ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed;
	assert_int_equal(seen->change, TASK_CHANGE_ADDED);
	assert_false(seen->has_before);
	assert_true(sha256_equal(seen->after, spec_fingerprint(1)));
	assert_int_equal(seen->task_count, 1);
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_OK);
	assert_int_equal(status(), ECO_STATUS_OPEN);
}

static void
the_same_fingerprint_is_no_news(void **state)
{
	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_events(0);
	then_timer(TIMER_POLL, ACTIVE);
}

static void
another_fingerprint_is_one_event_with_old_and_new(void **state)
{
	const struct eco_task_observed *seen;

	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 7);
	then_events(1);
	seen = &then_happened(ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed;
	assert_int_equal(seen->change, TASK_CHANGE_CHANGED);
	assert_true(sha256_equal(seen->before, spec_fingerprint(1)));
	assert_true(sha256_equal(seen->after, spec_fingerprint(7)));
}

static void
the_first_started_task_moves_the_eco_to_in_progress(void **state)
{
	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_STARTED, 2);
	assert_true(
	    str_equal(then_happened(ECO_EVENT_WORK_STARTED)->work_started.task, STR("T-1")));
	assert_int_equal(status(), ECO_STATUS_IN_PROGRESS);
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	then_not(ECO_EVENT_WORK_STARTED);
}

static void
all_completed_is_soft_complete_and_watched_more_seldom(void **state)
{
	const struct eco_event *completed;

	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_happened(ECO_EVENT_WORK_STARTED);
	completed = then_happened(ECO_EVENT_STATUS_COMPLETED);
	assert_int_equal(completed->status_completed.task_count, 1);
	assert_int_equal(completed->status_completed.grace_until.us, world.now.us + GRACE.us);
	then_timer(TIMER_GRACE, GRACE);
	then_timer(TIMER_POLL, WATCHING);
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_events(0);
}

static void
one_task_that_is_not_finished_holds_the_completion_up(void **state)
{
	static const enum task_status unfinished[] = { TASK_STATUS_NOT_STARTED, TASK_STATUS_STARTED,
		TASK_STATUS_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(unfinished); i++) {
		const struct rendersync_task tasks[] = { task("T-1", TASK_STATUS_COMPLETED, 2),
			task("T-2", unfinished[i], 3) };

		given_known_task();
		when_polled(tasks, 2);
		then_not(ECO_EVENT_STATUS_COMPLETED);
	}
}

static void
cancelled_tasks_hold_nothing_up_and_prove_nothing(void **state)
{
	const struct rendersync_task tasks[] = { task("T-1", TASK_STATUS_CANCELLED, 2),
		task("T-2", TASK_STATUS_COMPLETED, 3) };

	(void)state;
	given_known_task();
	when_polled(tasks, 1);
	then_not(ECO_EVENT_STATUS_COMPLETED);
	when_polled(tasks, 2);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
}

static void
a_status_that_is_not_known_is_never_guessed(void **state)
{
	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 2);
	then_not(ECO_EVENT_WORK_STARTED);
	then_not(ECO_EVENT_STATUS_COMPLETED);
	given_completed();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 3);
	then_happened(ECO_EVENT_RENDER_TASK_OBSERVED);
	then_not(ECO_EVENT_REACTIVATED);
	assert_int_equal(status(), ECO_STATUS_COMPLETED);
}

static void
a_late_clone_reactivates_the_eco_and_is_named(void **state)
{
	const struct rendersync_task tasks[] = { task("T-1", TASK_STATUS_COMPLETED, 2),
		task("T-2", TASK_STATUS_NOT_STARTED, 3) };
	const struct eco_event *again;

	(void)state;
	given_completed();
	after(MINUTES(10));
	when_polled(tasks, 2);
	again = then_happened(ECO_EVENT_REACTIVATED);
	assert_int_equal(again->reactivated.cause, REACTIVATION_LATE_CLONE);
	assert_true(str_equal(again->reactivated.task, STR("T-2")));
	then_timer_cleared(TIMER_GRACE);
	then_timer(TIMER_POLL, ACTIVE);
	assert_int_equal(status(), ECO_STATUS_IN_PROGRESS);
}

static void
a_late_clone_that_is_completed_already_reactivates_as_well(void **state)
{
	const struct rendersync_task tasks[] = { task("T-1", TASK_STATUS_COMPLETED, 2),
		task("T-2", TASK_STATUS_COMPLETED, 3) };

	(void)state;
	given_completed();
	when_polled(tasks, 2);
	then_happened(ECO_EVENT_REACTIVATED);
	then_not(ECO_EVENT_STATUS_COMPLETED);
	after(SECONDS(30));
	when_polled(tasks, 2);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
	then_timer(TIMER_GRACE, GRACE);
}

static void
a_reopened_task_reactivates_the_eco_and_is_named(void **state)
{
	static const enum task_status open[] = { TASK_STATUS_NOT_STARTED, TASK_STATUS_STARTED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(open); i++) {
		const struct eco_event *again;

		given_completed();
		when_shown("T-1", open[i], 3);
		again = then_happened(ECO_EVENT_REACTIVATED);
		assert_int_equal(again->reactivated.cause, REACTIVATION_TASK_REOPENED);
		assert_true(str_equal(again->reactivated.task, STR("T-1")));
	}
}

static void
a_task_that_is_reopened_by_way_of_an_unknown_status_is_reopened(void **state)
{
	(void)state;
	given_completed();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 3);
	when_shown("T-1", TASK_STATUS_STARTED, 4);
	assert_int_equal(
	    then_happened(ECO_EVENT_REACTIVATED)->reactivated.cause, REACTIVATION_TASK_REOPENED);
}

static void
the_same_number_of_tasks_with_another_id_is_a_late_clone(void **state)
{
	(void)state;
	given_completed();
	when_shown("T-2", TASK_STATUS_STARTED, 3);
	assert_int_equal(
	    then_happened(ECO_EVENT_REACTIVATED)->reactivated.cause, REACTIVATION_LATE_CLONE);
	assert_int_equal(world.callout.rendersync.task_count, 1);
}

static void
a_task_that_vanished_is_recorded_and_forgotten(void **state)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_STARTED, 1),
		task("T-2", TASK_STATUS_NOT_STARTED, 2) };
	const struct eco_task_observed *seen;

	(void)state;
	given_tasked();
	when_polled(both, 2);
	when_polled(&both[1], 1);
	then_events(1);
	seen = &then_happened(ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed;
	assert_int_equal(seen->change, TASK_CHANGE_VANISHED);
	assert_true(str_equal(seen->task, STR("T-1")));
	assert_true(sha256_equal(seen->before, spec_fingerprint(1)));
	assert_int_equal(world.callout.rendersync.task_count, 1);
}

static void
a_task_that_the_list_shows_twice_counts_once(void **state)
{
	const struct rendersync_task twice[] = { task("T-1", TASK_STATUS_NOT_STARTED, 1),
		task("T-1", TASK_STATUS_STARTED, 2) };

	(void)state;
	given_tasked();
	when_polled(twice, 2);
	then_events(1 + 1); /* the task, and the start that is shown somewhere */
	assert_int_equal(world.callout.rendersync.task_count, 1);
	when_polled(twice, 2);
	then_events(0);
}

static void
an_empty_list_proves_nothing(void **state)
{
	(void)state;
	given_known_task();
	when_polled(NULL, 0);
	assert_int_equal(
	    then_happened(ECO_EVENT_RENDER_SYNC_DEGRADED)->sync_degraded.fault, SYNC_FAULT_EMPTY);
	then_not(ECO_EVENT_RENDER_TASK_OBSERVED);
	assert_int_equal(world.callout.rendersync.task_count, 1);
	given_completed();
	when_polled(NULL, 0);
	assert_int_equal(status(), ECO_STATUS_COMPLETED);
}

static void
a_failing_field_system_is_said_once_and_its_recovery_once(void **state)
{
	(void)state;
	given_known_task();
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	then_happened(ECO_EVENT_RENDER_SYNC_DEGRADED);
	then_timer(TIMER_POLL, ACTIVE);
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_STALE);
	when_poll_failed(SYNC_FAULT_MALFORMED, 0);
	then_events(0);
	then_timer(TIMER_POLL, ACTIVE);
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_events(1);
	then_happened(ECO_EVENT_RENDER_SYNC_RECOVERED);
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_OK);
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_events(0);
}

static void
grace_starts_anew_after_each_reactivation(void **state)
{
	(void)state;
	given_completed();
	after(HOURS(20));
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	after(HOURS(2));
	when_shown("T-1", TASK_STATUS_COMPLETED, 4);
	then_timer(TIMER_GRACE, GRACE);
	after(HOURS(2)); /* 24 hours after the first completion */
	when_timer(TIMER_GRACE);
	then_not(ECO_EVENT_CLOSED);
	then_timer(TIMER_GRACE, HOURS(22));
}

static void
the_end_of_grace_closes_the_eco_and_polling_stops(void **state)
{
	(void)state;
	given_completed();
	after(GRACE);
	when_timer(TIMER_GRACE);
	assert_int_equal(then_happened(ECO_EVENT_CLOSED)->closed.cause, CLOSE_CAUSE_GRACE_EXPIRED);
	then_timer_cleared(TIMER_POLL);
	assert_false(rendersync_wants_poll(&world.callout.rendersync));
}

static void
grace_does_not_end_while_the_field_system_cannot_be_read(void **state)
{
	(void)state;
	given_completed();
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	after(GRACE);
	when_timer(TIMER_GRACE);
	then_not(ECO_EVENT_CLOSED);
	then_timer(TIMER_GRACE, MINUTES(5));
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	after(MINUTES(5));
	when_timer(TIMER_GRACE);
	then_happened(ECO_EVENT_CLOSED);
}

static void
grace_does_not_end_while_a_task_is_not_understood(void **state)
{
	(void)state;
	given_completed();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 3);
	after(GRACE);
	when_timer(TIMER_GRACE);
	then_not(ECO_EVENT_CLOSED);
	then_timer(TIMER_GRACE, MINUTES(5));
}

static void
the_same_finished_tasks_do_not_undo_the_nocs_rejection(void **state)
{
	(void)state;
	given_completed();
	given((struct eco_event){ .type = ECO_EVENT_REACTIVATED,
	    .reactivated = { .cause = REACTIVATION_NOC_REJECTED, .reason = STR("still dark") } });
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_events(0);
	then_timer(TIMER_POLL, ACTIVE);
	assert_int_equal(status(), ECO_STATUS_IN_PROGRESS);
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	when_shown("T-1", TASK_STATUS_COMPLETED, 4);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
}

static void
nothing_happens_to_an_eco_that_is_over(void **state)
{
	static const enum eco_event_type ends[] = { ECO_EVENT_CLOSED, ECO_EVENT_CANCELLED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		given_known_task();
		given((struct eco_event){ .type = ends[i] });
		when_shown("T-1", TASK_STATUS_STARTED, 9);
		then_nothing();
		when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
		then_nothing();
		when_tasking_failed(SYNC_FAULT_UNREACHABLE, 0);
		then_nothing();
		for (int kind = TIMER_TASKING; kind <= TIMER_GRACE; kind++) {
			when_timer((enum timer_kind)kind);
			then_nothing();
		}
	}
}

static void
a_task_that_was_made_when_the_eco_was_already_cancelled_is_recorded_and_not_polled(void **state)
{
	(void)state;
	given_a_callout(1);
	given((struct eco_event){ .type = ECO_EVENT_CANCELLED });
	when_tasked();
	then_happened(ECO_EVENT_RENDER_TASKED);
	then_timer_untouched(TIMER_POLL);
	when_timer(TIMER_TASKING);
	then_nothing();
}

static void
as_many_tasks_as_an_eco_may_have_can_all_be_replaced_at_once(void **state)
{
	static struct rendersync_task tasks[RENDERSYNC_TASKS_MAX];
	static char ids[2][RENDERSYNC_TASKS_MAX][8];

	(void)state;
	given_tasked();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < RENDERSYNC_TASKS_MAX; i++) {
			struct buf id = buf_over(ids[round][i], sizeof(ids[round][i]));

			buf_printf(&id, "%d-%d", round, i);
			tasks[i] = task("", TASK_STATUS_COMPLETED, (unsigned char)i);
			tasks[i].id = buf_view(&id);
		}
		when_polled(tasks, COUNT_OF(tasks));
	}
	assert_int_equal(world.callout.rendersync.task_count, RENDERSYNC_TASKS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_eco_is_tasked_in_the_field_system),
		cmocka_unit_test(failed_tasking_is_tried_again_after_longer_and_longer_pauses),
		cmocka_unit_test(the_field_systems_own_pause_is_kept_when_it_is_longer),
		cmocka_unit_test(an_absurd_pause_is_waited_for_an_hour_at_most),
		cmocka_unit_test(
		    polls_are_spread_by_a_tenth_on_either_side_and_never_before_the_pause),
		cmocka_unit_test(the_first_look_records_each_task_with_its_fingerprint),
		cmocka_unit_test(the_same_fingerprint_is_no_news),
		cmocka_unit_test(another_fingerprint_is_one_event_with_old_and_new),
		cmocka_unit_test(the_first_started_task_moves_the_eco_to_in_progress),
		cmocka_unit_test(all_completed_is_soft_complete_and_watched_more_seldom),
		cmocka_unit_test(one_task_that_is_not_finished_holds_the_completion_up),
		cmocka_unit_test(cancelled_tasks_hold_nothing_up_and_prove_nothing),
		cmocka_unit_test(a_status_that_is_not_known_is_never_guessed),
		cmocka_unit_test(a_late_clone_reactivates_the_eco_and_is_named),
		cmocka_unit_test(a_late_clone_that_is_completed_already_reactivates_as_well),
		cmocka_unit_test(a_reopened_task_reactivates_the_eco_and_is_named),
		cmocka_unit_test(a_task_that_is_reopened_by_way_of_an_unknown_status_is_reopened),
		cmocka_unit_test(the_same_number_of_tasks_with_another_id_is_a_late_clone),
		cmocka_unit_test(a_task_that_vanished_is_recorded_and_forgotten),
		cmocka_unit_test(a_task_that_the_list_shows_twice_counts_once),
		cmocka_unit_test(an_empty_list_proves_nothing),
		cmocka_unit_test(a_failing_field_system_is_said_once_and_its_recovery_once),
		cmocka_unit_test(grace_starts_anew_after_each_reactivation),
		cmocka_unit_test(the_end_of_grace_closes_the_eco_and_polling_stops),
		cmocka_unit_test(grace_does_not_end_while_the_field_system_cannot_be_read),
		cmocka_unit_test(grace_does_not_end_while_a_task_is_not_understood),
		cmocka_unit_test(the_same_finished_tasks_do_not_undo_the_nocs_rejection),
		cmocka_unit_test(nothing_happens_to_an_eco_that_is_over),
		cmocka_unit_test(
		    a_task_that_was_made_when_the_eco_was_already_cancelled_is_recorded_and_not_polled),
		cmocka_unit_test(as_many_tasks_as_an_eco_may_have_can_all_be_replaced_at_once),
	};

	return cmocka_run_group_tests_name("rendersync", tests, NULL, NULL);
}
