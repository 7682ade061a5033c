#include <errno.h>
#include <sys/random.h>

#include "runtime/random.h"

void
random_bytes(void *bytes, size_t length)
{
	char *at = bytes;

	while (length > 0) {
		ssize_t got = getrandom(at, length, 0);

		/* Only an interruption is possible once the kernel's generator is seeded. */
		CHECK(got >= 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			length -= (size_t)got;
		}
	}
}

struct uuid
random_uuid(struct instant now)
{
	uint8_t random[10];

	random_bytes(random, sizeof(random));
	return uuid_v7(now, random);
}

double
random_unit(void)
{
	uint64_t bits;

	random_bytes(&bits, sizeof(bits));
	/* 53 bits are what a double holds: every multiple of 2^-53 below 1 is equally likely. */
	return (double)(bits >> 11) * 0x1p-53;
}
