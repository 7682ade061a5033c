#include "proto/gsm7.h"

#define WRONG 0xfffd

/* The alphabet beside those ASCII characters that it has in their own places. */
static const uint32_t other_letters[] = { 0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2,
	0xc7, '\n', 0xd8, 0xf8, '\r', 0xc5, 0xe5, 0x394, 0x5f, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0,
	0x3a8, 0x3a3, 0x398, 0x39e, 0xc6, 0xe6, 0xdf, 0xc9, 0xa4, 0xa1, 0xc4, 0xd6, 0xd1, 0xdc,
	0xa7, 0xbf, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0 };

/* Behind an escape, and so two septets each. */
static const uint32_t doubled[] = { '\f', '^', '{', '}', '\\', '[', '~', ']', '|', 0x20ac };

/* What is written instead of a character that the alphabet lacks. */
static const struct {
	uint32_t first, last;
	const char *instead;
} likenesses[] = {
	{ 0x2018, 0x201b, "'" },
	{ 0x60, 0x60, "'" },
	{ 0xb4, 0xb4, "'" },
	{ 0x201c, 0x201f, "\"" },
	{ 0xab, 0xab, "\"" },
	{ 0xbb, 0xbb, "\"" },
	{ 0x2010, 0x2015, "-" },
	{ 0x2212, 0x2212, "-" },
	{ 0x2026, 0x2026, "..." },
	{ 0x2022, 0x2022, "*" },
	{ 0xb7, 0xb7, "*" },
	{ 0xd7, 0xd7, "x" },
	{ 0xb0, 0xb0, " deg" },
	{ 0xa0, 0xa0, " " },
	{ 0x2000, 0x200a, " " },
	{ 0x200b, 0x200f, "" },
	{ 0xfe00, 0xfe0f, "" },
	{ 0xc0, 0xc3, "A" },
	{ 0xc8, 0xcb, "E" },
	{ 0xcc, 0xcf, "I" },
	{ 0xd2, 0xd5, "O" },
	{ 0xd9, 0xdb, "U" },
	{ 0xdd, 0xdd, "Y" },
	{ 0xe1, 0xe3, "a" },
	{ 0xe7, 0xe7, "c" },
	{ 0xea, 0xeb, "e" },
	{ 0xed, 0xef, "i" },
	{ 0xf3, 0xf5, "o" },
	{ 0xfa, 0xfb, "u" },
	{ 0xfd, 0xfd, "y" },
	{ 0xff, 0xff, "y" },
	{ 0x141, 0x141, "L" },
	{ 0x142, 0x142, "l" },
	{ 0x160, 0x160, "S" },
	{ 0x161, 0x161, "s" },
	{ 0x17d, 0x17d, "Z" },
	{ 0x17e, 0x17e, "z" },
};

/* The next character of ${*text}, which moves on; WRONG for a byte that is no UTF-8. */
static uint32_t
next_character(struct str *text)
{
	const unsigned char *bytes = (const unsigned char *)text->ptr;
	size_t length = bytes[0] < 0x80    ? 1
			: bytes[0] >= 0xf0 ? 4
			: bytes[0] >= 0xe0 ? 3
			: bytes[0] >= 0xc2 ? 2
					   : 0;
	uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));
	bool good = length > 0 && length <= text->len && bytes[0] < 0xf5;

	for (size_t i = 1; good && i < length; i++) {
		good = (bytes[i] & 0xc0) == 0x80;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	length = good ? length : 1;
	*text = (struct str){ text->ptr + length, text->len - length };
	return good ? character : WRONG;
}

/* How many septets ${character} takes; 0: the alphabet does not have it. */
static size_t
septets(uint32_t character)
{
	for (size_t i = 0; i < COUNT_OF(doubled); i++) {
		if (doubled[i] == character)
			return 2;
	}
	if (character >= 0x20 && character < 0x7f && character != '`')
		return 1;
	for (size_t i = 0; i < COUNT_OF(other_letters); i++) {
		if (other_letters[i] == character)
			return 1;
	}
	return 0;
}

struct gsm7_size
gsm7_size_of(struct str text)
{
	size_t gsm7 = 0, ucs2 = 0;
	bool fits = true;

	while (text.len > 0) {
		uint32_t character = next_character(&text);
		size_t units = septets(character);

		fits = fits && units > 0;
		gsm7 += units;
		ucs2 += character > 0xffff ? 2 : 1;
	}
	if (fits)
		return (struct gsm7_size){ true, gsm7, gsm7 <= 160 ? 1 : (gsm7 + 152) / 153 };
	return (struct gsm7_size){ false, ucs2, ucs2 <= 70 ? 1 : (ucs2 + 66) / 67 };
}

static const char *
likeness(uint32_t character)
{
	if (character < 0x20 || character == 0x7f)
		return " ";
	for (size_t i = 0; i < COUNT_OF(likenesses); i++) {
		if (character >= likenesses[i].first && character <= likenesses[i].last)
			return likenesses[i].instead;
	}
	return "?";
}

void
gsm7_write(struct buf *buf, struct str text)
{
	while (text.len > 0) {
		struct str rest = text;
		uint32_t character = next_character(&rest);

		if (septets(character) > 0 && character != '\f')
			buf_str(buf, (struct str){ text.ptr, text.len - rest.len });
		else
			buf_str(buf, str_from_z(likeness(character)));
		text = rest;
	}
}
