#include "mock/world.h"
#include "proto/twilio_signature.h"

/* How long the network takes to reach a telephone. */
#define NETWORK_DELAY MILLISECONDS(200)

/* How long the listening takes that tells a person from a machine. */
#define HUMAN_VERDICT   SECONDS(2)
#define MACHINE_VERDICT SECONDS(4)

/* A voicemail box records no longer than this. */
#define RECORDING_MAX SECONDS(120)

static const struct str status_names[] = {
	[CALL_QUEUED] = { "queued", 6 },
	[CALL_INITIATED] = { "initiated", 9 },
	[CALL_RINGING] = { "ringing", 7 },
	[CALL_IN_PROGRESS] = { "in-progress", 11 },
	[CALL_COMPLETED] = { "completed", 9 },
	[CALL_BUSY] = { "busy", 4 },
	[CALL_NO_ANSWER] = { "no-answer", 9 },
	[CALL_FAILED] = { "failed", 6 },
	[CALL_CANCELED] = { "canceled", 8 },
};

struct str
mock_call_status_name(enum call_status status)
{
	return status_names[status];
}

static bool
was_answered(const struct call *call)
{
	return call->answered_at.us != 0;
}

bool
mock_call_is_over(enum call_status status)
{
	return status >= CALL_COMPLETED;
}

void
mock_call_describe(const struct call *call, struct buf *form)
{
	form_encode(form, STR("CallSid"), str_from_z(call->sid));
	form_encode(form, STR("AccountSid"), call->account->sid);
	form_encode(form, STR("From"), call->from);
	form_encode(form, STR("To"), call->to);
	form_encode(form, STR("Caller"), call->from);
	form_encode(form, STR("Called"), call->to);
	form_encode(form, STR("CallStatus"), mock_call_status_name(call->status));
	form_encode(form, STR("ApiVersion"), STR("2010-04-01"));
	form_encode(form, STR("Direction"), call->inbound ? STR("inbound") : STR("outbound-api"));
	if (!str_empty(call->answered_by))
		form_encode(form, STR("AnsweredBy"), call->answered_by);
}

struct str
mock_call_person(const struct call *call)
{
	return call->inbound ? call->from : call->to;
}

void
mock_call_note(struct world *world, const struct call *call, struct str kind, struct str text)
{
	struct journal_entry *entry = journal_add(world, kind);

	if (entry == NULL)
		return;
	entry->to = mock_call_person(call);
	entry->id = str_from_z(call->sid);
	entry->body = text;
	journal_tell(world, entry);
}

struct world_message *
mock_twilio_message(
    struct world *world, const struct mock_account *account, struct str url, const struct buf *form)
{
	struct str token =
	    str_empty(account->token) ? world->config->account.token : account->token;
	struct arena_mark mark;
	struct form parsed = { 0 };
	struct str signature = STR("");
	char kept[64];
	struct world_message *message = arena_new(world->arena, struct world_message);

	if (message == NULL || form->overflowed)
		return NULL;
	message->url = world_keep(world, url);
	message->body = world_keep(world, buf_view(form));
	mark = arena_mark(world->arena);
	if (form_parse(world->arena, message->body, &parsed))
		signature = twilio_signature(world->arena, token, url, &parsed);
	CHECK(signature.len <= sizeof(kept));
	if (signature.len > 0)
		memcpy(kept, signature.ptr, signature.len);
	arena_release(world->arena, mark);
	message->signature = world_keep(world, (struct str){ kept, signature.len });
	return message;
}

void
mock_call_post(struct world *world, struct call *call, struct str kind, struct str url,
    const struct buf *form, world_answered_f answered)
{
	struct world_message *message = mock_twilio_message(world, call->account, url, form);
	struct journal_entry *entry = journal_add(world, kind);

	if (message == NULL)
		return;
	if (entry != NULL) {
		entry->from = call->from;
		entry->to = call->to;
		entry->id = str_from_z(call->sid);
		entry->status = mock_call_status_name(call->status);
		entry->url = message->url;
		entry->body = message->body;
	}
	message->about = entry;
	message->answered = answered;
	message->subject = call;
	world_send(world, &call->lane, message);
}

/* What the network says of calls that did not come about (RFC 3261 section 21). */
static int64_t
sip_code(const struct call *call)
{
	if (call->person.sip != 0 && !was_answered(call))
		return call->person.sip;
	switch (call->status) {
	case CALL_QUEUED:
	case CALL_INITIATED:
	case CALL_RINGING:
	case CALL_IN_PROGRESS:
	case CALL_FAILED:
		return 0;
	case CALL_COMPLETED:
		return 200;
	case CALL_BUSY:
		return 486;
	case CALL_NO_ANSWER:
	case CALL_CANCELED:
		return 487;
	}
	UNREACHABLE("call status");
}

