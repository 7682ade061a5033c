#ifndef API_WEBHOOK_IN_H
#define API_WEBHOOK_IN_H

#include "app/inbound.h"

/* webhook_in: what calls and texts to us have in common.  For api/ only. */

/** webhook_may_see() for inbound_find(); ${context} is the struct webhook. */
NODISCARD struct err *webhook_in_may_see(
    const void *context, const struct callout *callout, bool *ret);

#endif
