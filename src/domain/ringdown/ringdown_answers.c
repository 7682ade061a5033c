#include "domain/ringdown/ringdown_deciding.h"

/*
 * What people say: on the line, by text, when they come by themselves, or through their
 * dispatcher.  Whoever it is, it is one of these; and the first who accepts has the job.
 */
struct answer {
	int64_t attempt; /* what they answer; 0: nothing of ours */
	size_t person;   /* their place in the plan */
	enum page_channel channel;
	enum ringdown_choice choice;
	int64_t value;
};

static struct uuid
id_of(const struct deciding *d, const struct answer *answer)
{
	return d->r.plan.people[answer->person].id;
}

/* Whether it is they who have accepted: they may say so again, by whatever way. */
static bool
is_theirs(const struct deciding *d, const struct answer *answer)
{
	return d->r.accepted_attempt != 0 && uuid_equal(id_of(d, answer), d->r.accepted_person);
}

static bool
has_job(const struct deciding *d, const struct answer *answer)
{
	return d->r.state == DISPATCH_ACCEPTED && is_theirs(d, answer);
}

static bool
may_win(const struct deciding *d, const struct answer *answer)
{
	return ringdown_offers(&d->r, id_of(d, answer));
}

static int64_t
minutes_of(const struct answer *answer)
{
	return answer->value <= RINGDOWN_ETA_MINUTES_MAX ? answer->value : 0;
}

/* Who came by themselves gets an attempt of their own. */
static int64_t
attempt_of(struct deciding *d, const struct answer *answer)
{
	if (answer->attempt != 0)
		return answer->attempt;
	return deciding_attempt(d, answer->person, answer->channel, NULL, RINGDOWN_ETA_MAX);
}

/* ---- accepting ---- */

/*
 * Somebody chose to accept what is not open any more: they are told, and it is recorded;
 * once, of those who keep writing.
 */
static enum ringdown_reply
too_late(struct deciding *d, const struct answer *answer)
{
	int64_t attempt = answer->attempt;

	if (attempt == 0) {
		attempt = ringdown_attempt_of(&d->r, id_of(d, answer));
		if (ringdown_phase(&d->r, attempt) == RINGDOWN_WAS_TOO_LATE || d->r.over)
			return RINGDOWN_TOO_LATE;
		attempt = attempt_of(d, answer);
	}
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_ACCEPTED_TOO_LATE,
			       .page_too_late = { attempt, id_of(d, answer) } });
	return RINGDOWN_TOO_LATE;
}

/* When they will be there, of the crew that has the job. */
static void
change_eta(struct deciding *d, int64_t minutes)
{
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_ETA_CHANGED,
			       .eta_changed = { d->r.accepted_attempt, minutes } });
}

/* On the line they can be asked for minutes, while the attempt is open. */
static bool
can_be_asked(const struct deciding *d, const struct answer *answer)
{
	if (d->r.state != DISPATCH_RINGING)
		return false;
	if (answer->attempt == 0)
		return answer->channel == PAGE_CHANNEL_CALL_BACK;
	return ringdown_is_open(&d->r, ringdown_find(&d->r, answer->attempt)) &&
	       (answer->channel == PAGE_CHANNEL_VOICE || answer->channel == PAGE_CHANNEL_CALL_BACK);
}

static enum ringdown_reply
ask_eta(struct deciding *d, const struct answer *answer)
{
	struct instant deadline = instant_plus(d->ret->now, RINGDOWN_ETA_MAX);
	int64_t attempt = attempt_of(d, answer);

	if (ringdown_phase(&d->r, attempt) != RINGDOWN_ASKED_ETA)
		deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_ETA_ASKED,
				       .page_eta_asked = { attempt, deadline } });
	return RINGDOWN_ASK_ETA;
}

static enum ringdown_reply
accept(struct deciding *d, const struct answer *answer)
{
	if (has_job(d, answer))
		return RINGDOWN_CONFIRMED;
	if (!may_win(d, answer))
		return too_late(d, answer);
	if (can_be_asked(d, answer))
		return ask_eta(d, answer);
	deciding_accept(d, attempt_of(d, answer), 0);
	return RINGDOWN_CONFIRMED;
}

