#include "domain/ringdown/ringdown_deciding.h"

/*
 * Whose turn it is.
 *
 * The people of one step have their turns at once; a turn is one text, if the person wants
 * texts, and one call after another to each of their numbers.  The step is over when all
 * its turns are; a turn does not wait for its text, unless texts are all there is.
 */

/* The ${which}-th contact, from 0, of ${person} by ${channel}; NULL: they have not so many. */
static const struct roster_contact *
find_contact(const struct roster_person *person, enum page_channel channel, size_t which)
{
	for (size_t i = 0; i < person->contact_count; i++) {
		if (person->contacts[i].channel == channel && which-- == 0)
			return &person->contacts[i];
	}
	return NULL;
}

static bool
has_voice(const struct roster_person *person)
{
	return find_contact(person, PAGE_CHANNEL_VOICE, 0) != NULL;
}

static bool
is_rung(const struct ringdown *r, size_t person)
{
	return roster_can_reach(&r->plan.people[person]) && !r->turns[person].left_out;
}

static bool
is_turn_over(const struct ringdown *r, size_t person)
{
	const struct roster_person *who = &r->plan.people[person];

	if (!is_rung(r, person))
		return true;
	if (!has_voice(who))
		return ringdown_open_by(r, person, PAGE_CHANNEL_TEXT) == NULL;
	return ringdown_open_by(r, person, PAGE_CHANNEL_VOICE) == NULL &&
	       find_contact(who, PAGE_CHANNEL_VOICE, r->turns[person].calls) == NULL;
}

static void
call(struct deciding *d, size_t person, const struct roster_contact *contact)
{
	struct duration patience = { d->r.terms.ring_s * 1000000 + RINGDOWN_WORD_GRACE.us };
	int64_t attempt = deciding_attempt(d, person, PAGE_CHANNEL_VOICE, contact, patience);

	outcome_effect(d->ret, (struct effect){ .type = EFFECT_PLACE_CALL, .number = attempt });
}

/* Who has a text that may still be answered is not sent another. */
static void
text(struct deciding *d, size_t person, const struct roster_contact *contact)
{
	int64_t attempt;

	if (contact == NULL || ringdown_open_by(&d->r, person, PAGE_CHANNEL_TEXT) != NULL)
		return;
	attempt = deciding_attempt(d, person, PAGE_CHANNEL_TEXT, contact, RINGDOWN_REPLY_WAIT);
	outcome_effect(d->ret, (struct effect){ .type = EFFECT_SEND_PAGE, .number = attempt });
}

static void
begin_turn(struct deciding *d, size_t person)
{
	const struct roster_person *who = &d->r.plan.people[person];
	const struct roster_contact *first = find_contact(who, PAGE_CHANNEL_VOICE, 0);

	if (first != NULL)
		call(d, person, first);
	if (who->texts_too || first == NULL)
		text(d, person, find_contact(who, PAGE_CHANNEL_TEXT, 0));
}

/* The first step after ${after} in which somebody is rung; 0: none. */
static int64_t
find_step(const struct ringdown *r, int64_t after)
{
	int64_t found = 0;

	for (size_t i = 0; i < r->plan.count; i++) {
		int64_t step = r->plan.people[i].step;

		if (is_rung(r, i) && step > after && (found == 0 || step < found))
			found = step;
	}
	return found;
}

/* The next step of this loop, or the first one of the next.  False: that was the last. */
static bool
begin_next_step(struct deciding *d)
{
	int64_t step = find_step(&d->r, d->r.step);

	if (step == 0) {
		step = find_step(&d->r, 0);
		if (step == 0 || d->r.loop >= d->r.last_loop)
			return false;
		/* As its first attempt will have it, which finds everybody's turn before it. */
		d->r.loop++;
		d->r.step = 0;
	}
	for (size_t i = 0; i < d->r.plan.count; i++) {
		if (is_rung(&d->r, i) && d->r.plan.people[i].step == step)
			begin_turn(d, i);
	}
	return true;
}

/* Of those whose turn it is, whoever is not being called is called at the next number. */
static void
go_on_with_turns(struct deciding *d)
{
	for (size_t i = 0; i < d->r.plan.count; i++) {
		const struct roster_person *who = &d->r.plan.people[i];
		const struct roster_contact *next =
		    find_contact(who, PAGE_CHANNEL_VOICE, d->r.turns[i].calls);

		if (who->step == d->r.step && is_rung(&d->r, i) && next != NULL &&
		    ringdown_open_by(&d->r, i, PAGE_CHANNEL_VOICE) == NULL)
			call(d, i, next);
	}
}

static bool
is_step_over(const struct ringdown *r)
{
	for (size_t i = 0; i < r->plan.count; i++) {
		if (r->plan.people[i].step == r->step && !is_turn_over(r, i))
			return false;
	}
	return true;
}

/* A text that was never taken by the provider is not one that nobody replied to. */
static void
end_texts(struct deciding *d)
{
	for (int64_t at = ringdown_next_open(&d->r, 0); at != 0;
	     at = ringdown_next_open(&d->r, at)) {
		bool sent = !str_empty(ringdown_find(&d->r, at)->provider_id);

		deciding_miss(
		    d, at, sent ? PAGE_MISS_NO_REPLY : PAGE_MISS_PROVIDER_UNAVAILABLE, STR(""));
	}
}

/*
 * Nobody accepted.  Exhaustion is loud: the NOC is told at once, and then the list is rung
 * again after the agreed pause, as often as agreed; after the last time another contractor
 * is looked for.
 */
static void
exhaust(struct deciding *d)
{
	int64_t attempts = d->r.attempt - d->r.round_attempt + 1, round = d->r.round;
	struct duration pause = { d->r.terms.retry_after_s * 1000000 };

	end_texts(d);
	deciding_record(
	    d, (struct eco_event){ .type = ECO_EVENT_PAGER_EXHAUSTED,
		   .pager_exhausted = { round, attempts == 0 ? 0 : d->r.loop, attempts } });
	outcome_effect(d->ret, (struct effect){ .type = EFFECT_ALERT_NOC, .number = round });
	if (round - d->r.rounds_before <= d->r.terms.retries)
		deciding_record(d,
		    (struct eco_event){ .type = ECO_EVENT_PAGER_RETRY_SCHEDULED,
			.pager_retry_scheduled = { round + 1, instant_plus(d->ret->now, pause) } });
	else if (!d->r.exercise)
		outcome_effect(
		    d->ret, (struct effect){ .type = EFFECT_ENGAGE_FAILOVER, .number = round });
}

void
ringdown_advance(struct deciding *d)
{
	if (d->r.state != DISPATCH_RINGING || d->r.over || ringdown_holder(&d->r) != NULL)
		return;
	go_on_with_turns(d);
	if (is_step_over(&d->r) && !begin_next_step(d))
		exhaust(d);
}
