#include "api/graphql_record.h"
#include "app/organisations.h"

/*
 * Organisations and users, and for whom somebody may act.  A Context is a struct
 * store_membership.
 */

/* ---- queries ---- */

static struct err *
query_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct record *record = arena_new(call->arena, struct record);
	bool go;

	if (record == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an organisation");
	graphql_permits(call, OPERATION_organisation, &go);
	if (!go)
		return NULL;
	TRY(organisation_load(app->session, call->arena, &app->actor->organisation, record));
	*ret = graphql_object(STR("OrganisationDetails"), record);
	return NULL;
}

static struct err *
query_organisations(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct record_page_query query = { .kind = RECORD_ORGANISATION };
	struct record_page page;
	struct refusal refusal;
	bool go;

	graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	TRY(app_list_organisations(app, &query, &go, &refusal, &page));
	if (!go) {
		graphql_fail(
		    call, STR("NOT_PERMITTED"), arena_copy(call->arena, refusal_message(&refusal)));
		return NULL;
	}
	return graphql_page_answer(
	    call, &page, STR("OrganisationEdge"), STR("OrganisationDetails"), ret);
}

/* A token is for one organisation, and does not say for which others its owner may act. */
static struct err *
viewer_contexts(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_memberships all = { app->actor, 1 };
	struct graphql_value *items;

	if (app->scopes == NULL)
		TRY(store_list_memberships(app->session, call->arena, app->actor->user, &all));
	items = arena_array(call->arena, struct graphql_value, all.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list organisations");
	for (size_t i = 0; i < all.count; i++)
		items[i] = graphql_object(STR("Context"), &all.at[i]);
	*ret = graphql_list(items, all.count);
	return NULL;
}

static struct err *
context_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct store_membership *membership = call->parent;

	*ret = graphql_object(STR("Organisation"), &membership->organisation);
	return NULL;
}

static struct err *
context_role(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(((const struct store_membership *)call->parent)->role);
	return NULL;
}

/* ---- mutations ---- */

/* The record as it now stands; what the platform changed is seen with the platform's eyes. */
static struct err *
respond(struct graphql_call *call, const struct app_record_answer *answer, enum record_kind kind,
    struct str success, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_session *session = app->platform != NULL ? app->platform : app->session;
	struct record *record = arena_new(call->arena, struct record);
	bool found;

	if (record == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to answer");
	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	TRY(record_load(session, call->arena, kind, answer->id, &found, record));
	if (!found)
		return ERR(call->arena, ERR_CORRUPT, "a record that was just changed is not there");
	*ret = graphql_object(success, record);
	return NULL;
}

static struct organisation
read_organisation(const struct json *given)
{
	return (struct organisation){
		.handle = json_text_or(given, STR("handle"), STR("")),
		.name = json_text_or(given, STR("name"), STR("")),
		.is_noc = json_bool_or(given, STR("isNoc"), false),
		.is_osp = json_bool_or(given, STR("isOsp"), false),
		.time_zone = json_text_or(given, STR("timeZone"), STR("")),
		.ring_s_min = json_int_or(given, STR("ringSecondsMin"), 0),
		.ring_s_max = json_int_or(given, STR("ringSecondsMax"), 0),
		.loops_max = json_int_or(given, STR("loopsMax"), 0),
	};
}

static struct err *
mutation_create_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_create_organisation input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_create_organisation, given),
		.organisation = read_organisation(given),
		.admin_email = json_text_or(given, STR("adminEmail"), STR("")),
		.admin_name = json_text_or(given, STR("adminName"), STR("")),
	};
	struct app_record_answer answer;

	TRY(app_create_organisation(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_ORGANISATION, STR("OrganisationSuccess"), ret);
}

static struct err *
mutation_change_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_change_organisation input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_change_organisation, given),
		.organisation = json_text_or(given, STR("organisation"), STR("")),
		.given = read_organisation(given),
		.has_name = graphql_given(given, STR("name")),
	};
	struct app_record_answer answer;

	TRY(app_change_organisation(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_ORGANISATION, STR("OrganisationSuccess"), ret);
}

