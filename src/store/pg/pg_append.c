#include "store/pg/pg_internal.h"

/* ---- events ---- */

/* The hash of event ${index} of ${part}, as it will stand. */
static struct sha256
hash_of(const struct store_also *part, size_t index, struct arena *arena)
{
	struct store_event event = part->events[index];

	event.stream = part->stream;
	event.version = part->expected_version + 1 + (int64_t)index;
	event.noc = part->noc;
	event.osp = part->osp;
	return store_event_hash(&event, arena);
}

/* What stands in every event's own columns, in the statements' order. */
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
begin_event_columns(struct pg_params *params, const struct store_also *parts, size_t part_count,
    struct pg_array columns[EVENT_COLUMN_COUNT])
{
	static const enum pg_type types[EVENT_COLUMN_COUNT] = { PG_UUID, PG_TEXT, PG_INT8,
		PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT, PG_UUID, PG_UUID, PG_UUID, PG_UUID, PG_BYTEA,
		PG_BYTEA };
	size_t bytes[EVENT_COLUMN_COUNT] = { 0 }, count = 0;

	for (size_t part = 0; part < part_count; part++) {
		count += parts[part].event_count;
		for (size_t i = 0; i < parts[part].event_count; i++) {
			const struct store_event *event = &parts[part].events[i];

			bytes[EVENT_TYPE] += event->type.len;
			bytes[EVENT_ACTOR_NAME] += event->actor.name.len;
			bytes[EVENT_PAYLOAD] += event->payload.len;
		}
	}
	/* Of all others no value is longer than a hash. */
	for (size_t i = 0; i < EVENT_COLUMN_COUNT; i++)
		columns[i] = pg_array_begin(
		    params, types[i], count, bytes[i] + count * sizeof(struct sha256));
}

static void
put_event(const struct store_event *event, struct sha256 hash,
    struct pg_array columns[EVENT_COLUMN_COUNT])
{
	pg_array_uuid(&columns[EVENT_ID], event->id);
	pg_array_text(&columns[EVENT_TYPE], event->type);
	pg_array_int(&columns[EVENT_SCHEMA_VERSION], event->schema_version);
	pg_array_instant(&columns[EVENT_OCCURRED_AT], event->occurred_at);
	pg_array_text(&columns[EVENT_ACTOR_KIND], store_actor_kind_name(event->actor.kind));
	pg_array_text(&columns[EVENT_ACTOR_NAME], event->actor.name);
	pg_array_uuid(&columns[EVENT_ACTOR_USER], event->actor.user);
	pg_array_uuid(&columns[EVENT_ACTOR_ORGANISATION], event->actor.organisation);
	pg_array_uuid(&columns[EVENT_CORRELATION], event->correlation);
	pg_array_uuid(&columns[EVENT_CAUSATION], event->causation);
	pg_array_text(&columns[EVENT_PAYLOAD], event->payload);
	pg_array_bytes(&columns[EVENT_HASH], hash.bytes, sizeof(hash.bytes));
}

void
pg_put_events(struct pg_params *params, const struct store_also *parts, size_t part_count)
{
	struct pg_array columns[EVENT_COLUMN_COUNT];

	begin_event_columns(params, parts, part_count, columns);
	for (size_t part = 0; part < part_count; part++) {
		for (size_t i = 0; i < parts[part].event_count; i++)
			put_event(&parts[part].events[i], hash_of(&parts[part], i, params->arena),
			    columns);
	}
	for (size_t i = 0; i < EVENT_COLUMN_COUNT; i++)
		pg_array_end(params, &columns[i]);
}

/* ---- the streams of an append ---- */

/* All streams of an append, ascending. */
struct parts {
	struct store_also at[STORE_ALSO_MAX + 1];
	size_t count;
};

/* Insert ${part} where it belongs; a uuid is ordered by its bytes, as in the database. */
static void
add_part(struct parts *parts, const struct store_also *part)
{
	size_t at = parts->count++;

	for (; at > 0; at--) {
		if (memcmp(parts->at[at - 1].stream.bytes, part->stream.bytes,
			sizeof(part->stream.bytes)) < 0)
			break;
		parts->at[at] = parts->at[at - 1];
	}
	parts->at[at] = *part;
}

