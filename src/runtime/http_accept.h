#ifndef RUNTIME_HTTP_ACCEPT_H
#define RUNTIME_HTTP_ACCEPT_H

#include "runtime/http.h"

/*
 * http_accept: what a client takes (RFC 9110, sections 12.5.1 and 12.5.3).
 *
 * Several headers of one name count as one list.  An element that cannot be read is as if
 * it were not there.
 */

/* How much something is wanted. */
struct http_wish {
	int thousandths; /* the quality, 0 (not at all) to 1000 */
	bool named;      /* by its own name, not by a wildcard or by silence */
};

/**
 * How much a client that sent ${headers} wants ${media_type} ("application/json") in UTF-8.
 * Without a header Accept everything is wanted as much.  A range for another charset does
 * not count; other parameters are not looked at.
 */
struct http_wish http_accept_media(
    const struct http_header *headers, size_t count, struct str media_type);

/**
 * How much it wants the content coding ${coding} ("gzip").  Without a header
 * Accept-Encoding, and where neither it nor "*" is named, only "identity" is wanted.
 */
struct http_wish http_accept_coding(
    const struct http_header *headers, size_t count, struct str coding);

#endif
