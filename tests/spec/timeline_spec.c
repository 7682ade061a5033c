#include "codec/timeline.h"

#include <stdio.h>

#include "support/sample_events.h"
#include "support/spec.h"

#define ARENA_BYTES (1024 * 1024)

static const struct timeline_viewer noc = { .noc = true };
static const struct timeline_viewer osp = { .osp = true };
static const struct timeline_viewer both = { .noc = true, .osp = true };
static const struct timeline_viewer nobody = { .noc = false };

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
check_words(const struct eco_event *event, struct timeline_viewer viewer, const char *words)
{
	struct str said = timeline_words(arena, event, &sample_plan, viewer);

	if (!str_equal(said, str_from_z(words)))
		fail_msg("\"%.*s\" should be \"%s\"", STR_ARG(said), words);
}

static void
check_sample(enum eco_event_type type, const char *to_osp, const char *to_noc)
{
	struct eco_event event = sample_event(type);

	check_words(&event, osp, to_osp);
	check_words(&event, noc, to_noc);
}

static void
check_without(
    const struct eco_event *event, struct timeline_viewer viewer, const char *const *secrets)
{
	struct str said = timeline_words(arena, event, &sample_plan, viewer);

	for (size_t i = 0; secrets[i] != NULL; i++) {
		if (str_find(said, str_from_z(secrets[i])) != SIZE_MAX)
			fail_msg("\"%.*s\" tells \"%s\"", STR_ARG(said), secrets[i]);
	}
}

static void
the_noc_never_reads_what_is_the_contractors(void **state)
{
	(void)state;
	for (int type = 0; type < ECO_EVENT_COUNT; type++) {
		struct eco_event event = sample_event((enum eco_event_type)type);

		check_without(&event, noc, sample_osp_secrets);
	}
}

static void
the_osp_never_reads_what_is_the_nocs(void **state)
{
	(void)state;
	for (int type = 0; type < ECO_EVENT_COUNT; type++) {
		struct eco_event event = sample_event((enum eco_event_type)type);

		check_without(&event, osp, sample_noc_secrets);
	}
}

/* The values of every closed vocabulary, too: each of them goes through the words. */
static void
no_reason_or_change_gives_the_contractor_away(void **state)
{
	char words[160];

	(void)state;
	for (unsigned i = 0; i < page_miss_words.count; i++) {
		struct eco_event event = sample_event(ECO_EVENT_PAGE_NOT_REACHED);

		event.page_not_reached.reason = (enum page_miss)i;
		check_without(&event, noc, sample_osp_secrets);
		(void)snprintf(words, sizeof(words), "Attempt 2 did not reach anybody, %.*s",
		    STR_ARG(eco_word_words(&page_miss_words, i)));
		check_words(&event, noc, words);
	}
	for (unsigned i = 0; i < task_change_words.count; i++) {
		struct eco_event event = sample_event(ECO_EVENT_RENDER_TASK_OBSERVED);

		event.task_observed.change = (enum task_change)i;
		check_without(&event, noc, sample_osp_secrets);
	}
	for (unsigned i = 0; i < reactivation_words.count; i++) {
		struct eco_event event = sample_event(ECO_EVENT_REACTIVATED);

		event.reactivated.cause = (enum reactivation)i;
		check_without(&event, noc, sample_osp_secrets);
	}
}

static void
whoever_may_not_read_the_payload_is_told_so(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		struct eco_event event = sample_event((enum eco_event_type)i);
		enum eco_detail detail = eco_event_detail(event.type);

		assert_true(timeline_is_visible(&event, noc));
		assert_true(timeline_is_visible(&event, osp));
		assert_false(timeline_is_visible(&event, nobody));
		assert_false(timeline_shows_detail(&event, nobody));
		assert_true(timeline_shows_detail(&event, both));
		if (detail == ECO_DETAIL_OSP)
			assert_false(timeline_shows_detail(&event, noc));
		if (detail == ECO_DETAIL_NOC)
			assert_false(timeline_shows_detail(&event, osp));
	}
}

static void
a_payload_for_both_that_holds_something_private_is_not_shown_to_the_other(void **state)
{
	struct eco_event created = sample_event(ECO_EVENT_CREATED);
	struct eco_event again = sample_event(ECO_EVENT_REACTIVATED);

	(void)state;
	assert_true(timeline_shows_detail(&created, noc));
	assert_false(timeline_shows_detail(&created, osp)); /* the duty number */
	assert_true(timeline_shows_detail(&again, osp));
	assert_false(timeline_shows_detail(&again, noc)); /* the contractor's task id */
	again.reactivated.task = STR("");
	assert_true(timeline_shows_detail(&again, noc));
	created.created.noc_duty_phone = STR("");
	assert_true(timeline_shows_detail(&created, osp));
}

