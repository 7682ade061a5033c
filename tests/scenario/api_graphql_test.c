#include <stdlib.h>

#include "app/app.h"
#include "support/api_world.h"

/*
 * What a client gets from every query and every mutation when all is well.
 *
 * usage: api_graphql_test mem|pg
 */

static void
the_viewer_is_who_asks_and_for_whom(void **state)
{
	const struct json *answer =
	    ask(DISPATCHER, "{viewer{user role organisation{handle name isNoc isOsp}}}", "null");

	(void)state;
	assert_text_at(answer, "data.viewer.user", "dispatcher");
	assert_text_at(answer, "data.viewer.role", "dispatcher");
	assert_text_at(answer, "data.viewer.organisation.handle", "hill-country-osp");
	assert_text_at(answer, "data.viewer.organisation.name", "Hill Country OSP");
	assert_false(at(answer, "data.viewer.organisation.isNoc")->boolean);
	assert_true(at(answer, "data.viewer.organisation.isOsp")->boolean);
}

static void
partners_are_those_with_an_agreement(void **state)
{
	const struct json *of_noc = ask(OPERATOR, "{partners{handle}}", "null");
	const struct json *of_osp = ask(DISPATCHER, "{partners{handle}}", "null");

	(void)state;
	assert_int_equal(count_at(of_noc, "data.partners"), 2);
	assert_text_at(of_noc, "data.partners.0.handle", "bayou-osp");
	assert_text_at(of_noc, "data.partners.1.handle", "hill-country-osp");
	assert_int_equal(count_at(of_osp, "data.partners"), 1);
	assert_text_at(of_osp, "data.partners.0.handle", "lone-star-noc");
}

static void
a_created_eco_is_answered_with_all_that_was_said(void **state)
{
	const struct json *result = create((struct create){ .job_type = "FNOL",
	    .description = "\"Cable down on Lamar, \\u201ctwo poles\\u201d\"" });

	(void)state;
	assert_done(result);
	assert_text_at(result, "__typename", "CreateEcoSuccess");
	assert_true(int_at(result, "eco.version") >= 1);
	assert_text_at(result, "eco.jobType", "FNOL");
	assert_text_at(
	    result, "eco.description", "Cable down on Lamar, \xe2\x80\x9ctwo poles\xe2\x80\x9d");
	assert_text_at(result, "eco.location.type", "Point");
	assert_string_equal(
	    json_text(at(result, "eco.location.coordinates")), "[-97.7431,30.2672]");
	assert_text_at(result, "eco.status", "OPEN");
	assert_text_at(result, "eco.createdAt", "2026-01-05T02:14:00.000000Z");
	assert_text_at(result, "eco.noc.handle", "lone-star-noc");
	assert_text_at(result, "eco.osp.handle", "hill-country-osp");
	assert_int_equal(strncmp(text_at(result, "eco.jobNumber"), "HC-FNOL-0000", 12), 0);
}

static void
a_line_may_be_the_location_and_the_osp_may_be_named_by_its_id(void **state)
{
	const struct json *partners = ask(OPERATOR, "{partners{id handle}}", "null");
	const struct json *result =
	    create((struct create){ .osp = text_at(partners, "data.partners.1.id"),
		.location =
		    "{\"type\":\"LineString\",\"coordinates\":[[-97.75,30.26],[-97.74,30.27]]}" });

	(void)state;
	assert_done(result);
	assert_text_at(result, "eco.osp.handle", "hill-country-osp");
	assert_string_equal(
	    json_text(at(result, "eco.location.coordinates")), "[[-97.75,30.26],[-97.74,30.27]]");
}

