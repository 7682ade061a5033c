#ifndef BIN_SEED_H
#define BIN_SEED_H

#include "store/store.h"

/*
 * seed: the world that development and tests begin with.
 *
 *   NOCs   lone-star-noc, gulf-coast-noc
 *   OSPs   hill-country-osp (Austin), bayou-osp (Houston)
 *
 * lone-star-noc has agreements with both OSPs, gulf-coast-noc with bayou-osp
 * only.  Every organisation has members that are named after their role
 * (operator, supervisor, dispatcher, technician, roster_manager, viewer, admin).
 * Phone numbers are from the range that is kept free for fiction.
 */

/** Plant the seed in ${store}.  Harmless when it is there already. */
NODISCARD struct err *seed_plant(struct store *store, struct arena *arena);

#endif
