#include "store/store_adapter.h"

struct err *
store_find_person_keys(struct store_session *session, struct arena *arena,
    const struct uuid *people, size_t count, struct store_person_keys *ret)
{
	store_check_session(session, arena);
	CHECK(count <= STORE_KEYS_MAX);
	return store_settle(
	    session, session->store->ops->find_person_keys(session, arena, people, count, ret));
}

struct err *
store_add_person_keys(struct store_session *session, struct arena *arena,
    const struct store_person_key *keys, size_t count)
{
	store_check_session(session, arena);
	CHECK(count <= STORE_KEYS_MAX);
	return store_settle(
	    session, session->store->ops->add_person_keys(session, arena, keys, count));
}

struct err *
store_erase_person(struct store_session *session, struct arena *arena, struct uuid person,
    struct instant now, struct str reason, bool *ret_found)
{
	store_check_worker(session, arena);
	return store_settle(session,
	    session->store->ops->erase_person(session, arena, person, now, reason, ret_found));
}

struct err *
store_find_users(struct store_session *session, struct arena *arena, const struct uuid *users,
    size_t count, struct store_user_name *ret, size_t *ret_count)
{
	store_check_session(session, arena);
	CHECK(count <= STORE_KEYS_MAX);
	return store_settle(
	    session, session->store->ops->find_users(session, arena, users, count, ret, ret_count));
}
