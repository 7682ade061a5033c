#include "bench_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench_samples.h"
#include "runtime/clock.h"

#define ANSWER_BYTES_MAX  (512u << 10)
#define REQUEST_BYTES_MAX (32u << 10)
#define CONNECTIONS_MAX   256
#define SAMPLES_MAX       4000000
#define PATIENCE_MS       30000
#define SHOWN_BYTES       400

struct connection {
	int fd;
	int64_t sent_us;
	struct buf request;
	char *answer;
	size_t length;
};

struct run {
	struct arena *arena; /* of the caller: for faults */
	const struct http_load *load;
	struct connection connections[CONNECTIONS_MAX];
	struct samples samples;
	size_t next, answered;
	int poll;
};

struct err *
http_connect(struct arena *arena, uint16_t port, int *ret)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		if (fd >= 0)
			close(fd);
		return ERR(
		    arena, ERR_UNAVAILABLE, "no connection to port %u: %s", port, strerror(errno));
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*ret = fd;
	return NULL;
}

/* ---- requests ---- */

static struct err *
send_request(struct run *run, struct connection *connection)
{
	static _Thread_local char memory[REQUEST_BYTES_MAX];
	struct buf body = buf_over(memory, sizeof(memory));
	struct buf *request = &connection->request;

	run->load->write_body(run->load->context, run->next++, &body);
	request->len = 0;
	buf_printf(request,
	    "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n"
	    "%.*sContent-Length: %zu\r\n\r\n",
	    run->load->port, STR_ARG(run->load->headers), body.len);
	buf_str(request, buf_view(&body));
	CHECK(!request->overflowed && !body.overflowed);
	connection->length = 0;
	connection->sent_us = clock_monotonic_us();
	/* Smaller than what the kernel takes at once. */
	if (send(connection->fd, request->ptr, request->len, MSG_NOSIGNAL) != (ssize_t)request->len)
		return ERR(run->arena, ERR_UNAVAILABLE, "could not send to port %u: %s",
		    run->load->port, strerror(errno));
	return NULL;
}

/* ---- answers ---- */

static struct str
header_value(struct str head, struct str name)
{
	while (head.len > 0) {
		struct str line = str_cut(&head, '\n');
		struct str found = str_cut(&line, ':');

		if (str_equal_nocase(found, name))
			return str_trim(line);
	}
	return STR("");
}

/* Whether the answer in ${connection} is whole; then its body, chunks and all. */
static bool
is_whole(const struct connection *connection, struct str *ret_body)
{
	struct str all = { connection->answer, connection->length };
	size_t end = str_find(all, STR("\r\n\r\n"));
	struct str head, length;
	int64_t bytes;

	if (end == SIZE_MAX)
		return false;
	head = (struct str){ all.ptr, end };
	*ret_body = (struct str){ all.ptr + end + 4, all.len - end - 4 };
	length = header_value(head, STR("Content-Length"));
	if (str_parse_i64(length, &bytes))
		return (int64_t)ret_body->len >= bytes;
	return ret_body->len >= 5 && memcmp(ret_body->ptr + ret_body->len - 5, "0\r\n\r\n", 5) == 0;
}

static struct err *
check_answer(struct run *run, const struct connection *connection, struct str body)
{
	struct str line = { connection->answer, connection->length };

	line = str_cut(&line, '\r');
	if (str_find(line, STR(" 200 ")) != SIZE_MAX &&
	    str_find(body, run->load->expects) != SIZE_MAX)
		return NULL;
	if (body.len > SHOWN_BYTES)
		body.len = SHOWN_BYTES;
	return ERR(run->arena, ERR_UNAVAILABLE, "port %u answered: %.*s, %.*s", run->load->port,
	    STR_ARG(line), STR_ARG(body));
}

/* Read what has come; ${ret_whole} when the answer is whole, and its body. */
static struct err *
receive(struct run *run, struct connection *connection, bool *ret_whole, struct str *ret_body)
{
	ssize_t n = recv(connection->fd, connection->answer + connection->length,
	    ANSWER_BYTES_MAX - connection->length, 0);

	*ret_whole = false;
	if (n <= 0)
		return ERR(run->arena, ERR_UNAVAILABLE, "port %u hung up: %s", run->load->port,
		    n == 0 ? "its end" : strerror(errno));
	connection->length += (size_t)n;
	*ret_whole = is_whole(connection, ret_body);
	return *ret_whole ? check_answer(run, connection, *ret_body) : NULL;
}

