#include <pthread.h>

#include "contract/store_contract.h"
#include "support/store_world.h"

#define RIVALS 8

static struct store_append_result
append(struct world *world, struct store_session *session, const struct store_append *what)
{
	struct store_append_result result;

	OK(store_append(session, world->arena, what, &result));
	return result;
}

static struct store_events
read(struct world *world, struct store_session *session, struct uuid stream, int64_t after)
{
	struct store_events events = { 0 };

	OK(store_read_stream(session, world->arena, stream, after, STORE_ROWS_MAX, &events));
	return events;
}

static struct store_append *
with_key(struct store_append *append, const char *key, const char *body, const char *answer)
{
	append->command_key = id_of(key);
	append->command_scope = id_of("a carrier");
	append->body_hash = sha256_of(str_from_z(body));
	append->answer = str_from_z(answer);
	return append;
}

static void
what_was_appended_is_read_back_byte_for_byte(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append *what = world_append(world, stream, 0, 2);
	struct store_append_result result;
	struct store_events events;

	result = append(world, world->noc, what);
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(result.version, 2);

	events = read(world, world->noc, stream, 0);
	assert_int_equal(events.count, 2);
	for (size_t i = 0; i < events.count; i++) {
		const struct store_event *got = &events.at[i], *put = &what->events[i];

		ASSERT_UUID(got->id, put->id);
		ASSERT_UUID(got->stream, stream);
		assert_int_equal(got->version, i + 1);
		assert_int_equal(got->position, 0);
		ASSERT_UUID(got->noc, world->noc_id);
		ASSERT_UUID(got->osp, world->osp_id);
		ASSERT_STR(got->type, "NoteAdded");
		assert_int_equal(got->occurred_at.us, put->occurred_at.us);
		assert_int_equal(got->actor.kind, STORE_ACTOR_USER);
		ASSERT_STR(got->actor.name, "casey");
		ASSERT_UUID(got->actor.user, put->actor.user);
		ASSERT_UUID(got->correlation, put->correlation);
		ASSERT_UUID(got->causation, UUID_NIL);
		assert_true(str_equal(got->payload, put->payload));
	}
}

static void
a_stream_is_read_in_parts(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_events events;

	world_appended(world, stream, 0, 5);
	assert_int_equal(read(world, world->noc, stream, 3).count, 2);
	assert_int_equal(read(world, world->noc, stream, 3).at[0].version, 4);
	assert_int_equal(read(world, world->noc, stream, 5).count, 0);
	assert_int_equal(read(world, world->noc, id_of("nothing"), 0).count, 0);
	OK(store_read_stream(world->noc, world->arena, stream, 1, 2, &events));
	assert_int_equal(events.count, 2);
	assert_int_equal(events.at[1].version, 3);
}

static void
whoever_decided_on_an_old_version_is_told_so_and_nothing_is_written(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append_result result;

	world_appended(world, stream, 0, 2);
	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, world_append(world, stream, 1, 1), &result));
	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, world_append(world, stream, 0, 1), &result));
	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, world_append(world, stream, 7, 1), &result));
	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena, world_append(world, stream, 1, 0), &result));
	assert_int_equal(read(world, world->noc, stream, 0).count, 2);
}

static void
an_append_without_events_still_stands_on_a_version(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append_result result;

	world_appended(world, stream, 0, 2);
	result = append(world, world->noc, world_append(world, stream, 2, 0));
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(result.version, 2);
}

struct rival {
	struct world *world;
	struct store_session *session;
	struct arena *arena;
	const struct store_append *append;
	struct store_append_result result;
	enum err_kind kind;
	bool faulted;
	int64_t number;
};

static void *
append_as_rival(void *argument)
{
	struct rival *rival = argument;
	struct err *err = store_append(rival->session, rival->arena, rival->append, &rival->result);

	rival->faulted = err != NULL;
	if (err != NULL)
		rival->kind = err->kind;
	return NULL;
}

/* Give every rival a session, and let all of them run ${body} at the same time. */
static void
race(struct world *world, struct rival *rivals, size_t count, void *(*body)(void *))
{
	pthread_t threads[RIVALS];

	assert_in_range(count, 1, RIVALS);
	for (size_t i = 0; i < count; i++) {
		rivals[i].world = world;
		rivals[i].arena = arena_create(4u << 20);
		rivals[i].session =
		    world_session(world->store, world->arena, STORE_API, world->noc_id);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, body, &rivals[i]), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < count; i++) {
		store_session_close(rivals[i].session);
		arena_destroy(rivals[i].arena);
	}
}

