#include "store/pg/pg_internal.h"

/* Rows that one tick of the sequencer writes at most; more are several ticks. */
#define TICK_ROWS_MAX 5000

/* The words of enum store_actor_kind in the database. */
static const struct str actor_kinds[] = { STR("user"), STR("process"), STR("provider") };

/* ---- append ---- */

/* The hash of event ${index} of ${append}, as it will stand. */
static struct sha256
hash_of(const struct store_append *append, size_t index, struct arena *arena)
{
	struct store_event event = append->events[index];

	event.stream = append->stream;
	event.version = append->expected_version + 1 + (int64_t)index;
	event.noc = append->noc;
	event.osp = append->osp;
	return store_event_hash(&event, arena);
}

/* Parameters 9 to 20 of the statement, in its order. */
enum event_column {
	EVENT_ID,
	EVENT_TYPE,
	EVENT_SCHEMA_VERSION,
	EVENT_OCCURRED_AT,
	EVENT_ACTOR_KIND,
	EVENT_ACTOR_NAME,
	EVENT_ACTOR_USER,
	EVENT_ACTOR_ORGANISATION,
	EVENT_CORRELATION,
	EVENT_CAUSATION,
	EVENT_PAYLOAD,
	EVENT_HASH,
	EVENT_COLUMN_COUNT
};

static void
begin_event_columns(struct pg_params *params, const struct store_append *append,
    struct pg_array columns[EVENT_COLUMN_COUNT])
{
	static const enum pg_type types[EVENT_COLUMN_COUNT] = { PG_UUID, PG_TEXT, PG_INT8,
		PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT, PG_UUID, PG_UUID, PG_UUID, PG_UUID, PG_BYTEA,
		PG_BYTEA };
	size_t bytes[EVENT_COLUMN_COUNT] = { 0 };

	for (size_t i = 0; i < append->event_count; i++) {
		bytes[EVENT_TYPE] += append->events[i].type.len;
		bytes[EVENT_ACTOR_NAME] += append->events[i].actor.name.len;
		bytes[EVENT_PAYLOAD] += append->events[i].payload.len;
	}
	/* Of all others no value is longer than a hash. */
	for (size_t i = 0; i < EVENT_COLUMN_COUNT; i++)
		columns[i] = pg_array_begin(params, types[i], append->event_count,
		    bytes[i] + append->event_count * sizeof(struct sha256));
}

static void
put_event(const struct store_append *append, size_t index, struct arena *arena,
    struct pg_array columns[EVENT_COLUMN_COUNT])
{
	const struct store_event *event = &append->events[index];
	struct sha256 hash = hash_of(append, index, arena);

	CHECK(event->actor.kind < COUNT_OF(actor_kinds));
	pg_array_uuid(&columns[EVENT_ID], event->id);
	pg_array_text(&columns[EVENT_TYPE], event->type);
	pg_array_int(&columns[EVENT_SCHEMA_VERSION], event->schema_version);
	pg_array_instant(&columns[EVENT_OCCURRED_AT], event->occurred_at);
	pg_array_text(&columns[EVENT_ACTOR_KIND], actor_kinds[event->actor.kind]);
	pg_array_text(&columns[EVENT_ACTOR_NAME], event->actor.name);
	pg_array_uuid(&columns[EVENT_ACTOR_USER], event->actor.user);
	pg_array_uuid(&columns[EVENT_ACTOR_ORGANISATION], event->actor.organisation);
	pg_array_uuid(&columns[EVENT_CORRELATION], event->correlation);
	pg_array_uuid(&columns[EVENT_CAUSATION], event->causation);
	pg_array_text(&columns[EVENT_PAYLOAD], event->payload);
	pg_array_bytes(&columns[EVENT_HASH], hash.bytes, sizeof(hash.bytes));
}

