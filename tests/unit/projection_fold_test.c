#include "support/unit.h"

#include <stdlib.h>

#include "projection/fold.h"

/* What is kept of an ECO must be all of it, and nothing but its own. */

#define SOURCE_BYTES (4u << 20)

static const struct uuid id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9 } };

/* A text of its own in ${arena}, so that a pointer to it can be told from others. */
static struct str
text(struct arena *arena, const char *z)
{
	return arena_copy(arena, str_from_z(z));
}

/* Everything that a callout can point to is there. */
static void
fill(struct arena *arena, struct callout *callout)
{
	struct geo_point *points = arena_array(arena, struct geo_point, 2);
	struct ringdown *ringdown = &callout->ringdown;

	assert_non_null(points);
	points[0] = (struct geo_point){ -97.74, 30.26 };
	points[1] = (struct geo_point){ -97.75, 30.27 };
	*callout = (struct callout){ .id = id, .version = 12 };
	callout->eco.location = (struct geo_location){ GEO_LINE, points, 2 };
	callout->eco.job_number = text(arena, "HC-CMR-00001-7");
	callout->eco.description = text(arena, "Loss of light");
	callout->eco.noc_duty_phone = text(arena, "+15125550100");
	ringdown->plan.name = text(arena, "Austin North");
	ringdown->plan.region = text(arena, "North");
	ringdown->plan.count = ROSTER_PEOPLE_MAX;
	for (size_t i = 0; i < ROSTER_PEOPLE_MAX; i++) {
		ringdown->plan.people[i].label = text(arena, "North splicer");
		ringdown->plan.people[i].contact_count = ROSTER_CONTACTS_MAX;
		for (size_t k = 0; k < ROSTER_CONTACTS_MAX; k++)
			ringdown->plan.people[i].contacts[k].number = text(arena, "+15125550101");
	}
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++)
		ringdown->attempts[i].provider_id = text(arena, "CA1");
	for (size_t i = 0; i < RINGDOWN_CALLS_KEPT; i++)
		ringdown->calls[i] = text(arena, "CA2");
	callout->rendersync.subsector = text(arena, "sub_1");
	callout->rendersync.task = text(arena, "task_1");
	callout->rendersync.task_count = RENDERSYNC_TASKS_MAX;
	for (size_t i = 0; i < RENDERSYNC_TASKS_MAX; i++) {
		callout->rendersync.tasks[i].id = text(arena, "task");
		callout->rendersync.tasks[i].name = text(arena, "Investigation");
		callout->rendersync.tasks[i].raw_status = text(arena, "Started");
	}
}

/* Whether a word of ${callout} could be a pointer into ${arena}. */
static bool
points_into(const struct callout *callout, const struct arena *arena)
{
	const char *at = (const char *)callout;

	for (size_t i = 0; i + sizeof(uintptr_t) <= sizeof(*callout); i += sizeof(uintptr_t)) {
		uintptr_t word, base = (uintptr_t)arena->base;

		memcpy(&word, at + i, sizeof(word));
		if (word >= base && word < base + arena->used)
			return true;
	}
	return false;
}

static void
what_is_kept_points_to_nothing_of_what_it_was_made_from(void **state)
{
	struct arena *source = arena_create(SOURCE_BYTES);
	struct fold *fold = fold_create(10, 1u << 20);
	struct callout *callout = calloc(1, sizeof(*callout));
	struct callout *kept = calloc(1, sizeof(*kept));

	(void)state;
	assert_non_null(callout);
	assert_non_null(kept);
	fill(source, callout);
	assert_true(points_into(callout, source));
	fold_put(fold, callout);
	assert_false(points_into(callout, source));
	fold_settle(fold, true);
	assert_true(fold_find(fold, id, 12, kept));
	assert_false(points_into(kept, source));
	arena_destroy(source);

	assert_true(str_equal(kept->eco.description, STR("Loss of light")));
	assert_int_equal(kept->eco.location.count, 2);
	assert_true(kept->eco.location.points[1].latitude > 30.265);
	assert_true(
	    str_equal(kept->ringdown.plan.people[31].contacts[3].number, STR("+15125550101")));
	assert_true(str_equal(kept->ringdown.calls[15], STR("CA2")));
	assert_int_equal(kept->rendersync.task_count, RENDERSYNC_TASKS_MAX);
	assert_true(str_equal(kept->rendersync.tasks[119].raw_status, STR("Started")));
	fold_destroy(fold);
	free(kept);
	free(callout);
}

static void
what_was_put_in_a_transaction_that_failed_is_not_kept(void **state)
{
	struct fold *fold = fold_create(10, 1u << 20);
	struct callout *callout = calloc(1, sizeof(*callout));

	(void)state;
	assert_non_null(callout);
	callout->id = id;
	callout->version = 1;
	fold_put(fold, callout);
	fold_settle(fold, true);
	callout->version = 2;
	fold_put(fold, callout);
	fold_settle(fold, false);
	assert_false(fold_find(fold, id, 2, callout));
	assert_true(fold_find(fold, id, 1, callout));
	fold_destroy(fold);
	free(callout);
}

static void
when_there_are_too_many_the_least_recently_used_go(void **state)
{
	struct fold *fold = fold_create(3, 1u << 20);
	struct callout *callout = calloc(1, sizeof(*callout));

	(void)state;
	assert_non_null(callout);
	for (uint8_t i = 1; i <= 4; i++) {
		*callout = (struct callout){ .id = { { i } }, .version = i };
		fold_put(fold, callout);
		fold_settle(fold, true);
		assert_true(fold_find(fold, (struct uuid){ { 1 } }, 1, callout));
	}
	assert_int_equal(fold_count(fold), 3);
	assert_false(fold_find(fold, (struct uuid){ { 2 } }, 2, callout));
	assert_true(fold_find(fold, (struct uuid){ { 4 } }, 4, callout));
	fold_destroy(fold);

	/* Nor may they be too large. */
	fold = fold_create(1000, 128u << 10);
	for (uint8_t i = 1; i <= 100; i++) {
		*callout = (struct callout){ .id = { { i } }, .version = i };
		fold_put(fold, callout);
		fold_settle(fold, true);
	}
	assert_true(fold_bytes(fold) <= 128u << 10);
	assert_true(fold_count(fold) > 5);
	fold_destroy(fold);
	free(callout);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_points_to_nothing_of_what_it_was_made_from),
		cmocka_unit_test(what_was_put_in_a_transaction_that_failed_is_not_kept),
		cmocka_unit_test(when_there_are_too_many_the_least_recently_used_go),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
