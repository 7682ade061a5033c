#include "mock/scenario.h"
#include "mock/scenario_words.h"

/* What a sentence begins with, how the rest of it is read, and whether it may come twice. */
struct verb {
	const char *name;
	bool (*read)(struct scenario_reader *reader, struct scenario *scenario);
	bool once;
};

/* Whether one more of something fits; ${expected} says what the limit is. */
static bool
has_room(struct scenario_reader *reader, size_t count, size_t most, const char *expected)
{
	return count < most || scenario_words_refuse(reader, expected);
}

static bool
read_scenario(struct scenario_reader *reader, struct scenario *scenario)
{
	return scenario_words_take_quoted(
	    reader, "the scenario's name in quotation marks", &scenario->name);
}

static bool
read_about(struct scenario_reader *reader, struct scenario *scenario)
{
	return scenario_words_take_quoted(
	    reader, "a sentence in quotation marks", &scenario->about);
}

/* user@organisation */
static bool
take_identity(struct scenario_reader *reader, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	struct str organisation = word->text;
	struct str user = str_cut(&organisation, '@');

	if (word->kind != SCENARIO_WORD || str_empty(user) || str_empty(organisation))
		return scenario_words_refuse(reader, "somebody such as operator@lone-star-noc");
	return scenario_words_take(reader, "somebody", ret);
}

static bool
read_noc(struct scenario_reader *reader, struct scenario *scenario)
{
	return take_identity(reader, &scenario->noc);
}

static bool
read_watch(struct scenario_reader *reader, struct scenario *scenario)
{
	return take_identity(reader, &scenario->watch);
}

/* create MFR at -97.7431 30.2672 with hill-country-osp "..." */
static bool
read_create(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_create *create = &scenario->create;

	create->present = true;
	return scenario_words_take(
		   reader, "a job type such as MFR, CMR or FNOL", &create->job_type) &&
	       scenario_words_expect(reader, "at") &&
	       scenario_words_take_degrees(reader,
		   "a longitude between -180 and 180, which comes first", 180,
		   &create->longitude) &&
	       scenario_words_take_degrees(
		   reader, "a latitude between -90 and 90", 90, &create->latitude) &&
	       scenario_words_expect(reader, "with") &&
	       scenario_words_take(
		   reader, "the contractor's handle, such as hill-country-osp", &create->osp) &&
	       scenario_words_take_quoted(
		   reader, "what happened, in quotation marks", &create->description);
}

/* Keys of a telephone: digits, "*" and "#". */
static bool
take_keys(struct scenario_reader *reader, struct scenario_phone *phone)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	bool good = word->kind == SCENARIO_WORD && word->text.len <= 32;

	for (size_t i = 0; good && i < word->text.len; i++)
		good = memchr("0123456789*#", word->text.ptr[i], 12) != NULL;
	if (!good)
		return scenario_words_refuse(reader, "keys of a telephone, such as 1 or 45#");
	if (phone->press_count == SCENARIO_PRESSES_MAX)
		return scenario_words_refuse(reader, "at most 8 answers on one call");
	return scenario_words_take(reader, "keys", &phone->presses[phone->press_count++]);
}

/* "after 8s", or ${otherwise} when nothing is said. */
static bool
take_after(struct scenario_reader *reader, struct duration otherwise, struct duration *ret)
{
	*ret = otherwise;
	return !scenario_words_accept(reader, "after") || scenario_words_take_duration(reader, ret);
}

/* ", presses 1, then 45#, hangs up after 20s" */
static bool
read_acts(struct scenario_reader *reader, struct scenario_phone *phone)
{
	while (scenario_words_accept_mark(reader, SCENARIO_COMMA)) {
		if (scenario_words_accept(reader, "presses") ||
		    (phone->press_count > 0 && scenario_words_accept(reader, "then"))) {
			if (!take_keys(reader, phone))
				return false;
			continue;
		}
		if (!scenario_words_accept(reader, "hangs"))
			return scenario_words_refuse(reader,
			    "\"presses\" and keys, \"then\" and more keys, or \"hangs up after\"");
		if (!scenario_words_expect(reader, "up") ||
		    !scenario_words_expect(reader, "after") ||
		    !scenario_words_take_duration(reader, &phone->hangs_up_after))
			return false;
		phone->hangs_up = true;
	}
	return true;
}

