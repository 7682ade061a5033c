#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_commands.h"
#include "bench_load.h"
#include "bench_machine.h"
#include "bench_peer.h"
#include "bench_process.h"
#include "bench_report.h"
#include "bench_samples.h"
#include "bin/development.h"
#include "ringdown_fill.h"
#include "runtime/clock.h"

/*
 * ringdown: many ring-downs at once.  How late are their deadlines, how soon is a
 * server that was killed back at work, what does it hold in memory, and does a storm
 * of new callouts still get its calls out?
 *
 * usage: ringdown [COUNT RATE SECONDS]     (100000 100 60: ring-downs in progress, how
 *        many deadlines a second, how long)
 */

#define ARENA_BYTES      (512u << 20)
#define STORM_ECOS       200
#define STORM_S          10
#define STORM_SLOTS      16
#define CATCH_UP_S       20
#define LOOK_US          50000
#define READY_S          120
#define TARGET_LATE_MS   1000
#define TARGET_RESTART_S 5
#define TARGET_STORM_MS  250

struct plan {
	int64_t count, seconds;
	double rate;
};

struct bench {
	struct arena *arena;
	struct world world;
	struct plan plan;
	struct report report;
	struct str said; /* conditions */
};

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static struct err *
figure(struct bench *bench, const char *sql, double *ret)
{
	CLEANUP(clear) PGresult *result = NULL;

	TRY(database_ask(&bench->world.database, bench->arena, sql, &result));
	*ret = PQntuples(result) != 1 || PQgetisnull(result, 0, 0)
		   ? 0
		   : strtod(PQgetvalue(result, 0, 0), NULL);
	return NULL;
}

/* What was fired: the first event that followed on each deadline, and how late it was. */
#define FIRED                                                                            \
	"(SELECT e.recorded_at AS at, extract(epoch FROM e.recorded_at - d.due) AS late" \
	" FROM bench_due d JOIN strike.event e ON e.stream_id = d.eco_id"                \
	" AND e.version = d.version + 1) f"
#define LATE(percent) \
	"SELECT percentile_disc(" percent ") WITHIN GROUP (ORDER BY late) * 1000 FROM " FIRED

static void
add(struct bench *bench, const char *metric, const char *unit, double ours, double target,
    double peer, const char *peer_name)
{
	report_add(&bench->report, &(struct report_row){ .metric = str_from_z(metric),
				       .unit = str_from_z(unit),
				       .ours = ours,
				       .target = target,
				       .peer = peer,
				       .peer_name = str_from_z(peer_name),
				       .conditions = bench->said });
}

/* ---- the server ---- */

static struct err *
start_server(struct bench *bench, int64_t *ret_began_us)
{
	const char *program;
	char *argv[3] = { NULL, arena_copy_z(bench->arena, STR("serve")), NULL };
	struct str log = arena_printf(bench->arena, "%s/ringdown-serve.log", bench->world.results);
	int64_t until_us;

	TRY(world_setting(bench->arena, "STRIKE_TEST_BIN", &program));
	argv[0] = arena_copy_z(bench->arena, str_from_z(program));
	*ret_began_us = clock_system_now().us;
	TRY(command_start(bench->arena, argv, log.ptr, NULL, &bench->world.server));
	until_us = clock_monotonic_us() + READY_S * INT64_C(1000000);
	while (!development_is_ready(bench->arena,
	    arena_printf(bench->arena, "%.*s/readyz", STR_ARG(bench->world.server_url)).ptr)) {
		if (clock_monotonic_us() > until_us)
			return ERR(bench->arena, ERR_UNAVAILABLE, "the server does not begin");
		(void)usleep(LOOK_US);
	}
	return NULL;
}

static void
kill_server(struct bench *bench)
{
	(void)kill(bench->world.server, SIGKILL);
	(void)command_wait(bench->world.server);
	bench->world.server = 0;
}

/* ---- the parts ---- */

/* A real ECO that is being rung, as the model; then the server stops. */
static struct err *
make_model(struct bench *bench, struct str *ret)
{
	struct load_eco *eco = arena_new(bench->arena, struct load_eco);

	CHECK(eco != NULL);
	TRY(load_run(
	    &bench->world, &(struct load_plan){ .rate = 1, .count = 1, .connections = 1 }, eco));
	TRY(load_find_pages(&bench->world, eco, 1));
	*ret = arena_copy(bench->arena, str_from_z(eco->id));
	command_stop(&bench->world.server);
	return NULL;
}

