#include "domain/directory/region_decide.h"
#include "support/spec.h"

/* Which region chooses, and what an import does with each feature. */

#define BRIEF(digit, called, first, square)                                                      \
	{                                                                                        \
		.id = { { digit } }, .name = STR(called), .priority = (first), .size = (square), \
		.area = {                                                                        \
			{ digit }                                                                \
		}                                                                                \
	}

static const struct region_brief kept[] = {
	BRIEF(1, "North", 0, 4),
	BRIEF(2, "City", 5, 1),
	BRIEF(3, "Twice", 0, 9),
	BRIEF(4, "Twice", 0, 16),
};
static const struct region_briefs others = { kept, COUNT_OF(kept) };

static bool
may_stand(struct str name, int64_t priority, struct uuid id)
{
	const struct region region = { .name = name, .priority = priority };

	return region_check(&region, id, &others, &world.refusal);
}

static void
a_region_has_a_name_of_its_own_and_a_priority(void **state)
{
	static char long_name[REGION_NAME_MAX + 2];

	(void)state;
	memset(long_name, 'n', REGION_NAME_MAX + 1);
	assert_true(may_stand(STR("South"), 0, UUID_NIL));
	assert_true(may_stand(STR("South"), REGION_PRIORITY_MAX, UUID_NIL));
	assert_false(may_stand(STR("South"), -1, UUID_NIL));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_PRIORITY_INVALID);
	assert_false(may_stand(STR("South"), REGION_PRIORITY_MAX + 1, UUID_NIL));
	assert_false(may_stand(STR(" "), 0, UUID_NIL));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_NAME_INVALID);
	assert_false(may_stand(STR("two\nlines"), 0, UUID_NIL));
	assert_false(may_stand(str_from_z(long_name), 0, UUID_NIL));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_NAME_INVALID);
	assert_false(may_stand(STR("North"), 0, UUID_NIL));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_NAME_TAKEN);
}

static void
a_region_keeps_its_own_name(void **state)
{
	(void)state;
	assert_true(may_stand(STR("North"), 0, kept[0].id));
	assert_false(may_stand(STR("North"), 0, kept[1].id));
}

static void
there_are_at_most_so_many(void **state)
{
	(void)state;
	assert_true(region_check_count(&others, REGIONS_MAX - COUNT_OF(kept), &world.refusal));
	assert_false(region_check_count(&others, REGIONS_MAX - COUNT_OF(kept) + 1, &world.refusal));
	assert_int_equal(world.refusal.code, REFUSAL_REGIONS_TOO_MANY);
}

static void
two_alike_in_size_and_priority_leave_it_to_chance(void **state)
{
	const struct region_brief a = BRIEF(1, "A", 3, 2.5), same = BRIEF(2, "B", 3, 2.5);
	const struct region_brief lost = BRIEF(3, "C", 3, 2.5 + 1e-12),
				  before = BRIEF(4, "D", 2, 2.5);
	const struct region_brief smaller = BRIEF(5, "E", 3, 2.4);

	(void)state;
	assert_true(region_is_ambiguous(&a, &same));
	assert_true(region_is_ambiguous(&a, &lost));
	assert_false(region_is_ambiguous(&a, &before));
	assert_false(region_is_ambiguous(&a, &smaller));
	assert_false(region_refuse_ambiguous(&a, &same, &world.refusal));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_AMBIGUOUS);
}

static void
the_smallest_comes_first_then_priority_then_the_id(void **state)
{
	const struct region_brief large = BRIEF(1, "A", 0, 9), small = BRIEF(2, "B", 9, 1);
	const struct region_brief first = BRIEF(3, "C", 1, 9), alike = BRIEF(4, "D", 0, 9);

	(void)state;
	assert_true(region_comes_first(&small, &large));
	assert_false(region_comes_first(&large, &small));
	assert_true(region_comes_first(&large, &first));
	assert_true(region_comes_first(&large, &alike));
	assert_false(region_comes_first(&alike, &large));
}

