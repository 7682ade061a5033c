#include "support/spec.h"

/*
 * Tasking, polling and when.  What the tasks mean for the ECO is in completion_spec.c.
 *
 * A chance of one half spreads nothing: polls come exactly at their interval, the first
 * one after half of it.
 */
#define LIVELY SECONDS(15)
#define ACTIVE SECONDS(30)
#define STILL  SECONDS(60)

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
	then_timer(TIMER_POLL, SECONDS(15));
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
	then_timer(TIMER_TASKING, SECONDS(90 + 10 / 2));
	when_tasking_failed(SYNC_FAULT_RATE_LIMITED, 5);
	then_timer(TIMER_TASKING, SECONDS(20));
	given_known_task();
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, 400);
	then_timer(TIMER_POLL, SECONDS(400 + 30 / 2));
}

static void
an_absurd_pause_is_waited_for_an_hour_at_most(void **state)
{
	(void)state;
	given_a_callout(1);
	when_tasking_failed(SYNC_FAULT_RATE_LIMITED, INT64_MAX);
	then_timer(TIMER_TASKING, SECONDS(3600 + 10 / 2));
	given_known_task();
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, INT64_MAX);
	then_timer(TIMER_POLL, SECONDS(3600 + 30 / 2));
}

static struct duration
until_poll(void)
{
	for (size_t i = 0; i < world.then.timer_count; i++) {
		if (world.then.timers[i].kind == TIMER_POLL && world.then.timers[i].set)
			return instant_since(world.then.timers[i].due, world.now);
	}
	fail_msg("no poll is to come");
	return (struct duration){ 0 };
}

static void
polls_are_spread_by_a_tenth_on_either_side(void **state)
{
	(void)state;
	given_known_task();
	after(MINUTES(10));
	world.chance = 0;
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, SECONDS(27));
	world.chance = 0.999999;
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	assert_true(until_poll().us > SECONDS(32).us && until_poll().us < SECONDS(33).us);
}

static void
the_first_polls_of_a_storm_lie_anywhere_in_the_interval(void **state)
{
	int per_tenth[10] = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		given_a_callout(1);
		world.chance = (double)i / 1000;
		when_tasked();
		assert_true(until_poll().us >= SECONDS(1).us && until_poll().us < ACTIVE.us);
		per_tenth[until_poll().us / 3000000]++;
	}
	for (size_t i = 0; i < COUNT_OF(per_tenth); i++)
		assert_true(per_tenth[i] >= 60 && per_tenth[i] <= 140);
}

static void
those_who_were_told_one_moment_to_come_back_do_not_come_at_once(void **state)
{
	(void)state;
	given_known_task();
	world.chance = 0;
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, 60);
	then_timer(TIMER_POLL, SECONDS(60));
	world.chance = 0.999999;
	when_poll_failed(SYNC_FAULT_RATE_LIMITED, 60);
	assert_true(until_poll().us > SECONDS(89).us && until_poll().us < SECONDS(90).us);
}

static void
polls_are_twice_as_frequent_right_after_a_change(void **state)
{
	(void)state;
	given_known_task();
	then_timer(TIMER_POLL, LIVELY);
	after(SECONDS(299));
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, LIVELY);
	after(SECONDS(1));
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, ACTIVE);
	after(MINUTES(10));
	when_shown("T-1", TASK_STATUS_STARTED, 2);
	then_timer(TIMER_POLL, LIVELY);
}

static void
polls_are_half_as_frequent_when_nothing_has_moved_for_long(void **state)
{
	(void)state;
	given_known_task();
	after(SECONDS(3599));
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, ACTIVE);
	after(SECONDS(1));
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, STILL);
	when_shown("T-1", TASK_STATUS_STARTED, 2);
	then_timer(TIMER_POLL, LIVELY);
}

static void
polls_that_fail_come_more_and_more_seldom(void **state)
{
	static const struct {
		int64_t failing_s, pause_s;
	} rows[] = { { 0, 30 }, { 60, 30 }, { 120, 30 }, { 400, 100 }, { 1200, 300 },
		{ 100000, 300 } };

	(void)state;
	given_known_task();
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct instant began = world.callout.rendersync.degraded_at;

		world.now = instant_plus(began, SECONDS(rows[i].failing_s));
		when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
		then_timer(TIMER_POLL, SECONDS(rows[i].pause_s));
	}
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_timer(TIMER_POLL, LIVELY);
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
	after(MINUTES(10));
	when_shown("T-1", TASK_STATUS_NOT_STARTED, 1);
	then_events(0);
	then_no_effect();
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

