#include "app/failover.h"

#include "app/handover.h"
#include "app/record_change.h"
#include "codec/event_codec.h"
#include "domain/directory/agreement_decide.h"

/* Contractors that one ECO can have had; after so many nobody is looked for any more. */
#define ENGAGED_MAX 64

/* What the search knows. */
struct search {
	const struct app_work *work;
	struct change_loaded *loaded;
	struct uuid osps[ENGAGED_MAX], agreements[ENGAGED_MAX]; /* oldest first */
	size_t count;
	bool any_named; /* somebody is to be engaged at all */
	enum failover_fault fault;
	bool found;
	struct engagement *engagement;
};

/* ---- who was engaged before ---- */

static void
note(struct search *search, struct uuid osp, struct uuid agreement)
{
	if (search->count == ENGAGED_MAX)
		return;
	search->osps[search->count] = osp;
	search->agreements[search->count++] = agreement;
}

static struct err *
note_event(struct search *search, const struct store_event *stored)
{
	struct arena *arena = search->work->arena;
	struct codec_events events;
	struct str reason;
	enum eco_event_type type;

	if (!eco_event_find(stored->type, &type) ||
	    (type != ECO_EVENT_CREATED && type != ECO_EVENT_OSP_ENGAGED))
		return NULL;
	if (!codec_decode_events(arena, stored->type, stored->schema_version, stored->occurred_at,
		stored->payload, &events, &reason))
		return ERR(arena, ERR_CORRUPT, "cannot read event %lld of ECO %.*s: %.*s",
		    (long long)stored->version, STR_ARG(uuid_text(arena, stored->stream)),
		    STR_ARG(reason));
	for (size_t i = 0; i < events.count; i++) {
		const struct eco_event *at = &events.at[i];

		if (at->type == ECO_EVENT_CREATED)
			note(search, at->created.osp, at->created.agreement);
		else if (at->type == ECO_EVENT_OSP_ENGAGED)
			note(search, at->osp_engaged.osp, at->osp_engaged.agreement);
	}
	return NULL;
}

static struct err *
find_engaged(struct search *search)
{
	const struct app_work *work = search->work;
	struct store_events page;
	int64_t after = 0;

	do {
		TRY(store_read_stream(work->session, work->arena, search->loaded->callout.id, after,
		    STORE_ROWS_MAX, &page));
		for (size_t i = 0; i < page.count; i++) {
			TRY(note_event(search, &page.at[i]));
			after = page.at[i].version;
		}
	} while (page.count == STORE_ROWS_MAX);
	return NULL;
}

static bool
was_engaged(const struct search *search, struct uuid osp)
{
	for (size_t i = 0; i < search->count; i++) {
		if (uuid_equal(search->osps[i], osp))
			return true;
	}
	return false;
}

/* ---- who is to be engaged ---- */

/* What stands in ${osp}'s way is kept when nothing that came nearer is known yet. */
static struct err *
try_osp(struct search *search, struct uuid osp)
{
	const struct app_work *work = search->work;
	const struct eco *eco = &search->loaded->callout.eco;
	enum failover_fault fault;

	search->any_named = true;
	if (was_engaged(search, osp))
		return NULL;
	TRY(engagement_between(work->session, work->arena, work->zones, work->now, eco->noc, osp,
	    &eco->location, search->engagement));
	search->found =
	    search->engagement->has_list && roster_reachable(&search->engagement->list) > 0;
	fault = search->engagement->has_agreement ? FAILOVER_FAULT_NO_LIST
						  : FAILOVER_FAULT_NO_AGREEMENT;
	if (fault > search->fault)
		search->fault = fault;
	return NULL;
}

static struct err *
try_agreement(struct search *search, struct uuid agreement)
{
	const struct app_work *work = search->work;
	struct record *terms = arena_new(work->arena, struct record);
	bool found;

	if (terms == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to look for a contractor");
	TRY(record_load(work->session, work->arena, RECORD_NOC_TERMS,
	    record_noc_terms_id(agreement), &found, terms));
	for (size_t i = 0; found && !search->found && i < terms->noc_terms.failover_count; i++)
		TRY(try_osp(search, terms->noc_terms.failover[i].osp));
	return NULL;
}

static struct err *
find_next(struct search *search)
{
	_Static_assert(FAILOVER_FAULT_NONE_LEFT < FAILOVER_FAULT_NO_AGREEMENT &&
			   FAILOVER_FAULT_NO_AGREEMENT < FAILOVER_FAULT_NO_LIST,
	    "a fault that came nearer to an engagement is the greater one");
	search->fault = FAILOVER_FAULT_NONE_LEFT;
	TRY(find_engaged(search));
	if (search->count == ENGAGED_MAX)
		return NULL;
	for (size_t i = search->count; !search->found && i-- > 0;)
		TRY(try_agreement(search, search->agreements[i]));
	return NULL;
}

/* ---- doing it ---- */

struct failing {
	int64_t round;
	enum failover_fault fault;
};

static bool
decide_failed(void *context, const struct callout *callout, struct outcome *ret)
{
	const struct failing *failing = context;

	if (ringdown_wants_failover(&callout->ringdown, failing->round))
		ringdown_on_failover_failed(&callout->ringdown, failing->fault, ret);
	return true;
}

static struct err *
record_failed(const struct search *search, int64_t round, struct str settles_effect)
{
	struct failing failing = { round, search->fault };
	struct change change = work_change(search->work, search->loaded->callout.id);
	struct change_result result;

	change.settles_effect = settles_effect;
	change.decide = decide_failed;
	change.context = &failing;
	return change_run(&change, &result);
}

static struct err *
hand_over(struct search *search, struct str settles_effect)
{
	const struct app_work *work = search->work;
	struct handover *handover = arena_new(work->arena, struct handover);
	struct outcome *outcome = arena_new(work->arena, struct outcome);
	struct store_append_result appended;
	struct refusal refusal;

	if (handover == NULL || outcome == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to engage a contractor");
	*handover = (struct handover){
		.change = work_change(work, search->loaded->callout.id),
		.loaded = search->loaded,
		.engagement = search->engagement,
		.outcome = outcome,
	};
	handover->change.settles_effect = settles_effect;
	handover_init(handover, STR("Nobody of this contractor accepted."));
	if (!handover_decide(handover, &refusal))
		return store_drop_effect(work->session, work->arena, settles_effect);
	return handover_append(handover, &appended);
}

/* Once: load, look, decide, write. */
static struct err *
try_it(const struct app_work *work, struct uuid eco, int64_t round, struct str settles_effect)
{
	struct search *search = arena_new(work->arena, struct search);

	if (search == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to look for a contractor");
	*search = (struct search){ .work = work,
		.engagement = arena_new(work->arena, struct engagement) };
	if (search->engagement == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to look for a contractor");
	TRY(change_load(work->session, work->arena, eco, &search->loaded));
	if (search->loaded == NULL ||
	    !ringdown_wants_failover(&search->loaded->callout.ringdown, round))
		return store_drop_effect(work->session, work->arena, settles_effect);
	TRY(find_next(search));
	if (search->found)
		return hand_over(search, settles_effect);
	if (search->any_named)
		return record_failed(search, round, settles_effect);
	return store_drop_effect(work->session, work->arena, settles_effect);
}

struct err *
app_engage_failover(
    const struct app_work *work, struct uuid eco, int64_t round, struct str settles_effect)
{
	struct err *err = NULL;

	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = try_it(work, eco, round, settles_effect);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(
	    work->arena, err, "the ECO changed under %d decisions in a row", APP_DECISIONS_MAX);
}
