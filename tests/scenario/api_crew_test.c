#include <stdlib.h>

#include "support/api_world.h"

/*
 * What a contractor's desk says of its crew, the NOC's word to ring again, failover, and drills.
 *
 * usage: api_crew_test mem|pg
 */

static const struct json *
crew_command(const char *identity, const char *field, const char *eco, const char *more)
{
	return command(
	    identity, field, new_key(), print("\"ecoId\":\"%s\"%s%s", eco, *more ? "," : "", more));
}

/* An ECO in Austin, being rung. */
static const char *
ringing(void)
{
	const char *eco = created((struct create){ .location = AUSTIN });

	server_world_settle(&server);
	return eco;
}

static const struct json *
plan_of(const char *identity, const char *eco)
{
	return at(ask(identity,
		      "query($e:ID!){ecoPagerPlan(ecoId:$e){people{personId label rings step "
		      "textsToo asksPin phone contacts{kind number}}}}",
		      print("{\"e\":\"%s\"}", eco)),
	    "data.ecoPagerPlan");
}

/* The person at ${place}, from 0, of the plan. */
static const char *
person_of(const char *eco, size_t place)
{
	return text_at(plan_of(DISPATCHER, eco), print("people.%zu.personId", place));
}

static const struct json *
crew_of(const char *identity, const char *eco)
{
	return at(ask(identity,
		      "query($e:ID!){eco(id:$e){exercise dispatch status etaMinutes crew{words "
		      "expectedAt enRouteAt onSiteAt}}}",
		      print("{\"e\":\"%s\"}", eco)),
	    "data.eco");
}

/* ---- a desk speaks ---- */

static void
a_desk_accepts_for_somebody_who_was_not_rung_yet(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_done(crew_command(DISPATCHER, "acceptForCrew", eco,
	    print("\"personId\":\"%s\",\"etaMinutes\":45", person_of(eco, 1))));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_text_at(crew_of(OPERATOR, eco), "crew.words", "committed");
	assert_int_equal(at(crew_of(OPERATOR, eco), "etaMinutes")->integer, 45);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
}

static void
the_second_for_whom_a_desk_accepts_is_told_that_the_job_is_taken(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_done(crew_command(
	    DISPATCHER, "acceptForCrew", eco, print("\"personId\":\"%s\"", person_of(eco, 1))));
	assert_refused(crew_command(DISPATCHER, "acceptForCrew", eco,
			   print("\"personId\":\"%s\"", person_of(eco, 2))),
	    "JOB_TAKEN", "personId", "");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAcceptedTooLate"), 0);
}

static void
only_people_of_the_plan_take_the_job(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_refused(
	    crew_command(DISPATCHER, "acceptForCrew", eco, print("\"personId\":\"%s\"", new_key())),
	    "NOT_IN_PLAN", "personId", "");
}

static void
who_gives_the_job_back_has_the_others_rung(void **state)
{
	const char *eco = ringing();
	const char *person = person_of(eco, 0);

	(void)state;
	assert_done(
	    crew_command(DISPATCHER, "acceptForCrew", eco, print("\"personId\":\"%s\"", person)));
	assert_done(crew_command(
	    DISPATCHER, "declineForCrew", eco, print("\"personId\":\"%s\",\"reason\":2", person)));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "RINGING");
	assert_int_equal(count_entries(OPERATOR, eco, "PagerResumed"), 1);
}

static void
a_reason_to_decline_is_a_digit(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_refused(crew_command(DISPATCHER, "declineForCrew", eco,
			   print("\"personId\":\"%s\",\"reason\":10", person_of(eco, 0))),
	    "DECLINE_REASON_INVALID", "reason", "");
}

static void
a_crew_is_on_its_way_late_and_then_there(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_refused(crew_command(DISPATCHER, "changeEta", eco, "\"etaMinutes\":20"),
	    "NOBODY_ACCEPTED", NULL, "");
	assert_done(crew_command(DISPATCHER, "acceptForCrew", eco,
	    print("\"personId\":\"%s\",\"etaMinutes\":30", person_of(eco, 0))));
	assert_done(crew_command(
	    DISPATCHER, "reportCrew", eco, "\"status\":\"EN_ROUTE\",\"etaMinutes\":40"));
	assert_text_at(crew_of(OPERATOR, eco), "crew.words", "on its way");
	assert_done(crew_command(DISPATCHER, "changeEta", eco, "\"etaMinutes\":90"));
	assert_done(crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"ON_SITE\""));
	assert_text_at(crew_of(OPERATOR, eco), "crew.words", "on site");
	assert_null_at(crew_of(OPERATOR, eco), "crew.expectedAt");
	assert_refused(crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"ON_SITE\""),
	    "CREW_ON_SITE", "status", "");
	assert_refused(crew_command(DISPATCHER, "changeEta", eco, "\"etaMinutes\":5"),
	    "CREW_ON_SITE", NULL, "");
}

