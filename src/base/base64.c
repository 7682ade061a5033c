#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The byte of ${bytes} at ${at}, 0 behind the end. */
static uint32_t
byte_at(struct str bytes, size_t at)
{
	return at < bytes.len ? (uint8_t)bytes.ptr[at] : 0;
}

void
base64_encode(struct buf *buf, struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		uint32_t three =
		    byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);

		buf_char(buf, alphabet[three >> 18]);
		buf_char(buf, alphabet[three >> 12 & 63]);
		buf_char(buf, i + 1 < bytes.len ? alphabet[three >> 6 & 63] : '=');
		buf_char(buf, i + 2 < bytes.len ? alphabet[three & 63] : '=');
	}
}

/* What ${c} stands for, 0 to 63; -1 when it is not in the alphabet. */
static int
value_of(char c)
{
	const char *at = c == '\0' ? NULL : memchr(alphabet, c, sizeof(alphabet) - 1);

	return at == NULL ? -1 : (int)(at - alphabet);
}

/* Read four characters, the last ${padding} of them '=', as 3 - ${padding} bytes. */
static bool
decode_four(struct buf *buf, const char *four, unsigned padding)
{
	uint32_t three = 0;

	for (unsigned i = 0; i < 4; i++) {
		int value = i < 4 - padding ? value_of(four[i]) : 0;

		if (value < 0)
			return false;
		three = three << 6 | (uint32_t)value;
	}
	for (unsigned i = 0; i < 3; i++) {
		char byte = (char)(three >> (16 - 8 * i) & 0xff);

		if (i < 3 - padding)
			buf_char(buf, byte);
		else if (byte != 0)
			return false; /* two texts would stand for the same bytes */
	}
	return true;
}

bool
base64_decode(struct buf *buf, struct str text)
{
	if (text.len % 4 != 0)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		const char *four = text.ptr + i;
		bool last = i + 4 == text.len;
		unsigned padding = !last || four[3] != '=' ? 0 : four[2] == '=' ? 2 : 1;

		if (!decode_four(buf, four, padding))
			return false;
	}
	return true;
}
