#ifndef BIN_CHILDREN_H
#define BIN_CHILDREN_H

#include <sys/types.h>

#include "base/err.h"

/*
 * children: other commands of this program, run as processes of their own.  For
 * bin/ only.
 *
 * A child is told to stop by the kernel when its parent's thread ends, however
 * it ends.
 */
struct child {
	pid_t pid; /* 0: does not run */
	const char *name;
};

/**
 * Run this program with ${argv} ("strike", the command and its arguments) and
 * ${environment}, both with NULL at the end.  What it prints goes to the file
 * ${log_path} (appended), or where ours goes when that is NULL.
 */
NODISCARD struct err *child_start(struct arena *arena, char *const *argv, char *const *environment,
    const char *log_path, struct child *ret);

/** Wait for ${child} to end.  Its exit status; 128 plus the signal that ended it. */
int child_wait(struct child *child);

/** Whether ${child} has ended; then ${*ret_status} is as from child_wait(). */
bool child_has_ended(struct child *child, int *ret_status);

/** Tell ${child} to stop and wait for it; after 20 s it is killed.  Fit for CLEANUP. */
void child_stop(struct child *child);

#endif