static void
job_numbers_follow_each_other_for_each_pair_and_type(void **state)
{
	const char *first = text_at(create((struct create){ .job_type = "CMR" }), "eco.jobNumber");
	const char *second = text_at(create((struct create){ .job_type = "CMR" }), "eco.jobNumber");
	const char *other = text_at(
	    create((struct create){ .job_type = "CMR", .osp = "bayou-osp", .location = HOUSTON }),
	    "eco.jobNumber");

	(void)state;
	assert_int_equal(atoi(second + strlen("HC-CMR-")), atoi(first + strlen("HC-CMR-")) + 1);
	assert_int_equal(strncmp(other, "BY-CMR-00001-", 13), 0);
}

static void
a_created_eco_is_rung_at_once_and_both_sides_see_it(void **state)
{
	const char *eco = created((struct create){ .job_type = "MFR" });
	const struct json *of_noc = eco_of(OPERATOR, eco);
	const struct json *of_osp = eco_of(DISPATCHER, eco);

	(void)state;
	assert_text_at(of_noc, "dispatch", "RINGING");
	assert_text_at(of_noc, "statusWords", "open");
	assert_null_at(of_noc, "integration");
	assert_null_at(of_noc, "etaMinutes");
	assert_null_at(of_noc, "acceptedAt");
	assert_text_at(of_osp, "id", eco);
	assert_text_at(of_osp, "integration", "TASKED");
	assert_int_equal(count_entries(OPERATOR, eco, "PagerDispatched"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 1);
	assert_text_at(timeline(OPERATOR, eco), "0.type", "ECOCreated");
	assert_text_at(timeline(OPERATOR, eco), "0.actor", "operator");
	assert_text_at(timeline(OPERATOR, eco), "0.at", "2026-01-05T02:14:00.000000Z");
}

/* The answer of ecoByJobNumber to the OSP. */
static const struct json *
by_number(const char *number)
{
	return ask(DISPATCHER, "query($n:JobNumber!){ecoByJobNumber(jobNumber:$n){id jobNumber}}",
	    print("{\"n\":\"%s\"}", number));
}

/* ${number} as somebody says it: "HC-MFR-00042-7" becomes "hc mfr 42 7". */
static const char *
as_said(const char *number)
{
	char prefix[16], type[16], check[4];
	int sequence;

	assert_int_equal(
	    sscanf(number, "%15[^-]-%15[^-]-%d-%3s", prefix, type, &sequence, check), 4);
	for (char *c = prefix; *c != '\0'; c++)
		*c = (char)(*c | 0x20);
	for (char *c = type; *c != '\0'; c++)
		*c = (char)(*c | 0x20);
	return print("%s %s %d %s", prefix, type, sequence, check);
}

static void
an_eco_is_found_by_its_number_as_printed_and_as_heard(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *number = text_at(eco_of(OPERATOR, eco), "jobNumber");
	const char *said = as_said(number);
	char squeezed[64];
	size_t length = 0;

	(void)state;
	for (const char *c = said; *c != '\0'; c++)
		if (*c != ' ')
			squeezed[length++] = *c;
	squeezed[length] = '\0';
	assert_text_at(by_number(number), "data.ecoByJobNumber.id", eco);
	assert_text_at(by_number(said), "data.ecoByJobNumber.id", eco);
	assert_text_at(by_number(squeezed), "data.ecoByJobNumber.id", eco);
	assert_text_at(by_number(said), "data.ecoByJobNumber.jobNumber", number);
}

static void
a_misheard_number_is_an_error_that_says_so(void **state)
{
	const char *eco = created((struct create){ 0 });
	char *number = arena_copy_z(arena, str_from_z(text_at(eco_of(OPERATOR, eco), "jobNumber")));
	char *check = &number[strlen(number) - 1];
	const struct json *answer;

	(void)state;
	*check = (char)(*check == '9' ? '0' : *check + 1);
	answer = by_number(number);
	assert_null_at(answer, "data.ecoByJobNumber");
	assert_text_at(answer, "errors.0.extensions.code", "JOB_NUMBER_MISHEARD");
	assert_contains(text_at(answer, "errors.0.message"), "misheard");
}

static void
what_is_no_job_number_is_an_error_that_shows_one(void **state)
{
	static const char *const texts[] = { "", "HC", "42", "HC-MFR", "HC-XYZ-00042-7",
		"HC-MFR-99999999999999999999-7", "HC-MFR-00000-0", "%s%n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const struct json *answer = by_number(texts[i]);

		assert_null_at(answer, "data.ecoByJobNumber");
		assert_text_at(answer, "errors.0.extensions.code", "JOB_NUMBER_MALFORMED");
		assert_contains(text_at(answer, "errors.0.message"), "HC-MFR-00042");
	}
}

static void
a_number_that_nobody_has_finds_nothing(void **state)
{
	struct jobnumber number = { STR("HC"), JOB_TYPE_MFR, 987654 };
	struct buf buf = buf_in(arena, JOBNUMBER_BYTES_MAX);

	(void)state;
	jobnumber_format(&number, &buf);
	assert_null_at(by_number(arena_copy_z(arena, buf_view(&buf))), "data.ecoByJobNumber");
}

static void
what_is_no_id_names_nothing(void **state)
{
	(void)state;
	assert_int_equal(eco_of(OPERATOR, "42")->type, JSON_NULL_VALUE);
	assert_int_equal(timeline(OPERATOR, "42")->type, JSON_NULL_VALUE);
	assert_int_equal(timeline(OPERATOR, new_key())->type, JSON_NULL_VALUE);
}

static void
a_shared_note_is_read_by_both_sides(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *result = command(DISPATCHER, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"Gate code 4411\"", eco));
	const struct json *entries;

	(void)state;
	assert_done(result);
	entries = timeline(OPERATOR, eco);
	assert_text_at(&entries->list.items[count_at(entries, "") - 1], "summary",
	    "The OSP noted: Gate code 4411");
	assert_text_at(
	    &entries->list.items[count_at(entries, "") - 1], "actor", "Hill Country OSP");
	assert_int_equal(count_entries(DISPATCHER, eco, "NoteAdded"), 1);
}

