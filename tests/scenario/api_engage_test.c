#include <stdlib.h>

#include "support/api_world.h"

/*
 * A NOC takes an ECO from one contractor and gives it to another: who then sees what.
 *
 * usage: api_engage_test mem|pg
 */

#define FORMER DISPATCHER       /* of the contractor that is relieved */
#define NEXT   OTHER_DISPATCHER /* of the one that is engaged */

static const char *
engage_input(const char *eco, const char *osp, const char *reason)
{
	return print("\"ecoId\":\"%s\",\"osp\":\"%s\",\"reason\":\"%s\"", eco, osp, reason);
}

static const struct json *
engage(const char *identity, const char *eco, const char *osp, const char *reason)
{
	return command(identity, "engageOsp", new_key(), engage_input(eco, osp, reason));
}

/* An ECO in Houston, where the duty list of the one and a region of the other are. */
static const char *
callout(void)
{
	return created((struct create){ .location = HOUSTON });
}

static const char *
handed_over(void)
{
	const char *eco = callout();

	assert_done(engage(SUPERVISOR, eco, "bayou-osp", "Nobody there answers"));
	server_world_settle(&server);
	return eco;
}

static const char *
timeline_text(const char *identity, const char *eco)
{
	return json_text(timeline(identity, eco));
}

static const char *
board_of(const char *identity)
{
	return json_text(ask(identity,
	    "{ecos(first:100){totalCount edges{node{id jobNumber osp{handle}}}}}", "null"));
}

static const char *
by_number(const char *identity, const char *number)
{
	return json_text(
	    ask(identity, "query($n:JobNumber!){ecoByJobNumber(jobNumber:$n){id osp{handle}}}",
		print("{\"n\":\"%s\"}", number)));
}

static void
the_next_contractor_is_rung_under_a_number_of_its_own(void **state)
{
	const char *eco = handed_over();
	const struct json *seen = eco_of(OPERATOR, eco);

	(void)state;
	assert_text_at(seen, "osp.handle", "bayou-osp");
	assert_contains(text_at(seen, "jobNumber"), "BY-MFR-");
	assert_text_at(seen, "dispatch", "RINGING");
	assert_int_equal(count_entries(OPERATOR, eco, "PagerDispatched"), 2);
	assert_int_equal(count_entries(OPERATOR, eco, "OSPRelieved"), 1);
	assert_int_equal(count_entries(OPERATOR, eco, "OSPEngaged"), 1);
	assert_contains(timeline_text(NEXT, eco), "Houston crew lead");
}

static void
the_contractor_that_was_relieved_sees_what_was_and_nothing_after(void **state)
{
	const char *eco = callout();
	const char *before = json_text(timeline(FORMER, eco));
	const char *number = text_at(eco_of(FORMER, eco), "jobNumber");
	const struct json *seen, *entries;

	(void)state;
	assert_done(engage(SUPERVISOR, eco, "bayou-osp", "Nobody there answers"));
	server_world_settle(&server);
	assert_done(command(OPERATOR, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"for the next one only\"", eco)));
	server_world_settle(&server);

	seen = eco_of(FORMER, eco);
	assert_text_at(seen, "osp.handle", "hill-country-osp");
	assert_text_at(seen, "jobNumber", number);
	assert_text_at(seen, "dispatch", "STOPPED");
	entries = timeline(FORMER, eco);
	assert_text_at(entries, print("%zu.type", entries->list.count - 1), "OSPRelieved");
	assert_contains(json_text(entries), "Nobody there answers");
	assert_contains(json_text(entries), "Duty dispatcher");
	assert_lacks(json_text(entries), "OSPEngaged");
	assert_lacks(json_text(entries), "for the next one only");
	assert_lacks(json_text(entries), "Houston");
	/* What it saw before it sees unchanged. */
	assert_true(strlen(json_text(entries)) > strlen(before));
	assert_int_equal(strncmp(json_text(entries), before, strlen(before) - 1), 0);
	assert_contains(board_of(FORMER), eco);
	assert_contains(by_number(FORMER, number), eco);
}

static void
the_contractor_that_was_relieved_does_nothing_more(void **state)
{
	const char *eco = handed_over();
	const struct json *result = command(FORMER, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"we are nearly there\"", eco));

	(void)state;
	assert_refused(result, "RELIEVED", "ecoId", "your organisation was relieved of this ECO");
}

static void
the_next_contractor_learns_nothing_of_the_one_before(void **state)
{
	const char *eco = callout();
	const char *number = text_at(eco_of(FORMER, eco), "jobNumber");
	const char *entries;

	(void)state;
	assert_done(command(FORMER, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"our own worry\",\"visibility\":\"OWN_SIDE\"", eco)));
	assert_done(command(FORMER, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"the gate is locked\"", eco)));
	assert_done(engage(SUPERVISOR, eco, "bayou-osp", "Nobody there answers"));
	server_world_settle(&server);

	assert_text_at(eco_of(NEXT, eco), "osp.handle", "bayou-osp");
	entries = timeline_text(NEXT, eco);
	assert_contains(entries, "the gate is locked");
	assert_contains(entries, "ECOCreated");
	assert_contains(entries, "The NOC relieved the contractor\"");
	assert_lacks(entries, "our own worry");
	assert_lacks(entries, "Nobody there answers");
	assert_lacks(entries, "Duty dispatcher");
	assert_lacks(entries, "Hill Country duty");
	assert_lacks(entries, number);
	assert_lacks(by_number(NEXT, number), eco);
}

