#include "bench_listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench_http.h"
#include "runtime/clock.h"

/*
 * Frames are read as far as this client needs them: a server's are whole, short and not
 * masked, or the connection is given up.
 */

#define HELD_BYTES  8192 /* that have come of messages not yet whole */
#define SENT_BYTES  4096
#define EVENTS_MAX  512
#define WAIT_MS     1
#define TOGETHER    64 /* are opened at once */
#define SPARE_FILES 256
#define ACK         STR("\"connection_ack\"")
#define NEXT        STR("\"next\"")
#define PING        STR("\"type\":\"ping\"")

enum opcode { TEXT = 1, CLOSE = 8, PING_FRAME = 9, PONG_FRAME = 10 };

struct listener {
	int fd;
	uint32_t held;
	char *memory; /* HELD_BYTES */
};

struct listeners {
	struct listeners_plan plan;
	struct arena *arena; /* the caller's, for faults */
	struct arena *own;
	struct listener *at;
	int poll;
};

struct frame {
	unsigned opcode;
	struct str text;
	size_t bytes; /* with its header */
};

/* ---- frames ---- */

/* The first frame of ${held}; false while it is not whole. */
static bool
read_frame(struct str held, struct frame *ret)
{
	const unsigned char *at = (const unsigned char *)held.ptr;
	size_t head = 2, length;

	if (held.len < 4)
		return held.len >= 2 && at[1] == 0 &&
		       (*ret = (struct frame){ at[0] & 15, STR(""), 2 }, true);
	length = at[1];
	if (length == 126) {
		length = (size_t)at[2] << 8 | at[3];
		head = 4;
	}
	*ret = (struct frame){ at[0] & 15, { held.ptr + head, length }, head + length };
	return held.len >= head + length;
}

/* A frame of a client is masked; with zeros, which is as good as any here. */
static struct err *
send_frame(const struct listeners *listeners, const struct listener *listener, enum opcode opcode,
    struct str text)
{
	char memory[SENT_BYTES];
	struct buf buf = buf_over(memory, sizeof(memory));

	buf_char(&buf, (char)(0x80 | opcode));
	if (text.len < 126) {
		buf_char(&buf, (char)(0x80 | text.len));
	} else {
		buf_char(&buf, (char)(0x80 | 126));
		buf_char(&buf, (char)(text.len >> 8));
		buf_char(&buf, (char)(text.len & 255));
	}
	buf_str(&buf, (struct str){ "\0\0\0\0", 4 });
	buf_str(&buf, text);
	CHECK(!buf.overflowed);
	if (send(listener->fd, buf.ptr, buf.len, MSG_NOSIGNAL) != (ssize_t)buf.len)
		return ERR(listeners->arena, ERR_UNAVAILABLE, "could not send to a server: %s",
		    strerror(errno));
	return NULL;
}

/* Read more of what has come, waiting for it where the socket waits; 0: nothing there. */
static struct err *
read_more(const struct listeners *listeners, struct listener *listener, size_t *ret)
{
	ssize_t n =
	    recv(listener->fd, listener->memory + listener->held, HELD_BYTES - listener->held, 0);

	*ret = n > 0 ? (size_t)n : 0;
	if (n > 0)
		listener->held += (uint32_t)n;
	else if (n == 0 || errno != EAGAIN)
		return ERR(listeners->arena, ERR_UNAVAILABLE, "a listener was cut off: %s",
		    n == 0 ? "the server hung up" : strerror(errno));
	return NULL;
}

static struct str
held_of(const struct listener *listener)
{
	return (struct str){ listener->memory, listener->held };
}

static void
forget(struct listener *listener, size_t bytes)
{
	listener->held -= (uint32_t)bytes;
	memmove(listener->memory, listener->memory + bytes, listener->held);
}

/* ---- hearing ---- */

static struct err *
take_frame(struct listeners *listeners, size_t index, const struct frame *frame, int64_t now_us)
{
	struct listener *listener = &listeners->at[index];

	if (frame->opcode == PING_FRAME)
		return send_frame(listeners, listener, PONG_FRAME, frame->text);
	if (frame->opcode == PONG_FRAME)
		return NULL;
	if (frame->opcode == TEXT && str_find(frame->text, PING) != SIZE_MAX)
		return send_frame(listeners, listener, TEXT, STR("{\"type\":\"pong\"}"));
	if (frame->opcode != TEXT || str_find(frame->text, NEXT) == SIZE_MAX)
		return ERR(listeners->arena, ERR_UNAVAILABLE, "no event: %u %.*s", frame->opcode,
		    STR_ARG(frame->text));
	listeners->plan.heard(listeners->plan.context, index, now_us, frame->text);
	return NULL;
}

static struct err *
hear(struct listeners *listeners, size_t index)
{
	struct listener *listener = &listeners->at[index];
	struct frame frame;
	size_t n, used = 0;
	int64_t now_us;

	TRY(read_more(listeners, listener, &n));
	now_us = clock_monotonic_us();
	while (read_frame((struct str){ listener->memory + used, listener->held - used }, &frame)) {
		TRY(take_frame(listeners, index, &frame, now_us));
		used += frame.bytes;
	}
	forget(listener, used);
	return NULL;
}

