#include "contract/store_contract.h"
#include "support/record_world.h"

#define IDLE_S 3600

static bool
is_member(
    struct world *world, const char *user, struct uuid organisation, struct store_membership *ret)
{
	bool found = false;

	OK(store_find_member(world->noc, world->arena, id_of(user), organisation, &found, ret));
	return found;
}

static void
put_casey(struct world *world)
{
	struct record user = user_of("casey"),
		      member = member_of("casey there", world->noc_id, "casey");

	put_organisations(world);
	put(world, world->worker, &user, 1);
	put(world, world->noc, &member, 1);
}

/* ---- memberships ---- */

static void
a_member_is_found_by_ids_and_by_handles_whoever_asks(void **state)
{
	struct world *world = *state;
	struct store_session *sessions[] = { world->noc, world->osp, world->worker,
		world->stranger };
	struct store_membership membership;
	bool found;

	put_casey(world);
	store_act_for(world->stranger, UUID_NIL);
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		OK(store_find_member(
		    sessions[i], world->arena, id_of("casey"), world->noc_id, &found, &membership));
		assert_true(found);
		ASSERT_UUID(membership.user, id_of("casey"));
		ASSERT_STR(membership.user_handle, "casey");
		ASSERT_STR(membership.role, "viewer");
		ASSERT_UUID(membership.organisation.id, world->noc_id);
		ASSERT_STR(membership.organisation.handle, "carrier");
		OK(store_find_membership(
		    sessions[i], world->arena, STR("casey"), STR("carrier"), &found, &membership));
		assert_true(found);
		ASSERT_UUID(membership.organisation.id, world->noc_id);
	}
	assert_false(is_member(world, "casey", world->osp_id, &membership));
	assert_false(is_member(world, "nobody", world->noc_id, &membership));
}

static void
a_membership_counts_only_while_it_is_active(void **state)
{
	struct world *world = *state;
	struct record member = member_of("robin there", world->noc_id, "robin");
	struct record user = user_of("robin");
	const enum membership_state states[] = { MEMBERSHIP_INVITED, MEMBERSHIP_ACTIVE,
		MEMBERSHIP_REMOVED };
	struct store_membership found;

	put_organisations(world);
	put(world, world->worker, &user, 1);
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		member.membership.state = states[i];
		put(world, world->noc, &member, (int64_t)i + 1);
		assert_int_equal(is_member(world, "robin", world->noc_id, &found),
		    states[i] == MEMBERSHIP_ACTIVE);
	}
}

static void
a_member_has_the_role_of_the_newest_version(void **state)
{
	struct world *world = *state;
	struct record member = member_of("casey there", world->noc_id, "casey");
	struct store_membership found;

	put_casey(world);
	member.membership.role = STR("supervisor");
	put(world, world->noc, &member, 2);
	assert_true(is_member(world, "casey", world->noc_id, &found));
	ASSERT_STR(found.role, "supervisor");
}

static void
no_membership_of_a_disabled_or_erased_user_counts(void **state)
{
	struct world *world = *state;
	struct record user = user_of("casey");
	struct store_membership found;
	bool heard;

	put_casey(world);
	user.user.disabled = true;
	put(world, world->worker, &user, 2);
	assert_false(is_member(world, "casey", world->noc_id, &found));
	user.user.disabled = false;
	put(world, world->worker, &user, 3);
	assert_true(is_member(world, "casey", world->noc_id, &found));
	OK(store_erase_person(
	    world->worker, world->arena, user.id, at_s(5), STR("asked for it"), &heard));
	assert_false(is_member(world, "casey", world->noc_id, &found));
	put(world, world->worker, &user, 4);
	assert_false(is_member(world, "casey", world->noc_id, &found));
}

