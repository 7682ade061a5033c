#include "mock/play_check.h"

#define FAILURE_BYTES_MAX 1024

void
play_fail(struct arena *arena, struct play_result *result, const char *format, ...)
{
	char memory[FAILURE_BYTES_MAX];
	va_list args;
	size_t length;

	result->passed = false;
	if (result->failure_count == PLAY_FAILURES_MAX)
		return;
	va_start(args, format);
	length = buf_format(memory, sizeof(memory), format, args);
	va_end(args);
	result->failures[result->failure_count++] =
	    arena_copy(arena, (struct str){ memory, length });
}

/* "NO_ANSWER" is also written "no answer". */
static char
plain(char c)
{
	if (c == '_')
		return ' ';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether ${words} stand in ${text}, whatever their case. */
static bool
holds(struct str text, struct str words)
{
	for (size_t at = 0; at + words.len <= text.len; at++) {
		size_t i = 0;

		while (i < words.len && plain(text.ptr[at + i]) == plain(words.ptr[i]))
			i++;
		if (i == words.len)
			return true;
	}
	return false;
}

bool
play_matches(const struct scenario_event *wanted, const struct play_event *event)
{
	return str_equal(wanted->type, event->type) && holds(event->summary, wanted->word);
}

/* -- the journal -- */

struct err *
play_journal_begin(struct arena *arena, struct play_journal *ret)
{
	ret->at = arena_array(arena, struct play_entry, PLAY_ENTRIES_MAX);
	ret->count = 0;
	return ret->at == NULL ? ERR(arena, ERR_LIMIT, "the journal does not fit into memory")
			       : NULL;
}

static struct str
keep(struct arena *arena, const struct json *entry, struct str name)
{
	return arena_copy(arena, json_text_or(entry, name, STR("")));
}

void
play_journal_add(struct arena *arena, struct play_journal *journal, const struct json *entry)
{
	struct play_entry *made;

	if (journal->count == PLAY_ENTRIES_MAX)
		return;
	made = &journal->at[journal->count++];
	*made = (struct play_entry){
		.kind = keep(arena, entry, STR("kind")),
		.to = keep(arena, entry, STR("to")),
		.status = keep(arena, entry, STR("status")),
		.url = keep(arena, entry, STR("url")),
		.http_status = json_int_or(entry, STR("httpStatus"), 0),
		.unexpected = json_bool_or(entry, STR("unexpected"), false),
	};
	/* Forms are of no interest. */
	if (str_empty(made->url) || str_equal(made->kind, STR("error")))
		made->body = keep(arena, entry, STR("body"));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
play_find_code(struct str text, size_t digits, struct arena *arena, struct str *ret)
{
	char run[16];
	size_t count = 0;

	CHECK(digits < sizeof(run));
	for (size_t i = 0; i <= text.len; i++) {
		char c = i < text.len ? text.ptr[i] : '.';

		if (is_digit(c)) {
			if (count < sizeof(run))
				run[count] = c;
			count++;
			continue;
		}
		if (count > 0 && (c == ' ' || c == ','))
			continue;
		if (count == digits)
			*ret = arena_copy(arena, (struct str){ run, digits });
		count = 0;
	}
}

/* Whether ${entry} is of ${kind}, about ${number}; an empty number is any. */
static bool
is_of(const struct play_entry *entry, struct str kind, struct str number)
{
	return str_equal(entry->kind, kind) && (str_empty(number) || str_equal(entry->to, number));
}

/* How many entries of ${kind} about ${number} hold ${words}. */
static int64_t
count_entries(
    const struct play_journal *journal, struct str kind, struct str number, struct str words)
{
	int64_t count = 0;

	for (size_t i = 0; i < journal->count; i++)
		count += is_of(&journal->at[i], kind, number) && holds(journal->at[i].body, words);
	return count;
}

/* -- the timeline -- */

/* "PageNotReached NO_ANSWER", for people. */
static struct str
event_words(struct arena *arena, const struct scenario_event *event)
{
	return str_empty(event->word)
		   ? event->type
		   : arena_printf(arena, "%.*s %.*s", STR_ARG(event->type), STR_ARG(event->word));
}

/* The timeline of the ECO that ${expect} is about; NULL, with a failure: it was never created. */
static const struct play_eco *
find_eco(struct arena *arena, const struct scenario_expect *expect, struct play_result *result)
{
	for (size_t i = 0; i < result->eco_count; i++)
		if (str_equal(result->ecos[i].name, expect->eco))
			return &result->ecos[i];
	play_fail(arena, result, "line %lld: the ECO %.*s was never created",
	    (long long)expect->line, STR_ARG(expect->eco));
	return NULL;
}

/* The events must be there in this order; others may stand between them. */
static void
check_events(struct arena *arena, const struct scenario_expect *expect, const struct play_eco *eco,
    struct play_result *result)
{
	size_t at = 0;

	for (size_t i = 0; i < expect->event_count; i++, at++) {
		while (at < eco->event_count && !play_matches(&expect->events[i], &eco->events[at]))
			at++;
		if (at < eco->event_count)
			continue;
		play_fail(arena, result, "line %lld: %.*s did not happen%s%.*s",
		    (long long)expect->line, STR_ARG(event_words(arena, &expect->events[i])),
		    i == 0 ? "" : " after ",
		    STR_ARG(i == 0 ? STR("") : event_words(arena, &expect->events[i - 1])));
		return;
	}
}

static void
check_no_event(struct arena *arena, const struct scenario_expect *expect,
    const struct play_eco *eco, struct play_result *result)
{
	for (size_t i = 0; i < expect->event_count; i++)
		for (size_t at = 0; at < eco->event_count; at++)
			if (play_matches(&expect->events[i], &eco->events[at])) {
				play_fail(arena, result, "line %lld: %.*s happened, and must not",
				    (long long)expect->line,
				    STR_ARG(event_words(arena, &expect->events[i])));
				break;
			}
}

void
play_check_count(struct arena *arena, const struct scenario_expect *expect, int64_t count,
    const char *what, struct play_result *result)
{
	const char *bound = expect->compare == SCENARIO_AT_LEAST  ? "at least "
			    : expect->compare == SCENARIO_AT_MOST ? "at most "
								  : "";
	bool good = expect->compare == SCENARIO_AT_LEAST  ? count >= expect->count
		    : expect->compare == SCENARIO_AT_MOST ? count <= expect->count
							  : count == expect->count;

	if (!good)
		play_fail(arena, result, "line %lld: there were %lld %s, not %s%lld",
		    (long long)expect->line, (long long)count, what, bound,
		    (long long)expect->count);
}

static void
check_times(struct arena *arena, const struct scenario_expect *expect, const struct play_eco *eco,
    struct play_result *result)
{
	int64_t count = 0;

	for (size_t i = 0; i < eco->event_count; i++)
		count += play_matches(&expect->events[0], &eco->events[i]);
	play_check_count(arena, expect, count,
	    arena_copy_z(arena, event_words(arena, &expect->events[0])), result);
}

/* The moment of the ${number}th event that is ${wanted}; false, with a failure, without. */
static bool
find_moment(struct arena *arena, const struct scenario_expect *expect, const struct play_eco *eco,
    const struct scenario_event *wanted, int64_t number, struct play_result *result,
    struct instant *ret)
{
	int64_t seen = 0;

	for (size_t i = 0; i < eco->event_count; i++)
		if (play_matches(wanted, &eco->events[i]) && ++seen == number)
			return instant_parse(eco->events[i].at, ret);
	play_fail(arena, result, "line %lld: there was no %.*s number %lld",
	    (long long)expect->line, STR_ARG(event_words(arena, wanted)), (long long)number);
	return false;
}

static void
check_timing(struct arena *arena, const struct scenario_expect *expect, const struct play_eco *eco,
    struct play_result *result)
{
	struct instant at, other;
	struct duration between;

	if (!find_moment(arena, expect, eco, &expect->events[0], expect->number_of, result, &at) ||
	    !find_moment(
		arena, expect, eco, &expect->other, expect->number_of_other, result, &other))
		return;
	between = instant_since(at, other);
	if (between.us >= 0 &&
	    (expect->compare == SCENARIO_AT_MOST ? between.us <= expect->bound.us
						 : between.us >= expect->bound.us))
		return;
	play_fail(arena, result, "line %lld: %.*s came %lld ms after %.*s, not %s %lld ms",
	    (long long)expect->line, STR_ARG(event_words(arena, &expect->events[0])),
	    (long long)(between.us / 1000), STR_ARG(event_words(arena, &expect->other)),
	    expect->compare == SCENARIO_AT_MOST ? "within" : "at least",
	    (long long)(expect->bound.us / 1000));
}

/* -- how it stands -- */

static void
check_state(struct arena *arena, const struct scenario_expect *expect, struct str what,
    struct str is, struct play_result *result)
{
	if (!str_equal(expect->word, is))
		play_fail(arena, result, "line %lld: the %.*s is %.*s, not %.*s",
		    (long long)expect->line, STR_ARG(what), STR_ARG(is), STR_ARG(expect->word));
}

/* Who accepted stands in the last acceptance's sentence. */
static void
check_dispatch(struct arena *arena, const struct scenario_expect *expect,
    const struct play_eco *eco, struct play_result *result)
{
	const struct scenario_event accepted = { STR("PageAccepted"), STR("") };
	struct str by = STR("");

	check_state(arena, expect, STR("dispatch"), eco->dispatch, result);
	for (size_t i = 0; i < eco->event_count; i++)
		if (play_matches(&accepted, &eco->events[i]))
			by = eco->events[i].summary;
	if (!holds(by, expect->by))
		play_fail(arena, result, "line %lld: not %.*s accepted, but: %.*s",
		    (long long)expect->line, STR_ARG(expect->by), STR_ARG(by));
}

/* -- the world -- */

/* What was written to a number, one text after the other. */
static struct str
all_texts(
    struct arena *arena, const struct play_journal *journal, struct str kind, struct str number)
{
	struct str all = STR("");

	for (size_t i = 0; i < journal->count && all.len < 500; i++)
		if (is_of(&journal->at[i], kind, number))
			all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all),
			    str_empty(all) ? "" : " / ", STR_ARG(journal->at[i].body));
	return all;
}

