#include "support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/signals.h"

/* Run ${act} in a process of its own, which leaves with what it returns. */
static int
status_of(int (*act)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(act());
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int
stop_and_wait(void)
{
	signals_block();
	(void)kill(getpid(), SIGTERM);
	(void)kill(getpid(), SIGPIPE);
	return signals_wait() == SIGTERM ? 7 : 1;
}

static void
a_stop_that_comes_early_is_waited_for(void **state)
{
	int status = status_of(stop_and_wait);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static int
restore_and_stop(void)
{
	signals_block();
	signals_restore();
	(void)kill(getpid(), SIGTERM);
	return 1;
}

static void
a_child_that_is_restored_can_be_stopped_as_usual(void **state)
{
	int status = status_of(restore_and_stop);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_that_comes_early_is_waited_for),
		cmocka_unit_test(a_child_that_is_restored_can_be_stopped_as_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
