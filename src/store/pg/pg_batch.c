#include "store/pg/pg_internal.h"

static void
put_ids(struct pg_params *params, const struct uuid *ids, size_t count)
{
	struct pg_array list = pg_array_begin(params, PG_UUID, count, count * sizeof(ids[0].bytes));

	for (size_t i = 0; i < count; i++)
		pg_array_uuid(&list, ids[i]);
	pg_array_end(params, &list);
}

struct err *
pg_find_organisations(struct store_session *base, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_organisations *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_organisation *list;
	size_t found;

	put_ids(&params, ids, count);
	TRY(pg_run(pg_session(base), arena, PG_find_organisations, &params, &result));
	found = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_organisation, found + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < found; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		list[i] = pg_get_organisation(&row);
		TRY(pg_row_check(&row, STR("an organisation")));
	}
	*ret = (struct store_organisations){ list, found };
	return NULL;
}

struct err *
pg_find_records(struct store_session *base, struct arena *arena, const enum record_kind *kind,
    const struct uuid *ids, size_t count, struct store_records *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	put_ids(&params, ids, count);
	pg_put_text_or_null(&params, kind == NULL ? STR("") : record_kind_name(*kind));
	TRY(pg_run(pg_session(base), arena, PG_find_records, &params, &result));
	return pg_get_records(result, arena, ret);
}

struct err *
pg_find_token_uses(struct store_session *base, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_token_use *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	size_t found;

	put_ids(&params, ids, count);
	TRY(pg_run(pg_session(base), arena, PG_find_token_uses, &params, &result));
	found = (size_t)PQntuples(result);
	CHECK(found <= count);
	for (size_t i = 0; i < found; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		ret[i] = (struct store_token_use){ .token = pg_get_uuid(&row) };
		ret[i].at = pg_get_instant(&row);
		ret[i].address = pg_get_text(&row);
		TRY(pg_row_check(&row, STR("a token's last use")));
	}
	*ret_count = found;
	return NULL;
}

/* ---- streams ---- */

static void
put_stretches(struct pg_params *params, const struct store_streams_query *query)
{
	struct pg_array ids = pg_array_begin(params, PG_UUID, query->count, query->count * 16);
	struct pg_array afters = pg_array_begin(params, PG_INT8, query->count, query->count * 8);
	struct pg_array untils = pg_array_begin(params, PG_INT8, query->count, query->count * 8);

	for (size_t i = 0; i < query->count; i++) {
		pg_array_uuid(&ids, query->stretches[i].stream);
		pg_array_int(&afters, query->stretches[i].after);
		pg_array_int(&untils, query->stretches[i].until);
	}
	pg_array_end(params, &ids);
	pg_array_end(params, &afters);
	pg_array_end(params, &untils);
}

/* What is among the last events and the last of its type came twice, one behind the other. */
static struct err *
drop_twins(struct arena *arena, struct store_events *events)
{
	struct store_event *list = arena_array(arena, struct store_event, events->count + 1);
	size_t count = 0;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < events->count; i++) {
		if (count == 0 || list[count - 1].version != events->at[i].version ||
		    !uuid_equal(list[count - 1].stream, events->at[i].stream))
			list[count++] = events->at[i];
	}
	*events = (struct store_events){ list, count };
	return NULL;
}

struct err *
pg_read_streams(struct store_session *base, struct arena *arena,
    const struct store_streams_query *query, struct store_events *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	put_stretches(&params, query);
	pg_put_int(&params, (int64_t)query->each);
	if (query->newest)
		pg_put_text_or_null(&params, query->also_type);
	TRY(pg_run(pg_session(base), arena, query->newest ? PG_read_tails : PG_read_streams,
	    &params, &result));
	TRY(pg_get_events(result, arena, ret));
	return str_empty(query->also_type) ? NULL : drop_twins(arena, ret);
}
