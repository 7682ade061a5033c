#ifndef BIN_SEED_H
#define BIN_SEED_H

#include "app/vault.h"

/*
 * seed: the world that development and tests begin with.
 *
 *	NOCs      lone-star-noc, gulf-coast-noc
 *	OSPs      hill-country-osp (Austin), bayou-osp (Houston)
 *	both      hill-country-om, an O&M operator that has agreed with itself
 *	neither   platform, which runs the installation
 *
 * lone-star-noc has agreements with both OSPs, gulf-coast-noc with bayou-osp
 * only.  Every organisation has members that are named after their role
 * (operator, supervisor, dispatcher, technician, roster_manager, viewer, admin);
 * the platform's is called platform.  Phone numbers are from the range that is kept
 * free for fiction.
 */

/**
 * Plant in ${store} what of the seed is not there yet, as events of 2020; people's own
 * texts are sealed with ${vault}.  Harmless when it is there already.
 */
NODISCARD struct err *seed_plant(
    struct store *store, struct arena *arena, const struct vault *vault);

#endif
