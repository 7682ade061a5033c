#include "store/pg/pg_internal.h"

/* ---- writing ---- */

/* The parameters of put_board, in its order. */
enum board_column {
	BOARD_ECO,
	BOARD_VERSION,
	BOARD_POSITION,
	BOARD_NOC,
	BOARD_OSP,
	BOARD_JOB_NUMBER,
	BOARD_JOB_TYPE,
	BOARD_DESCRIPTION,
	BOARD_LOCATION,
	BOARD_STATUS,
	BOARD_DISPATCH,
	BOARD_INTEGRATION,
	BOARD_ETA_MINUTES,
	BOARD_ACCEPTED_AT,
	BOARD_GRACE_UNTIL,
	BOARD_CREATED_AT,
	BOARD_UPDATED_AT,
	BOARD_TASK_COUNT,
	BOARD_TASKS_COMPLETED,
	BOARD_FORMER,
	BOARD_COLUMN_COUNT
};

/* No word of our vocabularies, number, id or moment is longer. */
#define BOARD_VALUE_BYTES_MAX 32

static void
begin_columns(struct pg_params *params, const struct store_board_row *rows, size_t count,
    struct pg_array columns[BOARD_COLUMN_COUNT])
{
	static const enum pg_type types[BOARD_COLUMN_COUNT] = { PG_UUID, PG_INT8, PG_INT8, PG_UUID,
		PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT, PG_BYTEA, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT8,
		PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT8, PG_INT8,
		PG_BOOL };
	size_t bytes[BOARD_COLUMN_COUNT] = { 0 };

	for (size_t i = 0; i < count; i++) {
		bytes[BOARD_JOB_NUMBER] += rows[i].job_number.len;
		bytes[BOARD_DESCRIPTION] += rows[i].description.len;
		bytes[BOARD_LOCATION] += rows[i].location.count * sizeof(struct geo_point);
	}
	for (size_t i = 0; i < BOARD_COLUMN_COUNT; i++)
		columns[i] = pg_array_begin(
		    params, types[i], count, bytes[i] + count * BOARD_VALUE_BYTES_MAX);
}

static void
put_optional_instant(struct pg_array *array, bool has, struct instant when)
{
	if (has)
		pg_array_instant(array, when);
	else
		pg_array_null(array);
}

static void
put_row(struct pg_array columns[BOARD_COLUMN_COUNT], const struct store_board_row *row,
    struct arena *arena)
{
	pg_array_uuid(&columns[BOARD_ECO], row->eco);
	pg_array_int(&columns[BOARD_VERSION], row->version);
	pg_array_int(&columns[BOARD_POSITION], row->position);
	pg_array_uuid(&columns[BOARD_NOC], row->noc);
	pg_array_uuid(&columns[BOARD_OSP], row->osp);
	pg_array_text(&columns[BOARD_JOB_NUMBER], row->job_number);
	pg_array_text(&columns[BOARD_JOB_TYPE], job_type_name(row->job_type));
	pg_array_text(&columns[BOARD_DESCRIPTION], row->description);
	pg_array_text(&columns[BOARD_LOCATION], pg_location_encode(arena, &row->location));
	pg_array_text(&columns[BOARD_STATUS], eco_word_name(&eco_status_words, row->status));
	pg_array_text(
	    &columns[BOARD_DISPATCH], eco_word_name(&dispatch_state_words, row->dispatch));
	pg_array_text(
	    &columns[BOARD_INTEGRATION], eco_word_name(&integration_state_words, row->integration));
	pg_array_int(&columns[BOARD_ETA_MINUTES], row->eta_minutes);
	put_optional_instant(&columns[BOARD_ACCEPTED_AT], row->has_accepted, row->accepted_at);
	put_optional_instant(&columns[BOARD_GRACE_UNTIL], row->has_grace, row->grace_until);
	pg_array_instant(&columns[BOARD_CREATED_AT], row->created_at);
	pg_array_instant(&columns[BOARD_UPDATED_AT], row->updated_at);
	pg_array_int(&columns[BOARD_TASK_COUNT], row->task_count);
	pg_array_int(&columns[BOARD_TASKS_COMPLETED], row->tasks_completed);
	pg_array_bool(&columns[BOARD_FORMER], row->former);
}

struct err *
pg_put_board(struct store_session *base, struct arena *arena, int64_t build,
    const struct store_board_row *rows, size_t count)
{
	struct pg_params params = { .arena = arena };
	struct pg_array columns[BOARD_COLUMN_COUNT];

	begin_columns(&params, rows, count, columns);
	for (size_t i = 0; i < count; i++)
		put_row(columns, &rows[i], arena);
	for (size_t i = 0; i < BOARD_COLUMN_COUNT; i++)
		pg_array_end(&params, &columns[i]);
	pg_put_int4(&params, build);
	return pg_run(pg_session(base), arena, PG_put_board, &params, NULL);
}

