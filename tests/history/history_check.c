#include "history/history.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The promises, in the order of the design note's list.  Those that a history
 * cannot show stand elsewhere:
 *
 *   18 old versions of events         tests/golden; tests/spec/upcast_spec.c
 *   19 a person who was erased        tests/contract/store_vault_contract.c
 *   20 changed bytes, swapped rows    tests/contract/store_proof_contract.c; a flipped
 *                                     byte when the log is read, history_test.c
 *   22 a foreign transaction          is open while all of this goes on; schedule
 *                                     foreign-transaction
 *   23 the sequence caches nothing    schedule cached-sequence
 *   24 a restore into a new cluster   history_restore.c; schedule restored
 */

__attribute__((format(printf, 2, 3))) static bool
wrong(struct buf *problem, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_str(problem, str_from_z(text));
	return false;
}

#define LL(n) ((long long)(n))

static bool
acknowledged_is_there(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->ops_count; i++) {
		const struct history_op *op = &history->ops[i];

		if (op->fate == OP_DONE && op->found < op->wants)
			return wrong(problem,
			    "%s was acknowledged, %lld of its %lld events are there", op->name,
			    LL(op->found), LL(op->wants));
	}
	for (size_t i = 0; i < history->events_count; i++) {
		const struct history_event *event = &history->events[i];

		if (event->position == 0)
			return wrong(problem, "event %lld of %s has no position",
			    LL(event->ordinal), event->op);
	}
	return true;
}

static bool
there_is_committed(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->events_count; i++) {
		const struct history_event *event = &history->events[i];
		const struct history_op *op = history_find_op(history, event->op);

		if (op == NULL)
			return wrong(problem,
			    "an event of %s is there, and nobody meant to write it", event->op);
		if (op->fate == OP_UNDONE || op->fate == OP_GAVE_UP)
			return wrong(
			    problem, "an event of %s is there, which was not committed", op->name);
	}
	return true;
}

static bool
versions_are_whole(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->events_count; i++) {
		const struct history_event *event = history->by_stream[i],
					   *before = i == 0 ? NULL : history->by_stream[i - 1];
		bool first = before == NULL || !uuid_equal(before->stream, event->stream);
		int64_t expected = first ? 1 : before->version + 1;

		if (event->version != expected)
			return wrong(problem, "version %lld of a stream follows on %lld (%s)",
			    LL(event->version), LL(expected - 1), event->op);
	}
	for (size_t i = 0; i < history->streams_count; i++) {
		const struct history_stream *stream = &history->streams[i];

		if (history_find_event(history, stream->id, stream->version) == NULL ||
		    history_find_event(history, stream->id, stream->version + 1) != NULL)
			return wrong(problem, "a stream says that it stands at %lld, and does not",
			    LL(stream->version));
	}
	for (size_t i = 0; i < history->events_count; i++) {
		const struct history_event *event = &history->events[i];
		bool known = false;

		/* The first of each stream: is there a row for it? */
		for (size_t j = 0; event->version == 1 && j < history->streams_count; j++)
			known |= uuid_equal(history->streams[j].id, event->stream);
		if (event->version == 1 && !known)
			return wrong(problem, "%s wrote to a stream that has no row", event->op);
	}
	return true;
}

static bool
positions_are_whole(const struct history *history, struct buf *problem)
{
	size_t unplaced = history->events_count - history->placed;

	for (size_t i = unplaced; i < history->events_count; i++) {
		int64_t expected = (int64_t)(i - unplaced) + 1;

		if (history->by_position[i]->position != expected)
			return wrong(problem, "position %lld stands where %lld should",
			    LL(history->by_position[i]->position), LL(expected));
	}
	if (history->head != (int64_t)history->placed)
		return wrong(problem, "the head is %lld, and there are %zu positions",
		    LL(history->head), history->placed);
	for (size_t i = 1; i < history->events_count; i++) {
		if (history->events[i].seq <= history->events[i - 1].seq)
			return wrong(
			    problem, "number %lld is there twice", LL(history->events[i].seq));
	}
	return true;
}

