#ifndef IDENTITY_IDENTITY_TOKEN_H
#define IDENTITY_IDENTITY_TOKEN_H

#include "base/json.h"

/*
 * identity_token: a signed token taken apart (RFC 7515, compact serialisation), before
 * anything of it is believed.
 */

/* Signature algorithms, as a set of them: 1u << IDENTITY_ALGORITHM_ES256. */
enum identity_algorithm {
#define IDENTITY_ALGORITHM(name, type, bytes) IDENTITY_ALGORITHM_##name,
#include "identity/identity_algorithms.def"
#undef IDENTITY_ALGORITHM
	IDENTITY_ALGORITHM_COUNT
};

#define IDENTITY_KEY_ID_BYTES_MAX 128

struct identity_token {
	struct str text;      /* as it was sent */
	struct str signature; /* its bytes */
	const struct json *header, *claims;
	enum identity_algorithm algorithm;
	struct str key_id; /* never empty */
	bool is_access;    /* its type is at+jwt */
};

/** The algorithm ${name}.  False when there is none of that name. */
NODISCARD bool identity_algorithm_find(struct str name, enum identity_algorithm *ret);

/** The set that ${names} lists, separated by commas.  False when one of them is none. */
NODISCARD bool identity_algorithms_parse(struct str names, unsigned *ret);

/**
 * The bytes of ${text}, base64url without padding (RFC 4648 section 5), or with it when
 * it ${may_be_padded}; only what an encoder would have written.  False otherwise.
 */
NODISCARD bool identity_base64url_decode(
    struct arena *arena, struct str text, bool may_be_padded, struct str *ret);

/**
 * Take ${text} apart: three parts, header and claims JSON objects without duplicate
 * members, an algorithm of the set ${allowed}, a key id, no critical extension, a type that
 * is JWT, at+jwt or absent.  ${may_be_padded}: its parts may end in "=".  False with the
 * reason otherwise.
 */
NODISCARD bool identity_token_parse(struct arena *arena, struct str text, bool may_be_padded,
    unsigned allowed, struct identity_token *ret, struct str *ret_reason);

/** Set ${*ret_reason} and say false, for the checks that end so. */
bool identity_unproven(struct str reason, struct str *ret_reason);

#endif
