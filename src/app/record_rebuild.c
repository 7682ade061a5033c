#include "app/record_rebuild.h"

#include <stdlib.h>

#include "app/record_vault.h"
#include "codec/record_codec.h"

#define PIECE_EVENTS 100
#define PIECE_ARENA  (256u << 20) /* of PIECE_EVENTS the largest, with a copy of one */

#define TRIES 3
#define LOOKS 1000 /* for what was just written, in one try */

/* A rebuild under way. */
struct rebuilding {
	const struct vault *vault;
	struct store_session *session;
	struct arena *arena; /* of one piece */
	int64_t position;    /* how far the log was read */
	struct record_rebuilt done;
	struct uuid *taken; /* streams whose last word waits until all others are there */
	size_t taken_count, taken_capacity;
};

bool
record_is_event(const struct store_event *event)
{
	enum directory_event_type type;

	return directory_event_find(event->type, &type);
}

struct err *
record_decode_event(struct arena *arena, const struct store_event *event, struct record *ret)
{
	enum directory_event_type type;
	struct str reason;

	if (!directory_event_find(event->type, &type))
		return ERR(
		    arena, ERR_CORRUPT, "%.*s is no event of a record", STR_ARG(event->type));
	if (event->schema_version != directory_event_version(type))
		return ERR(arena, ERR_CORRUPT, "%.*s has version %lld, and this program reads %d",
		    STR_ARG(event->type), (long long)event->schema_version,
		    directory_event_version(type));
	if (!codec_decode_record(arena, directory_event_kind(type), event->payload, ret, &reason))
		return ERR(arena, ERR_CORRUPT, "version %lld of record %.*s cannot be read: %.*s",
		    (long long)event->version, STR_ARG(uuid_text(arena, event->stream)),
		    STR_ARG(reason));
	ret->id = event->stream;
	ret->version = event->version;
	return NULL;
}

struct err *
record_put_event(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct store_event *event, bool *ret_taken)
{
	struct store_record row = {
		.id = event->stream, .version = event->version, .changed_at = event->occurred_at
	};
	struct buf body = buf_in(arena, RECORD_BYTES_MAX);
	struct record record;

	TRY(record_decode_event(arena, event, &record));
	TRY(record_open(vault, session, arena, &record));
	codec_encode_record(&record, &body);
	if (body.overflowed)
		return ERR(arena, ERR_LIMIT, "record %.*s is larger than %u bytes",
		    STR_ARG(uuid_text(arena, event->stream)), RECORD_BYTES_MAX);
	row.kind = record.kind;
	row.parent = record_parent(&record);
	row.body = buf_view(&body);
	record_owners(&record, &row.noc, &row.osp);
	return store_put_record(session, arena, &row, &record, ret_taken);
}

/* ---- the whole log ---- */

static void
remember_taken(struct rebuilding *r, struct uuid stream)
{
	for (size_t i = 0; i < r->taken_count; i++) {
		if (uuid_equal(r->taken[i], stream))
			return;
	}
	if (r->taken_count == r->taken_capacity) {
		r->taken_capacity = r->taken_capacity * 2 + 16;
		r->taken = realloc(r->taken, r->taken_capacity * sizeof(r->taken[0]));
		CHECK(r->taken != NULL);
	}
	r->taken[r->taken_count++] = stream;
}

static struct err *
take_event(struct rebuilding *r, const struct store_event *event)
{
	bool taken;

	if (!record_is_event(event))
		return NULL;
	TRY(record_put_event(r->vault, r->session, r->arena, event, &taken));
	/*
	 * What one record gave up and another took at the same moment may stand in the log
	 * the other way round.  In the end nothing is had twice.
	 */
	if (taken)
		remember_taken(r, event->stream);
	r->done.events++;
	r->done.records += event->version == 1;
	return NULL;
}

/* The next piece of the log; ${ret_any} is false at its end. */
static struct err *
take_piece(struct rebuilding *r, bool *ret_any)
{
	struct store_events events;

	arena_reset(r->arena);
	TRY(store_read_log(r->session, r->arena, r->position, PIECE_EVENTS, &events));
	*ret_any = events.count > 0;
	for (size_t i = 0; i < events.count; i++) {
		struct arena_mark mark = arena_mark(r->arena);

		TRY(take_event(r, &events.at[i]));
		r->position = events.at[i].position;
		arena_release(r->arena, mark);
	}
	return NULL;
}