static void
a_note_for_ones_own_side_is_read_by_that_side_only(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_done(command(OPERATOR, "addNote", NULL,
	    print(
		"\"ecoId\":\"%s\",\"text\":\"Customer is a hospital\",\"visibility\":\"OWN_SIDE\"",
		eco)));
	assert_int_equal(count_entries(OPERATOR, eco, "NoteAdded"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "NoteAdded"), 0);
	assert_lacks(json_text(timeline(DISPATCHER, eco)), "hospital");
}

static void
a_note_is_also_taken_when_all_is_over(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_done(command(OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"False alarm\"", eco)));
	assert_done(command(OPERATOR, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"Meter was broken\"", eco)));
}

static void
a_cancelled_eco_says_why_and_stops_ringing(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *result = command(OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"Light is back\"", eco));

	(void)state;
	assert_text_at(result, "__typename", "EcoCommandSuccess");
	assert_text_at(result, "eco.status", "CANCELLED");
	server_world_settle(&server);
	assert_text_at(eco_of(DISPATCHER, eco), "dispatch", "STOPPED");
	assert_int_equal(count_entries(DISPATCHER, eco, "PagerStopped"), 1);
	assert_contains(json_text(timeline(DISPATCHER, eco)), "cancelled the ECO: Light is back");
}

static void
a_timeline_is_read_on_from_a_version(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *whole = timeline(DISPATCHER, eco), *part;
	size_t count = count_at(whole, "");
	int64_t second = int_at(whole, "1.version");

	(void)state;
	assert_true(count >= 4);
	part = ask(DISPATCHER,
	    "query($e:ID!,$a:Int){timeline(ecoId:$e,after:$a,first:2){version type}}",
	    print("{\"e\":\"%s\",\"a\":%lld}", eco, (long long)second));
	assert_int_equal(count_at(part, "data.timeline"), 2);
	assert_int_equal(int_at(part, "data.timeline.0.version"), int_at(whole, "2.version"));
	part = ask(DISPATCHER, "query($e:ID!){eco(id:$e){timeline(after:9999){version}}}",
	    print("{\"e\":\"%s\"}", eco));
	assert_int_equal(count_at(part, "data.eco.timeline"), 0);
}

