#include "contract/store_contract.h"
#include "store/store_batch.h"
#include "support/record_world.h"

/* Of many at once: what one call finds is what so many calls of one would have found. */

static void
organisations_are_found_together_as_far_as_they_may_be_seen(void **state)
{
	struct world *world = *state;
	struct uuid ids[] = { UUID_NIL, UUID_NIL, UUID_NIL, UUID_NIL };
	struct store_organisations found;
	struct store_organisation one;
	bool exists;

	put_organisations(world);
	ids[0] = world->stranger_id;
	ids[1] = id_of("nobody");
	ids[2] = world->noc_id;
	OK(store_find_organisations(world->noc, world->arena, ids, COUNT_OF(ids), &found));
	assert_int_equal(found.count, 1);
	ASSERT_UUID(found.at[0].id, world->noc_id);
	OK(store_find_organisation(
	    world->noc, world->arena, world->noc_id, STR(""), &exists, &one));
	assert_true(str_equal(found.at[0].handle, one.handle));
	assert_true(str_equal(found.at[0].name, one.name));
	assert_int_equal(found.at[0].is_noc, one.is_noc);
	OK(store_find_organisations(world->worker, world->arena, ids, COUNT_OF(ids), &found));
	assert_int_equal(found.count, 2);
	OK(store_find_organisations(world->noc, world->arena, ids, 0, &found));
	assert_int_equal(found.count, 0);
}

static void
records_are_found_together_of_one_kind_and_ones_own(void **state)
{
	struct world *world = *state;
	struct record north = person_of(world, "North crew lead"),
		      south = person_of(world, "South crew lead");
	const enum record_kind person = RECORD_PERSON, region = RECORD_REGION;
	struct uuid ids[3];
	struct store_records found;

	put(world, world->osp, &north, 1);
	put(world, world->osp, &south, 2);
	ids[0] = south.id;
	ids[1] = id_of("nobody");
	ids[2] = north.id;
	OK(store_find_records(world->osp, world->arena, &person, ids, 3, &found));
	assert_int_equal(found.count, 2);
	for (size_t i = 0; i < found.count; i++) {
		struct store_record one;

		assert_true(find_row(world, world->osp, RECORD_PERSON, found.at[i].id, &one));
		assert_int_equal(found.at[i].version, one.version);
		assert_true(str_equal(found.at[i].body, one.body));
	}
	OK(store_find_records(world->osp, world->arena, NULL, ids, 3, &found));
	assert_int_equal(found.count, 2);
	OK(store_find_records(world->osp, world->arena, &region, ids, 3, &found));
	assert_int_equal(found.count, 0);
	OK(store_find_records(world->noc, world->arena, NULL, ids, 3, &found));
	assert_int_equal(found.count, 0);
}

static void
uses_of_tokens_are_found_together_and_ones_own(void **state)
{
	struct world *world = *state;
	struct record user = user_of("operator"), used = token_of(world, "used", "operator"),
		      fresh = token_of(world, "fresh", "operator");
	struct uuid ids[2];
	struct store_token_use uses[2];
	size_t count;
	bool first;

	put(world, world->worker, &user, 1);
	put(world, world->noc, &used, 1);
	put(world, world->noc, &fresh, 1);
	OK(store_touch_token(
	    world->noc, world->arena, used.id, at_s(5), 60, STR("192.0.2.7"), &first));
	ids[0] = fresh.id;
	ids[1] = used.id;
	OK(store_find_token_uses(world->noc, world->arena, ids, 2, uses, &count));
	assert_int_equal(count, 1);
	ASSERT_UUID(uses[0].token, used.id);
	assert_int_equal(uses[0].at.us, at_s(5).us);
	ASSERT_STR(uses[0].address, "192.0.2.7");
	OK(store_find_token_uses(world->osp, world->arena, ids, 2, uses, &count));
	assert_int_equal(count, 0);
}

/* ---- streams ---- */

/* What was read, as "a1 a2 b5": the stream and the version. */
static const char *
in_words(struct world *world, const struct store_events *events)
{
	const char *names[] = { "a", "b", "c" };
	struct buf buf = buf_in(world->arena, 1024);

	for (size_t i = 0; i < events->count; i++) {
		for (size_t n = 0; n < COUNT_OF(names); n++) {
			if (uuid_equal(events->at[i].stream, id_of(names[n])))
				buf_printf(&buf, "%s%s%lld", buf.len == 0 ? "" : " ", names[n],
				    (long long)events->at[i].version);
		}
	}
	buf_char(&buf, '\0');
	return buf_view(&buf).ptr;
}

static const char *
read_words(
    struct world *world, struct store_session *session, const struct store_streams_query *query)
{
	struct store_events events;

	OK(store_read_streams(session, world->arena, query, &events));
	return in_words(world, &events);
}

static void
fill_streams(struct world *world)
{
	world_appended(world, id_of("b"), 0, 4);
	world_appended(world, id_of("a"), 0, 6);
	world_appended(world, id_of("c"), 0, 1);
	assert_int_equal(world_sequence(world), 11);
}

