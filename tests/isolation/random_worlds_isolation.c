#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

#include "support/pg_database.h"
#include "support/random_world.h"
#include "support/store_party.h"

/*
 * Random worlds against a model of visibility: every organisation is shown what the model
 * says, not a row more and not a row less, by the port and by SQL of its own.
 *
 * STRIKE_SEED=N begins with the world of that seed.
 */

#define WORLDS 3

static uint64_t seed;

static void
judge_world(struct world *world, uint64_t of)
{
	struct random_world *random = random_world_make(world, of);
	struct random_findings findings = { 0 };

	random_ask_sql(random, &findings);
	random_ask_port(random, &findings);
	random_world_end(random);
	if (findings.count > 0)
		fail_msg("%zu findings in the world of seed %" PRIu64 "; STRIKE_SEED=%" PRIu64
			 " makes it again",
		    findings.count, of, of);
}

static void
every_organisation_sees_what_the_model_says_and_nothing_else(void **state)
{
	judge_world(*state, seed);
}

static void
so_it_is_in_another_world(void **state)
{
	judge_world(*state, seed + 1);
}

/* What somebody might do to the tables by mistake, and how it is undone; the last is not. */
static const struct {
	const char *what, *mistake, *undone;
} mistakes[] = {
	{ "a policy that lets everybody pass",
	    "CREATE POLICY all_of_it ON strike.event USING (true)",
	    "DROP POLICY all_of_it ON strike.event" },
	{ "a policy of a quiet table that lets everybody pass",
	    "CREATE POLICY all_of_it ON strike.token_use USING (true)",
	    "DROP POLICY all_of_it ON strike.token_use" },
	{ "a policy that lets nobody pass",
	    "CREATE POLICY nobody ON strike.record AS RESTRICTIVE USING (false)",
	    "DROP POLICY nobody ON strike.record" },
	{ "a policy that forgets one side",
	    "CREATE POLICY one_side ON strike.eco_board AS RESTRICTIVE"
	    " USING (noc_id = (SELECT strike.organisation()))",
	    "DROP POLICY one_side ON strike.eco_board" },
	{ "a table without row-level security",
	    "ALTER TABLE strike.outbox DISABLE ROW LEVEL SECURITY",
	    "ALTER TABLE strike.outbox ENABLE ROW LEVEL SECURITY" },
	{ "row-level security that is not forced",
	    "ALTER TABLE strike.agreement NO FORCE ROW LEVEL SECURITY",
	    "ALTER TABLE strike.agreement FORCE ROW LEVEL SECURITY" },
	{ "a right that nobody thought of", "GRANT SELECT ON strike.web_session TO strike_api",
	    "REVOKE SELECT ON strike.web_session FROM strike_api" },
	{ "a new table that nobody thought of",
	    "CREATE TABLE strike.stray AS SELECT id FROM strike.stream;"
	    "GRANT SELECT ON strike.stray TO strike_api",
	    "DROP TABLE strike.stray" },
	{ "a view with its owner's eyes",
	    "ALTER VIEW strike.history SET (security_invoker = false)",
	    "ALTER VIEW strike.history SET (security_invoker = true)" },
	{ "a field of another's in a row of one's own",
	    "UPDATE strike.noc_terms SET duty_phone = (SELECT t.duty_phone FROM strike.noc_terms t "
	    "WHERE t.noc_id <> noc_terms.noc_id LIMIT 1)",
	    "SELECT" },
};

/* How much the model finds wrong as things are. */
static size_t
findings_in(struct random_world *random)
{
	struct random_findings findings = { .silent = true };

	random_ask_sql(random, &findings);
	return findings.count;
}

static void
a_mistake_in_the_rights_of_one_table_is_found(void **state)
{
	struct random_world *random = random_world_make(*state, seed);

	assert_int_equal(findings_in(random), 0);
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		party_run(mistakes[i].mistake);
		if (findings_in(random) == 0)
			fail_msg("seed %" PRIu64 ": %s was not found", seed, mistakes[i].what);
		party_run(mistakes[i].undone);
	}
	random_world_end(random);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(every_organisation_sees_what_the_model_says_and_nothing_else),
		WORLD_TEST(so_it_is_in_another_world),
		WORLD_TEST(a_mistake_in_the_rights_of_one_table_is_found),
	};
	const char *given = getenv("STRIKE_SEED");
	int64_t number = 0;
	int skipped, failed;

	if (given != NULL && !str_parse_i64(str_from_z(given), &number)) {
		fprintf(stderr, "STRIKE_SEED=%s is no number\n", given);
		return 64;
	}
	if (given == NULL && getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return 1;
	seed = (uint64_t)number & INT64_MAX;
	printf("random worlds: STRIKE_SEED=%" PRIu64 "\n", seed);
	skipped = world_store_prepare();
	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("random worlds", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
