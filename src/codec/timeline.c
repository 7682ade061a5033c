#include "codec/timeline.h"

/* To whom it is told, and with what. */
struct telling {
	struct arena *arena;
	const struct pager_list *plan; /* NULL: not known */
	bool detail;                   /* this viewer may read the payload */
	struct timeline_viewer viewer;
};

bool
timeline_is_visible(const struct eco_event *event, struct timeline_viewer viewer)
{
	if (event->type == ECO_EVENT_NOTE_ADDED && event->note_added.visibility == NOTE_OWN_SIDE)
		return event->note_added.side == SIDE_NOC ? viewer.noc : viewer.osp;
	return viewer.noc || viewer.osp || viewer.later_osp;
}

/* The payloads for both sides that may still hold a member for one of them only. */
static bool
holds_private(const struct eco_event *event, struct timeline_viewer viewer)
{
	if (event->type == ECO_EVENT_CREATED)
		return !viewer.noc && !str_empty(event->created.noc_duty_phone);
	if (event->type == ECO_EVENT_OSP_ENGAGED)
		return !viewer.noc && !str_empty(event->osp_engaged.noc_duty_phone);
	if (event->type == ECO_EVENT_REACTIVATED)
		return !viewer.osp && !str_empty(event->reactivated.task);
	return false;
}

bool
timeline_shows_detail(const struct eco_event *event, struct timeline_viewer viewer)
{
	if (!timeline_is_visible(event, viewer))
		return false;
	if (!viewer.noc && !viewer.osp)
		return event->type == ECO_EVENT_NOTE_ADDED;
	switch (eco_event_detail(event->type)) {
	case ECO_DETAIL_BOTH:
		return !holds_private(event, viewer);
	case ECO_DETAIL_NOC:
		return viewer.noc;
	case ECO_DETAIL_OSP:
		return viewer.osp;
	}
	UNREACHABLE("eco detail");
}

/* "2026-01-05 14:05 UTC" */
static struct str
moment(const struct telling *t, struct instant when)
{
	struct str text = instant_text(t->arena, when);

	if (text.len < 16)
		return text;
	return arena_printf(t->arena, "%.10s %.5s UTC", text.ptr, text.ptr + 11);
}

/* ": ${text}", or nothing when it is empty. */
static struct str
because(const struct telling *t, struct str text)
{
	if (str_empty(text))
		return text;
	return arena_printf(t->arena, ": %.*s", STR_ARG(text));
}

/* "Contact 2 (North splicer 1)", with the name only for who may read it. */
static struct str
contact(const struct telling *t, int64_t number, struct uuid person)
{
	for (size_t i = 0; t->detail && t->plan != NULL && i < t->plan->count; i++) {
		const struct roster_person *on_list = &t->plan->people[i];

		if (uuid_equal(on_list->id, person) && !str_empty(on_list->label))
			return arena_printf(t->arena, "Contact %lld (%.*s)", (long long)number,
			    STR_ARG(on_list->label));
	}
	return arena_printf(t->arena, "Contact %lld", (long long)number);
}

static struct str
words_created(const struct telling *t, const struct eco_event *event)
{
	const struct eco_created *e = &event->created;

	/* The number was that of another pair. */
	if (!t->viewer.noc && !t->viewer.osp)
		return arena_printf(t->arena, "The ECO was created: %.*s", STR_ARG(e->description));
	return arena_printf(
	    t->arena, "%.*s was created: %.*s", STR_ARG(e->job_number), STR_ARG(e->description));
}

static struct str
words_subsector_created(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("The contractor's field system has a place for the work");
	return arena_printf(t->arena, "Subsector %.*s was created in the field system",
	    STR_ARG(event->subsector_created.subsector));
}

static struct str
words_tasked(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("The contractor's field system has the work");
	return arena_printf(t->arena, "Investigation task %.*s is in the field system",
	    STR_ARG(event->tasked.task));
}

static struct str
words_tasking_failed(const struct telling *t, const struct eco_event *event)
{
	const struct eco_tasking_failed *e = &event->tasking_failed;

	if (!t->detail)
		return STR("The contractor's field system did not take the work yet; "
			   "it is tried again");
	return arena_printf(t->arena,
	    "Tasking attempt %lld failed, next try at %.*s, because %.*s%.*s",
	    (long long)e->attempt, STR_ARG(moment(t, e->retry_at)),
	    STR_ARG(eco_word_words(&sync_fault_words, e->fault)), STR_ARG(because(t, e->detail)));
}

