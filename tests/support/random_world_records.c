#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "codec/record_codec.h"
#include "store/store_vault.h"
#include "support/random_world.h"

#define USERS      20
#define AGREEMENTS 24
#define BODY_BYTES 8192

static const char *const first_event[RECORD_KIND_COUNT] = {
	[RECORD_ORGANISATION] = "OrganisationCreated",
	[RECORD_USER] = "UserCreated",
	[RECORD_MEMBERSHIP] = "MemberInvited",
	[RECORD_AGREEMENT] = "AgreementProposed",
	[RECORD_NOC_TERMS] = "NOCTermsSet",
	[RECORD_OSP_TERMS] = "OSPTermsSet",
	[RECORD_PERSON] = "PersonAdded",
	[RECORD_PAGER_LIST] = "PagerListCreated",
	[RECORD_REGION] = "RegionCreated",
	[RECORD_TOKEN] = "TokenIssued",
	[RECORD_AUDIT] = "SignedIn",
};

/* ---- writing them ---- */

static struct store_record
row_of(struct random_world *random, struct random_record *made)
{
	struct record *record = &made->record;
	struct store_record row = { .kind = record->kind,
		.id = record->id,
		.version = record->version,
		.parent = record_parent(record),
		.changed_at = at_s(record->version) };
	struct buf body = buf_in(random->world->arena, BODY_BYTES);

	record_owners(record, &row.noc, &row.osp);
	codec_encode_record(record, &body);
	assert_false(body.overflowed);
	row.body = arena_copy(random->world->arena, buf_view(&body));
	return row;
}

/* Its next version: the event and the row in one transaction, as every use case has it. */
static void
write_version(struct random_world *random, struct random_record *made)
{
	struct arena *arena = random->world->arena;
	struct record *record = &made->record;
	struct store_append_result result;
	struct store_session *session;
	struct store_event event;
	struct store_append append;
	struct uuid acts_for;
	bool taken = true;

	record->version++;
	record->reason = random_text(random, made->seen_by);
	made->row = row_of(random, made);
	event = random_event(
	    random, record->id, str_from_z(first_event[record->kind]), made->history_by);
	session = random_writer(random, made->row.noc, made->row.osp, &acts_for);
	append = (struct store_append){ .stream = record->id,
		.expected_version = record->version - 1,
		.noc = made->row.noc,
		.osp = made->row.osp,
		.events = &event,
		.event_count = 1 };
	OK(store_begin(session, arena, acts_for));
	OK(store_append(session, arena, &append, &result));
	OK(store_put_record(session, arena, &made->row, record, &taken));
	assert_false(taken);
	OK(store_commit(session, arena));
	random_expect_event(random, &event, made->row.noc, made->row.osp, made->history_by);
	made->events[record->version - 1] = event.id;
}

/* A key for whoever's texts are in it, as the vault has it. */
static void
add_key(struct random_world *random, const struct random_record *made)
{
	struct str id = uuid_text(random->world->arena, made->row.id);
	struct store_person_key key = { .person = made->row.id,
		.organisation = made->row.noc,
		.wrapped = random_text(random, made->history_by) };
	struct uuid acts_for;
	struct store_session *session =
	    random_writer(random, made->row.noc, made->row.noc, &acts_for);

	OK(store_add_person_keys(session, random->world->arena, &key, 1));
	random_expect(random, made->history_by, "person_key", "%.*s", STR_ARG(id));
}

/* A place for ${record}, whose id is made unless it has one; write_version() writes it. */
static struct random_record *
prepare(struct random_world *random, const struct record *record)
{
	struct random_record *made = &random->records[random->record_count++];
	struct uuid noc, osp;
	struct str id;

	assert_true(random->record_count <= RANDOM_RECORDS_MAX);
	made->record = *record;
	if (uuid_is_nil(record->id))
		made->record.id = random_id(random);
	record_owners(&made->record, &noc, &osp);
	made->history_by = made->seen_by = random_owners(random, noc, osp);
	if (record->kind == RECORD_ORGANISATION)
		made->seen_by |= random_only(RANDOM_PLATFORM);
	id = uuid_text(random->world->arena, made->record.id);
	random_reveal(random, made->record.id, made->seen_by);
	random_reveal(random, noc, made->seen_by);
	random_reveal(random, osp, made->seen_by);
	random_expect(random, made->seen_by, "record", "%.*s", STR_ARG(id));
	random_expect(random, made->history_by, "stream", "%.*s", STR_ARG(id));
	return made;
}

