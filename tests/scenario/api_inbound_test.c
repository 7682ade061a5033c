#include <stdlib.h>

#include "app/change.h"
#include "app/record_change.h"
#include "bin/development.h"
#include "domain/ringdown/page_code.h"
#include "proto/form.h"
#include "store/store_send.h"
#include "support/call_back.h"
#include "support/plant_record.h"

/*
 * Who texts us or calls us, what they hear and read, and what it does.
 *
 * usage: api_inbound_test mem|pg
 */

/* Of the seed: who is on call in the north of Austin, in the order of ringing. */
#define LEAD     "+15125550101"
#define SPLICER  "+15125550102"
#define STRANGER "+15125550199"

/* Ours, that they text and call. */
#define OURS "+15125550900"

/* -- who was paged -- */

/* The ${place}-th person of the plan of ${eco}, from 0. */
static struct roster_person
person_of(const char *eco, size_t place)
{
	struct store_session *session = worker_session();
	struct change_loaded *loaded;
	struct uuid id;

	assert_true(uuid_parse(str_from_z(eco), &id));
	assert_no_fault(change_load(session, arena, id, &loaded));
	assert_true(place < loaded->callout.ringdown.plan.count);
	store_session_close(session);
	return loaded->callout.ringdown.plan.people[place];
}

/* ${number} was paged for the ${place}-th person of ${eco}, ${ago_s} seconds ago. */
static void
was_paged(const char *eco, size_t place, const char *number, int64_t ago_s)
{
	struct store_session *session = worker_session();
	struct instant now = clock_now(server.clock);
	struct store_page page = {
		.attempt = 1, .person = person_of(eco, place).id, .at = { now.us - ago_s * 1000000 }
	};

	assert_true(uuid_parse(str_from_z(eco), &page.eco));
	assert_no_fault(store_note_page(
	    session, arena, vault_fingerprint(&server.vault, str_from_z(number)), &page));
	store_session_close(session);
}

/* The code by which texts name ${eco}. */
static const char *
code_of(const char *eco)
{
	char code[PAGE_CODE_LEN + 1];
	struct uuid id;

	assert_true(uuid_parse(str_from_z(eco), &id));
	page_code(id, code);
	return print("%s", code);
}

static const char *
job_of(const char *eco)
{
	return text_at(eco_of(DISPATCHER, eco), "jobNumber");
}

/* The callouts of the tests before, and whoever is rung for them. */
static const char *begun[256];
static size_t begun_count;

/* Nobody is rung any more, and no page is known of: each test has the numbers to itself. */
static void
forget_pages(void)
{
	for (; begun_count > 0; begun_count--)
		(void)command(OPERATOR, "cancelEco", NULL,
		    print("\"ecoId\":\"%s\",\"reason\":\"The test is over\"",
			begun[begun_count - 1]));
	server_world_settle(&server);
	clock_advance(server.clock, HOURS(8 * 24));
	server_world_settle(&server);
}

/* A callout with ${description}, of which ${number} was paged ${ago_s} seconds ago. */
static const char *
begun_for(const char *number, const char *description, int64_t ago_s)
{
	static char ids[COUNT_OF(begun)][40];
	const char *eco = created((struct create){ .description = description });

	assert_true(begun_count < COUNT_OF(begun));
	(void)snprintf(ids[begun_count], sizeof(ids[0]), "%s", eco);
	begun[begun_count] = ids[begun_count];
	begun_count++;
	was_paged(eco, 0, number, ago_s);
	return eco;
}

static const char *
created_for(const char *number)
{
	return begun_for(number, NULL, 0);
}

/* -- what they do -- */

/* ${text} without what a form has another meaning for. */
static const char *
encoded(const char *text)
{
	struct buf buf = buf_in(arena, 4096);

	form_encode(&buf, STR("Body"), str_from_z(text));
	return arena_copy_z(arena, buf_view(&buf));
}

/* What is answered to ${text} of ${from}; the MessageSid is ${sid}. */
static const char *
texts_as(const char *sid, const char *from, const char *text, const char *more)
{
	return HEARS(.route = "/text", .query = "",
	    .body = print("MessageSid=%s&From=%%2B%s&To=%%2B%s&%s%s", sid, from + 1, &OURS[1],
		encoded(text), more));
}

