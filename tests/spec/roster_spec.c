#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "domain/roster/local_clock.h"
#include "domain/roster/roster_resolve.h"
#include "runtime/random.h"
#include "runtime/zone.h"
#include "support/unit.h"

/*
 * Who is on call now: shifts by the clock on the wall, nights on which the clocks change,
 * substitutions, rest.  The zones are ICU's, as in the program.
 */

#define CHICAGO   "America/Chicago"
#define LONDON    "Europe/London"
#define LORD_HOWE "Australia/Lord_Howe"
#define APIA      "Pacific/Apia"

#define MONDAY    0x01
#define TUESDAY   0x02
#define FRIDAY    0x10
#define SATURDAY  0x20
#define SUNDAY    0x40
#define WEEKDAYS  0x1f
#define EVERY_DAY LOCAL_EVERY_DAY

#define PERSON_KINDS 7

#define AT(hours, minutes) ((hours)*60 + (minutes))

static struct instant
moment(const char *text)
{
	struct instant when;

	assert_true(instant_parse(str_from_z(text), &when));
	return when;
}

/* ---- a list of people called A, B, C ... ---- */

#define PEOPLE_MAX 40

static struct {
	struct record people[PEOPLE_MAX];
	struct contact contacts[PEOPLE_MAX];
	struct list_entry entries[ROSTER_PEOPLE_MAX];
	struct shift shifts[8];
	struct substitution substitutions[40];
	struct pager_list_record list;
	size_t count;
	struct pager_list plan;
	char labels[PEOPLE_MAX][2];
} on_call;

static struct uuid
id_of(char name)
{
	return uuid_from_name((struct str){ &name, 1 });
}

static struct person *
person(char name)
{
	for (size_t i = 0; i < on_call.count; i++) {
		if (on_call.people[i].person.label.ptr[0] == name)
			return &on_call.people[i].person;
	}
	fail_msg("there is no %c", name);
	return NULL;
}

/* Somebody with a verified telephone, who is not on the list by that. */
static void
add_person(char name)
{
	size_t at = on_call.count++;

	assert_true(at < PEOPLE_MAX);
	on_call.labels[at][0] = name;
	on_call.contacts[at] = (struct contact){ .kind = CONTACT_VOICE,
		.number = STR("+15125550101"),
		.verified_at = moment("2026-01-01T00:00:00Z") };
	on_call.people[at] = (struct record){
		.kind = RECORD_PERSON,
		.id = id_of(name),
		.person = {
			.label = { on_call.labels[at], 1 },
			.contacts = &on_call.contacts[at],
			.contact_count = 1,
		},
	};
}

/* A list in ${zone} with the people ${names} on it, in this order. */
static void
begin_list(const char *zone, const char *names)
{
	memset(&on_call, 0, sizeof(on_call));
	on_call.list = (struct pager_list_record){
		.name = STR("North on call"),
		.time_zone = str_from_z(zone),
		.entries = on_call.entries,
		.shifts = on_call.shifts,
		.substitutions = on_call.substitutions,
	};
	for (; *names != '\0'; names++) {
		add_person(*names);
		on_call.entries[on_call.list.entry_count++].person = id_of(*names);
	}
}

static struct shift *
add_shift(char name, int64_t days, int64_t from_min, int64_t until_min)
{
	struct shift *shift = &on_call.shifts[on_call.list.shift_count++];

	assert_true(on_call.list.shift_count <= COUNT_OF(on_call.shifts));
	*shift = (struct shift){
		.person = id_of(name), .days = days, .from_min = from_min, .until_min = until_min
	};
	return shift;
}

static void
substitute(char absent, char instead, const char *from, const char *until)
{
	on_call.substitutions[on_call.list.substitution_count++] = (struct substitution){
		.absent = id_of(absent),
		.substitute = id_of(instead),
		.from = moment(from),
		.until = moment(until),
	};
}

static void
resolve_at(struct instant now)
{
	roster_resolve(
	    &(struct roster_query){
		.list = &on_call.list,
		.people = on_call.people,
		.people_count = on_call.count,
		.zones = &zone_database,
		.now = now,
	    },
	    &on_call.plan);
}

/* "A rings, B OFF_SHIFT": the plan at ${when}, in its order. */
static void
then_at(const char *when, const char *expected)
{
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	resolve_at(moment(when));
	for (size_t i = 0; i < on_call.plan.count; i++) {
		const struct roster_person *at = &on_call.plan.people[i];

		buf_printf(&text, "%s%.*s %.*s", i == 0 ? "" : ", ", STR_ARG(at->label),
		    STR_ARG(at->skip == ROSTER_RINGS ? STR("rings") : roster_skip_name(at->skip)));
	}
	buf_char(&text, '\0');
	assert_string_equal(memory, expected);
}

