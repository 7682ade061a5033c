#include "codec/event_reader.h"
#include "support/same_json.h"

/* Any bytes.  What the reader of events reads, jansson reads the same way. */

#define ARENA_BYTES ((size_t)32 * 1024 * 1024)
#define BYTES_MAX   ((size_t)192 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str text = { (const char *)data, size }, reason;
	const struct json *fast, *slow;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > BYTES_MAX)
		return 0;
	fast = event_reader_read(arena, text);
	if (fast == NULL)
		return 0;
	CHECK(json_parse(arena, text, &slow, &reason));
	CHECK(same_json(fast, slow));
	return 0;
}
