#include "process/effects.h"
#include "runtime/random.h"
#include "store/store_archive.h"
#include "support/store_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "integration/fieldwork_adapter.h"
#include "support/unit.h"

/*
 * The two effects of the field lane, by hand: a field system that answers what the test
 * says, a clock that stands still, and a store to look into.
 */

static struct world *world;
static struct clock *clock_of_test;
static struct log *log_of_test;
static int null_fd;
static struct uuid eco;

/* The field system, and what it answers. */
static struct fake {
	struct fieldwork port;
	int asked;
	bool answers;
	struct fieldwork_trouble trouble;
	enum task_status status;
	void (*meanwhile)(void); /* what happens while it is asked, or NULL */
} fake;

static bool
answer(struct fieldwork_trouble *ret_trouble)
{
	fake.asked++;
	if (fake.meanwhile != NULL)
		fake.meanwhile();
	*ret_trouble = fake.trouble;
	return fake.answers;
}

static bool
fake_ensure_task(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    const struct fieldwork_order *order, struct str *ret_subsector, struct str *ret_task,
    struct fieldwork_trouble *ret_trouble)
{
	(void)port, (void)arena, (void)tenant, (void)order;
	*ret_subsector = STR("sub_1");
	*ret_task = STR("task_1");
	return answer(ret_trouble);
}

static bool
fake_read_tasks(struct fieldwork *port, struct arena *arena, const struct fieldwork_tenant *tenant,
    struct str subsector, struct rendersync_task *ret, size_t capacity, size_t *ret_count,
    struct fieldwork_trouble *ret_trouble)
{
	(void)port, (void)arena, (void)tenant, (void)subsector, (void)capacity;
	ret[0] = (struct rendersync_task){ .id = STR("task_1"),
		.raw_status = STR("Rolling"),
		.status = fake.status,
		.fingerprint = { .bytes = { (uint8_t)(1 + fake.status) } } };
	*ret_count = 1;
	return answer(ret_trouble);
}

static const struct fieldwork_ops fake_ops = { .ensure_task = fake_ensure_task,
	.read_tasks = fake_read_tasks };

/* -- an ECO -- */

static struct change
change_of(struct arena *arena)
{
	return (struct change){
		.session = world->worker,
		.arena = arena,
		.eco = eco,
		.now = clock_now(clock_of_test),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.make_id = random_uuid,
	};
}

