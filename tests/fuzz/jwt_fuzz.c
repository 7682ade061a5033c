#include "identity/identity.h"
#include "support/token_signer.h"

/*
 * Tokens, and the documents that keys come in, all the way through identity_verify().
 * The first byte says what the others are:
 *
 *	b a c   a token for that source (bearer, alb, cloudflare), as it is: the keys are made
 *	        anew each time, so it cannot be a good one
 *	B A C   header, newline, claims: signed with the right key, so that what is behind
 *	        the signature is reached
 *	K P D   a JWK Set, a PEM text, a discovery document, before a token that is good under
 *	        the keys of this process
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define ARENA_BYTES (8u << 20)
#define ISSUER      "https://people.example"
#define NOW         ((struct instant){ INT64_C(1767579247000000) })
#define EXPIRES     "1767579300"

/* Of this process: the keys, and what the addresses answer. */
static struct {
	struct arena *arena;
	struct token_signer *ec, *alb, *rsa;
	struct clock *clock;
	struct identity *identity; /* whose keys are there */
	struct str keys, certs, pem, discovery;
	struct str bearer_token, alb_token;
} fixed;

/* What is answered in place of the fixed documents; empty: those. */
static struct str replaced_keys, replaced_pem, replaced_discovery;

static struct str
either(struct str replaced, struct str usual)
{
	return replaced.ptr == NULL ? usual : replaced;
}

static struct err *
answer(void *context, struct arena *arena, struct str url, struct identity_document *ret)
{
	(void)context;
	(void)arena;
	ret->status = 200;
	if (str_find(url, STR("/.well-known/")) != SIZE_MAX)
		ret->body = either(replaced_discovery, fixed.discovery);
	else if (str_find(url, STR("/cdn-cgi/")) != SIZE_MAX)
		ret->body = fixed.certs;
	else if (str_find(url, STR("/alb/")) != SIZE_MAX)
		ret->body = either(replaced_pem, fixed.pem);
	else
		ret->body = either(replaced_keys, fixed.keys);
	return NULL;
}

static struct identity *
make_identity(struct arena *arena)
{
	struct identity_config config = {
		.oidc_issuer = STR(ISSUER),
		.oidc_audience = STR("strike"),
		.alb_signer = STR("arn"),
		.alb_key_url = STR(ISSUER "/alb"),
		.alb_issuer = STR(ISSUER),
		.alb_client = STR("client"),
		.cloudflare_team_url = STR(ISSUER),
		.cloudflare_audience = STR("tag"),
		.clock = fixed.clock,
		.fetch = answer,
	};
	struct identity *identity = NULL;

	CHECK(identity_create(arena, &config, &identity) == NULL);
	return identity;
}

static void
begin(void)
{
	struct arena *arena = arena_create(ARENA_BYTES);

	fixed.arena = arena;
	fixed.ec = signer_create("ES256", "ec", 0);
	fixed.alb = signer_create("ES256", "alb-1", 0);
	fixed.rsa = signer_create("RS256", "rsa", 2048);
	fixed.clock = clock_create_real();
	fixed.keys = signer_set(&fixed.ec, 1, arena);
	fixed.certs = signer_set(&fixed.rsa, 1, arena);
	fixed.pem = signer_pem(fixed.alb, arena);
	fixed.discovery = STR("{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"" ISSUER "/keys\"}");
	fixed.bearer_token = signer_sign(fixed.ec, arena, signer_header(fixed.ec, arena),
	    STR("{\"iss\":\"" ISSUER "\",\"aud\":\"strike\",\"exp\":" EXPIRES ",\"sub\":\"1\"}"),
	    false);
	fixed.alb_token = signer_sign(fixed.alb, arena,
	    STR("{\"alg\":\"ES256\",\"kid\":\"alb-1\",\"iss\":\"" ISSUER
		"\",\"client\":\"client\",\"signer\":\"arn\",\"exp\":" EXPIRES "}"),
	    STR("{\"sub\":\"1\"}"), true);
	fixed.identity = make_identity(arena);
}

/* Verify ${token}; what is proven must be what can be used. */
static bool
verify(
    struct identity *identity, struct arena *arena, enum identity_source source, struct str token)
{
	struct identity_claims claims;
	struct str reason = STR("");
	bool proven = false;
	struct err *fault =
	    identity_verify(identity, arena, NOW, source, token, &proven, &claims, &reason);

	CHECK(fault == NULL || !proven);
	CHECK(fault != NULL || proven || !str_empty(reason));
	if (!proven)
		return false;
	CHECK(claims.source == source && str_equal(claims.issuer, STR(ISSUER)));
	CHECK(claims.subject.len > 0 && claims.subject.len <= IDENTITY_SUBJECT_BYTES_MAX);
	CHECK(claims.email.len <= IDENTITY_EMAIL_BYTES_MAX);
	CHECK(claims.name.len <= IDENTITY_NAME_BYTES_MAX);
	CHECK(claims.email.len > 0 || !claims.email_verified);
	CHECK(claims.expires.us > NOW.us);
	return true;
}

static void
try_signed(struct arena *arena, enum identity_source source, struct str text)
{
	const struct token_signer *signers[] = { [IDENTITY_BEARER] = fixed.ec,
		[IDENTITY_ALB] = fixed.alb,
		[IDENTITY_CLOUDFLARE] = fixed.rsa };
	struct str header = str_cut(&text, '\n');

	(void)verify(fixed.identity, arena, source,
	    signer_sign(signers[source], arena, header, text, source == IDENTITY_ALB));
}

/* Good tokens, before documents that may be anything: other keys than ours prove nothing. */
static void
try_documents(struct arena *arena)
{
	struct identity *identity = make_identity(arena);
	bool bearer = verify(identity, arena, IDENTITY_BEARER, fixed.bearer_token);
	bool alb = verify(identity, arena, IDENTITY_ALB, fixed.alb_token);

	CHECK(replaced_keys.ptr == NULL || !bearer);
	CHECK(alb == (replaced_pem.ptr == NULL));
	identity_destroy(identity);
	replaced_keys = replaced_pem = replaced_discovery = (struct str){ NULL, 0 };
}

static void
try_input(struct arena *arena, char what, struct str text)
{
	switch (what) {
	case 'b':
		CHECK(!verify(fixed.identity, arena, IDENTITY_BEARER, text));
		return;
	case 'a':
		CHECK(!verify(fixed.identity, arena, IDENTITY_ALB, text));
		return;
	case 'c':
		CHECK(!verify(fixed.identity, arena, IDENTITY_CLOUDFLARE, text));
		return;
	case 'B':
		try_signed(arena, IDENTITY_BEARER, text);
		return;
	case 'A':
		try_signed(arena, IDENTITY_ALB, text);
		return;
	case 'C':
		try_signed(arena, IDENTITY_CLOUDFLARE, text);
		return;
	case 'K':
		replaced_keys = text;
		break;
	case 'P':
		replaced_pem = text;
		break;
	case 'D':
		replaced_discovery = text;
		break;
	default:
		return;
	}
	try_documents(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena_mark mark;

	if (fixed.arena == NULL)
		begin();
	if (length < 2 || length > 32768)
		return 0;
	mark = arena_mark(fixed.arena);
	CHECK(verify(fixed.identity, fixed.arena, IDENTITY_BEARER, fixed.bearer_token));
	try_input(fixed.arena, (char)bytes[0], (struct str){ (const char *)bytes + 1, length - 1 });
	arena_release(fixed.arena, mark);
	return 0;
}
