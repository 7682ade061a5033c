#include "proto/url.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How long the run of scheme characters at the start of ${url} is (RFC 3986 section 3.1). */
static size_t
scheme_length(struct str url)
{
	size_t i = 0;

	if (url.len == 0 || !is_letter(url.ptr[0]))
		return 0;
	while (i < url.len && (is_letter(url.ptr[i]) || is_digit(url.ptr[i]) || url.ptr[i] == '+' ||
				  url.ptr[i] == '-' || url.ptr[i] == '.'))
		i++;
	return i;
}

/* Cut the first ${length} bytes off ${*s} and return them. */
static struct str
take(struct str *s, size_t length)
{
	struct str taken = { s->ptr, length };

	CHECK(length <= s->len);
	s->ptr += length;
	s->len -= length;
	return taken;
}

/* Where the last ${c} of ${s} stands, counted from 1; 0 when there is none. */
static size_t
behind_last(struct str s, char c)
{
	size_t i = s.len;

	while (i > 0 && s.ptr[i - 1] != c)
		i--;
	return i;
}

/* Where the first of "/", "?" and "#" stands in ${s}, or its end. */
static size_t
authority_length(struct str s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != '/' && s.ptr[i] != '?' && s.ptr[i] != '#')
		i++;
	return i;
}

bool
url_split(struct str url, struct url_parts *ret)
{
	size_t scheme = scheme_length(url);
	struct str authority, rest = url;
	size_t host;

	if (scheme == 0 || url.len < scheme + 3 || memcmp(url.ptr + scheme, "://", 3) != 0)
		return false;
	ret->scheme = take(&rest, scheme + 3);
	authority = take(&rest, authority_length(rest));
	ret->rest = rest;
	ret->user_info = take(&authority, behind_last(authority, '@'));
	/* A colon inside an IPv6 literal begins no port. */
	host = behind_last(authority, ']');
	while (host < authority.len && authority.ptr[host] != ':')
		host++;
	ret->host = take(&authority, host);
	ret->port = authority;
	return true;
}

static bool
is_host(struct str host)
{
	bool literal = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';

	for (size_t i = literal; i < host.len - literal; i++) {
		char c = host.ptr[i];

		if (!is_letter(c) && !is_digit(c) && c != '.' && c != (literal ? ':' : '-'))
			return false;
	}
	return host.len > 0;
}

/* ":" and a number that can be a port, or nothing. */
static bool
is_port(struct str port)
{
	int64_t number = 0;

	if (str_empty(port))
		return true;
	take(&port, 1);
	return port.len > 0 && is_digit(port.ptr[0]) && str_parse_i64(port, &number) &&
	       number > 0 && number <= 65535;
}

bool
url_is_base(struct str url)
{
	struct url_parts parts;

	if (!url_split(url, &parts) || !str_empty(parts.user_info))
		return false;
	if (!str_equal_nocase(parts.scheme, STR("http://")) &&
	    !str_equal_nocase(parts.scheme, STR("https://")))
		return false;
	for (size_t i = 0; i < parts.rest.len; i++) {
		char c = parts.rest.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '\\')
			return false;
	}
	return is_host(parts.host) && is_port(parts.port);
}

void
url_begin(struct buf *buf, struct str base)
{
	CHECK(buf->len == 0);
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	buf_str(buf, base);
}

/* Append ${text} with all but letters, digits, "-", ".", "_" and "~" percent-encoded. */
static void
percent_encode(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
			buf_char(buf, c);
		else
			buf_printf(buf, "%%%02X", (unsigned)(uint8_t)c);
	}
}

bool
url_append_segment(struct buf *buf, struct str segment)
{
	if (str_empty(segment) || str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
		return false;
	buf_char(buf, '/');
	percent_encode(buf, segment);
	return true;
}

void
url_append_query(struct buf *buf, struct str name, struct str value)
{
	bool first = str_find(buf_view(buf), STR("?")) == SIZE_MAX;

	buf_char(buf, first ? '?' : '&');
	percent_encode(buf, name);
	buf_char(buf, '=');
	percent_encode(buf, value);
}
