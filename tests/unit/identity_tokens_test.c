#include "support/unit.h"

#include "identity_world.h"

/* What a token must be to prove anything: header, claims and signature of each kind. */

/* -- good ones -- */

static void
a_bearer_token_proves_who_its_claims_name(void **state)
{
	struct identity_claims claims = assert_proven(IDENTITY_BEARER, good_bearer());

	(void)state;
	assert_true(str_equal(claims.issuer, world.issuer));
	assert_text(claims.subject, "user-7");
	assert_text(claims.email, "crew@example.com");
	assert_true(claims.email_verified);
	assert_text(claims.name, "North crew lead");
	assert_false(claims.is_service);
	assert_int_equal(instant_since(claims.expires, clock_now(world.clock)).us, SECONDS(300).us);
}

static void
a_balancers_token_with_padding_proves_who_its_claims_name(void **state)
{
	struct str token = good_alb();
	struct identity_claims claims = assert_proven(IDENTITY_ALB, token);

	(void)state;
	assert_true(str_find(token, STR("=")) != SIZE_MAX);
	assert_text(claims.issuer, ALB_ISSUER);
	assert_text(claims.subject, "user-8");
	assert_text(claims.email, "noc@example.com");
	assert_true(claims.email_verified);
	assert_int_equal(instant_since(claims.expires, clock_now(world.clock)).us, SECONDS(120).us);
}

static void
an_access_token_of_cloudflare_proves_a_person(void **state)
{
	struct identity_claims claims = assert_proven(IDENTITY_CLOUDFLARE, good_cloudflare());

	(void)state;
	assert_true(str_equal(claims.issuer, issuer_url(world.peer)));
	assert_text(claims.subject, "7335d417-61da-459d-899c-0a01c76a2f94");
	assert_text(claims.email, "osp@example.com");
	assert_true(claims.email_verified);
	assert_false(claims.is_service);
}

static void
a_service_token_of_cloudflare_proves_a_program(void **state)
{
	struct identity_claims claims = assert_proven(IDENTITY_CLOUDFLARE,
	    cloudflare_of("[\"" TEAM_AUD "\"]",
		",\"type\":\"app\",\"sub\":\"\",\"common_name\":\"e3.access\""));

	(void)state;
	assert_true(claims.is_service);
	assert_text(claims.subject, "e3.access");
	assert_false(claims.email_verified);
}

static void
every_algorithm_on_the_list_is_checked_and_no_other_is(void **state)
{
	static const char *const names[] = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
		"ES256", "ES384", "ES512" };
	struct claims claims = good_claims();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct token_signer *signer = signer_create(names[i], "only", 2048);
		struct str token = bearer_of(signer, &claims);

		issuer_set(world.peer, KEYS_PATH, 200, signer_set(&signer, 1, world.arena), NULL);
		world.config.oidc_algorithms = str_from_z(names[i]);
		world_restart();
		(void)assert_proven(IDENTITY_BEARER, token);
		world.config.oidc_algorithms = str_from_z(names[(i + 1) % COUNT_OF(names)]);
		world_restart();
		assert_unproven(IDENTITY_BEARER, token, "algorithm is not allowed");
		signer_destroy(signer);
	}
}

/* -- altered ones -- */

/* Put every character of ${token} in turn in place of another, and nothing must be proved. */
static void
alter_everywhere(enum identity_source source, struct str token)
{
	char *copy = arena_copy_z(world.arena, token);
	struct str altered = { copy, token.len };

	for (size_t i = 0; i < token.len; i++) {
		char was = copy[i];

		copy[i] = was == 'A' ? 'B' : 'A';
		if (proves(source, altered))
			fail_msg("character %zu of %zu may be %c", i, token.len, copy[i]);
		copy[i] = (char)(was ^ 1);
		if (proves(source, altered))
			fail_msg("character %zu of %zu may be %c", i, token.len, copy[i]);
		copy[i] = was;
	}
	assert_true(proves(source, altered));
}

