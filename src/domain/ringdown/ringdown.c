#include "domain/ringdown/ringdown.h"

static void next_attempt(const struct ringdown *, struct outcome *);

size_t
ringdown_contacts(const struct ringdown *r)
{
	return roster_reachable(&r->plan);
}

/* The ${contact}-th person, from 1, of those who can be rung. */
static const struct roster_person *
person_at(const struct pager_list *plan, int64_t contact)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->people[i].skip == ROSTER_RINGS && --contact == 0)
			return &plan->people[i];
	}
	return NULL;
}

/* Which contact ${attempt} rang: the list is gone through in order, again and again. */
static int64_t
contact_of(const struct ringdown *r, int64_t attempt)
{
	int64_t contacts = (int64_t)ringdown_contacts(r);

	if (contacts == 0 || attempt < r->round_attempt || attempt > r->attempt)
		return 0;
	return (attempt - r->round_attempt) % contacts + 1;
}

const struct roster_person *
ringdown_person(const struct ringdown *r, int64_t attempt)
{
	int64_t contact = contact_of(r, attempt);

	return contact == 0 ? NULL : person_at(&r->plan, contact);
}

bool
ringdown_wants_first_round(const struct ringdown *r)
{
	return r->state == DISPATCH_NOT_STARTED && !r->over && r->terms.loops > 0;
}

bool
ringdown_wants_next_round(const struct ringdown *r)
{
	return r->state == DISPATCH_WAITING_RETRY && !r->over;
}

bool
ringdown_wants_call(const struct ringdown *r, int64_t attempt)
{
	return r->state == DISPATCH_RINGING && !r->over && attempt == r->attempt &&
	       r->phase == RINGDOWN_CALLING && str_empty(r->provider_id);
}

bool
ringdown_is_taken(const struct ringdown *r)
{
	return r->over || r->state == DISPATCH_ACCEPTED || r->state == DISPATCH_STOPPED;
}

bool
ringdown_wants_alert(const struct ringdown *r, int64_t round)
{
	return !r->alerted && r->round == round &&
	       (r->state == DISPATCH_EXHAUSTED || r->state == DISPATCH_WAITING_RETRY);
}

/* Ring ${contact} in ${loop}; the attempt gets the next number of the ECO's life. */
static void
ring(const struct ringdown *r, const struct pager_list *plan, int64_t loop, int64_t contact,
    struct outcome *ret)
{
	const struct roster_person *person = person_at(plan, contact);
	struct duration patience = { r->terms.ring_s * 1000000 + RINGDOWN_WORD_GRACE.us };
	struct instant deadline = instant_plus(ret->now, patience);

	CHECK(person != NULL);
	outcome_event(ret, ECO_EVENT_PAGE_ATTEMPTED)->page_attempted = (struct eco_page_attempted){
		.attempt = r->attempt + 1,
		.loop = loop,
		.contact = contact,
		.person = person->id,
		.deadline = deadline,
	};
	outcome_effect(ret, (struct effect){ .type = EFFECT_PLACE_CALL, .number = r->attempt + 1 });
	outcome_set_timer(ret, TIMER_ATTEMPT, deadline);
}

/*
 * Nobody accepted.  Exhaustion is loud: the NOC is told at once, and then the
 * list is rung again after the agreed pause, as often as agreed.
 */
static void
exhaust(
    const struct ringdown *r, int64_t round, int64_t loops, int64_t attempts, struct outcome *ret)
{
	struct duration pause = { r->terms.retry_after_s * 1000000 };
	struct instant again = instant_plus(ret->now, pause);

	outcome_event(ret, ECO_EVENT_PAGER_EXHAUSTED)->pager_exhausted =
	    (struct eco_pager_exhausted){ .round = round, .loops = loops, .attempts = attempts };
	outcome_effect(ret, (struct effect){ .type = EFFECT_ALERT_NOC, .number = round });
	outcome_clear_timer(ret, TIMER_ATTEMPT);
	if (round - r->rounds_before > r->terms.retries)
		return;
	outcome_event(ret, ECO_EVENT_PAGER_RETRY_SCHEDULED)->pager_retry_scheduled =
	    (struct eco_pager_retry_scheduled){ .round = round + 1, .at = again };
	outcome_set_timer(ret, TIMER_PAGER_RETRY, again);
}

