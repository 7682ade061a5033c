#include "support/graphql_anything.h"

/*
 * Any bytes as a schema.  What is taken can be introspected, and what it says of itself is
 * JSON; nothing may crash.
 */

#define ARENA_BYTES    ((size_t)32 << 20)
#define RESPONSE_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena, *schema_arena;
	struct graphql_schema *schema;

	if (arena == NULL) {
		arena = arena_create(ARENA_BYTES);
		schema_arena = arena_create(ARENA_BYTES);
	}
	arena_reset(arena);
	arena_reset(schema_arena);
	if (graphql_schema_parse(schema_arena, (struct str){ (const char *)data, size }, &schema) !=
	    NULL)
		return 0;
	graphql_anything_bind(schema_arena, schema);
	graphql_anything_run(arena, schema,
	    STR("{ __typename __schema { description types { kind name description specifiedByURL"
		" isOneOf fields(includeDeprecated: true) { name description deprecationReason"
		" args(includeDeprecated: true) { name description defaultValue type { name kind } "
		"}"
		" type { name kind ofType { name kind ofType { name } } } }"
		" inputFields(includeDeprecated: true) { name defaultValue } interfaces { name }"
		" enumValues(includeDeprecated: true) { name description } possibleTypes { name } }"
		" directives { name description locations isRepeatable args { name } } } }"),
	    NULL, RESPONSE_BYTES);
	return 0;
}
