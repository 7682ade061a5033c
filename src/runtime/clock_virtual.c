#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/clock_virtual.h"
#include "runtime/futex.h"

/* "strikeck", so that a clock is not made out of some other file by mistake. */
#define FACE_MAGIC INT64_C(0x737472696b65636b)

/* The whole of the file. */
struct clock_face {
	_Atomic int64_t magic;
	_Atomic int64_t now_us;
	_Atomic uint32_t moves;
};

static void
unlock_and_close(int *fd)
{
	if (*fd < 0)
		return;
	/* Closing alone would not unlock: the mapping keeps the open file alive. */
	(void)flock(*fd, LOCK_UN);
	(void)close(*fd);
}

/* Make a new file as long as a face; zero bytes until it is filled in. */
static bool
size_is_right(int fd, bool *ret_new)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	*ret_new = st.st_size == 0;
	if (*ret_new)
		return ftruncate(fd, sizeof(struct clock_face)) == 0;
	errno = EINVAL;
	return st.st_size == (off_t)sizeof(struct clock_face);
}

struct err *
clock_face_open(
    struct arena *arena, const char *path, struct instant start, struct clock_face **ret)
{
	int fd CLEANUP(unlock_and_close) = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct clock_face *face;
	bool is_new;

	if (fd < 0)
		return ERR(
		    arena, ERR_UNAVAILABLE, "open the virtual clock %s: %s", path, strerror(errno));
	/* Held until the end: of two who find no clock, one makes it. */
	if (flock(fd, LOCK_EX) != 0 || !size_is_right(fd, &is_new))
		return ERR(arena, ERR_CORRUPT, "the file %s is no virtual clock: %s", path,
		    strerror(errno));
	face = mmap(NULL, sizeof(*face), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (face == MAP_FAILED)
		return ERR(
		    arena, ERR_UNAVAILABLE, "map the virtual clock %s: %s", path, strerror(errno));
	if (is_new) {
		atomic_store(&face->now_us, start.us);
		atomic_store(&face->magic, FACE_MAGIC);
	}
	if (atomic_load(&face->magic) != FACE_MAGIC) {
		clock_face_close(face);
		return ERR(arena, ERR_CORRUPT, "the file %s is no virtual clock", path);
	}
	*ret = face;
	return NULL;
}

void
clock_face_close(struct clock_face *face)
{
	if (face != NULL)
		(void)munmap(face, sizeof(*face));
}

struct instant
clock_face_read(const struct clock_face *face)
{
	return (struct instant){ atomic_load(&face->now_us) };
}

void
clock_face_advance(struct clock_face *face, struct duration by)
{
	CHECK(by.us >= 0);
	(void)atomic_fetch_add(&face->now_us, by.us);
	futex_bump(&face->moves);
}

_Atomic uint32_t *
clock_face_word(struct clock_face *face)
{
	return &face->moves;
}
