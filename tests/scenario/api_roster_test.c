#include <stdlib.h>

#include "app/record_change.h"
#include "runtime/random.h"
#include "support/api_world.h"

/*
 * People on call, from their first number to the night they are rung: codes that verify a
 * telephone, lists, shifts, substitutions, and who would ring.
 *
 * usage: api_roster_test mem|pg
 */

#define MANAGER     "roster_manager@hill-country-osp"
#define WATCHER     "viewer@hill-country-osp"
#define OUR_ADMIN   "admin@hill-country-osp"
#define NOC_ADMIN   "admin@lone-star-noc"
#define THEIR_ADMIN "admin@bayou-osp"

#define SMS_NUMBER   "+15125550171"
#define VOICE_NUMBER "+15125550172"

#define PERSON                                                                               \
	"person{id version label timeZone restFrom restUntil restingUntil optedOut retired " \
	"hasPin contacts{id kind number verified verifiedAt codeSentAt codeExpiresAt "       \
	"codeTriesLeft}}"
#define LIST                                                                                  \
	"list{id version name timeZone retired people{id label} shifts{id personId days "     \
	"from until validFrom validUntil} substitutions{id absentId substituteId from until " \
	"reason}}"
#define PLAN                                                                             \
	"{rings summary round listId listName region people{personId label phone rings " \
	"reason words until by}}"

/* -- words -- */

/* data.<mutation> of ${mutation} with an input of ${type}. */
static const struct json *
mutate_with(const char *identity, const char *mutation, const char *type, const char *key,
    const char *input)
{
	const char *query = print(
	    "mutation($input:%s!){%s(input:$input){__typename ... on PersonCommandSuccess{" PERSON
	    "} ... on Refusal{code field message rule}}}",
	    type, mutation);
	const char *list_query = print(
	    "mutation($input:%s!){%s(input:$input){__typename ... on PagerListCommandSuccess{" LIST
	    "} ... on Refusal{code field message rule}}}",
	    type, mutation);
	bool of_list = strstr(type, "List") != NULL || strstr(type, "Substitution") != NULL;
	const char *variables = print(
	    "{\"input\":{\"idempotencyKey\":\"%s\",%s}}", key == NULL ? new_key() : key, input);

	return at(
	    ask(identity, of_list ? list_query : query, variables), print("data.%s", mutation));
}

static const struct json *
mutate(const char *mutation, const char *type, const char *input)
{
	return mutate_with(MANAGER, mutation, type, NULL, input);
}

static const struct json *
done(const struct json *result)
{
	if (json_find(result, STR("person")) == NULL && json_find(result, STR("list")) == NULL)
		fail_msg("expected success, got %s", json_text(result));
	return result;
}

static const char *
new_person(const char *label)
{
	return text_at(
	    done(mutate("createPerson", "CreatePersonInput", print("\"label\":\"%s\"", label))),
	    "person.id");
}

/* The id of a new contact of ${person}, the last one. */
static const char *
new_contact(const char *person, const char *kind, const char *number)
{
	const struct json *result = done(mutate("addContact", "AddContactInput",
	    print("\"personId\":\"%s\",\"kind\":\"%s\",\"number\":\"%s\"", person, kind, number)));

	return text_at(
	    result, print("person.contacts.%zu.id", count_at(result, "person.contacts") - 1));
}

static const char *
contact_input(const char *person, const char *contact)
{
	return print("\"personId\":\"%s\",\"contactId\":\"%s\"", person, contact);
}

static const struct json *
send_code(const char *person, const char *contact)
{
	const struct json *result =
	    mutate("sendContactCode", "ContactInput", contact_input(person, contact));

	server_world_settle(&server);
	return result;
}

static const struct json *
verify(const char *person, const char *contact, const char *code)
{
	return mutate("verifyContact", "VerifyContactInput",
	    print("%s,\"code\":\"%s\"", contact_input(person, contact), code));
}

/* What ${kind} of message went to ${number} last, and how many did. */
static const char *
last_body(const char *kind, const char *number, size_t *ret_count)
{
	const char *body = "";
	int64_t after = 0, last = 1;

	*ret_count = 0;
	while (after < last) {
		struct http_answer *answer = arena_new(arena, struct http_answer);
		const struct json *page;

		assert_no_fault(http_client_send(server.client, arena,
		    &(struct http_call){
			.method = "GET",
			.url = arena_printf(arena, "%.*s/control/journal?after=%lld",
			    STR_ARG(server.mock_url), (long long)after),
			.timeout = SECONDS(20),
		    },
		    answer));
		page = json_of(answer, 200);
		last = int_at(page, "last");
		for (size_t i = 0; i < count_at(page, "entries"); i++) {
			const struct json *entry = at(page, print("entries.%zu", i));

			after++;
			if (!str_equal(
				json_text_or(entry, STR("kind"), STR("")), str_from_z(kind)) ||
			    !str_equal(json_text_or(entry, STR("to"), STR("")), str_from_z(number)))
				continue;
			++*ret_count;
			body = arena_copy_z(arena, json_text_or(entry, STR("body"), STR("")));
		}
	}
	return body;
}

