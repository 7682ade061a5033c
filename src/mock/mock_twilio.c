#include <openssl/evp.h>

#include "mock/mock_twilio.h"

#define CREDENTIALS_BYTES_MAX 256
#define URL_BYTES_MAX         4000
#define BODY_CHARACTERS_MAX   1600

void
mock_twilio_refuse(
    struct http_response *ret, struct arena *arena, int status, int code, struct str message)
{
	struct buf buf = buf_in(arena, 1024 + message.len * 6);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_int(&writer, STR("code"), code);
	json_member_text(&writer, STR("message"), message);
	json_member_text(&writer, STR("more_info"),
	    arena_printf(arena, "https://www.twilio.com/docs/errors/%d", code));
	json_member_int(&writer, STR("status"), status);
	json_end_map(&writer);
	mock_answer_json(ret, status, &buf);
}

static void
refuse_path(struct http_response *ret, struct arena *arena, struct str path)
{
	mock_twilio_refuse(ret, arena, 404, 20404,
	    arena_printf(arena, "The requested resource %.*s was not found",
		STR_ARG(str_is_utf8(path) ? path : STR(""))));
}

/* Whether ${authorization} is the basic authentication of ${sid} and ${token} (RFC 7617). */
static bool
is_authorised(struct str authorization, struct str sid, struct str token)
{
	char plain[CREDENTIALS_BYTES_MAX];
	unsigned char encoded[CREDENTIALS_BYTES_MAX * 2];
	struct buf buf = buf_over(plain, sizeof(plain));
	int length;

	buf_printf(&buf, "%.*s:%.*s", STR_ARG(sid), STR_ARG(token));
	if (buf.overflowed || !str_starts_with(authorization, STR("Basic ")))
		return false;
	length = EVP_EncodeBlock(encoded, (const unsigned char *)plain, (int)buf.len);
	return str_equal((struct str){ authorization.ptr + 6, authorization.len - 6 },
	    (struct str){ (const char *)encoded, (size_t)length });
}

/* The account that ${sid} names, or NULL. */
static const struct mock_account *
find_account(const struct mock_config *config, struct str sid)
{
	if (str_equal(sid, config->account.sid))
		return &config->account;
	for (size_t i = 0; i < config->subaccount_count; i++)
		if (str_equal(sid, config->subaccounts[i].sid))
			return &config->subaccounts[i];
	return NULL;
}

/* The main account's credentials open everything, a subaccount's its own. */
static bool
may_enter(const struct mock_config *config, const struct http_request *request,
    const struct mock_account *account)
{
	struct str given =
	    http_header_find(request->headers, request->header_count, STR("Authorization"));

	return is_authorised(given, config->account.sid, config->account.token) ||
	       (account != NULL && !str_empty(account->token) &&
		   is_authorised(given, account->sid, account->token));
}

/* E.164, which is all that a telephone number can be here. */
static bool
is_number(struct str text)
{
	if (text.len < 8 || text.len > 16 || text.ptr[0] != '+')
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return true;
}

static bool
is_url(struct str text)
{
	return (str_starts_with(text, STR("http://")) || str_starts_with(text, STR("https://"))) &&
	       text.len <= URL_BYTES_MAX && str_find(text, STR(" ")) == SIZE_MAX;
}

/* A rule that a form must keep, and Twilio's words and code when it does not. */
struct rule {
	bool broken;
	int code;
	const char *message;
};

/* Refuse the form by the first broken rule; false when there is none. */
static bool
refuse_form(struct http_response *ret, struct arena *arena, const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!rules[i].broken)
			continue;
		mock_twilio_refuse(ret, arena, 400, rules[i].code, str_from_z(rules[i].message));
		return true;
	}
	return false;
}

/* Only POST is spoken to webhooks here, which is Twilio's default. */
static bool
is_other_method(const struct form *form, struct str name)
{
	return form_has(form, name) && !str_equal_nocase(form_find(form, name), STR("POST"));
}

static bool
is_bad_url(const struct form *form, struct str name)
{
	return form_has(form, name) && !is_url(form_find(form, name));
}

