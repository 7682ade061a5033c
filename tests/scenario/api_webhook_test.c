#include <stdlib.h>

#include "base/hex.h"
#include "bin/development.h"
#include "support/api_world.h"
#include "support/call_back.h"
#include "support/plant_record.h"

/*
 * What Twilio says to the server, and what somebody says who is not Twilio.
 *
 * usage: api_webhook_test mem|pg
 */

/* -- who is not Twilio -- */

static void
a_forged_call_back_is_403_and_recorded_and_has_no_effect(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *one = print("?eco=%s&attempt=1", eco), *two = print("?eco=%s&attempt=2", eco);
	const struct call_back forgeries[] = {
		{ .token = "" },
		{ .token = "another-token" },
		{ .token = "development-toke" },
		{ .body = "CallSid=CA1&Digits=1", .signed_body = "CallSid=CA1&Digits=2" },
		{ .body = "CallSid=CA1&Digits=1", .signed_body = "CallSid=CA1" },
		{ .body = "CallSid=CA1", .signed_body = "CallSid=CA1&Digits=2" },
		{ .body = "CallSid=CA1&Digits=1&Digits=2", .signed_body = "CallSid=CA1&Digits=2" },
		{ .body = "CallSid=CA1&Digits=%zz" },
		{ .body = "CallSid=CA1&Digits=%00" },
		{ .query = two, .signed_target = print("/webhooks/twilio/voice/choice%s", one) },
		{ .query = one, .signed_target = print("/webhooks/twilio/voice/status%s", one) },
		{ .query = print("%s&menu=reason", one),
		    .signed_target = print("/webhooks/twilio/voice/choice%s", one) },
		{ .query = one, .signed_target = "/webhooks/twilio/voice/choice" },
	};
	static const char *const routes[] = { "choice", "answer", "eta", "status" };
	size_t events = events_in_all(), recorded = rejections(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forgeries) + COUNT_OF(routes); i++) {
		struct call_back forged = i < COUNT_OF(forgeries)
					      ? forgeries[i]
					      : (struct call_back){ .token = "forged" };
		struct store_rejection last = { .route = STR("") };
		const struct http_answer *answer;

		forged.route = i < COUNT_OF(forgeries) ? "choice" : routes[i - COUNT_OF(forgeries)];
		forged.eco = eco;
		answer = send_back(forged);
		if (answer->status != 403)
			fail_msg("forgery %zu was answered %d: %.*s", i, answer->status,
			    STR_ARG(answer->body));
		assert_text_at(json_of(answer, 403), "error.code", "FORBIDDEN");
		assert_int_equal(rejections(&last), recorded + i + 1);
		assert_text(last.route, print("/webhooks/twilio/voice/%s", forged.route));
		assert_text(last.reason, "the signature does not fit");
		assert_true(last.peer.len > 0);
	}
	assert_int_equal(events_in_all(), events);
}

static void
every_forgery_gets_the_same_answer(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *query = print("?eco=%s&attempt=1", eco);
	const struct call_back forgeries[] = {
		{ .token = "" },
		{ .token = "another-token" },
		{ .token = "another-token", .query = "?eco=1" },
		{ .body = "CallSid=CA1&Digits=%zz" },
		{ .body = "{\"CallSid\":\"CA1\"}", .signed_body = "", .query = "?bodySHA256=00" },
		{ .query = query,
		    .signed_target = "/webhooks/twilio/voice/choice",
		    .body = "CallSid=CA1" },
	};
	const char *first = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forgeries); i++) {
		struct call_back forged = forgeries[i];
		const struct http_answer *answer;

		forged.route = "choice";
		forged.eco = eco;
		answer = send_back(forged);
		assert_int_equal(answer->status, 403);
		if (first == NULL)
			first = arena_copy_z(arena, answer->body);
		assert_text(answer->body, first);
	}
	assert_lacks(first, "signature");
}

static void
a_body_that_is_no_form_is_proven_by_its_digest(void **state)
{
	const char *const body = "{\"CallSid\":\"CA1\"}";
	struct str digest = hex_digest(arena, sha256_of(str_from_z(body)));
	struct call_back given = { .route = "status",
		.query = print("?bodySHA256=%.*s", STR_ARG(digest)),
		.body = body,
		.signed_body = "" };

	(void)state;
	/* It is Twilio's, and about no call. */
	assert_int_equal(send_back(given)->status, 400);
	given.body = "{\"CallSid\":\"CA2\"}";
	assert_int_equal(send_back(given)->status, 403);
	given.body = "";
	assert_int_equal(send_back(given)->status, 403);
}

