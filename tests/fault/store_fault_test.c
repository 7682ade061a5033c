#include "support/unit.h"

#include <stdlib.h>

#include "store/mem/store_mem.h"
#include "support/faulty_store.h"
#include "support/scenario_file.h"
#include "support/server_world.h"

/*
 * The n-th call to the store fails, once, while a callout is played: whatever the
 * call and whatever the fault, the callout ends as if nothing had been.
 *
 * Claims whose answer is lost are not among them: what was claimed waits for its
 * lease, which is longer than anybody here waits.
 *
 * STRIKE_TEST_POINTS=N   that many calls of each kind fail, one in each play
 */

#define POINTS 3

struct row {
	const char *name;
	struct faulty_plan plan;
};

#define ROW(sentence, which, what, after)                                           \
	{                                                                           \
		sentence,                                                           \
		{                                                                   \
			.call = FAULTY_##which, .kind = ERR_##what, .done = (after) \
		}                                                                   \
	}

static struct row rows[] = {
	ROW("a_stream_that_cannot_be_read_now_is_read_later", READ_STREAM, UNAVAILABLE, false),
	ROW("a_log_that_cannot_be_read_now_is_read_later", READ_LOG, UNAVAILABLE, false),
	ROW("a_sequencer_that_fails_goes_on", SEQUENCE, UNAVAILABLE, false),
	ROW("a_sequencer_whose_commit_is_not_known_goes_on", SEQUENCE, UNCERTAIN, true),
	ROW("slots_that_cannot_be_held_now_are_held_later", HOLD_SLOTS, UNAVAILABLE, false),
	ROW("slots_that_were_held_unnoticed_are_held_again", HOLD_SLOTS, UNCERTAIN, true),
	ROW("slots_that_somebody_took_away_are_held_again", MOVE_SLOTS, CONFLICT, false),
	ROW("slots_that_could_not_be_moved_are_moved_later", MOVE_SLOTS, UNAVAILABLE, false),
	ROW("slots_that_were_moved_unnoticed_go_on_from_there", MOVE_SLOTS, UNCERTAIN, true),
	ROW("parked_streams_that_cannot_be_listed_now_are_listed_later", LIST_PARKED, UNAVAILABLE,
	    false),
	ROW("a_board_that_cannot_be_written_now_is_written_later", PUT_BOARD, UNAVAILABLE, false),
	ROW("timers_that_cannot_be_claimed_now_are_claimed_later", CLAIM_TIMERS, UNAVAILABLE,
	    false),
	ROW("effects_that_cannot_be_claimed_now_are_claimed_later", CLAIM_EFFECTS, UNAVAILABLE,
	    false),
	ROW("an_effect_that_could_not_be_begun_is_begun_later", BEGIN_EFFECT, UNAVAILABLE, false),
	ROW("an_effect_that_was_begun_unnoticed_is_carried_out_once", BEGIN_EFFECT, UNCERTAIN,
	    true),
	ROW("a_decision_that_was_overtaken_is_taken_again", APPEND, CONFLICT, false),
	ROW("an_append_that_failed_is_repeated", APPEND, UNAVAILABLE, false),
	ROW("an_append_that_perhaps_failed_is_repeated", APPEND, UNCERTAIN, false),
	ROW("an_append_that_succeeded_unnoticed_counts_once", APPEND, UNCERTAIN, true),
	ROW("a_commit_that_failed_is_repeated", COMMIT, UNAVAILABLE, false),
	ROW("a_commit_that_succeeded_unnoticed_counts_once", COMMIT, UNCERTAIN, true),
};

/* Nothing may be left to do for what has happened until now. */
static bool
is_settled(struct server_world *world)
{
	struct store_session *session;
	struct store_backlog left;

	server_world_settle(world);
	assert_no_fault(store_session_open(world->store, world->arena, STORE_WORKER, &session));
	assert_no_fault(store_backlog(session, world->arena, clock_now(world->clock), &left));
	store_session_close(session);
	return left.effects_waiting == 0;
}

/* Play once with ${plan}; how often the call was made. */
static bool
survives(const struct row *row, const struct faulty_plan *plan, int64_t *ret_calls)
{
	struct store *store = store_mem_create();
	struct play_result result = { .passed = false };
	struct server_world world;
	struct err *err;
	bool good;

	faulty_store_begin(store, plan);
	server_world_begin(&world, store, scenario_file_read("pager-timeout").ptr);
	err = server_world_play(&world, &result);
	*ret_calls = faulty_store_calls(plan->call);
	good = err == NULL && result.passed && is_settled(&world);
	if (!good)
		print_error("%s, call %lld:\n", row->name, (long long)plan->number);
	for (size_t i = 0; i < result.failure_count; i++)
		print_error("not as expected: %.*s\n", STR_ARG(result.failures[i]));
	server_world_end(&world, !good);
	return good;
}

static int64_t
points(void)
{
	int64_t number = POINTS;
	const char *text = getenv("STRIKE_TEST_POINTS");

	assert_true(text == NULL || (str_parse_i64(str_from_z(text), &number) && number > 1));
	return number;
}

/* How many calls a play makes differs a little: the last fifth may not come to pass. */
static void
the_callout_ends_as_if_nothing_had_been(void **state)
{
	const struct row *row = *state;
	struct faulty_plan plan = row->plan;
	int64_t count = points(), calls, made, failed = 0;
	bool good = survives(row, &plan, &calls);

	assert_true(calls > 0);
	for (int64_t i = 0; i < count && i < calls; i++) {
		plan.number = 1 + i * (calls * 4 / 5) / count;
		good = survives(row, &plan, &made) && good;
		failed += made >= plan.number;
	}
	assert_true(good);
	assert_true(failed > 0);
}

int
main(void)
{
	struct CMUnitTest tests[COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		tests[i] = (struct CMUnitTest)cmocka_unit_test_prestate(
		    the_callout_ends_as_if_nothing_had_been, &rows[i]);
		tests[i].name = rows[i].name;
	}
	if (getenv("STRIKE_TEST_ONLY") != NULL)
		cmocka_set_test_filter(getenv("STRIKE_TEST_ONLY"));
	return _cmocka_run_group_tests("store faults", tests, COUNT_OF(tests), NULL, NULL);
}
