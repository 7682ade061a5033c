#include "app/organisations.h"

#include "app/audit.h"
#include "app/people.h"
#include "domain/directory/membership_decide.h"
#include "domain/directory/organisation_decide.h"
#include "store/store_vault.h"

/* ---- finding ---- */

struct err *
organisation_find(struct store_session *session, struct arena *arena, struct str name,
    bool *ret_found, struct store_organisation *ret)
{
	struct uuid id = UUID_NIL;
	bool by_id = uuid_parse(name, &id);

	*ret_found = false;
	if (str_empty(name) || !str_is_utf8(name))
		return NULL;
	return store_find_organisation(session, arena, id, by_id ? STR("") : name, ret_found, ret);
}

struct err *
organisation_load(struct store_session *session, struct arena *arena,
    const struct store_organisation *known, struct record *ret)
{
	bool found;

	TRY(record_load(session, arena, RECORD_ORGANISATION, known->id, &found, ret));
	if (found)
		return NULL;
	*ret = (struct record){ .kind = RECORD_ORGANISATION, .id = known->id };
	ret->organisation = organisation_with_defaults((struct organisation){
	    .handle = known->handle,
	    .name = known->name,
	    .is_noc = known->is_noc,
	    .is_osp = known->is_osp,
	    .is_platform = uuid_equal(known->id, record_platform()),
	});
	return NULL;
}

/* ---- what only the platform may ---- */

/* ${context} with the session that sees all; false, with the refusal, for everybody else. */
static bool
as_platform(const struct app_context *context, struct app_context *ret, struct refusal *ret_refusal)
{
	if (context->platform == NULL ||
	    !uuid_equal(context->actor->organisation.id, record_platform()))
		return refuse(ret_refusal, REFUSAL_NOT_PERMITTED, "",
		    "this needs the role platform_admin, in the platform's own organisation");
	*ret = *context;
	ret->session = context->platform;
	return true;
}

static struct audit
access_to(const struct app_context *context, enum app_operation operation, struct uuid organisation,
    struct uuid subject)
{
	return (struct audit){
		.organisation = organisation,
		.user = context->actor->user,
		.via = context->via,
		.address = context->address,
		.operation = app_operations[operation].name,
		.subject = subject,
	};
}

/* Tell ${organisation} of it, in the transaction that is open. */
static struct err *
tell(const struct app_context *context, enum app_operation operation, struct uuid organisation,
    struct uuid subject)
{
	struct record_author author = record_author(context);
	struct audit entry = access_to(context, operation, organisation, subject);

	return audit_write_here(&author, DIRECTORY_EVENT_PLATFORM_ACCESSED, &entry);
}

/* What ${decision} comes to is the next step of ${outcome}. */
static void
add_step(struct record_outcome *outcome, const struct record_decision *decision)
{
	CHECK(outcome->step_count < RECORD_STEPS_MAX);
	if (decision->changes)
		outcome->steps[outcome->step_count++] =
		    (struct record_step){ decision->event, decision->after };
}

/* ---- create ---- */

struct creation {
	const struct app_context *context;
	const struct app_create_organisation *input;
	struct uuid invitation;
};

