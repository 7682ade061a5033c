#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "integration/render/render_gate.h"

/* The gate at moments of the test's own: nothing waits, nothing is random. */

#define NORTH 1
#define SOUTH 2

static struct arena *arena;
static struct render_gate *gate;
static struct instant now;
static struct fieldwork_trouble trouble;
static struct render_gate_pass pass;

static void
begin_with(struct render_gate_rules rules)
{
	render_gate_destroy(gate);
	gate = render_gate_create(&rules);
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(16 << 20);
	now = (struct instant){ 1767579247000000 };
	gate = NULL;
	begin_with((struct render_gate_rules){
	    .visits_max = 2, .slow_visits_max = 2, .requests_per_min = 0 });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	render_gate_destroy(gate);
	arena_destroy(arena);
	return 0;
}

static void
after(struct duration passed)
{
	now = instant_plus(now, passed);
}

static struct sha256
account(int number)
{
	return (struct sha256){ .bytes = { [0] = (uint8_t)number, [1] = (uint8_t)(number >> 8) } };
}

static bool
enter(int number)
{
	return render_gate_enter(gate, arena, account(number), false, now, &pass, &trouble);
}

static bool
enter_urgently(int number)
{
	return render_gate_enter(gate, arena, account(number), true, now, &pass, &trouble);
}

static void
leave_after(struct render_gate_pass left, struct duration took, const struct fieldwork_trouble *met)
{
	render_gate_leave(gate, &left,
	    &(struct render_gate_result){
		.now = now, .took = took, .requests = 1, .trouble = met });
}

static void
leave(const struct fieldwork_trouble *met)
{
	leave_after(pass, MILLISECONDS(50), met);
}

static const struct fieldwork_trouble asked_to_wait = {
	.fault = SYNC_FAULT_RATE_LIMITED, .detail = STR("Render answers 429"), .retry_after_s = 30
};
static const struct fieldwork_trouble unreachable = { .fault = SYNC_FAULT_UNREACHABLE,
	.detail = STR("no connection") };
static const struct fieldwork_trouble refused = { .fault = SYNC_FAULT_REFUSED,
	.detail = STR("invalid_client") };

static void
a_pause_that_was_asked_for_holds_for_the_whole_account_and_no_other(void **state)
{
	(void)state;
	assert_true(enter(NORTH));
	leave(&asked_to_wait);
	assert_false(enter(NORTH));
	assert_true(trouble.not_asked);
	assert_int_equal(trouble.fault, SYNC_FAULT_RATE_LIMITED);
	assert_text(trouble.detail, "not asked again so soon: Render answers 429");
	assert_in_range(trouble.wait.us, SECONDS(30).us, SECONDS(31).us);
	assert_in_range(trouble.retry_after_s, 30, 31);
	assert_false(enter_urgently(NORTH));
	assert_true(enter(SOUTH));
	leave(NULL);
	after(SECONDS(30));
	assert_true(enter(NORTH));
	leave(NULL);
}

static void
a_pause_without_end_is_an_hour(void **state)
{
	struct fieldwork_trouble forever = asked_to_wait;

	(void)state;
	forever.retry_after_s = INT64_MAX;
	assert_true(enter(NORTH));
	leave(&forever);
	assert_false(enter(NORTH));
	after(HOURS(1));
	assert_true(enter(NORTH));
	leave(NULL);
}

static void
those_who_were_turned_away_come_again_one_after_the_other(void **state)
{
	int64_t last = 0;

	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 2, .slow_visits_max = 2, .requests_per_min = 600 });
	assert_true(enter(NORTH));
	leave(&asked_to_wait);
	for (int i = 0; i < 500; i++) {
		assert_false(enter(NORTH));
		assert_true(trouble.wait.us >= SECONDS(30).us);
		assert_true(trouble.wait.us >= last + 100000); /* 600 a minute */
		last = trouble.wait.us;
	}
}

static void
a_queue_that_is_too_long_starts_over(void **state)
{
	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 1, .slow_visits_max = 1, .requests_per_min = 60 });
	assert_true(enter(NORTH));
	for (int i = 0; i < 1000; i++) {
		assert_false(enter(NORTH));
		assert_true(trouble.wait.us <= RENDER_GATE_TURN_MAX.us + SECONDS(2).us);
	}
}

