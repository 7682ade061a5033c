#include <stdlib.h>

#include "support/api_world.h"
#include "support/plant_record.h"

/*
 * What a client is told when a command is declined, and when it is sent again:
 * every refusal names its field and its rule, and leaves no trace.
 *
 * usage: api_refusal_test mem|pg
 */

#define REFUSED(code, field, message, ...)                                                    \
	do {                                                                                  \
		size_t before_ = events_that_matter();                                        \
		assert_refused(create((struct create){ __VA_ARGS__ }), code, field, message); \
		assert_int_equal(events_that_matter(), before_);                              \
	} while (0)

/* ${count} times ${unit}, in JSON's quotation marks. */
static const char *
repeated(const char *unit, size_t count)
{
	struct buf buf = buf_in(arena, 3 + count * strlen(unit));

	buf_char(&buf, '"');
	for (size_t i = 0; i < count; i++)
		buf_str(&buf, str_from_z(unit));
	buf_str(&buf, STR("\""));
	assert_false(buf.overflowed);
	return arena_copy_z(arena, buf_view(&buf));
}

/* -- the location -- */

static void
swapped_longitude_and_latitude_are_suspected(void **state)
{
	(void)state;
	REFUSED("LOCATION_INVALID", "location.coordinates[1]",
	    "location.coordinates[1] is 181.2: latitude must be within \xc2\xb1"
	    "90; are longitude and latitude swapped?",
	    .location = "{\"type\":\"Point\",\"coordinates\":[30.2,181.2]}");
	REFUSED("LOCATION_INVALID", "location.coordinates[1]",
	    "location.coordinates[1] is -97.7431: latitude must be within \xc2\xb1"
	    "90; are longitude and latitude swapped?",
	    .location = "{\"type\":\"Point\",\"coordinates\":[30.2672,-97.7431]}");
	REFUSED("LOCATION_INVALID", "location.coordinates[0]",
	    "location.coordinates[0] is -180.5: longitude must be within \xc2\xb1"
	    "180",
	    .location = "{\"type\":\"Point\",\"coordinates\":[-180.5,30]}");
	REFUSED("LOCATION_INVALID", "location.coordinates[1][1]",
	    "location.coordinates[1][1] is 91: latitude must be within",
	    .location = "{\"type\":\"LineString\",\"coordinates\":[[-97,30],[-97,91]]}");
}

