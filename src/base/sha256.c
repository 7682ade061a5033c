/*
 * The low-level calls of OpenSSL, which it calls deprecated and keeps: they neither
 * look the algorithm up nor allocate.  For the 33 and 65 bytes of a hash tree that
 * is 50 and 85 ns instead of 280 and 400.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/sha256.h"

#include <openssl/sha.h>

struct sha256
sha256_of(struct str bytes)
{
	struct sha256 digest;
	SHA256_CTX context;

	CHECK(SHA256_Init(&context) == 1);
	if (bytes.len > 0)
		CHECK(SHA256_Update(&context, bytes.ptr, bytes.len) == 1);
	CHECK(SHA256_Final(digest.bytes, &context) == 1);
	return digest;
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct sha256_sum *)NULL)->state),
    "a digest in the making has room for OpenSSL's");

void
sha256_begin(struct sha256_sum *sum)
{
	SHA256_CTX context;

	CHECK(SHA256_Init(&context) == 1);
	memcpy(sum->state, &context, sizeof(context));
}

void
sha256_add(struct sha256_sum *sum, struct str bytes)
{
	SHA256_CTX context;

	memcpy(&context, sum->state, sizeof(context));
	if (bytes.len > 0)
		CHECK(SHA256_Update(&context, bytes.ptr, bytes.len) == 1);
	memcpy(sum->state, &context, sizeof(context));
}

struct sha256
sha256_end(struct sha256_sum *sum)
{
	struct sha256 digest;
	SHA256_CTX context;

	memcpy(&context, sum->state, sizeof(context));
	CHECK(SHA256_Final(digest.bytes, &context) == 1);
	return digest;
}
