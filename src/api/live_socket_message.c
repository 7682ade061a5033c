#include <stddef.h>
#include <stdlib.h>

#include "api/graphql_door.h"
#include "api/live_socket.h"

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

/* -- operations -- */

/* Called by live for one operation at a time, with locks of live's. */
static bool
on_next(void *who, struct hub_text *response)
{
	struct live_operation *operation = who;
	struct live_socket *socket = operation->socket;

	return hub_send(
	    socket->api->hub, socket->peer, operation->head, response, GRAPHQL_WS_NEXT_TAIL);
}

static void
on_end(void *who, enum live_end why)
{
	struct live_operation *operation = who;
	struct live_socket *socket = operation->socket;

	switch (why) {
	case LIVE_STOPPED:
		live_socket_close(socket, 1001, STR("the server is closing"));
		break;
	case LIVE_REMOVED:
		live_socket_close(socket, GRAPHQL_WS_FORBIDDEN, STR("you may not listen any more"));
		break;
	case LIVE_FAULT:
		lock(socket);
		operation->ended = true;
		live_socket_ask_for_work(socket);
		unlock(socket);
		break;
	}
}

static const struct live_sink sink = { on_next, on_end };

static struct live_operation *
create_operation(struct live_socket *socket, struct str id)
{
	char room[64 + 6 * GRAPHQL_WS_ID_BYTES_MAX];
	struct buf head = buf_over(room, sizeof(room)), bytes;
	struct live_operation *made;

	graphql_ws_write_next_head(&head, id);
	CHECK(!head.overflowed);
	made = calloc(1, sizeof(*made) + id.len + head.len);
	CHECK(made != NULL);
	bytes = buf_over(made->bytes, id.len + head.len);
	buf_str(&bytes, id);
	buf_str(&bytes, buf_view(&head));
	made->socket = socket;
	made->id = (struct str){ made->bytes, id.len };
	made->head = (struct str){ made->bytes + id.len, head.len };
	return made;
}

/* Have others know ${operation}, which listens. */
static void
add_operation(
    struct live_socket *socket, struct live_operation *operation, struct live_listener *listener)
{
	lock(socket);
	operation->listener = listener;
	operation->next = socket->operations;
	socket->operations = operation;
	socket->operation_count++;
	/* It may have been refused room, and there may be some since. */
	live_resume(listener);
	unlock(socket);
}

/* Take the operation ${id}, or when that is empty one that has ended, out of the list. */
static struct live_operation *
take_operation(struct live_socket *socket, struct str id)
{
	struct live_operation **at = &socket->operations, *taken;

	lock(socket);
	while (*at != NULL && !(str_empty(id) ? (*at)->ended : str_equal((*at)->id, id)))
		at = &(*at)->next;
	taken = *at;
	if (taken != NULL) {
		*at = taken->next;
		socket->operation_count--;
	}
	unlock(socket);
	return taken;
}

/* No response of ${operation} is sent after this. */
static void
cancel(struct live_operation *operation)
{
	live_cancel(operation->listener);
	free(operation);
}

void
live_socket_cancel_all(struct live_socket *socket)
{
	struct live_operation *operation;

	while ((operation = socket->operations) != NULL) {
		lock(socket);
		socket->operations = operation->next;
		unlock(socket);
		cancel(operation);
	}
}

/* Only jobs change the list, and there is one at a time. */
static bool
is_under_way(const struct live_socket *socket, struct str id)
{
	const struct live_operation *at = socket->operations;

	while (at != NULL && !str_equal(at->id, id))
		at = at->next;
	return at != NULL;
}

/* -- answers -- */

static void
say_error(struct live_socket *socket, struct arena *arena, struct str id, struct str errors)
{
	struct buf buf = buf_in(arena, 128 + 6 * id.len + errors.len);

	graphql_ws_write_error(&buf, id, errors);
	live_socket_say(socket, STR(""), buf_view(&buf), STR(""));
}

static void
say_complete(struct live_socket *socket, struct arena *arena, struct str id)
{
	struct buf buf = buf_in(arena, 128 + 6 * id.len);

	graphql_ws_write_complete(&buf, id);
	live_socket_say(socket, STR(""), buf_view(&buf), STR(""));
}

static void
say_next(struct live_socket *socket, struct arena *arena, struct str id, struct str response)
{
	struct buf head = buf_in(arena, 128 + 6 * id.len);

	graphql_ws_write_next_head(&head, id);
	live_socket_say(socket, buf_view(&head), response, GRAPHQL_WS_NEXT_TAIL);
}

bool
live_socket_end_one(struct live_socket *socket, struct arena *arena)
{
	struct live_operation *ended = take_operation(socket, STR(""));

	if (ended == NULL)
		return false;
	say_error(socket, arena, ended->id,
	    live_peer_error(arena, "UNAVAILABLE",
		STR("this could not go on now; subscribe again, after the last position that you "
		    "have")));
	cancel(ended);
	return true;
}

/* -- who asks -- */

/* One message that needs somebody to be let in. */
struct asking {
	struct live_socket *socket;
	struct http_request http;
	struct http_response response;
	struct api_request request;
	struct gate_principal principal;
};

