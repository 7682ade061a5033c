#ifndef PROOF_CHECK_H
#define PROOF_CHECK_H

#include "base/ed25519.h"
#include "store/store_proof.h"

/*
 * proof_check: whether a proof holds, without a database and without a network.
 *
 * A proof (proof/proof.h makes it) is text, one JSON value a line:
 *
 *	{"strike_proof":1,"eco":ID}
 *	{"run":HASH}              what follows chains on from a tick with this hash
 *	{"tick":{...}}            the next tick of the run: its hash comes from its fields
 *	{"event":{...},"path":[]} an event of the ECO in that tick, all that is hashed
 *	{"signature":{...}}       of that tick
 *	{"end":{"events":N,"ticks":N}}
 *
 * Each event is under the root of its tick (the path of RFC 9162), each tick under
 * the hash of the ones behind it in its run, and so under a signed tick or under a
 * head that somebody has kept.  Of other ECOs there is nothing in it but digests.
 *
 * What it proves: these events, byte for byte, stand at these positions, and none
 * of this ECO's is left out up to the last one shown (their versions are 1..n).
 * What it cannot prove: that nothing has happened to the ECO after that.
 *
 * It comes from anybody, so nothing in it is believed: it is read line by line in
 * memory of a fixed size, however long it is.
 */

#define PROOF_LINE_BYTES_MAX (4u << 20)
#define PROOF_CHECK_ARENA    (64u << 20) /* enough for any line that is not too long */
#define PROOF_FORMAT         1

/* Where in a proof we are. */
enum proof_stage {
	PROOF_NEW,     /* nothing was read */
	PROOF_NAMED,   /* whose it is, */
	PROOF_RUNNING, /* a run has begun, */
	PROOF_TICK,    /* a tick is open for its events, */
	PROOF_SIGNED,  /* ... or only for further signatures, */
	PROOF_ENDED,   /* all was read */
};

struct proof_check {
	/* Set these, and leave the rest zero. */
	const struct ed25519_key *key; /* whose signature every event must be under, or NULL */
	bool has_head;
	struct sha256 head; /* ... the head that every event must be under */

	/* What has been read, and is right so far. */
	enum proof_stage stage;
	int64_t lines, runs, ticks, events;
	struct uuid eco;
	struct store_tick tick; /* the last one */
	struct sha256 before;   /* the hash of the tick before it */
	int64_t first_position, last_position;
	struct instant first_at, last_at;    /* of the events */
	int64_t loose_of_key, loose_of_head; /* events of this run that nothing vouches for yet */
	bool any_signature;                  /* the last tick has one ... */
	struct store_signature signature;    /* ... this, by the key if there is one */
};

/**
 * Read the next line of a proof, without its line end.  False, with the reason as a
 * sentence in ${arena}, when the proof does not hold; it is over then.
 */
NODISCARD bool proof_check_line(
    struct proof_check *check, struct arena *arena, struct str line, struct str *ret_problem);

/** Nothing more comes: whether that was all of it. */
NODISCARD bool proof_check_end(
    const struct proof_check *check, struct arena *arena, struct str *ret_problem);

/** What ${check}, which holds, has proven, in plain words. */
void proof_check_describe(const struct proof_check *check, struct arena *arena, struct buf *buf);

#endif
