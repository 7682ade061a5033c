#include "domain/ringdown/ringdown_state.h"

static const struct instant never = { 0 };

const struct ringdown_attempt *
ringdown_find(const struct ringdown *r, int64_t number)
{
	for (size_t i = 0; number > 0 && i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt =
		    &r->attempts[((size_t)number + i) % RINGDOWN_ATTEMPTS_KEPT];

		if (attempt->number == number)
			return attempt;
	}
	return NULL;
}

bool
ringdown_is_open(const struct ringdown *r, const struct ringdown_attempt *attempt)
{
	return attempt != NULL && r->state == DISPATCH_RINGING && !r->over &&
	       ringdown_phase_is_open((enum ringdown_phase)attempt->phase);
}

const struct ringdown_attempt *
ringdown_open_by(const struct ringdown *r, size_t person, enum page_channel channel)
{
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt = &r->attempts[i];

		if (attempt->person == person + 1 && attempt->channel == channel &&
		    ringdown_phase_is_open((enum ringdown_phase)attempt->phase))
			return attempt;
	}
	return NULL;
}

const struct ringdown_attempt *
ringdown_holder(const struct ringdown *r)
{
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		if (r->attempts[i].phase == RINGDOWN_ASKED_ETA)
			return &r->attempts[i];
	}
	return NULL;
}

bool
ringdown_find_person(const struct ringdown *r, struct uuid person, size_t *ret)
{
	for (size_t i = 0; i < r->plan.count; i++) {
		if (uuid_equal(r->plan.people[i].id, person)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

int64_t
ringdown_contact_number(const struct ringdown *r, size_t person)
{
	bool rings = roster_can_reach(&r->plan.people[person]);
	int64_t number = rings ? 1 : (int64_t)ringdown_contacts(r) + 1;

	for (size_t i = 0; i < person; i++)
		number += roster_can_reach(&r->plan.people[i]) == rings;
	return number;
}

struct instant
ringdown_attempts_due(const struct ringdown *r)
{
	struct instant due = never;

	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt = &r->attempts[i];

		if (ringdown_phase_is_open((enum ringdown_phase)attempt->phase) &&
		    (due.us == never.us || attempt->deadline.us < due.us))
			due = attempt->deadline;
	}
	return due;
}

struct instant
ringdown_retry_due(const struct ringdown *r)
{
	return r->state == DISPATCH_WAITING_RETRY ? r->retry_at : never;
}

struct instant
ringdown_arrival_due(const struct ringdown *r)
{
	bool is_awaited =
	    r->arrival == RINGDOWN_ARRIVAL_AWAITED || r->arrival == RINGDOWN_ARRIVAL_ASKED;

	/* An agreement without a grace has nobody asked; and a drill is over when somebody came. */
	if (r->state != DISPATCH_ACCEPTED || r->over || !is_awaited || r->exercise ||
	    r->terms.arrival_grace_s == 0)
		return never;
	return r->arrival_due;
}

bool
ringdown_is_going_on(const struct ringdown *r)
{
	return r->state == DISPATCH_RINGING || r->state == DISPATCH_WAITING_RETRY;
}

bool
ringdown_is_to_be_had(const struct ringdown *r)
{
	return !r->over && (ringdown_is_going_on(r) || r->state == DISPATCH_EXHAUSTED);
}

size_t
ringdown_contacts(const struct ringdown *r)
{
	return roster_reachable(&r->plan);
}

const struct roster_person *
ringdown_person(const struct ringdown *r, int64_t number)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);

	return attempt == NULL || attempt->person == 0 ? NULL
						       : &r->plan.people[attempt->person - 1];
}

const struct roster_contact *
ringdown_contact(const struct ringdown *r, int64_t number)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);
	const struct roster_person *person = ringdown_person(r, number);

	if (person == NULL || attempt->contact == 0 || attempt->contact > person->contact_count)
		return NULL;
	return &person->contacts[attempt->contact - 1];
}

enum page_channel
ringdown_channel(const struct ringdown *r, int64_t number)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);

	return attempt == NULL ? PAGE_CHANNEL_VOICE : (enum page_channel)attempt->channel;
}

enum ringdown_phase
ringdown_phase(const struct ringdown *r, int64_t number)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);

	return attempt == NULL ? RINGDOWN_NO_CALL : (enum ringdown_phase)attempt->phase;
}

