#ifndef DOMAIN_RENDERSYNC_H
#define DOMAIN_RENDERSYNC_H

#include "domain/outcome/outcome.h"

/*
 * rendersync: keeping an ECO in step with the contractor's field tasks.
 *
 * A process manager.  It opens the work in the field system, reads the tasks on
 * a timer, and decides when the work has started, when it is reported complete,
 * when that was wrong, and when it is over for good:
 *
 *   "All current tasks are completed" is an observation, not a verdict.
 *
 *     ECO created ---> tasking --ok--> polling --all completed--> watched --grace--> closed
 *                       ^  |fails        ^                          |
 *                       +--+ back-off    +---- new or reopened task +
 *
 * A task's fingerprint (SHA-256 over its meaningful fields, made by the adapter)
 * tells a change from none.  The sync keeps ids and counts, so that a late clone
 * and a reopened task are told apart.  A poll that fails, or shows nothing where
 * there was something, proves nothing and changes nothing but STALE.  "Closed" is said
 * by a look, too: the one that is taken when the grace period is over.
 *
 * docs/design/rendersync.md has the rules of completion as a table, and the reasons.
 */

#define RENDERSYNC_TASKS_MAX 120

/* Tasks that vanished and are remembered, in case they come back: the last so many. */
#define RENDERSYNC_GONE_MAX 8

/* Polls are spread over this share of their interval on either side of it. */
#define RENDERSYNC_JITTER 0.1

/*
 * How often the tasks are read follows from two terms of the agreement, poll_s and
 * poll_grace_s.  For so many poll_s after something has moved it is lively: a crew that
 * has just begun or finished is about to do the next thing.  After so many poll_s
 * without any change the crew is on the road, asleep or waiting for parts.
 */
#define RENDERSYNC_LIVELY_POLLS 10
#define RENDERSYNC_STILL_POLLS  120

/* How long a failed tasking waits: 10 s, doubled each time, at most 5 minutes. */
#define RENDERSYNC_BACKOFF_FIRST SECONDS(10)
#define RENDERSYNC_BACKOFF_MAX   MINUTES(5)

/* Refused without a break for this long, tasking is FAILED, and only tried so often. */
#define RENDERSYNC_HOPELESS_AFTER MINUTES(30)
#define RENDERSYNC_HOPELESS_PAUSE MINUTES(15)

/* Polls that fail come more and more seldom, down to this (or to the ordinary interval). */
#define RENDERSYNC_FAILING_MAX MINUTES(5)

/* A field system that asks us to wait longer than this is asked again anyway. */
#define RENDERSYNC_RETRY_AFTER_MAX HOURS(1)

/* The last look, with which a grace period ends, is asked for again after this. */
#define RENDERSYNC_GRACE_RECHECK MINUTES(5)

/* A task as a poll shows it. */
struct rendersync_task {
	struct str id, name, raw_status;
	enum task_status status;
	struct sha256 fingerprint;
};

struct rendersync {
	enum eco_status
	    status; /* as eco.h has it; folded here because completion is decided here */
	enum integration_state state;
	bool exercise; /* a drill: the field system never hears of it */
	struct eco_terms terms;
	struct str subsector, task;
	int64_t tasking_attempts;
	int64_t tasking_before; /* of these, for contractors before this one */
	bool refused;           /* the last tasking failed by what only a person can mend ... */
	struct instant refused_since; /* ... and so did all others since then */
	struct instant moved_at;      /* when a task, or the ECO by its tasks, last changed */
	bool degraded;
	struct instant degraded_at; /* when the polls began to fail */
	bool rejected; /* the NOC rejected the completion, and no task has changed since */
	bool grace_set;
	struct instant grace_until;
	struct sha256
	    gone[RENDERSYNC_GONE_MAX]; /* of the ids of those that vanished, oldest first */
	size_t gone_count;
	struct rendersync_task tasks[RENDERSYNC_TASKS_MAX]; /* those that are there */
	size_t task_count;
};

/** Apply ${event} to ${sync}, whose zero value is "nothing has happened". */
void rendersync_evolve(struct rendersync *sync, const struct eco_event *event);

/** Whether anything may follow from an event of ${type}. */
bool rendersync_listens_to(enum eco_event_type type);

/** The ECO's history has just gained ${event}: what is to be done about it. */
void rendersync_on_event(
    const struct rendersync *sync, const struct eco_event *event, struct outcome *ret);

/** The subsector and the task exist in the field system. */
void rendersync_on_tasked(
    const struct rendersync *sync, struct str subsector, struct str task, struct outcome *ret);

/**
 * Tasking did not work; ${retry_after_s} is what the field system asked for, or 0.  It is
 * tried again and again, however hopeless (INTEGRATION_FAILED) it looks.
 */
void rendersync_on_tasking_failed(const struct rendersync *sync, enum sync_fault fault,
    struct str detail, int64_t retry_after_s, struct outcome *ret);

/** A poll read ${count} tasks. */
void rendersync_on_poll(const struct rendersync *sync, const struct rendersync_task *tasks,
    size_t count, struct outcome *ret);

/** A poll failed. */
void rendersync_on_poll_failed(const struct rendersync *sync, enum sync_fault fault,
    struct str detail, int64_t retry_after_s, struct outcome *ret);

/** The timer ${kind} (TASKING, POLL or GRACE) is due.  A timer that has lost its meaning does
 * nothing. */
void rendersync_on_timer(const struct rendersync *sync, enum timer_kind kind, struct outcome *ret);

/** Whether ${fault} is one that does not go away by itself: a person must mend something. */
bool rendersync_is_refusal(enum sync_fault fault);

/** Whether tasking is still wanted (the field system does not have the work, and the ECO lives and
 * is no drill). */
bool rendersync_wants_task(const struct rendersync *sync);

/** Whether the ECO's tasks are still to be read. */
bool rendersync_wants_poll(const struct rendersync *sync);

/** How many of the tasks are completed. */
size_t rendersync_completed(const struct rendersync *sync);

#endif