/* -- through Cloudflare Access -- */

#define ACCESS_ID "0123456789abcdef.access"

/* The status of a report about ${eco} with these headers of Access; NULL: without it. */
static int
status_through(const char *eco, const char *id, const char *secret)
{
	struct http_call call = request_of(
	    (struct call_back){ .route = "status", .eco = eco, .form = "&CallStatus=ringing" });
	struct http_header headers[5];
	struct http_answer answer;

	for (size_t i = 0; i < call.header_count; i++)
		headers[i] = call.headers[i];
	call.headers = headers;
	if (id != NULL)
		headers[call.header_count++] =
		    (struct http_header){ STR("CF-Access-Client-Id"), str_from_z(id) };
	if (secret != NULL)
		headers[call.header_count++] =
		    (struct http_header){ STR("CF-Access-Client-Secret"), str_from_z(secret) };
	assert_no_fault(http_client_send(server.client, arena, &call, &answer));
	return answer.status;
}

/* The settings are the server's own; nothing is asked of it while they change. */
static void
ask_for_access(const char *id, const char *secret, const char *previous_id, const char *previous)
{
	server.settings.webhook_access_client_id = str_from_z(id);
	server.settings.webhook_access_client_secret = secret_of(str_from_z(secret));
	server.settings.webhook_access_client_id_previous = str_from_z(previous_id);
	server.settings.webhook_access_client_secret_previous = secret_of(str_from_z(previous));
}

static void
a_call_back_that_must_come_through_access_needs_its_token_as_well(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct store_rejection last = { .route = STR("") };
	size_t recorded = rejections(NULL);

	(void)state;
	ask_for_access(ACCESS_ID, "now", "", "");
	assert_int_equal(status_through(eco, NULL, NULL), 403);
	assert_int_equal(status_through(eco, ACCESS_ID, NULL), 403);
	assert_int_equal(status_through(eco, NULL, "now"), 403);
	assert_int_equal(status_through(eco, ACCESS_ID, "no"), 403);
	assert_int_equal(status_through(eco, ACCESS_ID, "noww"), 403);
	assert_int_equal(status_through(eco, ACCESS_ID, ""), 403);
	assert_int_equal(status_through(eco, "another.access", "now"), 403);
	assert_int_equal(rejections(&last), recorded + 7);
	assert_text(last.reason, "the service token of Access is missing or wrong");
	assert_int_equal(status_through(eco, ACCESS_ID, "now"), 204);
	/* The token alone is no signature. */
	assert_int_equal(send_back((struct call_back){ .route = "status",
				       .eco = eco,
				       .form = "&CallStatus=ringing",
				       .token = "forged" })
			     ->status,
	    403);
	ask_for_access("", "", "", "");
	assert_int_equal(status_through(eco, NULL, NULL), 204);
}

static void
while_the_token_of_access_is_rotated_both_are_good(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	ask_for_access(ACCESS_ID, "now", "", "before");
	assert_int_equal(status_through(eco, ACCESS_ID, "now"), 204);
	assert_int_equal(status_through(eco, ACCESS_ID, "before"), 204);
	ask_for_access(ACCESS_ID, "now", "old.access", "before");
	assert_int_equal(status_through(eco, "old.access", "before"), 204);
	assert_int_equal(status_through(eco, ACCESS_ID, "before"), 403);
	assert_int_equal(status_through(eco, "old.access", "now"), 403);
	ask_for_access("", "", "", "");
}

static void
half_a_token_of_access_lets_nobody_in(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	ask_for_access(ACCESS_ID, "", "", "");
	assert_int_equal(status_through(eco, ACCESS_ID, ""), 403);
	assert_int_equal(status_through(eco, ACCESS_ID, NULL), 403);
	ask_for_access("", "now", "", "");
	assert_int_equal(status_through(eco, "", "now"), 403);
	assert_int_equal(status_through(eco, NULL, "now"), 403);
	ask_for_access("", "", "", "");
}

/* Takes the word of "assertion of ID" for ID. */
static struct err *
believe(void *context, struct arena *memory, struct str assertion, struct instant moment,
    struct str *ret_client_id)
{
	struct str id = assertion;

	(void)context;
	(void)memory;
	assert_int_equal(moment.us, clock_now(server.clock).us);
	*ret_client_id = STR("");
	if (!str_starts_with(assertion, STR("assertion of ")))
		return NULL;
	for (int words = 0; words < 2; words++)
		(void)str_cut(&id, ' ');
	*ret_client_id = id;
	return NULL;
}

