#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/http_exchange.h"
#include "runtime/http_gate.h"

/*
 * A body over the limit is read and thrown away up to this many times the
 * limit, so that its sender gets to read why; beyond that it is cut off.
 */
#define DROPPED_LIMITS_MAX 16

#define BODY_BYTES_FIRST 4096

/* Of the headers that the configuration puts on every answer, with their NULs. */
#define PLAIN_HEADER_BYTES_MAX 4096

/* The version of libmicrohttpd whose way to parse http_gate.h speaks of. */
#define GATED_VERSION "0.9.75"

/*
 * What is under way on a connection.  libmicrohttpd 0.9.75 forgets a request without
 * saying so when not even the answer that refuses it fits into the connection's memory (a
 * thousand cookies will do); the connection itself is never forgotten.
 */
struct http_connection {
	struct http_exchange *exchange; /* NULL: none */
};

static struct http_connection *
connection_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	CHECK(info != NULL && info->socket_context != NULL);
	return info->socket_context;
}

/* Give ${fd} to who takes over, if anybody does. */
static void
give_away(struct http_exchange *exchange, int fd, struct str early)
{
	http_take_f take = exchange->take;

	exchange->take = NULL;
	if (take != NULL)
		take(exchange->take_context, fd, early);
}

static void
destroy(struct http_exchange *exchange)
{
	if (exchange == NULL)
		return;
	give_away(exchange, -1, STR(""));
	if (exchange->counted)
		http_server_forget(exchange->server);
	if (exchange->answer != NULL)
		MHD_destroy_response(exchange->answer);
	free(exchange->body.ptr);
	free(exchange->target);
	free(exchange);
}

void
http_exchange_on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http_connection *own = *socket_context;

	(void)context;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = calloc(1, sizeof(*own));
		CHECK(*socket_context != NULL);
		return;
	}
	destroy(own->exchange);
	free(own);
	*socket_context = NULL;
}

void *
http_exchange_on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct http_connection *own = connection_of(connection);
	struct http_exchange *exchange = calloc(1, sizeof(*exchange));

	CHECK(exchange != NULL);
	destroy(own->exchange);
	own->exchange = exchange;
	exchange->server = context;
	exchange->connection = connection;
	exchange->target_at = target;
	exchange->target = strdup(target);
	CHECK(exchange->target != NULL);
	return exchange;
}

void
http_exchange_on_completed(void *context, struct MHD_Connection *connection, void **request_context,
    enum MHD_RequestTerminationCode code)
{
	(void)context;
	(void)code;
	if (*request_context == NULL)
		return;
	connection_of(connection)->exchange = NULL;
	destroy(*request_context);
	*request_context = NULL;
}

/* -- answers -- */

static bool
add_header(struct MHD_Response *answer, const char *name, const char *value)
{
	return name != NULL && value != NULL &&
	       MHD_add_response_header(answer, name, value) == MHD_YES;
}

/* A header as libmicrohttpd takes it: two texts that end. */
static bool
add_header_of(struct MHD_Response *answer, const struct http_header *header, struct arena *arena)
{
	return add_header(
	    answer, arena_copy_z(arena, header->name), arena_copy_z(arena, header->value));
}

/* What every answer says, but for what ${response} has said already; it may be NULL. */
static bool
add_standing_headers(const struct http_exchange *exchange, struct MHD_Response *answer,
    const struct http_response *response, struct arena *arena)
{
	static const struct http_header own[] = {
		{ { "X-Content-Type-Options", 22 }, { "nosniff", 7 } },
		{ { "Cache-Control", 13 }, { "no-store", 8 } },
	};
	size_t configured, said_count = response == NULL ? 0 : response->header_count;
	const struct http_header *all = http_server_headers(exchange->server, &configured);
	bool added = true;

	for (size_t i = 0; i < configured + COUNT_OF(own) && added; i++) {
		const struct http_header *header = i < configured ? &all[i] : &own[i - configured];
		bool said = false;

		for (size_t j = 0; j < said_count && !said; j++)
			said = str_equal_nocase(response->headers[j].name, header->name);
		added = said || add_header_of(answer, header, arena);
	}
	return added;
}

