#ifndef DOMAIN_CALLOUT_H
#define DOMAIN_CALLOUT_H

#include "domain/eco/eco.h"
#include "domain/rendersync/rendersync.h"
#include "domain/ringdown/ringdown.h"

/*
 * callout: all that one ECO's stream says, folded: the order, its ring-down and
 * its field sync.  The zero value is "nothing has happened".
 */
struct callout {
	struct uuid id;
	int64_t version; /* of the last event folded */
	struct eco eco;
	struct ringdown ringdown;
	struct rendersync rendersync;
};

/** Fold ${event}, the next one of the stream, into ${callout}. */
void callout_evolve(struct callout *callout, const struct eco_event *event);

#endif