static struct app_suspend_organisation
read_suspension(struct graphql_call *call, enum app_operation operation)
{
	const struct json *given = graphql_input(call);

	return (struct app_suspend_organisation){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.organisation = json_text_or(given, STR("organisation"), STR("")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
}

static struct err *
mutation_suspend_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_suspend_organisation input =
	    read_suspension(call, OPERATION_suspend_organisation);
	struct app_record_answer answer;

	TRY(app_suspend_organisation(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_ORGANISATION, STR("OrganisationSuccess"), ret);
}

static struct err *
mutation_restore_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_suspend_organisation input =
	    read_suspension(call, OPERATION_restore_organisation);
	struct app_record_answer answer;

	TRY(app_restore_organisation(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_ORGANISATION, STR("OrganisationSuccess"), ret);
}

static struct app_disable_user
read_disabling(struct graphql_call *call, enum app_operation operation)
{
	const struct json *given = graphql_input(call);

	return (struct app_disable_user){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.user = graphql_id(given, STR("user")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
}

static struct err *
mutation_disable_user(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_disable_user input = read_disabling(call, OPERATION_disable_user);
	struct app_record_answer answer;

	TRY(app_disable_user(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_USER, STR("UserSuccess"), ret);
}

static struct err *
mutation_enable_user(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_disable_user input = read_disabling(call, OPERATION_enable_user);
	struct app_record_answer answer;

	TRY(app_enable_user(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, RECORD_USER, STR("UserSuccess"), ret);
}

static struct err *
success_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("OrganisationDetails"), call->parent);
	return NULL;
}

static struct err *
success_user(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("User"), call->parent);
	return NULL;
}

/* ---- fields ---- */

static struct err *
details_handle(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->organisation.handle);
	return NULL;
}

static struct err *
details_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->organisation.name);
	return NULL;
}

static struct err *
details_is_noc(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(graphql_record(call)->organisation.is_noc);
	return NULL;
}

static struct err *
details_is_osp(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(graphql_record(call)->organisation.is_osp);
	return NULL;
}

static struct err *
details_is_platform(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(graphql_record(call)->organisation.is_platform);
	return NULL;
}

static struct err *
details_suspended(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(graphql_record(call)->organisation.suspended);
	return NULL;
}

static struct err *
details_time_zone(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->organisation.time_zone);
	return NULL;
}

static struct err *
details_ring_seconds_min(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(graphql_record(call)->organisation.ring_s_min);
	return NULL;
}

static struct err *
details_ring_seconds_max(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(graphql_record(call)->organisation.ring_s_max);
	return NULL;
}

static struct err *
details_loops_max(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(graphql_record(call)->organisation.loops_max);
	return NULL;
}

static struct err *
user_handle(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->user.handle);
	return NULL;
}

static struct err *
user_disabled(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(graphql_record(call)->user.disabled);
	return NULL;
}

const struct graphql_binding graphql_directory_bindings[] = {
	{ STR("Query.organisation"), query_organisation },
	{ STR("Query.organisations"), query_organisations },
	{ STR("Viewer.contexts"), viewer_contexts },
	{ STR("Context.organisation"), context_organisation },
	{ STR("Context.role"), context_role },
	{ STR("Mutation.createOrganisation"), mutation_create_organisation },
	{ STR("Mutation.changeOrganisation"), mutation_change_organisation },
	{ STR("Mutation.suspendOrganisation"), mutation_suspend_organisation },
	{ STR("Mutation.restoreOrganisation"), mutation_restore_organisation },
	{ STR("Mutation.disableUser"), mutation_disable_user },
	{ STR("Mutation.enableUser"), mutation_enable_user },
	{ STR("OrganisationSuccess.organisation"), success_organisation },
	{ STR("UserSuccess.user"), success_user },
	{ STR("OrganisationConnection.edges"), graphql_page_edges },
	{ STR("OrganisationConnection.pageInfo"), graphql_page_page_info },
	{ STR("OrganisationEdge.cursor"), graphql_edge_cursor },
	{ STR("OrganisationEdge.node"), graphql_edge_node },
	{ STR("OrganisationDetails.id"), graphql_record_id },
	{ STR("OrganisationDetails.version"), graphql_record_version },
	{ STR("OrganisationDetails.handle"), details_handle },
	{ STR("OrganisationDetails.name"), details_name },
	{ STR("OrganisationDetails.isNoc"), details_is_noc },
	{ STR("OrganisationDetails.isOsp"), details_is_osp },
	{ STR("OrganisationDetails.isPlatform"), details_is_platform },
	{ STR("OrganisationDetails.suspended"), details_suspended },
	{ STR("OrganisationDetails.timeZone"), details_time_zone },
	{ STR("OrganisationDetails.ringSecondsMin"), details_ring_seconds_min },
	{ STR("OrganisationDetails.ringSecondsMax"), details_ring_seconds_max },
	{ STR("OrganisationDetails.loopsMax"), details_loops_max },
	{ STR("User.id"), graphql_record_id },
	{ STR("User.version"), graphql_record_version },
	{ STR("User.handle"), user_handle },
	{ STR("User.disabled"), user_disabled },
};
const size_t graphql_directory_binding_count = COUNT_OF(graphql_directory_bindings);
