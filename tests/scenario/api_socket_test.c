#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "runtime/hub.h"
#include "support/door_world.h"
#include "support/websocket_client.h"

/*
 * Subscriptions over WebSockets and event streams, byte by byte.
 *
 * usage: api_socket_test mem|pg
 */

#define KEY     "dGhlIHNhbXBsZSBub25jZQ=="
#define INIT_MS 1500

/* The rules' own example (RFC 6455, 1.3). */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define HANDSHAKE                                                            \
	"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" \
	"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"   \
	"Sec-WebSocket-Key: " KEY "\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"

#define TIMELINE \
	"subscription($id:ID!,$after:Position){timeline(ecoId:$id,after:$after){position type}}"

/* -- a client -- */

static int
connect_to_server(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(api_port(server.api)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The head of the answer to ${head} and an empty line. */
static const char *
shake_hands(int fd, const char *head)
{
	struct buf buf = buf_in(arena, 8192);

	client_send_bytes(fd, str_from_z(head));
	client_send_bytes(fd, STR("\r\n"));
	while (buf.len < 4 || memcmp(buf.ptr + buf.len - 4, "\r\n\r\n", 4) != 0) {
		struct str byte = client_read_bytes(arena, fd, 1);

		if (byte.len == 0)
			break;
		buf_str(&buf, byte);
	}
	return arena_copy_z(arena, buf_view(&buf));
}

/* A WebSocket that has said nothing yet; ${headers} end with line ends. */
static int
open_socket(const char *headers)
{
	int fd = connect_to_server();

	assert_contains(
	    shake_hands(fd, print("%s%s%s", HANDSHAKE, PROTOCOL, headers)), "HTTP/1.1 101 ");
	return fd;
}

static void
init(int fd, const char *payload)
{
	client_send_text(fd, print("{\"type\":\"connection_init\",\"payload\":%s}", payload));
	assert_text(client_read_text(arena, fd), "{\"type\":\"connection_ack\"}");
}

/* A WebSocket of ${identity}, let in. */
static int
open_as(const char *identity)
{
	int fd = open_socket("");

	init(fd, print("{\"strike-development-identity\":\"%s\"}", identity));
	return fd;
}

static void
subscribe(int fd, const char *id, const char *query, const char *variables)
{
	client_send_text(
	    fd, print("{\"type\":\"subscribe\",\"id\":\"%s\",\"payload\":{\"query\":\"%s\","
		      "\"variables\":%s}}",
		    id, query, variables));
}

static const struct json *
read_json(int fd)
{
	struct str text = client_read_text(arena, fd), reason;
	const struct json *json;

	if (!json_parse(arena, text, &json, &reason))
		fail_msg("no JSON: %.*s", STR_ARG(text));
	return json;
}

/* The payload of the next message, which must be of ${type} and about ${id}. */
static const struct json *
expect(int fd, const char *type, const char *id)
{
	const struct json *json = read_json(fd), *payload;

	if (!str_equal(json_text_or(json, STR("type"), STR("")), str_from_z(type)))
		fail_msg("expected %s: %s", type, json_text(json));
	assert_text_at(json, "id", id);
	payload = json_find(json, STR("payload"));
	return payload;
}

static void
assert_ends(int fd, int code, const char *reason)
{
	struct str said;
	int got = client_read_end(arena, fd, &said);

	if (got != code || strstr(arena_copy_z(arena, said), reason) == NULL)
		fail_msg("closed with %d: %.*s", got, STR_ARG(said));
	(void)close(fd);
}

static void
await_nobody(void)
{
	while (hub_count(server.api->hub) > 0)
		(void)usleep(5000);
}

static const char *
of_eco(const char *eco)
{
	return print("{\"id\":\"%s\",\"after\":\"0\"}", eco);
}

static void
note(const char *eco, const char *text)
{
	assert_done(command(OPERATOR, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"%s\",\"visibility\":\"SHARED\"", eco, text)));
}

/* -- the handshake -- */

static void
a_handshake_is_answered_as_the_rules_have_it(void **state)
{
	int fd = connect_to_server();
	const char *head = shake_hands(fd, HANDSHAKE
	    "Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Protocol: x, graphql-transport-ws\r\n"
	    "Origin: http://localhost\r\n");

	(void)state;
	assert_contains(head, "HTTP/1.1 101 Switching Protocols\r\n");
	assert_contains(head, "\r\nUpgrade: websocket\r\n");
	assert_contains(head, "\r\nConnection: Upgrade\r\n");
	assert_contains(head, "\r\nSec-WebSocket-Accept: " ACCEPT "\r\n");
	assert_contains(head, "\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n");
	(void)close(fd);
}

static void
a_handshake_that_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *head, *status;
	} wrong[] = {
		{ "GET /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		  "Upgrade\r\n"
		  "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: " KEY "\r\n",
		    "HTTP/1.1 426 " },
		{ "GET /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		  "Upgrade\r\n"
		  "Sec-WebSocket-Key: " KEY "\r\n",
		    "HTTP/1.1 426 " },
		{ "GET /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		  "Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
		    "HTTP/1.1 400 " },
		{ "GET /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		  "Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\n",
		    "HTTP/1.1 400 " },
		{ "GET /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
		  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n",
		    "HTTP/1.1 400 " },
		{ HANDSHAKE "Upgrade: websocket\r\n", "HTTP/1.1 400 " },
		{ HANDSHAKE "Content-Length: 3\r\n", "HTTP/1.1 400 " },
		{ HANDSHAKE "Transfer-Encoding: chunked\r\n", "HTTP/1.1 400 " },
		{ "POST /graphql HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: "
		  "Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n",
		    "HTTP/1.1 400 " },
		{ HANDSHAKE PROTOCOL "Origin: https://elsewhere.example\r\n", "HTTP/1.1 403 " },
		{ HANDSHAKE PROTOCOL "Sec-Fetch-Site: cross-site\r\n", "HTTP/1.1 403 " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		int fd = connect_to_server();
		const char *head = shake_hands(fd, wrong[i].head);

		assert_contains(head, wrong[i].status);
		if (strstr(head, " 426 ") != NULL)
			assert_contains(head, "\r\nSec-WebSocket-Version: 13\r\n");
		(void)close(fd);
	}
	assert_int_equal(hub_count(server.api->hub), 0);
}

