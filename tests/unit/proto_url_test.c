#include "support/unit.h"

#include "proto/mail_date.h"
#include "proto/url.h"

static char room[512];

/* The URL made of ${base} and ${segment}, or "refused". */
static struct str
join(const char *base, struct str segment)
{
	struct buf buf = buf_over(room, sizeof(room));

	url_begin(&buf, str_from_z(base));
	return url_append_segment(&buf, segment) ? buf_view(&buf) : STR("refused");
}

static void
a_segment_cannot_leave_its_place(void **state)
{
	(void)state;
	assert_text(join("https://host/api/", STR("42")), "https://host/api/42");
	assert_text(join("https://host", STR("../x?y#z")), "https://host/..%2Fx%3Fy%23z");
	assert_text(join("https://host", STR("a b%\xc3\xa9")), "https://host/a%20b%25%C3%A9");
	assert_text(join("https://host", STR("..")), "refused");
	assert_text(join("https://host", STR(".")), "refused");
	assert_text(join("https://host", STR("")), "refused");
}

static void
a_query_value_cannot_become_another_parameter(void **state)
{
	struct buf buf = buf_over(room, sizeof(room));

	(void)state;
	url_begin(&buf, STR("https://host/"));
	url_append_query(&buf, STR("To"), STR("+1&x=1"));
	url_append_query(&buf, STR("a"), STR("b"));
	assert_text(buf_view(&buf), "https://host?To=%2B1%26x%3D1&a=b");
}

static void
a_url_comes_apart_into_all_of_its_bytes(void **state)
{
	struct url_parts parts;

	(void)state;
	assert_true(url_split(STR("https://u:p@[::1]:8443/a?b@c:d"), &parts));
	assert_text(parts.scheme, "https://");
	assert_text(parts.user_info, "u:p@");
	assert_text(parts.host, "[::1]");
	assert_text(parts.port, ":8443");
	assert_text(parts.rest, "/a?b@c:d");
	assert_true(url_split(STR("http://host"), &parts));
	assert_text(parts.host, "host");
	assert_text(parts.port, "");
	assert_text(parts.rest, "");
	assert_false(url_split(STR("/path"), &parts));
	assert_false(url_split(STR("mailto:x"), &parts));
	assert_false(url_split(STR(""), &parts));
}

static void
only_a_plain_address_can_be_a_base(void **state)
{
	(void)state;
	assert_true(url_is_base(STR("https://api.twilio.com")));
	assert_true(url_is_base(STR("http://127.0.0.1:8081/render/")));
	assert_true(url_is_base(STR("https://[::1]:8443")));
	assert_false(url_is_base(STR("ftp://host")));
	assert_false(url_is_base(STR("https://")));
	assert_false(url_is_base(STR("https://user@host")));
	assert_false(url_is_base(STR("https://host:0")));
	assert_false(url_is_base(STR("https://host:99999")));
	assert_false(url_is_base(STR("https://host:")));
	assert_false(url_is_base(STR("https://ho st")));
	assert_false(url_is_base(STR("https://host/a?b")));
	assert_false(url_is_base(STR("https://host/\r\nX: y")));
	assert_false(url_is_base(STR("https://host\\@other")));
	assert_false(url_is_base(STR("https://[")));
	assert_false(url_is_base(STR("https://[]")));
	assert_false(url_is_base(STR("https://]")));
}

static void
twilios_dates_are_moments(void **state)
{
	struct instant when = { 0 };

	(void)state;
	assert_true(mail_date_parse(STR("Mon, 05 Jan 2026 02:14:07 +0000"), &when));
	assert_int_equal(when.us, INT64_C(1767579247000000));
	assert_true(mail_date_parse(STR("5 Jan 2026 04:14:07 +0200"), &when));
	assert_int_equal(when.us, INT64_C(1767579247000000));
	assert_false(mail_date_parse(STR("Mon, 05 Jan 2026 02:14:07 GMT"), &when));
	assert_false(mail_date_parse(STR("Mon, 31 Feb 2026 02:14:07 +0000"), &when));
	assert_false(mail_date_parse(STR("Mon, 05 Foo 2026 02:14:07 +0000"), &when));
	assert_false(mail_date_parse(STR("2026-01-05T02:14:07Z"), &when));
	assert_false(mail_date_parse(STR(""), &when));
	assert_false(mail_date_parse(STR("Mon, "), &when));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_cannot_leave_its_place),
		cmocka_unit_test(a_query_value_cannot_become_another_parameter),
		cmocka_unit_test(a_url_comes_apart_into_all_of_its_bytes),
		cmocka_unit_test(only_a_plain_address_can_be_a_base),
		cmocka_unit_test(twilios_dates_are_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
