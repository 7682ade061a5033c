#ifndef PROOF_LINE_H
#define PROOF_LINE_H

#include "base/merkle.h"
#include "store/store_proof.h"

/*
 * proof_line: the lines of a proof as values, written and read.  For proof/ only.
 *
 * Reading is strict: a member that is missing, of another kind or not ours makes the
 * line unreadable.
 */

enum proof_line_kind {
	PROOF_LINE_HEADER,
	PROOF_LINE_RUN,
	PROOF_LINE_TICK,
	PROOF_LINE_EVENT,
	PROOF_LINE_SIGNATURE,
	PROOF_LINE_END,
};

struct proof_line {
	enum proof_line_kind kind;
	struct uuid eco;          /* of a header */
	struct sha256 before;     /* of a run */
	struct store_tick tick;   /* without its hash: that is for the reader to make */
	struct store_event event; /* what is hashed, and the position; no hash either */
	struct sha256 path[MERKLE_PATH_MAX];
	size_t path_count;
	struct store_signature signature; /* its tick is the one that it stands behind */
	int64_t events, ticks;            /* of an end */
};

/** Write ${line}, without a line end, into ${buf}; an event's texts must be UTF-8. */
void proof_line_write(struct buf *buf, const struct proof_line *line);

/** Read ${text} into ${*ret}; otherwise the reason, which follows "line 3: ". */
NODISCARD bool proof_line_read(
    struct arena *arena, struct str text, struct proof_line *ret, struct str *ret_reason);

#endif
