#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "base/arena.h"

/*
 * plan: how often and how long something is measured.  What is compared is run in turn in
 * each repeat, and the median is shown.
 */

/** The number in the environment variable ${name}, above 0; else ${otherwise}. */
int64_t bench_setting(const char *name, int64_t otherwise);

/** The middle of ${count} figures, which are sorted. */
double bench_median(double *figures, size_t count);

#endif
