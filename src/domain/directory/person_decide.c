#include "domain/directory/person_decide.h"

#include "domain/directory/shape.h"
#include "domain/roster/local_clock.h"

#define PIN_DIGITS_MIN 4
#define PIN_DIGITS_MAX 8

#define DAY_US HOURS(24).us

const struct contact *
person_find_contact(const struct person *person, struct uuid id)
{
	for (size_t i = 0; i < person->contact_count; i++) {
		if (uuid_equal(person->contacts[i].id, id))
			return &person->contacts[i];
	}
	return NULL;
}

static bool
is_of_a_day(int64_t minute)
{
	return minute >= 0 && minute < LOCAL_DAY_MINUTES;
}

/* Whoever is retired does not change. */
static bool
check_on_call(const struct record *before, struct refusal *ret_refusal)
{
	if (!before->person.retired)
		return true;
	return refuse(ret_refusal, REFUSAL_PERSON_RETIRED, "personId",
	    "this person is not on call any more: enter them anew");
}

/* A reason may be given, and is then a line. */
static bool
check_reason(struct str reason, struct refusal *ret_refusal)
{
	return str_empty(reason) || shape_check_line(reason, SHAPE_REASON_CHARS_MAX,
					REFUSAL_REASON_TOO_LONG, "reason", ret_refusal);
}

/* ---- the person ---- */

static bool
check_change(const struct person_change *given, struct refusal *ret_refusal)
{
	if (!shape_check_line(
		given->label, SHAPE_NAME_CHARS_MAX, REFUSAL_NAME_INVALID, "label", ret_refusal))
		return false;
	if (!str_empty(given->time_zone) && !shape_is_zone(given->time_zone))
		return refuse(ret_refusal, REFUSAL_TIME_ZONE_INVALID, "timeZone",
		    "timeZone is no name of a time zone: give one such as America/Chicago");
	if (!is_of_a_day(given->rest_from_min) || !is_of_a_day(given->rest_until_min))
		return refuse(ret_refusal, REFUSAL_REST_INVALID, "rest",
		    "a nightly rest has both ends, from 00:00 to 23:59 of the clock");
	return true;
}

static void
apply_change(struct person *person, const struct person_change *given)
{
	person->label = given->label;
	person->time_zone = given->time_zone;
	person->rest_from_min = given->rest_from_min;
	person->rest_until_min = given->rest_until_min;
	person->wish = given->wish;
}

bool
person_decide_create(const struct record *before, struct uuid osp,
    const struct person_change *given, struct record_decision *ret, struct refusal *ret_refusal)
{
	struct person *person;

	if (!check_change(given, ret_refusal))
		return false;
	person = &decision_event(ret, before, DIRECTORY_EVENT_PERSON_ADDED)->person;
	*person = (struct person){ .osp = osp };
	apply_change(person, given);
	return true;
}

bool
person_decide_change(const struct record *before, const struct person_change *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct person *person = &before->person;

	if (!check_on_call(before, ret_refusal) || !check_change(given, ret_refusal))
		return false;
	if (str_equal(person->label, given->label) &&
	    str_equal(person->time_zone, given->time_zone) &&
	    person->rest_from_min == given->rest_from_min &&
	    person->rest_until_min == given->rest_until_min && person->wish == given->wish)
		return decision_nothing(ret, before);
	apply_change(&decision_event(ret, before, DIRECTORY_EVENT_PERSON_CHANGED)->person, given);
	return true;
}

bool
person_decide_retire(const struct record *before, struct str reason, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	if (before->person.retired)
		return decision_nothing(ret, before);
	if (!check_reason(reason, ret_refusal))
		return false;
	decision_event(ret, before, DIRECTORY_EVENT_PERSON_RETIRED)->person.retired = true;
	ret->after.reason = reason;
	return true;
}

/* ---- contacts ---- */

/* The person after ${event}, with contacts of its own to change. */
static struct person *
change_contacts(const struct record *before, enum directory_event_type event,
    struct person_room *room, struct record_decision *ret)
{
	struct person *person = &decision_event(ret, before, event)->person;

	CHECK(person->contact_count <= PERSON_CONTACTS_MAX);
	for (size_t i = 0; i < person->contact_count; i++)
		room->contacts[i] = person->contacts[i];
	person->contacts = room->contacts;
	return person;
}

