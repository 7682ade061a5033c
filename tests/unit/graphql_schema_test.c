#include "support/unit.h"

#include "support/graphql_world.h"

/* What a schema file may say, and how its author learns what is wrong with it. */

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(8 * 1024 * 1024);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct err *
parse(struct str sdl)
{
	struct graphql_schema *schema;

	arena_reset(arena);
	return graphql_schema_parse(arena, sdl, &schema);
}

/* Definitions and the fault they get; NULL: none. */
static const struct {
	const char *sdl, *fault;
} rows[] = {
	{ "type Query { a: Int }", NULL },
	{ "schema { query: Q } type Q { a(b: [Int!]! = [1, 2]): String }", NULL },
	{ "\"text\" schema @d { query: Q } directive @d on SCHEMA type Q { a: Int }", NULL },
	{ "type Query { a: A } union A = | Query", NULL },
	{ "type Query { a(b: B = {}): Int } input B { c: C = X, d: [B!] } enum C { X }", NULL },
	{ "type Query {\n  a: Nope\n}", "line 2, column 6: Unknown type \"Nope\"." },
	{ "type Query { a: Int a: Int }", "Field \"Query.a\" can only be defined once." },
	{ "type Query { a: Int } type Query { b: Int }", "only one type named \"Query\"" },
	{ "type Query { a: Int } scalar String", "only one type named \"String\"" },
	{ "type Query { a: Int } directive @skip on FIELD", "only one directive named \"@skip\"" },
	{ "type A { a: Int }", "Unknown type \"Query\"" },
	{ "schema { mutation: A } type A { a: Int }", "Query root type must be provided" },
	{ "input Query { a: Int }", "Root type \"Query\" must be an object type" },
	{ "type Query { a: B } input B { c: Int }", "\"B\" is no output type" },
	{ "type Query { a(b: Query): Int }", "\"Query\" is no input type" },
	{ "type Query", "must define one or more fields" },
	{ "type Query { }", "Expected Name" },
	{ "type Query { __a: Int }", "must not begin with \"__\"" },
	{ "type Query { a: Int } type __A { a: Int }", "must not begin with \"__\"" },
	{ "type Query { a: E } enum E { A A }", "\"E.A\" can only be defined once" },
	{ "type Query { a: E } enum E { true }", "cannot be an enum value" },
	{ "type Query { a(b: Int = \"x\"): Int }", "non-integer value" },
	{ "type Query { a(b: Int! = null): Int }", "found null" },
	{ "type Query { a(b: Int, b: Int): Int }", "\"b\" is defined twice" },
	{ "type Query { a(b: I = {x: 1}): Int } input I { y: Int }", "not defined by type \"I\"" },
	{ "type Query { a(b: I): Int } input I { y: I! }", "needs itself" },
	{ "type Query { a(b: I): Int } input I { y: J! } input J { z: I! }", "needs itself" },
	{ "type Query { a(b: I): Int } input I { y: I = {} }", "Defaults contain themselves" },
	{ "type Query { a: Int @nope }", "Unknown directive \"@nope\"" },
	{ "type Query { a: Int @skip(if: true) }", "may not be used on FIELD_DEFINITION" },
	{ "type Query { a: Int @deprecated(why: \"x\") }", "Unknown argument \"why\"" },
	{ "type Query { a: Int @deprecated @deprecated }", "can only be used once" },
	{ "type Query { a(b: Int! @deprecated): Int }", "cannot be deprecated" },
	{ "type Query { a: Int } directive @d on NOWHERE", "no place for a directive" },
	{ "type Query { a: U } union U = Int", "can only include object types" },
	{ "type Query { a: U } union U = Query | Query", "names \"Query\" twice" },
	{ "type Query implements Q { a: Int }", "Unknown type \"Q\"" },
	{ "type Query implements I { a: Int } interface I { b: Int }",
	    "Interface field \"I.b\" expected but \"Query\" does not provide it" },
	{ "type Query implements I { a: Int } interface I { a: Int! }", "expects another type" },
	{ "type Query implements I { a: Int! } interface I { a: Int }", NULL },
	{ "type Query implements I { a: Query } interface I { a: I }", NULL },
	{ "type Query implements I { a: Int } interface I { a(b: Int): Int }",
	    "must have the argument \"b\"" },
	{ "type Query implements I { a(b: ID): Int } interface I { a(b: Int): Int }",
	    "must have the type that interface" },
	{ "type Query implements I { a(b: Int!): Int } interface I { a: Int }",
	    "must not be required" },
	{ "type Query implements I { a: Int } interface I implements J { a: Int } "
	  "interface J { a: Int }",
	    "must implement \"J\"" },
	{ "type Query { a: I } interface I implements I { a: Int }", "cannot implement itself" },
	{ "type Query { a: Int } extend type Query { b: Int }", NULL },
	{ "extend type Query { b: Int } type Query", NULL },
	{ "type Query { a: U } union U extend union U = Query", NULL },
	{ "type Query { a: U } union U", "must define one or more member types" },
	{ "type Query { a: Int } extend type Query { a: Int }", "can only be defined once" },
	{ "type Query { a: Int } extend type Query", "Expected what the extension adds" },
	{ "type Query { a: Int } extend type Nope { a: Int }", "because it is not defined" },
	{ "type Query { a: Int } extend scalar Int @d directive @d on SCALAR",
	    "because it is not defined" },
	{ "type Query { a: Int } extend input Query { a: Int }", "as what it is not" },
	{ "type Query { a: Int } extend directive @d on OBJECT", "Expected what can be extended" },
	{ "type Query { a: Int } \"text\" extend type Query { b: Int }",
	    "Expected a type system definition" },
	{ "type Query { a: Int } interface I { a: Int } extend type Query implements I", NULL },
	{ "type Query { a: Int } interface I { b: Int } extend type Query implements I",
	    "expected but \"Query\" does not provide it" },
	{ "type Query { a: E } enum E { A } extend enum E { B } extend enum E { B }",
	    "\"E.B\" can only be defined once" },
	{ "schema { query: Q } type Q { a: Int } extend schema { mutation: Q }",
	    "cannot be the root of two kinds" },
	{ "schema { query: Q } type Q { a: Int } extend schema { query: Q }", "each once" },
	{ "extend schema { mutation: M } schema { query: Q } type Q { a: Int } type M { b: Int }",
	    NULL },
	{ "type Query { a: Int } extend schema @d directive @d on SCHEMA", NULL },
	{ "type Query { a: Int } extend schema", "Expected \"{\"" },
	{ "type Query { a: E } enum E { __A }", "must not begin with \"__\"" },
	{ "type Query { a(b: I): Int } input I @oneOf { x: Int y: [I!] }", NULL },
	{ "type Query { a(b: I): Int } input I { x: Int } extend input I @oneOf { y: Int! }",
	    "\"I.y\" must be nullable" },
	{ "type Query { a(b: I): Int } input I @oneOf { x: Int = 1 }",
	    "cannot have a default value" },
	{ "type Query { a(b: I): Int } input I @oneOf { x: I }", "needs itself" },
	{ "type Query { a(b: I): Int } input I @oneOf { x: J } input J { y: I! }", "needs itself" },
	{ "type Query { a(b: I): Int } input I @oneOf { x: J z: Int } input J { y: I! }", NULL },
	{ "type Query { a(b: I = {x: 1, y: 2}): Int } input I @oneOf { x: Int y: Int }",
	    "exactly one field must be specified" },
	{ "type Query { a(b: I = {x: null}): Int } input I @oneOf { x: Int }",
	    "exactly one field must be specified" },
	{ "type Query { a(b: I = {x: 1, x: 1}): Int } input I { x: Int }",
	    "only one input field named \"x\"" },
	{ "type Query { a: Int @d(b: [{x: 1, x: 1}]) } directive @d(b: S) on FIELD_DEFINITION "
	  "scalar S",
	    "only one input field named \"x\"" },
	{ "type Query implements I { a: Int @deprecated } interface I { a: Int }",
	    "cannot be deprecated while interface field" },
	{ "type Query implements I { a: Int @deprecated } interface I { a: Int @deprecated }",
	    NULL },
	{ "type Query { a: Int @deprecated(reason: null) }", "found null" },
	{ "type Query { a: Int } { a }", "Expected a type system definition" },
	{ "type Query { a: [Int }", "Expected \"]\"" },
	{ "type Query { a: Int } schema { query: Query } schema { query: Query }",
	    "only one schema definition" },
};

