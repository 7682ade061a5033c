#include "base/json.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"

/*
 * An event's name on the first line, any bytes as its payload, read in every version
 * there ever was.  Whatever is read can be written, read again, and is then written
 * the same; and there are words for it, whoever looks.
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

/* What is there today, written and read again as what it is. */
static void
check_written(struct arena *arena, const struct eco_event *event)
{
	struct str name = eco_event_name(event->type), written = encode(arena, event), reason;
	struct codec_events again;

	CHECK(codec_decode_events(
	    arena, name, eco_event_version(event->type), event->at, written, &again, &reason));
	CHECK(again.count == 1);
	CHECK(str_equal(encode(arena, &again.at[0]), written));
	say(arena, event);
}

static void
check_version(struct arena *arena, struct str name, int64_t version, struct str payload)
{
	const struct instant at = { 1767579247000000 };
	struct codec_events events;
	struct str reason = STR("");

	if (!codec_decode_events(arena, name, version, at, payload, &events, &reason)) {
		CHECK(!str_empty(reason));
		return;
	}
	for (size_t i = 0; i < events.count; i++)
		check_written(arena, &events.at[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str payload = { (const char *)data, size }, name;
	enum eco_event_type type;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > CODEC_EVENT_BYTES_MAX)
		return 0;
	name = str_cut(&payload, '\n');
	check_version(arena, name, 1, payload);
	if (eco_event_find(name, &type)) {
		for (int version = 2; version <= eco_event_version(type); version++)
			check_version(arena, name, version, payload);
	}
	return 0;
}
