#include "support/unit.h"

#include "graphql/graphql.h"
#include "support/graphql_world.h"

/* What operations cost, what is refused for it, and introspection that is switched off. */

#define DIRECTIVES                                                             \
	"directive @cost(weight: Int!) on FIELD_DEFINITION\n"                  \
	"directive @listSize(slicingArguments: [String!], assumedSize: Int,\n" \
	"  sizedFields: [String!]) on FIELD_DEFINITION\n"

static const char sdl[] = DIRECTIVES
    "interface Node { id: ID! }\n"
    "type Eco implements Node { id: ID! heavy: Int @cost(weight: 50) free: Int @cost(weight: 0)\n"
    "  notes: [Note!] few: [Note] @listSize(assumedSize: 3) tags: [String] twin: Eco }\n"
    "type Note { text: String eco: Eco }\n"
    "type Edge { cursor: String node: Eco }\n"
    "type Page { next: Boolean edges: [Edge!]! others: [Edge] }\n"
    "union Any = Eco | Note\n"
    "type Query { eco: Eco node: Node any: [Any]\n"
    "  page(first: Int = 25, last: Int): Page!\n"
    "    @listSize(slicingArguments: [\"first\", \"last\"], sizedFields: [\"edges\"])\n"
    "  list(first: Int, other: Int): [Eco] @listSize(slicingArguments: \"first\", "
    "assumedSize: 7)\n"
    "  pages(first: Int): [Page] @listSize(slicingArguments: [\"first\"], sizedFields: "
    "[\"edges\"]) }\n"
    "type Mutation { close: Eco @cost(weight: 10) }\n"
    "type Subscription { changed(first: Int): [Eco] @listSize(slicingArguments: [\"first\"]) "
    "}\n";

static struct arena *arena, *schema_arena;
static struct graphql_schema *schema;
static size_t calls;

static struct err *
count_calls(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	calls++;
	return NULL;
}

static int
set_up(void **state)
{
	static const struct graphql_binding bindings[] = {
		{ STR("Eco.id"), count_calls },
		{ STR("Eco.heavy"), count_calls },
		{ STR("Eco.free"), count_calls },
		{ STR("Eco.notes"), count_calls },
		{ STR("Eco.few"), count_calls },
		{ STR("Eco.tags"), count_calls },
		{ STR("Eco.twin"), count_calls },
		{ STR("Note.text"), count_calls },
		{ STR("Note.eco"), count_calls },
		{ STR("Edge.cursor"), count_calls },
		{ STR("Edge.node"), count_calls },
		{ STR("Page.next"), count_calls },
		{ STR("Page.edges"), count_calls },
		{ STR("Page.others"), count_calls },
		{ STR("Query.eco"), count_calls },
		{ STR("Query.node"), count_calls },
		{ STR("Query.any"), count_calls },
		{ STR("Query.page"), count_calls },
		{ STR("Query.list"), count_calls },
		{ STR("Query.pages"), count_calls },
		{ STR("Mutation.close"), count_calls },
	};

	(void)state;
	arena = arena_create(4 * 1024 * 1024);
	schema_arena = arena_create(1024 * 1024);
	assert_no_fault(
	    graphql_schema_parse(schema_arena, (struct str){ sdl, sizeof(sdl) - 1 }, &schema));
	assert_no_fault(
	    graphql_schema_bind(schema_arena, schema, bindings, COUNT_OF(bindings), NULL, 0));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	arena_destroy(schema_arena);
	return 0;
}

static const char *
execute(const char *query, const char *variables, const struct graphql_limits *limits,
    enum graphql_outcome expected)
{
	struct graphql_request request = { .query = str_from_z(query), .tells_cost = true };
	struct buf response;
	struct str reason;

	arena_reset(arena);
	calls = 0;
	response = buf_in(arena, 4096);
	if (variables != NULL)
		assert_true(json_parse(arena, str_from_z(variables), &request.variables, &reason));
	assert_int_equal(graphql_execute(arena, schema, &request, limits, &response), expected);
	return arena_copy_z(arena, buf_view(&response));
}

