#include <stdlib.h>

#include "store/pg/store_pg.h"
#include "support/api_world.h"

/*
 * The shape of the API: global ids, pages, what the board is asked by; and what a request
 * costs the database, which does not depend on how much it is given.
 *
 * usage: api_shape_test mem|pg
 */

static bool on_pg;

#define AUSTIN_LITERAL "{type:\"Point\",coordinates:[-97.74,30.27]}"

/* ${text} inside a JSON text. */
static const char *
escaped(const char *text)
{
	struct buf buf = buf_in(arena, 2 * strlen(text) + 1);

	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(&buf, '\\');
		buf_char(&buf, *text);
	}
	buf_char(&buf, '\0');
	return buf_view(&buf).ptr;
}

/* Which of ${ids}, by number, ${filter} finds for ${identity}: "0 2". */
static const char *
found_as(const char *identity, const char *filter, const char *const *ids, size_t count)
{
	const struct json *answer = ask(identity,
	    print("{ecos(first:100,filter:{%s}){totalCount edges{node{id}}}}", filter), "null");
	struct buf buf = buf_in(arena, 1024);

	assert_int_equal(
	    int_at(answer, "data.ecos.totalCount"), count_at(answer, "data.ecos.edges"));
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < count_at(answer, "data.ecos.edges"); i++) {
			const char *id = text_at(answer, print("data.ecos.edges.%zu.node.id", i));

			if (strcmp(ids[k], id) == 0)
				buf_printf(&buf, "%s%zu", buf.len == 0 ? "" : " ", k);
		}
	}
	buf_char(&buf, '\0');
	return buf_view(&buf).ptr;
}

/* The position there, which is digits in a text. */
static int64_t
position_at(const struct json *answer, const char *path)
{
	int64_t position = 0;

	assert_true(str_parse_i64(str_from_z(text_at(answer, path)), &position));
	return position;
}

/* A filter that finds ${eco} alone. */
static const char *
only(const char *eco)
{
	return print("filter:{text:\"%s\"}", text_at(eco_of(OPERATOR, eco), "jobNumber"));
}

/* ---- filters ---- */

#define ECOS 4

struct callouts {
	const char *ids[ECOS];
	const char *word; /* in the description of the first, and nowhere else */
};

static const struct callouts *
make_callouts(void)
{
	struct callouts *made = arena_new(arena, struct callouts);

	made->word = new_key() + strlen("00000000-0000-0000-0000-");
	made->ids[0] = created(
	    (struct create){ .description = print("\"Pole down at the quarry %s\"", made->word) });
	made->ids[1] = created((struct create){ .location = HOUSTON,
	    .job_type = "CMR",
	    .description = "\"Handhole flooded, quarry road\"" });
	made->ids[2] = created((struct create){ .identity = OTHER_SUPERVISOR,
	    .osp = "bayou-osp",
	    .location = HOUSTON,
	    .description = "\"Somebody else's quarry\"" });
	made->ids[3] = created((struct create){ .description = "\"Aerial cable cut\"" });
	(void)command(SUPERVISOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"Light is back\"", made->ids[3]));
	(void)events_in_all();
	return made;
}