void
ringdown_dispatch(const struct ringdown *r, const struct pager_list *plan, struct outcome *ret)
{
	CHECK(ringdown_wants_first_round(r) || ringdown_wants_next_round(r));

	outcome_event(ret, ECO_EVENT_PAGER_DISPATCHED)->pager_dispatched =
	    (struct eco_pager_dispatched){ .round = r->round + 1, .plan = plan };
	outcome_clear_timer(ret, TIMER_PAGER_RETRY);
	if (roster_reachable(plan) == 0)
		exhaust(r, r->round + 1, 0, 0, ret);
	else
		ring(r, plan, 1, 1, ret);
}

/* The next person of the list, or its beginning again, or the end. */
static void
next_attempt(const struct ringdown *r, struct outcome *ret)
{
	int64_t contacts = (int64_t)ringdown_contacts(r);

	if (r->contact < contacts)
		ring(r, &r->plan, r->loop, r->contact + 1, ret);
	else if (r->loop < r->terms.loops)
		ring(r, &r->plan, r->loop + 1, 1, ret);
	else
		exhaust(r, r->round, r->loop, r->attempt - r->round_attempt + 1, ret);
}

/* The attempt is over without a choice; ring on. */
static void
miss(const struct ringdown *r, enum page_miss reason, struct str detail, struct outcome *ret)
{
	outcome_event(ret, ECO_EVENT_PAGE_NOT_REACHED)->page_not_reached =
	    (struct eco_page_not_reached){
		    .attempt = r->attempt, .reason = reason, .detail = detail
	    };
	next_attempt(r, ret);
}

/* End the call of the last attempt, when there is one and the provider has named it. */
static void
hang_up(const struct ringdown *r, struct outcome *ret)
{
	if (r->phase == RINGDOWN_NO_CALL || str_empty(r->provider_id))
		return;
	outcome_effect(
	    ret, (struct effect){
		     .type = EFFECT_HANG_UP, .number = r->attempt, .provider_id = r->provider_id });
}

/* The job has somebody.  Whoever else is being rung is let go. */
static void
accept(const struct ringdown *r, int64_t attempt, int64_t eta_minutes, struct outcome *ret)
{
	int64_t contact = contact_of(r, attempt);
	const struct roster_person *person = person_at(&r->plan, contact);

	CHECK(person != NULL);
	outcome_event(ret, ECO_EVENT_PAGE_ACCEPTED)->page_accepted = (struct eco_page_accepted){
		.attempt = attempt,
		.contact = contact,
		.person = person->id,
		.eta_minutes = eta_minutes,
	};
	outcome_clear_timer(ret, TIMER_ATTEMPT);
	outcome_clear_timer(ret, TIMER_PAGER_RETRY);
	if (attempt != r->attempt)
		hang_up(r, ret);
}

/* The call of the last attempt goes on into ${type}, with more time. */
static void
progress(
    const struct ringdown *r, enum eco_event_type type, struct duration more, struct outcome *ret)
{
	struct eco_page_progress step = { .attempt = r->attempt,
		.deadline = instant_plus(ret->now, more) };
	struct eco_event *event = outcome_event(ret, type);

	if (type == ECO_EVENT_PAGE_ANSWERED)
		event->page_answered = step;
	else if (type == ECO_EVENT_PAGE_DELIVERED)
		event->page_delivered = step;
	else
		event->page_eta_asked = step;
	outcome_set_timer(ret, TIMER_ATTEMPT, step.deadline);
}

static bool
is_open(const struct ringdown *r)
{
	return r->state == DISPATCH_RINGING && !r->over && r->phase != RINGDOWN_NO_CALL;
}

