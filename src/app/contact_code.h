#ifndef APP_CONTACT_CODE_H
#define APP_CONTACT_CODE_H

#include "app/vault.h"
#include "domain/directory/person_decide.h"

/*
 * contact_code: codes that are sent to a telephone and told back, and PINs.
 *
 * A code is not kept.  It follows from the person's own key, which the database does not
 * hold in clear, and from the contact and a nonce that are in the record; so whoever
 * reads the record, the log or the outbox cannot tell it, and whoever sends it, after a
 * crash or twice, sends the same.  A PIN is kept as a MAC under the same key, for it is
 * too short to be hashed: without the key all of them would be tried in a moment.
 *
 * Both are of no use any more when the person is erased.
 */

/* Whose, and with what. */
struct contact_code_of {
	const struct vault *vault;
	struct store_session *session;
	struct arena *arena;
	struct uuid person, osp;
};

/** A fresh nonce. */
struct str contact_code_nonce(const struct contact_code_of *of);

/** The code that is out for ${contact}, CODE_DIGITS digits; empty when the person has no key. */
NODISCARD struct err *contact_code_derive(
    const struct contact_code_of *of, const struct contact *contact, struct str *ret);

/** What is kept of ${pin}; empty when the person has no key. */
NODISCARD struct err *contact_pin_hash(
    const struct contact_code_of *of, struct str pin, struct str *ret);

/**
 * Whether ${pin}, as somebody typed it, is that of ${person}: compared in the same time, however
 * much of it is right.  For a person without a PIN nothing is right.  Who counts wrong tries is
 * the caller.
 */
NODISCARD struct err *contact_pin_matches(
    const struct contact_code_of *of, const struct person *person, struct str pin, bool *ret);

#endif
