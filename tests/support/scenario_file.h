#ifndef TESTS_SCENARIO_FILE_H
#define TESTS_SCENARIO_FILE_H

#include "base/str.h"

/** The text of scenarios/${name}.scn, until the next call; stops the test when there is none. */
struct str scenario_file_read(const char *name);

#endif
