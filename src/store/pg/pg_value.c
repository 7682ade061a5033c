#include <endian.h>

#include "store/pg/pg_internal.h"

/* PostgreSQL counts microseconds from 2000-01-01T00:00:00Z, which is so late in ours. */
#define PG_EPOCH_US 946684800000000

static void
put_bytes(struct pg_params *params, const void *bytes, size_t length)
{
	static const char nothing[1];
	int at = params->count++;

	CHECK(at < PG_PARAMS_MAX);
	CHECK(length <= INT32_MAX);
	/* A NULL pointer would be an SQL NULL; an empty value needs some address. */
	params->values[at] = length == 0 ? nothing : bytes;
	params->lengths[at] = (int)length;
	params->formats[at] = 1;
}

/* As put_bytes(), from memory that does not last. */
static void
put_copy(struct pg_params *params, const void *bytes, size_t length)
{
	struct str copy = arena_copy(params->arena, (struct str){ bytes, length });

	put_bytes(params, copy.ptr, copy.len);
}

void
pg_put_null(struct pg_params *params)
{
	int at = params->count++;

	CHECK(at < PG_PARAMS_MAX);
	params->values[at] = NULL;
	params->formats[at] = 1;
}

void
pg_put_uuid(struct pg_params *params, struct uuid id)
{
	put_copy(params, id.bytes, sizeof(id.bytes));
}

void
pg_put_uuid_or_null(struct pg_params *params, struct uuid id)
{
	if (uuid_is_nil(id))
		pg_put_null(params);
	else
		pg_put_uuid(params, id);
}

void
pg_put_int(struct pg_params *params, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	put_copy(params, &wire, sizeof(wire));
}

void
pg_put_int4(struct pg_params *params, int64_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	CHECK(value >= INT32_MIN && value <= INT32_MAX);
	put_copy(params, &wire, sizeof(wire));
}

void
pg_put_bool(struct pg_params *params, bool value)
{
	put_bytes(params, value ? "\1" : "\0", 1);
}

void
pg_put_text(struct pg_params *params, struct str text)
{
	put_bytes(params, text.ptr, text.len);
}

void
pg_put_text_or_null(struct pg_params *params, struct str text)
{
	if (str_empty(text))
		pg_put_null(params);
	else
		pg_put_text(params, text);
}

void
pg_put_instant(struct pg_params *params, struct instant when)
{
	pg_put_int(params, when.us - PG_EPOCH_US);
}

void
pg_put_instant_or_null(struct pg_params *params, struct instant when)
{
	if (when.us == RECORD_NO_MOMENT.us)
		pg_put_null(params);
	else
		pg_put_instant(params, when);
}

void
pg_put_hash(struct pg_params *params, struct sha256 hash)
{
	put_copy(params, hash.bytes, sizeof(hash.bytes));
}

/* ---- arrays (array_recv() in PostgreSQL's arrayfuncs.c is the reference) ---- */

static void
write_int4(struct buf *buf, size_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	CHECK(value <= UINT32_MAX);
	buf_str(buf, (struct str){ (const char *)&wire, sizeof(wire) });
}

struct pg_array
pg_array_begin(struct pg_params *params, enum pg_type type, size_t count, size_t bytes)
{
	struct pg_array array = { buf_in(params->arena, 20 + 4 * count + bytes) };

	write_int4(&array.buf, count > 0 ? 1 : 0); /* dimensions; an empty array has none */
	write_int4(&array.buf, 1);                 /* there may be NULLs */
	write_int4(&array.buf, type);
	if (count > 0) {
		write_int4(&array.buf, count);
		write_int4(&array.buf, 1); /* the first subscript */
	}
	return array;
}

void
pg_array_bytes(struct pg_array *array, const void *bytes, size_t length)
{
	write_int4(&array->buf, length);
	buf_str(&array->buf, (struct str){ bytes, length });
}

void
pg_array_text(struct pg_array *array, struct str text)
{
	pg_array_bytes(array, text.ptr, text.len);
}

void
pg_array_uuid(struct pg_array *array, struct uuid id)
{
	pg_array_bytes(array, id.bytes, sizeof(id.bytes));
}

