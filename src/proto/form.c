#include "proto/form.h"

/* Undo the percent-encoding of ${text} into ${to}, which has room; how long it is, or SIZE_MAX. */
static size_t
decode_into(struct str text, char *to)
{
	size_t length = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '+')
			c = ' ';
		if (c == '%') {
			int high = i + 2 < text.len ? str_hex_value(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? str_hex_value(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return SIZE_MAX;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return SIZE_MAX;
		to[length++] = c;
	}
	return length;
}

/* Decode ${text} into the arena; false when it is malformed or does not fit. */
static bool
decode(struct arena *arena, struct str text, struct str *ret)
{
	char *to;

	*ret = (struct str){ NULL, 0 };
	if (str_empty(text))
		return true;
	to = arena_array(arena, char, text.len);
	if (to == NULL)
		return false;
	ret->ptr = to;
	ret->len = decode_into(text, to);
	return ret->len != SIZE_MAX && str_is_utf8(*ret);
}

/* How many pairs ${body} has at most. */
static size_t
count_pairs(struct str body)
{
	size_t count = 0;

	while (!str_empty(body))
		count += !str_empty(str_cut(&body, '&'));
	return count;
}

bool
form_parse(struct arena *arena, struct str body, struct form *ret)
{
	size_t count = count_pairs(body);

	*ret = (struct form){ .at = NULL };
	if (count == 0)
		return true;
	if (count > FORM_PAIRS_MAX)
		return false;
	ret->at = arena_array(arena, struct form_pair, count);
	if (ret->at == NULL)
		return false;
	while (!str_empty(body)) {
		struct str value = str_cut(&body, '&');
		struct form_pair *pair = &ret->at[ret->count];
		struct str name;

		if (str_empty(value))
			continue;
		name = str_cut(&value, '=');
		if (!decode(arena, name, &pair->name) || !decode(arena, value, &pair->value)) {
			*ret = (struct form){ .at = NULL };
			return false;
		}
		ret->count++;
	}
	return true;
}

/* The first pair called ${name}, or NULL. */
static const struct form_pair *
find_pair(const struct form *form, struct str name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (str_equal(form->at[i].name, name))
			return &form->at[i];
	}
	return NULL;
}

struct str
form_find(const struct form *form, struct str name)
{
	const struct form_pair *pair = find_pair(form, name);

	return pair == NULL ? (struct str){ NULL, 0 } : pair->value;
}

bool
form_has(const struct form *form, struct str name)
{
	return find_pair(form, name) != NULL;
}

/* Append ${text} as the standard's serializer writes it. */
static void
encode(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '*' || c == '-' || c == '.' || c == '_';

		if (plain)
			buf_char(buf, c);
		else if (c == ' ')
			buf_char(buf, '+');
		else
			buf_printf(buf, "%%%02X", (unsigned)(uint8_t)c);
	}
}

void
form_encode(struct buf *buf, struct str name, struct str value)
{
	if (buf->len > 0 && buf->ptr[buf->len - 1] != '?')
		buf_char(buf, '&');
	encode(buf, name);
	buf_char(buf, '=');
	encode(buf, value);
}
