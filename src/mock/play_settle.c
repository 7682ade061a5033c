#include "mock/play_internal.h"
#include "mock/scenario_deed.h"
#include "runtime/random.h"

#define BODY_BYTES_MAX 65536

/* Of a code in a text: "Your code is 123456". */
#define CODE_DIGITS 6

/* -- asking -- */

/* A command's input in the making. */
struct input {
	struct buf buf;
	struct json_writer writer;
};

static void
begin_input(struct player *player, struct input *input)
{
	input->buf = buf_in(player->scratch, BODY_BYTES_MAX);
	input->writer = json_writer(&input->buf);
	json_begin_map(&input->writer);
	json_name(&input->writer, STR("input"));
	json_begin_map(&input->writer);
	json_member_text(&input->writer, STR("idempotencyKey"),
	    uuid_text(player->scratch, random_uuid(clock_system_now())));
}

/* Send the command ${operation}; ${more} is selected of what it answers. */
static struct err *
send_input(struct player *player, const struct scenario_act *act, struct str who,
    const char *operation, const char *type, const char *more, struct input *input,
    const struct json **ret)
{
	const char *document = arena_copy_z(
	    player->scratch, arena_printf(player->scratch,
				 "mutation($input: %s!) { %s(input: $input) { __typename %s "
				 "... on Refusal { code field message } } }",
				 type, operation, more));
	const struct json *data;

	json_end_map(&input->writer);
	json_end_map(&input->writer);
	CHECK(!input->buf.overflowed);
	TRY(player_ask(
	    player, str_empty(act->as) ? who : act->as, document, buf_view(&input->buf), &data));
	*ret = json_find(data, str_from_z(operation));
	player_judge(player, act, *ret);
	return NULL;
}

/* The item of the list ${path} of ${data} whose ${member} is ${value}, or NULL. */
static const struct json *
find_node(const struct json *data, struct str connection, struct str member, struct str value)
{
	const struct json *edges = json_find(json_find(data, connection), STR("edges"));

	for (size_t i = 0; edges != NULL && edges->type == JSON_LIST && i < edges->list.count;
	     i++) {
		const struct json *node = json_find(&edges->list.items[i], STR("node"));

		if (str_equal(json_text_or(node, member, STR("")), value) &&
		    !json_bool_or(node, STR("retired"), false))
			return node;
	}
	return NULL;
}

/* Whose people and lists are meant: the contractor of the first ECO, as it is now. */
static struct str
osp_of(const struct player *player)
{
	return player->result->eco_count > 0 ? player->result->ecos[0].osp
					     : player->scenario->create.osp;
}

static struct err *
find_person(struct player *player, struct str osp, struct str label, const struct json **ret)
{
	const struct json *data;

	TRY(player_ask(player, player_identity(player, "roster_manager", osp),
	    "{ people(first: 100) { edges { node { id label retired timeZone paging restFrom "
	    "restUntil "
	    "contacts { id kind number verified } } } } }",
	    STR("{}"), &data));
	*ret = find_node(data, STR("people"), STR("label"), label);
	return NULL;
}

struct err *
player_find_person(struct player *player, struct str osp, struct str label, struct str *ret)
{
	const struct json *person;

	TRY(find_person(player, osp, label, &person));
	*ret = json_text_or(person, STR("id"), STR(""));
	return NULL;
}

/* -- people -- */

/* What the sentences about a person share. */
struct about {
	const struct scenario_act *act;
	struct str osp, who, id;
};

/* The code that was sent last to ${number}, as a text or read out; empty: there is none. */
static struct err *
find_code(struct player *player, struct str number, struct str *ret)
{
	const struct json *answer, *entries;
	int64_t after = 0, last = 1;

	*ret = STR("");
	while (after < last) {
		char path[64];
		struct buf buf = buf_over(path, sizeof(path));

		buf_printf(&buf, "/control/journal?after=%lld", (long long)after);
		buf_char(&buf, '\0');
		TRY(player_get(player, player->config->mock_url, path, &answer));
		entries = json_find(answer, STR("entries"));
		last = json_int_or(answer, STR("last"), 0);
		if (entries == NULL || entries->type != JSON_LIST || entries->list.count == 0)
			return NULL;
		for (size_t i = 0; i < entries->list.count; i++) {
			const struct json *entry = &entries->list.items[i];

			if (str_equal(json_text_or(entry, STR("to"), STR("")), number))
				play_find_code(json_text_or(entry, STR("body"), STR("")),
				    CODE_DIGITS, player->scratch, ret);
		}
		after += (int64_t)entries->list.count;
	}
	return NULL;
}