/* Write ${made}, in one version or two, and a row of ${table} (which may be NULL) with it. */
static void
finish(struct random_world *random, struct random_record *made, const char *table)
{
	struct str id = uuid_text(random->world->arena, made->record.id);

	write_version(random, made);
	if (random_one_in(random, 4))
		write_version(random, made);
	if (table != NULL)
		random_expect(random, made->history_by, table, "%.*s", STR_ARG(id));
	if ((made->record.kind == RECORD_USER || made->record.kind == RECORD_PERSON ||
		made->record.kind == RECORD_MEMBERSHIP) &&
	    random_one_in(random, 2))
		add_key(random, made);
}

/* ---- companies and their members ---- */

static void
make_organisations(struct random_world *random)
{
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		const struct random_organisation *at = &random->organisations[i];
		struct record record = { .kind = RECORD_ORGANISATION,
			.id = at->id,
			.organisation = { .handle = at->handle,
			    .name = at->name,
			    .is_noc = at->is_noc,
			    .is_osp = at->is_osp,
			    .is_platform = i == RANDOM_PLATFORM,
			    .suspended = random_one_in(random, 8) } };

		finish(random, prepare(random, &record), NULL);
	}
}

static void
make_users(struct random_world *random, struct record *users)
{
	struct arena *arena = random->world->arena;
	random_set platform = random_only(RANDOM_PLATFORM);

	for (size_t i = 0; i < USERS; i++) {
		struct user_identity *identity = arena_new(arena, struct user_identity);
		struct random_record *made;
		struct str id;

		assert_non_null(identity);
		*identity = (struct user_identity){ STR("https://issuer.example"),
			random_text(random, platform) };
		users[i] = (struct record){ .kind = RECORD_USER,
			.user = { .handle = random_text(random, platform),
			    .name = random_text(random, platform),
			    .email = random_text(random, platform),
			    .identities = identity,
			    .identity_count = 1,
			    .disabled = random_one_in(random, 6) } };
		made = prepare(random, &users[i]);
		finish(random, made, "app_user");
		users[i] = made->record;
		id = uuid_text(arena, made->record.id);
		random_expect(random, platform, "user_identity", "%.*s", STR_ARG(id));
	}
}

static void
make_member(struct random_world *random, size_t company, const struct record *user)
{
	random_set own = random_only(company);
	struct record record = { .kind = RECORD_MEMBERSHIP,
		.membership = { .organisation = random->organisations[company].id,
		    .name = random_text(random, own),
		    .email = random_text(random, own),
		    .role = STR("viewer"),
		    .state = MEMBERSHIP_INVITED } };
	struct random_record *made;

	if (user == NULL) {
		finish(random, prepare(random, &record), "membership");
		return;
	}
	record.membership.user = user->id;
	record.membership.handle = user->user.handle;
	record.membership.state = MEMBERSHIP_ACTIVE;
	random_reveal(random, user->id, own);
	random_reveal(random, random_text_id(user->user.handle), own);
	made = prepare(random, &record);
	finish(random, made, "membership");
	if (!random_one_in(random, 4))
		return;
	made->record.membership.state = MEMBERSHIP_REMOVED;
	write_version(random, made);
}

static void
make_token(struct random_world *random, size_t company, const struct record *user)
{
	struct arena *arena = random->world->arena;
	random_set own = random_only(company);
	struct str address = STR("192.0.2.7");
	struct record record = { .kind = RECORD_TOKEN,
		.token = { .organisation = random->organisations[company].id,
		    .user = user->id,
		    .name = random_text(random, own),
		    .scopes = STR("ecos eco"),
		    .secret_hash =
			hex_digest(arena, sha256_of(uuid_text(arena, random_id(random)))),
		    .expires = at_s(1000) } };
	struct random_record *made = prepare(random, &record);
	struct str id = uuid_text(arena, made->record.id);
	bool first;

	if (random_one_in(random, 3))
		made->record.token.revoked_at = at_s(5);
	finish(random, made, "token");
	if (random_one_in(random, 2))
		return;
	/* The gate asks before it knows for whom: any session may. */
	OK(store_touch_token(random->organisations[random_below(random, RANDOM_COMPANIES)].session,
	    arena, made->record.id, at_s(1), 60, address, &first));
	assert_true(first);
	random_expect(random, own, "token_use", "%.*s", STR_ARG(id));
}

static void
make_audit(struct random_world *random, size_t company, struct uuid user)
{
	struct record record = { .kind = RECORD_AUDIT,
		.audit = { .organisation = random->organisations[company].id,
		    .event = STR("SignedIn"),
		    .user = user,
		    .via = STR("session"),
		    .address = STR("192.0.2.9"),
		    .operation = STR("ecos"),
		    .subject = random_one_in(random, 2) ? random->organisations[company].id : user,
		    .detail = random_text(random, random_only(company)) } };

	finish(random, prepare(random, &record), NULL);
}

