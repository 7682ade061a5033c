#include "store/store_adapter.h"

struct str
store_mode_name(enum store_mode mode)
{
	switch (mode) {
	case STORE_LIVE:
		return STR("live");
	case STORE_STANDBY:
		return STR("standby");
	case STORE_REBUILD:
		return STR("rebuild");
	case STORE_OFF:
		return STR("off");
	}
	UNREACHABLE("mode of a subscription");
}

int64_t
store_slot_of(struct uuid stream, int64_t slots)
{
	uint64_t tail = 0;

	CHECK(slots > 0);
	for (size_t i = 8; i < sizeof(stream.bytes); i++)
		tail = tail << 8 | stream.bytes[i];
	return (int64_t)(tail % (uint64_t)slots);
}

struct err *
store_subscribe(struct store_session *session, struct arena *arena, struct str name, int64_t slots,
    enum store_mode mode)
{
	store_check_worker(session, arena);
	store_check_key(name);
	CHECK(slots > 0);
	CHECK(slots <= STORE_SLOTS_MAX);
	return store_settle(
	    session, session->store->ops->subscribe(session, arena, name, slots, mode));
}

struct err *
store_hold_slots(struct store_session *session, struct arena *arena, struct str name, bool rebuilds,
    struct store_slots *ret)
{
	store_check_worker(session, arena);
	store_check_key(name);
	CHECK(!session->open);
	return session->store->ops->hold_slots(session, arena, name, rebuilds, ret);
}

struct err *
store_let_go_slots(struct store_session *session, struct arena *arena, struct str name)
{
	store_check_worker(session, arena);
	store_check_key(name);
	return store_settle(session, session->store->ops->let_go_slots(session, arena, name));
}

struct err *
store_move_slots(struct store_session *session, struct arena *arena, struct str name,
    const struct store_move *moves, size_t count, bool lazy)
{
	store_check_worker(session, arena);
	store_check_key(name);
	CHECK(count <= STORE_SLOTS_MAX);
	if (count == 0)
		return NULL;
	return store_settle(
	    session, session->store->ops->move_slots(session, arena, name, moves, count, lazy));
}

struct err *
store_park(struct store_session *session, struct arena *arena, const struct store_parked *parked)
{
	store_check_worker(session, arena);
	store_check_key(parked->subscription);
	return store_settle(session, session->store->ops->park(session, arena, parked));
}

struct err *
store_unpark(
    struct store_session *session, struct arena *arena, struct str name, struct uuid stream)
{
	store_check_worker(session, arena);
	store_check_key(name);
	return store_settle(session, session->store->ops->unpark(session, arena, name, stream));
}

struct err *
store_list_parked(struct store_session *session, struct arena *arena, struct str name, size_t limit,
    struct store_parked_list *ret)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	return store_settle(
	    session, session->store->ops->list_parked(session, arena, name, limit, ret));
}

struct err *
store_retry_parked(struct store_session *session, struct arena *arena, struct str name,
    struct uuid stream, struct instant now, int64_t *ret)
{
	store_check_worker(session, arena);
	return store_settle(
	    session, session->store->ops->retry_parked(session, arena, name, stream, now, ret));
}

struct err *
store_list_subscriptions(
    struct store_session *session, struct arena *arena, struct store_subscriptions *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->list_subscriptions(session, arena, ret));
}

struct err *
store_live_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret)
{
	store_check_session(session, arena);
	store_check_key(projection);
	return store_settle(
	    session, session->store->ops->live_build(session, arena, projection, ret));
}

struct err *
store_begin_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret_build)
{
	store_check_worker(session, arena);
	store_check_key(projection);
	CHECK(!session->open);
	return session->store->ops->begin_build(session, arena, projection, ret_build);
}

struct err *
store_switch_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t build)
{
	store_check_worker(session, arena);
	store_check_key(projection);
	CHECK(build == 1 || build == 2);
	return store_settle(
	    session, session->store->ops->switch_build(session, arena, projection, build));
}

struct err *
store_end_build(struct store_session *session, struct arena *arena, struct str projection)
{
	store_check_worker(session, arena);
	store_check_key(projection);
	return store_settle(session, session->store->ops->end_build(session, arena, projection));
}

struct err *
store_is_visible(struct store_session *session, struct arena *arena, struct str projection,
    struct uuid stream, int64_t version, bool *ret)
{
	store_check_session(session, arena);
	store_check_key(projection);
	return store_settle(session,
	    session->store->ops->is_visible(session, arena, projection, stream, version, ret));
}
