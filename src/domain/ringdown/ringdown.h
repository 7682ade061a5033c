#ifndef DOMAIN_RINGDOWN_H
#define DOMAIN_RINGDOWN_H

#include "domain/outcome/outcome.h"

/*
 * ringdown: ring people until one accepts, and ring on when nobody comes.
 *
 * A process manager.  Its state is folded from the ECO's events by the tables of
 * ringdown_moves.def, so a crash forgets nothing; what it asks for is written down
 * with the events and only then done.
 *
 *   NOT_STARTED --dispatch--> RINGING --accepted--> ACCEPTED
 *                              |  ^ ^                  |
 *           everybody rung as  |  | +--- not seen -----+
 *           often as agreed    v  | after the agreed pause
 *                     WAITING_RETRY | EXHAUSTED        any --stop--> STOPPED
 *
 * The people of one step of the plan are rung at once, the steps one after another, the
 * whole list as often as agreed.  A person's turn is one text, if they want texts, and
 * one call after another to each of their numbers.  Who declines is not rung again in
 * this round.  An attempt is one call, one text, or one time that somebody comes to us
 * by themselves.
 *
 * Reached means that a human answered and chose.  Voicemail, silence, a hang-up,
 * busy, no answer, a failed call, a text without a reply: each is "not reached" with its
 * own reason, and what comes next starts at once.
 *
 * The deadline of an attempt is a durable timer.  A call-back from the provider
 * can only make things go faster, or show that somebody is on the line and needs
 * the time to listen and choose; when it never comes, the timer goes on alone.
 *
 * The first acceptance wins, also one that comes late from an attempt that was
 * given up, as long as nobody else has accepted.  Who was asked for minutes has
 * accepted.
 *
 * An acceptance is not an arrival.  Who is not seen by ETA and grace is asked once, and
 * then the ringing is resumed with the next people.
 *
 * The decisions are in files by their idea: ringdown.c (rounds, stops, timers),
 * ringdown_turns.c (whom to ring next), ringdown_news.c (what the provider says),
 * ringdown_answers.c (what people say), ringdown_arrival.c (whether they come).
 */

/*
 * How long after the ringing there is still time for the provider's word: its
 * ring time runs from when the phone rings, ours from when we asked for the call.
 */
#define RINGDOWN_WORD_GRACE SECONDS(10)

/* From pick-up to a verdict on who picked up (the provider's detection may take 30 s). */
#define RINGDOWN_VERDICT_MAX SECONDS(35)

/* For a person to hear the job read out, perhaps twice, and choose. */
#define RINGDOWN_TALK_MAX SECONDS(120)

/* For a person who chose to accept to give minutes to arrival; then it counts without. */
#define RINGDOWN_ETA_MAX SECONDS(45)

/* For a person to reply to a text.  A later reply may still win. */
#define RINGDOWN_REPLY_WAIT SECONDS(120)

/* For a crew that was not seen in time to say where it is. */
#define RINGDOWN_ARRIVAL_ANSWER MINUTES(5)

/* The largest ETA that is taken, in minutes: a day.  A larger one counts as none. */
#define RINGDOWN_ETA_MINUTES_MAX 1440

#define RINGDOWN_PROVIDER_ID_BYTES_MAX 64

/* Of so many calls, the newest, the provider's ids are remembered: news of them comes late and
 * twice. */
#define RINGDOWN_CALLS_KEPT 16

/*
 * So many attempts are remembered: all that are open - a call, a text and a visit of each
 * person of a plan, at most - and of the others the newest, for late news and answers.
 */
#define RINGDOWN_ATTEMPTS_KEPT 128
_Static_assert(RINGDOWN_ATTEMPTS_KEPT > 3 * ROSTER_PEOPLE_MAX, "open attempts are never forgotten");

enum ringdown_phase {
#define RINGDOWN_PHASE(name, is_open, words) RINGDOWN_##name,
#include "domain/ringdown/ringdown_moves.def"
#undef RINGDOWN_PHASE
};

