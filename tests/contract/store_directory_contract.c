#include "contract/store_contract.h"
#include "support/store_world.h"

/* A square of ${size} degrees with its south-west corner at (0, 0). */
#define SQUARE(size)                                                        \
	{                                                                   \
		{ 0, 0 }, { (size), 0 }, { (size), (size) }, { 0, (size) }, \
		{                                                           \
			0, 0                                                \
		}                                                           \
	}

static const struct geo_point large[] = SQUARE(10), small[] = SQUARE(2);

static const struct store_seed_person people[] = {
	{ .label = STR("North crew lead"),
	    .phone = STR("+15125550101"),
	    .verified = true,
	    .on_shift = true },
	{ .label = STR("North crew second"), .phone = STR("+15125550102"), .verified = true },
	{ .label = STR("New hire"), .phone = STR("+15125550103"), .on_shift = true },
	{ .label = STR("Supervisor"),
	    .phone = STR("+15125550104"),
	    .verified = true,
	    .on_shift = true,
	    .opted_out = true },
};

/* One NOC, one OSP, an agreement, two lists, and the regions that a test wants. */
static void
plant(struct world *world, const struct store_seed_region *regions, size_t region_count,
    struct uuid default_list)
{
	struct store_organisation organisations[] = {
		{ world->noc_id, STR("carrier"), STR("A Carrier"), true, false },
		{ world->osp_id, STR("contractor"), STR("A Contractor"), false, true },
		{ world->stranger_id, STR("other"), STR("Other Contractor"), true, true },
	};
	struct store_membership memberships[] = {
		{ id_of("casey"), STR("casey"), STR("operator"), organisations[0] },
		{ id_of("casey"), STR("casey"), STR("viewer"), organisations[1] },
	};
	struct store_seed_person crew[COUNT_OF(people)];
	struct store_seed_person night = { id_of("night lead"), STR("Night lead"),
		STR("+15125550105"), true, true, false };
	struct store_seed_list lists[] = {
		{ id_of("day list"), world->osp_id, STR("Day"), crew, COUNT_OF(crew) },
		{ id_of("night list"), world->osp_id, STR("Night"), &night, 1 },
	};
	struct store_seed_agreement agreement = {
		.agreement = { .id = id_of("agreement"),
		    .noc = world->noc_id,
		    .osp = world->osp_id,
		    .number_prefix = STR("HC"),
		    .terms = { 25, 3, 1200, 2, 86400, 60, 300 },
		    .noc_duty_phone = STR("+15125550110"),
		    .twilio_subaccount = STR("AC1"),
		    .twilio_from = STR("+15125550111"),
		    .render_client_id = STR("client"),
		    .render_secret_ref = STR("render-secret"),
		    .render_project = STR("project") },
		.default_list = default_list,
		.valid_from = at_s(0),
		.has_valid_until = true,
		.valid_until = at_s(1000),
	};
	struct store_seed seed = { organisations, COUNT_OF(organisations), memberships,
		COUNT_OF(memberships), lists, COUNT_OF(lists), regions, region_count, &agreement,
		1 };

	for (size_t i = 0; i < COUNT_OF(crew); i++) {
		crew[i] = people[i];
		crew[i].id = uuid_from_name(people[i].label);
	}
	OK(store_plant(world->worker, world->arena, &seed));
}

static struct store_seed_region
region(const struct world *world, const char *name, const char *list, int64_t priority,
    const struct geo_point *ring)
{
	return (struct store_seed_region){ .id = id_of(name),
		.osp = world->osp_id,
		.list = id_of(list),
		.name = str_from_z(name),
		.priority = priority,
		.ring = ring,
		.count = COUNT_OF(large) };
}

/* The name of the list that ${session} is told for a place; "" when there is none. */
static struct str
list_for(struct world *world, struct store_session *session, const struct geo_point *points,
    size_t count, struct pager_list *ret)
{
	struct geo_location location = { count == 1 ? GEO_POINT : GEO_LINE, points, count };
	bool found;

	OK(store_find_pager_list(
	    session, world->arena, world->osp_id, id_of("agreement"), &location, &found, ret));
	return found ? ret->name : STR("");
}

static void
organisations_are_found_by_id_and_by_handle(void **state)
{
	struct world *world = *state;
	struct store_organisation organisation;
	bool found;

	plant(world, NULL, 0, UUID_NIL);
	OK(store_find_organisation(
	    world->noc, world->arena, world->osp_id, STR(""), &found, &organisation));
	assert_true(found);
	ASSERT_STR(organisation.handle, "contractor");
	ASSERT_STR(organisation.name, "A Contractor");
	assert_false(organisation.is_noc);
	assert_true(organisation.is_osp);
	OK(store_find_organisation(
	    world->noc, world->arena, UUID_NIL, STR("carrier"), &found, &organisation));
	assert_true(found);
	ASSERT_UUID(organisation.id, world->noc_id);
	OK(store_find_organisation(
	    world->noc, world->arena, UUID_NIL, STR("nobody"), &found, &organisation));
	assert_false(found);
	OK(store_find_organisation(
	    world->noc, world->arena, id_of("nobody"), STR("carrier"), &found, &organisation));
	assert_false(found);
}

