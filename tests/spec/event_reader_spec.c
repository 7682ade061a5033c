#include "codec/event_reader.h"

#include <stdio.h>

#include "codec/event_codec.h"
#include "support/same_json.h"
#include "support/sample_events.h"
#include "support/spec.h"

/* jansson is the judge: what the reader reads, jansson reads the same way. */

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

/* Whether the reader reads ${text}; then it has to be right. */
static bool
reads(struct str text)
{
	const struct json *fast = event_reader_read(arena, text), *slow = NULL;
	struct str reason = STR("");

	if (fast == NULL)
		return false;
	if (!json_parse(arena, text, &slow, &reason))
		fail_msg("%.*s is read, and jansson says: %.*s", STR_ARG(text), STR_ARG(reason));
	if (!same_json(fast, slow))
		fail_msg("%.*s is read otherwise by jansson", STR_ARG(text));
	return true;
}

static struct str
written(enum eco_event_type type)
{
	struct eco_event event = sample_event(type);
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);

	codec_encode_event(&event, &buf);
	return buf_view(&buf);
}

static void
every_event_is_read_without_asking_jansson(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		arena_reset(arena);
		assert_true(reads(written((enum eco_event_type)i)));
	}
}

static void
the_largest_location_and_list_are_read(void **state)
{
	struct eco_event event = sample_event(ECO_EVENT_CREATED);
	struct geo_point *points = arena_array(arena, struct geo_point, GEO_LINE_POINTS_MAX);
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);

	(void)state;
	for (size_t i = 0; i < GEO_LINE_POINTS_MAX; i++)
		points[i] = (struct geo_point){ -97.12345678901234 - (double)i / 1e4 / 3,
			30.12345678901234 + (double)i / 7e5 };
	event.created.location = (struct geo_location){ GEO_LINE, points, GEO_LINE_POINTS_MAX };
	codec_encode_event(&event, &buf);
	assert_false(buf.overflowed);
	assert_true(reads(buf_view(&buf)));
}

static void
texts_numbers_and_nesting_are_read_as_jansson_reads_them(void **state)
{
	static const char *const read[] = { "{}", "[]", "0", "-0", "-0.0", "0.5", "-97.7431", "1.0",
		"1.5e3", "-1.25E-7", "1.0e-400", "123456789012345678", "-123456789012345678",
		"0.1234567890123456789", "97.123456789012345", "123456789012345.5",
		"9007199254740993.0", "4.35", "0.1", "0.30000000000000004", "\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"a\\nb\"", "\"\xe2\x82\xac\"",
		"\"\xf0\x9f\x98\x80\"", "\"\x7f\"", "[1,[2,[3]],{\"a\":{}}]", "{\"a\":1,\"b\":[]}",
		"{\"\":1}", "{\"a\\\\\":1}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(read); i++) {
		if (!reads(str_from_z(read[i])))
			fail_msg("%s", read[i]);
	}
}

/* Some of it jansson reads, some of it nobody does: the reader is sure of none. */
static void
what_no_event_has_is_left_to_jansson(void **state)
{
	static const char *const left[] = { "", " {}", "{} ", "{ }", "{\"a\" :1}", "[1, 2]", "null",
		"tru", "false", "\"\\u0041\"", "\"\\u0000\"", "\"\\x\"", "\"\\", "\"", "\"a",
		"\"a\\\"", "\"\n\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"",
		"01", "-", "-01", "+1", ".5", "1.", "1.e5", "1e5", "1.5e", "1.5e+", "1.5.5", "1.5-",
		"--1", "1234567890123456789", "99999999999999999999", "1.0e999",
		"{\"a\":1,\"a\":2}", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\":}", "{,}", "[,]",
		"[1,]", "[1", "{\"a\":1", "[1]]", "{}{}", "[[[[[[[[[[1]]]]]]]]]]" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(left); i++) {
		if (reads(str_from_z(left[i])))
			fail_msg("%s", left[i]);
	}
	assert_false(reads(STR("{\"a\":\"b\0c\"}")));
}

/* Each byte of each event flipped in each way: refused, or read as jansson reads it. */
static void
whatever_byte_is_changed_jansson_would_have_read_the_same(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		struct str payload;
		char *text;

		arena_reset(arena);
		payload = written((enum eco_event_type)i);
		text = (char *)(uintptr_t)payload.ptr;
		for (size_t at = 0; at < payload.len; at++) {
			for (int bit = 0; bit < 8; bit++) {
				struct arena_mark mark = arena_mark(arena);

				text[at] = (char)(text[at] ^ 1 << bit);
				(void)reads(payload);
				text[at] = (char)(text[at] ^ 1 << bit);
				arena_release(arena, mark);
			}
		}
	}
}

static void
a_text_lives_in_the_arena_and_not_in_the_payload(void **state)
{
	char payload[] = "{\"task\":\"RT-7001\"}";
	const struct json *read = event_reader_read(arena, str_from_z(payload));

	(void)state;
	memset(payload, 'x', sizeof(payload) - 1);
	assert_true(str_equal(json_text_or(read, STR("task"), STR("")), STR("RT-7001")));
}

static void
an_arena_that_is_full_is_no_answer(void **state)
{
	char memory[64];
	struct arena small;

	(void)state;
	for (size_t limit = 1; limit <= sizeof(memory); limit++) {
		arena_init(&small, memory, limit);
		(void)event_reader_read(&small, STR("{\"a\":[1,2,{\"b\":\"c\"}]}"));
	}
	arena_init(&small, memory, sizeof(memory));
	assert_null(event_reader_read(&small, STR("{\"a\":[1,2,{\"b\":\"c\"}]}")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_read_without_asking_jansson),
		cmocka_unit_test(the_largest_location_and_list_are_read),
		cmocka_unit_test(texts_numbers_and_nesting_are_read_as_jansson_reads_them),
		cmocka_unit_test(what_no_event_has_is_left_to_jansson),
		cmocka_unit_test(whatever_byte_is_changed_jansson_would_have_read_the_same),
		cmocka_unit_test(a_text_lives_in_the_arena_and_not_in_the_payload),
		cmocka_unit_test(an_arena_that_is_full_is_no_answer),
	};

	return cmocka_run_group_tests_name("event reader", tests, set_up, tear_down);
}