static void
no_membership_in_a_suspended_organisation_counts(void **state)
{
	struct world *world = *state;
	struct record organisation = organisation_of(world->noc_id, "carrier");
	struct store_memberships all;
	struct store_membership found;

	put_casey(world);
	organisation.organisation.suspended = true;
	put(world, world->worker, &organisation, 2);
	assert_false(is_member(world, "casey", world->noc_id, &found));
	OK(store_list_memberships(world->noc, world->arena, id_of("casey"), &all));
	assert_int_equal(all.count, 0);
	organisation.organisation.suspended = false;
	put(world, world->worker, &organisation, 3);
	assert_true(is_member(world, "casey", world->noc_id, &found));
}

static void
the_memberships_of_a_user_are_listed_by_the_organisations_name(void **state)
{
	struct world *world = *state;
	struct record elsewhere = member_of("elsewhere", world->stranger_id, "casey");
	struct record second = member_of("second", world->osp_id, "casey");
	struct record robin = user_of("robin"),
		      robins = member_of("robins", world->noc_id, "robin");
	struct record gone = member_of("gone", world->osp_id, "robin");
	struct store_memberships all;

	put_casey(world);
	gone.membership.state = MEMBERSHIP_REMOVED;
	put(world, world->worker, &robin, 1);
	put(world, world->stranger, &elsewhere, 1);
	put(world, world->osp, &second, 1);
	put(world, world->noc, &robins, 1);
	put(world, world->osp, &gone, 1);
	OK(store_list_memberships(world->noc, world->arena, id_of("casey"), &all));
	assert_int_equal(all.count, 3);
	ASSERT_STR(all.at[0].organisation.name, "carrier");
	ASSERT_STR(all.at[1].organisation.name, "contractor");
	ASSERT_STR(all.at[2].organisation.name, "other");
	OK(store_list_memberships(world->noc, world->arena, id_of("robin"), &all));
	assert_int_equal(all.count, 1);
}

static void
a_user_is_named_to_those_who_have_or_had_them_as_a_member(void **state)
{
	struct world *world = *state;
	struct record member = member_of("casey there", world->noc_id, "casey");
	struct uuid user = id_of("casey");
	struct store_user_name names[1];
	size_t count;

	put_casey(world);
	OK(store_find_users(world->noc, world->arena, &user, 1, names, &count));
	assert_int_equal(count, 1);
	ASSERT_STR(names[0].handle, "casey");
	OK(store_find_users(world->osp, world->arena, &user, 1, names, &count));
	assert_int_equal(count, 0);
	OK(store_find_users(world->worker, world->arena, &user, 1, names, &count));
	assert_int_equal(count, 1);
	member.membership.state = MEMBERSHIP_REMOVED;
	put(world, world->noc, &member, 2);
	OK(store_find_users(world->noc, world->arena, &user, 1, names, &count));
	assert_int_equal(count, 1);
}

/* ---- who signs in ---- */

static void
a_user_is_found_by_each_of_their_identities(void **state)
{
	struct world *world = *state;
	const struct user_identity ids[] = { { STR("https://id.example"), STR("1") },
		{ STR("https://other.example"), STR("2") } };
	struct record user = user_of("casey");
	struct store_known_user known;
	bool found;

	user.user.identities = ids;
	user.user.identity_count = COUNT_OF(ids);
	put(world, world->worker, &user, 1);
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		OK(store_find_identity(
		    world->stranger, world->arena, ids[i].issuer, ids[i].subject, &found, &known));
		assert_true(found);
		ASSERT_UUID(known.user, user.id);
		ASSERT_STR(known.handle, "casey");
		assert_false(known.disabled);
	}
	OK(store_find_identity(
	    world->stranger, world->arena, ids[0].issuer, ids[1].subject, &found, &known));
	assert_false(found);
	user.user.disabled = true;
	user.user.identity_count = 1;
	put(world, world->worker, &user, 2);
	OK(store_find_identity(
	    world->stranger, world->arena, ids[0].issuer, ids[0].subject, &found, &known));
	assert_true(found && known.disabled);
	OK(store_find_identity(
	    world->stranger, world->arena, ids[1].issuer, ids[1].subject, &found, &known));
	assert_false(found);
}

