#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/live.h"
#include "api/live_peer.h"
#include "api/live_stream.h"

#define NEXT_HEAD    STR("event: next\ndata: ")
#define NEXT_TAIL    STR("\n\n")
#define COMPLETE     STR("event: complete\ndata:\n\n")
#define CONTENT_TYPE STR("text/event-stream; charset=utf-8")

/* One subscription, and the connection that it goes to. */
struct stream {
	struct live_peer base; /* first: the hub's events */
	struct live_job job;
	struct api *api;
	struct live_listener *listener;
	int64_t began_us;
	/* For the log. */
	struct uuid id, user, organisation;

	pthread_mutex_t lock;
	/* Under the lock. */
	hub_peer peer;
	bool taken; /* the hub has the connection */
	bool ended; /* by itself, for ... */
	enum live_end why;
	int code;
};

static void
lock(struct stream *stream)
{
	CHECK(pthread_mutex_lock(&stream->lock) == 0);
}

static void
unlock(struct stream *stream)
{
	CHECK(pthread_mutex_unlock(&stream->lock) == 0);
}

/* -- the end -- */

static void
destroy(struct stream *stream)
{
	if (stream->listener != NULL)
		live_cancel(stream->listener);
	(void)pthread_mutex_destroy(&stream->lock);
	free(stream);
}

static void
end(struct stream *stream)
{
	struct log_line line = log_line(stream->api->config.log, LOG_INFO, "stream");

	log_int(&line, "code", stream->code);
	log_uuid(&line, "user", stream->user);
	log_uuid(&line, "organisation", stream->organisation);
	log_uuid(&line, "request", stream->id);
	log_int(&line, "took_ms", (clock_monotonic_us() - stream->began_us) / 1000);
	log_emit(&line);
	destroy(stream);
}

static void
end_on_thread(struct live_job *job, struct api_worker *worker, struct arena *arena)
{
	(void)worker;
	(void)arena;
	end((struct stream *)(void *)((char *)job - offsetof(struct stream, job)));
}

/* Nobody sends to it any more: end it, on a thread that may wait for live. */
static void
give_up(struct stream *stream)
{
	stream->job.run = end_on_thread;
	if (!live_do(stream->api->live, &stream->job))
		end(stream);
}

/* -- what live tells -- */

static bool
on_next(void *who, struct hub_text *response)
{
	struct stream *stream = who;
	bool taken;

	lock(stream);
	taken = stream->taken;
	unlock(stream);
	/* Before the head of the answer is sent there is no room. */
	return taken && hub_send(stream->api->hub, stream->peer, NEXT_HEAD, response, NEXT_TAIL);
}

/* It is over by itself.  A stream that just breaks off is one to begin again. */
static void
tell_end(struct stream *stream, enum live_end why)
{
	static const char refused[] =
	    "event: next\ndata: {\"errors\":[{\"message\":\"you may not listen any more\","
	    "\"extensions\":{\"code\":\"FORBIDDEN\"}}]}\n\n";
	struct hub *hub = stream->api->hub;

	switch (why) {
	case LIVE_STOPPED:
		hub_close(hub, stream->peer, 1001, STR(""));
		break;
	case LIVE_FAULT:
		hub_close(hub, stream->peer, 1011, STR(""));
		break;
	case LIVE_REMOVED:
		(void)!hub_send(hub, stream->peer, str_from_z(refused), NULL, COMPLETE);
		hub_close(hub, stream->peer, 1000, STR(""));
		break;
	}
}

static void
on_end(void *who, enum live_end why)
{
	struct stream *stream = who;

	lock(stream);
	stream->ended = true;
	stream->why = why;
	if (stream->taken)
		tell_end(stream, why);
	unlock(stream);
}

static const struct live_sink sink = { on_next, on_end };

/* -- what the hub tells -- */

static void
on_received(void *who, struct str text)
{
	(void)who;
	(void)text;
}

