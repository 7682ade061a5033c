#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "base/arena.h"

/**
 * The conditions of a measurement: cores, processor, ${shared_by} (who shares
 * them), commit, day, and how busy the machine was before.
 */
struct str machine_describe(struct arena *arena, const char *shared_by);

#endif
