#include "support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/http_client.h"
#include "runtime/http_server.h"
#include "runtime/signals.h"

#define RESPONSE_BYTES_MAX 10000

static struct arena *arena;
static struct http_client *client;

/* -- a peer that behaves: our own server -- */

static struct http_server *server;

static void
echo(void *worker, const struct http_request *request, struct arena *memory,
    struct http_response *ret)
{
	struct buf buf = buf_in(memory, 20000);

	(void)worker;
	buf_printf(&buf, "%.*s %.*s?%.*s body=%.*s", STR_ARG(request->method_name),
	    STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->body));
	for (size_t i = 0; i < request->header_count; i++)
		buf_printf(&buf, " [%.*s=%.*s]", STR_ARG(request->headers[i].name),
		    STR_ARG(request->headers[i].value));
	while (str_equal(request->path, STR("/large")) && buf.len <= RESPONSE_BYTES_MAX)
		buf_char(&buf, '.');
	http_respond_text(ret, 200, buf_view(&buf));
	if (str_equal(request->path, STR("/elsewhere"))) {
		ret->status = 302;
		ret->headers[ret->header_count++] =
		    (struct http_header){ STR("Location"), STR("/other") };
	}
}

/* -- a peer that misbehaves: a script, one step a connection or request -- */

enum step {
	STEP_ANSWER,       /* read a request, answer it, keep the connection */
	STEP_HANG_UP,      /* read a request, close without an answer */
	STEP_HALF_ANSWER,  /* read a request, answer a part, close */
	STEP_SAY_NOTHING,  /* read a request, never answer */
	STEP_INTERIM_FIRST /* a 103 before the answer */
};

static struct {
	int listener;
	uint16_t port;
	pthread_t thread;
	const enum step *steps;
	size_t count;
	_Atomic unsigned requests;
	_Atomic bool over;
} peer;

/* Read a request, whose body is not longer than a segment.  False when the client has gone. */
static bool
read_request(int fd)
{
	char bytes[8192] = "";
	size_t length = 0;

	while (strstr(bytes, "\r\n\r\n") == NULL) {
		ssize_t got = recv(fd, bytes + length, sizeof(bytes) - 1 - length, 0);

		if (got <= 0)
			return false;
		length += (size_t)got;
	}
	peer.requests++;
	return true;
}

