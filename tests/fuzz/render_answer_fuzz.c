#include "integration/render/render_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Whatever Render answers is a page of tasks that keep their limits, or refused with a reason. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char memory[4 << 20];
	struct str text = { (const char *)bytes, length }, reason = { NULL, 0 };
	const struct json *body;
	struct render_page page;
	struct arena arena;

	arena_init(&arena, memory, sizeof(memory));
	if (!json_parse(&arena, text, &body, &reason))
		return 0;
	if (!render_answer_page(body, &page, &reason)) {
		CHECK(!str_empty(reason));
		return 0;
	}
	for (size_t i = 0; i < page.count; i++) {
		struct rendersync_task task;

		if (!render_answer_task(&arena, &page.items[i], &task, &reason))
			continue;
		CHECK(task.id.len > 0 && task.id.len <= RENDER_ID_BYTES_MAX);
		CHECK(task.name.len <= RENDER_NAME_BYTES_MAX && str_is_utf8(task.name));
		CHECK(task.raw_status.len > 0);
	}
	return 0;
}
