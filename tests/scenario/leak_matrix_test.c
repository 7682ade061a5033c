#include <stdlib.h>

#include "app/app.h"
#include "domain/directory/record.h"
#include "support/api_world.h"
#include "support/live_world.h"

/*
 * The leak matrix: every operation, as everybody, about what is somebody else's.
 *
 * What is expected follows from the rules (product: "two tenants, one ECO"), which are
 * written down here once more and not taken from the program:
 *
 *   1. Who does not prove who they are, or for whom they act, gets a 401, and nothing else.
 *   2. To whom a record does not belong, it is as if it did not exist: the answer to its
 *      id is, byte for byte, the answer to an id that nobody has.
 *   3. Whose role does not allow an operation is told so, whether the record exists or not.
 *   4. No answer to anybody holds a word that only others may read (the canaries).
 *   5. None of the above leaves an event behind, except in the audit.
 *
 * Each operation of operations.def has a row in leak_matrix.def; without it this does not
 * compile.
 *
 * usage: leak_matrix_test mem|pg
 */

/* Whose the records are that a document names. */
enum belongs {
	TO_PAIR, /* to NOC A and OSP X */
	TO_NOC,  /* to NOC A alone */
	TO_OSP,  /* to OSP X alone */
	TO_SELF, /* the document names nobody's records: one's own, or new ones ... */
	TO_OSPS, /* ... that only an OSP has */
};

/* Roles as the product has them. */
#define OPERATOR_    " operator "
#define SUPERVISOR_  " supervisor "
#define DISPATCHER_  " dispatcher "
#define TECHNICIAN_  " technician "
#define ROSTER_      " roster_manager "
#define VIEWER_      " viewer "
#define ADMIN_       " admin "
#define PLATFORM_    " platform_admin "
#define NOC_WRITERS_ OPERATOR_ SUPERVISOR_
#define MEMBERS_     OPERATOR_ SUPERVISOR_ DISPATCHER_ TECHNICIAN_ ROSTER_ VIEWER_ ADMIN_
#define EVERYBODY_   MEMBERS_ PLATFORM_

struct row {
	const char *operation;
	enum app_operation_kind kind;
	enum belongs belongs;
	const char *roles; /* that may, in their own organisation */
	const char *document;
};

