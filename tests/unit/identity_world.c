#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "identity_world.h"

#define ARENA_BYTES        (64u << 20)
#define RESPONSE_BYTES_MAX 1048576

struct identity_world world;

int
world_make_keys(void **state)
{
	(void)state;
	world.rsa = signer_create("RS256", "bearer-rsa", 2048);
	world.ec = signer_create("ES256", "bearer-ec", 0);
	world.next = signer_create("ES256", "bearer-next", 0);
	world.balancer = signer_create("ES256", ALB_KEY_ID, 0);
	world.access = signer_create("RS256", "access-rsa", 2048);
	return 0;
}

int
world_drop_keys(void **state)
{
	(void)state;
	signer_destroy(world.rsa);
	signer_destroy(world.ec);
	signer_destroy(world.next);
	signer_destroy(world.balancer);
	signer_destroy(world.access);
	return 0;
}

static void
begin_clock(void)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	(void)snprintf(world.clock_path, sizeof(world.clock_path), "%s/strike-identity-XXXXXX",
	    folder ? folder : "/tmp");
	fd = mkstemp(world.clock_path);
	assert_true(fd >= 0);
	close(fd);
	assert_no_fault(clock_create_virtual(world.arena, world.clock_path,
	    (struct instant){ INT64_C(1767579247000000) }, &world.clock));
}

static void
publish(void)
{
	struct token_signer *bearer[] = { world.rsa, world.ec };
	struct arena *arena = world.arena;
	struct str base = issuer_url(world.peer);

	world.issuer = arena_printf(arena, "%.*s/oidc", STR_ARG(base));
	issuer_set(world.peer, DISCOVERY_PATH, 200,
	    arena_printf(arena, "{\"issuer\":\"%.*s\",\"jwks_uri\":\"%.*s" KEYS_PATH "\"}",
		STR_ARG(world.issuer), STR_ARG(base)),
	    NULL);
	issuer_set(world.peer, KEYS_PATH, 200, signer_set(bearer, 2, arena), NULL);
	issuer_set(world.peer, CERTS_PATH, 200, signer_set(&world.access, 1, arena), NULL);
	issuer_set(world.peer, ALB_PATH, 200, signer_pem(world.balancer, arena), NULL);
}

void
world_restart(void)
{
	identity_destroy(world.identity);
	world.identity = NULL;
	assert_no_fault(identity_create(world.arena, &world.config, &world.identity));
}

int
world_begin(void **state)
{
	(void)state;
	world.arena = arena_create(ARENA_BYTES);
	begin_clock();
	world.peer = issuer_start();
	publish();
	world.client = http_client_create(&(struct http_client_config){
	    .allow_http = true,
	    .connections_max = 16,
	    .response_bytes_max = RESPONSE_BYTES_MAX,
	});
	world.config = (struct identity_config){
		.oidc_issuer = world.issuer,
		.oidc_audience = STR(AUDIENCE),
		.alb_signer = STR(SIGNER),
		.alb_key_url =
		    arena_printf(world.arena, "%.*s/alb", STR_ARG(issuer_url(world.peer))),
		.alb_issuer = STR(ALB_ISSUER),
		.alb_client = STR(ALB_CLIENT),
		.cloudflare_team_url = issuer_url(world.peer),
		.cloudflare_audience = STR(TEAM_AUD),
		.allow_http = true,
		.clock = world.clock,
		.client = world.client,
	};
	world_restart();
	return 0;
}

int
world_end(void **state)
{
	(void)state;
	issuer_stop(world.peer);
	identity_destroy(world.identity);
	world.identity = NULL;
	http_client_destroy(world.client);
	clock_destroy(world.clock);
	(void)unlink(world.clock_path);
	arena_destroy(world.arena);
	return 0;
}

/* -- tokens -- */

const char *
quoted(const char *text)
{
	return arena_printf(world.arena, "\"%s\"", text).ptr;
}

const char *
seconds_from_now(int seconds)
{
	return arena_printf(
	    world.arena, "%lld", (long long)(clock_now(world.clock).us / 1000000 + seconds))
	    .ptr;
}

struct claims
good_claims(void)
{
	return (struct claims){
		.iss = arena_printf(world.arena, "\"%.*s\"", STR_ARG(world.issuer)).ptr,
		.aud = quoted(AUDIENCE),
		.exp = seconds_from_now(300),
		.iat = seconds_from_now(-5),
		.sub = quoted("user-7"),
		.more = ",\"email\":\"crew@example.com\",\"email_verified\":true,"
			"\"name\":\"North crew lead\"",
	};
}

struct str
claims_json(const struct claims *claims)
{
	const struct {
		const char *name, *value;
	} members[] = {
		{ "iss", claims->iss },
		{ "aud", claims->aud },
		{ "exp", claims->exp },
		{ "nbf", claims->nbf },
		{ "iat", claims->iat },
		{ "sub", claims->sub },
	};
	struct buf buf = buf_in(world.arena, 65536);

	buf_str(&buf, STR("{\"jti\":\"1\""));
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (members[i].value != NULL)
			buf_printf(&buf, ",\"%s\":%s", members[i].name, members[i].value);
	}
	buf_printf(&buf, "%s}", claims->more == NULL ? "" : claims->more);
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

