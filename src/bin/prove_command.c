#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/options.h"
#include "proof/proof.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"

static const char about[] =
    "Write a proof of an ECO's history, which anybody can check without us "
    "('strike check-proof', or the small program strike-check).\v"
    "It holds every event of the ECO with all that is hashed, notes to one's own side included, "
    "and of other ECOs nothing but digests.  Each event is followed by the ticks up to the next "
    "signed one; where nothing is signed, or --to-head is given, by all up to the newest, which "
    "is about 200 bytes for each tick since the first event.\n\n"
    "Without --out it goes to standard output.";

struct proving {
	struct store *store;
	struct store_session *session;
	FILE *file;
	int64_t bytes;
};

static struct err *
put_line(void *context, struct arena *arena, struct str line)
{
	struct proving *proving = context;

	if (fwrite(line.ptr, 1, line.len, proving->file) != line.len ||
	    fputc('\n', proving->file) == EOF)
		return ERR(arena, ERR_UNAVAILABLE, "cannot write: %s", strerror(errno));
	proving->bytes += (int64_t)line.len + 1;
	return NULL;
}

static struct err *
find_eco(struct proving *proving, const char *said, struct arena *arena, struct uuid *ret)
{
	struct str name = str_from_z(said);
	struct store_board_row row;
	bool found;

	if (said == NULL)
		return err_explain(ERR(arena, ERR_CORRUPT, "which ECO is not said"), STR(""),
		    STR("Give --eco with a job number or an id."));
	if (uuid_parse(name, ret))
		return NULL;
	TRY(store_find_board_by_number(proving->session, arena, name, &found, &row));
	if (!found)
		return ERR(arena, ERR_CORRUPT, "there is no ECO %s", said);
	*ret = row.eco;
	return NULL;
}

/* A file that is there is not written over. */
static struct err *
open_out(struct proving *proving, const char *path, struct arena *arena)
{
	proving->file = path == NULL ? stdout : fopen(path, "wxe");
	if (proving->file == NULL)
		return ERR(arena, ERR_UNAVAILABLE, "cannot make %s: %s", path, strerror(errno));
	return NULL;
}

static struct err *
close_out(struct proving *proving, struct arena *arena)
{
	bool good = fflush(proving->file) == 0;

	if (proving->file != stdout)
		good = fsync(fileno(proving->file)) == 0 && good;
	if (!good)
		return ERR(arena, ERR_UNAVAILABLE, "cannot write: %s", strerror(errno));
	return NULL;
}

static void
say_made(const struct proving *proving, const struct proof_made *made)
{
	fprintf(stderr,
	    "%lld events in %lld ticks, %lld bytes, up to tick %lld, which is %ssigned\n",
	    (long long)made->events, (long long)made->ticks, (long long)proving->bytes,
	    (long long)made->head.number, made->is_signed ? "" : "not ");
	if (made->unplaced > 0)
		fprintf(stderr, "%lld newer events have no position yet, and are not in it\n",
		    (long long)made->unplaced);
}

static struct err *
write_proof(struct proving *proving, struct proof_wanted *wanted, struct arena *arena)
{
	struct proof_made made;

	TRY(proof_make(proving->session, arena, wanted, put_line, proving, &made));
	TRY(close_out(proving, arena));
	say_made(proving, &made);
	return NULL;
}

static struct err *
run(struct proving *proving, const struct command_options *chosen, struct arena *arena)
{
	struct proof_wanted wanted = { .to_head = chosen->to_head };
	struct config settings;
	struct err *err;

	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), &proving->store));
	TRY(store_session_open(proving->store, arena, STORE_WORKER, &proving->session));
	TRY(find_eco(proving, chosen->eco, arena, &wanted.eco));
	TRY(open_out(proving, chosen->out, arena));
	err = write_proof(proving, &wanted, arena);
	/* Half a proof is none. */
	if (err != NULL && chosen->out != NULL)
		(void)unlink(chosen->out);
	return err;
}

int
command_prove(int argc, char **argv)
{
	struct arena *arena = arena_create(PROOF_MAKE_ARENA);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct proving proving = { .store = NULL };
	struct err *err;

	options_read(argc, argv, "cEOH", about, &chosen);
	err = run(&proving, &chosen, arena);
	if (err != NULL)
		command_print_fault("prove", err);
	if (proving.file != NULL && proving.file != stdout)
		(void)fclose(proving.file);
	store_session_close(proving.session);
	store_close(proving.store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
