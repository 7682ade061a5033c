#include "api/graphql_eco.h"
#include "app/change.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"

#define ENTRIES_MAX 500

/* One event with what the asker may know of it. */
struct entry {
	struct store_event stored;
	struct str summary;
	bool detail;
};

/* A walk along an ECO's stream for one viewer. */
struct walk {
	struct graphql_call *call;
	struct timeline_viewer viewer;
	const struct pager_list *plan; /* in force so far */
	int64_t after;
	size_t first;
	struct graphql_value *entries;
	size_t count;
	bool is_party;
};

static struct timeline_viewer
viewer_of(const struct graphql_call *call, const struct store_event *stored)
{
	struct uuid organisation = graphql_asker(call)->app.actor->organisation.id;

	return (struct timeline_viewer){
		.noc = uuid_equal(stored->noc, organisation),
		.osp = uuid_equal(stored->osp, organisation),
	};
}

static struct err *
take(struct walk *walk, const struct store_event *stored, const struct eco_event *event)
{
	struct entry *entry;

	if (event->type == ECO_EVENT_PAGER_DISPATCHED)
		walk->plan = event->pager_dispatched.plan;
	if (stored->version <= walk->after || walk->count == walk->first ||
	    !timeline_is_visible(event, walk->viewer))
		return NULL;
	entry = arena_new(walk->call->arena, struct entry);
	if (entry == NULL)
		return ERR(walk->call->arena, ERR_LIMIT, "no memory left for a timeline");
	*entry = (struct entry){
		.stored = *stored,
		.summary = timeline_words(walk->call->arena, event, walk->plan, walk->viewer),
		.detail = timeline_shows_detail(event, walk->viewer),
	};
	walk->entries[walk->count++] = graphql_object(STR("TimelineEntry"), entry);
	return NULL;
}

static struct err *
take_page(struct walk *walk, const struct store_events *page)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct store_event *stored = &page->at[i];
		struct eco_event event;
		struct str reason;

		walk->viewer = viewer_of(walk->call, stored);
		walk->is_party = walk->viewer.noc || walk->viewer.osp;
		if (!walk->is_party)
			return NULL;
		if (!codec_decode_event(walk->call->arena, stored->type, stored->schema_version,
			stored->occurred_at, stored->payload, &event, &reason))
			return ERR(walk->call->arena, ERR_CORRUPT, "cannot read an event: %.*s",
			    STR_ARG(reason));
		TRY(take(walk, stored, &event));
	}
	return NULL;
}

/* The integer argument ${name}, or its default when null was given. */
static int64_t
int_argument(const struct graphql_call *call, struct str name, int64_t fallback)
{
	const struct json *value = graphql_argument(call, name);

	return value == NULL || value->type != JSON_INT ? fallback : value->integer;
}

struct err *
graphql_timeline(struct graphql_call *call, struct uuid eco, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	int64_t first = int_argument(call, STR("first"), 100), version = 0;
	struct walk walk = { .call = call, .after = int_argument(call, STR("after"), 0) };
	struct store_events page;

	if (first < 1 || first > ENTRIES_MAX || walk.after < 0) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("first must be between 1 and 500, after 0 or a version"));
		return NULL;
	}
	walk.first = (size_t)first;
	walk.entries = arena_array(call->arena, struct graphql_value, walk.first);
	if (walk.entries == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	/* From the beginning, whatever was asked for: names come from the plan in force. */
	do {
		TRY(store_read_stream(
		    app->session, call->arena, eco, version, STORE_ROWS_MAX, &page));
		TRY(take_page(&walk, &page));
		version += (int64_t)page.count;
	} while (page.count == STORE_ROWS_MAX && walk.count < walk.first);
	if (walk.is_party)
		*ret = graphql_list(walk.entries, walk.count);
	return NULL;
}

static const struct entry *
entry(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
entry_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(entry(call)->stored.version);
	return NULL;
}

static struct err *
entry_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, entry(call)->stored.id));
	return NULL;
}

static struct err *
entry_type(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(entry(call)->stored.type);
	return NULL;
}

static struct err *
entry_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(instant_text(call->arena, entry(call)->stored.occurred_at));
	return NULL;
}

static struct err *
entry_recorded_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(instant_text(call->arena, entry(call)->stored.recorded_at));
	return NULL;
}

static struct err *
entry_summary(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(entry(call)->summary);
	return NULL;
}

/* People of the other side are not named across the boundary: their company is. */
static struct err *
entry_actor(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	const struct store_actor *actor = &entry(call)->stored.actor;
	struct store_organisation organisation;
	bool found;

	*ret = graphql_text(actor->name);
	if (actor->kind != STORE_ACTOR_USER ||
	    uuid_equal(actor->organisation, app->actor->organisation.id))
		return NULL;
	TRY(store_find_organisation(
	    app->session, call->arena, actor->organisation, STR(""), &found, &organisation));
	*ret = graphql_text(found ? organisation.name : STR("the other side"));
	return NULL;
}

static struct err *
entry_detail(struct graphql_call *call, struct graphql_value *ret)
{
	if (entry(call)->detail)
		*ret = graphql_raw(entry(call)->stored.payload);
	return NULL;
}

const struct graphql_binding graphql_timeline_bindings[] = {
	{ STR("TimelineEntry.version"), entry_version },
	{ STR("TimelineEntry.id"), entry_id },
	{ STR("TimelineEntry.type"), entry_type },
	{ STR("TimelineEntry.at"), entry_at },
	{ STR("TimelineEntry.recordedAt"), entry_recorded_at },
	{ STR("TimelineEntry.summary"), entry_summary },
	{ STR("TimelineEntry.actor"), entry_actor },
	{ STR("TimelineEntry.detail"), entry_detail },
};
const size_t graphql_timeline_binding_count = COUNT_OF(graphql_timeline_bindings);
