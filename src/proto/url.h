#ifndef PROTO_URL_H
#define PROTO_URL_H

#include "base/buf.h"

/*
 * url: building addresses out of parts that may hold anything (RFC 3986).
 *
 *	url_begin(&buf, base);               https://host/api
 *	url_append_segment(&buf, id);        https://host/api/42
 *	url_append_query(&buf, STR("q"), q); https://host/api/42?q=a%26b
 *
 * and looking at the parts of one.  Nothing is normalised: a signature is over
 * the very characters that were sent.
 */

/* The parts of an absolute URL; together they are its every byte. */
struct url_parts {
	struct str scheme;    /* "https://" */
	struct str user_info; /* "user:password@", or empty */
	struct str host;      /* "example.com", "[::1]" */
	struct str port;      /* ":8080", or empty */
	struct str rest;      /* path, query and fragment: "/a?b#c" */
};

/** Take ${url} apart.  False when it does not begin with "scheme://". */
NODISCARD bool url_split(struct str url, struct url_parts *ret);

/**
 * Whether ${url} can be the base of others: http or https, a host of letters,
 * digits, "-", "." (or an IPv6 literal), no user information, query, fragment,
 * white space or control character.
 */
bool url_is_base(struct str url);

/** Append ${base} to the empty ${buf}, without the slashes at its end. */
void url_begin(struct buf *buf, struct str base);

/**
 * Append "/" and ${segment}, percent-encoded.  False, with nothing written, for
 * an empty segment, "." and "..", which would change the path's meaning however
 * they are encoded.
 */
NODISCARD bool url_append_segment(struct buf *buf, struct str segment);

/** Append ${name}=${value} to the query of the URL in ${buf}, which may not have one yet. */
void url_append_query(struct buf *buf, struct str name, struct str value);

#endif
