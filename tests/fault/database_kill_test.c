#include "support/unit.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bin/seed.h"
#include "fault/kill_world.h"
#include "runtime/private_postgres.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"
#include "support/scenario_file.h"

/*
 * kill -9 of the database while a callout is played, and its restart: the server
 * comes back by itself, and the callout ends as if nothing had been.
 */

#define AWAY_US 300000

struct database {
	struct arena *arena;
	char folder[64];
	struct private_postgres_options options;
	struct private_postgres postgres;
	int kills;
};

static void
start(struct database *database)
{
	assert_no_fault(
	    private_postgres_start(database->arena, &database->options, &database->postgres));
}

/* Without a word to anybody: its backends end when they see that it is gone. */
static void
kill_and_start(void *context)
{
	struct database *database = context;

	(void)kill(database->postgres.process, SIGKILL);
	private_postgres_stop(&database->postgres);
	(void)usleep(AWAY_US);
	start(database);
	database->kills++;
}

/* An empty database with the development seed. */
static void
plant_anew(struct database *database)
{
	const char *conninfo = arena_copy_z(database->arena, database->postgres.conninfo);
	PGconn *conn = PQconnectdb(conninfo);
	PGresult *result =
	    PQexec(conn, "SET client_min_messages = warning; DROP SCHEMA strike CASCADE");
	struct store *store;
	struct vault vault;
	size_t applied;

	PQclear(result);
	PQfinish(conn);
	assert_no_fault(store_pg_migrate(database->arena, conninfo, NULL, NULL, &applied));
	assert_no_fault(store_pg_open(database->arena, conninfo, &store));
	assert_no_fault(vault_init(database->arena, STR(""), random_bytes, &vault));
	assert_no_fault(seed_plant(store, database->arena, &vault));
	store_close(store);
}

static int
begin(void **state)
{
	static struct database database;

	database.arena = arena_create(16u << 20);
	strcpy(database.folder, "/tmp/strike-database-XXXXXX");
	assert_non_null(mkdtemp(database.folder));
	assert_int_equal(chmod(database.folder, 0755), 0);
	database.options = (struct private_postgres_options){
		.home = arena_printf(database.arena, "%s/pg", database.folder),
		.database = STR("strike"),
		.user = str_from_z(getenv("STRIKE_POSTGRES_USER")),
	};
	start(&database);
	plant_anew(&database);
	*state = &database;
	return 0;
}

static int
end(void **state)
{
	struct database *database = *state;
	pid_t process;

	private_postgres_stop(&database->postgres);
	process = fork();
	if (process == 0) {
		(void)execlp("rm", "rm", "-rf", database->folder, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(process, NULL, 0);
	arena_destroy(database->arena);
	return 0;
}

static void
the_server_comes_back_by_itself_when_the_database_was_killed(void **state)
{
	struct database *database = *state;
	struct kill_plan plan = {
		.at = { { .passage = 2 }, { .passage = 9 }, { .passage = 26 }, { .passage = 45 },
		    { .passage = 70 } },
		.count = 5,
		.instead = kill_and_start,
		.context = database,
	};
	struct kill_world world;

	plant_anew(database);
	database->kills = 0;
	kill_world_begin(&world, arena_copy_z(database->arena, database->postgres.conninfo),
	    scenario_file_read("pager-timeout"), &plan);
	kill_world_play(&world);
	kill_check(&world);
	assert_true(kill_world_end(&world, "pager-timeout on a database that is killed"));
	assert_int_equal(database->kills, plan.count);
}

/*
 * The same, exactly between two steps: the server holds itself there while the database
 * is killed and started, and then goes on with what it has in hand.
 */
static void
what_was_in_hand_when_the_database_went_is_done_once(void **state)
{
	static const char *const points[] = {
		"stop:40:before statement append",
		"stop:40:after statement append",
		"stop:2:after statement claim_timers",
		"stop:2:after statement claim_effects",
		"stop:1:before statement begin_effect",
		"stop:2:after statement begin_effect",
		"stop:1:after request POST /2010-04-01/Accounts/*/Calls.json",
		"stop:3:before statement commit",
	};
	struct database *database = *state;
	bool good = true;

	for (size_t i = 0; i < COUNT_OF(points); i++) {
		struct kill_plan plan = {
			.fault_points = points[i], .instead = kill_and_start, .context = database
		};
		struct kill_world world;

		plant_anew(database);
		kill_world_begin(&world, arena_copy_z(database->arena, database->postgres.conninfo),
		    scenario_file_read("pager-timeout"), &plan);
		kill_world_play(&world);
		kill_check(&world);
		print_message("%s: %zu\n", points[i], world.fault_points);
		good = kill_world_end(&world, points[i]) && good;
	}
	assert_true(good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_in_hand_when_the_database_went_is_done_once),
		cmocka_unit_test(the_server_comes_back_by_itself_when_the_database_was_killed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
