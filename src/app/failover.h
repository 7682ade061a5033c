#ifndef APP_FAILOVER_H
#define APP_FAILOVER_H

#include "app/work.h"

/*
 * failover: when nobody of a contractor accepts, the next one is engaged, as its NOC has said.
 *
 * The order is that of the NOC's own terms for the agreement under which nobody accepted, and after
 * those, of the agreements that the ECO was under before.  Nobody is engaged twice for one ECO. The
 * first contractor is engaged that has an agreement in force with the NOC and somebody to ring for
 * the place; when there is none that is on record (FailoverFailed).  A NOC that names nobody wants
 * no failover, and nothing is written.
 */

/**
 * Engage the next contractor for ${eco} after round ${round}, or record that there is none, and
 * settle the claimed effect ${settles_effect} with that: exactly once, however often it is begun.
 * ${work} needs zones and vault.
 */
NODISCARD struct err *app_engage_failover(
    const struct app_work *work, struct uuid eco, int64_t round, struct str settles_effect);

#endif
