#include "store/store_vault.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/*
 * Whose keys are whose, and what is left of somebody who was erased.
 */

static long long
number(const char *sql)
{
	PGconn *conn = pg_database_connect();
	long long value = pg_database_number(conn, sql);

	PQfinish(conn);
	return value;
}

static void
add_key(struct world *world)
{
	struct store_person_key key = { .person = id_of("lead"),
		.organisation = world->osp_id,
		.wrapped = STR("wrapped bytes") };

	OK(store_add_person_keys(world->worker, world->arena, &key, 1));
}

static size_t
keys_seen(struct world *world, struct store_session *session, struct store_person_keys *ret)
{
	struct uuid people[] = { id_of("lead"), id_of("nobody") };

	OK(store_find_person_keys(session, world->arena, people, COUNT_OF(people), ret));
	return ret->count;
}

static void
a_key_is_there_for_its_own_organisation_alone(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	add_key(world);
	assert_int_equal(keys_seen(world, world->noc, &keys), 0);
	assert_int_equal(keys_seen(world, world->stranger, &keys), 0);
	assert_int_equal(keys_seen(world, world->osp, &keys), 1);
	ASSERT_UUID(keys.at[0].person, id_of("lead"));
	ASSERT_UUID(keys.at[0].organisation, world->osp_id);
	ASSERT_STR(keys.at[0].wrapped, "wrapped bytes");
	assert_false(keys.at[0].erased);
	assert_int_equal(keys_seen(world, world->worker, &keys), 1);
}

static void
plant_person(struct world *world)
{
	struct store_organisation osp = { world->osp_id, STR("contractor"), STR("A Contractor"),
		false, true };
	struct store_membership member = { id_of("lead"), STR("casey"), STR("technician"), osp };
	struct store_seed_person lead = { id_of("lead"), STR("Lead"), STR("+15125550101"), true,
		true, false };
	struct store_seed_list list = { id_of("list"), world->osp_id, STR("Day"), &lead, 1 };
	struct store_seed seed = { .organisations = &osp,
		.organisation_count = 1,
		.memberships = &member,
		.membership_count = 1,
		.lists = &list,
		.list_count = 1 };

	OK(store_plant(world->worker, world->arena, &seed));
}

/* Erase the lead, at second ${s}; whether they were known. */
static bool
erase(struct world *world, int64_t s)
{
	bool found;

	OK(store_erase_person(
	    world->worker, world->arena, id_of("lead"), at_s(s), STR("they asked"), &found));
	return found;
}

static void
who_is_erased_has_no_key_no_name_and_no_number(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;
	struct store_user_name name;
	struct uuid lead = id_of("lead");
	size_t known;

	plant_person(world);
	add_key(world);
	assert_true(erase(world, 7));
	assert_int_equal(keys_seen(world, world->osp, &keys), 1);
	assert_true(keys.at[0].erased);
	assert_int_equal(keys.at[0].erased_at.us, at_s(7).us);
	assert_int_equal(keys.at[0].wrapped.len, 0);
	assert_int_equal(number("SELECT count(*) FROM strike.person_key WHERE wrapped IS NULL"), 1);
	assert_int_equal(number("SELECT count(*) FROM strike.person WHERE label = 'erased' AND"
				" phone = '' AND NOT verified AND opted_out"),
	    1);
	assert_int_equal(number("SELECT count(*) FROM strike.membership"), 0);
	OK(store_find_users(world->noc, world->arena, &lead, 1, &name, &known));
	assert_int_equal(known, 1);
	assert_true(str_starts_with(name.handle, STR("erased-")));
	assert_int_equal(
	    number("SELECT count(*) FROM strike.erasure WHERE reason = 'they asked'"), 1);

	/* A key that was destroyed does not come back. */
	add_key(world);
	assert_int_equal(keys_seen(world, world->osp, &keys), 1);
	assert_true(keys.at[0].erased);
}

static void
erasing_twice_changes_nothing_and_nobody_is_not_found(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	assert_false(erase(world, 1));
	assert_int_equal(number("SELECT count(*) FROM strike.erasure"), 0);
	add_key(world);
	assert_true(erase(world, 7));
	assert_true(erase(world, 9));
	assert_int_equal(number("SELECT count(*) FROM strike.erasure"), 1);
	keys_seen(world, world->osp, &keys);
	assert_int_equal(keys.at[0].erased_at.us, at_s(7).us);
}

static void
an_erasure_is_all_or_nothing(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	plant_person(world);
	add_key(world);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	assert_true(erase(world, 7));
	store_rollback(world->worker);
	keys_seen(world, world->osp, &keys);
	ASSERT_STR(keys.at[0].wrapped, "wrapped bytes");
	assert_int_equal(number("SELECT count(*) FROM strike.membership"), 1);
	assert_int_equal(number("SELECT count(*) FROM strike.erasure"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_key_is_there_for_its_own_organisation_alone),
		WORLD_TEST(who_is_erased_has_no_key_no_name_and_no_number),
		WORLD_TEST(erasing_twice_changes_nothing_and_nobody_is_not_found),
		WORLD_TEST(an_erasure_is_all_or_nothing),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store vault", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
