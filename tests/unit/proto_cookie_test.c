#include "support/unit.h"

#include "proto/cookie.h"

/* The cookie "strike" in ${header}, NULL when there is none, "several" when there are. */
static const char *
found(struct str header)
{
	static char value[COOKIE_HEADER_BYTES_MAX + 1];
	struct str got;

	switch (cookie_find(header, STR("strike"), &got)) {
	case COOKIE_NONE:
		assert_true(str_empty(got));
		return NULL;
	case COOKIE_SEVERAL:
		return "several";
	case COOKIE_ONE:
		memcpy(value, got.len == 0 ? "" : got.ptr, got.len);
		value[got.len] = '\0';
		return value;
	}
	return NULL;
}

static void
a_cookie_is_found_among_others(void **state)
{
	(void)state;
	assert_string_equal(found(STR("strike=7")), "7");
	assert_string_equal(found(STR("a=b; strike=7; c=d")), "7");
	assert_string_equal(found(STR("a=b;strike=7")), "7");
	assert_string_equal(found(STR(";; a ;=;strike = 7 ;")), "7");
	assert_string_equal(found(STR("strike=\"7\"")), "7");
	assert_string_equal(found(STR("strike=a=b")), "a=b");
	assert_string_equal(found(STR("strike=")), "");
	assert_string_equal(found(STR("strike=\"")), "\"");
}

static void
what_is_called_otherwise_is_another(void **state)
{
	(void)state;
	assert_null(found(STR("")));
	assert_null(found(STR("strike")));
	assert_null(found(STR("Strike=7")));
	assert_null(found(STR("xstrike=7; strikex=7; strike x=7")));
	assert_null(found(STR("__Host-strike=7")));
	assert_null(found(STR("a=strike=7")));
}

static void
two_of_one_name_are_one_only_if_they_say_the_same(void **state)
{
	(void)state;
	assert_string_equal(found(STR("strike=7; strike=7")), "7");
	assert_string_equal(found(STR("strike=7; strike=8")), "several");
	assert_string_equal(found(STR("strike=; strike=8")), "several");
	assert_string_equal(found(STR("strike=8; a=b; strike=\"8\"")), "8");
}

static void
a_header_over_the_limit_is_not_looked_at(void **state)
{
	static char header[COOKIE_HEADER_BYTES_MAX + 1];

	(void)state;
	memset(header, ';', sizeof(header));
	memcpy(header, "strike=7", 8);
	assert_null(found((struct str){ header, sizeof(header) }));
	assert_string_equal(found((struct str){ header, sizeof(header) - 1 }), "7");
}

static void
a_cookie_is_for_this_host_out_of_reach_of_scripts_and_of_other_sites(void **state)
{
	char memory[256];
	struct buf buf = buf_over(memory, sizeof(memory));

	(void)state;
	cookie_format(&(struct cookie){ .name = STR("__Host-strike"),
			  .value = STR("0a1b"),
			  .max_age_s = 60,
			  .secure = true },
	    &buf);
	assert_text(buf_view(&buf),
	    "__Host-strike=0a1b; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure");
	buf.len = 0;
	cookie_format(&(struct cookie){ .name = STR("strike"), .value = STR("") }, &buf);
	assert_text(buf_view(&buf), "strike=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_is_found_among_others),
		cmocka_unit_test(what_is_called_otherwise_is_another),
		cmocka_unit_test(two_of_one_name_are_one_only_if_they_say_the_same),
		cmocka_unit_test(a_header_over_the_limit_is_not_looked_at),
		cmocka_unit_test(
		    a_cookie_is_for_this_host_out_of_reach_of_scripts_and_of_other_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