static void
what_is_no_point_and_no_line_is_refused(void **state)
{
	static const struct {
		const char *location, *field, *message;
	} cases[] = {
		{ "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}",
		    "location.type",
		    "location.type is \"Polygon\": a location is a Point or a LineString" },
		{ "{\"type\":\"Feature\",\"geometry\":" AUSTIN "}", "location.type", "Feature" },
		{ "{\"coordinates\":[-97,30]}", "location.type", "location.type is missing" },
		{ "{\"type\":7,\"coordinates\":[-97,30]}", "location.type", "is a number" },
		{ "{\"type\":\"Point\"}", "location.coordinates", "is missing" },
		{ "{\"type\":\"Point\",\"coordinates\":\"-97,30\"}", "location.coordinates",
		    "not an array" },
		{ "{\"type\":\"Point\",\"coordinates\":[-97]}", "location.coordinates",
		    "has 1 numbers" },
		{ "{\"type\":\"Point\",\"coordinates\":[-97,30,1,2]}", "location.coordinates",
		    "has 4 numbers" },
		{ "{\"type\":\"Point\",\"coordinates\":[\"-97\",30]}", "location.coordinates[0]",
		    "is a text, not a number" },
		{ "{\"type\":\"Point\",\"coordinates\":[-97,null]}", "location.coordinates[1]",
		    "is null, not a number" },
		{ "{\"type\":\"LineString\",\"coordinates\":[[-97,30]]}", "location.coordinates",
		    "at least 2 positions, this one has 1" },
		{ "{\"type\":\"LineString\",\"coordinates\":[]}", "location.coordinates",
		    "at least 2 positions, this one has 0" },
		{ "{\"type\":\"LineString\",\"coordinates\":[[-97,30],[-97,30]]}",
		    "location.coordinates", "use a Point" },
		{ "{\"type\":\"Point\",\"coordinates\":[-97,30],\"crs\":{\"type\":\"name\"}}",
		    "location.crs", "WGS 84" },
		{ "{}", "location.type", "missing" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		REFUSED("LOCATION_INVALID", cases[i].field, cases[i].message,
		    .location = cases[i].location);
}

/* Not even the scalar's shape: the request is wrong, before any command is asked. */
static void
a_location_that_is_no_object_is_an_error_of_the_request(void **state)
{
	static const char *const cases[] = { "\"-97,30\"", "[-97,30]", "7", "true" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *body = print("{\"query\":\"mutation($l:GeoJSON!){createEco(input:{"
					 "idempotencyKey:\\\"%s\\\",location:$l,jobType:MFR,"
					 "description:\\\"x\\\",osp:\\\"hill-country-osp\\\"}){"
					 "__typename}}\",\"variables\":{\"l\":%s}}",
		    new_key(), cases[i]);
		const struct json *answer = json_of(post_graphql(OPERATOR, str_from_z(body)), 400);

		assert_text_at(answer, "errors.0.extensions.code", "BAD_USER_INPUT");
	}
}

static void
a_number_beyond_every_number_is_no_latitude(void **state)
{
	(void)state;
	REFUSED("LOCATION_INVALID", "location.coordinates[1]", "latitude must be within",
	    .location = "{\"type\":\"Point\",\"coordinates\":[-97,1e308]}");
	REFUSED("LOCATION_INVALID", "location.coordinates[0]", "longitude must be within",
	    .location = "{\"type\":\"Point\",\"coordinates\":[9223372036854775807,30]}");
}

static void
a_line_has_a_largest_size(void **state)
{
	const size_t count = GEO_LINE_POINTS_MAX + 1;
	struct buf buf = buf_in(arena, 64 + count * 16);

	(void)state;
	buf_str(&buf, STR("{\"type\":\"LineString\",\"coordinates\":[[-97,30]"));
	for (size_t i = 1; i < count; i++)
		buf_str(&buf, STR(",[-97.5,30.5]"));
	buf_str(&buf, STR("]}"));
	REFUSED("LOCATION_INVALID", "location.coordinates", "simplify it",
	    .location = arena_copy_z(arena, buf_view(&buf)));
}

/* -- the description -- */

static void
a_blank_description_is_refused(void **state)
{
	static const char *const blanks[] = { "\"\"", "\"   \"", "\"\\n\\t \\r\"" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(blanks); i++)
		REFUSED("DESCRIPTION_BLANK", "description", "description is blank",
		    .description = blanks[i]);
}

static void
a_description_has_at_most_4000_characters(void **state)
{
	(void)state;
	REFUSED("DESCRIPTION_TOO_LONG", "description",
	    "description has 4001 characters, at most 4000 are allowed",
	    .description = repeated("x", 4001));
	REFUSED("DESCRIPTION_TOO_LONG", "description", "4001 characters",
	    .description = repeated("\xf0\x9f\x9a\xa8", 4001));
	assert_done(create((struct create){ .description = repeated("x", 4000) }));
}

static void
characters_are_counted_and_not_bytes(void **state)
{
	const char *description = repeated("\xf0\x9f\x9a\xa8", 4000);
	const char *eco = created((struct create){ .description = description });

	(void)state;
	assert_int_equal(strlen(text_at(eco_of(OPERATOR, eco), "description")), 16000);
}

/* -- whom it concerns -- */

static void
no_agreement_is_one_answer_whatever_the_reason(void **state)
{
	static const char *const others[] = { "nobody-osp", "hill-country-osp", "lone-star-noc",
		"gulf-coast-noc", "", "018f0000-0000-7000-8000-000000000000", "'; DROP TABLE x" };
	const char *first = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		const struct json *result =
		    create((struct create){ .identity = OTHER_OPERATOR, .osp = others[i] });

		assert_refused(result, "NO_AGREEMENT", "osp",
		    "no agreement between your organisation and this OSP is in force");
		if (first == NULL)
			first = json_text(result);
		assert_string_equal(json_text(result), first);
	}
}

static void
a_place_outside_every_region_falls_to_the_default_list_or_to_nobody(void **state)
{
	const char *eco;

	(void)state;
	/* Hill Country's agreement has a default list, Lone Star's with Bayou has none. */
	eco = created((struct create){ .location = NEW_YORK });
	assert_contains(json_text(timeline(DISPATCHER, eco)), "Hill Country duty");
	REFUSED("NO_PAGER_LIST", "location",
	    "no region of this OSP covers the location and the agreement has no default list",
	    .location = NEW_YORK, .osp = "bayou-osp");
}

/* A region of Hill Country far away, whose only person cannot be rung. */
static void
plant_unreachable_region(void)
{
	static const struct geo_point ring[] = { { 10, 50 }, { 11, 50 }, { 11, 51 }, { 10, 51 },
		{ 10, 50 } };
	const struct geo_ring rings[] = { { ring, COUNT_OF(ring) } };
	const struct geo_polygon polygon = { rings, 1 };
	const struct contact contact = { .id = uuid_from_name(STR("test:contact")),
		.kind = CONTACT_VOICE,
		.number = STR("+15125550199") };
	const struct list_entry entry = { uuid_from_name(STR("test:person")), 1 };
	struct store_session *session = worker_session();
	struct store_organisation osp;
	bool found;

	assert_no_fault(store_find_organisation(
	    session, arena, UUID_NIL, STR("hill-country-osp"), &found, &osp));
	plant_record(session, arena, &server.vault, DIRECTORY_EVENT_PERSON_ADDED,
	    &(struct record){ .kind = RECORD_PERSON,
		.id = entry.person,
		.person = { .osp = osp.id,
		    .label = STR("Far crew lead"),
		    .contacts = &contact,
		    .contact_count = 1 } });
	plant_record(session, arena, &server.vault, DIRECTORY_EVENT_PAGER_LIST_CREATED,
	    &(struct record){ .kind = RECORD_PAGER_LIST,
		.id = uuid_from_name(STR("test:list")),
		.pager_list = { .osp = osp.id,
		    .name = STR("Far away"),
		    .time_zone = STR("UTC"),
		    .entries = &entry,
		    .entry_count = 1 } });
	plant_record(session, arena, &server.vault, DIRECTORY_EVENT_REGION_CREATED,
	    &(struct record){ .kind = RECORD_REGION,
		.id = uuid_from_name(STR("test:region")),
		.region = { .osp = osp.id,
		    .name = STR("Far away"),
		    .priority = 1,
		    .list = uuid_from_name(STR("test:list")),
		    .area = { &polygon, 1 } } });
	store_session_close(session);
}

static void
a_list_on_which_nobody_can_be_rung_is_refused(void **state)
{
	(void)state;
	plant_unreachable_region();
	REFUSED("NOBODY_TO_RING", "location",
	    "nobody on the pager list that covers the location can be rung",
	    .location = "{\"type\":\"Point\",\"coordinates\":[10.5,50.5]}");
}

/* -- roles -- */

static void
only_operators_and_supervisors_of_a_noc_create(void **state)
{
	static const char *const others[] = { "viewer@lone-star-noc", "admin@lone-star-noc",
		"dispatcher@hill-country-osp", "roster_manager@hill-country-osp",
		"technician@bayou-osp" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		REFUSED("NOT_PERMITTED", NULL,
		    "createEco needs the role operator or supervisor in this organisation",
		    .identity = others[i]);
	assert_done(create((struct create){ .identity = SUPERVISOR }));
}

static void
a_role_that_may_not_learns_nothing_of_what_exists(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *nobody = new_key();
	static const char *const who[] = { "dispatcher@hill-country-osp", "operator@lone-star-noc",
		"viewer@lone-star-noc", "dispatcher@bayou-osp" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(who); i++) {
		const struct json *of_one =
		    command(who[i], "closeEco", NULL, print("\"ecoId\":\"%s\"", eco));
		const struct json *of_none =
		    command(who[i], "closeEco", NULL, print("\"ecoId\":\"%s\"", nobody));

		assert_refused(of_one, "NOT_PERMITTED", NULL, "closeEco needs the role supervisor");
		assert_string_equal(json_text(of_one), json_text(of_none));
	}
	assert_refused(command("viewer@hill-country-osp", "addNote", NULL,
			   print("\"ecoId\":\"%s\",\"text\":\"x\"", eco)),
	    "NOT_PERMITTED", NULL, "yours is viewer");
	assert_refused(
	    command(DISPATCHER, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"x\"", eco)),
	    "NOT_PERMITTED", NULL, "cancelEco needs the role operator or supervisor");
	assert_text_at(eco_of(OPERATOR, eco), "status", "OPEN");
}

/* -- commands on an ECO -- */

static void
an_eco_that_is_not_there_is_named_as_the_field(void **state)
{
	static const struct {
		const char *mutation, *more;
	} cases[] = {
		{ "addNote", ",\"text\":\"x\"" },
		{ "closeEco", "" },
		{ "reopenEco", ",\"reason\":\"x\"" },
		{ "cancelEco", ",\"reason\":\"x\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t before = events_that_matter();

		assert_refused(command(SUPERVISOR, cases[i].mutation, NULL,
				   print("\"ecoId\":\"%s\"%s", new_key(), cases[i].more)),
		    "ECO_UNKNOWN", "ecoId", "there is no such ECO");
		assert_refused(command(SUPERVISOR, cases[i].mutation, NULL,
				   print("\"ecoId\":\"not an id\"%s", cases[i].more)),
		    "ECO_UNKNOWN", "ecoId", "there is no such ECO");
		assert_int_equal(events_that_matter(), before);
	}
}

static void
work_that_is_not_reported_complete_is_neither_confirmed_nor_rejected(void **state)
{
	const char *eco = created((struct create){ 0 });
	size_t before = events_that_matter();

	(void)state;
	assert_refused(command(SUPERVISOR, "closeEco", NULL, print("\"ecoId\":\"%s\"", eco)),
	    "ECO_NOT_COMPLETED", NULL,
	    "this ECO is open: only one whose work is reported complete can be closed");
	assert_refused(
	    command(SUPERVISOR, "reopenEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"x\"", eco)),
	    "ECO_NOT_COMPLETED", NULL, "can be reopened");
	assert_int_equal(events_that_matter(), before);
}

static void
a_cancelled_eco_stays_cancelled(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *target = print("\"ecoId\":\"%s\",\"reason\":\"Light is back\"", eco);
	size_t before;

	(void)state;
	assert_done(command(OPERATOR, "cancelEco", NULL, target));
	before = events_that_matter();
	assert_refused(command(OPERATOR, "cancelEco", NULL, target), "ECO_CANCELLED", NULL,
	    "this ECO is cancelled");
	assert_refused(command(SUPERVISOR, "reopenEco", NULL, target), "ECO_CANCELLED", NULL,
	    "this ECO is cancelled");
	assert_refused(command(SUPERVISOR, "closeEco", NULL, print("\"ecoId\":\"%s\"", eco)),
	    "ECO_CANCELLED", NULL, "this ECO is cancelled");
	assert_int_equal(events_that_matter(), before);
}

static void
a_cancellation_has_a_reason_of_reasonable_length(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_refused(
	    command(OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"\\t\"", eco)),
	    "REASON_BLANK", "reason", "reason is blank");
	assert_refused(command(OPERATOR, "cancelEco", NULL,
			   print("\"ecoId\":\"%s\",\"reason\":%s", eco, repeated("x", 1001))),
	    "REASON_TOO_LONG", "reason", "reason has 1001 characters, at most 1000 are allowed");
	assert_done(command(OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"reason\":%s", eco, repeated("\xc3\xa9", 1000))));
}

