#include "store/store_adapter.h"

struct err *
store_read_ticks(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_ticks *ret)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	return store_settle(
	    session, session->store->ops->read_ticks(session, arena, after, limit, ret));
}

struct err *
store_find_tick(struct store_session *session, struct arena *arena, int64_t position,
    bool *ret_found, struct store_tick *ret)
{
	store_check_worker(session, arena);
	return store_settle(
	    session, session->store->ops->find_tick(session, arena, position, ret_found, ret));
}

struct err *
store_put_signature(
    struct store_session *session, struct arena *arena, const struct store_signature *signature)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->put_signature(session, arena, signature));
}

struct err *
store_read_signatures(struct store_session *session, struct arena *arena, int64_t from,
    size_t limit, struct store_signatures *ret)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	return store_settle(
	    session, session->store->ops->read_signatures(session, arena, from, limit, ret));
}

struct err *
store_audit_log(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_audit_rows *ret)
{
	store_check_worker(session, arena);
	CHECK(limit > 0);
	CHECK(limit <= STORE_BATCH_MAX);
	return store_settle(
	    session, session->store->ops->audit_log(session, arena, after, limit, ret));
}

struct err *
store_audit_counts(
    struct store_session *session, struct arena *arena, struct store_audit_counts *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->audit_counts(session, arena, ret));
}
