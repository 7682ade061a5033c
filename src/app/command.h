#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "app/app.h"
#include "app/change.h"

/*
 * command: what all commands have in common: the idempotency key, who did it,
 * and the answer that is kept under the key.  For app's own files.
 */

/* A change with everything filled in that follows from the command and its actor. */
struct change command_change(
    const struct app_context *context, const struct app_command *command, struct sha256 body_hash);

/** The answer that is kept under a key: the ECO and its version after the command. */
struct str command_answer(struct arena *arena, struct uuid eco, int64_t version);

/** Read what an append came to, a kept answer included, into ${*ret}. */
NODISCARD struct err *command_read_answer(
    struct arena *arena, const struct store_append_result *appended, struct app_answer *ret);

/**
 * Whether the key of ${command} has been used already: then ${*ret} is the
 * answer it was given, or the refusal of a key that stands for something else.
 */
NODISCARD struct err *command_find(const struct app_context *context,
    const struct app_command *command, struct sha256 body_hash, bool *ret_answered,
    struct app_answer *ret);

#endif
