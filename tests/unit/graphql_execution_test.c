#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "graphql/graphql_internal.h"
#include "support/graphql_world.h"

/* What a client gets back: data, nulls, errors, and the schema itself. */

static struct arena *arena, *schema_arena;
static struct graphql_schema *schema;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(8 * 1024 * 1024);
	schema_arena = arena_create(1024 * 1024);
	schema = graphql_world_schema(schema_arena);
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
answer_with(const char *query, const char *variables)
{
	arena_reset(arena);
	return arena_copy_z(
	    arena, graphql_world_run(arena, schema, str_from_z(query), str_from_z(variables)));
}

static const char *
answer(const char *query)
{
	return answer_with(query, "");
}

static void
fields_come_in_the_order_of_the_query(void **state)
{
	(void)state;
	assert_string_equal(answer("{ eco(id: 2) { status ...f number x: id } } "
				   "fragment f on Eco { id crew { name } status }"),
	    "{\"data\":{\"eco\":{\"status\":\"CLOSED\",\"id\":\"2\",\"crew\":{\"name\":\"South "
	    "crew lead\"},\"number\":\"NOC-2\",\"x\":\"2\"}}}");
}

static void
the_same_field_asked_twice_is_merged(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ ecos(first: 1) { crew { id } } ecos(first: 1) { crew { name id } id } }"),
	    "{\"data\":{\"ecos\":[{\"crew\":{\"id\":\"c1\",\"name\":\"North crew "
	    "lead\"},\"id\":\"1\"}]}}");
}

static void
every_kind_of_value_is_written_as_json(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ eco(id: 1) { id status at area loops weight urgent old notes(first: 1) { "
		   "text } } }"),
	    "{\"data\":{\"eco\":{\"id\":\"1\",\"status\":\"OPEN\",\"at\":\"2026-01-05T02:14:07Z\","
	    "\"area\":{\"type\":\"Point\",\"coordinates\":[-97.7,30.2]},\"loops\":-2,\"weight\":0."
	    "5,"
	    "\"urgent\":true,\"old\":null,\"notes\":[{\"text\":\"said \\\"hello\\\"\\n\"}]}}}");
}

static void
fragments_apply_to_the_types_they_name(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ found { __typename ... on Eco { number } ... on Named { name } "
		   "... { ... on Node { id } } } }"),
	    "{\"data\":{\"found\":[{\"__typename\":\"Eco\",\"number\":\"NOC-1\",\"id\":\"1\"},"
	    "{\"__typename\":\"Crew\",\"name\":\"South crew lead\",\"id\":\"c2\"}]}}");
}

static void
skip_and_include_decide_what_is_asked(void **state)
{
	const char *query = "query($yes: Boolean!, $no: Boolean = false) {"
			    " a: must @include(if: $no) b: eco(id: 1) @include(if: $yes) { id"
			    " ...f @skip(if: $yes) ... @include(if: $no) { number } } }"
			    " fragment f on Eco { status }";

	(void)state;
	assert_string_equal(
	    answer_with(query, "{\"yes\":true}"), "{\"data\":{\"b\":{\"id\":\"1\"}}}");
	assert_contains(answer_with(query, "{\"yes\":true,\"no\":null}"),
	    "Argument \\\"if\\\" of required type \\\"Boolean!\\\" must not be null.");
	assert_string_equal(
	    answer("{ must @skip(if: true) twice }"), "{\"data\":{\"twice\":null}}");
}

static void
a_null_that_may_not_be_takes_its_parent_with_it(void **state)
{
	(void)state;
	assert_contains(answer("{ before: twice eco(id: 1) { id same { number broken } } }"),
	    "{\"data\":{\"before\":null,\"eco\":{\"id\":\"1\",\"same\":null}},\"errors\":[{"
	    "\"message\":\"Cannot return null for non-nullable field Eco.broken.\",\"locations\":"
	    "[{\"line\":1,\"column\":47}],\"path\":[\"eco\",\"same\",\"broken\"]");
	/* [Note!]! inside a nullable callout: note, list and callout go. */
	assert_contains(answer("{ eco(id: 1) { id notes { text bad } } twice }"),
	    "{\"data\":{\"eco\":null,\"twice\":null},\"errors\"");
	assert_contains(answer("{ ecos(first: 2) { id broken } }"),
	    "{\"data\":{\"ecos\":[null,null]},\"errors\"");
	assert_contains(answer("{ twice strict { id } }"), "{\"data\":null,\"errors\"");
	assert_contains(answer("{ twice strict { id } }"), "\"path\":[\"strict\",1]");
}

