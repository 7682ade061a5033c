#ifndef TESTS_GOLDEN_FILE_H
#define TESTS_GOLDEN_FILE_H

#include "base/arena.h"

/*
 * golden_file: one file for each type and version of an event,
 * tests/golden/<folder>/<Name>.v<version>.json.
 */
struct golden_file {
	const char *folder;
	struct str name;
	int version;
};

/** The file without its last newline; the test fails when it is missing. */
struct str golden_read(struct arena *arena, struct golden_file file);

/** Write ${payload} and a newline. */
void golden_write(struct arena *arena, struct golden_file file, struct str payload);

/** Fail, and show both, unless ${is} is ${should_be}; ${name} says of what they are. */
void golden_assert_same(struct str name, struct str is, struct str should_be);

#endif
