#include "support/unit.h"

#include "proto/reply.h"

/* One text, and what it means. */
struct row {
	const char *text;
	enum reply_kind kind;
	int64_t value; /* minutes, or the reason */
	const char *code;
};

static void
expect(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		char *text = heap_text(str_from_z(row->text));
		struct reply reply;
		int64_t value;

		reply_parse((struct str){ text, strlen(text) }, &reply);
		free(text);
		value = reply.kind == REPLY_DECLINE ? reply.reason : reply.minutes;
		if (reply.kind != row->kind || value != row->value ||
		    !str_equal(reply_code(&reply), str_from_z(row->code)))
			fail_msg("\"%s\" is kind %d, value %lld, code \"%.*s\"", row->text,
			    (int)reply.kind, (long long)value, STR_ARG(reply_code(&reply)));
	}
}

#define EXPECT(...)                                        \
	do {                                               \
		const struct row rows[] = { __VA_ARGS__ }; \
		expect(rows, COUNT_OF(rows));              \
	} while (0)

static void
an_acceptance_is_an_a_with_or_without_minutes(void **state)
{
	(void)state;
	EXPECT({ "A", REPLY_ACCEPT, 0, "" }, { "a", REPLY_ACCEPT, 0, "" },
	    { "A 45", REPLY_ACCEPT, 45, "" }, { "a45", REPLY_ACCEPT, 45, "" },
	    { "ACCEPT 45", REPLY_ACCEPT, 45, "" }, { "accepted", REPLY_ACCEPT, 0, "" },
	    { "A 45 min", REPLY_ACCEPT, 45, "" }, { "A, ETA 45", REPLY_ACCEPT, 45, "" },
	    { "Accept, in about 45 minutes please", REPLY_ACCEPT, 45, "" },
	    { "45 a", REPLY_ACCEPT, 45, "" });
}

