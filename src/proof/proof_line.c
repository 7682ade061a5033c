#include "proof/proof_line.h"

#include "base/hex.h"
#include "base/json.h"
#include "proof/proof_check.h"

/* ---- writing ---- */

static void
write_tick(struct json_writer *json, const struct store_tick *tick)
{
	json_name(json, STR("tick"));
	json_begin_map(json);
	json_member_int(json, STR("number"), tick->number);
	json_member_int(json, STR("first"), tick->first_position);
	json_member_int(json, STR("last"), tick->last_position);
	json_member_instant(json, STR("at"), tick->at);
	json_member_digest(json, STR("root"), tick->root);
	json_end_map(json);
}

static void
write_actor(struct json_writer *json, const struct store_actor *actor)
{
	json_name(json, STR("actor"));
	json_begin_map(json);
	json_member_text(json, STR("kind"), store_actor_kind_name(actor->kind));
	json_member_text(json, STR("name"), actor->name);
	json_member_uuid(json, STR("user"), actor->user);
	json_member_uuid(json, STR("organisation"), actor->organisation);
	json_end_map(json);
}

static void
write_event(struct json_writer *json, const struct proof_line *line)
{
	const struct store_event *event = &line->event;

	json_name(json, STR("event"));
	json_begin_map(json);
	json_member_int(json, STR("position"), event->position);
	json_member_uuid(json, STR("id"), event->id);
	json_member_uuid(json, STR("stream"), event->stream);
	json_member_int(json, STR("version"), event->version);
	json_member_uuid(json, STR("noc"), event->noc);
	json_member_uuid(json, STR("osp"), event->osp);
	json_member_text(json, STR("type"), event->type);
	json_member_int(json, STR("schema_version"), event->schema_version);
	json_member_instant(json, STR("occurred_at"), event->occurred_at);
	write_actor(json, &event->actor);
	json_member_uuid(json, STR("correlation"), event->correlation);
	json_member_uuid(json, STR("causation"), event->causation);
	json_member_text(json, STR("payload"), event->payload);
	json_end_map(json);
	json_name(json, STR("path"));
	json_begin_list(json);
	for (size_t i = 0; i < line->path_count; i++)
		json_write_digest(json, line->path[i]);
	json_end_list(json);
}

static void
write_signature(struct json_writer *json, const struct store_signature *signature)
{
	char digits[2 * sizeof(signature->bytes)];
	struct buf buf = buf_over(digits, sizeof(digits));

	hex_encode(&buf, (struct str){ (const char *)signature->bytes, sizeof(signature->bytes) });
	json_name(json, STR("signature"));
	json_begin_map(json);
	json_member_instant(json, STR("at"), signature->at);
	json_member_digest(json, STR("key_id"), signature->key_id);
	json_member_text(json, STR("bytes"), buf_view(&buf));
	json_end_map(json);
}

static void
write_end(struct json_writer *json, const struct proof_line *line)
{
	json_name(json, STR("end"));
	json_begin_map(json);
	json_member_int(json, STR("events"), line->events);
	json_member_int(json, STR("ticks"), line->ticks);
	json_end_map(json);
}

void
proof_line_write(struct buf *buf, const struct proof_line *line)
{
	struct json_writer json = json_writer(buf);

	json_begin_map(&json);
	switch (line->kind) {
	case PROOF_LINE_HEADER:
		json_member_int(&json, STR("strike_proof"), PROOF_FORMAT);
		json_member_uuid(&json, STR("eco"), line->eco);
		break;
	case PROOF_LINE_RUN:
		json_member_digest(&json, STR("run"), line->before);
		break;
	case PROOF_LINE_TICK:
		write_tick(&json, &line->tick);
		break;
	case PROOF_LINE_EVENT:
		write_event(&json, line);
		break;
	case PROOF_LINE_SIGNATURE:
		write_signature(&json, &line->signature);
		break;
	case PROOF_LINE_END:
		write_end(&json, line);
		break;
	}
	json_end_map(&json);
}

/* ---- reading ---- */

/* One object of a line, from which members are taken; the first thing that is wrong stays. */
struct members {
	struct arena *arena;
	const struct json *map;
	size_t taken;
	struct str reason;
};

