#include "contract/store_contract.h"
#include "support/store_world.h"

static const struct geo_point waco[] = { { -97.15, 31.55 } };
static const struct geo_point austin[] = { { -97.74, 30.27 } };
/* From west of Austin to east of it, without a position in the city. */
static const struct geo_point span[] = { { -98.5, 30.3 }, { -97.0, 30.3 } };

static struct store_board_row
row_of(const struct world *world, const char *name, int64_t created_s)
{
	return (struct store_board_row){ .eco = id_of(name),
		.version = 1,
		.position = 7,
		.noc = world->noc_id,
		.osp = world->osp_id,
		.job_number = str_from_z(name),
		.job_type = JOB_TYPE_MFR,
		.description = STR("48-count cut by a backhoe"),
		.location = { .type = GEO_POINT, .points = austin, .count = 1 },
		.status = ECO_STATUS_OPEN,
		.dispatch = DISPATCH_RINGING,
		.integration = INTEGRATION_PENDING,
		.created_at = at_s(created_s),
		.updated_at = at_s(created_s) };
}

static void
put(struct world *world, const struct store_board_row *row)
{
	OK(store_put_board(world->worker, world->arena, 1, row, 1));
}

static struct store_board_rows
list(struct world *world, struct store_session *session, const struct store_board_filter *filter,
    size_t limit)
{
	struct store_board_rows rows = { 0 };

	OK(store_list_board(session, world->arena, filter, limit, &rows));
	return rows;
}

static int64_t
count(struct world *world, struct store_session *session, const struct store_board_filter *filter)
{
	int64_t number = -1;

	OK(store_count_board(session, world->arena, filter, &number));
	return number;
}

static void
a_row_is_read_back_as_it_was_put(void **state)
{
	struct world *world = *state;
	struct store_board_row put_row = row_of(world, "HC-MFR-00042-7", 0), got;
	bool found;

	put_row.location = (struct geo_location){ GEO_LINE, span, COUNT_OF(span) };
	put_row.status = ECO_STATUS_COMPLETED;
	put_row.dispatch = DISPATCH_ACCEPTED;
	put_row.integration = INTEGRATION_OK;
	put_row.eta_minutes = 45;
	put_row.has_accepted = true;
	put_row.accepted_at = at_s(60);
	put_row.has_grace = true;
	put_row.grace_until = at_s(86400);
	put_row.updated_at = at_s(61);
	put_row.task_count = 3;
	put_row.tasks_completed = 2;
	put(world, &put_row);

	OK(store_find_board(world->noc, world->arena, put_row.eco, &found, &got));
	assert_true(found);
	ASSERT_UUID(got.eco, put_row.eco);
	assert_int_equal(got.version, 1);
	assert_int_equal(got.position, 7);
	ASSERT_UUID(got.noc, world->noc_id);
	ASSERT_UUID(got.osp, world->osp_id);
	ASSERT_STR(got.job_number, "HC-MFR-00042-7");
	assert_int_equal(got.job_type, JOB_TYPE_MFR);
	ASSERT_STR(got.description, "48-count cut by a backhoe");
	assert_int_equal(got.location.type, GEO_LINE);
	assert_int_equal(got.location.count, 2);
	assert_memory_equal(got.location.points, span, sizeof(span));
	assert_int_equal(got.status, ECO_STATUS_COMPLETED);
	assert_int_equal(got.dispatch, DISPATCH_ACCEPTED);
	assert_int_equal(got.integration, INTEGRATION_OK);
	assert_int_equal(got.eta_minutes, 45);
	assert_true(got.has_accepted);
	assert_int_equal(got.accepted_at.us, at_s(60).us);
	assert_true(got.has_grace);
	assert_int_equal(got.grace_until.us, at_s(86400).us);
	assert_int_equal(got.created_at.us, at_s(0).us);
	assert_int_equal(got.updated_at.us, at_s(61).us);
	assert_int_equal(got.task_count, 3);
	assert_int_equal(got.tasks_completed, 2);
}

