#ifndef TESTS_SUPPORT_GRAPHQL_WORLD_H
#define TESTS_SUPPORT_GRAPHQL_WORLD_H

#include "graphql/graphql.h"

/*
 * A small schema with every kind of type, and resolvers over data that never
 * changes, for the tests of the engine.
 */

/** The schema's SDL. */
struct str graphql_world_sdl(void);

/** The schema, bound, in ${arena}; stops the test when that fails. */
struct graphql_schema *graphql_world_schema(struct arena *arena);

/** Execute ${query} with ${variables} (JSON text, or empty); the response is in ${arena}. */
struct str graphql_world_run(struct arena *arena, const struct graphql_schema *schema,
    struct str query, struct str variables);

/** The same with all that a request has; ${ret_outcome} says how it went. */
struct str graphql_world_execute(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_request *request, const struct graphql_limits *limits,
    enum graphql_outcome *ret_outcome);

/** How many resolvers have been called since the start. */
size_t graphql_world_calls(void);

/** The fault that a resolver returned last, as on_fault() saw it: "path: message". */
struct str graphql_world_fault(void);

/** The introspection query that GraphiQL sends. */
struct str graphql_world_introspection(void);

#endif
