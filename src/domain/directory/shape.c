#include "domain/directory/shape.h"

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_dashed(char c)
{
	return is_lower(c) || is_digit(c) || c == '-';
}

static bool
is_visible(char c)
{
	return c > ' ' && c < 0x7f;
}

/* Whether every byte of ${text} is one that ${fits}. */
static bool
is_all(struct str text, bool (*fits)(char))
{
	for (size_t i = 0; i < text.len; i++) {
		if (!fits(text.ptr[i]))
			return false;
	}
	return true;
}

static struct str
behind(struct str text, size_t count)
{
	return (struct str){ text.ptr + count, text.len - count };
}

bool
shape_is_handle(struct str text)
{
	return text.len >= 2 && text.len <= 40 && is_lower(text.ptr[0]) && is_all(text, is_dashed);
}

/* Neither white space nor control characters; an address may have letters beyond ASCII. */
static bool
is_printed(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f;
}

bool
shape_is_email(struct str text)
{
	struct str domain = text;
	struct str local = str_cut(&domain, '@');

	return text.len <= 254 && str_is_utf8(text) && is_all(text, is_printed) &&
	       !str_empty(local) && !str_empty(domain) && str_find(domain, STR("@")) == SIZE_MAX;
}

bool
shape_is_phone(struct str text)
{
	return text.len >= 9 && text.len <= 16 && text.ptr[0] == '+' && text.ptr[1] != '0' &&
	       is_all(behind(text, 1), is_digit);
}

static bool
is_of_zone(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c) || c == '/' || c == '_' || c == '-' ||
	       c == '+';
}

bool
shape_is_zone(struct str text)
{
	return text.len >= 1 && text.len <= 64 &&
	       (is_upper(text.ptr[0]) || is_lower(text.ptr[0])) && is_all(text, is_of_zone);
}

bool
shape_is_prefix(struct str text)
{
	return text.len >= 2 && text.len <= 4 && is_all(text, is_upper);
}

bool
shape_is_secret_ref(struct str text)
{
	return text.len >= 1 && text.len <= 64 && is_all(text, is_dashed);
}

bool
shape_is_word(struct str text)
{
	return text.len >= 1 && text.len <= 120 && is_all(text, is_visible);
}

static bool
is_hex(char c)
{
	return str_hex_value(c) >= 0;
}

bool
shape_is_account_sid(struct str text)
{
	return text.len == 34 && str_starts_with(text, STR("AC")) &&
	       is_all(behind(text, 2), is_hex);
}

/* Of a path, without what begins a query or a fragment. */
static bool
is_of_url(char c)
{
	return is_visible(c) && c != '?' && c != '#' && c != '@' && c != '\\' && c != '"' &&
	       c != '<' && c != '>';
}

bool
shape_is_https_base(struct str text)
{
	const struct str scheme = STR("https://");

	return text.len <= 300 && str_starts_with(text, scheme) && text.len > scheme.len &&
	       text.ptr[scheme.len] != '/' && text.ptr[scheme.len] != ':' &&
	       is_all(text, is_of_url);
}

/* A line has no characters that move the cursor; U+0080 to U+009F are such as well. */
static bool
is_line(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < ' ' || c == 0x7f ||
		    (c == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0))
			return false;
	}
	return true;
}

bool
shape_check_line(struct str text, size_t chars_max, enum refusal_code code, const char *field,
    struct refusal *ret_refusal)
{
	if (!str_is_utf8(text) || !is_line(text))
		return refuse(ret_refusal, code, field, "%s must be one line of text", field);
	if (str_empty(str_trim(text)))
		return refuse(ret_refusal, code, field, "%s is blank", field);
	if (str_utf8_length(text) > chars_max)
		return refuse(ret_refusal, code, field,
		    "%s has %zu characters, at most %zu are allowed", field, str_utf8_length(text),
		    chars_max);
	return true;
}
