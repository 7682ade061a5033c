#ifndef RUNTIME_HUB_INTERNAL_H
#define RUNTIME_HUB_INTERNAL_H

#include <pthread.h>
#include <uv.h>
#include <wslay/wslay.h>

#include "runtime/hub.h"

/*
 * What hub.c (the thread, the table of peers, what other threads may do) and hub_peer.c (one
 * socket, on the hub's thread) share.
 *
 * One lock guards the table, what waits for each peer, and who has to be looked after.  It is
 * held for a few instructions at a time, and no event is told under it.
 */

/* How long a peer may take to answer that it is being closed. */
#define HUB_LINGER_US      INT64_C(10000000)
#define HUB_STOP_LINGER_US INT64_C(1000000)

#define HUB_REASON_BYTES_MAX 123

#define HUB_INPUT_BYTES 65536

/* Of wslay's for one input: a ping becomes a pong of the same length, but for its mask. */
#define HUB_OUTPUT_BYTES (2 * HUB_INPUT_BYTES)

/* A message, or a frame of control, on its way out. */
struct hub_piece {
	struct hub_piece *next;
	struct hub_text *shared; /* stands between head and tail; may be NULL */
	size_t head, tail;       /* bytes at ${bytes} */
	char bytes[];
};

/* Why and how a peer is to be closed. */
struct hub_closing {
	int code; /* 0: it is not */
	uint8_t reason_length;
	char reason[HUB_REASON_BYTES_MAX];
};

/* Where in the frames of a WebSocket the bytes that came in have ended. */
struct hub_framer {
	uint8_t head[14]; /* of a frame: as much of it as there is (RFC 6455, 5.2) */
	uint8_t length;
	bool in_message; /* more frames of it are to come */
	uint64_t left;   /* bytes of a frame's payload */
};

struct hub_peer_state {
	struct hub *hub;
	hub_peer id;
	void *who;
	enum hub_framing framing;
	int fd;

	/* Under the lock. */
	struct hub_piece *first, *last;
	size_t sent;         /* bytes of the first */
	size_t backlog;      /* bytes of all that are not sent */
	bool refused;        /* a message was, and nobody has been told of room yet */
	bool shut;           /* nothing more is taken */
	bool listed;         /* among those to be looked after */
	int64_t taken_us;    /* when it last took something, or began to have to */
	int64_t deadline_us; /* 0: none */
	int deadline_code;
	const char *deadline_reason;
	struct hub_closing *asked; /* hub_close(); NULL: not asked */
	struct hub_peer_state *next_listed;

	/* The hub's thread's. */
	uv_poll_t poll;
	int polled; /* for which events */
	bool opened, closing, gone;
	bool ended; /* the socket takes nothing more */
	bool full;  /* more waits than may, and it is not sent: it is not read from either */
	int code;   /* for hub_events.closed */
	int64_t heard_us, pinged_us, linger_until_us;
	unsigned frames; /* of the message that is coming in */
	struct hub_framer framer;
	struct str input; /* what is being read */
	char *early;
	size_t early_length;
	/*
	 * NULL at rest: it takes 8.7 kB, eighteen times as much as all the rest, and most peers
	 * most of the time only listen.
	 */
	wslay_event_context_ptr websocket;
};

struct hub {
	struct hub_config config;
	const struct hub_events *events;
	pthread_t thread;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t tick;
	char *input;       /* HUB_INPUT_BYTES: what was read last, of whichever peer */
	struct buf output; /* HUB_OUTPUT_BYTES: what wslay has to say to it */
	int64_t stop_until_us;

	pthread_mutex_t lock;
	/* Under the lock. */
	struct hub_peer_state **slots;
	uint32_t *uses;    /* how often each has been used */
	uint32_t *unused;  /* which are free: a stack */
	size_t free_count; /* of them */
	size_t count;      /* peers in the table */
	size_t slots_used; /* the first so many have been, ever */
	struct hub_peer_state *listed;
	bool stopping, stopped;
};

/* -- hub.c -- */

/** The four texts, of which ${shared} (may be NULL) gets one more reference and is not copied. */
struct hub_piece *hub_piece_create(
    struct str frame, struct str head, struct hub_text *shared, struct str tail);
void hub_piece_destroy(struct hub_piece *piece);
size_t hub_piece_length(const struct hub_piece *piece);

/** Put ${piece} behind what waits for ${peer}; under the lock. */
void hub_append(struct hub_peer_state *peer, struct hub_piece *piece);

/** Have ${peer} be looked after soon; under the lock. */
void hub_list(struct hub_peer_state *peer);

/** Take ${peer} out of the table: its number means nobody from now on. */
void hub_forget(struct hub_peer_state *peer);

/* -- hub_peer.c: on the hub's thread -- */

/** Begin with a peer that hub_take() has put into the table.  False: it is gone again. */
NODISCARD bool hub_peer_open(struct hub_peer_state *peer, int64_t now_us);

/** Send what waits, and close when that was asked for. */
void hub_peer_tend(struct hub_peer_state *peer);

/** Close ${peer} in good order, after what waits for it. */
void hub_peer_close(struct hub_peer_state *peer, const struct hub_closing *closing);

/** What the passing of time asks for: pings, deadlines, who is stuck or gone. */
void hub_peer_check(struct hub_peer_state *peer, int64_t now_us);

/** ${peer} is no more: tell, and free it. */
void hub_peer_end(struct hub_peer_state *peer, int code);

#endif
