#ifndef STORE_PG_H
#define STORE_PG_H

#include "store/store.h"

/*
 * store_pg: the store port on PostgreSQL 15 or newer with PostGIS.
 *
 * A session is one connection, which takes on the role strike_api or
 * strike_worker; the login role must be a member of both.  A session whose
 * connection broke connects again at its next call, once a call; inside a
 * transaction it does not, because there is nothing left to go on with.
 *
 * A store has one connection more.  It holds an advisory lock with the number of
 * this instance; when the process dies the lock falls, and with it its claims.
 *
 * Schema and functions are migrations/; every query is in queries.sql.
 */

/**
 * Open the database that ${conninfo} names (a libpq connection string or URI).
 * ERR_UNAVAILABLE when it cannot be reached or is not migrated; ERR_CORRUPT when
 * it is not fit to be used, e.g. its event sequence caches numbers.
 */
NODISCARD struct err *store_pg_open(struct arena *arena, const char *conninfo, struct store **ret);

/* Told of every migration before it is applied. */
typedef void store_pg_progress_f(void *context, struct str name);

/**
 * Bring the database up to this program: apply what is missing of migrations/, in
 * order, each in a transaction of its own, one program at a time.  ERR_CORRUPT
 * when a migration that was applied is no longer what it was, or the database is
 * ahead of this program.  ${progress} may be NULL.  ${ret_applied}: how many were.
 */
NODISCARD struct err *store_pg_migrate(struct arena *arena, const char *conninfo,
    store_pg_progress_f *progress, void *context, size_t *ret_applied);

/**
 * How many statements the STORE_API sessions of this process have run, what begins and ends a
 * transaction apart: for tests of what a request costs.
 */
int64_t store_pg_statements(void);

#endif