/* An operation, its variables, and its cost. */
static const struct {
	const char *query, *variables;
	const char *cost;
} costs[] = {
	{ "{ eco { id } }", NULL, "2" },
	{ "{ eco { __typename id } }", NULL, "3" },
	{ "{ eco { heavy free } }", NULL, "51" },
	{ "mutation { close { id } }", NULL, "11" },
	/* Lists: what is beneath them, ten times unless somebody knows better. */
	{ "{ eco { tags } }", NULL, "2" },
	{ "{ eco { notes { text } } }", NULL, "12" },
	{ "{ eco { notes { text eco { notes { text } } } } }", NULL, "132" },
	{ "{ eco { few { text eco { id } } } }", NULL, "11" },
	{ "{ list { id } }", NULL, "8" },
	{ "{ list(first: 5) { id } }", NULL, "6" },
	{ "{ list(first: null) { id } }", NULL, "8" },
	{ "{ list(first: 0) { id } }", NULL, "1" },
	{ "{ list(other: 5) { id } }", NULL, "8" },
	{ "query($n: Int) { list(first: $n) { id } }", "{\"n\":100}", "101" },
	{ "query($n: Int) { list(first: $n) { id } }", NULL, "8" },
	{ "query($n: Int) { list(first: $n) { id } }", "{\"n\":null}", "8" },
	{ "query($n: Int) { list(first: $n) { id } }", "{\"n\":-4}", "1" },
	{ "query($n: Int = 4) { list(first: $n) { id } }", NULL, "5" },
	/* A connection: the size holds for its edges, and for nothing else. */
	{ "{ page { next } }", NULL, "2" },
	{ "{ page { edges { cursor } } }", NULL, "27" },
	{ "{ page(first: 3) { edges { cursor node { id } } next others { cursor } } }", NULL,
	    "23" },
	{ "{ page(first: 3, last: 5) { edges { cursor } } }", NULL, "7" },
	{ "query($n: Int) { page(first: $n) { ...p } } fragment p on Page { edges { cursor } }",
	    "{\"n\":2}", "4" },
	{ "query($n: Int) { page(first: $n) { ... { edges { cursor } } } }", NULL, "27" },
	{ "{ pages(first: 3) { next edges { cursor } } }", NULL, "51" },
	/* Fragments: wherever they are spread; of an abstract type all count. */
	{ "{ eco { ...f } x: eco { ...f twin { ...f } } } fragment f on Eco { id heavy }", NULL,
	    "156" },
	{ "{ any { ... on Eco { id } ... on Note { text } } node { id } }", NULL, "23" },
	/* What is left out costs nothing. */
	{ "query($no: Boolean!) { eco { id heavy @include(if: $no) ...f @skip(if: true) } } "
	  "fragment f on Eco { heavy }",
	    "{\"no\":false}", "2" },
	/* Saturated, not wrapped round. */
	{ "query($n: Int) { a: list(first: $n) { twin { n: notes { eco { notes { eco { notes { "
	  "eco { notes { eco { notes { eco { notes { text } } } } } } } } } } } } } }",
	    "{\"n\":2147483647}", "1125899906842624" },
};

static void
the_cost_of_an_operation_is_known_before_it_is_executed(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(costs); i++) {
		char end[100];
		const char *text = execute(costs[i].query, costs[i].variables, &limits, GRAPHQL_OK);

		(void)snprintf(end, sizeof(end),
		    ",\"extensions\":{\"cost\":{\"requested\":%s,\"limit\":null}}}", costs[i].cost);
		if (strstr(text, end) == NULL)
			fail_msg("%s: expected %s: %s", costs[i].query, costs[i].cost, text);
	}
}

static void
what_costs_too_much_is_refused_before_anybody_is_called(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;

	(void)state;
	limits.cost_max = 26;
	assert_string_equal(
	    execute("{ page { edges { cursor } } }", NULL, &limits, GRAPHQL_REQUEST_ERROR),
	    "{\"errors\":[{\"message\":\"This costs 27, and one request may cost at most 26: ask "
	    "for fewer fields, or for shorter lists.\",\"locations\":[{\"line\":1,\"column\":1}],"
	    "\"extensions\":{\"code\":\"LIMIT\",\"cost\":{\"requested\":27,\"limit\":26}}}],"
	    "\"extensions\":{\"cost\":{\"requested\":27,\"limit\":26}}}");
	assert_int_equal(calls, 0);
	limits.cost_max = 27;
	assert_string_equal(execute("{ eco { id } }", NULL, &limits, GRAPHQL_OK),
	    "{\"data\":{\"eco\":null},\"extensions\":{\"cost\":{\"requested\":2,\"limit\":27}}}");
	assert_contains(
	    execute("{ page { edges { cursor } } }", NULL, &limits, GRAPHQL_OK), "\"errors\":[{");
	assert_int_equal(calls, 1);
}

static void
a_subscription_costs_as_well(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = STR("subscription { changed(first: 40) { id "
							"} }") };
	struct graphql_subscription *subscription;
	struct graphql_value value = graphql_null();
	struct buf response;

	(void)state;
	arena_reset(arena);
	response = buf_in(arena, 4096);
	limits.cost_max = 40;
	assert_null(graphql_subscribe(arena, schema, &request, &limits, &response));
	assert_contains(arena_copy_z(arena, buf_view(&response)),
	    "\"code\":\"LIMIT\",\"cost\":{\"requested\":41,\"limit\":40}}}]}");
	limits.cost_max = 41;
	subscription = graphql_subscribe(arena, schema, &request, &limits, &response);
	assert_non_null(subscription);
	graphql_publish(arena, subscription, &request, &value, &limits, &response);
	assert_text(buf_view(&response), "{\"data\":{\"changed\":null}}");
}

