#include "support/spec.h"

/*
 * Random nights of a ring-down alone: plans of every shape, all the provider may say of any
 * attempt at any time, people who choose, call back, write and speak through their dispatcher,
 * crews that come or do not, timers early, late and twice.  After every step some things hold;
 * and a stream that is folded again from its beginning is where it was.
 *
 * A failure names its seed and step; a walk is the same for the same seed.
 */

#define SEEDS      1000
#define STEPS      200
#define EVENTS_MAX 4096

struct walk {
	uint64_t random;
	int seed, step;
	struct timer_change timers[TIMER_COUNT];
	struct eco_event notices[64];
	size_t notice_count;
	struct eco_event stream[EVENTS_MAX];
	size_t stream_count;
	struct ringdown again;
	int accepted, resumed, exhausted, seen;
};

static struct walk walk;
static int total_accepted, total_resumed, total_exhausted, total_seen;

#define HOLDS(condition)                                                                    \
	do {                                                                                \
		if (!(condition))                                                           \
			fail_msg("seed %d, step %d: %s", walk.seed, walk.step, #condition); \
	} while (0)

static uint64_t
draw(uint64_t below)
{
	walk.random ^= walk.random << 13;
	walk.random ^= walk.random >> 7;
	walk.random ^= walk.random << 17;
	return walk.random % below;
}

/* ---- what always holds ---- */

static bool
is_end(enum dispatch_state state)
{
	return state == DISPATCH_ACCEPTED || state == DISPATCH_EXHAUSTED ||
	       state == DISPATCH_STOPPED || state == DISPATCH_WAITING_RETRY;
}

/* A person hears one telephone at a time, and has one text to answer. */
static void
check_no_person_is_rung_twice(const struct ringdown *r)
{
	int calls[ROSTER_PEOPLE_MAX + 1] = { 0 }, texts[ROSTER_PEOPLE_MAX + 1] = { 0 };

	for (int64_t at = ringdown_next_open(r, 0); at != 0; at = ringdown_next_open(r, at)) {
		const struct roster_person *person = ringdown_person(r, at);
		size_t place;

		HOLDS(person != NULL);
		place = (size_t)(person - r->plan.people);
		HOLDS(ringdown_channel(r, at) != PAGE_CHANNEL_VOICE || ++calls[place] == 1);
		HOLDS(ringdown_channel(r, at) != PAGE_CHANNEL_TEXT || ++texts[place] == 1);
	}
}

/* Every open attempt has a deadline that the one timer does not miss. */
static void
check_deadlines(const struct ringdown *r)
{
	const struct timer_change *timer = &walk.timers[TIMER_ATTEMPT];
	bool any = false;

	for (int64_t at = ringdown_next_open(r, 0); at != 0; at = ringdown_next_open(r, at)) {
		any = true;
		HOLDS(ringdown_deadline(r, at).us > 0);
		HOLDS(walk.notice_count > 0 ||
		      (timer->set && timer->due.us <= ringdown_deadline(r, at).us));
	}
	if (r->state == DISPATCH_RINGING && !r->over && walk.notice_count == 0)
		HOLDS(any);
	if (r->state == DISPATCH_WAITING_RETRY && !r->over && walk.notice_count == 0)
		HOLDS(walk.timers[TIMER_PAGER_RETRY].set);
	if (is_end(r->state)) {
		HOLDS(!timer->set || walk.notice_count > 0);
		for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++)
			HOLDS(r->attempts[i].phase == RINGDOWN_NO_CALL ||
			      r->attempts[i].phase >= RINGDOWN_WAS_MISSED);
	}
}

static void
check_effect(const struct ringdown *r, const struct effect *effect)
{
	const struct roster_contact *contact = ringdown_contact(r, effect->number);

	if (effect->type == EFFECT_PLACE_CALL)
		HOLDS(contact != NULL && contact->channel == PAGE_CHANNEL_VOICE);
	if (effect->type == EFFECT_SEND_PAGE)
		HOLDS(contact != NULL && contact->channel == PAGE_CHANNEL_TEXT);
	if (effect->type == EFFECT_PLACE_CALL || effect->type == EFFECT_SEND_PAGE)
		HOLDS(roster_can_reach(ringdown_person(r, effect->number)));
	if (effect->type == EFFECT_HANG_UP)
		HOLDS(!str_empty(effect->provider_id));
}

static void
note_event(const struct eco_event *event)
{
	if (event->type == ECO_EVENT_PAGE_ACCEPTED)
		HOLDS(++walk.accepted == 1);
	if (event->type == ECO_EVENT_PAGER_RESUMED) {
		HOLDS(walk.accepted-- == 1);
		walk.resumed++;
	}
	walk.exhausted += event->type == ECO_EVENT_PAGER_EXHAUSTED;
	walk.seen += event->type == ECO_EVENT_CREW_ON_SITE;
	HOLDS(walk.stream_count < EVENTS_MAX);
	walk.stream[walk.stream_count++] = *event;
	ringdown_evolve(&walk.again, event);
	if (ringdown_listens_to(event->type)) {
		HOLDS(walk.notice_count < COUNT_OF(walk.notices));
		walk.notices[walk.notice_count++] = *event;
	}
}