static const struct roster_person *
planned(char name)
{
	for (size_t i = 0; i < on_call.plan.count; i++) {
		if (uuid_equal(on_call.plan.people[i].id, id_of(name)))
			return &on_call.plan.people[i];
	}
	fail_msg("%c is not in the plan", name);
	return NULL;
}

static void
assert_until(char name, const char *expected)
{
	assert_int_equal(planned(name)->until.us, moment(expected).us);
}

/* ---- shifts ---- */

static void
who_has_no_shift_in_the_list_is_always_on(void **state)
{
	(void)state;
	begin_list(CHICAGO, "AB");
	add_shift('B', WEEKDAYS, AT(8, 0), AT(17, 0));
	then_at("2026-07-05T09:00:00Z", "A rings, B OFF_SHIFT");
}

static void
a_shift_begins_with_its_first_minute_and_ends_before_its_last(void **state)
{
	(void)state;
	begin_list(CHICAGO, "A");
	add_shift('A', WEEKDAYS, AT(8, 0), AT(17, 0));
	/* A Monday in July: five hours behind UTC. */
	then_at("2026-07-06T12:59:59.999999Z", "A OFF_SHIFT");
	then_at("2026-07-06T13:00:00Z", "A rings");
	then_at("2026-07-06T21:59:59.999999Z", "A rings");
	then_at("2026-07-06T22:00:00Z", "A OFF_SHIFT");
	/* A Saturday, by day. */
	then_at("2026-07-11T15:00:00Z", "A OFF_SHIFT");
}

static void
a_night_shift_is_of_the_day_it_begins_on(void **state)
{
	(void)state;
	begin_list(CHICAGO, "A");
	add_shift('A', FRIDAY, AT(22, 0), AT(6, 0));
	then_at("2026-07-11T02:59:00Z", "A OFF_SHIFT"); /* Friday 21:59 */
	then_at("2026-07-11T03:00:00Z", "A rings");     /* Friday 22:00 */
	then_at("2026-07-11T10:59:00Z", "A rings");     /* Saturday 05:59 */
	then_at("2026-07-11T11:00:00Z", "A OFF_SHIFT"); /* Saturday 06:00 */
	then_at("2026-07-10T10:00:00Z", "A OFF_SHIFT"); /* Friday 05:00 */
}

static void
a_shift_that_ends_when_it_begins_lasts_a_day(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	add_shift('A', MONDAY, AT(9, 0), AT(9, 0));
	then_at("2026-07-06T08:59:00Z", "A OFF_SHIFT");
	then_at("2026-07-06T09:00:00Z", "A rings");
	then_at("2026-07-07T08:59:00Z", "A rings");
	then_at("2026-07-07T09:00:00Z", "A OFF_SHIFT");
}

static void
a_shift_counts_only_while_it_is_valid(void **state)
{
	struct shift *shift;

	(void)state;
	begin_list("UTC", "A");
	shift = add_shift('A', EVERY_DAY, 0, 0);
	shift->valid_from = moment("2026-07-01T00:00:00Z");
	shift->valid_until = moment("2026-08-01T00:00:00Z");
	then_at("2026-06-30T23:59:00Z", "A OFF_SHIFT");
	then_at("2026-07-01T00:00:00Z", "A rings");
	then_at("2026-07-31T23:59:00Z", "A rings");
	then_at("2026-08-01T00:00:00Z", "A OFF_SHIFT");
}

static void
a_zone_that_the_database_has_lost_is_taken_for_utc(void **state)
{
	(void)state;
	begin_list("Atlantis/Deep", "A");
	add_shift('A', EVERY_DAY, AT(8, 0), AT(9, 0));
	then_at("2026-07-01T08:30:00Z", "A rings");
	then_at("2026-07-01T09:30:00Z", "A OFF_SHIFT");
}

/* ---- nights on which the clocks change ---- */

static void
the_night_that_is_an_hour_short_ends_at_its_hour(void **state)
{
	(void)state;
	/* Chicago, 8 March 2026: 02:00 becomes 03:00 at 08:00 UTC. */
	begin_list(CHICAGO, "A");
	add_shift('A', SATURDAY, AT(22, 0), AT(6, 0));
	then_at("2026-03-08T03:59:00Z", "A OFF_SHIFT"); /* 21:59, six hours behind */
	then_at("2026-03-08T04:00:00Z", "A rings");     /* 22:00 */
	then_at("2026-03-08T10:59:00Z", "A rings");     /* 05:59, five hours behind */
	then_at("2026-03-08T11:00:00Z", "A OFF_SHIFT"); /* 06:00: seven hours, not eight */
}

