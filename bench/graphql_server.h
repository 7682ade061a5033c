#ifndef GRAPHQL_SERVER_H
#define GRAPHQL_SERVER_H

#include "bench_http.h"
#include "bench_world.h"
#include "graphql_bench.h"

/*
 * graphql_server: what is measured over HTTP and WebSocket: our server, or one of
 * bench/peers, on the same database and for the same asker.
 */
struct graphql_server {
	const char *name;
	const char *arguments[4]; /* of the peer: script, kind, processes; NULL first: ours */
	uint16_t port;
	pid_t pid;
	bool runs;
};

/**
 * A token of the seed's operator of Lone Star Fiber NOC, as header lines, in the database of the
 * world that was begun last.
 */
NODISCARD struct err *graphql_server_token(struct graphql_bench *bench, struct str *ret);

/** Our server, as ${world} runs it. */
NODISCARD struct err *graphql_server_ours(
    struct graphql_bench *bench, struct world *world, struct graphql_server *ret);

/**
 * Start the peer ${server} on ${world}'s database with ${connections} of them, and wait until
 * it answers.  Stop it in any case.
 */
NODISCARD struct err *graphql_server_start(struct graphql_bench *bench, struct world *world,
    struct graphql_server *server, size_t connections);

void graphql_server_stop(struct graphql_server *server);

#endif
