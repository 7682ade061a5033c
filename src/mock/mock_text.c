#include "mock/world.h"

/* How long the carriers take. */
#define SENDING_DELAY  SECONDS(1)
#define DELIVERY_DELAY SECONDS(2)

/* "Unreachable destination handset", in Twilio's list of errors. */
#define CODE_UNREACHABLE 30003

/* Tell whoever wants to know what became of ${text}. */
static void
tell_status(struct world *world, struct text *text)
{
	char memory[WORLD_FORM_BYTES_MAX];
	struct buf form = buf_over(memory, sizeof(memory));
	struct world_message *message;

	if (str_empty(text->status_url) || world->scenario->callbacks == SCENARIO_LOST)
		return;
	form_encode(&form, STR("MessageSid"), str_from_z(text->sid));
	form_encode(&form, STR("SmsSid"), str_from_z(text->sid));
	form_encode(&form, STR("AccountSid"), text->account->sid);
	form_encode(&form, STR("From"), text->from);
	form_encode(&form, STR("To"), text->to);
	form_encode(&form, STR("MessageStatus"), text->status);
	form_encode(&form, STR("SmsStatus"), text->status);
	form_encode(&form, STR("ApiVersion"), STR("2010-04-01"));
	if (text->error_code != 0)
		form_encode(&form, STR("ErrorCode"), STR("30003"));
	message = mock_twilio_message(world, text->account, text->status_url, &form);
	if (message == NULL)
		return;
	message->about = journal_add(world, STR("text-callback"));
	if (message->about != NULL) {
		message->about->to = text->to;
		message->about->id = str_from_z(text->sid);
		message->about->status = text->status;
		message->about->url = message->url;
	}
	world_send(world, &text->lane, message);
}

static void
deliver(struct world *world, void *subject)
{
	struct text *text = subject;
	bool arrives = text->delivery == SCENARIO_DELIVERED;

	text->status = arrives ? STR("delivered") : STR("undelivered");
	text->error_code = arrives ? 0 : CODE_UNREACHABLE;
	text->updated_at = world_now(world);
	tell_status(world, text);
}

static void
send_out(struct world *world, void *subject)
{
	struct text *text = subject;

	text->status = STR("sent");
	text->sent_at = text->updated_at = world_now(world);
	tell_status(world, text);
	world_plan(world, instant_plus(text->sent_at, DELIVERY_DELAY), deliver, text, &text->life);
}

/* Whether the scenario knows ${number} at all. */
static bool
is_expected(const struct scenario *scenario, struct str number)
{
	if (scenario_find_inbox(scenario, number) != NULL ||
	    scenario_find_phone(scenario, number, INT64_MAX) != NULL)
		return true;
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].kind == SCENARIO_EXPECT_TEXTS &&
		    str_equal(scenario->expects[i].number, number))
			return true;
	return false;
}

void
mock_text_begin(struct world *world, struct text *text)
{
	struct journal_entry *entry = journal_add(world, STR("text"));

	world_make_sid("SM", text->sid);
	text->created_at = text->updated_at = world_now(world);
	text->status = STR("queued");
	text->unexpected = !is_expected(world->scenario, text->to);
	world->texts[world->text_count++] = text;
	if (entry != NULL) {
		entry->from = text->from;
		entry->to = text->to;
		entry->id = str_from_z(text->sid);
		entry->body = text->body;
		entry->http_status = 201;
		entry->unexpected = text->unexpected;
	}
	world_plan(
	    world, instant_plus(text->created_at, SENDING_DELAY), send_out, text, &text->life);
}