static void
make_session(struct random_world *random, struct uuid user)
{
	struct store_web_session session = { .id = random_id(random),
		.user = user,
		.address = STR("192.0.2.3"),
		.created_at = at_s(1),
		.seen_at = at_s(1),
		.ends_at = at_s(1000) };

	session.hash = sha256_of(uuid_text(random->world->arena, session.id));
	random_reveal(random, session.id, 0);
	OK(store_add_web_session(random->organisations[0].session, random->world->arena, &session));
}

/* ---- who is rung ---- */

static struct uuid
make_person(struct random_world *random, size_t company)
{
	random_set own = random_only(company);
	struct contact *contact = arena_new(random->world->arena, struct contact);
	struct record record = { .kind = RECORD_PERSON,
		.person = { .osp = random->organisations[company].id,
		    .label = random_text(random, own),
		    .contacts = contact,
		    .contact_count = 1,
		    .pin_hash = random_text(random, own),
		    .retired = random_one_in(random, 5) } };
	struct random_record *made;

	assert_non_null(contact);
	*contact = (struct contact){ .id = random_id(random), .number = random_text(random, own) };
	random_reveal(random, contact->id, own);
	made = prepare(random, &record);
	finish(random, made, NULL);
	return made->record.id;
}

static struct uuid
make_list(struct random_world *random, size_t company, const struct uuid *people, size_t count)
{
	random_set own = random_only(company);
	struct arena *arena = random->world->arena;
	struct list_entry *entries = arena_array(arena, struct list_entry, count);
	struct substitution *substitution = arena_new(arena, struct substitution);
	struct record record = { .kind = RECORD_PAGER_LIST,
		.pager_list = { .osp = random->organisations[company].id,
		    .name = random_text(random, own),
		    .time_zone = STR("UTC"),
		    .entries = entries,
		    .entry_count = count - 1,
		    .substitutions = substitution,
		    .substitution_count = 1,
		    .retired = random_one_in(random, 6) } };
	struct random_record *made;

	assert_true(entries != NULL && substitution != NULL);
	for (size_t i = 0; i < count; i++)
		entries[i].person = people[i];
	*substitution = (struct substitution){ .id = random_id(random),
		.absent = people[0],
		.substitute = people[count - 1],
		.from = at_s(0),
		.until = at_s(100),
		.reason = random_text(random, own) };
	random_reveal(random, substitution->id, own);
	made = prepare(random, &record);
	finish(random, made, "list_people");
	return made->record.id;
}

/* A square around (${middle}, 0), in tenths of a degree. */
static struct geo_area
square(struct arena *arena, int64_t middle, int64_t half)
{
	struct geo_point *corners = arena_array(arena, struct geo_point, 5);
	struct geo_ring *ring = arena_new(arena, struct geo_ring);
	struct geo_polygon *polygon = arena_new(arena, struct geo_polygon);
	double west = (double)(middle - half) / 10, east = (double)(middle + half) / 10;
	double north = (double)half / 10;

	assert_true(corners != NULL && ring != NULL && polygon != NULL);
	corners[0] = corners[4] = (struct geo_point){ west, -north };
	corners[1] = (struct geo_point){ east, -north };
	corners[2] = (struct geo_point){ east, north };
	corners[3] = (struct geo_point){ west, north };
	*ring = (struct geo_ring){ corners, 5 };
	*polygon = (struct geo_polygon){ ring, 1 };
	return (struct geo_area){ polygon, 1 };
}

static void
make_region(struct random_world *random, size_t company, struct uuid list, size_t half_width)
{
	struct record record = { .kind = RECORD_REGION,
		.region = { .osp = random->organisations[company].id,
		    .name = random_text(random, random_only(company)),
		    .list = list,
		    .retired = random_one_in(random, 5) } };
	struct random_record *made;
	int64_t middle = (int64_t)random_below(random, 40);

	record.region.area = square(random->world->arena, middle, (int64_t)half_width);
	made = prepare(random, &record);
	made->half_width = half_width;
	made->middle = middle;
	finish(random, made, "region");
}

/* ---- what is agreed ---- */

static size_t
any_company(struct random_world *random, bool as_noc)
{
	for (;;) {
		size_t at = random_below(random, RANDOM_COMPANIES);

		if (as_noc ? random->organisations[at].is_noc : random->organisations[at].is_osp)
			return at;
	}
}