static size_t
count_sent(const char *kind, const char *number)
{
	size_t count;

	(void)last_body(kind, number, &count);
	return count;
}

/* The first six digits in ${body}, whatever stands between them. */
static const char *
code_in(const char *body)
{
	char *code = arena_copy_z(arena, STR("......"));
	size_t count = 0;

	for (; *body != '\0' && count < 6; body++) {
		if (*body >= '0' && *body <= '9')
			code[count++] = *body;
		else if (*body != ',' && *body != ' ')
			count = 0;
	}
	assert_int_equal(count, 6);
	return code;
}

static const char *
code_sent_to(const char *number)
{
	size_t count;
	const char *body = last_body("text", number, &count);

	assert_true(count > 0);
	return code_in(body + strlen("Osprey Strike: "));
}

/* A code of six digits that is not ${code}. */
static const char *
other_than(const char *code)
{
	char *other = arena_copy_z(arena, str_from_z(code));

	other[5] = other[5] == '9' ? '0' : (char)(other[5] + 1);
	return other;
}

/* A number that nobody else in these tests has. */
static const char *
new_number(void)
{
	static int number;

	return print("+1512555%04d", 2000 + number++);
}

/* Somebody who can be rung at ${number}. */
static const char *
reachable_person(const char *label, const char *number)
{
	const char *person = new_person(label);
	const char *contact = new_contact(person, "SMS", number);

	/* Verified as a text first: the same number for calls is verified by a call. */
	done(send_code(person, contact));
	done(verify(person, contact, code_sent_to(number)));
	contact = new_contact(person, "VOICE", number);
	done(send_code(person, contact));
	{
		size_t count;
		const char *body = last_body("call", number, &count);

		done(verify(person, contact, code_in(strstr(body, "code is: "))));
	}
	return person;
}

/* -- codes -- */

static void
a_number_counts_when_the_code_that_was_sent_there_is_told_back(void **state)
{
	const char *person = new_person("East crew lead");
	const char *contact = new_contact(person, "SMS", SMS_NUMBER);
	const struct json *result;

	(void)state;
	result = done(send_code(person, contact));
	assert_text_at(result, "person.contacts.0.kind", "SMS");
	assert_false(at(result, "person.contacts.0.verified")->boolean);
	assert_int_equal(int_at(result, "person.contacts.0.codeTriesLeft"), 5);
	assert_int_equal(count_sent("text", SMS_NUMBER), 1);

	result = done(verify(person, contact, code_sent_to(SMS_NUMBER)));
	assert_true(at(result, "person.contacts.0.verified")->boolean);
	assert_null_at(result, "person.contacts.0.codeExpiresAt");
	/* A second time it is so already. */
	assert_true(
	    at(done(verify(person, contact, "000000")), "person.contacts.0.verified")->boolean);
	assert_refused(send_code(person, contact), "CONTACT_VERIFIED", "contactId", "already");
}

static void
a_code_for_calls_is_read_out_in_a_call(void **state)
{
	const char *person = new_person("East splicer 1");
	const char *contact = new_contact(person, "VOICE", VOICE_NUMBER);
	const char *body;
	size_t count;

	(void)state;
	done(send_code(person, contact));
	body = last_body("call", VOICE_NUMBER, &count);
	assert_int_equal(count, 1);
	assert_contains(body, "<Say");
	assert_contains(body, "Once more");
	assert_true(at(done(verify(person, contact, code_in(strstr(body, "code is: ")))),
	    "person.contacts.0.verified")
			->boolean);
}

static void
a_code_has_five_tries_and_no_answer_tells_how_near_one_was(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);
	const char *code, *first = NULL;

	(void)state;
	done(send_code(person, contact));
	code = code_sent_to(number);
	for (int i = 0; i < 5; i++) {
		const char *answer = json_text(verify(person, contact, other_than(code)));

		assert_contains(answer, "CODE_WRONG");
		if (first == NULL)
			first = answer;
		assert_string_equal(answer, first);
	}
	/* The right one is too late now, and the answer the same. */
	assert_string_equal(json_text(verify(person, contact, code)), first);
	clock_advance(server.clock, MINUTES(1));
	done(send_code(person, contact));
	assert_string_not_equal(code_sent_to(number), code);
	assert_string_equal(json_text(verify(person, contact, code)), first);
	done(verify(person, contact, code_sent_to(number)));
}