static void
another_protocol_is_not_spoken(void **state)
{
	int fd = connect_to_server();
	const char *head = shake_hands(fd, HANDSHAKE "Sec-WebSocket-Protocol: graphql-ws\r\n");

	(void)state;
	assert_contains(head, "HTTP/1.1 101 ");
	assert_lacks(head, "Sec-WebSocket-Protocol");
	assert_ends(fd, 4406, "Subprotocol not acceptable");
}

/* -- who is there -- */

static void
who_does_not_say_who_it_is_for_is_closed(void **state)
{
	int fd = open_socket("");

	(void)state;
	client_send_text(fd, "{\"type\":\"ping\"}");
	assert_text(client_read_text(arena, fd), "{\"type\":\"pong\"}");
	assert_ends(fd, 4408, "Connection initialisation timeout");
}

static void
who_is_let_in_stays(void **state)
{
	int fd = open_as(OPERATOR);

	(void)state;
	(void)usleep(INIT_MS * 1500);
	client_send_text(fd, "{\"type\":\"ping\",\"payload\":{\"n\":[1,null,\"x\"]}}");
	assert_text(
	    client_read_text(arena, fd), "{\"type\":\"pong\",\"payload\":{\"n\":[1,null,\"x\"]}}");
	client_send_close(fd, 1000);
	assert_ends(fd, 1000, "");
}

static void
who_is_nobody_is_not_let_in(void **state)
{
	static const char *const payloads[] = {
		"null",
		"{}",
		"{\"Strike-Development-Identity\":\"nobody@lone-star-noc\"}",
		"{\"Authorization\":\"Bearer strike_no_such_token\"}",
		"{\"Strike-Development-Identity\":\"" OPERATOR "\",\"Strike-Organisation\":"
		"\"gulf-coast-noc\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		int fd = open_socket("");

		client_send_text(
		    fd, print("{\"type\":\"connection_init\",\"payload\":%s}", payloads[i]));
		assert_ends(fd, 4403, "");
	}
}

