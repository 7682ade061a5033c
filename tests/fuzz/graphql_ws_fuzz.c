#include "proto/graphql_ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A message of a client: what is read can be answered. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char memory[4 << 20], written[16384];
	struct str text = { (const char *)bytes, length }, reason = STR("");
	struct buf buf = buf_over(written, sizeof(written));
	struct graphql_ws_message message;
	const struct json *again;
	struct arena arena;

	if (length > 65536)
		return 0;
	arena_init(&arena, memory, sizeof(memory));
	if (!graphql_ws_read(&arena, text, &message, &reason)) {
		CHECK(reason.len > 0 && reason.len <= 123 && str_is_utf8(reason));
		return 0;
	}
	CHECK(message.id.len <= GRAPHQL_WS_ID_BYTES_MAX);
	CHECK(message.payload == NULL || message.payload->type == JSON_MAP);
	CHECK(message.kind != GRAPHQL_WS_SUBSCRIBE || message.payload != NULL);
	if (str_empty(message.id))
		return 0;
	graphql_ws_write_next_head(&buf, message.id);
	buf_str(&buf, STR("{}"));
	buf_str(&buf, GRAPHQL_WS_NEXT_TAIL);
	CHECK(!buf.overflowed);
	CHECK(json_parse(&arena, buf_view(&buf), &again, &reason) || arena_exhausted(&arena));
	if (!arena_exhausted(&arena))
		CHECK(str_equal(json_text_or(again, STR("id"), STR("")), message.id));
	return 0;
}
