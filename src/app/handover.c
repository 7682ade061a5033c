#include "app/handover.h"

void
handover_init(struct handover *handover, struct str reason)
{
	const struct engagement *found = handover->engagement;

	handover->command = (struct eco_command){
		.type = ECO_RELIEVE,
		.engage = {
			.osp = found->osp,
			.has_agreement = found->has_agreement,
			.agreement = found->agreement.id,
			.terms = found->agreement.terms,
			.noc_duty_phone = found->agreement.noc_duty_phone,
			.pager_list = found->has_list ? &found->list : NULL,
			.reason = reason,
		},
	};
}

bool
handover_decide(struct handover *h, struct refusal *ret_refusal)
{
	struct callout *callout = &h->loaded->callout;

	outcome_init(h->outcome, h->change.now);
	if (h->command.type == ECO_RELIEVE)
		ringdown_stop(&callout->ringdown, PAGER_STOP_OSP_RELIEVED, h->outcome);
	return eco_decide(&callout->eco, callout->version, &h->command, h->outcome, ret_refusal);
}

/* What was decided becomes what stands. */
static void
take_up(struct handover *h)
{
	for (size_t i = 0; i < h->outcome->event_count; i++)
		callout_evolve(&h->loaded->callout, &h->outcome->events[i]);
}

/* The second append: neither the key nor what is settled is its own. */
static struct err *
engage(struct handover *h)
{
	const struct eco *eco = &h->loaded->callout.eco;
	struct arena *arena = h->change.arena;
	struct buf number = buf_in(arena, JOBNUMBER_BYTES_MAX);
	struct jobnumber next = { .prefix = h->engagement->agreement.number_prefix,
		.type = eco->exercise ? JOB_TYPE_DRL : eco->job_type };
	struct change change = h->change;
	struct store_append_result appended;
	struct refusal refusal;

	take_up(h);
	TRY(store_take_job_number(
	    change.session, arena, eco->noc, h->engagement->osp, next.type, &next.sequence));
	jobnumber_format(&next, &number);
	h->command.type = ECO_ENGAGE;
	h->command.has_version = false;
	h->command.engage.job_number = buf_view(&number);
	CHECK(handover_decide(h, &refusal));
	change.command_key = UUID_NIL;
	change.settles_effect = change.answer = STR("");
	return change_append(&change, h->loaded, h->outcome, &appended);
}

struct err *
handover_append(struct handover *h, struct store_append_result *ret)
{
	struct err *err;

	TRY(store_begin(h->change.session, h->change.arena, h->acting));
	err = change_append(&h->change, h->loaded, h->outcome, ret);
	if (err == NULL && ret->outcome == STORE_APPENDED)
		err = engage(h);
	if (err == NULL && ret->outcome == STORE_APPENDED)
		return store_commit(h->change.session, h->change.arena);
	store_rollback(h->change.session);
	return err;
}
