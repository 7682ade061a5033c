#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <sys/types.h>

#include "bench_database.h"
#include "runtime/http_client.h"

/*
 * world: the program as it is shipped, for one measurement.  A new database,
 * migrated and with the development seed; "strike mock" and "strike serve" as
 * processes, on the real clock, with their default settings; a client.
 *
 * STRIKE_TEST_BIN names the program, STRIKE_TEST_SOURCE_ROOT the checkout and
 * STRIKE_BENCH_RESULTS the folder for logs, as ./dev bench sets them.
 */
struct world {
	struct arena *arena;
	struct database database;
	struct str server_url, mock_url;
	struct http_client *client;
	const char *results; /* the folder */
	pid_t mock, server;
};

/** Begin, playing the scenario in the file ${scenario} of the folder bench/.  End it in any case.
 */
NODISCARD struct err *world_begin(
    struct world *world, struct arena *arena, const char *scenario, const char *label);

/** Stop everything and drop the database. */
void world_end(struct world *world);

/** The environment variable ${name}, or a fault that says who sets it. */
NODISCARD struct err *world_setting(struct arena *arena, const char *name, const char **ret);

#endif
