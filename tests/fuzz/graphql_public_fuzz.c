#include "support/graphql_anything.h"

#include "base/embedded.h"

#include <stdlib.h>

/*
 * Any bytes as a query of the real schema, with as much memory and as long a response as
 * its first bytes say.  Nothing may crash, and every response must be JSON: when what there
 * is does not do, the response says so.
 */

#define SCHEMA_BYTES   ((size_t)16 << 20)
#define ARENA_BYTES    ((size_t)4 << 20)
#define HEAD_BYTES     4
#define RESPONSE_BYTES ((size_t)256 << 10)

extern const struct embedded_file schema_file[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *schema_arena;
	static struct graphql_schema *schema;
	struct arena arena;
	size_t bytes, room;
	char *memory;

	if (schema_arena == NULL) {
		schema_arena = arena_create(SCHEMA_BYTES);
		CHECK(graphql_schema_parse(schema_arena, schema_file[0].text, &schema) == NULL);
		graphql_anything_bind(schema_arena, schema);
	}
	if (size < HEAD_BYTES)
		return 0;
	/* Small sizes are where things run out, one after the other. */
	bytes = 1 + (((size_t)data[0] << 8 | data[1]) << (data[2] % 8));
	if (bytes > ARENA_BYTES)
		bytes = ARENA_BYTES;
	room = GRAPHQL_RESPONSE_BYTES_MIN + ((size_t)data[3] << (data[2] / 32));
	if (room > RESPONSE_BYTES)
		room = RESPONSE_BYTES;
	memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
	CHECK(memory != NULL);
	arena_init(&arena, memory, bytes);
	graphql_anything_run(&arena, schema,
	    (struct str){ (const char *)data + HEAD_BYTES, size - HEAD_BYTES }, NULL, room);
	free(memory);
	return 0;
}
