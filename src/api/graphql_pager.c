#include "api/graphql_live.h"
#include "api/graphql_record.h"
#include "api/graphql_stored.h"
#include "app/change.h"
#include "codec/event_codec.h"
#include "codec/timeline.h"

#define ENTRIES_MAX 500

GRAPHQL_BEGINS_WITH_EVENT(graphql_pager_entry);

/* Of so many attempts, the newest, it is remembered who was rung: news of them comes late. */
#define ATTEMPTS_KEPT 128

struct attempt {
	int64_t number, loop, contact, step;
	enum page_channel channel;
	struct uuid person;
	struct instant at, deadline;
};

/* A walk along an ECO's stream for one viewer, with what the ring-down has come to. */
struct walk {
	struct graphql_asker *asker;
	struct arena *arena;
	const struct graphql_pager_query *query;
	struct graphql_pager_entries *found;
	struct timeline_viewer viewer;
	bool is_later_osp, ended;
	const struct pager_list *plan; /* in force, as the viewer may read it */
	int64_t round;
	struct attempt attempts[ATTEMPTS_KEPT];
	bool is_planned;        /* the next round, or attempt, was to begin ... */
	struct instant planned; /* ... then */
};

/* ---- what the events come to ---- */

static struct attempt *
attempt_of(struct walk *walk, int64_t number)
{
	struct attempt *attempt = &walk->attempts[number % ATTEMPTS_KEPT];

	return number > 0 && attempt->number == number ? attempt : NULL;
}

static void
plan_for(struct walk *walk, struct instant when)
{
	walk->is_planned = true;
	walk->planned = when;
}

static int64_t
seconds_between(struct instant from, struct instant to)
{
	return instant_since(to, from).us / 1000000;
}

/* How far behind the plan something is that was to happen at ${due}; ahead of it is in time. */
static void
set_late(struct graphql_pager_entry *entry, struct instant due, struct instant when)
{
	int64_t seconds = seconds_between(due, when);

	entry->has_late = true;
	entry->late_s = seconds > 0 ? seconds : 0;
}

static void
begin_attempt(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	const struct eco_page_attempted *e = &event->page_attempted;

	if (e->attempt > 0)
		walk->attempts[e->attempt % ATTEMPTS_KEPT] = (struct attempt){ e->attempt, e->loop,
			e->contact, e->step, e->channel, e->person, event->at, e->deadline };
	entry->attempt = e->attempt;
	set_late(entry, e->planned, event->at);
	walk->is_planned = false;
}

/* An entry of attempt ${number}, and nothing else. */
static bool
is_of(struct graphql_pager_entry *entry, int64_t number)
{
	entry->attempt = number;
	return true;
}

static bool
move_deadline(struct walk *walk, const struct eco_page_progress *e, struct graphql_pager_entry *ret)
{
	struct attempt *attempt = attempt_of(walk, e->attempt);

	if (attempt != NULL)
		attempt->deadline = e->deadline;
	return is_of(ret, e->attempt);
}

/* An attempt that has come to nothing; the next one begins at once. */
static void
end_attempt(struct walk *walk, int64_t number, const struct eco_event *event,
    struct graphql_pager_entry *entry)
{
	const struct attempt *attempt = attempt_of(walk, number);

	entry->attempt = number;
	if (attempt != NULL && event->type == ECO_EVENT_PAGE_NOT_REACHED)
		set_late(entry, attempt->deadline, event->at);
	plan_for(walk, event->at);
}

static void
begin_round(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	walk->round = event->pager_dispatched.round;
	if (walk->is_planned)
		set_late(entry, walk->planned, event->at);
	plan_for(walk, event->at);
}

static void
note_placed(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	const struct attempt *attempt = attempt_of(walk, event->page_placed.attempt);

	entry->attempt = event->page_placed.attempt;
	entry->provider_id = event->page_placed.provider_id;
	if (attempt != NULL)
		set_late(entry, attempt->at, event->at);
}

static void
note_retry(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	entry->has_retry = true;
	entry->retry_at = event->pager_retry_scheduled.at;
	plan_for(walk, entry->retry_at);
}

