#include "support/scenario_file.h"

#include "mock/scenario.h"
#include "support/unit.h"

struct str
scenario_file_read(const char *name)
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
	(void)fclose(file);
	return (struct str){ text, length };
}
