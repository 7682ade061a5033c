#include "store/pg/pg_internal.h"

static struct sha256
get_hash(struct pg_row *row)
{
	struct str bytes = pg_get_text(row);
	struct sha256 hash = { { 0 } };

	if (bytes.len == sizeof(hash.bytes))
		memcpy(hash.bytes, bytes.ptr, bytes.len);
	else
		row->wrong = true;
	return hash;
}

/* ---- ticks ---- */

static struct err *
get_tick(PGresult *result, int index, struct arena *arena, struct store_tick *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	ret->number = pg_get_int(&row);
	ret->first_position = pg_get_int(&row);
	ret->last_position = pg_get_int(&row);
	ret->at = pg_get_instant(&row);
	ret->root = get_hash(&row);
	ret->hash = get_hash(&row);
	return pg_row_check(&row, STR("a tick"));
}

struct err *
pg_read_ticks(struct store_session *base, struct arena *arena, int64_t after, size_t limit,
    struct store_ticks *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_tick *ticks;
	size_t count;

	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_read_ticks, &params, &result));
	count = (size_t)PQntuples(result);
	ticks = arena_array(arena, struct store_tick, count + 1);
	if (ticks == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_tick(result, (int)i, arena, &ticks[i]));
	*ret = (struct store_ticks){ ticks, count };
	return NULL;
}

struct err *
pg_find_tick(struct store_session *base, struct arena *arena, int64_t position, bool *ret_found,
    struct store_tick *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_int(&params, position);
	TRY(pg_run(pg_session(base), arena, PG_find_tick, &params, &result));
	*ret_found = PQntuples(result) > 0;
	return *ret_found ? get_tick(result, 0, arena, ret) : NULL;
}

/* ---- signatures ---- */

struct err *
pg_put_signature(
    struct store_session *base, struct arena *arena, const struct store_signature *signature)
{
	struct pg_params params = { .arena = arena };

	pg_put_int(&params, signature->tick);
	pg_put_hash(&params, signature->key_id);
	pg_put_instant(&params, signature->at);
	pg_put_text(
	    &params, (struct str){ (const char *)signature->bytes, sizeof(signature->bytes) });
	return pg_run(pg_session(base), arena, PG_put_signature, &params, NULL);
}

static struct err *
get_signature(PGresult *result, int index, struct arena *arena, struct store_signature *ret)
{
	struct pg_row row = pg_row(result, index, arena);
	struct str bytes;

	ret->tick = pg_get_int(&row);
	ret->key_id = get_hash(&row);
	ret->at = pg_get_instant(&row);
	bytes = pg_get_text(&row);
	if (bytes.len == sizeof(ret->bytes))
		memcpy(ret->bytes, bytes.ptr, bytes.len);
	else
		row.wrong = true;
	return pg_row_check(&row, STR("a signature"));
}

struct err *
pg_read_signatures(struct store_session *base, struct arena *arena, int64_t from, size_t limit,
    struct store_signatures *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_signature *signatures;
	size_t count;

	pg_put_int(&params, from);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_read_signatures, &params, &result));
	count = (size_t)PQntuples(result);
	signatures = arena_array(arena, struct store_signature, count + 1);
	if (signatures == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_signature(result, (int)i, arena, &signatures[i]));
	*ret = (struct store_signatures){ signatures, count };
	return NULL;
}

/* ---- the audit ---- */

static struct err *
get_audit_row(PGresult *result, int index, struct arena *arena, struct store_audit_row *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	ret->position = pg_get_int(&row);
	ret->seq = pg_get_int(&row);
	ret->earlier_position = pg_get_int(&row);
	ret->found = !pg_next_is_null(&row);
	if (!ret->found)
		return pg_row_check(&row, STR("a row of the log"));
	return pg_get_event(&row, &ret->event);
}

struct err *
pg_audit_log(struct store_session *base, struct arena *arena, int64_t after, size_t limit,
    struct store_audit_rows *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_audit_row *rows;
	size_t count;

	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_audit_log, &params, &result));
	count = (size_t)PQntuples(result);
	rows = arena_array(arena, struct store_audit_row, count + 1);
	if (rows == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_audit_row(result, (int)i, arena, &rows[i]));
	*ret = (struct store_audit_rows){ rows, count };
	return NULL;
}

struct err *
pg_audit_counts(struct store_session *base, struct arena *arena, struct store_audit_counts *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run_unhurried(pg_session(base), arena, PG_audit_counts, NULL, &result));
	row = pg_row(result, 0, arena);
	ret->head = pg_get_int(&row);
	ret->last_position = pg_get_int(&row);
	ret->last_tick = pg_get_int(&row);
	ret->last_tick_position = pg_get_int(&row);
	ret->events = pg_get_int(&row);
	ret->positions = pg_get_int(&row);
	ret->unplaced = pg_get_int(&row);
	ret->has_bad_stream = !pg_next_is_null(&row);
	if (ret->has_bad_stream)
		ret->bad_stream = pg_get_uuid(&row);
	return pg_row_check(&row, STR("the audit's counts"));
}