static void
put_events(struct pg_params *params, const struct store_append *append)
{
	struct pg_array columns[EVENT_COLUMN_COUNT];

	begin_event_columns(params, append, columns);
	for (size_t i = 0; i < append->event_count; i++)
		put_event(append, i, params->arena, columns);
	for (size_t i = 0; i < EVENT_COLUMN_COUNT; i++)
		pg_array_end(params, &columns[i]);
}

/* Parameters 21 to 27. */
static void
put_effects(struct pg_params *params, const struct store_append *append)
{
	/* Keys, lanes, types, ECOs, numbers, provider ids, and when they are due. */
	static const enum pg_type types[] = { PG_TEXT, PG_TEXT, PG_TEXT, PG_UUID, PG_INT8, PG_TEXT,
		PG_TIMESTAMPTZ };
	struct pg_array columns[COUNT_OF(types)];
	size_t count = append->effect_count, provider_bytes = 0;

	for (size_t i = 0; i < count; i++)
		provider_bytes += append->effects[i].provider_id.len;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		columns[i] = pg_array_begin(
		    params, types[i], count, count * STORE_KEY_BYTES_MAX + provider_bytes);
	for (size_t i = 0; i < count; i++) {
		const struct store_effect *effect = &append->effects[i];

		pg_array_text(&columns[0], effect->key);
		pg_array_text(&columns[1], pg_lane_name(effect_lane(effect->type)));
		pg_array_text(&columns[2], effect_name(effect->type));
		pg_array_uuid(&columns[3], effect->eco);
		pg_array_int(&columns[4], effect->number);
		pg_array_text(&columns[5], effect->provider_id);
		pg_array_instant(&columns[6], effect->due);
	}
	for (size_t i = 0; i < COUNT_OF(types); i++)
		pg_array_end(params, &columns[i]);
}

/* Parameters 28 to 30. */
static void
put_timers(struct pg_params *params, const struct store_append *append)
{
	size_t count = append->timer_count, bytes = count * STORE_KEY_BYTES_MAX;
	struct pg_array kinds = pg_array_begin(params, PG_TEXT, count, bytes);
	struct pg_array sets = pg_array_begin(params, PG_BOOL, count, bytes);
	struct pg_array dues = pg_array_begin(params, PG_TIMESTAMPTZ, count, bytes);

	for (size_t i = 0; i < count; i++) {
		pg_array_text(&kinds, timer_name(append->timers[i].kind));
		pg_array_bool(&sets, append->timers[i].set);
		pg_array_instant(&dues, append->timers[i].due);
	}
	pg_array_end(params, &kinds);
	pg_array_end(params, &sets);
	pg_array_end(params, &dues);
}

static void
put_append(struct pg_params *params, const struct store_append *append, int64_t instance)
{
	struct str body_hash = { (const char *)append->body_hash.bytes,
		sizeof(append->body_hash.bytes) };

	pg_put_uuid(params, append->stream);
	pg_put_int(params, append->expected_version);
	pg_put_uuid(params, append->noc);
	pg_put_uuid(params, append->osp);
	pg_put_uuid(params, append->command_scope);
	pg_put_uuid_or_null(params, append->command_key);
	pg_put_text(params, body_hash);
	pg_put_text(params, append->answer);
	put_events(params, append);
	put_effects(params, append);
	put_timers(params, append);
	pg_put_int4(params, instance);
	pg_put_text_or_null(params, append->settles_effect);
	if (append->settles_timer) {
		pg_put_text(params, timer_name(append->settled_kind));
		pg_put_instant(params, append->settled_due);
	} else {
		pg_put_null(params);
		pg_put_null(params);
	}
	pg_put_text_or_null(params, append->bind_provider_id);
	pg_put_int(params, append->bind_number);
}

struct err *
pg_append(struct store_session *base, struct arena *arena, const struct store_append *append,
    struct store_append_result *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	put_append(&params, append, pg_store(base)->instance);
	TRY(pg_run(pg_session(base), arena, PG_append, &params, &result));
	row = pg_row(result, 0, arena);
	switch (pg_get_int4(&row)) {
	case 0:
		ret->outcome = STORE_APPENDED;
		ret->version = pg_get_int(&row);
		break;
	case 1:
		ret->outcome = STORE_REPEATED;
		pg_skip(&row);
		ret->answer = pg_get_text(&row);
		break;
	default:
		ret->outcome = STORE_KEY_REUSED;
		break;
	}
	return pg_row_check(&row, STR("the answer to an append"));
}

