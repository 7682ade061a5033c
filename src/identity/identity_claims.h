#ifndef IDENTITY_IDENTITY_CLAIMS_H
#define IDENTITY_IDENTITY_CLAIMS_H

#include "base/json.h"
#include "identity/identity.h"

/*
 * identity_claims: the checks of claims that all issuers share (RFC 7519 section 4.1).
 * Each returns false with its reason when the claim does not hold.
 */

/** "iss" is ${issuer}, byte for byte. */
NODISCARD bool identity_claims_issuer(
    const struct json *claims, struct str issuer, struct str *ret_reason);

/**
 * "aud", a text or a list, names ${audience}.  Of several audiences "azp" must be ours
 * when ${party_needed} (OpenID Connect Core, 3.1.3.7): a token for somebody else's client
 * may list us beside it.
 */
NODISCARD bool identity_claims_audience(
    const struct json *claims, struct str audience, bool party_needed, struct str *ret_reason);

/**
 * ${now} lies before "exp", which must be there, and not before "nbf" and "iat", if they
 * are, by more than IDENTITY_LEEWAY.
 */
NODISCARD bool identity_claims_times(const struct json *claims, struct instant now,
    struct instant *ret_expires, struct str *ret_reason);

/**
 * The text ${name} of at most ${bytes_max} bytes without control characters: empty when
 * absent or null.  False, which ${wrong} explains, when it is anything else.
 */
NODISCARD bool identity_claims_text(const struct json *claims, struct str name, size_t bytes_max,
    struct str wrong, struct str *ret, struct str *ret_reason);

/** "sub", which must be there and not empty. */
NODISCARD bool identity_claims_subject(
    const struct json *claims, struct str *ret, struct str *ret_reason);

/** "email", or empty; and "name", or empty when it is no usable one. */
NODISCARD bool identity_claims_person(
    const struct json *claims, struct identity_claims *ret, struct str *ret_reason);

/** "email_verified" is true; ${text_counts}: or the text "true". */
bool identity_claims_email_verified(const struct json *claims, bool text_counts);

#endif
