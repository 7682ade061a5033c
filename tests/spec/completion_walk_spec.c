#include "support/spec.h"

/*
 * Random looks at random lists of tasks, beside a second opinion.
 *
 * The opinion (struct opinion) is the rules of docs/design/rendersync.md written once
 * more, naively: sets of tasks as bits, no events.  After every step it must agree with
 * what was decided, and some things hold whatever it says (check_always()).  A failure
 * names its seed and step; a walk is the same for the same seed.
 */

#define STEPS   100000
#define TASKS   6 /* fewer than RENDERSYNC_GONE_MAX: none is ever forgotten */
#define GRACE_S 3600
#define POLL_S  30
#define WATCH_S 300
#define NO_TASK TASKS

static const char *const ids[TASKS] = { "T-1", "T-2", "T-3", "T-4", "T-5", "T-6" };

struct opinion {
	enum eco_status status;
	unsigned there, seen;         /* sets of tasks: shown last time; ever shown */
	enum task_status word[TASKS]; /* of those that were ever shown */
	unsigned char look[TASKS];    /* fingerprints */
	bool rejected, stale;
	int64_t grace_until;
};

/* What one look shows. */
struct look {
	unsigned shown; /* a set */
	enum task_status word[TASKS];
	unsigned char look[TASKS];
};

/* What the opinion expects of a look. */
struct expected {
	size_t events;
	bool completed, closed, reactivated;
	enum reactivation cause;
	size_t which;
};

static struct {
	uint64_t random;
	int step, ecos;
	struct opinion opinion;
	int completions, clones, reopenings, closings;
} walk;

#define HOLDS(condition)                                                                   \
	do {                                                                               \
		if (!(condition))                                                          \
			fail_msg("step %d, ECO %d: %s", walk.step, walk.ecos, #condition); \
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

static bool
has(unsigned set, size_t i)
{
	return (set >> i & 1) != 0;
}

static bool
may_be_worked_on(enum task_status word)
{
	return word == TASK_STATUS_NOT_STARTED || word == TASK_STATUS_STARTED;
}

/* -- the second opinion -- */

static void
count_news(const struct opinion *o, const struct look *look, size_t *ret_news, size_t *ret_gone)
{
	*ret_news = 0;
	*ret_gone = 0;
	for (size_t i = 0; i < TASKS; i++) {
		if (has(o->there, i) && !has(look->shown, i))
			(*ret_gone)++;
		if (has(look->shown, i) && (!has(o->there, i) || o->look[i] != look->look[i]))
			(*ret_news)++;
	}
}

/* The first task that was never there; else the first that is to do, and was not when last seen. */
static void
expect_reactivation(const struct opinion *o, const struct look *look, struct expected *ret)
{
	ret->which = NO_TASK;
	for (size_t i = TASKS; i-- > 0;) {
		bool was_idle = !has(o->there, i) || !may_be_worked_on(o->word[i]);

		if (has(look->shown & o->seen, i) && was_idle && may_be_worked_on(look->word[i]))
			ret->which = i;
	}
	ret->cause = REACTIVATION_TASK_REOPENED;
	for (size_t i = TASKS; i-- > 0;) {
		if (!has(look->shown & ~o->seen, i))
			continue;
		ret->which = i;
		ret->cause = REACTIVATION_LATE_CLONE;
	}
	ret->reactivated = ret->which != NO_TASK;
}

struct tally {
	size_t finished, completed, begun;
};

static struct tally
tally(const struct look *look)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < TASKS; i++) {
		if (!has(look->shown, i))
			continue;
		t.completed += look->word[i] == TASK_STATUS_COMPLETED;
		t.finished += look->word[i] == TASK_STATUS_COMPLETED ||
			      look->word[i] == TASK_STATUS_CANCELLED;
		t.begun +=
		    look->word[i] == TASK_STATUS_COMPLETED || look->word[i] == TASK_STATUS_STARTED;
	}
	return t;
}

static void
believe(struct opinion *o, const struct look *look, size_t news)
{
	o->there = look->shown;
	o->seen |= look->shown;
	for (size_t i = 0; i < TASKS; i++) {
		if (!has(look->shown, i))
			continue;
		o->word[i] = look->word[i];
		o->look[i] = look->look[i];
	}
	o->rejected = o->rejected && news == 0;
}