static bool
streams_are_in_order(const struct history *history, struct buf *problem)
{
	for (size_t i = 1; i < history->events_count; i++) {
		const struct history_event *event = history->by_stream[i],
					   *before = history->by_stream[i - 1];

		if (uuid_equal(before->stream, event->stream) && before->position > 0 &&
		    event->position > 0 && before->position >= event->position)
			return wrong(problem,
			    "version %lld at %lld stands before version %lld at %lld",
			    LL(event->version), LL(event->position), LL(before->version),
			    LL(before->position));
	}
	return true;
}

static bool
causes_come_first(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->events_count; i++) {
		const struct history_event *event = &history->events[i];
		const struct history_op *op = history_find_op(history, event->op);

		if (op != NULL && event->position > 0 && event->position <= op->after)
			return wrong(problem, "%s had read %lld, and its event stands at %lld",
			    op->name, LL(op->after), LL(event->position));
	}
	return true;
}

static bool
readers_agree(const struct history *history, struct buf *problem)
{
	size_t unplaced = history->events_count - history->placed;

	for (size_t i = 0; i < history->seen_count; i++) {
		const struct history_seen *seen = &history->seen[i],
					  *before = i == 0 ? NULL : &history->seen[i - 1];

		if (before != NULL && strcmp(before->reader, seen->reader) == 0 &&
		    seen->position != before->position + 1)
			return wrong(problem, "%s saw %lld after %lld", seen->reader,
			    LL(seen->position), LL(before->position));
		if (seen->position < 1 || seen->position > (int64_t)history->placed)
			return wrong(problem, "%s saw %lld, which is not there", seen->reader,
			    LL(seen->position));
		if (!uuid_equal(
			seen->id, history->by_position[unplaced + (size_t)seen->position - 1]->id))
			return wrong(problem, "%s saw another event at %lld than there is",
			    seen->reader, LL(seen->position));
	}
	return true;
}

static bool
rebuilt_is_live(const struct history *history, struct buf *problem)
{
	if (history->rows_count != history->rebuilt_count)
		return wrong(problem, "the projection has %zu rows, rebuilt %zu",
		    history->rows_count, history->rebuilt_count);
	for (size_t i = 0; i < history->rows_count; i++) {
		const struct history_row *row = &history->rows[i], *other = &history->rebuilt[i];

		if (!uuid_equal(row->stream, other->stream) || row->version != other->version ||
		    row->events != other->events || strcmp(row->digest, other->digest) != 0)
			return wrong(problem,
			    "row %zu: version %lld of %lld events, rebuilt %lld of %lld", i,
			    LL(row->version), LL(row->events), LL(other->version),
			    LL(other->events));
	}
	return true;
}

/* Whether a stream that ${loss} tried had moved on by somebody else's doing. */
static bool
was_beaten(const struct history *history, const struct history_loss *loss)
{
	for (size_t i = 0; i < loss->try_count; i++) {
		const struct history_event *winner =
		    history_find_event(history, loss->tries[i].stream, loss->tries[i].expected + 1);

		if (winner != NULL && strcmp(winner->op, loss->op) != 0)
			return true;
	}
	return false;
}

static bool
one_of_many_wins(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->losses_count; i++) {
		if (!was_beaten(history, &history->losses[i]))
			return wrong(problem, "%s was told that it lost, and nobody won",
			    history->losses[i].op);
	}
	for (size_t i = 0; i < history->ops_count; i++) {
		const struct history_op *op = &history->ops[i];

		for (size_t j = 0; op->fate == OP_DONE && j < op->try_count; j++) {
			const struct history_event *event = history_find_event(
			    history, op->tries[j].stream, op->tries[j].expected + 1);

			if (op->answer[0] == '\0' &&
			    (event == NULL || strcmp(event->op, op->name) != 0))
				return wrong(problem, "%s was told that it won, and %s did",
				    op->name, event == NULL ? "nobody" : event->op);
		}
	}
	return true;
}

static bool
nobody_gives_up(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->ops_count; i++) {
		if (history->ops[i].fate == OP_GAVE_UP)
			return wrong(problem, "%s gave up", history->ops[i].name);
	}
	return true;
}

