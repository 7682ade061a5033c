#include "base/sha256.h"

#include <openssl/sha.h>

struct sha256
sha256_of(struct str bytes)
{
	struct sha256 digest;

	(void)SHA256(
	    (const unsigned char *)(bytes.len == 0 ? "" : bytes.ptr), bytes.len, digest.bytes);
	return digest;
}
