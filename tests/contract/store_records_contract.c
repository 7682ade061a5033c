#include "contract/store_contract.h"
#include "support/record_world.h"

static struct record
noc_terms_of(const struct world *world, const char *agreement)
{
	return (struct record){ .kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(id_of(agreement)),
		.noc_terms = { .agreement = id_of(agreement),
		    .noc = world->noc_id,
		    .duty_phone = STR("+15125550110"),
		    .twilio_subaccount = STR("AC1"),
		    .twilio_from = STR("+15125550111") } };
}

static struct record
osp_terms_of(const struct world *world, const char *agreement)
{
	return (struct record){ .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(id_of(agreement)),
		.osp_terms = { .agreement = id_of(agreement),
		    .osp = world->osp_id,
		    .render_url = STR("https://render.example"),
		    .render_client_id = STR("client"),
		    .render_secret_ref = STR("render-secret"),
		    .render_project = STR("project") } };
}

static struct store_session *
platform_session(struct world *world)
{
	return world_session(world->store, world->arena, STORE_API, record_platform());
}

/* ---- one record ---- */

static void
a_record_is_found_as_it_was_written(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "North crew lead");
	struct store_record row = row_of(world, &person, 3), found;

	put(world, world->osp, &person, 3);
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &found));
	assert_int_equal(found.kind, RECORD_PERSON);
	ASSERT_UUID(found.id, person.id);
	assert_int_equal(found.version, 3);
	ASSERT_UUID(found.noc, world->osp_id);
	ASSERT_UUID(found.osp, world->osp_id);
	ASSERT_UUID(found.parent, UUID_NIL);
	assert_int_equal(found.changed_at.us, row.changed_at.us);
	assert_true(str_equal(found.body, row.body));
	/* By its own kind only. */
	assert_false(find_row(world, world->osp, RECORD_REGION, person.id, &found));
	assert_false(sees(world, world->osp, RECORD_PERSON, "somebody"));
}

static void
a_newer_version_replaces_an_older_one_and_never_the_other_way_round(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "lead");
	struct store_record found;

	put(world, world->osp, &person, 2);
	person.person.label = STR("too late");
	put(world, world->osp, &person, 1);
	put(world, world->osp, &person, 2);
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &found));
	assert_int_equal(found.version, 2);
	assert_true(says(found.body, "lead"));
	person.person.label = STR("promoted");
	put(world, world->osp, &person, 5);
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &found));
	assert_int_equal(found.version, 5);
	assert_true(says(found.body, "promoted"));
}

static void
a_record_is_undone_with_its_transaction(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "lead");
	struct store_record row = row_of(world, &person, 1), later;
	bool taken;

	OK(store_begin(world->osp, world->arena, world->osp_id));
	OK(store_put_record(world->osp, world->arena, &row, &person, &taken));
	/* Inside, it is there. */
	assert_true(sees(world, world->osp, RECORD_PERSON, "lead"));
	store_rollback(world->osp);
	assert_false(sees(world, world->osp, RECORD_PERSON, "lead"));

	put(world, world->osp, &person, 1);
	person.person.label = STR("somebody else");
	row = row_of(world, &person, 2);
	OK(store_begin(world->osp, world->arena, world->osp_id));
	OK(store_put_record(world->osp, world->arena, &row, &person, &taken));
	store_rollback(world->osp);
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &later));
	assert_int_equal(later.version, 1);
	assert_true(says(later.body, "lead"));
}

static void
two_records_of_one_transaction_are_written_together(void **state)
{
	struct world *world = *state;
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record terms = noc_terms_of(world, "agreement");
	struct store_record rows[] = { row_of(world, &agreement, 1), row_of(world, &terms, 1) };
	bool taken;

	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_put_record(world->noc, world->arena, &rows[0], &agreement, &taken));
	OK(store_put_record(world->noc, world->arena, &rows[1], &terms, &taken));
	OK(store_commit(world->noc, world->arena));
	assert_true(sees(world, world->noc, RECORD_AGREEMENT, "agreement"));
	assert_true(find_row(world, world->noc, RECORD_NOC_TERMS, terms.id, &rows[1]));
}

/* ---- whose it is ---- */

static void
a_record_of_ones_own_is_nobody_elses(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "lead");

	put(world, world->osp, &person, 1);
	assert_true(sees(world, world->osp, RECORD_PERSON, "lead"));
	assert_true(sees(world, world->worker, RECORD_PERSON, "lead"));
	assert_false(sees(world, world->noc, RECORD_PERSON, "lead"));
	assert_false(sees(world, world->stranger, RECORD_PERSON, "lead"));
	store_act_for(world->stranger, UUID_NIL);
	assert_false(sees(world, world->stranger, RECORD_PERSON, "lead"));
}

