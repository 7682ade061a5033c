#ifndef APP_MEMBERS_H
#define APP_MEMBERS_H

#include "app/record_page.h"

/*
 * members: who may act for the actor's organisation, and in which role.
 *
 * An admin invites by e-mail address; who signs in with it, verified, has joined
 * (app/sign_in.h).  A membership of another organisation is refused as one that does not
 * exist: MEMBER_UNKNOWN.
 */

struct app_invite_member {
	struct app_command command;
	struct sha256 body;
	struct str email, name, role;
};

NODISCARD struct err *app_invite_member(const struct app_context *context,
    const struct app_invite_member *input, struct app_record_answer *ret);

struct app_change_member {
	struct app_command command;
	struct sha256 body;
	struct uuid member; /* the membership */
	struct str role;    /* the new one ... */
	struct str reason;  /* ... or why it is taken away; may be empty */
};

NODISCARD struct err *app_change_member_role(const struct app_context *context,
    const struct app_change_member *input, struct app_record_answer *ret);

/** Take a membership away, or withdraw an invitation. */
NODISCARD struct err *app_remove_member(const struct app_context *context,
    const struct app_change_member *input, struct app_record_answer *ret);

/** A page of the actor's organisation's members and invitations; ${removed}: and those that were.
 */
NODISCARD struct err *app_list_members(const struct app_context *context,
    struct record_page_query *query, bool removed, struct record_page *ret);

#endif