static void
of_many_who_decide_on_the_same_version_exactly_one_wins(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct rival rivals[RIVALS] = { 0 };
	size_t winners = 0;

	world_appended(world, stream, 0, 1);
	for (size_t i = 0; i < RIVALS; i++) {
		struct store_append *mine = world_append(world, stream, 1, 1);
		struct store_event *event = arena_new(world->arena, struct store_event);

		*event = mine->events[0];
		event->id.bytes[0] = (uint8_t)i;
		mine->events = event;
		rivals[i].append = mine;
	}
	race(world, rivals, RIVALS, append_as_rival);
	for (size_t i = 0; i < RIVALS; i++) {
		winners += !rivals[i].faulted;
		if (rivals[i].faulted)
			assert_int_equal(rivals[i].kind, ERR_CONFLICT);
	}
	assert_int_equal(winners, 1);
	assert_int_equal(read(world, world->noc, stream, 0).count, 2);
}

static void
the_same_key_and_body_give_the_same_answer_and_do_nothing_twice(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append *what =
	    with_key(world_append(world, stream, 0, 1), "key", "body", "created 7");
	struct store_append_result result;

	OK(store_find_command(world->noc, world->arena, what->command_scope, what->command_key,
	    what->body_hash, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);

	assert_int_equal(append(world, world->noc, what).outcome, STORE_APPENDED);
	result = append(world, world->noc, what);
	assert_int_equal(result.outcome, STORE_REPEATED);
	ASSERT_STR(result.answer, "created 7");
	assert_int_equal(read(world, world->noc, stream, 0).count, 1);

	OK(store_find_command(world->noc, world->arena, what->command_scope, what->command_key,
	    what->body_hash, &result));
	assert_int_equal(result.outcome, STORE_REPEATED);
	ASSERT_STR(result.answer, "created 7");
}

static void
a_key_used_for_another_body_is_refused(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append_result result;

	append(world, world->noc, with_key(world_append(world, stream, 0, 1), "key", "one", "1"));
	result = append(
	    world, world->noc, with_key(world_append(world, stream, 1, 1), "key", "two", "2"));
	assert_int_equal(result.outcome, STORE_KEY_REUSED);
	assert_int_equal(read(world, world->noc, stream, 0).count, 1);
	OK(store_find_command(
	    world->noc, world->arena, world->noc_id, id_of("key"), sha256_of(STR("two")), &result));
	assert_int_equal(result.outcome, STORE_KEY_REUSED);
}

static void
keys_of_two_organisations_have_nothing_to_do_with_each_other(void **state)
{
	struct world *world = *state;
	struct store_append *ours =
	    with_key(world_append(world, id_of("eco 1"), 0, 1), "key", "one", "1");
	struct store_append *theirs =
	    with_key(world_append(world, id_of("eco 2"), 0, 1), "key", "two", "2");

	theirs->command_scope = world->osp_id;
	assert_int_equal(append(world, world->noc, ours).outcome, STORE_APPENDED);
	assert_int_equal(append(world, world->osp, theirs).outcome, STORE_APPENDED);
}

static void
a_key_whose_append_failed_is_free_again(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append_result result;

	FAULTS(ERR_CONFLICT,
	    store_append(world->noc, world->arena,
		with_key(world_append(world, stream, 3, 1), "key", "body", "no"), &result));
	result = append(
	    world, world->noc, with_key(world_append(world, stream, 0, 1), "key", "body", "yes"));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

static void
of_many_repeats_at_once_one_is_done_and_all_are_answered_alike(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct rival rivals[RIVALS] = { 0 };
	size_t appended = 0, repeated = 0;

	for (size_t i = 0; i < RIVALS; i++)
		rivals[i].append =
		    with_key(world_append(world, stream, 0, 1), "key", "body", "created");
	race(world, rivals, RIVALS, append_as_rival);
	for (size_t i = 0; i < RIVALS; i++) {
		assert_false(rivals[i].faulted);
		appended += rivals[i].result.outcome == STORE_APPENDED;
		repeated += rivals[i].result.outcome == STORE_REPEATED;
	}
	assert_int_equal(appended, 1);
	assert_int_equal(repeated, RIVALS - 1);
	assert_int_equal(read(world, world->noc, stream, 0).count, 1);
}

static void
a_rolled_back_transaction_leaves_nothing_and_gives_its_job_number_back(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append *what =
	    with_key(world_append(world, stream, 0, 1), "key", "body", "created");
	struct timer_change timer = { .kind = TIMER_POLL, .set = true, .due = at_s(1) };
	struct store_effect effect = { .key = STR("render-task:1"),
		.type = EFFECT_RENDER_TASK,
		.eco = stream,
		.due = at_s(0) };
	struct store_append_result result;
	struct store_backlog backlog;
	int64_t number;

	what->timers = &timer;
	what->timer_count = 1;
	what->effects = &effect;
	what->effect_count = 1;
	for (int attempt = 0; attempt < 2; attempt++) {
		OK(store_begin(world->noc, world->arena, world->noc_id));
		OK(store_take_job_number(
		    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_MFR, &number));
		assert_int_equal(number, 1);
		result = append(world, world->noc, what);
		assert_int_equal(result.outcome, STORE_APPENDED);
		if (attempt == 0)
			store_rollback(world->noc);
		else
			OK(store_commit(world->noc, world->arena));
		OK(store_backlog(world->worker, world->arena, at_s(100), &backlog));
		assert_int_equal(backlog.unsequenced, attempt);
		assert_int_equal(backlog.effects_due, attempt);
		assert_int_equal(backlog.timers_due, attempt);
		assert_int_equal(read(world, world->noc, stream, 0).count, attempt);
	}
}

static void
a_conflict_inside_a_transaction_undoes_all_of_it(void **state)
{
	struct world *world = *state;
	struct store_append_result result;
	int64_t number;

	OK(store_begin(world->noc, world->arena, world->noc_id));
	append(world, world->noc, world_append(world, id_of("eco 1"), 0, 1));
	FAULTS(ERR_CONFLICT, store_append(world->noc, world->arena,
				 world_append(world, id_of("eco 2"), 3, 1), &result));
	assert_int_equal(read(world, world->noc, id_of("eco 1"), 0).count, 0);

	/* ... and the session is free for the next one. */
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_CMR, &number));
	assert_int_equal(number, 1);
	OK(store_commit(world->noc, world->arena));
}

