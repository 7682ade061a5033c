#include "support/graphql_anything.h"

/*
 * A line of GraphQL, and behind it JSON for its variables: everything that input can be,
 * coerced from both.  Nothing may crash, and every response must be JSON.
 */

#define ARENA_BYTES    ((size_t)8 << 20)
#define RESPONSE_BYTES ((size_t)64 << 10)

static const char sdl[] =
    "scalar Any\n"
    "enum Level { LOW HIGH OLD @deprecated }\n"
    "input Point { latitude: Float! longitude: Float! = 1.5 label: String = \"here\" }\n"
    "input Choice @oneOf { number: Int text: String point: Point list: [Int!] more: Choice }\n"
    "input Filter { level: Level = LOW points: [Point!] = [{latitude: 1}] choice: Choice any: Any\n"
    "  ids: [ID!] matrix: [[Int!]] inner: Filter flag: Boolean = true }\n"
    "directive @tag(filter: Filter, any: Any = {a: [1, null]}) repeatable on FIELD | QUERY\n"
    "type Query { id(int: Int = 3, float: Float, text: String, flag: Boolean, id: ID,\n"
    "  level: Level, list: [Int], matrix: [[Int!]!], point: Point, filter: Filter,\n"
    "  choice: Choice, choices: [Choice!], any: Any, must: Int! = 7): Query same: [Query!]! }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena, *schema_arena;
	static struct graphql_schema *schema;
	struct str rest = { (const char *)data, size }, query = str_cut(&rest, '\n'), reason;
	const struct json *variables = NULL;

	if (arena == NULL) {
		arena = arena_create(ARENA_BYTES);
		schema_arena = arena_create(ARENA_BYTES);
		CHECK(graphql_schema_parse(
			  schema_arena, (struct str){ sdl, sizeof(sdl) - 1 }, &schema) == NULL);
		graphql_anything_bind(schema_arena, schema);
	}
	arena_reset(arena);
	if (!str_empty(rest) && !json_parse(arena, rest, &variables, &reason))
		return 0;
	graphql_anything_run(arena, schema, query, variables, RESPONSE_BYTES);
	return 0;
}
