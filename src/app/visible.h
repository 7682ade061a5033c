#ifndef APP_VISIBLE_H
#define APP_VISIBLE_H

#include "app/app.h"

/*
 * visible: whether the board shows a write already.
 *
 * A write is answered as soon as it is committed; the board follows a moment
 * later.  Who has written and wants to read the board with the write in it names
 * the ECO and its version after the write.
 */

#define VISIBLE_REVISIONS_MAX 20

struct visible_revision {
	struct uuid eco;
	int64_t version;
};

/* Revisions that are waited for. */
struct visible_revisions {
	struct visible_revision at[VISIBLE_REVISIONS_MAX];
	size_t count;
};

/**
 * Strike from ${missing} what readers of the board see already.  What the actor may
 * not see stays for ever, as what does not exist.
 */
NODISCARD struct err *visible_look(
    const struct app_context *context, struct visible_revisions *missing);

/** ${missing} in words: "version 7 of ECO 0198..., version 2 of ECO 0199...". */
struct str visible_words(struct arena *arena, const struct visible_revisions *missing);

#endif
