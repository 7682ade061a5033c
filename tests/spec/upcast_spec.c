#include "codec/upcast.h"

#include "base/json.h"
#include "support/sample_events.h"
#include "support/spec.h"

/*
 * Chains of upcasters, over a table that never shipped:
 *
 *	CrewSent 1 ──▶ CrewSent 2 ──▶ CrewSent 3 ──▶ PageAcceptedTooLate 1, NoteAdded 1
 *	CrewFed 1  ──▶ nothing
 */

#define ARENA_BYTES (1024 * 1024)
#define NOTE        "019b8d10-4a18-7c3e-8f21-5d6e7f809199"
#define PERSON      "019b8d10-4a18-7c3e-8f21-5d6e7f809111"

static const struct instant happened = { 1767579247000000 };

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static void
become(struct upcast_list *list, struct str type, int64_t version, struct str payload)
{
	list->at[list->count++] = (struct upcast_event){ type, version, payload };
}

/* Version 2 has a name for what was a bare number. */
static bool
sent_1(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	int64_t attempt;

	if (!str_parse_i64(payload, &attempt)) {
		*ret_reason = STR("CrewSent: version 1 is a number");
		return false;
	}
	become(ret, STR("CrewSent"), 2,
	    arena_printf(memory, "{\"attempt\":%lld}", (long long)attempt));
	return true;
}

/* Version 3 says who. */
static bool
sent_2(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)ret_reason;
	become(ret, STR("CrewSent"), 3,
	    arena_printf(
		memory, "%.*s,\"person\":\"" PERSON "\"}", (int)payload.len - 1, payload.ptr));
	return true;
}

/* What was one event is two today. */
static bool
sent_3(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)memory;
	(void)ret_reason;
	become(ret, STR("PageAcceptedTooLate"), 1, payload);
	become(ret, STR("NoteAdded"), 1,
	    STR("{\"note\":\"" NOTE "\",\"side\":\"OSP\",\"visibility\":\"SHARED\","
		"\"text\":\"A crew was sent\"}"));
	return true;
}

/* What nobody cares about any more. */
static bool
fed_1(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)memory;
	(void)payload;
	(void)ret;
	(void)ret_reason;
	return true;
}

static const struct upcaster rows[] = {
	{ STR("CrewSent"), 1, sent_1 },
	{ STR("CrewSent"), 2, sent_2 },
	{ STR("CrewSent"), 3, sent_3 },
	{ STR("CrewFed"), 1, fed_1 },
};
static const struct upcasters made_up = { rows, COUNT_OF(rows) };

static bool
decode(struct str type, int64_t version, struct str payload, struct codec_events *ret,
    struct str *ret_reason)
{
	*ret_reason = STR("");
	return upcast_decode(&made_up, arena, &(struct upcast_event){ type, version, payload },
	    happened, ret, ret_reason);
}

static void
check_sent(const struct codec_events *events)
{
	assert_int_equal(events->count, 2);
	assert_int_equal(events->at[0].type, ECO_EVENT_PAGE_ACCEPTED_TOO_LATE);
	assert_int_equal(events->at[0].page_too_late.attempt, 7);
	assert_true(str_equal(uuid_text(arena, events->at[0].page_too_late.person), STR(PERSON)));
	assert_int_equal(events->at[1].type, ECO_EVENT_NOTE_ADDED);
	assert_true(str_equal(events->at[1].note_added.text, STR("A crew was sent")));
	for (size_t i = 0; i < events->count; i++)
		assert_int_equal(events->at[i].at.us, happened.us);
}

static void
a_chain_runs_from_any_version_to_the_present_one_and_one_event_may_become_several(void **state)
{
	struct codec_events events;
	struct str reason;

	(void)state;
	assert_true(decode(STR("CrewSent"), 1, STR("7"), &events, &reason));
	check_sent(&events);
	assert_true(decode(STR("CrewSent"), 2, STR("{\"attempt\":7}"), &events, &reason));
	check_sent(&events);
	assert_true(decode(STR("CrewSent"), 3, STR("{\"attempt\":7,\"person\":\"" PERSON "\"}"),
	    &events, &reason));
	check_sent(&events);
}

static void
an_event_may_have_become_nothing(void **state)
{
	struct codec_events events;
	struct str reason;

	(void)state;
	assert_true(decode(STR("CrewFed"), 1, STR("whatever"), &events, &reason));
	assert_int_equal(events.count, 0);
}

