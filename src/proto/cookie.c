#include "proto/cookie.h"

/* A value may stand in double quotes (RFC 6265, 4.1.1). */
static struct str
unquote(struct str value)
{
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		return (struct str){ value.ptr + 1, value.len - 2 };
	return value;
}

enum cookie_found
cookie_find(struct str header, struct str name, struct str *ret)
{
	enum cookie_found found = COOKIE_NONE;

	*ret = STR("");
	if (header.len > COOKIE_HEADER_BYTES_MAX)
		return COOKIE_NONE;
	while (!str_empty(header)) {
		struct str pair = str_cut(&header, ';'), value = pair;
		struct str given = str_cut(&value, '=');

		/* Without "=" it is a value without a name. */
		if (given.len == pair.len || !str_equal(str_trim(given), name))
			continue;
		value = unquote(str_trim(value));
		if (found != COOKIE_NONE && !str_equal(value, *ret))
			return COOKIE_SEVERAL;
		found = COOKIE_ONE;
		*ret = value;
	}
	return found;
}

static bool
is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return false;
	}
	return true;
}

void
cookie_format(const struct cookie *cookie, struct buf *buf)
{
	CHECK(is_plain(cookie->name) && is_plain(cookie->value) && !str_empty(cookie->name));
	buf_printf(buf, "%.*s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
	    STR_ARG(cookie->name), STR_ARG(cookie->value), (long long)cookie->max_age_s,
	    cookie->secure ? "; Secure" : "");
}
