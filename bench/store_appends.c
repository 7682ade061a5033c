#include <stdio.h>

#include "bench_disk.h"
#include "bench_peer.h"
#include "store_bench.h"
#include "store_clients.h"

#define REPEATS_MAX  9
#define RIVALS_MAX   4
#define DISK_SAMPLES 300
#define TARGET_INSERT                                                                          \
	0.9             /* of the unsafe single INSERT, at 32 clients; architecture, section 6 \
			 */
#define TARGET_PEER 4.0 /* times message-db, at 32 clients */
#define TARGET_AT   32

struct rival {
	const struct client_kind *kind;
	const char *name;
	size_t categories;
};

/* The first is ours. */
static const struct rival one_event[] = {
	{ &append_ours_api, "ours", 0 },
	{ &append_single_insert, "unsafe single INSERT", 0 },
	{ &append_message_db, "message-db 1.3.1, one category", 1 },
	{ &append_message_db, "message-db 1.3.1, 64 categories", 64 },
};
static const struct rival ten_events[] = {
	{ &append_ours_api, "ours", 0 },
	{ &append_copy, "COPY, unsafe", 0 },
	{ &append_message_db, "message-db 1.3.1, 64 categories", 64 },
};
static const struct rival hot_streams[] = {
	{ &append_ours_api, "ours", 0 },
	{ &append_single_insert, "unsafe single INSERT", 0 },
};
static const struct rival grouped[] = {
	{ &append_ours_api, "ours", 0 },
	{ &append_ours_group, "group append: 32 of ours in one transaction, one caller", 0 },
};

struct comparison {
	const char *what;
	const struct rival *rivals;
	size_t rival_count, events, clients;
	bool hot;
	int64_t delay_us; /* of every flush, added */
};

struct measured {
	double per_second[REPEATS_MAX], p50[REPEATS_MAX], p99[REPEATS_MAX], again[REPEATS_MAX];
};

static struct err *
measure(struct store_bench *bench, const struct comparison *of, const struct rival *rival,
    struct measured *ret, size_t at)
{
	struct append_with with = { .conninfo = bench->database.conninfo.ptr,
		.store = bench->store,
		.events = of->events,
		.hot = of->hot,
		.categories = rival->categories };
	/* One caller stands for the thirty-two whose appends it collects. */
	size_t clients = rival->kind == &append_ours_group ? 1 : of->clients;
	struct client_figures figures;

	TRY(clients_run(bench->arena,
	    &(struct client_job){
		.kind = rival->kind, .clients = clients, .run_ms = bench->run_ms, .with = &with },
	    &figures));
	ret->per_second[at] = figures.per_second;
	ret->p50[at] = figures.p50_ms;
	ret->p99[at] = figures.p99_ms;
	ret->again[at] = figures.again_percent;
	return NULL;
}

static double
target_of(const struct comparison *of, const struct rival *rival)
{
	if (of->clients != TARGET_AT || of->delay_us > 0 || of->events != 1 || of->hot)
		return 0;
	return rival->kind == &append_single_insert                          ? TARGET_INSERT
	       : rival->kind == &append_message_db && rival->categories == 1 ? TARGET_PEER
									     : 0;
}

static void
add_row(struct store_bench *bench, const struct comparison *of, const struct rival *rival,
    const char *figure, const char *unit, double ours, double theirs, double target)
{
	report_add(bench->report,
	    &(struct report_row){
		.metric = arena_printf(bench->arena, "append, %s, %zu client%s, %s flush, %s",
		    of->what, of->clients, of->clients == 1 ? "" : "s",
		    of->delay_us > 0 ? "2 ms" : "native", figure),
		.unit = str_from_z(unit),
		.ours = ours,
		.peer = theirs,
		.peer_name = str_from_z(rival->name),
		.target = target,
		.at_least = target > 0,
		.of_ratio = target > 0,
		.conditions = arena_printf(bench->arena,
		    "median of %d runs of %lld ms in turn; payload %zu bytes; %.*s", bench->repeats,
		    (long long)bench->run_ms, append_payload().len, STR_ARG(bench->conditions)),
	    });
}

static void
add_rows(struct store_bench *bench, const struct comparison *of, struct measured *measured)
{
	size_t n = (size_t)bench->repeats;
	double ours = bench_median(measured[0].per_second, n);
	double p50 = bench_median(measured[0].p50, n), p99 = bench_median(measured[0].p99, n);

	for (size_t i = 1; i < of->rival_count; i++)
		add_row(bench, of, &of->rivals[i], "events a second", "1/s", ours,
		    bench_median(measured[i].per_second, n), target_of(of, &of->rivals[i]));
	add_row(bench, of, &of->rivals[1], "p50", "ms", p50, bench_median(measured[1].p50, n), 0);
	add_row(bench, of, &of->rivals[1], "p99", "ms", p99, bench_median(measured[1].p99, n), 0);
	if (of->hot)
		report_add(bench->report,
		    &(struct report_row){
			.metric = arena_printf(bench->arena,
			    "append, %s, %zu clients, %s flush, decided again", of->what,
			    of->clients, of->delay_us > 0 ? "2 ms" : "native"),
			.unit = STR("%"),
			.ours = bench_median(measured[0].again, n),
			.conditions = bench->conditions });
}

