#include "integration/render/render_answer.h"

#define MEMBERS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool
is_clean(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((uint8_t)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

/* The same item with its members the other way round is the same task. */
static void
check_order(struct arena *arena, const struct json *item, const struct rendersync_task *task)
{
	static struct json_member members[MEMBERS_MAX];
	struct json turned = *item;
	struct rendersync_task again;
	struct str reason;

	if (item->map.count > MEMBERS_MAX)
		return;
	for (size_t i = 0; i < item->map.count; i++)
		members[i] = item->map.members[item->map.count - 1 - i];
	turned.map.members = members;
	CHECK(render_answer_task(arena, &turned, &again, &reason));
	CHECK(sha256_equal(again.fingerprint, task->fingerprint));
}

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
		struct arena_mark mark = arena_mark(&arena);
		struct rendersync_task task;

		if (!render_answer_task(&arena, &page.items[i], &task, &reason)) {
			CHECK(!str_empty(reason));
			continue;
		}
		CHECK(task.id.len > 0 && task.id.len <= RENDER_ID_BYTES_MAX && is_clean(task.id));
		CHECK(task.name.len <= RENDER_NAME_BYTES_MAX && str_is_utf8(task.name));
		CHECK(task.raw_status.len > 0 && task.raw_status.len <= RENDER_STATUS_BYTES_MAX &&
		      is_clean(task.raw_status));
		check_order(&arena, &page.items[i], &task);
		arena_release(&arena, mark);
	}
	return 0;
}
