#include "mock/scenario.h"
#include "mock/scenario_grammar.h"

/* More verbs than there are sentences would be noticed at once. */
#define SENTENCES_MAX 64

bool
scenario_has_room(struct scenario_reader *reader, size_t count, size_t most, const char *expected)
{
	return count < most || scenario_words_refuse(reader, expected);
}

bool
scenario_take_identity(struct scenario_reader *reader, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	struct str organisation = word->text;
	struct str user = str_cut(&organisation, '@');

	if (word->kind != SCENARIO_WORD || str_empty(user) || str_empty(organisation))
		return scenario_words_refuse(reader, "somebody such as operator@lone-star-noc");
	return scenario_words_take(reader, "somebody", ret);
}

static bool
begins_with_capital(const struct scenario_word *word)
{
	return word->kind == SCENARIO_WORD && word->text.ptr[0] >= 'A' && word->text.ptr[0] <= 'Z';
}

/* PageNotReached [BUSY] */
static bool
take_event_name(struct scenario_reader *reader, struct scenario_event *ret)
{
	if (!begins_with_capital(scenario_words_peek(reader)))
		return scenario_words_refuse(reader, "the name of an event, such as PageAccepted");
	if (!scenario_words_take(reader, "an event", &ret->type))
		return false;
	if (begins_with_capital(scenario_words_peek(reader)))
		return scenario_words_take(reader, "a word", &ret->word);
	return true;
}

bool
scenario_take_event(struct scenario_reader *reader, struct scenario_event *ret)
{
	if (!take_event_name(reader, ret))
		return false;
	if (str_empty(ret->word) && scenario_words_peek(reader)->kind == SCENARIO_QUOTED)
		return scenario_words_take_quoted(reader, "words", &ret->word);
	return true;
}

bool
scenario_take_optional_count(struct scenario_reader *reader, int64_t otherwise, int64_t *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	*ret = otherwise;
	if (word->kind != SCENARIO_WORD || !str_parse_i64(word->text, ret))
		return true;
	if (!scenario_words_take_count(reader, "a number from 0", ret))
		return false;
	return true;
}

bool
scenario_take_after(struct scenario_reader *reader, struct duration otherwise, struct duration *ret)
{
	*ret = otherwise;
	return !scenario_words_accept(reader, "after") || scenario_words_take_duration(reader, ret);
}

bool
scenario_sees_when(const struct scenario_reader *reader)
{
	return scenario_words_see(reader, 0, "after") ||
	       (scenario_words_see_duration(reader) && scenario_words_see(reader, 1, "after"));
}

bool
scenario_take_when(struct scenario_reader *reader, struct scenario_when *ret)
{
	if (scenario_words_accept(reader, "after")) {
		ret->kind = SCENARIO_AFTER_CREATION;
		return scenario_words_take_duration(reader, &ret->after);
	}
	if (!scenario_words_see_duration(reader))
		return scenario_words_refuse(
		    reader, "a moment such as \"after 5m\" or \"5s after PageAttempted 2\"");
	ret->kind = SCENARIO_AFTER_EVENT;
	if (!scenario_words_take_duration(reader, &ret->after) ||
	    !scenario_words_expect(reader, "after"))
		return false;
	/* A quoted text behind it is what is said, not a word of the event's. */
	return take_event_name(reader, &ret->event) &&
	       scenario_take_optional_count(reader, 1, &ret->number);
}

/* One sentence; ${seen} remembers the verbs that may come once only. */
static bool
read_sentence(struct scenario_reader *reader, struct scenario *scenario, bool *seen)
{
	for (size_t i = 0; i < scenario_sentence_count; i++) {
		const struct scenario_sentence *sentence = &scenario_sentences[i];

		if (!scenario_words_accept(reader, sentence->verb))
			continue;
		if (sentence->once && seen[i]) {
			reader->at--;
			return scenario_words_refuse(reader, "this verb once only");
		}
		seen[i] = true;
		return sentence->read(reader, scenario) && scenario_words_end(reader);
	}
	return scenario_words_refuse(reader,
	    "a line that begins with scenario, about, begins, noc, osp, watch, create, storm, "
	    "until, agreement, person, list, shift, zone, substitute, phone, texts, text, call, "
	    "callbacks, forged, render, twilio, task or expect");
}