static void
it_is_explained_why_a_region_chooses(void **state)
{
	const struct region_brief both[] = { BRIEF(1, "A", 0, 1), BRIEF(2, "B", 0, 9) };
	const struct region_brief ties[] = { BRIEF(1, "A", 0, 1), BRIEF(2, "B", 4, 1),
		BRIEF(3, "C", 0, 9) };

	(void)state;
	assert_int_equal(region_explain(&both[0], &(struct region_briefs){ both, 1 }), REGION_ONLY);
	assert_int_equal(
	    region_explain(&both[0], &(struct region_briefs){ both, 2 }), REGION_SMALLEST);
	assert_int_equal(
	    region_explain(&ties[0], &(struct region_briefs){ ties, 3 }), REGION_PRIORITY);
}

/* What becomes of a feature called ${name} whose area has the digest of ${digit}. */
static bool
plan(struct str name, uint8_t digit, struct region_plan *ret)
{
	const struct region_feature feature = { .name = name };

	return region_plan_feature(&(struct region_features){ &feature, 1 }, 0,
	    (struct sha256){ { digit } }, &others, ret, &world.refusal);
}

static void
a_feature_is_known_by_its_name(void **state)
{
	struct region_plan found;

	(void)state;
	assert_true(plan(STR("South"), 1, &found));
	assert_int_equal(found.fate, REGION_CREATED);
	assert_null(found.before);
	assert_true(plan(STR("North"), 9, &found));
	assert_int_equal(found.fate, REGION_CHANGED);
	assert_ptr_equal(found.before, &kept[0]);
	assert_true(plan(STR("North"), 1, &found));
	assert_int_equal(found.fate, REGION_UNCHANGED);
}

static void
a_feature_that_could_be_two_regions_is_refused(void **state)
{
	const struct region_feature twins[] = { { .name = STR("East") }, { .name = STR("West") },
		{ .name = STR("East") } };
	const struct region_features file = { twins, COUNT_OF(twins) };
	const struct sha256 area = { { 0 } };
	struct region_plan found;

	(void)state;
	assert_false(plan(STR("Twice"), 1, &found));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_NAME_TAKEN);
	assert_true(region_plan_feature(&file, 0, area, &others, &found, &world.refusal));
	assert_true(region_plan_feature(&file, 1, area, &others, &found, &world.refusal));
	assert_false(region_plan_feature(&file, 2, area, &others, &found, &world.refusal));
	assert_int_equal(world.refusal.code, REFUSAL_REGION_NAME_TAKEN);
}

static void
a_feature_that_could_not_be_read_says_why(void **state)
{
	struct region_feature feature = { .name = STR("South"), .refused = true };
	struct region_plan found;

	(void)state;
	(void)refuse(&feature.refusal, REFUSAL_AREA_INVALID, "features[0].geometry", "is missing");
	assert_false(region_plan_feature(&(struct region_features){ &feature, 1 }, 0,
	    (struct sha256){ { 0 } }, &others, &found, &world.refusal));
	assert_int_equal(world.refusal.code, REFUSAL_AREA_INVALID);
	assert_true(str_equal(refusal_message(&world.refusal), STR("is missing")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_region_has_a_name_of_its_own_and_a_priority),
		cmocka_unit_test(a_region_keeps_its_own_name),
		cmocka_unit_test(there_are_at_most_so_many),
		cmocka_unit_test(two_alike_in_size_and_priority_leave_it_to_chance),
		cmocka_unit_test(the_smallest_comes_first_then_priority_then_the_id),
		cmocka_unit_test(it_is_explained_why_a_region_chooses),
		cmocka_unit_test(a_feature_is_known_by_its_name),
		cmocka_unit_test(a_feature_that_could_be_two_regions_is_refused),
		cmocka_unit_test(a_feature_that_could_not_be_read_says_why),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
