#include "domain/directory/pager_list_decide.h"

#include "domain/directory/shape.h"
#include "domain/roster/local_clock.h"

#define FIELD_BYTES_MAX 48

static bool
check_in_use(const struct record *before, struct refusal *ret_refusal)
{
	if (!before->pager_list.retired)
		return true;
	return refuse(ret_refusal, REFUSAL_PAGER_LIST_RETIRED, "listId",
	    "this list is not used any more: make another");
}

static bool
is_entry(const struct pager_list_record *list, struct uuid person)
{
	for (size_t i = 0; i < list->entry_count; i++) {
		if (uuid_equal(list->entries[i].person, person))
			return true;
	}
	return false;
}

/* ---- the list ---- */

static bool
refuse_at(struct refusal *ret, enum refusal_code code, const char *field, size_t index,
    const char *message)
{
	char memory[FIELD_BYTES_MAX];
	struct buf name = buf_over(memory, sizeof(memory) - 1);

	buf_printf(&name, "%s[%zu]", field, index);
	memory[name.len] = '\0';
	return refuse(ret, code, memory, "%s %s", memory, message);
}

static bool
check_entries(const struct pager_list_record *list, struct refusal *ret_refusal)
{
	if (list->entry_count > ROSTER_PEOPLE_MAX)
		return refuse(ret_refusal, REFUSAL_LIST_INVALID, "people",
		    "a list has at most %d people", ROSTER_PEOPLE_MAX);
	for (size_t i = 0; i < list->entry_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (uuid_equal(list->entries[i].person, list->entries[j].person))
				return refuse_at(ret_refusal, REFUSAL_LIST_INVALID, "people", i,
				    "is on the list already: a person has one place");
		}
	}
	return true;
}

/* Steps count up without a hole, so that a list reads as it rings. */
static bool
check_steps(const struct pager_list_record *list, struct refusal *ret_refusal)
{
	int64_t before = 0;

	for (size_t i = 0; i < list->entry_count; i++) {
		int64_t step = list->entries[i].step;

		if ((step == 0) != (list->entries[0].step == 0))
			return refuse_at(ret_refusal, REFUSAL_LIST_INVALID, "steps", i,
			    "leaves somebody out: give everybody a step, or nobody");
		if (step != before && step != before + 1)
			return refuse_at(ret_refusal, REFUSAL_LIST_INVALID, "steps", i,
			    "does not follow: the first is 1, and each is the one before it or one "
			    "more");
		before = step;
	}
	return true;
}

static bool
check_shift(const struct pager_list_record *list, size_t index, struct refusal *ret_refusal)
{
	const struct shift *shift = &list->shifts[index];

	if (!is_entry(list, shift->person))
		return refuse_at(ret_refusal, REFUSAL_SHIFT_INVALID, "shifts", index,
		    "is of a person who is not on the list");
	if (shift->days < 1 || shift->days > LOCAL_EVERY_DAY)
		return refuse_at(
		    ret_refusal, REFUSAL_SHIFT_INVALID, "shifts", index, "has no day of the week");
	if (shift->from_min < 0 || shift->from_min >= LOCAL_DAY_MINUTES || shift->until_min < 0 ||
	    shift->until_min >= LOCAL_DAY_MINUTES)
		return refuse_at(ret_refusal, REFUSAL_SHIFT_INVALID, "shifts", index,
		    "is not from 00:00 to 23:59 of the clock");
	if (shift->valid_until.us != RECORD_NO_MOMENT.us &&
	    shift->valid_until.us <= shift->valid_from.us)
		return refuse_at(ret_refusal, REFUSAL_SHIFT_INVALID, "shifts", index,
		    "ends before it has begun: validUntil must be after validFrom");
	return true;
}

static bool
check_list(const struct pager_list_record *list, struct refusal *ret_refusal)
{
	if (!shape_check_line(
		list->name, SHAPE_NAME_CHARS_MAX, REFUSAL_NAME_INVALID, "name", ret_refusal))
		return false;
	if (!shape_is_zone(list->time_zone))
		return refuse(ret_refusal, REFUSAL_TIME_ZONE_INVALID, "timeZone",
		    "timeZone is no name of a time zone: give one such as America/Chicago");
	if (!check_entries(list, ret_refusal) || !check_steps(list, ret_refusal))
		return false;
	if (list->shift_count > RECORD_LIST_MAX)
		return refuse(ret_refusal, REFUSAL_SHIFT_INVALID, "shifts",
		    "a list has at most %d shifts", RECORD_LIST_MAX);
	for (size_t i = 0; i < list->shift_count; i++) {
		if (!check_shift(list, i, ret_refusal))
			return false;
	}
	return true;
}

static void
apply_list(struct pager_list_record *list, const struct pager_list_record *given)
{
	list->name = given->name;
	list->time_zone = given->time_zone;
	list->entries = given->entries;
	list->entry_count = given->entry_count;
	list->shifts = given->shifts;
	list->shift_count = given->shift_count;
}

bool
pager_list_decide_create(const struct record *before, const struct pager_list_record *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	struct pager_list_record *list;

	if (!check_list(given, ret_refusal))
		return false;
	list = &decision_event(ret, before, DIRECTORY_EVENT_PAGER_LIST_CREATED)->pager_list;
	*list = (struct pager_list_record){ .osp = given->osp };
	apply_list(list, given);
	return true;
}

