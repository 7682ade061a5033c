#ifndef TESTS_SUPPORT_GRAPHQL_ANYTHING_H
#define TESTS_SUPPORT_GRAPHQL_ANYTHING_H

#include "graphql/graphql.h"

/*
 * Resolvers for a schema that nobody has seen before: each makes up a value of the type
 * that its field promises.  Some give nothing, some fail, and some work in batches.
 */

/** Bind every field of ${schema}, with memory from ${arena}; stops the test when that fails. */
void graphql_anything_bind(struct arena *arena, struct graphql_schema *schema);

/**
 * Execute ${query} with ${variables}, which may be NULL, in ${arena} with ${room} for the
 * response, and see that the response is a JSON object with data or errors.
 */
void graphql_anything_run(struct arena *arena, const struct graphql_schema *schema,
    struct str query, const struct json *variables, size_t room);

#endif
