#ifndef DOMAIN_RINGDOWN_DECIDING_H
#define DOMAIN_RINGDOWN_DECIDING_H

#include "domain/ringdown/ringdown_state.h"

/*
 * ringdown_deciding: a decision on its way.
 *
 * Every event that is decided is folded into a copy of the state at once, so that what
 * follows is decided on what then is: the last call of a step that ends, the next step,
 * the list that is exhausted with it.  The timers are what the state after the last event
 * needs (deciding_end()), and are touched only where that is not what was before.
 */
struct deciding {
	struct ringdown r;             /* as it is after what was decided so far */
	const struct ringdown *before; /* as it was */
	struct outcome *ret;
	struct instant planned; /* when what is begun now was to begin */
};

/** Begin to decide on ${r} into ${ret}. */
void deciding_begin(struct deciding *d, const struct ringdown *r, struct outcome *ret);

/** Decide that ${event} (its time is filled in) happens. */
void deciding_record(struct deciding *d, struct eco_event event);

/** Ring on, as far as there is something to do (ringdown_turns.c), and set the timers. */
void deciding_end(struct deciding *d);

/** End an attempt that nobody answered. */
void deciding_miss(struct deciding *d, int64_t attempt, enum page_miss reason, struct str detail);

/** Have the call of ${attempt} ended, if it is one that the provider has named. */
void deciding_hang_up(struct deciding *d, const struct ringdown_attempt *attempt);

/** Have all calls in flight ended. */
void deciding_hang_up_all(struct deciding *d);

/** Begin an attempt to reach ${person} by ${channel}, by the contact in that place; its number. */
int64_t deciding_attempt(struct deciding *d, size_t person, enum page_channel channel,
    const struct roster_contact *contact, struct duration patience);

/** ${attempt} has the job. */
void deciding_accept(struct deciding *d, int64_t attempt, int64_t eta_minutes);

/** The call of ${attempt} is over: who had chosen to accept has accepted; else it is missed. */
void deciding_call_over(
    struct deciding *d, int64_t attempt, enum page_miss reason, struct str detail);

/** Ring on, where nobody who accepted is coming. */
void deciding_resume(struct deciding *d, enum pager_resume reason);

/** Whom to ring now (ringdown_turns.c).  Nothing while somebody is being asked for minutes. */
void ringdown_advance(struct deciding *d);

#endif
