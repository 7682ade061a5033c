#include "store/store_adapter.h"

void
store_check_session(const struct store_session *session, const struct arena *arena)
{
	CHECK(session != NULL);
	CHECK(arena != NULL);
}

void
store_check_worker(const struct store_session *session, const struct arena *arena)
{
	store_check_session(session, arena);
	CHECK(session->role == STORE_WORKER);
}

void
store_check_limit(size_t limit)
{
	CHECK(limit > 0);
	CHECK(limit <= STORE_ROWS_MAX);
}

void
store_check_key(struct str key)
{
	CHECK(!str_empty(key));
	CHECK(key.len <= STORE_KEY_BYTES_MAX);
}

static void
end_transaction(struct store_session *session)
{
	session->open = false;
	session->appended = false;
	session->news = (struct store_news){ .events = false };
	session->organisation = session->acts_for;
}

struct err *
store_settle(struct store_session *session, struct err *err)
{
	if (err != NULL)
		store_rollback(session);
	return err;
}

static void
ring(struct store *store, const struct store_news *news)
{
	if (store->ring != NULL)
		store->ring(store->ring_context, news);
}

/* Add to ${news} what ${append} brings. */
static void
add_news(struct store_news *news, const struct store_append *append)
{
	news->events |= append->event_count > 0 || append->also_count > 0;
	for (size_t i = 0; i < append->effect_count; i++)
		news->effects[effect_lane(append->effects[i].type)] = true;
	for (size_t i = 0; i < append->timer_count; i++) {
		const struct timer_change *timer = &append->timers[i];

		if (!timer->set || (news->timers && news->timer_due.us <= timer->due.us))
			continue;
		news->timers = true;
		news->timer_due = timer->due;
	}
}

bool
store_may_see(const struct store_session *session, struct uuid noc, struct uuid osp)
{
	if (session->role == STORE_WORKER)
		return true;
	return !uuid_is_nil(session->organisation) &&
	       (uuid_equal(session->organisation, noc) || uuid_equal(session->organisation, osp));
}

struct err *
store_out_of_memory(struct arena *arena)
{
	return ERR(arena, ERR_LIMIT, "could not hold what the store returned");
}

struct err *
store_session_open(
    struct store *store, struct arena *arena, enum store_role role, struct store_session **ret)
{
	CHECK(store != NULL);
	CHECK(arena != NULL);
	CHECK(role == STORE_API || role == STORE_WORKER);
	return store->ops->session_open(store, arena, role, ret);
}

void
store_limit_statements(struct store *store, struct duration most)
{
	CHECK(most.us > 0);
	store->statement_most = most;
}

void
store_session_close(struct store_session *session)
{
	if (session == NULL)
		return;
	store_rollback(session);
	session->store->ops->session_close(session);
}

void
store_close(struct store *store)
{
	if (store != NULL)
		store->ops->close(store);
}

void
store_on_append(struct store *store, store_ring_f on_append, void *context)
{
	CHECK(store != NULL);
	store->ring = on_append;
	store->ring_context = context;
}

/* ---- transactions ---- */

struct err *
store_begin(struct store_session *session, struct arena *arena, struct uuid organisation)
{
	struct err *err;

	store_check_session(session, arena);
	CHECK(!session->open);
	session->organisation = organisation;
	session->open = true;
	err = session->store->ops->begin(session, arena);
	if (err != NULL)
		end_transaction(session);
	return err;
}

struct err *
store_commit(struct store_session *session, struct arena *arena)
{
	struct store_news news;
	bool appended;
	struct err *err;

	store_check_session(session, arena);
	CHECK(session->open);
	appended = session->appended;
	news = session->news;
	err = session->store->ops->commit(session, arena);
	end_transaction(session);
	if (appended && (err == NULL || err->kind == ERR_UNCERTAIN))
		ring(session->store, &news);
	return err;
}

void
store_rollback(struct store_session *session)
{
	CHECK(session != NULL);
	if (!session->open)
		return;
	session->store->ops->rollback(session);
	end_transaction(session);
}

