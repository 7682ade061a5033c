#ifndef DOMAIN_RINGDOWN_STATE_H
#define DOMAIN_RINGDOWN_STATE_H

#include "domain/ringdown/ringdown.h"

/*
 * ringdown_state: questions to the state of a ring-down, for the decisions on it.
 *
 * People are told by their place in the plan, from 0.
 */

/** The attempt ${number} as it is remembered, or NULL. */
const struct ringdown_attempt *ringdown_find(const struct ringdown *r, int64_t number);

/** Whether ${phase} is one in which something is still awaited. */
bool ringdown_phase_is_open(enum ringdown_phase phase);

/** Whether ${attempt} is open, and somebody is being looked for. */
bool ringdown_is_open(const struct ringdown *r, const struct ringdown_attempt *attempt);

/** The open attempt of that person by ${channel}, or NULL. */
const struct ringdown_attempt *ringdown_open_by(
    const struct ringdown *r, size_t person, enum page_channel channel);

/** Who has chosen to accept and is being asked for minutes, or NULL: nobody else wins meanwhile. */
const struct ringdown_attempt *ringdown_holder(const struct ringdown *r);

/** The next attempt after ${number} in which something is awaited, needed or not; 0: no more. */
int64_t ringdown_next_awaited(const struct ringdown *r, int64_t number);

/** The place of ${person} in the plan.  False: they are not of it. */
NODISCARD bool ringdown_find_person(const struct ringdown *r, struct uuid person, size_t *ret);

/** How the NOC is told who it is: the place among those who can be rung, then the others. */
int64_t ringdown_contact_number(const struct ringdown *r, size_t person);

/** The first deadline of an open attempt; INSTANT 0: none is open. */
struct instant ringdown_attempts_due(const struct ringdown *r);

/** When an exhausted list is rung again; INSTANT 0: it is not. */
struct instant ringdown_retry_due(const struct ringdown *r);

/** When the crew must have been seen or have answered; INSTANT 0: nobody waits for it. */
struct instant ringdown_arrival_due(const struct ringdown *r);

/** Whether somebody is being rung, or will be. */
bool ringdown_is_going_on(const struct ringdown *r);

/** Whether the job is still to be had: somebody is needed, and nobody has it. */
bool ringdown_is_to_be_had(const struct ringdown *r);

#endif
