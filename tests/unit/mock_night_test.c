#include "support/unit.h"

#include "unit/mock_world.h"

/* What a scenario may have happen in a night, beyond calls that are placed and answered. */

#define CALLS    "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Calls.json"
#define MESSAGES "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Messages.json"

#define ALL_EVENTS                                                                                \
	"&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&StatusCallbackEvent=answered" \
	"&StatusCallbackEvent=completed"

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* Begin a night in which ${lines} happen. */
static void
begin(const char *lines)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text), "scenario \"A night\"\n%s", lines);
	world_begin(text);
}

static void
call(const char *to, const char *more)
{
	struct str body = arena_printf(world_arena,
	    "To=%%2B%s&From=%%2B15125550900&Timeout=25&Url=%.*s&StatusCallback=%.*s%s%s%c", to + 1,
	    STR_ARG(webhook_url("/webhooks/twilio/voice/answer")),
	    STR_ARG(webhook_url("/webhooks/twilio/voice/status")), ALL_EVENTS, more, '\0');

	(void)twilio_send("POST", CALLS, body.ptr, 201);
}

static const struct json *
text(const char *to, const char *words, int status)
{
	struct str body = arena_printf(world_arena,
	    "To=%%2B%s&From=%%2B15125550900&Body=%s&StatusCallback=%.*s%c", to + 1, words,
	    STR_ARG(webhook_url("/webhooks/twilio/text/status")), '\0');

	return twilio_send("POST", MESSAGES, body.ptr, status);
}

/* What ${name} was in all requests to ${path}, in order. */
static struct str
told(const char *path, const char *name)
{
	struct buf buf = buf_in(world_arena, 2048);

	for (size_t i = 0; i < webhook_count(); i++) {
		if (!str_equal(webhook_at(i)->path, str_from_z(path)))
			continue;
		if (buf.len > 0)
			buf_char(&buf, ' ');
		buf_str(&buf, webhook_value(i, name));
	}
	return buf_view(&buf);
}

static void
control(const char *path, const char *form)
{
	struct http_answer answer = mock_send("POST", path, form, (struct http_header){ 0 });

	assert_int_equal(answer.status, 200);
}

static void
a_text_is_replied_to_with_the_code_that_it_carried(void **state)
{
	(void)state;
	begin("texts +15125550102 arrive, replies \"A 45\" with its code after 20s, "
	      "then \"Thanks {code}\" after 5s\n");
	text("+15125550102", "Reply+A+or+D.+Code+KFX.", 201);
	world_run(SECONDS(22));
	assert_int_equal(journal_count("text-in"), 0);
	world_run(SECONDS(1));
	assert_text(told("/webhooks/twilio/text", "Body"), "A 45 KFX");
	world_run(SECONDS(5));
	assert_text(told("/webhooks/twilio/text", "Body"), "A 45 KFX Thanks KFX");
	assert_text(told("/webhooks/twilio/text", "From"), "+15125550102 +15125550102");
	assert_text(told("/webhooks/twilio/text", "To"), "+15125550900 +15125550900");
}

static void
texts_end_as_the_scenario_says(void **state)
{
	(void)state;
	begin("texts +15125550101 arrive after 40s\n"
	      "texts +15125550102 are undelivered with 30005\n"
	      "texts +15125550103 fail with 30008\n"
	      "texts +15125550104 stay sent\n"
	      "texts +15125550105 stay queued\n"
	      "texts +15125550106 are refused with 21614\n"
	      "texts +15125550106 from text 2 arrive\n");
	text("+15125550101", "x", 201);
	world_run(SECONDS(30));
	assert_text(told("/webhooks/twilio/text/status", "MessageStatus"), "queued sent");
	world_run(SECONDS(30));
	text("+15125550102", "x", 201);
	world_run(SECONDS(30));
	text("+15125550103", "x", 201);
	world_run(SECONDS(30));
	text("+15125550104", "x", 201);
	world_run(SECONDS(30));
	text("+15125550105", "x", 201);
	world_run(SECONDS(30));
	assert_text(told("/webhooks/twilio/text/status", "MessageStatus"),
	    "queued sent delivered queued sent undelivered queued failed queued sent queued");
	assert_text(webhook_value(5, "ErrorCode"), "30005");
	assert_text(webhook_value(7, "ErrorCode"), "30008");
	assert_int_equal(json_int_or(text("+15125550106", "x", 400), STR("code"), 0), 21614);
}

static void
who_writes_stop_gets_no_more_texts_until_start(void **state)
{
	(void)state;
	begin("texts +15125550102 arrive\n");
	text("+15125550102", "x", 201);
	control("/control/text", "From=%2B15125550102&Body=Stop");
	world_settle();
	assert_int_equal(json_int_or(text("+15125550102", "x", 400), STR("code"), 0), 21610);
	control("/control/text", "From=%2B15125550102&Body=START");
	world_settle();
	text("+15125550102", "x", 201);
}

