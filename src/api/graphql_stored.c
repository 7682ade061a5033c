#include "api/graphql_stored.h"

static const struct store_event *
stored(const struct graphql_call *call)
{
	return call->parent;
}

struct err *
graphql_stored_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(stored(call)->version);
	return NULL;
}

/* A position is 64 bits wide; a client's number may not be. */
struct err *
graphql_stored_position(struct graphql_call *call, struct graphql_value *ret)
{
	int64_t position = stored(call)->position;

	if (position > 0)
		*ret = graphql_text(arena_printf(call->arena, "%lld", (long long)position));
	return NULL;
}

struct err *
graphql_stored_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, stored(call)->id));
	return NULL;
}

struct err *
graphql_stored_type(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(stored(call)->type);
	return NULL;
}

struct err *
graphql_stored_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(instant_text(call->arena, stored(call)->occurred_at));
	return NULL;
}
