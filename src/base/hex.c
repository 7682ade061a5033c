#include "base/hex.h"

void
hex_encode(struct buf *buf, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		buf_char(buf, digits[(uint8_t)bytes.ptr[i] >> 4]);
		buf_char(buf, digits[(uint8_t)bytes.ptr[i] & 15]);
	}
}

bool
hex_decode(struct str text, uint8_t *ret, size_t count)
{
	if (text.len != count * 2)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = str_hex_value(text.ptr[2 * i]), low = str_hex_value(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

struct str
hex_digest(struct arena *arena, struct sha256 digest)
{
	struct buf buf = buf_in(arena, 2 * sizeof(digest.bytes));

	hex_encode(&buf, (struct str){ (const char *)digest.bytes, sizeof(digest.bytes) });
	return buf_view(&buf);
}

bool
hex_parse_digest(struct str text, struct sha256 *ret)
{
	return hex_decode(text, ret->bytes, sizeof(ret->bytes));
}
