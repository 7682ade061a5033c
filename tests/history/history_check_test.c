#include <stdio.h>

#include "history/history.h"
#include "history/history_load.h"
#include "support/unit.h"

/*
 * Every promise fails on a history that breaks it.  A small one that is sound is
 * made, one thing in it is changed, and the check must say so.
 */

#define EVENTS 5

static struct uuid
id(const char *name)
{
	return uuid_from_name(str_from_z(name));
}

/* Who wrote what: two to s, then one to s and t, then a job to t. */
static const struct {
	const char *op, *stream;
	int64_t version, ordinal, job;
} written[EVENTS] = {
	{ "a0.1.1", "s", 1, 0, 0 },
	{ "a0.1.1", "s", 2, 1, 0 },
	{ "a1.1.1", "s", 3, 0, 0 },
	{ "a1.1.1", "t", 1, 1, 0 },
	{ "a0.1.2", "t", 2, 0, 1 },
};

/* "try ..." of ${op} at ${expected}. */
static struct history_try
try_of(const char *stream, int64_t expected)
{
	return (struct history_try){ id(stream), expected };
}

static void
add_events(struct history *history)
{
	for (int i = 0; i < EVENTS; i++) {
		char name[32];
		struct history_event event = { .position = i + 1,
			.seq = 10 * (i + 1),
			.xid = 100 + i,
			.stream = id(written[i].stream),
			.version = written[i].version,
			.ordinal = written[i].ordinal,
			.job = written[i].job };

		(void)snprintf(name, sizeof(name), "event %d", i + 1);
		event.id = id(name);
		(void)snprintf(event.op, sizeof(event.op), "%s", written[i].op);
		*HISTORY_ADD(history, events) = event;
		*HISTORY_ADD(history, seen) =
		    (struct history_seen){ .reader = "r0.1", .position = i + 1, .id = event.id };
		*HISTORY_ADD(history, effects) = (struct history_effect){ .number = i + 1,
			.id = event.id,
			.stream = event.stream,
			.version = event.version,
			.position = i + 1,
			.slot = 0,
			.epoch = i < 3 ? 1 : 2 };
		(void)snprintf(history->effects[i].process, sizeof(history->effects[i].process),
		    "f%d.1", i < 3 ? 0 : 1);
	}
}

static void
make(struct history *history)
{
	*history = (struct history){ .head = EVENTS, .last_job = 1 };
	add_events(history);
	*HISTORY_ADD(history, ops) = (struct history_op){ .name = "a0.1.1",
		.fate = OP_DONE,
		.wants = 2,
		.tries = { try_of("s", 0) },
		.try_count = 1,
		.answer = "a0.1.1" };
	*HISTORY_ADD(history, ops) = (struct history_op){ .name = "a1.1.1",
		.fate = OP_DONE,
		.wants = 2,
		.after = 2,
		.tries = { try_of("s", 2), try_of("t", 0) },
		.try_count = 2 };
	*HISTORY_ADD(history, ops) = (struct history_op){ .name = "a0.1.2",
		.fate = OP_OPEN,
		.wants = 1,
		.tries = { try_of("t", 1) },
		.try_count = 1 };
	*HISTORY_ADD(history, ops) =
	    (struct history_op){ .name = "a2.1.1", .fate = OP_UNDONE, .wants = 3 };
	*HISTORY_ADD(history, losses) =
	    (struct history_loss){ .op = "a1.1.1", .tries = { try_of("s", 0) }, .try_count = 1 };
	*HISTORY_ADD(history, streams) = (struct history_stream){ id("s"), 3 };
	*HISTORY_ADD(history, streams) = (struct history_stream){ id("t"), 2 };
	*HISTORY_ADD(history, given) = (struct history_given){ "s0.1", 3, 3 };
	*HISTORY_ADD(history, given) = (struct history_given){ "s1.1", 5, 2 };
	for (int i = 0; i < 2; i++) {
		struct history_row row = { .stream = id(i == 0 ? "s" : "t"),
			.version = 3 - i,
			.events = 3 - i,
			.digest = "0123456789abcdef0123456789abcdef" };

		*HISTORY_ADD(history, rows) = row;
		*HISTORY_ADD(history, rebuilt) = row;
	}
	history_index(history);
}

/* ${history}, which was doctored, breaks promise ${number} with a word about ${part}. */
static void
breaks(struct history *history, int number, const char *part)
{
	char text[512] = "";
	struct buf problem = buf_over(text, sizeof(text) - 1);

	history_index(history);
	if (history_holds(history, number, &problem))
		fail_msg("promise %d holds", number);
	text[problem.len] = '\0';
	assert_contains(text, part);
	history_fini(history);
	make(history);
}

