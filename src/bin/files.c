#include "bin/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

struct err *
files_read_large(struct arena *arena, const char *path, size_t bytes_max, struct str *ret)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_bytes(arena, bytes_max + 1);
	size_t length = 0;
	ssize_t n = 0;

	if (fd < 0)
		return ERR(arena, ERR_UNAVAILABLE, "could not read %s: %s", path, strerror(errno));
	if (text == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to read %s", path);
	while (length <= bytes_max && (n = read(fd, text + length, bytes_max + 1 - length)) > 0)
		length += (size_t)n;
	if (n < 0)
		return ERR(arena, ERR_UNAVAILABLE, "could not read %s: %s", path, strerror(errno));
	if (length > bytes_max)
		return ERR(arena, ERR_LIMIT, "%s is larger than %zu bytes", path, bytes_max);
	*ret = (struct str){ text, length };
	return NULL;
}

struct err *
files_read(struct arena *arena, const char *path, struct str *ret)
{
	return files_read_large(arena, path, FILES_BYTES_MAX, ret);
}

/* Whether all of ${text} is on the disk as ${path}. */
static bool
write_file(const char *path, struct str text)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t done = 0;

	if (fd < 0)
		return false;
	while (done < text.len) {
		ssize_t n = write(fd, text.ptr + done, text.len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n < 0 ? 0 : (size_t)n;
	}
	return fsync(fd) == 0;
}

struct err *
files_replace(struct arena *arena, const char *path, struct str text)
{
	struct str beside = arena_printf(arena, "%s.new", path);
	const char *name = arena_copy_z(arena, beside);

	if (name == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to write %s", path);
	if (write_file(name, text) && rename(name, path) == 0)
		return NULL;
	return ERR(arena, ERR_UNAVAILABLE, "could not write %s: %s", path, strerror(errno));
}

struct err *
files_read_key(struct arena *arena, const char *path, bool is_private, struct ed25519_key **ret)
{
	struct str pem;
	struct err *err;

	TRY(files_read(arena, path, &pem));
	err = ed25519_key_read(arena, pem, is_private, ret);
	return err == NULL ? NULL : ERR_WRAP(arena, err, "cannot use %s", path);
}
