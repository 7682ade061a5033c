#include "api/graphql_wanted.h"

#include <stdlib.h>

#include "app/record_change.h"
#include "store/store_vault.h"

struct err *
graphql_wanted_begin(struct graphql_batch *batch, size_t capacity, struct graphql_wanted *ret)
{
	struct arena *arena = batch->call.arena;

	*ret = (struct graphql_wanted){
		.asker = graphql_asker(&batch->call),
		.arena = arena,
		.ids = arena_array(arena, struct uuid, capacity + 1),
		.values = arena_array(arena, struct graphql_value, capacity + 1),
		.capacity = capacity,
	};
	if (ret->ids == NULL || ret->values == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look things up");
	return NULL;
}

void
graphql_wanted_add(struct graphql_wanted *wanted, struct uuid id)
{
	if (uuid_is_nil(id))
		return;
	CHECK(wanted->count < wanted->capacity);
	wanted->ids[wanted->count++] = id;
}

static int
compare_ids(const void *left, const void *right)
{
	const struct uuid *a = left, *b = right;

	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

void
graphql_wanted_sort(struct graphql_wanted *wanted)
{
	size_t count = 0;

	qsort(wanted->ids, wanted->count, sizeof(wanted->ids[0]), compare_ids);
	for (size_t i = 0; i < wanted->count; i++) {
		if (count == 0 || !uuid_equal(wanted->ids[count - 1], wanted->ids[i]))
			wanted->ids[count++] = wanted->ids[i];
	}
	wanted->count = count;
}

size_t
graphql_wanted_place(const struct graphql_wanted *wanted, struct uuid id)
{
	const struct uuid *at =
	    bsearch(&id, wanted->ids, wanted->count, sizeof(wanted->ids[0]), compare_ids);

	return at == NULL ? SIZE_MAX : (size_t)(at - wanted->ids);
}

struct graphql_value
graphql_wanted_value(const struct graphql_wanted *wanted, struct uuid id)
{
	size_t place = graphql_wanted_place(wanted, id);

	return place == SIZE_MAX ? graphql_null() : wanted->values[place];
}

static void
set_value(struct graphql_wanted *wanted, struct uuid id, struct graphql_value value)
{
	size_t place = graphql_wanted_place(wanted, id);

	if (place != SIZE_MAX)
		wanted->values[place] = value;
}

/* How many of the ids from ${from} on are asked for in one statement. */
static size_t
portion(const struct graphql_wanted *wanted, size_t from, size_t most)
{
	size_t left = wanted->count - from;

	return left < most ? left : most;
}

struct err *
graphql_wanted_organisations(struct graphql_wanted *wanted)
{
	struct store_organisations found;

	graphql_wanted_sort(wanted);
	for (size_t i = 0; i < wanted->count; i += STORE_ROWS_MAX) {
		TRY(store_find_organisations(wanted->asker->app.session, wanted->arena,
		    &wanted->ids[i], portion(wanted, i, STORE_ROWS_MAX), &found));
		for (size_t k = 0; k < found.count; k++)
			set_value(wanted, found.at[k].id,
			    graphql_object(STR("Organisation"), &found.at[k]));
	}
	return NULL;
}

struct err *
graphql_wanted_records(struct graphql_wanted *wanted, enum record_kind kind, struct str type_name)
{
	struct store_records found;

	graphql_wanted_sort(wanted);
	for (size_t i = 0; i < wanted->count; i += STORE_ROWS_MAX) {
		TRY(store_find_records(wanted->asker->app.session, wanted->arena, &kind,
		    &wanted->ids[i], portion(wanted, i, STORE_ROWS_MAX), &found));
		for (size_t k = 0; k < found.count; k++) {
			struct record *record = arena_new(wanted->arena, struct record);

			if (record == NULL)
				return ERR(
				    wanted->arena, ERR_LIMIT, "no memory left to read records");
			TRY(record_read(wanted->arena, &found.at[k], record));
			set_value(wanted, record->id, graphql_object(type_name, record));
		}
	}
	return NULL;
}

struct err *
graphql_wanted_users(struct graphql_wanted *wanted)
{
	struct store_user_name *found =
	    arena_array(wanted->arena, struct store_user_name, STORE_KEYS_MAX);
	size_t count;

	if (found == NULL)
		return ERR(wanted->arena, ERR_LIMIT, "no memory left to find users");
	graphql_wanted_sort(wanted);
	for (size_t i = 0; i < wanted->count; i += STORE_KEYS_MAX) {
		TRY(store_find_users(wanted->asker->app.session, wanted->arena, &wanted->ids[i],
		    portion(wanted, i, STORE_KEYS_MAX), found, &count));
		for (size_t k = 0; k < count; k++)
			set_value(wanted, found[k].user, graphql_text(found[k].handle));
	}
	return NULL;
}

/* ---- whole loaders ---- */

static struct err *
collect(struct graphql_batch *batch, graphql_id_f id_of, struct graphql_wanted *ret)
{
	TRY(graphql_wanted_begin(batch, batch->count, ret));
	for (size_t i = 0; i < batch->count; i++)
		graphql_wanted_add(ret, id_of(batch->parents[i]));
	return NULL;
}

static void
hand_out(struct graphql_batch *batch, graphql_id_f id_of, const struct graphql_wanted *wanted)
{
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_wanted_value(wanted, id_of(batch->parents[i]));
}

struct err *
graphql_load_organisations(struct graphql_batch *batch, graphql_id_f id_of)
{
	struct graphql_wanted wanted;

	TRY(collect(batch, id_of, &wanted));
	TRY(graphql_wanted_organisations(&wanted));
	hand_out(batch, id_of, &wanted);
	return NULL;
}

struct err *
graphql_load_records(
    struct graphql_batch *batch, graphql_id_f id_of, enum record_kind kind, struct str type_name)
{
	struct graphql_wanted wanted;

	TRY(collect(batch, id_of, &wanted));
	TRY(graphql_wanted_records(&wanted, kind, type_name));
	hand_out(batch, id_of, &wanted);
	return NULL;
}

struct err *
graphql_load_users(struct graphql_batch *batch, graphql_id_f id_of)
{
	struct graphql_wanted wanted;

	TRY(collect(batch, id_of, &wanted));
	TRY(graphql_wanted_users(&wanted));
	hand_out(batch, id_of, &wanted);
	return NULL;
}
