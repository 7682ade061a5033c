#include "support/unit.h"

#include "support/graphql_world.h"

/* Every rule of section 5: what it lets pass and what it refuses, with the words. */

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

/* One document and the error it gets; NULL: none. */
struct row {
	const char *rule, *query, *error;
};

static const struct row rows[] = {
	{ "operation names", "query a { fail } query b { fail }", NULL },
	{ "operation names", "query a { fail } query a { fail }",
	    "There can be only one operation named \\\"a\\\"." },
	{ "lone anonymous", "{ fail } query b { fail }",
	    "This anonymous operation must be the only defined operation." },
	{ "single root field", "subscription { changed { id } }", NULL },
	{ "single root field", "subscription { changed { id } other { id } }",
	    "must select only one top level field" },
	{ "single root field",
	    "subscription { ...f } fragment f on Subscription { changed { id } x: changed { id } }",
	    "must select only one top level field" },
	{ "single root field", "subscription { ... on Crew { id } }",
	    "must select one top level field" },
	{ "single root field", "subscription { changed @skip(if: false) { id } }",
	    "must not use @skip or @include" },
	{ "single root field",
	    "subscription { ...f } fragment f on Subscription { ... @include(if: true) { changed { "
	    "id } } }",
	    "must not use @skip or @include" },
	{ "single root field", "subscription { __typename }",
	    "must not select an introspection field" },
	{ "single root field", "subscription { changed { id } ... { changed { number } } }", NULL },
	{ "field selections", "{ ecos { id __typename } }", NULL },
	{ "field selections", "{ ecos { nr } }",
	    "Cannot query field \\\"nr\\\" on type \\\"Eco\\\"." },
	{ "field selections", "{ ecos { nunber } }", "Did you mean \\\"number\\\"?" },
	{ "field selections", "{ found { id } }",
	    "Cannot query field \\\"id\\\" on type \\\"Found\\\"" },
	{ "field selections", "{ ecos { __schema { types { name } } } }",
	    "Cannot query field \\\"__schema\\\" on type \\\"Eco\\\"" },
	{ "merging", "{ fail fail a: down }", NULL },
	{ "merging", "{ fail: down fail }", "\\\"down\\\" and \\\"fail\\\" are different fields" },
	{ "merging", "{ eco(id: 1) { id } eco(id: 2) { id } }", "they have differing arguments" },
	{ "merging", "{ eco(id: 1) { id } eco(id: 1) { number } }", NULL },
	{ "merging", "{ ecos { x: id } ecos { x: number } }", "are different fields" },
	{ "merging", "{ found { ... on Eco { x: id } ... on Crew { x: id } } }", NULL },
	{ "merging", "{ found { ... on Eco { n: number } ... on Crew { n: name } } }",
	    "conflicting types \\\"String!\\\" and \\\"String\\\"" },
	{ "merging", "{ found { ... on Eco { weight } ... on Crew { weight } } }",
	    "conflicting types \\\"Float\\\" and \\\"String\\\"" },
	{ "merging", "{ node(id: 1) { ... on Eco { x: number } ... on Node { x: id } } }",
	    "are different fields" },
	{ "merging",
	    "{ ...a ...b } fragment a on Query { x: fail } fragment b on Query { x: down }",
	    "are different fields" },
	{ "merging", "{ found { ... on Eco { crew { x: id } } ... on Crew { crew: id } } }",
	    "conflicting types" },
	{ "merging", "{ fail } fragment f on Query { fail: down fail }", "are different fields" },
	{ "merging", "{ nope(a: 1) nope(a: 2) }", "they have differing arguments" },
	{ "merging",
	    "{ echo(point: {latitude: 1, longitude: 2}) echo(point: {longitude: 2, latitude: 1}) }",
	    NULL },
	{ "merging", "{ echo(list: [1, 2]) echo(list: [2, 1]) }", "they have differing arguments" },
	{ "merging",
	    "{ echo(point: {latitude: 1, longitude: 2}) echo(point: {longitude: 2, latitude: 3}) }",
	    "they have differing arguments" },
	{ "leaf selections", "{ ecos }", "must have a selection of subfields" },
	{ "leaf selections", "{ fail { id } }", "must not have a selection" },
	{ "argument names", "{ eco(id: 1) { id } }", NULL },
	{ "argument names", "{ eco(id: 1, nr: 2) { id } }",
	    "Unknown argument \\\"nr\\\" on field \\\"Query.eco\\\"." },
	{ "argument names", "{ fail @skip(if: true, of: 1) }",
	    "Unknown argument \\\"of\\\" on directive \\\"@skip\\\"." },
	{ "argument uniqueness", "{ eco(id: 1, id: 1) { id } }",
	    "There can be only one argument named \\\"id\\\"." },
	{ "argument uniqueness", "{ nope(a: 1, a: 1) }",
	    "There can be only one argument named \\\"a\\\"." },
	{ "required arguments", "{ echo }", NULL },
	{ "required arguments", "{ eco { id } }",
	    "argument \\\"id\\\" of type \\\"ID!\\\" is required" },
	{ "required arguments", "{ fail @skip }",
	    "Directive \\\"@skip\\\" argument \\\"if\\\" of type \\\"Boolean!\\\" is required" },
	{ "fragment names",
	    "{ ecos { ...f } } fragment f on Eco { id } fragment f on Eco { number }",
	    "There can be only one fragment named \\\"f\\\"." },
	{ "fragment type", "{ ecos { ...f } } fragment f on Echo { id }",
	    "Unknown type \\\"Echo\\\"." },
	{ "fragment type", "{ ecos { ... on Echo { id } } }", "Unknown type \\\"Echo\\\"." },
	{ "composite", "{ ecos { ...f } } fragment f on Status { id }",
	    "Fragment \\\"f\\\" cannot condition on non composite type \\\"Status\\\"." },
	{ "composite", "{ ecos { ... on EcoFilter { id } } }",
	    "cannot condition on non composite" },
	{ "used", "{ fail } fragment f on Eco { id }", "Fragment \\\"f\\\" is never used." },
	{ "used", "{ fail } fragment f on Eco { ...g } fragment g on Eco { id }",
	    "Fragment \\\"g\\\" is never used." },
	{ "used", "{ ecos { ...f } } fragment f on Eco { ...f } fragment g on Eco { id }",
	    "Fragment \\\"g\\\" is never used." },
	{ "target", "{ ecos { ...f } }", "Unknown fragment \\\"f\\\"." },
	{ "cycles", "{ ecos { ...f } } fragment f on Eco { ...f }",
	    "Cannot spread fragment \\\"f\\\" within itself." },
	{ "cycles",
	    "{ ecos { ...f } } fragment f on Eco { same { ...g } } fragment g on Eco { ...f }",
	    "within itself." },
	{ "possible", "{ found { ... on Node { id } ... on Named { name } } }", NULL },
	{ "possible", "{ ecos { ... on Crew { id } } }",
	    "objects of type \\\"Eco\\\" can never be of type \\\"Crew\\\"" },
	{ "possible", "{ ecos { ...f } } fragment f on Named { id }", "can never be of type" },
	{ "values", "{ echo(int: 1, float: 1, text: \"a\", flag: true, id: 1, status: OPEN) }",
	    NULL },
	{ "values", "{ echo(int: null, list: [1, null], matrix: [[1], null]) }", NULL },
	{ "values", "{ echo(list: 1, point: {latitude: 1, longitude: 2.5}) }", NULL },
	{ "values", "{ echo(int: \"1\") }", "Int cannot represent non-integer value: \\\"1\\\"" },
	{ "values", "{ echo(int: 1.0) }", "Int cannot represent non-integer value: 1.0" },
	{ "values", "{ echo(float: \"1\") }", "Float cannot represent non numeric value" },
	{ "values", "{ echo(text: 1) }", "String cannot represent a non string value: 1" },
	{ "values", "{ echo(flag: 1) }", "Boolean cannot represent a non boolean value: 1" },
	{ "values", "{ echo(id: 1.5) }", "ID cannot represent a non-string and non-integer" },
	{ "values", "{ echo(status: \"OPEN\") }", "Enum \\\"Status\\\" cannot represent non-enum" },
	{ "values", "{ echo(status: OPNE) }",
	    "Value \\\"OPNE\\\" does not exist in \\\"Status\\\" enum. Did you mean \\\"OPEN\\\"" },
	{ "values", "{ echo(matrix: [[null]]) }",
	    "Expected value of type \\\"Int!\\\", found null." },
	{ "values", "{ echo(must: null) }", "Expected value of type \\\"Int!\\\", found null." },
	{ "values", "{ echo(at: \"2026-01-05T02:14:07Z\") }", NULL },
	{ "values", "{ echo(at: \"tomorrow\") }", "expected an RFC 3339 date-time" },
	{ "values", "{ echo(filter: {any: {a: [1, X, \"t\"], b: null}}) }", NULL },
	{ "values", "query($a: Int = \"x\") { echo(int: $a) }", "non-integer value" },
	{ "input field names", "{ echo(point: {latitude: 1, longitude: 2, lable: \"x\"}) }",
	    "Field \\\"lable\\\" is not defined by type \\\"Point\\\". Did you mean "
	    "\\\"label\\\"?" },
	{ "input field uniqueness", "{ echo(point: {latitude: 1, latitude: 1, longitude: 2}) }",
	    "There can be only one input field named \\\"latitude\\\"." },
	{ "input field uniqueness", "{ echo(filter: {any: [{a: 1, a: 1}]}) }",
	    "There can be only one input field named \\\"a\\\"." },
	{ "input field uniqueness", "{ nope(a: {b: 1, b: 1}) }",
	    "There can be only one input field named \\\"b\\\"." },
	{ "input field uniqueness",
	    "query($a: Point = {latitude: 1, latitude: 1, longitude: 2}) { "
	    "echo(point: $a) }",
	    "There can be only one input field named \\\"latitude\\\"." },
	{ "input field required", "{ echo(point: {latitude: 1}) }",
	    "Field \\\"Point.longitude\\\" of required type \\\"Float!\\\" was not provided." },
	{ "input object", "{ echo(point: 1) }", "found something that is no object" },
	{ "directives defined", "{ fail @include(if: true) @tag(name: \"a\") }", NULL },
	{ "directives defined", "{ fail @live }", "Unknown directive \\\"@live\\\"." },
	{ "directive places", "query @skip(if: true) { fail }",
	    "Directive \\\"@skip\\\" may not be used on QUERY." },
	{ "directive places", "{ fail @deprecated }", "may not be used on FIELD." },
	{ "directives unique", "{ fail @tag(name: \"a\") @tag(name: \"b\") }", NULL },
	{ "directives unique", "{ fail @skip(if: true) @skip(if: true) }",
	    "can only be used once at this location" },
	{ "variable names", "query($a: Int, $a: Int) { echo(int: $a) }",
	    "There can be only one variable named \\\"$a\\\"." },
	{ "variable types", "query($a: Eco) { echo(int: $a) }",
	    "Variable \\\"$a\\\" cannot be non-input type \\\"Eco\\\"." },
	{ "variable types", "query($a: [Nope!]) { echo(list: $a) }", "Unknown type \\\"Nope\\\"." },
	{ "variables defined", "query q { echo(int: $a) }",
	    "Variable \\\"$a\\\" is not defined by operation \\\"q\\\"." },
	{ "variables defined", "query q { ...f } fragment f on Query { echo(int: $a) }",
	    "is not defined by operation" },
	{ "variables defined", "{ nope(a: $a) }", "Variable \\\"$a\\\" is not defined." },
	{ "variables defined", "{ fail @nope(a: [$a]) }", "Variable \\\"$a\\\" is not defined." },
	{ "variables defined", "{ ecos { ...f } } fragment f on Eco { ...f same { phone(a: $a) } }",
	    "Variable \\\"$a\\\" is not defined." },
	{ "variables used", "query($a: Int) { fail }", "Variable \\\"$a\\\" is never used." },
	{ "variables used", "query($a: Int) { ...f } fragment f on Query { echo(list: [$a]) }",
	    NULL },
	{ "variables used", "query($a: Boolean!) { fail @skip(if: $a) down }", "of required type" },
	{ "usages allowed", "query($a: Int) { echo(must: $a) }", NULL },
	{ "usages allowed", "query($a: Int = 1) { echo(matrix: [[$a]]) }", NULL },
	{ "usages allowed", "query($a: Int) { echo(matrix: [[$a]]) }",
	    "of type \\\"Int\\\" used in position expecting type \\\"Int!\\\"." },
	{ "usages allowed", "query($a: String) { echo(int: $a) }",
	    "of type \\\"String\\\" used in position expecting type \\\"Int\\\"." },
	{ "usages allowed", "query($a: Int) { echo(list: $a) }", "expecting type \\\"[Int]\\\"" },
	{ "usages allowed", "query($a: Float! = 1) { echo(point: {latitude: $a, longitude: 1}) }",
	    NULL },
	{ "usages allowed", "query($a: [Int!]) { echo(list: $a) }", NULL },
	{ "usages allowed", "query($a: Float) { echo(point: {latitude: $a, longitude: 1}) }",
	    "expecting type \\\"Float!\\\"" },
};