/* ${event} as an entry, and what it means for those that follow.  False: it is none. */
static bool
take_in(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	/* clang-format off */
	switch (event->type) {
	case ECO_EVENT_CREATED:
	case ECO_EVENT_OSP_ENGAGED:
		plan_for(walk, event->at);
		return false;
	case ECO_EVENT_PAGER_DISPATCHED:
		begin_round(walk, event, entry);
		return true;
	case ECO_EVENT_PAGE_ATTEMPTED:
		begin_attempt(walk, event, entry);
		return true;
	case ECO_EVENT_PAGE_PLACED:
		note_placed(walk, event, entry);
		return true;
	case ECO_EVENT_PAGE_ANSWERED:
		return move_deadline(walk, &event->page_answered, entry);
	case ECO_EVENT_PAGE_DELIVERED:
		return move_deadline(walk, &event->page_delivered, entry);
	case ECO_EVENT_PAGE_ETA_ASKED:
		return move_deadline(walk, &event->page_eta_asked, entry);
	case ECO_EVENT_PAGE_NOT_REACHED:
		end_attempt(walk, event->page_not_reached.attempt, event, entry);
		entry->reason = eco_word_name(&page_miss_words, event->page_not_reached.reason);
		return true;
	case ECO_EVENT_PAGE_ACCEPTED:
		entry->eta_minutes = event->page_accepted.eta_minutes;
		return is_of(entry, event->page_accepted.attempt);
	case ECO_EVENT_PAGE_DECLINED:
		end_attempt(walk, event->page_declined.attempt, event, entry);
		return true;
	case ECO_EVENT_PAGE_ACCEPTED_TOO_LATE:
		return is_of(entry, event->page_too_late.attempt);
	case ECO_EVENT_PAGE_TEXT_DELIVERED:
		return is_of(entry, event->page_text_delivered.attempt);
	case ECO_EVENT_ARRIVAL_ASKED:
		return is_of(entry, event->arrival_asked.attempt);
	case ECO_EVENT_ETA_CHANGED:
		entry->eta_minutes = event->eta_changed.eta_minutes;
		return is_of(entry, event->eta_changed.attempt);
	case ECO_EVENT_PAGER_RESUMED:
		entry->reason = eco_word_name(&pager_resume_words, event->pager_resumed.reason);
		return is_of(entry, event->pager_resumed.attempt);
	case ECO_EVENT_PAGER_EXHAUSTED:
		walk->is_planned = false;
		return true;
	case ECO_EVENT_PAGER_RETRY_SCHEDULED:
		note_retry(walk, event, entry);
		return true;
	case ECO_EVENT_PAGER_STOPPED:
		entry->reason = eco_word_name(&pager_stop_words, event->pager_stopped.reason);
		return true;
	case ECO_EVENT_RENDER_SUBSECTOR_CREATED: case ECO_EVENT_RENDER_TASKED:
	case ECO_EVENT_RENDER_TASKING_FAILED: case ECO_EVENT_RENDER_TASK_OBSERVED:
	case ECO_EVENT_RENDER_SYNC_DEGRADED: case ECO_EVENT_RENDER_SYNC_RECOVERED:
	case ECO_EVENT_NOC_ALERTED: case ECO_EVENT_NOC_ALERT_FAILED:
	case ECO_EVENT_WORK_STARTED: case ECO_EVENT_STATUS_COMPLETED:
	case ECO_EVENT_REACTIVATED: case ECO_EVENT_CLOSED:
	case ECO_EVENT_CANCELLED: case ECO_EVENT_NOTE_ADDED:
	case ECO_EVENT_CREW_EN_ROUTE: case ECO_EVENT_CREW_ON_SITE:
	case ECO_EVENT_FAILOVER_FAILED:
	case ECO_EVENT_OSP_RELIEVED: case ECO_EVENT_COUNT:
		return false;
	}
	/* clang-format on */
	UNREACHABLE("eco event");
}

/* ---- what the viewer may know ---- */

static struct str
label_of(const struct walk *walk, struct uuid person)
{
	for (size_t i = 0; walk->plan != NULL && i < walk->plan->count; i++) {
		if (uuid_equal(walk->plan->people[i].id, person))
			return walk->plan->people[i].label;
	}
	return STR("");
}

/* People and the provider's words are the OSP's; that it happened, and to which contact, both's. */
static void
show(struct walk *walk, const struct eco_event *event, struct graphql_pager_entry *entry)
{
	const struct attempt *attempt = attempt_of(walk, entry->attempt);
	bool detail = timeline_shows_detail(event, walk->viewer);

	entry->round = walk->round;
	entry->summary = timeline_words(walk->arena, event, walk->plan, walk->viewer);
	if (attempt != NULL)
		entry->contact = attempt->contact;
	if (attempt != NULL && detail) {
		entry->loop = attempt->loop;
		entry->step = attempt->step;
		entry->channel = eco_word_name(&page_channel_words, attempt->channel);
		entry->person = label_of(walk, attempt->person);
	}
	if (!detail)
		entry->provider_id = STR("");
	if (detail && event->type == ECO_EVENT_PAGE_DECLINED && event->page_declined.reason > 0)
		entry->reason =
		    arena_printf(walk->arena, "%lld", (long long)event->page_declined.reason);
}

