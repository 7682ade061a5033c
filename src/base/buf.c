#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

struct buf
buf_in(struct arena *arena, size_t limit)
{
	char *ptr = arena_bytes(arena, limit);

	return (
	    struct buf){ .ptr = ptr, .limit = ptr == NULL ? 0 : limit, .overflowed = ptr == NULL };
}

struct buf
buf_over(char *memory, size_t limit)
{
	return (struct buf){ .ptr = memory, .limit = limit };
}

void
buf_char(struct buf *buf, char c)
{
	buf_str(buf, (struct str){ &c, 1 });
}

void
buf_str(struct buf *buf, struct str s)
{
	CHECK(buf->len <= buf->limit);
	if (s.len > buf->limit - buf->len) {
		buf->overflowed = true;
		return;
	}
	if (s.len > 0)
		memcpy(buf->ptr + buf->len, s.ptr, s.len);
	buf->len += s.len;
}

void
buf_int_big_endian(struct buf *buf, int64_t value)
{
	char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(((uint64_t)value >> (56 - 8 * i)) & 0xff);
	buf_str(buf, (struct str){ bytes, sizeof(bytes) });
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	size_t room = buf->limit - buf->len;
	va_list args;
	int n;

	CHECK(buf->len <= buf->limit);
	va_start(args, format);
	n = vsnprintf(room > 0 ? buf->ptr + buf->len : NULL, room, format, args);
	va_end(args);
	CHECK(n >= 0);

	/* vsnprintf wants a byte for the NUL, so a text that just fits does not. */
	if ((size_t)n >= room) {
		buf->overflowed = true;
		return;
	}
	buf->len += (size_t)n;
}

size_t
buf_format(char *memory, size_t limit, const char *format, va_list args)
{
	int n = vsnprintf(memory, limit, format, args);

	CHECK(limit > 0);
	CHECK(n >= 0);
	return (size_t)n < limit ? (size_t)n : limit - 1;
}

struct str
buf_view(const struct buf *buf)
{
	return (struct str){ buf->ptr, buf->len };
}
