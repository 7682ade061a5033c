#include "support/unit.h"

#include <dirent.h>
#include <stdlib.h>

#include "mock/scenario_grammar.h"

#define ARENA_BYTES (4u << 20)

static struct arena *arena;

static int
make_arena(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
drop_arena(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct scenario
parsed(const char *text)
{
	struct scenario scenario;

	assert_no_fault(scenario_parse(arena, str_from_z(text), &scenario));
	return scenario;
}

/* Parse a scenario whose second line is ${line}, and expect the fault ${message}. */
static void
assert_refused(const char *line, const char *message)
{
	struct scenario scenario;
	struct str text;

	arena_reset(arena);
	text = arena_printf(arena, "scenario \"A\"\n%s\n", line);
	assert_fault(scenario_parse(arena, text, &scenario), ERR_CORRUPT, message);
}

static void
a_person_s_evening_is_read_from_one_line(void **state)
{
	struct scenario scenario = parsed("scenario \"A\"\n"
					  "phone +15125550102 answers after 8s, presses 1, "
					  "then 45#, hangs up after 1m30s\n");
	const struct scenario_phone *phone = scenario_find_phone(&scenario, STR("+15125550102"), 1);

	(void)state;
	assert_non_null(phone);
	assert_int_equal(phone->pickup, SCENARIO_ANSWERS);
	assert_int_equal(phone->answers_after.us, SECONDS(8).us);
	assert_int_equal(phone->press_count, 2);
	assert_text(phone->presses[0], "1");
	assert_text(phone->presses[1], "45#");
	assert_true(phone->hangs_up);
	assert_int_equal(phone->hangs_up_after.us, SECONDS(90).us);
}

static void
every_behaviour_of_a_phone_has_its_words(void **state)
{
	struct scenario scenario = parsed("scenario \"A\"\n"
					  "phone +15125550101 rings out\n"
					  "phone +15125550102 busy\n"
					  "phone +15125550103 fails\n"
					  "phone +15125550104 voicemail after 4s\n"
					  "phone +15125550105 declines with 2\n"
					  "phone +15125550106 hangs up after 3s\n");

	(void)state;
	assert_int_equal(scenario.phone_count, 6);
	assert_int_equal(scenario.phones[0].pickup, SCENARIO_RINGS_OUT);
	assert_int_equal(scenario.phones[1].pickup, SCENARIO_BUSY);
	assert_int_equal(scenario.phones[2].pickup, SCENARIO_FAILS);
	assert_int_equal(scenario.phones[3].pickup, SCENARIO_VOICEMAIL);
	assert_int_equal(scenario.phones[3].answers_after.us, SECONDS(4).us);
	assert_text(scenario.phones[4].presses[0], "2");
	assert_text(scenario.phones[4].presses[1], "2");
	assert_true(scenario.phones[5].hangs_up);
}

static void
a_phone_may_behave_otherwise_from_a_later_call_on(void **state)
{
	struct scenario scenario = parsed("scenario \"A\"\n"
					  "phone +15125550101 rings out\n"
					  "phone +15125550101 from call 3 answers, presses 1\n");

	(void)state;
	assert_int_equal(
	    scenario_find_phone(&scenario, STR("+15125550101"), 2)->pickup, SCENARIO_RINGS_OUT);
	assert_int_equal(
	    scenario_find_phone(&scenario, STR("+15125550101"), 3)->pickup, SCENARIO_ANSWERS);
	assert_null(scenario_find_phone(&scenario, STR("+15125550199"), 1));
}

static void
a_task_can_be_cloned_late_from_another(void **state)
{
	struct scenario scenario =
	    parsed("scenario \"A\"\n"
		   "task investigation: starts after 40m, completes after 2h, reopens after 3h\n"
		   "task repair: clone of investigation after 2h10m, becomes \"Permit\" after 3h, "
		   "completes after 4h\n");

	(void)state;
	assert_int_equal(scenario.task_count, 2);
	assert_false(scenario.tasks[0].appears);
	assert_text(scenario.tasks[0].steps[0].status, "In Progress");
	assert_text(scenario.tasks[0].steps[2].status, "In Progress");
	assert_true(scenario.tasks[1].appears);
	assert_text(scenario.tasks[1].clone_of, "investigation");
	assert_int_equal(scenario.tasks[1].appears_after.us, MINUTES(130).us);
	assert_text(scenario.tasks[1].steps[0].status, "Permit");
}

static void
a_line_that_begins_with_a_blank_goes_on_with_the_one_before(void **state)
{
	struct scenario scenario = parsed("scenario \"A\"   # a remark\n"
					  "\n"
					  "noc operator@lone-star-noc\n"
					  "create MFR at -97.7431 30.2672 with hill-country-osp\n"
					  "       \"Loss of light\"\n"
					  "expect PageNotReached NO_ANSWER,\n"
					  "       PageAccepted \"45 minutes\"\n"
					  "until ECOClosed 2 times within 30h\n");

	(void)state;
	assert_text(scenario.create.description, "Loss of light");
	assert_text(scenario.create.longitude, "-97.7431");
	assert_text(scenario.watch, "operator@lone-star-noc");
	assert_int_equal(scenario.expects[0].event_count, 2);
	assert_text(scenario.expects[0].events[0].word, "NO_ANSWER");
	assert_text(scenario.expects[0].events[1].word, "45 minutes");
	assert_int_equal(scenario.until.times, 2);
	assert_int_equal(scenario.until.within.us, HOURS(30).us);
}

static void
what_must_have_happened_is_read(void **state)
{
	struct scenario scenario = parsed("scenario \"A\"\n"
					  "expect no PagerExhausted\n"
					  "expect calls +15125550101 2\n"
					  "expect texts +15125550901 1 containing \"nobody\"\n"
					  "expect quiet\n");

	(void)state;
	assert_int_equal(scenario.expect_count, 4);
	assert_int_equal(scenario.expects[0].kind, SCENARIO_EXPECT_NO_EVENT);
	assert_int_equal(scenario.expects[1].count, 2);
	assert_text(scenario.expects[2].containing, "nobody");
	assert_int_equal(scenario.expects[3].kind, SCENARIO_EXPECT_QUIET);
}

static void
a_refusal_names_line_and_column_and_what_was_expected(void **state)
{
	(void)state;
	assert_refused(
	    "telephone +15125550101 rings out", "line 2, column 1: expected a line that begins");
	assert_refused("phone 5550101 rings out", "line 2, column 7: expected a phone number");
	assert_refused("phone +15125550101 sleeps", "line 2, column 20: expected \"rings out\"");
	assert_refused("phone +15125550101 rings", "after \"rings\" expected \"out\"");
	assert_refused(
	    "phone +15125550101 answers after 8", "column 34: expected a length of time");
	assert_refused("phone +15125550101 answers, presses 4a", "expected keys of a telephone");
	assert_refused("phone +15125550101 answers, sings", "expected \"presses\" and keys");
	assert_refused("phone +15125550101 busy today", "column 25: expected the end of the line");
	assert_refused("phone +15125550101 from call x busy", "expected the number of the call");
	assert_refused("texts +15125550101 fly", "expected \"arrive\"");
	assert_refused("callbacks dance", "expected \"arrive twice\" or \"are lost\"");
	assert_refused("render sideways", "expected \"up\", \"down\"");
	assert_refused("task dig starts after 3m", "column 10: expected a colon");
	assert_refused("task dig: starts", "after \"starts\" expected \"after\"");
	assert_refused("task dig: explodes after 3m", "expected \"is assigned\"");
	assert_refused("task dig: starts after 3m, completes after 2m",
	    "column 44: expected a time that is not before");
	assert_refused("task dig: clone of hole after 2m", "expected the name of a task that");
	assert_refused("noc operator", "expected somebody such as");
	assert_refused("create MFR at 200 30 with x \"y\"", "column 15: expected a longitude");
	assert_refused("create MFR at 20 91 with x \"y\"", "expected a latitude between");
	assert_refused("expect pageAccepted", "expected the name of an event");
	assert_refused("expect calls +15125550101 many", "expected how many");
	assert_refused("until ECOClosed soon", "expected \"within\", or how many");
	assert_refused("about \"no end", "column 7: this text has no closing quotation mark");
	assert_refused("scenario \"B\"", "line 2, column 1: expected this verb once only");
}

static void
a_scenario_that_creates_something_must_say_who_and_until_when(void **state)
{
	(void)state;
	assert_refused("create MFR at 20 30 with x \"y\"", "expected a line: noc");
	assert_refused(
	    "noc a@b\ncreate MFR at 20 30 with x \"y\"", "expected a line: until ECOClosed");
}

static void
an_empty_text_and_no_text_are_refused(void **state)
{
	struct scenario scenario;

	(void)state;
	assert_fault(
	    scenario_parse(arena, STR(""), &scenario), ERR_CORRUPT, "scenario \"its name\"");
	assert_fault(scenario_parse(arena, STR("\xff"), &scenario), ERR_CORRUPT, "UTF-8");
}

/* The text of the file ${name} in scenarios/, in the arena. */
static struct str
read_file(const char *folder, const char *name)
{
	struct str path = arena_printf(arena, "%s/%s", folder, name);
	FILE *file = fopen(arena_copy_z(arena, path), "r");
	char *bytes = arena_array(arena, char, SCENARIO_TEXT_BYTES_MAX);
	size_t length;

	assert_non_null(file);
	length = fread(bytes, 1, SCENARIO_TEXT_BYTES_MAX, file);
	fclose(file);
	return (struct str){ bytes, length };
}

static void
every_scenario_that_we_ship_can_be_read(void **state)
{
	const char *folder = getenv("STRIKE_SCENARIOS");
	DIR *directory = opendir(folder == NULL ? "scenarios" : folder);
	const struct dirent *entry;
	size_t count = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		struct scenario scenario;

		if (strstr(entry->d_name, ".scn") == NULL)
			continue;
		arena_reset(arena);
		assert_no_fault(scenario_parse(arena,
		    read_file(folder == NULL ? "scenarios" : folder, entry->d_name), &scenario));
		assert_true(scenario.create.present);
		count++;
	}
	closedir(directory);
	assert_true(count >= 4);
}

/* ${line} within what must stand around any line. */
static struct str
whole_around(struct str line)
{
	bool creates = str_starts_with(line, STR("create"));
	bool second = str_find(line, STR("as second")) != SIZE_MAX;

	return arena_printf(arena, "%s%s%s%s%.*s\n%s",
	    str_starts_with(line, STR("scenario")) ? "" : "scenario \"A\"\n",
	    str_starts_with(line, STR("noc operator")) ? "" : "noc a@b\n",
	    str_starts_with(line, STR("until")) ? "" : "until 1h\n",
	    creates && !second ? "" : "create MFR at 20 30 with x \"y\"\n", STR_ARG(line),
	    creates ? "" : "create MFR at 20 30 with x \"y\" as second after 1s\n");
}

static void
every_example_of_the_language_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < scenario_sentence_count; i++) {
		struct str rest = str_from_z(scenario_sentences[i].examples);

		while (!str_empty(rest)) {
			struct scenario scenario;

			arena_reset(arena);
			assert_no_fault(
			    scenario_parse(arena, whole_around(str_cut(&rest, '\n')), &scenario));
		}
	}
}

