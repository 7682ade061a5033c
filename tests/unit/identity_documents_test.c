#include "support/unit.h"

#include <unistd.h>

#include "identity/identity_keys.h"
#include "identity_world.h"

/* What documents must be for keys to be taken from them, and what settings must be. */

/* -- discovery -- */

static void
a_discovery_document_about_another_issuer_is_not_used(void **state)
{
	static const char *const names[] = { "%s/", "https://other.example", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct str name = strstr(names[i], "%s") == NULL ? str_from_z(names[i])
								 : text(names[i], world.issuer);

		issuer_set(world.peer, DISCOVERY_PATH, 200,
		    arena_printf(world.arena, "{\"issuer\":\"%.*s\",\"jwks_uri\":\"%.*s/keys\"}",
			STR_ARG(name), STR_ARG(issuer_url(world.peer))),
		    NULL);
		world_restart();
		assert_unavailable(IDENTITY_BEARER, good_bearer(), "another issuer");
		assert_int_equal(fetches(), 0);
	}
}

static void
a_discovery_document_that_names_no_usable_address_is_not_used(void **state)
{
	static const char *const addresses[] = { "null", "7", "\"\"", "\"file:///etc/passwd\"",
		"\"/keys\"", "\"http://user@127.0.0.1/keys\"", "\"http://127.0.0.1/k eys\"",
		"\"http://\"", "\"http://127.0.0.1/\\u0007\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		issuer_set(world.peer, DISCOVERY_PATH, 200,
		    arena_printf(world.arena, "{\"issuer\":\"%.*s\",\"jwks_uri\":%s}",
			STR_ARG(world.issuer), addresses[i]),
		    NULL);
		world_restart();
		assert_unavailable(IDENTITY_BEARER, good_bearer(), "no jwks_uri");
	}
	issuer_set(world.peer, DISCOVERY_PATH, 200, STR("<html>"), NULL);
	world_restart();
	assert_unavailable(IDENTITY_BEARER, good_bearer(), "not JSON");
}

static void
keys_that_have_moved_are_found_after_a_failure(void **state)
{
	struct str token = long_token(world.ec);

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, token);
	issuer_set(world.peer, KEYS_PATH, 404, STR("gone"), NULL);
	issuer_set(world.peer, "/moved", 200, signer_set(&world.ec, 1, world.arena), NULL);
	issuer_set(world.peer, DISCOVERY_PATH, 200,
	    arena_printf(world.arena, "{\"issuer\":\"%.*s\",\"jwks_uri\":\"%.*s/moved\"}",
		STR_ARG(world.issuer), STR_ARG(issuer_url(world.peer))),
	    NULL);
	clock_advance(world.clock, IDENTITY_KEYS_FRESH_DEFAULT);
	(void)assert_proven(IDENTITY_BEARER, token);
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	(void)assert_proven(IDENTITY_BEARER, token);
	assert_int_equal(issuer_requests(world.peer, "/moved"), 1);
}

static void
plain_http_is_for_development_only(void **state)
{
	struct identity *identity = NULL;

	(void)state;
	world.config.allow_http = false;
	assert_fault(identity_create(world.arena, &world.config, &identity), ERR_CORRUPT,
	    "oidc_issuer must be an https URL");
	world.config.oidc_issuer = STR("https://people.example");
	assert_fault(identity_create(world.arena, &world.config, &identity), ERR_CORRUPT,
	    "alb_key_url must be an https URL");
	world.config.alb_key_url = STR("https://public-keys.example");
	assert_fault(identity_create(world.arena, &world.config, &identity), ERR_CORRUPT,
	    "cloudflare_team_url must be an https URL");
	assert_null(identity);
}

/* Fetches in place of the network: an https issuer whose keys are said to be elsewhere. */
static struct err *
point_to_http(void *context, struct arena *arena, struct str url, struct identity_document *ret)
{
	unsigned *calls = context;

	(*calls)++;
	assert_true(str_equal(url, STR("https://people.example/.well-known/openid-configuration")));
	ret->status = 200;
	ret->body =
	    arena_copy(arena, STR("{\"issuer\":\"https://people.example\",\"jwks_uri\":\"http://"
				  "people.example/k\"}"));
	return NULL;
}

