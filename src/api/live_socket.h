#ifndef API_LIVE_SOCKET_H
#define API_LIVE_SOCKET_H

#include <pthread.h>

#include "api/live.h"
#include "api/live_caller.h"
#include "api/live_peer.h"
#include "proto/graphql_ws.h"

/*
 * live_socket: one WebSocket that speaks graphql-transport-ws.
 *
 *	hub's thread    what comes in is put into the inbox, and a job asked for
 *	live's threads  one job at a time: one message, or one operation that has ended
 *	any             responses of subscriptions go to the hub as they are made
 *
 * Messages are answered in the order in which they came.  What cannot be sent because too
 * much waits for the client already is kept, and until there is room nothing else is begun
 * for it.
 *
 * What the files of live_socket share.
 */

/* What may wait to be looked at.  A page that opens asks for many things at once. */
#define LIVE_INBOX_MESSAGES_MAX 256

struct live_socket;

/* A text on the heap, in a list. */
struct live_text {
	struct live_text *next;
	size_t length;
	char bytes[];
};

/* A subscription under way. */
struct live_operation {
	struct live_operation *next;
	struct live_socket *socket;
	struct live_listener *listener; /* under the lock; NULL: not yet */
	bool ended;                     /* under the lock; with LIVE_FAULT */
	struct str id, head;            /* of a next: what stands before its payload */
	char bytes[];
};

struct live_socket {
	struct live_peer base; /* first: the hub's events */
	struct live_job job;
	struct api *api;
	hub_peer peer;
	bool speaks; /* our subprotocol was offered */
	int64_t began_us;

	pthread_mutex_t lock;
	/* Under the lock. */
	struct live_text *inbox, *inbox_last;
	size_t inbox_count, inbox_bytes;
	struct live_operation *operations;
	bool over;    /* it is being closed: nothing more is begun */
	bool working; /* a job is given, or under way */
	bool again;   /* there may be something to do */
	bool gone;    /* the hub knows it no more */
	int code;

	/* The job's. */
	struct live_caller *caller;
	enum graphql_ws_phase phase;
	struct live_text *unsent; /* what waits for room, in order */
	size_t operation_count;
	int64_t received, operations_done, refused;
	/* Of who was let in, for the log. */
	struct uuid user, organisation;
	char via[24];
};

/* -- live_socket.c -- */

/** Send ${text}, now or when there is room. */
void live_socket_say(struct live_socket *socket, struct str head, struct str text, struct str tail);

/**
 * Have what there is to do be done; under the lock.  False: nobody will, for live has
 * stopped.
 */
bool live_socket_ask_for_work(struct live_socket *socket);

/** Close with ${code} and as much of ${reason} as fits. */
void live_socket_close(struct live_socket *socket, int code, struct str reason);

/* -- live_socket_message.c: what clients say, on a thread of live's -- */

void live_socket_handle(
    struct live_socket *socket, struct api_worker *worker, struct arena *arena, struct str text);

/** Tell of an operation that has ended by itself, if there is one; whether there was. */
bool live_socket_end_one(struct live_socket *socket, struct arena *arena);

/** Cancel all operations. */
void live_socket_cancel_all(struct live_socket *socket);

#endif
