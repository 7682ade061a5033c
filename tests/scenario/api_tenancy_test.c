#include <stdlib.h>

#include "support/api_world.h"

/*
 * Two companies share an ECO and nothing else: what is another's does not exist,
 * and what is one side's own never crosses to the other.
 *
 * usage: api_tenancy_test mem|pg
 */

/* Of an entry not the type: "StatusCompleted" would hide the raw status "Completed". */
#define ENTRY_FIELDS "{version id at recordedAt summary actor detail}"
#define ECO_FIELDS                                                                            \
	"id version jobNumber jobType description location noc{id handle name isNoc isOsp} "  \
	"osp{id handle name isNoc isOsp} status statusWords dispatch integration acceptedAt " \
	"etaMinutes graceUntil createdAt updatedAt timeline(first:500)" ENTRY_FIELDS

/* -- what is another's does not exist -- */

/* The bytes that ${identity} gets for ${query} about ${thing}. */
static const char *
answer_about(const char *identity, const char *query, const char *thing)
{
	struct buf buf = buf_in(arena, 8192);
	struct json_writer writer = json_writer(&buf);
	const struct http_answer *answer;

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(query));
	json_name(&writer, STR("variables"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("thing"), str_from_z(thing));
	json_member_text(&writer, STR("key"), str_from_z(new_key()));
	json_end_map(&writer);
	json_end_map(&writer);
	answer = post_graphql(identity, buf_view(&buf));
	return print("%d %.*s", answer->status, STR_ARG(answer->body));
}

#define RESULT                                                 \
	"{__typename ... on EcoCommandSuccess{eco{" ECO_FIELDS \
	"}} ... on Refusal{code field message rule}}"

static const char *const doors[] = {
	"query($thing:ID!){eco(id:$thing){" ECO_FIELDS "}}",
	"query($thing:ID!){timeline(ecoId:$thing){version summary}}",
	"query($thing:ID!){timeline(ecoId:$thing,after:2,first:1){version summary}}",
	"mutation($thing:ID!,$key:UUID!){addNote(input:{idempotencyKey:$key,ecoId:$thing,"
	"text:\"x\"})" RESULT "}",
	"mutation($thing:ID!,$key:UUID!){addNote(input:{idempotencyKey:$key,ecoId:$thing,"
	"text:\" \"})" RESULT "}",
	"mutation($thing:ID!,$key:UUID!){closeEco(input:{idempotencyKey:$key,ecoId:$thing})" RESULT
	"}",
	"mutation($thing:ID!,$key:UUID!){closeEco(input:{idempotencyKey:$key,ecoId:$thing,"
	"version:1})" RESULT "}",
	"mutation($thing:ID!,$key:UUID!){reopenEco(input:{idempotencyKey:$key,ecoId:$thing,"
	"reason:\"x\"})" RESULT "}",
	"mutation($thing:ID!,$key:UUID!){cancelEco(input:{idempotencyKey:$key,ecoId:$thing,"
	"reason:\"x\"})" RESULT "}",
};

static const char *const strangers[] = { OTHER_SUPERVISOR, OTHER_OPERATOR, OTHER_DISPATCHER,
	"viewer@gulf-coast-noc", "admin@bayou-osp" };

static void
an_eco_of_others_is_answered_as_one_that_does_not_exist(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *before = json_text(eco_of(OPERATOR, eco));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strangers) * COUNT_OF(doors); i++) {
		const char *who = strangers[i % COUNT_OF(strangers)];
		const char *door = doors[i / COUNT_OF(strangers)];
		const char *of_others = answer_about(who, door, eco);

		assert_string_equal(of_others, answer_about(who, door, new_key()));
		assert_lacks(of_others, "HC-MFR");
	}
	server_world_settle(&server);
	assert_string_equal(json_text(eco_of(OPERATOR, eco)), before);
}