struct str
bearer_of(const struct token_signer *signer, const struct claims *claims)
{
	return signer_sign(
	    signer, world.arena, signer_header(signer, world.arena), claims_json(claims), false);
}

struct str
good_bearer(void)
{
	struct claims claims = good_claims();

	return bearer_of(world.ec, &claims);
}

struct str
alb_of(const char *header_more, const char *claims)
{
	struct str header = arena_printf(world.arena,
	    "{\"typ\":\"JWT\",\"kid\":\"" ALB_KEY_ID "\",\"alg\":\"ES256\"%s}", header_more);

	return signer_sign(world.balancer, world.arena, header, str_from_z(claims), true);
}

struct str
good_alb(void)
{
	const char *header = arena_printf(world.arena,
	    ",\"iss\":\"" ALB_ISSUER "\",\"client\":\"" ALB_CLIENT "\",\"signer\":\"" SIGNER
	    "\",\"exp\":%s",
	    seconds_from_now(120))
				 .ptr;

	return alb_of(header,
	    "{\"sub\":\"user-8\",\"email\":\"noc@example.com\",\"email_verified\":\"true\"}");
}

struct str
cloudflare_of(const char *aud, const char *more)
{
	struct str claims = arena_printf(world.arena,
	    "{\"iss\":\"%.*s\",\"aud\":%s,\"exp\":%s,\"nbf\":%s,\"iat\":%s%s}",
	    STR_ARG(issuer_url(world.peer)), aud, seconds_from_now(60), seconds_from_now(-1),
	    seconds_from_now(-1), more);

	return signer_sign(
	    world.access, world.arena, signer_header(world.access, world.arena), claims, false);
}

struct str
good_cloudflare(void)
{
	return cloudflare_of("[\"" TEAM_AUD "\"]",
	    ",\"type\":\"app\",\"sub\":\"7335d417-61da-459d-899c-0a01c76a2f94\","
	    "\"email\":\"osp@example.com\",\"country\":\"DE\"");
}

struct str
text(const char *format, struct str value)
{
	const char *at = strstr(format, "%s");

	assert_non_null(at);
	return arena_printf(
	    world.arena, "%.*s%.*s%s", (int)(at - format), format, STR_ARG(value), at + 2);
}

void
publish_keys(struct token_signer *const *signers, size_t count)
{
	issuer_set(world.peer, KEYS_PATH, 200, signer_set(signers, count, world.arena), NULL);
}

void
publish_text(struct str document)
{
	issuer_set(world.peer, KEYS_PATH, 200, document, NULL);
}

struct str
long_token(const struct token_signer *signer)
{
	struct claims claims = good_claims();

	claims.exp = seconds_from_now(36000);
	return bearer_of(signer, &claims);
}

struct str
token_naming(const char *key_id)
{
	struct claims claims = good_claims();

	return signer_sign(world.ec, world.arena,
	    text("{\"alg\":\"ES256\",\"kid\":\"%s\"}", str_from_z(key_id)), claims_json(&claims),
	    false);
}

unsigned
fetches(void)
{
	return issuer_requests(world.peer, KEYS_PATH);
}

/* -- verdicts -- */

bool
proves(enum identity_source source, struct str token)
{
	struct identity_claims claims;
	struct str reason;
	bool proven = true;
	struct arena_mark mark = arena_mark(world.arena);
	struct err *fault = identity_verify(world.identity, world.arena, clock_now(world.clock),
	    source, token, &proven, &claims, &reason);

	arena_release(world.arena, mark);
	assert_false(fault != NULL && proven);
	return proven;
}

struct identity_claims
assert_proven(enum identity_source source, struct str token)
{
	struct identity_claims claims = { .source = source };
	struct str reason = STR("");
	bool proven = false;

	assert_no_fault(identity_verify(world.identity, world.arena, clock_now(world.clock), source,
	    token, &proven, &claims, &reason));
	if (!proven)
		fail_msg("not proven: %.*s", STR_ARG(reason));
	assert_int_equal(claims.source, source);
	return claims;
}

void
assert_unproven(enum identity_source source, struct str token, const char *expected)
{
	struct identity_claims claims = { .source = source };
	struct str reason = STR("");
	bool proven = true;

	assert_no_fault(identity_verify(world.identity, world.arena, clock_now(world.clock), source,
	    token, &proven, &claims, &reason));
	if (proven)
		fail_msg("proven, though %s", expected);
	assert_contains(arena_copy_z(world.arena, reason), expected);
}

void
assert_unavailable(enum identity_source source, struct str token, const char *part)
{
	struct identity_claims claims;
	struct str reason;
	bool proven = true;

	assert_fault(identity_verify(world.identity, world.arena, clock_now(world.clock), source,
			 token, &proven, &claims, &reason),
	    ERR_UNAVAILABLE, part);
	assert_false(proven);
}
