#ifndef APP_REGION_BRIEFS_H
#define APP_REGION_BRIEFS_H

#include "app/regions.h"

/* region_briefs: what is known of all of an OSP's regions at once.  For app's own files. */

/** ${region} without its area; its name is ${record}'s. */
struct region_brief region_brief_of(struct arena *arena, const struct record *record);

/* Which regions, of those in use. */
struct region_choice {
	struct uuid osp;
	const struct geo_location *location; /* only those that have it; NULL: all */
};

/**
 * The regions in use that ${choice} names, by id; at most REGIONS_MAX and some that were
 * drawn at the same moment.  Their areas are read one by one and not kept.
 */
NODISCARD struct err *region_briefs_load(struct store_session *session, struct arena *arena,
    const struct region_choice *choice, struct region_briefs *ret);

/** The one with ${id}, or NULL. */
const struct region_brief *region_briefs_find(const struct region_briefs *briefs, struct uuid id);

#endif
