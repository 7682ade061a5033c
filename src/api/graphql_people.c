#include "api/graphql_record.h"
#include "app/people.h"

#define LOCAL_TIME_BYTES 5 /* 22:00 */

/* ---- times of the clock ---- */

bool
graphql_local_time(struct str text, int64_t *ret)
{
	static const char digits[LOCAL_TIME_BYTES + 1] = "00:00";
	int64_t hours = 0, minutes = 0;

	if (text.len != LOCAL_TIME_BYTES)
		return false;
	for (size_t i = 0; i < LOCAL_TIME_BYTES; i++) {
		char c = text.ptr[i];

		if (digits[i] == ':' ? c != ':' : c < '0' || c > '9')
			return false;
	}
	hours = (text.ptr[0] - '0') * 10 + (text.ptr[1] - '0');
	minutes = (text.ptr[3] - '0') * 10 + (text.ptr[4] - '0');
	*ret = hours * 60 + minutes;
	return hours < 24 && minutes < 60;
}

/* ---- commands ---- */

/* Both ends of a nightly rest, or neither; one alone is no window. */
static void
read_rest(const struct json *given, struct person_change *ret)
{
	if (!graphql_local_time(json_text_or(given, STR("restFrom"), STR("")), &ret->rest_from_min))
		ret->rest_from_min = -1;
	if (!graphql_local_time(
		json_text_or(given, STR("restUntil"), STR("")), &ret->rest_until_min))
		ret->rest_until_min = -1;
	if (ret->rest_from_min == -1 && ret->rest_until_min == -1)
		ret->rest_from_min = ret->rest_until_min = 0;
}

static struct err *
read_order(struct graphql_call *call, const struct json *given, struct app_person_input *ret)
{
	const struct json *ids = json_find(given, STR("contactIds"));
	size_t count = ids == NULL || ids->type != JSON_LIST ? 0 : ids->list.count;
	struct uuid *order = arena_array(call->arena, struct uuid, count + 1);

	if (order == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an order");
	for (size_t i = 0; i < count; i++) {
		if (ids->list.items[i].type != JSON_TEXT ||
		    !uuid_parse(ids->list.items[i].text, &order[i]))
			order[i] = UUID_NIL;
	}
	ret->order = order;
	ret->order_count = count;
	return NULL;
}

/* Every command on people reads what it has of these members. */
static struct err *
read_input(struct graphql_call *call, enum app_operation operation, struct app_person_input *ret)
{
	const struct json *given = graphql_input(call);
	unsigned kind = CONTACT_VOICE, wish = PAGE_WISH_CALL;

	(void)!eco_word_find(
	    &contact_kind_words, json_text_or(given, STR("kind"), STR("VOICE")), &kind);
	(void)!eco_word_find(
	    &page_wish_words, json_text_or(given, STR("paging"), STR("CALL")), &wish);
	*ret = (struct app_person_input){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.person = graphql_id(given, STR("personId")),
		.change = {
			.label = json_text_or(given, STR("label"), STR("")),
			.time_zone = json_text_or(given, STR("timeZone"), STR("")),
			.wish = (enum page_wish)wish,
		},
		.contact = graphql_id(given, STR("contactId")),
		.kind = (enum contact_kind)kind,
		.number = json_text_or(given, STR("number"), STR("")),
		.code = json_text_or(given, STR("code"), STR("")),
		.pin = json_text_or(given, STR("pin"), STR("")),
		.until = graphql_moment(given, STR("until")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
	read_rest(given, &ret->change);
	return read_order(call, given, ret);
}

static struct err *
mutate(struct graphql_call *call, enum app_operation operation, struct graphql_value *ret)
{
	struct app_person_input input;
	struct app_record_answer answer;
	struct graphql_value person = graphql_null();

	TRY(read_input(call, operation, &input));
	TRY(app_change_person(&graphql_asker(call)->app, operation, &input, &answer));
	if (answer.refused)
		return graphql_refused(call, &answer.refusal, ret);
	TRY(graphql_find_record(call, RECORD_PERSON, answer.id, STR("Person"), &person));
	if (person.type == GRAPHQL_NULL)
		return ERR(call->arena, ERR_CORRUPT, "a person just changed cannot be read");
	*ret = graphql_object(STR("PersonCommandSuccess"), person.object.data);
	return NULL;
}

/* A resolver for each command. */
static struct err *
create_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_create_person, ret);
}

static struct err *
change_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_change_person, ret);
}

static struct err *
retire_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_retire_person, ret);
}

static struct err *
add_contact(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_add_contact, ret);
}

static struct err *
remove_contact(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_remove_contact, ret);
}

static struct err *
order_contacts(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_order_contacts, ret);
}

static struct err *
send_contact_code(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_send_contact_code, ret);
}

static struct err *
verify_contact(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_verify_contact, ret);
}

static struct err *
opt_out_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_opt_out_person, ret);
}

static struct err *
opt_in_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_opt_in_person, ret);
}

static struct err *
rest_person(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_rest_person, ret);
}

static struct err *
set_person_pin(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_set_person_pin, ret);
}

static struct err *
success_person(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Person"), call->parent);
	return NULL;
}

/* ---- Query.people ---- */

static struct err *
query_people(struct graphql_call *call, struct graphql_value *ret)
{
	return graphql_roster_page(call, OPERATION_people, RECORD_PERSON, STR("PersonEdge"), ret);
}

