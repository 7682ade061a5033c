#include "contract/store_contract.h"
#include "support/store_world.h"

#define REASON STR("asked for it")

static struct store_person_key
key_of(const struct world *world, const char *person, struct str wrapped)
{
	return (struct store_person_key){
		.person = id_of(person), .organisation = world->osp_id, .wrapped = wrapped
	};
}

static void
add(struct world *world, const char *person, struct str wrapped)
{
	struct store_person_key key = key_of(world, person, wrapped);

	OK(store_add_person_keys(world->worker, world->arena, &key, 1));
}

static struct store_person_keys
find(struct world *world, struct store_session *session, const char *person)
{
	struct uuid id = id_of(person);
	struct store_person_keys keys = { 0 };

	OK(store_find_person_keys(session, world->arena, &id, 1, &keys));
	return keys;
}

static bool
erase(struct world *world, const char *person, int64_t now_s)
{
	bool found = false;

	OK(store_erase_person(
	    world->worker, world->arena, id_of(person), at_s(now_s), REASON, &found));
	return found;
}

/* An operator "casey" of the NOC who is a viewer at the OSP, and "lead" on the OSP's list. */
static void
plant(struct world *world)
{
	struct store_organisation organisations[] = {
		{ world->noc_id, STR("carrier"), STR("A Carrier"), true, false },
		{ world->osp_id, STR("contractor"), STR("A Contractor"), false, true },
	};
	struct store_membership memberships[] = {
		{ id_of("casey"), STR("casey"), STR("operator"), organisations[0] },
		{ id_of("casey"), STR("casey"), STR("viewer"), organisations[1] },
		{ id_of("robin"), STR("robin"), STR("dispatcher"), organisations[1] },
	};
	struct store_seed_person crew[] = {
		{ id_of("lead"), STR("North crew lead"), STR("+15125550101"), true, true, false },
		{ id_of("second"), STR("North crew second"), STR("+15125550102"), true, true,
		    false },
	};
	struct store_seed_list list = { id_of("list"), world->osp_id, STR("Day"), crew,
		COUNT_OF(crew) };
	struct store_seed_agreement agreement = { .agreement = { .id = id_of("agreement"),
						      .noc = world->noc_id,
						      .osp = world->osp_id },
		.default_list = id_of("list"),
		.valid_from = at_s(0) };
	struct store_seed seed = { organisations, COUNT_OF(organisations), memberships,
		COUNT_OF(memberships), &list, 1, NULL, 0, &agreement, 1 };

	OK(store_plant(world->worker, world->arena, &seed));
}

static struct pager_list
pager_list(struct world *world)
{
	static const struct geo_point somewhere[] = { { 1, 1 } };
	struct geo_location location = { GEO_POINT, somewhere, 1 };
	struct pager_list list = { .count = 0 };
	bool found;

	OK(store_find_pager_list(
	    world->osp, world->arena, world->osp_id, id_of("agreement"), &location, &found, &list));
	assert_true(found);
	return list;
}

static bool
is_member(struct world *world, struct str user, struct str organisation)
{
	struct store_membership membership;
	bool found;

	OK(store_find_membership(
	    world->noc, world->arena, user, organisation, &found, &membership));
	return found;
}

/* ---- keys ---- */

static void
a_key_is_read_back_as_it_was_given(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	plant(world);
	add(world, "lead", STR("wrapped\0key"));
	keys = find(world, world->osp, "lead");
	assert_int_equal(keys.count, 1);
	ASSERT_UUID(keys.at[0].person, id_of("lead"));
	ASSERT_UUID(keys.at[0].organisation, world->osp_id);
	assert_true(str_equal(keys.at[0].wrapped, STR("wrapped\0key")));
	assert_false(keys.at[0].erased);
	assert_int_equal(find(world, world->osp, "second").count, 0);
}

static void
a_person_has_one_key_however_often_one_is_added(void **state)
{
	struct world *world = *state;
	struct store_person_key keys[] = { key_of(world, "lead", STR("second try")),
		key_of(world, "second", STR("first try")) };

	plant(world);
	add(world, "lead", STR("first try"));
	OK(store_add_person_keys(world->worker, world->arena, keys, COUNT_OF(keys)));
	ASSERT_STR(find(world, world->worker, "lead").at[0].wrapped, "first try");
	ASSERT_STR(find(world, world->worker, "second").at[0].wrapped, "first try");
}

