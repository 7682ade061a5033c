#include "base/merkle.h"
#include "contract/store_contract.h"
#include "support/store_world.h"

#define EVENTS_MAX 100

static struct store_ticks
read_ticks(struct world *world, int64_t after, size_t limit)
{
	struct store_ticks ticks = { 0 };

	OK(store_read_ticks(world->worker, world->arena, after, limit, &ticks));
	return ticks;
}

/* Make ${count} ticks, of one event, of two, of three ... */
static void
make_ticks(struct world *world, size_t count)
{
	int64_t version = 0;

	for (size_t i = 1; i <= count; i++) {
		world_appended(world, id_of("eco"), version, i);
		version += (int64_t)i;
		world_sequence(world);
	}
}

/* ---- ticks ---- */

static void
every_position_is_in_one_tick_and_ticks_have_no_gap(void **state)
{
	struct world *world = *state;
	struct store_ticks ticks;
	int64_t position = 0;

	assert_int_equal(read_ticks(world, 0, 10).count, 0);
	make_ticks(world, 4);
	ticks = read_ticks(world, 0, 100);
	assert_int_equal(ticks.count, 4);
	for (size_t i = 0; i < ticks.count; i++) {
		assert_int_equal(ticks.at[i].number, i + 1);
		assert_int_equal(ticks.at[i].first_position, position + 1);
		assert_int_equal(ticks.at[i].last_position, position + 1 + (int64_t)i);
		position = ticks.at[i].last_position;
	}
	assert_int_equal(position, 10);
}

static void
sequencing_nothing_makes_no_tick(void **state)
{
	struct world *world = *state;

	world_sequence(world);
	assert_int_equal(read_ticks(world, 0, 10).count, 0);
	make_ticks(world, 1);
	world_sequence(world);
	world_sequence(world);
	assert_int_equal(read_ticks(world, 0, 10).count, 1);
}

static void
the_root_of_a_tick_is_over_the_hashes_of_its_events_in_their_order(void **state)
{
	struct world *world = *state;
	struct sha256 hashes[EVENTS_MAX], scratch[EVENTS_MAX];
	struct store_ticks ticks;
	struct store_events log;

	make_ticks(world, 4);
	ticks = read_ticks(world, 0, 10);
	OK(store_read_log(world->worker, world->arena, 0, EVENTS_MAX, &log));
	assert_int_equal(log.count, 10);
	for (size_t i = 0; i < log.count; i++)
		hashes[i] = store_event_hash(&log.at[i], world->arena);
	for (size_t i = 0; i < ticks.count; i++) {
		size_t first = (size_t)ticks.at[i].first_position - 1;
		size_t end = (size_t)ticks.at[i].last_position;
		struct sha256 root = merkle_root(hashes + first, end - first, scratch);

		assert_true(sha256_equal(ticks.at[i].root, root));
	}
}

static void
each_tick_is_chained_to_the_one_before(void **state)
{
	struct world *world = *state;
	struct sha256 previous = { { 0 } };
	struct store_ticks ticks;

	make_ticks(world, 4);
	ticks = read_ticks(world, 0, 10);
	assert_int_equal(ticks.count, 4);
	for (size_t i = 0; i < ticks.count; i++) {
		struct sha256 hash = store_tick_hash(&ticks.at[i], previous);

		assert_true(sha256_equal(ticks.at[i].hash, hash));
		previous = ticks.at[i].hash;
	}
}

static void
whoever_takes_the_lead_goes_on_with_the_chain(void **state)
{
	struct world *world = *state;
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *session = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	struct store_ticks ticks;
	int64_t head;
	size_t count;
	bool leads;

	world_appended(world, id_of("eco"), 0, 2);
	OK(store_sequence(session, world->arena, &head, &leads, &count));
	assert_true(leads);
	store_session_close(session);
	store_close(other);
	world_appended(world, id_of("eco"), 2, 1);
	leads = false;
	/* A server notices a connection's end a moment after it. */
	for (int i = 0; i < 1000 && !leads; i++)
		OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
	assert_true(leads);

	ticks = read_ticks(world, 0, 10);
	assert_int_equal(ticks.count, 2);
	assert_int_equal(ticks.at[1].number, 2);
	assert_int_equal(ticks.at[1].first_position, 3);
	assert_true(
	    sha256_equal(ticks.at[1].hash, store_tick_hash(&ticks.at[1], ticks.at[0].hash)));
}