void
store_act_for(struct store_session *session, struct uuid organisation)
{
	CHECK(session != NULL);
	CHECK(!session->open);
	session->acts_for = organisation;
	session->organisation = organisation;
}

/* ---- streams and the log ---- */

/* Stream ${index} of the others: another one than all before it, and with something to say. */
static void
check_also(const struct store_append *append, size_t index)
{
	const struct store_also *also = &append->also[index];

	CHECK(also->event_count > 0);
	CHECK(also->event_count <= STORE_ROWS_MAX);
	CHECK(also->expected_version >= 0);
	CHECK(!uuid_equal(also->stream, append->stream));
	for (size_t i = 0; i < index; i++)
		CHECK(!uuid_equal(also->stream, append->also[i].stream));
}

static void
check_append(const struct store_append *append)
{
	CHECK(append != NULL);
	CHECK(append->expected_version >= 0);
	CHECK(!uuid_is_nil(append->stream));
	CHECK(append->event_count <= STORE_ROWS_MAX);
	CHECK(append->also_count <= STORE_ALSO_MAX);
	CHECK(append->effect_count <= STORE_ROWS_MAX);
	CHECK(append->timer_count <= TIMER_COUNT);
	for (size_t i = 0; i < append->effect_count; i++)
		store_check_key(append->effects[i].key);
	for (size_t i = 0; i < append->also_count; i++)
		check_also(append, i);
	if (!str_empty(append->follower)) {
		store_check_key(append->follower);
		CHECK(append->move.to >= append->move.from);
	}
}

struct err *
store_append(struct store_session *session, struct arena *arena, const struct store_append *append,
    struct store_append_result *ret)
{
	struct store_news news = { .events = false };
	bool was_open;
	struct err *err;

	store_check_session(session, arena);
	check_append(append);
	was_open = session->open;
	*ret = (struct store_append_result){ .outcome = STORE_APPENDED };
	err = session->store->ops->append(session, arena, append, ret);
	if (err == NULL && ret->outcome != STORE_APPENDED)
		store_rollback(session);
	else if (err == NULL && was_open) {
		session->appended = true;
		add_news(&session->news, append);
	}
	if (!was_open && (err == NULL || err->kind == ERR_UNCERTAIN)) {
		add_news(&news, append);
		ring(session->store, &news);
	}
	return store_settle(session, err);
}

struct err *
store_find_command(struct store_session *session, struct arena *arena, struct uuid scope,
    struct uuid key, struct sha256 body_hash, struct store_append_result *ret)
{
	store_check_session(session, arena);
	CHECK(!uuid_is_nil(key));
	*ret = (struct store_append_result){ .outcome = STORE_APPENDED };
	return store_settle(
	    session, session->store->ops->find_command(session, arena, scope, key, body_hash, ret));
}

struct err *
store_take_job_number(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t *ret)
{
	store_check_session(session, arena);
	CHECK(session->open);
	CHECK(type < JOB_TYPE_COUNT);
	return store_settle(
	    session, session->store->ops->take_job_number(session, arena, noc, osp, type, ret));
}

struct err *
store_read_stream(struct store_session *session, struct arena *arena, struct uuid stream,
    int64_t after, size_t limit, struct store_events *ret)
{
	store_check_session(session, arena);
	store_check_limit(limit);
	return store_settle(
	    session, session->store->ops->read_stream(session, arena, stream, after, limit, ret));
}

struct err *
store_read_log(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	store_check_worker(session, arena);
	CHECK(limit > 0);
	CHECK(limit <= STORE_BATCH_MAX);
	return store_settle(
	    session, session->store->ops->read_log(session, arena, after, limit, ret));
}

struct err *
store_log_head(struct store_session *session, struct arena *arena, int64_t *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->log_head(session, arena, ret));
}

