#ifndef API_GRAPHQL_DOOR_H
#define API_GRAPHQL_DOOR_H

#include "api/gate.h"
#include "api/graphql_eco.h"

/*
 * graphql_door: one GraphQL request of somebody who was let in, whichever way it came: HTTP,
 * a WebSocket's operation, a stream.  For api/ only.
 */

/* What is asked, read and checked: all of it in the request's arena. */
struct graphql_asked {
	struct graphql_request request;
	struct str persisted_hash;        /* 64 hexadecimal digits; empty: none was named */
	enum graphql_operation_kind kind; /* once it was executed */
};

/** The limits of this server, from its settings. */
struct graphql_limits graphql_door_limits(const struct api *api);

/**
 * Read the members query, operationName, variables and extensions of ${body}.  False with
 * why they cannot be read, as a phrase for the sender.
 */
NODISCARD bool graphql_door_read(struct arena *arena, const struct json *body,
    struct graphql_asked *ret, struct str *ret_reason);

/**
 * Write the response of a request that is refused into ${response}, which is emptied first:
 * one error with ${message} and ${code}, at the root field ${field} (empty: at none).
 */
void graphql_door_refuse(
    struct buf *response, struct str field, struct str code, struct str message);

/**
 * The text of a persisted query, or remember one that came with its hash.  False with the
 * response in ${response}: PERSISTED_QUERY_NOT_FOUND, or a hash that is not that of the query.
 */
NODISCARD bool graphql_door_recall(
    struct api_request *request, struct graphql_asked *asked, struct buf *response);

/** What kind of operation is asked for, without executing it; GRAPHQL_NO_OPERATION when it is not
 * valid. */
NODISCARD enum graphql_operation_kind graphql_door_kind(
    struct api_request *request, const struct graphql_asked *asked);

/**
 * The asker of one request: what resolvers get as their context.  ${refused} notes what
 * was not permitted.
 */
NODISCARD struct err *graphql_door_asker(struct api_request *request,
    const struct gate_principal *principal, struct app_refused *refused, struct graphql_asker *ret);

/** graphql_request's on_fault and is_late for a context that is a struct graphql_asker. */
struct str graphql_door_fault(
    void *context, struct arena *arena, const struct err *err, struct str path);
bool graphql_door_is_late(void *context);

/**
 * Execute a query or a mutation, and write what it was refused into the audit.  ${*ret} says
 * how it went; the response is in ${response}.
 */
NODISCARD struct err *graphql_door_execute(struct api_request *request,
    const struct gate_principal *principal, struct graphql_asked *asked, struct buf *response,
    enum graphql_outcome *ret);

#endif
