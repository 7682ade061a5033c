#ifndef API_LIVE_STREAM_H
#define API_LIVE_STREAM_H

#include "api/graphql_door.h"

/*
 * live_stream: server-sent events, for clients without WebSocket: the mode "distinct
 * connections" of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
 * One request, one operation, one stream.  For api/ only.
 *
 *	event: next       data: {"data": ...}     a response
 *	event: complete   data:                   there are no more; the stream ends
 *
 * Between them stand comments, so that who is gone is found out.  Events carry no id: the
 * position to go on from (after) is in the data of a subscription, as far as it was asked for.
 */

/**
 * Answer ${request}, of ${principal} who was let in, with a stream: a subscription's
 * responses as they come, or that of a query or a mutation.  What is no valid operation is
 * answered 400, with the errors as application/json.
 */
NODISCARD struct err *live_stream_answer(struct api_request *request,
    const struct gate_principal *principal, struct graphql_asked *asked);

#endif
