#include "mock/mock_twiml.h"
#include "mock/world.h"
#include "proto/twilio_signature.h"

/* Where people turn to when nothing says so. */
#define NUMBER STR("+15125550900")

/* Replies of a webhook to one text. */
#define ANSWERS_MAX 8

/* The words that Twilio itself understands ("Twilio support for opt-out keywords"). */
static const char *const stop_words[] = { "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT",
	"REVOKE", "OPTOUT" };
static const char *const start_words[] = { "START", "YES", "UNSTOP" };

static bool
is_one_of(struct str text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal_nocase(str_trim(text), str_from_z(words[i])))
			return true;
	return false;
}

bool
mock_inbound_stopped(const struct world *world, struct str theirs, struct str ours)
{
	for (const struct opt_out *at = world->opt_outs; at != NULL; at = at->next)
		if (str_equal(at->theirs, theirs) && str_equal(at->ours, ours))
			return true;
	return false;
}

/* STOP keeps all texts from our number away, START lets them come again. */
static void
note_opt_out(struct world *world, struct str theirs, struct str ours, struct str body)
{
	struct opt_out **at = &world->opt_outs, *made;

	if (is_one_of(body, stop_words, COUNT_OF(stop_words)) &&
	    !mock_inbound_stopped(world, theirs, ours)) {
		made = arena_new(world->arena, struct opt_out);
		if (made == NULL)
			return;
		*made = (struct opt_out){ theirs, ours, world->opt_outs };
		world->opt_outs = made;
	}
	if (!is_one_of(body, start_words, COUNT_OF(start_words)))
		return;
	while (*at != NULL)
		if (str_equal((*at)->theirs, theirs) && str_equal((*at)->ours, ours))
			*at = (*at)->next;
		else
			at = &(*at)->next;
}

void
mock_inbound_learn(struct world *world, struct str url)
{
	size_t at = str_find(url, STR("/webhooks/twilio/"));

	if (at != SIZE_MAX)
		world->webhook_url = (struct str){ url.ptr, at + STR("/webhooks/twilio").len };
}

/* "${webhooks}${path}", in the world's memory; empty when nobody knows where they are. */
static struct str
webhook(struct world *world, const char *path)
{
	struct str base =
	    str_empty(world->webhook_url) ? world->config->webhook_url : world->webhook_url;

	return str_empty(base) ? base : arena_printf(world->arena, "%.*s%s", STR_ARG(base), path);
}

/* The number of ours that ${theirs} heard from last. */
static struct str
find_ours(const struct world *world, struct str theirs)
{
	struct str ours = str_empty(world->last_from) ? world->config->number : world->last_from;
	struct instant last = { 0 };

	for (size_t i = 0; i < world->call_count; i++)
		if (!world->calls[i]->inbound && str_equal(world->calls[i]->to, theirs)) {
			ours = world->calls[i]->from;
			last = world->calls[i]->created_at;
		}
	for (size_t i = 0; i < world->text_count; i++)
		if (!world->texts[i]->inbound && str_equal(world->texts[i]->to, theirs) &&
		    world->texts[i]->created_at.us >= last.us)
			ours = world->texts[i]->from;
	return str_empty(ours) ? NUMBER : ours;
}

/* -- texts -- */

/* What the webhook answered is sent to whoever wrote. */
static void
on_answer(struct world *world, struct world_message *message, const struct http_answer *answer,
    struct arena *arena)
{
	const struct text *asked = message->subject;
	struct str texts[ANSWERS_MAX], reason;
	size_t count = 0;

	if (answer->status < 200 || answer->status > 299 || str_empty(str_trim(answer->body)))
		return;
	if (!mock_twiml_read_messages(arena, answer->body, texts, ANSWERS_MAX, &count, &reason)) {
		struct journal_entry *entry = journal_add(world, STR("error"));

		if (entry == NULL)
			return;
		entry->to = asked->from;
		entry->id = str_from_z(asked->sid);
		entry->status = STR("12100");
		entry->body = world_keep(world, reason);
		return;
	}
	for (size_t i = 0; i < count && !world_full(world); i++) {
		struct text *text = arena_new(world->arena, struct text);

		if (text == NULL || mock_inbound_stopped(world, asked->from, asked->to))
			return;
		text->account = asked->account;
		text->from = asked->to;
		text->to = asked->from;
		text->body = world_keep(world, texts[i]);
		text->inbox = scenario_find_inbox(
		    world->scenario, text->to, mock_text_count(world, text->to) + 1);
		mock_text_begin(world, text);
	}
}

