#include "contract/store_contract.h"
#include "store/store_vault.h"
#include "support/record_world.h"

static void
put_organisation(
    struct world *world, struct uuid id, const char *handle, const char *name, bool is_noc)
{
	struct record record = organisation_of(id, handle);

	record.organisation.name = str_from_z(name);
	record.organisation.is_noc = is_noc;
	record.organisation.is_osp = !is_noc;
	put(world, world->worker, &record, 1);
}

static void
put_member(
    struct world *world, struct store_session *session, struct uuid organisation, const char *role)
{
	struct record record = member_of(role, organisation, "casey");

	record.membership.role = str_from_z(role);
	put(world, session, &record, 1);
}

/* One NOC, one OSP, an agreement with what each keeps to itself, and a user of both. */
static void
prepare(struct world *world)
{
	struct record user = user_of("casey");
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record of_noc = { .kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(agreement.id),
		.noc_terms = { .agreement = agreement.id,
		    .noc = world->noc_id,
		    .duty_phone = STR("+15125550110"),
		    .twilio_subaccount = STR("AC1"),
		    .twilio_from = STR("+15125550111") } };
	struct record of_osp = { .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(agreement.id),
		.osp_terms = { .agreement = agreement.id,
		    .osp = world->osp_id,
		    .render_client_id = STR("client"),
		    .render_secret_ref = STR("render-secret"),
		    .render_project = STR("project") } };

	agreement.agreement.valid_until = at_s(1000);
	put_organisation(world, world->noc_id, "carrier", "A Carrier", true);
	put_organisation(world, world->osp_id, "contractor", "A Contractor", false);
	put_organisation(world, world->stranger_id, "other", "Other Contractor", false);
	put(world, world->worker, &user, 1);
	put_member(world, world->noc, world->noc_id, "operator");
	put_member(world, world->osp, world->osp_id, "viewer");
	put(world, world->noc, &agreement, 1);
	put(world, world->noc, &of_noc, 1);
	put(world, world->osp, &of_osp, 1);
}

