#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/private_postgres.h"

/*
 * A home of its own for every test, under a folder in /tmp that everybody may
 * pass through, because the database of root belongs to another user.
 */
struct world {
	struct arena *arena;
	char folder[64];
	char home[256];
	struct private_postgres_options options;
	int told; /* how often progress was told */
	bool told_of_leftover;
};

static void
count_progress(void *context, struct str what)
{
	struct world *world = context;

	world->told++;
	if (str_find(what, STR("killed")) != SIZE_MAX)
		world->told_of_leftover = true;
}

/* Let the home be ${name} in the world's folder. */
static void
set_home(struct world *world, const char *name)
{
	(void)snprintf(world->home, sizeof(world->home), "%s/%s", world->folder, name);
	world->options.home = str_from_z(world->home);
}

static int
begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->arena = arena_create(1 << 20);
	(void)snprintf(world->folder, sizeof(world->folder), "/tmp/strike-private.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	assert_int_equal(chmod(world->folder, 0755), 0);
	world->options = (struct private_postgres_options){
		.database = STR("strike"), .progress = count_progress, .progress_context = world
	};
	set_home(world, "var/pg");
	*state = world;
	return 0;
}

/* Remove ${path} and all below it. */
static void
remove_all(const char *path)
{
	pid_t process = fork();

	if (process == 0) {
		(void)execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(process, NULL, 0);
}

static int
end(void **state)
{
	struct world *world = *state;

	remove_all(world->folder);
	arena_destroy(world->arena);
	free(world);
	return 0;
}

/* Start, and fail the test with the fault's own words if it does not. */
static struct private_postgres
start(struct world *world)
{
	struct private_postgres postgres;
	struct err *err = private_postgres_start(world->arena, &world->options, &postgres);
	char text[2048];
	struct buf buf = buf_over(text, sizeof(text));

	if (err != NULL) {
		err_format(err, &buf);
		fail_msg("%.*s", STR_ARG(buf_view(&buf)));
	}
	return postgres;
}

/* The first value of the answer to ${sql}, compared with ${expected}. */
static void
assert_answer(const struct private_postgres *postgres, const char *sql, const char *expected)
{
	char conninfo[512];
	PGconn *connection;
	PGresult *result;

	(void)snprintf(conninfo, sizeof(conninfo), "%.*s", STR_ARG(postgres->conninfo));
	connection = PQconnectdb(conninfo);
	if (PQstatus(connection) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(connection));
	result = PQexec(connection, sql);
	if (PQntuples(result) < 1)
		fail_msg("%s: %s", sql, PQerrorMessage(connection));
	assert_string_equal(PQgetvalue(result, 0, 0), expected);
	PQclear(result);
	PQfinish(connection);
}

static void
a_started_database_answers_on_its_socket_and_has_postgis(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);

	assert_answer(&postgres, "SELECT current_database()", "strike");
	assert_answer(&postgres, "SHOW listen_addresses", "");
	assert_answer(&postgres, "SHOW fsync", "on");
	assert_answer(&postgres, "SHOW server_encoding", "UTF8");
	assert_answer(
	    &postgres, "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'", "1");
	assert_true(world->told > 0);
	assert_true(str_empty(postgres.note));
	private_postgres_stop(&postgres);
}

static void
what_was_written_is_there_after_a_stop_and_a_start(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);

	assert_answer(&postgres, "CREATE TABLE kept AS SELECT 7 AS n; SELECT n FROM kept", "7");
	private_postgres_stop(&postgres);
	world->told = 0;
	postgres = start(world);
	assert_int_equal(world->told, 0); /* nothing had to be made again */
	assert_answer(&postgres, "SELECT n FROM kept", "7");
	private_postgres_stop(&postgres);
}

static void
stopping_twice_or_before_a_start_does_nothing(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = { 0 };

	private_postgres_stop(&postgres);
	postgres = start(world);
	private_postgres_stop(&postgres);
	private_postgres_stop(&postgres);
	assert_int_equal(postgres.process, 0);
}

