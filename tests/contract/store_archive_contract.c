#include "contract/store_contract.h"
#include "support/store_world.h"

static struct store_events
read(struct world *world, struct store_session *session, const char *stream)
{
	struct store_events events = { 0 };

	OK(store_read_stream(session, world->arena, id_of(stream), 0, STORE_ROWS_MAX, &events));
	return events;
}

/* ${count} events of ${stream} as they may have been elsewhere: sound, and with all there is. */
static struct store_event *
history(const struct world *world, const char *stream, size_t count)
{
	const struct store_append *append = world_append(world, id_of(stream), 0, count);
	struct store_event *events = arena_array(world->arena, struct store_event, count);

	assert_non_null(events);
	for (size_t i = 0; i < count; i++) {
		events[i] = append->events[i];
		events[i].stream = append->stream;
		events[i].version = (int64_t)i + 1;
		events[i].noc = append->noc;
		events[i].osp = append->osp;
		events[i].recorded_at = at_s(1000 + (int64_t)i);
		events[i].causation = id_of("a cause");
		events[i].position = 77;
		events[i].hash = store_event_hash(&events[i], world->arena);
	}
	return events;
}

static size_t
import(struct world *world, const struct store_event *events, size_t count)
{
	size_t fresh = SIZE_MAX;

	OK(store_import(world->worker, world->arena, events, count, &fresh));
	return fresh;
}

static void
refuse_import(
    struct world *world, enum err_kind kind, const struct store_event *events, size_t count)
{
	size_t fresh;

	FAULTS(kind, store_import(world->worker, world->arena, events, count, &fresh));
}

/* ---- import ---- */

static void
an_imported_event_is_as_it_was_elsewhere(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 2);
	struct store_events here;

	there[1].actor.kind = STORE_ACTOR_PROVIDER;
	there[1].actor.name = STR("twilio");
	there[1].actor.user = there[1].actor.organisation = UUID_NIL;
	there[1].type = STR("PageAccepted");
	there[1].schema_version = 2;
	there[1].hash = store_event_hash(&there[1], world->arena);
	assert_int_equal(import(world, there, 2), 2);

	here = read(world, world->noc, "eco");
	assert_int_equal(here.count, 2);
	for (size_t i = 0; i < here.count; i++) {
		const struct store_event *got = &here.at[i], *put = &there[i];

		ASSERT_UUID(got->id, put->id);
		ASSERT_UUID(got->stream, put->stream);
		assert_int_equal(got->version, put->version);
		ASSERT_UUID(got->noc, put->noc);
		ASSERT_UUID(got->osp, put->osp);
		assert_true(str_equal(got->type, put->type));
		assert_int_equal(got->schema_version, put->schema_version);
		assert_int_equal(got->occurred_at.us, put->occurred_at.us);
		assert_int_equal(got->recorded_at.us, put->recorded_at.us);
		assert_int_equal(got->actor.kind, put->actor.kind);
		assert_true(str_equal(got->actor.name, put->actor.name));
		ASSERT_UUID(got->actor.user, put->actor.user);
		ASSERT_UUID(got->actor.organisation, put->actor.organisation);
		ASSERT_UUID(got->correlation, put->correlation);
		ASSERT_UUID(got->causation, put->causation);
		assert_true(str_equal(got->payload, put->payload));
		assert_true(sha256_equal(got->hash, put->hash));
		assert_true(got->imported);
	}
	assert_int_equal(read(world, world->stranger, "eco").count, 0);
}

static void
imported_events_get_positions_here_and_carry_the_mark_in_the_log(void **state)
{
	struct world *world = *state;
	struct store_events log;

	world_appended(world, id_of("ours"), 0, 1);
	world_sequence(world);
	assert_int_equal(import(world, history(world, "eco", 2), 2), 2);
	assert_int_equal(read(world, world->noc, "eco").at[0].position, 0);
	assert_int_equal(world_sequence(world), 3);
	OK(store_read_log(world->worker, world->arena, 0, 10, &log));
	assert_int_equal(log.count, 3);
	assert_false(log.at[0].imported);
	assert_true(log.at[1].imported);
	assert_true(log.at[2].imported);
	assert_int_equal(log.at[2].position, 3);
	assert_false(read(world, world->noc, "ours").at[0].imported);

	/* What happens to it from now on is no history. */
	world_appended(world, id_of("eco"), 2, 1);
	assert_false(read(world, world->noc, "eco").at[2].imported);
}