enum ringdown_arrival {
#define RINGDOWN_ARRIVAL(name, words) RINGDOWN_ARRIVAL_##name,
#include "domain/ringdown/ringdown_moves.def"
#undef RINGDOWN_ARRIVAL
};

struct ringdown_attempt {
	int64_t number;          /* 0: a free place */
	struct instant deadline; /* while it is open */
	struct str provider_id;  /* empty: not known */
	uint8_t person;          /* their place in the plan, from 1; 0: not of this plan */
	uint8_t contact;         /* the place among their contacts, from 1; 0: none, or not known */
	uint8_t channel;         /* an enum page_channel */
	uint8_t phase;           /* an enum ringdown_phase */
	bool explained;          /* declined, with a reason */
};

/* What a person of the plan was offered in the step that is rung, and whether they are out. */
struct ringdown_turn {
	uint8_t calls;
	bool left_out; /* declined in this round, or accepted and was not seen */
};

/* When another contractor is engaged it begins anew; rounds and attempts are counted on. */
struct ringdown {
	enum dispatch_state state;
	struct eco_terms terms;
	struct pager_list plan;    /* as frozen; people left out included */
	int64_t round, loop, step; /* where the ringing stands; step 0: before the first */
	int64_t last_loop;         /* after which the list is exhausted */
	int64_t attempt;           /* the last one */
	int64_t round_attempt;     /* the first one of the round */
	int64_t rounds_before;     /* of contractors before this one, and ... */
	int64_t attempts_before;   /* ... their attempts */
	struct ringdown_attempt attempts[RINGDOWN_ATTEMPTS_KEPT]; /* by number, as far as free */
	struct ringdown_turn turns[ROSTER_PEOPLE_MAX];            /* by their place in the plan */
	struct str calls[RINGDOWN_CALLS_KEPT]; /* ids; the oldest is overwritten */
	size_t calls_noted;                    /* in all */
	struct instant needed_at;              /* since when somebody is needed */
	struct instant deadline;               /* the latest that any attempt has had */
	struct instant retry_at;               /* when waiting to ring again */
	bool over;                             /* the ECO needs nobody any more */
	bool exercise;                         /* a drill: nobody is followed up, no failover */
	bool alerted;             /* the NOC was told of the last exhaustion, or cannot be */
	bool failover_failed;     /* after the last exhaustion */
	int64_t accepted_attempt; /* 0: nobody has accepted; kept when the ringing is resumed */
	int64_t accepted_contact;
	struct uuid accepted_person;
	int64_t eta_minutes; /* the last that was said, 0: none */
	struct instant accepted_at;
	enum ringdown_arrival arrival;
	struct instant arrival_due; /* AWAITED: to be seen by then; ASKED: to have answered */
	struct instant expected_at; /* by the last ETA, or by the agreement when there was none */
	struct instant en_route_at, on_site_at; /* 0: not reported */
};

/** Apply ${event} to ${ringdown}, whose zero value is "nothing has happened". */
void ringdown_evolve(struct ringdown *ringdown, const struct eco_event *event);

/** Whether ringdown_on_event() or a first round may follow from an event of ${type}. */
bool ringdown_listens_to(enum eco_event_type type);

/**
 * The ECO's history has just gained ${event}: stop ringing when nobody is needed any more,
 * and follow the crew.
 */
void ringdown_on_event(
    const struct ringdown *ringdown, const struct eco_event *event, struct outcome *ret);

/** Stop ringing, because of ${reason}.  Nothing when nobody is being rung, nor will be again. */
void ringdown_stop(const struct ringdown *ringdown, enum pager_stop reason, struct outcome *ret);

/** Whether the ECO is still to be dispatched for the first time, or to the next contractor. */
bool ringdown_wants_first_round(const struct ringdown *ringdown);