static struct err *
decide_create(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct creation *creation = decision;
	struct organisation given = organisation_with_defaults(creation->input->organisation);
	struct membership admin = {
		.organisation = before->id,
		.email = creation->input->admin_email,
		.name = creation->input->admin_name,
		.role = STR("admin"),
		.invited_by = creation->context->actor->user,
	};
	struct record_decision *made = arena_new(creation->context->arena, struct record_decision);

	if (made == NULL)
		return ERR(creation->context->arena, ERR_LIMIT, "no memory left to decide");
	given.is_platform = false;
	*ret_decided = organisation_decide_create(before, &given, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	*ret_decided = membership_decide_invite(
	    &(struct record){ .kind = RECORD_MEMBERSHIP, .id = creation->invitation }, &given,
	    &admin, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	return tell(creation->context, OPERATION_create_organisation, before->id, before->id);
}

struct err *
app_create_organisation(const struct app_context *context,
    const struct app_create_organisation *input, struct app_record_answer *ret)
{
	struct app_context platform;
	struct creation creation = {
		.context = &platform,
		.input = input,
		.invitation = context->make_id(context->now),
	};

	*ret = (struct app_record_answer){ .refused = true };
	if (!app_permits(context, OPERATION_create_organisation, &ret->refusal) ||
	    !as_platform(context, &platform, &ret->refusal) ||
	    !app_check_zone(context, input->organisation.time_zone, true, &ret->refusal))
		return NULL;
	return record_command_run(
	    &(struct record_command){
		.context = &platform,
		.operation = OPERATION_create_organisation,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_ORGANISATION,
		.id = context->make_id(context->now),
		.creates = true,
		.unknown = REFUSAL_ORGANISATION_UNKNOWN,
		.field = "organisation",
		.taken = REFUSAL_HANDLE_TAKEN,
		.taken_field = "handle",
		.decide = decide_create,
		.decision = &creation,
	    },
	    ret);
}

/* ---- change ---- */

struct change_of_organisation {
	const struct app_context *context; /* with the session that writes */
	const struct app_change_organisation *input;
};

/* As it stands, but for what is given. */
static struct organisation
changed(const struct organisation *before, const struct app_change_organisation *input)
{
	struct organisation after = *before;

	if (input->has_name)
		after.name = input->given.name;
	if (!str_empty(input->given.time_zone))
		after.time_zone = input->given.time_zone;
	if (input->given.ring_s_min != 0)
		after.ring_s_min = input->given.ring_s_min;
	if (input->given.ring_s_max != 0)
		after.ring_s_max = input->given.ring_s_max;
	if (input->given.loops_max != 0)
		after.loops_max = input->given.loops_max;
	return after;
}

static struct err *
decide_change(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct change_of_organisation *change = decision;
	const struct app_context *context = change->context;
	struct organisation given = changed(&before->organisation, change->input);
	struct record_decision *made = arena_new(context->arena, struct record_decision);

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = organisation_decide_change(before, &given, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	if (uuid_equal(context->actor->organisation.id, before->id))
		return NULL;
	return tell(context, OPERATION_change_organisation, before->id, before->id);
}

/*
 * Whose record is to be changed: the actor's own, or as the platform any.  Everybody
 * else's does not exist.
 */
static struct err *
choose(const struct app_context *context, struct str name, struct app_context *ret_context,
    struct uuid *ret_id, bool *ret_found, struct refusal *ret_refusal)
{
	const struct store_organisation *own = &context->actor->organisation;
	struct store_organisation other;

	*ret_context = *context;
	*ret_id = own->id;
	*ret_found = str_empty(name);
	if (*ret_found)
		return NULL;
	if (context->platform != NULL && as_platform(context, ret_context, ret_refusal)) {
		TRY(organisation_find(context->platform, context->arena, name, ret_found, &other));
	} else {
		TRY(organisation_find(context->session, context->arena, name, ret_found, &other));
		*ret_found = *ret_found && uuid_equal(other.id, own->id);
	}
	if (*ret_found)
		*ret_id = other.id;
	else
		(void)refuse(ret_refusal, REFUSAL_ORGANISATION_UNKNOWN, "organisation",
		    "there is no such organisation");
	return NULL;
}

/* Run ${command}, which says all but that it is about an organisation. */
static struct err *
run_on_organisation(struct record_command command, struct app_record_answer *ret)
{
	command.kind = RECORD_ORGANISATION;
	command.unknown = REFUSAL_ORGANISATION_UNKNOWN;
	command.field = "organisation";
	return record_command_run(&command, ret);
}

struct err *
app_change_organisation(const struct app_context *context,
    const struct app_change_organisation *input, struct app_record_answer *ret)
{
	struct app_context writer;
	struct change_of_organisation change = { &writer, input };
	struct uuid id;
	bool found;

	*ret = (struct app_record_answer){ .refused = true };
	if (!app_permits(context, OPERATION_change_organisation, &ret->refusal) ||
	    !app_check_zone(context, input->given.time_zone, true, &ret->refusal))
		return NULL;
	TRY(choose(context, input->organisation, &writer, &id, &found, &ret->refusal));
	if (!found)
		return NULL;
	return run_on_organisation(
	    (struct record_command){
		.context = &writer,
		.operation = OPERATION_change_organisation,
		.command = input->command,
		.body = input->body,
		.id = id,
		.decide = decide_change,
		.decision = &change,
	    },
	    ret);
}

/* ---- suspend and restore ---- */

typedef bool (*change_for_reason_f)(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

struct suspension {
	const struct app_context *context;
	enum app_operation operation;
	struct str reason;
	change_for_reason_f decide;
};

static struct err *
decide_suspension(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct suspension *suspension = decision;
	const struct app_context *context = suspension->context;
	struct record_decision *made = arena_new(context->arena, struct record_decision);

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = suspension->decide(before, suspension->reason, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	return tell(context, suspension->operation, before->id, before->id);
}

static struct err *
suspend_or_restore(const struct app_context *context, enum app_operation operation,
    const struct app_suspend_organisation *input, change_for_reason_f decide,
    struct app_record_answer *ret)
{
	struct app_context platform;
	struct suspension suspension = { &platform, operation, input->reason, decide };
	struct uuid id;
	bool found;

	*ret = (struct app_record_answer){ .refused = true };
	if (!app_permits(context, operation, &ret->refusal) ||
	    !as_platform(context, &platform, &ret->refusal))
		return NULL;
	TRY(choose(context, input->organisation, &platform, &id, &found, &ret->refusal));
	if (!found)
		return NULL;
	return run_on_organisation(
	    (struct record_command){
		.context = &platform,
		.operation = operation,
		.command = input->command,
		.body = input->body,
		.id = id,
		.decide = decide_suspension,
		.decision = &suspension,
	    },
	    ret);
}

struct err *
app_suspend_organisation(const struct app_context *context,
    const struct app_suspend_organisation *input, struct app_record_answer *ret)
{
	return suspend_or_restore(
	    context, OPERATION_suspend_organisation, input, organisation_decide_suspend, ret);
}

struct err *
app_restore_organisation(const struct app_context *context,
    const struct app_suspend_organisation *input, struct app_record_answer *ret)
{
	return suspend_or_restore(
	    context, OPERATION_restore_organisation, input, organisation_decide_restore, ret);
}

/* ---- users ---- */

struct disabling {
	const struct app_context *context;
	enum app_operation operation;
	struct str reason;
};

/* Every organisation that the user acts for learns of it. */
static struct err *
tell_organisations(const struct disabling *disabling, struct uuid user)
{
	const struct app_context *context = disabling->context;
	struct store_memberships memberships;

	TRY(store_list_memberships(context->session, context->arena, user, &memberships));
	for (size_t i = 0; i < memberships.count; i++)
		TRY(tell(context, disabling->operation, memberships.at[i].organisation.id, user));
	return NULL;
}

static struct err *
decide_user(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct disabling *disabling = decision;
	const struct app_context *context = disabling->context;
	struct record_decision *made = arena_new(context->arena, struct record_decision);

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = disabling->operation == OPERATION_disable_user
			   ? user_decide_disable(
				 before, context->actor->user, disabling->reason, made, ret_refusal)
			   : user_decide_enable(before, disabling->reason, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	return tell_organisations(disabling, before->id);
}

static struct err *
disable_or_enable(const struct app_context *context, enum app_operation operation,
    const struct app_disable_user *input, struct app_record_answer *ret)
{
	struct app_context platform;
	struct disabling disabling = { &platform, operation, input->reason };

	*ret = (struct app_record_answer){ .refused = true };
	if (!app_permits(context, operation, &ret->refusal) ||
	    !as_platform(context, &platform, &ret->refusal))
		return NULL;
	return record_command_run(
	    &(struct record_command){
		.context = &platform,
		.operation = operation,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_USER,
		.id = input->user,
		.unknown = REFUSAL_USER_UNKNOWN,
		.field = "user",
		.decide = decide_user,
		.decision = &disabling,
	    },
	    ret);
}

struct err *
app_disable_user(const struct app_context *context, const struct app_disable_user *input,
    struct app_record_answer *ret)
{
	return disable_or_enable(context, OPERATION_disable_user, input, ret);
}

struct err *
app_enable_user(const struct app_context *context, const struct app_disable_user *input,
    struct app_record_answer *ret)
{
	return disable_or_enable(context, OPERATION_enable_user, input, ret);
}

/* ---- the list ---- */

static struct err *
tell_all(const struct app_context *context, const struct record_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		if (!uuid_equal(page->at[i].id, record_platform()))
			TRY(tell(context, OPERATION_organisations, page->at[i].id, page->at[i].id));
	}
	return NULL;
}

struct err *
app_list_organisations(const struct app_context *context, const struct record_page_query *query,
    bool *ret_permitted, struct refusal *ret_refusal, struct record_page *ret)
{
	struct app_context platform;
	struct err *err;

	*ret_permitted = app_permits(context, OPERATION_organisations, ret_refusal) &&
			 as_platform(context, &platform, ret_refusal);
	if (!*ret_permitted)
		return NULL;
	TRY(record_page(platform.session, platform.arena, query, ret));
	TRY(store_begin(platform.session, platform.arena, platform.actor->organisation.id));
	err = tell_all(&platform, ret);
	if (err == NULL)
		return store_commit(platform.session, platform.arena);
	store_rollback(platform.session);
	return err;
}

/* ---- the beginning ---- */

static struct err *
decide_founding(const struct app_context *context, struct str email, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	struct organisation platform = organisation_with_defaults((struct organisation){
	    .handle = STR("platform"), .name = STR("Platform"), .is_platform = true });
	struct membership admin = {
		.organisation = record_platform(), .email = email, .role = STR("platform_admin")
	};
	struct record_decision *made = arena_new(context->arena, struct record_decision);
	struct record before;
	bool found;

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = membership_decide_invite(
	    &(struct record){ .kind = RECORD_MEMBERSHIP, .id = context->make_id(context->now) },
	    &platform, &admin, made, ret_refusal);
	if (!*ret_decided)
		return NULL;
	add_step(ret, made);
	TRY(record_load(context->session, context->arena, RECORD_ORGANISATION, record_platform(),
	    &found, &before));
	if (found)
		return NULL;
	before = (struct record){ .kind = RECORD_ORGANISATION, .id = record_platform() };
	CHECK(organisation_decide_create(&before, &platform, made, ret_refusal));
	/* The membership refers to it: it is written first. */
	ret->steps[1] = ret->steps[0];
	ret->step_count = 0;
	add_step(ret, made);
	ret->step_count = 2;
	return NULL;
}

static struct err *
found_platform(const struct app_context *context, struct str email, struct record_outcome *outcome,
    struct app_record_answer *ret)
{
	struct record_author author = record_author(context);
	struct store_append_result appended;
	bool decided = false, taken;

	TRY(decide_founding(context, email, outcome, &decided, &ret->refusal));
	ret->refused = !decided;
	if (!decided)
		return NULL;
	TRY(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
	ret->id = outcome->steps[outcome->step_count - 1].after.id;
	ret->version = 1;
	if (taken)
		ret->refused = !refuse(&ret->refusal, REFUSAL_MEMBER_EXISTS, "email",
		    "this address is invited, or a member, already");
	return NULL;
}

struct err *
app_found_platform(
    const struct app_context *context, struct str email, struct app_record_answer *ret)
{
	struct record_outcome *outcome = arena_new(context->arena, struct record_outcome);
	struct err *err;

	*ret = (struct app_record_answer){ .refused = true };
	if (outcome == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to begin an installation");
	TRY(store_begin(context->session, context->arena, UUID_NIL));
	err = found_platform(context, email, outcome, ret);
	if (err == NULL && !ret->refused)
		return store_commit(context->session, context->arena);
	store_rollback(context->session);
	return err;
}
