#include "mock/scenario_parse.h"

static bool
read_events(struct scenario_reader *reader, struct scenario_expect *expect)
{
	struct scenario_event *events =
	    arena_array(reader->arena, struct scenario_event, SCENARIO_EVENTS_MAX);

	if (events == NULL)
		return scenario_words_refuse(reader, "a scenario that fits into memory");
	expect->events = events;
	do {
		if (!scenario_has_room(reader, expect->event_count, SCENARIO_EVENTS_MAX,
			"at most 64 events on one line") ||
		    !scenario_take_event(reader, &events[expect->event_count++]))
			return false;
	} while (scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return true;
}

/* What follows "PageAttempted 2": within 2s of PageNotReached 1, or at least 20m after it. */
static bool
read_timing(struct scenario_reader *reader, struct scenario_expect *expect)
{
	bool within = scenario_words_accept(reader, "within");

	expect->kind = SCENARIO_EXPECT_TIMING;
	expect->compare = within ? SCENARIO_AT_MOST : SCENARIO_AT_LEAST;
	if (!within && !scenario_words_accept_all(reader, "at least"))
		return scenario_words_refuse(
		    reader, "\"times\", \"within\" or \"at least\" and a length of time");
	return scenario_words_take_duration(reader, &expect->bound) &&
	       scenario_words_expect(reader, within ? "of" : "after") &&
	       scenario_take_event(reader, &expect->other) &&
	       scenario_take_optional_count(reader, 1, &expect->number_of_other);
}

/* One event, and a number or a time. */
static bool
read_counted_event(struct scenario_reader *reader, struct scenario_expect *expect)
{
	int64_t number;

	if (!scenario_take_optional_count(reader, 1, &number))
		return false;
	if (scenario_words_accept(reader, "times")) {
		expect->kind = SCENARIO_EXPECT_TIMES;
		expect->count = number;
		return true;
	}
	expect->number_of = number;
	return read_timing(reader, expect);
}

/* Whether the sentence goes on after an event's name with what makes it a count or a time. */
static bool
sees_count(const struct scenario_reader *reader)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	int64_t number;

	return scenario_words_see(reader, 0, "within") || scenario_words_see(reader, 0, "at") ||
	       (word->kind == SCENARIO_WORD && str_parse_i64(word->text, &number));
}

/* "2", "at least 2", "at most 2" */
static bool
take_compared_count(struct scenario_reader *reader, struct scenario_expect *expect)
{
	if (scenario_words_accept_all(reader, "at least"))
		expect->compare = SCENARIO_AT_LEAST;
	else if (scenario_words_accept_all(reader, "at most"))
		expect->compare = SCENARIO_AT_MOST;
	return scenario_words_take_count(reader, "how many", &expect->count);
}

/* +15125550101 2 */
static bool
read_traffic(
    struct scenario_reader *reader, struct scenario_expect *expect, enum scenario_expect_kind kind)
{
	expect->kind = kind;
	if (!scenario_words_take_phone(reader, &expect->number) ||
	    !take_compared_count(reader, expect))
		return false;
	return kind != SCENARIO_EXPECT_TEXTS || !scenario_words_accept(reader, "containing") ||
	       scenario_words_take_quoted(reader, "words in quotation marks", &expect->containing);
}

/* heard +15125550101 "words" */
static bool
read_heard(
    struct scenario_reader *reader, struct scenario_expect *expect, enum scenario_expect_kind kind)
{
	expect->kind = kind;
	return scenario_words_take_phone(reader, &expect->number) &&
	       scenario_words_take_quoted(reader, "words in quotation marks", &expect->containing);
}

/* journal no error ["words"]; journal fetch 3 */
static bool
read_journal(struct scenario_reader *reader, struct scenario_expect *expect)
{
	bool none = scenario_words_accept(reader, "no");

	expect->kind = SCENARIO_EXPECT_JOURNAL;
	if (!scenario_words_take(reader, "a kind of entry of the journal", &expect->word))
		return false;
	if (!none && !take_compared_count(reader, expect))
		return false;
	return scenario_words_peek(reader)->kind != SCENARIO_QUOTED ||
	       scenario_words_take_quoted(reader, "words", &expect->containing);
}

