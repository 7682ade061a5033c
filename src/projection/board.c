#include "projection/board.h"

#include <stdlib.h>

#include "app/board_row.h"
#include "app/change.h"
#include "domain/directory/record.h"
#include "projection/fold.h"

/* ECOs that a thread keeps folded: those that are being worked on, and many more. */
#define ECOS_KEPT_MAX  65536
#define BYTES_KEPT_MAX (256u << 20)

/* Events of a stream that are read at once. */
#define PAGE_MAX 200

struct board_memory {
	struct fold *fold;
	struct callout callout; /* the one in hand */
};

static void *
create_memory(void)
{
	struct board_memory *memory = calloc(1, sizeof(*memory));

	CHECK(memory != NULL);
	memory->fold = fold_create(ECOS_KEPT_MAX, BYTES_KEPT_MAX);
	return memory;
}

static void
destroy_memory(void *context)
{
	struct board_memory *memory = context;

	fold_destroy(memory->fold);
	free(memory);
}

static void
settle(void *context, bool committed)
{
	struct board_memory *memory = context;

	fold_settle(memory->fold, committed);
}

/* ---- which events belong together ---- */

/* The events of a batch by ECO: where each ECO begins, and what follows what. */
struct groups {
	uint32_t *firsts; /* of each ECO, its first event */
	size_t count;
	uint32_t *nexts;    /* the next event of the same ECO, or NONE */
	size_t handed_over; /* how many events hand an ECO over: a row more for each */
};

#define NONE UINT32_MAX

