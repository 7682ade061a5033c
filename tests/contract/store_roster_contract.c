#include <math.h>

#include "contract/store_contract.h"
#include "support/record_world.h"

/* A closed ring around a rectangle, counter-clockwise. */
#define RECTANGLE(west, south, east, north)                                    \
	{                                                                      \
		{ (west), (south) }, { (east), (south) }, { (east), (north) }, \
		    { (west), (north) }, { (west), (south) },                  \
	}

static const struct geo_point county[] = RECTANGLE(0, 0, 10, 10), town[] = RECTANGLE(1, 1, 3, 3),
			      lake[] = RECTANGLE(4, 4, 6, 6), island[] = RECTANGLE(20, 20, 21, 21),
			      east[] = RECTANGLE(8, 0, 18, 10), beside[] = RECTANGLE(10, 0, 20, 10),
			      far_away[] = RECTANGLE(50, 50, 51, 51);

#define RING(points)                     \
	{                                \
		points, COUNT_OF(points) \
	}

/* An area of one ring. */
static struct geo_area
plain(struct world *world, const struct geo_point *points, size_t count)
{
	struct geo_ring *ring = arena_new(world->arena, struct geo_ring);
	struct geo_polygon *polygon = arena_new(world->arena, struct geo_polygon);

	*ring = (struct geo_ring){ points, count };
	*polygon = (struct geo_polygon){ ring, 1 };
	return (struct geo_area){ polygon, 1 };
}
#define PLAIN(points) plain(world, (points), COUNT_OF(points))

static struct record
region_of(const struct world *world, const char *name, struct geo_area area, const char *list)
{
	return (struct record){ .kind = RECORD_REGION,
		.id = id_of(name),
		.region = { .osp = world->osp_id,
		    .name = str_from_z(name),
		    .list = id_of(list),
		    .area = area } };
}

static struct record
list_of(const struct world *world, const char *name, const struct list_entry *entries, size_t count)
{
	return (struct record){ .kind = RECORD_PAGER_LIST,
		.id = id_of(name),
		.pager_list = { .osp = world->osp_id,
		    .name = str_from_z(name),
		    .entries = entries,
		    .entry_count = count } };
}

/* An agreement, two lists of people, and the default of the agreement. */
static void
prepare(struct world *world, const char *default_list)
{
	const struct list_entry day[] = { { .person = id_of("lead") },
		{ .person = id_of("second") } };
	const struct list_entry night[] = { { .person = id_of("night lead") } };
	const struct substitution stands_in = {
		.id = id_of("substitution"), .absent = id_of("second"), .substitute = id_of("spare")
	};
	const char *const people[] = { "lead", "second", "night lead", "spare", "nobody's" };
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record terms = { .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(id_of("agreement")),
		.osp_terms = { .agreement = id_of("agreement"), .osp = world->osp_id } };
	struct record lists[] = { list_of(world, "Day", day, COUNT_OF(day)),
		list_of(world, "Night", night, COUNT_OF(night)) };

	lists[0].pager_list.substitutions = &stands_in;
	lists[0].pager_list.substitution_count = 1;
	if (default_list != NULL)
		terms.osp_terms.default_list = id_of(default_list);
	put_organisations(world);
	put(world, world->osp, &agreement, 1);
	put(world, world->osp, &terms, 1);
	for (size_t i = 0; i < COUNT_OF(people); i++) {
		struct record person = person_of(world, people[i]);

		put(world, world->osp, &person, 1);
	}
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		put(world, world->osp, &lists[i], 1);
}

static void
put_region(struct world *world, const char *name, struct geo_area area, const char *list)
{
	struct record region = region_of(world, name, area, list);

	put(world, world->osp, &region, 1);
}

/* The name of the region that ${session} is told for a place, "default", or "none". */
static const char *
asked_by(struct world *world, struct store_session *session, struct uuid agreement,
    const struct geo_point *points, size_t count, struct store_roster *ret)
{
	struct geo_location location = { count == 1 ? GEO_POINT : GEO_LINE, points, count };
	bool found;

	OK(store_find_roster(
	    session, world->arena, world->osp_id, agreement, &location, &found, ret));
	if (!found)
		return "none";
	if (!uuid_is_nil(ret->region))
		return arena_copy_z(world->arena, ret->region_name);
	return "default";
}

