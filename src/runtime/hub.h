#ifndef RUNTIME_HUB_H
#define RUNTIME_HUB_H

#include "base/err.h"
#include "base/str.h"

/*
 * hub: one thread (libuv) that owns the sockets of those who listen.
 *
 *   HUB_WEBSOCKET     RFC 6455, text messages both ways (libwslay), after the handshake
 *   HUB_EVENT_STREAM  server-sent events: what is sent is written as it is; what the
 *                     peer says is not looked at
 *
 * The hub pings a WebSocket that has been silent, and writes a comment to a stream, so that
 * who is gone is found out.  What waits to be sent to one peer is bounded: the sender is told,
 * and told again when there is room (hub_events.drained).  Of what is sent to many there is
 * one copy in memory, however many it waits for.
 *
 * Sending and closing may be done from any thread.  The events are called on the hub's
 * thread, one at a time; they must not block.
 *
 * The codes with which the hub itself closes (RFC 6455, 7.4):
 *
 *	1001  the server stops
 *	1002  1007  a frame that breaks the rules; text that is no UTF-8
 *	1003  a binary message
 *	1008  a message in more than HUB_FRAMES_MAX frames
 *	1009  a message that is too long
 *	1013  the peer has taken nothing for stuck_s of what waits for it
 */

/* Of one message that comes in: each costs memory of its own, however short. */
#define HUB_FRAMES_MAX 1024

struct hub;

/* A peer for as long as it lasts; the number of one that is gone is never used again. */
typedef uint64_t hub_peer;

enum hub_framing { HUB_WEBSOCKET, HUB_EVENT_STREAM };

struct hub_events {
	/* One text message, well-formed UTF-8; it is gone when this returns. */
	void (*received)(void *who, struct str text);
	/* hub_send() has been refused since, and there is room again. */
	void (*drained)(void *who);
	/* The peer is gone: the last call for ${who}.  ${code}: RFC 6455, 7.4; 1006 without one. */
	void (*closed)(void *who, int code);
};

struct hub_config {
	const struct hub_events *events;
	size_t peers_max;
	size_t message_bytes_max; /* of one that comes in; longer: closed with 1009 */
	size_t backlog_bytes_max; /* of what waits for one peer; one message may be longer */
	unsigned silent_s;        /* pinged after so long, and gone after as long again */
	unsigned stuck_s;         /* gone when it has taken nothing of what waits for so long */
};

/**
 * Start the thread; ${config} is copied, its events must outlive the hub.  The limit of open
 * files of this process is raised as far as peers_max needs and the system allows.
 */
NODISCARD struct err *hub_start(
    struct arena *arena, const struct hub_config *config, struct hub **ret);

/** Close every peer with 1001, flush for a moment, stop.  ${hub} may be NULL. */
void hub_stop(struct hub *hub);

/**
 * Have ${hub} own the connected socket ${fd}, with ${early}, what the peer has sent already.
 * From now on its events are told of ${who}, perhaps before this returns.  False when there
 * are too many peers or the hub is being stopped; ${fd} is then still the caller's.
 */
NODISCARD bool hub_take(
    struct hub *hub, int fd, enum hub_framing framing, struct str early, void *who, hub_peer *ret);

/* Text that is sent to many: made once, counted. */
struct hub_text;

/** A copy of ${text}, with one reference. */
struct hub_text *hub_text_create(struct str text);
struct hub_text *hub_text_share(struct hub_text *text);
void hub_text_release(struct hub_text *text); /* may be NULL */
struct str hub_text_view(const struct hub_text *text);

/**
 * Send ${head}, ${shared} (may be NULL) and ${tail} as one message; head and tail are copied, of
 * ${shared} a reference is kept.  False when that is more than may wait for ${peer}: nothing
 * was sent, and ${drained} will come.  True also when the peer is gone: ${closed} has told.
 */
NODISCARD bool hub_send(
    struct hub *hub, hub_peer peer, struct str head, struct hub_text *shared, struct str tail);

/** Close ${peer} after what waits for it, with ${code} and ${reason} (at most 123 bytes). */
void hub_close(struct hub *hub, hub_peer peer, int code, struct str reason);

/**
 * Close ${peer} with ${code} and ${reason} (a literal) unless this is called again within
 * about ${wait_ms}; with 0 there is no such deadline.
 */
void hub_expect(struct hub *hub, hub_peer peer, unsigned wait_ms, int code, const char *reason);

/** How many peers there are. */
size_t hub_count(struct hub *hub);

#endif
