#include "app/failover.h"
#include "process/effects.h"

/* effects_failover: engage the next contractor of the NOC's order. */
struct err *
effect_engage_failover(struct effect_job *job)
{
	const struct store_effect *effect = &job->claim->effect;

	if (!ringdown_wants_failover(&job->callout->ringdown, effect->number))
		return effect_drop(job, "not wanted");
	return app_engage_failover(&job->work, effect->eco, effect->number, effect->key);
}
