#include "support/unit.h"

#include "unit/mock_world.h"

#define CALLS    "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Calls.json"
#define MESSAGES "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Messages.json"

#define ALL_EVENTS                                                                                \
	"&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&StatusCallbackEvent=answered" \
	"&StatusCallbackEvent=completed"

static const char menu[] =
    "<?xml version=\"1.0\"?><Response><Gather numDigits=\"1\" action=\"/choice?step=1\" "
    "timeout=\"5\"><Say>Press 1 to accept, 2 to decline, 3 to hear this again.</Say></Gather>"
    "<Redirect>/voice?again=1</Redirect></Response>";
static const char ask_eta[] =
    "<Response><Gather action=\"eta\" finishOnKey=\"#\"><Say>How many minutes?</Say></Gather>"
    "<Hangup/></Response>";
static const char thanks[] = "<Response><Say>Thank you.</Say></Response>";

static const char *const night = "scenario \"A night\"\n"
				 "phone +15125550101 rings out\n"
				 "phone +15125550102 answers after 8s, presses 1, then 45#\n"
				 "phone +15125550103 voicemail after 4s\n"
				 "phone +15125550104 busy\n"
				 "phone +15125550105 declines with 2\n"
				 "phone +15125550106 hangs up after 3s\n"
				 "phone +15125550107 fails\n"
				 "phone +15125550108 answers after 2s\n"
				 "texts +15125550902 vanish\n"
				 "texts +15125550903 are refused\n";

