#include <math.h>
#include <stdlib.h>

#include "base/str.h"

/* The longest number text that is worth reading; a double needs 17 digits. */
#define NUMBER_TEXT_MAX 64

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int
str_compare(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool
str_equal_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

int
str_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s = (struct str){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str
str_cut(struct str *s, char separator)
{
	const char *at = s->len == 0 ? NULL : memchr(s->ptr, separator, s->len);
	struct str head = *s;

	if (at == NULL) {
		*s = (struct str){ s->len == 0 ? s->ptr : s->ptr + s->len, 0 };
		return head;
	}
	head.len = (size_t)(at - s->ptr);
	*s = (struct str){ at + 1, s->len - head.len - 1 };
	return head;
}

size_t
str_find(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	for (size_t i = 0; i + needle.len <= s.len; i++) {
		if (memcmp(s.ptr + i, needle.ptr, needle.len) == 0)
			return i;
	}
	return SIZE_MAX;
}

bool
str_parse_i64(struct str s, int64_t *ret)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	int64_t value = 0;

	if (s.len == (negative ? 1u : 0u))
		return false;
	for (size_t i = negative ? 1 : 0; i < s.len; i++) {
		int64_t digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	/* Collected as a negative number, because that side has one value more. */
	if (!negative && __builtin_sub_overflow(INT64_C(0), value, &value))
		return false;
	*ret = value;
	return true;
}

/* How many decimal digits ${s} begins with. */
static size_t
count_digits(struct str s)
{
	size_t count = 0;

	while (count < s.len && s.ptr[count] >= '0' && s.ptr[count] <= '9')
		count++;
	return count;
}

static struct str
skip(struct str s, size_t count)
{
	return (struct str){ s.ptr + count, s.len - count };
}

/* Whether ${s} is a number by RFC 8259, section 6: no "+1", ".5", "1." or "01". */
static bool
is_json_number(struct str s)
{
	size_t digits;

	if (s.len > 0 && s.ptr[0] == '-')
		s = skip(s, 1);
	digits = count_digits(s);
	if (digits == 0 || (digits > 1 && s.ptr[0] == '0'))
		return false;
	s = skip(s, digits);
	if (s.len > 0 && s.ptr[0] == '.') {
		digits = count_digits(skip(s, 1));
		if (digits == 0)
			return false;
		s = skip(s, 1 + digits);
	}
	if (s.len > 0 && (s.ptr[0] == 'e' || s.ptr[0] == 'E')) {
		size_t sign = s.len > 1 && (s.ptr[1] == '+' || s.ptr[1] == '-');

		digits = count_digits(skip(s, 1 + sign));
		if (digits == 0)
			return false;
		s = skip(s, 1 + sign + digits);
	}
	return s.len == 0;
}

bool
str_parse_double(struct str s, double *ret)
{
	char text[NUMBER_TEXT_MAX + 1];
	double value;

	if (s.len > NUMBER_TEXT_MAX || !is_json_number(s))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	value = strtod(text, NULL);
	if (!isfinite(value))
		return false;
	*ret = value;
	return true;
}

/* The length of the UTF-8 sequence that begins at ${at}, or 0 when it is malformed. */
static size_t
utf8_sequence(const unsigned char *at, size_t room)
{
	unsigned char lead = at[0];
	size_t length;

	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		length = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		length = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		length = 4;
	else
		return 0;
	if (room < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f) ||
	    (lead == 0xf0 && at[1] < 0x90) || (lead == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

bool
str_is_utf8(struct str s)
{
	for (size_t i = 0; i < s.len;) {
		size_t length = utf8_sequence((const unsigned char *)s.ptr + i, s.len - i);

		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

size_t
str_utf8_length(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return count;
}
