#include <pthread.h>
#include <unistd.h>

#include "store/store_vault.h"
#include "support/pg_database.h"
#include "support/record_world.h"
#include "support/store_party.h"

/*
 * The directory in PostgreSQL: what two sessions do at once, and what the API's role is
 * shown of it by SQL of one's own.
 */

#define WAIT_TRIES_MAX 1000
#define WAIT_US        10000

/* ---- short words ---- */

/* ${sql} as the API's role, acting for ${organisation}: its first value as a number. */
static long long
number_for(struct uuid organisation, const char *sql)
{
	PGconn *conn = pg_database_connect_api(organisation);
	long long number = pg_database_number(conn, sql);

	PQfinish(conn);
	return number;
}

/* The SQLSTATE with which ${sql} is refused; "" when it is not. */
static void
refused_for(struct uuid organisation, const char *sql, const char *state)
{
	PGconn *conn = pg_database_connect_api(organisation);
	PGresult *result = PQexec(conn, sql);
	const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (got == NULL || strcmp(got, state) != 0)
		fail_msg("%s: gave %s and not %s", sql, got == NULL ? "no error" : got, state);
	PQclear(result);
	PQfinish(conn);
}

static struct store_session *
platform_session(struct world *world)
{
	return world_session(world->store, world->arena, STORE_API, record_platform());
}

static struct record
list_of(const struct world *world, const char *name, const struct list_entry *entries, size_t count)
{
	return (struct record){ .kind = RECORD_PAGER_LIST,
		.id = id_of(name),
		.pager_list = { .osp = world->osp_id,
		    .name = str_from_z(name),
		    .entries = entries,
		    .entry_count = count } };
}

static struct record
osp_terms_of(const struct world *world, const char *agreement, const char *list)
{
	return (struct record){ .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(id_of(agreement)),
		.osp_terms = { .agreement = id_of(agreement),
		    .osp = world->osp_id,
		    .render_project = STR("a project"),
		    .default_list = id_of(list) } };
}

static struct record
region_of(const struct world *world, const char *name, const char *list)
{
	static const struct geo_point corners[] = { { 0, 0 }, { 2, 0 }, { 2, 2 }, { 0, 2 },
		{ 0, 0 } };
	static const struct geo_ring ring = { corners, COUNT_OF(corners) };
	static const struct geo_polygon polygon = { &ring, 1 };

	return (struct record){ .kind = RECORD_REGION,
		.id = id_of(name),
		.region = { .osp = world->osp_id,
		    .name = str_from_z(name),
		    .list = id_of(list),
		    .area = { &polygon, 1 } } };
}

/* Something of the world's NOC and OSP in every table of the directory; agreed in ${state}. */
static void
fill(struct world *world, enum agreement_state state)
{
	static struct list_entry entry;
	struct store_session *platform = platform_session(world);
	struct record agreement = agreement_of(world, "agreement", state);
	struct record noc_terms = { .kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(id_of("agreement")),
		.noc_terms = { .agreement = id_of("agreement"),
		    .noc = world->noc_id,
		    .duty_phone = STR("+15125550110") } };
	struct record osp_terms = osp_terms_of(world, "agreement", "list");
	struct record person = person_of(world, "North crew lead"), list,
		      region = region_of(world, "Town", "list");
	struct record user = user_of("casey"), token = token_of(world, "secret", "casey");
	struct record member = member_of("casey at the carrier", world->noc_id, "casey");
	struct user_identity identity = { STR("https://issuer.example"), STR("subject") };
	struct store_web_session session = { .id = id_of("a session"),
		.user = id_of("casey"),
		.hash = sha256_of(STR("cookie")),
		.created_at = at_s(1),
		.seen_at = at_s(1),
		.ends_at = at_s(1000) };
	bool first;

	entry.person = person.id;
	list = list_of(world, "list", &entry, 1);
	user.user.identities = &identity;
	user.user.identity_count = 1;
	put_organisations(world);
	put(world, world->noc, &agreement, 1);
	put(world, world->noc, &noc_terms, 1);
	put(world, world->osp, &osp_terms, 1);
	put(world, world->osp, &person, 1);
	put(world, world->osp, &list, 1);
	put(world, world->osp, &region, 1);
	put(world, world->noc, &member, 1);
	put(world, world->noc, &token, 1);
	put(world, world->worker, &user, 1);
	OK(store_touch_token(
	    world->stranger, world->arena, token.id, at_s(5), 60, STR("192.0.2.1"), &first));
	assert_true(first);
	OK(store_add_web_session(world->stranger, world->arena, &session));
	store_session_close(platform);
}

