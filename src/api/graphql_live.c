#include "api/graphql_live.h"

static const struct graphql_change *
change(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
change_position(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(arena_printf(call->arena, "%lld", (long long)change(call)->position));
	return NULL;
}

static struct err *
change_eco(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), &change(call)->eco);
	return NULL;
}

static struct err *
change_matches(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(change(call)->matches);
	return NULL;
}

const struct graphql_binding graphql_live_bindings[] = {
	{ .name = STR("EcoChange.position"), .resolve = change_position },
	{ .name = STR("EcoChange.eco"), .resolve = change_eco },
	{ .name = STR("BoardChange.position"), .resolve = change_position },
	{ .name = STR("BoardChange.eco"), .resolve = change_eco },
	{ .name = STR("BoardChange.matches"), .resolve = change_matches },
};
const size_t graphql_live_binding_count = COUNT_OF(graphql_live_bindings);
