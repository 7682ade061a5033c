#include <stdlib.h>

#include "api/api_internal.h"
#include "runtime/random.h"

/* For what opening a session may have to say when it fails. */
#define FAULT_ARENA_BYTES (256u << 10)

#define SCHEMA_ARENA_BYTES (2u << 20)

struct route {
	enum http_method method;
	struct str path;
	api_handler_f handler;
	bool development_only;
};

static const struct route routes[] = {
	{ HTTP_POST, STR("/graphql"), api_graphql, false },
	{ HTTP_GET, STR("/graphql"), api_graphql, false },
	{ HTTP_POST, STR("/webhooks/twilio/voice/answer"), api_voice_answer, false },
	{ HTTP_POST, STR("/webhooks/twilio/voice/choice"), api_voice_choice, false },
	{ HTTP_POST, STR("/webhooks/twilio/voice/eta"), api_voice_eta, false },
	{ HTTP_POST, STR("/webhooks/twilio/voice/status"), api_voice_status, false },
	{ HTTP_GET, STR("/healthz"), api_health, false },
	{ HTTP_GET, STR("/readyz"), api_ready, false },
	{ HTTP_GET, STR("/dev/quiet"), api_quiet, true },
	{ HTTP_GET, STR("/"), api_front_page, false },
};

struct err *
api_reader(struct api_request *request, struct store_session **ret)
{
	struct api_worker *worker = request->worker;

	if (worker->reader == NULL)
		TRY(store_session_open(
		    request->api->config.store, request->arena, STORE_API, &worker->reader));
	*ret = worker->reader;
	return NULL;
}

struct err *
api_worker_session(struct api_request *request, struct store_session **ret)
{
	struct api_worker *worker = request->worker;

	if (worker->worker == NULL)
		TRY(store_session_open(
		    request->api->config.store, request->arena, STORE_WORKER, &worker->worker));
	*ret = worker->worker;
	return NULL;
}

void
api_respond_json(struct api_request *request, int status, struct str json)
{
	request->response->status = status;
	request->response->content_type = STR("application/json; charset=utf-8");
	request->response->body = json;
}

void
api_respond_error(struct api_request *request, int status, const char *code, struct str message)
{
	struct buf buf = buf_in(request->arena, 256 + 6 * message.len);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_name(&writer, STR("error"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("code"), str_from_z(code));
	json_member_text(&writer, STR("message"), message);
	json_end_map(&writer);
	json_end_map(&writer);
	api_respond_json(request, status, buf_view(&buf));
}

/* What the world did to us is for the log; the client gets a reference to it. */
static void
respond_fault(struct api_request *request, const struct err *err)
{
	bool again =
	    err->kind == ERR_UNAVAILABLE || err->kind == ERR_CONFLICT || err->kind == ERR_UNCERTAIN;

	request->outcome = "fault";
	api_respond_error(request, again ? 503 : 500, again ? "UNAVAILABLE" : "INTERNAL",
	    arena_printf(request->arena, "%s; reference %.*s",
		again ? "try again in a moment with the same idempotency key"
		      : "this could not be done",
		STR_ARG(uuid_text(request->arena, request->id))));
}

static void
log_request(struct api_request *request, const struct err *err, int64_t began_us)
{
	struct log *log = request->api->config.log;
	struct log_line line = log_line(log, err == NULL ? LOG_INFO : LOG_ERROR, "request");

	log_text(&line, "method", request->http->method_name);
	log_text(&line, "path", request->http->path);
	log_int(&line, "status", request->response->status);
	log_text(&line, "outcome", str_from_z(request->outcome));
	if (!str_empty(request->note))
		log_text(&line, "note", request->note);
	log_text(&line, "peer", request->http->peer);
	log_uuid(&line, "request", request->id);
	log_int(&line, "took_us", clock_monotonic_us() - began_us);
	if (err != NULL)
		log_fault(&line, err);
	log_emit(&line);
}

/* The route for the request; ${ret_path_known} tells 405 from 404. */
static const struct route *
find_route(const struct api *api, const struct http_request *http, bool *ret_path_known)
{
	enum http_method method = http->method == HTTP_HEAD ? HTTP_GET : http->method;

	*ret_path_known = false;
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (!str_equal(routes[i].path, http->path) ||
		    (routes[i].development_only && !api->development))
			continue;
		*ret_path_known = true;
		if (routes[i].method == method)
			return &routes[i];
	}
	return NULL;
}

