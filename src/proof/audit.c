#include "proof/audit.h"

#include <stdarg.h>

#include "base/hex.h"
#include "base/json.h"
#include "proof/audit_internal.h"

#define TICKS_ARENA       (1u << 20)
#define TEXT_BYTES_MAX    512
#define HEAD_FINDINGS_MAX 10 /* places in the list that are kept for what is at no position */

struct audit {
	const struct audit_wanted *wanted;
	struct audit_result *result;
	struct arena *arena;
	struct store_session *session;
	struct reader *readers[AUDIT_READERS_MAX];
	unsigned reader_count;
	struct store_audit_counts counts;
	struct chain chain;
	struct streams streams;
	int64_t from, to; /* positions after ${from} up to ${to} are checked, */
	int64_t done;     /* ... up to here */
};

void
audit_note(struct audit_result *result, struct arena *arena, const struct audit_finding *about,
    const char *format, ...)
{
	size_t most = AUDIT_FINDINGS_MAX;
	struct audit_finding *finding;
	char text[TEXT_BYTES_MAX];
	va_list args;
	size_t length;

	result->found++;
	if (about->position > 0 || about->tick > 0)
		most -= HEAD_FINDINGS_MAX;
	if (result->listed >= most)
		return;
	va_start(args, format);
	length = buf_format(text, sizeof(text), format, args);
	va_end(args);
	finding = &result->findings[result->listed++];
	*finding = *about;
	finding->problem = arena_copy(arena, (struct str){ text, length });
}

/* ---- one row of the log ---- */

static void
note_row(struct audit *audit, const struct store_audit_row *row, const char *problem)
{
	struct audit_finding about = { .position = row->position,
		.event = row->event.id,
		.stream = row->event.stream,
		.version = row->event.version };

	audit_note(audit->result, audit->arena, &about, "%s", problem);
}

/* The version before this one's must have come before it. */
static void
check_version(struct audit *audit, const struct store_audit_row *row)
{
	int64_t version = row->event.version;
	int64_t before = streams_note(&audit->streams, row->event.stream, version);

	if (before > 0 && version <= before)
		note_row(audit, row,
		    "its version has been before in the log: it is there twice, or "
		    "out of order");
	else if (before > 0 && version > before + 1)
		note_row(audit, row, "the version of its stream before it is missing from the log");
	else if (before == 0 && version > 1 && row->earlier_position == 0)
		note_row(audit, row, "the version of its stream before it is missing");
	else if (before == 0 && version > 1 && row->earlier_position > row->position)
		note_row(
		    audit, row, "the version of its stream before it comes after it in the log");
	else if (version < 1)
		note_row(audit, row, "its version is not a number from 1");
}

static void
check_event(struct audit *audit, const struct store_audit_row *row, bool sound)
{
	struct audit_finding about = { .position = row->position };

	if (!row->found) {
		audit_note(audit->result, audit->arena, &about,
		    "the event that stood here (number %lld) is gone", (long long)row->seq);
		return;
	}
	if (!sound)
		note_row(audit, row,
		    "its stored hash is not over its stored bytes: it was changed after it was "
		    "appended");
	check_version(audit, row);
	audit->result->events++;
}

/* Positions between what was last seen and ${position} that the log does not have. */
static void
note_gap(struct audit *audit, int64_t position)
{
	struct audit_finding about = { .position = audit->done + 1 };

	if (position == audit->done + 1)
		return;
	if (position == audit->done + 2)
		audit_note(audit->result, audit->arena, &about, "the log has no such position");
	else
		audit_note(audit->result, audit->arena, &about,
		    "the log has no positions from here to %lld", (long long)position - 1);
}

/* ---- the tick that a row is in ---- */

/* Close ticks until the current one reaches ${position}. */
static struct err *
find_tick(struct audit *audit, int64_t position)
{
	struct chain *chain = &audit->chain;

	while (chain->any && chain->tick.last_position < position) {
		TRY(chain_close(chain, audit->arena));
		TRY(chain_next(chain, audit->arena));
	}
	return NULL;
}

static struct err *
add_to_tick(struct audit *audit, const struct store_audit_row *row)
{
	struct chain *chain = &audit->chain;

	TRY(find_tick(audit, row->position));
	if (!chain->any || row->position < chain->tick.first_position) {
		note_row(audit, row, "no tick covers this position: the sequencer did not give it");
		return NULL;
	}
	if (row->found)
		merkle_add(&chain->tree, row->event.hash);
	else
		chain->torn = true;
	return NULL;
}

static struct err *
check_row(struct audit *audit, const struct store_audit_row *row, bool sound)
{
	note_gap(audit, row->position);
	check_event(audit, row, sound);
	audit->done = row->position;
	return add_to_tick(audit, row);
}

