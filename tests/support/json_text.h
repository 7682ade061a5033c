#ifndef TESTS_JSON_TEXT_H
#define TESTS_JSON_TEXT_H

#include "support/spec.h"

#include "base/json.h"

/*
 * json_text: for tests of what reads JSON: an arena for each test, and texts as values.
 */

#define JSON_TEXT_ARENA_BYTES (64u << 20)

static struct arena *arena; /* of the test that runs */

static inline int
set_up(void **state)
{
	(void)state;
	arena = arena_create(JSON_TEXT_ARENA_BYTES);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

/* ${text} as a value; the test fails when it is no JSON. */
static inline const struct json *
json(struct str text)
{
	const struct json *value;
	struct str reason;

	if (!json_parse(arena, text, &value, &reason))
		fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(reason));
	return value;
}

#endif
