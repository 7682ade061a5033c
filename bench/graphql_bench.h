#ifndef GRAPHQL_BENCH_H
#define GRAPHQL_BENCH_H

#include "bench_plan.h"
#include "bench_report.h"

/*
 * graphql_bench: the parts of "./dev bench graphql".  Each measures one thing and adds its
 * rows to the report.
 */
#define GRAPHQL_REPEATS_MAX 9

struct graphql_bench {
	struct arena *arena;
	struct report *report;
	const char *results; /* the folder */
	const char *root;    /* the checkout */
	bool peers;          /* they could be installed */
	int repeats;         /* at most GRAPHQL_REPEATS_MAX */
	int64_t run_ms;      /* of one measurement */
};

/** Reading, validating and executing documents on data in memory, beside graphql-js. */
NODISCARD struct err *bench_engine(struct graphql_bench *bench);

/** The board and createEco of a server, beside servers in Node on the same PostgreSQL. */
NODISCARD struct err *bench_api(struct graphql_bench *bench);

/** Many subscribers: what one costs, and how long an event takes to all of them. */
NODISCARD struct err *bench_live(struct graphql_bench *bench);

/** The file bench/graphql/${name}. */
NODISCARD struct err *graphql_bench_read(
    const struct graphql_bench *bench, const char *name, struct str *ret);

/** ${text} as a JSON string. */
struct str graphql_bench_quote(const struct graphql_bench *bench, struct str text);

#endif
