#include "app/change.h"
#include "app/command.h"
#include "app/engagement.h"
#include "app/meanwhile.h"
#include "base/json.h"

/*
 * Another contractor takes over: relieve the one, engage the next, in one transaction of
 * two appends.  The first is the last that the relieved one sees; the second hands the
 * stream over.
 */

struct engaging {
	const struct app_context *context;
	const struct app_engage_osp *input;
	struct change_loaded *loaded;
	struct engagement *engagement;
	struct outcome *outcome;
	struct eco_command command;
};

static struct sha256
body_hash(const struct app_context *context, const struct app_engage_osp *input)
{
	struct buf buf = buf_in(context->arena, 1024 + 6 * (input->osp.len + input->reason.len));
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, STR("engageOsp"));
	json_write_text(&writer, uuid_text(context->arena, input->eco));
	json_write_int(&writer, input->command.has_version ? input->command.version : -1);
	json_write_text(&writer, input->osp);
	json_write_text(&writer, input->reason);
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

static void
fill_command(struct engaging *e)
{
	const struct engagement *found = e->engagement;

	e->command = (struct eco_command){
		.type = ECO_RELIEVE,
		.has_version = e->input->command.has_version,
		.version = e->input->command.version,
		.engage = {
			.osp = found->osp,
			.has_agreement = found->has_agreement,
			.agreement = found->agreement.id,
			.terms = found->agreement.terms,
			.noc_duty_phone = found->agreement.noc_duty_phone,
			.pager_list = found->has_list ? &found->list : NULL,
			.reason = e->input->reason,
		},
	};
}

/* Row-level security has hidden the ECOs of others already; of one's own only the NOC may. */
static bool
may_engage(const struct engaging *e, struct refusal *ret_refusal)
{
	struct uuid organisation = e->context->actor->organisation.id;

	if (e->loaded == NULL || (!uuid_equal(e->loaded->callout.eco.noc, organisation) &&
				     !uuid_equal(e->loaded->callout.eco.osp, organisation)))
		return refuse(ret_refusal, REFUSAL_ECO_UNKNOWN, "ecoId", "there is no such ECO");
	if (!uuid_equal(e->loaded->callout.eco.noc, organisation))
		return refuse(
		    ret_refusal, REFUSAL_NOT_PERMITTED, "", "only the NOC of an ECO may do this");
	return true;
}

static bool
decide(struct engaging *e, struct refusal *ret_refusal)
{
	struct callout *callout = &e->loaded->callout;

	outcome_init(e->outcome, e->context->now);
	if (e->command.type == ECO_RELIEVE)
		ringdown_stop(&callout->ringdown, PAGER_STOP_OSP_RELIEVED, e->outcome);
	return eco_decide(&callout->eco, callout->version, &e->command, e->outcome, ret_refusal);
}

/* What was decided becomes what stands. */
static void
take_up(struct engaging *e)
{
	for (size_t i = 0; i < e->outcome->event_count; i++)
		callout_evolve(&e->loaded->callout, &e->outcome->events[i]);
}

/* The first append, which the key stands for. */
static struct err *
relieve(struct engaging *e, struct store_append_result *ret)
{
	const struct app_context *context = e->context;
	struct change change =
	    command_change(context, &e->input->command, body_hash(context, e->input));
	int64_t version = e->loaded->callout.version + (int64_t)e->outcome->event_count + 1;

	change.answer = command_answer(context->arena, e->input->eco, version);
	TRY(change_append(&change, e->loaded, e->outcome, ret));
	if (ret->outcome == STORE_APPENDED)
		ret->answer = change.answer;
	return NULL;
}

static struct err *
engage(struct engaging *e)
{
	const struct app_context *context = e->context;
	const struct eco *eco = &e->loaded->callout.eco;
	struct buf number = buf_in(context->arena, JOBNUMBER_BYTES_MAX);
	struct jobnumber next = { .prefix = e->engagement->agreement.number_prefix,
		.type = eco->job_type };
	struct change change = command_change(context, &e->input->command, (struct sha256){ 0 });
	struct store_append_result appended;
	struct refusal refusal;

	take_up(e);
	TRY(store_take_job_number(context->session, context->arena, eco->noc, e->engagement->osp,
	    eco->job_type, &next.sequence));
	jobnumber_format(&next, &number);
	e->command.type = ECO_ENGAGE;
	e->command.has_version = false;
	e->command.engage.job_number = buf_view(&number);
	CHECK(decide(e, &refusal));
	change.command_key = UUID_NIL;
	return change_append(&change, e->loaded, e->outcome, &appended);
}

static struct err *
hand_over(struct engaging *e, struct store_append_result *ret)
{
	const struct app_context *context = e->context;
	struct err *err;

	TRY(store_begin(context->session, context->arena, context->actor->organisation.id));
	err = relieve(e, ret);
	if (err == NULL && ret->outcome == STORE_APPENDED)
		err = engage(e);
	if (err == NULL && ret->outcome == STORE_APPENDED)
		return store_commit(context->session, context->arena);
	store_rollback(context->session);
	return err;
}

/* Once: load, look, decide, write. */
static struct err *
try_it(struct engaging *e, struct app_answer *ret)
{
	const struct app_context *context = e->context;
	struct store_append_result appended;

	*ret = (struct app_answer){ .refused = true };
	TRY(change_load(context->session, context->arena, e->input->eco, &e->loaded));
	if (!may_engage(e, &ret->refusal))
		return NULL;
	TRY(engagement_find(
	    context, e->input->osp, &e->loaded->callout.eco.location, e->engagement));
	fill_command(e);
	if (!decide(e, &ret->refusal))
		return ret->refusal.code == REFUSAL_VERSION_STALE
			   ? meanwhile_append(
				 context, e->input->eco, e->command.version, &ret->refusal)
			   : NULL;
	TRY(hand_over(e, &appended));
	return command_read_answer(context->arena, &appended, ret);
}

struct err *
app_engage_osp(
    const struct app_context *context, const struct app_engage_osp *input, struct app_answer *ret)
{
	struct engaging e = { .context = context,
		.input = input,
		.engagement = arena_new(context->arena, struct engagement),
		.outcome = arena_new(context->arena, struct outcome) };
	struct err *err = NULL;
	bool answered;

	*ret = (struct app_answer){ .refused = true };
	if (e.engagement == NULL || e.outcome == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to engage an OSP");
	if (!app_permits(context, OPERATION_engage_osp, &ret->refusal))
		return NULL;
	TRY(command_find(context, &input->command, body_hash(context, input), &answered, ret));
	if (answered)
		return NULL;
	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = try_it(&e, ret);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(
	    context->arena, err, "the ECO changed under %d decisions in a row", APP_DECISIONS_MAX);
}
