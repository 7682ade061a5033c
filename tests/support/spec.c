#include "support/spec.h"

struct world world;

const struct eco_terms spec_terms = {
	.ring_s = 25,
	.loops = 2,
	.retry_after_s = 1200,
	.retries = 1,
	.grace_s = 86400,
	.poll_s = 30,
	.poll_grace_s = 300,
	.arrival_s = 3600,
	.arrival_grace_s = 900,
};

static const struct geo_point pole = { -97.7431, 30.2672 };

struct uuid
spec_person(unsigned char number)
{
	return (struct uuid){ .bytes = { [15] = number } };
}

struct sha256
spec_fingerprint(unsigned char number)
{
	return (struct sha256){ .bytes = { number, [31] = number } };
}

struct pager_list
spec_plan(size_t count)
{
	struct pager_list plan = { .name = STR("North on-call"), .count = count };

	for (size_t i = 0; i < count; i++)
		plan.people[i] = (struct roster_person){
			.id = spec_person((unsigned char)(i + 1)),
			.label = STR("North splicer"),
			.step = (int64_t)i + 1,
			.contacts = { { .channel = PAGE_CHANNEL_VOICE,
			    .number = STR("+15125550101") } },
			.contact_count = 1,
		};
	return plan;
}

void
given_nothing(void)
{
	world = (struct world){ .now = { 1767579247000000 }, .chance = 0.5 };
	outcome_init(&world.then, world.now);
}

void
given(struct eco_event event)
{
	event.at = world.now;
	callout_evolve(&world.callout, &event);
}

void
given_a_callout(size_t contacts)
{
	given_nothing();
	world.plan = spec_plan(contacts);
	given((struct eco_event){ .type = ECO_EVENT_CREATED,
	    .created = { .noc = { { 1 } },
		.osp = { { 2 } },
		.job_number = STR("HC-MFR-00001-7"),
		.job_type = JOB_TYPE_MFR,
		.location = { GEO_POINT, &pole, 1 },
		.description = STR("Loss of light"),
		.terms = spec_terms,
		.noc_duty_phone = STR("+15125550199") } });
}

void
after(struct duration passed)
{
	world.now = instant_plus(world.now, passed);
}

static void
begin(void)
{
	outcome_init(&world.then, world.now);
	world.then.chance = world.chance;
}

static void
fold(void)
{
	for (size_t i = 0; i < world.then.event_count; i++)
		callout_evolve(&world.callout, &world.then.events[i]);
}

void
when_commanded(const struct eco_command *command)
{
	begin();
	world.refused = !eco_decide(
	    &world.callout.eco, world.callout.version, command, &world.then, &world.refusal);
	fold();
}

void
when_dispatched(void)
{
	begin();
	ringdown_dispatch(&world.callout.ringdown, &world.plan, &world.then);
	fold();
}

void
when_reported_as(int64_t attempt, enum ringdown_news news, struct str provider_id)
{
	const struct ringdown_report report = { attempt, news, provider_id, STR("") };

	begin();
	ringdown_on_report(&world.callout.ringdown, &report, &world.then);
	fold();
}

void
when_reported(int64_t attempt, enum ringdown_news news)
{
	when_reported_as(attempt, news, STR(""));
}

void
when_chosen(int64_t attempt, enum ringdown_choice choice, int64_t value)
{
	begin();
	world.reply =
	    ringdown_on_choice(&world.callout.ringdown, attempt, choice, value, &world.then);
	fold();
}

void
when_visited(
    unsigned char number, enum page_channel channel, enum ringdown_choice choice, int64_t value)
{
	const struct ringdown_visit visit = { spec_person(number), channel, choice, value };

	begin();
	world.reply = ringdown_on_visit(&world.callout.ringdown, &visit, &world.then);
	fold();
}

void
when_failover_failed(enum failover_fault fault)
{
	begin();
	ringdown_on_failover_failed(&world.callout.ringdown, fault, &world.then);
	fold();
}

void
when_alerted(const struct ringdown_alert *alert)
{
	begin();
	ringdown_on_alert(&world.callout.ringdown, alert, &world.then);
	fold();
}

void
when_timer(enum timer_kind kind)
{
	begin();
	if (kind == TIMER_ATTEMPT || kind == TIMER_ARRIVAL)
		ringdown_on_timer(&world.callout.ringdown, kind, &world.then);
	else
		rendersync_on_timer(&world.callout.rendersync, kind, &world.then);
	fold();
}

void
when_noticed(struct eco_event event)
{
	begin();
	event.at = world.now;
	ringdown_on_event(&world.callout.ringdown, &event, &world.then);
	rendersync_on_event(&world.callout.rendersync, &event, &world.then);
	fold();
}

void
when_tasked(void)
{
	begin();
	rendersync_on_tasked(&world.callout.rendersync, STR("SUB-1"), STR("T-1"), &world.then);
	fold();
}

void
when_tasking_failed(enum sync_fault fault, int64_t retry_after_s)
{
	begin();
	rendersync_on_tasking_failed(
	    &world.callout.rendersync, fault, STR("HTTP 503"), retry_after_s, &world.then);
	fold();
}

