#include "base/hmac.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

struct hmac_sha1
hmac_sha1_of(struct str key, struct str message)
{
	struct hmac_sha1 mac;
	unsigned length = 0;
	const unsigned char *made;

	CHECK(key.len <= INT_MAX);
	made = HMAC(EVP_sha1(), key.len == 0 ? "" : key.ptr, (int)key.len,
	    (const unsigned char *)(message.len == 0 ? "" : message.ptr), message.len, mac.bytes,
	    &length);
	CHECK(made != NULL && length == sizeof(mac.bytes));
	return mac;
}

struct sha256
hmac_sha256_of(struct str key, struct str message)
{
	struct sha256 mac;
	unsigned length = 0;
	const unsigned char *made;

	CHECK(key.len <= INT_MAX);
	made = HMAC(EVP_sha256(), key.len == 0 ? "" : key.ptr, (int)key.len,
	    (const unsigned char *)(message.len == 0 ? "" : message.ptr), message.len, mac.bytes,
	    &length);
	CHECK(made != NULL && length == sizeof(mac.bytes));
	return mac;
}

bool
hmac_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}
