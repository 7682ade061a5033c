#include "base/ed25519.h"
#include "process/process_internal.h"
#include "store/store_proof.h"

#define SIGNATURES_OF_TICK_MAX 100 /* of as many keys */

/*
 * Whether ${tick} has been signed with ${key}: by the leader before us, or by us
 * when nothing has happened since.
 */
static struct err *
is_signed(struct worker *worker, const struct store_tick *tick, struct sha256 key, bool *ret)
{
	struct store_signatures signatures;

	*ret = false;
	TRY(store_read_signatures(
	    worker->session, worker->arena, tick->number, SIGNATURES_OF_TICK_MAX, &signatures));
	for (size_t i = 0; i < signatures.count; i++) {
		if (signatures.at[i].tick == tick->number &&
		    sha256_equal(signatures.at[i].key_id, key))
			*ret = true;
	}
	return NULL;
}

static struct err *
sign(struct worker *worker, const struct store_tick *tick)
{
	const struct ed25519_key *key = worker->config->seal_key;
	struct store_signature signature = { .tick = tick->number,
		.at = clock_now(worker->config->clock),
		.key_id = ed25519_key_id(key) };
	char bytes[STORE_SIGNED_BYTES];

	ed25519_sign(key, store_signed_bytes(tick->hash, bytes), signature.bytes);
	return store_put_signature(worker->session, worker->arena, &signature);
}

/*
 * Sign the newest head, in the process that leads, when it has changed.  The worker
 * looks once a second, so a signature stands for a second of history, and once more
 * at the end, so that an orderly stop leaves nothing unsigned.
 */
struct err *
notary_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	struct sha256 key = ed25519_key_id(worker->config->seal_key);
	int64_t head = process_head(worker->process);
	struct store_tick tick;
	bool found, is_done;

	(void)ret_again;
	*ret_until = process_never();
	if (!process_leads(worker->process) || head == 0)
		return NULL;
	TRY(store_find_tick(worker->session, worker->arena, head, &found, &tick));
	if (!found)
		return NULL;
	TRY(is_signed(worker, &tick, key, &is_done));
	return is_done ? NULL : sign(worker, &tick);
}