static bool
keys_are_done_once(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->ops_count; i++) {
		const struct history_op *op = &history->ops[i];

		if (op->found > op->wants)
			return wrong(problem, "%s wanted %lld events, and %lld are there", op->name,
			    LL(op->wants), LL(op->found));
		if (op->other_body_accepted)
			return wrong(
			    problem, "the key of %s was taken with another body", op->name);
		if (op->answer[0] != '\0' && strcmp(op->answer, op->name) != 0)
			return wrong(problem, "%s was answered \"%s\"", op->name, op->answer);
	}
	for (size_t i = 1; i < history->events_count; i++) {
		if (uuid_equal(history->by_id[i]->id, history->by_id[i - 1]->id))
			return wrong(problem, "event %lld of %s is there twice",
			    LL(history->by_id[i]->ordinal), history->by_id[i]->op);
	}
	return true;
}

static bool
all_or_nothing(const struct history *history, struct buf *problem)
{
	for (size_t i = 0; i < history->ops_count; i++) {
		const struct history_op *op = &history->ops[i];

		if (op->found > 0 && op->found != op->wants)
			return wrong(problem, "%lld of the %lld events of %s are there",
			    LL(op->found), LL(op->wants), op->name);
	}
	if (history->deadlocks > 0)
		return wrong(problem, "%lld appends locked each other out", LL(history->deadlocks));
	return true;
}

static bool
job_numbers_are_whole(const struct history *history, struct buf *problem)
{
	char *taken = calloc((size_t)history->last_job + 2, 1);
	int64_t missing = 0, bad = 0;

	CHECK(taken != NULL);
	for (size_t i = 0; i < history->events_count; i++) {
		int64_t job = history->events[i].job;

		if (job > history->last_job || (job > 0 && taken[job]++ > 0))
			bad = job;
	}
	for (int64_t job = history->last_job; job > 0; job--)
		missing = taken[job] == 0 ? job : missing;
	free(taken);
	if (bad > 0)
		return wrong(problem, "job number %lld was given twice", LL(bad));
	if (missing > 0)
		return wrong(problem, "job number %lld is missing", LL(missing));
	return true;
}

static bool
effects_are_done_once(const struct history *history, struct buf *problem)
{
	unsigned char *done = calloc(history->placed + 1, 1);
	bool holds = true;

	CHECK(done != NULL);
	for (size_t i = 0; i < history->effects_count && holds; i++) {
		const struct history_effect *effect = &history->effects[i];
		const struct history_event *event = history_find_id(history, effect->id);

		if (event == NULL || event->position != effect->position)
			holds =
			    wrong(problem, "something was done for an event that is not at %lld",
				LL(effect->position));
		else if (done[event->position]++ > 0)
			holds = wrong(
			    problem, "position %lld was dealt with twice", LL(effect->position));
	}
	for (size_t position = 1; position <= history->placed && holds; position++) {
		if (done[position] == 0)
			holds = wrong(problem, "position %zu was never dealt with", position);
	}
	free(done);
	return holds;
}

/* Effects come by number, and so in the order in which they were done. */
static bool
late_followers_change_nothing(const struct history *history, struct buf *problem)
{
	const struct history_effect *last[64] = { NULL };

	for (size_t i = 0; i < history->effects_count; i++) {
		const struct history_effect *effect = &history->effects[i], *before;

		before = last[effect->slot % 64];
		last[effect->slot % 64] = effect;
		if (before == NULL)
			continue;
		if (effect->epoch < before->epoch)
			return wrong(problem, "%s did something in epoch %lld after %s in %lld",
			    effect->process, LL(effect->epoch), before->process, LL(before->epoch));
		if (effect->epoch == before->epoch && strcmp(effect->process, before->process) != 0)
			return wrong(problem, "%s and %s both held slot %lld in epoch %lld",
			    effect->process, before->process, LL(effect->slot), LL(effect->epoch));
	}
	return true;
}

struct followed {
	struct uuid stream;
	int64_t version;
};