static const struct row rows[] = {
#define LEAK(name, KIND, BELONGS, ROLES, document) \
	{ #name, OPERATION_##KIND, BELONGS, ROLES, document },
#include "leak_matrix.def"
#undef LEAK
};

/* An operation without a row here, or a row without an operation, does not compile. */
enum {
#define LEAK(name, KIND, BELONGS, ROLES, document) ROW_##name,
#include "leak_matrix.def"
#undef LEAK
	ROW_COUNT
};
enum {
#define OPERATION(name, kind, field, permission, sentence) HAS_ROW_##name = ROW_##name,
#include "app/operations.def"
#undef OPERATION
};
_Static_assert((int)ROW_COUNT == (int)OPERATION_COUNT, "a row for each operation");

/* ---- who asks ---- */

struct principal {
	const char *identity; /* user@organisation */
	const char *organisation, *role;
};

#define OF(role, organisation)                                    \
	{                                                         \
		role "@" organisation, organisation, " " role " " \
	}

static const struct principal members[] = {
	OF("operator", "lone-star-noc"),
	OF("supervisor", "lone-star-noc"),
	OF("viewer", "lone-star-noc"),
	OF("admin", "lone-star-noc"),
	OF("dispatcher", "hill-country-osp"),
	OF("technician", "hill-country-osp"),
	OF("roster_manager", "hill-country-osp"),
	OF("viewer", "hill-country-osp"),
	OF("admin", "hill-country-osp"),
	OF("operator", "gulf-coast-noc"),
	OF("supervisor", "gulf-coast-noc"),
	OF("viewer", "gulf-coast-noc"),
	OF("admin", "gulf-coast-noc"),
	OF("dispatcher", "bayou-osp"),
	OF("technician", "bayou-osp"),
	OF("roster_manager", "bayou-osp"),
	OF("viewer", "bayou-osp"),
	OF("admin", "bayou-osp"),
	OF("operator", "hill-country-om"), /* a NOC and an OSP at once */
	OF("roster_manager", "hill-country-om"),
	OF("admin", "hill-country-om"),
	OF("platform", "platform"),
};

static bool
is_platform(const struct principal *principal)
{
	return strcmp(principal->organisation, "platform") == 0;
}

/* The user called "platform" has a role of another name. */
static const char *
role_of(const struct principal *principal)
{
	return is_platform(principal) ? PLATFORM_ : principal->role;
}

#define NOC_A "lone-star-noc"
#define OSP_X "hill-country-osp"

/* Whether the records are ${principal}'s to know of; the platform's operator knows companies. */
static bool
is_theirs(const struct principal *principal, const struct row *row)
{
	enum belongs belongs = row->belongs;
	bool noc = strcmp(principal->organisation, NOC_A) == 0;
	bool osp = strcmp(principal->organisation, OSP_X) == 0;

	if (is_platform(principal) && strstr(row->roles, PLATFORM_) != NULL)
		return true;
	return belongs == TO_SELF || belongs == TO_OSPS || (belongs != TO_OSP && noc) ||
	       (belongs != TO_NOC && osp);
}

/* An OSP, or a company that is both. */
static bool
is_osp(const struct principal *principal)
{
	return strstr(principal->organisation, "-noc") == NULL && !is_platform(principal);
}

static bool
has_role(const struct principal *principal, const char *roles)
{
	return strstr(roles, role_of(principal)) != NULL;
}

/* ---- what there is ---- */

/* A word in a document, what it stands for, and what nobody has. */
struct thing {
	const char *word;
	const char *real, *phantom;
};

#define THINGS_MAX 24
static struct thing things[THINGS_MAX];
static size_t thing_count;

/* A text that only these may read. */
struct canary {
	const char *text;
	const char *readers; /* handles of organisations */
};

#define CANARIES_MAX 40
static struct canary canaries[CANARIES_MAX];
static size_t canary_count;

static const char *
copy(const char *text)
{
	char *memory = strdup(text);

	assert_non_null(memory);
	return memory;
}

static void
add_thing(const char *word, const char *real, const char *phantom)
{
	assert_true(thing_count < THINGS_MAX);
	things[thing_count++] = (struct thing){ word, copy(real), copy(phantom) };
}

static void
add_canary(const char *text, const char *readers)
{
	assert_true(canary_count < CANARIES_MAX);
	canaries[canary_count++] = (struct canary){ copy(text), readers };
}

/* ---- asking ---- */

/* ${document} with every @WORD@ filled in, by what there is or by what nobody has. */
static const char *
fill_in(const char *document, bool real)
{
	struct buf buf = buf_in(arena, 16384);

	while (*document != '\0') {
		const char *end = *document == '@' ? strchr(document + 1, '@') : NULL;
		bool found = end == NULL;

		if (end == NULL) {
			buf_char(&buf, *document++);
			continue;
		}
		if (strncmp(document, "@KEY@", 5) == 0) {
			buf_str(&buf, str_from_z(new_key()));
			found = true;
		}
		for (size_t i = 0; i < thing_count && !found; i++) {
			size_t length = strlen(things[i].word);

			if ((size_t)(end - document - 1) != length ||
			    strncmp(document + 1, things[i].word, length) != 0)
				continue;
			buf_str(&buf, str_from_z(real ? things[i].real : things[i].phantom));
			found = true;
		}
		if (!found)
			fail_msg("no thing called %.20s", document);
		document = end + 1;
	}
	assert_false(buf.overflowed);
	return arena_copy_z(arena, buf_view(&buf));
}

/* ${text} with what was asked about in place of its id. */
static const char *
anonymous(const char *text)
{
	struct buf buf = buf_in(arena, 512 * 1024);

	while (*text != '\0') {
		size_t skip = 0;

		for (size_t i = 0; i < thing_count && skip == 0; i++) {
			const struct thing *thing = &things[i];

			if (strncmp(text, thing->real, strlen(thing->real)) == 0)
				skip = strlen(thing->real);
			else if (strncmp(text, thing->phantom, strlen(thing->phantom)) == 0)
				skip = strlen(thing->phantom);
			if (skip > 0)
				buf_printf(&buf, "@%s@", thing->word);
		}
		if (skip == 0)
			buf_char(&buf, *text);
		text += skip == 0 ? 1 : skip;
	}
	assert_false(buf.overflowed);
	return arena_copy_z(arena, buf_view(&buf));
}

static const char *
body_of(const char *document)
{
	struct buf buf = buf_in(arena, 32768);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(document));
	json_end_map(&writer);
	assert_false(buf.overflowed);
	return arena_copy_z(arena, buf_view(&buf));
}

