#include <stdlib.h>

#include "app/as_of.h"
#include "support/api_world.h"

/*
 * The state of any ECO and of the board as of an instant or a position of the log:
 * what was shown live while a callout was played is asked for again afterwards.
 *
 * usage: api_time_travel_test mem|pg
 */

#define SCENARIO                                                             \
	"scenario \"Looked back at\"\n"                                      \
	"noc operator@lone-star-noc\n"                                       \
	"watch dispatcher@hill-country-osp\n"                                \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Nothing\"\n" \
	"phone +15125550101 rings out\n"                                     \
	"phone +15125550102 answers after 8s, presses 1, then 45#\n"         \
	"render up\n"                                                        \
	"task investigation: starts after 12m, completes after 35m\n"        \
	"expect anything else\nuntil ECOClosed within 6h\n"

#define ECO_FIELDS                                                                           \
	"id version jobNumber jobType description location noc{id handle name} "             \
	"osp{id handle name} status statusWords dispatch integration acceptedAt etaMinutes " \
	"graceUntil createdAt updatedAt timeline(first:50){" ENTRY_FIELDS "}"
#define ENTRY_FIELDS "version position id type at recordedAt summary actor detail"

static int
begin(void **state)
{
	(void)state;
	server_world_begin(&server, store_factory_make(), SCENARIO);
	return 0;
}

/* -- questions -- */

/* The arguments of a moment, with their comma; "" is now. */
static const char *
at_instant(struct instant when)
{
	return print(",asOf:\"%.*s\"", STR_ARG(instant_text(arena, when)));
}

static const char *
at_position(int64_t position)
{
	return print(",asOfPosition:\"%lld\"", (long long)position);
}

/* Everything that can be asked about ${eco} and the board, as of ${moment}. */
static const char *
everything(const char *identity, const char *eco, const char *number, const char *moment)
{
	return json_text(ask(identity,
	    print("{eco(id:\"%s\"%s){" ECO_FIELDS "} ecoByJobNumber(jobNumber:\"%s\"%s){" ECO_FIELDS
		  "} timeline(ecoId:\"%s\"%s,first:500){" ENTRY_FIELDS
		  "} ecos(first:100%s){edges{cursor node{" ECO_FIELDS
		  "}} pageInfo{hasNextPage endCursor}}}",
		eco, moment, number, moment, eco, moment, moment),
	    "null"));
}

/* The ids of the board's page, and its end. */
static const struct json *
board(const char *identity, const char *arguments)
{
	return at(ask(identity,
		      print("{ecos(%s){totalCount edges{cursor node{id status}} "
			    "pageInfo{hasNextPage endCursor}}}",
			  arguments),
		      "null"),
	    "data.ecos");
}

static const struct json *
get(struct str base, const char *path)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);

	assert_non_null(answer);
	assert_no_fault(http_client_send(server.client, arena,
	    &(struct http_call){
		.method = "GET",
		.url = arena_printf(arena, "%.*s%s", STR_ARG(base), path),
		.timeout = SECONDS(30),
	    },
	    answer));
	return json_of(answer, 200);
}

static void
sooner(const struct json *quiet, struct instant *when, bool *any)
{
	const struct json *due = at(quiet, "nextDue");
	struct instant next;

	if (due->type != JSON_TEXT)
		return;
	assert_true(instant_parse(due->text, &next));
	if (!*any || next.us < when->us)
		*when = next;
	*any = true;
}

/* On to the next moment at which something happens; false when nothing ever will. */
static bool
step(void)
{
	struct instant next = { 0 }, now = clock_now(server.clock);
	bool any = false;

	sooner(get(server.server_url, "/dev/quiet"), &next, &any);
	sooner(get(server.mock_url, "/control/quiet"), &next, &any);
	if (any && next.us > now.us)
		clock_advance(server.clock, instant_since(next, now));
	if (any)
		server_world_settle(&server);
	return any;
}

static void
advance(struct duration by)
{
	server_world_settle(&server);
	clock_advance(server.clock, by);
	server_world_settle(&server);
}

static void
assert_failed(const struct json *answer, const char *code, const char *message)
{
	assert_text_at(answer, "errors.0.extensions.code", code);
	assert_contains(text_at(answer, "errors.0.message"), message);
}

/* -- what was shown -- */

#define SHOWN_MAX 200

struct shown {
	struct instant when;
	int64_t position;
	const char *to_noc, *to_osp;
};

struct played {
	const char *eco, *number;
	struct shown at[SHOWN_MAX];
	size_t count;
};