static const char *
texts(const char *from, const char *text)
{
	return texts_as(new_key(), from, text, "");
}

#define NO_ANSWER "<Response></Response>"

/* What is heard by who calls us from ${from}, in the call ${sid}. */
static const char *
calls(const char *sid, const char *from)
{
	return HEARS(.route = "in", .query = "",
	    .body = print("CallSid=%s&From=%%2B%s&To=%%2B%s", sid, from + 1, &OURS[1]));
}

/* What is heard after ${digits}, at the first place that ${heard} says input goes to. */
static const char *
presses(const char *sid, const char *from, const char *heard, const char *digits)
{
	const char *begin = strstr(heard, "action=\""), *path, *end;
	struct buf target = buf_in(arena, 4096);

	if (begin == NULL)
		fail_msg("nothing is asked: %s", heard);
	path = strstr(begin, "/webhooks/twilio/");
	assert_non_null(path);
	path += strlen("/webhooks/twilio");
	end = strchr(path, '"');
	for (const char *c = path; c < end; c++) {
		buf_char(&target, *c);
		if (str_starts_with((struct str){ c, (size_t)(end - c) }, STR("&amp;")))
			c += strlen("amp;");
	}
	path = arena_copy_z(arena, buf_view(&target));
	assert_non_null(path);
	end = strchr(path, '?');
	assert_non_null(end);
	return HEARS(.route = print("%.*s", (int)(end - path), path), .query = end,
	    .body = print("CallSid=%s&From=%%2B%s&Digits=%s", sid, from + 1, digits));
}

/* -- texts -- */

static void
a_text_accepts_with_minutes(void **state)
{
	const char *eco, *read;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	read = texts(LEAD, "A 45");
	assert_contains(read, print("%s is yours, ETA 45 min", job_of(eco)));
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_int_equal(int_at(eco_of(OPERATOR, eco), "etaMinutes"), 45);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
}

static void
a_text_that_comes_twice_is_answered_the_same_and_counts_once(void **state)
{
	const char *eco, *other, *first, *sid = new_key();

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	first = texts_as(sid, LEAD, "A 45", "");
	assert_contains(first, "is yours");
	/* Another callout that is open meanwhile is not accepted by the repeat. */
	other = created_for(LEAD);
	assert_string_equal(texts_as(sid, LEAD, "A 45", ""), first);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
	assert_text_at(eco_of(OPERATOR, other), "dispatch", "RINGING");
}

static void
with_several_open_a_code_is_needed_and_any_of_them_is_good(void **state)
{
	const char *first, *second, *read;

	(void)state;
	forget_pages();
	first = created_for(LEAD);
	second = created_for(LEAD);
	read = texts(LEAD, "A 30");
	assert_contains(read, "Which one?");
	assert_contains(read, print("%s for %s", code_of(first), job_of(first)));
	assert_contains(read, print("%s for %s", code_of(second), job_of(second)));
	assert_text_at(eco_of(OPERATOR, first), "dispatch", "RINGING");
	assert_contains(texts(LEAD, print("%s a 30", code_of(first))), job_of(first));
	assert_text_at(eco_of(OPERATOR, first), "dispatch", "ACCEPTED");
	assert_text_at(eco_of(OPERATOR, second), "dispatch", "RINGING");
	assert_contains(texts(LEAD, print("A %s", job_of(second))), "When will you be there?");
	assert_text_at(eco_of(OPERATOR, second), "dispatch", "ACCEPTED");
}

static void
a_code_that_is_not_among_theirs_accepts_nothing(void **state)
{
	const char *eco, *code;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	code = strcmp(code_of(eco), "XZX") == 0 ? "ZXZ" : "XZX";
	assert_contains(texts(LEAD, print("A 45 %s", code)), "Which one?");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "RINGING");
	assert_contains(texts(LEAD, "A 45 HC-MFR-99999-9"), "Which one?");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "RINGING");
}

static void
a_text_declines_and_the_next_is_rung(void **state)
{
	const char *eco;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	assert_contains(texts(LEAD, "D 2"), "Noted: you do not take");
	assert_contains(story(eco), "was declined: too far away");
	assert_contains(story(eco), "Contact 2 (North splicer 1) is being rung");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "RINGING");
}