/* No answer holds a word that its reader's organisation may not read. */
static void
assert_no_canary(const char *answer, const struct principal *who, const struct row *row)
{
	for (size_t i = 0; i < canary_count; i++) {
		if (strstr(canaries[i].readers, who->organisation) == NULL &&
		    strstr(answer, canaries[i].text) != NULL)
			fail_msg("%s as %s gave away \"%s\": %s", row->operation, who->identity,
			    canaries[i].text, answer);
	}
}

/* All that ${listening} has heard, a line each. */
static const char *
all_heard(struct listening *listening)
{
	struct buf buf = buf_in(arena, 512 * 1024);

	for (size_t i = 0; i < heard_count(listening); i++)
		buf_printf(&buf, "%s\n", heard_text(listening, i));
	assert_false(buf.overflowed);
	return arena_copy_z(arena, buf_view(&buf));
}

/* What is told from the beginning of the log up to now, or why it is refused. */
static const char *
told_to(const struct principal *who, const char *document)
{
	struct listen_call call = { .identity = who->identity, .query = document };
	const char *text = NULL;
	struct listening *listening = listen_or_not(call, &text);

	if (listening == NULL)
		return text;
	live_settle();
	text = all_heard(listening);
	listen_no_more(listening);
	return text;
}

static const char *
answered_to(const struct principal *who, const char *document)
{
	const struct http_answer *answer =
	    post_graphql(who->identity, str_from_z(body_of(document)));

	return print("%d %.*s", answer->status, STR_ARG(answer->body));
}

/* The answer to ${row} about what there is, or about what nobody has. */
static const char *
answer_of(const struct principal *who, const struct row *row, bool real)
{
	const char *document = fill_in(row->document, real);
	const char *text = row->kind == OPERATION_SUBSCRIPTION ? told_to(who, document)
							       : answered_to(who, document);

	assert_no_canary(text, who, row);
	if (strstr(text, "GRAPHQL_VALIDATION_FAILED") != NULL || strncmp(text, "400", 3) == 0)
		fail_msg("%s: the document does not fit the schema: %s", row->operation, text);
	return text;
}

/* Notes on the ECO of NOC A and OSP X while everybody listens, and a new one. */
static void
write_live_notes(void)
{
	static const struct {
		const char *identity, *text, *visibility, *readers;
	} notes[] = {
		{ OPERATOR, "canary-live-noc", "OWN_SIDE", NOC_A },
		{ DISPATCHER, "canary-live-osp", "OWN_SIDE", OSP_X },
		{ DISPATCHER, "canary-live-shared", "SHARED", NOC_A " " OSP_X },
	};

	for (size_t i = 0; i < COUNT_OF(notes); i++) {
		add_canary(notes[i].text, notes[i].readers);
		assert_done(command(notes[i].identity, "addNote", new_key(),
		    print("\"ecoId\":\"%s\",\"text\":\"%s\",\"visibility\":\"%s\"",
			fill_in("@ECO@", true), notes[i].text, notes[i].visibility)));
	}
	add_canary("canary-live-new", NOC_A " " OSP_X);
	(void)created((struct create){ .description = "\"canary-live-new\"" });
}