/* An answer of our own.  ${why} is a literal. */
static void
answer_plainly(struct http_exchange *exchange, unsigned status, const char *why)
{
	struct MHD_Response *answer = MHD_create_response_from_buffer(
	    strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
	char memory[PLAIN_HEADER_BYTES_MAX];
	struct arena arena;

	arena_init(&arena, memory, sizeof(memory));
	CHECK(answer != NULL);
	CHECK(add_header(answer, "Content-Type", "text/plain; charset=utf-8"));
	CHECK(add_standing_headers(exchange, answer, NULL, &arena));
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		CHECK(add_header(answer, "Retry-After", "1"));
	exchange->answer = answer;
	exchange->status = status;
}

static enum MHD_Result
send_answer(struct http_exchange *exchange)
{
	return MHD_queue_response(exchange->connection, exchange->status, exchange->answer);
}

/* Answer ${why} and close: nothing that follows on this connection can be understood. */
static enum MHD_Result
refuse_and_close(struct http_exchange *exchange, unsigned status, const char *why)
{
	answer_plainly(exchange, status, why);
	CHECK(add_header(exchange->answer, "Connection", "close"));
	return send_answer(exchange);
}

/* The headers of ${response} on ${answer}; false when one of them cannot be written. */
static bool
add_headers(const struct http_exchange *exchange, struct MHD_Response *answer,
    const struct http_response *response, struct arena *arena)
{
	bool added = add_standing_headers(exchange, answer, response, arena);

	for (size_t i = 0; i < response->header_count && added; i++)
		added = add_header_of(answer, &response->headers[i], arena);
	if (added && !str_empty(response->content_type))
		added =
		    add_header(answer, "Content-Type", arena_copy_z(arena, response->content_type));
	if (added && response->close)
		added = add_header(answer, "Connection", "close");
	return added;
}

/*
 * -- giving the connection away --
 *
 * What libmicrohttpd holds for a connection (its memory of 32 KiB, its place among the
 * connections) is given back at once: the taker gets a second descriptor of the socket, and
 * libmicrohttpd closes its own.
 */

/* The head of a 101 is sent.  Closing is done without shutting the socket down. */
static void
on_upgrade(void *context, struct MHD_Connection *connection, void *request_context,
    const char *early, size_t early_length, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	int taken = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	(void)connection;
	(void)request_context;
	give_away(context, taken, (struct str){ early, early_length });
	(void)MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

/*
 * The head of a 200 is sent, and its body is asked for.  There is no such handing over in
 * libmicrohttpd, and it shuts down whatever it closes; so a socket of no use takes the
 * place of the one that is given away.  That must not happen while it polls the socket,
 * hence it is suspended.
 */
static ssize_t
on_stream(void *context, uint64_t position, char *into, size_t room)
{
	struct http_exchange *exchange = context;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	int taken;

	(void)position;
	(void)into;
	(void)room;
	if (exchange->take == NULL || info == NULL)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	MHD_suspend_connection(exchange->connection);
	taken = fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0);
	if (taken >= 0 &&
	    dup3(http_server_stand_in(exchange->server), info->connect_fd, O_CLOEXEC) < 0) {
		(void)close(taken);
		taken = -1;
	}
	give_away(exchange, taken, STR(""));
	MHD_resume_connection(exchange->connection);
	return 0;
}

/* The answer after which the connection is somebody else's, or NULL. */
static struct MHD_Response *
make_last_answer(struct http_exchange *exchange, int status)
{
	struct MHD_Response *answer;

	if (status == MHD_HTTP_SWITCHING_PROTOCOLS)
		return MHD_create_response_for_upgrade(on_upgrade, exchange);
	/* The block is for nothing that we write. */
	answer = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 64, on_stream, exchange, NULL);
	if (answer != NULL)
		(void)MHD_set_response_options(
		    answer, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return answer;
}

static struct MHD_Response *
make_answer(struct http_exchange *exchange, const struct http_response *response)
{
	exchange->take = response->take;
	exchange->take_context = response->take_context;
	if (response->take != NULL)
		return make_last_answer(exchange, response->status);
	return MHD_create_response_from_buffer(response->body.len,
	    (void *)(uintptr_t)(response->body.len == 0 ? "" : response->body.ptr),
	    MHD_RESPMEM_MUST_COPY);
}

void
http_exchange_answer(
    struct http_exchange *exchange, const struct http_response *response, struct arena *arena)
{
	struct MHD_Response *answer;

	CHECK(response->take != NULL ? response->status == MHD_HTTP_SWITCHING_PROTOCOLS ||
					   response->status == MHD_HTTP_OK
				     : response->status >= 200 && response->status <= 599);
	CHECK(response->header_count <= COUNT_OF(response->headers));
	answer = make_answer(exchange, response);
	if (answer != NULL && !arena_exhausted(arena) &&
	    add_headers(exchange, answer, response, arena)) {
		exchange->answer = answer;
		exchange->status = (unsigned)response->status;
		return;
	}
	if (answer != NULL)
		MHD_destroy_response(answer);
	give_away(exchange, -1, STR(""));
	answer_plainly(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR,
	    "The answer could not be made: it does not fit into the memory of a request.");
}

/* -- the head -- */

static enum MHD_Result
keep_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_length,
    const char *value, size_t value_length)
{
	struct http_exchange *exchange = context;

	(void)kind;
	if (exchange->header_count < HTTP_HEADERS_MAX)
		exchange->headers[exchange->header_count] =
		    (struct http_header){ { name, name_length }, { value, value_length } };
	exchange->header_count++;
	return MHD_YES;
}

