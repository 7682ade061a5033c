#include "domain/ringdown/ringdown_moves.h"
#include "domain/ringdown/ringdown_state.h"

/* A place for attempt ${number}: its own, or the next that nothing is awaited in. */
static struct ringdown_attempt *
take_place(struct ringdown *r, int64_t number)
{
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		struct ringdown_attempt *place =
		    &r->attempts[((size_t)number + i) % RINGDOWN_ATTEMPTS_KEPT];

		if (!ringdown_phase_is_open((enum ringdown_phase)place->phase))
			return place;
	}
	return &r->attempts[(size_t)number % RINGDOWN_ATTEMPTS_KEPT];
}

static struct ringdown_attempt *
find(struct ringdown *r, int64_t number)
{
	return (struct ringdown_attempt *)(uintptr_t)ringdown_find(r, number);
}

static void
move(struct ringdown_attempt *attempt, enum eco_event_type type)
{
	if (attempt != NULL)
		attempt->phase =
		    (uint8_t)ringdown_next_phase((enum ringdown_phase)attempt->phase, type);
}

/* Whatever ends the looking for somebody ends all that is open. */
static void
let_go(struct ringdown *r)
{
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		struct ringdown_attempt *attempt = &r->attempts[i];

		if (ringdown_phase_is_open((enum ringdown_phase)attempt->phase))
			attempt->phase = RINGDOWN_WAS_LET_GO;
	}
}

/* Whose attempts they were, in the new plan; who is not in it is nobody's. */
static void
move_people(struct ringdown *r, const struct pager_list *plan)
{
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		struct ringdown_attempt *attempt = &r->attempts[i];
		uint8_t before = attempt->person;

		attempt->person = attempt->contact = 0;
		for (size_t k = 0; before > 0 && k < plan->count; k++) {
			if (uuid_equal(r->plan.people[before - 1].id, plan->people[k].id))
				attempt->person = (uint8_t)(k + 1);
		}
	}
}

static void
dispatched(struct ringdown *r, const struct eco_pager_dispatched *event)
{
	let_go(r);
	move_people(r, event->plan);
	r->plan = *event->plan;
	memset(r->turns, 0, sizeof(r->turns));
	r->round = event->round;
	r->round_attempt = r->attempt + 1;
	r->loop = 1;
	r->step = 0;
	r->last_loop = r->terms.loops;
	r->alerted = r->failover_failed = false;
}

/* The place of ${via} among the person's contacts, from 1; when it was not written: the first. */
static uint8_t
contact_place(const struct roster_person *person, const struct eco_page_attempted *event)
{
	for (size_t i = 0; i < person->contact_count; i++) {
		const struct roster_contact *contact = &person->contacts[i];

		if (contact->channel == event->channel && uuid_equal(contact->id, event->via))
			return (uint8_t)(i + 1);
	}
	return 0;
}

/* The first attempt of another step or loop begins everybody's turn anew. */
static void
begin_turns(struct ringdown *r, int64_t loop, int64_t step)
{
	if (r->loop == loop && r->step == step)
		return;
	r->loop = loop;
	r->step = step;
	for (size_t i = 0; i < ROSTER_PEOPLE_MAX; i++)
		r->turns[i].calls = 0;
}

static void
note_deadline(struct ringdown *r, struct instant deadline)
{
	if (r->deadline.us < deadline.us)
		r->deadline = deadline;
}

static void
attempted(struct ringdown *r, const struct eco_page_attempted *event)
{
	struct ringdown_attempt *attempt = take_place(r, event->attempt);
	bool ours = event->channel == PAGE_CHANNEL_VOICE || event->channel == PAGE_CHANNEL_TEXT;
	size_t person;

	*attempt = (struct ringdown_attempt){
		.number = event->attempt,
		.deadline = event->deadline,
		.channel = (uint8_t)event->channel,
	};
	move(attempt, ECO_EVENT_PAGE_ATTEMPTED);
	r->attempt = event->attempt;
	note_deadline(r, event->deadline);
	if (!ringdown_find_person(r, event->person, &person))
		return;
	attempt->person = (uint8_t)(person + 1);
	if (!ours)
		return;
	attempt->contact = contact_place(&r->plan.people[person], event);
	begin_turns(r, event->loop, r->plan.people[person].step);
	if (event->channel == PAGE_CHANNEL_VOICE)
		r->turns[person].calls++;
}

