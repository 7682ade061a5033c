#include "proof/proof.h"

#include "proof/proof_line.h"
#include "store/store_feed.h"

#define STREAM_BATCH 100
#define LOG_BATCH    200
#define LINE_SPARE   (64u << 10) /* of a line beside its payload: ids, the path, names */

/* An event that is to be shown, until its tick is. */
struct place {
	int64_t position;
	int64_t version;
};

struct making {
	struct store_session *session;
	struct arena *arena;
	const struct proof_wanted *wanted;
	proof_write_f *write;
	void *context;
	struct proof_made *made;
	struct place *places;
	size_t place_count;
	size_t shown;           /* of them */
	struct store_tick tick; /* the last one written */
};

static struct err *
write_line(struct making *making, const struct proof_line *line)
{
	struct arena_mark mark = arena_mark(making->arena);
	/* A control character in a text becomes six. */
	struct buf buf = buf_in(making->arena, LINE_SPARE + 6 * line->event.payload.len);
	struct err *err;

	proof_line_write(&buf, line);
	if (buf.overflowed || buf.len > PROOF_LINE_BYTES_MAX)
		return ERR(making->arena, ERR_LIMIT,
		    "the event at position %lld is too large for a proof",
		    (long long)line->event.position);
	err = making->write(making->context, making->arena, buf_view(&buf));
	if (err == NULL)
		arena_release(making->arena, mark);
	return err;
}

static struct err *
not_sound(struct making *making, int64_t position, const char *what)
{
	return err_explain(
	    ERR(making->arena, ERR_CORRUPT, "the store is not sound at position %lld: %s",
		(long long)position, what),
	    STR(""), STR("Run \"strike verify\": it says what else is not."));
}

/* ---- which events ---- */

static struct err *
list_places(struct making *making)
{
	struct arena_mark mark;
	int64_t after = 0;

	making->places = arena_array(making->arena, struct place, PROOF_EVENTS_MAX);
	if (making->places == NULL)
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	mark = arena_mark(making->arena);
	for (;;) {
		struct store_events events;

		arena_release(making->arena, mark);
		TRY(store_read_stream(making->session, making->arena, making->wanted->eco, after,
		    STREAM_BATCH, &events));
		for (size_t i = 0; i < events.count; i++) {
			const struct store_event *event = &events.at[i];

			after = event->version;
			if (event->position == 0) {
				making->made->unplaced++;
				continue;
			}
			if (making->place_count == PROOF_EVENTS_MAX)
				return ERR(making->arena, ERR_LIMIT,
				    "the ECO has more than %d events", PROOF_EVENTS_MAX);
			making->places[making->place_count++] =
			    (struct place){ event->position, event->version };
		}
		if (events.count < STREAM_BATCH)
			break;
	}
	arena_release(making->arena, mark);
	if (making->place_count == 0)
		return ERR(making->arena, ERR_CORRUPT, "%s",
		    making->made->unplaced > 0 ? "no event of the ECO has a position yet"
					       : "there is no such ECO");
	return NULL;
}

/* ---- a tick and its events ---- */

/* The hashes of a tick's events, and those events that are to be shown. */
struct content {
	struct sha256 *digests, *scratch;
	struct store_event *events;
	size_t event_count;
};

/* Keep what is shown of ${row}: the batch that it stands in does not last. */
static struct err *
keep_event(struct making *making, const struct store_audit_row *row, struct content *content)
{
	struct store_event *kept = &content->events[content->event_count++];

	if (!sha256_equal(store_event_hash(&row->event, making->arena), row->event.hash))
		return not_sound(making, row->position, "an event is not what was appended");
	if (!str_is_utf8(row->event.payload) || !str_is_utf8(row->event.actor.name) ||
	    !str_is_utf8(row->event.type))
		return not_sound(making, row->position, "an event is not text");
	*kept = row->event;
	kept->position = row->position;
	kept->type = arena_copy(making->arena, kept->type);
	kept->actor.name = arena_copy(making->arena, kept->actor.name);
	kept->payload = arena_copy(making->arena, kept->payload);
	if (arena_exhausted(making->arena))
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	return NULL;
}

/* Whether position ${at} is the next to be shown, behind ${ahead} of this tick. */
static bool
is_wanted(const struct making *making, int64_t at, size_t ahead)
{
	size_t index = making->shown + ahead;

	return index < making->place_count && making->places[index].position == at;
}

/*
 * The rows of a tick, batch by batch.  A batch that has nothing to show leaves the
 * arena as it was, so that a large tick costs no more than its digests.
 */
