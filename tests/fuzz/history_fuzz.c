#include "app/history.h"

/*
 * Any bytes as a line of a history's file.  Whatever is read can be written, is read
 * again, and is then written the same.
 */

#define ARENA_BYTES ((size_t)128 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
written(struct arena *arena, const struct history_line *line)
{
	struct buf buf = buf_in(arena, 8 * (size_t)HISTORY_LINE_BYTES_MAX);

	history_write(line, &buf);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct history_line line, again;
	struct str reason = STR(""), text;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > HISTORY_LINE_BYTES_MAX)
		return 0;
	if (!history_read(arena, (struct str){ (const char *)data, size }, &line, &reason)) {
		CHECK(!str_empty(reason));
		return 0;
	}
	text = written(arena, &line);
	CHECK(history_read(arena, text, &again, &reason));
	CHECK(again.kind == line.kind);
	CHECK(str_equal(written(arena, &again), text));
	if (line.kind == HISTORY_EVENT)
		CHECK(sha256_equal(
		    store_event_hash(&line.event, arena), store_event_hash(&again.event, arena)));
	return 0;
}