static struct err *
open_plan(struct walk *walk, const struct store_event *stored, struct eco_event *event)
{
	const struct app_context *app = &walk->asker->app;
	const struct pager_list *plan = event->pager_dispatched.plan;

	if (event->type != ECO_EVENT_PAGER_DISPATCHED)
		return NULL;
	walk->plan = NULL;
	if (!walk->viewer.osp)
		return NULL;
	if (stored->imported)
		TRY(vault_open_imported_plan(
		    app->vault, app->session, walk->arena, plan, &walk->plan));
	else
		TRY(vault_open_plan(app->vault, app->session, walk->arena, plan, &walk->plan));
	event->pager_dispatched.plan = walk->plan;
	return NULL;
}

static bool
is_wanted(const struct walk *walk, const struct store_event *stored)
{
	return stored->version > walk->query->after_version &&
	       (walk->query->after_position == 0 || stored->position > walk->query->after_position);
}

static struct err *
take(struct walk *walk, const struct store_event *stored, struct eco_event *event)
{
	struct graphql_pager_entry *entry = arena_new(walk->arena, struct graphql_pager_entry);

	if (entry == NULL)
		return ERR(walk->arena, ERR_LIMIT, "no memory left for a pager timeline");
	TRY(open_plan(walk, stored, event));
	entry->stored = *stored;
	entry->stored.type = eco_event_name(event->type);
	if (!take_in(walk, event, entry) || !is_wanted(walk, stored))
		return NULL;
	show(walk, event, entry);
	walk->found->at[walk->found->count++] = entry;
	walk->ended = walk->found->count == walk->query->limit;
	return NULL;
}

/* ---- along the stream ---- */

/* Whether who asks is the contractor that the ECO has now: see graphql_timeline(). */
static struct err *
find_later_osp(struct walk *walk, struct uuid eco, bool *ret)
{
	const struct app_context *app = &walk->asker->app;
	struct change_loaded *loaded;

	TRY(change_load(app->session, walk->arena, eco, &loaded));
	*ret = loaded != NULL && uuid_equal(loaded->callout.eco.osp, app->actor->organisation.id);
	return NULL;
}

static struct err *
look(struct walk *walk, const struct store_event *stored)
{
	struct uuid organisation = walk->asker->app.actor->organisation.id;
	struct timeline_viewer *viewer = &walk->viewer;

	*viewer = (struct timeline_viewer){
		.noc = uuid_equal(stored->noc, organisation),
		.osp = uuid_equal(stored->osp, organisation),
	};
	if (!viewer->noc && !viewer->osp && !walk->is_later_osp)
		TRY(find_later_osp(walk, stored->stream, &walk->is_later_osp));
	viewer->later_osp = walk->is_later_osp;
	walk->found->is_party = viewer->noc || viewer->osp || viewer->later_osp;
	walk->ended = !walk->found->is_party;
	return NULL;
}

static struct err *
take_page(struct walk *walk, const struct store_events *page)
{
	for (size_t i = 0; i < page->count && !walk->ended; i++) {
		const struct store_event *stored = &page->at[i];
		enum directory_event_type record;
		struct codec_events events;
		struct str reason;

		/* A record of the directory is no ECO, though it is a stream. */
		walk->ended =
		    (stored->version == 1 && directory_event_find(stored->type, &record)) ||
		    stored->position > walk->query->upto_position ||
		    (walk->query->upto_position != INT64_MAX && stored->position == 0);
		if (!walk->ended)
			TRY(look(walk, stored));
		if (walk->ended)
			return NULL;
		if (!codec_decode_events(walk->arena, stored->type, stored->schema_version,
			stored->occurred_at, stored->payload, &events, &reason))
			return ERR(walk->arena, ERR_CORRUPT, "cannot read an event: %.*s",
			    STR_ARG(reason));
		for (size_t k = 0; k < events.count && !walk->ended; k++)
			TRY(take(walk, stored, &events.at[k]));
	}
	return NULL;
}

