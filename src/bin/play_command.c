#include <argp.h>
#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/development.h"
#include "mock/play.h"

struct play_options {
	const char *scenario, *folder, *clock, *server, *mock;
};

static error_t
parse_option(int key, char *argument, struct argp_state *state)
{
	struct play_options *chosen = state->input;

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
	case 'u':
		chosen->server = argument;
		return 0;
	case 'm':
		chosen->mock = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "scenario", 's', "NAME", 0, "the scenario's name or file (happy-path)", 0 },
	{ "scenarios", 'f', "FOLDER", 0, "where scenarios are found by name (scenarios)", 0 },
	{ "clock", 'c', "SETTING", 0, "the server's clock, as its setting has it (real)", 0 },
	{ "server", 'u', "URL", 0, "the server (http://127.0.0.1:8080)", 0 },
	{ "mock", 'm', "URL", 0, "the mock world (http://127.0.0.1:8081)", 0 },
	{ 0 },
};
static const struct argp arguments = { options, parse_option, NULL,
	"Play the NOC's part of a scenario against a server and a mock world that run, "
	"print the timeline as it happens, and say whether all went as the scenario expects.",
	NULL, NULL, NULL };

static struct err *
run(const struct play_options *chosen, struct arena *arena, struct clock **clock,
    struct play_result *ret)
{
	struct scenario *scenario = arena_new(arena, struct scenario);

	if (scenario == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for a scenario");
	TRY(development_read_scenario(arena, chosen->folder, chosen->scenario, scenario));
	TRY(clock_create_from(arena, str_from_z(chosen->clock), clock));
	printf("%.*s: %.*s\n", STR_ARG(scenario->name), STR_ARG(scenario->about));
	(void)fflush(stdout);
	return play(arena,
	    &(struct play_config){
		.scenario = scenario,
		.clock = *clock,
		.server_url = str_from_z(chosen->server),
		.mock_url = str_from_z(chosen->mock),
		.fd = STDOUT_FILENO,
	    },
	    ret);
}

int
command_play(int argc, char **argv)
{
	struct arena *arena = arena_create(PLAY_ARENA_BYTES + COMMAND_ARENA_BYTES);
	struct play_options chosen = { .scenario = "happy-path",
		.folder = "scenarios",
		.clock = "real",
		.server = "http://127.0.0.1:8080",
		.mock = "http://127.0.0.1:8081" };
	struct play_result result = { .passed = false };
	struct clock *clock = NULL;
	struct err *err;

	argp_parse(&arguments, argc, argv, 0, NULL, &chosen);
	err = run(&chosen, arena, &clock, &result);
	if (err != NULL)
		command_print_fault("play", err);
	for (size_t i = 0; i < result.failure_count; i++)
		fprintf(stderr, "not as expected: %.*s\n", STR_ARG(result.failures[i]));
	clock_destroy(clock);
	arena_destroy(arena);
	return err == NULL && result.passed ? 0 : 1;
}