static void
what_cannot_stand_in_a_header_is_refused(void **state)
{
	static const char *const payloads[] = {
		"{\"Authorization\":\"Bearer a\\r\\nX: b\"}",
		"{\"Authorization\":1}",
		"{\"Authorization\":\"Bearer a\",\"authorization\":\"Bearer b\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		int fd = open_socket("");

		client_send_text(
		    fd, print("{\"type\":\"connection_init\",\"payload\":%s}", payloads[i]));
		assert_ends(fd, 4400, "connection_init");
	}
}

static void
headers_of_the_request_say_who_it_is_too(void **state)
{
	int fd = open_socket("Strike-Development-Identity: " OPERATOR "\r\n");

	(void)state;
	client_send_text(fd, "{\"type\":\"connection_init\"}");
	assert_text(client_read_text(arena, fd), "{\"type\":\"connection_ack\"}");
	subscribe(fd, "1", "{viewer{user}}", "null");
	assert_text_at(expect(fd, "next", "1"), "data.viewer.user", "operator");
	(void)expect(fd, "complete", "1");
	(void)close(fd);
}

static void
a_browser_is_known_by_its_cookie_on_our_own_pages_only(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	int fd = open_socket(print("Cookie: %s\r\nOrigin: http://localhost\r\n", browser.cookie));

	(void)state;
	init(fd, "{\"Strike-Organisation\":\"lone-star-noc\"}");
	(void)close(fd);
	fd = connect_to_server();
	assert_contains(shake_hands(fd, print("%s%sCookie: %s\r\nOrigin: https://evil.example\r\n",
					    HANDSHAKE, PROTOCOL, browser.cookie)),
	    "HTTP/1.1 403 ");
	(void)close(fd);
}

/* -- messages -- */

static void
what_breaks_the_protocol_closes_with_its_code(void **state)
{
	static const struct {
		const char *text;
		int code;
	} wrong[] = {
		{ "nonsense", 4400 },
		{ "{\"type\":\"subscribe\",\"id\":\"1\"}", 4400 },
		{ "{\"type\":\"connection_ack\"}", 4400 },
		{ "{\"type\":\"connection_init\"}", 4429 },
	};
	int fd;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		fd = open_as(OPERATOR);
		client_send_text(fd, wrong[i].text);
		assert_ends(fd, wrong[i].code, "");
	}
	fd = open_socket("");
	subscribe(fd, "1", "{viewer{user}}", "null");
	assert_ends(fd, 4401, "Unauthorized");
}

static void
queries_and_commands_are_answered_in_order(void **state)
{
	int fd = open_as(OPERATOR);

	(void)state;
	for (int i = 0; i < 40; i++)
		subscribe(fd, print("q%d", i), "{viewer{user organisation{handle}}}", "null");
	for (int i = 0; i < 40; i++) {
		assert_text_at(expect(fd, "next", print("q%d", i)),
		    "data.viewer.organisation.handle", "lone-star-noc");
		(void)expect(fd, "complete", print("q%d", i));
	}
	(void)close(fd);
}

static void
what_is_no_valid_operation_is_an_error_of_that_operation(void **state)
{
	int fd = open_as(OPERATOR);
	const struct json *errors;

	(void)state;
	subscribe(fd, "a", "{nothing}", "null");
	errors = expect(fd, "error", "a");
	assert_text_at(errors, "0.extensions.code", "GRAPHQL_VALIDATION_FAILED");
	subscribe(fd, "b", "{", "null");
	assert_text_at(expect(fd, "error", "b"), "0.extensions.code", "GRAPHQL_PARSE_FAILED");
	subscribe(fd, "c", TIMELINE, "{\"id\":\"019a0000-0000-7000-8000-000000000000\"}");
	assert_text_at(expect(fd, "error", "c"), "0.extensions.code", "NOT_FOUND");
	client_send_text(fd, "{\"type\":\"subscribe\",\"id\":\"d\",\"payload\":{\"query\":7}}");
	assert_text_at(expect(fd, "error", "d"), "0.extensions.code", "BAD_REQUEST");
	/* It goes on. */
	subscribe(fd, "a", "{viewer{user}}", "null");
	assert_text_at(expect(fd, "next", "a"), "data.viewer.user", "operator");
	(void)close(fd);
}