static void
check_traffic(struct arena *arena, const struct scenario_expect *expect,
    const struct play_journal *journal, struct play_result *result)
{
	bool calls = expect->kind == SCENARIO_EXPECT_CALLS;
	struct str kind = calls ? STR("call") : STR("text");
	int64_t count = count_entries(journal, kind, expect->number, STR(""));

	if (expect->compare != SCENARIO_EXACTLY)
		play_check_count(arena, expect, count, calls ? "calls" : "texts", result);
	else if (count != expect->count)
		play_fail(arena, result, "line %lld: %.*s got %lld %s, not %lld",
		    (long long)expect->line, STR_ARG(expect->number), (long long)count,
		    calls ? "calls" : "texts", (long long)expect->count);
	else if (count > 0 && !calls &&
		 count_entries(journal, kind, expect->number, expect->containing) == 0)
		play_fail(arena, result, "line %lld: no text to %.*s says \"%.*s\", but: %.*s",
		    (long long)expect->line, STR_ARG(expect->number), STR_ARG(expect->containing),
		    STR_ARG(all_texts(arena, journal, kind, expect->number)));
}

static void
check_heard(struct arena *arena, const struct scenario_expect *expect,
    const struct play_journal *journal, struct play_result *result)
{
	bool wanted = expect->kind == SCENARIO_EXPECT_HEARD;
	bool heard = count_entries(journal, STR("said"), expect->number, expect->containing) > 0;

	if (heard != wanted)
		play_fail(arena, result, "line %lld: %.*s %s \"%.*s\"; they heard: %.*s",
		    (long long)expect->line, STR_ARG(expect->number),
		    wanted ? "did not hear" : "heard", STR_ARG(expect->containing),
		    STR_ARG(all_texts(arena, journal, STR("said"), expect->number)));
}