static void
a_newer_version_replaces_an_older_one_and_never_the_other_way(void **state)
{
	struct world *world = *state;
	struct store_board_row row = row_of(world, "a", 0), got;
	bool found;

	row.version = 2;
	put(world, &row);
	row.version = 5;
	row.status = ECO_STATUS_CLOSED;
	put(world, &row);
	row.version = 4;
	row.status = ECO_STATUS_OPEN;
	put(world, &row);
	OK(store_find_board(world->noc, world->arena, id_of("a"), &found, &got));
	assert_true(found);
	assert_int_equal(got.version, 5);
	assert_int_equal(got.status, ECO_STATUS_CLOSED);
	assert_false(got.has_accepted);
	assert_false(got.has_grace);
}

static void
many_rows_are_put_at_once_and_each_by_its_own_version(void **state)
{
	struct world *world = *state;
	struct store_board_row rows[] = { row_of(world, "a", 0), row_of(world, "b", 0),
		row_of(world, "c", 0) };
	struct store_board_filter filter = { 0 };
	struct store_board_row got;
	bool found;

	rows[1].version = 7;
	put(world, &rows[1]);
	rows[1].version = 6;
	rows[1].status = rows[2].status = ECO_STATUS_CLOSED;
	OK(store_put_board(world->worker, world->arena, 1, rows, COUNT_OF(rows)));
	assert_int_equal(count(world, world->noc, &filter), 3);
	OK(store_find_board(world->noc, world->arena, id_of("b"), &found, &got));
	assert_int_equal(got.version, 7);
	assert_int_equal(got.status, ECO_STATUS_OPEN);
	OK(store_find_board(world->noc, world->arena, id_of("c"), &found, &got));
	assert_int_equal(got.status, ECO_STATUS_CLOSED);
	OK(store_put_board(world->worker, world->arena, 1, NULL, 0));
}

static void
a_row_is_found_by_its_job_number_in_either_case(void **state)
{
	struct world *world = *state;
	struct store_board_row row = row_of(world, "HC-MFR-00042-7", 0), got;
	bool found;

	put(world, &row);
	OK(store_find_board_by_number(
	    world->osp, world->arena, STR("hc-mfr-00042-7"), &found, &got));
	assert_true(found);
	ASSERT_UUID(got.eco, row.eco);
	OK(store_find_board_by_number(
	    world->osp, world->arena, STR("HC-MFR-00043-7"), &found, &got));
	assert_false(found);
}

static void
the_board_is_listed_newest_first_page_by_page(void **state)
{
	struct world *world = *state;
	const char *names[] = { "a", "b", "c", "d", "e" };
	struct store_board_filter filter = { 0 };
	struct store_board_rows rows;
	struct uuid seen[5];
	size_t total = 0;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		/* Of these, three were created at the very same moment. */
		struct store_board_row row = row_of(world, names[i], i < 3 ? 10 : (int64_t)i * 10);

		put(world, &row);
	}
	do {
		rows = list(world, world->noc, &filter, 2);
		for (size_t i = 0; i < rows.count; i++) {
			assert_in_range(total, 0, COUNT_OF(seen) - 1);
			seen[total++] = rows.at[i].eco;
		}
		if (rows.count > 0) {
			filter.has_before = true;
			filter.before = rows.at[rows.count - 1].created_at;
			filter.before_eco = rows.at[rows.count - 1].eco;
		}
	} while (rows.count > 0);
	assert_int_equal(total, 5);
	ASSERT_UUID(seen[0], id_of("e"));
	ASSERT_UUID(seen[1], id_of("d"));
	assert_true(memcmp(seen[2].bytes, seen[3].bytes, 16) > 0);
	assert_true(memcmp(seen[3].bytes, seen[4].bytes, 16) > 0);
	/* The mark of a page does not count. */
	assert_int_equal(count(world, world->noc, &filter), 5);
}