static void
a_bearer_token_altered_anywhere_proves_nothing(void **state)
{
	(void)state;
	alter_everywhere(IDENTITY_BEARER, good_bearer());
}

static void
a_balancers_token_altered_anywhere_proves_nothing(void **state)
{
	(void)state;
	(void)assert_proven(IDENTITY_ALB, good_alb());
	alter_everywhere(IDENTITY_ALB, good_alb());
}

static void
a_token_of_cloudflare_altered_anywhere_proves_nothing(void **state)
{
	(void)state;
	alter_everywhere(IDENTITY_CLOUDFLARE, good_cloudflare());
}

static void
a_token_cut_anywhere_proves_nothing(void **state)
{
	struct str token = good_bearer();

	(void)state;
	for (size_t length = 0; length < token.len; length++)
		assert_false(proves(IDENTITY_BEARER, (struct str){ token.ptr, length }));
}

static void
a_token_with_anything_added_proves_nothing(void **state)
{
	static const char *const more[] = { ".", "=", "A", "\n", ".A", ".." };
	struct str token = good_bearer(), alb = good_alb();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(more); i++) {
		assert_false(proves(
		    IDENTITY_BEARER, arena_printf(world.arena, "%.*s%s", STR_ARG(token), more[i])));
		assert_false(proves(
		    IDENTITY_ALB, arena_printf(world.arena, "%.*s%s", STR_ARG(alb), more[i])));
	}
	assert_false(proves(IDENTITY_BEARER, arena_printf(world.arena, " %.*s", STR_ARG(token))));
}

static void
a_token_of_one_kind_proves_nothing_as_another(void **state)
{
	(void)state;
	assert_false(proves(IDENTITY_ALB, good_bearer()));
	assert_false(proves(IDENTITY_ALB, good_cloudflare()));
	assert_false(proves(IDENTITY_CLOUDFLARE, good_bearer()));
	assert_false(proves(IDENTITY_CLOUDFLARE, good_alb()));
	assert_false(proves(IDENTITY_BEARER, good_cloudflare()));
	assert_false(proves(IDENTITY_BEARER, good_alb()));
}

static void
padding_is_accepted_of_a_balancer_only(void **state)
{
	struct claims claims = good_claims();
	struct str token = STR("");

	(void)state;
	/* A claim of one more character each time meets every padding. */
	for (int i = 0; i < 3; i++) {
		claims.sub = quoted(&"xyz"[i]);
		token = signer_sign(world.ec, world.arena, signer_header(world.ec, world.arena),
		    claims_json(&claims), true);
		assert_true(str_find(token, STR("=")) != SIZE_MAX);
		assert_false(proves(IDENTITY_BEARER, token));
	}
}

static void
the_other_alphabet_of_base64_is_no_way_to_write_the_same_token(void **state)
{
	struct str token = STR("");
	char *copy;

	(void)state;
	/* A signature is by chance: one of them has such a character soon. */
	do
		token = good_bearer();
	while (memchr(token.ptr + token.len - 86, '_', 86) == NULL);
	copy = arena_copy_z(world.arena, token);
	for (size_t i = token.len - 86; i < token.len; i++)
		copy[i] = copy[i] == '-' ? '+' : copy[i] == '_' ? '/' : copy[i];
	(void)assert_proven(IDENTITY_BEARER, token);
	assert_unproven(IDENTITY_BEARER, str_from_z(copy), "not base64url");
}

/* -- algorithms -- */

/* A token of good claims under ${header}, signed with the EC key all the same. */
static struct str
with_header(const char *header)
{
	struct claims claims = good_claims();

	return signer_sign(world.ec, world.arena, str_from_z(header), claims_json(&claims), false);
}

