#ifndef DOMAIN_DIRECTORY_TOKEN_DECIDE_H
#define DOMAIN_DIRECTORY_TOKEN_DECIDE_H

#include "domain/directory/decision.h"

/*
 * token_decide: keys for programs.  A key acts for one member of one organisation, does
 * at most what that member's role may, and ends.  See decision.h.
 */

/* A year, and a day more for those who reckon with leap years. */
#define TOKEN_LIFE_MAX HOURS(366 * 24)

/** Issue ${given}, whose scopes are names that there are. */
NODISCARD bool token_decide_issue(const struct record *before, const struct token *given,
    struct instant now, struct record_decision *ret, struct refusal *ret_refusal);

/** Let it open nothing any more. */
NODISCARD bool token_decide_revoke(const struct record *before, struct instant now,
    struct record_decision *ret, struct refusal *ret_refusal);

#endif
