#include "bench_samples.h"

#include <stdlib.h>

struct samples
samples_in(struct arena *arena, size_t limit)
{
	struct samples samples = { .us = arena_array(arena, int64_t, limit), .limit = limit };

	CHECK(samples.us != NULL);
	return samples;
}

void
samples_add(struct samples *samples, int64_t us)
{
	CHECK(samples->count < samples->limit);
	samples->us[samples->count++] = us;
}

static int
compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

double
samples_percentile_ms(struct samples *samples, int percent)
{
	size_t rank = (samples->count * (size_t)percent + 99) / 100;

	if (samples->count == 0)
		return 0;
	qsort(samples->us, samples->count, sizeof(*samples->us), compare);
	return (double)samples->us[rank == 0 ? 0 : rank - 1] / 1000;
}
