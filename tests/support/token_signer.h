#ifndef TESTS_TOKEN_SIGNER_H
#define TESTS_TOKEN_SIGNER_H

#include "base/arena.h"

/*
 * token_signer: makes signed tokens and publishes the keys that prove them, with OpenSSL
 * alone: it shares nothing with what is tested.
 */
struct token_signer;

/** A fresh key called ${key_id} for ${algorithm}: RS*, PS* or ES*; RSA of ${rsa_bits}. */
struct token_signer *signer_create(const char *algorithm, const char *key_id, unsigned rsa_bits);

/** ${signer} may be NULL. */
void signer_destroy(struct token_signer *signer);

/** The public key as a JWK with kid, use and alg, and whatever ${more} adds (",\"x\":1"). */
struct str signer_jwk(const struct token_signer *signer, struct arena *arena, const char *more);

/** A JWK Set of the keys of the ${count} ${signers}. */
struct str signer_set(struct token_signer *const *signers, size_t count, struct arena *arena);

/** The public key as PEM. */
struct str signer_pem(const struct token_signer *signer, struct arena *arena);

/** {"alg":...,"typ":"JWT","kid":...} */
struct str signer_header(const struct token_signer *signer, struct arena *arena);

/** A token of ${header} and ${claims}, any bytes; its parts ${padded} with "=" or not. */
struct str signer_sign(const struct token_signer *signer, struct arena *arena, struct str header,
    struct str claims, bool padded);

/** The same, signed with HMAC-SHA-256 under ${key}. */
struct str signer_sign_hmac(
    struct arena *arena, struct str key, struct str header, struct str claims);

/** ${bytes} as base64url. */
struct str signer_base64url(struct arena *arena, struct str bytes, bool padded);

#endif
