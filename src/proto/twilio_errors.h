#ifndef PROTO_TWILIO_ERRORS_H
#define PROTO_TWILIO_ERRORS_H

#include "base/str.h"

/* twilio_errors: what Twilio's error codes mean to a callout; the table is twilio_errors.def. */

enum twilio_verdict { TWILIO_UNKNOWN, TWILIO_REFUSED, TWILIO_RETRY, TWILIO_UNDELIVERED };

/** What ${code} means; UNKNOWN when the table does not have it. */
enum twilio_verdict twilio_error_verdict(int64_t code);

/** ${code} in words; empty when the table does not have it. */
struct str twilio_error_words(int64_t code);

#endif
