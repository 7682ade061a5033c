#ifndef DOMAIN_DIRECTORY_MEMBERSHIP_DECIDE_H
#define DOMAIN_DIRECTORY_MEMBERSHIP_DECIDE_H

#include "domain/directory/decision.h"

/*
 * membership_decide: who may be a member of what, in which role.
 *
 *	INVITED ──signs in──▶ ACTIVE ──▶ REMOVED
 *	   └──────withdrawn──────────────┘
 *
 * An organisation always keeps one member who can let others in: the last admin is
 * neither removed nor given another role.  See decision.h for what the functions answer.
 */

/** Whether ${role} exists in an organisation that is what ${organisation} is. */
bool membership_role_fits(struct str role, const struct organisation *organisation);

/** Whether who has ${role} can let others in. */
bool membership_is_admin(struct str role);

/** Whether ${membership} counts as one that can let others in. */
bool membership_can_let_in(const struct membership *membership);

/**
 * Invite ${given}, with organisation, e-mail address, name, role and who invites.
 * ${organisation} is what it is invited into.
 */
NODISCARD bool membership_decide_invite(const struct record *before,
    const struct organisation *organisation, const struct membership *given,
    struct record_decision *ret, struct refusal *ret_refusal);

/* A change of somebody's membership, by whom, and how many other admins there are. */
struct membership_change {
	struct uuid by; /* a user; Nil: a process */
	size_t other_admins;
	struct str role, reason;
};

/** Give it ${change->role}. */
NODISCARD bool membership_decide_role(const struct record *before,
    const struct organisation *organisation, const struct membership_change *change,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Take it away; an invitation is withdrawn. */
NODISCARD bool membership_decide_remove(const struct record *before,
    const struct membership_change *change, struct record_decision *ret,
    struct refusal *ret_refusal);

#endif
