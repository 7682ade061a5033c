#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/buf.h"
#include "base/sha256.h"

/* hex: bytes as text, two digits each. */

/** Append ${bytes} to ${buf} in lower case. */
void hex_encode(struct buf *buf, struct str bytes);

/** Read exactly ${count} bytes from ${text}, in either case.  False for anything else. */
NODISCARD bool hex_decode(struct str text, uint8_t *ret, size_t count);

/** The 64 digits of ${digest} in ${arena}. */
struct str hex_digest(struct arena *arena, struct sha256 digest);

/** Read what hex_digest() writes, in either case. */
NODISCARD bool hex_parse_digest(struct str text, struct sha256 *ret);

#endif