static struct store_also
main_part(const struct store_append *append)
{
	return (struct store_also){ .stream = append->stream,
		.expected_version = append->expected_version,
		.noc = append->noc,
		.osp = append->osp,
		.events = append->events,
		.event_count = append->event_count };
}

/* Which streams, where they stand, whose they are, and how many events each gets. */
static void
put_parts(struct pg_params *params, const struct parts *parts)
{
	size_t count = parts->count, bytes = count * sizeof(struct uuid);
	struct pg_array ids = pg_array_begin(params, PG_UUID, count, bytes);
	struct pg_array expected = pg_array_begin(params, PG_INT8, count, bytes);
	struct pg_array nocs = pg_array_begin(params, PG_UUID, count, bytes);
	struct pg_array osps = pg_array_begin(params, PG_UUID, count, bytes);
	struct pg_array counts = pg_array_begin(params, PG_INT8, count, bytes);

	for (size_t i = 0; i < count; i++) {
		pg_array_uuid(&ids, parts->at[i].stream);
		pg_array_int(&expected, parts->at[i].expected_version);
		pg_array_uuid(&nocs, parts->at[i].noc);
		pg_array_uuid(&osps, parts->at[i].osp);
		pg_array_int(&counts, (int64_t)parts->at[i].event_count);
	}
	pg_array_end(params, &ids);
	pg_array_end(params, &expected);
	pg_array_end(params, &nocs);
	pg_array_end(params, &osps);
	pg_array_end(params, &counts);
}

/* Each event's stream, version and sides. */
static void
put_places(struct pg_params *params, const struct parts *parts)
{
	struct pg_array streams, versions, nocs, osps;
	size_t count = 0;

	for (size_t part = 0; part < parts->count; part++)
		count += parts->at[part].event_count;
	streams = pg_array_begin(params, PG_UUID, count, count * sizeof(struct uuid));
	versions = pg_array_begin(params, PG_INT8, count, count * sizeof(int64_t));
	nocs = pg_array_begin(params, PG_UUID, count, count * sizeof(struct uuid));
	osps = pg_array_begin(params, PG_UUID, count, count * sizeof(struct uuid));
	for (size_t part = 0; part < parts->count; part++) {
		const struct store_also *at = &parts->at[part];

		for (size_t i = 0; i < at->event_count; i++) {
			pg_array_uuid(&streams, at->stream);
			pg_array_int(&versions, at->expected_version + 1 + (int64_t)i);
			pg_array_uuid(&nocs, at->noc);
			pg_array_uuid(&osps, at->osp);
		}
	}
	pg_array_end(params, &streams);
	pg_array_end(params, &versions);
	pg_array_end(params, &nocs);
	pg_array_end(params, &osps);
}

/* ---- what comes with them ---- */

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
put_settled(struct pg_params *params, const struct store_append *append, int64_t instance)
{
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
	pg_put_text_or_null(params, append->follower);
	pg_put_int(params, append->move.slot);
	pg_put_int(params, append->move.epoch);
	pg_put_int(params, append->move.from);
	pg_put_int(params, append->move.to);
}

static void
put_append(struct pg_params *params, const struct store_append *append, int64_t instance)
{
	struct store_also own = main_part(append);
	struct parts parts = { .count = 0 };

	add_part(&parts, &own);
	for (size_t i = 0; i < append->also_count; i++)
		add_part(&parts, &append->also[i]);
	pg_put_uuid(params, append->stream);
	pg_put_uuid(params, append->noc);
	pg_put_uuid(params, append->osp);
	pg_put_int(params, append->expected_version + (int64_t)append->event_count);
	pg_put_uuid(params, append->command_scope);
	pg_put_uuid_or_null(params, append->command_key);
	pg_put_hash(params, append->body_hash);
	pg_put_text(params, append->answer);
	put_parts(params, &parts);
	put_places(params, &parts);
	pg_put_events(params, parts.at, parts.count);
	put_effects(params, append);
	put_timers(params, append);
	put_settled(params, append, instance);
}

/* ---- append ---- */

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

/* ---- commands and numbers ---- */

struct err *
pg_find_command(struct store_session *base, struct arena *arena, struct uuid scope, struct uuid key,
    struct sha256 body_hash, struct store_append_result *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid(&params, scope);
	pg_put_uuid(&params, key);
	pg_put_hash(&params, body_hash);
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
