#include "store/pg/pg_internal.h"

/* The list from its first row, then a person a row. */
static struct err *
get_roster(PGresult *result, struct arena *arena, struct store_roster *ret)
{
	size_t count = (size_t)PQntuples(result);
	struct store_record *people = arena_array(arena, struct store_record, count);

	if (people == NULL)
		return store_out_of_memory(arena);
	*ret = (struct store_roster){ .people = people };
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);
		bool no_region = pg_next_is_null(&row);
		struct store_record record;

		if (no_region)
			pg_skip(&row);
		else
			ret->region = pg_get_uuid(&row);
		ret->region_name = pg_get_text(&row);
		record = pg_get_record(&row);
		TRY(pg_row_check(&row, STR("a roster")));
		if (i > 0) {
			people[ret->count++] = record;
			continue;
		}
		ret->list = record.id;
		ret->list_body = record.body;
	}
	return NULL;
}

struct err *
pg_find_roster(struct store_session *base, struct arena *arena, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct store_roster *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_uuid(&params, osp);
	pg_put_uuid(&params, agreement);
	pg_put_text(&params, pg_location_encode(arena, location));
	TRY(pg_run(pg_session(base), arena, PG_find_roster, &params, &result));
	*ret_found = PQntuples(result) > 0;
	return *ret_found ? get_roster(result, arena, ret) : NULL;
}

struct err *
pg_list_overlaps(struct store_session *base, struct arena *arena, struct uuid region, size_t limit,
    struct store_overlap *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	pg_put_uuid_or_null(&params, region);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_list_overlaps, &params, &result));
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_overlap *overlap = &ret[(*ret_count)++];

		overlap->a = pg_get_uuid(&row);
		overlap->b = pg_get_uuid(&row);
		overlap->area = pg_get_double(&row);
		TRY(pg_row_check(&row, STR("an overlap of regions")));
	}
	return NULL;
}

struct err *
pg_check_area(struct store_session *base, struct arena *arena, const struct geo_area *area,
    bool *ret_valid, struct str *ret_reason)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, pg_area_encode(arena, area));
	TRY(pg_run(pg_session(base), arena, PG_check_area, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_valid = pg_get_bool(&row);
	*ret_reason = pg_get_text(&row);
	return pg_row_check(&row, STR("whether an area is valid"));
}