/* What was decided on is what comes of the stream: nothing else moves the state. */
static void
check_same(const struct ringdown *again, const struct ringdown *r)
{
	HOLDS(again->state == r->state && again->round == r->round && again->loop == r->loop &&
	      again->step == r->step && again->last_loop == r->last_loop &&
	      again->attempt == r->attempt && again->arrival == r->arrival &&
	      again->arrival_due.us == r->arrival_due.us && again->over == r->over &&
	      again->accepted_attempt == r->accepted_attempt);
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++) {
		const struct ringdown_attempt *a = &again->attempts[i], *b = &r->attempts[i];

		HOLDS(a->number == b->number && a->phase == b->phase && a->person == b->person &&
		      a->contact == b->contact && a->channel == b->channel &&
		      a->deadline.us == b->deadline.us &&
		      str_equal(a->provider_id, b->provider_id));
	}
	for (size_t i = 0; i < r->plan.count; i++)
		HOLDS(again->turns[i].calls == r->turns[i].calls &&
		      again->turns[i].left_out == r->turns[i].left_out);
}

static void
check_always(void)
{
	const struct ringdown *r = &world.callout.ringdown;

	for (size_t i = 0; i < world.then.timer_count; i++)
		walk.timers[world.then.timers[i].kind] = world.then.timers[i];
	for (size_t i = 0; i < world.then.event_count; i++)
		note_event(&world.then.events[i]);
	for (size_t i = 0; i < world.then.effect_count; i++)
		check_effect(r, &world.then.effects[i]);
	HOLDS(walk.accepted == (r->state == DISPATCH_ACCEPTED));
	check_same(&walk.again, r);
	check_no_person_is_rung_twice(r);
	check_deadlines(r);
}

/* ---- what may happen ---- */

static struct str
some_id(int64_t attempt)
{
	static const char *const ids[] = { "CA0", "CA1", "CA2", "CA3", "CA4", "CA5", "CA6", "CA7" };

	return draw(4) == 0 ? STR("") : str_from_z(ids[(uint64_t)attempt % COUNT_OF(ids)]);
}

/* Mostly one that is open, sometimes an older one or one that never was. */
static int64_t
some_attempt(void)
{
	const struct ringdown *r = &world.callout.ringdown;
	int64_t open = ringdown_next_open(r, r->attempt - (int64_t)draw(6));

	return open != 0 && draw(4) > 0 ? open : r->attempt + 1 - (int64_t)draw(8);
}

static void
step_report(void)
{
	int64_t attempt = some_attempt();

	when_reported_as(attempt, (enum ringdown_news)draw(RINGDOWN_STALE + 1), some_id(attempt));
}

static void
step_talk(void)
{
	when_reported(some_attempt(), RINGDOWN_HUMAN);
}

static void
step_choice(void)
{
	when_chosen(
	    some_attempt(), (enum ringdown_choice)draw(RINGDOWN_NEW_ETA + 1), (int64_t)draw(2000));
}

static void
step_visit(void)
{
	when_visited((unsigned char)(1 + draw(7)),
	    (enum page_channel)(PAGE_CHANNEL_CALL_BACK + draw(3)),
	    (enum ringdown_choice)draw(RINGDOWN_NEW_ETA + 1), (int64_t)draw(100));
}

/* Events of others: given, and noticed later. */
static void
step_event(void)
{
	static const enum eco_event_type types[] = { ECO_EVENT_CREW_EN_ROUTE,
		ECO_EVENT_CREW_ON_SITE, ECO_EVENT_WORK_STARTED, ECO_EVENT_ETA_CHANGED,
		ECO_EVENT_STATUS_COMPLETED, ECO_EVENT_REACTIVATED, ECO_EVENT_REACTIVATED };
	struct eco_event event = { .type = types[draw(COUNT_OF(types))], .at = world.now };

	if (event.type == ECO_EVENT_ETA_CHANGED)
		event.eta_changed = (struct eco_eta_changed){ 1, 1 + (int64_t)draw(90) };
	if (event.type == ECO_EVENT_CREW_EN_ROUTE)
		event.crew_en_route.eta_minutes = (int64_t)draw(90);
	outcome_init(&world.then, world.now);
	if (event.type == ECO_EVENT_ETA_CHANGED && world.callout.ringdown.accepted_attempt == 0)
		return;
	given(event);
	note_event(&event);
}

static void
step_notice(void)
{
	struct eco_event event;

	outcome_init(&world.then, world.now);
	if (walk.notice_count == 0)
		return;
	event = walk.notices[0];
	walk.notice_count--;
	memmove(walk.notices, walk.notices + 1, walk.notice_count * sizeof(event));
	when_noticed(event);
}

static void
fire(enum timer_kind kind)
{
	const struct ringdown *r = &world.callout.ringdown;

	outcome_init(&world.then, world.now);
	if (kind != TIMER_PAGER_RETRY)
		when_timer(kind);
	else if (ringdown_wants_next_round(r))
		when_dispatched();
}