static void
ticks_are_read_in_parts(void **state)
{
	struct world *world = *state;
	struct store_ticks ticks;

	make_ticks(world, 4);
	ticks = read_ticks(world, 1, 2);
	assert_int_equal(ticks.count, 2);
	assert_int_equal(ticks.at[0].number, 2);
	assert_int_equal(ticks.at[1].number, 3);
	assert_int_equal(read_ticks(world, 4, 10).count, 0);
}

static void
the_tick_of_a_position_is_found(void **state)
{
	struct world *world = *state;
	const int64_t expected[] = { 0, 1, 2, 2, 3, 3, 3 };
	struct store_tick tick;
	bool found;

	make_ticks(world, 3);
	world_appended(world, id_of("not yet in the log"), 0, 1);
	for (int64_t position = 1; position < (int64_t)COUNT_OF(expected); position++) {
		OK(store_find_tick(world->worker, world->arena, position, &found, &tick));
		assert_true(found);
		assert_int_equal(tick.number, expected[position]);
		assert_true(
		    sha256_equal(tick.hash, read_ticks(world, tick.number - 1, 1).at[0].hash));
	}
	OK(store_find_tick(world->worker, world->arena, 7, &found, &tick));
	assert_false(found);
	OK(store_find_tick(world->worker, world->arena, 0, &found, &tick));
	assert_false(found);
}

/* ---- signatures ---- */

static struct store_signature
signature_of(int64_t tick, const char *key, uint8_t fill)
{
	struct store_signature signature = {
		.tick = tick, .at = at_s(tick), .key_id = sha256_of(str_from_z(key))
	};

	for (size_t i = 0; i < sizeof(signature.bytes); i++)
		signature.bytes[i] = (uint8_t)(fill + i);
	return signature;
}

static struct store_signatures
read_signatures(struct world *world, int64_t from, size_t limit)
{
	struct store_signatures signatures = { 0 };

	OK(store_read_signatures(world->worker, world->arena, from, limit, &signatures));
	return signatures;
}

static void
a_signature_is_read_back_as_it_was_kept(void **state)
{
	struct world *world = *state;
	struct store_signature kept = signature_of(1, "key", 200);
	struct store_signatures signatures;

	make_ticks(world, 1);
	OK(store_put_signature(world->worker, world->arena, &kept));
	signatures = read_signatures(world, 0, 10);
	assert_int_equal(signatures.count, 1);
	assert_int_equal(signatures.at[0].tick, 1);
	assert_int_equal(signatures.at[0].at.us, at_s(1).us);
	assert_true(sha256_equal(signatures.at[0].key_id, kept.key_id));
	assert_memory_equal(signatures.at[0].bytes, kept.bytes, sizeof(kept.bytes));
}

static void
one_key_signs_a_tick_once(void **state)
{
	struct world *world = *state;
	struct store_signature first = signature_of(1, "key", 1),
			       second = signature_of(1, "key", 2),
			       other = signature_of(1, "another key", 3);

	make_ticks(world, 1);
	OK(store_put_signature(world->worker, world->arena, &first));
	OK(store_put_signature(world->worker, world->arena, &second));
	assert_int_equal(read_signatures(world, 0, 10).count, 1);
	assert_memory_equal(
	    read_signatures(world, 0, 10).at[0].bytes, first.bytes, sizeof(first.bytes));
	OK(store_put_signature(world->worker, world->arena, &other));
	assert_int_equal(read_signatures(world, 0, 10).count, 2);
}

static void
signatures_are_read_by_tick(void **state)
{
	struct world *world = *state;
	struct store_signatures signatures;

	make_ticks(world, 3);
	for (int64_t tick = 3; tick > 0; tick--) {
		struct store_signature signature = signature_of(tick, "key", 1);

		OK(store_put_signature(world->worker, world->arena, &signature));
	}
	signatures = read_signatures(world, 2, 10);
	assert_int_equal(signatures.count, 2);
	assert_int_equal(signatures.at[0].tick, 2);
	assert_int_equal(signatures.at[1].tick, 3);
	assert_int_equal(read_signatures(world, 1, 1).count, 1);
	assert_int_equal(read_signatures(world, 1, 1).at[0].tick, 1);
	assert_int_equal(read_signatures(world, 4, 10).count, 0);
}

/* ---- the audit ---- */

static struct store_audit_rows
audit(struct world *world, int64_t after, size_t limit)
{
	struct store_audit_rows rows = { 0 };

	OK(store_audit_log(world->worker, world->arena, after, limit, &rows));
	return rows;
}