static void
the_algorithm_none_proves_nothing(void **state)
{
	static const char *const spellings[] = { "none", "None", "NONE", "nOnE", "" };
	struct claims claims = good_claims();
	struct str part = signer_base64url(world.arena, claims_json(&claims), false);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		struct str header = arena_printf(world.arena,
		    "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"bearer-ec\"}", spellings[i]);
		struct str first = signer_base64url(world.arena, header, false);

		assert_unproven(IDENTITY_BEARER, with_header(header.ptr), "algorithm");
		assert_unproven(IDENTITY_BEARER,
		    arena_printf(world.arena, "%.*s.%.*s.", STR_ARG(first), STR_ARG(part)),
		    "three parts");
		assert_unproven(IDENTITY_BEARER,
		    arena_printf(world.arena, "%.*s.%.*s.AA", STR_ARG(first), STR_ARG(part)),
		    "algorithm");
	}
}

static void
a_public_key_used_as_a_shared_secret_proves_nothing(void **state)
{
	struct claims claims = good_claims();
	struct str keys[] = { signer_pem(world.rsa, world.arena),
		str_trim(signer_pem(world.rsa, world.arena)),
		signer_jwk(world.rsa, world.arena, "") };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct str header =
		    STR("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"bearer-rsa\"}");
		struct str says = STR("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"bearer-rsa\"}");

		assert_unproven(IDENTITY_BEARER,
		    signer_sign_hmac(world.arena, keys[i], header, claims_json(&claims)),
		    "algorithm");
		assert_unproven(IDENTITY_BEARER,
		    signer_sign_hmac(world.arena, keys[i], says, claims_json(&claims)),
		    "signature is wrong");
	}
}

static void
a_key_serves_only_the_algorithm_that_it_is_for(void **state)
{
	struct claims claims = good_claims();
	struct str header = STR("{\"alg\":\"RS256\",\"kid\":\"bearer-ec\"}");

	(void)state;
	assert_unproven(IDENTITY_BEARER,
	    signer_sign(world.rsa, world.arena, header, claims_json(&claims), false),
	    "no such key");
	/* RS512 is allowed by us, but the key says RS256. */
	world.config.oidc_algorithms = STR("RS256, RS512");
	world_restart();
	assert_unproven(IDENTITY_BEARER, with_header("{\"alg\":\"RS512\",\"kid\":\"bearer-rsa\"}"),
	    "no such key");
}

static void
a_signature_of_another_length_than_the_keys_proves_nothing(void **state)
{
	struct str token = good_bearer();
	size_t dot = token.len;

	(void)state;
	while (token.ptr[dot - 1] != '.')
		dot--;
	token.len = dot;
	for (size_t length = 2; length <= 400; length += 2) {
		char digits[401];

		memset(digits, 'A', sizeof(digits));
		assert_false(proves(IDENTITY_BEARER,
		    arena_printf(world.arena, "%.*s%.*s", STR_ARG(token), (int)length, digits)));
	}
}

/* -- headers -- */

