#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "store/mem/store_mem.h"
#include "support/server_world.h"
#include "support/store_factory.h"

/*
 * Every file of scenarios/, from beginning to end: the whole server over real
 * HTTP, the mock world, one virtual clock.  What a scenario does not expect (a
 * call or text to anybody else) fails it.
 *
 * usage: scenario_test mem|pg
 */

static const char *const scenarios[] = {
	"happy-path",
	"pager-timeout",
	"pager-exhaustion",
	"render-failure",
	"decline-and-voicemail",
	"late-clone",
	"reopened-task",
	"duplicate-callbacks",
	"lost-callbacks",
};

static char *
read_scenario(const char *name)
{
	static char text[SCENARIO_TEXT_BYTES_MAX];
	char path[512];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s.scn", STRIKE_SCENARIOS, name);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("cannot read %s", path);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

static void
plays_as_expected(void **state)
{
	struct server_world world;
	struct play_result result = { .passed = false };
	struct err *err;

	server_world_begin(&world, store_factory_make(), read_scenario(*state));
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
	struct CMUnitTest tests[COUNT_OF(scenarios)];
	const char *only = getenv("STRIKE_TEST_SCENARIO");
	size_t count = 0;

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
		if (only != NULL && strcmp(only, scenarios[i]) != 0)
			continue;
		tests[count] = (struct CMUnitTest)cmocka_unit_test_prestate(
		    plays_as_expected, (void *)(uintptr_t)scenarios[i]);
		tests[count++].name = scenarios[i];
	}
	return _cmocka_run_group_tests("scenarios", tests, count, NULL, NULL);
}