static void
a_client_that_does_not_ask_is_not_told(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = STR("{ eco { id } }") };
	struct buf response;

	(void)state;
	arena_reset(arena);
	response = buf_in(arena, 4096);
	limits.cost_max = 100;
	assert_int_equal(graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
	assert_text(buf_view(&response), "{\"data\":{\"eco\":null}}");
}

static void
tools_can_read_the_schema_within_the_usual_limits(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = graphql_world_introspection(),
		.tells_cost = true };
	const struct json *root, *cost;
	struct buf response;
	struct str reason;

	(void)state;
	arena_reset(arena);
	response = buf_in(arena, 512 * 1024);
	limits.cost_max = 100000;
	assert_int_equal(graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
	assert_true(json_parse(arena, buf_view(&response), &root, &reason));
	assert_null(json_find(root, STR("errors")));
	cost = json_find(json_find(root, STR("extensions")), STR("cost"));
	assert_in_range(json_int_or(cost, STR("requested"), 0), 1000, 10000);
}

static void
introspection_can_be_switched_off(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	const char *text;

	(void)state;
	limits.no_introspection = true;
	text =
	    execute("{ eco { id } ...f } fragment f on Query { x: __type(name: \"Eco\") { name } "
		    "__schema { types { name } } }",
		NULL, &limits, GRAPHQL_REQUEST_ERROR);
	assert_contains(text,
	    "GraphQL introspection has been disabled, but the requested query contained the field "
	    "\\\"__schema\\\".");
	assert_contains(text, "contained the field \\\"__type\\\".\",\"locations\":[{\"line\":1,"
			      "\"column\":43}],\"extensions\":{\"code\":"
			      "\"GRAPHQL_VALIDATION_FAILED\"}}");
	assert_int_equal(calls, 0);
	assert_contains(execute("{ __typename node { __typename } }", NULL, &limits, GRAPHQL_OK),
	    "{\"data\":{\"__typename\":\"Query\",\"node\":null}");
	limits.no_introspection = false;
	assert_contains(execute("{ __type(name: \"Eco\") { name } }", NULL, &limits, GRAPHQL_OK),
	    "{\"data\":{\"__type\":{\"name\":\"Eco\"}}");
}

/* A field whose directives cannot be meant, and why. */
static const struct {
	const char *field, *reason;
} wrong[] = {
	{ "a: Int @cost(weight: -1)",
	    "@cost of field \"Query.a\": weight must be a whole number, 0 or more" },
	{ "a: [Int] @listSize(assumedSize: -1)", "assumedSize must be a whole number" },
	{ "a: Int @listSize(assumedSize: 1)", "is no list, and sizedFields names none" },
	{ "a(n: Int): [Int] @listSize(slicingArguments: [\"n\", \"m\"])",
	    "@listSize of field \"Query.a\": this is no argument of type Int: m" },
	{ "a(n: [Int]): [Int] @listSize(slicingArguments: [\"n\"])", "no argument of type Int: n" },
	{ "a(n: ID): [Int] @listSize(slicingArguments: [\"n\"])", "no argument of type Int: n" },
	{ "a: Page @listSize(assumedSize: 3, sizedFields: [\"edges\", \"next\"])",
	    "this is no field beneath it that gives a list: next" },
	{ "a: Int @listSize(assumedSize: 3, sizedFields: [\"edges\"])", "gives a list: edges" },
};

static void
directives_that_cannot_be_meant_stop_the_start(void **state)
{
	static const struct graphql_binding bindings[] = {
		{ STR("Query.a"), count_calls },
		{ STR("Page.edges"), count_calls },
		{ STR("Page.next"), count_calls },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct graphql_schema *made = NULL;
		char message[300];
		struct buf buf = buf_over(message, sizeof(message) - 1);
		struct err *err;

		arena_reset(arena);
		assert_no_fault(graphql_schema_parse(arena,
		    arena_printf(arena, "%s type Page { edges: [Int] next: Int } type Query { %s }",
			DIRECTIVES, wrong[i].field),
		    &made));
		err = graphql_schema_bind(arena, made, bindings, COUNT_OF(bindings), NULL, 0);
		if (err == NULL)
			fail_msg("nobody minded %s", wrong[i].field);
		err_format(err, &buf);
		message[buf.len] = '\0';
		assert_contains(message, wrong[i].reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cost_of_an_operation_is_known_before_it_is_executed),
		cmocka_unit_test(what_costs_too_much_is_refused_before_anybody_is_called),
		cmocka_unit_test(a_subscription_costs_as_well),
		cmocka_unit_test(a_client_that_does_not_ask_is_not_told),
		cmocka_unit_test(tools_can_read_the_schema_within_the_usual_limits),
		cmocka_unit_test(introspection_can_be_switched_off),
		cmocka_unit_test(directives_that_cannot_be_meant_stop_the_start),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
