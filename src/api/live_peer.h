#ifndef API_LIVE_PEER_H
#define API_LIVE_PEER_H

#include "api/gate.h"
#include "runtime/hub.h"

/*
 * live_peer: what the hub owns for us: WebSockets (live_socket.c) and event streams
 * (live_stream.c).  For api/ only.
 */

/* What stands first in each of them: whom the hub's events are for. */
struct live_peer {
	const struct hub_events *events;
};

/** Start ${api->hub}. */
NODISCARD struct err *live_peer_start(struct arena *arena, struct api *api);

/** Whether there is room for one more; else the answer is given. */
NODISCARD bool live_peer_is_room(struct api_request *request);

/** The list of errors in the response ${json} of a refused request, as JSON. */
struct str live_peer_errors(struct arena *arena, struct str json);

/** A list of one error, as JSON. */
struct str live_peer_error(struct arena *arena, const char *code, struct str message);

/** GET /graphql that asks for a WebSocket: the subprotocol graphql-transport-ws. */
NODISCARD struct err *live_socket_answer(struct api_request *request);

#endif
