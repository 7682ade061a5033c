#ifndef API_GRAPHQL_ECO_H
#define API_GRAPHQL_ECO_H

#include "api/api_internal.h"
#include "runtime/random.h"

/*
 * graphql_eco: what stands behind the objects of schema.graphql.  For api/ only.
 *
 *	Eco           struct store_board_row
 *	Organisation  struct store_organisation
 *	Viewer        struct store_membership
 *	Refusal       struct refusal
 */

/* The context of every resolver. */
struct graphql_asker {
	struct api_request *request;
	struct app_context app;
};

static inline struct graphql_asker *
graphql_asker(const struct graphql_call *call)
{
	return call->context;
}

/** An Eco as it stands after its newest event, read from its stream: a writer sees its own write.
 */
NODISCARD struct err *graphql_load_eco(
    struct graphql_call *call, struct uuid id, const struct store_board_row **ret);

/** Resolvers of one file each, joined in graphql_bindings.c. */
extern const struct graphql_binding graphql_query_bindings[];
extern const size_t graphql_query_binding_count;
extern const struct graphql_binding graphql_eco_bindings[];
extern const size_t graphql_eco_binding_count;
extern const struct graphql_binding graphql_timeline_bindings[];
extern const size_t graphql_timeline_binding_count;
extern const struct graphql_binding graphql_mutation_bindings[];
extern const size_t graphql_mutation_binding_count;

/** The list of TimelineEntry of ECO ${eco} for the asker: from `after`, at most `first`. */
NODISCARD struct err *graphql_timeline(
    struct graphql_call *call, struct uuid eco, struct graphql_value *ret);

#endif
