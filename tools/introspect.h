#ifndef TOOLS_INTROSPECT_H
#define TOOLS_INTROSPECT_H

#include "base/err.h"
#include "base/json.h"

/*
 * introspect: the schema as a client would be told of it, for programs of the build.
 *
 * ${ret->schema} is the answer to the introspection query, its member __schema.
 */
struct introspected {
	const struct json *schema;
	const struct json *types; /* a list */
};

/**
 * Bind the schema definition ${sdl} to the program's resolvers, and introspect it.  The
 * fault says where the two disagree.
 */
NODISCARD struct err *introspect(struct arena *arena, struct str sdl, struct introspected *ret);

/** The type called ${name}, or NULL. */
const struct json *introspected_type(const struct introspected *schema, struct str name);

/** The fields of the root called ${root} ("Query"); an empty list when there is none. */
const struct json *introspected_fields(const struct introspected *schema, struct str root);

#endif