struct err *
pg_board_checksum(struct store_session *base, struct arena *arena, int64_t build, int64_t *ret_rows,
    struct sha256 *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;
	struct str bytes;

	pg_put_int4(&params, build);
	TRY(pg_run(pg_session(base), arena, PG_board_checksum, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_rows = pg_get_int(&row);
	bytes = pg_get_text(&row);
	row.wrong |= bytes.len != sizeof(ret->bytes);
	TRY(pg_row_check(&row, STR("a checksum")));
	memcpy(ret->bytes, bytes.ptr, sizeof(ret->bytes));
	return NULL;
}

/* ---- reading ---- */

/* The value of the vocabulary ${words} that the next column names. */
static unsigned
get_word(struct pg_row *row, const struct eco_words *words)
{
	unsigned value = 0;

	if (!eco_word_find(words, pg_get_text(row), &value))
		row->wrong = true;
	return value;
}

static bool
get_optional_instant(struct pg_row *row, struct instant *ret)
{
	if (pg_next_is_null(row)) {
		pg_skip(row);
		return false;
	}
	*ret = pg_get_instant(row);
	return true;
}

static struct err *
get_row(PGresult *result, int index, struct arena *arena, struct store_board_row *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	*ret = (struct store_board_row){ .eco = pg_get_uuid(&row) };
	ret->version = pg_get_int(&row);
	ret->position = pg_get_int(&row);
	ret->noc = pg_get_uuid(&row);
	ret->osp = pg_get_uuid(&row);
	ret->job_number = pg_get_text(&row);
	row.wrong |= !job_type_find(pg_get_text(&row), &ret->job_type);
	ret->description = pg_get_text(&row);
	row.wrong |= !pg_location_decode(arena, pg_get_text(&row), &ret->location);
	ret->status = (enum eco_status)get_word(&row, &eco_status_words);
	ret->dispatch = (enum dispatch_state)get_word(&row, &dispatch_state_words);
	ret->integration = (enum integration_state)get_word(&row, &integration_state_words);
	ret->eta_minutes = pg_get_int(&row);
	ret->has_accepted = get_optional_instant(&row, &ret->accepted_at);
	ret->has_grace = get_optional_instant(&row, &ret->grace_until);
	ret->created_at = pg_get_instant(&row);
	ret->updated_at = pg_get_instant(&row);
	ret->task_count = pg_get_int(&row);
	ret->tasks_completed = pg_get_int(&row);
	return pg_row_check(&row, STR("a row of the board"));
}

/* Run ${statement} with the one parameter in ${params}, for one row or none. */
static struct err *
find_row(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, bool *ret_found, struct store_board_row *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	*ret_found = PQntuples(result) > 0;
	return *ret_found ? get_row(result, 0, arena, ret) : NULL;
}

struct err *
pg_find_board(struct store_session *base, struct arena *arena, struct uuid eco, bool *ret_found,
    struct store_board_row *ret)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, eco);
	return find_row(base, arena, PG_find_board, &params, ret_found, ret);
}

struct err *
pg_find_board_by_number(struct store_session *base, struct arena *arena, struct str number,
    bool *ret_found, struct store_board_row *ret)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, number);
	return find_row(base, arena, PG_find_board_by_number, &params, ret_found, ret);
}

/* The filter, its page mark apart. */
static void
put_filter(struct pg_params *params, const struct store_board_filter *filter)
{
	struct pg_array statuses;

	if (filter->status_count == 0) {
		pg_put_null(params);
	} else {
		statuses = pg_array_begin(params, PG_TEXT, filter->status_count,
		    filter->status_count * BOARD_VALUE_BYTES_MAX);
		for (size_t i = 0; i < filter->status_count; i++)
			pg_array_text(
			    &statuses, eco_word_name(&eco_status_words, filter->statuses[i]));
		pg_array_end(params, &statuses);
	}
	if (filter->has_box)
		pg_put_text(params, pg_box_encode(params->arena, &filter->box));
	else
		pg_put_null(params);
}

struct err *
pg_list_board(struct store_session *base, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_board_row *rows;
	size_t count;

	put_filter(&params, filter);
	if (filter->has_before) {
		pg_put_instant(&params, filter->before);
		pg_put_uuid(&params, filter->before_eco);
	} else {
		pg_put_null(&params);
		pg_put_null(&params);
	}
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena,
	    base->role == STORE_API ? PG_list_own_board : PG_list_board, &params, &result));
	count = (size_t)PQntuples(result);
	rows = arena_array(arena, struct store_board_row, count + 1);
	if (rows == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_row(result, (int)i, arena, &rows[i]));
	*ret = (struct store_board_rows){ rows, count };
	return NULL;
}

struct err *
pg_count_board(struct store_session *base, struct arena *arena,
    const struct store_board_filter *filter, int64_t *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	put_filter(&params, filter);
	TRY(pg_run(pg_session(base), arena, PG_count_board, &params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("a count"));
}