/* The provider's id for the call, once, from whoever brings it first. */
static void
note_provider_id(
    const struct ringdown *r, const struct ringdown_report *report, struct outcome *ret)
{
	if (str_empty(report->provider_id) || !str_empty(r->provider_id))
		return;
	outcome_event(ret, ECO_EVENT_PAGE_PLACED)->page_placed =
	    (struct eco_page_placed){ .attempt = report->attempt,
		    .provider_id = report->provider_id };
}

/* Whether this call has been noted before: the provider tells of it again and again. */
static bool
is_noted(const struct ringdown *r, struct str provider_id)
{
	for (size_t i = 0; i < RINGDOWN_CALLS_KEPT; i++) {
		if (str_equal(r->calls[i], provider_id))
			return true;
	}
	return false;
}

/*
 * The provider took a call that nobody wants any more: it was overtaken between
 * our asking and its answer, or is a second one for the same attempt.  End it,
 * unless it is the call of the person who has accepted meanwhile.
 */
static void
placed_in_vain(const struct ringdown *r, const struct ringdown_report *report, struct outcome *ret)
{
	if (str_empty(report->provider_id) || is_noted(r, report->provider_id))
		return;
	outcome_event(ret, ECO_EVENT_PAGE_PLACED)->page_placed =
	    (struct eco_page_placed){ .attempt = report->attempt,
		    .provider_id = report->provider_id };
	if (r->state == DISPATCH_ACCEPTED && r->accepted_attempt == report->attempt)
		return;
	outcome_effect(ret, (struct effect){ .type = EFFECT_HANG_UP,
				.number = report->attempt,
				.provider_id = report->provider_id });
}

/* Whether ${report} is about another call than the one that is open for this attempt. */
static bool
is_stray(const struct ringdown *r, const struct ringdown_report *report)
{
	return !str_empty(report->provider_id) && !str_empty(r->provider_id) &&
	       !str_equal(report->provider_id, r->provider_id);
}

/* The call is over.  Who had chosen to accept has accepted, with or without an ETA. */
static void
call_over(const struct ringdown *r, enum page_miss reason, struct str detail, struct outcome *ret)
{
	if (r->phase == RINGDOWN_ASKED_ETA)
		accept(r, r->attempt, 0, ret);
	else
		miss(r, reason, detail, ret);
}

void
ringdown_on_report(
    const struct ringdown *r, const struct ringdown_report *report, struct outcome *ret)
{
	if (report->attempt != r->attempt || !is_open(r) || is_stray(r, report)) {
		if (report->news == RINGDOWN_PLACED && report->attempt <= r->attempt)
			placed_in_vain(r, report, ret);
		return;
	}
	note_provider_id(r, report, ret);

	switch (report->news) {
	case RINGDOWN_PLACED:
		return;
	case RINGDOWN_REFUSED:
		call_over(r, PAGE_MISS_CALL_REFUSED, report->detail, ret);
		return;
	case RINGDOWN_ANSWERED:
		if (r->phase == RINGDOWN_CALLING)
			progress(r, ECO_EVENT_PAGE_ANSWERED, RINGDOWN_VERDICT_MAX, ret);
		return;
	case RINGDOWN_HUMAN:
		if (r->phase == RINGDOWN_CALLING || r->phase == RINGDOWN_PICKED_UP)
			progress(r, ECO_EVENT_PAGE_DELIVERED, RINGDOWN_TALK_MAX, ret);
		return;
	case RINGDOWN_MACHINE:
		/* A machine does not choose: a verdict after a choice is wrong. */
		if (r->phase != RINGDOWN_ASKED_ETA)
			miss(r, PAGE_MISS_VOICEMAIL, report->detail, ret);
		return;
	case RINGDOWN_BUSY:
		call_over(r, PAGE_MISS_BUSY, report->detail, ret);
		return;
	case RINGDOWN_RANG_OUT:
		call_over(r, PAGE_MISS_NO_ANSWER, report->detail, ret);
		return;
	case RINGDOWN_CALL_FAILED:
		call_over(r, PAGE_MISS_CALL_FAILED, report->detail, ret);
		return;
	case RINGDOWN_ENDED:
		call_over(r, PAGE_MISS_HUNG_UP, report->detail, ret);
		return;
	}
	UNREACHABLE("ringdown news");
}

