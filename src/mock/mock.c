#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mock/world.h"

#define IO_THREADS         1
#define WORKERS            4
#define QUEUE_MAX          1024
#define CONNECTIONS_MAX    1024
#define BODY_BYTES_MAX     (256u << 10)
#define WORKER_ARENA_BYTES (16u << 20)
#define IDLE_TIMEOUT_S     60

struct mock {
	struct mock_config config; /* a copy: the world points to it */
	struct world *world;
	struct http_server *server;
};

/* Which part of the world a path belongs to. */
static void
serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	if (str_starts_with(request->path, STR("/2010-04-01/")))
		mock_twilio_serve(world, request, arena, ret);
	else if (str_equal(request->path, STR("/oauth/token")) ||
		 str_starts_with(request->path, STR("/v1/")))
		mock_render_serve(world, request, arena, ret);
	else if (str_starts_with(request->path, STR("/control/")))
		mock_control_serve(world, request, arena, ret);
	else
		http_respond_text(ret, 404, STR("Nothing of this world lives here.\n"));
}

/* Let ${length} of real time pass. */
static void
dawdle(struct world *world, struct duration length)
{
	struct alarm *alarm = alarm_create(world->clock);

	alarm_wait(alarm, (struct instant){ INT64_MAX }, length);
	alarm_destroy(alarm);
}

/* The connection breaks: what was sent may be lost, and no more comes. */
static void
break_off(void *context, int fd, struct str early)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)context;
	(void)early;
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(fd);
}

static void
handle(void *worker, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct world *world = worker;
	struct log_line line;
	struct fate fate;

	world_lock(world);
	world->fate = (struct fate){ .breaks = false };
	serve(world, request, arena, ret);
	fate = world->fate;
	world_unlock(world);
	if (fate.later.us > 0)
		dawdle(world, fate.later);
	if (fate.breaks)
		*ret = (struct http_response){ .status = 200, .take = break_off };
	if (world->log == NULL)
		return;
	line = log_line(world->log, LOG_DEBUG, "mock");
	log_text(&line, "method", request->method_name);
	log_text(&line, "path", request->path);
	log_int(&line, "status", ret->status);
	log_emit(&line);
}

static void *
give_world(void *context)
{
	return context;
}

struct err *
mock_start(struct arena *arena, const struct mock_config *config, struct mock **ret)
{
	struct mock *mock = calloc(1, sizeof(*mock));
	struct http_server_config server = {
		.address = config->address == NULL ? "127.0.0.1" : config->address,
		.port = config->port,
		.io_threads = IO_THREADS,
		.workers = WORKERS,
		.queue_max = QUEUE_MAX,
		.connections_max = CONNECTIONS_MAX,
		.body_bytes_max = BODY_BYTES_MAX,
		.arena_bytes = WORKER_ARENA_BYTES,
		.idle_timeout_s = IDLE_TIMEOUT_S,
		.handler = handle,
		.worker_create = give_world,
	};
	struct err *fault;

	CHECK(mock != NULL);
	CHECK(config->subaccount_count <= MOCK_SUBACCOUNTS_MAX);
	CHECK(config->render_client_count <= MOCK_RENDER_CLIENTS_MAX);
	mock->config = *config;
	mock->world = world_create(&mock->config);
	server.context = mock->world;
	fault = http_server_start(arena, &server, &mock->server);
	if (fault != NULL) {
		world_destroy(mock->world);
		free(mock);
		return ERR_WRAP(arena, fault, "the mock world cannot be served");
	}
	*ret = mock;
	return NULL;
}

uint16_t
mock_port(const struct mock *mock)
{
	return http_server_port(mock->server);
}

void
mock_stop(struct mock *mock)
{
	if (mock == NULL)
		return;
	http_server_stop(mock->server);
	world_destroy(mock->world);
	free(mock);
}
