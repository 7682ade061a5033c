#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(64 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static const struct json *
read_text(struct str text)
{
	const struct json *value = NULL;
	struct str reason = STR("");

	if (!json_parse(arena, text, &value, &reason))
		fail_msg("%.*s was refused: %.*s", STR_ARG(text), STR_ARG(reason));
	return value;
}

/* Why ${text} is refused. */
static const char *
refusal_of(struct str text)
{
	const struct json *value = NULL;
	struct str reason = STR("");

	if (json_parse(arena, text, &value, &reason))
		fail_msg("%.*s was read", STR_ARG(text));
	assert_true(reason.len > 0);
	assert_true(str_is_utf8(reason));
	return arena_copy_z(arena, reason);
}

static struct str
written(const struct json *value)
{
	struct buf buf = buf_in(arena, 1 << 20);
	struct json_writer writer = json_writer(&buf);

	json_write_value(&writer, value);
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* -- reading -- */

static void
a_document_is_read_in_its_order(void **state)
{
	const struct json *eco = read_text(STR(
	    " {\"z\": [1, -2.5, true, false, null, \"x\"], \"a\": {\"b\": 9007199254740993}} "));
	const struct json *list = json_find(eco, STR("z"));
	double number = 0;

	(void)state;
	assert_int_equal(eco->type, JSON_MAP);
	assert_text(eco->map.members[0].name, "z");
	assert_text(eco->map.members[1].name, "a");
	assert_int_equal(list->list.count, 6);
	assert_true(json_number(&list->list.items[0], &number) && number == 1);
	assert_true(json_number(&list->list.items[1], &number) && number == -2.5);
	assert_false(json_number(&list->list.items[2], &number));
	assert_int_equal(list->list.items[4].type, JSON_NULL_VALUE);
	assert_text(list->list.items[5].text, "x");
	assert_true(
	    json_int_or(json_find(eco, STR("a")), STR("b"), 0) == INT64_C(9007199254740993));
}

static void
a_missing_member_or_one_of_another_type_is_the_fallback(void **state)
{
	const struct json *value = read_text(STR("{\"text\":1,\"int\":\"1\",\"bool\":null}"));

	(void)state;
	assert_text(json_text_or(value, STR("text"), STR("none")), "none");
	assert_int_equal(json_int_or(value, STR("int"), -1), -1);
	assert_true(json_bool_or(value, STR("bool"), true));
	assert_null(json_find(value, STR("absent")));
	assert_null(json_find(NULL, STR("text")));
	assert_null(json_find(json_find(value, STR("text")), STR("x")));
	assert_text(json_text_or(NULL, STR("text"), STR("none")), "none");
}

static void
any_value_may_be_a_document(void **state)
{
	(void)state;
	assert_int_equal(read_text(STR("null"))->type, JSON_NULL_VALUE);
	assert_int_equal(read_text(STR("7"))->integer, 7);
	assert_int_equal(read_text(STR("[]"))->list.count, 0);
	assert_int_equal(read_text(STR("{}"))->map.count, 0);
	assert_int_equal(read_text(STR("\"\""))->text.len, 0);
}

static void
escapes_are_read(void **state)
{
	(void)state;
	assert_text(read_text(STR("\"\\u00e9\\ud83d\\udea8\\n\\\"\\/\""))->text,
	    "\xc3\xa9\xf0\x9f\x9a\xa8\n\"/");
}

static void
what_is_no_json_is_refused_with_a_place(void **state)
{
	static const char *const bad[] = { "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "'a'",
		"[1] 2", "nul", "NaN", "Infinity", "-", "01", "+1", "1.", ".5", "0x1", "\"\t\"",
		"\"\\x\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "{\"\\u0000\":1}",
		"[\"a]", "// x\n1", "99999999999999999999", "1e999" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_contains(refusal_of(str_from_z(bad[i])), "line ");
	assert_contains(refusal_of(STR("1\0")), "NUL");
	assert_contains(refusal_of(STR("[1\0,2]")), "NUL");
	assert_contains(refusal_of(STR("[1,\n  oops]")), "line 2");
}

static void
a_name_that_comes_twice_is_refused(void **state)
{
	(void)state;
	assert_contains(refusal_of(STR("{\"a\":1,\"a\":1}")), "duplicate");
	assert_contains(refusal_of(STR("{\"a\":1,\"\\u0061\":2}")), "duplicate");
	assert_contains(refusal_of(STR("[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]")), "duplicate");
}

static void
invalid_utf8_is_refused(void **state)
{
	(void)state;
	assert_contains(refusal_of(STR("\"\xff\"")), "line 1");
	assert_contains(refusal_of(STR("\"\xc0\x80\"")), "line 1");
	assert_contains(refusal_of(STR("\"\xed\xa0\x80\"")), "line 1");
	assert_contains(refusal_of(STR("{\"\xe2\x82\":1}")), "line 1");
	assert_contains(refusal_of(STR("\"abc\xf0\x9f")), "line 1");
}

/* ${depth} lists within each other. */
static struct str
nested(size_t depth)
{
	struct buf buf = buf_in(arena, 2 * depth);

	for (size_t i = 0; i < depth; i++)
		buf_char(&buf, '[');
	for (size_t i = 0; i < depth; i++)
		buf_char(&buf, ']');
	return buf_view(&buf);
}

static void
nesting_ends_at_the_limit(void **state)
{
	(void)state;
	assert_int_equal(read_text(nested(JSON_DEPTH_MAX))->type, JSON_LIST);
	assert_contains(refusal_of(nested(JSON_DEPTH_MAX + 2)), "nested too deeply");
	assert_contains(refusal_of(nested(2000)), "nested too deeply");
	assert_contains(refusal_of(nested(1000000)), "depth");
	assert_contains(refusal_of((struct str){ nested(1000000).ptr, 1000000 }), "depth");
}

static void
the_number_of_values_ends_at_the_limit(void **state)
{
	struct buf buf = buf_in(arena, 2 * JSON_VALUES_MAX + 10);

	(void)state;
	buf_str(&buf, STR("[0"));
	for (int i = 1; i < JSON_VALUES_MAX; i++)
		buf_str(&buf, STR(",0"));
	buf_char(&buf, ']');
	assert_contains(refusal_of(buf_view(&buf)), "too many values");
}

static void
a_document_that_does_not_fit_into_memory_is_refused(void **state)
{
	char memory[200];
	struct arena small;
	const struct json *value;
	struct str reason;

	(void)state;
	for (size_t limit = 1; limit <= sizeof(memory); limit++) {
		arena_init(&small, memory, limit);
		if (!json_parse(&small, STR("{\"abc\":[1,2,\"def\"]}"), &value, &reason))
			assert_text(reason, "the document is too large");
	}
}

/* -- writing -- */

static void
what_was_read_is_written_back(void **state)
{
	static const char *const texts[] = { "null", "[]", "{}", "[[],{},[{}]]",
		"{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"},\"f\":-0.5}",
		"\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\"",
		"[9223372036854775807,-9223372036854775808]" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_text(written(read_text(str_from_z(texts[i]))), texts[i]);
}

static void
members_and_items_are_separated_by_the_writer(void **state)
{
	struct buf buf = buf_in(arena, 1000);
	struct json_writer w = json_writer(&buf);

	(void)state;
	json_begin_map(&w);
	json_member_text(&w, STR("a"), STR("b"));
	json_member_int(&w, STR("i"), -1);
	json_name(&w, STR("list"));
	json_begin_list(&w);
	json_write_bool(&w, true);
	json_write_null(&w);
	json_begin_map(&w);
	json_end_map(&w);
	json_end_list(&w);
	json_member_bool(&w, STR("t"), false);
	json_member_double(&w, STR("d"), 0.1);
	json_member_raw(&w, STR("r"), STR("[1]"));
	json_end_map(&w);
	assert_text(buf_view(&buf),
	    "{\"a\":\"b\",\"i\":-1,\"list\":[true,null,{}],\"t\":false,\"d\":0.1,\"r\":[1]}");
}

static void
doubles_read_back_the_same_with_few_digits(void **state)
{
	static const double numbers[] = { 0, -0.0, 0.1, -97.7431, 30.2672, 1.0 / 3, 1e300, 5e-324,
		1.7976931348623157e308, 123456789012345678.0, 100 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct json value = { .type = JSON_FLOAT, .number = numbers[i] };
		double number = 1;

		assert_true(json_number(read_text(written(&value)), &number));
		assert_true(number == numbers[i]);
	}
	assert_text(written(&(struct json){ .type = JSON_FLOAT, .number = -97.7431 }), "-97.7431");
}

static void
coordinates_are_written_as_fifteen_digits_would_say(void **state)
{
	uint64_t chance = 1;
	char expected[32];

	(void)state;
	for (int i = 0; i < 6000; i++) {
		/* Whole degrees and up to seven digits behind the point, either side of zero. */
		double scale[] = { 1, 10, 1e3, 1e5, 1e6, 1e7 };
		struct arena_mark mark = arena_mark(arena);
		int64_t units;
		struct json value = { .type = JSON_FLOAT };

		chance = chance * 6364136223846793005u + 1442695040888963407u;
		units = (int64_t)(chance >> 33) - (1ll << 30);
		value.number = (double)units / scale[i % 6];
		(void)snprintf(expected, sizeof(expected), "%.15g", value.number);
		assert_text(written(&value), expected);
		arena_release(arena, mark);
	}
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(a_document_is_read_in_its_order),
		WITH_ARENA(a_missing_member_or_one_of_another_type_is_the_fallback),
		WITH_ARENA(any_value_may_be_a_document),
		WITH_ARENA(escapes_are_read),
		WITH_ARENA(what_is_no_json_is_refused_with_a_place),
		WITH_ARENA(a_name_that_comes_twice_is_refused),
		WITH_ARENA(invalid_utf8_is_refused),
		WITH_ARENA(nesting_ends_at_the_limit),
		WITH_ARENA(the_number_of_values_ends_at_the_limit),
		WITH_ARENA(a_document_that_does_not_fit_into_memory_is_refused),
		WITH_ARENA(what_was_read_is_written_back),
		WITH_ARENA(members_and_items_are_separated_by_the_writer),
		WITH_ARENA(doubles_read_back_the_same_with_few_digits),
		WITH_ARENA(coordinates_are_written_as_fifteen_digits_would_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
