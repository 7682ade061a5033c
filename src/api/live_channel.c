#include "api/live_internal.h"

#include <stdlib.h>

size_t
live_bucket(struct uuid id)
{
	/* The end of an id of version 7 is chance. */
	return (((size_t)id.bytes[14] << 8) | id.bytes[15]) % LIVE_BUCKETS;
}

void
live_schedule(struct live_channel *channel)
{
	struct live *live = channel->live;
	bool begins;

	live_lock(&live->queue_lock);
	begins = channel->state == LIVE_IDLE;
	if (begins)
		channel->state = LIVE_WAITING;
	else if (channel->state == LIVE_RUNNING)
		channel->state = LIVE_AGAIN;
	live_unlock(&live->queue_lock);
	if (!begins)
		return;
	(void)atomic_fetch_add(&channel->uses, 1);
	if (!live_do(live, &channel->turn))
		/* The last use of it: whoever calls has one more. */
		(void)atomic_fetch_sub(&channel->uses, 1);
}

/* Take ${channel}, whose last user has gone, out of the table; under live->lock. */
static void
take_out(struct live_channel *channel)
{
	struct live_channel **at = &channel->live->channels[live_bucket(channel->topic)];

	while (*at != channel)
		at = &(*at)->next;
	*at = channel->next;
	channel->live->channel_count--;
}

void
live_release(struct live_channel *channel)
{
	struct live *live = channel->live;
	bool last;

	live_lock(&live->lock);
	last = atomic_fetch_sub(&channel->uses, 1) == 1;
	if (last)
		take_out(channel);
	live_unlock(&live->lock);
	if (!last)
		return;
	(void)pthread_mutex_destroy(&channel->lock);
	arena_destroy(channel->arena);
	free(channel);
}

void
live_reach(struct live_channel *channel, int64_t head)
{
	if (channel->head >= head)
		return;
	channel->head = head;
	live_schedule(channel);
}

/* ---- listeners ---- */

static void
unlink_listener(struct live_listener *listener)
{
	if (listener->previous == NULL)
		listener->channel->first = listener->next;
	else
		listener->previous->next = listener->next;
	if (listener->next != NULL)
		listener->next->previous = listener->previous;
	listener->linked = false;
}

void
live_end_listener(struct live_listener *listener, enum live_end why)
{
	unlink_listener(listener);
	listener->sink->end(listener->who, why);
}

static void
end_those_of(struct live_channel *channel, const struct live_identity *identity, enum live_end why)
{
	struct live_listener *next;

	live_lock(&channel->lock);
	for (struct live_listener *at = channel->first; at != NULL; at = next) {
		next = at->next;
		if (identity == NULL ||
		    memcmp(&at->asker->identity, identity, sizeof(*identity)) == 0)
			live_end_listener(at, why);
	}
	live_unlock(&channel->lock);
}

void
live_end_all(struct live *live, const struct live_identity *identity, enum live_end why)
{
	live_lock(&live->lock);
	for (size_t i = 0; i < LIVE_BUCKETS; i++) {
		for (struct live_channel *at = live->channels[i]; at != NULL; at = at->next)
			end_those_of(at, identity, why);
	}
	live_unlock(&live->lock);
}

void
live_resume(struct live_listener *listener)
{
	atomic_store(&listener->full, false);
	live_schedule(listener->channel);
}

/* One listener of ${asker} less; under live->lock. */
static void
leave(struct live *live, struct live_asker *asker)
{
	struct live_asker **at = &live->askers[live_bucket(asker->identity.organisation)];

	live->listener_count--;
	if (--asker->listeners > 0)
		return;
	while (*at != asker)
		at = &(*at)->next;
	*at = asker->next;
	free(asker);
}

void
live_cancel(struct live_listener *listener)
{
	struct live_channel *channel = listener->channel;
	struct live *live = channel->live;

	live_lock(&channel->lock);
	if (listener->linked)
		unlink_listener(listener);
	live_unlock(&channel->lock);
	live_lock(&live->lock);
	leave(live, listener->asker);
	live_unlock(&live->lock);
	free(listener);
	live_release(channel);
}
