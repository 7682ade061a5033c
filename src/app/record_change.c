#include "app/record_change.h"

#include "app/command.h"
#include "app/record_vault.h"
#include "base/json.h"
#include "codec/record_codec.h"

#define ANSWER_BYTES_MAX 160

struct record_author
record_author(const struct app_context *context)
{
	struct record_author author = {
		.session = context->session,
		.arena = context->arena,
		.now = context->now,
		.vault = context->vault,
		.make_id = context->make_id,
		.actor = {
			.kind = STORE_ACTOR_USER,
			.user = context->actor->user,
			.organisation = context->actor->organisation.id,
		},
		.correlation = context->correlation,
	};

	if (context->process != NULL)
		author.actor = *context->process;
	return author;
}

/* ---- reading ---- */

struct err *
record_read(struct arena *arena, const struct store_record *row, struct record *ret)
{
	struct str name = record_kind_name(row->kind);
	struct str reason;

	if (!codec_decode_record(arena, row->kind, row->body, ret, &reason))
		return ERR(arena, ERR_CORRUPT, "cannot read the %.*s %.*s: %.*s", STR_ARG(name),
		    STR_ARG(uuid_text(arena, row->id)), STR_ARG(reason));
	ret->id = row->id;
	ret->version = row->version;
	ret->changed_at = row->changed_at;
	return NULL;
}

struct err *
record_load(struct store_session *session, struct arena *arena, enum record_kind kind,
    struct uuid id, bool *ret_found, struct record *ret)
{
	struct store_record row;

	TRY(store_find_record(session, arena, kind, id, ret_found, &row));
	return *ret_found ? record_read(arena, &row, ret) : NULL;
}

