#ifndef STORE_PROOF_H
#define STORE_PROOF_H

#include "store/store.h"

/*
 * store_proof: that nobody has changed, taken out, added or moved an event.
 *
 * Every event has a hash over its stored bytes (store_event_hash).  The sequencer
 * gives positions in ticks; a tick has the Merkle root of its events' hashes in
 * the order of their positions (base/merkle.h: the tree of RFC 9162), and a hash
 * over itself and the tick before.  So the hash of the newest tick, the head,
 * stands for everything before it: who keeps a head outside the database, or signs
 * it with a key that the database does not know, can prove later what was there.
 *
 * Ticks are numbered from 1 without a gap and cover positions 1..n without a gap.
 */

struct store_tick {
	int64_t number;
	int64_t first_position, last_position;
	struct instant at; /* the database's clock, when the tick was made */
	struct sha256 root;
	struct sha256 hash;
};

struct store_ticks {
	const struct store_tick *at;
	size_t count;
};

/**
 * What ${tick}'s hash must be behind a tick with the hash ${previous} (all zero
 * for the first): SHA-256 over the 13 bytes "strike-tick-1", ${previous}, number,
 * first position, last position and moment (microseconds since 1970) as eight
 * bytes each, big-endian, and the root.
 */
struct sha256 store_tick_hash(const struct store_tick *tick, struct sha256 previous);

/** Ticks after number ${after}, in order, at most ${limit} (<= STORE_ROWS_MAX). */
NODISCARD struct err *store_read_ticks(struct store_session *session, struct arena *arena,
    int64_t after, size_t limit, struct store_ticks *ret);

/** The tick that covers ${position}; false when there is none (yet). */
NODISCARD struct err *store_find_tick(struct store_session *session, struct arena *arena,
    int64_t position, bool *ret_found, struct store_tick *ret);

/* Somebody's word for a head: an Ed25519 signature (RFC 8032), see base/ed25519.h. */
struct store_signature {
	int64_t tick;
	struct instant at;
	struct sha256 key_id; /* SHA-256 of the 32 bytes of the public key */
	uint8_t bytes[64];    /* over the 13 bytes "strike-head-1" and the tick's hash */
};

struct store_signatures {
	const struct store_signature *at;
	size_t count;
};

#define STORE_SIGNED_BYTES 45

/** What a signature of a tick with the hash ${hash} is over, in ${ret}. */
struct str store_signed_bytes(struct sha256 hash, char ret[STORE_SIGNED_BYTES]);

/** Keep ${signature}.  One key signs a tick once; a second time changes nothing. */
NODISCARD struct err *store_put_signature(
    struct store_session *session, struct arena *arena, const struct store_signature *signature);

/** Signatures of ticks from number ${from} on, by tick, at most ${limit}. */
NODISCARD struct err *store_read_signatures(struct store_session *session, struct arena *arena,
    int64_t from, size_t limit, struct store_signatures *ret);

/*
 * -- the audit --
 *
 * What the tables say, without believing it: nothing is verified on the way, and
 * what is missing is shown as missing.
 */

struct store_audit_row {
	int64_t position;         /* of the log's row */
	int64_t seq;              /* the event that it names */
	bool found;               /* whether that event is there; if not, the rest is empty */
	struct store_event event; /* as it stands, its hash as it stands */
	int64_t earlier_position; /* of version - 1 of its stream; 0: none, or no position */
};

struct store_audit_rows {
	const struct store_audit_row *at;
	size_t count;
};

/** Rows of the log after position ${after}, in order, at most ${limit} (<= STORE_BATCH_MAX). */
NODISCARD struct err *store_audit_log(struct store_session *session, struct arena *arena,
    int64_t after, size_t limit, struct store_audit_rows *ret);

/* What cannot be seen row by row. */
struct store_audit_counts {
	int64_t head;          /* what log_head says is the last position */
	int64_t last_position; /* ... and what the log says */
	int64_t last_tick, last_tick_position;
	int64_t events, positions; /* how many rows each */
	int64_t unplaced;          /* events that the last snapshot saw and that have no position */
	struct uuid bad_stream;    /* a stream whose version is not that of its last event ... */
	bool has_bad_stream;       /* ... if there is one */
};

NODISCARD struct err *store_audit_counts(
    struct store_session *session, struct arena *arena, struct store_audit_counts *ret);

#endif
