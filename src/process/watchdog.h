#ifndef PROCESS_WATCHDOG_H
#define PROCESS_WATCHDOG_H

#include "process/process_internal.h"

/*
 * watchdog: proves again and again that nobody waits in vain.  For process/ and
 * tests.
 *
 * It asks the store, not the threads that do the work: no deadline was due long ago
 * and has not been acted upon, no call or text was to leave long ago and is still
 * here, and whatever was in the log at the look before has been given its place and
 * been dealt with since.  That holds or not for all processes together, so one that
 * works sees that another, or the sequencer, hangs.
 *
 * Only while the proof holds is the dead-man URL asked: the alarm there is raised by
 * silence, and so also by a machine that is gone.
 */

/* What is kept from look to look. */
struct watchdog {
	bool looked;
	struct instant at; /* of the last look that counted ... */
	int64_t real_us;   /* ... also by real time */
	int64_t head;
	bool unsequenced;
};

struct watchdog_finding {
	bool late;
	struct duration worst; /* how long the oldest has been due; 0 when nothing is due */
	struct store_lateness seen;
	bool stuck; /* an event stands in the log since the last look that nobody deals with, or
		       waits for its place */
};

/**
 * Look: is anything later than ${late_after} at ${now}?  A look counts for the next one's
 * ${stuck} when both clocks have moved on by ${late_after}, or a second, since the one before.
 */
NODISCARD struct err *watchdog_look(struct watchdog *watchdog, struct store_session *session,
    struct arena *arena, struct instant now, struct duration late_after,
    struct watchdog_finding *ret);

/** One look of the worker: logged, counted, the dead-man URL asked, and who sleeps is woken. */
struct err *watchdog_round(struct worker *worker, bool *ret_again, struct instant *ret_until);

#endif
