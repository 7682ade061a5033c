#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "bench_peer.h"
#include "bench_process.h"
#include "graphql_bench.h"
#include "graphql_engine_schema.h"
#include "runtime/clock.h"

/*
 * The engine beside graphql-js: the same schema, documents and data, both without a network.
 *
 * What is compared is not quite the same work: our execution writes JSON, graphql-js makes
 * objects.  So it stands beside both: graphql-js alone, which flatters it, and with
 * JSON.stringify(), which is what a client gets.
 */

#define REQUEST_BYTES  (16u << 20)
#define RESPONSE_BYTES (1u << 20)
#define ROUND          20 /* operations between two looks at the clock */
#define TARGET         5  /* times graphql-js; architecture, section 6 */

struct workload {
	struct str name; /* of its file */
	struct str said;
	struct str variables;
	bool is_target;
};

static const struct workload workloads[] = {
	{ STR("twenty_fields"), STR("20 fields"), STR("{\"id\":\"42\"}"), true },
	{ STR("list"), STR("100 objects of 10 fields"), STR("{}"), false },
	{ STR("fragments"), STR("fragments in fragments, 8 levels"),
	    STR("{\"id\":\"42\",\"whole\":true}"), false },
	{ STR("introspection"), STR("introspection"), STR("{}"), false },
};

enum phase { PREPARE, EXECUTE, ALL, PHASE_COUNT };

/* A phase beside what of graphql-js. */
static const struct comparison {
	enum phase ours;
	struct str theirs;
	const char *said;
	const char *peer;
	bool is_target;
} comparisons[] = {
	{ PREPARE, STR("prepare"), "reading and validating", "parse, validate", false },
	{ EXECUTE, STR("execute"), "executing", "execute", false },
	{ EXECUTE, STR("executeJson"), "executing", "execute, JSON.stringify", false },
	{ ALL, STR("all"), "all together", "parse, validate, execute", true },
	{ ALL, STR("allJson"), "all together", "parse, validate, execute, JSON.stringify", false },
};

struct engine {
	struct graphql_bench *bench;
	struct arena *arena; /* of one request */
	struct graphql_schema *schema;
	struct graphql_limits limits;
	char *response;
	double resident[GRAPHQL_REPEATS_MAX]; /* bytes of graphql-js's process */
};

/* One document, ready to be measured. */
struct asked {
	const struct workload *workload;
	struct graphql_request request;
	const struct graphql_document *document;
	double ours[PHASE_COUNT][GRAPHQL_REPEATS_MAX];
	double theirs[COUNT_OF(comparisons)][GRAPHQL_REPEATS_MAX];
	size_t request_bytes; /* of the arena, for all together */
};

static void
prepare(struct engine *engine, const struct asked *asked, struct buf *response)
{
	CHECK(graphql_prepare(engine->arena, engine->schema, asked->request.query, &engine->limits,
		  response) != NULL);
}

static void
execute(struct engine *engine, const struct asked *asked, struct buf *response)
{
	CHECK(graphql_execute_prepared(engine->arena, engine->schema, asked->document,
		  &asked->request, &engine->limits, response) == GRAPHQL_OK);
}

static void
do_all(struct engine *engine, const struct asked *asked, struct buf *response)
{
	CHECK(graphql_execute(engine->arena, engine->schema, &asked->request, &engine->limits,
		  response) == GRAPHQL_OK);
}

static void (*const works[PHASE_COUNT])(
    struct engine *, const struct asked *, struct buf *) = { prepare, execute, do_all };

/* How often ${phase} can be done in a second. */
static double
measure(struct engine *engine, const struct asked *asked, enum phase phase, int64_t run_ms)
{
	int64_t begun_us = clock_monotonic_us(), us = 0;
	size_t count = 0;

	while (us < run_ms * 1000) {
		for (int i = 0; i < ROUND; i++) {
			struct buf response = buf_over(engine->response, RESPONSE_BYTES);

			arena_reset(engine->arena);
			works[phase](engine, asked, &response);
		}
		count += ROUND;
		us = clock_monotonic_us() - begun_us;
	}
	return (double)count * 1e6 / (double)us;
}

static struct err *
write_answer(const struct engine *engine, const struct asked *asked, struct str json)
{
	struct arena *arena = engine->bench->arena;
	const char *path = arena_printf(
	    arena, "%s/engine-%.*s.json", engine->bench->results, STR_ARG(asked->workload->name))
			       .ptr;
	FILE *file = fopen(path, "we");
	bool written;

	if (file == NULL)
		return ERR(arena, ERR_UNAVAILABLE, "could not write %s: %s", path, strerror(errno));
	written = fwrite(json.ptr, 1, json.len, file) == json.len;
	if (fclose(file) != 0 || !written)
		return ERR(arena, ERR_UNAVAILABLE, "could not write %s", path);
	return NULL;
}

/* Read and execute it once; our answer is left where graphql-js compares it with its own. */
static struct err *
begin(struct engine *engine, const struct workload *workload, struct asked *ret)
{
	struct arena *arena = engine->bench->arena;
	struct buf response = buf_over(engine->response, RESPONSE_BYTES);
	struct str file = arena_printf(arena, "%.*s.graphql", STR_ARG(workload->name)), reason;

	*ret = (struct asked){ .workload = workload };
	TRY(graphql_bench_read(engine->bench, file.ptr, &ret->request.query));
	CHECK(json_parse(arena, workload->variables, &ret->request.variables, &reason));
	ret->document =
	    graphql_prepare(arena, engine->schema, ret->request.query, &engine->limits, &response);
	if (ret->document == NULL)
		return ERR(
		    arena, ERR_CORRUPT, "%.*s: %.*s", STR_ARG(file), STR_ARG(buf_view(&response)));
	arena_reset(engine->arena);
	response = buf_over(engine->response, RESPONSE_BYTES);
	do_all(engine, ret, &response);
	ret->request_bytes = arena_mark(engine->arena).used;
	return write_answer(engine, ret, buf_view(&response));
}

