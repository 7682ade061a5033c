#include <stdio.h>
#include <stdlib.h>

#include "bench_machine.h"
#include "bench_peer.h"
#include "bench_report.h"
#include "paging_measure.h"

/*
 * paging: how long after createEco the provider is asked to ring somebody.
 *
 * usage: paging [RATE SECONDS]...     (1 30 50 20 100 15: ECOs a second, how long)
 *
 * Everything runs on this one machine: the server, the mock world that stands for
 * the providers, PostgreSQL, and the clients.  See docs/benchmarks.md.
 */

#define ARENA_BYTES (256u << 20)
#define RATES_MAX   16

#define TARGET_IDLE_MS 50  /* p99; architecture, section 6 */
#define TARGET_LOAD_MS 250 /* p99 at 100 ECOs a second */
#define LOAD_RATE      100

/* GoAlert looks for work in cycles; app/defaults.go: EngineCycleTime, 5 s. */
#define GOALERT_CYCLE_MS 5000

struct rate {
	double per_second;
	int64_t seconds;
};

static struct str
metric(struct arena *arena, const char *what, double rate, const char *figure)
{
	return arena_printf(arena, "%s, %g/s, %s", what, rate, figure);
}

static double
target_of(double rate)
{
	return rate <= 1 ? TARGET_IDLE_MS : rate <= LOAD_RATE ? TARGET_LOAD_MS : 0;
}

/* Ours beside what the disk alone takes for as many durable writes. */
static void
add_beside_disk(struct report *report, struct str name, double ours, double disk, int times,
    double target, struct str conditions)
{
	struct str limit = times == 1 ? STR("limit: 1 fdatasync of 8 KiB")
				      : STR("limit: 5 fdatasyncs of 8 KiB, one after another");

	_Static_assert(PAGING_COMMITS == 5, "the limit's name says how many");
	report_add(report, &(struct report_row){ .metric = name,
			       .unit = STR("ms"),
			       .ours = ours,
			       .peer = disk,
			       .peer_name = limit,
			       .target = target,
			       .conditions = conditions });
}

static struct str
conditions_of(struct arena *arena, const struct paging_measure *m)
{
	return arena_printf(arena,
	    "%zu ECOs at %g/s by a fixed schedule over %zu connections, each with a call that "
	    "rings and a field task; %d durable commits on the way; %.*s",
	    m->count, m->rate, m->connections, PAGING_COMMITS, STR_ARG(m->server));
}

/* The rows of one rate: the page, its stages, and the answer to the caller. */
static void
add_rows(struct report *report, struct arena *arena, struct paging_measure *m)
{
	struct str said = conditions_of(arena, m);
	const char *page = "create to first provider request";

	add_beside_disk(report, metric(arena, page, m->rate, "p50"),
	    samples_percentile_ms(&m->page, 50), samples_percentile_ms(&m->disk_page, 50),
	    PAGING_COMMITS, 0, said);
	add_beside_disk(report, metric(arena, page, m->rate, "p99"),
	    samples_percentile_ms(&m->page, 99), samples_percentile_ms(&m->disk_page, 99),
	    PAGING_COMMITS, target_of(m->rate), said);
	add_beside_disk(report, metric(arena, page, m->rate, "max"),
	    samples_percentile_ms(&m->page, 100), samples_percentile_ms(&m->disk_page, 100),
	    PAGING_COMMITS, 0, said);
	add_beside_disk(report, metric(arena, page, m->rate, "p99 from the schedule"),
	    samples_percentile_ms(&m->page_scheduled, 99), samples_percentile_ms(&m->disk_page, 99),
	    PAGING_COMMITS, target_of(m->rate), said);
	add_beside_disk(report, metric(arena, "createEco round trip", m->rate, "p50"),
	    samples_percentile_ms(&m->round_trip, 50), samples_percentile_ms(&m->disk_commit, 50),
	    1, 0, said);
	add_beside_disk(report, metric(arena, "createEco round trip", m->rate, "p99"),
	    samples_percentile_ms(&m->round_trip, 99), samples_percentile_ms(&m->disk_commit, 99),
	    1, 0, said);
	for (enum paging_stage stage = 0; stage < STAGE_COUNT; stage++)
		report_add(report,
		    &(struct report_row){ .metric = arena_printf(arena, "stage: %.*s, %g/s, p50",
					      STR_ARG(paging_stage_name(stage)), m->rate),
			.unit = STR("ms"),
			.ours = samples_percentile_ms(&m->stages[stage], 50),
			.conditions = said });
	for (enum paging_stage stage = 0; stage < STAGE_COUNT; stage++)
		report_add(report,
		    &(struct report_row){ .metric = arena_printf(arena, "stage: %.*s, %g/s, p99",
					      STR_ARG(paging_stage_name(stage)), m->rate),
			.unit = STR("ms"),
			.ours = samples_percentile_ms(&m->stages[stage], 99),
			.conditions = said });
}

