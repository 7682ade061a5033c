#include <math.h>
#include <string.h>

#include "graphql/graphql_internal.h"

/*
 * Leaf values into the response (section 3.5 and 3.9).  Most of the time of a request is
 * spent here, so what is usual is written without printf(3) and in one pass: plain texts,
 * whole numbers, numbers with few decimals.  What is not goes the general way.
 */

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Whether a byte of ${word} is ${byte}; see Hacker's Delight, section 6-1. */
static bool
has_byte(uint64_t word, unsigned char byte)
{
	uint64_t zero = word ^ EACH_BYTE * byte;

	return ((zero - EACH_BYTE) & ~zero & EACH_BYTE * 0x80) != 0;
}

/* Whether ${text} stands in JSON as it is: ASCII that needs no escape; eight at a time. */
static bool
is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i += sizeof(uint64_t)) {
		size_t left = text.len - i;
		uint64_t word = EACH_BYTE * ' ';

		memcpy(&word, text.ptr + i, left < sizeof(word) ? left : sizeof(word));
		/* Above 0x7f, or below a space. */
		if (((word | ((word - EACH_BYTE * ' ') & ~word)) & EACH_BYTE * 0x80) != 0)
			return false;
		if (has_byte(word, '"') || has_byte(word, '\\'))
			return false;
	}
	return true;
}

/* A plain ${text}, in one piece; there is room. */
static void
write_plain(struct json_writer *w, struct str text)
{
	struct buf *buf = w->buf;
	char *at = buf->ptr + buf->len;

	if (w->comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, text.ptr, text.len);
	at += text.len;
	*at++ = '"';
	buf->len = (size_t)(at - buf->ptr);
	w->comma = true;
}

static const char *
write_text(struct json_writer *w, struct str text)
{
	const struct buf *buf = w->buf;

	if (!str_empty(text) && text.len + 3 <= buf->limit - buf->len && is_plain(text)) {
		write_plain(w, text);
		return NULL;
	}
	if (!str_is_utf8(text))
		return "well-formed UTF-8";
	json_write_text(w, text);
	return NULL;
}

/* The digits of ${value} before ${end}, at least ${least}; returns where they begin. */
static char *
put_digits(char *end, uint64_t value, size_t least)
{
	char *at = end;

	while (value > 0 || (size_t)(end - at) < least) {
		*--at = (char)('0' + value % 10);
		value /= 10;
	}
	return at;
}

/* As many bytes as the longest 64-bit integer has, and some. */
#define DIGITS_MAX 24

static struct str
int_text(char room[DIGITS_MAX], int64_t value)
{
	char *end = room + DIGITS_MAX;
	char *at = put_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);

	if (value < 0)
		*--at = '-';
	return (struct str){ at, (size_t)(end - at) };
}

static void
write_integer(struct json_writer *w, int64_t value)
{
	char room[DIGITS_MAX];

	json_write_raw(w, int_text(room, value));
}

/*
 * ${value} when it has at most six decimals and is below 10^9: then it is a whole number
 * of millionths, divided; both are exact as doubles, so the quotient is the double nearest
 * to what is written, and reading that gives ${value} again.
 */
static bool
write_few_decimals(struct json_writer *w, double value)
{
	char room[DIGITS_MAX], *end = room + DIGITS_MAX, *at;
	double size = fabs(value);
	uint64_t whole;

	if (!(size < 1e9) || size == 0)
		return false;
	whole = (uint64_t)(size * 1e6 + 0.5);
	if ((double)whole / 1e6 != size)
		return false;
	at = end;
	if (whole % 1000000 != 0) {
		at = put_digits(end, whole % 1000000, 6);
		while (end[-1] == '0')
			end--;
		*--at = '.';
	}
	at = put_digits(at, whole / 1000000, 1);
	if (value < 0)
		*--at = '-';
	json_write_raw(w, (struct str){ at, (size_t)(end - at) });
	return true;
}

static const char *
write_int(struct json_writer *w, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_INT || value->integer < INT32_MIN || value->integer > INT32_MAX)
		return "a 32-bit integer";
	write_integer(w, value->integer);
	return NULL;
}

static const char *
write_float(struct json_writer *w, const struct graphql_value *value)
{
	if (value->type == GRAPHQL_INT)
		write_integer(w, value->integer);
	else if (value->type != GRAPHQL_FLOAT || !isfinite(value->number))
		return "a finite number";
	else if (!write_few_decimals(w, value->number))
		json_write_double(w, value->number);
	return NULL;
}

static const char *
write_id(struct json_writer *w, const struct graphql_value *value)
{
	char room[DIGITS_MAX];

	if (value->type == GRAPHQL_TEXT)
		return write_text(w, value->text);
	if (value->type != GRAPHQL_INT)
		return "an ID";
	return write_text(w, int_text(room, value->integer));
}

static const char *
write_enum(
    struct json_writer *w, const struct graphql_type *type, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_TEXT || graphql_find_enum_value(type, value->text) == NULL)
		return "a value of its enum";
	return write_text(w, value->text);
}

static const char *
write_custom(struct json_writer *w, const struct graphql_value *value)
{
	switch (value->type) {
	case GRAPHQL_BOOL:
		json_write_bool(w, value->boolean);
		return NULL;
	case GRAPHQL_INT:
	case GRAPHQL_FLOAT:
		return write_float(w, value);
	case GRAPHQL_TEXT:
		return write_text(w, value->text);
	case GRAPHQL_RAW:
		json_write_raw(w, value->text);
		return NULL;
	case GRAPHQL_NULL:
	case GRAPHQL_OBJECT:
	case GRAPHQL_LIST:
		break;
	}
	return "a scalar";
}

static const char *
write_boolean(struct json_writer *w, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_BOOL)
		return "true or false";
	json_write_bool(w, value->boolean);
	return NULL;
}

const char *
graphql_leaf_write(
    struct json_writer *w, const struct graphql_type *type, const struct graphql_value *value)
{
	if (type->kind == KIND_ENUM)
		return write_enum(w, type, value);
	switch (type->builtin) {
	case BUILTIN_NONE:
		return write_custom(w, value);
	case BUILTIN_INT:
		return write_int(w, value);
	case BUILTIN_FLOAT:
		return write_float(w, value);
	case BUILTIN_STRING:
		return value->type == GRAPHQL_TEXT ? write_text(w, value->text) : "a text";
	case BUILTIN_BOOLEAN:
		return write_boolean(w, value);
	case BUILTIN_ID:
		return write_id(w, value);
	}
	UNREACHABLE("built-in scalar");
}