/* ---- what is seen ---- */

static void
a_stranger_sees_no_row_of_any_table_that_the_role_may_read(void **state)
{
	struct world *world = *state;
	PGconn *all = pg_database_connect(),
	       *stranger = pg_database_connect_api(id_of("nobody's organisation")),
	       *nobody = pg_database_connect_api(UUID_NIL);
	PGresult *tables = PQexec(all,
	    "SELECT format('SELECT count(*) FROM strike.%I', c.relname), c.relname FROM pg_class c"
	    " WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'p', 'v')"
	    " AND c.relname <> 'projection'"
	    " AND has_any_column_privilege('strike_api', c.oid, 'SELECT')");

	fill(world, AGREEMENT_AGREED);
	assert_true(PQntuples(tables) > 20);
	for (int i = 0; i < PQntuples(tables); i++) {
		const char *sql = PQgetvalue(tables, i, 0);

		if (pg_database_number(stranger, sql) != 0 || pg_database_number(nobody, sql) != 0)
			fail_msg(
			    "rows of strike.%s are seen by a stranger", PQgetvalue(tables, i, 1));
	}
	PQclear(tables);
	PQfinish(all);
	PQfinish(stranger);
	PQfinish(nobody);
}

static void
each_side_sees_the_agreement_and_its_own_terms_alone(void **state)
{
	struct world *world = *state;
	static const char *const of_noc[] = { "noc_terms", "membership", "token", "token_use" };
	static const char *const of_osp[] = { "osp_terms", "region", "list_people" };
	char sql[96];

	fill(world, AGREEMENT_AGREED);
	for (size_t i = 0; i < COUNT_OF(of_noc) + COUNT_OF(of_osp); i++) {
		bool is_nocs = i < COUNT_OF(of_noc);
		struct buf buf = buf_over(sql, sizeof(sql));

		buf_printf(&buf, "SELECT count(*) FROM strike.%s",
		    is_nocs ? of_noc[i] : of_osp[i - COUNT_OF(of_noc)]);
		buf_char(&buf, '\0');
		assert_int_equal(number_for(world->noc_id, sql), is_nocs ? 1 : 0);
		assert_int_equal(number_for(world->osp_id, sql), is_nocs ? 0 : 1);
	}
	assert_int_equal(number_for(world->noc_id, "SELECT count(*) FROM strike.agreement"), 1);
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.agreement"), 1);
	assert_int_equal(
	    number_for(world->osp_id, "SELECT count(*) FROM strike.record WHERE kind IN"
				      " ('nocTerms', 'membership', 'token', 'user')"),
	    0);
	assert_int_equal(
	    number_for(world->noc_id, "SELECT count(*) FROM strike.record WHERE kind IN"
				      " ('ospTerms', 'person', 'pagerList', 'region', 'user')"),
	    0);
}

static void
an_organisation_sees_the_names_of_its_partners_and_the_platform_sees_all(void **state)
{
	struct world *world = *state;
	const char *sql = "SELECT count(*) FROM strike.organisation";
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_DECLINED);

	fill(world, AGREEMENT_PROPOSED);
	assert_int_equal(number_for(world->noc_id, sql), 2);
	assert_int_equal(number_for(world->osp_id, sql), 2);
	assert_int_equal(number_for(world->stranger_id, sql), 1);
	assert_int_equal(number_for(record_platform(), sql), 3);
	/* But not what is between a partner and the platform, nor its record. */
	refused_for(world->noc_id, "SELECT is_platform FROM strike.organisation", "42501");
	assert_int_equal(number_for(world->noc_id,
			     "SELECT count(*) FROM strike.record WHERE kind = 'organisation'"),
	    1);
	put(world, world->osp, &agreement, 2);
	assert_int_equal(number_for(world->noc_id, sql), 1);
	assert_int_equal(number_for(world->osp_id, sql), 1);
}