static struct str
words_task_observed(const struct telling *t, const struct eco_event *event)
{
	const struct eco_task_observed *e = &event->task_observed;
	struct str change = eco_word_words(&task_change_words, e->change);
	const char *was = e->change == TASK_CHANGE_ADDED ? "was " : "";

	if (!t->detail)
		return arena_printf(t->arena, "A field task %s%.*s", was, STR_ARG(change));
	if (e->change == TASK_CHANGE_VANISHED)
		return arena_printf(t->arena, "Task %.*s (%.*s) vanished from the field system",
		    STR_ARG(e->task), STR_ARG(e->name));
	return arena_printf(t->arena, "Task %.*s (%.*s) %s%.*s, it is \"%.*s\": %.*s",
	    STR_ARG(e->task), STR_ARG(e->name), was, STR_ARG(change), STR_ARG(e->raw_status),
	    STR_ARG(eco_word_words(&task_status_words, e->status)));
}

static struct str
words_sync_degraded(const struct telling *t, const struct eco_event *event)
{
	const struct eco_sync_degraded *e = &event->sync_degraded;

	if (!t->detail)
		return STR("The contractor's field system cannot be read; "
			   "what is shown may be old");
	return arena_printf(t->arena, "The field tasks shown may be old, because %.*s%.*s",
	    STR_ARG(eco_word_words(&sync_fault_words, e->fault)), STR_ARG(because(t, e->detail)));
}

static struct str
words_sync_recovered(const struct telling *t, const struct eco_event *event)
{
	(void)event;
	return t->detail ? STR("The field tasks can be read again")
			 : STR("The contractor's field system can be read again");
}

static struct str
words_pager_dispatched(const struct telling *t, const struct eco_event *event)
{
	const struct eco_pager_dispatched *e = &event->pager_dispatched;
	size_t reachable = roster_reachable(e->plan);

	if (!t->detail)
		return e->round == 1 ? STR("The contractor's on-call list is being rung")
				     : STR("The contractor's on-call list is being rung again");
	return arena_printf(t->arena,
	    "Ringing the list %.*s, round %lld: %zu can be rung, %zu left out",
	    STR_ARG(e->plan->name), (long long)e->round, reachable, e->plan->count - reachable);
}

static struct str
words_page_attempted(const struct telling *t, const struct eco_event *event)
{
	const struct eco_page_attempted *e = &event->page_attempted;
	struct str who = contact(t, e->contact, e->person);

	switch (e->channel) {
	case PAGE_CHANNEL_VOICE:
	case PAGE_CHANNEL_TEXT:
		break;
	case PAGE_CHANNEL_CALL_BACK:
		return arena_printf(t->arena, "%.*s called back", STR_ARG(who));
	case PAGE_CHANNEL_REPLY:
		return arena_printf(t->arena, "%.*s wrote", STR_ARG(who));
	case PAGE_CHANNEL_DESK:
		return arena_printf(t->arena, "The dispatcher spoke for %.*s", STR_ARG(who));
	}
	if (!t->detail)
		return arena_printf(t->arena, "%.*s is being %s", STR_ARG(who),
		    e->channel == PAGE_CHANNEL_TEXT ? "texted" : "rung");
	return arena_printf(t->arena, "%.*s is being %s, loop %lld", STR_ARG(who),
	    e->channel == PAGE_CHANNEL_TEXT ? "texted" : "rung", (long long)e->loop);
}

static struct str
words_page_text_delivered(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Attempt %lld: the text has arrived",
	    (long long)event->page_text_delivered.attempt);
}

static struct str
words_page_placed(const struct telling *t, const struct eco_event *event)
{
	const struct eco_page_placed *e = &event->page_placed;

	if (!t->detail)
		return arena_printf(t->arena, "Attempt %lld is on its way", (long long)e->attempt);
	return arena_printf(t->arena, "Attempt %lld: the provider has it as %.*s",
	    (long long)e->attempt, STR_ARG(e->provider_id));
}

static struct str
words_page_answered(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Attempt %lld: somebody or something picked up",
	    (long long)event->page_answered.attempt);
}

static struct str
words_page_delivered(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Attempt %lld: a person answered and hears the job",
	    (long long)event->page_delivered.attempt);
}

static struct str
words_page_eta_asked(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Attempt %lld: the person accepts and is asked for an ETA",
	    (long long)event->page_eta_asked.attempt);
}

