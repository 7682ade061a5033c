#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/*
 * What every test program of a unit includes first: cmocka, which wants these
 * headers before it and in this order, and a few assertions of our own.
 */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Fail unless ${text} contains ${part}. */
static inline void
assert_contains(const char *text, const char *part)
{
	const char *shown = text == NULL ? "(nothing)" : text;

	if (strstr(shown, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, shown);
}

/* Fail if ${text} contains ${part}. */
static inline void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("did not expect \"%s\" in: %s", part, text);
}

/* Fail unless ${actual} is the text ${expected}. */
static inline void
assert_text(struct str actual, const char *expected)
{
	if (!str_equal(actual, str_from_z(expected)))
		fail_msg("expected \"%s\", got \"%.*s\"", expected, STR_ARG(actual));
}

/* Fail when ${err} is a fault, and show it. */
static inline void
assert_no_fault(const struct err *err)
{
	char room[2048];
	struct buf buf = buf_over(room, sizeof(room));

	if (err == NULL)
		return;
	err_format(err, &buf);
	fail_msg("unexpected fault: %.*s", STR_ARG(buf_view(&buf)));
}

/* Fail unless ${err} is a fault of ${kind} whose text contains ${part}. */
static inline void
assert_fault(const struct err *err, enum err_kind kind, const char *part)
{
	char room[2048];
	struct buf buf = buf_over(room, sizeof(room) - 1);

	if (err == NULL)
		fail_msg("expected a fault about \"%s\"", part);
	err_format(err, &buf);
	room[buf.len] = '\0';
	assert_contains(room, part);
	assert_int_equal(err->kind, kind);
}

/* ${text} with a NUL after it, to be freed; strndup(3) would look one byte further. */
static inline char *
heap_text(struct str text)
{
	char *copy = malloc(text.len + 1);

	CHECK(copy != NULL);
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return copy;
}

#endif
