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
	case 'e':
		options->seed = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void
options_read(
    int argc, char **argv, const char *keys, const char *about, struct command_options *ret)
{
	struct argp_option taken[COUNT_OF(known) + 1] = { { 0 } };
	struct argp arguments = { .options = taken, .parser = read_option, .doc = about };
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (strchr(keys, known[i].key) != NULL)
			taken[count++] = known[i];
	}
	argp_parse(&arguments, argc, argv, 0, NULL, ret);
}
