#include <unistd.h>

#include "support/door_world.h"

/*
 * Who is let in, for which organisation, and who is not.
 *
 * usage: api_door_test mem|pg
 */

/* Somebody who has an invitation to lone-star-noc, and has accepted it: their subject. */
static const char *
member(const char *role, struct uuid *ret_membership)
{
	const char *subject = fresh("subject"), *email = print("%s@example.com", fresh("crew"));
	struct uuid id = invite("lone-star-noc", email, role);

	assert_is((struct door_call){ .authorization = bearer(subject, verified(email)) }, email,
	    "lone-star-noc");
	if (ret_membership != NULL)
		*ret_membership = id;
	return subject;
}

/* ---- proofs ---- */

static void
without_a_proof_nobody_is_let_in_and_is_told_what_to_bring(void **state)
{
	const struct http_answer *answer = door_ask((struct door_call){ .method = "POST" });

	(void)state;
	assert_text_at(json_of(answer, 401), "error.code", "UNAUTHENTICATED");
	assert_string_equal(header_of(answer, "WWW-Authenticate"), "Bearer realm=\"strike\"");
	assert_turned_away(
	    (struct door_call){ .authorization = "Basic b3A6b3A=" }, 401, "UNAUTHENTICATED");
}

static void
every_way_to_prove_who_one_is_leads_in(void **state)
{
	const char *first = print("%s@example.com", fresh("a"));
	const char *second = print("%s@example.com", fresh("b"));
	const char *third = print("%s@example.com", fresh("c"));
	const char *subject = fresh("person");

	(void)state;
	(void)invite("lone-star-noc", first, "operator");
	(void)invite("lone-star-noc", second, "operator");
	(void)invite("lone-star-noc", third, "operator");
	assert_is((struct door_call){ .authorization = bearer(subject, verified(first)) }, first,
	    "lone-star-noc");
	assert_is(
	    (struct door_call){ .alb = alb(subject, verified(second)) }, second, "lone-star-noc");
	assert_is((struct door_call){ .cloudflare =
					  cloudflare(subject, print(",\"email\":\"%s\"", third)) },
	    third, "lone-star-noc");
	assert_is((struct door_call){ .identity = OPERATOR }, "operator", "lone-star-noc");
}

static void
a_proof_that_is_no_good_is_401_whatever_is_wrong_with_it(void **state)
{
	const char *email = print("%s@example.com", fresh("x"));
	char *altered = arena_copy_z(arena, str_from_z(bearer(fresh("s"), verified(email))));
	const struct http_answer *answer;

	(void)state;
	(void)invite("lone-star-noc", email, "operator");
	altered[strlen(altered) / 2] ^= 1;
	answer = door_ask((struct door_call){ .authorization = altered });
	assert_text_at(json_of(answer, 401), "error.code", "INVALID_TOKEN");
	assert_string_equal(header_of(answer, "WWW-Authenticate"),
	    "Bearer realm=\"strike\", error=\"invalid_token\"");
	assert_turned_away(
	    (struct door_call){ .authorization = "Bearer x.y.z" }, 401, "INVALID_TOKEN");
	assert_turned_away(
	    (struct door_call){ .authorization = "Bearer " }, 401, "UNAUTHENTICATED");
	assert_turned_away((struct door_call){ .alb = "x.y.z" }, 401, "INVALID_TOKEN");
	assert_turned_away((struct door_call){ .cloudflare = "x.y.z" }, 401, "INVALID_TOKEN");
	/* A good proof in the wrong place is none. */
	assert_turned_away(
	    (struct door_call){ .alb = cloudflare(fresh("s"), "") }, 401, "INVALID_TOKEN");
}

static void
two_proofs_must_be_of_the_same_person(void **state)
{
	const char *mine = member("operator", NULL);
	const char *others = member("operator", NULL);
	const char *email = print("%s@example.com", fresh("same"));
	const char *subject = fresh("same");

	(void)state;
	assert_turned_away(
	    (struct door_call){ .authorization = bearer(mine, ""), .identity = OPERATOR }, 400,
	    "PROOFS_DISAGREE");
	(void)invite("lone-star-noc", email, "operator");
	assert_is(
	    (struct door_call){ .alb = alb(subject, verified(email)) }, email, "lone-star-noc");
	assert_is((struct door_call){ .alb = alb(subject, verified(email)),
		      .authorization = bearer(fresh("linked"), verified(email)) },
	    email, "lone-star-noc");
	assert_turned_away((struct door_call){ .alb = alb(subject, verified(email)),
			       .authorization = bearer(others, "") },
	    400, "PROOFS_DISAGREE");
}

