#include <stdlib.h>

#include "support/door_world.h"

/*
 * How often may be asked, and what every answer tells browsers.
 *
 * usage: api_limit_test mem|pg
 */

/* ${call} from ${address}, as the proxy in front says. */
static struct door_call
from(const char *address, struct door_call call)
{
	call.more[0] = (struct http_header){ STR("X-Forwarded-For"), str_from_z(address) };
	return call;
}

/* How many of ${count} times ${call} is not answered 429; those say when to come back. */
static size_t
let_through(struct door_call call, size_t count)
{
	size_t through = 0;

	for (size_t i = 0; i < count; i++) {
		const struct http_answer *answer = door_ask(call);

		if (answer->status != 429) {
			through++;
			continue;
		}
		assert_text_at(json_of(answer, 429), "error.code", "RATE_LIMITED");
		assert_true(atoi(header_of(answer, "Retry-After")) >= 1);
		assert_true(atoi(header_of(answer, "Retry-After")) <= 3600);
	}
	return through;
}

/* ---- limits: buckets that fill up so slowly that they do not, within a test ---- */

static void
an_address_may_ask_so_often_and_another_is_not_held_back_by_it(void **state)
{
	(void)state;
	assert_true(
	    let_through(from("192.0.2.1", (struct door_call){ .method = "GET", .path = "/" }), 60) <
	    60);
	assert_int_equal(
	    let_through(from("192.0.2.2", (struct door_call){ .method = "GET", .path = "/" }), 10),
	    10);
}

static void
what_is_refused_counts_as_ten(void **state)
{
	size_t through = let_through(from("192.0.2.3", (struct door_call){ .method = "POST" }), 20);

	(void)state;
	assert_in_range(through, 2, 5);
}

static void
an_ipv6_network_is_one_address(void **state)
{
	size_t through = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		through += let_through(from(print("2001:db8:1:1::%x", i + 1),
					   (struct door_call){ .method = "GET", .path = "/" }),
		    1);
	assert_true(through < 40);
	assert_int_equal(
	    let_through(
		from("2001:db8:1:2::1", (struct door_call){ .method = "GET", .path = "/" }), 5),
	    5);
}

static void
who_only_says_that_they_come_from_elsewhere_is_not_believed(void **state)
{
	size_t through = 0;

	(void)state;
	/* What a client wrote stands before what the proxy wrote. */
	for (int i = 0; i < 60; i++)
		through += let_through(from(print("198.51.100.%d, 192.0.2.4", i),
					   (struct door_call){ .method = "GET", .path = "/" }),
		    1);
	assert_true(through < 60);
}

static void
a_user_may_ask_so_often_from_wherever(void **state)
{
	size_t through = 0;

	(void)state;
	for (int i = 0; i < 12; i++)
		through += let_through(
		    from(print("203.0.113.%d", i),
			(struct door_call){ .identity = "technician@hill-country-osp" }),
		    1);
	assert_in_range(through, 3, 6);
}

static void
a_token_has_a_bucket_of_its_own(void **state)
{
	const char *secret = fresh("strike_often");

	(void)state;
	(void)issue_token("roster_manager@bayou-osp", secret, "*", 3600);
	assert_in_range(
	    let_through(from("203.0.113.50",
			    (struct door_call){ .authorization = print("Bearer %s", secret) }),
		12),
	    2, 5);
}

static void
all_of_an_organisation_together_may_ask_so_often(void **state)
{
	static const char *const members[] = { "operator@gulf-coast-noc",
		"supervisor@gulf-coast-noc", "viewer@gulf-coast-noc", "admin@gulf-coast-noc" };
	size_t through = 0;

	(void)state;
	for (int i = 0; i < 12; i++)
		through += let_through(from(print("203.0.113.%d", 100 + i),
					   (struct door_call){ .identity = members[i % 4] }),
		    1);
	assert_in_range(through, 5, 8);
}

static void
health_is_never_refused_and_webhooks_have_their_own_limit(void **state)
{
	(void)state;
	assert_int_equal(
	    let_through(
		from("192.0.2.9", (struct door_call){ .method = "GET", .path = "/healthz" }), 60),
	    60);
	(void)let_through(
	    from("192.0.2.9", (struct door_call){ .method = "GET", .path = "/" }), 60);
	assert_int_equal(
	    door_ask(
		from("192.0.2.9", (struct door_call){ .path = "/webhooks/twilio/voice/status" }))
		->status,
	    403);
	assert_true(let_through(from("192.0.2.9",
				    (struct door_call){ .path = "/webhooks/twilio/voice/status" }),
			30) < 30);
}

