#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/http_exchange.h"

/* How long a stop waits for clients to take their answers. */
#define STOP_SECONDS_MAX 5

struct http_server {
	struct http_server_config config;
	struct MHD_Daemon *daemon;
	uint16_t port;
	int stand_in;
	pthread_t *workers;

	pthread_mutex_t lock;
	pthread_cond_t queued; /* something to do, or stopping */
	pthread_cond_t idle;   /* nothing is unanswered */
	/* Under the lock. */
	struct http_exchange *first, *last;
	unsigned waiting;    /* in the queue */
	unsigned unanswered; /* queued, and not yet taken by the client */
	bool stopping;
};

size_t
http_server_body_bytes_max(const struct http_server *server)
{
	return server->config.body_bytes_max;
}

const struct http_header *
http_server_headers(const struct http_server *server, size_t *ret_count)
{
	*ret_count = server->config.header_count;
	return server->config.headers;
}

uint16_t
http_server_port(const struct http_server *server)
{
	return server->port;
}

int
http_server_stand_in(const struct http_server *server)
{
	return server->stand_in;
}

void
http_respond_text(struct http_response *ret, int status, struct str text)
{
	ret->status = status;
	ret->content_type = STR("text/plain; charset=utf-8");
	ret->body = text;
}

/* -- the queue -- */

bool
http_server_queue(struct http_server *server, struct http_exchange *exchange)
{
	bool room;

	(void)pthread_mutex_lock(&server->lock);
	room = !server->stopping && server->waiting < server->config.queue_max;
	if (room) {
		/* Before a worker can see it: it resumes only what is suspended. */
		MHD_suspend_connection(exchange->connection);
		exchange->counted = true;
		if (server->last == NULL)
			server->first = exchange;
		else
			server->last->next = exchange;
		server->last = exchange;
		server->waiting++;
		server->unanswered++;
		(void)pthread_cond_signal(&server->queued);
	}
	(void)pthread_mutex_unlock(&server->lock);
	return room;
}

/* The next exchange, or NULL when the server stops and the queue is empty. */
static struct http_exchange *
take(struct http_server *server)
{
	struct http_exchange *exchange;

	(void)pthread_mutex_lock(&server->lock);
	while (server->first == NULL && !server->stopping)
		(void)pthread_cond_wait(&server->queued, &server->lock);
	exchange = server->first;
	if (exchange != NULL) {
		server->first = exchange->next;
		if (server->first == NULL)
			server->last = NULL;
		server->waiting--;
	}
	(void)pthread_mutex_unlock(&server->lock);
	return exchange;
}

void
http_server_forget(struct http_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	if (--server->unanswered == 0)
		(void)pthread_cond_signal(&server->idle);
	(void)pthread_mutex_unlock(&server->lock);
}

/* -- the workers -- */

static void *
work(void *context)
{
	struct http_server *server = context;
	const struct http_server_config *config = &server->config;
	struct arena *arena = arena_create(config->arena_bytes);
	void *worker =
	    config->worker_create == NULL ? NULL : config->worker_create(config->context);

	for (struct http_exchange *exchange; (exchange = take(server)) != NULL;) {
		struct http_response response = { 0 };

		config->handler(worker, &exchange->request, arena, &response);
		http_exchange_answer(exchange, &response, arena);
		arena_reset(arena);
		/* From here on the exchange is libmicrohttpd's, and may be gone. */
		MHD_resume_connection(exchange->connection);
	}
	if (config->worker_destroy != NULL)
		config->worker_destroy(worker);
	arena_destroy(arena);
	return NULL;
}

static void
start_workers(struct http_server *server)
{
	server->workers = calloc(server->config.workers, sizeof(*server->workers));
	CHECK(server->workers != NULL);
	for (unsigned i = 0; i < server->config.workers; i++)
		CHECK(pthread_create(&server->workers[i], NULL, work, server) == 0);
}

static void
stop_workers(struct http_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	server->stopping = true;
	(void)pthread_cond_broadcast(&server->queued);
	(void)pthread_mutex_unlock(&server->lock);
	for (unsigned i = 0; i < server->config.workers; i++)
		(void)pthread_join(server->workers[i], NULL);
	free(server->workers);
}