/* ---- the log, batch by batch ---- */

/* A fault that a reader met lives in the reader's memory, which ends before ours. */
static struct err *
keep_fault(struct arena *arena, const struct err *err)
{
	char text[TEXT_BYTES_MAX];
	struct buf buf = buf_over(text, sizeof(text));

	err_format(err, &buf);
	return err_explain(ERR(arena, err->kind, "%.*s", STR_ARG(buf_view(&buf))), STR(""),
	    arena_copy(arena, err->hint));
}

/* Positions after ${after} up to ${to}, which ${reader} has been asked for. */
static struct err *
check_range(struct audit *audit, struct reader *reader, int64_t to)
{
	for (;;) {
		struct audit_batch batch;
		struct err *err = reader_get(reader, &batch);
		int64_t last = 0;

		if (err != NULL)
			return keep_fault(audit->arena, err);
		for (size_t i = 0; i < batch.rows.count; i++) {
			last = batch.rows.at[i].position;
			if (last > to)
				return NULL;
			if (last > audit->done)
				TRY(check_row(audit, &batch.rows.at[i], batch.sound[i]));
		}
		if (batch.complete || last == to)
			return NULL;
		reader_want(reader, last, to);
	}
}

static int64_t
range_end(const struct audit *audit, int64_t after)
{
	return audit->to - after < STORE_BATCH_MAX ? audit->to : after + STORE_BATCH_MAX;
}

/* Every reader has its next range while the others' are looked at, in turn. */
static struct err *
check_log(struct audit *audit)
{
	int64_t asked = audit->from, after = audit->from;

	for (unsigned i = 0; i < audit->reader_count && asked < audit->to; i++) {
		reader_want(audit->readers[i], asked, range_end(audit, asked));
		asked = range_end(audit, asked);
	}
	for (unsigned turn = 0; after < audit->to; turn = (turn + 1) % audit->reader_count) {
		TRY(check_range(audit, audit->readers[turn], range_end(audit, after)));
		after = range_end(audit, after);
		if (audit->wanted->progress != NULL)
			audit->wanted->progress(
			    audit->wanted->context, after - audit->from, audit->to - audit->from);
		if (asked < audit->to) {
			reader_want(audit->readers[turn], asked, range_end(audit, asked));
			asked = range_end(audit, asked);
		}
	}
	note_gap(audit, audit->to + 1);
	return find_tick(audit, INT64_MAX);
}

/* ---- what is at no position ---- */

#define NOTE(audit, ...)                                                                      \
	audit_note((audit)->result, (audit)->arena, &(struct audit_finding){ .position = 0 }, \
	    __VA_ARGS__)

static void
check_counts(struct audit *audit)
{
	const struct store_audit_counts *counts = &audit->counts;
	char stream[UUID_TEXT_LENGTH + 1];
	struct buf buf = buf_over(stream, sizeof(stream));

	if (counts->head != counts->last_position)
		NOTE(audit,
		    "the head says that position %lld is the last one, but the log ends with %lld",
		    (long long)counts->head, (long long)counts->last_position);
	if (counts->head != counts->last_tick_position)
		NOTE(audit,
		    "the head says that position %lld is the last one, but the newest tick ends "
		    "with "
		    "%lld",
		    (long long)counts->head, (long long)counts->last_tick_position);
	if (counts->unplaced > 0)
		NOTE(audit,
		    "events without a position that the sequencer must have seen: %lld; they were "
		    "put in behind its back, or their positions were taken away",
		    (long long)counts->unplaced);
	if (!counts->has_bad_stream)
		return;
	uuid_format(counts->bad_stream, &buf);
	audit_note(audit->result, audit->arena,
	    &(struct audit_finding){ .stream = counts->bad_stream },
	    "stream %.*s: its row does not say the version of its last event",
	    STR_ARG(buf_view(&buf)));
}

/* ---- since a checkpoint ---- */

static struct err *
begin_since(struct audit *audit, const struct audit_checkpoint *since)
{
	struct chain *chain = &audit->chain;
	struct store_ticks ticks;

	TRY(store_read_ticks(audit->session, chain->arena, since->tick - 1, 1, &ticks));
	if (ticks.count == 0 || ticks.at[0].number != since->tick)
		NOTE(audit,
		    "tick %lld of the checkpoint is not there, and the newest tick is %lld: the "
		    "newest ticks were cut off, or this is another store",
		    (long long)since->tick, (long long)audit->counts.last_tick);
	else if (!sha256_equal(ticks.at[0].hash, since->hash) ||
		 ticks.at[0].last_position != since->position)
		NOTE(audit,
		    "tick %lld is not the one of the checkpoint: what came before it was changed, "
		    "or this is another store",
		    (long long)since->tick);
	chain->tick = (struct store_tick){
		.number = since->tick, .last_position = since->position, .hash = since->hash
	};
	chain->also = since->hash;
	chain->signatures_from = since->tick + 1;
	audit->from = since->position;
	return NULL;
}

