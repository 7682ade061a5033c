#ifndef TESTS_SCRIPTED_PEER_H
#define TESTS_SCRIPTED_PEER_H

#include "base/err.h"

/*
 * scripted_peer: a provider for one test, over real HTTP on the loopback.
 *
 * The test says which requests it expects, in order, and what each is answered.
 * A request that was not expected is answered 500 and remembered; peer_stop()
 * fails the test for it, and for a request that never came.
 */
struct peer;

struct peer_exchange {
	const char *request; /* how method, path and query begin: "GET /v1/subsectors?project=" */
	const char *body;    /* part of the request's body, or NULL */
	const char *bearer;  /* the token that must be used, or NULL */
	int status;
	const char *retry_after;  /* or NULL */
	const char *content_type; /* or NULL: application/json */
	const char *location;     /* or NULL */
	const char *answer;
	bool silent; /* do not answer before peer_stop() */
};

/** Listen and expect the ${count} exchanges at ${script}, which outlives the peer. */
struct peer *peer_start(const struct peer_exchange *script, size_t count);

/** "http://127.0.0.1:<port>". */
struct str peer_url(const struct peer *peer);

/** The last request as "METHOD path?query", its Authorization header, and its body. */
const char *peer_last_request(const struct peer *peer);
const char *peer_last_authorization(const struct peer *peer);
const char *peer_last_body(const struct peer *peer);

/** Let the silent answers go, stop, and fail the test unless all came as expected. */
void peer_stop(struct peer *peer);

#endif