/* -- the socket -- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
parse_address(const struct http_server_config *config, union address *ret, socklen_t *ret_length)
{
	*ret = (union address){ 0 };
	if (inet_pton(AF_INET, config->address, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(config->port);
		*ret_length = sizeof(ret->v4);
		return true;
	}
	*ret = (union address){ 0 };
	if (inet_pton(AF_INET6, config->address, &ret->v6.sin6_addr) != 1)
		return false;
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(config->port);
	*ret_length = sizeof(ret->v6);
	return true;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* A listening socket of our own, so that "the port is taken" can be told from other failures. */
static struct err *
listen_on(
    struct arena *arena, const struct http_server_config *config, int *ret_fd, uint16_t *ret_port)
{
	union address address;
	socklen_t length;
	int fd CLEANUP(close_fd) = -1;
	int on = 1;

	if (!parse_address(config, &address, &length))
		return ERR(arena, ERR_CORRUPT, "the address \"%s\" is no IPv4 or IPv6 address",
		    config->address);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR(arena, ERR_UNAVAILABLE, "make a socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &address.any, length) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, &address.any, &length) != 0)
		return ERR(arena, ERR_UNAVAILABLE, "listen on %s port %u: %s", config->address,
		    (unsigned)config->port, strerror(errno));
	*ret_port =
	    ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
	*ret_fd = fd;
	fd = -1;
	return NULL;
}

static struct MHD_Daemon *
start_daemon(struct http_server *server, int fd)
{
	const struct http_server_config *config = &server->config;
	unsigned pool = config->io_threads > 1 ? config->io_threads : 0;

	return MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE, 0, NULL,
	    NULL, http_exchange_on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, http_exchange_on_target,
	    server, MHD_OPTION_NOTIFY_CONNECTION, http_exchange_on_connection, server,
	    MHD_OPTION_NOTIFY_COMPLETED, http_exchange_on_completed, server,
	    MHD_OPTION_CONNECTION_LIMIT, config->connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
	    config->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)HTTP_SERVER_HEADER_BYTES_MAX, MHD_OPTION_THREAD_POOL_SIZE, pool,
	    MHD_OPTION_END);
}

static void
destroy(struct http_server *server)
{
	(void)pthread_cond_destroy(&server->idle);
	(void)pthread_cond_destroy(&server->queued);
	(void)pthread_mutex_destroy(&server->lock);
	close_fd(&server->stand_in);
	free(server);
}

/* One end of a pair whose other end is closed. */
static int
make_stand_in(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -1;
	(void)close(pair[1]);
	return pair[0];
}

struct err *
http_server_start(
    struct arena *arena, const struct http_server_config *config, struct http_server **ret)
{
	struct http_server *server;
	uint16_t port = 0;
	int fd = -1;

	CHECK(config->handler != NULL && config->workers > 0 && config->io_threads > 0);
	CHECK(config->connections_max >= config->io_threads);
	TRY(listen_on(arena, config, &fd, &port));
	server = calloc(1, sizeof(*server));
	CHECK(server != NULL);
	server->config = *config;
	server->port = port;
	CHECK(pthread_mutex_init(&server->lock, NULL) == 0);
	CHECK(pthread_cond_init(&server->queued, NULL) == 0);
	CHECK(pthread_cond_init(&server->idle, NULL) == 0);
	server->stand_in = make_stand_in();
	server->daemon = server->stand_in < 0 ? NULL : start_daemon(server, fd);
	if (server->daemon == NULL) {
		destroy(server);
		(void)close(fd);
		return ERR(arena, ERR_UNAVAILABLE, "start the HTTP server: %s", strerror(errno));
	}
	start_workers(server);
	*ret = server;
	return NULL;
}

/* Give clients a moment to take the answers that are made. */
static void
await_idle(struct http_server *server)
{
	int64_t until_us = clock_monotonic_us() + STOP_SECONDS_MAX * INT64_C(1000000);
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
	int late = 0;

	(void)pthread_mutex_lock(&server->lock);
	while (server->unanswered > 0 && late == 0)
		late =
		    pthread_cond_clockwait(&server->idle, &server->lock, CLOCK_MONOTONIC, &until);
	(void)pthread_mutex_unlock(&server->lock);
}

void
http_server_stop(struct http_server *server)
{
	int fd;

	if (server == NULL)
		return;
	fd = MHD_quiesce_daemon(server->daemon);
	/* New clients are refused from now on; closing has to wait until no thread polls it. */
	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
	stop_workers(server);
	await_idle(server);
	MHD_stop_daemon(server->daemon);
	if (fd >= 0)
		(void)close(fd);
	destroy(server);
}
