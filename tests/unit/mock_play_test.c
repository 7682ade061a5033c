#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "mock/play.h"
#include "unit/mock_world.h"

/* The server is a webhook server that answers what a server would. */

#define CALLS "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Calls.json"

#define CREATED                                                          \
	"{\"data\":{\"createEco\":{\"__typename\":\"CreateEcoSuccess\"," \
	"\"eco\":{\"id\":\"e1\",\"jobNumber\":\"HC-MFR-42-7\"}}}}"
#define TIMELINE(entries, status)                                                   \
	"{\"data\":{\"timeline\":[" entries "],\"eco\":{\"status\":\"" status "\"," \
	"\"dispatch\":\"ACCEPTED\",\"jobNumber\":\"HC-MFR-42-7\"}}}"
#define ENTRY(version, type, summary)                                                \
	"{\"version\":" version ",\"at\":\"2026-01-05T02:14:0" version ".000000Z\"," \
	"\"type\":\"" type "\",\"summary\":\"" summary "\"}"

#define HEAD                                                       \
	"scenario \"A night\"\n"                                   \
	"noc operator@lone-star-noc\n"                             \
	"create MFR at -97.7 30.2 with hill-country-osp \"Cut\"\n" \
	"phone +15125550101 busy\n"                                \
	"phone +15125550102 busy\n"                                \
	"until ECOClosed within 3h\n"

static const char rest[] = "{\"quiet\":true,\"nextDue\":null}";

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* The timeline of a callout that is over. */
static void
answer_with_a_whole_callout(void)
{
	webhook_answers_once("/graphql", CREATED);
	webhook_answers_once("/graphql",
	    TIMELINE(ENTRY("1", "ECOCreated", "Created") "," ENTRY("2", "PageNotReached",
			 "Attempt 1: no answer") "," ENTRY("3", "ECOClosed", "Closed"),
		"CLOSED"));
	webhook_answers("/graphql", TIMELINE("", "CLOSED"));
	webhook_answers("/dev/quiet", rest);
}

static void
place_call(const char *to)
{
	struct str body = arena_printf(world_arena, "To=%%2B%s&From=%%2B15125550100&Url=%.*s%c",
	    to + 1, STR_ARG(webhook_url("/voice")), '\0');

	twilio_send("POST", CALLS, body.ptr, 201);
}

/* Play the scenario ${text}, printing to ${fd}. */
static struct play_result
played(const char *text, int fd)
{
	struct scenario *scenario = arena_new(world_arena, struct scenario);
	struct play_result result;
	struct play_config config = {
		.scenario = scenario,
		.clock = world_clock,
		.server_url = webhook_url(""),
		.mock_url = mock_url(""),
		.fd = fd,
	};

	assert_no_fault(scenario_parse(world_arena, str_from_z(text), scenario));
	assert_no_fault(play(world_arena, &config, &result));
	return result;
}

static void
assert_only_failure(const struct play_result *result, const char *expected)
{
	assert_false(result->passed);
	assert_int_equal(result->failure_count, 1);
	assert_text(result->failures[0], expected);
}

static void
each_entry_is_printed_as_it_happens_and_the_end_names_the_job(void **state)
{
	FILE *file = tmpfile();
	char text[1024] = "";
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect ECOCreated, PageNotReached NO_ANSWER, ECOClosed\n"
			     "expect quiet\n",
	    fileno(file));
	assert_true(result.passed);
	rewind(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_string_equal(text, "02:14:01  ECOCreated              Created\n"
				  "02:14:02  PageNotReached          Attempt 1: no answer\n"
				  "02:14:03  ECOClosed               Closed\n"
				  "ECO HC-MFR-42-7 CLOSED\n");
}

static void
what_was_expected_and_did_not_happen_fails_the_play(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect ECOCreated, PageNotReached BUSY\n", -1);
	assert_only_failure(&result, "line 7: PageNotReached BUSY did not happen after ECOCreated");
}

static void
events_in_another_order_fail_the_play(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect PageNotReached, ECOCreated\n", -1);
	assert_only_failure(&result, "line 7: ECOCreated did not happen after PageNotReached");
}