static struct err *
measure_lateness(struct bench *bench)
{
	double p50, p99, most, fired, wait_s, cpu_s, database_cpu_s;
	pid_t postmaster = process_postmaster(bench->arena, bench->world.database.folder);
	double cpu = process_cpu_s(bench->world.server), database_cpu = process_cpu_s(postmaster);

	TRY(figure(bench,
	    "SELECT ceil(greatest(0, extract(epoch FROM min(due) - now()))) FROM bench_due",
	    &wait_s));
	(void)sleep((unsigned)wait_s + (unsigned)bench->plan.seconds);
	TRY(figure(bench, LATE("0.5"), &p50));
	TRY(figure(bench, LATE("0.99"), &p99));
	TRY(figure(bench, "SELECT max(late) * 1000 FROM " FIRED, &most));
	TRY(figure(bench, "SELECT count(*) FROM " FIRED, &fired));
	cpu_s = process_cpu_s(bench->world.server) - cpu;
	database_cpu_s = process_cpu_s(postmaster) - database_cpu;
	add(bench, "timer lateness, p50", "ms", p50, 0, 0, "");
	add(bench, "timer lateness, p99", "ms", p99, TARGET_LATE_MS, 0, "");
	add(bench, "timer lateness, max", "ms", most, 0, 0, "");
	add(bench, "timers fired", "1", fired, 0, 0, "");
	add(bench, "timers fired, a second", "1/s", fired / (double)bench->plan.seconds, 0, 0, "");
	if (fired > 0) {
		add(bench, "CPU of a timer with its call and call-backs, server", "ms",
		    cpu_s * 1000 / fired, 0, 0, "");
		add(bench, "CPU of a timer with its call and call-backs, PostgreSQL", "ms",
		    database_cpu_s * 1000 / fired, 0, 0, "");
	}
	add(bench, "server, resident", "MB",
	    process_resident_bytes(bench->world.server) / (1 << 20), 0, 0, "");
	return NULL;
}

static struct err *
measure_storm(struct bench *bench)
{
	struct load_eco *ecos = arena_array(bench->arena, struct load_eco, STORM_ECOS);
	struct samples page = samples_in(bench->arena, STORM_ECOS);

	CHECK(ecos != NULL);
	TRY(load_run(&bench->world,
	    &(struct load_plan){ .rate = (double)STORM_ECOS / STORM_S,
		.count = STORM_ECOS,
		.connections = STORM_SLOTS },
	    ecos));
	TRY(load_find_pages(&bench->world, ecos, STORM_ECOS));
	for (size_t i = 0; i < STORM_ECOS; i++)
		samples_add(&page, ecos[i].paged_us - ecos[i].scheduled_us);
	add(bench, "storm of 200 ECOs in 10 s: create to first provider request, p50", "ms",
	    samples_percentile_ms(&page, 50), 0, 0, "");
	add(bench, "storm of 200 ECOs in 10 s: create to first provider request, p99", "ms",
	    samples_percentile_ms(&page, 99), TARGET_STORM_MS, 0, "");
	return NULL;
}

/*
 * kill -9, and a start: full duty is when the last deadline that was missed meanwhile, or
 * came later than a second, has fired.
 */
static struct err *
measure_restart(struct bench *bench)
{
	double full_s, first_s;
	int64_t began_us;

	kill_server(bench);
	TRY(start_server(bench, &began_us));
	(void)sleep(CATCH_UP_S);
	TRY(figure(bench,
	    arena_printf(bench->arena,
		"SELECT extract(epoch FROM min(at)) - %lld / 1e6 FROM " FIRED
		" WHERE extract(epoch FROM at) > %lld / 1e6",
		(long long)began_us, (long long)began_us)
		.ptr,
	    &first_s));
	TRY(figure(bench,
	    arena_printf(bench->arena,
		"SELECT greatest(0, coalesce(extract(epoch FROM max(at)), 0) - %lld / 1e6) "
		"FROM " FIRED " WHERE extract(epoch FROM at) > %lld / 1e6 AND late > 1",
		(long long)began_us, (long long)began_us)
		.ptr,
	    &full_s));
	add(bench, "kill -9 to the first timer that fires", "s", first_s, 0, 0, "");
	add(bench, "kill -9 to full duty (lateness below 1 s)", "s",
	    full_s > first_s ? full_s : first_s, TARGET_RESTART_S, 0, "");
	return NULL;
}

