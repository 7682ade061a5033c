#ifndef BIN_REPLAY_DIRECTORY_H
#define BIN_REPLAY_DIRECTORY_H

#include "base/err.h"
#include "bin/options.h"

/* replay_directory: 'strike replay --projection directory'.  For bin/ only. */

/** Make the directory's records again from the log, and say how many there were. */
NODISCARD struct err *replay_directory(struct arena *arena, const struct command_options *chosen);

#endif
