#ifndef DOMAIN_RINGDOWN_ARRIVAL_H
#define DOMAIN_RINGDOWN_ARRIVAL_H

#include "domain/ringdown/ringdown_deciding.h"

/*
 * ringdown_arrival: whether the crew that accepted comes.
 */

/** The timer ARRIVAL is due. */
void ringdown_arrival_timer(const struct ringdown *r, struct outcome *ret);

/** Whether an event of ${type} says something of the crew. */
bool ringdown_is_of_crew(enum eco_event_type type);

/** The ECO's history has just gained an event of ${type}, one of those. */
void ringdown_on_crew(const struct ringdown *r, enum eco_event_type type, struct outcome *ret);

/** Set the timer ARRIVAL as the state needs it, or forget it. */
void ringdown_arrival_sync(const struct ringdown *r, struct outcome *ret);

#endif