static void
a_subscription_tells_what_happens_until_it_is_completed(void **state)
{
	const char *eco = created((struct create){ 0 });
	size_t before = timeline(OPERATOR, eco)->list.count;
	int fd = open_as(OPERATOR), other = open_as(DISPATCHER);

	(void)state;
	subscribe(fd, "t", TIMELINE, of_eco(eco));
	subscribe(other, "t", TIMELINE, of_eco(eco));
	for (size_t i = 0; i < before; i++)
		(void)expect(fd, "next", "t");
	note(eco, "told");
	assert_text_at(expect(fd, "next", "t"), "data.timeline.type", "NoteAdded");
	client_send_text(fd, "{\"type\":\"complete\",\"id\":\"t\"}");
	client_send_text(fd, "{\"type\":\"ping\"}");
	assert_text(client_read_text(arena, fd), "{\"type\":\"pong\"}");
	note(eco, "not told");
	subscribe(fd, "t", "{viewer{user}}", "null");
	assert_text_at(expect(fd, "next", "t"), "data.viewer.user", "operator");
	(void)expect(fd, "complete", "t");
	(void)close(fd);
	(void)close(other);
	await_nobody();
}

static void
an_id_is_taken_while_its_operation_is_under_way(void **state)
{
	const char *eco = created((struct create){ 0 });
	int fd = open_as(OPERATOR);

	(void)state;
	subscribe(fd, "same", TIMELINE, of_eco(eco));
	subscribe(fd, "same", "{viewer{user}}", "null");
	assert_ends(fd, 4409, "Subscriber for same already exists");
}

static void
a_connection_has_so_many_subscriptions(void **state)
{
	const char *variables = print("{\"id\":\"%s\"}", created((struct create){ 0 }));
	int fd = open_as(OPERATOR);
	size_t most = (size_t)server.settings.live_connection_operations_max;

	(void)state;
	for (size_t i = 0; i < most; i++)
		subscribe(fd, print("%zu", i), TIMELINE, variables);
	subscribe(fd, "more", TIMELINE, variables);
	assert_text_at(expect(fd, "error", "more"), "0.extensions.code", "LIMIT");
	client_send_text(fd, "{\"type\":\"complete\",\"id\":\"0\"}");
	subscribe(fd, "query", "{viewer{user}}", "null");
	(void)expect(fd, "next", "query");
	(void)expect(fd, "complete", "query");
	(void)close(fd);
}

static void
who_asks_more_than_can_wait_is_closed(void **state)
{
	int fd = open_socket("");

	(void)state;
	client_send_text(fd,
	    "{\"type\":\"connection_init\",\"payload\":{\"Strike-Development-Identity\":"
	    "\"" OPERATOR "\"}}");
	for (int i = 0; i < 20000; i++)
		client_send_text(fd, "{\"type\":\"ping\"}");
	assert_ends(fd, 1008, "too many messages wait");
}

/* -- the end -- */

static void
who_may_listen_no_more_is_closed(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *secret = print("strike_%s", new_key());
	struct uuid token;
	int fd = open_socket(""), stays = open_as(OPERATOR);

	(void)state;
	token = issue_token(OPERATOR, secret, "read", 3600);
	init(fd, print("{\"Authorization\":\"Bearer %s\"}", secret));
	subscribe(fd, "1", TIMELINE, of_eco(eco));
	subscribe(stays, "1", TIMELINE, of_eco(eco));
	(void)expect(fd, "next", "1");
	(void)expect(stays, "next", "1");
	revoke_token(token);
	assert_ends(fd, 4403, "you may not listen any more");
	client_send_text(stays, "{\"type\":\"complete\",\"id\":\"1\"}");
	(void)close(stays);
}

