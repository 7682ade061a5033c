#include "process/process.h"
#include "support/proof_world.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/unit.h"

/* A whole process works on the store; what is asked is which heads it has signed. */

struct running {
	struct world *world;
	struct clock *clock;
	struct log *log;
	struct ed25519_key *key;
	struct process *process;
	int fd;
};

static struct running
start(struct world *world, bool has_key)
{
	struct running running = { .world = world, .fd = open("/dev/null", O_WRONLY | O_CLOEXEC) };

	running.clock = clock_create_real();
	running.log = log_create(running.fd, LOG_LOGFMT, LOG_ERROR);
	running.key = has_key ? proof_world_key(world->arena, 0, true) : NULL;
	OK(process_start(world->arena,
	    &(struct process_config){
		.store = world->store,
		.clock = running.clock,
		.log = running.log,
		.seal_key = running.key,
		.public_url = STR("http://127.0.0.1:1"),
		.timer_threads = 1,
		.paging_threads = 1,
		.field_threads = 1,
	    },
	    &running.process));
	return running;
}

static void
stop(struct running *running)
{
	process_stop(running->process);
	ed25519_key_destroy(running->key);
	log_destroy(running->log);
	clock_destroy(running->clock);
	close(running->fd);
}

/* The newest tick that ${running}'s key has signed, as an audit with the public half sees it. */
static int64_t
signed_tick(struct world *world)
{
	struct ed25519_key *key = proof_world_key(world->arena, 0, false);
	struct audit_result *result = proof_world_audit(world, (struct audit_wanted){ .key = key });

	proof_world_sound(result);
	ed25519_key_destroy(key);
	return result->signed_by_key == 0 ? 0 : result->last_signed.tick;
}

static int64_t
signature_count(struct world *world)
{
	struct store_signatures signatures;

	OK(store_read_signatures(world->worker, world->arena, 0, STORE_ROWS_MAX, &signatures));
	return (int64_t)signatures.count;
}

static void
wait_for_tick(struct world *world, int64_t position)
{
	struct store_tick tick;
	bool found = false;

	while (!found) {
		OK(store_find_tick(world->worker, world->arena, position, &found, &tick));
		usleep(10000);
	}
}

static void
the_head_is_signed_while_the_process_works(void **state)
{
	struct world *world = *state;
	struct running running = start(world, true);

	world_appended(world, id_of("one"), 0, 3);
	wait_for_tick(world, 3);
	while (signature_count(world) == 0)
		usleep(10000);
	assert_int_equal(signed_tick(world), proof_world_newest(world));
	stop(&running);
}

static void
an_orderly_stop_leaves_the_newest_head_signed(void **state)
{
	struct world *world = *state;
	struct running running = start(world, true);

	for (int64_t i = 0; i < 5; i++) {
		world_appended(world, id_of("one"), i, 1);
		wait_for_tick(world, i + 1);
	}
	stop(&running);
	assert_int_equal(proof_world_newest(world), 5);
	assert_int_equal(signed_tick(world), 5);
}

static void
a_head_that_has_not_changed_is_signed_once(void **state)
{
	struct world *world = *state;
	struct running running;

	for (int i = 0; i < 3; i++) {
		running = start(world, true);
		if (i == 0)
			world_appended(world, id_of("one"), 0, 2);
		wait_for_tick(world, 2);
		stop(&running);
	}
	assert_int_equal(proof_world_newest(world), 1);
	assert_int_equal(signature_count(world), 1);
}

static void
without_a_key_nothing_is_signed(void **state)
{
	struct world *world = *state;
	struct running running = start(world, false);

	world_appended(world, id_of("one"), 0, 2);
	wait_for_tick(world, 2);
	stop(&running);
	assert_int_equal(signature_count(world), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_head_is_signed_while_the_process_works),
		WORLD_TEST(an_orderly_stop_leaves_the_newest_head_signed),
		WORLD_TEST(a_head_that_has_not_changed_is_signed_once),
		WORLD_TEST(without_a_key_nothing_is_signed),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_store_forget();
	return failed;
}
