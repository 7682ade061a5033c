#include "history/history_worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "store/pg/pg_internal.h"

#define WORKER_ARENA_BYTES (64u << 20)
#define CONNECT_AGAIN_US   20000
#define LINE_MAX_BYTES     512

static volatile sig_atomic_t stops;

static void
stop(int signal)
{
	(void)signal;
	stops = 1;
}

bool
worker_stops(void)
{
	return stops != 0;
}

/* SplitMix64: small, and any seed is good. */
uint64_t
worker_random(struct worker *worker, uint64_t below)
{
	uint64_t mixed = worker->random += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
	return (mixed ^ (mixed >> 31)) % below;
}

void
worker_may_die(struct worker *worker, uint64_t in)
{
	if (worker_random(worker, in) == 0)
		(void)raise(SIGKILL);
}

/* One write a line: what is written stays, however the process ends. */
void
worker_line(struct worker *worker, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	size_t length;
	va_list args;

	va_start(args, format);
	length = buf_format(text, sizeof(text) - 2, format, args);
	va_end(args);
	if (length > sizeof(text) - 2)
		length = sizeof(text) - 2;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			text[i] = ' ';
	}
	text[length] = '\n';
	CHECK(write(worker->file, text, length + 1) == (ssize_t)length + 1);
}

void
worker_fault(struct worker *worker, const char *op, const struct err *err)
{
	char text[300];
	struct buf buf = buf_over(text, sizeof(text));

	err_format(err, &buf);
	worker_line(worker, "fault %s %.*s %.*s", op, STR_ARG(err_kind_name(err->kind)),
	    STR_ARG(buf_view(&buf)));
}

void
worker_rest(struct worker *worker, uint64_t us)
{
	(void)usleep((useconds_t)worker_random(worker, us));
}

bool
worker_raw(struct worker *worker, const char *sql)
{
	return worker_number(worker, sql, INT64_MIN) != INT64_MIN;
}

int64_t
worker_number(struct worker *worker, const char *sql, int64_t otherwise)
{
	PGconn *conn =
	    worker->conn != NULL ? worker->conn : ((struct pg_session *)worker->session)->conn;
	PGresult *result = conn == NULL ? NULL : PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);
	int64_t number = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		number = otherwise;
	else if (status == PGRES_TUPLES_OK && PQntuples(result) > 0 &&
		 !str_parse_i64(str_from_z(PQgetvalue(result, 0, 0)), &number))
		number = 0;
	PQclear(result);
	return number;
}

struct uuid
history_noc(void)
{
	return uuid_from_name(STR("a carrier"));
}

struct uuid
history_osp(void)
{
	return uuid_from_name(STR("a contractor"));
}

struct uuid
history_stream_id(uint64_t index)
{
	char text[32];
	struct buf buf = buf_over(text, sizeof(text));

	buf_printf(&buf, "stream %llu", (unsigned long long)index);
	return uuid_from_name(buf_view(&buf));
}

/* ---- a life ---- */

static enum store_role
role_of(const struct worker *worker)
{
	return worker->letter == 'v' || worker->letter == 'z' ? STORE_API : STORE_WORKER;
}

/* Open what the worker works with, as often as it takes; false when it is to stop. */
static bool
connect_worker(struct worker *worker)
{
	bool alone = strchr("qxtld", worker->letter) != NULL;

	for (; !worker_stops(); (void)usleep(CONNECT_AGAIN_US)) {
		struct arena_mark mark = arena_mark(worker->arena);

		if (alone) {
			PQfinish(worker->conn);
			worker->conn = PQconnectdb(worker->conninfo);
			if (PQstatus(worker->conn) == CONNECTION_OK)
				return true;
			continue;
		}
		if (worker->store == NULL &&
		    store_pg_open(worker->arena, worker->conninfo, &worker->store) != NULL) {
			worker->store = NULL;
			arena_release(worker->arena, mark);
			continue;
		}
		if (store_session_open(
			worker->store, worker->arena, role_of(worker), &worker->session) == NULL) {
			if (worker->letter == 'z')
				store_act_for(
				    worker->session, uuid_from_name(STR("somebody else")));
			else if (worker->letter == 'v')
				store_act_for(worker->session, history_noc());
			return true;
		}
		worker->session = NULL;
		arena_release(worker->arena, mark);
	}
	return false;
}

static void
work(struct worker *worker)
{
	switch (worker->letter) {
	case 'a':
	case 'g':
		history_append(worker);
		break;
	case 'f':
		history_follow(worker);
		break;
	case 's':
		history_sequence(worker);
		break;
	case 'r':
		history_read(worker);
		break;
	case 'v':
		history_view(worker);
		break;
	case 'k':
		history_build(worker);
		break;
	case 'p':
		history_partition(worker);
		break;
	case 'z':
		history_be_strange(worker);
		break;
	default:
		history_be_wrong(worker);
		break;
	}
}

/* --worker LETTER INDEX LIFE SEED CONNINFO FOLDER */
int
history_worker_main(int argc, char **argv)
{
	struct worker worker = { 0 };
	int64_t index = 0, life = 0, seed = 0;
	char path[512];
	struct sigaction action = { .sa_handler = stop };

	if (argc != 8 || !str_parse_i64(str_from_z(argv[3]), &index) ||
	    !str_parse_i64(str_from_z(argv[4]), &life) ||
	    !str_parse_i64(str_from_z(argv[5]), &seed))
		return 2;
	/* Whoever started us is gone: so are we. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() == 1)
		return 2;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	worker.letter = argv[2][0];
	worker.index = (int)index;
	worker.life = (int)life;
	(void)snprintf(
	    worker.name, sizeof(worker.name), "%c%d.%d", worker.letter, worker.index, worker.life);
	worker.random = (uint64_t)seed * 1000003u + (uint64_t)worker.letter * 10007u +
			(uint64_t)index * 101u + (uint64_t)life;
	worker.conninfo = argv[6];
	(void)snprintf(path, sizeof(path), "%s/%s.history", argv[7], worker.name);
	worker.file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	CHECK(worker.file >= 0);
	worker.arena = arena_create(WORKER_ARENA_BYTES);
	if (connect_worker(&worker))
		work(&worker);
	store_session_close(worker.session);
	store_close(worker.store);
	PQfinish(worker.conn);
	arena_destroy(worker.arena);
	(void)close(worker.file);
	return 0;
}
