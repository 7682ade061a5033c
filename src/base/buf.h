#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/arena.h"

/*
 * buf: text that is being written, in memory of a fixed size.
 *
 * A write that does not fit is dropped and remembered, so a writer checks once,
 * at the end, instead of after every call.
 */
struct buf {
	char *ptr;
	size_t len;
	size_t limit;
	bool overflowed;
};

/** A buf of at most ${limit} bytes in ${arena}. */
struct buf buf_in(struct arena *arena, size_t limit);

/** A buf of at most ${limit} bytes over ${memory}, which it borrows. */
struct buf buf_over(char *memory, size_t limit);

/** Append the byte ${c}. */
void buf_char(struct buf *buf, char c);

/** Append ${s}. */
void buf_str(struct buf *buf, struct str s);

/** Append ${value} as eight bytes, big-endian. */
void buf_int_big_endian(struct buf *buf, int64_t value);

/** Append text made from ${format}, as printf(3). */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Write text made from ${format} into the ${limit} bytes at ${memory}, cut to
 * ${limit} - 1 bytes and a NUL; returns how many bytes of text stand there.
 */
size_t buf_format(char *memory, size_t limit, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/** What was written.  Check buf->overflowed before trusting it is complete. */
struct str buf_view(const struct buf *buf);

#endif