static void
a_failing_resolver_names_its_code_and_spares_the_rest(void **state)
{
	(void)state;
	assert_string_equal(answer("{ fail eco(id: 3) { number } }"),
	    "{\"data\":{\"fail\":null,\"eco\":{\"number\":\"NOC-3\"}},\"errors\":[{\"message\":"
	    "\"This "
	    "belongs to another "
	    "organisation.\",\"locations\":[{\"line\":1,\"column\":3}],\"path\":["
	    "\"fail\"],\"extensions\":{\"code\":\"FORBIDDEN\"}}]}");
}

static void
a_fault_is_logged_whole_and_told_in_public_words(void **state)
{
	const char *text = answer("{ x: down }");

	(void)state;
	assert_contains(text, "\"message\":\"Try again; reference 17.\"");
	assert_contains(text, "\"code\":\"UNAVAILABLE\"");
	assert_lacks(text, "10.0.0.1");
	assert_text(graphql_world_fault(), "x: connection to 10.0.0.1 refused");
}

static void
a_resolver_that_breaks_its_promise_is_found_out(void **state)
{
	(void)state;
	assert_contains(answer("{ unpromised }"), "did not resolve to a 32-bit integer");
}

/* A query's variables, as JSON, and what the resolver was given or the client told. */
static const struct {
	const char *query, *variables, *expected;
} inputs[] = {
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":3}", "{\\\"int\\\":3,\\\"must\\\":7}" },
	{ "query($a: Int) { echo(int: $a) }", "{}", "{\\\"must\\\":7}" },
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":null}", "{\\\"int\\\":null,\\\"must\\\":7}" },
	{ "query($a: Int = 5) { echo(int: $a) }", "{}", "\\\"int\\\":5" },
	{ "query($a: Int = 5) { echo(int: $a) }", "{\"a\":null}", "\\\"int\\\":null" },
	{ "query($a: Int) { echo(must: $a) }", "{}", "\\\"must\\\":7" },
	{ "query($a: Int) { echo(must: $a) }", "{\"a\":null}", "must not be null" },
	{ "query($a: Int!) { echo(int: $a) }", "{}",
	    "of required type \\\"Int!\\\" was not provided" },
	{ "query($a: Int!) { echo(int: $a) }", "{\"a\":null}", "not to be null" },
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":2147483648}", "non 32-bit signed integer" },
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":3.0}", "\\\"int\\\":3," },
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":3.5}", "Int cannot represent value: 3.5" },
	{ "query($a: Int) { echo(int: $a) }", "{\"a\":\"3\"}",
	    "Int cannot represent value: \\\"3\\\"" },
	{ "query($a: Float) { echo(float: $a) }", "{\"a\":3}", "\\\"float\\\":3" },
	{ "query($a: ID) { echo(id: $a) }", "{\"a\":17}", "\\\"id\\\":\\\"17\\\"" },
	{ "{ echo(id: 12345678901234567890) }", "", "\\\"id\\\":\\\"12345678901234567890\\\"" },
	{ "query($a: ID) { echo(id: $a) }", "{\"a\":1.5}", "ID cannot represent" },
	{ "query($a: Boolean) { echo(flag: $a) }", "{\"a\":1}", "Boolean cannot represent" },
	{ "query($a: Status) { echo(status: $a) }", "{\"a\":\"OPEN\"}",
	    "\\\"status\\\":\\\"OPEN\\\"" },
	{ "query($a: Status) { echo(status: $a) }", "{\"a\":\"open\"}",
	    "does not exist in \\\"Status\\\" enum. Did you mean \\\"OPEN\\\"" },
	{ "query($a: [Int]) { echo(list: $a) }", "{\"a\":[1,null]}", "\\\"list\\\":[1,null]" },
	{ "query($a: [Int]) { echo(list: $a) }", "{\"a\":4}", "\\\"list\\\":[4]" },
	{ "query($a: Int) { echo(list: [1, $a]) }", "{}", "\\\"list\\\":[1,null]" },
	{ "{ echo(matrix: 1) }", "", "\\\"matrix\\\":[[1]]" },
	{ "query($a: [[Int!]]) { echo(matrix: $a) }", "{\"a\":[[1],[2,null]]}",
	    "invalid value at \\\"a[1][1]\\\"" },
	{ "query($a: Point) { echo(point: $a) }", "{\"a\":{\"latitude\":1,\"longitude\":2}}",
	    "\\\"label\\\":\\\"here\\\"" },
	{ "query($a: Point) { echo(point: $a) }", "{\"a\":{\"latitude\":1}}",
	    "Field \\\"longitude\\\" of required type \\\"Float!\\\" was not provided" },
	{ "query($a: Point) { echo(point: $a) }",
	    "{\"a\":{\"latitude\":1,\"longitude\":2,\"lable\":\"x\"}}",
	    "Did you mean \\\"label\\\"" },
	{ "query($a: EcoFilter) { echo(filter: $a) }",
	    "{\"a\":{\"inner\":{\"points\":[{\"latitude\":true,\"longitude\":1}]}}}",
	    "invalid value at \\\"a.inner.points[0].latitude\\\"" },
	{ "query($a: EcoFilter) { echo(filter: $a) }", "{\"a\":{\"any\":{\"x\":[1,{\"y\":null}]}}}",
	    "\\\"any\\\":{\\\"x\\\":[1,{\\\"y\\\":null}]}" },
	{ "query($a: DateTime) { echo(at: $a) }", "{\"a\":\"noon\"}",
	    "expected an RFC 3339 date-time" },
	{ "query($a: String) { echo(filter: {text: $a}) }", "{}",
	    "\\\"filter\\\":{\\\"status\\\":\\\"OPEN\\\"}" },
	{ "query($a: Float!) { echo(filter: {any: {deep: [$a]}}) }", "{\"a\":1.5}",
	    "\\\"any\\\":{\\\"deep\\\":[1.5]}" },
	{ "{ fail }", "[1]", "Variables must be provided as an object" },
};

