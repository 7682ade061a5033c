#ifndef BIN_FILES_H
#define BIN_FILES_H

#include "base/ed25519.h"

/* files: small files read and written whole.  For bin/ only. */

#define FILES_BYTES_MAX 65536

/** The text of the file ${path}, of at most FILES_BYTES_MAX bytes. */
NODISCARD struct err *files_read(struct arena *arena, const char *path, struct str *ret);

/** The same of a file of at most ${bytes_max} bytes. */
NODISCARD struct err *files_read_large(
    struct arena *arena, const char *path, size_t bytes_max, struct str *ret);

/**
 * Make ${text} the whole of the file ${path}: all of it is there and on the disk, or
 * what was there before still is.
 */
NODISCARD struct err *files_replace(struct arena *arena, const char *path, struct str text);

/** The key in the PEM file ${path}; see base/ed25519.h. */
NODISCARD struct err *files_read_key(
    struct arena *arena, const char *path, bool is_private, struct ed25519_key **ret);

#endif