struct err *
listeners_hear(struct listeners *listeners, bool (*until)(void *context), void *context)
{
	struct epoll_event events[EVENTS_MAX];

	while (!until(context)) {
		int count = epoll_wait(listeners->poll, events, EVENTS_MAX, WAIT_MS);

		for (int i = 0; i < count; i++)
			TRY(hear(listeners, events[i].data.u64));
	}
	return NULL;
}

/* ---- opening ---- */

static struct err *
ask_upgrade(struct listeners *listeners, struct listener *listener)
{
	char memory[SENT_BYTES];
	struct buf buf = buf_over(memory, sizeof(memory));

	TRY(http_connect(listeners->arena, listeners->plan.port, &listener->fd));
	buf_printf(&buf,
	    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n%.*s\r\n",
	    listeners->plan.port, STR_ARG(listeners->plan.headers));
	CHECK(!buf.overflowed);
	if (send(listener->fd, buf.ptr, buf.len, MSG_NOSIGNAL) != (ssize_t)buf.len)
		return ERR(listeners->arena, ERR_UNAVAILABLE, "could not ask for a WebSocket");
	return NULL;
}

static struct err *
begin_protocol(struct listeners *listeners, struct listener *listener)
{
	size_t end, n;

	while ((end = str_find(held_of(listener), STR("\r\n\r\n"))) == SIZE_MAX)
		TRY(read_more(listeners, listener, &n));
	if (str_find((struct str){ listener->memory, end }, STR(" 101 ")) == SIZE_MAX)
		return ERR(listeners->arena, ERR_UNAVAILABLE, "no WebSocket: %.*s",
		    STR_ARG(held_of(listener)));
	forget(listener, end + 4);
	return send_frame(listeners, listener, TEXT, STR("{\"type\":\"connection_init\"}"));
}

static struct err *
subscribe(struct listeners *listeners, struct listener *listener)
{
	char memory[SENT_BYTES];
	struct buf buf = buf_over(memory, sizeof(memory));
	struct frame frame;
	size_t n;

	while (!read_frame(held_of(listener), &frame))
		TRY(read_more(listeners, listener, &n));
	if (frame.opcode != TEXT || str_find(frame.text, ACK) == SIZE_MAX)
		return ERR(
		    listeners->arena, ERR_UNAVAILABLE, "not let in: %.*s", STR_ARG(frame.text));
	forget(listener, frame.bytes);
	buf_printf(&buf, "{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":%.*s}",
	    STR_ARG(listeners->plan.subscribe));
	CHECK(!buf.overflowed);
	return send_frame(listeners, listener, TEXT, buf_view(&buf));
}

/* From the socket's first byte to where it is heard with the others. */
static struct err *
open_some(struct listeners *listeners, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		TRY(ask_upgrade(listeners, &listeners->at[i]));
	for (size_t i = first; i < end; i++)
		TRY(begin_protocol(listeners, &listeners->at[i]));
	for (size_t i = first; i < end; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };

		TRY(subscribe(listeners, &listeners->at[i]));
		CHECK(fcntl(listeners->at[i].fd, F_SETFL, O_NONBLOCK) == 0);
		CHECK(epoll_ctl(listeners->poll, EPOLL_CTL_ADD, listeners->at[i].fd, &event) == 0);
	}
	return NULL;
}

struct err *
listeners_allow(struct arena *arena, size_t count)
{
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_cur >= count + SPARE_FILES)
		return NULL;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < count + SPARE_FILES)
		return ERR(arena, ERR_UNAVAILABLE,
		    "this process may open %llu files, too few for %zu listeners",
		    (unsigned long long)limit.rlim_cur, count);
	return NULL;
}

static bool
is_once(void *context)
{
	bool *is_done = context, was = *is_done;

	*is_done = true;
	return was;
}

struct err *
listeners_open(struct arena *arena, const struct listeners_plan *plan, struct listeners **ret)
{
	size_t each = sizeof(struct listener) + HELD_BYTES;
	struct arena *own;
	struct listeners *listeners;

	*ret = NULL;
	own = arena_create(plan->count * each + (1u << 20));
	listeners = arena_new(own, struct listeners);
	CHECK(listeners != NULL);
	*listeners = (struct listeners){ .plan = *plan, .arena = arena, .own = own };
	listeners->at = arena_array(own, struct listener, plan->count);
	listeners->poll = epoll_create1(EPOLL_CLOEXEC);
	CHECK(listeners->at != NULL && listeners->poll >= 0);
	for (size_t i = 0; i < plan->count; i++) {
		listeners->at[i] = (struct listener){ -1, 0, arena_bytes(own, HELD_BYTES) };
		CHECK(listeners->at[i].memory != NULL);
	}
	*ret = listeners;
	for (size_t i = 0; i < plan->count; i += TOGETHER) {
		TRY(open_some(
		    listeners, i, i + TOGETHER < plan->count ? i + TOGETHER : plan->count));
		/* Those who are there already are pinged meanwhile. */
		TRY(listeners_hear(listeners, is_once, &(bool){ false }));
	}
	return NULL;
}

void
listeners_close(struct listeners *listeners)
{
	if (listeners == NULL)
		return;
	for (size_t i = 0; i < listeners->plan.count; i++)
		if (listeners->at[i].fd >= 0)
			close(listeners->at[i].fd);
	close(listeners->poll);
	arena_destroy(listeners->own);
}