static void
every_rule_passes_what_it_should_and_refuses_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *row = &rows[i];
		const char *text;

		arena_reset(arena);
		text = arena_copy_z(
		    arena, graphql_world_run(arena, schema, str_from_z(row->query), STR("")));
		if (row->error == NULL && strstr(text, "GRAPHQL_VALIDATION_FAILED") != NULL)
			fail_msg("%s: %s was refused: %s", row->rule, row->query, text);
		if (row->error != NULL && strstr(text, row->error) == NULL)
			fail_msg("%s: %s: expected \"%s\" in %s", row->rule, row->query, row->error,
			    text);
	}
}

static void
an_error_names_the_rule_that_was_broken(void **state)
{
	(void)state;
	arena_reset(arena);
	assert_contains(
	    arena_copy_z(arena, graphql_world_run(arena, schema, STR("{ nope }"), STR(""))),
	    "\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\",\"rule\":\"Field "
	    "Selections\"}");
	arena_reset(arena);
	assert_lacks(
	    arena_copy_z(arena, graphql_world_run(arena, schema, STR("{ "), STR(""))), "rule");
}

static void
one_mistake_does_not_hide_another(void **state)
{
	static const char *const rules[] = { "Field Selections", "Argument Names",
		"Fragment Spreads Must Not Form Cycles", "Fragments Must Be Used",
		"All Variables Used", "All Variable Uses Defined", "Values of Correct Type" };
	const char *text;

	(void)state;
	arena_reset(arena);
	text = arena_copy_z(arena, graphql_world_run(arena, schema,
				       STR("query($a: Int) { nope eco(id: 1.5, of: $b) { ...f } }"
					   " fragment f on Eco { ...f } fragment g on Eco { id }"),
				       STR("")));
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		assert_contains(text, rules[i]);
}