struct err *
pg_find_command(struct store_session *base, struct arena *arena, struct uuid scope, struct uuid key,
    struct sha256 body_hash, struct store_append_result *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, scope);
	pg_put_uuid(&params, key);
	pg_put_text(
	    &params, (struct str){ (const char *)body_hash.bytes, sizeof(body_hash.bytes) });
	TRY(pg_run(pg_session(base), arena, PG_find_command, &params, &result));
	if (PQntuples(result) == 0)
		return NULL;
	row = pg_row(result, 0, arena);
	ret->outcome = pg_get_bool(&row) ? STORE_REPEATED : STORE_KEY_REUSED;
	if (ret->outcome == STORE_REPEATED)
		ret->answer = pg_get_text(&row);
	return pg_row_check(&row, STR("a command"));
}

struct err *
pg_take_job_number(struct store_session *base, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, noc);
	pg_put_uuid(&params, osp);
	pg_put_text(&params, job_type_name(type));
	TRY(pg_run(pg_session(base), arena, PG_take_job_number, &params, &result));
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("a job number"));
}

/* ---- reading ---- */

static enum store_actor_kind
get_actor_kind(struct pg_row *row)
{
	struct str name = pg_get_text(row);

	for (size_t i = 0; i < COUNT_OF(actor_kinds); i++) {
		if (str_equal(actor_kinds[i], name))
			return (enum store_actor_kind)i;
	}
	row->wrong = true;
	return STORE_ACTOR_PROCESS;
}

static struct err *
get_event(struct pg_row *row, struct store_event *ret)
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
	TRY(pg_row_check(row, STR("an event")));
	return store_verify_event(ret, row->arena);
}

static struct err *
get_events(PGresult *result, struct arena *arena, struct store_events *ret)
{
	size_t count = (size_t)PQntuples(result);
	struct store_event *events = arena_array(arena, struct store_event, count + 1);

	if (events == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		TRY(get_event(&row, &events[i]));
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
	return get_events(result, arena, ret);
}

struct err *
pg_read_log(struct store_session *base, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_int(&params, after);
	pg_put_int(&params, (int64_t)limit);
	TRY(pg_run(pg_session(base), arena, PG_read_log, &params, &result));
	return get_events(result, arena, ret);
}

/* ---- the sequencer and its readers ---- */

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

struct err *
pg_checkpoint(struct store_session *base, struct arena *arena, struct str name, int64_t *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	*ret = 0;
	pg_put_text(&params, name);
	TRY(pg_run(pg_session(base), arena, PG_checkpoint, &params, &result));
	/* Who has read nothing yet is behind all the same, and must be seen to be. */
	if (PQntuples(result) == 0)
		return pg_run(pg_session(base), arena, PG_checkpoint_add, &params, NULL);
	row = pg_row(result, 0, arena);
	*ret = pg_get_int(&row);
	return pg_row_check(&row, STR("a checkpoint"));
}

struct err *
pg_checkpoint_move(
    struct store_session *base, struct arena *arena, struct str name, int64_t from, int64_t to)
{
	struct pg_params params = { .arena = arena }, fresh = { .arena = arena };

	pg_put_text(&params, name);
	pg_put_int(&params, from);
	pg_put_int(&params, to);
	pg_put_text(&fresh, name);
	if (from == 0)
		TRY(pg_run(pg_session(base), arena, PG_checkpoint_add, &fresh, NULL));
	return pg_run_one(pg_session(base), arena, PG_checkpoint_move, &params,
	    arena_printf(arena, "checkpoint \"%.*s\" does not stand at position %lld",
		STR_ARG(name), (long long)from));
}
