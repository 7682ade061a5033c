#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench_listeners.h"
#include "bench_process.h"
#include "bench_samples.h"
#include "graphql_server.h"
#include "runtime/clock.h"
#include "runtime/random.h"

/*
 * Many who look at one board: what each costs while nothing happens, and how long it takes
 * from the answer to whoever wrote a note until all of them have been told.
 *
 * Server, PostgreSQL and all listeners share this machine: the client's part is in the
 * figures.  Who hears of version 7 of an ECO has heard of version 6.
 */

#define SUBSCRIBERS       10000
#define ECOS              20
#define NOTES_MAX         400
#define SETTLE_MS         3000
#define PATIENCE_US       INT64_C(10000000)
#define DATABASE_SESSIONS 8
#define TARGET_KB         16  /* each, when idle; architecture, section 6 */
#define TARGET_MS         250 /* p99 of one event */

/* How often notes are written. */
static const struct pace {
	const char *said;
	size_t notes;
	int64_t every_ms;
	bool is_target;
} paces[] = {
	{ "one event a second", 10, 1000, true },
	{ "5 events a second", 50, 200, false },
	{ "20 events a second", 200, 50, false },
};

static const struct graphql_server peer = { .name = "graphql-ws 6.4.2 on Node, LISTEN and NOTIFY",
	.arguments = { "graphql_live.mjs", "graphql-ws", "1" } };

struct note {
	int64_t sent_us;
	_Atomic int64_t answered_us; /* 0: not yet */
};

/* One server and who listens to it. */
struct watch {
	struct graphql_bench *bench;
	const struct graphql_server *server;
	struct str headers;
	struct str create, cancel, note; /* documents as JSON strings */
	size_t subscribers;
	char ecos[ECOS][37];
	int64_t base[ECOS]; /* the version before the first note of a pace */
	const struct pace *pace;
	struct note notes[NOTES_MAX];
	int64_t *arrived; /* [note][subscriber]; 0: not yet */
	size_t told;      /* messages */
	int64_t heard_us; /* when the last one came */
	atomic_bool failed;
};

struct pace_figures {
	double p50_ms, p99_ms, max_ms;
	double messages_percent; /* of one for each event and subscriber */
	double cpu_us;           /* of the server for a message */
	double per_second;       /* notes that were written: whose server is busy writes fewer */
};

struct figures {
	double idle_kb, kernel_kb; /* each */
	struct pace_figures of[COUNT_OF(paces)];
};

/* ---- writing ---- */

struct body {
	struct str document;
	struct str input; /* what follows the key */
};

static void
write_body(const void *context, size_t index, struct buf *buf)
{
	const struct body *body = context;
	char memory[256];
	struct arena scratch;

	(void)index;
	arena_init(&scratch, memory, sizeof(memory));
	buf_printf(buf,
	    "{\"query\":%.*s,\"variables\":{\"input\":{\"idempotencyKey\":\"%.*s\",%.*s}}}",
	    STR_ARG(body->document), STR_ARG(uuid_text(&scratch, random_uuid(clock_system_now()))),
	    STR_ARG(body->input));
}

/* Send one command; its answer must have ${expects}. */
static struct err *
command(const struct watch *watch, struct arena *arena, struct str document, struct str input,
    struct str expects, struct str *ret)
{
	struct body body = { document, input };
	struct http_load load = { .port = watch->server->port,
		.connections = 1,
		.headers = watch->headers,
		.write_body = write_body,
		.context = &body,
		.expects = expects };

	return http_ask(arena, &load, 0, ret);
}

static struct err *
note(const struct watch *watch, struct arena *arena, size_t eco, struct str *ret)
{
	return command(watch, arena, watch->note,
	    arena_printf(arena,
		"\"ecoId\":\"%s\",\"text\":\"Waiting for the county to open the road\"",
		watch->ecos[eco]),
	    STR("EcoCommandSuccess"), ret);
}