static struct expected
opine(struct opinion *o, const struct look *look)
{
	struct expected e = { 0 };
	struct tally t = tally(look);
	bool all = t.finished == (size_t)__builtin_popcount(look->shown);
	size_t news, gone;

	if (look->shown == 0) {
		e.events = !o->stale;
		o->stale = true;
		return e;
	}
	count_news(o, look, &news, &gone);
	e.events = news + gone + o->stale;
	o->stale = false;
	if (o->status == ECO_STATUS_COMPLETED) {
		expect_reactivation(o, look, &e);
		e.closed = !e.reactivated && all && gone == 0 && world.now.us >= o->grace_until;
	} else {
		e.events += o->status == ECO_STATUS_OPEN && t.begun > 0;
		e.completed = all && t.completed > 0 && gone == 0 && !(o->rejected && news == 0);
		if (t.begun > 0)
			o->status = ECO_STATUS_IN_PROGRESS;
	}
	believe(o, look, news);
	e.events += (size_t)e.completed + e.closed + e.reactivated;
	if (e.reactivated)
		o->status = ECO_STATUS_IN_PROGRESS;
	if (e.closed)
		o->status = ECO_STATUS_CLOSED;
	if (e.completed) {
		o->status = ECO_STATUS_COMPLETED;
		o->grace_until = world.now.us + SECONDS(GRACE_S).us;
	}
	return e;
}

/* -- what was decided -- */