static void
minutes_to_arrival_have_bounds(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_refused(crew_command(DISPATCHER, "reportCrew", eco,
			   "\"status\":\"EN_ROUTE\",\"etaMinutes\":1441"),
	    "ETA_INVALID", "etaMinutes", "");
	assert_refused(
	    crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"ON_SITE\",\"etaMinutes\":5"),
	    "ETA_INVALID", "etaMinutes", "");
	assert_refused(crew_command(DISPATCHER, "changeEta", eco, "\"etaMinutes\":0"),
	    "ETA_INVALID", "etaMinutes", "");
}

static void
a_crew_on_site_ends_the_ringing(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_done(crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"ON_SITE\""));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "STOPPED");
	assert_int_equal(count_entries(OPERATOR, eco, "PagerStopped"), 1);
}

static void
each_side_speaks_for_itself(void **state)
{
	const char *eco = ringing();
	const char *person = print("\"personId\":\"%s\"", person_of(eco, 0));

	(void)state;
	assert_refused(
	    crew_command(SUPERVISOR, "acceptForCrew", eco, person), "NOT_PERMITTED", NULL, "");
	assert_refused(crew_command("technician@hill-country-osp", "acceptForCrew", eco, person),
	    "NOT_PERMITTED", NULL, "");
	assert_refused(crew_command(DISPATCHER, "ringAgain", eco, ""), "NOT_PERMITTED", NULL, "");
	assert_refused(crew_command(OTHER_DISPATCHER, "acceptForCrew", eco, person), "ECO_UNKNOWN",
	    "ecoId", "");
	assert_refused(crew_command(OTHER_DISPATCHER, "reportCrew", eco, "\"status\":\"ON_SITE\""),
	    "ECO_UNKNOWN", "ecoId", "");
}

static void
the_noc_learns_that_a_crew_comes_and_not_who(void **state)
{
	const char *eco = ringing();
	const char *person = person_of(eco, 0), *seen;

	(void)state;
	assert_done(
	    crew_command(DISPATCHER, "acceptForCrew", eco, print("\"personId\":\"%s\"", person)));
	assert_done(crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"EN_ROUTE\""));
	server_world_settle(&server);
	seen = json_text(ask(OPERATOR,
	    "query($e:ID!){timeline(ecoId:$e){type summary detail} "
	    "pagerTimeline(ecoId:$e){type person channel step contact providerId summary} "
	    "ecoPagerPlan(ecoId:$e){listName}}",
	    print("{\"e\":\"%s\"}", eco)));
	assert_lacks(seen, person);
	assert_lacks(seen, "North");
	assert_lacks(seen, "+151255501");
	assert_lacks(seen, "DESK");
}

static void
the_same_key_reports_once(void **state)
{
	const char *eco = ringing(), *key = new_key();
	const char *input = print("\"ecoId\":\"%s\",\"status\":\"EN_ROUTE\"", eco);

	(void)state;
	assert_done(command(DISPATCHER, "reportCrew", key, input));
	assert_done(command(DISPATCHER, "reportCrew", key, input));
	assert_int_equal(count_entries(OPERATOR, eco, "CrewEnRoute"), 1);
	assert_refused(command(DISPATCHER, "reportCrew", key,
			   print("\"ecoId\":\"%s\",\"status\":\"ON_SITE\"", eco)),
	    "KEY_REUSED", "idempotencyKey", "");
	assert_refused(
	    crew_command(DISPATCHER, "reportCrew", eco, "\"status\":\"EN_ROUTE\",\"version\":1"),
	    "VERSION_STALE", "version", "PagerDispatched");
}

/* ---- ringing again ---- */

/* Everybody of the plan declines: the list is exhausted. */
static void
decline_all(const char *eco)
{
	const struct json *people = at(plan_of(DISPATCHER, eco), "people");

	for (size_t i = 0; i < people->list.count; i++) {
		if (at(people, print("%zu.rings", i))->boolean)
			assert_done(crew_command(DISPATCHER, "declineForCrew", eco,
			    print(
				"\"personId\":\"%s\"", text_at(people, print("%zu.personId", i)))));
	}
}

