#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include "base/err.h"
#include "bench_samples.h"

/**
 * The limit that the disk sets: write 8 KiB and wait until it is durable
 * (fdatasync), ${times} times one after another; ${ret->limit} such samples.  The
 * file is in ${folder}, has its size from the beginning, and is removed.
 */
NODISCARD struct err *disk_measure(
    struct arena *arena, struct str folder, int times, struct samples *ret);

#endif