static void
on_drained(void *who)
{
	struct stream *stream = who;

	live_resume(stream->listener);
}

static void
on_closed(void *who, int code)
{
	struct stream *stream = who;

	/* Until the lock is free the hub's peer is still being told of. */
	lock(stream);
	stream->code = code;
	unlock(stream);
	give_up(stream);
}

static const struct hub_events events = { on_received, on_drained, on_closed };

/* -- the beginning -- */

/* The head of the answer is sent. */
static void
take(void *context, int fd, struct str early)
{
	struct stream *stream = context;

	lock(stream);
	stream->taken = fd >= 0 && hub_take(stream->api->hub, fd, HUB_EVENT_STREAM, early, stream,
				       &stream->peer);
	if (stream->taken) {
		if (stream->ended)
			tell_end(stream, stream->why);
		live_resume(stream->listener);
		unlock(stream);
		return;
	}
	unlock(stream);
	if (fd >= 0)
		(void)close(fd);
	stream->code = 1006;
	give_up(stream);
}

static struct stream *
create(const struct api_request *request)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	CHECK(stream != NULL && pthread_mutex_init(&stream->lock, NULL) == 0);
	stream->base.events = &events;
	stream->api = request->api;
	stream->began_us = clock_monotonic_us();
	stream->id = request->id;
	stream->user = request->user;
	stream->organisation = request->organisation;
	return stream;
}

static void
reject(struct api_request *request, const struct buf *response)
{
	request->outcome = "rejected";
	api_respond_json(request, 400, buf_view(response));
}

static struct err *
subscribe(struct api_request *request, const struct gate_principal *principal,
    const struct graphql_asked *asked, struct buf *response)
{
	struct stream *stream;
	struct err *err;

	if (!live_peer_is_room(request))
		return NULL;
	stream = create(request);
	err = live_subscribe(request->api->live, request, principal, &asked->request, &sink, stream,
	    response, &stream->listener);
	if (err != NULL || stream->listener == NULL) {
		destroy(stream);
		if (err == NULL)
			reject(request, response);
		return err;
	}
	request->response->status = 200;
	request->response->content_type = CONTENT_TYPE;
	request->response->take = take;
	request->response->take_context = stream;
	/* For proxies that would collect what is to be read at once. */
	api_add_header(request, STR("X-Accel-Buffering"), STR("no"));
	return NULL;
}

/* A query or a mutation: a stream that is here as a whole. */
static struct err *
execute(struct api_request *request, const struct gate_principal *principal,
    struct graphql_asked *asked, struct buf *response)
{
	enum graphql_outcome outcome = GRAPHQL_REQUEST_ERROR;
	struct buf body;

	TRY(graphql_door_execute(request, principal, asked, response, &outcome));
	if (outcome != GRAPHQL_OK) {
		reject(request, response);
		if (outcome == GRAPHQL_NOT_A_QUERY) {
			request->response->status = 405;
			api_add_header(request, STR("Allow"), STR("POST"));
		}
		return NULL;
	}
	body = buf_in(request->arena, response->len + 128);
	buf_str(&body, NEXT_HEAD);
	buf_str(&body, buf_view(response));
	buf_str(&body, NEXT_TAIL);
	buf_str(&body, COMPLETE);
	request->response->status = 200;
	request->response->content_type = CONTENT_TYPE;
	request->response->body = buf_view(&body);
	return NULL;
}

struct err *
live_stream_answer(struct api_request *request, const struct gate_principal *principal,
    struct graphql_asked *asked)
{
	struct buf response = buf_in(
	    request->arena, (size_t)request->api->config.settings->graphql_response_bytes_max);

	if (!graphql_door_recall(request, asked, &response)) {
		reject(request, &response);
		return NULL;
	}
	if (graphql_door_kind(request, asked) == GRAPHQL_SUBSCRIPTION)
		return subscribe(request, principal, asked, &response);
	return execute(request, principal, asked, &response);
}