static void
a_note_is_neither_blank_nor_too_long(void **state)
{
	const char *eco = created((struct create){ 0 });
	size_t before = events_that_matter();

	(void)state;
	assert_refused(
	    command(OPERATOR, "addNote", NULL, print("\"ecoId\":\"%s\",\"text\":\" \"", eco)),
	    "NOTE_BLANK", "text", "text is blank");
	assert_refused(command(OPERATOR, "addNote", NULL,
			   print("\"ecoId\":\"%s\",\"text\":%s", eco, repeated("x", 4001))),
	    "NOTE_TOO_LONG", "text", "text has 4001 characters, at most 4000 are allowed");
	assert_int_equal(events_that_matter(), before);
	assert_done(command(OPERATOR, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":%s", eco, repeated("\xf0\x9f\x9a\xa8", 4000))));
}

static void
a_command_decided_on_an_old_version_is_refused(void **state)
{
	const char *eco = created((struct create){ 0 });
	int64_t version = int_at(eco_of(OPERATOR, eco), "version");
	const char *reason = "\"reason\":\"Light is back\"";

	(void)state;
	assert_refused(command(OPERATOR, "cancelEco", NULL,
			   print("\"ecoId\":\"%s\",\"version\":1,%s", eco, reason)),
	    "VERSION_STALE", "version",
	    print("the ECO stands at version %lld, the command was decided on 1",
		(long long)version));
	assert_refused(
	    command(OPERATOR, "cancelEco", NULL,
		print("\"ecoId\":\"%s\",\"version\":%lld,%s", eco, (long long)version + 1, reason)),
	    "VERSION_STALE", "version", "the ECO stands at");
	assert_text_at(eco_of(OPERATOR, eco), "status", "OPEN");
	assert_done(command(OPERATOR, "cancelEco", NULL,
	    print("\"ecoId\":\"%s\",\"version\":%lld,%s", eco, (long long)version, reason)));
}

