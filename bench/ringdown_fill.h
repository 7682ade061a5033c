#ifndef RINGDOWN_FILL_H
#define RINGDOWN_FILL_H

#include "bench_world.h"

/*
 * ringdown_fill: many ring-downs in progress, without ringing anybody.
 *
 * One ECO is created and rung as it is shipped; its stream, up to the moment at which
 * the first person's telephone rings, is the model.  The others get the same events
 * under ids of their own, as history is imported, and each the timer of its attempt,
 * which is real: when it fires, the server loads the stream, decides, writes down that
 * nobody was reached, and calls the next person.
 */

struct fill_plan {
	int64_t count;
	double rate;         /* so many of their timers are due each second ... */
	int64_t begins_in_s; /* ... the first after so many seconds from now */
};

/** Make them.  No server may run on ${world->database}. */
NODISCARD struct err *ringdown_fill(
    struct world *world, struct str model, const struct fill_plan *plan);

#endif