/* ---- the whole ---- */

static void
keep_head(struct audit *audit)
{
	const struct store_tick *last = &audit->chain.tick;

	audit->result->head =
	    (struct audit_checkpoint){ last->number, last->last_position, last->hash };
	audit->result->head_at = last->at;
}

static struct err *
check_all(struct audit *audit)
{
	const struct store_audit_counts *counts = &audit->counts;

	TRY(store_audit_counts(audit->session, audit->arena, &audit->counts));
	audit->chain.last = counts->last_tick;
	if (counts->events > counts->positions)
		audit->result->waiting = counts->events - counts->positions;
	audit->to = counts->head > counts->last_position ? counts->head : counts->last_position;
	if (audit->wanted->since != NULL)
		TRY(begin_since(audit, audit->wanted->since));
	audit->done = audit->from;
	if (audit->to < audit->from)
		audit->to = audit->from;
	TRY(chain_next(&audit->chain, audit->arena));
	TRY(check_log(audit));
	TRY(chain_finish(&audit->chain, audit->arena));
	check_counts(audit);
	keep_head(audit);
	return NULL;
}

static struct err *
start(struct audit *audit)
{
	const struct audit_wanted *wanted = audit->wanted;

	TRY(store_session_open(wanted->store, audit->arena, STORE_WORKER, &audit->session));
	audit->chain = (struct chain){ .session = audit->session,
		.arena = arena_create(TICKS_ARENA),
		.signature_arena = arena_create(TICKS_ARENA),
		.result = audit->result,
		.key = wanted->key };
	for (; audit->reader_count < wanted->readers; audit->reader_count++)
		TRY(reader_start(
		    wanted->store, audit->arena, &audit->readers[audit->reader_count]));
	return NULL;
}

static void
stop(struct audit *audit)
{
	for (unsigned i = 0; i < audit->reader_count; i++)
		reader_stop(audit->readers[i]);
	store_session_close(audit->session);
	streams_fini(&audit->streams);
	arena_destroy(audit->chain.arena);
	arena_destroy(audit->chain.signature_arena);
}

struct err *
audit_run(struct arena *arena, const struct audit_wanted *wanted, struct audit_result *ret)
{
	struct audit audit = { .wanted = wanted,
		.result = ret,
		.arena = arena,
		.streams = { .most = AUDIT_STREAMS_MAX } };
	struct err *err;

	CHECK(wanted->readers >= 1);
	CHECK(wanted->readers <= AUDIT_READERS_MAX);
	*ret = (struct audit_result){ .listed = 0 };
	err = start(&audit);
	if (err == NULL)
		err = check_all(&audit);
	if (err != NULL)
		err = keep_fault(arena, err);
	stop(&audit);
	return err;
}

/* ---- checkpoints ---- */

void
audit_checkpoint_write(struct buf *buf, const struct audit_checkpoint *checkpoint)
{
	struct json_writer json = json_writer(buf);
	char digits[2 * sizeof(checkpoint->hash.bytes)];
	struct buf hash = buf_over(digits, sizeof(digits));

	hex_encode(&hash,
	    (struct str){ (const char *)checkpoint->hash.bytes, sizeof(checkpoint->hash.bytes) });
	json_begin_map(&json);
	json_member_int(&json, STR("tick"), checkpoint->tick);
	json_member_int(&json, STR("position"), checkpoint->position);
	json_member_text(&json, STR("hash"), buf_view(&hash));
	json_end_map(&json);
	buf_char(buf, '\n');
}

struct err *
audit_checkpoint_read(struct arena *arena, struct str text, struct audit_checkpoint *ret)
{
	const struct json *json = NULL;
	struct str reason;

	if (!json_parse(arena, text, &json, &reason))
		return ERR(arena, ERR_CORRUPT, "this is not a checkpoint: %.*s", STR_ARG(reason));
	ret->tick = json_int_or(json, STR("tick"), 0);
	ret->position = json_int_or(json, STR("position"), 0);
	if (ret->tick < 1 || ret->position < 1 ||
	    !hex_parse_digest(json_text_or(json, STR("hash"), STR("")), &ret->hash))
		return ERR(arena, ERR_CORRUPT,
		    "this is not a checkpoint: it must have a tick, a position and a hash");
	return NULL;
}