static void
an_agreement_is_both_sides_and_what_a_side_keeps_is_its_own(void **state)
{
	struct world *world = *state;
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record noc_terms = noc_terms_of(world, "agreement");
	struct record osp_terms = osp_terms_of(world, "agreement");
	struct store_record row;

	put(world, world->noc, &agreement, 1);
	put(world, world->noc, &noc_terms, 1);
	put(world, world->osp, &osp_terms, 1);
	assert_true(sees(world, world->noc, RECORD_AGREEMENT, "agreement"));
	assert_true(sees(world, world->osp, RECORD_AGREEMENT, "agreement"));
	assert_false(sees(world, world->stranger, RECORD_AGREEMENT, "agreement"));
	assert_true(find_row(world, world->noc, RECORD_NOC_TERMS, noc_terms.id, &row));
	assert_false(find_row(world, world->osp, RECORD_NOC_TERMS, noc_terms.id, &row));
	assert_true(find_row(world, world->osp, RECORD_OSP_TERMS, osp_terms.id, &row));
	assert_false(find_row(world, world->noc, RECORD_OSP_TERMS, osp_terms.id, &row));
	ASSERT_UUID(row.parent, agreement.id);
}

static void
nobody_writes_a_record_of_others(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "lead");
	struct store_record row = row_of(world, &person, 2);
	struct store_session *others[] = { world->noc, world->stranger };
	struct uuid ids[] = { world->noc_id, world->stranger_id };
	bool taken;

	put(world, world->osp, &person, 1);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		OK(store_begin(others[i], world->arena, ids[i]));
		FAULTS(
		    ERR_CONFLICT, store_put_record(others[i], world->arena, &row, &person, &taken));
	}
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &row));
	assert_int_equal(row.version, 1);
}

static void
the_platform_sees_every_organisation_and_nothing_else_of_them(void **state)
{
	struct world *world = *state;
	struct store_session *platform = platform_session(world);
	struct store_record_query query = { .kind = RECORD_ORGANISATION, .limit = 10 };
	struct record person = person_of(world, "lead"), user = user_of("casey");
	struct store_records rows;
	struct store_record row;

	put_organisations(world);
	put(world, world->osp, &person, 1);
	put(world, world->worker, &user, 1);
	OK(store_list_records(platform, world->arena, &query, &rows));
	assert_int_equal(rows.count, 3);
	assert_false(sees(world, platform, RECORD_PERSON, "lead"));
	assert_true(sees(world, platform, RECORD_USER, "casey"));
	assert_false(sees(world, world->noc, RECORD_USER, "casey"));
	OK(store_list_records(world->noc, world->arena, &query, &rows));
	assert_int_equal(rows.count, 1);
	ASSERT_UUID(rows.at[0].id, world->noc_id);
	assert_false(find_row(world, world->noc, RECORD_ORGANISATION, world->osp_id, &row));
	store_session_close(platform);
}

/* ---- lists ---- */

#define MANY 7

static void
records_are_listed_by_id_page_by_page_in_both_orders(void **state)
{
	struct world *world = *state;
	struct store_record_query query = { .kind = RECORD_PERSON, .limit = 3 };

	for (uint8_t i = 0; i < MANY; i++) {
		struct record person = person_of(world, "somebody");

		person.id.bytes[0] = (uint8_t)(i * 11 % MANY);
		put(world, world->osp, &person, 1);
	}
	for (int order = 0; order < 2; order++) {
		struct store_records rows;
		size_t seen = 0;

		query.newest_first = order == 1;
		query.after = UUID_NIL;
		do {
			OK(store_list_records(world->osp, world->arena, &query, &rows));
			for (size_t i = 0; i < rows.count; i++, seen++)
				assert_int_equal(
				    rows.at[i].id.bytes[0], order == 0 ? seen : MANY - 1 - seen);
			if (rows.count > 0)
				query.after = rows.at[rows.count - 1].id;
		} while (rows.count == query.limit);
		assert_int_equal(seen, MANY);
	}
}

