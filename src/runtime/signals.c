#include <pthread.h>
#include <signal.h>

#include "base/check.h"
#include "runtime/signals.h"

static sigset_t
stop_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	return set;
}

static void
set_pipe_action(void (*action)(int))
{
	struct sigaction sa = { .sa_handler = action };

	CHECK(sigaction(SIGPIPE, &sa, NULL) == 0);
}

void
signals_block(void)
{
	sigset_t set = stop_signals();

	CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	set_pipe_action(SIG_IGN);
}

int
signals_wait(void)
{
	sigset_t set = stop_signals();
	int signal = 0;

	CHECK(sigwait(&set, &signal) == 0);
	return signal;
}

void
signals_restore(void)
{
	sigset_t set = stop_signals();

	CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	set_pipe_action(SIG_DFL);
}
