#include "codec/area.h"
#include "codec/record_codec.h"
#include "support/json_text.h"
#include "support/spec.h"

#include <math.h>
#include <stdio.h>

/* Areas as they are drawn, read from GeoJSON, and judged. */

#define SQUARE "[[0,0],[4,0],[4,4],[0,4],[0,0]]"
#define HOLE   "[[1,1],[1,2],[2,2],[2,1],[1,1]]"

static struct geo_area
read_ok(const char *text)
{
	struct geo_area area;
	struct refusal refusal;

	if (!area_read(arena, json(str_from_z(text)), "area", &area, &refusal))
		fail_msg("%s is refused: %.*s", text, STR_ARG(refusal_message(&refusal)));
	return area;
}

static struct str
written(const struct geo_area *area)
{
	struct buf buf = buf_in(arena, 8192);
	struct json_writer w = json_writer(&buf);

	codec_write_area(&w, area);
	return buf_view(&buf);
}

static void
check_read(const char *text, const char *expected)
{
	struct geo_area area = read_ok(text);

	if (!str_equal(written(&area), str_from_z(expected)))
		fail_msg("%s became %.*s", text, STR_ARG(written(&area)));
}

/* ${refusal} is about ${field}, and says ${words} among others. */
static void
check_refusal(const struct refusal *refusal, const char *field, const char *words)
{
	if (!str_equal(refusal_field(refusal), str_from_z(field)))
		fail_msg("about %.*s, not %s", STR_ARG(refusal_field(refusal)), field);
	if (str_find(refusal_message(refusal), str_from_z(words)) == SIZE_MAX)
		fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(refusal_message(refusal)), words);
}

static void
check_refused(const char *text, const char *field, const char *words)
{
	struct geo_area area;
	struct refusal refusal;

	assert_false(area_read(arena, json(str_from_z(text)), "area", &area, &refusal));
	assert_int_equal(refusal.code, REFUSAL_AREA_INVALID);
	check_refusal(&refusal, field, words);
}

static void
polygons_and_multipolygons_become_multipolygons(void **state)
{
	(void)state;
	check_read("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "," HOLE "]}",
	    "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "," HOLE "]]}");
	check_read("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
		   "],[[[8,8],[9,8],[8,9],[8,8]]]]}",
	    "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
	    "],[[[8,8],[9,8],[8,9],[8,8]]]]}");
}

static void
rings_are_wound_as_the_standard_says_and_not_refused(void **state)
{
	(void)state;
	check_read("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,4],[4,4],[4,0],[0,0]],"
		   "[[1,1],[2,1],[2,2],[1,2],[1,1]]]}",
	    "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "," HOLE "]]}");
}

static void
the_same_ground_begun_elsewhere_is_the_same_area(void **state)
{
	static const char *const drawn[] = { "[[0,0],[4,0],[4,4],[0,4],[0,0]]",
		"[[4,0],[4,4],[0,4],[0,0],[4,0]]", "[[4,4],[0,4],[0,0],[4,0],[4,4]]",
		"[[0,4],[0,0],[4,0],[4,4],[0,4]]", "[[4,4],[4,0],[0,0],[0,4],[4,4]]",
		"[[0,4],[4,4],[4,0],[0,0],[0,4]]" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(drawn); i++) {
		char text[200];

		(void)snprintf(
		    text, sizeof(text), "{\"type\":\"Polygon\",\"coordinates\":[%s]}", drawn[i]);
		check_read(text, "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "]]}");
	}
}

static void
an_altitude_is_taken_and_dropped(void **state)
{
	(void)state;
	check_read(
	    "{\"type\":\"Polygon\",\"coordinates\":[[[0,0,9],[4,0,9],[4,4,9.5],[0,4,-1],[0,0,9]]]}",
	    "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "]]}");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0,\"high\"]]]}",
	    "area.coordinates[0][1]", "is no position");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0,1,2]]]}",
	    "area.coordinates[0][1]", "is no position");
}

static void
a_ring_that_is_not_closed_is_named(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,4]]]}",
	    "area.coordinates[0]",
	    "area.coordinates[0] is not closed: its last position must be its first again (RFC "
	    "7946, section 3.1.6)");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "],[" SQUARE
		      ",[[1,1],[1,2],[2,2],[2,1]]]]}",
	    "area.coordinates[1][1]", "area.coordinates[1][1] is not closed");
}

static void
a_ring_of_too_few_positions_is_named(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[0,0]]]}",
	    "area.coordinates[0]", "area.coordinates[0] has 3 positions; a ring has at least 4");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE ",[]]}",
	    "area.coordinates[1]", "area.coordinates[1] has 0 positions");
}