static void
arguments_and_variables_are_coerced_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(inputs); i++)
		assert_contains(
		    answer_with(inputs[i].query, inputs[i].variables), inputs[i].expected);
	assert_contains(
	    answer_with("query($a: Int!) { echo(int: $a) }", "{}"), "\"code\":\"BAD_USER_INPUT\"");
}

static void
the_operation_is_chosen_by_name(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = {
		.query = STR(
		    "query a { x: twice } query b { y: twice } mutation c { close(id: 1) { id } }"
		    " subscription d { changed { id } }")
	};
	static const struct {
		struct str name;
		enum graphql_outcome outcome;
		const char *expected;
	} cases[] = {
		{ { "a", 1 }, GRAPHQL_OK, "{\"data\":{\"x\":null}}" },
		{ { "b", 1 }, GRAPHQL_OK, "{\"data\":{\"y\":null}}" },
		{ { "c", 1 }, GRAPHQL_NOT_A_QUERY, "use POST" },
		{ { "d", 1 }, GRAPHQL_IS_SUBSCRIPTION,
		    "Subscriptions are not served over this transport." },
		{ { "e", 1 }, GRAPHQL_REQUEST_ERROR, "Unknown operation named \\\"e\\\"." },
		{ { "", 0 }, GRAPHQL_REQUEST_ERROR, "Must provide operation name" },
	};

	(void)state;
	request.only_queries = true;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum graphql_outcome outcome;
		const char *text;

		arena_reset(arena);
		request.operation_name = cases[i].name;
		text = arena_copy_z(
		    arena, graphql_world_execute(arena, schema, &request, &limits, &outcome));
		assert_contains(text, cases[i].expected);
		assert_int_equal(outcome, cases[i].outcome);
	}
	assert_string_equal(
	    answer("mutation { close(id: 1) { id } }"), "{\"data\":{\"close\":{\"id\":\"1\"}}}");
	assert_contains(answer("fragment f on Eco { id }"), "\"errors\"");
}

