#ifndef PROTO_GSM7_H
#define PROTO_GSM7_H

#include "base/buf.h"

/*
 * gsm7: how long a text is on the air (3GPP TS 23.038 and 23.040).
 *
 * In the GSM alphabet a message holds 160 characters, 153 when it is one of several; a few
 * characters ("[", "{", "€" ...) count twice.  One character outside of it makes the whole
 * text UCS-2: 70, or 67.  Providers charge, and throttle, by these segments.
 */

struct gsm7_size {
	bool fits_gsm7;
	size_t units; /* septets, or UTF-16 units */
	size_t segments;
};

/** The size of ${text}, UTF-8; what is no UTF-8 counts as one unit of UCS-2 a byte. */
struct gsm7_size gsm7_size_of(struct str text);

/** Append ${text} in the GSM alphabet: typographic marks become plain ones, letters lose the
 * accents that it lacks, controls become spaces, and what has no likeness "?". */
void gsm7_write(struct buf *buf, struct str text);

#endif