/* The first call of an attempt is the one that counts; any other is ended. */
static void
placed(struct ringdown *r, const struct eco_page_placed *event)
{
	struct ringdown_attempt *attempt = find(r, event->attempt);

	if (attempt != NULL && str_empty(attempt->provider_id) &&
	    ringdown_phase_is_open((enum ringdown_phase)attempt->phase))
		attempt->provider_id = event->provider_id;
	r->calls[r->calls_noted++ % RINGDOWN_CALLS_KEPT] = event->provider_id;
}

/* News of an attempt that is over no longer moves anything. */
static void
progressed(struct ringdown *r, const struct eco_page_progress *event, enum eco_event_type type)
{
	struct ringdown_attempt *attempt = find(r, event->attempt);

	if (attempt == NULL || !ringdown_phase_is_open((enum ringdown_phase)attempt->phase))
		return;
	move(attempt, type);
	attempt->deadline = event->deadline;
	note_deadline(r, event->deadline);
}

/* When they must be seen: ${minutes} from ${since}, or as the agreement says when they gave none.
 */
static void
expect(struct ringdown *r, struct instant since, int64_t minutes)
{
	int64_t patience_s = minutes > 0 ? minutes * 60 : r->terms.arrival_s;

	r->eta_minutes = minutes;
	r->expected_at = instant_plus(since, (struct duration){ patience_s * 1000000 });
	r->arrival_due =
	    instant_plus(r->expected_at, (struct duration){ r->terms.arrival_grace_s * 1000000 });
}

static void
accepted(struct ringdown *r, const struct eco_event *event)
{
	move(find(r, event->page_accepted.attempt), event->type);
	let_go(r);
	r->accepted_attempt = event->page_accepted.attempt;
	r->accepted_contact = event->page_accepted.contact;
	r->accepted_person = event->page_accepted.person;
	r->accepted_at = event->at;
	expect(r, event->at, event->page_accepted.eta_minutes);
}

/* Who declines is out for this round.  A decline without a reason may be followed by one. */
static void
declined(struct ringdown *r, const struct eco_page_declined *event)
{
	struct ringdown_attempt *attempt = find(r, event->attempt);

	move(attempt, ECO_EVENT_PAGE_DECLINED);
	if (attempt == NULL)
		return;
	attempt->explained = event->reason > 0;
	if (attempt->person > 0)
		r->turns[attempt->person - 1].left_out = true;
}

/* On with the step after theirs, and with everybody else at least once more. */
static void
resumed(struct ringdown *r)
{
	size_t person;

	if (r->last_loop < r->loop + 1)
		r->last_loop = r->loop + 1;
	r->alerted = r->failover_failed = false;
	for (size_t i = 0; i < ROSTER_PEOPLE_MAX; i++)
		r->turns[i].calls = UINT8_MAX;
	if (!ringdown_find_person(r, r->accepted_person, &person))
		return;
	r->turns[person].left_out = true;
	r->step = r->plan.people[person].step;
}

static void
created(struct ringdown *r, const struct eco_event *event)
{
	*r = (struct ringdown){
		.terms = event->created.terms,
		.exercise = event->created.exercise,
		.needed_at = event->at,
	};
}

/* Nothing has been rung at the next contractor; the numbers of what was go on. */
static void
engaged(struct ringdown *r, const struct eco_event *event)
{
	struct ringdown before = *r;

	*r = (struct ringdown){
		.terms = event->osp_engaged.terms,
		.round = before.round,
		.attempt = before.attempt,
		.round_attempt = before.attempt + 1,
		.rounds_before = before.round,
		.attempts_before = before.attempt,
		.calls_noted = before.calls_noted,
		.needed_at = event->at,
		.over = before.over,
		.exercise = before.exercise,
	};
	memcpy(r->calls, before.calls, sizeof(r->calls));
}

/* What an event of the paging means beyond the moves. */
static void
page(struct ringdown *r, const struct eco_event *event)
{
	if (event->type == ECO_EVENT_PAGER_DISPATCHED)
		dispatched(r, &event->pager_dispatched);
	else if (event->type == ECO_EVENT_PAGE_ATTEMPTED)
		attempted(r, &event->page_attempted);
	else if (event->type == ECO_EVENT_PAGE_PLACED)
		placed(r, &event->page_placed);
	else if (event->type == ECO_EVENT_PAGE_ANSWERED)
		progressed(r, &event->page_answered, event->type);
	else if (event->type == ECO_EVENT_PAGE_DELIVERED)
		progressed(r, &event->page_delivered, event->type);
	else if (event->type == ECO_EVENT_PAGE_ETA_ASKED)
		progressed(r, &event->page_eta_asked, event->type);
	else if (event->type == ECO_EVENT_PAGE_TEXT_DELIVERED)
		move(find(r, event->page_text_delivered.attempt), event->type);
	else if (event->type == ECO_EVENT_PAGE_NOT_REACHED)
		move(find(r, event->page_not_reached.attempt), event->type);
	else if (event->type == ECO_EVENT_PAGE_DECLINED)
		declined(r, &event->page_declined);
	else if (event->type == ECO_EVENT_PAGE_ACCEPTED)
		accepted(r, event);
	else
		move(find(r, event->page_too_late.attempt), event->type);
}

