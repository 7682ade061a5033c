#include "app/sessions.h"

struct err *
app_sessions(const struct app_context *context, const struct session_life *life,
    bool *ret_permitted, struct refusal *ret_refusal, struct store_web_sessions *ret)
{
	*ret = (struct store_web_sessions){ .count = 0 };
	*ret_permitted = app_permits(context, OPERATION_sessions, ret_refusal);
	if (!*ret_permitted)
		return NULL;
	return store_list_web_sessions(context->session, context->arena, context->actor->user,
	    context->now, life->idle_s, ret);
}

/* What is to be ended. */
struct ending {
	const struct app_context *context;
	struct uuid id; /* Nil: all */
};

/* Business rule: people end their own sessions; another's is one that there is none of. */
static struct err *
decide_end(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct ending *ending = decision;
	const struct app_context *context = ending->context;
	bool all = uuid_is_nil(ending->id);
	struct record after = *before;
	int64_t count;

	TRY(store_end_web_sessions(
	    context->session, context->arena, context->actor->user, ending->id, &count));
	*ret_decided = all || count > 0 ||
		       refuse(ret_refusal, REFUSAL_SESSION_UNKNOWN, "sessionId",
			   "there is no such session of yours, or it has ended");
	if (!*ret_decided || count == 0)
		return NULL;
	after.audit = (struct audit){
		.event = directory_event_name(DIRECTORY_EVENT_SIGNED_OUT),
		.organisation = context->actor->organisation.id,
		.user = context->actor->user,
		.via = context->via,
		.address = context->address,
		.operation =
		    app_operations[all ? OPERATION_sign_out_everywhere : OPERATION_end_session]
			.name,
		.subject = ending->id,
		.detail = all ? STR("everywhere") : STR("one browser"),
	};
	ret->step_count = 1;
	ret->steps[0] = (struct record_step){ .event = DIRECTORY_EVENT_SIGNED_OUT, .after = after };
	return NULL;
}

static struct err *
end(const struct app_context *context, enum app_operation operation,
    const struct app_command *command, struct sha256 body, struct uuid id,
    struct app_record_answer *ret)
{
	struct ending ending = { context, id };

	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = operation,
		.command = *command,
		.body = body,
		.kind = RECORD_AUDIT,
		.id = context->make_id(context->now),
		.creates = true,
		.unknown = REFUSAL_SESSION_UNKNOWN,
		.field = "sessionId",
		.decide = decide_end,
		.decision = &ending,
	    },
	    ret);
}

struct err *
app_end_session(const struct app_context *context, const struct app_command *command,
    struct sha256 body, struct uuid id, struct app_record_answer *ret)
{
	/* What is no id names no session; Nil would name all of them. */
	if (uuid_is_nil(id))
		id = context->make_id(context->now);
	return end(context, OPERATION_end_session, command, body, id, ret);
}

struct err *
app_sign_out_everywhere(const struct app_context *context, const struct app_command *command,
    struct sha256 body, struct app_record_answer *ret)
{
	return end(context, OPERATION_sign_out_everywhere, command, body, UUID_NIL, ret);
}