static void
invitations_wait_for_an_address_in_any_case_until_they_are_taken_up_or_back(void **state)
{
	struct world *world = *state;
	struct record one = invitation_of("one", world->noc_id, "Robin@Example.org");
	struct record two = invitation_of("two", world->osp_id, "robin@example.org");
	struct record other = invitation_of("other", world->osp_id, "casey@example.org");
	struct store_records rows;

	put_organisations(world);
	put(world, world->noc, &one, 1);
	put(world, world->osp, &two, 1);
	put(world, world->osp, &other, 1);
	OK(store_list_invitations(world->stranger, world->arena, STR("ROBIN@example.ORG"), &rows));
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.at[0].kind, RECORD_MEMBERSHIP);
	assert_true(says(rows.at[0].body, "obin@"));
	one.membership.state = MEMBERSHIP_REMOVED;
	put(world, world->noc, &one, 2);
	OK(store_list_invitations(world->stranger, world->arena, STR("robin@example.org"), &rows));
	assert_int_equal(rows.count, 1);
	ASSERT_UUID(rows.at[0].id, two.id);
	OK(store_list_invitations(world->stranger, world->arena, STR(""), &rows));
	assert_int_equal(rows.count, 0);
	OK(store_list_invitations(world->stranger, world->arena, STR("robin@example"), &rows));
	assert_int_equal(rows.count, 0);
}

/* ---- tokens ---- */

static bool
find_token(struct world *world, const char *secret, struct store_token *ret)
{
	bool found = false;

	OK(store_find_token(
	    world->stranger, world->arena, sha256_of(str_from_z(secret)), &found, ret));
	return found;
}

static void
a_token_is_found_by_the_hash_of_its_secret_even_when_it_is_over(void **state)
{
	struct world *world = *state;
	struct record token = token_of(world, "a secret", "casey");
	struct store_token found;

	put(world, world->noc, &token, 1);
	assert_true(find_token(world, "a secret", &found));
	ASSERT_UUID(found.id, token.id);
	ASSERT_UUID(found.organisation, world->noc_id);
	ASSERT_UUID(found.user, id_of("casey"));
	ASSERT_STR(found.scopes, "ecos eco");
	assert_int_equal(found.expires.us, at_s(1000).us);
	assert_int_equal(found.revoked_at.us, RECORD_NO_MOMENT.us);
	assert_int_equal(found.last_used_at.us, RECORD_NO_MOMENT.us);
	assert_false(find_token(world, "another secret", &found));
	token.token.revoked_at = at_s(3);
	token.token.expires = at_s(2);
	put(world, world->noc, &token, 2);
	assert_true(find_token(world, "a secret", &found));
	assert_int_equal(found.revoked_at.us, at_s(3).us);
	assert_int_equal(found.expires.us, at_s(2).us);
}

static void
a_token_comes_with_the_membership_of_its_user_in_its_organisation_while_it_counts(void **state)
{
	struct world *world = *state;
	struct record token = token_of(world, "a secret", "casey");
	struct record elsewhere = member_of("elsewhere", world->osp_id, "casey");
	struct record member = member_of("casey there", world->noc_id, "casey");
	struct record user = user_of("casey");
	struct store_membership same;
	struct store_token found;

	put(world, world->noc, &token, 1);
	assert_true(find_token(world, "a secret", &found));
	assert_false(found.is_member);
	put_casey(world);
	put(world, world->osp, &elsewhere, 1);
	assert_true(find_token(world, "a secret", &found));
	assert_true(found.is_member);
	ASSERT_UUID(found.membership.user, user.id);
	ASSERT_STR(found.membership.user_handle, "casey");
	ASSERT_STR(found.membership.role, "viewer");
	ASSERT_UUID(found.membership.organisation.id, world->noc_id);
	ASSERT_STR(found.membership.organisation.handle, "carrier");
	ASSERT_STR(found.membership.organisation.name, "carrier");
	assert_true(is_member(world, "casey", world->noc_id, &same));
	assert_int_equal(found.membership.organisation.is_noc, same.organisation.is_noc);
	assert_int_equal(found.membership.organisation.is_osp, same.organisation.is_osp);
	user.user.disabled = true;
	put(world, world->worker, &user, 2);
	assert_true(find_token(world, "a secret", &found));
	assert_false(found.is_member);
	user.user.disabled = false;
	put(world, world->worker, &user, 3);
	member.membership.state = MEMBERSHIP_REMOVED;
	put(world, world->noc, &member, 2);
	assert_true(find_token(world, "a secret", &found));
	assert_false(found.is_member);
}

