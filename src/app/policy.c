#include "app/policy.h"

#include "app/roster_plan.h"
#include "codec/event_codec.h"
#include "domain/directory/record.h"

struct change
work_change(const struct app_work *work, struct uuid eco)
{
	return (struct change){
		.session = work->session,
		.arena = work->arena,
		.eco = eco,
		.now = work->now,
		.chance = work->chance,
		.actor = { .kind = work->actor_kind, .name = work->actor },
		.make_id = work->make_id,
		.vault = work->vault,
		.follower = work->follower,
		.move = work->move,
	};
}

/*
 * Who would ring for the ECO now, as it may be written down: names and numbers are
 * sealed here.  Nobody at all is an answer too: the list may have gone since the ECO
 * was created, and the ring-down then says so loudly.
 */
static struct err *
resolve_plan(const struct app_work *work, const struct callout *callout, struct pager_list *ret)
{
	bool found;

	*ret = (struct pager_list){ .count = 0 };
	TRY(roster_plan(work->session, work->arena, work->zones,
	    &(struct roster_place){
		.osp = callout->eco.osp,
		.agreement = callout->eco.agreement,
		.location = &callout->eco.location,
		.now = work->now,
	    },
	    &found, ret));
	return vault_seal_plan(work->vault, work->session, work->arena, callout->eco.osp, ret);
}

/* Whether a further round is to begin: as agreed, or because the NOC said so. */
static bool
wants_round(const struct ringdown *ringdown)
{
	return ringdown_wants_next_round(ringdown) || ringdown_may_ring_again(ringdown);
}

