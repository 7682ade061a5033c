#ifndef APP_HANDOVER_H
#define APP_HANDOVER_H

#include "app/change.h"
#include "app/engagement.h"

/*
 * handover: another contractor takes over: relieve the one, engage the next, in one transaction of
 * two appends.  The first is the last that the relieved one sees; the second hands the stream over.
 * For app's own files.
 */
struct handover {
	struct change change;         /* of the first append: who, the key or what it settles */
	struct uuid acting;           /* for whom the session acts; Nil: a worker's own doing */
	struct change_loaded *loaded; /* it changes with what is decided */
	const struct engagement *engagement;
	struct outcome *outcome;
	struct eco_command command; /* filled in by handover_init() */
};

/** Make the command of ${handover}, because of ${reason}; its version may be set afterwards. */
void handover_init(struct handover *handover, struct str reason);

/** Decide the first half.  False: ${ret_refusal} says why the contractor cannot take over. */
NODISCARD bool handover_decide(struct handover *handover, struct refusal *ret_refusal);

/** Write both halves, or nothing (a fault, or a key that was used before). */
NODISCARD struct err *handover_append(struct handover *handover, struct store_append_result *ret);

#endif
