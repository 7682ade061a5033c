#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "fault/kill_world.h"

#define LOOK_NS   10000000
#define REST_US   100000
#define SETTLE_US INT64_C(30000000)
#define LOST      INT64_C(-1) /* what passes does not go on */

/* -- the moments -- */

static bool
is_at(const struct kill_world *world, const struct kill_moment *moment, enum kill_side side,
    const struct relay_passage *passage)
{
	if (moment->passage > 0)
		return world->passages >= moment->passage;
	return side == moment->side && passage->point == moment->point &&
	       str_find(passage->request, str_from_z(moment->request)) != SIZE_MAX;
}

/* The moment has come.  After how long what passes goes on, or LOST. */
static int64_t
strike(struct kill_world *world, const struct kill_moment *moment)
{
	world->done++;
	world->matches = 0;
	if (world->plan->instead != NULL) {
		world->wants_instead = true;
		return 0;
	}
	if (moment->delay_us > 0) {
		world->kill_at_us = clock_monotonic_us() + moment->delay_us;
		return 0;
	}
	killable_server_kill(&world->server);
	return moment->arrives_us > 0 ? moment->arrives_us : LOST;
}

static bool
pass(struct kill_world *world, enum kill_side side, const struct relay_passage *passage)
{
	const struct kill_moment *moment;
	int64_t hold_us = 0;

	(void)pthread_mutex_lock(&world->lock);
	world->passages++;
	moment = &world->plan->at[world->done];
	/* One kill at a time: the next counts from a server that runs. */
	if (world->done < world->plan->count && world->server.pid != 0 && world->kill_at_us == 0 &&
	    is_at(world, moment, side, passage) && world->matches++ == moment->skip) {
		hold_us = strike(world, moment);
		(void)pthread_cond_signal(&world->changed);
	}
	(void)pthread_mutex_unlock(&world->lock);
	if (hold_us > 0)
		(void)usleep((useconds_t)hold_us);
	return hold_us != LOST;
}

bool
kill_watch_outbound(void *context, const struct relay_passage *passage)
{
	return pass(context, KILL_OUTBOUND, passage);
}

/* A webhook that is held goes on: to a dead server, and again to the next if the relay insists. */
bool
kill_watch_inbound(void *context, const struct relay_passage *passage)
{
	bool goes_on = pass(context, KILL_INBOUND, passage);

	return goes_on || passage->point == RELAY_REQUEST;
}

/* -- the play -- */

static void *
run_play(void *context)
{
	struct kill_world *world = context;

	world->fault = play(world->play_arena,
	    &(struct play_config){
		.scenario = world->scenario,
		.clock = world->clock,
		.server_url = world->server_url,
		.mock_url = world->mock_url,
		.fd = getenv("STRIKE_TEST_VERBOSE") != NULL ? STDERR_FILENO : -1,
	    },
	    &world->result);
	(void)pthread_mutex_lock(&world->lock);
	world->play_is_over = true;
	(void)pthread_cond_signal(&world->changed);
	(void)pthread_mutex_unlock(&world->lock);
	return NULL;
}