/* Whether Timeout is given and no number of seconds up to 600. */
static bool
read_timeout(const struct form *form, struct duration *ret)
{
	int64_t seconds = 60;

	if (form_has(form, STR("Timeout")) &&
	    (!str_parse_i64(form_find(form, STR("Timeout")), &seconds) || seconds < 1 ||
		seconds > 600))
		return false;
	*ret = SECONDS(seconds);
	return true;
}

/* Whether ValidityPeriod is given and no number of seconds up to ten hours. */
static bool
read_validity(const struct form *form, struct duration *ret)
{
	int64_t seconds = 0;

	if (form_has(form, STR("ValidityPeriod")) &&
	    (!str_parse_i64(form_find(form, STR("ValidityPeriod")), &seconds) || seconds < 1 ||
		seconds > 36000))
		return false;
	*ret = SECONDS(seconds);
	return true;
}

static bool
refuse_call(struct http_response *ret, struct arena *arena, const struct form *form)
{
	struct str to = form_find(form, STR("To")), from = form_find(form, STR("From"));
	struct duration timeout;
	struct rule rules[] = {
		{ str_empty(to), 21201, "No 'To' number is specified" },
		{ str_empty(from), 21213, "No 'From' number is specified" },
		{ !is_number(to), 21211,
		    "The phone number you are attempting to call is not valid" },
		{ !is_number(from), 21212, "The source phone number provided is not valid" },
		{ str_empty(form_find(form, STR("Twiml"))) && !is_url(form_find(form, STR("Url"))),
		    21205, "Url is not a valid URL" },
		{ is_other_method(form, STR("Method")), 21209, "Method must be POST" },
		{ is_bad_url(form, STR("StatusCallback")), 21609,
		    "The StatusCallback URL is not a valid URL" },
		{ is_other_method(form, STR("StatusCallbackMethod")), 21209,
		    "StatusCallbackMethod must be POST" },
		{ !read_timeout(form, &timeout), 21208, "Timeout must be between 1 and 600" },
		{ form_has(form, STR("MachineDetection")) &&
			!str_equal(form_find(form, STR("MachineDetection")), STR("Enable")) &&
			!str_equal(
			    form_find(form, STR("MachineDetection")), STR("DetectMessageEnd")),
		    20001, "MachineDetection must be Enable or DetectMessageEnd" },
	};

	return refuse_form(ret, arena, rules, COUNT_OF(rules));
}

/* Which changes of a call are wanted: names one by one, or several in one value. */
static unsigned
read_events(const struct form *form)
{
	unsigned told = 0;

	for (size_t i = 0; i < form->count; i++) {
		struct str rest = form->at[i].value;

		if (!str_equal(form->at[i].name, STR("StatusCallbackEvent")))
			continue;
		while (!str_empty(rest)) {
			struct str event = str_cut(&rest, ' ');

			if (str_equal(event, STR("initiated")))
				told |= 1u << CALL_INITIATED;
			else if (str_equal(event, STR("ringing")))
				told |= 1u << CALL_RINGING;
			else if (str_equal(event, STR("answered")))
				told |= 1u << CALL_IN_PROGRESS;
			else if (str_equal(event, STR("completed")))
				told |= 1u << CALL_COMPLETED;
		}
	}
	return told == 0 ? 1u << CALL_COMPLETED : told;
}

/* POST Calls.json */
static void
create_call(struct mock_twilio_request *asked, struct http_response *ret)
{
	struct world *world = asked->world;
	const struct form *form = &asked->form;
	struct call *call;

	if (refuse_call(ret, asked->arena, form))
		return;
	call = arena_new(world->arena, struct call);
	CHECK(call != NULL);
	call->account = asked->account;
	call->to = world_keep(world, form_find(form, STR("To")));
	call->from = world_keep(world, form_find(form, STR("From")));
	call->url = world_keep(world, form_find(form, STR("Url")));
	call->twiml = world_keep(world, form_find(form, STR("Twiml")));
	call->status_url = world_keep(world, form_find(form, STR("StatusCallback")));
	call->told = read_events(form);
	call->detects_machines = form_has(form, STR("MachineDetection"));
	call->to_the_end =
	    str_equal(form_find(form, STR("MachineDetection")), STR("DetectMessageEnd"));
	if (str_equal(form_find(form, STR("AsyncAmd")), STR("true")))
		call->verdict_url =
		    world_keep(world, form_find(form, STR("AsyncAmdStatusCallback")));
	CHECK(read_timeout(form, &call->timeout));
	mock_call_begin(world, call);
	mock_twilio_answer_call(asked, call, 201, ret);
}

