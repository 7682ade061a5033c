#include "app/visible.h"

#include "store/store_feed.h"

#define BOARD STR("eco_board")

#define REVISION_WORDS_MAX 80 /* "version 9223372036854775807 of ECO " and 36 characters */

struct err *
visible_look(const struct app_context *context, struct visible_revisions *missing)
{
	size_t kept = 0;

	for (size_t i = 0; i < missing->count; i++) {
		const struct visible_revision *revision = &missing->at[i];
		bool visible;

		TRY(store_is_visible(context->session, context->arena, BOARD, revision->eco,
		    revision->version, &visible));
		if (!visible)
			missing->at[kept++] = *revision;
	}
	missing->count = kept;
	return NULL;
}

struct str
visible_words(struct arena *arena, const struct visible_revisions *missing)
{
	struct buf buf = buf_in(arena, VISIBLE_REVISIONS_MAX * REVISION_WORDS_MAX);

	for (size_t i = 0; i < missing->count; i++) {
		buf_printf(&buf, "%sversion %lld of ECO ", i == 0 ? "" : ", ",
		    (long long)missing->at[i].version);
		uuid_format(missing->at[i].eco, &buf);
	}
	return buf_view(&buf);
}