/* A peer's figure for the same rate, and the published one of GoAlert. */
static void
add_peer_rows(struct report *report, struct arena *arena, struct paging_measure *m,
    const char *results, bool installed)
{
	struct str said = conditions_of(arena, m);
	struct report_row row = { .unit = STR("ms"),
		.peer_name = STR("graphile-worker 0.17.3: job added to handler"),
		.conditions = said };
	struct peer_figures peer;
	struct err *err;

	report_add(report,
	    &(struct report_row){
		.metric = metric(arena, "create to first provider request", m->rate, "p99"),
		.unit = STR("ms"),
		.ours = samples_percentile_ms(&m->page_scheduled, 99),
		.peer = GOALERT_CYCLE_MS,
		.peer_name = STR("GoAlert: default engine cycle (documented, not measured)"),
		.conditions = said });
	if (!installed)
		return;
	err = peer_measure(arena, results, m->rate, m->count, &peer);
	if (err != NULL) {
		printf("graphile-worker was not measured: %.*s\n", STR_ARG(err->message));
		return;
	}
	row.metric = metric(arena, "create to first provider request", m->rate, "p50");
	row.ours = samples_percentile_ms(&m->page_scheduled, 50);
	row.peer = peer.p50_ms;
	report_add(report, &row);
	row.metric = metric(arena, "create to first provider request", m->rate, "p99");
	row.ours = samples_percentile_ms(&m->page_scheduled, 99);
	row.peer = peer.p99_ms;
	report_add(report, &row);
}

static struct err *
run(struct arena *arena, const struct rate *rates, size_t count)
{
	struct report report = { .area = "paging" };
	struct paging_measure *measures = arena_array(arena, struct paging_measure, count);
	const char *results;
	struct err *missing;

	CHECK(measures != NULL);
	TRY(world_setting(arena, "STRIKE_BENCH_RESULTS", &results));
	report.everywhere = machine_describe(arena, "server, mock world, PostgreSQL and clients");
	for (size_t i = 0; i < count; i++) {
		printf("%g ECOs a second for %lld s\n", rates[i].per_second,
		    (long long)rates[i].seconds);
		(void)fflush(stdout);
		TRY(paging_measure(arena, rates[i].per_second,
		    (size_t)(rates[i].per_second * (double)rates[i].seconds), &measures[i]));
		add_rows(&report, arena, &measures[i]);
	}
	missing = peer_install(arena, results);
	if (missing != NULL)
		printf("graphile-worker is left out: %.*s\n", STR_ARG(missing->message));
	for (size_t i = 0; i < count; i++)
		add_peer_rows(&report, arena, &measures[i], results, missing == NULL);
	report_print(&report);
	return report_write(&report, arena, results);
}

/* RATE SECONDS pairs; false when they are none. */
static bool
read_rates(int argc, char **argv, struct rate *rates, size_t *count)
{
	if (argc == 1)
		return true;
	*count = 0;
	for (int i = 1; i + 1 < argc && *count < RATES_MAX; i += 2, (*count)++)
		if (!str_parse_double(str_from_z(argv[i]), &rates[*count].per_second) ||
		    !str_parse_i64(str_from_z(argv[i + 1]), &rates[*count].seconds) ||
		    rates[*count].per_second * (double)rates[*count].seconds < 1)
			return false;
	return argc % 2 == 1 && *count > 0;
}

int
main(int argc, char **argv)
{
	struct rate rates[RATES_MAX] = { { 1, 30 }, { 50, 20 }, { LOAD_RATE, 15 } };
	size_t count = 3;
	struct arena *arena;
	struct err *err;
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!read_rates(argc, argv, rates, &count)) {
		fprintf(stderr, "usage: paging [RATE SECONDS]...\n");
		return 2;
	}
	arena = arena_create(ARENA_BYTES);
	err = run(arena, rates, count);
	if (err != NULL) {
		err_format(err, &text);
		fprintf(
		    stderr, "paging: %.*s\n%.*s\n", STR_ARG(buf_view(&text)), STR_ARG(err->detail));
	}
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
