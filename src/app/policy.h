#ifndef APP_POLICY_H
#define APP_POLICY_H

#include "app/work.h"

/*
 * policy: what follows from an event or a deadline.  The process managers decide
 * (domain/ringdown, domain/rendersync); here they are given what they need and
 * what they say is written down.
 */

/**
 * React to ${event} of the log.  At most once, however often it is delivered: the
 * reaction's key is the event's id, and if ${work} names a follower, its slot is
 * moved with the reaction.  ${ret_reacted} says whether anything followed.
 * ERR_CORRUPT when this program does not know such an event.
 */
NODISCARD struct err *policy_on_event(
    const struct app_work *work, const struct store_event *event, bool *ret_reacted);

/** The claimed ${timer} is due; it is settled by what follows. */
NODISCARD struct err *policy_on_timer(const struct app_work *work, const struct store_timer *timer);

#endif
