#include "support/spec.h"

/*
 * What the tasks mean for the ECO: every row of the table in docs/design/rendersync.md
 * is a test here, by its name.
 *
 * A chance of one half spreads nothing: polls come exactly at their interval, the first
 * one after half of it.
 */
#define LIVELY   SECONDS(15)
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
	then_timer(TIMER_POLL, ACTIVE);
	after(SECONDS(300));
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_events(0);
	then_timer(TIMER_POLL, WATCHING);
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
a_word_that_we_have_learned_since_goes_on(void **state)
{
	(void)state;
	given_known_task();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 2);
	assert_int_equal(world.callout.rendersync.tasks[0].status, TASK_STATUS_UNKNOWN);
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_happened(ECO_EVENT_RENDER_TASK_OBSERVED);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
	assert_int_equal(world.callout.rendersync.tasks[0].status, TASK_STATUS_COMPLETED);
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
	then_timer(TIMER_POLL, LIVELY);
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
what_is_left_after_a_task_vanished_completes_with_the_next_look(void **state)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_COMPLETED, 1),
		task("T-2", TASK_STATUS_STARTED, 2) };

	(void)state;
	given_tasked();
	when_polled(both, 2);
	when_polled(both, 1);
	then_happened(ECO_EVENT_RENDER_TASK_OBSERVED);
	then_not(ECO_EVENT_STATUS_COMPLETED);
	when_polled(both, 1);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
}

static void
an_unfinished_task_that_one_look_missed_does_not_complete_the_eco(void **state)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_COMPLETED, 1),
		task("T-2", TASK_STATUS_STARTED, 2) };

	(void)state;
	given_tasked();
	when_polled(both, 2);
	when_polled(both, 1);
	when_polled(both, 2);
	then_not(ECO_EVENT_STATUS_COMPLETED);
	assert_int_equal(
	    then_happened(ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed.change, TASK_CHANGE_ADDED);
	when_polled(both, 1);
	then_not(ECO_EVENT_STATUS_COMPLETED);
}

/* T-1 and T-2 are completed, T-2 vanishes, and is shown again as ${shown}. */
static void
when_back(enum task_status shown)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_COMPLETED, 1),
		task("T-2", TASK_STATUS_COMPLETED, 2) };
	const struct rendersync_task again[] = { both[0], task("T-2", shown, 3) };

	given_tasked();
	when_polled(both, 2);
	when_polled(both, 1);
	when_polled(both, 1);
	then_events(0);
	when_polled(again, 2);
	assert_int_equal(
	    then_happened(ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed.change, TASK_CHANGE_ADDED);
}

static void
a_finished_task_that_vanished_and_is_back_is_no_late_clone(void **state)
{
	static const enum task_status shown[] = { TASK_STATUS_COMPLETED, TASK_STATUS_CANCELLED,
		TASK_STATUS_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		when_back(shown[i]);
		then_not(ECO_EVENT_REACTIVATED);
		assert_int_equal(status(), ECO_STATUS_COMPLETED);
	}
}

static void
a_task_that_vanished_and_is_back_to_be_done_was_reopened(void **state)
{
	const struct eco_event *again;

	(void)state;
	when_back(TASK_STATUS_NOT_STARTED);
	again = then_happened(ECO_EVENT_REACTIVATED);
	assert_int_equal(again->reactivated.cause, REACTIVATION_TASK_REOPENED);
	assert_true(str_equal(again->reactivated.task, STR("T-2")));
}

static void
a_task_that_vanished_unfinished_and_is_back_unfinished_was_reopened(void **state)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_COMPLETED, 1),
		task("T-2", TASK_STATUS_STARTED, 2) };

	(void)state;
	given_tasked();
	when_polled(both, 2);
	when_polled(both, 1);
	when_polled(both, 1);
	assert_int_equal(status(), ECO_STATUS_COMPLETED);
	when_polled(both, 2);
	assert_int_equal(
	    then_happened(ECO_EVENT_REACTIVATED)->reactivated.cause, REACTIVATION_TASK_REOPENED);
}