static void
a_list_has_the_kind_and_the_parent_that_was_asked_for_and_what_is_visible(void **state)
{
	struct world *world = *state;
	struct record tokens[] = { token_of(world, "one", "casey"), token_of(world, "two", "robin"),
		token_of(world, "three", "casey") };
	struct record person = person_of(world, "lead");
	struct store_record_query query = { .kind = RECORD_TOKEN, .limit = 10 };
	struct store_records rows;

	for (size_t i = 0; i < COUNT_OF(tokens); i++)
		put(world, world->noc, &tokens[i], 1);
	put(world, world->osp, &person, 1);
	OK(store_list_records(world->noc, world->arena, &query, &rows));
	assert_int_equal(rows.count, 3);
	query.parent = id_of("casey");
	OK(store_list_records(world->noc, world->arena, &query, &rows));
	assert_int_equal(rows.count, 2);
	for (size_t i = 0; i < rows.count; i++)
		ASSERT_UUID(rows.at[i].parent, id_of("casey"));
	OK(store_list_records(world->osp, world->arena, &query, &rows));
	assert_int_equal(rows.count, 0);
	OK(store_list_records(world->worker, world->arena, &query, &rows));
	assert_int_equal(rows.count, 2);
}

/* ---- what there is once ---- */

static void
a_handle_belongs_to_one_organisation(void **state)
{
	struct world *world = *state;
	struct record first = organisation_of(world->noc_id, "carrier");
	struct record second = organisation_of(world->stranger_id, "carrier");

	put(world, world->worker, &first, 1);
	assert_true(put_is_taken(world, world->worker, &second, 1));
	assert_true(put_is_taken(world, world->stranger, &second, 1));
	put(world, world->worker, &first, 2);
	second.organisation.handle = STR("carriers");
	put(world, world->worker, &second, 1);
}

static void
a_handle_and_an_identity_belong_to_one_user(void **state)
{
	struct world *world = *state;
	const struct user_identity ids[] = { { STR("https://id.example"), STR("1") },
		{ STR("https://id.example"), STR("2") },
		{ STR("https://other.example"), STR("1") } };
	struct record first = user_of("casey"), second = user_of("robin");

	first.user.identities = ids;
	first.user.identity_count = 2;
	put(world, world->worker, &first, 1);
	second.user.handle = STR("casey");
	assert_true(put_is_taken(world, world->worker, &second, 1));
	second.user.handle = STR("robin");
	second.user.identities = &ids[1];
	second.user.identity_count = 2;
	assert_true(put_is_taken(world, world->worker, &second, 1));
	assert_false(sees(world, world->worker, RECORD_USER, "robin"));
	second.user.identities = &ids[2];
	second.user.identity_count = 1;
	put(world, world->worker, &second, 1);
	/* What is given up can be had by another. */
	first.user.identity_count = 1;
	put(world, world->worker, &first, 2);
	second.user.identities = &ids[1];
	put(world, world->worker, &second, 2);
}

static void
a_user_and_an_address_have_one_place_in_an_organisation(void **state)
{
	struct world *world = *state;
	struct record user = user_of("casey"),
		      invited = invitation_of("first", world->noc_id, "Casey@Example.org");
	struct record again = invitation_of("second", world->noc_id, "casey@example.ORG");
	struct record elsewhere = invitation_of("elsewhere", world->osp_id, "casey@example.org");
	struct record joined, twice = member_of("twice", world->noc_id, "casey");

	put_organisations(world);
	put(world, world->worker, &user, 1);
	put(world, world->noc, &invited, 1);
	assert_true(put_is_taken(world, world->noc, &again, 1));
	put(world, world->osp, &elsewhere, 1);
	joined = invited;
	joined.membership.user = user.id;
	joined.membership.state = MEMBERSHIP_ACTIVE;
	put(world, world->noc, &joined, 2);
	assert_true(put_is_taken(world, world->noc, &again, 1));
	assert_true(put_is_taken(world, world->noc, &twice, 1));
	joined.membership.state = MEMBERSHIP_REMOVED;
	put(world, world->noc, &joined, 3);
	put(world, world->noc, &again, 1);
	put(world, world->noc, &twice, 1);
}

