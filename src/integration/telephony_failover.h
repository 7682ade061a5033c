#ifndef INTEGRATION_TELEPHONY_FAILOVER_H
#define INTEGRATION_TELEPHONY_FAILOVER_H

#include "integration/telephony.h"

/*
 * telephony_failover: two providers as one.
 *
 *	first: ERR_UNAVAILABLE, nothing was done   the second, at once
 *	first: ERR_UNCERTAIN, it may have rung      that is the answer: never both for one request
 *	first: it said no                           that is the answer: the number is the same
 *
 * After TELEPHONY_FAILURES_MAX requests in a row at which the first was unavailable or did
 * not answer, the second is asked first for TELEPHONY_REST of real time; then one request
 * tries the first again.
 *
 * A call is ended by the provider that has it, as its id says (${second_prefix}); what is looked
 * for is looked for at both, and is unknown when one of them cannot be asked.
 */

#define TELEPHONY_FAILURES_MAX 3
#define TELEPHONY_REST         SECONDS(60)

/**
 * A telephony of ${first} and ${second}, whose ids begin with ${second_prefix}, a literal;
 * destroying it destroys both.
 */
NODISCARD struct telephony *telephony_failover_create(
    struct telephony *first, struct telephony *second, struct str second_prefix);

#endif
