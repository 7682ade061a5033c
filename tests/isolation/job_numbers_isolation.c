#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/jobnumber/jobnumber.h"
#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/store_party.h"

/*
 * Job numbers under crashes.  Processes of several threads open ECOs for several pairs
 * and types at once; all the while their connections are broken and they themselves are
 * killed.  Afterwards the numbers of what was committed are 1 to n for each pair and
 * type, whatever became of the others.
 *
 * STRIKE_SEED=N plays with that seed; who is where when something dies is another matter.
 */

#define NOCS      2
#define OSPS      3
#define PROCESSES 3
#define THREADS   2

#define COMMITS_WANTED 400
#define BREAKS_WANTED  40
#define KILLS_WANTED   8
#define TICKS_MAX      6000
#define TICK_US        10000
#define REPORTS_MAX    100000

/* What a thread says about one ECO when it knows.  Written at once, so never in part. */
enum fate { COMMITTED, UNDONE, UNKNOWN };

struct report {
	struct uuid stream;
	int64_t number;
	int32_t noc, osp, type, fate;
};

struct child {
	pid_t process;
	int life;
};

struct play {
	struct world *world;
	struct child children[PROCESSES];
	int pipe[2];
	uint64_t random;
	struct report *reports;
	size_t report_count, commits;
	int breaks, kills;
};

static uint64_t seed;

/* ---- who there is ---- */

static const char *const noc_names[NOCS] = { "first carrier", "second carrier" };
static const char *const osp_names[OSPS] = { "first contractor", "second contractor",
	"third contractor" };

/* What each agreement's numbers begin with: no two of one OSP's are the same. */
static const char *const prefixes[NOCS][OSPS] = { { "AA", "BB", "AA" }, { "CC", "AA", "BB" } };

/* SplitMix64. */
static size_t
below(uint64_t *random, size_t count)
{
	uint64_t mixed = *random += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((mixed ^ (mixed >> 31)) % count);
}

/* ---- a process that opens ECOs ---- */

static volatile sig_atomic_t stops;

struct opener {
	struct store *store;
	uint64_t random;
	int pipe, process, life, thread;
	int64_t opened;
	pthread_t id;
};

static void
stop(int number)
{
	(void)number;
	stops = 1;
}

/* The number is taken in the transaction that opens the ECO. */
static struct err *
open_eco(struct opener *opener, struct store_session *session, struct arena *arena,
    struct report *report)
{
	struct uuid noc = id_of(noc_names[report->noc]), osp = id_of(osp_names[report->osp]);
	struct str type = job_type_name((enum job_type)report->type);
	struct store_event event = {
		.type = STR("ECOCreated"),
		.schema_version = 1,
		.occurred_at = at_s(opener->opened),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("opener") },
	};
	struct store_append append = {
		.stream = report->stream, .noc = noc, .osp = osp, .events = &event, .event_count = 1
	};
	struct store_append_result result;

	TRY(store_begin(session, arena, noc));
	TRY(store_take_job_number(
	    session, arena, noc, osp, (enum job_type)report->type, &report->number));
	/* Somebody may die here, or think better of it. */
	if (below(&opener->random, 3) == 0)
		(void)usleep((useconds_t)below(&opener->random, 3000));
	if (below(&opener->random, 8) == 0)
		return ERR(arena, ERR_UNAVAILABLE, "thought better of it");
	event.id = uuid_from_name(uuid_text(arena, report->stream));
	event.correlation = event.id;
	event.payload = arena_printf(
	    arena, "{\"jobType\":\"%.*s\",\"number\":%" PRId64 "}", STR_ARG(type), report->number);
	TRY(store_append(session, arena, &append, &result));
	return store_commit(session, arena);
}

static void
open_one(struct opener *opener, struct store_session *session, struct arena *arena)
{
	struct report report = {
		.noc = (int32_t)below(&opener->random, NOCS),
		.osp = (int32_t)below(&opener->random, OSPS),
		.type = (int32_t)below(&opener->random, JOB_TYPE_COUNT),
	};
	struct err *err;

	report.stream = uuid_from_name(arena_printf(arena, "eco %d.%d.%d.%" PRId64, opener->process,
	    opener->life, opener->thread, opener->opened++));
	err = open_eco(opener, session, arena, &report);
	report.fate = err == NULL ? COMMITTED : err->kind == ERR_UNCERTAIN ? UNKNOWN : UNDONE;
	store_rollback(session);
	CHECK(write(opener->pipe, &report, sizeof(report)) == (ssize_t)sizeof(report));
}

