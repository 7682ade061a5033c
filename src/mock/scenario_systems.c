#include "mock/scenario_parse.h"

/* -- callbacks -- */

static bool
take_manner(struct scenario_reader *reader, struct scenario_callback_rule *rule)
{
	if (scenario_words_accept_all(reader, "are lost"))
		rule->manner = SCENARIO_LOST;
	else if (scenario_words_accept_all(reader, "arrive once"))
		rule->manner = SCENARIO_ONCE;
	else if (scenario_words_accept_all(reader, "arrive twice"))
		rule->manner = SCENARIO_TWICE;
	else if (scenario_words_accept_all(reader, "arrive in reverse order"))
		rule->manner = SCENARIO_REVERSED;
	else if (scenario_words_accept_all(reader, "arrive late by")) {
		rule->manner = SCENARIO_LATE;
		return scenario_words_take_duration(reader, &rule->late);
	} else if (scenario_words_accept_all(reader, "are shuffled")) {
		rule->manner = SCENARIO_SHUFFLED;
		rule->seed = 1;
		return !scenario_words_accept_all(reader, "with seed") ||
		       scenario_words_take_count(reader, "a number", &rule->seed);
	} else
		return scenario_words_refuse(reader,
		    "\"arrive twice\" or \"are lost\", \"arrive late by\", \"arrive in reverse "
		    "order\", \"are shuffled\" or \"arrive once\"");
	return true;
}

/* callbacks [of calls | of texts] [about completed] [for +15125550101] arrive twice | ... */
bool
scenario_read_callbacks(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_callback_rule *rule;

	if (!scenario_has_room(
		reader, scenario->rule_count, SCENARIO_RULES_MAX, "at most 16 rules for callbacks"))
		return false;
	rule = &scenario->rules[scenario->rule_count++];
	rule->calls = !scenario_words_accept_all(reader, "of texts");
	rule->texts = !rule->calls || !scenario_words_accept_all(reader, "of calls");
	if (scenario_words_accept(reader, "about") &&
	    !scenario_words_take(reader, "a status such as completed", &rule->status))
		return false;
	if (scenario_words_accept(reader, "for") &&
	    !scenario_words_take_phone(reader, &rule->number))
		return false;
	return take_manner(reader, rule);
}

/* -- systems in trouble -- */

/* A trouble in words, and what it is; some are Render's or Twilio's only. */
struct trouble {
	const char *words;
	enum scenario_outage_kind kind;
	bool render, twilio;
};

static const struct trouble troubles[] = {
	{ "up", SCENARIO_UP, true, true },
	{ "down", SCENARIO_DOWN, true, true },
	{ "busy", SCENARIO_BUSY_API, true, true },
	{ "garbled", SCENARIO_GARBLED, true, true },
	{ "revoked", SCENARIO_REVOKED, true, true },
	{ "drops requests", SCENARIO_DROPS, true, true },
	{ "loses answers", SCENARIO_LOSES_ANSWER, true, true },
	{ "fails after the work", SCENARIO_FAILS_AFTER, true, true },
	{ "answers", SCENARIO_ANSWERS_ERROR, true, true },
	{ "slow", SCENARIO_SLOW, true, true },
	{ "sends half an answer", SCENARIO_HALF, true, false },
	{ "sends wrong types", SCENARIO_WRONG_TYPES, true, false },
	{ "sends HTML", SCENARIO_HTML, true, false },
	{ "sends nothing", SCENARIO_NOTHING, true, false },
	{ "shows no tasks", SCENARIO_NO_TASKS, true, false },
	{ "forgets tokens", SCENARIO_FORGETS, true, false },
};

static const struct {
	const char *word;
	enum scenario_scope scope;
	bool render, twilio;
} scopes[] = {
	{ "calls", SCENARIO_FOR_CALLS, false, true },
	{ "texts", SCENARIO_FOR_TEXTS, false, true },
	{ "lookups", SCENARIO_FOR_LOOKUPS, true, true },
	{ "hang-ups", SCENARIO_FOR_HANG_UPS, false, true },
	{ "logins", SCENARIO_FOR_LOGINS, true, false },
	{ "creations", SCENARIO_FOR_CREATIONS, true, false },
	{ "polls", SCENARIO_FOR_POLLS, true, false },
};

