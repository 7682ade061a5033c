#include "domain/ringdown/ringdown_deciding.h"

/* What the provider says about a call or a text. */

#define IN(phase) (1u << RINGDOWN_##phase)
#define RINGS     (IN(CALLING))
#define LISTENS   (IN(CALLING) | IN(PICKED_UP))
#define AWAITS    (IN(CALLING) | IN(PICKED_UP) | IN(TALKING) | IN(IN_HAND))
#define ANY       (AWAITS | IN(ASKED_ETA))

#define OF(channel) (1u << PAGE_CHANNEL_##channel)
#define CALLS       (OF(VOICE) | OF(CALL_BACK))
#define TEXTS       (OF(TEXT))
#define BOTH        (CALLS | TEXTS)

/* What news of an attempt by one of ${channels} that stands in one of ${phases} comes to. */
struct rule {
	unsigned channels, phases;
	enum { NOTED, GOES_ON, OVER } what;
	enum eco_event_type event;  /* GOES_ON: into what ... */
	struct duration more;       /* ... and for how long; 0: until the same deadline */
	enum page_miss call_missed; /* OVER: why, of a call ... */
	enum page_miss text_missed; /* ... and of a text */
};

static const struct rule rules[] = {
	[RINGDOWN_PLACED] = { BOTH, ANY, NOTED, 0, { 0 }, 0, 0 },
	[RINGDOWN_REFUSED] = { BOTH, ANY, OVER, 0, { 0 }, PAGE_MISS_CALL_REFUSED,
	    PAGE_MISS_CALL_REFUSED },
	[RINGDOWN_ANSWERED] = { CALLS, RINGS, GOES_ON, ECO_EVENT_PAGE_ANSWERED,
	    RINGDOWN_VERDICT_MAX, 0, 0 },
	[RINGDOWN_HUMAN] = { CALLS, LISTENS, GOES_ON, ECO_EVENT_PAGE_DELIVERED, RINGDOWN_TALK_MAX,
	    0, 0 },
	/* A machine does not choose: a verdict after a choice is wrong. */
	[RINGDOWN_MACHINE] = { CALLS, AWAITS, OVER, 0, { 0 }, PAGE_MISS_VOICEMAIL, 0 },
	[RINGDOWN_BUSY] = { CALLS, ANY, OVER, 0, { 0 }, PAGE_MISS_BUSY, 0 },
	[RINGDOWN_RANG_OUT] = { CALLS, ANY, OVER, 0, { 0 }, PAGE_MISS_NO_ANSWER, 0 },
	[RINGDOWN_CALL_FAILED] = { BOTH, ANY, OVER, 0, { 0 }, PAGE_MISS_CALL_FAILED,
	    PAGE_MISS_UNDELIVERED },
	[RINGDOWN_ENDED] = { CALLS, ANY, OVER, 0, { 0 }, PAGE_MISS_HUNG_UP, 0 },
	[RINGDOWN_TEXT_DELIVERED] = { TEXTS, RINGS, GOES_ON, ECO_EVENT_PAGE_TEXT_DELIVERED, { 0 },
	    0, 0 },
	[RINGDOWN_TEXT_FAILED] = { TEXTS, AWAITS, OVER, 0, { 0 }, 0, PAGE_MISS_UNDELIVERED },
	[RINGDOWN_STALE] = { BOTH, AWAITS, OVER, 0, { 0 }, PAGE_MISS_STALE, PAGE_MISS_STALE },
};

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

static void
note(struct deciding *d, const struct ringdown_report *report)
{
	deciding_record(d, (struct eco_event){ .type = ECO_EVENT_PAGE_PLACED,
			       .page_placed = { report->attempt, report->provider_id } });
}

/*
 * The provider took a call that nobody wants any more: it was overtaken between
 * our asking and its answer, or is a second one for the same attempt.  End it,
 * unless it is the call of the person who has accepted meanwhile.  A text is out.
 */
static void
placed_in_vain(struct deciding *d, const struct ringdown_report *report)
{
	const struct ringdown *r = &d->r;

	if (str_empty(report->provider_id) || is_noted(r, report->provider_id))
		return;
	note(d, report);
	if (ringdown_channel(r, report->attempt) != PAGE_CHANNEL_VOICE ||
	    (r->state == DISPATCH_ACCEPTED && r->accepted_attempt == report->attempt))
		return;
	outcome_effect(d->ret, (struct effect){ .type = EFFECT_HANG_UP,
				   .number = report->attempt,
				   .provider_id = report->provider_id });
}

/* Whether ${report} is about another call than the one that is open for this attempt. */
static bool
is_stray(const struct ringdown_attempt *attempt, const struct ringdown_report *report)
{
	return !str_empty(report->provider_id) && !str_empty(attempt->provider_id) &&
	       !str_equal(report->provider_id, attempt->provider_id);
}

/* The call goes on, with more time; a text has as much as it had. */
static void
progress(struct deciding *d, int64_t attempt, const struct rule *rule)
{
	struct eco_page_progress step = { attempt, instant_plus(d->ret->now, rule->more) };
	struct eco_event event = { .type = rule->event };

	if (rule->event == ECO_EVENT_PAGE_ANSWERED)
		event.page_answered = step;
	else if (rule->event == ECO_EVENT_PAGE_DELIVERED)
		event.page_delivered = step;
	else
		event.page_text_delivered.attempt = attempt;
	deciding_record(d, event);
}

static void
take(struct deciding *d, const struct ringdown_attempt *attempt,
    const struct ringdown_report *report)
{
	const struct rule *rule = &rules[report->news];
	bool is_text = attempt->channel == PAGE_CHANNEL_TEXT;

	/* The provider's id, once, from whoever brings it first. */
	if (!str_empty(report->provider_id) && str_empty(attempt->provider_id))
		note(d, report);
	if ((rule->channels & 1u << attempt->channel) == 0 ||
	    (rule->phases & 1u << attempt->phase) == 0)
		return;
	if (rule->what == GOES_ON)
		progress(d, report->attempt, rule);
	else if (rule->what == OVER)
		deciding_call_over(d, report->attempt,
		    is_text ? rule->text_missed : rule->call_missed, report->detail);
}

void
ringdown_on_report(
    const struct ringdown *r, const struct ringdown_report *report, struct outcome *ret)
{
	const struct ringdown_attempt *attempt = ringdown_find(r, report->attempt);
	struct deciding d;

	CHECK((size_t)report->news < COUNT_OF(rules));
	deciding_begin(&d, r, ret);
	if (ringdown_is_open(r, attempt) && !is_stray(attempt, report))
		take(&d, ringdown_find(&d.r, report->attempt), report);
	else if (report->news == RINGDOWN_PLACED && report->attempt <= r->attempt)
		placed_in_vain(&d, report);
	deciding_end(&d);
}