static void
nobody_else_may_enter_the_home(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	struct stat found;

	assert_int_equal(stat(world->home, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0700);
	assert_true(found.st_uid != 0);
	private_postgres_stop(&postgres);
}

static void
a_home_in_use_is_refused_and_its_database_goes_on(void **state)
{
	struct world *world = *state;
	struct private_postgres first = start(world), second;
	struct err *err = private_postgres_start(world->arena, &world->options, &second);

	assert_non_null(err);
	assert_int_equal(err->kind, ERR_CONFLICT);
	assert_false(str_empty(err->hint));
	assert_answer(&first, "SELECT 1", "1");
	private_postgres_stop(&first);
}

static void
a_killed_process_takes_its_database_along_and_loses_nothing(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres;
	int pipe_fds[2];
	char byte;
	pid_t process;

	assert_int_equal(pipe(pipe_fds), 0);
	process = fork();
	if (process == 0) {
		postgres = start(world);
		assert_answer(
		    &postgres, "CREATE TABLE kept AS SELECT 8 AS n; SELECT n FROM kept", "8");
		(void)!write(pipe_fds[1], "x", 1);
		(void)raise(SIGKILL);
	}
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(waitpid(process, NULL, 0), process);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);

	postgres = start(world);
	assert_answer(&postgres, "SELECT n FROM kept", "8");
	private_postgres_stop(&postgres);
}

/* In a child: start the database, tell its process through ${fd}, and stay. */
static void
hold_database(struct world *world, int fd)
{
	struct private_postgres postgres = start(world);

	(void)!write(fd, &postgres.process, sizeof(postgres.process));
	for (;;)
		(void)pause();
}

static void
a_start_waits_for_the_database_of_a_killed_process_to_end(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres;
	int pipe_fds[2];
	pid_t holder, waker, database;

	assert_int_equal(pipe(pipe_fds), 0);
	holder = fork();
	if (holder == 0)
		hold_database(world, pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &database, sizeof(database)), sizeof(database));
	/* Held still, it cannot obey before the next start has come upon it. */
	assert_int_equal(kill(database, SIGSTOP), 0);
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	waker = fork();
	if (waker == 0) {
		(void)usleep(300000);
		_exit(kill(database, SIGCONT));
	}
	postgres = start(world);
	assert_true(world->told_of_leftover);
	assert_int_not_equal(postgres.process, database);
	assert_answer(&postgres, "SELECT 1", "1");
	private_postgres_stop(&postgres);
	(void)waitpid(waker, NULL, 0);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

static void
a_start_waits_for_the_backends_of_a_killed_postmaster(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	PGconn *conn = PQconnectdb(arena_copy_z(world->arena, postgres.conninfo));
	pid_t backend = PQbackendPID(conn), waker;

	assert_int_equal(PQstatus(conn), CONNECTION_OK);
	/* Held still, it cannot notice before the next start has come upon it. */
	assert_int_equal(kill(backend, SIGSTOP), 0);
	assert_int_equal(kill(postgres.process, SIGKILL), 0);
	private_postgres_stop(&postgres);
	waker = fork();
	if (waker == 0) {
		(void)usleep(300000);
		_exit(kill(backend, SIGCONT));
	}
	postgres = start(world);
	assert_true(world->told_of_leftover);
	assert_answer(&postgres, "SELECT 1", "1");
	private_postgres_stop(&postgres);
	PQfinish(conn);
	(void)waitpid(waker, NULL, 0);
}

static void
a_cluster_that_was_half_made_is_made_again(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	char data[300], data_new[300];

	private_postgres_stop(&postgres);
	(void)snprintf(data, sizeof(data), "%s/data", world->home);
	(void)snprintf(data_new, sizeof(data_new), "%s/data.new", world->home);
	assert_int_equal(rename(data, data_new), 0);
	postgres = start(world);
	assert_answer(&postgres, "SELECT 1", "1");
	assert_int_equal(access(data_new, F_OK), -1);
	private_postgres_stop(&postgres);
}

