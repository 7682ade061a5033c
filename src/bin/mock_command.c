#include <argp.h>
#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/development.h"
#include "runtime/signals.h"

#define SCENARIO_ARENA_BYTES (8u << 20)

struct mock_options {
	const char *scenario, *folder, *clock, *speed;
	int64_t port;
};

static error_t
parse_option(int key, char *argument, struct argp_state *state)
{
	struct mock_options *chosen = state->input;
	double speed;

	switch (key) {
	case 's':
		chosen->scenario = argument;
		return 0;
	case 'f':
		chosen->folder = argument;
		return 0;
	case 'c':
		chosen->clock = argument;
		return 0;
	case 'x':
		if (!str_parse_double(str_from_z(argument), &speed) || speed <= 0)
			argp_error(state, "--speed takes a number above 0, not \"%s\"", argument);
		chosen->speed = argument;
		return 0;
	case 'p':
		if (!str_parse_i64(str_from_z(argument), &chosen->port) || chosen->port < 0 ||
		    chosen->port > 65535)
			argp_error(state, "--port takes 0 to 65535, not \"%s\"", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "scenario", 's', "NAME", 0,
	    "how the world behaves: a scenario's name or file (happy-path)", 0 },
	{ "scenarios", 'f', "FOLDER", 0, "where scenarios are found by name (scenarios)", 0 },
	{ "speed", 'x', "N", 0, "let time pass N times as fast, from now on", 0 },
	{ "clock", 'c', "SETTING", 0, "the clock, as the setting of that name takes it", 0 },
	{ "port", 'p', "PORT", 0, "the port of 127.0.0.1 to listen on (8081)", 0 },
	{ 0 },
};
static const struct argp arguments = { options, parse_option, NULL,
	"A Render Networks and a Twilio to develop against, until told to stop.\v"
	"The accounts are those of src/bin/development.h; what happens is at /control/journal.",
	NULL, NULL, NULL };

/* "--speed N" is the clock "scaled:N:<now>". */
static struct str
clock_setting(const struct mock_options *chosen, struct arena *arena)
{
	struct clock *real;
	struct str setting;

	if (chosen->clock != NULL)
		return str_from_z(chosen->clock);
	if (chosen->speed == NULL)
		return STR("real");
	real = clock_create_real();
	setting = arena_printf(
	    arena, "scaled:%s:%.*s", chosen->speed, STR_ARG(instant_text(arena, clock_now(real))));
	clock_destroy(real);
	return setting;
}

static struct err *
run(const struct mock_options *chosen, struct arena *arena, struct clock **clock, struct log *log,
    struct mock **ret)
{
	static const struct mock_render_client clients[] = {
		{ STR("hill-country"), STR(DEVELOPMENT_RENDER_HILL_COUNTRY) },
		{ STR("bayou"), STR(DEVELOPMENT_RENDER_BAYOU) },
	};
	struct scenario *scenario = arena_new(arena, struct scenario);

	if (scenario == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for a scenario");
	TRY(development_read_scenario(arena, chosen->folder, chosen->scenario, scenario));
	TRY(clock_create_from(arena, clock_setting(chosen, arena), clock));
	return mock_start(arena,
	    &(struct mock_config){
		.clock = *clock,
		.log = log,
		.port = (uint16_t)chosen->port,
		.scenario = scenario,
		.account = { STR(DEVELOPMENT_ACCOUNT_SID), STR(DEVELOPMENT_AUTH_TOKEN) },
		.render_clients = clients,
		.render_client_count = COUNT_OF(clients),
	    },
	    ret);
}

int
command_mock(int argc, char **argv)
{
	struct arena *arena = arena_create(SCENARIO_ARENA_BYTES);
	struct mock_options chosen = {
		.scenario = "happy-path", .folder = "scenarios", .port = 8081
	};
	struct log *log = log_create(STDERR_FILENO, LOG_LOGFMT, LOG_INFO);
	struct clock *clock = NULL;
	struct mock *mock = NULL;
	struct err *err;

	signals_block();
	argp_parse(&arguments, argc, argv, 0, NULL, &chosen);
	err = run(&chosen, arena, &clock, log, &mock);
	if (err == NULL) {
		printf("the mock world is at http://127.0.0.1:%u\n", mock_port(mock));
		(void)fflush(stdout);
		(void)signals_wait();
	} else {
		command_print_fault("mock", err);
	}
	mock_stop(mock);
	clock_destroy(clock);
	log_destroy(log);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
