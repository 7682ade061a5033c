#include "support/unit.h"

#include <pthread.h>

#include "runtime/rate_limit.h"

#define SECOND INT64_C(1000000)

static const uint8_t secret[16] = { 7 };
static struct rate_limit *limit;

static int
set_up(void **state)
{
	(void)state;
	limit = rate_limit_create(64, secret);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rate_limit_destroy(limit);
	return 0;
}

static uint64_t
key_of(int number)
{
	return rate_limit_key(limit, STR("number"), (struct str){ (const char *)&number, 4 });
}

/* One of ${key} at ${now_us}, of 60 a minute and 3 at once. */
static bool
take(uint64_t key, int64_t now_us, int64_t *ret_wait_us)
{
	return rate_limit_take(limit, key, rate_rule_per_min(60, 3), 1, now_us, ret_wait_us);
}

static void
so_many_at_once_then_one_each_time_that_one_has_come_back(void **state)
{
	int64_t now = 100 * SECOND, wait;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(take(key_of(1), now, &wait));
	assert_false(take(key_of(1), now, &wait));
	assert_int_equal(wait, SECOND);
	assert_false(take(key_of(1), now + SECOND / 2, &wait));
	assert_int_equal(wait, SECOND / 2);
	assert_true(take(key_of(1), now + SECOND, &wait));
	assert_false(take(key_of(1), now + SECOND, &wait));
	/* However long nobody asks, no more than the burst is there. */
	for (int i = 0; i < 3; i++)
		assert_true(take(key_of(1), now + 3600 * SECOND, &wait));
	assert_false(take(key_of(1), now + 3600 * SECOND, &wait));
}

static void
what_is_refused_takes_nothing(void **state)
{
	int64_t now = 100 * SECOND, wait;

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)!take(key_of(1), now, &wait);
	assert_int_equal(wait, SECOND);
	assert_true(take(key_of(1), now + SECOND, &wait));
}

static void
a_charge_takes_what_is_there_and_no_more(void **state)
{
	int64_t now = 100 * SECOND, wait;
	struct rate_rule rule = rate_rule_per_min(60, 3);

	(void)state;
	rate_limit_charge(limit, key_of(1), rule, 2, now);
	assert_true(take(key_of(1), now, &wait));
	assert_false(take(key_of(1), now, &wait));
	for (int i = 0; i < 10; i++)
		rate_limit_charge(limit, key_of(1), rule, 1000, now);
	assert_false(take(key_of(1), now, &wait));
	assert_int_equal(wait, SECOND);
}

static void
a_rule_of_none_lets_everything_through(void **state)
{
	int64_t wait;

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(rate_limit_take(
		    limit, key_of(1), rate_rule_per_min(0, 1), 1, 100 * SECOND, &wait));
}

static void
kinds_and_names_are_kept_apart(void **state)
{
	(void)state;
	assert_true(rate_limit_key(limit, STR("ab"), STR("c")) !=
		    rate_limit_key(limit, STR("a"), STR("bc")));
	assert_true(rate_limit_key(limit, STR("user"), STR("7")) !=
		    rate_limit_key(limit, STR("token"), STR("7")));
}

static void
a_flood_of_names_resets_nobodys_bucket(void **state)
{
	int64_t now = 100 * SECOND, wait;
	int refused = 0;

	(void)state;
	/* All the places that there are are taken, by buckets that are not full. */
	while (take(key_of(1), now, &wait))
		;
	for (int i = 2; i < 100000; i++)
		refused += take(key_of(i), now, &wait) ? 0 : 1;
	assert_false(take(key_of(1), now, &wait));
	/* The flood itself is held back. */
	assert_true(refused > 90000);
	/* And when it is over, everybody has a place again. */
	assert_true(take(key_of(200000), now + 3600 * SECOND, &wait));
}

#define THREADS 8

static _Atomic int taken;

static void *
take_often(void *context)
{
	int64_t wait;

	(void)context;
	for (int i = 0; i < 1000; i++) {
		if (rate_limit_take(limit, key_of(1), (struct rate_rule){ 1000 * SECOND, 100 }, 1,
			100 * SECOND, &wait))
			taken++;
	}
	return NULL;
}

static void
however_many_threads_ask_no_more_is_given_out_than_there_is(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	taken = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_often, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(taken, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(so_many_at_once_then_one_each_time_that_one_has_come_back),
		TEST(what_is_refused_takes_nothing),
		TEST(a_charge_takes_what_is_there_and_no_more),
		TEST(a_rule_of_none_lets_everything_through),
		TEST(kinds_and_names_are_kept_apart),
		TEST(a_flood_of_names_resets_nobodys_bucket),
		TEST(however_many_threads_ask_no_more_is_given_out_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