static const char *
at_point(struct world *world, double longitude, double latitude)
{
	struct geo_point point = { longitude, latitude };
	struct store_roster roster;

	return asked_by(world, world->noc, id_of("agreement"), &point, 1, &roster);
}

static bool
has_person(const struct store_roster *roster, const char *name)
{
	for (size_t i = 0; i < roster->count; i++) {
		if (uuid_equal(roster->people[i].id, id_of(name)))
			return true;
	}
	return false;
}

static void
the_smallest_region_of_a_place_gives_its_list_with_the_records_of_its_people(void **state)
{
	struct world *world = *state;
	struct geo_point in_town = { 2, 2 };
	struct store_roster roster;

	prepare(world, NULL);
	put_region(world, "County", PLAIN(county), "Day");
	put_region(world, "Town", PLAIN(town), "Night");
	assert_string_equal(at_point(world, 2, 2), "Town");
	assert_string_equal(at_point(world, 9, 9), "County");
	assert_string_equal(at_point(world, 30, 30), "none");
	asked_by(world, world->noc, id_of("agreement"), &in_town, 1, &roster);
	ASSERT_UUID(roster.list, id_of("Night"));
	ASSERT_UUID(roster.region, id_of("Town"));
	assert_true(says(roster.list_body, "Night"));
	assert_int_equal(roster.count, 1);
	assert_true(has_person(&roster, "night lead"));
	assert_true(says(roster.people[0].body, "night lead"));
	in_town.longitude = 9;
	asked_by(world, world->noc, id_of("agreement"), &in_town, 1, &roster);
	/* Who stands in for somebody comes as well. */
	assert_true(has_person(&roster, "lead") && has_person(&roster, "second"));
	assert_true(has_person(&roster, "spare") && !has_person(&roster, "nobody's"));
}

static void
of_two_regions_of_one_size_priority_decides_and_then_the_id(void **state)
{
	struct world *world = *state;
	struct record one = region_of(world, "One", PLAIN(town), "Day");
	struct record two = region_of(world, "Two", PLAIN(town), "Night");
	bool one_first = memcmp(one.id.bytes, two.id.bytes, sizeof(one.id.bytes)) < 0;

	prepare(world, NULL);
	put(world, world->osp, &one, 1);
	put(world, world->osp, &two, 1);
	assert_string_equal(at_point(world, 2, 2), one_first ? "One" : "Two");
	one.region.priority = 2;
	two.region.priority = 1;
	put(world, world->osp, &one, 2);
	put(world, world->osp, &two, 2);
	assert_string_equal(at_point(world, 2, 2), "Two");
	two.region.priority = 3;
	put(world, world->osp, &two, 3);
	assert_string_equal(at_point(world, 2, 2), "One");
}

static void
a_hole_is_not_of_the_region_and_its_edge_is(void **state)
{
	struct world *world = *state;
	const struct geo_ring rings[] = { RING(county), RING(lake) }, other[] = { RING(island) };
	const struct geo_polygon polygons[] = { { rings, 2 }, { other, 1 } };
	const struct geo_point in_lake[] = { { 4.5, 5 }, { 5.5, 5 } },
			       across[] = { { 5, 5 }, { 7, 5 } };
	struct store_roster roster;

	prepare(world, NULL);
	put_region(world, "County", (struct geo_area){ polygons, 2 }, "Day");
	assert_string_equal(at_point(world, 2, 2), "County");
	assert_string_equal(at_point(world, 20.5, 20.5), "County");
	assert_string_equal(at_point(world, 15, 15), "none");
	assert_string_equal(at_point(world, 5, 5), "none");
	assert_string_equal(at_point(world, 4, 5), "County");
	assert_string_equal(at_point(world, 0, 5), "County");
	assert_string_equal(at_point(world, 10, 10), "County");
	assert_string_equal(
	    asked_by(world, world->noc, id_of("agreement"), in_lake, 2, &roster), "none");
	assert_string_equal(
	    asked_by(world, world->noc, id_of("agreement"), across, 2, &roster), "County");
}

