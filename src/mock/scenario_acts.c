#include "mock/scenario_deed.h"
#include "mock/scenario_parse.h"

static struct scenario_act *
add_act(struct scenario_reader *reader, struct scenario *scenario, enum scenario_act_kind kind)
{
	struct scenario_act *act;

	if (!scenario_has_room(reader, scenario->act_count, SCENARIO_ACTS_MAX,
		"at most 64 things that people do or settle"))
		return NULL;
	act = &scenario->acts[scenario->act_count++];
	act->kind = kind;
	/* The verb stands before. */
	act->line = reader->words[reader->at - 1].line;
	return act;
}

/* [as viewer@lone-star-noc] [for second] [twice] [, refused ECO_CLOSED] */
static bool
take_modifiers(struct scenario_reader *reader, struct scenario_act *act)
{
	for (;;) {
		if (scenario_words_accept(reader, "as")) {
			if (!scenario_take_identity(reader, &act->as))
				return false;
		} else if (scenario_words_accept(reader, "for")) {
			if (!scenario_words_take(reader, "an ECO's name", &act->eco))
				return false;
		} else if (scenario_words_accept(reader, "twice")) {
			act->twice = true;
		} else if (scenario_words_accept_mark(reader, SCENARIO_COMMA)) {
			if (!scenario_words_expect(reader, "refused") ||
			    !scenario_words_take(
				reader, "a refusal such as ECO_CLOSED", &act->refused))
				return false;
		} else {
			return true;
		}
	}
}

/* A setting's end: the moment, if it is not before the night. */
static bool
take_setting_end(struct scenario_reader *reader, struct scenario_act *act)
{
	if (scenario_sees_when(reader) && !scenario_take_when(reader, &act->when))
		return false;
	return take_modifiers(reader, act);
}

/* -- ECOs -- */

bool
scenario_take_create(struct scenario_reader *reader, struct scenario_create *create)
{
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

/* What may follow: exercise, as second, by operator@gulf-coast-noc, a moment. */
static bool
read_create_rest(
    struct scenario_reader *reader, struct scenario *scenario, struct scenario_create create)
{
	struct scenario_act *act;

	if (!scenario_words_accept(reader, "as"))
		return scenario_words_refuse(
		    reader, "\"as\" and a name, for there is an ECO already");
	if (!scenario_words_take(reader, "a name for the ECO", &create.name) ||
	    (scenario_words_accept(reader, "by") && !scenario_take_identity(reader, &create.by)))
		return false;
	act = add_act(reader, scenario, SCENARIO_ACT_CREATE);
	if (act == NULL)
		return false;
	act->create = create;
	return scenario_take_when(reader, &act->when) && take_modifiers(reader, act);
}

/* create MFR at -97.7431 30.2672 with hill-country-osp "..." */
bool
scenario_read_create(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_create create = { .present = true };

	if (!scenario_take_create(reader, &create))
		return false;
	create.exercise = scenario_words_accept_all(reader, "as an exercise");
	if (scenario->create.present)
		return read_create_rest(reader, scenario, create);
	scenario->create = create;
	return true;
}

/* storm of 200 in 10s */
bool
scenario_read_storm(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_STORM);

	if (act == NULL || !scenario_words_expect(reader, "of") ||
	    !scenario_words_take_count(reader, "how many ECOs, up to 1000", &act->count))
		return false;
	if (act->count < 1 || act->count > SCENARIO_STORM_MAX) {
		reader->at--;
		return scenario_words_refuse(reader, "how many ECOs, up to 1000");
	}
	act->when.kind = SCENARIO_AFTER_CREATION;
	return scenario_words_expect(reader, "in") &&
	       scenario_words_take_duration(reader, &act->during);
}

/* -- deeds -- */

