#include "app/policy.h"

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
	};
}

/*
 * Who would ring for the ECO now.  Nobody at all is an answer too: the list may
 * have gone since the ECO was created, and the ring-down then says so loudly.
 */
static struct err *
resolve_plan(const struct app_work *work, const struct callout *callout, struct pager_list *ret)
{
	bool found;

	*ret = (struct pager_list){ .count = 0 };
	return store_find_pager_list(work->session, work->arena, callout->eco.osp,
	    callout->eco.agreement, &callout->eco.location, &found, ret);
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
				  ringdown_wants_next_round(&loaded->callout.ringdown)))
		return NULL;
	TRY(resolve_plan(work, &loaded->callout, plan));
	*ret = plan;
	return NULL;
}

struct reaction {
	const struct eco_event *event;
	const struct pager_list *plan; /* for the first round, or NULL */
};

static bool
react(void *context, const struct callout *callout, struct outcome *ret)
{
	const struct reaction *reaction = context;

	rendersync_on_event(&callout->rendersync, reaction->event, ret);
	if (reaction->plan != NULL && ringdown_wants_first_round(&callout->ringdown))
		ringdown_dispatch(&callout->ringdown, reaction->plan, ret);
	ringdown_on_event(&callout->ringdown, reaction->event, ret);
	return !outcome_is_empty(ret);
}

struct err *
policy_on_event(const struct app_work *work, const struct store_event *event, bool *ret_reacted)
{
	struct eco_event happened = { .at = event->occurred_at };
	struct reaction reaction = { .event = &happened };
	struct change change = work_change(work, event->stream);
	struct change_result result;
	struct pager_list *plan;

	*ret_reacted = false;
	if (!eco_event_find(event->type, &happened.type))
		return ERR(work->arena, ERR_CORRUPT,
		    "event %lld of the log has the unknown type \"%.*s\": this program is too old",
		    (long long)event->position, STR_ARG(event->type));
	/* Most events need no look at the ECO. */
	if (!ringdown_listens_to(happened.type) && !rendersync_listens_to(happened.type))
		return NULL;
	if (happened.type == ECO_EVENT_CREATED) {
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
		ringdown_on_timer(&callout->ringdown, timer->kind, ret);
		return true;
	case TIMER_PAGER_RETRY:
		if (timer->plan != NULL && ringdown_wants_next_round(&callout->ringdown))
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
