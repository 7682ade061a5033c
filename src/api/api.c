#include <stdlib.h>

#include "api/gate.h"
#include "api/graphql_documents.h"
#include "api/graphql_door.h"
#include "api/live.h"
#include "api/live_peer.h"
#include "runtime/http_compress.h"
#include "runtime/metrics.h"
#include "runtime/random.h"

/* For what opening a session may have to say when it fails. */
#define FAULT_ARENA_BYTES (256u << 10)

#define SCHEMA_ARENA_BYTES (2u << 20)

/* Buckets of those who ask often; 1 MiB. */
#define LIMIT_ENTRIES 65536

/* What kind of asker a route is for. */
enum route_kind {
	ROUTE_OPEN,    /* people, programs, and whoever has not said yet */
	ROUTE_WEBHOOK, /* providers */
	ROUTE_HEALTH,  /* the platform, which asks without end and must be answered */
	ROUTE_DEVELOPMENT,
};

struct route {
	enum http_method method;
	struct str path;
	api_handler_f handler;
	enum route_kind kind;
};

static const struct route routes[] = {
	{ HTTP_POST, STR("/graphql"), api_graphql, ROUTE_OPEN },
	{ HTTP_GET, STR("/graphql"), api_graphql, ROUTE_OPEN },
	{ HTTP_POST, STR("/session"), api_session_begin, ROUTE_OPEN },
	{ HTTP_GET, STR("/session"), api_session_show, ROUTE_OPEN },
	{ HTTP_DELETE, STR("/session"), api_session_end, ROUTE_OPEN },
	{ HTTP_POST, STR("/webhooks/twilio/voice/answer"), api_voice_answer, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/choice"), api_voice_choice, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/eta"), api_voice_eta, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/status"), api_voice_status, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/fallback"), api_voice_fallback, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/pin"), api_voice_pin, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/arrival"), api_voice_arrival, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/voice/in"), api_voice_in, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/text"), api_text_in, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/twilio/text/status"), api_text_status, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/answer"), api_voice_answer, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/choice"), api_voice_choice, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/eta"), api_voice_eta, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/status"), api_voice_status, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/fallback"), api_voice_fallback, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/pin"), api_voice_pin, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/arrival"), api_voice_arrival, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/voice/in"), api_voice_in, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/text"), api_text_in, ROUTE_WEBHOOK },
	{ HTTP_POST, STR("/webhooks/gateway/text/status"), api_text_status, ROUTE_WEBHOOK },
	{ HTTP_GET, STR("/healthz"), api_health, ROUTE_HEALTH },
	{ HTTP_GET, STR("/readyz"), api_ready, ROUTE_OPEN },
	{ HTTP_GET, STR("/metrics"), api_metrics, ROUTE_HEALTH },
	{ HTTP_GET, STR("/dev/quiet"), api_quiet, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/"), api_front_page, ROUTE_OPEN },
	{ HTTP_GET, STR("/graphiql"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/page.js"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/page.css"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/graphiql.min.js"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/graphiql.min.css"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/graphql-ws.min.js"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/react.production.min.js"), api_graphiql, ROUTE_DEVELOPMENT },
	{ HTTP_GET, STR("/graphiql/react-dom.production.min.js"), api_graphiql, ROUTE_DEVELOPMENT },
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
api_add_header(struct api_request *request, struct str name, struct str value)
{
	struct http_response *response = request->response;

	CHECK(response->header_count < COUNT_OF(response->headers));
	response->headers[response->header_count++] = (struct http_header){ name, value };
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
	/* Of the answer that there would have been. */
	request->response->header_count = 0;
	request->response->compressible = false;
	if (again)
		api_add_header(request, STR("Retry-After"), STR("1"));
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
	log_text(&line, "address", request->address);
	if (!uuid_is_nil(request->user))
		log_uuid(&line, "user", request->user);
	if (!uuid_is_nil(request->organisation))
		log_uuid(&line, "organisation", request->organisation);
	if (!str_empty(request->via))
		log_text(&line, "via", request->via);
	log_uuid(&line, "request", request->id);
	log_int(&line, "took_us", clock_monotonic_us() - began_us);
	metrics_count(METRIC_HTTP_REQUESTS, str_from_z(request->outcome), STR(""));
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
		    (routes[i].kind == ROUTE_DEVELOPMENT && !api->development))
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
	static const struct {
		enum http_method method;
		struct str words;
	} methods[] = {
		{ HTTP_GET, { "GET, HEAD", 9 } },
		{ HTTP_POST, { "POST", 4 } },
		{ HTTP_DELETE, { "DELETE", 6 } },
	};
	struct buf allow = buf_in(request->arena, 64);

	for (size_t m = 0; m < COUNT_OF(methods); m++) {
		for (size_t i = 0; i < COUNT_OF(routes); i++) {
			if (routes[i].method == methods[m].method &&
			    str_equal(routes[i].path, request->http->path))
				buf_printf(&allow, "%s%.*s", allow.len > 0 ? ", " : "",
				    STR_ARG(methods[m].words));
		}
	}
	api_respond_error(
	    request, 405, "METHOD_NOT_ALLOWED", STR("this path does not take this method"));
	api_add_header(request, STR("Allow"), buf_view(&allow));
}