/* ---- the tests ---- */

static void
what_is_somebody_elses_is_answered_as_what_does_not_exist(void **state)
{
	size_t before = events_that_matter();
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(members) * COUNT_OF(rows); i++) {
		const struct principal *who = &members[i % COUNT_OF(members)];
		const struct row *row = &rows[i / COUNT_OF(members)];
		struct arena_mark mark = arena_mark(arena);
		const char *theirs, *nobodys;

		if (is_theirs(who, row))
			continue;
		theirs = anonymous(answer_of(who, row, true));
		nobodys = anonymous(answer_of(who, row, false));
		if (strcmp(theirs, nobodys) != 0)
			fail_msg("%s as %s tells what is somebody else's from nothing:\n%s\n%s",
			    row->operation, who->identity, theirs, nobodys);
		if (!has_role(who, row->roles) && strstr(theirs, "NOT_PERMITTED") == NULL)
			fail_msg(
			    "%s as %s was not refused: %s", row->operation, who->identity, theirs);
		asked++;
		arena_release(arena, mark);
	}
	assert_true(asked > 100);
	assert_int_equal(events_that_matter(), before);
}

static void
a_role_that_does_not_allow_it_is_told_so_about_ones_own_records_too(void **state)
{
	size_t before = events_that_matter();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(members) * COUNT_OF(rows); i++) {
		const struct principal *who = &members[i % COUNT_OF(members)];
		const struct row *row = &rows[i / COUNT_OF(members)];
		struct arena_mark mark = arena_mark(arena);
		const char *answer;

		if (!is_theirs(who, row) || has_role(who, row->roles))
			continue;
		answer = answer_of(who, row, true);
		if (strstr(answer, "NOT_PERMITTED") == NULL)
			fail_msg(
			    "%s as %s was not refused: %s", row->operation, who->identity, answer);
		arena_release(arena, mark);
	}
	assert_int_equal(events_that_matter(), before);
}

static void
whoever_may_read_reads_and_sees_no_word_that_is_others(void **state)
{
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(members) * COUNT_OF(rows); i++) {
		const struct principal *who = &members[i % COUNT_OF(members)];
		const struct row *row = &rows[i / COUNT_OF(members)];
		struct arena_mark mark = arena_mark(arena);
		const char *answer;

		if (row->kind == OPERATION_COMMAND || !is_theirs(who, row) ||
		    !has_role(who, row->roles) || (row->belongs == TO_OSPS && !is_osp(who)))
			continue;
		answer = answer_of(who, row, true);
		if (strstr(answer, "NOT_PERMITTED") != NULL)
			fail_msg("%s as %s was refused: %s", row->operation, who->identity, answer);
		asked++;
		arena_release(arena, mark);
	}
	assert_true(asked > 50);
}

/* Everybody reads the words that are meant for them, or the canaries would prove nothing. */
static void
every_canary_sings_for_its_reader(void **state)
{
	(void)state;
	for (size_t c = 0; c < canary_count; c++) {
		bool sung = false;

		for (size_t i = 0; i < COUNT_OF(members) * COUNT_OF(rows) && !sung; i++) {
			const struct principal *who = &members[i % COUNT_OF(members)];
			const struct row *row = &rows[i / COUNT_OF(members)];
			struct arena_mark mark = arena_mark(arena);

			if (row->kind == OPERATION_COMMAND || !has_role(who, row->roles) ||
			    !is_theirs(who, row) ||
			    strstr(canaries[c].readers, who->organisation) == NULL)
				continue;
			sung = strstr(answer_of(who, row, true), canaries[c].text) != NULL;
			arena_release(arena, mark);
		}
		if (!sung)
			fail_msg("nobody reads \"%s\"", canaries[c].text);
	}
}