/* RFC 9110, section 15.5.6: a 405 says what the path does take. */
static void
respond_wrong_method(struct api_request *request)
{
	struct str path = request->http->path;
	bool get = false, post = false;

	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		bool here = str_equal(routes[i].path, path);

		get = get || (here && routes[i].method == HTTP_GET);
		post = post || (here && routes[i].method == HTTP_POST);
	}
	api_respond_error(
	    request, 405, "METHOD_NOT_ALLOWED", STR("this path does not take this method"));
	request->response->headers[0] =
	    (struct http_header){ STR("Allow"), get && post ? STR("GET, HEAD, POST")
						: get       ? STR("GET, HEAD")
							    : STR("POST") };
	request->response->header_count = 1;
}

static void
handle(
    void *worker, const struct http_request *http, struct arena *arena, struct http_response *ret)
{
	struct api_worker *owner = worker;
	int64_t began_us = clock_monotonic_us();
	struct api_request request = {
		.api = owner->api,
		.worker = owner,
		.arena = arena,
		.http = http,
		.response = ret,
		.now = clock_now(owner->api->config.clock),
		.outcome = "ok",
	};
	const struct route *route;
	struct err *err = NULL;
	bool path_known;

	request.id = random_uuid(request.now);
	route = find_route(owner->api, http, &path_known);
	if (route != NULL)
		err = route->handler(&request);
	else if (path_known)
		respond_wrong_method(&request);
	else
		api_respond_error(&request, 404, "NOT_FOUND", STR("there is nothing here"));
	if (route == NULL)
		request.outcome = "rejected";
	if (err != NULL)
		respond_fault(&request, err);
	log_request(&request, err, began_us);
}

/*
 * Open the sessions before anybody asks: preparing the statements takes some 30 ms,
 * and the first callout of a night should not wait for it.  A store that is away
 * now is tried again by the first request (api_reader()).
 */
static void
open_sessions(struct api_worker *worker)
{
	struct arena *arena = arena_create(FAULT_ARENA_BYTES);
	struct store *store = worker->api->config.store;

	if (store_session_open(store, arena, STORE_API, &worker->reader) != NULL)
		worker->reader = NULL;
	if (store_session_open(store, arena, STORE_WORKER, &worker->worker) != NULL)
		worker->worker = NULL;
	arena_destroy(arena);
}

static void *
create_worker(void *context)
{
	struct api_worker *worker = calloc(1, sizeof(*worker));

	CHECK(worker != NULL);
	worker->api = context;
	open_sessions(worker);
	return worker;
}

static void
destroy_worker(void *context)
{
	struct api_worker *worker = context;

	store_session_close(worker->reader);
	store_session_close(worker->worker);
	free(worker);
}

static struct err *
listen_on(struct api *api, struct arena *arena)
{
	const struct config *settings = api->config.settings;

	return http_server_start(arena,
	    &(struct http_server_config){
		.address = arena_copy_z(arena, settings->address),
		.port = (uint16_t)settings->port,
		.io_threads = (unsigned)settings->io_threads,
		.workers = (unsigned)settings->workers,
		.queue_max = (unsigned)settings->queue_max,
		.connections_max = (unsigned)settings->connections_max,
		.body_bytes_max = (size_t)settings->body_bytes_max,
		.arena_bytes = API_ARENA_BYTES,
		.idle_timeout_s = (unsigned)settings->idle_timeout_s,
		.handler = handle,
		.worker_create = create_worker,
		.worker_destroy = destroy_worker,
		.context = api,
	    },
	    &api->server);
}

struct err *
api_start(struct arena *arena, const struct api_config *config, struct api **ret)
{
	struct api *api = calloc(1, sizeof(*api));
	struct err *err;

	CHECK(api != NULL);
	api->config = *config;
	api->projected = config->projected != NULL ? config->projected : &api->own_projected;
	api->development = config_is_development(config->settings);
	api->schema_arena = arena_create(SCHEMA_ARENA_BYTES);
	err = api_bind_schema(api->schema_arena, schema_file[0].text, &api->schema);
	/* The fault lives in the schema's arena, which goes with the api. */
	if (err != NULL)
		err = ERR(arena, ERR_CORRUPT, "schema.graphql: %.*s", STR_ARG(err->message));
	else
		err = listen_on(api, arena);
	if (err != NULL) {
		api_stop(api);
		return err;
	}
	*ret = api;
	return NULL;
}

uint16_t
api_port(const struct api *api)
{
	return http_server_port(api->server);
}

void
api_stop(struct api *api)
{
	if (api == NULL)
		return;
	http_server_stop(api->server);
	arena_destroy(api->schema_arena);
	free(api);
}