static void
a_code_is_good_for_a_quarter_of_an_hour(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);
	const struct json *none = verify(person, contact, "123456");

	(void)state;
	assert_refused(none, "CODE_WRONG", "code", "this is not the code");
	done(send_code(person, contact));
	clock_advance(server.clock, MINUTES(15));
	assert_string_equal(
	    json_text(verify(person, contact, code_sent_to(number))), json_text(none));
	done(send_code(person, contact));
	clock_advance(server.clock, (struct duration){ MINUTES(15).us - 1 });
	done(verify(person, contact, code_sent_to(number)));
}

static void
a_number_gets_one_code_a_minute_and_five_a_day(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);

	(void)state;
	done(send_code(person, contact));
	assert_refused(send_code(person, contact), "CODE_TOO_SOON", "contactId",
	    "no other code can be sent there before");
	for (int i = 0; i < 4; i++) {
		clock_advance(server.clock, MINUTES(1));
		done(send_code(person, contact));
	}
	clock_advance(server.clock, MINUTES(2));
	assert_refused(send_code(person, contact), "CODE_TOO_SOON", "contactId", "T00:00:00 UTC");
	assert_int_equal(count_sent("text", number), 5);
	clock_advance(server.clock, HOURS(24));
	done(send_code(person, contact));
	assert_int_equal(count_sent("text", number), 6);
}

static void
a_code_waits_while_nobody_works_and_is_sent_afterwards(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);

	(void)state;
	server_world_rest(&server);
	done(mutate("sendContactCode", "ContactInput", contact_input(person, contact)));
	assert_int_equal(count_sent("text", number), 0);
	server_world_work(&server);
	server_world_settle(&server);
	assert_int_equal(count_sent("text", number), 1);
	/* Another process, the same code: it follows from what is written. */
	server_world_rest(&server);
	server_world_work(&server);
	done(verify(person, contact, code_sent_to(number)));
}

static void
a_code_whose_time_is_over_is_not_sent_any_more(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);

	(void)state;
	server_world_rest(&server);
	done(mutate("sendContactCode", "ContactInput", contact_input(person, contact)));
	clock_advance(server.clock, MINUTES(16));
	server_world_work(&server);
	server_world_settle(&server);
	assert_int_equal(count_sent("text", number), 0);
}

static void
a_code_asked_for_twice_under_one_key_is_sent_once(void **state)
{
	const char *number = new_number(), *person = new_person("A"), *key = new_key();
	const char *input = contact_input(person, new_contact(person, "SMS", number));

	(void)state;
	done(mutate_with(MANAGER, "sendContactCode", "ContactInput", key, input));
	clock_advance(server.clock, MINUTES(5));
	done(mutate_with(MANAGER, "sendContactCode", "ContactInput", key, input));
	server_world_settle(&server);
	assert_int_equal(count_sent("text", number), 1);
}

/* -- people -- */

static void
a_person_is_entered_changed_and_retired(void **state)
{
	const struct json *result = done(mutate("createPerson", "CreatePersonInput",
	    "\"label\":\"West crew lead\",\"timeZone\":\"America/Denver\",\"restFrom\":\"22:00\","
	    "\"restUntil\":\"06:30\""));
	const char *id = text_at(result, "person.id");

	(void)state;
	assert_text_at(result, "person.restFrom", "22:00");
	assert_text_at(result, "person.restUntil", "06:30");
	assert_int_equal(int_at(result, "person.version"), 1);
	result = done(mutate("changePerson", "ChangePersonInput",
	    print("\"personId\":\"%s\",\"label\":\"West lead\",\"version\":1", id)));
	assert_text_at(result, "person.label", "West lead");
	assert_null_at(result, "person.timeZone");
	assert_null_at(result, "person.restFrom");
	assert_refused(mutate("changePerson", "ChangePersonInput",
			   print("\"personId\":\"%s\",\"label\":\"Late\",\"version\":1", id)),
	    "VERSION_STALE", "version", "it stands at version 2");
	result = done(mutate("setPersonPin", "SetPersonPinInput",
	    print("\"personId\":\"%s\",\"pin\":\"4711\"", id)));
	assert_true(at(result, "person.hasPin")->boolean);
	result = done(mutate("optOutPerson", "OptPersonInput", print("\"personId\":\"%s\"", id)));
	assert_true(at(result, "person.optedOut")->boolean);
	result = done(mutate("optInPerson", "OptPersonInput", print("\"personId\":\"%s\"", id)));
	assert_false(at(result, "person.optedOut")->boolean);
	result = done(mutate("retirePerson", "RetirePersonInput",
	    print("\"personId\":\"%s\",\"reason\":\"Moved away\"", id)));
	assert_true(at(result, "person.retired")->boolean);
	assert_refused(mutate("restPerson", "RestPersonInput", print("\"personId\":\"%s\"", id)),
	    "PERSON_RETIRED", "personId", "not on call any more");
}