static void
a_hole_makes_a_region_smaller(void **state)
{
	struct world *world = *state;
	const struct geo_ring rings[] = { RING(county), RING(lake) };
	const struct geo_polygon polygon = { rings, 2 };

	prepare(world, NULL);
	put_region(world, "Whole", PLAIN(county), "Day");
	put_region(world, "Holed", (struct geo_area){ &polygon, 1 }, "Night");
	assert_string_equal(at_point(world, 2, 2), "Holed");
	assert_string_equal(at_point(world, 5, 5), "Whole");
}

static void
a_cable_span_belongs_to_every_region_that_it_touches(void **state)
{
	struct world *world = *state;
	const struct geo_point through[] = { { 0, 2 }, { 4, 2 } }, past[] = { { 0, 4 }, { 4, 4 } },
			       along[] = { { 3, 5 }, { 3, 3 } };
	struct store_roster roster;
	struct uuid agreement = id_of("agreement");

	prepare(world, NULL);
	put_region(world, "Town", PLAIN(town), "Day");
	assert_string_equal(asked_by(world, world->noc, agreement, through, 2, &roster), "Town");
	assert_string_equal(asked_by(world, world->noc, agreement, past, 2, &roster), "none");
	assert_string_equal(asked_by(world, world->noc, agreement, along, 2, &roster), "Town");
}

static void
without_a_region_the_agreements_default_list_is_rung(void **state)
{
	struct world *world = *state;
	struct geo_point place = { 50, 50 };
	struct store_roster roster;

	prepare(world, "Night");
	put_region(world, "Town", PLAIN(town), "Day");
	assert_string_equal(at_point(world, 50, 50), "default");
	assert_string_equal(at_point(world, 2, 2), "Town");
	asked_by(world, world->worker, id_of("agreement"), &place, 1, &roster);
	ASSERT_UUID(roster.list, id_of("Night"));
	assert_true(str_empty(roster.region_name));
	assert_int_equal(roster.count, 1);
	assert_true(has_person(&roster, "night lead"));
	assert_string_equal(asked_by(world, world->osp, UUID_NIL, &place, 1, &roster), "none");
}

static void
a_list_that_is_changed_leads_to_the_people_whom_it_names_then(void **state)
{
	struct world *world = *state;
	const struct list_entry entries[] = { { .person = id_of("lead") },
		{ .person = id_of("second") } };
	struct record list = list_of(world, "Night", entries, COUNT_OF(entries));
	struct geo_point place = { 2, 2 };
	struct store_roster roster;

	prepare(world, "Night");
	put(world, world->osp, &list, 2);
	put(world, world->osp, &list, 3);
	asked_by(world, world->noc, id_of("agreement"), &place, 1, &roster);
	assert_int_equal(roster.count, 2);
	assert_true(has_person(&roster, "lead") && has_person(&roster, "second"));
}

static void
a_retired_region_is_passed_over_and_a_retired_list_rings_nobody(void **state)
{
	struct world *world = *state;
	struct record region = region_of(world, "Town", PLAIN(town), "Night");
	struct record list = list_of(world, "Night", NULL, 0);

	prepare(world, "Day");
	put_region(world, "County", PLAIN(county), "Day");
	put(world, world->osp, &region, 1);
	list.pager_list.retired = true;
	put(world, world->osp, &list, 2);
	assert_string_equal(at_point(world, 2, 2), "none");
	region.region.retired = true;
	put(world, world->osp, &region, 2);
	assert_string_equal(at_point(world, 2, 2), "County");
}

static void
whom_an_osp_would_ring_is_told_to_it_to_workers_and_to_who_has_agreed_with_it(void **state)
{
	struct world *world = *state;
	struct geo_point place = { 2, 2 };
	struct record proposal = agreement_of(world, "proposal", AGREEMENT_PROPOSED);
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct store_roster roster;

	prepare(world, "Night");
	put_region(world, "Town", PLAIN(town), "Day");
	proposal.agreement.noc = world->stranger_id;
	proposal.agreement.number_prefix = STR("");
	put(world, world->stranger, &proposal, 1);
	assert_string_equal(asked_by(world, world->osp, UUID_NIL, &place, 1, &roster), "Town");
	assert_string_equal(asked_by(world, world->worker, UUID_NIL, &place, 1, &roster), "Town");
	assert_string_equal(
	    asked_by(world, world->noc, id_of("agreement"), &place, 1, &roster), "Town");
	assert_string_equal(asked_by(world, world->noc, UUID_NIL, &place, 1, &roster), "none");
	/* Somebody else's agreement, or a proposal, opens nothing. */
	assert_string_equal(
	    asked_by(world, world->stranger, id_of("agreement"), &place, 1, &roster), "none");
	assert_string_equal(
	    asked_by(world, world->stranger, id_of("proposal"), &place, 1, &roster), "none");
	agreement.agreement.state = AGREEMENT_ENDED;
	put(world, world->osp, &agreement, 2);
	assert_string_equal(
	    asked_by(world, world->noc, id_of("agreement"), &place, 1, &roster), "none");
	assert_string_equal(
	    asked_by(world, world->worker, id_of("agreement"), &place, 1, &roster), "Town");
}

