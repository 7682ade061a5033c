#include "store/pg/pg_internal.h"

static const struct str mode_names[] = { [STORE_LIVE] = STR("live"),
	[STORE_STANDBY] = STR("standby"),
	[STORE_REBUILD] = STR("rebuild"),
	[STORE_OFF] = STR("off") };

/* The mode that the next column names. */
static enum store_mode
get_mode(struct pg_row *row)
{
	struct str name = pg_get_text(row);

	for (size_t i = 0; i < COUNT_OF(mode_names); i++) {
		if (str_equal(name, mode_names[i]))
			return (enum store_mode)i;
	}
	row->wrong = true;
	return STORE_OFF;
}

struct err *
pg_subscribe(struct store_session *base, struct arena *arena, struct str name, int64_t slots,
    enum store_mode mode)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_int4(&params, slots);
	pg_put_text(&params, mode_names[mode]);
	return pg_run(pg_session(base), arena, PG_subscribe, &params, NULL);
}

/* ---- slots ---- */

/* Row ${index} of what strike.hold_slots() returns. */
static struct err *
get_held(PGresult *result, int index, struct arena *arena, struct store_slots *ret)
{
	struct pg_row row = pg_row(result, index, arena);
	struct store_slot *slot = &ret->at[ret->count];

	pg_skip(&row);
	ret->mode = get_mode(&row);
	ret->of = pg_get_int(&row);
	ret->gate = pg_get_int(&row);
	if (!pg_next_is_null(&row)) {
		slot->number = pg_get_int(&row);
		slot->position = pg_get_int(&row);
		slot->epoch = pg_get_int(&row);
		ret->count++;
	}
	return pg_row_check(&row, STR("a slot"));
}

struct err *
pg_hold_slots(struct store_session *base, struct arena *arena, struct str name, bool rebuilds,
    struct store_slots *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret = (struct store_slots){ 0 };
	pg_put_text(&params, name);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_bool(&params, rebuilds);
	pg_put_int(&params, STORE_HOLD_LEASE_REAL_S);
	TRY(pg_run_claim(base, arena, PG_hold_slots, &params, &result));
	if (PQntuples(result) > STORE_SLOTS_MAX)
		return ERR(arena, ERR_CORRUPT, "%.*s has more than %d slots", STR_ARG(name),
		    STORE_SLOTS_MAX);
	for (int i = 0; i < PQntuples(result); i++)
		TRY(get_held(result, i, arena, ret));
	return NULL;
}

struct err *
pg_let_go_slots(struct store_session *base, struct arena *arena, struct str name)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_int4(&params, pg_store(base)->instance);
	return pg_run(pg_session(base), arena, PG_let_go_slots, &params, NULL);
}

/* The moves, as four arrays. */
static void
put_moves(struct pg_params *params, const struct store_move *moves, size_t count)
{
	struct pg_array numbers, epochs, froms, tos;

	numbers = pg_array_begin(params, PG_INT8, count, count * sizeof(int64_t));
	epochs = pg_array_begin(params, PG_INT8, count, count * sizeof(int64_t));
	froms = pg_array_begin(params, PG_INT8, count, count * sizeof(int64_t));
	tos = pg_array_begin(params, PG_INT8, count, count * sizeof(int64_t));
	for (size_t i = 0; i < count; i++) {
		pg_array_int(&numbers, moves[i].slot);
		pg_array_int(&epochs, moves[i].epoch);
		pg_array_int(&froms, moves[i].from);
		pg_array_int(&tos, moves[i].to);
	}
	pg_array_end(params, &numbers);
	pg_array_end(params, &epochs);
	pg_array_end(params, &froms);
	pg_array_end(params, &tos);
}

struct err *
pg_move_slots(struct store_session *base, struct arena *arena, struct str name,
    const struct store_move *moves, size_t count, bool lazy)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_int4(&params, pg_store(base)->instance);
	put_moves(&params, moves, count);
	/* What else an open transaction has written is not for a crash to lose. */
	pg_put_bool(&params, lazy && !base->open);
	return pg_run(pg_session(base), arena, PG_move_slots, &params, NULL);
}

/* ---- what could not be dealt with ---- */

struct err *
pg_park(struct store_session *base, struct arena *arena, const struct store_parked *parked)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, parked->subscription);
	pg_put_uuid(&params, parked->stream);
	pg_put_int(&params, parked->position);
	pg_put_int(&params, parked->version);
	pg_put_int(&params, parked->tries);
	pg_put_instant(&params, parked->next_try);
	pg_put_text(&params, parked->problem);
	return pg_run(pg_session(base), arena, PG_park, &params, NULL);
}