static void
the_noc_rings_an_exhausted_list_again_without_waiting(void **state)
{
	const char *eco = ringing();

	(void)state;
	assert_refused(crew_command(SUPERVISOR, "ringAgain", eco, ""), "RINGING_GOES_ON", NULL, "");
	decline_all(eco);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "WAITING_RETRY");
	assert_done(crew_command(SUPERVISOR, "ringAgain", eco, ""));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "RINGING");
	assert_int_equal(count_entries(OPERATOR, eco, "PagerDispatched"), 2);
}

/* ---- drills ---- */

static const char *
drill(void)
{
	const struct json *made = ask(OPERATOR,
	    "mutation($i:CreateEcoInput!){createEco(input:$i){...on CreateEcoSuccess{eco{id}}}}",
	    print("{\"i\":{\"idempotencyKey\":\"%s\",\"location\":" AUSTIN
		  ",\"jobType\":\"MFR\",\"description\":\"Cut at the bridge\","
		  "\"osp\":\"hill-country-osp\",\"exercise\":true}}",
		new_key()));

	server_world_settle(&server);
	return text_at(made, "data.createEco.eco.id");
}

static void
a_drill_rings_real_people_under_a_number_that_bills_nothing(void **state)
{
	const char *before = text_at(eco_of(OPERATOR, ringing()), "jobNumber");
	const char *eco = drill();
	const char *after = text_at(eco_of(OPERATOR, ringing()), "jobNumber");
	const char *number = text_at(eco_of(OPERATOR, eco), "jobNumber");

	(void)state;
	assert_true(at(crew_of(OPERATOR, eco), "exercise")->boolean);
	assert_text_at(crew_of(OPERATOR, eco), "dispatch", "RINGING");
	assert_contains(number, "-DRL-");
	/* Two jobs in a row, as if there had been no drill between them. */
	assert_int_equal(strtol(strstr(after, "MFR-") + 4, NULL, 10),
	    strtol(strstr(before, "MFR-") + 4, NULL, 10) + 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "RenderSubsectorCreated"), 0);
	assert_int_equal(count_entries(DISPATCHER, eco, "RenderTasked"), 0);
}

static void
a_drill_is_over_when_somebody_accepts(void **state)
{
	const char *eco = drill();

	(void)state;
	assert_done(crew_command(
	    DISPATCHER, "acceptForCrew", eco, print("\"personId\":\"%s\"", person_of(eco, 0))));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "status", "CLOSED");
	assert_contains(json_text(timeline(OPERATOR, eco)), "exercise");
}

static void
a_drill_can_be_cancelled(void **state)
{
	const char *eco = drill();

	(void)state;
	assert_done(crew_command(OPERATOR, "cancelEco", eco, "\"reason\":\"Enough\""));
	server_world_settle(&server);
	assert_text_at(crew_of(OPERATOR, eco), "status", "CANCELLED");
}

/* ---- failover ---- */

/* The NOC's agreement with Hill Country names ${osp}, or nobody, as the next to engage. */
static void
name_failover(const char *osp)
{
	const struct json *edges = at(
	    ask(SUPERVISOR,
		"{agreements(first:50){edges{node{id noc{handle} osp{handle} nocTerms{version}}}}}",
		"null"),
	    "data.agreements.edges");

	for (size_t i = 0; i < edges->list.count; i++) {
		const struct json *node = at(edges, print("%zu.node", i));

		if (strcmp(text_at(node, "osp.handle"), "hill-country-osp") != 0 ||
		    strcmp(text_at(node, "noc.handle"), "lone-star-noc") != 0)
			continue;
		(void)ask(SUPERVISOR,
		    "mutation($i:SetNocTermsInput!){setNocTerms(input:$i){__typename}}",
		    print("{\"i\":{\"idempotencyKey\":\"%s\",\"agreement\":\"%s\","
			  "\"dutyPhone\":\"+15125550901\",\"twilioFrom\":\"+15125550900\","
			  "\"failover\":[%s%s%s]}}",
			new_key(), text_at(node, "id"), *osp ? "\"" : "", osp, *osp ? "\"" : ""));
	}
}

/* Everybody declines, in every round that there is. */
static void
exhaust(const char *eco)
{
	decline_all(eco);
	assert_done(crew_command(SUPERVISOR, "ringAgain", eco, ""));
	server_world_settle(&server);
	decline_all(eco);
	server_world_settle(&server);
}

