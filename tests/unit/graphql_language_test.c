#include "support/unit.h"

#include "support/graphql_world.h"

/* How text becomes tokens and documents, seen through what a client gets back. */

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
answer_to(struct str query)
{
	arena_reset(arena);
	return arena_copy_z(arena, graphql_world_run(arena, schema, query, STR("")));
}

static const char *
answer(const char *query)
{
	return answer_to(str_from_z(query));
}

/* One query and what must stand in its answer. */
struct row {
	const char *query, *expected;
};

static void
assert_answers(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_contains(answer(rows[i].query), rows[i].expected);
}

static void
strings_keep_every_escape_that_the_language_has(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(text: \"plain\") }", "\\\"text\\\":\\\"plain\\\"" },
		{ "{ echo(text: \"\") }", "\\\"text\\\":\\\"\\\"" },
		{ "{ echo(text: \"a\\/b\") }", "a/b" },
		{ "{ echo(text: \"\\u00e9\") }", "\xc3\xa9" },
		{ "{ echo(text: \"\\u{1F600}\") }", "\xf0\x9f\x98\x80" },
		{ "{ echo(text: \"\\uD83D\\uDE00\") }", "\xf0\x9f\x98\x80" },
		{ "{ echo(text: \"\\u20AC\") }", "\xe2\x82\xac" },
		{ "{ echo(text: \"tab\\there\") }", "tab\\\\there" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
strings_that_are_no_strings_are_refused_where_they_go_wrong(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(text: \"a",
		    "Unterminated string.\",\"locations\":[{\"line\":1,\"column\":16}]" },
		{ "{ echo(text: \"a\nb\") }", "Unterminated string" },
		{ "{ echo(text: \"\\x\") }", "escape sequence: \\\"\\\\x\\\"" },
		{ "{ echo(text: \"\\uD83D\") }", "escape sequence" },
		{ "{ echo(text: \"\\uD83D\\u0041\") }", "escape sequence" },
		{ "{ echo(text: \"\\uDE00\") }", "escape sequence" },
		{ "{ echo(text: \"\\uDE00\\uDE00\") }", "escape sequence" },
		{ "{ echo(text: \"\\u{110000}\") }", "escape sequence" },
		{ "{ echo(text: \"\\u{D800}\") }", "escape sequence" },
		{ "{ echo(text: \"\\u{}\") }", "escape sequence" },
		{ "{ echo(text: \"\\u12\") }", "escape sequence" },
		{ "{ echo(text: \"\"\"a\\\"\"\") }", "Unterminated string" },
		{ "{ echo(text: 'a') }", "did you mean to use a double quote" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
block_strings_lose_their_common_indentation(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(text: \"\"\"\n\n    one\n      two\r\n    three\n  \n\"\"\") }",
		    "\\\"one\\\\n  two\\\\nthree\\\"" },
		{ "{ echo(text: \"\"\"say \\\"\"\" now\"\"\") }",
		    "say \\\\\\\"\\\\\\\"\\\\\\\" now" },
		{ "{ echo(text: \"\"\"\"\"\") }", "\\\"text\\\":\\\"\\\"" },
		{ "{ echo(text: \"\"\"  a\n b\"\"\") }", "\\\"  a\\\\nb\\\"" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
numbers_follow_the_grammar(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(int: -0) }", "\\\"int\\\":0" },
		{ "{ echo(float: 1.5e3) }", "\\\"float\\\":1500" },
		{ "{ echo(float: 2) }", "\\\"float\\\":2" },
		{ "{ echo(int: 01) }", "unexpected digit after 0" },
		{ "{ echo(int: -) }", "expected a digit" },
		{ "{ echo(float: 1.) }", "expected a digit" },
		{ "{ echo(float: 1e) }", "expected a digit" },
		{ "{ echo(int: 1a) }", "expected it to end" },
		{ "{ echo(float: 1.2.3) }", "expected it to end" },
		{ "{ echo(int: 2147483648) }", "non 32-bit signed integer" },
		{ "{ echo(int: 99999999999999999999) }", "non-integer value" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
what_means_nothing_is_skipped(void **state)
{
	(void)state;
	assert_contains(
	    answer("\xef\xbb\xbf# a comment \xc3\xa9\r\n,,{\t,fail # more\n}"), "\"fail\":null");
}

static void
errors_count_lines_and_characters(void **state)
{
	(void)state;
	assert_contains(
	    answer("{\r\n  fail\r  down\n  # \xc3\xa9\xc3\xa9\n  ?\n}"), "\"line\":5,\"column\":3");
	assert_contains(answer("{ echo(text: \"\xc3\xa9\") ? }"), "\"line\":1,\"column\":19");
}

static void
malformed_utf8_is_refused_where_it_stands(void **state)
{
	(void)state;
	assert_contains(answer("{ echo(text: \"\xc3(\") }"), "not well-formed UTF-8");
	assert_contains(answer("{\n# \xff\n}"), "\"line\":2,\"column\":3");
	assert_contains(answer_to((struct str){ "{ fail \0 }", 10 }), "U+0000");
}

static void
documents_that_are_not_graphql_say_what_was_expected(void **state)
{
	static const struct row rows[] = {
		{ "", "Unexpected <EOF>" },
		{ "{", "Expected Name, found <EOF>" },
		{ "{ }", "Expected Name, found \\\"}\\\"" },
		{ "{ eco( }", "Expected Name, found \\\"}\\\"" },
		{ "{ eco(id 1) }", "Expected \\\":\\\", found Int \\\"1\\\"" },
		{ "quarry { a }", "Unexpected Name \\\"quarry\\\"" },
		{ "fragment on on Eco { id }", "Unexpected Name \\\"on\\\"" },
		{ "fragment a Eco { id }", "Expected \\\"on\\\", found Name \\\"Eco\\\"" },
		{ "query ($a: Int = $b) { fail }", "Unexpected variable \\\"$b\\\"" },
		{ "\"text\" { fail }", "descriptions are not supported on shorthand queries" },
		{ "\"text\" quarry { fail }", "only GraphQL definitions support descriptions" },
		{ "\"text\" extend type A { b: Int }", "only GraphQL definitions support" },
		{ "\"text\" ! query { fail }", "Unexpected \\\"!\\\"" },
		{ "query ($a: Int = $) { fail }", "Unexpected \\\"$\\\"" },
		{ "{ fail .. }", "Unexpected character: \\\".\\\"" },
		{ "{ ... on }", "Expected Name" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_contains(answer(rows[i].query), "\"code\":\"GRAPHQL_PARSE_FAILED\"");
}

static void
every_character_but_nul_may_stand_in_a_string(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(text: \"\x01\x7f\") }", "\\\"text\\\":\\\"\\\\u0001" },
		{ "{ echo(text: \"\"\"\x02\"\"\") }", "\\\"text\\\":\\\"\\\\u0002" },
		{ "{ echo(text: \"\\u0000\") }", "Invalid character escape sequence" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
	assert_contains(answer_to((struct str){ "{ echo(text: \"\0\") }", 18 }),
	    "Invalid character within String: U+0000");
	assert_contains(answer_to((struct str){ "{ echo(text: \"\"\"\0\"\"\") }", 22 }),
	    "Invalid character within String: U+0000");
}

static void
the_first_thing_wrong_with_a_string_is_told(void **state)
{
	static const struct row rows[] = {
		{ "{ echo(text: \"a\\q", "\"line\":1,\"column\":16" },
		{ "{ echo(text: \"a\nb\\q\") }", "\"line\":1,\"column\":16" },
		{ "{ echo(text: \"a\\", "Invalid character escape sequence" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
operations_fragments_and_variables_may_be_described(void **state)
{
	static const struct row rows[] = {
		{ "\"text\" query { fail }", "\"fail\":null" },
		{ "\"\"\"text\"\"\" query q(\"text\" $a: Int = 5, \"\" $b: Int) { echo(int: $a, "
		  "list: "
		  "[$b]) }",
		    "\\\"int\\\":5" },
		{ "{ ...f } \"text\" fragment f on Query { fail }", "\"fail\":null" },
	};

	(void)state;
	assert_answers(rows, COUNT_OF(rows));
}

static void
definitions_of_types_are_good_graphql_but_not_executable(void **state)
{
	static const char *const queries[] = { "{ fail } type A { b: Int }",
		"extend type A { b: Int } { fail }", "\"text\" schema { query: Q }",
		"directive @a on FIELD" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		assert_contains(answer(queries[i]), "definition is not executable");
		assert_contains(answer(queries[i]),
		    "\"code\":\"GRAPHQL_VALIDATION_FAILED\",\"rule\":\"Executable Definitions\"");
	}
}

/* ${count} times ${open}, ${middle}, ${count} times ${close}. */
static struct str
nest(const char *open, size_t count, const char *middle, const char *close)
{
	static char text[2 * 1024 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	for (size_t i = 0; i < count; i++)
		buf_str(&buf, str_from_z(open));
	buf_str(&buf, str_from_z(middle));
	for (size_t i = 0; i < count; i++)
		buf_str(&buf, str_from_z(close));
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

static void
a_depth_bomb_of_any_kind_is_refused_by_name(void **state)
{
	(void)state;
	assert_contains(answer_to(nest("{a", 3000, "", "}")), "nested more than 24 levels");
	assert_contains(answer_to(nest("{...", 3000, "", "}")), "nested more than 24 levels");
	assert_contains(
	    answer("{ a(b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]) }"), "nested more than 24 levels");
	assert_contains(answer_to(nest("query($a:[", 1, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "")),
	    "nested more than 24 levels");
	assert_contains(
	    answer(
		"{ a(b: {c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{c:{"
		"c: 1}) }"),
	    "nested more than 24 levels");
	assert_contains(answer_to(nest("{a", 3000, "", "}")), "\"code\":\"LIMIT\"");
}

static void
a_document_that_is_too_long_is_refused_before_it_is_read(void **state)
{
	(void)state;
	assert_contains(answer_to(nest("x", 1024 * 1024, "", "")), "1048576 bytes long");
	assert_contains(answer_to(nest("{a}", 20000, "", "")), "more than 10000 tokens");
}

static void
a_megabyte_of_garbage_gets_one_error(void **state)
{
	static char garbage[1024 * 1024];
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = { garbage, sizeof(garbage) } };
	enum graphql_outcome outcome;
	uint32_t seed = 1;

	(void)state;
	limits.document_bytes_max = sizeof(garbage);
	limits.tokens_max = 1000000;
	for (int round = 0; round < 20; round++) {
		const char *text;

		for (size_t i = 0; i < sizeof(garbage); i++) {
			seed = seed * 1664525u + 1013904223u;
			garbage[i] = round < 10
					 ? "{}()[]:!$@|&=.\"\\# \nabc019-e"[(seed >> 24) % 28]
					 : (char)(seed >> 24);
		}
		arena_reset(arena);
		text = arena_copy_z(
		    arena, graphql_world_execute(arena, schema, &request, &limits, &outcome));
		assert_int_equal(outcome, GRAPHQL_REQUEST_ERROR);
		assert_contains(text, "{\"errors\":[{\"message\":");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_keep_every_escape_that_the_language_has),
		cmocka_unit_test(strings_that_are_no_strings_are_refused_where_they_go_wrong),
		cmocka_unit_test(block_strings_lose_their_common_indentation),
		cmocka_unit_test(numbers_follow_the_grammar),
		cmocka_unit_test(what_means_nothing_is_skipped),
		cmocka_unit_test(errors_count_lines_and_characters),
		cmocka_unit_test(malformed_utf8_is_refused_where_it_stands),
		cmocka_unit_test(documents_that_are_not_graphql_say_what_was_expected),
		cmocka_unit_test(every_character_but_nul_may_stand_in_a_string),
		cmocka_unit_test(the_first_thing_wrong_with_a_string_is_told),
		cmocka_unit_test(operations_fragments_and_variables_may_be_described),
		cmocka_unit_test(definitions_of_types_are_good_graphql_but_not_executable),
		cmocka_unit_test(a_depth_bomb_of_any_kind_is_refused_by_name),
		cmocka_unit_test(a_document_that_is_too_long_is_refused_before_it_is_read),
		cmocka_unit_test(a_megabyte_of_garbage_gets_one_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
