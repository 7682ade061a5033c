#include "support/unit.h"

#include <ftw.h>
#include <stdlib.h>

#include "support/scenario_file.h"
#include "support/server_world.h"
#include "support/store_factory.h"

/*
 * Every scenario of a folder and of the folders in it, from beginning to end: the whole
 * server over real HTTP, the mock world, one virtual clock.  What a scenario does not
 * expect (a call or text to anybody else, a request that is refused) fails it.
 *
 * usage: scenario_test mem|pg FOLDER [PART OF]
 *
 * With PART and OF only every OF-th file is played, beginning with the PART-th.
 * STRIKE_TEST_SCENARIO=TEXT plays those whose path contains TEXT.
 */

#define SCENARIOS_MAX 512

/* The folder, as the names of the tests leave it out. */
static size_t prefix;

static void
plays_as_expected(void **state)
{
	const char *path = *state, *name = path + prefix;
	struct server_world world;
	struct play_result result = { .passed = false };
	struct err *err;

	server_world_begin(&world, store_factory_make(), scenario_file_load(path).ptr);
	err = server_world_play(&world, &result);
	for (size_t i = 0; i < result.failure_count; i++)
		print_error("%s: not as expected: %.*s\n", name, STR_ARG(result.failures[i]));
	if (err != NULL) {
		char memory[1024];
		struct buf text = buf_over(memory, sizeof(memory));

		err_format(err, &text);
		print_error("%s: %.*s\n", name, STR_ARG(buf_view(&text)));
	}
	server_world_end(&world, err != NULL || !result.passed);
	store_factory_clean();
	assert_null(err);
	assert_true(result.passed);
}

struct found {
	char *paths[SCENARIOS_MAX];
	size_t count;
};

static struct found found;

static int
note_file(const char *path, const struct stat *about, int type, struct FTW *where)
{
	size_t length = strlen(path);

	(void)about;
	(void)where;
	if (type != FTW_F || length < 4 || strcmp(path + length - 4, ".scn") != 0)
		return 0;
	CHECK(found.count < SCENARIOS_MAX);
	found.paths[found.count++] = strdup(path);
	return 0;
}

static int
compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static size_t
number(const char *text)
{
	int64_t value;

	CHECK(str_parse_i64(str_from_z(text), &value) && value >= 1);
	return (size_t)value;
}

int
main(int argc, char **argv)
{
	static struct CMUnitTest tests[SCENARIOS_MAX];
	const char *only = getenv("STRIKE_TEST_SCENARIO");
	size_t part = argc > 4 ? number(argv[3]) : 1, of = argc > 4 ? number(argv[4]) : 1;
	size_t count = 0;
	int failed;

	CHECK(argc > 2 && part <= of);
	store_factory_choose(argv[1]);
	prefix = strlen(argv[2]) + 1;
	CHECK(nftw(argv[2], note_file, 16, FTW_PHYS) == 0 && found.count > 0);
	qsort(found.paths, found.count, sizeof(found.paths[0]), compare_paths);
	for (size_t i = part - 1; i < found.count; i += of) {
		if (only != NULL && strstr(found.paths[i], only) == NULL)
			continue;
		tests[count] =
		    (struct CMUnitTest)cmocka_unit_test_prestate(plays_as_expected, found.paths[i]);
		tests[count++].name = found.paths[i] + prefix;
	}
	failed = _cmocka_run_group_tests("scenarios", tests, count, NULL, NULL);
	for (size_t i = 0; i < found.count; i++)
		free(found.paths[i]);
	return failed;
}