static void
the_next_contractor_is_engaged_when_nobody_of_the_first_accepts(void **state)
{
	const char *eco;

	(void)state;
	name_failover("bayou-osp");
	eco = created((struct create){ .location = HOUSTON });
	exhaust(eco);
	assert_text_at(eco_of(OPERATOR, eco), "osp.handle", "bayou-osp");
	assert_contains(text_at(eco_of(OPERATOR, eco), "jobNumber"), "BY-MFR-");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "RINGING");
	assert_int_equal(count_entries(OPERATOR, eco, "OSPRelieved"), 1);
	assert_int_equal(count_entries(OPERATOR, eco, "OSPEngaged"), 1);
	assert_contains(json_text(timeline(OPERATOR, eco)), "ringdown");
}

static void
that_there_is_no_other_contractor_for_the_place_is_on_record(void **state)
{
	const char *eco;

	(void)state;
	name_failover("bayou-osp");
	/* Bayou's region is Houston. */
	eco = ringing();
	exhaust(eco);
	assert_text_at(eco_of(OPERATOR, eco), "osp.handle", "hill-country-osp");
	assert_int_equal(count_entries(OPERATOR, eco, "FailoverFailed"), 1);
	assert_int_equal(count_entries(OPERATOR, eco, "OSPEngaged"), 0);
}

static void
a_noc_that_names_nobody_wants_no_failover(void **state)
{
	const char *eco;

	(void)state;
	name_failover("");
	eco = created((struct create){ .location = HOUSTON });
	exhaust(eco);
	assert_text_at(eco_of(OPERATOR, eco), "osp.handle", "hill-country-osp");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "EXHAUSTED");
	assert_int_equal(count_entries(OPERATOR, eco, "FailoverFailed"), 0);
}

/* ---- steps, wishes and PINs in the plan ---- */

#define ROSTER_MANAGER "roster_manager@hill-country-osp"

static const struct json *
make_list(const char *person, const char *steps)
{
	return at(
	    ask(ROSTER_MANAGER,
		"mutation($i:CreatePagerListInput!){createPagerList(input:$i){__typename ...on "
		"PagerListCommandSuccess{list{steps{number personIds}}} ...on "
		"Refusal{code field message rule}}}",
		print("{\"i\":{\"idempotencyKey\":\"%s\",\"name\":\"%s\",\"people\":[\"%s\"],"
		      "\"steps\":[%s]}}",
		    new_key(), new_key(), person, steps)),
	    "data.createPagerList");
}

static void
steps_say_who_is_rung_together(void **state)
{
	const struct json *made =
	    at(ask(ROSTER_MANAGER,
		   "mutation($i:CreatePersonInput!){createPerson(input:$i){...on "
		   "PersonCommandSuccess{person{id paging}}}}",
		   print("{\"i\":{\"idempotencyKey\":\"%s\",\"label\":\"Night lead\","
			 "\"paging\":\"CALL_AND_TEXT\"}}",
		       new_key())),
		"data.createPerson.person");
	const char *person = text_at(made, "id");

	(void)state;
	assert_text_at(made, "paging", "CALL_AND_TEXT");
	assert_refused(make_list(person, "2"), "LIST_INVALID", "steps[0]", "");
	assert_refused(make_list(person, "1,1"), "LIST_INVALID", "steps[0]", "");
	assert_int_equal(at(make_list(person, "1"), "list.steps.0.number")->integer, 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_desk_accepts_for_somebody_who_was_not_rung_yet),
		API_TEST(the_second_for_whom_a_desk_accepts_is_told_that_the_job_is_taken),
		API_TEST(only_people_of_the_plan_take_the_job),
		API_TEST(who_gives_the_job_back_has_the_others_rung),
		API_TEST(a_reason_to_decline_is_a_digit),
		API_TEST(a_crew_is_on_its_way_late_and_then_there),
		API_TEST(minutes_to_arrival_have_bounds),
		API_TEST(a_crew_on_site_ends_the_ringing),
		API_TEST(each_side_speaks_for_itself),
		API_TEST(the_noc_learns_that_a_crew_comes_and_not_who),
		API_TEST(the_same_key_reports_once),
		API_TEST(the_noc_rings_an_exhausted_list_again_without_waiting),
		API_TEST(a_drill_rings_real_people_under_a_number_that_bills_nothing),
		API_TEST(a_drill_is_over_when_somebody_accepts),
		API_TEST(a_drill_can_be_cancelled),
		API_TEST(the_next_contractor_is_engaged_when_nobody_of_the_first_accepts),
		API_TEST(that_there_is_no_other_contractor_for_the_place_is_on_record),
		API_TEST(a_noc_that_names_nobody_wants_no_failover),
		API_TEST(steps_say_who_is_rung_together),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
