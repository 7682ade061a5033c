#include "process/follower_internal.h"

/* Events of a parked stream that are dealt with at once; one more is read, to know the next. */
#define CHUNK_MAX 100

/* After which time a stream is tried again: the first, doubled, at most the second. */
#define NEXT_TRY     SECONDS(1)
#define NEXT_TRY_MAX MINUTES(10)

struct parked_stream *
follower_find_parked(struct follower_thread *thread, struct uuid stream)
{
	for (size_t i = 0; i < thread->parked_count; i++) {
		if (uuid_equal(thread->parked[i].stream, stream))
			return &thread->parked[i];
	}
	return NULL;
}

static struct instant
now_of(const struct follower_thread *thread)
{
	return clock_now(thread->follower->config.clock);
}

/* When a stream that was tried ${tries} times is tried again. */
static struct instant
try_after(struct instant now, int64_t tries)
{
	struct duration wait = NEXT_TRY;

	while (tries-- > 0 && wait.us < NEXT_TRY_MAX.us)
		wait.us *= 2;
	return instant_plus(now, wait.us < NEXT_TRY_MAX.us ? wait : NEXT_TRY_MAX);
}

static bool
is_tried_by_itself(const struct parked_stream *parked)
{
	return parked->tries < STORE_PARKED_TRIES_MAX;
}

struct instant
follower_next_try(const struct follower_thread *thread)
{
	struct instant next = { INT64_MAX };

	for (size_t i = 0; i < thread->parked_count; i++) {
		const struct parked_stream *parked = &thread->parked[i];

		if (is_tried_by_itself(parked) && parked->next_try.us < next.us)
			next = parked->next_try;
	}
	return next;
}

/* ---- knowing ---- */

struct err *
follower_read_parked(struct follower_thread *thread)
{
	int64_t now_us = clock_monotonic_us();
	struct store_parked_list list;

	/* Somebody may have asked for a stream to be tried again. */
	if (thread->parked_known &&
	    now_us - thread->parked_read_us < STORE_HOLD_EVERY_REAL_S * INT64_C(1000000))
		return NULL;
	arena_reset(thread->arena);
	TRY(store_list_parked(thread->session, thread->arena, thread->follower->config.subscription,
	    STORE_ROWS_MAX, &list));
	thread->parked_count = 0;
	for (size_t i = 0; i < list.count; i++) {
		const struct store_parked *parked = &list.at[i];

		if (follower_slot_of(thread, parked->stream) == NULL)
			continue;
		thread->parked[thread->parked_count++] = (struct parked_stream){
			.stream = parked->stream,
			.position = parked->position,
			.version = parked->version,
			.tries = parked->tries,
			.next_try = parked->next_try,
		};
	}
	thread->parked_known = true;
	thread->parked_read_us = now_us;
	/* More than can be known may not be parked, or their later events would overtake. */
	if (list.count == STORE_ROWS_MAX)
		return ERR(thread->arena, ERR_UNAVAILABLE,
		    "%d streams or more are parked: something is wrong with all of them",
		    STORE_ROWS_MAX);
	return NULL;
}

static void
log_parking(const struct follower_thread *thread, const struct parked_stream *parked,
    const char *outcome, struct str problem)
{
	const struct follower_config *config = &thread->follower->config;
	struct log_line line =
	    log_line(config->log, str_empty(problem) ? LOG_INFO : LOG_ERROR, "parked");

	log_text(&line, "subscription", config->subscription);
	log_text(&line, "outcome", str_from_z(outcome));
	log_uuid(&line, "eco", parked->stream);
	log_int(&line, "position", parked->position);
	log_int(&line, "version", parked->version);
	log_int(&line, "tries", parked->tries);
	if (!str_empty(problem))
		log_text(&line, "error", problem);
	log_emit(&line);
}

/* ---- parking ---- */

static struct store_parked
row_of(const struct follower_thread *thread, const struct parked_stream *parked, struct str problem)
{
	return (struct store_parked){
		.subscription = thread->follower->config.subscription,
		.stream = parked->stream,
		.position = parked->position,
		.version = parked->version,
		.tries = parked->tries,
		.next_try = parked->next_try,
		.problem = problem,
	};
}

struct err *
follower_park(struct follower_thread *thread, const struct store_event *event, struct str problem)
{
	struct projection_events none = { NULL, 0 };
	struct parked_stream parked = {
		.stream = event->stream,
		.position = event->position,
		.version = event->version,
		.next_try = try_after(now_of(thread), 0),
	};
	struct store_parked row = row_of(thread, &parked, problem);
	struct own_slot *slot = follower_slot_of(thread, event->stream);
	int64_t before = slot->position;
	struct err *err;

	if (thread->parked_count == STORE_ROWS_MAX)
		return ERR(thread->arena, ERR_UNAVAILABLE, "no more streams can be parked");
	/* This slot alone goes past the event; the others may have something before it. */
	slot->position = event->position;
	err = follower_commit(
	    thread, &none, 0, &(struct follower_progress){ .park = &row, .unpark = UUID_NIL });
	if (err != NULL) {
		slot->position = before;
		return err;
	}
	thread->parked[thread->parked_count++] = parked;
	log_parking(thread, &parked, "parked", problem);
	return NULL;
}

/* It did not work this time, either. */
static struct err *
put_off(struct follower_thread *thread, struct parked_stream *parked, struct str problem)
{
	struct projection_events none = { NULL, 0 };
	struct store_parked row;

	parked->next_try = try_after(now_of(thread), parked->tries + 1);
	parked->tries++;
	row = row_of(thread, parked, problem);
	TRY(follower_commit(
	    thread, &none, 0, &(struct follower_progress){ .park = &row, .unpark = UUID_NIL }));
	log_parking(thread, parked, "still parked", problem);
	return NULL;
}

