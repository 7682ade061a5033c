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
 * there was something, proves nothing and changes nothing but STALE.
 */

#define RENDERSYNC_TASKS_MAX 120

/* Polls are spread over this share of their interval on either side of it. */
#define RENDERSYNC_JITTER 0.1

/* How long a failed tasking waits: 10 s, doubled each time, at most 5 minutes. */
#define RENDERSYNC_BACKOFF_FIRST SECONDS(10)
#define RENDERSYNC_BACKOFF_MAX   MINUTES(5)

/* A field system that asks us to wait longer than this is asked again anyway. */
#define RENDERSYNC_RETRY_AFTER_MAX HOURS(1)

/* A grace period that ends while the field system cannot be read is looked at again after this. */
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
	struct eco_terms terms;
	struct str subsector, task;
	int64_t tasking_attempts;
	int64_t tasking_before; /* of these, for contractors before this one */
	bool degraded;
	bool rejected; /* the NOC rejected the completion, and no task has changed since */
	bool grace_set;
	struct instant grace_until;
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

/** Tasking did not work; ${retry_after_s} is what the field system asked for, or 0. */
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

/** Whether tasking is still wanted (the field system does not have the work, and the ECO lives). */
bool rendersync_wants_task(const struct rendersync *sync);

/** Whether the ECO's tasks are still to be read. */
bool rendersync_wants_poll(const struct rendersync *sync);

/** How many of the tasks are completed. */
size_t rendersync_completed(const struct rendersync *sync);

#endif