/* [for polls] [for hill-country] */
static bool
take_scope(struct scenario_reader *reader, bool render, struct scenario_outage *outage)
{
	while (scenario_words_accept(reader, "for")) {
		bool found = false;

		for (size_t i = 0; !found && i < COUNT_OF(scopes); i++) {
			found = (render ? scopes[i].render : scopes[i].twilio) &&
				scenario_words_accept(reader, scopes[i].word);
			if (found)
				outage->scope = scopes[i].scope;
		}
		if (found)
			continue;
		if (!render)
			return scenario_words_refuse(
			    reader, "\"calls\", \"texts\", \"lookups\" or \"hang-ups\"");
		if (!scenario_words_take(reader,
			"\"logins\", \"lookups\", \"creations\", \"polls\" or a client's id",
			&outage->client))
			return false;
	}
	return true;
}

/* What a trouble may carry. */
static bool
take_measure(struct scenario_reader *reader, bool render, struct scenario_outage *outage)
{
	switch (outage->kind) {
	case SCENARIO_SLOW:
		return scenario_words_expect(reader, "by") &&
		       scenario_words_take_duration(reader, &outage->by);
	case SCENARIO_BUSY_API:
		return !render || !scenario_words_accept(reader, "for") ||
		       scenario_words_take_duration(reader, &outage->by);
	case SCENARIO_ANSWERS_ERROR:
		if (!scenario_words_take_count(reader, "a status from 200 to 599", &outage->status))
			return false;
		if (outage->status < 200 || outage->status > 599) {
			reader->at--;
			return scenario_words_refuse(reader, "a status from 200 to 599");
		}
		return !scenario_words_accept(reader, "with") ||
		       scenario_words_take_count(reader, "one of Twilio's codes", &outage->code);
	case SCENARIO_UP:
	case SCENARIO_DOWN:
	case SCENARIO_GARBLED:
	case SCENARIO_REVOKED:
	case SCENARIO_DROPS:
	case SCENARIO_LOSES_ANSWER:
	case SCENARIO_FAILS_AFTER:
	case SCENARIO_HALF:
	case SCENARIO_WRONG_TYPES:
	case SCENARIO_HTML:
	case SCENARIO_NOTHING:
	case SCENARIO_NO_TASKS:
	case SCENARIO_FORGETS:
		return true;
	}
	UNREACHABLE("kind of outage");
}

/* [once | 3 times] [from 0s] [until 3m] */
static bool
take_extent(struct scenario_reader *reader, struct scenario_outage *outage)
{
	if (scenario_words_accept(reader, "once"))
		outage->times = 1;
	else if (scenario_words_see(reader, 1, "times") &&
		 (!scenario_words_take_count(reader, "how many times", &outage->times) ||
		     !scenario_words_expect(reader, "times")))
		return false;
	if (scenario_words_accept(reader, "from") &&
	    !scenario_words_take_duration(reader, &outage->from))
		return false;
	outage->forever = !scenario_words_accept(reader, "until");
	return outage->forever || scenario_words_take_duration(reader, &outage->until);
}

/* What has no kind of trouble that fits is refused in one sentence. */
static bool
take_trouble(struct scenario_reader *reader, bool render, struct scenario_outage *outage)
{
	for (size_t i = 0; i < COUNT_OF(troubles); i++) {
		if (!(render ? troubles[i].render : troubles[i].twilio) ||
		    !scenario_words_accept_all(reader, troubles[i].words))
			continue;
		outage->kind = troubles[i].kind;
		return true;
	}
	return scenario_words_refuse(reader,
	    render ? "\"up\", \"down\", \"busy\", \"garbled\", \"revoked\", \"drops requests\", "
		     "\"loses answers\", \"fails after the work\", \"answers\", \"slow\", \"sends "
		     "half an answer\", \"sends wrong types\", \"sends HTML\", \"sends nothing\", "
		     "\"shows no tasks\", \"forgets tokens\" or \"pages of\""
		   : "\"up\", \"down\", \"busy\", \"garbled\", \"revoked\", \"drops requests\", "
		     "\"loses answers\", \"fails after the work\", \"answers\", \"slow\", "
		     "\"allows\" or \"dials\"");
}