static void
what_people_do_is_read_with_its_moment_and_what_must_come_of_it(void **state)
{
	struct scenario scenario =
	    parsed("scenario \"A\"\n"
		   "noc cancels after 5m \"no fault found\"\n"
		   "noc engages bayou-osp \"too slow\" 10s after PageNotReached BUSY 2 twice, "
		   "refused ECO_CLOSED\n"
		   "osp accepts for \"North splicer 1\" ETA 30 after 2m as viewer@a\n");

	(void)state;
	assert_int_equal(scenario.act_count, 3);
	assert_text(scenario.acts[0].values[0], "no fault found");
	assert_int_equal(scenario.acts[0].when.after.us, MINUTES(5).us);
	assert_text(scenario.acts[1].values[0], "bayou-osp");
	assert_text(scenario.acts[1].values[1], "too slow");
	assert_text(scenario.acts[1].when.event.word, "BUSY");
	assert_int_equal(scenario.acts[1].when.number, 2);
	assert_true(scenario.acts[1].twice);
	assert_text(scenario.acts[1].refused, "ECO_CLOSED");
	assert_text(scenario.acts[2].values[1], "30");
	assert_text(scenario.acts[2].as, "viewer@a");
}

static void
settings_are_read(void **state)
{
	struct scenario scenario =
	    parsed("scenario \"A\"\n"
		   "agreement loops 1, ring 20s, poll in grace 2m, failover bayou-osp\n"
		   "person \"North splicer 1\" texts too, pin 4711, rests from 22:00 until 06:00\n"
		   "list \"Austin North on call\": \"A\", \"B\" and \"C\" together, \"D\"\n"
		   "shift \"A\" on \"L\" Monday, Sunday from 08:00 until 20:00 after 1m\n");

	(void)state;
	assert_int_equal(scenario.acts[0].term_count, 4);
	assert_int_equal(scenario.acts[0].terms[2].value, 120);
	assert_text(scenario.acts[0].terms[3].word, "bayou-osp");
	assert_int_equal(scenario.acts[0].when.kind, SCENARIO_BEFORE);
	assert_true(scenario.acts[1].person.texts_too);
	assert_text(scenario.acts[1].person.rest_from, "22:00");
	assert_int_equal(scenario.acts[2].list->count, 4);
	assert_int_equal(scenario.acts[2].list->steps[1], 2);
	assert_int_equal(scenario.acts[2].list->steps[2], 2);
	assert_int_equal(scenario.acts[2].list->steps[3], 3);
	assert_int_equal(scenario.acts[3].shift.days, 0x41);
	assert_int_equal(scenario.acts[3].when.kind, SCENARIO_AFTER_CREATION);
}

