#include "codec/event_reader.h"

#define DEPTH_MAX   8
#define MEMBERS_MAX 24 /* of one object */
#define ITEMS_ROOM  32 /* of one array, before it moves */

/* Digits that a double, and an int64_t, certainly hold. */
#define DOUBLE_DIGITS_MAX  15
#define INTEGER_DIGITS_MAX 18

/* A place in the text, of which we have our own copy: texts are unescaped where they stand. */
struct cursor {
	struct arena *arena;
	char *at, *end;
};

/* What a byte of a text means: itself, or something to look at. */
enum byte_kind { PLAIN = 0, QUOTE, BACKSLASH, CONTROL, HIGH };

static const uint8_t byte_kinds[256] = {
	[0 ... 0x1f] = CONTROL,
	['"'] = QUOTE,
	['\\'] = BACKSLASH,
	[0x80 ... 0xff] = HIGH,
};

static bool read_value(struct cursor *, int depth, struct json *ret);

static bool
take(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* What the letter after a backslash stands for; 0: not for one byte. */
static char
escaped(char letter)
{
	switch (letter) {
	case '"':
	case '\\':
	case '/':
		return letter;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

/* The rest of a text with a backslash in it, written over itself: it only gets shorter. */
static bool
read_escaped(struct cursor *cursor, char *to, char **ret_end)
{
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;
		enum byte_kind kind = byte_kinds[(uint8_t)c];

		if (kind == QUOTE) {
			*ret_end = to;
			return true;
		}
		if (kind == CONTROL)
			return false;
		if (kind == BACKSLASH) {
			c = cursor->at < cursor->end ? escaped(*cursor->at++) : '\0';
			if (c == '\0')
				return false;
		}
		*to++ = c;
	}
	return false;
}

static bool
read_text(struct cursor *cursor, struct str *ret)
{
	char *begin, *end;
	uint8_t high = 0;

	if (!take(cursor, '"'))
		return false;
	begin = end = cursor->at;
	while (end < cursor->end && (byte_kinds[(uint8_t)*end] == PLAIN || (*end & 0x80) != 0))
		high |= (uint8_t)*end++;
	if (end == cursor->end)
		return false;
	cursor->at = end + 1;
	if (byte_kinds[(uint8_t)*end] != QUOTE) {
		cursor->at = end;
		high = 0x80;
		if (!read_escaped(cursor, end, &end))
			return false;
	}
	*ret = (struct str){ begin, (size_t)(end - begin) };
	return (high & 0x80) == 0 || str_is_utf8(*ret);
}

static bool
is_digit(const struct cursor *cursor)
{
	return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

/* The digits that come, at most ${limit}, taken on to ${*value}; how many. */
static int
take_digits(struct cursor *cursor, int limit, int64_t *value)
{
	int count = 0;

	while (count < limit && is_digit(cursor)) {
		*value = *value * 10 + (*cursor->at++ - '0');
		count++;
	}
	return count;
}

/*
 * ${digits} with the decimal point ${places} from their end.  Both numbers are exact
 * as doubles, so the division rounds once, as strtod(3) does.
 */
static double
decimal(int64_t digits, int places)
{
	static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
		1e11, 1e12, 1e13, 1e14, 1e15 };

	return (double)digits / powers[places];
}

static bool
ends_number(const struct cursor *cursor)
{
	return cursor->at == cursor->end || (*cursor->at != '.' && *cursor->at != 'e' &&
						*cursor->at != 'E' && !is_digit(cursor));
}

/* -12 or -12.5, when it has few enough digits to be sure. */
static bool
read_short_number(struct cursor *cursor, struct json *ret)
{
	bool negative = take(cursor, '-');
	const char *begin = cursor->at;
	int64_t value = 0;
	int whole = take_digits(cursor, INTEGER_DIGITS_MAX, &value), places;

	if (whole == 0 || (whole > 1 && *begin == '0'))
		return false;
	if (!take(cursor, '.')) {
		*ret = (struct json){ .type = JSON_INT, .integer = negative ? -value : value };
		return ends_number(cursor);
	}
	places = take_digits(cursor, DOUBLE_DIGITS_MAX - whole, &value);
	if (places <= 0)
		return false;
	*ret = (struct json){ .type = JSON_FLOAT, .number = decimal(value, places) };
	if (negative)
		ret->number = -ret->number;
	return ends_number(cursor);
}

/* Any number with a decimal point. */
static bool
read_long_number(struct cursor *cursor, struct json *ret)
{
	struct str text = { cursor->at, 0 };

	while (cursor->at < cursor->end && memchr("+-.0123456789Ee", *cursor->at, 15) != NULL)
		cursor->at++;
	text.len = (size_t)(cursor->at - text.ptr);
	*ret = (struct json){ .type = JSON_FLOAT };
	return str_find(text, STR(".")) != SIZE_MAX && str_parse_double(text, &ret->number);
}

static bool
read_number(struct cursor *cursor, struct json *ret)
{
	char *begin = cursor->at;

	if (read_short_number(cursor, ret))
		return true;
	cursor->at = begin;
	return read_long_number(cursor, ret);
}

/* Whether ${name} is new among ${count} members: a name that comes twice is jansson's to refuse. */
static bool
is_new(const struct json_member *members, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(members[i].name, name))
			return false;
	}
	return true;
}

