#include "support/killable_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/clock.h"

#define STOP_REAL_US INT64_C(20000000)
#define LOOK_US      2000

/* In the child: nothing but what is safe after fork in a program with threads. */
static _Noreturn void
become(const struct killable_server *server, pid_t parent)
{
	char name[] = "strike", verb[] = "serve";
	char *argv[] = { name, verb, NULL };
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	fd = open(server->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execve(server->program, argv, server->environment);
	_exit(127);
}

void
killable_server_start(struct killable_server *server)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		become(server, parent);
	server->pid = pid;
}

void
killable_server_kill(struct killable_server *server)
{
	if (server->pid == 0)
		return;
	(void)kill(server->pid, SIGKILL);
	while (waitpid(server->pid, NULL, 0) < 0)
		CHECK(errno == EINTR);
	server->pid = 0;
}

bool
killable_server_has_ended(struct killable_server *server, int *ret_status)
{
	if (server->pid == 0 || waitpid(server->pid, ret_status, WNOHANG) != server->pid)
		return false;
	server->pid = 0;
	return true;
}

bool
killable_server_is_held(struct killable_server *server)
{
	siginfo_t info = { .si_pid = 0 };

	return server->pid != 0 &&
	       waitid(P_PID, (id_t)server->pid, &info, WSTOPPED | WNOHANG) == 0 &&
	       info.si_pid == server->pid;
}

void
killable_server_go_on(struct killable_server *server)
{
	if (server->pid != 0)
		(void)kill(server->pid, SIGCONT);
}

bool
killable_server_stop(struct killable_server *server)
{
	int64_t until = clock_monotonic_us() + STOP_REAL_US;
	int status;

	if (server->pid == 0)
		return false;
	(void)kill(server->pid, SIGTERM);
	while (!killable_server_has_ended(server, &status)) {
		if (clock_monotonic_us() > until) {
			killable_server_kill(server);
			return false;
		}
		(void)usleep(LOOK_US);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