static struct err *
flush_takes(struct store_bench *bench, int64_t us)
{
	TRY(bench_sql(bench,
	    arena_printf(bench->arena, "ALTER SYSTEM SET commit_delay = %lld", (long long)us).ptr));
	TRY(bench_sql(bench, us > 0 ? "ALTER SYSTEM SET commit_siblings = 0"
				    : "ALTER SYSTEM RESET commit_siblings"));
	return bench_sql(bench, "SELECT pg_reload_conf()");
}

/* Each in turn, as often as is wanted, so that a slow minute is slow for all. */
static struct err *
compare(struct store_bench *bench, const struct comparison *of)
{
	struct measured measured[RIVALS_MAX];

	CHECK(bench->repeats <= REPEATS_MAX);
	CHECK(of->rival_count <= RIVALS_MAX);
	printf("  %s, %zu clients, %lld us\n", of->what, of->clients, (long long)of->delay_us);
	(void)fflush(stdout);
	for (int round = 0; round < bench->repeats; round++)
		for (size_t i = 0; i < of->rival_count; i++) {
			if (of->rivals[i].kind == &append_message_db && !bench->peers)
				continue;
			TRY(measure(bench, of, &of->rivals[i], &measured[i], (size_t)round));
		}
	add_rows(bench, of, measured);
	return NULL;
}

/* How fast this disk is: every figure above hangs on it. */
static struct err *
add_flush_rate(struct store_bench *bench)
{
	struct samples samples = samples_in(bench->arena, DISK_SAMPLES);

	TRY(disk_measure(bench->arena, bench->database.folder, 1, &samples));
	report_add(bench->report, &(struct report_row){ .metric = STR("fdatasync of 8 KiB, p50"),
				      .unit = STR("ms"),
				      .ours = samples_percentile_ms(&samples, 50),
				      .conditions = bench->conditions });
	return NULL;
}

static struct err *
compare_all(struct store_bench *bench)
{
	static const size_t clients[] = { 1, 8, 32, 128 };
	static const int64_t delays[] = { 0, 2000 };

	for (size_t d = 0; d < COUNT_OF(delays); d++) {
		TRY(flush_takes(bench, delays[d]));
		for (size_t c = 0; c < COUNT_OF(clients); c++) {
			TRY(compare(bench, &(struct comparison){ "1 event, many streams", one_event,
					       bench->peers ? COUNT_OF(one_event) : 2, 1,
					       clients[c], false, delays[d] }));
			TRY(compare(bench, &(struct comparison){ "10 events, many streams",
					       ten_events, bench->peers ? COUNT_OF(ten_events) : 2,
					       10, clients[c], false, delays[d] }));
			TRY(compare(
			    bench, &(struct comparison){ "1 event, 8 hot streams", hot_streams,
				       COUNT_OF(hot_streams), 1, clients[c], true, delays[d] }));
		}
		TRY(compare(bench, &(struct comparison){ "1 event, many streams, grouped", grouped,
				       COUNT_OF(grouped), 1, APPEND_GROUP, false, delays[d] }));
	}
	return flush_takes(bench, 0);
}

/* Emmett brings its own client, so its appends are those of a program for Node. */
static struct err *
add_emmett(struct store_bench *bench, size_t clients)
{
	const char *arguments[] = { "append", arena_printf(bench->arena, "%zu", clients).ptr,
		arena_printf(bench->arena, "%g", (double)bench->run_ms / 1000).ptr, "1" };
	struct comparison of = { "1 event, many streams", NULL, 0, 1, clients, false, 0 };
	struct rival emmett = { NULL, "Emmett 0.42.0, in Node", 0 };
	struct append_with with = { bench->database.conninfo.ptr, bench->store, 1, false, 0 };
	double ours[REPEATS_MAX], theirs[REPEATS_MAX];

	for (int i = 0; i < bench->repeats; i++) {
		struct client_figures figures;
		struct database database;
		const struct json *said;
		struct err *err;

		TRY(clients_run(bench->arena,
		    &(struct client_job){ &append_ours_api, clients, bench->run_ms, &with },
		    &figures));
		TRY(database_create(bench->arena, "strike_bench_peer", &database));
		err = peer_run(bench->arena, bench->results, &database, "emmett.mjs", arguments,
		    COUNT_OF(arguments), &said);
		database_drop(&database);
		TRY(err);
		ours[i] = figures.per_second;
		theirs[i] = peer_figure(said, STR("perSecond"));
	}
	add_row(bench, &of, &emmett, "events a second", "1/s",
	    bench_median(ours, (size_t)bench->repeats),
	    bench_median(theirs, (size_t)bench->repeats), 0);
	return NULL;
}

struct err *
bench_appends(struct store_bench *bench)
{
	struct err *err;

	TRY(bench_sql(bench, append_plain_table));
	if (bench->peers)
		TRY(peer_install_message_db(bench->arena, bench->results, &bench->database));
	TRY(add_flush_rate(bench));
	err = compare_all(bench);
	if (err != NULL) {
		(void)!flush_takes(bench, 0);
		return err;
	}
	if (!bench->peers)
		return NULL;
	TRY(add_emmett(bench, 1));
	TRY(add_emmett(bench, 8));
	return add_emmett(bench, 32);
}
