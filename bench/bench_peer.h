#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "base/json.h"
#include "bench_world.h"

/*
 * peer: what others have built on PostgreSQL, on the same cluster.  They are
 * installed from npm into the results folder on the first run, never shipped.
 *
 * A peer that is a program for Node stands in bench/peers and prints its figures
 * as one JSON object.
 */

/** Install them; a fault says why they cannot be measured. */
NODISCARD struct err *peer_install(struct arena *arena, const char *results);

/** The node that all peers run on: the pinned one of npm where there is one, else the system's. */
const char *peer_node(struct arena *arena, const char *results);

/** Have the programs that are started from now on connect to ${database}: PGHOST, .... */
void peer_point_at(struct arena *arena, const struct database *database);

/**
 * Run bench/peers/${script} with ${argument_count} arguments on the database
 * ${database} (PGHOST, PGUSER and PGDATABASE say so to it; NULL: on none); what it prints
 * ends up in ${*ret}.
 */
NODISCARD struct err *peer_run(struct arena *arena, const char *results,
    const struct database *database, const char *script, const char *const *arguments,
    size_t argument_count, const struct json **ret);

/** The member ${name} of what a peer printed; 0 when there is none. */
double peer_figure(const struct json *document, struct str name);

/** Put message-db's schema and functions into ${database}. */
NODISCARD struct err *peer_install_message_db(
    struct arena *arena, const char *results, const struct database *database);

struct peer_figures {
	double p50_ms, p99_ms, max_ms;
};

/**
 * graphile-worker, a job queue with LISTEN and NOTIFY, at ${rate} jobs a second,
 * ${count} jobs: from the schedule to the start of the handler.
 */
NODISCARD struct err *peer_measure(
    struct arena *arena, const char *results, double rate, size_t count, struct peer_figures *ret);

#endif
