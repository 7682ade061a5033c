#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/live_socket.h"
#include "runtime/http_websocket.h"

static void
lock(struct live_socket *socket)
{
	CHECK(pthread_mutex_lock(&socket->lock) == 0);
}

static void
unlock(struct live_socket *socket)
{
	CHECK(pthread_mutex_unlock(&socket->lock) == 0);
}

/* -- its life -- */

static void
free_texts(struct live_text *first)
{
	while (first != NULL) {
		struct live_text *next = first->next;

		free(first);
		first = next;
	}
}

static void
destroy(struct live_socket *socket)
{
	live_socket_cancel_all(socket);
	free_texts(socket->inbox);
	free_texts(socket->unsent);
	free(socket->caller);
	(void)pthread_mutex_destroy(&socket->lock);
	free(socket);
}

static void
log_end(const struct live_socket *socket)
{
	struct log_line line = log_line(socket->api->config.log, LOG_INFO, "socket");

	log_int(&line, "code", socket->code);
	log_text(&line, "address", socket->caller == NULL ? STR("") : socket->caller->peer);
	if (!uuid_is_nil(socket->user))
		log_uuid(&line, "user", socket->user);
	if (!uuid_is_nil(socket->organisation))
		log_uuid(&line, "organisation", socket->organisation);
	if (socket->via[0] != '\0')
		log_text(&line, "via", str_from_z(socket->via));
	log_int(&line, "messages", socket->received);
	log_int(&line, "operations", socket->operations_done);
	log_int(&line, "refused", socket->refused);
	log_int(&line, "took_ms", (clock_monotonic_us() - socket->began_us) / 1000);
	log_emit(&line);
}

static void
end(struct live_socket *socket)
{
	log_end(socket);
	destroy(socket);
}

/* -- sending -- */

static struct live_text *
make_text(struct str head, struct str text, struct str tail)
{
	struct live_text *made = malloc(sizeof(*made) + head.len + text.len + tail.len);
	struct buf buf;

	CHECK(made != NULL);
	made->next = NULL;
	buf = buf_over(made->bytes, head.len + text.len + tail.len);
	buf_str(&buf, head);
	buf_str(&buf, text);
	buf_str(&buf, tail);
	made->length = buf.len;
	return made;
}

void
live_socket_say(struct live_socket *socket, struct str head, struct str text, struct str tail)
{
	struct live_text **last = &socket->unsent;
	struct hub_text *shared;
	bool sent = false;

	if (socket->unsent == NULL) {
		shared = hub_text_create(text);
		sent = hub_send(socket->api->hub, socket->peer, head, shared, tail);
		hub_text_release(shared);
	}
	if (sent)
		return;
	while (*last != NULL)
		last = &(*last)->next;
	*last = make_text(head, text, tail);
}

/* Send what waits for room; whether nothing does any more. */
static bool
send_unsent(struct live_socket *socket)
{
	struct live_text *first;

	while ((first = socket->unsent) != NULL) {
		if (!hub_send(socket->api->hub, socket->peer,
			(struct str){ first->bytes, first->length }, NULL, STR("")))
			return false;
		socket->unsent = first->next;
		free(first);
	}
	return true;
}

void
live_socket_close(struct live_socket *socket, int code, struct str reason)
{
	/* RFC 6455, 5.5: what a frame of control holds, but for the code; no half characters. */
	while (reason.len > 123 || !str_is_utf8(reason))
		reason.len--;
	lock(socket);
	socket->over = true;
	unlock(socket);
	hub_close(socket->api->hub, socket->peer, code, reason);
}

/* -- the job -- */

static struct live_text *
take_message(struct live_socket *socket)
{
	struct live_text *first;

	lock(socket);
	first = socket->over ? NULL : socket->inbox;
	if (first != NULL) {
		socket->inbox = first->next;
		if (socket->inbox == NULL)
			socket->inbox_last = NULL;
		socket->inbox_count--;
		socket->inbox_bytes -= first->length;
	}
	unlock(socket);
	return first;
}

/* One thing; whether there may be another. */
static bool
do_one(struct live_socket *socket, struct api_worker *worker, struct arena *arena)
{
	struct live_text *message;

	if (!send_unsent(socket))
		return false;
	if (live_socket_end_one(socket, arena))
		return true;
	message = take_message(socket);
	if (message == NULL)
		return false;
	socket->received++;
	live_socket_handle(socket, worker, arena, (struct str){ message->bytes, message->length });
	free(message);
	return true;
}