static void
a_stale_command_is_told_what_it_has_missed(void **state)
{
	const char *eco = created((struct create){ 0 });
	int64_t version = int_at(eco_of(OPERATOR, eco), "version");
	const char *cancel =
	    print("\"ecoId\":\"%s\",\"reason\":\"x\",\"version\":%lld", eco, (long long)version);
	const char *message;

	(void)state;
	assert_done(command(DISPATCHER, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"Ours\",\"visibility\":\"OWN_SIDE\"", eco)));
	message = text_at(command(OPERATOR, "cancelEco", NULL, cancel), "message");
	assert_lacks(message, "since then");
	assert_lacks(message, "NoteAdded");
	assert_done(command(
	    DISPATCHER, "addNote", NULL, print("\"ecoId\":\"%s\",\"text\":\"For both\"", eco)));
	assert_refused(command(OPERATOR, "cancelEco", NULL, cancel), "VERSION_STALE", "version",
	    "; since then NoteAdded");
	message = text_at(command(OPERATOR, "cancelEco", NULL,
			      print("\"ecoId\":\"%s\",\"reason\":\"x\",\"version\":0", eco)),
	    "message");
	assert_contains(message, "; since then ECOCreated, ");
	assert_contains(message, " and more");
}

/* -- sent again -- */

