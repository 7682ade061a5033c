#ifndef STORE_PG_DOCTOR_H
#define STORE_PG_DOCTOR_H

#include "base/err.h"
#include "base/instant.h"

/*
 * store_pg_doctor: whether a database is what the store needs it to be.
 *
 * Each precondition is one finding.  Those that the store cannot do without, or
 * that could cost what was answered as done, fail; what only makes life harder is a
 * warning.  It changes nothing.
 */

#define STORE_PG_FINDINGS_MAX 32

enum store_pg_health { STORE_PG_OK, STORE_PG_WARNING, STORE_PG_FAILED };

struct store_pg_finding {
	struct str about; /* e.g. "row-level security" */
	enum store_pg_health health;
	struct str said;   /* what was found */
	struct str advice; /* what to do, when it is not ok */
};

struct store_pg_question {
	int64_t connections;         /* that one process will open */
	struct instant (*now)(void); /* the system's clock on this machine */
};

/**
 * Look at the database that ${conninfo} names.  A fault means that it could not be
 * asked at all; ${ret} has room for STORE_PG_FINDINGS_MAX.
 */
NODISCARD struct err *store_pg_examine(struct arena *arena, const char *conninfo,
    const struct store_pg_question *question, struct store_pg_finding *ret, size_t *ret_count);

#endif
