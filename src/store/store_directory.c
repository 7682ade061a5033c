#include "store/store_adapter.h"

struct err *
store_put_record(struct store_session *session, struct arena *arena, const struct store_record *row,
    const struct record *record, bool *ret_taken)
{
	store_check_session(session, arena);
	CHECK(session->open && row->version > 0 && row->kind == record->kind);
	return store_settle(
	    session, session->store->ops->put_record(session, arena, row, record, ret_taken));
}

struct err *
store_find_record(struct store_session *session, struct arena *arena, enum record_kind kind,
    struct uuid id, bool *ret_found, struct store_record *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->find_record(session, arena, kind, id, ret_found, ret));
}

struct err *
store_list_records(struct store_session *session, struct arena *arena,
    const struct store_record_query *query, struct store_records *ret)
{
	store_check_session(session, arena);
	store_check_limit(query->limit);
	return store_settle(session, session->store->ops->list_records(session, arena, query, ret));
}

struct err *
store_forget_records(struct store_session *session, struct arena *arena)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->forget_records(session, arena));
}

struct err *
store_find_roster(struct store_session *session, struct arena *arena, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct store_roster *ret)
{
	store_check_session(session, arena);
	return store_settle(session, session->store->ops->find_roster(
					 session, arena, osp, agreement, location, ret_found, ret));
}

struct err *
store_list_overlaps(struct store_session *session, struct arena *arena, struct uuid region,
    size_t limit, struct store_overlap *ret, size_t *ret_count)
{
	store_check_session(session, arena);
	store_check_limit(limit);
	return store_settle(session,
	    session->store->ops->list_overlaps(session, arena, region, limit, ret, ret_count));
}

struct err *
store_check_area(struct store_session *session, struct arena *arena, const struct geo_area *area,
    bool *ret_valid, struct str *ret_reason)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->check_area(session, arena, area, ret_valid, ret_reason));
}

struct err *
store_find_member(struct store_session *session, struct arena *arena, struct uuid user,
    struct uuid organisation, bool *ret_found, struct store_membership *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->find_member(session, arena, user, organisation, ret_found, ret));
}

struct err *
store_list_memberships(struct store_session *session, struct arena *arena, struct uuid user,
    struct store_memberships *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->list_memberships(session, arena, user, ret));
}

struct err *
store_find_identity(struct store_session *session, struct arena *arena, struct str issuer,
    struct str subject, bool *ret_found, struct store_known_user *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->find_identity(session, arena, issuer, subject, ret_found, ret));
}

struct err *
store_list_invitations(
    struct store_session *session, struct arena *arena, struct str email, struct store_records *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->list_invitations(session, arena, email, ret));
}

struct err *
store_find_token(struct store_session *session, struct arena *arena, struct sha256 hash,
    bool *ret_found, struct store_token *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->find_token(session, arena, hash, ret_found, ret));
}

struct err *
store_touch_token(struct store_session *session, struct arena *arena, struct uuid id,
    struct instant now, int64_t seconds, struct str address, bool *ret_first)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->touch_token(session, arena, id, now, seconds, address, ret_first));
}

struct err *
store_find_token_use(struct store_session *session, struct arena *arena, struct uuid id,
    struct instant *ret_at, struct str *ret_address)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->find_token_use(session, arena, id, ret_at, ret_address));
}

struct err *
store_add_web_session(
    struct store_session *session, struct arena *arena, const struct store_web_session *session_row)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->add_web_session(session, arena, session_row));
}

struct err *
store_find_web_session(struct store_session *session, struct arena *arena, struct sha256 hash,
    struct instant now, int64_t idle_s, bool *ret_found, struct store_web_session *ret)
{
	store_check_session(session, arena);
	return store_settle(session, session->store->ops->find_web_session(
					 session, arena, hash, now, idle_s, ret_found, ret));
}

struct err *
store_touch_web_session(
    struct store_session *session, struct arena *arena, struct uuid id, struct instant now)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->touch_web_session(session, arena, id, now));
}

struct err *
store_end_web_sessions(struct store_session *session, struct arena *arena, struct uuid user,
    struct uuid id, int64_t *ret_count)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->end_web_sessions(session, arena, user, id, ret_count));
}

struct err *
store_list_web_sessions(struct store_session *session, struct arena *arena, struct uuid user,
    struct instant now, int64_t idle_s, struct store_web_sessions *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->list_web_sessions(session, arena, user, now, idle_s, ret));
}

struct err *
store_sweep_web_sessions(struct store_session *session, struct arena *arena, struct instant now,
    int64_t idle_s, int64_t *ret_count)
{
	store_check_worker(session, arena);
	return store_settle(session,
	    session->store->ops->sweep_web_sessions(session, arena, now, idle_s, ret_count));
}