/* Forged requests that were turned away. */
static int64_t
count_refused(const struct play_journal *journal)
{
	int64_t count = 0;

	for (size_t i = 0; i < journal->count; i++)
		count += is_of(&journal->at[i], STR("forged"), STR("")) &&
			 journal->at[i].http_status >= 400 && journal->at[i].http_status <= 499;
	return count;
}

/* -- nothing else -- */

/* Whether a line of ${kind} names ${number}. */
static bool
is_named(const struct scenario *scenario, enum scenario_expect_kind kind, struct str number)
{
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].kind == kind &&
		    str_equal(scenario->expects[i].number, number))
			return true;
	return false;
}

/* The line that says "quiet", or the whole file. */
static struct str
quiet_line(struct arena *arena, const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].kind == SCENARIO_EXPECT_QUIET)
			return arena_printf(
			    arena, "line %lld: ", (long long)scenario->expects[i].line);
	return STR("");
}

/* Calls or texts to numbers that no line names, each number once. */
static void
check_strangers(struct arena *arena, const struct scenario *scenario,
    const struct play_journal *journal, bool calls, struct play_result *result)
{
	struct str kind = calls ? STR("call") : STR("text");

	for (size_t i = 0; i < journal->count; i++) {
		const struct play_entry *entry = &journal->at[i];
		size_t first = 0;

		if (!str_equal(entry->kind, kind) || entry->unexpected ||
		    is_named(
			scenario, calls ? SCENARIO_EXPECT_CALLS : SCENARIO_EXPECT_TEXTS, entry->to))
			continue;
		while (!is_of(&journal->at[first], kind, entry->to))
			first++;
		if (first == i)
			play_fail(arena, result, "%.*snobody expected %lld %s to %.*s",
			    STR_ARG(quiet_line(arena, scenario)),
			    (long long)count_entries(journal, kind, entry->to, STR("")),
			    calls ? "calls" : "texts", STR_ARG(entry->to));
	}
}

