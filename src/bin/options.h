#ifndef BIN_OPTIONS_H
#define BIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * options: what can be said behind a command, one reading for all of them.  For
 * bin/ only.
 *
 * The same word means the same everywhere; a command names those that it takes.
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
	bool takes_argument;      /* of the command, not of an option ... */
	const char *argument;     /* ... this one, what it is about; NULL: not said */
	const char *reason;       /* NULL: not said */
	bool yes;                 /* do not ask */
	const char *organisation; /* a handle */
	const char *out;          /* a file to write; NULL: standard output */
	int64_t after;            /* a position of the log */
	bool dry_run, with_keys, with_directory;
	bool list, ahead, oldest;
	const char *retry;      /* a subscription; NULL: not said */
	const char *projection; /* a projection's name; NULL: not said */
	bool no_switch, rollback, end;
	const char *since, *checkpoint; /* files; NULL: not said */
	const char *public_key;         /* a file, NULL: not said */
	const char *eco, *head;         /* NULL: not said */
	bool to_head, json, dead;
};

/* What holds when nothing is said. */
#define COMMAND_OPTIONS_DEFAULT                              \
	((struct command_options){ .scenario = "happy-path", \
	    .folder = "scenarios",                           \
	    .server = "http://127.0.0.1:8080",               \
	    .mock = "http://127.0.0.1:8081",                 \
	    .clock = "real" })

/* Among the letters: the command takes one argument that is no option. */
#define OPTIONS_ARGUMENT '@'

/**
 * Read ${argv} into ${*ret}, which holds the defaults.  ${keys} are the letters of
 * the options that the command takes, ${about} says what it does (behind "\v": what
 * stands last in --help).  On --help and on anything wrong the program ends here.
 */
void options_read(
    int argc, char **argv, const char *keys, const char *about, struct command_options *ret);

#endif
