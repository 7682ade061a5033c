#include "support/unit.h"

#include "base/base64.h"
#include "integration/twilio/twilio.h"
#include "support/scripted_peer.h"

#define MAIN     "AC0000000000000000000000000000000a"
#define NORTH    "AC0000000000000000000000000000000b"
#define CALLS    "POST /2010-04-01/Accounts/" MAIN "/Calls.json"
#define MESSAGES "POST /2010-04-01/Accounts/" NORTH "/Messages.json"
#define LIST     "GET /2010-04-01/Accounts/" MAIN "/Calls.json?To=%2B15125550101&From=%2B15125550100"
#define SINCE    ((struct instant){ INT64_C(1767579247500000) }) /* 2026-01-05T02:14:07.5Z */

static struct arena *arena;
static struct http_client *client;
static struct peer *peer;
static struct telephony *telephony;
static struct telephony_receipt receipt;

static const struct telephony_tenant tenant = {
	.from = { "+15125550100", 12 },
};

/* SINCE is no constant expression, but its content is. */
static const struct telephony_search search = {
	.tenant = { .from = { "+15125550100", 12 } },
	.to = { "+15125550101", 12 },
	.since = { INT64_C(1767579247500000) },
};

static int
set_up(void **state)
{
	struct http_client_config config = {
		.allow_http = true,
		.connections_max = 8,
		.response_bytes_max = 262144,
	};

	(void)state;
	arena = arena_create(4 << 20);
	client = http_client_create(&config);
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
talk_to(struct str url, struct duration timeout)
{
	struct twilio_config config = {
		.client = client,
		.api_url = url,
		.account_sid = STR(MAIN),
		.auth_token = secret_of(STR("s3cret")),
		.timeout = timeout,
	};

	telephony = twilio_create(&config);
}

static void
expect(const struct peer_exchange *script, size_t count)
{
	peer = peer_start(script, count);
	talk_to(peer_url(peer), SECONDS(10));
}

static struct err *
place_call(void)
{
	struct telephony_call call = {
		.tenant = tenant,
		.to = STR("+15125550101"),
		.ring_s = 25,
		.answer_url = STR("https://strike.example.com/answer?eco=7&try=1"),
		.status_url = STR("https://strike.example.com/status?eco=7"),
	};

	return telephony_place_call(telephony, arena, &call, &receipt);
}

/* Place a call that the provider answers with ${status} and ${answer}. */
static struct err *
place_call_answered(int status, const char *retry_after, const char *answer)
{
	static struct peer_exchange script[1];
	struct err *err;

	script[0] = (struct peer_exchange){
		.request = CALLS, .status = status, .retry_after = retry_after, .answer = answer
	};
	expect(script, 1);
	err = place_call();
	peer_stop(peer);
	return err;
}

static void
a_call_is_placed_as_twilio_wants_it(void **state)
{
	static const struct peer_exchange script[] = { { .request = CALLS,
	    .status = 201,
	    .answer = "{\"sid\":\"CA1\",\"status\":\"queued\"}" } };
	char room[128];
	struct buf basic = buf_over(room, sizeof(room) - 1);

	(void)state;
	expect(script, 1);
	assert_no_fault(place_call());
	assert_true(receipt.accepted);
	assert_text(receipt.provider_id, "CA1");
	assert_string_equal(peer_last_body(peer),
	    "To=%2B15125550101&From=%2B15125550100"
	    "&Url=https%3A%2F%2Fstrike.example.com%2Fanswer%3Feco%3D7%26try%3D1&Method=POST"
	    "&StatusCallback=https%3A%2F%2Fstrike.example.com%2Fstatus%3Feco%3D7"
	    "&StatusCallbackMethod=POST&StatusCallbackEvent=initiated"
	    "&StatusCallbackEvent=ringing&StatusCallbackEvent=answered"
	    "&StatusCallbackEvent=completed&Timeout=25&MachineDetection=Enable");
	buf_str(&basic, STR("Basic "));
	base64_encode(&basic, STR(MAIN ":s3cret"));
	assert_text(buf_view(&basic), peer_last_authorization(peer));
	peer_stop(peer);
}

static void
what_is_only_to_be_said_is_said_without_asking_anybody_back(void **state)
{
	static const struct peer_exchange script[] = { { .request = CALLS,
	    .status = 201,
	    .answer = "{\"sid\":\"CA1\",\"status\":\"queued\"}" } };
	const struct telephony_call spoken = {
		.tenant = { .from = STR("+15125550100") },
		.to = STR("+15125550101"),
		.ring_s = 30,
		.say = STR("The code is: 1 < 2"),
	};

	(void)state;
	expect(script, 1);
	assert_no_fault(telephony_place_call(telephony, arena, &spoken, &receipt));
	assert_true(receipt.accepted);
	assert_contains(peer_last_body(peer), "&Twiml=%3C%3Fxml");
	assert_contains(peer_last_body(peer), "The+code+is%3A+1+%26lt%3B+2");
	assert_contains(peer_last_body(peer), "%3CHangup%2F%3E");
	assert_contains(peer_last_body(peer), "&Timeout=30");
	assert_lacks(peer_last_body(peer), "Url=");
	assert_lacks(peer_last_body(peer), "StatusCallback");
	assert_lacks(peer_last_body(peer), "MachineDetection");
	peer_stop(peer);
}

static void
a_text_goes_through_the_subaccount_with_the_main_credentials(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = MESSAGES, .status = 201, .answer = "{\"sid\":\"SM1\"}" }
	};
	struct telephony_text text = {
		.tenant = { STR(NORTH), STR("+15125550100") },
		.to = STR("+15125550101"),
		.body = STR("Cable cut & fire \xf0\x9f\x9a\x92"),
		.validity_s = 300,
	};

	(void)state;
	expect(script, 1);
	assert_no_fault(telephony_send_text(telephony, arena, &text, &receipt));
	assert_text(receipt.provider_id, "SM1");
	assert_string_equal(peer_last_body(peer),
	    "To=%2B15125550101&From=%2B15125550100&Body=Cable+cut+%26+fire+%F0%9F%9A%92"
	    "&ValidityPeriod=300");
	peer_stop(peer);
}