static void
what_cannot_be_is_refused_with_its_field(void **state)
{
	const char *person = new_person("A");
	const char *id = print("\"personId\":\"%s\"", person);

	(void)state;
	assert_refused(mutate("createPerson", "CreatePersonInput", "\"label\":\"  \""),
	    "NAME_INVALID", "label", "");
	assert_refused(mutate("createPerson", "CreatePersonInput",
			   "\"label\":\"A\",\"timeZone\":\"Atlantis/Deep\""),
	    "TIME_ZONE_INVALID", "timeZone", "no zone of the IANA database");
	assert_refused(
	    mutate("createPerson", "CreatePersonInput", "\"label\":\"A\",\"restFrom\":\"22:00\""),
	    "REST_INVALID", "rest", "");
	assert_refused(mutate("addContact", "AddContactInput",
			   print("%s,\"kind\":\"SMS\",\"number\":\"512 555 0101\"", id)),
	    "PHONE_INVALID", "number", "E.164");
	assert_refused(mutate("addContact", "AddContactInput",
			   print("%s,\"kind\":\"SMS\",\"number\":\"+05125550101\"", id)),
	    "PHONE_INVALID", "number", "E.164");
	assert_refused(
	    mutate("setPersonPin", "SetPersonPinInput", print("%s,\"pin\":\"12a4\"", id)),
	    "PIN_INVALID", "pin", "4 to 8 digits");
	assert_refused(mutate("restPerson", "RestPersonInput",
			   print("%s,\"until\":\"2020-01-01T00:00:00Z\"", id)),
	    "REST_INVALID", "until", "has passed already");
	for (int i = 0; i < 8; i++)
		(void)new_contact(person, "SMS", new_number());
	assert_refused(mutate("addContact", "AddContactInput",
			   print("%s,\"kind\":\"SMS\",\"number\":\"%s\"", id, new_number())),
	    "CONTACTS_TOO_MANY", "number", "8 contacts");
}

static void
contacts_are_put_in_order_and_removed(void **state)
{
	const char *person = new_person("A");
	const char *first = new_contact(person, "SMS", new_number());
	const char *second = new_contact(person, "VOICE", new_number());
	const struct json *result;

	(void)state;
	result = done(mutate("orderContacts", "OrderContactsInput",
	    print("\"personId\":\"%s\",\"contactIds\":[\"%s\",\"%s\"]", person, second, first)));
	assert_text_at(result, "person.contacts.0.id", second);
	assert_text_at(result, "person.contacts.1.id", first);
	assert_refused(mutate("orderContacts", "OrderContactsInput",
			   print("\"personId\":\"%s\",\"contactIds\":[\"%s\",\"%s\"]", person,
			       second, second)),
	    "ORDER_INVALID", "contactIds", "each of the person's 2 contacts once");
	result = done(mutate("removeContact", "ContactInput", contact_input(person, second)));
	assert_int_equal(count_at(result, "person.contacts"), 1);
	assert_refused(mutate("removeContact", "ContactInput", contact_input(person, second)),
	    "CONTACT_UNKNOWN", "contactId", "no such contact");
}

static void
only_an_osps_roster_managers_and_admins_write(void **state)
{
	(void)state;
	assert_refused(
	    mutate_with(DISPATCHER, "createPerson", "CreatePersonInput", NULL, "\"label\":\"A\""),
	    "NOT_PERMITTED", NULL, "createPerson needs the role");
	assert_refused(
	    mutate_with(NOC_ADMIN, "createPerson", "CreatePersonInput", NULL, "\"label\":\"A\""),
	    "OSP_ONLY", NULL, "this organisation is none");
	done(mutate_with(OUR_ADMIN, "createPerson", "CreatePersonInput", NULL, "\"label\":\"A\""));
}

