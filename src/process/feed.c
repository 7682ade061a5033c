#include "process/feed.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/store_proof.h"

#define WINDOW_EVENTS_MAX 32768
#define WINDOW_BYTES_MAX  (48u << 20)

/* Events in one piece of memory with all that they point to; never changed. */
struct feed_chunk {
	struct feed_chunk *next;
	unsigned holders; /* the window is one; the feed's lock guards it */
	size_t bytes, count;
	struct store_event events[];
};

struct feed {
	pthread_mutex_t lock;
	pthread_cond_t read; /* a reading has come to its end */
	bool reading;
	int64_t head;
	int64_t begin, end; /* the window: events after begin, up to end */
	struct feed_chunk *first, *last;
	size_t count, bytes;
};

static void
lock(struct feed *feed)
{
	CHECK(pthread_mutex_lock(&feed->lock) == 0);
}

static void
unlock(struct feed *feed)
{
	CHECK(pthread_mutex_unlock(&feed->lock) == 0);
}

struct feed *
feed_create(void)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	CHECK(feed != NULL);
	CHECK(pthread_mutex_init(&feed->lock, NULL) == 0);
	CHECK(pthread_cond_init(&feed->read, NULL) == 0);
	return feed;
}

/* ---- chunks ---- */

static void
let_go(struct feed_chunk *chunk)
{
	if (--chunk->holders == 0)
		free(chunk);
}

/* Take the oldest chunk out of the window. */
static void
drop_first(struct feed *feed)
{
	struct feed_chunk *chunk = feed->first;

	feed->first = chunk->next;
	if (feed->first == NULL)
		feed->last = NULL;
	feed->begin = chunk->events[chunk->count - 1].position;
	feed->count -= chunk->count;
	feed->bytes -= chunk->bytes;
	let_go(chunk);
}

/* Empty the window, and have it begin anew at ${position}. */
static void
begin_anew(struct feed *feed, int64_t position)
{
	while (feed->first != NULL)
		drop_first(feed);
	feed->begin = feed->end = position;
}

void
feed_destroy(struct feed *feed)
{
	if (feed == NULL)
		return;
	begin_anew(feed, 0);
	(void)pthread_cond_destroy(&feed->read);
	(void)pthread_mutex_destroy(&feed->lock);
	free(feed);
}

static size_t
text_bytes(const struct store_event *event)
{
	return event->type.len + event->actor.name.len + event->payload.len;
}

