#include "domain/ringdown/ringdown_arrival.h"

/*
 * An acceptance is not an arrival.  Nobody seen by ETA and grace: whoever accepted is asked,
 * once for each ETA that they give; no answer: the ringing is resumed with the next people.
 */

static void
ask(struct deciding *d)
{
	struct instant deadline = instant_plus(d->ret->now, RINGDOWN_ARRIVAL_ANSWER);
	int64_t attempt = d->r.accepted_attempt;

	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_ARRIVAL_ASKED,
			       .arrival_asked = { attempt, deadline } });
	outcome_effect(d->ret, (struct effect){ .type = EFFECT_ASK_ARRIVAL, .number = attempt });
}

void
ringdown_arrival_timer(const struct ringdown *r, struct outcome *ret)
{
	struct instant due = ringdown_arrival_due(r);
	struct deciding d;

	if (due.us == 0)
		return;
	if (ret->now.us < due.us) {
		outcome_set_timer(ret, TIMER_ARRIVAL, due);
		return;
	}
	deciding_begin(&d, r, ret);
	if (r->arrival == RINGDOWN_ARRIVAL_AWAITED)
		ask(&d);
	else
		deciding_resume(&d, PAGER_RESUME_NOT_SEEN);
	deciding_end(&d);
}

bool
ringdown_is_of_crew(enum eco_event_type type)
{
	return type == ECO_EVENT_CREW_EN_ROUTE || type == ECO_EVENT_CREW_ON_SITE ||
	       type == ECO_EVENT_WORK_STARTED || type == ECO_EVENT_ETA_CHANGED;
}

/*
 * Whether what is seen of the crew ends the ringing: somebody reported on site always does; a
 * task that began only when a crew had accepted, for before nobody knows who began it.
 */
static bool
ends_ringing(const struct ringdown *r, enum eco_event_type type)
{
	if (!ringdown_is_going_on(r) || r->arrival != RINGDOWN_ARRIVAL_SEEN)
		return false;
	return type == ECO_EVENT_CREW_ON_SITE ||
	       (type == ECO_EVENT_WORK_STARTED && r->accepted_attempt != 0);
}

void
ringdown_arrival_sync(const struct ringdown *r, struct outcome *ret)
{
	struct instant due = ringdown_arrival_due(r);

	if (due.us != 0)
		outcome_set_timer(ret, TIMER_ARRIVAL, due);
	else if (r->accepted_attempt != 0)
		outcome_clear_timer(ret, TIMER_ARRIVAL);
}

void
ringdown_on_crew(const struct ringdown *r, enum eco_event_type type, struct outcome *ret)
{
	if (ends_ringing(r, type))
		ringdown_stop(r, PAGER_STOP_ON_SITE, ret);
	ringdown_arrival_sync(r, ret);
}
