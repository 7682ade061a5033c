#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* base64: bytes as text, the standard alphabet with padding (RFC 4648 section 4). */

/** How many characters ${length} bytes become. */
#define BASE64_LENGTH(length) (((length) + 2) / 3 * 4)

/** Append ${bytes} to ${buf} as base64. */
void base64_encode(struct buf *buf, struct str bytes);

/**
 * Append the bytes that ${text} stands for to ${buf}.  False, with part of them
 * perhaps written, when it is not exactly what base64_encode() would have made:
 * wrong length, alphabet or padding, or bits that stand for nothing.
 */
NODISCARD bool base64_decode(struct buf *buf, struct str text);

#endif