static void
keys_are_not_fetched_over_plain_http_though_discovery_says_so(void **state)
{
	unsigned calls = 0;

	(void)state;
	world.config = (struct identity_config){
		.oidc_issuer = STR("https://people.example"),
		.oidc_audience = STR(AUDIENCE),
		.clock = world.clock,
		.fetch = point_to_http,
		.fetch_context = &calls,
	};
	world_restart();
	world.issuer = world.config.oidc_issuer;
	assert_unavailable(IDENTITY_BEARER, good_bearer(), "no jwks_uri");
	assert_int_equal(calls, 1);
}

/* -- sets of keys -- */

/* Publish ${document}: a good token is proven, or it cannot be told because of ${reason}. */
static void
expect_set(struct str document, const char *reason)
{
	publish_text(document);
	world_restart();
	if (reason == NULL)
		(void)assert_proven(IDENTITY_BEARER, good_bearer());
	else
		assert_unavailable(IDENTITY_BEARER, good_bearer(), reason);
}

static void
a_document_that_is_no_set_of_keys_is_not_used(void **state)
{
	(void)state;
	expect_set(STR(""), "no usable set");
	expect_set(STR("[]"), "keys is not a list");
	expect_set(STR("{\"keys\":{}}"), "keys is not a list");
	expect_set(STR("{\"keys\":[]}"), "there are no keys");
	expect_set(STR("{\"keys\":[7,null,[]]}"), "no key can serve");
	expect_set(STR("{\"keys\":[],\"keys\":[]}"), "duplicate");
}

static void
a_document_that_is_too_large_is_not_used(void **state)
{
	size_t length = IDENTITY_DOCUMENT_BYTES_MAX + 1;
	char *bytes = arena_bytes(world.arena, length);
	struct str one = signer_jwk(world.ec, world.arena, "");
	struct buf many = buf_in(world.arena, 65536);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, ' ', length);
	expect_set((struct str){ bytes, length }, "larger than");
	buf_str(&many, STR("{\"keys\":["));
	for (int i = 0; i < IDENTITY_KEYS_MAX + 1; i++)
		buf_printf(&many, "%s%.*s", i == 0 ? "" : ",", STR_ARG(one));
	buf_str(&many, STR("]}"));
	expect_set(buf_view(&many), "more than 64 keys");
}

static void
a_key_that_is_not_for_such_signatures_serves_nobody(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} rows[] = {
		{ "\"use\":\"sig\"", "\"use\":\"enc\"", "not for signatures" },
		{ "\"use\":\"sig\"", "\"use\":7", "not for signatures" },
		{ "\"use\":\"sig\"", "\"key_ops\":[\"encrypt\"]", "not for signatures" },
		{ "\"use\":\"sig\"", "\"key_ops\":\"verify\"", "not for signatures" },
		{ "\"use\":\"sig\"", "\"key_ops\":[\"verify\"]", NULL },
		{ "\"use\":\"sig\",", "", NULL },
		{ "\"alg\":\"ES256\"", "\"alg\":\"ES384\"", "alg does not fit" },
		{ "\"alg\":\"ES256\"", "\"alg\":\"RS256\"", "alg does not fit" },
		{ "\"alg\":\"ES256\"", "\"alg\":\"HS256\"", "alg does not fit" },
		{ "\"alg\":\"ES256\"", "\"alg\":null", "alg does not fit" },
		{ ",\"alg\":\"ES256\"", "", NULL },
		{ "\"kty\":\"EC\"", "\"kty\":\"RSA\"", "modulus" },
		{ "\"kty\":\"EC\"", "\"kty\":\"oct\",\"k\":\"AAAA\"", "neither RSA nor EC" },
		{ "\"kty\":\"EC\"", "\"kty\":\"OKP\"", "neither RSA nor EC" },
		{ "\"crv\":\"P-256\"", "\"crv\":\"P-384\"", "coordinates" },
		{ "\"crv\":\"P-256\"", "\"crv\":\"secp256k1\"", "curve" },
		{ "\"x\":\"", "\"x\":\"AA", "coordinates" },
		{ "\"x\":\"", "\"x\":\"=", "coordinates" },
		{ "\"kid\":\"bearer-ec\",", "", "kid" },
		{ "\"kid\":\"bearer-ec\"", "\"kid\":\"\"", "kid" },
		{ "\"use\":\"sig\"", "\"d\":\"AAAA\"", "private key" },
	};
	struct str key = signer_jwk(world.ec, world.arena, "");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t at = str_find(key, str_from_z(rows[i].from));
		size_t after = at + strlen(rows[i].from);

		assert_true(at != SIZE_MAX);
		expect_set(arena_printf(world.arena, "{\"keys\":[%.*s%s%.*s]}", (int)at, key.ptr,
			       rows[i].to, (int)(key.len - after), key.ptr + after),
		    rows[i].reason);
	}
}

