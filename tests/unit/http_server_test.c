#include "support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/http_server.h"

/* Long enough for a slow machine; nothing waits for all of it when the server is right. */
#define PATIENCE_MS 20000

#define BODY_BYTES_MAX  1000
#define CONNECTIONS_MAX 100

/* -- the server under test: echoes, and stops at a gate when asked to -- */

static struct http_server *server;
static struct arena *arena;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned handled, held;
static bool gate_is_shut;

static void
hold_at_gate(void)
{
	pthread_mutex_lock(&lock);
	held++;
	pthread_cond_broadcast(&changed);
	while (gate_is_shut)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* -- who takes connections over -- */

static int taken_fd;
static unsigned taken_count;
static char taken_early[64];

static void
take(void *context, int fd, struct str early)
{
	assert_ptr_equal(context, &taken_fd);
	pthread_mutex_lock(&lock);
	taken_fd = fd;
	taken_count++;
	(void)snprintf(taken_early, sizeof(taken_early), "%.*s", STR_ARG(early));
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* The socket that was taken as number ${count}; -1 when its client was gone. */
static int
await_taken(unsigned count)
{
	int fd;

	pthread_mutex_lock(&lock);
	while (taken_count < count)
		pthread_cond_wait(&changed, &lock);
	fd = taken_fd;
	pthread_mutex_unlock(&lock);
	return fd;
}

static void
hand_over(const struct http_request *request, struct http_response *ret)
{
	bool upgrade = str_equal(request->path, STR("/upgrade"));

	ret->status = upgrade ? 101 : 200;
	ret->headers[ret->header_count++] =
	    upgrade ? (struct http_header){ STR("Upgrade"), STR("websocket") }
		    : (struct http_header){ STR("X-Stream"), STR("yes") };
	if (str_equal(request->path, STR("/stream-unwritable")))
		ret->headers[ret->header_count++] =
		    (struct http_header){ STR("X-Bad"), STR("a\r\nSet-Cookie: b") };
	ret->take = take;
	ret->take_context = &taken_fd;
}

static void
echo(void *worker, const struct http_request *request, struct arena *memory,
    struct http_response *ret)
{
	(void)worker;
	pthread_mutex_lock(&lock);
	handled++;
	pthread_mutex_unlock(&lock);
	if (str_equal(request->path, STR("/hold")))
		hold_at_gate();
	if (str_equal(request->path, STR("/exhaust")))
		(void)arena_copy(memory, (struct str){ "", SIZE_MAX / 2 });
	http_respond_text(ret, 200,
	    arena_printf(memory, "%d %.*s path=%.*s query=%.*s body=%.*s from=%.*s test=%.*s",
		(int)request->method, STR_ARG(request->method_name), STR_ARG(request->path),
		STR_ARG(request->query), STR_ARG(request->body), STR_ARG(request->peer),
		STR_ARG(http_header_find(request->headers, request->header_count, STR("x-test")))));
	if (str_equal(request->path, STR("/upgrade")) ||
	    str_starts_with(request->path, STR("/stream")))
		hand_over(request, ret);
	if (str_equal(request->path, STR("/close")))
		ret->close = true;
	if (str_equal(request->path, STR("/unwritable")))
		ret->headers[ret->header_count++] =
		    (struct http_header){ STR("X-Bad"), STR("a\r\nSet-Cookie: b") };
}

static void
start(unsigned workers, unsigned queue_max)
{
	struct http_server_config config = {
		.address = "127.0.0.1",
		.io_threads = 1,
		.workers = workers,
		.queue_max = queue_max,
		.connections_max = CONNECTIONS_MAX,
		.body_bytes_max = BODY_BYTES_MAX,
		.arena_bytes = 65536,
		.idle_timeout_s = 60,
		.handler = echo,
	};

	handled = held = taken_count = 0;
	gate_is_shut = true;
	arena = arena_create(65536);
	assert_null(http_server_start(arena, &config, &server));
}

static void
open_gate(void)
{
	pthread_mutex_lock(&lock);
	gate_is_shut = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
await_held(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (held < count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static int
set_up(void **state)
{
	(void)state;
	start(2, 16);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	open_gate();
	http_server_stop(server);
	arena_destroy(arena);
	return 0;
}

/* -- a client that writes exactly the bytes it is told to -- */

static int
connect_raw(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	address.sin_port = htons(http_server_port(server));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
send_raw(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		/* The server may have refused and closed before everything was written. */
		if (sent <= 0)
			return;
		bytes = (struct str){ bytes.ptr + sent, bytes.len - (size_t)sent };
	}
}

static char received[262144];

/* What arrives until ${until} has, or until the peer closes when it is NULL.  Never forever. */
static const char *
receive_until(int fd, const char *until)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t length = 0;

	received[0] = '\0';
	while (until == NULL || strstr(received, until) == NULL) {
		ssize_t got;

		if (poll(&ready, 1, PATIENCE_MS) != 1)
			fail_msg("the server neither answered nor closed; so far: %s", received);
		got = recv(fd, received + length, sizeof(received) - 1 - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		received[length] = '\0';
	}
	return received;
}

/* Everything that is answered to ${bytes} when the connection is closed by the server. */
static const char *
answer_and_close(struct str bytes)
{
	int fd = connect_raw();

	send_raw(fd, bytes);
	(void)receive_until(fd, NULL);
	close(fd);
	return received;
}

/* The answer to ${bytes}, on a connection that stays open until it contains ${until}. */
static const char *
answer_with(struct str bytes, const char *until)
{
	int fd = connect_raw();

	send_raw(fd, bytes);
	(void)receive_until(fd, until);
	close(fd);
	return received;
}

/* -- ordinary requests -- */

static void
a_request_is_answered(void **state)
{
	const char *answer = answer_with(
	    STR("GET /a%20b/../c?x=%31&y HTTP/1.1\r\nHost: strike\r\nX-Test:  v w \r\n\r\n"),
	    "test=");

	(void)state;
	assert_contains(answer, "HTTP/1.1 200 OK\r\n");
	assert_contains(answer, "GET path=/a%20b/../c query=x=%31&y body= from=127.0.0.1 test=v w");
	assert_contains(answer, "X-Content-Type-Options: nosniff\r\n");
	assert_contains(answer, "Cache-Control: no-store\r\n");
	assert_contains(answer, "Content-Type: text/plain; charset=utf-8\r\n");
	assert_contains(answer, "Date: ");
}

static void
a_body_arrives_whole(void **state)
{
	(void)state;
	assert_contains(
	    answer_with(
		STR("POST /p HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhello"), "from="),
	    "POST path=/p query= body=hello from");
}

static void
a_chunked_body_arrives_whole(void **state)
{
	(void)state;
	assert_contains(
	    answer_with(STR("POST /p HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: Chunked\r\n\r\n"
			    "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"),
		"from="),
	    "body=hello from");
}

static void
a_request_may_arrive_a_byte_at_a_time(void **state)
{
	static const char *const requests[] = {
		"POST /slow HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\n\n\nx",
		"POST /slow HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\n\n\n\r\n1\r\nx\r\n0\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		int fd = connect_raw();

		for (const char *at = requests[i]; *at != '\0'; at++) {
			send_raw(fd, (struct str){ at, 1 });
			usleep(300);
		}
		assert_contains(receive_until(fd, "from="), "path=/slow query= body=\n\nx from");
		close(fd);
	}
}

static void
a_connection_serves_one_request_after_another(void **state)
{
	int fd = connect_raw();

	(void)state;
	for (int i = 0; i < 5; i++) {
		send_raw(fd, STR("POST /again HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nhi"));
		assert_contains(receive_until(fd, "test="), "HTTP/1.1 200 OK\r\n");
		assert_lacks(received, "Connection: close");
	}
	close(fd);
	assert_int_equal(handled, 5);
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	const char *answer =
	    answer_and_close(STR("GET /1 HTTP/1.1\r\nHost: s\r\n\r\n"
				 "POST /2 HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc"
				 "GET /close HTTP/1.1\r\nHost: s\r\n\r\n"));
	const char *one = strstr(answer, "path=/1"),
		   *two = strstr(answer, "path=/2 query= body=abc");
	const char *three = strstr(answer, "path=/close");

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	assert_non_null(three);
	assert_true(one < two && two < three);
}

static void
a_handler_may_close_the_connection(void **state)
{
	(void)state;
	assert_contains(answer_and_close(STR("GET /close HTTP/1.1\r\nHost: s\r\n\r\n")),
	    "Connection: close\r\n");
}

static void
head_is_answered_without_a_body(void **state)
{
	const char *answer =
	    answer_and_close(STR("HEAD /h HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n"));

	(void)state;
	assert_contains(answer, "HTTP/1.1 200 OK\r\n");
	assert_contains(answer, "Content-Length: ");
	assert_lacks(answer, "Content-Length: 0\r\n");
	assert_lacks(answer, "path=/h");
}

static void
an_unknown_method_reaches_the_handler(void **state)
{
	char expected[32];

	(void)state;
	(void)snprintf(expected, sizeof(expected), "%d PATCH path=/m", HTTP_OTHER);
	assert_contains(
	    answer_with(STR("PATCH /m HTTP/1.1\r\nHost: s\r\n\r\n"), "test="), expected);
}

static void
a_client_that_expects_100_is_told_to_continue(void **state)
{
	int fd = connect_raw();

	(void)state;
	send_raw(fd, STR("POST /e HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n"
			 "Expect: 100-continue\r\n\r\n"));
	assert_contains(receive_until(fd, "\r\n\r\n"), "100 Continue");
	send_raw(fd, STR("ok"));
	assert_contains(receive_until(fd, "test="), "body=ok from");
	close(fd);
}

static void
http_1_0_needs_no_host_and_is_closed(void **state)
{
	(void)state;
	assert_contains(answer_and_close(STR("GET /old HTTP/1.0\r\n\r\n")), "path=/old");
}

static void
long_headers_that_arrive_in_parts_are_taken(void **state)
{
	char part[1001];
	int fd = connect_raw();

	(void)state;
	memset(part, 'a', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	send_raw(fd, STR("GET /long HTTP/1.1\r\nHost: s\r\n"));
	for (int i = 0; i < 5; i++) {
		char line[1100];

		(void)snprintf(line, sizeof(line), "X-Part-%d: %s\r\n", i, part);
		send_raw(fd, str_from_z(line));
		usleep(2000);
	}
	send_raw(fd, STR("X-Test: end\r\n\r\n"));
	assert_contains(
	    receive_until(fd, "test="), "path=/long query= body= from=127.0.0.1 test=end");
	close(fd);
}

/* -- limits -- */

static const char *
answer_to_body_of(size_t length, bool chunked)
{
	static char request[BODY_BYTES_MAX * 40];
	struct buf buf = buf_over(request, sizeof(request));

	if (chunked)
		buf_printf(&buf,
		    "POST /b HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
		    length);
	else
		buf_printf(
		    &buf, "POST /b HTTP/1.1\r\nHost: s\r\nContent-Length: %zu\r\n\r\n", length);
	for (size_t i = 0; i < length; i++)
		buf_char(&buf, 'b');
	buf_str(&buf, chunked ? STR("\r\n0\r\n\r\n") : STR(""));
	assert_false(buf.overflowed);
	return answer_with(buf_view(&buf), "\r\n\r\n");
}

static void
a_body_of_the_largest_size_is_taken(void **state)
{
	(void)state;
	assert_contains(answer_to_body_of(BODY_BYTES_MAX, false), "200 OK");
	assert_contains(answer_to_body_of(BODY_BYTES_MAX, true), "200 OK");
}

static void
a_larger_body_is_413(void **state)
{
	(void)state;
	assert_contains(answer_to_body_of(BODY_BYTES_MAX + 1, false), "HTTP/1.1 413 ");
	assert_contains(answer_to_body_of(BODY_BYTES_MAX + 1, true), "HTTP/1.1 413 ");
	assert_int_equal(handled, 0);
}

static void
a_body_that_is_announced_far_too_large_is_413_before_it_comes(void **state)
{
	(void)state;
	assert_contains(answer_and_close(STR("POST /b HTTP/1.1\r\nHost: s\r\n"
					     "Content-Length: 99999999999\r\n\r\n")),
	    "HTTP/1.1 413 ");
}

static void
headers_over_the_limit_are_431(void **state)
{
	static char request[HTTP_SERVER_HEADER_BYTES_MAX * 2];
	struct buf buf = buf_over(request, sizeof(request));

	(void)state;
	buf_str(&buf, STR("GET /h HTTP/1.1\r\nHost: s\r\nX-Long: "));
	while (buf.len < HTTP_SERVER_HEADER_BYTES_MAX + 100)
		buf_char(&buf, 'h');
	buf_str(&buf, STR("\r\n\r\n"));
	assert_contains(answer_and_close(buf_view(&buf)), "HTTP/1.1 431 ");
	assert_int_equal(handled, 0);
}

static void
cookies_without_end_do_no_harm(void **state)
{
	static char request[HTTP_SERVER_HEADER_BYTES_MAX];
	struct buf buf = buf_over(request, sizeof(request));

	(void)state;
	/* libmicrohttpd makes a list of them, in the memory of the connection. */
	buf_str(&buf, STR("GET /h HTTP/1.1\r\nHost: s\r\nCookie: "));
	while (buf.len < HTTP_SERVER_HEADER_BYTES_MAX / 3)
		buf_str(&buf, STR("a=b;"));
	buf_str(&buf, STR("\r\n\r\n"));
	for (int i = 0; i < 3; i++)
		(void)answer_and_close(buf_view(&buf));
	assert_int_equal(handled, 0);
}

static void
too_many_headers_are_431(void **state)
{
	static char request[HTTP_SERVER_HEADER_BYTES_MAX];
	struct buf buf = buf_over(request, sizeof(request));

	(void)state;
	buf_str(&buf, STR("GET /h HTTP/1.1\r\nHost: s\r\n"));
	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		buf_printf(&buf, "X-%d: v\r\n", i);
	buf_str(&buf, STR("\r\n"));
	assert_contains(answer_and_close(buf_view(&buf)), "HTTP/1.1 431 ");
	assert_int_equal(handled, 0);
}

static void
an_exhausted_arena_is_500(void **state)
{
	(void)state;
	assert_contains(answer_with(STR("GET /exhaust HTTP/1.1\r\nHost: s\r\n\r\n"), "\r\n\r\n"),
	    "HTTP/1.1 500 ");
	assert_contains(
	    answer_with(STR("GET /next HTTP/1.1\r\nHost: s\r\n\r\n"), "test="), "path=/next");
}

static void
a_header_that_would_split_the_answer_is_500(void **state)
{
	const char *answer =
	    answer_with(STR("GET /unwritable HTTP/1.1\r\nHost: s\r\n\r\n"), "\r\n\r\n");

	(void)state;
	assert_contains(answer, "HTTP/1.1 500 ");
	assert_lacks(answer, "Set-Cookie");
}

static int
set_up_one_worker(void **state)
{
	(void)state;
	start(1, 2);
	return 0;
}

static void
a_full_queue_is_503_with_retry_after(void **state)
{
	struct str hold = STR("GET /hold HTTP/1.1\r\nHost: s\r\n\r\n");
	int fds[3];

	(void)state;
	fds[0] = connect_raw();
	send_raw(fds[0], hold);
	await_held(1);
	/* The worker is busy; two more fit, and of whatever comes beyond them one is turned away.
	 */
	for (int i = 1; i < 3; i++) {
		fds[i] = connect_raw();
		send_raw(fds[i], hold);
	}
	for (int tries = 0;; tries++) {
		int fd = connect_raw();
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		assert_true(tries < 20);
		send_raw(fd, STR("GET /more HTTP/1.1\r\nHost: s\r\n\r\n"));
		if (poll(&ready, 1, 1000) == 1) {
			assert_contains(receive_until(fd, "\r\n\r\n"), "HTTP/1.1 503 ");
			assert_contains(received, "Retry-After: 1\r\n");
			close(fd);
			break;
		}
		close(fd);
	}
	open_gate();
	assert_contains(receive_until(fds[0], "test="), "200 OK");
	close(fds[0]);
	close(fds[1]);
	close(fds[2]);
}

static void *
stop_server(void *context)
{
	(void)context;
	http_server_stop(server);
	return NULL;
}

static void
a_stop_answers_what_was_taken(void **state)
{
	int fd = connect_raw();
	pthread_t stopper;

	(void)state;
	send_raw(fd, STR("GET /hold HTTP/1.1\r\nHost: s\r\n\r\n"));
	await_held(1);
	assert_int_equal(pthread_create(&stopper, NULL, stop_server, NULL), 0);
	open_gate();
	assert_contains(receive_until(fd, "test="), "200 OK");
	assert_int_equal(pthread_join(stopper, NULL), 0);
	server = NULL;
	close(fd);
}

static void
a_taken_port_is_named(void **state)
{
	struct http_server_config config = {
		.address = "127.0.0.1",
		.port = http_server_port(server),
		.io_threads = 1,
		.workers = 1,
		.queue_max = 1,
		.connections_max = 10,
		.body_bytes_max = 1,
		.arena_bytes = 4096,
		.handler = echo,
	};
	struct http_server *second;
	struct err *err = http_server_start(arena, &config, &second);

	(void)state;
	assert_fault(err, ERR_UNAVAILABLE, "Address already in use");
}

/* -- request smuggling: every one must be refused and the connection closed -- */

/*
 * Each is followed by a request that a server which misjudges the end of the
 * first would answer.  The handler must see neither.
 */
#define HIDDEN "GET /hidden HTTP/1.1\r\nHost: s\r\n\r\n"

static const struct {
	const char *what;
	struct str bytes;
} smuggled[] = {
#define CASE(what, bytes)                                      \
	{                                                      \
		what,                                          \
		{                                              \
			bytes HIDDEN, sizeof(bytes HIDDEN) - 1 \
		}                                              \
	}
	CASE("two different Content-Lengths",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
	CASE("two equal Content-Lengths",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"),
	CASE("a list of Content-Lengths",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 5, 6\r\n\r\nabcde"),
	CASE("Content-Length with a sign",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: +5\r\n\r\nabcde"),
	CASE("Content-Length below zero",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: -5\r\n\r\nabcde"),
	CASE("an empty Content-Length",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length:\r\n\r\nabcde"),
	CASE("Content-Length in hexadecimal",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 0x5\r\n\r\nabcde"),
	CASE("Content-Length with Transfer-Encoding",
	    "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "0\r\n\r\n"),
	CASE("Transfer-Encoding with Content-Length",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
	    "0\r\n\r\n"),
	CASE("an unknown transfer coding",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	CASE("two transfer codings",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	CASE("two Transfer-Encodings",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n"
	    "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
	CASE("Transfer-Encoding in HTTP/1.0",
	    "POST / HTTP/1.0\r\nHost: s\r\nConnection: keep-alive\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	CASE("a space before the colon",
	    "GET / HTTP/1.1\r\nHost: s\r\nContent-Length : 5\r\n\r\nabcde"),
	CASE("a tab before the colon", "GET / HTTP/1.1\r\nHost: s\r\nX-A\t: 5\r\n\r\n"),
	CASE("a space in a header's name", "GET / HTTP/1.1\r\nHost: s\r\nX A: 5\r\n\r\n"),
	CASE("a folded header", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\r\n c\r\nX-B: d\r\n\r\n"),
	CASE("a folded last header", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\r\n\tc\r\n\r\n"),
	CASE("a folded first header", "GET / HTTP/1.1\r\n X-A: b\r\nHost: s\r\n\r\n"),
	CASE("only bare line feeds", "GET / HTTP/1.1\nHost: s\n\n"),
	CASE("a bare line feed after the first line", "GET / HTTP/1.1\nHost: s\r\n\r\n"),
	CASE("a bare line feed between headers", "GET / HTTP/1.1\r\nHost: s\nX-A: b\r\n\r\n"),
	CASE("a bare line feed after the last header", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\n\r\n"),
	CASE("a bare line feed as the empty line", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\r\n\n"),
	CASE("a bare CR in a value", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\rX-B: c\r\n\r\n"),
	CASE("a NUL in a value", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\0c\r\nX-B: d\r\n\r\n"),
	CASE("a NUL in the last value", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\0Z\r\n\r\n"),
	CASE("a NUL at the end of a value",
	    "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\0\r\nX-B: d\r\n\r\n"),
	CASE("a NUL in a name", "GET / HTTP/1.1\r\nHost: s\r\nX\0A: b\r\n\r\n"),
	CASE("a control character in a value", "GET / HTTP/1.1\r\nHost: s\r\nX-A: b\x01\r\n\r\n"),
	CASE("an empty header name", "GET / HTTP/1.1\r\nHost: s\r\n: b\r\n\r\n"),
	CASE("a line without a colon", "GET / HTTP/1.1\r\nHost: s\r\nX-A\r\n\r\n"),
	CASE("no Host", "GET / HTTP/1.1\r\nX-A: b\r\n\r\n"),
	CASE("two Hosts", "GET / HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n"),
	CASE("a Host that is a list", "GET / HTTP/1.1\r\nHost: s, t\r\n\r\n"),
	CASE("a Host with a path", "GET / HTTP/1.1\r\nHost: s/t\r\n\r\n"),
	CASE("a target in absolute form", "GET http://t/ HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("a target in authority form", "CONNECT t:80 HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("an asterisk as the target", "OPTIONS * HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("a NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("a NUL in the method", "GET\0X / HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("a bare CR in the target", "GET /a\rb HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("bytes above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("a space in the target", "GET /a b HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("two spaces in the first line", "GET  /a HTTP/1.1\r\nHost: s\r\n\r\n"),
	CASE("an unknown version", "GET / HTTP/1.9x\r\nHost: s\r\n\r\n"),
	CASE("no version", "GET /\r\n\r\n"),
	CASE("a chunk size with text behind it", "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: "
						 "chunked\r\n\r\n5 x\r\nabcde\r\n0\r\n\r\n"),
	CASE("a chunk size with a sign", "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: "
					 "chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n"),
	CASE("a chunk size with a prefix", "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: "
					   "chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n"),
	CASE("a chunk size beyond every limit",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "fffffffffffffffff\r\nabcde\r\n0\r\n\r\n"),
	CASE("a chunk longer than its size", "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: "
					     "chunked\r\n\r\n2\r\nabcde\r\n0\r\n\r\n"),
	CASE("a bare line feed after a chunk's size",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5\nabcde\r\n0\r\n\r\n"),
	CASE("a bare line feed in a chunk's extension",
	    "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "1\r\na\r\n5;x\nabcde\r\n0\r\n\r\n"),
#undef CASE
};

static void
what_two_servers_could_read_differently_is_refused_and_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(smuggled); i++) {
		const char *answer = answer_and_close(smuggled[i].bytes);

		/* Closing without a word is a refusal too; libmicrohttpd does that at times. */
		if (answer[0] != '\0' && strstr(answer, "HTTP/1.1 400 ") == NULL &&
		    strstr(answer, "HTTP/1.1 505 ") == NULL &&
		    strstr(answer, "HTTP/1.1 413 ") == NULL)
			fail_msg("%s was answered: %s", smuggled[i].what, answer);
		if (strstr(answer, "200 OK") != NULL || handled > 0)
			fail_msg("%s reached the handler: %s", smuggled[i].what, answer);
	}
}

static void
a_refusal_says_what_is_wrong(void **state)
{
	(void)state;
	assert_contains(answer_and_close(STR("GET / HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n")),
	    "The request has more than one Host header.");
	assert_contains(received, "Connection: close\r\n");
	assert_contains(received, "X-Content-Type-Options: nosniff\r\n");
}

static void
a_refusal_is_also_made_on_the_second_request(void **state)
{
	(void)state;
	assert_contains(
	    answer_and_close(STR("POST /1 HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nhi"
				 "GET /2 HTTP/1.1\r\nHost: s\nX-A: b\r\n\r\n" HIDDEN)),
	    "path=/1");
	assert_contains(received, "HTTP/1.1 400 ");
	assert_lacks(received, "/hidden");
	assert_int_equal(handled, 1);
}

/* -- connections that leave -- */

#define UPGRADE                                                       \
	"GET /upgrade HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\n\r\n"

static void
an_upgraded_connection_is_handed_over_with_what_came_early(void **state)
{
	int fd = connect_raw(), taken;

	(void)state;
	send_raw(fd, STR(UPGRADE "early"));
	taken = await_taken(1);
	assert_true(taken >= 0);
	assert_string_equal(taken_early, "early");
	send_raw(taken, STR("from who has taken it"));
	assert_contains(receive_until(fd, "taken it"), "HTTP/1.1 101 ");
	assert_contains(received, "\r\nUpgrade: websocket\r\n");
	assert_contains(received, "\r\nX-Content-Type-Options: nosniff\r\n");
	send_raw(fd, STR("and back"));
	assert_string_equal(receive_until(taken, "back"), "and back");
	close(taken);
	assert_string_equal(receive_until(fd, NULL), "");
	close(fd);
}

static void
a_stream_is_handed_over_behind_its_head(void **state)
{
	int fd = connect_raw(), taken;

	(void)state;
	send_raw(fd, STR("POST /stream HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nhi"));
	taken = await_taken(1);
	assert_true(taken >= 0);
	send_raw(taken, STR("data: 1\n\n"));
	assert_contains(receive_until(fd, "data: 1\n\n"), "HTTP/1.1 200 OK\r\n");
	assert_contains(received, "\r\nX-Stream: yes\r\n");
	assert_contains(received, "\r\n\r\ndata: 1\n\n");
	assert_lacks(received, "chunked");
	send_raw(taken, STR("data: 2\n\n"));
	assert_string_equal(receive_until(fd, "\n\n"), "data: 2\n\n");
	close(taken);
	assert_string_equal(receive_until(fd, NULL), "");
	close(fd);
}

static void
connections_that_were_handed_over_do_not_count(void **state)
{
	int clients[CONNECTIONS_MAX + 50], taken[CONNECTIONS_MAX + 50];

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(clients); i++) {
		clients[i] = connect_raw();
		send_raw(clients[i],
		    i % 2 == 0 ? STR(UPGRADE) : STR("GET /stream HTTP/1.1\r\nHost: s\r\n\r\n"));
		taken[i] = await_taken(i + 1);
		assert_true(taken[i] >= 0);
	}
	assert_contains(
	    answer_with(STR("GET /on HTTP/1.1\r\nHost: s\r\n\r\n"), "path=/on"), "HTTP/1.1 200 ");
	for (unsigned i = 0; i < COUNT_OF(clients); i++) {
		close(clients[i]);
		close(taken[i]);
	}
}

static void
an_answer_that_cannot_be_made_is_not_handed_over(void **state)
{
	(void)state;
	assert_contains(
	    answer_with(STR("GET /stream-unwritable HTTP/1.1\r\nHost: s\r\n\r\n"), "does not fit"),
	    "HTTP/1.1 500 ");
	assert_int_equal(await_taken(1), -1);
	assert_int_equal(taken_count, 1);
}

static void
an_upgrade_that_could_be_read_in_two_ways_is_400(void **state)
{
	static const char *const wrong[] = {
		"GET /upgrade HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n",
		"GET /upgrade HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\n"
		"Content-Length: 0\r\n\r\n",
		"GET /upgrade HTTP/1.1\r\nHost: s\r\nUpgrade: WebSocket\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /upgrade HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\n\r\n",
		"GET /upgrade HTTP/1.0\r\nHost: s\r\nUpgrade: websocket\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_contains(answer_and_close(str_from_z(wrong[i])), "HTTP/1.1 400 ");
	assert_int_equal(taken_count, 0);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_request_is_answered),
		WITH_SERVER(a_body_arrives_whole),
		WITH_SERVER(a_chunked_body_arrives_whole),
		WITH_SERVER(a_request_may_arrive_a_byte_at_a_time),
		WITH_SERVER(a_connection_serves_one_request_after_another),
		WITH_SERVER(pipelined_requests_are_answered_in_order),
		WITH_SERVER(a_handler_may_close_the_connection),
		WITH_SERVER(head_is_answered_without_a_body),
		WITH_SERVER(an_unknown_method_reaches_the_handler),
		WITH_SERVER(a_client_that_expects_100_is_told_to_continue),
		WITH_SERVER(http_1_0_needs_no_host_and_is_closed),
		WITH_SERVER(long_headers_that_arrive_in_parts_are_taken),
		WITH_SERVER(a_body_of_the_largest_size_is_taken),
		WITH_SERVER(a_larger_body_is_413),
		WITH_SERVER(a_body_that_is_announced_far_too_large_is_413_before_it_comes),
		WITH_SERVER(headers_over_the_limit_are_431),
		WITH_SERVER(cookies_without_end_do_no_harm),
		WITH_SERVER(too_many_headers_are_431),
		WITH_SERVER(an_exhausted_arena_is_500),
		WITH_SERVER(a_header_that_would_split_the_answer_is_500),
		WITH_SERVER(an_upgraded_connection_is_handed_over_with_what_came_early),
		WITH_SERVER(a_stream_is_handed_over_behind_its_head),
		WITH_SERVER(connections_that_were_handed_over_do_not_count),
		WITH_SERVER(an_answer_that_cannot_be_made_is_not_handed_over),
		WITH_SERVER(an_upgrade_that_could_be_read_in_two_ways_is_400),
		cmocka_unit_test_setup_teardown(
		    a_full_queue_is_503_with_retry_after, set_up_one_worker, tear_down),
		WITH_SERVER(a_stop_answers_what_was_taken),
		WITH_SERVER(a_taken_port_is_named),
		WITH_SERVER(what_two_servers_could_read_differently_is_refused_and_closed),
		WITH_SERVER(a_refusal_says_what_is_wrong),
		WITH_SERVER(a_refusal_is_also_made_on_the_second_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