static void
the_same_key_gives_the_same_eco(void **state)
{
	const char *key = new_key();
	const char *first = text_at(create((struct create){ .key = key }), "eco.id");
	size_t before = events_that_matter();
	const struct json *second = create((struct create){ .key = key });

	(void)state;
	assert_text_at(second, "eco.id", first);
	assert_int_equal(events_that_matter(), before);
}

static void
the_same_key_takes_a_note_once(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *key = new_key();
	const char *note = print("\"ecoId\":\"%s\",\"text\":\"Once\"", eco);

	(void)state;
	assert_done(command(OPERATOR, "addNote", key, note));
	assert_done(command(OPERATOR, "addNote", key, note));
	assert_int_equal(count_entries(OPERATOR, eco, "NoteAdded"), 1);
}

static void
a_command_sent_again_is_answered_although_it_could_not_be_given_now(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *key = new_key();
	const char *cancel = print("\"ecoId\":\"%s\",\"reason\":\"Light is back\"", eco);

	(void)state;
	assert_done(command(OPERATOR, "cancelEco", key, cancel));
	assert_text_at(command(OPERATOR, "cancelEco", key, cancel), "eco.status", "CANCELLED");
}

static void
a_key_stands_for_one_body_only(void **state)
{
	static const char *const message =
	    "this key was used for another command; a new command needs a new key";
	const char *key = new_key();
	const char *eco = created((struct create){ .key = key });
	size_t before = events_that_matter();

	(void)state;
	assert_refused(create((struct create){ .key = key, .description = "\"Something else\"" }),
	    "KEY_REUSED", "idempotencyKey", message);
	assert_refused(create((struct create){ .key = key, .job_type = "CMR" }), "KEY_REUSED",
	    "idempotencyKey", message);
	assert_refused(create((struct create){ .key = key, .location = NEW_YORK }), "KEY_REUSED",
	    "idempotencyKey", message);
	assert_refused(
	    command(OPERATOR, "addNote", key, print("\"ecoId\":\"%s\",\"text\":\"x\"", eco)),
	    "KEY_REUSED", "idempotencyKey", message);
	assert_int_equal(events_that_matter(), before);
}