static int
status_asserted(const char *eco, const char *assertion)
{
	struct http_call call = request_of(
	    (struct call_back){ .route = "status", .eco = eco, .form = "&CallStatus=ringing" });
	struct http_header headers[3] = { call.headers[0], call.headers[1],
		{ STR("Cf-Access-Jwt-Assertion"), str_from_z(assertion) } };
	struct http_answer answer;

	call.headers = headers;
	call.header_count = 3;
	assert_no_fault(http_client_send(server.client, arena, &call, &answer));
	return answer.status;
}

static void
the_word_of_access_serves_in_place_of_its_token(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct str url = server.server_url;
	struct config settings = server.settings;
	struct api *api;
	uint16_t port;

	(void)state;
	assert_no_fault(development_find_port(arena, 0, &port));
	settings.port = port;
	settings.webhook_access_client_id = STR(ACCESS_ID);
	server.server_url = arena_printf(arena, "http://127.0.0.1:%u", port);
	assert_no_fault(api_start(arena,
	    &(struct api_config){
		.store = server.store,
		.vault = &server.vault,
		.clock = server.clock,
		.log = server.log,
		.settings = &settings,
		.public_url = server.server_url,
		.webhook_service = believe,
	    },
	    &api));
	assert_int_equal(status_asserted(eco, "assertion of " ACCESS_ID), 204);
	assert_int_equal(status_asserted(eco, "assertion of another.access"), 403);
	assert_int_equal(status_asserted(eco, "assertion of "), 403);
	assert_int_equal(status_asserted(eco, "a lie"), 403);
	assert_int_equal(status_through(eco, NULL, NULL), 403);
	api_stop(api);
	server.server_url = url;
	/* Where nobody verifies it, it is worth nothing. */
	ask_for_access(ACCESS_ID, "now", "", "");
	assert_int_equal(status_asserted(eco, "assertion of " ACCESS_ID), 403);
	ask_for_access("", "", "", "");
}

/* -- subaccounts -- */

#define SUBACCOUNT       "AC00000000000000000000000000000abc"
#define SUBACCOUNT_TOKEN "token-of-the-subaccount"

/* Let the calls for Lone Star's orders at Hill Country go through ${subaccount}. */
static void
call_through(const char *subaccount)
{
	struct store_session *session = worker_session();
	struct store_organisation noc, osp;
	struct store_agreement agreement;
	struct record terms;
	bool found;

	assert_no_fault(
	    store_find_organisation(session, arena, UUID_NIL, STR("lone-star-noc"), &found, &noc));
	assert_no_fault(store_find_organisation(
	    session, arena, UUID_NIL, STR("hill-country-osp"), &found, &osp));
	assert_no_fault(store_find_agreement(
	    session, arena, noc.id, osp.id, clock_now(server.clock), &found, &agreement));
	assert_true(found);
	assert_no_fault(record_load(
	    session, arena, RECORD_NOC_TERMS, record_noc_terms_id(agreement.id), &found, &terms));
	assert_true(found);
	terms.noc_terms.twilio_subaccount = str_from_z(subaccount);
	plant_record(session, arena, &server.vault, DIRECTORY_EVENT_NOC_TERMS_SET, &terms);
	store_session_close(session);
}

static int
status_of_subaccount(const char *eco, const char *sid, const char *token)
{
	return send_back((struct call_back){ .route = "status",
			     .eco = eco,
			     .form = print("&CallStatus=ringing&AccountSid=%s", sid),
			     .token = token })
	    ->status;
}

