#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

/* A SHA-256 digest (FIPS 180-4), by value. */
struct sha256 {
	uint8_t bytes[32];
};

/** The digest of ${bytes}. */
struct sha256 sha256_of(struct str bytes);

static inline bool
sha256_equal(struct sha256 a, struct sha256 b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

#endif
