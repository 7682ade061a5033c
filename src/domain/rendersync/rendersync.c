#include "domain/rendersync/rendersync.h"

/* What a poll amounts to, gathered while it is compared with what was known. */
struct comparison {
	size_t changes;
	const struct rendersync_task *added; /* the first new one */
	const struct rendersync_task
	    *reopened; /* the first that was not to do (finished, or not understood) and is now */
};

static bool
is_alive(const struct rendersync *sync)
{
	return sync->status == ECO_STATUS_OPEN || sync->status == ECO_STATUS_IN_PROGRESS ||
	       sync->status == ECO_STATUS_COMPLETED;
}

bool
rendersync_wants_task(const struct rendersync *sync)
{
	return is_alive(sync) && str_empty(sync->task);
}

bool
rendersync_wants_poll(const struct rendersync *sync)
{
	return is_alive(sync) && !str_empty(sync->task);
}

/* A cancelled task holds nothing up, and proves nothing either. */
static bool
is_finished(enum task_status status)
{
	return status == TASK_STATUS_COMPLETED || status == TASK_STATUS_CANCELLED;
}

static size_t
count_completed(const struct rendersync_task *tasks, size_t count)
{
	size_t completed = 0;

	for (size_t i = 0; i < count; i++)
		completed += tasks[i].status == TASK_STATUS_COMPLETED;
	return completed;
}

size_t
rendersync_completed(const struct rendersync *sync)
{
	return count_completed(sync->tasks, sync->task_count);
}

/* At least one task is completed, and none is left to do or not understood. */
static bool
all_completed(const struct rendersync_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_finished(tasks[i].status))
			return false;
	}
	return count_completed(tasks, count) > 0;
}

static const struct rendersync_task *
find_task(const struct rendersync_task *tasks, size_t count, struct str id)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(tasks[i].id, id))
			return &tasks[i];
	}
	return NULL;
}

/* What the field system asked for, as far as we wait. */
static int64_t
patience_s(int64_t retry_after_s)
{
	int64_t most = RENDERSYNC_RETRY_AFTER_MAX.us / 1000000;

	return retry_after_s < most ? retry_after_s : most;
}

/* ${seconds}, or what the field system asked for when that is longer, from now. */
static struct instant
later(const struct outcome *outcome, int64_t seconds, int64_t retry_after_s)
{
	retry_after_s = patience_s(retry_after_s);
	return instant_plus(outcome->now,
	    (struct duration){ (seconds > retry_after_s ? seconds : retry_after_s) * 1000000 });
}

/* The next poll: often while work goes on, seldom while it is only watched. */
static void
poll_again(const struct rendersync *sync, enum eco_status status, int64_t retry_after_s,
    struct outcome *ret)
{
	int64_t seconds =
	    status == ECO_STATUS_COMPLETED ? sync->terms.poll_grace_s : sync->terms.poll_s;
	double spread = 1 + RENDERSYNC_JITTER * (2 * ret->chance - 1);
	struct instant due = later(ret, seconds, retry_after_s);

	due.us = ret->now.us + (int64_t)((double)(due.us - ret->now.us) * spread);
	if (due.us < ret->now.us + patience_s(retry_after_s) * 1000000)
		due.us = ret->now.us + patience_s(retry_after_s) * 1000000;
	outcome_set_timer(ret, TIMER_POLL, due);
}

bool
rendersync_listens_to(enum eco_event_type type)
{
	return type == ECO_EVENT_CREATED || type == ECO_EVENT_OSP_ENGAGED;
}

void
rendersync_on_event(
    const struct rendersync *sync, const struct eco_event *event, struct outcome *ret)
{
	if (!rendersync_listens_to(event->type) || !rendersync_wants_task(sync) ||
	    sync->tasking_attempts > sync->tasking_before)
		return;
	outcome_effect(ret,
	    (struct effect){ .type = EFFECT_RENDER_TASK, .number = sync->tasking_attempts + 1 });
}

void
rendersync_on_tasked(
    const struct rendersync *sync, struct str subsector, struct str task, struct outcome *ret)
{
	if (!str_empty(sync->task))
		return;
	if (str_empty(sync->subsector))
		outcome_event(ret, ECO_EVENT_RENDER_SUBSECTOR_CREATED)
		    ->subsector_created.subsector = subsector;
	outcome_event(ret, ECO_EVENT_RENDER_TASKED)->tasked =
	    (struct eco_tasked){ .subsector = subsector, .task = task };
	outcome_clear_timer(ret, TIMER_TASKING);
	if (is_alive(sync))
		poll_again(sync, sync->status, 0, ret);
}

