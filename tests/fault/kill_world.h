#ifndef TESTS_FAULT_KILL_WORLD_H
#define TESTS_FAULT_KILL_WORLD_H

#include <pthread.h>

#include "mock/mock.h"
#include "mock/play.h"
#include "support/killable_server.h"
#include "support/relay.h"

/*
 * kill_world: a callout that is played against the real server as a process of
 * its own, which is killed (kill -9) at chosen moments and started again at once.
 *
 *	            outbound relay
 *	 server  ------------------->  mock world
 *	    ^                              |
 *	    |        inbound relay         |
 *	    +------------------------------+
 *
 * Every request and every answer between the two passes a relay; passages are
 * counted from 1, and a kill happens while one is held there: nothing is left to
 * chance about which side knows what.  After the play the database and the mock
 * world are looked at (kill_check.c): nobody called twice, nothing lost, nothing
 * left undone.
 */

#define KILLS_MAX         16
#define KILL_FAILURES_MAX 20

enum kill_side { KILL_OUTBOUND, KILL_INBOUND };

/* When to kill. */
struct kill_moment {
	int64_t passage;     /* at the first passage with this number or above; or 0: */
	const char *request; /* at one of these: part of its first line, ... */
	enum kill_side side;
	enum relay_point point;
	int64_t skip; /* ... after so many of them */

	int64_t arrives_us; /* so long after the kill the request still goes its way; 0: never */
	int64_t delay_us;   /* not while it is held, but so much later */
};

struct kill_plan {
	struct kill_moment at[KILLS_MAX]; /* one after another */
	size_t count;
	/* Webhooks that the server did not answer are lost, not sent again. */
	bool loses_webhooks;
	/*
	 * The setting fault_points of the first server (src/bin/fault_points.h), which ends or
	 * holds itself once; NULL: it does not.  Those that follow do not have it.
	 */
	const char *fault_points;
	/* Called in place of the kill, by the thread that plays, and while a server holds itself;
	 * may be NULL. */
	void (*instead)(void *context);
	void *context;
};

struct kill_world {
	const struct kill_plan *plan;
	const char *conninfo; /* a superuser's, to a database that is planted */
	struct arena *arena, *play_arena;
	char folder[64];
	struct clock *clock;
	struct mock *mock;
	struct scenario *scenario;
	struct relay *outbound, *inbound;
	struct str server_url, mock_url;
	struct http_client *client;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct killable_server server;
	int64_t passages, matches;
	size_t done;           /* how many moments of the plan are over */
	size_t fault_points;   /* how often the server has ended or held itself: 0 or 1 */
	char **fault_variable; /* its place in the environment, the last; or NULL */
	int64_t kill_at_us;    /* a delayed kill is due then; 0: none */
	bool wants_instead;
	bool play_is_over;

	struct play_result result;
	struct err *fault; /* of the play */
	const char *failures[KILL_FAILURES_MAX];
	size_t failure_count;
};

/** Begin a world that behaves as the text ${scenario} says.  Stops the test when it cannot.
 */
void kill_world_begin(struct kill_world *world, const char *conninfo, struct str scenario,
    const struct kill_plan *plan);

/** Play to the end, killing and starting the server on the way; then wait until all is quiet. */
void kill_world_play(struct kill_world *world);

/** Look for what must not be; each thing found is a failure of ${world}. */
void kill_check(struct kill_world *world);

/** What the relays call; kill_play.c. */
bool kill_watch_outbound(void *context, const struct relay_passage *passage);
bool kill_watch_inbound(void *context, const struct relay_passage *passage);

/** Note a failure made from ${format}. */
void kill_fail(struct kill_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** GET ${base}${path}: the JSON of the answer, in the world's arena; NULL when there is none. */
const struct json *kill_world_get(struct kill_world *world, struct str base, const char *path);

/**
 * Stop the server in an orderly way and end the world.  False when there was any
 * failure; then they are printed as those of ${name}, with the server's log.
 */
NODISCARD bool kill_world_end(struct kill_world *world, const char *name);

#endif
