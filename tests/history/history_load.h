#ifndef HISTORY_LOAD_H
#define HISTORY_LOAD_H

#include <libpq-fe.h>

#include "history/history.h"

/* Letters of those who spoil what they write; they are looked at by themselves as well. */
#define HISTORY_SPOILERS "g"

/**
 * Read the files of ${folder} and the tables behind ${conn} into ${history}; of the
 * spoilers alone (${spoilers}), or of everybody, the spoilers forgiven.  The effects
 * and the projection are those of ${follower}; rebuilt is that of "rebuilt".
 */
void history_load(
    struct history *history, PGconn *conn, const char *folder, const char *follower, bool spoilers);

/** Read one line of the history of ${process}; false when it is no line of one. */
bool history_read_line(struct history *history, const char *process, struct str line);

#endif
