#include <stdlib.h>

#include "api/graphql_stored.h"
#include "api/graphql_wanted.h"
#include "app/change.h"
#include "app/event_vault.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"
#include "domain/directory/record.h"
#include "store/store_vault.h"

/*
 * What has happened to ECOs, as the asker may know it: of one, or of all in a place of the
 * document at once.
 *
 *	streams ─▶ events ─▶ decoded ─▶ keys of all ─▶ entries
 */

#define ENTRIES_MAX    500
#define PLAN_BYTES_MAX (32 * 1024) /* a full plan, written out */

/* Of the newest events of an ECO one is visible, unless there are more notes of the other side. */
#define TAIL_EVENTS 4
#define MORE_EVENTS 100

/* Read beyond those that are asked for, because some may not be visible. */
#define SPARE_EVENTS 16

/* One event with what the asker may know of it; the stored event comes first. */
struct entry {
	struct store_event stored;
	struct str summary;
	bool has_detail;
	struct str detail;
};

GRAPHQL_BEGINS_WITH_EVENT(entry);

/* A stored event, and what it is today. */
struct told {
	const struct store_event *stored;
	struct eco_event *events;
	size_t count;
};

/* Whether the ECO is the asker's now, as its contractor: of events of before its time. */
enum later_osp { LATER_UNKNOWN, LATER_NO, LATER_YES };

/* A walk along an ECO's stream for one viewer. */
struct walk {
	struct graphql_call *call;
	struct vault vault; /* knows the keys of what is being told */
	struct uuid eco;
	struct timeline_viewer viewer;
	const struct pager_list *plan; /* in force so far, as the viewer may read it */
	int64_t version;               /* what has been read */
	int64_t after;
	const struct graphql_timeline_end *end;
	bool ended;
	size_t first;
	struct graphql_value *entries;
	size_t count;
	bool is_party;
	enum later_osp later_osp; /* an event may be somebody else's */
	struct entry *newest;     /* when the last visible one is looked for: it */
};

/* ---- who may see what ---- */

/*
 * Whether who asks is the contractor that the ECO has now.  The rows of its predecessors
 * are there for it, as row-level security has it; they are shown with less in them.
 */
static struct err *
find_later_osp(struct walk *walk)
{
	const struct app_context *app = &graphql_asker(walk->call)->app;
	struct change_loaded *loaded;

	TRY(change_load(app->session, walk->call->arena, walk->eco, &loaded));
	walk->later_osp =
	    loaded != NULL && uuid_equal(loaded->callout.eco.osp, app->actor->organisation.id)
		? LATER_YES
		: LATER_NO;
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

/* A record of the directory is no ECO, though it is a stream: nothing is told of it. */
static bool
is_record(const struct store_event *stored)
{
	enum directory_event_type record;

	return directory_event_find(stored->type, &record);
}

static struct err *
see(struct walk *walk, const struct store_event *stored)
{
	walk->viewer = viewer_of(walk->call, stored);
	if (!walk->viewer.noc && !walk->viewer.osp && walk->later_osp == LATER_UNKNOWN)
		TRY(find_later_osp(walk));
	walk->viewer.later_osp = walk->later_osp == LATER_YES;
	walk->is_party = walk->viewer.noc || walk->viewer.osp || walk->viewer.later_osp;
	return NULL;
}

/* ---- entries ---- */

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
		TRY(vault_open_imported_plan(&walk->vault, app->session, arena, plan, &walk->plan));
	else
		TRY(vault_open_plan(&walk->vault, app->session, arena, plan, &walk->plan));
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

static struct err *
make_entry(struct walk *walk, const struct store_event *stored, struct eco_event *event,
    struct entry **ret)
{
	const struct app_context *app = &graphql_asker(walk->call)->app;
	struct entry *entry = arena_new(walk->call->arena, struct entry);

	if (entry == NULL)
		return ERR(walk->call->arena, ERR_LIMIT, "no memory left for a timeline");
	TRY(event_open(
	    &walk->vault, app->session, walk->call->arena, stored->noc, stored->osp, event));
	*entry = (struct entry){
		.stored = *stored,
		.summary = timeline_words(walk->call->arena, event, walk->plan, walk->viewer),
		.has_detail = timeline_shows_detail(event, walk->viewer),
	};
	if (entry->has_detail)
		TRY(detail_of(walk, stored, event, &entry->detail));
	*ret = entry;
	return NULL;
}

static struct err *
take(struct walk *walk, const struct store_event *stored, struct eco_event *event)
{
	struct entry *entry;

	TRY(open_plan(walk, stored, event));
	if (stored->version <= walk->after || walk->count == walk->first ||
	    !timeline_is_visible(event, walk->viewer))
		return NULL;
	TRY(make_entry(walk, stored, event, &entry));
	walk->entries[walk->count++] = graphql_object(STR("TimelineEntry"), entry);
	return NULL;
}

/* Take the ${count} events ${told} of the walk's stream, in order. */
static struct err *
take_all(struct walk *walk, const struct told *told, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct store_event *stored = told[i].stored;

		if (is_record(stored)) {
			walk->ended = true;
			return NULL;
		}
		walk->version = stored->version;
		walk->ended = stored->version > walk->end->version ||
			      !as_of_includes(&walk->end->moment, stored);
		if (walk->ended)
			return NULL;
		TRY(see(walk, stored));
		walk->ended = !walk->is_party;
		if (walk->ended)
			return NULL;
		for (size_t k = 0; k < told[i].count; k++)
			TRY(take(walk, stored, &told[i].events[k]));
	}
	return NULL;
}

