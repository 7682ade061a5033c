#include "app/command.h"
#include "app/handover.h"
#include "app/meanwhile.h"
#include "base/json.h"

struct engaging {
	const struct app_context *context;
	const struct app_engage_osp *input;
	struct engagement *engagement;
	struct handover handover;
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

/* Row-level security has hidden the ECOs of others already; of one's own only the NOC may. */
static bool
may_engage(const struct engaging *e, struct refusal *ret_refusal)
{
	struct uuid organisation = e->context->actor->organisation.id;

	if (e->handover.loaded == NULL ||
	    (!uuid_equal(e->handover.loaded->callout.eco.noc, organisation) &&
		!uuid_equal(e->handover.loaded->callout.eco.osp, organisation)))
		return refuse(ret_refusal, REFUSAL_ECO_UNKNOWN, "ecoId", "there is no such ECO");
	if (!uuid_equal(e->handover.loaded->callout.eco.noc, organisation))
		return refuse(
		    ret_refusal, REFUSAL_NOT_PERMITTED, "", "only the NOC of an ECO may do this");
	return true;
}

/* What the engagement comes to, as the first append; the key stands for it. */
static void
prepare(struct engaging *e)
{
	const struct app_context *context = e->context;
	struct handover *handover = &e->handover;

	handover->change =
	    command_change(context, &e->input->command, body_hash(context, e->input));
	handover->acting = context->actor->organisation.id;
	handover->engagement = e->engagement;
	handover_init(handover, e->input->reason);
	handover->command.has_version = e->input->command.has_version;
	handover->command.version = e->input->command.version;
}

/* Once: load, look, decide, write. */
static struct err *
try_it(struct engaging *e, struct app_answer *ret)
{
	const struct app_context *context = e->context;
	struct handover *handover = &e->handover;
	struct store_append_result appended;

	*ret = (struct app_answer){ .refused = true };
	TRY(change_load(context->session, context->arena, e->input->eco, &handover->loaded));
	if (!may_engage(e, &ret->refusal))
		return NULL;
	TRY(engagement_find(
	    context, e->input->osp, &handover->loaded->callout.eco.location, e->engagement));
	prepare(e);
	if (!handover_decide(handover, &ret->refusal))
		return ret->refusal.code == REFUSAL_VERSION_STALE
			   ? meanwhile_append(
				 context, e->input->eco, handover->command.version, &ret->refusal)
			   : NULL;
	handover->change.answer = command_answer(context->arena, e->input->eco,
	    handover->loaded->callout.version + (int64_t)handover->outcome->event_count + 1);
	TRY(handover_append(handover, &appended));
	if (appended.outcome == STORE_APPENDED)
		appended.answer = handover->change.answer;
	return command_read_answer(context->arena, &appended, ret);
}

struct err *
app_engage_osp(
    const struct app_context *context, const struct app_engage_osp *input, struct app_answer *ret)
{
	struct engaging e = { .context = context,
		.input = input,
		.engagement = arena_new(context->arena, struct engagement),
		.handover = { .outcome = arena_new(context->arena, struct outcome) } };
	struct err *err = NULL;
	bool answered;

	*ret = (struct app_answer){ .refused = true };
	if (e.engagement == NULL || e.handover.outcome == NULL)
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
