#ifndef AUDIT_INTERNAL_H
#define AUDIT_INTERNAL_H

#include <pthread.h>

#include "base/merkle.h"
#include "proof/audit.h"

/* audit_internal: what the files of the audit share.  For proof/ only. */

/* ---- audit_reader.c: batches of the log, read ahead ---- */

struct reader;

/* Rows of the log, and of each whether its event's hash fits. */
struct audit_batch {
	struct store_audit_rows rows;
	const bool *sound;
	bool complete; /* the log has nothing more behind them, as far as they were asked for */
};

/** A thread with a session of its own that waits for reader_want(). */
NODISCARD struct err *reader_start(struct store *store, struct arena *arena, struct reader **ret);

/** ${reader} may be NULL. */
void reader_stop(struct reader *reader);

/** Begin to read positions after ${after} up to ${to}.  What was got before is gone. */
void reader_want(struct reader *reader, int64_t after, int64_t to);

/** What was wanted, or the first part of it, when it is there. */
NODISCARD struct err *reader_get(struct reader *reader, struct audit_batch *ret);

/* ---- audit_streams.c: the last version of each stream ---- */

struct streams {
	struct stream_row *rows;
	size_t count, room; /* room is a power of two, or 0 */
	size_t most;        /* streams that are remembered */
};

/** The version of ${stream} seen last, 0 when none was or it is not remembered; now ${version}. */
int64_t streams_note(struct streams *streams, struct uuid stream, int64_t version);
void streams_fini(struct streams *streams);

/* ---- audit_ticks.c: the chain ---- */

struct chain {
	struct store_session *session;
	struct arena *arena; /* for one batch of ticks */
	struct audit_result *result;
	const struct ed25519_key *key;
	int64_t last; /* the number of the newest tick that is looked at */

	struct store_ticks batch;
	size_t at; /* in ${batch}: the next one */
	bool any;  /* a tick is current: */
	struct store_tick tick;
	struct sha256 also; /* what its hash should have been, for the next one */
	struct merkle_tree tree;
	bool torn; /* an event of it is gone, so its root cannot be made */

	struct arena *signature_arena;
	struct store_signatures signatures;
	size_t signature_at;
	int64_t signatures_from;
	bool signatures_over;
};

/** Take the next tick as the current one.  Without another, ${any} is false. */
NODISCARD struct err *chain_next(struct chain *chain, struct arena *arena);

/** All events of the current tick were added: check its root, and its signatures. */
NODISCARD struct err *chain_close(struct chain *chain, struct arena *arena);

/** What is left: signatures of ticks that are not there. */
NODISCARD struct err *chain_finish(struct chain *chain, struct arena *arena);

/* ---- audit.c ---- */

/** Note something that is wrong; the sentence is made from ${format}. */
void audit_note(struct audit_result *result, struct arena *arena, const struct audit_finding *about,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