struct err *
record_list(struct store_session *session, struct arena *arena,
    const struct store_record_query *query, struct record_list *ret)
{
	struct store_records rows;
	struct record *records;

	TRY(store_list_records(session, arena, query, &rows));
	records = arena_array(arena, struct record, rows.count + 1);
	if (records == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to list records");
	for (size_t i = 0; i < rows.count; i++)
		TRY(record_read(arena, &rows.at[i], &records[i]));
	*ret = (struct record_list){ records, rows.count };
	return NULL;
}

/* ---- writing ---- */

/* A position as text, with its brackets and commas, is not longer. */
#define POSITION_BYTES_MAX 56

/* How many bytes ${record} may take as text: nothing but an area is large. */
static size_t
room_for(const struct record *record)
{
	size_t bytes = RECORD_BYTES_MAX / 8;

	if (record->kind != RECORD_REGION)
		return bytes;
	for (size_t i = 0; i < record->region.area.count; i++) {
		const struct geo_polygon *polygon = &record->region.area.polygons[i];

		for (size_t j = 0; j < polygon->count; j++)
			bytes += polygon->rings[j].count * POSITION_BYTES_MAX;
	}
	return bytes < RECORD_BYTES_MAX ? bytes : RECORD_BYTES_MAX;
}

static struct err *
encode(struct arena *arena, const struct record *record, struct str *ret)
{
	size_t bytes = room_for(record);
	struct buf buf = buf_in(arena, bytes);

	codec_encode_record(record, &buf);
	if (buf.overflowed)
		return ERR(arena, ERR_LIMIT, "a record is larger than %zu bytes", bytes);
	*ret = arena_copy(arena, buf_view(&buf));
	return NULL;
}

/* The event of ${step}, with people's own texts sealed. */
static struct err *
make_event(
    const struct record_author *author, const struct record_step *step, struct store_event *ret)
{
	struct record sealed = step->after;
	struct str payload;

	TRY(record_seal(author->vault, author->session, author->arena, &sealed));
	TRY(encode(author->arena, &sealed, &payload));
	*ret = (struct store_event){
		.id = author->make_id(author->now),
		.type = directory_event_name(step->event),
		.schema_version = directory_event_version(step->event),
		.occurred_at = author->now,
		.actor = author->actor,
		.correlation = author->correlation,
		.causation = author->correlation,
		.payload = payload,
	};
	return NULL;
}

/* Every step is a stream of its own. */
static struct err *
fill_streams(const struct record_author *author, const struct record_outcome *outcome,
    struct store_also *streams)
{
	struct store_event *events =
	    arena_array(author->arena, struct store_event, RECORD_STEPS_MAX);

	if (events == NULL)
		return ERR(author->arena, ERR_LIMIT, "no memory left to write records");
	for (size_t i = 0; i < outcome->step_count; i++) {
		const struct record_step *step = &outcome->steps[i];

		CHECK(directory_event_kind(step->event) == step->after.kind);
		TRY(make_event(author, step, &events[i]));
		streams[i] = (struct store_also){
			.stream = step->after.id,
			.expected_version = step->after.version,
			.events = &events[i],
			.event_count = 1,
		};
		record_owners(&step->after, &streams[i].noc, &streams[i].osp);
	}
	return NULL;
}

static struct err *
put_row(const struct record_author *author, const struct record_step *step, bool *ret_taken)
{
	struct record record = step->after;
	struct store_record row = {
		.kind = record.kind,
		.id = record.id,
		.version = record.version + 1,
		.parent = record_parent(&record),
		.changed_at = author->now,
	};

	record_owners(&record, &row.noc, &row.osp);
	record.version = row.version;
	TRY(encode(author->arena, &record, &row.body));
	return store_put_record(author->session, author->arena, &row, &record, ret_taken);
}

struct err *
record_write(const struct record_author *author, const struct record_outcome *outcome,
    const struct record_key *key, bool *ret_taken, struct store_append_result *ret)
{
	struct store_also streams[RECORD_STEPS_MAX];

	CHECK(outcome->step_count >= 1 && outcome->step_count <= RECORD_STEPS_MAX);
	*ret_taken = false;
	TRY(fill_streams(author, outcome, streams));
	TRY(store_append(author->session, author->arena,
	    &(struct store_append){
		.stream = streams[0].stream,
		.expected_version = streams[0].expected_version,
		.noc = streams[0].noc,
		.osp = streams[0].osp,
		.events = streams[0].events,
		.event_count = 1,
		.also = streams + 1,
		.also_count = outcome->step_count - 1,
		.command_key = key->key,
		.command_scope = key->scope,
		.body_hash = key->body,
		.answer = key->answer,
		.effects = outcome->effects,
		.effect_count = outcome->effect_count,
	    },
	    ret));
	for (size_t i = 0; ret->outcome == STORE_APPENDED && !*ret_taken && i < outcome->step_count;
	     i++)
		TRY(put_row(author, &outcome->steps[i], ret_taken));
	return NULL;
}

/* ---- commands ---- */

struct sha256
record_body_hash(struct arena *arena, enum app_operation operation, const struct json *input)
{
	struct buf buf = buf_in(arena, RECORD_BYTES_MAX + 4096);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, app_operations[operation].field);
	json_write_value(&writer, input);
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

static struct str
make_answer(struct arena *arena, struct uuid id, int64_t version)
{
	struct buf buf = buf_in(arena, ANSWER_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_uuid(&writer, STR("record"), id);
	json_member_int(&writer, STR("version"), version);
	json_end_map(&writer);
	return buf_view(&buf);
}

/* What was answered when the key was first used. */
static struct err *
read_answer(const struct record_command *command, const struct store_append_result *found,
    struct app_record_answer *ret)
{
	struct arena *arena = command->context->arena;
	const struct json *answer;
	struct str reason;

	*ret = (struct app_record_answer){ .repeated = true };
	if (found->outcome == STORE_KEY_REUSED) {
		ret->refused = !refuse(&ret->refusal, REFUSAL_KEY_REUSED, "idempotencyKey",
		    "this key was used for another command; a new command needs a new key");
		return NULL;
	}
	if (!json_parse(arena, found->answer, &answer, &reason) ||
	    !uuid_parse(json_text_or(answer, STR("record"), STR("")), &ret->id))
		return ERR(arena, ERR_CORRUPT, "the answer kept for a command cannot be read");
	ret->version = json_int_or(answer, STR("version"), 0);
	return NULL;
}

static bool
refuse_unknown(const struct record_command *command, struct refusal *ret)
{
	struct str kind = record_kind_name(command->kind);

	return refuse(
	    ret, command->unknown, command->field, "there is no such %.*s", STR_ARG(kind));
}

/* The record that is decided on.  ${ret_decided}: it is there, or is not, as it must. */
static struct err *
load_before(const struct record_command *command, struct record *ret, bool *ret_fits,
    struct refusal *ret_refusal)
{
	const struct app_command *given = &command->command;
	bool found;

	TRY(record_load(command->context->session, command->context->arena, command->kind,
	    command->id, &found, ret));
	*ret_fits = found != command->creates;
	if (!found)
		*ret = (struct record){ .kind = command->kind, .id = command->id };
	if (!*ret_fits) {
		(void)!refuse_unknown(command, ret_refusal);
		return NULL;
	}
	if (given->has_version && given->version != ret->version)
		*ret_fits = refuse(ret_refusal, REFUSAL_VERSION_STALE, "version",
		    "it stands at version %lld, not at %lld; look at it again",
		    (long long)ret->version, (long long)given->version);
	return NULL;
}

static bool
refuse_taken(const struct record_command *command, struct refusal *ret)
{
	CHECK(command->taken != REFUSAL_NONE);
	return refuse(
	    ret, command->taken, command->taken_field, "this is taken already; choose another");
}

static struct err *
write_outcome(const struct record_command *command, struct record_outcome *outcome,
    struct app_record_answer *ret)
{
	const struct app_context *context = command->context;
	struct record_author author = record_author(context);
	const struct record *after = &outcome->steps[0].after;
	struct store_append_result appended;
	bool taken;

	*ret = (struct app_record_answer){ .id = after->id, .version = after->version + 1 };
	TRY(record_write(&author, outcome,
	    &(struct record_key){
		.key = command->command.key,
		.scope = context->actor->organisation.id,
		.body = command->body,
		.answer = make_answer(context->arena, ret->id, ret->version),
	    },
	    &taken, &appended));
	if (taken)
		ret->refused = !refuse_taken(command, &ret->refusal);
	else if (appended.outcome != STORE_APPENDED)
		return read_answer(command, &appended, ret);
	return NULL;
}

static struct err *
decide_in_transaction(const struct record_command *command, struct record_outcome *outcome,
    struct app_record_answer *ret)
{
	struct record before;
	bool decided;

	*ret = (struct app_record_answer){ .refused = true };
	*outcome = (struct record_outcome){ .step_count = 0 };
	TRY(load_before(command, &before, &decided, &ret->refusal));
	if (!decided)
		return NULL;
	TRY(command->decide(command->decision, &before, outcome, &decided, &ret->refusal));
	if (!decided)
		return NULL;
	ret->refused = false;
	ret->id = before.id;
	ret->version = before.version;
	return outcome->step_count == 0 ? NULL : write_outcome(command, outcome, ret);
}

static struct err *
decide_once(const struct record_command *command, struct record_outcome *outcome,
    struct app_record_answer *ret)
{
	const struct app_context *context = command->context;
	struct err *err;

	TRY(store_begin(context->session, context->arena, context->actor->organisation.id));
	err = decide_in_transaction(command, outcome, ret);
	if (err == NULL && !ret->refused && !ret->repeated)
		return store_commit(context->session, context->arena);
	store_rollback(context->session);
	return err;
}

struct err *
record_command_run(const struct record_command *command, struct app_record_answer *ret)
{
	const struct app_context *context = command->context;
	struct record_outcome *outcome = arena_new(context->arena, struct record_outcome);
	struct store_append_result found;
	struct err *err = NULL;

	*ret = (struct app_record_answer){ .refused = true };
	if (outcome == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to change a record");
	if (!app_permits(context, command->operation, &ret->refusal))
		return NULL;
	TRY(store_find_command(context->session, context->arena, context->actor->organisation.id,
	    command->command.key, command->body, &found));
	if (found.outcome != STORE_APPENDED)
		return read_answer(command, &found, ret);
	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = decide_once(command, outcome, ret);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(
	    context->arena, err, "a record changed under %d decisions in a row", APP_DECISIONS_MAX);
}
