#ifndef BASE_FAULT_POINT_H
#define BASE_FAULT_POINT_H

#include "base/str.h"

/*
 * fault_point: the places at which a process may be lost with something half done.
 *
 * Before and after whatever reaches the outside (a statement of the database, a
 * request to a provider) the code that does it says so here.  Nobody listens, but in
 * a test: then a program can be ended, or held, at exactly this place, and the places
 * can be counted from the code instead of being guessed by sleeping.  Where nobody
 * listens a fault point costs a look at a pointer.
 */
enum fault_side { FAULT_BEFORE, FAULT_AFTER };

/* ${kind} is "statement" or "request", ${name} which one.  Called by many threads at once. */
typedef void (*fault_point_f)(enum fault_side side, const char *kind, struct str name);

/* Set before there are other threads, or never. */
extern fault_point_f fault_point_listener;

static inline void
fault_point(enum fault_side side, const char *kind, struct str name)
{
	if (fault_point_listener != NULL)
		fault_point_listener(side, kind, name);
}

#endif