/* Whether a request between the server and the world went wrong though no line says so. */
static bool
went_wrong(const struct play_entry *entry, bool rough)
{
	static const struct str told[] = { STR("callback"), STR("text-callback"), STR("fetch"),
		STR("verdict"), STR("text-in") };

	if (str_equal(entry->kind, STR("error")))
		return !rough;
	if (str_equal(entry->kind, STR("twilio-refused")))
		return !str_equal(entry->status, STR("meant"));
	if (str_equal(entry->kind, STR("render")))
		return entry->unexpected;
	for (size_t i = 0; i < COUNT_OF(told); i++)
		if (str_equal(entry->kind, told[i]))
			return (entry->http_status >= 400 && entry->http_status <= 499) ||
			       (!rough && entry->http_status >= 500);
	return false;
}

static void
check_quiet(struct arena *arena, const struct scenario *scenario,
    const struct play_journal *journal, bool rough, struct play_result *result)
{
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (scenario->expects[i].kind == SCENARIO_EXPECT_ANYTHING)
			return;
	check_strangers(arena, scenario, journal, true, result);
	check_strangers(arena, scenario, journal, false, result);
	for (size_t i = 0; i < journal->count; i++)
		if (went_wrong(&journal->at[i], rough))
			play_fail(arena, result,
			    "nobody expected: %.*s %.*s %.*s, answered %lld %.*s",
			    STR_ARG(journal->at[i].kind), STR_ARG(journal->at[i].status),
			    STR_ARG(journal->at[i].url), (long long)journal->at[i].http_status,
			    STR_ARG(journal->at[i].body));
}