static void
nobody_is_rung_for_history(void **state)
{
	struct world *world = *state;
	struct store_backlog backlog;

	assert_int_equal(import(world, history(world, "eco", 3), 3), 3);
	OK(store_backlog(world->worker, world->arena, at_s(1000000), &backlog));
	assert_int_equal(backlog.unsequenced, 3);
	assert_int_equal(backlog.effects_due + backlog.effects_waiting, 0);
	assert_int_equal(backlog.timers_due, 0);
}

static void
what_is_there_already_is_skipped(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 5);

	assert_int_equal(import(world, there, 3), 3);
	assert_int_equal(import(world, there, 3), 0);
	assert_int_equal(import(world, &there[1], 4), 2);
	assert_int_equal(read(world, world->noc, "eco").count, 5);
	assert_int_equal(import(world, there, 5), 0);
}

static void
what_was_exported_here_can_be_imported_here_and_changes_nothing(void **state)
{
	struct world *world = *state;
	struct store_events events;

	world_appended(world, id_of("eco"), 0, 3);
	events = read(world, world->worker, "eco");
	assert_int_equal(import(world, events.at, events.count), 0);
	assert_false(read(world, world->worker, "eco").at[0].imported);
}

static void
another_event_at_a_version_that_is_there_is_refused(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 4);

	assert_int_equal(import(world, there, 2), 2);
	there[1].payload = STR("{\"text\":\"something else\"}");
	there[1].hash = store_event_hash(&there[1], world->arena);
	refuse_import(world, ERR_CONFLICT, &there[1], 1);
	/* All or nothing: what would have come after it is not there either. */
	refuse_import(world, ERR_CONFLICT, there, 4);
	assert_int_equal(read(world, world->noc, "eco").count, 2);
	ASSERT_STR(read(world, world->noc, "eco").at[1].payload, "{\"text\":\"note 2\"}");
}

static void
a_gap_is_refused(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 5);

	refuse_import(world, ERR_CONFLICT, &there[1], 1);
	assert_int_equal(read(world, world->noc, "eco").count, 0);
	assert_int_equal(import(world, there, 2), 2);
	refuse_import(world, ERR_CONFLICT, &there[3], 2);
	/* ... and one inside of what is given as well. */
	there[3] = there[4];
	refuse_import(world, ERR_CONFLICT, &there[2], 2);
	assert_int_equal(read(world, world->noc, "eco").count, 2);
}

static void
an_event_whose_hash_does_not_fit_is_refused(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 3);

	there[2].payload = STR("{\"text\":\"forged\"}");
	refuse_import(world, ERR_CORRUPT, there, 3);
	assert_int_equal(read(world, world->noc, "eco").count, 0);
	assert_int_equal(import(world, there, 2), 2);
	/* A version that is there is not skipped unread either. */
	there[1].occurred_at.us++;
	refuse_import(world, ERR_CORRUPT, there, 2);
}

static void
history_of_others_does_not_go_into_a_stream_of_ours(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 2);

	assert_int_equal(import(world, there, 1), 1);
	there[1].osp = world->stranger_id;
	there[1].hash = store_event_hash(&there[1], world->arena);
	refuse_import(world, ERR_CONFLICT, &there[1], 1);
	assert_int_equal(read(world, world->worker, "eco").count, 1);
}

/* ${events} from version ${from} on with the OSP ${osp}, which an event engages there. */
static void
engage(struct world *world, struct store_event *events, size_t count, int64_t from, struct uuid osp)
{
	events[from - 1].type = STR("OSPEngaged");
	for (size_t i = (size_t)from - 1; i < count; i++) {
		events[i].osp = osp;
		events[i].hash = store_event_hash(&events[i], world->arena);
	}
}

static void
a_stream_goes_to_another_osp_where_one_was_engaged(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 7);
	struct store_append_result result;

	engage(world, there, 7, 4, world->stranger_id);
	engage(world, there, 7, 6, world->osp_id);
	engage(world, there, 7, 7, world->stranger_id);
	assert_int_equal(import(world, there, 5), 5);
	assert_int_equal(read(world, world->noc, "eco").count, 5);
	assert_int_equal(read(world, world->stranger, "eco").count, 5);
	assert_int_equal(read(world, world->osp, "eco").count, 3);
	assert_int_equal(import(world, there, 5), 0);
	assert_int_equal(import(world, &there[1], 6), 2);
	assert_int_equal(import(world, there, 7), 0);
	assert_int_equal(read(world, world->stranger, "eco").count, 7);
	assert_int_equal(read(world, world->osp, "eco").count, 6);
	for (int64_t i = 0; i < 7; i++)
		ASSERT_UUID(read(world, world->noc, "eco").at[i].osp, there[i].osp);
	/* Whose it was last may go on with it. */
	FAULTS(ERR_CONFLICT, store_append(world->osp, world->arena,
				 world_append(world, id_of("eco"), 7, 1), &result));
}

