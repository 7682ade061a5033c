#ifndef PROJECTION_FOLD_H
#define PROJECTION_FOLD_H

#include "domain/callout/callout.h"

/*
 * fold: ECOs as they stood after an event, kept from one batch to the next, so
 * that a projection reads an ECO's stream once and not at each of its events.
 *
 * What is kept is a copy of the folded callout with all that it points to, in one
 * piece of memory, without the room for tasks that there are not: 2 to 5 kB.  The
 * least recently used go first when there are too many of them, or too large.
 *
 * What is put counts from fold_settle() on, when the transaction that it was put
 * in has been committed; else it is forgotten.  One thread uses a fold at a time.
 */
struct fold;

/** Keeps at most ${ecos_max} ECOs and ${bytes_max} bytes.  Aborts without memory. */
struct fold *fold_create(size_t ecos_max, size_t bytes_max);

/** ${fold} may be NULL. */
void fold_destroy(struct fold *fold);

/**
 * ${eco} as it stood at ${version}, into ${ret}, whose texts point into the fold
 * until the next fold_settle().  False when that is not kept.
 */
NODISCARD bool fold_find(struct fold *fold, struct uuid eco, int64_t version, struct callout *ret);

/**
 * Keep ${callout}.  Its texts are copied, and it points to the copies from then on,
 * which stay until fold_settle().
 */
void fold_put(struct fold *fold, struct callout *callout);

/** The transaction is over: keep what was put since the last time, or forget it. */
void fold_settle(struct fold *fold, bool committed);

/** How many ECOs are kept, and in how many bytes: for tests and measurements. */
size_t fold_count(const struct fold *fold);
size_t fold_bytes(const struct fold *fold);

#endif