static void
a_call_back_of_a_subaccount_may_be_signed_with_its_own_token(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct store_rejection last = { .route = STR("") };

	(void)state;
	/* Without the secret only the main account's token is good, whatever is named. */
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, SUBACCOUNT_TOKEN), 403);
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, NULL), 204);
	assert_int_equal(status_of_subaccount(eco, "..%2Fsecrets", NULL), 204);

	setenv("STRIKE_SECRET_TWILIO_AC00000000000000000000000000000ABC", SUBACCOUNT_TOKEN, 1);
	setenv("STRIKE_SECRET_TWILIO_AC00000000000000000000000000000ABC_PREVIOUS", "earlier", 1);
	/* Its token is good for the orders that it calls for, and for no others. */
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, SUBACCOUNT_TOKEN), 404);
	(void)rejections(&last);
	assert_text(
	    last.reason, "the call-back is of a subaccount that does not call for this ECO");
	call_through(SUBACCOUNT);
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, SUBACCOUNT_TOKEN), 204);
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, "earlier"), 204);
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, NULL), 204);
	assert_int_equal(status_of_subaccount(eco, SUBACCOUNT, "another"), 403);
	assert_int_equal(
	    status_of_subaccount(eco, "AC00000000000000000000000000000abd", SUBACCOUNT_TOKEN), 403);
	assert_int_equal(status_of_subaccount(eco, DEVELOPMENT_ACCOUNT_SID, SUBACCOUNT_TOKEN), 403);
	assert_int_equal(status_of_subaccount(eco, "..%2Fsecrets", SUBACCOUNT_TOKEN), 403);
	call_through("");
	unsetenv("STRIKE_SECRET_TWILIO_AC00000000000000000000000000000ABC");
	unsetenv("STRIKE_SECRET_TWILIO_AC00000000000000000000000000000ABC_PREVIOUS");
}

static void
while_the_token_is_rotated_the_previous_one_is_good(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_contains(HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human",
			    .token = API_PREVIOUS_TOKEN),
	    "Press 1 to accept");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDelivered"), 1);
}

static void
what_is_signed_and_makes_no_sense_is_a_clear_4xx(void **state)
{
	const char *eco = created((struct create){ 0 }), *nobody = new_key();
	const struct {
		const char *query, *body;
		int status;
	} cases[] = {
		{ "", "CallSid=CA1", 400 },
		{ print("?eco=%s", eco), "CallSid=CA1", 400 },
		{ "?attempt=1", "CallSid=CA1", 400 },
		{ "?eco=nonsense&attempt=1", "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=0", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=-1", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=x", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=99999999999999999999", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=1&try=0", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=1&try=x", eco), "CallSid=CA1", 400 },
		{ print("?eco=%s&attempt=1", eco), "", 400 },
		{ print("?eco=%s&attempt=1", eco), "CallSid=", 400 },
		{ print("?eco=%s&attempt=1", eco), print("CallSid=CA%0100d", 1), 400 },
		{ print("?eco=%s&attempt=2", eco), "CallSid=CA1", 404 },
		{ print("?eco=%s&attempt=9223372036854775807", eco), "CallSid=CA1", 404 },
		{ print("?eco=%s&attempt=1", nobody), "CallSid=CA1", 404 },
	};
	static const char *const routes[] = { "answer", "choice", "eta", "status" };
	size_t events = events_in_all(), recorded = rejections(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(routes); i++) {
		const char *route = routes[i % COUNT_OF(routes)];
		size_t which = i / COUNT_OF(routes);
		const struct http_answer *answer = send_back((struct call_back){ .route = route,
		    .eco = eco,
		    .query = cases[which].query,
		    .body = cases[which].body });

		if (answer->status != cases[which].status)
			fail_msg("%s %s %s was answered %d", route, cases[which].query,
			    cases[which].body, answer->status);
		assert_contains(arena_copy_z(arena, answer->body), "call-back");
	}
	assert_int_equal(rejections(NULL), recorded + COUNT_OF(cases) * COUNT_OF(routes));
	assert_int_equal(events_in_all(), events);
}

static void
a_state_of_a_call_that_nobody_knows_is_400(void **state)
{
	static const char *const forms[] = { "", "&CallStatus=", "&CallStatus=exploded" };
	const char *eco = created((struct create){ 0 });
	size_t events = events_in_all();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct http_answer *answer = send_back(
		    (struct call_back){ .route = "status", .eco = eco, .form = forms[i] });

		assert_contains(text_at(json_of(answer, 400), "error.message"), "CallStatus");
	}
	assert_int_equal(events_in_all(), events);
}

static void
a_webhook_takes_post_only(void **state)
{
	const struct http_answer *answer =
	    request("GET", "/webhooks/twilio/voice/answer", NULL, 0, STR(""));

	(void)state;
	assert_int_equal(answer->status, 405);
	assert_text(http_header_find(answer->headers, answer->header_count, STR("Allow")), "POST");
}

/* -- the talk -- */

