#include "bin/options.h"

#include "base/str.h"

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
options_read(int argc, char **argv, const struct argp_option *options, const char *about,
    struct command_options *ret)
{
	struct argp arguments = { .options = options, .parser = read_option, .doc = about };

	argp_parse(&arguments, argc, argv, 0, NULL, ret);
}
