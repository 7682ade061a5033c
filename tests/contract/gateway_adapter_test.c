#include "support/unit.h"

#include "integration/gateway/gateway.h"
#include "support/scripted_peer.h"

static struct arena *arena;
static struct http_client *client;
static struct peer *peer;
static struct telephony *telephony;
static struct telephony_receipt receipt;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(4 << 20);
	client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = 8, .response_bytes_max = 262144 });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	telephony_destroy(telephony);
	http_client_destroy(client);
	arena_destroy(arena);
	return 0;
}

static void
expect(const struct peer_exchange *script, size_t count)
{
	peer = peer_start(script, count);
	telephony = gateway_create(&(struct gateway_config){
	    .client = client,
	    .api_url = peer_url(peer),
	    .from = STR("+15125550900"),
	    .token = secret_of(STR("t0ken")),
	    .timeout = SECONDS(10),
	});
}

static struct err *
place_call(void)
{
	return telephony_place_call(telephony, arena,
	    &(struct telephony_call){
		.tenant = { .from = STR("+15125550100") },
		.key = STR("place-call:7:1"),
		.to = STR("+15125550101"),
		.ring_s = 25,
		.answer_url = STR("https://s.example.com/webhooks/twilio/voice/answer?eco=7"),
		.status_url = STR("https://s.example.com/webhooks/twilio/voice/status?eco=7"),
	    },
	    &receipt);
}

static struct err *
place_call_answered(int status, const char *retry_after, const char *answer)
{
	static struct peer_exchange script[1];
	struct err *err;

	script[0] = (struct peer_exchange){ .request = "POST /v1/calls",
		.status = status,
		.retry_after = retry_after,
		.answer = answer };
	expect(script, 1);
	err = place_call();
	peer_stop(peer);
	return err;
}

static void
a_call_is_asked_for_under_its_key_with_our_own_hooks(void **state)
{
	static const struct peer_exchange script[] = { { .request = "POST /v1/calls",
	    .bearer = "t0ken",
	    .status = 201,
	    .answer = "{\"id\":\"abc\",\"status\":\"queued\"}" } };

	(void)state;
	expect(script, 1);
	assert_no_fault(place_call());
	assert_true(receipt.accepted);
	assert_text(receipt.provider_id, "gw-abc");
	assert_string_equal(peer_last_body(peer),
	    "{\"key\":\"place-call:7:1\",\"from\":\"+15125550900\",\"to\":\"+15125550101\","
	    "\"ringSeconds\":25,"
	    "\"answerUrl\":\"https://s.example.com/webhooks/gateway/voice/answer?eco=7\","
	    "\"statusUrl\":\"https://s.example.com/webhooks/gateway/voice/status?eco=7\","
	    "\"machineDetection\":true}");
	peer_stop(peer);
}

static void
a_text_says_until_when_it_is_wanted(void **state)
{
	static const struct peer_exchange script[] = { { .request = "POST /v1/messages",
	    .body = "\"text\":\"hello\",\"validitySeconds\":90",
	    .status = 200,
	    .answer = "{\"id\":\"m1\"}" } };

	(void)state;
	expect(script, 1);
	assert_no_fault(telephony_send_text(telephony, arena,
	    &(struct telephony_text){ .key = STR("k"),
		.to = STR("+15125550101"),
		.body = STR("hello"),
		.validity_s = 90 },
	    &receipt));
	assert_text(receipt.provider_id, "gw-m1");
	peer_stop(peer);
}

static void
a_no_is_no_fault_and_shows_no_number(void **state)
{
	(void)state;
	assert_no_fault(place_call_answered(
	    422, NULL, "{\"code\":\"bad_number\",\"message\":\"+15125550101 is none\"}"));
	assert_false(receipt.accepted);
	assert_int_equal(receipt.code, 422);
	assert_int_equal(str_find(receipt.detail, STR("15125550101")), SIZE_MAX);
}

static void
not_now_is_unavailable_and_says_for_how_long(void **state)
{
	(void)state;
	assert_fault(place_call_answered(429, "7", "{}"), ERR_UNAVAILABLE, "wait");
	assert_int_equal(receipt.wait.us, SECONDS(7).us);
}

static void
wrong_credentials_are_unavailable(void **state)
{
	(void)state;
	assert_fault(place_call_answered(401, NULL, "{}"), ERR_UNAVAILABLE, "credentials");
}

static void
what_failed_inside_the_gateway_may_have_rung(void **state)
{
	(void)state;
	assert_fault(place_call_answered(500, NULL, "{}"), ERR_UNCERTAIN, "500");
}

static void
an_answer_without_an_id_may_have_rung(void **state)
{
	(void)state;
	assert_fault(place_call_answered(201, NULL, "[]"), ERR_UNCERTAIN, "no id");
}

static void
what_was_begun_is_found_by_its_key(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "GET /v1/calls?key=place-call%3A7%3A1",
		    .status = 200,
		    .answer = "{\"id\":\"abc\",\"status\":\"ringing\","
			      "\"createdAt\":\"2026-01-05T02:14:07Z\"}" },
		{ .request = "GET /v1/messages?key=", .status = 404, .answer = "{}" },
	};
	struct telephony_search search = { .key = STR("place-call:7:1") };
	struct telephony_records found;

	(void)state;
	expect(script, 2);
	assert_no_fault(telephony_find_calls(telephony, arena, &search, &found));
	assert_int_equal(found.count, 1);
	assert_text(found.at[0].provider_id, "gw-abc");
	assert_true(found.at[0].is_certain);
	assert_no_fault(telephony_find_texts(telephony, arena, &search, &found));
	assert_int_equal(found.count, 0);
	peer_stop(peer);
}

static void
a_call_that_is_over_already_is_ended(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "DELETE /v1/calls/abc", .status = 204, .answer = "" },
		{ .request = "DELETE /v1/calls/abc", .status = 404, .answer = "{}" },
		{ .request = "DELETE /v1/calls/abc", .status = 500, .answer = "{}" },
	};
	struct telephony_tenant tenant = { .from = STR("+15125550100") };

	(void)state;
	expect(script, 3);
	assert_no_fault(telephony_hang_up(telephony, arena, &tenant, STR("gw-abc")));
	assert_no_fault(telephony_hang_up(telephony, arena, &tenant, STR("gw-abc")));
	assert_fault(
	    telephony_hang_up(telephony, arena, &tenant, STR("gw-abc")), ERR_UNAVAILABLE, "");
	peer_stop(peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_asked_for_under_its_key_with_our_own_hooks),
		TEST(a_text_says_until_when_it_is_wanted),
		TEST(a_no_is_no_fault_and_shows_no_number),
		TEST(not_now_is_unavailable_and_says_for_how_long),
		TEST(wrong_credentials_are_unavailable),
		TEST(what_failed_inside_the_gateway_may_have_rung),
		TEST(an_answer_without_an_id_may_have_rung),
		TEST(what_was_begun_is_found_by_its_key),
		TEST(a_call_that_is_over_already_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