static void
the_schema_describes_itself_to_graphiql(void **state)
{
	const struct json *root, *types, *type;
	struct str text, reason;
	size_t seen = 0;

	(void)state;
	arena_reset(arena);
	text = graphql_world_run(arena, schema, graphql_world_introspection(), STR(""));
	assert_true(json_parse(arena, text, &root, &reason));
	assert_null(json_find(root, STR("errors")));
	types = json_find(json_find(json_find(root, STR("data")), STR("__schema")), STR("types"));
	assert_non_null(types);
	for (size_t i = 0; i < types->list.count; i++) {
		struct str name = json_text_or(&types->list.items[i], STR("name"), STR(""));

		assert_false(str_equal(name, STR("__Meta")));
		type = &types->list.items[i];
		seen += str_equal(name, STR("Eco")) &&
			json_find(type, STR("fields"))->list.count == 14 &&
			json_find(type, STR("interfaces"))->list.count == 1;
		seen += str_equal(name, STR("Node")) &&
			json_find(type, STR("possibleTypes"))->list.count == 2;
		seen += str_equal(name, STR("Status")) &&
			json_find(type, STR("enumValues"))->list.count == 4;
	}
	assert_int_equal(seen, 3);
}

static void
a_type_can_be_asked_for_by_name(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ __type(name: \"DateTime\") { kind name description specifiedByURL "
		   "ofType { name } } }"),
	    "{\"data\":{\"__type\":{\"kind\":\"SCALAR\",\"name\":\"DateTime\",\"description\":\"A "
	    "moment in time.\",\"specifiedByURL\":\"https://www.rfc-editor.org/rfc/"
	    "rfc3339\",\"ofType\":null}}}");
	assert_string_equal(
	    answer("{ __type(name: \"Nope\") { kind } t: __type(name: \"__Meta\") { kind } }"),
	    "{\"data\":{\"__type\":null,\"t\":null}}");
	assert_string_equal(
	    answer("{ __type(name: \"Point\") { inputFields { name defaultValue type { kind ofType "
		   "{ name } } } } }"),
	    "{\"data\":{\"__type\":{\"inputFields\":[{\"name\":\"latitude\",\"defaultValue\":null,"
	    "\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Float\"}}},{\"name\":"
	    "\"longitude\","
	    "\"defaultValue\":null,\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Float\"}}"
	    "},{"
	    "\"name\":\"label\",\"defaultValue\":\"\\\"here\\\"\",\"type\":{\"kind\":\"SCALAR\","
	    "\"ofType\":null}}]}}}");
	assert_string_equal(answer("{ __type(name: \"Status\") { enumValues { name } all: "
				   "enumValues(includeDeprecated: true) { name isDeprecated "
				   "deprecationReason } } }"),
	    "{\"data\":{\"__type\":{\"enumValues\":[{\"name\":\"OPEN\"},{\"name\":\"IN_PROGRESS\"},"
	    "{"
	    "\"name\":\"CLOSED\"}],\"all\":[{\"name\":\"OPEN\",\"isDeprecated\":false,"
	    "\"deprecationReason\":null},{\"name\":\"IN_PROGRESS\",\"isDeprecated\":false,"
	    "\"deprecationReason\":null},{\"name\":\"CLOSED\",\"isDeprecated\":false,"
	    "\"deprecationReason\":null},{\"name\":\"GONE\",\"isDeprecated\":true,"
	    "\"deprecationReason\":\"never used\"}]}}}");
}