static void
a_user_has_a_role_in_each_organisation(void **state)
{
	struct world *world = *state;
	struct store_membership membership;
	bool found;

	plant(world, NULL, 0, UUID_NIL);
	OK(store_find_membership(
	    world->noc, world->arena, STR("casey"), STR("carrier"), &found, &membership));
	assert_true(found);
	ASSERT_UUID(membership.user, id_of("casey"));
	ASSERT_STR(membership.user_handle, "casey");
	ASSERT_STR(membership.role, "operator");
	ASSERT_UUID(membership.organisation.id, world->noc_id);
	OK(store_find_membership(
	    world->noc, world->arena, STR("casey"), STR("contractor"), &found, &membership));
	ASSERT_STR(membership.role, "viewer");
	OK(store_find_membership(
	    world->noc, world->arena, STR("casey"), STR("other"), &found, &membership));
	assert_false(found);
}

static void
an_agreement_is_in_force_from_its_first_to_before_its_last_moment(void **state)
{
	struct world *world = *state;
	struct store_agreement agreement;
	bool found;

	plant(world, NULL, 0, UUID_NIL);
	for (int64_t s = -1; s <= 1000; s += 1) {
		if (s == 1)
			s = 999;
		OK(store_find_agreement(world->noc, world->arena, world->noc_id, world->osp_id,
		    at_s(s), &found, &agreement));
		assert_int_equal(found, s >= 0 && s < 1000);
	}
	OK(store_find_agreement(
	    world->osp, world->arena, world->noc_id, world->osp_id, at_s(5), &found, &agreement));
	assert_true(found);
	ASSERT_STR(agreement.number_prefix, "HC");
	assert_int_equal(agreement.terms.ring_s, 25);
	assert_int_equal(agreement.terms.loops, 3);
	assert_int_equal(agreement.terms.retry_after_s, 1200);
	assert_int_equal(agreement.terms.retries, 2);
	assert_int_equal(agreement.terms.grace_s, 86400);
	assert_int_equal(agreement.terms.poll_s, 60);
	assert_int_equal(agreement.terms.poll_grace_s, 300);
	ASSERT_STR(agreement.noc_duty_phone, "+15125550110");
	ASSERT_STR(agreement.twilio_subaccount, "AC1");
	ASSERT_STR(agreement.twilio_from, "+15125550111");
	ASSERT_STR(agreement.render_url, "");
	ASSERT_STR(agreement.render_client_id, "client");
	ASSERT_STR(agreement.render_secret_ref, "render-secret");
	ASSERT_STR(agreement.render_project, "project");

	/* In force or not, an ECO finds the one that it was created under. */
	OK(store_get_agreement(world->noc, world->arena, id_of("agreement"), &agreement));
	ASSERT_UUID(agreement.id, id_of("agreement"));
	/* The other direction is another agreement. */
	OK(store_find_agreement(
	    world->noc, world->arena, world->osp_id, world->noc_id, at_s(5), &found, &agreement));
	assert_false(found);
}

static void
an_agreement_is_known_to_its_parties_alone(void **state)
{
	struct world *world = *state;
	struct store_organisations partners;
	struct store_agreement agreement;
	bool found;

	plant(world, NULL, 0, UUID_NIL);
	OK(store_find_agreement(world->stranger, world->arena, world->noc_id, world->osp_id,
	    at_s(5), &found, &agreement));
	assert_false(found);
	FAULTS(ERR_CORRUPT,
	    store_get_agreement(world->stranger, world->arena, id_of("agreement"), &agreement));
	OK(store_list_partners(world->stranger, world->arena, world->noc_id, at_s(5), &partners));
	assert_int_equal(partners.count, 0);
	OK(store_list_partners(world->noc, world->arena, world->noc_id, at_s(5), &partners));
	assert_int_equal(partners.count, 1);
	ASSERT_STR(partners.at[0].name, "A Contractor");
	OK(store_list_partners(world->osp, world->arena, world->osp_id, at_s(5), &partners));
	assert_int_equal(partners.count, 1);
	ASSERT_STR(partners.at[0].name, "A Carrier");
	OK(store_list_partners(world->noc, world->arena, world->noc_id, at_s(2000), &partners));
	assert_int_equal(partners.count, 0);
}

static void
the_smallest_region_chooses_the_list(void **state)
{
	struct world *world = *state;
	struct store_seed_region regions[] = { region(world, "County", "day list", 1, large),
		region(world, "Town", "night list", 9, small) };
	const struct geo_point in_town[] = { { 1, 1 } }, in_county[] = { { 5, 5 } },
			       outside[] = { { 20, 20 } };
	struct pager_list list;

	plant(world, regions, COUNT_OF(regions), UUID_NIL);
	ASSERT_STR(list_for(world, world->noc, in_town, 1, &list), "Night");
	ASSERT_STR(list.region, "Town");
	ASSERT_UUID(list.id, id_of("night list"));
	ASSERT_STR(list_for(world, world->noc, in_county, 1, &list), "Day");
	ASSERT_STR(list.region, "County");
	ASSERT_STR(list_for(world, world->noc, outside, 1, &list), "");
}

