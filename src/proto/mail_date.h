#ifndef PROTO_MAIL_DATE_H
#define PROTO_MAIL_DATE_H

#include "base/arena.h"
#include "base/instant.h"

/* mail_date: moments as e-mail and Twilio write them (RFC 2822 section 3.3). */

/**
 * Read "Mon, 05 Jan 2026 02:14:07 +0000"; the weekday may be missing and is not
 * checked, the zone must be numeric.  False for anything else.
 */
NODISCARD bool mail_date_parse(struct str text, struct instant *ret);

#endif