struct instant
ringdown_deadline(const struct ringdown *r, int64_t number)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);

	return ringdown_is_open(r, attempt) ? attempt->deadline : never;
}

int64_t
ringdown_attempt_of(const struct ringdown *r, struct uuid person)
{
	int64_t newest = 0;
	size_t place;

	if (!ringdown_find_person(r, person, &place))
		return 0;
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt = &r->attempts[i];

		if (attempt->person == place + 1 && attempt->number >= r->round_attempt &&
		    attempt->number > newest)
			newest = attempt->number;
	}
	return newest;
}

int64_t
ringdown_next_open(const struct ringdown *r, int64_t after)
{
	return r->state == DISPATCH_RINGING && !r->over ? ringdown_next_awaited(r, after) : 0;
}

int64_t
ringdown_next_awaited(const struct ringdown *r, int64_t after)
{
	int64_t next = 0;

	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt = &r->attempts[i];

		if (ringdown_phase_is_open((enum ringdown_phase)attempt->phase) &&
		    attempt->number > after && (next == 0 || attempt->number < next))
			next = attempt->number;
	}
	return next;
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
ringdown_may_ring_again(const struct ringdown *r)
{
	return !r->over && r->terms.loops > 0 &&
	       (r->state == DISPATCH_EXHAUSTED || r->state == DISPATCH_WAITING_RETRY ||
		   r->state == DISPATCH_STOPPED);
}

/* Whether nobody has taken ${number} over yet, and nobody has chosen to accept meanwhile. */
static bool
is_to_be_placed(const struct ringdown *r, int64_t number, enum page_channel channel)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, number);

	return ringdown_is_open(r, attempt) && attempt->channel == channel &&
	       attempt->phase == RINGDOWN_CALLING && str_empty(attempt->provider_id) &&
	       ringdown_holder(r) == NULL;
}

bool
ringdown_wants_call(const struct ringdown *r, int64_t attempt)
{
	return is_to_be_placed(r, attempt, PAGE_CHANNEL_VOICE);
}

bool
ringdown_wants_text(const struct ringdown *r, int64_t attempt)
{
	return is_to_be_placed(r, attempt, PAGE_CHANNEL_TEXT);
}

bool
ringdown_is_taken(const struct ringdown *r)
{
	return r->over || r->state == DISPATCH_ACCEPTED || r->state == DISPATCH_STOPPED;
}

bool
ringdown_offers(const struct ringdown *r, struct uuid person)
{
	const struct ringdown_attempt *holder = ringdown_holder(r);
	size_t place;

	return ringdown_is_to_be_had(r) && ringdown_find_person(r, person, &place) &&
	       (holder == NULL || holder->person == place + 1);
}

bool
ringdown_wants_alert(const struct ringdown *r, int64_t round)
{
	return !r->alerted && r->round == round &&
	       (r->state == DISPATCH_EXHAUSTED || r->state == DISPATCH_WAITING_RETRY);
}

bool
ringdown_wants_failover(const struct ringdown *r, int64_t round)
{
	bool is_there = r->arrival == RINGDOWN_ARRIVAL_SEEN && r->on_site_at.us != never.us;

	return r->state == DISPATCH_EXHAUSTED && r->round == round && !r->over && !r->exercise &&
	       !r->failover_failed && !is_there;
}

bool
ringdown_wants_arrival_asked(const struct ringdown *r, int64_t attempt)
{
	return r->arrival == RINGDOWN_ARRIVAL_ASKED && r->accepted_attempt == attempt &&
	       ringdown_arrival_due(r).us != never.us;
}

enum ringdown_notice
ringdown_notice(const struct ringdown *r, int64_t attempt)
{
	if (r->arrival == RINGDOWN_ARRIVAL_GONE && r->accepted_attempt == attempt &&
	    ringdown_is_to_be_had(r))
		return RINGDOWN_NOTICE_RESUMED;
	if (r->state == DISPATCH_ACCEPTED && !r->over && r->accepted_attempt != attempt &&
	    ringdown_phase(r, attempt) == RINGDOWN_WAS_ACCEPTED)
		return RINGDOWN_NOTICE_TAKEN;
	return RINGDOWN_NO_NOTICE;
}
