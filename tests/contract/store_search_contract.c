#include "contract/store_contract.h"
#include "domain/geo/geo_meets.h"
#include "support/store_world.h"

/*
 * What the board is searched by.  Every answer is compared with store_board_matches(), which
 * says the same of one row in plain C.
 */

static const struct geo_point austin[] = { { -97.7431, 30.2672 } };
static const struct geo_point waco[] = { { -97.1467, 31.5493 } };
static const struct geo_point fiji[] = { { 179.9, -17.0 } };
/* From west of Austin to east of it, without a position in the city. */
static const struct geo_point span[] = { { -98.5, 30.3 }, { -97.0, 30.3 } };

#define ROWS 5

static struct store_board_row rows[ROWS];

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
fill(struct world *world)
{
	rows[0] = row_of(world, "HC-MFR-00001-9", 10);
	rows[1] = row_of(world, "HC-MFR-00002-8", 20);
	rows[1].location.points = waco;
	rows[1].dispatch = DISPATCH_ACCEPTED;
	rows[1].description = STR("Pole down, \"Überland\" line: it's the same_one! \\ (again)");
	rows[2] = row_of(world, "HC-CMR-00003-7", 30);
	rows[2].job_type = JOB_TYPE_CMR;
	rows[2].location = (struct geo_location){ GEO_LINE, span, COUNT_OF(span) };
	rows[2].dispatch = DISPATCH_EXHAUSTED;
	rows[2].updated_at = at_s(300);
	rows[2].description =
	    STR("AVeryLongWordThatNobodyWouldEverWriteButSomebodyPastesAnyway café\ttab");
	rows[3] = row_of(world, "BY-FNOL-00004-6", 40);
	rows[3].job_type = JOB_TYPE_FNOL;
	rows[3].osp = world->stranger_id;
	rows[3].location.points = fiji;
	rows[3].status = ECO_STATUS_CLOSED;
	rows[3].description = STR("100%_sure 'quoted' a:*b & c|d !e");
	rows[4] = row_of(world, "HC-MFR-00005-5", 50);
	rows[4].noc = rows[4].osp = world->osp_id;
	rows[4].description = STR("");
	OK(store_put_board(world->worker, world->arena, 1, rows, ROWS));
}

static bool
may_see(struct uuid organisation, const struct store_board_row *row)
{
	return uuid_is_nil(organisation) || uuid_equal(organisation, row->noc) ||
	       uuid_equal(organisation, row->osp);
}

/* Which rows ${session} is given: bit n is rows[n].  Newest first, and as many as are counted. */
static unsigned
found_by(struct world *world, struct store_session *session, struct uuid organisation,
    const struct store_board_filter *filter)
{
	struct store_board_rows list;
	unsigned found = 0, expected = 0;
	int64_t count;

	OK(store_list_board(session, world->arena, filter, 100, &list));
	OK(store_count_board(session, world->arena, filter, &count));
	assert_int_equal(count, list.count);
	for (size_t i = 0; i < list.count; i++) {
		for (size_t n = 0; n < ROWS; n++)
			found |= uuid_equal(list.at[i].eco, rows[n].eco) ? 1u << n : 0;
		assert_true(i == 0 || list.at[i - 1].created_at.us > list.at[i].created_at.us);
	}
	for (size_t n = 0; n < ROWS; n++)
		expected |= may_see(organisation, &rows[n]) && store_board_matches(filter, &rows[n])
				? 1u << n
				: 0;
	assert_int_equal(found, expected);
	return found;
}

/* What the NOC finds; the OSP, a stranger and a worker find what C says as well. */
static unsigned
finds(struct world *world, const struct store_board_filter *filter)
{
	(void)found_by(world, world->osp, world->osp_id, filter);
	(void)found_by(world, world->stranger, world->stranger_id, filter);
	(void)found_by(world, world->worker, UUID_NIL, filter);
	return found_by(world, world->noc, world->noc_id, filter);
}

static void
everything_is_found_by_who_may_see_it(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .status_count = 0 };

	fill(world);
	assert_int_equal(finds(world, &filter), 0xf);
	assert_int_equal(found_by(world, world->stranger, world->stranger_id, &filter), 0x8);
	assert_int_equal(found_by(world, world->osp, world->osp_id, &filter), 0x17);
}