static void
people_and_lists_of_others_are_as_if_they_did_not_exist(void **state)
{
	const char *person = new_person("A");
	const char *list = text_at(done(mutate("createPagerList", "CreatePagerListInput",
				       print("\"name\":\"L\",\"people\":[\"%s\"]", person))),
	    "list.id");
	const char *const ids[] = { person, new_key() }, *const lists[] = { list, new_key() };
	const char *answers[2], *list_answers[2], *people[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		answers[i] = json_text(mutate_with(THEIR_ADMIN, "retirePerson", "RetirePersonInput",
		    NULL, print("\"personId\":\"%s\"", ids[i])));
		list_answers[i] = json_text(mutate_with(THEIR_ADMIN, "retirePagerList",
		    "RetirePagerListInput", NULL, print("\"listId\":\"%s\"", lists[i])));
		people[i] =
		    json_text(mutate_with(THEIR_ADMIN, "createPagerList", "CreatePagerListInput",
			NULL, print("\"name\":\"L\",\"people\":[\"%s\"]", ids[i])));
	}
	assert_contains(answers[0], "PERSON_UNKNOWN");
	assert_string_equal(answers[0], answers[1]);
	assert_contains(list_answers[0], "PAGER_LIST_UNKNOWN");
	assert_string_equal(list_answers[0], list_answers[1]);
	assert_contains(people[0], "people[0]: there is no such person on call");
	assert_string_equal(people[0], people[1]);
	assert_lacks(
	    json_text(ask(THEIR_ADMIN, "{people(first:100){edges{node{id}}}}", "{}")), person);
	assert_contains(
	    json_text(ask(WATCHER, "{people(first:100){edges{node{id label}}}}", "{}")), person);
	assert_contains(json_text(ask(NOC_ADMIN, "{people{edges{node{id}}}}", "{}")), "OSP_ONLY");
}

/* -- lists -- */

static void
a_list_is_made_and_changed_as_a_whole(void **state)
{
	const char *a = new_person("A"), *b = new_person("B");
	const struct json *result = done(mutate("createPagerList", "CreatePagerListInput",
	    print("\"name\":\"East\",\"timeZone\":\"America/Chicago\",\"people\":[\"%s\",\"%s\"],"
		  "\"shifts\":[{\"personId\":\"%s\",\"days\":[\"SUNDAY\",\"MONDAY\"],"
		  "\"from\":\"22:00\",\"until\":\"06:00\"}]",
		a, b, b)));
	const char *list = text_at(result, "list.id");

	(void)state;
	assert_text_at(result, "list.people.0.label", "A");
	assert_text_at(result, "list.shifts.0.days.0", "MONDAY");
	assert_text_at(result, "list.shifts.0.days.1", "SUNDAY");
	assert_text_at(result, "list.shifts.0.from", "22:00");
	result = done(mutate("changePagerList", "ChangePagerListInput",
	    print("\"listId\":\"%s\",\"name\":\"East 2\",\"people\":[\"%s\"]", list, b)));
	assert_int_equal(count_at(result, "list.people"), 1);
	assert_int_equal(count_at(result, "list.shifts"), 0);
	/* Without a zone it is the organisation's, which is UTC where nobody said. */
	assert_true(strlen(text_at(result, "list.timeZone")) > 0);
	assert_refused(mutate("changePagerList", "ChangePagerListInput",
			   print("\"listId\":\"%s\",\"name\":\"East\",\"people\":[\"%s\",\"%s\"]",
			       list, b, b)),
	    "LIST_INVALID", "people[1]", "on the list already");
	assert_refused(
	    mutate("changePagerList", "ChangePagerListInput",
		print("\"listId\":\"%s\",\"name\":\"East\",\"people\":[\"%s\"],\"shifts\":[{"
		      "\"personId\":\"%s\",\"days\":[\"MONDAY\"],\"from\":\"00:00\","
		      "\"until\":\"00:00\"}]",
		    list, b, a)),
	    "SHIFT_INVALID", "shifts[0]", "not on the list");
	result = done(
	    mutate("retirePagerList", "RetirePagerListInput", print("\"listId\":\"%s\"", list)));
	assert_true(at(result, "list.retired")->boolean);
}

static void
a_substitution_is_added_and_ended(void **state)
{
	const char *a = new_person("A"), *b = new_person("B");
	const char *list = text_at(done(mutate("createPagerList", "CreatePagerListInput",
				       print("\"name\":\"L\",\"people\":[\"%s\"]", a))),
	    "list.id");
	const char *input = print("\"listId\":\"%s\",\"absentId\":\"%s\",\"substituteId\":\"%s\","
				  "\"from\":\"2027-01-01T00:00:00Z\","
				  "\"until\":\"2027-01-08T00:00:00Z\",\"reason\":\"Holiday\"",
	    list, a, b);
	const struct json *result = done(mutate("addSubstitution", "AddSubstitutionInput", input));

	(void)state;
	assert_text_at(result, "list.substitutions.0.reason", "Holiday");
	assert_refused(mutate("addSubstitution", "AddSubstitutionInput", input),
	    "SUBSTITUTION_INVALID", "from", "end that first");
	result = done(mutate("endSubstitution", "EndSubstitutionInput",
	    print("\"listId\":\"%s\",\"substitutionId\":\"%s\"", list,
		text_at(result, "list.substitutions.0.id"))));
	assert_int_equal(count_at(result, "list.substitutions"), 0);
}

