#include "support/unit.h"

#include <stdlib.h>

#include "bin/seed.h"
#include "fault/kill_world.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/scenario_file.h"

/*
 * kill -9 of the server at any point between create and close, and a restart: the
 * callout goes on, nobody is called twice for the same attempt, nothing is lost.
 *
 * usage: kill_test windows|sweep
 *
 * STRIKE_TEST_POINTS=N   that many points of each scenario's sweep (0: every one)
 * STRIKE_TEST_SEED=N     repeats a random sweep
 */

#define POINTS        16
#define RANDOM_PLAYS  8
#define RANDOM_KILLS  5
#define DELAY_US_MAX  30000
#define ON_ITS_WAY_US 350000 /* below what the server waits before it looks */
#define CALL_REQUEST  "/Calls.json HTTP"
#define TEXT_REQUEST  "/Messages.json HTTP"
#define GROUP_REQUEST "POST /v1/subsectors HTTP"
#define TASK_REQUEST  "POST /v1/subsectors/"
#define POLL_REQUEST  "GET /v1/subsectors/"

static int64_t kills;

/* An empty database with the development seed in it. */
static void
plant(void)
{
	struct arena *arena = arena_create(8u << 20);
	struct store *store;
	struct vault vault;

	pg_database_reset();
	assert_no_fault(vault_init(arena, STR(""), random_bytes, &vault));
	assert_no_fault(store_pg_open(arena, pg_database_conninfo(), &store));
	assert_no_fault(seed_plant(store, arena, &vault));
	store_close(store);
	arena_destroy(arena);
}

/* Play once with ${plan}.  Whether all was as it must be; how many passages there were. */
static bool
survives(struct str scenario, const struct kill_plan *plan, const char *name, int64_t *ret_passages)
{
	struct kill_world world;

	plant();
	kill_world_begin(&world, pg_database_conninfo(), scenario, plan);
	kill_world_play(&world);
	kill_check(&world);
	*ret_passages = world.passages;
	kills += (int64_t)world.done;
	return kill_world_end(&world, name);
}

static void
must_survive(const char *name, const struct kill_plan *plan)
{
	int64_t passages;

	assert_true(survives(scenario_file_read(name), plan, name, &passages));
}

/* -- every point of a scenario, one kill in each play -- */

static int64_t
number_of(const char *variable, int64_t otherwise)
{
	const char *text = getenv(variable);
	int64_t number;

	if (text == NULL)
		return otherwise;
	assert_true(str_parse_i64(str_from_z(text), &number) && number >= 0);
	return number;
}

static void
a_server_killed_anywhere_goes_on(void **state)
{
	const char *scenario = *state;
	int64_t points = number_of("STRIKE_TEST_POINTS", POINTS), passages, ignored;
	bool good = true;

	assert_true(
	    survives(scenario_file_read(scenario), &(struct kill_plan){ 0 }, scenario, &passages));
	if (points == 0 || points > passages)
		points = passages;
	for (int64_t i = 0; i < points; i++) {
		int64_t at = points == 1 ? 1 : 1 + i * (passages - 1) / (points - 1);
		struct kill_plan plan = { .at = { { .passage = at } }, .count = 1 };
		char name[128];

		(void)snprintf(name, sizeof(name), "%s, killed at passage %lld of %lld", scenario,
		    (long long)at, (long long)passages);
		good = survives(scenario_file_read(scenario), &plan, name, &ignored) && good;
	}
	print_message("%s: %lld passages, killed at %lld of them\n", scenario, (long long)passages,
	    (long long)points);
	assert_true(good);
}

/* -- where it matters most: what one side knows and the other does not -- */

static void
a_call_that_never_left_is_placed_once(void **state)
{
	(void)state;
	must_survive("happy-path",
	    &(struct kill_plan){
		.at = { { .request = CALL_REQUEST, .point = RELAY_REQUEST } }, .count = 1 });
}

static void
a_call_whose_receipt_was_lost_is_found_and_not_placed_again(void **state)
{
	(void)state;
	must_survive("happy-path",
	    &(struct kill_plan){
		.at = { { .request = CALL_REQUEST, .point = RELAY_ANSWER } }, .count = 1 });
}

static void
a_call_that_was_on_its_way_when_the_server_died_is_found(void **state)
{
	(void)state;
	must_survive("happy-path", &(struct kill_plan){ .at = { { .request = CALL_REQUEST,
							    .point = RELAY_REQUEST,
							    .arrives_us = ON_ITS_WAY_US } },
				       .count = 1 });
}

static void
every_second_call_may_lose_its_receipt(void **state)
{
	struct kill_plan plan = { .count = 8 };

	(void)state;
	for (size_t i = 0; i < plan.count; i++)
		plan.at[i] = (struct kill_moment){
			.request = CALL_REQUEST, .point = RELAY_ANSWER, .skip = 1
		};
	must_survive("pager-exhaustion", &plan);
}

static void
a_text_that_never_left_is_sent_once(void **state)
{
	(void)state;
	must_survive("pager-exhaustion",
	    &(struct kill_plan){
		.at = { { .request = TEXT_REQUEST, .point = RELAY_REQUEST } }, .count = 1 });
}

static void
a_text_whose_receipt_was_lost_is_found_and_not_sent_again(void **state)
{
	(void)state;
	must_survive("pager-exhaustion",
	    &(struct kill_plan){ .at = { { .request = TEXT_REQUEST, .point = RELAY_ANSWER },
				     { .request = TEXT_REQUEST, .point = RELAY_ANSWER } },
		.count = 2 });
}

