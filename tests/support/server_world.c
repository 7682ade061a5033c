#include "support/server_world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bin/development.h"
#include "bin/seed.h"
#include "integration/render/render.h"
#include "integration/twilio/twilio.h"
#include "runtime/futex.h"
#include "runtime/random.h"
#include "support/unit.h"

#define WORLD_ARENA_BYTES (64u << 20)
#define START             "2026-01-05T02:14:00Z"
#define SETTLE_LOOKS_MAX  20000

/* The settings as a real server would read them, with this world's addresses. */
static void
load_settings(struct server_world *world, uint16_t port, const struct server_world_options *options)
{
	struct arena *arena = world->arena;
	/* Plain http is refused in production, and nothing listens here. */
	struct str providers = options->production ? STR("https://127.0.0.1:1") : world->mock_url;
	const char *previous = options->previous_token == NULL ? "" : options->previous_token;
	struct str settings[] = {
		arena_printf(arena, "STRIKE_ENVIRONMENT=%s",
		    options->production ? "production" : "development"),
		arena_printf(arena, "STRIKE_PORT=%u", port),
		arena_printf(arena, "STRIKE_TWILIO_API_URL=%.*s", STR_ARG(providers)),
		arena_printf(arena, "STRIKE_RENDER_API_URL=%.*s", STR_ARG(providers)),
		arena_printf(arena, "STRIKE_TWILIO_AUTH_TOKEN_PREVIOUS=%s", previous),
		STR("STRIKE_TWILIO_ACCOUNT_SID=" DEVELOPMENT_ACCOUNT_SID),
		STR("STRIKE_TWILIO_FROM=+15125550999"),
		STR("STRIKE_TWILIO_AUTH_TOKEN=" DEVELOPMENT_AUTH_TOKEN),
		STR("STRIKE_WORKERS=3"),
		/* All tests come from one address, as a few users. */
		STR("STRIKE_LIMIT_ADDRESS_PER_MIN=0"),
		STR("STRIKE_LIMIT_USER_PER_MIN=0"),
		STR("STRIKE_LIMIT_ORGANISATION_PER_MIN=0"),
		STR("STRIKE_LIMIT_WEBHOOK_PER_MIN=0"),
		STR("STRIKE_VAULT_KEY=" SERVER_WORLD_VAULT_KEY),
	};
	char *environment[COUNT_OF(settings) + 1] = { NULL };

	for (size_t i = 0; i < COUNT_OF(settings); i++)
		environment[i] = arena_copy_z(arena, settings[i]);
	assert_no_fault(config_load(arena, NULL, environment, &world->settings));
	/* Secrets that data refers to are looked up in the process's own environment. */
	setenv("STRIKE_SECRET_RENDER_HILL_COUNTRY", DEVELOPMENT_RENDER_HILL_COUNTRY, 1);
	setenv("STRIKE_SECRET_RENDER_BAYOU", DEVELOPMENT_RENDER_BAYOU, 1);
}

static void
begin_clock(struct server_world *world)
{
	struct str path = arena_printf(world->arena, "%s/clock", world->folder);
	struct instant start;

	assert_true(instant_parse(STR(START), &start));
	/* What is settled before the night takes a moment. */
	if (world->scenario->begins_set)
		start = instant_plus(world->scenario->begins, (struct duration){ -MINUTES(1).us });
	assert_no_fault(clock_create_virtual(world->arena, path.ptr, start, &world->clock));
}

static void
begin_mock(struct server_world *world)
{
	static const struct mock_render_client clients[] = {
		{ STR("hill-country"), STR(DEVELOPMENT_RENDER_HILL_COUNTRY) },
		{ STR("bayou"), STR(DEVELOPMENT_RENDER_BAYOU) },
	};

	assert_no_fault(mock_start(world->arena,
	    &(struct mock_config){
		.clock = world->clock,
		.scenario = world->scenario,
		.account = { STR(DEVELOPMENT_ACCOUNT_SID), STR(DEVELOPMENT_AUTH_TOKEN) },
		.render_clients = clients,
		.render_client_count = COUNT_OF(clients),
	    },
	    &world->mock));
	world->mock_url = arena_printf(world->arena, "http://127.0.0.1:%u", mock_port(world->mock));
}

static void
begin_providers(struct server_world *world)
{
	world->client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = 32, .response_bytes_max = 4u << 20 });
	world->telephony = twilio_create(&(struct twilio_config){
	    .client = world->client,
	    .api_url = world->settings.twilio_api_url,
	    .account_sid = world->settings.twilio_account_sid,
	    .auth_token = world->settings.twilio_auth_token,
	    .timeout = SECONDS(20),
	});
	world->fieldwork = render_create(&(struct render_config){
	    .client = world->client,
	    .settings = &world->settings,
	    .default_url = world->settings.render_api_url,
	    .timeout = SECONDS(20),
	    .clock = world->clock,
	    .rules = render_gate_rules_of(&world->settings),
	});
}

static void
wake_waiting(void *context, struct str projection, const struct projection_events *events)
{
	struct server_world *world = context;

	(void)projection;
	(void)events;
	futex_bump(&world->projected);
}

void
server_world_rest(struct server_world *world)
{
	process_stop(world->process);
	world->process = NULL;
}

void
server_world_work(struct server_world *world)
{
	assert_no_fault(process_start(world->arena,
	    &(struct process_config){
		.store = world->store,
		.vault = &world->vault,
		.clock = world->clock,
		.telephony = world->telephony,
		.fieldwork = world->fieldwork,
		.log = world->log,
		.session_idle_s = world->settings.session_idle_s,
		.watchdog_s = world->settings.watchdog_s,
		.watchdog_late_s = world->settings.watchdog_late_s,
		.deadman_url = world->settings.deadman_url,
		.client = world->client,
		.public_url = world->server_url,
		.code_from = world->settings.twilio_from,
		.timer_threads = 1,
		.paging_threads = 2,
		.field_threads = 1,
		.projected = wake_waiting,
		.projected_context = world,
		.policy_threads = 2,
		.board_threads = 1,
	    },
	    &world->process));
}

