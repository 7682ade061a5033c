#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/hub.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define MESSAGE_BYTES_MAX 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gone;

static void
on_received(void *who, struct str text)
{
	(void)who;
	CHECK(text.len <= MESSAGE_BYTES_MAX && str_is_utf8(text));
}

static void
on_drained(void *who)
{
	(void)who;
}

static void
on_closed(void *who, int code)
{
	(void)who;
	CHECK(code >= 1000 && code < 65536);
	(void)pthread_mutex_lock(&lock);
	gone = true;
	(void)pthread_cond_signal(&changed);
	(void)pthread_mutex_unlock(&lock);
}

static struct hub *
start(void)
{
	static const struct hub_events events = { on_received, on_drained, on_closed };
	struct arena *arena = arena_create(65536);
	struct hub *hub = NULL;

	CHECK(hub_start(arena,
		  &(struct hub_config){
		      .events = &events,
		      .peers_max = 4,
		      .message_bytes_max = MESSAGE_BYTES_MAX,
		      .backlog_bytes_max = 4096,
		      .silent_s = 60,
		      .stuck_s = 60,
		  },
		  &hub) == NULL);
	arena_destroy(arena);
	return hub;
}

/*
 * What a WebSocket's peer sends: the first byte says how much of it comes before the hub has
 * the socket, and into how many parts the rest is broken.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct hub *hub;
	size_t early, part, at;
	hub_peer peer;
	int pair[2];

	if (length < 1 || length > 60000)
		return 0;
	if (hub == NULL)
		hub = start();
	early = bytes[0] % 16 < length - 1 ? bytes[0] % 16 : 0;
	part = 1 + (length - 1 - early) / (1 + bytes[0] / 16);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	gone = false;
	CHECK(hub_take(hub, pair[1], HUB_WEBSOCKET, (struct str){ (const char *)bytes + 1, early },
	    &gone, &peer));
	for (at = 1 + early; at < length; at += part)
		(void)!send(pair[0], bytes + at, length - at < part ? length - at : part,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)!hub_send(hub, peer, STR("to whom it may concern"), NULL, STR(""));
	(void)shutdown(pair[0], SHUT_WR);
	(void)pthread_mutex_lock(&lock);
	while (!gone)
		(void)pthread_cond_wait(&changed, &lock);
	(void)pthread_mutex_unlock(&lock);
	(void)close(pair[0]);
	return 0;
}
