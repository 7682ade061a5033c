#include "support/spec.h"

/*
 * Random nights.  Whatever the provider, the people, the field system and the NOC
 * do, in whatever order, some things hold after every step (check_always()), and
 * when all of them fall silent the timers alone bring the ring-down to an end.
 *
 * A failure names its seed and step; a walk is the same for the same seed.
 */

#define SEEDS        2000
#define STEPS        150
#define NOTICES_MAX  64
#define SILENCES_MAX 400

struct walk {
	uint64_t random;
	int seed, step;
	struct timer_change timers[TIMER_COUNT];
	bool tasking, polling; /* an effect is with the field system */
	struct eco_event notices[NOTICES_MAX];
	size_t notice_count;
	int64_t attempts, round_attempts, resumptions;
	int acceptances;
	bool over;
};

static struct walk walk;

#define HOLDS(condition)                                                                    \
	do {                                                                                \
		if (!(condition))                                                           \
			fail_msg("seed %d, step %d: %s", walk.seed, walk.step, #condition); \
	} while (0)

/* Marsaglia's xorshift, so that the walks are the same everywhere. */
static uint64_t
draw(uint64_t below)
{
	walk.random ^= walk.random << 13;
	walk.random ^= walk.random >> 7;
	walk.random ^= walk.random << 17;
	return walk.random % below;
}

/* What may still be said of an ECO that is over. */
static bool
may_follow_the_end(enum eco_event_type type)
{
	return type == ECO_EVENT_NOTE_ADDED || type == ECO_EVENT_PAGE_PLACED ||
	       type == ECO_EVENT_PAGE_ACCEPTED_TOO_LATE || type == ECO_EVENT_PAGER_STOPPED ||
	       type == ECO_EVENT_NOC_ALERTED || type == ECO_EVENT_NOC_ALERT_FAILED ||
	       type == ECO_EVENT_RENDER_SUBSECTOR_CREATED || type == ECO_EVENT_RENDER_TASKED;
}

static bool
is_of_the_ringing(enum eco_event_type type)
{
	return (type >= ECO_EVENT_PAGER_DISPATCHED && type <= ECO_EVENT_PAGER_STOPPED) &&
	       type != ECO_EVENT_PAGE_PLACED && type != ECO_EVENT_PAGE_ACCEPTED_TOO_LATE;
}

static void
check_event(const struct eco_event *event)
{
	const struct ringdown *r = &world.callout.ringdown;

	HOLDS(!walk.over || may_follow_the_end(event->type));
	HOLDS(walk.acceptances == 0 || !is_of_the_ringing(event->type));
	if (event->type == ECO_EVENT_PAGER_DISPATCHED)
		walk.round_attempts = 0;
	if (event->type == ECO_EVENT_PAGE_ATTEMPTED) {
		HOLDS(event->page_attempted.attempt == ++walk.attempts);
		/* Each resumption goes back to the step after that of who had accepted. */
		HOLDS(++walk.round_attempts <=
		      (r->last_loop + walk.resumptions) * (int64_t)ringdown_contacts(r));
	}
	if (event->type == ECO_EVENT_PAGE_ACCEPTED)
		walk.acceptances++;
	if (event->type == ECO_EVENT_PAGER_RESUMED)
		walk.acceptances = 0;
	walk.resumptions += event->type == ECO_EVENT_PAGER_RESUMED;
	if (event->type == ECO_EVENT_CLOSED || event->type == ECO_EVENT_CANCELLED)
		walk.over = true;
	if (event->type == ECO_EVENT_CLOSED || event->type == ECO_EVENT_CANCELLED ||
	    event->type == ECO_EVENT_STATUS_COMPLETED || event->type == ECO_EVENT_WORK_STARTED) {
		HOLDS(walk.notice_count < NOTICES_MAX);
		walk.notices[walk.notice_count++] = *event;
	}
}

/* No state in which nothing would ever happen again. */
static void
check_alive(void)
{
	const struct ringdown *r = &world.callout.ringdown;
	const struct rendersync *sync = &world.callout.rendersync;
	const struct timer_change *attempt = &walk.timers[TIMER_ATTEMPT];

	if (r->state == DISPATCH_RINGING && !r->over) {
		int64_t open = ringdown_next_open(r, 0);

		HOLDS((open != 0 && attempt->set &&
			  attempt->due.us <= ringdown_deadline(r, open).us) ||
		      walk.notice_count > 0);
	}
	if (r->state == DISPATCH_WAITING_RETRY && !r->over)
		HOLDS(walk.timers[TIMER_PAGER_RETRY].set || walk.notice_count > 0);
	if ((r->state == DISPATCH_RINGING || r->state == DISPATCH_WAITING_RETRY) && r->over)
		HOLDS(walk.notice_count > 0);
	if (rendersync_wants_task(sync))
		HOLDS(walk.tasking || walk.timers[TIMER_TASKING].set);
	if (rendersync_wants_poll(sync))
		HOLDS(walk.polling || walk.timers[TIMER_POLL].set);
	if (sync->status == ECO_STATUS_COMPLETED)
		HOLDS(walk.timers[TIMER_GRACE].set);
}

/* Take the last decision over as the runner would, and check what always holds. */
static void
check_always(void)
{
	for (size_t i = 0; i < world.then.event_count; i++)
		check_event(&world.then.events[i]);
	for (size_t i = 0; i < world.then.timer_count; i++)
		walk.timers[world.then.timers[i].kind] = world.then.timers[i];
	for (size_t i = 0; i < world.then.effect_count; i++) {
		walk.tasking |= world.then.effects[i].type == EFFECT_RENDER_TASK;
		walk.polling |= world.then.effects[i].type == EFFECT_RENDER_POLL;
	}
	HOLDS(walk.acceptances <= 1);
	HOLDS(world.callout.eco.status == world.callout.rendersync.status);
	HOLDS(world.callout.ringdown.attempt == walk.attempts);
	check_alive();
}

static struct str
some_id(void)
{
	const struct str ids[] = { STR(""), STR("CA1"), STR("CA2"), STR("CA3") };

	return ids[draw(COUNT_OF(ids))];
}

/* Mostly the attempt that rings, sometimes an older one or one that never was. */
static int64_t
some_attempt(void)
{
	int64_t attempt = world.callout.ringdown.attempt;

	return draw(3) > 0 ? attempt : attempt + 1 - (int64_t)draw(5);
}

static void
step_report(void)
{
	when_reported_as(some_attempt(), (enum ringdown_news)draw(RINGDOWN_ENDED + 1), some_id());
	check_always();
}

/* The order in which a call that somebody takes goes on. */
static void
step_talk(void)
{
	int64_t attempt = world.callout.ringdown.attempt;

	when_reported_as(attempt, RINGDOWN_HUMAN, STR("CA9"));
	check_always();
}

static void
step_choice(void)
{
	when_chosen(
	    some_attempt(), (enum ringdown_choice)draw(RINGDOWN_SILENT + 1), (int64_t)draw(100));
	check_always();
}

static void
step_field(void)
{
	static const char *const ids[] = { "T-1", "T-2", "T-3", "T-4" };
	struct rendersync_task tasks[COUNT_OF(ids)];
	size_t count = draw(COUNT_OF(ids) + 1);
	bool finished = draw(3) == 0;

	if (walk.tasking) {
		walk.tasking = false;
		if (draw(2) == 0)
			when_tasking_failed(SYNC_FAULT_UNREACHABLE, (int64_t)draw(60));
		else
			when_tasked();
		check_always();
		return;
	}
	walk.polling = false;
	for (size_t i = 0; i < count; i++) {
		enum task_status status =
		    finished ? TASK_STATUS_COMPLETED : (enum task_status)draw(5);

		tasks[i] = (struct rendersync_task){ .id = str_from_z(ids[i]),
			.status = status,
			.fingerprint = spec_fingerprint((unsigned char)status) };
	}
	if (draw(5) == 0)
		when_poll_failed(SYNC_FAULT_RATE_LIMITED, (int64_t)draw(600));
	else
		when_polled(tasks, count);
	check_always();
}

static void
step_command(void)
{
	struct eco_command command = { .type = (enum eco_command_type)(1 + draw(4)) };

	if (command.type == ECO_CANCEL && draw(4) > 0)
		command.type = ECO_REOPEN;
	if (command.type == ECO_ADD_NOTE)
		command.add_note.text = STR("x");
	else
		command.reopen.reason = STR("x");
	when_commanded(&command);
	check_always();
}

static void
step_alert(void)
{
	const struct ringdown_alert alert = { .round = 1 + (int64_t)draw(2), .sent = draw(2) == 0 };

	when_alerted(&alert);
	check_always();
}

static void
step_notice(void)
{
	if (walk.notice_count == 0)
		return;
	when_noticed(walk.notices[0]);
	walk.notice_count--;
	memmove(walk.notices, walk.notices + 1, walk.notice_count * sizeof(walk.notices[0]));
	check_always();
}

/* The timer that is due next, or TIMER_COUNT. */
static enum timer_kind
next_timer(void)
{
	enum timer_kind next = TIMER_COUNT;

	for (int kind = 0; kind < TIMER_COUNT; kind++) {
		if (walk.timers[kind].set &&
		    (next == TIMER_COUNT || walk.timers[kind].due.us < walk.timers[next].due.us))
			next = (enum timer_kind)kind;
	}
	return next;
}

static void
step_timer(void)
{
	enum timer_kind kind = next_timer();

	if (kind == TIMER_COUNT)
		return;
	if (walk.timers[kind].due.us > world.now.us)
		world.now = walk.timers[kind].due;
	walk.timers[kind].set = false;
	if (kind != TIMER_PAGER_RETRY)
		when_timer(kind);
	else if (ringdown_wants_next_round(&world.callout.ringdown))
		when_dispatched();
	else
		return;
	check_always();
}

/* A timer that is delivered too early or once too often. */
static void
step_stray_timer(void)
{
	static const enum timer_kind kinds[] = { TIMER_ATTEMPT, TIMER_TASKING, TIMER_POLL,
		TIMER_GRACE, TIMER_ARRIVAL };

	when_timer(kinds[draw(COUNT_OF(kinds))]);
	check_always();
}

static void
step(void)
{
	void (*const steps[])(void) = { step_report, step_report, step_talk, step_choice,
		step_timer, step_timer, step_field, step_notice, step_stray_timer, step_alert };

	world.chance = (double)draw(1000) / 1000;
	after(MILLISECONDS(draw(20000)));
	if (draw(40) == 0)
		step_command();
	else
		steps[draw(COUNT_OF(steps))]();
}

static void
begin_walk(int seed)
{
	walk = (struct walk){ .seed = seed, .random = 0x9e3779b97f4a7c15u * (uint64_t)seed };
	given_a_callout(1 + draw(4));
	world.plan.people[0].skip = draw(4) == 0 ? ROSTER_SKIP_OFF_SHIFT : ROSTER_RINGS;
	when_noticed((struct eco_event){ .type = ECO_EVENT_CREATED });
	check_always();
	when_dispatched();
	check_always();
}

static void
whatever_happens_some_things_always_hold(void **state)
{
	int accepted = 0, closed = 0, exhausted = 0;

	(void)state;
	for (int seed = 1; seed <= SEEDS; seed++) {
		begin_walk(seed);
		for (walk.step = 1; walk.step <= STEPS; walk.step++)
			step();
		accepted += walk.acceptances;
		closed += world.callout.eco.status == ECO_STATUS_CLOSED;
		exhausted += world.callout.ringdown.state == DISPATCH_EXHAUSTED;
	}
	/* The walks see something of the world. */
	assert_true(accepted > SEEDS / 10);
	assert_true(closed > 0);
	assert_true(exhausted > 0);
}

static void
when_everybody_falls_silent_the_timers_alone_come_to_an_end(void **state)
{
	(void)state;
	for (int seed = 1; seed <= SEEDS; seed++) {
		const struct ringdown *r = &world.callout.ringdown;
		int silences = 0;

		begin_walk(seed);
		for (walk.step = 1; walk.step <= (int)draw(30); walk.step++)
			step();
		while (r->state == DISPATCH_RINGING || r->state == DISPATCH_WAITING_RETRY) {
			HOLDS(++silences < SILENCES_MAX);
			while (walk.notice_count > 0)
				step_notice();
			step_timer();
			if (walk.polling || walk.tasking)
				step_field();
		}
		HOLDS(r->state != DISPATCH_NOT_STARTED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_some_things_always_hold),
		cmocka_unit_test(when_everybody_falls_silent_the_timers_alone_come_to_an_end),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