static void
step_timer(void)
{
	static const enum timer_kind kinds[] = { TIMER_ATTEMPT, TIMER_PAGER_RETRY, TIMER_ARRIVAL };
	enum timer_kind next = TIMER_COUNT;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct timer_change *timer = &walk.timers[kinds[i]];

		if (timer->set && (next == TIMER_COUNT || timer->due.us < walk.timers[next].due.us))
			next = kinds[i];
	}
	outcome_init(&world.then, world.now);
	if (next == TIMER_COUNT)
		return;
	if (walk.timers[next].due.us > world.now.us)
		world.now = walk.timers[next].due;
	walk.timers[next].set = false;
	fire(next);
}

static void
step_stray_timer(void)
{
	when_timer(draw(2) == 0 ? TIMER_ATTEMPT : TIMER_ARRIVAL);
}

static void
step_again(void)
{
	outcome_init(&world.then, world.now);
	if (draw(5) == 0 && ringdown_may_ring_again(&world.callout.ringdown))
		when_dispatched();
}

/* ---- plans of every shape ---- */

static struct roster_contact
some_contact(unsigned char person, unsigned char place)
{
	return (struct roster_contact){
		.id = { { 0xc0, person, place } },
		.channel = draw(3) == 0 ? PAGE_CHANNEL_TEXT : PAGE_CHANNEL_VOICE,
		.number = STR("+15125550101"),
	};
}

static void
give_some_plan(void)
{
	int64_t step = 1;

	world.plan = spec_plan(1 + draw(6));
	for (size_t i = 0; i < world.plan.count; i++) {
		struct roster_person *person = &world.plan.people[i];

		person->step = step;
		step += (int64_t)draw(2);
		person->texts_too = draw(2) == 0;
		person->contact_count = draw(ROSTER_CONTACTS_MAX + 1);
		for (size_t k = 0; k < person->contact_count; k++)
			person->contacts[k] =
			    some_contact((unsigned char)(i + 1), (unsigned char)k);
		if (draw(6) == 0)
			person->skip = ROSTER_SKIP_OFF_SHIFT;
	}
}

static void
step(void)
{
	void (*const steps[])(void) = { step_report, step_report, step_report, step_report,
		step_talk, step_choice, step_choice, step_visit, step_event, step_notice,
		step_notice, step_notice, step_timer, step_timer, step_timer, step_stray_timer,
		step_again };

	after(MILLISECONDS(draw(4) == 0 ? draw(60000) : draw(3000)));
	if (draw(60) == 0)
		give_some_plan();
	steps[draw(COUNT_OF(steps))]();
	check_always();
}

static void
begin_walk(int seed)
{
	struct eco_event created;

	walk = (struct walk){ .seed = seed, .random = 0x9e3779b97f4a7c15u * (uint64_t)seed };
	given_a_callout(1);
	give_some_plan();
	created = (struct eco_event){ .type = ECO_EVENT_CREATED, .at = world.now };
	created.created.terms = spec_terms;
	created.created.terms.loops = 1 + (int64_t)draw(3);
	created.created.terms.retries = (int64_t)draw(3);
	created.created.exercise = draw(10) == 0;
	given(created);
	note_event(&created);
	when_dispatched();
	check_always();
}

static void
whatever_happens_some_things_always_hold(void **state)
{
	(void)state;
	for (int seed = 1; seed <= SEEDS; seed++) {
		begin_walk(seed);
		for (walk.step = 1; walk.step <= STEPS; walk.step++)
			step();
		total_accepted += walk.accepted;
		total_resumed += walk.resumed;
		total_exhausted += walk.exhausted;
		total_seen += walk.seen;
	}
	print_message("%d steps: %d accepted at the end, %d resumed, %d exhausted, %d on site\n",
	    SEEDS * STEPS, total_accepted, total_resumed, total_exhausted, total_seen);
	assert_true(total_accepted > SEEDS / 10);
	assert_true(total_resumed > SEEDS / 10);
	assert_true(total_exhausted > SEEDS / 10);
}

/* When everybody falls silent the timers alone come to an end, and nothing is left ringing. */
static void
silence_comes_to_an_end_by_the_timers_alone(void **state)
{
	const struct ringdown *r = &world.callout.ringdown;

	(void)state;
	for (int seed = 1; seed <= SEEDS; seed++) {
		int silences = 0;

		begin_walk(seed);
		for (walk.step = 1; walk.step <= (int)draw(40); walk.step++)
			step();
		while (walk.notice_count > 0 || walk.timers[TIMER_ATTEMPT].set ||
		       walk.timers[TIMER_PAGER_RETRY].set || walk.timers[TIMER_ARRIVAL].set) {
			HOLDS(++silences < 2000);
			if (walk.notice_count > 0)
				step_notice();
			else
				step_timer();
			check_always();
		}
		HOLDS(r->over || is_end(r->state));
		HOLDS(r->over || r->state != DISPATCH_WAITING_RETRY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_some_things_always_hold),
		cmocka_unit_test(silence_comes_to_an_end_by_the_timers_alone),
	};

	return cmocka_run_group_tests_name("ringdown walk", tests, NULL, NULL);
}
