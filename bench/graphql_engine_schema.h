#ifndef GRAPHQL_ENGINE_SCHEMA_H
#define GRAPHQL_ENGINE_SCHEMA_H

#include "graphql/graphql.h"

/** The schema ${sdl}, bench/graphql/engine.graphql, with resolvers that read memory. */
NODISCARD struct err *graphql_engine_schema(
    struct arena *arena, struct str sdl, struct graphql_schema **ret);

#endif
