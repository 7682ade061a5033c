#ifndef TESTS_KILLABLE_SERVER_H
#define TESTS_KILLABLE_SERVER_H

#include <sys/types.h>

#include "base/err.h"

/*
 * killable_server: "strike serve" as a process of its own, which a test kills and
 * starts again.  The kernel kills it when the thread that started it ends.
 */
struct killable_server {
	const char *program;      /* the strike binary */
	char *const *environment; /* all of it, NULL at the end */
	const char *log_path;     /* what it prints is appended */
	pid_t pid;                /* 0: does not run */
};

/** Start it.  Whether it serves is for the caller to find out. */
void killable_server_start(struct killable_server *server);

/** kill -9, and wait until it is gone.  Does nothing when it does not run. */
void killable_server_kill(struct killable_server *server);

/** Whether it has ended without having been killed; then ${*ret_status} is its wait status. */
bool killable_server_has_ended(struct killable_server *server, int *ret_status);

/** Whether it has just held itself (SIGSTOP); says so once. */
bool killable_server_is_held(struct killable_server *server);

/** Let it go on if it holds itself. */
void killable_server_go_on(struct killable_server *server);

/** Tell it to stop (SIGTERM); true when it ended with 0 within 20 s, and is killed otherwise. */
NODISCARD bool killable_server_stop(struct killable_server *server);

#endif