static void
a_program_that_a_proxy_lets_through_is_nobody_by_itself(void **state)
{
	const char *secret = fresh("strike_service");

	(void)state;
	assert_turned_away((struct door_call){ .cloudflare = cloudflare_service("robot.access") },
	    401, "UNAUTHENTICATED");
	(void)issue_token(OPERATOR, secret, "*", 3600);
	assert_is((struct door_call){ .cloudflare = cloudflare_service("robot.access"),
		      .authorization = print("Bearer %s", secret) },
	    "operator", "lone-star-noc");
}

static void
a_header_that_is_given_twice_is_refused(void **state)
{
	static const char *const names[] = { "Authorization", "x-amzn-oidc-data",
		"Cf-Access-Jwt-Assertion", "Strike-Development-Identity", "Strike-Organisation" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct door_call call = { .identity = i == 3 ? NULL : OPERATOR };

		call.more[0] = (struct http_header){ str_from_z(names[i]), STR("a@b") };
		call.more[1] = (struct http_header){ str_from_z(names[i]), STR("c@d") };
		assert_turned_away(call, 400, "BAD_REQUEST");
	}
}

static void
while_the_keys_cannot_be_fetched_nobody_is_told_that_they_are_nobody(void **state)
{
	const struct http_answer *answer;

	(void)state;
	provider_away(true);
	answer = door_ask((struct door_call){ .authorization = bearer("anybody", "") });
	assert_text_at(json_of(answer, 503), "error.code", "UNAVAILABLE");
	assert_string_equal(header_of(answer, "Retry-After"), "1");
	provider_away(false);
	/* The pause after a failure is by the server's clock. */
	advance(600);
}

/* ---- first sign-in ---- */

static void
nobody_comes_in_without_an_invitation(void **state)
{
	const char *email = print("%s@example.com", fresh("stranger"));

	(void)state;
	assert_turned_away(
	    (struct door_call){ .authorization = bearer(fresh("s"), "") }, 403, "NOT_INVITED");
	assert_turned_away(
	    (struct door_call){ .authorization = bearer(fresh("s"), verified(email)) }, 403,
	    "NOT_INVITED");
}

static void
an_address_that_nobody_has_verified_is_nobodys_and_who_invited_it_is_told_once(void **state)
{
	const char *email = print("%s@example.com", fresh("victim"));
	const char *more = print(",\"email\":\"%s\"", email);
	const char *subject = fresh("thief");
	size_t before = audits("lone-star-noc", "SignInRefused");

	(void)state;
	(void)invite("lone-star-noc", email, "admin");
	for (int i = 0; i < 3; i++)
		assert_turned_away((struct door_call){ .authorization = bearer(subject, more) },
		    403, "NOT_INVITED");
	assert_turned_away((struct door_call){ .authorization = bearer(subject,
						   print("%s,\"email_verified\":false", more)) },
	    403, "NOT_INVITED");
	assert_int_equal(audits("lone-star-noc", "SignInRefused"), before + 1);
	/* The one whose it is comes in all the same. */
	assert_is((struct door_call){ .authorization = bearer(fresh("owner"), verified(email)) },
	    email, "lone-star-noc");
}

static void
an_invitation_is_for_the_address_in_any_case_and_is_accepted_once(void **state)
{
	const char *name = fresh("MiXed"), *subject = fresh("s");
	const char *email = print("%s@example.com", name);

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	assert_int_equal(
	    json_of(door_ask((struct door_call){ .authorization = bearer(subject,
						     verified(print("%s@EXAMPLE.com", name))) }),
		200)
		->type,
	    JSON_MAP);
	assert_int_equal(
	    door_ask((struct door_call){ .authorization = bearer(subject, "") })->status, 200);
}

static void
an_invitation_that_comes_later_counts_with_the_next_request(void **state)
{
	const char *email = print("%s@example.com", fresh("later")), *subject = fresh("s");
	struct door_call call = { .authorization = bearer(subject, verified(email)) };

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	assert_is(call, print("%s", email), "lone-star-noc");
	call.organisation = "bayou-osp";
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
	(void)invite("bayou-osp", email, "viewer");
	assert_is(call, email, "bayou-osp");
	call.organisation = NULL;
	assert_turned_away(call, 400, "ORGANISATION_REQUIRED");
}