static void
record(struct played *played)
{
	assert_true(played->count < SHOWN_MAX);
	played->at[played->count++] = (struct shown){
		.position = (int64_t)events_in_all(),
		.when = clock_now(server.clock),
		.to_noc = everything(OPERATOR, played->eco, played->number, ""),
		.to_osp = everything(DISPATCHER, played->eco, played->number, ""),
	};
}

/* Play a callout to its end; after each step that changed something, what was shown. */
static struct played *
play_through(void)
{
	struct played *played = arena_new(arena, struct played);
	const struct json *result = create((struct create){ .job_type = "MFR" });
	int64_t version = 0;

	assert_non_null(played);
	assert_done(result);
	played->eco = text_at(result, "eco.id");
	played->number = text_at(result, "eco.jobNumber");
	server_world_settle(&server);
	do {
		const struct json *eco = eco_of(OPERATOR, played->eco);

		if (int_at(eco, "version") != version)
			record(played);
		version = int_at(eco, "version");
		if (strcmp(text_at(eco, "status"), "CLOSED") == 0)
			return played;
	} while (step());
	fail_msg("the callout came to no end");
	return NULL;
}

static void
assert_same(const char *then, const char *now, const char *moment)
{
	if (strcmp(then, now) != 0)
		fail_msg("as of %s:\n%s\nbut it was shown live:\n%s", moment, now, then);
}

static void
everything_as_of_a_moment_is_what_was_shown_live_at_that_moment(void **state)
{
	struct played *played = play_through();

	(void)state;
	advance(HOURS(1));
	(void)created((struct create){ .job_type = "CMR" });
	assert_true(played->count > 8);
	for (size_t i = 0; i < played->count; i++) {
		const struct shown *shown = &played->at[i];
		const char *instant = at_instant(shown->when);
		const char *position = at_position(shown->position);

		assert_same(shown->to_noc,
		    everything(OPERATOR, played->eco, played->number, instant), instant);
		assert_same(shown->to_osp,
		    everything(DISPATCHER, played->eco, played->number, instant), instant);
		assert_same(shown->to_noc,
		    everything(OPERATOR, played->eco, played->number, position), position);
		assert_same(shown->to_osp,
		    everything(DISPATCHER, played->eco, played->number, position), position);
	}
	assert_contains(played->at[0].to_noc, "\"OPEN\"");
	assert_contains(played->at[played->count - 1].to_noc, "\"CLOSED\"");
}

static void
between_two_positions_of_one_append_the_eco_stands_between_them(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *entries =
	    at(ask(DISPATCHER, print("{timeline(ecoId:\"%s\"){position version}}", eco), "null"),
		"data.timeline");

	(void)state;
	assert_true(count_at(entries, "") >= 3);
	for (size_t i = 0; i < count_at(entries, ""); i++) {
		const char *position = text_at(&entries->list.items[i], "position");
		const struct json *past = ask(DISPATCHER,
		    print("{eco(id:\"%s\",asOfPosition:%s){version timeline{version}}}", eco,
			position),
		    "null");

		assert_int_equal(
		    int_at(past, "data.eco.version"), int_at(&entries->list.items[i], "version"));
		assert_int_equal(count_at(past, "data.eco.timeline"), i + 1);
	}
}

static void
what_did_not_exist_then_is_null_and_not_on_the_board(void **state)
{
	struct instant before = clock_now(server.clock);
	int64_t position = (int64_t)events_in_all();
	const char *moments[] = { at_instant(before), at_position(position), at_position(0) };
	const char *eco, *number;

	(void)state;
	advance(MINUTES(5));
	eco = created((struct create){ 0 });
	number = text_at(eco_of(OPERATOR, eco), "jobNumber");
	for (size_t i = 0; i < COUNT_OF(moments); i++) {
		const struct json *answer = ask(OPERATOR,
		    print("{eco(id:\"%s\"%s){id} ecoByJobNumber(jobNumber:\"%s\"%s){id} "
			  "timeline(ecoId:\"%s\"%s){id}}",
			eco, moments[i], number, moments[i], eco, moments[i]),
		    "null");

		assert_null_at(answer, "data.eco");
		assert_null_at(answer, "data.ecoByJobNumber");
		assert_null_at(answer, "data.timeline");
		assert_lacks(json_text(board(OPERATOR, print("first:100%s", moments[i]))), eco);
	}
	assert_contains(json_text(board(OPERATOR, "first:100")), eco);
}

