#ifndef PROOF_H
#define PROOF_H

#include "proof/proof_check.h"
#include "store/store_proof.h"

/*
 * proof: the history of one ECO, so that somebody else can check it without us.
 *
 * What a proof looks like, and what it proves, stands in proof/proof_check.h.
 *
 * Each event is followed by as many ticks as it takes to a signed one; where
 * nothing is signed, and to whoever keeps a head of his own, by all up to the
 * newest one.  With a signature a second that is a few ticks an event, without one
 * it is the history of everybody since the first event: 200 bytes a tick.  It is
 * written line by line, and never held whole.
 */

#define PROOF_TICK_EVENTS_MAX (1 << 20) /* events of one tick */
#define PROOF_EVENTS_MAX      100000    /* of one ECO */

/* Memory for one proof: a batch of the log, or the digests of the largest tick twice. */
#define PROOF_MAKE_ARENA (256u << 20)

struct proof_wanted {
	struct uuid eco;
	bool to_head; /* up to the newest tick, whatever is signed before it */
};

/* Takes one line, without its line end. */
typedef struct err *proof_write_f(void *context, struct arena *arena, struct str line);

struct proof_made {
	int64_t events, ticks, signatures;
	int64_t unplaced;       /* events of the ECO that have no position yet, and so no proof */
	struct store_tick head; /* the last tick shown */
	bool is_signed;         /* ... is signed */
};

/**
 * Write the proof that is ${wanted} with ${write}, through ${session} (a worker's).
 * ERR_LIMIT when it is larger than a proof may be; ERR_CORRUPT when there is no such
 * ECO, or the store is not sound where it is looked at: "strike verify" says more.
 */
NODISCARD struct err *proof_make(struct store_session *session, struct arena *arena,
    const struct proof_wanted *wanted, proof_write_f *write, void *context, struct proof_made *ret);

#endif