/* Have a code sent to the contact, and tell it back. */
static struct err *
verify_contact(
    struct player *player, const struct about *about, struct str contact, struct str number)
{
	const struct json *payload;
	struct input input;
	struct str code;

	begin_input(player, &input);
	json_member_text(&input.writer, STR("personId"), about->id);
	json_member_text(&input.writer, STR("contactId"), contact);
	TRY(send_input(player, about->act, about->who, "sendContactCode", "ContactInput", "",
	    &input, &payload));
	TRY(player_settle_down(player));
	TRY(find_code(player, number, &code));
	begin_input(player, &input);
	json_member_text(&input.writer, STR("personId"), about->id);
	json_member_text(&input.writer, STR("contactId"), contact);
	json_member_text(&input.writer, STR("code"), code);
	return send_input(player, about->act, about->who, "verifyContact", "VerifyContactInput", "",
	    &input, &payload);
}

/* The contact of ${kind} at ${number} in ${person}, or NULL. */
static const struct json *
find_contact(const struct json *person, struct str kind, struct str number)
{
	const struct json *contacts = json_find(person, STR("contacts"));

	for (size_t i = 0;
	     contacts != NULL && contacts->type == JSON_LIST && i < contacts->list.count; i++) {
		const struct json *contact = &contacts->list.items[i];

		if (str_equal(json_text_or(contact, STR("kind"), STR("")), kind) &&
		    (str_empty(number) ||
			str_equal(json_text_or(contact, STR("number"), STR("")), number)))
			return contact;
	}
	return NULL;
}

static struct err *
add_contact(struct player *player, const struct about *about, const struct json *person,
    struct str kind, struct str number)
{
	const struct json *payload, *made;
	struct input input;

	if (str_empty(number) || find_contact(person, kind, number) != NULL)
		return NULL;
	begin_input(player, &input);
	json_member_text(&input.writer, STR("personId"), about->id);
	json_member_text(&input.writer, STR("kind"), kind);
	json_member_text(&input.writer, STR("number"), number);
	TRY(send_input(player, about->act, about->who, "addContact", "AddContactInput",
	    "... on PersonCommandSuccess { person { contacts { id kind number } } }", &input,
	    &payload));
	made = find_contact(json_find(payload, STR("person")), kind, number);
	if (made == NULL)
		return NULL;
	return verify_contact(player, about, json_text_or(made, STR("id"), STR("")), number);
}

static struct err *
make_person(struct player *player, struct about *about, const struct scenario_person *says)
{
	const struct json *payload;
	struct input input;

	begin_input(player, &input);
	json_member_text(&input.writer, STR("label"), says->label);
	TRY(send_input(player, about->act, about->who, "createPerson", "CreatePersonInput",
	    "... on PersonCommandSuccess { person { id } }", &input, &payload));
	about->id = json_text_or(json_find(payload, STR("person")), STR("id"), STR(""));
	return NULL;
}

/* A command about the person that has one member more, a text, or null when ${value} is empty. */
static struct err *
command(struct player *player, const struct about *about, const char *operation, const char *type,
    struct str member, struct str value)
{
	const struct json *payload;
	struct input input;

	begin_input(player, &input);
	json_member_text(&input.writer, STR("personId"), about->id);
	if (!str_empty(member)) {
		json_name(&input.writer, member);
		if (str_empty(value))
			json_write_null(&input.writer);
		else
			json_write_text(&input.writer, value);
	}
	return send_input(player, about->act, about->who, operation, type, "", &input, &payload);
}