static bool
touch(struct world *world, int64_t now_s, struct str address)
{
	bool first = false;

	OK(store_touch_token(
	    world->stranger, world->arena, id_of("a secret"), at_s(now_s), 3600, address, &first));
	return first;
}

static void
the_use_of_a_token_is_written_down_once_in_a_period(void **state)
{
	struct world *world = *state;
	struct record token = token_of(world, "a secret", "casey");
	struct store_token found;
	struct instant at;
	struct str address;

	put(world, world->noc, &token, 1);
	OK(store_find_token_use(world->noc, world->arena, token.id, &at, &address));
	assert_int_equal(at.us, RECORD_NO_MOMENT.us);
	assert_true(touch(world, 10, STR("192.0.2.1")));
	assert_false(touch(world, 11, STR("192.0.2.2")));
	assert_false(touch(world, 3609, STR("192.0.2.2")));
	OK(store_find_token_use(world->noc, world->arena, token.id, &at, &address));
	assert_int_equal(at.us, at_s(10).us);
	ASSERT_STR(address, "192.0.2.1");
	assert_true(touch(world, 3610, STR("192.0.2.3")));
	assert_true(find_token(world, "a secret", &found));
	assert_int_equal(found.last_used_at.us, at_s(3610).us);
	/* Where it is used is its organisation's own. */
	OK(store_find_token_use(world->osp, world->arena, token.id, &at, &address));
	assert_int_equal(at.us, RECORD_NO_MOMENT.us);
	assert_true(str_empty(address));
}

/* ---- browser sessions ---- */

static struct store_web_session
web_session(const char *name, const char *user, int64_t from_s, int64_t until_s)
{
	return (struct store_web_session){ .id = id_of(name),
		.user = id_of(user),
		.hash = sha256_of(str_from_z(name)),
		.issuer = STR("https://id.example"),
		.subject = STR("1"),
		.via = STR("session"),
		.address = STR("192.0.2.1"),
		.agent = STR("a browser"),
		.created_at = at_s(from_s),
		.seen_at = at_s(from_s),
		.ends_at = at_s(until_s) };
}

static void
add(struct world *world, const char *name, const char *user, int64_t from_s, int64_t until_s)
{
	struct store_web_session row = web_session(name, user, from_s, until_s);

	OK(store_add_web_session(world->stranger, world->arena, &row));
}

static bool
goes_on(struct world *world, const char *name, int64_t now_s, struct store_web_session *ret)
{
	bool found = false;

	OK(store_find_web_session(world->stranger, world->arena, sha256_of(str_from_z(name)),
	    at_s(now_s), IDLE_S, &found, ret));
	return found;
}

