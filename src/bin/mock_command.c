#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/development.h"
#include "bin/options.h"
#include "runtime/signals.h"

#define SCENARIO_ARENA_BYTES (8u << 20)

static const char about[] =
    "A Render Networks and a Twilio to develop against, until told to stop.\v"
    "Listens on port 8081 unless told otherwise.  The accounts are those of "
    "src/bin/development.h; what happens is said here in plain sentences, and stands at "
    "/control/journal.";

/* "--speed N" is the clock "scaled:N:<now>". */
static struct str
clock_setting(const struct command_options *chosen, struct arena *arena)
{
	if (chosen->speed == NULL)
		return str_from_z(chosen->clock);
	return development_clock_from_now(arena, chosen->speed);
}

static struct err *
run(const struct command_options *chosen, struct arena *arena, struct clock **clock,
    struct log *log, struct mock **ret)
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
		.webhook_url = STR("http://127.0.0.1:8080/webhooks/twilio"),
		.narrate_fd = STDOUT_FILENO,
	    },
	    ret);
}

int
command_mock(int argc, char **argv)
{
	struct arena *arena = arena_create(SCENARIO_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct log *log = log_create(STDERR_FILENO, LOG_LOGFMT, LOG_INFO);
	struct clock *clock = NULL;
	struct mock *mock = NULL;
	struct err *err;

	signals_block();
	chosen.port = DEVELOPMENT_MOCK_PORT;
	options_read(argc, argv, "sfxtp", about, &chosen);
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
