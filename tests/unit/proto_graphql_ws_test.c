#include "support/unit.h"

#include "proto/graphql_ws.h"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(4u << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct graphql_ws_message
read_one(const char *text)
{
	struct graphql_ws_message message;
	struct str reason;

	if (!graphql_ws_read(arena, str_from_z(text), &message, &reason))
		fail_msg("refused: %s: %.*s", text, STR_ARG(reason));
	return message;
}

static void
assert_unreadable(const char *text, const char *why)
{
	struct graphql_ws_message message;
	struct str reason = STR("");

	assert_false(graphql_ws_read(arena, str_from_z(text), &message, &reason));
	assert_text(reason, why);
	assert_in_range(reason.len, 1, 123);
}

static void
every_message_of_a_client_is_read(void **state)
{
	struct graphql_ws_message message =
	    read_one("{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"{ a }\"}}");

	(void)state;
	assert_int_equal(message.kind, GRAPHQL_WS_SUBSCRIBE);
	assert_text(message.id, "1");
	assert_text(json_text_or(message.payload, STR("query"), STR("")), "{ a }");
	message = read_one("{\"payload\":{\"Authorization\":\"x\"},\"type\":\"connection_init\"}");
	assert_int_equal(message.kind, GRAPHQL_WS_INIT);
	assert_non_null(message.payload);
	message = read_one("{\"type\":\"complete\",\"id\":\"\xc3\xa4\"}");
	assert_int_equal(message.kind, GRAPHQL_WS_COMPLETE);
	assert_text(message.id, "\xc3\xa4");
	assert_int_equal(read_one("{\"type\":\"ping\"}").kind, GRAPHQL_WS_PING);
	assert_int_equal(read_one("{\"type\":\"pong\",\"payload\":{}}").kind, GRAPHQL_WS_PONG);
}

static void
a_payload_of_null_is_none_and_unknown_members_are_not_looked_at(void **state)
{
	(void)state;
	assert_null(read_one("{\"type\":\"connection_init\",\"payload\":null}").payload);
	assert_null(read_one("{\"type\":\"ping\",\"more\":[1]}").payload);
}

static void
what_is_no_message_is_refused_with_a_reason(void **state)
{
	static const char type[] =
	    "the message's \"type\" must be connection_init, subscribe, complete, ping or pong";
	static const char id[] = "the message has no \"id\", or it is no text";

	(void)state;
	assert_unreadable("", "the message is not valid JSON");
	assert_unreadable("{\"type\":\"ping\"", "the message is not valid JSON");
	assert_unreadable("{\"type\":\"ping\",\"type\":\"pong\"}", "the message is not valid JSON");
	assert_unreadable("[]", "the message must be a JSON object");
	assert_unreadable("\"ping\"", "the message must be a JSON object");
	assert_unreadable("{}", type);
	assert_unreadable("{\"type\":1}", type);
	assert_unreadable("{\"type\":\"PING\"}", type);
	assert_unreadable("{\"type\":\"connection_ack\"}", type);
	assert_unreadable("{\"type\":\"subscribe\",\"payload\":{}}", id);
	assert_unreadable("{\"type\":\"complete\",\"id\":7}", id);
	assert_unreadable("{\"type\":\"complete\",\"id\":\"\"}", id);
	assert_unreadable(
	    "{\"type\":\"subscribe\",\"id\":\"1\"}", "the message has no \"payload\"");
	assert_unreadable("{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":null}",
	    "the message has no \"payload\"");
	assert_unreadable(
	    "{\"type\":\"ping\",\"payload\":\"x\"}", "the message's \"payload\" must be an object");
}

static void
an_id_has_at_most_128_bytes(void **state)
{
	char text[256], id[GRAPHQL_WS_ID_BYTES_MAX + 2];

	(void)state;
	memset(id, 'i', sizeof(id));
	id[GRAPHQL_WS_ID_BYTES_MAX] = '\0';
	(void)snprintf(text, sizeof(text), "{\"type\":\"complete\",\"id\":\"%s\"}", id);
	assert_int_equal(read_one(text).id.len, GRAPHQL_WS_ID_BYTES_MAX);
	id[GRAPHQL_WS_ID_BYTES_MAX] = 'i';
	id[GRAPHQL_WS_ID_BYTES_MAX + 1] = '\0';
	(void)snprintf(text, sizeof(text), "{\"type\":\"complete\",\"id\":\"%s\"}", id);
	assert_unreadable(text, "the message's \"id\" is longer than 128 bytes");
}

static void
what_may_follow_what_is_as_the_protocol_says(void **state)
{
	static const enum graphql_ws_phase phases[] = { GRAPHQL_WS_OPENED, GRAPHQL_WS_INITIALISED,
		GRAPHQL_WS_ACKNOWLEDGED };
	static const struct {
		enum graphql_ws_kind kind;
		int codes[3];
	} table[] = {
		{ GRAPHQL_WS_INIT, { 0, 4429, 4429 } },
		{ GRAPHQL_WS_SUBSCRIBE, { 4401, 4401, 0 } },
		{ GRAPHQL_WS_COMPLETE, { 0, 0, 0 } },
		{ GRAPHQL_WS_PING, { 0, 0, 0 } },
		{ GRAPHQL_WS_PONG, { 0, 0, 0 } },
	};
	struct str reason;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		for (size_t j = 0; j < COUNT_OF(phases); j++)
			assert_int_equal(graphql_ws_admits(phases[j], table[i].kind, &reason),
			    table[i].codes[j]);
	}
}

static void
messages_of_the_server_are_written(void **state)
{
	struct buf buf = buf_in(arena, 4096);

	(void)state;
	graphql_ws_write_ack(&buf, STR(""));
	graphql_ws_write_ack(&buf, STR("{\"a\":1}"));
	graphql_ws_write_ping(&buf);
	graphql_ws_write_pong(&buf, STR("{}"));
	graphql_ws_write_complete(&buf, STR("a\"b"));
	graphql_ws_write_error(&buf, STR("2"), STR("[{\"message\":\"no\"}]"));
	graphql_ws_write_next_head(&buf, STR("3"));
	buf_str(&buf, STR("{\"data\":{}}"));
	buf_str(&buf, GRAPHQL_WS_NEXT_TAIL);
	assert_text(buf_view(&buf),
	    "{\"type\":\"connection_ack\"}"
	    "{\"type\":\"connection_ack\",\"payload\":{\"a\":1}}"
	    "{\"type\":\"ping\"}"
	    "{\"type\":\"pong\",\"payload\":{}}"
	    "{\"type\":\"complete\",\"id\":\"a\\\"b\"}"
	    "{\"type\":\"error\",\"id\":\"2\",\"payload\":[{\"message\":\"no\"}]}"
	    "{\"type\":\"next\",\"id\":\"3\",\"payload\":{\"data\":{}}}");
}

#define WS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WS_TEST(every_message_of_a_client_is_read),
		WS_TEST(a_payload_of_null_is_none_and_unknown_members_are_not_looked_at),
		WS_TEST(what_is_no_message_is_refused_with_a_reason),
		WS_TEST(an_id_has_at_most_128_bytes),
		WS_TEST(what_may_follow_what_is_as_the_protocol_says),
		WS_TEST(messages_of_the_server_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
