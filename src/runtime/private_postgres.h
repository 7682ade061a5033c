#ifndef RUNTIME_PRIVATE_POSTGRES_H
#define RUNTIME_PRIVATE_POSTGRES_H

#include <sys/types.h>

#include "base/err.h"

/*
 * private_postgres: a PostgreSQL of our own, for a machine that has no other.
 *
 * It is made once, with initdb, in a folder (its home), and runs as a child of
 * this process for as long as this process wants it.  It listens on a unix
 * socket only, in a folder that only its owner may enter, so nobody else on the
 * machine can reach it and there is no password.  What it stores is as durable
 * as in production: fsync stays on.
 *
 * PostgreSQL refuses to run as root.  Started by root, the database belongs to
 * an ordinary user instead (${user}).
 *
 *   home/data   the cluster        home/log    what PostgreSQL says
 *   home/lock   held while in use  home/.s.*   the socket
 *
 * When the process dies, however it dies, the database is told by the kernel to
 * stop.  A start that finds one still stopping waits for it.  Only one process at
 * a time may use a home.
 *
 * It does not migrate, and it does not make a cluster of one PostgreSQL version
 * fit for another.
 */
#define PRIVATE_POSTGRES_VERSION_MIN 15

/* Is told, in a phrase for a person, what is being done that may take seconds. */
typedef void private_postgres_progress_f(void *context, struct str what);

struct private_postgres_options {
	struct str home;                       /* where it lives; made when it does not exist */
	struct str database;                   /* made when it does not exist */
	struct str user;                       /* whose it is when we are root; empty: "postgres" */
	private_postgres_progress_f *progress; /* may be NULL */
	void *progress_context;
};

/* A database that runs.  The texts live in the arena that it was started with. */
struct private_postgres {
	pid_t process; /* 0: does not run */
	int process_fd, lock_fd;
	const char *sockets; /* the folder of the socket */
	struct str home; /* where it lives, absolute; not the one asked for when there is a note */
	struct str conninfo; /* for libpq, as a superuser, to ${database} */
	struct str log_path;
	struct str note; /* what a person should know about it; mostly empty */
};

/**
 * Start the database that ${options} describe, making it first when needed, and
 * wait until it answers; ${*ret} describes it and must be stopped.
 *
 * The calling thread must live as long as the database is wanted, for the kernel
 * counts its end as that of the process (PR_SET_PDEATHSIG, prctl(2)): call it in main.
 *
 * A home that ${user} cannot reach or that belongs to somebody else is replaced
 * by one under /var/lib/osprey-strike (root) or /var/tmp, named after the path
 * that was asked for, and ${ret->note} says so.
 *
 * Faults: ERR_CONFLICT, another process uses this home; ERR_UNAVAILABLE,
 * PostgreSQL or PostGIS is not installed or does not start; ERR_CORRUPT, the
 * home was made by a version of PostgreSQL that is not installed.  Every one
 * carries a hint.
 */
NODISCARD struct err *private_postgres_start(struct arena *arena,
    const struct private_postgres_options *options, struct private_postgres *ret);

/**
 * Stop ${postgres} in an orderly way and wait for its end; sessions in progress
 * are ended.  Does nothing when it does not run, so it is fit for CLEANUP.
 */
void private_postgres_stop(struct private_postgres *postgres);

#endif
