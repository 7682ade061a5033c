#include <stdio.h>
#include <stdlib.h>

#include "bench_machine.h"
#include "bench_peer.h"
#include "store/pg/store_pg.h"
#include "store_bench.h"

/*
 * store: what the event store can do, and what it costs, beside others on the same
 * PostgreSQL.
 *
 * usage: store [PART]...     (appends feed follow costs work; none: all)
 *
 * STRIKE_BENCH_REPEATS (3) and STRIKE_BENCH_RUN_MS (1500) say how often and how
 * long; what is compared is run in turn in each repeat, and the median is shown.
 */

#define ARENA_BYTES (1024u << 20)

static const struct part {
	const char *name;
	struct err *(*run)(struct store_bench *);
} parts[] = {
	{ "appends", bench_appends },
	{ "feed", bench_feed },
	{ "follow", bench_follow },
	{ "costs", bench_costs },
	{ "board", bench_board },
	{ "work", bench_work },
};

static void
clear(PGresult **result)
{
	PQclear(*result);
}

struct err *
bench_sql(struct store_bench *bench, const char *sql)
{
	CLEANUP(clear) PGresult *result = NULL;

	return database_ask(&bench->database, bench->arena, sql, &result);
}

static void
say_step(void *context, struct str name)
{
	(void)context;
	(void)name;
}

/* Who cannot be installed is left out. */
static void
install_peers(struct store_bench *bench)
{
	struct err *missing = peer_install(bench->arena, bench->results);

	bench->peers = missing == NULL;
	if (missing != NULL)
		printf("the peers from npm are left out: %.*s\n", STR_ARG(missing->message));
}

static struct err *
open_database(struct store_bench *bench)
{
	size_t applied;

	TRY(database_create(bench->arena, "strike_bench_store", &bench->database));
	TRY(store_pg_migrate(bench->arena, bench->database.conninfo.ptr, say_step, NULL, &applied));
	TRY(store_pg_open(bench->arena, bench->database.conninfo.ptr, &bench->store));
	bench->conditions = bench->database.server;
	return NULL;
}

/* A part has a database of its own: what one leaves behind is no load for the next. */
static struct err *
run_part(struct store_bench *bench, const struct part *part)
{
	struct err *err;

	printf("%s\n", part->name);
	(void)fflush(stdout);
	err = open_database(bench);
	if (err == NULL)
		err = part->run(bench);
	store_close(bench->store);
	bench->store = NULL;
	database_drop(&bench->database);
	return err;
}

static bool
is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (str_equal(str_from_z(argv[i]), str_from_z(name)))
			return true;
	return argc == 1;
}

/* What was measured is said, even when something went wrong after it. */
static struct err *
run(struct store_bench *bench, int argc, char **argv)
{
	struct err *err = NULL;

	TRY(world_setting(bench->arena, "STRIKE_BENCH_RESULTS", &bench->results));
	install_peers(bench);
	for (size_t i = 0; i < COUNT_OF(parts) && err == NULL; i++)
		if (is_wanted(parts[i].name, argc, argv))
			err = run_part(bench, &parts[i]);
	report_print(bench->report);
	TRY(report_write(bench->report, bench->arena, bench->results));
	return err;
}

int
main(int argc, char **argv)
{
	struct report *report = calloc(1, sizeof(*report));
	struct store_bench bench = {
		.arena = arena_create(ARENA_BYTES),
		.report = report,
		.repeats = (int)bench_setting("STRIKE_BENCH_REPEATS", 3),
		.run_ms = bench_setting("STRIKE_BENCH_RUN_MS", 1500),
	};
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));
	struct err *err;

	CHECK(report != NULL);
	report->area = "store";
	report->everywhere = machine_describe(bench.arena, "PostgreSQL and its clients");
	err = run(&bench, argc, argv);
	if (err != NULL) {
		err_format(err, &text);
		fprintf(
		    stderr, "store: %.*s\n%.*s\n", STR_ARG(buf_view(&text)), STR_ARG(err->detail));
	}
	arena_destroy(bench.arena);
	free(report);
	return err == NULL ? 0 : 1;
}