static void
the_board_is_asked_by_words_places_people_and_time(void **state)
{
	const struct callouts *c = make_callouts();
	const char *number = text_at(eco_of(OPERATOR, c->ids[1]), "jobNumber");
	const char *today = text_at(eco_of(OPERATOR, c->ids[0]), "createdAt");

	(void)state;
#define FOUND(identity, filter, expected) \
	assert_string_equal(found_as(identity, filter, c->ids, ECOS), expected)
	FOUND(OPERATOR, "text:\"QUARRY\"", "0 1");
	FOUND(OTHER_OPERATOR, "text:\"quarry\"", "2");
	FOUND(OPERATOR, "text:\"quarry fl\"", "1");
	FOUND(OPERATOR, print("text:\"%s\"", number), "1");
	FOUND(OPERATOR, "jobType:[CMR,FNOL]", "1");
	FOUND(OPERATOR, "dispatch:[STOPPED]", "3");
	FOUND(OPERATOR, "status:[OPEN,CANCELLED],jobType:MFR", "0 3");
	FOUND(OPERATOR, "near:{location:{type:\"Point\",coordinates:[-95.37,29.76]},meters:5000}",
	    "1");
	FOUND(OPERATOR, "boundingBox:{west:-98,south:30,east:-97,north:31}", "0 3");
	FOUND(OPERATOR, "organisation:\"hill-country-osp\",text:\"pole\"", "0");
	FOUND(OPERATOR, "organisation:\"lone-star-noc\",text:\"pole\"", "0");
	FOUND(OPERATOR, "organisation:\"bayou-osp\"", "");
	FOUND(OPERATOR, "organisation:\"nobody-knows-them\"", "");
	FOUND(OPERATOR, print("createdFrom:\"%s\",text:\"quarry\"", today), "0 1");
	FOUND(OPERATOR, print("createdUntil:\"%s\"", today), "");
	FOUND(OPERATOR, print("updatedFrom:\"%s\",text:\"aerial\"", today), "3");
	FOUND(OPERATOR, print("updatedUntil:\"%s\"", today), "");
#undef FOUND
}

static void
a_job_number_in_a_filter_is_read_as_it_is_heard(void **state)
{
	const struct callouts *c = make_callouts();
	const char *spoken =
	    text_at(ask(OPERATOR, print("{eco(id:\"%s\"){jobNumberSpoken}}", c->ids[1]), "null"),
		"data.eco.jobNumberSpoken");

	(void)state;
	assert_string_equal(found_as(OPERATOR, print("text:\"%s\"", spoken), c->ids, ECOS), "1");
}

static void
the_past_is_asked_by_the_same_filter(void **state)
{
	const struct callouts *c = make_callouts();
	int64_t position = (int64_t)events_in_all();
	const struct json *answer;

	(void)state;
	(void)command(
	    SUPERVISOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"x\"", c->ids[0]));
	(void)events_in_all();
	answer = ask(OPERATOR,
	    print("{ecos(first:1,asOfPosition:%lld,filter:{text:\"%s\",dispatch:[RINGING]})"
		  "{totalCount position edges{node{id dispatch position}}}}",
		(long long)position, c->word),
	    "null");
	assert_text_at(answer, "data.ecos.edges.0.node.id", c->ids[0]);
	assert_text_at(answer, "data.ecos.edges.0.node.dispatch", "RINGING");
	assert_null_at(answer, "data.ecos.totalCount");
	assert_null_at(answer, "data.ecos.position");
	assert_true(position_at(answer, "data.ecos.edges.0.node.position") <= position);
}

static void
a_filter_that_cannot_be_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *filter, *message;
	} cases[] = {
		{ "text:\"--\"", "filter.text needs a letter or a digit" },
		{ "text:\"\"", "filter.text needs a letter or a digit" },
		{ "near:{location:" AUSTIN_LITERAL ",meters:0}", "between 1 and 1,000,000" },
		{ "near:{location:" AUSTIN_LITERAL ",meters:1000001}", "between 1 and 1,000,000" },
		{ "near:{location:{type:\"Point\",coordinates:[30.27,-97.74]},meters:5}",
		    "filter.near.location.coordinates[1] is -97.74" },
		{ "near:{location:{type:\"LineString\",coordinates:[[1,2],[3,4]]},meters:5}",
		    "must be a Point" },
		{ "boundingBox:{west:0,south:2,east:1,north:1}", "south not above north" },
		{ "status:[OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,OPEN,"
		  "OPEN,OPEN,OPEN]",
		    "at most 16" },
		{ "jobType:[CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR,CMR]",
		    "at most 16" },
	};
	struct buf long_text = buf_in(arena, 512);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct json *answer = ask(
		    OPERATOR, print("{ecos(filter:{%s}){totalCount}}", cases[i].filter), "null");

		assert_text_at(answer, "errors.0.extensions.code", "BAD_USER_INPUT");
		if (strstr(text_at(answer, "errors.0.message"), cases[i].message) == NULL)
			fail_msg("%s: %s", cases[i].filter, text_at(answer, "errors.0.message"));
	}
	for (int i = 0; i < 201; i++)
		buf_char(&long_text, 'a');
	buf_char(&long_text, '\0');
	assert_text_at(
	    ask(OPERATOR, print("{ecos(filter:{text:\"%s\"}){totalCount}}", long_text.ptr), "null"),
	    "errors.0.message", "filter.text is at most 200 bytes");
}