static void
keys_of_several_people_are_found_at_once(void **state)
{
	struct world *world = *state;
	struct uuid people[] = { id_of("second"), id_of("nobody"), id_of("lead") };
	struct store_person_keys keys;
	bool lead = false, second = false;

	plant(world);
	add(world, "lead", STR("one"));
	add(world, "second", STR("two"));
	OK(store_find_person_keys(world->worker, world->arena, people, COUNT_OF(people), &keys));
	assert_int_equal(keys.count, 2);
	for (size_t i = 0; i < keys.count; i++) {
		lead = lead || uuid_equal(keys.at[i].person, id_of("lead"));
		second = second || uuid_equal(keys.at[i].person, id_of("second"));
	}
	assert_true(lead && second);
	OK(store_find_person_keys(world->worker, world->arena, people, 0, &keys));
	assert_int_equal(keys.count, 0);
}

static void
a_key_exists_for_its_own_organisation_only(void **state)
{
	struct world *world = *state;

	plant(world);
	add(world, "lead", STR("wrapped"));
	assert_int_equal(find(world, world->osp, "lead").count, 1);
	assert_int_equal(find(world, world->worker, "lead").count, 1);
	assert_int_equal(find(world, world->noc, "lead").count, 0);
	assert_int_equal(find(world, world->stranger, "lead").count, 0);
	store_act_for(world->stranger, UUID_NIL);
	assert_int_equal(find(world, world->stranger, "lead").count, 0);
	assert_true(erase(world, "lead", 5));
	assert_int_equal(find(world, world->noc, "lead").count, 0);
}

static void
keys_are_undone_with_their_transaction(void **state)
{
	struct world *world = *state;

	plant(world);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	add(world, "lead", STR("wrapped"));
	store_rollback(world->worker);
	assert_int_equal(find(world, world->worker, "lead").count, 0);
}

/* ---- erasing ---- */

static void
an_erased_key_is_gone_for_good(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	plant(world);
	add(world, "lead", STR("wrapped"));
	add(world, "second", STR("wrapped too"));
	assert_true(erase(world, "lead", 5));
	keys = find(world, world->osp, "lead");
	assert_int_equal(keys.count, 1);
	assert_true(keys.at[0].erased);
	assert_int_equal(keys.at[0].erased_at.us, at_s(5).us);
	assert_true(str_empty(keys.at[0].wrapped));

	/* A new one does not take its place. */
	add(world, "lead", STR("a new key"));
	keys = find(world, world->osp, "lead");
	assert_int_equal(keys.count, 1);
	assert_true(keys.at[0].erased);
	assert_true(str_empty(keys.at[0].wrapped));
	/* The others keep theirs. */
	ASSERT_STR(find(world, world->osp, "second").at[0].wrapped, "wrapped too");
}

static void
a_person_without_a_key_can_be_erased_as_well(void **state)
{
	struct world *world = *state;

	plant(world);
	assert_true(erase(world, "lead", 5));
	ASSERT_STR(pager_list(world).people[0].label, "erased");
}

static void
nobody_gives_an_erased_person_a_key(void **state)
{
	struct world *world = *state;

	plant(world);
	assert_true(erase(world, "lead", 5));
	add(world, "lead", STR("wrapped anew"));
	assert_true(find(world, world->osp, "lead").at[0].erased);
	assert_true(str_empty(find(world, world->osp, "lead").at[0].wrapped));
	assert_int_equal(find(world, world->noc, "lead").count, 0);
}

static void
planting_brings_nobody_back_who_was_erased(void **state)
{
	struct world *world = *state;
	struct pager_list list;

	plant(world);
	assert_true(erase(world, "lead", 5));
	assert_true(erase(world, "casey", 5));
	plant(world);
	list = pager_list(world);
	ASSERT_STR(list.people[0].label, "erased");
	assert_true(str_empty(list.people[0].phone));
	ASSERT_STR(list.people[1].label, "North crew second");
	assert_false(is_member(world, STR("casey"), STR("carrier")));
	assert_true(is_member(world, STR("robin"), STR("contractor")));
}

static void
a_key_of_somebody_whom_the_directory_does_not_know_can_be_erased(void **state)
{
	struct world *world = *state;

	plant(world);
	add(world, "long gone", STR("wrapped"));
	assert_true(erase(world, "long gone", 5));
	assert_true(find(world, world->osp, "long gone").at[0].erased);
}

static void
an_erased_person_stays_on_the_list_without_name_or_number(void **state)
{
	struct world *world = *state;
	struct pager_list list;

	plant(world);
	assert_true(erase(world, "lead", 5));
	list = pager_list(world);
	assert_int_equal(list.count, 2);
	ASSERT_UUID(list.people[0].id, id_of("lead"));
	ASSERT_STR(list.people[0].label, "erased");
	assert_true(str_empty(list.people[0].phone));
	assert_int_equal(list.people[0].skip, roster_judge(true, false, true));
	ASSERT_STR(list.people[1].label, "North crew second");
	ASSERT_STR(list.people[1].phone, "+15125550102");
	assert_int_equal(list.people[1].skip, roster_judge(true, true, false));
}