/* One value of a deed's form, "<text:reason>". */
static bool
take_value(struct scenario_reader *reader, struct str form, struct str *ret)
{
	int64_t ignored;

	if (str_starts_with(form, STR("<text:")) || str_starts_with(form, STR("<label:")))
		return scenario_words_take_quoted(reader,
		    form.ptr[1] == 't' ? "a text in quotation marks"
				       : "a person's label in quotation marks",
		    ret);
	if (str_starts_with(form, STR("<handle:")))
		return scenario_words_take(reader, "an organisation's handle", ret);
	*ret = scenario_words_peek(reader)->text;
	return scenario_words_take_count(reader, "a number", &ignored);
}

/* How the reading of a deed stands. */
struct deed_reading {
	struct scenario_act *act;
	size_t count;  /* values so far */
	bool text_due; /* the form's last text stands behind the moment */
};

/* The words and values of ${form}; false, with a fault or without, when they are not there. */
static bool
read_form(struct scenario_reader *reader, struct str form, struct deed_reading *reading)
{
	while (!str_empty(form)) {
		struct str part = str_cut(&form, ' ');
		struct str *value = &reading->act->values[reading->count];

		if (part.ptr[0] != '<') {
			const struct scenario_word *word = scenario_words_peek(reader);

			if (word->kind != SCENARIO_WORD || !str_equal(word->text, part))
				return false;
			reader->at++;
			continue;
		}
		reading->count++;
		reading->text_due = str_empty(form) && str_starts_with(part, STR("<text:")) &&
				    scenario_sees_when(reader);
		if (!reading->text_due && !take_value(reader, part, value))
			return false;
	}
	return true;
}

static bool
read_deed(struct scenario_reader *reader, struct scenario *scenario, enum scenario_actor actor)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_DEED);
	size_t before = reader->at;

	for (size_t i = 0; act != NULL && i < scenario_deed_count; i++) {
		struct deed_reading reading = { .act = act };

		if (scenario_deeds[i].actor != actor)
			continue;
		reader->at = before;
		if (!read_form(reader, str_from_z(scenario_deeds[i].form), &reading)) {
			if (reader->fault != NULL)
				return false;
			continue;
		}
		act->deed = i;
		return scenario_take_when(reader, &act->when) &&
		       (!reading.text_due ||
			   scenario_words_take_quoted(reader, "a text in quotation marks",
			       &act->values[reading.count - 1])) &&
		       take_modifiers(reader, act);
	}
	reader->at = before;
	return scenario_words_refuse(reader,
	    actor == SCENARIO_NOC
		? "somebody such as operator@lone-star-noc, or what the NOC does: \"cancels\", "
		  "\"confirms\", \"rejects\", \"engages\", \"notes\", \"rings again\""
		: "what the OSP does: \"reports en route\", \"reports on site\", \"accepts for\", "
		  "\"declines for\", \"changes ETA\", \"notes\"");
}

/* noc operator@lone-star-noc; noc cancels after 5m "no fault found" */
bool
scenario_read_noc(struct scenario_reader *reader, struct scenario *scenario)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (word->kind != SCENARIO_WORD || str_find(word->text, STR("@")) == SIZE_MAX)
		return read_deed(reader, scenario, SCENARIO_NOC);
	if (!str_empty(scenario->noc))
		return scenario_words_refuse(reader, "only one who creates the ECO");
	return scenario_take_identity(reader, &scenario->noc);
}

bool
scenario_read_osp(struct scenario_reader *reader, struct scenario *scenario)
{
	return read_deed(reader, scenario, SCENARIO_OSP);
}

/* -- settings -- */

static bool
read_term(struct scenario_reader *reader, struct scenario_term *term)
{
	for (size_t i = 0; i < scenario_term_count; i++) {
		const struct scenario_term_row *row = &scenario_terms[i];
		struct duration length;

		if (!scenario_words_accept_all(reader, row->words))
			continue;
		term->term = i;
		switch (row->kind) {
		case SCENARIO_TERM_COUNT:
			return scenario_words_take_count(reader, "a number", &term->value);
		case SCENARIO_TERM_SECONDS:
			if (!scenario_words_take_duration(reader, &length))
				return false;
			term->value = length.us / SECONDS(1).us;
			return true;
		case SCENARIO_TERM_FAILOVER:
			return scenario_words_take(reader, "an OSP's handle", &term->word);
		case SCENARIO_TERM_DUTY:
			return scenario_words_take_phone(reader, &term->word);
		}
	}
	return scenario_words_refuse(reader,
	    "\"loops\", \"ring\", \"retry\", \"retries\", \"grace\", \"poll\", \"poll in grace\", "
	    "\"arrival\", \"arrival grace\", \"failover\" or \"duty\"");
}