static struct call *
find_call(const struct mock_twilio_request *asked)
{
	for (size_t i = 0; i < asked->world->call_count; i++) {
		struct call *call = asked->world->calls[i];

		if (str_equal(str_from_z(call->sid), asked->sid) && call->account == asked->account)
			return call;
	}
	return NULL;
}

/* Note that somebody asked for ${call} to end. */
static void
note_hang_up(struct world *world, const struct call *call, int64_t http_status)
{
	struct journal_entry *entry = journal_add(world, STR("hang-up"));

	if (entry == NULL)
		return;
	entry->from = call->from;
	entry->to = call->to;
	entry->id = str_from_z(call->sid);
	entry->status = mock_call_status_name(call->status);
	entry->http_status = http_status;
}

/* POST Calls/CA....json: only ending a call is understood. */
static void
update_call(struct mock_twilio_request *asked, struct call *call, struct http_response *ret)
{
	struct str status = form_find(&asked->form, STR("Status"));
	bool complete = str_equal(status, STR("completed"));

	if (!complete && !str_equal(status, STR("canceled"))) {
		mock_twilio_refuse(
		    ret, asked->arena, 400, 20001, STR("Status must be completed or canceled"));
		return;
	}
	if (mock_call_is_over(call->status)) {
		asked->meant = true; /* nobody can know that it has just ended */
		note_hang_up(asked->world, call, 400);
		mock_twilio_refuse(ret, asked->arena, 400, 21220,
		    STR("Call is not in-progress. Cannot redirect."));
		return;
	}
	note_hang_up(asked->world, call, 200);
	/* "canceled" leaves a call alone that somebody has answered. */
	if (call->status != CALL_IN_PROGRESS)
		mock_call_reach(asked->world, call, CALL_CANCELED);
	else if (complete)
		mock_call_reach(asked->world, call, CALL_COMPLETED);
	mock_twilio_answer_call(asked, call, 200, ret);
}

static void
serve_call(struct mock_twilio_request *asked, struct http_response *ret)
{
	struct call *call = find_call(asked);

	if (call == NULL)
		refuse_path(ret, asked->arena, asked->request->path);
	else if (asked->request->method == HTTP_POST)
		update_call(asked, call, ret);
	else
		mock_twilio_answer_call(asked, call, 200, ret);
}

/* POST Messages.json */
static void
create_text(struct mock_twilio_request *asked, struct http_response *ret)
{
	struct world *world = asked->world;
	const struct form *form = &asked->form;
	struct str to = form_find(form, STR("To")), from = form_find(form, STR("From"));
	struct str body = form_find(form, STR("Body"));
	const struct scenario_inbox *inbox =
	    world->preparing
		? NULL
		: scenario_find_inbox(world->scenario, to, mock_text_count(world, to) + 1);
	struct duration validity = { 0 };
	struct text *text;
	struct rule rules[] = {
		{ str_empty(to), 21604, "A 'To' phone number is required." },
		{ str_empty(from), 21603, "A 'From' phone number is required." },
		{ str_empty(body), 21602, "Message body is required." },
		{ !is_number(to), 21211, "Invalid 'To' Phone Number" },
		{ !is_number(from), 21212, "Invalid From Number (caller ID)" },
		{ str_utf8_length(body) > BODY_CHARACTERS_MAX, 21617,
		    "The concatenated message body exceeds the 1600 character limit" },
		{ is_bad_url(form, STR("StatusCallback")), 21609,
		    "The StatusCallback URL is not a valid URL" },
		{ !read_validity(form, &validity), 21606,
		    "The ValidityPeriod must be between 1 and 36000 seconds" },
		{ mock_inbound_stopped(world, to, from), 21610,
		    "Attempt to send to unsubscribed recipient" },
		{ inbox != NULL && inbox->delivery == SCENARIO_REFUSED,
		    inbox == NULL ? 0 : (int)inbox->code, "The recipient cannot be written to" },
	};

	if (refuse_form(ret, asked->arena, rules, COUNT_OF(rules))) {
		asked->meant = inbox != NULL && inbox->delivery == SCENARIO_REFUSED;
		asked->meant = asked->meant || mock_inbound_stopped(world, to, from);
		return;
	}
	text = arena_new(world->arena, struct text);
	CHECK(text != NULL);
	text->account = asked->account;
	text->to = world_keep(world, to);
	text->from = world_keep(world, from);
	text->body = world_keep(world, body);
	text->status_url = world_keep(world, form_find(form, STR("StatusCallback")));
	text->inbox = inbox;
	text->validity = validity;
	mock_text_begin(world, text);
	mock_twilio_answer_text(asked, text, 201, ret);
}

