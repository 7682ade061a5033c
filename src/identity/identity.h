#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include "base/err.h"
#include "base/instant.h"
#include "runtime/clock.h"
#include "runtime/http_client.h"
#include "runtime/log.h"

/*
 * identity: who is asking, proved by somebody's signature.
 *
 * Three issuers can vouch for a person, each in a header of its own, each with a
 * JSON Web Token (RFC 7519) under a key that we fetch from the issuer:
 *
 *	bearer      Authorization: Bearer, from an OpenID provider.  Its discovery
 *	            document names the address of its keys.
 *	alb         x-amzn-oidc-data, from an AWS Application Load Balancer.  ES256; the
 *	            header names the balancer; one PEM key per key id.
 *	cloudflare  Cf-Access-Jwt-Assertion, from Cloudflare Access.  RS256.
 *
 * A source whose settings are empty proves nothing.  What is proved is what the
 * token claims, and no more: who that is among our users, and what they may do, is
 * for others to say.  Nothing here knows the store, and no token is ever logged.
 *
 * The parts:
 *
 *	identity.c           the three sources: what each asks of header and claims
 *	identity_token.c     three parts of base64url, strictly; the header
 *	identity_claims.c    issuer, audience, times, subject, e-mail
 *	identity_key.c       a public key, from a JWK or PEM; the check of a signature
 *	identity_key_set.c   a JWK Set, read and bounded
 *	identity_keys.c      keys that are kept, aged and fetched again, one fetch at a time
 *	identity_issuer.c    where an issuer's keys are fetched: discovery, JWK Set
 *	identity_alb_keys.c  the same for a balancer's keys, one by one
 *
 * How long keys serve (by the configured clock; identity_keys.h has the numbers): for
 * minutes without a question; then they are fetched anew, and as long as that fails the
 * old ones serve for some hours.  A token that names a key we have not seen causes a
 * fetch as well, but one at a time, which everybody else waits for, and not again before a
 * pause is over, which grows with each failure.  A key that its issuer has replaced
 * is therefore known within that pause, and a storm of invented key ids costs one
 * request a pause.
 */

enum identity_source { IDENTITY_BEARER, IDENTITY_ALB, IDENTITY_CLOUDFLARE };

/* Longer tokens, documents and claims are refused. */
#define IDENTITY_TOKEN_BYTES_MAX    16384
#define IDENTITY_DOCUMENT_BYTES_MAX 262144
#define IDENTITY_SUBJECT_BYTES_MAX  255
#define IDENTITY_EMAIL_BYTES_MAX    254
#define IDENTITY_NAME_BYTES_MAX     200

/* How far the issuer's clock may be ahead of ours: for nbf and iat, not for exp. */
#define IDENTITY_LEEWAY SECONDS(60)

/* How long one request for keys may take. */
#define IDENTITY_FETCH_TIMEOUT SECONDS(5)

/* What a token says about the person, or the program, that sent it. */
struct identity_claims {
	enum identity_source source;
	struct str issuer;  /* a subject is one within its issuer only */
	struct str subject; /* never empty; of a Cloudflare service token its common_name */
	struct str email;   /* or empty */
	/*
	 * The issuer says that the address is the person's.  Bearer and alb: email_verified is
	 * there and true (alb also as the text "true", which Cognito sends); absent is false.
	 * Cloudflare vouches for the address of every person it lets in.
	 */
	bool email_verified;
	struct str name; /* or empty: display only */
	bool is_service; /* a program, not a person: a Cloudflare service token */
	struct instant expires;
};

/* What a document's address answered; its body lives in the arena of the fetch. */
struct identity_document {
	int status;
	struct str body;
	struct str cache_control; /* the header, or empty */
};

/*
 * How documents are fetched.  NULL in the configuration: by its HTTP client; a test
 * that wants no network brings its own.  Called by several threads at once.
 */
typedef struct err *(*identity_fetch_f)(
    void *context, struct arena *arena, struct str url, struct identity_document *ret);

/* Texts that are empty switch their source off; a source is given whole or not at all. */
struct identity_config {
	struct str oidc_issuer;     /* exactly as in iss and in the discovery document */
	struct str oidc_audience;   /* what aud must name */
	struct str oidc_algorithms; /* "RS256,ES256", also when empty; never none, never HS* */

	struct str alb_signer;  /* ARN of the balancer */
	struct str alb_key_url; /* https://public-keys.auth.elb.<region>.amazonaws.com */
	struct str alb_issuer;  /* of the provider that the balancer signs people in with */
	struct str alb_client;  /* the balancer's client id there */

	struct str cloudflare_team_url; /* https://<team>.cloudflareaccess.com */
	struct str cloudflare_audience; /* the application's AUD tag */

	bool allow_http;     /* development and tests only */
	struct clock *clock; /* by which keys age */
	struct log *log;     /* one line a fetch; may be NULL */
	struct http_client *client;
	identity_fetch_f fetch; /* instead of the client; or NULL */
	void *fetch_context;
};

struct identity;

/**
 * Be ready to verify.  Nothing is fetched before the first token asks for it.  The
 * texts of ${config} are copied; clock, log and client must outlive ${*ret}.  A fault
 * (ERR_CORRUPT) names the setting that is missing or cannot be.
 */
NODISCARD struct err *identity_create(
    struct arena *arena, const struct identity_config *config, struct identity **ret);

/** Nobody may be verifying.  ${identity} may be NULL. */
void identity_destroy(struct identity *identity);

/** Whether ${source} is configured: when not, its header is to be passed over. */
bool identity_accepts(const struct identity *identity, enum identity_source source);

/**
 * Verify ${token}, the bare value of the header ("Bearer " taken off), at the moment
 * ${now}, by the clock that issuers live by: the system's.  Any number of threads may call
 * at once; one that needs a key waits for the fetch under way, whose deadline bounds it.
 *
 * ${*ret_proven} says whether it proves anything.  If so, ${*ret} holds what; its texts live
 * in ${arena}, the issuer's as long as ${identity}.
 * If not, ${*ret_reason} names the check that failed ("the audience is not ours"), for
 * the log and for nobody else; it holds nothing of the token.
 *
 * Faults: ERR_UNAVAILABLE, the token may be good but the key that would tell could not
 * be fetched (503, not 401); ERR_LIMIT, ${arena} is full.
 *
 * Bearer tokens with more than one audience must name ours in azp, unless they are of
 * the type at+jwt (RFC 9068), whose audiences are not parties to a sign-in.
 */
NODISCARD struct err *identity_verify(struct identity *identity, struct arena *arena,
    struct instant now, enum identity_source source, struct str token, bool *ret_proven,
    struct identity_claims *ret, struct str *ret_reason);

#endif
