#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/history_run.h"
#include "history/history_worker.h"
#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/unit.h"

/*
 * pg_dump and a restore into a new cluster, where the transaction ids of the old one
 * mean nothing: what had a position keeps it, what had none gets one.
 */

#define RESTORE_BYTES (64u << 20)
#define LATE_EVENTS   3

struct restored {
	struct arena *arena;
	struct private_postgres postgres;
	struct store *store;
	struct store_session *session;
	const char *conninfo;
};

static void
open_store(struct restored *at)
{
	assert_no_fault(store_pg_open(at->arena, at->conninfo, &at->store));
	assert_no_fault(store_session_open(at->store, at->arena, STORE_WORKER, &at->session));
}

static void
close_store(struct restored *at)
{
	store_session_close(at->session);
	store_close(at->store);
}

/* A stream of its own, ${count} events from ${expected} on. */
static void
append(struct restored *at, int64_t expected, size_t count)
{
	struct store_event events[LATE_EVENTS] = { 0 };
	struct store_append append = { .stream = uuid_from_name(STR("late")),
		.expected_version = expected,
		.noc = history_noc(),
		.osp = history_osp(),
		.events = events,
		.event_count = count };
	struct store_append_result result;

	for (size_t i = 0; i < count; i++)
		events[i] =
		    (struct store_event){ .id = uuid_from_name(arena_printf(at->arena, "late %lld",
					      (long long)expected + (long long)i)),
			    .type = STR("NoteAdded"),
			    .schema_version = 1,
			    .actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("restore") },
			    .payload = STR("{\"op\":\"late\"}") };
	assert_no_fault(store_append(at->session, at->arena, &append, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

static int64_t
sequence(struct restored *at)
{
	int64_t head;
	size_t count;
	bool leads;

	do {
		assert_no_fault(store_sequence(at->session, at->arena, &head, &leads, &count));
		assert_true(leads);
	} while (count > 0);
	return head;
}

/* How many events there are from the beginning of the log, each as its hash says. */
static int64_t
read_all(struct restored *at)
{
	int64_t position = 0;
	struct store_events events;

	do {
		struct arena_mark mark = arena_mark(at->arena);

		assert_no_fault(
		    store_read_log(at->session, at->arena, position, STORE_ROWS_MAX, &events));
		for (size_t i = 0; i < events.count; i++)
			assert_int_equal(events.at[i].position, ++position);
		arena_release(at->arena, mark);
	} while (events.count > 0);
	return position;
}

static void
dump_and_restore(const char *from, const char *to)
{
	/* The roles belong to the cluster, and are in no dump of a database. */
	static const char script[] =
	    "psql -qX -v ON_ERROR_STOP=1 -d \"$2\" -c 'CREATE ROLE strike_api NOLOGIN'"
	    " -c 'CREATE ROLE strike_worker NOLOGIN BYPASSRLS' -c 'GRANT strike_api,"
	    " strike_worker TO strike_admin' && pg_dump -d \"$1\" |"
	    " psql -qX -v ON_ERROR_STOP=1 -d \"$2\" >/dev/null";
	pid_t process = fork();
	int status = -1;

	if (process == 0) {
		(void)execl("/bin/sh", "sh", "-c", script, "sh", from, to, (char *)NULL);
		_exit(127);
	}
	assert_true(process > 0);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_int_equal(status, 0);
}

/* The same query must say the same on both sides. */
static void
same(PGconn *a, PGconn *b, const char *sql)
{
	PGresult *one = PQexec(a, sql), *other = PQexec(b, sql);

	assert_int_equal(PQresultStatus(one), PGRES_TUPLES_OK);
	assert_int_equal(PQresultStatus(other), PGRES_TUPLES_OK);
	assert_string_equal(PQgetvalue(one, 0, 0), PQgetvalue(other, 0, 0));
	PQclear(one);
	PQclear(other);
}

static void
go_on(struct restored *old, struct restored *new, int64_t head)
{
	PGconn *before = PQconnectdb(old->conninfo), *after = PQconnectdb(new->conninfo);

	open_store(new);
	assert_int_equal(sequence(new), head + LATE_EVENTS);
	/* The old one was never told to give the late ones a position. */
	same(before, after,
	    "SELECT md5(string_agg(l.position || ':' || e.event_id, ',' ORDER BY l.position))"
	    " FROM strike.log l JOIN strike.history e USING (seq)"
	    " WHERE payload <> '{\"op\":\"late\"}'");
	same(before, after,
	    "SELECT md5(string_agg(subscription || number || ':' || position, ','"
	    " ORDER BY subscription, number)) FROM strike.slot");
	append(new, LATE_EVENTS, 2);
	assert_int_equal(sequence(new), head + LATE_EVENTS + 2);
	assert_int_equal(read_all(new), head + LATE_EVENTS + 2);
	close_store(new);
	PQfinish(before);
	PQfinish(after);
}

void
history_restore(const struct run *run)
{
	struct restored old = { .arena = arena_create(RESTORE_BYTES), .conninfo = run->conninfo };
	struct restored new = { .arena = old.arena };
	struct private_postgres_options options = run->options;
	int64_t head;

	open_store(&old);
	head = sequence(&old);
	/* These have no position yet when the dump is made. */
	append(&old, 0, LATE_EVENTS);
	close_store(&old);
	options.home = arena_printf(old.arena, "%s/restored", run->folder);
	assert_no_fault(private_postgres_start(old.arena, &options, &new.postgres));
	new.conninfo = arena_copy_z(old.arena, new.postgres.conninfo);
	dump_and_restore(old.conninfo, new.conninfo);
	go_on(&old, &new, head);
	private_postgres_stop(&new.postgres);
	arena_destroy(old.arena);
}
