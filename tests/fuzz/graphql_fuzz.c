#include "support/graphql_world.h"

/*
 * Any bytes as a query, as the values of variables, and as SDL.  Nothing may
 * crash, and every response must be JSON.
 */

#define ARENA_BYTES ((size_t)8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect_json(struct arena *arena, struct str text)
{
	const struct json *value;
	struct str reason;

	if (arena_exhausted(arena))
		return;
	CHECK(json_parse(arena, text, &value, &reason));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena, *schema_arena;
	static struct graphql_schema *schema;
	struct str text = { (const char *)data, size }, reason;
	struct graphql_schema *ignored;
	const struct json *variables;

	if (arena == NULL) {
		arena = arena_create(ARENA_BYTES);
		schema_arena = arena_create(ARENA_BYTES);
		schema = graphql_world_schema(schema_arena);
	}
	arena_reset(arena);
	expect_json(arena, graphql_world_run(arena, schema, text, STR("")));
	arena_reset(arena);
	if (json_parse(arena, text, &variables, &reason))
		expect_json(arena, graphql_world_run(arena, schema,
				       STR("query($f: EcoFilter, $l: [Int], $p: Point, $i: ID) {\n"
					   " echo(filter: $f, list: $l, point: $p, id: $i) }"),
				       text));
	arena_reset(arena);
	if (graphql_schema_parse(arena, text, &ignored) == NULL)
		CHECK(!arena_exhausted(arena));
	return 0;
}
