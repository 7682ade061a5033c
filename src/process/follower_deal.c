#include "process/follower_internal.h"

/* A full batch that takes less than the first doubles; one that takes more than the second halves.
 */
#define QUICK_US 100000
#define LONG_US  500000

/* Events that are read at once to be announced late. */
#define MISSED_MAX 1000

/* ---- slots ---- */

static void
note_unstored(struct follower_thread *thread)
{
	thread->unstored = false;
	for (size_t i = 0; i < thread->slot_count; i++)
		thread->unstored |= thread->slots[i].stored < thread->slots[i].position;
}

/* All events up to ${to} that concern the slots have been dealt with. */
static void
step(struct follower_thread *thread, int64_t to)
{
	for (size_t i = 0; i < thread->slot_count; i++) {
		if (thread->slots[i].position < to)
			thread->slots[i].position = to;
	}
	note_unstored(thread);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * The moves that bring the slots to ${to}.  Slots that stand there already are among
 * them when ${all}: to be told if they are not held any more.
 */
static size_t
make_moves(const struct follower_thread *thread, int64_t to, bool all,
    struct store_move ret[STORE_SLOTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < thread->slot_count; i++) {
		const struct own_slot *slot = &thread->slots[i];
		struct store_move move = { .slot = slot->number,
			.epoch = slot->epoch,
			.from = slot->stored,
			.to = later(slot->position, to) };

		if (all || move.to > move.from)
			ret[count++] = move;
	}
	return count;
}

static void
moved(struct follower_thread *thread, int64_t to)
{
	for (size_t i = 0; i < thread->slot_count; i++) {
		struct own_slot *slot = &thread->slots[i];

		slot->position = later(slot->position, to);
		follower_stored(slot, slot->position);
	}
	thread->unstored = false;
}

struct err *
follower_store(struct follower_thread *thread, bool lazy)
{
	struct store_move moves[STORE_SLOTS_MAX];
	size_t count = make_moves(thread, 0, false, moves);

	arena_reset(thread->arena);
	TRY(store_move_slots(thread->session, thread->arena, thread->follower->config.subscription,
	    moves, count, lazy));
	moved(thread, 0);
	thread->stored_us = clock_monotonic_us();
	return NULL;
}

/* ---- a transaction ---- */

static struct err *
write_progress(struct follower_thread *thread, const struct follower_progress *progress)
{
	if (progress->park != NULL)
		return store_park(thread->session, thread->arena, progress->park);
	if (uuid_is_nil(progress->unpark))
		return NULL;
	return store_unpark(thread->session, thread->arena, thread->follower->config.subscription,
	    progress->unpark);
}

/*
 * The slots are moved before it is asked which build is live: a switch waits for
 * whoever moves, so the answer holds until the commit.
 */
static struct err *
fill(struct follower_thread *thread, const struct projection_events *events, int64_t to,
    const struct follower_progress *progress)
{
	const struct follower_config *config = &thread->follower->config;
	struct store_move moves[STORE_SLOTS_MAX];
	size_t count = make_moves(thread, to, progress != NULL, moves);
	int64_t live = 0;

	if (events->count > 0)
		TRY(config->projection->apply(
		    &(struct projection_turn){
			.session = thread->session,
			.arena = thread->arena,
			.build = config->build,
			.memory = thread->memory,
		    },
		    events));
	if (progress != NULL)
		TRY(write_progress(thread, progress));
	TRY(store_move_slots(
	    thread->session, thread->arena, config->subscription, moves, count, false));
	if (config->projected != NULL && events->count > 0)
		TRY(store_live_build(
		    thread->session, thread->arena, config->projection->name, &live));
	thread->is_live = live == config->build && live != 0;
	return NULL;
}

struct err *
follower_commit(struct follower_thread *thread, const struct projection_events *events, int64_t to,
    const struct follower_progress *progress)
{
	const struct projection *projection = thread->follower->config.projection;
	struct err *err;

	arena_reset(thread->arena);
	err = store_begin(thread->session, thread->arena, UUID_NIL);
	if (err == NULL)
		err = fill(thread, events, to, progress);
	if (err == NULL)
		err = store_commit(thread->session, thread->arena);
	else
		store_rollback(thread->session);
	if (projection != NULL && projection->settle != NULL)
		projection->settle(thread->memory, err == NULL);
	if (err == NULL)
		moved(thread, to);
	return err;
}

/* ---- who wants to know ---- */

/*
 * Of two builds only one was live when it came to an event, or none: a build becomes
 * live only when it has come as far as the other.  So nothing is told twice.
 */
void
follower_announce(struct follower_thread *thread, const struct projection_events *events)
{
	const struct follower_config *config = &thread->follower->config;

	if (config->projected == NULL || events->count == 0)
		return;
	if (thread->is_live) {
		config->projected(config->projected_context, config->projection->name, events);
		return;
	}
	for (size_t i = 0; i < events->count; i++) {
		struct own_slot *slot = follower_slot_of(thread, events->at[i]->stream);

		slot->silent_to = slot->stored;
	}
}

/* Tell of the events of ${page} that were dealt with in silence. */
static struct err *
tell_missed(struct follower_thread *thread, const struct store_events *page)
{
	const struct follower_config *config = &thread->follower->config;
	const struct store_event **at =
	    arena_array(thread->arena, const struct store_event *, page->count);
	size_t count = 0;

	if (at == NULL)
		return ERR(thread->arena, ERR_LIMIT, "no memory left to announce events");
	for (size_t i = 0; i < page->count; i++) {
		const struct store_event *event = &page->at[i];
		const struct own_slot *slot = follower_slot_of(thread, event->stream);

		if (slot != NULL && event->position <= slot->silent_to &&
		    follower_find_parked(thread, event->stream) == NULL)
			at[count++] = event;
	}
	if (count > 0)
		config->projected(config->projected_context, config->projection->name,
		    &(struct projection_events){ at, count });
	return NULL;
}

struct err *
follower_announce_missed(struct follower_thread *thread)
{
	int64_t to = 0, after = thread->gate;

	for (size_t i = 0; i < thread->slot_count; i++)
		to = later(to, thread->slots[i].silent_to);
	while (after < to) {
		struct store_events page;

		arena_reset(thread->arena);
		TRY(store_read_log(thread->session, thread->arena, after, MISSED_MAX, &page));
		if (page.count == 0)
			break;
		TRY(tell_missed(thread, &page));
		after = page.at[page.count - 1].position;
	}
	for (size_t i = 0; i < thread->slot_count; i++)
		thread->slots[i].silent_to = 0;
	return NULL;
}

/* ---- a batch ---- */

/* Why an event could not be dealt with, before the memory that says it is used again. */
struct problem {
	char memory[512];
};

static struct str
keep_problem(struct problem *problem, const struct err *err)
{
	struct buf buf = buf_over(problem->memory, sizeof(problem->memory));

	err_format(err, &buf);
	return buf_view(&buf);
}

/* Leave out what the thread is not (any more) to deal with now; returns how many are left. */
static size_t
keep_own(struct follower_thread *thread, const struct store_event **at, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct own_slot *slot = follower_slot_of(thread, at[i]->stream);

		if (slot != NULL && at[i]->position > slot->position &&
		    follower_find_parked(thread, at[i]->stream) == NULL)
			at[kept++] = at[i];
	}
	return kept;
}

