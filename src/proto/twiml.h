#ifndef PROTO_TWIML_H
#define PROTO_TWIML_H

#include "base/buf.h"

/*
 * twiml: telling Twilio what to do with a call or a text (TwiML for Programmable
 * Voice, and for Messaging).
 *
 *	twiml_begin(&buf);
 *	twiml_gather_begin(&buf, &gather);
 *	twiml_say(&buf, STR("Press 1 to accept."));
 *	twiml_gather_end(&buf);
 *	twiml_redirect(&buf, again);
 *	twiml_end(&buf);
 *
 * Texts may hold anything: markup is escaped; control characters and bytes that
 * are not UTF-8, which XML 1.0 cannot carry, become spaces.
 */

/* Collect digits from the key-pad, saying what stands inside meanwhile. */
struct twiml_gather {
	struct str action;  /* the URL that is told the digits */
	int64_t digits_max; /* end after so many; 0: at "#" or silence only */
	int64_t timeout_s;  /* of silence */
};

/** Begin the document. */
void twiml_begin(struct buf *buf);

/** Speak ${text}. */
void twiml_say(struct buf *buf, struct str text);

/** Collect digits; close with twiml_gather_end().  Without any, Twilio goes on behind it. */
void twiml_gather_begin(struct buf *buf, const struct twiml_gather *gather);
void twiml_gather_end(struct buf *buf);

/** Be silent for ${length_s} seconds. */
void twiml_pause(struct buf *buf, int64_t length_s);

/** Go on with the TwiML that POST ${url} gives. */
void twiml_redirect(struct buf *buf, struct str url);

/** End the call. */
void twiml_hangup(struct buf *buf);

/** Text ${text} back to whoever texted: only in the answer to an incoming text. */
void twiml_message(struct buf *buf, struct str text);

/** End the document.  Check buf->overflowed before sending it. */
void twiml_end(struct buf *buf);

#endif