static struct str
copy_text(char **at, struct str text)
{
	struct str copy = { *at, text.len };

	if (text.len > 0)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

/* A chunk of ${events}, held once. */
static struct feed_chunk *
make_chunk(const struct store_events *events)
{
	size_t bytes = sizeof(struct feed_chunk) + events->count * sizeof(struct store_event);
	struct feed_chunk *chunk;
	char *at;

	for (size_t i = 0; i < events->count; i++)
		bytes += text_bytes(&events->at[i]);
	chunk = malloc(bytes);
	CHECK(chunk != NULL);
	*chunk = (struct feed_chunk){ .holders = 1, .bytes = bytes, .count = events->count };
	at = (char *)&chunk->events[events->count];
	for (size_t i = 0; i < events->count; i++) {
		struct store_event *event = &chunk->events[i];

		*event = events->at[i];
		event->type = copy_text(&at, event->type);
		event->actor.name = copy_text(&at, event->actor.name);
		event->payload = copy_text(&at, event->payload);
	}
	return chunk;
}

/* ---- the head ---- */

bool
feed_tell(struct feed *feed, int64_t head)
{
	bool news;

	lock(feed);
	news = head > feed->head;
	if (news)
		feed->head = head;
	unlock(feed);
	return news;
}

int64_t
feed_head(struct feed *feed)
{
	int64_t head;

	lock(feed);
	head = feed->head;
	unlock(feed);
	return head;
}

/* ---- reading ---- */

/*
 * The event after ${after} cannot be read as it must be.  The audit shows it as it
 * stands, for the sake of the stream that it belongs to.
 */
static struct err *
show_unreadable(struct store_session *session, struct arena *arena, int64_t after,
    const struct err *why, struct store_events *ret, struct str *ret_problem)
{
	struct buf problem = buf_in(arena, 512);
	struct store_audit_rows rows;

	TRY(store_audit_log(session, arena, after, 1, &rows));
	if (rows.count == 0 || !rows.at[0].found)
		return ERR_WRAP(
		    arena, why, "position %lld of the log cannot be read", (long long)after + 1);
	err_format(why, &problem);
	*ret_problem = buf_view(&problem);
	*ret = (struct store_events){ &rows.at[0].event, 1 };
	return NULL;
}

/*
 * Read up to ${limit} events after ${after}; less when one of them cannot be read, or
 * when so many do not fit.
 */
static struct err *
read_some(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret, struct str *ret_problem)
{
	*ret_problem = STR("");
	for (;;) {
		struct err *err = store_read_log(session, arena, after, limit, ret);

		if (err == NULL)
			return NULL;
		if (err->kind == ERR_CORRUPT && limit == 1)
			return show_unreadable(session, arena, after, err, ret, ret_problem);
		if ((err->kind != ERR_CORRUPT && err->kind != ERR_LIMIT) || limit == 1)
			return err;
		arena_reset(arena);
		limit /= 2;
	}
}

/* ---- taking ---- */

static struct err *
hand_out(struct arena *arena, const struct store_events *events, struct feed_batch *ret)
{
	const struct store_event **at =
	    arena_array(arena, const struct store_event *, events->count);

	if (at == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for events");
	for (size_t i = 0; i < events->count; i++)
		at[i] = &events->at[i];
	ret->events = (struct projection_events){ at, events->count };
	return NULL;
}

/* Events of the window, whose lock is held. */
static struct err *
collect(struct feed *feed, struct arena *arena, int64_t after, size_t limit, struct feed_batch *ret)
{
	size_t most = (size_t)(feed->end - after);
	const struct store_event **at;
	size_t count = 0;

	most = most < limit ? most : limit;
	at = arena_array(arena, const struct store_event *, most);
	if (at == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for events");
	for (struct feed_chunk *chunk = feed->first;
	     chunk != NULL && count < most && ret->chunk_count < FEED_CHUNKS_MAX;
	     chunk = chunk->next) {
		size_t i = 0;

		if (chunk->events[chunk->count - 1].position <= after)
			continue;
		if (chunk->events[0].position <= after)
			i = (size_t)(after + 1 - chunk->events[0].position);
		for (; i < chunk->count && count < most; i++)
			at[count++] = &chunk->events[i];
		chunk->holders++;
		ret->chunks[ret->chunk_count++] = chunk;
	}
	ret->events = (struct projection_events){ at, count };
	return NULL;
}

/* What was read becomes the window's end, if that is still where it was. */
static void
extend(struct feed *feed, int64_t after, const struct store_events *events)
{
	struct feed_chunk *chunk;

	if (feed->end != after || events->count == 0)
		return;
	chunk = make_chunk(events);
	if (feed->last != NULL)
		feed->last->next = chunk;
	else
		feed->first = chunk;
	feed->last = chunk;
	feed->end = events->at[events->count - 1].position;
	feed->count += chunk->count;
	feed->bytes += chunk->bytes;
	while (feed->first != feed->last &&
	       (feed->count > WINDOW_EVENTS_MAX || feed->bytes > WINDOW_BYTES_MAX))
		drop_first(feed);
}

/* Read behind the window's end, for all.  The lock is held on entry and on return. */
static struct err *
read_for_all(struct feed *feed, struct store_session *session, struct arena *arena, int64_t after,
    size_t limit, struct feed_batch *ret)
{
	struct store_events events = { NULL, 0 };
	struct err *err;

	feed->reading = true;
	unlock(feed);
	err = read_some(session, arena, after, limit, &events, &ret->problem);
	lock(feed);
	feed->reading = false;
	/* What cannot be read is each follower's own trouble. */
	if (err == NULL && str_empty(ret->problem))
		extend(feed, after, &events);
	CHECK(pthread_cond_broadcast(&feed->read) == 0);
	TRY(err);
	return hand_out(arena, &events, ret);
}

/* Where what comes after ${after} is to be had.  The lock is held. */
enum source { SOURCE_NONE, SOURCE_WINDOW, SOURCE_END, SOURCE_LOG };

static enum source
find_source(struct feed *feed, int64_t after)
{
	for (;;) {
		if (after >= feed->head)
			return SOURCE_NONE;
		if (after < feed->begin)
			return SOURCE_LOG;
		if (after < feed->end)
			return SOURCE_WINDOW;
		if (after > feed->end)
			begin_anew(feed, after);
		if (!feed->reading)
			return SOURCE_END;
		CHECK(pthread_cond_wait(&feed->read, &feed->lock) == 0);
	}
}

struct err *
feed_take(struct feed *feed, struct store_session *session, struct arena *arena, int64_t after,
    size_t limit, struct feed_batch *ret)
{
	struct store_events events;
	struct err *err = NULL;

	*ret = (struct feed_batch){ .chunk_count = 0 };
	arena_reset(arena);
	lock(feed);
	switch (find_source(feed, after)) {
	case SOURCE_NONE:
		break;
	case SOURCE_WINDOW:
		err = collect(feed, arena, after, limit, ret);
		break;
	case SOURCE_END:
		err = read_for_all(feed, session, arena, after, limit, ret);
		break;
	case SOURCE_LOG:
		unlock(feed);
		TRY(read_some(session, arena, after, limit, &events, &ret->problem));
		return hand_out(arena, &events, ret);
	}
	unlock(feed);
	return err;
}

void
feed_release(struct feed *feed, struct feed_batch *batch)
{
	lock(feed);
	for (size_t i = 0; i < batch->chunk_count; i++)
		let_go(batch->chunks[i]);
	batch->chunk_count = 0;
	unlock(feed);
}