static void
an_erased_user_has_no_handle_and_no_membership(void **state)
{
	struct world *world = *state;
	struct uuid user = id_of("casey");
	struct str name = uuid_text(world->arena, user), expected;
	struct store_user_name names[1];
	size_t count;

	plant(world);
	assert_true(erase(world, "casey", 5));
	assert_false(is_member(world, STR("casey"), STR("carrier")));
	assert_false(is_member(world, STR("casey"), STR("contractor")));
	assert_true(is_member(world, STR("robin"), STR("contractor")));

	expected = arena_printf(world->arena, "erased-%.*s", STR_ARG(name));
	assert_false(is_member(world, expected, STR("carrier")));
	OK(store_find_users(world->noc, world->arena, &user, 1, names, &count));
	assert_int_equal(count, 1);
	assert_true(str_equal(names[0].handle, expected));
}

static void
nobody_is_erased_whom_nobody_has_heard_of(void **state)
{
	struct world *world = *state;

	plant(world);
	assert_false(erase(world, "nobody", 5));
	assert_int_equal(find(world, world->worker, "nobody").count, 0);
	assert_false(erase(world, "nobody", 6));
}

static void
erasing_twice_changes_nothing(void **state)
{
	struct world *world = *state;

	plant(world);
	add(world, "lead", STR("wrapped"));
	assert_true(erase(world, "lead", 5));
	assert_true(erase(world, "lead", 90));
	assert_int_equal(find(world, world->osp, "lead").at[0].erased_at.us, at_s(5).us);
	assert_true(erase(world, "casey", 5));
	assert_true(erase(world, "casey", 90));
}

static void
an_erasure_is_undone_with_its_transaction(void **state)
{
	struct world *world = *state;

	plant(world);
	add(world, "lead", STR("wrapped"));
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	assert_true(erase(world, "lead", 5));
	store_rollback(world->worker);
	ASSERT_STR(find(world, world->osp, "lead").at[0].wrapped, "wrapped");
	ASSERT_STR(pager_list(world).people[0].label, "North crew lead");
}

/* ---- users ---- */

static void
the_handles_of_users_are_found_by_every_session(void **state)
{
	struct world *world = *state;
	struct store_session *sessions[] = { world->noc, world->osp, world->worker,
		world->stranger };
	struct uuid users[] = { id_of("robin"), id_of("nobody"), id_of("casey") };

	plant(world);
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct store_user_name names[COUNT_OF(users)];
		size_t count, known = 0;

		OK(store_find_users(
		    sessions[i], world->arena, users, COUNT_OF(users), names, &count));
		assert_int_equal(count, 2);
		for (size_t j = 0; j < count; j++) {
			known += uuid_equal(names[j].user, id_of("casey")) &&
				 str_equal(names[j].handle, STR("casey"));
			known += uuid_equal(names[j].user, id_of("robin")) &&
				 str_equal(names[j].handle, STR("robin"));
		}
		assert_int_equal(known, 2);
	}
}

int
store_vault_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_key_is_read_back_as_it_was_given),
		WORLD_TEST(a_person_has_one_key_however_often_one_is_added),
		WORLD_TEST(keys_of_several_people_are_found_at_once),
		WORLD_TEST(a_key_exists_for_its_own_organisation_only),
		WORLD_TEST(keys_are_undone_with_their_transaction),
		WORLD_TEST(an_erased_key_is_gone_for_good),
		WORLD_TEST(a_person_without_a_key_can_be_erased_as_well),
		WORLD_TEST(nobody_gives_an_erased_person_a_key),
		WORLD_TEST(planting_brings_nobody_back_who_was_erased),
		WORLD_TEST(a_key_of_somebody_whom_the_directory_does_not_know_can_be_erased),
		WORLD_TEST(an_erased_person_stays_on_the_list_without_name_or_number),
		WORLD_TEST(an_erased_user_has_no_handle_and_no_membership),
		WORLD_TEST(nobody_is_erased_whom_nobody_has_heard_of),
		WORLD_TEST(erasing_twice_changes_nothing),
		WORLD_TEST(an_erasure_is_undone_with_its_transaction),
		WORLD_TEST(the_handles_of_users_are_found_by_every_session),
	};

	return cmocka_run_group_tests_name("store vault", tests, NULL, NULL);
}