static void
a_point_that_is_not_on_its_curve_is_no_key(void **state)
{
	char zeros[44];

	(void)state;
	memset(zeros, 'A', 43);
	zeros[43] = '\0';
	expect_set(arena_printf(world.arena,
		       "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"bearer-ec\","
		       "\"x\":\"%s\",\"y\":\"%s\"}]}",
		       zeros, zeros),
	    "not a point of its curve");
}

static void
a_weak_rsa_key_serves_nobody(void **state)
{
	struct token_signer *weak = signer_create("RS256", "weak", 1024);
	struct token_signer *almost = signer_create("RS256", "weak", 2047);

	(void)state;
	publish_keys(&weak, 1);
	assert_unavailable(IDENTITY_BEARER, long_token(weak), "2048");
	publish_keys(&almost, 1);
	world_restart();
	assert_unavailable(IDENTITY_BEARER, long_token(almost), "2048");
	signer_destroy(weak);
	signer_destroy(almost);
}

static void
an_rsa_key_whose_exponent_proves_everything_serves_nobody(void **state)
{
	static const char *const exponents[] = { "AQ", "AA", "Ag", "", "AQABAQAB", "BA" };
	struct str key = signer_jwk(world.rsa, world.arena, "");
	size_t at = str_find(key, STR("\"e\":\"AQAB\""));

	(void)state;
	assert_true(at != SIZE_MAX);
	for (size_t i = 0; i < COUNT_OF(exponents); i++)
		expect_set(arena_printf(world.arena, "{\"keys\":[%.*s\"e\":\"%s\"%.*s]}", (int)at,
			       key.ptr, exponents[i], (int)(key.len - at - 10), key.ptr + at + 10),
		    "exponent cannot be");
}

static void
keys_that_we_do_not_understand_do_not_spoil_the_others(void **state)
{
	(void)state;
	expect_set(text("{\"keys\":[{\"kty\":\"OKP\",\"kid\":\"a\"},7,%s,{\"kid\":\"bearer-ec\"}],"
			"\"more\":1}",
		       signer_jwk(world.ec, world.arena, ",\"x5t\":\"abc\"")),
	    NULL);
}

static void
two_keys_of_one_id_serve_only_when_it_is_clear_which_is_meant(void **state)
{
	struct token_signer *same = signer_create("ES256", "bearer-ec", 0);
	struct token_signer *other_kind = signer_create("RS256", "bearer-ec", 2048);
	struct token_signer *twice[] = { world.ec, world.ec };
	struct token_signer *kinds[] = { other_kind, world.ec };
	struct token_signer *unclear[] = { world.ec, same, world.ec, world.rsa };

	(void)state;
	publish_keys(twice, 2);
	world_restart();
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	publish_keys(kinds, 2);
	world_restart();
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	(void)assert_proven(IDENTITY_BEARER, long_token(other_kind));
	publish_keys(unclear, 4);
	world_restart();
	assert_unproven(IDENTITY_BEARER, long_token(world.ec), "no such key");
	assert_unproven(IDENTITY_BEARER, long_token(same), "no such key");
	(void)assert_proven(IDENTITY_BEARER, long_token(world.rsa));
	signer_destroy(same);
	signer_destroy(other_kind);
}

/* -- balancer -- */

static void
what_is_no_pem_text_of_a_p256_key_is_not_used(void **state)
{
	struct token_signer *other = signer_create("ES384", "x", 0);
	struct str texts[] = { STR(""), STR("-----BEGIN PUBLIC KEY-----\nAAAA\n"),
		signer_pem(world.rsa, world.arena), signer_pem(other, world.arena) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		issuer_set(world.peer, ALB_PATH, 200, texts[i], NULL);
		world_restart();
		assert_unavailable(IDENTITY_ALB, good_alb(), "no PEM text");
	}
	signer_destroy(other);
}

