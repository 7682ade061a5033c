#include "domain/ringdown/ringdown.h"

static void
dispatched(struct ringdown *r, const struct eco_pager_dispatched *event)
{
	r->state = DISPATCH_RINGING;
	r->plan = *event->plan;
	r->round = event->round;
	r->round_attempt = r->attempt + 1;
	r->alerted = false;
}

static void
attempted(struct ringdown *r, const struct eco_page_attempted *event)
{
	r->attempt = event->attempt;
	r->loop = event->loop;
	r->contact = event->contact;
	r->phase = RINGDOWN_CALLING;
	r->provider_id = STR("");
	r->deadline = event->deadline;
}

/* The first call of the last attempt is the one that counts; any other is ended. */
static void
placed(struct ringdown *r, const struct eco_page_placed *event)
{
	if (event->attempt == r->attempt && str_empty(r->provider_id))
		r->provider_id = event->provider_id;
	r->calls[r->calls_noted++ % RINGDOWN_CALLS_KEPT] = event->provider_id;
}

/* News of an attempt that is not the last one no longer moves anything. */
static void
progressed(struct ringdown *r, const struct eco_page_progress *event, enum ringdown_phase phase)
{
	if (event->attempt != r->attempt)
		return;
	r->phase = phase;
	r->deadline = event->deadline;
}

static void
accepted(struct ringdown *r, const struct eco_event *event)
{
	r->state = DISPATCH_ACCEPTED;
	r->accepted_attempt = event->page_accepted.attempt;
	r->accepted_contact = event->page_accepted.contact;
	r->accepted_person = event->page_accepted.person;
	r->eta_minutes = event->page_accepted.eta_minutes;
	r->accepted_at = event->at;
	r->phase = RINGDOWN_NO_CALL;
}

static void
ended(struct ringdown *r, int64_t attempt)
{
	if (attempt == r->attempt)
		r->phase = RINGDOWN_NO_CALL;
}

/* A decline without a reason may be followed by one. */
static void
declined(struct ringdown *r, const struct eco_page_declined *event)
{
	ended(r, event->attempt);
	r->declined_attempt = event->reason == 0 ? event->attempt : 0;
}

static void
retry_scheduled(struct ringdown *r, struct instant at)
{
	r->state = DISPATCH_WAITING_RETRY;
	r->retry_at = at;
}

static void
stopped(struct ringdown *r)
{
	r->state = DISPATCH_STOPPED;
	r->phase = RINGDOWN_NO_CALL;
}

/* Nothing has been rung at the next contractor; the numbers of what was go on. */
static void
engaged(struct ringdown *r, const struct eco_osp_engaged *event)
{
	struct ringdown before = *r;

	*r = (struct ringdown){
		.terms = event->terms,
		.round = before.round,
		.attempt = before.attempt,
		.round_attempt = before.attempt + 1,
		.rounds_before = before.round,
		.attempts_before = before.attempt,
		.calls_noted = before.calls_noted,
		.over = before.over,
	};
	memcpy(r->calls, before.calls, sizeof(r->calls));
}

void
ringdown_evolve(struct ringdown *r, const struct eco_event *event)
{
	switch (event->type) {
	case ECO_EVENT_CREATED:
		*r = (struct ringdown){ .terms = event->created.terms };
		return;
	case ECO_EVENT_OSP_ENGAGED:
		engaged(r, &event->osp_engaged);
		return;
	case ECO_EVENT_PAGER_DISPATCHED:
		dispatched(r, &event->pager_dispatched);
		return;
	case ECO_EVENT_PAGE_ATTEMPTED:
		attempted(r, &event->page_attempted);
		return;
	case ECO_EVENT_PAGE_PLACED:
		placed(r, &event->page_placed);
		return;
	case ECO_EVENT_PAGE_ANSWERED:
		progressed(r, &event->page_answered, RINGDOWN_PICKED_UP);
		return;
	case ECO_EVENT_PAGE_DELIVERED:
		progressed(r, &event->page_delivered, RINGDOWN_TALKING);
		return;
	case ECO_EVENT_PAGE_ETA_ASKED:
		progressed(r, &event->page_eta_asked, RINGDOWN_ASKED_ETA);
		return;
	case ECO_EVENT_PAGE_NOT_REACHED:
		ended(r, event->page_not_reached.attempt);
		return;
	case ECO_EVENT_PAGE_DECLINED:
		declined(r, &event->page_declined);
		return;
	case ECO_EVENT_PAGE_ACCEPTED:
		accepted(r, event);
		return;
	case ECO_EVENT_PAGER_EXHAUSTED:
		r->state = DISPATCH_EXHAUSTED;
		return;
	case ECO_EVENT_PAGER_RETRY_SCHEDULED:
		retry_scheduled(r, event->pager_retry_scheduled.at);
		return;
	case ECO_EVENT_PAGER_STOPPED:
		stopped(r);
		return;
	case ECO_EVENT_NOC_ALERTED:
	case ECO_EVENT_NOC_ALERT_FAILED:
		r->alerted = true;
		return;
	case ECO_EVENT_STATUS_COMPLETED:
	case ECO_EVENT_CLOSED:
	case ECO_EVENT_CANCELLED:
	case ECO_EVENT_REACTIVATED:
		r->over = event->type != ECO_EVENT_REACTIVATED;
		return;
	case ECO_EVENT_RENDER_SUBSECTOR_CREATED:
	case ECO_EVENT_RENDER_TASKED:
	case ECO_EVENT_RENDER_TASKING_FAILED:
	case ECO_EVENT_RENDER_TASK_OBSERVED:
	case ECO_EVENT_RENDER_SYNC_DEGRADED:
	case ECO_EVENT_RENDER_SYNC_RECOVERED:
	case ECO_EVENT_PAGE_ACCEPTED_TOO_LATE:
	case ECO_EVENT_WORK_STARTED:
	case ECO_EVENT_NOTE_ADDED:
	case ECO_EVENT_OSP_RELIEVED:
		return;
	case ECO_EVENT_COUNT:
		UNREACHABLE("eco event");
	}
}
