#include "store/pg/pg_internal.h"

struct store_record
pg_get_record(struct pg_row *row)
{
	struct store_record record = { .version = 0 };

	if (!record_kind_find(pg_get_text(row), &record.kind))
		row->wrong = true;
	record.id = pg_get_uuid(row);
	record.version = pg_get_int(row);
	record.noc = pg_get_uuid(row);
	record.osp = pg_get_uuid(row);
	record.parent = pg_get_uuid(row);
	record.changed_at = pg_get_instant(row);
	record.body = pg_get_text(row);
	return record;
}

struct err *
pg_get_records(PGresult *result, struct arena *arena, struct store_records *ret)
{
	size_t count = (size_t)PQntuples(result);
	struct store_record *list = arena_array(arena, struct store_record, count + 1);

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		list[i] = pg_get_record(&row);
		TRY(pg_row_check(&row, STR("a record")));
	}
	*ret = (struct store_records){ list, count };
	return NULL;
}

struct err *
pg_find_record(struct store_session *base, struct arena *arena, enum record_kind kind,
    struct uuid id, bool *ret_found, struct store_record *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, id);
	pg_put_text(&params, record_kind_name(kind));
	TRY(pg_run(pg_session(base), arena, PG_find_record, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret = pg_get_record(&row);
	return pg_row_check(&row, STR("a record"));
}

/* The way along an index that ${query} is; see list_records in queries.sql. */
static enum pg_statement
choose_list(const struct store_session *session, const struct store_record_query *query)
{
	if (!uuid_is_nil(query->parent))
		return query->newest_first ? PG_list_children_newest : PG_list_children;
	if (session->role != STORE_API || query->kind == RECORD_AGREEMENT ||
	    query->kind == RECORD_ORGANISATION)
		return query->newest_first ? PG_list_records_newest : PG_list_records;
	return query->newest_first ? PG_list_own_records_newest : PG_list_own_records;
}

struct err *
pg_list_records(struct store_session *base, struct arena *arena,
    const struct store_record_query *query, struct store_records *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_text(&params, record_kind_name(query->kind));
	pg_put_uuid_or_null(&params, query->after);
	pg_put_int(&params, (int64_t)query->limit);
	if (!uuid_is_nil(query->parent))
		pg_put_uuid(&params, query->parent);
	TRY(pg_run(pg_session(base), arena, choose_list(base, query), &params, &result));
	return pg_get_records(result, arena, ret);
}

struct err *
pg_forget_records(struct store_session *base, struct arena *arena)
{
	TRY(pg_run_unhurried(pg_session(base), arena, PG_hold_records, NULL, NULL));
	return pg_run_unhurried(pg_session(base), arena, PG_forget_records, NULL, NULL);
}
