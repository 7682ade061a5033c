#ifndef DOMAIN_RINGDOWN_H
#define DOMAIN_RINGDOWN_H

#include "domain/outcome/outcome.h"

/*
 * ringdown: ring one person after another until one accepts.
 *
 * A process manager.  Its state is folded from the ECO's events, so a crash
 * forgets nothing; what it asks for is written down with the events and only
 * then done.
 *
 *   NOT_STARTED --dispatch--> RINGING --accepted--> ACCEPTED
 *                              |  ^
 *           everybody rung as  |  | after the agreed pause
 *           often as agreed    v  |
 *                     WAITING_RETRY | EXHAUSTED        any --stop--> STOPPED
 *
 * Reached means that a human answered and chose.  Voicemail, silence, a hang-up,
 * busy, no answer, a failed call: each is "not reached" with its own reason, and
 * the next attempt starts at once.
 *
 * The deadline of an attempt is a durable timer.  A call-back from the provider
 * can only make things go faster, or show that somebody is on the line and needs
 * the time to listen and choose; when it never comes, the timer goes on alone.
 *
 * The first acceptance wins, also one that comes late from an attempt that was
 * given up, as long as nobody else has accepted.
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

/* The largest ETA that is taken, in minutes: a day.  A larger one counts as none. */
#define RINGDOWN_ETA_MINUTES_MAX 1440

#define RINGDOWN_PROVIDER_ID_BYTES_MAX 64

/* Of so many calls, the newest, the provider's ids are remembered: news of them comes late and
 * twice. */
#define RINGDOWN_CALLS_KEPT 16

enum ringdown_phase {
	RINGDOWN_NO_CALL = 0, /* no attempt is open */
	RINGDOWN_CALLING,     /* asked for, perhaps ringing */
	RINGDOWN_PICKED_UP,   /* by somebody or something */
	RINGDOWN_TALKING,     /* a person listens */
	RINGDOWN_ASKED_ETA,   /* a person has accepted, and is asked for minutes */
};

/* When another contractor is engaged it begins anew; rounds and attempts are counted on. */
struct ringdown {
	enum dispatch_state state;
	struct eco_terms terms;
	struct pager_list plan;                /* as frozen; people left out included */
	int64_t round, loop, contact;          /* where the ringing stands; each from 1 */
	int64_t attempt;                       /* the last one */
	int64_t round_attempt;                 /* the first one of the round */
	int64_t rounds_before;                 /* of contractors before this one, and ... */
	int64_t attempts_before;               /* ... their attempts */
	enum ringdown_phase phase;             /* of the last attempt */
	struct str provider_id;                /* of the last attempt; empty: not known */
	struct str calls[RINGDOWN_CALLS_KEPT]; /* ids; the oldest is overwritten */
	size_t calls_noted;                    /* in all */
	struct instant deadline;               /* of the last attempt */
	struct instant retry_at;               /* when waiting to ring again */
	bool over;                             /* the ECO needs nobody any more */
	int64_t declined_attempt;              /* whose person may still say why; 0: none */
	int64_t accepted_attempt;              /* 0: nobody has accepted */
	int64_t accepted_contact;
	struct uuid accepted_person;
	int64_t eta_minutes;
	struct instant accepted_at;
	bool alerted; /* the NOC was told of the last exhaustion, or cannot be */
};

/** Apply ${event} to ${ringdown}, whose zero value is "nothing has happened". */
void ringdown_evolve(struct ringdown *ringdown, const struct eco_event *event);

/** Whether ringdown_on_event() or a first round may follow from an event of ${type}. */
bool ringdown_listens_to(enum eco_event_type type);

/** The ECO's history has just gained ${event}: stop ringing when nobody is needed any more. */
void ringdown_on_event(
    const struct ringdown *ringdown, const struct eco_event *event, struct outcome *ret);

/** Stop ringing, because of ${reason}.  Nothing when nobody is being rung, nor will be again. */
void ringdown_stop(const struct ringdown *ringdown, enum pager_stop reason, struct outcome *ret);

/** Whether the ECO is still to be dispatched for the first time, or to the next contractor. */
bool ringdown_wants_first_round(const struct ringdown *ringdown);

/** Whether an exhausted list is still to be rung again. */
bool ringdown_wants_next_round(const struct ringdown *ringdown);

/**
 * Begin a round over ${plan}, frozen here.  Only when one of the two above says so.
 * ${plan} must live as long as ${ret}.  A plan in which nobody can be rung is
 * exhausted at once.
 */
void ringdown_dispatch(
    const struct ringdown *ringdown, const struct pager_list *plan, struct outcome *ret);

/* What the provider says about the call of one attempt. */
enum ringdown_news {
	RINGDOWN_PLACED,   /* it took the call, under ${provider_id} */
	RINGDOWN_REFUSED,  /* it will not place the call */
	RINGDOWN_ANSWERED, /* somebody or something picked up */
	RINGDOWN_HUMAN,    /* a person picked up */
	RINGDOWN_MACHINE,  /* voicemail, fax */
	RINGDOWN_BUSY,
	RINGDOWN_RANG_OUT,
	RINGDOWN_CALL_FAILED,
	RINGDOWN_ENDED, /* the call is over */
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

/* What the person on the phone did. */
enum ringdown_choice {
	RINGDOWN_ACCEPT,  /* pressed 1 */
	RINGDOWN_ETA,     /* accepts, and gave ${value} minutes, 0: none */
	RINGDOWN_DECLINE, /* ${value}: the reason's digit, 0: none yet; it may follow */
	RINGDOWN_INVALID, /* three inputs that mean nothing */
	RINGDOWN_SILENT,  /* nothing, three times */
};

/* How a choice was taken, so that the person can be told. */
enum ringdown_reply {
	RINGDOWN_NOTED,
	RINGDOWN_ASK_ETA,   /* accepted; now ask for minutes */
	RINGDOWN_CONFIRMED, /* the job is theirs */
	RINGDOWN_TOO_LATE,  /* somebody else has it, or nobody is needed any more */
	RINGDOWN_UNKNOWN,   /* there was no such attempt */
};

/** The person of ${attempt} chose. */
NODISCARD enum ringdown_reply ringdown_on_choice(const struct ringdown *ringdown, int64_t attempt,
    enum ringdown_choice choice, int64_t value, struct outcome *ret);

/** The timer ${kind} (ATTEMPT) is due.  A timer that has lost its meaning does nothing. */
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

/** Whether ${attempt} is still to be rung: an effect that was overtaken is dropped, not delivered
 * late. */
bool ringdown_wants_call(const struct ringdown *ringdown, int64_t attempt);

/** Whether nobody else is needed: somebody has accepted, or the ringing was stopped. */
bool ringdown_is_taken(const struct ringdown *ringdown);

/** Whether the NOC is still to be told that round ${round} was exhausted. */
bool ringdown_wants_alert(const struct ringdown *ringdown, int64_t round);

/** The person of ${attempt}, of this round; NULL when there was no such attempt. */
const struct roster_person *ringdown_person(const struct ringdown *ringdown, int64_t attempt);

/** How many people of the plan can be rung. */
size_t ringdown_contacts(const struct ringdown *ringdown);

#endif