static void
a_job_number_of_others_is_answered_as_one_that_does_not_exist(void **state)
{
	static const char *const query =
	    "query($thing:JobNumber!){ecoByJobNumber(jobNumber:$thing){" ECO_FIELDS "}}";
	const char *eco = created((struct create){ 0 });
	const char *number = text_at(eco_of(OPERATOR, eco), "jobNumber");
	struct jobnumber nobodys = { STR("HC"), JOB_TYPE_MFR, 987654 };
	struct buf buf = buf_in(arena, JOBNUMBER_BYTES_MAX);

	(void)state;
	jobnumber_format(&nobodys, &buf);
	for (size_t i = 0; i < COUNT_OF(strangers); i++)
		assert_string_equal(answer_about(strangers[i], query, number),
		    answer_about(strangers[i], query, arena_copy_z(arena, buf_view(&buf))));
	assert_contains(answer_about(DISPATCHER, query, number), eco);
}

/* The list of ${identity}, in full. */
static const char *
list_of(const char *identity)
{
	return json_text(ask(identity,
	    "{ecos(first:100){totalCount pageInfo{hasNextPage} edges{node{id jobNumber}}}}",
	    "null"));
}

static void
a_list_and_its_count_hold_nothing_of_others(void **state)
{
	const char *hill = created((struct create){ 0 });
	const char *lone_star_bayou =
	    created((struct create){ .osp = "bayou-osp", .location = HOUSTON });
	const char *gulf = created(
	    (struct create){ .identity = OTHER_OPERATOR, .osp = "bayou-osp", .location = HOUSTON });

	(void)state;
	assert_contains(list_of(OTHER_OPERATOR), "\"totalCount\":1,");
	assert_contains(list_of(OTHER_OPERATOR), gulf);
	assert_contains(list_of(OTHER_DISPATCHER), "\"totalCount\":2,");
	assert_contains(list_of(OTHER_DISPATCHER), gulf);
	assert_contains(list_of(OTHER_DISPATCHER), lone_star_bayou);
	assert_lacks(list_of(OTHER_DISPATCHER), hill);
	assert_lacks(list_of(DISPATCHER), lone_star_bayou);
	assert_lacks(list_of(OPERATOR), gulf);
	assert_contains(list_of(OPERATOR), lone_star_bayou);
	assert_int_equal(eco_of(OPERATOR, gulf)->type, JSON_NULL_VALUE);
	assert_int_equal(eco_of(DISPATCHER, lone_star_bayou)->type, JSON_NULL_VALUE);
}

static void
job_numbers_say_nothing_of_how_busy_others_are(void **state)
{
	const char *number = text_at(create((struct create){ .identity = OTHER_OPERATOR,
					 .job_type = "CMR",
					 .osp = "bayou-osp",
					 .location = HOUSTON }),
	    "eco.jobNumber");

	(void)state;
	(void)create((struct create){ .job_type = "CMR", .osp = "bayou-osp", .location = HOUSTON });
	assert_int_equal(atoi(text_at(create((struct create){ .identity = OTHER_OPERATOR,
					  .job_type = "CMR",
					  .osp = "bayou-osp",
					  .location = HOUSTON }),
				  "eco.jobNumber") +
			      strlen("GB-CMR-")),
	    atoi(number + strlen("GB-CMR-")) + 1);
}

static void
a_note_for_ones_own_side_crosses_through_no_door(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *thing = print("{\"thing\":\"%s\"}", eco);

	(void)state;
	assert_done(command(DISPATCHER, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"Hidden of the OSP\",\"visibility\":\"OWN_SIDE\"",
		eco)));
	assert_done(command(OPERATOR, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"Hidden of the NOC\",\"visibility\":\"OWN_SIDE\"",
		eco)));
	for (size_t i = 0; i < 3; i++) {
		assert_lacks(json_text(ask(OPERATOR, doors[i], thing)), "Hidden of the OSP");
		assert_lacks(json_text(ask(DISPATCHER, doors[i], thing)), "Hidden of the NOC");
	}
	assert_contains(json_text(timeline(DISPATCHER, eco)), "Hidden of the OSP");
	assert_contains(json_text(timeline("viewer@lone-star-noc", eco)), "Hidden of the NOC");
}