static void
the_board_is_filtered_by_how_the_ringing_stands_and_by_the_kind_of_job(void **state)
{
	struct world *world = *state;
	const enum dispatch_state dispatches[] = { DISPATCH_ACCEPTED, DISPATCH_EXHAUSTED };
	const enum job_type types[] = { JOB_TYPE_CMR, JOB_TYPE_FNOL };
	struct store_board_filter filter = { .dispatches = dispatches, .dispatch_count = 2 };

	fill(world);
	assert_int_equal(finds(world, &filter), 0x6);
	filter.job_types = types;
	filter.job_type_count = 2;
	assert_int_equal(finds(world, &filter), 0x4);
	filter.dispatch_count = 0;
	assert_int_equal(finds(world, &filter), 0xc);
}

static void
the_board_is_filtered_by_an_organisation_on_either_side(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .has_organisation = true };

	fill(world);
	filter.organisation = world->stranger_id;
	assert_int_equal(finds(world, &filter), 0x8);
	filter.organisation = world->noc_id;
	assert_int_equal(finds(world, &filter), 0xf);
	filter.organisation = world->osp_id;
	assert_int_equal(finds(world, &filter), 0x7);
	filter.organisation = id_of("nobody");
	assert_int_equal(finds(world, &filter), 0);
	filter.organisation = UUID_NIL;
	assert_int_equal(finds(world, &filter), 0);
}

static void
the_board_is_filtered_by_when_it_was_created_and_when_something_happened(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .has_created_from = true, .created_from = at_s(20) };

	fill(world);
	assert_int_equal(finds(world, &filter), 0xe);
	filter.has_created_until = true;
	filter.created_until = at_s(40);
	assert_int_equal(finds(world, &filter), 0x6);
	filter = (struct store_board_filter){ .has_updated_from = true, .updated_from = at_s(40) };
	assert_int_equal(finds(world, &filter), 0xc);
	filter.has_updated_until = true;
	filter.updated_until = at_s(300);
	assert_int_equal(finds(world, &filter), 0x8);
}

static unsigned
says(struct world *world, const char *text)
{
	struct store_board_filter filter = { .status_count = 0 };

	assert_true(store_board_words(world->arena, str_from_z(text), &filter));
	return finds(world, &filter);
}

static void
the_board_is_searched_for_the_beginnings_of_words(void **state)
{
	struct world *world = *state;

	fill(world);
	assert_int_equal(says(world, "backhoe"), 0x1);
	assert_int_equal(says(world, "BACK cut"), 0x1);
	assert_int_equal(says(world, "hoe"), 0);
	assert_int_equal(says(world, "backhoe pole"), 0);
	assert_int_equal(says(world, "hc-mfr-00002-8"), 0x2);
	assert_int_equal(says(world, "HC mfr"), 0x3);
	assert_int_equal(says(world, "00004"), 0x8);
	/* What is not ASCII is compared as it is. */
	assert_int_equal(says(world, "Über"), 0x2);
	assert_int_equal(says(world, "über"), 0);
	assert_int_equal(says(world, "caf\xc3\xa9"), 0x4);
	assert_int_equal(says(world, "caf"), 0x4);
	assert_int_equal(says(world, "tab"), 0x4);
}

static void
what_means_something_to_a_query_language_is_not_taken_for_it(void **state)
{
	struct world *world = *state;

	fill(world);
	assert_int_equal(says(world, "it's"), 0x2);
	assert_int_equal(says(world, "same_one"), 0x2);
	assert_int_equal(says(world, "%sure_"), 0x8);
	assert_int_equal(says(world, "!e"), 0x8);
	assert_int_equal(says(world, "'quoted':* | backhoe"), 0);
	assert_int_equal(says(world, "\\again"), 0x2);
}

static void
of_a_long_word_the_first_32_characters_count(void **state)
{
	struct world *world = *state;

	fill(world);
	assert_int_equal(says(world, "averylongwordthatnobodywouldeverwrite"), 0x4);
	assert_int_equal(says(world, "averylongwordthatnobodywouldeverBLAH"), 0x4);
	assert_int_equal(says(world, "averylongwordthatnobodywouldeveR"), 0x4);
	assert_int_equal(says(world, "averylongwordthatnobodywouldeve_"), 0x4);
	assert_int_equal(says(world, "averylongwordthatnobodywouldeXX"), 0);
}