static void
a_schema_is_taken_or_its_fault_says_where_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err *err = parse(str_from_z(rows[i].sdl));

		if (rows[i].fault == NULL && err != NULL)
			fail_msg("%s: %.*s", rows[i].sdl, STR_ARG(err->message));
		if (rows[i].fault == NULL)
			continue;
		if (err == NULL)
			fail_msg("%s was taken", rows[i].sdl);
		assert_fault(err, ERR_CORRUPT, rows[i].fault);
		assert_fault(err, ERR_CORRUPT, "schema line ");
	}
}

static struct err *
resolve_nothing(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	return NULL;
}

/* The introspection of ${sdl}, whose Query has one field "a", asked for ${query}. */
static const char *
introspect(const char *sdl, const char *query)
{
	const struct graphql_binding bindings[] = { { STR("Query.a"), resolve_nothing } };
	struct graphql_schema *schema;

	arena_reset(arena);
	assert_no_fault(graphql_schema_parse(arena, str_from_z(sdl), &schema));
	assert_no_fault(graphql_schema_bind(arena, schema, bindings, 1, NULL, 0));
	return arena_copy_z(arena, graphql_world_run(arena, schema, str_from_z(query), STR("")));
}

static void
what_an_extension_adds_belongs_to_the_type(void **state)
{
	const char *sdl = "extend enum E @deprecatedBy { B } enum E { A } type Query { a: E }"
			  " directive @deprecatedBy on ENUM"
			  " scalar S extend scalar S @specifiedBy(url: \"u\")";

	(void)state;
	assert_string_equal(introspect(sdl, "{ __type(name: \"E\") { enumValues { name } } }"),
	    "{\"data\":{\"__type\":{\"enumValues\":[{\"name\":\"A\"},{\"name\":\"B\"}]}}}");
	assert_string_equal(introspect(sdl, "{ __type(name: \"S\") { specifiedByURL } }"),
	    "{\"data\":{\"__type\":{\"specifiedByURL\":\"u\"}}}");
}