static void
the_noc_sees_one_eco_and_finds_it_by_both_numbers(void **state)
{
	const char *eco = callout();
	const char *before = text_at(eco_of(OPERATOR, eco), "jobNumber");
	const char *list, *first;

	(void)state;
	assert_done(engage(SUPERVISOR, eco, "bayou-osp", "Nobody there answers"));
	server_world_settle(&server);
	list = board_of(OPERATOR);
	first = strstr(list, eco);
	assert_non_null(first);
	assert_null(strstr(first + 1, eco));
	assert_contains(by_number(OPERATOR, before), eco);
	assert_contains(by_number(OPERATOR, before), "bayou-osp");
	assert_contains(by_number(OPERATOR, text_at(eco_of(OPERATOR, eco), "jobNumber")), eco);
}

static void
back_to_the_first_contractor_it_sees_everything_again(void **state)
{
	const char *eco = handed_over();

	(void)state;
	assert_done(engage(SUPERVISOR, eco, "hill-country-osp", "They called back"));
	server_world_settle(&server);
	assert_text_at(eco_of(FORMER, eco), "osp.handle", "hill-country-osp");
	assert_text_at(eco_of(FORMER, eco), "dispatch", "RINGING");
	assert_int_equal(count_entries(FORMER, eco, "OSPEngaged"), 2);
	assert_lacks(timeline_text(FORMER, eco), "Houston crew lead");
	/* Who was second sees up to when it was relieved, also what was before its time. */
	assert_text_at(eco_of(NEXT, eco), "osp.handle", "bayou-osp");
	assert_int_equal(count_entries(NEXT, eco, "OSPEngaged"), 1);
	assert_int_equal(count_entries(NEXT, eco, "ECOCreated"), 1);
	assert_contains(timeline_text(NEXT, eco), "They called back");
}

static void
the_same_key_engages_once(void **state)
{
	const char *eco = callout(), *key = new_key();
	const char *input = engage_input(eco, "bayou-osp", "Nobody there answers");

	(void)state;
	assert_done(command(SUPERVISOR, "engageOsp", key, input));
	assert_done(command(SUPERVISOR, "engageOsp", key, input));
	server_world_settle(&server);
	assert_int_equal(count_entries(OPERATOR, eco, "OSPEngaged"), 1);
	assert_refused(
	    command(SUPERVISOR, "engageOsp", key, engage_input(eco, "bayou-osp", "Another reason")),
	    "KEY_REUSED", "idempotencyKey", "");
}

static void
what_cannot_be_engaged_is_refused_by_name(void **state)
{
	const char *eco = callout(), *austin = created((struct create){ 0 });

	(void)state;
	assert_refused(
	    engage(SUPERVISOR, eco, "hill-country-osp", "x"), "OSP_ENGAGED_ALREADY", "osp", "");
	assert_refused(engage(SUPERVISOR, eco, "no-such-osp", "x"), "NO_AGREEMENT", "osp", "");
	assert_refused(engage(SUPERVISOR, eco, "gulf-coast-noc", "x"), "NO_AGREEMENT", "osp", "");
	assert_refused(engage(SUPERVISOR, austin, "bayou-osp", "x"), "NO_PAGER_LIST", "osp", "");
	assert_refused(engage(SUPERVISOR, eco, "bayou-osp", " "), "REASON_BLANK", "reason", "");
	assert_refused(engage(OPERATOR, eco, "bayou-osp", "x"), "NOT_PERMITTED", NULL, "");
	assert_refused(engage(FORMER, eco, "bayou-osp", "x"), "NOT_PERMITTED", NULL, "");
	assert_refused(engage(OTHER_SUPERVISOR, eco, "bayou-osp", "x"), "ECO_UNKNOWN", "ecoId", "");
	assert_refused(engage(SUPERVISOR, new_key(), "bayou-osp", "x"), "ECO_UNKNOWN", "ecoId", "");
	assert_done(command(OPERATOR, "cancelEco", new_key(),
	    print("\"ecoId\":\"%s\",\"reason\":\"false alarm\"", eco)));
	assert_refused(engage(SUPERVISOR, eco, "bayou-osp", "x"), "ECO_CANCELLED", NULL, "");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(the_next_contractor_is_rung_under_a_number_of_its_own),
		API_TEST(the_contractor_that_was_relieved_sees_what_was_and_nothing_after),
		API_TEST(the_contractor_that_was_relieved_does_nothing_more),
		API_TEST(the_next_contractor_learns_nothing_of_the_one_before),
		API_TEST(the_noc_sees_one_eco_and_finds_it_by_both_numbers),
		API_TEST(back_to_the_first_contractor_it_sees_everything_again),
		API_TEST(the_same_key_engages_once),
		API_TEST(what_cannot_be_engaged_is_refused_by_name),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