static void
a_timeline_has_limits_that_it_names(void **state)
{
	static const char *const arguments[] = { "first:0", "first:501", "first:-1", "after:-1" };
	const char *eco = created((struct create){ 0 });

	(void)state;
	for (size_t i = 0; i < COUNT_OF(arguments); i++) {
		const struct json *answer = ask(OPERATOR,
		    print("{timeline(ecoId:\"%s\",%s){version}}", eco, arguments[i]), "null");

		assert_null_at(answer, "data.timeline");
		assert_text_at(answer, "errors.0.extensions.code", "BAD_USER_INPUT");
		assert_contains(text_at(answer, "errors.0.message"), "between 1 and 500");
	}
}

static void
several_questions_are_answered_at_once(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *answer = ask(OPERATOR,
	    print("query Both{mine:eco(id:\"%s\"){...Short} none:eco(id:\"%s\"){...Short} "
		  "viewer{user}} fragment Short on Eco{__typename id osp{name}}",
		eco, new_key()),
	    "null");

	(void)state;
	assert_text_at(answer, "data.mine.id", eco);
	assert_text_at(answer, "data.mine.osp.name", "Hill Country OSP");
	assert_null_at(answer, "data.none");
	assert_text_at(answer, "data.viewer.user", "operator");
}

/* How many operations are commands: each is a mutation. */
static size_t
commands(void)
{
	size_t count = 0;

	for (size_t i = 0; i < OPERATION_COUNT; i++)
		count += app_operations[i].kind == OPERATION_COMMAND;
	return count;
}

static void
the_schema_can_be_asked_for(void **state)
{
	const struct json *answer = ask(OPERATOR,
	    "{__schema{mutationType{fields{name}}}__type(name:\"Refusal\"){name}}", "null");

	(void)state;
	assert_int_equal(count_at(answer, "data.__schema.mutationType.fields"), commands());
	assert_text_at(answer, "data.__type.name", "Refusal");
}

static void
a_query_may_come_by_get(void **state)
{
	struct http_header headers[] = { { STR("Strike-Development-Identity"), STR(OPERATOR) } };
	const struct http_answer *answer = request("GET",
	    "/graphql?query=query(%24e%3AID!)%7Beco(id%3A%24e)%7Bid%7D%7D&variables=%7B%22e%22%3A%"
	    "2242"
	    "%22%7D",
	    headers, 1, STR(""));

	(void)state;
	assert_null_at(json_of(answer, 200), "data.eco");
}

/* -- the end of an ECO: one whose work is reported complete -- */

#define COMPLETED_SCENARIO                                                         \
	"scenario \"Until complete\"\n"                                            \
	"noc operator@lone-star-noc\n"                                             \
	"watch dispatcher@hill-country-osp\n"                                      \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n" \
	"phone +15125550101 answers after 8s, presses 1, then 45#\n"               \
	"render up\n"                                                              \
	"task investigation: starts after 2m, completes after 5m\n"                \
	"expect anything else\nuntil StatusCompleted within 2h\n"

static const char *completed;

static int
begin_completed(void **state)
{
	struct play_result result = { .passed = false };

	(void)state;
	server_world_begin(&server, store_factory_make(), COMPLETED_SCENARIO);
	assert_no_fault(server_world_play(&server, &result));
	assert_true(result.passed);
	completed = arena_copy_z(server.arena, result.eco_id);
	return 0;
}

