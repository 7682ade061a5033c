#include "store_log.h"

#include <stdio.h>

#include "bench_world.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_clients.h"

#define OPEN_AT_ONCE 512 /* callouts; their events lie that far apart in the log */
#define TOGETHER     16  /* streams of one append */
#define PIECE        4   /* events of one stream in it */
#define FILE_BYTES   65536

struct line {
	struct str type, payload;
};

struct filler {
	struct line lines[LOG_EVENTS_OF_CALLOUT];
	struct store_session *session;
	struct uuid open[OPEN_AT_ONCE];
	struct arena *arena;
};

static struct err *
read_template(struct store_bench *bench, struct filler *ret)
{
	const char *root;
	char *text = arena_bytes(bench->arena, FILE_BYTES);
	struct str rest;
	FILE *file;

	TRY(world_setting(bench->arena, "STRIKE_TEST_SOURCE_ROOT", &root));
	file = fopen(arena_printf(bench->arena, "%s/bench/callout.tsv", root).ptr, "re");
	if (file == NULL)
		return ERR(bench->arena, ERR_UNAVAILABLE, "could not read bench/callout.tsv");
	rest = (struct str){ text, fread(text, 1, FILE_BYTES, file) };
	(void)fclose(file);
	for (size_t i = 0; i < LOG_EVENTS_OF_CALLOUT; i++) {
		ret->lines[i].payload = str_cut(&rest, '\n');
		ret->lines[i].type = str_cut(&ret->lines[i].payload, '\t');
		if (str_empty(ret->lines[i].payload))
			return ERR(
			    bench->arena, ERR_CORRUPT, "line %zu of bench/callout.tsv", i + 1);
	}
	return NULL;
}

static struct store_event
event_of(const struct line *line)
{
	return (struct store_event){
		.id = random_uuid(clock_system_now()),
		.type = line->type,
		.schema_version = 1,
		.occurred_at = clock_system_now(),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("ringdown") },
		.payload = line->payload,
	};
}

struct err *
log_template(struct store_bench *bench, struct store_event *ret, size_t count)
{
	struct filler *filler = arena_new(bench->arena, struct filler);

	CHECK(filler != NULL);
	CHECK(count <= LOG_EVENTS_OF_CALLOUT);
	TRY(read_template(bench, filler));
	for (size_t i = 0; i < count; i++)
		ret[i] = event_of(&filler->lines[i]);
	return NULL;
}

/* Piece ${piece} of the events of every callout. */
static const struct store_event *
events_of(const struct filler *filler, size_t piece)
{
	struct store_event *events = arena_array(filler->arena, struct store_event, PIECE);

	CHECK(events != NULL);
	for (size_t i = 0; i < PIECE; i++)
		events[i] = event_of(&filler->lines[piece * PIECE + i]);
	return events;
}

/* The ${piece}th piece of callouts ${first} and the fifteen after it. */
static struct err *
append_piece(struct filler *filler, size_t first, size_t piece)
{
	struct store_also also[TOGETHER - 1];
	struct store_append_result result;
	int64_t expected = (int64_t)(piece * PIECE);

	for (size_t i = 0; i < TOGETHER - 1; i++)
		also[i] = (struct store_also){ .stream = filler->open[first + 1 + i],
			.expected_version = expected,
			.noc = append_noc(),
			.osp = append_osp(),
			.events = events_of(filler, piece),
			.event_count = PIECE };
	return store_append(filler->session, filler->arena,
	    &(struct store_append){ .stream = filler->open[first],
		.expected_version = expected,
		.noc = append_noc(),
		.osp = append_osp(),
		.events = events_of(filler, piece),
		.event_count = PIECE,
		.also = also,
		.also_count = TOGETHER - 1 },
	    &result);
}

static struct err *
append_callouts(struct filler *filler)
{
	for (size_t i = 0; i < OPEN_AT_ONCE; i++)
		filler->open[i] = random_uuid(clock_system_now());
	for (size_t piece = 0; piece < LOG_EVENTS_OF_CALLOUT / PIECE; piece++)
		for (size_t first = 0; first < OPEN_AT_ONCE; first += TOGETHER) {
			struct arena_mark mark = arena_mark(filler->arena);

			TRY(append_piece(filler, first, piece));
			arena_release(filler->arena, mark);
		}
	return NULL;
}

static struct err *
fill(struct filler *filler, int64_t callouts, int64_t *ret_head)
{
	size_t count;
	bool leads;

	for (int64_t done = 0; done < callouts; done += OPEN_AT_ONCE)
		TRY(append_callouts(filler));
	do
		TRY(store_sequence(filler->session, filler->arena, ret_head, &leads, &count));
	while (count > 0);
	return leads ? NULL : ERR(filler->arena, ERR_CONFLICT, "another process sequences here");
}

struct err *
log_fill(struct store_bench *bench, int64_t callouts, int64_t *ret_head)
{
	struct filler *filler = arena_new(bench->arena, struct filler);
	struct err *err;

	CHECK(filler != NULL);
	filler->arena = bench->arena;
	TRY(read_template(bench, filler));
	TRY(store_session_open(bench->store, bench->arena, STORE_WORKER, &filler->session));
	err = fill(filler, callouts, ret_head);
	store_session_close(filler->session);
	return err;
}
