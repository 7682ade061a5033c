#include "proof/audit_internal.h"
#include "proof/proof_check.h"

/* ---- ticks ---- */

/* The tick behind the current one, which stays where it is in its batch; NULL: there is none. */
static struct err *
peek(struct chain *chain, const struct store_tick **ret)
{
	*ret = NULL;
	if (chain->at == chain->batch.count) {
		arena_reset(chain->arena);
		chain->at = 0;
		TRY(store_read_ticks(chain->session, chain->arena, chain->tick.number,
		    STORE_ROWS_MAX, &chain->batch));
	}
	if (chain->at < chain->batch.count && chain->batch.at[chain->at].number <= chain->last)
		*ret = &chain->batch.at[chain->at];
	return NULL;
}

/* Whether ${next} follows the current tick by number and position. */
static bool
follows(struct chain *chain, struct arena *arena, const struct store_tick *next)
{
	struct audit_finding about = { .tick = next->number };
	int64_t number = chain->tick.number + 1, first = chain->tick.last_position + 1;

	if (next->number != number) {
		about.tick = number;
		audit_note(chain->result, arena, &about,
		    "tick %lld is missing: the next one is %lld", (long long)number,
		    (long long)next->number);
		return false;
	}
	if (next->first_position != first || next->last_position < first) {
		audit_note(chain->result, arena, &about,
		    "tick %lld covers positions %lld to %lld, but must begin with %lld",
		    (long long)number, (long long)next->first_position,
		    (long long)next->last_position, (long long)first);
	}
	return true;
}

/*
 * Whether the hash of ${next} is over its fields and the tick before it.  Where the
 * hash of that one was wrong, what it should have been is as good: one change is
 * then one finding.
 */
static void
check_hash(struct chain *chain, struct arena *arena, const struct store_tick *next)
{
	struct sha256 hash = store_tick_hash(next, chain->tick.hash);
	struct audit_finding about = { .tick = next->number };

	if (!sha256_equal(hash, next->hash) &&
	    !sha256_equal(store_tick_hash(next, chain->also), next->hash))
		audit_note(chain->result, arena, &about,
		    "tick %lld: its hash is not over what it says and the tick before it: one of "
		    "them was changed",
		    (long long)next->number);
	chain->also = hash;
}

struct err *
chain_next(struct chain *chain, struct arena *arena)
{
	const struct store_tick *next;

	TRY(peek(chain, &next));
	chain->any = next != NULL;
	if (next == NULL)
		return NULL;
	if (follows(chain, arena, next))
		check_hash(chain, arena, next);
	else
		chain->also = next->hash;
	chain->tick = *next;
	chain->tree = (struct merkle_tree){ .count = 0 };
	chain->torn = false;
	chain->at++;
	chain->result->ticks++;
	return NULL;
}

/* ---- signatures ---- */

/* More signatures, when those at hand are used up. */
static struct err *
read_signatures(struct chain *chain)
{
	struct store_signatures *all = &chain->signatures;
	int64_t last;

	if (chain->signature_at < all->count || chain->signatures_over)
		return NULL;
	arena_reset(chain->signature_arena);
	chain->signature_at = 0;
	TRY(store_read_signatures(
	    chain->session, chain->signature_arena, chain->signatures_from, STORE_ROWS_MAX, all));
	chain->signatures_over = all->count < STORE_ROWS_MAX;
	if (chain->signatures_over)
		return NULL;
	/* The last tick's may not be complete: they come again, whole, with the next. */
	last = all->at[all->count - 1].tick;
	chain->signatures_from = last;
	if (all->at[0].tick == last)
		chain->signatures_from = last + 1;
	else
		while (all->at[all->count - 1].tick == last)
			all->count--;
	return NULL;
}

/* The next signature, if it is of tick ${to} or an earlier one. */
static struct err *
next_signature(struct chain *chain, int64_t to, const struct store_signature **ret)
{
	*ret = NULL;
	TRY(read_signatures(chain));
	if (chain->signature_at < chain->signatures.count &&
	    chain->signatures.at[chain->signature_at].tick <= to)
		*ret = &chain->signatures.at[chain->signature_at++];
	return NULL;
}

static void
note_signature(struct chain *chain, struct arena *arena, const struct store_signature *signature)
{
	struct audit_finding about = { .tick = signature->tick };
	struct audit_result *result = chain->result;
	char bytes[STORE_SIGNED_BYTES];

	result->signatures++;
	if (chain->key != NULL) {
		if (!sha256_equal(signature->key_id, ed25519_key_id(chain->key)))
			return;
		if (!ed25519_verify(chain->key, store_signed_bytes(chain->tick.hash, bytes),
			signature->bytes)) {
			audit_note(result, arena, &about,
			    "tick %lld: its signature is not over its hash: this is not the "
			    "history that was signed",
			    (long long)signature->tick);
			return;
		}
		result->signed_by_key++;
	}
	result->last_signed = *signature;
	result->signed_position = chain->tick.last_position;
}

/* A signature of a tick that is not there. */
static void
note_orphan(struct chain *chain, struct arena *arena, const struct store_signature *signature)
{
	struct audit_finding about = { .tick = signature->tick };

	chain->result->signatures++;
	audit_note(chain->result, arena, &about,
	    signature->tick > chain->last
		? "tick %lld was signed, and is not there: the newest ticks were cut off"
		: "tick %lld was signed, and is not there",
	    (long long)signature->tick);
}

struct err *
chain_close(struct chain *chain, struct arena *arena)
{
	const struct store_tick *tick = &chain->tick;
	struct audit_finding about = { .tick = tick->number };
	const struct store_signature *signature;
	uint64_t size = (uint64_t)(tick->last_position - tick->first_position) + 1;

	if (!chain->torn && chain->tree.count == size &&
	    !sha256_equal(merkle_top(&chain->tree), tick->root))
		audit_note(chain->result, arena, &about,
		    "tick %lld: its root is not over the hashes of the events at positions %lld to "
		    "%lld: one was changed with its hash, or put elsewhere, or the tick was "
		    "changed",
		    (long long)tick->number, (long long)tick->first_position,
		    (long long)tick->last_position);
	for (;;) {
		TRY(next_signature(chain, tick->number, &signature));
		if (signature == NULL)
			return NULL;
		if (signature->tick == tick->number)
			note_signature(chain, arena, signature);
		else
			note_orphan(chain, arena, signature);
	}
}

/* Whether tick ${number} has come since the audit began. */
static struct err *
is_newer(struct chain *chain, int64_t number, bool *ret)
{
	struct store_ticks ticks;

	arena_reset(chain->arena);
	TRY(store_read_ticks(chain->session, chain->arena, number - 1, 1, &ticks));
	*ret = number > chain->last && ticks.count == 1 && ticks.at[0].number == number;
	return NULL;
}

struct err *
chain_finish(struct chain *chain, struct arena *arena)
{
	const struct store_signature *signature;
	bool newer;

	for (;;) {
		TRY(next_signature(chain, INT64_MAX, &signature));
		if (signature == NULL)
			return NULL;
		TRY(is_newer(chain, signature->tick, &newer));
		if (!newer)
			note_orphan(chain, arena, signature);
	}
}
