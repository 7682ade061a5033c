#include "app/meanwhile.h"

#include "codec/event_codec.h"
#include "codec/timeline.h"

/* More than that does not fit into a sentence; the timeline has it all. */
#define NAMED_MAX 5

/* Whether the actor's organisation may know of the event: the other side's own notes it may not. */
static struct err *
may_know(const struct app_context *context, const struct store_event *stored, bool *ret)
{
	struct uuid organisation = context->actor->organisation.id;
	struct timeline_viewer viewer = {
		.noc = uuid_equal(stored->noc, organisation),
		.osp = uuid_equal(stored->osp, organisation),
	};
	struct codec_events events;
	struct str reason;

	if (!codec_decode_events(context->arena, stored->type, stored->schema_version,
		stored->occurred_at, stored->payload, &events, &reason))
		return ERR(
		    context->arena, ERR_CORRUPT, "cannot read an event: %.*s", STR_ARG(reason));
	*ret = false;
	for (size_t i = 0; i < events.count; i++)
		*ret = *ret || timeline_is_visible(&events.at[i], viewer);
	return NULL;
}

struct err *
meanwhile_append(
    const struct app_context *context, struct uuid eco, int64_t version, struct refusal *refusal)
{
	char memory[REFUSAL_MESSAGE_BYTES_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct store_events events;
	size_t named = 0;

	if (version < 0)
		return NULL;
	TRY(store_read_stream(
	    context->session, context->arena, eco, version, STORE_ROWS_MAX, &events));
	buf_str(&text, refusal_message(refusal));
	for (size_t i = 0; i < events.count && named <= NAMED_MAX; i++) {
		bool known = false;

		TRY(may_know(context, &events.at[i], &known));
		if (!known)
			continue;
		if (++named > NAMED_MAX)
			buf_str(&text, STR(" and more"));
		else
			buf_printf(&text, "%s%.*s", named == 1 ? "; since then " : ", ",
			    STR_ARG(events.at[i].type));
	}
	(void)refuse(refusal, refusal->code, "version", "%.*s", STR_ARG(buf_view(&text)));
	return NULL;
}
