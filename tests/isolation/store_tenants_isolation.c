#include "store/store_vault.h"
#include "support/pg_database.h"
#include "support/store_world.h"

/*
 * Row-level security, tried from below the adapter: with the role of the API and
 * SQL of one's own.
 */

#define EVERY_TENANT_TABLE                                                                  \
	"'stream', 'event', 'log', 'command', 'outbox', 'timer', 'eco_board', 'agreement'," \
	" 'job_sequence', 'region', 'pager_list', 'pager_list_entry', 'person', 'person_key'"

/* Something of the world's NOC and OSP in every table of tenants' rows. */
static void
fill(struct world *world)
{
	static const struct geo_point ring[] = { { 0, 0 }, { 2, 0 }, { 2, 2 }, { 0, 0 } };
	struct store_organisation organisations[] = {
		{ world->noc_id, STR("carrier"), STR("A Carrier"), true, false },
		{ world->osp_id, STR("contractor"), STR("A Contractor"), false, true },
	};
	struct store_seed_person lead = { id_of("lead"), STR("Lead"), STR("+15125550101"), true,
		true, false };
	struct store_seed_list list = { id_of("list"), world->osp_id, STR("Day"), &lead, 1 };
	struct store_seed_region region = { id_of("region"), world->osp_id, id_of("list"),
		STR("Town"), 1, ring, COUNT_OF(ring) };
	struct store_seed_agreement agreement = { .agreement = { .id = id_of("agreement"),
						      .noc = world->noc_id,
						      .osp = world->osp_id },
		.valid_from = at_s(0) };
	struct store_seed seed = { organisations, 2, NULL, 0, &list, 1, &region, 1, &agreement, 1 };
	struct timer_change timer = { .kind = TIMER_POLL, .set = true, .due = at_s(1) };
	struct store_effect effect = {
		.key = STR("hang-up:1"), .type = EFFECT_HANG_UP, .eco = id_of("eco"), .due = at_s(0)
	};
	struct store_board_row row = { .eco = id_of("eco"),
		.version = 1,
		.noc = world->noc_id,
		.osp = world->osp_id,
		.job_number = STR("HC-MFR-00001-1"),
		.location = { GEO_POINT, ring, 1 } };
	struct store_person_key key = {
		.person = id_of("lead"), .organisation = world->osp_id, .wrapped = STR("wrapped")
	};
	struct store_append *append = world_append(world, id_of("eco"), 0, 1);
	struct store_append_result result;
	int64_t number;

	OK(store_plant(world->worker, world->arena, &seed));
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

/* A connection in the API's role, acting for ${organisation}; Nil: it never said for whom. */
static PGconn *
connect_api(struct uuid organisation)
{
	PGconn *conn = pg_database_connect();
	char sql[128], id[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(id, sizeof(id)), buf = buf_over(sql, sizeof(sql));

	uuid_format(organisation, &text);
	buf_char(&text, '\0');
	pg_database_run(conn, "SET ROLE strike_api");
	buf_printf(&buf, "SELECT set_config('strike.organisation', '%s', false)", id);
	buf_char(&buf, '\0');
	if (!uuid_is_nil(organisation))
		pg_database_run(conn, sql);
	return conn;
}

static const char *const tenant_tables[] = { "stream", "event", "log", "command", "outbox", "timer",
	"eco_board", "agreement", "job_sequence", "region", "pager_list", "pager_list_entry",
	"person", "person_key" };

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

static void
every_table_with_tenants_rows_is_under_forced_row_level_security(void **state)
{
	PGconn *conn = pg_database_connect();

	(void)state;
	assert_int_equal(pg_database_number(conn,
			     "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid ="
			     " c.relnamespace WHERE n.nspname = 'strike' AND c.relrowsecurity AND"
			     " c.relforcerowsecurity AND c.relname IN (" EVERY_TENANT_TABLE ")"),
	    COUNT_OF(tenant_tables));
	/* Also the next one that somebody adds: nothing names a tenant outside of it. */
	assert_int_equal(
	    pg_database_number(conn,
		"SELECT count(DISTINCT c.relname) FROM pg_class c JOIN pg_namespace n"
		" ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
		" WHERE n.nspname = 'strike' AND c.relkind IN ('r', 'p') AND a.attname"
		" IN ('noc_id', 'osp_id', 'organisation') AND NOT (c.relrowsecurity AND"
		" c.relforcerowsecurity)"),
	    0);
	assert_int_equal(
	    pg_database_number(conn, "SELECT count(*) FROM pg_roles WHERE rolname = 'strike_api'"
				     " AND (rolbypassrls OR rolsuper OR rolcanlogin)"),
	    0);
	PQfinish(conn);
}

static void
a_stranger_and_whoever_said_nothing_see_no_row_of_any_tenant(void **state)
{
	struct world *world = *state;
	PGconn *all = pg_database_connect(), *stranger = connect_api(world->stranger_id),
	       *nobody = connect_api(UUID_NIL);

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
	PGconn *noc = connect_api(world->noc_id), *osp = connect_api(world->osp_id);
	const char *const shared[] = { "stream", "event", "log", "outbox", "timer", "eco_board",
		"agreement", "job_sequence" };
	const char *const private[] = { "region", "pager_list", "pager_list_entry", "person",
		"person_key" };

	fill(world);
	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		assert_int_equal(rows_of(noc, shared[i]), 1);
		assert_int_equal(rows_of(osp, shared[i]), 1);
	}
	for (size_t i = 0; i < COUNT_OF(private); i++) {
		assert_int_equal(rows_of(noc, private[i]), 0);
		assert_int_equal(rows_of(osp, private[i]), 1);
	}
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
	PGconn *stranger = connect_api(world->stranger_id);

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
	PGconn *conn = connect_api(world->noc_id);

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
	refused(conn, "UPDATE strike.stream SET noc_id = osp_id", "42501");
	PQfinish(conn);
}

static void
what_has_happened_is_changed_by_nobody_not_even_a_superuser(void **state)
{
	struct world *world = *state;
	PGconn *all = pg_database_connect(), *noc = connect_api(world->noc_id),
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
		WORLD_TEST(every_table_with_tenants_rows_is_under_forced_row_level_security),
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