static void
an_account_that_cannot_be_one_is_not_asked_for(void **state)
{
	static const char *const bad[] = { "AC1", "AC0000000000000000000000000000000g",
		"PN0000000000000000000000000000000a", "../Accounts/" NORTH, NORTH "/Calls",
		"0123456789abcdef0123456789abcdef" };
	char room[2048];

	(void)state;
	talk_to(STR("http://127.0.0.1:1"), SECONDS(10));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct buf text = buf_over(room, sizeof(room) - 1);
		struct err *err;

		err = telephony_hang_up(telephony, arena,
		    &(struct telephony_tenant){ .subaccount = str_from_z(bad[i]) }, STR("CA1"));
		assert_fault(err, ERR_UNAVAILABLE, "hexadecimal digits");
		err_format(err, &text);
		assert_true(str_find(buf_view(&text), str_from_z(bad[i])) == SIZE_MAX);
	}
}

static void
a_number_that_twilio_refuses_is_no_fault(void **state)
{
	(void)state;
	assert_no_fault(place_call_answered(400, NULL,
	    "{\"code\":21211,\"message\":\"The 'To' number is not valid.\",\"status\":400}"));
	assert_false(receipt.accepted);
	assert_int_equal(receipt.code, 21211);
	assert_text(receipt.detail, "The 'To' number is not valid.");
}

/* What it says is recorded and logged: people's numbers are not. */
static void
a_number_in_what_twilio_says_is_left_out(void **state)
{
	(void)state;
	assert_no_fault(place_call_answered(400, NULL,
	    "{\"code\":21211,\"message\":\"The number +15125550101 is not valid; 5+5 is.\"}"));
	assert_text(receipt.detail, "The number (a number) is not valid; 5+5 is.");
}

static void
a_number_in_a_fault_of_twilio_is_left_out(void **state)
{
	struct err *err;

	(void)state;
	err = place_call_answered(500, NULL, "{\"message\":\"+15125550101\"}");
	assert_fault(err, ERR_UNCERTAIN, "(a number)");
	assert_true(str_find(err->detail, STR("5550101")) == SIZE_MAX);
}

static void
a_country_that_may_not_be_called_is_no_trouble_with_credentials(void **state)
{
	(void)state;
	assert_no_fault(place_call_answered(
	    401, NULL, "{\"code\":21215,\"message\":\"Not authorized to call.\"}"));
	assert_false(receipt.accepted);
	assert_int_equal(receipt.code, 21215);
}