static void
the_board_is_filtered_by_status(void **state)
{
	struct world *world = *state;
	const enum eco_status wanted[] = { ECO_STATUS_OPEN, ECO_STATUS_CLOSED };
	struct store_board_filter filter = { .statuses = wanted, .status_count = 2 };
	struct store_board_row open = row_of(world, "open", 1), closed = row_of(world, "closed", 2),
			       working = row_of(world, "working", 3);

	closed.status = ECO_STATUS_CLOSED;
	working.status = ECO_STATUS_IN_PROGRESS;
	put(world, &open);
	put(world, &closed);
	put(world, &working);
	assert_int_equal(list(world, world->noc, &filter, 10).count, 2);
	ASSERT_UUID(list(world, world->noc, &filter, 10).at[0].eco, id_of("closed"));
	assert_int_equal(count(world, world->noc, &filter), 2);
	filter.status_count = 1;
	assert_int_equal(count(world, world->noc, &filter), 1);
	filter.status_count = 0;
	assert_int_equal(count(world, world->noc, &filter), 3);
}

static void
the_board_is_filtered_by_what_a_map_shows(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .has_box = true, .box = { -97.9, 30.0, -97.5, 30.5 } };
	struct store_board_row in_austin = row_of(world, "austin", 1),
			       in_waco = row_of(world, "waco", 2),
			       across = row_of(world, "across", 3);

	in_waco.location.points = waco;
	across.location = (struct geo_location){ GEO_LINE, span, COUNT_OF(span) };
	put(world, &in_austin);
	put(world, &in_waco);
	put(world, &across);
	/* A span that crosses the map is on it, though both its ends lie outside. */
	assert_int_equal(count(world, world->noc, &filter), 2);
	filter.box = (struct geo_box){ -97.15, 31.0, -97.0, 31.55 };
	assert_int_equal(count(world, world->noc, &filter), 1); /* the edge belongs to it */
	filter.box = (struct geo_box){ 10, 50, 11, 51 };
	assert_int_equal(count(world, world->noc, &filter), 0);
}

static void
a_map_may_cross_the_antimeridian(void **state)
{
	struct world *world = *state;
	static const struct geo_point fiji[] = { { 178.4, -18.1 } },
				      samoa[] = { { -171.7, -13.8 } };
	struct store_board_filter filter = { .has_box = true, .box = { 170, -30, -170, 0 } };
	struct store_board_row west = row_of(world, "west", 1), east = row_of(world, "east", 2),
			       far = row_of(world, "far", 3);

	west.location.points = fiji;
	east.location.points = samoa;
	put(world, &west);
	put(world, &east);
	put(world, &far);
	assert_int_equal(count(world, world->noc, &filter), 2);
	assert_int_equal(list(world, world->noc, &filter, 10).count, 2);
}

static void
a_row_that_is_not_yours_does_not_exist(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { 0 };
	struct store_board_row row = row_of(world, "HC-MFR-00042-7", 0), got;
	bool found;

	put(world, &row);
	assert_int_equal(count(world, world->noc, &filter), 1);
	assert_int_equal(count(world, world->osp, &filter), 1);
	assert_int_equal(count(world, world->worker, &filter), 1);
	assert_int_equal(count(world, world->stranger, &filter), 0);
	assert_int_equal(list(world, world->stranger, &filter, 10).count, 0);
	OK(store_find_board(world->stranger, world->arena, row.eco, &found, &got));
	assert_false(found);
	OK(store_find_board_by_number(world->stranger, world->arena, row.job_number, &found, &got));
	assert_false(found);
}

int
store_board_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_row_is_read_back_as_it_was_put),
		WORLD_TEST(a_newer_version_replaces_an_older_one_and_never_the_other_way),
		WORLD_TEST(many_rows_are_put_at_once_and_each_by_its_own_version),
		WORLD_TEST(a_row_is_found_by_its_job_number_in_either_case),
		WORLD_TEST(the_board_is_listed_newest_first_page_by_page),
		WORLD_TEST(the_board_is_filtered_by_status),
		WORLD_TEST(the_board_is_filtered_by_what_a_map_shows),
		WORLD_TEST(a_map_may_cross_the_antimeridian),
		WORLD_TEST(a_row_that_is_not_yours_does_not_exist),
	};

	return cmocka_run_group_tests_name("store board", tests, NULL, NULL);
}