/* Read the log until every event that was committed has its place in it. */
static struct err *
take_log(struct rebuilding *r, bool *ret_all)
{
	struct store_backlog backlog;
	bool any;

	*ret_all = false;
	for (int i = 0; i < LOOKS && !*ret_all; i++) {
		/* Asked first: what has a place then is read below. */
		TRY(store_backlog(r->session, r->arena, RECORD_NO_MOMENT, &backlog));
		do
			TRY(take_piece(r, &any));
		while (any);
		*ret_all = backlog.unsequenced == 0;
	}
	return NULL;
}

/* The last event of ${stream}. */
static struct err *
put_last(struct rebuilding *r, struct uuid stream, bool *ret_taken)
{
	struct store_events events;
	int64_t after = 0;

	for (;;) {
		struct arena_mark mark = arena_mark(r->arena);

		TRY(store_read_stream(r->session, r->arena, stream, after, PIECE_EVENTS, &events));
		CHECK(events.count > 0);
		after = events.at[events.count - 1].version;
		if (events.count < PIECE_EVENTS)
			return record_put_event(r->vault, r->session, r->arena,
			    &events.at[events.count - 1], ret_taken);
		after--;
		arena_release(r->arena, mark);
	}
}

/* One after the other may have to wait for the next, so it goes round until nothing moves. */
static struct err *
settle_taken(struct rebuilding *r)
{
	size_t before = SIZE_MAX;

	while (r->taken_count > 0 && r->taken_count < before) {
		size_t left = 0;

		before = r->taken_count;
		for (size_t i = 0; i < before; i++) {
			bool taken;

			arena_reset(r->arena);
			TRY(put_last(r, r->taken[i], &taken));
			if (taken)
				r->taken[left++] = r->taken[i];
		}
		r->taken_count = left;
	}
	if (r->taken_count == 0)
		return NULL;
	return ERR(r->arena, ERR_CORRUPT,
	    "record %.*s has something that another has as well, and there must be one",
	    STR_ARG(uuid_text(r->arena, r->taken[0])));
}

static struct err *
rebuild_in_transaction(struct rebuilding *r, bool *ret_all)
{
	*ret_all = false;
	TRY(store_forget_records(r->session, r->arena));
	TRY(take_log(r, ret_all));
	return *ret_all ? settle_taken(r) : NULL;
}

/* Give places to what has none, when nobody else does. */
static struct err *
sequence(struct rebuilding *r)
{
	int64_t head;
	size_t count;
	bool leads;

	do
		TRY(store_sequence(r->session, r->arena, &head, &leads, &count));
	while (leads && count > 0);
	return NULL;
}

static struct err *
try_once(struct rebuilding *r, bool *ret_all)
{
	struct err *err;

	arena_reset(r->arena);
	r->position = 0;
	r->done = (struct record_rebuilt){ 0, 0 };
	r->taken_count = 0;
	TRY(sequence(r));
	TRY(store_begin(r->session, r->arena, UUID_NIL));
	err = rebuild_in_transaction(r, ret_all);
	if (err == NULL && *ret_all)
		return store_commit(r->session, r->arena);
	store_rollback(r->session);
	return err;
}

struct err *
record_rebuild(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct record_rebuilt *ret)
{
	struct rebuilding r = {
		.vault = vault, .session = session, .arena = arena_create(PIECE_ARENA)
	};
	struct err *err = NULL;
	bool all = false;

	for (int i = 0; i < TRIES && err == NULL && !all; i++)
		err = try_once(&r, &all);
	/* The fault lives in what is given up here. */
	if (err != NULL)
		err = err_explain(ERR(arena, err->kind, "%.*s", STR_ARG(err->message)),
		    arena_copy(arena, err->detail), arena_copy(arena, err->hint));
	else if (!all)
		err = err_explain(
		    ERR(arena, ERR_UNAVAILABLE, "events that were just written have no place yet"),
		    STR(""), STR("Try again when less is being written."));
	free(r.taken);
	arena_destroy(r.arena);
	*ret = r.done;
	return err;
}