static void
input_objects_say_whether_they_take_one_field(void **state)
{
	const char *sdl =
	    "type Query { a(i: I, j: J): Int } input I @oneOf { x: Int } input J { x: Int }";

	(void)state;
	assert_string_equal(introspect(sdl, "{ i: __type(name: \"I\") { isOneOf }"
					    " j: __type(name: \"J\") { isOneOf }"
					    " q: __type(name: \"Query\") { isOneOf } }"),
	    "{\"data\":{\"i\":{\"isOneOf\":true},\"j\":{\"isOneOf\":false},\"q\":{\"isOneOf\":null}"
	    "}}");
}

static void
a_built_in_scalar_that_nothing_mentions_is_no_type_of_the_schema(void **state)
{
	const char *query = "{ a: __type(name: \"Float\") { name } b: __type(name: \"ID\") { name }"
			    " c: __type(name: \"String\") { name } }";

	(void)state;
	assert_string_equal(introspect("type Query { a: Int }", query),
	    "{\"data\":{\"a\":null,\"b\":null,\"c\":{\"name\":\"String\"}}}");
	assert_string_equal(introspect("type Query { a(b: [ID!]): Float }", query),
	    "{\"data\":{\"a\":{\"name\":\"Float\"},\"b\":{\"name\":\"ID\"},"
	    "\"c\":{\"name\":\"String\"}}}");
	assert_contains(introspect("type Query { a: Int }", "query($v: Float) { a }"),
	    "Unknown type \\\"Float\\\"");
}

static void
an_empty_description_is_not_the_same_as_none(void **state)
{
	const char *query = "{ __type(name: \"Query\") { description fields { description } } }";

	(void)state;
	assert_string_equal(introspect("\"\" type Query { a: Int }", query),
	    "{\"data\":{\"__type\":{\"description\":\"\",\"fields\":[{\"description\":null}]}}}");
}