static enum http_method
method_from(struct str name)
{
	static const struct {
		struct str name;
		enum http_method method;
	} table[] = {
		{ { "GET", 3 }, HTTP_GET },
		{ { "HEAD", 4 }, HTTP_HEAD },
		{ { "POST", 4 }, HTTP_POST },
		{ { "PUT", 3 }, HTTP_PUT },
		{ { "DELETE", 6 }, HTTP_DELETE },
		{ { "OPTIONS", 7 }, HTTP_OPTIONS },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (str_equal(table[i].name, name))
			return table[i].method;
	}
	return HTTP_OTHER;
}

static void
find_peer(struct http_exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
	const void *bytes;

	if (address == NULL)
		return;
	bytes = address->sa_family == AF_INET6
		    ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
		    : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
	(void)inet_ntop(address->sa_family, bytes, exchange->peer, sizeof(exchange->peer));
}

static void
fill_request(struct http_exchange *exchange, struct str method)
{
	struct http_request *request = &exchange->request;

	find_peer(exchange);
	request->method = method_from(method);
	request->method_name = method;
	request->query = str_from_z(exchange->target);
	request->path = str_cut(&request->query, '?');
	request->headers = exchange->headers;
	request->header_count = exchange->header_count;
	request->peer = str_from_z(exchange->peer);
}

/* Whether the announced body is so large that it is not worth reading. */
static bool
is_hopeless(const struct http_exchange *exchange)
{
	struct str length =
	    http_header_find(exchange->headers, exchange->header_count, STR("Content-Length"));
	int64_t bytes;

	return str_parse_i64(str_trim(length), &bytes) &&
	       (uint64_t)bytes / DROPPED_LIMITS_MAX > http_server_body_bytes_max(exchange->server);
}

