#include "runtime/http_accept.h"

/* str_cut() that passes over quoted strings, in which "\" takes the meaning of what follows. */
static struct str
cut_unquoted(struct str *s, char separator)
{
	struct str head = *s;
	bool quoted = false;

	for (size_t i = 0; i < s->len; i++) {
		if (quoted && s->ptr[i] == '\\') {
			i++;
		} else if (s->ptr[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && s->ptr[i] == separator) {
			head.len = i;
			*s = (struct str){ s->ptr + i + 1, s->len - i - 1 };
			return head;
		}
	}
	*s = (struct str){ s->ptr + s->len, 0 };
	return head;
}

/* A qvalue: 0 to 1 with at most three decimals.  -1 when it is none. */
static int
parse_quality(struct str s)
{
	int value = 0, place = 100;

	if (s.len == 0 || s.len > 5 || (s.ptr[0] != '0' && s.ptr[0] != '1') ||
	    (s.len > 1 && s.ptr[1] != '.'))
		return -1;
	value = s.ptr[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.len; i++, place /= 10) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return -1;
		value += (s.ptr[i] - '0') * place;
	}
	return value > 1000 ? -1 : value;
}

/* One element of a list: what it is about, how much it is wanted, and in which charset. */
struct element {
	struct str name, charset;
	int quality; /* -1: it cannot be read */
};

static struct element
read_element(struct str text)
{
	struct element element = { .quality = 1000 };

	element.name = str_trim(cut_unquoted(&text, ';'));
	while (!str_empty(text)) {
		struct str value = cut_unquoted(&text, ';');
		struct str name = str_trim(str_cut(&value, '='));

		value = str_trim(value);
		if (str_equal_nocase(name, STR("q")))
			element.quality = parse_quality(value);
		else if (str_equal_nocase(name, STR("charset")))
			element.charset = value;
	}
	if (element.charset.len >= 2 && element.charset.ptr[0] == '"')
		element.charset = (struct str){ element.charset.ptr + 1, element.charset.len - 2 };
	return element;
}

/* How well ${pattern} says ${name}: 0 not, 1 "*" or the like, 2 "application/x", 3 itself. */
static int
closeness(struct str pattern, struct str name)
{
	struct str kind = name, pattern_kind = pattern;

	if (str_equal_nocase(pattern, name))
		return 3;
	if (str_equal(pattern, STR("*")) || str_equal(pattern, STR("*/*")))
		return 1;
	kind = str_cut(&name, '/');
	pattern_kind = str_cut(&pattern, '/');
	return str_equal(pattern, STR("*")) && str_equal_nocase(pattern_kind, kind) ? 2 : 0;
}

/* What all headers ${header} together say of ${name}; the closest counts. */
static struct http_wish
find_wish(
    const struct http_header *headers, size_t count, struct str header, struct str name, int unsaid)
{
	struct http_wish wish = { .thousandths = unsaid };
	int closest = 0;

	for (size_t i = 0; i < count; i++) {
		struct str rest = headers[i].value;

		if (!str_equal_nocase(headers[i].name, header))
			continue;
		while (!str_empty(rest)) {
			struct element element = read_element(cut_unquoted(&rest, ','));
			int close = closeness(element.name, name);

			if (close == 0 || element.quality < 0 || close < closest ||
			    (!str_empty(element.charset) &&
				!str_equal_nocase(element.charset, STR("utf-8"))))
				continue;
			if (close > closest || element.quality > wish.thousandths)
				wish.thousandths = element.quality;
			closest = close;
		}
	}
	wish.named = closest == 3;
	return wish;
}

/* Whether some header ${name} says anything. */
static bool
says(const struct http_header *headers, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(headers[i].name, name) &&
		    !str_empty(str_trim(headers[i].value)))
			return true;
	}
	return false;
}

struct http_wish
http_accept_media(const struct http_header *headers, size_t count, struct str media_type)
{
	bool said = says(headers, count, STR("Accept"));

	return find_wish(headers, count, STR("Accept"), media_type, said ? 0 : 1000);
}

struct http_wish
http_accept_coding(const struct http_header *headers, size_t count, struct str coding)
{
	bool identity = str_equal(coding, STR("identity"));

	return find_wish(headers, count, STR("Accept-Encoding"), coding, identity ? 1000 : 0);
}
