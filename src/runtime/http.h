#ifndef RUNTIME_HTTP_H
#define RUNTIME_HTTP_H

#include "base/arena.h"
#include "base/str.h"

/* What the HTTP server and the HTTP client say to their callers. */

#define HTTP_HEADERS_MAX 64

struct http_header {
	struct str name, value;
};

/** The value of the first header ${name} (case ignored), or an empty str. */
struct str http_header_find(const struct http_header *headers, size_t count, struct str name);

#endif
