#include "app/app.h"
#include "app/change.h"
#include "app/command.h"
#include "app/engagement.h"
#include "codec/geojson.h"

/* What creation gathers on its way. */
struct creation {
	struct eco_create create;
	struct engagement engagement;
};

/* The same input, the same text: what the idempotency key stands for. */
static struct sha256
body_hash(const struct app_context *context, const struct app_create_eco *input)
{
	struct buf buf = buf_in(context->arena, 160 * 1024);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, STR("createEco"));
	geojson_write(&writer, &input->location);
	json_write_text(&writer, job_type_name(input->job_type));
	json_write_text(&writer, input->description);
	json_write_text(&writer, input->osp);
	if (input->exercise)
		json_write_text(&writer, STR("exercise"));
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

/* Everything that the decision needs, read before a number is taken. */
static struct err *
gather(const struct app_context *context, const struct app_create_eco *input, struct creation *ret)
{
	const struct engagement *found = &ret->engagement;

	TRY(engagement_find(context, input->osp, &input->location, &ret->engagement));
	ret->create = (struct eco_create){
		.noc = context->actor->organisation.id,
		.osp = found->osp,
		.has_agreement = found->has_agreement,
		.agreement = found->agreement.id,
		.terms = found->agreement.terms,
		.noc_duty_phone = found->agreement.noc_duty_phone,
		.location = input->location,
		.job_type = input->job_type,
		.description = input->description,
		.exercise = input->exercise,
		.pager_list = found->has_list ? &found->list : NULL,
	};
	return NULL;
}

/* Number and event in one transaction: a number is never taken in vain. */
static struct err *
append_created(const struct app_context *context, const struct app_create_eco *input,
    struct creation *creation, struct change_loaded *loaded, struct store_append_result *ret)
{
	struct outcome *outcome = arena_new(context->arena, struct outcome);
	struct eco_command command = { .type = ECO_CREATE };
	struct buf number = buf_in(context->arena, JOBNUMBER_BYTES_MAX);
	struct jobnumber next = { .prefix = creation->engagement.agreement.number_prefix,
		.type = input->exercise ? JOB_TYPE_DRL : input->job_type };
	struct refusal refusal;
	struct change change = command_change(context, &input->command, body_hash(context, input));

	if (outcome == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to create an ECO");
	TRY(store_take_job_number(context->session, context->arena, creation->create.noc,
	    creation->create.osp, next.type, &next.sequence));
	jobnumber_format(&next, &number);
	creation->create.job_number = buf_view(&number);

	command.create = creation->create;
	outcome_init(outcome, context->now);
	CHECK(eco_decide(&loaded->callout.eco, 0, &command, outcome, &refusal));
	change.answer = command_answer(context->arena, loaded->callout.id, 1);
	return change_append(&change, loaded, outcome, ret);
}

/* In the transaction that is open.  ${ret_made} is false when nothing was written: it was
 * refused, or answered before. */
static struct err *
create_in_transaction(const struct app_context *context, const struct app_create_eco *input,
    struct creation *creation, bool *ret_made, struct app_answer *ret)
{
	struct change_loaded *loaded = arena_new(context->arena, struct change_loaded);
	struct store_append_result appended;
	bool answered;

	*ret_made = false;
	if (loaded == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to create an ECO");
	TRY(command_find(context, &input->command, body_hash(context, input), &answered, ret));
	if (answered)
		return NULL;
	TRY(gather(context, input, creation));
	ret->refused = !eco_check_create(&creation->create, &ret->refusal);
	if (ret->refused)
		return NULL;

	loaded->callout.id = context->make_id(context->now);
	loaded->correlation = context->correlation;
	loaded->last_event = context->correlation;
	TRY(append_created(context, input, creation, loaded, &appended));
	*ret_made = appended.outcome == STORE_APPENDED;
	if (*ret_made)
		appended.answer = command_answer(context->arena, loaded->callout.id, 1);
	return command_read_answer(context->arena, &appended, ret);
}

struct err *
app_create_eco(
    const struct app_context *context, const struct app_create_eco *input, struct app_answer *ret)
{
	struct creation *creation = arena_new(context->arena, struct creation);
	bool made = false;
	struct err *err;

	*ret = (struct app_answer){ .refused = true };
	if (creation == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to create an ECO");
	if (!app_permits(context, OPERATION_create_eco, &ret->refusal))
		return NULL;

	/* What is read beforehand is read in it, too: for whom is said once. */
	TRY(store_begin(context->session, context->arena, context->actor->organisation.id));
	err = create_in_transaction(context, input, creation, &made, ret);
	if (err == NULL && made)
		err = store_commit(context->session, context->arena);
	else
		store_rollback(context->session);
	return err;
}