/* Why nobody was reached is for both; what the provider said is the contractor's. */
static struct str
words_page_not_reached(const struct telling *t, const struct eco_event *event)
{
	const struct eco_page_not_reached *e = &event->page_not_reached;

	return arena_printf(t->arena, "Attempt %lld did not reach anybody, %.*s%.*s",
	    (long long)e->attempt, STR_ARG(eco_word_words(&page_miss_words, e->reason)),
	    STR_ARG(t->detail ? because(t, e->detail) : STR("")));
}

/* The commitment and its ETA are the NOC's to know; who made it is not. */
static struct str
words_page_accepted(const struct telling *t, const struct eco_event *event)
{
	const struct eco_page_accepted *e = &event->page_accepted;
	struct str who = contact(t, e->contact, e->person);

	if (e->eta_minutes == 0)
		return arena_printf(t->arena, "%.*s accepted, without an ETA", STR_ARG(who));
	return arena_printf(t->arena, "%.*s accepted, ETA %lld minute%s", STR_ARG(who),
	    (long long)e->eta_minutes, e->eta_minutes == 1 ? "" : "s");
}

/* What the digit means; empty: nothing that we know. */
static struct str
decline_words(int64_t digit)
{
	static const struct str words[] = {
#define DECLINE_REASON(number, text) [number] = STR(text),
#include "domain/ringdown/decline_reasons.def"
#undef DECLINE_REASON
	};

	return digit > 0 && digit < (int64_t)COUNT_OF(words) ? words[digit] : STR("");
}

static struct str
words_page_declined(const struct telling *t, const struct eco_event *event)
{
	const struct eco_page_declined *e = &event->page_declined;

	struct str words = decline_words(e->reason);

	if (!t->detail || e->reason == 0)
		return arena_printf(t->arena, "Attempt %lld was declined", (long long)e->attempt);
	if (str_empty(words))
		return arena_printf(t->arena, "Attempt %lld was declined, reason %lld",
		    (long long)e->attempt, (long long)e->reason);
	return arena_printf(
	    t->arena, "Attempt %lld was declined: %.*s", (long long)e->attempt, STR_ARG(words));
}

static struct str
words_page_too_late(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena,
	    "Attempt %lld: the person wanted to accept when nobody was needed any more",
	    (long long)event->page_too_late.attempt);
}

static struct str
words_pager_exhausted(const struct telling *t, const struct eco_event *event)
{
	const struct eco_pager_exhausted *e = &event->pager_exhausted;

	if (e->attempts == 0)
		return STR("Nobody accepted: nobody on the list can be rung");
	return arena_printf(t->arena, "Nobody accepted: %lld attempt%s in %lld loop%s",
	    (long long)e->attempts, e->attempts == 1 ? "" : "s", (long long)e->loops,
	    e->loops == 1 ? "" : "s");
}

static struct str
words_pager_retry_scheduled(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "The list will be rung again at %.*s",
	    STR_ARG(moment(t, event->pager_retry_scheduled.at)));
}

static struct str
words_pager_stopped(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Ringing stopped: %.*s",
	    STR_ARG(eco_word_words(&pager_stop_words, event->pager_stopped.reason)));
}

static struct str
words_noc_alerted(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("The NOC was alerted that nobody accepted");
	return arena_printf(t->arena, "The NOC was alerted at %.*s that nobody accepted",
	    STR_ARG(event->noc_alerted.phone));
}

static struct str
words_noc_alert_failed(const struct telling *t, const struct eco_event *event)
{
	const struct eco_noc_alert_failed *e = &event->noc_alert_failed;

	if (!t->detail)
		return STR("The NOC could not be alerted that nobody accepted");
	if (str_empty(e->phone))
		return STR("The NOC could not be alerted that nobody accepted: "
			   "it has no duty number");
	return arena_printf(t->arena,
	    "The NOC could not be alerted at %.*s that nobody accepted%.*s", STR_ARG(e->phone),
	    STR_ARG(because(t, e->detail)));
}

static struct str
words_failover_failed(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("No other contractor could be engaged");
	return arena_printf(t->arena, "No other contractor could be engaged: %.*s",
	    STR_ARG(eco_word_words(&failover_fault_words, event->failover_failed.fault)));
}