static void
further_refusals_say_what_was_expected(void **state)
{
	(void)state;
	assert_refused("noc dances after 5m", "line 2, column 5: expected somebody such as");
	assert_refused("noc cancels \"x\"", "expected a moment such as");
	assert_refused(
	    "noc confirms after 5m for second", "expected a line that creates an ECO as");
	assert_refused("person \"A\" sings", "expected \"texts too\"");
	assert_refused("list \"A\": \"B\" and \"C\"", "expected \"together\"");
	assert_refused("agreement speed 3", "expected \"loops\"");
	assert_refused("storm of 5000 in 10s", "expected how many ECOs, up to 1000");
	assert_refused("twilio sends HTML", "expected \"up\"");
	assert_refused("phone +15125550101 busy with SIP 42", "expected a SIP code");
	assert_refused("phone +15125550101 answers as a ghost", "expected human, unknown");
	assert_refused("texts +15125550101 arrive, sings", "expected \"replies\"");
	assert_refused("forged callback completed for +15125550101 politely after 1s",
	    "expected \"unsigned\"");
	assert_refused("begins tomorrow", "expected a moment such as 2026-03-08");
	assert_refused("expect PageAccepted 2 soon", "expected \"times\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_s_evening_is_read_from_one_line),
		cmocka_unit_test(every_behaviour_of_a_phone_has_its_words),
		cmocka_unit_test(a_phone_may_behave_otherwise_from_a_later_call_on),
		cmocka_unit_test(a_task_can_be_cloned_late_from_another),
		cmocka_unit_test(a_line_that_begins_with_a_blank_goes_on_with_the_one_before),
		cmocka_unit_test(what_must_have_happened_is_read),
		cmocka_unit_test(a_refusal_names_line_and_column_and_what_was_expected),
		cmocka_unit_test(a_scenario_that_creates_something_must_say_who_and_until_when),
		cmocka_unit_test(an_empty_text_and_no_text_are_refused),
		cmocka_unit_test(every_scenario_that_we_ship_can_be_read),
		cmocka_unit_test(every_example_of_the_language_can_be_read),
		cmocka_unit_test(what_people_do_is_read_with_its_moment_and_what_must_come_of_it),
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(further_refusals_say_what_was_expected),
	};

	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