static void *
open_many(void *context)
{
	struct opener *opener = context;
	struct arena *arena = arena_create(16u << 20);
	struct store_session *session = NULL;

	while (!stops && store_session_open(opener->store, arena, STORE_API, &session) != NULL) {
		session = NULL;
		(void)usleep(TICK_US);
	}
	while (!stops) {
		struct arena_mark mark = arena_mark(arena);

		open_one(opener, session, arena);
		arena_release(arena, mark);
	}
	store_session_close(session);
	arena_destroy(arena);
	return NULL;
}

/* --worker CONNINFO PIPE PROCESS LIFE SEED */
static int
worker_main(char **argv)
{
	struct arena *arena = arena_create(16u << 20);
	struct opener openers[THREADS] = { 0 };
	struct store *store = NULL;
	int64_t numbers[4];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGTERM, stop);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		CHECK(str_parse_i64(str_from_z(argv[3 + i]), &numbers[i]));
	while (!stops && store_pg_open(arena, argv[2], &store) != NULL)
		(void)usleep(TICK_US);
	for (int i = 0; i < THREADS && store != NULL; i++) {
		openers[i] = (struct opener){ .store = store,
			.pipe = (int)numbers[0],
			.process = (int)numbers[1],
			.life = (int)numbers[2],
			.thread = i,
			.random =
			    (uint64_t)(numbers[3] + numbers[1] * 1000 + numbers[2] * 10 + i) };
		CHECK(pthread_create(&openers[i].id, NULL, open_many, &openers[i]) == 0);
	}
	for (int i = 0; i < THREADS && store != NULL; i++)
		(void)pthread_join(openers[i].id, NULL);
	store_close(store);
	arena_destroy(arena);
	return 0;
}

/* ---- whoever makes trouble for them ---- */