static struct asking *
begin_asking(struct live_socket *socket, struct api_worker *worker, struct arena *arena)
{
	struct asking *asking = arena_new(arena, struct asking);

	/* The arena is fresh. */
	CHECK(asking != NULL);
	asking->socket = socket;
	live_caller_begin(
	    socket->caller, worker, arena, &asking->http, &asking->response, &asking->request);
	return asking;
}

static void
log_fault_of(struct asking *asking, const struct err *err)
{
	struct log_line line =
	    log_line(asking->socket->api->config.log, LOG_ERROR, "socket-operation");

	log_uuid(&line, "request", asking->request.id);
	log_fault(&line, err);
	log_emit(&line);
}

static void
log_refused(struct asking *asking, struct str id, struct str why)
{
	struct log_line line =
	    log_line(asking->socket->api->config.log, LOG_INFO, "socket-operation");

	asking->socket->refused++;
	log_text(&line, "outcome", STR("refused"));
	log_text(&line, "id", id);
	log_text(&line, "note", why);
	log_text(&line, "address", asking->request.address);
	if (!uuid_is_nil(asking->request.user))
		log_uuid(&line, "user", asking->request.user);
	log_uuid(&line, "request", asking->request.id);
	log_emit(&line);
}

/* What the gate has answered: {"error": {"code", "message"}}. */
static struct str
gate_word(struct asking *asking, struct str name)
{
	const struct json *body;
	struct str reason;

	if (!json_parse(asking->request.arena, asking->response.body, &body, &reason))
		return STR("");
	return json_text_or(json_find(body, STR("error")), name, STR(""));
}

/* How it went to let somebody in. */
enum entrance { LET_IN, LATER, NEVER };

/* ${*ret_why} has the code and the message of what is not let in. */
struct reason {
	struct str code, message;
};

static enum entrance
let_in(struct asking *asking, struct reason *ret_why)
{
	bool admitted = false;
	struct err *err = gate_admit(&asking->request, &admitted, &asking->principal);

	if (err == NULL && admitted)
		return LET_IN;
	if (err != NULL) {
		log_fault_of(asking, err);
		*ret_why = (struct reason){ STR("UNAVAILABLE"),
			STR("this could not be done now; try again in a moment") };
		return LATER;
	}
	*ret_why =
	    (struct reason){ gate_word(asking, STR("code")), gate_word(asking, STR("message")) };
	if (asking->response.status == 429)
		return LATER;
	if (asking->response.status == 401 || asking->response.status == 403)
		limits_charge_failure(&asking->request, false);
	return NEVER;
}

/* -- connection_init -- */

static void
note_who(struct live_socket *socket, const struct api_request *request)
{
	struct buf via = buf_over(socket->via, sizeof(socket->via) - 1);

	socket->user = request->user;
	socket->organisation = request->organisation;
	buf_str(&via, request->via);
	socket->via[via.len] = '\0';
}

static void
handle_init(struct live_socket *socket, struct api_worker *worker, struct arena *arena,
    const struct json *payload)
{
	struct live_caller *joined;
	struct asking *asking;
	struct reason why;
	struct str reason;
	struct buf ack = buf_in(arena, 64);

	socket->phase = GRAPHQL_WS_INITIALISED;
	joined = live_caller_join(socket->caller, payload, &reason);
	if (joined == NULL) {
		live_socket_close(socket, GRAPHQL_WS_BAD_MESSAGE, reason);
		return;
	}
	free(socket->caller);
	socket->caller = joined;
	hub_expect(socket->api->hub, socket->peer, 0, 0, NULL);
	asking = begin_asking(socket, worker, arena);
	switch (let_in(asking, &why)) {
	case LET_IN:
		socket->phase = GRAPHQL_WS_ACKNOWLEDGED;
		note_who(socket, &asking->request);
		graphql_ws_write_ack(&ack, STR(""));
		live_socket_say(socket, STR(""), buf_view(&ack), STR(""));
		return;
	case LATER:
		log_refused(asking, STR(""), why.code);
		live_socket_close(socket, 1013, why.message);
		return;
	case NEVER:
		log_refused(asking, STR(""), why.code);
		live_socket_close(socket, GRAPHQL_WS_FORBIDDEN, why.message);
		return;
	}
}

/* -- subscribe -- */

static void
listen_to(
    struct asking *asking, struct str id, const struct graphql_asked *asked, struct buf *response)
{
	struct live_socket *socket = asking->socket;
	struct live_operation *operation = create_operation(socket, id);
	struct arena *arena = asking->request.arena;
	struct live_listener *listener = NULL;
	struct err *err = live_subscribe(socket->api->live, &asking->request, &asking->principal,
	    &asked->request, &sink, operation, response, &listener);

	if (listener != NULL) {
		add_operation(socket, operation, listener);
		return;
	}
	free(operation);
	if (err != NULL) {
		log_fault_of(asking, err);
		say_error(socket, arena, id,
		    live_peer_error(arena, "UNAVAILABLE",
			STR("this could not be done now; try again in a moment")));
		return;
	}
	log_refused(asking, id, STR("no such subscription"));
	say_error(socket, arena, id, live_peer_errors(arena, buf_view(response)));
}

