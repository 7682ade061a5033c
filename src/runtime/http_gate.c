#include "runtime/http_gate.h"

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether every byte of ${s} is a letter, a digit or one of ${others}. */
static bool
holds_only(struct str s, const char *others)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alphanumeric(s.ptr[i]) &&
		    (s.ptr[i] == '\0' || strchr(others, s.ptr[i]) == NULL))
			return false;
	}
	return true;
}

/* RFC 9110, 5.6.2. */
static bool
is_token(struct str s)
{
	return s.len > 0 && holds_only(s, "!#$%&'*+-.^_`|~");
}

/* RFC 9110, 5.5: visible characters, blanks, and bytes above ASCII, which nobody interprets. */
static bool
is_field_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Printable ASCII, beginning with one slash. */
static bool
is_origin_form(struct str target)
{
	for (size_t i = 0; i < target.len; i++) {
		if (target.ptr[i] <= ' ' || target.ptr[i] > '~')
			return false;
	}
	return target.len > 0 && target.ptr[0] == '/';
}

/* How many headers ${name} there are, and the first of them in ${*ret_value}. */
static size_t
count_headers(const struct http_head *head, struct str name, struct str *ret_value)
{
	size_t found = 0;

	for (size_t i = 0; i < head->header_count; i++) {
		if (!str_equal_nocase(head->headers[i].name, name))
			continue;
		if (found++ == 0)
			*ret_value = head->headers[i].value;
	}
	return found;
}

static bool
is_number(struct str s)
{
	int64_t value;

	return s.len > 0 && s.ptr[0] != '-' && str_parse_i64(s, &value);
}

/* Where the body ends must have one answer only. */
static const char *
refuse_framing(const struct http_head *head)
{
	struct str length = STR(""), coding = STR("");
	size_t lengths = count_headers(head, STR("Content-Length"), &length);
	size_t codings = count_headers(head, STR("Transfer-Encoding"), &coding);

	if (lengths > 1)
		return "The request has more than one Content-Length header.";
	if (lengths == 1 && codings > 0)
		return "The request has both a Content-Length and a Transfer-Encoding header.";
	if (lengths == 1 && !is_number(str_trim(length)))
		return "The request's Content-Length is not a number.";
	if (codings > 1 || (codings == 1 && !str_equal_nocase(str_trim(coding), STR("chunked"))))
		return "The request's Transfer-Encoding is something else than \"chunked\".";
	if (codings == 1 && !str_equal(head->version, STR("HTTP/1.1")))
		return "Transfer-Encoding needs HTTP/1.1.";
	return NULL;
}

static const char *
refuse_host(const struct http_head *head)
{
	struct str host = STR("");
	size_t hosts = count_headers(head, STR("Host"), &host);

	if (hosts == 0 && str_equal(head->version, STR("HTTP/1.1")))
		return "The request has no Host header.";
	if (hosts > 1)
		return "The request has more than one Host header.";
	if (!holds_only(str_trim(host), "-._~%:[]"))
		return "The request's Host header is no host.";
	return NULL;
}

/* A WebSocket begins with a GET that has no body: what follows it is no longer HTTP. */
static const char *
refuse_upgrade(const struct http_head *head)
{
	struct str upgrade = STR(""), ignored = STR("");
	size_t upgrades = count_headers(head, STR("Upgrade"), &upgrade);

	if (upgrades > 1)
		return "The request has more than one Upgrade header.";
	if (upgrades == 0 || !str_equal_nocase(str_trim(upgrade), STR("websocket")))
		return NULL;
	if (!str_equal(head->method, STR("GET")) || !str_equal(head->version, STR("HTTP/1.1")))
		return "A WebSocket begins with a GET of HTTP/1.1.";
	if (count_headers(head, STR("Content-Length"), &ignored) > 0 ||
	    count_headers(head, STR("Transfer-Encoding"), &ignored) > 0)
		return "The request asks for a WebSocket and has a body.";
	return NULL;
}

const char *
http_gate_refuse(const struct http_head *head)
{
	const char *why = NULL;

	if (!is_token(head->method))
		return "The request's method is no token.";
	if (!is_origin_form(head->target))
		return "The request's target does not begin with \"/\" or has bytes that must be "
		       "percent-encoded.";
	for (size_t i = 0; i < head->header_count; i++) {
		if (!is_token(head->headers[i].name))
			return "The request has a header whose name is no token; no white space "
			       "may stand around it.";
		if (!is_field_value(head->headers[i].value))
			return "The request has a control character in a header.";
	}
	why = refuse_framing(head);
	if (why == NULL)
		why = refuse_host(head);
	return why != NULL ? why : refuse_upgrade(head);
}

/* Whether ${s} begins ${distance} bytes after ${*end}, which moves to the end of ${s}. */
static bool
follows(const char **end, size_t distance, struct str s)
{
	bool right = s.ptr == *end + distance;

	*end = s.ptr + s.len;
	return right;
}

/* Whether the value of ${header} is separated from its name by a colon and blanks. */
static bool
value_follows_name(const struct http_header *header)
{
	const char *at = header->name.ptr + header->name.len + 1; /* a NUL is where the colon was */

	if (header->value.ptr < at)
		return false;
	while (at < header->value.ptr && (*at == ' ' || *at == '\t'))
		at++;
	return at == header->value.ptr;
}

bool
http_gate_is_contiguous(const struct http_head *head)
{
	const char *end = head->method.ptr + head->method.len;

	if (!follows(&end, 1, head->target) || !follows(&end, 1, head->version))
		return false;
	for (size_t i = 0; i < head->header_count; i++) {
		const struct http_header *header = &head->headers[i];

		if (!follows(&end, 2, header->name) || !value_follows_name(header))
			return false;
		end = header->value.ptr + header->value.len;
	}
	return memcmp(end, "\0\0\0\0", 4) == 0;
}