/* agreement [with bayou-osp] loops 1, ring 20s, ... */
bool
scenario_read_agreement(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_AGREEMENT);

	if (act == NULL || (scenario_words_accept(reader, "with") &&
			       !scenario_words_take(reader, "an OSP's handle", &act->osp)))
		return false;
	act->terms = arena_array(reader->arena, struct scenario_term, SCENARIO_TERMS_MAX);
	if (act->terms == NULL)
		return scenario_words_refuse(reader, "a scenario that fits into memory");
	do {
		if (!scenario_has_room(
			reader, act->term_count, SCENARIO_TERMS_MAX, "at most 16 terms") ||
		    !read_term(reader, &act->terms[act->term_count++]))
			return false;
	} while (scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return take_setting_end(reader, act);
}

/* rests from 22:00 until 06:00 [zone America/Chicago] | for 8h | no more */
static bool
read_rest(struct scenario_reader *reader, struct scenario_person *person)
{
	if (scenario_words_accept_all(reader, "no more")) {
		person->rests_no_more = true;
		return true;
	}
	if (scenario_words_accept(reader, "for"))
		return scenario_words_take_duration(reader, &person->rests_for);
	return scenario_words_expect(reader, "from") &&
	       scenario_words_take(reader, "a time such as 22:00", &person->rest_from) &&
	       scenario_words_expect(reader, "until") &&
	       scenario_words_take(reader, "a time such as 06:00", &person->rest_until) &&
	       (!scenario_words_accept(reader, "zone") ||
		   scenario_words_take(reader, "a zone such as America/Chicago", &person->zone));
}

static bool
read_about_person(struct scenario_reader *reader, struct scenario_person *person)
{
	if (scenario_words_accept_all(reader, "texts too"))
		return person->texts_too = true;
	if (scenario_words_accept(reader, "texts"))
		return scenario_words_take_phone(reader, &person->texts);
	if (scenario_words_accept(reader, "calls"))
		return scenario_words_take_phone(reader, &person->calls);
	if (scenario_words_accept_all(reader, "pin none"))
		return person->pin_none = true;
	if (scenario_words_accept(reader, "pin"))
		return scenario_words_take(reader, "a PIN such as 4711", &person->pin);
	if (scenario_words_accept_all(reader, "off call"))
		return person->off_call = true;
	if (scenario_words_accept_all(reader, "on call"))
		return person->on_call = true;
	if (scenario_words_accept(reader, "rests"))
		return read_rest(reader, person);
	return scenario_words_refuse(reader,
	    "\"texts too\", \"texts\" or \"calls\" and a number, \"pin\", \"rests\", "
	    "\"off call\" or \"on call\"");
}

/* person "North splicer 1" texts too, pin 4711 */
bool
scenario_read_person(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_PERSON);

	if (act == NULL || !scenario_words_take_quoted(
			       reader, "a person's label in quotation marks", &act->person.label))
		return false;
	do {
		/* ", refused X" ends what is said about the person. */
		if (!read_about_person(reader, &act->person))
			return false;
	} while (!scenario_words_see(reader, 1, "refused") &&
		 scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return take_setting_end(reader, act);
}

/* Those who are rung together: "A", or "B" and "C" together */
static bool
read_list_step(struct scenario_reader *reader, struct scenario_list *list, int64_t step)
{
	size_t first = list->count;

	do {
		if (!scenario_has_room(
			reader, list->count, SCENARIO_PEOPLE_MAX, "at most 32 people on a list"))
			return false;
		list->steps[list->count] = step;
		if (!scenario_words_take_quoted(reader, "a person's label in quotation marks",
			&list->people[list->count++]))
			return false;
	} while (scenario_words_accept(reader, "and"));
	return list->count - first == 1 || scenario_words_expect(reader, "together");
}