/* ---- what every answer says ---- */

static void
assert_guarded(const struct http_answer *answer, const char *what, bool secure)
{
	static const char *const expected[][2] = {
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Permissions-Policy", "geolocation=()" },
		{ "Cache-Control", "no-store" },
	};

	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		size_t count = 0;

		for (size_t j = 0; j < answer->header_count; j++)
			count +=
			    str_equal_nocase(answer->headers[j].name, str_from_z(expected[i][0]))
				? 1
				: 0;
		if (count != 1 || strstr(header_of(answer, expected[i][0]), expected[i][1]) == NULL)
			fail_msg("%s answers %d with %zu %s: %s", what, answer->status, count,
			    expected[i][0], header_of(answer, expected[i][0]));
	}
	assert_string_equal(header_of(answer, "Access-Control-Allow-Origin"), "");
	assert_string_equal(
	    header_of(answer, "Strict-Transport-Security"), secure ? "max-age=31536000" : "");
}

static const char *const paths[] = { "/", "/graphql", "/graphql?query=%7Bviewer%7Buser%7D%7D",
	"/session", "/healthz", "/readyz", "/dev/quiet", "/webhooks/twilio/voice/answer",
	"/webhooks/twilio/voice/choice", "/webhooks/twilio/voice/eta",
	"/webhooks/twilio/voice/status", "/nothing", "/%zz" };
static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW" };

static void
walk(bool secure)
{
	struct door_call malformed = { .method = "GET", .path = "/" };
	struct buf buf = buf_in(arena, 2u << 20);

	for (size_t p = 0; p < COUNT_OF(paths); p++) {
		for (size_t m = 0; m < COUNT_OF(methods); m++) {
			struct door_call call = { .method = methods[m], .path = paths[p] };
			const char *what = print("%s %s", methods[m], paths[p]);

			assert_guarded(door_ask(call), what, secure);
			call.identity = OPERATOR;
			assert_guarded(door_ask(call), what, secure);
			call.body = WHO_AM_I;
			assert_guarded(door_ask(call), what, secure);
		}
	}
	/* What the server answers before anybody is asked. */
	while (buf.len < 300000)
		buf_str(&buf, STR("x"));
	assert_int_equal(
	    door_ask((struct door_call){ .body = arena_copy_z(arena, buf_view(&buf)) })->status,
	    413);
	assert_guarded(door_ask((struct door_call){ .body = arena_copy_z(arena, buf_view(&buf)) }),
	    "a body too large", secure);
	malformed.more[0] = (struct http_header){ STR("X Bad"), STR("no token") };
	assert_int_equal(door_ask(malformed)->status, 400);
	assert_guarded(door_ask(malformed), "a malformed request", secure);
}

static void
every_answer_of_every_route_tells_browsers_to_be_careful(void **state)
{
	(void)state;
	walk(false);
}

static void
and_over_https_to_stay_there(void **state)
{
	(void)state;
	walk(true);
}

static void
a_refusal_by_the_limit_is_guarded_too(void **state)
{
	const struct http_answer *answer;

	(void)state;
	do
		answer = door_ask(
		    from("192.0.2.77", (struct door_call){ .method = "GET", .path = "/" }));
	while (answer->status == 200);
	assert_int_equal(answer->status, 429);
	assert_guarded(answer, "429", false);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest limited[] = {
		API_TEST(an_address_may_ask_so_often_and_another_is_not_held_back_by_it),
		API_TEST(what_is_refused_counts_as_ten),
		API_TEST(an_ipv6_network_is_one_address),
		API_TEST(who_only_says_that_they_come_from_elsewhere_is_not_believed),
		API_TEST(a_user_may_ask_so_often_from_wherever),
		API_TEST(a_token_has_a_bucket_of_its_own),
		API_TEST(all_of_an_organisation_together_may_ask_so_often),
		API_TEST(health_is_never_refused_and_webhooks_have_their_own_limit),
		API_TEST(a_refusal_by_the_limit_is_guarded_too),
	};
	const struct CMUnitTest open[] = {
		API_TEST(every_answer_of_every_route_tells_browsers_to_be_careful),
	};
	const struct CMUnitTest production[] = {
		API_TEST(and_over_https_to_stay_there),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(limited, door_begin_limited, door_end) +
	       cmocka_run_group_tests(open, door_begin, door_end) +
	       cmocka_run_group_tests(production, door_begin_production, door_end);
}
