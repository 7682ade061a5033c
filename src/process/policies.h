#ifndef PROCESS_POLICIES_H
#define PROCESS_POLICIES_H

#include "process/follower.h"

/*
 * policies: what follows from events, under the subscription "policies".  A
 * reaction and the step of the event's slot are one append.  Different ECOs are
 * reacted to by several threads at a time; the events of one ECO one after another.
 */

#define POLICIES_SUBSCRIPTION STR("policies")
#define POLICIES_SLOTS        16

/** A follower's reaction, app/policy.h's; ${context} is the vault. */
struct err *policies_react(void *context, const struct follower_turn *turn,
    const struct store_event *event, const struct store_move *move, bool *ret_moved);

#endif