static void
a_number_prefix_belongs_to_one_agreement_of_its_osp_and_only_the_osp_learns_it(void **state)
{
	struct world *world = *state;
	struct record first = agreement_of(world, "first", AGREEMENT_AGREED);
	struct record second = agreement_of(world, "second", AGREEMENT_PROPOSED);
	struct record third = agreement_of(world, "third", AGREEMENT_PROPOSED);

	first.agreement.noc = world->stranger_id;
	put(world, world->osp, &first, 1);
	/* The NOC of the second must not find out what the OSP has with others, and so is
	 * told nothing of its own either. */
	put(world, world->noc, &second, 1);
	put(world, world->noc, &third, 1);
	third.agreement.state = AGREEMENT_DECLINED;
	put(world, world->noc, &third, 2);
	assert_true(put_is_taken(world, world->osp, &second, 2));
	first.agreement.state = AGREEMENT_ENDED;
	put(world, world->osp, &first, 2);
	put(world, world->osp, &second, 2);
	first.agreement.state = AGREEMENT_AGREED;
	assert_true(put_is_taken(world, world->osp, &first, 3));
	/* None is no prefix. */
	first.agreement.number_prefix = second.agreement.number_prefix = STR("");
	put(world, world->osp, &first, 3);
	put(world, world->osp, &second, 3);
}

static void
what_was_written_in_the_same_transaction_is_taken_as_well(void **state)
{
	struct world *world = *state;
	struct record first = user_of("casey"), second = user_of("robin");
	struct store_record rows[2];
	bool taken;

	second.user.handle = STR("casey");
	rows[0] = row_of(world, &first, 1);
	rows[1] = row_of(world, &second, 1);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_put_record(world->worker, world->arena, &rows[0], &first, &taken));
	assert_false(taken);
	OK(store_put_record(world->worker, world->arena, &rows[1], &second, &taken));
	assert_true(taken);
	store_rollback(world->worker);
	assert_false(sees(world, world->worker, RECORD_USER, "casey"));
	/* With the transaction the name is free again. */
	put(world, world->worker, &second, 1);
}

/* ---- the directory's older questions ---- */

static void
organisations_are_known_to_themselves_their_partners_and_the_platform(void **state)
{
	struct world *world = *state;
	struct store_session *platform = platform_session(world);
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_DECLINED);
	struct store_organisation row;
	bool found;

	put_organisations(world);
	put(world, world->noc, &agreement, 1);
	OK(store_find_organisation(world->noc, world->arena, world->osp_id, STR(""), &found, &row));
	assert_false(found);
	agreement.agreement.state = AGREEMENT_PROPOSED;
	put(world, world->noc, &agreement, 2);
	OK(store_find_organisation(
	    world->noc, world->arena, UUID_NIL, STR("contractor"), &found, &row));
	assert_true(found);
	ASSERT_UUID(row.id, world->osp_id);
	assert_true(row.is_osp);
	OK(store_find_organisation(
	    world->stranger, world->arena, world->osp_id, STR(""), &found, &row));
	assert_false(found);
	OK(store_find_organisation(
	    world->stranger, world->arena, world->stranger_id, STR(""), &found, &row));
	assert_true(found);
	OK(store_find_organisation(platform, world->arena, world->osp_id, STR(""), &found, &row));
	assert_true(found);
	store_session_close(platform);
}

static bool
is_in_force(
    struct world *world, struct store_session *session, int64_t now_s, struct store_agreement *ret)
{
	bool found;

	OK(store_find_agreement(
	    session, world->arena, world->noc_id, world->osp_id, at_s(now_s), &found, ret));
	return found;
}

static void
an_agreement_is_in_force_when_it_is_agreed_and_within_its_dates(void **state)
{
	struct world *world = *state;
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_PROPOSED);
	const enum agreement_state states[] = { AGREEMENT_PROPOSED, AGREEMENT_AGREED,
		AGREEMENT_DECLINED, AGREEMENT_ENDED };
	struct store_organisations partners;
	struct store_agreement row;

	put_organisations(world);
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		bool agreed = states[i] == AGREEMENT_AGREED;

		agreement.agreement.state = states[i];
		put(world, world->noc, &agreement, (int64_t)i + 1);
		assert_int_equal(is_in_force(world, world->noc, 5, &row), agreed);
		OK(store_list_partners(
		    world->osp, world->arena, world->osp_id, at_s(5), &partners));
		assert_int_equal(partners.count, agreed ? 1 : 0);
		OK(store_get_agreement(world->osp, world->arena, agreement.id, &row));
	}
	agreement.agreement.state = AGREEMENT_AGREED;
	agreement.agreement.valid_until = at_s(10);
	put(world, world->noc, &agreement, 9);
	assert_false(is_in_force(world, world->noc, -1, &row));
	assert_true(is_in_force(world, world->noc, 0, &row));
	assert_true(is_in_force(world, world->noc, 9, &row));
	assert_false(is_in_force(world, world->noc, 10, &row));
}

