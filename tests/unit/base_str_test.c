#include "support/unit.h"

#include "base/str.h"

static void
comparison_is_by_bytes_and_shorter_first(void **state)
{
	(void)state;
	assert_int_equal(str_compare(STR("a"), STR("a")), 0);
	assert_true(str_compare(STR("a"), STR("b")) < 0);
	assert_true(str_compare(STR("ab"), STR("a")) > 0);
	assert_true(str_compare(STR(""), STR("a")) < 0);
	assert_true(str_compare(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_compare((struct str){ NULL, 0 }, STR("")), 0);
}

static void
case_is_ignored_in_ascii_only(void **state)
{
	(void)state;
	assert_true(str_equal_nocase(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_equal_nocase(STR("a"), STR("ab")));
	assert_false(str_equal_nocase(STR("\xc3\x89"), STR("\xc3\xa9"))); /* E acute */
	assert_false(str_equal_nocase(STR("@"), STR("`")));
}

static void
trimming_takes_white_space_at_both_ends(void **state)
{
	(void)state;
	assert_text(str_trim(STR(" \t a b\r\n")), "a b");
	assert_text(str_trim(STR(" \t ")), "");
	assert_text(str_trim((struct str){ NULL, 0 }), "");
}

static void
cutting_walks_through_the_parts(void **state)
{
	struct str rest = STR("a,,b");

	(void)state;
	assert_text(str_cut(&rest, ','), "a");
	assert_text(str_cut(&rest, ','), "");
	assert_text(rest, "b");
	assert_text(str_cut(&rest, ','), "b");
	assert_true(str_empty(rest));
	assert_text(str_cut(&rest, ','), "");
}

static void
a_needle_is_found_where_it_first_is(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR("abcbc"), STR("bc")), 1);
	assert_int_equal(str_find(STR("abc"), STR("")), 0);
	assert_int_equal(str_find(STR("abc"), STR("abcd")), SIZE_MAX);
	assert_int_equal(str_find(STR("abc"), STR("c")), 2);
	assert_int_equal(str_find(STR(""), STR("c")), SIZE_MAX);
}

static void
integers_are_read_up_to_the_last_that_fits(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x1", "--1", "1-",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999" };
	int64_t value = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(str_parse_i64(str_from_z(bad[i]), &value));
	assert_int_equal(value, 7);
	assert_true(str_parse_i64(STR("9223372036854775807"), &value));
	assert_true(value == INT64_MAX);
	assert_true(str_parse_i64(STR("-9223372036854775808"), &value));
	assert_true(value == INT64_MIN);
	assert_true(str_parse_i64(STR("-0"), &value));
	assert_int_equal(value, 0);
}

static void
doubles_are_finite_decimals(void **state)
{
	static const char *const bad[] = { "", "nan", "inf", "-inf", "0x1p3", "1e999", "1 ", " 1",
		"1,5", "e", "-", "1e", "+-1" };
	/* JSON's grammar (RFC 8259, 6) has neither of these. */
	static const char *const not_json[] = { "+1", ".5", "1.", "01", "-.5", "00" };
	double value = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(str_parse_double(str_from_z(bad[i]), &value));
	for (size_t i = 0; i < COUNT_OF(not_json); i++)
		assert_false(str_parse_double(str_from_z(not_json[i]), &value));
	assert_false(str_parse_double(STR("1\0"
					  "2"),
	    &value));
	assert_true(value == 7);
	assert_true(str_parse_double(STR("-97.7431"), &value));
	assert_true(value == -97.7431);
	assert_true(str_parse_double(STR("1e-3"), &value));
	assert_true(value == 0.001);
	assert_true(str_parse_double(STR("0"), &value));
	assert_true(str_parse_double(STR("-0.5E+2"), &value));
	assert_true(value == -50);
}

static void
utf8_is_exactly_what_rfc_3629_allows(void **state)
{
	static const char *const good[] = { "", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
		"\xc2\x41", "\xe0\x9f\xbf", "\xe1\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(str_is_utf8(str_from_z(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(str_is_utf8(str_from_z(bad[i])));
	assert_int_equal(str_utf8_length(STR("a\xc3\xa9\xf0\x9f\x9a\xa8")), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison_is_by_bytes_and_shorter_first),
		cmocka_unit_test(case_is_ignored_in_ascii_only),
		cmocka_unit_test(trimming_takes_white_space_at_both_ends),
		cmocka_unit_test(cutting_walks_through_the_parts),
		cmocka_unit_test(a_needle_is_found_where_it_first_is),
		cmocka_unit_test(integers_are_read_up_to_the_last_that_fits),
		cmocka_unit_test(doubles_are_finite_decimals),
		cmocka_unit_test(utf8_is_exactly_what_rfc_3629_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
