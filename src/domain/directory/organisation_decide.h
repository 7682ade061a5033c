#ifndef DOMAIN_DIRECTORY_ORGANISATION_DECIDE_H
#define DOMAIN_DIRECTORY_ORGANISATION_DECIDE_H

#include "domain/directory/decision.h"

/*
 * organisation_decide: the rules of taking in an organisation and of changing it, and of
 * users who may not sign in any more.  See decision.h for what the functions answer.
 *
 * A handle never changes: it stands in addresses, in people's heads and in agreements.
 */

/* What Strike allows at all (product.md, section 7); an OSP's bounds lie within. */
#define RING_S_MIN 10
#define RING_S_MAX 60
#define LOOPS_MIN  1
#define LOOPS_MAX  10

/** ${organisation} with what Strike has by default where a bound or the zone is missing. */
struct organisation organisation_with_defaults(struct organisation organisation);

/** Take in ${given}, as ${before}, which does not exist yet. */
NODISCARD bool organisation_decide_create(const struct record *before,
    const struct organisation *given, struct record_decision *ret, struct refusal *ret_refusal);

/** Give it the name, time zone and bounds of ${given}; the rest of ${given} is not read. */
NODISCARD bool organisation_decide_change(const struct record *before,
    const struct organisation *given, struct record_decision *ret, struct refusal *ret_refusal);

/** Let nobody act for it, because of ${reason}; the platform itself cannot be suspended. */
NODISCARD bool organisation_decide_suspend(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Let its members act for it again. */
NODISCARD bool organisation_decide_restore(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Let the user ${before} not sign in any more, or again.  Nobody disables themselves (${by}). */
NODISCARD bool user_decide_disable(const struct record *before, struct uuid by, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);
NODISCARD bool user_decide_enable(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

#endif