/* list "Austin North on call": "A", "B" and "C" together, "D" */
bool
scenario_read_list(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_LIST);
	int64_t step = 0;

	if (act == NULL)
		return false;
	act->list = arena_new(reader->arena, struct scenario_list);
	if (act->list == NULL)
		return scenario_words_refuse(reader, "a scenario that fits into memory");
	if (!scenario_words_take_quoted(
		reader, "a list's name in quotation marks", &act->list->name))
		return false;
	if (!scenario_words_accept_mark(reader, SCENARIO_COLON))
		return scenario_words_refuse(reader, "a colon after the list's name");
	do {
		if (!read_list_step(reader, act->list, ++step))
			return false;
	} while (!scenario_words_see(reader, 1, "refused") &&
		 scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return take_setting_end(reader, act);
}

/* every day | weekdays | weekends | Monday, Tuesday */
static bool
take_days(struct scenario_reader *reader, unsigned *ret)
{
	static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday", "Sunday" };

	*ret = 0;
	if (scenario_words_accept_all(reader, "every day"))
		*ret = 0x7f;
	else if (scenario_words_accept(reader, "weekdays"))
		*ret = 0x1f;
	else if (scenario_words_accept(reader, "weekends"))
		*ret = 0x60;
	if (*ret != 0)
		return true;
	do {
		size_t i = 0;

		while (i < COUNT_OF(days) && !scenario_words_accept(reader, days[i]))
			i++;
		if (i == COUNT_OF(days))
			return scenario_words_refuse(reader,
			    "\"every day\", \"weekdays\", \"weekends\" or a day such as Monday");
		*ret |= 1u << i;
	} while (scenario_words_accept_mark(reader, SCENARIO_COMMA));
	return true;
}

/* shift "North crew lead" on "Austin North on call" every day from 22:00 until 06:00 */
bool
scenario_read_shift(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_SHIFT);

	return act != NULL &&
	       scenario_words_take_quoted(
		   reader, "a person's label in quotation marks", &act->shift.person) &&
	       scenario_words_expect(reader, "on") &&
	       scenario_words_take_quoted(
		   reader, "a list's name in quotation marks", &act->shift.list) &&
	       take_days(reader, &act->shift.days) && scenario_words_expect(reader, "from") &&
	       scenario_words_take(reader, "a time such as 22:00", &act->shift.from) &&
	       scenario_words_expect(reader, "until") &&
	       scenario_words_take(reader, "a time such as 06:00", &act->shift.until) &&
	       take_setting_end(reader, act);
}

/* zone "Austin North on call" America/Chicago */
bool
scenario_read_zone(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_ZONE);

	return act != NULL &&
	       scenario_words_take_quoted(
		   reader, "a list's name in quotation marks", &act->shift.list) &&
	       scenario_words_take(reader, "a zone such as America/Chicago", &act->shift.zone) &&
	       take_setting_end(reader, act);
}

/* substitute "North crew lead" by "North splicer 2" on "Austin North on call" for 8h */
bool
scenario_read_substitute(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_act *act = add_act(reader, scenario, SCENARIO_ACT_SUBSTITUTE);

	return act != NULL &&
	       scenario_words_take_quoted(
		   reader, "a person's label in quotation marks", &act->shift.person) &&
	       scenario_words_expect(reader, "by") &&
	       scenario_words_take_quoted(
		   reader, "a person's label in quotation marks", &act->shift.substitute) &&
	       scenario_words_expect(reader, "on") &&
	       scenario_words_take_quoted(
		   reader, "a list's name in quotation marks", &act->shift.list) &&
	       scenario_words_expect(reader, "for") &&
	       scenario_words_take_duration(reader, &act->shift.during) &&
	       take_setting_end(reader, act);
}
