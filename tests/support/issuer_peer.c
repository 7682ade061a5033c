#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/http_server.h"
#include "support/issuer_peer.h"

/* Nothing takes this long unless it never comes. */
#define PATIENCE_S 60

struct document {
	const char *path;
	int status;
	struct str body;
	const char *cache_control;
	unsigned requests;
};

struct issuer_peer {
	struct arena *arena;
	struct http_server *server;
	char url[64];

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct document documents[ISSUER_DOCUMENTS_MAX];
	size_t count;
	unsigned requests;
	bool held;
};

static void *
worker_of(void *context)
{
	return context;
}

static struct document *
find(struct issuer_peer *peer, struct str path)
{
	for (size_t i = 0; i < peer->count; i++) {
		if (str_equal(path, str_from_z(peer->documents[i].path)))
			return &peer->documents[i];
	}
	return NULL;
}

static void
answer(void *worker, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct issuer_peer *peer = worker;
	struct document *document;

	(void)arena;
	(void)pthread_mutex_lock(&peer->lock);
	peer->requests++;
	document = find(peer, request->path);
	if (document != NULL)
		document->requests++;
	(void)pthread_cond_broadcast(&peer->changed);
	while (peer->held)
		(void)pthread_cond_wait(&peer->changed, &peer->lock);
	document = find(peer, request->path); /* as it is now */
	ret->status = document == NULL ? 404 : document->status;
	ret->content_type = STR("application/json");
	ret->body = document == NULL ? STR("no such document") : document->body;
	/* Our server would say no-store by itself; most issuers say nothing about how long. */
	ret->headers[ret->header_count++] = (struct http_header){ STR("Cache-Control"),
		document != NULL && document->cache_control != NULL
		    ? str_from_z(document->cache_control)
		    : STR("public") };
	(void)pthread_mutex_unlock(&peer->lock);
}

struct issuer_peer *
issuer_start(void)
{
	struct issuer_peer *peer = calloc(1, sizeof(*peer));
	struct http_server_config config = {
		.address = "127.0.0.1",
		.io_threads = 1,
		.workers = 4,
		.queue_max = 128,
		.connections_max = 128,
		.body_bytes_max = 65536,
		.arena_bytes = 1048576,
		.idle_timeout_s = 30,
		.handler = answer,
		.worker_create = worker_of,
		.context = peer,
	};

	assert_non_null(peer);
	peer->arena = arena_create(65536);
	assert_int_equal(pthread_mutex_init(&peer->lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&peer->changed, NULL), 0);
	assert_no_fault(http_server_start(peer->arena, &config, &peer->server));
	(void)snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d",
	    (int)http_server_port(peer->server));
	return peer;
}

void
issuer_stop(struct issuer_peer *peer)
{
	if (peer == NULL)
		return;
	issuer_hold(peer, false);
	http_server_stop(peer->server);
	(void)pthread_cond_destroy(&peer->changed);
	(void)pthread_mutex_destroy(&peer->lock);
	arena_destroy(peer->arena);
	free(peer);
}

struct str
issuer_url(const struct issuer_peer *peer)
{
	return str_from_z(peer->url);
}

void
issuer_set(struct issuer_peer *peer, const char *path, int status, struct str body,
    const char *cache_control)
{
	struct document *document;

	(void)pthread_mutex_lock(&peer->lock);
	document = find(peer, str_from_z(path));
	if (document == NULL) {
		assert_true(peer->count < ISSUER_DOCUMENTS_MAX);
		document = &peer->documents[peer->count++];
		document->path = path;
	}
	document->status = status;
	document->body = body;
	document->cache_control = cache_control;
	(void)pthread_mutex_unlock(&peer->lock);
}

void
issuer_hold(struct issuer_peer *peer, bool held)
{
	(void)pthread_mutex_lock(&peer->lock);
	peer->held = held;
	(void)pthread_cond_broadcast(&peer->changed);
	(void)pthread_mutex_unlock(&peer->lock);
}

unsigned
issuer_requests(struct issuer_peer *peer, const char *path)
{
	const struct document *document;
	unsigned requests = 0;

	(void)pthread_mutex_lock(&peer->lock);
	document = path == NULL ? NULL : find(peer, str_from_z(path));
	if (path == NULL)
		requests = peer->requests;
	else if (document != NULL)
		requests = document->requests;
	(void)pthread_mutex_unlock(&peer->lock);
	return requests;
}

void
issuer_await(struct issuer_peer *peer, unsigned count)
{
	struct timespec until;
	unsigned seen;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&peer->lock);
	while (peer->requests < count &&
	       pthread_cond_timedwait(&peer->changed, &peer->lock, &until) == 0)
		;
	seen = peer->requests;
	(void)pthread_mutex_unlock(&peer->lock);
	if (seen < count)
		fail_msg("%u requests were expected, %u have come", count, seen);
}
