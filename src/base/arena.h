#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/str.h"

/*
 * arena: memory that lives and dies together.
 *
 * A worker owns one arena and resets it after every request, so nothing that a
 * request allocates is ever freed by hand.  An arena has a limit.  Reaching it
 * is not a crash: the allocation returns NULL and the arena remembers, so that
 * the request can be refused as a whole (see arena_exhausted).
 */
struct arena {
	unsigned magic;
#define ARENA_MAGIC 0x6a12e7a1u
	char *base;
	size_t used;
	size_t limit;
	bool exhausted;
};

/* A place to return to: everything allocated after it is given up at once. */
struct arena_mark {
	size_t used;
};

/** Make ${arena} out of the ${limit} bytes at ${memory}, which it borrows. */
void arena_init(struct arena *arena, void *memory, size_t limit);

/**
 * Make an arena of ${limit} bytes on the heap, with its own memory.  A program
 * that cannot have its memory at start has nothing else to do: it aborts.
 * The pages are touched only when they are used.
 */
struct arena *arena_create(size_t limit);

/** Give back an arena made by arena_create().  ${arena} may be NULL. */
void arena_destroy(struct arena *arena);

/** Forget everything allocated from ${arena}. */
void arena_reset(struct arena *arena);

/**
 * Allocate ${count} zeroed objects of ${size} bytes, aligned to ${align}.
 * Returns NULL, and marks the arena exhausted, when they do not fit.
 */
NODISCARD void *arena_alloc(struct arena *arena, size_t size, size_t align, size_t count);
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type), _Alignof(type), 1))
#define arena_array(arena, type, count) \
	((type *)arena_alloc((arena), sizeof(type), _Alignof(type), (count)))

/**
 * The same for ${bytes} bytes that are written before they are read, and so are not
 * zeroed: a large buffer of which little is used costs nothing.
 */
NODISCARD char *arena_bytes(struct arena *arena, size_t bytes);

/** Copy ${s} into ${arena}; an empty str when it does not fit. */
struct str arena_copy(struct arena *arena, struct str s);

/** Copy ${s} into ${arena} with a NUL after it, for libc and libpq; NULL when it does not fit. */
char *arena_copy_z(struct arena *arena, struct str s);

/** Text made from ${format} as printf(3), in ${arena}; an empty str when it does not fit. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Where ${arena} is now, for arena_release(). */
struct arena_mark arena_mark(const struct arena *arena);

/** Give up everything allocated from ${arena} since ${mark}. */
void arena_release(struct arena *arena, struct arena_mark mark);

/** Whether an allocation has failed since the last reset. */
bool arena_exhausted(const struct arena *arena);

#endif
