#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/vault.h"
#include "codec/event_codec.h"
#include "process/policies.h"
#include "projection/board.h"
#include "runtime/random.h"
#include "store/store_archive.h"
#include "support/follower_world.h"

/*
 * The board in its two builds, and the policies, as they follow the log.  Run against
 * both stores, as two programs.
 */

#define POSITIONS_MAX 5000
#define ECOS          30

static atomic_int announced[POSITIONS_MAX];

static void
count_announcement(void *context, struct str projection, const struct projection_events *events)
{
	(void)context;
	assert_true(str_equal(projection, STR("eco_board")));
	for (size_t i = 0; i < events->count; i++)
		atomic_fetch_add(&announced[events->at[i]->position], 1);
}

/* ---- events of ECOs ---- */

static struct uuid
eco_number(int number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "ECO %d", number);
	return id_of(name);
}

static struct eco_event
created(struct follower_world *world, int number)
{
	static const struct geo_point place = { -97.74, 30.26 };

	return (struct eco_event){
		.type = ECO_EVENT_CREATED,
		.created = {
			.noc = world->world->noc_id,
			.osp = world->world->osp_id,
			.agreement = id_of("an agreement"),
			.job_number =
			    arena_printf(world->world->arena, "HC-CMR-%05d-7", number),
			.location = { GEO_POINT, &place, 1 },
			.description = STR("Loss of light"),
			.terms = { 25, 2, 300, 1, 1800, 60, 300, 0, 0 },
		},
	};
}

/* What happens to an ECO as its event ${version}, from 2. */
static struct eco_event
happened(struct follower_world *world, int64_t version)
{
	struct str task = arena_printf(world->world->arena, "task %lld", (long long)version % 7);

	switch (version % 4) {
	case 0:
		return (struct eco_event){ .type = ECO_EVENT_WORK_STARTED,
			.work_started = { .task = task } };
	case 1:
		return (struct eco_event){ .type = ECO_EVENT_STATUS_COMPLETED,
			.status_completed = { .task_count = 1, .grace_until = at_s(9000) } };
	case 2:
		return (struct eco_event){ .type = ECO_EVENT_RENDER_TASK_OBSERVED,
			.task_observed = { .change = TASK_CHANGE_ADDED,
			    .task = task,
			    .name = STR("Investigation"),
			    .raw_status = STR("Started"),
			    .status = TASK_STATUS_STARTED,
			    .task_count = 1 } };
	default:
		return (struct eco_event){ .type = ECO_EVENT_NOTE_ADDED,
			.note_added = { .note = id_of("a note"), .text = STR("on the way") } };
	}
}

static struct store_event
stored(struct follower_world *world, int number, int64_t version)
{
	struct arena *arena = world->world->arena;
	struct buf payload = buf_in(arena, 4096);
	struct eco_event event = version == 1 ? created(world, number) : happened(world, version);

	event.at = at_s(version);
	codec_encode_event(&event, &payload);
	assert_false(payload.overflowed);
	return (struct store_event){
		.id = uuid_from_name(
		    arena_printf(arena, "event %lld of %d", (long long)version, number)),
		.type = eco_event_name(event.type),
		.schema_version = eco_event_version(event.type),
		.occurred_at = event.at,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.correlation = id_of("a request"),
		.payload = buf_view(&payload),
	};
}

static void
append_event(struct follower_world *world, struct store_session *session, int number,
    const struct store_event *event, int64_t expected)
{
	struct store_append_result result;

	OK(store_append(session, world->world->arena,
	    &(struct store_append){
		.stream = eco_number(number),
		.expected_version = expected,
		.noc = world->world->noc_id,
		.osp = world->world->osp_id,
		.events = event,
		.event_count = 1,
	    },
	    &result));
}

static void
append_to(struct follower_world *world, int number, int64_t version)
{
	struct arena_mark mark = arena_mark(world->world->arena);
	struct store_event event = stored(world, number, version);

	append_event(world, world->world->worker, number, &event, version - 1);
	arena_release(world->world->arena, mark);
}

/* ---- the builds ---- */