static void
many_streams_are_read_in_the_order_that_was_asked_for(void **state)
{
	struct world *world = *state;
	const struct store_stretch stretches[] = { { id_of("a"), 0, INT64_MAX },
		{ id_of("nobody"), 0, INT64_MAX }, { id_of("c"), 0, INT64_MAX },
		{ id_of("b"), 1, 3 } };
	struct store_streams_query query = {
		.stretches = stretches, .count = COUNT_OF(stretches), .each = 4
	};
	struct store_events many, one;

	fill_streams(world);
	assert_string_equal(read_words(world, world->noc, &query), "a1 a2 a3 a4 c1 b2 b3");
	assert_string_equal(read_words(world, world->osp, &query), "a1 a2 a3 a4 c1 b2 b3");
	assert_string_equal(read_words(world, world->stranger, &query), "");
	OK(store_read_streams(world->noc, world->arena, &query, &many));
	OK(store_read_stream(world->noc, world->arena, id_of("a"), 0, 4, &one));
	for (size_t i = 0; i < one.count; i++) {
		ASSERT_UUID(many.at[i].id, one.at[i].id);
		assert_int_equal(many.at[i].position, one.at[i].position);
		assert_true(str_equal(many.at[i].payload, one.at[i].payload));
	}
}

static void
of_many_streams_the_last_events_are_read(void **state)
{
	struct world *world = *state;
	const struct store_stretch stretches[] = { { id_of("b"), 0, INT64_MAX },
		{ id_of("a"), 0, 4 }, { id_of("c"), 0, INT64_MAX } };
	struct store_streams_query query = {
		.stretches = stretches, .count = 3, .each = 2, .newest = true
	};

	fill_streams(world);
	assert_string_equal(read_words(world, world->noc, &query), "b3 b4 a3 a4 c1");
	query.each = 100;
	assert_string_equal(read_words(world, world->osp, &query), "b1 b2 b3 b4 a1 a2 a3 a4 c1");
	assert_string_equal(read_words(world, world->stranger, &query), "");
}

static void
with_the_last_events_comes_the_last_of_a_type_once(void **state)
{
	struct world *world = *state;
	struct store_append *append = world_append(world, id_of("a"), 0, 3);
	struct store_event *events = (struct store_event *)(uintptr_t)append->events;
	const struct store_stretch all = { id_of("a"), 0, INT64_MAX };
	struct store_streams_query query = { .stretches = &all,
		.count = 1,
		.each = 1,
		.newest = true,
		.also_type = STR("PagerDispatched") };
	struct store_append_result result;

	events[0].type = events[1].type = STR("PagerDispatched");
	OK(store_append(world->noc, world->arena, append, &result));
	assert_string_equal(read_words(world, world->noc, &query), "a2 a3");
	query.each = 2;
	assert_string_equal(read_words(world, world->noc, &query), "a2 a3");
	query.each = 3;
	assert_string_equal(read_words(world, world->noc, &query), "a1 a2 a3");
	query.each = 1;
	query.also_type = STR("NobodyKnows");
	assert_string_equal(read_words(world, world->noc, &query), "a3");
	query.also_type = STR("");
	assert_string_equal(read_words(world, world->noc, &query), "a3");
}

static void
who_was_relieved_of_a_stream_reads_it_up_to_then(void **state)
{
	struct world *world = *state;
	const struct store_stretch all = { id_of("a"), 0, INT64_MAX };
	struct store_streams_query query = {
		.stretches = &all, .count = 1, .each = 1, .newest = true
	};
	struct store_append *append;
	struct store_append_result result;

	world_appended(world, id_of("a"), 0, 2);
	append = world_append(world, id_of("a"), 2, 2);
	append->osp = world->stranger_id;
	OK(store_append(world->noc, world->arena, append, &result));
	assert_string_equal(read_words(world, world->osp, &query), "a2");
	assert_string_equal(read_words(world, world->noc, &query), "a4");
	query.each = 10;
	assert_string_equal(read_words(world, world->stranger, &query), "a1 a2 a3 a4");
	query.newest = false;
	assert_string_equal(read_words(world, world->osp, &query), "a1 a2");
}

int
store_batch_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(organisations_are_found_together_as_far_as_they_may_be_seen),
		WORLD_TEST(records_are_found_together_of_one_kind_and_ones_own),
		WORLD_TEST(uses_of_tokens_are_found_together_and_ones_own),
		WORLD_TEST(many_streams_are_read_in_the_order_that_was_asked_for),
		WORLD_TEST(of_many_streams_the_last_events_are_read),
		WORLD_TEST(with_the_last_events_comes_the_last_of_a_type_once),
		WORLD_TEST(who_was_relieved_of_a_stream_reads_it_up_to_then),
	};

	return cmocka_run_group_tests_name("store batch", tests, NULL, NULL);
}
