#include "domain/directory/pager_list_decide.h"
#include "domain/directory/person_decide.h"
#include "support/unit.h"

/*
 * The rules of people on call and of pager lists, on the pure domain: what is decided on
 * a record, and what it is afterwards.
 */

#define NOW "2026-01-05T02:14:07Z"

static struct {
	struct record record;
	struct instant now;
	struct person_room room;
	struct pager_list_room list_room;
	struct record_decision decision;
	struct refusal refusal;
	struct contact contacts[PERSON_CONTACTS_MAX];
	struct substitution substitutions[RECORD_LIST_MAX];
	struct list_entry entries[ROSTER_PEOPLE_MAX + 1];
	struct shift shifts[RECORD_LIST_MAX + 1];
} given;

static struct instant
moment(const char *text)
{
	struct instant when;

	assert_true(instant_parse(str_from_z(text), &when));
	return when;
}

static struct uuid
id_of(const char *name)
{
	return uuid_from_name(str_from_z(name));
}

/* Somebody who has a number for texts, "sms", and one for calls, "voice". */
static void
given_a_person(void)
{
	memset(&given, 0, sizeof(given));
	given.now = moment(NOW);
	given.contacts[0] = (struct contact){
		.id = id_of("sms"), .kind = CONTACT_SMS, .number = STR("+15125550101")
	};
	given.contacts[1] = (struct contact){
		.id = id_of("voice"), .kind = CONTACT_VOICE, .number = STR("+15125550101")
	};
	given.record = (struct record){
		.kind = RECORD_PERSON,
		.id = id_of("person"),
		.version = 3,
		.reason = STR("An old one"),
		.person = { .osp = id_of("osp"),
		    .label = STR("North crew lead"),
		    .contacts = given.contacts,
		    .contact_count = 2 },
	};
}

/* What was decided has happened. */
static void
go_on(void)
{
	assert_true(given.decision.changes);
	given.record = given.decision.after;
	if (given.record.kind == RECORD_PERSON) {
		memcpy(given.contacts, given.record.person.contacts,
		    given.record.person.contact_count * sizeof(given.contacts[0]));
		given.record.person.contacts = given.contacts;
	} else {
		memcpy(given.substitutions, given.record.pager_list.substitutions,
		    given.record.pager_list.substitution_count * sizeof(given.substitutions[0]));
		given.record.pager_list.substitutions = given.substitutions;
	}
}

static void
then(bool decided, enum directory_event_type event)
{
	if (!decided)
		fail_msg("refused: %.*s", STR_ARG(refusal_message(&given.refusal)));
	assert_true(given.decision.changes);
	assert_int_equal(given.decision.event, event);
	assert_int_equal(given.decision.after.version, given.record.version);
}

static void
then_nothing(bool decided)
{
	assert_true(decided);
	assert_false(given.decision.changes);
}

static void
then_refused(bool decided, enum refusal_code code, const char *field, const char *message)
{
	assert_false(decided);
	assert_int_equal(given.refusal.code, code);
	assert_text(refusal_field(&given.refusal), field);
	if (str_find(refusal_message(&given.refusal), str_from_z(message)) == SIZE_MAX)
		fail_msg(
		    "expected \"%s\" in: %.*s", message, STR_ARG(refusal_message(&given.refusal)));
}

/* -- codes -- */

static bool
send(const char *contact)
{
	return person_decide_send_code(&given.record, id_of(contact), STR("nonce"), given.now,
	    &given.room, &given.decision, &given.refusal);
}

static bool
tell(const char *contact, bool fits)
{
	return person_decide_verify(&given.record, id_of(contact), fits, given.now, &given.room,
	    &given.decision, &given.refusal);
}

static void
wait_for(struct duration length)
{
	given.now = instant_plus(given.now, length);
}