/* Whether some ECO is called ${name}; the first has none. */
static bool
is_named(const struct scenario *scenario, struct str name)
{
	for (size_t i = 0; i < scenario->act_count; i++)
		if (scenario->acts[i].kind == SCENARIO_ACT_CREATE &&
		    str_equal(scenario->acts[i].create.name, name))
			return true;
	return str_empty(name);
}

/* The first name of an ECO that nothing is called by, or an empty one. */
static struct str
find_unknown_name(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->act_count; i++)
		if (!is_named(scenario, scenario->acts[i].eco))
			return scenario->acts[i].eco;
	for (size_t i = 0; i < scenario->expect_count; i++)
		if (!is_named(scenario, scenario->expects[i].eco))
			return scenario->expects[i].eco;
	return is_named(scenario, scenario->until.eco) ? STR("") : scenario->until.eco;
}

/* What no single line can show: the player needs all of its parts or none. */
static bool
check_whole(struct scenario_reader *reader, struct scenario *scenario)
{
	struct str unknown = find_unknown_name(scenario);

	if (str_empty(scenario->name))
		return scenario_words_refuse(reader, "a line: scenario \"its name\"");
	if (scenario->create.present && str_empty(scenario->noc))
		return scenario_words_refuse(
		    reader, "a line: noc operator@lone-star-noc, because something is created");
	if (scenario->create.present && !scenario->until.present)
		return scenario_words_refuse(
		    reader, "a line: until ECOClosed within 30h, because something is created");
	if (!str_empty(unknown))
		return scenario_words_refuse(
		    reader, arena_copy_z(reader->arena,
				arena_printf(reader->arena, "a line that creates an ECO as %.*s",
				    STR_ARG(unknown))));
	if (str_empty(scenario->watch))
		scenario->watch = scenario->noc;
	return true;
}

struct err *
scenario_parse(struct arena *arena, struct str text, struct scenario *ret)
{
	struct scenario_reader reader;
	bool seen[SENTENCES_MAX] = { false };

	CHECK(scenario_sentence_count <= SENTENCES_MAX);
	*ret = (struct scenario){
		.phones = arena_array(arena, struct scenario_phone, SCENARIO_PHONES_MAX),
		.inboxes = arena_array(arena, struct scenario_inbox, SCENARIO_PHONES_MAX),
		.inbounds = arena_array(arena, struct scenario_inbound, SCENARIO_INBOUNDS_MAX),
		.rules = arena_array(arena, struct scenario_callback_rule, SCENARIO_RULES_MAX),
		.render = { arena_array(arena, struct scenario_outage, SCENARIO_OUTAGES_MAX), 0 },
		.twilio = { arena_array(arena, struct scenario_outage, SCENARIO_OUTAGES_MAX), 0 },
		.tasks = arena_array(arena, struct scenario_task, SCENARIO_TASKS_MAX),
		.acts = arena_array(arena, struct scenario_act, SCENARIO_ACTS_MAX),
		.expects = arena_array(arena, struct scenario_expect, SCENARIO_EXPECTS_MAX),
	};
	TRY(scenario_words_split(arena, text, &reader));
	if (arena_exhausted(arena))
		return ERR(arena, ERR_LIMIT, "the scenario does not fit into memory");
	while (scenario_words_peek(&reader)->kind != SCENARIO_TEXT_END)
		if (!read_sentence(&reader, ret, seen))
			return reader.fault;
	if (!check_whole(&reader, ret))
		return reader.fault;
	return NULL;
}

const struct scenario_phone *
scenario_find_phone(const struct scenario *scenario, struct str number, int64_t call)
{
	const struct scenario_phone *found = NULL;

	for (size_t i = 0; i < scenario->phone_count; i++) {
		const struct scenario_phone *phone = &scenario->phones[i];

		if (str_equal(phone->number, number) && phone->from_call <= call &&
		    (found == NULL || phone->from_call >= found->from_call))
			found = phone;
	}
	return found;
}

const struct scenario_inbox *
scenario_find_inbox(const struct scenario *scenario, struct str number, int64_t text)
{
	const struct scenario_inbox *found = NULL;

	for (size_t i = 0; i < scenario->inbox_count; i++) {
		const struct scenario_inbox *inbox = &scenario->inboxes[i];

		if (str_equal(inbox->number, number) && inbox->from_text <= text &&
		    (found == NULL || inbox->from_text >= found->from_text))
			found = inbox;
	}
	return found;
}