/* What changePerson changes: the nightly rest, and whether they are written to as well. */
static struct err *
change_person(struct player *player, const struct about *about, const struct json *person,
    const struct scenario_person *says)
{
	struct str zone = json_text_or(person, STR("timeZone"), STR(""));
	struct str from = json_text_or(person, STR("restFrom"), STR(""));
	struct str until = json_text_or(person, STR("restUntil"), STR(""));
	struct str paging = json_text_or(person, STR("paging"), STR("CALL"));
	const struct json *payload;
	struct input input;

	if (!says->texts_too && str_empty(says->rest_from))
		return NULL;
	begin_input(player, &input);
	json_member_text(&input.writer, STR("personId"), about->id);
	json_member_text(&input.writer, STR("label"), says->label);
	/* What is left out is none any more. */
	zone = str_empty(says->zone) ? zone : says->zone;
	if (!str_empty(zone))
		json_member_text(&input.writer, STR("timeZone"), zone);
	if (!str_empty(says->rest_from)) {
		from = says->rest_from;
		until = says->rest_until;
	}
	if (!str_empty(from)) {
		json_member_text(&input.writer, STR("restFrom"), from);
		json_member_text(&input.writer, STR("restUntil"), until);
	}
	json_member_text(
	    &input.writer, STR("paging"), says->texts_too ? STR("CALL_AND_TEXT") : paging);
	return send_input(player, about->act, about->who, "changePerson", "ChangePersonInput", "",
	    &input, &payload);
}

static struct err *
settle_states(struct player *player, const struct about *about, const struct scenario_person *says)
{
	if (!str_empty(says->pin) || says->pin_none)
		TRY(command(
		    player, about, "setPersonPin", "SetPersonPinInput", STR("pin"), says->pin));
	if (says->off_call)
		TRY(command(player, about, "optOutPerson", "OptPersonInput", STR(""), STR("")));
	if (says->on_call)
		TRY(command(player, about, "optInPerson", "OptPersonInput", STR(""), STR("")));
	if (says->rests_for.us > 0)
		TRY(command(player, about, "restPerson", "RestPersonInput", STR("until"),
		    instant_text(player->scratch,
			instant_plus(clock_now(player->config->clock), says->rests_for))));
	if (says->rests_no_more)
		TRY(command(player, about, "restPerson", "RestPersonInput", STR("until"), STR("")));
	return NULL;
}

static struct err *
settle_person(struct player *player, const struct scenario_act *act)
{
	const struct scenario_person *says = &act->person;
	struct about about = { .act = act, .osp = osp_of(player) };
	struct str texts = says->texts;
	const struct json *person;

	about.who = player_identity(player, "roster_manager", about.osp);
	TRY(find_person(player, about.osp, says->label, &person));
	about.id = json_text_or(person, STR("id"), STR(""));
	if (person == NULL)
		TRY(make_person(player, &about, says));
	if (str_empty(about.id))
		return NULL;
	if (says->texts_too && str_empty(texts))
		texts = str_empty(says->calls)
			    ? json_text_or(find_contact(person, STR("VOICE"), STR("")),
				  STR("number"), STR(""))
			    : says->calls;
	TRY(add_contact(player, &about, person, STR("VOICE"), says->calls));
	TRY(add_contact(player, &about, person, STR("SMS"), texts));
	TRY(change_person(player, &about, person, says));
	return settle_states(player, &about, says);
}

/* -- lists -- */

static struct err *
find_list(
    struct player *player, const struct scenario_act *act, struct str name, const struct json **ret)
{
	const struct json *data;

	TRY(player_ask(player, player_identity(player, "roster_manager", osp_of(player)),
	    "{ pagerLists(first: 100) { edges { node { id version name timeZone retired "
	    "people { id label } steps { number personIds } shifts { personId days from until "
	    "validFrom validUntil } } } } }",
	    STR("{}"), &data));
	*ret = find_node(data, STR("pagerLists"), STR("name"), name);
	if (*ret == NULL)
		play_fail(player->arena, player->result, "line %lld: there is no list %.*s",
		    (long long)act->line, STR_ARG(name));
	return NULL;
}

