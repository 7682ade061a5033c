#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include "base/str.h"

/*
 * reply: what a person means who texts us.
 *
 *	A            accept                     D            decline
 *	A 45         ... there in 45 minutes    D 2          ... for reason 2
 *	A 1h30 KFX   ... the callout KFX        1, 2         the same as A and D
 *	S            on site                    E 30         there in 30 minutes, after all
 *	STOP, START  opt out, opt in            ?            what can be said
 *
 * Words, numbers and the callout's code (or its job number) may come in any order, in
 * either case, with or without spaces, quotes, punctuation and emoji between them.
 * The words are those of reply_words.def.
 *
 * A text is understood as a whole or not at all: somebody who writes "A bit busy, sorry"
 * has not accepted, and is told what can be said.  Who asks ("?") does not choose.  STOP and
 * START count only alone, as they do for carriers.  Only minutes that cannot be are
 * forgiven, for an acceptance must not be lost over them.
 */

#define REPLY_CODE_LETTERS  3
#define REPLY_JOB_BYTES_MAX 40
#define REPLY_MINUTES_MAX   1440 /* a day */
#define REPLY_TEXT_BYTES_MAX                                                \
	6400 /* a text of 1,600 characters; of a longer one nothing is read \
	      */

enum reply_kind {
	REPLY_NOT_UNDERSTOOD,
	REPLY_ACCEPT,
	REPLY_DECLINE,
	REPLY_ON_SITE,
	REPLY_ETA,
	REPLY_HELP,
	REPLY_STOP,
	REPLY_START,
};

struct reply {
	enum reply_kind kind;
	int64_t minutes; /* of ACCEPT and ETA; 0: none given, or ... */
	bool unusable;   /* ... what was given is not from 1 to REPLY_MINUTES_MAX */
	int64_t reason;  /* of DECLINE: a digit, 0: none given */
	size_t code_length, job_length;
	char code[REPLY_CODE_LETTERS]; /* in capitals */
	char job[REPLY_JOB_BYTES_MAX]; /* "HC-MFR-00042-0", in capitals */
};

/** What ${text} means.  Untrusted input; bytes that are not UTF-8 do no harm. */
void reply_parse(struct str text, struct reply *ret);

/** The code of ${reply}; empty when it names none. */
static inline struct str
reply_code(const struct reply *reply)
{
	return (struct str){ reply->code, reply->code_length };
}

/** The job number of ${reply}; empty when it names none. */
static inline struct str
reply_job(const struct reply *reply)
{
	return (struct str){ reply->job, reply->job_length };
}

#endif
