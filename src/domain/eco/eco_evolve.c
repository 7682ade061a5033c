#include "domain/eco/eco.h"

static void
created(struct eco *eco, const struct eco_event *event)
{
	const struct eco_created *c = &event->created;

	*eco = (struct eco){
		.status = ECO_STATUS_OPEN,
		.noc = c->noc,
		.osp = c->osp,
		.agreement = c->agreement,
		.job_number = c->job_number,
		.job_type = c->job_type,
		.location = c->location,
		.description = c->description,
		.terms = c->terms,
		.noc_duty_phone = c->noc_duty_phone,
		.exercise = c->exercise,
		.created_at = event->at,
	};
}

/* The ECO goes on as it stands, with another contractor. */
static void
engaged(struct eco *eco, const struct eco_osp_engaged *e)
{
	eco->former_agreement = eco->agreement;
	eco->osp = e->osp;
	eco->agreement = e->agreement;
	eco->job_number = e->job_number;
	eco->terms = e->terms;
	eco->noc_duty_phone = e->noc_duty_phone;
	eco->relieved = false;
}

void
eco_evolve(struct eco *eco, const struct eco_event *event)
{
	switch (event->type) {
	case ECO_EVENT_CREATED:
		created(eco, event);
		break;
	case ECO_EVENT_WORK_STARTED:
		eco->status = ECO_STATUS_IN_PROGRESS;
		break;
	case ECO_EVENT_STATUS_COMPLETED:
		eco->status = ECO_STATUS_COMPLETED;
		eco->has_grace = true;
		eco->grace_until = event->status_completed.grace_until;
		break;
	case ECO_EVENT_REACTIVATED:
		eco->status = ECO_STATUS_IN_PROGRESS;
		eco->has_grace = false;
		break;
	case ECO_EVENT_CLOSED:
		eco->status = ECO_STATUS_CLOSED;
		eco->has_grace = false;
		break;
	case ECO_EVENT_CANCELLED:
		eco->status = ECO_STATUS_CANCELLED;
		break;
	case ECO_EVENT_OSP_RELIEVED:
		eco->relieved = true;
		break;
	case ECO_EVENT_OSP_ENGAGED:
		engaged(eco, &event->osp_engaged);
		break;
	case ECO_EVENT_RENDER_SUBSECTOR_CREATED:
	case ECO_EVENT_RENDER_TASKED:
	case ECO_EVENT_RENDER_TASKING_FAILED:
	case ECO_EVENT_RENDER_TASK_OBSERVED:
	case ECO_EVENT_RENDER_SYNC_DEGRADED:
	case ECO_EVENT_RENDER_SYNC_RECOVERED:
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
	case ECO_EVENT_PAGE_TEXT_DELIVERED:
	case ECO_EVENT_ARRIVAL_ASKED:
	case ECO_EVENT_ETA_CHANGED:
	case ECO_EVENT_PAGER_RESUMED:
	case ECO_EVENT_CREW_EN_ROUTE:
	case ECO_EVENT_CREW_ON_SITE:
	case ECO_EVENT_FAILOVER_FAILED:
		break;
	case ECO_EVENT_COUNT:
		UNREACHABLE("eco event");
	}
	eco->updated_at = event->at;
}