static void
each_side_reads_an_agreement_with_its_own_terms_and_a_worker_with_both(void **state)
{
	struct world *world = *state;
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record noc_terms = noc_terms_of(world, "agreement");
	struct record osp_terms = osp_terms_of(world, "agreement");
	struct store_agreement row;

	put(world, world->noc, &agreement, 1);
	put(world, world->noc, &noc_terms, 1);
	put(world, world->osp, &osp_terms, 1);
	assert_true(is_in_force(world, world->noc, 5, &row));
	ASSERT_STR(row.number_prefix, "HC");
	assert_int_equal(row.terms.retry_after_s, 1200);
	ASSERT_STR(row.noc_duty_phone, "+15125550110");
	ASSERT_STR(row.twilio_from, "+15125550111");
	ASSERT_STR(row.render_client_id, "");
	ASSERT_STR(row.render_secret_ref, "");
	OK(store_get_agreement(world->osp, world->arena, agreement.id, &row));
	ASSERT_STR(row.noc_duty_phone, "");
	ASSERT_STR(row.twilio_subaccount, "");
	ASSERT_STR(row.render_url, "https://render.example");
	ASSERT_STR(row.render_project, "project");
	OK(store_get_agreement(world->worker, world->arena, agreement.id, &row));
	ASSERT_STR(row.twilio_subaccount, "AC1");
	ASSERT_STR(row.render_secret_ref, "render-secret");
	FAULTS(ERR_CORRUPT, store_get_agreement(world->stranger, world->arena, agreement.id, &row));
	noc_terms.noc_terms.duty_phone = STR("+15125550112");
	put(world, world->noc, &noc_terms, 2);
	OK(store_get_agreement(world->worker, world->arena, agreement.id, &row));
	ASSERT_STR(row.noc_duty_phone, "+15125550112");
}

/* ---- erasing and forgetting ---- */

static void
assert_names_nobody(struct world *world, enum record_kind kind, const char *name)
{
	const char *const theirs[] = { "Robin", "robin@example.org", "+15125550101", "the lead" };
	struct store_record row;

	assert_true(find_row(world, world->worker, kind, id_of(name), &row));
	for (size_t i = 0; i < COUNT_OF(theirs); i++)
		assert_false(says(row.body, theirs[i]));
}

static void
erasing_empties_the_records_of_a_person_and_of_a_user_with_their_memberships(void **state)
{
	struct world *world = *state;
	const struct contact contact = { .id = id_of("contact"), .number = STR("+15125550101") };
	struct record person = person_of(world, "lead"), user = user_of("robin");
	struct record member = member_of("member", world->osp_id, "robin");
	struct record other = person_of(world, "second");
	struct store_record row;
	bool found;

	person.person.label = STR("the lead");
	person.person.contacts = &contact;
	person.person.contact_count = 1;
	user.user.handle = user.user.email = STR("robin@example.org");
	user.user.name = member.membership.name = STR("Robin");
	member.membership.handle = member.membership.email = STR("robin@example.org");
	put_organisations(world);
	put(world, world->osp, &person, 1);
	put(world, world->osp, &other, 1);
	put(world, world->worker, &user, 1);
	put(world, world->osp, &member, 1);
	OK(store_erase_person(
	    world->worker, world->arena, person.id, at_s(5), STR("asked for it"), &found));
	assert_true(found);
	OK(store_erase_person(
	    world->worker, world->arena, user.id, at_s(5), STR("asked for it"), &found));
	assert_true(found);
	assert_names_nobody(world, RECORD_PERSON, "lead");
	assert_names_nobody(world, RECORD_USER, "robin");
	assert_names_nobody(world, RECORD_MEMBERSHIP, "member");
	/* What is not theirs stays. */
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &row));
	assert_true(says(row.body, "contacts"));
	assert_int_equal(row.version, 1);
	assert_true(find_row(world, world->osp, RECORD_PERSON, other.id, &row));
	assert_true(says(row.body, "second"));
	/* And nothing that is written later brings them back. */
	put(world, world->osp, &person, 2);
	put(world, world->worker, &user, 2);
	put(world, world->osp, &member, 2);
	assert_names_nobody(world, RECORD_PERSON, "lead");
	assert_names_nobody(world, RECORD_USER, "robin");
	assert_names_nobody(world, RECORD_MEMBERSHIP, "member");
	assert_true(find_row(world, world->osp, RECORD_PERSON, person.id, &row));
	assert_int_equal(row.version, 2);
}

