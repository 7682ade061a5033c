#include "store/pg/pg_internal.h"

struct str
pg_lane_name(enum effect_lane lane)
{
	static const struct str names[] = {
		[LANE_PAGING] = STR("paging"), [LANE_FIELD] = STR("field")
	};

	CHECK(lane < COUNT_OF(names));
	return names[lane];
}

/* "<what> is not claimed by this process (any more)" */
static struct str
lost_claim(struct arena *arena, struct str what)
{
	return arena_printf(arena, "%.*s is not claimed by this process (any more)", STR_ARG(what));
}

/* ---- claims ---- */

/* The parameters that both claims begin with. */
static void
put_claim(struct pg_params *params, struct instant now, size_t limit, int64_t instance)
{
	pg_put_instant(params, now);
	pg_put_int(params, (int64_t)limit);
	pg_put_int4(params, instance);
	pg_put_int(params, STORE_LEASE_REAL_S);
}

struct err *
pg_run_claim(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, PGresult **ret)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		CLEANUP(pg_result_clear) PGresult *result = NULL;
		struct pg_row first;

		TRY(pg_run(pg_session(base), arena, statement, params, &result));
		first = pg_row(result, 0, arena);
		if (PQntuples(result) > 0 && pg_get_bool(&first)) {
			*ret = result;
			result = NULL;
			return NULL;
		}
		TRY(pg_retake_instance(pg_store(base), arena));
	}
	return ERR(arena, ERR_UNAVAILABLE, "this process cannot hold on to its number");
}

/* Whether row ${index} of a claim holds a row at all, and not only the first column. */
static bool
is_claimed(PGresult *result, int index)
{
	return !PQgetisnull(result, index, 1);
}

struct err *
pg_claim_timers(struct store_session *base, struct arena *arena, struct instant now, size_t limit,
    struct store_timer *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	put_claim(&params, now, limit, pg_store(base)->instance);
	TRY(pg_run_claim(base, arena, PG_claim_timers, &params, &result));
	for (int i = 0; i < PQntuples(result) && is_claimed(result, i); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_timer *timer = &ret[(*ret_count)++];

		pg_skip(&row);
		timer->eco = pg_get_uuid(&row);
		row.wrong |= !timer_find(pg_get_text(&row), &timer->kind);
		timer->due = pg_get_instant(&row);
		TRY(pg_row_check(&row, STR("a timer")));
	}
	return NULL;
}

struct err *
pg_put_back_timer(struct store_session *base, struct arena *arena, const struct store_timer *timer,
    struct instant due)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, timer->eco);
	pg_put_text(&params, timer_name(timer->kind));
	pg_put_instant(&params, timer->due);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_instant(&params, due);
	/* Moved, forgotten or taken meanwhile: there is nothing to put back. */
	return pg_run(pg_session(base), arena, PG_put_back_timer, &params, NULL);
}

static struct err *
get_claim(PGresult *result, int index, struct arena *arena, struct store_claim *ret)
{
	struct pg_row row = pg_row(result, index, arena);

	*ret = (struct store_claim){ 0 };
	pg_skip(&row);
	ret->effect.key = pg_get_text(&row);
	row.wrong |= !effect_find(pg_get_text(&row), &ret->effect.type);
	ret->effect.eco = pg_get_uuid(&row);
	ret->effect.number = pg_get_int(&row);
	ret->effect.provider_id = pg_get_text(&row);
	ret->effect.due = pg_get_instant(&row);
	ret->tries = pg_get_int(&row);
	ret->begun = !pg_next_is_null(&row);
	if (ret->begun)
		ret->begun_at = pg_get_instant(&row);
	return pg_row_check(&row, STR("an effect"));
}

struct err *
pg_claim_effects(struct store_session *base, struct arena *arena, enum effect_lane lane,
    struct instant now, size_t limit, struct store_claim *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	put_claim(&params, now, limit, pg_store(base)->instance);
	pg_put_text(&params, pg_lane_name(lane));
	TRY(pg_run_claim(base, arena, PG_claim_effects, &params, &result));
	for (int i = 0; i < PQntuples(result) && is_claimed(result, i); i++)
		TRY(get_claim(result, i, arena, &ret[(*ret_count)++]));
	return NULL;
}

struct err *
pg_begin_effect(struct store_session *base, struct arena *arena, struct str key, struct instant now)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, key);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_instant(&params, now);
	return pg_run_one(
	    pg_session(base), arena, PG_begin_effect, &params, lost_claim(arena, key));
}

struct err *
pg_put_back_effect(struct store_session *base, struct arena *arena, struct str key,
    struct instant due, bool begun, struct str problem)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, key);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_instant(&params, due);
	pg_put_bool(&params, begun);
	pg_put_text(&params, problem);
	return pg_run_one(
	    pg_session(base), arena, PG_put_back_effect, &params, lost_claim(arena, key));
}

