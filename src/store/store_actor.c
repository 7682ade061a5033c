#include "store/store.h"

static const struct str kinds[] = {
	[STORE_ACTOR_USER] = STR("user"),
	[STORE_ACTOR_PROCESS] = STR("process"),
	[STORE_ACTOR_PROVIDER] = STR("provider"),
};

struct str
store_actor_kind_name(enum store_actor_kind kind)
{
	CHECK(kind < COUNT_OF(kinds));
	return kinds[kind];
}

bool
store_actor_kind_find(struct str name, enum store_actor_kind *ret)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!str_equal(name, kinds[i]))
			continue;
		*ret = (enum store_actor_kind)i;
		return true;
	}
	return false;
}