static void
a_subsector_and_a_task_are_made_once_whatever_is_lost(void **state)
{
	(void)state;
	must_survive("happy-path",
	    &(struct kill_plan){ .at = { { .request = GROUP_REQUEST, .point = RELAY_REQUEST },
				     { .request = GROUP_REQUEST, .point = RELAY_ANSWER },
				     { .request = TASK_REQUEST, .point = RELAY_REQUEST },
				     { .request = TASK_REQUEST, .point = RELAY_ANSWER } },
		.count = 4 });
}

static void
a_poll_that_was_cut_off_is_made_again(void **state)
{
	(void)state;
	must_survive("happy-path",
	    &(struct kill_plan){
		.at = { { .request = POLL_REQUEST, .point = RELAY_REQUEST, .skip = 2 },
		    { .request = POLL_REQUEST, .point = RELAY_ANSWER, .skip = 3 },
		    { .request = POLL_REQUEST, .point = RELAY_ANSWER, .skip = 10 } },
		.count = 3 });
}

/* -- webhooks that nobody sends again -- */

static const char patient_world[] =
    "scenario \"Lost in the restart\"\n"
    "noc operator@lone-star-noc\n"
    "watch dispatcher@hill-country-osp\n"
    "create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n"
    "phone +15125550101 answers after 8s, presses 1, then 45#\n"
    "phone +15125550102 answers after 8s, presses 1, then 45#\n"
    "phone +15125550103 answers after 8s, presses 1, then 45#\n"
    "texts +15125550901 arrive\n"
    "render up\n"
    "task investigation: starts after 12m, completes after 35m\n"
    "expect ECOCreated, PagerDispatched, PageAccepted, ECOClosed\n"
    "expect no PagerExhausted\n"
    "expect anything else\n"
    "until ECOClosed within 6h\n";

/* The call that they belong to breaks off, and somebody else is rung. */
static void
webhooks_lost_in_the_restart_do_not_stop_the_ringing(void **state)
{
	bool good = true;

	(void)state;
	for (int64_t skip = 0; skip < 7; skip++) {
		struct kill_plan plan = { .at = { { .request = "/webhooks/",
					      .side = KILL_INBOUND,
					      .point = RELAY_REQUEST,
					      .skip = skip } },
			.count = 1,
			.loses_webhooks = true };
		int64_t ignored;

		good =
		    survives(str_from_z(patient_world), &plan, "lost webhooks", &ignored) && good;
	}
	assert_true(good);
}

/* -- anywhere, at any time, again and again -- */

/* xorshift64*, so that a seed repeats a play. */
static uint64_t
draw(uint64_t *seed, uint64_t limit)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(2685821657736338717) >> 33) % limit;
}

static void
a_server_killed_again_and_again_goes_on(void **state)
{
	static const char *const scenarios[] = { "happy-path", "pager-timeout", "pager-exhaustion",
		"render-failure", "decline-and-voicemail", "late-clone", "duplicate-callbacks" };
	uint64_t seed = (uint64_t)number_of("STRIKE_TEST_SEED", clock_monotonic_us());
	bool good = true;

	(void)state;
	print_message("STRIKE_TEST_SEED=%llu\n", (unsigned long long)seed);
	seed = seed * 2 + 1; /* never 0 */
	for (int i = 0; i < RANDOM_PLAYS; i++) {
		const char *name = scenarios[draw(&seed, COUNT_OF(scenarios))];
		struct kill_plan plan = { .count = RANDOM_KILLS };
		int64_t at = 0, ignored;

		for (size_t j = 0; j < plan.count; j++) {
			at += 1 + (int64_t)draw(&seed, 40);
			plan.at[j] = (struct kill_moment){ .passage = at,
				.delay_us = 1 + (int64_t)draw(&seed, DELAY_US_MAX) };
		}
		good = survives(scenario_file_read(name), &plan, name, &ignored) && good;
	}
	assert_true(good);
}

#define SWEEP(scenario)                                                                          \
	{                                                                                        \
		"a_server_killed_anywhere_goes_on: " scenario, a_server_killed_anywhere_goes_on, \
		    NULL, NULL, (void *)(uintptr_t)scenario                                      \
	}

static int
run_windows(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_never_left_is_placed_once),
		cmocka_unit_test(a_call_whose_receipt_was_lost_is_found_and_not_placed_again),
		cmocka_unit_test(a_call_that_was_on_its_way_when_the_server_died_is_found),
		cmocka_unit_test(every_second_call_may_lose_its_receipt),
		cmocka_unit_test(a_text_that_never_left_is_sent_once),
		cmocka_unit_test(a_text_whose_receipt_was_lost_is_found_and_not_sent_again),
		cmocka_unit_test(a_subsector_and_a_task_are_made_once_whatever_is_lost),
		cmocka_unit_test(a_poll_that_was_cut_off_is_made_again),
		cmocka_unit_test(webhooks_lost_in_the_restart_do_not_stop_the_ringing),
		cmocka_unit_test(a_server_killed_again_and_again_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

static int
run_sweep(void)
{
	const struct CMUnitTest tests[] = {
		SWEEP("happy-path"),
		SWEEP("pager-timeout"),
		SWEEP("pager-exhaustion"),
		SWEEP("render-failure"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	int status = pg_database_create();

	if (status != 0)
		return status;
	if (getenv("STRIKE_TEST_ONLY") != NULL)
		cmocka_set_test_filter(getenv("STRIKE_TEST_ONLY"));
	status = argc > 1 && strcmp(argv[1], "sweep") == 0 ? run_sweep() : run_windows();
	print_message("%lld kills\n", (long long)kills);
	pg_database_drop();
	return status;
}