static void
a_token_that_is_revoked_is_no_good_for_the_next_question_either(void **state)
{
	const char *secret = print("strike_%s", new_key());
	struct uuid token = issue_token(OPERATOR, secret, "read", 3600);
	int fd = open_socket("");

	(void)state;
	init(fd, print("{\"Authorization\":\"Bearer %s\"}", secret));
	subscribe(fd, "1", "{viewer{user}}", "null");
	(void)expect(fd, "next", "1");
	(void)expect(fd, "complete", "1");
	revoke_token(token);
	subscribe(fd, "2", "{viewer{user}}", "null");
	assert_ends(fd, 4403, "");
}

static void
listeners_that_vanish_leave_nothing_behind(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	for (int i = 0; i < 30; i++) {
		int fd = open_as(OPERATOR);

		subscribe(fd, "1", TIMELINE, of_eco(eco));
		if (i % 3 == 0)
			(void)expect(fd, "next", "1");
		if (i % 2 == 0)
			note(eco, "meanwhile");
		(void)close(fd);
	}
	await_nobody();
}

/* -- event streams -- */

#define STREAM_HEAD                                                                  \
	"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" \
	"Content-Type: application/json\r\nStrike-Development-Identity: " OPERATOR "\r\n"

static int
open_stream(const char *query, const char *variables, const char **ret_head)
{
	const char *body = print("{\"query\":\"%s\",\"variables\":%s}", query, variables);
	int fd = connect_to_server();

	*ret_head = shake_hands(
	    fd, print("%sContent-Length: %zu\r\n\r\n%s", STREAM_HEAD, strlen(body), body));
	return fd;
}

/* Read one event: "event: next\ndata: ...". */
static const char *
read_event(int fd)
{
	struct buf buf = buf_in(arena, 65536);

	for (;;) {
		struct str byte = client_read_bytes(arena, fd, 1);

		if (byte.len == 0)
			return arena_copy_z(arena, buf_view(&buf));
		buf_str(&buf, byte);
		if (buf.len < 2 || memcmp(buf.ptr + buf.len - 2, "\n\n", 2) != 0)
			continue;
		if (buf.ptr[0] != ':')
			return arena_copy_z(arena, buf_view(&buf));
		buf.len = 0;
	}
}

static void
a_stream_tells_what_happens(void **state)
{
	const char *eco = created((struct create){ 0 }), *head;
	size_t before = timeline(OPERATOR, eco)->list.count;
	int fd = open_stream(TIMELINE, of_eco(eco), &head);

	(void)state;
	assert_contains(head, "HTTP/1.1 200 OK\r\n");
	assert_contains(head, "\r\nContent-Type: text/event-stream; charset=utf-8\r\n");
	assert_contains(head, "\r\nCache-Control: no-store\r\n");
	assert_contains(head, "\r\nX-Content-Type-Options: nosniff\r\n");
	assert_contains(head, "\r\nContent-Security-Policy: ");
	assert_lacks(head, "Transfer-Encoding");
	for (size_t i = 0; i < before; i++)
		assert_contains(read_event(fd), "event: next\ndata: {\"data\":{\"timeline\":");
	note(eco, "told");
	assert_contains(read_event(fd), "\"type\":\"NoteAdded\"");
	(void)close(fd);
	await_nobody();
}

static void
a_query_is_a_stream_of_one(void **state)
{
	const char *head;
	int fd = open_stream("{viewer{user}}", "null", &head);

	(void)state;
	assert_contains(head, "\r\nContent-Type: text/event-stream; charset=utf-8\r\n");
	assert_contains(
	    read_event(fd), "event: next\ndata: {\"data\":{\"viewer\":{\"user\":\"operator\"}}");
	assert_string_equal(read_event(fd), "event: complete\ndata:\n\n");
	(void)close(fd);
}

static void
what_cannot_be_streamed_is_refused_before_it_begins(void **state)
{
	const char *head;
	int fd = open_stream("{nothing}", "null", &head);

	(void)state;
	assert_contains(head, "HTTP/1.1 400 ");
	assert_contains(head, "\r\nContent-Type: application/json; charset=utf-8\r\n");
	(void)close(fd);
	fd = open_stream(TIMELINE, "{\"id\":\"019a0000-0000-7000-8000-000000000000\"}", &head);
	assert_contains(head, "HTTP/1.1 400 ");
	(void)close(fd);
	fd = connect_to_server();
	assert_contains(
	    shake_hands(fd, "GET /graphql?query=%7Bviewer%7Buser%7D%7D HTTP/1.1\r\nHost: h\r\n"
			    "Accept: text/event-stream\r\n"),
	    "HTTP/1.1 401 ");
	(void)close(fd);
}