static void
an_account_has_as_many_visits_at_a_time_as_it_may(void **state)
{
	struct render_gate_pass first;

	(void)state;
	assert_true(enter(NORTH));
	first = pass;
	assert_true(enter(NORTH));
	assert_false(enter(NORTH));
	assert_true(trouble.not_asked);
	assert_int_equal(trouble.fault, SYNC_FAULT_RATE_LIMITED);
	assert_true(enter(SOUTH));
	leave(NULL);
	leave_after(first, MILLISECONDS(50), NULL);
	assert_true(enter(NORTH));
	leave(NULL);
}

static void
tasking_does_not_wait_for_its_turn(void **state)
{
	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 1, .slow_visits_max = 1, .requests_per_min = 1 });
	assert_true(enter(NORTH));
	assert_false(enter(NORTH));
	assert_true(enter_urgently(NORTH));
}

/* Whoever is slow may have two threads in all; the third slow one waits, the quick one does not. */
static void
all_that_are_slow_together_leave_threads_to_the_others(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		assert_true(enter(i));
		leave_after(pass, SECONDS(9), NULL);
	}
	assert_true(enter(1));
	assert_true(enter(2));
	assert_false(enter(3));
	assert_false(enter_urgently(3));
	assert_true(enter(4));
	assert_true(enter(4));
}

static void
one_quick_visit_makes_a_slow_account_an_ordinary_one(void **state)
{
	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 2, .slow_visits_max = 1, .requests_per_min = 0 });
	assert_true(enter(NORTH));
	leave_after(pass, SECONDS(9), NULL);
	assert_true(enter(NORTH));
	assert_false(enter(NORTH));
	leave(NULL);
	assert_true(enter(NORTH));
	assert_true(enter(NORTH));
}

static void
three_failures_in_a_row_close_the_account_and_one_visit_finds_out(void **state)
{
	static const int64_t closed_s[] = { 5, 10, 20, 40, 60, 60 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(enter(NORTH));
		leave(&unreachable);
	}
	for (size_t i = 0; i < COUNT_OF(closed_s); i++) {
		assert_true(enter(NORTH));
		assert_false(enter(NORTH)); /* while one finds out, nobody else does */
		leave(&unreachable);
		assert_false(enter(NORTH));
		assert_int_equal(trouble.fault, SYNC_FAULT_UNREACHABLE);
		after(SECONDS(closed_s[i] - 1));
		assert_false(enter(NORTH));
		after(SECONDS(1));
	}
	assert_true(enter(NORTH));
	leave(NULL);
	assert_true(enter(NORTH));
	assert_true(enter(NORTH));
}

static void
a_success_between_failures_keeps_the_account_open(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_true(enter(NORTH));
		leave(&unreachable);
		assert_true(enter(NORTH));
		leave(i % 2 == 0 ? NULL : &unreachable);
		assert_true(enter(NORTH));
		leave(NULL);
	}
}

static void
refused_credentials_close_the_account_at_once(void **state)
{
	static const int64_t closed_s[] = { 10, 20, 40, 80, 160, 300, 300 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(closed_s); i++) {
		assert_true(enter(NORTH));
		leave(&refused);
		after(SECONDS(closed_s[i] - 1));
		assert_false(enter(NORTH));
		assert_int_equal(trouble.fault, SYNC_FAULT_REFUSED);
		after(SECONDS(1));
	}
}

static void
a_visit_that_began_before_does_not_open_what_was_closed_since(void **state)
{
	struct render_gate_pass before;

	(void)state;
	assert_true(enter(NORTH));
	before = pass;
	assert_true(enter(NORTH));
	leave(&asked_to_wait);
	leave_after(before, MILLISECONDS(50), NULL);
	assert_false(enter(NORTH));
	after(SECONDS(30));
	assert_true(enter(NORTH));
	assert_false(enter(NORTH)); /* one finds out */
}

static void
requests_are_as_many_a_minute_as_there_may_be(void **state)
{
	int visits = 0;

	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 9, .slow_visits_max = 9, .requests_per_min = 60 });
	for (int i = 0; i < 6000; i++) {
		if (enter(NORTH)) {
			leave(NULL);
			visits++;
		}
		after(MILLISECONDS(100));
	}
	/* Ten minutes, and what may come at once: 60 / 6. */
	assert_in_range(visits, 600, 600 + 10 + 1);
}

