#include "bin/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/signals.h"

#define STOP_REAL_US INT64_C(20000000)

/* In the child: become the command, or say why not and end. */
static _Noreturn void
become(char *const *argv, char *const *environment, const char *log_path, pid_t parent)
{
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1); /* the parent died before it could be watched */
	if (log_path != NULL) {
		fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(126);
	}
	signals_restore();
	execve("/proc/self/exe", argv, environment);
	_exit(127);
}

struct err *
child_start(struct arena *arena, char *const *argv, char *const *environment, const char *log_path,
    struct child *ret)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not start \"%s\": %s", argv[1], strerror(errno));
	if (pid == 0)
		become(argv, environment, log_path, parent);
	*ret = (struct child){ .pid = pid, .name = argv[1] };
	return NULL;
}

static int
exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
child_wait(struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	child->pid = 0;
	return exit_status(status);
}

bool
child_has_ended(struct child *child, int *ret_status)
{
	int status;

	if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) <= 0)
		return false;
	child->pid = 0;
	*ret_status = exit_status(status);
	return true;
}

void
child_stop(struct child *child)
{
	int64_t until = clock_monotonic_us() + STOP_REAL_US;
	sigset_t none;
	int status;

	if (child->pid == 0)
		return;
	(void)kill(child->pid, SIGTERM);
	sigemptyset(&none);
	sigaddset(&none, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &none, NULL);
	while (!child_has_ended(child, &status)) {
		if (clock_monotonic_us() > until) {
			(void)kill(child->pid, SIGKILL);
			(void)child_wait(child);
			return;
		}
		(void)sigtimedwait(&none, NULL, &(struct timespec){ .tv_nsec = 50000000 });
	}
}