static void
all_who_come_for_the_first_time_at_once_are_one_user(void **state)
{
	const char *email = print("%s@example.com", fresh("crowd")), *subject = fresh("s");
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Authorization"), str_from_z(bearer(subject, verified(email))) },
	};
	struct http_call calls[6];
	struct http_answer answers[COUNT_OF(calls)];

	(void)state;
	(void)invite("lone-star-noc", email, "viewer");
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		calls[i] = (struct http_call){ .method = "POST",
			.url = arena_printf(arena, "%.*s/graphql", STR_ARG(server.server_url)),
			.headers = headers,
			.header_count = COUNT_OF(headers),
			.body = STR(WHO_AM_I),
			.timeout = SECONDS(30) };
	request_at_once(calls, COUNT_OF(calls), answers);
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		assert_text_at(json_of(&answers[i], 200), "data.viewer.user", email);
}

/* ---- for which organisation ---- */

static void
who_has_one_organisation_need_not_name_it_and_who_has_several_must(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct door_call call = in_browser(browser, (struct door_call){ .method = "POST" });

	(void)state;
	assert_turned_away(call, 400, "ORGANISATION_REQUIRED");
	assert_lacks(print("%.*s", STR_ARG(door_ask(call)->body)), "gulf");
	call.organisation = "lone-star-noc";
	assert_is(call, "operator", "lone-star-noc");
	call.organisation = "gulf-coast-noc";
	assert_is(call, "operator", "gulf-coast-noc");
	call.organisation =
	    print("%.*s", STR_ARG(uuid_text(arena, organisation_id("lone-star-noc"))));
	assert_is(call, "operator", "lone-star-noc");
}

static void
an_organisation_of_others_and_one_that_there_is_not_are_one_answer_byte_for_byte(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *named[] = { "bayou-osp", "nobody-at-all", "", "BAYOU-OSP", "bayou-osp'--",
		"%00", "00000000-0000-0000-0000-000000000000", new_key() };
	struct str first = STR("");

	(void)state;
	named[2] = print("%.*s", STR_ARG(uuid_text(arena, organisation_id("bayou-osp"))));
	for (size_t i = 0; i < COUNT_OF(named); i++) {
		const struct http_answer *answer =
		    door_ask(in_browser(browser, (struct door_call){ .organisation = named[i] }));

		assert_text_at(json_of(answer, 403), "error.code", "ORGANISATION_UNKNOWN");
		if (i == 0)
			first = answer->body;
		assert_true(str_equal(answer->body, first));
		assert_int_equal(answer->header_count,
		    door_ask(in_browser(browser, (struct door_call){ .organisation = "x" }))
			->header_count);
	}
}

static void
what_one_request_was_for_the_next_is_not(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *eco = created((struct create){ 0 });
	const char *body = print("{\"query\":\"{eco(id:\\\"%s\\\"){id}}\"}", eco);
	struct door_call call = in_browser(browser, (struct door_call){ .body = body });

	(void)state;
	/* More often than there are workers. */
	for (int i = 0; i < 12; i++) {
		call.organisation = i % 2 == 0 ? "lone-star-noc" : "gulf-coast-noc";
		if (i % 2 == 0)
			assert_text_at(json_of(door_ask(call), 200), "data.eco.id", eco);
		else
			assert_null_at(json_of(door_ask(call), 200), "data.eco");
	}
}

static void
who_was_removed_is_out_with_the_next_request(void **state)
{
	struct uuid membership;
	const char *subject = member("operator", &membership);
	struct browser browser =
	    sign_in_with((struct door_call){ .authorization = bearer(subject, "") });
	struct door_call call = in_browser(browser, (struct door_call){ .method = "POST" });

	(void)state;
	assert_int_equal(door_ask(call)->status, 200);
	remove_member(membership);
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
	call.organisation = "lone-star-noc";
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
	assert_turned_away((struct door_call){ .authorization = bearer(subject, "") }, 403,
	    "ORGANISATION_UNKNOWN");
}

static void
who_is_disabled_is_out_everywhere(void **state)
{
	const char *subject = member("operator", NULL);
	struct browser browser =
	    sign_in_with((struct door_call){ .authorization = bearer(subject, "") });

	(void)state;
	disable(subject, true);
	assert_int_equal(
	    door_ask(in_browser(browser, (struct door_call){ .method = "POST" }))->status, 403);
	assert_turned_away(
	    (struct door_call){ .authorization = bearer(subject, "") }, 403, "NOT_INVITED");
	disable(subject, false);
	assert_int_equal(
	    door_ask((struct door_call){ .authorization = bearer(subject, "") })->status, 200);
}