/* One repeat of graphql-js over all documents. */
static struct err *
measure_peer(struct engine *engine, struct asked *asked, int repeat)
{
	struct graphql_bench *bench = engine->bench;
	const char *arguments[] = { "graphql-17",
		arena_printf(bench->arena, "%s/bench/graphql", bench->root).ptr, bench->results,
		arena_printf(bench->arena, "%lld", (long long)bench->run_ms / 6).ptr };
	const struct json *said;

	TRY(peer_run(bench->arena, bench->results, NULL, "graphql_js.mjs", arguments,
	    COUNT_OF(arguments), &said));
	if (!json_bool_or(said, STR("same"), false))
		return ERR(bench->arena, ERR_CORRUPT, "graphql-js answers otherwise than we do");
	engine->resident[repeat] = peer_figure(said, STR("residentBytes"));
	for (size_t i = 0; i < COUNT_OF(workloads); i++) {
		const struct json *figures = json_find(said, workloads[i].name);

		for (size_t c = 0; c < COUNT_OF(comparisons); c++)
			asked[i].theirs[c][repeat] = peer_figure(figures, comparisons[c].theirs);
	}
	return NULL;
}

static void
add_rows(struct engine *engine, struct asked *asked)
{
	struct graphql_bench *bench = engine->bench;
	size_t repeats = (size_t)bench->repeats;

	for (size_t c = 0; c < COUNT_OF(comparisons); c++) {
		const struct comparison *comparison = &comparisons[c];
		bool is_target = comparison->is_target && asked->workload->is_target;

		/* A phase stands beside two of the peer's; without it, once. */
		if (!bench->peers && c > 0 && comparison->ours == comparisons[c - 1].ours)
			continue;
		report_add(bench->report,
		    &(struct report_row){ .metric = arena_printf(bench->arena, "engine: %.*s, %s",
					      STR_ARG(asked->workload->said), comparison->said),
			.unit = STR("1/s"),
			.ours = bench_median(asked->ours[comparison->ours], repeats),
			.peer = bench->peers ? bench_median(asked->theirs[c], repeats) : 0,
			.peer_name = bench->peers ? arena_printf(bench->arena,
							"graphql-js 17.1.0: %s", comparison->peer)
						  : STR(""),
			.target = is_target && bench->peers ? TARGET : 0,
			.at_least = true,
			.of_ratio = true,
			.conditions = STR("one thread, data in memory") });
	}
	report_add(bench->report,
	    &(struct report_row){ .metric = arena_printf(bench->arena,
				      "engine: %.*s, memory of a request, response apart",
				      STR_ARG(asked->workload->said)),
		.unit = STR("kB"),
		.ours = (double)asked->request_bytes / 1000,
		.conditions = STR("one thread, data in memory") });
}

static void
add_memory(struct engine *engine)
{
	struct graphql_bench *bench = engine->bench;
	double theirs = bench_median(engine->resident, (size_t)bench->repeats);

	report_add(bench->report,
	    &(struct report_row){ .metric = STR("engine: resident memory of the process"),
		.unit = STR("MB"),
		.ours = process_resident_bytes(getpid()) / 1e6,
		.peer = theirs / 1e6,
		.peer_name = theirs == 0 ? STR("") : STR("graphql-js 17.1.0 on Node"),
		.conditions = STR("after all documents") });
}

static struct err *
run(struct engine *engine)
{
	struct graphql_bench *bench = engine->bench;
	struct asked *asked = arena_array(bench->arena, struct asked, COUNT_OF(workloads));
	struct str sdl;

	CHECK(asked != NULL);
	TRY(graphql_bench_read(bench, "engine.graphql", &sdl));
	TRY(graphql_engine_schema(bench->arena, sdl, &engine->schema));
	for (size_t i = 0; i < COUNT_OF(workloads); i++)
		TRY(begin(engine, &workloads[i], &asked[i]));
	for (int repeat = 0; repeat < bench->repeats; repeat++) {
		for (size_t i = 0; i < COUNT_OF(workloads); i++)
			for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
				asked[i].ours[phase][repeat] =
				    measure(engine, &asked[i], phase, bench->run_ms / 6);
		if (bench->peers)
			TRY(measure_peer(engine, asked, repeat));
	}
	for (size_t i = 0; i < COUNT_OF(workloads); i++)
		add_rows(engine, &asked[i]);
	add_memory(engine);
	return NULL;
}

struct err *
bench_engine(struct graphql_bench *bench)
{
	struct engine engine = {
		.bench = bench,
		.arena = arena_create(REQUEST_BYTES),
		.limits = GRAPHQL_LIMITS_DEFAULT,
		.response = arena_array(bench->arena, char, RESPONSE_BYTES),
	};
	struct err *err;

	CHECK(engine.response != NULL);
	err = run(&engine);
	arena_destroy(engine.arena);
	return err;
}
