#ifndef APP_ENGAGEMENT_H
#define APP_ENGAGEMENT_H

#include "app/app.h"

/*
 * engagement: what it takes to engage an OSP for a place: an agreement in force with the
 * actor's organisation, and a pager list.
 */
struct engagement {
	struct uuid osp; /* Nil: nobody that the actor's organisation could know */
	bool has_agreement;
	struct store_agreement agreement;
	bool has_list;
	struct pager_list list;
};

/** What ${noc} can engage of ${osp} for ${location} at ${now}. */
NODISCARD struct err *engagement_between(struct store_session *session, struct arena *arena,
    const struct zones *zones, struct instant now, struct uuid noc, struct uuid osp,
    const struct geo_location *location, struct engagement *ret);

/**
 * What the actor's organisation can engage for ${location} under the name ${osp}, an id or
 * a handle.  An OSP that does not exist and one that has nothing to do with us are the
 * same: there is no agreement.
 */
NODISCARD struct err *engagement_find(const struct app_context *context, struct str osp,
    const struct geo_location *location, struct engagement *ret);

#endif
