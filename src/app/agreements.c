#include "app/agreements.h"

#include "app/organisations.h"
#include "domain/directory/organisation_decide.h"

/* What every decision on an agreement needs. */
struct deciding {
	const struct app_context *context;
	struct record own; /* the actor's organisation */
	struct agreement_party by;
	struct record_decision made;
};

static struct err *
begin(const struct app_context *context, struct deciding **ret)
{
	struct deciding *deciding = arena_new(context->arena, struct deciding);

	*ret = deciding;
	if (deciding == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	deciding->context = context;
	TRY(organisation_load(
	    context->session, context->arena, &context->actor->organisation, &deciding->own));
	deciding->by = (struct agreement_party){ deciding->own.id, &deciding->own.organisation };
	return NULL;
}

static void
add_step(struct record_outcome *outcome, const struct record_decision *made)
{
	if (made->changes)
		outcome->steps[outcome->step_count++] =
		    (struct record_step){ made->event, made->after };
}

static bool
is_party(const struct app_context *context, const struct agreement *agreement)
{
	struct uuid own = context->actor->organisation.id;

	return agreement_is_on(agreement, own, SIDE_NOC) ||
	       agreement_is_on(agreement, own, SIDE_OSP);
}

static bool
refuse_unknown(struct refusal *ret)
{
	return refuse(ret, REFUSAL_AGREEMENT_UNKNOWN, "agreement", "there is no such agreement");
}

/* ---- beside others ---- */

struct beside {
	const struct record *agreement;
	bool fits;
	struct refusal refusal;
};

static void
judge_beside(void *context, const struct record *other)
{
	struct beside *beside = context;

	if (beside->fits)
		beside->fits = agreement_check_beside(beside->agreement, other, &beside->refusal);
}

/* Judged by what this side sees: the OSP sees all its agreements, the NOC those with it. */
static struct err *
check_beside(const struct app_context *context, const struct record *agreement, bool *ret_fits,
    struct refusal *ret_refusal)
{
	struct beside beside = { .agreement = agreement, .fits = true };

	TRY(record_each(context->session, context->arena, RECORD_AGREEMENT, judge_beside, &beside));
	*ret_fits = beside.fits;
	if (!beside.fits)
		*ret_refusal = beside.refusal;
	return NULL;
}

/* ---- propose ---- */

struct proposal {
	const struct app_context *context;
	const struct app_propose_agreement *input;
	struct agreement given;
};

static struct err *
decide_propose(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct proposal *proposal = decision;
	const struct app_context *context = proposal->context;
	struct deciding *deciding;

	TRY(begin(context, &deciding));
	*ret_decided = agreement_decide_propose(
	    before, &proposal->given, &deciding->by, context->now, &deciding->made, ret_refusal);
	if (*ret_decided)
		TRY(check_beside(context, &deciding->made.after, ret_decided, ret_refusal));
	if (*ret_decided)
		add_step(ret, &deciding->made);
	return NULL;
}

static bool
can_stand_on(const struct store_organisation *organisation, enum side side)
{
	return side == SIDE_NOC ? organisation->is_noc : organisation->is_osp;
}

/*
 * The other side.  One that does not exist, one that cannot stand there and one that is
 * suspended or somebody's secret are one answer.
 */
static struct err *
find_counterpart(const struct app_context *context, const struct app_propose_agreement *input,
    struct agreement *ret, bool *ret_found, struct refusal *ret_refusal)
{
	const struct store_organisation *own = &context->actor->organisation;
	enum side other_side = input->side == SIDE_NOC ? SIDE_OSP : SIDE_NOC;
	struct store_organisation other = *own;

	*ret_found = can_stand_on(own, input->side) ||
		     refuse(ret_refusal, REFUSAL_COUNTERPART_UNFIT, "side",
			 "your organisation is no %s", input->side == SIDE_NOC ? "NOC" : "OSP");
	if (!*ret_found)
		return NULL;
	if (!str_empty(input->counterpart))
		TRY(organisation_find(
		    input->finder, context->arena, input->counterpart, ret_found, &other));
	*ret_found = (*ret_found && can_stand_on(&other, other_side)) ||
		     refuse(ret_refusal, REFUSAL_COUNTERPART_UNFIT, "counterpart",
			 "there is no organisation of that name that can be the %s",
			 other_side == SIDE_NOC ? "NOC" : "OSP");
	ret->noc = input->side == SIDE_NOC ? own->id : other.id;
	ret->osp = input->side == SIDE_OSP ? own->id : other.id;
	return NULL;
}

struct err *
app_propose_agreement(const struct app_context *context, const struct app_propose_agreement *input,
    struct app_record_answer *ret)
{
	struct proposal proposal = { .context = context, .input = input };
	bool found;

	proposal.given = (struct agreement){
		.kind = input->kind,
		.proposed_by = input->side,
		.number_prefix = input->number_prefix,
		.terms = input->terms,
		.valid_from =
		    input->valid_from.us == RECORD_NO_MOMENT.us ? context->now : input->valid_from,
		.valid_until = input->valid_until,
	};
	*ret = (struct app_record_answer){ .refused = true };
	if (!app_permits(context, OPERATION_propose_agreement, &ret->refusal))
		return NULL;
	TRY(find_counterpart(context, input, &proposal.given, &found, &ret->refusal));
	if (!found)
		return NULL;
	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = OPERATION_propose_agreement,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_AGREEMENT,
		.id = context->make_id(context->now),
		.creates = true,
		.unknown = REFUSAL_AGREEMENT_UNKNOWN,
		.field = "agreement",
		.taken = REFUSAL_PREFIX_TAKEN,
		.taken_field = "numberPrefix",
		.decide = decide_propose,
		.decision = &proposal,
	    },
	    ret);
}