static void
what_must_not_happen_fails_the_play_when_it_does(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect no PageNotReached\n", -1);
	assert_only_failure(&result, "line 7: PageNotReached happened, and must not");
}

static void
a_wrong_number_of_calls_fails_the_play(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	place_call("+15125550101");
	place_call("+15125550101");
	result = played(HEAD "expect calls +15125550101 1\n", -1);
	assert_only_failure(&result, "line 7: +15125550101 got 2 calls, not 1");
}

static void
a_call_that_nobody_expected_breaks_the_quiet(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	place_call("+15125550101");
	place_call("+15125550102");
	result = played(HEAD "expect calls +15125550101 1\nexpect quiet\n", -1);
	assert_only_failure(&result, "line 8: nobody expected 1 calls to +15125550102");
}

static void
a_call_to_a_number_that_the_scenario_does_not_know_fails_the_play(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	place_call("+15125550199");
	result = played(HEAD, -1);
	assert_only_failure(&result, "+15125550199 was called or written to by mistake");
}

static void
a_text_must_say_what_is_expected(void **state)
{
	const char *path = "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Messages.json";
	struct play_result result;

	(void)state;
	world_begin(HEAD "texts +15125550901 arrive\n");
	answer_with_a_whole_callout();
	twilio_send("POST", path, "To=%2B15125550901&From=%2B15125550100&Body=All+is+well", 201);
	result = played(HEAD "expect texts +15125550901 1 containing \"nobody accepted\"\n", -1);
	assert_only_failure(
	    &result, "line 7: no text to +15125550901 says \"nobody accepted\", but: All is well");
}

static void
a_refused_eco_fails_the_play_with_the_reason(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	webhook_answers("/graphql",
	    "{\"data\":{\"createEco\":{\"__typename\":\"Refusal\",\"code\":\"NO_AGREEMENT\","
	    "\"field\":\"osp\",\"message\":\"There is none.\"}}}");
	result = played(HEAD, -1);
	assert_only_failure(&result, "the ECO was refused: NO_AGREEMENT osp: There is none.");
}

static void
a_standing_clock_is_driven_to_the_next_thing_that_is_due(void **state)
{
	struct instant start, passed;
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	start = clock_now(world_clock);
	webhook_answers_once("/graphql", CREATED);
	webhook_answers_once("/graphql", TIMELINE("", "OPEN"));
	webhook_answers_once("/graphql", TIMELINE(ENTRY("1", "ECOClosed", "Closed"), "CLOSED"));
	webhook_answers("/graphql", TIMELINE("", "CLOSED"));
	webhook_answers_once("/dev/quiet", "{\"quiet\":false,\"nextDue\":null}");
	webhook_answers("/dev/quiet", "{\"quiet\":true,\"nextDue\":\"2026-01-05T03:00:00Z\"}");
	result = played(HEAD, -1);
	passed = clock_now(world_clock);
	assert_true(result.passed);
	assert_true(passed.us > start.us);
	assert_text(instant_text(world_arena, passed), "2026-01-05T03:00:00.000000Z");
}

static void
a_play_that_waits_for_nothing_or_too_long_fails(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	webhook_answers_once("/graphql", CREATED);
	webhook_answers("/graphql", TIMELINE("", "OPEN"));
	webhook_answers("/dev/quiet", rest);
	result = played(HEAD, -1);
	assert_only_failure(&result, "nothing is due any more, and ECOClosed has not happened");
	world_end();
	world_begin(HEAD);
	webhook_answers_once("/graphql", CREATED);
	webhook_answers("/graphql", TIMELINE("", "OPEN"));
	webhook_answers("/dev/quiet", "{\"quiet\":true,\"nextDue\":\"2026-01-05T07:00:00Z\"}");
	result = played(HEAD, -1);
	assert_only_failure(&result, "ECOClosed did not happen in time");
}

/* A callout in which the NOC cancels after a minute and hears ${answer}. */
static struct play_result
played_with_a_deed(const char *deed, const char *answer)
{
	world_begin(HEAD);
	webhook_answers_once("/graphql", CREATED);
	webhook_answers_once("/graphql", TIMELINE("", "OPEN"));
	webhook_answers_once("/graphql", TIMELINE("", "OPEN"));
	webhook_answers_once("/graphql", answer);
	webhook_answers_once("/graphql", TIMELINE(ENTRY("1", "ECOClosed", "Closed"), "CLOSED"));
	webhook_answers("/graphql", TIMELINE("", "CLOSED"));
	webhook_answers("/dev/quiet", rest);
	return played(arena_printf(world_arena, "%s%s%c", HEAD, deed, '\0').ptr, -1);
}