static void
of_two_regions_of_one_size_the_lower_priority_number_goes_first(void **state)
{
	struct world *world = *state;
	struct store_seed_region regions[] = { region(world, "One", "day list", 2, small),
		region(world, "Two", "night list", 1, small) };
	const struct geo_point place[] = { { 1, 1 } };
	struct pager_list list;

	plant(world, regions, COUNT_OF(regions), UUID_NIL);
	ASSERT_STR(list_for(world, world->noc, place, 1, &list), "Night");
	regions[1].priority = 3;
	plant(world, regions, COUNT_OF(regions), UUID_NIL);
	ASSERT_STR(list_for(world, world->noc, place, 1, &list), "Day");
}

static void
a_cable_span_belongs_to_every_region_that_it_touches(void **state)
{
	struct world *world = *state;
	struct store_seed_region regions[] = { region(world, "Town", "night list", 1, small) };
	const struct geo_point through[] = { { -1, 1 }, { 3, 1 } },
			       past[] = { { -1, 3 }, { 3, 3 } }, along[] = { { 2, 5 }, { 2, 2 } };
	struct pager_list list;

	plant(world, regions, COUNT_OF(regions), UUID_NIL);
	ASSERT_STR(list_for(world, world->noc, through, 2, &list), "Night");
	ASSERT_STR(list_for(world, world->noc, past, 2, &list), "");
	ASSERT_STR(list_for(world, world->noc, along, 2, &list), "Night");
}

static void
without_a_region_the_agreements_default_list_is_rung(void **state)
{
	struct world *world = *state;
	const struct geo_point place[] = { { 50, 50 } };
	struct pager_list list;

	plant(world, NULL, 0, id_of("night list"));
	ASSERT_STR(list_for(world, world->noc, place, 1, &list), "Night");
	ASSERT_STR(list.region, "");
	assert_int_equal(list.count, 1);
}

static void
everybody_on_the_list_is_named_with_the_reason_why_not(void **state)
{
	struct world *world = *state;
	const struct geo_point place[] = { { 50, 50 } };
	struct pager_list list;

	plant(world, NULL, 0, id_of("day list"));
	/* Planted again, it is the same list and not twice as long. */
	plant(world, NULL, 0, id_of("day list"));
	ASSERT_STR(list_for(world, world->worker, place, 1, &list), "Day");
	assert_int_equal(list.count, 4);
	ASSERT_STR(list.people[0].label, "North crew lead");
	ASSERT_STR(list.people[0].phone, "+15125550101");
	assert_int_equal(list.people[0].skip, ROSTER_RINGS);
	assert_int_equal(list.people[1].skip, ROSTER_SKIP_OFF_SHIFT);
	assert_int_equal(list.people[2].skip, ROSTER_SKIP_NO_VERIFIED_PHONE);
	assert_int_equal(list.people[3].skip, ROSTER_SKIP_OPTED_OUT);
	assert_int_equal(roster_reachable(&list), 1);
}

static void
whom_a_contractor_would_ring_is_no_business_of_a_stranger(void **state)
{
	struct world *world = *state;
	struct store_seed_region regions[] = { region(world, "Town", "night list", 1, small) };
	const struct geo_point place[] = { { 1, 1 } };
	struct geo_location location = { GEO_POINT, place, 1 };
	struct pager_list list;
	bool found;

	plant(world, regions, COUNT_OF(regions), id_of("day list"));
	ASSERT_STR(list_for(world, world->stranger, place, 1, &list), "");
	ASSERT_STR(list_for(world, world->osp, place, 1, &list), "Night");
	/* Nor does an agreement with one contractor open the rosters of another. */
	OK(store_find_pager_list(world->noc, world->arena, world->stranger_id, id_of("agreement"),
	    &location, &found, &list));
	assert_false(found);
}

int
store_directory_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(organisations_are_found_by_id_and_by_handle),
		WORLD_TEST(a_user_has_a_role_in_each_organisation),
		WORLD_TEST(an_agreement_is_in_force_from_its_first_to_before_its_last_moment),
		WORLD_TEST(an_agreement_is_known_to_its_parties_alone),
		WORLD_TEST(the_smallest_region_chooses_the_list),
		WORLD_TEST(of_two_regions_of_one_size_the_lower_priority_number_goes_first),
		WORLD_TEST(a_cable_span_belongs_to_every_region_that_it_touches),
		WORLD_TEST(without_a_region_the_agreements_default_list_is_rung),
		WORLD_TEST(everybody_on_the_list_is_named_with_the_reason_why_not),
		WORLD_TEST(whom_a_contractor_would_ring_is_no_business_of_a_stranger),
	};

	return cmocka_run_group_tests_name("store directory", tests, NULL, NULL);
}