static void
an_agreement_with_one_osp_does_not_open_the_lists_of_another(void **state)
{
	struct world *world = *state;
	struct geo_point place = { 2, 2 };
	struct geo_location location = { GEO_POINT, &place, 1 };
	struct record region = region_of(world, "Theirs", PLAIN(town), "theirs");
	struct record list = list_of(world, "theirs", NULL, 0);
	struct store_roster roster;
	bool found;

	prepare(world, "Night");
	region.region.osp = list.pager_list.osp = world->stranger_id;
	put(world, world->stranger, &region, 1);
	put(world, world->stranger, &list, 1);
	OK(store_find_roster(world->noc, world->arena, world->stranger_id, id_of("agreement"),
	    &location, &found, &roster));
	assert_false(found);
	OK(store_find_roster(
	    world->worker, world->arena, world->stranger_id, UUID_NIL, &location, &found, &roster));
	assert_true(found);
}

/* ---- regions among themselves ---- */

static size_t
overlaps(struct world *world, struct store_session *session, const char *region, size_t limit,
    struct store_overlap *ret)
{
	size_t count = 0;

	OK(store_list_overlaps(
	    session, world->arena, region == NULL ? UUID_NIL : id_of(region), limit, ret, &count));
	return count;
}

static void
assert_overlap(const struct store_overlap *overlap, const char *a, const char *b, double area)
{
	assert_true((uuid_equal(overlap->a, id_of(a)) && uuid_equal(overlap->b, id_of(b))) ||
		    (uuid_equal(overlap->a, id_of(b)) && uuid_equal(overlap->b, id_of(a))));
	assert_true(fabs(overlap->area - area) < 1e-6);
}

static void
regions_that_share_ground_are_listed_largest_first(void **state)
{
	struct world *world = *state;
	const struct geo_ring rings[] = { RING(county), RING(lake) };
	const struct geo_polygon polygon = { rings, 2 };
	const struct geo_point around_lake[] = RECTANGLE(3, 3, 7, 7);
	struct store_overlap found[10];

	put_region(world, "Holed", (struct geo_area){ &polygon, 1 }, "Day");
	put_region(world, "East", PLAIN(east), "Day");
	put_region(world, "Around", PLAIN(around_lake), "Day");
	put_region(world, "Far", PLAIN(far_away), "Day");
	put_region(world, "In the lake", PLAIN(lake), "Day");
	assert_int_equal(overlaps(world, world->osp, NULL, 10, found), 3);
	assert_overlap(&found[0], "Holed", "East", 20);
	assert_overlap(&found[1], "Holed", "Around", 12);
	assert_overlap(&found[2], "In the lake", "Around", 4);
	assert_int_equal(overlaps(world, world->osp, "East", 10, found), 1);
	assert_overlap(&found[0], "Holed", "East", 20);
	assert_int_equal(overlaps(world, world->osp, "Far", 10, found), 0);
	assert_int_equal(overlaps(world, world->osp, NULL, 1, found), 1);
	assert_overlap(&found[0], "Holed", "East", 20);
}

static void
slanting_edges_are_measured_as_they_run(void **state)
{
	struct world *world = *state;
	const struct geo_point rising[] = { { 0, 0 }, { 4, 0 }, { 4, 4 }, { 0, 0 } };
	const struct geo_point falling[] = { { 0, 4 }, { 0, 0 }, { 4, 0 }, { 0, 4 } };
	struct store_overlap found[2];

	put_region(world, "Rising", PLAIN(rising), "Day");
	put_region(world, "Falling", PLAIN(falling), "Day");
	assert_int_equal(overlaps(world, world->osp, NULL, 2, found), 1);
	assert_overlap(&found[0], "Rising", "Falling", 4);
}