static void
wrong_credentials_name_the_settings_to_check(void **state)
{
	struct err *err = place_call_answered(
	    401, NULL, "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}");

	(void)state;
	assert_fault(err, ERR_UNAVAILABLE, "refuses our credentials");
	assert_true(str_find(err->hint, STR("STRIKE_TWILIO_AUTH_TOKEN")) != SIZE_MAX);
	assert_true(str_find(err->detail, STR("s3cret")) == SIZE_MAX);
}

static void
too_many_requests_is_not_now(void **state)
{
	(void)state;
	assert_fault(place_call_answered(429, "3", "{\"code\":20429,\"message\":\"Too many\"}"),
	    ERR_UNAVAILABLE, "retry after 3 s");
}

static void
a_503_that_says_when_is_not_now(void **state)
{
	(void)state;
	assert_fault(place_call_answered(503, "30", ""), ERR_UNAVAILABLE, "retry after 30 s");
}

static void
a_server_error_leaves_it_uncertain_whether_it_rings(void **state)
{
	(void)state;
	assert_fault(place_call_answered(500, NULL, "oops"), ERR_UNCERTAIN, "Twilio answers 500");
}

static void
an_acceptance_that_cannot_be_read_is_uncertain(void **state)
{
	(void)state;
	assert_fault(place_call_answered(201, NULL, "{\"sid\":"), ERR_UNCERTAIN, "accepted");
}

static void
an_acceptance_without_a_sid_is_uncertain(void **state)
{
	(void)state;
	assert_fault(place_call_answered(201, NULL, "{\"sid\":7}"), ERR_UNCERTAIN, "no sid");
}

static void
a_redirect_is_not_twilios_api(void **state)
{
	(void)state;
	assert_fault(place_call_answered(302, NULL, ""), ERR_UNAVAILABLE, "not Twilio's API");
}

static void
no_answer_in_time_is_uncertain(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = CALLS, .status = 201, .answer = "{\"sid\":\"CA1\"}", .silent = true }
	};

	(void)state;
	peer = peer_start(script, 1);
	talk_to(peer_url(peer), MILLISECONDS(300));
	assert_fault(place_call(), ERR_UNCERTAIN, "no answer from Twilio");
	peer_stop(peer);
}

static void
nobody_listening_is_try_again(void **state)
{
	(void)state;
	talk_to(STR("http://127.0.0.1:1"), SECONDS(10));
	assert_fault(place_call(), ERR_UNAVAILABLE, "no answer from Twilio");
}

static void
a_call_is_ended_whatever_its_state(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /2010-04-01/Accounts/" MAIN "/Calls/CA1.json",
		    .body = "Status=completed",
		    .status = 200,
		    .answer = "{\"sid\":\"CA1\",\"status\":\"completed\"}" },
		{ .request = "POST /2010-04-01/Accounts/" MAIN "/Calls/CA1.json",
		    .status = 400,
		    .answer = "{\"code\":21220,\"message\":\"Call is not in-progress.\"}" },
		{ .request = "POST /2010-04-01/Accounts/" MAIN "/Calls/CA1.json",
		    .status = 404,
		    .answer = "{\"code\":20404,\"message\":\"Not found\"}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	for (size_t i = 0; i < COUNT_OF(script); i++)
		assert_no_fault(telephony_hang_up(telephony, arena, &tenant, STR("CA1")));
	peer_stop(peer);
}

static void
ending_a_call_may_be_repeated_after_an_error(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /2010-04-01/Accounts/" MAIN "/Calls/CA%2F1.json",
		    .status = 500,
		    .answer = "" },
	};

	(void)state;
	expect(script, 1);
	assert_fault(telephony_hang_up(telephony, arena, &tenant, STR("CA/1")), ERR_UNAVAILABLE,
	    "Twilio answers 500");
	peer_stop(peer);
}

