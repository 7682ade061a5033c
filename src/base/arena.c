#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static void
check_arena(const struct arena *arena)
{
	CHECK(arena != NULL);
	CHECK(arena->magic == ARENA_MAGIC);
	CHECK(arena->used <= arena->limit);
}

void
arena_init(struct arena *arena, void *memory, size_t limit)
{
	CHECK(memory != NULL);
	CHECK(limit > 0);
	*arena = (struct arena){ .magic = ARENA_MAGIC, .base = memory, .limit = limit };
	check_arena(arena);
}

struct arena *
arena_create(size_t limit)
{
	struct arena *arena = malloc(sizeof(*arena));
	void *memory = malloc(limit);

	CHECK(arena != NULL);
	CHECK(memory != NULL);
	arena_init(arena, memory, limit);
	return arena;
}

void
arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	check_arena(arena);
	free(arena->base);
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	check_arena(arena);
	arena->used = 0;
	arena->exhausted = false;
}

/* Take memory as it is; NULL, and the arena remembers, when it does not fit. */
static void *
take(struct arena *arena, size_t bytes, size_t align)
{
	uintptr_t here = (uintptr_t)arena->base + arena->used;
	size_t padding = (size_t)(-here & (align - 1));
	char *taken;

	if (padding > arena->limit - arena->used || bytes > arena->limit - arena->used - padding) {
		arena->exhausted = true;
		return NULL;
	}
	taken = arena->base + arena->used + padding;
	arena->used += padding + bytes;
	return taken;
}

void *
arena_alloc(struct arena *arena, size_t size, size_t align, size_t count)
{
	size_t bytes;
	void *taken;

	check_arena(arena);
	CHECK(size > 0);
	CHECK(align > 0 && (align & (align - 1)) == 0);

	if (__builtin_mul_overflow(size, count, &bytes)) {
		arena->exhausted = true;
		return NULL;
	}
	taken = take(arena, bytes, align);
	return taken == NULL ? NULL : memset(taken, 0, bytes);
}

char *
arena_bytes(struct arena *arena, size_t bytes)
{
	check_arena(arena);
	return take(arena, bytes, 1);
}

struct str
arena_copy(struct arena *arena, struct str s)
{
	char *copy;

	if (str_empty(s))
		return s;
	copy = arena_array(arena, char, s.len);
	if (copy == NULL)
		return STR("");
	memcpy(copy, s.ptr, s.len);
	return (struct str){ copy, s.len };
}

char *
arena_copy_z(struct arena *arena, struct str s)
{
	char *copy;

	CHECK(s.len < SIZE_MAX);
	copy = arena_array(arena, char, s.len + 1);
	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

struct str
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(n >= 0);

	text = arena_array(arena, char, (size_t)n + 1);
	if (text == NULL)
		return STR("");
	va_start(args, format);
	(void)vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return (struct str){ text, (size_t)n };
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	check_arena(arena);
	return (struct arena_mark){ arena->used };
}

void
arena_release(struct arena *arena, struct arena_mark mark)
{
	check_arena(arena);
	CHECK(mark.used <= arena->used);
	arena->used = mark.used;
}

bool
arena_exhausted(const struct arena *arena)
{
	check_arena(arena);
	return arena->exhausted;
}
