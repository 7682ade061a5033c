#include "domain/rendersync/rendersync.h"

/* What a poll amounts to, gathered while it is compared with what was known. */
struct comparison {
	size_t news;                            /* tasks that are new or different */
	size_t vanished;                        /* tasks that are not shown any more */
	const struct rendersync_task *added;    /* the first that was never there before */
	const struct rendersync_task *reopened; /* the first known one that is to do again */
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
	return is_alive(sync) && !sync->exercise && str_empty(sync->task);
}

bool
rendersync_wants_poll(const struct rendersync *sync)
{
	return is_alive(sync) && !sync->exercise && !str_empty(sync->task);
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

/* Nothing is left to do, and nothing is there that is not understood. */
static bool
all_finished(const struct rendersync_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_finished(tasks[i].status))
			return false;
	}
	return true;
}

/* At least one task is completed, and none is left to do or not understood. */
static bool
all_completed(const struct rendersync_task *tasks, size_t count)
{
	return all_finished(tasks, count) && count_completed(tasks, count) > 0;
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

/* Whether the task with ${id} was there before, and vanished. */
static bool
is_gone(const struct rendersync *sync, struct str id)
{
	struct sha256 hash = sha256_of(id);

	for (size_t i = 0; i < sync->gone_count; i++) {
		if (sha256_equal(sync->gone[i], hash))
			return true;
	}
	return false;
}

bool
rendersync_is_refusal(enum sync_fault fault)
{
	return fault == SYNC_FAULT_REFUSED || fault == SYNC_FAULT_MALFORMED ||
	       fault == SYNC_FAULT_TOO_MANY_TASKS;
}

/* -- when next -- */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ${us}, a tenth more or less by chance. */
static int64_t
spread(const struct outcome *outcome, int64_t us)
{
	return (int64_t)((double)us * (1 + RENDERSYNC_JITTER * (2 * outcome->chance - 1)));
}

/* ${us} from the decision on. */
static struct instant
in_us(const struct outcome *outcome, int64_t us)
{
	return instant_plus(outcome->now, (struct duration){ us });
}

/*
 * When to try again after ${pause_us}, or after ${retry_after_s} when that is longer.
 * Everybody whom the field system sent away was told the same moment: they come
 * spread over one more pause after it, and never before it.
 */
static struct instant
try_again_at(const struct outcome *outcome, int64_t pause_us, int64_t retry_after_s)
{
	int64_t asked_us = least(retry_after_s, RENDERSYNC_RETRY_AFTER_MAX.us / 1000000) * 1000000;

	if (asked_us > 0)
		asked_us += (int64_t)((double)pause_us * outcome->chance);
	return in_us(outcome, most(spread(outcome, pause_us), asked_us));
}

/* Often while something moves, seldom while nothing does or it is only watched. */
static int64_t
interval_s(const struct rendersync *sync, enum eco_status status, int64_t quiet_s)
{
	int64_t active = sync->terms.poll_s, watching = sync->terms.poll_grace_s;
	bool lively = quiet_s < RENDERSYNC_LIVELY_POLLS * active;
	bool still = quiet_s >= RENDERSYNC_STILL_POLLS * active;

	if (status == ECO_STATUS_COMPLETED)
		return lively ? least(active, watching) : watching;
	if (lively)
		return most(active / 2, 1);
	return still ? least(2 * active, most(active, watching)) : active;
}

/* The next poll after one that went well, at which the ECO is (or has come to be) ${status}. */
static void
poll_again(const struct rendersync *sync, enum eco_status status, struct outcome *ret)
{
	int64_t quiet_us = ret->event_count > 0 ? 0 : instant_since(ret->now, sync->moved_at).us;
	int64_t seconds = interval_s(sync, status, quiet_us / 1000000);

	outcome_set_timer(ret, TIMER_POLL, in_us(ret, spread(ret, seconds * 1000000)));
}

/*
 * The next poll after one that failed.  The longer it has been failing, the more
 * seldom: a quarter of that time, between the ordinary interval and five minutes.
 */
static void
poll_again_after_failure(const struct rendersync *sync, int64_t retry_after_s, struct outcome *ret)
{
	int64_t ordinary_s =
	    sync->status == ECO_STATUS_COMPLETED ? sync->terms.poll_grace_s : sync->terms.poll_s;
	int64_t failing_us = sync->degraded ? instant_since(ret->now, sync->degraded_at).us : 0;
	int64_t pause_us =
	    most(ordinary_s * 1000000, least(failing_us / 4, RENDERSYNC_FAILING_MAX.us));

	outcome_set_timer(ret, TIMER_POLL, try_again_at(ret, pause_us, retry_after_s));
}

/* The first poll: anywhere in one interval, so that a storm's ECOs do not stay together. */
static void
poll_first(const struct rendersync *sync, struct outcome *ret)
{
	int64_t us = (int64_t)((double)(sync->terms.poll_s * 1000000) * ret->chance);

	outcome_set_timer(ret, TIMER_POLL, in_us(ret, most(us, 1000000)));
}

/* -- tasking -- */

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
		poll_first(sync, ret);
}

