#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "base/arena.h"

/*
 * seal: text that only the holder of a key can read, and nobody can change:
 * AES-256-GCM (NIST SP 800-38D) by OpenSSL, with 96 random bits as nonce.
 *
 * A sealed text is printable: "sealed:1:" and base64url of nonce, ciphertext and
 * tag.  ${about} (whose, which field) is bound into it, so that a sealed text
 * cannot be moved to where it means something else.
 */

struct seal_key {
	uint8_t bytes[32];
};

/** Whether ${text} has the form of a sealed text. */
bool seal_is_sealed(struct str text);

/** ${text} sealed under ${key} for ${about}, with ${nonce}, never used twice with one key. */
struct str seal_close(struct arena *arena, const struct seal_key *key, struct str about,
    const uint8_t nonce[12], struct str text);

/** What ${sealed} holds.  False when it was not sealed under ${key} for ${about}. */
NODISCARD bool seal_open(struct arena *arena, const struct seal_key *key, struct str about,
    struct str sealed, struct str *ret);

#endif
