#include "store/store_adapter.h"

struct err *
store_take_slot(struct store_session *session, struct arena *arena,
    const struct store_throttle *slot, struct instant now, bool *ret_taken, struct instant *ret_at)
{
	store_check_worker(session, arena);
	store_check_key(slot->key);
	CHECK(slot->units >= 1);
	CHECK(slot->step.us > 0);
	return store_settle(
	    session, session->store->ops->take_slot(session, arena, slot, now, ret_taken, ret_at));
}

struct err *
store_wait_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant until)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(session, session->store->ops->wait_effect(session, arena, key, until));
}

struct err *
store_set_aside_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant now, struct str problem)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(
	    session, session->store->ops->set_aside_effect(session, arena, key, now, problem));
}

struct err *
store_list_letters(struct store_session *session, struct arena *arena, bool dead, size_t limit,
    struct store_letters *ret)
{
	struct store_letter *letters;
	size_t count = 0;

	store_check_worker(session, arena);
	store_check_limit(limit);
	letters = arena_array(arena, struct store_letter, limit);
	if (letters == NULL)
		return store_settle(session, store_out_of_memory(arena));
	TRY(store_settle(session,
	    session->store->ops->list_letters(session, arena, dead, limit, letters, &count)));
	*ret = (struct store_letters){ letters, count };
	return NULL;
}

struct err *
store_count_dead(struct store_session *session, struct arena *arena, int64_t *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->count_dead(session, arena, ret));
}

struct err *
store_replay_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant now, bool *ret_found)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(
	    session, session->store->ops->replay_effect(session, arena, key, now, ret_found));
}

struct err *
store_bury_effect(
    struct store_session *session, struct arena *arena, struct str key, bool *ret_found)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(
	    session, session->store->ops->bury_effect(session, arena, key, ret_found));
}

struct err *
store_note_page(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    const struct store_page *page)
{
	store_check_worker(session, arena);
	CHECK(page != NULL);
	return store_settle(
	    session, session->store->ops->note_page(session, arena, fingerprint, page));
}

struct err *
store_find_pages(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    struct instant since, size_t limit, struct store_page *ret, size_t *ret_count)
{
	store_check_worker(session, arena);
	CHECK(limit > 0 && limit <= STORE_PAGES_MAX);
	return store_settle(session, session->store->ops->find_pages(session, arena, fingerprint,
					 since, limit, ret, ret_count));
}

struct err *
store_find_contacts(struct store_session *session, struct arena *arena, struct str number,
    size_t limit, struct store_contact_owner *ret, size_t *ret_count)
{
	store_check_worker(session, arena);
	CHECK(limit > 0 && limit <= STORE_PAGES_MAX);
	return store_settle(session,
	    session->store->ops->find_contacts(session, arena, number, limit, ret, ret_count));
}

struct err *
store_count_answer(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    struct instant now, bool acted, int64_t *ret)
{
	store_check_worker(session, arena);
	return store_settle(session,
	    session->store->ops->count_answer(session, arena, fingerprint, now, acted, ret));
}

struct err *
store_prune_work(struct store_session *session, struct arena *arena, int64_t keep_s, size_t limit,
    int64_t *ret_count)
{
	store_check_worker(session, arena);
	CHECK(keep_s >= 0);
	CHECK(limit > 0 && limit <= STORE_BATCH_MAX);
	return store_settle(
	    session, session->store->ops->prune_work(session, arena, keep_s, limit, ret_count));
}
