#ifndef PROTO_GRAPHQL_WS_H
#define PROTO_GRAPHQL_WS_H

#include "base/json.h"

/*
 * graphql_ws: the words of the subprotocol graphql-transport-ws, for a server
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
 *
 *	client: connection_init  ping  pong  subscribe  complete
 *	server: connection_ack   ping  pong  next  error  complete
 *
 * Reading, writing, and what may follow what.  What an operation is, who may ask, and the
 * passing of time are the caller's.
 */

#define GRAPHQL_WS_PROTOCOL     STR("graphql-transport-ws")
#define GRAPHQL_WS_ID_BYTES_MAX 128

/* Close codes of the protocol. */
enum graphql_ws_close {
	GRAPHQL_WS_BAD_MESSAGE = 4400,  /* a message that cannot be read */
	GRAPHQL_WS_UNAUTHORIZED = 4401, /* subscribe before connection_ack */
	GRAPHQL_WS_FORBIDDEN = 4403,    /* who asks is not let in, or not any more */
	GRAPHQL_WS_BAD_PROTOCOL = 4406, /* the subprotocol is not spoken here */
	GRAPHQL_WS_INIT_TIMEOUT = 4408, /* no connection_init in time */
	GRAPHQL_WS_ID_TAKEN = 4409,     /* the id is that of an operation under way */
	GRAPHQL_WS_INIT_TWICE = 4429,   /* a second connection_init */
	GRAPHQL_WS_INTERNAL = 4500,
};

enum graphql_ws_kind {
	GRAPHQL_WS_INIT,
	GRAPHQL_WS_SUBSCRIBE,
	GRAPHQL_WS_COMPLETE,
	GRAPHQL_WS_PING,
	GRAPHQL_WS_PONG,
};

struct graphql_ws_message {
	enum graphql_ws_kind kind;
	struct str id;              /* of subscribe and complete */
	const struct json *payload; /* a map, or NULL where it may be left out */
};

/** Read ${text}.  False with why it is closed with GRAPHQL_WS_BAD_MESSAGE, at most 123 bytes. */
NODISCARD bool graphql_ws_read(
    struct arena *arena, struct str text, struct graphql_ws_message *ret, struct str *ret_reason);

/* How far a connection has come. */
enum graphql_ws_phase { GRAPHQL_WS_OPENED, GRAPHQL_WS_INITIALISED, GRAPHQL_WS_ACKNOWLEDGED };

/**
 * Whether ${kind} may come in ${phase}; 0, or the code to close with and ${*ret_reason}.
 * (Whether an id is taken is the caller's to know.)
 */
int graphql_ws_admits(
    enum graphql_ws_phase phase, enum graphql_ws_kind kind, struct str *ret_reason);

/* Messages of the server.  ${json} is complete JSON, or empty for no payload. */
void graphql_ws_write_ack(struct buf *buf, struct str json);
void graphql_ws_write_ping(struct buf *buf);
void graphql_ws_write_pong(struct buf *buf, struct str json);
void graphql_ws_write_complete(struct buf *buf, struct str id);
/** ${errors}: the JSON list of errors. */
void graphql_ws_write_error(struct buf *buf, struct str id, struct str errors);
/** What stands before and after the response of a next. */
void graphql_ws_write_next_head(struct buf *buf, struct str id);
#define GRAPHQL_WS_NEXT_TAIL STR("}")

#endif
