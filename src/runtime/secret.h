#ifndef RUNTIME_SECRET_H
#define RUNTIME_SECRET_H

#include "base/str.h"

/*
 * secret: a text that must not be shown.
 *
 * It has no printer, and no function of ours that writes takes one, so that it
 * cannot get into a log line, an answer or a fault by accident: whoever needs
 * the text says secret_reveal(), which is easy to find and to review.
 */
struct secret {
	struct str concealed; /* never named outside this header */
};

/* ${text} as a secret; it points into the same memory. */
static inline struct secret
secret_of(struct str text)
{
	return (struct secret){ text };
}

/* The text of ${secret}, for the one call that must send or compare it. */
static inline struct str
secret_reveal(struct secret secret)
{
	return secret.concealed;
}

/* Whether there is any. */
static inline bool
secret_is_set(struct secret secret)
{
	return secret.concealed.len > 0;
}

#endif
