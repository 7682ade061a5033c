#include "history/history_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "history/history_worker.h"
#include "store/pg/store_pg.h"
#include "store/store_feed.h"
#include "support/pg_database.h"
#include "support/unit.h"

#define RUN_ARENA_BYTES (64u << 20)
#define DATABASE_KILLS  2
#define LEADER_LOCK     5722002
#define INSTANCE_LOCK   5722001
#define PARTITION_ROWS  400 /* so that they are made, filled and archived under way */
#define PATIENCE        10
#define SETTLE_LOOKS    1200 /* of a tenth of a second */
#define START_TRIES     100
#define STOP_LOOKS      3000 /* of a hundredth */

/* Who is at work, by letter (history_worker.h). */
static const char crew[] = "aaassfffrrvkpzgqxtldd";

static uint64_t
random_below(struct run *run, uint64_t below)
{
	uint64_t mixed = run->random += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
	return (mixed ^ (mixed >> 31)) % below;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the database ---- */

PGconn *
run_connect(const struct run *run)
{
	PGconn *conn = PQconnectdb(run->conninfo);

	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	pg_database_run(conn, "SET client_min_messages = warning");
	return conn;
}

/* Begin to write in the other database, and go on for ever. */
static void
open_elsewhere(struct run *run)
{
	struct str conninfo = arena_printf(run->arena, "%s dbname=elsewhere", run->conninfo);

	PQfinish(run->foreign);
	run->foreign = PQconnectdb(arena_copy_z(run->arena, conninfo));
	if (PQstatus(run->foreign) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(run->foreign));
	pg_database_run(run->foreign, "BEGIN; CREATE TEMP TABLE foreigner (n bigint)");
}

/* Backends that have not yet noticed that their postmaster is gone keep the next one away. */
static void
start_postgres(struct run *run)
{
	struct err *err = private_postgres_start(run->arena, &run->options, &run->postgres);

	for (int tries = 0; err != NULL && tries < START_TRIES; tries++) {
		(void)usleep(100000);
		err = private_postgres_start(run->arena, &run->options, &run->postgres);
	}
	assert_no_fault(err);
	run->conninfo = arena_copy_z(run->arena, run->postgres.conninfo);
}

/* ${signal}: SIGKILL, without a word to anybody, or SIGQUIT, an immediate stop. */
static void
kill_postgres(struct run *run, int signal)
{
	(void)kill(run->postgres.process, signal);
	private_postgres_stop(&run->postgres);
	start_postgres(run);
	open_elsewhere(run);
	run->database_killed++;
}

static void
run_file(PGconn *conn, const char *path)
{
	char text[16384];
	FILE *file = fopen(path, "re");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[length] = '\0';
	pg_database_run(conn, text);
}

static void
fill(struct run *run)
{
	struct store_board_row rows[HISTORY_BOARD_ROWS];
	struct store_session *session;
	struct store *store;

	assert_no_fault(store_pg_open(run->arena, run->conninfo, &store));
	assert_no_fault(store_session_open(store, run->arena, STORE_WORKER, &session));
	assert_no_fault(
	    store_subscribe(session, run->arena, STR(HISTORY_FOLLOWER), HISTORY_SLOTS, STORE_LIVE));
	for (uint64_t i = 0; i < HISTORY_BOARD_ROWS; i++)
		history_board_row(i, &rows[i]);
	assert_no_fault(store_put_board(session, run->arena, 1, rows, HISTORY_BOARD_ROWS));
	store_session_close(session);
	store_close(store);
}

void
run_begin(struct run *run, uint64_t seed)
{
	size_t applied;
	PGconn *conn;

	*run = (struct run){ .seed = seed, .random = seed };
	run->arena = arena_create(RUN_ARENA_BYTES);
	strcpy(run->folder, "/tmp/strike-history-XXXXXX");
	assert_non_null(mkdtemp(run->folder));
	assert_int_equal(chmod(run->folder, 0755), 0);
	(void)snprintf(run->histories, sizeof(run->histories), "%s/histories", run->folder);
	assert_int_equal(mkdir(run->histories, 0700), 0);
	run->options = (struct private_postgres_options){
		.home = arena_printf(run->arena, "%s/pg", run->folder),
		.database = STR("strike"),
		.user = str_from_z(getenv("STRIKE_POSTGRES_USER")),
	};
	start_postgres(run);
	assert_no_fault(store_pg_migrate(run->arena, run->conninfo, NULL, NULL, &applied));
	conn = run_connect(run);
	pg_database_run(conn, "CREATE DATABASE elsewhere");
	run_file(conn, STRIKE_HISTORY_SQL);
	pg_database_partition(conn, PARTITION_ROWS);
	PQfinish(conn);
	fill(run);
	open_elsewhere(run);
}

/* ---- the processes ---- */

static void
start_child(struct run *run, struct child *child)
{
	char letter[2] = { child->letter, '\0' }, index[12], life[12], seed[24];
	char *argv[] = { (char[]){ "/proc/self/exe" }, (char[]){ "--worker" }, letter, index, life,
		seed, arena_copy_z(run->arena, str_from_z(run->conninfo)), run->histories, NULL };
	pid_t process;

	child->life++;
	child->wanted = true;
	child->paused_ms = 0;
	(void)snprintf(index, sizeof(index), "%d", child->index);
	(void)snprintf(life, sizeof(life), "%d", child->life);
	(void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)(run->seed >> 1));
	process = fork();
	if (process == 0) {
		/* The worker asks for it again behind execve(2); this is for the time between. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	assert_true(process > 0);
	child->process = process;
}

/* Whoever has died begins another life. */
static void
revive(struct run *run)
{
	for (size_t i = 0; i < run->child_count; i++) {
		struct child *child = &run->children[i];
		int status = 0;

		if (child->process == 0 || waitpid(child->process, &status, WNOHANG) == 0)
			continue;
		child->process = 0;
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			fail_msg("worker %c%d.%d ended by itself, with status %d", child->letter,
			    child->index, child->life, status);
		run->died++;
		if (child->wanted)
			start_child(run, child);
	}
}

/* Whoever has been paused until ${when} goes on, and finds a world that did not wait. */
static void
resume(struct run *run, int64_t when)
{
	for (size_t i = 0; i < run->child_count; i++) {
		struct child *child = &run->children[i];

		if (child->paused_ms == 0 || child->paused_ms > when)
			continue;
		child->paused_ms = 0;
		if (child->process > 0)
			(void)kill(child->process, SIGCONT);
	}
}

static bool
is_one_of(const struct child *child, const char *letters)
{
	return strchr(letters, child->letter) != NULL;
}

/* Have the workers of ${letters} stop, and wait for them. */
static void
stop_children(struct run *run, const char *letters)
{
	bool left = true;

	for (size_t i = 0; i < run->child_count; i++) {
		struct child *child = &run->children[i];

		if (is_one_of(child, letters) && child->process > 0) {
			child->wanted = false;
			(void)kill(child->process, SIGTERM);
		}
	}
	for (int looks = 0; left && looks < STOP_LOOKS; looks++) {
		left = false;
		for (size_t i = 0; i < run->child_count; i++) {
			struct child *child = &run->children[i];

			if (!is_one_of(child, letters) || child->process == 0)
				continue;
			if (waitpid(child->process, NULL, WNOHANG) != 0)
				child->process = 0;
			else
				left = true;
		}
		(void)usleep(10000);
	}
	if (left)
		fail_msg("workers of \"%s\" do not stop", letters);
}

/* ---- who kills ---- */

/* Break the connections that hold advisory locks of ${class}, at most ${most} of them. */
static void
break_holders(struct run *run, int class, int most)
{
	PGconn *conn = run_connect(run);
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_locks"
	    " WHERE locktype = 'advisory' AND classid = %d AND granted"
	    " ORDER BY random() LIMIT %d) AS holders",
	    class, most);
	pg_database_run(conn, sql);
	PQfinish(conn);
}

static void
strike_somebody(struct run *run)
{
	struct child *child = &run->children[random_below(run, run->child_count)];

	if (child->process == 0)
		return;
	switch (random_below(run, 8)) {
	case 0:
		break_holders(run, LEADER_LOCK, 1);
		run->leaders_broken++;
		break;
	case 1:
		/* To the others they are dead, and yet they go on. */
		break_holders(run, INSTANCE_LOCK, 4);
		run->presumed_dead++;
		break;
	case 2:
		(void)kill(child->process, SIGSTOP);
		child->paused_ms = now_ms() + (int64_t)random_below(run, (uint64_t)run->pause_ms);
		run->paused++;
		break;
	default:
		(void)kill(child->process, SIGKILL);
		run->killed++;
		break;
	}
}

/* One thing more that goes wrong; ${late}: the database's turn to be killed has come. */
static void
play_on(struct run *run, bool late)
{
	(void)usleep((useconds_t)(50000 + random_below(run, 250000)));
	revive(run);
	resume(run, now_ms());
	if (late && run->database_killed < DATABASE_KILLS)
		kill_postgres(run, run->database_killed == 0 ? SIGKILL : SIGQUIT);
	strike_somebody(run);
}

static long long
still_to_come(struct run *run)
{
	PGconn *conn;
	long long ret;

	if (run->database_killed < DATABASE_KILLS || run->killed == 0)
		return 1;
	conn = run_connect(run);
	ret = pg_database_number(conn, "SELECT history_test.still_to_come()");
	PQfinish(conn);
	return ret;
}

void
run_play(struct run *run, int64_t seconds)
{
	int64_t start = now_ms(), length = seconds * 1000;
	int indexes[128] = { 0 };

	run->pause_ms = length / 3;
	for (size_t i = 0; i < sizeof(crew) - 1; i++) {
		struct child *child = &run->children[run->child_count++];

		child->letter = crew[i];
		child->index = indexes[(int)crew[i]]++;
		start_child(run, child);
	}
	while (now_ms() - start < length)
		play_on(run, now_ms() - start > length * (run->database_killed + 1) / 3);
	/* On a busy machine what has to happen may take longer. */
	start = now_ms();
	while (still_to_come(run) > 0 && now_ms() - start < PATIENCE * length)
		play_on(run, true);
}

/* ---- the end ---- */

static const char *const unsettled =
    "SELECT (SELECT count(*) FROM strike.event e WHERE NOT EXISTS"
    "   (SELECT FROM strike.log l WHERE l.seq = e.seq))"
    " + (SELECT count(*) FROM strike.slot s, strike.log_head h"
    "   WHERE s.subscription = '" HISTORY_FOLLOWER "' AND s.position < h.last_position)"
    " + (SELECT count(*) FROM strike.parked WHERE subscription = '" HISTORY_FOLLOWER "')";

/* What goes wrong by itself is given the time to. */
static void
rebuild(PGconn *conn)
{
	char sql[128];
	long long before = -1, position = 0;

	pg_database_run(conn, "SELECT history_test.read_by_seq()");
	pg_database_run(conn, "SELECT history_test.read_by_xid()");
	pg_database_run(conn, "SELECT history_test.tick_by_seq()");
	while (position != before) {
		before = position;
		(void)snprintf(sql, sizeof(sql),
		    "SELECT history_test.apply_log('rebuilt', 'rebuilt', %lld, 1000)", before);
		position = pg_database_number(conn, sql);
	}
}

void
run_settle(struct run *run)
{
	PGconn *conn = run_connect(run);
	long long left = -1;

	resume(run, INT64_MAX);
	revive(run);
	stop_children(run, "agz");
	pg_database_run(conn, "UPDATE history_test.healed SET healed = true");
	for (int looks = 0; left != 0 && looks < SETTLE_LOOKS; looks++) {
		(void)usleep(100000);
		revive(run);
		left = pg_database_number(conn, unsettled);
	}
	if (left != 0)
		fail_msg("%lld events, slots and streams are not dealt with, and nothing "
			 "stands in their way",
		    left);
	stop_children(run, crew);
	rebuild(conn);
	PQfinish(conn);
}

int64_t
run_count_log(const struct run *run, const char *words)
{
	FILE *file = fopen(arena_copy_z(run->arena, run->postgres.log_path), "re");
	int64_t count = 0;
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, words) != NULL;
	(void)fclose(file);
	return count;
}

void
run_end(struct run *run)
{
	pid_t process;

	if (run->arena == NULL)
		return;
	for (size_t i = 0; i < run->child_count; i++) {
		if (run->children[i].process > 0) {
			(void)kill(run->children[i].process, SIGKILL);
			(void)waitpid(run->children[i].process, NULL, 0);
		}
	}
	PQfinish(run->foreign);
	private_postgres_stop(&run->postgres);
	process = getenv("STRIKE_TEST_HISTORY_KEEP") == NULL ? fork() : -1;
	if (process == 0) {
		(void)execlp("rm", "rm", "-rf", run->folder, (char *)NULL);
		_exit(127);
	}
	if (process > 0)
		(void)waitpid(process, NULL, 0);
	arena_destroy(run->arena);
	run->arena = NULL;
}