/* Tasking fails with ${fault} every minute, from now for ${minutes}. */
static void
when_tasking_fails_for(int minutes, enum sync_fault fault)
{
	for (int i = 0; i < minutes; i++) {
		when_tasking_failed(fault, 0);
		after(MINUTES(1));
	}
}

static void
tasking_that_is_refused_for_half_an_hour_has_failed_and_is_still_tried(void **state)
{
	static const enum sync_fault refusals[] = { SYNC_FAULT_REFUSED, SYNC_FAULT_MALFORMED,
		SYNC_FAULT_TOO_MANY_TASKS };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		given_a_callout(1);
		when_tasking_fails_for(30, refusals[i]);
		assert_int_equal(world.callout.rendersync.state, INTEGRATION_RETRYING);
		when_tasking_failed(refusals[i], 0);
		assert_int_equal(world.callout.rendersync.state, INTEGRATION_FAILED);
		then_timer(TIMER_TASKING, MINUTES(15));
		when_timer(TIMER_TASKING);
		then_effect(EFFECT_RENDER_TASK, 32);
		when_tasked();
		assert_int_equal(world.callout.rendersync.state, INTEGRATION_TASKED);
	}
}

static void
an_outage_however_long_is_no_failure_of_tasking(void **state)
{
	(void)state;
	given_a_callout(1);
	when_tasking_fails_for(600, SYNC_FAULT_UNREACHABLE);
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_RETRYING);
}

static void
refusals_with_an_outage_between_them_are_counted_anew(void **state)
{
	(void)state;
	given_a_callout(1);
	when_tasking_fails_for(29, SYNC_FAULT_REFUSED);
	when_tasking_fails_for(5, SYNC_FAULT_UNREACHABLE);
	when_tasking_fails_for(29, SYNC_FAULT_REFUSED);
	assert_int_equal(world.callout.rendersync.state, INTEGRATION_RETRYING);
}

static void
a_drill_is_neither_tasked_nor_polled(void **state)
{
	struct rendersync_task shown = task("T-1", TASK_STATUS_STARTED, 1);

	(void)state;
	given_a_callout(1);
	world.callout.rendersync.exercise = true;
	when_noticed((struct eco_event){ .type = ECO_EVENT_CREATED });
	then_no_effect();
	when_timer(TIMER_TASKING);
	then_nothing();
	when_timer(TIMER_POLL);
	then_nothing();
	when_polled(&shown, 1);
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
		cmocka_unit_test(polls_are_spread_by_a_tenth_on_either_side),
		cmocka_unit_test(the_first_polls_of_a_storm_lie_anywhere_in_the_interval),
		cmocka_unit_test(those_who_were_told_one_moment_to_come_back_do_not_come_at_once),
		cmocka_unit_test(polls_are_twice_as_frequent_right_after_a_change),
		cmocka_unit_test(polls_are_half_as_frequent_when_nothing_has_moved_for_long),
		cmocka_unit_test(polls_that_fail_come_more_and_more_seldom),
		cmocka_unit_test(the_first_look_records_each_task_with_its_fingerprint),
		cmocka_unit_test(the_same_fingerprint_is_no_news),
		cmocka_unit_test(another_fingerprint_is_one_event_with_old_and_new),
		cmocka_unit_test(a_task_that_vanished_is_recorded_and_forgotten),
		cmocka_unit_test(a_task_that_the_list_shows_twice_counts_once),
		cmocka_unit_test(a_failing_field_system_is_said_once_and_its_recovery_once),
		cmocka_unit_test(nothing_happens_to_an_eco_that_is_over),
		cmocka_unit_test(
		    a_task_that_was_made_when_the_eco_was_already_cancelled_is_recorded_and_not_polled),
		cmocka_unit_test(
		    tasking_that_is_refused_for_half_an_hour_has_failed_and_is_still_tried),
		cmocka_unit_test(an_outage_however_long_is_no_failure_of_tasking),
		cmocka_unit_test(refusals_with_an_outage_between_them_are_counted_anew),
		cmocka_unit_test(a_drill_is_neither_tasked_nor_polled),
		cmocka_unit_test(as_many_tasks_as_an_eco_may_have_can_all_be_replaced_at_once),
	};

	return cmocka_run_group_tests_name("rendersync", tests, NULL, NULL);
}
