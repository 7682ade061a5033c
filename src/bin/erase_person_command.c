#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/options.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"
#include "store/store_vault.h"

#define REASON_BYTES_MAX 400
#define ANSWER_BYTES_MAX 16

/* The exit status. */
enum { ERASED = 0, NOTHING_DONE = 1, COULD_NOT = 2 };

static const char about[] =
    "Erase a person: a user, or a person on call, by id.\v"
    "Destroys the key of what events say of the person, so that it cannot be read any "
    "more, in any copy of the log, and takes the person out of the directory.  The log "
    "itself is not changed, and its proofs hold.  Asks first unless --yes is given.  "
    "Exits 0 when the person is erased, 1 when nothing was done, 2 when it could not be.";

/* What is known of whom. */
struct erasing {
	struct config settings;
	struct clock *clock;
	struct store *store;
	struct store_session *session;
	struct uuid person;
	struct str reason;
	struct store_user_name user;
	size_t users;
	struct store_person_keys keys;
};

static struct err *
look_up(struct erasing *erasing, struct arena *arena)
{
	TRY(store_find_users(
	    erasing->session, arena, &erasing->person, 1, &erasing->user, &erasing->users));
	return store_find_person_keys(erasing->session, arena, &erasing->person, 1, &erasing->keys);
}

static void
say_what_happens(const struct erasing *erasing)
{
	if (erasing->users > 0)
		printf("The user \"%.*s\" loses the handle and every membership.\n",
		    STR_ARG(erasing->user.handle));
	if (erasing->keys.count > 0 && !erasing->keys.at[0].erased)
		puts("The key of this person's name and number in events is destroyed.");
	puts("Somebody on call is not rung any more: the directory keeps the id and nothing else.\n"
	     "What people wrote by hand (notes, descriptions) is not touched, nor are copies of\n"
	     "the database that were made before.  This cannot be undone.");
}

/* Whether to go on.  Where there is nobody to ask, nobody has said yes. */
static bool
is_confirmed(const struct command_options *chosen)
{
	char answer[ANSWER_BYTES_MAX];

	if (chosen->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		puts("Nothing was done: there is nobody to ask; say --yes to go on.");
		return false;
	}
	fputs("Type \"erase\" to go on: ", stdout);
	(void)fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) != NULL && strcmp(answer, "erase\n") == 0)
		return true;
	puts("Nothing was done.");
	return false;
}

static struct err *
erase(struct erasing *erasing, const struct command_options *chosen, struct arena *arena,
    int *ret_status)
{
	bool found;

	TRY(look_up(erasing, arena));
	say_what_happens(erasing);
	*ret_status = NOTHING_DONE;
	if (!is_confirmed(chosen))
		return NULL;
	TRY(store_erase_person(erasing->session, arena, erasing->person, clock_now(erasing->clock),
	    erasing->reason, &found));
	printf(found ? "%s is erased.\n" : "Nothing was done: nobody has ever heard of %s.\n",
	    chosen->argument);
	*ret_status = found ? ERASED : NOTHING_DONE;
	return NULL;
}

static struct err *
open_store(struct erasing *erasing, const struct command_options *chosen, struct arena *arena)
{
	TRY(config_load(arena, chosen->config, environ, &erasing->settings));
	TRY(clock_create_from(arena, erasing->settings.clock, &erasing->clock));
	TRY(store_pg_open(
	    arena, arena_copy_z(arena, erasing->settings.database_url), &erasing->store));
	return store_session_open(erasing->store, arena, STORE_WORKER, &erasing->session);
}

/* Who and why.  False after saying what is wrong. */
static bool
read_arguments(const struct command_options *chosen, struct erasing *ret)
{
	ret->reason = str_trim(str_from_z(chosen->reason));
	if (chosen->argument == NULL || !uuid_parse(str_from_z(chosen->argument), &ret->person)) {
		fputs("strike erase-person: say whom, by id: 36 characters\n", stderr);
		return false;
	}
	if (str_empty(ret->reason) || ret->reason.len > REASON_BYTES_MAX ||
	    !str_is_utf8(ret->reason)) {
		fprintf(stderr,
		    "strike erase-person: say why: --reason TEXT, at most %d bytes; it is kept\n",
		    REASON_BYTES_MAX);
		return false;
	}
	return true;
}

int
command_erase_person(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct erasing erasing = { .store = NULL };
	int status = COULD_NOT;

	options_read(argc, argv, "cry@", about, &chosen);
	if (read_arguments(&chosen, &erasing)) {
		struct err *err = open_store(&erasing, &chosen, arena);

		if (err == NULL)
			err = erase(&erasing, &chosen, arena, &status);
		if (err != NULL) {
			command_print_fault("erase-person", err);
			status = COULD_NOT;
		}
	}
	store_session_close(erasing.session);
	if (erasing.store != NULL)
		store_close(erasing.store);
	clock_destroy(erasing.clock);
	arena_destroy(arena);
	return status;
}