static void
a_browser_session_is_found_by_the_hash_of_its_secret(void **state)
{
	struct world *world = *state;
	struct store_web_session found;

	add(world, "laptop", "casey", 0, 90000);
	assert_true(goes_on(world, "laptop", 5, &found));
	ASSERT_UUID(found.id, id_of("laptop"));
	ASSERT_UUID(found.user, id_of("casey"));
	assert_true(sha256_equal(found.hash, sha256_of(STR("laptop"))));
	ASSERT_STR(found.issuer, "https://id.example");
	ASSERT_STR(found.subject, "1");
	ASSERT_STR(found.via, "session");
	ASSERT_STR(found.address, "192.0.2.1");
	ASSERT_STR(found.agent, "a browser");
	assert_int_equal(found.created_at.us, at_s(0).us);
	assert_int_equal(found.seen_at.us, at_s(0).us);
	assert_int_equal(found.ends_at.us, at_s(90000).us);
	assert_false(goes_on(world, "telephone", 5, &found));
}

static void
a_browser_session_ends_when_it_is_silent_and_at_its_last_moment_however_busy(void **state)
{
	struct world *world = *state;
	struct store_web_session found;

	add(world, "laptop", "casey", 0, 9000);
	assert_true(goes_on(world, "laptop", IDLE_S - 1, &found));
	assert_false(goes_on(world, "laptop", IDLE_S, &found));
	OK(store_touch_web_session(world->stranger, world->arena, id_of("laptop"), at_s(3000)));
	/* Nobody is seen less late than before. */
	OK(store_touch_web_session(world->stranger, world->arena, id_of("laptop"), at_s(100)));
	assert_true(goes_on(world, "laptop", 3000 + IDLE_S - 1, &found));
	assert_int_equal(found.seen_at.us, at_s(3000).us);
	OK(store_touch_web_session(world->stranger, world->arena, id_of("laptop"), at_s(8999)));
	assert_true(goes_on(world, "laptop", 8999, &found));
	assert_false(goes_on(world, "laptop", 9000, &found));
}

static void
one_session_or_all_of_a_user_can_be_ended_and_nobody_elses(void **state)
{
	struct world *world = *state;
	struct store_web_session found;
	int64_t count;

	add(world, "laptop", "casey", 0, 9000);
	add(world, "telephone", "casey", 1, 9000);
	add(world, "tablet", "casey", 2, 9000);
	add(world, "robins", "robin", 3, 9000);
	OK(store_end_web_sessions(
	    world->noc, world->arena, id_of("casey"), id_of("robins"), &count));
	assert_int_equal(count, 0);
	OK(store_end_web_sessions(
	    world->noc, world->arena, id_of("casey"), id_of("laptop"), &count));
	assert_int_equal(count, 1);
	assert_false(goes_on(world, "laptop", 5, &found));
	assert_true(goes_on(world, "telephone", 5, &found));
	OK(store_end_web_sessions(world->noc, world->arena, id_of("casey"), UUID_NIL, &count));
	assert_int_equal(count, 2);
	assert_false(goes_on(world, "telephone", 5, &found));
	assert_false(goes_on(world, "tablet", 5, &found));
	assert_true(goes_on(world, "robins", 5, &found));
	OK(store_touch_web_session(world->noc, world->arena, id_of("laptop"), at_s(6)));
	assert_false(goes_on(world, "laptop", 6, &found));
}

static void
the_sessions_of_a_user_are_listed_newest_first(void **state)
{
	struct world *world = *state;
	struct store_web_sessions all;

	add(world, "laptop", "casey", 0, 9000);
	add(world, "telephone", "casey", 100, 9000);
	add(world, "short", "casey", 101, 150);
	add(world, "robins", "robin", 3, 9000);
	OK(store_list_web_sessions(
	    world->noc, world->arena, id_of("casey"), at_s(200), IDLE_S, &all));
	assert_int_equal(all.count, 2);
	ASSERT_UUID(all.at[0].id, id_of("telephone"));
	ASSERT_UUID(all.at[1].id, id_of("laptop"));
	ASSERT_STR(all.at[1].agent, "a browser");
	OK(store_list_web_sessions(
	    world->noc, world->arena, id_of("casey"), at_s(IDLE_S + 50), IDLE_S, &all));
	assert_int_equal(all.count, 1);
}