/* Somebody chose to accept what is not open any more: they are told, and it is recorded. */
static enum ringdown_reply
too_late(const struct ringdown *r, int64_t attempt, struct outcome *ret)
{
	const struct roster_person *person = ringdown_person(r, attempt);

	if (person == NULL)
		return RINGDOWN_UNKNOWN;
	outcome_event(ret, ECO_EVENT_PAGE_ACCEPTED_TOO_LATE)->page_too_late =
	    (struct eco_page_too_late){ .attempt = attempt, .person = person->id };
	return RINGDOWN_TOO_LATE;
}

/* Whether an attempt that was given up may still win: nobody has accepted, somebody is needed. */
static bool
is_winnable(const struct ringdown *r, int64_t attempt)
{
	return !r->over && r->state != DISPATCH_ACCEPTED && r->state != DISPATCH_STOPPED &&
	       r->phase != RINGDOWN_ASKED_ETA && ringdown_person(r, attempt) != NULL;
}

static enum ringdown_reply
choose_accept(const struct ringdown *r, int64_t attempt, struct outcome *ret)
{
	if (r->state == DISPATCH_ACCEPTED && r->accepted_attempt == attempt)
		return RINGDOWN_CONFIRMED;
	if (attempt == r->attempt && is_open(r)) {
		if (r->phase != RINGDOWN_ASKED_ETA)
			progress(r, ECO_EVENT_PAGE_ETA_ASKED, RINGDOWN_ETA_MAX, ret);
		return RINGDOWN_ASK_ETA;
	}
	if (!is_winnable(r, attempt))
		return too_late(r, attempt, ret);
	accept(r, attempt, 0, ret);
	return RINGDOWN_CONFIRMED;
}

/* Who says when they will be there has said that they come. */
static enum ringdown_reply
choose_eta(const struct ringdown *r, int64_t attempt, int64_t minutes, struct outcome *ret)
{
	if (r->state == DISPATCH_ACCEPTED && r->accepted_attempt == attempt)
		return RINGDOWN_CONFIRMED;
	if (!(attempt == r->attempt && is_open(r)) && !is_winnable(r, attempt))
		return too_late(r, attempt, ret);
	accept(r, attempt, minutes <= RINGDOWN_ETA_MINUTES_MAX ? minutes : 0, ret);
	return RINGDOWN_CONFIRMED;
}

/* No choice, or no minutes: who had accepted before keeps the job, without an ETA. */
static enum ringdown_reply
choose_nothing(
    const struct ringdown *r, int64_t attempt, enum page_miss reason, struct outcome *ret)
{
	if (attempt != r->attempt || !is_open(r))
		return RINGDOWN_NOTED;
	call_over(r, reason, STR(""), ret);
	return r->phase == RINGDOWN_ASKED_ETA ? RINGDOWN_CONFIRMED : RINGDOWN_NOTED;
}

/*
 * Who declines lets the next person be rung at once: a reason is asked for, but
 * nobody waits for it, and who hangs up instead has declined all the same.  When
 * it comes while somebody is still looked for, it is put on record.
 */
static void
choose_decline(const struct ringdown *r, int64_t attempt, int64_t reason, struct outcome *ret)
{
	bool open = attempt == r->attempt && is_open(r);
	bool explains =
	    attempt == r->declined_attempt && reason > 0 && r->state != DISPATCH_ACCEPTED;

	if (!open && !explains)
		return;
	outcome_event(ret, ECO_EVENT_PAGE_DECLINED)->page_declined =
	    (struct eco_page_declined){ .attempt = attempt, .reason = reason };
	if (open)
		next_attempt(r, ret);
}

