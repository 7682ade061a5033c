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

/* Whether the next ${count} columns, which are ${column}, were read; skips them if not. */
static bool
has_column(struct pg_row *row, unsigned without, enum store_board_column column, int count)
{
	if ((without & column) == 0)
		return true;
	for (int i = 0; i < count; i++)
		pg_skip(row);
	return false;
}

static struct err *
get_row(
    PGresult *result, int index, unsigned without, struct arena *arena, struct store_board_row *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	*ret = (struct store_board_row){ .eco = pg_get_uuid(&row), .without = without };
	ret->version = pg_get_int(&row);
	ret->position = pg_get_int(&row);
	ret->noc = pg_get_uuid(&row);
	ret->osp = pg_get_uuid(&row);
	ret->created_at = pg_get_instant(&row);
	if (has_column(&row, without, STORE_BOARD_JOB, 2)) {
		ret->job_number = pg_get_text(&row);
		row.wrong |= !job_type_find(pg_get_text(&row), &ret->job_type);
	}
	if (has_column(&row, without, STORE_BOARD_DESCRIPTION, 1))
		ret->description = pg_get_text(&row);
	if (has_column(&row, without, STORE_BOARD_LOCATION, 1))
		row.wrong |= !pg_location_decode(arena, pg_get_text(&row), &ret->location);
	if (has_column(&row, without, STORE_BOARD_STATE, 3)) {
		ret->status = (enum eco_status)get_word(&row, &eco_status_words);
		ret->dispatch = (enum dispatch_state)get_word(&row, &dispatch_state_words);
		ret->integration = (enum integration_state)get_word(&row, &integration_state_words);
	}
	if (has_column(&row, without, STORE_BOARD_PROGRESS, 4)) {
		ret->eta_minutes = pg_get_int(&row);
		ret->has_accepted = get_optional_instant(&row, &ret->accepted_at);
		ret->has_grace = get_optional_instant(&row, &ret->grace_until);
		ret->updated_at = pg_get_instant(&row);
	}
	if (has_column(&row, without, STORE_BOARD_TASKS, 2)) {
		ret->task_count = pg_get_int(&row);
		ret->tasks_completed = pg_get_int(&row);
	}
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
	return *ret_found ? get_row(result, 0, 0, arena, ret) : NULL;
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

/* Before and behind every moment that the board knows: the years 1 and 9999. */
static const struct instant beginning = { INT64_C(-62135596800000000) };
static const struct instant ending = { INT64_C(253402300799999999) };

static struct pg_array
begin_words(struct pg_params *params, size_t count)
{
	return pg_array_begin(params, PG_TEXT, count, count * BOARD_VALUE_BYTES_MAX);
}

static void
put_statuses(struct pg_params *params, const struct store_board_filter *filter)
{
	struct pg_array list = begin_words(params, filter->status_count);

	for (size_t i = 0; i < filter->status_count; i++)
		pg_array_text(&list, eco_word_name(&eco_status_words, filter->statuses[i]));
	pg_array_end(params, &list);
}

static void
put_dispatches(struct pg_params *params, const struct store_board_filter *filter)
{
	struct pg_array list = begin_words(params, filter->dispatch_count);

	for (size_t i = 0; i < filter->dispatch_count; i++)
		pg_array_text(&list, eco_word_name(&dispatch_state_words, filter->dispatches[i]));
	pg_array_end(params, &list);
}

static void
put_job_types(struct pg_params *params, const struct store_board_filter *filter)
{
	struct pg_array list = begin_words(params, filter->job_type_count);

	for (size_t i = 0; i < filter->job_type_count; i++)
		pg_array_text(&list, job_type_name(filter->job_types[i]));
	pg_array_end(params, &list);
}

/* What can be compared along an index, or while walking along one: eight parameters. */
static void
put_plain(struct pg_params *params, const struct store_board_filter *filter)
{
	if (filter->status_count == 0)
		pg_put_null(params);
	else
		put_statuses(params, filter);
	if (filter->dispatch_count == 0)
		pg_put_null(params);
	else
		put_dispatches(params, filter);
	if (filter->job_type_count == 0)
		pg_put_null(params);
	else
		put_job_types(params, filter);
	if (filter->has_organisation)
		pg_put_uuid(params, filter->organisation);
	else
		pg_put_null(params);
	pg_put_instant(params, filter->has_created_from ? filter->created_from : beginning);
	pg_put_instant(params, filter->has_created_until ? filter->created_until : ending);
	pg_put_instant(params, filter->has_updated_from ? filter->updated_from : beginning);
	pg_put_instant(params, filter->has_updated_until ? filter->updated_until : ending);
}

/* The page mark, how many, and what need not be read: four parameters. */
static void
put_page(struct pg_params *params, const struct store_board_filter *filter, size_t limit)
{
	static const struct uuid last = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

	pg_put_instant(params, filter->has_before ? filter->before : ending);
	pg_put_uuid(params, filter->has_before ? filter->before_eco : last);
	pg_put_int(params, (int64_t)limit);
	pg_put_int(params, (int64_t)filter->without);
}

static bool
is_search(const struct store_board_filter *filter)
{
	return filter->word_count > 0 || filter->has_box || filter->has_near;
}

/* What is found by words or place: four parameters. */
static void
put_search(struct pg_params *params, const struct store_board_filter *filter)
{
	const struct geo_location near = { GEO_POINT, &filter->near, 1 };
	struct pg_array words;
	size_t bytes = 0;

	for (size_t i = 0; i < filter->word_count; i++)
		bytes += filter->words[i].len;
	if (filter->word_count == 0) {
		pg_put_null(params);
	} else {
		words = pg_array_begin(params, PG_TEXT, filter->word_count,
		    bytes + filter->word_count * BOARD_VALUE_BYTES_MAX);
		for (size_t i = 0; i < filter->word_count; i++)
			pg_array_text(&words, filter->words[i]);
		pg_array_end(params, &words);
	}
	if (filter->has_box)
		pg_put_text(params, pg_box_encode(params->arena, &filter->box));
	else
		pg_put_null(params);
	if (filter->has_near)
		pg_put_text(params, pg_location_encode(params->arena, &near));
	else
		pg_put_null(params);
	pg_put_int(params, filter->near_m);
}

struct err *
pg_list_board(struct store_session *base, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret)
{
	bool own = base->role == STORE_API, searches = !own || is_search(filter);
	enum pg_statement statement =
	    !own ? PG_list_board : (searches ? PG_search_own_board : PG_list_own_board);
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_board_row *rows;
	size_t count;

	put_plain(&params, filter);
	put_page(&params, filter, limit);
	if (searches)
		put_search(&params, filter);
	TRY(pg_run(pg_session(base), arena, statement, &params, &result));
	count = (size_t)PQntuples(result);
	rows = arena_array(arena, struct store_board_row, count + 1);
	if (rows == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_row(result, (int)i, filter->without, arena, &rows[i]));
	*ret = (struct store_board_rows){ rows, count };
	return NULL;
}

/* Run ${statement}, which gives one number; ${what} it is. */
static struct err *
read_number(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, struct str what, int64_t *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, what);
}

struct err *
pg_count_board(struct store_session *base, struct arena *arena,
    const struct store_board_filter *filter, int64_t *ret)
{
	bool found = base->role == STORE_API && is_search(filter);
	struct pg_params params = { .arena = arena };

	put_plain(&params, filter);
	put_search(&params, filter);
	return read_number(
	    base, arena, found ? PG_count_own_found : PG_count_board, &params, STR("a count"), ret);
}

struct err *
pg_board_position(struct store_session *base, struct arena *arena, int64_t *ret)
{
	return read_number(base, arena, PG_board_position, NULL, STR("how far the board is"), ret);
}