static void
a_header_that_is_not_right_proves_nothing(void **state)
{
	static const struct {
		const char *header, *reason;
	} rows[] = {
		{ "{\"alg\":\"ES256\"}", "names no key" },
		{ "{\"alg\":\"ES256\",\"kid\":\"\"}", "names no key" },
		{ "{\"alg\":\"ES256\",\"kid\":7}", "names no key" },
		{ "{\"kid\":\"bearer-ec\"}", "algorithm" },
		{ "{\"alg\":\"es256\",\"kid\":\"bearer-ec\"}", "algorithm" },
		{ "{\"alg\":[\"ES256\"],\"kid\":\"bearer-ec\"}", "algorithm" },
		{ "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"bearer-ec\"}", "JSON" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"crit\":[\"exp\"]}", "extension" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"crit\":[]}", "extension" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"b64\":false}", "extension" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":\"logout+jwt\"}", "type" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":null}", "type" },
		{ "[\"ES256\"]", "JSON" },
		{ "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\"} {}", "JSON" },
		{ "{\"alg\":\"ES256\",\"kid\":\"nobody\"}", "no such key" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_unproven(IDENTITY_BEARER, with_header(rows[i].header), rows[i].reason);
}

static void
a_key_in_the_header_is_not_looked_at(void **state)
{
	struct token_signer *own = signer_create("ES256", "bearer-ec", 0);
	struct claims claims = good_claims();
	struct str header = arena_printf(world.arena,
	    "{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"jwk\":%.*s,\"jku\":\"%.*s/theirs\"}",
	    STR_ARG(signer_jwk(own, world.arena, "")), STR_ARG(issuer_url(world.peer)));

	(void)state;
	issuer_set(world.peer, "/theirs", 200, signer_set(&own, 1, world.arena), NULL);
	assert_unproven(IDENTITY_BEARER,
	    signer_sign(own, world.arena, header, claims_json(&claims), false),
	    "signature is wrong");
	assert_int_equal(issuer_requests(world.peer, "/theirs"), 0);
	signer_destroy(own);
}

static void
the_types_of_sign_in_and_access_tokens_are_both_accepted(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"ES256\",\"kid\":\"bearer-ec\"}",
		"{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":\"jwt\"}",
		"{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":\"application/at+jwt\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		(void)assert_proven(IDENTITY_BEARER, with_header(headers[i]));
}

static void
a_token_that_is_too_long_proves_nothing(void **state)
{
	static char filler[IDENTITY_TOKEN_BYTES_MAX];
	struct claims claims = good_claims();

	(void)state;
	memset(filler, 'x', sizeof(filler) - 1);
	claims.more = arena_printf(world.arena, ",\"long\":\"%s\"", filler).ptr;
	assert_unproven(IDENTITY_BEARER, bearer_of(world.ec, &claims), "too long");
	filler[11000] = '\0';
	claims.more = arena_printf(world.arena, ",\"long\":\"%s\"", filler).ptr;
	(void)assert_proven(IDENTITY_BEARER, bearer_of(world.ec, &claims));
}

/* -- claims -- */

static void
expect_claims(struct claims claims, const char *reason)
{
	struct str token = bearer_of(world.ec, &claims);

	if (reason == NULL)
		(void)assert_proven(IDENTITY_BEARER, token);
	else
		assert_unproven(IDENTITY_BEARER, token, reason);
}

static void
the_issuer_is_ours_byte_for_byte(void **state)
{
	struct claims claims = good_claims();
	const char *wrong[] = { NULL, "null", "7", quoted("https://other.example"),
		arena_printf(world.arena, "\"%.*s/\"", STR_ARG(world.issuer)).ptr,
		arena_printf(world.arena, "[\"%.*s\"]", STR_ARG(world.issuer)).ptr };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		claims.iss = wrong[i];
		expect_claims(claims, "issuer is not ours");
	}
}

static void
the_audience_names_us(void **state)
{
	static const struct {
		const char *aud, *more, *reason;
	} rows[] = {
		{ NULL, "", "audience is not ours" },
		{ "\"https://strike.example/ap\"", "", "audience is not ours" },
		{ "\"" AUDIENCE "/\"", "", "audience is not ours" },
		{ "[]", "", "audience is not ours" },
		{ "{\"0\":\"" AUDIENCE "\"}", "", "audience is not ours" },
		{ "[\"" AUDIENCE "\"]", "", NULL },
		{ "[\"" AUDIENCE "\",7]", "", "not a text" },
		{ "[\"https://x.example\",\"" AUDIENCE "\"]", "", "several audiences" },
		{ "[\"https://x.example\",\"" AUDIENCE "\"]", ",\"azp\":\"https://x.example\"",
		    "several audiences" },
		{ "[\"https://x.example\",\"" AUDIENCE "\"]", ",\"azp\":\"" AUDIENCE "\"", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct claims claims = good_claims();

		claims.aud = rows[i].aud;
		claims.more = rows[i].more;
		expect_claims(claims, rows[i].reason);
	}
}

static void
an_access_token_may_be_for_several_interfaces(void **state)
{
	struct claims claims = good_claims();
	struct str header = STR("{\"alg\":\"ES256\",\"kid\":\"bearer-ec\",\"typ\":\"at+jwt\"}");

	(void)state;
	claims.aud = "[\"https://x.example\",\"" AUDIENCE "\"]";
	(void)assert_proven(IDENTITY_BEARER,
	    signer_sign(world.ec, world.arena, header, claims_json(&claims), false));
}

static void
a_token_proves_only_from_its_beginning_to_its_end(void **state)
{
	const struct {
		const char *exp, *nbf, *iat, *reason;
	} rows[] = {
		{ NULL, NULL, NULL, "exp is missing" },
		{ "\"soon\"", NULL, NULL, "exp is missing" },
		{ "null", NULL, NULL, "exp is missing" },
		{ "-1", NULL, NULL, "exp is missing" },
		{ "1e300", NULL, NULL, "exp is missing" },
		{ seconds_from_now(0), NULL, NULL, "expired" },
		{ seconds_from_now(-1), NULL, NULL, "expired" },
		{ seconds_from_now(1), NULL, NULL, NULL },
		{ seconds_from_now(9), seconds_from_now(60), NULL, NULL },
		{ seconds_from_now(999), seconds_from_now(61), NULL, "not valid yet" },
		{ seconds_from_now(999), "\"now\"", NULL, "not valid yet" },
		{ seconds_from_now(9), NULL, seconds_from_now(60), NULL },
		{ seconds_from_now(999), NULL, seconds_from_now(61), "in the future" },
		{ seconds_from_now(999), NULL, "[]", "in the future" },
		{ "99999999999999999999", NULL, NULL, "JSON" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct claims claims = good_claims();

		claims.exp = rows[i].exp;
		claims.nbf = rows[i].nbf;
		claims.iat = rows[i].iat;
		expect_claims(claims, rows[i].reason);
	}
}

static void
a_token_is_over_when_its_time_is(void **state)
{
	struct str token = good_bearer();

	(void)state;
	clock_advance(world.clock, SECONDS(299));
	(void)assert_proven(IDENTITY_BEARER, token);
	clock_advance(world.clock, SECONDS(1));
	assert_unproven(IDENTITY_BEARER, token, "expired");
}

static void
the_subject_is_there_and_can_be_kept(void **state)
{
	static char long_one[IDENTITY_SUBJECT_BYTES_MAX + 2];
	struct claims claims = good_claims();
	const char *wrong[] = { NULL, "\"\"", "null", "12", "\"a\\u0007b\"", "\"a\\u0000b\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		claims.sub = wrong[i];
		expect_claims(claims, i == 5 ? "JSON" : "sub is missing");
	}
	memset(long_one, 's', IDENTITY_SUBJECT_BYTES_MAX + 1);
	claims.sub = quoted(long_one);
	expect_claims(claims, "sub is missing");
	claims.sub = quoted(long_one + 1);
	expect_claims(claims, NULL);
}

static void
an_address_counts_as_verified_only_when_the_issuer_says_so(void **state)
{
	static const struct {
		const char *more;
		bool verified;
	} rows[] = {
		{ ",\"email\":\"a@example.com\"", false },
		{ ",\"email\":\"a@example.com\",\"email_verified\":false", false },
		{ ",\"email\":\"a@example.com\",\"email_verified\":\"true\"", false },
		{ ",\"email\":\"a@example.com\",\"email_verified\":1", false },
		{ ",\"email\":\"a@example.com\",\"email_verified\":true", true },
		{ ",\"email_verified\":true", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct claims claims = good_claims();

		claims.more = rows[i].more;
		assert_int_equal(
		    assert_proven(IDENTITY_BEARER, bearer_of(world.ec, &claims)).email_verified,
		    rows[i].verified);
	}
}

static void
an_address_that_is_none_proves_nothing_and_a_name_that_is_none_is_left_out(void **state)
{
	struct claims claims = good_claims();

	(void)state;
	claims.more = ",\"email\":[\"a@example.com\"]";
	expect_claims(claims, "email is no usable text");
	claims.more = ",\"name\":[\"a\"]";
	assert_text(assert_proven(IDENTITY_BEARER, bearer_of(world.ec, &claims)).name, "");
	claims.more = ",\"sub\":\"again\"";
	expect_claims(claims, "JSON");
}

/* -- balancer -- */

static void
a_balancers_header_names_balancer_provider_and_client(void **state)
{
	static const char *const signer = ",\"signer\":\"" SIGNER "\"",
				 *const iss = ",\"iss\":\"" ALB_ISSUER "\"",
				 *const client = ",\"client\":\"" ALB_CLIENT "\"";
	const char *exp = arena_printf(world.arena, ",\"exp\":%s", seconds_from_now(9)).ptr;
	const char *past = arena_printf(world.arena, ",\"exp\":%s", seconds_from_now(0)).ptr;
	const struct {
		const char *a, *b, *c, *d, *reason;
	} rows[] = {
		{ signer, iss, client, exp, NULL },
		{ "", iss, client, exp, "signer" },
		{ ",\"signer\":\"" SIGNER "2\"", iss, client, exp, "signer" },
		{ ",\"signer\":[\"" SIGNER "\"]", iss, client, exp, "signer" },
		{ signer, "", client, exp, "issuer" },
		{ signer, ",\"iss\":\"https://other.example\"", client, exp, "issuer" },
		{ signer, iss, "", exp, "client" },
		{ signer, iss, ",\"client\":\"other\"", exp, "client" },
		{ signer, iss, client, "", "exp is missing" },
		{ signer, iss, client, past, "expired" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str token = alb_of(arena_printf(world.arena, "%s%s%s%s", rows[i].a,
					      rows[i].b, rows[i].c, rows[i].d)
					      .ptr,
		    "{\"sub\":\"1\"}");

		if (rows[i].reason == NULL)
			(void)assert_proven(IDENTITY_ALB, token);
		else
			assert_unproven(IDENTITY_ALB, token, rows[i].reason);
	}
}

static void
a_balancers_claims_may_not_contradict_its_header(void **state)
{
	const char *header = arena_printf(world.arena,
	    ",\"iss\":\"" ALB_ISSUER "\",\"client\":\"" ALB_CLIENT "\",\"signer\":\"" SIGNER
	    "\",\"exp\":%s",
	    seconds_from_now(120))
				 .ptr;
	const char *claims = arena_printf(world.arena,
	    "{\"sub\":\"1\",\"iss\":\"" ALB_ISSUER "\",\"exp\":%s}", seconds_from_now(60))
				 .ptr;

	(void)state;
	assert_int_equal(instant_since(assert_proven(IDENTITY_ALB, alb_of(header, claims)).expires,
			     clock_now(world.clock))
			     .us,
	    SECONDS(60).us);
	assert_unproven(IDENTITY_ALB, alb_of(header, "{\"sub\":\"1\",\"iss\":\"x\"}"), "issuer");
	assert_unproven(IDENTITY_ALB, alb_of(header, "{\"sub\":\"1\",\"exp\":1}"), "expired");
	assert_unproven(IDENTITY_ALB, alb_of(header, "{\"email\":\"a@example.com\"}"), "sub");
}

static void
a_balancers_token_is_es256_only(void **state)
{
	struct str header = arena_printf(world.arena,
	    "{\"alg\":\"RS256\",\"kid\":\"" ALB_KEY_ID "\",\"iss\":\"" ALB_ISSUER
	    "\",\"client\":\"" ALB_CLIENT "\",\"signer\":\"" SIGNER "\",\"exp\":%s}",
	    seconds_from_now(9));

	(void)state;
	assert_unproven(IDENTITY_ALB,
	    signer_sign(world.rsa, world.arena, header, STR("{\"sub\":\"1\"}"), true), "algorithm");
}

/* -- Cloudflare -- */

static void
a_token_of_cloudflare_is_for_our_application(void **state)
{
	static const char *const sub = ",\"sub\":\"1\"";

	(void)state;
	(void)assert_proven(IDENTITY_CLOUDFLARE, cloudflare_of("\"" TEAM_AUD "\"", sub));
	(void)assert_proven(
	    IDENTITY_CLOUDFLARE, cloudflare_of("[\"other\",\"" TEAM_AUD "\"]", sub));
	assert_unproven(IDENTITY_CLOUDFLARE, cloudflare_of("[\"other\"]", sub), "audience");
	assert_unproven(IDENTITY_CLOUDFLARE,
	    cloudflare_of("\"" TEAM_AUD "\"", ",\"sub\":\"1\",\"type\":\"org\""),
	    "not an application's");
	assert_unproven(IDENTITY_CLOUDFLARE, cloudflare_of("\"" TEAM_AUD "\"", ",\"sub\":\"\""),
	    "neither sub nor common_name");
	assert_unproven(IDENTITY_CLOUDFLARE,
	    cloudflare_of("\"" TEAM_AUD "\"", ",\"sub\":\"\",\"common_name\":7"), "common_name");
}

static void
what_is_not_configured_proves_nothing(void **state)
{
	(void)state;
	world.config.alb_signer = world.config.alb_key_url = STR("");
	world.config.alb_issuer = world.config.alb_client = STR("");
	world_restart();
	assert_false(identity_accepts(world.identity, IDENTITY_ALB));
	assert_true(identity_accepts(world.identity, IDENTITY_BEARER));
	assert_unproven(IDENTITY_ALB, good_alb(), "not configured");
}

static void
a_request_whose_memory_is_full_is_a_fault(void **state)
{
	char room[600];
	struct arena small;
	struct identity_claims claims;
	struct str reason;
	bool proven = true;

	(void)state;
	arena_init(&small, room, sizeof(room));
	assert_fault(identity_verify(world.identity, &small, clock_now(world.clock),
			 IDENTITY_BEARER, good_bearer(), &proven, &claims, &reason),
	    ERR_LIMIT, "");
	assert_false(proven);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_bearer_token_proves_who_its_claims_name),
		CASE(a_balancers_token_with_padding_proves_who_its_claims_name),
		CASE(an_access_token_of_cloudflare_proves_a_person),
		CASE(a_service_token_of_cloudflare_proves_a_program),
		CASE(every_algorithm_on_the_list_is_checked_and_no_other_is),
		CASE(a_bearer_token_altered_anywhere_proves_nothing),
		CASE(a_balancers_token_altered_anywhere_proves_nothing),
		CASE(a_token_of_cloudflare_altered_anywhere_proves_nothing),
		CASE(a_token_cut_anywhere_proves_nothing),
		CASE(a_token_with_anything_added_proves_nothing),
		CASE(a_token_of_one_kind_proves_nothing_as_another),
		CASE(padding_is_accepted_of_a_balancer_only),
		CASE(the_other_alphabet_of_base64_is_no_way_to_write_the_same_token),
		CASE(the_algorithm_none_proves_nothing),
		CASE(a_public_key_used_as_a_shared_secret_proves_nothing),
		CASE(a_key_serves_only_the_algorithm_that_it_is_for),
		CASE(a_signature_of_another_length_than_the_keys_proves_nothing),
		CASE(a_header_that_is_not_right_proves_nothing),
		CASE(a_key_in_the_header_is_not_looked_at),
		CASE(the_types_of_sign_in_and_access_tokens_are_both_accepted),
		CASE(a_token_that_is_too_long_proves_nothing),
		CASE(the_issuer_is_ours_byte_for_byte),
		CASE(the_audience_names_us),
		CASE(an_access_token_may_be_for_several_interfaces),
		CASE(a_token_proves_only_from_its_beginning_to_its_end),
		CASE(a_token_is_over_when_its_time_is),
		CASE(the_subject_is_there_and_can_be_kept),
		CASE(an_address_counts_as_verified_only_when_the_issuer_says_so),
		CASE(an_address_that_is_none_proves_nothing_and_a_name_that_is_none_is_left_out),
		CASE(a_balancers_header_names_balancer_provider_and_client),
		CASE(a_balancers_claims_may_not_contradict_its_header),
		CASE(a_balancers_token_is_es256_only),
		CASE(a_token_of_cloudflare_is_for_our_application),
		CASE(what_is_not_configured_proves_nothing),
		CASE(a_request_whose_memory_is_full_is_a_fault),
	};

	return cmocka_run_group_tests(tests, world_make_keys, world_drop_keys);
}
