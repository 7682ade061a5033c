#include "bench_plan.h"

#include <stdlib.h>

int64_t
bench_setting(const char *name, int64_t otherwise)
{
	const char *text = getenv(name);
	int64_t value;

	return text != NULL && str_parse_i64(str_from_z(text), &value) && value > 0 ? value
										    : otherwise;
}

static int
by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double
bench_median(double *figures, size_t count)
{
	CHECK(count > 0);
	qsort(figures, count, sizeof(figures[0]), by_size);
	return figures[count / 2];
}
