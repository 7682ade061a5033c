#ifndef BASE_HMAC_H
#define BASE_HMAC_H

#include "base/sha256.h"

/*
 * hmac: proof that a message was made by somebody who knows a key (RFC 2104).
 *
 * HMAC-SHA1 is here because Twilio signs with it; HMAC does not need the
 * collision resistance that SHA-1 has lost.
 */
struct hmac_sha1 {
	uint8_t bytes[20];
};

/** The HMAC-SHA1 of ${message} under ${key}. */
struct hmac_sha1 hmac_sha1_of(struct str key, struct str message);

/** The HMAC-SHA256 of ${message} under ${key}. */
struct sha256 hmac_sha256_of(struct str key, struct str message);

/**
 * Whether ${a} and ${b} are equal, in a time that depends on their lengths
 * only: for comparing what was sent with what only we should know.
 */
NODISCARD bool hmac_equal(struct str a, struct str b);

#endif
