#include "store/store_vault.h"
#include "support/pg_database.h"
#include "support/record_world.h"

/*
 * Row-level security, tried from below the adapter: with the role of the API and
 * SQL of one's own.
 */

/* What the world's NOC and OSP are, have agreed, and keep to themselves. */
static void
fill_directory(struct world *world)
{
	static const struct geo_point corners[] = { { 0, 0 }, { 2, 0 }, { 2, 2 }, { 0, 0 } };
	static const struct geo_ring ring = { corners, COUNT_OF(corners) };
	static const struct geo_polygon polygon = { &ring, 1 };
	struct record carrier = organisation_of(world->noc_id, "carrier");
	struct record contractor = organisation_of(world->osp_id, "contractor");
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record of_noc = { .kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(agreement.id),
		.noc_terms = { .agreement = agreement.id, .noc = world->noc_id } };
	struct record of_osp = { .kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(agreement.id),
		.osp_terms = { .agreement = agreement.id, .osp = world->osp_id } };
	struct record list = { .kind = RECORD_PAGER_LIST,
		.id = id_of("list"),
		.pager_list = { .osp = world->osp_id, .name = STR("Day") } };
	struct record region = { .kind = RECORD_REGION,
		.id = id_of("region"),
		.region = { .osp = world->osp_id,
		    .name = STR("Town"),
		    .list = list.id,
		    .area = { &polygon, 1 } } };

	carrier.organisation.name = STR("A Carrier");
	put(world, world->worker, &carrier, 1);
	put(world, world->worker, &contractor, 1);
	put(world, world->noc, &agreement, 1);
	put(world, world->noc, &of_noc, 1);
	put(world, world->osp, &of_osp, 1);
	put(world, world->osp, &list, 1);
	put(world, world->osp, &region, 1);
}

/* Something of both in every table of tenants' rows. */
static void
fill(struct world *world)
{
	static const struct geo_point place = { 0, 0 };
	struct timer_change timer = { .kind = TIMER_POLL, .set = true, .due = at_s(1) };
	struct store_effect effect = {
		.key = STR("hang-up:1"), .type = EFFECT_HANG_UP, .eco = id_of("eco"), .due = at_s(0)
	};
	struct store_board_row row = { .eco = id_of("eco"),
		.version = 1,
		.noc = world->noc_id,
		.osp = world->osp_id,
		.job_number = STR("HC-MFR-00001-1"),
		.location = { GEO_POINT, &place, 1 } };
	struct store_person_key key = {
		.person = id_of("lead"), .organisation = world->osp_id, .wrapped = STR("wrapped")
	};
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;
	int64_t number;

	fill_directory(world);
	OK(store_add_person_keys(world->worker, world->arena, &key, 1));
	append->timers = &timer;
	append->timer_count = 1;
	append->effects = &effect;
	append->effect_count = 1;
	append->command_key = id_of("key");
	append->command_scope = world->noc_id;
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_MFR, &number));
	OK(store_append(world->noc, world->arena, append, &result));
	OK(store_commit(world->noc, world->arena));
	OK(store_put_board(world->worker, world->arena, 1, &row, 1));
	world_sequence(world);
}

static const char *const tenant_tables[] = { "stream", "event", "log", "command", "outbox", "timer",
	"eco_board", "agreement", "job_sequence", "region", "list_people", "person_key",
	"noc_terms", "osp_terms" };

static long long
rows_of(PGconn *conn, const char *table)
{
	char sql[128];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf, "SELECT count(*) FROM strike.%s", table);
	buf_char(&buf, '\0');
	return pg_database_number(conn, sql);
}

/* ${sql} must be refused with ${state}. */
static void
refused(PGconn *conn, const char *sql, const char *state)
{
	PGresult *result = PQexec(conn, sql);
	const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (got == NULL || strcmp(got, state) != 0)
		fail_msg("%s: gave %s and not %s", sql, got == NULL ? "no error" : got, state);
	PQclear(result);
}

/*
 * Tables that have no row-level security, each with the reason; the API's role has no right
 * to any of them but the last.
 */