static void
a_note_for_the_own_side_does_not_exist_for_the_other(void **state)
{
	struct eco_event note = sample_event(ECO_EVENT_NOTE_ADDED);

	(void)state;
	check_sample(ECO_EVENT_NOTE_ADDED, "The NOC noted: The gate code changes at midnight",
	    "The NOC noted: The gate code changes at midnight");
	note.note_added.visibility = NOTE_OWN_SIDE;
	assert_true(timeline_is_visible(&note, noc));
	assert_false(timeline_is_visible(&note, osp));
	assert_false(timeline_shows_detail(&note, osp));
	assert_true(timeline_is_visible(&note, both));
	check_words(&note, osp, "");
	note.note_added.side = SIDE_OSP;
	assert_false(timeline_is_visible(&note, noc));
	assert_true(timeline_is_visible(&note, osp));
	check_words(&note, noc, "");
	check_words(&note, osp, "The OSP noted: The gate code changes at midnight");
}

static void
the_ring_down_reads_like_this(void **state)
{
	(void)state;
	check_sample(ECO_EVENT_PAGER_DISPATCHED,
	    "Ringing the list North on-call, round 1: 2 can be rung, 1 left out",
	    "The contractor's on-call list is being rung");
	check_sample(ECO_EVENT_PAGE_ATTEMPTED, "Contact 2 (North splicer 1) is being rung, loop 1",
	    "Contact 2 is being rung");
	check_sample(ECO_EVENT_PAGE_NOT_REACHED,
	    "Attempt 2 did not reach anybody, the call failed: HTTP 503 from upstream",
	    "Attempt 2 did not reach anybody, the call failed");
	check_sample(ECO_EVENT_PAGE_ACCEPTED,
	    "Contact 2 (North splicer 1) accepted, ETA 45 minutes",
	    "Contact 2 accepted, ETA 45 minutes");
	check_sample(ECO_EVENT_PAGE_DECLINED, "Attempt 2 was declined: not fit for duty",
	    "Attempt 2 was declined");
	check_sample(ECO_EVENT_PAGER_EXHAUSTED, "Nobody accepted: 6 attempts in 3 loops",
	    "Nobody accepted: 6 attempts in 3 loops");
	check_sample(ECO_EVENT_NOC_ALERTED, "The NOC was alerted that nobody accepted",
	    "The NOC was alerted at +15125550199 that nobody accepted");
}

static void
the_work_reads_like_this(void **state)
{
	(void)state;
	check_sample(ECO_EVENT_RENDER_TASK_OBSERVED,
	    "Task RT-7001 (Investigate span 12) changed, it is \"Crew Rolling\": started",
	    "A field task changed");
	check_sample(
	    ECO_EVENT_WORK_STARTED, "Work has started, on task RT-7001", "Work has started");
	check_sample(ECO_EVENT_STATUS_COMPLETED,
	    "The work is reported complete, watching until 2026-01-06 02:14 UTC",
	    "The work is reported complete, watching until 2026-01-06 02:14 UTC");
	check_sample(ECO_EVENT_REACTIVATED, "The work is not over: a new task appeared, RT-7001",
	    "The work is not over: a new task appeared");
	check_sample(ECO_EVENT_CLOSED, "Closed: the grace period passed without new work",
	    "Closed: the grace period passed without new work");
}

static void
without_the_plan_nobody_is_named(void **state)
{
	struct eco_event event = sample_event(ECO_EVENT_PAGE_ACCEPTED);
	struct str said;

	(void)state;
	event.page_accepted.eta_minutes = 0;
	said = timeline_words(arena, &event, NULL, osp);
	assert_true(str_equal(said, STR("Contact 2 accepted, without an ETA")));
}

/* One sentence, whoever looks: something is said, and no full stop ends it. */
static void
every_event_has_words_for_everybody(void **state)
{
	(void)state;
	for (int type = 0; type < ECO_EVENT_COUNT; type++) {
		const struct timeline_viewer viewers[] = { noc, osp, both };
		struct eco_event event = sample_event((enum eco_event_type)type);

		for (size_t i = 0; i < COUNT_OF(viewers); i++) {
			struct str said = timeline_words(arena, &event, &sample_plan, viewers[i]);

			assert_false(str_empty(said));
			assert_int_not_equal(said.ptr[said.len - 1], '.');
			assert_true(str_is_utf8(said));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_noc_never_reads_what_is_the_contractors),
		cmocka_unit_test(the_osp_never_reads_what_is_the_nocs),
		cmocka_unit_test(no_reason_or_change_gives_the_contractor_away),
		cmocka_unit_test(whoever_may_not_read_the_payload_is_told_so),
		cmocka_unit_test(
		    a_payload_for_both_that_holds_something_private_is_not_shown_to_the_other),
		cmocka_unit_test(a_note_for_the_own_side_does_not_exist_for_the_other),
		cmocka_unit_test(the_ring_down_reads_like_this),
		cmocka_unit_test(the_work_reads_like_this),
		cmocka_unit_test(without_the_plan_nobody_is_named),
		cmocka_unit_test(every_event_has_words_for_everybody),
	};

	return cmocka_run_group_tests_name("timeline", tests, set_up, tear_down);
}