/* Append ${outcome} to the ECO as it stands. */
static void
append(const struct outcome *outcome)
{
	struct change change = change_of(world->arena);
	struct change_loaded *loaded, none = { .callout = { .id = eco } };
	struct store_append_result result;

	OK(change_load(world->worker, world->arena, eco, &loaded));
	OK(change_append(&change, loaded == NULL ? &none : loaded, outcome, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

static struct outcome *
begin(void)
{
	struct outcome *outcome = arena_new(world->arena, struct outcome);

	outcome_init(outcome, clock_now(clock_of_test));
	return outcome;
}

static void
given_an_eco(bool exercise)
{
	static const struct geo_point pole = { -97.7431, 30.2672 };
	struct outcome *outcome = begin();

	outcome_event(outcome, ECO_EVENT_CREATED)->created =
	    (struct eco_created){ .noc = world->noc_id,
		    .osp = world->osp_id,
		    .agreement = id_of("agreement"),
		    .job_number = STR("HC-MFR-00001-7"),
		    .job_type = JOB_TYPE_MFR,
		    .location = { GEO_POINT, &pole, 1 },
		    .description = STR("Loss of light"),
		    .terms = { .ring_s = 25,
			.loops = 1,
			.grace_s = 3600,
			.poll_s = 30,
			.poll_grace_s = 300 },
		    .exercise = exercise };
	append(outcome);
}

static void
given_tasked(void)
{
	struct outcome *outcome;

	given_an_eco(false);
	outcome = begin();
	outcome_event(outcome, ECO_EVENT_RENDER_SUBSECTOR_CREATED)->subsector_created.subsector =
	    STR("sub_1");
	outcome_event(outcome, ECO_EVENT_RENDER_TASKED)->tasked =
	    (struct eco_tasked){ .subsector = STR("sub_1"), .task = STR("task_1") };
	append(outcome);
}

/* Ask for ${type} now, as its timer would. */
static void
given_asked(enum effect_type type)
{
	struct outcome *outcome = begin();

	outcome_effect(outcome, (struct effect){ .type = type,
				    .number = type == EFFECT_RENDER_POLL ? outcome->now.us : 1 });
	append(outcome);
}

static struct callout *
callout(void)
{
	struct change_loaded *loaded;

	OK(change_load(world->worker, world->arena, eco, &loaded));
	assert_non_null(loaded);
	return &loaded->callout;
}

/* -- carrying out -- */

static bool
claim(struct store_claim *ret)
{
	size_t count;

	OK(store_claim_effects(
	    world->worker, world->arena, LANE_FIELD, clock_now(clock_of_test), 1, ret, &count));
	return count == 1;
}

/* Carry out the effect that is due, and see that there is one. */
static void
when_carried_out(void)
{
	struct process_config config = { .store = world->store,
		.clock = clock_of_test,
		.fieldwork = &fake.port,
		.log = log_of_test };
	struct worker worker = { .config = &config,
		.lane = LANE_FIELD,
		.session = world->worker,
		.arena = world->arena };
	struct store_claim claimed;
	struct effect_job job = { .worker = &worker, .claim = &claimed };
	struct change_loaded *loaded;

	assert_true(claim(&claimed));
	job.work = worker_work(&worker, STR("rendersync"));
	OK(change_load(world->worker, world->arena, eco, &loaded));
	job.loaded = loaded;
	job.callout = &loaded->callout;
	job.agreement = (struct store_agreement){ .id = id_of("agreement"), .osp = world->osp_id };
	OK(claimed.effect.type == EFFECT_RENDER_TASK ? effect_render_task(&job)
						     : effect_render_poll(&job));
}

static void
then_settled(void)
{
	struct store_claim claimed;

	clock_advance(clock_of_test, HOURS(24));
	assert_false(claim(&claimed));
}

/* The effect waits for ${seconds}, and nothing counts as a try. */
static void
then_waits(int64_t seconds)
{
	struct store_claim claimed;

	clock_advance(clock_of_test, SECONDS(seconds - 1));
	assert_false(claim(&claimed));
	clock_advance(clock_of_test, SECONDS(1));
	assert_true(claim(&claimed));
	assert_int_equal(claimed.tries, 1);
}

static struct fieldwork_trouble
not_asked(enum sync_fault fault, int64_t seconds)
{
	return (struct fieldwork_trouble){ .fault = fault,
		.detail = STR("not asked"),
		.retry_after_s = seconds,
		.not_asked = true,
		.wait = SECONDS(seconds) };
}

static void
poll_due(struct instant *ret)
{
	bool any;

	OK(store_next_timer(world->worker, world->arena, &any, ret));
	assert_true(any);
}

/* -- tests -- */

static int
set_up(void **state)
{
	char path[64];
	int failed = world_setup(state);

	if (failed != 0)
		return failed;
	world = *state;
	eco = id_of("eco");
	fake = (struct fake){ .port = { &fake_ops }, .answers = true };
	(void)snprintf(path, sizeof(path), "/tmp/strike-field-clock-%ld", (long)getpid());
	OK(clock_create_virtual(world->arena, path, at_s(0), &clock_of_test));
	(void)unlink(path);
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_of_test = log_create(null_fd, LOG_LOGFMT, LOG_ERROR);
	return 0;
}

static int
tear_down(void **state)
{
	log_destroy(log_of_test);
	close(null_fd);
	clock_destroy(clock_of_test);
	return world_teardown(state);
}

static void
a_look_without_a_change_is_no_event_and_sets_the_next(void **state)
{
	int64_t version;
	struct instant due;

	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	when_carried_out();
	version = callout()->version;
	assert_int_equal(callout()->rendersync.task_count, 1);
	clock_advance(clock_of_test, SECONDS(600));
	given_asked(EFFECT_RENDER_POLL);
	when_carried_out();
	assert_int_equal(callout()->version, version);
	poll_due(&due);
	assert_int_equal(instant_since(due, clock_now(clock_of_test)).us, SECONDS(30).us);
	then_settled();
}

/* The NOC rejects at the very moment of a poll: the tasks are read again. */
static void
a_poll_may_be_asked_for_twice_in_one_moment(void **state)
{
	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	when_carried_out();
	given_asked(EFFECT_RENDER_POLL);
	when_carried_out();
	assert_int_equal(fake.asked, 2);
	then_settled();
}

static void
who_is_not_let_in_waits_and_has_made_no_try(void **state)
{
	int64_t version;

	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	version = callout()->version;
	fake.answers = false;
	fake.trouble = not_asked(SYNC_FAULT_RATE_LIMITED, 7);
	when_carried_out();
	assert_int_equal(callout()->version, version);
	then_waits(7);
}

static void
a_poll_that_is_put_off_for_long_is_stale(void **state)
{
	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	fake.answers = false;
	fake.trouble = not_asked(SYNC_FAULT_RATE_LIMITED, 7);
	clock_advance(clock_of_test, SECONDS(294));
	when_carried_out();
	assert_true(callout()->rendersync.degraded);
	assert_int_equal(callout()->rendersync.state, INTEGRATION_STALE);
	then_settled();
}

static void
trouble_that_concerns_all_is_said_without_asking(void **state)
{
	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	fake.answers = false;
	fake.trouble = not_asked(SYNC_FAULT_UNREACHABLE, 7);
	when_carried_out();
	assert_true(callout()->rendersync.degraded);
	then_settled();
}

static void
tasking_waits_a_minute_and_then_says_so(void **state)
{
	(void)state;
	given_an_eco(false);
	given_asked(EFFECT_RENDER_TASK);
	fake.answers = false;
	fake.trouble = not_asked(SYNC_FAULT_RATE_LIMITED, 61);
	when_carried_out();
	assert_int_equal(callout()->rendersync.state, INTEGRATION_RETRYING);
	then_settled();
}

static void
tasking_waits_for_a_short_pause(void **state)
{
	(void)state;
	given_an_eco(false);
	given_asked(EFFECT_RENDER_TASK);
	fake.answers = false;
	fake.trouble = not_asked(SYNC_FAULT_RATE_LIMITED, 60);
	when_carried_out();
	assert_int_equal(callout()->rendersync.state, INTEGRATION_PENDING);
	then_waits(60);
}

static void
close_meanwhile(void)
{
	struct outcome *outcome = begin();

	outcome_event(outcome, ECO_EVENT_CLOSED)->closed.cause = CLOSE_CAUSE_NOC_CONFIRMED;
	append(outcome);
}

static void
an_eco_that_is_closed_while_it_is_read_is_not_touched(void **state)
{
	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	fake.status = TASK_STATUS_STARTED;
	fake.meanwhile = close_meanwhile;
	when_carried_out();
	assert_int_equal(callout()->eco.status, ECO_STATUS_CLOSED);
	assert_int_equal(callout()->version, 4);
	then_settled();
}

static void
note_meanwhile(void)
{
	struct outcome *outcome = begin();

	outcome_event(outcome, ECO_EVENT_PAGER_STOPPED)->pager_stopped.reason =
	    PAGER_STOP_WORK_COMPLETED;
	append(outcome);
}

static void
an_eco_that_has_moved_on_while_it_was_read_is_decided_on_anew(void **state)
{
	(void)state;
	given_tasked();
	given_asked(EFFECT_RENDER_POLL);
	fake.status = TASK_STATUS_STARTED;
	fake.meanwhile = note_meanwhile;
	when_carried_out();
	assert_int_equal(fake.asked, 1);
	assert_int_equal(callout()->eco.status, ECO_STATUS_IN_PROGRESS);
	then_settled();
}

static void
the_field_system_never_hears_of_a_drill(void **state)
{
	(void)state;
	given_an_eco(true);
	given_asked(EFFECT_RENDER_TASK);
	when_carried_out();
	given_asked(EFFECT_RENDER_POLL);
	when_carried_out();
	assert_int_equal(fake.asked, 0);
	then_settled();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_look_without_a_change_is_no_event_and_sets_the_next),
		TEST(a_poll_may_be_asked_for_twice_in_one_moment),
		TEST(who_is_not_let_in_waits_and_has_made_no_try),
		TEST(a_poll_that_is_put_off_for_long_is_stale),
		TEST(trouble_that_concerns_all_is_said_without_asking),
		TEST(tasking_waits_a_minute_and_then_says_so),
		TEST(tasking_waits_for_a_short_pause),
		TEST(an_eco_that_is_closed_while_it_is_read_is_not_touched),
		TEST(an_eco_that_has_moved_on_while_it_was_read_is_decided_on_anew),
		TEST(the_field_system_never_hears_of_a_drill),
	};
	int failed = world_store_prepare();

	if (failed != 0)
		return failed;
	failed = cmocka_run_group_tests_name("effects of the field lane", tests, NULL, NULL);
	world_store_forget();
	return failed;
}