static void
the_night_that_is_an_hour_long_ends_at_its_hour(void **state)
{
	(void)state;
	/* Chicago, 1 November 2026: 02:00 becomes 01:00 at 07:00 UTC. */
	begin_list(CHICAGO, "A");
	add_shift('A', SATURDAY, AT(22, 0), AT(6, 0));
	then_at("2026-11-01T02:59:00Z", "A OFF_SHIFT");
	then_at("2026-11-01T03:00:00Z", "A rings");
	then_at("2026-11-01T11:59:00Z", "A rings");
	then_at("2026-11-01T12:00:00Z", "A OFF_SHIFT"); /* nine hours */
}

static void
a_shift_that_begins_in_the_hour_that_is_skipped_begins_with_the_skip(void **state)
{
	(void)state;
	begin_list(CHICAGO, "AB");
	add_shift('A', EVERY_DAY, AT(22, 0), AT(2, 30));
	add_shift('B', EVERY_DAY, AT(2, 30), AT(6, 0));
	then_at("2026-03-08T07:59:59Z", "A rings, B OFF_SHIFT"); /* 01:59 */
	then_at("2026-03-08T08:00:00Z", "A OFF_SHIFT, B rings"); /* 03:00 */
}

static void
a_shift_that_lies_in_the_hour_that_is_skipped_does_not_happen(void **state)
{
	(void)state;
	begin_list(CHICAGO, "A");
	add_shift('A', SUNDAY, AT(2, 10), AT(2, 50));
	for (int64_t minute = 0; minute < 1440; minute++) {
		resolve_at(instant_plus(moment("2026-03-08T00:00:00Z"), MINUTES(minute)));
		assert_int_equal(on_call.plan.people[0].skip, ROSTER_SKIP_OFF_SHIFT);
	}
}

static void
a_time_that_comes_twice_is_meant_the_first_time(void **state)
{
	(void)state;
	begin_list(CHICAGO, "AB");
	add_shift('A', EVERY_DAY, AT(18, 0), AT(1, 30));
	add_shift('B', EVERY_DAY, AT(1, 30), AT(6, 0));
	then_at("2026-11-01T06:29:00Z", "A rings, B OFF_SHIFT"); /* 01:29, the first */
	then_at("2026-11-01T06:30:00Z", "A OFF_SHIFT, B rings"); /* 01:30, the first */
	then_at("2026-11-01T07:10:00Z", "A OFF_SHIFT, B rings"); /* 01:10, the second */
}

static void
london_changes_its_clocks_on_other_nights(void **state)
{
	(void)state;
	begin_list(LONDON, "A");
	add_shift('A', EVERY_DAY, AT(1, 30), AT(3, 0));
	/* 29 March 2026: 01:00 becomes 02:00 at 01:00 UTC; 25 October: 02:00 becomes 01:00. */
	then_at("2026-03-29T00:59:00Z", "A OFF_SHIFT");
	then_at("2026-03-29T01:00:00Z", "A rings");
	then_at("2026-03-29T01:59:00Z", "A rings");
	then_at("2026-03-29T02:00:00Z", "A OFF_SHIFT");
	then_at("2026-10-25T00:29:00Z", "A OFF_SHIFT");
	then_at("2026-10-25T00:30:00Z", "A rings");
	then_at("2026-10-25T01:10:00Z", "A rings"); /* 01:10, the second */
	then_at("2026-10-25T02:59:00Z", "A rings");
	then_at("2026-10-25T03:00:00Z", "A OFF_SHIFT");
}

static void
clocks_may_change_by_half_an_hour(void **state)
{
	(void)state;
	/* Lord Howe, 5 April 2026: 02:00 (+11) becomes 01:30 (+10:30) at 15:00 UTC. */
	begin_list(LORD_HOWE, "AB");
	add_shift('A', EVERY_DAY, AT(20, 0), AT(1, 45));
	add_shift('B', EVERY_DAY, AT(1, 45), AT(8, 0));
	then_at("2026-04-04T14:44:00Z", "A rings, B OFF_SHIFT");
	then_at("2026-04-04T14:45:00Z", "A OFF_SHIFT, B rings");
	then_at("2026-04-04T15:05:00Z", "A OFF_SHIFT, B rings"); /* 01:35, the second */
	then_at("2026-04-04T21:29:00Z", "A OFF_SHIFT, B rings");
	then_at("2026-04-04T21:30:00Z", "A OFF_SHIFT, B OFF_SHIFT");
	/* 4 October 2026: 02:00 (+10:30) becomes 02:30 at 15:30 UTC. */
	add_shift('A', SUNDAY, AT(2, 15), AT(3, 0));
	then_at("2026-10-03T15:29:00Z", "A OFF_SHIFT, B rings");
	then_at("2026-10-03T15:30:00Z", "A rings, B rings");
	then_at("2026-10-03T16:00:00Z", "A OFF_SHIFT, B rings");
}