static void
what_needs_no_upcaster_is_read_as_it_is(void **state)
{
	struct codec_events events;
	struct str reason;

	(void)state;
	assert_true(
	    decode(STR("ECOClosed"), 1, STR("{\"cause\":\"NOC_CONFIRMED\"}"), &events, &reason));
	assert_int_equal(events.count, 1);
	assert_int_equal(events.at[0].closed.cause, CLOSE_CAUSE_NOC_CONFIRMED);
}

static void
assert_refused(struct str type, int64_t version, struct str payload, const char *why)
{
	struct codec_events events;
	struct str reason;

	assert_false(decode(type, version, payload, &events, &reason));
	if (!str_equal(reason, str_from_z(why)))
		fail_msg("\"%.*s\" should be \"%s\"", STR_ARG(reason), why);
}

static void
a_link_that_is_missing_or_broken_is_said_with_its_event(void **state)
{
	(void)state;
	assert_refused(STR("CrewSent"), 4, STR("{}"), "there is no event \"CrewSent\"");
	assert_refused(STR("CrewSent"), 1, STR("seven"), "CrewSent: version 1 is a number");
	assert_refused(
	    STR("CrewSent"), 3, STR("{}"), "PageAcceptedTooLate: member \"attempt\" is missing");
	/* Nothing of this table leads from the plan in clear to the sealed one. */
	assert_refused(STR("PagerDispatched"), 1, STR("{}"),
	    "PagerDispatched: version 1 is not known, the newest is 3");
	assert_refused(
	    STR("ECOClosed"), 0, STR("{}"), "ECOClosed: version 0 is not known, the newest is 1");
}

/* One to eight, and one of the eight to two more. */
static bool
many(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)memory;
	(void)payload;
	(void)ret_reason;
	for (size_t i = 0; i < CODEC_EVENTS_MAX; i++)
		become(ret, STR("RenderSyncRecovered"), 1, STR("{}"));
	return true;
}

static bool
more(struct arena *memory, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	become(ret, STR("RenderSyncRecovered"), 1, STR("{}"));
	become(ret, STR("Many"), 1, payload);
	(void)memory;
	(void)ret_reason;
	return true;
}

static void
one_event_becomes_no_more_than_so_many(void **state)
{
	static const struct upcaster table[] = { { STR("Many"), 1, many },
		{ STR("More"), 1, more } };
	const struct upcasters upcasters = { table, COUNT_OF(table) };
	struct upcast_event enough = { STR("Many"), 1, STR("") };
	struct upcast_event too_many = { STR("More"), 1, STR("") };
	struct codec_events events;
	struct str reason;

	(void)state;
	assert_true(upcast_decode(&upcasters, arena, &enough, happened, &events, &reason));
	assert_int_equal(events.count, CODEC_EVENTS_MAX);
	assert_false(upcast_decode(&upcasters, arena, &too_many, happened, &events, &reason));
	assert_true(
	    str_equal(reason, STR("RenderSyncRecovered: one stored event became more than 8")));
}

/* Whoever raises a version and forgets its upcaster finds out here. */
static void
every_version_below_the_present_one_has_its_upcaster(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		enum eco_event_type type = (enum eco_event_type)i;

		for (int version = 1; version < eco_event_version(type); version++) {
			size_t found = 0;

			for (size_t k = 0; k < upcasters_shipped.count; k++)
				found +=
				    upcasters_shipped.at[k].from == version &&
				    str_equal(upcasters_shipped.at[k].type, eco_event_name(type));
			assert_int_equal(found, 1);
		}
	}
}

/* ---- a stream as it was written before there were texts, steps and crews ---- */

/* What was stored, one event after another, some seconds apart. */
static void
given_stored(const char *type, int64_t version, const char *payload)
{
	struct codec_events events;
	struct str reason = STR("");

	after(SECONDS(1));
	if (!codec_decode_events(
		arena, str_from_z(type), version, world.now, str_from_z(payload), &events, &reason))
		fail_msg("%.*s", STR_ARG(reason));
	for (size_t i = 0; i < events.count; i++)
		callout_evolve(&world.callout, &events.at[i]);
}

#define OLD_PLAN                                                                     \
	"{\"round\":1,\"plan\":{\"id\":\"" NOTE "\",\"name\":\"North\",\"people\":[" \
	"{\"id\":\"" PERSON "\",\"label\":\"a\",\"phone\":\"+15125550101\"},"        \
	"{\"id\":\"019b8d10-4a18-7c3e-8f21-5d6e7f809112\",\"skip\":\"OFF_SHIFT\"},"  \
	"{\"id\":\"019b8d10-4a18-7c3e-8f21-5d6e7f809113\",\"phone\":\"+15125550103\"}]}}"

