#include "codec/area.h"
#include "codec/record_codec.h"

/*
 * Any bytes as an area, and as a file of named areas.  What is read obeys the rules, and
 * is read the same after it was written; what is refused is refused for a field and in
 * well-formed words.
 */

#define ARENA_BYTES ((size_t)96 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
written(struct arena *arena, const struct geo_area *area)
{
	struct buf buf = buf_in(arena, area_bytes(area));
	struct json_writer writer = json_writer(&buf);

	codec_write_area(&writer, area);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

static void
check_area(struct arena *arena, const struct geo_area *area)
{
	struct str text = written(arena, area), reason;
	struct geo_area again;
	struct refusal refusal;
	const struct json *value;

	CHECK(geo_area_check(area, (struct geo_area_name){ "area", false }, &refusal));
	CHECK(geo_area_points(area) <= GEO_AREA_POINTS_MAX);
	CHECK(json_parse(arena, text, &value, &reason));
	CHECK(area_read(arena, value, "area", &again, &refusal));
	CHECK(str_equal(written(arena, &again), text));
}

static void
check_refusal(const struct refusal *refusal)
{
	CHECK(refusal->code != REFUSAL_NONE && refusal->message_length > 0);
	CHECK(str_is_utf8(refusal_message(refusal)) && str_is_utf8(refusal_field(refusal)));
}

static void
check_features(struct arena *arena, const struct region_features *features)
{
	CHECK(features->count > 0 && features->count <= REGION_FEATURES_MAX);
	for (size_t i = 0; i < features->count; i++) {
		struct arena_mark mark = arena_mark(arena);

		if (features->at[i].refused)
			check_refusal(&features->at[i].refusal);
		else
			check_area(arena, &features->at[i].area);
		arena_release(arena, mark);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str text = { (const char *)data, size }, reason;
	struct region_features features;
	struct geo_area area;
	struct refusal refusal;
	const struct json *value;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > 1024 * 1024 || !json_parse(arena, text, &value, &reason))
		return 0;
	if (area_read(arena, value, "area", &area, &refusal))
		check_area(arena, &area);
	else
		check_refusal(&refusal);
	if (area_read_features(arena, value, STR("name"), &features, &refusal))
		check_features(arena, &features);
	else
		check_refusal(&refusal);
	return 0;
}
