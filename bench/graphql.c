#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_machine.h"
#include "bench_peer.h"
#include "graphql_bench.h"

/*
 * graphql: what the GraphQL engine can do, and the API that is built on it, beside others.
 *
 * usage: graphql [PART]...     (engine api live; none: all)
 *
 * STRIKE_BENCH_REPEATS (3) and STRIKE_BENCH_RUN_MS (3000) say how often and how long,
 * STRIKE_BENCH_SUBSCRIBERS (10000) how many listen.
 */

#define ARENA_BYTES    (256u << 20)
#define FILE_BYTES_MAX 65536

static const struct part {
	const char *name;
	struct err *(*run)(struct graphql_bench *);
} parts[] = {
	{ "engine", bench_engine },
	{ "api", bench_api },
	{ "live", bench_live },
};

static void
close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

struct err *
graphql_bench_read(const struct graphql_bench *bench, const char *name, struct str *ret)
{
	const char *path = arena_printf(bench->arena, "%s/bench/graphql/%s", bench->root, name).ptr;
	CLEANUP(close_file) FILE *file = fopen(path, "re");
	char *text = arena_array(bench->arena, char, FILE_BYTES_MAX);

	CHECK(text != NULL);
	if (file == NULL)
		return ERR(
		    bench->arena, ERR_UNAVAILABLE, "could not read %s: %s", path, strerror(errno));
	*ret = (struct str){ text, fread(text, 1, FILE_BYTES_MAX, file) };
	return NULL;
}

struct str
graphql_bench_quote(const struct graphql_bench *bench, struct str text)
{
	struct buf buf = buf_in(bench->arena, 2 + 6 * text.len);
	struct json_writer writer = json_writer(&buf);

	json_write_text(&writer, text);
	return buf_view(&buf);
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
run(struct graphql_bench *bench, int argc, char **argv)
{
	struct err *err = NULL, *missing;

	TRY(world_setting(bench->arena, "STRIKE_BENCH_RESULTS", &bench->results));
	TRY(world_setting(bench->arena, "STRIKE_TEST_SOURCE_ROOT", &bench->root));
	missing = peer_install(bench->arena, bench->results);
	bench->peers = missing == NULL;
	if (missing != NULL)
		printf("the peers from npm are left out: %.*s\n", STR_ARG(missing->message));
	for (size_t i = 0; i < COUNT_OF(parts) && err == NULL; i++) {
		if (!is_wanted(parts[i].name, argc, argv))
			continue;
		printf("%s\n", parts[i].name);
		(void)fflush(stdout);
		err = parts[i].run(bench);
	}
	report_print(bench->report);
	TRY(report_write(bench->report, bench->arena, bench->results));
	return err;
}

int
main(int argc, char **argv)
{
	struct report *report = calloc(1, sizeof(*report));
	struct graphql_bench bench = {
		.arena = arena_create(ARENA_BYTES),
		.report = report,
		.repeats = (int)bench_setting("STRIKE_BENCH_REPEATS", 3),
		.run_ms = bench_setting("STRIKE_BENCH_RUN_MS", 3000),
	};
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));
	struct err *err;

	CHECK(report != NULL);
	if (bench.repeats > GRAPHQL_REPEATS_MAX)
		bench.repeats = GRAPHQL_REPEATS_MAX;
	report->area = "graphql";
	report->everywhere =
	    machine_describe(bench.arena, "the servers, PostgreSQL and their clients");
	err = run(&bench, argc, argv);
	if (err != NULL) {
		err_format(err, &text);
		fprintf(stderr, "graphql: %.*s\n%.*s\n", STR_ARG(buf_view(&text)),
		    STR_ARG(err->detail));
	}
	arena_destroy(bench.arena);
	free(report);
	return err == NULL ? 0 : 1;
}
