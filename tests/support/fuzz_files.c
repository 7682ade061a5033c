#include "support/unit.h"

#include <dirent.h>

/*
 * The main of a fuzzer in ./dev test: every file of the folder that is named on
 * the command line goes through it once.  To add a regression test, add a file.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char *folder;

/* Put the file ${name} of the folder through the fuzzer. */
static void
try_file(const char *name)
{
	static uint8_t bytes[1 << 20];
	char path[4096];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	length = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	assert_int_equal(LLVMFuzzerTestOneInput(bytes, length), 0);
}

static void
every_known_input_is_survived(void **state)
{
	DIR *names = opendir(folder);
	int count = 0;

	(void)state;
	if (names == NULL)
		fail_msg("%s cannot be opened", folder);
	for (struct dirent *entry; (entry = readdir(names)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		try_file(entry->d_name);
		count++;
	}
	(void)closedir(names);
	assert_true(count > 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_known_input_is_survived),
	};

	if (argc != 2)
		return 2;
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
