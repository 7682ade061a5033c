#include "support/scenario_file.h"

#include "mock/scenario.h"
#include "support/unit.h"

struct str
scenario_file_load(const char *path)
{
	static char text[SCENARIO_TEXT_BYTES_MAX];
	size_t length;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		fail_msg("cannot read %s", path);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return (struct str){ text, length };
}

struct str
scenario_file_read(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.scn", STRIKE_SCENARIOS, name);
	return scenario_file_load(path);
}