/* A plan for the next round, or NULL when the ECO is not (or not any more) to be dispatched. */
static struct err *
find_plan(const struct app_work *work, struct uuid eco, struct pager_list **ret)
{
	struct change_loaded *loaded;
	struct pager_list *plan = arena_new(work->arena, struct pager_list);

	*ret = NULL;
	if (plan == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left for a pager plan");
	TRY(change_load(work->session, work->arena, eco, &loaded));
	if (loaded == NULL || !(ringdown_wants_first_round(&loaded->callout.ringdown) ||
				  wants_round(&loaded->callout.ringdown)))
		return NULL;
	TRY(resolve_plan(work, &loaded->callout, plan));
	*ret = plan;
	return NULL;
}

struct reaction {
	const struct codec_events *events;
	const struct pager_list *plan; /* for the first round, or NULL */
};

/* A drill is over when somebody has accepted, or nobody will be rung any more. */
static bool
is_over(const struct callout *callout)
{
	enum eco_status status = callout->eco.status;
	enum dispatch_state state = callout->ringdown.state;

	return callout->eco.exercise &&
	       (status == ECO_STATUS_OPEN || status == ECO_STATUS_IN_PROGRESS) &&
	       (state == DISPATCH_ACCEPTED || state == DISPATCH_EXHAUSTED);
}

static void
end_exercise(struct outcome *ret)
{
	outcome_event(ret, ECO_EVENT_CLOSED)->closed.cause = CLOSE_CAUSE_EXERCISE_OVER;
	outcome_clear_timer(ret, TIMER_ATTEMPT);
	outcome_clear_timer(ret, TIMER_PAGER_RETRY);
	outcome_clear_timer(ret, TIMER_ARRIVAL);
}

/* What may bring a drill to its end. */
static bool
may_end_exercise(enum eco_event_type type)
{
	return type == ECO_EVENT_PAGE_ACCEPTED || type == ECO_EVENT_PAGER_EXHAUSTED;
}

static bool
react(void *context, const struct callout *callout, struct outcome *ret)
{
	const struct reaction *reaction = context;

	for (size_t i = 0; i < reaction->events->count; i++)
		rendersync_on_event(&callout->rendersync, &reaction->events->at[i], ret);
	if (reaction->plan != NULL && ringdown_wants_first_round(&callout->ringdown))
		ringdown_dispatch(&callout->ringdown, reaction->plan, ret);
	for (size_t i = 0; i < reaction->events->count; i++)
		ringdown_on_event(&callout->ringdown, &reaction->events->at[i], ret);
	if (is_over(callout))
		end_exercise(ret);
	return !outcome_is_empty(ret);
}

static bool
is_listened_to(enum eco_event_type type)
{
	return ringdown_listens_to(type) || rendersync_listens_to(type) || may_end_exercise(type);
}

/*
 * Most events need no look at the ECO, and those of the directory's records have none.
 * What an old one becomes has to be seen first.
 */
static bool
may_concern(const struct store_event *event)
{
	enum directory_event_type record;
	enum eco_event_type type;

	if (!eco_event_find(event->type, &type))
		return !directory_event_find(event->type, &record);
	return event->schema_version != eco_event_version(type) || is_listened_to(type);
}

/* Of what ${event} is today, what somebody listens to stays in ${ret}. */
static struct err *
decode(const struct app_work *work, const struct store_event *event, struct codec_events *ret,
    bool *ret_created)
{
	size_t count = 0;
	struct str reason;

	if (!codec_decode_events(work->arena, event->type, event->schema_version,
		event->occurred_at, event->payload, ret, &reason))
		return ERR(work->arena, ERR_CORRUPT, "cannot read event %lld of the log: %.*s",
		    (long long)event->position, STR_ARG(reason));
	*ret_created = false;
	for (size_t i = 0; i < ret->count; i++) {
		enum eco_event_type type = ret->at[i].type;

		*ret_created =
		    *ret_created || type == ECO_EVENT_CREATED || type == ECO_EVENT_OSP_ENGAGED;
		if (is_listened_to(type))
			ret->at[count++] = ret->at[i];
	}
	ret->count = count;
	return NULL;
}

struct err *
policy_on_event(const struct app_work *work, const struct store_event *event, bool *ret_reacted)
{
	struct codec_events happened;
	struct reaction reaction = { .events = &happened };
	struct change change = work_change(work, event->stream);
	struct change_result result;
	struct pager_list *plan;
	bool created = false;

	*ret_reacted = false;
	/* History from elsewhere: there it has been reacted to. */
	if (event->imported || !may_concern(event))
		return NULL;
	TRY(decode(work, event, &happened, &created));
	if (happened.count == 0)
		return NULL;
	if (created) {
		TRY(find_plan(work, event->stream, &plan));
		reaction.plan = plan;
	}
	change.causation = event->id;
	change.command_key = event->id;
	change.body_hash = sha256_of(event->type);
	change.decide = react;
	change.context = &reaction;
	TRY(change_run(&change, &result));
	*ret_reacted = result.outcome == CHANGE_MADE;
	return NULL;
}

struct ringing {
	enum timer_kind kind;
	const struct pager_list *plan;
};

static bool
on_timer(void *context, const struct callout *callout, struct outcome *ret)
{
	const struct ringing *timer = context;

	switch (timer->kind) {
	case TIMER_ATTEMPT:
	case TIMER_ARRIVAL:
		ringdown_on_timer(&callout->ringdown, timer->kind, ret);
		return true;
	case TIMER_PAGER_RETRY:
		if (timer->plan != NULL && wants_round(&callout->ringdown))
			ringdown_dispatch(&callout->ringdown, timer->plan, ret);
		return true;
	case TIMER_TASKING:
	case TIMER_POLL:
	case TIMER_GRACE:
		rendersync_on_timer(&callout->rendersync, timer->kind, ret);
		return true;
	case TIMER_COUNT:
		break;
	}
	UNREACHABLE("timer kind");
}

struct err *
policy_on_timer(const struct app_work *work, const struct store_timer *timer)
{
	struct ringing ringing = { .kind = timer->kind };
	struct change change = work_change(work, timer->eco);
	struct change_result result;
	struct pager_list *plan;

	if (timer->kind == TIMER_PAGER_RETRY) {
		TRY(find_plan(work, timer->eco, &plan));
		ringing.plan = plan;
	}
	change.decide = on_timer;
	change.context = &ringing;
	change.settles_timer = true;
	change.settled_kind = timer->kind;
	change.settled_due = timer->due;
	TRY(change_run(&change, &result));
	if (result.outcome == CHANGE_NO_ECO)
		return ERR(work->arena, ERR_CORRUPT,
		    "a timer of ECO %.*s is due, but there is no such ECO",
		    STR_ARG(uuid_text(work->arena, timer->eco)));
	return NULL;
}
