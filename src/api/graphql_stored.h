#ifndef API_GRAPHQL_STORED_H
#define API_GRAPHQL_STORED_H

#include "api/graphql_eco.h"

/*
 * graphql_stored: fields of the event behind an entry of a timeline or of a ring-down.  For
 * api/ only.
 *
 * What stands behind such an entry begins with its struct store_event; each kind of entry
 * says so with GRAPHQL_BEGINS_WITH_EVENT, and does not compile when it is no longer true.
 */

#define GRAPHQL_BEGINS_WITH_EVENT(type)                    \
	_Static_assert(offsetof(struct type, stored) == 0, \
	    "what stands behind an entry begins with its event")

struct err *graphql_stored_version(struct graphql_call *call, struct graphql_value *ret);
struct err *graphql_stored_position(struct graphql_call *call, struct graphql_value *ret);
struct err *graphql_stored_id(struct graphql_call *call, struct graphql_value *ret);
struct err *graphql_stored_type(struct graphql_call *call, struct graphql_value *ret);
struct err *graphql_stored_at(struct graphql_call *call, struct graphql_value *ret);

#endif