/** Whether an exhausted list is still to be rung again. */
bool ringdown_wants_next_round(const struct ringdown *ringdown);

/**
 * Whether somebody may have the list rung again by hand, now: it is exhausted, waiting or
 * stopped, and somebody is needed.
 */
bool ringdown_may_ring_again(const struct ringdown *ringdown);

/**
 * Begin a round over ${plan}, frozen here.  Only when one of the three above says so.
 * ${plan} must live as long as ${ret}.  A plan in which nobody can be rung is
 * exhausted at once.
 */
void ringdown_dispatch(
    const struct ringdown *ringdown, const struct pager_list *plan, struct outcome *ret);

/* What the provider says about the call or text of one attempt. */
enum ringdown_news {
	RINGDOWN_PLACED,   /* it took the call or text, under ${provider_id} */
	RINGDOWN_REFUSED,  /* it will not place the call, or send the text */
	RINGDOWN_ANSWERED, /* somebody or something picked up */
	RINGDOWN_HUMAN,    /* a person picked up */
	RINGDOWN_MACHINE,  /* voicemail, fax */
	RINGDOWN_BUSY,
	RINGDOWN_RANG_OUT,
	RINGDOWN_CALL_FAILED,
	RINGDOWN_ENDED,          /* the call is over */
	RINGDOWN_TEXT_DELIVERED, /* the text is on the phone */
	RINGDOWN_TEXT_FAILED,    /* it never will be; ${detail} has the provider's code */
	RINGDOWN_STALE,          /* dropped here rather than placed or sent late */
};

struct ringdown_report {
	int64_t attempt;
	enum ringdown_news news;
	struct str provider_id; /* may be empty */
	struct str detail;      /* for people; may be empty */
};

/** Take note of ${report}.  Late, repeated and senseless reports are ordinary and change nothing.
 */
void ringdown_on_report(
    const struct ringdown *ringdown, const struct ringdown_report *report, struct outcome *ret);

/* What the person did. */
enum ringdown_choice {
	RINGDOWN_ACCEPT,    /* pressed 1 */
	RINGDOWN_ETA,       /* accepts, and gave ${value} minutes, 0: none */
	RINGDOWN_DECLINE,   /* ${value}: the reason's digit, 0: none yet; it may follow */
	RINGDOWN_INVALID,   /* three inputs that mean nothing */
	RINGDOWN_SILENT,    /* nothing, three times */
	RINGDOWN_WRONG_PIN, /* three PINs that are not theirs */
	RINGDOWN_ON_SITE,   /* has accepted before, and is there */
	RINGDOWN_NEW_ETA,   /* has accepted before, and will be there in ${value} minutes */
};

/* How a choice was taken, so that the person can be told. */
enum ringdown_reply {
	RINGDOWN_NOTED,
	RINGDOWN_ASK_ETA,   /* accepted; now ask for minutes */
	RINGDOWN_CONFIRMED, /* the job is theirs */
	RINGDOWN_TOO_LATE,  /* somebody else has it, or nobody is needed any more */
	RINGDOWN_UNKNOWN,   /* there was no such attempt, or the person is not of the plan */
	RINGDOWN_WELCOME,   /* that they are on site is noted */
	RINGDOWN_ETA_NOTED, /* when they will be there is noted */
};

/** The person of ${attempt} chose. */
NODISCARD enum ringdown_reply ringdown_on_choice(const struct ringdown *ringdown, int64_t attempt,
    enum ringdown_choice choice, int64_t value, struct outcome *ret);

/* Somebody of the plan came by themselves, or somebody spoke for them. */
struct ringdown_visit {
	struct uuid person;
	enum page_channel channel; /* CALL_BACK, REPLY or DESK */
	enum ringdown_choice choice;
	int64_t value; /* as in ringdown_on_choice() */
};

/**
 * Take ${visit} as the answer to what the person was offered, if something of that kind is
 * open to them (a text, for a REPLY), else as an attempt of their own.  A person who has
 * accepted and declines gives the job back: others are rung at once.
 */