static void
encode_number(struct buf *form, struct str name, int64_t value)
{
	char memory[24];
	struct buf digits = buf_over(memory, sizeof(memory));

	buf_printf(&digits, "%lld", (long long)value);
	form_encode(form, name, buf_view(&digits));
}

/* Tell the status URL what became of ${call} now, as often as the scenario has it. */
static void
tell_status(struct world *world, struct call *call)
{
	char memory[WORLD_FORM_BYTES_MAX];
	struct buf form = buf_over(memory, sizeof(memory));
	struct arena_mark mark = arena_mark(world->arena);
	struct duration talked = instant_since(call->ended_at, call->answered_at);

	mock_call_describe(call, &form);
	encode_number(&form, STR("SequenceNumber"), call->callbacks++);
	form_encode(&form, STR("CallbackSource"), STR("call-progress-events"));
	form_encode(&form, STR("Timestamp"), world_date(world->arena, world_now(world)));
	arena_release(world->arena, mark);
	if (mock_call_is_over(call->status)) {
		encode_number(&form, STR("CallDuration"),
		    call->answered_at.us == 0 ? 0 : talked.us / SECONDS(1).us);
		/* minutes begun, as they are billed */
		encode_number(&form, STR("Duration"),
		    call->answered_at.us == 0 ? 0 : talked.us / MINUTES(1).us + 1);
	}
	if (mock_call_is_over(call->status) && sip_code(call) != 0)
		encode_number(&form, STR("SipResponseCode"), sip_code(call));
	mock_tell(
	    world, &(struct telling){ false, &call->lane, call->account, call->from, call->to,
		       str_from_z(call->sid), mock_call_status_name(call->status), call->status_url,
		       &form, mock_call_is_over(call->status), &call->held });
}

void
mock_call_reach(struct world *world, struct call *call, enum call_status status)
{
	/* Somebody who wants to know the end wants to know any end. */
	unsigned bit = 1u << (mock_call_is_over(status) ? CALL_COMPLETED : status);

	CHECK(!mock_call_is_over(call->status));
	call->status = status;
	call->updated_at = world_now(world);
	if (mock_call_is_over(status)) {
		call->ended_at = call->updated_at;
		call->life++;
		mock_call_note(world, call, STR("ended"), mock_call_status_name(status));
	}
	if ((call->told & bit) != 0 && !str_empty(call->status_url))
		tell_status(world, call);
}

/* Somebody or something hangs up. */
static void
hang_up(struct world *world, void *subject)
{
	mock_call_reach(world, subject, CALL_COMPLETED);
}

static void
ring_out(struct world *world, void *subject)
{
	mock_call_reach(world, subject, CALL_NO_ANSWER);
}

/* Who picked up, in Twilio's word. */
static struct str
verdict_of(const struct call *call)
{
	if (!str_empty(call->person.answered_by))
		return call->person.answered_by;
	if (call->person.pickup != SCENARIO_VOICEMAIL)
		return STR("human");
	return call->to_the_end ? STR("machine_end_beep") : STR("machine_start");
}

/* The listening is over: it was a person, or a machine. */
static void
judge(struct world *world, void *subject)
{
	struct call *call = subject;

	call->answered_by = verdict_of(call);
	mock_talk_begin(world, call);
}

/* The same, when the talk has begun already: whoever wants to know is told. */
static void
judge_aside(struct world *world, void *subject)
{
	struct call *call = subject;
	char memory[WORLD_FORM_BYTES_MAX];
	struct buf form = buf_over(memory, sizeof(memory));

	call->answered_by = verdict_of(call);
	form_encode(&form, STR("CallSid"), str_from_z(call->sid));
	form_encode(&form, STR("AccountSid"), call->account->sid);
	form_encode(&form, STR("AnsweredBy"), call->answered_by);
	encode_number(&form, STR("MachineDetectionDuration"),
	    instant_since(world_now(world), call->answered_at).us / MILLISECONDS(1).us);
	mock_call_post(world, call, STR("verdict"), call->verdict_url, &form, NULL);
}

