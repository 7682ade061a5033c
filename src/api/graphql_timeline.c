#include "api/graphql_eco.h"
#include "app/change.h"
#include "app/event_vault.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"
#include "domain/directory/record.h"
#include "store/store_vault.h"

#define ENTRIES_MAX    500
#define PLAN_BYTES_MAX (32 * 1024) /* a full plan, written out */

/* The handles of the users of one timeline: found for all of them at once, when first asked for. */
struct names {
	struct uuid users[ENTRIES_MAX];
	size_t user_count;
	struct store_user_name known[ENTRIES_MAX];
	size_t known_count;
	bool looked;
};

/* One event with what the asker may know of it. */
struct entry {
	struct store_event stored;
	struct str summary;
	bool has_detail;
	struct str detail;
	struct names *names;
};

/* A walk along an ECO's stream for one viewer. */
struct walk {
	struct graphql_call *call;
	struct timeline_viewer viewer;
	const struct pager_list *plan; /* in force so far, as the viewer may read it */
	struct names *names;
	int64_t after;
	const struct graphql_timeline_end *end;
	bool ended;
	size_t first;
	struct graphql_value *entries;
	size_t count;
	bool is_party;
	bool is_later_osp; /* the ECO is the asker's now, the event was somebody else's */
};

/*
 * Whether who asks is the contractor that the ECO has now.  The rows of its predecessors
 * are there for it, as row-level security has it; they are shown with less in them.
 */
static struct err *
find_later_osp(struct walk *walk, struct uuid eco, bool *ret)
{
	const struct app_context *app = &graphql_asker(walk->call)->app;
	struct change_loaded *loaded;

	TRY(change_load(app->session, walk->call->arena, eco, &loaded));
	*ret = loaded != NULL && uuid_equal(loaded->callout.eco.osp, app->actor->organisation.id);
	return NULL;
}

static struct timeline_viewer
viewer_of(const struct graphql_call *call, const struct store_event *stored)
{
	struct uuid organisation = graphql_asker(call)->app.actor->organisation.id;

	return (struct timeline_viewer){
		.noc = uuid_equal(stored->noc, organisation),
		.osp = uuid_equal(stored->osp, organisation),
	};
}

/*
 * The plan of a round, for who may read it: people's texts are opened as they are
 * shown, and nowhere kept.
 */
static struct err *
open_plan(struct walk *walk, const struct store_event *stored, struct eco_event *event)
{
	const struct app_context *app = &graphql_asker(walk->call)->app;
	struct arena *arena = walk->call->arena;
	const struct pager_list *plan = event->pager_dispatched.plan;

	if (event->type != ECO_EVENT_PAGER_DISPATCHED)
		return NULL;
	walk->plan = NULL;
	if (!walk->viewer.osp)
		return NULL;
	if (stored->imported)
		TRY(vault_open_imported_plan(app->vault, app->session, arena, plan, &walk->plan));
	else
		TRY(vault_open_plan(app->vault, app->session, arena, plan, &walk->plan));
	event->pager_dispatched.plan = walk->plan;
	return NULL;
}

/* What was stored; but what was sealed is shown as it was opened. */
static struct err *
detail_of(struct walk *walk, const struct store_event *stored, const struct eco_event *event,
    struct str *ret)
{
	struct buf buf;

	*ret = stored->payload;
	if (event->type != ECO_EVENT_PAGER_DISPATCHED && !event_may_be_private(event))
		return NULL;
	buf = buf_in(walk->call->arena, PLAN_BYTES_MAX);
	codec_encode_event(event, &buf);
	if (buf.overflowed)
		return ERR(walk->call->arena, ERR_LIMIT, "no memory left for a timeline");
	*ret = buf_view(&buf);
	return NULL;
}

/* Who did it is looked up later, when somebody asks. */
static void
note_user(struct names *names, const struct store_actor *actor)
{
	if (actor->kind != STORE_ACTOR_USER)
		return;
	for (size_t i = 0; i < names->user_count; i++) {
		if (uuid_equal(names->users[i], actor->user))
			return;
	}
	CHECK(names->user_count < ENTRIES_MAX);
	names->users[names->user_count++] = actor->user;
}

static struct err *
take(struct walk *walk, const struct store_event *stored, struct eco_event *event)
{
	const struct app_context *app = &graphql_asker(walk->call)->app;
	struct entry *entry;

	TRY(open_plan(walk, stored, event));
	if (stored->version <= walk->after || walk->count == walk->first ||
	    !timeline_is_visible(event, walk->viewer))
		return NULL;
	TRY(event_open(
	    app->vault, app->session, walk->call->arena, stored->noc, stored->osp, event));
	entry = arena_new(walk->call->arena, struct entry);
	if (entry == NULL)
		return ERR(walk->call->arena, ERR_LIMIT, "no memory left for a timeline");
	*entry = (struct entry){
		.stored = *stored,
		.summary = timeline_words(walk->call->arena, event, walk->plan, walk->viewer),
		.has_detail = timeline_shows_detail(event, walk->viewer),
		.names = walk->names,
	};
	if (entry->has_detail)
		TRY(detail_of(walk, stored, event, &entry->detail));
	note_user(walk->names, &stored->actor);
	walk->entries[walk->count++] = graphql_object(STR("TimelineEntry"), entry);
	return NULL;
}