static const char *const open_tables[] = {
	"migration",      /* which migrations ran */
	"partitioning",   /* how large a partition is made */
	"log_head",       /* one row: how far the sequencer is */
	"tick",           /* digests over everybody's events, for the auditor */
	"tick_signature", /* signatures of them */
	"subscription",   /* which followers there are ... */
	"slot",           /* ... how far each is */
	"follower",       /* ... and which processes they run in */
	"projection",     /* which build of a read model is live: 1 or 2 */
};

static bool
may_be_open(const char *table)
{
	for (size_t i = 0; i < COUNT_OF(open_tables); i++) {
		if (strcmp(open_tables[i], table) == 0)
			return true;
	}
	return false;
}

/* Fails with ${complaint} and the names of what ${sql} finds. */
static void
finds_nothing(const char *sql, const char *complaint)
{
	PGconn *conn = pg_database_connect();
	PGresult *result = PQexec(conn, sql);

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	for (int i = 0; i < PQntuples(result); i++)
		print_error("%s: %s\n", PQgetvalue(result, i, 0), complaint);
	assert_int_equal(PQntuples(result), 0);
	PQclear(result);
	PQfinish(conn);
}

static void
every_table_is_under_forced_row_level_security_or_known_to_hold_no_tenants_rows(void **state)
{
	PGconn *conn = pg_database_connect();
	PGresult *result = PQexec(conn,
	    "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND (c.relispartition OR"
	    " EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)),"
	    " has_any_column_privilege('strike_api', c.oid, 'SELECT, INSERT, UPDATE')"
	    " FROM pg_class c WHERE c.relnamespace = 'strike'::regnamespace"
	    " AND c.relkind IN ('r', 'p', 'f', 'm')");

	(void)state;
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	assert_true(PQntuples(result) > 40);
	for (int i = 0; i < PQntuples(result); i++) {
		const char *table = PQgetvalue(result, i, 0);
		bool guarded = *PQgetvalue(result, i, 1) == 't';
		bool granted = *PQgetvalue(result, i, 2) == 't';

		if (!guarded && !may_be_open(table))
			fail_msg("%s is not under forced row-level security", table);
		if (!guarded && granted && strcmp(table, "projection") != 0)
			fail_msg("%s is open, and the API's role has a right to it", table);
	}
	PQclear(result);
	PQfinish(conn);
}

static void
a_view_shows_what_its_reader_may_see(void **state)
{
	(void)state;
	finds_nothing("SELECT c.relname FROM pg_class c"
		      " WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind = 'v'"
		      " AND COALESCE(NOT 'security_invoker=true' = ANY (c.reloptions), true)",
	    "a view that looks with its owner's eyes");
}

static void
the_apis_role_has_a_right_to_a_partition_only_through_its_table(void **state)
{
	(void)state;
	finds_nothing("SELECT c.relname FROM pg_class c"
		      " WHERE c.relnamespace = 'strike'::regnamespace AND c.relispartition AND"
		      " has_any_column_privilege('strike_api', c.oid, 'SELECT, INSERT, UPDATE')",
	    "a partition that can be read by itself");
}

static void
the_apis_role_is_held_by_row_level_security_and_owns_nothing(void **state)
{
	(void)state;
	finds_nothing("SELECT rolname FROM pg_roles WHERE rolname = 'strike_api'"
		      " AND (rolbypassrls OR rolsuper OR rolcanlogin OR rolcreaterole)",
	    "a role that passes by row-level security");
	finds_nothing("SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
		      " WHERE r.rolname = 'strike_api'",
	    "owned by the API's role");
	finds_nothing("SELECT r.rolname FROM pg_roles r WHERE r.rolname <> 'strike_api'"
		      " AND pg_has_role('strike_api', r.oid, 'MEMBER')",
	    "a role that the API's is a member of");
	finds_nothing("SELECT 'schema strike' WHERE"
		      " has_schema_privilege('strike_api', 'strike', 'CREATE')",
	    "the API's role may make things in it");
}

