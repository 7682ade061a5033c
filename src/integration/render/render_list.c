#include "integration/render/render_list.h"

#include "integration/render/render_answer.h"
#include "proto/url.h"

#define URL_BYTES_MAX 2048

/* A list that is being read. */
struct reading {
	struct render_list list;
	struct str cursors[RENDER_PAGES_MAX]; /* of the pages that were read */
};

static bool
malformed(struct render_visit *visit, struct str reason)
{
	return render_trouble(visit, SYNC_FAULT_MALFORMED, reason);
}

static bool
was_read(const struct reading *reading, struct str cursor)
{
	for (size_t i = 0; i < reading->list.pages; i++) {
		if (str_equal(reading->cursors[i], cursor))
			return true;
	}
	return false;
}

/* Read the page at ${cursor} (empty: the first) and find out which is next. */
static bool
read_page(struct render_visit *visit, const struct buf *list_url, struct reading *reading,
    struct str *cursor)
{
	struct buf url = buf_in(visit->arena, URL_BYTES_MAX);
	struct render_list *list = &reading->list;
	struct render_answer answer;
	struct render_page page;
	struct str reason;

	buf_str(&url, buf_view(list_url));
	url.overflowed |= list_url->overflowed;
	if (!str_empty(*cursor))
		url_append_query(&url, STR("cursor"), *cursor);
	if (!render_request_send(visit, "GET", &url, (struct str){ NULL, 0 }, &answer))
		return false;
	if (!render_answer_page(answer.body, &page, &reason))
		return malformed(visit, reason);
	if (page.count > RENDER_ITEMS_MAX - list->count)
		return render_trouble(visit, SYNC_FAULT_TOO_MANY_TASKS,
		    arena_printf(visit->arena, "more than %d tasks", RENDER_ITEMS_MAX));
	for (size_t i = 0; i < page.count; i++)
		list->at[list->count++] = &page.items[i];
	*cursor = page.next_cursor;
	return true;
}

static bool
read_pages(struct render_visit *visit, const struct buf *url, struct reading *reading)
{
	struct str cursor = { NULL, 0 };

	do {
		if (!read_page(visit, url, reading, &cursor))
			return false;
		if (!str_empty(cursor) && was_read(reading, cursor))
			return malformed(visit, STR("the pages of the tasks go round in a circle"));
		if (reading->list.pages == RENDER_PAGES_MAX)
			return malformed(visit, STR("the tasks have too many pages"));
		reading->cursors[reading->list.pages++] = cursor;
	} while (!str_empty(cursor));
	return true;
}

const struct render_list *
render_list_read(struct render_visit *visit, const struct buf *url)
{
	struct reading *reading = arena_new(visit->arena, struct reading);

	if (reading == NULL) {
		(void)render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("no memory to read the tasks"));
		return NULL;
	}
	return read_pages(visit, url, reading) ? &reading->list : NULL;
}

/* -- lists that move -- */

static struct str
id_of(const struct json *item)
{
	return json_text_or(item, STR("id"), STR(""));
}

static bool
shows(const struct render_list *list, size_t count, struct str id)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(id_of(list->at[i]), id))
			return true;
	}
	return false;
}

static bool
shows_something_twice(const struct render_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (shows(list, i, id_of(list->at[i])))
			return true;
	}
	return false;
}

/* Whether both, which show nothing twice, show the same. */
static bool
is_same(const struct render_list *a, const struct render_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!shows(b, b->count, id_of(a->at[i])))
			return false;
	}
	return true;
}

const struct render_list *
render_list_read_settled(struct render_visit *visit, const struct buf *url)
{
	const struct render_list *before = NULL;

	for (int i = 0; i < RENDER_READINGS_MAX; i++) {
		const struct render_list *list = render_list_read(visit, url);

		if (list == NULL)
			return NULL;
		if (shows_something_twice(list)) {
			before = NULL;
			continue;
		}
		if (list->pages == 1 || (before != NULL && is_same(before, list)))
			return list;
		before = list;
	}
	(void)malformed(visit, STR("the tasks move from page to page while they are read"));
	return NULL;
}
