#include "proto/graphql_ws.h"

static const struct {
	struct str name;
	enum graphql_ws_kind kind;
	bool has_id, needs_payload;
} kinds[] = {
	{ STR("connection_init"), GRAPHQL_WS_INIT, false, false },
	{ STR("subscribe"), GRAPHQL_WS_SUBSCRIBE, true, true },
	{ STR("complete"), GRAPHQL_WS_COMPLETE, true, false },
	{ STR("ping"), GRAPHQL_WS_PING, false, false },
	{ STR("pong"), GRAPHQL_WS_PONG, false, false },
};

static bool
refuse(struct str *ret_reason, struct str why)
{
	*ret_reason = why;
	return false;
}

/* The id must be there; it is given back in every message about its operation. */
static bool
read_id(const struct json *message, struct graphql_ws_message *ret, struct str *ret_reason)
{
	const struct json *id = json_find(message, STR("id"));

	if (id == NULL || id->type != JSON_TEXT || str_empty(id->text))
		return refuse(ret_reason, STR("the message has no \"id\", or it is no text"));
	if (id->text.len > GRAPHQL_WS_ID_BYTES_MAX)
		return refuse(ret_reason, STR("the message's \"id\" is longer than 128 bytes"));
	ret->id = id->text;
	return true;
}

static bool
read_payload(
    const struct json *message, bool needed, struct graphql_ws_message *ret, struct str *ret_reason)
{
	const struct json *payload = json_find(message, STR("payload"));

	if (payload != NULL && payload->type == JSON_NULL_VALUE)
		payload = NULL;
	if (payload != NULL && payload->type != JSON_MAP)
		return refuse(ret_reason, STR("the message's \"payload\" must be an object"));
	if (payload == NULL && needed)
		return refuse(ret_reason, STR("the message has no \"payload\""));
	ret->payload = payload;
	return true;
}

bool
graphql_ws_read(
    struct arena *arena, struct str text, struct graphql_ws_message *ret, struct str *ret_reason)
{
	const struct json *message;
	struct str reason, type;

	*ret = (struct graphql_ws_message){ .kind = GRAPHQL_WS_INIT };
	if (!json_parse(arena, text, &message, &reason))
		return refuse(ret_reason, STR("the message is not valid JSON"));
	if (message->type != JSON_MAP)
		return refuse(ret_reason, STR("the message must be a JSON object"));
	type = json_text_or(message, STR("type"), STR(""));
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!str_equal(kinds[i].name, type))
			continue;
		ret->kind = kinds[i].kind;
		return (!kinds[i].has_id || read_id(message, ret, ret_reason)) &&
		       read_payload(message, kinds[i].needs_payload, ret, ret_reason);
	}
	return refuse(ret_reason, STR("the message's \"type\" must be connection_init, subscribe, "
				      "complete, ping or pong"));
}

int
graphql_ws_admits(enum graphql_ws_phase phase, enum graphql_ws_kind kind, struct str *ret_reason)
{
	if (kind == GRAPHQL_WS_INIT && phase != GRAPHQL_WS_OPENED) {
		*ret_reason = STR("Too many initialisation requests");
		return GRAPHQL_WS_INIT_TWICE;
	}
	if (kind == GRAPHQL_WS_SUBSCRIBE && phase != GRAPHQL_WS_ACKNOWLEDGED) {
		*ret_reason = STR("Unauthorized");
		return GRAPHQL_WS_UNAUTHORIZED;
	}
	return 0;
}

/* -- writing -- */

static struct json_writer
begin(struct buf *buf, struct str type)
{
	struct json_writer writer = json_writer(buf);

	json_begin_map(&writer);
	json_member_text(&writer, STR("type"), type);
	return writer;
}

static void
write_with_payload(struct buf *buf, struct str type, struct str json)
{
	struct json_writer writer = begin(buf, type);

	if (!str_empty(json))
		json_member_raw(&writer, STR("payload"), json);
	json_end_map(&writer);
}

void
graphql_ws_write_ack(struct buf *buf, struct str json)
{
	write_with_payload(buf, STR("connection_ack"), json);
}

void
graphql_ws_write_ping(struct buf *buf)
{
	write_with_payload(buf, STR("ping"), STR(""));
}

void
graphql_ws_write_pong(struct buf *buf, struct str json)
{
	write_with_payload(buf, STR("pong"), json);
}

void
graphql_ws_write_complete(struct buf *buf, struct str id)
{
	struct json_writer writer = begin(buf, STR("complete"));

	json_member_text(&writer, STR("id"), id);
	json_end_map(&writer);
}

void
graphql_ws_write_error(struct buf *buf, struct str id, struct str errors)
{
	struct json_writer writer = begin(buf, STR("error"));

	json_member_text(&writer, STR("id"), id);
	json_member_raw(&writer, STR("payload"), errors);
	json_end_map(&writer);
}

void
graphql_ws_write_next_head(struct buf *buf, struct str id)
{
	struct json_writer writer = begin(buf, STR("next"));

	json_member_text(&writer, STR("id"), id);
	json_name(&writer, STR("payload"));
}
