#include "support/unit.h"

#include "runtime/http_accept.h"

/* What a client that sends Accept: ${text} thinks of ${type}. */
static struct http_wish
wish(const char *text, const char *type)
{
	struct http_header header = { STR("accept"), str_from_z(text) };

	return http_accept_media(&header, 1, str_from_z(type));
}

static int
json(const char *text)
{
	return wish(text, "application/json").thousandths;
}

static int
graphql(const char *text)
{
	return wish(text, "application/graphql-response+json").thousandths;
}

static void
whoever_says_nothing_takes_every_media_type(void **state)
{
	struct http_header other = { STR("Host"), STR("strike.example") };

	(void)state;
	assert_int_equal(http_accept_media(NULL, 0, STR("application/json")).thousandths, 1000);
	assert_int_equal(http_accept_media(&other, 1, STR("application/json")).thousandths, 1000);
	assert_int_equal(json(""), 1000);
	assert_int_equal(json("  "), 1000);
	assert_false(wish("", "application/json").named);
}

static void
whoever_says_something_takes_that_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(json("application/json"), 1000);
	assert_int_equal(json("APPLICATION/Json"), 1000);
	assert_int_equal(json("text/html"), 0);
	assert_int_equal(json("application/graphql-response+json"), 0);
	assert_int_equal(json("application/jsonx"), 0);
	assert_int_equal(json("application"), 0);
	assert_int_equal(json("text/html, application/json"), 1000);
	assert_true(wish("application/json", "application/json").named);
}

static void
qualities_are_thousandths(void **state)
{
	(void)state;
	assert_int_equal(json("application/json;q=0.5"), 500);
	assert_int_equal(json("application/json; Q=0.125"), 125);
	assert_int_equal(json("application/json ; q=0"), 0);
	assert_int_equal(json("application/json;q=0.000"), 0);
	assert_int_equal(json("application/json;q=1.000"), 1000);
	assert_int_equal(json("application/json;q=0."), 0);
	assert_int_equal(json("application/json;q=.5, */*;q=0.3"), 300);
}

static void
an_element_that_cannot_be_read_is_as_if_it_were_not_there(void **state)
{
	static const char *const bad[] = { "application/json;q=2", "application/json;q=1.001",
		"application/json;q=-1", "application/json;q=0.5000", "application/json;q=a",
		"application/json;q=", ";q=1", ",", ",,;,", "/", "\"application/json\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(json(bad[i]), 0);
	assert_int_equal(json("application/json;q=7, application/json;q=0.7"), 700);
}

static void
the_closest_range_counts_whatever_the_order(void **state)
{
	(void)state;
	assert_int_equal(json("*/*;q=0.1, application/*;q=0.2, application/json;q=0.3"), 300);
	assert_int_equal(json("application/json;q=0.3, application/*;q=0.2, */*;q=0.1"), 300);
	assert_int_equal(graphql("application/json;q=0.3, application/*;q=0.2, */*;q=0.1"), 200);
	assert_int_equal(json("application/*"), 1000);
	assert_int_equal(json("application/json;q=0.2, application/json;q=0.6"), 600);
	assert_int_equal(json("application/json;q=0.6, application/json;q=0.2"), 600);
	assert_int_equal(json("text/*, */*;q=0.4"), 400);
	assert_int_equal(json("*/*, application/json;q=0"), 0);
	assert_false(wish("*/*", "application/json").named);
	assert_false(wish("application/*", "application/json").named);
}

static void
only_utf_8_is_spoken(void **state)
{
	(void)state;
	assert_int_equal(json("application/json; charset=utf-8"), 1000);
	assert_int_equal(json("application/json; charset=\"UTF-8\"; q=0.5"), 500);
	assert_int_equal(json("application/json; charset=utf-16"), 0);
	assert_int_equal(json("application/json; charset=utf-16, application/json;q=0.2"), 200);
}

static void
a_comma_in_quotes_separates_nothing(void **state)
{
	(void)state;
	assert_int_equal(json("text/plain; x=\"a, application/json\""), 0);
	assert_int_equal(
	    json("text/plain; x=\"a\\\", application/json\", application/json;q=0.5"), 500);
	assert_int_equal(json("text/plain; x=\"never closed, application/json"), 0);
}

static void
several_headers_are_one_list(void **state)
{
	struct http_header headers[] = {
		{ STR("Accept"), STR("text/html") },
		{ STR("Host"), STR("application/json;q=0.1") },
		{ STR("ACCEPT"), STR("application/json;q=0.5") },
	};

	(void)state;
	assert_int_equal(
	    http_accept_media(headers, COUNT_OF(headers), STR("application/json")).thousandths,
	    500);
}

/* What a client that sends Accept-Encoding: ${text} thinks of ${coding}. */
static int
coding(const char *text, const char *name)
{
	struct http_header header = { STR("Accept-Encoding"), str_from_z(text) };

	return http_accept_coding(&header, 1, str_from_z(name)).thousandths;
}

static void
only_what_is_named_is_a_coding_that_is_taken(void **state)
{
	(void)state;
	assert_int_equal(http_accept_coding(NULL, 0, STR("gzip")).thousandths, 0);
	assert_int_equal(http_accept_coding(NULL, 0, STR("identity")).thousandths, 1000);
	assert_int_equal(coding("gzip, deflate, br", "gzip"), 1000);
	assert_int_equal(coding("deflate, br", "gzip"), 0);
	assert_int_equal(coding("br;q=1.0, *;q=0.5", "gzip"), 500);
	assert_int_equal(coding("gzip;q=0, *", "gzip"), 0);
	assert_int_equal(coding("gzip", "identity"), 1000);
	assert_int_equal(coding("gzip, identity;q=0", "identity"), 0);
	assert_int_equal(coding("gzip, *;q=0", "identity"), 0);
	assert_int_equal(coding("*;q=0, identity;q=0.5", "identity"), 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_says_nothing_takes_every_media_type),
		cmocka_unit_test(whoever_says_something_takes_that_and_nothing_else),
		cmocka_unit_test(qualities_are_thousandths),
		cmocka_unit_test(an_element_that_cannot_be_read_is_as_if_it_were_not_there),
		cmocka_unit_test(the_closest_range_counts_whatever_the_order),
		cmocka_unit_test(only_utf_8_is_spoken),
		cmocka_unit_test(a_comma_in_quotes_separates_nothing),
		cmocka_unit_test(several_headers_are_one_list),
		cmocka_unit_test(only_what_is_named_is_a_coding_that_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
