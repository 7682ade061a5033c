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
 * every request has a deadline, every answer a size limit.  Proxies named in the
 * environment are not used.
 *
 * A POST, or any other request that is not idempotent, is sent once at most.
 * libcurl itself repeats a GET, HEAD, PUT or DELETE when a connection that it
 * used before turns out to be dead.
 */
struct http_client;

struct http_client_config {
	bool allow_http;          /* development and tests only */
	unsigned connections_max; /* in all */
	size_t response_bytes_max;
};

struct http_call {
	const char *method;   /* "GET", "POST", ... */
	const char *provider; /* under which it is counted (metrics.h), a literal; NULL: "other" */
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

/** A client with a thread of its own; ${config} is copied. */
NODISCARD struct http_client *http_client_create(const struct http_client_config *config);

/**
 * Take no more requests, let those under way come to their ends, which their
 * deadlines bound, and stop.  Nobody may call from then on.  ${client} may be NULL.
 */
void http_client_destroy(struct http_client *client);

/**
 * Send ${call} and wait for the answer, which lives in ${arena}.  Any status is
 * an answer; of its headers the first HTTP_HEADERS_MAX are kept.  Headers and
 * body share the limit response_bytes_max.
 *
 * Faults: ERR_UNAVAILABLE, nothing of the request left this machine (no
 * connection, name not found, URL or header refused, no time left);
 * ERR_UNCERTAIN, the request was sent at least in part and no whole answer came;
 * ERR_LIMIT, the answer was larger than allowed (the request was carried out).
 */
NODISCARD struct err *http_client_send(struct http_client *client, struct arena *arena,
    const struct http_call *call, struct http_answer *ret);

#endif
