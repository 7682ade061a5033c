#ifndef IDENTITY_IDENTITY_KEY_H
#define IDENTITY_IDENTITY_KEY_H

#include "base/sha256.h"
#include "identity/identity_token.h"

/*
 * identity_key: a public key, and whether a token was signed with it.
 *
 * libcjose checks the signature.  What it would take too kindly is refused before: a key
 * of another type, curve or purpose than the algorithm's, a signature of another length
 * than such a key makes, RSA keys that are weak, or so large that checking is an attack.
 */

#define IDENTITY_RSA_BITS_MIN 2048
#define IDENTITY_RSA_BITS_MAX 8192

struct identity_key {
	char id[IDENTITY_KEY_ID_BYTES_MAX];
	size_t id_length;
	unsigned algorithms;        /* the set of those that it may be used with */
	size_t signature_bytes;     /* how long its signatures are */
	struct sha256 print;        /* of its type and numbers: the same for the same key */
	bool is_ambiguous;          /* another key has the same id: it serves nobody */
	struct _cjose_jwk_int *jwk; /* read only from now on, so shared by all threads */
};

/**
 * Read the JWK ${jwk} (RFC 7517): RSA or EC, public, with a key id, for signatures.  False
 * with the reason when it cannot serve; ${arena} is for scratch.
 */
NODISCARD bool identity_key_from_jwk(
    struct arena *arena, const struct json *jwk, struct identity_key *ret, struct str *ret_reason);

/** Read the PEM text of a public P-256 key as the key ${id}, for ES256.  False when it is none. */
NODISCARD bool identity_key_from_pem(
    struct arena *arena, struct str pem, struct str id, struct identity_key *ret);

void identity_key_fini(struct identity_key *key);

/** The id of ${key}. */
struct str identity_key_id(const struct identity_key *key);

/** Whether ${token} was signed with ${key}, by an algorithm that ${key} is for. */
NODISCARD bool identity_key_verify(
    const struct identity_key *key, const struct identity_token *token);

#endif
