#ifndef API_VOICE_H
#define API_VOICE_H

#include "base/buf.h"
#include "domain/callout/callout.h"

/*
 * voice: what a person who picks up hears, as TwiML.
 *
 *	answer:  the job is read out;  1 accept, 2 decline, 3 hear again
 *	accept:  how many minutes to arrival, then "#"
 *	decline: why, one digit; who hangs up instead has declined all the same
 *
 * Three inputs that mean nothing, or three silences, end the call.  For api/ only.
 */

#define VOICE_TRIES_MAX      3
#define VOICE_BYTES_MAX      16384
#define VOICE_CHOICE_WAIT_S  8
#define VOICE_ETA_DIGITS_MAX 4
#define VOICE_READ_CHARS_MAX 400 /* of a long description; the rest is in the field task */

/* Where the next input of this call goes, with "&try=" and "&menu=" to follow. */
struct voice_urls {
	struct str choice;
	struct str eta;
};

/** Read the job out and ask for a choice.  ${try} counts from 1. */
void voice_read_job(
    struct buf *buf, const struct callout *callout, const struct voice_urls *urls, int64_t try);

/** Ask for minutes to arrival. */
void voice_ask_eta(struct buf *buf, const struct voice_urls *urls, int64_t try);

/** Ask why the person declines. */
void voice_ask_reason(struct buf *buf, const struct voice_urls *urls);

/** Say ${text} and end the call. */
void voice_farewell(struct buf *buf, struct str text);

/** End the call without a word. */
void voice_hang_up(struct buf *buf);

#endif