/* Apply ${count} events in one transaction, or, when one of them is poison, in several. */
static struct err *
project(struct follower_thread *thread, const struct store_event **at, size_t count, int64_t to)
{
	struct projection_events events = { at, count };
	size_t half = count / 2;
	struct problem room;
	struct err *err;

	if (count == 0)
		return NULL;
	err = follower_commit(thread, &events, to, NULL);
	if (err == NULL) {
		follower_announce(thread, &events);
		return NULL;
	}
	if (!follower_is_poison(err))
		return err;
	if (count == 1)
		return follower_park(thread, at[0], keep_problem(&room, err));
	if (err->kind == ERR_LIMIT && thread->batch / 2 >= FOLLOWER_BATCH_MIN)
		thread->batch /= 2;
	TRY(project(thread, at, half, at[half - 1]->position));
	return project(thread, at + half, keep_own(thread, at + half, count - half), to);
}

static struct err *
react(struct follower_thread *thread, const struct store_event *event)
{
	const struct follower_config *config = &thread->follower->config;
	struct own_slot *slot = follower_slot_of(thread, event->stream);
	struct follower_turn turn = follower_turn(thread);
	struct store_move move = { slot->number, slot->epoch, slot->stored, event->position };
	struct problem room;
	bool has_moved = false;
	struct err *err;

	arena_reset(thread->arena);
	err = config->react(config->react_context, &turn, event, &move, &has_moved);
	if (err != NULL && follower_is_poison(err))
		return follower_park(thread, event, keep_problem(&room, err));
	TRY(err);
	slot->position = event->position;
	if (has_moved)
		follower_stored(slot, event->position);
	return NULL;
}

