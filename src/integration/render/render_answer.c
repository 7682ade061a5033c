#include "integration/render/render_answer.h"

static const struct str none = { NULL, 0 };

enum task_status
render_status_of(struct str word)
{
	static const struct {
		const char *word;
		enum task_status status;
	} statuses[] = {
#define RENDER_STATUS(word, status) { word, TASK_STATUS_##status },
#include "integration/render/render_statuses.def"
#undef RENDER_STATUS
	};

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		if (str_equal(word, str_from_z(statuses[i].word)))
			return statuses[i].status;
	}
	return TASK_STATUS_UNKNOWN;
}

static bool
malformed(struct str reason, struct str *ret_reason)
{
	*ret_reason = reason;
	return false;
}

bool
render_answer_page(const struct json *body, struct render_page *ret, struct str *ret_reason)
{
	const struct json *items = json_find(body, STR("items"));
	const struct json *cursor = json_find(body, STR("next_cursor"));

	if (items == NULL || items->type != JSON_LIST)
		return malformed(STR("items is not a list"), ret_reason);
	if (cursor != NULL && cursor->type != JSON_NULL_VALUE && cursor->type != JSON_TEXT)
		return malformed(STR("next_cursor is neither a text nor null"), ret_reason);
	*ret = (struct render_page){ .items = items->list.items, .count = items->list.count };
	ret->next_cursor = json_text_or(body, STR("next_cursor"), none);
	return true;
}

/* Whether ${text} can be shown and put into an address: no control characters. */
static bool
is_clean(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((uint8_t)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

bool
render_answer_id(const struct json *item, struct str *ret_id, struct str *ret_reason)
{
	struct str id = json_text_or(item, STR("id"), none);

	if (str_empty(id) || id.len > RENDER_ID_BYTES_MAX || !is_clean(id))
		return malformed(STR("id is missing or no usable text"), ret_reason);
	*ret_id = id;
	return true;
}

bool
render_answer_is_ours(const struct json *item, struct str reference)
{
	return str_equal(json_text_or(item, STR("external_reference"), none), reference);
}

/* ${text}, cut before the character that would go over ${limit} bytes. */
static struct str
cut(struct str text, size_t limit)
{
	if (text.len <= limit)
		return text;
	while (limit > 0 && ((uint8_t)text.ptr[limit] & 0xc0) == 0x80)
		limit--;
	return (struct str){ text.ptr, limit };
}

/* What tells a change from none, as a list in JSON: no two tasks have the same by accident. */
static bool
take_fingerprint(struct arena *arena, const struct json *item, struct sha256 *ret)
{
	static const char *const names[] = { "id", "name", "type", "status", "cloned_from" };
	struct arena_mark mark = arena_mark(arena);
	size_t limit = 128;
	struct json_writer writer;
	struct buf buf;
	double percent = 0;
	bool whole;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		limit += 8 + 6 * json_text_or(item, str_from_z(names[i]), none).len;
	buf = buf_in(arena, limit);
	writer = json_writer(&buf);
	json_begin_list(&writer);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		json_write_text(&writer, json_text_or(item, str_from_z(names[i]), STR("")));
	if (!json_number(json_find(item, STR("percent_complete")), &percent))
		percent = 0;
	json_write_double(&writer, percent);
	json_end_list(&writer);
	*ret = sha256_of(buf_view(&buf));
	whole = !buf.overflowed;
	arena_release(arena, mark);
	return whole;
}

bool
render_answer_task(struct arena *arena, const struct json *item, struct rendersync_task *ret,
    struct str *ret_reason)
{
	struct str status = json_text_or(item, STR("status"), none);

	*ret = (struct rendersync_task){ .raw_status = status };
	if (!render_answer_id(item, &ret->id, ret_reason))
		return false;
	if (str_empty(status) || status.len > RENDER_STATUS_BYTES_MAX || !is_clean(status))
		return malformed(STR("status is missing or no usable text"), ret_reason);
	ret->name = cut(json_text_or(item, STR("name"), STR("")), RENDER_NAME_BYTES_MAX);
	ret->status = render_status_of(status);
	if (!take_fingerprint(arena, item, &ret->fingerprint))
		return malformed(STR("a task is too large"), ret_reason);
	return true;
}