static struct follower *
follow_build(struct follower_world *world, int64_t build, bool rebuilds, unsigned threads)
{
	struct arena *arena = world->world->arena;
	struct str name = projection_subscription(arena, &board_projection, build);
	struct follower *follower;

	OK(store_subscribe(world->world->worker, arena, name, board_projection.slots,
	    build == 1 ? STORE_LIVE : STORE_OFF));
	OK(follower_start(arena,
	    &(struct follower_config){
		.store = world->world->store,
		.clock = world->clock,
		.log = world->log,
		.feed = world->feed,
		.subscription = name,
		.threads = threads,
		.rebuilds = rebuilds,
		.projection = &board_projection,
		.build = build,
		.projected = count_announcement,
	    },
	    &follower));
	return follower;
}

struct both {
	struct follower *at[2];
};

static struct both
follow_both(struct follower_world *world, bool rebuilds)
{
	for (size_t i = 0; i < POSITIONS_MAX; i++)
		atomic_store(&announced[i], 0);
	return (struct both){ { follow_build(world, 1, rebuilds, 2),
	    follow_build(world, 2, rebuilds, 2) } };
}

static int64_t
sequence_for(struct follower_world *world, const struct both *both)
{
	int64_t head = sequence_and_tell(world, world->feed, both->at[0]);

	follower_wake(both->at[1]);
	return head;
}

static void
stop_both(const struct both *both)
{
	follower_stop(both->at[0]);
	follower_stop(both->at[1]);
}

static void
assert_equal_builds(struct follower_world *world, int64_t rows)
{
	struct sha256 sums[2];
	int64_t counts[2];

	for (int64_t build = 1; build <= 2; build++) {
		OK(store_board_checksum(world->world->worker, world->world->arena, build,
		    &counts[build - 1], &sums[build - 1]));
		assert_int_equal(counts[build - 1], rows);
	}
	assert_true(sha256_equal(sums[0], sums[1]));
}

/* ---- a reader, all the time ---- */

struct reader {
	pthread_t thread;
	struct follower_world *world;
	atomic_bool stop;
	atomic_int looks, faults;
};

/* A board must be whole, and no row of it may go back in time. */
static bool
is_whole(struct store_session *session, struct arena *arena, int64_t versions[ECOS])
{
	for (int i = 0; i < ECOS; i++) {
		struct store_board_row row;
		bool found;

		OK(store_find_board(session, arena, eco_number(i), &found, &row));
		if (!found || row.version < versions[i])
			return false;
		versions[i] = row.version;
	}
	return true;
}

static void *
read_on(void *context)
{
	struct reader *reader = context;
	struct arena *arena = arena_create(4u << 20);
	struct store_session *session = world_session(
	    reader->world->world->store, arena, STORE_API, reader->world->world->noc_id);
	int64_t versions[ECOS] = { 0 };

	while (!atomic_load(&reader->stop)) {
		struct arena_mark mark = arena_mark(arena);

		if (!is_whole(session, arena, versions))
			atomic_fetch_add(&reader->faults, 1);
		atomic_fetch_add(&reader->looks, 1);
		arena_release(arena, mark);
	}
	store_session_close(session);
	arena_destroy(arena);
	return NULL;
}

static void
write_round(struct follower_world *world, const struct both *both, int64_t version)
{
	for (int i = 0; i < ECOS; i++)
		append_to(world, i, version);
	sequence_for(world, both);
}

/* Switch as soon as it is possible; while it is not, more is written. */
static void
switch_build(struct follower_world *world, const struct both *both, int64_t build, int64_t *version)
{
	for (int i = 0; i < 2000; i++) {
		struct err *err = store_switch_build(
		    world->world->worker, world->world->arena, STR("eco_board"), build);

		if (err == NULL)
			return;
		assert_int_equal(err->kind, ERR_CONFLICT);
		if (i % 10 == 0)
			write_round(world, both, ++*version);
		wait_a_little();
	}
	fail_msg("build %lld never gets to be live", (long long)build);
}

static void
assert_announced_once(int64_t head)
{
	for (int64_t position = 1; position <= head; position++) {
		if (atomic_load(&announced[position]) != 1)
			fail_msg("position %lld was announced %d times", (long long)position,
			    atomic_load(&announced[position]));
	}
}