/* status CLOSED; dispatch ACCEPTED [by "North splicer 1"] */
static bool
read_state(
    struct scenario_reader *reader, struct scenario_expect *expect, enum scenario_expect_kind kind)
{
	expect->kind = kind;
	if (!scenario_words_take(reader, "a state such as ACCEPTED", &expect->word))
		return false;
	if (kind == SCENARIO_EXPECT_STORM)
		return take_compared_count(reader, expect);
	return kind != SCENARIO_EXPECT_DISPATCH || !scenario_words_accept(reader, "by") ||
	       scenario_words_take_quoted(reader, "a person's label", &expect->by);
}

/* What begins with a word of its own. */
static const struct {
	const char *words;
	bool (*read)(struct scenario_reader *, struct scenario_expect *, enum scenario_expect_kind);
	enum scenario_expect_kind kind;
} forms[] = {
	{ "quiet", NULL, SCENARIO_EXPECT_QUIET },
	{ "anything else", NULL, SCENARIO_EXPECT_ANYTHING },
	{ "calls", read_traffic, SCENARIO_EXPECT_CALLS },
	{ "texts", read_traffic, SCENARIO_EXPECT_TEXTS },
	{ "hang-ups", read_traffic, SCENARIO_EXPECT_HANG_UPS },
	{ "heard", read_heard, SCENARIO_EXPECT_HEARD },
	{ "not heard", read_heard, SCENARIO_EXPECT_NOT_HEARD },
	{ "status", read_state, SCENARIO_EXPECT_STATUS },
	{ "dispatch", read_state, SCENARIO_EXPECT_DISPATCH },
	{ "integration", read_state, SCENARIO_EXPECT_INTEGRATION },
	{ "storm", read_state, SCENARIO_EXPECT_STORM },
};

static bool
read_form(struct scenario_reader *reader, struct scenario_expect *expect)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (!scenario_words_accept_all(reader, forms[i].words))
			continue;
		expect->kind = forms[i].kind;
		return forms[i].read == NULL || forms[i].read(reader, expect, forms[i].kind);
	}
	if (scenario_words_accept(reader, "journal"))
		return read_journal(reader, expect);
	if (scenario_words_accept_all(reader, "refused callbacks")) {
		expect->kind = SCENARIO_EXPECT_REFUSED;
		return take_compared_count(reader, expect);
	}
	expect->kind =
	    scenario_words_accept(reader, "no") ? SCENARIO_EXPECT_NO_EVENT : SCENARIO_EXPECT_EVENTS;
	if (!read_events(reader, expect))
		return false;
	return expect->kind != SCENARIO_EXPECT_EVENTS || expect->event_count != 1 ||
	       !sees_count(reader) || read_counted_event(reader, expect);
}

bool
scenario_read_expect(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_expect *expect;

	if (!scenario_has_room(
		reader, scenario->expect_count, SCENARIO_EXPECTS_MAX, "at most 128 expectations"))
		return false;
	expect = &scenario->expects[scenario->expect_count++];
	expect->line = scenario_words_peek(reader)->line;
	return read_form(reader, expect) &&
	       (!scenario_words_accept(reader, "for") ||
		   scenario_words_take(reader, "an ECO's name", &expect->eco));
}

/* [for second] within 30h [and 10m more] */
static bool
read_limit(struct scenario_reader *reader, struct scenario_until *until)
{
	return (!scenario_words_accept(reader, "for") ||
		   scenario_words_take(reader, "an ECO's name", &until->eco)) &&
	       scenario_words_expect(reader, "within") &&
	       scenario_words_take_duration(reader, &until->within) &&
	       (!scenario_words_accept(reader, "and") ||
		   (scenario_words_take_duration(reader, &until->more) &&
		       scenario_words_expect(reader, "more")));
}

/* until ECOClosed [2 times] [for second] within 30h [and 10m more]; until 3h */
bool
scenario_read_until(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_until *until = &scenario->until;

	until->present = true;
	until->times = 1;
	if (scenario_words_see_duration(reader))
		return scenario_words_take_duration(reader, &until->within);
	if (!scenario_take_event(reader, &until->event))
		return false;
	if (!scenario_words_see(reader, 0, "within") && !scenario_words_see(reader, 0, "for") &&
	    (!scenario_words_take_count(reader, "\"within\", or how many times", &until->times) ||
		!scenario_words_expect(reader, "times")))
		return false;
	return read_limit(reader, until);
}