static void
who_accepts_by_text_too_late_is_told_so(void **state)
{
	const char *eco;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	was_paged(eco, 1, SPLICER, 0);
	assert_contains(texts(SPLICER, "A 20"), "is yours");
	assert_contains(texts(LEAD, "A 45"), "does not need you any more");
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAccepted"), 1);
	assert_int_equal(count_entries(DISPATCHER, eco, "PageAcceptedTooLate"), 1);
	assert_int_equal(int_at(eco_of(OPERATOR, eco), "etaMinutes"), 20);
}

static void
who_has_accepted_says_when_and_that_they_are_there(void **state)
{
	const char *eco;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	assert_contains(texts(LEAD, "S"), "You have accepted no callout");
	assert_contains(texts(LEAD, "A"), "When will you be there?");
	assert_contains(texts(LEAD, "E 30"), "ETA 30 min");
	assert_int_equal(count_entries(DISPATCHER, eco, "EtaChanged"), 1);
	assert_contains(texts(LEAD, "on site"), "Noted: on site");
	assert_int_equal(count_entries(DISPATCHER, eco, "CrewOnSite"), 1);
}

static void
what_is_not_understood_does_nothing_and_says_what_can_be_said(void **state)
{
	const char *eco, *read;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	read = texts(LEAD, "A bit busy, sorry");
	assert_contains(read, "Not understood, nothing was done. Text A 45 to accept");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "RINGING");
	read = texts(LEAD, "?");
	assert_contains(read, "<Message>Text A 45 to accept");
}

static void
a_number_that_nobody_has_gets_no_answer_and_leaves_no_trace(void **state)
{
	static const char *const said[] = { "A 45", "STOP", "START", "?", "hello" };
	size_t events = events_in_all(), recorded = rejections(NULL);

	(void)state;
	forget_pages();
	events = events_in_all();
	for (size_t i = 0; i < COUNT_OF(said); i++)
		assert_contains(texts(STRANGER, said[i]), NO_ANSWER);
	assert_contains(texts_as(new_key(), "+12", "A 45", ""), NO_ANSWER);
	assert_int_equal(events_in_all(), events);
	assert_int_equal(rejections(NULL), recorded);
}

static void
answers_to_answers_end_after_five(void **state)
{
	const char *eco;

	(void)state;
	forget_pages();
	for (int i = 0; i < 5; i++)
		assert_contains(texts(SPLICER, "Thank you for your message"), "Not understood");
	assert_contains(texts(SPLICER, "Thank you for your message"), NO_ANSWER);
	/* Silence is not deafness. */
	eco = created_for(SPLICER);
	assert_contains(texts(SPLICER, "A 45"), "is yours");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_contains(texts(SPLICER, "Thank you for your message"), "Not understood");
}

/* -- STOP and START -- */

static bool
is_opted_out(const char *label)
{
	const struct json *people =
	    at(ask(DISPATCHER, "{people(first:100){edges{node{label optedOut}}}}", "{}"),
		"data.people.edges");

	for (size_t i = 0; i < count_at(people, ""); i++) {
		const struct json *node = at(&people->list.items[i], "node");

		if (str_equal(at(node, "label")->text, str_from_z(label)))
			return at(node, "optedOut")->boolean;
	}
	fail_msg("there is no %s", label);
	return false;
}

static void
stop_and_start_are_honoured_and_recorded(void **state)
{
	const char *eco;

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	/* Twilio says by itself that STOP was heard. */
	assert_contains(texts(LEAD, "Stop."), NO_ANSWER);
	assert_true(is_opted_out("North crew lead"));
	assert_contains(story(eco), "was declined: not on call");
	assert_contains(texts(LEAD, "STOPALL"), NO_ANSWER);
	assert_contains(texts(LEAD, "START"), "You can be called and texted again");
	assert_false(is_opted_out("North crew lead"));
	assert_contains(texts_as(new_key(), LEAD, "arret", "&OptOutType=STOP"), NO_ANSWER);
	assert_true(is_opted_out("North crew lead"));
	assert_contains(texts_as(new_key(), LEAD, "UNSTOP", "&OptOutType=START"), NO_ANSWER);
	assert_false(is_opted_out("North crew lead"));
}