static void
the_audit_shows_every_row_of_the_log_with_its_event(void **state)
{
	struct world *world = *state;
	struct store_audit_rows rows;
	struct store_events log;

	world_appended(world, id_of("a"), 0, 2);
	world_appended(world, id_of("b"), 0, 1);
	world_sequence(world);
	world_appended(world, id_of("a"), 2, 1);
	world_sequence(world);
	OK(store_read_log(world->worker, world->arena, 0, 10, &log));
	rows = audit(world, 0, STORE_BATCH_MAX);
	assert_int_equal(rows.count, 4);
	assert_int_equal(log.count, 4);
	for (size_t i = 0; i < rows.count; i++) {
		const struct store_event *event = &rows.at[i].event;

		assert_int_equal(rows.at[i].position, i + 1);
		assert_true(rows.at[i].found);
		assert_true(i == 0 || rows.at[i].seq > rows.at[i - 1].seq);
		ASSERT_UUID(event->id, log.at[i].id);
		ASSERT_UUID(event->stream, log.at[i].stream);
		assert_int_equal(event->version, log.at[i].version);
		assert_int_equal(event->position, i + 1);
		assert_false(event->imported);
		assert_true(str_equal(event->payload, log.at[i].payload));
		assert_true(sha256_equal(event->hash, log.at[i].hash));
		assert_true(sha256_equal(event->hash, store_event_hash(event, world->arena)));
	}
	assert_int_equal(rows.at[0].earlier_position, 0);
	assert_int_equal(rows.at[1].earlier_position, 1);
	assert_int_equal(rows.at[2].earlier_position, 0);
	assert_int_equal(rows.at[3].earlier_position, 2);

	assert_int_equal(audit(world, 1, 2).count, 2);
	assert_int_equal(audit(world, 1, 2).at[0].position, 2);
	assert_int_equal(audit(world, 4, 2).count, 0);
}

static void
the_audit_shows_an_event_that_was_changed_as_it_stands(void **state)
{
	struct world *world = *state;
	struct store_audit_rows rows;

	world_appended(world, id_of("eco"), 0, 3);
	world_sequence(world);
	world_store_spoil(world->store, id_of("eco"), 2);
	rows = audit(world, 0, 10);
	assert_int_equal(rows.count, 3);
	for (size_t i = 0; i < rows.count; i++) {
		const struct store_event *event = &rows.at[i].event;
		bool sound = sha256_equal(event->hash, store_event_hash(event, world->arena));

		assert_true(rows.at[i].found);
		assert_int_equal(sound, event->version != 2);
	}
}

static void
the_counts_of_a_sound_store_agree(void **state)
{
	struct world *world = *state;
	struct store_audit_counts counts;

	OK(store_audit_counts(world->worker, world->arena, &counts));
	assert_int_equal(counts.head, 0);
	assert_int_equal(counts.last_position, 0);
	assert_int_equal(counts.last_tick, 0);
	assert_int_equal(counts.events, 0);

	make_ticks(world, 3);
	world_appended(world, id_of("b"), 0, 2);
	world_sequence(world);
	world_appended(world, id_of("c"), 0, 1);
	OK(store_audit_counts(world->worker, world->arena, &counts));
	assert_int_equal(counts.head, 8);
	assert_int_equal(counts.last_position, 8);
	assert_int_equal(counts.last_tick, 4);
	assert_int_equal(counts.last_tick_position, 8);
	assert_int_equal(counts.events, 9);
	assert_int_equal(counts.positions, 8);
	/* What was committed since is not missing: the last snapshot has not seen it. */
	assert_int_equal(counts.unplaced, 0);
	assert_false(counts.has_bad_stream);
}

int
store_proof_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(every_position_is_in_one_tick_and_ticks_have_no_gap),
		WORLD_TEST(sequencing_nothing_makes_no_tick),
		WORLD_TEST(the_root_of_a_tick_is_over_the_hashes_of_its_events_in_their_order),
		WORLD_TEST(each_tick_is_chained_to_the_one_before),
		WORLD_TEST(whoever_takes_the_lead_goes_on_with_the_chain),
		WORLD_TEST(ticks_are_read_in_parts),
		WORLD_TEST(the_tick_of_a_position_is_found),
		WORLD_TEST(a_signature_is_read_back_as_it_was_kept),
		WORLD_TEST(one_key_signs_a_tick_once),
		WORLD_TEST(signatures_are_read_by_tick),
		WORLD_TEST(the_audit_shows_every_row_of_the_log_with_its_event),
		WORLD_TEST(the_audit_shows_an_event_that_was_changed_as_it_stands),
		WORLD_TEST(the_counts_of_a_sound_store_agree),
	};

	return cmocka_run_group_tests_name("store proof", tests, NULL, NULL);
}