void
pg_array_int(struct pg_array *array, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	pg_array_bytes(array, &wire, sizeof(wire));
}

void
pg_array_bool(struct pg_array *array, bool value)
{
	pg_array_bytes(array, value ? "\1" : "\0", 1);
}

void
pg_array_instant(struct pg_array *array, struct instant when)
{
	pg_array_int(array, when.us - PG_EPOCH_US);
}

void
pg_array_null(struct pg_array *array)
{
	write_int4(&array->buf, UINT32_MAX);
}

void
pg_array_end(struct pg_params *params, struct pg_array *array)
{
	struct str bytes = buf_view(&array->buf);

	/* Without memory nothing is sent: pg_run() looks at the arena first. */
	CHECK(!array->buf.overflowed || arena_exhausted(params->arena));
	put_bytes(params, bytes.ptr, bytes.len);
}

/* ---- results ---- */

struct pg_row
pg_row(PGresult *result, int row, struct arena *arena)
{
	return (struct pg_row){ .result = result, .row = row, .arena = arena };
}

bool
pg_next_is_null(const struct pg_row *row)
{
	return PQgetisnull(row->result, row->row, row->column) != 0;
}

void
pg_skip(struct pg_row *row)
{
	row->column++;
}

/* The next column's bytes; none, and a wrong row, unless there are ${length} of them. */
static const char *
take(struct pg_row *row, int length)
{
	int column = row->column++;

	if (PQgetisnull(row->result, row->row, column) ||
	    PQgetlength(row->result, row->row, column) != length) {
		row->wrong = true;
		return NULL;
	}
	return PQgetvalue(row->result, row->row, column);
}

struct uuid
pg_get_uuid(struct pg_row *row)
{
	struct uuid id = UUID_NIL;
	const char *bytes = take(row, sizeof(id.bytes));

	if (bytes != NULL)
		memcpy(id.bytes, bytes, sizeof(id.bytes));
	return id;
}

int64_t
pg_get_int(struct pg_row *row)
{
	uint64_t wire = 0;
	const char *bytes = take(row, sizeof(wire));

	if (bytes != NULL)
		memcpy(&wire, bytes, sizeof(wire));
	return (int64_t)be64toh(wire);
}

int64_t
pg_get_int4(struct pg_row *row)
{
	uint32_t wire = 0;
	const char *bytes = take(row, sizeof(wire));

	if (bytes != NULL)
		memcpy(&wire, bytes, sizeof(wire));
	return (int32_t)be32toh(wire);
}

bool
pg_get_bool(struct pg_row *row)
{
	const char *byte = take(row, 1);

	return byte != NULL && *byte != 0;
}

double
pg_get_double(struct pg_row *row)
{
	uint64_t wire = 0;
	double value;
	const char *bytes = take(row, sizeof(wire));

	if (bytes != NULL)
		memcpy(&wire, bytes, sizeof(wire));
	wire = be64toh(wire);
	memcpy(&value, &wire, sizeof(value));
	return value;
}

struct str
pg_get_text(struct pg_row *row)
{
	int column = row->column++;
	struct str text;

	if (PQgetisnull(row->result, row->row, column)) {
		row->wrong = true;
		return STR("");
	}
	text.ptr = PQgetvalue(row->result, row->row, column);
	text.len = (size_t)PQgetlength(row->result, row->row, column);
	return arena_copy(row->arena, text);
}

struct instant
pg_get_instant(struct pg_row *row)
{
	return (struct instant){ pg_get_int(row) + PG_EPOCH_US };
}

struct instant
pg_get_instant_or_none(struct pg_row *row)
{
	if (!pg_next_is_null(row))
		return pg_get_instant(row);
	pg_skip(row);
	return RECORD_NO_MOMENT;
}

struct err *
pg_row_check(const struct pg_row *row, struct str what)
{
	if (arena_exhausted(row->arena))
		return store_out_of_memory(row->arena);
	if (row->wrong)
		return ERR(row->arena, ERR_CORRUPT, "could not read %.*s from the database",
		    STR_ARG(what));
	return NULL;
}