/* Who says when they will be there has said that they come. */
static enum ringdown_reply
accept_with_eta(struct deciding *d, const struct answer *answer)
{
	int64_t minutes = minutes_of(answer);

	if (has_job(d, answer)) {
		if (minutes > 0 && d->r.eta_minutes == 0 && !d->r.over)
			change_eta(d, minutes);
		return RINGDOWN_CONFIRMED;
	}
	if (!may_win(d, answer))
		return too_late(d, answer);
	deciding_accept(d, attempt_of(d, answer), minutes);
	return RINGDOWN_CONFIRMED;
}

/* ---- declining ---- */

static void
record_decline(struct deciding *d, int64_t attempt, int64_t reason)
{
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_DECLINED,
			       .page_declined = { attempt, reason } });
}

/* Who declines has declined by all ways at once: their phone stops ringing. */
static void
decline_everywhere(struct deciding *d, const struct answer *answer, int64_t attempt)
{
	record_decline(d, attempt, answer->value);
	for (int64_t at = ringdown_next_open(&d->r, 0); at != 0;
	     at = ringdown_next_open(&d->r, at)) {
		const struct ringdown_attempt *other = ringdown_find(&d->r, at);

		if (other->person != answer->person + 1)
			continue;
		deciding_hang_up(d, other);
		record_decline(d, at, answer->value);
	}
}

/*
 * Who declines lets the next person be rung at once: a reason is asked for, but
 * nobody waits for it, and who hangs up instead has declined all the same.  When
 * it comes while somebody is still looked for, it is put on record.
 */
static void
decline(struct deciding *d, const struct answer *answer)
{
	int64_t attempt = answer->attempt;
	const struct ringdown_attempt *known;

	if (!ringdown_is_to_be_had(&d->r))
		return;
	if (attempt == 0)
		attempt = ringdown_attempt_of(&d->r, id_of(d, answer));
	known = ringdown_find(&d->r, attempt);
	if (known != NULL && known->phase == RINGDOWN_WAS_DECLINED) {
		if (!known->explained && answer->value > 0)
			record_decline(d, attempt, answer->value);
		return;
	}
	if (!d->r.turns[answer->person].left_out || ringdown_is_open(&d->r, known))
		decline_everywhere(d, answer, attempt_of(d, answer));
}

/* The crew that has the job cannot come after all: others are rung at once. */
static void
give_back(struct deciding *d, const struct answer *answer)
{
	if (d->r.over)
		return;
	record_decline(d, d->r.accepted_attempt, answer->value);
	deciding_resume(d, PAGER_RESUME_GIVEN_BACK);
}

/* ---- neither ---- */

/* No choice, or no minutes: who had accepted before keeps the job, without an ETA. */
static enum ringdown_reply
choose_nothing(struct deciding *d, const struct answer *answer, enum page_miss reason)
{
	bool was_asked = ringdown_phase(&d->r, answer->attempt) == RINGDOWN_ASKED_ETA;

	if (ringdown_is_open(&d->r, ringdown_find(&d->r, answer->attempt))) {
		deciding_call_over(d, answer->attempt, reason, STR(""));
		return was_asked ? RINGDOWN_CONFIRMED : RINGDOWN_NOTED;
	}
	/* Who came by themselves and cannot show who they are is on record. */
	if (answer->attempt == 0 && reason == PAGE_MISS_WRONG_PIN && ringdown_is_to_be_had(&d->r))
		deciding_miss(d, attempt_of(d, answer), reason, STR(""));
	return RINGDOWN_NOTED;
}

/* ---- from those who have accepted ---- */

/* Whoever is there ends all looking for others. */
static enum ringdown_reply
arrive(struct deciding *d, const struct answer *answer)
{
	if (!is_theirs(d, answer))
		return RINGDOWN_NOTED;
	if (d->r.over || d->r.on_site_at.us != 0)
		return RINGDOWN_WELCOME;
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_CREW_ON_SITE });
	if (ringdown_is_going_on(&d->r)) {
		deciding_hang_up_all(d);
		deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGER_STOPPED,
				       .pager_stopped = { PAGER_STOP_ON_SITE } });
	}
	return RINGDOWN_WELCOME;
}