static void
a_board_is_made_anew_while_others_write_and_readers_never_see_half_of_it(void **state)
{
	struct follower_world *world = *state;
	struct both both = follow_both(world, true);
	struct reader reader = { .world = world };
	int64_t version = 4, build;

	for (int64_t v = 1; v <= version; v++)
		write_round(world, &both, v);
	wait_for_head(world, "eco_board.1");
	assert_int_equal(pthread_create(&reader.thread, NULL, read_on, &reader), 0);

	OK(store_begin_build(world->world->worker, world->world->arena, STR("eco_board"), &build));
	assert_int_equal(build, 2);
	for (int i = 0; i < 5; i++)
		write_round(world, &both, ++version);
	switch_build(world, &both, 2, &version);
	write_round(world, &both, ++version);
	switch_build(world, &both, 1, &version);
	write_round(world, &both, ++version);
	wait_for_head(world, "eco_board.1");
	wait_for_head(world, "eco_board.2");

	atomic_store(&reader.stop, true);
	pthread_join(reader.thread, NULL);
	stop_both(&both);
	assert_int_equal(atomic_load(&reader.faults), 0);
	assert_true(atomic_load(&reader.looks) > 0);
	assert_equal_builds(world, ECOS);
}

static void
what_is_projected_is_announced_once_whichever_build_is_live(void **state)
{
	struct follower_world *world = *state;
	struct both both = follow_both(world, true);
	int64_t version = 3, build, head;

	for (int64_t v = 1; v <= version; v++)
		write_round(world, &both, v);
	wait_for_head(world, "eco_board.1");
	OK(store_begin_build(world->world->worker, world->world->arena, STR("eco_board"), &build));
	for (int64_t live = 2; live >= 1; live--) {
		wait_for_head(world, "eco_board.1");
		wait_for_head(world, "eco_board.2");
		OK(store_switch_build(
		    world->world->worker, world->world->arena, STR("eco_board"), live));
		write_round(world, &both, ++version);
	}
	head = sequence_for(world, &both);
	wait_for_head(world, "eco_board.1");
	wait_for_head(world, "eco_board.2");
	stop_both(&both);
	assert_true(head < POSITIONS_MAX);
	assert_announced_once(head);
}

static void
a_row_says_nothing_of_what_comes_later_in_the_log(void **state)
{
	struct follower_world *world = *state;
	struct both both = follow_both(world, false);
	struct store_board_row row;
	bool found;

	for (int64_t version = 1; version <= 5; version++)
		append_to(world, 0, version);
	world_sequence(world->world);
	append_to(world, 0, 6);
	append_to(world, 0, 7);
	(void)feed_tell(world->feed, 5);
	follower_wake(both.at[0]);
	wait_for_head(world, "eco_board.1");
	OK(store_find_board(
	    world->world->worker, world->world->arena, eco_number(0), &found, &row));
	assert_true(found);
	assert_int_equal(row.version, 5);
	assert_int_equal(row.position, 5);
	assert_int_equal(row.updated_at.us, at_s(5).us);
	sequence_for(world, &both);
	wait_for_head(world, "eco_board.1");
	OK(store_find_board(
	    world->world->worker, world->world->arena, eco_number(0), &found, &row));
	assert_int_equal(row.version, 7);
	stop_both(&both);
}

/* ---- the policies ---- */

static struct follower *
follow_with_policies(struct follower_world *world, struct vault *vault)
{
	struct arena *arena = world->world->arena;
	struct follower *follower;

	OK(vault_init(arena, STR(""), random_bytes, vault));
	OK(store_subscribe(
	    world->world->worker, arena, POLICIES_SUBSCRIPTION, POLICIES_SLOTS, STORE_LIVE));
	OK(follower_start(arena,
	    &(struct follower_config){
		.store = world->world->store,
		.clock = world->clock,
		.log = world->log,
		.feed = world->feed,
		.subscription = POLICIES_SUBSCRIPTION,
		.threads = 3,
		.react = policies_react,
		.react_context = vault,
	    },
	    &follower));
	return follower;
}

static int64_t
version_of(struct follower_world *world, int number)
{
	struct store_events events;

	OK(store_read_stream(world->world->worker, world->world->arena, eco_number(number), 0,
	    STORE_ROWS_MAX, &events));
	return (int64_t)events.count;
}

