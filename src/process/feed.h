#ifndef PROCESS_FEED_H
#define PROCESS_FEED_H

#include "projection/projection.h"

/*
 * feed: one reader of the log for all followers of a process.
 *
 * It keeps a window of the newest events, bounded in number and in bytes, in
 * chunks that nobody changes and that live as long as somebody uses them.  Whoever
 * wants what lies behind the window's end reads it for all, one at a time; the
 * others wait for that reading.  Who is further back than the window reads for
 * itself until it has caught up.
 *
 * The feed does not look whether there is more: it is told where the log ends.
 *
 * An event that cannot be read (somebody changed it in the database) is handed out
 * alone, with the problem, so that its stream can be parked and the others go on.
 */
struct feed;

#define FEED_CHUNKS_MAX 256 /* of one batch */

struct feed *feed_create(void);

/** Nobody may hold a batch of it.  ${feed} may be NULL. */
void feed_destroy(struct feed *feed);

/** The log ends at ${head}, or further on.  Whether that was news. */
bool feed_tell(struct feed *feed, int64_t head);

/** Where the log ends, as far as the feed was told. */
int64_t feed_head(struct feed *feed);

struct feed_chunk;

/* Events without a gap, in the order of the log. */
struct feed_batch {
	struct projection_events events;
	struct str problem; /* not empty: why the only event cannot be read */
	struct feed_chunk *chunks[FEED_CHUNKS_MAX]; /* what they live in, if not in the arena */
	size_t chunk_count;
};

/**
 * Events after position ${after}, at most ${limit} (<= STORE_BATCH_MAX), into
 * ${ret}; none when the log ends there.  ${arena} is the batch's own: it is emptied
 * first.  ${ret} is held until feed_release(), also after a fault.
 */
NODISCARD struct err *feed_take(struct feed *feed, struct store_session *session,
    struct arena *arena, int64_t after, size_t limit, struct feed_batch *ret);

/** ${batch} is no longer needed. */
void feed_release(struct feed *feed, struct feed_batch *batch);

#endif
