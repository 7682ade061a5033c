#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "app/audit.h"
#include "app/history.h"
#include "bin/command.h"
#include "bin/options.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"

static const char about[] =
    "Write the history of an organisation as JSON Lines: every event of its ECOs byte for byte, "
    "with what it refers to.\v"
    "The first line is a header, the last holds the number of lines and events and the SHA-256 "
    "of all that stands before it.  Between them each line is one organisation, agreement, user, "
    "key or event; src/app/history.h describes every member.  'strike import' takes the file in "
    "elsewhere.\n\n"
    "The file holds both sides of every ECO, notes to one's own side included: it is for keeping "
    "and moving a history, not for handing it to one of the companies.  People's names and "
    "numbers stand in it sealed, and without their keys nobody can read them; events from before "
    "people's data was sealed hold what they always held.\n\n"
    "--with-keys adds the keys, of people and of what a side keeps to itself, and needs --out.  "
    "Then the file is as secret as the people's phone book, and erasing a person does not reach "
    "into it.\n\n"
    "--after POSITION goes on where an earlier export ended: its header says \"head\".";

struct writing {
	int fd;
	int64_t told;
};

static struct err *
put(void *context, struct arena *arena, struct str bytes)
{
	const struct writing *writing = context;
	size_t done = 0;

	while (done < bytes.len) {
		ssize_t n = write(writing->fd, bytes.ptr + done, bytes.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR(arena, ERR_UNAVAILABLE, "cannot write: %s", strerror(errno));
		done += (size_t)n;
	}
	return NULL;
}

static void
tell(void *context, const struct history_counts *so_far)
{
	struct writing *writing = context;

	if (so_far->events - writing->told < 5000)
		return;
	writing->told = so_far->events;
	fprintf(stderr, "%lld events\n", (long long)so_far->events);
}

/* A file that is there is not written over; one with keys is for its owner alone. */
static struct err *
open_out(const struct command_options *chosen, struct arena *arena, int *ret)
{
	mode_t mode = chosen->with_keys ? 0600 : 0640;

	*ret = STDOUT_FILENO;
	if (chosen->out != NULL)
		*ret = open(chosen->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (*ret < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "cannot make %s: %s", chosen->out, strerror(errno));
	return NULL;
}

static struct err *
close_out(const struct command_options *chosen, struct arena *arena, int fd)
{
	if (chosen->out == NULL)
		return NULL;
	if (fsync(fd) == 0 && close(fd) == 0)
		return NULL;
	return ERR(arena, ERR_UNAVAILABLE, "cannot write %s: %s", chosen->out, strerror(errno));
}

static void
print_counts(const struct history_counts *counts)
{
	fprintf(stderr,
	    "exported %lld events of %lld ECOs and %lld records of the directory, with %lld "
	    "organisations, %lld agreements, %lld users and %lld keys; the log stands at position "
	    "%lld\n",
	    (long long)counts->events, (long long)counts->ecos, (long long)counts->records,
	    (long long)counts->organisations, (long long)counts->agreements,
	    (long long)counts->users, (long long)counts->keys, (long long)counts->head);
	if (counts->keys > 0)
		fputs(
		    "WITH KEYS: whoever has this file can read the names and phone numbers in it, "
		    "for ever, also of people who are erased later.  Keep it as you keep the "
		    "vault_key, or delete it.\n",
		    stderr);
}

/* That it was begun is written down first: a file that broke off holds data as well. */
static struct err *
note_export(const struct command_options *chosen, struct store_session *session,
    struct arena *arena, struct uuid organisation)
{
	struct record_author author = {
		.session = session,
		.arena = arena,
		.now = clock_system_now(),
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("cli") },
	};

	author.correlation = random_uuid(author.now);
	return audit_write(&author, DIRECTORY_EVENT_EXPORTED,
	    &(struct audit){
		.organisation = organisation,
		.via = STR("cli"),
		.operation = STR("export"),
		.detail = arena_printf(arena, "history behind position %lld, %s keys",
		    (long long)chosen->after, chosen->with_keys ? "with" : "without"),
	    });
}

static struct err *
export_to(const struct command_options *chosen, struct store_session *session, struct arena *arena,
    int fd)
{
	struct writing writing = { .fd = fd };
	struct store_organisation organisation;
	struct history_counts counts;
	bool found;

	TRY(store_find_organisation(
	    session, arena, UUID_NIL, str_from_z(chosen->organisation), &found, &organisation));
	if (!found)
		return ERR(arena, ERR_CORRUPT, "there is no organisation %s", chosen->organisation);
	TRY(note_export(chosen, session, arena, organisation.id));
	TRY(history_export(arena,
	    &(struct history_export){
		.session = session,
		.organisation = organisation.id,
		.after = chosen->after,
		.with_keys = chosen->with_keys,
		.now = clock_system_now(),
		.put = put,
		.progress = tell,
		.context = &writing,
	    },
	    &counts));
	TRY(close_out(chosen, arena, fd));
	print_counts(&counts);
	return NULL;
}

static struct err *
run(const struct command_options *chosen, struct arena *arena, struct store **store,
    struct store_session **session)
{
	struct config settings;
	struct err *err;
	int fd;

	if (chosen->organisation == NULL)
		return err_explain(ERR(arena, ERR_CORRUPT, "whose history is not said"), STR(""),
		    STR("Give --organisation HANDLE."));
	if (chosen->with_keys && chosen->out == NULL)
		return err_explain(ERR(arena, ERR_CORRUPT, "keys are not written just anywhere"),
		    STR(""), STR("Give --out FILE: it is made for its owner alone."));
	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), store));
	TRY(store_session_open(*store, arena, STORE_WORKER, session));
	TRY(open_out(chosen, arena, &fd));
	err = export_to(chosen, *session, arena, fd);
	/* Half a history is none. */
	if (err != NULL && chosen->out != NULL)
		(void)unlink(chosen->out);
	return err;
}

int
command_export(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct store_session *session = NULL;
	struct store *store = NULL;
	struct err *err;

	options_read(argc, argv, "coOak", about, &chosen);
	err = run(&chosen, arena, &store, &session);
	if (err != NULL)
		command_print_fault("export", err);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
