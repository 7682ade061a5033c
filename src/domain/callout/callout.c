#include "domain/callout/callout.h"

void
callout_evolve(struct callout *callout, const struct eco_event *event)
{
	eco_evolve(&callout->eco, event);
	ringdown_evolve(&callout->ringdown, event);
	rendersync_evolve(&callout->rendersync, event);
	callout->version++;
}