static void
an_endpoint_of_keys_that_is_down_is_a_fault(void **state)
{
	(void)state;
	issuer_set(world.peer, ALB_PATH, 500, STR("down"), NULL);
	issuer_set(world.peer, CERTS_PATH, 502, STR("down"), NULL);
	assert_unavailable(IDENTITY_ALB, good_alb(), "status 500");
	assert_unavailable(IDENTITY_CLOUDFLARE, good_cloudflare(), "status 502");
}

/* -- settings and the log -- */

static void
settings_of_one_source_are_given_together(void **state)
{
	struct identity_config good = world.config;
	struct str *one[] = { &world.config.oidc_issuer, &world.config.oidc_audience,
		&world.config.alb_signer, &world.config.alb_key_url, &world.config.alb_issuer,
		&world.config.alb_client, &world.config.cloudflare_team_url,
		&world.config.cloudflare_audience };
	static const char *const names[] = { "oidc_issuer is missing", "oidc_audience is missing",
		"alb_signer is missing", "alb_key_url is missing", "alb_issuer is missing",
		"alb_client is missing", "cloudflare_team_url is missing",
		"cloudflare_audience is missing" };
	struct identity *identity = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(one); i++) {
		world.config = good;
		*one[i] = STR("");
		assert_fault(
		    identity_create(world.arena, &world.config, &identity), ERR_CORRUPT, names[i]);
	}
}

static void
algorithms_that_prove_nothing_cannot_be_allowed(void **state)
{
	static const char *const lists[] = { "none", "HS256", "RS256,HS256", "RS256,,ES256", ",",
		"RS256 ES256", "EdDSA", "rs256" };
	struct identity *identity = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		world.config.oidc_algorithms = str_from_z(lists[i]);
		assert_fault(identity_create(world.arena, &world.config, &identity), ERR_CORRUPT,
		    "oidc_algorithms");
	}
}

static void
what_is_logged_names_the_source_and_the_fault_but_no_token(void **state)
{
	char line[8192] = "";
	struct str token = good_bearer();
	int ends[2];
	ssize_t length;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	world.config.log = log_create(ends[1], LOG_LOGFMT, LOG_DEBUG);
	world_restart();
	(void)assert_proven(IDENTITY_BEARER, token);
	issuer_set(world.peer, CERTS_PATH, 500, STR("down"), NULL);
	assert_unavailable(IDENTITY_CLOUDFLARE, good_cloudflare(), "status 500");
	length = read(ends[0], line, sizeof(line) - 1);
	assert_true(length > 0);
	assert_contains(line, "source=bearer keys=2");
	assert_contains(line, "source=cloudflare");
	assert_contains(line, "status 500");
	assert_lacks(line, arena_copy_z(world.arena, (struct str){ token.ptr, 20 }));
	log_destroy(world.config.log);
	world.config.log = NULL;
	world_restart();
	close(ends[0]);
	close(ends[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_discovery_document_about_another_issuer_is_not_used),
		CASE(a_discovery_document_that_names_no_usable_address_is_not_used),
		CASE(keys_that_have_moved_are_found_after_a_failure),
		CASE(plain_http_is_for_development_only),
		CASE(keys_are_not_fetched_over_plain_http_though_discovery_says_so),
		CASE(a_document_that_is_no_set_of_keys_is_not_used),
		CASE(a_document_that_is_too_large_is_not_used),
		CASE(a_key_that_is_not_for_such_signatures_serves_nobody),
		CASE(a_point_that_is_not_on_its_curve_is_no_key),
		CASE(a_weak_rsa_key_serves_nobody),
		CASE(an_rsa_key_whose_exponent_proves_everything_serves_nobody),
		CASE(keys_that_we_do_not_understand_do_not_spoil_the_others),
		CASE(two_keys_of_one_id_serve_only_when_it_is_clear_which_is_meant),
		CASE(what_is_no_pem_text_of_a_p256_key_is_not_used),
		CASE(an_endpoint_of_keys_that_is_down_is_a_fault),
		CASE(settings_of_one_source_are_given_together),
		CASE(algorithms_that_prove_nothing_cannot_be_allowed),
		CASE(what_is_logged_names_the_source_and_the_fault_but_no_token),
	};

	return cmocka_run_group_tests(tests, world_make_keys, world_drop_keys);
}