static void
stop_is_for_whoever_has_the_number_and_for_nobody_else(void **state)
{
	(void)state;
	forget_pages();
	assert_contains(texts(STRANGER, "STOP"), NO_ANSWER);
	assert_contains(texts(SPLICER, "QUIT"), NO_ANSWER);
	assert_true(is_opted_out("North splicer 1"));
	assert_false(is_opted_out("North crew lead"));
	assert_contains(texts(SPLICER, "yes"), "again");
	assert_false(is_opted_out("North splicer 1"));
}

/* -- calls to us -- */

static void
who_calls_back_hears_the_job_and_accepts(void **state)
{
	const char *eco, *heard, *sid = new_key();

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	heard = calls(sid, LEAD);
	assert_contains(heard, "This is Osprey Strike with an emergency callout.");
	assert_contains(heard, "Press 1 to accept.");
	assert_lacks(heard, "Press 9");
	heard = presses(sid, LEAD, heard, "1");
	assert_contains(heard, "In how many minutes");
	heard = presses(sid, LEAD, heard, "25");
	assert_contains(heard, "The job is yours");
	assert_text_at(eco_of(OPERATOR, eco), "dispatch", "ACCEPTED");
	assert_int_equal(int_at(eco_of(OPERATOR, eco), "etaMinutes"), 25);
	assert_contains(story(eco), "CALL_BACK");
}

static void
who_calls_back_and_says_nothing_leaves_nothing(void **state)
{
	const char *heard, *sid = new_key();
	size_t events;

	(void)state;
	forget_pages();
	(void)created_for(LEAD);
	heard = calls(sid, LEAD);
	events = events_in_all();
	heard = presses(sid, LEAD, heard, "");
	heard = presses(sid, LEAD, heard, "7");
	heard = presses(sid, LEAD, heard, "");
	assert_contains(heard, "Goodbye");
	assert_int_equal(events_in_all(), events);
}

static void
of_several_callouts_nine_is_the_next_and_eight_asks_for_a_number(void **state)
{
	const char *older, *newer, *heard, *sid = new_key(), *digits;

	(void)state;
	forget_pages();
	older = begun_for(LEAD, "\"Older one\"", 0);
	clock_advance(server.clock, SECONDS(1));
	server_world_settle(&server);
	newer = begun_for(LEAD, "\"Newer one\"", 0);
	heard = calls(sid, LEAD);
	assert_contains(heard, "Newer one");
	assert_contains(heard, "Press 9 for your next callout");
	heard = presses(sid, LEAD, heard, "9");
	assert_contains(heard, "place=2");
	heard = HEARS(.route = "in", .query = "?eco=&place=2",
	    .body = print("CallSid=%s&From=%%2B%s", sid, &LEAD[1]));
	assert_contains(heard, "Older one");
	heard = presses(sid, LEAD, heard, "8");
	assert_contains(heard, "Enter the digits of the job number");
	heard = presses(sid, LEAD, heard, "99999999");
	assert_contains(heard, "Enter the digits of the job number");
	/* "HC-MFR-00042-0": what has digits is "000420". */
	digits = strchr(strchr(job_of(newer), '-') + 1, '-') + 1;
	heard = presses(sid, LEAD, heard,
	    print("%.*s%s", (int)strcspn(digits, "-"), digits, strchr(digits, '-') + 1));
	assert_contains(heard, "Newer one");
	heard = presses(sid, LEAD, heard, "2");
	assert_contains(heard, "You declined");
	assert_contains(story(newer), "was declined");
	assert_int_equal(count_entries(DISPATCHER, older, "PageDeclined"), 0);
}

static void
strangers_learn_nothing_and_people_without_a_callout_that_there_is_none(void **state)
{
	const char *heard;

	(void)state;
	forget_pages();
	heard = calls(new_key(), STRANGER);
	assert_contains(heard, "This number takes no calls. Goodbye.");
	assert_lacks(heard, "Osprey");
	assert_contains(heard, "<Hangup/>");
	heard = calls(new_key(), LEAD);
	assert_contains(heard, "There is no callout for you.");
}