/* The contact ${id} of the person on call; NULL and a refusal when there is none. */
static const struct contact *
need_contact(const struct record *before, struct uuid id, struct refusal *ret_refusal)
{
	const struct contact *contact = person_find_contact(&before->person, id);

	if (!check_on_call(before, ret_refusal))
		return NULL;
	if (contact == NULL)
		(void)refuse(ret_refusal, REFUSAL_CONTACT_UNKNOWN, "contactId",
		    "the person has no such contact");
	return contact;
}

bool
person_decide_add_contact(const struct record *before, const struct contact *given,
    struct person_room *room, struct record_decision *ret, struct refusal *ret_refusal)
{
	struct person *person;

	if (!check_on_call(before, ret_refusal))
		return false;
	if (!shape_is_phone(given->number))
		return refuse(ret_refusal, REFUSAL_PHONE_INVALID, "number",
		    "number is not as E.164 has it: a plus, the country, and 8 to 15 digits in "
		    "all, such as +15125550101");
	for (size_t i = 0; i < before->person.contact_count; i++) {
		const struct contact *there = &before->person.contacts[i];

		if (there->kind == given->kind && str_equal(there->number, given->number))
			return refuse(ret_refusal, REFUSAL_CONTACT_EXISTS, "number",
			    "the person has this contact already");
	}
	if (before->person.contact_count >= PERSON_CONTACTS_MAX)
		return refuse(ret_refusal, REFUSAL_CONTACTS_TOO_MANY, "number",
		    "the person has %d contacts already: remove one first", PERSON_CONTACTS_MAX);
	person = change_contacts(before, DIRECTORY_EVENT_PERSON_CHANGED, room, ret);
	room->contacts[person->contact_count++] =
	    (struct contact){ .id = given->id, .kind = given->kind, .number = given->number };
	return true;
}

bool
person_decide_remove_contact(const struct record *before, struct uuid contact,
    struct person_room *room, struct record_decision *ret, struct refusal *ret_refusal)
{
	struct person *person;
	size_t kept = 0;

	if (need_contact(before, contact, ret_refusal) == NULL)
		return false;
	person = change_contacts(before, DIRECTORY_EVENT_PERSON_CHANGED, room, ret);
	for (size_t i = 0; i < person->contact_count; i++) {
		if (!uuid_equal(room->contacts[i].id, contact))
			room->contacts[kept++] = room->contacts[i];
	}
	person->contact_count = kept;
	return true;
}

static bool
names_once(const struct uuid *order, size_t count, struct uuid id)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += uuid_equal(order[i], id);
	return times == 1;
}

bool
person_decide_order_contacts(const struct record *before, const struct uuid *order, size_t count,
    struct person_room *room, struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct person *person = &before->person;
	bool all = count == person->contact_count;

	if (!check_on_call(before, ret_refusal))
		return false;
	for (size_t i = 0; i < person->contact_count; i++)
		all = all && names_once(order, count, person->contacts[i].id);
	if (!all)
		return refuse(ret_refusal, REFUSAL_ORDER_INVALID, "contactIds",
		    "contactIds must name each of the person's %zu contacts once",
		    person->contact_count);
	(void)change_contacts(before, DIRECTORY_EVENT_PERSON_CHANGED, room, ret);
	for (size_t i = 0; i < count; i++)
		room->contacts[i] = *person_find_contact(person, order[i]);
	return true;
}

/* ---- codes ---- */

static int64_t
sent_today(const struct contact *contact, struct instant now)
{
	return contact->code_sent_at.us / DAY_US == now.us / DAY_US ? contact->codes_sent : 0;
}

/* ${when} without fractions of a second, for people. */
static bool
refuse_too_soon(struct instant again, struct refusal *ret_refusal)
{
	char memory[32];
	struct buf text = buf_over(memory, sizeof(memory));

	instant_format((struct instant){ (again.us + 999999) / 1000000 * 1000000 }, &text);
	return refuse(ret_refusal, REFUSAL_CODE_TOO_SOON, "contactId",
	    "no other code can be sent there before %.19s UTC", buf_view(&text).ptr);
}

static bool
check_pace(const struct contact *contact, struct instant now, struct refusal *ret_refusal)
{
	struct instant again = instant_plus(contact->code_sent_at, CODE_PAUSE);

	if (sent_today(contact, now) >= CODES_A_DAY)
		return refuse_too_soon(
		    (struct instant){ (now.us / DAY_US + 1) * DAY_US }, ret_refusal);
	if (contact->code_sent_at.us != RECORD_NO_MOMENT.us && now.us < again.us)
		return refuse_too_soon(again, ret_refusal);
	return true;
}

static struct contact *
find_in(struct person_room *room, size_t count, struct uuid id)
{
	size_t at = 0;

	while (at < count && !uuid_equal(room->contacts[at].id, id))
		at++;
	CHECK(at < count);
	return &room->contacts[at];
}

