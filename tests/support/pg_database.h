#ifndef PG_DATABASE_H
#define PG_DATABASE_H

#include <libpq-fe.h>

#include "base/uuid.h"

/*
 * pg_database: a migrated database of its own for a test program, in the cluster
 * that STRIKE_TEST_DATABASE_URL names (a superuser's connection string).
 */

/** Make it; 0, or after a message the exit code of a program that cannot run (77: skip). */
int pg_database_create(void);

/** Drop it.  Every connection to it must be closed. */
void pg_database_drop(void);

/** The connection string of the database. */
const char *pg_database_conninfo(void);

/** A superuser's connection to it, which row-level security and triggers stop nowhere. */
PGconn *pg_database_connect(void);

/** A connection in the API's role, acting for ${organisation}; Nil: it never said for whom. */
PGconn *pg_database_connect_api(struct uuid organisation);

/** Run ${sql} on ${conn}; the test fails when it does. */
void pg_database_run(PGconn *conn, const char *sql);

/** The first value of what ${sql} returns, as a number. */
long long pg_database_number(PGconn *conn, const char *sql);

/** Begin with new partitions, of ${rows} numbers each.  What was in them is gone. */
void pg_database_partition(PGconn *conn, long long rows);

/** Empty every table, as if it had just been migrated. */
void pg_database_reset(void);

#endif