static void
a_repeat_inside_a_transaction_gives_the_job_number_back(void **state)
{
	struct world *world = *state;
	struct store_append *what =
	    with_key(world_append(world, id_of("eco"), 0, 1), "key", "body", "first");
	struct store_append_result result;
	int64_t number;

	append(world, world->noc, what);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_CMR, &number));
	result = append(world, world->noc, what);
	assert_int_equal(result.outcome, STORE_REPEATED);

	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_CMR, &number));
	assert_int_equal(number, 1);
	store_rollback(world->noc);
}

/* Take ten numbers and keep every second. */
static void *
take_numbers(void *argument)
{
	struct rival *rival = argument;
	struct world *world = rival->world;

	for (int i = 0; i < 10; i++) {
		int64_t number;

		if (store_begin(rival->session, rival->arena, world->noc_id) != NULL ||
		    store_take_job_number(rival->session, rival->arena, world->noc_id,
			world->osp_id, JOB_TYPE_FNOL, &number) != NULL)
			rival->faulted = true;
		else if (i % 2 == 0)
			store_rollback(rival->session);
		else if (store_commit(rival->session, rival->arena) != NULL)
			rival->faulted = true;
		else if (number > rival->number)
			rival->number = number;
		else
			rival->faulted = true;
	}
	return NULL;
}

static void
job_numbers_have_no_gap_and_no_twin_however_many_take_them(void **state)
{
	struct world *world = *state;
	struct rival rivals[4] = { 0 };
	int64_t number, greatest = 0;

	race(world, rivals, 4, take_numbers);
	for (size_t i = 0; i < 4; i++) {
		assert_false(rivals[i].faulted);
		if (rivals[i].number > greatest)
			greatest = rivals[i].number;
	}
	assert_int_equal(greatest, 20);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_FNOL, &number));
	assert_int_equal(number, 21);
	/* Another type counts for itself. */
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, JOB_TYPE_MFR, &number));
	assert_int_equal(number, 1);
	store_rollback(world->noc);
}