static void
a_completed_eco_says_until_when_it_is_watched(void **state)
{
	const struct json *eco = eco_of(OPERATOR, completed);

	(void)state;
	assert_text_at(eco, "status", "COMPLETED");
	assert_text_at(eco, "dispatch", "ACCEPTED");
	assert_int_equal(int_at(eco, "etaMinutes"), 45);
	assert_text_at(eco, "statusWords",
	    print("reported complete, watching until %.10s %.5s UTC", text_at(eco, "graceUntil"),
		text_at(eco, "graceUntil") + strlen("2026-01-05T")));
	assert_true(strlen(text_at(eco, "acceptedAt")) >= 20);
}

static void
a_completed_eco_is_not_cancelled(void **state)
{
	size_t before = events_in_all();

	(void)state;
	assert_refused(command(OPERATOR, "cancelEco", NULL,
			   print("\"ecoId\":\"%s\",\"reason\":\"Too late\"", completed)),
	    "ECO_ALREADY_COMPLETED", NULL, "close or reopen the ECO instead");
	assert_int_equal(events_in_all(), before);
}

static void
a_completion_is_not_rejected_without_a_reason(void **state)
{
	char *long_reason = arena_copy_z(arena, arena_printf(arena, "%01001d", 0));

	(void)state;
	assert_refused(command(SUPERVISOR, "reopenEco", NULL,
			   print("\"ecoId\":\"%s\",\"reason\":\" \\n\"", completed)),
	    "REASON_BLANK", "reason", "reason is blank");
	assert_refused(command(SUPERVISOR, "reopenEco", NULL,
			   print("\"ecoId\":\"%s\",\"reason\":\"%s\"", completed, long_reason)),
	    "REASON_TOO_LONG", "reason", "1001 characters, at most 1000");
}

static void
a_rejected_completion_is_in_progress_again_and_says_why(void **state)
{
	const struct json *result = command(SUPERVISOR, "reopenEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"Still no light on pair 3\"", completed));

	(void)state;
	assert_done(result);
	assert_text_at(result, "eco.status", "IN_PROGRESS");
	assert_contains(json_text(timeline(DISPATCHER, completed)),
	    "The work is not over: the NOC rejected the completion: Still no light on pair 3");
}

/* The poll after the rejection sees the same completed task; a NOC closes it for good then. */
static void
a_completed_eco_is_closed_by_a_supervisor(void **state)
{
	struct play_result result = { .passed = false };
	const char *eco;

	(void)state;
	assert_no_fault(server_world_play(&server, &result));
	eco = arena_copy_z(arena, result.eco_id);
	assert_text_at(command(SUPERVISOR, "closeEco", NULL, print("\"ecoId\":\"%s\"", eco)),
	    "eco.status", "CLOSED");
	assert_refused(command(SUPERVISOR, "closeEco", NULL, print("\"ecoId\":\"%s\"", eco)),
	    "ECO_CLOSED", NULL, "this ECO is closed");
	assert_refused(command(SUPERVISOR, "reopenEco", NULL,
			   print("\"ecoId\":\"%s\",\"reason\":\"No\"", eco)),
	    "ECO_CLOSED", NULL, "this ECO is closed");
	assert_refused(
	    command(OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"No\"", eco)),
	    "ECO_CLOSED", NULL, "this ECO is closed");
}

/* -- the list -- */

#define LISTED 60

static int
begin_list(void **state)
{
	api_world_begin(state);
	api_world_begin_test(state);
	for (int i = 0; i < LISTED; i++)
		assert_done(create((struct create){
		    .location = print(
			"{\"type\":\"Point\",\"coordinates\":[%g,30.3]}", -97.9 + 0.005 * i) }));
	server_world_settle(&server);
	api_world_end_test(state);
	return 0;
}

/* A page of the list. */
static const struct json *
page_of(const char *arguments)
{
	return ask(OPERATOR,
	    print("{ecos%s{totalCount pageInfo{hasNextPage endCursor} edges{cursor node{id "
		  "status jobNumber createdAt location}}}}",
		arguments),
	    "null");
}