static void
of_many_that_vanished_the_last_are_remembered(void **state)
{
	static const char *const ids[] = { "A", "B", "C", "D", "E", "F", "G", "H", "I", "J" };
	struct rendersync_task tasks[COUNT_OF(ids)];

	(void)state;
	given_tasked();
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		tasks[i] = task(ids[i], TASK_STATUS_COMPLETED, (unsigned char)i);
	when_polled(tasks, COUNT_OF(ids));
	when_polled(tasks, 1);
	assert_int_equal(world.callout.rendersync.gone_count, RENDERSYNC_GONE_MAX);
	when_polled(tasks, COUNT_OF(ids));
	assert_true(str_equal(then_happened(ECO_EVENT_REACTIVATED)->reactivated.task, STR("B")));
	assert_int_equal(world.callout.rendersync.gone_count, 0);
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

/* The grace period is over, and the last look is asked for. */
static void
given_grace_ended(void)
{
	given_completed();
	after(GRACE);
	when_timer(TIMER_GRACE);
}

static void
grace_ends_with_a_last_look_that_closes_the_eco(void **state)
{
	(void)state;
	given_grace_ended();
	then_not(ECO_EVENT_CLOSED);
	then_effect(EFFECT_RENDER_POLL, world.now.us);
	then_timer(TIMER_GRACE, MINUTES(5));
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	assert_int_equal(then_happened(ECO_EVENT_CLOSED)->closed.cause, CLOSE_CAUSE_GRACE_EXPIRED);
	then_timer_cleared(TIMER_POLL);
	then_timer_cleared(TIMER_GRACE);
	assert_false(rendersync_wants_poll(&world.callout.rendersync));
}

static void
what_was_reopened_in_the_last_minute_of_grace_is_not_closed_over(void **state)
{
	(void)state;
	given_grace_ended();
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	then_not(ECO_EVENT_CLOSED);
	assert_int_equal(
	    then_happened(ECO_EVENT_REACTIVATED)->reactivated.cause, REACTIVATION_TASK_REOPENED);
	then_timer_cleared(TIMER_GRACE);
}

static void
grace_does_not_end_while_the_field_system_cannot_be_read(void **state)
{
	(void)state;
	given_grace_ended();
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	then_not(ECO_EVENT_CLOSED);
	after(MINUTES(5));
	when_timer(TIMER_GRACE);
	then_not(ECO_EVENT_CLOSED);
	then_effect(EFFECT_RENDER_POLL, world.now.us);
	then_timer(TIMER_GRACE, MINUTES(5));
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_happened(ECO_EVENT_RENDER_SYNC_RECOVERED);
	then_happened(ECO_EVENT_CLOSED);
}

static void
grace_does_not_end_while_a_task_is_not_understood(void **state)
{
	(void)state;
	given_grace_ended();
	when_shown("T-1", TASK_STATUS_UNKNOWN, 3);
	then_not(ECO_EVENT_CLOSED);
	then_timer(TIMER_POLL, ACTIVE);
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_happened(ECO_EVENT_CLOSED);
}

static void
grace_does_not_end_with_the_look_in_which_a_task_vanished(void **state)
{
	const struct rendersync_task both[] = { task("T-1", TASK_STATUS_COMPLETED, 2),
		task("T-2", TASK_STATUS_COMPLETED, 3) };

	(void)state;
	given_tasked();
	when_polled(both, 2);
	after(GRACE);
	when_polled(both, 1);
	then_not(ECO_EVENT_CLOSED);
	when_polled(both, 1);
	then_happened(ECO_EVENT_CLOSED);
}

static void
a_finished_task_that_is_cancelled_in_grace_does_not_keep_the_eco_open(void **state)
{
	(void)state;
	given_completed();
	when_shown("T-1", TASK_STATUS_CANCELLED, 3);
	then_not(ECO_EVENT_REACTIVATED);
	after(GRACE);
	when_shown("T-1", TASK_STATUS_CANCELLED, 3);
	then_happened(ECO_EVENT_CLOSED);
}

static void
a_grace_of_nothing_closes_with_the_next_look(void **state)
{
	(void)state;
	given_known_task();
	world.callout.rendersync.terms.grace_s = 0;
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_not(ECO_EVENT_CLOSED);
	then_timer(TIMER_GRACE, SECONDS(0));
	when_shown("T-1", TASK_STATUS_COMPLETED, 2);
	then_happened(ECO_EVENT_CLOSED);
}

static void
the_noc_closes_early_and_no_look_on_its_way_reopens(void **state)
{
	const struct eco_command confirm = { .type = ECO_CLOSE };

	(void)state;
	given_completed();
	when_commanded(&confirm);
	assert_int_equal(then_happened(ECO_EVENT_CLOSED)->closed.cause, CLOSE_CAUSE_NOC_CONFIRMED);
	then_timer_cleared(TIMER_POLL);
	then_timer_cleared(TIMER_GRACE);
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	then_nothing();
	when_shown("T-9", TASK_STATUS_NOT_STARTED, 3);
	then_nothing();
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	then_nothing();
	assert_int_equal(status(), ECO_STATUS_CLOSED);
}

static void
the_noc_rejects_and_the_tasks_are_read_at_once(void **state)
{
	struct eco_command reject = { .type = ECO_REOPEN };

	(void)state;
	given_completed();
	reject.reopen.reason = STR("still dark");
	when_commanded(&reject);
	assert_int_equal(
	    then_happened(ECO_EVENT_REACTIVATED)->reactivated.cause, REACTIVATION_NOC_REJECTED);
	then_timer_cleared(TIMER_GRACE);
	then_timer(TIMER_POLL, SECONDS(0));
	when_timer(TIMER_GRACE);
	then_nothing();
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	when_shown("T-1", TASK_STATUS_COMPLETED, 4);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
	then_timer(TIMER_GRACE, GRACE);
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
	then_timer(TIMER_POLL, LIVELY);
	assert_int_equal(status(), ECO_STATUS_IN_PROGRESS);
	when_shown("T-1", TASK_STATUS_STARTED, 3);
	when_shown("T-1", TASK_STATUS_COMPLETED, 4);
	then_happened(ECO_EVENT_STATUS_COMPLETED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_started_task_moves_the_eco_to_in_progress),
		cmocka_unit_test(all_completed_is_soft_complete_and_watched_more_seldom),
		cmocka_unit_test(one_task_that_is_not_finished_holds_the_completion_up),
		cmocka_unit_test(cancelled_tasks_hold_nothing_up_and_prove_nothing),
		cmocka_unit_test(a_status_that_is_not_known_is_never_guessed),
		cmocka_unit_test(a_word_that_we_have_learned_since_goes_on),
		cmocka_unit_test(a_late_clone_reactivates_the_eco_and_is_named),
		cmocka_unit_test(a_late_clone_that_is_completed_already_reactivates_as_well),
		cmocka_unit_test(a_reopened_task_reactivates_the_eco_and_is_named),
		cmocka_unit_test(a_task_that_is_reopened_by_way_of_an_unknown_status_is_reopened),
		cmocka_unit_test(the_same_number_of_tasks_with_another_id_is_a_late_clone),
		cmocka_unit_test(what_is_left_after_a_task_vanished_completes_with_the_next_look),
		cmocka_unit_test(an_unfinished_task_that_one_look_missed_does_not_complete_the_eco),
		cmocka_unit_test(a_finished_task_that_vanished_and_is_back_is_no_late_clone),
		cmocka_unit_test(a_task_that_vanished_and_is_back_to_be_done_was_reopened),
		cmocka_unit_test(
		    a_task_that_vanished_unfinished_and_is_back_unfinished_was_reopened),
		cmocka_unit_test(of_many_that_vanished_the_last_are_remembered),
		cmocka_unit_test(an_empty_list_proves_nothing),
		cmocka_unit_test(grace_starts_anew_after_each_reactivation),
		cmocka_unit_test(grace_ends_with_a_last_look_that_closes_the_eco),
		cmocka_unit_test(what_was_reopened_in_the_last_minute_of_grace_is_not_closed_over),
		cmocka_unit_test(grace_does_not_end_while_the_field_system_cannot_be_read),
		cmocka_unit_test(grace_does_not_end_while_a_task_is_not_understood),
		cmocka_unit_test(grace_does_not_end_with_the_look_in_which_a_task_vanished),
		cmocka_unit_test(
		    a_finished_task_that_is_cancelled_in_grace_does_not_keep_the_eco_open),
		cmocka_unit_test(a_grace_of_nothing_closes_with_the_next_look),
		cmocka_unit_test(the_noc_closes_early_and_no_look_on_its_way_reopens),
		cmocka_unit_test(the_noc_rejects_and_the_tasks_are_read_at_once),
		cmocka_unit_test(the_same_finished_tasks_do_not_undo_the_nocs_rejection),
	};

	return cmocka_run_group_tests_name("completion", tests, NULL, NULL);
}
