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

static struct play_traffic *
find_traffic(const struct play_journal *journal, struct str number)
{
	for (size_t i = 0; i < journal->count; i++)
		if (str_equal(journal->at[i].number, number))
			return &journal->at[i];
	return NULL;
}

void
play_journal_add(struct arena *arena, struct play_journal *journal, const struct json *entry)
{
	struct str kind = json_text_or(entry, STR("kind"), STR(""));
	struct str to = json_text_or(entry, STR("to"), STR(""));
	struct play_traffic *traffic = find_traffic(journal, to);
	bool call = str_equal(kind, STR("call")), text = str_equal(kind, STR("text"));

	if (!call && !text)
		return;
	if (traffic == NULL) {
		if (journal->count == PLAY_NUMBERS_MAX)
			return;
		traffic = &journal->at[journal->count++];
		*traffic = (struct play_traffic){ .number = arena_copy(arena, to) };
	}
	traffic->calls += call;
	traffic->texts += text;
	traffic->unexpected = traffic->unexpected || json_bool_or(entry, STR("unexpected"), false);
	if (text)
		traffic->bodies = arena_printf(arena, "%.*s%.*s\n", STR_ARG(traffic->bodies),
		    STR_ARG(json_text_or(entry, STR("body"), STR(""))));
}

/* "PageNotReached NO_ANSWER", for people. */
static struct str
event_words(struct arena *arena, const struct scenario_event *event)
{
	return str_empty(event->word)
		   ? event->type
		   : arena_printf(arena, "%.*s %.*s", STR_ARG(event->type), STR_ARG(event->word));
}

/* The events must be there in this order; others may stand between them. */
static void
check_events(struct arena *arena, const struct scenario_expect *expect, struct play_result *result)
{
	size_t at = 0;

	for (size_t i = 0; i < expect->event_count; i++, at++) {
		while (at < result->event_count &&
		       !play_matches(&expect->events[i], &result->events[at]))
			at++;
		if (at < result->event_count)
			continue;
		play_fail(arena, result, "line %lld: %.*s did not happen%s%.*s",
		    (long long)expect->line, STR_ARG(event_words(arena, &expect->events[i])),
		    i == 0 ? "" : " after ",
		    STR_ARG(i == 0 ? STR("") : event_words(arena, &expect->events[i - 1])));
		return;
	}
}

static void
check_no_event(
    struct arena *arena, const struct scenario_expect *expect, struct play_result *result)
{
	for (size_t i = 0; i < expect->event_count; i++)
		for (size_t at = 0; at < result->event_count; at++)
			if (play_matches(&expect->events[i], &result->events[at])) {
				play_fail(arena, result, "line %lld: %.*s happened, and must not",
				    (long long)expect->line,
				    STR_ARG(event_words(arena, &expect->events[i])));
				break;
			}
}

static void
check_traffic(struct arena *arena, const struct scenario_expect *expect,
    const struct play_journal *journal, struct play_result *result)
{
	const struct play_traffic *traffic = find_traffic(journal, expect->number);
	bool calls = expect->kind == SCENARIO_EXPECT_CALLS;
	int64_t count = traffic == NULL ? 0 : calls ? traffic->calls : traffic->texts;

	if (count != expect->count)
		play_fail(arena, result, "line %lld: %.*s got %lld %s, not %lld",
		    (long long)expect->line, STR_ARG(expect->number), (long long)count,
		    calls ? "calls" : "texts", (long long)expect->count);
	else if (count > 0 && !holds(traffic->bodies, expect->containing) && !calls)
		play_fail(arena, result, "line %lld: no text to %.*s says \"%.*s\", but: %.*s",
		    (long long)expect->line, STR_ARG(expect->number), STR_ARG(expect->containing),
		    STR_ARG(str_trim(traffic->bodies)));
}

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

static void
check_quiet(struct arena *arena, const struct scenario *scenario,
    const struct scenario_expect *expect, const struct play_journal *journal,
    struct play_result *result)
{
	for (size_t i = 0; i < journal->count; i++) {
		const struct play_traffic *traffic = &journal->at[i];

		if (traffic->calls > 0 &&
		    !is_named(scenario, SCENARIO_EXPECT_CALLS, traffic->number))
			play_fail(arena, result, "line %lld: nobody expected %lld calls to %.*s",
			    (long long)expect->line, (long long)traffic->calls,
			    STR_ARG(traffic->number));
		if (traffic->texts > 0 &&
		    !is_named(scenario, SCENARIO_EXPECT_TEXTS, traffic->number))
			play_fail(arena, result, "line %lld: nobody expected %lld texts to %.*s",
			    (long long)expect->line, (long long)traffic->texts,
			    STR_ARG(traffic->number));
	}
}

void
play_check(struct arena *arena, const struct scenario *scenario, const struct play_journal *journal,
    struct play_result *result)
{
	for (size_t i = 0; i < scenario->expect_count; i++) {
		const struct scenario_expect *expect = &scenario->expects[i];

		switch (expect->kind) {
		case SCENARIO_EXPECT_EVENTS:
			check_events(arena, expect, result);
			break;
		case SCENARIO_EXPECT_NO_EVENT:
			check_no_event(arena, expect, result);
			break;
		case SCENARIO_EXPECT_CALLS:
		case SCENARIO_EXPECT_TEXTS:
			check_traffic(arena, expect, journal, result);
			break;
		case SCENARIO_EXPECT_QUIET:
			check_quiet(arena, scenario, expect, journal, result);
			break;
		}
	}
	/* A number that the scenario does not know is a wrong number, whatever is expected. */
	for (size_t i = 0; i < journal->count; i++)
		if (journal->at[i].unexpected)
			play_fail(arena, result, "%.*s was called or written to by mistake",
			    STR_ARG(journal->at[i].number));
}
