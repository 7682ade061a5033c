#ifndef RUNTIME_SECRETS_H
#define RUNTIME_SECRETS_H

#include "runtime/config.h"

/*
 * secrets: credentials that data refers to by name, while they are replaced.
 *
 * config_find_secret() says where a secret is looked for: a variable of this
 * process, which stays as it was at the start, else a file, which is read anew
 * each time, so that whoever replaces it needs no restart.  Nothing here keeps,
 * writes or logs what was found.
 */

/* The present value and the one before it, as many as are good at a time. */
#define SECRETS_PAIR 2

/**
 * The secret ${reference} into ${ret[0]}, and into ${ret[1]} "${reference}-previous",
 * which is accepted beside it while one replaces the other.  Either is empty when there
 * is none; all live in ${arena}.  ERR_CORRUPT for a reference or a file that cannot be
 * one, ERR_LIMIT for one that is too large.
 */
NODISCARD struct err *secrets_find_pair(const struct config *config, struct arena *arena,
    struct str reference, struct secret ret[SECRETS_PAIR]);

#endif