static void
complain(struct members *from, struct str name, const char *rule)
{
	if (!str_empty(from->reason))
		return;
	from->reason = arena_printf(from->arena, "its member \"%.*s\" %s", STR_ARG(name), rule);
	if (str_empty(from->reason))
		from->reason = STR("the line is too large");
}

static const struct json *
take(struct members *from, struct str name, enum json_type type, const char *rule)
{
	const struct json *value = json_find(from->map, name);

	if (value == NULL || value->type != type) {
		complain(from, name, value == NULL ? "is missing" : rule);
		return NULL;
	}
	from->taken++;
	return value;
}

static struct str
take_text(struct members *from, struct str name)
{
	const struct json *value = take(from, name, JSON_TEXT, "is not a text");

	return value == NULL ? STR("") : value->text;
}

/* A number from ${least} up. */
static int64_t
take_int(struct members *from, struct str name, int64_t least)
{
	const struct json *value = take(from, name, JSON_INT, "is not a whole number");

	if (value == NULL)
		return least;
	if (value->integer < least)
		complain(from, name, "is too small");
	return value->integer;
}

static struct uuid
take_id(struct members *from, struct str name)
{
	struct str text = take_text(from, name);
	struct uuid id = UUID_NIL;

	if (!uuid_parse(text, &id))
		complain(from, name, "is not an id");
	return id;
}

static struct instant
take_instant(struct members *from, struct str name)
{
	struct str text = take_text(from, name);
	struct instant when = { 0 };

	if (!instant_parse(text, &when))
		complain(from, name, "is not a moment");
	return when;
}

static struct sha256
take_digest(struct members *from, struct str name)
{
	struct str text = take_text(from, name);
	struct sha256 digest = { { 0 } };

	if (!hex_parse_digest(text, &digest))
		complain(from, name, "is not a digest of 64 hexadecimal digits");
	return digest;
}

/* The object ${name} in ${from}, to be taken from in turn. */
static struct members
take_map(struct members *from, struct str name)
{
	return (struct members){ .arena = from->arena,
		.map = take(from, name, JSON_MAP, "is not an object"),
		.reason = from->reason };
}

/* Nothing may be left over in ${inner}; what was wrong in it is wrong in ${from}. */
static void
finish(struct members *from, const struct members *inner, struct str name)
{
	if (str_empty(from->reason))
		from->reason = inner->reason;
	if (inner->map != NULL && inner->map->map.count != inner->taken)
		complain(from, name, "holds something that does not belong there");
}

static void
read_tick(struct members *from, struct store_tick *ret)
{
	struct members in = take_map(from, STR("tick"));

	*ret = (struct store_tick){
		.number = take_int(&in, STR("number"), 1),
		.first_position = take_int(&in, STR("first"), 1),
		.last_position = take_int(&in, STR("last"), 1),
		.at = take_instant(&in, STR("at")),
		.root = take_digest(&in, STR("root")),
	};
	if (ret->last_position < ret->first_position)
		complain(&in, STR("last"), "is before its first");
	finish(from, &in, STR("tick"));
}

static enum store_actor_kind
take_actor_kind(struct members *from)
{
	enum store_actor_kind kind = STORE_ACTOR_PROCESS;

	if (!store_actor_kind_find(take_text(from, STR("kind")), &kind))
		complain(from, STR("kind"), "is not user, process or provider");
	return kind;
}

static void
read_actor(struct members *from, struct store_actor *ret)
{
	struct members in = take_map(from, STR("actor"));

	*ret = (struct store_actor){
		.kind = take_actor_kind(&in),
		.name = take_text(&in, STR("name")),
		.user = take_id(&in, STR("user")),
		.organisation = take_id(&in, STR("organisation")),
	};
	finish(from, &in, STR("actor"));
}

static void
read_path(struct members *from, struct proof_line *ret)
{
	const struct json *list = take(from, STR("path"), JSON_LIST, "is not a list");

	if (list == NULL)
		return;
	if (list->list.count > MERKLE_PATH_MAX) {
		complain(from, STR("path"), "is too long");
		return;
	}
	for (size_t i = 0; i < list->list.count; i++) {
		const struct json *item = &list->list.items[i];

		if (item->type != JSON_TEXT || !hex_parse_digest(item->text, &ret->path[i]))
			complain(from, STR("path"), "is not a list of digests");
	}
	ret->path_count = list->list.count;
}

