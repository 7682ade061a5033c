#ifndef RUNTIME_HTTP_GATE_H
#define RUNTIME_HTTP_GATE_H

#include "runtime/http.h"

/*
 * http_gate: refuses the requests that two programs could read differently.
 *
 * A proxy in front of us and libmicrohttpd must agree where a request ends, or
 * a client can hide a second request in the first (request smuggling, CWE-444).
 * libmicrohttpd 0.9.75 is lenient, so the gate is not:
 *
 *   what is written   RFC 9112   refused
 *   framing           6.1, 6.3   two Content-Lengths; Content-Length with
 *                                Transfer-Encoding; any coding but "chunked";
 *                                Transfer-Encoding in HTTP/1.0
 *   Host              3.2        none in HTTP/1.1, two, or one that is no host
 *   Upgrade           RFC 9110,  two; to a WebSocket: anything but a GET of
 *                     7.8        HTTP/1.1 without a body
 *   target            3.2.1      anything but origin-form ("/path?query")
 *   header names      5.1        anything but a token: white space before the
 *                                colon, a folded first line
 *   header values     5.5        control characters, NUL, a bare CR
 *   line ends         2.2, 5.2   a bare LF, a folded header
 *
 * The last rows are gone from what libmicrohttpd tells us: it cuts at a NUL and
 * joins folded lines.  But it parses in place, writing NULs over the line ends
 * and the colons, so the distances between the texts that it hands out show
 * what was there.  http_gate_is_contiguous() measures them.  That is true of 0.9.75,
 * which Debian 12 has, and holds for no other: later versions refuse these
 * requests themselves (MHD_OPTION_CLIENT_DISCIPLINE_LVL).
 *
 * What cannot be seen from here: a bare LF after the data of a chunk, in the
 * last chunk and in the trailers behind it (a bare LF after the size of any
 * other chunk is seen, and closes the connection); and one as the empty line
 * that ends a head, when nothing has followed it yet.  A proxy that passes such
 * a line on unchanged is the only one who could read it differently; HAProxy
 * and ALB do not.
 */

/* A request's head, with every text where libmicrohttpd parsed it. */
struct http_head {
	struct str method, target, version;
	const struct http_header *headers;
	size_t header_count;
};

/**
 * Why ${head} is refused, as a sentence for the sender, or NULL when it may pass.
 * The texts may lie anywhere.
 */
const char *http_gate_refuse(const struct http_head *head);

/**
 * Whether the texts of ${head}, which lie in the buffer they were received in,
 * follow each other as a well-formed head makes them: one byte between the
 * parts of the first line, two at the end of a line, four after the last.
 */
bool http_gate_is_contiguous(const struct http_head *head);

#endif
