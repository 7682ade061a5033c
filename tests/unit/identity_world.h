#ifndef TESTS_IDENTITY_WORLD_H
#define TESTS_IDENTITY_WORLD_H

#include "identity/identity.h"
#include "support/issuer_peer.h"
#include "support/token_signer.h"

/*
 * identity_world: an issuer of each kind on the loopback, keys for them, a clock that
 * stands still, and the identity under test.
 */

#define AUDIENCE   "https://strike.example/api"
#define SIGNER     "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/strike/1"
#define ALB_ISSUER "https://people.example"
#define ALB_CLIENT "balancer-client"
#define ALB_KEY_ID "0b9a3a5c-5e1a-4b7c-9a53-1a1f4d0c1e11"
#define TEAM_AUD   "32eafc7626e737969ad6fb3b1e8d5b1d1c1a1f0e0d0c0b0a0908070605040302"

#define DISCOVERY_PATH "/oidc/.well-known/openid-configuration"
#define KEYS_PATH      "/keys"
#define CERTS_PATH     "/cdn-cgi/access/certs"
#define ALB_PATH       "/alb/" ALB_KEY_ID

struct identity_world {
	struct arena *arena;
	struct clock *clock;
	struct http_client *client;
	struct issuer_peer *peer;
	struct identity_config config;
	struct identity *identity;
	/* Made once a program: keys take long. */
	struct token_signer *rsa, *ec, *next; /* of bearer tokens; the last is not published yet */
	struct token_signer *balancer, *access;
	struct str issuer; /* of bearer tokens */
	char clock_path[256];
};

extern struct identity_world world;

/* For cmocka: the keys of the program, and a world of each test. */
int world_make_keys(void **state);
int world_drop_keys(void **state);
int world_begin(void **state);
int world_end(void **state);

/** End the identity under test and make another from ${world.config}. */
void world_restart(void);

/* Claims as raw JSON each; NULL leaves one out, ${more} is put at the end (",\"a\":1"). */
struct claims {
	const char *iss, *aud, *exp, *nbf, *iat, *sub, *more;
};

/** Good claims of a bearer token: change a copy. */
struct claims good_claims(void);

/** ${text} as a JSON text; or a moment ${seconds} from now as JSON. */
const char *quoted(const char *text);
const char *seconds_from_now(int seconds);

/** ${claims} as JSON. */
struct str claims_json(const struct claims *claims);

/** A bearer token of ${claims}, signed by ${signer}. */
struct str bearer_of(const struct token_signer *signer, const struct claims *claims);

/** A good token of each kind. */
struct str good_bearer(void);
struct str good_alb(void);
struct str good_cloudflare(void);

/** Header and claims of good_alb() with ${more} in the header, and ${claims}. */
struct str alb_of(const char *header_more, const char *claims);
/** The claims of good_cloudflare() with ${aud} and ${more} in place of its own. */
struct str cloudflare_of(const char *aud, const char *more);

/** A bearer token of ${signer}, good for ten hours; one that names the key ${key_id}. */
struct str long_token(const struct token_signer *signer);
struct str token_naming(const char *key_id);

/** ${format} with ${value} in place of its "%s". */
struct str text(const char *format, struct str value);

/** Publish the ${count} keys of ${signers}, or ${document}, in place of what was before. */
void publish_keys(struct token_signer *const *signers, size_t count);
void publish_text(struct str document);

/** How often the keys of bearer tokens were fetched. */
unsigned fetches(void);

/** Whether ${token} proves anything; a fault is no proof. */
bool proves(enum identity_source source, struct str token);

/** Fail unless ${token} is proven; what it claims. */
struct identity_claims assert_proven(enum identity_source source, struct str token);
/** Fail unless ${token} proves nothing, for a reason that contains ${reason}. */
void assert_unproven(enum identity_source source, struct str token, const char *reason);
/** Fail unless it could not be told, and the fault contains ${part}. */
void assert_unavailable(enum identity_source source, struct str token, const char *part);

#endif
