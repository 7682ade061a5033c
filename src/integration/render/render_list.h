#ifndef INTEGRATION_RENDER_LIST_H
#define INTEGRATION_RENDER_LIST_H

#include "domain/rendersync/rendersync.h"
#include "integration/render/render_request.h"

/*
 * render_list: a list of Render's, every page of it or nothing.
 *
 * A list of several pages is not read in one moment.  What is added, deleted or moved
 * meanwhile shows twice, or not at all; and a task that was not shown looks as if it
 * had vanished.  So a list that counts as a whole (render_list_read_settled()) is
 * believed when it has one page and shows nothing twice, or when two readings in a row
 * show the same items.
 */

#define RENDER_ITEMS_MAX RENDERSYNC_TASKS_MAX

/* Pages of one reading: one item a page at the least, and as many empty ones. */
#define RENDER_PAGES_MAX (2 * RENDER_ITEMS_MAX)

/* Readings after which a list that does not come to rest is given up. */
#define RENDER_READINGS_MAX 4

struct render_list {
	const struct json *at[RENDER_ITEMS_MAX];
	size_t count;
	size_t pages;
};

/** Read every page of the list at ${url}; NULL when there was trouble, which is noted. */
NODISCARD const struct render_list *render_list_read(
    struct render_visit *visit, const struct buf *url);

/** The same, again and again until the list can be believed. */
NODISCARD const struct render_list *render_list_read_settled(
    struct render_visit *visit, const struct buf *url);

#endif
