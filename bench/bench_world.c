#include "bench_world.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench_commands.h"
#include "bin/development.h"
#include "runtime/clock.h"

#define READY_SECONDS 30
#define CONNECTIONS   64
#define LOOK_NS       50000000

struct err *
world_setting(struct arena *arena, const char *name, const char **ret)
{
	*ret = getenv(name);
	if (*ret != NULL && **ret != '\0')
		return NULL;
	return err_explain(ERR(arena, ERR_UNAVAILABLE, "%s is not set", name), STR(""),
	    STR("./dev bench sets it."));
}

static void
set(struct world *world, const char *name, struct str value)
{
	(void)setenv(name, arena_copy_z(world->arena, value), 1);
}

/* Two addresses, and what the programs are told. */
static struct err *
set_environment(struct world *world, uint16_t *ret_mock_port)
{
	uint16_t port;

	TRY(development_find_port(world->arena, 0, &port));
	do
		TRY(development_find_port(world->arena, 0, ret_mock_port));
	while (*ret_mock_port == port);
	world->server_url = arena_printf(world->arena, "http://127.0.0.1:%u", port);
	world->mock_url = arena_printf(world->arena, "http://127.0.0.1:%u", *ret_mock_port);

	set(world, "STRIKE_ENVIRONMENT", STR("development"));
	set(world, "STRIKE_DATABASE_URL", world->database.conninfo);
	set(world, "STRIKE_PORT", arena_printf(world->arena, "%u", port));
	set(world, "STRIKE_PUBLIC_URL", world->server_url);
	/* How fast it can be asked is what is measured. */
	set(world, "STRIKE_LIMIT_ADDRESS_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_USER_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_ORGANISATION_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_WEBHOOK_PER_MIN", STR("0"));
	set(world, "STRIKE_TWILIO_API_URL", world->mock_url);
	set(world, "STRIKE_TWILIO_ACCOUNT_SID", STR(DEVELOPMENT_ACCOUNT_SID));
	set(world, "STRIKE_TWILIO_AUTH_TOKEN", STR(DEVELOPMENT_AUTH_TOKEN));
	set(world, "STRIKE_RENDER_API_URL", world->mock_url);
	set(world, "STRIKE_SECRET_RENDER_HILL_COUNTRY", STR(DEVELOPMENT_RENDER_HILL_COUNTRY));
	set(world, "STRIKE_SECRET_RENDER_BAYOU", STR(DEVELOPMENT_RENDER_BAYOU));
	return NULL;
}

/* A text that execvp() may have. */
static char *
word(struct world *world, struct str text)
{
	return arena_copy_z(world->arena, text);
}

static struct err *
wait_ready(struct world *world, struct str url, struct str log)
{
	int64_t until_us = clock_monotonic_us() + READY_SECONDS * INT64_C(1000000);

	while (clock_monotonic_us() < until_us) {
		if (development_is_ready(world->arena, url.ptr))
			return NULL;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
	}
	return ERR(world->arena, ERR_UNAVAILABLE, "%.*s did not answer within %d s: see %s",
	    STR_ARG(url), READY_SECONDS, log.ptr);
}

static struct err *
start_programs(struct world *world, struct str scenario, uint16_t mock_port, const char *program,
    struct str log)
{
	struct str port = arena_printf(world->arena, "%u", mock_port);
	char *strike = word(world, str_from_z(program));
	char *migrate[] = { strike, word(world, STR("migrate")), word(world, STR("--seed")), NULL };
	char *mock[] = { strike, word(world, STR("mock")), word(world, STR("--scenario")),
		word(world, scenario), word(world, STR("--port")), word(world, port), NULL };
	char *serve[] = { strike, word(world, STR("serve")), NULL };
	struct str said;

	TRY(command_run(world->arena, migrate, log.ptr, &said));
	TRY(command_start(world->arena, mock, log.ptr, NULL, &world->mock));
	TRY(wait_ready(world,
	    arena_printf(world->arena, "%.*s/control/quiet", STR_ARG(world->mock_url)), log));
	TRY(command_start(world->arena, serve, log.ptr, NULL, &world->server));
	return wait_ready(
	    world, arena_printf(world->arena, "%.*s/readyz", STR_ARG(world->server_url)), log);
}

struct err *
world_begin(struct world *world, struct arena *arena, const char *scenario, const char *label)
{
	const char *program, *root;
	uint16_t mock_port;
	struct str log;

	*world = (struct world){ .arena = arena };
	TRY(world_setting(arena, "STRIKE_TEST_BIN", &program));
	TRY(world_setting(arena, "STRIKE_TEST_SOURCE_ROOT", &root));
	TRY(world_setting(arena, "STRIKE_BENCH_RESULTS", &world->results));
	log = arena_printf(arena, "%s/%s.log", world->results, label);
	(void)unlink(log.ptr);
	TRY(database_create(arena, "strike_bench", &world->database));
	TRY(set_environment(world, &mock_port));
	TRY(start_programs(
	    world, arena_printf(arena, "%s/bench/%s", root, scenario), mock_port, program, log));
	world->client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = CONNECTIONS, .response_bytes_max = 8u << 20 });
	return NULL;
}

void
world_end(struct world *world)
{
	http_client_destroy(world->client);
	command_stop(&world->server);
	command_stop(&world->mock);
	database_drop(&world->database);
}
