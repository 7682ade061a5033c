#include "codec/upcast.h"

/* Those that have shipped: append only, and never edited. */

/*
 * PagerDispatched 2: labels and phones of people are sealed texts (base/seal.h).
 * Those of version 1 are in clear and stay so; who opens a text that is not sealed
 * gets it as it is (app/vault.h).
 */
static bool
pager_dispatched_1(
    struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)ret_reason;
	ret->at[ret->count++] = (struct upcast_event){ STR("PagerDispatched"), 2, payload };
	return true;
}

static const struct upcaster shipped[] = {
	{ STR("PagerDispatched"), 1, pager_dispatched_1 },
};

const struct upcasters upcasters_shipped = { shipped, COUNT_OF(shipped) };
