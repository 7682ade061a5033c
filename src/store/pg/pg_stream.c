#include "store/pg/pg_internal.h"

/* Rows that one tick of the sequencer writes at most; more are several ticks. */
#define TICK_ROWS_MAX 5000

/* ---- reading ---- */

static enum store_actor_kind
get_actor_kind(struct pg_row *row)
{
	enum store_actor_kind kind = STORE_ACTOR_PROCESS;

	if (!store_actor_kind_find(pg_get_text(row), &kind))
		row->wrong = true;
	return kind;
}

struct err *
pg_get_event(struct pg_row *row, struct store_event *ret)
{
	struct str hash;

	ret->id = pg_get_uuid(row);
	ret->stream = pg_get_uuid(row);
	ret->version = pg_get_int(row);
	ret->position = pg_get_int(row);
	ret->noc = pg_get_uuid(row);
	ret->osp = pg_get_uuid(row);
	ret->type = pg_get_text(row);
	ret->schema_version = pg_get_int(row);
	ret->occurred_at = pg_get_instant(row);
	ret->recorded_at = pg_get_instant(row);
	ret->actor.kind = get_actor_kind(row);
	ret->actor.name = pg_get_text(row);
	ret->actor.user = pg_get_uuid(row);
	ret->actor.organisation = pg_get_uuid(row);
	ret->correlation = pg_get_uuid(row);
	ret->causation = pg_get_uuid(row);
	ret->payload = pg_get_text(row);
	hash = pg_get_text(row);
	if (hash.len == sizeof(ret->hash.bytes))
		memcpy(ret->hash.bytes, hash.ptr, hash.len);
	else
		row->wrong = true;
	ret->imported = pg_get_bool(row);
	return pg_row_check(row, STR("an event"));
}

struct err *
pg_get_events(PGresult *result, struct arena *arena, struct store_events *ret)
{
	size_t count = (size_t)PQntuples(result);
	struct store_event *events = arena_array(arena, struct store_event, count + 1);

	if (events == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		TRY(pg_get_event(&row, &events[i]));
		TRY(store_verify_event(&events[i], arena));
	}
	*ret = (struct store_events){ events, count };
	return NULL;
}

struct err *
pg_read_stream(struct store_session *base, struct arena *arena, struct uuid stream, int64_t after,
    size_t limit, struct store_events *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_uuid(&params, stream);
	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_read_stream, &params, &result));
	return pg_get_events(result, arena, ret);
}

/* Put the ${count} rows of ${result} where their positions behind ${after} say. */
static struct err *
get_page(
    PGresult *result, struct arena *arena, int64_t after, struct store_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);
		struct store_event event;
		uint64_t at;

		TRY(pg_get_event(&row, &event));
		TRY(store_verify_event(&event, arena));
		at = (uint64_t)(event.position - after - 1);
		if (at >= count || events[at].position != 0)
			return ERR(arena, ERR_CORRUPT,
			    "the log has no event at some position between %lld and %lld",
			    (long long)after, (long long)event.position);
		events[at] = event;
	}
	return NULL;
}

struct err *
pg_read_log(struct store_session *base, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_event *events;
	size_t count;

	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_read_log, &params, &result));
	count = (size_t)PQntuples(result);
	events = arena_array(arena, struct store_event, count + 1);
	if (events == NULL)
		return store_out_of_memory(arena);
	TRY(get_page(result, arena, after, events, count));
	*ret = (struct store_events){ events, count };
	return NULL;
}

/* ---- the sequencer and its readers ---- */

struct err *
pg_log_head(struct store_session *base, struct arena *arena, int64_t *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(pg_session(base), arena, PG_log_head, &params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("the end of the log"));
}

struct err *
pg_list_changed(struct store_session *base, struct arena *arena, int64_t after, int64_t upto,
    struct store_changed_list *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_changed *list;
	size_t count = 0;

	pg_put_int(&params, after);
	pg_put_int(&params, upto);
	TRY(pg_run(pg_session(base), arena, PG_list_changed, &params, &result));
	list = arena_array(arena, struct store_changed, (size_t)PQntuples(result) + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (int i = 0; i < PQntuples(result); i++) {
		struct pg_row row = pg_row(result, i, arena);
		struct store_changed changed = { .eco = pg_get_uuid(&row) };
		enum directory_event_type record;

		changed.position = pg_get_int(&row);
		if (!directory_event_find(pg_get_text(&row), &record))
			list[count++] = changed;
		TRY(pg_row_check(&row, STR("what has changed")));
	}
	*ret = (struct store_changed_list){ list, count };
	return NULL;
}

struct err *
pg_sequence(struct store_session *base, struct arena *arena, int64_t *ret_head, bool *ret_leads,
    size_t *ret_count)
{
	struct pg_session *session = pg_session(base);
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_bool(&params, session->leads);
	pg_put_int(&params, session->epoch);
	pg_put_int(&params, TICK_ROWS_MAX);
	TRY(pg_run(session, arena, PG_sequence, &params, &result));
	row = pg_row(result, 0, arena);
	*ret_head = pg_get_int(&row);
	*ret_leads = pg_get_bool(&row);
	session->leads = *ret_leads;
	session->epoch = pg_get_int(&row);
	*ret_count = (size_t)pg_get_int(&row);
	return pg_row_check(&row, STR("the head of the log"));
}
