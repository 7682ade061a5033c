#include "mock/world.h"

/* How long the carriers take. */
#define SENDING_DELAY  SECONDS(1)
#define DELIVERY_DELAY SECONDS(2)

/* Tell whoever wants to know what became of ${text}. */
static void
tell_status(struct world *world, struct text *text, bool over)
{
	char memory[WORLD_FORM_BYTES_MAX], digits[24];
	struct buf form = buf_over(memory, sizeof(memory)), code = buf_over(digits, sizeof(digits));

	if (str_empty(text->status_url))
		return;
	form_encode(&form, STR("MessageSid"), str_from_z(text->sid));
	form_encode(&form, STR("SmsSid"), str_from_z(text->sid));
	form_encode(&form, STR("AccountSid"), text->account->sid);
	form_encode(&form, STR("From"), text->from);
	form_encode(&form, STR("To"), text->to);
	form_encode(&form, STR("MessageStatus"), text->status);
	form_encode(&form, STR("SmsStatus"), text->status);
	form_encode(&form, STR("ApiVersion"), STR("2010-04-01"));
	if (text->error_code != 0) {
		buf_printf(&code, "%lld", (long long)text->error_code);
		form_encode(&form, STR("ErrorCode"), buf_view(&code));
	}
	mock_tell(world,
	    &(struct telling){ true, &text->lane, text->account, text->from, text->to,
		str_from_z(text->sid), text->status, text->status_url, &form, over, &text->held });
}

static void
reach(struct world *world, struct text *text, struct str status, bool over)
{
	text->status = status;
	text->updated_at = world_now(world);
	tell_status(world, text, over);
}

static enum scenario_delivery
delivery_of(const struct text *text)
{
	return text->inbox == NULL ? SCENARIO_DELIVERED : text->inbox->delivery;
}

static void
deliver(struct world *world, void *subject)
{
	struct text *text = subject;

	switch (delivery_of(text)) {
	case SCENARIO_DELIVERED:
		reach(world, text, STR("delivered"), true);
		mock_inbound_reply(world, text);
		return;
	case SCENARIO_UNDELIVERED:
		text->error_code = text->inbox->code;
		reach(world, text, STR("undelivered"), true);
		return;
	case SCENARIO_FAILED:
		text->error_code = text->inbox->code;
		reach(world, text, STR("failed"), true);
		return;
	case SCENARIO_REFUSED:
	case SCENARIO_STAYS_SENT:
	case SCENARIO_STAYS_QUEUED:
		return;
	}
}

static void
send_out(struct world *world, void *subject)
{
	struct text *text = subject;
	struct duration after = DELIVERY_DELAY;

	if (delivery_of(text) == SCENARIO_STAYS_QUEUED)
		return;
	text->sent_at = world_now(world);
	/* What failed was never sent. */
	if (delivery_of(text) != SCENARIO_FAILED)
		reach(world, text, STR("sent"), false);
	if (text->inbox != NULL && text->inbox->after.us > 0)
		after = text->inbox->after;
	world_plan(world, instant_plus(text->sent_at, after), deliver, text, &text->life);
}

/* Whether the scenario knows ${number} at all. */
static bool
is_expected(const struct scenario *scenario, struct str number)
{
	if (scenario_find_inbox(scenario, number, INT64_MAX) != NULL ||
	    scenario_find_phone(scenario, number, INT64_MAX) != NULL)
		return true;
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].kind == SCENARIO_EXPECT_TEXTS &&
		    str_equal(scenario->expects[i].number, number))
			return true;
	for (size_t i = 0; i < scenario->inbound_count; i++)
		if (str_equal(scenario->inbounds[i].from, number))
			return true;
	return false;
}

int64_t
mock_text_count(const struct world *world, struct str number)
{
	int64_t count = 0;

	for (size_t i = world->texts_before; i < world->text_count; i++)
		if (!world->texts[i]->inbound && str_equal(world->texts[i]->to, number))
			count++;
	return count;
}

void
mock_text_begin(struct world *world, struct text *text)
{
	struct journal_entry *entry = journal_add(world, STR("text"));

	world_make_sid("SM", text->sid);
	text->created_at = text->updated_at = world_now(world);
	text->status = STR("queued");
	text->unexpected = !world->preparing && !is_expected(world->scenario, text->to);
	world->texts[world->text_count++] = text;
	world->last_from = text->from;
	mock_inbound_learn(world, text->status_url);
	if (entry != NULL) {
		entry->from = text->from;
		entry->to = text->to;
		entry->id = str_from_z(text->sid);
		entry->body = text->body;
		entry->http_status = 201;
		entry->unexpected = text->unexpected;
		journal_tell(world, entry);
	}
	tell_status(world, text, false);
	world_plan(
	    world, instant_plus(text->created_at, SENDING_DELAY), send_out, text, &text->life);
}
