#include "mock/world.h"

/* Whether ${outage} is about a request of ${scope} by ${client}, ${since} the beginning. */
static bool
meets(const struct scenario_outage *outage, struct duration since, enum scenario_scope scope,
    struct str client)
{
	return since.us >= outage->from.us && (outage->forever || since.us < outage->until.us) &&
	       (outage->scope == SCENARIO_ANY_REQUEST || outage->scope == scope) &&
	       (str_empty(outage->client) || str_equal(outage->client, client));
}

const struct scenario_outage *
mock_trouble_find(struct world *world, const struct scenario_weather *says, struct weather *weather,
    enum scenario_scope scope, struct str client)
{
	struct instant now = world_now(world);
	struct duration since;

	if (world->preparing)
		return NULL;
	if (!weather->asked) {
		weather->asked = true;
		weather->asked_at = world->begun ? world->begun_at : now;
	}
	since = instant_since(now, weather->asked_at);
	for (size_t i = 0; i < says->count; i++) {
		const struct scenario_outage *outage = &says->outages[i];

		if (!meets(outage, since, scope, client) ||
		    (outage->times > 0 && weather->used[i] == outage->times))
			continue;
		weather->used[i]++;
		return outage;
	}
	return NULL;
}

/* splitmix64, whose constants these are. */
uint64_t
mock_trouble_number(int64_t seed, uint64_t turn)
{
	uint64_t mixed = (uint64_t)seed + (turn + 1) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}