/* What answers a question with more rights than whoever asks it. */
#define ANSWERS_OF_THE_WORKER                                                          \
	"'find_token_holder', 'find_roster', 'find_member', 'find_membership',"        \
	" 'list_memberships', 'find_identity', 'list_invitations', 'find_users',"      \
	" 'find_token', 'touch_token', 'add_web_session', 'find_web_session',"         \
	" 'touch_web_session', 'end_web_sessions', 'list_web_sessions', 'is_visible'," \
	" 'record_rejection', 'keeps_partition', 'streams_taken_over',"                \
	" 'search_board', 'complete_up_to'"

static void
functions_that_see_more_are_few_and_cannot_be_led_astray(void **state)
{
	(void)state;
	finds_nothing("SELECT p.proname FROM pg_proc p"
		      " WHERE p.pronamespace = 'strike'::regnamespace AND p.prosecdef"
		      " AND p.proname NOT IN (" ANSWERS_OF_THE_WORKER
		      ", 'make_partitions', 'has_room', 'archive_oldest')",
	    "a function that sees more than its caller, and is not known");
	finds_nothing("SELECT p.proname FROM pg_proc p"
		      " WHERE p.pronamespace = 'strike'::regnamespace AND p.prosecdef"
		      " AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c"
		      " WHERE c LIKE 'search_path=strike, %pg_temp')",
	    "a function that sees more, and looks where its caller says");
	finds_nothing("SELECT p.proname FROM pg_proc p"
		      " WHERE p.pronamespace = 'strike'::regnamespace AND p.proname IN"
		      " (" ANSWERS_OF_THE_WORKER ") AND (NOT p.prosecdef OR p.proowner <>"
		      " (SELECT r.oid FROM pg_roles r WHERE r.rolname = 'strike_worker'))",
	    "an answer of the worker's that is not the worker's");
	finds_nothing("SELECT p.proname FROM pg_proc p"
		      " WHERE p.pronamespace = 'strike'::regnamespace AND EXISTS (SELECT FROM"
		      " aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a"
		      " WHERE a.grantee = 0)",
	    "a function that everybody may call");
}

static void
a_stranger_and_whoever_said_nothing_see_no_row_of_any_tenant(void **state)
{
	struct world *world = *state;
	PGconn *all = pg_database_connect(),
	       *stranger = pg_database_connect_api(world->stranger_id),
	       *nobody = pg_database_connect_api(UUID_NIL);

	fill(world);
	for (size_t i = 0; i < COUNT_OF(tenant_tables); i++) {
		if (rows_of(all, tenant_tables[i]) == 0)
			fail_msg("%s is empty, so this proves nothing", tenant_tables[i]);
		assert_int_equal(rows_of(stranger, tenant_tables[i]), 0);
		assert_int_equal(rows_of(nobody, tenant_tables[i]), 0);
	}
	PQfinish(all);
	PQfinish(stranger);
	PQfinish(nobody);
}

static void
both_sides_see_what_they_share_and_the_noc_none_of_the_contractors_people(void **state)
{
	struct world *world = *state;
	PGconn *noc = pg_database_connect_api(world->noc_id),
	       *osp = pg_database_connect_api(world->osp_id);
	const char *const shared[] = { "stream", "event", "log", "outbox", "timer", "eco_board",
		"agreement", "job_sequence" };
	const char *const private[] = { "region", "list_people", "person_key", "osp_terms" };

	fill(world);
	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		assert_int_equal(rows_of(noc, shared[i]), 1);
		assert_int_equal(rows_of(osp, shared[i]), 1);
	}
	for (size_t i = 0; i < COUNT_OF(private); i++) {
		assert_int_equal(rows_of(noc, private[i]), 0);
		assert_int_equal(rows_of(osp, private[i]), 1);
	}
	assert_int_equal(rows_of(noc, "noc_terms"), 1);
	assert_int_equal(rows_of(osp, "noc_terms"), 0);
	/* The key is the NOC's own. */
	assert_int_equal(rows_of(noc, "command"), 1);
	assert_int_equal(rows_of(osp, "command"), 0);
	PQfinish(noc);
	PQfinish(osp);
}

