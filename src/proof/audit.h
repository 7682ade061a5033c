#ifndef AUDIT_H
#define AUDIT_H

#include "base/ed25519.h"
#include "store/store_proof.h"

/*
 * audit: whether the whole store is what was appended, through the port.
 *
 * It believes nothing that can be counted out: the hash of every event over its
 * stored bytes, positions and ticks without a gap, every tick's root over the
 * hashes of its events and its own hash over the tick before, the versions of every
 * stream 1..n in the order of the log, the head, the streams' rows, and signatures.
 * It goes on after the first thing that is wrong, to say how much is.
 *
 * Whoever can change everything in the database can also cut off its end, or make
 * a new history that is sound in itself.  Against that there is what the database
 * does not know: a checkpoint that somebody has kept, or signatures with a key that
 * is elsewhere.
 *
 * The log is read in batches by a few threads at once, each of which also checks
 * the hashes of its events; what depends on order is checked here as they come.
 */

#define AUDIT_FINDINGS_MAX 100 /* that are listed; all are counted */
#define AUDIT_READERS_MAX  16
#define AUDIT_ARENA        (16u << 20) /* for audit_run(); readers have their own */

/*
 * Streams whose last version is remembered, 48 bytes each while there are many.
 * Beyond them a doubled version would pass, if its tick was made over it.
 */
#define AUDIT_STREAMS_MAX (8 << 20)

/* Up to where all was well; kept outside of the database. */
struct audit_checkpoint {
	int64_t tick, position;
	struct sha256 hash;
};

/* Something that is wrong. */
struct audit_finding {
	int64_t position;          /* in the log; 0: at no position */
	int64_t tick;              /* 0: of no tick */
	struct uuid event, stream; /* Nil unless about an event */
	int64_t version;
	struct str problem; /* what, as a sentence without its full stop */
};

typedef void audit_progress_f(void *context, int64_t done, int64_t all);

struct audit_wanted {
	struct store *store;
	unsigned readers;                     /* 1 to AUDIT_READERS_MAX */
	const struct audit_checkpoint *since; /* NULL: from the beginning */
	const struct ed25519_key *key;        /* whose signatures are checked; NULL: nobody's */
	audit_progress_f *progress;           /* called after each batch; may be NULL */
	void *context;
};

struct audit_result {
	struct audit_finding findings[AUDIT_FINDINGS_MAX]; /* in the order of the log */
	size_t listed;
	int64_t found; /* how many things are wrong */

	int64_t events, ticks;        /* that were checked */
	int64_t waiting;              /* events without a position: not checked yet */
	struct audit_checkpoint head; /* the newest tick; number 0: there is none */
	struct instant head_at;

	int64_t signatures;                 /* seen, of any key */
	int64_t signed_by_key;              /* ... that are right, by the given key */
	struct store_signature last_signed; /* the newest of these; of any, without a key */
	int64_t signed_position;            /* the last position under it; 0: none is */
};

/**
 * Check the store.  A fault means that it could not be checked (to the end).
 * Findings live in ${arena}, and ${*ret} is large: not for the stack.
 */
NODISCARD struct err *audit_run(
    struct arena *arena, const struct audit_wanted *wanted, struct audit_result *ret);

/** Write ${checkpoint} as JSON, one line, into ${buf}. */
void audit_checkpoint_write(struct buf *buf, const struct audit_checkpoint *checkpoint);

/** Read what audit_checkpoint_write() wrote; ERR_CORRUPT for anything else. */
NODISCARD struct err *audit_checkpoint_read(
    struct arena *arena, struct str text, struct audit_checkpoint *ret);

#endif