/* -- who would ring -- */

/* A region of ${list}, one degree square, from ${west} and ${south} on. */
static void
put_region(const char *list, double west, double south)
{
	static const struct geo_point unit[] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 }, { 0, 0 } };
	struct geo_point points[COUNT_OF(unit)];
	struct store_session *session = worker_session();
	struct record_outcome *outcome = arena_new(arena, struct record_outcome);
	struct geo_ring ring = { points, COUNT_OF(points) };
	struct geo_polygon polygon = { &ring, 1 };
	struct store_append_result result;
	struct store_organisation osp;
	struct region region = { .name = STR("Far west"), .area = { &polygon, 1 } };
	struct record_author author = {
		.session = session,
		.arena = arena,
		.now = clock_now(server.clock),
		.vault = &server.vault,
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.correlation = random_uuid(clock_now(server.clock)),
	};
	bool found, taken;

	for (size_t i = 0; i < COUNT_OF(unit); i++)
		points[i] =
		    (struct geo_point){ west + unit[i].longitude, south + unit[i].latitude };
	assert_no_fault(store_find_organisation(
	    session, arena, UUID_NIL, STR("hill-country-osp"), &found, &osp));
	region.osp = osp.id;
	assert_true(uuid_parse(str_from_z(list), &region.list));
	outcome->steps[outcome->step_count++] = (struct record_step){
		.event = DIRECTORY_EVENT_REGION_CREATED,
		.after = { .kind = RECORD_REGION, .id = random_uuid(author.now), .region = region },
	};
	assert_no_fault(store_begin(session, arena, UUID_NIL));
	assert_no_fault(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &result));
	assert_false(taken);
	assert_no_fault(store_commit(session, arena));
	store_session_close(session);
}

static const struct json *
plan_for(const char *identity, const char *location, const char *more)
{
	return at(ask(identity, print("query($l:GeoJSON!){pagerPlan(location:$l%s)" PLAN "}", more),
		      print("{\"l\":%s}", location)),
	    "data.pagerPlan");
}

static const char *
point(double longitude, double latitude)
{
	return print("{\"type\":\"Point\",\"coordinates\":[%g,%g]}", longitude, latitude);
}

/* Four people of whom one rings, at a place of its own from ${west} on. */
static void
begin_plan(double west, const char *number, const char **ret_list, const char **ret_resting)
{
	const char *rings = reachable_person("West crew lead", number);
	const char *unverified = new_person("West apprentice");
	const char *absent = new_person("West splicer 1");
	const char *resting = reachable_person("West splicer 2", new_number());
	const char *list = text_at(
	    done(mutate("createPagerList", "CreatePagerListInput",
		print("\"name\":\"West on call\",\"timeZone\":\"UTC\",\"people\":[\"%s\",\"%s\","
		      "\"%s\"]",
		    unverified, absent, resting))),
	    "list.id");
	struct instant now = clock_now(server.clock);

	done(mutate("addSubstitution", "AddSubstitutionInput",
	    print("\"listId\":\"%s\",\"absentId\":\"%s\",\"substituteId\":\"%s\","
		  "\"from\":\"%.*s\",\"until\":\"%.*s\"",
		list, absent, rings, STR_ARG(instant_text(arena, now)),
		STR_ARG(instant_text(arena, instant_plus(now, HOURS(24)))))));
	done(mutate("restPerson", "RestPersonInput",
	    print("\"personId\":\"%s\",\"until\":\"%.*s\"", resting,
		STR_ARG(instant_text(arena, instant_plus(now, HOURS(6)))))));
	put_region(list, west, 35);
	*ret_list = list;
	*ret_resting = resting;
}

