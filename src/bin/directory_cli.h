#ifndef BIN_DIRECTORY_CLI_H
#define BIN_DIRECTORY_CLI_H

#include "app/record_page.h"
#include "domain/geo/geo.h"
#include "runtime/clock.h"
#include "runtime/config.h"

/*
 * directory_cli: what `strike org`, `user`, `token`, `agreement`, `region` and `roster`
 * have in common.  For bin/ only.
 *
 *	strike user invite EMAIL --org HANDLE --role ROLE
 *	       │    │      │       └ options, the same words everywhere
 *	       │    │      └ what it is about
 *	       │    └ verb: one function
 *	       └ command: a table of verbs
 *
 * A verb does what the API does, by the same use cases, and is bound by the same rules and
 * the same row-level security; in the log the process "cli" did it.  It needs no role: who
 * may run it has the database.
 *
 * Exits 0 when it is done, 1 when it was refused, 2 when it could not be done, 64 when it
 * was not understood.
 */

enum cli_option {
#define CLI_OPTION(name, word, argument, sentence) CLI_##name,
#include "bin/directory_options.def"
#undef CLI_OPTION
	CLI_OPTION_COUNT
};

#define CLI_WORDS_MAX 3

/* What is asked for, and with what it is done. */
struct cli {
	const char *command;
	struct str verb;
	struct str words[CLI_WORDS_MAX]; /* behind the verb */
	size_t word_count;
	const char *said[CLI_OPTION_COUNT]; /* NULL: not said */

	struct arena *arena;
	struct config settings;
	struct clock *clock;
	struct store *store;
	struct store_session *worker, *session;
	struct vault vault;
	struct store_actor process;
	struct store_membership actor;
	struct app_context context;
};

/* Carry out one verb; ${ret_done} is false after what was refused was said. */
typedef struct err *(*cli_verb_f)(struct cli *cli, bool *ret_done);

enum cli_acts_for { CLI_FOR_ORGANISATION, CLI_FOR_PLATFORM };

struct cli_verb {
	struct str name;
	const char *usage; /* "EMAIL --org HANDLE --role ROLE" */
	const char *sentence;
	size_t words; /* how many it needs; a verb may have a row for each number */
	enum cli_acts_for acts_for;
	cli_verb_f run;
};

/** Run one of ${verbs} as ${argv} asks; the exit status. */
int cli_run(int argc, char **argv, const char *command, const char *about,
    const struct cli_verb *verbs, size_t count);

/** What was said for ${option}, or empty. */
struct str cli_text(const struct cli *cli, enum cli_option option);

/** The whole number said for ${option}, or ${otherwise}; false after saying what is wrong. */
NODISCARD bool cli_number(
    const struct cli *cli, enum cli_option option, int64_t otherwise, int64_t *ret);

/** The moment said for ${option}, or RECORD_NO_MOMENT; false after saying what is wrong. */
NODISCARD bool cli_moment(const struct cli *cli, enum cli_option option, struct instant *ret);

/** ${text}, "LONGITUDE,LATITUDE", as a place on earth; false after saying what is wrong. */
NODISCARD bool cli_place(const struct cli *cli, struct str text, struct geo_point *ret);

/** A command with a fresh key. */
struct app_command cli_command(const struct cli *cli);

/** Say what was refused; false, so that a verb can end with it. */
bool cli_refused(const struct cli *cli, const struct refusal *refusal);

/** Say ${message} about the command; the same. */
bool cli_say(const struct cli *cli, const char *message);

/** The id of the record in word ${index}; false after saying that it is none. */
NODISCARD bool cli_id(const struct cli *cli, size_t index, struct uuid *ret);

/** Say that ${what} is done to the record of ${answer}, or what was refused. */
bool cli_done(const struct cli *cli, const struct app_record_answer *answer, const char *what);

#endif