void
when_polled(const struct rendersync_task *tasks, size_t count)
{
	begin();
	rendersync_on_poll(&world.callout.rendersync, tasks, count, &world.then);
	fold();
}

void
when_poll_failed(enum sync_fault fault, int64_t retry_after_s)
{
	begin();
	rendersync_on_poll_failed(
	    &world.callout.rendersync, fault, STR("HTTP 503"), retry_after_s, &world.then);
	fold();
}

static void
show(void)
{
	for (size_t i = 0; i < world.then.event_count; i++)
		print_error("  event  %.*s\n", STR_ARG(eco_event_name(world.then.events[i].type)));
	for (size_t i = 0; i < world.then.effect_count; i++)
		print_error("  effect %.*s %lld\n",
		    STR_ARG(effect_name(world.then.effects[i].type)),
		    (long long)world.then.effects[i].number);
	for (size_t i = 0; i < world.then.timer_count; i++)
		print_error("  timer  %.*s %s %lld us from now\n",
		    STR_ARG(timer_name(world.then.timers[i].kind)),
		    world.then.timers[i].set ? "set" : "cleared",
		    (long long)(world.then.timers[i].due.us - world.now.us));
}

/* Say what was wanted and what was decided instead, and fail at the spec's line. */
static void
fail_spec(const char *wanted, struct str what, const char *file, int line)
{
	print_error("expected %s%.*s; decided was:\n", wanted, STR_ARG(what));
	show();
	_fail(file, line);
}

static const struct eco_event *
find_event(enum eco_event_type type)
{
	for (size_t i = 0; i < world.then.event_count; i++) {
		if (world.then.events[i].type == type)
			return &world.then.events[i];
	}
	return NULL;
}

const struct eco_event *
spec_happened(enum eco_event_type type, const char *file, int line)
{
	const struct eco_event *event = find_event(type);

	if (event == NULL)
		fail_spec("the event ", eco_event_name(type), file, line);
	return event;
}

void
spec_not(enum eco_event_type type, const char *file, int line)
{
	if (find_event(type) != NULL)
		fail_spec("no event ", eco_event_name(type), file, line);
}

void
spec_events(size_t count, bool nothing_else, const char *file, int line)
{
	if (world.then.event_count != count || (nothing_else && !outcome_is_empty(&world.then)))
		fail_spec("another number of events",
		    nothing_else ? STR(", and nothing else") : STR(""), file, line);
}

const struct effect *
spec_effect(enum effect_type type, int64_t number, const char *file, int line)
{
	for (size_t i = 0; i < world.then.effect_count; i++) {
		const struct effect *effect = &world.then.effects[i];

		if (effect->type == type && effect->number == number)
			return effect;
	}
	fail_spec("the effect ", effect_name(type), file, line);
	return NULL;
}

void
spec_no_effect(const char *file, int line)
{
	if (world.then.effect_count != 0)
		fail_spec("no effect", STR(""), file, line);
}

static const struct timer_change *
find_timer(enum timer_kind kind)
{
	for (size_t i = 0; i < world.then.timer_count; i++) {
		if (world.then.timers[i].kind == kind)
			return &world.then.timers[i];
	}
	return NULL;
}

void
spec_timer(enum timer_kind kind, struct duration in, const char *file, int line)
{
	const struct timer_change *timer = find_timer(kind);

	if (timer == NULL || !timer->set || timer->due.us != world.now.us + in.us) {
		print_error("%lld us from now, ", (long long)in.us);
		fail_spec("the timer ", timer_name(kind), file, line);
	}
}

void
spec_timer_cleared(enum timer_kind kind, const char *file, int line)
{
	const struct timer_change *timer = find_timer(kind);

	if (timer == NULL || timer->set)
		fail_spec("to forget the timer ", timer_name(kind), file, line);
}

void
spec_timer_untouched(enum timer_kind kind, const char *file, int line)
{
	if (find_timer(kind) != NULL)
		fail_spec("not to touch the timer ", timer_name(kind), file, line);
}

void
spec_refused(
    enum refusal_code code, const char *field, const char *message, const char *file, int line)
{
	if (!world.refused)
		fail_spec("the refusal ", refusal_code_name(code), file, line);
	if (world.refusal.code != code ||
	    !str_equal(refusal_field(&world.refusal), str_from_z(field)) ||
	    !str_equal(refusal_message(&world.refusal), str_from_z(message))) {
		print_error("refused with %.*s, \"%.*s\": %.*s\n",
		    STR_ARG(refusal_code_name(world.refusal.code)),
		    STR_ARG(refusal_field(&world.refusal)),
		    STR_ARG(refusal_message(&world.refusal)));
		fail_spec("the refusal ", refusal_code_name(code), file, line);
	}
	if (!outcome_is_empty(&world.then))
		fail_spec("a refusal to decide nothing", STR(""), file, line);
}

void
spec_accepted_command(const char *file, int line)
{
	if (world.refused)
		fail_spec("no refusal, but ", refusal_message(&world.refusal), file, line);
}

void
spec_replied(enum ringdown_reply is, const char *file, int line)
{
	if (world.reply != is) {
		print_error("the reply is %d, not %d; ", (int)world.reply, (int)is);
		fail_spec("another reply", STR(""), file, line);
	}
}
