#ifndef RUNTIME_CLOCK_VIRTUAL_H
#define RUNTIME_CLOCK_VIRTUAL_H

#include "base/err.h"
#include "base/instant.h"

/*
 * clock_virtual: the face of a clock that stands still, in a file that every
 * process of a test maps.  Only clock.c uses this.
 */
struct clock_face;

/** Map the face in the file ${path}; when there is none it is made, standing at ${start}. */
NODISCARD struct err *clock_face_open(
    struct arena *arena, const char *path, struct instant start, struct clock_face **ret);

/** Unmap ${face}.  The file stays. */
void clock_face_close(struct clock_face *face);

/** What ${face} shows. */
struct instant clock_face_read(const struct clock_face *face);

/** Move ${face} on by ${by} >= 0 and wake everybody who waits on it, in any process. */
void clock_face_advance(struct clock_face *face, struct duration by);

/** The word that changes whenever ${face} was moved; it may be bumped to wake the waiters. */
_Atomic uint32_t *clock_face_word(struct clock_face *face);

#endif