static const struct eco_event *
find_event(enum eco_event_type type)
{
	for (size_t i = 0; i < world.then.event_count; i++) {
		if (world.then.events[i].type == type)
			return &world.then.events[i];
	}
	return NULL;
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

/* The next poll is set, not sooner than half of the shortest interval and not later than the
 * longest, each give or take a tenth. */
static void
check_next_poll(void)
{
	const struct timer_change *poll = find_timer(TIMER_POLL);
	int64_t in_us;

	HOLDS(poll != NULL);
	if (walk.opinion.status == ECO_STATUS_CLOSED) {
		HOLDS(!poll->set);
		return;
	}
	HOLDS(poll->set);
	in_us = poll->due.us - world.now.us;
	HOLDS(in_us >= SECONDS(POLL_S).us / 2 * 9 / 10 - 1);
	HOLDS(in_us <= SECONDS(WATCH_S).us * 11 / 10 + 1);
}

static void
check_always(void)
{
	const struct rendersync *sync = &world.callout.rendersync;
	const struct opinion *o = &walk.opinion;

	HOLDS(sync->status == o->status && world.callout.eco.status == o->status);
	HOLDS(sync->degraded == o->stale);
	HOLDS(sync->task_count == (size_t)__builtin_popcount(o->there));
	for (size_t i = 0; i < sync->task_count; i++) {
		size_t at = 0;

		while (!str_equal(sync->tasks[i].id, str_from_z(ids[at])))
			at++;
		HOLDS(has(o->there, at) && sync->tasks[i].status == o->word[at]);
	}
}

static void
check_look(const struct expected *e)
{
	const struct eco_event *again = find_event(ECO_EVENT_REACTIVATED);

	HOLDS(world.then.event_count == e->events);
	HOLDS((find_event(ECO_EVENT_STATUS_COMPLETED) != NULL) == e->completed);
	HOLDS((find_event(ECO_EVENT_CLOSED) != NULL) == e->closed);
	HOLDS((again != NULL) == e->reactivated);
	if (again != NULL) {
		HOLDS(again->reactivated.cause == e->cause);
		HOLDS(str_equal(again->reactivated.task, str_from_z(ids[e->which])));
	}
	check_next_poll();
	walk.completions += e->completed;
	walk.closings += e->closed;
	walk.clones += e->reactivated && e->cause == REACTIVATION_LATE_CLONE;
	walk.reopenings += e->reactivated && e->cause == REACTIVATION_TASK_REOPENED;
}

/* -- steps -- */

/* The list as it was, with a change here and there; sometimes all is done, sometimes nothing there.
 */
static struct look
some_look(void)
{
	struct look look = { .shown = walk.opinion.there };
	bool finished = draw(3) == 0;

	for (size_t i = 0; i < TASKS; i++) {
		look.word[i] = walk.opinion.word[i];
		look.look[i] = walk.opinion.look[i];
		if (draw(12) == 0)
			look.shown ^= 1u << i;
		if (finished || draw(8) == 0) {
			look.word[i] = finished ? TASK_STATUS_COMPLETED
						: (enum task_status)draw(TASK_STATUS_UNKNOWN + 1);
			look.look[i] = (unsigned char)(1 + look.word[i] * 2 + draw(2));
		}
		if (look.look[i] == 0)
			look.look[i] = (unsigned char)(1 + look.word[i] * 2);
	}
	if (draw(20) == 0)
		look.shown = 0;
	return look;
}

static void
step_look(void)
{
	struct look look = some_look();
	struct rendersync_task tasks[TASKS];
	struct expected expected;
	size_t count = 0;

	for (size_t i = 0; i < TASKS; i++) {
		if (!has(look.shown, i))
			continue;
		tasks[count++] = (struct rendersync_task){ .id = str_from_z(ids[i]),
			.raw_status = STR("Rolling"),
			.status = look.word[i],
			.fingerprint = spec_fingerprint(look.look[i]) };
	}
	expected = opine(&walk.opinion, &look);
	when_polled(tasks, count);
	check_look(&expected);
}

static void
step_failure(void)
{
	when_poll_failed((enum sync_fault)draw(SYNC_FAULT_EMPTY), 0);
	HOLDS(world.then.event_count == (walk.opinion.stale ? 0 : 1));
	walk.opinion.stale = true;
	check_next_poll();
}

static void
step_command(void)
{
	struct eco_command command = { .type = draw(4) == 0 ? ECO_CLOSE : ECO_REOPEN };

	if (command.type == ECO_REOPEN)
		command.reopen.reason = STR("still dark");
	when_commanded(&command);
	if (world.refused) {
		HOLDS(walk.opinion.status != ECO_STATUS_COMPLETED);
		return;
	}
	HOLDS(walk.opinion.status == ECO_STATUS_COMPLETED);
	walk.opinion.status =
	    command.type == ECO_CLOSE ? ECO_STATUS_CLOSED : ECO_STATUS_IN_PROGRESS;
	walk.opinion.rejected = command.type == ECO_REOPEN;
}

/* A deadline, due or not: it never changes anything by itself. */
static void
step_timer(void)
{
	when_timer(draw(2) == 0 ? TIMER_GRACE : TIMER_POLL);
	HOLDS(world.then.event_count == 0);
}

static void
begin_eco(void)
{
	given_a_callout(1);
	world.callout.rendersync.terms.grace_s = GRACE_S;
	when_tasked();
	walk.opinion = (struct opinion){ .status = ECO_STATUS_OPEN };
	walk.ecos++;
}

/* What comes when it is over changes nothing any more. */
static void
check_over(void)
{
	struct rendersync_task task = { .id = STR("T-9"), .status = TASK_STATUS_STARTED };

	when_polled(&task, 1);
	HOLDS(outcome_is_empty(&world.then));
	when_poll_failed(SYNC_FAULT_UNREACHABLE, 0);
	HOLDS(outcome_is_empty(&world.then));
	when_timer(TIMER_GRACE);
	HOLDS(outcome_is_empty(&world.then));
	when_timer(TIMER_POLL);
	HOLDS(outcome_is_empty(&world.then));
}

static void
step(void)
{
	uint64_t which = draw(100);

	world.chance = (double)draw(1000) / 1000;
	after(SECONDS(draw(8) == 0 ? draw(2 * GRACE_S) : draw(60)));
	if (which < 80)
		step_look();
	else if (which < 90)
		step_timer();
	else if (which < 97)
		step_failure();
	else
		step_command();
	check_always();
}

static void
a_hundred_thousand_random_looks_agree_with_the_second_opinion(void **state)
{
	(void)state;
	walk.random = 0x9e3779b97f4a7c15u;
	begin_eco();
	for (walk.step = 1; walk.step <= STEPS; walk.step++) {
		step();
		if (walk.opinion.status == ECO_STATUS_CLOSED || draw(400) == 0) {
			if (walk.opinion.status == ECO_STATUS_CLOSED)
				check_over();
			begin_eco();
		}
	}
	print_message("%d ECOs, %d completions, %d late clones, %d reopenings, %d closings\n",
	    walk.ecos, walk.completions, walk.clones, walk.reopenings, walk.closings);
	/* The walk sees something of the world. */
	assert_true(walk.completions > 1000);
	assert_true(walk.clones > 100);
	assert_true(walk.reopenings > 100);
	assert_true(walk.closings > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_random_looks_agree_with_the_second_opinion),
	};

	return cmocka_run_group_tests_name("completion walk", tests, NULL, NULL);
}
