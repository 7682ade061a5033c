#include "support/unit.h"

#include <unistd.h>

#include "process/watchdog.h"
#include "runtime/metrics.h"
#include "store/mem/store_mem.h"
#include "support/scripted_peer.h"
#include "support/server_world.h"

/*
 * What is late is noticed, and told by silence; and when the process comes back, it
 * goes on.
 */

#define LATE_AFTER SECONDS(30)
#define LOOKS_MAX  20000
#define LOOK_US    1000

static const char nobody_answers[] = "scenario \"Nobody picks up\"\n"
				     "noc operator@lone-star-noc\n"
				     "watch dispatcher@hill-country-osp\n"
				     "phone +15125550101 rings out\n"
				     "phone +15125550102 rings out\n"
				     "phone +15125550103 rings out\n"
				     "texts +15125550901 arrive\n"
				     "render up\n";

static const char create[] =
    "{\"query\":\"mutation{createEco(input:{idempotencyKey:"
    "\\\"0199a000-0000-7000-8000-000000000001\\\",jobType:MFR,"
    "location:{type:\\\"Point\\\",coordinates:[-97.7431,30.2672]},"
    "osp:\\\"hill-country-osp\\\",description:\\\"Loss of light\\\"}){__typename}}\"}";

static struct watchdog_finding
look(struct server_world *world, struct watchdog *watchdog)
{
	struct store_session *session;
	struct watchdog_finding found;

	assert_no_fault(store_session_open(world->store, world->arena, STORE_WORKER, &session));
	assert_no_fault(watchdog_look(
	    watchdog, session, world->arena, clock_now(world->clock), LATE_AFTER, &found));
	store_session_close(session);
	return found;
}

static void
a_ring_down_that_stood_still_is_found_late_and_goes_on(void **state)
{
	struct server_world world;
	struct watchdog watchdog = { .looked = false };
	struct watchdog_finding found;
	int64_t late = metrics_value(METRIC_TIMER_LATENESS, STR(""), STR(""));

	(void)state;
	server_world_begin(&world, store_mem_create(), nobody_answers);
	(void)server_world_ask(&world, "operator@lone-star-noc", create, 200);
	server_world_settle(&world);
	found = look(&world, &watchdog);
	assert_false(found.late);
	assert_true(found.seen.has_timer);

	server_world_rest(&world);
	clock_advance(world.clock, SECONDS(180));
	found = look(&world, &watchdog);
	assert_true(found.late);
	assert_int_equal(found.seen.ringdowns, 1);
	assert_true(found.worst.us > SECONDS(120).us);

	server_world_work(&world);
	server_world_settle(&world);
	found = look(&world, &watchdog);
	assert_false(found.late);
	assert_true(metrics_value(METRIC_TIMER_LATENESS, STR(""), STR("")) > late);
	server_world_end(&world, false);
}

/* ---- who is told ---- */

/* A process whose threads for timers and effects hang: it has none. */
static struct process *
start_hanging(struct server_world *world, const struct peer *peer)
{
	struct process *process;

	assert_no_fault(process_start(world->arena,
	    &(struct process_config){
		.store = world->store,
		.vault = &world->vault,
		.clock = world->clock,
		.telephony = world->telephony,
		.fieldwork = world->fieldwork,
		.log = world->log,
		.client = world->client,
		.watchdog_s = 60,
		.watchdog_late_s = 30,
		.deadman_url = arena_printf(world->arena, "%.*s/ping", STR_ARG(peer_url(peer))),
		.public_url = world->server_url,
	    },
	    &process));
	return process;
}

static void
wait_for(enum metric metric, const char *outcome, int64_t count)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		if (metrics_value(metric, str_from_z(outcome), STR("")) >= count)
			return;
		(void)usleep(LOOK_US);
	}
	fail_msg("the watchdog does not look");
}

static void
the_dead_man_hears_of_us_while_nothing_is_late(void **state)
{
	const struct peer_exchange script[] = {
		{ .request = "GET /ping", .status = 200, .answer = "OK" }
	};
	struct peer *peer = peer_start(script, 1);
	int64_t pings = metrics_value(METRIC_DEADMAN_PINGS, STR("ok"), STR(""));
	struct server_world world;
	struct process *process;

	(void)state;
	server_world_begin(&world, store_mem_create(), nobody_answers);
	server_world_rest(&world);
	process = start_hanging(&world, peer);
	wait_for(METRIC_DEADMAN_PINGS, "ok", pings + 1);
	process_stop(process);
	peer_stop(peer);
	server_world_end(&world, false);
}

static void
the_dead_man_hears_nothing_while_a_ring_down_is_late(void **state)
{
	struct peer *peer = peer_start(NULL, 0);
	int64_t looks = metrics_value(METRIC_WATCHDOG_LOOKS, STR("late"), STR(""));
	struct server_world world;
	struct process *process;

	(void)state;
	server_world_begin(&world, store_mem_create(), nobody_answers);
	(void)server_world_ask(&world, "operator@lone-star-noc", create, 200);
	server_world_settle(&world);
	server_world_rest(&world);
	clock_advance(world.clock, SECONDS(180));
	process = start_hanging(&world, peer);
	wait_for(METRIC_WATCHDOG_LOOKS, "late", looks + 1);
	process_stop(process);
	peer_stop(peer);
	server_world_end(&world, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_down_that_stood_still_is_found_late_and_goes_on),
		cmocka_unit_test(the_dead_man_hears_of_us_while_nothing_is_late),
		cmocka_unit_test(the_dead_man_hears_nothing_while_a_ring_down_is_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