bool
person_decide_send_code(const struct record *before, struct uuid contact, struct str nonce,
    struct instant now, struct person_room *room, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	const struct contact *there = need_contact(before, contact, ret_refusal);
	struct contact *to;

	if (there == NULL)
		return false;
	if (there->verified_at.us != RECORD_NO_MOMENT.us)
		return refuse(ret_refusal, REFUSAL_CONTACT_VERIFIED, "contactId",
		    "this contact is verified already");
	if (!check_pace(there, now, ret_refusal))
		return false;
	to = find_in(room,
	    change_contacts(before, DIRECTORY_EVENT_CONTACT_CODE_SENT, room, ret)->contact_count,
	    contact);
	to->codes_sent = sent_today(there, now) + 1;
	to->code_nonce = nonce;
	to->code_expires = instant_plus(now, CODE_LIFE);
	to->code_tries_left = CODE_TRIES_MAX;
	to->code_sent_at = now;
	return true;
}

bool
person_code_is_out(const struct contact *contact, struct instant now)
{
	return !str_empty(contact->code_nonce) && now.us < contact->code_expires.us &&
	       contact->code_tries_left > 0;
}

static void
forget_code(struct contact *contact)
{
	contact->code_nonce = STR("");
	contact->code_expires = RECORD_NO_MOMENT;
	contact->code_tries_left = 0;
}

bool
person_decide_verify(const struct record *before, struct uuid contact, bool fits,
    struct instant now, struct person_room *room, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	const struct contact *there = need_contact(before, contact, ret_refusal);
	struct contact *to;

	if (there == NULL)
		return false;
	if (there->verified_at.us != RECORD_NO_MOMENT.us || !person_code_is_out(there, now))
		return decision_nothing(ret, before);
	to = find_in(room,
	    change_contacts(before,
		fits ? DIRECTORY_EVENT_CONTACT_VERIFIED : DIRECTORY_EVENT_CONTACT_CODE_WRONG, room,
		ret)
		->contact_count,
	    contact);
	if (fits)
		to->verified_at = now;
	if (fits || --to->code_tries_left == 0)
		forget_code(to);
	return true;
}

/* ---- wishes and rest ---- */

bool
person_decide_opt(const struct record *before, bool out, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!check_on_call(before, ret_refusal) || !check_reason(reason, ret_refusal))
		return false;
	if (before->person.opted_out == out)
		return decision_nothing(ret, before);
	decision_event(
	    ret, before, out ? DIRECTORY_EVENT_PERSON_OPTED_OUT : DIRECTORY_EVENT_PERSON_OPTED_IN)
	    ->person.opted_out = out;
	ret->after.reason = reason;
	return true;
}

bool
person_decide_rest(const struct record *before, struct instant until, struct str reason,
    struct instant now, struct record_decision *ret, struct refusal *ret_refusal)
{
	bool ends = until.us == RECORD_NO_MOMENT.us;

	if (!check_on_call(before, ret_refusal) || !check_reason(reason, ret_refusal))
		return false;
	if (!ends && until.us <= now.us)
		return refuse(ret_refusal, REFUSAL_REST_INVALID, "until",
		    "until has passed already; leave it out to end a rest");
	if (!ends && instant_since(until, now).us > REST_MAX.us)
		return refuse(ret_refusal, REFUSAL_REST_INVALID, "until",
		    "a rest lasts a year at most; retire a person who does not come back");
	if (before->person.resting_until.us == until.us ||
	    (ends && before->person.resting_until.us <= now.us))
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_PERSON_RESTED)->person.resting_until = until;
	ret->after.reason = reason;
	return true;
}

bool
person_check_pin(struct str pin, struct refusal *ret_refusal)
{
	bool digits = pin.len >= PIN_DIGITS_MIN && pin.len <= PIN_DIGITS_MAX;

	for (size_t i = 0; i < pin.len; i++)
		digits = digits && pin.ptr[i] >= '0' && pin.ptr[i] <= '9';
	if (digits)
		return true;
	return refuse(ret_refusal, REFUSAL_PIN_INVALID, "pin", "a PIN has %d to %d digits",
	    PIN_DIGITS_MIN, PIN_DIGITS_MAX);
}

bool
person_decide_pin(const struct record *before, struct str hash, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	if (!check_on_call(before, ret_refusal))
		return false;
	if (str_equal(before->person.pin_hash, hash))
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_PERSON_CHANGED)->person.pin_hash = hash;
	return true;
}