static void
a_ring_that_encloses_nothing_is_refused(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[2,2],[4,4],[0,0]]]}",
	    "area.coordinates[0]", "encloses nothing");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[1,1],[1,1],[1,1]]]}",
	    "area.coordinates[0]", "encloses nothing");
}

static void
empty_areas_are_refused(void **state)
{
	(void)state;
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[]}", "area.coordinates",
	    "is empty: a polygon has at least an outer ring");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[]}", "area.coordinates",
	    "is empty: an area has at least one polygon");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "],[]]}",
	    "area.coordinates[1]", "is empty");
}

static void
coordinates_out_of_range_are_named_and_swapped_ones_guessed(void **state)
{
	(void)state;
	check_refused(
	    "{\"type\":\"Polygon\",\"coordinates\":[[[30,-97],[31,-97],[31,-98],[30,-97]]]}",
	    "area.coordinates[0][0][1]",
	    "area.coordinates[0][0][1] is -97: latitude must be within \u00b190; are longitude and "
	    "latitude swapped?");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[181,0],[1,1],[0,0]]]]}",
	    "area.coordinates[0][0][1][0]", "is 181: longitude must be within \u00b1180");
}

static void
an_area_across_the_antimeridian_is_to_be_cut_there(void **state)
{
	(void)state;
	check_refused(
	    "{\"type\":\"Polygon\",\"coordinates\":[[[179,0],[-179,0],[-179,1],[179,1],[179,0]]]}",
	    "area.coordinates[0][1]",
	    "the edge to area.coordinates[0][1] spans -358 degrees of longitude: an area across "
	    "the "
	    "antimeridian is cut there into two polygons of a MultiPolygon");
	read_ok("{\"type\":\"MultiPolygon\",\"coordinates\":[[[[179,0],[180,0],[180,1],[179,1],["
		"179,0]]],"
		"[[[-180,0],[-179,0],[-179,1],[-180,1],[-180,0]]]]}");
	read_ok("{\"type\":\"Polygon\",\"coordinates\":[[[-90,0],[90,0],[90,1],[-90,1],[-90,0]]]}");
}

static void
what_is_no_area_is_named(void **state)
{
	(void)state;
	check_refused("null", "area", "area is missing");
	check_refused("\"POLYGON\"", "area", "area is no object");
	check_refused("{}", "area.type", "area.type is missing");
	check_refused("{\"type\":\"Point\",\"coordinates\":[1,2]}", "area.type",
	    "area.type is \"Point\": an area is a Polygon or a MultiPolygon");
	check_refused("{\"type\":\"Polygon\"}", "area.coordinates", "is missing");
	check_refused(
	    "{\"type\":\"Polygon\",\"coordinates\":{}}", "area.coordinates", "is no array");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[1]}", "area.coordinates[0]",
	    "a polygon is an array of rings");
	check_refused("{\"type\":\"MultiPolygon\",\"coordinates\":[[1]]}", "area.coordinates[0][0]",
	    "a ring is an array of positions");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[1]}", "area.coordinates[0]",
	    "a ring is an array of positions");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[[1]]}", "area.coordinates[0][0]",
	    "is no position");
	check_refused("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "],\"crs\":null}",
	    "area.crs", "area.crs is not supported");
}

/* A ring of ${count} positions round a circle, closed, as JSON. */
static void
write_circle(struct buf *buf, size_t count, double radius)
{
	buf_char(buf, '[');
	for (size_t i = 0; i + 1 < count; i++) {
		double turn = 6.283185307179586 * (double)i / (double)(count - 1);

		buf_printf(buf, "[%.12g,%.12g],", radius * cos(turn), radius * sin(turn));
	}
	buf_printf(buf, "[%.12g,0]]", radius);
}

static void
an_area_of_too_many_positions_is_to_be_simplified(void **state)
{
	struct buf text = buf_in(arena, 4 * 1024 * 1024);

	(void)state;
	buf_str(&text, STR("{\"type\":\"Polygon\",\"coordinates\":["));
	write_circle(&text, GEO_AREA_POINTS_MAX + 1, 10);
	buf_str(&text, STR("]}"));
	check_refused(arena_copy_z(arena, buf_view(&text)), "area.coordinates",
	    "an area has at most 10000 positions, this one has 10001; simplify it");
	text.len = 0;
	buf_str(&text, STR("{\"type\":\"Polygon\",\"coordinates\":["));
	write_circle(&text, GEO_AREA_POINTS_MAX, 10);
	buf_str(&text, STR("]}"));
	read_ok(arena_copy_z(arena, buf_view(&text)));
}