/* "declines with 3": a person who presses 2, and 3 for the reason when asked for one. */
static bool
read_decline(struct scenario_reader *reader, struct scenario_phone *phone)
{
	phone->presses[0] = STR("2");
	phone->press_count = 1;
	if (scenario_words_accept(reader, "with") && !take_keys(reader, phone))
		return false;
	return take_after(reader, SECONDS(6), &phone->answers_after);
}

/* The part after the number. */
static bool
read_pickup(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (scenario_words_accept(reader, "rings")) {
		phone->pickup = SCENARIO_RINGS_OUT;
		return scenario_words_expect(reader, "out");
	}
	if (scenario_words_accept(reader, "busy")) {
		phone->pickup = SCENARIO_BUSY;
		return true;
	}
	if (scenario_words_accept(reader, "fails")) {
		phone->pickup = SCENARIO_FAILS;
		return true;
	}
	if (scenario_words_accept(reader, "voicemail")) {
		phone->pickup = SCENARIO_VOICEMAIL;
		return take_after(reader, SECONDS(20), &phone->answers_after);
	}
	phone->pickup = SCENARIO_ANSWERS;
	phone->answers_after = SECONDS(6);
	if (scenario_words_accept(reader, "declines"))
		return read_decline(reader, phone);
	if (scenario_words_accept(reader, "hangs")) {
		phone->hangs_up = true;
		return scenario_words_expect(reader, "up") &&
		       take_after(reader, SECONDS(3), &phone->hangs_up_after);
	}
	if (!scenario_words_accept(reader, "answers"))
		return scenario_words_refuse(reader,
		    "\"rings out\", \"answers\", \"voicemail\", \"busy\", \"declines\", "
		    "\"hangs up\" or \"fails\"");
	return take_after(reader, SECONDS(6), &phone->answers_after) && read_acts(reader, phone);
}

/* phone +15125550101 [from call 2] ... */
static bool
read_phone(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_phone *phone;

	if (!has_room(reader, scenario->phone_count, SCENARIO_PHONES_MAX, "at most 64 phones"))
		return false;
	phone = &scenario->phones[scenario->phone_count++];
	if (!scenario_words_take_phone(reader, &phone->number))
		return false;
	phone->from_call = 1;
	if (scenario_words_accept(reader, "from") &&
	    (!scenario_words_expect(reader, "call") ||
		!scenario_words_take_count(
		    reader, "the number of the call, from 1", &phone->from_call)))
		return false;
	return read_pickup(reader, phone);
}

/* texts +15125550901 arrive | vanish | are refused */
static bool
read_texts(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbox *inbox;

	if (!has_room(reader, scenario->inbox_count, SCENARIO_PHONES_MAX, "at most 64 inboxes"))
		return false;
	inbox = &scenario->inboxes[scenario->inbox_count++];
	if (!scenario_words_take_phone(reader, &inbox->number))
		return false;
	if (scenario_words_accept(reader, "arrive"))
		inbox->delivery = SCENARIO_DELIVERED;
	else if (scenario_words_accept(reader, "vanish"))
		inbox->delivery = SCENARIO_UNDELIVERED;
	else if (scenario_words_accept(reader, "are"))
		inbox->delivery = SCENARIO_REFUSED;
	else
		return scenario_words_refuse(reader, "\"arrive\", \"vanish\" or \"are refused\"");
	return inbox->delivery != SCENARIO_REFUSED || scenario_words_expect(reader, "refused");
}

/* callbacks arrive [once | twice], or: callbacks are lost */
static bool
read_callbacks(struct scenario_reader *reader, struct scenario *scenario)
{
	if (scenario_words_accept(reader, "are")) {
		scenario->callbacks = SCENARIO_LOST;
		return scenario_words_expect(reader, "lost");
	}
	if (!scenario_words_accept(reader, "arrive"))
		return scenario_words_refuse(reader, "\"arrive twice\" or \"are lost\"");
	if (scenario_words_accept(reader, "once"))
		return true;
	scenario->callbacks = SCENARIO_TWICE;
	return scenario_words_expect(reader, "twice");
}