static void
calls_are_found_on_every_page_newest_first(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = LIST "&PageSize=100",
		    .status = 200,
		    .answer =
			"{\"calls\":[{\"sid\":\"CA2\",\"status\":\"queued\",\"start_time\":null,"
			"\"date_created\":\"Mon, 05 Jan 2026 02:15:00 +0000\"},"
			"{\"sid\":\"CA1\",\"status\":\"completed\","
			"\"date_created\":\"Mon, 05 Jan 2026 02:14:07 +0000\"}],"
			"\"next_page_uri\":\"/2010-04-01/Accounts/" MAIN "/Calls.json?Page=1\"}" },
		{ .request = "GET /2010-04-01/Accounts/" MAIN "/Calls.json?Page=1",
		    .status = 200,
		    .answer =
			"{\"calls\":[{\"sid\":\"CA3\",\"status\":\"ringing\","
			"\"date_created\":\"Mon, 05 Jan 2026 02:16:00 +0000\"},"
			"{\"sid\":\"CA0\",\"status\":\"completed\","
			"\"date_created\":\"Mon, 05 Jan 2026 02:14:06 +0000\"}],"
			"\"next_page_uri\":\"/2010-04-01/Accounts/" MAIN "/Calls.json?Page=2\"}" },
		{ .request = "GET /2010-04-01/Accounts/" MAIN "/Calls.json?Page=2",
		    .status = 200,
		    .answer =
			"{\"calls\":[{\"sid\":\"CAold\",\"status\":\"completed\","
			"\"date_created\":\"Sun, 04 Jan 2026 02:14:06 +0000\"}],"
			"\"next_page_uri\":\"/2010-04-01/Accounts/" MAIN "/Calls.json?Page=3\"}" },
	};
	struct telephony_records found;

	(void)state;
	expect(script, COUNT_OF(script));
	assert_no_fault(telephony_find_calls(telephony, arena, &search, &found));
	peer_stop(peer);
	assert_int_equal(found.count, 3);
	assert_text(found.at[0].provider_id, "CA3");
	assert_text(found.at[1].provider_id, "CA2");
	assert_text(found.at[1].status, "queued");
	assert_text(found.at[2].provider_id, "CA1");
}

static void
texts_are_found_too(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "GET /2010-04-01/Accounts/" MAIN "/Messages.json?To=%2B15125550101",
		    .status = 200,
		    .answer = "{\"messages\":[{\"sid\":\"SM1\",\"status\":\"sent\","
			      "\"date_created\":\"Mon, 05 Jan 2026 02:15:00 +0000\"}],"
			      "\"next_page_uri\":null}" },
	};
	struct telephony_records found;

	(void)state;
	expect(script, COUNT_OF(script));
	assert_no_fault(telephony_find_texts(telephony, arena, &search, &found));
	peer_stop(peer);
	assert_int_equal(found.count, 1);
	assert_text(found.at[0].provider_id, "SM1");
}

static void
a_next_page_elsewhere_is_not_followed(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = LIST,
		    .status = 200,
		    .answer = "{\"calls\":[],\"next_page_uri\":\"@elsewhere.example.com/\"}" },
	};
	struct telephony_records found;

	(void)state;
	expect(script, COUNT_OF(script));
	assert_fault(telephony_find_calls(telephony, arena, &search, &found), ERR_CORRUPT,
	    "not a path of its API");
	peer_stop(peer);
}

static void
a_list_that_cannot_be_read_is_not_an_empty_one(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = LIST, .status = 200, .answer = "{\"calls\":" },
		{ .request = LIST, .status = 200, .answer = "{\"calls\":[{\"sid\":\"CA1\"}]}" },
		{ .request = LIST, .status = 404, .answer = "{}" },
		{ .request = LIST, .status = 500, .answer = "" },
	};
	struct telephony_records found;

	(void)state;
	expect(script, COUNT_OF(script));
	for (size_t i = 0; i < COUNT_OF(script); i++)
		assert_fault(
		    telephony_find_calls(telephony, arena, &search, &found), ERR_UNAVAILABLE, "");
	peer_stop(peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_call_is_placed_as_twilio_wants_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_only_to_be_said_is_said_without_asking_anybody_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_text_goes_through_the_subaccount_with_the_main_credentials, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    an_account_that_cannot_be_one_is_not_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_number_that_twilio_refuses_is_no_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_number_in_what_twilio_says_is_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_number_in_a_fault_of_twilio_is_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_country_that_may_not_be_called_is_no_trouble_with_credentials, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    wrong_credentials_name_the_settings_to_check, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_requests_is_not_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_503_that_says_when_is_not_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_server_error_leaves_it_uncertain_whether_it_rings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_acceptance_that_cannot_be_read_is_uncertain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_acceptance_without_a_sid_is_uncertain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_redirect_is_not_twilios_api, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_answer_in_time_is_uncertain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_listening_is_try_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_call_is_ended_whatever_its_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    ending_a_call_may_be_repeated_after_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    calls_are_found_on_every_page_newest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_are_found_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_next_page_elsewhere_is_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_list_that_cannot_be_read_is_not_an_empty_one, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