static void
an_osp_sees_who_would_ring_and_why_the_others_not(void **state)
{
	const char *list, *resting, *number = new_number();
	const struct json *plan;

	(void)state;
	begin_plan(-110, number, &list, &resting);
	plan = plan_for(WATCHER, point(-109.5, 35.5), "");
	assert_int_equal(int_at(plan, "rings"), 1);
	assert_text_at(plan, "summary", "1 person would be rung");
	assert_text_at(plan, "listId", list);
	assert_text_at(plan, "region", "Far west");
	assert_null_at(plan, "round");
	assert_text_at(plan, "people.0.reason", "NO_VERIFIED_PHONE");
	assert_text_at(plan, "people.1.reason", "SUBSTITUTED");
	assert_text_at(plan, "people.1.by", text_at(plan, "people.2.personId"));
	assert_text_at(plan, "people.2.label", "West crew lead");
	assert_text_at(plan, "people.2.phone", number);
	assert_true(at(plan, "people.2.rings")->boolean);
	assert_text_at(plan, "people.3.reason", "RESTING");
	assert_contains(text_at(plan, "people.3.words"), "resting until 20");
	/* A day later nobody rests, and the absent one is back, without a telephone. */
	plan = plan_for(WATCHER, point(-109.5, 35.5),
	    print(",at:\"%.*s\"",
		STR_ARG(instant_text(arena, instant_plus(clock_now(server.clock), HOURS(25))))));
	assert_int_equal(int_at(plan, "rings"), 1);
	assert_text_at(plan, "people.1.reason", "NO_VERIFIED_PHONE");
	assert_text_at(plan, "people.2.personId", resting);
	/* The list is in use as long as the region is. */
	assert_refused(
	    mutate("retirePagerList", "RetirePagerListInput", print("\"listId\":\"%s\"", list)),
	    "PAGER_LIST_IN_USE", "listId", "the region Far west");
}

static void
a_noc_sees_how_many_would_ring_and_nothing_else(void **state)
{
	const char *list, *resting, *where = point(-111.5, 35.5);
	const struct json *plan;

	(void)state;
	begin_plan(-112, new_number(), &list, &resting);
	plan = plan_for(OPERATOR, where, ",osp:\"hill-country-osp\"");
	assert_int_equal(int_at(plan, "rings"), 1);
	assert_text_at(plan, "summary", "1 person would be rung");
	assert_null_at(plan, "people");
	assert_null_at(plan, "listId");
	assert_null_at(plan, "listName");
	assert_null_at(plan, "region");
	/* Without an agreement, or an OSP: the same. */
	assert_string_equal(
	    json_text(plan_for(OTHER_OPERATOR, where, ",osp:\"hill-country-osp\"")), "null");
	assert_string_equal(json_text(plan_for(OTHER_OPERATOR, where, ",osp:\"nobody\"")), "null");
	assert_string_equal(
	    json_text(plan_for(THEIR_ADMIN, where, ",osp:\"hill-country-osp\"")), "null");
	assert_string_equal(json_text(plan_for(THEIR_ADMIN, where,
				",osp:\"hill-country-osp\",noc:\"lone-star-noc\"")),
	    "null");
	assert_string_equal(json_text(plan_for(OPERATOR, where, "")), "null");
}

static void
why_somebody_was_not_called_is_answered_from_the_frozen_plan(void **state)
{
	const char *list, *resting, *number = new_number(), *eco, *query, *variables;
	const struct json *plan;

	(void)state;
	begin_plan(-114, number, &list, &resting);
	eco = created((struct create){ .location = point(-113.5, 35.5) });
	/* What is changed afterwards does not change what was frozen. */
	done(mutate("restPerson", "RestPersonInput", print("\"personId\":\"%s\"", resting)));
	query = "query($e:ID!){ecoPagerPlan(ecoId:$e)" PLAN "}";
	variables = print("{\"e\":\"%s\"}", eco);
	plan = at(ask(DISPATCHER, query, variables), "data.ecoPagerPlan");
	assert_int_equal(int_at(plan, "round"), 1);
	assert_text_at(plan, "summary", "1 person was to be rung");
	assert_text_at(plan, "people.2.phone", number);
	assert_text_at(plan, "people.3.reason", "RESTING");
	assert_contains(text_at(plan, "people.3.words"), "resting until 20");
	assert_text_at(plan, "people.1.by", text_at(plan, "people.2.personId"));
	assert_int_equal(count_sent("call", number), 2); /* the code's, and this one */
	assert_contains(json_text(ask(OPERATOR, query, variables)), "NOT_PERMITTED");
	assert_contains(json_text(ask(NOC_ADMIN, query, variables)), "OSP_ONLY");
	assert_null_at(ask(THEIR_ADMIN, query, variables), "data.ecoPagerPlan");
	assert_null_at(
	    ask(DISPATCHER, query, print("{\"e\":\"%s\"}", new_key())), "data.ecoPagerPlan");
}

