#ifndef BENCH_DATABASE_H
#define BENCH_DATABASE_H

#include <libpq-fe.h>

#include "base/err.h"

/*
 * database: a database of its own for a measurement, in the cluster that
 * STRIKE_TEST_DATABASE_URL names (a superuser's connection string; ./dev bench
 * starts one that is as durable as in production).
 */
struct database {
	struct str name;
	struct str conninfo;
	struct str host;   /* the folder of the socket */
	struct str user;   /* who connects */
	struct str server; /* "PostgreSQL 15.8, fsync on, synchronous_commit on" */
	struct str folder; /* where the cluster's data is */
};

/** Make the database ${name} anew and describe it in ${*ret}, which lives in ${arena}. */
NODISCARD struct err *database_create(struct arena *arena, const char *name, struct database *ret);

/** Drop it, whoever is connected. */
void database_drop(const struct database *database);

/** Ask ${database}: the result, to be cleared by the caller, in ${*ret}. */
NODISCARD struct err *database_ask(
    const struct database *database, struct arena *arena, const char *sql, PGresult **ret);

#endif
