#include "store/store_vault.h"
#include "support/pg_database.h"
#include "support/record_world.h"

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

/* A person of the OSP's, and a user who is its member. */
static void
prepare(struct world *world)
{
	const struct contact contact = { .id = id_of("contact"), .number = STR("+15125550101") };
	struct record person = person_of(world, "lead"), user = user_of("casey");
	struct record member = member_of("member", world->osp_id, "casey");

	person.person.label = STR("Lead");
	person.person.contacts = &contact;
	person.person.contact_count = 1;
	put_organisations(world);
	put(world, world->osp, &person, 1);
	put(world, world->worker, &user, 1);
	put(world, world->osp, &member, 1);
}

/* Erase ${name}, at second ${s}; whether they were known. */
static bool
erase(struct world *world, const char *name, int64_t s)
{
	bool found;

	OK(store_erase_person(
	    world->worker, world->arena, id_of(name), at_s(s), STR("they asked"), &found));
	return found;
}

static void
who_is_erased_has_no_key_no_name_and_no_number(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;
	struct store_user_name name;
	struct uuid user = id_of("casey");
	size_t known;

	prepare(world);
	add_key(world);
	assert_true(erase(world, "lead", 7));
	assert_true(erase(world, "casey", 7));
	assert_int_equal(keys_seen(world, world->osp, &keys), 1);
	assert_true(keys.at[0].erased);
	assert_int_equal(keys.at[0].erased_at.us, at_s(7).us);
	assert_int_equal(keys.at[0].wrapped.len, 0);
	/* The person's, the user's, and the membership's. */
	assert_int_equal(number("SELECT count(*) FROM strike.person_key WHERE wrapped IS NULL"), 3);
	assert_int_equal(number("SELECT count(*) FROM strike.record WHERE kind IN ('person',"
				" 'user', 'membership') AND convert_from(body, 'UTF8') NOT LIKE"
				" '%Lead%' AND convert_from(body, 'UTF8') NOT LIKE '%casey%' AND"
				" convert_from(body, 'UTF8') NOT LIKE '%+1512%'"),
	    3);
	assert_int_equal(number("SELECT count(*) FROM strike.membership"), 0);
	OK(store_find_users(world->noc, world->arena, &user, 1, &name, &known));
	assert_int_equal(known, 1);
	assert_true(str_starts_with(name.handle, STR("erased-")));
	assert_int_equal(
	    number("SELECT count(*) FROM strike.erasure WHERE reason = 'they asked'"), 2);

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

	assert_false(erase(world, "lead", 1));
	assert_int_equal(number("SELECT count(*) FROM strike.erasure"), 0);
	add_key(world);
	assert_true(erase(world, "lead", 7));
	assert_true(erase(world, "lead", 9));
	assert_int_equal(number("SELECT count(*) FROM strike.erasure"), 1);
	keys_seen(world, world->osp, &keys);
	assert_int_equal(keys.at[0].erased_at.us, at_s(7).us);
}

static void
an_erasure_is_all_or_nothing(void **state)
{
	struct world *world = *state;
	struct store_person_keys keys;

	prepare(world);
	add_key(world);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	assert_true(erase(world, "lead", 7));
	assert_true(erase(world, "casey", 7));
	store_rollback(world->worker);
	keys_seen(world, world->osp, &keys);
	ASSERT_STR(keys.at[0].wrapped, "wrapped bytes");
	assert_int_equal(number("SELECT count(*) FROM strike.membership"), 1);
	assert_int_equal(number("SELECT count(*) FROM strike.record WHERE"
				" convert_from(body, 'UTF8') LIKE '%Lead%'"),
	    1);
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