/* ---- Person ---- */

static const struct person *
person_of(const struct graphql_call *call)
{
	return &graphql_record(call)->person;
}

static struct err *
person_label(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(person_of(call)->label);
	return NULL;
}

static struct err *
person_time_zone(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(person_of(call)->time_zone);
	return NULL;
}

/* ${minute} of a nightly rest; null when there is no such rule. */
static struct graphql_value
rest_time(const struct graphql_call *call, int64_t minute)
{
	const struct person *person = person_of(call);

	if (person->rest_from_min == person->rest_until_min)
		return graphql_null();
	return graphql_text(arena_printf(
	    call->arena, "%02lld:%02lld", (long long)(minute / 60), (long long)(minute % 60)));
}

static struct err *
person_rest_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = rest_time(call, person_of(call)->rest_from_min);
	return NULL;
}

static struct err *
person_rest_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = rest_time(call, person_of(call)->rest_until_min);
	return NULL;
}

static struct err *
person_resting_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, person_of(call)->resting_until);
	return NULL;
}

static struct err *
person_opted_out(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(person_of(call)->opted_out);
	return NULL;
}

static struct err *
person_retired(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(person_of(call)->retired);
	return NULL;
}

static struct err *
person_has_pin(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(!str_empty(person_of(call)->pin_hash));
	return NULL;
}

static struct err *
person_paging(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&page_wish_words, person_of(call)->wish));
	return NULL;
}

static struct err *
person_contacts(struct graphql_call *call, struct graphql_value *ret)
{
	const struct person *person = person_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, person->contact_count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list contacts");
	for (size_t i = 0; i < person->contact_count; i++)
		items[i] = graphql_object(STR("Contact"), &person->contacts[i]);
	*ret = graphql_list(items, person->contact_count);
	return NULL;
}

/* ---- Contact ---- */

static const struct contact *
contact_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
contact_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, contact_of(call)->id);
	return NULL;
}

static struct err *
contact_kind_field(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&contact_kind_words, contact_of(call)->kind));
	return NULL;
}

static struct err *
contact_number(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(contact_of(call)->number);
	return NULL;
}

static struct err *
contact_verified(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(contact_of(call)->verified_at.us != RECORD_NO_MOMENT.us);
	return NULL;
}

static struct err *
contact_verified_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, contact_of(call)->verified_at);
	return NULL;
}

static struct err *
contact_code_sent_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, contact_of(call)->code_sent_at);
	return NULL;
}

static bool
is_out(const struct graphql_call *call)
{
	return person_code_is_out(contact_of(call), graphql_asker(call)->app.now);
}

static struct err *
contact_code_expires_at(struct graphql_call *call, struct graphql_value *ret)
{
	if (is_out(call))
		*ret = graphql_moment_value(call, contact_of(call)->code_expires);
	return NULL;
}

static struct err *
contact_code_tries_left(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(is_out(call) ? contact_of(call)->code_tries_left : 0);
	return NULL;
}

const struct graphql_binding graphql_people_bindings[] = {
	{ STR("Query.people"), query_people },
	{ STR("Mutation.createPerson"), create_person },
	{ STR("Mutation.changePerson"), change_person },
	{ STR("Mutation.retirePerson"), retire_person },
	{ STR("Mutation.addContact"), add_contact },
	{ STR("Mutation.removeContact"), remove_contact },
	{ STR("Mutation.orderContacts"), order_contacts },
	{ STR("Mutation.sendContactCode"), send_contact_code },
	{ STR("Mutation.verifyContact"), verify_contact },
	{ STR("Mutation.optOutPerson"), opt_out_person },
	{ STR("Mutation.optInPerson"), opt_in_person },
	{ STR("Mutation.restPerson"), rest_person },
	{ STR("Mutation.setPersonPin"), set_person_pin },
	{ STR("PersonCommandSuccess.person"), success_person },
	{ STR("PersonConnection.edges"), graphql_page_edges },
	{ STR("PersonConnection.pageInfo"), graphql_page_page_info },
	{ STR("PersonEdge.cursor"), graphql_edge_cursor },
	{ STR("PersonEdge.node"), graphql_edge_node },
	{ STR("Person.id"), graphql_record_id },
	{ STR("Person.version"), graphql_record_version },
	{ STR("Person.label"), person_label },
	{ STR("Person.timeZone"), person_time_zone },
	{ STR("Person.restFrom"), person_rest_from },
	{ STR("Person.restUntil"), person_rest_until },
	{ STR("Person.restingUntil"), person_resting_until },
	{ STR("Person.optedOut"), person_opted_out },
	{ STR("Person.retired"), person_retired },
	{ STR("Person.hasPin"), person_has_pin },
	{ STR("Person.paging"), person_paging },
	{ STR("Person.contacts"), person_contacts },
	{ STR("Contact.id"), contact_id },
	{ STR("Contact.kind"), contact_kind_field },
	{ STR("Contact.number"), contact_number },
	{ STR("Contact.verified"), contact_verified },
	{ STR("Contact.verifiedAt"), contact_verified_at },
	{ STR("Contact.codeSentAt"), contact_code_sent_at },
	{ STR("Contact.codeExpiresAt"), contact_code_expires_at },
	{ STR("Contact.codeTriesLeft"), contact_code_tries_left },
};
const size_t graphql_people_binding_count = COUNT_OF(graphql_people_bindings);
