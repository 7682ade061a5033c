#include "codec/geojson.h"

/*
 * Any bytes as a location.  What is read is a place, and is read the same after
 * it was written; what is refused is refused for a field and in well-formed words.
 */

#define ARENA_BYTES ((size_t)32 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct geo_location *a, const struct geo_location *b)
{
	CHECK(a->type == b->type && a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		CHECK(!(a->points[i].longitude < b->points[i].longitude) &&
		      !(a->points[i].longitude > b->points[i].longitude));
		CHECK(!(a->points[i].latitude < b->points[i].latitude) &&
		      !(a->points[i].latitude > b->points[i].latitude));
	}
}

static void
check_written(struct arena *arena, const struct geo_location *location)
{
	struct buf buf = buf_in(arena, (size_t)64 * (GEO_LINE_POINTS_MAX + 1));
	struct json_writer w = json_writer(&buf);
	struct geo_location again;
	struct refusal refusal;
	const struct json *value;
	struct str reason;

	geojson_write(&w, location);
	CHECK(!buf.overflowed);
	CHECK(json_parse(arena, buf_view(&buf), &value, &reason));
	CHECK(geojson_read(arena, value, &again, &refusal));
	check_same(location, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str text = { (const char *)data, size }, reason;
	struct geo_location location;
	struct refusal refusal;
	const struct json *value;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > 1024 * 1024 || !json_parse(arena, text, &value, &reason))
		return 0;
	if (geojson_read(arena, value, &location, &refusal)) {
		check_written(arena, &location);
		return 0;
	}
	CHECK(refusal.code == REFUSAL_LOCATION_INVALID);
	CHECK(refusal.field_length > 0 && refusal.message_length > 0);
	CHECK(str_is_utf8(refusal_message(&refusal)));
	return 0;
}