static void
a_stream_ends_when_its_listener_may_listen_no_more(void **state)
{
	const char *eco = created((struct create){ 0 }), *event;
	const char *secret = print("strike_%s", new_key());
	struct uuid token = issue_token(OPERATOR, secret, "read", 3600);
	const char *body = print("{\"query\":\"%s\",\"variables\":{\"id\":\"%s\"}}", TIMELINE, eco);
	int fd = connect_to_server();

	(void)state;
	assert_contains(
	    shake_hands(fd,
		print("POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
		      "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
		      "Content-Length: %zu\r\n\r\n%s",
		    secret, strlen(body), body)),
	    "HTTP/1.1 200 ");
	revoke_token(token);
	event = read_event(fd);
	assert_contains(event, "you may not listen any more");
	assert_string_equal(read_event(fd), "event: complete\ndata:\n\n");
	assert_string_equal(read_event(fd), "");
	(void)close(fd);
}

/* -- the server stops -- */

static void
a_server_that_stops_tells_everybody(void **state)
{
	const char *eco = created((struct create){ 0 }), *head;
	int fd = open_as(OPERATOR), silent = open_socket("");
	int stream = open_stream(TIMELINE, print("{\"id\":\"%s\"}", eco), &head);

	(void)state;
	subscribe(fd, "1", TIMELINE, of_eco(eco));
	(void)expect(fd, "next", "1");
	api_stop(server.api);
	server.api = NULL;
	assert_ends(fd, 1001, "");
	assert_ends(silent, 1001, "");
	assert_string_equal(read_event(stream), "");
	(void)close(stream);
}

static void
adjust(struct server_world *world)
{
	world->settings.live_init_ms = INIT_MS;
	world->settings.live_connection_operations_max = 5;
	world->settings.limit_address_burst = 100000;
	world->settings.limit_user_burst = 100000;
	world->settings.limit_organisation_burst = 100000;
}

static int
set_up(void **state)
{
	(void)state;
	api_world_begin_as(&(struct server_world_options){ .adjust = adjust });
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_handshake_is_answered_as_the_rules_have_it),
		API_TEST(a_handshake_that_is_wrong_is_refused),
		API_TEST(another_protocol_is_not_spoken),
		API_TEST(who_does_not_say_who_it_is_for_is_closed),
		API_TEST(who_is_let_in_stays),
		API_TEST(who_is_nobody_is_not_let_in),
		API_TEST(what_cannot_stand_in_a_header_is_refused),
		API_TEST(headers_of_the_request_say_who_it_is_too),
		API_TEST(a_browser_is_known_by_its_cookie_on_our_own_pages_only),
		API_TEST(what_breaks_the_protocol_closes_with_its_code),
		API_TEST(queries_and_commands_are_answered_in_order),
		API_TEST(what_is_no_valid_operation_is_an_error_of_that_operation),
		API_TEST(a_subscription_tells_what_happens_until_it_is_completed),
		API_TEST(an_id_is_taken_while_its_operation_is_under_way),
		API_TEST(a_connection_has_so_many_subscriptions),
		API_TEST(who_asks_more_than_can_wait_is_closed),
		API_TEST(who_may_listen_no_more_is_closed),
		API_TEST(a_token_that_is_revoked_is_no_good_for_the_next_question_either),
		API_TEST(listeners_that_vanish_leave_nothing_behind),
		API_TEST(a_stream_tells_what_happens),
		API_TEST(a_query_is_a_stream_of_one),
		API_TEST(what_cannot_be_streamed_is_refused_before_it_begins),
		API_TEST(a_stream_ends_when_its_listener_may_listen_no_more),
		API_TEST(a_server_that_stops_tells_everybody),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, set_up, api_world_end);
}
