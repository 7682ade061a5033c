#include "support/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "support/unit.h"

#define THREADS           10
#define MESSAGE_BYTES_MAX (256u << 10)
#define SILENCE_S         20
#define INSIST_US         INT64_C(12000000)
#define PAUSE_US          5000

struct relay {
	struct relay_config config;
	int fd;
	uint16_t port;
	atomic_bool stopping;
	pthread_t threads[THREADS];
};

/* What one thread has in hand. */
struct exchange {
	struct relay *relay;
	char *request, *answer; /* MESSAGE_BYTES_MAX each */
	size_t request_bytes, answer_bytes;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
}

/* How long the message at ${text} is in all, as far as its head says; 0: not known yet. */
static size_t
message_length(struct str text)
{
	size_t head = str_find(text, STR("\r\n\r\n"));
	struct str rest = { text.ptr, head };
	int64_t body = 0;

	if (head == SIZE_MAX)
		return 0;
	while (!str_empty(rest)) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		struct str name = str_cut(&line, ':');

		if (str_equal_nocase(name, STR("Content-Length")) &&
		    (!str_parse_i64(str_trim(line), &body) || body < 0))
			return 0;
	}
	return head + 4 + (size_t)body;
}

/* Read one message from ${fd}; false when it does not come whole. */
static bool
read_message(int fd, char *memory, size_t *ret_bytes)
{
	struct timeval silence = { .tv_sec = SILENCE_S };
	size_t bytes = 0, wanted = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	while (wanted == 0 || bytes < wanted) {
		ssize_t n = bytes < MESSAGE_BYTES_MAX
				? recv(fd, memory + bytes, MESSAGE_BYTES_MAX - bytes, 0)
				: 0;

		if (n <= 0)
			return false;
		bytes += (size_t)n;
		wanted = message_length((struct str){ memory, bytes });
	}
	*ret_bytes = bytes;
	return true;
}

static bool
write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		text.ptr += n;
		text.len -= (size_t)n;
	}
	return true;
}

static bool
watch(const struct exchange *exchange, enum relay_point point)
{
	const struct relay_config *config = &exchange->relay->config;
	struct str text = { exchange->request, exchange->request_bytes };
	struct relay_passage passage = { point, str_trim(str_cut(&text, '\n')) };

	return config->watch(config->context, &passage);
}

/* Take the request to whom it is for, and the answer back to here. */
static bool
ask(struct exchange *exchange)
{
	struct sockaddr_in address = loopback(exchange->relay->config.to_port);
	int fd CLEANUP(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       write_all(fd, (struct str){ exchange->request, exchange->request_bytes }) &&
	       read_message(fd, exchange->answer, &exchange->answer_bytes) &&
	       !(exchange->relay->config.insists &&
		   str_starts_with((struct str){ exchange->answer, exchange->answer_bytes },
		       STR("HTTP/1.1 5"))) &&
	       watch(exchange, RELAY_ANSWER);
}

static bool
ask_until_answered(struct exchange *exchange)
{
	int64_t until = clock_monotonic_us() + INSIST_US;
	bool answered = ask(exchange);

	while (!answered && exchange->relay->config.insists && clock_monotonic_us() < until &&
	       !atomic_load(&exchange->relay->stopping)) {
		(void)usleep(PAUSE_US);
		answered = ask(exchange);
	}
	return answered;
}

/* Hand the answer over, and say that the connection ends with it. */
static void
give(int fd, const struct exchange *exchange)
{
	struct str rest = { exchange->answer, exchange->answer_bytes };
	struct str status = str_trim(str_cut(&rest, '\n'));

	if (write_all(fd, status) && write_all(fd, STR("\r\nConnection: close\r\n")))
		(void)write_all(fd, rest);
}

static void *
serve(void *argument)
{
	struct relay *relay = argument;
	struct exchange exchange = { .relay = relay,
		.request = malloc(MESSAGE_BYTES_MAX),
		.answer = malloc(MESSAGE_BYTES_MAX) };

	CHECK(exchange.request != NULL && exchange.answer != NULL);
	while (!atomic_load(&relay->stopping)) {
		int fd CLEANUP(close_fd) = accept4(relay->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 || !read_message(fd, exchange.request, &exchange.request_bytes))
			continue;
		if (watch(&exchange, RELAY_REQUEST) && ask_until_answered(&exchange))
			give(fd, &exchange);
	}
	free(exchange.request);
	free(exchange.answer);
	return NULL;
}

struct relay *
relay_start(const struct relay_config *config)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	struct sockaddr_in address = loopback(0);
	socklen_t length = sizeof(address);

	assert_non_null(relay);
	relay->config = *config;
	relay->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(relay->fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(relay->fd, 64), 0);
	assert_int_equal(getsockname(relay->fd, (struct sockaddr *)&address, &length), 0);
	relay->port = ntohs(address.sin_port);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&relay->threads[i], NULL, serve, relay), 0);
	return relay;
}

uint16_t
relay_port(const struct relay *relay)
{
	return relay->port;
}

void
relay_stop(struct relay *relay)
{
	if (relay == NULL)
		return;
	atomic_store(&relay->stopping, true);
	(void)shutdown(relay->fd, SHUT_RDWR);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(relay->threads[i], NULL);
	close(relay->fd);
	free(relay);
}