/* 10 s after the first failure, doubled after each, at most 5 minutes. */
static int64_t
backoff_s(int64_t attempt)
{
	int64_t us = RENDERSYNC_BACKOFF_FIRST.us;

	while (attempt-- > 1 && us < RENDERSYNC_BACKOFF_MAX.us)
		us *= 2;
	return (us < RENDERSYNC_BACKOFF_MAX.us ? us : RENDERSYNC_BACKOFF_MAX.us) / 1000000;
}

void
rendersync_on_tasking_failed(const struct rendersync *sync, enum sync_fault fault,
    struct str detail, int64_t retry_after_s, struct outcome *ret)
{
	int64_t attempt = sync->tasking_attempts + 1;
	struct instant retry_at =
	    later(ret, backoff_s(attempt - sync->tasking_before), retry_after_s);

	if (!rendersync_wants_task(sync))
		return;
	outcome_event(ret, ECO_EVENT_RENDER_TASKING_FAILED)->tasking_failed =
	    (struct eco_tasking_failed){
		    .attempt = attempt, .fault = fault, .detail = detail, .retry_at = retry_at
	    };
	outcome_set_timer(ret, TIMER_TASKING, retry_at);
}

static void
observe(enum task_change change, const struct rendersync_task *task,
    const struct rendersync_task *before, size_t count, struct outcome *ret)
{
	struct eco_task_observed seen = {
		.change = change,
		.task = task->id,
		.name = task->name,
		.raw_status = task->raw_status,
		.status = task->status,
		.task_count = (int64_t)count,
	};

	if (before != NULL) {
		seen.has_before = true;
		seen.before = before->fingerprint;
	}
	if (change != TASK_CHANGE_VANISHED)
		seen.after = task->fingerprint;
	outcome_event(ret, ECO_EVENT_RENDER_TASK_OBSERVED)->task_observed = seen;
}

/* Somebody has work to do on it. */
static bool
is_to_do(enum task_status status)
{
	return status == TASK_STATUS_NOT_STARTED || status == TASK_STATUS_STARTED;
}

/*
 * One event for each task that is new, different or gone; none for the rest.  A
 * task that the list shows twice (pages overlap) counts where it stands first.
 */
static struct comparison
compare(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    struct outcome *ret)
{
	struct comparison c = { .changes = 0 };

	for (size_t i = 0; i < sync->task_count; i++) {
		if (find_task(tasks, count, sync->tasks[i].id) != NULL)
			continue;
		observe(TASK_CHANGE_VANISHED, &sync->tasks[i], &sync->tasks[i], count, ret);
		c.changes++;
	}
	for (size_t i = 0; i < count; i++) {
		const struct rendersync_task *task = &tasks[i];
		const struct rendersync_task *known =
		    find_task(sync->tasks, sync->task_count, task->id);

		if (known != NULL && sha256_equal(known->fingerprint, task->fingerprint))
			continue;
		if (find_task(tasks, i, task->id) != NULL)
			continue;
		observe(known == NULL ? TASK_CHANGE_ADDED : TASK_CHANGE_CHANGED, task, known, count,
		    ret);
		c.changes++;
		if (known == NULL && c.added == NULL)
			c.added = task;
		if (known != NULL && c.reopened == NULL && is_to_do(task->status) &&
		    !is_to_do(known->status))
			c.reopened = task;
	}
	return c;
}

/*
 * The work was reported complete, and is watched.  More tasks than before, or a
 * finished one that is open again: it was not over after all.  The two are told
 * apart by the tasks' ids, so that the timeline can say which.
 */
static bool
reactivate(const struct comparison *c, struct outcome *ret)
{
	enum reactivation cause =
	    c->added != NULL ? REACTIVATION_LATE_CLONE : REACTIVATION_TASK_REOPENED;
	const struct rendersync_task *which = c->added != NULL ? c->added : c->reopened;

	if (which == NULL)
		return false;
	outcome_event(ret, ECO_EVENT_REACTIVATED)->reactivated =
	    (struct eco_reactivated){ .cause = cause, .task = which->id };
	outcome_clear_timer(ret, TIMER_GRACE);
	return true;
}

