#ifndef APP_SIGN_IN_H
#define APP_SIGN_IN_H

#include "app/record_change.h"

/*
 * sign_in: whom of our users an identity is that somebody else has proven.
 *
 *	issuer and subject known ───────────────▶ that user
 *	e-mail address of a user we have ───────▶ that user, who has one more identity
 *	e-mail address that was invited ────────▶ a new user
 *	else ───────────────────────────────────▶ nobody
 *
 * An address counts only when the issuer says that it has verified it, and every issuer
 * that is configured is trusted to say so: without that, whoever enters somebody else's
 * address with a provider would become that somebody here.
 *
 * Nobody comes in without an invitation.  Invitations to the address that wait are
 * accepted on the way: the user is made, or gets the identity, and every membership
 * becomes active, in one transaction.
 */

/* What was proven. */
struct sign_in_claims {
	struct str issuer, subject;
	struct str email; /* or empty */
	bool email_verified;
	struct str name; /* or empty */
};

/* With what it is done. */
struct sign_in {
	struct store_session *session; /* a worker's: nobody is asking yet */
	struct arena *arena;
	struct instant now;
	const struct vault *vault;
	struct uuid (*make_id)(struct instant now);
	struct uuid correlation;
};

/* At most so many invitations are accepted at once; more wait for the next time. */
#define SIGN_IN_INVITATIONS_MAX 32

struct sign_in_answer {
	bool admitted;
	struct store_known_user user; /* when admitted, or disabled */
	struct str reason;            /* when not: for the log */
	/* Who invited an address that the issuer does not vouch for: they may want to know. */
	const struct uuid *concerned;
	size_t concerned_count;
};

/** Who ${claims} are of. */
NODISCARD struct err *sign_in(
    const struct sign_in *in, const struct sign_in_claims *claims, struct sign_in_answer *ret);

/**
 * Let ${user}, who has proven ${claims}, accept the invitations that have come since they
 * were last here; ${*ret_joined} is whether there were any.
 */
NODISCARD struct err *sign_in_join(const struct sign_in *in, const struct sign_in_claims *claims,
    const struct store_known_user *user, bool *ret_joined);

#endif