static void
say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Do ${step} on the connection ${fd}.  Whether it stays open. */
static bool
take_step(int fd, enum step step)
{
	char byte;

	switch (step) {
	case STEP_INTERIM_FIRST:
		say(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Late:  1 \r\n\r\nok");
		return true;
	case STEP_ANSWER:
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
		return true;
	case STEP_HANG_UP:
		return false;
	case STEP_HALF_ANSWER:
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok");
		return false;
	case STEP_SAY_NOTHING:
		(void)recv(fd, &byte, 1, 0); /* until the client gives up */
		return false;
	}
	UNREACHABLE("step");
}

static void *
play(void *context)
{
	int fd = -1;

	(void)context;
	for (size_t i = 0; i < peer.count && !peer.over;) {
		if (fd < 0)
			fd = accept(peer.listener, NULL, NULL);
		if (fd < 0)
			break;
		if (!read_request(fd) || !take_step(fd, peer.steps[i++])) {
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void
start_peer(const enum step *steps, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer.listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(peer.listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(peer.listener, 16), 0);
	assert_int_equal(getsockname(peer.listener, (struct sockaddr *)&address, &length), 0);
	peer.port = ntohs(address.sin_port);
	peer.steps = steps;
	peer.count = count;
	peer.requests = 0;
	peer.over = false;
	assert_int_equal(pthread_create(&peer.thread, NULL, play, NULL), 0);
}

/* How many requests it saw. */
static unsigned
stop_peer(void)
{
	peer.over = true;
	(void)shutdown(peer.listener, SHUT_RDWR);
	(void)pthread_join(peer.thread, NULL);
	close(peer.listener);
	return peer.requests;
}

/* -- calls -- */

static struct http_call
call_to(uint16_t port, const char *method, const char *path, const char *body)
{
	return (struct http_call){
		.method = method,
		.url = arena_printf(arena, "http://127.0.0.1:%u%s", (unsigned)port, path),
		.body = str_from_z(body),
		.timeout = SECONDS(20),
	};
}

static struct http_answer answer;

static struct err *
send_to_server(const char *method, const char *path, const char *body)
{
	struct http_call call = call_to(http_server_port(server), method, path, body);

	return http_client_send(client, arena, &call, &answer);
}

static struct err *
send_to_peer(const char *method, struct duration timeout)
{
	struct http_call call =
	    call_to(peer.port, method, "/", strcmp(method, "GET") == 0 ? "" : "x=1");

	call.timeout = timeout;
	return http_client_send(client, arena, &call, &answer);
}

static const char *
answer_text(void)
{
	return arena_copy_z(arena, answer.body);
}

static int
set_up(void **state)
{
	struct http_client_config config = {
		.allow_http = true,
		.connections_max = 8,
		.response_bytes_max = RESPONSE_BYTES_MAX,
	};
	struct http_server_config at = {
		.address = "127.0.0.1",
		.io_threads = 1,
		.workers = 2,
		.queue_max = 16,
		.connections_max = 100,
		.body_bytes_max = 4096,
		.arena_bytes = 65536,
		.handler = echo,
	};

	(void)state;
	arena = arena_create(1 << 20);
	client = http_client_create(&config);
	assert_no_fault(http_server_start(arena, &at, &server));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	http_client_destroy(client);
	http_server_stop(server);
	arena_destroy(arena);
	return 0;
}

/* -- what a caller gets -- */

static void
an_answer_has_status_headers_and_body(void **state)
{
	(void)state;
	assert_no_fault(send_to_server("GET", "/a?b=c", ""));
	assert_int_equal(answer.status, 200);
	assert_contains(answer_text(), "GET /a?b=c body=");
	assert_text(http_header_find(answer.headers, answer.header_count, STR("content-type")),
	    "text/plain; charset=utf-8");
}

static void
a_body_and_headers_are_sent_as_given(void **state)
{
	const struct http_header headers[] = {
		{ STR("X-One"), STR("1: 2; 3") },
		{ STR("X-Empty"), STR("") },
	};
	struct http_call call = call_to(http_server_port(server), "POST", "/p", "To=%2B1512");

	(void)state;
	call.headers = headers;
	call.header_count = 2;
	assert_no_fault(http_client_send(client, arena, &call, &answer));
	assert_contains(answer_text(), "POST /p? body=To=%2B1512");
	assert_contains(answer_text(), "[X-One=1: 2; 3]");
	assert_contains(answer_text(), "[X-Empty=]");
	assert_lacks(answer_text(), "[Expect=");
	assert_lacks(answer_text(), "[Content-Type=");
}

static void
every_method_is_sent_as_named(void **state)
{
	(void)state;
	assert_no_fault(send_to_server("DELETE", "/d", ""));
	assert_contains(answer_text(), "DELETE /d");
	assert_no_fault(send_to_server("PUT", "/u", "new"));
	assert_contains(answer_text(), "PUT /u? body=new");
	assert_no_fault(send_to_server("POST", "/empty", ""));
	assert_contains(answer_text(), "POST /empty? body= ");
	assert_no_fault(send_to_server("HEAD", "/h", ""));
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, 0);
}

static void
a_user_is_sent_with_basic_authentication(void **state)
{
	struct http_call call = call_to(http_server_port(server), "GET", "/", "");

	(void)state;
	call.basic_user = STR("AC1");
	call.basic_password = STR("to:ken");
	assert_no_fault(http_client_send(client, arena, &call, &answer));
	assert_contains(answer_text(), "[Authorization=Basic QUMxOnRvOmtlbg==]");
}

static void
a_redirect_is_an_answer_and_is_not_followed(void **state)
{
	(void)state;
	assert_no_fault(send_to_server("GET", "/elsewhere", ""));
	assert_int_equal(answer.status, 302);
	assert_text(
	    http_header_find(answer.headers, answer.header_count, STR("location")), "/other");
}

static void
an_answer_over_the_limit_is_a_limit(void **state)
{
	(void)state;
	assert_fault(send_to_server("GET", "/large", ""), ERR_LIMIT, "larger than 10000 bytes");
	assert_no_fault(send_to_server("GET", "/small", ""));
}

static void
an_interim_answer_is_passed_over(void **state)
{
	static const enum step steps[] = { STEP_INTERIM_FIRST };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_no_fault(send_to_peer("GET", SECONDS(20)));
	assert_int_equal(answer.status, 200);
	assert_text(http_header_find(answer.headers, answer.header_count, STR("x-late")), "1");
	assert_text(http_header_find(answer.headers, answer.header_count, STR("x-early")), "");
	stop_peer();
}

/* -- nothing left this machine -- */

static void
a_refused_connection_is_unavailable(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct http_call call;

	(void)state;
	/* Bound and not listening: nobody else gets this port meanwhile, and nobody answers. */
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	call = call_to(ntohs(address.sin_port), "POST", "/secret?token=x", "a=1");
	assert_fault(
	    http_client_send(client, arena, &call, &answer), ERR_UNAVAILABLE, "POST http://127");
	assert_lacks(
	    arena_copy_z(arena, http_client_send(client, arena, &call, &answer)->message), "token");
	close(fd);
}

static void
a_name_that_does_not_exist_is_unavailable(void **state)
{
	struct http_call call = call_to(1, "GET", "/", "");

	(void)state;
	call.url = STR("http://nowhere.invalid/");
	assert_fault(http_client_send(client, arena, &call, &answer), ERR_UNAVAILABLE, "nowhere");
}

static void
other_protocols_are_unavailable(void **state)
{
	struct http_call call = call_to(1, "GET", "/", "");

	(void)state;
	call.url = STR("file:///etc/hostname");
	assert_fault(http_client_send(client, arena, &call, &answer), ERR_UNAVAILABLE, "file:");
	call.url = STR("http://127.0.0.1:1/\r\nX-Bad: 1");
	assert_fault(
	    http_client_send(client, arena, &call, &answer), ERR_UNAVAILABLE, "line break");
}

static void
a_header_with_a_line_break_is_not_sent(void **state)
{
	const struct http_header header = { STR("X-A"), STR("1\r\nX-B: 2") };
	struct http_call call = call_to(http_server_port(server), "GET", "/", "");

	(void)state;
	call.headers = &header;
	call.header_count = 1;
	assert_fault(
	    http_client_send(client, arena, &call, &answer), ERR_UNAVAILABLE, "line break");
}

static void
plain_http_is_unavailable_outside_development(void **state)
{
	struct http_client_config config = { .connections_max = 1, .response_bytes_max = 100 };
	struct http_client *strict = http_client_create(&config);
	struct http_call call = call_to(http_server_port(server), "GET", "/", "");

	(void)state;
	assert_fault(http_client_send(strict, arena, &call, &answer), ERR_UNAVAILABLE, "http");
	http_client_destroy(strict);
}

/* -- it may or may not have been done -- */

static void
a_deadline_after_sending_is_uncertain(void **state)
{
	static const enum step steps[] = { STEP_SAY_NOTHING };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_fault(send_to_peer("POST", MILLISECONDS(300)), ERR_UNCERTAIN, "timed out");
	assert_int_equal(stop_peer(), 1);
}

static void
a_close_without_an_answer_is_uncertain(void **state)
{
	static const enum step steps[] = { STEP_HANG_UP, STEP_ANSWER };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_fault(send_to_peer("POST", SECONDS(20)), ERR_UNCERTAIN, "POST");
	assert_int_equal(stop_peer(), 1);
}

static void
a_close_in_the_middle_of_an_answer_is_uncertain(void **state)
{
	static const enum step steps[] = { STEP_HALF_ANSWER };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_fault(send_to_peer("GET", SECONDS(20)), ERR_UNCERTAIN, "GET");
	stop_peer();
}

static void
a_post_is_never_sent_twice_on_a_connection_that_dies(void **state)
{
	/* libcurl would send the second request again, on a new connection, by itself. */
	static const enum step steps[] = { STEP_ANSWER, STEP_HANG_UP, STEP_ANSWER };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_no_fault(send_to_peer("POST", SECONDS(20)));
	assert_fault(send_to_peer("POST", SECONDS(20)), ERR_UNCERTAIN, "POST");
	assert_int_equal(stop_peer(), 2);
}

static void
a_get_is_sent_again_when_a_used_connection_dies(void **state)
{
	static const enum step steps[] = { STEP_ANSWER, STEP_HANG_UP, STEP_ANSWER };

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_no_fault(send_to_peer("GET", SECONDS(20)));
	assert_no_fault(send_to_peer("GET", SECONDS(20)));
	assert_int_equal(stop_peer(), 3);
}

static void *
post_and_wait(void *context)
{
	(void)context;
	return send_to_peer("POST", MILLISECONDS(500));
}

static void
a_stop_lets_a_request_come_to_its_end(void **state)
{
	static const enum step steps[] = { STEP_SAY_NOTHING };
	pthread_t thread;
	void *fault = NULL;

	(void)state;
	start_peer(steps, COUNT_OF(steps));
	assert_int_equal(pthread_create(&thread, NULL, post_and_wait, NULL), 0);
	while (peer.requests == 0)
		usleep(1000);
	http_client_destroy(client);
	client = NULL;
	assert_int_equal(pthread_join(thread, &fault), 0);
	assert_fault(fault, ERR_UNCERTAIN, "timed out");
	stop_peer();
}

/* -- many at once -- */

#define CALLERS 16

static void *
call_often(void *context)
{
	struct arena *own = arena_create(1 << 20);
	uintptr_t right = 0;

	(void)context;
	for (int i = 0; i < 10; i++) {
		static const char prefix[] = "http://127.0.0.1";
		struct http_answer got;
		struct http_call call = {
			.method = "POST",
			.url = arena_printf(
			    own, "%s:%u/n", prefix, (unsigned)http_server_port(server)),
			.body = arena_printf(own, "i=%d", i),
			.timeout = SECONDS(60),
		};

		if (http_client_send(client, own, &call, &got) == NULL && got.status == 200 &&
		    str_find(got.body, arena_printf(own, "body=i=%d ", i)) != SIZE_MAX)
			right++;
		arena_reset(own);
	}
	arena_destroy(own);
	return (void *)right;
}

static void
many_threads_get_their_own_answers(void **state)
{
	pthread_t threads[CALLERS];

	(void)state;
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, NULL), 0);
	for (int i = 0; i < CALLERS; i++) {
		void *right = NULL;

		(void)pthread_join(threads[i], &right);
		assert_int_equal((uintptr_t)right, 10);
	}
}

#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CLIENT(an_answer_has_status_headers_and_body),
		WITH_CLIENT(a_body_and_headers_are_sent_as_given),
		WITH_CLIENT(every_method_is_sent_as_named),
		WITH_CLIENT(a_user_is_sent_with_basic_authentication),
		WITH_CLIENT(a_redirect_is_an_answer_and_is_not_followed),
		WITH_CLIENT(an_answer_over_the_limit_is_a_limit),
		WITH_CLIENT(an_interim_answer_is_passed_over),
		WITH_CLIENT(a_refused_connection_is_unavailable),
		WITH_CLIENT(a_name_that_does_not_exist_is_unavailable),
		WITH_CLIENT(other_protocols_are_unavailable),
		WITH_CLIENT(a_header_with_a_line_break_is_not_sent),
		WITH_CLIENT(plain_http_is_unavailable_outside_development),
		WITH_CLIENT(a_deadline_after_sending_is_uncertain),
		WITH_CLIENT(a_close_without_an_answer_is_uncertain),
		WITH_CLIENT(a_close_in_the_middle_of_an_answer_is_uncertain),
		WITH_CLIENT(a_post_is_never_sent_twice_on_a_connection_that_dies),
		WITH_CLIENT(a_get_is_sent_again_when_a_used_connection_dies),
		WITH_CLIENT(a_stop_lets_a_request_come_to_its_end),
		WITH_CLIENT(many_threads_get_their_own_answers),
	};

	signals_block();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
