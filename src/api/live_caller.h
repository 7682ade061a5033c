#ifndef API_LIVE_CALLER_H
#define API_LIVE_CALLER_H

#include "api/gate.h"

/*
 * live_caller: with what somebody has come to a WebSocket, so that each of the operations on
 * it can be let in as a request of its own: then a token that was revoked is no good for the
 * next one.  For api/ only.
 *
 * It is what the gate looks at: headers of the request that became the WebSocket, and what
 * pages cannot put into headers and so say in connection_init.
 */

/* What may be said in connection_init, by these names in any case. */
#define LIVE_CALLER_WORDS 3

#define LIVE_CALLER_HEADERS_MAX 12

struct live_caller {
	struct http_header headers[LIVE_CALLER_HEADERS_MAX];
	size_t header_count;
	struct str peer;
	struct address client;
	char bytes[]; /* what the texts point into */
};

/** What of ${request} counts; on the heap.  NULL when there is too much of it. */
struct live_caller *live_caller_create(const struct api_request *request);

/**
 * ${from} with what ${payload} (NULL: nothing) of connection_init says in place of headers of
 * the same name; NULL, with the reason, when that cannot stand in a header.
 */
struct live_caller *live_caller_join(
    const struct live_caller *from, const struct json *payload, struct str *ret_reason);

/**
 * Make ${ret} a request of ${caller} on a live thread.  ${http} and ${response} are what it
 * points to; all of them live as long as ${arena} and ${caller} do.
 */
void live_caller_begin(const struct live_caller *caller, struct api_worker *worker,
    struct arena *arena, struct http_request *http, struct http_response *response,
    struct api_request *ret);

#endif