/* ---- answer, end ---- */

struct answering {
	const struct app_context *context;
	const struct app_answer_agreement *input;
	enum app_operation operation;
};

static bool
decide_answer(struct answering *answering, const struct record *before, struct deciding *deciding,
    struct refusal *ret_refusal)
{
	const struct app_answer_agreement *input = answering->input;
	struct instant now = answering->context->now;
	struct instant at = input->at.us == RECORD_NO_MOMENT.us ? now : input->at;

	if (answering->operation == OPERATION_accept_agreement)
		return agreement_decide_accept(
		    before, &deciding->by, input->number_prefix, now, &deciding->made, ret_refusal);
	if (answering->operation == OPERATION_decline_agreement)
		return agreement_decide_decline(
		    before, input->reason, &deciding->made, ret_refusal);
	CHECK(answering->operation == OPERATION_end_agreement);
	return agreement_decide_end(before, input->reason, at, now, &deciding->made, ret_refusal);
}

static struct err *
decide_answering(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	struct answering *answering = decision;
	struct deciding *deciding;

	*ret_decided =
	    is_party(answering->context, &before->agreement) || refuse_unknown(ret_refusal);
	if (!*ret_decided)
		return NULL;
	TRY(begin(answering->context, &deciding));
	*ret_decided = decide_answer(answering, before, deciding, ret_refusal);
	if (*ret_decided && answering->operation == OPERATION_accept_agreement)
		TRY(check_beside(
		    answering->context, &deciding->made.after, ret_decided, ret_refusal));
	if (*ret_decided)
		add_step(ret, &deciding->made);
	return NULL;
}

static struct err *
change(const struct app_context *context, enum app_operation operation, struct app_command command,
    struct sha256 body, struct uuid agreement, record_decide_f decide, void *decision,
    struct app_record_answer *ret)
{
	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = operation,
		.command = command,
		.body = body,
		.kind = RECORD_AGREEMENT,
		.id = agreement,
		.unknown = REFUSAL_AGREEMENT_UNKNOWN,
		.field = "agreement",
		.taken = REFUSAL_PREFIX_TAKEN,
		.taken_field = "numberPrefix",
		.decide = decide,
		.decision = decision,
	    },
	    ret);
}

