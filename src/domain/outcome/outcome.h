#ifndef DOMAIN_OUTCOME_H
#define DOMAIN_OUTCOME_H

#include "domain/eco/eco_event.h"

/*
 * outcome: what a decision comes to.  Events to record, effects to carry out,
 * deadlines to keep.  The runner writes all three in one transaction; only then
 * does anything happen in the world (architecture, invariant "intentions").
 */

#define OUTCOME_EVENTS_MAX  512
#define OUTCOME_EFFECTS_MAX 256
#define OUTCOME_TIMERS_MAX  8

enum effect_lane { LANE_PAGING, LANE_FIELD, LANE_COUNT };

enum effect_type {
#define EFFECT(NAME, wire, lane, urgency, doc) EFFECT_##NAME,
#include "domain/outcome/effects.def"
#undef EFFECT
	EFFECT_COUNT
};

enum timer_kind {
#define TIMER(NAME, wire, doc) TIMER_##NAME,
#include "domain/outcome/timers.def"
#undef TIMER
	TIMER_COUNT
};

/*
 * An intention.  It carries only what names it; who carries it out loads the
 * ECO again and finds the rest, and drops an effect that is no longer wanted.
 */
struct effect {
	enum effect_type type;
	/* The attempt; the tasking attempt; the round, of ALERT_NOC and ENGAGE_FAILOVER; the moment
	 * of asking for a poll, in microseconds. */
	int64_t number;
	struct str provider_id; /* the call to end, for HANG_UP */
};

struct timer_change {
	enum timer_kind kind;
	bool set;           /* false: forget it */
	struct instant due; /* when set */
};

struct outcome {
	struct instant now; /* the moment of the decision; every event carries it */
	double chance;      /* in [0, 1): chance is an argument, as time is; spreads polls out */
	struct eco_event events[OUTCOME_EVENTS_MAX];
	size_t event_count;
	struct effect effects[OUTCOME_EFFECTS_MAX];
	size_t effect_count;
	struct timer_change timers[OUTCOME_TIMERS_MAX];
	size_t timer_count;
};

/** Begin an empty outcome at ${now}, with a chance of 0.5.  (An outcome is large: keep it in an
 * arena.) */
void outcome_init(struct outcome *outcome, struct instant now);

/** Add an event of ${type} at the outcome's moment; the caller fills its payload. */
struct eco_event *outcome_event(struct outcome *outcome, enum eco_event_type type);

/** Ask for an effect. */
void outcome_effect(struct outcome *outcome, struct effect effect);

/** Set the timer ${kind} for ${due}, in place of an earlier change to it. */
void outcome_set_timer(struct outcome *outcome, enum timer_kind kind, struct instant due);

/** Forget the timer ${kind}. */
void outcome_clear_timer(struct outcome *outcome, enum timer_kind kind);

/** Whether nothing is to be recorded, done or kept. */
bool outcome_is_empty(const struct outcome *outcome);

/** The wire name of ${type}, and the type called ${name}. */
struct str effect_name(enum effect_type type);
NODISCARD bool effect_find(struct str name, enum effect_type *ret);

/** The lane that ${type} is worked in. */
enum effect_lane effect_lane(enum effect_type type);

/** How urgent ${type} is in its lane: 0 goes before 1, and 1 before 2. */
int effect_urgency(enum effect_type type);

/** The wire name of ${kind}, and the kind called ${name}. */
struct str timer_name(enum timer_kind kind);
NODISCARD bool timer_find(struct str name, enum timer_kind *ret);

#endif