static void
a_text_without_words_or_with_too_many_is_none(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .status_count = 0 };

	assert_false(store_board_words(world->arena, STR(""), &filter));
	assert_false(store_board_words(world->arena, STR("-- '!' \t"), &filter));
	assert_false(store_board_words(world->arena,
	    STR("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g"), &filter));
	assert_true(store_board_words(world->arena,
	    STR("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f"), &filter));
}

static unsigned
near(struct world *world, struct geo_point place, int64_t metres)
{
	struct store_board_filter filter = { .has_near = true, .near = place, .near_m = metres };

	return finds(world, &filter);
}

static void
the_board_is_filtered_by_how_far_it_is(void **state)
{
	struct world *world = *state;
	const struct geo_point beside = { -97.7431, 30.2762 }; /* a kilometre north of Austin */

	fill(world);
	assert_int_equal(near(world, beside, 990), 0);
	assert_int_equal(near(world, beside, 1010), 0x1);
	/* To a span it is as far as to its nearest place, though its ends are far. */
	assert_int_equal(near(world, beside, 3500), 0x5);
	assert_int_equal(near(world, beside, 200000), 0x7);
	/* Across the antimeridian it is not far. */
	assert_int_equal(near(world, (struct geo_point){ -179.9, -17.0 }, 20000), 0);
	assert_int_equal(near(world, (struct geo_point){ -179.9, -17.0 }, 22000), 0x8);
	assert_int_equal(near(world, (struct geo_point){ 10, 50 }, STORE_NEAR_M_MAX), 0);
}

static void
words_places_and_all_the_rest_go_together(void **state)
{
	struct world *world = *state;
	const enum eco_status open[] = { ECO_STATUS_OPEN };
	struct store_board_filter filter = { .statuses = open,
		.status_count = 1,
		.has_organisation = true,
		.organisation = world->osp_id,
		.has_near = true,
		.near = austin[0],
		.near_m = 500000,
		.has_box = true,
		.box = { -99, 30, -97, 31 } };

	fill(world);
	assert_int_equal(finds(world, &filter), 0x5);
	assert_true(store_board_words(world->arena, STR("hc"), &filter));
	assert_int_equal(finds(world, &filter), 0x5);
	filter.has_created_from = true;
	filter.created_from = at_s(30);
	assert_int_equal(finds(world, &filter), 0x4);
}

/* Of what is found, the pages are as those of a list. */
static void
what_is_found_comes_newest_first_page_by_page(void **state)
{
	struct world *world = *state;
	struct store_board_filter filter = { .status_count = 0 };
	struct store_board_rows page;
	size_t total = 0;

	fill(world);
	assert_true(store_board_words(world->arena, STR("hc"), &filter));
	do {
		OK(store_list_board(world->noc, world->arena, &filter, 1, &page));
		assert_true(page.count < 2);
		if (page.count > 0) {
			ASSERT_UUID(page.at[0].eco, rows[2 - total].eco);
			filter.has_before = true;
			filter.before = page.at[0].created_at;
			filter.before_eco = page.at[0].eco;
			total++;
		}
	} while (page.count > 0);
	assert_int_equal(total, 3);
}

/* ---- what is read of a row ---- */

