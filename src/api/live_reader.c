#include "api/live_internal.h"

#include "runtime/futex.h"

/*
 * The reader follows the log while anybody listens, and notes for each channel how far it
 * has gone.  It shows nothing to anybody.
 */

#define READ_MAX 1000 /* events at a time */

/* How long it sleeps: while somebody listens it looks by itself for what another process
 * has written. */
#define LOOK_EVERY MILLISECONDS(20)
#define REST       SECONDS(1)
#define AGAIN      MILLISECONDS(250) /* after a fault */

struct reader {
	struct live *live;
	struct api_worker worker;
	struct store_session *session; /* a worker's */
	struct arena *arena;
	int64_t position;
	bool follows; /* ${position} means something */
	int64_t rechecked_us;
};

/* Whether there is anybody to read for; nobody expects it any more when there is not. */
static bool
has_listeners(struct live *live)
{
	bool any;

	live_lock(&live->lock);
	any = live->channel_count > 0;
	if (!any)
		live->read_position = LIVE_NOT_READING;
	live_unlock(&live->lock);
	return any;
}

/* What changed on the board of ${channel}. */
static void
remember(struct live_channel *channel, const struct store_event *event)
{
	struct store_changed *last = &channel->recent[channel->recent_count];

	if (channel->recent_count > 0 && uuid_equal(last[-1].eco, event->stream)) {
		last[-1].position = event->position;
		return;
	}
	if (channel->recent_count == LIVE_RECENT) {
		size_t gone = LIVE_RECENT / 2;

		channel->recent_from = channel->recent[gone - 1].position;
		channel->recent_count -= gone;
		memmove(channel->recent, &channel->recent[gone],
		    channel->recent_count * sizeof(channel->recent[0]));
	}
	channel->recent[channel->recent_count++] =
	    (struct store_changed){ event->stream, event->position };
}

/* ${event} is news for the channels on ${topic} that are boards, or that are none. */
static void
note(struct live *live, struct uuid topic, bool board, const struct store_event *event)
{
	struct live_channel *at = live->channels[live_bucket(topic)];

	for (; at != NULL; at = at->next) {
		if ((at->kind == LIVE_BOARD) != board || !uuid_equal(at->topic, topic))
			continue;
		if (board)
			remember(at, event);
		live_reach(at, event->position);
	}
}

static void
note_all(struct live *live, const struct store_events *events)
{
	live_lock(&live->lock);
	for (size_t i = 0; i < events->count; i++) {
		const struct store_event *event = &events->at[i];
		enum directory_event_type record;

		if (directory_event_find(event->type, &record))
			continue;
		note(live, event->stream, false, event);
		note(live, event->noc, true, event);
		if (!uuid_equal(event->noc, event->osp))
			note(live, event->osp, true, event);
	}
	if (events->count > 0)
		live->read_position = events->at[events->count - 1].position;
	live_unlock(&live->lock);
}

/* Whoever a change in the directory concerns is asked for before anything is told. */
static struct err *
recheck(struct reader *reader, const struct store_events *events)
{
	struct live_concerned concerned = { .count = 0 };
	struct store_session *session;

	for (size_t i = 0; i < events->count; i++)
		live_note_concerned(&concerned, &events->at[i]);
	if (concerned.count == 0 && !concerned.all)
		return NULL;
	TRY(live_reader_session(reader->live, &reader->worker, reader->arena, UUID_NIL, &session));
	return live_recheck(reader->live, session, reader->arena, &concerned);
}

/* Go to the end of the log; everybody looks for themselves what lies between. */
static struct err *
jump(struct reader *reader)
{
	struct live *live = reader->live;

	/* What was said of members in between is not looked at one by one. */
	if (reader->follows) {
		struct live_concerned all = { .all = true };
		struct store_session *session;

		TRY(live_reader_session(live, &reader->worker, reader->arena, UUID_NIL, &session));
		TRY(live_recheck(live, session, reader->arena, &all));
	}
	TRY(store_log_head(reader->session, reader->arena, &reader->position));
	reader->follows = true;
	live_lock(&live->lock);
	live->read_position = reader->position;
	for (size_t i = 0; i < LIVE_BUCKETS; i++) {
		for (struct live_channel *at = live->channels[i]; at != NULL; at = at->next) {
			at->recent_count = 0;
			at->recent_from = reader->position;
			live_reach(at, reader->position);
		}
	}
	live_unlock(&live->lock);
	return NULL;
}

/* Take what is new; ${ret_more} says that there may be more. */
static struct err *
follow(struct reader *reader, bool *ret_more)
{
	struct store_events events;
	struct err *err;

	*ret_more = true;
	if (reader->session == NULL)
		TRY(store_session_open(reader->live->config.api->config.store, reader->arena,
		    STORE_WORKER, &reader->session));
	if (!reader->follows)
		return jump(reader);
	err = store_read_log(reader->session, reader->arena, reader->position, READ_MAX, &events);
	/* Who asks for the stream of the event that cannot be read is told what is wrong. */
	if (err != NULL && err->kind == ERR_CORRUPT)
		return jump(reader);
	if (err != NULL)
		return err;
	TRY(recheck(reader, &events));
	note_all(reader->live, &events);
	if (events.count > 0)
		reader->position = events.at[events.count - 1].position;
	*ret_more = events.count == READ_MAX;
	return NULL;
}

static void
recheck_by_now(struct reader *reader)
{
	struct live *live = reader->live;
	int64_t now_us = clock_monotonic_us();

	if (now_us - reader->rechecked_us < SECONDS(live->config.recheck_s).us)
		return;
	reader->rechecked_us = now_us;
	if (!atomic_exchange(&live->rechecking, true))
		(void)live_do(live, &live->recheck);
}

void *
live_read(void *context)
{
	struct live *live = context;
	struct reader reader = {
		.live = live,
		.worker = { .api = live->config.api },
		.arena = arena_create(LIVE_ARENA_BYTES),
		.rechecked_us = clock_monotonic_us(),
	};
	_Atomic uint32_t *projected = live->config.api->projected;

	while (!atomic_load(&live->reader_stops)) {
		uint32_t wanted = atomic_load(&live->wanted), seen = atomic_load(projected);
		struct err *err;
		bool more;

		if (!has_listeners(live)) {
			reader.follows = false;
			if (!atomic_load(&live->reader_stops))
				futex_wait(&live->wanted, wanted, REST);
			continue;
		}
		arena_reset(reader.arena);
		err = follow(&reader, &more);
		if (err != NULL) {
			live_log_fault(live, "reading the log", err);
			futex_wait(&live->wanted, wanted, AGAIN);
			continue;
		}
		recheck_by_now(&reader);
		if (!more)
			futex_wait(projected, seen, LOOK_EVERY);
	}
	store_session_close(reader.worker.reader);
	store_session_close(reader.worker.worker);
	store_session_close(reader.session);
	arena_destroy(reader.arena);
	return NULL;
}