/* What Twilio tells about a text that came in. */
static void
describe(const struct text *text, struct buf *form)
{
	form_encode(form, STR("MessageSid"), str_from_z(text->sid));
	form_encode(form, STR("SmsSid"), str_from_z(text->sid));
	form_encode(form, STR("SmsMessageSid"), str_from_z(text->sid));
	form_encode(form, STR("AccountSid"), text->account->sid);
	form_encode(form, STR("From"), text->from);
	form_encode(form, STR("To"), text->to);
	form_encode(form, STR("Body"), text->body);
	form_encode(form, STR("NumMedia"), STR("0"));
	form_encode(form, STR("NumSegments"), STR("1"));
	form_encode(form, STR("SmsStatus"), STR("received"));
	form_encode(form, STR("ApiVersion"), STR("2010-04-01"));
	if (!str_empty(text->opt_out))
		form_encode(form, STR("OptOutType"), text->opt_out);
}

/* The same request with the signature of somebody who does not know the token. */
static void
spoil(struct world *world, struct world_message *message, enum scenario_signature signature)
{
	struct str wrong = STR("bm90IHR3aWxpbydzIHNpZ25hdHVyZSE=");

	if (signature == SCENARIO_WRONGLY_SIGNED)
		message->signature = world_keep(world, wrong);
	if (signature == SCENARIO_UNSIGNED)
		message->signature = STR("");
}

/* Send ${form} to ${url}; the journal calls it ${kind}. */
static void
send_form(struct world *world, struct world_lane *lane, const struct journal_entry *about,
    struct world_message *message)
{
	struct journal_entry *entry = journal_add(world, about->kind);

	if (entry != NULL) {
		struct instant at = entry->at;
		int64_t real_us = entry->real_us;

		*entry = *about;
		entry->at = at;
		entry->real_us = real_us;
		entry->url = message->url;
		if (str_empty(entry->body))
			entry->body = message->body;
		journal_tell(world, entry);
	}
	message->about = entry;
	world_send(world, lane, message);
}

static void
send_text(struct world *world, struct str from, struct str to, struct str body,
    enum scenario_signature signature)
{
	char memory[WORLD_FORM_BYTES_MAX];
	struct buf form = buf_over(memory, sizeof(memory));
	struct text *text = arena_new(world->arena, struct text);
	struct str url = webhook(world, "/text");
	struct world_message *message;

	if (text == NULL || str_empty(url) || world->text_count == WORLD_TEXTS_MAX)
		return;
	world_make_sid("SM", text->sid);
	text->account = &world->config->account;
	text->inbound = true;
	text->from = world_keep(world, from);
	text->to = world_keep(world, str_empty(to) ? find_ours(world, from) : to);
	text->body = world_keep(world, body);
	text->status = STR("received");
	text->created_at = text->updated_at = text->sent_at = world_now(world);
	describe(text, &form);
	message = mock_twilio_message(world, text->account, url, &form);
	if (message == NULL)
		return;
	spoil(world, message, signature);
	message->subject = text;
	if (signature == SCENARIO_SIGNED) {
		world->texts[world->text_count++] = text;
		note_opt_out(world, text->from, text->to, text->body);
		message->answered = on_answer;
	}
	send_form(world, &text->lane,
	    &(struct journal_entry){
		.kind = signature == SCENARIO_SIGNED ? STR("text-in") : STR("forged"),
		.from = text->from,
		.to = text->to,
		.id = str_from_z(text->sid),
		.status = text->status,
		.body = text->body,
	    },
	    message);
}

void
mock_inbound_text(struct world *world, struct str from, struct str to, struct str body)
{
	send_text(world, from, to, body, SCENARIO_SIGNED);
}

/* -- replies -- */

/* A reply that is on its way. */
struct reply {
	struct str from, to, body;
};

static void
send_reply(struct world *world, void *subject)
{
	const struct reply *reply = subject;

	send_text(world, reply->from, reply->to, reply->body, SCENARIO_SIGNED);
}

/* The word behind "code" in ${body}, in any case; empty when there is none. */
static struct str
find_code(struct str body)
{
	struct str rest = body, word;

	while (!str_empty(rest)) {
		word = str_cut(&rest, ' ');
		if (!str_equal_nocase(word, STR("code")))
			continue;
		for (size_t i = 0; i < rest.len; i++) {
			char c = rest.ptr[i];

			if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9'))
				return (struct str){ rest.ptr, i };
		}
		return rest;
	}
	return rest;
}

/* ${pattern} with ${word} in the place of "{code}". */
static struct str
fill_in(struct world *world, struct str pattern, struct str word)
{
	size_t at = str_find(pattern, STR("{code}"));

	if (at == SIZE_MAX)
		return pattern;
	return arena_printf(world->arena, "%.*s%.*s%.*s", (int)at, pattern.ptr, STR_ARG(word),
	    (int)(pattern.len - at - 6), pattern.ptr + at + 6);
}