static void
who_has_accepted_and_calls_says_where_they_are(void **state)
{
	const char *eco, *heard, *sid = new_key();

	(void)state;
	forget_pages();
	eco = created_for(LEAD);
	assert_contains(texts(LEAD, "A 30"), "is yours");
	heard = calls(sid, LEAD);
	assert_contains(heard, "Press 1 if you are on site");
	heard = presses(sid, LEAD, heard, "2");
	assert_contains(heard, "In how many minutes");
	heard = presses(sid, LEAD, heard, "50");
	assert_contains(heard, "Your time is noted");
	assert_int_equal(count_entries(DISPATCHER, eco, "EtaChanged"), 1);
	sid = new_key();
	heard = presses(sid, LEAD, calls(sid, LEAD), "1");
	assert_contains(heard, "noted that you are on site");
	assert_int_equal(count_entries(DISPATCHER, eco, "CrewOnSite"), 1);
}

/* -- the PIN -- */

static void
give_pin(const char *eco, const char *pin)
{
	const struct json *answer = ask("roster_manager@hill-country-osp",
	    "mutation($input:SetPersonPinInput!){setPersonPin(input:$input){__typename ... on "
	    "Refusal{code message}}}",
	    print("{\"input\":{\"idempotencyKey\":\"%s\",\"personId\":\"%s\",\"pin\":%s}}",
		new_key(), arena_copy_z(arena, uuid_text(arena, person_of(eco, 0).id)), pin));

	assert_text_at(answer, "data.setPersonPin.__typename", "PersonCommandSuccess");
}

static void
before_the_pin_nothing_is_said_and_three_wrong_ones_end_the_call(void **state)
{
	const char *eco, *heard, *sid = new_key();

	(void)state;
	forget_pages();
	give_pin(created_for(LEAD), "\"4711\"");
	forget_pages();
	eco = created_for(LEAD);
	heard = HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human");
	assert_contains(heard, "Please enter your PIN");
	assert_lacks(heard, "Job number");
	/* Who skips the question is asked it. */
	assert_contains(
	    HEARS(.route = "choice", .eco = eco, .more = "&menu=job&try=1", .form = "&Digits=1"),
	    "Please enter your PIN");
	assert_contains(texts(LEAD, "A 45"), "needs your PIN: call " OURS);
	heard = calls(sid, LEAD);
	assert_contains(heard, "Please enter your PIN");
	heard = presses(sid, LEAD, heard, "4712");
	assert_contains(heard, "that was not the PIN");
	heard = presses(sid, LEAD, heard, "4711");
	assert_contains(heard, "Press 1 to accept");
	assert_lacks(heard, "4711");
	for (int try = 1; try <= 3; try++)
		heard = HEARS(.route = "pin", .eco = eco, .more = print("&menu=pin&try=%d", try),
		    .form = print("&Digits=000%d", try));
	assert_contains(heard, "Goodbye");
	assert_contains(story(eco), "three wrong PINs");
	assert_lacks(story(eco), "0003");
	give_pin(eco, "null");
}

/* -- what becomes of texts of ours -- */

static void
a_state_of_a_text_that_nobody_knows_is_400_and_notices_need_no_attempt(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_int_equal(send_back((struct call_back){ .route = "/text/status",
				       .eco = eco,
				       .body = "MessageSid=SM1&MessageStatus=exploded" })
			     ->status,
	    400);
	assert_int_equal(
	    send_back((struct call_back){ .route = "/text/status",
			  .query = print("?eco=%s&notice=tell-taken&number=1", eco),
			  .body = "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003" })
		->status,
	    204);
	assert_int_equal(send_back((struct call_back){ .route = "/text/status",
				       .eco = eco,
				       .attempt = 99,
				       .body = "MessageSid=SM1&MessageStatus=sent" })
			     ->status,
	    404);
}

/* -- the gateway -- */

#define GATEWAY_SECRET "secret-of-the-gateway"

static int
gateway_status(struct call_back given)
{
	given.gateway = true;
	if (given.token == NULL)
		given.token = GATEWAY_SECRET;
	return send_back(given)->status;
}