static void
a_code_is_out_for_one_contact_and_not_for_another(void **state)
{
	(void)state;
	given_a_person();
	then(send("voice"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	assert_true(person_code_is_out(&given.contacts[1], given.now));
	assert_false(person_code_is_out(&given.contacts[0], given.now));
	assert_int_equal(given.contacts[1].code_tries_left, CODE_TRIES_MAX);
	then_nothing(tell("sms", true));
	then(tell("voice", true), DIRECTORY_EVENT_CONTACT_VERIFIED);
	go_on();
	assert_int_equal(given.contacts[1].verified_at.us, given.now.us);
	assert_int_equal(given.contacts[0].verified_at.us, 0);
	assert_true(str_empty(given.contacts[1].code_nonce));
	assert_text(given.record.reason, "");
}

static void
every_wrong_code_costs_a_try_and_the_fifth_costs_the_code(void **state)
{
	(void)state;
	given_a_person();
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	for (int left = CODE_TRIES_MAX - 1; left >= 0; left--) {
		then(tell("sms", false), DIRECTORY_EVENT_CONTACT_CODE_WRONG);
		go_on();
		assert_int_equal(given.contacts[0].code_tries_left, left);
	}
	assert_false(person_code_is_out(&given.contacts[0], given.now));
	then_nothing(tell("sms", true));
}

static void
a_code_ends_with_its_quarter_of_an_hour(void **state)
{
	(void)state;
	given_a_person();
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	wait_for((struct duration){ CODE_LIFE.us - 1 });
	then(tell("sms", true), DIRECTORY_EVENT_CONTACT_VERIFIED);
	wait_for((struct duration){ 1 });
	then_nothing(tell("sms", true));
}

static void
another_code_waits_a_minute_and_a_sixth_for_tomorrow(void **state)
{
	(void)state;
	given_a_person();
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	wait_for((struct duration){ CODE_PAUSE.us - 1 });
	then_refused(send("sms"), REFUSAL_CODE_TOO_SOON, "contactId", "2026-01-05T02:15:07 UTC");
	/* Another contact has a pace of its own. */
	then(send("voice"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	for (int i = 1; i < CODES_A_DAY; i++) {
		wait_for(CODE_PAUSE);
		then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
		go_on();
	}
	wait_for(HOURS(3));
	then_refused(send("sms"), REFUSAL_CODE_TOO_SOON, "contactId", "2026-01-06T00:00:00 UTC");
	given.now = moment("2026-01-06T00:00:00Z");
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	assert_int_equal(given.room.contacts[0].codes_sent, 1);
}

static void
the_last_code_of_a_day_and_the_first_of_the_next_are_a_minute_apart_too(void **state)
{
	(void)state;
	given_a_person();
	given.now = moment("2026-01-05T23:59:30Z");
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	given.now = moment("2026-01-06T00:00:10Z");
	then_refused(send("sms"), REFUSAL_CODE_TOO_SOON, "contactId", "2026-01-06T00:00:30 UTC");
}

static void
a_new_code_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	given_a_person();
	then(send("sms"), DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	then(tell("sms", false), DIRECTORY_EVENT_CONTACT_CODE_WRONG);
	go_on();
	wait_for(CODE_PAUSE);
	then(person_decide_send_code(&given.record, id_of("sms"), STR("another"), given.now,
		 &given.room, &given.decision, &given.refusal),
	    DIRECTORY_EVENT_CONTACT_CODE_SENT);
	go_on();
	assert_text(given.contacts[0].code_nonce, "another");
	assert_int_equal(given.contacts[0].code_tries_left, CODE_TRIES_MAX);
}

/* -- contacts -- */

static void
a_number_entered_again_counts_only_when_it_is_verified_again(void **state)
{
	struct contact again = { .id = id_of("again"),
		.kind = CONTACT_SMS,
		.number = STR("+15125550101"),
		.verified_at = { 1 },
		.codes_sent = -100 };

	(void)state;
	given_a_person();
	given.contacts[0].verified_at = given.now;
	then_refused(person_decide_add_contact(
			 &given.record, &again, &given.room, &given.decision, &given.refusal),
	    REFUSAL_CONTACT_EXISTS, "number", "already");
	then(person_decide_remove_contact(
		 &given.record, id_of("sms"), &given.room, &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_CHANGED);
	go_on();
	then(person_decide_add_contact(
		 &given.record, &again, &given.room, &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_CHANGED);
	go_on();
	assert_int_equal(given.record.person.contact_count, 2);
	assert_int_equal(given.contacts[1].verified_at.us, 0);
	assert_int_equal(given.contacts[1].codes_sent, 0);
}

static void
an_order_names_every_contact_once(void **state)
{
	struct uuid order[] = { id_of("voice"), id_of("sms"), id_of("voice") };

	(void)state;
	given_a_person();
	then(person_decide_order_contacts(
		 &given.record, order, 2, &given.room, &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_CHANGED);
	assert_true(uuid_equal(given.room.contacts[0].id, id_of("voice")));
	then_refused(person_decide_order_contacts(
			 &given.record, order, 3, &given.room, &given.decision, &given.refusal),
	    REFUSAL_ORDER_INVALID, "contactIds", "2 contacts once");
	then_refused(person_decide_order_contacts(
			 &given.record, order, 1, &given.room, &given.decision, &given.refusal),
	    REFUSAL_ORDER_INVALID, "contactIds", "2 contacts once");
}

/* -- the person -- */

static void
who_is_retired_stays_retired_and_does_not_change(void **state)
{
	const struct person_change change = { .label = STR("Back again") };

	(void)state;
	given_a_person();
	then(
	    person_decide_retire(&given.record, STR("Moved away"), &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_RETIRED);
	assert_text(given.decision.after.reason, "Moved away");
	go_on();
	then_nothing(person_decide_retire(&given.record, STR(""), &given.decision, &given.refusal));
	then_refused(person_decide_change(&given.record, &change, &given.decision, &given.refusal),
	    REFUSAL_PERSON_RETIRED, "personId", "enter them anew");
	then_refused(send("sms"), REFUSAL_PERSON_RETIRED, "personId", "enter them anew");
	then_refused(tell("sms", true), REFUSAL_PERSON_RETIRED, "personId", "enter them anew");
	then_refused(
	    person_decide_opt(&given.record, true, STR(""), &given.decision, &given.refusal),
	    REFUSAL_PERSON_RETIRED, "personId", "enter them anew");
}

static bool
rest(const char *until)
{
	return person_decide_rest(&given.record, until == NULL ? RECORD_NO_MOMENT : moment(until),
	    STR(""), given.now, &given.decision, &given.refusal);
}

static void
a_rest_begins_and_ends(void **state)
{
	(void)state;
	given_a_person();
	then_nothing(rest(NULL));
	then_refused(rest(NOW), REFUSAL_REST_INVALID, "until", "has passed already");
	then_refused(rest("2027-01-07T00:00:00Z"), REFUSAL_REST_INVALID, "until", "a year at most");
	then(rest("2026-01-06T00:00:00Z"), DIRECTORY_EVENT_PERSON_RESTED);
	go_on();
	then_nothing(rest("2026-01-06T00:00:00Z"));
	then(rest(NULL), DIRECTORY_EVENT_PERSON_RESTED);
	assert_int_equal(given.decision.after.person.resting_until.us, 0);
}

static void
a_wish_told_twice_is_written_once(void **state)
{
	(void)state;
	given_a_person();
	then_nothing(
	    person_decide_opt(&given.record, false, STR(""), &given.decision, &given.refusal));
	then(person_decide_opt(
		 &given.record, true, STR("Asked by phone"), &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_OPTED_OUT);
	go_on();
	then_nothing(
	    person_decide_opt(&given.record, true, STR(""), &given.decision, &given.refusal));
	then(person_decide_opt(&given.record, false, STR(""), &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PERSON_OPTED_IN);
}

/* -- lists -- */

/* A list with A, B and C. */
static void
given_a_list(void)
{
	memset(&given, 0, sizeof(given));
	given.now = moment(NOW);
	given.entries[0].person = id_of("A");
	given.entries[1].person = id_of("B");
	given.entries[2].person = id_of("C");
	given.record = (struct record){
		.kind = RECORD_PAGER_LIST,
		.id = id_of("list"),
		.version = 1,
		.pager_list = { .osp = id_of("osp"),
		    .name = STR("North"),
		    .time_zone = STR("America/Chicago"),
		    .entries = given.entries,
		    .entry_count = 3,
		    .shifts = given.shifts,
		    .substitutions = given.substitutions },
	};
}

static bool
change_list(void)
{
	struct pager_list_record list = given.record.pager_list;

	return pager_list_decide_change(&given.record, &list, &given.decision, &given.refusal);
}

static bool
substitute(const char *absent, const char *instead, const char *from, const char *until)
{
	return pager_list_decide_substitute(&given.record,
	    &(struct substitution){
		.id = id_of(from),
		.absent = id_of(absent),
		.substitute = id_of(instead),
		.from = moment(from),
		.until = moment(until),
	    },
	    given.now, &given.list_room, &given.decision, &given.refusal);
}

static void
a_list_has_room_for_so_many_and_everybody_once(void **state)
{
	(void)state;
	given_a_list();
	then(change_list(), DIRECTORY_EVENT_PAGER_LIST_CHANGED);
	given.entries[2].person = id_of("A");
	then_refused(change_list(), REFUSAL_LIST_INVALID, "people[2]", "on the list already");
	given.record.pager_list.entry_count = ROSTER_PEOPLE_MAX + 1;
	then_refused(change_list(), REFUSAL_LIST_INVALID, "people", "at most 32");
	given_a_list();
	given.record.pager_list.shift_count = RECORD_LIST_MAX + 1;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts", "at most 256");
	given_a_list();
	given.record.pager_list.name = STR("\n");
	then_refused(change_list(), REFUSAL_NAME_INVALID, "name", "");
}

static void
a_shift_has_a_person_of_the_list_days_and_times(void **state)
{
	struct shift *shift = &given.shifts[1];
	const struct shift good = { .person = id_of("B"), .days = 1, .until_min = 1439 };

	(void)state;
	given_a_list();
	given.record.pager_list.shift_count = 2;
	given.shifts[0] = *shift = good;
	then(change_list(), DIRECTORY_EVENT_PAGER_LIST_CHANGED);
	shift->person = id_of("X");
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "not on the list");
	*shift = good;
	shift->days = 0;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "no day");
	shift->days = 128;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "no day");
	*shift = good;
	shift->until_min = 1440;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "00:00 to 23:59");
	*shift = good;
	shift->until_min = -1;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "00:00 to 23:59");
	*shift = good;
	shift->from_min = -1;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "00:00 to 23:59");
	*shift = good;
	shift->valid_from = shift->valid_until = given.now;
	then_refused(change_list(), REFUSAL_SHIFT_INVALID, "shifts[1]", "after validFrom");
}

static void
one_stands_in_for_somebody_of_the_list_at_a_time(void **state)
{
	(void)state;
	given_a_list();
	then(substitute("A", "X", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	go_on();
	then_refused(substitute("A", "Y", "2026-02-07T00:00:00Z", "2026-02-09T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "from", "end that first");
	then(substitute("A", "Y", "2026-02-08T00:00:00Z", "2026-02-09T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	/* Who stands in has a place, for a time, and may be absent as well. */
	then(substitute("X", "Y", "2026-02-07T00:00:00Z", "2026-02-09T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	then_refused(substitute("Z", "Y", "2026-02-07T00:00:00Z", "2026-02-09T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "absentId", "not on the list");
	then_refused(substitute("B", "B", "2026-02-07T00:00:00Z", "2026-02-09T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "substituteId", "themselves");
	then_refused(substitute("B", "Y", "2026-02-07T00:00:00Z", "2026-02-07T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "until", "after from");
	then_refused(substitute("B", "Y", "2026-01-01T00:00:00Z", NOW),
	    REFUSAL_SUBSTITUTION_INVALID, "until", "passed already");
	then_refused(substitute("B", "Y", "2026-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "until", "a year at most");
}

static bool
end_substitution(const char *which)
{
	return pager_list_decide_end_substitution(&given.record, id_of(which), given.now,
	    &given.list_room, &given.decision, &given.refusal);
}

static void
a_substitution_that_runs_ends_now_and_one_to_come_is_taken_back(void **state)
{
	(void)state;
	given_a_list();
	then(substitute("A", "X", "2026-01-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	go_on();
	then(substitute("B", "X", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	go_on();
	then(end_substitution("2026-01-01T00:00:00Z"), DIRECTORY_EVENT_SUBSTITUTION_ENDED);
	go_on();
	assert_int_equal(given.record.pager_list.substitution_count, 2);
	assert_int_equal(given.substitutions[0].until.us, given.now.us);
	then_nothing(end_substitution("2026-01-01T00:00:00Z"));
	then(end_substitution("2026-02-01T00:00:00Z"), DIRECTORY_EVENT_SUBSTITUTION_ENDED);
	go_on();
	assert_int_equal(given.record.pager_list.substitution_count, 1);
	then_refused(end_substitution("2026-02-01T00:00:00Z"), REFUSAL_SUBSTITUTION_UNKNOWN,
	    "substitutionId", "no such substitution");
}

static void
substitutions_that_are_over_make_room_when_there_is_none(void **state)
{
	(void)state;
	given_a_list();
	for (int64_t i = 0; i < RECORD_LIST_MAX; i++)
		given.substitutions[i] = (struct substitution){
			.absent = id_of("A"),
			.substitute = id_of("X"),
			.from = instant_plus(given.now, HOURS(i - RECORD_LIST_MAX + 1)),
			.until = instant_plus(given.now, HOURS(i - RECORD_LIST_MAX + 2)),
		};
	given.record.pager_list.substitution_count = RECORD_LIST_MAX;
	then(substitute("B", "X", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    DIRECTORY_EVENT_SUBSTITUTION_ADDED);
	go_on();
	assert_int_equal(given.record.pager_list.substitution_count, 2);
	assert_true(uuid_equal(given.substitutions[1].absent, id_of("B")));
	for (int64_t i = 0; i < RECORD_LIST_MAX; i++)
		given.substitutions[i] = (struct substitution){ .absent = id_of("A"),
			.until = moment("2027-01-01T00:00:00Z") };
	given.record.pager_list.substitution_count = RECORD_LIST_MAX;
	then_refused(substitute("B", "X", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    REFUSAL_SUBSTITUTION_INVALID, "", "at most 256");
}

static void
a_list_that_is_used_is_not_retired(void **state)
{
	(void)state;
	given_a_list();
	then_refused(pager_list_decide_retire(&given.record, STR("the region Austin North"),
			 STR(""), &given.decision, &given.refusal),
	    REFUSAL_PAGER_LIST_IN_USE, "listId", "used by the region Austin North");
	then(pager_list_decide_retire(
		 &given.record, STR(""), STR(""), &given.decision, &given.refusal),
	    DIRECTORY_EVENT_PAGER_LIST_RETIRED);
	go_on();
	then_refused(change_list(), REFUSAL_PAGER_LIST_RETIRED, "listId", "make another");
	then_refused(substitute("A", "X", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"),
	    REFUSAL_PAGER_LIST_RETIRED, "listId", "make another");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_out_for_one_contact_and_not_for_another),
		cmocka_unit_test(every_wrong_code_costs_a_try_and_the_fifth_costs_the_code),
		cmocka_unit_test(a_code_ends_with_its_quarter_of_an_hour),
		cmocka_unit_test(another_code_waits_a_minute_and_a_sixth_for_tomorrow),
		cmocka_unit_test(
		    the_last_code_of_a_day_and_the_first_of_the_next_are_a_minute_apart_too),
		cmocka_unit_test(a_new_code_takes_the_place_of_the_old_one),
		cmocka_unit_test(a_number_entered_again_counts_only_when_it_is_verified_again),
		cmocka_unit_test(an_order_names_every_contact_once),
		cmocka_unit_test(who_is_retired_stays_retired_and_does_not_change),
		cmocka_unit_test(a_rest_begins_and_ends),
		cmocka_unit_test(a_wish_told_twice_is_written_once),
		cmocka_unit_test(a_list_has_room_for_so_many_and_everybody_once),
		cmocka_unit_test(a_shift_has_a_person_of_the_list_days_and_times),
		cmocka_unit_test(one_stands_in_for_somebody_of_the_list_at_a_time),
		cmocka_unit_test(a_substitution_that_runs_ends_now_and_one_to_come_is_taken_back),
		cmocka_unit_test(substitutions_that_are_over_make_room_when_there_is_none),
		cmocka_unit_test(a_list_that_is_used_is_not_retired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