static void
the_list_is_paged_without_a_hole_or_a_repeat(void **state)
{
	const char *seen[LISTED], *cursor = NULL;
	size_t count = 0;
	bool more = true;

	(void)state;
	while (more) {
		const struct json *page =
		    page_of(cursor == NULL ? "(first:7)" : print("(first:7,after:\"%s\")", cursor));
		size_t edges = count_at(page, "data.ecos.edges");

		assert_int_equal(int_at(page, "data.ecos.totalCount"), LISTED);
		for (size_t i = 0; i < edges; i++) {
			assert_true(count < LISTED);
			seen[count] = text_at(page, print("data.ecos.edges.%zu.node.id", i));
			for (size_t j = 0; j < count; j++)
				assert_string_not_equal(seen[j], seen[count]);
			count++;
		}
		more = at(page, "data.ecos.pageInfo.hasNextPage")->boolean;
		assert_int_equal(edges, more ? 7 : LISTED % 7);
		cursor = text_at(page, "data.ecos.pageInfo.endCursor");
		assert_text_at(page, print("data.ecos.edges.%zu.cursor", edges - 1), cursor);
	}
	assert_int_equal(count, LISTED);
}

static void
the_newest_eco_comes_first(void **state)
{
	const struct json *page;
	const char *eco;

	(void)state;
	clock_advance(server.clock, SECONDS(1));
	eco = created((struct create){ 0 });
	page = page_of("");
	assert_text_at(page, "data.ecos.edges.0.node.id", eco);
	assert_int_equal(count_at(page, "data.ecos.edges"), 25);
	assert_done(command(
	    OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"A test\"", eco)));
	server_world_settle(&server);
}

static void
the_list_is_filtered_by_status(void **state)
{
	const struct json *page;

	(void)state;
	page = page_of("(filter:{status:[CANCELLED]})");
	assert_int_equal(int_at(page, "data.ecos.totalCount"), 1);
	assert_text_at(page, "data.ecos.edges.0.node.status", "CANCELLED");
	page = page_of("(filter:{status:[OPEN]},first:1)");
	assert_int_equal(int_at(page, "data.ecos.totalCount"), LISTED);
	page = page_of("(filter:{status:[OPEN,CANCELLED]},first:1)");
	assert_int_equal(int_at(page, "data.ecos.totalCount"), LISTED + 1);
	page = page_of("(filter:{status:[CLOSED]})");
	assert_int_equal(int_at(page, "data.ecos.totalCount"), 0);
	assert_int_equal(count_at(page, "data.ecos.edges"), 0);
	assert_null_at(page, "data.ecos.pageInfo.endCursor");
	page = page_of("(filter:{status:[]},first:1)");
	assert_int_equal(int_at(page, "data.ecos.totalCount"), LISTED + 1);
}

static int64_t
count_in_box(double west, double south, double east, double north)
{
	return int_at(
	    page_of(print("(first:1,filter:{boundingBox:{west:%g,south:%g,east:%g,north:%g}"
			  ",status:[OPEN]})",
		west, south, east, north)),
	    "data.ecos.totalCount");
}

static void
the_list_is_filtered_by_a_box(void **state)
{
	(void)state;
	assert_int_equal(count_in_box(-98, 30, -97, 31), LISTED);
	assert_int_equal(count_in_box(-97.902, 30, -97.878, 31), 5);
	assert_int_equal(count_in_box(-98, 31, -97, 32), 0);
	assert_int_equal(count_in_box(-180, -90, 180, 90), LISTED);
}