static void
sweeping_forgets_what_has_ended_and_nothing_else(void **state)
{
	struct world *world = *state;
	struct store_web_session found;
	int64_t count;

	add(world, "over", "casey", 0, 50);
	add(world, "silent", "casey", 0, 90000);
	add(world, "laptop", "casey", 5000, 90000);
	OK(store_sweep_web_sessions(world->worker, world->arena, at_s(5001), IDLE_S, &count));
	assert_int_equal(count, 2);
	OK(store_sweep_web_sessions(world->worker, world->arena, at_s(5001), IDLE_S, &count));
	assert_int_equal(count, 0);
	assert_true(goes_on(world, "laptop", 5001, &found));
	assert_false(goes_on(world, "over", 1, &found));
}

static void
erasing_a_user_ends_their_sessions(void **state)
{
	struct world *world = *state;
	struct store_web_session found;
	bool heard;

	put_casey(world);
	add(world, "laptop", "casey", 0, 9000);
	OK(store_erase_person(
	    world->worker, world->arena, id_of("casey"), at_s(5), STR("asked for it"), &heard));
	assert_false(goes_on(world, "laptop", 6, &found));
}

/* ---- keys ---- */

static void
an_organisation_gives_keys_to_its_own_people_and_to_nobody_elses(void **state)
{
	struct world *world = *state;
	struct uuid ids[] = { id_of("own"), id_of("foreign") };
	struct store_person_key keys[] = {
		{ .person = ids[0], .organisation = world->osp_id, .wrapped = STR("key") },
		{ .person = ids[1], .organisation = world->noc_id, .wrapped = STR("key") }
	};
	struct store_person_keys found;

	OK(store_add_person_keys(world->osp, world->arena, &keys[0], 1));
	assert_non_null(store_add_person_keys(world->osp, world->arena, &keys[1], 1));
	OK(store_find_person_keys(world->worker, world->arena, ids, COUNT_OF(ids), &found));
	assert_int_equal(found.count, 1);
	ASSERT_UUID(found.at[0].person, ids[0]);
}

int
store_gate_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_member_is_found_by_ids_and_by_handles_whoever_asks),
		WORLD_TEST(a_membership_counts_only_while_it_is_active),
		WORLD_TEST(a_member_has_the_role_of_the_newest_version),
		WORLD_TEST(no_membership_of_a_disabled_or_erased_user_counts),
		WORLD_TEST(no_membership_in_a_suspended_organisation_counts),
		WORLD_TEST(the_memberships_of_a_user_are_listed_by_the_organisations_name),
		WORLD_TEST(a_user_is_named_to_those_who_have_or_had_them_as_a_member),
		WORLD_TEST(a_user_is_found_by_each_of_their_identities),
		WORLD_TEST(
		    invitations_wait_for_an_address_in_any_case_until_they_are_taken_up_or_back),
		WORLD_TEST(a_token_is_found_by_the_hash_of_its_secret_even_when_it_is_over),
		WORLD_TEST(
		    a_token_comes_with_the_membership_of_its_user_in_its_organisation_while_it_counts),
		WORLD_TEST(the_use_of_a_token_is_written_down_once_in_a_period),
		WORLD_TEST(a_browser_session_is_found_by_the_hash_of_its_secret),
		WORLD_TEST(
		    a_browser_session_ends_when_it_is_silent_and_at_its_last_moment_however_busy),
		WORLD_TEST(one_session_or_all_of_a_user_can_be_ended_and_nobody_elses),
		WORLD_TEST(the_sessions_of_a_user_are_listed_newest_first),
		WORLD_TEST(sweeping_forgets_what_has_ended_and_nothing_else),
		WORLD_TEST(erasing_a_user_ends_their_sessions),
		WORLD_TEST(an_organisation_gives_keys_to_its_own_people_and_to_nobody_elses),
	};

	return cmocka_run_group_tests_name("store gate", tests, NULL, NULL);
}