static int
begin(void **state)
{
	static struct history history;

	make(&history);
	*state = &history;
	return 0;
}

static int
end(void **state)
{
	history_fini(*state);
	return 0;
}

static struct history_op *
op_of(struct history *history, const char *name)
{
	struct history_op *op = history_find_op(history, name);

	assert_non_null(op);
	return op;
}

/* Take event ${at} out of ${history}, and leave everything else as it is. */
static void
take_out(struct history *history, size_t at)
{
	history->events_count--;
	memmove(&history->events[at], &history->events[at + 1],
	    (history->events_count - at) * sizeof(history->events[0]));
}

static void
a_sound_history_breaks_no_promise(void **state)
{
	struct history *history = *state;

	for (size_t i = 0; i < history_check_count; i++) {
		char text[512];
		struct buf problem = buf_over(text, sizeof(text));

		if (!history_checks[i].holds(history, &problem))
			fail_msg("%d: %.*s", history_checks[i].number, STR_ARG(buf_view(&problem)));
	}
}

static void
an_acknowledged_event_that_is_missing_is_found(void **state)
{
	struct history *history = *state;

	take_out(history, 1);
	breaks(history, 1, "1 of its 2 events");
	history->events[4].position = 0;
	breaks(history, 1, "has no position");
}

static void
an_event_that_nobody_committed_is_found(void **state)
{
	struct history *history = *state;

	(void)snprintf(history->events[4].op, sizeof(history->events[4].op), "a2.1.1");
	breaks(history, 2, "was not committed");
	(void)snprintf(history->events[4].op, sizeof(history->events[4].op), "z9.1.1");
	breaks(history, 2, "nobody meant to");
}

static void
a_hole_a_twin_and_a_lie_in_the_versions_are_found(void **state)
{
	struct history *history = *state;

	history->events[2].version = 4;
	breaks(history, 3, "version 4 of a stream follows on 2");
	history->events[2].version = 2;
	breaks(history, 3, "version 2 of a stream follows on 2");
	history->streams[0].version = 2;
	breaks(history, 3, "says that it stands at 2");
	history->streams_count = 1;
	breaks(history, 3, "has no row");
}

static void
a_hole_a_twin_and_a_lie_in_the_log_are_found(void **state)
{
	struct history *history = *state;

	history->events[3].position = 6;
	breaks(history, 4, "position 5 stands where 4 should");
	history->events[3].position = 3;
	breaks(history, 4, "position 3 stands where 4 should");
	history->head = 4;
	breaks(history, 4, "the head is 4");
	history->events[3].seq = history->events[2].seq;
	breaks(history, 4, "is there twice");
}

static void
a_stream_that_is_turned_round_is_found(void **state)
{
	struct history *history = *state;

	history->events[0].position = 2;
	history->events[1].position = 1;
	breaks(history, 5, "version 2 at 1 stands before version 1 at 2");
}

static void
an_effect_that_stands_before_its_cause_is_found(void **state)
{
	struct history *history = *state;

	op_of(history, "a1.1.1")->after = 3;
	breaks(history, 6, "had read 3, and its event stands at 3");
}

static void
readers_that_skip_or_see_other_things_are_found(void **state)
{
	struct history *history = *state;

	history->seen[3].position = 5;
	breaks(history, 7, "saw 5 after 3");
	history->seen[3].id = id("another");
	breaks(history, 7, "saw another event at 4");
	history->seen_count = 1;
	history->seen[0].position = 6;
	breaks(history, 7, "saw 6, which is not there");
}

static void
a_projection_that_differs_by_a_byte_is_found(void **state)
{
	struct history *history = *state;

	history->rebuilt[1].digest[7] = 'x';
	breaks(history, 8, "row 1");
	history->rebuilt[0].events++;
	breaks(history, 8, "row 0");
	history->rebuilt_count--;
	breaks(history, 8, "rebuilt 1");
}

static void
two_winners_and_a_loser_without_a_winner_are_found(void **state)
{
	struct history *history = *state;

	history->losses[0].tries[0].expected = 7;
	breaks(history, 9, "it lost, and nobody won");
	op_of(history, "a1.1.1")->tries[0].expected = 1;
	breaks(history, 9, "was told that it won, and a0.1.1 did");
}

static void
one_who_gave_up_is_found(void **state)
{
	struct history *history = *state;

	op_of(history, "a0.1.2")->fate = OP_GAVE_UP;
	breaks(history, 10, "a0.1.2 gave up");
}