struct err *
store_list_changed(struct store_session *session, struct arena *arena, int64_t after, int64_t upto,
    struct store_changed_list *ret)
{
	store_check_session(session, arena);
	CHECK(after >= 0);
	CHECK(upto <= after + STORE_BATCH_MAX);
	return store_settle(
	    session, session->store->ops->list_changed(session, arena, after, upto, ret));
}

struct err *
store_sequence(struct store_session *session, struct arena *arena, int64_t *ret_head,
    bool *ret_leads, size_t *ret_count)
{
	store_check_worker(session, arena);
	CHECK(!session->open);
	TRY(session->store->ops->sequence(session, arena, ret_head, ret_leads, ret_count));
	if (*ret_count > 0)
		ring(session->store, &(struct store_news){ .events = true });
	return NULL;
}

/* ---- timers and the outbox ---- */

struct err *
store_claim_timers(struct store_session *session, struct arena *arena, struct instant now,
    size_t limit, struct store_timer *ret, size_t *ret_count)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	CHECK(!session->open);
	return session->store->ops->claim_timers(session, arena, now, limit, ret, ret_count);
}

struct err *
store_put_back_timer(struct store_session *session, struct arena *arena,
    const struct store_timer *timer, struct instant due)
{
	store_check_worker(session, arena);
	CHECK(timer != NULL);
	return store_settle(
	    session, session->store->ops->put_back_timer(session, arena, timer, due));
}

struct err *
store_claim_effects(struct store_session *session, struct arena *arena, enum effect_lane lane,
    struct instant now, size_t limit, struct store_claim *ret, size_t *ret_count)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	CHECK(lane < LANE_COUNT);
	CHECK(!session->open);
	return session->store->ops->claim_effects(session, arena, lane, now, limit, ret, ret_count);
}

struct err *
store_begin_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant now)
{
	store_check_worker(session, arena);
	store_check_key(key);
	CHECK(!session->open);
	return session->store->ops->begin_effect(session, arena, key, now);
}

struct err *
store_put_back_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant due, bool begun, struct str problem)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(session,
	    session->store->ops->put_back_effect(session, arena, key, due, begun, problem));
}

struct err *
store_drop_effect(struct store_session *session, struct arena *arena, struct str key)
{
	store_check_worker(session, arena);
	store_check_key(key);
	return store_settle(session, session->store->ops->drop_effect(session, arena, key));
}

struct err *
store_next_timer(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	store_check_worker(session, arena);
	return store_settle(
	    session, session->store->ops->next_timer(session, arena, ret_any, ret_due));
}

struct err *
store_next_effect(struct store_session *session, struct arena *arena, enum effect_lane lane,
    bool *ret_any, struct instant *ret_due)
{
	store_check_worker(session, arena);
	CHECK(lane < LANE_COUNT);
	return store_settle(
	    session, session->store->ops->next_effect(session, arena, lane, ret_any, ret_due));
}

struct err *
store_next_due(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	store_check_worker(session, arena);
	return store_settle(
	    session, session->store->ops->next_due(session, arena, ret_any, ret_due));
}

struct err *
store_find_provider_id(struct store_session *session, struct arena *arena, struct str provider_id,
    bool *ret_found, struct uuid *ret_eco, int64_t *ret_number)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->find_provider_id(session, arena,
					 provider_id, ret_found, ret_eco, ret_number));
}

struct err *
store_record_rejection(struct store_session *session, struct arena *arena, struct instant now,
    struct str route, struct str peer, struct str reason)
{
	struct store_rejection rejection = { now, route, peer, reason };

	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->record_rejection(session, arena, &rejection));
}

struct err *
store_list_rejections(struct store_session *session, struct arena *arena, size_t limit,
    struct store_rejection *ret, size_t *ret_count)
{
	store_check_worker(session, arena);
	store_check_limit(limit);
	return store_settle(
	    session, session->store->ops->list_rejections(session, arena, limit, ret, ret_count));
}

struct err *
store_backlog(struct store_session *session, struct arena *arena, struct instant now,
    struct store_backlog *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->backlog(session, arena, now, ret));
}