static void
serve_text(struct mock_twilio_request *asked, struct http_response *ret)
{
	for (size_t i = 0; i < asked->world->text_count; i++) {
		struct text *text = asked->world->texts[i];

		if (!str_equal(str_from_z(text->sid), asked->sid) ||
		    text->account != asked->account)
			continue;
		mock_twilio_answer_text(asked, text, 200, ret);
		return;
	}
	refuse_path(ret, asked->arena, asked->request->path);
}

/* ".../Accounts/AC..../${rest}", or nothing of ours. */
static void
route(struct mock_twilio_request *asked, struct str rest, struct http_response *ret)
{
	struct str name = str_cut(&rest, '/');
	bool post = asked->request->method == HTTP_POST;

	if (str_equal(name, STR("Calls.json")) && str_empty(rest)) {
		if (post)
			create_call(asked, ret);
		else
			mock_twilio_list_calls(asked, ret);
	} else if (str_equal(name, STR("Messages.json")) && str_empty(rest)) {
		if (post)
			create_text(asked, ret);
		else
			mock_twilio_list_texts(asked, ret);
	} else if (str_equal(name, STR("Calls")) || str_equal(name, STR("Messages"))) {
		asked->sid = str_cut(&rest, '.');
		if (!str_equal(rest, STR("json")))
			refuse_path(ret, asked->arena, asked->request->path);
		else if (str_equal(name, STR("Calls")))
			serve_call(asked, ret);
		else
			serve_text(asked, ret);
	} else {
		refuse_path(ret, asked->arena, asked->request->path);
	}
}

/* Note a request that was not carried out, or not answered. */
static void
note_refusal(struct world *world, const struct http_request *request, int status, bool meant)
{
	struct journal_entry *entry = journal_add(world, STR("twilio-refused"));

	if (entry == NULL)
		return;
	entry->url = world_keep(world, request->path);
	entry->body = world_keep(world, request->body);
	entry->status = meant ? STR("meant") : STR("");
	entry->http_status = status;
}

/* Which of the requests that trouble may be about this one is. */
static enum scenario_scope
scope_of(const struct http_request *request)
{
	if (request->method != HTTP_POST)
		return SCENARIO_FOR_LOOKUPS;
	if (str_find(request->path, STR("/Calls.json")) != SIZE_MAX)
		return SCENARIO_FOR_CALLS;
	if (str_find(request->path, STR("/Messages.json")) != SIZE_MAX)
		return SCENARIO_FOR_TEXTS;
	return SCENARIO_FOR_HANG_UPS;
}

/* Whether there were as many requests in this second as Twilio takes. */
static bool
is_too_much(struct world *world)
{
	struct instant now = world_now(world);

	if (world->scenario->requests_per_s <= 0 || world->preparing)
		return false;
	if (instant_since(now, world->second).us >= SECONDS(1).us) {
		world->second = now;
		world->requests_of_second = 0;
	}
	return ++world->requests_of_second > world->scenario->requests_per_s;
}

/* Answer as Twilio in ${trouble} does instead of doing anything; false when it does it first. */
static bool
is_stopped_by(struct world *world, const struct scenario_outage *trouble, struct arena *arena,
    struct http_response *ret)
{
	struct buf buf = buf_in(arena, 64);

