#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/clock.h"

/* No test waits this long unless the clock is broken. */
#define FOREVER HOURS(1)
#define START   ((struct instant){ INT64_C(1767579247000000) })

static struct arena *arena;
static char path[4096];
static struct clock *virtual_clock;

static int
set_up(void **state)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	(void)state;
	arena = arena_create(65536);
	(void)snprintf(path, sizeof(path), "%s/strike-clock-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd); /* empty: the clock is still to be made */
	assert_no_fault(clock_create_virtual(arena, path, START, &virtual_clock));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	clock_destroy(virtual_clock);
	(void)unlink(path);
	arena_destroy(arena);
	return 0;
}

static struct clock *
clock_from(const char *setting)
{
	struct clock *clock = NULL;

	assert_no_fault(clock_create_from(arena, str_from_z(setting), &clock));
	return clock;
}

/* -- reading -- */

static void
the_real_clock_is_the_systems(void **state)
{
	struct clock *clock = clock_from("real");
	struct instant before = clock_system_now(), now = clock_now(clock);

	(void)state;
	assert_true(before.us <= now.us && now.us <= clock_system_now().us);
	assert_true(clock_speed(clock) == 1);
	clock_destroy(clock);
}

static void
a_scaled_clock_runs_faster_from_its_anchor(void **state)
{
	struct instant anchor = { clock_system_now().us - SECONDS(10).us };
	struct clock *clock = clock_create_scaled(60, anchor);
	int64_t least = SECONDS(600).us, passed;

	(void)state;
	passed = instant_since(clock_now(clock), anchor).us;
	assert_true(passed >= least);
	/* 60 times what has really passed, and the test did not take an hour. */
	assert_true(passed < least + HOURS(60).us);
	clock_destroy(clock);
}

static void
two_scaled_clocks_with_one_anchor_agree(void **state)
{
	struct clock *a = clock_from("scaled:60:2026-01-05T02:14:07Z");
	struct clock *b = clock_from("scaled:60:2026-01-05T02:14:07Z");
	struct instant first = clock_now(a), second = clock_now(b), third = clock_now(a);

	(void)state;
	assert_true(first.us <= second.us && second.us <= third.us);
	assert_true(clock_speed(a) == 60);
	clock_destroy(a);
	clock_destroy(b);
}

static void
a_scaled_clock_stays_within_the_years_that_can_be_written(void **state)
{
	struct clock *past = clock_from("scaled:1000000:9000-01-01T00:00:00Z");
	struct clock *future = clock_from("scaled:1000000:1970-01-01T00:00:00Z");

	(void)state;
	assert_int_equal(clock_now(past).us, 0);
	assert_text(instant_text(arena, clock_now(future)), "9999-12-31T23:59:59.999999Z");
	clock_destroy(past);
	clock_destroy(future);
}

static void
a_virtual_clock_stands_still_until_it_is_advanced(void **state)
{
	(void)state;
	assert_int_equal(clock_now(virtual_clock).us, START.us);
	assert_true(clock_speed(virtual_clock) == 0);
	clock_advance(virtual_clock, MINUTES(5));
	assert_int_equal(clock_now(virtual_clock).us, START.us + MINUTES(5).us);
}

static void
everybody_who_opens_the_file_sees_one_moment(void **state)
{
	char setting[5000];
	struct clock *other;

	(void)state;
	clock_advance(virtual_clock, HOURS(24));
	(void)snprintf(setting, sizeof(setting), "virtual:%s", path);
	other = clock_from(setting);
	assert_int_equal(clock_now(other).us, START.us + HOURS(24).us);
	clock_advance(other, SECONDS(1));
	assert_int_equal(clock_now(virtual_clock).us, START.us + HOURS(24).us + SECONDS(1).us);
	clock_destroy(other);
}