/* ---- trying again ---- */

/* A part of a parked stream: what waits, up to where the slot stands. */
struct part {
	const struct store_event *at[CHUNK_MAX];
	size_t count;
	const struct store_event *next; /* the first that waits behind it, or NULL */
};

static struct err *
read_part(struct follower_thread *thread, const struct parked_stream *parked, size_t limit,
    struct part *ret)
{
	const struct own_slot *slot = follower_slot_of(thread, parked->stream);
	struct store_events events;

	*ret = (struct part){ .count = 0 };
	arena_reset(thread->read);
	TRY(store_read_stream(thread->session, thread->read, parked->stream, parked->version - 1,
	    limit + 1, &events));
	for (size_t i = 0; i < events.count; i++) {
		const struct store_event *event = &events.at[i];

		if (event->position == 0 || event->position > slot->position)
			break;
		if (ret->count == limit)
			ret->next = event;
		else
			ret->at[ret->count++] = event;
	}
	return NULL;
}

static void
forget_parked(struct follower_thread *thread, struct parked_stream *parked)
{
	*parked = thread->parked[--thread->parked_count];
}

/* React to the events of ${part}; how many could be dealt with, and why not the next. */
static struct err *
react_to_part(struct follower_thread *thread, const struct part *part, size_t *ret_done)
{
	const struct follower_config *config = &thread->follower->config;
	struct follower_turn turn = follower_turn(thread);

	for (*ret_done = 0; *ret_done < part->count; ++*ret_done) {
		const struct store_event *event = part->at[*ret_done];
		struct own_slot *slot = follower_slot_of(thread, event->stream);
		struct store_move move = { slot->number, slot->epoch, slot->stored,
			slot->position };
		bool has_moved = false;

		arena_reset(thread->arena);
		TRY(config->react(config->react_context, &turn, event, &move, &has_moved));
		if (has_moved)
			follower_stored(slot, slot->position);
	}
	return NULL;
}

/* Write down that ${events} have been dealt with, in the transaction in which they are. */
static struct err *
commit_part(struct follower_thread *thread, struct parked_stream *parked,
    const struct projection_events *events, const struct store_event *next)
{
	struct follower_progress progress = { .park = NULL, .unpark = parked->stream };
	struct parked_stream onward = *parked;
	struct store_parked row;

	if (next != NULL) {
		onward.position = next->position;
		onward.version = next->version;
		onward.tries = 0;
		row = row_of(thread, &onward, STR("it is being dealt with"));
		progress = (struct follower_progress){ .park = &row, .unpark = UUID_NIL };
	}
	TRY(follower_commit(thread, events, 0, &progress));
	if (next == NULL) {
		log_parking(thread, parked, "dealt with", STR(""));
		forget_parked(thread, parked);
		return NULL;
	}
	*parked = onward;
	return NULL;
}

/* React to a part.  What was done before it went wrong is not done again. */
static struct err *
retry_by_reacting(
    struct follower_thread *thread, struct parked_stream *parked, const struct part *part)
{
	struct projection_events none = { NULL, 0 };
	size_t done;
	struct err *err = react_to_part(thread, part, &done);

	if (err == NULL)
		return commit_part(thread, parked, &none, part->next);
	if (follower_is_poison(err)) {
		parked->position = part->at[done]->position;
		parked->version = part->at[done]->version;
	}
	return err;
}

static struct err *
retry_by_projecting(
    struct follower_thread *thread, struct parked_stream *parked, const struct part *part)
{
	struct projection_events events = { part->at, part->count };

	TRY(commit_part(thread, parked, &events, part->next));
	follower_announce(thread, &events);
	return NULL;
}

/* Deal with a part of at most ${limit} events. */
static struct err *
retry_part(struct follower_thread *thread, struct parked_stream *parked, size_t limit)
{
	struct part part;

	TRY(read_part(thread, parked, limit, &part));
	if (thread->follower->config.projection == NULL)
		return retry_by_reacting(thread, parked, &part);
	return retry_by_projecting(thread, parked, &part);
}

/*
 * Deal with a parked stream from where it waits, part by part.  Of a projection a part
 * in which there is poison is made smaller, down to the event itself.
 */
static struct err *
retry_stream(struct follower_thread *thread, struct uuid stream)
{
	size_t limit = CHUNK_MAX;
	struct parked_stream *parked;

	while ((parked = follower_find_parked(thread, stream)) != NULL &&
	       follower_slot_of(thread, stream) != NULL) {
		struct err *err = retry_part(thread, parked, limit);
		char memory[512];
		struct buf problem = buf_over(memory, sizeof(memory));

		if (err == NULL && follower_is_pressed(thread))
			return NULL;
		if (err == NULL)
			continue;
		if (!follower_is_poison(err))
			return err;
		if (limit > 1 && thread->follower->config.projection != NULL) {
			limit /= 2;
			continue;
		}
		err_format(err, &problem);
		return put_off(thread, parked, buf_view(&problem));
	}
	return NULL;
}

struct err *
follower_retry(struct follower_thread *thread)
{
	struct instant now = now_of(thread);

	/* From the last on: what has been dealt with is taken out, and the last takes its place. */
	for (size_t i = thread->parked_count; i > 0; i--) {
		const struct parked_stream *parked = &thread->parked[i - 1];

		if (!is_tried_by_itself(parked) || parked->next_try.us > now.us)
			continue;
		if (follower_is_pressed(thread))
			return NULL;
		TRY(retry_stream(thread, parked->stream));
	}
	return NULL;
}