static void
defaults_that_hold_defaults_are_coerced_once(void **state)
{
	static char text[64 * 1024];
	struct buf sdl = buf_over(text, sizeof(text));

	(void)state;
	/* Forty levels, each of which has the next one twice: 2^40 if done over and over. */
	buf_str(&sdl, STR("type Query { a(b: I0 = {}): Int } input I40 { x: Int }"));
	for (int i = 0; i < 40; i++)
		buf_printf(&sdl, " input I%d { x: I%d = {} y: I%d = {} }", i, i + 1, i + 1);
	assert_no_fault(parse(buf_view(&sdl)));
}

static bool
accept_all(struct arena *scratch, const struct json *value, struct str *ret_reason)
{
	(void)scratch;
	(void)value;
	(void)ret_reason;
	return true;
}

static struct err *
bind(const struct graphql_binding *bindings, size_t count, const struct graphql_scalar *scalars,
    size_t scalars_count)
{
	struct graphql_schema *schema;

	arena_reset(arena);
	assert_no_fault(graphql_schema_parse(arena,
	    STR("type Query { a: Int b: S } scalar S interface I { x: Int }"
		" type Subscription { unbound: Int }"),
	    &schema));
	return graphql_schema_bind(arena, schema, bindings, count, scalars, scalars_count);
}

static void
resolvers_and_schema_must_agree(void **state)
{
	const struct graphql_binding both[] = { { STR("Query.a"), resolve_nothing },
		{ STR("Query.b"), resolve_nothing }, { STR("Query.c"), resolve_nothing } };
	const struct graphql_binding twice[] = { { STR("Query.a"), resolve_nothing },
		{ STR("Query.a"), resolve_nothing } };
	const struct graphql_binding wrong[] = { { STR("I.x"), resolve_nothing } };
	const struct graphql_binding nonsense[] = { { STR("Query"), resolve_nothing } };
	const struct graphql_scalar scalars[] = { { STR("S"), accept_all },
		{ STR("S"), accept_all } };
	const struct graphql_scalar builtin[] = { { STR("Int"), accept_all } };

	(void)state;
	assert_no_fault(bind(both, 2, scalars, 1));
	assert_fault(
	    bind(both, 1, NULL, 0), ERR_CORRUPT, "\"Query.b\" of the schema has no resolver");
	assert_fault(bind(both, 3, NULL, 0), ERR_CORRUPT, "\"Query.c\" is bound to a field");
	assert_fault(bind(twice, 2, NULL, 0), ERR_CORRUPT, "\"Query.a\" is bound twice");
	assert_fault(bind(wrong, 1, NULL, 0), ERR_CORRUPT, "bound to no object type");
	assert_fault(bind(nonsense, 1, NULL, 0), ERR_CORRUPT, "bound to a field");
	assert_fault(bind(both, 2, scalars, 2), ERR_CORRUPT, "\"S\" is bound twice");
	assert_fault(bind(both, 2, builtin, 1), ERR_CORRUPT, "no custom scalar");
}

static void
a_schema_in_too_little_memory_is_a_fault_at_every_size(void **state)
{
	static _Alignas(16) char memory[128 * 1024];
	bool taken = false;

	(void)state;
	for (size_t bytes = 64; bytes < sizeof(memory); bytes += bytes < 4096 ? 16 : 176) {
		struct arena small;
		struct graphql_schema *schema;
		struct err *err;

		arena_init(&small, memory, bytes);
		err = graphql_schema_parse(&small, graphql_world_sdl(), &schema);
		taken = err == NULL;
		if (!taken)
			assert_int_equal(err->kind, ERR_LIMIT);
	}
	assert_true(taken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schema_is_taken_or_its_fault_says_where_and_why),
		cmocka_unit_test(what_an_extension_adds_belongs_to_the_type),
		cmocka_unit_test(input_objects_say_whether_they_take_one_field),
		cmocka_unit_test(a_built_in_scalar_that_nothing_mentions_is_no_type_of_the_schema),
		cmocka_unit_test(an_empty_description_is_not_the_same_as_none),
		cmocka_unit_test(defaults_that_hold_defaults_are_coerced_once),
		cmocka_unit_test(resolvers_and_schema_must_agree),
		cmocka_unit_test(a_schema_in_too_little_memory_is_a_fault_at_every_size),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