/* The step of each of the list's people, who stand there in the order of the steps. */
static void
write_steps_kept(struct json_writer *writer, const struct json *steps)
{
	for (size_t i = 0; steps != NULL && steps->type == JSON_LIST && i < steps->list.count;
	     i++) {
		const struct json *step = &steps->list.items[i];
		const struct json *people = json_find(step, STR("personIds"));

		for (size_t j = 0; people != NULL && j < people->list.count; j++)
			json_write_int(writer, json_int_or(step, STR("number"), 0));
	}
}

/* The members of a list's people: as they were, or as ${says} has them. */
static struct err *
write_people(struct player *player, struct json_writer *writer, const struct json *list,
    const struct scenario_list *says)
{
	const struct json *people = json_find(list, STR("people"));
	struct str ids[SCENARIO_PEOPLE_MAX];

	for (size_t i = 0; says != NULL && i < says->count; i++) {
		TRY(player_find_person(player, osp_of(player), says->people[i], &ids[i]));
		if (str_empty(ids[i]))
			return ERR(player->scratch, ERR_CORRUPT, "there is nobody called %.*s",
			    STR_ARG(says->people[i]));
	}
	json_name(writer, STR("people"));
	json_begin_list(writer);
	for (size_t i = 0; says != NULL && i < says->count; i++)
		json_write_text(writer, ids[i]);
	for (size_t i = 0; says == NULL && people != NULL && i < people->list.count; i++)
		json_write_text(writer, json_text_or(&people->list.items[i], STR("id"), STR("")));
	json_end_list(writer);
	json_name(writer, STR("steps"));
	json_begin_list(writer);
	for (size_t i = 0; says != NULL && i < says->count; i++)
		json_write_int(writer, says->steps[i]);
	if (says == NULL)
		write_steps_kept(writer, json_find(list, STR("steps")));
	json_end_list(writer);
	return NULL;
}

static void
write_shift(struct json_writer *writer, struct str person, const struct scenario_shift *shift)
{
	static const struct str days[] = { STR("MONDAY"), STR("TUESDAY"), STR("WEDNESDAY"),
		STR("THURSDAY"), STR("FRIDAY"), STR("SATURDAY"), STR("SUNDAY") };

	json_begin_map(writer);
	json_member_text(writer, STR("personId"), person);
	json_name(writer, STR("days"));
	json_begin_list(writer);
	for (size_t i = 0; i < COUNT_OF(days); i++)
		if ((shift->days & 1u << i) != 0)
			json_write_text(writer, days[i]);
	json_end_list(writer);
	json_member_text(writer, STR("from"), shift->from);
	json_member_text(writer, STR("until"), shift->until);
	json_end_map(writer);
}

/* Whether somebody who is on the list as ${says} has it has the id ${person}. */
static bool
stays_on(const struct json *list, const struct scenario_list *says, struct str person)
{
	const struct json *people = json_find(list, STR("people"));

	if (says == NULL)
		return true;
	for (size_t i = 0; people != NULL && i < people->list.count; i++) {
		const struct json *at = &people->list.items[i];

		if (!str_equal(json_text_or(at, STR("id"), STR("")), person))
			continue;
		for (size_t j = 0; j < says->count; j++)
			if (str_equal(json_text_or(at, STR("label"), STR("")), says->people[j]))
				return true;
	}
	return false;
}

/* The shifts that there are, of those who stay, and one more. */
static struct err *
write_shifts(struct player *player, struct json_writer *writer, const struct json *list,
    const struct scenario_act *act)
{
	const struct json *shifts = json_find(list, STR("shifts"));
	struct str person = STR("");

	if (act->kind == SCENARIO_ACT_SHIFT)
		TRY(player_find_person(player, osp_of(player), act->shift.person, &person));
	json_name(writer, STR("shifts"));
	json_begin_list(writer);
	for (size_t i = 0; shifts != NULL && i < shifts->list.count; i++)
		if (stays_on(list, act->list,
			json_text_or(&shifts->list.items[i], STR("personId"), STR(""))))
			json_write_value(writer, &shifts->list.items[i]);
	if (act->kind == SCENARIO_ACT_SHIFT)
		write_shift(writer, person, &act->shift);
	json_end_list(writer);
	return NULL;
}