static void
nobody_writes_rows_in_the_name_of_two_others(void **state)
{
	struct world *world = *state;
	PGconn *stranger = pg_database_connect_api(world->stranger_id);

	fill(world);
	refused(stranger,
	    "INSERT INTO strike.stream (id, version, noc_id, osp_id)"
	    " VALUES (gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid())",
	    "42501");
	refused(stranger,
	    "INSERT INTO strike.job_sequence (noc_id, osp_id, job_type, last)"
	    " VALUES (gen_random_uuid(), gen_random_uuid(), 'MFR', 1)",
	    "42501");
	PQfinish(stranger);
}

static void
the_api_cannot_do_the_workers_work(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->noc_id);

	refused(conn, "SELECT strike.sequence(false, 0, 10)", "42501");
	refused(conn, "UPDATE strike.eco_board SET description = ''", "42501");
	refused(conn, "UPDATE strike.outbox SET done_at = now()", "42501");
	refused(conn, "SELECT * FROM strike.provider_id", "42501");
	refused(conn, "UPDATE strike.slot SET position = 0", "42501");
	refused(conn, "UPDATE strike.projection SET live = 2", "42501");
	refused(conn, "UPDATE strike.person_key SET wrapped = NULL", "42501");
	refused(conn, "SELECT problem FROM strike.parked", "42501");
	refused(conn, "SELECT * FROM strike.follower", "42501");
	refused(conn, "SELECT * FROM strike.erasure", "42501");
	refused(conn, "SELECT * FROM strike.hold_slots('policies', 1, false, 15)", "42501");
	refused(conn, "SELECT strike.switch_build('eco_board', 2)", "42501");
	refused(conn, "SELECT strike.erase_person(gen_random_uuid(), now(), '')", "42501");
	refused(conn, "SELECT * FROM strike.eco_board_1", "42501");
	refused(conn, "SELECT * FROM strike.webhook_rejection", "42501");
	refused(conn, "SELECT * FROM strike.parked", "42501");
	refused(conn, "DELETE FROM strike.membership", "42501");
	refused(conn, "SELECT * FROM strike.web_session", "42501");
	refused(conn, "SELECT hash FROM strike.token", "42501");
	refused(conn, "SELECT email FROM strike.membership", "42501");
	refused(conn, "SELECT handle FROM strike.app_user", "42501");
	refused(conn, "SELECT issuer FROM strike.user_identity", "42501");
	refused(conn, "SELECT suspended FROM strike.organisation", "42501");
	refused(conn, "SELECT strike.make_partitions_of('event', 'seq', 0)", "42501");
	refused(conn, "UPDATE strike.stream SET noc_id = osp_id", "42501");
	PQfinish(conn);
}

static void
numbers_of_others_are_not_read_from_sequences(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->stranger_id);

	fill(world);
	refused(conn, "SELECT last_value FROM strike.event_seq", "42501");
	refused(conn, "SELECT last_value FROM strike.webhook_rejection_number", "42501");
	refused(conn, "SELECT nextval('strike.webhook_rejection_number')", "42501");
	refused(conn, "SELECT nextval('strike.instance')", "42501");
	refused(conn, "SELECT setval('strike.event_seq', 1)", "42501");
	refused(conn, "SELECT strike.newest_seq()", "42501");
	refused(conn, "SELECT last_position FROM strike.log_head", "42501");
	refused(conn, "SELECT position FROM strike.slot", "42501");
	refused(conn, "SELECT gate FROM strike.subscription", "42501");
	refused(conn, "SELECT number FROM strike.webhook_rejection", "42501");
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM strike.job_sequence"), 0);
	PQfinish(conn);
}

/* A division by zero happens on the first row that a condition is shown. */
static void
a_condition_of_ones_own_is_not_shown_rows_of_others(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->stranger_id);
	char sql[160];

	fill(world);
	for (size_t i = 0; i < COUNT_OF(tenant_tables); i++) {
		struct buf buf = buf_over(sql, sizeof(sql));

		buf_printf(&buf,
		    "SELECT count(*) FROM strike.%s AS t WHERE 1 / (length(t::text) * 0) = 1",
		    tenant_tables[i]);
		buf_char(&buf, '\0');
		assert_int_equal(pg_database_number(conn, sql), 0);
	}
	PQfinish(conn);
	conn = pg_database_connect_api(world->osp_id);
	refused(
	    conn, "SELECT FROM strike.stream AS t WHERE 1 / (length(t::text) * 0) = 1", "22012");
	PQfinish(conn);
}