/* What everybody hears while things happen, who may listen at all. */
static void
what_is_told_as_it_happens_holds_no_word_that_is_others(void **state)
{
	struct listening *all[COUNT_OF(members) * COUNT_OF(rows)] = { NULL };
	const char *refused;
	size_t heard_by = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct principal *who = &members[i % COUNT_OF(members)];
		const struct row *row = &rows[i / COUNT_OF(members)];

		if (row->kind == OPERATION_SUBSCRIPTION)
			all[i] = listen_or_not((struct listen_call){ .identity = who->identity,
						   .query = fill_in(row->document, true) },
			    &refused);
	}
	write_live_notes();
	live_settle();
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const char *text;

		if (all[i] == NULL)
			continue;
		text = all_heard(all[i]);
		assert_no_canary(
		    text, &members[i % COUNT_OF(members)], &rows[i / COUNT_OF(members)]);
		heard_by += strstr(text, "canary-live-shared") != NULL;
		listen_no_more(all[i]);
	}
	assert_true(heard_by >= 5);
}

/* With a token that nobody was given; one that has expired is told the same (api_door_test). */
static const struct http_answer *
post_with_token(const char *body)
{
	static const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Authorization"),
		    STR("Bearer strike_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") },
	};

	return request("POST", "/graphql", headers, COUNT_OF(headers), str_from_z(body));
}

static void
who_proves_nothing_is_told_nothing(void **state)
{
	static const char *const nobodies[] = { "nobody@lone-star-noc", "operator@bayou-osp",
		"operator@no-such-organisation", "roster_manager@lone-star-noc" };
	size_t before = events_that_matter();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *body = body_of(fill_in(rows[i].document, true));
		const struct http_answer *first = post_graphql(nobodies[0], str_from_z(body));

		assert_int_equal(first->status, 401);
		for (size_t k = 1; k < COUNT_OF(nobodies); k++) {
			const struct http_answer *next =
			    post_graphql(nobodies[k], str_from_z(body));

			assert_int_equal(next->status, 401);
			assert_true(str_equal(next->body, first->body));
		}
		assert_int_equal(post_graphql("", str_from_z(body))->status, 401);
		assert_int_equal(post_with_token(body)->status, 401);
	}
	assert_int_equal(events_that_matter(), before);
}

/* ---- the world ---- */

#define MAKER   "roster_manager@hill-country-osp"
#define ADMIN_A "admin@lone-star-noc"
#define ADMIN_X "admin@hill-country-osp"

/* The id under ${path} of what ${mutation} makes; ${selection} is of its success. */
static const char *
make(const char *identity, const char *mutation, const char *type, const char *input,
    const char *selection, const char *path)
{
	const struct json *answer = ask(identity,
	    print("mutation($input:%s!){it:%s(input:$input){__typename ...on Refusal{code message} "
		  "%s}}",
		type, mutation, selection),
	    print("{\"input\":{\"idempotencyKey\":\"%s\",%s}}", new_key(), input));

	return text_at(answer, print("data.it.%s", path));
}

static void
make_roster(void)
{
	const char *selection = "...on PersonCommandSuccess{person{id contacts{id}}}";
	const char *person = make(MAKER, "createPerson", "CreatePersonInput",
	    "\"label\":\"canary-person\"", selection, "person.id");
	const char *other = make(MAKER, "createPerson", "CreatePersonInput",
	    "\"label\":\"canary-other-person\"", selection, "person.id");
	const char *contact = make(MAKER, "addContact", "AddContactInput",
	    print("\"personId\":\"%s\",\"kind\":\"VOICE\",\"number\":\"+15125550166\"", person),
	    selection, "person.contacts.0.id");
	const char *list = make(MAKER, "createPagerList", "CreatePagerListInput",
	    print("\"name\":\"canary-list\",\"people\":[\"%s\",\"%s\"]", person, other),
	    "...on PagerListCommandSuccess{list{id}}", "list.id");
	const char *region = make(MAKER, "createRegion", "CreateRegionInput",
	    print(
		"\"name\":\"canary-region\",\"pagerListId\":\"%s\",\"area\":{\"type\":\"Polygon\","
		"\"coordinates\":[[[-97.9,30.3],[-97.8,30.3],[-97.8,30.4],[-97.9,30.4],[-97.9,30.3]"
		"]]}",
		list),
	    "...on RegionCommandSuccess{region{id}}", "region.id");

	add_thing("PERSON", person, new_key());
	add_thing("PERSON2", other, new_key());
	add_thing("CONTACT", contact, new_key());
	add_thing("LIST", list, new_key());
	add_thing("REGION", region, new_key());
	add_canary("canary-person", OSP_X);
	add_canary("+15125550166", OSP_X);
	add_canary("canary-list", OSP_X);
	add_canary("canary-region", OSP_X);
	add_canary("North crew lead", OSP_X);
	add_canary("+15125550101", OSP_X);
	add_canary("Austin North on call", OSP_X);
}