static void
erasing_destroys_the_keys_of_records_and_nobody_gives_them_others(void **state)
{
	struct world *world = *state;
	struct record user = user_of("robin"), member = member_of("member", world->osp_id, "robin");
	struct store_person_key keys[] = {
		{ .person = member.id, .organisation = world->osp_id, .wrapped = STR("key") },
		{ .person = user.id, .organisation = record_platform(), .wrapped = STR("key") }
	};
	struct uuid ids[] = { member.id, user.id };
	struct store_person_keys found;
	bool heard;

	put_organisations(world);
	put(world, world->worker, &user, 1);
	put(world, world->osp, &member, 1);
	OK(store_add_person_keys(world->worker, world->arena, keys, 1));
	OK(store_erase_person(
	    world->worker, world->arena, user.id, at_s(5), STR("asked for it"), &heard));
	OK(store_add_person_keys(world->worker, world->arena, keys, 2));
	OK(store_find_person_keys(world->worker, world->arena, ids, COUNT_OF(ids), &found));
	assert_int_equal(found.count, 2);
	for (size_t i = 0; i < found.count; i++)
		assert_true(found.at[i].erased && str_empty(found.at[i].wrapped));
}

static void
forgotten_records_are_gone_until_they_are_written_again(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "lead"), user = user_of("casey");
	struct record member = member_of("member", world->noc_id, "casey");
	struct store_membership membership;
	bool found;

	put_organisations(world);
	put(world, world->osp, &person, 4);
	put(world, world->worker, &user, 2);
	put(world, world->noc, &member, 2);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_forget_records(world->worker, world->arena));
	store_rollback(world->worker);
	assert_true(sees(world, world->osp, RECORD_PERSON, "lead"));

	OK(store_forget_records(world->worker, world->arena));
	assert_false(sees(world, world->worker, RECORD_PERSON, "lead"));
	OK(store_find_member(
	    world->noc, world->arena, user.id, world->noc_id, &found, &membership));
	assert_false(found);
	put_organisations(world);
	put(world, world->worker, &user, 1);
	put(world, world->noc, &member, 1);
	put(world, world->osp, &person, 1);
	assert_true(sees(world, world->osp, RECORD_PERSON, "lead"));
	OK(store_find_member(
	    world->noc, world->arena, user.id, world->noc_id, &found, &membership));
	assert_true(found);
}

int
store_records_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_record_is_found_as_it_was_written),
		WORLD_TEST(a_newer_version_replaces_an_older_one_and_never_the_other_way_round),
		WORLD_TEST(a_record_is_undone_with_its_transaction),
		WORLD_TEST(two_records_of_one_transaction_are_written_together),
		WORLD_TEST(a_record_of_ones_own_is_nobody_elses),
		WORLD_TEST(an_agreement_is_both_sides_and_what_a_side_keeps_is_its_own),
		WORLD_TEST(nobody_writes_a_record_of_others),
		WORLD_TEST(the_platform_sees_every_organisation_and_nothing_else_of_them),
		WORLD_TEST(records_are_listed_by_id_page_by_page_in_both_orders),
		WORLD_TEST(
		    a_list_has_the_kind_and_the_parent_that_was_asked_for_and_what_is_visible),
		WORLD_TEST(a_handle_belongs_to_one_organisation),
		WORLD_TEST(a_handle_and_an_identity_belong_to_one_user),
		WORLD_TEST(a_user_and_an_address_have_one_place_in_an_organisation),
		WORLD_TEST(
		    a_number_prefix_belongs_to_one_agreement_of_its_osp_and_only_the_osp_learns_it),
		WORLD_TEST(what_was_written_in_the_same_transaction_is_taken_as_well),
		WORLD_TEST(organisations_are_known_to_themselves_their_partners_and_the_platform),
		WORLD_TEST(an_agreement_is_in_force_when_it_is_agreed_and_within_its_dates),
		WORLD_TEST(each_side_reads_an_agreement_with_its_own_terms_and_a_worker_with_both),
		WORLD_TEST(
		    erasing_empties_the_records_of_a_person_and_of_a_user_with_their_memberships),
		WORLD_TEST(erasing_destroys_the_keys_of_records_and_nobody_gives_them_others),
		WORLD_TEST(forgotten_records_are_gone_until_they_are_written_again),
	};

	return cmocka_run_group_tests_name("store records", tests, NULL, NULL);
}
