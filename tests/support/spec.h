#ifndef TESTS_SUPPORT_SPEC_H
#define TESTS_SUPPORT_SPEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/callout/callout.h"

/*
 * spec: given what happened, when something comes, then this is decided.
 *
 *	given_a_callout(&two_people);
 *	when_dispatched();
 *	when_reported(1, RINGDOWN_BUSY);
 *	then_happened(ECO_EVENT_PAGE_NOT_REACHED);
 *	then_effect(EFFECT_PLACE_CALL, 2);
 *
 * Every when_ decides at the moment ${world.now} and folds the events, so that
 * the next one goes on from there.  What a then_ does not find fails the spec at
 * its own line, with what was decided instead.
 */

struct world {
	struct callout callout;
	struct instant now;
	struct pager_list plan;
	struct outcome then; /* of the last when_ */
	enum ringdown_reply reply;
	bool refused;
	struct refusal refusal;
	double chance;
};

extern struct world world;

/* Terms that are easy to reckon with: 25 s of ringing, 2 loops, 1 retry after 20 minutes. */
extern const struct eco_terms spec_terms;

/** A plan of ${count} people who can be rung, with ids 1 to ${count}. */
struct pager_list spec_plan(size_t count);

/** The id of the ${number}-th person of spec_plan(). */
struct uuid spec_person(unsigned char number);

/** A fingerprint that is told from those of other numbers. */
struct sha256 spec_fingerprint(unsigned char number);

/** Nothing has happened; it is 2026-01-05T02:14:07Z. */
void given_nothing(void);

/** An ECO was created under spec_terms; ${contacts} people can be rung. */
void given_a_callout(size_t contacts);

/** ${event} has happened, now. */
void given(struct eco_event event);

/** Time passes. */
void after(struct duration passed);

void when_commanded(const struct eco_command *command);
void when_dispatched(void);
void when_reported(int64_t attempt, enum ringdown_news news);
void when_reported_as(int64_t attempt, enum ringdown_news news, struct str provider_id);
void when_chosen(int64_t attempt, enum ringdown_choice choice, int64_t value);
/** The ${number}-th person of spec_plan() comes by themselves. */
void when_visited(
    unsigned char number, enum page_channel channel, enum ringdown_choice choice, int64_t value);
void when_failover_failed(enum failover_fault fault);
void when_alerted(const struct ringdown_alert *alert);
void when_timer(enum timer_kind kind);
/** Both policies learn of ${event}, which was given before. */
void when_noticed(struct eco_event event);
void when_tasked(void);
void when_tasking_failed(enum sync_fault fault, int64_t retry_after_s);
void when_polled(const struct rendersync_task *tasks, size_t count);
void when_poll_failed(enum sync_fault fault, int64_t retry_after_s);

/** The first event of that type that the last when_ decided. */
#define then_happened(type) spec_happened((type), __FILE__, __LINE__)
#define then_not(type)      spec_not((type), __FILE__, __LINE__)
/** The last when_ decided nothing: no event, no effect, no timer. */
#define then_nothing() spec_events(0, true, __FILE__, __LINE__)
/** The last when_ decided exactly ${count} events. */
#define then_events(count)        spec_events((count), false, __FILE__, __LINE__)
#define then_effect(type, number) spec_effect((type), (number), __FILE__, __LINE__)
#define then_no_effect()          spec_no_effect(__FILE__, __LINE__)
/** The timer is set for ${in} from now; or forgotten. */
#define then_timer(kind, in)       spec_timer((kind), (in), __FILE__, __LINE__)
#define then_timer_cleared(kind)   spec_timer_cleared((kind), __FILE__, __LINE__)
#define then_timer_untouched(kind) spec_timer_untouched((kind), __FILE__, __LINE__)
#define then_refused(code, field, message) \
	spec_refused((code), (field), (message), __FILE__, __LINE__)
#define then_accepted_command() spec_accepted_command(__FILE__, __LINE__)
#define then_replied(is)        spec_replied((is), __FILE__, __LINE__)

const struct eco_event *spec_happened(enum eco_event_type type, const char *file, int line);
void spec_not(enum eco_event_type type, const char *file, int line);
void spec_events(size_t count, bool nothing_else, const char *file, int line);
const struct effect *spec_effect(enum effect_type type, int64_t number, const char *file, int line);
void spec_no_effect(const char *file, int line);
void spec_timer(enum timer_kind kind, struct duration in, const char *file, int line);
void spec_timer_cleared(enum timer_kind kind, const char *file, int line);
void spec_timer_untouched(enum timer_kind kind, const char *file, int line);
void spec_refused(
    enum refusal_code code, const char *field, const char *message, const char *file, int line);
void spec_accepted_command(const char *file, int line);
void spec_replied(enum ringdown_reply is, const char *file, int line);

#endif