/* Where the request came from. */
static void
find_client(struct api_request *request)
{
	const struct http_request *http = request->http;
	struct address peer;

	if (!address_parse(http->peer, &peer))
		peer = (struct address){ { 0 } };
	request->client =
	    address_of_client(peer, &request->api->proxies, http->headers, http->header_count);
	request->address = address_text(request->arena, request->client);
}

static struct err *
answer(struct api_request *request)
{
	bool path_known;
	const struct route *route = find_route(request->api, request->http, &path_known);
	enum route_kind kind = route == NULL ? ROUTE_OPEN : route->kind;
	bool counted = kind == ROUTE_OPEN || kind == ROUTE_WEBHOOK, webhook = kind == ROUTE_WEBHOOK;
	struct err *err = NULL;

	if (counted && !limits_admit_address(request, webhook))
		return NULL;
	if (route != NULL) {
		err = route->handler(request);
		if (webhook)
			metrics_count(METRIC_WEBHOOKS,
			    err != NULL                       ? STR("fault")
			    : request->response->status < 400 ? STR("accepted")
							      : STR("refused"),
			    STR(""));
	} else {
		request->outcome = "rejected";
		if (path_known)
			respond_wrong_method(request);
		else
			api_respond_error(request, 404, "NOT_FOUND", STR("there is nothing here"));
	}
	if (counted && (request->response->status == 401 || request->response->status == 403))
		limits_charge_failure(request, webhook);
	return err;
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
	struct err *err;

	request.id = random_uuid(request.now);
	find_client(&request);
	err = answer(&request);
	if (err != NULL)
		respond_fault(&request, err);
	http_compress(http, arena, ret);
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
		.headers = api->headers,
		.header_count = api->header_count,
		.worker_create = create_worker,
		.worker_destroy = destroy_worker,
		.context = api,
	    },
	    &api->server);
}

/* What follows from the settings, and does not change. */
static struct err *
prepare(struct api *api, struct arena *arena)
{
	const struct config *settings = api->config.settings;
	uint8_t secret[16];
	struct str word;

	api->development = config_is_development(settings);
	api->is_https = !api->development || str_starts_with(api->config.public_url, STR("https:"));
	if (!address_ranges_parse(settings->trusted_proxies, &api->proxies, &word))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "trusted_proxies: \"%.*s\" is no address or range",
			STR_ARG(word)),
		    STR(""),
		    STR("At most 64, separated by commas: 10.0.0.0/8, 2001:db8::/32, 127.0.0.1"));
	if (!address_ranges_parse(settings->metrics_from, &api->metrics_from, &word))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "metrics_from: \"%.*s\" is no address or range",
			STR_ARG(word)),
		    STR(""), STR("At most 64, separated by commas: 127.0.0.0/8, ::1, 10.1.2.3"));
	store_limit_statements(api->config.store, MILLISECONDS(settings->graphql_time_ms));
	random_bytes(secret, sizeof(secret));
	api->limits = rate_limit_create(LIMIT_ENTRIES, secret);
	api_make_headers(api);
	return NULL;
}

static struct err *
bind_schema(struct api *api, struct arena *arena)
{
	struct err *err;

	api->schema_arena = arena_create(SCHEMA_ARENA_BYTES);
	err = api_bind_schema(api->schema_arena, schema_file[0].text, &api->schema);
	/* The fault lives in the schema's arena, which goes with the api. */
	return err == NULL ? NULL
			   : ERR(arena, ERR_CORRUPT, "schema.graphql: %.*s", STR_ARG(err->message));
}

static void
keep_documents(struct api *api)
{
	const struct config *settings = api->config.settings;

	api->documents = graphql_documents_create(&(struct graphql_documents_config){
	    .schema = api->schema,
	    .limits = graphql_door_limits(api),
	    .count_max = (size_t)settings->graphql_documents_max,
	    .bytes_max = (size_t)settings->graphql_documents_bytes_max,
	});
}

static struct err *
begin_live(struct api *api, struct arena *arena)
{
	const struct config *settings = api->config.settings;

	return live_start(arena,
	    &(struct live_config){
		.api = api,
		.threads = (unsigned)settings->live_threads,
		.listeners_max = (size_t)settings->live_listeners_max,
		.recheck_s = LIVE_RECHECK_S,
		.behind_max = LIVE_BEHIND_MAX,
	    },
	    &api->live);
}

struct err *
api_start(struct arena *arena, const struct api_config *config, struct api **ret)
{
	struct api *api = calloc(1, sizeof(*api));
	struct err *err;

	CHECK(api != NULL);
	api->config = *config;
	api->projected = config->projected != NULL ? config->projected : &api->own_projected;
	err = prepare(api, arena);
	if (err == NULL)
		err = bind_schema(api, arena);
	if (err == NULL)
		keep_documents(api);
	if (err == NULL)
		err = begin_live(api, arena);
	if (err == NULL)
		err = live_peer_start(arena, api);
	if (err == NULL)
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
	live_stop(api->live);
	http_server_stop(api->server);
	hub_stop(api->hub);
	live_free(api->live);
	graphql_documents_destroy(api->documents);
	rate_limit_destroy(api->limits);
	arena_destroy(api->schema_arena);
	free(api);
}
