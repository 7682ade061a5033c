#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <sys/types.h>

#include "base/arena.h"

/* process: what a running program and its children have used so far, as the kernel counts it. */

/** CPU of ${pid} and its children, living and waited for, in seconds; 1/100 s at best. */
double process_cpu_s(pid_t pid);

/** Memory of ${pid} and its living children that is in RAM, shared pages counted once each. */
double process_resident_bytes(pid_t pid);

/** The postmaster of the cluster in ${folder}; 0 when it cannot be told. */
pid_t process_postmaster(struct arena *arena, struct str folder);

#endif