static struct str
words_arrival_asked(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("The crew was not seen in time, and is asked where it is");
	return arena_printf(t->arena,
	    "The crew of attempt %lld was not seen in time, and is asked where it is; others are "
	    "rung from %.*s on",
	    (long long)event->arrival_asked.attempt,
	    STR_ARG(moment(t, event->arrival_asked.deadline)));
}

/* ", in 45 minutes", or nothing when nobody said. */
static struct str
in_minutes(const struct telling *t, int64_t minutes)
{
	if (minutes == 0)
		return STR("");
	return arena_printf(
	    t->arena, ", in %lld minute%s", (long long)minutes, minutes == 1 ? "" : "s");
}

static struct str
words_eta_changed(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "The crew said when it will be there%.*s",
	    STR_ARG(in_minutes(t, event->eta_changed.eta_minutes)));
}

static struct str
words_pager_resumed(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Others are rung now: %.*s",
	    STR_ARG(eco_word_words(&pager_resume_words, event->pager_resumed.reason)));
}

static struct str
words_crew_en_route(const struct telling *t, const struct eco_event *event)
{
	int64_t minutes = event->crew_en_route.eta_minutes;

	if (minutes == 0)
		return STR("The crew is on its way");
	return arena_printf(
	    t->arena, "The crew is on its way, there%.*s", STR_ARG(in_minutes(t, minutes)));
}

static struct str
words_crew_on_site(const struct telling *t, const struct eco_event *event)
{
	(void)t;
	(void)event;
	return STR("The crew is on site");
}

static struct str
words_work_started(const struct telling *t, const struct eco_event *event)
{
	if (!t->viewer.osp)
		return STR("Work has started");
	return arena_printf(
	    t->arena, "Work has started, on task %.*s", STR_ARG(event->work_started.task));
}

static struct str
words_status_completed(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "The work is reported complete, watching until %.*s",
	    STR_ARG(moment(t, event->status_completed.grace_until)));
}

static struct str
words_reactivated(const struct telling *t, const struct eco_event *event)
{
	const struct eco_reactivated *e = &event->reactivated;
	struct str cause = eco_word_words(&reactivation_words, e->cause);

	if (t->viewer.osp && !str_empty(e->task))
		return arena_printf(
		    t->arena, "The work is not over: %.*s, %.*s", STR_ARG(cause), STR_ARG(e->task));
	return arena_printf(t->arena, "The work is not over: %.*s%.*s", STR_ARG(cause),
	    STR_ARG(because(t, e->reason)));
}

static struct str
words_closed(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(t->arena, "Closed: %.*s",
	    STR_ARG(eco_word_words(&close_cause_words, event->closed.cause)));
}

static struct str
words_cancelled(const struct telling *t, const struct eco_event *event)
{
	return arena_printf(
	    t->arena, "The NOC cancelled the ECO: %.*s", STR_ARG(event->cancelled.reason));
}

/* A note that the viewer may not see has no words either, should anybody ask for them. */
static struct str
words_note_added(const struct telling *t, const struct eco_event *event)
{
	const struct eco_note_added *e = &event->note_added;

	if (!timeline_is_visible(event, t->viewer))
		return STR("");
	return arena_printf(t->arena, "The %.*s noted: %.*s",
	    STR_ARG(eco_word_words(&side_words, e->side)), STR_ARG(e->text));
}

static struct str
words_osp_relieved(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("The NOC relieved the contractor");
	return arena_printf(
	    t->arena, "The NOC relieved the contractor: %.*s", STR_ARG(event->osp_relieved.reason));
}

static struct str
words_osp_engaged(const struct telling *t, const struct eco_event *event)
{
	if (!t->detail)
		return STR("Another contractor was engaged");
	return arena_printf(t->arena, "Another contractor was engaged, under job number %.*s",
	    STR_ARG(event->osp_engaged.job_number));
}

/* A row of the table without its function here does not compile. */
struct str
timeline_words(struct arena *arena, const struct eco_event *event, const struct pager_list *plan,
    struct timeline_viewer viewer)
{
	const struct telling t = {
		.arena = arena,
		.plan = plan,
		.detail = timeline_shows_detail(event, viewer),
		.viewer = viewer,
	};

	switch (event->type) {
#define ECO_EVENT(NAME, field, wire, version, detail, doc) \
	case ECO_EVENT_##NAME:                             \
		return words_##field(&t, event);
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
	case ECO_EVENT_COUNT:
		break;
	}
	UNREACHABLE("eco event");
}