static void
who_only_proposes_an_agreement_does_not_see_whom_the_other_would_ring(void **state)
{
	struct world *world = *state;
	const char *sql = "SELECT count(*) FROM strike.find_roster((SELECT osp_id FROM"
			  " strike.agreement LIMIT 1), (SELECT id FROM strike.agreement LIMIT 1),"
			  " public.ST_SetSRID(public.ST_MakePoint(1, 1), 4326))";
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);

	fill(world, AGREEMENT_PROPOSED);
	assert_int_equal(number_for(world->noc_id, sql), 0);
	assert_int_equal(number_for(world->osp_id, sql), 2);
	put(world, world->osp, &agreement, 2);
	assert_int_equal(number_for(world->noc_id, sql), 2);
	assert_int_equal(number_for(world->stranger_id, sql), 0);
}

static void
no_session_writes_a_record_that_is_not_its_organisations(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "Lead"), user = user_of("casey");
	struct store_record row = row_of(world, &person, 1);
	bool taken;

	fill(world, AGREEMENT_AGREED);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	FAULTS(ERR_CONFLICT, store_put_record(world->noc, world->arena, &row, &person, &taken));
	row = row_of(world, &user, 1);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	FAULTS(ERR_CONFLICT, store_put_record(world->noc, world->arena, &row, &user, &taken));
	/* Nor by SQL of its own: what a row says and who may write it is one rule. */
	refused_for(world->noc_id,
	    "INSERT INTO strike.record SELECT gen_random_uuid(), 'user', 1,"
	    " strike.organisation(), strike.organisation(), gen_random_uuid(), now(), ''",
	    "23514");
	refused_for(world->noc_id,
	    "INSERT INTO strike.record SELECT gen_random_uuid(), 'organisation', 1,"
	    " strike.organisation(), strike.organisation(), gen_random_uuid(), now(), ''",
	    "23514");
	refused_for(world->noc_id,
	    "INSERT INTO strike.membership (organisation_id, user_id, role)"
	    " SELECT osp_id, gen_random_uuid(), 'admin' FROM strike.agreement",
	    "42501");
	refused_for(world->noc_id,
	    "INSERT INTO strike.app_user (id, handle) VALUES (gen_random_uuid(), 'x')", "42501");
	refused_for(world->noc_id,
	    "INSERT INTO strike.osp_terms (agreement_id, osp_id, render_url, render_client_id,"
	    " render_secret_ref, render_project) SELECT id, osp_id, '', '', '', '' FROM"
	    " strike.agreement",
	    "42501");
	refused_for(world->noc_id, "UPDATE strike.agreement SET noc_id = osp_id", "42501");
	refused_for(world->noc_id, "DELETE FROM strike.record", "42501");
	assert_int_equal(number_for(world->noc_id,
			     "WITH u AS (UPDATE strike.organisation SET name = '' WHERE id <>"
			     " strike.organisation() RETURNING 1) SELECT count(*) FROM u"),
	    0);
}

static void
secrets_hashes_are_asked_about_and_never_shown(void **state)
{
	struct world *world = *state;

	fill(world, AGREEMENT_AGREED);
	refused_for(world->noc_id, "SELECT hash FROM strike.token", "42501");
	refused_for(world->noc_id, "SELECT * FROM strike.token", "42501");
	refused_for(world->noc_id, "SELECT * FROM strike.web_session", "42501");
	refused_for(world->noc_id, "DELETE FROM strike.web_session", "42501");
	refused_for(world->noc_id, "UPDATE strike.token SET user_id = id", "42501");
	assert_int_equal(number_for(world->noc_id,
			     "SELECT count(s.hash) FROM strike.app_user u RIGHT JOIN"
			     " strike.membership m ON m.user_id = u.id CROSS JOIN LATERAL"
			     " strike.list_web_sessions(m.user_id, '2026-01-05T02:14:09Z', 60) s"),
	    0);
}

