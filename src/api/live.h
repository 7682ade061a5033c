#ifndef API_LIVE_H
#define API_LIVE_H

#include "api/gate.h"
#include "runtime/hub.h"

/*
 * live: subscriptions, from the log to those who listen.  For api/ only.
 *
 *	log ─▶ reader ─▶ channels ─▶ listeners ─▶ sinks (a WebSocket's operation, a stream)
 *
 * A channel is what several listeners share: the same document with the same variables
 * (but the argument `after`), asked for the same organisation in the same role.  The reader
 * follows the log with a worker's eyes and only notes for each channel how far the log
 * has gone on for it.  What is shown is then read with the eyes of the organisation, in
 * turns, one turn of a channel at a time.
 *
 * A listener has a position: it has been told everything up to there.  A turn makes the
 * responses for what lies between the position of some listeners and the end, once for all
 * of them, and whoever is further on gets what is new to it.  So one that comes back after
 * it was cut off, one that was too slow, and one that is up to date are the same case.
 *
 * A listener whose sink is full is left where it stands: nothing is kept for it.  When
 * there is room again it goes on from there.  So what changes often is told once, as it
 * stands then (ecoChanged, boardChanged); a timeline is told whole.
 *
 * What decides who may see what is read anew when the directory's log says that it changed
 * (before anything that comes later in the log is told), and every ${recheck_s}: who may
 * no longer listen, because their token has expired for example, is ended.
 */
struct live;

/* What a server that nobody has told otherwise does. */
#define LIVE_RECHECK_S  60
#define LIVE_BEHIND_MAX 100000

struct live_config {
	struct api *api;
	unsigned threads; /* that read and make responses; >= 1 */
	size_t listeners_max;
	_Atomic int64_t recheck_s; /* real seconds between two looks at who may still listen */
	int64_t behind_max;        /* positions that a board may be asked to catch up */
};

NODISCARD struct err *live_start(
    struct arena *arena, const struct live_config *config, struct live **ret);

/**
 * End every listener (LIVE_STOPPED), run the jobs that wait and those that they give, stop the
 * threads.  From then on a job that is given is not run and nobody can listen.  ${live} may be
 * NULL.
 */
void live_stop(struct live *live);

/** After live_stop(), when nobody uses it any more and every listener was cancelled. */
void live_free(struct live *live);

/* -- work on the threads of live, which have store sessions -- */

struct live_job;
typedef void (*live_job_f)(struct live_job *job, struct api_worker *worker, struct arena *arena);

/* Embedded in what is to be worked on. */
struct live_job {
	live_job_f run;
	struct live_job *next; /* live's */
};

/**
 * Have ${job} run on one of the threads; what it is part of must live until then.  False when
 * live was stopped: it will not run.
 */
bool live_do(struct live *live, struct live_job *job);

/* -- listeners -- */

struct live_listener;

enum live_end {
	LIVE_STOPPED, /* the server stops */
	LIVE_REMOVED, /* who listens may not any more */
	LIVE_FAULT,   /* it cannot go on now; again from its position */
};

/*
 * Where a listener's responses go.  Called from one thread at a time for one listener, and
 * not after live_cancel() has returned; must not block, nor call back into live (but
 * live_resume()).  The first call may come before live_subscribe() has returned.
 */
struct live_sink {
	/* One response, complete JSON; a reference is the caller's to take (hub_text_share()).
	 * False: there is no room; live_resume() says when there is. */
	bool (*next)(void *who, struct hub_text *response);
	/* It is over; the last call.  The listener is still to be given up by live_cancel(). */
	void (*end)(void *who, enum live_end why);
};

/**
 * Begin to listen, on any thread with store sessions.  ${request} was let in as ${principal};
 * its arena is not needed afterwards.  NULL with the response of a refused request in ${response}
 * when what is asked is no valid subscription, or not this principal's to ask, or there are too
 * many.
 */
NODISCARD struct err *live_subscribe(struct live *live, struct api_request *request,
    const struct gate_principal *principal, const struct graphql_request *asked,
    const struct live_sink *sink, void *who, struct buf *response, struct live_listener **ret);

/** There is room again.  From any thread, with any lock of the caller's. */
void live_resume(struct live_listener *listener);

/**
 * Listen no more: no sink is called after this.  Frees ${listener}, ended or not.  Waits for a
 * call of its sink that is under way: not from a sink, and with no lock that a sink takes.
 */
void live_cancel(struct live_listener *listener);

#endif