static void
nothing_is_resolved_when_a_rule_refuses(void **state)
{
	size_t before = graphql_world_calls();

	(void)state;
	arena_reset(arena);
	(void)graphql_world_run(arena, schema, STR("{ fail down nope }"), STR(""));
	assert_int_equal(graphql_world_calls(), before);
}

/* A document of ${count} fragments, each of which spreads the next ${times} times. */
static struct str
chain(size_t count, int times)
{
	static char text[256 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	buf_str(&buf, STR("{ ecos { ...f0 } }"));
	for (size_t i = 0; i < count; i++) {
		buf_printf(&buf, " fragment f%zu on Eco {", i);
		for (int j = 0; j < times; j++)
			buf_printf(&buf, " a%d: same { id ...f%zu }", j, i + 1);
		buf_str(&buf, STR(" }"));
	}
	buf_printf(&buf, " fragment f%zu on Eco { id }", count);
	return buf_view(&buf);
}

static const char *
answer(struct str query)
{
	arena_reset(arena);
	return arena_copy_z(arena, graphql_world_run(arena, schema, query, STR("")));
}

static void
fragments_that_multiply_are_counted_before_they_are_expanded(void **state)
{
	(void)state;
	assert_contains(answer(chain(20, 2)), "more than 200 aliases");
	assert_contains(answer(chain(40, 1)), "levels of fields");
	assert_contains(answer(chain(300, 1)), "\"code\":\"LIMIT\"");
	assert_lacks(answer(chain(5, 1)), "errors");
}

static void
a_chain_of_fragments_without_fields_is_bounded_too(void **state)
{
	static char text[64 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&buf, STR("{ ...f0 }"));
	for (size_t i = 0; i < 1000; i++)
		buf_printf(&buf, " fragment f%zu on Query { ...f%zu }", i, i + 1);
	buf_str(&buf, STR(" fragment f1000 on Query { fail }"));
	assert_contains(answer(buf_view(&buf)), "more than 64 levels of fragments");

	/* Leaves first: each is measured before the one that needs it. */
	buf.len = 0;
	buf_str(&buf, STR(" fragment f1000 on Query { fail }"));
	for (size_t i = 1000; i-- > 0;)
		buf_printf(&buf, " fragment f%zu on Query { ...f%zu }", i, i + 1);
	buf_str(&buf, STR("{ ...f0 }"));
	assert_contains(answer(buf_view(&buf)), "more than 64 levels of fragments");
}

static struct err *
resolve_nothing(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	return NULL;
}

static void
a_value_of_a_one_of_has_one_field(void **state)
{
	static const struct {
		const char *query, *variables, *expected;
	} one_of[] = {
		{ "{ a(o: {x: 1}) }", "", "{\"data\":{\"a\":null}}" },
		{ "{ a(o: {x: 1, y: 2}) }", "", "\"rule\":\"Values of Correct Type\"" },
		{ "{ a(o: {x: null}) }", "", "\"rule\":\"Values of Correct Type\"" },
		{ "{ a(o: {}) }", "", "\"rule\":\"Values of Correct Type\"" },
		{ "query($x: Int!) { a(o: {x: $x}) }", "{\"x\": 1}", "{\"data\":{\"a\":null}}" },
		{ "query($x: Int) { a(o: {x: $x}) }", "{\"x\": 1}",
		    "must be non-nullable to be used for OneOf Input Object \\\"O\\\"" },
		{ "query($x: Int = 1) { b(o: [{x: $x}]) }", "",
		    "must be non-nullable to be used for OneOf Input Object \\\"O\\\"" },
		{ "query($o: O) { a(o: $o) }", "{\"o\": {\"y\": 2}}", "{\"data\":{\"a\":null}}" },
		{ "query($o: O) { a(o: $o) }", "{\"o\": {\"x\": 1, \"y\": 2}}",
		    "\"code\":\"BAD_USER_INPUT\"" },
		{ "query($o: O) { a(o: $o) }", "{\"o\": {\"x\": null}}",
		    "\"code\":\"BAD_USER_INPUT\"" },
		{ "query($o: O) { a(o: $o) }", "{\"o\": {}}", "\"code\":\"BAD_USER_INPUT\"" },
	};
	const struct graphql_binding bindings[] = { { STR("Query.a"), resolve_nothing },
		{ STR("Query.b"), resolve_nothing } };
	struct arena *other_arena = arena_create(1024 * 1024);
	struct graphql_schema *other;

	(void)state;
	assert_no_fault(graphql_schema_parse(other_arena,
	    STR("type Query { a(o: O): Int b(o: [O!]!): Int } input O @oneOf { x: Int y: Int }"),
	    &other));
	assert_no_fault(
	    graphql_schema_bind(other_arena, other, bindings, COUNT_OF(bindings), NULL, 0));
	for (size_t i = 0; i < COUNT_OF(one_of); i++) {
		arena_reset(arena);
		assert_contains(
		    arena_copy_z(arena, graphql_world_run(arena, other, str_from_z(one_of[i].query),
					    str_from_z(one_of[i].variables))),
		    one_of[i].expected);
	}
	arena_destroy(other_arena);
}

/* ${depth} levels at which every field is asked for on an interface and on both its objects. */
static struct str
interwoven(size_t depth)
{
	static char text[16 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	buf_str(&buf, STR("{ i {"));
	for (size_t i = 0; i < depth; i++)
		buf_str(&buf, STR(" ...on A { i { x } } ...on B { i { x } } i {"));
	buf_str(&buf, STR(" x"));
	for (size_t i = 0; i < depth + 2; i++)
		buf_str(&buf, STR(" }"));
	return buf_view(&buf);
}

static void
fields_that_could_merge_in_too_many_ways_are_refused_in_bounded_time(void **state)
{
	const struct graphql_binding bindings[] = { { STR("A.i"), resolve_nothing },
		{ STR("A.x"), resolve_nothing }, { STR("B.i"), resolve_nothing },
		{ STR("B.x"), resolve_nothing }, { STR("Query.i"), resolve_nothing } };
	struct arena *other_arena = arena_create(1024 * 1024);
	struct graphql_schema *other;

	(void)state;
	assert_no_fault(graphql_schema_parse(other_arena,
	    STR("interface I { i: I x: Int } type A implements I { i: I x: Int }"
		" type B implements I { i: I x: Int } type Query { i: I }"),
	    &other));
	assert_no_fault(
	    graphql_schema_bind(other_arena, other, bindings, COUNT_OF(bindings), NULL, 0));
	arena_reset(arena);
	assert_contains(
	    arena_copy_z(arena, graphql_world_run(arena, other, interwoven(20), STR(""))),
	    "in too many ways to be checked");
	arena_reset(arena);
	assert_contains(
	    arena_copy_z(arena, graphql_world_run(arena, other, interwoven(6), STR(""))),
	    "{\"data\":{\"i\":null}}");
	arena_destroy(other_arena);
}

static void
aliases_have_a_limit(void **state)
{
	static char text[64 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&buf, STR("{"));
	for (int i = 0; i < 201; i++)
		buf_printf(&buf, " a%d: fail", i);
	buf_str(&buf, STR(" }"));
	assert_contains(answer(buf_view(&buf)), "more than 200 aliases");
}

static void
a_long_list_of_errors_is_cut_and_says_so(void **state)
{
	static char text[64 * 1024];
	struct buf buf = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&buf, STR("{"));
	for (int i = 0; i < 100; i++)
		buf_printf(&buf, " ecos(a: 1, b: 2, c: 3) { x%d }", i);
	buf_str(&buf, STR(" }"));
	assert_contains(answer(buf_view(&buf)), "Too many errors");
}

static void
an_error_points_at_both_places(void **state)
{
	(void)state;
	assert_contains(answer(STR("query a { fail }\nquery a { fail }")),
	    "\"locations\":[{\"line\":1,\"column\":7},{\"line\":2,\"column\":7}]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_passes_what_it_should_and_refuses_the_rest),
		cmocka_unit_test(an_error_names_the_rule_that_was_broken),
		cmocka_unit_test(one_mistake_does_not_hide_another),
		cmocka_unit_test(a_value_of_a_one_of_has_one_field),
		cmocka_unit_test(nothing_is_resolved_when_a_rule_refuses),
		cmocka_unit_test(fragments_that_multiply_are_counted_before_they_are_expanded),
		cmocka_unit_test(a_chain_of_fragments_without_fields_is_bounded_too),
		cmocka_unit_test(
		    fields_that_could_merge_in_too_many_ways_are_refused_in_bounded_time),
		cmocka_unit_test(aliases_have_a_limit),
		cmocka_unit_test(a_long_list_of_errors_is_cut_and_says_so),
		cmocka_unit_test(an_error_points_at_both_places),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