/* Listen to who it is, before the talk or beside it. */
static void
begin_detection(struct world *world, struct call *call)
{
	bool machine = call->person.pickup == SCENARIO_VOICEMAIL;
	struct duration after = machine ? MACHINE_VERDICT : HUMAN_VERDICT;
	bool aside = !str_empty(call->verdict_url);

	if (call->person.verdict == SCENARIO_VERDICT_AFTER)
		after = call->person.verdict_after;
	if (call->person.verdict != SCENARIO_VERDICT_NEVER)
		world_plan(world, instant_plus(world_now(world), after),
		    aside ? judge_aside : judge, call, &call->life);
	if (aside)
		mock_talk_begin(world, call);
}

void
mock_call_pick_up(struct world *world, struct call *call)
{
	struct instant now = world_now(world);

	call->answered_at = now;
	mock_call_reach(world, call, CALL_IN_PROGRESS);
	if (call->person.hangs_up)
		world_plan(world, instant_plus(now, call->person.hangs_up_after), hang_up, call,
		    &call->life);
	if (call->person.pickup == SCENARIO_VOICEMAIL)
		world_plan(world, instant_plus(now, RECORDING_MAX), hang_up, call, &call->life);
	if (call->detects_machines)
		begin_detection(world, call);
	else
		mock_talk_begin(world, call);
}

static void
answer(struct world *world, void *subject)
{
	struct call *call = subject;

	mock_call_note(world, call, STR("answered"),
	    call->person.pickup == SCENARIO_VOICEMAIL ? STR("a machine") : STR("a person"));
	mock_call_pick_up(world, call);
}

/* Somebody in the network takes the call back. */
static void
take_back(struct world *world, void *subject)
{
	mock_call_reach(world, subject, CALL_CANCELED);
}

/* The network has found the telephone, or has not. */
static void
ring(struct world *world, void *subject)
{
	struct call *call = subject;
	struct duration after = call->person.answers_after;

	switch (call->person.pickup) {
	case SCENARIO_BUSY:
		mock_call_reach(world, call, CALL_BUSY);
		return;
	case SCENARIO_FAILS:
		mock_call_reach(world, call, CALL_FAILED);
		return;
	case SCENARIO_RINGS_OUT:
		after.us = INT64_MAX;
		break;
	case SCENARIO_CANCELED:
		mock_call_reach(world, call, CALL_RINGING);
		world_plan(
		    world, instant_plus(world_now(world), after), take_back, call, &call->life);
		return;
	case SCENARIO_VOICEMAIL:
	case SCENARIO_ANSWERS:
		break;
	}
	mock_call_reach(world, call, CALL_RINGING);
	if (after.us < call->timeout.us)
		world_plan(world, instant_plus(world_now(world), after), answer, call, &call->life);
	else
		world_plan(world, instant_plus(world_now(world), call->timeout), ring_out, call,
		    &call->life);
}

static void
initiate(struct world *world, void *subject)
{
	struct call *call = subject;

	mock_call_reach(world, call, CALL_INITIATED);
	world_plan(world, instant_plus(world_now(world), NETWORK_DELAY), ring, call, &call->life);
}

/* How often ${number} has been called. */
static int64_t
count_calls(const struct world *world, struct str number)
{
	int64_t count = 0;

	for (size_t i = world->calls_before; i < world->call_count; i++)
		if (!world->calls[i]->inbound && str_equal(world->calls[i]->to, number))
			count++;
	return count;
}

/* When the network takes the next call: an account dials so many a second. */
static struct instant
take_dial(struct world *world)
{
	struct instant now = world_now(world);

	if (world->scenario->dials_per_s <= 0)
		return now;
	if (world->next_dial.us < now.us)
		world->next_dial = now;
	now = world->next_dial;
	world->next_dial.us += SECONDS(1).us / world->scenario->dials_per_s;
	return now;
}

void
mock_call_begin(struct world *world, struct call *call)
{
	const struct scenario_phone *phone =
	    scenario_find_phone(world->scenario, call->to, count_calls(world, call->to) + 1);
	struct journal_entry *entry = journal_add(world, STR("call"));

	world_make_sid("CA", call->sid);
	call->created_at = call->updated_at = world_now(world);
	/* Nobody said anything about this number: it rings out, and the journal says so. */
	call->unexpected = phone == NULL && !world->preparing;
	call->person.thinks = SECONDS(1);
	world->last_from = call->from;
	mock_inbound_learn(world, call->url);
	if (phone != NULL)
		call->person = *phone;
	world->calls[world->call_count++] = call;
	if (entry != NULL) {
		entry->from = call->from;
		entry->to = call->to;
		entry->id = str_from_z(call->sid);
		entry->url = call->url;
		entry->body = call->twiml;
		entry->http_status = 201;
		entry->unexpected = call->unexpected;
		journal_tell(world, entry);
	}
	world_plan(world, take_dial(world), initiate, call, &call->life);
}