/* 10 s after the first failure, doubled after each, at most 5 minutes. */
static int64_t
backoff_us(int64_t attempt)
{
	int64_t us = RENDERSYNC_BACKOFF_FIRST.us;

	while (attempt-- > 1 && us < RENDERSYNC_BACKOFF_MAX.us)
		us *= 2;
	return least(us, RENDERSYNC_BACKOFF_MAX.us);
}

/* Whether nothing but refusals has come for so long that trying often is of no use. */
static bool
is_hopeless(const struct rendersync *sync, enum sync_fault fault, struct instant now)
{
	return rendersync_is_refusal(fault) && sync->refused &&
	       instant_since(now, sync->refused_since).us >= RENDERSYNC_HOPELESS_AFTER.us;
}

void
rendersync_on_tasking_failed(const struct rendersync *sync, enum sync_fault fault,
    struct str detail, int64_t retry_after_s, struct outcome *ret)
{
	int64_t attempt = sync->tasking_attempts + 1;
	int64_t pause_us = is_hopeless(sync, fault, ret->now)
			       ? RENDERSYNC_HOPELESS_PAUSE.us
			       : backoff_us(attempt - sync->tasking_before);
	struct instant retry_at = try_again_at(ret, pause_us, retry_after_s);

	if (!rendersync_wants_task(sync))
		return;
	outcome_event(ret, ECO_EVENT_RENDER_TASKING_FAILED)->tasking_failed =
	    (struct eco_tasking_failed){
		    .attempt = attempt, .fault = fault, .detail = detail, .retry_at = retry_at
	    };
	outcome_set_timer(ret, TIMER_TASKING, retry_at);
}

/* -- polling -- */

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

/* Whether nothing about ${task} has changed: nor what its word means to us by now. */
static bool
is_same(const struct rendersync_task *known, const struct rendersync_task *task)
{
	return sha256_equal(known->fingerprint, task->fingerprint) && known->status == task->status;
}

/* ${task}, which was not among the known ones, is there; perhaps it was before. */
static void
compare_added(
    const struct rendersync *sync, const struct rendersync_task *task, struct comparison *c)
{
	bool is_back = is_gone(sync, task->id);

	if (!is_back && c->added == NULL)
		c->added = task;
	if (is_back && c->reopened == NULL && is_to_do(task->status))
		c->reopened = task;
}

static void
compare_vanished(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    size_t shown, struct comparison *c, struct outcome *ret)
{
	for (size_t i = 0; i < sync->task_count; i++) {
		const struct rendersync_task *known = &sync->tasks[i];

		if (find_task(tasks, count, known->id) != NULL)
			continue;
		observe(TASK_CHANGE_VANISHED, known, known, shown, ret);
		c->vanished++;
	}
}

/* How many different tasks there are. */
static size_t
count_different(const struct rendersync_task *tasks, size_t count)
{
	size_t different = 0;

	for (size_t i = 0; i < count; i++)
		different += find_task(tasks, i, tasks[i].id) == NULL;
	return different;
}

/*
 * One event for each task that is new, different or gone; none for the rest.  A
 * task that the list shows twice counts where it stands first.
 */