/* up | down | busy | garbled [from 0s] [until 3m] */
static bool
read_weather(struct scenario_reader *reader, struct scenario_weather *weather)
{
	struct scenario_outage *outage;

	if (scenario_words_accept(reader, "up"))
		return true;
	if (!has_room(reader, weather->count, SCENARIO_OUTAGES_MAX, "at most 16 outages"))
		return false;
	outage = &weather->outages[weather->count++];
	if (scenario_words_accept(reader, "down"))
		outage->kind = SCENARIO_DOWN;
	else if (scenario_words_accept(reader, "busy"))
		outage->kind = SCENARIO_BUSY_API;
	else if (scenario_words_accept(reader, "garbled"))
		outage->kind = SCENARIO_GARBLED;
	else
		return scenario_words_refuse(reader, "\"up\", \"down\", \"busy\" or \"garbled\"");
	if (scenario_words_accept(reader, "from") &&
	    !scenario_words_take_duration(reader, &outage->from))
		return false;
	outage->forever = !scenario_words_accept(reader, "until");
	return outage->forever || scenario_words_take_duration(reader, &outage->until);
}

/* render up | ... */
static bool
read_render(struct scenario_reader *reader, struct scenario *scenario)
{
	return read_weather(reader, &scenario->render);
}

/* twilio up | ...: its API; calls that are going on are not touched. */
static bool
read_twilio(struct scenario_reader *reader, struct scenario *scenario)
{
	return read_weather(reader, &scenario->twilio);
}

/* What becomes of a task, in our words, and the status by which the field system knows it. */
static const struct {
	const char *words[3];
	struct str status;
} task_acts[] = {
	{ { "is", "assigned" }, { "Assigned", 8 } },
	{ { "starts" }, { "In Progress", 11 } },
	{ { "is", "held" }, { "On Hold", 7 } },
	{ { "reopens" }, { "In Progress", 11 } },
	{ { "completes" }, { "Completed", 9 } },
	{ { "is", "cancelled" }, { "Cancelled", 9 } },
};

/* "starts", "is held", ..., or: becomes "Waiting for permit" */
static bool
take_status(struct scenario_reader *reader, struct str *ret)
{
	size_t before = reader->at;

	if (scenario_words_accept(reader, "becomes"))
		return scenario_words_take_quoted(
		    reader, "a status in quotation marks, such as \"On Hold\"", ret);
	for (size_t i = 0; i < COUNT_OF(task_acts); i++) {
		*ret = task_acts[i].status;
		if (scenario_words_accept(reader, task_acts[i].words[0]) &&
		    (task_acts[i].words[1] == NULL ||
			scenario_words_accept(reader, task_acts[i].words[1])))
			return true;
		reader->at = before;
	}
	return scenario_words_refuse(reader,
	    "\"is assigned\", \"starts\", \"is held\", \"reopens\", \"completes\", "
	    "\"is cancelled\" or \"becomes\" and a status");
}

/* One "starts after 40m", which may not come before the one that it follows. */
static bool
read_task_step(struct scenario_reader *reader, struct scenario_task *task)
{
	struct duration earliest = task->appears_after;
	struct scenario_step *step;

	if (!has_room(reader, task->step_count, SCENARIO_STEPS_MAX, "at most 16 steps of a task"))
		return false;
	step = &task->steps[task->step_count++];
	if (!take_status(reader, &step->status) || !scenario_words_expect(reader, "after"))
		return false;
	if (task->step_count > 1)
		earliest = task->steps[task->step_count - 2].after;
	if (!scenario_words_take_duration(reader, &step->after))
		return false;
	if (step->after.us >= earliest.us)
		return true;
	reader->at--;
	return scenario_words_refuse(reader, "a time that is not before the one before it");
}

static const struct scenario_task *
find_task(const struct scenario *scenario, struct str name)
{
	for (size_t i = 0; i < scenario->task_count; i++)
		if (str_equal(scenario->tasks[i].name, name))
			return &scenario->tasks[i];
	return NULL;
}

