#include "support/unit.h"

#include <stdlib.h>

#include "base/arena.h"

/*
 * Allocate objects of several shapes until nothing fits, from an arena of
 * ${limit} bytes that begins ${offset} bytes into a page of its own.
 */
static void
fill(size_t limit, size_t offset)
{
	char *memory = malloc(limit + offset); /* exact, so that a sanitizer sees an overrun */
	struct arena arena;
	size_t taken = 0;

	assert_non_null(memory);
	memset(memory, 0xa5, limit + offset);
	arena_init(&arena, memory + offset, limit);
	for (unsigned i = 0; !arena_exhausted(&arena); i++) {
		size_t size = i % 7 + 1, align = (size_t)1 << (i % 5);
		unsigned char *at = arena_alloc(&arena, size, align, 1);

		if (at == NULL)
			break;
		assert_int_equal((uintptr_t)at % align, 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(at[j], 0);
		memset(at, 0xff, size);
		taken += size;
		assert_true(arena.used <= limit);
	}
	assert_true(taken <= limit);
	free(memory);
}

static void
an_arena_of_every_size_gives_aligned_zeroed_memory_within_its_bounds(void **state)
{
	(void)state;
	for (size_t limit = 1; limit <= 200; limit++) {
		for (size_t offset = 0; offset < 16; offset++)
			fill(limit, offset);
	}
}

static void
the_last_byte_can_be_had_and_no_more(void **state)
{
	char memory[10];
	struct arena arena;

	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	assert_non_null(arena_array(&arena, char, 10));
	assert_false(arena_exhausted(&arena));
	assert_null(arena_array(&arena, char, 1));
	assert_true(arena_exhausted(&arena));
}

static void
a_size_that_overflows_is_refused(void **state)
{
	struct arena *arena = arena_create(4096);

	(void)state;
	assert_null(arena_alloc(arena, SIZE_MAX, 1, 2));
	assert_null(arena_alloc(arena, 16, 16, SIZE_MAX / 8));
	assert_null(arena_alloc(arena, SIZE_MAX, 8, 1));
	arena_reset(arena);
	assert_false(arena_exhausted(arena));
	arena_destroy(arena);
}

static void
a_release_gives_up_what_came_after_the_mark(void **state)
{
	struct arena *arena = arena_create(64);
	struct arena_mark mark;
	char *first;

	(void)state;
	assert_non_null(arena_array(arena, char, 10));
	mark = arena_mark(arena);
	first = arena_array(arena, char, 20);
	arena_release(arena, mark);
	assert_ptr_equal(arena_array(arena, char, 20), first);
	arena_destroy(arena);
}

static void
copies_are_whole_or_nothing(void **state)
{
	char memory[8];
	struct arena arena;
	struct str text = STR("12345678");

	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	assert_text(arena_copy(&arena, text), "12345678");
	arena_reset(&arena);
	assert_null(arena_copy_z(&arena, text)); /* no room for its NUL */
	arena_reset(&arena);
	assert_string_equal(arena_copy_z(&arena, STR("1234567")), "1234567");
	arena_reset(&arena);
	assert_text(arena_printf(&arena, "%s", "1234567"), "1234567");
	assert_text(arena_printf(&arena, "%s", "1"), "");
	assert_true(arena_exhausted(&arena));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_arena_of_every_size_gives_aligned_zeroed_memory_within_its_bounds),
		cmocka_unit_test(the_last_byte_can_be_had_and_no_more),
		cmocka_unit_test(a_size_that_overflows_is_refused),
		cmocka_unit_test(a_release_gives_up_what_came_after_the_mark),
		cmocka_unit_test(copies_are_whole_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