/* The number behind ${name}, a member as it is written. */
static bool
read_number(struct str text, struct str name, int64_t *ret)
{
	size_t at = str_find(text, name), end;

	if (at == SIZE_MAX)
		return false;
	text = str_trim((struct str){ text.ptr + at + name.len, text.len - at - name.len });
	for (end = 0; end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9';)
		end++;
	return str_parse_i64((struct str){ text.ptr, end }, ret);
}

static bool
is_ours(const struct watch *watch)
{
	return watch->server->arguments[0] == NULL;
}

/* ECOs that nobody is rung for any more: made and withdrawn.  The peer has none, only ids. */
static struct err *
make_ecos(struct watch *watch, struct arena *arena)
{
	struct str answer;

	for (size_t i = 0; i < ECOS; i++) {
		struct str id = uuid_text(arena, random_uuid(clock_system_now()));
		size_t at;

		if (is_ours(watch)) {
			TRY(command(watch, arena, watch->create,
			    arena_printf(arena,
				"\"location\":{\"type\":\"Point\",\"coordinates\":[-97.7%02zu,30.3]"
				"}"
				",\"jobType\":\"MFR\",\"description\":\"Loss of light "
				"%zu\",\"osp\":"
				"\"hill-country-osp\"",
				i, i),
			    STR("\"CreateEcoSuccess\""), &answer));
			at = str_find(answer, STR("\"id\":\""));
			CHECK(at != SIZE_MAX);
			id = (struct str){ answer.ptr + at + 6, 36 };
			TRY(command(watch, arena, watch->cancel,
			    arena_printf(arena, "\"ecoId\":\"%.*s\",\"reason\":\"Found mended\"",
				STR_ARG(id)),
			    STR("EcoCommandSuccess"), &answer));
		}
		memcpy(watch->ecos[i], id.ptr, 36);
	}
	return NULL;
}

/* Where each ECO stands when nothing is under way any more: a note is numbered behind all. */
static struct err *
find_versions(struct watch *watch, struct arena *arena)
{
	struct str answer;

	for (size_t i = 0; i < ECOS; i++) {
		TRY(note(watch, arena, i, &answer));
		CHECK(read_number(answer, STR("\"version\":"), &watch->base[i]));
	}
	return NULL;
}

static void
settle(int64_t ms)
{
	(void)nanosleep(
	    &(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Write the notes of a pace, each when it is due. */
static void *
write_notes(void *argument)
{
	struct watch *watch = argument;
	struct arena *arena = arena_create(1u << 20);
	int64_t begun_us = clock_monotonic_us();
	struct str answer;

	for (size_t i = 0; i < watch->pace->notes && !watch->failed; i++) {
		int64_t due_us = begun_us + (int64_t)i * watch->pace->every_ms * 1000;
		int64_t wait_us = due_us - clock_monotonic_us();

		if (wait_us > 0)
			settle(wait_us / 1000);
		arena_reset(arena);
		watch->notes[i].sent_us = clock_monotonic_us();
		if (note(watch, arena, i % ECOS, &answer) != NULL)
			watch->failed = true;
		watch->notes[i].answered_us = clock_monotonic_us();
	}
	arena_destroy(arena);
	return NULL;
}

/* ---- hearing ---- */

static void
heard(void *context, size_t listener, int64_t at_us, struct str message)
{
	struct watch *watch = context;
	size_t at = str_find(message, STR("\"id\":\"")), eco = 0;
	int64_t version, n;

	watch->told++;
	watch->heard_us = at_us;
	/* The first id is that of the operation. */
	message = (struct str){ message.ptr + at + 6, message.len - at - 6 };
	at = str_find(message, STR("\"eco\":{\"id\":\""));
	if (watch->pace == NULL || at == SIZE_MAX ||
	    !read_number(message, STR("\"version\":"), &version))
		return;
	while (eco < ECOS && memcmp(watch->ecos[eco], message.ptr + at + 13, 36) != 0)
		eco++;
	n = (version - watch->base[eco % ECOS] - 1) * ECOS + (int64_t)eco;
	for (; eco < ECOS && n >= 0 && n < (int64_t)watch->pace->notes; n -= ECOS) {
		int64_t *arrived = &watch->arrived[(size_t)n * watch->subscribers + listener];

		if (*arrived == 0)
			*arrived = at_us;
	}
}

/* All have heard all, or nothing comes any more. */
static bool
is_over(void *context)
{
	struct watch *watch = context;
	size_t last = watch->pace->notes - 1;
	int64_t answered_us = watch->notes[last].answered_us;

	if (watch->failed)
		return true;
	if (answered_us == 0)
		return false;
	if (clock_monotonic_us() - answered_us > PATIENCE_US &&
	    clock_monotonic_us() - watch->heard_us > PATIENCE_US)
		return true;
	/* Looked at from the end: who has the last of each ECO has all. */
	for (size_t n = last + 1 > ECOS ? last + 1 - ECOS : 0; n <= last; n++)
		for (size_t i = watch->subscribers; i > 0; i--)
			if (watch->arrived[n * watch->subscribers + i - 1] == 0)
				return false;
	return true;
}

static bool
is_idle_long_enough(void *context)
{
	int64_t *until_us = context;

	return clock_monotonic_us() > *until_us;
}

/* ---- one pace ---- */

/* From here on the notes of ${pace} count: where each ECO stands is known, and nothing is under
 * way. */
static struct err *
begin_pace(
    struct watch *watch, struct listeners *listeners, struct arena *arena, const struct pace *pace)
{
	size_t count = pace->notes * watch->subscribers;
	struct str answer;

	for (size_t i = 0; i < ECOS; i++) {
		TRY(note(watch, arena, i, &answer));
		CHECK(read_number(answer, STR("\"version\":"), &watch->base[i]));
	}
	TRY(listeners_hear(
	    listeners, is_idle_long_enough, &(int64_t){ clock_monotonic_us() + SETTLE_MS * 1000 }));
	watch->arrived = arena_array(arena, int64_t, count);
	CHECK(watch->arrived != NULL);
	memset(watch->arrived, 0, count * sizeof(int64_t));
	memset(watch->notes, 0, sizeof(watch->notes));
	watch->pace = pace;
	watch->told = 0;
	return NULL;
}

static struct err *
hear_pace(struct watch *watch, struct listeners *listeners)
{
	struct err *err;
	pthread_t writer;

	CHECK(pthread_create(&writer, NULL, write_notes, watch) == 0);
	err = listeners_hear(listeners, is_over, watch);
	if (err != NULL)
		watch->failed = true;
	CHECK(pthread_join(writer, NULL) == 0);
	if (err == NULL && watch->failed)
		err = ERR(watch->bench->arena, ERR_UNAVAILABLE, "a note could not be written");
	return err;
}

/* Percentiles over all notes and all who heard them; a fault when somebody did not. */
static struct err *
sum_up(struct watch *watch, struct arena *arena, struct pace_figures *ret)
{
	size_t count = watch->pace->notes * watch->subscribers, missing = 0;
	struct samples samples = samples_in(arena, count);

	for (size_t n = 0; n < watch->pace->notes; n++) {
		int64_t answered_us = watch->notes[n].answered_us;

		for (size_t i = 0; i < watch->subscribers; i++) {
			int64_t us = watch->arrived[n * watch->subscribers + i];

			if (us == 0)
				missing++;
			else
				samples_add(&samples, us < answered_us ? 0 : us - answered_us);
		}
	}
	if (missing > 0)
		return ERR(watch->bench->arena, ERR_UNAVAILABLE,
		    "%s, %s: %zu of %zu were not told, and nothing comes", watch->server->name,
		    watch->pace->said, missing, count);
	ret->p50_ms = samples_percentile_ms(&samples, 50);
	ret->p99_ms = samples_percentile_ms(&samples, 99);
	ret->max_ms = samples_percentile_ms(&samples, 100);
	ret->messages_percent = 100.0 * (double)watch->told / (double)count;
	ret->per_second =
	    (double)watch->pace->notes * 1e6 /
	    (double)(watch->notes[watch->pace->notes - 1].answered_us - watch->notes[0].sent_us);
	return NULL;
}

static struct err *
run_pace(struct watch *watch, struct listeners *listeners, const struct pace *pace,
    struct pace_figures *ret)
{
	struct arena *arena =
	    arena_create(pace->notes * watch->subscribers * 2 * sizeof(int64_t) + (16u << 20));
	double cpu_s = 0;
	struct err *err;

	err = begin_pace(watch, listeners, arena, pace);
	if (err == NULL) {
		cpu_s = process_cpu_s(watch->server->pid);
		err = hear_pace(watch, listeners);
		cpu_s = process_cpu_s(watch->server->pid) - cpu_s;
	}
	if (err == NULL)
		err = sum_up(watch, arena, ret);
	ret->cpu_us = cpu_s * 1e6 / (double)(watch->told + 1);
	for (size_t n = 0; n < pace->notes; n++)
		watch->base[n % ECOS]++;
	watch->pace = NULL;
	arena_destroy(arena);
	return err;
}

/* ---- one server ---- */

/* What the kernel keeps for itself, sockets among it. */
static double
kernel_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	int64_t kilobytes = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (read_number(str_from_z(line), STR("SUnreclaim:"), &kilobytes))
			break;
	if (file != NULL)
		(void)fclose(file);
	return (double)kilobytes * 1024;
}

/* A peer that does not keep up is measured as far as it does. */
static struct err *
run_paces(struct watch *watch, struct listeners *listeners, struct figures *ret)
{
	for (size_t i = 0; i < COUNT_OF(paces); i++) {
		struct pace_figures figures = { 0 };
		struct err *err = run_pace(watch, listeners, &paces[i], &figures);

		if (err != NULL && is_ours(watch))
			return err;
		if (err != NULL) {
			printf("%s does not keep up with %s: %.*s\n", watch->server->name,
			    paces[i].said, STR_ARG(err->message));
			return NULL;
		}
		ret->of[i] = figures;
		printf("%s, %s: p99 %.1f ms\n", watch->server->name, paces[i].said, figures.p99_ms);
		(void)fflush(stdout);
	}
	return NULL;
}

static struct err *
hear_all(struct watch *watch, struct listeners **listeners, struct figures *ret)
{
	pid_t pid = watch->server->pid;
	struct listeners_plan plan = { .port = watch->server->port,
		.count = watch->subscribers,
		.headers = watch->headers,
		.heard = heard,
		.context = watch };
	double resident = process_resident_bytes(pid), kernel = kernel_bytes();
	struct str listen;
	int64_t until_us;

	TRY(graphql_bench_read(watch->bench, "listen.graphql", &listen));
	plan.subscribe = arena_printf(watch->bench->arena, "{\"query\":%.*s}",
	    STR_ARG(graphql_bench_quote(watch->bench, listen)));
	TRY(listeners_open(watch->bench->arena, &plan, listeners));
	until_us = clock_monotonic_us() + SETTLE_MS * 1000;
	TRY(listeners_hear(*listeners, is_idle_long_enough, &until_us));
	ret->idle_kb = (process_resident_bytes(pid) - resident) / 1000 / (double)watch->subscribers;
	ret->kernel_kb = (kernel_bytes() - kernel) / 1000 / (double)watch->subscribers;
	return run_paces(watch, *listeners, ret);
}

static struct err *
watch_server(struct graphql_bench *bench, const struct graphql_server *server, struct str headers,
    struct figures *ret)
{
	struct watch *watch = arena_new(bench->arena, struct watch);
	struct listeners *listeners = NULL;
	struct err *err;
	struct str text;

	CHECK(watch != NULL);
	watch->bench = bench;
	watch->server = server;
	watch->headers = headers;
	watch->subscribers = (size_t)bench_setting("STRIKE_BENCH_SUBSCRIBERS", SUBSCRIBERS);
	TRY(graphql_bench_read(bench, "create.graphql", &text));
	watch->create = graphql_bench_quote(bench, text);
	TRY(graphql_bench_read(bench, "cancel.graphql", &text));
	watch->cancel = graphql_bench_quote(bench, text);
	TRY(graphql_bench_read(bench, "note.graphql", &text));
	watch->note = graphql_bench_quote(bench, text);
	TRY(make_ecos(watch, bench->arena));
	settle(SETTLE_MS);
	TRY(find_versions(watch, bench->arena));
	err = hear_all(watch, &listeners, ret);
	listeners_close(listeners);
	return err;
}

/* ---- the report ---- */

struct row {
	struct str said, unit;
	double ours, peer;
	double target;
};

static void
add_row(struct graphql_bench *bench, const struct row *row)
{
	report_add(bench->report,
	    &(struct report_row){
		.metric = arena_printf(bench->arena, "live: %lld subscribers, %.*s",
		    (long long)bench_setting("STRIKE_BENCH_SUBSCRIBERS", SUBSCRIBERS),
		    STR_ARG(row->said)),
		.unit = row->unit,
		.ours = row->ours,
		.peer = row->peer,
		.peer_name = row->peer == 0 ? STR("") : str_from_z(peer.name),
		.target = row->target,
		.conditions =
		    STR("one board, told of each change of 20 ECOs; server, PostgreSQL and "
			"all listeners on this machine") });
}

static void
add_pace(struct graphql_bench *bench, const struct pace *pace, const struct pace_figures *ours,
    const struct pace_figures *theirs)
{
	struct arena *arena = bench->arena;
	struct row rows[] = {
		{ arena_printf(arena, "%s, written", pace->said), STR("1/s"), ours->per_second,
		    theirs->per_second, 0 },
		{ arena_printf(arena, "%s, answered to told, p50", pace->said), STR("ms"),
		    ours->p50_ms, theirs->p50_ms, 0 },
		{ arena_printf(arena, "%s, answered to told, p99", pace->said), STR("ms"),
		    ours->p99_ms, theirs->p99_ms, pace->is_target ? TARGET_MS : 0 },
		{ arena_printf(arena, "%s, answered to told, max", pace->said), STR("ms"),
		    ours->max_ms, theirs->max_ms, 0 },
		{ arena_printf(arena, "%s, messages for each event and subscriber", pace->said),
		    STR("%"), ours->messages_percent, theirs->messages_percent, 0 },
		{ arena_printf(arena, "%s, CPU of the server for a message", pace->said), STR("us"),
		    ours->cpu_us, theirs->cpu_us, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		add_row(bench, &rows[i]);
}

static void
add_rows(struct graphql_bench *bench, const struct figures *ours, const struct figures *theirs)
{
	add_row(bench, &(struct row){ STR("idle, resident memory of the server each"), STR("kB"),
			   ours->idle_kb, theirs->idle_kb, TARGET_KB });
	add_row(bench, &(struct row){ STR("idle, kernel memory each, both ends"), STR("kB"),
			   ours->kernel_kb, theirs->kernel_kb, 0 });
	for (size_t i = 0; i < COUNT_OF(paces); i++)
		add_pace(bench, &paces[i], &ours->of[i], &theirs->of[i]);
}

/* The peer is measured after us, on the same cluster; without it our figures stand alone. */
static struct err *
watch_peer(struct graphql_bench *bench, struct world *world, struct figures *ret)
{
	struct graphql_server server = peer;
	struct err *err = graphql_server_start(bench, world, &server, DATABASE_SESSIONS);

	if (err == NULL)
		err = watch_server(bench, &server, STR(""), ret);
	graphql_server_stop(&server);
	return err;
}

static struct err *
run(struct graphql_bench *bench, struct world *world)
{
	struct figures ours = { 0 }, theirs = { 0 };
	struct graphql_server server;
	struct str headers;
	struct err *err;

	TRY(graphql_server_ours(bench, world, &server));
	TRY(graphql_server_token(bench, &headers));
	err = watch_server(bench, &server, headers, &ours);
	if (err == NULL && bench->peers)
		err = watch_peer(bench, world, &theirs);
	add_rows(bench, &ours, &theirs);
	return err;
}

struct err *
bench_live(struct graphql_bench *bench)
{
	int64_t count = bench_setting("STRIKE_BENCH_SUBSCRIBERS", SUBSCRIBERS);
	struct world world = { .arena = bench->arena };
	struct err *err;

	TRY(listeners_allow(bench->arena, (size_t)count));
	(void)setenv("STRIKE_LIMIT_TOKEN_PER_MIN", "0", 1);
	(void)setenv("STRIKE_CONNECTIONS_MAX",
	    arena_printf(bench->arena, "%lld", (long long)count + 1024).ptr, 1);
	err = world_begin(&world, bench->arena, "paging.scn", "graphql-live");
	if (err == NULL)
		err = run(bench, &world);
	world_end(&world);
	(void)unsetenv("STRIKE_CONNECTIONS_MAX");
	return err;
}
