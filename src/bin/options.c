#include "bin/options.h"

#include <argp.h>

#include "base/str.h"

static const struct argp_option known[] = {
	{ "config", 'c', "FILE", 0, "read settings from FILE (INI)", 0 },
	{ "seed", 'e', NULL, 0, "plant the development seed as well (development only)", 0 },
	{ "scenario", 's', "NAME", 0, "a scenario's name or file (happy-path)", 0 },
	{ "scenarios", 'f', "FOLDER", 0, "where scenarios are found by name (scenarios)", 0 },
	{ "speed", 'x', "N", 0, "let time pass N times as fast", 0 },
	{ "clock", 't', "SETTING", 0, "the clock, as the setting of that name takes it (real)", 0 },
	{ "home", 'd', "FOLDER", 0, "where database and logs live", 0 },
	{ "port", 'p', "PORT", 0, "the port of 127.0.0.1 to listen on", 0 },
	{ "server", 'u', "URL", 0, "the server (http://127.0.0.1:8080)", 0 },
	{ "reason", 'r', "TEXT", 0, "why; it is kept", 0 },
	{ "yes", 'y', NULL, 0, "do not ask", 0 },
	{ "organisation", 'o', "HANDLE", 0, "whose history", 0 },
	{ "out", 'O', "FILE", 0, "write to FILE, which must not be there yet", 0 },
	{ "after", 'a', "POSITION", 0, "only what stands behind this position of the log (0)", 0 },
	{ "dry-run", 'n', NULL, 0, "check everything, and write nothing", 0 },
	{ "with-keys", 'k', NULL, 0, "export the keys of people as well", 0 },
	{ "with-directory", 'D', NULL, 0, "import the directory's records as well", 0 },
	{ "list", 'l', NULL, 0, "list the partitions", 0 },
	{ "ahead", 'A', NULL, 0, "make partitions ahead of need", 0 },
	{ "oldest", 'z', NULL, 0, "move the oldest partition into the archive", 0 },
	{ "since", 'i', "FILE", 0, "begin behind the checkpoint in FILE", 0 },
	{ "checkpoint", 'C', "FILE", 0, "when all is well, write a checkpoint to FILE", 0 },
	{ "public-key", 'K', "FILE", 0, "the public key (PEM) whose signatures count", 0 },
	{ "eco", 'E', "NUMBER|ID", 0, "which ECO, by job number or id", 0 },
	{ "to-head", 'H', NULL, 0, "up to the newest tick, whatever is signed before it", 0 },
	{ "head", 'h', "HASH", 0, "the head (64 hexadecimal digits) that you know", 0 },
	{ "json", 'j', NULL, 0, "say it as JSON", 0 },
	{ "dead", 'X', NULL, 0, "what failed for good", 0 },
	{ "retry", 'R', "NAME", 0, "have what is parked of the subscription NAME tried again", 0 },
	{ "projection", 'P', "NAME", 0, "the projection, such as eco_board", 0 },
	{ "no-switch", 'W', NULL, 0, "build and compare only; the one that is live stays it", 0 },
	{ "rollback", 'B', NULL, 0, "switch back to the build that was live before", 0 },
	{ "end", 'Q', NULL, 0, "let the build go that is not live", 0 },
	{ "mock", 'm', "URL", 0, "the mock world (http://127.0.0.1:8081)", 0 },
};

static const char *
read_speed(const char *argument, const struct argp_state *state)
{
	double speed;

	if (!str_parse_double(str_from_z(argument), &speed) || speed <= 0)
		argp_error(state, "--speed takes a number above 0, not \"%s\"", argument);
	return argument;
}

static int64_t
read_port(const char *argument, const struct argp_state *state)
{
	int64_t port = 0;

	if (!str_parse_i64(str_from_z(argument), &port) || port < 0 || port > 65535)
		argp_error(state, "--port takes 0 to 65535, not \"%s\"", argument);
	return port;
}

static int64_t
read_position(const char *argument, const struct argp_state *state)
{
	int64_t position = 0;

	if (!str_parse_i64(str_from_z(argument), &position) || position < 0)
		argp_error(state, "--after takes a position of the log, not \"%s\"", argument);
	return position;
}

/* An option that takes no argument; false when it is none. */
static bool
read_switch(int key, struct command_options *options)
{
	switch (key) {
	case 'e':
		options->seed = true;
		return true;
	case 'y':
		options->yes = true;
		return true;
	case 'n':
		options->dry_run = true;
		return true;
	case 'k':
		options->with_keys = true;
		return true;
	case 'D':
		options->with_directory = true;
		return true;
	case 'l':
		options->list = true;
		return true;
	case 'A':
		options->ahead = true;
		return true;
	case 'z':
		options->oldest = true;
		return true;
	case 'W':
		options->no_switch = true;
		return true;
	case 'B':
		options->rollback = true;
		return true;
	case 'Q':
		options->end = true;
		return true;
	default:
		return false;
	}
}

/* What is said to those who check. */
static error_t
read_proof_option(int key, char *argument, struct command_options *options)
{
	switch (key) {
	case 'i':
		options->since = argument;
		return 0;
	case 'C':
		options->checkpoint = argument;
		return 0;
	case 'K':
		options->public_key = argument;
		return 0;
	case 'E':
		options->eco = argument;
		return 0;
	case 'H':
		options->to_head = true;
		return 0;
	case 'h':
		options->head = argument;
		return 0;
	case 'X':
		options->dead = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t
read_option(int key, char *argument, struct argp_state *state)
{
	struct command_options *options = state->input;

	switch (key) {
	case 'c':
		options->config = argument;
		return 0;
	case 's':
		options->scenario = argument;
		return 0;
	case 'f':
		options->folder = argument;
		return 0;
	case 't':
		options->clock = argument;
		return 0;
	case 'x':
		options->speed = read_speed(argument, state);
		return 0;
	case 'd':
		options->home = argument;
		return 0;
	case 'p':
		options->port = read_port(argument, state);
		return 0;
	case 'u':
		options->server = argument;
		return 0;
	case 'm':
		options->mock = argument;
		return 0;
	case 'r':
		options->reason = argument;
		return 0;
	case 'o':
		options->organisation = argument;
		return 0;
	case 'O':
		options->out = argument;
		return 0;
	case 'a':
		options->after = read_position(argument, state);
		return 0;
	case 'R':
		options->retry = argument;
		return 0;
	case 'P':
		options->projection = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (!options->takes_argument || options->argument != NULL)
			return ARGP_ERR_UNKNOWN;
		options->argument = argument;
		return 0;
	default:
		return read_switch(key, options) ? 0 : read_proof_option(key, argument, options);
	}
}

void
options_read(
    int argc, char **argv, const char *keys, const char *about, struct command_options *ret)
{
	struct argp_option taken[COUNT_OF(known) + 1] = { { 0 } };
	struct argp arguments = { .options = taken, .parser = read_option, .doc = about };
	size_t count = 0;

	ret->takes_argument = strchr(keys, OPTIONS_ARGUMENT) != NULL;
	if (ret->takes_argument)
		arguments.args_doc = "WHAT";
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (strchr(keys, known[i].key) != NULL)
			taken[count++] = known[i];
	}
	argp_parse(&arguments, argc, argv, 0, NULL, ret);
}
