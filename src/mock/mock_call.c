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
	form_encode(form, STR("Direction"), STR("outbound-api"));
	if (!str_empty(call->answered_by))
		form_encode(form, STR("AnsweredBy"), call->answered_by);
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

/* Note a callback that never leaves. */
static void
lose_callback(struct world *world, const struct call *call)
{
	struct journal_entry *entry = journal_add(world, STR("callback-lost"));

	if (entry == NULL)
		return;
	entry->to = call->to;
	entry->id = str_from_z(call->sid);
	entry->status = mock_call_status_name(call->status);
}

/* Tell the status URL what became of ${call} now, as often as the scenario has it. */
static void
tell_status(struct world *world, struct call *call)
{
	char memory[WORLD_FORM_BYTES_MAX], date[64];
	struct buf form = buf_over(memory, sizeof(memory)), number;
	struct arena_mark mark = arena_mark(world->arena);
	struct duration talked = instant_since(call->ended_at, call->answered_at);

	mock_call_describe(call, &form);
	number = buf_over(date, sizeof(date));
	buf_printf(&number, "%lld", (long long)call->callbacks++);
	form_encode(&form, STR("SequenceNumber"), buf_view(&number));
	form_encode(&form, STR("CallbackSource"), STR("call-progress-events"));
	form_encode(&form, STR("Timestamp"), world_date(world->arena, world_now(world)));
	arena_release(world->arena, mark);
	if (mock_call_is_over(call->status)) {
		number = buf_over(date, sizeof(date));
		buf_printf(&number, "%lld",
		    call->answered_at.us == 0 ? 0 : (long long)(talked.us / SECONDS(1).us));
		form_encode(&form, STR("CallDuration"), buf_view(&number));
		number = buf_over(date, sizeof(date));
		buf_printf(&number, "%lld", /* minutes begun, as they are billed */
		    call->answered_at.us == 0 ? 0 : (long long)(talked.us / MINUTES(1).us) + 1);
		form_encode(&form, STR("Duration"), buf_view(&number));
	}
	switch (world->scenario->callbacks) {
	case SCENARIO_LOST:
		lose_callback(world, call);
		return;
	case SCENARIO_TWICE:
		mock_call_post(world, call, STR("callback"), call->status_url, &form, NULL);
		break;
	case SCENARIO_ONCE:
		break;
	}
	mock_call_post(world, call, STR("callback"), call->status_url, &form, NULL);
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

/* The listening is over: it was a person, or a machine. */
static void
judge(struct world *world, void *subject)
{
	struct call *call = subject;

	call->answered_by =
	    call->person.pickup == SCENARIO_VOICEMAIL ? STR("machine_start") : STR("human");
	mock_talk_begin(world, call);
}

static void
answer(struct world *world, void *subject)
{
	struct call *call = subject;
	bool machine = call->person.pickup == SCENARIO_VOICEMAIL;
	struct instant now = world_now(world);

	call->answered_at = now;
	mock_call_reach(world, call, CALL_IN_PROGRESS);
	if (call->person.hangs_up)
		world_plan(world, instant_plus(now, call->person.hangs_up_after), hang_up, call,
		    &call->life);
	if (machine)
		world_plan(world, instant_plus(now, RECORDING_MAX), hang_up, call, &call->life);
	if (call->detects_machines)
		world_plan(world, instant_plus(now, machine ? MACHINE_VERDICT : HUMAN_VERDICT),
		    judge, call, &call->life);
	else
		mock_talk_begin(world, call);
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

	for (size_t i = 0; i < world->call_count; i++)
		if (str_equal(world->calls[i]->to, number))
			count++;
	return count;
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
	call->unexpected = phone == NULL;
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
	}
	world_plan(world, call->created_at, initiate, call, &call->life);
}