struct err *
pg_drop_effect(struct store_session *base, struct arena *arena, struct str key)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, key);
	pg_put_int4(&params, pg_store(base)->instance);
	return pg_run_one(pg_session(base), arena, PG_drop_effect, &params, lost_claim(arena, key));
}

/* ---- around ---- */

/* The one moment that ${statement} finds, or none. */
static struct err *
find_next(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, bool *ret_any, struct instant *ret_due)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	*ret_any = PQntuples(result) > 0;
	if (!*ret_any)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret_due = pg_get_instant(&row);
	return pg_row_check(&row, STR("what is due next"));
}

struct err *
pg_next_timer(
    struct store_session *base, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	return find_next(base, arena, PG_next_timer, NULL, ret_any, ret_due);
}

struct err *
pg_next_effect(struct store_session *base, struct arena *arena, enum effect_lane lane,
    bool *ret_any, struct instant *ret_due)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, pg_lane_name(lane));
	return find_next(base, arena, PG_next_effect, &params, ret_any, ret_due);
}

struct err *
pg_next_due(struct store_session *base, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, PG_next_due, NULL, &result));
	row = pg_row(result, 0, arena);
	*ret_any = !pg_next_is_null(&row);
	if (*ret_any)
		*ret_due = pg_get_instant(&row);
	return pg_row_check(&row, STR("what is due next"));
}

struct err *
pg_find_provider_id(struct store_session *base, struct arena *arena, struct str provider_id,
    bool *ret_found, struct uuid *ret_eco, int64_t *ret_number)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, provider_id);
	TRY(pg_run(pg_session(base), arena, PG_find_provider_id, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret_eco = pg_get_uuid(&row);
	*ret_number = pg_get_int(&row);
	return pg_row_check(&row, STR("a provider's id"));
}

struct err *
pg_record_rejection(
    struct store_session *base, struct arena *arena, const struct store_rejection *rejection)
{
	struct pg_params params = { .arena = arena };

	pg_put_instant(&params, rejection->at);
	pg_put_text(&params, rejection->route);
	pg_put_text(&params, rejection->peer);
	pg_put_text(&params, rejection->reason);
	return pg_run(pg_session(base), arena, PG_record_rejection, &params, NULL);
}

struct err *
pg_list_rejections(struct store_session *base, struct arena *arena, size_t limit,
    struct store_rejection *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_list_rejections, &params, &result));
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_rejection *rejection = &ret[(*ret_count)++];

		rejection->at = pg_get_instant(&row);
		rejection->route = pg_get_text(&row);
		rejection->peer = pg_get_text(&row);
		rejection->reason = pg_get_text(&row);
		TRY(pg_row_check(&row, STR("a rejection")));
	}
	return NULL;
}

struct err *
pg_backlog(
    struct store_session *base, struct arena *arena, struct instant now, struct store_backlog *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_instant(&params, now);
	TRY(pg_run(pg_session(base), arena, PG_backlog, &params, &result));
	row = pg_row(result, 0, arena);
	ret->unsequenced = pg_get_int(&row);
	ret->behind = pg_get_int(&row);
	ret->parked = pg_get_int(&row);
	ret->effects_due = pg_get_int(&row);
	ret->timers_due = pg_get_int(&row);
	ret->claimed = pg_get_int(&row);
	ret->effects_waiting = pg_get_int(&row);
	ret->ringdowns = pg_get_int(&row);
	return pg_row_check(&row, STR("the backlog"));
}

struct err *
pg_lateness(struct store_session *base, struct arena *arena, struct instant before,
    struct store_lateness *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_instant(&params, before);
	pg_put_int(&params, STORE_LATE_MAX);
	TRY(pg_run(pg_session(base), arena, PG_lateness, &params, &result));
	*ret = (struct store_lateness){ 0 };
	row = pg_row(result, 0, arena);
	ret->timers = pg_get_int(&row);
	ret->ringdowns = pg_get_int(&row);
	ret->effects = pg_get_int(&row);
	ret->has_timer = !pg_next_is_null(&row);
	if (ret->has_timer)
		ret->oldest_timer = pg_get_instant(&row);
	else
		pg_skip(&row);
	ret->has_effect = !pg_next_is_null(&row);
	if (ret->has_effect)
		ret->oldest_effect = pg_get_instant(&row);
	else
		pg_skip(&row);
	ret->head = pg_get_int(&row);
	ret->followed = pg_get_int(&row);
	ret->unsequenced = pg_get_bool(&row);
	return pg_row_check(&row, STR("what is late"));
}
