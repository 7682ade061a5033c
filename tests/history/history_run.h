#ifndef HISTORY_RUN_H
#define HISTORY_RUN_H

#include <libpq-fe.h>
#include <sys/types.h>

#include "base/arena.h"
#include "runtime/private_postgres.h"

/*
 * history_run: a PostgreSQL of its own, the processes that work on it, and whoever
 * kills them: workers at random, the database twice, the leader's connections.
 */

#define RUN_CHILDREN_MAX 24

struct child {
	char letter;
	int index, life;
	pid_t process;     /* 0: none */
	int64_t paused_ms; /* until when it is stopped; 0: it is not */
	bool wanted;
};

struct run {
	struct arena *arena;
	char folder[64];    /* of everything */
	char histories[96]; /* of the files */
	uint64_t seed, random;
	struct private_postgres_options options;
	struct private_postgres postgres;
	const char *conninfo;
	PGconn *foreign; /* a write transaction in another database, always open */
	struct child children[RUN_CHILDREN_MAX];
	size_t child_count;
	int64_t pause_ms; /* how long somebody is stopped at most */
	int killed, died, paused, database_killed, leaders_broken, presumed_dead;
};

/** A cluster, a migrated database with what history.sql says, and another one beside it. */
void run_begin(struct run *run, uint64_t seed);

/** All the processes at work for ${seconds}, while they are being killed. */
void run_play(struct run *run, int64_t seconds);

/** Let everybody come to an end: nothing is left to be sequenced or followed. */
void run_settle(struct run *run);

/** Stop and remove everything.  Harmless when it was never begun. */
void run_end(struct run *run);

/** Dump the database, restore it into another cluster, and go on there. */
void history_restore(const struct run *run);

/** How often the database has said ${words} in its log. */
int64_t run_count_log(const struct run *run, const char *words);

/** A superuser's connection. */
PGconn *run_connect(const struct run *run);

#endif