static void
the_database_and_the_program_agree_on_who_the_platform_is(void **state)
{
	struct world *world = *state;
	struct str id = uuid_text(world->arena, record_platform());
	char sql[128];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf, "SELECT (strike.platform() = '%.*s')::integer", STR_ARG(id));
	buf_char(&buf, '\0');
	assert_int_equal(party_number(sql), 1);
}

static void
a_session_gives_a_key_to_people_of_its_own_organisation_only(void **state)
{
	struct world *world = *state;
	struct store_person_key key = {
		.person = id_of("lead"), .organisation = world->osp_id, .wrapped = STR("wrapped")
	};

	OK(store_add_person_keys(world->osp, world->arena, &key, 1));
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.person_key"), 1);
	assert_int_equal(number_for(world->noc_id, "SELECT count(*) FROM strike.person_key"), 0);
	key.person = id_of("second");
	FAULTS(ERR_CORRUPT, store_add_person_keys(world->noc, world->arena, &key, 1));
	assert_int_equal(party_number("SELECT count(*) FROM strike.person_key"), 1);
	refused_for(world->osp_id, "UPDATE strike.person_key SET wrapped = NULL", "42501");
}

/* ---- two at once ---- */

/* A session that writes a record in a thread of its own, and what came of it. */
struct writer {
	struct world *world;
	struct arena *arena;
	struct store_session *session;
	struct uuid organisation;
	struct store_record row;
	struct record record;
	bool taken;
	struct err *err;
	pthread_t thread;
};

static void *
write_record(void *context)
{
	struct writer *writer = context;

	writer->err = store_begin(writer->session, writer->arena, writer->organisation);
	if (writer->err == NULL)
		writer->err = store_put_record(
		    writer->session, writer->arena, &writer->row, &writer->record, &writer->taken);
	if (writer->err == NULL && writer->taken)
		store_rollback(writer->session);
	else if (writer->err == NULL)
		writer->err = store_commit(writer->session, writer->arena);
	return NULL;
}

static void
wait_until_somebody_waits(void)
{
	for (int i = 0; i < WAIT_TRIES_MAX; i++) {
		if (party_number("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a"
				 " ON a.pid = l.pid WHERE NOT l.granted"
				 " AND a.datname = current_database()") > 0)
			return;
		(void)usleep(WAIT_US);
	}
	fail_msg("nobody waits");
}

/*
 * ${first} is written and not committed, ${second} comes meanwhile and waits; then the first
 * commits, or does not.  Whether the second was told that something is taken.
 */
static bool
second_is_taken(struct world *world, struct uuid organisation, const struct record *first,
    const struct record *second, bool commit)
{
	struct store_session *before =
	    world_session(world->store, world->arena, STORE_API, organisation);
	struct store_record row = row_of(world, first, 1);
	struct writer writer = { .world = world,
		.arena = arena_create(1u << 20),
		.organisation = organisation,
		.row = row_of(world, second, 1),
		.record = *second };
	bool taken;

	writer.session = world_session(world->store, writer.arena, STORE_API, organisation);
	OK(store_begin(before, world->arena, organisation));
	OK(store_put_record(before, world->arena, &row, first, &taken));
	assert_false(taken);
	assert_int_equal(pthread_create(&writer.thread, NULL, write_record, &writer), 0);
	wait_until_somebody_waits();
	if (commit)
		OK(store_commit(before, world->arena));
	else
		store_rollback(before);
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	OK(writer.err);
	store_session_close(before);
	store_session_close(writer.session);
	arena_destroy(writer.arena);
	return writer.taken;
}

