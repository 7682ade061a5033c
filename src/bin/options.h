#ifndef BIN_OPTIONS_H
#define BIN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * options: what can be said behind a command, one reading for all of them.  For
 * bin/ only.
 *
 * A command names the options that it takes in a table of its own, by the macros
 * below, so that the same word means the same everywhere.
 */
struct command_options {
	const char *config;        /* a file of settings */
	const char *scenario;      /* a scenario's name or file */
	const char *folder;        /* where scenarios are found by name */
	const char *clock;         /* as the setting of that name takes it */
	const char *speed;         /* how many times as fast; NULL: not said */
	const char *home;          /* where database and logs live; NULL: not said */
	const char *server, *mock; /* URLs */
	int64_t port;
	bool seed;
};

/* Rows for a table of struct argp_option; it ends with { 0 }. */
#define OPTION_CONFIG                                                        \
	{                                                                    \
		"config", 'c', "FILE", 0, "read settings from FILE (INI)", 0 \
	}
#define OPTION_SCENARIO                                                                 \
	{                                                                               \
		"scenario", 's', "NAME", 0, "a scenario's name or file (happy-path)", 0 \
	}
#define OPTION_SCENARIOS                                                                          \
	{                                                                                         \
		"scenarios", 'f', "FOLDER", 0, "where scenarios are found by name (scenarios)", 0 \
	}
#define OPTION_CLOCK                                                            \
	{                                                                       \
		"clock", 't', "SETTING", 0,                                     \
		    "the clock, as the setting of that name takes it (real)", 0 \
	}
#define OPTION_SPEED                                                     \
	{                                                                \
		"speed", 'x', "N", 0, "let time pass N times as fast", 0 \
	}
#define OPTION_HOME                                                         \
	{                                                                   \
		"home", 'd', "FOLDER", 0, "where database and logs live", 0 \
	}
#define OPTION_PORT                                                             \
	{                                                                       \
		"port", 'p', "PORT", 0, "the port of 127.0.0.1 to listen on", 0 \
	}
#define OPTION_SERVER                                                            \
	{                                                                        \
		"server", 'u', "URL", 0, "the server (http://127.0.0.1:8080)", 0 \
	}
#define OPTION_MOCK                                                                \
	{                                                                          \
		"mock", 'm', "URL", 0, "the mock world (http://127.0.0.1:8081)", 0 \
	}
#define OPTION_SEED                                                                              \
	{                                                                                        \
		"seed", 'e', NULL, 0, "plant the development seed as well (development only)", 0 \
	}

/* What holds when nothing is said. */
#define COMMAND_OPTIONS_DEFAULT                              \
	((struct command_options){ .scenario = "happy-path", \
	    .folder = "scenarios",                           \
	    .server = "http://127.0.0.1:8080",               \
	    .mock = "http://127.0.0.1:8081",                 \
	    .clock = "real" })

/**
 * Read ${argv} into ${*ret}, which holds the defaults.  ${options} are those that
 * the command takes, ${about} says what it does (behind "\v": what stands last in
 * --help).  On --help and on anything wrong the program ends here.
 */
void options_read(int argc, char **argv, const struct argp_option *options, const char *about,
    struct command_options *ret);

#endif