/* ---- what is asked, and only that ---- */

/* Every field of an Eco that is a leaf, alone in a list and alone of one: the same. */
static void
each_field_by_itself_is_what_it_is_among_all(void **state)
{
	static const char *const fields[] = { "id", "version", "position", "jobNumber",
		"jobNumberSpoken", "jobType", "description", "location", "noc{handle}",
		"osp{handle}", "status", "statusWords", "dispatch", "integration", "acceptedAt",
		"etaMinutes", "graceUntil", "createdAt", "updatedAt",
		("clocks{createdAt acceptedAt secondsToAcceptance arrivalExpectedAt graceUntil "
		 "updatedAt}"),
		"lastEvent{version summary actor}", "timeline{version summary actor}" };
	const char *eco = created((struct create){ .description = "\"Pole down\"" });
	const char *filter = only(eco);

	(void)state;
	(void)events_in_all();
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const struct json *listed = ask(OPERATOR,
		    print("query Q($t:Boolean=true){ecos(first:1,%s){...on "
			  "EcoConnection{edges{e:node{"
			  "...F}}}}} fragment F on Eco{...@include(if:$t){x:%s}}",
			filter, fields[i]),
		    "null");
		const struct json *one =
		    ask(OPERATOR, print("{eco(id:\"%s\"){x:%s}}", eco, fields[i]), "null");

		assert_string_equal(json_text(at(listed, "data.ecos.edges.0.e.x")),
		    json_text(at(one, "data.eco.x")));
	}
}

/* ---- what a request costs ---- */

static int64_t
statements_of(const char *identity, const char *query)
{
	int64_t before = store_pg_statements();
	const struct json *answer = ask(identity, query, "null");

	if (json_find(answer, STR("errors")) != NULL)
		fail_msg("%s", json_text(answer));
	return store_pg_statements() - before;
}

#define BOARD                                                                                  \
	"{ecos(first:%d,filter:{text:\"%s\"}){position edges{cursor node{id jobNumber status " \
	"dispatch noc{name} "                                                                  \
	"osp{name}"                                                                            \
	" clocks{createdAt acceptedAt secondsToAcceptance} "                                   \
	"lastEvent{summary actor at}}} pageInfo{endCursor hasNextPage}}}"

/*
 * How far the board is; the page; the organisations of both sides; the last events; the keys
 * to what is sealed in them; and who did it.  Beside them stands what it takes to be let in.
 */
#define BOARD_STATEMENTS 6

static void
a_hundred_ecos_cost_as_many_statements_as_ten(void **state)
{
	static const char *const identities[] = { OPERATOR, DISPATCHER };
	const char *word = new_key() + strlen("00000000-0000-0000-0000-"), *ecos[105];

	(void)state;
	if (!on_pg)
		skip();
	/* The notes come when all else has happened: they are the last of each. */
	for (size_t i = 0; i < COUNT_OF(ecos); i++)
		ecos[i] = text_at(create((struct create){
				      .job_type = "FNOL", .description = print("\"%s\"", word) }),
		    "eco.id");
	(void)events_in_all();
	for (size_t i = 0; i < COUNT_OF(ecos); i++)
		assert_done(command(OPERATOR, "addNote", NULL,
		    print("\"ecoId\":\"%s\",\"text\":\"Gate code 4411\"", ecos[i])));
	(void)events_in_all();
	for (size_t i = 0; i < COUNT_OF(identities); i++) {
		int64_t ten = statements_of(identities[i], print(BOARD, 10, word));
		int64_t hundred = statements_of(identities[i], print(BOARD, 100, word));

		int64_t nothing = statements_of(identities[i], "{__typename}");

		assert_int_equal(ten - nothing, BOARD_STATEMENTS);
		assert_int_equal(hundred - nothing, BOARD_STATEMENTS);
	}
}

