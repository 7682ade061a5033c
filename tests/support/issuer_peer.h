#ifndef TESTS_ISSUER_PEER_H
#define TESTS_ISSUER_PEER_H

#include "base/arena.h"

/*
 * issuer_peer: an issuer's web server on the loopback, whose documents the test sets and
 * changes.  What is not set is answered 404.  Any number of requests at once.
 */
struct issuer_peer;

#define ISSUER_DOCUMENTS_MAX 16

struct issuer_peer *issuer_start(void);

/** ${peer} may be NULL. */
void issuer_stop(struct issuer_peer *peer);

/** "http://127.0.0.1:<port>". */
struct str issuer_url(const struct issuer_peer *peer);

/**
 * From now on GET ${path} is answered ${status}, with ${body}, which outlives the peer, and
 * ${cache_control} unless that is NULL.
 */
void issuer_set(struct issuer_peer *peer, const char *path, int status, struct str body,
    const char *cache_control);

/** While ${held}, requests wait unanswered. */
void issuer_hold(struct issuer_peer *peer, bool held);

/** How many requests for ${path} have come; of all when it is NULL. */
unsigned issuer_requests(struct issuer_peer *peer, const char *path);

/** Wait until ${count} requests have come in all; fail when they never do. */
void issuer_await(struct issuer_peer *peer, unsigned count);

#endif
