#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include <sys/types.h>

#include "base/err.h"

/*
 * commands: other programs, run as children.  The kernel tells them to stop when
 * this program ends, however it ends.
 */

/**
 * Start ${argv} (a path or a name looked up in PATH first, NULL at the end); what
 * it says goes to ${log_path}, appended, and what it prints there as well or, when
 * ${ret_output} is not NULL, into the pipe of which that is the reading end.
 */
NODISCARD struct err *command_start(
    struct arena *arena, char *const *argv, const char *log_path, int *ret_output, pid_t *ret);

/** Wait for ${pid}; its exit status, 128 plus the signal that ended it. */
int command_wait(pid_t pid);

/** Tell ${pid} to stop and wait for it; 0 is nobody. */
void command_stop(pid_t *pid);

/**
 * Run ${argv} to its end; what it prints, trimmed, in ${*ret}.  A fault when its
 * exit status is not 0.
 */
NODISCARD struct err *command_run(
    struct arena *arena, char *const *argv, const char *log_path, struct str *ret);

#endif