static void
an_event_in_between_that_goes_to_another_osp_is_refused(void **state)
{
	struct world *world = *state;
	struct store_event *there = history(world, "eco", 4);

	engage(world, there, 4, 3, world->stranger_id);
	there[2].type = STR("NoteAdded");
	there[2].hash = store_event_hash(&there[2], world->arena);
	refuse_import(world, ERR_CONFLICT, there, 4);
	assert_int_equal(read(world, world->worker, "eco").count, 0);
	assert_int_equal(import(world, there, 2), 2);
	refuse_import(world, ERR_CONFLICT, there, 4);
	refuse_import(world, ERR_CONFLICT, &there[2], 2);
	assert_int_equal(read(world, world->worker, "eco").count, 2);
	assert_int_equal(read(world, world->stranger, "eco").count, 0);
}

static void
whoever_decides_goes_on_from_the_imported_version(void **state)
{
	struct world *world = *state;
	struct store_append_result result;

	assert_int_equal(import(world, history(world, "eco", 2), 2), 2);
	FAULTS(ERR_CONFLICT, store_append(world->noc, world->arena,
				 world_append(world, id_of("eco"), 0, 1), &result));
	world_appended(world, id_of("eco"), 2, 1);
	assert_int_equal(read(world, world->noc, "eco").count, 3);
}

/* ---- export ---- */

/* An event of ${stream} between ${noc} and ${osp}. */
static void
appended_between(struct world *world, const char *stream, struct uuid noc, struct uuid osp)
{
	struct store_append *append = world_append(world, id_of(stream), 0, 1);
	struct store_append_result result;

	append->noc = noc;
	append->osp = osp;
	OK(store_append(world->worker, world->arena, append, &result));
}

static struct store_events export(
    struct world *world, struct uuid organisation, int64_t after, size_t limit)
{
	struct store_events events = { 0 };

	OK(store_export(world->worker, world->arena, organisation, after, limit, &events));
	return events;
}

static void
an_organisation_s_history_is_that_of_its_streams_in_order(void **state)
{
	struct world *world = *state;
	struct store_events events;

	appended_between(world, "ours", world->noc_id, world->osp_id);
	appended_between(world, "theirs", world->noc_id, world->stranger_id);
	world_appended(world, id_of("ours"), 1, 2);
	appended_between(world, "ours too", world->stranger_id, world->osp_id);
	world_sequence(world);
	world_appended(world, id_of("ours"), 3, 1); /* not in the log yet */

	events = export(world, world->osp_id, 0, STORE_BATCH_MAX);
	assert_int_equal(events.count, 4);
	for (size_t i = 0; i < events.count; i++) {
		assert_true(uuid_equal(events.at[i].osp, world->osp_id));
		assert_true(i == 0 || events.at[i].position > events.at[i - 1].position);
		assert_true(
		    sha256_equal(events.at[i].hash, store_event_hash(&events.at[i], world->arena)));
	}
	ASSERT_UUID(events.at[0].stream, id_of("ours"));
	ASSERT_UUID(events.at[3].stream, id_of("ours too"));
	assert_int_equal(export(world, world->noc_id, 0, 100).count, 4);
	assert_int_equal(export(world, world->stranger_id, 0, 100).count, 2);
	assert_int_equal(export(world, id_of("nobody"), 0, 100).count, 0);
}

static void
history_is_exported_in_parts(void **state)
{
	struct world *world = *state;
	struct store_events first, second;

	for (int64_t i = 0; i < 3; i++) {
		world_appended(world, id_of("ours"), i, 1);
		appended_between(world,
		    i == 0   ? "x"
		    : i == 1 ? "y"
			     : "z",
		    world->stranger_id, world->stranger_id);
		world_sequence(world);
	}
	first = export(world, world->noc_id, 0, 2);
	assert_int_equal(first.count, 2);
	second = export(world, world->noc_id, first.at[1].position, 2);
	assert_int_equal(second.count, 1);
	assert_int_equal(second.at[0].version, 3);
	assert_int_equal(export(world, world->noc_id, second.at[0].position, 2).count, 0);
}

static void
an_event_that_was_changed_is_not_exported(void **state)
{
	struct world *world = *state;
	struct store_events events;

	world_appended(world, id_of("eco"), 0, 2);
	world_sequence(world);
	world_store_spoil(world->store, id_of("eco"), 2);
	FAULTS(
	    ERR_CORRUPT, store_export(world->worker, world->arena, world->noc_id, 0, 10, &events));
}