/* Whether the server has ended at its fault point; the next one has none. */
static bool
has_killed_itself(struct kill_world *world, int status)
{
	if (world->fault_variable == NULL || *world->fault_variable == NULL ||
	    !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return false;
	*world->fault_variable = NULL;
	world->fault_points++;
	return true;
}

/* With the lock: kill when it is time, start what does not run. */
static void
tend(struct kill_world *world)
{
	int status;

	if (world->kill_at_us != 0 && clock_monotonic_us() >= world->kill_at_us) {
		world->kill_at_us = 0;
		killable_server_kill(&world->server);
	}
	if (killable_server_is_held(&world->server)) {
		world->fault_points++;
		world->wants_instead = true;
	}
	if (killable_server_has_ended(&world->server, &status) &&
	    !has_killed_itself(world, status)) {
		kill_fail(world, "the server ended by itself, with wait status %d", status);
		(void)usleep(REST_US);
	}
	if (world->server.pid == 0)
		killable_server_start(&world->server);
}

/* How long nothing need be looked at: a short while, or until the kill that is due. */
static struct timespec
next_look(const struct kill_world *world)
{
	struct timespec at;
	int64_t wait_ns = LOOK_NS;

	if (world->kill_at_us != 0)
		wait_ns = (world->kill_at_us - clock_monotonic_us()) * 1000;
	wait_ns = wait_ns < 0 ? 0 : wait_ns > LOOK_NS ? LOOK_NS : wait_ns;
	(void)clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += wait_ns;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static bool
is_quiet(struct kill_world *world)
{
	const struct json *server = kill_world_get(world, world->server_url, "/dev/quiet");
	const struct json *mock = kill_world_get(world, world->mock_url, "/control/quiet");

	return json_bool_or(server, STR("quiet"), false) && json_bool_or(mock, STR("quiet"), false);
}

/* Wait until nothing is left to do at the moment at which the play ended. */
static void
settle(struct kill_world *world)
{
	int64_t until = clock_monotonic_us() + SETTLE_US;
	int quiet = 0;

	while (quiet < 3 && clock_monotonic_us() < until) {
		struct arena_mark mark = arena_mark(world->arena);

		quiet = is_quiet(world) ? quiet + 1 : 0;
		arena_release(world->arena, mark);
		(void)pthread_mutex_lock(&world->lock);
		tend(world);
		(void)pthread_mutex_unlock(&world->lock);
		(void)usleep(LOOK_NS / 2000);
	}
	if (quiet < 3) {
		const struct json *server = kill_world_get(world, world->server_url, "/dev/quiet");
		const struct json *mock = kill_world_get(world, world->mock_url, "/control/quiet");

		kill_fail(world,
		    "nothing comes to rest: effects %lld, timers %lld, claims %lld, "
		    "unsequenced %lld, behind %lld; mock world %lld",
		    (long long)json_int_or(server, STR("effectsDue"), -1),
		    (long long)json_int_or(server, STR("timersDue"), -1),
		    (long long)json_int_or(server, STR("claimed"), -1),
		    (long long)json_int_or(server, STR("unsequenced"), -1),
		    (long long)json_int_or(server, STR("behind"), -1),
		    (long long)json_int_or(mock, STR("pending"), -1));
	}
}

static void
take_result(struct kill_world *world)
{
	const struct play_result *result = &world->result;

	if (world->fault != NULL) {
		char memory[1024];
		struct buf text = buf_over(memory, sizeof(memory));

		err_format(world->fault, &text);
		kill_fail(world, "%.*s", STR_ARG(buf_view(&text)));
	}
	for (size_t i = 0; i < result->failure_count; i++)
		kill_fail(world, "not as expected: %.*s", STR_ARG(result->failures[i]));
	if (world->done < world->plan->count && world->plan->at[world->done].passage == 0)
		kill_fail(world, "the moment to kill never came: %s",
		    world->plan->at[world->done].request);
}

void
kill_world_play(struct kill_world *world)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, run_play, world) == 0);
	(void)pthread_mutex_lock(&world->lock);
	while (!world->play_is_over) {
		struct timespec at = next_look(world);
		bool instead;

		(void)pthread_cond_timedwait(&world->changed, &world->lock, &at);
		tend(world);
		instead = world->wants_instead;
		world->wants_instead = false;
		if (!instead)
			continue;
		(void)pthread_mutex_unlock(&world->lock);
		world->plan->instead(world->plan->context);
		(void)pthread_mutex_lock(&world->lock);
		killable_server_go_on(&world->server);
	}
	(void)pthread_mutex_unlock(&world->lock);
	CHECK(pthread_join(thread, NULL) == 0);
	settle(world);
	take_result(world);
}