/* ---- many streams ---- */

/* What was read of many streams: decoded, with the keys that it takes to tell it. */
struct telling {
	struct told *at;
	size_t count;
	struct vault vault;
};

static struct err *
decode(struct graphql_call *call, const struct store_event *stored, struct told *ret)
{
	struct codec_events events;
	struct str reason;

	*ret = (struct told){ .stored = stored };
	if (is_record(stored))
		return NULL;
	if (!codec_decode_events(call->arena, stored->type, stored->schema_version,
		stored->occurred_at, stored->payload, &events, &reason))
		return ERR(call->arena, ERR_CORRUPT, "cannot read an event: %.*s", STR_ARG(reason));
	ret->events = arena_array(call->arena, struct eco_event, events.count + 1);
	if (ret->events == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	for (size_t i = 0; i < events.count; i++)
		ret->events[i] = events.at[i];
	ret->count = events.count;
	return NULL;
}

/* Whose keys it may take to tell ${told}: into ${people}, of which there is room for enough. */
static size_t
note_people(const struct graphql_call *call, const struct told *told, struct uuid *people)
{
	struct uuid asker = graphql_asker(call)->app.actor->organisation.id;
	size_t count = 0;

	for (size_t i = 0; i < told->count; i++) {
		const struct eco_event *event = &told->events[i];

		if (event_may_be_private(event)) {
			people[count++] = told->stored->noc;
			people[count++] = told->stored->osp;
		}
		if (event->type != ECO_EVENT_PAGER_DISPATCHED ||
		    !uuid_equal(told->stored->osp, asker))
			continue;
		for (size_t k = 0; k < event->pager_dispatched.plan->count; k++)
			people[count++] = event->pager_dispatched.plan->people[k].id;
	}
	return count;
}

/* Room for the people of one event. */
#define PEOPLE_MAX (CODEC_EVENTS_MAX * (ROSTER_PEOPLE_MAX + 2))

static struct err *
look_up_keys(struct graphql_call *call, struct telling *telling)
{
	const struct app_context *app = &graphql_asker(call)->app;
	size_t count = 0, capacity = 0;
	struct uuid *all, people[PEOPLE_MAX];

	for (size_t i = 0; i < telling->count; i++)
		capacity += note_people(call, &telling->at[i], people);
	telling->vault = *app->vault;
	if (capacity == 0)
		return NULL;
	all = arena_array(call->arena, struct uuid, capacity);
	if (all == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	for (size_t i = 0; i < telling->count; i++)
		count += note_people(call, &telling->at[i], &all[count]);
	return vault_look_up(app->vault, app->session, call->arena, all, count, &telling->vault);
}

static struct err *
read_telling(
    struct graphql_call *call, const struct store_streams_query *query, struct telling *ret)
{
	struct store_events events;

	TRY(store_read_streams(graphql_asker(call)->app.session, call->arena, query, &events));
	*ret = (struct telling){
		.at = arena_array(call->arena, struct told, events.count + 1),
		.count = events.count,
	};
	if (ret->at == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	for (size_t i = 0; i < events.count; i++)
		TRY(decode(call, &events.at[i], &ret->at[i]));
	return look_up_keys(call, ret);
}

/* How many of what is told from ${from} on are of ${stream}. */
static size_t
count_of(const struct telling *telling, size_t from, struct uuid stream)
{
	size_t count = 0;

	while (from + count < telling->count &&
	       uuid_equal(telling->at[from + count].stored->stream, stream))
		count++;
	return count;
}

/* ---- timelines ---- */

/* The integer argument ${name}, or its default when null was given. */
static int64_t
int_argument(const struct graphql_call *call, struct str name, int64_t fallback)
{
	const struct json *value = graphql_argument(call, name);

	return value == NULL || value->type != JSON_INT ? fallback : value->integer;
}

/* Read the arguments into ${ret}; false after graphql_fail(). */
static bool
read_arguments(struct graphql_call *call, struct walk *ret)
{
	int64_t first = int_argument(call, STR("first"), 100);

	*ret = (struct walk){ .call = call, .after = int_argument(call, STR("after"), 0) };
	if (first < 1 || first > ENTRIES_MAX || ret->after < 0) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("first must be between 1 and 500, after 0 or a version"));
		return false;
	}
	ret->first = (size_t)first;
	return true;
}

/* How many events of each of ${count} streams are read: as many as are asked for, if possible. */
static size_t
events_at_once(const struct walk *walk, size_t count)
{
	size_t each = STORE_BATCH_MAX / count;
	int64_t asked = walk->after + (int64_t)walk->first + SPARE_EVENTS;

	if (each > STORE_ROWS_MAX)
		each = STORE_ROWS_MAX;
	return asked < (int64_t)each ? (size_t)asked : each;
}

/*
 * One round over all ${walks} that have not come to their end: the next events of each, from
 * the beginning, whatever was asked for, because names come from the plan in force.
 */
static struct err *
walk_on(struct graphql_call *call, struct walk *walks, size_t count, bool *ret_more)
{
	struct store_stretch *stretches = arena_array(call->arena, struct store_stretch, count + 1);
	struct walk **walking = arena_array(call->arena, struct walk *, count + 1);
	struct store_streams_query query = { .stretches = stretches };
	struct telling telling;
	size_t at = 0;

	if (stretches == NULL || walking == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	for (size_t i = 0; i < count && query.count < STORE_ROWS_MAX; i++) {
		if (walks[i].ended)
			continue;
		walking[query.count] = &walks[i];
		stretches[query.count++] =
		    (struct store_stretch){ walks[i].eco, walks[i].version, walks[i].end->version };
	}
	*ret_more = query.count > 0;
	if (!*ret_more)
		return NULL;
	query.each = events_at_once(walking[0], query.count);
	TRY(read_telling(call, &query, &telling));
	for (size_t i = 0; i < query.count; i++) {
		size_t found = count_of(&telling, at, walking[i]->eco);

		walking[i]->vault = telling.vault;
		TRY(take_all(walking[i], &telling.at[at], found));
		walking[i]->ended |= found < query.each || walking[i]->count == walking[i]->first;
		at += found;
	}
	return NULL;
}

struct err *
graphql_timeline(struct graphql_call *call, struct uuid eco, const struct graphql_timeline_end *end,
    struct graphql_value *ret)
{
	struct walk walk;
	bool more = true;

	if (!read_arguments(call, &walk))
		return NULL;
	walk.eco = eco;
	walk.end = end;
	walk.entries = arena_array(call->arena, struct graphql_value, walk.first);
	if (walk.entries == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a timeline");
	while (more)
		TRY(walk_on(call, &walk, 1, &more));
	if (walk.is_party)
		*ret = graphql_list(walk.entries, walk.count);
	return NULL;
}

/* ---- of all ECOs of a place at once ---- */

/* The ECOs of a batch, each once. */
struct ecos {
	struct graphql_wanted ids;
	const struct graphql_eco **at; /* of each id */
	struct graphql_timeline_end *ends;
};

static struct err *
collect(struct graphql_batch *batch, struct ecos *ret)
{
	struct arena *arena = batch->call.arena;

	TRY(graphql_wanted_begin(batch, batch->count, &ret->ids));
	ret->at = arena_array(arena, const struct graphql_eco *, batch->count);
	ret->ends = arena_array(arena, struct graphql_timeline_end, batch->count);
	if (ret->at == NULL || ret->ends == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for timelines");
	for (size_t i = 0; i < batch->count; i++)
		graphql_wanted_add(
		    &ret->ids, ((const struct graphql_eco *)batch->parents[i])->row.eco);
	graphql_wanted_sort(&ret->ids);
	for (size_t i = 0; i < batch->count; i++) {
		const struct graphql_eco *eco = batch->parents[i];
		size_t place = graphql_wanted_place(&ret->ids, eco->row.eco);

		ret->at[place] = eco;
		ret->ends[place] = (struct graphql_timeline_end){
			.moment = { .kind = AS_OF_NOW },
			.version = eco->past ? eco->row.version : INT64_MAX,
		};
	}
	return NULL;
}

/* A walk along the stream of ECO ${index}; its row says whose it is now. */
static struct walk
walk_of(const struct ecos *ecos, size_t index, const struct walk *arguments)
{
	const struct graphql_eco *eco = ecos->at[index];
	struct uuid asker = graphql_asker(arguments->call)->app.actor->organisation.id;
	struct walk walk = *arguments;

	walk.eco = eco->row.eco;
	walk.end = &ecos->ends[index];
	walk.later_osp = uuid_equal(eco->row.osp, asker) ? LATER_YES : LATER_NO;
	return walk;
}

static void
hand_out(struct graphql_batch *batch, const struct ecos *ecos)
{
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_wanted_value(
		    &ecos->ids, ((const struct graphql_eco *)batch->parents[i])->row.eco);
}

static struct err *
eco_timelines(struct graphql_batch *batch)
{
	struct graphql_call *call = &batch->call;
	struct walk arguments, *walks;
	struct ecos ecos;
	bool more = true;

	if (!read_arguments(call, &arguments))
		return NULL;
	TRY(collect(batch, &ecos));
	walks = arena_array(call->arena, struct walk, ecos.ids.count);
	if (walks == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for timelines");
	for (size_t i = 0; i < ecos.ids.count; i++) {
		walks[i] = walk_of(&ecos, i, &arguments);
		walks[i].entries = arena_array(call->arena, struct graphql_value, walks[i].first);
		if (walks[i].entries == NULL)
			return ERR(call->arena, ERR_LIMIT, "no memory left for timelines");
	}
	while (more)
		TRY(walk_on(call, walks, ecos.ids.count, &more));
	for (size_t i = 0; i < ecos.ids.count; i++)
		ecos.ids.values[i] = graphql_list(walks[i].entries, walks[i].count);
	hand_out(batch, &ecos);
	return NULL;
}

/* ---- last events ---- */

/*
 * The newest of ${told}, of one stream, from ${from} on, that the asker may see; what is before
 * is there for the plan in force.
 */
static struct err *
take_newest(struct walk *walk, const struct told *told, size_t count, size_t from)
{
	const struct store_event *stored = NULL;
	struct eco_event *newest = NULL;
	const struct pager_list *plan = NULL;
	struct timeline_viewer viewer = { .noc = false };

	for (size_t i = 0; i < count; i++) {
		TRY(see(walk, told[i].stored));
		for (size_t k = 0; k < told[i].count && walk->is_party; k++) {
			struct eco_event *event = &told[i].events[k];

			TRY(open_plan(walk, told[i].stored, event));
			if (i < from || !timeline_is_visible(event, walk->viewer))
				continue;
			stored = told[i].stored;
			newest = event;
			plan = walk->plan;
			viewer = walk->viewer;
		}
	}
	if (newest == NULL)
		return NULL;
	walk->plan = plan;
	walk->viewer = viewer;
	return make_entry(walk, stored, newest, &walk->newest);
}

/* One round over all walks that have found nothing: the next older events of each. */
static struct err *
look_back(struct graphql_call *call, struct walk *walks, size_t count,
    const struct store_streams_query *how, bool *ret_more)
{
	struct store_stretch *stretches = arena_array(call->arena, struct store_stretch, count + 1);
	struct walk **walking = arena_array(call->arena, struct walk *, count + 1);
	struct store_streams_query query = *how;
	struct telling telling;
	size_t at = 0, each = how->each;

	if (stretches == NULL || walking == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for last events");
	query.stretches = stretches;
	for (size_t i = 0; i < count && (query.count + 1) * each <= STORE_BATCH_MAX &&
			   query.count < STORE_ROWS_MAX;
	     i++) {
		if (walks[i].ended)
			continue;
		walking[query.count] = &walks[i];
		stretches[query.count++] =
		    (struct store_stretch){ walks[i].eco, 0, walks[i].version };
	}
	*ret_more = query.count > 0;
	if (!*ret_more)
		return NULL;
	TRY(read_telling(call, &query, &telling));
	for (size_t i = 0; i < query.count; i++) {
		size_t found = count_of(&telling, at, walking[i]->eco);
		struct walk *walk = walking[i];

		walk->vault = telling.vault;
		TRY(take_newest(walk, &telling.at[at], found, found > each ? 1 : 0));
		/* What came before all that was read, the event of the plan apart. */
		if (found > each)
			walk->version = telling.at[at + 1].stored->version - 1;
		else if (found > 0)
			walk->version = telling.at[at].stored->version - 1;
		walk->ended = walk->newest != NULL || found < each || walk->version == 0;
		at += found;
	}
	return NULL;
}

static struct err *
eco_last_events(struct graphql_batch *batch)
{
	struct graphql_call *call = &batch->call;
	struct walk arguments = { .call = call }, *walks;
	struct store_streams_query how = { .each = TAIL_EVENTS, .newest = true };
	struct ecos ecos;
	bool more = true;

	TRY(collect(batch, &ecos));
	walks = arena_array(call->arena, struct walk, ecos.ids.count);
	if (walks == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for last events");
	for (size_t i = 0; i < ecos.ids.count; i++) {
		walks[i] = walk_of(&ecos, i, &arguments);
		walks[i].version = walks[i].end->version;
		/* Names come from the plan in force, for who may read them. */
		if (walks[i].later_osp == LATER_YES)
			how.also_type = eco_event_name(ECO_EVENT_PAGER_DISPATCHED);
	}
	while (more) {
		TRY(look_back(call, walks, ecos.ids.count, &how, &more));
		how.each = MORE_EVENTS;
	}
	for (size_t i = 0; i < ecos.ids.count; i++) {
		if (walks[i].newest != NULL)
			ecos.ids.values[i] = graphql_object(STR("TimelineEntry"), walks[i].newest);
	}
	hand_out(batch, &ecos);
	return NULL;
}

/* ---- TimelineEntry ---- */

static const struct entry *
entry(const struct graphql_call *call)
{
	return call->parent;
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

/*
 * Who did it.  A user by the handle that the directory has now: events do not say who somebody
 * is, only which user.  Those of before do, and are asked when the directory knows nothing.
 * People of the other side are not named across the boundary: their company is.
 */
static struct str
name_of(const struct store_actor *actor, struct uuid asker, const struct graphql_wanted *users,
    const struct graphql_wanted *organisations)
{
	struct graphql_value found;

	if (actor->kind != STORE_ACTOR_USER)
		return actor->name;
	if (uuid_equal(actor->organisation, asker)) {
		found = graphql_wanted_value(users, actor->user);
		if (found.type == GRAPHQL_TEXT)
			return found.text;
		return str_empty(actor->name) ? STR("somebody") : actor->name;
	}
	found = graphql_wanted_value(organisations, actor->organisation);
	if (found.type == GRAPHQL_OBJECT)
		return ((const struct store_organisation *)found.object.data)->name;
	return STR("the other side");
}

static struct err *
entry_actors(struct graphql_batch *batch)
{
	struct uuid asker = graphql_asker(&batch->call)->app.actor->organisation.id;
	struct graphql_wanted users, organisations;

	TRY(graphql_wanted_begin(batch, batch->count, &users));
	TRY(graphql_wanted_begin(batch, batch->count, &organisations));
	for (size_t i = 0; i < batch->count; i++) {
		const struct store_actor *actor =
		    &((const struct entry *)batch->parents[i])->stored.actor;

		if (actor->kind != STORE_ACTOR_USER)
			continue;
		if (uuid_equal(actor->organisation, asker))
			graphql_wanted_add(&users, actor->user);
		else
			graphql_wanted_add(&organisations, actor->organisation);
	}
	TRY(graphql_wanted_users(&users));
	TRY(graphql_wanted_organisations(&organisations));
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] =
		    graphql_text(name_of(&((const struct entry *)batch->parents[i])->stored.actor,
			asker, &users, &organisations));
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
	{ STR("TimelineEntry.version"), graphql_stored_version },
	{ STR("TimelineEntry.position"), graphql_stored_position },
	{ STR("TimelineEntry.id"), graphql_stored_id },
	{ STR("TimelineEntry.type"), graphql_stored_type },
	{ STR("TimelineEntry.at"), graphql_stored_at },
	{ STR("TimelineEntry.recordedAt"), entry_recorded_at },
	{ STR("TimelineEntry.summary"), entry_summary },
	{ STR("TimelineEntry.detail"), entry_detail },
};
const size_t graphql_timeline_binding_count = COUNT_OF(graphql_timeline_bindings);

const struct graphql_batch_binding graphql_timeline_loaders[] = {
	{ STR("Eco.timeline"), eco_timelines },
	{ STR("Eco.lastEvent"), eco_last_events },
	{ STR("TimelineEntry.actor"), entry_actors },
};
const size_t graphql_timeline_loader_count = COUNT_OF(graphql_timeline_loaders);
