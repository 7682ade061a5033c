#include "domain/directory/membership_decide.h"

#include "domain/directory/shape.h"

struct role_row {
	struct str name;
	bool of_noc, of_osp, of_platform;
};

/* Product.md, section 3. */
static const struct role_row roles[] = {
	{ STR("operator"), true, false, false },
	{ STR("supervisor"), true, false, false },
	{ STR("dispatcher"), false, true, false },
	{ STR("technician"), false, true, false },
	{ STR("roster_manager"), false, true, false },
	{ STR("viewer"), true, true, false },
	{ STR("admin"), true, true, false },
	{ STR("platform_admin"), false, false, true },
};

bool
membership_role_fits(struct str role, const struct organisation *organisation)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (str_equal(roles[i].name, role))
			return (roles[i].of_noc && organisation->is_noc) ||
			       (roles[i].of_osp && organisation->is_osp) ||
			       (roles[i].of_platform && organisation->is_platform);
	}
	return false;
}

bool
membership_is_admin(struct str role)
{
	return str_equal(role, STR("admin")) || str_equal(role, STR("platform_admin"));
}

bool
membership_can_let_in(const struct membership *membership)
{
	return membership->state == MEMBERSHIP_ACTIVE && membership_is_admin(membership->role);
}

/* "operator, supervisor, viewer, admin" */
static void
write_roles(const struct organisation *organisation, struct buf *buf)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (membership_role_fits(roles[i].name, organisation))
			buf_printf(
			    buf, "%s%.*s", buf->len == 0 ? "" : ", ", STR_ARG(roles[i].name));
	}
}

static bool
check_role(struct str role, const struct organisation *organisation, struct refusal *ret_refusal)
{
	char memory[160];
	struct buf fitting = buf_over(memory, sizeof(memory));

	if (membership_role_fits(role, organisation))
		return true;
	write_roles(organisation, &fitting);
	return refuse(ret_refusal, REFUSAL_ROLE_UNFIT, "role",
	    "this organisation has no such role; it has %.*s", STR_ARG(buf_view(&fitting)));
}

bool
membership_decide_invite(const struct record *before, const struct organisation *organisation,
    const struct membership *given, struct record_decision *ret, struct refusal *ret_refusal)
{
	struct membership *after;

	if (!shape_is_email(given->email))
		return refuse(ret_refusal, REFUSAL_EMAIL_INVALID, "email",
		    "email must be an e-mail address such as name@example.org, of at most 254 "
		    "bytes");
	if (!str_empty(given->name) && !shape_check_line(given->name, SHAPE_NAME_CHARS_MAX,
					   REFUSAL_NAME_INVALID, "name", ret_refusal))
		return false;
	if (!check_role(given->role, organisation, ret_refusal))
		return false;
	after = &decision_event(ret, before, DIRECTORY_EVENT_MEMBER_INVITED)->membership;
	*after = *given;
	after->user = UUID_NIL;
	after->handle = STR("");
	after->state = MEMBERSHIP_INVITED;
	return true;
}

static bool
check_present(const struct record *before, struct refusal *ret_refusal)
{
	if (before->membership.state != MEMBERSHIP_REMOVED)
		return true;
	return refuse(ret_refusal, REFUSAL_MEMBER_UNKNOWN, "member",
	    "there is no such member or invitation of this organisation");
}

/* Somebody must be left who can let others in. */
static bool
check_not_last(const struct record *before, const struct membership_change *change,
    struct refusal *ret_refusal)
{
	if (!membership_can_let_in(&before->membership) || change->other_admins > 0)
		return true;
	return refuse(ret_refusal, REFUSAL_LAST_ADMIN, "member",
	    "this is the organisation's last admin: make somebody else one first");
}

/* Nobody changes their own role: an admin who errs is helped by another. */
bool
membership_decide_role(const struct record *before, const struct organisation *organisation,
    const struct membership_change *change, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	if (!check_present(before, ret_refusal))
		return false;
	if (!uuid_is_nil(change->by) && uuid_equal(before->membership.user, change->by))
		return refuse(ret_refusal, REFUSAL_OWN_ROLE, "member",
		    "nobody changes their own role: another admin can");
	if (!check_role(change->role, organisation, ret_refusal))
		return false;
	if (str_equal(before->membership.role, change->role))
		return decision_nothing(ret, before);
	if (!membership_is_admin(change->role) && !check_not_last(before, change, ret_refusal))
		return false;
	decision_event(ret, before, DIRECTORY_EVENT_MEMBER_ROLE_CHANGED)->membership.role =
	    change->role;
	return true;
}

bool
membership_decide_remove(const struct record *before, const struct membership_change *change,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!check_present(before, ret_refusal) || !check_not_last(before, change, ret_refusal))
		return false;
	if (!str_empty(change->reason) && !shape_check_line(change->reason, SHAPE_REASON_CHARS_MAX,
					      REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	decision_event(ret, before, DIRECTORY_EVENT_MEMBER_REMOVED)->reason = change->reason;
	ret->after.membership.state = MEMBERSHIP_REMOVED;
	return true;
}
