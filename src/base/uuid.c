#include "base/uuid.h"

#include "base/sha256.h"

bool
uuid_is_nil(struct uuid id)
{
	return uuid_equal(id, UUID_NIL);
}

static struct uuid
with_version(struct uuid id, uint8_t version)
{
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | (version << 4));
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

struct uuid
uuid_v7(struct instant now, const uint8_t random[10])
{
	uint64_t ms = (uint64_t)now.us / 1000;
	struct uuid id;

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(id.bytes + 6, random, 10);
	return with_version(id, 7);
}

struct uuid
uuid_from_name(struct str name)
{
	struct sha256 digest = sha256_of(name);
	struct uuid id;

	memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
	return with_version(id, 8);
}

void
uuid_format(struct uuid id, struct buf *buf)
{
	static const char digits[] = "0123456789abcdef";
	char text[UUID_TEXT_LENGTH];
	size_t at = 0;

	/* By hand: a page of the board has a hundred of them. */
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		text[at++] = digits[id.bytes[i] >> 4];
		text[at++] = digits[id.bytes[i] & 15];
	}
	buf_str(buf, (struct str){ text, at });
}

struct str
uuid_text(struct arena *arena, struct uuid id)
{
	struct buf buf = buf_in(arena, UUID_TEXT_LENGTH + 1);

	uuid_format(id, &buf);
	return buf_view(&buf);
}

bool
uuid_parse(struct str text, struct uuid *ret)
{
	struct uuid id = UUID_NIL;
	size_t nibble = 0;

	if (text.len != UUID_TEXT_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
		int value = str_hex_value(text.ptr[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text.ptr[i] != '-')
				return false;
			continue;
		}
		if (value < 0)
			return false;
		id.bytes[nibble / 2] = (uint8_t)(id.bytes[nibble / 2] << 4 | value);
		nibble++;
	}
	*ret = id;
	return true;
}
