#include "store/pg/pg_internal.h"

/* What is asked before it is known who asks; each is a function of migrations/0016_gate.sql. */

struct err *
pg_find_member(struct store_session *base, struct arena *arena, struct uuid user,
    struct uuid organisation, bool *ret_found, struct store_membership *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, user);
	pg_put_uuid(&params, organisation);
	TRY(pg_run(pg_session(base), arena, PG_find_member, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret = pg_get_membership(&row);
	return pg_row_check(&row, STR("a membership"));
}

struct err *
pg_list_memberships(struct store_session *base, struct arena *arena, struct uuid user,
    struct store_memberships *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_membership *list;
	size_t count;

	pg_put_uuid(&params, user);
	pg_put_int(&params, STORE_ROWS_MAX);
	TRY(pg_run(pg_session(base), arena, PG_list_memberships, &params, &result));
	count = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_membership, count + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		list[i] = pg_get_membership(&row);
		TRY(pg_row_check(&row, STR("a membership")));
	}
	*ret = (struct store_memberships){ list, count };
	return NULL;
}

struct err *
pg_find_identity(struct store_session *base, struct arena *arena, struct str issuer,
    struct str subject, bool *ret_found, struct store_known_user *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, issuer);
	pg_put_text(&params, subject);
	TRY(pg_run(pg_session(base), arena, PG_find_identity, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	ret->user = pg_get_uuid(&row);
	ret->handle = pg_get_text(&row);
	ret->disabled = pg_get_bool(&row);
	return pg_row_check(&row, STR("an identity"));
}

struct err *
pg_list_invitations(
    struct store_session *base, struct arena *arena, struct str email, struct store_records *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_text(&params, email);
	pg_put_int(&params, STORE_ROWS_MAX);
	TRY(pg_run(pg_session(base), arena, PG_list_invitations, &params, &result));
	return pg_get_records(result, arena, ret);
}

/* ---- tokens ---- */

/* The membership of the holder of ${token}, whose ids have been read. */
static struct store_membership
get_holder(struct pg_row *row, const struct store_token *token)
{
	struct store_membership membership = { .user = token->user };

	membership.user_handle = pg_get_text(row);
	membership.role = pg_get_text(row);
	membership.organisation.id = token->organisation;
	membership.organisation.handle = pg_get_text(row);
	membership.organisation.name = pg_get_text(row);
	membership.organisation.is_noc = pg_get_bool(row);
	membership.organisation.is_osp = pg_get_bool(row);
	return membership;
}

struct err *
pg_find_token(struct store_session *base, struct arena *arena, struct sha256 hash, bool *ret_found,
    struct store_token *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_hash(&params, hash);
	TRY(pg_run(pg_session(base), arena, PG_find_token, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	ret->id = pg_get_uuid(&row);
	ret->organisation = pg_get_uuid(&row);
	ret->user = pg_get_uuid(&row);
	ret->scopes = pg_get_text(&row);
	ret->expires = pg_get_instant(&row);
	ret->revoked_at = pg_get_instant_or_none(&row);
	ret->last_used_at = pg_get_instant_or_none(&row);
	ret->is_member = !pg_next_is_null(&row);
	if (ret->is_member)
		ret->membership = get_holder(&row, ret);
	return pg_row_check(&row, STR("a token"));
}

struct err *
pg_touch_token(struct store_session *base, struct arena *arena, struct uuid id, struct instant now,
    int64_t seconds, struct str address, bool *ret_first)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, id);
	pg_put_instant(&params, now);
	pg_put_int(&params, seconds);
	pg_put_text(&params, address);
	TRY(pg_run(pg_session(base), arena, PG_touch_token, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_first = pg_get_bool(&row);
	return pg_row_check(&row, STR("whether a token's use was written"));
}

struct err *
pg_find_token_use(struct store_session *base, struct arena *arena, struct uuid id,
    struct instant *ret_at, struct str *ret_address)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	*ret_at = RECORD_NO_MOMENT;
	*ret_address = STR("");
	pg_put_uuid(&params, id);
	TRY(pg_run(pg_session(base), arena, PG_find_token_use, &params, &result));
	if (PQntuples(result) == 0)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret_at = pg_get_instant(&row);
	*ret_address = pg_get_text(&row);
	return pg_row_check(&row, STR("a token's last use"));
}

/* ---- sessions of browsers ---- */

struct err *
pg_add_web_session(
    struct store_session *base, struct arena *arena, const struct store_web_session *session_row)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, session_row->id);
	pg_put_uuid(&params, session_row->user);
	pg_put_hash(&params, session_row->hash);
	pg_put_text(&params, session_row->issuer);
	pg_put_text(&params, session_row->subject);
	pg_put_text(&params, session_row->via);
	pg_put_text(&params, session_row->address);
	pg_put_text(&params, session_row->agent);
	pg_put_instant(&params, session_row->created_at);
	pg_put_instant(&params, session_row->seen_at);
	pg_put_instant(&params, session_row->ends_at);
	return pg_run(pg_session(base), arena, PG_add_web_session, &params, NULL);
}

