#include "fault/kill_world.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "bin/development.h"
#include "runtime/http_client.h"
#include "support/unit.h"

#define WORLD_ARENA_BYTES  (64u << 20)
#define SETTINGS_MAX       24
#define VARIABLES_MAX      256
#define START              "2026-01-05T02:14:00Z"
#define RESPONSE_BYTES_MAX (4u << 20)

void
kill_fail(struct kill_world *world, const char *format, ...)
{
	char memory[1024];
	va_list args;
	size_t length;

	if (world->failure_count == KILL_FAILURES_MAX)
		return;
	va_start(args, format);
	length = buf_format(memory, sizeof(memory), format, args);
	va_end(args);
	world->failures[world->failure_count++] =
	    arena_copy_z(world->arena, (struct str){ memory, length });
}

/* -- beginning -- */

static void
begin_clock(struct kill_world *world)
{
	struct str path = arena_printf(world->arena, "%s/clock", world->folder);
	struct instant start;

	assert_true(instant_parse(STR(START), &start));
	assert_no_fault(clock_create_virtual(world->arena, path.ptr, start, &world->clock));
}

static void
begin_mock(struct kill_world *world, struct str scenario)
{
	static const struct mock_render_client clients[] = {
		{ STR("hill-country"), STR(DEVELOPMENT_RENDER_HILL_COUNTRY) },
		{ STR("bayou"), STR(DEVELOPMENT_RENDER_BAYOU) },
	};

	world->scenario = arena_new(world->arena, struct scenario);
	assert_non_null(world->scenario);
	assert_no_fault(scenario_parse(world->arena, scenario, world->scenario));
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

static char *
setting(struct kill_world *world, const char *name, struct str value)
{
	return arena_copy_z(
	    world->arena, arena_printf(world->arena, "STRIKE_%s=%.*s", name, STR_ARG(value)));
}

/* Ours, and whatever is no setting of Strike's. */
static char *const *
make_environment(struct kill_world *world, uint16_t port)
{
	struct arena *arena = world->arena;
	struct str providers =
	    arena_printf(arena, "http://127.0.0.1:%u", relay_port(world->outbound));
	char **variables = arena_array(arena, char *, VARIABLES_MAX + SETTINGS_MAX);
	size_t count = 0;

	assert_non_null(variables);
	for (char **at = environ; *at != NULL && count < VARIABLES_MAX; at++)
		if (!str_starts_with(str_from_z(*at), STR("STRIKE_")))
			variables[count++] = *at;
	variables[count++] = setting(world, "ENVIRONMENT", STR("development"));
	variables[count++] = setting(world, "DATABASE_URL", str_from_z(world->conninfo));
	variables[count++] = setting(world, "PORT", arena_printf(arena, "%u", port));
	variables[count++] = setting(world, "PUBLIC_URL",
	    arena_printf(arena, "http://127.0.0.1:%u", relay_port(world->inbound)));
	variables[count++] =
	    setting(world, "CLOCK", arena_printf(arena, "virtual:%s/clock", world->folder));
	/* The player and the test ask more often than people would. */
	variables[count++] = setting(world, "LIMIT_ADDRESS_PER_MIN", STR("0"));
	variables[count++] = setting(world, "LIMIT_USER_PER_MIN", STR("0"));
	variables[count++] = setting(world, "LIMIT_ORGANISATION_PER_MIN", STR("0"));
	variables[count++] = setting(world, "LIMIT_WEBHOOK_PER_MIN", STR("0"));
	variables[count++] = setting(world, "TWILIO_API_URL", providers);
	variables[count++] = setting(world, "TWILIO_ACCOUNT_SID", STR(DEVELOPMENT_ACCOUNT_SID));
	variables[count++] = setting(world, "TWILIO_AUTH_TOKEN", STR(DEVELOPMENT_AUTH_TOKEN));
	variables[count++] = setting(world, "RENDER_API_URL", providers);
	variables[count++] =
	    setting(world, "SECRET_RENDER_HILL_COUNTRY", STR(DEVELOPMENT_RENDER_HILL_COUNTRY));
	variables[count++] = setting(world, "SECRET_RENDER_BAYOU", STR(DEVELOPMENT_RENDER_BAYOU));
	if (world->plan->fault_points != NULL) {
		world->fault_variable = &variables[count];
		variables[count++] =
		    setting(world, "FAULT_POINTS", str_from_z(world->plan->fault_points));
	}
	return variables;
}

static void
begin_server(struct kill_world *world)
{
	const char *program = getenv("STRIKE_TEST_BIN");
	uint16_t port;

	assert_no_fault(development_find_port(world->arena, 0, &port));
	world->server_url = arena_printf(world->arena, "http://127.0.0.1:%u", port);
	world->outbound = relay_start(&(struct relay_config){
	    .to_port = mock_port(world->mock), .watch = kill_watch_outbound, .context = world });
	world->inbound = relay_start(&(struct relay_config){ .to_port = port,
	    .insists = !world->plan->loses_webhooks,
	    .watch = kill_watch_inbound,
	    .context = world });
	world->server = (struct killable_server){
		.program = program != NULL ? program : STRIKE_BIN,
		.environment = make_environment(world, port),
		.log_path = arena_printf(world->arena, "%s/log", world->folder).ptr,
	};
	killable_server_start(&world->server);
}

void
kill_world_begin(struct kill_world *world, const char *conninfo, struct str scenario,
    const struct kill_plan *plan)
{
	*world = (struct kill_world){ .plan = plan, .conninfo = conninfo };
	CHECK(plan->count < KILLS_MAX);
	world->arena = arena_create(WORLD_ARENA_BYTES);
	world->play_arena = arena_create(PLAY_ARENA_BYTES * 2);
	CHECK(pthread_mutex_init(&world->lock, NULL) == 0);
	CHECK(pthread_cond_init(&world->changed, NULL) == 0);
	strcpy(world->folder, "/tmp/strike-kill-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	world->client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = 2, .response_bytes_max = RESPONSE_BYTES_MAX });
	begin_clock(world);
	begin_mock(world, scenario);
	begin_server(world);
}

/* -- looking -- */

const struct json *
kill_world_get(struct kill_world *world, struct str base, const char *path)
{
	struct http_answer *answer = arena_new(world->arena, struct http_answer);
	struct http_call call = { .method = "GET",
		.url = arena_printf(world->arena, "%.*s%s", STR_ARG(base), path),
		.timeout = SECONDS(10) };
	const struct json *json;
	struct str reason;

	assert_non_null(answer);
	if (http_client_send(world->client, world->arena, &call, answer) != NULL ||
	    answer->status != 200 || !json_parse(world->arena, answer->body, &json, &reason))
		return NULL;
	return json;
}

/* -- the end -- */

static void
show_log(const struct kill_world *world)
{
	FILE *file = fopen(world->server.log_path, "re");
	char line[4096];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		fputs(line, stderr);
	if (file != NULL)
		(void)fclose(file);
}

bool
kill_world_end(struct kill_world *world, const char *name)
{
	bool good;

	if (!killable_server_stop(&world->server))
		kill_fail(world, "the server did not stop in an orderly way");
	relay_stop(world->inbound);
	mock_stop(world->mock);
	relay_stop(world->outbound);
	http_client_destroy(world->client);
	good = world->failure_count == 0;
	for (size_t i = 0; i < world->failure_count; i++)
		fprintf(stderr, "%s: %s\n", name, world->failures[i]);
	if (!good)
		show_log(world);
	clock_destroy(world->clock);
	unlink(arena_printf(world->arena, "%s/log", world->folder).ptr);
	unlink(arena_printf(world->arena, "%s/clock", world->folder).ptr);
	rmdir(world->folder);
	(void)pthread_cond_destroy(&world->changed);
	(void)pthread_mutex_destroy(&world->lock);
	arena_destroy(world->play_arena);
	arena_destroy(world->arena);
	return good;
}