static void
nobody_acts_for_an_organisation_that_is_suspended(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *secret = fresh("strike_suspended");
	struct door_call call =
	    in_browser(browser, (struct door_call){ .organisation = "gulf-coast-noc" });

	(void)state;
	(void)issue_token(OTHER_OPERATOR, secret, "*", 3600);
	assert_is(call, "operator", "gulf-coast-noc");
	suspend("gulf-coast-noc", true);
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
	assert_turned_away(
	    (struct door_call){ .identity = OTHER_OPERATOR }, 401, "UNAUTHENTICATED");
	assert_turned_away((struct door_call){ .authorization = print("Bearer %s", secret) }, 403,
	    "ORGANISATION_UNKNOWN");
	suspend("gulf-coast-noc", false);
	assert_is(call, "operator", "gulf-coast-noc");
}

/* ---- tokens ---- */

static void
a_token_is_for_its_organisation_and_no_other(void **state)
{
	const char *secret = fresh("strike_token");
	struct door_call call = { .authorization = print("Bearer %s", secret) };

	(void)state;
	(void)issue_token(OPERATOR, secret, "*", 3600);
	assert_is(call, "operator", "lone-star-noc");
	call.organisation = "lone-star-noc";
	assert_is(call, "operator", "lone-star-noc");
	call.organisation = "gulf-coast-noc";
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
	call.organisation = "nobody-at-all";
	assert_turned_away(call, 403, "ORGANISATION_UNKNOWN");
}

static void
an_unknown_an_expired_and_a_revoked_token_are_one_answer(void **state)
{
	const char *expired = fresh("strike_expired"), *revoked = fresh("strike_revoked");
	const char *secrets[] = { fresh("strike_unknown"), expired, revoked, "strike_",
		"strike_\xff" };
	struct str first = STR("");

	(void)state;
	(void)issue_token(OPERATOR, expired, "*", 1);
	revoke_token(issue_token(OPERATOR, revoked, "*", 3600));
	advance(2);
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		const struct http_answer *answer =
		    door_ask((struct door_call){ .authorization = print("Bearer %s", secrets[i]) });

		assert_text_at(json_of(answer, 401), "error.code", "INVALID_TOKEN");
		assert_contains(header_of(answer, "WWW-Authenticate"), "invalid_token");
		if (i == 0)
			first = answer->body;
		assert_true(str_equal(answer->body, first));
	}
}

static void
a_token_is_for_what_it_was_issued_for_queries_too(void **state)
{
	const char *secret = fresh("strike_narrow");
	struct door_call call = { .authorization = print("Bearer %s", secret) };
	const char *const others[] = { "{ecos{totalCount}}", "{partners{id}}",
		"{eco(id:\\\"7\\\"){id}}", "{timeline(ecoId:\\\"7\\\"){id}}",
		"{ecoByJobNumber(jobNumber:\\\"HC-MFR-00042-0\\\"){id}}", "{sessions{id}}" };

	(void)state;
	(void)issue_token(OPERATOR, secret, "viewer add_note", 3600);
	assert_is(call, "operator", "lone-star-noc");
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		call.body = print("{\"query\":\"%s\"}", others[i]);
		assert_text_at(
		    json_of(door_ask(call), 200), "errors.0.extensions.code", "NOT_PERMITTED");
	}
}

static void
a_token_that_a_member_issues_opens_until_it_is_revoked(void **state)
{
	const char *expires = print(
	    "%.*s", STR_ARG(instant_text(arena, instant_plus(clock_now(server.clock), HOURS(24)))));
	const struct json *issued =
	    at(ask("admin@lone-star-noc",
		   "mutation($input:IssueTokenInput!){issueToken(input:$input){__typename ... on "
		   "IssueTokenSuccess{secret token{id}} ... on Refusal{code message}}}",
		   print("{\"input\":{\"idempotencyKey\":\"%s\",\"name\":\"Of a test\","
			 "\"scopes\":[\"viewer\"],\"expiresAt\":\"%s\"}}",
		       new_key(), expires)),
		"data.issueToken");
	struct door_call call = { .authorization = print("Bearer %s", text_at(issued, "secret")) };

	(void)state;
	assert_is(call, "admin", "lone-star-noc");
	(void)ask("admin@lone-star-noc",
	    "mutation($input:RevokeTokenInput!){revokeToken(input:$input){__typename}}",
	    print("{\"input\":{\"idempotencyKey\":\"%s\",\"token\":\"%s\"}}", new_key(),
		text_at(issued, "token.id")));
	assert_turned_away(call, 401, "INVALID_TOKEN");
}

