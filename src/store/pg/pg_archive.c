#include "store/pg/pg_internal.h"

/* ---- partitions ---- */

static struct err *
get_partition(struct pg_row *row, struct store_partition *ret)
{
	ret->name = pg_get_text(row);
	ret->from_seq = pg_get_int(row);
	ret->to_seq = pg_get_int(row);
	ret->bytes = pg_get_int(row);
	ret->archived = pg_get_bool(row);
	return pg_row_check(row, STR("a partition"));
}

struct err *
pg_list_partitions(struct store_session *base, struct arena *arena, struct store_partitions *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_partition *partitions;
	size_t count;

	TRY(pg_run(pg_session(base), arena, PG_list_partitions, NULL, &result));
	count = (size_t)PQntuples(result);
	partitions = arena_array(arena, struct store_partition, count + 1);
	if (partitions == NULL)
		return store_out_of_memory(arena);
	*ret = (struct store_partitions){ partitions, count, 0, 0 };
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		ret->last_seq = pg_get_int(&row);
		ret->rows = pg_get_int(&row);
		TRY(get_partition(&row, &partitions[i]));
	}
	return NULL;
}

struct err *
pg_make_partitions(struct store_session *base, struct arena *arena, int64_t *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, PG_make_partitions, NULL, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("how many partitions were made"));
}

struct err *
pg_archive_oldest(struct store_session *base, struct arena *arena, struct store_partition *ret)
{
	CLEANUP(pg_result_clear) PGresult *moved = NULL;
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_params params = { .arena = arena };
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, PG_archive_oldest, NULL, &moved));
	row = pg_row(moved, 0, arena);
	pg_put_text(&params, pg_get_text(&row));
	TRY(pg_row_check(&row, STR("a partition's name")));
	TRY(pg_run(pg_session(base), arena, PG_find_partition, &params, &result));
	row = pg_row(result, 0, arena);
	return get_partition(&row, ret);
}

/* ---- history for elsewhere, and from there ---- */

struct err *
pg_export_events(struct store_session *base, struct arena *arena, struct uuid organisation,
    int64_t after, size_t limit, struct store_events *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_uuid(&params, organisation);
	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run_unhurried(pg_session(base), arena, PG_export_events, &params, &result));
	return pg_get_events(result, arena, ret);
}

/* All ${events} are of one stream of one NOC, and sound. */
static struct err *
check_import(const struct store_event *events, size_t count, struct arena *arena)
{
	for (size_t i = 0; i < count; i++) {
		if (!uuid_equal(events[i].stream, events->stream) ||
		    !uuid_equal(events[i].noc, events->noc) || events[i].version < 1)
			return ERR(arena, ERR_CORRUPT,
			    "event %zu of an import does not belong to the stream of the first",
			    i + 1);
		TRY(store_verify_event(&events[i], arena));
	}
	return NULL;
}

static void
put_import(struct pg_params *params, const struct store_event *events, struct store_also *parts,
    size_t count)
{
	struct pg_array osps = pg_array_begin(params, PG_UUID, count, count * sizeof(struct uuid));
	struct pg_array versions = pg_array_begin(params, PG_INT8, count, count * 8);
	struct pg_array recorded = pg_array_begin(params, PG_TIMESTAMPTZ, count, count * 8);

	for (size_t i = 0; i < count; i++) {
		/* A hash is over where and whose an event is; here each has its own. */
		parts[i] = (struct store_also){ .stream = events[i].stream,
			.expected_version = events[i].version - 1,
			.noc = events[i].noc,
			.osp = events[i].osp,
			.events = &events[i],
			.event_count = 1 };
		pg_array_uuid(&osps, events[i].osp);
		pg_array_int(&versions, events[i].version);
		pg_array_instant(&recorded, events[i].recorded_at);
	}
	pg_put_uuid(params, events->stream);
	pg_put_uuid(params, events->noc);
	pg_array_end(params, &osps);
	pg_array_end(params, &versions);
	pg_array_end(params, &recorded);
	pg_put_events(params, parts, count);
}

struct err *
pg_import_events(struct store_session *base, struct arena *arena, const struct store_event *events,
    size_t count, size_t *ret)
{
	struct pg_params params = { .arena = arena };
	struct store_also *parts = arena_array(arena, struct store_also, count);
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	if (parts == NULL)
		return store_out_of_memory(arena);
	TRY(check_import(events, count, arena));
	put_import(&params, events, parts, count);
	TRY(pg_run(pg_session(base), arena, PG_import_events, &params, &result));
	row = pg_row(result, 0, arena);
	*ret = (size_t)pg_get_int(&row);
	return pg_row_check(&row, STR("how many events were new"));
}

struct err *
pg_raise_job_number(struct store_session *base, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t number)
{
	struct pg_params params = { .arena = arena };

	if (number <= 0)
		return NULL;
	pg_put_uuid(&params, noc);
	pg_put_uuid(&params, osp);
	pg_put_text(&params, job_type_name(type));
	pg_put_int(&params, number);
	return pg_run(pg_session(base), arena, PG_raise_job_number, &params, NULL);
}
