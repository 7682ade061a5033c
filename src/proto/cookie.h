#ifndef PROTO_COOKIE_H
#define PROTO_COOKIE_H

#include "base/buf.h"

/*
 * cookie: what a browser keeps for us (RFC 6265, and its revision for prefixes and
 * SameSite).
 *
 * A name with the prefix "__Host-" is one that a browser takes only from this very
 * host, over https and for the path "/": neither a neighbour under the same domain nor
 * plain http can set it.
 */

/* Browsers keep some 4 KiB a cookie; a header longer than this is not looked at. */
#define COOKIE_HEADER_BYTES_MAX 8192

enum cookie_found {
	COOKIE_NONE,
	COOKIE_ONE,
	COOKIE_SEVERAL, /* of one name, with different values: whose it is, nobody can say */
};

/**
 * Look for the cookie ${name} in ${header}, the value of the header Cookie.  Pairs of
 * other names, and what is no pair, are passed over.  ${*ret} points into ${header},
 * without quotes around it.
 */
NODISCARD enum cookie_found cookie_find(struct str header, struct str name, struct str *ret);

struct cookie {
	struct str name, value; /* of letters, digits and "-", "_" */
	int64_t max_age_s;      /* 0: it is to be forgotten */
	bool secure;
};

/**
 * Append ${cookie} to ${buf} as the value of Set-Cookie: for the whole of this host, out
 * of reach of scripts, and never sent with what another site has begun.
 */
void cookie_format(const struct cookie *cookie, struct buf *buf);

#endif