static void
a_key_that_is_done_twice_or_answered_otherwise_is_found(void **state)
{
	struct history *history = *state;

	(void)snprintf(history->events[4].op, sizeof(history->events[4].op), "a0.1.1");
	breaks(history, 11, "wanted 2 events, and 3 are there");
	(void)snprintf(op_of(history, "a0.1.1")->answer, HISTORY_NAME_MAX, "a7.1.1");
	breaks(history, 11, "was answered \"a7.1.1\"");
	op_of(history, "a0.1.1")->other_body_accepted = true;
	breaks(history, 11, "with another body");
	history->events[4].id = history->events[0].id;
	breaks(history, 11, "is there twice");
}

static void
half_an_append_and_a_deadlock_are_found(void **state)
{
	struct history *history = *state;

	op_of(history, "a1.1.1")->fate = OP_OPEN;
	take_out(history, 3);
	breaks(history, 12, "1 of the 2 events");
	history->deadlocks = 1;
	breaks(history, 12, "locked each other out");
}

static void
a_job_number_that_is_missing_or_there_twice_is_found(void **state)
{
	struct history *history = *state;

	history->last_job = 2;
	breaks(history, 13, "job number 2 is missing");
	history->events[3].job = 1;
	breaks(history, 13, "job number 1 was given twice");
}

static void
an_effect_that_is_missing_or_there_twice_is_found(void **state)
{
	struct history *history = *state;

	history->effects_count--;
	breaks(history, 14, "position 5 was never dealt with");
	history->effects[4] = history->effects[2];
	breaks(history, 14, "position 3 was dealt with twice");
	history->effects[4].id = id("another");
	breaks(history, 14, "an event that is not at 5");
}

static void
a_follower_that_comes_back_from_the_dead_is_found(void **state)
{
	struct history *history = *state;

	history->effects[4].epoch = 1;
	breaks(history, 15, "in epoch 1 after f1.1 in 2");
	(void)snprintf(history->effects[2].process, sizeof(history->effects[2].process), "f1.1");
	breaks(history, 15, "both held slot 0 in epoch 1");
}

static void
a_stream_that_goes_on_past_its_poison_is_found(void **state)
{
	struct history *history = *state;

	history->effects[1].version = 3;
	breaks(history, 16, "version 3 of a stream was dealt with after 1");
	history->bad_parkings = 1;
	breaks(history, 16, "no poison");
}

static void
a_half_built_board_a_leak_and_two_leaders_are_found(void **state)
{
	struct history *history = *state;

	assert_true(history_read_line(history, "v0.1", STR("board 40")));
	assert_true(history_read_line(history, "v0.1", STR("board 39")));
	breaks(history, 17, "1 of 2 looks");
	assert_true(history_read_line(history, "z0.1", STR("leak events of stream 3")));
	breaks(history, 21, "1 leaks");
	history->given[1].count = 3;
	breaks(history, 25, "position 3 was given twice, last by s1.1");
}

static void
what_is_no_line_of_a_history_is_refused(void **state)
{
	struct history *history = *state;
	const struct str lines[] = { STR("intend a0.1.9 x 0"), STR("try a9.9.9 s 0 0"),
		STR("saw 4"), STR("done nobody -"), STR("rain") };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(history_read_line(history, "a0.1", lines[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_history_breaks_no_promise),
		cmocka_unit_test(an_acknowledged_event_that_is_missing_is_found),
		cmocka_unit_test(an_event_that_nobody_committed_is_found),
		cmocka_unit_test(a_hole_a_twin_and_a_lie_in_the_versions_are_found),
		cmocka_unit_test(a_hole_a_twin_and_a_lie_in_the_log_are_found),
		cmocka_unit_test(a_stream_that_is_turned_round_is_found),
		cmocka_unit_test(an_effect_that_stands_before_its_cause_is_found),
		cmocka_unit_test(readers_that_skip_or_see_other_things_are_found),
		cmocka_unit_test(a_projection_that_differs_by_a_byte_is_found),
		cmocka_unit_test(two_winners_and_a_loser_without_a_winner_are_found),
		cmocka_unit_test(one_who_gave_up_is_found),
		cmocka_unit_test(a_key_that_is_done_twice_or_answered_otherwise_is_found),
		cmocka_unit_test(half_an_append_and_a_deadlock_are_found),
		cmocka_unit_test(a_job_number_that_is_missing_or_there_twice_is_found),
		cmocka_unit_test(an_effect_that_is_missing_or_there_twice_is_found),
		cmocka_unit_test(a_follower_that_comes_back_from_the_dead_is_found),
		cmocka_unit_test(a_stream_that_goes_on_past_its_poison_is_found),
		cmocka_unit_test(a_half_built_board_a_leak_and_two_leaders_are_found),
		cmocka_unit_test(what_is_no_line_of_a_history_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