static void
of_two_organisations_with_one_handle_the_second_is_told_that_it_is_taken(void **state)
{
	struct world *world = *state;
	struct record one = organisation_of(id_of("one"), "carrier");
	struct record two = organisation_of(id_of("two"), "carrier");
	struct store_session *as_two =
	    world_session(world->store, world->arena, STORE_API, id_of("two"));
	struct store_record row = row_of(world, &two, 1);
	bool taken;

	put(world, world->worker, &one, 1);
	OK(store_begin(as_two, world->arena, id_of("two")));
	OK(store_put_record(as_two, world->arena, &row, &two, &taken));
	assert_true(taken);
	/* It is the caller who ends the transaction, and nothing was written in it. */
	OK(store_commit(as_two, world->arena));
	assert_int_equal(party_number("SELECT count(*) FROM strike.organisation"), 1);
	assert_int_equal(party_number("SELECT count(*) FROM strike.record"), 1);
	store_session_close(as_two);
}

static void
of_two_users_at_once_with_one_handle_or_identity_one_comes_to_be(void **state)
{
	struct world *world = *state;
	struct record one = user_of("casey"), two = user_of("casey");
	struct user_identity identity = { STR("https://issuer.example"), STR("subject") };

	two.id = id_of("another casey");
	assert_true(second_is_taken(world, record_platform(), &one, &two, true));
	assert_int_equal(party_number("SELECT count(*) FROM strike.app_user"), 1);
	assert_int_equal(party_number("SELECT count(*) FROM strike.record"), 1);

	one = user_of("robin");
	two = user_of("kim");
	one.user.identities = two.user.identities = &identity;
	one.user.identity_count = two.user.identity_count = 1;
	assert_true(second_is_taken(world, record_platform(), &one, &two, true));
	assert_int_equal(party_number("SELECT count(*) FROM strike.app_user"), 2);
	assert_int_equal(party_number("SELECT count(*) FROM strike.user_identity"), 1);
}

static void
what_is_given_up_is_free_for_who_waited(void **state)
{
	struct world *world = *state;
	struct record one = user_of("casey"), two = user_of("casey");

	two.id = id_of("another casey");
	assert_false(second_is_taken(world, record_platform(), &one, &two, false));
	assert_int_equal(party_number("SELECT count(*) FROM strike.app_user"), 1);
}

static void
of_two_invitations_at_once_to_one_address_one_comes_to_be(void **state)
{
	struct world *world = *state;
	struct record one = invitation_of("one", world->noc_id, "casey@example.com");
	struct record two = invitation_of("two", world->noc_id, "Casey@Example.com");

	assert_true(second_is_taken(world, world->noc_id, &one, &two, true));
	assert_int_equal(party_number("SELECT count(*) FROM strike.membership"), 1);
}

static void
of_two_agreements_at_once_with_one_prefix_one_comes_to_be(void **state)
{
	struct world *world = *state;
	struct record one = agreement_of(world, "one", AGREEMENT_AGREED);
	struct record two = agreement_of(world, "two", AGREEMENT_PROPOSED);

	two.agreement.noc = world->stranger_id;
	assert_true(second_is_taken(world, world->osp_id, &one, &two, true));
	assert_int_equal(party_number("SELECT count(*) FROM strike.agreement"), 1);
}

static void
of_two_tokens_at_once_with_one_secret_one_comes_to_be(void **state)
{
	struct world *world = *state;
	struct record one = token_of(world, "secret", "casey"), two = one;

	two.id = id_of("another token");
	assert_true(second_is_taken(world, world->noc_id, &one, &two, true));
	assert_int_equal(party_number("SELECT count(*) FROM strike.token"), 1);
}

