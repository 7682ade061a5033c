#include "store/store_adapter.h"

struct err *
store_list_partitions(
    struct store_session *session, struct arena *arena, struct store_partitions *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->list_partitions(session, arena, ret));
}

struct err *
store_make_partitions(struct store_session *session, struct arena *arena, int64_t *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->make_partitions(session, arena, ret));
}

struct err *
store_archive_oldest(
    struct store_session *session, struct arena *arena, struct store_partition *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->archive_oldest(session, arena, ret));
}

struct err *
store_export(struct store_session *session, struct arena *arena, struct uuid organisation,
    int64_t after, size_t limit, struct store_events *ret)
{
	store_check_worker(session, arena);
	CHECK(limit > 0);
	CHECK(limit <= STORE_BATCH_MAX);
	return store_settle(session,
	    session->store->ops->export_events(session, arena, organisation, after, limit, ret));
}

struct err *
store_import(struct store_session *session, struct arena *arena, const struct store_event *events,
    size_t count, size_t *ret)
{
	store_check_worker(session, arena);
	CHECK(count > 0);
	CHECK(count <= STORE_ROWS_MAX);
	return store_settle(
	    session, session->store->ops->import_events(session, arena, events, count, ret));
}

struct err *
store_raise_job_number(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t number)
{
	store_check_worker(session, arena);
	return store_settle(
	    session, session->store->ops->raise_job_number(session, arena, noc, osp, type, number));
}