static void
what_is_done_at_its_moment_may_be_refused_only_as_the_scenario_says(void **state)
{
	const char *refused = "{\"data\":{\"cancelEco\":{\"__typename\":\"Refusal\","
			      "\"code\":\"ECO_CLOSED\",\"message\":\"It is closed.\"}}}";
	const char *done = "{\"data\":{\"cancelEco\":{\"__typename\":\"EcoCommandSuccess\"}}}";
	struct play_result result;

	(void)state;
	result = played_with_a_deed("noc cancels after 1m \"x\"\n", done);
	assert_true(result.passed);
	world_end();
	result = played_with_a_deed("noc cancels after 1m \"x\"\n", refused);
	assert_only_failure(&result, "line 7: refused, ECO_CLOSED: It is closed.");
	world_end();
	result = played_with_a_deed("noc cancels after 1m \"x\", refused ECO_CLOSED\n", refused);
	assert_true(result.passed);
	world_end();
	result = played_with_a_deed("noc cancels after 1m \"x\", refused ECO_CLOSED\n", done);
	assert_only_failure(&result, "line 7: was done, and must be refused, ECO_CLOSED");
}

static void
nothing_else_may_happen_unless_the_scenario_lets_it(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	place_call("+15125550101");
	result = played(HEAD, -1);
	assert_only_failure(&result, "nobody expected 1 calls to +15125550101");
	world_end();
	world_begin(HEAD);
	answer_with_a_whole_callout();
	place_call("+15125550101");
	result = played(HEAD "expect anything else\n", -1);
	assert_true(result.passed);
}

static void
how_often_and_how_soon_something_happened_is_checked(void **state)
{
	struct play_result result;

	(void)state;
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect ECOClosed 1 times\n"
			     "expect ECOClosed within 1s of PageNotReached\n"
			     "expect ECOClosed at least 2s after ECOCreated\n"
			     "expect status CLOSED\n",
	    -1);
	assert_true(result.passed);
	world_end();
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect ECOClosed within 1s of ECOCreated\n", -1);
	assert_only_failure(
	    &result, "line 7: ECOClosed came 2000 ms after ECOCreated, not within 1000 ms");
	world_end();
	world_begin(HEAD);
	answer_with_a_whole_callout();
	result = played(HEAD "expect PageNotReached 2 times\n", -1);
	assert_only_failure(&result, "line 7: there were 1 PageNotReached, not 2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    each_entry_is_printed_as_it_happens_and_the_end_names_the_job, end),
		cmocka_unit_test_teardown(what_was_expected_and_did_not_happen_fails_the_play, end),
		cmocka_unit_test_teardown(events_in_another_order_fail_the_play, end),
		cmocka_unit_test_teardown(what_must_not_happen_fails_the_play_when_it_does, end),
		cmocka_unit_test_teardown(a_wrong_number_of_calls_fails_the_play, end),
		cmocka_unit_test_teardown(a_call_that_nobody_expected_breaks_the_quiet, end),
		cmocka_unit_test_teardown(
		    a_call_to_a_number_that_the_scenario_does_not_know_fails_the_play, end),
		cmocka_unit_test_teardown(a_text_must_say_what_is_expected, end),
		cmocka_unit_test_teardown(a_refused_eco_fails_the_play_with_the_reason, end),
		cmocka_unit_test_teardown(
		    a_standing_clock_is_driven_to_the_next_thing_that_is_due, end),
		cmocka_unit_test_teardown(a_play_that_waits_for_nothing_or_too_long_fails, end),
		cmocka_unit_test_teardown(
		    what_is_done_at_its_moment_may_be_refused_only_as_the_scenario_says, end),
		cmocka_unit_test_teardown(nothing_else_may_happen_unless_the_scenario_lets_it, end),
		cmocka_unit_test_teardown(
		    how_often_and_how_soon_something_happened_is_checked, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