static void
a_webhook_answers_a_text_with_a_message(void **state)
{
	(void)state;
	begin("texts +15125550102 arrive\n");
	webhook_answers("/webhooks/twilio/text",
	    "<Response><Message><Body>The job is yours.</Body></Message></Response>");
	text("+15125550102", "x", 201);
	control("/control/text", "From=%2B15125550102&Body=A+45");
	world_run(SECONDS(10));
	assert_int_equal(journal_count("text"), 2);
	assert_int_equal(journal_count("error"), 0);
}

static void
somebody_calls_by_themselves_and_presses_keys(void **state)
{
	(void)state;
	begin("phone +15125550102 busy\n"
	      "call from +15125550102 after 1m, presses 1\n");
	webhook_answers("/webhooks/twilio/voice/in",
	    "<Response><Gather numDigits=\"1\" action=\"choice\"><Say>Press 1.</Say></Gather>"
	    "</Response>");
	webhook_answers("/webhooks/twilio/voice/choice", "<Response><Hangup/></Response>");
	call("+15125550102", "");
	control("/control/begin", "x=");
	world_run(MINUTES(2));
	assert_text(told("/webhooks/twilio/voice/in", "From"), "+15125550102");
	assert_text(told("/webhooks/twilio/voice/in", "Direction"), "inbound");
	assert_text(told("/webhooks/twilio/voice/choice", "Digits"), "1");
	assert_int_equal(journal_count("said"), 1);
	assert_int_equal(journal_count("keys"), 1);
}

static void
callbacks_come_in_reverse_late_or_only_some_of_them(void **state)
{
	(void)state;
	begin("callbacks of calls arrive in reverse order\nphone +15125550104 busy\n");
	call("+15125550104", "");
	world_run(MINUTES(1));
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"), "busy initiated");
	world_end();
	begin("callbacks about busy for +15125550104 arrive late by 40s\n"
	      "phone +15125550104 busy\n");
	call("+15125550104", "");
	world_run(SECONDS(30));
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"), "initiated");
	world_run(SECONDS(30));
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"), "initiated busy");
	world_end();
	begin("callbacks of texts are lost\nphone +15125550104 busy\n");
	call("+15125550104", "");
	text("+15125550104", "x", 201);
	world_run(MINUTES(1));
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"), "initiated busy");
	assert_int_equal(journal_count("text-callback-lost"), 3);
}

static void
shuffled_callbacks_come_in_the_same_order_every_time(void **state)
{
	struct str first;

	(void)state;
	begin("callbacks are shuffled with seed 7\nphone +15125550101 rings out\n");
	call("+15125550101", "");
	world_run(MINUTES(1));
	first = told("/webhooks/twilio/voice/status", "CallStatus");
	assert_int_equal(journal_count("callback"), 3);
	{
		char kept[128];

		(void)snprintf(kept, sizeof(kept), "%.*s", STR_ARG(first));
		world_end();
		begin("callbacks are shuffled with seed 7\nphone +15125550101 rings out\n");
		call("+15125550101", "");
		world_run(MINUTES(1));
		assert_text(told("/webhooks/twilio/voice/status", "CallStatus"), kept);
	}
}

static void
a_forged_callback_is_not_rightly_signed(void **state)
{
	(void)state;
	begin("phone +15125550101 rings out\n"
	      "forged callback completed for +15125550101 wrongly signed after 5s\n"
	      "forged callback completed for +15125550101 unsigned after 6s\n"
	      "forged callback completed for +15125550101 about a foreign call after 7s\n");
	control("/control/begin", "x=");
	call("+15125550101", "");
	world_run(SECONDS(10));
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"),
	    "initiated ringing completed completed completed");
	assert_false(webhook_at(2)->is_signed);
	assert_false(webhook_at(3)->is_signed);
	assert_true(webhook_at(4)->is_signed);
	assert_false(str_equal(webhook_value(4, "CallSid"), webhook_value(0, "CallSid")));
	assert_int_equal(journal_count("forged"), 3);
}

static void
a_verdict_comes_beside_the_talk_when_that_was_asked_for(void **state)
{
	(void)state;
	begin("phone +15125550103 voicemail after 4s as machine_end_silence, verdict after 12s\n");
	webhook_answers(
	    "/webhooks/twilio/voice/answer", "<Response><Pause length=\"60\"/></Response>");
	call("+15125550103",
	    arena_printf(world_arena,
		"&MachineDetection=Enable&AsyncAmd=true&AsyncAmdStatusCallback=%.*s%c",
		STR_ARG(webhook_url("/webhooks/twilio/voice/verdict")), '\0')
		.ptr);
	world_run(SECONDS(10));
	assert_text(told("/webhooks/twilio/voice/answer", "CallStatus"), "in-progress");
	assert_text(told("/webhooks/twilio/voice/verdict", "AnsweredBy"), "");
	world_run(SECONDS(10));
	assert_text(told("/webhooks/twilio/voice/verdict", "AnsweredBy"), "machine_end_silence");
	assert_text(told("/webhooks/twilio/voice/verdict", "MachineDetectionDuration"), "12000");
}

