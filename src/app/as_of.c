#include "app/as_of.h"

#include "app/board_row.h"

/* One ECO at a time is folded in it. */
#define SCRATCH_BYTES (24u << 20)

#define CHUNK 100 /* how many ECOs are listed at a time */

bool
as_of_includes(const struct as_of *moment, const struct store_event *event)
{
	switch (moment->kind) {
	case AS_OF_NOW:
		return true;
	case AS_OF_INSTANT:
		return event->occurred_at.us <= moment->instant.us;
	case AS_OF_POSITION:
		return event->position > 0 && event->position <= moment->position;
	}
	UNREACHABLE("kind of a moment");
}

static bool
includes(const void *moment, const struct store_event *event)
{
	return as_of_includes(moment, event);
}

struct err *
as_of_load(const struct app_context *context, const struct as_of *moment, struct uuid eco,
    struct change_loaded **ret)
{
	return change_load_until(context->session, context->arena, eco, includes, moment, ret);
}

/* A page being filled. */
struct filling {
	const struct app_context *context;
	const struct as_of_query *query;
	struct store_board_filter next; /* whom to look at next, however they stand today */
	struct arena *scratch;
	struct store_board_row *rows;
	size_t count, looks;
	bool full; /* there is a row more than asked for */
};

/* ${row}, whose texts are given up soon, as it stays. */
static bool
keep(struct filling *filling, const struct store_board_row *row)
{
	struct arena *arena = filling->context->arena;
	struct geo_point *points = arena_array(arena, struct geo_point, row->location.count);
	struct store_board_row *kept = &filling->rows[filling->count];

	if (points == NULL)
		return false;
	memcpy(points, row->location.points, row->location.count * sizeof(*points));
	*kept = *row;
	kept->job_number = arena_copy(arena, row->job_number);
	kept->description = arena_copy(arena, row->description);
	kept->location.points = points;
	filling->count++;
	return !arena_exhausted(arena);
}

/* What row-level security has hidden already is hidden here once more. */
static bool
is_party(const struct filling *filling, const struct store_board_row *row)
{
	struct uuid organisation = filling->context->actor->organisation.id;

	return uuid_equal(row->noc, organisation) || uuid_equal(row->osp, organisation);
}

/* Take ${eco} into the page if it was there at the moment, and as wanted. */
static struct err *
look_at(struct filling *filling, struct uuid eco)
{
	struct change_loaded *loaded;
	struct store_board_row row;

	TRY(change_load_until(filling->context->session, filling->scratch, eco, includes,
	    &filling->query->moment, &loaded));
	if (loaded == NULL)
		return NULL;
	row = board_row_of(&loaded->callout);
	row.position = loaded->position;
	if (!is_party(filling, &row) || !store_board_matches(&filling->query->filter, &row))
		return NULL;
	filling->full = filling->count == filling->query->first;
	if (!filling->full && !keep(filling, &row))
		return ERR(filling->scratch, ERR_LIMIT, "no memory left for the board");
	return NULL;
}

/* The page may be continued behind ${row}. */
static void
move_behind(struct filling *filling, const struct store_board_row *row)
{
	filling->next.has_before = true;
	filling->next.before = row->created_at;
	filling->next.before_eco = row->eco;
}

/* Look at the next chunk of ECOs; ${ret_more} says whether there may be another. */
static struct err *
fill_chunk(struct filling *filling, bool *ret_more)
{
	struct store_board_rows chunk;

	TRY(store_list_board(
	    filling->context->session, filling->scratch, &filling->next, CHUNK, &chunk));
	*ret_more = chunk.count == CHUNK;
	for (size_t i = 0; i < chunk.count; i++) {
		struct arena_mark mark = arena_mark(filling->scratch);

		if (filling->looks == filling->query->looks_max) {
			*ret_more = true;
			return NULL;
		}
		TRY(look_at(filling, chunk.at[i].eco));
		arena_release(filling->scratch, mark);
		/* The first that did not fit is where the next page begins. */
		if (filling->full)
			return NULL;
		filling->looks++;
		move_behind(filling, &chunk.at[i]);
	}
	return NULL;
}

static struct err *
fill(struct filling *filling, bool *ret_more)
{
	do {
		arena_reset(filling->scratch);
		TRY(fill_chunk(filling, ret_more));
	} while (*ret_more && !filling->full && filling->looks < filling->query->looks_max);
	*ret_more = *ret_more || filling->full;
	return NULL;
}

/*
 * Whom to begin with.  Where and when an ECO was created and what kind of job it is never
 * change; how it stands, its contractor and its number do.  ECOs that were created after an
 * instant were not there at it.
 */
static struct store_board_filter
begin_with(const struct as_of *moment, const struct store_board_filter *filter)
{
	struct store_board_filter next = *filter;

	next.status_count = next.dispatch_count = next.word_count = 0;
	next.has_organisation = next.has_updated_from = next.has_updated_until = false;
	next.without = ~0u;
	if (moment->kind == AS_OF_INSTANT &&
	    (!next.has_before || next.before.us > moment->instant.us)) {
		next.has_before = true;
		next.before = (struct instant){ moment->instant.us + 1 };
		next.before_eco = UUID_NIL;
	}
	return next;
}

struct err *
as_of_board(
    const struct app_context *context, const struct as_of_query *query, struct as_of_page *ret)
{
	struct filling filling = {
		.context = context,
		.query = query,
		.next = begin_with(&query->moment, &query->filter),
		.rows = arena_array(context->arena, struct store_board_row, query->first),
	};
	struct err *err;
	bool more = false;

	CHECK(query->moment.kind != AS_OF_NOW);
	CHECK(query->first > 0);
	CHECK(query->looks_max > 0);
	if (filling.rows == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left for the board");
	filling.scratch = arena_create(SCRATCH_BYTES);
	err = fill(&filling, &more);
	/* The fault lives in what is given up here. */
	if (err != NULL)
		err = ERR(context->arena, err->kind, "the board as it once stood: %.*s",
		    STR_ARG(err->message));
	arena_destroy(filling.scratch);
	*ret = (struct as_of_page){
		.rows = { .at = filling.rows, .count = filling.count },
		.more = more,
		.has_end = filling.looks > 0,
		.end = filling.next.before,
		.end_eco = filling.next.before_eco,
		.looks = filling.looks,
	};
	return err;
}