/* Who writes while all records are made again waits, and finds the row that was made. */
static void
what_is_written_while_all_is_made_again_stands_afterwards(void **state)
{
	struct world *world = *state;
	struct record user = user_of("casey"), changed = user;
	struct store_record row = row_of(world, &user, 1);
	struct writer writer = { .world = world,
		.arena = arena_create(1u << 20),
		.organisation = record_platform(),
		.row = row_of(world, &changed, 2) };
	bool taken;

	changed.user.disabled = true;
	writer.record = changed;
	writer.session = world_session(world->store, writer.arena, STORE_API, record_platform());
	put(world, world->worker, &user, 1);
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(store_forget_records(world->worker, world->arena));
	assert_int_equal(pthread_create(&writer.thread, NULL, write_record, &writer), 0);
	wait_until_somebody_waits();
	OK(store_put_record(world->worker, world->arena, &row, &user, &taken));
	OK(store_commit(world->worker, world->arena));
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	OK(writer.err);
	assert_int_equal(party_number("SELECT version FROM strike.record"), 2);
	assert_int_equal(party_number("SELECT version FROM strike.app_user WHERE disabled"), 2);
	store_session_close(writer.session);
	arena_destroy(writer.arena);
}

static void
a_row_that_is_there_already_is_a_fault_that_names_no_value(void **state)
{
	struct world *world = *state;
	struct store_web_session session = { .id = id_of("a session"),
		.user = id_of("casey"),
		.hash = sha256_of(STR("cookie")),
		.ends_at = at_s(1000) };
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));
	struct err *err;

	OK(store_add_web_session(world->stranger, world->arena, &session));
	err = store_add_web_session(world->stranger, world->arena, &session);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_CONFLICT);
	err_format(err, &text);
	assert_false(says(buf_view(&text), "web_session"));
	assert_false(says(buf_view(&text), "Key"));
}

/* ---- erasing ---- */

