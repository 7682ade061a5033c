#include "contract/store_contract.h"
#include "support/record_world.h"

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

static void
put_person(struct world *world, const char *name, const char *label, const char *number)
{
	const struct contact contact = { .id = id_of("contact"), .number = str_from_z(number) };
	struct record person = person_of(world, name);

	person.person.label = str_from_z(label);
	person.person.contacts = &contact;
	person.person.contact_count = 1;
	put(world, world->osp, &person, 1);
}

/* A user "casey" of the NOC and of the OSP, "robin" of the OSP, and "lead" on its list. */
static void
prepare(struct world *world)
{
	const struct list_entry entries[] = { { .person = id_of("lead") },
		{ .person = id_of("second") } };
	struct record users[] = { user_of("casey"), user_of("robin") };
	struct record of_noc = member_of("casey at the carrier", world->noc_id, "casey");
	struct record of_osp[] = { member_of("casey at the contractor", world->osp_id, "casey"),
		member_of("robin at the contractor", world->osp_id, "robin") };
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record terms = { .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(agreement.id),
		.osp_terms = { .agreement = agreement.id,
		    .osp = world->osp_id,
		    .default_list = id_of("list") } };
	struct record list = { .kind = RECORD_PAGER_LIST,
		.id = id_of("list"),
		.pager_list = { .osp = world->osp_id,
		    .name = STR("Day"),
		    .entries = entries,
		    .entry_count = COUNT_OF(entries) } };

	put_organisations(world);
	for (size_t i = 0; i < COUNT_OF(users); i++)
		put(world, world->worker, &users[i], 1);
	put(world, world->noc, &of_noc, 1);
	for (size_t i = 0; i < COUNT_OF(of_osp); i++)
		put(world, world->osp, &of_osp[i], 1);
	put(world, world->noc, &agreement, 1);
	put(world, world->osp, &terms, 1);
	put_person(world, "lead", "North crew lead", "+15125550101");
	put_person(world, "second", "North crew second", "+15125550102");
	put(world, world->osp, &list, 1);
}

/* What the list that the agreement leads to has of ${person}. */
static struct str
on_the_list(struct world *world, const char *person)
{
	static const struct geo_point somewhere[] = { { 1, 1 } };
	struct geo_location location = { GEO_POINT, somewhere, 1 };
	struct store_roster roster;
	bool found;

	OK(store_find_roster(world->osp, world->arena, world->osp_id, id_of("agreement"), &location,
	    &found, &roster));
	assert_true(found);
	assert_int_equal(roster.count, 2);
	for (size_t i = 0; i < roster.count; i++) {
		if (uuid_equal(roster.people[i].id, id_of(person)))
			return roster.people[i].body;
	}
	fail_msg("%s is not on the list", person);
	return STR("");
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

	prepare(world);
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

	prepare(world);
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

	prepare(world);
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

	prepare(world);
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

	prepare(world);
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

	prepare(world);
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

	prepare(world);
	assert_true(erase(world, "lead", 5));
	assert_false(says(on_the_list(world, "lead"), "North crew lead"));
}

static void
nobody_gives_an_erased_person_a_key(void **state)
{
	struct world *world = *state;

	prepare(world);
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
	const struct store_membership users[] = {
		{ .user = id_of("casey"), .user_handle = STR("casey") },
		{ .user = id_of("former"), .user_handle = STR("former") },
	};
	const struct store_seed seed = { .memberships = users,
		.membership_count = COUNT_OF(users) };
	struct uuid ids[] = { id_of("casey"), id_of("former") };
	struct store_user_name names[COUNT_OF(ids)];
	size_t count;

	prepare(world);
	OK(store_plant(world->worker, world->arena, &seed));
	assert_true(erase(world, "casey", 5));
	assert_true(erase(world, "former", 5));
	OK(store_plant(world->worker, world->arena, &seed));
	OK(store_find_users(world->worker, world->arena, ids, COUNT_OF(ids), names, &count));
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_true(str_starts_with(names[i].handle, STR("erased-")));
	assert_false(is_member(world, STR("casey"), STR("carrier")));
	assert_true(is_member(world, STR("robin"), STR("contractor")));
}

static void
a_key_of_somebody_whom_the_directory_does_not_know_can_be_erased(void **state)
{
	struct world *world = *state;

	prepare(world);
	add(world, "long gone", STR("wrapped"));
	assert_true(erase(world, "long gone", 5));
	assert_true(find(world, world->osp, "long gone").at[0].erased);
}

static void
an_erased_person_stays_on_the_list_without_name_or_number(void **state)
{
	struct world *world = *state;

	prepare(world);
	assert_true(says(on_the_list(world, "lead"), "North crew lead"));
	assert_true(says(on_the_list(world, "lead"), "+15125550101"));
	assert_true(erase(world, "lead", 5));
	assert_false(says(on_the_list(world, "lead"), "North crew lead"));
	assert_false(says(on_the_list(world, "lead"), "+15125550101"));
	assert_true(says(on_the_list(world, "second"), "North crew second"));
	assert_true(says(on_the_list(world, "second"), "+15125550102"));
}

static void
an_erased_user_has_no_handle_and_no_membership(void **state)
{
	struct world *world = *state;
	struct uuid user = id_of("casey");
	struct str name = uuid_text(world->arena, user), expected;
	struct store_user_name names[1];
	size_t count;

	prepare(world);
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

	prepare(world);
	assert_false(erase(world, "nobody", 5));
	assert_int_equal(find(world, world->worker, "nobody").count, 0);
	assert_false(erase(world, "nobody", 6));
}

static void
erasing_twice_changes_nothing(void **state)
{
	struct world *world = *state;

	prepare(world);
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

	prepare(world);
	add(world, "lead", STR("wrapped"));
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	assert_true(erase(world, "lead", 5));
	store_rollback(world->worker);
	ASSERT_STR(find(world, world->osp, "lead").at[0].wrapped, "wrapped");
	assert_true(says(on_the_list(world, "lead"), "North crew lead"));
}

/* ---- users ---- */

/* How many of casey's and robin's handles ${session} is told. */
static size_t
handles_told(struct world *world, struct store_session *session)
{
	struct uuid users[] = { id_of("robin"), id_of("nobody"), id_of("casey") };
	struct store_user_name names[COUNT_OF(users)];
	size_t count, known = 0;

	OK(store_find_users(session, world->arena, users, COUNT_OF(users), names, &count));
	for (size_t i = 0; i < count; i++) {
		known += uuid_equal(names[i].user, id_of("casey")) &&
			 str_equal(names[i].handle, STR("casey"));
		known += uuid_equal(names[i].user, id_of("robin")) &&
			 str_equal(names[i].handle, STR("robin"));
	}
	assert_int_equal(count, known);
	return known;
}

static void
the_handles_of_users_are_found_by_those_whose_members_they_are(void **state)
{
	struct world *world = *state;

	prepare(world);
	assert_int_equal(handles_told(world, world->worker), 2);
	assert_int_equal(handles_told(world, world->osp), 2);
	assert_int_equal(handles_told(world, world->noc), 1);
	assert_int_equal(handles_told(world, world->stranger), 0);
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
		WORLD_TEST(the_handles_of_users_are_found_by_those_whose_members_they_are),
	};

	return cmocka_run_group_tests_name("store vault", tests, NULL, NULL);
}