static void
timelines_of_many_ecos_cost_a_few_statements(void **state)
{
	static const char query[] =
	    "{ecos(first:%d){edges{node{id timeline(first:20){summary actor detail}}}}}";
	int64_t five, fifty;

	(void)state;
	if (!on_pg)
		skip();
	five = statements_of(DISPATCHER, print(query, 5));
	fifty = statements_of(DISPATCHER, print(query, 50));
	print_message(
	    "%lld statements for 5 timelines, %lld for 50\n", (long long)five, (long long)fifty);
	assert_int_equal(five, fifty);
	assert_in_range(fifty, 3, 8);
}

/* Lists of the directory, each with everything that it leads to. */
static void
lists_of_the_directory_cost_a_few_statements(void **state)
{
	static const struct {
		const char *identity, *query;
	} lists[] = {
		{ "admin@hill-country-osp",
		    "{agreements(first:100){edges{node{id noc{name} osp{name} nocTerms{dutyPhone "
		    "failover{name}} ospTerms{renderUrl}}}}}" },
		{ "admin@lone-star-noc",
		    "{agreements(first:100){edges{node{id noc{name} osp{name} nocTerms{dutyPhone "
		    "failover{name}} ospTerms{renderUrl}}}}}" },
		{ "roster_manager@hill-country-osp",
		    "{pagerLists(first:100){edges{node{id people{label contacts{number}}}}}}" },
		{ "roster_manager@hill-country-osp", "{regions(first:100){edges{node{id area}}}}" },
		{ "admin@lone-star-noc", "{auditLog(first:100){edges{node{event user}}}}" },
		{ "admin@lone-star-noc",
		    "{tokens(first:100){edges{node{id user lastUsedAt lastUsedFrom}}}}" },
		{ "admin@lone-star-noc", "{members(first:100){edges{node{id user}}}}" },
	};

	(void)state;
	if (!on_pg)
		skip();
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		int64_t count = statements_of(lists[i].identity, lists[i].query);

		print_message("%lld statements: %.40s\n", (long long)count, lists[i].query);
		assert_in_range(count, 1, 7);
	}
}

/* ---- the last event ---- */

static void
the_last_event_is_the_last_of_the_timeline_for_each_side(void **state)
{
	const char *const identities[] = { OPERATOR, DISPATCHER };
	const char *eco = created((struct create){ 0 });

	(void)state;
	/* What the dispatcher does not see is more than is looked at first. */
	for (int i = 0; i < 6; i++)
		assert_done(command(OPERATOR, "addNote", NULL,
		    print("\"ecoId\":\"%s\",\"text\":\"Between us %d\",\"visibility\":\"OWN_SIDE\"",
			eco, i)));
	(void)events_in_all();
	for (size_t i = 0; i < COUNT_OF(identities); i++) {
		const struct json *answer = ask(identities[i],
		    print("{eco(id:\"%s\"){lastEvent{...E} timeline(first:500){...E}} "
			  "ecos(first:1,%s){edges{node{id lastEvent{...E}}}} "
			  "nodes(ids:[\"%s\",\"%s\"]){...on Eco{lastEvent{...E}}}} fragment E on "
			  "TimelineEntry{version position id type at recordedAt summary actor "
			  "detail}",
			eco, only(eco), eco, eco),
		    "null");
		size_t count = count_at(answer, "data.eco.timeline");
		const char *last = json_text(at(answer, print("data.eco.timeline.%zu", count - 1)));

		assert_string_equal(json_text(at(answer, "data.eco.lastEvent")), last);
		assert_string_equal(
		    json_text(at(answer, "data.ecos.edges.0.node.lastEvent")), last);
		assert_string_equal(json_text(at(answer, "data.nodes.0.lastEvent")), last);
		assert_string_equal(json_text(at(answer, "data.nodes.1.lastEvent")), last);
	}
	assert_string_equal(
	    text_at(ask(OPERATOR, print("{eco(id:\"%s\"){lastEvent{summary}}}", eco), "null"),
		"data.eco.lastEvent.summary"),
	    "The NOC noted: Between us 5");
}