	switch (trouble == NULL ? SCENARIO_UP : trouble->kind) {
	case SCENARIO_DOWN:
		mock_twilio_refuse(ret, arena, 500, 20500, STR("Internal Server Error"));
		return true;
	case SCENARIO_BUSY_API:
		mock_twilio_refuse(ret, arena, 429, 20429, STR("Too Many Requests"));
		return true;
	case SCENARIO_REVOKED:
		mock_twilio_refuse(ret, arena, 401, 20003, STR("Authenticate"));
		return true;
	case SCENARIO_GARBLED:
		buf_str(&buf, STR("{\"sid\":"));
		mock_answer_json(ret, 200, &buf);
		return true;
	case SCENARIO_ANSWERS_ERROR:
		mock_twilio_refuse(ret, arena, (int)trouble->status, (int)trouble->code,
		    STR("The request could not be carried out"));
		return true;
	case SCENARIO_DROPS:
		world->fate.breaks = true;
		http_respond_text(ret, 200, STR(""));
		return true;
	case SCENARIO_UP:
	case SCENARIO_LOSES_ANSWER:
	case SCENARIO_FAILS_AFTER:
	case SCENARIO_SLOW:
	case SCENARIO_HALF:
	case SCENARIO_WRONG_TYPES:
	case SCENARIO_HTML:
	case SCENARIO_NOTHING:
	case SCENARIO_NO_TASKS:
	case SCENARIO_FORGETS:
		return false;
	}
	UNREACHABLE("kind of outage");
}

/* What becomes of the answer, now that all is done. */
static void
spoil_answer(struct world *world, const struct scenario_outage *trouble, struct arena *arena,
    struct http_response *ret)
{
	if (trouble == NULL)
		return;
	if (trouble->kind == SCENARIO_LOSES_ANSWER)
		world->fate.breaks = true;
	else if (trouble->kind == SCENARIO_FAILS_AFTER)
		mock_twilio_refuse(ret, arena, 500, 20500, STR("Internal Server Error"));
	else if (trouble->kind == SCENARIO_SLOW)
		world->fate.later = trouble->by;
}

/* Whether the request is in order so far; answers it when it is not. */
static bool
admit(struct mock_twilio_request *asked, struct str sid, struct http_response *ret)
{
	const struct http_request *request = asked->request;
	struct str form = request->method == HTTP_POST ? request->body : request->query;

	asked->account = find_account(asked->world->config, sid);
	if (!may_enter(asked->world->config, request, asked->account))
		mock_twilio_refuse(ret, asked->arena, 401, 20003, STR("Authenticate"));
	else if (asked->account == NULL)
		refuse_path(ret, asked->arena, request->path);
	else if (request->method != HTTP_POST && request->method != HTTP_GET)
		mock_twilio_refuse(ret, asked->arena, 405, 20004, STR("Method not allowed"));
	else if (!form_parse(asked->arena, form, &asked->form))
		mock_twilio_refuse(ret, asked->arena, 400, 20001, STR("The form cannot be read"));
	else if (world_full(asked->world))
		mock_twilio_refuse(ret, asked->arena, 503, 20503, STR("The mock world is full"));
	else
		return true;
	return false;
}

void
mock_twilio_serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct mock_twilio_request asked = { .world = world, .request = request, .arena = arena };
	const struct scenario_outage *trouble;
	struct str rest = request->path, sid;

	(void)str_cut(&rest, '/');
	(void)str_cut(&rest, '/');
	if (!str_equal(str_cut(&rest, '/'), STR("Accounts"))) {
		refuse_path(ret, arena, request->path);
		return;
	}
	sid = str_cut(&rest, '/');
	trouble = mock_trouble_find(
	    world, &world->scenario->twilio, &world->twilio_weather, scope_of(request), STR(""));
	if (is_too_much(world)) {
		asked.meant = true;
		mock_twilio_refuse(ret, arena, 429, 20429, STR("Too Many Requests"));
	} else if (is_stopped_by(world, trouble, arena, ret)) {
		asked.meant = true;
	} else if (admit(&asked, sid, ret)) {
		route(&asked, rest, ret);
		asked.meant = asked.meant || (ret->status < 400 && trouble != NULL);
		spoil_answer(world, trouble, arena, ret);
	}
	if (ret->status >= 400 || world->fate.breaks)
		note_refusal(world, request, ret->status, asked.meant);
}
