#include "codec/geojson.h"
#include "support/json_text.h"
#include "support/spec.h"

/* ${text} is read, and written back as ${written}. */
static void
check_read(const char *text, const char *written)
{
	struct geo_location location;
	struct refusal refusal;
	struct buf buf = buf_in(arena, 4096);
	struct json_writer w = json_writer(&buf);

	if (!geojson_read(arena, json(str_from_z(text)), &location, &refusal))
		fail_msg("%s is refused: %.*s", text, STR_ARG(refusal_message(&refusal)));
	geojson_write(&w, &location);
	if (!str_equal(buf_view(&buf), str_from_z(written)))
		fail_msg("%s became %.*s", text, STR_ARG(buf_view(&buf)));
}

static void
check_refused(const char *text, const char *field, const char *message)
{
	struct geo_location location;

	world.refused = !geojson_read(arena, json(str_from_z(text)), &location, &world.refusal);
	outcome_init(&world.then, world.now);
	then_refused(REFUSAL_LOCATION_INVALID, field, message);
}

static void
points_and_lines_are_read_and_written_back(void **state)
{
	(void)state;
	check_read("{\"type\":\"Point\",\"coordinates\":[-97.7431,30]}",
	    "{\"type\":\"Point\",\"coordinates\":[-97.7431,30]}");
	check_read("{\"coordinates\":[[1,2],[3.5,-4]],\"type\":\"LineString\"}",
	    "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3.5,-4]]}");
}

static void
a_coordinate_keeps_every_digit_that_was_given(void **state)
{
	(void)state;
	check_read("{\"type\":\"Point\",\"coordinates\":[-97.743061234567891,30.1]}",
	    "{\"type\":\"Point\",\"coordinates\":[-97.74306123456789,30.1]}");
	check_read("{\"type\":\"Point\",\"coordinates\":[0.1,1e-7]}",
	    "{\"type\":\"Point\",\"coordinates\":[0.1,1e-07]}");
}

static void
an_altitude_is_taken_and_dropped(void **state)
{
	(void)state;
	check_read("{\"type\":\"Point\",\"coordinates\":[-97,30,150.5]}",
	    "{\"type\":\"Point\",\"coordinates\":[-97,30]}");
	check_refused("{\"type\":\"Point\",\"coordinates\":[-97,30,\"high\"]}",
	    "location.coordinates[2]", "location.coordinates[2] is a text, not a number");
}

static void
numbers_beyond_the_altitude_are_refused(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Point\",\"coordinates\":[-97,30,150,7]}", "location.coordinates",
	    "location.coordinates has 4 numbers; a position is [longitude, latitude] or "
	    "[longitude, latitude, altitude]");
	check_refused("{\"type\":\"LineString\",\"coordinates\":[[1,2],[3]]}",
	    "location.coordinates[1]",
	    "location.coordinates[1] has 1 numbers; a position is [longitude, latitude] or "
	    "[longitude, latitude, altitude]");
}

static void
what_is_no_geometry_is_named(void **state)
{
	(void)state;
	check_refused("null", "location", "location is null; give a GeoJSON Point or LineString");
	check_refused(
	    "\"POINT(1 2)\"", "location", "location is a text; give a GeoJSON Point or LineString");
	check_refused(
	    "{}", "location.type", "location.type is missing; give \"Point\" or \"LineString\"");
	check_refused("{\"type\":7}", "location.type",
	    "location.type is a number; give \"Point\" or \"LineString\"");
	check_refused(
	    "{\"type\":\"Point\"}", "location.coordinates", "location.coordinates is missing");
	check_refused("{\"type\":\"Point\",\"coordinates\":null}", "location.coordinates",
	    "location.coordinates is null, not an array");
	check_refused("{\"type\":\"LineString\",\"coordinates\":[1,2]}", "location.coordinates[0]",
	    "location.coordinates[0] is a number; a position is [longitude, latitude]");
	check_refused("{\"type\":\"Point\",\"coordinates\":[[1,2]]}", "location.coordinates",
	    "location.coordinates has 1 numbers; a position is [longitude, latitude] or "
	    "[longitude, latitude, altitude]");
	check_refused("{\"type\":\"Point\",\"coordinates\":[null,2]}", "location.coordinates[0]",
	    "location.coordinates[0] is null, not a number");
}

static void
a_location_that_is_not_given_is_missing(void **state)
{
	struct geo_location location;

	(void)state;
	world.refused = !geojson_read(arena, NULL, &location, &world.refusal);
	outcome_init(&world.then, world.now);
	then_refused(REFUSAL_LOCATION_INVALID, "location", "location is missing");
}

static void
other_geometries_are_refused_by_name(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[]}", "location.type",
	    "location.type is \"Polygon\": a location is a Point or a LineString");
	check_refused("{\"type\":\"GeometryCollection\",\"geometries\":[]}", "location.type",
	    "location.type is \"GeometryCollection\": a location is a Point or a LineString");
	check_refused("{\"type\":\"point\",\"coordinates\":[1,2]}", "location.type",
	    "location.type is \"point\": a location is a Point or a LineString");
}