/* What the crew does, and what is said of it. */
static void
follow(struct ringdown *r, const struct eco_event *event)
{
	int64_t minutes = event->type == ECO_EVENT_ETA_CHANGED ? event->eta_changed.eta_minutes
							       : event->crew_en_route.eta_minutes;

	if (event->type == ECO_EVENT_ARRIVAL_ASKED)
		r->arrival_due = event->arrival_asked.deadline;
	if (event->type == ECO_EVENT_CREW_ON_SITE)
		r->on_site_at = event->at;
	if (event->type == ECO_EVENT_CREW_EN_ROUTE)
		r->en_route_at = event->at;
	if (event->type == ECO_EVENT_ARRIVAL_ASKED || event->type == ECO_EVENT_CREW_ON_SITE)
		return;
	/* To be on the way is an answer for who is asked; to others only an ETA says something. */
	if (minutes > 0 || r->arrival == RINGDOWN_ARRIVAL_ASKED)
		expect(r, event->at, minutes);
}

void
ringdown_evolve(struct ringdown *r, const struct eco_event *event)
{
	enum ringdown_arrival arrival = r->arrival;

	r->state = ringdown_next_state(r->state, event->type);
	switch (event->type) {
	case ECO_EVENT_CREATED:
		created(r, event);
		return;
	case ECO_EVENT_OSP_ENGAGED:
		engaged(r, event);
		return;
	case ECO_EVENT_PAGER_DISPATCHED:
	case ECO_EVENT_PAGE_ATTEMPTED:
	case ECO_EVENT_PAGE_PLACED:
	case ECO_EVENT_PAGE_ANSWERED:
	case ECO_EVENT_PAGE_DELIVERED:
	case ECO_EVENT_PAGE_ETA_ASKED:
	case ECO_EVENT_PAGE_TEXT_DELIVERED:
	case ECO_EVENT_PAGE_NOT_REACHED:
	case ECO_EVENT_PAGE_DECLINED:
	case ECO_EVENT_PAGE_ACCEPTED:
	case ECO_EVENT_PAGE_ACCEPTED_TOO_LATE:
		page(r, event);
		break;
	case ECO_EVENT_PAGER_EXHAUSTED:
	case ECO_EVENT_PAGER_STOPPED:
		let_go(r);
		break;
	case ECO_EVENT_PAGER_RETRY_SCHEDULED:
		r->retry_at = event->pager_retry_scheduled.at;
		break;
	case ECO_EVENT_NOC_ALERTED:
	case ECO_EVENT_NOC_ALERT_FAILED:
		r->alerted = true;
		break;
	case ECO_EVENT_FAILOVER_FAILED:
		r->failover_failed = true;
		break;
	case ECO_EVENT_ARRIVAL_ASKED:
	case ECO_EVENT_ETA_CHANGED:
	case ECO_EVENT_CREW_EN_ROUTE:
	case ECO_EVENT_CREW_ON_SITE:
		follow(r, event);
		break;
	case ECO_EVENT_PAGER_RESUMED:
		resumed(r);
		break;
	case ECO_EVENT_STATUS_COMPLETED:
	case ECO_EVENT_CLOSED:
	case ECO_EVENT_CANCELLED:
	case ECO_EVENT_REACTIVATED:
		r->over = event->type != ECO_EVENT_REACTIVATED;
		break;
	case ECO_EVENT_WORK_STARTED:
	case ECO_EVENT_RENDER_SUBSECTOR_CREATED:
	case ECO_EVENT_RENDER_TASKED:
	case ECO_EVENT_RENDER_TASKING_FAILED:
	case ECO_EVENT_RENDER_TASK_OBSERVED:
	case ECO_EVENT_RENDER_SYNC_DEGRADED:
	case ECO_EVENT_RENDER_SYNC_RECOVERED:
	case ECO_EVENT_NOTE_ADDED:
	case ECO_EVENT_OSP_RELIEVED:
		break;
	case ECO_EVENT_COUNT:
		UNREACHABLE("eco event");
	}
	r->arrival = ringdown_next_arrival(arrival, event->type);
}
