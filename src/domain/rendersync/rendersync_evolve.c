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
	sync->rejected = false;
	if (seen->change == TASK_CHANGE_VANISHED) {
		if (task != NULL)
			forget_task(sync, task);
		return;
	}
	/* History that was imported may hold more than this program would have written. */
	if (task == NULL && sync->task_count == RENDERSYNC_TASKS_MAX)
		return;
	if (task == NULL) {
		task = &sync->tasks[sync->task_count++];
	}
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
	*sync = (struct rendersync){
		.status = ECO_STATUS_OPEN, .state = INTEGRATION_PENDING, .terms = event->terms
	};
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
		.terms = event->terms,
		.tasking_attempts = before,
		.tasking_before = before };
}

void
rendersync_evolve(struct rendersync *sync, const struct eco_event *event)
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
		sync->state = INTEGRATION_RETRYING;
		sync->tasking_attempts = event->tasking_failed.attempt;
		return;
	case ECO_EVENT_RENDER_TASK_OBSERVED:
		observed(sync, &event->task_observed);
		return;
	case ECO_EVENT_RENDER_SYNC_DEGRADED:
		sync->degraded = true;
		sync->state = INTEGRATION_STALE;
		return;
	case ECO_EVENT_RENDER_SYNC_RECOVERED:
		sync->degraded = false;
		sync->state = INTEGRATION_OK;
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
		sync->status = ECO_STATUS_CLOSED;
		return;
	case ECO_EVENT_CANCELLED:
		sync->status = ECO_STATUS_CANCELLED;
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
	case ECO_EVENT_NOTE_ADDED:
	case ECO_EVENT_OSP_RELIEVED:
		return;
	case ECO_EVENT_COUNT:
		break;
	}
	UNREACHABLE("eco event");
}
