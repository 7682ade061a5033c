#include "support/unit.h"

#include <pthread.h>

#include "runtime/metrics.h"

/* The figures belong to the process, so each test has a label of its own. */

static bool
shows(const char *line)
{
	static char memory[METRICS_TEXT_BYTES_MAX];
	struct buf buf = buf_over(memory, sizeof(memory));

	metrics_write(&buf);
	assert_false(buf.overflowed);
	return str_find(buf_view(&buf), str_from_z(line)) != SIZE_MAX;
}

static void
a_counter_counts_each_combination_of_labels_by_itself(void **state)
{
	(void)state;
	metrics_count(METRIC_REQUESTS, STR("a"), STR("2xx"));
	metrics_count(METRIC_REQUESTS, STR("a"), STR("2xx"));
	metrics_count(METRIC_REQUESTS, STR("a"), STR("5xx"));
	assert_true(shows("# TYPE strike_outbound_requests_total counter\n"));
	assert_true(shows("\nstrike_outbound_requests_total{provider=\"a\",outcome=\"2xx\"} 2\n"));
	assert_true(shows("\nstrike_outbound_requests_total{provider=\"a\",outcome=\"5xx\"} 1\n"));
	assert_int_equal(metrics_value(METRIC_REQUESTS, STR("b"), STR("2xx")), 0);
}

static void
a_histogram_is_cumulative_and_ends_with_all(void **state)
{
	(void)state;
	metrics_observe(METRIC_EFFECT_LATENESS, STR("h"), MILLISECONDS(-7));
	metrics_observe(METRIC_EFFECT_LATENESS, STR("h"), MILLISECONDS(20));
	metrics_observe(METRIC_EFFECT_LATENESS, STR("h"), SECONDS(2));
	metrics_observe(METRIC_EFFECT_LATENESS, STR("h"), SECONDS(3600));
	assert_true(shows("strike_effect_lateness_seconds_bucket{lane=\"h\",le=\"0.005\"} 1\n"));
	assert_true(shows("strike_effect_lateness_seconds_bucket{lane=\"h\",le=\"0.025\"} 2\n"));
	assert_true(shows("strike_effect_lateness_seconds_bucket{lane=\"h\",le=\"2.500\"} 3\n"));
	assert_true(shows("strike_effect_lateness_seconds_bucket{lane=\"h\",le=\"300.000\"} 3\n"));
	assert_true(shows("strike_effect_lateness_seconds_bucket{lane=\"h\",le=\"+Inf\"} 4\n"));
	assert_true(shows("strike_effect_lateness_seconds_sum{lane=\"h\"} 3602.020000\n"));
	assert_true(shows("strike_effect_lateness_seconds_count{lane=\"h\"} 4\n"));
}

static void
a_gauge_stands_where_it_was_set_last(void **state)
{
	(void)state;
	metrics_set(METRIC_PARKED, 7);
	metrics_set(METRIC_PARKED, 3);
	metrics_set_duration(METRIC_TIMER_OLDEST, MILLISECONDS(1500));
	assert_true(shows("\nstrike_streams_parked 3\n"));
	assert_true(shows("\nstrike_timer_oldest_seconds 1.500000\n"));
}

static void
an_age_is_left_out_until_it_has_begun(void **state)
{
	(void)state;
	assert_false(shows("\nstrike_watchdog_proof_age_seconds "));
	metrics_touch(METRIC_WATCHDOG_PROOF);
	assert_true(shows("\nstrike_watchdog_proof_age_seconds "));
}

static void
what_has_too_many_labels_is_counted_as_other(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "outcome-%d", i);
		metrics_count(METRIC_HTTP_REQUESTS, str_from_z(name), STR(""));
	}
	assert_int_equal(metrics_value(METRIC_HTTP_REQUESTS, STR("outcome-0"), STR("")), 1);
	assert_int_equal(metrics_value(METRIC_HTTP_REQUESTS, STR("outcome-999"), STR("")), 0);
	assert_int_equal(metrics_value(METRIC_HTTP_REQUESTS, STR("other"), STR("other")),
	    1000 - (METRICS_SERIES_MAX - 1));
}

static void *
count_much(void *context)
{
	(void)context;
	for (int i = 0; i < 10000; i++) {
		metrics_count(METRIC_TIMERS_FIRED, STR("attempt"), STR("fired"));
		metrics_observe(METRIC_REQUEST_TIME, STR("many"), MILLISECONDS(i % 40));
	}
	return NULL;
}

static void
nothing_is_lost_when_many_count_at_once(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_much, NULL), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(metrics_value(METRIC_TIMERS_FIRED, STR("attempt"), STR("fired")), 40000);
	assert_int_equal(metrics_value(METRIC_REQUEST_TIME, STR("many"), STR("")), 40000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_counts_each_combination_of_labels_by_itself),
		cmocka_unit_test(a_histogram_is_cumulative_and_ends_with_all),
		cmocka_unit_test(a_gauge_stands_where_it_was_set_last),
		cmocka_unit_test(an_age_is_left_out_until_it_has_begun),
		cmocka_unit_test(what_has_too_many_labels_is_counted_as_other),
		cmocka_unit_test(nothing_is_lost_when_many_count_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