static void
a_stream_is_seen_by_its_two_sides_and_by_nobody_else(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");
	struct store_append_result result;

	world_appended(world, stream, 0, 3);
	assert_int_equal(read(world, world->noc, stream, 0).count, 3);
	assert_int_equal(read(world, world->osp, stream, 0).count, 3);
	assert_int_equal(read(world, world->worker, stream, 0).count, 3);
	assert_int_equal(read(world, world->stranger, stream, 0).count, 0);

	/* A session that acts for nobody sees nothing either. */
	store_act_for(world->stranger, UUID_NIL);
	assert_int_equal(read(world, world->stranger, stream, 0).count, 0);
	store_act_for(world->stranger, world->stranger_id);

	/* Somebody else's stream cannot be told from one that has moved on. */
	FAULTS(ERR_CONFLICT, store_append(world->stranger, world->arena,
				 world_append(world, stream, 3, 1), &result));
	FAULTS(ERR_CONFLICT, store_append(world->stranger, world->arena,
				 world_append(world, id_of("another eco"), 0, 1), &result));
	assert_int_equal(read(world, world->noc, stream, 0).count, 3);
}

static void
a_transaction_acts_for_the_organisation_it_was_begun_for(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco");

	world_appended(world, stream, 0, 1);
	OK(store_begin(world->stranger, world->arena, world->osp_id));
	assert_int_equal(read(world, world->stranger, stream, 0).count, 1);
	OK(store_commit(world->stranger, world->arena));
	assert_int_equal(read(world, world->stranger, stream, 0).count, 0);
}

static void
an_event_that_was_changed_behind_our_back_is_found_when_it_is_read(void **state)
{
	struct world *world = *state;
	struct uuid stream = id_of("eco"), sound = id_of("sound eco");
	struct str name = uuid_text(world->arena, world_append(world, stream, 1, 1)->events[0].id);
	struct store_events events;
	struct err *err;

	world_appended(world, stream, 0, 3);
	world_appended(world, sound, 0, 3);
	world_store_spoil(world->store, stream, 2);
	err = store_read_stream(world->noc, world->arena, stream, 0, 10, &events);
	FAULTS(ERR_CORRUPT, err);
	assert_int_not_equal(str_find(err->message, name), SIZE_MAX);
	assert_int_equal(read(world, world->noc, stream, 2).count, 1);
	assert_int_equal(read(world, world->noc, sound, 0).count, 3);
	world_sequence(world);
	FAULTS(ERR_CORRUPT, store_read_log(world->worker, world->arena, 0, 10, &events));
}

/* ---- several streams at once ---- */

/* What ${from} would append, as part of another append. */
static struct store_also
also_of(const struct store_append *from)
{
	return (struct store_also){ from->stream, from->expected_version, from->noc, from->osp,
		from->events, from->event_count };
}

static void
one_append_writes_to_several_streams(void **state)
{
	struct world *world = *state;
	struct store_append *what = world_append(world, id_of("one"), 0, 1);
	struct store_also also[2];
	struct store_append_result result;
	struct store_events log;

	world_appended(world, id_of("two"), 0, 3);
	also[0] = also_of(world_append(world, id_of("two"), 3, 2));
	also[1] = also_of(world_append(world, id_of("three"), 0, 1));
	what->also = also;
	what->also_count = COUNT_OF(also);
	result = append(world, world->noc, what);
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(result.version, 1);

	assert_int_equal(read(world, world->noc, id_of("one"), 0).count, 1);
	assert_int_equal(read(world, world->osp, id_of("two"), 3).count, 2);
	assert_int_equal(read(world, world->osp, id_of("two"), 3).at[1].version, 5);
	assert_true(str_equal(
	    read(world, world->noc, id_of("three"), 0).at[0].payload, also[1].events[0].payload));
	/* All of them are in the log, and each goes on from its own version. */
	assert_int_equal(world_sequence(world), 7);
	OK(store_read_log(world->worker, world->arena, 0, 100, &log));
	assert_int_equal(log.count, 7);
	world_appended(world, id_of("one"), 1, 1);
	world_appended(world, id_of("two"), 5, 1);
	world_appended(world, id_of("three"), 1, 1);
}

