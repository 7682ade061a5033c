#ifndef TESTS_PROOF_WORLD_H
#define TESTS_PROOF_WORLD_H

#include "proof/audit.h"
#include "proof/proof.h"
#include "support/store_world.h"

/*
 * proof_world: keys to sign with, audits and proofs, for the tests of both stores.
 * Link it behind store_world.c.
 */

/** Keys that everybody knows (RFC 8032, section 7.1): number 0 and 1; NULL on fault fails. */
struct ed25519_key *proof_world_key(struct arena *arena, int number, bool is_private);

/** The PEM text of such a key. */
struct str proof_world_pem(int number, bool is_private);

/** Sign tick ${number} with the private ${key}. */
void proof_world_sign(struct world *world, const struct ed25519_key *key, int64_t number);

/** The number of the newest tick. */
int64_t proof_world_newest(struct world *world);

/** Audit the world's store with what ${wanted} says beside the store; it must be possible. */
struct audit_result *proof_world_audit(struct world *world, struct audit_wanted wanted);

/** Fail, and show what was found, unless the store is sound. */
void proof_world_sound(const struct audit_result *result);

/** Whether some finding has ${part} in its sentence. */
bool proof_world_finds(const struct audit_result *result, const char *part);

/** The proof of ${eco}, lines behind each other, in the world's arena. */
struct str proof_world_prove(struct world *world, struct uuid eco, bool to_head);

/** For proof_make(): takes a line and forgets it. */
struct err *proof_world_drop(void *context, struct arena *arena, struct str line);

/**
 * Check ${text} with what ${*check} has set.  False with the reason, which ends with
 * a NUL and stays until the next call.
 */
bool proof_world_check(struct str text, struct proof_check *check, const char **ret_problem);

#endif