static struct comparison
compare(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    struct outcome *ret)
{
	size_t shown = count_different(tasks, count);
	struct comparison c = { .news = 0 };

	compare_vanished(sync, tasks, count, shown, &c, ret);
	for (size_t i = 0; i < count; i++) {
		const struct rendersync_task *task = &tasks[i];
		const struct rendersync_task *known =
		    find_task(sync->tasks, sync->task_count, task->id);

		if ((known != NULL && is_same(known, task)) ||
		    find_task(tasks, i, task->id) != NULL)
			continue;
		observe(known == NULL ? TASK_CHANGE_ADDED : TASK_CHANGE_CHANGED, task, known, shown,
		    ret);
		c.news++;
		if (known == NULL)
			compare_added(sync, task, &c);
		else if (c.reopened == NULL && is_to_do(task->status) && !is_to_do(known->status))
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
 * A look at an ECO that was reported complete.  Returns the status it then has.  After
 * the end of the grace period a look that shows nothing left to do closes it, unless
 * something vanished from it: then the next look must say the same.
 */
static enum eco_status
watch(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    const struct comparison *c, struct outcome *ret)
{
	if (reactivate(c, ret))
		return ECO_STATUS_IN_PROGRESS;
	if (ret->now.us < sync->grace_until.us || c->vanished > 0 || !all_finished(tasks, count))
		return ECO_STATUS_COMPLETED;
	outcome_event(ret, ECO_EVENT_CLOSED)->closed.cause = CLOSE_CAUSE_GRACE_EXPIRED;
	outcome_clear_timer(ret, TIMER_GRACE);
	return ECO_STATUS_CLOSED;
}

/*
 * Where the tasks show the ECO to be.  Returns the status it then has.  Two things
 * hold a completion up though all tasks that are shown are completed: the NOC has
 * rejected it, and they are the same finished tasks as then; or a task vanished just
 * now, which may as well be a list that was read while it moved: the next look decides.
 */
static enum eco_status
advance(const struct rendersync *sync, const struct rendersync_task *tasks, size_t count,
    const struct comparison *c, struct outcome *ret)
{
	const struct rendersync_task *started = first_started(tasks, count);

	if (sync->status == ECO_STATUS_COMPLETED)
		return watch(sync, tasks, count, c, ret);
	if (sync->status == ECO_STATUS_OPEN && started != NULL)
		outcome_event(ret, ECO_EVENT_WORK_STARTED)->work_started.task = started->id;
	if (!all_completed(tasks, count) || c->vanished > 0 || (sync->rejected && c->news == 0))
		return started != NULL ? ECO_STATUS_IN_PROGRESS : sync->status;
	complete(sync, count_different(tasks, count), ret);
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
	if (status == ECO_STATUS_CLOSED)
		outcome_clear_timer(ret, TIMER_POLL);
	else
		poll_again(sync, status, ret);
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
	poll_again_after_failure(sync, retry_after_s, ret);
}

/* Ask for a look.  The moment of asking tells it from all others, and how long it has waited. */
static void
ask_for_poll(struct outcome *ret)
{
	outcome_effect(ret, (struct effect){ .type = EFFECT_RENDER_POLL, .number = ret->now.us });
}

/*
 * The grace period is over.  What was seen last may be minutes old, so "closed" is not
 * said now, but by a last look, which is asked for until there is a good one.
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
	outcome_set_timer(ret, TIMER_GRACE, instant_plus(ret->now, RENDERSYNC_GRACE_RECHECK));
	if (rendersync_wants_poll(sync))
		ask_for_poll(ret);
}

void
rendersync_on_timer(const struct rendersync *sync, enum timer_kind kind, struct outcome *ret)
{
	CHECK(kind == TIMER_TASKING || kind == TIMER_POLL || kind == TIMER_GRACE);

	if (kind == TIMER_TASKING && rendersync_wants_task(sync))
		outcome_effect(ret, (struct effect){ .type = EFFECT_RENDER_TASK,
					.number = sync->tasking_attempts + 1 });
	if (kind == TIMER_POLL && rendersync_wants_poll(sync))
		ask_for_poll(ret);
	if (kind == TIMER_GRACE)
		grace_ended(sync, ret);
}