static void
of_a_row_is_read_what_is_asked_for_and_nothing_else(void **state)
{
	struct world *world = *state;
	const struct store_board_row empty = { .version = 0 };
	struct store_board_filter filter = { .without = ~0u };
	struct store_board_rows list;
	const struct store_board_row *row;

	fill(world);
	OK(store_list_board(world->noc, world->arena, &filter, 1, &list));
	row = &list.at[0];
	ASSERT_UUID(row->eco, rows[3].eco);
	ASSERT_UUID(row->osp, world->stranger_id);
	assert_int_equal(row->position, 7);
	assert_int_equal(row->created_at.us, at_s(40).us);
	assert_true(str_empty(row->job_number));
	assert_true(str_empty(row->description));
	assert_int_equal(row->location.count, 0);
	assert_int_equal(row->status, empty.status);
	assert_int_equal(row->updated_at.us, 0);
	assert_int_equal(row->without, ~0u);
	filter.without = ~(unsigned)(STORE_BOARD_DESCRIPTION | STORE_BOARD_STATE);
	OK(store_list_board(world->noc, world->arena, &filter, 1, &list));
	row = &list.at[0];
	ASSERT_STR(row->description, "100%_sure 'quoted' a:*b & c|d !e");
	assert_int_equal(row->status, ECO_STATUS_CLOSED);
	assert_true(str_empty(row->job_number));
	assert_int_equal(row->location.count, 0);
	/* What is filtered by need not be read. */
	filter.without = STORE_BOARD_LOCATION | STORE_BOARD_DESCRIPTION;
	filter.has_box = true;
	filter.box = (struct geo_box){ 170, -20, -170, 0 };
	OK(store_list_board(world->noc, world->arena, &filter, 10, &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.at[0].location.count, 0);
	ASSERT_STR(list.at[0].job_number, "BY-FNOL-00004-6");
}

/* ---- how far the board is ---- */

#define BOARD STR("eco_board.1")

static int64_t
position_of(struct world *world, struct store_session *session)
{
	int64_t position = -1;

	OK(store_board_position(session, world->arena, &position));
	return position;
}

static void
move_all(struct world *world, int64_t to, size_t count)
{
	struct store_slots held;
	struct store_move moves[4];

	OK(store_hold_slots(world->worker, world->arena, BOARD, false, &held));
	assert_int_equal(held.count, 4);
	for (size_t i = 0; i < count; i++)
		moves[i] = (struct store_move){ held.at[i].number, held.at[i].epoch,
			held.at[i].position, to };
	OK(store_move_slots(world->worker, world->arena, BOARD, moves, count, false));
}

static void
the_board_is_complete_up_to_its_slowest_slot(void **state)
{
	struct world *world = *state;

	OK(store_subscribe(world->worker, world->arena, BOARD, 4, STORE_LIVE));
	world_appended(world, id_of("eco"), 0, 5);
	assert_int_equal(world_sequence(world), 5);
	assert_int_equal(position_of(world, world->noc), 0);
	move_all(world, 4, 3);
	assert_int_equal(position_of(world, world->noc), 0);
	move_all(world, 5, 4);
	assert_int_equal(position_of(world, world->noc), 5);
	assert_int_equal(position_of(world, world->worker), 5);
}

static void
the_board_is_not_complete_beyond_an_event_at_which_an_eco_waits(void **state)
{
	struct world *world = *state;
	struct store_parked parked = { .subscription = BOARD,
		.stream = id_of("eco"),
		.position = 3,
		.version = 3,
		.tries = 1,
		.next_try = at_s(60),
		.problem = STR("unreadable") };

	OK(store_subscribe(world->worker, world->arena, BOARD, 4, STORE_LIVE));
	world_appended(world, id_of("eco"), 0, 5);
	assert_int_equal(world_sequence(world), 5);
	move_all(world, 5, 4);
	OK(store_park(world->worker, world->arena, &parked));
	assert_int_equal(position_of(world, world->noc), 2);
	assert_int_equal(position_of(world, world->osp), 2);
	/* It is nobody else's. */
	assert_int_equal(position_of(world, world->stranger), 5);
	OK(store_unpark(world->worker, world->arena, BOARD, id_of("eco")));
	assert_int_equal(position_of(world, world->noc), 5);
}

int
store_search_contract(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(everything_is_found_by_who_may_see_it),
		WORLD_TEST(the_board_is_filtered_by_how_the_ringing_stands_and_by_the_kind_of_job),
		WORLD_TEST(the_board_is_filtered_by_an_organisation_on_either_side),
		WORLD_TEST(
		    the_board_is_filtered_by_when_it_was_created_and_when_something_happened),
		WORLD_TEST(the_board_is_searched_for_the_beginnings_of_words),
		WORLD_TEST(what_means_something_to_a_query_language_is_not_taken_for_it),
		WORLD_TEST(of_a_long_word_the_first_32_characters_count),
		WORLD_TEST(a_text_without_words_or_with_too_many_is_none),
		WORLD_TEST(the_board_is_filtered_by_how_far_it_is),
		WORLD_TEST(words_places_and_all_the_rest_go_together),
		WORLD_TEST(what_is_found_comes_newest_first_page_by_page),
		WORLD_TEST(of_a_row_is_read_what_is_asked_for_and_nothing_else),
		WORLD_TEST(the_board_is_complete_up_to_its_slowest_slot),
		WORLD_TEST(the_board_is_not_complete_beyond_an_event_at_which_an_eco_waits),
	};

	return cmocka_run_group_tests_name("store search", tests, NULL, NULL);
}