/* ---- ids ---- */

/* The node ${id} as ${identity}: "Type id", or "null". */
static const char *
node_as(const char *identity, const char *id)
{
	const struct json *answer =
	    ask(identity, print("{node(id:\"%s\"){__typename id}}", id), "null");

	if (at(answer, "data.node")->type == JSON_NULL_VALUE)
		return "null";
	assert_text_at(answer, "data.node.id", id);
	return text_at(answer, "data.node.__typename");
}

static void
whatever_has_an_id_is_found_by_it_by_whom_it_belongs_to(void **state)
{
	static const struct {
		const char *who, *query, *path, *type, *others[3];
	} kinds[] = {
		{ DISPATCHER, "{people{edges{node{id}}}}", "people.edges.0.node.id", "Person",
		    { OPERATOR, OTHER_DISPATCHER, "platform@platform" } },
		{ DISPATCHER, "{pagerLists{edges{node{id}}}}", "pagerLists.edges.0.node.id",
		    "PagerList", { OPERATOR, OTHER_DISPATCHER, "platform@platform" } },
		{ DISPATCHER, "{regions{edges{node{id}}}}", "regions.edges.0.node.id", "Region",
		    { OPERATOR, OTHER_DISPATCHER, "platform@platform" } },
		{ DISPATCHER, "{viewer{organisation{id}}}", "viewer.organisation.id",
		    "Organisation", { OTHER_OPERATOR, "platform@platform", "platform@platform" } },
		{ "admin@lone-star-noc", "{members{edges{node{id}}}}", "members.edges.0.node.id",
		    "Member", { DISPATCHER, OTHER_SUPERVISOR, "platform@platform" } },
		{ "admin@lone-star-noc", "{agreements{edges{node{id}}}}",
		    "agreements.edges.0.node.id", "Agreement",
		    { OTHER_SUPERVISOR, OTHER_DISPATCHER, "platform@platform" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const char *id = text_at(
		    ask(kinds[i].who, kinds[i].query, "null"), print("data.%s", kinds[i].path));

		assert_string_equal(node_as(kinds[i].who, id), kinds[i].type);
		for (size_t k = 0; k < COUNT_OF(kinds[i].others); k++) {
			if (strcmp(node_as(kinds[i].others[k], id), "null") != 0)
				fail_msg("%s sees a %s of %s", kinds[i].others[k], kinds[i].type,
				    kinds[i].who);
		}
	}
}

static void
an_eco_is_a_node_for_its_two_sides(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_string_equal(node_as(OPERATOR, eco), "Eco");
	assert_string_equal(node_as(DISPATCHER, eco), "Eco");
	assert_string_equal(node_as(OTHER_OPERATOR, eco), "null");
	assert_string_equal(node_as(OTHER_DISPATCHER, eco), "null");
	assert_string_equal(node_as("platform@platform", eco), "null");
	assert_string_equal(node_as(OPERATOR, "42"), "null");
	assert_string_equal(node_as(OPERATOR, new_key()), "null");
}

static void
a_token_is_a_node_for_its_owner_and_an_admin(void **state)
{
	const struct json *issued = ask(OPERATOR,
	    print("mutation{issueToken(input:{idempotencyKey:\"%s\",name:\"x\",scopes:[\"read\"],"
		  "expiresAt:\"%s\"}){__typename ...on IssueTokenSuccess{token{id}}}}",
		new_key(),
		arena_copy_z(arena,
		    instant_text(arena, instant_plus(clock_now(server.clock), SECONDS(3600))))),
	    "null");
	const char *token = text_at(issued, "data.issueToken.token.id");

	(void)state;
	assert_string_equal(node_as(OPERATOR, token), "Token");
	assert_string_equal(node_as("admin@lone-star-noc", token), "Token");
	assert_string_equal(node_as(SUPERVISOR, token), "null");
	assert_string_equal(node_as(DISPATCHER, token), "null");
}

static void
many_nodes_come_in_the_order_that_was_asked_for(void **state)
{
	const char *first = created((struct create){ 0 }), *second = created((struct create){ 0 });
	const char *self = text_at(
	    ask(OPERATOR, "{viewer{organisation{id}}}", "null"), "data.viewer.organisation.id");
	const struct json *answer = ask(OPERATOR,
	    print(
		"{nodes(ids:[\"%s\",\"%s\",\"none\",\"%s\",\"%s\"]){id __typename ...on Eco{status "
		"description}}}",
		second, self, first, second),
	    "null");

	(void)state;
	assert_int_equal(count_at(answer, "data.nodes"), 5);
	assert_text_at(answer, "data.nodes.0.id", second);
	assert_text_at(answer, "data.nodes.0.status", "OPEN");
	assert_text_at(answer, "data.nodes.1.__typename", "Organisation");
	assert_null_at(answer, "data.nodes.2");
	assert_text_at(answer, "data.nodes.3.id", first);
	assert_text_at(answer, "data.nodes.4.id", second);
	assert_int_equal(count_at(ask(OPERATOR, "{nodes(ids:[]){id}}", "null"), "data.nodes"), 0);
}

static void
more_nodes_than_a_hundred_are_refused(void **state)
{
	struct buf ids = buf_in(arena, 8192);

	(void)state;
	for (int i = 0; i < 101; i++)
		buf_printf(&ids, "\"%d\",", i);
	buf_char(&ids, '\0');
	assert_text_at(ask(OPERATOR, print("{nodes(ids:[%s]){id}}", ids.ptr), "null"),
	    "errors.0.extensions.code", "BAD_USER_INPUT");
}

static void
who_may_not_ask_the_query_of_a_kind_finds_no_node_of_it(void **state)
{
	const char *list = text_at(ask(DISPATCHER, "{pagerLists{edges{node{id}}}}", "null"),
	    "data.pagerLists.edges.0.node.id");
	const char *member =
	    text_at(ask("admin@hill-country-osp", "{members{edges{node{id}}}}", "null"),
		"data.members.edges.0.node.id");
	const struct json *members =
	    ask("technician@hill-country-osp", "{members{edges{node{id}}}}", "null");

	(void)state;
	assert_string_equal(node_as("roster_manager@hill-country-osp", list), "PagerList");
	/* As the role is told when it asks for all of them. */
	assert_string_equal(node_as("technician@hill-country-osp", member),
	    json_find(members, STR("errors")) == NULL ? "Member" : "null");
}

/* ---- pages ---- */

static void
a_page_says_where_it_begins_and_ends(void **state)
{
	static const char info[] = "pageInfo{hasNextPage hasPreviousPage startCursor endCursor}";
	const struct json *first, *second;

	(void)state;
	(void)created((struct create){ 0 });
	(void)created((struct create){ 0 });
	(void)events_in_all();
	first = ask(OPERATOR, print("{ecos(first:1){edges{cursor} %s}}", info), "null");
	assert_false(at(first, "data.ecos.pageInfo.hasPreviousPage")->boolean);
	assert_true(at(first, "data.ecos.pageInfo.hasNextPage")->boolean);
	assert_text_at(
	    first, "data.ecos.pageInfo.startCursor", text_at(first, "data.ecos.edges.0.cursor"));
	assert_text_at(
	    first, "data.ecos.pageInfo.endCursor", text_at(first, "data.ecos.edges.0.cursor"));
	second = ask(OPERATOR,
	    print("{ecos(first:1,after:\"%s\"){edges{cursor} %s}}",
		text_at(first, "data.ecos.pageInfo.endCursor"), info),
	    "null");
	assert_true(at(second, "data.ecos.pageInfo.hasPreviousPage")->boolean);
	assert_text_at(
	    second, "data.ecos.pageInfo.startCursor", text_at(second, "data.ecos.edges.0.cursor"));
	first = ask(DISPATCHER, print("{people(first:1){edges{cursor} %s}}", info), "null");
	assert_text_at(first, "data.people.pageInfo.startCursor",
	    text_at(first, "data.people.edges.0.cursor"));
	first = ask(OPERATOR,
	    print("{ecos(filter:{text:\"nobodywritesthis\"}){edges{cursor} %s}}", info), "null");
	assert_null_at(first, "data.ecos.pageInfo.startCursor");
	assert_null_at(first, "data.ecos.pageInfo.endCursor");
}

/* ---- positions ---- */

static void
a_page_is_complete_up_to_its_position(void **state)
{
	const char *eco = created((struct create){ 0 });
	int64_t head = (int64_t)events_in_all();
	const struct json *answer = ask(OPERATOR,
	    print("{ecos(first:1,%s){position edges{node{id position version}}}}", only(eco)),
	    "null");
	const struct json *entries = timeline(OPERATOR, eco);
	size_t last = count_at(entries, "") - 1;

	(void)state;
	/* Nothing is left to do: the board has everything. */
	assert_int_equal(position_at(answer, "data.ecos.position"), head);
	assert_text_at(answer, "data.ecos.edges.0.node.id", eco);
	assert_int_equal(position_at(answer, "data.ecos.edges.0.node.position"),
	    position_at(ask(OPERATOR, print("{eco(id:\"%s\"){position}}", eco), "null"),
		"data.eco.position"));
	assert_int_equal(int_at(answer, "data.ecos.edges.0.node.version"),
	    int_at(entries, print("%zu.version", last)));
}

static void
a_scalar_that_is_none_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *query, *message;
	} cases[] = {
		{ "{ecos(after:7){totalCount}}", "expected a cursor as a page gave it" },
		{ "{ecoByJobNumber(jobNumber:7){id}}", "expected a job number such as" },
		{ "{ecos(filter:{near:{location:\"Austin\",meters:5}}){totalCount}}",
		    "expected a GeoJSON geometry" },
		{ "{ecos(filter:{createdFrom:\"yesterday\"}){totalCount}}", "RFC 3339" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct json *answer =
		    json_of(post_graphql(OPERATOR,
				str_from_z(print("{\"query\":\"%s\"}", escaped(cases[i].query)))),
			400);

		assert_text_at(answer, "errors.0.extensions.code", "GRAPHQL_VALIDATION_FAILED");
		if (strstr(text_at(answer, "errors.0.message"), cases[i].message) == NULL)
			fail_msg("%s: %s", cases[i].query, text_at(answer, "errors.0.message"));
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(the_board_is_asked_by_words_places_people_and_time),
		API_TEST(a_filter_that_cannot_be_is_refused_with_the_reason),
		API_TEST(each_field_by_itself_is_what_it_is_among_all),
		API_TEST(a_job_number_in_a_filter_is_read_as_it_is_heard),
		API_TEST(the_past_is_asked_by_the_same_filter),
		API_TEST(the_last_event_is_the_last_of_the_timeline_for_each_side),
		API_TEST(whatever_has_an_id_is_found_by_it_by_whom_it_belongs_to),
		API_TEST(an_eco_is_a_node_for_its_two_sides),
		API_TEST(a_token_is_a_node_for_its_owner_and_an_admin),
		API_TEST(many_nodes_come_in_the_order_that_was_asked_for),
		API_TEST(more_nodes_than_a_hundred_are_refused),
		API_TEST(who_may_not_ask_the_query_of_a_kind_finds_no_node_of_it),
		API_TEST(a_page_says_where_it_begins_and_ends),
		API_TEST(a_page_is_complete_up_to_its_position),
		API_TEST(a_scalar_that_is_none_is_refused_with_the_reason),
		API_TEST(a_hundred_ecos_cost_as_many_statements_as_ten),
		API_TEST(timelines_of_many_ecos_cost_a_few_statements),
		API_TEST(lists_of_the_directory_cost_a_few_statements),
	};

	on_pg = argc > 1 && strcmp(argv[1], "pg") == 0;
	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
