#include "domain/rendersync/rendersync.h"

static struct rendersync_task *
find_task(struct rendersync *sync, struct str id)
{
	for (size_t i = 0; i < sync->task_count; i++) {
		if (str_equal(sync->tasks[i].id, id))
			return &sync->tasks[i];
	}
	return NULL;
}

/* Remember ${task} among those that are gone, in place of the oldest when there are many. */
static void
remember_gone(struct rendersync *sync, const struct rendersync_task *task)
{
	if (sync->gone_count == RENDERSYNC_GONE_MAX) {
		sync->gone_count--;
		memmove(sync->gone, sync->gone + 1, sync->gone_count * sizeof(sync->gone[0]));
	}
	sync->gone[sync->gone_count++] = sha256_of(task->id);
}

/* The task with ${id} is there (again). */
static void
forget_gone(struct rendersync *sync, struct str id)
{
	struct sha256 hash = sha256_of(id);

	for (size_t i = 0; i < sync->gone_count; i++) {
		if (!sha256_equal(sync->gone[i], hash))
			continue;
		sync->gone_count--;
		memmove(sync->gone + i, sync->gone + i + 1,
		    (sync->gone_count - i) * sizeof(sync->gone[0]));
		return;
	}
}

static void
forget_task(struct rendersync *sync, struct rendersync_task *task)
{
	size_t after = sync->task_count - (size_t)(task - sync->tasks) - 1;

	memmove(task, task + 1, after * sizeof(*task));
	sync->task_count--;
}

static void
observed(struct rendersync *sync, const struct eco_task_observed *seen)
{
	struct rendersync_task *task = find_task(sync, seen->task);

	sync->state = INTEGRATION_OK;
	if (seen->change == TASK_CHANGE_VANISHED) {
		if (task != NULL) {
			remember_gone(sync, task);
			forget_task(sync, task);
		}
		return;
	}
	sync->rejected = false;
	if (seen->change == TASK_CHANGE_ADDED)
		forget_gone(sync, seen->task);
	/* History that was imported may hold more than this program would have written. */
	if (task == NULL && sync->task_count == RENDERSYNC_TASKS_MAX)
		return;
	if (task == NULL)
		task = &sync->tasks[sync->task_count++];
	*task = (struct rendersync_task){
		.id = seen->task,
		.name = seen->name,
		.raw_status = seen->raw_status,
		.status = seen->status,
		.fingerprint = seen->after,
	};
}

static void
created(struct rendersync *sync, const struct eco_created *event)
{
	*sync = (struct rendersync){ .status = ECO_STATUS_OPEN,
		.state = INTEGRATION_PENDING,
		.exercise = event->exercise,
		.terms = event->terms };
}

static void
reactivated(struct rendersync *sync, const struct eco_reactivated *event)
{
	sync->status = ECO_STATUS_IN_PROGRESS;
	sync->grace_set = false;
	sync->rejected = event->cause == REACTIVATION_NOC_REJECTED;
}

static void
tasked(struct rendersync *sync, const struct eco_tasked *event)
{
	sync->subsector = event->subsector;
	sync->task = event->task;
	sync->state = INTEGRATION_TASKED;
	sync->refused = false;
}

/* Whether it is hopeless is seen from the failures alone: how long they have been refusals. */
static void
tasking_failed(struct rendersync *sync, const struct eco_tasking_failed *event, struct instant at)
{
	bool refused = rendersync_is_refusal(event->fault);

	if (refused && !sync->refused)
		sync->refused_since = at;
	sync->refused = refused;
	sync->tasking_attempts = event->attempt;
	sync->state =
	    refused && instant_since(at, sync->refused_since).us >= RENDERSYNC_HOPELESS_AFTER.us
		? INTEGRATION_FAILED
		: INTEGRATION_RETRYING;
}

static void
completed(struct rendersync *sync, struct instant grace_until)
{
	sync->status = ECO_STATUS_COMPLETED;
	sync->grace_set = true;
	sync->grace_until = grace_until;
}

/*
 * The next contractor's field system has nothing yet.  The attempt that succeeded at the
 * one before is counted too: every attempt has a number of its own.
 */
static void
engaged(struct rendersync *sync, const struct eco_osp_engaged *event)
{
	int64_t before = sync->tasking_attempts + 1;

	*sync = (struct rendersync){ .status = sync->status,
		.state = INTEGRATION_PENDING,
		.exercise = sync->exercise,
		.terms = event->terms,
		.tasking_attempts = before,
		.tasking_before = before };
}

