#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "runtime/http_server.h"
#include "support/scripted_peer.h"

#define TEXT_BYTES_MAX 8192

struct peer {
	const struct peer_exchange *script;
	size_t count;
	struct arena *arena;
	struct http_server *server;
	char url[64];

	pthread_mutex_t lock;
	pthread_cond_t let_go;
	/* Under the lock. */
	size_t next;
	bool stopping;
	char surprise[TEXT_BYTES_MAX]; /* the first request that was not expected */
	char request[TEXT_BYTES_MAX], authorization[TEXT_BYTES_MAX], body[TEXT_BYTES_MAX];
};

static bool
is_expected(const struct peer *peer)
{
	const struct peer_exchange *exchange = &peer->script[peer->next];
	char bearer[TEXT_BYTES_MAX];

	if (peer->next == peer->count)
		return false;
	if (strncmp(peer->request, exchange->request, strlen(exchange->request)) != 0)
		return false;
	if (exchange->body != NULL && strstr(peer->body, exchange->body) == NULL)
		return false;
	if (exchange->bearer == NULL)
		return true;
	(void)snprintf(bearer, sizeof(bearer), "Bearer %s", exchange->bearer);
	return strcmp(peer->authorization, bearer) == 0;
}

static void
note_request(struct peer *peer, const struct http_request *request)
{
	struct str authorization =
	    http_header_find(request->headers, request->header_count, STR("Authorization"));

	(void)snprintf(peer->request, sizeof(peer->request), "%.*s %.*s%s%.*s",
	    STR_ARG(request->method_name), STR_ARG(request->path),
	    str_empty(request->query) ? "" : "?", STR_ARG(request->query));
	(void)snprintf(
	    peer->authorization, sizeof(peer->authorization), "%.*s", STR_ARG(authorization));
	(void)snprintf(peer->body, sizeof(peer->body), "%.*s", STR_ARG(request->body));
}

static void *
worker_of(void *context)
{
	return context;
}

static void
answer(void *worker, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct peer *peer = worker;
	const struct peer_exchange *exchange;

	(void)arena;
	(void)pthread_mutex_lock(&peer->lock);
	note_request(peer, request);
	if (!is_expected(peer)) {
		if (peer->surprise[0] == '\0')
			(void)snprintf(peer->surprise, sizeof(peer->surprise),
			    "request %zu: %.3000s, %.1000s, %.3000s", peer->next + 1, peer->request,
			    peer->authorization, peer->body);
		http_respond_text(ret, 500, STR("not expected"));
		(void)pthread_mutex_unlock(&peer->lock);
		return;
	}
	exchange = &peer->script[peer->next++];
	while (exchange->silent && !peer->stopping)
		(void)pthread_cond_wait(&peer->let_go, &peer->lock);
	(void)pthread_mutex_unlock(&peer->lock);
	ret->status = exchange->status;
	ret->content_type = exchange->content_type == NULL ? STR("application/json")
							   : str_from_z(exchange->content_type);
	ret->body = str_from_z(exchange->answer);
	if (exchange->retry_after != NULL)
		ret->headers[ret->header_count++] =
		    (struct http_header){ STR("Retry-After"), str_from_z(exchange->retry_after) };
	if (exchange->location != NULL)
		ret->headers[ret->header_count++] =
		    (struct http_header){ STR("Location"), str_from_z(exchange->location) };
}

struct peer *
peer_start(const struct peer_exchange *script, size_t count)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct http_server_config config = {
		.address = "127.0.0.1",
		.io_threads = 1,
		.workers = 2,
		.queue_max = 16,
		.connections_max = 64,
		.body_bytes_max = 65536,
		.arena_bytes = 1048576,
		.idle_timeout_s = 30,
		.handler = answer,
		.worker_create = worker_of,
		.context = peer,
	};

	assert_non_null(peer);
	peer->script = script;
	peer->count = count;
	peer->arena = arena_create(65536);
	assert_int_equal(pthread_mutex_init(&peer->lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&peer->let_go, NULL), 0);
	assert_no_fault(http_server_start(peer->arena, &config, &peer->server));
	(void)snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d",
	    (int)http_server_port(peer->server));
	return peer;
}

struct str
peer_url(const struct peer *peer)
{
	return str_from_z(peer->url);
}

const char *
peer_last_request(const struct peer *peer)
{
	return peer->request;
}

const char *
peer_last_authorization(const struct peer *peer)
{
	return peer->authorization;
}

const char *
peer_last_body(const struct peer *peer)
{
	return peer->body;
}

void
peer_stop(struct peer *peer)
{
	char surprise[TEXT_BYTES_MAX];
	size_t missing;

	assert_int_equal(pthread_mutex_lock(&peer->lock), 0);
	peer->stopping = true;
	(void)pthread_cond_broadcast(&peer->let_go);
	(void)pthread_mutex_unlock(&peer->lock);
	http_server_stop(peer->server);
	missing = peer->count - peer->next;
	memcpy(surprise, peer->surprise, sizeof(surprise));
	(void)pthread_cond_destroy(&peer->let_go);
	(void)pthread_mutex_destroy(&peer->lock);
	arena_destroy(peer->arena);
	free(peer);
	if (surprise[0] != '\0')
		fail_msg("the provider did not expect %s", surprise);
	if (missing > 0)
		fail_msg("%zu expected requests never came", missing);
}