/* ${value} as the leaf ${type}, in ${arena}; NULL when it is not written. */
static const char *
leaf(const char *type, struct graphql_value value, size_t room)
{
	struct buf buf = buf_in(arena, room);
	struct json_writer w = json_writer(&buf);

	if (graphql_leaf_write(&w, graphql_find_type(schema, str_from_z(type)), &value) != NULL)
		return NULL;
	return buf.overflowed ? "(overflow)" : arena_copy_z(arena, buf_view(&buf));
}

static void
numbers_read_back_as_they_were(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = { { 0.5, "0.5" }, { -97.700001, "-97.700001" }, { 30, "30" },
		{ 0.000001, "0.000001" }, { 999999999.999999, "999999999.999999" }, { 0, "0" },
		{ -0.0, "-0" }, { 1e9, "1000000000" }, { 1.25e300, "1.25e+300" }, { 1e-7, "1e-07" },
		{ 0.1234567, "0.1234567" }, { 100.100, "100.1" }, { -1, "-1" } };
	uint64_t seed = 17;

	(void)state;
	arena_reset(arena);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
		    leaf("Float", graphql_float(cases[i].value), 64), cases[i].text);
	for (size_t i = 0; i < 20000; i++) {
		double value;
		const char *text;

		arena_reset(arena);
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		value = (double)(seed >> 24);
		for (uint64_t n = (seed >> 8) % 12; n > 0; n--)
			value /= 10;
		text = leaf("Float", graphql_float(value), 64);
		if (strtod(text, NULL) != value)
			fail_msg("%.17g was written as %s", value, text);
	}
	assert_null(leaf("Float", graphql_float(INFINITY), 64));
	assert_string_equal(leaf("Int", graphql_int(INT32_MIN), 64), "-2147483648");
	assert_string_equal(leaf("Int", graphql_int(0), 64), "0");
	assert_null(leaf("Int", graphql_int(INT64_C(2147483648)), 64));
	assert_string_equal(leaf("ID", graphql_int(INT64_MIN), 64), "\"-9223372036854775808\"");
	assert_string_equal(leaf("GeoJSON", graphql_int(INT64_MAX), 64), "9223372036854775807");
}

