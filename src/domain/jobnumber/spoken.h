#ifndef DOMAIN_JOBNUMBER_SPOKEN_H
#define DOMAIN_JOBNUMBER_SPOKEN_H

#include "base/buf.h"
#include "base/str.h"

/*
 * spoken: a job number as one person says it to another.
 *
 *	HC-MFR-00042-0  <-->  Hotel Charlie, Mike Foxtrot Romeo, zero zero zero four two, zero
 */

#define SPOKEN_BYTES_MAX 400 /* of the longest job number there is */

/** Write ${number} in words. */
void jobnumber_speak(struct str number, struct buf *buf);

/**
 * Write ${text} with every word of the spelling alphabet, and every digit's, as its
 * character, without the pauses between them; a text without such words stays as it is.
 * What comes of it is for jobnumber_parse().  Untrusted input; never longer than ${text}.
 */
void jobnumber_hear(struct str text, struct buf *buf);

#endif