static void
a_pid_file_that_names_somebody_else_does_not_stop_a_start(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	char path[300];
	FILE *file;

	private_postgres_stop(&postgres);
	(void)snprintf(path, sizeof(path), "%s/data/postmaster.pid", world->home);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fprintf(file, "%d\n%s/data\n", (int)getpid(), world->home);
	(void)fclose(file);
	postgres = start(world);
	assert_answer(&postgres, "SELECT 1", "1");
	private_postgres_stop(&postgres);
}

static void
a_home_of_another_version_is_named_not_touched(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	char path[300];
	FILE *file;
	struct err *err;

	private_postgres_stop(&postgres);
	(void)snprintf(path, sizeof(path), "%s/data/PG_VERSION", world->home);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs("99\n", file);
	(void)fclose(file);
	err = private_postgres_start(world->arena, &world->options, &postgres);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_CORRUPT);
	assert_true(str_find(err->message, STR("PostgreSQL 99")) != SIZE_MAX);
}

static void
a_home_with_quotes_spaces_and_a_long_name_works(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres;

	set_home(world,
	    "a folder of 'somebody', whose name is far longer than the hundred or so bytes that "
	    "the path of a unix socket may have/pg");
	postgres = start(world);
	assert_answer(&postgres, "SELECT current_database()", "strike");
	assert_answer(
	    &postgres, "SELECT length(current_setting('unix_socket_directories')) < 90", "t");
	private_postgres_stop(&postgres);
}

static void
a_database_that_does_not_start_says_why(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres = start(world);
	char path[300];
	FILE *file;
	struct err *err;

	private_postgres_stop(&postgres);
	(void)snprintf(path, sizeof(path), "%s/data/postgresql.conf", world->home);
	file = fopen(path, "a");
	assert_non_null(file);
	(void)fputs("no_such_setting = 1\n", file);
	(void)fclose(file);
	err = private_postgres_start(world->arena, &world->options, &postgres);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_UNAVAILABLE);
	assert_true(str_find(err->detail, STR("no_such_setting")) != SIZE_MAX);
	assert_true(str_find(err->hint, STR("/log")) != SIZE_MAX);
}

static void
a_home_that_the_owner_cannot_reach_is_replaced_and_said_so(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres;
	char home[512];

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(world->folder, 0700), 0);
	postgres = start(world);
	(void)snprintf(home, sizeof(home), "%.*s", STR_ARG(postgres.home));
	assert_true(str_find(postgres.note, str_from_z(world->home)) != SIZE_MAX);
	assert_true(str_find(postgres.note, postgres.home) != SIZE_MAX);
	assert_answer(&postgres, "SELECT 1", "1");
	private_postgres_stop(&postgres);
	remove_all(home);
}

static void
a_user_that_does_not_exist_is_named(void **state)
{
	struct world *world = *state;
	struct private_postgres postgres;
	struct err *err;

	if (geteuid() != 0)
		skip();
	world->options.user = STR("no-such-user");
	err = private_postgres_start(world->arena, &world->options, &postgres);
	assert_non_null(err);
	assert_true(str_find(err->message, STR("no-such-user")) != SIZE_MAX);
	assert_false(str_empty(err->hint));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_started_database_answers_on_its_socket_and_has_postgis),
		CASE(what_was_written_is_there_after_a_stop_and_a_start),
		CASE(stopping_twice_or_before_a_start_does_nothing),
		CASE(nobody_else_may_enter_the_home),
		CASE(a_home_in_use_is_refused_and_its_database_goes_on),
		CASE(a_killed_process_takes_its_database_along_and_loses_nothing),
		CASE(a_start_waits_for_the_database_of_a_killed_process_to_end),
		CASE(a_start_waits_for_the_backends_of_a_killed_postmaster),
		CASE(a_cluster_that_was_half_made_is_made_again),
		CASE(a_pid_file_that_names_somebody_else_does_not_stop_a_start),
		CASE(a_home_of_another_version_is_named_not_touched),
		CASE(a_home_with_quotes_spaces_and_a_long_name_works),
		CASE(a_database_that_does_not_start_says_why),
		CASE(a_home_that_the_owner_cannot_reach_is_replaced_and_said_so),
		CASE(a_user_that_does_not_exist_is_named),
	};

	return cmocka_run_group_tests_name("private_postgres", tests, NULL, NULL);
}
