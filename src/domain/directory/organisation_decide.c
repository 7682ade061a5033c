#include "domain/directory/organisation_decide.h"

#include "domain/directory/shape.h"

struct organisation
organisation_with_defaults(struct organisation organisation)
{
	if (str_empty(organisation.time_zone))
		organisation.time_zone = STR("UTC");
	if (organisation.ring_s_min == 0)
		organisation.ring_s_min = RING_S_MIN;
	if (organisation.ring_s_max == 0)
		organisation.ring_s_max = RING_S_MAX;
	if (organisation.loops_max == 0)
		organisation.loops_max = LOOPS_MAX;
	return organisation;
}

static bool
check_bounds(const struct organisation *given, struct refusal *ret_refusal)
{
	if (given->ring_s_min < RING_S_MIN || given->ring_s_min > RING_S_MAX)
		return refuse(ret_refusal, REFUSAL_BOUNDS_INVALID, "ringSecondsMin",
		    "ringSecondsMin is %lld: a phone rings for %d to %d seconds",
		    (long long)given->ring_s_min, RING_S_MIN, RING_S_MAX);
	if (given->ring_s_max < given->ring_s_min || given->ring_s_max > RING_S_MAX)
		return refuse(ret_refusal, REFUSAL_BOUNDS_INVALID, "ringSecondsMax",
		    "ringSecondsMax is %lld: it must be from ringSecondsMin, %lld, to %d",
		    (long long)given->ring_s_max, (long long)given->ring_s_min, RING_S_MAX);
	if (given->loops_max < LOOPS_MIN || given->loops_max > LOOPS_MAX)
		return refuse(ret_refusal, REFUSAL_BOUNDS_INVALID, "loopsMax",
		    "loopsMax is %lld: a list is gone through %d to %d times",
		    (long long)given->loops_max, LOOPS_MIN, LOOPS_MAX);
	return true;
}

/* What may change. */
static bool
check_changeable(const struct organisation *given, struct refusal *ret_refusal)
{
	if (!shape_check_line(
		given->name, SHAPE_NAME_CHARS_MAX, REFUSAL_NAME_INVALID, "name", ret_refusal))
		return false;
	if (!shape_is_zone(given->time_zone))
		return refuse(ret_refusal, REFUSAL_TIME_ZONE_INVALID, "timeZone",
		    "timeZone must be the name of a time zone, such as America/Chicago");
	return check_bounds(given, ret_refusal);
}

/* An organisation is a NOC, an OSP, or both; only the platform is neither. */
bool
organisation_decide_create(const struct record *before, const struct organisation *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!shape_is_handle(given->handle))
		return refuse(ret_refusal, REFUSAL_HANDLE_INVALID, "handle",
		    "handle must be a lower-case letter and 1 to 39 more letters, digits or "
		    "dashes");
	if (!given->is_noc && !given->is_osp && !given->is_platform)
		return refuse(ret_refusal, REFUSAL_SIDE_MISSING, "isNoc",
		    "an organisation is a NOC, an OSP, or both: say isNoc or isOsp");
	if (!check_changeable(given, ret_refusal))
		return false;
	decision_event(ret, before, DIRECTORY_EVENT_ORGANISATION_CREATED)->organisation = *given;
	ret->after.organisation.suspended = false;
	return true;
}

static bool
is_same(const struct organisation *a, const struct organisation *b)
{
	return str_equal(a->name, b->name) && str_equal(a->time_zone, b->time_zone) &&
	       a->ring_s_min == b->ring_s_min && a->ring_s_max == b->ring_s_max &&
	       a->loops_max == b->loops_max;
}

/* New bounds hold for what is agreed from now on; agreements in force keep their terms. */
bool
organisation_decide_change(const struct record *before, const struct organisation *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	struct organisation *after;

	if (!check_changeable(given, ret_refusal))
		return false;
	if (is_same(&before->organisation, given))
		return decision_nothing(ret, before);
	after = &decision_event(ret, before, DIRECTORY_EVENT_ORGANISATION_CHANGED)->organisation;
	after->name = given->name;
	after->time_zone = given->time_zone;
	after->ring_s_min = given->ring_s_min;
	after->ring_s_max = given->ring_s_max;
	after->loops_max = given->loops_max;
	return true;
}

static bool
check_reason(struct str reason, struct refusal *ret_refusal)
{
	if (str_empty(str_trim(reason)))
		return refuse(ret_refusal, REFUSAL_REASON_BLANK, "reason", "reason is blank");
	return shape_check_line(
	    reason, SHAPE_REASON_CHARS_MAX, REFUSAL_REASON_TOO_LONG, "reason", ret_refusal);
}

/* Nobody may act for a suspended organisation: who suspends the platform locks everybody out. */
bool
organisation_decide_suspend(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (before->organisation.is_platform)
		return refuse(ret_refusal, REFUSAL_PLATFORM_STAYS, "organisation",
		    "the platform's own organisation cannot be suspended");
	if (!check_reason(reason, ret_refusal))
		return false;
	if (before->organisation.suspended)
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_ORGANISATION_SUSPENDED)->reason = reason;
	ret->after.organisation.suspended = true;
	return true;
}

bool
organisation_decide_restore(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!check_reason(reason, ret_refusal))
		return false;
	if (!before->organisation.suspended)
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_ORGANISATION_RESTORED)->reason = reason;
	ret->after.organisation.suspended = false;
	return true;
}

/* The last who could undo it would be gone. */
bool
user_decide_disable(const struct record *before, struct uuid by, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (uuid_equal(before->id, by))
		return refuse(ret_refusal, REFUSAL_OWN_ROLE, "user",
		    "you cannot disable yourself: somebody else of the platform can");
	if (!check_reason(reason, ret_refusal))
		return false;
	if (before->user.disabled)
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_USER_DISABLED)->reason = reason;
	ret->after.user.disabled = true;
	return true;
}

bool
user_decide_enable(const struct record *before, struct str reason, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	if (!check_reason(reason, ret_refusal))
		return false;
	if (!before->user.disabled)
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_USER_ENABLED)->reason = reason;
	ret->after.user.disabled = false;
	return true;
}