static void
who_picks_up_hears_the_job_and_the_choices(void **state)
{
	const char *eco = created((struct create){ .job_type = "CMR",
	    .description = "\"Cable <cut> & \\\"smoke\\\" \\u0007 \\ud83d\\udea8\"" });
	const char *heard = HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human");

	(void)state;
	assert_contains(
	    heard, "Job number Hotel Charlie, Charlie Mike Romeo, zero zero zero zero ");
	assert_contains(heard, "Cable &lt;cut&gt; &amp; &quot;smoke&quot;");
	assert_contains(heard, "at latitude 30.2672 north, longitude 97.7431 west.");
	assert_contains(
	    heard, "Press 1 to accept. Press 2 to decline. Press 3 to hear this again.");
	assert_lacks(heard, "Sorry");
	assert_contains(story(eco), "Attempt 1: a person answered and hears the job");
}

static void
a_long_description_is_read_in_part(void **state)
{
	char words[4001];
	const char *eco, *heard;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	eco = created((struct create){ .description = print("\"%s\"", words) });
	heard = HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human");
	words[400] = '\0';
	assert_contains(heard, words);
	assert_contains(heard, "Press 1 to accept");
	assert_true(strlen(heard) < 2000);
}

static void
who_accepts_is_asked_for_minutes_and_has_the_job(void **state)
{
	const char *eco = answered(), *heard;

	(void)state;
	heard =
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1");
	assert_contains(heard, "In how many minutes");
	assert_contains(heard, "/webhooks/twilio/voice/eta?eco=");
	heard = HEARS(.route = "eta", .eco = eco, .more = "&menu=eta&try=1", .form = "&Digits=45");
	assert_contains(heard, "The job is yours");
	assert_contains(heard, "<Hangup/>");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_int_equal(int_at(eco_of(OPERATOR, eco), "etaMinutes"), 45);
	assert_contains(story(eco), "accepted, ETA 45 minutes");
	report(eco, 0, "completed");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageNotReached"), 0);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 1);
}

