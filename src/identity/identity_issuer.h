#ifndef IDENTITY_IDENTITY_ISSUER_H
#define IDENTITY_IDENTITY_ISSUER_H

#include "identity/identity_fetch.h"
#include "identity/identity_keys.h"

/*
 * identity_issuer: an issuer that publishes a JWK Set, at a known address or at one that
 * its discovery document names (OpenID Connect Discovery 1.0).  That document must call
 * the issuer what we call it, or somebody else could speak for it.
 */
struct identity_issuer;

struct identity_issuer_config {
	const char *name;
	struct str issuer;  /* discovered; or empty: */
	struct str key_url; /* the address of the JWK Set */
	struct identity_fetcher fetcher;
	struct clock *clock;
	struct log *log; /* may be NULL */
};

/** ${config} is copied, but not its texts, which must outlive the issuer. */
NODISCARD struct identity_issuer *identity_issuer_create(
    const struct identity_issuer_config *config);

/** ${issuer} may be NULL. */
void identity_issuer_destroy(struct identity_issuer *issuer);

/** Its keys. */
struct identity_keys *identity_issuer_keys(struct identity_issuer *issuer);

#endif