/* Where the ECO of ${event} stands in a table of ${mask} + 1 places, or should. */
static size_t
place_of(
    const struct projection_events *events, const uint32_t *table, size_t mask, struct uuid stream)
{
	uint64_t tail;
	size_t at;

	memcpy(&tail, stream.bytes + 8, sizeof(tail));
	at = (size_t)((tail * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
	/* A place holds an event's number and one; 0: nobody has it. */
	while (table[at] != 0 && !uuid_equal(events->at[table[at] - 1]->stream, stream))
		at = (at + 1) & mask;
	return at;
}

/* Whether ${event} is of a record of the directory, and so all of its stream: no ECO. */
static bool
is_record(const struct store_event *event)
{
	enum directory_event_type type;

	return directory_event_find(event->type, &type);
}

/* Whether ${event} gives an ECO to another contractor. */
static bool
hands_over(const struct store_event *event)
{
	return str_equal(event->type, eco_event_name(ECO_EVENT_OSP_ENGAGED));
}

static struct err *
group(struct arena *arena, const struct projection_events *events, struct groups *ret)
{
	size_t places = 16;
	uint32_t *table, *lasts;

	while (places < 2 * events->count)
		places *= 2;
	table = arena_array(arena, uint32_t, places);
	lasts = arena_array(arena, uint32_t, places);
	ret->firsts = arena_array(arena, uint32_t, events->count);
	ret->nexts = arena_array(arena, uint32_t, events->count);
	ret->count = ret->handed_over = 0;
	if (table == NULL || lasts == NULL || ret->firsts == NULL || ret->nexts == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to sort events");
	for (uint32_t i = 0; i < events->count; i++) {
		size_t at = place_of(events, table, places - 1, events->at[i]->stream);

		ret->nexts[i] = NONE;
		ret->handed_over += hands_over(events->at[i]);
		if (table[at] == 0) {
			table[at] = i + 1;
			if (!is_record(events->at[i]))
				ret->firsts[ret->count++] = i;
		} else {
			ret->nexts[lasts[at]] = i;
		}
		lasts[at] = i;
	}
	return NULL;
}

/* ---- one ECO ---- */

/* Somebody took an event out, or the log and the stream are not of one store. */
static struct err *
missing(struct arena *arena, struct uuid eco, int64_t version)
{
	struct str id = uuid_text(arena, eco);

	return ERR(
	    arena, ERR_CORRUPT, "ECO %.*s has no event %lld", STR_ARG(id), (long long)version);
}

static struct err *
fold_event(struct arena *arena, const struct store_event *event, struct callout *callout)
{
	if (event->version != callout->version + 1)
		return missing(arena, event->stream, callout->version + 1);
	return change_fold(arena, event, callout);
}

/* Fold the stream of ${eco} up to ${version} into ${callout}. */
static struct err *
read_up_to(struct store_session *session, struct arena *arena, struct uuid eco, int64_t version,
    struct callout *callout)
{
	*callout = (struct callout){ .id = eco };
	while (callout->version < version) {
		int64_t left = version - callout->version;
		struct store_events page;

		TRY(store_read_stream(session, arena, eco, callout->version,
		    left < PAGE_MAX ? (size_t)left : PAGE_MAX, &page));
		if (page.count == 0)
			return missing(arena, eco, callout->version + 1);
		for (size_t i = 0; i < page.count; i++)
			TRY(fold_event(arena, &page.at[i], callout));
	}
	return NULL;
}

/* The rows of a batch. */
struct rows {
	struct store_board_row *at;
	size_t count;
	bool keeps; /* the arena holds texts of a row */
};

/* What the contractor that has just been relieved will go on seeing; its texts stay in ${arena}. */
static void
add_former_row(struct arena *arena, const struct callout *callout, const struct store_event *event,
    struct rows *rows)
{
	struct store_board_row *row = &rows->at[rows->count++];
	struct geo_point *points =
	    arena_array(arena, struct geo_point, callout->eco.location.count);

	*row = board_row_of(callout);
	row->version = event->version;
	row->position = event->position;
	row->former = true;
	row->job_number = arena_copy(arena, row->job_number);
	row->description = arena_copy(arena, row->description);
	if (points != NULL)
		memcpy(points, row->location.points, row->location.count * sizeof(*points));
	row->location.points = points;
	rows->keeps = true;
}

/* Bring the ECO of the group that begins with event ${first} up to its last event. */
static struct err *
make_rows(const struct projection_turn *turn, const struct projection_events *events,
    const struct groups *groups, uint32_t first, struct rows *rows)
{
	struct board_memory *memory = turn->memory;
	struct callout *callout = &memory->callout;
	const struct store_event *event = events->at[first];

	if (!fold_find(memory->fold, event->stream, event->version - 1, callout))
		TRY(read_up_to(
		    turn->session, turn->arena, event->stream, event->version - 1, callout));
	for (uint32_t i = first; i != NONE; i = groups->nexts[i]) {
		event = events->at[i];
		if (hands_over(event))
			add_former_row(turn->arena, callout, event, rows);
		TRY(fold_event(turn->arena, event, callout));
	}
	/* From here on the row's texts are the fold's, and stay until the transaction is over. */
	fold_put(memory->fold, callout);
	rows->at[rows->count] = board_row_of(callout);
	rows->at[rows->count++].position = event->position;
	return NULL;
}

/* Handed over twice within one batch, an ECO has several rows for one OSP: the last counts. */
static struct err *
put_rows(const struct projection_turn *turn, struct rows *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct store_board_row *row = &rows->at[i];
		bool overtaken = false;

		for (size_t j = i + 1; row->former && j < rows->count; j++)
			overtaken = overtaken || (uuid_equal(row->eco, rows->at[j].eco) &&
						     uuid_equal(row->osp, rows->at[j].osp));
		if (!overtaken)
			rows->at[count++] = *row;
	}
	for (size_t i = 0; i < count; i += STORE_BATCH_MAX) {
		size_t left = count - i;

		TRY(store_put_board(turn->session, turn->arena, turn->build, rows->at + i,
		    left < STORE_BATCH_MAX ? left : STORE_BATCH_MAX));
	}
	return NULL;
}

static struct err *
apply(const struct projection_turn *turn, const struct projection_events *events)
{
	struct rows rows = { .count = 0 };
	struct groups groups;

	TRY(group(turn->arena, events, &groups));
	if (groups.count == 0)
		return NULL;
	rows.at =
	    arena_array(turn->arena, struct store_board_row, groups.count + groups.handed_over);
	if (rows.at == NULL)
		return ERR(turn->arena, ERR_LIMIT, "no memory left for the board");
	for (size_t i = 0; i < groups.count; i++) {
		struct arena_mark mark = arena_mark(turn->arena);

		rows.keeps = false;
		TRY(make_rows(turn, events, &groups, groups.firsts[i], &rows));
		if (!rows.keeps)
			arena_release(turn->arena, mark);
	}
	if (arena_exhausted(turn->arena))
		return ERR(turn->arena, ERR_LIMIT, "no memory left for the board");
	return put_rows(turn, &rows);
}

const struct projection board_projection = {
	.name = STR("eco_board"),
	.slots = 4,
	.create_memory = create_memory,
	.destroy_memory = destroy_memory,
	.apply = apply,
	.settle = settle,
};
