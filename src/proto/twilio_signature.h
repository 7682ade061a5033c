#ifndef PROTO_TWILIO_SIGNATURE_H
#define PROTO_TWILIO_SIGNATURE_H

#include "proto/form.h"

/*
 * twilio_signature: whether a webhook comes from Twilio (header
 * X-Twilio-Signature; "Webhooks security" in Twilio's documentation).
 *
 * The signature is base64(HMAC-SHA1(auth token, url + parameters)): the full URL
 * that Twilio was given, then every parameter of the form as name and value with
 * nothing between, sorted by name.  Of a name that occurs more than once every
 * different value counts once, sorted.  Both are in the order of UTF-16 code units,
 * as Twilio's libraries for Node and Java sort; below U+D800 every order is the same.
 * A request by GET has no form: its parameters stand in the URL.  Nor has a JSON body
 * any; the URL then carries its SHA-256 in the query parameter bodySHA256.
 *
 * Twilio may sign a URL with or without its port (443 and 80 included), so both
 * are tried.  While an auth token is rotated two are valid at once.
 */

/* The present token and the one before it; an empty token never matches. */
#define TWILIO_TOKENS 2

/**
 * The signature of a request to ${url} with the parameters ${form} (NULL: none),
 * exactly as they stand.  Empty when ${arena} is full.
 */
struct str twilio_signature(
    struct arena *arena, struct str auth_token, struct str url, const struct form *form);

/**
 * Whether ${given} is the signature of ${url} and ${form} under one of ${tokens},
 * with or without the port.  Takes the same time whether it is or not.
 */
NODISCARD bool twilio_signature_check(struct arena *arena, const struct str tokens[TWILIO_TOKENS],
    struct str url, const struct form *form, struct str given);

/**
 * The same for a request with a ${body} that is no form: ${given} must sign
 * ${url}, and the bodySHA256 of its query must be the SHA-256 of ${body}.
 */
NODISCARD bool twilio_signature_check_body(struct arena *arena,
    const struct str tokens[TWILIO_TOKENS], struct str url, struct str body, struct str given);

#endif