static void
other_streams_can_be_written_to_without_an_event_of_ones_own(void **state)
{
	struct world *world = *state;
	struct store_append *what = world_append(world, id_of("one"), 2, 0);
	struct store_also also = also_of(world_append(world, id_of("two"), 0, 1));
	struct store_append_result result;

	world_appended(world, id_of("one"), 0, 2);
	what->also = &also;
	what->also_count = 1;
	result = append(world, world->noc, what);
	assert_int_equal(result.outcome, STORE_APPENDED);
	assert_int_equal(result.version, 2);
	assert_int_equal(read(world, world->noc, id_of("two"), 0).count, 1);

	/* It still stands on its version. */
	what->expected_version = 1;
	also = also_of(world_append(world, id_of("two"), 1, 1));
	FAULTS(ERR_CONFLICT, store_append(world->noc, world->arena, what, &result));
	assert_int_equal(read(world, world->noc, id_of("two"), 0).count, 1);
}

/* Append to "one" and ${also}; it is a conflict, and nothing is written. */
static void
expect_nothing_written(struct world *world, const struct store_also *also, size_t count)
{
	struct store_append *what =
	    with_key(world_append(world, id_of("one"), 1, 1), "key", "body", "done");
	struct store_append_result result;
	struct store_backlog before, after;

	what->also = also;
	what->also_count = count;
	OK(store_backlog(world->worker, world->arena, at_s(0), &before));
	FAULTS(ERR_CONFLICT, store_append(world->noc, world->arena, what, &result));
	OK(store_backlog(world->worker, world->arena, at_s(0), &after));
	assert_int_equal(after.unsequenced, before.unsequenced);
	assert_int_equal(read(world, world->noc, id_of("one"), 0).count, 1);
	OK(store_find_command(world->noc, world->arena, what->command_scope, what->command_key,
	    what->body_hash, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

static void
of_several_streams_all_are_written_or_none(void **state)
{
	struct world *world = *state;
	struct store_also also[2];

	world_appended(world, id_of("one"), 0, 1);
	world_appended(world, id_of("two"), 0, 2);
	/* One has moved on, one is there already, one is not there yet, one is not ours. */
	also[0] = also_of(world_append(world, id_of("new"), 0, 1));
	also[1] = also_of(world_append(world, id_of("two"), 1, 1));
	expect_nothing_written(world, also, COUNT_OF(also));
	also[1].expected_version = 0;
	expect_nothing_written(world, also, COUNT_OF(also));
	also[1] = also_of(world_append(world, id_of("three"), 4, 1));
	expect_nothing_written(world, also, COUNT_OF(also));
	also[1] = also_of(world_append(world, id_of("three"), 0, 1));
	also[1].noc = world->stranger_id;
	also[1].osp = world->stranger_id;
	expect_nothing_written(world, also, COUNT_OF(also));
	assert_int_equal(read(world, world->worker, id_of("new"), 0).count, 0);
	assert_int_equal(read(world, world->worker, id_of("two"), 0).count, 2);
	assert_int_equal(read(world, world->worker, id_of("three"), 0).count, 0);
}

/* Append an event to "one" and to "two", as both stand; half of the rivals name "two" first. */
static struct err *
append_to_both(struct rival *rival, uint8_t number)
{
	bool turned = rival->number % 2 == 1;
	struct store_append what = *rival->append;
	struct store_event events[2] = { what.events[0], what.events[0] };
	struct store_also also = { id_of(turned ? "one" : "two"), 0, what.noc, what.osp, &events[1],
		1 };
	struct store_events there;

	what.stream = id_of(turned ? "two" : "one");
	TRY(store_read_stream(rival->session, rival->arena, what.stream, 0, 1000, &there));
	what.expected_version = also.expected_version = (int64_t)there.count;
	for (size_t i = 0; i < COUNT_OF(events); i++) {
		events[i].id.bytes[0] = (uint8_t)rival->number;
		events[i].id.bytes[1] = number;
		events[i].id.bytes[2] = (uint8_t)i;
	}
	what.events = events;
	what.also = &also;
	what.also_count = 1;
	return store_append(rival->session, rival->arena, &what, &rival->result);
}

/* Do so ten times, and again whenever somebody else was faster. */
static void *
append_ten_to_both(void *argument)
{
	struct rival *rival = argument;
	uint8_t done = 0;

	while (done < 10 && !rival->faulted) {
		struct err *err = append_to_both(rival, done);

		rival->faulted = err != NULL && err->kind != ERR_CONFLICT;
		if (err == NULL)
			done++;
		arena_reset(rival->arena);
	}
	return NULL;
}

static void
who_write_to_the_same_streams_in_any_order_never_wait_for_each_other(void **state)
{
	struct world *world = *state;
	struct rival rivals[4] = { 0 };

	for (size_t i = 0; i < COUNT_OF(rivals); i++) {
		rivals[i].append = world_append(world, id_of("one"), 0, 1);
		rivals[i].number = (int64_t)i;
	}
	race(world, rivals, COUNT_OF(rivals), append_ten_to_both);
	for (size_t i = 0; i < COUNT_OF(rivals); i++)
		assert_false(rivals[i].faulted);
	/* As both streams are written together, they are always of one length. */
	assert_int_equal(read(world, world->noc, id_of("one"), 0).count, 40);
	assert_int_equal(read(world, world->noc, id_of("two"), 0).count, 40);
}

static void
count_rings(void *context, const struct store_news *news)
{
	assert_true(news->events);
	(*(int *)context)++;
}

static void
the_bell_rings_after_what_was_committed_and_not_before(void **state)
{
	struct world *world = *state;
	struct store_append *what = world_append(world, id_of("eco 2"), 1, 0);
	struct store_also also = also_of(world_append(world, id_of("eco 4"), 0, 1));
	int rings = 0;

	store_on_append(world->store, count_rings, &rings);
	OK(store_begin(world->noc, world->arena, world->noc_id));
	append(world, world->noc, world_append(world, id_of("eco 1"), 0, 1));
	assert_int_equal(rings, 0);
	OK(store_commit(world->noc, world->arena));
	assert_int_equal(rings, 1);

	world_appended(world, id_of("eco 2"), 0, 1);
	assert_int_equal(rings, 2);

	OK(store_begin(world->noc, world->arena, world->noc_id));
	append(world, world->noc, world_append(world, id_of("eco 3"), 0, 1));
	store_rollback(world->noc);
	assert_int_equal(rings, 2);

	what->also = &also;
	what->also_count = 1;
	append(world, world->noc, what);
	assert_int_equal(rings, 3);

	world_sequence(world);
	assert_int_equal(rings, 4);
}

int
store_streams_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_was_appended_is_read_back_byte_for_byte),
		WORLD_TEST(a_stream_is_read_in_parts),
		WORLD_TEST(whoever_decided_on_an_old_version_is_told_so_and_nothing_is_written),
		WORLD_TEST(an_append_without_events_still_stands_on_a_version),
		WORLD_TEST(of_many_who_decide_on_the_same_version_exactly_one_wins),
		WORLD_TEST(the_same_key_and_body_give_the_same_answer_and_do_nothing_twice),
		WORLD_TEST(a_key_used_for_another_body_is_refused),
		WORLD_TEST(keys_of_two_organisations_have_nothing_to_do_with_each_other),
		WORLD_TEST(a_key_whose_append_failed_is_free_again),
		WORLD_TEST(of_many_repeats_at_once_one_is_done_and_all_are_answered_alike),
		WORLD_TEST(a_rolled_back_transaction_leaves_nothing_and_gives_its_job_number_back),
		WORLD_TEST(a_conflict_inside_a_transaction_undoes_all_of_it),
		WORLD_TEST(a_repeat_inside_a_transaction_gives_the_job_number_back),
		WORLD_TEST(job_numbers_have_no_gap_and_no_twin_however_many_take_them),
		WORLD_TEST(a_stream_is_seen_by_its_two_sides_and_by_nobody_else),
		WORLD_TEST(a_transaction_acts_for_the_organisation_it_was_begun_for),
		WORLD_TEST(an_event_that_was_changed_behind_our_back_is_found_when_it_is_read),
		WORLD_TEST(one_append_writes_to_several_streams),
		WORLD_TEST(other_streams_can_be_written_to_without_an_event_of_ones_own),
		WORLD_TEST(of_several_streams_all_are_written_or_none),
		WORLD_TEST(who_write_to_the_same_streams_in_any_order_never_wait_for_each_other),
		WORLD_TEST(the_bell_rings_after_what_was_committed_and_not_before),
	};

	return cmocka_run_group_tests_name("store streams", tests, NULL, NULL);
}