static void
a_very_long_type_is_not_repeated_in_full(void **state)
{
	struct geo_location location;
	struct refusal refusal;

	(void)state;
	assert_false(geojson_read(arena,
	    json(STR("{\"type\":\"\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
		     "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\"}")),
	    &location, &refusal));
	assert_true(str_is_utf8(refusal_message(&refusal)));
	assert_true(refusal.message_length < 120);
}

static void
another_reference_system_is_refused(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Point\",\"coordinates\":[1,2],\"crs\":{\"type\":\"name\"}}",
	    "location.crs",
	    "location.crs is not supported: coordinates are WGS 84, longitude first "
	    "(RFC 7946, section 4)");
}

static void
swapped_coordinates_are_guessed(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Point\",\"coordinates\":[30.2672,-97.7431]}",
	    "location.coordinates[1]",
	    "location.coordinates[1] is -97.7431: latitude must be within \u00b190; "
	    "are longitude and latitude swapped?");
}

static void
a_line_of_one_position_is_refused(void **state)
{
	(void)state;
	check_refused("{\"type\":\"LineString\",\"coordinates\":[[1,2]]}", "location.coordinates",
	    "a LineString has at least 2 positions, this one has 1");
	check_refused("{\"type\":\"LineString\",\"coordinates\":[]}", "location.coordinates",
	    "a LineString has at least 2 positions, this one has 0");
}

static void
a_line_may_cross_the_antimeridian(void **state)
{
	(void)state;
	check_read("{\"type\":\"LineString\",\"coordinates\":[[179.9,-17],[-179.9,-17]]}",
	    "{\"type\":\"LineString\",\"coordinates\":[[179.9,-17],[-179.9,-17]]}");
}

static void
numbers_that_are_none_do_not_get_as_far_as_a_location(void **state)
{
	static const char *const texts[] = { "[NaN,1]", "[1e400,1]", "[-Infinity,1]", "[.5,1]",
		"[01,1]", "[0x1,1]" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const struct json *value;
		struct str reason;

		assert_false(json_parse(arena, str_from_z(texts[i]), &value, &reason));
	}
	check_refused("{\"type\":\"Point\",\"coordinates\":[1e300,2]}", "location.coordinates[0]",
	    "location.coordinates[0] is 1e+300: longitude must be within \u00b1180");
}

static void
a_nested_bomb_is_refused_before_it_is_looked_at(void **state)
{
	struct buf deep = buf_in(arena, 100000);
	const struct json *value;
	struct str reason;

	(void)state;
	buf_str(&deep, STR("{\"type\":\"LineString\",\"coordinates\":"));
	for (int i = 0; i < 20000; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < 20000; i++)
		buf_char(&deep, ']');
	buf_char(&deep, '}');
	assert_false(json_parse(arena, buf_view(&deep), &value, &reason));
	check_refused("{\"type\":\"LineString\",\"coordinates\":[[[[[1]]]]]}",
	    "location.coordinates[0]",
	    "location.coordinates[0] has 1 numbers; a position is [longitude, latitude] or "
	    "[longitude, latitude, altitude]");
}

static void
a_line_of_fifty_thousand_positions_is_to_be_simplified(void **state)
{
	struct buf text = buf_in(arena, 2000000);
	struct geo_location location;
	const struct json *value;

	(void)state;
	buf_str(&text, STR("{\"type\":\"LineString\",\"coordinates\":["));
	for (int i = 0; i < 50000; i++)
		buf_printf(&text, "%s[%d.5,1]", i == 0 ? "" : ",", i % 170);
	buf_str(&text, STR("]}"));
	value = json(buf_view(&text));
	world.refused = !geojson_read(arena, value, &location, &world.refusal);
	outcome_init(&world.then, world.now);
	then_refused(REFUSAL_LOCATION_INVALID, "location.coordinates",
	    "a LineString has at most 2000 positions, this one has 50000; simplify it");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_and_lines_are_read_and_written_back),
		cmocka_unit_test(a_coordinate_keeps_every_digit_that_was_given),
		cmocka_unit_test(an_altitude_is_taken_and_dropped),
		cmocka_unit_test(numbers_beyond_the_altitude_are_refused),
		cmocka_unit_test(what_is_no_geometry_is_named),
		cmocka_unit_test(a_location_that_is_not_given_is_missing),
		cmocka_unit_test(other_geometries_are_refused_by_name),
		cmocka_unit_test(a_very_long_type_is_not_repeated_in_full),
		cmocka_unit_test(another_reference_system_is_refused),
		cmocka_unit_test(swapped_coordinates_are_guessed),
		cmocka_unit_test(a_line_of_one_position_is_refused),
		cmocka_unit_test(a_line_may_cross_the_antimeridian),
		cmocka_unit_test(numbers_that_are_none_do_not_get_as_far_as_a_location),
		cmocka_unit_test(a_nested_bomb_is_refused_before_it_is_looked_at),
		cmocka_unit_test(a_line_of_fifty_thousand_positions_is_to_be_simplified),
	};

	return cmocka_run_group_tests_name("geojson", tests, set_up, tear_down);
}
