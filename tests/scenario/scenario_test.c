#include "support/unit.h"

#include <glob.h>
#include <stdlib.h>

#include "support/scenario_file.h"
#include "support/server_world.h"
#include "support/store_factory.h"

/*
 * Every file of scenarios/, from beginning to end: the whole server over real
 * HTTP, the mock world, one virtual clock.  What a scenario does not expect (a
 * call or text to anybody else) fails it.
 *
 * usage: scenario_test mem|pg
 */

#define SCENARIOS_MAX 64

static void
plays_as_expected(void **state)
{
	struct server_world world;
	struct play_result result = { .passed = false };
	struct err *err;

	server_world_begin(&world, store_factory_make(), scenario_file_read(*state).ptr);
	err = server_world_play(&world, &result);
	for (size_t i = 0; i < result.failure_count; i++)
		print_error("%s: not as expected: %.*s\n", (const char *)*state,
		    STR_ARG(result.failures[i]));
	if (err != NULL) {
		char memory[1024];
		struct buf text = buf_over(memory, sizeof(memory));

		err_format(err, &text);
		print_error("%s: %.*s\n", (const char *)*state, STR_ARG(buf_view(&text)));
	}
	server_world_end(&world, err != NULL || !result.passed);
	store_factory_clean();
	assert_null(err);
	assert_true(result.passed);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[SCENARIOS_MAX];
	const char *only = getenv("STRIKE_TEST_SCENARIO");
	size_t count = 0;
	glob_t found;
	char *name;
	int failed;

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	CHECK(glob(STRIKE_SCENARIOS "/*.scn", 0, NULL, &found) == 0);
	CHECK(found.gl_pathc <= SCENARIOS_MAX);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (only != NULL && strstr(found.gl_pathv[i], only) == NULL)
			continue;
		name = strrchr(found.gl_pathv[i], '/') + 1;
		*strrchr(name, '.') = '\0';
		tests[count] =
		    (struct CMUnitTest)cmocka_unit_test_prestate(plays_as_expected, name);
		tests[count++].name = name;
	}
	failed = _cmocka_run_group_tests("scenarios", tests, count, NULL, NULL);
	globfree(&found);
	return failed;
}
