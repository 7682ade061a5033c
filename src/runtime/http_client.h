#ifndef RUNTIME_HTTP_CLIENT_H
#define RUNTIME_HTTP_CLIENT_H

#include "base/err.h"
#include "base/instant.h"
#include "runtime/http.h"

/*
 * http_client: outgoing requests, all on one libcurl multi thread.
 *
 * A caller blocks until its request is over, so that what calls out reads as
 * straight-line code; any number of threads may call at once.  No redirects are
 * followed, only https is spoken unless the client was made for development,
 * every request has a deadline, every answer a size limit.
 */
struct http_client;

struct http_client_config {
	bool allow_http;          /* development and tests only */
	unsigned connections_max; /* in all */
	size_t response_bytes_max;
};

struct http_call {
	const char *method; /* "GET", "POST", ... */
	struct str url;
	const struct http_header *headers;
	size_t header_count;
	struct str body;
	struct str basic_user,
	    basic_password;      /* HTTP basic authentication when the user is not empty */
	struct duration timeout; /* real time, for the whole exchange */
};

struct http_answer {
	int status;
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t header_count;
	struct str body;
};

struct http_client *http_client_create(const struct http_client_config *config);
void http_client_destroy(struct http_client *client);

/**
 * Send ${call} and wait for the answer, which lives in ${arena}.  Any status is
 * an answer.  Faults: ERR_UNAVAILABLE, nothing of the request left this machine
 * (no connection, name not found, URL refused); ERR_UNCERTAIN, the request was
 * sent at least in part and no whole answer came; ERR_LIMIT, the answer was
 * larger than allowed (the request was carried out).
 */
NODISCARD struct err *http_client_send(struct http_client *client, struct arena *arena,
    const struct http_call *call, struct http_answer *ret);

#endif