static bool
read_weather(struct scenario_reader *reader, bool render, struct scenario_weather *weather)
{
	struct scenario_outage *outage;

	if (!scenario_has_room(
		reader, weather->count, SCENARIO_OUTAGES_MAX, "at most 32 outages of a system"))
		return false;
	outage = &weather->outages[weather->count];
	if (!take_scope(reader, render, outage) || !take_trouble(reader, render, outage))
		return false;
	if (outage->kind == SCENARIO_UP) {
		*outage = (struct scenario_outage){ .kind = SCENARIO_UP };
		return true;
	}
	weather->count++;
	return take_measure(reader, render, outage) && take_extent(reader, outage);
}

/* render up | down | ...; render pages of 2 tasks */
bool
scenario_read_render(struct scenario_reader *reader, struct scenario *scenario)
{
	if (scenario_words_accept_all(reader, "pages of"))
		return scenario_words_take_count(
			   reader, "how many tasks a page has", &scenario->page_tasks) &&
		       scenario_words_expect(reader, "tasks");
	return read_weather(reader, true, &scenario->render);
}

/* "5 requests per second" */
static bool
take_rate(struct scenario_reader *reader, const char *one, const char *many, int64_t *ret)
{
	if (!scenario_words_take_count(reader, "how many", ret))
		return false;
	if (!scenario_words_accept(reader, one) && !scenario_words_expect(reader, many))
		return false;
	return scenario_words_expect(reader, "per") && scenario_words_expect(reader, "second");
}

/* twilio up | ...: its API; calls that are going on are not touched. */
bool
scenario_read_twilio(struct scenario_reader *reader, struct scenario *scenario)
{
	if (scenario_words_accept(reader, "allows"))
		return take_rate(reader, "request", "requests", &scenario->requests_per_s);
	if (scenario_words_accept(reader, "dials"))
		return take_rate(reader, "call", "calls", &scenario->dials_per_s);
	return read_weather(reader, false, &scenario->twilio);
}

/* -- field tasks -- */

/* What becomes of a task, in our words, and the status by which the field system knows it. */
static const struct {
	const char *words;
	enum scenario_step_kind kind;
	struct str status;
} task_acts[] = {
	{ "is assigned", SCENARIO_BECOMES, STR("Assigned") },
	{ "starts", SCENARIO_BECOMES, STR("In Progress") },
	{ "is held", SCENARIO_BECOMES, STR("On Hold") },
	{ "reopens", SCENARIO_BECOMES, STR("In Progress") },
	{ "completes", SCENARIO_BECOMES, STR("Completed") },
	{ "is cancelled", SCENARIO_BECOMES, STR("Cancelled") },
	{ "vanishes", SCENARIO_VANISHES, STR("") },
	{ "returns", SCENARIO_RETURNS, STR("") },
};

/* "starts", "is held", ..., or: becomes "Waiting for permit" */
static bool
take_change(struct scenario_reader *reader, struct scenario_step *step)
{
	if (scenario_words_accept(reader, "becomes"))
		return scenario_words_take_quoted(
		    reader, "a status in quotation marks, such as \"On Hold\"", &step->status);
	for (size_t i = 0; i < COUNT_OF(task_acts); i++) {
		if (!scenario_words_accept_all(reader, task_acts[i].words))
			continue;
		step->kind = task_acts[i].kind;
		step->status = task_acts[i].status;
		return true;
	}
	return scenario_words_refuse(reader,
	    "\"is assigned\", \"starts\", \"is held\", \"reopens\", \"completes\", "
	    "\"is cancelled\", \"vanishes\", \"returns\" or \"becomes\" and a status");
}

/* One "starts after 40m", which may not come before the one that it follows. */
static bool
read_task_step(struct scenario_reader *reader, struct scenario_task *task)
{
	struct duration earliest = task->appears_after;
	struct scenario_step *step;

	if (!scenario_has_room(
		reader, task->step_count, SCENARIO_STEPS_MAX, "at most 16 steps of a task"))
		return false;
	step = &task->steps[task->step_count++];
	if (!take_change(reader, step) || !scenario_words_expect(reader, "after"))
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
bool
scenario_read_task(struct scenario_reader *reader, struct scenario *scenario)
{
	struct str name;
	struct scenario_task *task;
	bool more;

	if (find_task(scenario, scenario_words_peek(reader)->text) != NULL)
		return scenario_words_refuse(reader, "a name that no other task has");
	if (!scenario_has_room(
		reader, scenario->task_count, SCENARIO_TASKS_MAX, "at most 16 tasks"))
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