static void
the_gateway_signs_in_its_own_way_and_not_for_long(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct call_back genuine = {
		.route = "status", .eco = eco, .body = "CallSid=1&CallStatus=ringing"
	};
	struct call_back given = genuine;
	int64_t now_s = clock_now(server.clock).us / 1000000;
	struct store_rejection last = { .route = STR("") };

	(void)state;
	/* Without a secret nothing is genuine, not even what is signed with none. */
	given.token = "";
	assert_int_equal(gateway_status(given), 403);
	assert_int_equal(gateway_status(genuine), 403);
	server.settings.gateway_signing_secret = secret_of(STR(GATEWAY_SECRET));
	server.settings.gateway_signing_secret_previous = secret_of(STR("before"));
	assert_int_equal(gateway_status(genuine), 204);
	given.token = "before";
	assert_int_equal(gateway_status(given), 204);
	given.token = "another";
	assert_int_equal(gateway_status(given), 403);
	given = genuine;
	given.signed_body = "CallSid=1&CallStatus=busy";
	assert_int_equal(gateway_status(given), 403);
	given = genuine;
	given.signed_target = "/webhooks/gateway/voice/status";
	assert_int_equal(gateway_status(given), 403);
	given = genuine;
	given.moment_s = now_s - 300;
	assert_int_equal(gateway_status(given), 204);
	given.moment_s = now_s - 301;
	assert_int_equal(gateway_status(given), 403);
	(void)rejections(&last);
	assert_text(last.reason, "the signature is too old, or of the future");
	given.moment_s = now_s + 301;
	assert_int_equal(gateway_status(given), 403);
	/* Twilio's proof is none for the gateway, nor the other way round. */
	given = genuine;
	given.token = DEVELOPMENT_AUTH_TOKEN;
	assert_int_equal(gateway_status(given), 403);
	given = genuine;
	given.token = GATEWAY_SECRET;
	assert_int_equal(send_back(given)->status, 403);
	server.settings.gateway_signing_secret = secret_of(STR(""));
	server.settings.gateway_signing_secret_previous = secret_of(STR(""));
}

/* -- forgeries -- */

static void
a_forged_text_or_call_is_403_and_does_nothing(void **state)
{
	static const char *const routes[] = { "/text", "/text/status", "in", "pin", "arrival",
		"fallback" };
	size_t events, recorded;

	(void)state;
	forget_pages();
	(void)created_for(LEAD);
	events = events_in_all();
	recorded = rejections(NULL);
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		assert_int_equal(
		    send_back((struct call_back){ .route = routes[i],
				  .query = "",
				  .token = "forged",
				  .body = "MessageSid=SM1&CallSid=CA1&From=%2B15125550101&Body=A" })
			->status,
		    403);
	assert_int_equal(events_in_all(), events);
	assert_int_equal(rejections(NULL), recorded + COUNT_OF(routes));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_text_accepts_with_minutes),
		API_TEST(a_text_that_comes_twice_is_answered_the_same_and_counts_once),
		API_TEST(with_several_open_a_code_is_needed_and_any_of_them_is_good),
		API_TEST(a_code_that_is_not_among_theirs_accepts_nothing),
		API_TEST(a_text_declines_and_the_next_is_rung),
		API_TEST(who_accepts_by_text_too_late_is_told_so),
		API_TEST(who_has_accepted_says_when_and_that_they_are_there),
		API_TEST(what_is_not_understood_does_nothing_and_says_what_can_be_said),
		API_TEST(a_number_that_nobody_has_gets_no_answer_and_leaves_no_trace),
		API_TEST(answers_to_answers_end_after_five),
		API_TEST(stop_and_start_are_honoured_and_recorded),
		API_TEST(stop_is_for_whoever_has_the_number_and_for_nobody_else),
		API_TEST(who_calls_back_hears_the_job_and_accepts),
		API_TEST(who_calls_back_and_says_nothing_leaves_nothing),
		API_TEST(of_several_callouts_nine_is_the_next_and_eight_asks_for_a_number),
		API_TEST(strangers_learn_nothing_and_people_without_a_callout_that_there_is_none),
		API_TEST(who_has_accepted_and_calls_says_where_they_are),
		API_TEST(before_the_pin_nothing_is_said_and_three_wrong_ones_end_the_call),
		API_TEST(a_state_of_a_text_that_nobody_knows_is_400_and_notices_need_no_attempt),
		API_TEST(the_gateway_signs_in_its_own_way_and_not_for_long),
		API_TEST(a_forged_text_or_call_is_403_and_does_nothing),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
