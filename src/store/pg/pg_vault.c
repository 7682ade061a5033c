#include "store/pg/pg_internal.h"

/* The ids, as an array. */
static void
put_ids(struct pg_params *params, const struct uuid *ids, size_t count)
{
	struct pg_array array = pg_array_begin(params, PG_UUID, count, count * sizeof(*ids));

	for (size_t i = 0; i < count; i++)
		pg_array_uuid(&array, ids[i]);
	pg_array_end(params, &array);
}

static struct err *
get_key(PGresult *result, int index, struct arena *arena, struct store_person_key *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	*ret = (struct store_person_key){ .person = pg_get_uuid(&row) };
	ret->organisation = pg_get_uuid(&row);
	ret->erased = pg_next_is_null(&row);
	if (ret->erased)
		pg_skip(&row);
	else
		ret->wrapped = pg_get_text(&row);
	if (ret->erased)
		ret->erased_at = pg_get_instant(&row);
	return pg_row_check(&row, STR("a person's key"));
}

struct err *
pg_find_person_keys(struct store_session *base, struct arena *arena, const struct uuid *people,
    size_t count, struct store_person_keys *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_person_key *keys;
	size_t found;

	put_ids(&params, people, count);
	TRY(pg_run(pg_session(base), arena, PG_find_person_keys, &params, &result));
	found = (size_t)PQntuples(result);
	keys = arena_array(arena, struct store_person_key, found + 1);
	if (keys == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < found; i++)
		TRY(get_key(result, (int)i, arena, &keys[i]));
	*ret = (struct store_person_keys){ keys, found };
	return NULL;
}

struct err *
pg_add_person_keys(struct store_session *base, struct arena *arena,
    const struct store_person_key *keys, size_t count)
{
	struct pg_params params = { .arena = arena };
	struct pg_array people, organisations, wrapped;
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += keys[i].wrapped.len;
	people = pg_array_begin(&params, PG_UUID, count, count * sizeof(struct uuid));
	organisations = pg_array_begin(&params, PG_UUID, count, count * sizeof(struct uuid));
	wrapped = pg_array_begin(&params, PG_BYTEA, count, bytes);
	for (size_t i = 0; i < count; i++) {
		pg_array_uuid(&people, keys[i].person);
		pg_array_uuid(&organisations, keys[i].organisation);
		pg_array_text(&wrapped, keys[i].wrapped);
	}
	pg_array_end(&params, &people);
	pg_array_end(&params, &organisations);
	pg_array_end(&params, &wrapped);
	return pg_run(pg_session(base), arena, PG_add_person_keys, &params, NULL);
}

struct err *
pg_erase_person(struct store_session *base, struct arena *arena, struct uuid person,
    struct instant now, struct str reason, bool *ret_found)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, person);
	pg_put_instant(&params, now);
	pg_put_text(&params, reason);
	TRY(pg_run(pg_session(base), arena, PG_erase_person, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_found = pg_get_bool(&row);
	return pg_row_check(&row, STR("whether a person is known"));
}

struct err *
pg_find_users(struct store_session *base, struct arena *arena, const struct uuid *users,
    size_t count, struct store_user_name *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	put_ids(&params, users, count);
	TRY(pg_run(pg_session(base), arena, PG_find_users, &params, &result));
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_user_name *name = &ret[(*ret_count)++];

		name->user = pg_get_uuid(&row);
		name->handle = pg_get_text(&row);
		TRY(pg_row_check(&row, STR("a user's name")));
	}
	return NULL;
}