void
mock_inbound_reply(struct world *world, const struct text *text)
{
	struct instant when = world_now(world);
	struct str code = find_code(text->body);

	for (size_t i = 0; text->inbox != NULL && i < text->inbox->reply_count; i++) {
		const struct scenario_reply *says = &text->inbox->replies[i];
		struct reply *reply = arena_new(world->arena, struct reply);
		struct str body = fill_in(world, says->text, code);

		if (reply == NULL)
			return;
		if (says->with_code && !str_empty(code))
			body =
			    arena_printf(world->arena, "%.*s %.*s", STR_ARG(body), STR_ARG(code));
		*reply = (struct reply){ text->to, text->from, body };
		when = instant_plus(when, says->after);
		world_plan(world, when, send_reply, reply, &world->always);
	}
}

/* -- calls -- */

void
mock_inbound_call(
    struct world *world, struct str from, struct str to, const struct scenario_phone *person)
{
	struct call *call = arena_new(world->arena, struct call);
	struct str url = webhook(world, "/voice/in");
	struct journal_entry *entry;

	if (call == NULL || str_empty(url) || world->call_count == WORLD_CALLS_MAX)
		return;
	world_make_sid("CA", call->sid);
	call->account = &world->config->account;
	call->inbound = true;
	call->from = world_keep(world, from);
	call->to = world_keep(world, str_empty(to) ? find_ours(world, from) : to);
	call->url = url;
	call->person = *person;
	call->created_at = call->updated_at = world_now(world);
	world->calls[world->call_count++] = call;
	entry = journal_add(world, STR("call-in"));
	if (entry != NULL) {
		entry->from = call->from;
		entry->to = call->to;
		entry->id = str_from_z(call->sid);
		entry->url = url;
		journal_tell(world, entry);
	}
	mock_call_pick_up(world, call);
}

/* -- forged statuses -- */

static struct call *
find_last_call(const struct world *world, struct str number)
{
	for (size_t i = world->call_count; i-- > world->calls_before;)
		if (!world->calls[i]->inbound && str_equal(world->calls[i]->to, number))
			return world->calls[i];
	return NULL;
}

static void
forge_status(struct world *world, const struct scenario_inbound *inbound)
{
	char memory[WORLD_FORM_BYTES_MAX], sid[WORLD_SID_BYTES];
	struct buf form = buf_over(memory, sizeof(memory));
	struct call *call = find_last_call(world, inbound->from);
	struct world_message *message;

	if (call == NULL || str_empty(call->status_url))
		return;
	world_make_sid("CA", sid);
	form_encode(&form, STR("CallSid"),
	    str_from_z(inbound->signature == SCENARIO_FOREIGN ? sid : call->sid));
	form_encode(&form, STR("AccountSid"), call->account->sid);
	form_encode(&form, STR("From"), call->from);
	form_encode(&form, STR("To"), call->to);
	form_encode(&form, STR("CallStatus"), inbound->text);
	form_encode(&form, STR("ApiVersion"), STR("2010-04-01"));
	form_encode(&form, STR("Direction"), STR("outbound-api"));
	message = mock_twilio_message(world, call->account, call->status_url, &form);
	if (message == NULL)
		return;
	spoil(world, message, inbound->signature);
	send_form(world, &call->lane,
	    &(struct journal_entry){ .kind = STR("forged"),
		.from = call->from,
		.to = call->to,
		.status = inbound->text },
	    message);
}

/* -- the scenario's own -- */

void
mock_inbound_do(struct world *world, const struct scenario_inbound *inbound)
{
	switch (inbound->kind) {
	case SCENARIO_IN_TEXT:
		send_text(world, inbound->from, inbound->to, inbound->text, inbound->signature);
		return;
	case SCENARIO_IN_CALL:
		mock_inbound_call(world, inbound->from, inbound->to, &inbound->person);
		return;
	case SCENARIO_IN_STATUS:
		forge_status(world, inbound);
		return;
	}
}

static void
do_now(struct world *world, void *subject)
{
	mock_inbound_do(world, subject);
}

void
mock_inbound_plan(struct world *world)
{
	for (size_t i = 0; i < world->scenario->inbound_count; i++) {
		struct scenario_inbound *inbound = &world->scenario->inbounds[i];

		if (inbound->when.kind == SCENARIO_AFTER_CREATION)
			world_plan(world, instant_plus(world->begun_at, inbound->when.after),
			    do_now, inbound, &world->always);
	}
}
