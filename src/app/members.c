#include "app/members.h"

#include "app/organisations.h"
#include "domain/directory/membership_decide.h"

/* ---- invite ---- */

struct invitation {
	const struct app_context *context;
	const struct app_invite_member *input;
};

static struct err *
decide_invite(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct invitation *invitation = decision;
	const struct app_context *context = invitation->context;
	const struct membership given = {
		.organisation = context->actor->organisation.id,
		.email = invitation->input->email,
		.name = invitation->input->name,
		.role = invitation->input->role,
		.invited_by = context->actor->user,
	};
	struct record_decision *made = arena_new(context->arena, struct record_decision);
	struct record *own = arena_new(context->arena, struct record);

	if (made == NULL || own == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	TRY(organisation_load(
	    context->session, context->arena, &context->actor->organisation, own));
	*ret_decided =
	    membership_decide_invite(before, &own->organisation, &given, made, ret_refusal);
	if (*ret_decided)
		ret->steps[ret->step_count++] = (struct record_step){ made->event, made->after };
	return NULL;
}

struct err *
app_invite_member(const struct app_context *context, const struct app_invite_member *input,
    struct app_record_answer *ret)
{
	struct invitation invitation = { context, input };

	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = OPERATION_invite_member,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_MEMBERSHIP,
		.id = context->make_id(context->now),
		.creates = true,
		.unknown = REFUSAL_MEMBER_UNKNOWN,
		.field = "member",
		.taken = REFUSAL_MEMBER_EXISTS,
		.taken_field = "email",
		.decide = decide_invite,
		.decision = &invitation,
	    },
	    ret);
}

/* ---- change and remove ---- */

struct changing {
	const struct app_context *context;
	const struct app_change_member *input;
	bool removes;
	struct uuid organisation, member; /* of those who are counted, and who is not ... */
	size_t other_admins;              /* ... how many can let others in */
};

static void
count_admin(void *context, const struct record *record)
{
	struct changing *changing = context;

	if (membership_can_let_in(&record->membership) &&
	    uuid_equal(record->membership.organisation, changing->organisation) &&
	    !uuid_equal(record->id, changing->member))
		changing->other_admins++;
}

/*
 * Two admins who remove each other at the same moment decide on two records, each with
 * one other admin left.  So whoever makes admins fewer also writes to the organisation's
 * own record, where only one of them comes first and the other decides again.
 */
static void
take_turns(const struct record *organisation, const struct record_decision *made,
    struct record_outcome *ret)
{
	struct record after = *organisation;

	if (organisation->version == 0)
		return;
	after.reason = made->event == DIRECTORY_EVENT_MEMBER_REMOVED
			   ? STR("an admin was removed")
			   : STR("an admin has another role");
	ret->steps[ret->step_count++] =
	    (struct record_step){ DIRECTORY_EVENT_ORGANISATION_CHANGED, after };
}

static bool
decide(const struct changing *changing, const struct record *before, const struct record *own,
    struct record_decision *made, struct refusal *ret_refusal)
{
	const struct membership_change change = {
		.by = changing->context->actor->user,
		.other_admins = changing->other_admins,
		.role = changing->input->role,
		.reason = changing->input->reason,
	};

	if (changing->removes)
		return membership_decide_remove(before, &change, made, ret_refusal);
	return membership_decide_role(before, &own->organisation, &change, made, ret_refusal);
}

static struct err *
decide_changing(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	struct changing *changing = decision;
	const struct app_context *context = changing->context;
	struct record_decision *made = arena_new(context->arena, struct record_decision);
	struct record *own = arena_new(context->arena, struct record);

	if (made == NULL || own == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	changing->organisation = context->actor->organisation.id;
	changing->member = before->id;
	changing->other_admins = 0;
	*ret_decided =
	    uuid_equal(before->membership.organisation, changing->organisation) ||
	    refuse(ret_refusal, REFUSAL_MEMBER_UNKNOWN, "member", "there is no such membership");
	if (!*ret_decided)
		return NULL;
	TRY(organisation_load(
	    context->session, context->arena, &context->actor->organisation, own));
	TRY(record_each(
	    context->session, context->arena, RECORD_MEMBERSHIP, count_admin, changing));
	*ret_decided = decide(changing, before, own, made, ret_refusal);
	if (!*ret_decided || !made->changes)
		return NULL;
	ret->steps[ret->step_count++] = (struct record_step){ made->event, made->after };
	if (membership_can_let_in(&before->membership))
		take_turns(own, made, ret);
	return NULL;
}

static struct err *
change_member(const struct app_context *context, const struct app_change_member *input,
    bool removes, struct app_record_answer *ret)
{
	struct changing changing = { .context = context, .input = input, .removes = removes };

	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = removes ? OPERATION_remove_member : OPERATION_change_member_role,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_MEMBERSHIP,
		.id = input->member,
		.unknown = REFUSAL_MEMBER_UNKNOWN,
		.field = "member",
		.decide = decide_changing,
		.decision = &changing,
	    },
	    ret);
}

struct err *
app_change_member_role(const struct app_context *context, const struct app_change_member *input,
    struct app_record_answer *ret)
{
	return change_member(context, input, false, ret);
}

struct err *
app_remove_member(const struct app_context *context, const struct app_change_member *input,
    struct app_record_answer *ret)
{
	return change_member(context, input, true, ret);
}

/* ---- the list ---- */

struct wanted {
	struct uuid organisation;
	bool removed;
};

static bool
is_wanted(const void *context, const struct record *record)
{
	const struct wanted *wanted = context;

	return uuid_equal(record->membership.organisation, wanted->organisation) &&
	       (wanted->removed || record->membership.state != MEMBERSHIP_REMOVED);
}

struct err *
app_list_members(const struct app_context *context, struct record_page_query *query, bool removed,
    struct record_page *ret)
{
	const struct wanted wanted = { context->actor->organisation.id, removed };

	query->kind = RECORD_MEMBERSHIP;
	query->wants = is_wanted;
	query->context = &wanted;
	return record_page(context->session, context->arena, query, ret);
}
