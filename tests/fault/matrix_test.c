#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "bin/seed.h"
#include "fault/matrix.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/scenario_file.h"

/*
 * The crash matrix: the server is killed (SIGKILL) before and after every statement and
 * every request of a callout, and started again.  Every due attempt is made, none twice,
 * in their order, and everything ends as it does when nobody is killed.
 *
 * STRIKE_TEST_POINTS=N   that many points of each scenario, spread by chance (0: every one)
 * STRIKE_TEST_SEED=N     takes the same ones again
 * STRIKE_TEST_POINT=T    this one alone: "3:before statement append"
 */

#define POINTS             6
#define MATRIX_ARENA_BYTES (32u << 20)

static int64_t kills, missed;

static void
plant(void)
{
	struct arena *arena = arena_create(8u << 20);
	struct store *store;
	struct vault vault;

	pg_database_reset();
	assert_no_fault(vault_init(arena, STR(""), random_bytes, &vault));
	assert_no_fault(store_pg_open(arena, pg_database_conninfo(), &store));
	assert_no_fault(seed_plant(store, arena, &vault));
	store_close(store);
	arena_destroy(arena);
}

static int64_t
number_of(const char *variable, int64_t otherwise)
{
	const char *text = getenv(variable);
	int64_t number;

	if (text == NULL)
		return otherwise;
	assert_true(str_parse_i64(str_from_z(text), &number) && number >= 0);
	return number;
}

/* Play with the setting ${fault_points}; false when something was not as it must be. */
static bool
play_once(struct matrix *matrix, const char *fault_points, const char *count_path)
{
	struct kill_plan plan = { .fault_points = fault_points };
	struct kill_world world;
	const char *end;

	plant();
	kill_world_begin(
	    &world, pg_database_conninfo(), scenario_file_read(matrix->scenario), &plan);
	kill_world_play(&world);
	kill_check(&world);
	end = matrix_end(&world, matrix->arena);
	if (matrix->end == NULL)
		matrix->end = end;
	else if (strcmp(matrix->end, end) != 0)
		kill_fail(&world, "it ends as\n%s\nand not as\n%s", end, matrix->end);
	/* What it does to stop in an orderly way is not counted. */
	if (count_path != NULL)
		matrix_read(matrix, count_path);
	kills += (int64_t)world.fault_points;
	missed += count_path == NULL && world.fault_points == 0;
	return kill_world_end(&world, fault_points);
}

static bool
survives(struct matrix *matrix, const struct matrix_point *point)
{
	struct arena_mark mark = arena_mark(matrix->arena);
	bool good = play_once(matrix,
	    arena_printf(matrix->arena, "kill:%lld:%s", (long long)point->number, point->name).ptr,
	    NULL);

	arena_release(matrix->arena, mark);
	return good;
}

/* xorshift64*, so that a seed repeats a choice. */
static uint64_t
draw(uint64_t *seed, uint64_t limit)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(2685821657736338717) >> 33) % limit;
}

/* One point of each of ${wanted} equal parts of the list, by chance. */
static bool
survives_some(struct matrix *matrix, size_t wanted)
{
	uint64_t seed = (uint64_t)number_of("STRIKE_TEST_SEED", clock_monotonic_us());
	bool good = true;

	print_message("STRIKE_TEST_SEED=%llu\n", (unsigned long long)seed);
	seed = seed * 2 + 1;
	for (size_t i = 0; i < wanted; i++) {
		size_t from = matrix->count * i / wanted, to = matrix->count * (i + 1) / wanted;

		good = survives(matrix, &matrix->points[from + draw(&seed, to - from)]) && good;
	}
	return good;
}

static bool
survives_one(struct matrix *matrix, const char *text)
{
	struct str rest = str_from_z(text), number = str_cut(&rest, ':');
	struct matrix_point point = { .name = arena_copy_z(matrix->arena, rest) };

	assert_true(str_parse_i64(number, &point.number));
	return survives(matrix, &point);
}

static void
whoever_is_killed_between_two_steps_goes_on(void **state)
{
	struct arena *arena = arena_create(MATRIX_ARENA_BYTES);
	struct matrix *matrix = arena_new(arena, struct matrix);
	char path[] = "/tmp/strike-points-XXXXXX";
	int fd = mkstemp(path);
	size_t wanted = (size_t)number_of("STRIKE_TEST_POINTS", POINTS);
	const char *one = getenv("STRIKE_TEST_POINT");
	bool good;

	assert_non_null(matrix);
	assert_true(fd >= 0);
	(void)close(fd);
	matrix->arena = arena;
	matrix->scenario = *state;
	good = play_once(matrix, arena_printf(arena, "count:%s", path).ptr, path);
	(void)unlink(path);
	if (getenv("STRIKE_TEST_VERBOSE") != NULL)
		for (size_t i = 0; i < matrix->count; i++)
			print_message("%lld:%s\n", (long long)matrix->points[i].number,
			    matrix->points[i].name);
	assert_true(good && matrix->count > 0);
	if (one != NULL)
		good = survives_one(matrix, one);
	else if (wanted == 0 || wanted >= matrix->count)
		for (size_t i = 0; i < matrix->count; i++)
			good = survives(matrix, &matrix->points[i]) && good;
	else
		good = survives_some(matrix, wanted);
	print_message("%s: %lld points passed, %zu places, killed at %s of them\n",
	    matrix->scenario, (long long)matrix->passed, matrix->count,
	    wanted == 0 ? "every one" : arena_printf(arena, "%zu", wanted).ptr);
	arena_destroy(arena);
	assert_true(good);
}

#define MATRIX(scenario)                                                     \
	{                                                                    \
		"whoever_is_killed_between_two_steps_goes_on: " scenario,    \
		    whoever_is_killed_between_two_steps_goes_on, NULL, NULL, \
		    (void *)(uintptr_t)scenario                              \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MATRIX("pager-timeout"),
		MATRIX("decline-and-voicemail"),
		MATRIX("pager-exhaustion"),
		MATRIX("late-clone"),
		MATRIX("render-failure"),
	};
	int status = pg_database_create();

	if (status != 0)
		return status;
	if (getenv("STRIKE_TEST_ONLY") != NULL)
		cmocka_set_test_filter(getenv("STRIKE_TEST_ONLY"));
	status = cmocka_run_group_tests(tests, NULL, NULL);
	print_message("%lld kills; %lld points that did not come again\n", (long long)kills,
	    (long long)missed);
	pg_database_drop();
	return status;
}
