#ifndef APP_WORK_H
#define APP_WORK_H

#include "app/change.h"
#include "app/vault.h"
#include "base/zones.h"

/*
 * work: what a process manager, a timer, an effect or a provider's call-back is
 * done with.  The counterpart of struct app_context, for doings without a user.
 */
struct app_work {
	struct store_session *session; /* STORE_WORKER */
	struct arena *arena;
	struct instant now;
	double chance; /* see struct outcome */
	struct uuid (*make_id)(struct instant now);
	const struct vault *vault;        /* people's data; not needed for a provider's news */
	const struct zones *zones;        /* the clocks on the walls; nor these */
	enum store_actor_kind actor_kind; /* a process or a provider */
	struct str actor;                 /* its name: "ringdown", "twilio", ... */
	struct str follower;              /* the subscription that it is done for, or empty ... */
	struct store_move move;           /* ... and the step of its slot */
};

/** A change of ${eco} done with ${work}; the caller adds the decision and what it settles. */
struct change work_change(const struct app_work *work, struct uuid eco);

#endif
