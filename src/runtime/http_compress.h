#ifndef RUNTIME_HTTP_COMPRESS_H
#define RUNTIME_HTTP_COMPRESS_H

#include "runtime/http_server.h"

/*
 * http_compress: answers as gzip, for clients that take it.
 *
 * Only what its handler has marked as compressible: the length of a compressed answer
 * tells how alike its parts are, and so, where a stranger can choose one part, what the
 * others are (BREACH).  An answer with a secret in it must not be marked.
 */

/* What is not longer than this gains nothing worth the time. */
#define HTTP_COMPRESS_BYTES_MIN 1024

/**
 * Replace the body of ${response}, which answers ${request}, by its compressed form where
 * that is possible, wanted and shorter; it lives in ${arena}.  A compressible response says
 * "Vary: Accept-Encoding" either way.  Never fails: without memory it is left as it is.
 */
void http_compress(
    const struct http_request *request, struct arena *arena, struct http_response *response);

#endif