/* A query or a mutation: one response. */
static void
execute(struct asking *asking, struct str id, struct graphql_asked *asked, struct buf *response)
{
	struct live_socket *socket = asking->socket;
	struct arena *arena = asking->request.arena;
	enum graphql_outcome outcome = GRAPHQL_REQUEST_ERROR;
	struct err *err =
	    graphql_door_execute(&asking->request, &asking->principal, asked, response, &outcome);

	if (err != NULL) {
		log_fault_of(asking, err);
		say_error(socket, arena, id,
		    live_peer_error(arena, "UNAVAILABLE",
			STR("this could not be done now; try again in a moment with the same "
			    "idempotency key")));
	} else if (outcome == GRAPHQL_OK) {
		say_next(socket, arena, id, buf_view(response));
		say_complete(socket, arena, id);
	} else {
		log_refused(asking, id, STR("no valid operation"));
		say_error(socket, arena, id, live_peer_errors(arena, buf_view(response)));
	}
}

static void
answer(struct asking *asking, struct str id, struct graphql_asked *asked)
{
	const struct api *api = asking->socket->api;
	struct arena *arena = asking->request.arena;
	struct buf response =
	    buf_in(arena, (size_t)api->config.settings->graphql_response_bytes_max);

	asking->socket->operations_done++;
	if (!graphql_door_recall(&asking->request, asked, &response)) {
		say_error(asking->socket, arena, id, live_peer_errors(arena, buf_view(&response)));
		return;
	}
	if (graphql_door_kind(&asking->request, asked) == GRAPHQL_SUBSCRIPTION)
		listen_to(asking, id, asked, &response);
	else
		execute(asking, id, asked, &response);
}

static void
refuse_operation(struct asking *asking, struct str id, const char *code, struct str message)
{
	struct arena *arena = asking->request.arena;

	log_refused(asking, id, message);
	say_error(asking->socket, arena, id, live_peer_error(arena, code, message));
}

static void
handle_subscribe(struct live_socket *socket, struct api_worker *worker, struct arena *arena,
    const struct graphql_ws_message *message)
{
	struct asking *asking = begin_asking(socket, worker, arena);
	size_t most = (size_t)socket->api->config.settings->live_connection_operations_max;
	struct graphql_asked asked;
	struct str reason;
	struct reason why;

	if (is_under_way(socket, message->id)) {
		live_socket_close(socket, GRAPHQL_WS_ID_TAKEN,
		    arena_printf(
			arena, "Subscriber for %.*s already exists", STR_ARG(message->id)));
		return;
	}
	switch (let_in(asking, &why)) {
	case LET_IN:
		break;
	case LATER:
		refuse_operation(asking, message->id, arena_copy_z(arena, why.code), why.message);
		return;
	case NEVER:
		log_refused(asking, message->id, why.code);
		live_socket_close(socket, GRAPHQL_WS_FORBIDDEN, why.message);
		return;
	}
	if (!graphql_door_read(arena, message->payload, &asked, &reason))
		refuse_operation(asking, message->id, "BAD_REQUEST", reason);
	else if (socket->operation_count >= most)
		refuse_operation(asking, message->id, "LIMIT",
		    STR("too many subscriptions on this connection: complete some first"));
	else
		answer(asking, message->id, &asked);
}

/* -- messages -- */

static void
handle_ping(
    struct live_socket *socket, struct arena *arena, const struct json *payload, size_t length)
{
	struct buf json = buf_in(arena, 6 * length), pong = buf_in(arena, 64 + 6 * length);
	struct json_writer writer = json_writer(&json);

	if (payload != NULL)
		json_write_value(&writer, payload);
	graphql_ws_write_pong(&pong, buf_view(&json));
	live_socket_say(socket, STR(""), buf_view(&pong), STR(""));
}

void
live_socket_handle(
    struct live_socket *socket, struct api_worker *worker, struct arena *arena, struct str text)
{
	struct graphql_ws_message message;
	struct live_operation *operation;
	struct str reason;
	int code = GRAPHQL_WS_BAD_MESSAGE;

	if (graphql_ws_read(arena, text, &message, &reason))
		code = graphql_ws_admits(socket->phase, message.kind, &reason);
	if (code != 0) {
		live_socket_close(socket, code, reason);
		return;
	}
	switch (message.kind) {
	case GRAPHQL_WS_INIT:
		handle_init(socket, worker, arena, message.payload);
		return;
	case GRAPHQL_WS_SUBSCRIBE:
		handle_subscribe(socket, worker, arena, &message);
		return;
	case GRAPHQL_WS_COMPLETE:
		/* Of one that has just ended the client may not know yet. */
		operation = take_operation(socket, message.id);
		if (operation != NULL)
			cancel(operation);
		return;
	case GRAPHQL_WS_PING:
		handle_ping(socket, arena, message.payload, text.len);
		return;
	case GRAPHQL_WS_PONG:
		return;
	}
}