static struct err *
read_content(struct making *making, const struct store_tick *tick, struct content *content)
{
	int64_t next = tick->first_position;

	while (next <= tick->last_position) {
		struct arena_mark mark = arena_mark(making->arena);
		size_t before = content->event_count;
		struct store_audit_rows rows;

		TRY(store_audit_log(making->session, making->arena, next - 1, LOG_BATCH, &rows));
		for (size_t i = 0; i < rows.count && next <= tick->last_position; i++, next++) {
			const struct store_audit_row *row = &rows.at[i];

			if (row->position != next || !row->found)
				return not_sound(making, next, "there is no event");
			content->digests[next - tick->first_position] = row->event.hash;
			if (is_wanted(making, next, content->event_count))
				TRY(keep_event(making, row, content));
		}
		if (rows.count == 0)
			return not_sound(making, next, "the log ends before its last tick");
		if (content->event_count == before)
			arena_release(making->arena, mark);
	}
	return NULL;
}

/* How many of the events to be shown are in ${tick}. */
static size_t
count_in(const struct making *making, const struct store_tick *tick)
{
	size_t count = 0;

	while (making->shown + count < making->place_count &&
	       making->places[making->shown + count].position <= tick->last_position)
		count++;
	return count;
}

static struct err *
write_events(struct making *making, const struct store_tick *tick, size_t count)
{
	size_t size = (size_t)(tick->last_position - tick->first_position) + 1;
	struct content content = { .digests = NULL };
	struct proof_line *line = arena_new(making->arena, struct proof_line);

	if (size > PROOF_TICK_EVENTS_MAX)
		return ERR(making->arena, ERR_LIMIT,
		    "tick %lld has %zu events, and %d are the most", (long long)tick->number, size,
		    PROOF_TICK_EVENTS_MAX);
	content.digests = arena_array(making->arena, struct sha256, size);
	content.scratch = arena_array(making->arena, struct sha256, size);
	content.events = arena_array(making->arena, struct store_event, count);
	if (arena_exhausted(making->arena))
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	TRY(read_content(making, tick, &content));
	if (content.event_count != count)
		return not_sound(making, making->places[making->shown].position,
		    "the stream and the log do not agree");
	if (!sha256_equal(merkle_root(content.digests, size, content.scratch), tick->root))
		return not_sound(
		    making, tick->first_position, "a tick's root is not over its events");
	line->kind = PROOF_LINE_EVENT;
	for (size_t i = 0; i < count; i++) {
		line->event = content.events[i];
		line->path_count = merkle_path(content.digests, size,
		    (size_t)(line->event.position - tick->first_position), content.scratch,
		    line->path);
		TRY(write_line(making, line));
		making->made->events++;
	}
	making->shown += count;
	return NULL;
}

static struct err *
write_tick(struct making *making, const struct store_tick *tick)
{
	struct arena_mark mark = arena_mark(making->arena);
	struct proof_line *line = arena_new(making->arena, struct proof_line);
	size_t count = count_in(making, tick);

	if (line == NULL)
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	line->kind = PROOF_LINE_TICK;
	line->tick = *tick;
	TRY(write_line(making, line));
	if (count > 0)
		TRY(write_events(making, tick, count));
	making->tick = *tick;
	making->made->ticks++;
	arena_release(making->arena, mark);
	return NULL;
}

/* ---- runs ---- */

/* The first signature of tick ${from} or a later one; tick 0: there is none. */
static struct err *
find_signed(struct making *making, int64_t from, int64_t *ret_tick)
{
	struct arena_mark mark = arena_mark(making->arena);
	struct store_signatures signatures;

	TRY(store_read_signatures(making->session, making->arena, from, 1, &signatures));
	*ret_tick = signatures.count == 0 ? 0 : signatures.at[0].tick;
	arena_release(making->arena, mark);
	return NULL;
}

/* Every signature of the tick that was written last. */
static struct err *
write_signatures(struct making *making)
{
	struct arena_mark mark = arena_mark(making->arena);
	struct proof_line *line = arena_new(making->arena, struct proof_line);
	struct store_signatures signatures;

	if (line == NULL)
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	line->kind = PROOF_LINE_SIGNATURE;
	making->made->is_signed = false;
	TRY(store_read_signatures(
	    making->session, making->arena, making->tick.number, STORE_ROWS_MAX, &signatures));
	for (size_t i = 0; i < signatures.count; i++) {
		if (signatures.at[i].tick != making->tick.number)
			break;
		line->signature = signatures.at[i];
		TRY(write_line(making, line));
		making->made->signatures++;
		making->made->is_signed = true;
	}
	arena_release(making->arena, mark);
	return NULL;
}