static void
a_call_back_that_comes_twice_is_answered_the_same_and_counts_once(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct call_back call_backs[] = {
		{ .route = "answer", .eco = eco, .form = "&AnsweredBy=human" },
		{ .route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1" },
		{ .route = "eta", .eco = eco, .more = "&menu=eta&try=1", .form = "&Digits=30" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(call_backs); i++) {
		const char *first = hears(call_backs[i]);
		size_t events = events_in_all();

		assert_string_equal(hears(call_backs[i]), first);
		assert_int_equal(events_in_all(), events);
	}
	report(eco, 0, "completed");
	report(eco, 0, "completed");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDelivered"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageEtaAsked"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
}

static void
a_decline_that_comes_twice_counts_once(void **state)
{
	const char *eco = answered();
	const struct call_back no = {
		.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=2"
	};
	const char *first = hears(no);

	(void)state;
	assert_string_equal(hears(no), first);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDeclined"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
}

static void
news_of_a_call_may_come_in_any_order(void **state)
{
	const char *eco = created((struct create){ 0 });
	size_t events;

	(void)state;
	report(eco, 0, "in-progress");
	report(eco, 0, "ringing");
	report(eco, 0, "initiated");
	assert_contains(
	    HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human"), "Press 1");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDelivered"), 1);
	report(eco, 0, "completed");
	assert_contains(story(eco), "hung up without a choice");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
	events = events_in_all();
	report(eco, 0, "no-answer");
	report(eco, 0, "busy");
	assert_int_equal(events_in_all(), events);
}

static void
the_same_state_under_another_number_counts_once(void **state)
{
	const char *eco = created((struct create){ 0 });
	size_t events;

	(void)state;
	report(eco, 0, "in-progress&SequenceNumber=2");
	report(eco, 0, "completed&SequenceNumber=3");
	events = events_in_all();
	report(eco, 0, "completed&SequenceNumber=4");
	report(eco, 0, "ringing&SequenceNumber=1");
	report(eco, 0, "initiated&SequenceNumber=0");
	report(eco, 0, "in-progress&SequenceNumber=9");
	assert_int_equal(events_in_all(), events);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
}

static void
a_repeat_with_another_idempotency_token_is_still_a_repeat(void **state)
{
	const char *eco = answered();
	struct http_call call = request_of((struct call_back){
	    .route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1" });
	struct http_header headers[3] = { call.headers[0], call.headers[1] };
	struct http_answer answers[2];
	size_t events = 0;

	(void)state;
	call.headers = headers;
	call.header_count = 3;
	for (int i = 0; i < 2; i++) {
		headers[2] = (struct http_header){ STR("I-Twilio-Idempotency-Token"),
			str_from_z(new_key()) };
		assert_no_fault(http_client_send(server.client, arena, &call, &answers[i]));
		server_world_settle(&server);
		if (i == 0)
			events = events_in_all();
	}
	assert_int_equal(events_in_all(), events);
	assert_true(str_equal(answers[0].body, answers[1].body));
	assert_int_equal(count_entries(DISPATCHER, eco, "PageEtaAsked"), 1);
}

static void
a_call_back_that_comes_hours_late_is_recorded_and_has_no_effect(void **state)
{
	const char *eco = answered();
	struct http_call call = request_of((struct call_back){
	    .route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1" });
	struct store_rejection last = { .route = STR("") };
	struct http_answer answer;
	size_t events, recorded;

	(void)state;
	/* Nobody else picks up, until the list is exhausted for the last time. */
	for (int minutes = 0; minutes < 90; minutes++) {
		clock_advance(server.clock, MINUTES(1));
		server_world_settle(&server);
	}
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "EXHAUSTED");
	clock_advance(server.clock, HOURS(5));
	server_world_settle(&server);
	events = events_in_all();
	recorded = rejections(NULL);
	assert_no_fault(http_client_send(server.client, arena, &call, &answer));
	assert_int_equal(answer.status, 410);
	assert_int_equal(events_in_all(), events);
	assert_int_equal(rejections(&last), recorded + 1);
	assert_text(last.reason, "the call-back comes hours after the call's end");
}

static void
the_end_of_the_call_before_the_minutes_is_an_acceptance_without_them(void **state)
{
	const char *eco = answered();

	(void)state;
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1");
	report(eco, 0, "completed");
	assert_contains(story(eco), "accepted, without an ETA");
	assert_contains(
	    HEARS(.route = "eta", .eco = eco, .more = "&menu=eta&try=1", .form = "&Digits=20"),
	    "The job is yours");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
}

static void
three_inputs_that_mean_nothing_end_the_call(void **state)
{
	static const char *const digits[] = { "&Digits=7", "&Digits=9", "&Digits=12" };
	const char *eco = answered(), *heard;

	(void)state;
	heard = HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = digits[0]);
	assert_contains(heard, "Sorry");
	assert_contains(heard, "menu=job&amp;try=2");
	heard = HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=2", .form = digits[1]);
	assert_contains(heard, "menu=job&amp;try=3");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageNotReached"), 0);
	heard = HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=3", .form = digits[2]);
	assert_contains(heard, "Somebody else will be called");
	assert_contains(story(eco), "three invalid inputs");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
}

static void
zero_and_star_say_what_the_keys_do_and_are_no_mistake(void **state)
{
	static const char *const keys[] = { "&Digits=0", "&Digits=*" };
	const char *eco = answered(), *heard;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		heard = HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=3",
		    .form = keys[i]);
		assert_contains(heard, "Press 1 to accept");
		assert_contains(heard, "Who accepts is asked for the minutes");
		assert_contains(heard, "menu=job&amp;try=1");
	}
	assert_int_equal(count_entries(DISPATCHER, eco, "PageNotReached"), 0);
}

static void
three_silences_end_the_call(void **state)
{
	const char *eco = answered();

	(void)state;
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1");
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=2");
	assert_contains(HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=3"),
	    "Somebody else will be called");
	assert_contains(story(eco), "no choice was made");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
}

static void
three_reads_the_job_again_and_is_no_mistake(void **state)
{
	const char *eco = answered(), *heard = NULL;
	size_t events = events_in_all();

	(void)state;
	for (int i = 0; i < 5; i++)
		heard = HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=3",
		    .form = "&Digits=3");
	assert_contains(heard, "Press 1 to accept");
	assert_contains(heard, "menu=job&amp;try=1");
	assert_lacks(heard, "Sorry");
	assert_int_equal(events_in_all(), events);
}

static void
who_declines_may_say_why_and_the_next_is_rung_meanwhile(void **state)
{
	const char *eco = answered(), *heard;

	(void)state;
	heard =
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=2");
	assert_contains(heard, "You declined. Press 1 if you are already working");
	assert_contains(heard, "menu=reason");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
	heard =
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=reason&try=1", .form = "&Digits=3");
	assert_contains(heard, "Somebody else will be called");
	assert_contains(story(eco), "Attempt 1 was declined: not fit for duty");
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=reason&try=1",
	    .form = "&Digits=4");
	assert_lacks(story(eco), "not on call");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
}

static void
who_hangs_up_when_asked_why_has_declined_all_the_same(void **state)
{
	const char *eco = answered();

	(void)state;
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=2");
	report(eco, 0, "completed");
	assert_contains(story(eco), "Attempt 1 was declined");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDeclined"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageNotReached"), 0);
}