static void
apia_has_summer_time_no_more_and_once_skipped_a_friday(void **state)
{
	(void)state;
	begin_list(APIA, "A");
	add_shift('A', EVERY_DAY, AT(8, 0), AT(9, 0));
	then_at("2026-01-14T19:00:00Z", "A rings"); /* +13, in January as in July */
	then_at("2026-07-14T19:00:00Z", "A rings");
	/* 30 December 2011 was none: what belongs to it begins with the next day. */
	begin_list(APIA, "AB");
	add_shift('A', FRIDAY, AT(22, 0), AT(6, 0));
	add_shift('B', FRIDAY, AT(8, 0), AT(17, 0));
	then_at("2011-12-30T09:59:00Z", "A OFF_SHIFT, B OFF_SHIFT"); /* Thursday 23:59 */
	then_at("2011-12-30T10:00:00Z", "A rings, B OFF_SHIFT");     /* Saturday 00:00 */
	then_at("2011-12-30T15:59:00Z", "A rings, B OFF_SHIFT");     /* Saturday 05:59 */
	then_at("2011-12-30T16:00:00Z", "A OFF_SHIFT, B OFF_SHIFT");
}

static void
a_fixed_zone_has_no_such_nights(void **state)
{
	(void)state;
	begin_list("Etc/GMT+6", "A");
	add_shift('A', EVERY_DAY, AT(2, 30), AT(3, 0));
	then_at("2026-03-08T08:29:00Z", "A OFF_SHIFT");
	then_at("2026-03-08T08:30:00Z", "A rings");
	then_at("2026-03-08T09:00:00Z", "A OFF_SHIFT");
}

/* ---- the same, against every minute of ICU's own calendar ---- */

struct shown {
	int64_t day, minute;
};

#define MARGIN_DAYS 4
#define SHOWN_MAX   ((7 + 2 * MARGIN_DAYS) * 1440)

static struct shown shown[SHOWN_MAX];

/* What ICU's calendar shows in each minute of the days around ${start}. */
static void
read_wall(const char *zone, struct instant start)
{
	UChar wide[64];
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *calendar;

	u_charsToUChars(zone, wide, (int32_t)strlen(zone) + 1);
	calendar = ucal_open(wide, -1, "en_US_POSIX", UCAL_GREGORIAN, &status);
	for (int64_t i = 0; i < SHOWN_MAX; i++) {
		int64_t us = start.us - HOURS(24 * MARGIN_DAYS).us + MINUTES(i).us;

		ucal_setMillis(calendar, (UDate)(us / 1000), &status);
		/* The Julian day of 1970-01-01 is 2440588. */
		shown[i].day = ucal_get(calendar, UCAL_JULIAN_DAY, &status) - 2440588;
		shown[i].minute = ucal_get(calendar, UCAL_HOUR_OF_DAY, &status) * 60 +
				  ucal_get(calendar, UCAL_MINUTE, &status);
	}
	assert_true(U_SUCCESS(status));
	ucal_close(calendar);
}

/* The first minute in which the wall shows ${day}, ${minute} or later. */
static int64_t
first_minute(int64_t day, int64_t minute)
{
	for (int64_t i = 0; i < SHOWN_MAX; i++) {
		if (shown[i].day > day || (shown[i].day == day && shown[i].minute >= minute))
			return i;
	}
	return SHOWN_MAX;
}

static void
mark_on(const struct local_window *window, bool *ret)
{
	int64_t next = window->until_min <= window->from_min;

	memset(ret, 0, SHOWN_MAX * sizeof(*ret));
	for (int64_t day = shown[0].day + 1; day <= shown[SHOWN_MAX - 1].day - 1; day++) {
		if ((window->days >> (day + 3) % 7 & 1) == 0)
			continue;
		for (int64_t i = first_minute(day, window->from_min);
		     i < first_minute(day + next, window->until_min); i++)
			ret[i] = true;
	}
}

static int64_t
draw(unsigned *seed, int64_t below)
{
	return rand_r(seed) % below;
}

static void
check_week(const char *zone, const char *start, unsigned *seed)
{
	static bool on[SHOWN_MAX];

	read_wall(zone, moment(start));
	for (int i = 0; i < 3; i++) {
		struct local_window window = { 1 + draw(seed, EVERY_DAY), draw(seed, 1440),
			draw(seed, 1440) };
		struct instant end;

		/* Half of them begin or end in the small hours, where it matters. */
		if (i > 0)
			window.from_min = draw(seed, 240);
		mark_on(&window, on);
		for (int64_t m = 0; m < INT64_C(7) * 1440; m++) {
			struct instant now = instant_plus(moment(start), MINUTES(m));

			if (local_clock_within(&zone_database, str_from_z(zone), &window, now,
				&end) != on[m + MARGIN_DAYS * 1440])
				fail_msg("%s, %s and %lld minutes: days %lld, %lld to %lld", zone,
				    start, (long long)m, (long long)window.days,
				    (long long)window.from_min, (long long)window.until_min);
		}
	}
}