static void
the_use_of_a_token_and_its_refusal_are_on_record_once_an_hour(void **state)
{
	const char *secret = fresh("strike_audited");
	struct door_call call = { .authorization = print("Bearer %s", secret) };
	size_t used = audits("lone-star-noc", "TokenUsed");
	size_t refused = audits("lone-star-noc", "TokenRefused");
	struct uuid token = issue_token(OPERATOR, secret, "*", 36000);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_is(call, "operator", "lone-star-noc");
	assert_int_equal(audits("lone-star-noc", "TokenUsed"), used + 1);
	advance(3700);
	assert_is(call, "operator", "lone-star-noc");
	assert_int_equal(audits("lone-star-noc", "TokenUsed"), used + 2);
	revoke_token(token);
	for (int i = 0; i < 3; i++)
		assert_turned_away(call, 401, "INVALID_TOKEN");
	assert_int_equal(audits("lone-star-noc", "TokenRefused"), refused + 1);
}

/* All that the server has logged. */
static const char *
logged(void)
{
	static char bytes[8u << 20];
	ssize_t got = pread(server.log_fd, bytes, sizeof(bytes) - 1, 0);

	assert_true(got > 0);
	bytes[got] = '\0';
	return bytes;
}

static void
the_log_says_who_asked_and_how_and_no_secret(void **state)
{
	const char *secret = fresh("strike_logged"), *subject = member("operator", NULL);
	const char *proof = bearer(subject, "");
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	const char *const said[] = { "via=token", "via=bearer", "via=session",
		"organisation=", "user=" };
	const char *const secrets[] = { secret, proof + strlen("Bearer "), browser.csrf,
		browser.cookie + strlen("strike="), subject };

	(void)state;
	(void)issue_token(OPERATOR, secret, "*", 3600);
	(void)door_ask((struct door_call){ .authorization = print("Bearer %s", secret) });
	(void)door_ask((struct door_call){ .authorization = print("Bearer %sx", secret) });
	(void)door_ask((struct door_call){ .authorization = proof });
	(void)door_ask((struct door_call){ .authorization = print("%sx", proof) });
	(void)door_ask(in_browser(browser, (struct door_call){ .organisation = "lone-star-noc" }));
	for (size_t i = 0; i < COUNT_OF(said); i++)
		assert_contains(logged(), said[i]);
	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		assert_lacks(logged(), secrets[i]);
}

static void
what_a_role_may_not_do_is_on_record_once_a_minute(void **state)
{
	size_t before = audits("lone-star-noc", "AccessRefused");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_refused(create((struct create){ .identity = "viewer@lone-star-noc" }),
		    "NOT_PERMITTED", NULL, "viewer");
	assert_int_equal(audits("lone-star-noc", "AccessRefused"), before + 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(while_the_keys_cannot_be_fetched_nobody_is_told_that_they_are_nobody),
		API_TEST(without_a_proof_nobody_is_let_in_and_is_told_what_to_bring),
		API_TEST(every_way_to_prove_who_one_is_leads_in),
		API_TEST(a_proof_that_is_no_good_is_401_whatever_is_wrong_with_it),
		API_TEST(two_proofs_must_be_of_the_same_person),
		API_TEST(a_program_that_a_proxy_lets_through_is_nobody_by_itself),
		API_TEST(a_header_that_is_given_twice_is_refused),
		API_TEST(nobody_comes_in_without_an_invitation),
		API_TEST(
		    an_address_that_nobody_has_verified_is_nobodys_and_who_invited_it_is_told_once),
		API_TEST(an_invitation_is_for_the_address_in_any_case_and_is_accepted_once),
		API_TEST(an_invitation_that_comes_later_counts_with_the_next_request),
		API_TEST(all_who_come_for_the_first_time_at_once_are_one_user),
		API_TEST(who_has_one_organisation_need_not_name_it_and_who_has_several_must),
		API_TEST(
		    an_organisation_of_others_and_one_that_there_is_not_are_one_answer_byte_for_byte),
		API_TEST(what_one_request_was_for_the_next_is_not),
		API_TEST(who_was_removed_is_out_with_the_next_request),
		API_TEST(who_is_disabled_is_out_everywhere),
		API_TEST(nobody_acts_for_an_organisation_that_is_suspended),
		API_TEST(a_token_is_for_its_organisation_and_no_other),
		API_TEST(an_unknown_an_expired_and_a_revoked_token_are_one_answer),
		API_TEST(a_token_is_for_what_it_was_issued_for_queries_too),
		API_TEST(a_token_that_a_member_issues_opens_until_it_is_revoked),
		API_TEST(the_use_of_a_token_and_its_refusal_are_on_record_once_an_hour),
		API_TEST(the_log_says_who_asked_and_how_and_no_secret),
		API_TEST(what_a_role_may_not_do_is_on_record_once_a_minute),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, door_begin, door_end);
}