/* The first person was called; the second one, who stands in place 3, is being called. */
static void
given_an_old_stream(int64_t plan_version)
{
	given_nothing();
	given_stored("ECOCreated", 1,
	    "{\"noc\":\"" NOTE "\",\"osp\":\"" NOTE "\",\"agreement\":\"" NOTE "\","
	    "\"jobNumber\":\"HC-MFR-00042-0\",\"jobType\":\"MFR\",\"location\":{\"type\":"
	    "\"Point\",\"coordinates\":[-97.7,30.2]},\"description\":\"x\",\"terms\":{"
	    "\"ringSeconds\":25,\"loops\":2,\"retryAfterSeconds\":1200,\"retries\":0,"
	    "\"graceSeconds\":86400,\"pollSeconds\":30,\"pollGraceSeconds\":300}}");
	given_stored("PagerDispatched", plan_version, OLD_PLAN);
	given_stored("PageAttempted", 1,
	    "{\"attempt\":1,\"loop\":1,\"contact\":1,\"person\":\"" PERSON "\","
	    "\"deadline\":\"2026-01-05T02:14:44Z\"}");
	given_stored("PagePlaced", 1, "{\"attempt\":1,\"providerId\":\"CA1\"}");
	given_stored("PageNotReached", 1, "{\"attempt\":1,\"reason\":\"BUSY\"}");
	given_stored("PageAttempted", 1,
	    "{\"attempt\":2,\"loop\":1,\"contact\":2,\"person\":"
	    "\"019b8d10-4a18-7c3e-8f21-5d6e7f809113\",\"deadline\":\"2026-01-05T02:14:47Z\"}");
}

static void
a_stream_of_the_first_versions_is_read_and_goes_on(void **state)
{
	const struct ringdown *r = &world.callout.ringdown;

	(void)state;
	for (int64_t plan_version = 1; plan_version <= 2; plan_version++) {
		given_an_old_stream(plan_version);
		assert_int_equal(r->terms.arrival_s, ECO_ARRIVAL_S_DEFAULT);
		assert_int_equal(r->terms.arrival_grace_s, ECO_ARRIVAL_GRACE_S_DEFAULT);
		assert_int_equal(r->plan.people[2].step, 3);
		assert_true(str_equal(ringdown_contact(r, 2)->number, STR("+15125550103")));
		assert_int_equal(ringdown_channel(r, 2), PAGE_CHANNEL_VOICE);
		assert_int_equal(ringdown_phase(r, 1), RINGDOWN_WAS_MISSED);
		when_reported(2, RINGDOWN_BUSY);
		assert_int_equal(then_happened(ECO_EVENT_PAGE_ATTEMPTED)->page_attempted.loop, 2);
		then_effect(EFFECT_PLACE_CALL, 3);
		when_reported(3, RINGDOWN_BUSY);
		when_reported(4, RINGDOWN_BUSY);
		then_happened(ECO_EVENT_PAGER_EXHAUSTED);
	}
}

static void
who_had_accepted_in_an_old_stream_is_asked_nothing_of_which_there_was_no_word(void **state)
{
	(void)state;
	given_an_old_stream(2);
	given_stored("PageAccepted", 1,
	    "{\"attempt\":2,\"contact\":2,\"person\":"
	    "\"019b8d10-4a18-7c3e-8f21-5d6e7f809113\",\"etaMinutes\":30}");
	assert_int_equal(world.callout.ringdown.state, DISPATCH_ACCEPTED);
	when_reported(2, RINGDOWN_ENDED);
	then_nothing();
	when_chosen(1, RINGDOWN_ACCEPT, 0);
	then_replied(RINGDOWN_TOO_LATE);
	then_timer_untouched(TIMER_ARRIVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_chain_runs_from_any_version_to_the_present_one_and_one_event_may_become_several),
		cmocka_unit_test(an_event_may_have_become_nothing),
		cmocka_unit_test(what_needs_no_upcaster_is_read_as_it_is),
		cmocka_unit_test(a_link_that_is_missing_or_broken_is_said_with_its_event),
		cmocka_unit_test(one_event_becomes_no_more_than_so_many),
		cmocka_unit_test(every_version_below_the_present_one_has_its_upcaster),
		cmocka_unit_test(a_stream_of_the_first_versions_is_read_and_goes_on),
		cmocka_unit_test(
		    who_had_accepted_in_an_old_stream_is_asked_nothing_of_which_there_was_no_word),
	};

	return cmocka_run_group_tests_name("upcasters", tests, set_up, tear_down);
}
