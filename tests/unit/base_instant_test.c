#include "support/unit.h"

#include <time.h>

#include "base/instant.h"

static char room[64];

static struct str
text_of(struct instant when)
{
	struct buf buf = buf_over(room, sizeof(room));

	instant_format(when, &buf);
	return buf_view(&buf);
}

static int64_t
us_of(const char *text)
{
	struct instant when = { -1 };

	if (!instant_parse(str_from_z(text), &when))
		fail_msg("\"%s\" was refused", text);
	return when.us;
}

static void
well_known_moments_are_written_as_everybody_writes_them(void **state)
{
	(void)state;
	assert_text(text_of((struct instant){ 0 }), "1970-01-01T00:00:00.000000Z");
	assert_text(
	    text_of((struct instant){ INT64_C(951782399999999) }), "2000-02-28T23:59:59.999999Z");
	assert_text(
	    text_of((struct instant){ INT64_C(951782400000000) }), "2000-02-29T00:00:00.000000Z");
	assert_text(
	    text_of((struct instant){ INT64_C(4107542400000000) }), "2100-03-01T00:00:00.000000Z");
	assert_text(text_of((struct instant){ INT64_C(253402300799999999) }),
	    "9999-12-31T23:59:59.999999Z");
}

static void
every_day_until_the_year_9999_reads_back_and_agrees_with_libc(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 2932897; day++) {
		struct instant when = { (day * 86400 + day % 86400) * 1000000 + day % 1000000 };
		time_t seconds = (time_t)(when.us / 1000000);
		struct instant back = { -1 };
		char expected[64];
		struct tm tm;

		if (!instant_parse(text_of(when), &back) || back.us != when.us)
			fail_msg("day %lld does not read back", (long long)day);
		if (day % 97 != 0)
			continue;
		(void)gmtime_r(&seconds, &tm);
		(void)strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &tm);
		if (!str_starts_with(text_of(when), str_from_z(expected)))
			fail_msg("expected %s, got %.*s", expected, STR_ARG(text_of(when)));
	}
}

static void
offsets_and_fractions_are_read(void **state)
{
	(void)state;
	assert_int_equal(us_of("2026-01-05T02:14:07Z"), INT64_C(1767579247000000));
	assert_int_equal(us_of("2026-01-05t02:14:07z"), INT64_C(1767579247000000));
	assert_int_equal(us_of("2026-01-04T20:14:07-06:00"), INT64_C(1767579247000000));
	assert_int_equal(us_of("2026-01-05T07:44:07+05:30"), INT64_C(1767579247000000));
	assert_int_equal(us_of("2026-01-05T02:14:07.5Z"), INT64_C(1767579247500000));
	assert_int_equal(us_of("2026-01-05T02:14:07.000001Z"), INT64_C(1767579247000001));
	assert_int_equal(us_of("1970-01-01T00:30:00+00:30"), 0);
}

static void
what_is_no_moment_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-01-05",
		"2026-01-05T02:14Z",
		"2026-01-05T02:14:07",
		"2026-01-05T02:14:07.Z",
		"2026-01-05T02:14:07.0000001Z",
		"2026-01-05T02:14:07Z ",
		" 2026-01-05T02:14:07Z",
		"2026-1-5T02:14:07Z",
		"2026-01-05T24:00:00Z",
		"2026-01-05T02:60:00Z",
		"2026-01-05T02:14:60Z",
		"2026-13-05T02:14:07Z",
		"2026-00-05T02:14:07Z",
		"2026-02-29T02:14:07Z",
		"2026-04-31T02:14:07Z",
		"2100-02-29T00:00:00Z",
		"2026-01-00T02:14:07Z",
		"2026-01-05T02:14:07+0600",
		"2026-01-05T02:14:07+24:00",
		"2026-01-05T02:14:07+06:60",
		"2026-01-05T02:14:07 Z",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+00:01",
		"0000-01-01T00:00:00Z",
		"9999-12-31T23:59:59-00:01",
		"9999-12-31T23:59:59.999999-23:59",
		"+2026-01-05T02:14:07Z",
		"10000-01-01T00:00:00Z",
		"2026-01-05T-1:14:07Z",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct instant when = { 7 };

		if (instant_parse(str_from_z(bad[i]), &when))
			fail_msg("\"%s\" was read as %.*s", bad[i], STR_ARG(text_of(when)));
		assert_int_equal(when.us, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_known_moments_are_written_as_everybody_writes_them),
		cmocka_unit_test(every_day_until_the_year_9999_reads_back_and_agrees_with_libc),
		cmocka_unit_test(offsets_and_fractions_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