static void
an_area_of_too_many_polygons_or_rings_is_refused(void **state)
{
	struct buf text = buf_in(arena, 1024 * 1024);

	(void)state;
	buf_str(&text, STR("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "]"));
	for (int i = 0; i < GEO_AREA_POLYGONS_MAX; i++)
		buf_str(&text, STR(",[" SQUARE "]"));
	buf_str(&text, STR("]}"));
	check_refused(arena_copy_z(arena, buf_view(&text)), "area.coordinates",
	    "an area has at most 100 polygons, this one has 101");
	text.len = 0;
	buf_str(&text, STR("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE));
	for (int i = 0; i < GEO_AREA_RINGS_MAX; i++)
		buf_str(&text, STR("," HOLE));
	buf_str(&text, STR("]}"));
	check_refused(arena_copy_z(arena, buf_view(&text)), "area.coordinates",
	    "an area has at most 200 rings, this one has 201");
}

static void
what_is_no_number_does_not_pass(void **state)
{
	const struct geo_point points[] = { { 0, 0 }, { NAN, 0 }, { 1, 1 }, { 0, 0 } };
	const struct geo_point endless[] = { { 0, 0 }, { INFINITY, 0 }, { 1, 1 }, { 0, 0 } };
	const struct geo_ring rings[] = { { points, 4 }, { endless, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rings); i++) {
		const struct geo_polygon polygon = { &rings[i], 1 };
		const struct geo_area area = { &polygon, 1 };
		struct refusal refusal;

		assert_false(geo_area_check(
		    &area, (struct geo_area_name){ "area.coordinates", true }, &refusal));
		assert_int_equal(refusal.code, REFUSAL_AREA_INVALID);
	}
}

static void
a_hole_takes_from_the_size(void **state)
{
	struct geo_area area =
	    read_ok("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "," HOLE "]}");

	(void)state;
	assert_true(fabs(geo_area_size(&area) - 15) < 1e-12);
}

static bool
meets(const struct geo_area *area, double longitude, double latitude)
{
	const struct geo_point point = { longitude, latitude };

	return geo_area_meets(area, &(struct geo_location){ GEO_POINT, &point, 1 });
}

static void
a_place_in_a_hole_is_not_in_the_area_and_its_edges_are(void **state)
{
	struct geo_area area = read_ok("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
				       "," HOLE "],[[[10,10],[11,10],[11,11],[10,11],[10,10]]]]}");
	const struct geo_point in_the_hole[] = { { 1.2, 1.2 }, { 1.8, 1.8 } };
	const struct geo_point across[] = { { -1, 3 }, { 5, 3 } };
	const struct geo_point beside[] = { { -1, 5 }, { 5, 5 } };

	(void)state;
	assert_true(meets(&area, 3, 3));
	assert_true(meets(&area, 10.5, 10.5));
	assert_false(meets(&area, 1.5, 1.5));
	assert_false(meets(&area, 5, 5));
	assert_true(meets(&area, 0, 2));
	assert_true(meets(&area, 4, 4));
	assert_true(meets(&area, 1, 1.5));
	assert_false(geo_area_meets(&area, &(struct geo_location){ GEO_LINE, in_the_hole, 2 }));
	assert_true(geo_area_meets(&area, &(struct geo_location){ GEO_LINE, across, 2 }));
	assert_false(geo_area_meets(&area, &(struct geo_location){ GEO_LINE, beside, 2 }));
}

static void
a_box_may_cross_the_antimeridian(void **state)
{
	const struct geo_box fiji = { 177, -20, -178, -15 }, west = { -179, -18, -178.5, -17 };
	const struct geo_box east = { 178, -18, 179, -17 }, london = { -1, 51, 1, 52 };

	(void)state;
	assert_true(geo_box_meets(&fiji, &west));
	assert_true(geo_box_meets(&west, &fiji));
	assert_true(geo_box_meets(&fiji, &east));
	assert_true(geo_box_meets(&fiji, &fiji));
	assert_false(geo_box_meets(&fiji, &london));
	assert_false(geo_box_meets(&east, &west));
	assert_false(geo_box_meets(&london, &(struct geo_box){ -1, -52, 1, -51 }));
}

/* -- files -- */

static struct region_features
features(const char *text)
{
	struct region_features found;
	struct refusal refusal;

	if (!area_read_features(arena, json(str_from_z(text)), STR("name"), &found, &refusal))
		fail_msg("%s is refused: %.*s", text, STR_ARG(refusal_message(&refusal)));
	return found;
}

static void
check_file_refused(const char *text, const char *field, const char *words)
{
	struct region_features found;
	struct refusal refusal;

	assert_false(
	    area_read_features(arena, json(str_from_z(text)), STR("name"), &found, &refusal));
	assert_int_equal(refusal.code, REFUSAL_REGION_FILE_INVALID);
	check_refusal(&refusal, field, words);
}

#define GEOMETRY "{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "]}"
#define FEATURE(name) \
	"{\"type\":\"Feature\",\"properties\":{\"name\":" name "},\"geometry\":" GEOMETRY "}"

static void
a_file_has_named_features(void **state)
{
	struct region_features found =
	    features("{\"type\":\"FeatureCollection\",\"features\":[" FEATURE(
		"\" North \"") "," FEATURE("12") "]}");

	(void)state;
	assert_int_equal(found.count, 2);
	assert_false(found.at[0].refused);
	assert_true(str_equal(found.at[0].name, STR("North")));
	assert_true(str_equal(found.at[1].name, STR("12")));
	assert_int_equal(found.at[1].area.count, 1);
	found = features(FEATURE("\"Alone\""));
	assert_int_equal(found.count, 1);
	assert_true(str_equal(found.at[0].name, STR("Alone")));
}

static void
check_feature(const struct region_feature *feature, const char *field, const char *words)
{
	assert_true(feature->refused);
	check_refusal(&feature->refusal, field, words);
}

static void
each_feature_that_is_wrong_says_so_itself(void **state)
{
	struct region_features found =
	    features("{\"type\":\"FeatureCollection\",\"features\":[" FEATURE(
		"\"Good\"") "," FEATURE("null") ",{\"type\":\"Feature\",\"properties\":{\"name\":"
						"\"Bad\"},\"geometry\":null},7,"
						"{\"type\":\"Feature\",\"properties\":{\"name\":"
						"\"Open\"},\"geometry\":{\"type\":\"Polygon\","
						"\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}}]}");

	(void)state;
	assert_int_equal(found.count, 5);
	assert_false(found.at[0].refused);
	check_feature(&found.at[1], "features[1].properties.name", "must hold the region's name");
	check_feature(&found.at[2], "features[2].geometry", "is missing");
	check_feature(&found.at[3], "features[3].type", "is not \"Feature\"");
	check_feature(&found.at[4], "features[4].geometry.coordinates[0]", "is not closed");
	assert_true(str_equal(found.at[4].name, STR("Open")));
}

static void
a_file_that_is_none_is_refused_as_a_whole(void **state)
{
	struct buf text = buf_in(arena, 1024 * 1024);

	(void)state;
	check_file_refused("[]", "type", "give a GeoJSON FeatureCollection or Feature");
	check_file_refused(GEOMETRY, "type", "type is \"Polygon\"");
	check_file_refused("{\"type\":\"FeatureCollection\"}", "features", "missing or no array");
	check_file_refused(
	    "{\"type\":\"FeatureCollection\",\"features\":[]}", "features", "is empty");
	check_file_refused("{\"type\":\"FeatureCollection\",\"crs\":{},\"features\":[]}", "crs",
	    "crs is not supported");
	buf_str(&text, STR("{\"type\":\"FeatureCollection\",\"features\":[1"));
	for (int i = 0; i < REGION_FEATURES_MAX; i++)
		buf_str(&text, STR(",1"));
	buf_str(&text, STR("]}"));
	check_file_refused(arena_copy_z(arena, buf_view(&text)), "features",
	    "there are 201 features, at most 200 are taken at once");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polygons_and_multipolygons_become_multipolygons),
		cmocka_unit_test(rings_are_wound_as_the_standard_says_and_not_refused),
		cmocka_unit_test(the_same_ground_begun_elsewhere_is_the_same_area),
		cmocka_unit_test(an_altitude_is_taken_and_dropped),
		cmocka_unit_test(a_ring_that_is_not_closed_is_named),
		cmocka_unit_test(a_ring_of_too_few_positions_is_named),
		cmocka_unit_test(a_ring_that_encloses_nothing_is_refused),
		cmocka_unit_test(empty_areas_are_refused),
		cmocka_unit_test(coordinates_out_of_range_are_named_and_swapped_ones_guessed),
		cmocka_unit_test(an_area_across_the_antimeridian_is_to_be_cut_there),
		cmocka_unit_test(what_is_no_area_is_named),
		cmocka_unit_test(an_area_of_too_many_positions_is_to_be_simplified),
		cmocka_unit_test(an_area_of_too_many_polygons_or_rings_is_refused),
		cmocka_unit_test(what_is_no_number_does_not_pass),
		cmocka_unit_test(a_hole_takes_from_the_size),
		cmocka_unit_test(a_place_in_a_hole_is_not_in_the_area_and_its_edges_are),
		cmocka_unit_test(a_box_may_cross_the_antimeridian),
		cmocka_unit_test(a_file_has_named_features),
		cmocka_unit_test(each_feature_that_is_wrong_says_so_itself),
		cmocka_unit_test(a_file_that_is_none_is_refused_as_a_whole),
	};

	return cmocka_run_group_tests_name("area", tests, set_up, tear_down);
}
