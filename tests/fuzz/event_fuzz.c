#include "base/json.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"

/*
 * An event's name on the first line, any bytes as its payload.  Whatever is read
 * can be written, read again, and is then written the same; and there are words
 * for it, whoever looks.
 */

#define ARENA_BYTES ((size_t)32 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
encode(struct arena *arena, const struct eco_event *event)
{
	struct buf buf = buf_in(arena, 4 * CODEC_EVENT_BYTES_MAX);

	codec_encode_event(event, &buf);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

static void
say(struct arena *arena, const struct eco_event *event)
{
	static const struct timeline_viewer viewers[] = { { .noc = true }, { .osp = true },
		{ .noc = true, .osp = true } };

	for (size_t i = 0; i < COUNT_OF(viewers); i++)
		CHECK(str_is_utf8(timeline_words(arena, event, NULL, viewers[i])));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str payload = { (const char *)data, size }, name, written, reason = STR("");
	struct eco_event event, again;
	const struct instant at = { 1767579247000000 };

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > CODEC_EVENT_BYTES_MAX)
		return 0;
	name = str_cut(&payload, '\n');
	if (!codec_decode_event(arena, name, 1, at, payload, &event, &reason)) {
		CHECK(!str_empty(reason));
		return 0;
	}
	written = encode(arena, &event);
	CHECK(codec_decode_event(arena, name, 1, at, written, &again, &reason));
	CHECK(str_equal(encode(arena, &again), written));
	say(arena, &event);
	return 0;
}
