#include "support/door_world.h"

/*
 * Signed in with a browser: the cookie, what else must come with it, and its end.
 *
 * usage: api_session_test mem|pg
 */

/* A query that ${browser} asks for lone-star-noc. */
static struct door_call
asking(struct browser browser)
{
	return in_browser(browser, (struct door_call){ .organisation = "lone-star-noc" });
}

/* What only the browser knows. */
static const char *
secret_of_cookie(struct browser browser)
{
	const char *equals = strchr(browser.cookie, '=');

	assert_non_null(equals);
	return print("%s", equals + 1);
}

static const struct http_answer *
show(struct browser browser)
{
	return door_ask(
	    (struct door_call){ .method = "GET", .path = "/session", .cookie = browser.cookie });
}

/* ---- beginning ---- */

static void
signing_in_gives_a_cookie_that_only_this_host_and_no_script_gets(void **state)
{
	const struct http_answer *answer = door_ask((struct door_call){ .path = "/session",
	    .body = "{\"user\":\"operator\",\"organisation\":\"lone-star-noc\"}" });
	static const char *const lacking[] = { "Domain", "Secure", "__Host-" };
	const char *cookie = header_of(answer, "Set-Cookie");

	(void)state;
	assert_int_equal(answer->status, 200);
	assert_contains(cookie, "strike=");
	assert_contains(cookie, "; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
	/* Plain http in development: a secure cookie would not come back. */
	for (size_t i = 0; i < COUNT_OF(lacking); i++)
		assert_lacks(header_of(answer, "Set-Cookie"), lacking[i]);
}

static void
over_https_the_cookie_is_tied_to_the_host(void **state)
{
	const char *email = print("%s@example.com", fresh("secure"));
	const struct http_answer *answer;
	struct browser browser;
	const char *cookie;

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	answer = door_ask((struct door_call){
	    .path = "/session", .authorization = bearer(fresh("s"), verified(email)) });
	assert_int_equal(answer->status, 200);
	cookie = header_of(answer, "Set-Cookie");
	assert_int_equal(strncmp(cookie, "__Host-strike=", 14), 0);
	assert_contains(cookie, "; Secure");
	browser.csrf = text_at(json_of(answer, 200), "csrfToken");
	browser.cookie = print("%.*s", (int)strcspn(cookie, ";"), cookie);
	assert_is(
	    in_browser(browser, (struct door_call){ .method = "POST" }), email, "lone-star-noc");
	/* The other name is one that a neighbour could have set. */
	browser.cookie += strlen("__Host-");
	assert_turned_away(
	    in_browser(browser, (struct door_call){ .method = "POST" }), 401, "UNAUTHENTICATED");
}

static void
in_production_nobody_signs_in_by_name(void **state)
{
	(void)state;
	assert_turned_away(
	    (struct door_call){ .path = "/session",
		.body = "{\"user\":\"operator\",\"organisation\":\"lone-star-noc\"}" },
	    401, "UNAUTHENTICATED");
}

static void
a_session_says_who_it_is_and_for_whom_they_may_act(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const struct json *body = json_of(show(browser), 200);

	(void)state;
	assert_text_at(body, "user.handle", "operator");
	assert_text_at(body, "via", "session");
	assert_text_at(body, "csrfToken", browser.csrf);
	assert_text_at(body, "session.id", browser.id);
	assert_true(count_at(body, "contexts") >= 2);
	assert_text_at(body, "contexts.0.role", "operator");
	assert_true(strlen(text_at(body, "contexts.0.organisation.handle")) > 0);
	assert_lacks(json_text(body), secret_of_cookie(browser));
}

static void
every_proof_but_a_token_begins_a_session(void **state)
{
	const char *email = print("%s@example.com", fresh("in")), *subject = fresh("s");
	const char *secret = fresh("strike_program");
	static const char *const methods[] = { "POST", "GET", "DELETE" };
	struct door_call ways[] = {
		{ .authorization = bearer(subject, verified(email)) },
		{ .alb = alb(subject, verified(email)) },
		{ .cloudflare = cloudflare(subject, print(",\"email\":\"%s\"", email)) },
	};

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		assert_is(in_browser(sign_in_with(ways[i]), (struct door_call){ .method = "POST" }),
		    email, "lone-star-noc");
	(void)issue_token(OPERATOR, secret, "*", 3600);
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		assert_turned_away((struct door_call){ .method = methods[i],
				       .path = "/session?everywhere",
				       .authorization = print("Bearer %s", secret) },
		    403, "TOKEN_NOT_A_PERSON");
	assert_turned_away((struct door_call){ .path = "/session",
			       .cookie = sign_in_as("operator", "lone-star-noc").cookie },
	    401, "UNAUTHENTICATED");
}

static void
signing_in_accepts_the_invitations_that_wait(void **state)
{
	const char *email = print("%s@example.com", fresh("waits")), *subject = fresh("s");
	struct door_call call = { .path = "/session",
		.authorization = bearer(subject, verified(email)) };

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	assert_int_equal(count_at(json_of(door_ask(call), 200), "contexts"), 1);
	(void)invite("bayou-osp", email, "viewer");
	assert_int_equal(count_at(json_of(door_ask(call), 200), "contexts"), 2);
}

static void
an_organisation_that_is_not_ones_own_begins_no_session(void **state)
{
	const struct http_answer *answer;
	const char *const named[] = { "bayou-osp", "nobody-at-all" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(named); i++) {
		answer = door_ask((struct door_call){ .path = "/session",
		    .identity = OPERATOR,
		    .body = print("{\"organisation\":\"%s\"}", named[i]) });
		assert_text_at(json_of(answer, 403), "error.code", "ORGANISATION_UNKNOWN");
		assert_string_equal(header_of(answer, "Set-Cookie"), "");
	}
	assert_turned_away((struct door_call){ .path = "/session",
			       .body = "{\"user\":\"operator\",\"organisation\":\"bayou-osp\"}" },
	    401, "UNAUTHENTICATED");
}

static void
a_body_that_is_none_is_400(void **state)
{
	static const char *const bodies[] = { "{", "[]", "{\"user\":7}", "{\"password\":\"x\"}",
		"{\"user\":\"a\",\"user\":\"b\"}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		assert_turned_away((struct door_call){ .path = "/session", .body = bodies[i] }, 400,
		    "BAD_REQUEST");
}

static void
signing_in_again_makes_another_secret_and_ends_what_was_before(void **state)
{
	struct browser planted = sign_in_as("viewer", "lone-star-noc");
	struct browser browser = sign_in_with((struct door_call){ .cookie = planted.cookie,
	    .body = "{\"user\":\"operator\",\"organisation\":\"lone-star-noc\"}" });

	(void)state;
	assert_string_not_equal(planted.cookie, browser.cookie);
	assert_string_not_equal(planted.csrf, browser.csrf);
	assert_is(asking(browser), "operator", "lone-star-noc");
	assert_turned_away(asking(planted), 401, "UNAUTHENTICATED");
	/* A secret of somebody's own choosing is none. */
	planted.cookie = print("strike=%064d", 7);
	browser = sign_in_with((struct door_call){ .cookie = planted.cookie,
	    .body = "{\"user\":\"operator\",\"organisation\":\"lone-star-noc\"}" });
	assert_string_not_equal(planted.cookie, browser.cookie);
	assert_int_equal(show(planted)->status, 401);
}

static void
a_proxys_word_beside_a_session_must_be_of_the_same_person(void **state)
{
	const char *email = print("%s@example.com", fresh("beside")), *subject = fresh("s");
	struct door_call call = { .alb = alb(subject, verified(email)) };
	struct browser browser;

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	browser = sign_in_with(call);
	assert_is(in_browser(browser, call), email, "lone-star-noc");
	call.organisation = "lone-star-noc";
	assert_turned_away(
	    in_browser(sign_in_as("operator", "lone-star-noc"), call), 400, "PROOFS_DISAGREE");
	/* A session that has ended is as none. */
	browser.cookie = print("strike=%064d", 8);
	assert_is(in_browser(browser, call), email, "lone-star-noc");
}

/* ---- other sites ---- */

static void
a_command_of_another_site_is_refused_by_each_defence_alone(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *home = print("%.*s", STR_ARG(server.server_url));
	const char *const origins[] = { "https://evil.example", "null", "http://127.0.0.1",
		"http://127.0.0.1:1", print("%s.evil.example", home) };
	struct door_call call = asking(browser);

	(void)state;
	assert_is(call, "operator", "lone-star-noc");
	call.origin = home;
	assert_is(call, "operator", "lone-star-noc");
	call.site = NULL;
	assert_is(call, "operator", "lone-star-noc");
	call.site = "none";
	assert_is(call, "operator", "lone-star-noc");
	call.site = "cross-site";
	assert_turned_away(call, 403, "CROSS_SITE");
	call.site = "same-site";
	assert_turned_away(call, 403, "CROSS_SITE");
	call.site = "same-origin";
	for (size_t i = 0; i < COUNT_OF(origins); i++) {
		call.origin = origins[i];
		assert_turned_away(call, 403, "CROSS_SITE");
	}
	call = asking(browser);
	call.csrf = NULL;
	assert_turned_away(call, 403, "CSRF_TOKEN_MISSING");
	call.csrf = sign_in_as("operator", "lone-star-noc").csrf;
	assert_turned_away(call, 403, "CSRF_TOKEN_MISSING");
	call.csrf = browser.csrf;
	call.content_type = "text/plain";
	assert_turned_away(call, 415, "BAD_REQUEST");
	call.content_type = "application/x-www-form-urlencoded";
	assert_turned_away(call, 415, "BAD_REQUEST");
}

static void
what_a_proxy_adds_by_itself_is_no_better_than_a_cookie(void **state)
{
	const char *email = print("%s@example.com", fresh("ambient"));
	struct door_call call = { .cloudflare =
				      cloudflare(fresh("s"), print(",\"email\":\"%s\"", email)) };

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	assert_is(call, email, "lone-star-noc");
	call.site = "cross-site";
	assert_turned_away(call, 403, "CROSS_SITE");
	call.site = NULL;
	call.origin = "https://evil.example";
	assert_turned_away(call, 403, "CROSS_SITE");
	call.path = "/session";
	assert_turned_away(call, 403, "CROSS_SITE");
}

static void
what_no_browser_sends_by_itself_needs_no_token_against_other_sites(void **state)
{
	const char *secret = fresh("strike_program");

	(void)state;
	(void)issue_token(OPERATOR, secret, "*", 3600);
	assert_is((struct door_call){ .authorization = print("Bearer %s", secret),
		      .origin = "https://tool.example",
		      .site = "cross-site" },
	    "operator", "lone-star-noc");
	/* But its page may not read the answer. */
	assert_string_equal(
	    header_of(door_ask((struct door_call){ .authorization = print("Bearer %s", secret),
			  .origin = "https://tool.example" }),
		"Access-Control-Allow-Origin"),
	    "");
}

static void
a_session_reads_by_get_and_cannot_change_anything_by_it(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct door_call call = { .method = "GET",
		.path = "/graphql?query=%7Bviewer%7Buser%7D%7D",
		.cookie = browser.cookie,
		.organisation = "lone-star-noc" };

	(void)state;
	assert_text_at(json_of(door_ask(call), 200), "data.viewer.user", "operator");
	call.path = "/graphql?query=mutation%7BsignOutEverywhere(input%3A%7BidempotencyKey%3A%22"
		    "018f0000-0000-7000-8000-000000000009%22%7D)%7B__typename%7D%7D";
	assert_int_equal(door_ask(call)->status, 405);
	assert_int_equal(show(browser)->status, 200);
}

/* ---- the end ---- */

static void
signing_out_ends_the_session_and_takes_the_cookie_back(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct door_call call = {
		.method = "DELETE", .path = "/session", .cookie = browser.cookie
	};
	const struct http_answer *answer;
	size_t before = audits("lone-star-noc", "SignedOut");

	(void)state;
	assert_turned_away(call, 403, "CSRF_TOKEN_MISSING");
	call.csrf = browser.csrf;
	answer = door_ask(call);
	assert_int_equal(int_at(json_of(answer, 200), "ended"), 1);
	assert_contains(header_of(answer, "Set-Cookie"), "strike=; Path=/; Max-Age=0;");
	assert_turned_away(asking(browser), 401, "UNAUTHENTICATED");
	assert_turned_away(call, 401, "UNAUTHENTICATED");
	assert_int_equal(audits("lone-star-noc", "SignedOut"), before + 1);
}

static void
signing_out_everywhere_ends_all_of_ones_own_and_nobody_elses(void **state)
{
	struct browser here = sign_in_as("dispatcher", "hill-country-osp");
	struct browser there = sign_in_as("dispatcher", "hill-country-osp");
	struct browser others = sign_in_as("operator", "lone-star-noc");
	const struct json *body;

	(void)state;
	body = json_of(door_ask(in_browser(here, (struct door_call){ .method = "DELETE",
						     .path = "/session?everywhere" })),
	    200);
	assert_true(int_at(body, "ended") >= 2);
	assert_int_equal(show(here)->status, 401);
	assert_int_equal(show(there)->status, 401);
	assert_int_equal(show(others)->status, 200);
}

/* data.<field> of a mutation in ${browser}. */
static const struct json *
mutate(struct browser browser, const char *field, const char *type, const char *input)
{
	struct door_call call = asking(browser);

	call.body = print("{\"query\":\"mutation($input:%s!){%s(input:$input){__typename ... on "
			  "SessionCommandSuccess{sessions{id current via address agent createdAt "
			  "seenAt endsAt}} ... on Refusal{code field message rule}}}\","
			  "\"variables\":{\"input\":%s}}",
	    type, field, input);
	return at(json_of(door_ask(call), 200), print("data.%s", field));
}

static void
one_sees_ones_sessions_and_ends_one(void **state)
{
	struct browser here = sign_in_as("supervisor", "lone-star-noc");
	struct browser there = sign_in_as("supervisor", "lone-star-noc");
	struct browser others = sign_in_as("operator", "lone-star-noc");
	const char *key = new_key();
	const struct json *result;

	(void)state;
	assert_refused(
	    mutate(here, "endSession", "EndSessionInput",
		print("{\"idempotencyKey\":\"%s\",\"sessionId\":\"%s\"}", new_key(), others.id)),
	    "SESSION_UNKNOWN", "sessionId", "no such session");
	assert_refused(
	    mutate(here, "endSession", "EndSessionInput",
		print("{\"idempotencyKey\":\"%s\",\"sessionId\":\"nonsense\"}", new_key())),
	    "SESSION_UNKNOWN", "sessionId", "no such session");
	for (int i = 0; i < 2; i++) {
		result = mutate(here, "endSession", "EndSessionInput",
		    print("{\"idempotencyKey\":\"%s\",\"sessionId\":\"%s\"}", key, there.id));
		assert_text_at(result, "__typename", "SessionCommandSuccess");
		assert_lacks(json_text(result), there.id);
	}
	assert_text_at(result, "sessions.0.id", here.id);
	assert_true(at(result, "sessions.0.current")->boolean);
	assert_text_at(result, "sessions.0.via", "development");
	assert_text_at(result, "sessions.0.address", "127.0.0.1");
	assert_int_equal(show(there)->status, 401);
	assert_int_equal(show(others)->status, 200);
	assert_refused(mutate(here, "endSession", "EndSessionInput",
			   print("{\"idempotencyKey\":\"%s\",\"sessionId\":\"%s\"}", key, here.id)),
	    "KEY_REUSED", "idempotencyKey", "new key");
	result = mutate(here, "signOutEverywhere", "SignOutEverywhereInput",
	    print("{\"idempotencyKey\":\"%s\"}", new_key()));
	assert_int_equal(count_at(result, "sessions"), 0);
	assert_int_equal(show(here)->status, 401);
}

static void
a_session_that_is_silent_for_long_has_ended(void **state)
{
	struct browser busy = sign_in_as("operator", "lone-star-noc");
	struct browser idle = sign_in_as("operator", "lone-star-noc");

	(void)state;
	for (int i = 0; i < 3; i++) {
		advance(server.settings.session_idle_s / 2 + 60);
		assert_is(asking(busy), "operator", "lone-star-noc");
		if (i == 0)
			assert_int_equal(show(idle)->status, 200);
	}
	assert_turned_away(asking(idle), 401, "UNAUTHENTICATED");
	assert_contains(
	    text_at(json_of(door_ask(asking(idle)), 401), "error.message"), "has ended");
}

static void
even_a_busy_session_ends_some_day(void **state)
{
	struct browser busy = sign_in_as("operator", "lone-star-noc");
	int64_t step = server.settings.session_idle_s - 120, passed = 0;

	(void)state;
	while (passed + step < server.settings.session_max_s) {
		advance(step);
		passed += step;
		assert_is(asking(busy), "operator", "lone-star-noc");
	}
	advance(server.settings.session_max_s - passed);
	assert_turned_away(asking(busy), 401, "UNAUTHENTICATED");
}

static void
nobody_has_more_sessions_than_can_be_counted(void **state)
{
	struct browser first = sign_in_as("roster_manager", "bayou-osp");

	(void)state;
	for (int i = 0; i < 50; i++) {
		advance(1);
		(void)sign_in_as("roster_manager", "bayou-osp");
	}
	assert_int_equal(show(first)->status, 401);
}

static void
that_somebody_signed_in_is_on_record_where_they_said_that_they_act(void **state)
{
	size_t here = audits("lone-star-noc", "SignedIn");
	size_t there = audits("gulf-coast-noc", "SignedIn");

	(void)state;
	(void)sign_in_as("operator", "lone-star-noc");
	assert_int_equal(audits("lone-star-noc", "SignedIn"), here + 1);
	assert_int_equal(audits("gulf-coast-noc", "SignedIn"), there);
	(void)sign_in_with((struct door_call){ .identity = OPERATOR });
	assert_int_equal(audits("lone-star-noc", "SignedIn"), here + 2);
	assert_int_equal(audits("gulf-coast-noc", "SignedIn"), there + 1);
}

/* ---- cookies that no browser would send ---- */

static void
a_cookie_that_is_no_secret_of_ours_is_as_none(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *secret = secret_of_cookie(browser);
	char *altered = arena_copy_z(arena, str_from_z(browser.cookie));
	const char *cookies[] = { "strike", "strike=", "strike=;", "strike=\"\"", "; ; ;=;",
		"strike=zz", print("strike=%s0", secret), print("strike=%.63s", secret),
		print("Strike=%s", secret), print("strike =%s x", secret), "strike=%00", altered,
		print("x%s", browser.cookie), print("strike==%s", secret) };

	(void)state;
	altered[strlen(altered) - 1] = altered[strlen(altered) - 1] == '0' ? '1' : '0';
	for (size_t i = 0; i < COUNT_OF(cookies); i++) {
		struct door_call call = asking(browser);

		call.cookie = cookies[i];
		if (door_ask(call)->status != 401)
			fail_msg("the cookie %s was taken", cookies[i]);
	}
	browser.cookie = print("a=b; ;c;%s;d=e=f", browser.cookie);
	assert_is(asking(browser), "operator", "lone-star-noc");
}

static void
two_session_cookies_are_refused_unless_they_are_the_same(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct browser other = sign_in_as("viewer", "lone-star-noc");
	struct door_call call = asking(browser);

	(void)state;
	call.cookie = print("%s; %s", browser.cookie, browser.cookie);
	assert_is(call, "operator", "lone-star-noc");
	call.cookie = print("%s; %s", browser.cookie, other.cookie);
	assert_turned_away(call, 400, "BAD_REQUEST");
	call.cookie = browser.cookie;
	call.more[0] = (struct http_header){ STR("Cookie"), str_from_z(other.cookie) };
	assert_turned_away(call, 400, "BAD_REQUEST");
}

static void
a_huge_cookie_does_no_harm(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct buf buf = buf_in(arena, 32768);
	struct door_call call = asking(browser);

	(void)state;
	buf_str(&buf, STR("a="));
	while (buf.len < 9000)
		buf_char(&buf, 'b');
	buf_printf(&buf, "; %s", browser.cookie);
	call.cookie = arena_copy_z(arena, buf_view(&buf));
	assert_turned_away(call, 401, "UNAUTHENTICATED");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(signing_in_gives_a_cookie_that_only_this_host_and_no_script_gets),
		API_TEST(a_session_says_who_it_is_and_for_whom_they_may_act),
		API_TEST(every_proof_but_a_token_begins_a_session),
		API_TEST(signing_in_accepts_the_invitations_that_wait),
		API_TEST(an_organisation_that_is_not_ones_own_begins_no_session),
		API_TEST(a_body_that_is_none_is_400),
		API_TEST(signing_in_again_makes_another_secret_and_ends_what_was_before),
		API_TEST(a_proxys_word_beside_a_session_must_be_of_the_same_person),
		API_TEST(a_command_of_another_site_is_refused_by_each_defence_alone),
		API_TEST(what_a_proxy_adds_by_itself_is_no_better_than_a_cookie),
		API_TEST(what_no_browser_sends_by_itself_needs_no_token_against_other_sites),
		API_TEST(a_session_reads_by_get_and_cannot_change_anything_by_it),
		API_TEST(signing_out_ends_the_session_and_takes_the_cookie_back),
		API_TEST(signing_out_everywhere_ends_all_of_ones_own_and_nobody_elses),
		API_TEST(one_sees_ones_sessions_and_ends_one),
		API_TEST(a_session_that_is_silent_for_long_has_ended),
		API_TEST(even_a_busy_session_ends_some_day),
		API_TEST(nobody_has_more_sessions_than_can_be_counted),
		API_TEST(that_somebody_signed_in_is_on_record_where_they_said_that_they_act),
		API_TEST(a_cookie_that_is_no_secret_of_ours_is_as_none),
		API_TEST(two_session_cookies_are_refused_unless_they_are_the_same),
		API_TEST(a_huge_cookie_does_no_harm),
	};
	const struct CMUnitTest production[] = {
		API_TEST(over_https_the_cookie_is_tied_to_the_host),
		API_TEST(in_production_nobody_signs_in_by_name),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, door_begin, door_end) +
	       cmocka_run_group_tests(production, door_begin_production, door_end);
}
