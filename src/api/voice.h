#ifndef API_VOICE_H
#define API_VOICE_H

#include "base/buf.h"
#include "domain/callout/callout.h"

/*
 * voice: what a person who picks up, or calls us, hears, as TwiML.
 *
 *	PIN:     asked before anything is said about the job, where the person has one
 *	job:     what, where, the job number;  1 accept, 2 decline, 3 hear again,
 *	         0 or * help, 9 the next callout (of who called us and has several)
 *	accept:  how many minutes to arrival, then "#"
 *	decline: why, one digit; who hangs up instead has declined all the same
 *	arrival: 1 on site, 2 and minutes for a new ETA, 3 cannot come after all
 *
 * Three inputs that mean nothing, or three silences, end the call.  Every document ends
 * with another one to fetch, or with the end of the call.  A drill is called one first
 * and last.  Digits of a PIN stand in no document and no URL.  For api/ only.
 */

#define VOICE_TRIES_MAX      3
#define VOICE_BYTES_MAX      16384
#define VOICE_CHOICE_WAIT_S  8
#define VOICE_ETA_DIGITS_MAX 4
#define VOICE_PIN_DIGITS_MAX 8
#define VOICE_JOB_DIGITS_MAX 20
#define VOICE_READ_CHARS_MAX 400 /* of a long description; the rest is in the field task */

/* What one call is about, and where its next input goes, with "&menu=" and "&try=" to follow. */
struct voice_talk {
	struct str choice, eta, pin, arrival, in;
	bool exercise; /* a drill */
	bool several;  /* the caller has more callouts than this one */
};

/* What a question is about; the words of "&menu=". */
enum voice_menu {
	VOICE_JOB,
	VOICE_REASON,
	VOICE_ETA,
	VOICE_PIN,
	VOICE_ARRIVAL,
	VOICE_NEW_ETA,
	VOICE_NUMBER,
	VOICE_MENU_COUNT
};

/** The menu that is called ${word} in a URL; JOB for any other word. */
enum voice_menu voice_menu_find(struct str word);

/* Why something is asked once more. */
enum voice_again {
	VOICE_FIRST,  /* it is not */
	VOICE_WRONG,  /* the input meant nothing */
	VOICE_REPEAT, /* they wanted to hear it again */
	VOICE_HELP,   /* they asked what can be pressed */
};

/** Read the job out and ask for a choice.  ${try} counts from 1. */
void voice_read_job(struct buf *buf, const struct callout *callout, const struct voice_talk *talk,
    enum voice_again again, int64_t try);

/** Ask ${menu}, any but the job; ${try} counts from 1. */
void voice_ask(struct buf *buf, const struct voice_talk *talk, enum voice_menu menu, int64_t try);

/** Say ${text} and end the call. */
void voice_farewell(struct buf *buf, const struct voice_talk *talk, struct str text);

/** End the call without a word. */
void voice_hang_up(struct buf *buf);

/** Go on with the document of ${url}. */
void voice_go_to(struct buf *buf, struct str url);

#endif