static bool
keep_map(struct cursor *cursor, const struct json_member *members, size_t count, struct json *ret)
{
	struct json_member *kept = arena_array(cursor->arena, struct json_member, count);

	if (kept == NULL)
		return false;
	memcpy(kept, members, count * sizeof(*kept));
	*ret = (struct json){ .type = JSON_MAP, .map = { kept, count } };
	return true;
}

static bool
read_map(struct cursor *cursor, int depth, struct json *ret)
{
	struct json_member members[MEMBERS_MAX];
	size_t count = 0;

	if (take(cursor, '}')) {
		*ret = (struct json){ .type = JSON_MAP };
		return true;
	}
	do {
		struct json_member *member = &members[count];

		if (count == MEMBERS_MAX || !read_text(cursor, &member->name) ||
		    !take(cursor, ':') || !is_new(members, count, member->name) ||
		    !read_value(cursor, depth + 1, &member->value))
			return false;
		count++;
	} while (take(cursor, ','));
	return take(cursor, '}') && keep_map(cursor, members, count, ret);
}

/* The items of an array: few of them at first, then twice as many in the arena, and again. */
struct items {
	struct json room[ITEMS_ROOM];
	struct json *at;
	size_t count, limit;
};

static struct json *
next_item(struct cursor *cursor, struct items *items)
{
	struct json *more;

	if (items->count < items->limit)
		return &items->at[items->count++];
	more = arena_array(cursor->arena, struct json, 2 * items->limit);
	if (more == NULL)
		return NULL;
	memcpy(more, items->at, items->count * sizeof(*more));
	items->at = more;
	items->limit *= 2;
	return &items->at[items->count++];
}

static bool
keep_list(struct cursor *cursor, struct items *items, struct json *ret)
{
	struct json *kept = items->at;

	if (kept == items->room) {
		kept = arena_array(cursor->arena, struct json, items->count);
		if (kept == NULL)
			return false;
		memcpy(kept, items->room, items->count * sizeof(*kept));
	}
	*ret = (struct json){ .type = JSON_LIST, .list = { kept, items->count } };
	return true;
}

static bool
read_list(struct cursor *cursor, int depth, struct json *ret)
{
	struct items items;

	if (take(cursor, ']')) {
		*ret = (struct json){ .type = JSON_LIST };
		return true;
	}
	items.at = items.room;
	items.limit = ITEMS_ROOM;
	items.count = 0;
	do {
		struct json *item = next_item(cursor, &items);

		if (item == NULL || !read_value(cursor, depth + 1, item))
			return false;
	} while (take(cursor, ','));
	return take(cursor, ']') && keep_list(cursor, &items, ret);
}

/* A flag that is raised: there are no others in what we write. */
static bool
read_flag(struct cursor *cursor, struct json *ret)
{
	if (cursor->end - cursor->at < 4 || memcmp(cursor->at, "true", 4) != 0)
		return false;
	cursor->at += 4;
	*ret = (struct json){ .type = JSON_BOOL, .boolean = true };
	return true;
}

static bool
read_value(struct cursor *cursor, int depth, struct json *ret)
{
	struct str text;

	if (cursor->at == cursor->end || depth > DEPTH_MAX)
		return false;
	switch (*cursor->at) {
	case '"':
		if (!read_text(cursor, &text))
			return false;
		*ret = (struct json){ .type = JSON_TEXT, .text = text };
		return true;
	case '{':
		cursor->at++;
		return read_map(cursor, depth, ret);
	case '[':
		cursor->at++;
		return read_list(cursor, depth, ret);
	case 't':
		return read_flag(cursor, ret);
	default:
		return read_number(cursor, ret);
	}
}

static bool
read_all(struct arena *arena, struct str text, struct json *ret)
{
	char *copy = arena_bytes(arena, text.len);
	struct cursor cursor = { .arena = arena, .at = copy };

	if (copy == NULL || text.len == 0)
		return false;
	memcpy(copy, text.ptr, text.len);
	cursor.end = copy + text.len;
	return read_value(&cursor, 0, ret) && cursor.at == cursor.end;
}

const struct json *
event_reader_read(struct arena *arena, struct str text)
{
	struct arena_mark mark = arena_mark(arena);
	struct json *root = arena_new(arena, struct json);

	if (root != NULL && read_all(arena, text, root))
		return root;
	arena_release(arena, mark);
	return NULL;
}