/* Sequence until the policies have reacted to everything, and to what came of it. */
static void
settle_policies(struct follower_world *world, struct follower *follower)
{
	int64_t head, before = -1;

	while ((head = sequence_and_tell(world, world->feed, follower)) != before) {
		before = head;
		wait_for_head(world, "policies");
	}
}

static void
an_event_of_a_newer_program_parks_its_eco_everywhere_and_no_other(void **state)
{
	struct follower_world *world = *state;
	struct both both = follow_both(world, false);
	struct vault vault;
	struct follower *policies = follow_with_policies(world, &vault);
	struct store_event newer = stored(world, 0, 1), unknown = stored(world, 1, 1);
	struct store_board_row row;
	bool found;

	newer.schema_version = 99;
	unknown.type = STR("SatelliteDispatched");
	append_event(world, world->world->worker, 0, &newer, 0);
	append_event(world, world->world->worker, 1, &unknown, 0);
	append_to(world, 2, 1);
	settle_policies(world, policies);
	sequence_for(world, &both);
	wait_for_head(world, "eco_board.1");
	wait_for_parked(world, "eco_board.1", 2);
	wait_for_parked(world, "policies", 2);
	OK(store_find_board(
	    world->world->worker, world->world->arena, eco_number(2), &found, &row));
	assert_true(found);
	OK(store_find_board(
	    world->world->worker, world->world->arena, eco_number(0), &found, &row));
	assert_false(found);
	assert_true(version_of(world, 2) > 1);
	assert_int_equal(version_of(world, 0), 1);
	follower_stop(policies);
	stop_both(&both);
}

static void
what_was_imported_is_on_the_board_and_rings_nobody(void **state)
{
	struct follower_world *world = *state;
	struct both both = follow_both(world, false);
	struct arena *arena = world->world->arena;
	struct vault vault;
	struct follower *policies = follow_with_policies(world, &vault);
	struct store_event event = stored(world, 0, 1);
	struct store_board_row row;
	size_t imported;
	bool found;

	event.stream = eco_number(0);
	event.version = 1;
	event.noc = world->world->noc_id;
	event.osp = world->world->osp_id;
	event.recorded_at = event.occurred_at;
	event.hash = store_event_hash(&event, arena);
	OK(store_import(world->world->worker, arena, &event, 1, &imported));
	assert_int_equal(imported, 1);
	append_to(world, 1, 1);
	settle_policies(world, policies);
	sequence_for(world, &both);
	wait_for_head(world, "eco_board.1");
	OK(store_find_board(world->world->worker, arena, eco_number(0), &found, &row));
	assert_true(found);
	assert_int_equal(version_of(world, 0), 1);
	assert_true(version_of(world, 1) > 1);
	follower_stop(policies);
	stop_both(&both);
}

static void
several_threads_react_to_every_eco_once(void **state)
{
	struct follower_world *world = *state;
	struct vault vault;
	struct follower *policies = follow_with_policies(world, &vault);
	int64_t once;

	append_to(world, 0, 1);
	settle_policies(world, policies);
	once = version_of(world, 0);
	for (int i = 1; i < ECOS; i++)
		append_to(world, i, 1);
	settle_policies(world, policies);
	for (int i = 1; i < ECOS; i++)
		assert_int_equal(version_of(world, i), once);
	follower_stop(policies);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLLOWER_TEST(
		    a_board_is_made_anew_while_others_write_and_readers_never_see_half_of_it),
		FOLLOWER_TEST(what_is_projected_is_announced_once_whichever_build_is_live),
		FOLLOWER_TEST(a_row_says_nothing_of_what_comes_later_in_the_log),
		FOLLOWER_TEST(an_event_of_a_newer_program_parks_its_eco_everywhere_and_no_other),
		FOLLOWER_TEST(what_was_imported_is_on_the_board_and_rings_nobody),
		FOLLOWER_TEST(several_threads_react_to_every_eco_once),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	if (getenv("STRIKE_TEST_ONLY") != NULL)
		cmocka_set_test_filter(getenv("STRIKE_TEST_ONLY"));
	failed = cmocka_run_group_tests_name("builds", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