static void
a_setting_that_is_no_clock_is_refused_with_its_rule(void **state)
{
	static const struct {
		const char *setting, *why;
	} cases[] = {
		{ "", "real, scaled:<speed>:<anchor> or virtual:<path>" },
		{ "Real", "real, scaled" },
		{ "real:1", "real, scaled" },
		{ "virtual", "real, scaled" },
		{ "virtual:", "real, scaled" },
		{ "scaled", "speed is \"\"" },
		{ "scaled:0:2026-01-05T02:14:07Z", "speed is \"0\"" },
		{ "scaled:-1:2026-01-05T02:14:07Z", "speed is \"-1\"" },
		{ "scaled:nan:2026-01-05T02:14:07Z", "speed is \"nan\"" },
		{ "scaled:1e9:2026-01-05T02:14:07Z", "up to 1000000" },
		{ "scaled:60", "anchor is \"\"" },
		{ "scaled:60:yesterday", "anchor is \"yesterday\"" },
		{ "virtual:/nowhere/at/all", "/nowhere/at/all" },
		{ "virtual:/dev/null", "no virtual clock" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct clock *clock = NULL;
		struct err *err = clock_create_from(arena, str_from_z(cases[i].setting), &clock);

		assert_non_null(err);
		assert_fault(err, err->kind, cases[i].why);
	}
}

static void
a_file_that_is_something_else_is_no_clock(void **state)
{
	struct clock *clock = NULL;
	FILE *file = fopen(path, "w");

	(void)state;
	/* As long as a clock is, and longer. */
	assert_non_null(file);
	fputs("not a clock, 24 bytes...", file);
	fflush(file);
	assert_fault(
	    clock_create_virtual(arena, path, START, &clock), ERR_CORRUPT, "no virtual clock");
	fputs("more", file);
	fclose(file);
	assert_fault(
	    clock_create_virtual(arena, path, START, &clock), ERR_CORRUPT, "no virtual clock");
	clock_destroy(virtual_clock);
	virtual_clock = NULL;
}

/* -- alarms -- */

struct sleeper {
	struct alarm *alarm;
	struct clock *clock;
	struct instant until;
	_Atomic bool awake;
};

static void *
sleep_until(void *context)
{
	struct sleeper *sleeper = context;

	alarm_wait(sleeper->alarm, sleeper->until, FOREVER);
	sleeper->awake = true;
	return NULL;
}

static void
a_ring_before_the_wait_is_remembered_once(void **state)
{
	struct clock *clock = clock_create_real();
	struct alarm *alarm = alarm_create(clock);
	struct instant never = { clock_now(clock).us + FOREVER.us };
	int64_t begun_us;

	(void)state;
	alarm_ring(alarm);
	alarm_ring(alarm);
	alarm_wait(alarm, never, FOREVER); /* returns, or the test hangs */
	begun_us = clock_monotonic_us();
	alarm_wait(alarm, never, MILLISECONDS(30));
	assert_true(clock_monotonic_us() - begun_us >= MILLISECONDS(30).us);
	alarm_destroy(alarm);
	clock_destroy(clock);
}

static void
wake_by_ring(struct clock *clock)
{
	struct sleeper sleeper = { alarm_create(clock), clock, { INT64_MAX }, false };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, sleep_until, &sleeper), 0);
	usleep(2000); /* most often it sleeps by now; either order must work */
	assert_false(sleeper.awake);
	alarm_ring(sleeper.alarm);
	assert_int_equal(pthread_join(thread, NULL), 0);
	alarm_destroy(sleeper.alarm);
}

static void
a_ring_wakes_the_sleeper_on_every_clock(void **state)
{
	struct clock *real = clock_create_real();
	struct clock *scaled = clock_create_scaled(0.001, clock_system_now());

	(void)state;
	wake_by_ring(real);
	wake_by_ring(scaled);
	wake_by_ring(virtual_clock);
	clock_destroy(real);
	clock_destroy(scaled);
}

static void
the_real_bound_ends_a_wait_on_a_clock_that_stands_still(void **state)
{
	struct alarm *alarm = alarm_create(virtual_clock);
	int64_t begun_us = clock_monotonic_us();

	(void)state;
	alarm_wait(alarm, (struct instant){ INT64_MAX }, MILLISECONDS(30));
	assert_true(clock_monotonic_us() - begun_us >= MILLISECONDS(30).us);
	alarm_destroy(alarm);
}

static void
a_moment_that_has_come_is_not_waited_for(void **state)
{
	struct alarm *alarm = alarm_create(virtual_clock);

	(void)state;
	alarm_wait(alarm, START, FOREVER);
	alarm_wait(alarm, (struct instant){ 0 }, FOREVER);
	alarm_destroy(alarm);
}

