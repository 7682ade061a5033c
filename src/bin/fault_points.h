#ifndef BIN_FAULT_POINTS_H
#define BIN_FAULT_POINTS_H

#include "base/err.h"

/*
 * fault_points: the setting of that name, for the crash matrix (tests/fault).
 *
 *	count:PATH                          write every point that is passed to PATH, one a line
 *	kill:17:before statement append     end this process (SIGKILL) at the 17th of these
 *	stop:17:after request POST /a/b     hold it there (SIGSTOP) until it is told to go on
 *
 * In a request's name what looks like an id is "*".
 */

/** Listen to fault points as ${setting} says; empty: nobody does.  Before other threads start. */
NODISCARD struct err *fault_points_install(struct arena *arena, struct str setting);

#endif
