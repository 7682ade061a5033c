#ifndef MOCK_MOCK_TWIML_H
#define MOCK_MOCK_TWIML_H

#include "base/err.h"
#include "base/instant.h"

/*
 * mock_twiml: understanding the TwiML that a webhook answered, as Twilio would.
 *
 * Say, Play, Pause, Gather, Redirect, Hangup, Reject; anything else is an error, because
 * a test should notice it.  Unknown attributes are ignored.
 */

#define MOCK_TWIML_VERBS_MAX 64

enum mock_twiml_kind {
	MOCK_TWIML_SAY,
	MOCK_TWIML_PAUSE,
	MOCK_TWIML_GATHER,
	MOCK_TWIML_REDIRECT,
	MOCK_TWIML_HANGUP,
	MOCK_TWIML_REJECT, /* with its reason as text */
};

struct mock_twiml_verb {
	enum mock_twiml_kind kind;
	struct duration lasts; /* spoken or silent; of a Gather, what is nested in it */
	struct str text;       /* what is said, nested texts included; or where to redirect */
	struct str action;     /* of a Gather; empty: the document's own address */
	int64_t digits_max;    /* 0: no limit */
	char finish_key;       /* NUL: none */
	bool tell_silence;     /* actionOnEmptyResult */
	struct duration timeout;
};

struct mock_twiml {
	struct mock_twiml_verb *verbs;
	size_t count;
};

/**
 * Read ${xml} into ${*ret}, in ${arena}.  False with ${*ret_reason}, a sentence,
 * when it is no TwiML.
 */
NODISCARD bool mock_twiml_read(
    struct arena *arena, struct str xml, struct mock_twiml *ret, struct str *ret_reason);

/**
 * Read the answer ${xml} to a text: the texts of its Message elements, at most ${max},
 * into ${ret_texts}, in ${arena}.  False with ${*ret_reason} when it is none.
 */
NODISCARD bool mock_twiml_read_messages(struct arena *arena, struct str xml, struct str *ret_texts,
    size_t max, size_t *ret_count, struct str *ret_reason);

#endif
