#ifndef IDENTITY_IDENTITY_KEY_SET_H
#define IDENTITY_IDENTITY_KEY_SET_H

#include "identity/identity_key.h"

/*
 * identity_key_set: the keys of an issuer at one time.  Never changed once made, and
 * counted: it lives while somebody verifies with it, though it has been replaced.
 */

#define IDENTITY_KEYS_MAX 64

struct identity_key_set;

/** A set of the ${count} keys at ${keys}, which it takes over; one user. */
NODISCARD struct identity_key_set *identity_key_set_create(
    const struct identity_key *keys, size_t count);

/**
 * Read a JWK Set (RFC 7517 section 5) with one user.  A key that cannot serve is passed
 * over, as the RFC asks; two different keys that could be meant by one id and algorithm
 * both are.  False with the reason when ${document} is none, holds more than
 * IDENTITY_KEYS_MAX keys, or none that can serve.  ${arena} is for scratch.
 */
NODISCARD bool identity_key_set_parse(struct arena *arena, struct str document,
    struct identity_key_set **ret, struct str *ret_reason);

/** One user more. */
void identity_key_set_acquire(struct identity_key_set *set);

/** One user less; the last one ends it.  ${set} may be NULL. */
void identity_key_set_release(struct identity_key_set *set);

/** How many keys there are in ${set}. */
size_t identity_key_set_count(const struct identity_key_set *set);

/** The key that ${token} names, for its algorithm; NULL when ${set} has none. */
const struct identity_key *identity_key_set_find(
    const struct identity_key_set *set, const struct identity_token *token);

#endif
