#ifndef STORE_BENCH_H
#define STORE_BENCH_H

#include "bench_database.h"
#include "bench_plan.h"
#include "bench_report.h"
#include "store/store.h"

/*
 * store_bench: the parts of "./dev bench store".  Each measures one thing of the
 * event store on the database ${bench->database}, which has our schema, and adds
 * its rows to the report.
 */
struct store_bench {
	struct arena *arena;
	struct database database;
	struct store *store;
	struct report *report;
	const char *results; /* the folder */
	bool peers;          /* they could be installed */
	int repeats;
	int64_t run_ms;        /* of one measurement */
	struct str conditions; /* of every row: PostgreSQL and its settings */
};

/** Appends a second, and how long one takes, beside INSERT, COPY, message-db and Emmett. */
NODISCARD struct err *bench_appends(struct store_bench *bench);

/** From an append's answer to a follower's hand: idle, loaded, beside a foreign transaction. */
NODISCARD struct err *bench_feed(struct store_bench *bench);

/** Replaying, projecting and verifying a log of real callouts. */
NODISCARD struct err *bench_follow(struct store_bench *bench);

/** What row-level security, hashing and sealing cost; bytes and WAL of an event. */
NODISCARD struct err *bench_costs(struct store_bench *bench);

/** What row-level security costs the board's query. */
NODISCARD struct err *bench_board(struct store_bench *bench);

/** Timers and the outbox, beside graphile-worker. */
NODISCARD struct err *bench_work(struct store_bench *bench);

/** Run ${sql} as a superuser. */
NODISCARD struct err *bench_sql(struct store_bench *bench, const char *sql);

#endif
