#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/options.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"
#include "store/store_archive.h"

static const char about[] =
    "List the partitions of events, make new ones ahead of need, and move the oldest into the "
    "archive.  Without an option: --list.\v"
    "What is archived is still read where it is asked for, only more slowly, and can be kept on "
    "another disk.  The oldest partition stays where it is, and the command says why, while it "
    "is not full, while a follower of the log has not passed it, and while one of its ECOs "
    "still has something to come.";

#define MIB (1 << 20)

static struct err *
print_partitions(struct store_session *session, struct arena *arena)
{
	struct store_partitions partitions;

	TRY(store_list_partitions(session, arena, &partitions));
	printf("%-32s %20s %20s %10s\n", "partition", "from", "to", "MiB");
	for (size_t i = 0; i < partitions.count; i++) {
		const struct store_partition *at = &partitions.at[i];

		printf("%-32.*s %20lld %20lld %10.1f%s\n", STR_ARG(at->name),
		    (long long)at->from_seq, (long long)at->to_seq, (double)at->bytes / MIB,
		    at->archived ? " archived" : "");
	}
	printf("newest event %lld; a new partition takes %lld\n", (long long)partitions.last_seq,
	    (long long)partitions.rows);
	return NULL;
}

static struct err *
make_ahead(struct store_session *session, struct arena *arena)
{
	int64_t made;

	TRY(store_make_partitions(session, arena, &made));
	printf("made %lld partitions\n", (long long)made);
	return NULL;
}

static struct err *
archive_oldest(struct store_session *session, struct arena *arena)
{
	struct store_partition partition;

	TRY(store_archive_oldest(session, arena, &partition));
	printf("archived %.*s: events %lld up to %lld, %.1f MiB\n", STR_ARG(partition.name),
	    (long long)partition.from_seq, (long long)partition.to_seq,
	    (double)partition.bytes / MIB);
	return NULL;
}

static struct err *
run(const struct command_options *chosen, struct arena *arena, struct store **store,
    struct store_session **session)
{
	struct config settings;

	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), store));
	TRY(store_session_open(*store, arena, STORE_WORKER, session));
	if (chosen->ahead)
		TRY(make_ahead(*session, arena));
	if (chosen->oldest)
		TRY(archive_oldest(*session, arena));
	if (chosen->list || !(chosen->ahead || chosen->oldest))
		TRY(print_partitions(*session, arena));
	return NULL;
}

int
command_archive(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct store_session *session = NULL;
	struct store *store = NULL;
	struct err *err;

	options_read(argc, argv, "clAz", about, &chosen);
	err = run(&chosen, arena, &store, &session);
	if (err != NULL)
		command_print_fault("archive", err);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
