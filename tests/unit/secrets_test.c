#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "runtime/secrets.h"

static struct arena *arena;
static struct config config;
static struct secret pair[SECRETS_PAIR];
static char folder[64];

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(1 << 20);
	(void)snprintf(folder, sizeof(folder), "/tmp/strike-secrets-XXXXXX");
	assert_non_null(mkdtemp(folder));
	config = (struct config){ .secrets_dir = str_from_z(folder) };
	return 0;
}

static const char *
path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path_of("twilio-north"));
	(void)unlink(path_of("twilio-north-previous"));
	assert_int_equal(rmdir(folder), 0);
	arena_destroy(arena);
	return 0;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
assert_pair(const char *present, const char *previous)
{
	assert_no_fault(secrets_find_pair(&config, arena, STR("twilio-north"), pair));
	assert_text(secret_reveal(pair[0]), present);
	assert_text(secret_reveal(pair[1]), previous);
}

static void
two_are_good_while_one_replaces_the_other(void **state)
{
	(void)state;
	assert_pair("", "");
	write_file("twilio-north", "one\n");
	assert_pair("one", "");
	write_file("twilio-north-previous", "one\n");
	write_file("twilio-north", "two\n");
	assert_pair("two", "one");
	assert_int_equal(unlink(path_of("twilio-north-previous")), 0);
	assert_pair("two", "");
}

static void
the_environment_comes_before_the_file(void **state)
{
	(void)state;
	write_file("twilio-north", "file");
	assert_int_equal(setenv("STRIKE_SECRET_TWILIO_NORTH_PREVIOUS", "variable", 1), 0);
	assert_pair("file", "variable");
	assert_int_equal(unsetenv("STRIKE_SECRET_TWILIO_NORTH_PREVIOUS"), 0);
}

static void
what_cannot_be_a_secret_is_a_fault_and_none_is_not(void **state)
{
	static const char *const bad[] = { "", "..", "../twilio-north", "/etc/passwd", "a/b", "A",
		"a.b", "a_b", "a\nb" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_fault(secrets_find_pair(&config, arena, str_from_z(bad[i]), pair),
		    ERR_CORRUPT, "are needed");
	write_file("twilio-north", "\n");
	assert_fault(
	    secrets_find_pair(&config, arena, STR("twilio-north"), pair), ERR_CORRUPT, "is empty");
	assert_false(secret_is_set(pair[0]));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(two_are_good_while_one_replaces_the_other),
		TEST(the_environment_comes_before_the_file),
		TEST(what_cannot_be_a_secret_is_a_fault_and_none_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