static void
start_child(struct play *play, size_t at)
{
	struct child *child = &play->children[at];
	struct arena *arena = play->world->arena;
	char *argv[] = { (char[]){ "/proc/self/exe" }, (char[]){ "--worker" },
		arena_copy_z(arena, arena_printf(arena, "%s application_name='job numbers'",
					pg_database_conninfo())),
		arena_copy_z(arena, arena_printf(arena, "%d", play->pipe[1])),
		arena_copy_z(arena, arena_printf(arena, "%zu", at)),
		arena_copy_z(arena, arena_printf(arena, "%d", ++child->life)),
		arena_copy_z(arena, arena_printf(arena, "%" PRIu64, seed >> 1)), NULL };

	child->process = fork();
	if (child->process == 0) {
		/* The worker asks for it again behind execve(2); this is for the time between. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(play->pipe[0]);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	assert_true(child->process > 0);
}

static void
hear(struct play *play)
{
	struct report report;

	while (read(play->pipe[0], &report, sizeof(report)) == (ssize_t)sizeof(report)) {
		assert_true(play->report_count < REPORTS_MAX);
		play->reports[play->report_count++] = report;
		play->commits += report.fate == COMMITTED;
	}
}

/* Whose connection it is, chance decides; of a thread or of the process itself. */
static void
break_a_connection(struct play *play, PGconn *conn)
{
	play->breaks += (int)pg_database_number(conn,
	    "SELECT count(pg_terminate_backend(a.pid)) FROM (SELECT pid FROM pg_stat_activity"
	    " WHERE datname = current_database() AND backend_type = 'client backend'"
	    " AND application_name = 'job numbers'"
	    " ORDER BY random() LIMIT 1) AS a");
}

static void
kill_one(struct play *play)
{
	size_t at = below(&play->random, PROCESSES);
	int status;

	(void)kill(play->children[at].process, SIGKILL);
	assert_int_equal(
	    waitpid(play->children[at].process, &status, 0), play->children[at].process);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	play->kills++;
	start_child(play, at);
}

static void
let_them_finish(struct play *play, PGconn *conn)
{
	int ticks = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		(void)kill(play->children[i].process, SIGTERM);
	for (size_t i = 0; i < PROCESSES; i++) {
		int status;

		/* What they have to say must go through the pipe for them to end. */
		while (waitpid(play->children[i].process, &status, WNOHANG) == 0) {
			hear(play);
			(void)usleep(TICK_US);
		}
		play->children[i].process = 0;
		/* Or it was told before it could listen. */
		assert_true((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
			    (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
	}
	hear(play);
	/* The database may take a moment to see that somebody was killed. */
	while (pg_database_number(conn, "SELECT count(*) FROM pg_stat_activity WHERE datname ="
					" current_database() AND application_name ="
					" 'job numbers'") > 0) {
		assert_true(ticks++ < TICKS_MAX);
		(void)usleep(TICK_US);
	}
}

static void
make_trouble(struct play *play)
{
	PGconn *conn = pg_database_connect();
	int ticks = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		start_child(play, i);
	while (play->commits < COMMITS_WANTED || play->breaks < BREAKS_WANTED ||
	       play->kills < KILLS_WANTED) {
		if (ticks++ == TICKS_MAX)
			fail_msg("seed %" PRIu64 ": they do not get on: %zu of %d commits, %d of "
				 "%d breaks, %d of %d kills",
			    seed, play->commits, COMMITS_WANTED, play->breaks, BREAKS_WANTED,
			    play->kills, KILLS_WANTED);
		(void)usleep(TICK_US);
		hear(play);
		if (below(&play->random, 4) == 0)
			break_a_connection(play, conn);
		/* Each life is to come to something. */
		if (play->commits * KILLS_WANTED >= (size_t)play->kills * COMMITS_WANTED &&
		    below(&play->random, 8) == 0)
			kill_one(play);
	}
	let_them_finish(play, conn);
	PQfinish(conn);
}

/* ---- what came of it ---- */

struct opened {
	struct uuid stream;
	int noc, osp, type;
	int64_t number;
	char printed[JOBNUMBER_BYTES_MAX + 1];
};

static int
index_of(const char *const *names, int count, const char *id)
{
	struct uuid uuid;

	assert_true(uuid_parse(str_from_z(id), &uuid));
	for (int i = 0; i < count; i++) {
		if (uuid_equal(id_of(names[i]), uuid))
			return i;
	}
	fail_msg("nobody is %s", id);
	return -1;
}

/* The job number as it is printed, which is read back, and not with another digit. */
static void
print_number(struct opened *eco)
{
	struct jobnumber number = { str_from_z(prefixes[eco->noc][eco->osp]),
		(enum job_type)eco->type, eco->number };
	struct jobnumber read;
	struct buf buf = buf_over(eco->printed, sizeof(eco->printed) - 1);
	char *check;

	jobnumber_format(&number, &buf);
	assert_false(buf.overflowed);
	assert_int_equal(jobnumber_parse(buf_view(&buf), &read), JOBNUMBER_OK);
	assert_true(read.type == number.type && read.sequence == number.sequence &&
		    str_equal(read.prefix, number.prefix));
	check = &eco->printed[buf.len - 1];
	assert_int_equal(*check - '0', jobnumber_check_digit(number.type, number.sequence));
	*check = *check == '9' ? '0' : (char)(*check + 1);
	assert_int_equal(jobnumber_parse(buf_view(&buf), &read), JOBNUMBER_WRONG_CHECK);
	*check = *check == '0' ? '9' : (char)(*check - 1);
}

/* What was committed, by pair, type and number. */
static struct opened *
read_log(size_t *ret_count)
{
	PGconn *conn = pg_database_connect();
	PGresult *result = PQexec(conn,
	    "SELECT stream_id, noc_id, osp_id, p->>'jobType', p->>'number' FROM strike.event,"
	    " LATERAL (SELECT convert_from(payload, 'UTF8')::json AS p) AS j"
	    " ORDER BY noc_id, osp_id, 4, (p->>'number')::bigint");
	size_t count = (size_t)PQntuples(result);
	struct opened *all = calloc(count + 1, sizeof(*all));

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	assert_non_null(all);
	for (size_t i = 0; i < count; i++) {
		enum job_type type = JOB_TYPE_COUNT;

		assert_true(uuid_parse(str_from_z(PQgetvalue(result, (int)i, 0)), &all[i].stream));
		assert_true(job_type_find(str_from_z(PQgetvalue(result, (int)i, 3)), &type));
		assert_true(
		    str_parse_i64(str_from_z(PQgetvalue(result, (int)i, 4)), &all[i].number));
		all[i].noc = index_of(noc_names, NOCS, PQgetvalue(result, (int)i, 1));
		all[i].osp = index_of(osp_names, OSPS, PQgetvalue(result, (int)i, 2));
		all[i].type = (int)type;
		print_number(&all[i]);
	}
	PQclear(result);
	PQfinish(conn);
	*ret_count = count;
	return all;
}

static void
expect_no_gap_and_no_repeat(const struct opened *all, size_t count)
{
	int64_t last[NOCS][OSPS][JOB_TYPE_COUNT] = { 0 };

	for (size_t i = 0; i < count; i++) {
		int64_t *before = &last[all[i].noc][all[i].osp][all[i].type];

		if (all[i].number != *before + 1)
			fail_msg("seed %" PRIu64 ": %s comes after number %" PRId64, seed,
			    all[i].printed, *before);
		*before = all[i].number;
	}
	/* Nor is one given away that nobody has. */
	assert_int_equal(party_number("SELECT COALESCE(sum(last), 0) FROM strike.job_sequence"),
	    (long long)count);
}

static int
compare_printed(const void *a, const void *b)
{
	const struct opened *one = a, *other = b;

	return one->osp != other->osp ? one->osp - other->osp
				      : strcmp(one->printed, other->printed);
}

static int
compare_streams(const void *a, const void *b)
{
	return memcmp(&((const struct opened *)a)->stream, &((const struct opened *)b)->stream,
	    sizeof(struct uuid));
}

/* Numbers of two agreements may be the same only where the OSP is another. */
static void
expect_no_twins_in_print(struct opened *all, size_t count)
{
	qsort(all, count, sizeof(*all), compare_printed);
	for (size_t i = 1; i < count; i++) {
		if (compare_printed(&all[i - 1], &all[i]) == 0)
			fail_msg("seed %" PRIu64 ": %s was printed twice", seed, all[i].printed);
	}
}

/* What was said to be committed is there, as it was said, and what was not is not. */
static void
expect_what_was_reported(const struct play *play, struct opened *all, size_t count)
{
	size_t fates[3] = { 0 };

	qsort(all, count, sizeof(*all), compare_streams);
	for (size_t i = 0; i < play->report_count; i++) {
		const struct report *report = &play->reports[i];
		struct opened wanted = { .stream = report->stream };
		const struct opened *found =
		    bsearch(&wanted, all, count, sizeof(*all), compare_streams);

		fates[report->fate]++;
		if (report->fate == COMMITTED && found == NULL)
			fail_msg("seed %" PRIu64 ": number %" PRId64 " was given and is lost", seed,
			    report->number);
		if (report->fate == UNDONE && found != NULL)
			fail_msg("seed %" PRIu64 ": %s was said not to have been given", seed,
			    found->printed);
		if (found != NULL &&
		    (found->number != report->number || found->noc != report->noc ||
			found->osp != report->osp || found->type != report->type))
			fail_msg("seed %" PRIu64 ": %s was given, and another kept", seed,
			    found->printed);
	}
	printf("job numbers: %zu committed, %zu undone, %zu uncertain; %d connections broken, "
	       "%d processes killed\n",
	    fates[COMMITTED], fates[UNDONE], fates[UNKNOWN], play->breaks, play->kills);
	assert_true(fates[UNDONE] > 0);
}

static void
numbers_have_no_gap_and_no_repeat_whoever_dies(void **state)
{
	struct play play = { .world = *state, .random = seed };
	struct opened *all;
	size_t count;

	play.reports = calloc(REPORTS_MAX, sizeof(*play.reports));
	assert_non_null(play.reports);
	assert_int_equal(pipe(play.pipe), 0);
	assert_int_equal(fcntl(play.pipe[0], F_SETFL, O_NONBLOCK), 0);
	make_trouble(&play);
	(void)close(play.pipe[0]);
	(void)close(play.pipe[1]);
	all = read_log(&count);
	assert_true(count >= COMMITS_WANTED);
	expect_no_gap_and_no_repeat(all, count);
	expect_no_twins_in_print(all, count);
	expect_what_was_reported(&play, all, count);
	free(all);
	free(play.reports);
}

static void
nobody_takes_a_number_of_two_others(void **state)
{
	struct world *world = *state;
	int64_t number;
	struct err *err;

	for (int i = 0; i < 2; i++) {
		OK(store_begin(world->stranger, world->arena, world->stranger_id));
		err = store_take_job_number(world->stranger, world->arena, world->noc_id,
		    world->osp_id, JOB_TYPE_CMR, &number);
		assert_non_null(err);
		store_rollback(world->stranger);
		/* The second time there is one to take. */
		OK(store_begin(world->noc, world->arena, world->noc_id));
		OK(store_take_job_number(
		    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_CMR, &number));
		OK(store_commit(world->noc, world->arena));
		assert_int_equal(number, i + 1);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(numbers_have_no_gap_and_no_repeat_whoever_dies),
		WORLD_TEST(nobody_takes_a_number_of_two_others),
	};
	const char *given = getenv("STRIKE_SEED");
	int64_t number = 0;
	int skipped, failed;

	if (argc == 7 && strcmp(argv[1], "--worker") == 0)
		return worker_main(argv);
	if (given != NULL && !str_parse_i64(str_from_z(given), &number)) {
		fprintf(stderr, "STRIKE_SEED=%s is no number\n", given);
		return 64;
	}
	if (given == NULL && getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return 1;
	seed = (uint64_t)number & INT64_MAX;
	printf("job numbers: STRIKE_SEED=%" PRIu64 "\n", seed);
	skipped = world_store_prepare();
	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("job numbers", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