bool
pager_list_decide_change(const struct record *before, const struct pager_list_record *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!check_in_use(before, ret_refusal) || !check_list(given, ret_refusal))
		return false;
	apply_list(
	    &decision_event(ret, before, DIRECTORY_EVENT_PAGER_LIST_CHANGED)->pager_list, given);
	return true;
}

/* ---- substitutions ---- */

/* Somebody has a place on the list, or stands at one. */
static bool
stands_on(const struct pager_list_record *list, struct uuid person)
{
	for (size_t i = 0; i < list->substitution_count; i++) {
		if (uuid_equal(list->substitutions[i].substitute, person))
			return true;
	}
	return is_entry(list, person);
}

static bool
check_times(const struct substitution *given, struct instant now, struct refusal *ret_refusal)
{
	if (given->until.us <= given->from.us)
		return refuse(
		    ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "until", "until must be after from");
	if (given->until.us <= now.us)
		return refuse(
		    ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "until", "until has passed already");
	if (instant_since(given->until, given->from).us > SUBSTITUTION_MAX.us)
		return refuse(ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "until",
		    "somebody stands in for a year at most; change the list instead");
	return true;
}

static bool
check_substitution(const struct pager_list_record *list, const struct substitution *given,
    struct instant now, struct refusal *ret_refusal)
{
	if (uuid_equal(given->absent, given->substitute))
		return refuse(ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "substituteId",
		    "nobody stands in for themselves");
	if (!stands_on(list, given->absent))
		return refuse(ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "absentId",
		    "the absent person is not on the list");
	if (!str_empty(given->reason) && !shape_check_line(given->reason, SHAPE_REASON_CHARS_MAX,
					     REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	if (!check_times(given, now, ret_refusal))
		return false;
	for (size_t i = 0; i < list->substitution_count; i++) {
		const struct substitution *there = &list->substitutions[i];

		if (uuid_equal(there->absent, given->absent) && there->from.us < given->until.us &&
		    given->from.us < there->until.us)
			return refuse(ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "from",
			    "somebody stands in for this person then already: end that first");
	}
	return true;
}

/* The list after ${event}; those substitutions stay that ${room} gets of it here. */
static struct pager_list_record *
change_substitutions(const struct record *before, enum directory_event_type event,
    struct instant ended_before, struct pager_list_room *room, struct record_decision *ret)
{
	const struct pager_list_record *old = &before->pager_list;
	struct pager_list_record *list = &decision_event(ret, before, event)->pager_list;

	CHECK(old->substitution_count <= RECORD_LIST_MAX);
	list->substitutions = room->substitutions;
	list->substitution_count = 0;
	for (size_t i = 0; i < old->substitution_count; i++) {
		if (old->substitutions[i].until.us > ended_before.us)
			room->substitutions[list->substitution_count++] = old->substitutions[i];
	}
	return list;
}

/* Those that are over make room when there is none left: the log has them. */
bool
pager_list_decide_substitute(const struct record *before, const struct substitution *given,
    struct instant now, struct pager_list_room *room, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	bool full = before->pager_list.substitution_count == RECORD_LIST_MAX;
	struct pager_list_record *list;

	if (!check_in_use(before, ret_refusal) ||
	    !check_substitution(&before->pager_list, given, now, ret_refusal))
		return false;
	list = change_substitutions(
	    before, DIRECTORY_EVENT_SUBSTITUTION_ADDED, full ? now : RECORD_NO_MOMENT, room, ret);
	if (list->substitution_count == RECORD_LIST_MAX)
		return refuse(ret_refusal, REFUSAL_SUBSTITUTION_INVALID, "",
		    "a list has at most %d substitutions to come", RECORD_LIST_MAX);
	room->substitutions[list->substitution_count++] = *given;
	ret->after.reason = given->reason;
	return true;
}

bool
pager_list_decide_end_substitution(const struct record *before, struct uuid substitution,
    struct instant now, struct pager_list_room *room, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	struct pager_list_record *list;
	size_t at = 0;

	if (!check_in_use(before, ret_refusal))
		return false;
	list = change_substitutions(
	    before, DIRECTORY_EVENT_SUBSTITUTION_ENDED, RECORD_NO_MOMENT, room, ret);
	while (
	    at < list->substitution_count && !uuid_equal(room->substitutions[at].id, substitution))
		at++;
	if (at == list->substitution_count)
		return refuse(ret_refusal, REFUSAL_SUBSTITUTION_UNKNOWN, "substitutionId",
		    "the list has no such substitution");
	if (room->substitutions[at].until.us <= now.us)
		return decision_nothing(ret, before);
	if (room->substitutions[at].from.us < now.us) {
		room->substitutions[at].until = now;
		return true;
	}
	list->substitution_count--;
	memmove(&room->substitutions[at], &room->substitutions[at + 1],
	    (list->substitution_count - at) * sizeof(room->substitutions[0]));
	return true;
}

bool
pager_list_decide_retire(const struct record *before, struct str user, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (before->pager_list.retired)
		return decision_nothing(ret, before);
	if (!str_empty(reason) && !shape_check_line(reason, SHAPE_REASON_CHARS_MAX,
				      REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	if (!str_empty(user))
		return refuse(ret_refusal, REFUSAL_PAGER_LIST_IN_USE, "listId",
		    "the list is still used by %.*s: give it another list first", STR_ARG(user));
	decision_event(ret, before, DIRECTORY_EVENT_PAGER_LIST_RETIRED)->pager_list.retired = true;
	ret->after.reason = reason;
	return true;
}
