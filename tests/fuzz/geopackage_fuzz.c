#include "geopackage/geopackage.h"
#include "geopackage/wkb.h"

/*
 * Any bytes as a GeoPackage, and as one geometry of one.  What is read obeys the rules;
 * what is refused is refused in well-formed words; nothing else comes of it.
 */

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_refusal(const struct refusal *refusal)
{
	CHECK(refusal->code != REFUSAL_NONE && refusal->message_length > 0);
	CHECK(str_is_utf8(refusal_message(refusal)) && str_is_utf8(refusal_field(refusal)));
}

static void
check_area(const struct geo_area *area)
{
	struct refusal refusal;

	CHECK(geo_area_check(area, (struct geo_area_name){ "area", false }, &refusal));
	CHECK(geo_area_size(area) == geo_area_size(area));
}

static void
check_package(struct arena *arena, struct str bytes)
{
	const struct geopackage_choice choice = { .name_field = STR("name") };
	struct region_features features;
	struct refusal refusal;
	bool read;

	/* A fault is a want of memory, which is no fault of the reader's. */
	if (geopackage_read(arena, bytes, &choice, &read, &features, &refusal) != NULL)
		return;
	if (!read) {
		check_refusal(&refusal);
		return;
	}
	CHECK(features.count > 0 && features.count <= REGION_FEATURES_MAX);
	for (size_t i = 0; i < features.count; i++) {
		if (features.at[i].refused)
			check_refusal(&features.at[i].refusal);
		else
			check_area(&features.at[i].area);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str bytes = { (const char *)data, size };
	struct geo_area area;
	struct refusal refusal;

	if (arena == NULL)
		arena = arena_create(ARENA_BYTES);
	arena_reset(arena);
	if (size > 1024 * 1024)
		return 0;
	if (wkb_read(arena, bytes, 4326, "geometry", &area, &refusal))
		check_area(&area);
	else
		check_refusal(&refusal);
	check_package(arena, bytes);
	return 0;
}