/* ---- job numbers ---- */

static int64_t
take(struct world *world, enum job_type type)
{
	int64_t number = 0;

	OK(store_begin(world->noc, world->arena, world->noc_id));
	OK(store_take_job_number(
	    world->noc, world->arena, world->noc_id, world->osp_id, type, &number));
	OK(store_commit(world->noc, world->arena));
	return number;
}

static void
raise(struct world *world, enum job_type type, int64_t number)
{
	OK(store_raise_job_number(
	    world->worker, world->arena, world->noc_id, world->osp_id, type, number));
}

static void
a_job_number_that_history_has_used_is_not_taken_again(void **state)
{
	struct world *world = *state;

	raise(world, JOB_TYPE_MFR, 41);
	assert_int_equal(take(world, JOB_TYPE_MFR), 42);
	raise(world, JOB_TYPE_MFR, 50);
	assert_int_equal(take(world, JOB_TYPE_MFR), 51);
	/* Never down, and of no other type. */
	raise(world, JOB_TYPE_MFR, 7);
	assert_int_equal(take(world, JOB_TYPE_MFR), 52);
	assert_int_equal(take(world, JOB_TYPE_CMR), 1);
}

/* ---- partitions ---- */

static struct store_partitions
partitions(struct world *world)
{
	struct store_partitions list = { 0 };

	OK(store_list_partitions(world->worker, world->arena, &list));
	return list;
}

static void
the_newest_event_has_its_partition(void **state)
{
	struct world *world = *state;
	struct store_partitions list;
	size_t holding = 0;

	world_appended(world, id_of("eco"), 0, 3);
	list = partitions(world);
	assert_true(list.count > 0);
	assert_true(list.last_seq >= 3);
	assert_true(list.rows > 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct store_partition *at = &list.at[i];

		assert_false(str_empty(at->name));
		assert_true(at->from_seq < at->to_seq);
		assert_true(i == 0 || at->from_seq >= list.at[i - 1].to_seq);
		holding += at->from_seq <= list.last_seq && list.last_seq < at->to_seq;
	}
	assert_int_equal(holding, 1);
}

static void
partitions_that_are_there_are_not_made_again(void **state)
{
	struct world *world = *state;
	int64_t made;
	size_t count;

	OK(store_make_partitions(world->worker, world->arena, &made));
	count = partitions(world).count;
	OK(store_make_partitions(world->worker, world->arena, &made));
	assert_int_equal(made, 0);
	assert_int_equal(partitions(world).count, count);
}

static void
a_partition_that_is_not_full_is_not_archived(void **state)
{
	struct world *world = *state;
	struct store_partition partition;
	struct err *err;

	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	err = store_archive_oldest(world->worker, world->arena, &partition);
	FAULTS(ERR_CONFLICT, err);
	assert_false(str_empty(err->message));
	assert_int_equal(read(world, world->noc, "eco").count, 3);
}

int
store_archive_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_imported_event_is_as_it_was_elsewhere),
		WORLD_TEST(imported_events_get_positions_here_and_carry_the_mark_in_the_log),
		WORLD_TEST(nobody_is_rung_for_history),
		WORLD_TEST(what_is_there_already_is_skipped),
		WORLD_TEST(what_was_exported_here_can_be_imported_here_and_changes_nothing),
		WORLD_TEST(another_event_at_a_version_that_is_there_is_refused),
		WORLD_TEST(a_gap_is_refused),
		WORLD_TEST(an_event_whose_hash_does_not_fit_is_refused),
		WORLD_TEST(history_of_others_does_not_go_into_a_stream_of_ours),
		WORLD_TEST(a_stream_goes_to_another_osp_where_one_was_engaged),
		WORLD_TEST(an_event_in_between_that_goes_to_another_osp_is_refused),
		WORLD_TEST(whoever_decides_goes_on_from_the_imported_version),
		WORLD_TEST(an_organisation_s_history_is_that_of_its_streams_in_order),
		WORLD_TEST(history_is_exported_in_parts),
		WORLD_TEST(an_event_that_was_changed_is_not_exported),
		WORLD_TEST(a_job_number_that_history_has_used_is_not_taken_again),
		WORLD_TEST(the_newest_event_has_its_partition),
		WORLD_TEST(partitions_that_are_there_are_not_made_again),
		WORLD_TEST(a_partition_that_is_not_full_is_not_archived),
	};

	return cmocka_run_group_tests_name("store archive", tests, NULL, NULL);
}