static void
a_box_may_cross_the_antimeridian(void **state)
{
	const char *west, *east;

	(void)state;
	west = created(
	    (struct create){ .location = "{\"type\":\"Point\",\"coordinates\":[179.5,-17]}" });
	east = created(
	    (struct create){ .location = "{\"type\":\"Point\",\"coordinates\":[-179.5,-17]}" });
	assert_int_equal(count_in_box(179, -18, -179, -16), 2);
	assert_int_equal(count_in_box(179.7, -18, -179, -16), 1);
	assert_int_equal(count_in_box(-179, -18, 179, -16), 0);
	(void)command(
	    OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"A test\"", west));
	(void)command(
	    OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"A test\"", east));
}

static void
a_list_has_limits_that_it_names(void **state)
{
	static const struct {
		const char *arguments, *message;
	} cases[] = {
		{ "(first:0)", "between 1 and 100" },
		{ "(first:101)", "between 1 and 100" },
		{ "(after:\"\")", "not a cursor" },
		{ "(after:\"bm9uc2Vuc2U=\")", "not a cursor" },
		{ "(after:\"!\")", "not a cursor" },
		{ "(filter:{boundingBox:{west:-181,south:0,east:1,north:1}})", "west and east" },
		{ "(filter:{boundingBox:{west:0,south:2,east:1,north:1}})", "south not above" },
		{ "(filter:{boundingBox:{west:0,south:0,east:1,north:91}})", "within 90" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct json *answer = page_of(cases[i].arguments);

		assert_null_at(answer, "data");
		assert_text_at(answer, "errors.0.extensions.code", "BAD_USER_INPUT");
		assert_contains(text_at(answer, "errors.0.message"), cases[i].message);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest still[] = {
		API_TEST(the_viewer_is_who_asks_and_for_whom),
		API_TEST(partners_are_those_with_an_agreement),
		API_TEST(a_created_eco_is_answered_with_all_that_was_said),
		API_TEST(a_line_may_be_the_location_and_the_osp_may_be_named_by_its_id),
		API_TEST(job_numbers_follow_each_other_for_each_pair_and_type),
		API_TEST(a_created_eco_is_rung_at_once_and_both_sides_see_it),
		API_TEST(an_eco_is_found_by_its_number_as_printed_and_as_heard),
		API_TEST(a_misheard_number_is_an_error_that_says_so),
		API_TEST(what_is_no_job_number_is_an_error_that_shows_one),
		API_TEST(a_number_that_nobody_has_finds_nothing),
		API_TEST(what_is_no_id_names_nothing),
		API_TEST(a_shared_note_is_read_by_both_sides),
		API_TEST(a_note_for_ones_own_side_is_read_by_that_side_only),
		API_TEST(a_note_is_also_taken_when_all_is_over),
		API_TEST(a_cancelled_eco_says_why_and_stops_ringing),
		API_TEST(a_timeline_is_read_on_from_a_version),
		API_TEST(a_timeline_has_limits_that_it_names),
		API_TEST(several_questions_are_answered_at_once),
		API_TEST(the_schema_can_be_asked_for),
		API_TEST(a_query_may_come_by_get),
	};
	const struct CMUnitTest ends[] = {
		API_TEST(a_completed_eco_says_until_when_it_is_watched),
		API_TEST(a_completed_eco_is_not_cancelled),
		API_TEST(a_completion_is_not_rejected_without_a_reason),
		API_TEST(a_rejected_completion_is_in_progress_again_and_says_why),
		API_TEST(a_completed_eco_is_closed_by_a_supervisor),
	};
	const struct CMUnitTest list[] = {
		API_TEST(the_list_is_paged_without_a_hole_or_a_repeat),
		API_TEST(the_newest_eco_comes_first),
		API_TEST(the_list_is_filtered_by_status),
		API_TEST(the_list_is_filtered_by_a_box),
		API_TEST(a_box_may_cross_the_antimeridian),
		API_TEST(a_list_has_limits_that_it_names),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(still, api_world_begin, api_world_end) +
	       cmocka_run_group_tests(ends, begin_completed, api_world_end) +
	       cmocka_run_group_tests(list, begin_list, api_world_end);
}