NODISCARD enum ringdown_reply ringdown_on_visit(
    const struct ringdown *ringdown, const struct ringdown_visit *visit, struct outcome *ret);

/** The timer ${kind} (ATTEMPT or ARRIVAL) is due.  A timer that has lost its meaning does nothing.
 */
void ringdown_on_timer(const struct ringdown *ringdown, enum timer_kind kind, struct outcome *ret);

/* How the alert to the NOC's duty number went. */
struct ringdown_alert {
	int64_t round;
	bool sent;
	struct str phone;
	struct str provider_id; /* when sent */
	struct str detail;      /* when not: why not */
};

/** The NOC was told that a round was exhausted, or cannot be told. */
void ringdown_on_alert(
    const struct ringdown *ringdown, const struct ringdown_alert *alert, struct outcome *ret);

/** No other contractor could be engaged after the last exhaustion. */
void ringdown_on_failover_failed(
    const struct ringdown *ringdown, enum failover_fault fault, struct outcome *ret);

/**
 * Whether the call, or the text, of ${attempt} is still to be placed: an effect that was
 * overtaken is dropped, not delivered late.
 */
bool ringdown_wants_call(const struct ringdown *ringdown, int64_t attempt);
bool ringdown_wants_text(const struct ringdown *ringdown, int64_t attempt);

/** Whether the person of ${attempt}, who has accepted, is still to be asked where they are. */
bool ringdown_wants_arrival_asked(const struct ringdown *ringdown, int64_t attempt);

/* What the person of an attempt who had accepted is still to be told. */
enum ringdown_notice {
	RINGDOWN_NO_NOTICE,
	RINGDOWN_NOTICE_RESUMED, /* they were not seen: others are rung now */
	RINGDOWN_NOTICE_TAKEN,   /* somebody else has the job now */
};

enum ringdown_notice ringdown_notice(const struct ringdown *ringdown, int64_t attempt);

/** Whether another contractor is still to be looked for, after round ${round}. */
bool ringdown_wants_failover(const struct ringdown *ringdown, int64_t round);

/** Whether ${person} of the plan could take the job now, should they come by themselves. */
bool ringdown_offers(const struct ringdown *ringdown, struct uuid person);

/** Whether nobody else is needed: somebody has accepted, or the ringing was stopped. */
bool ringdown_is_taken(const struct ringdown *ringdown);

/** Whether the NOC is still to be told that round ${round} was exhausted. */
bool ringdown_wants_alert(const struct ringdown *ringdown, int64_t round);

/** The person of ${attempt}, of this contractor's time; NULL when it is not known any more. */
const struct roster_person *ringdown_person(const struct ringdown *ringdown, int64_t attempt);

/** Which of their contacts ${attempt} tries; NULL: they came by themselves, or it is not known. */
const struct roster_contact *ringdown_contact(const struct ringdown *ringdown, int64_t attempt);

/** How ${attempt} reaches its person; VOICE when it is not known any more. */
enum page_channel ringdown_channel(const struct ringdown *ringdown, int64_t attempt);

/** Where ${attempt} stands; NO_CALL when it is not known (any more). */
enum ringdown_phase ringdown_phase(const struct ringdown *ringdown, int64_t attempt);

/** By when there must be word of ${attempt}, while it is open; INSTANT 0 otherwise. */
struct instant ringdown_deadline(const struct ringdown *ringdown, int64_t attempt);

/** The newest attempt of ${person} in this round; 0: none. */
int64_t ringdown_attempt_of(const struct ringdown *ringdown, struct uuid person);

/** The next attempt after ${attempt} that is open, from 0 on; 0: no more. */
int64_t ringdown_next_open(const struct ringdown *ringdown, int64_t attempt);

/** How many people of the plan can be rung. */
size_t ringdown_contacts(const struct ringdown *ringdown);

#endif