/* Whether ${type} is a step of the field work, after which the next is likely to follow soon. */
static bool
is_step(enum eco_event_type type)
{
	return type == ECO_EVENT_RENDER_TASKED || type == ECO_EVENT_RENDER_TASK_OBSERVED ||
	       type == ECO_EVENT_WORK_STARTED || type == ECO_EVENT_STATUS_COMPLETED ||
	       type == ECO_EVENT_REACTIVATED;
}

static void
degraded(struct rendersync *sync, struct instant at)
{
	sync->degraded = true;
	sync->degraded_at = at;
	sync->state = INTEGRATION_STALE;
}

static void
over(struct rendersync *sync, enum eco_event_type how)
{
	sync->status = how == ECO_EVENT_CLOSED ? ECO_STATUS_CLOSED : ECO_STATUS_CANCELLED;
}

static void
recovered(struct rendersync *sync)
{
	sync->degraded = false;
	sync->state = INTEGRATION_OK;
}

static void
evolve(struct rendersync *sync, const struct eco_event *event)
{
	switch (event->type) {
	case ECO_EVENT_CREATED:
		created(sync, &event->created);
		return;
	case ECO_EVENT_OSP_ENGAGED:
		engaged(sync, &event->osp_engaged);
		return;
	case ECO_EVENT_RENDER_SUBSECTOR_CREATED:
		sync->subsector = event->subsector_created.subsector;
		return;
	case ECO_EVENT_RENDER_TASKED:
		tasked(sync, &event->tasked);
		return;
	case ECO_EVENT_RENDER_TASKING_FAILED:
		tasking_failed(sync, &event->tasking_failed, event->at);
		return;
	case ECO_EVENT_RENDER_TASK_OBSERVED:
		observed(sync, &event->task_observed);
		return;
	case ECO_EVENT_RENDER_SYNC_DEGRADED:
		degraded(sync, event->at);
		return;
	case ECO_EVENT_RENDER_SYNC_RECOVERED:
		recovered(sync);
		return;
	case ECO_EVENT_WORK_STARTED:
		sync->status = ECO_STATUS_IN_PROGRESS;
		return;
	case ECO_EVENT_STATUS_COMPLETED:
		completed(sync, event->status_completed.grace_until);
		return;
	case ECO_EVENT_REACTIVATED:
		reactivated(sync, &event->reactivated);
		return;
	case ECO_EVENT_CLOSED:
	case ECO_EVENT_CANCELLED:
		over(sync, event->type);
		return;
	case ECO_EVENT_PAGER_DISPATCHED:
	case ECO_EVENT_PAGE_ATTEMPTED:
	case ECO_EVENT_PAGE_PLACED:
	case ECO_EVENT_PAGE_ANSWERED:
	case ECO_EVENT_PAGE_DELIVERED:
	case ECO_EVENT_PAGE_ETA_ASKED:
	case ECO_EVENT_PAGE_NOT_REACHED:
	case ECO_EVENT_PAGE_ACCEPTED:
	case ECO_EVENT_PAGE_DECLINED:
	case ECO_EVENT_PAGE_ACCEPTED_TOO_LATE:
	case ECO_EVENT_PAGER_EXHAUSTED:
	case ECO_EVENT_PAGER_RETRY_SCHEDULED:
	case ECO_EVENT_PAGER_STOPPED:
	case ECO_EVENT_NOC_ALERTED:
	case ECO_EVENT_NOC_ALERT_FAILED:
	case ECO_EVENT_PAGE_TEXT_DELIVERED:
	case ECO_EVENT_ARRIVAL_ASKED:
	case ECO_EVENT_ETA_CHANGED:
	case ECO_EVENT_PAGER_RESUMED:
	case ECO_EVENT_CREW_EN_ROUTE:
	case ECO_EVENT_CREW_ON_SITE:
	case ECO_EVENT_FAILOVER_FAILED:
	case ECO_EVENT_NOTE_ADDED:
	case ECO_EVENT_OSP_RELIEVED:
		return;
	case ECO_EVENT_COUNT:
		break;
	}
	UNREACHABLE("eco event");
}

void
rendersync_evolve(struct rendersync *sync, const struct eco_event *event)
{
	evolve(sync, event);
	if (is_step(event->type))
		sync->moved_at = event->at;
}