static void
who_says_nothing_when_asked_why_has_declined_once(void **state)
{
	const char *eco = answered();

	(void)state;
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=2");
	assert_contains(HEARS(.route = "choice", .eco = eco, .more = "&menu=reason&try=1"),
	    "Somebody else will be called");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageDeclined"), 1);
}

static void
minutes_that_are_none_are_asked_for_again_and_the_job_is_kept(void **state)
{
	const char *eco = answered(), *heard;

	(void)state;
	(void)HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1");
	heard =
	    HEARS(.route = "eta", .eco = eco, .more = "&menu=eta&try=1", .form = "&Digits=9999");
	assert_contains(heard, "Sorry");
	assert_contains(heard, "menu=eta&amp;try=2");
	heard = HEARS(.route = "eta", .eco = eco, .more = "&menu=eta&try=2", .form = "&Digits=*1");
	assert_contains(heard, "menu=eta&amp;try=3");
	assert_contains(
	    HEARS(.route = "eta", .eco = eco, .more = "&menu=eta&try=3", .form = "&Digits=0"),
	    "The job is yours");
	assert_contains(story(eco), "accepted, without an ETA");
	assert_null_at(eco_of(OPERATOR, eco), "etaMinutes");
}

static void
who_accepts_too_late_is_told_so(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	report(eco, 0, "no-answer");
	(void)HEARS(.route = "answer", .eco = eco, .attempt = 2, .form = "&AnsweredBy=human");
	(void)HEARS(.route = "choice", .eco = eco, .attempt = 2, .more = "&menu=job&try=1",
	    .form = "&Digits=1");
	(void)HEARS(.route = "eta", .eco = eco, .attempt = 2, .more = "&menu=eta&try=1",
	    .form = "&Digits=15");
	assert_contains(HEARS(.route = "choice", .eco = eco, .attempt = 1,
			    .more = "&menu=job&try=1", .form = "&Digits=1"),
	    "this callout does not need you any more");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAcceptedTooLate"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
	assert_int_equal(int_at(eco_of(OPERATOR, eco), "etaMinutes"), 15);
}

static void
who_accepts_late_while_nobody_else_has_gets_the_job(void **state)
{
	const char *eco = answered();

	(void)state;
	report(eco, 0, "completed");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
	assert_contains(
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1"),
	    "The job is yours");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_contains(
	    HEARS(.route = "answer", .eco = eco, .attempt = 2, .form = "&AnsweredBy=human"),
	    "This callout does not need you any more");
}

/* How many of the ${count} answers say ${text}. */
static size_t
count_saying(const struct http_answer *answers, size_t count, const char *text)
{
	size_t saying = 0;

	for (size_t i = 0; i < count; i++)
		saying += str_find(answers[i].body, str_from_z(text)) != SIZE_MAX;
	return saying;
}

static void
of_two_who_accept_at_the_same_moment_one_has_the_job(void **state)
{
	(void)state;
	for (int round = 0; round < 8; round++) {
		const char *eco = created((struct create){ 0 });
		struct http_answer answers[4];
		struct http_call calls[4];

		/* The first person was given up, picked up all the same, and so did the second. */
		report(eco, 0, "no-answer");
		for (int i = 0; i < 4; i++)
			calls[i] = request_of((struct call_back){ .route = "eta",
			    .eco = eco,
			    .attempt = i % 2 + 1,
			    .more = "&menu=eta&try=1",
			    .form = print("&Digits=%d", i % 2 + 20) });
		request_at_once(calls, 4, answers);
		server_world_settle(&server);
		assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
		assert_int_equal(count_entries(DISPATCHER, eco, "PageAcceptedTooLate"), 1);
		assert_int_equal(count_saying(answers, 4, "The job is yours"), 2);
		assert_int_equal(count_saying(answers, 4, "does not need you any more"), 2);
	}
}

static void
who_picks_up_after_the_cancellation_is_told_so(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_done(command(OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":\"Light is back\"", eco)));
	server_world_settle(&server);
	assert_contains(HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human"),
	    "This callout does not need you any more");
	assert_contains(
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1"),
	    "does not need you any more");
	assert_text_at(eco_of(OPERATOR, eco), "status", "CANCELLED");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "STOPPED");
}