static void
read_event(struct members *from, struct proof_line *ret)
{
	struct members in = take_map(from, STR("event"));
	struct store_event *event = &ret->event;

	*event = (struct store_event){
		.position = take_int(&in, STR("position"), 1),
		.id = take_id(&in, STR("id")),
		.stream = take_id(&in, STR("stream")),
		.version = take_int(&in, STR("version"), 1),
		.noc = take_id(&in, STR("noc")),
		.osp = take_id(&in, STR("osp")),
		.type = take_text(&in, STR("type")),
		.schema_version = take_int(&in, STR("schema_version"), 0),
		.occurred_at = take_instant(&in, STR("occurred_at")),
		.correlation = take_id(&in, STR("correlation")),
		.causation = take_id(&in, STR("causation")),
		.payload = take_text(&in, STR("payload")),
	};
	read_actor(&in, &event->actor);
	finish(from, &in, STR("event"));
	read_path(from, ret);
}

static void
read_signature(struct members *from, struct store_signature *ret)
{
	struct members in = take_map(from, STR("signature"));
	struct str bytes;

	ret->at = take_instant(&in, STR("at"));
	ret->key_id = take_digest(&in, STR("key_id"));
	bytes = take_text(&in, STR("bytes"));
	if (!hex_decode(bytes, ret->bytes, sizeof(ret->bytes)))
		complain(&in, STR("bytes"), "is not a signature of 128 hexadecimal digits");
	finish(from, &in, STR("signature"));
}

static void
read_header(struct members *from, struct proof_line *ret)
{
	if (take_int(from, STR("strike_proof"), 1) != PROOF_FORMAT)
		complain(from, STR("strike_proof"), "is a format that this program does not know");
	ret->eco = take_id(from, STR("eco"));
}

static void
read_end(struct members *from, struct proof_line *ret)
{
	struct members in = take_map(from, STR("end"));

	ret->events = take_int(&in, STR("events"), 0);
	ret->ticks = take_int(&in, STR("ticks"), 0);
	finish(from, &in, STR("end"));
}

/* Which member says of what kind a line is. */
static const struct str kind_members[] = {
	[PROOF_LINE_HEADER] = STR("strike_proof"),
	[PROOF_LINE_RUN] = STR("run"),
	[PROOF_LINE_TICK] = STR("tick"),
	[PROOF_LINE_EVENT] = STR("event"),
	[PROOF_LINE_SIGNATURE] = STR("signature"),
	[PROOF_LINE_END] = STR("end"),
};

static bool
find_kind(const struct json *map, enum proof_line_kind *ret)
{
	for (size_t i = 0; i < COUNT_OF(kind_members); i++) {
		if (json_find(map, kind_members[i]) == NULL)
			continue;
		*ret = (enum proof_line_kind)i;
		return true;
	}
	return false;
}

static void
read_members(struct members *from, struct proof_line *ret)
{
	switch (ret->kind) {
	case PROOF_LINE_HEADER:
		read_header(from, ret);
		return;
	case PROOF_LINE_RUN:
		ret->before = take_digest(from, STR("run"));
		return;
	case PROOF_LINE_TICK:
		read_tick(from, &ret->tick);
		return;
	case PROOF_LINE_EVENT:
		read_event(from, ret);
		return;
	case PROOF_LINE_SIGNATURE:
		read_signature(from, &ret->signature);
		return;
	case PROOF_LINE_END:
		read_end(from, ret);
		return;
	}
}

bool
proof_line_read(
    struct arena *arena, struct str text, struct proof_line *ret, struct str *ret_reason)
{
	struct members from = { .arena = arena };

	*ret = (struct proof_line){ .path_count = 0 };
	if (!json_parse(arena, text, &from.map, ret_reason))
		return false;
	if (from.map->type != JSON_MAP || !find_kind(from.map, &ret->kind)) {
		*ret_reason = STR("this is not a line of a proof");
		return false;
	}
	read_members(&from, ret);
	if (from.map->map.count != from.taken)
		complain(&from, kind_members[ret->kind],
		    "has something beside it that does not belong there");
	*ret_reason = from.reason;
	return str_empty(from.reason);
}
