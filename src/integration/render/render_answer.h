#ifndef INTEGRATION_RENDER_ANSWER_H
#define INTEGRATION_RENDER_ANSWER_H

#include "base/json.h"
#include "domain/rendersync/rendersync.h"

/*
 * render_answer: reading what Render sends.  Texts point into the parsed answer.
 *
 * Nothing here trusts it: a member that is missing, of another type or longer
 * than it can be makes the answer malformed, and ${ret_reason} says which.
 */

#define RENDER_ID_BYTES_MAX     128
#define RENDER_STATUS_BYTES_MAX 64
#define RENDER_NAME_BYTES_MAX   200 /* longer names are cut */

/* One page of a list. */
struct render_page {
	const struct json *items;
	size_t count;
	struct str next_cursor; /* empty: this is the last page */
};

/** Take ${body} as a page. */
NODISCARD bool render_answer_page(
    const struct json *body, struct render_page *ret, struct str *ret_reason);

/** The id of ${item}. */
NODISCARD bool render_answer_id(
    const struct json *item, struct str *ret_id, struct str *ret_reason);

/** Whether ${item} carries our ${reference}. */
NODISCARD bool render_answer_is_ours(const struct json *item, struct str reference);

/** Read ${item} as a task, with its status translated and its fingerprint taken. */
NODISCARD bool render_answer_task(struct arena *arena, const struct json *item,
    struct rendersync_task *ret, struct str *ret_reason);

/** What ${word} means (render_statuses.def). */
enum task_status render_status_of(struct str word);

#endif