static void
the_board_as_of_a_moment_is_filtered_by_the_status_of_that_moment(void **state)
{
	const char *eco = created(
	    (struct create){ .identity = OTHER_OPERATOR, .osp = "bayou-osp", .location = HOUSTON });
	struct instant before = clock_now(server.clock);
	const char *open = "first:100,filter:{status:[OPEN]}",
		   *gone = "first:100,filter:{status:[CANCELLED]}";

	(void)state;
	advance(MINUTES(5));
	assert_done(command(OTHER_OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"false alarm\"", eco)));
	server_world_settle(&server);
	assert_lacks(json_text(board(OTHER_OPERATOR, open)), eco);
	assert_contains(json_text(board(OTHER_OPERATOR, gone)), eco);
	assert_contains(
	    json_text(board(OTHER_OPERATOR, print("%s%s", open, at_instant(before)))), eco);
	assert_lacks(
	    json_text(board(OTHER_OPERATOR, print("%s%s", gone, at_instant(before)))), eco);
	assert_contains(json_text(board(OTHER_OPERATOR,
			    print("%s%s", gone, at_instant(clock_now(server.clock))))),
	    eco);
}

static void
the_board_as_of_a_moment_is_paged_without_a_hole_or_a_repeat(void **state)
{
	const char *ids[5], *cursor = "", *moment;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		ids[i] = created((struct create){ .job_type = "FNOL" });
		advance(SECONDS(1));
	}
	moment = at_position((int64_t)events_in_all());
	(void)created((struct create){ .job_type = "FNOL" });
	for (size_t i = COUNT_OF(ids); i-- > 0;) {
		const struct json *page = board(OPERATOR, print("first:1%s%s", moment, cursor));

		assert_int_equal(count_at(page, "edges"), 1);
		assert_text_at(page, "edges.0.node.id", ids[i]);
		assert_null_at(page, "totalCount");
		assert_true(at(page, "pageInfo.hasNextPage")->boolean || i == 0);
		cursor = print(",after:\"%s\"", text_at(page, "pageInfo.endCursor"));
	}
}

static struct app_context
context_of(struct store_session *session, struct store_membership *who)
{
	bool found;

	assert_no_fault(store_find_membership(
	    session, arena, STR("operator"), STR("lone-star-noc"), &found, who));
	assert_true(found);
	store_act_for(session, who->organisation.id);
	return (struct app_context){
		.session = session, .arena = arena, .now = clock_now(server.clock), .actor = who
	};
}

static void
a_page_ends_after_so_many_looks_and_can_be_gone_on_with(void **state)
{
	struct as_of_query query = {
		.moment = { .kind = AS_OF_POSITION }, .first = 100, .looks_max = 2
	};
	static const enum eco_status never[] = { ECO_STATUS_CANCELLED };
	struct store_membership who;
	struct store_session *session;
	struct app_context context;
	struct as_of_page page;
	size_t pages = 0, looks = 0, rows = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		(void)created((struct create){ .job_type = "FNOL" });
	query.moment.position = (int64_t)events_in_all();
	assert_no_fault(store_session_open(server.store, arena, STORE_API, &session));
	context = context_of(session, &who);
	do {
		assert_no_fault(as_of_board(&context, &query, &page));
		assert_true(page.looks <= 2);
		assert_true(page.looks == 2 || !page.more);
		query.filter.has_before = page.has_end;
		query.filter.before = page.end;
		query.filter.before_eco = page.end_eco;
		looks += page.looks;
		rows += page.rows.count;
		pages++;
	} while (page.more);
	assert_true(rows >= 5);
	assert_int_equal(looks, rows);
	assert_int_equal(pages, (looks + 1) / 2);
	/* Nothing matches: the page is empty, and there is more to look at. */
	query.filter = (struct store_board_filter){ .statuses = never, .status_count = 1 };
	assert_no_fault(as_of_board(&context, &query, &page));
	assert_int_equal(page.rows.count, 0);
	assert_true(page.more && page.has_end);
	store_session_close(session);
}

/* Asks for the id of ${eco}, as of ${moment}. */
static const char *
id_of(const char *eco, const char *moment)
{
	return print("{eco(id:\"%s\"%s){id}}", eco, moment);
}

static void
a_moment_that_cannot_be_is_refused_with_the_reason(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *now = at_instant(clock_now(server.clock));
	const char *later = at_instant(instant_plus(clock_now(server.clock), SECONDS(1)));
	int64_t head = (int64_t)events_in_all();

	(void)state;
	assert_failed(
	    ask(OPERATOR, id_of(eco, later), "null"), "AS_OF_FUTURE", "asOf is in the future");
	assert_failed(ask(OPERATOR, id_of(eco, at_position(head + 1)), "null"), "AS_OF_FUTURE",
	    "beyond the end of the log");
	assert_failed(ask(OPERATOR, id_of(eco, print("%s%s", now, at_position(head))), "null"),
	    "BAD_USER_INPUT", "give one of them");
	assert_failed(ask(OPERATOR, print("{ecos(first:1%s){edges{cursor}}}", later), "null"),
	    "AS_OF_FUTURE", "asOf is in the future");
	assert_failed(ask(OPERATOR, print("{timeline(ecoId:\"%s\"%s){id}}", eco, later), "null"),
	    "AS_OF_FUTURE", "asOf is in the future");
	assert_text_at(ask(OPERATOR, id_of(eco, now), "null"), "data.eco.id", eco);
	assert_text_at(ask(OPERATOR, id_of(eco, at_position(head)), "null"), "data.eco.id", eco);
	assert_text_at(
	    ask(OPERATOR, id_of(eco, ",asOf:null,asOfPosition:null"), "null"), "data.eco.id", eco);
}