/* React to one after another; ${ret_to} is where the slots may stand when it was cut short. */
static struct err *
react_to_all(
    struct follower_thread *thread, const struct store_event **at, size_t count, int64_t *ret_to)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && follower_is_pressed(thread)) {
			*ret_to = at[i]->position - 1;
			return NULL;
		}
		if (follower_find_parked(thread, at[i]->stream) == NULL)
			TRY(react(thread, at[i]));
	}
	return NULL;
}

static struct err *
deal_with(struct follower_thread *thread, const struct feed_batch *batch)
{
	size_t count = batch->events.count;
	int64_t to = batch->events.at[count - 1]->position;
	const struct store_event **at =
	    arena_array(thread->read, const struct store_event *, count);

	if (at == NULL)
		return ERR(thread->read, ERR_LIMIT, "no memory left for events");
	memcpy(at, batch->events.at, count * sizeof(at[0]));
	count = keep_own(thread, at, count);
	if (count > 0 && !str_empty(batch->problem))
		TRY(follower_park(thread, at[0], batch->problem));
	else if (thread->follower->config.projection != NULL)
		TRY(project(thread, at, count, to));
	else
		TRY(react_to_all(thread, at, count, &to));
	step(thread, to);
	return NULL;
}

static void
adapt(struct follower_thread *thread, bool full, int64_t took_us)
{
	if (full && took_us < QUICK_US)
		thread->batch *= 2;
	else if (took_us > LONG_US)
		thread->batch /= 2;
	if (thread->batch > FOLLOWER_BATCH_MAX)
		thread->batch = FOLLOWER_BATCH_MAX;
	if (thread->batch < FOLLOWER_BATCH_MIN)
		thread->batch = FOLLOWER_BATCH_MIN;
}

static int64_t
slowest(const struct follower_thread *thread)
{
	int64_t position = INT64_MAX;

	for (size_t i = 0; i < thread->slot_count; i++) {
		if (thread->slots[i].position < position)
			position = thread->slots[i].position;
	}
	return position;
}

struct err *
follower_deal(struct follower_thread *thread, bool *ret_any)
{
	struct feed *feed = thread->follower->config.feed;
	int64_t begun_us = clock_monotonic_us();
	size_t limit = thread->batch;
	struct feed_batch batch;
	struct err *err;
	bool full;

	err = feed_take(feed, thread->session, thread->read, slowest(thread), limit, &batch);
	*ret_any = err == NULL && batch.events.count > 0;
	full = *ret_any && batch.events.count == limit;
	if (*ret_any)
		err = deal_with(thread, &batch);
	feed_release(feed, &batch);
	if (err == NULL)
		adapt(thread, full, clock_monotonic_us() - begun_us);
	return err;
}
