#include "domain/ringdown/ringdown.h"

#include "domain/ringdown/ringdown_arrival.h"
#include "domain/ringdown/ringdown_deciding.h"

void
ringdown_dispatch(const struct ringdown *r, const struct pager_list *plan, struct outcome *ret)
{
	struct deciding d;

	CHECK(ringdown_wants_first_round(r) || ringdown_may_ring_again(r));
	deciding_begin(&d, r, ret);
	d.planned = r->needed_at;
	if (r->state == DISPATCH_WAITING_RETRY)
		d.planned = r->retry_at;
	else if (r->state != DISPATCH_NOT_STARTED)
		d.planned = ret->now;
	deciding_record(&d, (struct eco_event){ .type = ECO_EVENT_PAGER_DISPATCHED,
				.pager_dispatched = { r->round + 1, plan } });
	deciding_end(&d);
}

/* Time is up for an attempt, whatever has or has not been heard of it. */
static void
time_out(struct deciding *d, const struct ringdown_attempt *attempt)
{
	bool sent = !str_empty(attempt->provider_id);
	int64_t number = attempt->number;
	enum page_miss no_word = sent ? PAGE_MISS_NO_WORD : PAGE_MISS_PROVIDER_UNAVAILABLE;

	if (attempt->channel == PAGE_CHANNEL_TEXT && sent)
		no_word = PAGE_MISS_NO_REPLY;
	switch ((enum ringdown_phase)attempt->phase) {
	case RINGDOWN_CALLING:
	case RINGDOWN_PICKED_UP:
		deciding_hang_up(d, attempt);
		deciding_miss(d, number, no_word, STR(""));
		return;
	case RINGDOWN_TALKING:
		deciding_hang_up(d, attempt);
		deciding_miss(d, number, PAGE_MISS_NO_CHOICE, STR(""));
		return;
	case RINGDOWN_IN_HAND:
		deciding_miss(d, number, PAGE_MISS_NO_REPLY, STR(""));
		return;
	case RINGDOWN_ASKED_ETA:
		deciding_accept(d, number, 0);
		return;
	case RINGDOWN_NO_CALL:
	case RINGDOWN_WAS_MISSED:
	case RINGDOWN_WAS_DECLINED:
	case RINGDOWN_WAS_ACCEPTED:
	case RINGDOWN_WAS_TOO_LATE:
	case RINGDOWN_WAS_LET_GO:
		return;
	}
	UNREACHABLE("ringdown phase");
}

/*
 * A timer may fire after the attempts were moved on: the runner delivers timers and reports
 * from different places, in no agreed order.  A late timer is therefore ordinary, and means
 * nothing.  One that comes early is set again, so that no clock that runs ahead can stop
 * the ringing.
 */
static void
attempt_timer(const struct ringdown *r, struct outcome *ret)
{
	struct instant due = ringdown_attempts_due(r), left;
	struct deciding d;

	if (r->state != DISPATCH_RINGING || r->over || due.us == 0)
		return;
	deciding_begin(&d, r, ret);
	if (due.us <= ret->now.us)
		d.planned = due;
	for (int64_t at = ringdown_next_open(&d.r, 0); at != 0; at = ringdown_next_open(&d.r, at)) {
		if (ringdown_deadline(&d.r, at).us <= ret->now.us)
			time_out(&d, ringdown_find(&d.r, at));
	}
	deciding_end(&d);
	/* The timer that fired is spent, also when the next deadline is the same moment. */
	left = ringdown_attempts_due(&d.r);
	if (left.us != 0)
		outcome_set_timer(ret, TIMER_ATTEMPT, left);
}

void
ringdown_on_timer(const struct ringdown *r, enum timer_kind kind, struct outcome *ret)
{
	CHECK(kind == TIMER_ATTEMPT || kind == TIMER_ARRIVAL);

	if (kind == TIMER_ATTEMPT)
		attempt_timer(r, ret);
	else
		ringdown_arrival_timer(r, ret);
}

bool
ringdown_listens_to(enum eco_event_type type)
{
	return type == ECO_EVENT_CREATED || type == ECO_EVENT_OSP_ENGAGED ||
	       type == ECO_EVENT_CANCELLED || type == ECO_EVENT_CLOSED ||
	       type == ECO_EVENT_STATUS_COMPLETED || ringdown_is_of_crew(type);
}

/* Why an ECO's event ends the ringing, if it does. */
static bool
stop_reason(const struct eco_event *event, enum pager_stop *ret)
{
	if (event->type == ECO_EVENT_CANCELLED)
		*ret = PAGER_STOP_ECO_CANCELLED;
	else if (event->type == ECO_EVENT_CLOSED)
		*ret = PAGER_STOP_ECO_CLOSED;
	else if (event->type == ECO_EVENT_STATUS_COMPLETED)
		*ret = PAGER_STOP_WORK_COMPLETED;
	else
		return false;
	return true;
}

/*
 * The end that we learn of was taken back meanwhile.  A timer that fired in
 * between found nobody needed and was spent: set it again; who wanted to accept was too
 * late: ring on.
 */
static void
go_on(const struct ringdown *r, struct outcome *ret)
{
	struct instant attempts, retry;
	struct deciding d;

	deciding_begin(&d, r, ret);
	deciding_end(&d);
	attempts = ringdown_attempts_due(&d.r);
	retry = ringdown_retry_due(&d.r);
	if (attempts.us != 0)
		outcome_set_timer(ret, TIMER_ATTEMPT, attempts);
	if (retry.us != 0)
		outcome_set_timer(ret, TIMER_PAGER_RETRY, retry);
}

void
ringdown_stop(const struct ringdown *r, enum pager_stop reason, struct outcome *ret)
{
	struct deciding d;

	if (!ringdown_is_going_on(r))
		return;
	deciding_begin(&d, r, ret);
	deciding_hang_up_all(&d);
	deciding_record(
	    &d, (struct eco_event){ .type = ECO_EVENT_PAGER_STOPPED, .pager_stopped = { reason } });
	deciding_end(&d);
	/* Set or spent, nothing is waited for any more. */
	outcome_clear_timer(ret, TIMER_ATTEMPT);
	outcome_clear_timer(ret, TIMER_PAGER_RETRY);
}

void
ringdown_on_event(const struct ringdown *r, const struct eco_event *event, struct outcome *ret)
{
	enum pager_stop reason;

	if (ringdown_is_of_crew(event->type))
		ringdown_on_crew(r, event->type, ret);
	if (!stop_reason(event, &reason))
		return;
	ringdown_arrival_sync(r, ret);
	/* The event may have been overtaken: what counts is whether somebody is needed now. */
	if (!r->over)
		go_on(r, ret);
	else
		ringdown_stop(r, reason, ret);
}

void
ringdown_on_alert(const struct ringdown *r, const struct ringdown_alert *alert, struct outcome *ret)
{
	if (!ringdown_wants_alert(r, alert->round))
		return;
	if (alert->sent)
		outcome_event(ret, ECO_EVENT_NOC_ALERTED)->noc_alerted =
		    (struct eco_noc_alerted){ .phone = alert->phone,
			    .provider_id = alert->provider_id };
	else
		outcome_event(ret, ECO_EVENT_NOC_ALERT_FAILED)->noc_alert_failed =
		    (struct eco_noc_alert_failed){ .phone = alert->phone, .detail = alert->detail };
}

void
ringdown_on_failover_failed(
    const struct ringdown *r, enum failover_fault fault, struct outcome *ret)
{
	if (ringdown_wants_failover(r, r->round))
		outcome_event(ret, ECO_EVENT_FAILOVER_FAILED)->failover_failed.fault = fault;
}
