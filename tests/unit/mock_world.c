#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/twilio_signature.h"
#include "runtime/http_server.h"
#include "unit/mock_world.h"

#define ARENA_BYTES (64u << 20)
#define ROUTES_MAX  16

/* Real time; nothing waits for all of it when the world is right. */
#define PATIENCE_US 20000000

struct arena *world_arena;
struct clock *world_clock;
struct http_client *world_client;

static struct mock *mock;
static struct http_server *server;
static char clock_path[] = "/tmp/strike-mock-clock-XXXXXX";

/* What the webhook server answers and what it got; behind the lock. */
static struct {
	const char *path, *twiml;
	int status;
	bool once, used;
} routes[ROUTES_MAX];
static size_t route_count;
static struct webhook_request requests[WORLD_REQUESTS_MAX];
static size_t request_count;
static struct arena *webhook_arena;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
answer(const struct http_request *request, struct http_response *ret)
{
	for (size_t i = 0; i < route_count; i++) {
		if (routes[i].used || !str_equal(request->path, str_from_z(routes[i].path)))
			continue;
		routes[i].used = routes[i].once;
		http_respond_text(ret, routes[i].status, str_from_z(routes[i].twiml));
		ret->content_type = STR("text/xml");
		return;
	}
	http_respond_text(ret, 204, STR(""));
}

static void
webhook(void *worker, const struct http_request *request, struct arena *memory,
    struct http_response *ret)
{
	struct str tokens[TWILIO_TOKENS] = { STR(WORLD_TOKEN), STR("") };
	struct str host = http_header_find(request->headers, request->header_count, STR("Host"));
	struct str url = arena_printf(memory, "http://%.*s%.*s%s%.*s", STR_ARG(host),
	    STR_ARG(request->path), str_empty(request->query) ? "" : "?", STR_ARG(request->query));
	struct webhook_request *got;

	(void)worker;
	pthread_mutex_lock(&lock);
	if (request_count < WORLD_REQUESTS_MAX) {
		got = &requests[request_count++];
		got->path = arena_copy(webhook_arena, request->path);
		got->form = arena_new(webhook_arena, struct form);
		got->at = clock_now(world_clock);
		got->is_signed = form_parse(webhook_arena, arena_copy(webhook_arena, request->body),
				     got->form) &&
				 twilio_signature_check(memory, tokens, url, got->form,
				     http_header_find(request->headers, request->header_count,
					 STR("X-Twilio-Signature")));
	}
	answer(request, ret);
	pthread_mutex_unlock(&lock);
}

static void
start_webhooks(void)
{
	struct http_server_config config = { .address = "127.0.0.1",
		.io_threads = 1,
		.workers = 2,
		.queue_max = 16,
		.connections_max = 64,
		.body_bytes_max = 65536,
		.arena_bytes = 1u << 20,
		.idle_timeout_s = 10,
		.handler = webhook };

	assert_no_fault(http_server_start(world_arena, &config, &server));
}

void
world_begin(const char *scenario_text)
{
	static const struct mock_account subaccounts[] = { { { WORLD_SUBACCOUNT, 34 },
	    { "", 0 } } };
	static const struct mock_render_client clients[] = {
		{ { "hill-country", 12 }, { "secret-1", 8 } },
		{ { "bayou", 5 }, { "secret-2", 8 } },
	};
	struct mock_config config = { .account = { STR(WORLD_ACCOUNT), STR(WORLD_TOKEN) },
		.subaccounts = subaccounts,
		.subaccount_count = 1,
		.render_clients = clients,
		.render_client_count = 2,
		.memory_bytes = 16u << 20 };
	struct http_client_config client = {
		.allow_http = true, .connections_max = 8, .response_bytes_max = 4u << 20
	};
	struct scenario *scenario;
	struct instant start;
	int fd;

	world_arena = arena_create(ARENA_BYTES);
	webhook_arena = arena_create(4u << 20);
	route_count = request_count = 0;
	scenario = arena_new(world_arena, struct scenario);
	assert_no_fault(scenario_parse(world_arena, str_from_z(scenario_text), scenario));
	assert_true(instant_parse(STR("2026-01-05T02:14:07Z"), &start));
	memcpy(clock_path + sizeof(clock_path) - 7, "XXXXXX", 6);
	fd = mkstemp(clock_path);
	assert_true(fd >= 0);
	close(fd);
	unlink(clock_path);
	assert_no_fault(clock_create_virtual(world_arena, clock_path, start, &world_clock));
	world_client = http_client_create(&client);
	start_webhooks();
	config.clock = world_clock;
	config.scenario = scenario;
	assert_no_fault(mock_start(world_arena, &config, &mock));
}