static int
begin(void **state)
{
	(void)state;
	world_begin(night);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* Place a call to ${to}, with ${more} parameters; its resource. */
static const struct json *
place_call(const char *to, const char *more)
{
	struct str body = arena_printf(world_arena,
	    "To=%%2B%s&From=%%2B15125550100&Timeout=25&Url=%.*s&StatusCallback=%.*s%s%s%c", to + 1,
	    STR_ARG(webhook_url("/voice?attempt=1")), STR_ARG(webhook_url("/status")), ALL_EVENTS,
	    more, '\0');

	return twilio_send("POST", CALLS, body.ptr, 201);
}

/* The path of the resource ${json}. */
static const char *
resource_path(const struct json *json)
{
	return arena_copy_z(world_arena, json_text_or(json, STR("uri"), STR("")));
}

/* What the status callbacks said, in order: "initiated ringing no-answer". */
static struct str
statuses(void)
{
	struct buf buf = buf_in(world_arena, 1024);

	for (size_t i = 0; i < webhook_count(); i++) {
		if (!str_equal(webhook_at(i)->path, STR("/status")))
			continue;
		if (buf.len > 0)
			buf_char(&buf, ' ');
		buf_str(&buf, webhook_value(i, "CallStatus"));
	}
	return buf_view(&buf);
}

/* The first request to ${path}. */
static size_t
request_to(const char *path)
{
	for (size_t i = 0; i < webhook_count(); i++)
		if (str_equal(webhook_at(i)->path, str_from_z(path)))
			return i;
	fail_msg("nothing was asked of %s", path);
	return 0;
}

static void
a_new_call_is_queued_and_looks_like_one_of_twilio_s(void **state)
{
	const struct json *call = place_call("+15125550101", "");
	struct str sid = json_text_or(call, STR("sid"), STR(""));

	(void)state;
	assert_int_equal(sid.len, 34);
	assert_true(str_starts_with(sid, STR("CA")));
	assert_text(json_text_or(call, STR("status"), STR("")), "queued");
	assert_text(json_text_or(call, STR("to"), STR("")), "+15125550101");
	assert_text(json_text_or(call, STR("direction"), STR("")), "outbound-api");
	assert_text(
	    json_text_or(call, STR("date_created"), STR("")), "Mon, 05 Jan 2026 02:14:07 +0000");
	assert_non_null(json_find(call, STR("subresource_uris")));
	assert_text(json_text_or(call, STR("uri"), STR("")),
	    arena_printf(world_arena, "/2010-04-01/Accounts/%s/Calls/%.*s.json%c", WORLD_ACCOUNT,
		STR_ARG(sid), '\0')
		.ptr);
}

static void
a_phone_that_rings_out_is_no_answer_after_the_timeout(void **state)
{
	(void)state;
	place_call("+15125550101", "");
	world_run(SECONDS(60));
	assert_text(statuses(), "initiated ringing no-answer");
	assert_text(webhook_value(2, "CallDuration"), "0");
	assert_text(webhook_value(0, "SequenceNumber"), "0");
	assert_text(webhook_value(2, "SequenceNumber"), "2");
	assert_text(webhook_value(2, "CallbackSource"), "call-progress-events");
	assert_text(webhook_value(2, "Timestamp"), "Mon, 05 Jan 2026 02:14:32 +0000");
	assert_int_equal(journal_count("fetch"), 0);
}

static void
every_callback_is_signed_by_the_account(void **state)
{
	(void)state;
	webhook_answers("/voice", menu);
	webhook_answers("/choice", ask_eta);
	webhook_answers("/eta", thanks);
	place_call("+15125550102", "");
	world_run(MINUTES(2));
	assert_true(webhook_count() >= 7);
	for (size_t i = 0; i < webhook_count(); i++) {
		if (!webhook_at(i)->is_signed)
			fail_msg("request %zu is not signed", i);
		assert_text(webhook_value(i, "AccountSid"), WORLD_ACCOUNT);
	}
}

static void
a_person_accepts_and_gives_minutes(void **state)
{
	size_t choice, eta;

	(void)state;
	webhook_answers("/voice", menu);
	webhook_answers("/choice", ask_eta);
	webhook_answers("/eta", thanks);
	place_call("+15125550102", "&MachineDetection=Enable");
	world_run(MINUTES(2));
	choice = request_to("/choice");
	eta = request_to("/eta");
	assert_text(webhook_value(request_to("/voice"), "AnsweredBy"), "human");
	assert_text(webhook_value(request_to("/voice"), "CallStatus"), "in-progress");
	assert_text(webhook_value(choice, "Digits"), "1");
	assert_text(webhook_value(eta, "Digits"), "45");
	assert_true(choice < eta);
	assert_text(statuses(), "initiated ringing in-progress completed");
	/* 8 s of ringing came first: nobody reacts before being asked. */
	assert_true(webhook_at(choice)->at.us - webhook_at(0)->at.us > SECONDS(8).us);
}

static void
a_person_who_declines_gives_a_reason(void **state)
{
	(void)state;
	webhook_answers("/voice", menu);
	webhook_answers(
	    "/choice", "<Response><Gather numDigits=\"1\" action=\"/reason\"/></Response>");
	webhook_answers("/reason", thanks);
	place_call("+15125550105", "");
	world_run(MINUTES(2));
	assert_text(webhook_value(request_to("/choice"), "Digits"), "2");
	assert_text(webhook_value(request_to("/reason"), "Digits"), "2");
}

static void
voicemail_is_told_apart_and_never_presses_a_key(void **state)
{
	(void)state;
	webhook_answers("/voice", menu);
	place_call("+15125550103", "&MachineDetection=Enable");
	world_run(MINUTES(5));
	assert_text(webhook_value(request_to("/voice"), "AnsweredBy"), "machine_start");
	assert_text(statuses(), "initiated ringing in-progress completed");
	for (size_t i = 0; i < webhook_count(); i++)
		assert_text(webhook_value(i, "Digits"), "");
}

static void
the_verdict_of_the_detection_takes_its_time(void **state)
{
	(void)state;
	webhook_answers("/voice", menu);
	place_call("+15125550103", "&MachineDetection=Enable");
	world_run(MINUTES(1));
	/* 200 ms of network, 4 s of ringing, 4 s of listening to the machine. */
	assert_int_equal(
	    webhook_at(request_to("/voice"))->at.us - webhook_at(0)->at.us, MILLISECONDS(8200).us);
}

static void
documents_that_go_in_a_circle_end_the_call(void **state)
{
	(void)state;
	webhook_answers("/voice", "<Response><Redirect>/voice</Redirect></Response>");
	place_call("+15125550108", "");
	world_run(MINUTES(1));
	assert_int_equal(journal_count("fetch"), 100);
	assert_int_equal(journal_count("error"), 1);
	assert_int_equal(webhook_count(), 104);
}

static void
silence_goes_on_behind_the_gather(void **state)
{
	(void)state;
	webhook_answers("/voice",
	    "<Response><Gather timeout=\"5\" action=\"/choice\"><Say>Hello</Say></Gather>"
	    "<Pause length=\"2\"/><Redirect>bye</Redirect></Response>");
	webhook_answers("/bye", "<Response><Hangup/></Response>");
	place_call("+15125550108", "");
	world_run(MINUTES(2));
	assert_text(statuses(), "initiated ringing in-progress completed");
	(void)request_to("/bye");
	/* Five characters, five seconds of silence, a pause of two, and nothing else. */
	assert_text(webhook_value(webhook_count() - 1, "CallDuration"), "7");
	assert_int_equal(journal_count("fetch"), 2);
}

static void
busy_failed_and_hung_up_end_as_such(void **state)
{
	const struct {
		const char *number, *statuses;
	} cases[] = {
		{ "+15125550104", "initiated busy" },
		{ "+15125550107", "initiated failed" },
		{ "+15125550106", "initiated ringing in-progress completed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		world_end();
		world_begin(night);
		webhook_answers("/voice", menu);
		place_call(cases[i].number, "");
		world_run(MINUTES(2));
		assert_text(statuses(), cases[i].statuses);
	}
	assert_text(webhook_value(webhook_count() - 1, "CallDuration"), "3");
}

static void
a_ringing_call_that_is_ended_is_canceled_at_once(void **state)
{
	const struct json *call = place_call("+15125550101", "");
	const char *path = resource_path(call);

	(void)state;
	world_run(SECONDS(5));
	twilio_send("POST", path, "Status=completed", 200);
	world_settle();
	assert_text(statuses(), "initiated ringing canceled");
	assert_text(
	    json_text_or(twilio_send("GET", path, "", 200), STR("status"), STR("")), "canceled");
	assert_int_equal(
	    json_int_or(twilio_send("POST", path, "Status=completed", 400), STR("code"), 0), 21220);
	world_run(MINUTES(1));
	assert_text(statuses(), "initiated ringing canceled");
	assert_int_equal(journal_count("hang-up"), 2);
}

static void
a_conversation_that_is_ended_is_completed_at_once(void **state)
{
	const struct json *call;

	(void)state;
	webhook_answers("/voice", menu);
	call = place_call("+15125550108", "");
	world_run(SECONDS(5));
	twilio_send("POST", resource_path(call), "Status=completed", 200);
	world_settle();
	assert_text(statuses(), "initiated ringing in-progress completed");
}

static void
a_webhook_that_fails_ends_the_call(void **state)
{
	const struct json *entries;

	(void)state;
	webhook_fails("/voice", 500);
	place_call("+15125550102", "");
	world_run(MINUTES(2));
	assert_text(statuses(), "initiated ringing in-progress completed");
	assert_int_equal(journal_count("error"), 1);
	entries = world_journal();
	for (size_t i = 0; i < entries->list.count; i++)
		if (str_equal(
			json_text_or(&entries->list.items[i], STR("kind"), STR("")), STR("error")))
			assert_text(
			    json_text_or(&entries->list.items[i], STR("status"), STR("")), "11200");
}

static void
twiml_that_cannot_be_understood_ends_the_call(void **state)
{
	const char *const documents[] = { "<Response><Say>Hello</Response>", "<Answer/>",
		"<Response><Dial>1</Dial></Response>", "<Response><Say><Gather/></Say></Response>",
		"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(documents); i++) {
		world_end();
		world_begin(night);
		webhook_answers("/voice", documents[i]);
		place_call("+15125550102", "");
		world_run(MINUTES(2));
		assert_int_equal(journal_count("error"), 1);
		assert_text(statuses(), "initiated ringing in-progress completed");
	}
}

static void
only_the_wanted_callbacks_are_sent(void **state)
{
	struct str body = arena_printf(world_arena,
	    "To=%%2B15125550104&From=%%2B15125550100&Url=%.*s&StatusCallback=%.*s%c",
	    STR_ARG(webhook_url("/voice")), STR_ARG(webhook_url("/status")), '\0');

	(void)state;
	twilio_send("POST", CALLS, body.ptr, 201);
	world_run(MINUTES(2));
	assert_text(statuses(), "busy");
}

/* Send a form with ${parameters}, and expect Twilio's error ${code}. */
static void
assert_code(const char *path, const char *parameters, int64_t code)
{
	const struct json *error = twilio_send("POST", path, parameters, 400);

	assert_int_equal(json_int_or(error, STR("code"), 0), code);
	assert_int_equal(json_int_or(error, STR("status"), 0), 400);
	assert_non_null(json_find(error, STR("message")));
	assert_contains(arena_copy_z(world_arena, json_text_or(error, STR("more_info"), STR(""))),
	    "https://www.twilio.com/docs/errors/");
}

static void
bad_parameters_are_refused_with_twilio_s_codes(void **state)
{
	(void)state;
	assert_code(CALLS, "From=%2B15125550100&Url=http://x/", 21201);
	assert_code(CALLS, "To=%2B15125550101&Url=http://x/", 21213);
	assert_code(CALLS, "To=5550101&From=%2B15125550100&Url=http://x/", 21211);
	assert_code(CALLS, "To=%2B15125550101&From=me&Url=http://x/", 21212);
	assert_code(CALLS, "To=%2B15125550101&From=%2B15125550100&Url=ftp://x/", 21205);
	assert_code(CALLS,
	    "To=%2B15125550101&From=%2B15125550100&Url=http://x/&StatusCallback=here", 21609);
	assert_code(
	    CALLS, "To=%2B15125550101&From=%2B15125550100&Url=http://x/&Timeout=9999", 21208);
	assert_code(MESSAGES, "To=%2B15125550101&From=%2B15125550100", 21602);
	assert_code(MESSAGES, "To=%2B15125550903&From=%2B15125550100&Body=A", 21610);
	assert_int_equal(journal_count("call"), 0);
	assert_int_equal(journal_count("twilio-refused"), 9);
}

static void
strangers_and_unknown_things_are_refused(void **state)
{
	struct http_header nobody = { STR(""), STR("") };
	struct http_header other = { STR("Authorization"), STR("Basic QUM6d3Jvbmc=") };

	(void)state;
	assert_int_equal(mock_send("GET", CALLS, "", nobody).status, 401);
	assert_contains(
	    arena_copy_z(world_arena, mock_send("GET", CALLS, "", other).body), "20003");
	assert_int_equal(
	    json_int_or(
		twilio_send("GET", "/2010-04-01/Accounts/AC9/Calls.json", "", 404), STR("code"), 0),
	    20404);
	twilio_send("GET", "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Calls/CA1.json", "", 404);
	twilio_send("GET", "/2010-04-01/Accounts/" WORLD_ACCOUNT "/Queues.json", "", 404);
}

static void
calls_are_listed_by_number_newest_first_and_by_account(void **state)
{
	const struct json *first, *second, *page, *calls;

	(void)state;
	first = place_call("+15125550101", "");
	world_run(SECONDS(1));
	second = place_call("+15125550101", "");
	place_call("+15125550104", "");
	page = twilio_send("GET", CALLS "?To=%2B15125550101&PageSize=1", "", 200);
	calls = json_find(page, STR("calls"));
	assert_int_equal(calls->list.count, 1);
	assert_true(str_equal(json_text_or(&calls->list.items[0], STR("sid"), STR("1")),
	    json_text_or(second, STR("sid"), STR("2"))));
	page = twilio_send("GET",
	    arena_copy_z(world_arena, json_text_or(page, STR("next_page_uri"), STR(""))), "", 200);
	assert_non_null(page);
	page = twilio_send("GET", CALLS "?StartTime%3E=2026-01-06", "", 200);
	assert_int_equal(json_find(page, STR("calls"))->list.count, 0);
	page = twilio_send("GET", CALLS "?StartTime%3E=2026-01-05", "", 200);
	assert_int_equal(json_find(page, STR("calls"))->list.count, 3);
	page = twilio_send("GET", "/2010-04-01/Accounts/" WORLD_SUBACCOUNT "/Calls.json", "", 200);
	assert_int_equal(json_find(page, STR("calls"))->list.count, 0);
	assert_non_null(first);
}

static void
an_account_does_not_see_the_call_of_another(void **state)
{
	const struct json *call = place_call("+15125550101", "");
	struct str sid = json_text_or(call, STR("sid"), STR(""));
	const char *path = arena_printf(world_arena, "/2010-04-01/Accounts/%s/Calls/%.*s.json%c",
	    WORLD_SUBACCOUNT, STR_ARG(sid), '\0')
			       .ptr;

	(void)state;
	twilio_send("GET", path, "", 404);
	twilio_send("POST", path, "Status=completed", 404);
	twilio_send("GET", resource_path(call), "", 200);
}

static void
the_journal_can_be_read_whatever_was_sent(void **state)
{
	(void)state;
	twilio_send("POST", CALLS, "To=\xff\xfe&%zz", 400);
	twilio_send("POST", MESSAGES, "To=\x01", 400);
	assert_int_equal(journal_count("twilio-refused"), 2);
}

static void
a_text_is_sent_and_delivered_or_not(void **state)
{
	struct str body = arena_printf(world_arena,
	    "From=%%2B15125550100&Body=Nobody+accepted&StatusCallback=%.*s",
	    STR_ARG(webhook_url("/text")));
	const struct json *good = twilio_send("POST", MESSAGES,
	    arena_printf(world_arena, "To=%%2B15125550901&%.*s%c", STR_ARG(body), '\0').ptr, 201);
	const struct json *bad = twilio_send("POST", MESSAGES,
	    arena_printf(world_arena, "To=%%2B15125550902&%.*s%c", STR_ARG(body), '\0').ptr, 201);

	(void)state;
	assert_text(json_text_or(good, STR("status"), STR("")), "queued");
	assert_true(str_starts_with(json_text_or(good, STR("sid"), STR("")), STR("SM")));
	world_run(SECONDS(10));
	good = twilio_send("GET", resource_path(good), "", 200);
	bad = twilio_send("GET", resource_path(bad), "", 200);
	assert_text(json_text_or(good, STR("status"), STR("")), "delivered");
	assert_text(json_text_or(good, STR("body"), STR("")), "Nobody accepted");
	assert_text(json_text_or(bad, STR("status"), STR("")), "undelivered");
	assert_int_equal(json_int_or(bad, STR("error_code"), 0), 30003);
	assert_int_equal(webhook_count(), 6); /* queued, sent, and how it ended, of each */
	for (size_t i = 0; i < 6; i++)
		assert_true(webhook_at(i)->is_signed);
}

static void
callbacks_come_twice_or_not_at_all_when_the_scenario_says_so(void **state)
{
	(void)state;
	world_end();
	world_begin("scenario \"A\"\ncallbacks arrive twice\nphone +15125550104 busy\n");
	place_call("+15125550104", "");
	world_run(MINUTES(1));
	assert_text(statuses(), "initiated initiated busy busy");
	assert_text(webhook_value(0, "SequenceNumber"), "0");
	assert_text(webhook_value(1, "SequenceNumber"), "0");
	world_end();
	world_begin("scenario \"A\"\ncallbacks are lost\nphone +15125550104 busy\n");
	place_call("+15125550104", "");
	world_run(MINUTES(1));
	assert_text(statuses(), "");
	assert_int_equal(journal_count("callback-lost"), 2);
}

static void
a_number_that_nobody_mentioned_is_noted_as_unexpected(void **state)
{
	const struct json *entries;

	(void)state;
	place_call("+15125550101", "");
	place_call("+15125550199", "");
	entries = world_journal();
	assert_int_equal(journal_count("call"), 2);
	for (size_t i = 0; i < entries->list.count; i++) {
		const struct json *entry = &entries->list.items[i];

		if (str_equal(json_text_or(entry, STR("kind"), STR("")), STR("call")))
			assert_int_equal(json_bool_or(entry, STR("unexpected"), false),
			    str_equal(
				json_text_or(entry, STR("to"), STR("")), STR("+15125550199")));
	}
}

static void
calls_for_one_attempt_are_counted_by_their_url(void **state)
{
	struct http_header nobody = { STR(""), STR("") };
	struct http_answer counts;

	(void)state;
	place_call("+15125550101", "");
	place_call("+15125550101", "");
	counts = mock_send("GET", "/control/counts", "", nobody);
	assert_int_equal(counts.status, 200);
	assert_contains(arena_copy_z(world_arena, counts.body), "\"count\":2");
}

static void
the_world_begins_again_with_another_scenario(void **state)
{
	struct http_header nobody = { STR(""), STR("") };
	struct http_answer answer;

	(void)state;
	place_call("+15125550101", "");
	world_settle();
	assert_text(statuses(), "initiated");
	answer = mock_send("POST", "/control/scenario", "scenario \"B\"\nphone 1 busy", nobody);
	assert_int_equal(answer.status, 400);
	assert_contains(arena_copy_z(world_arena, answer.body), "line 2, column 7");
	assert_int_equal(journal_count("call"), 1);
	answer = mock_send(
	    "POST", "/control/scenario", "scenario \"B\"\nphone +15125550101 busy\n", nobody);
	assert_int_equal(answer.status, 200);
	assert_int_equal(journal_count("call"), 0);
	place_call("+15125550101", "");
	world_run(MINUTES(1));
	assert_text(statuses(), "initiated initiated busy");
	assert_int_equal(mock_send("POST", "/control/reset", "", nobody).status, 200);
	assert_int_equal(journal_count("call"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_new_call_is_queued_and_looks_like_one_of_twilio_s, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_phone_that_rings_out_is_no_answer_after_the_timeout, begin, end),
		cmocka_unit_test_setup_teardown(
		    every_callback_is_signed_by_the_account, begin, end),
		cmocka_unit_test_setup_teardown(a_person_accepts_and_gives_minutes, begin, end),
		cmocka_unit_test_setup_teardown(a_person_who_declines_gives_a_reason, begin, end),
		cmocka_unit_test_setup_teardown(
		    voicemail_is_told_apart_and_never_presses_a_key, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_verdict_of_the_detection_takes_its_time, begin, end),
		cmocka_unit_test_setup_teardown(
		    documents_that_go_in_a_circle_end_the_call, begin, end),
		cmocka_unit_test_setup_teardown(
		    an_account_does_not_see_the_call_of_another, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_journal_can_be_read_whatever_was_sent, begin, end),
		cmocka_unit_test_setup_teardown(silence_goes_on_behind_the_gather, begin, end),
		cmocka_unit_test_setup_teardown(busy_failed_and_hung_up_end_as_such, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_ringing_call_that_is_ended_is_canceled_at_once, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_conversation_that_is_ended_is_completed_at_once, begin, end),
		cmocka_unit_test_setup_teardown(a_webhook_that_fails_ends_the_call, begin, end),
		cmocka_unit_test_setup_teardown(
		    twiml_that_cannot_be_understood_ends_the_call, begin, end),
		cmocka_unit_test_setup_teardown(only_the_wanted_callbacks_are_sent, begin, end),
		cmocka_unit_test_setup_teardown(
		    bad_parameters_are_refused_with_twilio_s_codes, begin, end),
		cmocka_unit_test_setup_teardown(
		    strangers_and_unknown_things_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(
		    calls_are_listed_by_number_newest_first_and_by_account, begin, end),
		cmocka_unit_test_setup_teardown(a_text_is_sent_and_delivered_or_not, begin, end),
		cmocka_unit_test_setup_teardown(
		    callbacks_come_twice_or_not_at_all_when_the_scenario_says_so, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_number_that_nobody_mentioned_is_noted_as_unexpected, begin, end),
		cmocka_unit_test_setup_teardown(
		    calls_for_one_attempt_are_counted_by_their_url, begin, end),
		cmocka_unit_test_setup_teardown(
		    the_world_begins_again_with_another_scenario, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
