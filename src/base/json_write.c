#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/json.h"

struct json_writer
json_writer(struct buf *buf)
{
	return (struct json_writer){ .buf = buf };
}

/* A comma when a value stands before, and then what is written now counts as one. */
static void
next_value(struct json_writer *w)
{
	if (w->comma)
		buf_char(w->buf, ',');
	w->comma = true;
}

static void
open_with(struct json_writer *w, char bracket)
{
	next_value(w);
	buf_char(w->buf, bracket);
	w->comma = false;
}

static void
close_with(struct json_writer *w, char bracket)
{
	buf_char(w->buf, bracket);
	w->comma = true;
}

void
json_begin_map(struct json_writer *w)
{
	open_with(w, '{');
}

void
json_end_map(struct json_writer *w)
{
	close_with(w, '}');
}

void
json_begin_list(struct json_writer *w)
{
	open_with(w, '[');
}

void
json_end_list(struct json_writer *w)
{
	close_with(w, ']');
}

/* The two-character escape of ${c}, or 0. */
static char
short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void
write_quoted(struct buf *buf, struct str text)
{
	size_t plain = 0;

	buf_char(buf, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], escape = short_escape(c);

		if (escape == 0 && (unsigned char)c >= 0x20)
			continue;
		buf_str(buf, (struct str){ text.ptr + plain, i - plain });
		plain = i + 1;
		if (escape != 0) {
			buf_char(buf, '\\');
			buf_char(buf, escape);
		} else {
			buf_printf(buf, "\\u%04x", (unsigned)c);
		}
	}
	if (plain < text.len)
		buf_str(buf, (struct str){ text.ptr + plain, text.len - plain });
	buf_char(buf, '"');
}

void
json_name(struct json_writer *w, struct str name)
{
	next_value(w);
	write_quoted(w->buf, name);
	buf_char(w->buf, ':');
	w->comma = false;
}

void
json_write_null(struct json_writer *w)
{
	json_write_raw(w, STR("null"));
}

void
json_write_bool(struct json_writer *w, bool value)
{
	json_write_raw(w, value ? STR("true") : STR("false"));
}

void
json_write_int(struct json_writer *w, int64_t value)
{
	next_value(w);
	buf_printf(w->buf, "%lld", (long long)value);
}

/*
 * Write ${value} if it is a number of millionths, as coordinates are, which takes a tenth of the
 * time.  A quotient of two whole numbers that a double holds is the double nearest to it, so what
 * is written reads back the same; and it is what 15 digits would say, since it has no more.
 */
static bool
write_millionths(struct json_writer *w, double value)
{
	char text[32];
	size_t at = sizeof(text);
	int64_t millionths, rest;
	bool begun = false;

	if (!(fabs(value) >= 1e-4 && fabs(value) < 1e9))
		return false;
	millionths = llround(value * 1e6);
	if ((double)millionths / 1e6 != value)
		return false;
	rest = millionths < 0 ? -millionths : millionths;
	for (int digit = 0; digit < 6; digit++, rest /= 10) {
		begun = begun || rest % 10 != 0;
		if (begun)
			text[--at] = (char)('0' + rest % 10);
	}
	if (begun)
		text[--at] = '.';
	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (millionths < 0)
		text[--at] = '-';
	json_write_raw(w, (struct str){ text + at, sizeof(text) - at });
	return true;
}

void
json_write_double(struct json_writer *w, double value)
{
	char text[32];

	CHECK(isfinite(value));
	if (write_millionths(w, value))
		return;
	/* 15 digits read back the same for most numbers that people write, 17 for all. */
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	json_write_raw(w, str_from_z(text));
}

void
json_write_text(struct json_writer *w, struct str text)
{
	next_value(w);
	write_quoted(w->buf, text);
}

void
json_write_digest(struct json_writer *w, struct sha256 digest)
{
	char memory[2 * sizeof(digest.bytes)];
	struct buf digits = buf_over(memory, sizeof(memory));

	hex_encode(&digits, (struct str){ (const char *)digest.bytes, sizeof(digest.bytes) });
	json_write_text(w, buf_view(&digits));
}

void
json_write_raw(struct json_writer *w, struct str json)
{
	next_value(w);
	buf_str(w->buf, json);
}

void
json_write_value(struct json_writer *w, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL_VALUE:
		json_write_null(w);
		return;
	case JSON_BOOL:
		json_write_bool(w, value->boolean);
		return;
	case JSON_INT:
		json_write_int(w, value->integer);
		return;
	case JSON_FLOAT:
		json_write_double(w, value->number);
		return;
	case JSON_TEXT:
		json_write_text(w, value->text);
		return;
	case JSON_LIST:
		json_begin_list(w);
		for (size_t i = 0; i < value->list.count; i++)
			json_write_value(w, &value->list.items[i]);
		json_end_list(w);
		return;
	case JSON_MAP:
		json_begin_map(w);
		for (size_t i = 0; i < value->map.count; i++) {
			json_name(w, value->map.members[i].name);
			json_write_value(w, &value->map.members[i].value);
		}
		json_end_map(w);
		return;
	}
	UNREACHABLE("json type");
}

void
json_member_text(struct json_writer *w, struct str name, struct str text)
{
	json_name(w, name);
	json_write_text(w, text);
}

void
json_member_int(struct json_writer *w, struct str name, int64_t value)
{
	json_name(w, name);
	json_write_int(w, value);
}

void
json_member_bool(struct json_writer *w, struct str name, bool value)
{
	json_name(w, name);
	json_write_bool(w, value);
}

void
json_member_double(struct json_writer *w, struct str name, double value)
{
	json_name(w, name);
	json_write_double(w, value);
}

void
json_member_raw(struct json_writer *w, struct str name, struct str json)
{
	json_name(w, name);
	json_write_raw(w, json);
}

void
json_member_uuid(struct json_writer *w, struct str name, struct uuid id)
{
	char memory[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(memory, sizeof(memory));

	uuid_format(id, &text);
	json_member_text(w, name, buf_view(&text));
}

void
json_member_instant(struct json_writer *w, struct str name, struct instant when)
{
	char memory[64];
	struct buf text = buf_over(memory, sizeof(memory));

	instant_format(when, &text);
	json_member_text(w, name, buf_view(&text));
}

void
json_member_digest(struct json_writer *w, struct str name, struct sha256 digest)
{
	json_name(w, name);
	json_write_digest(w, digest);
}