static void
people_of_the_other_side_are_shown_as_their_company(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *of_noc, *of_osp;
	size_t last;

	(void)state;
	assert_done(command("technician@hill-country-osp", "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"On my way\"", eco)));
	of_noc = timeline(OPERATOR, eco);
	of_osp = timeline(DISPATCHER, eco);
	last = count_at(of_noc, "") - 1;
	assert_text_at(of_noc, "0.actor", "operator");
	assert_text_at(of_osp, "0.actor", "Lone Star NOC");
	assert_text_at(&of_noc->list.items[last], "actor", "Hill Country OSP");
	assert_text_at(&of_osp->list.items[last], "actor", "technician");
	assert_lacks(json_text(of_noc), "technician");
	assert_lacks(json_text(of_osp), "operator");
}

/* -- a whole callout, and what of it crosses -- */

#define BEGINNING                             \
	"scenario \"A long night\"\n"         \
	"noc operator@lone-star-noc\n"        \
	"watch dispatcher@hill-country-osp\n" \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n"

/* Everything that can go wrong in the field, and is put right. */
#define LONG_NIGHT                                                                    \
	BEGINNING "phone +15125550101 declines with 1 after 6s\n"                     \
		  "phone +15125550102 voicemail after 15s\n"                          \
		  "phone +15125550103 answers after 10s, presses 1, then 30#\n"       \
		  "render down from 0s until 5m\n"                                    \
		  "task investigation: starts after 30m, completes after 60m\n"       \
		  "task repair: clone of investigation after 65m, starts after 70m, " \
		  "completes after 90m\n"                                             \
		  "expect anything else\nuntil ECOClosed within 12h\n"

#define NOBODY_ACCEPTS                                     \
	BEGINNING "phone +15125550101 rings out\n"         \
		  "phone +15125550102 busy\n"              \
		  "phone +15125550103 hangs up after 3s\n" \
		  "texts +15125550901 arrive\n"            \
		  "render up\n"                            \
		  "expect anything else\nuntil NOCAlerted within 3h\n"

static const char *played;

static int
play_and_keep(const char *scenario)
{
	struct play_result result = { .passed = false };

	server_world_begin(&server, store_factory_make(), scenario);
	assert_no_fault(server_world_play(&server, &result));
	assert_true(result.passed);
	played = arena_copy_z(server.arena, result.eco_id);
	return 0;
}

static int
begin_long_night(void **state)
{
	(void)state;
	return play_and_keep(LONG_NIGHT);
}

static int
begin_nobody_accepts(void **state)
{
	(void)state;
	return play_and_keep(NOBODY_ACCEPTS);
}

/* All that ${identity} can read of the ECO. */
static const struct json *
everything(const char *identity)
{
	return ask(identity,
	    print("{eco(id:\"%s\"){" ECO_FIELDS "} ecos{edges{node{" ECO_FIELDS
		  "}}} timeline(ecoId:\"%s\",first:500)" ENTRY_FIELDS "}",
		played, played),
	    "null");
}

/* How many texts beneath ${json} are secrets; none of them may be in ${shown}. */
static size_t
assert_lacks_texts_of(const char *shown, const struct json *json)
{
	struct instant when;
	size_t count = 0;

	switch (json->type) {
	case JSON_TEXT:
		/* A moment is no secret: both sides know when things happened. */
		if (json->text.len < 4 || instant_parse(json->text, &when))
			return 0;
		assert_lacks(shown, arena_copy_z(arena, json->text));
		return 1;
	case JSON_LIST:
		for (size_t i = 0; i < json->list.count; i++)
			count += assert_lacks_texts_of(shown, &json->list.items[i]);
		return count;
	case JSON_MAP:
		for (size_t i = 0; i < json->map.count; i++)
			count += assert_lacks_texts_of(shown, &json->map.members[i].value);
		return count;
	case JSON_NULL_VALUE:
	case JSON_BOOL:
	case JSON_INT:
	case JSON_FLOAT:
		return 0;
	}
	return 0;
}