/* A session's hash is NULL where it is not told. */
static struct store_web_session
get_web_session(struct pg_row *row)
{
	struct store_web_session session = { .id = pg_get_uuid(row) };
	struct str hash = { 0 };

	session.user = pg_get_uuid(row);
	if (pg_next_is_null(row))
		pg_skip(row);
	else
		hash = pg_get_text(row);
	if (hash.len == sizeof(session.hash.bytes))
		memcpy(session.hash.bytes, hash.ptr, hash.len);
	session.issuer = pg_get_text(row);
	session.subject = pg_get_text(row);
	session.via = pg_get_text(row);
	session.address = pg_get_text(row);
	session.agent = pg_get_text(row);
	session.created_at = pg_get_instant(row);
	session.seen_at = pg_get_instant(row);
	session.ends_at = pg_get_instant(row);
	return session;
}

struct err *
pg_find_web_session(struct store_session *base, struct arena *arena, struct sha256 hash,
    struct instant now, int64_t idle_s, bool *ret_found, struct store_web_session *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_hash(&params, hash);
	pg_put_instant(&params, now);
	pg_put_int(&params, idle_s);
	TRY(pg_run(pg_session(base), arena, PG_find_web_session, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret = get_web_session(&row);
	return pg_row_check(&row, STR("a browser's session"));
}

struct err *
pg_touch_web_session(
    struct store_session *base, struct arena *arena, struct uuid id, struct instant now)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, id);
	pg_put_instant(&params, now);
	return pg_run(pg_session(base), arena, PG_touch_web_session, &params, NULL);
}

/* Run ${statement}, which answers how many there were. */
static struct err *
run_count(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, int64_t *ret_count)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	row = pg_row(result, 0, arena);
	*ret_count = pg_get_int(&row);
	return pg_row_check(&row, STR("how many sessions ended"));
}

struct err *
pg_end_web_sessions(struct store_session *base, struct arena *arena, struct uuid user,
    struct uuid id, int64_t *ret_count)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, user);
	pg_put_uuid_or_null(&params, id);
	return run_count(base, arena, PG_end_web_sessions, &params, ret_count);
}

struct err *
pg_list_web_sessions(struct store_session *base, struct arena *arena, struct uuid user,
    struct instant now, int64_t idle_s, struct store_web_sessions *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_web_session *list;
	size_t count;

	pg_put_uuid(&params, user);
	pg_put_instant(&params, now);
	pg_put_int(&params, idle_s);
	TRY(pg_run(pg_session(base), arena, PG_list_web_sessions, &params, &result));
	count = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_web_session, count + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		list[i] = get_web_session(&row);
		TRY(pg_row_check(&row, STR("a browser's session")));
	}
	*ret = (struct store_web_sessions){ list, count };
	return NULL;
}

struct err *
pg_sweep_web_sessions(struct store_session *base, struct arena *arena, struct instant now,
    int64_t idle_s, int64_t *ret_count)
{
	struct pg_params params = { .arena = arena };

	pg_put_instant(&params, now);
	pg_put_int(&params, idle_s);
	return run_count(base, arena, PG_sweep_web_sessions, &params, ret_count);
}
