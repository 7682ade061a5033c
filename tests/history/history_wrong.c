#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "history/history_worker.h"

/*
 * Consumers that are wrong on purpose, beside the right ones and under the same load:
 * a check that does not find them out proves nothing.  They touch nothing of the
 * store's own; history.sql has their statements.
 */

#define DEAF_EVENTS 4000 /* enough to be found out */

static void
reconnect(struct worker *worker)
{
	if (PQstatus(worker->conn) == CONNECTION_OK)
		return;
	PQfinish(worker->conn);
	(void)usleep(20000);
	worker->conn = PQconnectdb(worker->conninfo);
}

/* Moves its mark when the effect has been committed: dies between the two, and repeats. */
static void
follow_loosely(struct worker *worker)
{
	int64_t from = worker_number(
	    worker, "SELECT position FROM history_test.mark WHERE follower = 'loose'", -1);
	char sql[200];
	int64_t to;

	if (from < 0)
		return;
	(void)snprintf(sql, sizeof(sql), "SELECT history_test.apply_log('loose', '%s', %lld, 20)",
	    worker->name, (long long)from);
	to = worker_number(worker, sql, -1);
	worker_may_die(worker, 15);
	if (to < 0)
		return;
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE history_test.mark SET position = %lld WHERE follower = 'loose'", (long long)to);
	(void)worker_raw(worker, sql);
}

/* Holds what nobody gave it: it goes on from where it was, whoever else does. */
static void
follow_deafly(struct worker *worker, int64_t *position)
{
	char sql[200];
	int64_t to;

	if (*position > DEAF_EVENTS)
		return;
	(void)snprintf(sql, sizeof(sql), "SELECT history_test.apply_log('deaf', '%s', %lld, 50)",
	    worker->name, (long long)*position);
	to = worker_number(worker, sql, -1);
	if (to >= 0)
		*position = to;
}

void
history_be_wrong(struct worker *worker)
{
	int64_t position = 0;

	while (!worker_stops()) {
		reconnect(worker);
		if (worker->letter == 'q')
			(void)worker_raw(worker, "SELECT history_test.read_by_seq()");
		else if (worker->letter == 'x')
			(void)worker_raw(worker, "SELECT history_test.read_by_xid()");
		else if (worker->letter == 't')
			(void)worker_raw(worker, "SELECT history_test.tick_by_seq()");
		else if (worker->letter == 'l')
			follow_loosely(worker);
		else
			follow_deafly(worker, &position);
		worker_rest(worker, strchr("ld", worker->letter) != NULL ? 60000 : 6000);
	}
}