/* Tick ${number}, which must be there. */
static struct err *
get_tick(struct making *making, int64_t number, struct store_tick *ret)
{
	struct arena_mark mark = arena_mark(making->arena);
	struct store_ticks ticks;

	TRY(store_read_ticks(making->session, making->arena, number - 1, 1, &ticks));
	if (ticks.count == 0 || ticks.at[0].number != number)
		return ERR(making->arena, ERR_CORRUPT, "tick %lld is not there", (long long)number);
	*ret = ticks.at[0];
	arena_release(making->arena, mark);
	return NULL;
}

static struct err *
begin_run(struct making *making, const struct store_tick *first)
{
	struct proof_line *line = arena_new(making->arena, struct proof_line);
	struct store_tick previous = { .number = 0 };

	if (line == NULL)
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	if (first->number > 1)
		TRY(get_tick(making, first->number - 1, &previous));
	line->kind = PROOF_LINE_RUN;
	line->before = previous.hash;
	if (!sha256_equal(store_tick_hash(first, previous.hash), first->hash))
		return not_sound(making, first->first_position, "a tick's hash is wrong");
	return write_line(making, line);
}

/*
 * Where the run from tick ${from} may end: at the next signed tick, or, without one
 * and when that is asked for, at the newest.
 */
static struct err *
find_goal(struct making *making, int64_t from, int64_t newest, int64_t *ret)
{
	int64_t signed_tick = 0;

	if (!making->wanted->to_head)
		TRY(find_signed(making, from, &signed_tick));
	*ret = signed_tick == 0 ? newest : signed_tick;
	return NULL;
}

/* Write ticks behind ${making->tick} up to number ${goal}. */
static struct err *
write_ticks(struct making *making, int64_t after, int64_t goal)
{
	while (after < goal) {
		struct arena_mark mark = arena_mark(making->arena);
		struct store_ticks ticks;

		TRY(store_read_ticks(
		    making->session, making->arena, after, STORE_ROWS_MAX, &ticks));
		for (size_t i = 0; i < ticks.count && after < goal; i++) {
			if (ticks.at[i].number != after + 1)
				break;
			TRY(write_tick(making, &ticks.at[i]));
			after++;
		}
		if (ticks.count == 0 || after < ticks.at[0].number)
			return ERR(making->arena, ERR_CORRUPT, "tick %lld is not there",
			    (long long)after + 1);
		arena_release(making->arena, mark);
	}
	return NULL;
}

/*
 * One run: from the tick of the next event to show up to a signed tick or the newest.
 * An event that comes before the next run would begin is shown on the way.
 */
static struct err *
write_run(struct making *making, int64_t newest)
{
	struct store_tick first;
	int64_t goal;
	bool found;

	TRY(store_find_tick(making->session, making->arena, making->places[making->shown].position,
	    &found, &first));
	if (!found)
		return not_sound(
		    making, making->places[making->shown].position, "no tick covers it");
	TRY(find_goal(making, first.number, newest, &goal));
	TRY(begin_run(making, &first));
	TRY(write_ticks(making, first.number - 1, goal));
	return write_signatures(making);
}

/* ---- the whole ---- */

/* The number of the newest tick: the one of the head. */
static struct err *
find_newest(struct making *making, int64_t *ret)
{
	struct arena_mark mark = arena_mark(making->arena);
	struct store_subscriptions all;
	struct store_tick tick = { .number = 0 };
	bool found;

	TRY(store_list_subscriptions(making->session, making->arena, &all));
	TRY(store_find_tick(making->session, making->arena, all.head, &found, &tick));
	if (!found)
		return not_sound(making, all.head, "no tick covers it");
	*ret = tick.number;
	arena_release(making->arena, mark);
	return NULL;
}

static struct err *
write_all(struct making *making)
{
	struct proof_line *line = arena_new(making->arena, struct proof_line);
	int64_t newest = 0;

	if (line == NULL)
		return ERR(making->arena, ERR_LIMIT, "no memory left for a proof");
	line->kind = PROOF_LINE_HEADER;
	line->eco = making->wanted->eco;
	TRY(write_line(making, line));
	TRY(find_newest(making, &newest));
	while (making->shown < making->place_count) {
		struct arena_mark mark = arena_mark(making->arena);

		TRY(write_run(making, newest));
		arena_release(making->arena, mark);
	}
	line->kind = PROOF_LINE_END;
	line->events = making->made->events;
	line->ticks = making->made->ticks;
	making->made->head = making->tick;
	return write_line(making, line);
}

struct err *
proof_make(struct store_session *session, struct arena *arena, const struct proof_wanted *wanted,
    proof_write_f *write, void *context, struct proof_made *ret)
{
	struct making making = { .session = session,
		.arena = arena,
		.wanted = wanted,
		.write = write,
		.context = context,
		.made = ret };

	*ret = (struct proof_made){ .events = 0 };
	TRY(list_places(&making));
	return write_all(&making);
}
