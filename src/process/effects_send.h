#ifndef PROCESS_EFFECTS_SEND_H
#define PROCESS_EFFECTS_SEND_H

#include "app/pager.h"
#include "process/effects.h"

/*
 * effects_send: what every call and text goes through before it leaves.  For process/ only.
 *
 *	settle ─▶ wanted? ─▶ number ─▶ look for an earlier try ─▶ slot ─▶ note ─▶ begin ─▶ send
 *
 * An earlier try of unknown fate.  Our own call-backs name their attempt, so they are given
 * time to come in first; then the provider is asked what it has.  What it has nothing of is
 * sent again only when no request of the earlier try can still be on its way; and while it
 * cannot be told whose a call is, because somebody else's ring-down rang the same number at
 * the same time, nothing is sent at all: the attempt's deadline is near, and settles it.
 */

/* No request is on its way for longer: outbound_timeout_ms is 10 s at most. */
#define SEND_SURE_AFTER SECONDS(12)

/* How often to look meanwhile. */
#define SEND_LOOK_AGAIN SECONDS(2)

/* The provider's stamps have whole seconds, and its clock is not ours. */
#define SEND_CLOCK_SLACK SECONDS(5)

/* From whose account and number the effect sends. */
struct telephony_tenant send_tenant(const struct effect_job *job);

/** Give call-backs of an earlier try the time to arrive, and load the ECO again. */
struct err *send_settle(struct effect_job *job);

/* The number that a contact of the plan stands for; ${problem} says why there is none. */
struct send_number {
	bool is_open;
	struct str number;
	const char *problem;
};

/** Open the number of ${contact} of ${person}. */
struct err *send_open_number(struct effect_job *job, const struct roster_person *person,
    const struct roster_contact *contact, struct send_number *ret);

enum send_earlier {
	SEND_NEW,    /* there was no earlier try, or nothing came of it */
	SEND_FOUND,  /* the provider has it */
	SEND_UNSURE, /* it may be on its way, or be somebody else's: wait */
};

/* What an earlier try may have sent. */
struct send_search {
	bool is_call;
	struct str to;
	struct str body; /* of a text: it must be the very same */
};

/** What became of an earlier try; ${ret_id} is the provider's id when it was FOUND. */
struct err *send_find_earlier(struct effect_job *job, const struct send_search *search,
    enum send_earlier *ret, struct str *ret_id);

enum send_slot {
	SEND_NOW,
	SEND_PUT_BACK, /* the effect waits for its slot: nothing else is to be done */
	SEND_TOO_LATE, /* the slot comes after ${latest} */
};

/**
 * Take the slot of one call of ${tenant}, or of a text of ${segments} from its number.
 * ${latest}: when it would be too late; 0: never.
 */
struct err *send_take_slot(struct effect_job *job, const struct telephony_tenant *tenant,
    int64_t segments, struct instant latest, enum send_slot *ret);

/** Write down that ${person} is about to be paged at ${number}. */
struct err *send_note(struct effect_job *job, struct uuid person, struct str number);

/** "the number to reach is not valid (21211)" */
struct str send_refusal(const struct effect_job *job, const struct telephony_receipt *receipt);

/** The provider's answer: note its moment, and with ${err} whether the try may have done
 * anything and how long the provider wants to be left alone.  Returns ${err}. */
struct err *send_answered(
    struct effect_job *job, struct err *err, const struct telephony_receipt *receipt);

/** Report ${news} of the effect's attempt, and settle the effect with it. */
struct err *send_report(
    struct effect_job *job, enum ringdown_news news, struct str provider_id, struct str detail);

/** ".../webhooks/twilio/${what}?eco=...&attempt=..." */
struct str send_hook(const struct effect_job *job, const char *what);

#endif