static void
a_call_that_fails_carries_the_network_s_code(void **state)
{
	(void)state;
	begin("phone +15125550101 fails with SIP 404\nphone +15125550102 busy\n"
	      "phone +15125550103 is canceled after 3s\n");
	call("+15125550101", "");
	world_run(SECONDS(10));
	call("+15125550102", "");
	world_run(SECONDS(10));
	call("+15125550103", "");
	world_run(SECONDS(10));
	assert_text(told("/webhooks/twilio/voice/status", "SipResponseCode"), "404  486   487");
	assert_text(told("/webhooks/twilio/voice/status", "CallStatus"),
	    "initiated failed initiated busy initiated ringing canceled");
}

static void
an_account_dials_no_faster_than_it_may(void **state)
{
	(void)state;
	begin("twilio dials 1 call per second\nphone +15125550102 busy\n");
	for (int i = 0; i < 3; i++)
		call("+15125550102", "");
	world_run(SECONDS(1));
	assert_text(
	    told("/webhooks/twilio/voice/status", "CallStatus"), "initiated busy initiated");
	world_run(SECONDS(5));
	assert_int_equal(journal_count("callback"), 6);
}

static void
twilio_is_in_trouble_for_some_requests_only(void **state)
{
	(void)state;
	begin("twilio for texts answers 400 with 21211 once\n"
	      "twilio for lookups down from 1m until 2m\n"
	      "texts +15125550102 arrive\nphone +15125550102 busy\n");
	assert_int_equal(json_int_or(text("+15125550102", "x", 400), STR("code"), 0), 21211);
	text("+15125550102", "x", 201);
	world_run(SECONDS(90));
	(void)twilio_send("GET", CALLS, "", 500);
	call("+15125550102", "");
	world_run(SECONDS(60));
	(void)twilio_send("GET", CALLS, "", 200);
}

static void
more_requests_than_twilio_allows_are_refused(void **state)
{
	(void)state;
	begin("twilio allows 2 requests per second\n");
	(void)twilio_send("GET", CALLS, "", 200);
	(void)twilio_send("GET", CALLS, "", 200);
	(void)twilio_send("GET", CALLS, "", 429);
	world_run(SECONDS(1));
	clock_advance(world_clock, SECONDS(1));
	(void)twilio_send("GET", CALLS, "", 200);
}

/* Send a form as the main account to a world that breaks the connection. */
static struct err *
send_into_a_break(const char *form)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
	};
	struct http_call request = { .method = "POST",
		.url = mock_url(CALLS),
		.headers = headers,
		.header_count = 1,
		.body = str_from_z(form),
		.basic_user = STR(WORLD_ACCOUNT),
		.basic_password = STR(WORLD_TOKEN),
		.timeout = SECONDS(10) };
	struct http_answer answer;

	return http_client_send(world_client, world_arena, &request, &answer);
}

static void
an_answer_is_lost_after_the_call_was_placed_or_before(void **state)
{
	const char *form = "To=%2B15125550102&From=%2B15125550900&Url=http%3A%2F%2Fa%2Fb";
	struct err *fault;

	(void)state;
	begin("twilio for calls drops requests once\ntwilio for calls loses answers once\n"
	      "phone +15125550102 busy\n");
	fault = send_into_a_break(form);
	assert_non_null(fault);
	assert_int_equal(fault->kind, ERR_UNCERTAIN);
	assert_int_equal(journal_count("call"), 0);
	fault = send_into_a_break(form);
	assert_non_null(fault);
	assert_int_equal(fault->kind, ERR_UNCERTAIN);
	assert_int_equal(journal_count("call"), 1);
	assert_null(send_into_a_break(form));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_text_is_replied_to_with_the_code_that_it_carried, end),
		cmocka_unit_test_teardown(texts_end_as_the_scenario_says, end),
		cmocka_unit_test_teardown(who_writes_stop_gets_no_more_texts_until_start, end),
		cmocka_unit_test_teardown(a_webhook_answers_a_text_with_a_message, end),
		cmocka_unit_test_teardown(somebody_calls_by_themselves_and_presses_keys, end),
		cmocka_unit_test_teardown(callbacks_come_in_reverse_late_or_only_some_of_them, end),
		cmocka_unit_test_teardown(
		    shuffled_callbacks_come_in_the_same_order_every_time, end),
		cmocka_unit_test_teardown(a_forged_callback_is_not_rightly_signed, end),
		cmocka_unit_test_teardown(
		    a_verdict_comes_beside_the_talk_when_that_was_asked_for, end),
		cmocka_unit_test_teardown(a_call_that_fails_carries_the_network_s_code, end),
		cmocka_unit_test_teardown(an_account_dials_no_faster_than_it_may, end),
		cmocka_unit_test_teardown(twilio_is_in_trouble_for_some_requests_only, end),
		cmocka_unit_test_teardown(more_requests_than_twilio_allows_are_refused, end),
		cmocka_unit_test_teardown(
		    an_answer_is_lost_after_the_call_was_placed_or_before, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