/* The entry of ${version}, or NULL. */
static const struct json *
entry_of(const struct json *entries, int64_t version)
{
	for (size_t i = 0; i < count_at(entries, ""); i++) {
		if (int_at(&entries->list.items[i], "version") == version)
			return &entries->list.items[i];
	}
	return NULL;
}

/*
 * No text of a payload that ${owner} reads and ${other} does not may stand
 * anywhere in what ${other} reads.  How many such texts there were.
 */
static size_t
assert_nothing_crosses(const char *owner, const char *other)
{
	const struct json *owned = timeline(owner, played), *theirs = timeline(other, played);
	const char *shown = json_text(everything(other));
	size_t secrets = 0;

	for (size_t i = 0; i < count_at(owned, ""); i++) {
		const struct json *entry = &owned->list.items[i];
		const struct json *seen = entry_of(theirs, int_at(entry, "version"));

		if (seen == NULL || at(seen, "detail")->type == JSON_NULL_VALUE)
			secrets += assert_lacks_texts_of(shown, at(entry, "detail"));
	}
	return secrets;
}

static void
nothing_of_the_contractors_crosses_to_the_noc(void **state)
{
	static const char *const secrets[] = { "+1512555010", "crew lead", "splicer", "apprentice",
		"Austin North", "VOICEMAIL", "reason 1", "nvestigation", "ubsector" };
	const char *shown = json_text(everything(OPERATOR));

	(void)state;
	assert_true(assert_nothing_crosses(DISPATCHER, OPERATOR) >= 30);
	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		assert_lacks(shown, secrets[i]);
	/* How an attempt ended is for both; whom it rang is not. */
	assert_contains(shown, "did not reach anybody, voicemail");
	assert_contains(shown, "Contact 3 accepted, ETA 30 minutes");
	assert_contains(json_text(everything(DISPATCHER)), "North splicer 2");
}

static void
nothing_of_the_nocs_crosses_to_the_contractor(void **state)
{
	const char *shown = json_text(everything(DISPATCHER));

	(void)state;
	assert_lacks(shown, "+15125550901");
	assert_lacks(shown, "operator");
	assert_contains(json_text(at(timeline(DISPATCHER, played), "0.detail")), "jobNumber");
	assert_lacks(json_text(at(timeline(DISPATCHER, played), "0.detail")), "nocDutyPhone");
	assert_contains(json_text(timeline(OPERATOR, played)), "+15125550901");
}

static void
who_was_alerted_stays_with_the_noc(void **state)
{
	const char *shown = json_text(everything(DISPATCHER));

	(void)state;
	assert_contains(shown, "The NOC was alerted that nobody accepted");
	assert_lacks(shown, "+15125550901");
	assert_contains(json_text(timeline(OPERATOR, played)),
	    "The NOC was alerted at +15125550901 that nobody accepted");
	/* The payload of the creation is in part the contractor's to know, from elsewhere. */
	assert_true(assert_nothing_crosses(DISPATCHER, OPERATOR) >= 30);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(an_eco_of_others_is_answered_as_one_that_does_not_exist),
		API_TEST(a_job_number_of_others_is_answered_as_one_that_does_not_exist),
		API_TEST(a_list_and_its_count_hold_nothing_of_others),
		API_TEST(job_numbers_say_nothing_of_how_busy_others_are),
		API_TEST(a_note_for_ones_own_side_crosses_through_no_door),
		API_TEST(people_of_the_other_side_are_shown_as_their_company),
	};
	const struct CMUnitTest long_night[] = {
		API_TEST(nothing_of_the_contractors_crosses_to_the_noc),
		API_TEST(nothing_of_the_nocs_crosses_to_the_contractor),
	};
	const struct CMUnitTest nobody_accepts[] = {
		API_TEST(who_was_alerted_stays_with_the_noc),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end) +
	       cmocka_run_group_tests(long_night, begin_long_night, api_world_end) +
	       cmocka_run_group_tests(nobody_accepts, begin_nobody_accepts, api_world_end);
}