static void
make_terms(struct random_world *random, const struct record *agreement, size_t noc, size_t osp,
    struct uuid list)
{
	struct arena *arena = random->world->arena;
	struct failover_osp *failover = arena_new(arena, struct failover_osp);
	struct str id = uuid_text(arena, agreement->id);
	struct str noc_id = uuid_text(arena, agreement->agreement.noc),
		   osp_id = uuid_text(arena, agreement->agreement.osp);
	struct record of_noc = { .kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(agreement->id),
		.noc_terms = { .agreement = agreement->id,
		    .noc = agreement->agreement.noc,
		    .duty_phone = random_text(random, random_only(noc)),
		    .twilio_subaccount = random_text(random, random_only(noc)),
		    .twilio_from = random_text(random, random_only(noc)),
		    .failover = failover,
		    .failover_count = 1 } };
	struct record of_osp = { .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(agreement->id),
		.osp_terms = { .agreement = agreement->id,
		    .osp = agreement->agreement.osp,
		    .render_url = random_text(random, random_only(osp)),
		    .render_client_id = random_text(random, random_only(osp)),
		    .render_secret_ref = random_text(random, random_only(osp)),
		    .render_project = random_text(random, random_only(osp)),
		    .default_list = list } };

	assert_non_null(failover);
	failover->osp = agreement->agreement.osp;
	if (!random_one_in(random, 4)) {
		finish(random, prepare(random, &of_noc), NULL);
		random_expect(random, random_only(noc), "noc_terms", "%.*s %.*s", STR_ARG(id),
		    STR_ARG(noc_id));
	}
	if (!random_one_in(random, 4)) {
		finish(random, prepare(random, &of_osp), NULL);
		random_expect(random, random_only(osp), "osp_terms", "%.*s %.*s", STR_ARG(id),
		    STR_ARG(osp_id));
	}
}

static void
make_agreement(
    struct random_world *random, size_t at, const struct uuid *lists, random_set *partners)
{
	size_t noc = any_company(random, true), osp = any_company(random, false);
	struct record record = { .kind = RECORD_AGREEMENT,
		.agreement = { .noc = random->organisations[noc].id,
		    .osp = random->organisations[osp].id,
		    .state = AGREEMENT_PROPOSED,
		    .number_prefix = arena_printf(random->world->arena, "N%c", (int)('A' + at)),
		    .terms = { 25, 3, 1200, 2, 86400, 60, 300, 0, 0 },
		    .valid_from = at_s(-1000 + 10 * (int64_t)at) } };
	struct random_record *made;

	if (random_one_in(random, 6))
		record.agreement.valid_from = at_s(5000 + (int64_t)at);
	else if (random_one_in(random, 6))
		record.agreement.valid_until = at_s(-1);
	made = prepare(random, &record);
	write_version(random, made);
	made->record.agreement.state = random_one_in(random, 2)
					   ? (enum agreement_state)random_below(random, 4)
					   : AGREEMENT_AGREED;
	finish(random, made, "agreement");
	if (made->record.agreement.state != AGREEMENT_DECLINED) {
		partners[noc] |= random_only(osp);
		partners[osp] |= random_only(noc);
	}
	make_terms(random, &made->record, noc, osp, lists[osp]);
}

void
random_make_records(struct random_world *random)
{
	struct record users[USERS];
	struct uuid lists[RANDOM_ORGANISATIONS] = { { { 0 } } };
	random_set partners[RANDOM_ORGANISATIONS] = { 0 };

	make_organisations(random);
	make_users(random, users);
	for (size_t i = 0; i < RANDOM_COMPANIES; i++) {
		struct uuid people[3];

		for (size_t j = 0; j < 3; j++)
			make_member(random, i, &users[(2 * i + j) % USERS]);
		make_member(random, i, NULL);
		make_token(random, i, &users[2 * i % USERS]);
		make_audit(random, i, users[2 * i % USERS].id);
		make_session(random, users[i].id);
		if (!random->organisations[i].is_osp)
			continue;
		for (size_t j = 0; j < COUNT_OF(people); j++)
			people[j] = make_person(random, i);
		lists[i] = make_list(random, i, people, COUNT_OF(people));
		make_region(random, i, lists[i], 4 + random_below(random, 3));
		make_region(
		    random, i, make_list(random, i, people + 1, 2), 7 + random_below(random, 3));
	}
	for (size_t i = 0; i < AGREEMENTS; i++)
		make_agreement(random, i, lists, partners);
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		random_set seen_by = random_only(i) | random_only(RANDOM_PLATFORM) | partners[i];
		struct str id = uuid_text(random->world->arena, random->organisations[i].id);

		random_reveal(random, random->organisations[i].id, seen_by);
		random_reveal(random, random_text_id(random->organisations[i].name), seen_by);
		random_expect(random, seen_by, "organisation", "%.*s", STR_ARG(id));
	}
}
