#ifndef BASE_ED25519_H
#define BASE_ED25519_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"

/*
 * ed25519: signatures as in RFC 8032, by OpenSSL.  Keys are PEM files: PKCS #8 for
 * the private one, SubjectPublicKeyInfo for the public one ("openssl genpkey
 * -algorithm ed25519").
 */

struct ed25519_key;

/** Read the PEM text of a private or a public key. */
NODISCARD struct err *ed25519_key_read(
    struct arena *arena, struct str pem, bool is_private, struct ed25519_key **ret);

/** ${key} may be NULL. */
void ed25519_key_destroy(struct ed25519_key *key);

/** SHA-256 of the 32 bytes of the public key. */
struct sha256 ed25519_key_id(const struct ed25519_key *key);

/** Sign ${message} with the private ${key}. */
void ed25519_sign(const struct ed25519_key *key, struct str message, uint8_t ret[64]);

/** Whether ${signature} is ${key}'s over ${message}. */
NODISCARD bool ed25519_verify(
    const struct ed25519_key *key, struct str message, const uint8_t signature[64]);

#endif