/* graphile-worker with as many jobs waiting, and as many a second that are due. */
static struct err *
measure_peer(struct bench *bench)
{
	const char *arguments[] = {
		arena_printf(bench->arena, "%lld", (long long)bench->plan.count).ptr,
		arena_printf(bench->arena, "%g", bench->plan.rate).ptr,
		arena_printf(bench->arena, "%lld", (long long)bench->plan.seconds).ptr,
	};
	const char *name = "graphile-worker 0.17.3: run_at to the start of an empty handler";
	struct database database;
	const struct json *said;
	struct err *err = peer_install(bench->arena, bench->world.results);

	if (err != NULL) {
		printf("graphile-worker is left out: %.*s\n", STR_ARG(err->message));
		return NULL;
	}
	TRY(database_create(bench->arena, "strike_bench_peer", &database));
	err = peer_run(bench->arena, bench->world.results, &database, "graphile_timers.mjs",
	    arguments, COUNT_OF(arguments), &said);
	database_drop(&database);
	if (err != NULL) {
		printf("graphile-worker was not measured: %.*s\n", STR_ARG(err->message));
		return NULL;
	}
	for (size_t i = 0; i < 2; i++) {
		struct report_row *row = &bench->report.rows[i]; /* p50 and p99 stand first */

		row->peer = peer_figure(said, i == 0 ? STR("p50") : STR("p99"));
		row->peer_name = str_from_z(name);
	}
	return NULL;
}

static struct err *
measure(struct bench *bench)
{
	const struct plan *plan = &bench->plan;
	int64_t began_us;
	struct str model;

	TRY(make_model(bench, &model));
	TRY(ringdown_fill(&bench->world, model,
	    &(struct fill_plan){ .count = plan->count, .rate = plan->rate, .begins_in_s = 15 }));
	TRY(start_server(bench, &began_us));
	TRY(measure_lateness(bench));
	TRY(measure_storm(bench));
	return measure_restart(bench);
}

static struct err *
run(struct bench *bench)
{
	const char *results;
	struct err *err;

	TRY(world_setting(bench->arena, "STRIKE_BENCH_RESULTS", &results));
	(void)setenv("STRIKE_LOG_LEVEL", "warning", 1);
	bench->report = (struct report){ .area = "ringdown" };
	bench->report.everywhere =
	    machine_describe(bench->arena, "server, mock world, PostgreSQL and clients");
	err = world_begin(&bench->world, bench->arena, "paging.scn", "ringdown");
	bench->said = arena_printf(bench->arena,
	    "%lld ring-downs in progress, of which %g a second come to their deadline, for %lld s; "
	    "each then rings the next person over the mock provider; %.*s",
	    (long long)bench->plan.count, bench->plan.rate, (long long)bench->plan.seconds,
	    STR_ARG(bench->world.database.server));
	if (err == NULL)
		err = measure(bench);
	world_end(&bench->world);
	TRY(err);
	bench->world.results = results;
	TRY(measure_peer(bench));
	report_print(&bench->report);
	return report_write(&bench->report, bench->arena, results);
}

int
main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct err *err;
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	CHECK(bench != NULL);
	bench->plan = (struct plan){ 100000, 60, 100 };
	if (argc != 1 && (argc != 4 || !str_parse_i64(str_from_z(argv[1]), &bench->plan.count) ||
			     !str_parse_double(str_from_z(argv[2]), &bench->plan.rate) ||
			     !str_parse_i64(str_from_z(argv[3]), &bench->plan.seconds))) {
		fprintf(stderr, "usage: ringdown [COUNT RATE SECONDS]\n");
		free(bench);
		return 2;
	}
	bench->arena = arena_create(ARENA_BYTES);
	err = run(bench);
	if (err != NULL) {
		err_format(err, &text);
		fprintf(stderr, "ringdown: %.*s\n%.*s\n", STR_ARG(buf_view(&text)),
		    STR_ARG(err->detail));
	}
	arena_destroy(bench->arena);
	free(bench);
	return err == NULL ? 0 : 1;
}