static enum MHD_Result
take_head(struct http_exchange *exchange, const char *method, const char *version)
{
	struct http_head head = {
		.method = str_from_z(method),
		.target = { exchange->target_at, strlen(exchange->target) },
		.version = str_from_z(version),
		.headers = exchange->headers,
	};
	const char *why;

	(void)MHD_get_connection_values_n(
	    exchange->connection, MHD_HEADER_KIND, keep_header, exchange);
	if (exchange->header_count > HTTP_HEADERS_MAX)
		return refuse_and_close(exchange, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
		    "The request has too many headers.");
	head.header_count = exchange->header_count;
	if (strcmp(MHD_get_version(), GATED_VERSION) == 0 && !http_gate_is_contiguous(&head))
		return refuse_and_close(exchange, MHD_HTTP_BAD_REQUEST,
		    "The request's head has a NUL, a folded header, or a line that does not end "
		    "with CR LF.");
	head.target.ptr = exchange->target;
	why = http_gate_refuse(&head);
	if (why != NULL)
		return refuse_and_close(exchange, MHD_HTTP_BAD_REQUEST, why);
	if (is_hopeless(exchange))
		return refuse_and_close(
		    exchange, MHD_HTTP_CONTENT_TOO_LARGE, "The request's body is too large.");
	fill_request(exchange, head.method);
	return MHD_YES;
}

/* -- the body -- */

/* Room for ${more} bytes of body, within the limit. */
static bool
make_room(struct buf *body, size_t more, size_t limit)
{
	size_t size = body->limit == 0 ? BODY_BYTES_FIRST : body->limit;
	char *memory;

	if (more > limit || body->len > limit - more)
		return false;
	if (more <= body->limit - body->len)
		return true;
	while (size - body->len < more)
		size *= 2;
	memory = realloc(body->ptr, size);
	if (memory == NULL)
		return false;
	body->ptr = memory;
	body->limit = size;
	return true;
}

/*
 * Whether ${part}, where it was received, stands behind a line that ends with a
 * bare LF: the size of a chunk.  A part that begins no chunk stands behind the
 * NULs that libmicrohttpd 0.9.75 wrote over the end of the head.
 */
static bool
follows_bare_line_feed(struct str part)
{
	return strcmp(MHD_get_version(), GATED_VERSION) == 0 && part.ptr[-1] == '\n' &&
	       part.ptr[-2] != '\r';
}

static enum MHD_Result
take_body(struct http_exchange *exchange, struct str part)
{
	size_t limit = http_server_body_bytes_max(exchange->server);

	/* Too late for an answer; closing is all that can be done here. */
	if (follows_bare_line_feed(part))
		return MHD_NO;
	if (exchange->dropped == 0 && make_room(&exchange->body, part.len, limit)) {
		buf_str(&exchange->body, part);
		return MHD_YES;
	}
	exchange->dropped += part.len;
	return exchange->dropped / DROPPED_LIMITS_MAX > limit ? MHD_NO : MHD_YES;
}

/* The request is here as a whole. */
static enum MHD_Result
take_whole(struct http_exchange *exchange)
{
	if (exchange->dropped > 0)
		return refuse_and_close(
		    exchange, MHD_HTTP_CONTENT_TOO_LARGE, "The request's body is too large.");
	exchange->request.body = buf_view(&exchange->body);
	if (http_server_queue(exchange->server, exchange))
		return MHD_YES;
	answer_plainly(
	    exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "The server is busy; try again in a moment.");
	return send_answer(exchange);
}

enum MHD_Result
http_exchange_on_request(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
    void **request_context)
{
	struct http_exchange *exchange = *request_context;
	struct str part = { upload_data, *upload_data_size };

	(void)context;
	(void)connection;
	(void)url;
	if (!exchange->begun) {
		exchange->begun = true;
		return take_head(exchange, method, version);
	}
	if (part.len > 0) {
		*upload_data_size = 0;
		return take_body(exchange, part);
	}
	return exchange->answer == NULL ? take_whole(exchange) : send_answer(exchange);
}