static struct err *
take_page(struct walk *walk, const struct store_events *page)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct store_event *stored = &page->at[i];
		enum directory_event_type record;
		struct codec_events events;
		struct str reason;

		/* A record of the directory is no ECO, though it is a stream. */
		if (stored->version == 1 && directory_event_find(stored->type, &record))
			return NULL;
		walk->ended = stored->version > walk->end->version ||
			      !as_of_includes(&walk->end->moment, stored);
		if (walk->ended)
			return NULL;
		walk->viewer = viewer_of(walk->call, stored);
		if (!walk->viewer.noc && !walk->viewer.osp && !walk->is_later_osp)
			TRY(find_later_osp(walk, stored->stream, &walk->is_later_osp));
		walk->viewer.later_osp = walk->is_later_osp;
		walk->is_party = walk->viewer.noc || walk->viewer.osp || walk->viewer.later_osp;
		if (!walk->is_party)
			return NULL;
		if (!codec_decode_events(walk->call->arena, stored->type, stored->schema_version,
			stored->occurred_at, stored->payload, &events, &reason))
			return ERR(walk->call->arena, ERR_CORRUPT, "cannot read an event: %.*s",
			    STR_ARG(reason));
		for (size_t k = 0; k < events.count; k++)
			TRY(take(walk, stored, &events.at[k]));
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
graphql_timeline(struct graphql_call *call, struct uuid eco, const struct graphql_timeline_end *end,
    struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	int64_t first = int_argument(call, STR("first"), 100), version = 0;
	struct walk walk = {
		.call = call, .after = int_argument(call, STR("after"), 0), .end = end
	};
	struct store_events page;

	if (first < 1 || first > ENTRIES_MAX || walk.after < 0) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("first must be between 1 and 500, after 0 or a version"));
		return NULL;
	}
	walk.first = (size_t)first;
	walk.entries = arena_array(call->arena, struct graphql_value, walk.first);
	walk.names = arena_new(call->arena, struct names);
	if (walk.entries == NULL || walk.names == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	/* From the beginning, whatever was asked for: names come from the plan in force. */
	do {
		TRY(store_read_stream(
		    app->session, call->arena, eco, version, STORE_ROWS_MAX, &page));
		TRY(take_page(&walk, &page));
		version += (int64_t)page.count;
	} while (page.count == STORE_ROWS_MAX && !walk.ended && walk.count < walk.first);
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

/* A position is 64 bits wide; a client's number may not be. */
static struct err *
entry_position(struct graphql_call *call, struct graphql_value *ret)
{
	int64_t position = entry(call)->stored.position;

	if (position > 0)
		*ret = graphql_text(arena_printf(call->arena, "%lld", (long long)position));
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

/* The handles of all users of the timeline, in as few queries as the store takes. */
static struct err *
find_names(struct graphql_call *call, struct names *names)
{
	const struct app_context *app = &graphql_asker(call)->app;
	size_t found;

	for (size_t i = 0; i < names->user_count && !names->looked; i += STORE_KEYS_MAX) {
		size_t left = names->user_count - i;

		TRY(store_find_users(app->session, call->arena, &names->users[i],
		    left < STORE_KEYS_MAX ? left : STORE_KEYS_MAX,
		    &names->known[names->known_count], &found));
		names->known_count += found;
	}
	names->looked = true;
	return NULL;
}

/*
 * A user by the handle that the directory has now: events do not say who somebody
 * is, only which user.  Those of before do, and are asked when the directory knows
 * nothing.
 */
static struct err *
user_name(struct graphql_call *call, const struct store_actor *actor, struct str *ret)
{
	struct names *names = entry(call)->names;

	TRY(find_names(call, names));
	*ret = str_empty(actor->name) ? STR("somebody") : actor->name;
	for (size_t i = 0; i < names->known_count; i++) {
		if (uuid_equal(names->known[i].user, actor->user))
			*ret = names->known[i].handle;
	}
	return NULL;
}

/* People of the other side are not named across the boundary: their company is. */
static struct err *
entry_actor(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	const struct store_actor *actor = &entry(call)->stored.actor;
	struct store_organisation organisation;
	struct str name = actor->name;
	bool found;

	if (actor->kind != STORE_ACTOR_USER) {
		*ret = graphql_text(name);
		return NULL;
	}
	if (uuid_equal(actor->organisation, app->actor->organisation.id)) {
		TRY(user_name(call, actor, &name));
		*ret = graphql_text(name);
		return NULL;
	}
	TRY(store_find_organisation(
	    app->session, call->arena, actor->organisation, STR(""), &found, &organisation));
	*ret = graphql_text(found ? organisation.name : STR("the other side"));
	return NULL;
}

static struct err *
entry_detail(struct graphql_call *call, struct graphql_value *ret)
{
	if (entry(call)->has_detail)
		*ret = graphql_raw(entry(call)->detail);
	return NULL;
}

const struct graphql_binding graphql_timeline_bindings[] = {
	{ STR("TimelineEntry.version"), entry_version },
	{ STR("TimelineEntry.position"), entry_position },
	{ STR("TimelineEntry.id"), entry_id },
	{ STR("TimelineEntry.type"), entry_type },
	{ STR("TimelineEntry.at"), entry_at },
	{ STR("TimelineEntry.recordedAt"), entry_recorded_at },
	{ STR("TimelineEntry.summary"), entry_summary },
	{ STR("TimelineEntry.actor"), entry_actor },
	{ STR("TimelineEntry.detail"), entry_detail },
};
const size_t graphql_timeline_binding_count = COUNT_OF(graphql_timeline_bindings);