struct err *
pg_unpark(struct store_session *base, struct arena *arena, struct str name, struct uuid stream)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_uuid(&params, stream);
	return pg_run(pg_session(base), arena, PG_unpark, &params, NULL);
}

static struct err *
get_parked(PGresult *result, int index, struct arena *arena, struct store_parked *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	ret->subscription = pg_get_text(&row);
	ret->stream = pg_get_uuid(&row);
	ret->position = pg_get_int(&row);
	ret->version = pg_get_int(&row);
	ret->tries = pg_get_int(&row);
	ret->next_try = pg_get_instant(&row);
	ret->problem = pg_get_text(&row);
	return pg_row_check(&row, STR("a parked stream"));
}

struct err *
pg_list_parked(struct store_session *base, struct arena *arena, struct str name, size_t limit,
    struct store_parked_list *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_parked *list;
	size_t count;

	pg_put_text(&params, name);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_list_parked, &params, &result));
	count = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_parked, count + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++)
		TRY(get_parked(result, (int)i, arena, &list[i]));
	*ret = (struct store_parked_list){ list, count };
	return NULL;
}

/* The one number that ${statement} returns. */
static struct err *
ask_number(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, int64_t *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("a number"));
}

struct err *
pg_retry_parked(struct store_session *base, struct arena *arena, struct str name,
    struct uuid stream, struct instant now, int64_t *ret)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_uuid_or_null(&params, stream);
	pg_put_instant(&params, now);
	return ask_number(base, arena, PG_retry_parked, &params, ret);
}

/* ---- what there is ---- */

static struct err *
get_subscription(PGresult *result, int index, struct arena *arena, int64_t *ret_head,
    struct store_subscription *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	*ret_head = pg_get_int(&row);
	ret->name = pg_get_text(&row);
	ret->mode = get_mode(&row);
	ret->slots = pg_get_int(&row);
	ret->held = pg_get_int(&row);
	ret->slowest = pg_get_int(&row);
	ret->parked = pg_get_int(&row);
	return pg_row_check(&row, STR("a subscription"));
}

struct err *
pg_list_subscriptions(
    struct store_session *base, struct arena *arena, struct store_subscriptions *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_subscription *list;
	size_t count;

	TRY(pg_run(pg_session(base), arena, PG_list_subscriptions, NULL, &result));
	count = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_subscription, count + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	*ret = (struct store_subscriptions){ list, count, 0 };
	for (size_t i = 0; i < count; i++)
		TRY(get_subscription(result, (int)i, arena, &ret->head, &list[i]));
	return NULL;
}

/* ---- builds ---- */

struct err *
pg_live_build(struct store_session *base, struct arena *arena, struct str projection, int64_t *ret)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, projection);
	return ask_number(base, arena, PG_live_build, &params, ret);
}

/*
 * Empty the build that is not live, and leave its subscription in ${mode}.  Outside a
 * transaction these are two: stopped first, so that nobody who follows it is waited for.
 */
static struct err *
empty_build(struct store_session *base, struct arena *arena, struct str projection,
    enum store_mode mode, int64_t *ret_build)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, projection);
	TRY(pg_run(pg_session(base), arena, PG_stop_build, &params, NULL));
	pg_put_text(&params, mode_names[mode]);
	return ask_number(base, arena, PG_empty_build, &params, ret_build);
}

struct err *
pg_begin_build(
    struct store_session *base, struct arena *arena, struct str projection, int64_t *ret_build)
{
	return empty_build(base, arena, projection, STORE_REBUILD, ret_build);
}

struct err *
pg_switch_build(
    struct store_session *base, struct arena *arena, struct str projection, int64_t build)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, projection);
	pg_put_int4(&params, build);
	return pg_run(pg_session(base), arena, PG_switch_build, &params, NULL);
}

struct err *
pg_end_build(struct store_session *base, struct arena *arena, struct str projection)
{
	int64_t build;

	return empty_build(base, arena, projection, STORE_OFF, &build);
}

struct err *
pg_is_visible(struct store_session *base, struct arena *arena, struct str projection,
    struct uuid stream, int64_t version, bool *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, projection);
	pg_put_uuid(&params, stream);
	pg_put_int(&params, version);
	TRY(pg_run(pg_session(base), arena, PG_is_visible, &params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_bool(&row);
	return pg_row_check(&row, STR("whether a version is visible"));
}
