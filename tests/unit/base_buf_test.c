#include "support/unit.h"

#include "base/buf.h"

static void
what_fits_is_written_in_order(void **state)
{
	char room[32];
	struct buf buf = buf_over(room, sizeof(room));

	(void)state;
	buf_str(&buf, STR("port "));
	buf_printf(&buf, "%d", 8080);
	buf_char(&buf, '!');
	buf_str(&buf, STR(""));
	assert_text(buf_view(&buf), "port 8080!");
	assert_false(buf.overflowed);
}

static void
what_does_not_fit_is_dropped_and_remembered(void **state)
{
	char room[4] = "....";
	struct buf buf = buf_over(room, 3);

	(void)state;
	buf_str(&buf, STR("abcd"));
	assert_true(buf.overflowed);
	assert_int_equal(buf.len, 0);
	buf_str(&buf, STR("abc"));
	assert_text(buf_view(&buf), "abc");
	buf_char(&buf, 'd');
	buf_printf(&buf, "%d", 1);
	assert_text(buf_view(&buf), "abc");
	assert_int_equal(room[3], '.');
	assert_true(buf.overflowed);
}

static void
a_printed_text_of_every_length_fits_or_leaves_no_trace(void **state)
{
	(void)state;
	for (int limit = 0; limit < 12; limit++) {
		for (int length = 0; length < 12; length++) {
			char room[13] = "............";
			struct buf buf = buf_over(room, (size_t)limit);

			buf_printf(&buf, "%.*s", length, "abcdefghijkl");
			assert_int_equal(buf.len, buf.overflowed ? 0 : length);
			if (length < limit)
				assert_false(buf.overflowed);
			if (length > limit)
				assert_true(buf.overflowed);
			assert_int_equal(room[limit], '.');
		}
	}
}

static void
a_buf_without_memory_has_overflowed(void **state)
{
	char memory[4];
	struct arena arena;
	struct buf buf;

	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	buf = buf_in(&arena, 5);
	assert_true(buf.overflowed);
	buf_str(&buf, STR("a"));
	buf_printf(&buf, "%d", 1);
	assert_int_equal(buf_view(&buf).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_written_in_order),
		cmocka_unit_test(what_does_not_fit_is_dropped_and_remembered),
		cmocka_unit_test(a_printed_text_of_every_length_fits_or_leaves_no_trace),
		cmocka_unit_test(a_buf_without_memory_has_overflowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