/* -- all of it -- */

/* An expectation about one ECO. */
static void
check_eco(struct arena *arena, const struct scenario_expect *expect, const struct play_eco *eco,
    struct play_result *result)
{
	if (expect->kind == SCENARIO_EXPECT_EVENTS)
		check_events(arena, expect, eco, result);
	else if (expect->kind == SCENARIO_EXPECT_NO_EVENT)
		check_no_event(arena, expect, eco, result);
	else if (expect->kind == SCENARIO_EXPECT_TIMES)
		check_times(arena, expect, eco, result);
	else if (expect->kind == SCENARIO_EXPECT_TIMING)
		check_timing(arena, expect, eco, result);
	else if (expect->kind == SCENARIO_EXPECT_STATUS)
		check_state(arena, expect, STR("status"), eco->status, result);
	else if (expect->kind == SCENARIO_EXPECT_INTEGRATION)
		check_state(arena, expect, STR("integration"), eco->integration, result);
	else
		check_dispatch(arena, expect, eco, result);
}

static void
check_one(struct arena *arena, const struct scenario_expect *expect,
    const struct play_journal *journal, struct play_result *result)
{
	const struct play_eco *eco;

	switch (expect->kind) {
	case SCENARIO_EXPECT_EVENTS:
	case SCENARIO_EXPECT_NO_EVENT:
	case SCENARIO_EXPECT_TIMES:
	case SCENARIO_EXPECT_TIMING:
	case SCENARIO_EXPECT_STATUS:
	case SCENARIO_EXPECT_DISPATCH:
	case SCENARIO_EXPECT_INTEGRATION:
		eco = find_eco(arena, expect, result);
		if (eco != NULL)
			check_eco(arena, expect, eco, result);
		return;
	case SCENARIO_EXPECT_CALLS:
	case SCENARIO_EXPECT_TEXTS:
		check_traffic(arena, expect, journal, result);
		return;
	case SCENARIO_EXPECT_HANG_UPS:
		play_check_count(arena, expect,
		    count_entries(journal, STR("hang-up"), expect->number, STR("")), "hang-ups",
		    result);
		return;
	case SCENARIO_EXPECT_HEARD:
	case SCENARIO_EXPECT_NOT_HEARD:
		check_heard(arena, expect, journal, result);
		return;
	case SCENARIO_EXPECT_REFUSED:
		play_check_count(
		    arena, expect, count_refused(journal), "refused callbacks", result);
		return;
	case SCENARIO_EXPECT_JOURNAL:
		play_check_count(arena, expect,
		    count_entries(journal, expect->word, STR(""), expect->containing),
		    "such entries in the journal", result);
		return;
	case SCENARIO_EXPECT_STORM:
	case SCENARIO_EXPECT_QUIET:
	case SCENARIO_EXPECT_ANYTHING:
		return;
	}
	UNREACHABLE("kind of expectation");
}

void
play_check(struct arena *arena, const struct scenario *scenario, const struct play_journal *journal,
    bool rough, struct play_result *result)
{
	for (size_t i = 0; i < scenario->expect_count; i++)
		check_one(arena, &scenario->expects[i], journal, result);
	check_quiet(arena, scenario, journal, rough, result);
	/* A number that the scenario does not know is a wrong number, whatever is expected. */
	for (size_t i = 0; i < journal->count; i++) {
		const struct play_entry *entry = &journal->at[i];
		bool reached =
		    is_of(entry, STR("call"), STR("")) || is_of(entry, STR("text"), STR(""));

		if (entry->unexpected && reached)
			play_fail(arena, result, "%.*s was called or written to by mistake",
			    STR_ARG(entry->to));
	}
}