static void
begin_server(struct server_world *world)
{
	assert_no_fault(vault_init(
	    world->arena, secret_reveal(world->settings.vault_key), random_bytes, &world->vault));
	assert_no_fault(seed_plant(world->store, world->arena, &world->vault));
	server_world_work(world);
	assert_no_fault(api_start(world->arena,
	    &(struct api_config){
		.store = world->store,
		.vault = &world->vault,
		.clock = world->clock,
		.log = world->log,
		.settings = &world->settings,
		.public_url = world->server_url,
		.projected = &world->projected,
		.identity = world->identity,
	    },
	    &world->api));
}

void
server_world_begin(struct server_world *world, struct store *store, const char *scenario_text)
{
	server_world_begin_as(
	    world, store, scenario_text, &(struct server_world_options){ .production = false });
}

void
server_world_begin_as(struct server_world *world, struct store *store, const char *scenario_text,
    const struct server_world_options *options)
{
	uint16_t port;

	*world = (struct server_world){ .store = store };
	world->arena = arena_create(WORLD_ARENA_BYTES);
	strcpy(world->folder, "/tmp/strike-world-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	world->log_fd = open(arena_printf(world->arena, "%s/log", world->folder).ptr,
	    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(world->log_fd >= 0);
	world->log = log_create(world->log_fd, LOG_LOGFMT, LOG_DEBUG);
	world->scenario = arena_new(world->arena, struct scenario);
	assert_no_fault(scenario_parse(world->arena, str_from_z(scenario_text), world->scenario));
	begin_clock(world);
	begin_mock(world);
	assert_no_fault(development_find_port(world->arena, 0, &port));
	world->server_url = arena_printf(world->arena, "http://127.0.0.1:%u", port);
	load_settings(world, port, options);
	begin_providers(world);
	if (options->adjust != NULL)
		options->adjust(world);
	begin_server(world);
}

static void
show(const struct server_world *world)
{
	char line[4096];
	ssize_t n;

	(void)lseek(world->log_fd, 0, SEEK_SET);
	while ((n = read(world->log_fd, line, sizeof(line))) > 0)
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

void
server_world_end(struct server_world *world, bool show_log)
{
	api_stop(world->api);
	process_stop(world->process);
	fieldwork_destroy(world->fieldwork);
	telephony_destroy(world->telephony);
	http_client_destroy(world->client);
	mock_stop(world->mock);
	store_close(world->store);
	if (show_log)
		show(world);
	log_destroy(world->log);
	close(world->log_fd);
	clock_destroy(world->clock);
	unlink(arena_printf(world->arena, "%s/log", world->folder).ptr);
	unlink(arena_printf(world->arena, "%s/clock", world->folder).ptr);
	rmdir(world->folder);
	arena_destroy(world->arena);
}

struct err *
server_world_play(struct server_world *world, struct play_result *ret)
{
	return play(world->arena,
	    &(struct play_config){
		.scenario = world->scenario,
		.clock = world->clock,
		.server_url = world->server_url,
		.mock_url = world->mock_url,
		.fd = getenv("STRIKE_TEST_VERBOSE") != NULL ? STDERR_FILENO : -1,
	    },
	    ret);
}

static const struct json *
send(struct server_world *world, const struct http_call *call, int status)
{
	struct http_answer *answer = arena_new(world->arena, struct http_answer);
	const struct json *body;
	struct str reason;

	assert_non_null(answer);
	assert_no_fault(http_client_send(world->client, world->arena, call, answer));
	if (answer->status != status)
		fail_msg(
		    "expected %d, got %d: %.*s", status, answer->status, STR_ARG(answer->body));
	if (!json_parse(world->arena, answer->body, &body, &reason))
		fail_msg("no JSON: %.*s", STR_ARG(answer->body));
	return body;
}

const struct json *
server_world_ask(struct server_world *world, const char *identity, const char *body, int status)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), str_from_z(identity) },
	};

	return send(world,
	    &(struct http_call){
		.method = "POST",
		.url = arena_printf(world->arena, "%.*s/graphql", STR_ARG(world->server_url)),
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.body = str_from_z(body),
		.timeout = SECONDS(20),
	    },
	    status);
}

static bool
is_quiet(struct server_world *world)
{
	const struct json *server = send(world,
	    &(struct http_call){
		.method = "GET",
		.url = arena_printf(world->arena, "%.*s/dev/quiet", STR_ARG(world->server_url)),
		.timeout = SECONDS(20),
	    },
	    200);
	const struct json *mock = send(world,
	    &(struct http_call){
		.method = "GET",
		.url = arena_printf(world->arena, "%.*s/control/quiet", STR_ARG(world->mock_url)),
		.timeout = SECONDS(20),
	    },
	    200);

	return json_bool_or(server, STR("quiet"), false) &&
	       json_int_or(mock, STR("pending"), 1) == 0 &&
	       json_int_or(mock, STR("inFlight"), 1) == 0;
}

void
server_world_settle(struct server_world *world)
{
	int quiet = 0;

	/* Twice in a row, so that what passes from one to the other is not overlooked. */
	for (int i = 0; i < SETTLE_LOOKS_MAX && quiet < 2; i++) {
		struct arena_mark mark = arena_mark(world->arena);

		quiet = is_quiet(world) ? quiet + 1 : 0;
		arena_release(world->arena, mark);
	}
	assert_int_equal(quiet, 2);
}