/* The id of somebody who has signed in for NOC A. */
static const char *
a_user(void)
{
	const struct json *edges =
	    at(ask(ADMIN_A, "{members(first:100){edges{node{userId}}}}", "null"),
		"data.members.edges");

	for (size_t i = 0; i < edges->list.count; i++) {
		if (at(edges, print("%zu.node.userId", i))->type == JSON_TEXT)
			return text_at(edges, print("%zu.node.userId", i));
	}
	fail_msg("nobody of NOC A has signed in");
	return NULL;
}

static void
make_members(void)
{
	const char *member = make(ADMIN_A, "inviteMember", "InviteMemberInput",
	    "\"email\":\"canary@example.com\",\"name\":\"canary-member\",\"role\":\"viewer\"",
	    "...on MemberSuccess{member{id}}", "member.id");
	const char *token = make(OPERATOR, "issueToken", "IssueTokenInput",
	    print("\"name\":\"canary-token\",\"scopes\":[\"read\"],\"expiresAt\":\"%s\"",
		arena_copy_z(
		    arena, instant_text(arena, instant_plus(clock_now(server.clock), HOURS(48))))),
	    "...on IssueTokenSuccess{token{id}}", "token.id");

	add_thing("MEMBER", member, new_key());
	add_thing("TOKEN", token, new_key());
	add_thing("USER", a_user(), new_key());
	add_canary("canary@example.com", NOC_A);
	add_canary("canary-member", NOC_A);
	add_canary("canary-token", NOC_A);
}

/* The agreement of NOC A with OSP X, as both have filled it in. */
static void
make_agreement(void)
{
	const struct json *edges =
	    at(ask(ADMIN_X, "{agreements(first:100){edges{node{id noc{handle}}}}}", "null"),
		"data.agreements.edges");
	const char *agreement = NULL;

	for (size_t i = 0; i < edges->list.count; i++) {
		if (strcmp(text_at(edges, print("%zu.node.noc.handle", i)), NOC_A) == 0)
			agreement = text_at(edges, print("%zu.node.id", i));
	}
	assert_non_null(agreement);
	add_thing("AGREEMENT", agreement, new_key());
	(void)make(ADMIN_A, "setNocTerms", "SetNocTermsInput",
	    print("\"agreement\":\"%s\",\"dutyPhone\":\"+15125550944\",\"twilioFrom\":\"+"
		  "15125550900\"",
		agreement),
	    "...on AgreementSuccess{agreement{id}}", "agreement.id");
	(void)make(ADMIN_X, "setOspTerms", "SetOspTermsInput",
	    print("\"agreement\":\"%s\",\"renderProject\":\"canary-project\",\"renderClientId\":"
		  "\"hill-country\",\"renderSecretRef\":\"render-hill-country-osp\","
		  "\"defaultList\":\"%s\"",
		agreement, things[3].real),
	    "...on AgreementSuccess{agreement{id}}", "agreement.id");
	add_canary("+15125550944", NOC_A);
	add_canary("canary-project", OSP_X);
}