/* A list's order, one more shift, or its zone: all is said anew. */
static struct err *
settle_list(struct player *player, const struct scenario_act *act)
{
	struct str name = act->list != NULL ? act->list->name : act->shift.list;
	const struct json *list, *payload;
	struct input input;

	TRY(find_list(player, act, name, &list));
	if (list == NULL)
		return NULL;
	begin_input(player, &input);
	json_member_text(&input.writer, STR("listId"), json_text_or(list, STR("id"), STR("")));
	json_member_text(&input.writer, STR("name"), name);
	json_member_text(&input.writer, STR("timeZone"),
	    act->kind == SCENARIO_ACT_ZONE ? act->shift.zone
					   : json_text_or(list, STR("timeZone"), STR("")));
	TRY(write_people(player, &input.writer, list, act->list));
	TRY(write_shifts(player, &input.writer, list, act));
	return send_input(player, act, player_identity(player, "roster_manager", osp_of(player)),
	    "changePagerList", "ChangePagerListInput", "", &input, &payload);
}

static struct err *
settle_substitute(struct player *player, const struct scenario_act *act)
{
	const struct scenario_shift *says = &act->shift;
	struct instant now = clock_now(player->config->clock);
	const struct json *list, *payload;
	struct str absent, substitute;
	struct input input;

	TRY(find_list(player, act, says->list, &list));
	TRY(player_find_person(player, osp_of(player), says->person, &absent));
	TRY(player_find_person(player, osp_of(player), says->substitute, &substitute));
	if (list == NULL)
		return NULL;
	begin_input(player, &input);
	json_member_text(&input.writer, STR("listId"), json_text_or(list, STR("id"), STR("")));
	json_member_text(&input.writer, STR("absentId"), absent);
	json_member_text(&input.writer, STR("substituteId"), substitute);
	json_member_text(&input.writer, STR("from"), instant_text(player->scratch, now));
	json_member_text(&input.writer, STR("until"),
	    instant_text(player->scratch, instant_plus(now, says->during)));
	return send_input(player, act, player_identity(player, "roster_manager", osp_of(player)),
	    "addSubstitution", "AddSubstitutionInput", "", &input, &payload);
}

/* -- agreements -- */

static struct err *
find_agreement(struct player *player, struct str noc, struct str osp, const struct json **ret)
{
	const struct json *data, *edges;

	*ret = NULL;
	TRY(player_ask(player, player_identity(player, "admin", noc),
	    "{ agreements(first: 100) { edges { node { id state noc { handle } osp { handle } "
	    "nocTerms { dutyPhone twilioSubaccount twilioFrom failover { id handle } } } } } }",
	    STR("{}"), &data));
	edges = json_find(json_find(data, STR("agreements")), STR("edges"));
	for (size_t i = 0; edges != NULL && i < edges->list.count; i++) {
		const struct json *node = json_find(&edges->list.items[i], STR("node"));

		if (str_equal(
			json_text_or(json_find(node, STR("osp")), STR("handle"), STR("")), osp) &&
		    str_equal(
			json_text_or(json_find(node, STR("noc")), STR("handle"), STR("")), noc) &&
		    str_equal(json_text_or(node, STR("state"), STR("")), STR("AGREED")))
			*ret = node;
	}
	return NULL;
}

