#ifndef TESTS_EXAMPLE_TEXT_H
#define TESTS_EXAMPLE_TEXT_H

#include "base/json.h"

/*
 * example_text: JSON as the examples of the API show it: indented, and with what chance
 * has made replaced by something that is the same each time.
 *
 * Ids that were made while the examples ran (version 7) are numbered in the order in which
 * they are met, and so are cursors, positions and calls; of secrets the beginning is left.  The
 * seed's ids (version 8) and all moments are as they are: the clock is the test's.
 */

#define EXAMPLE_NAMES_MAX 512

enum example_kind { EXAMPLE_ID, EXAMPLE_CURSOR, EXAMPLE_POSITION, EXAMPLE_CALL, EXAMPLE_KINDS };

/* What was met already; begin with zeros.  Points into what was written. */
struct example_names {
	struct str met[EXAMPLE_KINDS][EXAMPLE_NAMES_MAX];
	size_t count[EXAMPLE_KINDS];
};

/** Write ${value} into ${buf}; its further lines are indented by ${indent} columns. */
void example_write(
    struct example_names *names, const struct json *value, size_t indent, struct buf *buf);

#endif
