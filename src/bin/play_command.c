#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/development.h"
#include "bin/options.h"
#include "mock/play.h"

static const char about[] =
    "Play the NOC's part of a scenario against a server and a mock world that run, print the "
    "timeline as it happens, and say whether all went as the scenario expects.";

static struct err *
run(const struct command_options *chosen, struct arena *arena, struct clock **clock,
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
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct play_result result = { .passed = false };
	struct clock *clock = NULL;
	struct err *err;

	options_read(argc, argv, "sftum", about, &chosen);
	err = run(&chosen, arena, &clock, &result);
	if (err != NULL)
		command_print_fault("play", err);
	for (size_t i = 0; i < result.failure_count; i++)
		fprintf(stderr, "not as expected: %.*s\n", STR_ARG(result.failures[i]));
	clock_destroy(clock);
	arena_destroy(arena);
	return err == NULL && result.passed ? 0 : 1;
}
