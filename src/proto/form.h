#ifndef PROTO_FORM_H
#define PROTO_FORM_H

#include "base/buf.h"

/*
 * form: names and values as browsers and Twilio post them
 * (application/x-www-form-urlencoded, the URL standard of WHATWG section 5),
 * which is also what stands behind the "?" of a URL.
 *
 * Pairs keep their order, and a name may occur more than once.
 */

#define FORM_PAIRS_MAX 200

struct form_pair {
	struct str name, value;
};

struct form {
	struct form_pair *at;
	size_t count;
};

/**
 * Read ${body} into ${*ret}; names and values are decoded into ${arena}.  "+" is
 * a space, a name without "=" has an empty value, empty pairs ("&&") are skipped.
 * False when it has more than FORM_PAIRS_MAX pairs, a "%" that is not followed by
 * two hexadecimal digits, a NUL, or text that is not UTF-8 once decoded, or when
 * the arena is full: such a body is not from anybody who means well.
 */
NODISCARD bool form_parse(struct arena *arena, struct str body, struct form *ret);

/** The value of the first pair called ${name}, or an empty str. */
struct str form_find(const struct form *form, struct str name);

/** Whether a pair is called ${name}. */
bool form_has(const struct form *form, struct str name);

/**
 * Append ${name} and ${value} to ${buf} as one more pair: with "&" before it,
 * unless ${buf} is empty or ends in "?".
 */
void form_encode(struct buf *buf, struct str name, struct str value);

#endif