/* "clone of investigation after 2h10m" or "appears after 30m": a task that nobody asked for. */
static bool
read_task_origin(struct scenario_reader *reader, const struct scenario *scenario,
    struct scenario_task *task, bool *ret_more)
{
	*ret_more = true;
	if (scenario_words_accept(reader, "clone")) {
		if (!scenario_words_expect(reader, "of"))
			return false;
		if (find_task(scenario, scenario_words_peek(reader)->text) == NULL)
			return scenario_words_refuse(
			    reader, "the name of a task that an earlier line describes");
		if (!scenario_words_take(reader, "a task", &task->clone_of))
			return false;
	} else if (!scenario_words_accept(reader, "appears")) {
		return true;
	}
	task->appears = true;
	if (!scenario_words_expect(reader, "after") ||
	    !scenario_words_take_duration(reader, &task->appears_after))
		return false;
	*ret_more = scenario_words_accept_mark(reader, SCENARIO_COMMA);
	return true;
}

/* task repair: clone of investigation after 2h10m, starts after 2h30m, completes after 4h */
static bool
read_task(struct scenario_reader *reader, struct scenario *scenario)
{
	struct str name;
	struct scenario_task *task;
	bool more;

	if (find_task(scenario, scenario_words_peek(reader)->text) != NULL)
		return scenario_words_refuse(reader, "a name that no other task has");
	if (!has_room(reader, scenario->task_count, SCENARIO_TASKS_MAX, "at most 16 tasks"))
		return false;
	task = &scenario->tasks[scenario->task_count++];
	if (!scenario_words_take(reader, "the task's name", &name))
		return false;
	if (!scenario_words_accept_mark(reader, SCENARIO_COLON))
		return scenario_words_refuse(reader, "a colon after the task's name");
	if (!read_task_origin(reader, scenario, task, &more))
		return false;
	task->name = name;
	while (more) {
		if (!read_task_step(reader, task))
			return false;
		more = scenario_words_accept_mark(reader, SCENARIO_COMMA);
	}
	return true;
}

/* An event's name, and perhaps a word or a quoted text that its line must hold. */
static bool
take_event(struct scenario_reader *reader, struct scenario_event *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (word->kind != SCENARIO_WORD || word->text.ptr[0] < 'A' || word->text.ptr[0] > 'Z')
		return scenario_words_refuse(reader, "the name of an event, such as PageAccepted");
	if (!scenario_words_take(reader, "an event", &ret->type))
		return false;
	word = scenario_words_peek(reader);
	if (word->kind == SCENARIO_QUOTED)
		return scenario_words_take_quoted(reader, "words", &ret->word);
	if (word->kind == SCENARIO_WORD && word->text.ptr[0] >= 'A' && word->text.ptr[0] <= 'Z')
		return scenario_words_take(reader, "a word", &ret->word);
	return true;
}

