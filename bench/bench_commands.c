#include "bench_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX 65536

/* In the child: become the command, or say why not and end. */
static _Noreturn void
become(char *const *argv, const char *log_path, int output, pid_t parent)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1); /* the parent died before it could be watched */
	if (fd < 0 || dup2(output >= 0 ? output : fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

struct err *
command_start(
    struct arena *arena, char *const *argv, const char *log_path, int *ret_output, pid_t *ret)
{
	int ends[2] = { -1, -1 };
	pid_t parent = getpid(), pid;

	if (ret_output != NULL && pipe2(ends, O_CLOEXEC) != 0)
		return ERR(arena, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become(argv, log_path, ends[1], parent);
	if (ends[1] >= 0)
		close(ends[1]);
	if (pid < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not start %s: %s", argv[0], strerror(errno));
	if (ret_output != NULL)
		*ret_output = ends[0];
	*ret = pid;
	return NULL;
}

int
command_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
command_stop(pid_t *pid)
{
	if (*pid == 0)
		return;
	(void)kill(*pid, SIGTERM);
	(void)command_wait(*pid);
	*pid = 0;
}

struct err *
command_run(struct arena *arena, char *const *argv, const char *log_path, struct str *ret)
{
	char *text = arena_array(arena, char, OUTPUT_BYTES_MAX);
	size_t length = 0;
	ssize_t n;
	int output, status;
	pid_t pid;

	if (text == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for what %s prints", argv[0]);
	TRY(command_start(arena, argv, log_path, &output, &pid));
	while ((n = read(output, text + length, OUTPUT_BYTES_MAX - length)) > 0)
		length += (size_t)n;
	close(output);
	status = command_wait(pid);
	if (status != 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "%s ended with %d: see %s", argv[0], status, log_path);
	*ret = str_trim((struct str){ text, length });
	return NULL;
}