static void
a_scaled_alarm_sleeps_the_real_time_that_its_clock_needs(void **state)
{
	struct clock *clock = clock_create_scaled(86400, clock_system_now());
	struct alarm *alarm = alarm_create(clock);
	struct instant until = instant_plus(clock_now(clock), HOURS(1));
	int64_t begun_us = clock_monotonic_us();

	(void)state;
	alarm_wait(alarm, until, FOREVER);
	assert_true(clock_now(clock).us >= until.us);
	/* An hour at a day a second is 42 ms; a wait by the wrong clock would take the hour. */
	assert_true(clock_monotonic_us() - begun_us < MINUTES(30).us);
	alarm_destroy(alarm);
	clock_destroy(clock);
}

static void
an_advance_wakes_those_whose_moment_has_come(void **state)
{
	struct sleeper early = { alarm_create(virtual_clock), virtual_clock,
		instant_plus(START, MINUTES(1)), false };
	struct sleeper late = { alarm_create(virtual_clock), virtual_clock,
		instant_plus(START, MINUTES(2)), false };
	pthread_t first, second;

	(void)state;
	assert_int_equal(pthread_create(&first, NULL, sleep_until, &early), 0);
	assert_int_equal(pthread_create(&second, NULL, sleep_until, &late), 0);
	clock_advance(virtual_clock, SECONDS(59));
	usleep(2000);
	assert_false(early.awake);
	clock_advance(virtual_clock, SECONDS(1));
	assert_int_equal(pthread_join(first, NULL), 0);
	usleep(2000);
	assert_false(late.awake);
	clock_advance(virtual_clock, MINUTES(10));
	assert_int_equal(pthread_join(second, NULL), 0);
	alarm_destroy(early.alarm);
	alarm_destroy(late.alarm);
}

static void
an_advance_in_another_process_wakes_a_sleeper(void **state)
{
	struct alarm *alarm = alarm_create(virtual_clock);
	pid_t child = fork();
	int status = 0;

	(void)state;
	if (child == 0) {
		struct clock *own = NULL;
		struct arena *memory = arena_create(4096);

		usleep(5000);
		if (clock_create_virtual(memory, path, START, &own) != NULL)
			_exit(1);
		clock_advance(own, MINUTES(1));
		_exit(0);
	}
	alarm_wait(alarm, instant_plus(START, MINUTES(1)), FOREVER);
	assert_int_equal(clock_now(virtual_clock).us, START.us + MINUTES(1).us);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	alarm_destroy(alarm);
}

#define ROUNDS 2000

static void *
ring_often(void *context)
{
	for (int i = 0; i < ROUNDS; i++)
		alarm_ring(context);
	return NULL;
}

static void
no_ring_is_lost_between_threads(void **state)
{
	struct alarm *ping = alarm_create(virtual_clock);
	pthread_t thread;

	(void)state;
	/* The last ring of all must be seen however the rings before it interleave with waits. */
	for (int round = 0; round < 20; round++) {
		assert_int_equal(pthread_create(&thread, NULL, ring_often, ping), 0);
		alarm_wait(ping, (struct instant){ INT64_MAX }, FOREVER);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	alarm_destroy(ping);
}

#define WITH_CLOCK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CLOCK(the_real_clock_is_the_systems),
		WITH_CLOCK(a_scaled_clock_runs_faster_from_its_anchor),
		WITH_CLOCK(two_scaled_clocks_with_one_anchor_agree),
		WITH_CLOCK(a_scaled_clock_stays_within_the_years_that_can_be_written),
		WITH_CLOCK(a_virtual_clock_stands_still_until_it_is_advanced),
		WITH_CLOCK(everybody_who_opens_the_file_sees_one_moment),
		WITH_CLOCK(a_setting_that_is_no_clock_is_refused_with_its_rule),
		WITH_CLOCK(a_file_that_is_something_else_is_no_clock),
		WITH_CLOCK(a_ring_before_the_wait_is_remembered_once),
		WITH_CLOCK(a_ring_wakes_the_sleeper_on_every_clock),
		WITH_CLOCK(the_real_bound_ends_a_wait_on_a_clock_that_stands_still),
		WITH_CLOCK(a_moment_that_has_come_is_not_waited_for),
		WITH_CLOCK(a_scaled_alarm_sleeps_the_real_time_that_its_clock_needs),
		WITH_CLOCK(an_advance_wakes_those_whose_moment_has_come),
		WITH_CLOCK(an_advance_in_another_process_wakes_a_sleeper),
		WITH_CLOCK(no_ring_is_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
