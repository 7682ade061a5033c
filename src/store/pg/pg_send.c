#include "store/pg/pg_internal.h"

/* "<key> is not claimed by this process (any more)" */
static struct str
lost_claim(struct arena *arena, struct str key)
{
	return arena_printf(arena, "%.*s is not claimed by this process (any more)", STR_ARG(key));
}

/* ---- slots ---- */

struct err *
pg_take_slot(struct store_session *base, struct arena *arena, const struct store_throttle *slot,
    struct instant now, bool *ret_taken, struct instant *ret_at)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, slot->key);
	pg_put_instant(&params, now);
	pg_put_int(&params, slot->step.us);
	pg_put_int(&params, slot->units);
	TRY(pg_run(pg_session(base), arena, PG_take_slot, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_taken = pg_get_bool(&row);
	*ret_at = pg_get_instant(&row);
	return pg_row_check(&row, STR("a slot"));
}

struct err *
pg_wait_effect(
    struct store_session *base, struct arena *arena, struct str key, struct instant until)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, key);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_instant(&params, until);
	return pg_run_one(pg_session(base), arena, PG_wait_effect, &params, lost_claim(arena, key));
}

/* ---- dead letters ---- */

struct err *
pg_set_aside_effect(struct store_session *base, struct arena *arena, struct str key,
    struct instant now, struct str problem)
{
	struct pg_params params = { .arena = arena };

	pg_put_text(&params, key);
	pg_put_int4(&params, pg_store(base)->instance);
	pg_put_instant(&params, now);
	pg_put_text(&params, problem);
	return pg_run_one(
	    pg_session(base), arena, PG_set_aside_effect, &params, lost_claim(arena, key));
}

static struct err *
get_letter(PGresult *result, int index, struct arena *arena, struct store_letter *ret)
{
	struct pg_row row = pg_row(result, index, arena);
	struct store_claim *claim = &ret->claim;

	*ret = (struct store_letter){ .claimed = false };
	claim->effect.key = pg_get_text(&row);
	row.wrong |= !effect_find(pg_get_text(&row), &claim->effect.type);
	claim->effect.eco = pg_get_uuid(&row);
	claim->effect.number = pg_get_int(&row);
	claim->effect.provider_id = pg_get_text(&row);
	claim->effect.due = pg_get_instant(&row);
	claim->tries = pg_get_int(&row);
	claim->begun = !pg_next_is_null(&row);
	if (claim->begun)
		claim->begun_at = pg_get_instant(&row);
	else
		pg_skip(&row);
	ret->noc = pg_get_uuid(&row);
	ret->osp = pg_get_uuid(&row);
	ret->problem = pg_get_text(&row);
	ret->claimed = pg_get_bool(&row);
	ret->dead = !pg_next_is_null(&row);
	if (ret->dead)
		ret->dead_at = pg_get_instant(&row);
	return pg_row_check(&row, STR("an effect"));
}

struct err *
pg_list_letters(struct store_session *base, struct arena *arena, bool dead, size_t limit,
    struct store_letter *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(
	    pg_session(base), arena, dead ? PG_list_dead : PG_list_waiting, &params, &result));
	for (int i = 0; i < PQntuples(result); i++)
		TRY(get_letter(result, i, arena, &ret[(*ret_count)++]));
	return NULL;
}

/* The one number that ${statement} answers. */
static struct err *
get_number(struct store_session *base, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, int64_t *ret)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, statement, params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("a count"));
}

struct err *
pg_count_dead(struct store_session *base, struct arena *arena, int64_t *ret)
{
	return get_number(base, arena, PG_count_dead, NULL, ret);
}

struct err *
pg_replay_effect(struct store_session *base, struct arena *arena, struct str key,
    struct instant now, bool *ret_found)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_text(&params, key);
	pg_put_instant(&params, now);
	TRY(pg_run(pg_session(base), arena, PG_replay_effect, &params, &result));
	*ret_found = PQntuples(result) > 0;
	return NULL;
}

struct err *
pg_bury_effect(struct store_session *base, struct arena *arena, struct str key, bool *ret_found)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_text(&params, key);
	TRY(pg_run(pg_session(base), arena, PG_bury_effect, &params, &result));
	*ret_found = PQntuples(result) > 0;
	return NULL;
}

/* ---- pages ---- */

struct err *
pg_note_page(struct store_session *base, struct arena *arena, struct sha256 fingerprint,
    const struct store_page *page)
{
	struct pg_params params = { .arena = arena };

	pg_put_hash(&params, fingerprint);
	pg_put_uuid(&params, page->eco);
	pg_put_int(&params, page->attempt);
	pg_put_uuid(&params, page->person);
	pg_put_instant(&params, page->at);
	return pg_run(pg_session(base), arena, PG_note_page, &params, NULL);
}

struct err *
pg_find_pages(struct store_session *base, struct arena *arena, struct sha256 fingerprint,
    struct instant since, size_t limit, struct store_page *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	pg_put_hash(&params, fingerprint);
	pg_put_instant(&params, since);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_find_pages, &params, &result));
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_page *page = &ret[(*ret_count)++];

		page->eco = pg_get_uuid(&row);
		page->attempt = pg_get_int(&row);
		page->person = pg_get_uuid(&row);
		page->at = pg_get_instant(&row);
		TRY(pg_row_check(&row, STR("a page")));
	}
	return NULL;
}

struct err *
pg_find_contacts(struct store_session *base, struct arena *arena, struct str number, size_t limit,
    struct store_contact_owner *ret, size_t *ret_count)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	*ret_count = 0;
	pg_put_text(&params, number);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_find_contacts, &params, &result));
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_contact_owner *owner = &ret[(*ret_count)++];

		owner->person = pg_get_uuid(&row);
		owner->osp = pg_get_uuid(&row);
		TRY(pg_row_check(&row, STR("whose number it is")));
	}
	return NULL;
}

struct err *
pg_count_answer(struct store_session *base, struct arena *arena, struct sha256 fingerprint,
    struct instant now, bool acted, int64_t *ret)
{
	struct pg_params params = { .arena = arena };

	pg_put_hash(&params, fingerprint);
	pg_put_instant(&params, now);
	pg_put_bool(&params, acted);
	return get_number(base, arena, PG_count_answer, &params, ret);
}

struct err *
pg_prune_work(struct store_session *base, struct arena *arena, int64_t keep_s, size_t limit,
    int64_t *ret_count)
{
	struct pg_params params = { .arena = arena };

	pg_put_int(&params, keep_s);
	pg_put_int(&params, (int64_t)limit);
	return get_number(base, arena, PG_prune_work, &params, ret_count);
}