static void
make_eco(void)
{
	const char *eco = created((struct create){ .description = "\"canary-description\"" });
	struct jobnumber nobodys = { STR("HC"), JOB_TYPE_MFR, 987654 };
	struct buf number = buf_in(arena, JOBNUMBER_BYTES_MAX);

	jobnumber_format(&nobodys, &number);
	add_thing("ECO", eco, new_key());
	add_thing("NUMBER", text_at(eco_of(OPERATOR, eco), "jobNumber"),
	    arena_copy_z(arena, buf_view(&number)));
	assert_done(command(OPERATOR, "addNote", new_key(),
	    print(
		"\"ecoId\":\"%s\",\"text\":\"canary-note-noc\",\"visibility\":\"OWN_SIDE\"", eco)));
	assert_done(command(DISPATCHER, "addNote", new_key(),
	    print(
		"\"ecoId\":\"%s\",\"text\":\"canary-note-osp\",\"visibility\":\"OWN_SIDE\"", eco)));
	assert_done(command(DISPATCHER, "addNote", new_key(),
	    print("\"ecoId\":\"%s\",\"text\":\"canary-note-shared\"", eco)));
	server_world_settle(&server);
	add_canary("canary-description", NOC_A " " OSP_X);
	add_canary("canary-note-noc", NOC_A);
	add_canary("canary-note-osp", OSP_X);
	add_canary("canary-note-shared", NOC_A " " OSP_X);
}

static void
note(const char *identity, const char *eco, const char *text)
{
	assert_done(command(
	    identity, "addNote", new_key(), print("\"ecoId\":\"%s\",\"text\":\"%s\"", eco, text)));
}

/* One that OSP X was relieved of: the list of ECOs shows it to both contractors. */
static void
make_handed_over_eco(void)
{
	const char *eco = created((struct create){ .location = HOUSTON });

	note(OPERATOR, eco, "canary-before");
	assert_done(command(SUPERVISOR, "engageOsp", new_key(),
	    print("\"ecoId\":\"%s\",\"osp\":\"bayou-osp\",\"reason\":\"canary-reason\"", eco)));
	server_world_settle(&server);
	note(OPERATOR, eco, "canary-after");
	server_world_settle(&server);
	add_canary("canary-before", NOC_A " " OSP_X " bayou-osp");
	add_canary("canary-reason", NOC_A " " OSP_X);
	add_canary("canary-after", NOC_A " bayou-osp");
	add_canary("Duty dispatcher", OSP_X);
	add_canary("Houston crew lead", "bayou-osp");
}

static void
a_noc_and_its_contractor_have_records_of_every_kind(void **state)
{
	(void)state;
	make_handed_over_eco();
	make_roster();
	make_members();
	make_agreement();
	make_eco();
	add_thing("NOC", NOC_A, "no-such-noc");
	add_thing("OSP", OSP_X, "no-such-osp");
	add_thing("NOBODY", new_key(), new_key());
}

static void
forget_world(void)
{
	for (size_t i = 0; i < thing_count; i++) {
		free((void *)(uintptr_t)things[i].real);
		free((void *)(uintptr_t)things[i].phantom);
	}
	for (size_t i = 0; i < canary_count; i++)
		free((void *)(uintptr_t)canaries[i].text);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_noc_and_its_contractor_have_records_of_every_kind),
		API_TEST(what_is_somebody_elses_is_answered_as_what_does_not_exist),
		API_TEST(a_role_that_does_not_allow_it_is_told_so_about_ones_own_records_too),
		API_TEST(whoever_may_read_reads_and_sees_no_word_that_is_others),
		API_TEST(every_canary_sings_for_its_reader),
		API_TEST(what_is_told_as_it_happens_holds_no_word_that_is_others),
		API_TEST(who_proves_nothing_is_told_nothing),
	};
	int failed;

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	failed = cmocka_run_group_tests(tests, api_world_begin, api_world_end);
	forget_world();
	return failed;
}