static struct err *
answer(const struct app_context *context, enum app_operation operation,
    const struct app_answer_agreement *input, struct app_record_answer *ret)
{
	struct answering answering = { context, input, operation };

	return change(context, operation, input->command, input->body, input->agreement,
	    decide_answering, &answering, ret);
}

struct err *
app_accept_agreement(const struct app_context *context, const struct app_answer_agreement *input,
    struct app_record_answer *ret)
{
	return answer(context, OPERATION_accept_agreement, input, ret);
}

struct err *
app_decline_agreement(const struct app_context *context, const struct app_answer_agreement *input,
    struct app_record_answer *ret)
{
	return answer(context, OPERATION_decline_agreement, input, ret);
}

struct err *
app_end_agreement(const struct app_context *context, const struct app_answer_agreement *input,
    struct app_record_answer *ret)
{
	return answer(context, OPERATION_end_agreement, input, ret);
}

/* ---- amend ---- */

struct amending {
	const struct app_context *context;
	const struct app_propose_amendment *input;
};

static int64_t
given_or(int64_t given, int64_t before)
{
	return given < 0 ? before : given;
}

/* The terms as they are, but for what is given. */
static struct eco_terms
amended_terms(const struct eco_terms *given, const struct eco_terms *before)
{
	return (struct eco_terms){
		.ring_s = given_or(given->ring_s, before->ring_s),
		.loops = given_or(given->loops, before->loops),
		.retry_after_s = given_or(given->retry_after_s, before->retry_after_s),
		.retries = given_or(given->retries, before->retries),
		.grace_s = given_or(given->grace_s, before->grace_s),
		.poll_s = given_or(given->poll_s, before->poll_s),
		.poll_grace_s = given_or(given->poll_grace_s, before->poll_grace_s),
		.arrival_s = given_or(given->arrival_s, before->arrival_s),
		.arrival_grace_s = given_or(given->arrival_grace_s, before->arrival_grace_s),
	};
}

static struct err *
decide_amending(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct amending *amending = decision;
	const struct app_propose_amendment *input = amending->input;
	const struct agreement *agreement = &before->agreement;
	struct uuid own = amending->context->actor->organisation.id;
	const struct agreement_amendment given = {
		.proposed_by = agreement_is_on(agreement, own, SIDE_NOC) ? SIDE_NOC : SIDE_OSP,
		.kind = input->has_kind ? input->kind : agreement->kind,
		.terms = amended_terms(&input->terms, &agreement->terms),
		.valid_until = input->has_valid_until ? input->valid_until : agreement->valid_until,
	};
	struct deciding *deciding;

	*ret_decided = is_party(amending->context, agreement) || refuse_unknown(ret_refusal);
	if (!*ret_decided)
		return NULL;
	TRY(begin(amending->context, &deciding));
	*ret_decided = agreement_decide_amend(
	    before, &given, &deciding->by, amending->context->now, &deciding->made, ret_refusal);
	if (*ret_decided)
		add_step(ret, &deciding->made);
	return NULL;
}

struct err *
app_propose_amendment(const struct app_context *context, const struct app_propose_amendment *input,
    struct app_record_answer *ret)
{
	struct amending amending = { context, input };

	return change(context, OPERATION_propose_amendment, input->command, input->body,
	    input->agreement, decide_amending, &amending, ret);
}

/* ---- reading ---- */

static bool
is_wanted(const void *context, const struct record *record)
{
	return is_party(context, &record->agreement);
}

struct err *
app_list_agreements(
    const struct app_context *context, struct record_page_query *query, struct record_page *ret)
{
	query->kind = RECORD_AGREEMENT;
	query->newest_first = true;
	query->wants = is_wanted;
	query->context = context;
	return record_page(context->session, context->arena, query, ret);
}

bool
app_is_party(const struct app_context *context, const struct agreement *agreement)
{
	return is_party(context, agreement);
}

struct err *
app_find_agreement(
    const struct app_context *context, struct uuid id, bool *ret_found, struct record *ret)
{
	TRY(record_load(context->session, context->arena, RECORD_AGREEMENT, id, ret_found, ret));
	*ret_found = *ret_found && is_party(context, &ret->agreement);
	return NULL;
}