static void
organisations_are_found_by_id_and_by_handle(void **state)
{
	struct world *world = *state;
	struct store_organisation organisation;
	bool found;

	prepare(world);
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

	prepare(world);
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

	prepare(world);
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
	/* What the NOC keeps to itself is not there. */
	ASSERT_STR(agreement.noc_duty_phone, "");
	ASSERT_STR(agreement.twilio_subaccount, "");
	ASSERT_STR(agreement.twilio_from, "");
	ASSERT_STR(agreement.render_client_id, "client");
	OK(store_find_agreement(world->worker, world->arena, world->noc_id, world->osp_id, at_s(5),
	    &found, &agreement));
	assert_true(found);
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
	ASSERT_STR(agreement.noc_duty_phone, "+15125550110");
	ASSERT_STR(agreement.render_client_id, "");
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

	prepare(world);
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

/* ---- planting ---- */

/* What a history that ended at second 1000 names: both sides, what they had agreed, a user. */
static void
plant(struct world *world, const char *name, const char *prefix, const char *handle)
{
	const struct store_organisation organisations[] = {
		{ world->noc_id, STR("carrier"), str_from_z(name), true, false },
		{ world->osp_id, STR("contractor"), STR("A Contractor"), false, true },
	};
	const struct store_membership user = { .user = id_of("casey"),
		.user_handle = str_from_z(handle) };
	const struct store_seed_agreement agreement = {
		.agreement = { .id = id_of("agreement"),
		    .noc = world->noc_id,
		    .osp = world->osp_id,
		    .number_prefix = str_from_z(prefix),
		    .terms = { 25, 3, 1200, 2, 86400, 60, 300, 0, 0 } },
		.valid_from = { at_s(1000).us - 1 },
		.has_valid_until = true,
		.valid_until = at_s(1000),
	};
	const struct store_seed seed = { organisations, COUNT_OF(organisations), &user, 1,
		&agreement, 1 };

	OK(store_plant(world->worker, world->arena, &seed));
}

/* The name of the world's NOC, as the NOC itself is told; "" when there is none. */
static struct str
name_of_noc(struct world *world)
{
	struct store_organisation organisation;
	bool found;

	OK(store_find_organisation(
	    world->noc, world->arena, world->noc_id, STR(""), &found, &organisation));
	return found ? organisation.name : STR("");
}

static struct str
prefix_of_agreement(struct world *world)
{
	struct store_agreement agreement;

	OK(store_get_agreement(world->noc, world->arena, id_of("agreement"), &agreement));
	return agreement.number_prefix;
}

/* The handle of the user ${name}; "" when there is none. */
static struct str
handle_of(struct world *world, const char *name)
{
	struct uuid user = id_of(name);
	struct store_user_name found;
	size_t count;

	OK(store_find_users(world->worker, world->arena, &user, 1, &found, &count));
	return count == 1 ? found.handle : STR("");
}

static void
what_a_history_names_can_be_read_and_engages_nobody(void **state)
{
	struct world *world = *state;
	struct store_organisations partners;
	struct store_membership membership;
	struct store_agreement agreement;
	struct store_record row;
	bool found;

	plant(world, "A Carrier", "HC", "casey");
	ASSERT_STR(name_of_noc(world), "A Carrier");
	ASSERT_STR(handle_of(world, "casey"), "casey");
	OK(store_get_agreement(world->osp, world->arena, id_of("agreement"), &agreement));
	ASSERT_STR(agreement.number_prefix, "HC");
	assert_int_equal(agreement.terms.ring_s, 25);
	assert_int_equal(agreement.terms.poll_grace_s, 300);
	ASSERT_STR(agreement.noc_duty_phone, "");
	FAULTS(ERR_CORRUPT,
	    store_get_agreement(world->stranger, world->arena, id_of("agreement"), &agreement));

	OK(store_find_agreement(world->noc, world->arena, world->noc_id, world->osp_id, at_s(1000),
	    &found, &agreement));
	assert_false(found);
	OK(store_list_partners(world->noc, world->arena, world->noc_id, at_s(1000), &partners));
	assert_int_equal(partners.count, 0);
	OK(store_find_membership(
	    world->worker, world->arena, STR("casey"), STR("carrier"), &found, &membership));
	assert_false(found);
	assert_false(find_row(world, world->worker, RECORD_ORGANISATION, world->noc_id, &row));
	assert_false(sees(world, world->worker, RECORD_AGREEMENT, "agreement"));
	assert_false(sees(world, world->worker, RECORD_USER, "casey"));
}

static void
what_is_planted_again_is_brought_up_to_date_and_a_record_counts_for_more(void **state)
{
	struct world *world = *state;
	struct record noc = organisation_of(world->noc_id, "carrier");
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_ENDED);
	struct store_agreement in_force;
	bool found;

	plant(world, "A Carrier", "HC", "casey");
	plant(world, "A Carrier by another name", "HD", "casey");
	ASSERT_STR(name_of_noc(world), "A Carrier by another name");
	ASSERT_STR(prefix_of_agreement(world), "HD");

	noc.organisation.name = STR("What it calls itself");
	agreement.agreement.number_prefix = STR("HE");
	put(world, world->worker, &noc, 1);
	put(world, world->noc, &agreement, 1);
	ASSERT_STR(name_of_noc(world), "What it calls itself");
	ASSERT_STR(prefix_of_agreement(world), "HE");
	plant(world, "A Carrier", "HC", "casey");
	ASSERT_STR(name_of_noc(world), "What it calls itself");
	ASSERT_STR(prefix_of_agreement(world), "HE");
	/* Nor is it in force again at the one moment at which what was planted was. */
	OK(store_find_agreement(world->noc, world->arena, world->noc_id, world->osp_id,
	    (struct instant){ at_s(1000).us - 1 }, &found, &in_force));
	assert_false(found);
}

static void
a_user_is_planted_where_id_and_handle_are_free(void **state)
{
	struct world *world = *state;
	const struct store_membership users[] = {
		{ .user = id_of("casey"), .user_handle = STR("another handle") },
		{ .user = id_of("somebody"), .user_handle = STR("casey") },
		{ .user = id_of("robin"), .user_handle = STR("a third handle") },
		{ .user = id_of("nobody"), .user_handle = STR("robin") },
	};
	const struct store_seed seed = { .memberships = users,
		.membership_count = COUNT_OF(users) };
	struct record robin = user_of("robin");

	plant(world, "A Carrier", "HC", "casey");
	put(world, world->worker, &robin, 1);
	OK(store_plant(world->worker, world->arena, &seed));
	ASSERT_STR(handle_of(world, "casey"), "casey");
	ASSERT_STR(handle_of(world, "somebody"), "");
	ASSERT_STR(handle_of(world, "robin"), "robin");
	ASSERT_STR(handle_of(world, "nobody"), "");
}

int
store_directory_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(organisations_are_found_by_id_and_by_handle),
		WORLD_TEST(a_user_has_a_role_in_each_organisation),
		WORLD_TEST(an_agreement_is_in_force_from_its_first_to_before_its_last_moment),
		WORLD_TEST(an_agreement_is_known_to_its_parties_alone),
		WORLD_TEST(what_a_history_names_can_be_read_and_engages_nobody),
		WORLD_TEST(
		    what_is_planted_again_is_brought_up_to_date_and_a_record_counts_for_more),
		WORLD_TEST(a_user_is_planted_where_id_and_handle_are_free),
	};

	return cmocka_run_group_tests_name("store directory", tests, NULL, NULL);
}