void
world_end(void)
{
	mock_stop(mock);
	http_server_stop(server);
	http_client_destroy(world_client);
	clock_destroy(world_clock);
	unlink(clock_path);
	arena_destroy(webhook_arena);
	arena_destroy(world_arena);
}

struct str
webhook_url(const char *path)
{
	return arena_printf(world_arena, "http://127.0.0.1:%u%s", http_server_port(server), path);
}

struct str
mock_url(const char *path)
{
	return arena_printf(world_arena, "http://127.0.0.1:%u%s", mock_port(mock), path);
}

static void
add_route(const char *path, const char *twiml, int status, bool once)
{
	pthread_mutex_lock(&lock);
	assert_true(route_count < ROUTES_MAX);
	routes[route_count].path = path;
	routes[route_count].twiml = twiml;
	routes[route_count].once = once;
	routes[route_count].used = false;
	routes[route_count++].status = status;
	pthread_mutex_unlock(&lock);
}

void
webhook_answers(const char *path, const char *twiml)
{
	add_route(path, twiml, 200, false);
}

void
webhook_answers_once(const char *path, const char *text)
{
	add_route(path, text, 200, true);
}

void
webhook_fails(const char *path, int status)
{
	add_route(path, "", status, false);
}

size_t
webhook_count(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = request_count;
	pthread_mutex_unlock(&lock);
	return count;
}

const struct webhook_request *
webhook_at(size_t i)
{
	assert_true(i < webhook_count());
	return &requests[i];
}

struct str
webhook_value(size_t i, const char *name)
{
	return form_find(webhook_at(i)->form, str_from_z(name));
}

struct http_answer
mock_send(const char *method, const char *path, const char *body, struct http_header authorization)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), body[0] == '{' ? STR("application/json")
						      : STR("application/x-www-form-urlencoded") },
		authorization,
	};
	struct http_call call = { .method = method,
		.url = mock_url(path),
		.headers = headers,
		.header_count = str_empty(authorization.name) ? 1 : 2,
		.body = str_from_z(body),
		.timeout = SECONDS(20) };
	struct http_answer result;

	assert_no_fault(http_client_send(world_client, world_arena, &call, &result));
	return result;
}

const struct json *
twilio_send(const char *method, const char *path, const char *body, int status)
{
	/* base64 of WORLD_ACCOUNT, a colon and WORLD_TOKEN */
	struct http_header authorization = { STR("Authorization"),
		STR("Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0aGUtbWFpbi10b2tlbg==") };
	struct http_answer result = mock_send(method, path, body, authorization);
	const struct json *json;
	struct str reason;

	if (result.status != status)
		fail_msg("%s %s: %d %.*s", method, path, result.status, STR_ARG(result.body));
	assert_true(json_parse(world_arena, result.body, &json, &reason));
	return json;
}

static const struct json *
control(const char *path)
{
	struct http_answer result =
	    mock_send("GET", path, "", (struct http_header){ STR(""), STR("") });
	const struct json *json;
	struct str reason;

	assert_int_equal(result.status, 200);
	assert_true(json_parse(world_arena, result.body, &json, &reason));
	return json;
}

/* Ask until the world is quiet; when it is due next, or far in the future. */
static struct instant
settle(void)
{
	int64_t since_us = clock_monotonic_us();
	struct instant due = { INT64_MAX };

	for (;;) {
		struct arena_mark mark = arena_mark(world_arena);
		const struct json *quiet = control("/control/quiet");
		bool done = json_bool_or(quiet, STR("quiet"), false);

		if (done && !instant_parse(json_text_or(quiet, STR("nextDue"), STR("")), &due))
			due.us = INT64_MAX;
		arena_release(world_arena, mark);
		if (done)
			return due;
		if (clock_monotonic_us() - since_us > PATIENCE_US)
			fail_msg("the world does not come to rest");
		usleep(1000);
	}
}

void
world_settle(void)
{
	(void)settle();
}

void
world_run(struct duration by)
{
	struct instant end = instant_plus(clock_now(world_clock), by);

	for (;;) {
		struct instant due = settle();
		struct instant now = clock_now(world_clock);

		if (due.us > end.us) {
			clock_advance(world_clock, instant_since(end, now));
			return;
		}
		clock_advance(world_clock, instant_since(due, now));
	}
}

const struct json *
world_journal(void)
{
	return json_find(control("/control/journal?after=0"), STR("entries"));
}

size_t
journal_count(const char *kind)
{
	const struct json *entries = world_journal();
	size_t count = 0;

	for (size_t i = 0; i < entries->list.count; i++)
		count += str_equal(
		    json_text_or(&entries->list.items[i], STR("kind"), STR("")), str_from_z(kind));
	return count;
}