static void
the_version_and_the_visibility_are_part_of_the_body(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *key = new_key(), *other = new_key();

	(void)state;
	assert_done(
	    command(OPERATOR, "addNote", key, print("\"ecoId\":\"%s\",\"text\":\"x\"", eco)));
	assert_refused(
	    command(OPERATOR, "addNote", key,
		print("\"ecoId\":\"%s\",\"text\":\"x\",\"visibility\":\"OWN_SIDE\"", eco)),
	    "KEY_REUSED", "idempotencyKey", "another command");
	assert_done(
	    command(OPERATOR, "cancelEco", other, print("\"ecoId\":\"%s\",\"reason\":\"x\"", eco)));
	assert_refused(command(OPERATOR, "cancelEco", other,
			   print("\"ecoId\":\"%s\",\"reason\":\"x\",\"version\":1", eco)),
	    "KEY_REUSED", "idempotencyKey", "another command");
}

static void
a_refused_command_leaves_its_key_free(void **state)
{
	const char *key = new_key();

	(void)state;
	assert_refused(create((struct create){ .key = key, .description = "\" \"" }),
	    "DESCRIPTION_BLANK", "description", "blank");
	assert_done(create((struct create){ .key = key }));
}

static void
a_refused_command_takes_no_job_number(void **state)
{
	const char *first = text_at(create((struct create){ .job_type = "FNOL" }), "eco.jobNumber");
	const char *second;

	(void)state;
	(void)create((struct create){ .job_type = "FNOL", .description = "\"\"" });
	(void)create((struct create){ .job_type = "FNOL", .osp = "nobody" });
	second = text_at(create((struct create){ .job_type = "FNOL" }), "eco.jobNumber");
	assert_int_equal(atoi(second + strlen("HC-FNOL-")), atoi(first + strlen("HC-FNOL-")) + 1);
}

static void
the_same_key_of_two_organisations_is_two_keys(void **state)
{
	const char *key = new_key();
	const struct json *theirs = create((struct create){
	    .key = key, .identity = OTHER_OPERATOR, .osp = "bayou-osp", .location = HOUSTON });

	(void)state;
	assert_done(theirs);
	assert_done(create((struct create){ .key = key }));
}

/* -- many at once -- */

#define THREADS 8

/* Send the bodies all at once; what was answered. */
static void
send_all(const char *const bodies[THREADS], struct http_answer answers[THREADS])
{
	static const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
	};
	struct http_call calls[THREADS];

	for (int i = 0; i < THREADS; i++)
		calls[i] = (struct http_call){
			.method = "POST",
			.url = arena_printf(arena, "%.*s/graphql", STR_ARG(server.server_url)),
			.headers = headers,
			.header_count = COUNT_OF(headers),
			.body = str_from_z(bodies[i]),
			.timeout = SECONDS(30),
		};
	request_at_once(calls, THREADS, answers);
}

static const char *
creation_body(const char *key)
{
	return print("{\"query\":\"mutation{createEco(input:{idempotencyKey:\\\"%s\\\",jobType:MFR,"
		     "description:\\\"At once\\\",osp:\\\"hill-country-osp\\\",location:{type:"
		     "\\\"Point\\\",coordinates:[-97.74,30.27]}}){... on CreateEcoSuccess{eco{id "
		     "jobNumber}}... on Refusal{code}}}\"}",
	    key);
}

static void
a_key_sent_many_times_at_once_makes_one_eco(void **state)
{
	const char *key = new_key(), *bodies[THREADS];
	const char *before = text_at(create((struct create){ 0 }), "eco.jobNumber");
	struct http_answer answers[THREADS];
	const char *number;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		bodies[i] = creation_body(key);
	send_all(bodies, answers);
	number = text_at(json_of(&answers[0], 200), "data.createEco.eco.jobNumber");
	for (int i = 1; i < THREADS; i++)
		assert_text_at(json_of(&answers[i], 200), "data.createEco.eco.jobNumber", number);
	assert_int_equal(atoi(number + strlen("HC-MFR-")), atoi(before + strlen("HC-MFR-")) + 1);
	number = text_at(create((struct create){ 0 }), "eco.jobNumber");
	assert_int_equal(atoi(number + strlen("HC-MFR-")), atoi(before + strlen("HC-MFR-")) + 2);
}