static void
who_is_erased_is_in_no_table_any_more(void **state)
{
	struct world *world = *state;
	struct record person = person_of(world, "Somebody's Name"), user = user_of("casey"),
		      member = member_of("casey at the carrier", world->noc_id, "casey");
	struct contact contact = { .id = id_of("contact"), .number = STR("+15125550199") };
	struct store_web_session session = { .id = id_of("a session"),
		.user = id_of("casey"),
		.hash = sha256_of(STR("cookie")),
		.ends_at = at_s(1000) };
	bool found;

	person.person.contacts = &contact;
	person.person.contact_count = 1;
	user.user.name = STR("Casey Jones");
	user.user.email = STR("casey@example.com");
	member.membership.name = STR("Casey Jones");
	member.membership.email = STR("casey@example.com");
	put(world, world->osp, &person, 1);
	put(world, world->worker, &user, 1);
	put(world, world->noc, &member, 1);
	OK(store_add_web_session(world->noc, world->arena, &session));
	OK(store_erase_person(
	    world->worker, world->arena, person.id, at_s(5), STR("asked"), &found));
	assert_true(found);
	OK(store_erase_person(world->worker, world->arena, user.id, at_s(5), STR("asked"), &found));
	assert_true(found);
	assert_int_equal(party_number("SELECT count(*) FROM strike.record WHERE"
				      " convert_from(body, 'UTF8') ~* 'somebody|5550199|casey'"),
	    0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.app_user WHERE handle ~* 'casey'"), 0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.membership WHERE email <> ''"), 0);
	assert_int_equal(party_number("SELECT count(*) FROM strike.web_session"), 0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.person_key WHERE wrapped IS NULL"), 3);
	/* Made again from the log, whose texts nobody can open, it says no more than now. */
	put(world, world->worker, &user, 2);
	put(world, world->noc, &member, 2);
	assert_int_equal(party_number("SELECT count(*) FROM strike.record WHERE"
				      " convert_from(body, 'UTF8') ~* 'somebody|5550199|casey'"),
	    0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.app_user WHERE handle ~* 'casey'"), 0);
	assert_int_equal(
	    party_number("SELECT count(*) FROM strike.membership WHERE email <> ''"), 0);
}

/* ---- a stream that went to another OSP ---- */

static void
an_osp_that_was_relieved_sees_its_own_time_by_any_statement(void **state)
{
	struct world *world = *state;
	struct store_append *append;
	struct store_append_result result;
	struct timer_change timer = { .kind = TIMER_POLL, .set = true, .due = at_s(100) };

	append = world_append(world, id_of("eco"), 0, 2);
	append->timers = &timer;
	append->timer_count = 1;
	OK(store_append(world->noc, world->arena, append, &result));
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.timer"), 1);
	append = world_append(world, id_of("eco"), 2, 3);
	append->osp = world->stranger_id;
	OK(store_append(world->noc, world->arena, append, &result));
	world_sequence(world);

	assert_int_equal(number_for(world->osp_id, "SELECT max(version) FROM strike.event"), 2);
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.history"), 2);
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.log"), 2);
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.stream"), 0);
	assert_int_equal(number_for(world->osp_id, "SELECT count(*) FROM strike.timer"), 0);
	assert_int_equal(number_for(world->stranger_id, "SELECT count(*) FROM strike.event"), 5);
	assert_int_equal(number_for(world->stranger_id, "SELECT count(*) FROM strike.log"), 5);
	assert_int_equal(number_for(world->stranger_id, "SELECT count(*) FROM strike.timer"), 1);
	assert_int_equal(number_for(id_of("nobody's"), "SELECT count(*) FROM strike.event"), 0);
	/* Neither takes it back, nor gives it away. */
	refused_for(world->stranger_id, "UPDATE strike.stream SET osp_id = noc_id", "42501");
	assert_int_equal(number_for(world->osp_id,
			     "WITH u AS (UPDATE strike.stream SET osp_id = strike.organisation()"
			     " RETURNING 1) SELECT count(*) FROM u"),
	    0);
	assert_int_equal(
	    number_for(world->osp_id,
		"WITH u AS (UPDATE strike.stream_former SET present_id ="
		" strike.organisation() WHERE false RETURNING 1) SELECT count(*) FROM u"),
	    0);
	refused_for(world->osp_id, "UPDATE strike.stream_former SET present_id = osp_id", "42501");
}

static void
what_the_former_time_costs_is_one_question_a_statement(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->osp_id);
	PGresult *result;

	world_appended(world, id_of("eco"), 0, 3);
	result = PQexec(conn, "EXPLAIN SELECT * FROM strike.event");
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	for (int i = 0; i < PQntuples(result); i++)
		assert_null(strstr(PQgetvalue(result, i, 0), "SubPlan"));
	PQclear(result);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_stranger_sees_no_row_of_any_table_that_the_role_may_read),
		WORLD_TEST(each_side_sees_the_agreement_and_its_own_terms_alone),
		WORLD_TEST(
		    an_organisation_sees_the_names_of_its_partners_and_the_platform_sees_all),
		WORLD_TEST(who_only_proposes_an_agreement_does_not_see_whom_the_other_would_ring),
		WORLD_TEST(no_session_writes_a_record_that_is_not_its_organisations),
		WORLD_TEST(secrets_hashes_are_asked_about_and_never_shown),
		WORLD_TEST(the_database_and_the_program_agree_on_who_the_platform_is),
		WORLD_TEST(a_session_gives_a_key_to_people_of_its_own_organisation_only),
		WORLD_TEST(
		    of_two_organisations_with_one_handle_the_second_is_told_that_it_is_taken),
		WORLD_TEST(of_two_users_at_once_with_one_handle_or_identity_one_comes_to_be),
		WORLD_TEST(what_is_given_up_is_free_for_who_waited),
		WORLD_TEST(of_two_invitations_at_once_to_one_address_one_comes_to_be),
		WORLD_TEST(of_two_agreements_at_once_with_one_prefix_one_comes_to_be),
		WORLD_TEST(of_two_tokens_at_once_with_one_secret_one_comes_to_be),
		WORLD_TEST(what_is_written_while_all_is_made_again_stands_afterwards),
		WORLD_TEST(a_row_that_is_there_already_is_a_fault_that_names_no_value),
		WORLD_TEST(who_is_erased_is_in_no_table_any_more),
		WORLD_TEST(an_osp_that_was_relieved_sees_its_own_time_by_any_statement),
		WORLD_TEST(what_the_former_time_costs_is_one_question_a_statement),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store directory", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
