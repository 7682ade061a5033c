#include "support/unit.h"

#include "runtime/address.h"

static char memory[65536];
static struct arena arena;

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	return 0;
}

static struct address
parsed(const char *text)
{
	struct address address;

	if (!address_parse(str_from_z(text), &address))
		fail_msg("%s is not read", text);
	return address;
}

static struct address_ranges
ranges(const char *text)
{
	struct address_ranges all;
	struct str word;

	if (!address_ranges_parse(str_from_z(text), &all, &word))
		fail_msg("%s is not read", text);
	return all;
}

/* Where a request of ${peer} with ${forwarded} and ${connecting} comes from. */
static const char *
client(const char *peer, const char *proxies, const char *forwarded, const char *connecting)
{
	struct address_ranges trusted = ranges(proxies);
	struct http_header headers[2];
	size_t count = 0;

	if (forwarded != NULL)
		headers[count++] =
		    (struct http_header){ STR("x-forwarded-for"), str_from_z(forwarded) };
	if (connecting != NULL)
		headers[count++] =
		    (struct http_header){ STR("CF-Connecting-IP"), str_from_z(connecting) };
	return arena_copy_z(&arena,
	    address_text(&arena, address_of_client(parsed(peer), &trusted, headers, count)));
}

static void
addresses_of_both_kinds_are_read_and_written(void **state)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
		"1.2.3.4:80", "[1.2.3.4]", "[::1", "::1]", "g::", "1::2::3", "localhost",
		"00000000000000000000000000000000000000000000000000001" };
	struct address address;

	(void)state;
	assert_text(address_text(&arena, parsed("192.0.2.1")), "192.0.2.1");
	assert_text(address_text(&arena, parsed("::ffff:192.0.2.1")), "192.0.2.1");
	assert_text(address_text(&arena, parsed("2001:DB8::1")), "2001:db8::1");
	assert_text(address_text(&arena, parsed("[2001:db8::1]")), "2001:db8::1");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (address_parse(str_from_z(bad[i]), &address))
			fail_msg("\"%s\" was taken", bad[i]);
	}
	assert_false(address_parse(STR("1.2.3.4\0"), &address));
}

static void
a_range_holds_what_begins_alike(void **state)
{
	struct address_ranges some = ranges(" 10.0.0.0/8, 192.0.2.128/25 ,2001:db8::/33,::1");

	(void)state;
	assert_true(address_is_in(parsed("10.255.0.1"), &some));
	assert_true(address_is_in(parsed("::ffff:10.1.1.1"), &some));
	assert_false(address_is_in(parsed("11.0.0.1"), &some));
	assert_true(address_is_in(parsed("192.0.2.129"), &some));
	assert_false(address_is_in(parsed("192.0.2.127"), &some));
	assert_true(address_is_in(parsed("2001:db8:7fff::1"), &some));
	assert_false(address_is_in(parsed("2001:db8:8000::1"), &some));
	assert_true(address_is_in(parsed("::1"), &some));
	assert_false(address_is_in(parsed("::2"), &some));
	some = ranges("0.0.0.0/0");
	assert_true(address_is_in(parsed("203.0.113.1"), &some));
	assert_false(address_is_in(parsed("2001:db8::1"), &some));
	some = ranges("");
	assert_false(address_is_in(parsed("127.0.0.1"), &some));
}

static void
what_is_no_range_is_named(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/",
		"::/129", "proxy", "10.0.0.1,,10.0.0.2" };
	struct address_ranges all;
	struct str word;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (address_ranges_parse(str_from_z(bad[i]), &all, &word))
			fail_msg("\"%s\" was taken", bad[i]);
	}
	assert_false(address_ranges_parse(STR("10.0.0.1, nonsense, ::1"), &all, &word));
	assert_text(word, "nonsense");
}

static void
only_proxies_of_ours_say_where_a_request_comes_from(void **state)
{
	(void)state;
	assert_string_equal(client("203.0.113.9", "", "192.0.2.1", "192.0.2.2"), "203.0.113.9");
	assert_string_equal(
	    client("203.0.113.9", "10.0.0.0/8", "192.0.2.1", "192.0.2.2"), "203.0.113.9");
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", "192.0.2.1", NULL), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", "2001:db8::7", NULL), "2001:db8::7");
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", NULL, NULL), "10.0.0.1");
}

static void
what_stands_before_the_last_stranger_anybody_may_have_written(void **state)
{
	(void)state;
	assert_string_equal(
	    client("10.0.0.1", "10.0.0.0/8", "1.1.1.1, 192.0.2.1, 10.0.0.2,10.0.0.3", NULL),
	    "192.0.2.1");
	assert_string_equal(
	    client("10.0.0.1", "10.0.0.0/8", "10.0.0.9, 10.0.0.8", NULL), "10.0.0.9");
	assert_string_equal(
	    client("10.0.0.1", "10.0.0.0/8", "192.0.2.1, unknown, 10.0.0.2", NULL), "10.0.0.2");
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", ",,,", NULL), "10.0.0.1");
}

static void
the_header_of_cloudflare_counts_when_there_is_no_other(void **state)
{
	(void)state;
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", NULL, "192.0.2.2"), "192.0.2.2");
	assert_string_equal(
	    client("10.0.0.1", "10.0.0.0/8", "192.0.2.1", "192.0.2.2"), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", NULL, "nonsense"), "10.0.0.1");
}

static void
a_list_without_end_is_followed_so_far(void **state)
{
	char list[20000] = "192.0.2.1";
	size_t length = strlen(list);

	(void)state;
	for (int i = 0; i < 1000; i++, length += strlen(",10.0.0.2"))
		memcpy(list + length, ",10.0.0.2", sizeof(",10.0.0.2"));
	assert_string_equal(client("10.0.0.1", "10.0.0.0/8", list, NULL), "10.0.0.2");
}

static void
an_ipv6_network_is_one_client_and_an_ipv4_address_too(void **state)
{
	(void)state;
	assert_text(address_text(&arena, address_network(parsed("2001:db8:1:2:3:4:5:6"))),
	    "2001:db8:1:2::");
	assert_text(address_text(&arena, address_network(parsed("192.0.2.1"))), "192.0.2.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
		TEST(addresses_of_both_kinds_are_read_and_written),
		TEST(a_range_holds_what_begins_alike),
		TEST(what_is_no_range_is_named),
		TEST(only_proxies_of_ours_say_where_a_request_comes_from),
		TEST(what_stands_before_the_last_stranger_anybody_may_have_written),
		TEST(the_header_of_cloudflare_counts_when_there_is_no_other),
		TEST(a_list_without_end_is_followed_so_far),
		TEST(an_ipv6_network_is_one_client_and_an_ipv4_address_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
