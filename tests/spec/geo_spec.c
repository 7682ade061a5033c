#include "support/spec.h"

#include <math.h>

static void
check_refused(const struct geo_location *location, const char *field, const char *message)
{
	world.refused = !geo_check(location, &world.refusal);
	outcome_init(&world.then, world.now);
	then_refused(REFUSAL_LOCATION_INVALID, field, message);
}

static void
check_point_refused(double longitude, double latitude, const char *field, const char *message)
{
	const struct geo_point point = { longitude, latitude };
	const struct geo_location location = { GEO_POINT, &point, 1 };

	check_refused(&location, field, message);
}

static bool
is_place(double longitude, double latitude)
{
	const struct geo_point point = { longitude, latitude };
	const struct geo_location location = { GEO_POINT, &point, 1 };
	struct refusal refusal;

	return geo_check(&location, &refusal);
}

static void
the_whole_earth_is_a_place_edges_included(void **state)
{
	(void)state;
	assert_true(is_place(-97.7431, 30.2672));
	assert_true(is_place(0, 0));
	assert_true(is_place(180, 90));
	assert_true(is_place(-180, -90));
	assert_false(is_place(180.0000001, 0));
	assert_false(is_place(0, -90.0000001));
}

static void
what_is_no_number_is_no_place(void **state)
{
	(void)state;
	assert_false(is_place(NAN, 0));
	assert_false(is_place(0, NAN));
	assert_false(is_place(INFINITY, 0));
	assert_false(is_place(0, -INFINITY));
}

static void
swapped_coordinates_are_guessed_only_when_they_would_fit(void **state)
{
	(void)state;
	check_point_refused(30.2672, -97.7431, "location.coordinates[1]",
	    "location.coordinates[1] is -97.7431: latitude must be within \u00b190; "
	    "are longitude and latitude swapped?");
	check_point_refused(-97.7, 97.7, "location.coordinates[1]",
	    "location.coordinates[1] is 97.7: latitude must be within \u00b190");
	check_point_refused(181.2, 10, "location.coordinates[0]",
	    "location.coordinates[0] is 181.2: longitude must be within \u00b1180");
}

static void
in_a_line_the_position_is_named(void **state)
{
	const struct geo_point points[] = { { -97, 30 }, { -97, 31 }, { -97, 130 } };
	const struct geo_location line = { GEO_LINE, points, 3 };

	(void)state;
	check_refused(&line, "location.coordinates[2][1]",
	    "location.coordinates[2][1] is 130: latitude must be within \u00b190");
}

static void
a_line_has_two_different_positions_and_not_too_many(void **state)
{
	static struct geo_point points[GEO_LINE_POINTS_MAX + 1];
	struct geo_location line = { GEO_LINE, points, 0 };
	struct refusal refusal;

	(void)state;
	check_refused(
	    &line, "location.coordinates", "a LineString has at least 2 positions, this one has 0");
	line.count = 1;
	check_refused(
	    &line, "location.coordinates", "a LineString has at least 2 positions, this one has 1");
	line.count = 3;
	check_refused(&line, "location.coordinates",
	    "all 3 positions of the LineString are the same; use a Point");
	points[1].longitude = 1;
	line.count = GEO_LINE_POINTS_MAX;
	assert_true(geo_check(&line, &refusal));
	line.count++;
	check_refused(&line, "location.coordinates",
	    "a LineString has at most 2000 positions, this one has 2001; simplify it");
}

static void
a_line_may_cross_the_antimeridian(void **state)
{
	const struct geo_point points[] = { { 179.9, -17 }, { -179.9, -17 } };
	const struct geo_location line = { GEO_LINE, points, 2 };
	struct refusal refusal;

	(void)state;
	assert_true(geo_check(&line, &refusal));
}

static void
a_ring_contains_its_inside_and_not_its_bay(void **state)
{
	/* A U, open to the north. */
	const struct geo_point ring[] = { { 0, 0 }, { 3, 0 }, { 3, 3 }, { 2, 3 }, { 2, 1 },
		{ 1, 1 }, { 1, 3 }, { 0, 3 }, { 0, 0 } };

	(void)state;
	assert_true(geo_ring_contains(ring, COUNT_OF(ring), (struct geo_point){ 0.5, 2 }));
	assert_true(geo_ring_contains(ring, COUNT_OF(ring), (struct geo_point){ 1.5, 0.5 }));
	assert_false(geo_ring_contains(ring, COUNT_OF(ring), (struct geo_point){ 1.5, 2 }));
	assert_false(geo_ring_contains(ring, COUNT_OF(ring), (struct geo_point){ 4, 1 }));
	assert_true(geo_ring_area(ring, COUNT_OF(ring)) > 6.99);
	assert_true(geo_ring_area(ring, COUNT_OF(ring)) < 7.01);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_earth_is_a_place_edges_included),
		cmocka_unit_test(what_is_no_number_is_no_place),
		cmocka_unit_test(swapped_coordinates_are_guessed_only_when_they_would_fit),
		cmocka_unit_test(in_a_line_the_position_is_named),
		cmocka_unit_test(a_line_has_two_different_positions_and_not_too_many),
		cmocka_unit_test(a_line_may_cross_the_antimeridian),
		cmocka_unit_test(a_ring_contains_its_inside_and_not_its_bay),
	};

	return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