struct err *
graphql_pager_read(struct graphql_asker *asker, struct arena *arena,
    const struct graphql_pager_query *query, struct graphql_pager_entries *ret)
{
	struct walk *walk = arena_new(arena, struct walk);
	struct store_events page;
	int64_t version = 0;

	*ret = (struct graphql_pager_entries){
		.at = arena_array(arena, const struct graphql_pager_entry *, query->limit),
	};
	if (walk == NULL || ret->at == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for a pager timeline");
	walk->asker = asker;
	walk->arena = arena;
	walk->query = query;
	walk->found = ret;
	/* From the beginning, whatever was asked for: who is rung stands in what was before. */
	do {
		TRY(store_read_stream(
		    asker->app.session, arena, query->eco, version, STORE_ROWS_MAX, &page));
		TRY(take_page(walk, &page));
		version += (int64_t)page.count;
	} while (page.count == STORE_ROWS_MAX && !walk->ended);
	return NULL;
}

/* ---- fields ---- */

static int64_t
int_argument(const struct graphql_call *call, struct str name, int64_t fallback)
{
	const struct json *value = graphql_argument(call, name);

	return value == NULL || value->type != JSON_INT ? fallback : value->integer;
}

static struct err *
query_pager_timeline(struct graphql_call *call, struct graphql_value *ret)
{
	int64_t first = int_argument(call, STR("first"), 100);
	struct graphql_pager_query query = { .after_version = int_argument(call, STR("after"), 0),
		.upto_position = INT64_MAX };
	struct graphql_pager_entries found;
	struct graphql_value *items;
	bool go;

	graphql_permits(call, OPERATION_pager_timeline, &go);
	if (!go || !uuid_parse(graphql_argument(call, STR("ecoId"))->text, &query.eco))
		return NULL;
	if (first < 1 || first > ENTRIES_MAX || query.after_version < 0) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("first must be between 1 and 500, after 0 or a version"));
		return NULL;
	}
	query.limit = (size_t)first;
	TRY(graphql_pager_read(graphql_asker(call), call->arena, &query, &found));
	items = arena_array(call->arena, struct graphql_value, found.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a pager timeline");
	for (size_t i = 0; i < found.count; i++)
		items[i] = graphql_object(STR("PagerEntry"), found.at[i]);
	if (found.is_party)
		*ret = graphql_list(items, found.count);
	return NULL;
}

static const struct graphql_pager_entry *
entry(const struct graphql_call *call)
{
	return call->parent;
}

static struct graphql_value
number(int64_t value)
{
	return value == 0 ? graphql_null() : graphql_int(value);
}

static struct err *
entry_round(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = number(entry(call)->round);
	return NULL;
}

static struct err *
entry_attempt(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = number(entry(call)->attempt);
	return NULL;
}

static struct err *
entry_loop(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = number(entry(call)->loop);
	return NULL;
}

static struct err *
entry_contact(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = number(entry(call)->contact);
	return NULL;
}

static struct err *
entry_person(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(entry(call)->person);
	return NULL;
}

static struct err *
entry_reason(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(entry(call)->reason);
	return NULL;
}

static struct err *
entry_provider_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(entry(call)->provider_id);
	return NULL;
}

static struct err *
entry_eta_minutes(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = number(entry(call)->eta_minutes);
	return NULL;
}

static struct err *
entry_late_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	if (entry(call)->has_late)
		*ret = graphql_int(entry(call)->late_s);
	return NULL;
}

static struct err *
entry_retry_at(struct graphql_call *call, struct graphql_value *ret)
{
	if (entry(call)->has_retry)
		*ret = graphql_text(instant_text(call->arena, entry(call)->retry_at));
	return NULL;
}

static struct err *
entry_summary(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(entry(call)->summary);
	return NULL;
}

static struct err *
entry_step(struct graphql_call *call, struct graphql_value *ret)
{
	if (entry(call)->step > 0)
		*ret = graphql_int(entry(call)->step);
	return NULL;
}

static struct err *
entry_channel(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(entry(call)->channel);
	return NULL;
}

const struct graphql_binding graphql_pager_bindings[] = {
	{ .name = STR("Query.pagerTimeline"), .resolve = query_pager_timeline },
	{ .name = STR("PagerEntry.version"), .resolve = graphql_stored_version },
	{ .name = STR("PagerEntry.position"), .resolve = graphql_stored_position },
	{ .name = STR("PagerEntry.id"), .resolve = graphql_stored_id },
	{ .name = STR("PagerEntry.type"), .resolve = graphql_stored_type },
	{ .name = STR("PagerEntry.at"), .resolve = graphql_stored_at },
	{ .name = STR("PagerEntry.round"), .resolve = entry_round },
	{ .name = STR("PagerEntry.attempt"), .resolve = entry_attempt },
	{ .name = STR("PagerEntry.loop"), .resolve = entry_loop },
	{ .name = STR("PagerEntry.contact"), .resolve = entry_contact },
	{ .name = STR("PagerEntry.step"), .resolve = entry_step },
	{ .name = STR("PagerEntry.channel"), .resolve = entry_channel },
	{ .name = STR("PagerEntry.person"), .resolve = entry_person },
	{ .name = STR("PagerEntry.reason"), .resolve = entry_reason },
	{ .name = STR("PagerEntry.providerId"), .resolve = entry_provider_id },
	{ .name = STR("PagerEntry.etaMinutes"), .resolve = entry_eta_minutes },
	{ .name = STR("PagerEntry.lateSeconds"), .resolve = entry_late_seconds },
	{ .name = STR("PagerEntry.retryAt"), .resolve = entry_retry_at },
	{ .name = STR("PagerEntry.summary"), .resolve = entry_summary },
};
const size_t graphql_pager_binding_count = COUNT_OF(graphql_pager_bindings);