static void
a_position_is_digits_and_nothing_else(void **state)
{
	static const char *const wrong[] = { "\"-1\"", "-1", "\"1e3\"", "\"\"", "true", "1.5",
		"\"99999999999999999999\"" };
	const char *eco = created((struct create){ 0 });

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const char *body = print("{\"query\":\"query($p:Position){eco(id:\\\"%s\\\","
					 "asOfPosition:$p){id}}\",\"variables\":{\"p\":%s}}",
		    eco, wrong[i]);
		const struct http_answer *answer = post_graphql(OPERATOR, str_from_z(body));

		assert_int_equal(answer->status, 400);
		assert_contains(
		    arena_copy_z(arena, answer->body), "expected a position of the log");
	}
}

/* What ${who} is answered about the ECO and its timeline. */
static const char *
both_of(const char *who, const char *eco, const char *moment)
{
	return json_text(ask(who,
	    print("{eco(id:\"%s\"%s){id} timeline(ecoId:\"%s\"%s){id}}", eco, moment, eco, moment),
	    "null"));
}

static void
a_stranger_sees_nothing_as_of_anything(void **state)
{
	static const char *const strangers[] = { OTHER_OPERATOR, OTHER_DISPATCHER };
	const char *eco = created((struct create){ 0 });
	const char *number = text_at(eco_of(OPERATOR, eco), "jobNumber");
	const char *unknown = "0198c5b2-7d5e-7c3a-9a41-5f0e8a7b1c2d";
	const char *moments[] = { at_instant(clock_now(server.clock)),
		at_position((int64_t)events_in_all()) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strangers) * COUNT_OF(moments); i++) {
		const char *moment = moments[i % 2], *who = strangers[i / 2];
		const char *about = both_of(who, eco, moment);

		assert_string_equal(about, both_of(who, unknown, moment));
		assert_contains(about, "\"data\":{\"eco\":null,\"timeline\":null}");
		assert_null_at(
		    ask(who, print("{ecoByJobNumber(jobNumber:\"%s\"%s){id}}", number, moment),
			"null"),
		    "data.ecoByJobNumber");
		assert_lacks(json_text(board(who, print("first:100%s", moment))), eco);
	}
}

static void
neither_side_reads_in_the_past_what_is_the_other_sides_own(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *moment, *query;

	(void)state;
	assert_done(command(DISPATCHER, "addNote", NULL,
	    print(
		"\"ecoId\":\"%s\",\"text\":\"gate code 4711\",\"visibility\":\"OWN_SIDE\"", eco)));
	moment = at_position((int64_t)events_in_all());
	query = print("{eco(id:\"%s\"%s){integration timeline{summary detail}}}", eco, moment);
	assert_contains(json_text(ask(DISPATCHER, query, "null")), "gate code 4711");
	assert_lacks(json_text(ask(OPERATOR, query, "null")), "gate code 4711");
	assert_lacks(json_text(ask(OPERATOR, query, "null")), "North crew lead");
	assert_null_at(ask(OPERATOR, query, "null"), "data.eco.integration");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(everything_as_of_a_moment_is_what_was_shown_live_at_that_moment),
		API_TEST(between_two_positions_of_one_append_the_eco_stands_between_them),
		API_TEST(what_did_not_exist_then_is_null_and_not_on_the_board),
		API_TEST(the_board_as_of_a_moment_is_filtered_by_the_status_of_that_moment),
		API_TEST(the_board_as_of_a_moment_is_paged_without_a_hole_or_a_repeat),
		API_TEST(a_page_ends_after_so_many_looks_and_can_be_gone_on_with),
		API_TEST(a_moment_that_cannot_be_is_refused_with_the_reason),
		API_TEST(a_position_is_digits_and_nothing_else),
		API_TEST(a_stranger_sees_nothing_as_of_anything),
		API_TEST(neither_side_reads_in_the_past_what_is_the_other_sides_own),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests_name("api_time_travel", tests, begin, api_world_end);
}