struct err *
store_lateness(struct store_session *session, struct arena *arena, struct instant before,
    struct store_lateness *ret)
{
	store_check_worker(session, arena);
	return store_settle(session, session->store->ops->lateness(session, arena, before, ret));
}

/* ---- the board ---- */

struct err *
store_put_board(struct store_session *session, struct arena *arena, int64_t build,
    const struct store_board_row *rows, size_t count)
{
	store_check_worker(session, arena);
	CHECK(build == 1 || build == 2);
	CHECK(count <= STORE_BATCH_MAX);
	if (count == 0)
		return NULL;
	return store_settle(
	    session, session->store->ops->put_board(session, arena, build, rows, count));
}

struct err *
store_board_checksum(struct store_session *session, struct arena *arena, int64_t build,
    int64_t *ret_rows, struct sha256 *ret)
{
	store_check_worker(session, arena);
	CHECK(build == 1 || build == 2);
	return store_settle(
	    session, session->store->ops->board_checksum(session, arena, build, ret_rows, ret));
}

struct err *
store_find_board(struct store_session *session, struct arena *arena, struct uuid eco,
    bool *ret_found, struct store_board_row *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->find_board(session, arena, eco, ret_found, ret));
}

struct err *
store_find_board_by_number(struct store_session *session, struct arena *arena, struct str number,
    bool *ret_found, struct store_board_row *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->find_board_by_number(session, arena, number, ret_found, ret));
}

struct err *
store_list_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret)
{
	store_check_session(session, arena);
	store_check_limit(limit);
	CHECK(filter != NULL);
	return store_settle(
	    session, session->store->ops->list_board(session, arena, filter, limit, ret));
}

struct err *
store_board_position(struct store_session *session, struct arena *arena, int64_t *ret)
{
	store_check_session(session, arena);
	return store_settle(session, session->store->ops->board_position(session, arena, ret));
}

struct err *
store_count_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, int64_t *ret)
{
	store_check_session(session, arena);
	CHECK(filter != NULL);
	return store_settle(session, session->store->ops->count_board(session, arena, filter, ret));
}

/* ---- the directory ---- */

struct err *
store_find_membership(struct store_session *session, struct arena *arena, struct str user,
    struct str organisation, bool *ret_found, struct store_membership *ret)
{
	store_check_session(session, arena);
	return store_settle(session, session->store->ops->find_membership(
					 session, arena, user, organisation, ret_found, ret));
}

struct err *
store_find_organisation(struct store_session *session, struct arena *arena, struct uuid id,
    struct str handle, bool *ret_found, struct store_organisation *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->find_organisation(session, arena, id, handle, ret_found, ret));
}

struct err *
store_list_partners(struct store_session *session, struct arena *arena, struct uuid organisation,
    struct instant now, struct store_organisations *ret)
{
	store_check_session(session, arena);
	return store_settle(
	    session, session->store->ops->list_partners(session, arena, organisation, now, ret));
}

struct err *
store_find_agreement(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, struct instant now, bool *ret_found, struct store_agreement *ret)
{
	store_check_session(session, arena);
	return store_settle(session,
	    session->store->ops->find_agreement(session, arena, noc, osp, now, ret_found, ret));
}

struct err *
store_get_agreement(
    struct store_session *session, struct arena *arena, struct uuid id, struct store_agreement *ret)
{
	store_check_session(session, arena);
	return store_settle(session, session->store->ops->get_agreement(session, arena, id, ret));
}

struct err *
store_plant(struct store_session *session, struct arena *arena, const struct store_seed *seed)
{
	bool was_open;

	store_check_worker(session, arena);
	CHECK(seed != NULL);
	for (size_t i = 0; i < seed->membership_count; i++)
		CHECK(str_empty(seed->memberships[i].role));
	was_open = session->open;
	if (!was_open)
		TRY(store_begin(session, arena, UUID_NIL));
	TRY(store_settle(session, session->store->ops->plant(session, arena, seed)));
	return was_open ? NULL : store_commit(session, arena);
}