static void
where_no_list_is_nobody_would_ring(void **state)
{
	(void)state;
	assert_string_equal(json_text(plan_for(WATCHER, point(0, 0), "")), "null");
	assert_contains(
	    json_text(ask(WATCHER,
		"{pagerPlan(location:{type:\"Point\",coordinates:[30,-97.5]}){rings}}", "{}")),
	    "LOCATION_INVALID");
}

/* -- what is written -- */

static void
neither_numbers_nor_codes_nor_pins_are_written_into_the_log(void **state)
{
	const char *number = new_number(), *person = new_person("Somebody of the far north");
	const char *contact = new_contact(person, "SMS", number), *code;
	struct store_session *session = worker_session();
	struct store_events events;
	struct uuid id;

	(void)state;
	done(send_code(person, contact));
	code = code_sent_to(number);
	done(mutate("setPersonPin", "SetPersonPinInput",
	    print("\"personId\":\"%s\",\"pin\":\"90817263\"", person)));
	done(verify(person, contact, code));
	assert_true(uuid_parse(str_from_z(person), &id));
	assert_no_fault(store_read_stream(session, arena, id, 0, 100, &events));
	assert_int_equal(events.count, 5);
	for (size_t i = 0; i < events.count; i++) {
		const char *payload = arena_copy_z(arena, events.at[i].payload);

		assert_lacks(payload, number);
		assert_lacks(payload, code);
		assert_lacks(payload, "90817263");
		assert_lacks(payload, "far north");
	}
	assert_text(events.at[2].type, "ContactCodeSent");
	assert_text(events.at[4].type, "ContactVerified");
	store_session_close(session);
}

/* -- while the provider is away -- */

#define AWAY                                                                 \
	"scenario \"Away\"\n"                                                \
	"noc operator@lone-star-noc\n"                                       \
	"watch dispatcher@hill-country-osp\n"                                \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Nothing\"\n" \
	"twilio down from 0s until 120s\n"                                   \
	"expect anything else\nuntil ECOClosed within 1h\n"

static int
begin_away(void **state)
{
	(void)state;
	server_world_begin(&server, store_factory_make(), AWAY);
	return 0;
}

static void
a_code_that_the_provider_did_not_take_is_sent_when_it_is_back(void **state)
{
	const char *number = new_number(), *person = new_person("A");
	const char *contact = new_contact(person, "SMS", number);

	(void)state;
	done(send_code(person, contact));
	for (int second = 0; second < 180; second++) {
		clock_advance(server.clock, SECONDS(1));
		server_world_settle(&server);
		if (second % 50 == 25) {
			server_world_rest(&server);
			server_world_work(&server);
		}
		assert_true(second >= 100 || count_sent("text", number) == 0);
	}
	assert_int_equal(count_sent("text", number), 1);
	done(verify(person, contact, code_sent_to(number)));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_number_counts_when_the_code_that_was_sent_there_is_told_back),
		API_TEST(a_code_for_calls_is_read_out_in_a_call),
		API_TEST(a_code_has_five_tries_and_no_answer_tells_how_near_one_was),
		API_TEST(a_code_is_good_for_a_quarter_of_an_hour),
		API_TEST(a_number_gets_one_code_a_minute_and_five_a_day),
		API_TEST(a_code_waits_while_nobody_works_and_is_sent_afterwards),
		API_TEST(a_code_whose_time_is_over_is_not_sent_any_more),
		API_TEST(a_code_asked_for_twice_under_one_key_is_sent_once),
		API_TEST(a_person_is_entered_changed_and_retired),
		API_TEST(what_cannot_be_is_refused_with_its_field),
		API_TEST(contacts_are_put_in_order_and_removed),
		API_TEST(only_an_osps_roster_managers_and_admins_write),
		API_TEST(people_and_lists_of_others_are_as_if_they_did_not_exist),
		API_TEST(a_list_is_made_and_changed_as_a_whole),
		API_TEST(a_substitution_is_added_and_ended),
		API_TEST(an_osp_sees_who_would_ring_and_why_the_others_not),
		API_TEST(a_noc_sees_how_many_would_ring_and_nothing_else),
		API_TEST(why_somebody_was_not_called_is_answered_from_the_frozen_plan),
		API_TEST(where_no_list_is_nobody_would_ring),
		API_TEST(neither_numbers_nor_codes_nor_pins_are_written_into_the_log),
	};

	const struct CMUnitTest away[] = {
		API_TEST(a_code_that_the_provider_did_not_take_is_sent_when_it_is_back),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end) +
	       cmocka_run_group_tests(away, begin_away, api_world_end);
}