/* The terms that both sides agree on: the NOC proposes, the OSP accepts. */
static struct err *
amend(struct player *player, const struct scenario_act *act, struct str id, struct str osp)
{
	struct str noc = player_organisation(player->scenario->noc);
	const struct json *payload;
	struct input input;
	size_t count = 0;

	begin_input(player, &input);
	json_member_text(&input.writer, STR("agreement"), id);
	json_name(&input.writer, STR("terms"));
	json_begin_map(&input.writer);
	for (size_t i = 0; i < act->term_count; i++) {
		const struct scenario_term_row *row = &scenario_terms[act->terms[i].term];

		if (row->kind != SCENARIO_TERM_COUNT && row->kind != SCENARIO_TERM_SECONDS)
			continue;
		json_member_int(&input.writer, str_from_z(row->member), act->terms[i].value);
		count++;
	}
	json_end_map(&input.writer);
	if (count == 0)
		return NULL;
	TRY(send_input(player, act, player_identity(player, "admin", noc), "proposeAmendment",
	    "ProposeAmendmentInput", "", &input, &payload));
	if (!str_empty(json_text_or(payload, STR("code"), STR(""))) ||
	    str_equal(noc, osp)) /* who agrees with themselves has agreed */
		return NULL;
	begin_input(player, &input);
	json_member_text(&input.writer, STR("agreement"), id);
	return send_input(player, act, player_identity(player, "admin", osp), "acceptAgreement",
	    "AcceptAgreementInput", "", &input, &payload);
}

static void
write_kept(struct json_writer *writer, const struct json *terms, struct str name)
{
	struct str value = json_text_or(terms, name, STR(""));

	if (!str_empty(value))
		json_member_text(writer, name, value);
}

/* What the NOC keeps to itself: all of it is set anew. */
static struct err *
set_noc_terms(struct player *player, const struct scenario_act *act, const struct json *agreement)
{
	const struct json *terms = json_find(agreement, STR("nocTerms")), *payload;
	struct str failover[SCENARIO_TERMS_MAX],
	    duty = json_text_or(terms, STR("dutyPhone"), STR(""));
	size_t count = 0, said = 0;
	struct input input;

	for (size_t i = 0; i < act->term_count; i++) {
		enum scenario_term_kind kind = scenario_terms[act->terms[i].term].kind;

		said += kind == SCENARIO_TERM_FAILOVER || kind == SCENARIO_TERM_DUTY;
		if (kind == SCENARIO_TERM_FAILOVER)
			failover[count++] = act->terms[i].word;
		if (kind == SCENARIO_TERM_DUTY)
			duty = act->terms[i].word;
	}
	if (said == 0)
		return NULL;
	begin_input(player, &input);
	json_member_text(
	    &input.writer, STR("agreement"), json_text_or(agreement, STR("id"), STR("")));
	write_kept(&input.writer, terms, STR("twilioSubaccount"));
	write_kept(&input.writer, terms, STR("twilioFrom"));
	if (!str_empty(duty))
		json_member_text(&input.writer, STR("dutyPhone"), duty);
	json_name(&input.writer, STR("failover"));
	json_begin_list(&input.writer);
	for (size_t i = 0; i < count; i++)
		json_write_text(&input.writer, failover[i]);
	json_end_list(&input.writer);
	return send_input(player, act,
	    player_identity(player, "admin", player_organisation(player->scenario->noc)),
	    "setNocTerms", "SetNocTermsInput", "", &input, &payload);
}

static struct err *
settle_agreement(struct player *player, const struct scenario_act *act)
{
	struct str osp = str_empty(act->osp) ? osp_of(player) : act->osp;
	const struct json *agreement;

	TRY(find_agreement(player, player_organisation(player->scenario->noc), osp, &agreement));
	if (agreement == NULL)
		return ERR(player->scratch, ERR_CORRUPT, "there is no agreement with %.*s in force",
		    STR_ARG(osp));
	TRY(amend(player, act, json_text_or(agreement, STR("id"), STR("")), osp));
	return set_noc_terms(player, act, agreement);
}

struct err *
player_settle(struct player *player, const struct scenario_act *act)
{
	switch (act->kind) {
	case SCENARIO_ACT_AGREEMENT:
		return settle_agreement(player, act);
	case SCENARIO_ACT_PERSON:
		return settle_person(player, act);
	case SCENARIO_ACT_LIST:
	case SCENARIO_ACT_SHIFT:
	case SCENARIO_ACT_ZONE:
		return settle_list(player, act);
	case SCENARIO_ACT_SUBSTITUTE:
		return settle_substitute(player, act);
	case SCENARIO_ACT_DEED:
	case SCENARIO_ACT_CREATE:
	case SCENARIO_ACT_STORM:
		break;
	}
	UNREACHABLE("an act that settles nothing");
}
