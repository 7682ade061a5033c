#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include "base/arena.h"

/*
 * samples: lengths of time that were measured, and what is said of them.
 *
 * A percentile is the nearest rank: a length that was measured, not one in
 * between.  p99 of fewer than 100 samples is therefore the longest of them.
 */
struct samples {
	int64_t *us;
	size_t count, limit;
};

/** Room for ${limit} samples in ${arena}. */
struct samples samples_in(struct arena *arena, size_t limit);

/** Add ${us}. */
void samples_add(struct samples *samples, int64_t us);

/** The ${percent}th percentile in milliseconds; 0 without samples.  Sorts the samples. */
double samples_percentile_ms(struct samples *samples, int percent);

#endif