static void
ecos_created_at_once_have_numbers_without_a_gap(void **state)
{
	const char *bodies[THREADS];
	int first =
	    atoi(text_at(create((struct create){ 0 }), "eco.jobNumber") + strlen("HC-MFR-"));
	struct http_answer answers[THREADS];
	bool seen[THREADS] = { false };

	(void)state;
	for (int i = 0; i < THREADS; i++)
		bodies[i] = creation_body(new_key());
	send_all(bodies, answers);
	for (int i = 0; i < THREADS; i++) {
		int number =
		    atoi(text_at(json_of(&answers[i], 200), "data.createEco.eco.jobNumber") +
			 strlen("HC-MFR-")) -
		    first - 1;

		assert_in_range(number, 0, THREADS - 1);
		assert_false(seen[number]);
		seen[number] = true;
	}
}

static void
a_note_sent_many_times_at_once_is_taken_once(void **state)
{
	const char *eco = created((struct create){ 0 }), *key = new_key(), *bodies[THREADS];
	struct http_answer answers[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		bodies[i] = print("{\"query\":\"mutation{addNote(input:{idempotencyKey:\\\"%s\\\","
				  "ecoId:\\\"%s\\\",text:\\\"Once\\\"}){__typename}}\"}",
		    key, eco);
	send_all(bodies, answers);
	for (int i = 0; i < THREADS; i++)
		assert_text_at(
		    json_of(&answers[i], 200), "data.addNote.__typename", "EcoCommandSuccess");
	assert_int_equal(count_entries(OPERATOR, eco, "NoteAdded"), 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(swapped_longitude_and_latitude_are_suspected),
		API_TEST(what_is_no_point_and_no_line_is_refused),
		API_TEST(a_location_that_is_no_object_is_an_error_of_the_request),
		API_TEST(a_number_beyond_every_number_is_no_latitude),
		API_TEST(a_line_has_a_largest_size),
		API_TEST(a_blank_description_is_refused),
		API_TEST(a_description_has_at_most_4000_characters),
		API_TEST(characters_are_counted_and_not_bytes),
		API_TEST(no_agreement_is_one_answer_whatever_the_reason),
		API_TEST(a_place_outside_every_region_falls_to_the_default_list_or_to_nobody),
		API_TEST(a_list_on_which_nobody_can_be_rung_is_refused),
		API_TEST(only_operators_and_supervisors_of_a_noc_create),
		API_TEST(a_role_that_may_not_learns_nothing_of_what_exists),
		API_TEST(an_eco_that_is_not_there_is_named_as_the_field),
		API_TEST(work_that_is_not_reported_complete_is_neither_confirmed_nor_rejected),
		API_TEST(a_cancelled_eco_stays_cancelled),
		API_TEST(a_cancellation_has_a_reason_of_reasonable_length),
		API_TEST(a_note_is_neither_blank_nor_too_long),
		API_TEST(a_command_decided_on_an_old_version_is_refused),
		API_TEST(a_stale_command_is_told_what_it_has_missed),
		API_TEST(the_same_key_gives_the_same_eco),
		API_TEST(the_same_key_takes_a_note_once),
		API_TEST(a_command_sent_again_is_answered_although_it_could_not_be_given_now),
		API_TEST(a_key_stands_for_one_body_only),
		API_TEST(the_version_and_the_visibility_are_part_of_the_body),
		API_TEST(a_refused_command_leaves_its_key_free),
		API_TEST(a_refused_command_takes_no_job_number),
		API_TEST(the_same_key_of_two_organisations_is_two_keys),
		API_TEST(a_key_sent_many_times_at_once_makes_one_eco),
		API_TEST(ecos_created_at_once_have_numbers_without_a_gap),
		API_TEST(a_note_sent_many_times_at_once_is_taken_once),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