enum ringdown_reply
ringdown_on_choice(const struct ringdown *r, int64_t attempt, enum ringdown_choice choice,
    int64_t value, struct outcome *ret)
{
	CHECK(value >= 0);
	if (attempt < 1 || attempt > r->attempt)
		return RINGDOWN_UNKNOWN;

	switch (choice) {
	case RINGDOWN_ACCEPT:
		return choose_accept(r, attempt, ret);
	case RINGDOWN_ETA:
		return choose_eta(r, attempt, value, ret);
	case RINGDOWN_DECLINE:
		choose_decline(r, attempt, value, ret);
		return RINGDOWN_NOTED;
	case RINGDOWN_INVALID:
		return choose_nothing(r, attempt, PAGE_MISS_INVALID_INPUT, ret);
	case RINGDOWN_SILENT:
		return choose_nothing(r, attempt, PAGE_MISS_NO_CHOICE, ret);
	}
	UNREACHABLE("ringdown choice");
}

/* Time is up for the attempt, whatever has or has not been heard of it. */
static void
attempt_timed_out(const struct ringdown *r, struct outcome *ret)
{
	switch (r->phase) {
	case RINGDOWN_NO_CALL:
		return;
	case RINGDOWN_CALLING:
		hang_up(r, ret);
		miss(r,
		    str_empty(r->provider_id) ? PAGE_MISS_PROVIDER_UNAVAILABLE : PAGE_MISS_NO_WORD,
		    STR(""), ret);
		return;
	case RINGDOWN_PICKED_UP:
		hang_up(r, ret);
		miss(r, PAGE_MISS_NO_WORD, STR(""), ret);
		return;
	case RINGDOWN_TALKING:
		hang_up(r, ret);
		miss(r, PAGE_MISS_NO_CHOICE, STR(""), ret);
		return;
	case RINGDOWN_ASKED_ETA:
		accept(r, r->attempt, 0, ret);
		return;
	}
	UNREACHABLE("ringdown phase");
}

void
ringdown_on_timer(const struct ringdown *r, enum timer_kind kind, struct outcome *ret)
{
	CHECK(kind == TIMER_ATTEMPT);

	/*
	 * A timer may fire after the attempt was moved on: the runner delivers
	 * timers and reports from different places, in no agreed order.  A late
	 * timer is therefore ordinary, and means nothing.  One that comes early is
	 * set again, so that no clock that runs ahead can stop the ringing.
	 */
	if (!is_open(r))
		return;
	if (ret->now.us < r->deadline.us)
		outcome_set_timer(ret, TIMER_ATTEMPT, r->deadline);
	else
		attempt_timed_out(r, ret);
}

bool
ringdown_listens_to(enum eco_event_type type)
{
	return type == ECO_EVENT_CREATED || type == ECO_EVENT_OSP_ENGAGED ||
	       type == ECO_EVENT_CANCELLED || type == ECO_EVENT_CLOSED ||
	       type == ECO_EVENT_STATUS_COMPLETED;
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
 * between found nobody needed and was spent: set it again.
 */
static void
go_on(const struct ringdown *r, struct outcome *ret)
{
	if (is_open(r))
		outcome_set_timer(ret, TIMER_ATTEMPT, r->deadline);
	if (r->state == DISPATCH_WAITING_RETRY)
		outcome_set_timer(ret, TIMER_PAGER_RETRY, r->retry_at);
}

/* Somebody is being rung, or will be. */
static bool
is_going_on(const struct ringdown *r)
{
	return r->state == DISPATCH_RINGING || r->state == DISPATCH_WAITING_RETRY;
}

void
ringdown_stop(const struct ringdown *r, enum pager_stop reason, struct outcome *ret)
{
	if (!is_going_on(r))
		return;
	outcome_event(ret, ECO_EVENT_PAGER_STOPPED)->pager_stopped.reason = reason;
	outcome_clear_timer(ret, TIMER_ATTEMPT);
	outcome_clear_timer(ret, TIMER_PAGER_RETRY);
	hang_up(r, ret);
}

void
ringdown_on_event(const struct ringdown *r, const struct eco_event *event, struct outcome *ret)
{
	enum pager_stop reason;

	/* The event may have been overtaken: what counts is whether somebody is needed now. */
	if (!stop_reason(event, &reason) || !is_going_on(r))
		return;
	if (!r->over) {
		go_on(r, ret);
		return;
	}
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