static int
by_followed(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static bool
poison_stops_only_its_stream(const struct history *history, struct buf *problem)
{
	struct followed *streams = calloc(history->streams_count + 1, sizeof(*streams));
	bool holds = true;

	CHECK(streams != NULL);
	for (size_t i = 0; i < history->streams_count; i++)
		streams[i].stream = history->streams[i].id;
	qsort(streams, history->streams_count, sizeof(*streams), by_followed);
	for (size_t i = 0; i < history->effects_count && holds; i++) {
		const struct history_effect *effect = &history->effects[i];
		struct followed *at =
		    history->streams_count == 0
			? NULL
			: bsearch(&effect->stream, streams, history->streams_count,
			      sizeof(*streams), by_followed);

		if (at != NULL && effect->version != at->version + 1)
			holds = wrong(problem, "version %lld of a stream was dealt with after %lld",
			    LL(effect->version), LL(at->version));
		if (at != NULL)
			at->version = effect->version;
	}
	free(streams);
	if (holds && history->bad_parkings > 0)
		return wrong(problem, "%lld streams were parked that had no poison in them",
		    LL(history->bad_parkings));
	return holds;
}

static bool
boards_are_whole(const struct history *history, struct buf *problem)
{
	if (history->bad_views > 0)
		return wrong(problem, "%lld of %lld looks at the board saw it empty or half built",
		    LL(history->bad_views), LL(history->views));
	return true;
}

static bool
strangers_see_nothing(const struct history *history, struct buf *problem)
{
	if (history->leaks > 0)
		return wrong(problem, "%lld leaks", LL(history->leaks));
	return true;
}

static bool
leaders_do_not_overlap(const struct history *history, struct buf *problem)
{
	unsigned char *given = calloc(history->placed + 1, 1);
	bool holds = true;

	CHECK(given != NULL);
	for (size_t i = 0; i < history->given_count && holds; i++) {
		const struct history_given *at = &history->given[i];

		for (int64_t position = at->head - at->count + 1; position <= at->head && holds;
		     position++) {
			if (position < 1 || position > (int64_t)history->placed)
				holds = wrong(problem, "%s gave position %lld, which is not there",
				    at->process, LL(position));
			else if (given[position]++ > 0)
				holds = wrong(problem, "position %lld was given twice, last by %s",
				    LL(position), at->process);
		}
	}
	free(given);
	return holds;
}

const struct history_check history_checks[] = {
	{ 1, "what was acknowledged is there, and has a position", acknowledged_is_there },
	{ 2, "what is there was committed by somebody who meant to", there_is_committed },
	{ 3, "each stream has its versions 1..n, and knows it", versions_are_whole },
	{ 4, "the log has its positions 1..n, and its head knows it", positions_are_whole },
	{ 5, "each stream's versions stand in order", streams_are_in_order },
	{ 6, "what was written by one who had read a position stands behind it",
	    causes_come_first },
	{ 7, "all readers saw the same events at the same positions, and left none out",
	    readers_agree },
	{ 8, "a projection that is made anew is the same to the byte", rebuilt_is_live },
	{ 9, "of those who expected one version one won, and the others know it",
	    one_of_many_wins },
	{ 10, "who loads, decides and appends again comes through", nobody_gives_up },
	{ 11, "a key is done once and answered the same, and refused for another body",
	    keys_are_done_once },
	{ 12, "an append is there as a whole or not at all, and none locked another out",
	    all_or_nothing },
	{ 13, "job numbers have no gap and no twin", job_numbers_are_whole },
	{ 14, "what was to be done for an event was done once", effects_are_done_once },
	{ 15, "a follower that was replaced changes nothing any more",
	    late_followers_change_nothing },
	{ 16,
	    "an event that cannot be dealt with stops its own stream only, which goes on in order",
	    poison_stops_only_its_stream },
	{ 17, "whoever looks at the board sees all of it, whatever is being built",
	    boards_are_whole },
	{ 21, "a stranger sees nothing", strangers_see_nothing },
	{ 25, "sequencers that follow each other give no position twice", leaders_do_not_overlap },
};
const size_t history_check_count = sizeof(history_checks) / sizeof(history_checks[0]);