static void
neighbours_retired_regions_and_those_of_others_do_not_overlap(void **state)
{
	struct world *world = *state;
	struct record theirs = region_of(world, "Theirs", PLAIN(town), "Day");
	struct record retired = region_of(world, "Retired", PLAIN(town), "Day");
	struct store_overlap found[10];

	theirs.region.osp = world->stranger_id;
	retired.region.retired = true;
	put_region(world, "County", PLAIN(county), "Day");
	put_region(world, "Beside", PLAIN(beside), "Day");
	put(world, world->stranger, &theirs, 1);
	put(world, world->osp, &retired, 1);
	assert_int_equal(overlaps(world, world->osp, NULL, 10, found), 0);
	assert_int_equal(overlaps(world, world->stranger, NULL, 10, found), 0);
	assert_int_equal(overlaps(world, world->stranger, "County", 10, found), 0);
}

static void
an_area_is_checked_before_it_is_drawn(void **state)
{
	struct world *world = *state;
	const struct geo_point bow_tie[] = { { 0, 0 }, { 2, 2 }, { 2, 0 }, { 0, 2 }, { 0, 0 } };
	const struct geo_point open[] = { { 0, 0 }, { 2, 0 }, { 2, 2 }, { 0, 2 }, { 0, 1 } };
	const struct geo_point flat[] = { { 0, 0 }, { 2, 0 }, { 1, 0 }, { 0, 0 } };
	const struct geo_ring crossing[] = { RING(county), RING(east) },
			      outside[] = { RING(county), RING(island) },
			      holed[] = { RING(county), RING(lake) }, own[] = { RING(island) },
			      inner[] = { RING(town) };
	const struct geo_polygon fine[] = { { holed, 2 }, { own, 1 } },
				 wrong_hole[] = { { crossing, 2 } },
				 far_hole[] = { { outside, 2 } },
				 twice[] = { { holed, 2 }, { inner, 1 } };
	const struct {
		struct geo_area area;
		bool valid;
	} cases[] = { { PLAIN(county), true }, { { fine, 2 }, true }, { PLAIN(bow_tie), false },
		{ PLAIN(open), false }, { PLAIN(flat), false }, { { wrong_hole, 1 }, false },
		{ { far_hole, 1 }, false }, { { twice, 2 }, false }, { { NULL, 0 }, false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str reason = STR("?");
		bool valid;

		OK(store_check_area(world->osp, world->arena, &cases[i].area, &valid, &reason));
		if (valid != cases[i].valid)
			print_error("case %zu: %.*s\n", i, STR_ARG(reason));
		assert_int_equal(valid, cases[i].valid);
		assert_int_equal(str_empty(reason), valid);
	}
}

int
store_roster_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(
		    the_smallest_region_of_a_place_gives_its_list_with_the_records_of_its_people),
		WORLD_TEST(of_two_regions_of_one_size_priority_decides_and_then_the_id),
		WORLD_TEST(a_hole_is_not_of_the_region_and_its_edge_is),
		WORLD_TEST(a_hole_makes_a_region_smaller),
		WORLD_TEST(a_cable_span_belongs_to_every_region_that_it_touches),
		WORLD_TEST(without_a_region_the_agreements_default_list_is_rung),
		WORLD_TEST(a_list_that_is_changed_leads_to_the_people_whom_it_names_then),
		WORLD_TEST(a_retired_region_is_passed_over_and_a_retired_list_rings_nobody),
		WORLD_TEST(
		    whom_an_osp_would_ring_is_told_to_it_to_workers_and_to_who_has_agreed_with_it),
		WORLD_TEST(an_agreement_with_one_osp_does_not_open_the_lists_of_another),
		WORLD_TEST(regions_that_share_ground_are_listed_largest_first),
		WORLD_TEST(slanting_edges_are_measured_as_they_run),
		WORLD_TEST(neighbours_retired_regions_and_those_of_others_do_not_overlap),
		WORLD_TEST(an_area_is_checked_before_it_is_drawn),
	};

	return cmocka_run_group_tests_name("store roster", tests, NULL, NULL);
}
