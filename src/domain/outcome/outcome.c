#include "domain/outcome/outcome.h"

struct effect_row {
	struct str name;
	enum effect_lane lane;
	int urgency;
};

static const struct effect_row effects[EFFECT_COUNT] = {
#define EFFECT(NAME, wire, effect_lane, urgency, doc) { STR(wire), LANE_##effect_lane, urgency },
#include "domain/outcome/effects.def"
#undef EFFECT
};

static const struct str timers[TIMER_COUNT] = {
#define TIMER(NAME, wire, doc) STR(wire),
#include "domain/outcome/timers.def"
#undef TIMER
};

void
outcome_init(struct outcome *outcome, struct instant now)
{
	outcome->now = now;
	outcome->chance = 0.5;
	outcome->event_count = 0;
	outcome->effect_count = 0;
	outcome->timer_count = 0;
}

struct eco_event *
outcome_event(struct outcome *outcome, enum eco_event_type type)
{
	struct eco_event *event;

	CHECK(outcome->event_count < OUTCOME_EVENTS_MAX);
	event = &outcome->events[outcome->event_count++];
	*event = (struct eco_event){ .type = type, .at = outcome->now };
	return event;
}

void
outcome_effect(struct outcome *outcome, struct effect effect)
{
	CHECK(outcome->effect_count < OUTCOME_EFFECTS_MAX);
	outcome->effects[outcome->effect_count++] = effect;
}

static struct timer_change *
timer_slot(struct outcome *outcome, enum timer_kind kind)
{
	for (size_t i = 0; i < outcome->timer_count; i++) {
		if (outcome->timers[i].kind == kind)
			return &outcome->timers[i];
	}
	CHECK(outcome->timer_count < OUTCOME_TIMERS_MAX);
	return &outcome->timers[outcome->timer_count++];
}

void
outcome_set_timer(struct outcome *outcome, enum timer_kind kind, struct instant due)
{
	*timer_slot(outcome, kind) = (struct timer_change){ .kind = kind, .set = true, .due = due };
}

void
outcome_clear_timer(struct outcome *outcome, enum timer_kind kind)
{
	*timer_slot(outcome, kind) = (struct timer_change){ .kind = kind };
}

bool
outcome_is_empty(const struct outcome *outcome)
{
	return outcome->event_count == 0 && outcome->effect_count == 0 && outcome->timer_count == 0;
}

struct str
effect_name(enum effect_type type)
{
	CHECK(type < EFFECT_COUNT);
	return effects[type].name;
}

bool
effect_find(struct str name, enum effect_type *ret)
{
	for (size_t i = 0; i < EFFECT_COUNT; i++) {
		if (str_equal(effects[i].name, name)) {
			*ret = (enum effect_type)i;
			return true;
		}
	}
	return false;
}

enum effect_lane
effect_lane(enum effect_type type)
{
	CHECK(type < EFFECT_COUNT);
	return effects[type].lane;
}

int
effect_urgency(enum effect_type type)
{
	CHECK(type < EFFECT_COUNT);
	return effects[type].urgency;
}

struct str
timer_name(enum timer_kind kind)
{
	CHECK(kind < TIMER_COUNT);
	return timers[kind];
}

bool
timer_find(struct str name, enum timer_kind *ret)
{
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		if (str_equal(timers[i], name)) {
			*ret = (enum timer_kind)i;
			return true;
		}
	}
	return false;
}
