#include "bench_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/clock.h"

#define PAGE_BYTES 8192
#define FILE_PAGES 256 /* as a WAL segment: written before, and written over again */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool
write_page(int fd, size_t page)
{
	static const char zeroes[PAGE_BYTES];

	return pwrite(fd, zeroes, PAGE_BYTES, (off_t)(page % FILE_PAGES * PAGE_BYTES)) ==
	       PAGE_BYTES;
}

static bool
measure(int fd, int times, struct samples *ret)
{
	size_t page = 0;

	for (size_t i = 0; i < FILE_PAGES; i++)
		if (!write_page(fd, i))
			return false;
	if (fsync(fd) != 0)
		return false;
	while (ret->count < ret->limit) {
		int64_t begun_us = clock_monotonic_us();

		for (int i = 0; i < times; i++)
			if (!write_page(fd, page++) || fdatasync(fd) != 0)
				return false;
		samples_add(ret, clock_monotonic_us() - begun_us);
	}
	return true;
}

struct err *
disk_measure(struct arena *arena, struct str folder, int times, struct samples *ret)
{
	struct str path = arena_printf(arena, "%.*s/bench-disk", STR_ARG(folder));
	CLEANUP(close_fd)
	int fd = open(path.ptr, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not make %s: %s", path.ptr, strerror(errno));
	(void)unlink(path.ptr);
	if (!measure(fd, times, ret))
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not write %s: %s", path.ptr, strerror(errno));
	return NULL;
}