static void
the_keys_that_a_voice_offers_are_good_in_a_text_too(void **state)
{
	(void)state;
	EXPECT({ "1", REPLY_ACCEPT, 0, "" }, { "1 45", REPLY_ACCEPT, 45, "" },
	    { "1 1h30", REPLY_ACCEPT, 90, "" }, { "2", REPLY_DECLINE, 0, "" },
	    { "2 3", REPLY_DECLINE, 3, "" }, { "1 KFX", REPLY_ACCEPT, 0, "KFX" },
	    { "1\xef\xb8\x8f\xe2\x83\xa3", REPLY_ACCEPT, 0, "" },
	    { "3", REPLY_NOT_UNDERSTOOD, 0, "" }, { "45", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "1h30", REPLY_NOT_UNDERSTOOD, 0, "" }, { "2 hours", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "1.5", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
hours_are_taken_for_minutes(void **state)
{
	(void)state;
	EXPECT({ "A 2h", REPLY_ACCEPT, 120, "" }, { "A 1h30", REPLY_ACCEPT, 90, "" },
	    { "A 1 h 30 min", REPLY_ACCEPT, 90, "" }, { "A 1 hour 5", REPLY_ACCEPT, 65, "" },
	    { "A 1.5h", REPLY_ACCEPT, 90, "" }, { "A 1,5 hours", REPLY_ACCEPT, 90, "" },
	    { "A 24h", REPLY_ACCEPT, 1440, "" }, { "E 2 hrs", REPLY_ETA, 120, "" });
}

static void
lengths_of_time_that_can_be_read_in_two_ways_are_not_understood(void **state)
{
	(void)state;
	EXPECT({ "A 17:30", REPLY_NOT_UNDERSTOOD, 0, "" }, { "1:30", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 1:30", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A 45-60", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 30 1h", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A 1h 2h", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 1h 90", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A 1.25h", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 4.5", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A h", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 1\xc2\xbdh", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
minutes_that_cannot_be_do_not_cost_the_acceptance(void **state)
{
	static const char *const texts[] = { "A 0", "A 1441", "A 99999", "A 25h" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		reply_parse(str_from_z(texts[i]), &reply);
		assert_int_equal(reply.kind, REPLY_ACCEPT);
		assert_int_equal(reply.minutes, 0);
		assert_true(reply.unusable);
	}
	reply_parse(STR("A 45"), &reply);
	assert_false(reply.unusable);
	EXPECT({ "A 1440", REPLY_ACCEPT, 1440, "" }, { "E 0", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "E 1441", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A 123456", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
a_code_may_stand_anywhere(void **state)
{
	(void)state;
	EXPECT({ "A 45 KFX", REPLY_ACCEPT, 45, "KFX" }, { "kfx a 45", REPLY_ACCEPT, 45, "KFX" },
	    { "A kfx 45", REPLY_ACCEPT, 45, "KFX" }, { "A45KFX", REPLY_ACCEPT, 45, "KFX" },
	    { "D KFX 2", REPLY_DECLINE, 2, "KFX" }, { "S KFX", REPLY_ON_SITE, 0, "KFX" },
	    { "A KFX KFY", REPLY_NOT_UNDERSTOOD, 0, "KFX" },
	    { "A KFXX", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A KF", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
a_job_number_does_in_place_of_a_code(void **state)
{
	struct reply reply;

	(void)state;
	reply_parse(STR("a 45 hc-mfr-00042-0"), &reply);
	assert_int_equal(reply.kind, REPLY_ACCEPT);
	assert_int_equal(reply.minutes, 45);
	assert_text(reply_job(&reply), "HC-MFR-00042-0");
	reply_parse(STR("A HC-FNOL-123456789012345678-9"), &reply);
	assert_text(reply_job(&reply), "HC-FNOL-123456789012345678-9");
	reply_parse(STR("A HC-MFR-00042-0 HC-MFR-00043-8"), &reply);
	assert_int_equal(reply.kind, REPLY_NOT_UNDERSTOOD);
}

static void
quotes_spaces_punctuation_and_emoji_change_nothing(void **state)
{
	(void)state;
	EXPECT({ "  'A 45'  ", REPLY_ACCEPT, 45, "" }, { "\"a\" - 45.", REPLY_ACCEPT, 45, "" },
	    { "\xe2\x80\x9c"
	      "A 45\xe2\x80\x9d",
		REPLY_ACCEPT, 45, "" },
	    { "A\xc2\xa0"
	      "45!!!",
		REPLY_ACCEPT, 45, "" },
	    { "\xf0\x9f\x91\x8d A 45 \xf0\x9f\x9a\x92", REPLY_ACCEPT, 45, "" },
	    { "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"
	      "A",
		REPLY_ACCEPT, 0, "" },
	    { "D\r\n", REPLY_DECLINE, 0, "" }, { "(S)", REPLY_ON_SITE, 0, "" });
}

static void
a_text_is_understood_as_a_whole_or_not_at_all(void **state)
{
	(void)state;
	EXPECT({ "A bit busy, sorry", REPLY_NOT_UNDERSTOOD, 0, "BIT" },
	    { "A or D", REPLY_NOT_UNDERSTOOD, 0, "" }, { "A D", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "I can't", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "Accept my apologies", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "S 45", REPLY_NOT_UNDERSTOOD, 0, "" }, { "", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "\xf0\x9f\x91\x8d", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "\xd0\x90 45", REPLY_NOT_UNDERSTOOD, 0, "" },
	    { "A 45 \xc3\xa9", REPLY_NOT_UNDERSTOOD, 45 - 45, "" });
}

static void
a_decline_may_have_a_reason(void **state)
{
	(void)state;
	EXPECT({ "D", REPLY_DECLINE, 0, "" }, { "decline", REPLY_DECLINE, 0, "" },
	    { "d2", REPLY_DECLINE, 2, "" }, { "D 9", REPLY_DECLINE, 9, "" },
	    { "D 12", REPLY_DECLINE, 0, "" }, { "D 2 3", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
who_is_there_or_will_be_says_so(void **state)
{
	(void)state;
	EXPECT({ "S", REPLY_ON_SITE, 0, "" }, { "here", REPLY_ON_SITE, 0, "" },
	    { "ONSITE", REPLY_ON_SITE, 0, "" }, { "on site", REPLY_ON_SITE, 0, "" },
	    { "Arrived", REPLY_ON_SITE, 0, "" }, { "E 30", REPLY_ETA, 30, "" },
	    { "eta 30 min", REPLY_ETA, 30, "" }, { "E", REPLY_NOT_UNDERSTOOD, 0, "" });
}

static void
who_asks_does_not_choose(void **state)
{
	(void)state;
	EXPECT({ "?", REPLY_HELP, 0, "" }, { "help", REPLY_HELP, 0, "" },
	    { "HELP!", REPLY_HELP, 0, "" }, { "A?", REPLY_HELP, 0, "" },
	    { "What is this?", REPLY_HELP, 0, "" }, { "A 45?", REPLY_HELP, 0, "" });
}

static void
stop_and_start_count_only_alone(void **state)
{
	static const char *const stops[] = { "STOP", "stop", "Stop.", "STOPALL", "unsubscribe",
		"CANCEL", "end", "Quit", "stop please", "Stop calling me!", "STOP?" };
	static const char *const starts[] = { "START", "yes", "Unstop", "YES please" };
	static const char *const neither[] = { "STOP KFX", "cancel 2", "A STOP", "yes 45",
		"START STOP", "End of shift", "yes A" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(stops); i++) {
		reply_parse(str_from_z(stops[i]), &reply);
		if (reply.kind != REPLY_STOP)
			fail_msg("\"%s\" is kind %d", stops[i], (int)reply.kind);
	}
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		reply_parse(str_from_z(starts[i]), &reply);
		assert_int_equal(reply.kind, REPLY_START);
	}
	for (size_t i = 0; i < COUNT_OF(neither); i++) {
		reply_parse(str_from_z(neither[i]), &reply);
		if (reply.kind != REPLY_NOT_UNDERSTOOD)
			fail_msg("\"%s\" is kind %d", neither[i], (int)reply.kind);
	}
}

static void
a_text_longer_than_any_is_not_read(void **state)
{
	static char text[REPLY_TEXT_BYTES_MAX + 1];
	struct reply reply;

	(void)state;
	memset(text, ' ', sizeof(text));
	text[0] = 'A';
	reply_parse((struct str){ text, sizeof(text) - 1 }, &reply);
	assert_int_equal(reply.kind, REPLY_ACCEPT);
	reply_parse((struct str){ text, sizeof(text) }, &reply);
	assert_int_equal(reply.kind, REPLY_NOT_UNDERSTOOD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acceptance_is_an_a_with_or_without_minutes),
		cmocka_unit_test(the_keys_that_a_voice_offers_are_good_in_a_text_too),
		cmocka_unit_test(hours_are_taken_for_minutes),
		cmocka_unit_test(lengths_of_time_that_can_be_read_in_two_ways_are_not_understood),
		cmocka_unit_test(minutes_that_cannot_be_do_not_cost_the_acceptance),
		cmocka_unit_test(a_code_may_stand_anywhere),
		cmocka_unit_test(a_job_number_does_in_place_of_a_code),
		cmocka_unit_test(quotes_spaces_punctuation_and_emoji_change_nothing),
		cmocka_unit_test(a_text_is_understood_as_a_whole_or_not_at_all),
		cmocka_unit_test(a_decline_may_have_a_reason),
		cmocka_unit_test(who_is_there_or_will_be_says_so),
		cmocka_unit_test(who_asks_does_not_choose),
		cmocka_unit_test(stop_and_start_count_only_alone),
		cmocka_unit_test(a_text_longer_than_any_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
