#include "domain/ringdown/ringdown_deciding.h"

void
deciding_begin(struct deciding *d, const struct ringdown *r, struct outcome *ret)
{
	d->r = *r;
	d->before = r;
	d->ret = ret;
	d->planned = ret->now;
}

void
deciding_record(struct deciding *d, struct eco_event event)
{
	struct eco_event *recorded = outcome_event(d->ret, event.type);

	event.at = recorded->at;
	*recorded = event;
	ringdown_evolve(&d->r, recorded);
}

/* Set ${kind} for ${due}, or forget it at 0, where it was set for ${before}. */
static void
change_timer(struct deciding *d, enum timer_kind kind, struct instant before, struct instant due)
{
	if (due.us == before.us)
		return;
	if (due.us == 0)
		outcome_clear_timer(d->ret, kind);
	else
		outcome_set_timer(d->ret, kind, due);
}

void
deciding_end(struct deciding *d)
{
	ringdown_advance(d);
	change_timer(
	    d, TIMER_ATTEMPT, ringdown_attempts_due(d->before), ringdown_attempts_due(&d->r));
	change_timer(
	    d, TIMER_PAGER_RETRY, ringdown_retry_due(d->before), ringdown_retry_due(&d->r));
	change_timer(
	    d, TIMER_ARRIVAL, ringdown_arrival_due(d->before), ringdown_arrival_due(&d->r));
}

void
deciding_miss(struct deciding *d, int64_t attempt, enum page_miss reason, struct str detail)
{
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_NOT_REACHED,
			       .page_not_reached = { attempt, reason, detail } });
}

void
deciding_hang_up(struct deciding *d, const struct ringdown_attempt *attempt)
{
	if (attempt->channel != PAGE_CHANNEL_VOICE || str_empty(attempt->provider_id))
		return;
	outcome_effect(d->ret, (struct effect){ .type = EFFECT_HANG_UP,
				   .number = attempt->number,
				   .provider_id = attempt->provider_id });
}

void
deciding_hang_up_all(struct deciding *d)
{
	for (int64_t at = ringdown_next_awaited(&d->r, 0); at != 0;
	     at = ringdown_next_awaited(&d->r, at)) {
		deciding_hang_up(d, ringdown_find(&d->r, at));
	}
}

int64_t
deciding_attempt(struct deciding *d, size_t person, enum page_channel channel,
    const struct roster_contact *contact, struct duration patience)
{
	const struct roster_person *who = &d->r.plan.people[person];
	int64_t number = d->r.attempt + 1;

	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_ATTEMPTED,
			       .page_attempted = {
				   .attempt = number,
				   .loop = d->r.loop,
				   .step = who->step,
				   .contact = ringdown_contact_number(&d->r, person),
				   .person = who->id,
				   .channel = channel,
				   .via = contact == NULL ? UUID_NIL : contact->id,
				   .planned = d->planned,
				   .deadline = instant_plus(d->ret->now, patience),
			       } });
	return number;
}

/* The calls of whom is needed no more.  Who is talking to us on another line is not cut off. */
static void
hang_up_others(struct deciding *d, const struct ringdown_attempt *accepted)
{
	for (int64_t at = ringdown_next_awaited(&d->r, 0); at != 0;
	     at = ringdown_next_awaited(&d->r, at)) {
		const struct ringdown_attempt *other = ringdown_find(&d->r, at);
		bool talks = other->person == accepted->person && other->phase != RINGDOWN_CALLING;

		if (at != accepted->number && !talks)
			deciding_hang_up(d, other);
	}
}

void
deciding_accept(struct deciding *d, int64_t attempt, int64_t eta_minutes)
{
	const struct ringdown_attempt *accepted = ringdown_find(&d->r, attempt);
	struct uuid before = d->r.accepted_person;
	int64_t before_attempt = d->r.accepted_attempt;
	const struct roster_person *person;

	CHECK(accepted != NULL && accepted->person > 0);
	person = &d->r.plan.people[accepted->person - 1];
	hang_up_others(d, accepted);
	deciding_record(
	    d, (struct eco_event){ .type = ECO_EVENT_PAGE_ACCEPTED,
		   .page_accepted = {
		       .attempt = attempt,
		       .contact = ringdown_contact_number(&d->r, (size_t)accepted->person - 1),
		       .person = person->id,
		       .eta_minutes = eta_minutes,
		   } });
	/* Whoever had it before has been told that others are rung. */
	if (before_attempt != 0 && !uuid_equal(before, person->id))
		outcome_effect(
		    d->ret, (struct effect){ .type = EFFECT_TELL_TAKEN, .number = before_attempt });
}

void
deciding_call_over(struct deciding *d, int64_t attempt, enum page_miss reason, struct str detail)
{
	if (ringdown_phase(&d->r, attempt) == RINGDOWN_ASKED_ETA)
		deciding_accept(d, attempt, 0);
	else
		deciding_miss(d, attempt, reason, detail);
}

void
deciding_resume(struct deciding *d, enum pager_resume reason)
{
	int64_t attempt = d->r.accepted_attempt;

	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGER_RESUMED,
			       .pager_resumed = { attempt, reason } });
	ringdown_advance(d);
	if (reason == PAGER_RESUME_NOT_SEEN && d->r.state == DISPATCH_RINGING)
		outcome_effect(
		    d->ret, (struct effect){ .type = EFFECT_TELL_RESUMED, .number = attempt });
}
