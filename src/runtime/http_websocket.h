#ifndef RUNTIME_HTTP_WEBSOCKET_H
#define RUNTIME_HTTP_WEBSOCKET_H

#include "runtime/http_server.h"

/*
 * http_websocket: the handshake by which a request becomes a WebSocket (RFC 6455, 4.2).
 * What no two programs may read differently the gate has refused already (http_gate.h).
 */

/** Whether ${request} asks for a WebSocket. */
bool http_websocket_is_asked(const struct http_request *request);

/**
 * Answer the handshake of ${request} into ${ret}: 101 and its headers, all but what is to take
 * over.  ${protocol} is chosen when the client offers it; ${*ret_chosen} says whether it does.
 * False, with the status and a reason for the sender in ${*ret_reason}, when it cannot be
 * agreed to; a 426 has its header then.
 */
NODISCARD bool http_websocket_accept(struct arena *arena, const struct http_request *request,
    struct str protocol, struct http_response *ret, bool *ret_chosen, struct str *ret_reason);

#endif