static bool
read_expect_events(struct scenario_reader *reader, struct scenario_expect *expect)
{
	struct scenario_event *events =
	    arena_array(reader->arena, struct scenario_event, SCENARIO_EVENTS_MAX);

	if (events == NULL)
		return scenario_words_refuse(reader, "a scenario that fits into memory");
	expect->events = events;
	do {
		if (!has_room(reader, expect->event_count, SCENARIO_EVENTS_MAX,
			"at most 64 events on one line") ||
		    !take_event(reader, &events[expect->event_count++]))
			return false;
	} while (scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return true;
}

/* expect A, B WORD | no A | calls +1... 2 | texts +1... 1 containing "..." | quiet */
static bool
read_expect(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_expect *expect;

	if (!has_room(
		reader, scenario->expect_count, SCENARIO_EXPECTS_MAX, "at most 64 expectations"))
		return false;
	expect = &scenario->expects[scenario->expect_count++];
	expect->line = scenario_words_peek(reader)->line;
	if (scenario_words_accept(reader, "quiet")) {
		expect->kind = SCENARIO_EXPECT_QUIET;
		return true;
	}
	if (scenario_words_accept(reader, "calls") || scenario_words_accept(reader, "texts")) {
		bool texts = str_equal(reader->words[reader->at - 1].text, STR("texts"));

		expect->kind = texts ? SCENARIO_EXPECT_TEXTS : SCENARIO_EXPECT_CALLS;
		return scenario_words_take_phone(reader, &expect->number) &&
		       scenario_words_take_count(reader, "how many", &expect->count) &&
		       (!texts || !scenario_words_accept(reader, "containing") ||
			   scenario_words_take_quoted(
			       reader, "words in quotation marks", &expect->containing));
	}
	expect->kind =
	    scenario_words_accept(reader, "no") ? SCENARIO_EXPECT_NO_EVENT : SCENARIO_EXPECT_EVENTS;
	return read_expect_events(reader, expect);
}

/* until ECOClosed [2 times] within 30h */
static bool
read_until(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_until *until = &scenario->until;

	until->present = true;
	until->times = 1;
	if (!take_event(reader, &until->event))
		return false;
	if (!scenario_words_accept(reader, "within")) {
		if (!scenario_words_take_count(
			reader, "\"within\", or how many times", &until->times) ||
		    !scenario_words_expect(reader, "times") ||
		    !scenario_words_expect(reader, "within"))
			return false;
	}
	return scenario_words_take_duration(reader, &until->within);
}

/* To add a verb: a function above, a row here, a paragraph in docs/reference/scenarios.md. */
static const struct verb verbs[] = {
	{ "scenario", read_scenario, true },
	{ "about", read_about, true },
	{ "noc", read_noc, true },
	{ "watch", read_watch, true },
	{ "create", read_create, true },
	{ "phone", read_phone, false },
	{ "texts", read_texts, false },
	{ "callbacks", read_callbacks, true },
	{ "render", read_render, false },
	{ "twilio", read_twilio, false },
	{ "task", read_task, false },
	{ "expect", read_expect, false },
	{ "until", read_until, true },
};

/* One sentence; ${seen} remembers the verbs that may come once only. */
static bool
read_sentence(struct scenario_reader *reader, struct scenario *scenario, bool *seen)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (!scenario_words_accept(reader, verbs[i].name))
			continue;
		if (verbs[i].once && seen[i]) {
			reader->at--;
			return scenario_words_refuse(reader, "this verb once only");
		}
		seen[i] = true;
		return verbs[i].read(reader, scenario) && scenario_words_end(reader);
	}
	return scenario_words_refuse(reader,
	    "a line that begins with scenario, about, noc, watch, create, phone, texts, "
	    "callbacks, render, twilio, task, expect or until");
}

/* What no single line can show: the player needs all of its parts or none. */
static bool
check_whole(struct scenario_reader *reader, struct scenario *scenario)
{
	if (str_empty(scenario->name))
		return scenario_words_refuse(reader, "a line: scenario \"its name\"");
	if (scenario->create.present && str_empty(scenario->noc))
		return scenario_words_refuse(
		    reader, "a line: noc operator@lone-star-noc, because something is created");
	if (scenario->create.present && !scenario->until.present)
		return scenario_words_refuse(
		    reader, "a line: until ECOClosed within 30h, because something is created");
	if (str_empty(scenario->watch))
		scenario->watch = scenario->noc;
	return true;
}

struct err *
scenario_parse(struct arena *arena, struct str text, struct scenario *ret)
{
	struct scenario_reader reader;
	bool seen[COUNT_OF(verbs)] = { false };

	*ret = (struct scenario){
		.phones = arena_array(arena, struct scenario_phone, SCENARIO_PHONES_MAX),
		.inboxes = arena_array(arena, struct scenario_inbox, SCENARIO_PHONES_MAX),
		.render = { arena_array(arena, struct scenario_outage, SCENARIO_OUTAGES_MAX), 0 },
		.twilio = { arena_array(arena, struct scenario_outage, SCENARIO_OUTAGES_MAX), 0 },
		.tasks = arena_array(arena, struct scenario_task, SCENARIO_TASKS_MAX),
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
scenario_find_inbox(const struct scenario *scenario, struct str number)
{
	for (size_t i = 0; i < scenario->inbox_count; i++)
		if (str_equal(scenario->inboxes[i].number, number))
			return &scenario->inboxes[i];
	return NULL;
}