/* To say when one comes after others are being rung is to accept again. */
static enum ringdown_reply
tell_eta(struct deciding *d, const struct answer *answer)
{
	int64_t minutes = minutes_of(answer);

	if (!has_job(d, answer))
		return accept_with_eta(d, answer);
	if (minutes == 0 || d->r.over)
		return RINGDOWN_NOTED;
	change_eta(d, minutes);
	return RINGDOWN_ETA_NOTED;
}

static enum ringdown_reply
take(struct deciding *d, const struct answer *answer)
{
	switch (answer->choice) {
	case RINGDOWN_ACCEPT:
		return accept(d, answer);
	case RINGDOWN_ETA:
		return accept_with_eta(d, answer);
	case RINGDOWN_DECLINE:
		decline(d, answer);
		return RINGDOWN_NOTED;
	case RINGDOWN_INVALID:
		return choose_nothing(d, answer, PAGE_MISS_INVALID_INPUT);
	case RINGDOWN_SILENT:
		return choose_nothing(d, answer, PAGE_MISS_NO_CHOICE);
	case RINGDOWN_WRONG_PIN:
		return choose_nothing(d, answer, PAGE_MISS_WRONG_PIN);
	case RINGDOWN_ON_SITE:
		return arrive(d, answer);
	case RINGDOWN_NEW_ETA:
		return tell_eta(d, answer);
	}
	UNREACHABLE("ringdown choice");
}

enum ringdown_reply
ringdown_on_choice(const struct ringdown *r, int64_t attempt, enum ringdown_choice choice,
    int64_t value, struct outcome *ret)
{
	const struct ringdown_attempt *known = ringdown_find(r, attempt);
	struct answer answer = { .attempt = attempt, .choice = choice, .value = value };
	enum ringdown_reply reply;
	struct deciding d;

	CHECK(value >= 0);
	if (known == NULL || known->person == 0)
		return RINGDOWN_UNKNOWN;
	answer.person = (size_t)known->person - 1;
	answer.channel = (enum page_channel)known->channel;
	deciding_begin(&d, r, ret);
	reply = take(&d, &answer);
	deciding_end(&d);
	return reply;
}

/* ---- visits ---- */

/*
 * What a visitor answers: the call that they are on, or the newest text that they have, also
 * when nobody waits for its reply any more.
 */
static int64_t
answered_attempt(const struct ringdown *r, size_t person, enum page_channel channel)
{
	int64_t newest = 0;

	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *attempt = &r->attempts[i];
		bool open = ringdown_phase_is_open((enum ringdown_phase)attempt->phase);
		bool is_text = channel == PAGE_CHANNEL_REPLY &&
			       attempt->channel == PAGE_CHANNEL_TEXT &&
			       (open || attempt->phase == RINGDOWN_WAS_MISSED);

		if (attempt->person == person + 1 && attempt->number > newest &&
		    (is_text || (open && attempt->channel == channel)))
			newest = attempt->number;
	}
	return newest;
}

enum ringdown_reply
ringdown_on_visit(const struct ringdown *r, const struct ringdown_visit *visit, struct outcome *ret)
{
	struct answer answer = { .choice = visit->choice, .value = visit->value };
	enum ringdown_reply reply;
	struct deciding d;

	CHECK(visit->value >= 0 && visit->channel != PAGE_CHANNEL_VOICE &&
	      visit->channel != PAGE_CHANNEL_TEXT);
	if (r->round == r->rounds_before || !ringdown_find_person(r, visit->person, &answer.person))
		return RINGDOWN_UNKNOWN;
	answer.attempt = answered_attempt(r, answer.person, visit->channel);
	answer.channel = answer.attempt == 0 ? visit->channel : ringdown_channel(r, answer.attempt);
	deciding_begin(&d, r, ret);
	if (visit->choice == RINGDOWN_DECLINE && has_job(&d, &answer)) {
		give_back(&d, &answer);
		reply = RINGDOWN_NOTED;
	} else {
		reply = take(&d, &answer);
	}
	deciding_end(&d);
	return reply;
}
