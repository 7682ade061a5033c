#ifndef TESTS_SCENARIO_FILE_H
#define TESTS_SCENARIO_FILE_H

#include "base/str.h"

/** The text of scenarios/${name}.scn, until the next call; stops the test when there is none. */
struct str scenario_file_read(const char *name);

/** The text of the file ${path}, NUL-terminated; the next call overwrites it.  Fails the test
 * when it cannot be read. */
struct str scenario_file_load(const char *path);

#endif