static struct err *
take_answer(struct run *run, struct connection *connection, bool again)
{
	struct str body;
	bool whole;

	TRY(receive(run, connection, &whole, &body));
	if (!whole)
		return NULL;
	samples_add(&run->samples, clock_monotonic_us() - connection->sent_us);
	run->answered++;
	return again ? send_request(run, connection) : NULL;
}

/* ---- the run ---- */

static struct err *
open_connection(struct run *run, struct arena *arena, struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	connection->request = buf_in(arena, REQUEST_BYTES_MAX + 4096);
	connection->answer = arena_array(arena, char, ANSWER_BYTES_MAX);
	CHECK(connection->answer != NULL);
	TRY(http_connect(run->arena, run->load->port, &connection->fd));
	CHECK(epoll_ctl(run->poll, EPOLL_CTL_ADD, connection->fd, &event) == 0);
	return NULL;
}

static struct err *
go(struct run *run, struct arena *arena, int64_t *ret_us)
{
	struct epoll_event events[CONNECTIONS_MAX];
	int64_t begun_us;

	for (size_t i = 0; i < run->load->connections; i++)
		TRY(open_connection(run, arena, &run->connections[i]));
	begun_us = clock_monotonic_us();
	for (size_t i = 0; i < run->load->connections; i++)
		TRY(send_request(run, &run->connections[i]));
	do {
		int count = epoll_wait(run->poll, events, CONNECTIONS_MAX, PATIENCE_MS);

		if (count == 0)
			return ERR(run->arena, ERR_UNAVAILABLE, "port %u does not answer",
			    run->load->port);
		for (int i = 0; i < count; i++)
			TRY(take_answer(run, events[i].data.ptr, true));
		*ret_us = clock_monotonic_us() - begun_us;
	} while (*ret_us < run->load->run_ms * 1000);
	return NULL;
}

static void
close_all(struct run *run)
{
	for (size_t i = 0; i < run->load->connections; i++)
		if (run->connections[i].fd >= 0)
			close(run->connections[i].fd);
	close(run->poll);
}

static struct run *
begin(struct arena *arena, struct arena *caller, const struct http_load *load)
{
	struct run *run = arena_new(arena, struct run);

	CHECK(run != NULL && load->connections <= CONNECTIONS_MAX);
	run->arena = caller;
	run->load = load;
	run->poll = epoll_create1(EPOLL_CLOEXEC);
	CHECK(run->poll >= 0);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		run->connections[i].fd = -1;
	return run;
}

struct err *
http_load_run(struct arena *arena, const struct http_load *load, struct http_figures *ret)
{
	struct arena *own =
	    arena_create(SAMPLES_MAX * sizeof(int64_t) +
			 load->connections * (ANSWER_BYTES_MAX + (64u << 10)) + (1u << 20));
	struct run *run = begin(own, arena, load);
	struct err *err;
	int64_t us = 1;

	run->samples = samples_in(own, SAMPLES_MAX);
	err = go(run, own, &us);
	close_all(run);
	*ret = (struct http_figures){ .per_second = (double)run->answered * 1e6 / (double)us,
		.p50_ms = samples_percentile_ms(&run->samples, 50),
		.p99_ms = samples_percentile_ms(&run->samples, 99),
		.answered = run->answered };
	arena_destroy(own);
	return err;
}

struct err *
http_ask(struct arena *arena, const struct http_load *load, size_t index, struct str *ret)
{
	struct arena *own = arena_create(ANSWER_BYTES_MAX + (1u << 20));
	struct run *run = begin(own, arena, load);
	struct connection *connection = &run->connections[0];
	struct err *err = open_connection(run, own, connection);
	struct str body = STR("");
	bool whole = false;

	run->next = index;
	if (err == NULL)
		err = send_request(run, connection);
	while (err == NULL && !whole)
		err = receive(run, connection, &whole, &body);
	*ret = arena_copy(arena, body);
	close_all(run);
	arena_destroy(own);
	return err;
}