static void
on_every_minute_of_a_week_in_which_clocks_change_it_is_as_the_wall_shows(void **state)
{
	unsigned seed;

	(void)state;
	random_bytes(&seed, sizeof(seed));
	print_message("seed %u\n", seed);
	check_week(CHICAGO, "2026-03-05T00:00:00Z", &seed);
	check_week(CHICAGO, "2026-10-29T00:00:00Z", &seed);
	check_week(LONDON, "2026-03-26T00:00:00Z", &seed);
	check_week(LONDON, "2026-10-22T00:00:00Z", &seed);
	check_week(LORD_HOWE, "2026-04-01T00:00:00Z", &seed);
	check_week(LORD_HOWE, "2026-10-01T00:00:00Z", &seed);
	check_week(APIA, "2011-12-27T00:00:00Z", &seed);
	check_week("Asia/Beirut", "2026-03-26T00:00:00Z", &seed);
	check_week("America/Nuuk", "2026-10-22T00:00:00Z", &seed);
	check_week("Etc/GMT-14", "2026-06-01T00:00:00Z", &seed);
}

/* ---- who cannot be rung ---- */

static void
the_first_verified_number_for_voice_is_rung(void **state)
{
	struct contact contacts[] = {
		{ .kind = CONTACT_SMS, .number = STR("+15125550191"), .verified_at = { 1 } },
		{ .kind = CONTACT_VOICE, .number = STR("+15125550192") },
		{ .kind = CONTACT_VOICE, .number = STR("+15125550193"), .verified_at = { 1 } },
		{ .kind = CONTACT_VOICE, .number = STR("+15125550194"), .verified_at = { 1 } },
	};

	(void)state;
	begin_list("UTC", "A");
	person('A')->contacts = contacts;
	person('A')->contact_count = COUNT_OF(contacts);
	then_at("2026-07-01T00:00:00Z", "A rings");
	assert_true(str_equal(planned('A')->contacts[0].number, STR("+15125550193")));
	person('A')->contact_count = 2;
	then_at("2026-07-01T00:00:00Z", "A NO_VERIFIED_PHONE");
}

static void
who_is_opted_out_or_retired_or_gone_is_not_rung(void **state)
{
	(void)state;
	begin_list("UTC", "ABCD");
	person('A')->opted_out = true;
	person('B')->retired = true;
	on_call.entries[2].person = id_of('x');
	then_at("2026-07-01T00:00:00Z", "A OPTED_OUT, B RETIRED,  RETIRED, D rings");
}

static void
who_is_off_shift_is_not_asked_for_anything_else(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	add_shift('A', EVERY_DAY, AT(8, 0), AT(9, 0));
	person('A')->opted_out = true;
	person('A')->contact_count = 0;
	then_at("2026-07-01T00:00:00Z", "A OFF_SHIFT");
	then_at("2026-07-01T08:00:00Z", "A NO_VERIFIED_PHONE");
}

/* ---- rest ---- */

static void
who_rests_until_a_moment_rings_from_it_on(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	person('A')->resting_until = moment("2026-07-01T06:00:00Z");
	then_at("2026-07-01T05:59:59Z", "A RESTING");
	assert_until('A', "2026-07-01T06:00:00Z");
	then_at("2026-07-01T06:00:00Z", "A rings");
}

static void
a_nightly_rest_is_by_the_clock_where_the_person_is(void **state)
{
	(void)state;
	begin_list(CHICAGO, "AB");
	for (const char *name = "AB"; *name != '\0'; name++) {
		person(*name)->rest_from_min = AT(22, 0);
		person(*name)->rest_until_min = AT(6, 0);
	}
	person('B')->time_zone = STR("America/Denver");
	then_at("2026-07-02T03:30:00Z", "A RESTING, B rings"); /* 22:30 and 21:30 */
	assert_until('A', "2026-07-02T11:00:00Z");
	then_at("2026-07-02T11:30:00Z", "A rings, B RESTING"); /* 06:30 and 05:30 */
	assert_until('B', "2026-07-02T12:00:00Z");
}

static void
a_rest_that_ends_at_night_goes_on_until_the_morning(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	person('A')->rest_from_min = AT(22, 0);
	person('A')->rest_until_min = AT(6, 0);
	person('A')->resting_until = moment("2026-07-01T23:00:00Z");
	then_at("2026-07-01T12:00:00Z", "A RESTING");
	assert_until('A', "2026-07-02T06:00:00Z");
}

