#include "store/store_adapter.h"

static void
check(const struct store_session *session, const struct arena *arena, size_t count)
{
	store_check_session(session, arena);
	CHECK(count <= STORE_ROWS_MAX);
}

struct err *
store_find_organisations(struct store_session *session, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_organisations *ret)
{
	check(session, arena, count);
	*ret = (struct store_organisations){ .count = 0 };
	if (count == 0)
		return NULL;
	return store_settle(
	    session, session->store->ops->find_organisations(session, arena, ids, count, ret));
}

struct err *
store_find_records(struct store_session *session, struct arena *arena, const enum record_kind *kind,
    const struct uuid *ids, size_t count, struct store_records *ret)
{
	check(session, arena, count);
	*ret = (struct store_records){ .count = 0 };
	if (count == 0)
		return NULL;
	return store_settle(
	    session, session->store->ops->find_records(session, arena, kind, ids, count, ret));
}

struct err *
store_find_token_uses(struct store_session *session, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_token_use *ret, size_t *ret_count)
{
	check(session, arena, count);
	*ret_count = 0;
	if (count == 0)
		return NULL;
	return store_settle(session,
	    session->store->ops->find_token_uses(session, arena, ids, count, ret, ret_count));
}

struct err *
store_read_streams(struct store_session *session, struct arena *arena,
    const struct store_streams_query *query, struct store_events *ret)
{
	check(session, arena, query->count);
	CHECK(query->each > 0 && query->count * query->each <= STORE_BATCH_MAX);
	CHECK(query->newest || str_empty(query->also_type));
	*ret = (struct store_events){ .count = 0 };
	if (query->count == 0)
		return NULL;
	return store_settle(session, session->store->ops->read_streams(session, arena, query, ret));
}
