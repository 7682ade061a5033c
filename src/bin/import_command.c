#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "app/history.h"
#include "bin/command.h"
#include "bin/options.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"

static const char about[] =
    "Take in WHAT, a file that 'strike export' wrote elsewhere.\v"
    "The whole file is checked before anything is written: its form, every hash, the order of "
    "versions, counts and checksum.  What is wrong is named with its line.  Then it is "
    "imported in pieces; interrupted, it can be run again, and what is there already is "
    "skipped.\n\n"
    "Nothing that is there is changed, and nobody is rung: imported events are past.  An "
    "agreement that is missing here is made as one that has ended; a user who is missing may act "
    "for nobody; job numbers of the file are never given again.  A key that is here already "
    "stays: what was sealed under another reads \"no key\".\n\n"
    "--with-directory takes in the organisation's records as well: members, agreements, people, "
    "lists, regions and tokens, which then count as the file leaves them.  Do it only with a file "
    "from somebody who may say who comes in.  The vault_key must be the one under which the "
    "file's keys were wrapped.\n\n"
    "A file that fits proves that it is whole, not who made it.";

struct reading {
	const char *path;
	int fd;
	int64_t told, added;
};

static struct err *
get(void *context, struct arena *arena, char *bytes, size_t limit, size_t *ret)
{
	const struct reading *reading = context;
	ssize_t n;

	do {
		n = read(reading->fd, bytes, limit);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "cannot read %s: %s", reading->path, strerror(errno));
	*ret = (size_t)n;
	return NULL;
}

static struct err *
to_beginning(void *context, struct arena *arena)
{
	const struct reading *reading = context;

	if (lseek(reading->fd, 0, SEEK_SET) == 0)
		return NULL;
	return err_explain(
	    ERR(arena, ERR_UNAVAILABLE, "cannot read %s twice: %s", reading->path, strerror(errno)),
	    STR(""), STR("It is checked first and then imported: give a file, not a pipe."));
}

static void
tell(void *context, const struct history_counts *so_far)
{
	struct reading *reading = context;
	int64_t now = so_far->is_wanted ? so_far->added : so_far->events;

	if (now - reading->told < 5000 && now >= reading->told)
		return;
	reading->told = now;
	fprintf(
	    stderr, "%lld events %s\n", (long long)now, so_far->is_wanted ? "imported" : "checked");
}

static void
print_counts(const struct command_options *chosen, const struct history_counts *counts)
{
	if (counts->keys > 0)
		fprintf(stderr, "WITH KEYS: the file holds %lld keys of people and organisations\n",
		    (long long)counts->keys);
	fprintf(stderr,
	    "the file is whole: %lld events of %lld ECOs and %lld records of the directory, with "
	    "%lld organisations, %lld agreements, %lld users and %lld keys\n",
	    (long long)counts->events, (long long)counts->ecos, (long long)counts->records,
	    (long long)counts->organisations, (long long)counts->agreements,
	    (long long)counts->users, (long long)counts->keys);
	if (chosen->dry_run)
		fputs("nothing was written (--dry-run)\n", stderr);
	else
		fprintf(stderr,
		    "imported %lld events; %lld were there already; %lld of the directory's "
		    "records were left out; a server that does the work gives them "
		    "their place in the log\n",
		    (long long)counts->added,
		    (long long)(counts->events - counts->added - counts->left_out),
		    (long long)counts->left_out);
}

static struct err *
run(const struct command_options *chosen, struct arena *arena, struct store **store,
    struct store_session **session)
{
	struct reading reading = { .path = chosen->argument };
	struct history_counts counts;
	struct config settings;
	struct vault vault;
	struct err *err;

	if (chosen->argument == NULL)
		return ERR(arena, ERR_CORRUPT, "which file is not said");
	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(vault_init(arena, secret_reveal(settings.vault_key), random_bytes, &vault));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), store));
	TRY(store_session_open(*store, arena, STORE_WORKER, session));
	reading.fd = open(chosen->argument, O_RDONLY | O_CLOEXEC);
	if (reading.fd < 0)
		return ERR(arena, ERR_UNAVAILABLE, "cannot open %s: %s", chosen->argument,
		    strerror(errno));
	err = history_import(arena,
	    &(struct history_import){
		.session = *session,
		.vault = &vault,
		.with_directory = chosen->with_directory,
		.dry_run = chosen->dry_run,
		.get = get,
		.rewind = to_beginning,
		.progress = tell,
		.context = &reading,
	    },
	    &counts);
	close(reading.fd);
	if (err == NULL)
		print_counts(chosen, &counts);
	return err;
}

int
command_import(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct store_session *session = NULL;
	struct store *store = NULL;
	struct err *err;

	options_read(argc, argv, "cnD@", about, &chosen);
	err = run(&chosen, arena, &store, &session);
	if (err != NULL)
		command_print_fault("import", err);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
