#include "mock/world.h"

/* A status on its way: what is sent, and what the journal says of it. */
struct held_status {
	struct world_lane *lane;
	struct world_message *message;
	bool text;
	struct str from, to, id, status;
	struct held_status *next; /* that came before it */
};

/* Send a copy: a message stands in one lane once. */
static void
deliver(struct world *world, const struct held_status *status)
{
	struct world_message *message = arena_new(world->arena, struct world_message);
	struct journal_entry *entry;

	if (message == NULL)
		return;
	*message = *status->message;
	entry = journal_add(world, status->text ? STR("text-callback") : STR("callback"));
	if (entry != NULL) {
		entry->from = status->from;
		entry->to = status->to;
		entry->id = status->id;
		entry->status = status->status;
		entry->url = message->url;
		entry->body = message->body;
	}
	message->about = entry;
	world_send(world, status->lane, message);
}

static void
deliver_late(struct world *world, void *subject)
{
	deliver(world, subject);
}

/* Note one that never leaves. */
static void
lose(struct world *world, const struct held_status *status)
{
	struct journal_entry *entry =
	    journal_add(world, status->text ? STR("text-callback-lost") : STR("callback-lost"));

	if (entry == NULL)
		return;
	entry->to = status->to;
	entry->id = status->id;
	entry->status = status->status;
}

/* Tell all that were held, the last first, or in an order made from a seed. */
static void
release(struct world *world, struct held_status **held, const struct scenario_callback_rule *rule)
{
	size_t count = 0;

	for (struct held_status *at = *held; at != NULL; at = at->next)
		count++;
	for (uint64_t turn = 0; count > 0; turn++, count--) {
		struct held_status **at = held;
		uint64_t skip = rule->manner == SCENARIO_SHUFFLED
				    ? mock_trouble_number(rule->seed, turn) % count
				    : 0;

		while (skip-- > 0)
			at = &(*at)->next;
		deliver(world, *at);
		*at = (*at)->next;
	}
}

/* The rule for a status: the last that fits; NULL: none does. */
static const struct scenario_callback_rule *
find_rule(const struct world *world, const struct telling *telling)
{
	const struct scenario_callback_rule *found = NULL;

	for (size_t i = 0; !world->preparing && i < world->scenario->rule_count; i++) {
		const struct scenario_callback_rule *rule = &world->scenario->rules[i];

		if ((telling->text ? rule->texts : rule->calls) &&
		    (str_empty(rule->status) || str_equal(rule->status, telling->status)) &&
		    (str_empty(rule->number) || str_equal(rule->number, telling->to)))
			found = rule;
	}
	return found;
}

/* Hold it back; when it is the last one, all are told. */
static void
hold(struct world *world, const struct telling *telling, struct held_status *status,
    const struct scenario_callback_rule *rule)
{
	status->next = *telling->held;
	*telling->held = status;
	if (telling->over)
		release(world, telling->held, rule);
}

void
mock_tell(struct world *world, const struct telling *telling)
{
	const struct scenario_callback_rule *rule = find_rule(world, telling);
	struct held_status *status = arena_new(world->arena, struct held_status);

	if (status == NULL)
		return;
	*status = (struct held_status){ telling->lane,
		mock_twilio_message(world, telling->account, telling->url, telling->form),
		telling->text, telling->from, telling->to, telling->id, telling->status, NULL };
	if (status->message == NULL)
		return;
	switch (rule == NULL ? SCENARIO_ONCE : rule->manner) {
	case SCENARIO_LOST:
		lose(world, status);
		return;
	case SCENARIO_LATE:
		world_plan(world, instant_plus(world_now(world), rule->late), deliver_late, status,
		    &world->always);
		return;
	case SCENARIO_REVERSED:
	case SCENARIO_SHUFFLED:
		hold(world, telling, status, rule);
		return;
	case SCENARIO_TWICE:
		deliver(world, status);
		break;
	case SCENARIO_ONCE:
		break;
	}
	deliver(world, status);
}
