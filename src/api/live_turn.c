#include "api/live_internal.h"

#include "runtime/futex.h"

/*
 * A turn of a channel: twice it picks whom to serve, makes what is new for them, and hands
 * it out.  First those who are furthest, which usually are all, and then those who are
 * furthest behind: who catches up holds up nobody.
 */

enum whom { FURTHEST, LAST };

/* The pause before something is tried again. */
#define PAUSE MILLISECONDS(50)

static bool
is_ready(const struct live_listener *listener, int64_t upto)
{
	return listener->position < upto && !atomic_load(&listener->full);
}

/* Of a filtered board what has left it depends on where one stood. */
static bool
is_exact(const struct live_channel *channel)
{
	return channel->kind == LIVE_BOARD && channel->filters;
}

/* How far the channel may look now, and what its board remembers; ${ret_from}: since when. */
static void
take_news(struct live_pass *pass, struct store_changed recent[LIVE_RECENT], int64_t *ret_from)
{
	struct live_channel *channel = pass->channel;
	struct live *live = channel->live;

	live_lock(&live->lock);
	pass->upto = channel->head;
	pass->recent_count = channel->recent_count;
	memcpy(recent, channel->recent, channel->recent_count * sizeof(recent[0]));
	*ret_from = live->read_position >= pass->upto ? channel->recent_from : INT64_MAX;
	live_unlock(&live->lock);
}

/* Where those stand who are served next; false when everybody has everything. */
static bool
pick(struct live_pass *pass, enum whom whom)
{
	struct live_channel *channel = pass->channel;
	bool found = false;

	live_lock(&channel->lock);
	for (const struct live_listener *at = channel->first; at != NULL; at = at->next) {
		if (!is_ready(at, pass->upto) ||
		    (found && (whom == FURTHEST ? at->position <= pass->from
						: at->position >= pass->from)))
			continue;
		pass->from = at->position;
		found = true;
	}
	live_unlock(&channel->lock);
	return found;
}

/* Choose who gets what was made; under the channel's lock. */
static void
choose(const struct live_pass *pass)
{
	bool exact = is_exact(pass->channel);

	for (struct live_listener *at = pass->channel->first; at != NULL; at = at->next)
		at->chosen = is_ready(at, pass->reached) &&
			     (exact ? at->position == pass->from : at->position >= pass->from);
}

static void
hand_out(const struct live_pass *pass, const struct live_made *made)
{
	for (struct live_listener *at = pass->channel->first; at != NULL; at = at->next) {
		if (!at->chosen || at->position >= made->position)
			continue;
		/* Before the call: that there is room again may be said before it returns. */
		atomic_store(&at->full, true);
		if (at->sink->next(at->who, made->text)) {
			at->position = made->position;
			atomic_store(&at->full, false);
		} else {
			at->chosen = false;
		}
	}
}

static void
deliver(struct live_pass *pass)
{
	struct live_channel *channel = pass->channel;

	live_lock(&channel->lock);
	choose(pass);
	for (size_t i = 0; i < pass->count; i++)
		hand_out(pass, &pass->made[i]);
	for (struct live_listener *at = channel->first; at != NULL; at = at->next) {
		if (at->chosen)
			at->position = pass->reached;
	}
	live_unlock(&channel->lock);
}

/* It cannot be told to those for whom it was made: they come back later. */
static void
give_up(struct live_pass *pass)
{
	struct live_channel *channel = pass->channel;
	struct live_listener *next;

	live_lock(&channel->lock);
	for (struct live_listener *at = channel->first; at != NULL; at = next) {
		next = at->next;
		if (is_ready(at, pass->upto) && at->position >= pass->from)
			live_end_listener(at, LIVE_FAULT);
	}
	live_unlock(&channel->lock);
}

static void
forget(struct live_pass *pass)
{
	for (size_t i = 0; i < pass->count; i++)
		hub_text_release(pass->made[i].text);
	pass->count = 0;
	pass->bytes = 0;
}

static void
pause_for(struct live *live, struct duration pause)
{
	uint32_t seen = atomic_load(&live->wanted);

	if (!atomic_load(&live->reader_stops))
		futex_wait(&live->wanted, seen, pause);
}

/* Make it, and try again a few times when the store is away. */
static bool
make(struct live_pass *pass)
{
	struct live *live = pass->channel->live;
	struct duration pause = PAUSE;

	for (int i = 0; i < LIVE_TRIES_MAX; i++) {
		struct err *err;

		arena_reset(pass->arena);
		err = live_make(pass);
		if (err == NULL)
			return true;
		live_log_fault(live, "making a response", err);
		forget(pass);
		if (i + 1 < LIVE_TRIES_MAX)
			pause_for(live, pause);
		pause.us *= 4;
	}
	return false;
}

/* Serve one group; false when there was nobody to serve. */
static bool
serve(struct live_channel *channel, enum whom whom, struct api_worker *worker, struct arena *arena)
{
	struct store_changed recent[LIVE_RECENT];
	struct live_pass pass = { .channel = channel, .worker = worker, .arena = arena };
	int64_t recent_from;

	take_news(&pass, recent, &recent_from);
	if (!pick(&pass, whom))
		return false;
	if (recent_from <= pass.from)
		pass.recent = recent;
	if (make(&pass))
		deliver(&pass);
	else
		give_up(&pass);
	forget(&pass);
	return true;
}

void
live_take_turn(struct live_job *job, struct api_worker *worker, struct arena *arena)
{
	struct live_channel *channel = (struct live_channel *)job;
	struct live *live = channel->live;
	bool more;

	live_lock(&live->queue_lock);
	channel->state = LIVE_RUNNING;
	live_unlock(&live->queue_lock);
	more = serve(channel, FURTHEST, worker, arena) && serve(channel, LAST, worker, arena);
	live_lock(&live->queue_lock);
	more = more || channel->state == LIVE_AGAIN;
	channel->state = LIVE_IDLE;
	live_unlock(&live->queue_lock);
	if (more)
		live_schedule(channel);
	live_release(channel);
}
