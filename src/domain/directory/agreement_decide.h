#ifndef DOMAIN_DIRECTORY_AGREEMENT_DECIDE_H
#define DOMAIN_DIRECTORY_AGREEMENT_DECIDE_H

#include "domain/directory/decision.h"

/*
 * agreement_decide: how a NOC and an OSP come to terms.
 *
 *	          accepted by the other side          ended by either
 *	PROPOSED ────────────────────────────▶ AGREED ───────────────▶ ENDED
 *	   └──declined, or withdrawn──▶ DECLINED  ▲ │
 *	                                          └─┘ amended: proposed by one, accepted by the
 *other
 *
 * Who is both the NOC and the OSP stands on both sides, and agrees with itself.
 *
 * The OSP's own bounds on ringing and loops are judged whenever the OSP proposes or
 * accepts, for they are its own to know; so no agreement is in force that broke them.
 * An ECO keeps the terms under which it was created; an amendment holds for those that
 * are created later.  See decision.h for what the functions answer.
 */

#define RETRY_AFTER_S_MIN   60
#define RETRY_AFTER_S_MAX   86400
#define RETRIES_MAX         10
#define GRACE_S_MAX         604800 /* seven days */
#define POLL_S_MIN          5
#define POLL_S_MAX          86400
#define ARRIVAL_S_MIN       300
#define ARRIVAL_S_MAX       86400
#define ARRIVAL_GRACE_S_MAX 86400 /* 0: a crew is not looked for */

/* Who decides. */
struct agreement_party {
	struct uuid id;
	const struct organisation *organisation;
};

/** Whether ${party} stands on ${side} of ${agreement}. */
bool agreement_is_on(const struct agreement *agreement, struct uuid party, enum side side);

/** Terms as product.md has them by default: 25 s, three times, once more after 20 minutes. */
struct eco_terms agreement_default_terms(void);

/** Propose ${given}, with both parties, who proposes, kind, terms, prefix and dates. */
NODISCARD bool agreement_decide_propose(const struct record *before, const struct agreement *given,
    const struct agreement_party *by, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal);

/**
 * Accept what the other side has proposed: the agreement, or the amendment that is open.
 * ${prefix} is the OSP's to say when it accepts an agreement; otherwise empty.
 */
NODISCARD bool agreement_decide_accept(const struct record *before,
    const struct agreement_party *by, struct str prefix, struct instant now,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Decline what the other side has proposed, or withdraw what one's own has. */
NODISCARD bool agreement_decide_decline(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Propose ${given} for an agreement in force; who proposes stands in it. */
NODISCARD bool agreement_decide_amend(const struct record *before,
    const struct agreement_amendment *given, const struct agreement_party *by, struct instant now,
    struct record_decision *ret, struct refusal *ret_refusal);

/** End it at ${at}, now or later; what was created under it goes on. */
NODISCARD bool agreement_decide_end(const struct record *before, struct str reason,
    struct instant at, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal);

/**
 * Whether ${other} stands in the way of ${agreement} being agreed: between the same two at
 * the same time (then nobody could say which one an ECO is under), or with the same
 * prefix for another NOC (then two ECOs would have one number).
 */
NODISCARD bool agreement_check_beside(
    const struct record *agreement, const struct record *other, struct refusal *ret_refusal);

/** Set what a side keeps to itself; ${before} is its record, which may not be there yet. */
NODISCARD bool noc_terms_decide_set(const struct record *before, const struct noc_terms *given,
    struct record_decision *ret, struct refusal *ret_refusal);
NODISCARD bool osp_terms_decide_set(const struct record *before, const struct osp_terms *given,
    struct record_decision *ret, struct refusal *ret_refusal);

#endif
