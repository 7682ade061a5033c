#ifndef BIN_DEVELOPMENT_H
#define BIN_DEVELOPMENT_H

#include "mock/mock.h"

/*
 * development: what the parts of a development world know of each other.  None of
 * it is worth anything outside: the accounts exist in the mock world only.
 */

#define DEVELOPMENT_ACCOUNT_SID "AC00000000000000000000000000000001"
#define DEVELOPMENT_AUTH_TOKEN  "development-token"

/* Where the mock world listens when nothing is said. */
#define DEVELOPMENT_MOCK_PORT 8081

/* The seed's agreements refer to these secrets by name. */
#define DEVELOPMENT_RENDER_HILL_COUNTRY "development-secret-hill-country"
#define DEVELOPMENT_RENDER_BAYOU        "development-secret-bayou"

/**
 * Read the scenario ${name}: a file when it has a slash or ends in ".scn", else
 * the file <folder>/<name>.scn.  The fault names the file, and the line.
 */
NODISCARD struct err *development_read_scenario(
    struct arena *arena, const char *folder, const char *name, struct scenario *ret);

/** The setting of a clock that runs ${speed} times as fast, from now on; "real" for "1". */
struct str development_clock_from_now(struct arena *arena, const char *speed);

/** A TCP port of 127.0.0.1 that is free: ${preferred} when it is, else any. */
NODISCARD struct err *development_find_port(struct arena *arena, uint16_t preferred, uint16_t *ret);

/** Whether GET ${url} is answered 200 now. */
bool development_is_ready(struct arena *arena, const char *url);

#endif