/* Texts of every length, with every kind of byte at every place. */
static void
texts_are_escaped_wherever_they_need_it(void **state)
{
	static const struct {
		const char *byte, *written;
	} cases[] = { { "a", "a" }, { "\"", "\\\"" }, { "\\", "\\\\" }, { "\n", "\\n" },
		{ "\x01", "\\u0001" }, { "\x1f", "\\u001f" }, { " ", " " }, { "~", "~" },
		{ "\x7f", "\x7f" }, { "\xc3\xa9", "\xc3\xa9" }, { "\xff", NULL },
		{ "\xc3", NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (size_t before = 0; before < 20; before++) {
			char text[64], written[64];
			size_t after = (before * 7) % 11;
			const char *got;

			arena_reset(arena);
			(void)snprintf(text, sizeof(text), "%.*s%s%.*s", (int)before,
			    "abcdefghijklmnopqrstuvwxyz", cases[i].byte, (int)after,
			    "0123456789012345");
			got = leaf("String", graphql_text(str_from_z(text)), 256);
			if (cases[i].written == NULL) {
				assert_null(got);
				continue;
			}
			(void)snprintf(written, sizeof(written), "\"%.*s%s%.*s\"", (int)before,
			    "abcdefghijklmnopqrstuvwxyz", cases[i].written, (int)after,
			    "0123456789012345");
			assert_string_equal(got, written);
			assert_string_equal(
			    leaf("String", graphql_text(str_from_z(text)), strlen(written)),
			    written);
			assert_string_equal(
			    leaf("String", graphql_text(str_from_z(text)), strlen(written) - 1),
			    "(overflow)");
		}
	}
	/* With a comma before it, and not a byte to spare. */
	for (size_t room = 8; room <= 9; room++) {
		static const struct graphql_value value = { .type = GRAPHQL_TEXT,
			.text = { "abcdef", 6 } };
		char *memory = malloc(room);
		struct buf buf = buf_over(memory, room);
		struct json_writer w = { .buf = &buf, .comma = true };

		assert_non_null(memory);
		assert_null(
		    graphql_leaf_write(&w, graphql_find_type(schema, STR("String")), &value));
		assert_int_equal(buf.overflowed, room < 9);
		if (room == 9)
			assert_text(buf_view(&buf), ",\"abcdef\"");
		free(memory);
	}
	assert_string_equal(leaf("String", graphql_text(STR("")), 2), "\"\"");
	assert_string_equal(leaf("Status", graphql_text(STR("OPEN")), 64), "\"OPEN\"");
	assert_null(leaf("Status", graphql_text(STR("OPE")), 64));
	assert_null(leaf("Boolean", graphql_text(STR("true")), 64));
}

/* A query that touches every part of the engine. */
static const char *const broad =
    "query q($s: Status = OPEN, $f: EcoFilter) { ecos(filter: $f) { ...e notes { text author { "
    "name } } } echo(filter: {status: $s, points: [{latitude: 1, longitude: 2}]}, text: "
    "\"\\u00e9\") found { ... on Named { name } ... on Eco { x: number } } down eco(id: 9) { id } "
    "__type(name: \"Eco\") { fields { name type { name } } } strange: eco(id: 1) { broken } } "
    "fragment e on Eco { id number same { crew { phone(kind: OPEN) } } }";

static void
every_size_of_memory_gives_an_answer_or_says_it_is_too_little(void **state)
{
	static _Alignas(16) char memory[64 * 1024];
	static char room[16 * 1024];
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = str_from_z(broad) };
	bool answered = false;

	(void)state;
	for (size_t bytes = 16; bytes < sizeof(memory); bytes += 16) {
		struct buf response = buf_over(room, sizeof(room) - 1);
		struct arena small;
		enum graphql_outcome outcome;

		arena_init(&small, memory, bytes);
		outcome = graphql_execute(&small, schema, &request, &limits, &response);
		assert_false(response.overflowed);
		room[response.len] = '\0';
		answered = !arena_exhausted(&small);
		if (answered)
			assert_int_equal(outcome, GRAPHQL_OK);
		else
			assert_contains(room, "\"code\":\"LIMIT\"");
	}
	assert_true(answered);
}

static void
every_size_of_response_gives_an_answer_or_says_it_is_too_long(void **state)
{
	static char room[4096];
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = str_from_z(broad) };

	(void)state;
	for (size_t bytes = GRAPHQL_RESPONSE_BYTES_MIN; bytes < sizeof(room); bytes += 7) {
		struct buf response = buf_over(room, bytes);
		const struct json *value;
		struct str reason;

		arena_reset(arena);
		assert_int_equal(
		    graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
		assert_false(response.overflowed);
		assert_true(json_parse(arena, buf_view(&response), &value, &reason));
		assert_non_null(json_find(value, STR("errors")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_in_the_order_of_the_query),
		cmocka_unit_test(the_same_field_asked_twice_is_merged),
		cmocka_unit_test(every_kind_of_value_is_written_as_json),
		cmocka_unit_test(fragments_apply_to_the_types_they_name),
		cmocka_unit_test(skip_and_include_decide_what_is_asked),
		cmocka_unit_test(a_null_that_may_not_be_takes_its_parent_with_it),
		cmocka_unit_test(a_failing_resolver_names_its_code_and_spares_the_rest),
		cmocka_unit_test(a_fault_is_logged_whole_and_told_in_public_words),
		cmocka_unit_test(a_resolver_that_breaks_its_promise_is_found_out),
		cmocka_unit_test(arguments_and_variables_are_coerced_or_refused),
		cmocka_unit_test(the_operation_is_chosen_by_name),
		cmocka_unit_test(the_schema_describes_itself_to_graphiql),
		cmocka_unit_test(a_type_can_be_asked_for_by_name),
		cmocka_unit_test(numbers_read_back_as_they_were),
		cmocka_unit_test(texts_are_escaped_wherever_they_need_it),
		cmocka_unit_test(every_size_of_memory_gives_an_answer_or_says_it_is_too_little),
		cmocka_unit_test(every_size_of_response_gives_an_answer_or_says_it_is_too_long),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
