#ifndef APP_HISTORY_CHECK_H
#define APP_HISTORY_CHECK_H

#include "app/history_ids.h"
#include "app/history_reader.h"

/* history_check: whether a file is a whole and sound history.  For app's history_*.c. */

struct history_checked {
	struct history_counts counts;
	struct history_header header;
	struct history_ids agreements; /* those that the store does not have */
	struct history_ids
	    organisations; /* those that it has, as something else than this record */
};

/**
 * Read all of ${reader}'s file, and compare it with the store: nothing is written.
 * ${ret} is given back by the caller (history_ids_fini()), also after a fault.
 */
NODISCARD struct err *history_check(struct arena *arena, const struct history_import *asked,
    struct history_reader *reader, struct history_checked *ret);

#endif
