#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

/* A SHA-256 digest (FIPS 180-4), by value. */
struct sha256 {
	uint8_t bytes[32];
};

/** The digest of ${bytes}. */
struct sha256 sha256_of(struct str bytes);

/* A digest in the making, of bytes that come bit by bit. */
struct sha256_sum {
	unsigned char state[128]; /* the library's own */
};

/** Begin: no bytes yet. */
void sha256_begin(struct sha256_sum *sum);

/** ${bytes} come next. */
void sha256_add(struct sha256_sum *sum, struct str bytes);

/** The digest of all that was added; ${sum} is then used up. */
struct sha256 sha256_end(struct sha256_sum *sum);

static inline bool
sha256_equal(struct sha256 a, struct sha256 b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

#endif