static void
work(struct live_job *job, struct api_worker *worker, struct arena *arena)
{
	struct live_socket *socket =
	    (struct live_socket *)(void *)((char *)job - offsetof(struct live_socket, job));
	bool gone, more;

	lock(socket);
	socket->again = false;
	gone = socket->gone;
	unlock(socket);
	more = !gone && do_one(socket, worker, arena);
	lock(socket);
	gone = socket->gone;
	socket->working = !gone && (more || socket->again);
	/* One thing at a time: others wait for this thread too. */
	if (socket->working)
		socket->working = live_do(socket->api->live, &socket->job);
	unlock(socket);
	if (gone)
		end(socket);
}

bool
live_socket_ask_for_work(struct live_socket *socket)
{
	socket->again = true;
	if (!socket->working)
		socket->working = live_do(socket->api->live, &socket->job);
	return socket->working;
}

/* -- the hub's events -- */

static void
on_received(void *who, struct str text)
{
	struct live_socket *socket = who;
	size_t bytes_max = 4 * (size_t)socket->api->config.settings->body_bytes_max;
	struct live_text *message = make_text(text, STR(""), STR(""));
	bool fits;

	lock(socket);
	fits = socket->inbox_count < LIVE_INBOX_MESSAGES_MAX &&
	       socket->inbox_bytes + text.len <= bytes_max;
	if (fits) {
		if (socket->inbox == NULL)
			socket->inbox = message;
		else
			socket->inbox_last->next = message;
		socket->inbox_last = message;
		socket->inbox_count++;
		socket->inbox_bytes += text.len;
		(void)live_socket_ask_for_work(socket);
	}
	unlock(socket);
	if (fits)
		return;
	free(message);
	live_socket_close(socket, 1008, STR("too many messages wait to be answered"));
}

static void
on_drained(void *who)
{
	struct live_socket *socket = who;

	lock(socket);
	for (struct live_operation *at = socket->operations; at != NULL; at = at->next) {
		if (at->listener != NULL && !at->ended)
			live_resume(at->listener);
	}
	(void)live_socket_ask_for_work(socket);
	unlock(socket);
}

static void
on_closed(void *who, int code)
{
	struct live_socket *socket = who;
	bool here;

	lock(socket);
	socket->gone = true;
	socket->code = code;
	here = !live_socket_ask_for_work(socket);
	unlock(socket);
	if (here)
		end(socket);
}

static const struct hub_events events = { on_received, on_drained, on_closed };

/* -- the beginning -- */

/* The head of the 101 is sent.  Until this is done nothing is heard of the peer (the lock). */
static void
take(void *context, int fd, struct str early)
{
	struct live_socket *socket = context;
	struct api *api = socket->api;
	bool taken;

	socket->began_us = clock_monotonic_us();
	lock(socket);
	taken = fd >= 0 && hub_take(api->hub, fd, HUB_WEBSOCKET, early, socket, &socket->peer);
	if (taken && socket->speaks)
		hub_expect(api->hub, socket->peer, (unsigned)api->config.settings->live_init_ms,
		    GRAPHQL_WS_INIT_TIMEOUT, "Connection initialisation timeout");
	else if (taken)
		hub_close(api->hub, socket->peer, GRAPHQL_WS_BAD_PROTOCOL,
		    STR("Subprotocol not acceptable: graphql-transport-ws is spoken here"));
	unlock(socket);
	if (taken)
		return;
	if (fd >= 0)
		(void)close(fd);
	destroy(socket);
}

static struct live_socket *
create(struct api_request *request)
{
	struct live_caller *caller = live_caller_create(request);
	struct live_socket *socket;

	if (caller == NULL)
		return NULL;
	socket = calloc(1, sizeof(*socket));
	CHECK(socket != NULL && pthread_mutex_init(&socket->lock, NULL) == 0);
	socket->base.events = &events;
	socket->job.run = work;
	socket->api = request->api;
	socket->caller = caller;
	return socket;
}

static struct err *
reject(struct api_request *request, int status, const char *code, struct str message)
{
	request->outcome = "rejected";
	request->note = message;
	api_respond_error(request, status, code, message);
	return NULL;
}

struct err *
live_socket_answer(struct api_request *request)
{
	struct gate_refusal refusal = { .status = 0 };
	struct http_response *response = request->response;
	struct live_socket *socket;
	struct str reason;
	bool speaks;

	/* A browser lets any page open one, and sends the cookie with it. */
	if (!gate_is_same_origin(request, &refusal)) {
		gate_reject(request, &refusal);
		return NULL;
	}
	if (!http_websocket_accept(
		request->arena, request->http, GRAPHQL_WS_PROTOCOL, response, &speaks, &reason))
		return reject(request, response->status, "BAD_REQUEST", reason);
	if (!live_peer_is_room(request))
		return NULL;
	socket = create(request);
	if (socket == NULL)
		return reject(request, 431, "BAD_REQUEST", STR("the request has too many headers"));
	socket->speaks = speaks;
	response->take = take;
	response->take_context = socket;
	return NULL;
}