static void
what_a_plan_says_about_others_is_that_they_are_filtered_out(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->stranger_id);
	PGresult *result;
	bool filtered = false;

	fill(world);
	result = PQexec(conn, "EXPLAIN SELECT * FROM strike.region WHERE name = 'Town'");
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	for (int i = 0; i < PQntuples(result); i++)
		filtered |= strstr(PQgetvalue(result, i, 0), "osp_id = $0") != NULL;
	assert_true(filtered);
	PQclear(result);
	/* Nor do the planner's statistics show values of theirs. */
	assert_int_equal(pg_database_number(conn, "SELECT count(*) FROM pg_stats WHERE schemaname ="
						  " 'strike' AND tablename = 'region'"),
	    0);
	PQfinish(conn);
}

static void
an_error_does_not_say_what_was_in_the_way(void **state)
{
	struct world *world = *state;
	PGconn *conn = pg_database_connect_api(world->stranger_id);
	PGresult *result;
	char sql[512], id[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(id, sizeof(id)), buf = buf_over(sql, sizeof(sql));

	fill(world);
	uuid_format(world->stranger_id, &text);
	buf_char(&text, '\0');
	buf_printf(&buf,
	    "INSERT INTO strike.organisation (id, handle, name, is_noc, is_osp)"
	    " VALUES ('%s', 'carrier', 'Another', true, false)",
	    id);
	buf_char(&buf, '\0');
	result = PQexec(conn, sql);
	assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "23505");
	assert_null(strstr(PQresultErrorMessage(result), "A Carrier"));
	assert_null(PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
	PQclear(result);
	PQfinish(conn);
}

static void
what_has_happened_is_changed_by_nobody_not_even_a_superuser(void **state)
{
	struct world *world = *state;
	PGconn *all = pg_database_connect(), *noc = pg_database_connect_api(world->noc_id),
	       *worker = pg_database_connect();
	const char *const changes[] = { "UPDATE strike.event SET type = type",
		"DELETE FROM strike.event", "TRUNCATE strike.event",
		"UPDATE strike.log SET seq = seq", "DELETE FROM strike.log", "TRUNCATE strike.log",
		"UPDATE strike.erasure SET reason = ''", "DELETE FROM strike.erasure",
		"TRUNCATE strike.erasure" };

	fill(world);
	pg_database_run(worker, "SET ROLE strike_worker");
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		refused(all, changes[i], "23001");
		refused(noc, changes[i], "42501");
		refused(worker, changes[i], "42501");
	}
	PQfinish(all);
	PQfinish(noc);
	PQfinish(worker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(
		    every_table_is_under_forced_row_level_security_or_known_to_hold_no_tenants_rows),
		WORLD_TEST(a_view_shows_what_its_reader_may_see),
		WORLD_TEST(the_apis_role_has_a_right_to_a_partition_only_through_its_table),
		WORLD_TEST(the_apis_role_is_held_by_row_level_security_and_owns_nothing),
		WORLD_TEST(functions_that_see_more_are_few_and_cannot_be_led_astray),
		WORLD_TEST(numbers_of_others_are_not_read_from_sequences),
		WORLD_TEST(a_condition_of_ones_own_is_not_shown_rows_of_others),
		WORLD_TEST(what_a_plan_says_about_others_is_that_they_are_filtered_out),
		WORLD_TEST(an_error_does_not_say_what_was_in_the_way),
		WORLD_TEST(a_stranger_and_whoever_said_nothing_see_no_row_of_any_tenant),
		WORLD_TEST(
		    both_sides_see_what_they_share_and_the_noc_none_of_the_contractors_people),
		WORLD_TEST(nobody_writes_rows_in_the_name_of_two_others),
		WORLD_TEST(the_api_cannot_do_the_workers_work),
		WORLD_TEST(what_has_happened_is_changed_by_nobody_not_even_a_superuser),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("store tenants", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
