#ifndef DOMAIN_DIRECTORY_DECISION_H
#define DOMAIN_DIRECTORY_DECISION_H

#include "domain/directory/record.h"
#include "domain/refusal/refusal.h"

/*
 * decision: what a decision about one record comes to.
 *
 * A function x_decide_y(before, ..., ret, ret_refusal) looks at the record as it stands
 * (version 0: there is none yet) and says true, with what is to happen in ${ret}, or
 * false, with why not in ${ret_refusal}.
 */
struct record_decision {
	bool changes; /* false: it is as it should be already, and nothing happens */
	enum directory_event_type event;
	struct record after; /* with the version that it was decided on */
};

/** ${event} happens to ${before}: the record after it, still equal, is to be changed. */
static inline struct record *
decision_event(
    struct record_decision *decision, const struct record *before, enum directory_event_type event)
{
	decision->changes = true;
	decision->event = event;
	decision->after = *before;
	decision->after.kind = directory_event_kind(event);
	decision->after.reason = STR("");
	return &decision->after;
}

/** Nothing happens to ${before}.  Always true, so that a decision can end with it. */
static inline bool
decision_nothing(struct record_decision *decision, const struct record *before)
{
	decision->changes = false;
	decision->after = *before;
	return true;
}

#endif