static void
the_requests_of_a_visit_are_all_counted(void **state)
{
	(void)state;
	begin_with((struct render_gate_rules){
	    .visits_max = 9, .slow_visits_max = 9, .requests_per_min = 60 });
	assert_true(enter(NORTH));
	render_gate_leave(gate, &pass, &(struct render_gate_result){ .now = now, .requests = 40 });
	assert_false(enter(NORTH));
	assert_in_range(trouble.wait.us, SECONDS(29).us, SECONDS(31).us);
	after(SECONDS(31));
	assert_true(enter(NORTH));
}

static void
a_clock_that_is_set_back_does_not_close_for_ever(void **state)
{
	(void)state;
	assert_true(enter(NORTH));
	leave(&asked_to_wait);
	now.us -= HOURS(24).us;
	assert_false(enter(NORTH));
	after(HOURS(1));
	assert_true(enter(NORTH));
}

static void
of_more_accounts_than_are_kept_idle_ones_make_room(void **state)
{
	(void)state;
	assert_true(enter(NORTH));
	leave(&asked_to_wait);
	for (int i = 100; i < 100 + 2 * RENDER_GATE_ACCOUNTS_MAX; i++) {
		assert_true(enter(i));
		leave(NULL);
	}
	assert_false(enter(NORTH));
}

static void
when_no_account_is_idle_a_new_one_is_not_held_back(void **state)
{
	(void)state;
	for (int i = 1; i <= RENDER_GATE_ACCOUNTS_MAX; i++) {
		assert_true(enter(i));
		leave(&asked_to_wait);
	}
	for (int i = 0; i < 5; i++) {
		assert_true(enter(RENDER_GATE_ACCOUNTS_MAX + 1));
		assert_null(pass.account);
	}
	leave(NULL);
}

static atomic_int inside, most_inside;

static void *
visit_often(void *context)
{
	struct arena *memory = context;

	for (int i = 0; i < 2000; i++) {
		struct render_gate_pass own;
		struct fieldwork_trouble away;
		int count;

		arena_reset(memory);
		if (!render_gate_enter(gate, memory, account(NORTH), false, now, &own, &away))
			continue;
		count = atomic_fetch_add(&inside, 1) + 1;
		if (count > atomic_load(&most_inside))
			atomic_store(&most_inside, count);
		(void)atomic_fetch_sub(&inside, 1);
		render_gate_leave(
		    gate, &own, &(struct render_gate_result){ .now = now, .requests = 1 });
	}
	return NULL;
}

static void
many_threads_keep_the_limit(void **state)
{
	pthread_t threads[8];
	struct arena *memories[8];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		memories[i] = arena_create(65536);
		assert_int_equal(pthread_create(&threads[i], NULL, visit_often, memories[i]), 0);
	}
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		(void)pthread_join(threads[i], NULL);
		arena_destroy(memories[i]);
	}
	assert_in_range(atomic_load(&most_inside), 1, 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest list[] = {
		TEST(a_pause_that_was_asked_for_holds_for_the_whole_account_and_no_other),
		TEST(a_pause_without_end_is_an_hour),
		TEST(those_who_were_turned_away_come_again_one_after_the_other),
		TEST(a_queue_that_is_too_long_starts_over),
		TEST(an_account_has_as_many_visits_at_a_time_as_it_may),
		TEST(tasking_does_not_wait_for_its_turn),
		TEST(all_that_are_slow_together_leave_threads_to_the_others),
		TEST(one_quick_visit_makes_a_slow_account_an_ordinary_one),
		TEST(three_failures_in_a_row_close_the_account_and_one_visit_finds_out),
		TEST(a_success_between_failures_keeps_the_account_open),
		TEST(refused_credentials_close_the_account_at_once),
		TEST(a_visit_that_began_before_does_not_open_what_was_closed_since),
		TEST(requests_are_as_many_a_minute_as_there_may_be),
		TEST(the_requests_of_a_visit_are_all_counted),
		TEST(a_clock_that_is_set_back_does_not_close_for_ever),
		TEST(of_more_accounts_than_are_kept_idle_ones_make_room),
		TEST(when_no_account_is_idle_a_new_one_is_not_held_back),
		TEST(many_threads_keep_the_limit),
	};

	return cmocka_run_group_tests_name("render gate", list, NULL, NULL);
}