static void
a_nightly_rest_holds_on_the_night_the_clocks_change(void **state)
{
	(void)state;
	begin_list(CHICAGO, "A");
	person('A')->rest_from_min = AT(23, 0);
	person('A')->rest_until_min = AT(7, 0);
	then_at("2026-11-01T12:59:00Z", "A RESTING"); /* 06:59, six hours behind by now */
	assert_until('A', "2026-11-01T13:00:00Z");
	then_at("2026-11-01T13:00:00Z", "A rings");
	then_at("2026-03-08T11:59:00Z", "A RESTING");
	then_at("2026-03-08T12:00:00Z", "A rings");
}

/* ---- substitutions ---- */

static void
who_stands_in_has_the_absent_ones_place_and_shifts(void **state)
{
	(void)state;
	begin_list("UTC", "ABC");
	add_person('S');
	add_shift('B', EVERY_DAY, AT(8, 0), AT(17, 0));
	substitute('B', 'S', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-06-30T12:00:00Z", "A rings, B rings, C rings");
	then_at("2026-07-01T12:00:00Z", "A rings, B SUBSTITUTED, S rings, C rings");
	assert_true(uuid_equal(planned('B')->by, id_of('S')));
	assert_until('B', "2026-07-08T00:00:00Z");
	then_at("2026-07-01T20:00:00Z", "A rings, B SUBSTITUTED, S OFF_SHIFT, C rings");
	then_at("2026-07-08T12:00:00Z", "A rings, B rings, C rings");
}

static void
who_stands_in_is_judged_by_their_own_telephone_and_rest(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	add_person('S');
	substitute('A', 'S', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	person('S')->resting_until = moment("2026-07-01T06:00:00Z");
	then_at("2026-07-01T05:00:00Z", "A SUBSTITUTED, S RESTING");
	person('S')->contact_count = 0;
	then_at("2026-07-01T05:00:00Z", "A SUBSTITUTED, S NO_VERIFIED_PHONE");
}

static void
somebody_may_stand_in_for_who_stands_in(void **state)
{
	(void)state;
	begin_list("UTC", "AB");
	add_person('S');
	add_person('T');
	substitute('A', 'S', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	substitute('S', 'T', "2026-07-03T00:00:00Z", "2026-07-04T00:00:00Z");
	then_at("2026-07-02T00:00:00Z", "A SUBSTITUTED, S rings, B rings");
	then_at("2026-07-03T00:00:00Z", "A SUBSTITUTED, T rings, B rings");
	then_at("2026-07-04T00:00:00Z", "A SUBSTITUTED, S rings, B rings");
}

static void
who_stand_in_for_each_other_exchange_places(void **state)
{
	(void)state;
	begin_list("UTC", "ABC");
	substitute('A', 'B', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	substitute('B', 'A', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-07-02T00:00:00Z", "B rings, A rings, C rings");
	substitute('B', 'C', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	substitute('C', 'A', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-07-02T00:00:00Z", "C rings, A rings, B rings");
}

static void
a_circle_beside_the_place_ends_too(void **state)
{
	(void)state;
	begin_list("UTC", "ABC");
	substitute('A', 'B', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	substitute('B', 'C', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	substitute('C', 'B', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	resolve_at(moment("2026-07-02T00:00:00Z"));
	assert_int_equal(planned('A')->skip, ROSTER_SKIP_SUBSTITUTED);
	assert_int_equal(planned('B')->skip, ROSTER_RINGS);
	assert_int_equal(planned('C')->skip, ROSTER_RINGS);
}

static void
who_stands_in_for_several_rings_once_at_the_first_place(void **state)
{
	(void)state;
	begin_list("UTC", "ABC");
	substitute('A', 'C', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-07-02T00:00:00Z", "A SUBSTITUTED, C rings, B rings");
	substitute('B', 'C', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-07-02T00:00:00Z", "A SUBSTITUTED, C rings, B SUBSTITUTED");
}

static void
who_is_off_at_one_place_and_on_at_another_rings_at_that_one(void **state)
{
	(void)state;
	begin_list("UTC", "AB");
	add_shift('A', EVERY_DAY, AT(8, 0), AT(9, 0));
	substitute('B', 'A', "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	then_at("2026-07-02T12:00:00Z", "B SUBSTITUTED, A rings");
	then_at("2026-07-02T08:30:00Z", "A rings, B SUBSTITUTED");
}

static void
however_many_are_absent_nobody_who_rings_is_left_out(void **state)
{
	static const char names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"; /* 32 */

	(void)state;
	begin_list("UTC", names);
	for (const char *at = "123456"; *at != '\0'; at++) {
		add_person(*at);
		substitute(names[*at - '1'], *at, "2026-07-01T00:00:00Z", "2026-07-08T00:00:00Z");
	}
	resolve_at(moment("2026-07-02T00:00:00Z"));
	assert_int_equal(on_call.plan.count, ROSTER_PEOPLE_MAX);
	assert_int_equal(roster_reachable(&on_call.plan), ROSTER_PEOPLE_MAX);
	assert_true(uuid_equal(on_call.plan.people[0].id, id_of('1')));
	assert_true(uuid_equal(on_call.plan.people[31].id, id_of('f')));
}

/* ---- the database of zones ---- */

static void
only_zones_that_are_listed_are_zones(void **state)
{
	static const char *const zones[] = { CHICAGO, LONDON, LORD_HOWE, APIA, "UTC", "Etc/GMT+6" };
	static const char *const none[] = { "", "Atlantis/Deep", "GMT+5", "GMT+05:00",
		"america/chicago", "America/Chicago ", "../etc/passwd", "Etc/Unknown",
		"America/Chic\xc3\xa1go" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(zones); i++)
		assert_true(zone_database.find(str_from_z(zones[i])));
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(zone_database.find(str_from_z(none[i])));
}

/* ---- steps and how people are paged ---- */

static struct contact two_kinds[PERSON_KINDS];

/* ${name} has a telephone and then a number for texts, both verified; they wish for ${wish}. */
static void
wishes(char name, enum page_wish wish)
{
	static const enum contact_kind kinds[PERSON_KINDS] = { CONTACT_VOICE, CONTACT_VOICE,
		CONTACT_VOICE, CONTACT_VOICE, CONTACT_VOICE, CONTACT_SMS, CONTACT_SMS };

	for (size_t i = 0; i < PERSON_KINDS; i++)
		two_kinds[i] = (struct contact){ .id = id_of((char)('0' + i)),
			.kind = kinds[i],
			.number = STR("+15125550101"),
			.verified_at = moment("2026-01-01T00:00:00Z") };
	person(name)->contacts = two_kinds;
	person(name)->contact_count = PERSON_KINDS;
	person(name)->wish = wish;
}

static void
everybody_is_in_a_step_of_their_own_where_a_list_names_none(void **state)
{
	(void)state;
	begin_list("UTC", "ABC");
	person('B')->opted_out = true;
	then_at("2026-07-05T09:00:00Z", "A rings, B OPTED_OUT, C rings");
	assert_int_equal(planned('A')->step, 1);
	assert_int_equal(planned('B')->step, 2);
	assert_int_equal(planned('C')->step, 3);
}

static void
people_of_one_step_are_rung_together_whoever_stands_there(void **state)
{
	static const int64_t steps[] = { 1, 2, 2, 3 };

	(void)state;
	begin_list("UTC", "ABCD");
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		on_call.entries[i].step = steps[i];
	add_person('X');
	substitute('C', 'X', "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z");
	then_at("2026-07-05T09:00:00Z", "A rings, B rings, C SUBSTITUTED, X rings, D rings");
	assert_int_equal(planned('A')->step, 1);
	assert_int_equal(planned('B')->step, 2);
	assert_int_equal(planned('C')->step, 2);
	assert_int_equal(planned('X')->step, 2);
	assert_int_equal(planned('D')->step, 3);
}

static void
who_wishes_for_calls_is_called_at_all_telephones_and_not_texted(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	wishes('A', PAGE_WISH_CALL);
	then_at("2026-07-05T09:00:00Z", "A rings");
	assert_int_equal(planned('A')->contact_count, ROSTER_CONTACTS_MAX);
	for (size_t i = 0; i < ROSTER_CONTACTS_MAX; i++) {
		assert_int_equal(planned('A')->contacts[i].channel, PAGE_CHANNEL_VOICE);
		assert_true(uuid_equal(planned('A')->contacts[i].id, two_kinds[i].id));
	}
	assert_false(planned('A')->texts_too);
}

static void
who_wishes_for_a_text_as_well_has_one_however_many_telephones_there_are(void **state)
{
	const struct roster_person *at;

	(void)state;
	begin_list("UTC", "A");
	wishes('A', PAGE_WISH_CALL_AND_TEXT);
	then_at("2026-07-05T09:00:00Z", "A rings");
	at = planned('A');
	assert_int_equal(at->contact_count, ROSTER_CONTACTS_MAX);
	assert_int_equal(at->contacts[ROSTER_CONTACTS_MAX - 2].channel, PAGE_CHANNEL_VOICE);
	assert_int_equal(at->contacts[ROSTER_CONTACTS_MAX - 1].channel, PAGE_CHANNEL_TEXT);
	assert_true(at->texts_too);
	/* With no text there are calls. */
	person('A')->contact_count = 5;
	then_at("2026-07-05T09:00:00Z", "A rings");
	assert_false(planned('A')->texts_too);
	assert_int_equal(planned('A')->contact_count, ROSTER_CONTACTS_MAX);
}

static void
who_wishes_for_texts_only_is_not_called(void **state)
{
	(void)state;
	begin_list("UTC", "A");
	wishes('A', PAGE_WISH_TEXT);
	then_at("2026-07-05T09:00:00Z", "A rings");
	assert_int_equal(planned('A')->contact_count, 1);
	assert_int_equal(planned('A')->contacts[0].channel, PAGE_CHANNEL_TEXT);
	person('A')->contact_count = 5;
	then_at("2026-07-05T09:00:00Z", "A NO_VERIFIED_PHONE");
}

static void
a_person_with_a_pin_is_asked_for_it(void **state)
{
	(void)state;
	begin_list("UTC", "AB");
	person('B')->pin_hash = STR("hmac:00");
	then_at("2026-07-05T09:00:00Z", "A rings, B rings");
	assert_false(planned('A')->asks_pin);
	assert_true(planned('B')->asks_pin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_no_shift_in_the_list_is_always_on),
		cmocka_unit_test(a_shift_begins_with_its_first_minute_and_ends_before_its_last),
		cmocka_unit_test(a_night_shift_is_of_the_day_it_begins_on),
		cmocka_unit_test(a_shift_that_ends_when_it_begins_lasts_a_day),
		cmocka_unit_test(a_shift_counts_only_while_it_is_valid),
		cmocka_unit_test(a_zone_that_the_database_has_lost_is_taken_for_utc),
		cmocka_unit_test(the_night_that_is_an_hour_short_ends_at_its_hour),
		cmocka_unit_test(the_night_that_is_an_hour_long_ends_at_its_hour),
		cmocka_unit_test(
		    a_shift_that_begins_in_the_hour_that_is_skipped_begins_with_the_skip),
		cmocka_unit_test(a_shift_that_lies_in_the_hour_that_is_skipped_does_not_happen),
		cmocka_unit_test(a_time_that_comes_twice_is_meant_the_first_time),
		cmocka_unit_test(london_changes_its_clocks_on_other_nights),
		cmocka_unit_test(clocks_may_change_by_half_an_hour),
		cmocka_unit_test(apia_has_summer_time_no_more_and_once_skipped_a_friday),
		cmocka_unit_test(a_fixed_zone_has_no_such_nights),
		cmocka_unit_test(
		    on_every_minute_of_a_week_in_which_clocks_change_it_is_as_the_wall_shows),
		cmocka_unit_test(the_first_verified_number_for_voice_is_rung),
		cmocka_unit_test(who_is_opted_out_or_retired_or_gone_is_not_rung),
		cmocka_unit_test(who_is_off_shift_is_not_asked_for_anything_else),
		cmocka_unit_test(who_rests_until_a_moment_rings_from_it_on),
		cmocka_unit_test(a_nightly_rest_is_by_the_clock_where_the_person_is),
		cmocka_unit_test(a_rest_that_ends_at_night_goes_on_until_the_morning),
		cmocka_unit_test(a_nightly_rest_holds_on_the_night_the_clocks_change),
		cmocka_unit_test(who_stands_in_has_the_absent_ones_place_and_shifts),
		cmocka_unit_test(who_stands_in_is_judged_by_their_own_telephone_and_rest),
		cmocka_unit_test(somebody_may_stand_in_for_who_stands_in),
		cmocka_unit_test(who_stand_in_for_each_other_exchange_places),
		cmocka_unit_test(a_circle_beside_the_place_ends_too),
		cmocka_unit_test(who_stands_in_for_several_rings_once_at_the_first_place),
		cmocka_unit_test(who_is_off_at_one_place_and_on_at_another_rings_at_that_one),
		cmocka_unit_test(however_many_are_absent_nobody_who_rings_is_left_out),
		cmocka_unit_test(everybody_is_in_a_step_of_their_own_where_a_list_names_none),
		cmocka_unit_test(people_of_one_step_are_rung_together_whoever_stands_there),
		cmocka_unit_test(who_wishes_for_calls_is_called_at_all_telephones_and_not_texted),
		cmocka_unit_test(
		    who_wishes_for_a_text_as_well_has_one_however_many_telephones_there_are),
		cmocka_unit_test(who_wishes_for_texts_only_is_not_called),
		cmocka_unit_test(a_person_with_a_pin_is_asked_for_it),
		cmocka_unit_test(only_zones_that_are_listed_are_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
