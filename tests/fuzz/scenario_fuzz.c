#include "mock/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Whatever a scenario's text holds, it is read or refused in a sentence that says where. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char memory[4 << 20];
	struct scenario scenario;
	struct arena arena;
	struct err *fault;

	arena_init(&arena, memory, sizeof(memory));
	fault = scenario_parse(&arena, (struct str){ (const char *)bytes, length }, &scenario);
	CHECK(fault == NULL || fault->kind == ERR_CORRUPT || fault->kind == ERR_LIMIT);
	if (fault != NULL)
		CHECK(!str_empty(fault->message));
	else
		CHECK(!str_empty(scenario.name) &&
		      (!scenario.create.present || scenario.until.present));
	return 0;
}