/* The first task that somebody has begun, or NULL. */
static const struct rendersync_task *
first_started(const struct rendersync_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].status == TASK_STATUS_STARTED ||
		    tasks[i].status == TASK_STATUS_COMPLETED)
			return &tasks[i];
	}
	return NULL;
}

static void
complete(const struct rendersync *sync, size_t count, struct outcome *ret)
{
	struct instant until =
	    instant_plus(ret->now, (struct duration){ sync->terms.grace_s * 1000000 });

	outcome_event(ret, ECO_EVENT_STATUS_COMPLETED)->status_completed =
	    (struct eco_status_completed){ .task_count = (int64_t)count, .grace_until = until };
	outcome_set_timer(ret, TIMER_GRACE, until);
}

/*
 * Where the tasks show the ECO to be.  Returns the status it then has.  After the
 * NOC has rejected a completion, the same finished tasks are no news: something
 * must change first.
 */
static enum eco_status
advance(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    const struct comparison *c, struct outcome *ret)
{
	const struct rendersync_task *started = first_started(tasks, count);

	if (sync->status == ECO_STATUS_COMPLETED)
		return reactivate(c, ret) ? ECO_STATUS_IN_PROGRESS : ECO_STATUS_COMPLETED;
	if (sync->status == ECO_STATUS_OPEN && started != NULL)
		outcome_event(ret, ECO_EVENT_WORK_STARTED)->work_started.task = started->id;
	if (!all_completed(tasks, count) || (sync->rejected && c->changes == 0))
		return started != NULL ? ECO_STATUS_IN_PROGRESS : sync->status;
	complete(sync, count, ret);
	return ECO_STATUS_COMPLETED;
}

void
rendersync_on_poll(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    struct outcome *ret)
{
	struct comparison comparison;
	enum eco_status status;

	CHECK(count <= RENDERSYNC_TASKS_MAX);
	if (!rendersync_wants_poll(sync))
		return;
	/* The task that we put there ourselves must be in the list. */
	if (count == 0) {
		rendersync_on_poll_failed(sync, SYNC_FAULT_EMPTY, STR(""), 0, ret);
		return;
	}
	if (sync->degraded)
		(void)outcome_event(ret, ECO_EVENT_RENDER_SYNC_RECOVERED);
	comparison = compare(sync, tasks, count, ret);
	status = advance(sync, tasks, count, &comparison, ret);
	poll_again(sync, status, 0, ret);
}

void
rendersync_on_poll_failed(const struct rendersync *sync, enum sync_fault fault, struct str detail,
    int64_t retry_after_s, struct outcome *ret)
{
	if (!rendersync_wants_poll(sync))
		return;
	if (!sync->degraded)
		outcome_event(ret, ECO_EVENT_RENDER_SYNC_DEGRADED)->sync_degraded =
		    (struct eco_sync_degraded){ .fault = fault, .detail = detail };
	poll_again(sync, sync->status, retry_after_s, ret);
}

/*
 * The grace period is over.  "Closed" is said only when the last look was a good
 * one and showed nothing left to do; otherwise we look again a little later.
 */
static void
grace_ended(const struct rendersync *sync, struct outcome *ret)
{
	if (sync->status != ECO_STATUS_COMPLETED)
		return;
	if (ret->now.us < sync->grace_until.us) {
		outcome_set_timer(ret, TIMER_GRACE, sync->grace_until);
		return;
	}
	if (sync->degraded || !all_completed(sync->tasks, sync->task_count)) {
		outcome_set_timer(
		    ret, TIMER_GRACE, instant_plus(ret->now, RENDERSYNC_GRACE_RECHECK));
		return;
	}
	outcome_event(ret, ECO_EVENT_CLOSED)->closed.cause = CLOSE_CAUSE_GRACE_EXPIRED;
	outcome_clear_timer(ret, TIMER_POLL);
}

void
rendersync_on_timer(const struct rendersync *sync, enum timer_kind kind, struct outcome *ret)
{
	CHECK(kind == TIMER_TASKING || kind == TIMER_POLL || kind == TIMER_GRACE);

	if (kind == TIMER_TASKING && rendersync_wants_task(sync))
		outcome_effect(ret, (struct effect){ .type = EFFECT_RENDER_TASK,
					.number = sync->tasking_attempts + 1 });
	if (kind == TIMER_POLL && rendersync_wants_poll(sync))
		outcome_effect(ret, (struct effect){ .type = EFFECT_RENDER_POLL });
	if (kind == TIMER_GRACE)
		grace_ended(sync, ret);
}