static void
a_machine_is_hung_up_on_and_the_next_is_rung(void **state)
{
	static const char *const machines[] = { "machine_start", "machine_end_beep",
		"machine_end_silence", "machine_end_other", "fax" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		const char *eco = created((struct create){ 0 });
		const char *heard = HEARS(.route = "answer", .eco = eco,
		    .form = print("&AnsweredBy=%s", machines[i]));

		assert_contains(heard, "<Response><Hangup/></Response>");
		assert_contains(story(eco), "voicemail");
		assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
	}
}

static void
who_is_not_known_to_be_a_machine_hears_the_job(void **state)
{
	static const char *const people[] = { "&AnsweredBy=unknown", "&AnsweredBy=human", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(people); i++) {
		const char *eco = created((struct create){ 0 });

		assert_contains(HEARS(.route = "answer", .eco = eco, .form = people[i]), "Press 1");
	}
}

static void
every_end_of_a_call_has_its_own_reason(void **state)
{
	static const struct {
		const char *status, *reason;
	} ends[] = {
		{ "busy", "busy" },
		{ "no-answer", "no answer" },
		{ "failed", "the call failed: SIP 404" },
		{ "canceled", "the call was cancelled before anybody answered" },
		{ "failed&SipResponseCode=480", "no answer: SIP 480" },
		{ "failed&SipResponseCode=486", "busy: SIP 486" },
		{ "failed&SipResponseCode=603", "declined by the network" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		const char *eco = created((struct create){ 0 });

		report(eco, 0, print("%s&SipResponseCode=404", ends[i].status));
		assert_contains(story(eco), ends[i].reason);
		assert_int_equal(count_entries(DISPATCHER, eco, "PageAttempted"), 2);
		assert_lacks(json_text(timeline(OPERATOR, eco)), "SIP");
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		/* First, while there is no other callout to ring through those hours. */
		API_TEST(a_call_back_that_comes_hours_late_is_recorded_and_has_no_effect),
		API_TEST(a_forged_call_back_is_403_and_recorded_and_has_no_effect),
		API_TEST(every_forgery_gets_the_same_answer),
		API_TEST(a_body_that_is_no_form_is_proven_by_its_digest),
		API_TEST(a_call_back_that_must_come_through_access_needs_its_token_as_well),
		API_TEST(while_the_token_of_access_is_rotated_both_are_good),
		API_TEST(half_a_token_of_access_lets_nobody_in),
		API_TEST(the_word_of_access_serves_in_place_of_its_token),
		API_TEST(a_call_back_of_a_subaccount_may_be_signed_with_its_own_token),
		API_TEST(while_the_token_is_rotated_the_previous_one_is_good),
		API_TEST(what_is_signed_and_makes_no_sense_is_a_clear_4xx),
		API_TEST(a_state_of_a_call_that_nobody_knows_is_400),
		API_TEST(a_webhook_takes_post_only),
		API_TEST(who_picks_up_hears_the_job_and_the_choices),
		API_TEST(a_long_description_is_read_in_part),
		API_TEST(who_accepts_is_asked_for_minutes_and_has_the_job),
		API_TEST(a_call_back_that_comes_twice_is_answered_the_same_and_counts_once),
		API_TEST(a_decline_that_comes_twice_counts_once),
		API_TEST(news_of_a_call_may_come_in_any_order),
		API_TEST(the_same_state_under_another_number_counts_once),
		API_TEST(a_repeat_with_another_idempotency_token_is_still_a_repeat),
		API_TEST(the_end_of_the_call_before_the_minutes_is_an_acceptance_without_them),
		API_TEST(three_inputs_that_mean_nothing_end_the_call),
		API_TEST(zero_and_star_say_what_the_keys_do_and_are_no_mistake),
		API_TEST(three_silences_end_the_call),
		API_TEST(three_reads_the_job_again_and_is_no_mistake),
		API_TEST(who_declines_may_say_why_and_the_next_is_rung_meanwhile),
		API_TEST(who_hangs_up_when_asked_why_has_declined_all_the_same),
		API_TEST(who_says_nothing_when_asked_why_has_declined_once),
		API_TEST(minutes_that_are_none_are_asked_for_again_and_the_job_is_kept),
		API_TEST(who_accepts_too_late_is_told_so),
		API_TEST(who_accepts_late_while_nobody_else_has_gets_the_job),
		API_TEST(of_two_who_accept_at_the_same_moment_one_has_the_job),
		API_TEST(who_picks_up_after_the_cancellation_is_told_so),
		API_TEST(a_machine_is_hung_up_on_and_the_next_is_rung),
		API_TEST(who_is_not_known_to_be_a_machine_hears_the_job),
		API_TEST(every_end_of_a_call_has_its_own_reason),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
